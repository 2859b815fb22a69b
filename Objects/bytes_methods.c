/* SPDX-License-Identifier: MIT */
/* Methods of bytes and bytearray, written once.
 *
 * A method sees its object as text and length and makes results of its object's kind. While code
 * of other objects may run (a buffer is taken, an argument converted), a bytearray's text may move:
 * text is fetched after all conversions, and arguments are held as buffers. */
#define PY_SSIZE_T_CLEAN
#include "Python.h"

#include "pycore_bytes_methods.h"
#include "pycore_bytesobject.h"
#include "pycore_ceval.h"
#include "pycore_long.h"
#include "pycore_object.h"
#include "pycore_pystate.h"
#include "pycore_strhex.h"

#include "ks_args.h"
#include "ks_bytearray.h"
#include "ks_bytes.h"
#include "ks_search.h"

typedef const Py_UCS1 *Bytes;

PyObject *
ks_bytes_same(PyObject *self)
{
    if (PyBytes_CheckExact(self))
        return Py_NewRef(self);
    KsText text = ks_bytes_text(self);
    return ks_bytes_like(self, text.text, text.length);
}

/* --- arguments --- */

/* A bytes-like argument's buffer; release with PyBuffer_Release. */
static int
take_buffer(PyObject *arg, Py_buffer *view)
{
    if (PyObject_GetBuffer(arg, view, PyBUF_SIMPLE) == 0)
        return 1;
    view->obj = NULL;
    if (PyErr_ExceptionMatches(PyExc_TypeError))
        PyErr_Format(PyExc_TypeError, "a bytes-like object is required, not '%.100s'",
                     Py_TYPE(arg)->tp_name);
    return 0;
}

/* What find() and its kin look for: a byte or a buffer. */
typedef struct Needle {
    Bytes text;
    Py_ssize_t length;
    Py_UCS1 single;
    Py_buffer view;
} Needle;

static int
needle_take(PyObject *arg, Needle *needle)
{
    needle->view.obj = NULL;
    if (PyObject_CheckBuffer(arg)) {
        if (PyObject_GetBuffer(arg, &needle->view, PyBUF_SIMPLE) < 0)
            return 0;
        needle->text = needle->view.buf;
        needle->length = needle->view.len;
        return 1;
    }
    if (!PyIndex_Check(arg)) {
        PyErr_Format(PyExc_TypeError,
                     "argument should be integer or bytes-like object, not '%.200s'",
                     Py_TYPE(arg)->tp_name);
        return 0;
    }
    int byte = ks_bytes_byte(arg);
    if (byte < 0)
        return 0;
    needle->single = (Py_UCS1)byte;
    needle->text = &needle->single;
    needle->length = 1;
    return 1;
}

static void
needle_drop(Needle *needle)
{
    if (needle->view.obj != NULL)
        PyBuffer_Release(&needle->view);
}

/* (x[, start[, end]]) as the search methods take it; None counts as absent. */
static int
range_args(const char *name, PyObject *const *args, Py_ssize_t nargs, Py_ssize_t *start,
           Py_ssize_t *end)
{
    if (nargs < 1 || nargs > 3) {
        PyErr_Format(PyExc_TypeError, "%s() takes at %s %d argument%s (%zd given)", name,
                     nargs < 1 ? "least" : "most", nargs < 1 ? 1 : 3, nargs < 1 ? "" : "s",
                     nargs);
        return 0;
    }
    *start = 0;
    *end = PY_SSIZE_T_MAX;
    return (nargs < 2 || _PyEval_SliceIndex(args[1], start)) &&
           (nargs < 3 || _PyEval_SliceIndex(args[2], end));
}

/* --- searching --- */

typedef Py_ssize_t (*FindFunction)(Bytes, Py_ssize_t, Bytes, Py_ssize_t);

/* Position, -1 if absent, -2 with an exception. */
static Py_ssize_t
search(PyObject *self, const char *name, PyObject *const *args, Py_ssize_t nargs,
       FindFunction find)
{
    Py_ssize_t start, end;
    Needle needle;
    if (!range_args(name, args, nargs, &start, &end) || !needle_take(args[0], &needle))
        return -2;
    KsText text = ks_bytes_text(self);
    ks_search_clamp(&start, &end, text.length);
    Py_ssize_t found = -1;
    if (end - start >= needle.length) {
        found = find((Bytes)text.text + start, end - start, needle.text, needle.length);
        if (found >= 0)
            found += start;
    }
    needle_drop(&needle);
    return found;
}

static PyObject *
search_result(Py_ssize_t found, int must_exist)
{
    if (found == -2)
        return NULL;
    if (found == -1 && must_exist) {
        PyErr_SetString(PyExc_ValueError, "subsection not found");
        return NULL;
    }
    return PyLong_FromSsize_t(found);
}

#define SEARCH_METHOD(name, find, must_exist)                                          \
    static PyObject *bytes_##name(PyObject *self, PyObject *const *args, Py_ssize_t nargs) \
    {                                                                                  \
        return search_result(search(self, #name, args, nargs, find), must_exist);      \
    }
SEARCH_METHOD(find, ks_search1_find, 0)
SEARCH_METHOD(rfind, ks_search1_rfind, 0)
SEARCH_METHOD(index, ks_search1_find, 1)
SEARCH_METHOD(rindex, ks_search1_rfind, 1)

static PyObject *
bytes_count(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t start, end;
    Needle needle;
    if (!range_args("count", args, nargs, &start, &end) || !needle_take(args[0], &needle))
        return NULL;
    KsText text = ks_bytes_text(self);
    ks_search_clamp(&start, &end, text.length);
    Py_ssize_t count = 0;
    if (end - start >= needle.length)
        count = ks_search1_count((Bytes)text.text + start, end - start, needle.text,
                                 needle.length, PY_SSIZE_T_MAX);
    needle_drop(&needle);
    return PyLong_FromSsize_t(count);
}

int
ks_bytes_contains(PyObject *self, PyObject *item)
{
    if (PyIndex_Check(item)) {
        int byte = ks_bytes_byte(item);
        if (byte < 0)
            return -1;
        KsText text = ks_bytes_text(self);
        return memchr(text.text, byte, (size_t)text.length) != NULL;
    }
    Py_buffer view;
    if (!take_buffer(item, &view))
        return -1;
    KsText text = ks_bytes_text(self);
    Py_ssize_t found = ks_search1_find((Bytes)text.text, text.length, view.buf, view.len);
    PyBuffer_Release(&view);
    return found >= 0;
}

/* 1 or 0: does the slice start (end) with the buffer? -1 with an exception. */
static int
tail_match(PyObject *self, PyObject *affix, Py_ssize_t start, Py_ssize_t end, int at_end)
{
    Py_buffer view;
    if (!take_buffer(affix, &view))
        return -1;
    KsText text = ks_bytes_text(self);
    ks_search_clamp(&start, &end, text.length);
    int matches = 0;
    if (end - start >= view.len) {
        const char *place = text.text + (at_end ? end - view.len : start);
        matches = memcmp(place, view.buf, (size_t)view.len) == 0;
    }
    PyBuffer_Release(&view);
    return matches;
}

static PyObject *
affix_method(PyObject *self, const char *name, PyObject *const *args, Py_ssize_t nargs, int at_end)
{
    Py_ssize_t start, end;
    if (!range_args(name, args, nargs, &start, &end))
        return NULL;
    PyObject *affix = args[0];
    int matches = 0;
    if (!PyTuple_Check(affix)) {
        matches = tail_match(self, affix, start, end, at_end);
        if (matches < 0 && PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(PyExc_TypeError,
                         "%s first arg must be bytes or a tuple of bytes, not %s", name,
                         Py_TYPE(affix)->tp_name);
    }
    else {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(affix) && matches == 0; i++)
            matches = tail_match(self, PyTuple_GET_ITEM(affix, i), start, end, at_end);
    }
    return matches < 0 ? NULL : PyBool_FromLong(matches);
}

static PyObject *
bytes_startswith(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return affix_method(self, "startswith", args, nargs, 0);
}

static PyObject *
bytes_endswith(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return affix_method(self, "endswith", args, nargs, 1);
}

static PyObject *
remove_affix(PyObject *self, PyObject *affix, int at_end)
{
    Py_buffer view;
    if (!take_buffer(affix, &view))
        return NULL;
    Py_ssize_t length = view.len;
    PyBuffer_Release(&view);
    int matches = tail_match(self, affix, 0, PY_SSIZE_T_MAX, at_end);
    if (matches < 0)
        return NULL;
    if (!matches || length == 0)
        return ks_bytes_same(self);
    KsText text = ks_bytes_text(self);
    return ks_bytes_like(self, text.text + (at_end ? 0 : length), text.length - length);
}

static PyObject *
bytes_removeprefix(PyObject *self, PyObject *prefix)
{
    return remove_affix(self, prefix, 0);
}

static PyObject *
bytes_removesuffix(PyObject *self, PyObject *suffix)
{
    return remove_affix(self, suffix, 1);
}

/* --- splitting --- */

static PyObject *
split_part(PyObject *whole, Bytes text, Py_ssize_t start, Py_ssize_t end)
{
    if (start == 0 && PyBytes_CheckExact(whole) && end == PyBytes_GET_SIZE(whole))
        return Py_NewRef(whole);
    return ks_bytes_like(whole, (const char *)text + start, end - start);
}

#define SPLIT_CHAR Py_UCS1
#define SPLIT(name) split_##name
#define SPLIT_FIND ks_search1_find
#define SPLIT_RFIND ks_search1_rfind
#define SPLIT_PART(whole, text, start, end) split_part(whole, text, start, end)
#define SPLIT_SPACE(ch) Py_ISSPACE(ch)
#define SPLIT_BREAK(ch) ((ch) == '\n' || (ch) == '\r')
#include "search_split.h"

typedef struct SplitArgs {
    PyObject *sep;
    Py_ssize_t maxsplit;
} SplitArgs;

static const KsParam split_params[] = {PARAM(SplitArgs, sep, ARG_OBJECT, 0),
                                       PARAM(SplitArgs, maxsplit, ARG_INDEX, 0), PARAM_END};

static PyObject *
split_method(PyObject *self, const char *name, PyObject *const *args, Py_ssize_t nargs,
             PyObject *kwnames, int from_right)
{
    SplitArgs given = {Py_None, -1};
    if (!ks_args_parse(name, split_params, args, nargs, kwnames, &given))
        return NULL;
    Py_ssize_t max = given.maxsplit < 0 ? PY_SSIZE_T_MAX : given.maxsplit;
    Py_buffer view = {.obj = NULL};
    if (given.sep != Py_None) {
        if (!take_buffer(given.sep, &view))
            return NULL;
        if (view.len == 0) {
            PyErr_SetString(PyExc_ValueError, "empty separator");
            PyBuffer_Release(&view);
            return NULL;
        }
    }
    KsText text = ks_bytes_text(self);
    Bytes chars = (Bytes)text.text;
    PyObject *list;
    if (given.sep == Py_None)
        list = from_right ? split_rwhitespace(self, chars, text.length, max)
                          : split_whitespace(self, chars, text.length, max);
    else
        list = from_right ? split_rsplit(self, chars, text.length, view.buf, view.len, max)
                          : split_split(self, chars, text.length, view.buf, view.len, max);
    if (view.obj != NULL)
        PyBuffer_Release(&view);
    return list;
}

static PyObject *
bytes_split(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return split_method(self, "split", args, nargs, kwnames, 0);
}

static PyObject *
bytes_rsplit(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return split_method(self, "rsplit", args, nargs, kwnames, 1);
}

typedef struct LinesArgs {
    int keepends;
} LinesArgs;

static PyObject *
bytes_splitlines(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(LinesArgs, keepends, ARG_BOOL, 0), PARAM_END};
    LinesArgs given = {0};
    if (!ks_args_parse("splitlines", params, args, nargs, kwnames, &given))
        return NULL;
    KsText text = ks_bytes_text(self);
    return split_lines(self, (Bytes)text.text, text.length, given.keepends);
}

static PyObject *
partition(PyObject *self, PyObject *separator, int from_right)
{
    Py_buffer view;
    if (!take_buffer(separator, &view))
        return NULL;
    if (view.len == 0) {
        PyErr_SetString(PyExc_ValueError, "empty separator");
        PyBuffer_Release(&view);
        return NULL;
    }
    KsText text = ks_bytes_text(self);
    Py_ssize_t found = from_right
        ? ks_search1_rfind((Bytes)text.text, text.length, view.buf, view.len)
        : ks_search1_find((Bytes)text.text, text.length, view.buf, view.len);
    Py_ssize_t sep_length = view.len;
    PyBuffer_Release(&view);
    KS_OWNED PyObject *left = NULL;
    KS_OWNED PyObject *middle = NULL;
    KS_OWNED PyObject *right = NULL;
    if (found < 0) {
        left = from_right ? ks_bytes_like(self, NULL, 0) : ks_bytes_same(self);
        middle = ks_bytes_like(self, NULL, 0);
        right = from_right ? ks_bytes_same(self) : ks_bytes_like(self, NULL, 0);
    }
    else {
        left = ks_bytes_like(self, text.text, found);
        middle = PyBytes_Check(self) && PyBytes_CheckExact(separator)
            ? Py_NewRef(separator)
            : ks_bytes_like(self, text.text + found, sep_length);
        right = ks_bytes_like(self, text.text + found + sep_length,
                              text.length - found - sep_length);
    }
    if (left == NULL || middle == NULL || right == NULL)
        return NULL;
    return PyTuple_Pack(3, left, middle, right);
}

static PyObject *
bytes_partition(PyObject *self, PyObject *separator)
{
    return partition(self, separator, 0);
}

static PyObject *
bytes_rpartition(PyObject *self, PyObject *separator)
{
    return partition(self, separator, 1);
}

/* --- joining --- */

typedef struct Joined {
    Py_buffer *views;
    Py_ssize_t count; /* of views taken */
} Joined;

/* Takes the buffers of all items; the total length, or -1 with an exception. */
static Py_ssize_t
join_take(PyObject *items, Py_ssize_t separator_length, Joined *joined)
{
    Py_ssize_t count = PySequence_Fast_GET_SIZE(items), total = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (PySequence_Fast_GET_SIZE(items) != count) {
            PyErr_SetString(PyExc_RuntimeError, "sequence changed size during iteration");
            return -1;
        }
        PyObject *item = PySequence_Fast_GET_ITEM(items, i);
        Py_buffer *view = &joined->views[i];
        if (PyBytes_CheckExact(item)) {
            /* The usual case needs no export: the object cannot change. */
            *view = (Py_buffer){.obj = Py_NewRef(item), .buf = PyBytes_AS_STRING(item),
                                .len = PyBytes_GET_SIZE(item)};
        }
        else if (PyObject_GetBuffer(item, view, PyBUF_SIMPLE) < 0) {
            PyErr_Format(PyExc_TypeError,
                         "sequence item %zd: expected a bytes-like object, %.80s found", i,
                         Py_TYPE(item)->tp_name);
            return -1;
        }
        joined->count = i + 1;
        Py_ssize_t gap = i > 0 ? separator_length : 0;
        if (view->len > PY_SSIZE_T_MAX - total - gap) {
            PyErr_SetString(PyExc_OverflowError, "join() result is too long");
            return -1;
        }
        total += view->len + gap;
    }
    return total;
}

#define JOIN_ON_STACK 16

PyObject *
ks_bytes_join(PyObject *self, PyObject *iterable)
{
    KS_OWNED PyObject *items = PySequence_Fast(iterable, "can only join an iterable");
    if (items == NULL)
        return NULL;
    Py_ssize_t count = PySequence_Fast_GET_SIZE(items);
    if (count == 0)
        return ks_bytes_like(self, NULL, 0);
    if (count == 1 && PyBytes_CheckExact(self) &&
        PyBytes_CheckExact(PySequence_Fast_GET_ITEM(items, 0)))
        return Py_NewRef(PySequence_Fast_GET_ITEM(items, 0));
    Py_buffer few[JOIN_ON_STACK];
    Joined joined = {few, 0};
    if (count > JOIN_ON_STACK && (joined.views = PyMem_New(Py_buffer, count)) == NULL)
        return PyErr_NoMemory();
    PyObject *result = NULL;
    KsText separator = ks_bytes_text(self);
    Py_ssize_t total = join_take(items, separator.length, &joined);
    if (total < 0)
        goto done;
    result = ks_bytes_like(self, NULL, total);
    if (result == NULL)
        goto done;
    char *out = ks_bytes_buffer(result);
    separator = ks_bytes_text(self);
    for (Py_ssize_t i = 0; i < count; i++) {
        if (i > 0 && separator.length > 0)
            out = mempcpy(out, separator.text, (size_t)separator.length);
        out = mempcpy(out, joined.views[i].buf, (size_t)joined.views[i].len);
    }
done:
    for (Py_ssize_t i = 0; i < joined.count; i++)
        PyBuffer_Release(&joined.views[i]);
    if (joined.views != few)
        PyMem_Free(joined.views);
    return result;
}

/* --- replacing and translating --- */

/* Copies text with every `find` replaced by `with`, at most max times. */
static PyObject *
replace(PyObject *self, KsText text, KsText find, KsText with, Py_ssize_t max)
{
    Py_ssize_t count = 0;
    if (find.length > text.length + 1 || max == 0)
        return ks_bytes_same(self);
    count = ks_search1_count((Bytes)text.text, text.length, (Bytes)find.text, find.length, max);
    if (count == 0)
        return ks_bytes_same(self);
    Py_ssize_t growth = with.length - find.length;
    if (growth > 0 && count > (PY_SSIZE_T_MAX - text.length) / growth) {
        PyErr_SetString(PyExc_OverflowError, "replace bytes is too long");
        return NULL;
    }
    PyObject *result = ks_bytes_like(self, NULL, text.length + count * growth);
    if (result == NULL)
        return NULL;
    char *out = ks_bytes_buffer(result);
    const char *from = text.text, *end = text.text + text.length;
    if (find.length == 0) {
        for (Py_ssize_t i = 0; i < count; i++) {
            out = mempcpy(out, with.text, (size_t)with.length);
            if (from < end)
                *out++ = *from++;
        }
    }
    else {
        for (; count > 0; count--) {
            Py_ssize_t gap = ks_search1_find((Bytes)from, end - from, (Bytes)find.text,
                                             find.length);
            out = mempcpy(out, from, (size_t)gap);
            out = mempcpy(out, with.text, (size_t)with.length);
            from += gap + find.length;
        }
    }
    memcpy(out, from, (size_t)(end - from));
    return result;
}

static PyObject *
bytes_replace(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t max = -1;
    if (!ks_args_count("replace", nargs, 2, 3))
        return NULL;
    Py_buffer find, with;
    if (!take_buffer(args[0], &find))
        return NULL;
    if (!take_buffer(args[1], &with)) {
        PyBuffer_Release(&find);
        return NULL;
    }
    PyObject *result = NULL;
    if (nargs < 3 || ks_arg_index(args[2], &max))
        result = replace(self, ks_bytes_text(self), (KsText){find.buf, find.len},
                         (KsText){with.buf, with.len}, max < 0 ? PY_SSIZE_T_MAX : max);
    PyBuffer_Release(&find);
    PyBuffer_Release(&with);
    return result;
}

typedef struct TranslateArgs {
    PyObject *table, *delete;
} TranslateArgs;

static PyObject *
bytes_translate(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM_POS(TranslateArgs, table, ARG_OBJECT, 1),
                                     PARAM(TranslateArgs, delete, ARG_OBJECT, 0), PARAM_END};
    TranslateArgs given = {NULL, NULL};
    if (!ks_args_parse("translate", params, args, nargs, kwnames, &given))
        return NULL;
    Py_buffer table = {.obj = NULL}, delete = {.obj = NULL};
    PyObject *result = NULL;
    Py_UCS1 map[256];
    uint8_t drops[256] = {0};
    if (given.table != Py_None) {
        if (!take_buffer(given.table, &table))
            return NULL;
        if (table.len != 256) {
            PyErr_SetString(PyExc_ValueError, "translation table must be 256 characters long");
            goto done;
        }
        memcpy(map, table.buf, 256);
    }
    else {
        for (int i = 0; i < 256; i++)
            map[i] = (Py_UCS1)i;
    }
    if (given.delete != NULL) {
        if (!take_buffer(given.delete, &delete))
            goto done;
        for (Py_ssize_t i = 0; i < delete.len; i++)
            drops[((Bytes)delete.buf)[i]] = 1;
    }
    KsText text = ks_bytes_text(self);
    Py_ssize_t kept = text.length;
    int changed = 0;
    for (Py_ssize_t i = 0; i < text.length; i++) {
        Py_UCS1 byte = (Py_UCS1)text.text[i];
        kept -= drops[byte];
        changed |= drops[byte] | (map[byte] != byte);
    }
    if (!changed && PyBytes_CheckExact(self)) {
        result = Py_NewRef(self);
        goto done;
    }
    result = ks_bytes_like(self, NULL, kept);
    if (result == NULL)
        goto done;
    char single;
    char *out = kept == 0 ? &single : ks_bytes_buffer(result);
    for (Py_ssize_t i = 0; i < text.length; i++) {
        Py_UCS1 byte = (Py_UCS1)text.text[i];
        if (!drops[byte])
            *out++ = (char)map[byte];
    }
done:
    PyBuffer_Release(&table);
    PyBuffer_Release(&delete);
    return result;
}

static PyObject *
bytes_maketrans(PyObject *unused, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("maketrans", nargs, 2, 2))
        return NULL;
    Py_buffer from, to;
    if (!take_buffer(args[0], &from))
        return NULL;
    if (!take_buffer(args[1], &to)) {
        PyBuffer_Release(&from);
        return NULL;
    }
    PyObject *result = NULL;
    if (from.len != to.len) {
        PyErr_SetString(PyExc_ValueError, "maketrans arguments must have same length");
    }
    else if ((result = PyBytes_FromStringAndSize(NULL, 256)) != NULL) {
        Py_UCS1 *map = (Py_UCS1 *)PyBytes_AS_STRING(result);
        for (int i = 0; i < 256; i++)
            map[i] = (Py_UCS1)i;
        for (Py_ssize_t i = 0; i < from.len; i++)
            map[((Bytes)from.buf)[i]] = ((Bytes)to.buf)[i];
    }
    PyBuffer_Release(&from);
    PyBuffer_Release(&to);
    return result;
}

/* --- stripping and padding --- */

enum { LEFT = 1, RIGHT = 2 };

static PyObject *
strip(PyObject *self, const char *name, PyObject *const *args, Py_ssize_t nargs, int sides)
{
    if (!ks_args_count(name, nargs, 0, 1))
        return NULL;
    uint8_t drops[256] = {0};
    if (nargs == 1 && args[0] != Py_None) {
        Py_buffer view;
        if (!take_buffer(args[0], &view))
            return NULL;
        for (Py_ssize_t i = 0; i < view.len; i++)
            drops[((Bytes)view.buf)[i]] = 1;
        PyBuffer_Release(&view);
    }
    else {
        for (int i = 0; i < 256; i++)
            drops[i] = Py_ISSPACE(i) != 0;
    }
    KsText text = ks_bytes_text(self);
    Py_ssize_t start = 0, end = text.length;
    if (sides & LEFT)
        while (start < end && drops[(Py_UCS1)text.text[start]])
            start++;
    if (sides & RIGHT)
        while (end > start && drops[(Py_UCS1)text.text[end - 1]])
            end--;
    if (start == 0 && end == text.length)
        return ks_bytes_same(self);
    return ks_bytes_like(self, text.text + start, end - start);
}

#define STRIP_METHOD(name, sides)                                                          \
    static PyObject *bytes_##name(PyObject *self, PyObject *const *args, Py_ssize_t nargs) \
    {                                                                                      \
        return strip(self, #name, args, nargs, sides);                                     \
    }
STRIP_METHOD(strip, LEFT | RIGHT)
STRIP_METHOD(lstrip, LEFT)
STRIP_METHOD(rstrip, RIGHT)

static PyObject *
pad(PyObject *self, Py_ssize_t left, Py_ssize_t right, char fill)
{
    if (left < 0)
        left = 0;
    if (right < 0)
        right = 0;
    KsText text = ks_bytes_text(self);
    if (left == 0 && right == 0)
        return ks_bytes_same(self);
    PyObject *result = ks_bytes_like(self, NULL, left + text.length + right);
    if (result != NULL) {
        char *out = ks_bytes_buffer(result);
        memset(out, fill, (size_t)left);
        memcpy(out + left, text.text, (size_t)text.length);
        memset(out + left + text.length, fill, (size_t)right);
    }
    return result;
}

static int
pad_args(const char *name, PyObject *const *args, Py_ssize_t nargs, Py_ssize_t *width, char *fill)
{
    *fill = ' ';
    if (!ks_args_count(name, nargs, 1, 2) || !ks_arg_index(args[0], width))
        return 0;
    if (nargs == 1)
        return 1;
    if (PyBytes_Check(args[1]) && PyBytes_GET_SIZE(args[1]) == 1)
        *fill = PyBytes_AS_STRING(args[1])[0];
    else if (PyByteArray_Check(args[1]) && PyByteArray_GET_SIZE(args[1]) == 1)
        *fill = PyByteArray_AS_STRING(args[1])[0];
    else {
        PyErr_Format(PyExc_TypeError,
                     "%s() argument 2 must be a byte string of length 1, not %.50s", name,
                     Py_TYPE(args[1])->tp_name);
        return 0;
    }
    return 1;
}

static PyObject *
bytes_ljust(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t width;
    char fill;
    if (!pad_args("ljust", args, nargs, &width, &fill))
        return NULL;
    return pad(self, 0, width - ks_bytes_text(self).length, fill);
}

static PyObject *
bytes_rjust(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t width;
    char fill;
    if (!pad_args("rjust", args, nargs, &width, &fill))
        return NULL;
    return pad(self, width - ks_bytes_text(self).length, 0, fill);
}

static PyObject *
bytes_center(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t width;
    char fill;
    if (!pad_args("center", args, nargs, &width, &fill))
        return NULL;
    Py_ssize_t room = width - ks_bytes_text(self).length;
    if (room <= 0)
        return ks_bytes_same(self);
    /* An odd rest goes to the left only when the width is odd. */
    Py_ssize_t left = room / 2 + (room & width & 1);
    return pad(self, left, room - left, fill);
}

static PyObject *
bytes_zfill(PyObject *self, PyObject *arg)
{
    Py_ssize_t width;
    if (!ks_arg_index(arg, &width))
        return NULL;
    Py_ssize_t fill = width - ks_bytes_text(self).length;
    if (fill <= 0)
        return ks_bytes_same(self);
    PyObject *result = pad(self, fill, 0, '0');
    if (result != NULL) {
        KsText made = ks_bytes_text(result);
        char *out = ks_bytes_buffer(result);
        if (made.length > fill && (out[fill] == '+' || out[fill] == '-')) {
            out[0] = out[fill];
            out[fill] = '0';
        }
    }
    return result;
}

typedef struct TabArgs {
    int tabsize;
} TabArgs;

static PyObject *
bytes_expandtabs(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(TabArgs, tabsize, ARG_INT, 0), PARAM_END};
    TabArgs given = {8};
    if (!ks_args_parse("expandtabs", params, args, nargs, kwnames, &given))
        return NULL;
    PyObject *result = NULL;
    char *out = NULL;
    /* Twice over the text: once to measure, once to write. */
    for (int pass = 0; pass < 2; pass++) {
        KsText text = ks_bytes_text(self);
        Py_ssize_t size = 0, column = 0;
        for (Py_ssize_t i = 0; i < text.length; i++) {
            char byte = text.text[i];
            Py_ssize_t width = 1;
            if (byte == '\t')
                width = given.tabsize > 0 ? given.tabsize - column % given.tabsize : 0;
            if (width > PY_SSIZE_T_MAX - size) {
                PyErr_SetString(PyExc_OverflowError, "result too long");
                return NULL;
            }
            if (out != NULL)
                memset(out + size, byte == '\t' ? ' ' : byte, (size_t)width);
            size += width;
            column = byte == '\n' || byte == '\r' ? 0 : column + width;
        }
        if (pass == 0) {
            result = ks_bytes_like(self, NULL, size);
            if (result == NULL || size == 0)
                return result;
            out = ks_bytes_buffer(result);
        }
    }
    return result;
}

/* --- case and character classes --- */

#define CLASS_METHOD(name, test)                                        \
    PyObject *_Py_bytes_##name(const char *text, Py_ssize_t length)     \
    {                                                                   \
        for (Py_ssize_t i = 0; i < length; i++) {                       \
            if (!test(Py_CHARMASK(text[i])))                            \
                Py_RETURN_FALSE;                                        \
        }                                                               \
        return PyBool_FromLong(length > 0);                             \
    }
CLASS_METHOD(isspace, Py_ISSPACE)
CLASS_METHOD(isalpha, Py_ISALPHA)
CLASS_METHOD(isalnum, Py_ISALNUM)
CLASS_METHOD(isdigit, Py_ISDIGIT)

PyObject *
_Py_bytes_isascii(const char *text, Py_ssize_t length)
{
    for (Py_ssize_t i = 0; i < length; i++) {
        if (text[i] & 0x80)
            Py_RETURN_FALSE;
    }
    Py_RETURN_TRUE;
}

/* All cased bytes of one case, and at least one of them. */
#define CASED_METHOD(name, wrong, right)                                \
    PyObject *_Py_bytes_##name(const char *text, Py_ssize_t length)     \
    {                                                                   \
        int cased = 0;                                                  \
        for (Py_ssize_t i = 0; i < length; i++) {                       \
            unsigned char byte = Py_CHARMASK(text[i]);                  \
            if (wrong(byte))                                            \
                Py_RETURN_FALSE;                                        \
            cased |= right(byte) != 0;                                  \
        }                                                               \
        return PyBool_FromLong(cased);                                  \
    }
CASED_METHOD(islower, Py_ISUPPER, Py_ISLOWER)
CASED_METHOD(isupper, Py_ISLOWER, Py_ISUPPER)

PyObject *
_Py_bytes_istitle(const char *text, Py_ssize_t length)
{
    int cased = 0, inside = 0;
    for (Py_ssize_t i = 0; i < length; i++) {
        unsigned char byte = Py_CHARMASK(text[i]);
        if (Py_ISUPPER(byte) ? inside : Py_ISLOWER(byte) && !inside)
            Py_RETURN_FALSE;
        inside = Py_ISALPHA(byte) != 0;
        cased |= inside;
    }
    return PyBool_FromLong(cased);
}

void
_Py_bytes_lower(char *result, const char *text, Py_ssize_t length)
{
    for (Py_ssize_t i = 0; i < length; i++)
        result[i] = (char)Py_TOLOWER(Py_CHARMASK(text[i]));
}

void
_Py_bytes_upper(char *result, const char *text, Py_ssize_t length)
{
    for (Py_ssize_t i = 0; i < length; i++)
        result[i] = (char)Py_TOUPPER(Py_CHARMASK(text[i]));
}

void
_Py_bytes_title(char *result, const char *text, Py_ssize_t length)
{
    int inside = 0;
    for (Py_ssize_t i = 0; i < length; i++) {
        unsigned char byte = Py_CHARMASK(text[i]);
        result[i] = (char)(inside ? Py_TOLOWER(byte) : Py_TOUPPER(byte));
        inside = Py_ISALPHA(byte) != 0;
    }
}

void
_Py_bytes_capitalize(char *result, const char *text, Py_ssize_t length)
{
    _Py_bytes_lower(result, text, length);
    if (length > 0)
        *result = (char)Py_TOUPPER(Py_CHARMASK(*text));
}

void
_Py_bytes_swapcase(char *result, const char *text, Py_ssize_t length)
{
    for (Py_ssize_t i = 0; i < length; i++) {
        unsigned char byte = Py_CHARMASK(text[i]);
        result[i] = (char)(Py_ISLOWER(byte) ? Py_TOUPPER(byte) : Py_TOLOWER(byte));
    }
}

#define TEST_METHOD(name)                                               \
    static PyObject *bytes_##name(PyObject *self, PyObject *unused)     \
    {                                                                   \
        KsText text = ks_bytes_text(self);                              \
        return _Py_bytes_##name(text.text, text.length);                \
    }
#define CASE_METHOD(name)                                                       \
    static PyObject *bytes_##name(PyObject *self, PyObject *unused)             \
    {                                                                           \
        KsText text = ks_bytes_text(self);                                      \
        PyObject *result = ks_bytes_like(self, NULL, text.length);              \
        if (result != NULL && text.length > 0) {                                \
            if (text.length == 1 && PyBytes_Check(result)) {                    \
                char byte; /* one-byte objects are shared: choose, do not fill */ \
                _Py_bytes_##name(&byte, text.text, 1);                          \
                Py_DECREF(result);                                              \
                return PyBytes_FromStringAndSize(&byte, 1);                     \
            }                                                                   \
            _Py_bytes_##name(ks_bytes_buffer(result), text.text, text.length);  \
        }                                                                       \
        return result;                                                          \
    }
TEST_METHOD(isspace)
TEST_METHOD(isalpha)
TEST_METHOD(isalnum)
TEST_METHOD(isascii)
TEST_METHOD(isdigit)
TEST_METHOD(islower)
TEST_METHOD(isupper)
TEST_METHOD(istitle)
CASE_METHOD(lower)
CASE_METHOD(upper)
CASE_METHOD(title)
CASE_METHOD(capitalize)
CASE_METHOD(swapcase)

/* --- text: decode, hex --- */

typedef struct DecodeArgs {
    const char *encoding, *errors;
} DecodeArgs;

static PyObject *
bytes_decode(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(DecodeArgs, encoding, ARG_TEXT, 0),
                                     PARAM(DecodeArgs, errors, ARG_TEXT, 0), PARAM_END};
    DecodeArgs given = {NULL, NULL};
    if (!ks_args_parse("decode", params, args, nargs, kwnames, &given))
        return NULL;
    return PyUnicode_FromEncodedObject(self, given.encoding, given.errors);
}

typedef struct HexArgs {
    PyObject *sep;
    int bytes_per_sep;
} HexArgs;

static PyObject *
bytes_hex(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(HexArgs, sep, ARG_OBJECT, 0),
                                     PARAM(HexArgs, bytes_per_sep, ARG_INT, 0), PARAM_END};
    HexArgs given = {NULL, 1};
    if (!ks_args_parse("hex", params, args, nargs, kwnames, &given))
        return NULL;
    KsText text = ks_bytes_text(self);
    return _Py_strhex_with_sep(text.text, text.length, given.sep, given.bytes_per_sep);
}

/* The value of a hexadecimal digit, 37 for anything else. */
static int
hex_digit(Py_UCS4 ch)
{
    return ch < 128 ? _PyLong_DigitValue[ch] : 37;
}

PyObject *
_PyBytes_FromHex(PyObject *string, int use_bytearray)
{
    if (PyUnicode_READY(string) < 0)
        return NULL;
    Py_ssize_t length = PyUnicode_GET_LENGTH(string), bad = -1;
    int kind = PyUnicode_KIND(string);
    const void *data = PyUnicode_DATA(string);
    _PyBytesWriter writer;
    _PyBytesWriter_Init(&writer);
    writer.use_bytearray = use_bytearray;
    char *out = _PyBytesWriter_Alloc(&writer, length / 2);
    if (out == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < length;) {
        Py_UCS4 ch = PyUnicode_READ(kind, data, i);
        if (ch < 128 && Py_ISSPACE(ch)) {
            i++;
            continue;
        }
        int high = hex_digit(ch);
        int low = i + 1 < length ? hex_digit(PyUnicode_READ(kind, data, i + 1)) : 37;
        if (high >= 16 || low >= 16) {
            bad = high >= 16 ? i : i + 1;
            break;
        }
        *out++ = (char)(high << 4 | low);
        i += 2;
    }
    if (bad < 0)
        return _PyBytesWriter_Finish(&writer, out);
    PyErr_Format(PyExc_ValueError,
                 "non-hexadecimal number found in fromhex() arg at position %zd", bad);
    _PyBytesWriter_Dealloc(&writer);
    return NULL;
}

PyObject *
ks_bytes_fromhex(PyObject *type, PyObject *string)
{
    if (!PyUnicode_Check(string)) {
        PyErr_Format(PyExc_TypeError, "fromhex() argument must be str, not %.50s",
                     string == Py_None ? "None" : Py_TYPE(string)->tp_name);
        return NULL;
    }
    int is_bytearray = PyType_IsSubtype((PyTypeObject *)type, &PyByteArray_Type);
    PyObject *made = _PyBytes_FromHex(string, is_bytearray);
    if (made == NULL || type == (PyObject *)Py_TYPE(made))
        return made;
    KS_OWNED PyObject *held = made;
    return PyObject_CallOneArg(type, held);
}

/* --- comparison --- */

/* With -b, comparing bytes with str or bytes with int is suspicious; -1 when it is an error. */
static int
warn_compare(PyObject *left, PyObject *right, int op)
{
    if (!_Py_GetConfig()->bytes_warning || (op != Py_EQ && op != Py_NE))
        return 0;
    if (PyUnicode_Check(left) || PyUnicode_Check(right)) {
        if (PyBytes_Check(left) || PyBytes_Check(right))
            return PyErr_WarnEx(PyExc_BytesWarning, "Comparison between bytes and string", 1);
        return PyErr_WarnEx(PyExc_BytesWarning, "Comparison between bytearray and string", 1);
    }
    if (PyBytes_Check(left) && PyLong_Check(right))
        return PyErr_WarnEx(PyExc_BytesWarning, "Comparison between bytes and int", 1);
    return 0;
}

PyObject *
ks_bytes_richcompare(PyObject *left, PyObject *right, int op)
{
    if (!PyObject_CheckBuffer(left) || !PyObject_CheckBuffer(right) ||
        !(PyBytes_Check(left) || PyByteArray_Check(left)) ||
        (PyBytes_Check(left) && !PyBytes_Check(right))) {
        if (warn_compare(left, right, op) < 0)
            return NULL;
        Py_RETURN_NOTIMPLEMENTED;
    }
    if (left == right && PyBytes_Check(left))
        Py_RETURN_RICHCOMPARE(0, 0, op);
    Py_buffer a, b;
    if (PyObject_GetBuffer(left, &a, PyBUF_SIMPLE) < 0) {
        PyErr_Clear();
        Py_RETURN_NOTIMPLEMENTED;
    }
    if (PyObject_GetBuffer(right, &b, PyBUF_SIMPLE) < 0) {
        PyErr_Clear();
        PyBuffer_Release(&a);
        Py_RETURN_NOTIMPLEMENTED;
    }
    int order;
    if ((op == Py_EQ || op == Py_NE) && a.len != b.len) {
        order = 1;
    }
    else {
        Py_ssize_t common = a.len < b.len ? a.len : b.len;
        order = memcmp(a.buf, b.buf, (size_t)common);
        if (order == 0)
            order = (a.len > b.len) - (a.len < b.len);
    }
    PyBuffer_Release(&a);
    PyBuffer_Release(&b);
    Py_RETURN_RICHCOMPARE(order, 0, op);
}

/* --- the tables --- */

static PyObject *
bytes_bytes(PyObject *self, PyObject *unused)
{
    if (PyBytes_CheckExact(self))
        return Py_NewRef(self);
    return PyBytes_FromStringAndSize(PyBytes_AS_STRING(self), PyBytes_GET_SIZE(self));
}

static PyObject *
bytes_getnewargs(PyObject *self, PyObject *unused)
{
    return Py_BuildValue("(y#)", PyBytes_AS_STRING(self), PyBytes_GET_SIZE(self));
}

#define KW (METH_FASTCALL | METH_KEYWORDS)
#define SHARED_METHODS                                                                         \
    METHOD_PLAIN("capitalize", bytes_capitalize, METH_NOARGS,                                  \
                 "Copy with the first byte upper case and the rest lower case."),              \
    METHOD("center", bytes_center, METH_FASTCALL, "($self, width, fillchar=b' ', /)",          \
           "Copy centered in the given width."),                                               \
    METHOD_PLAIN("count", bytes_count, METH_FASTCALL, "Count non-overlapping occurrences."),   \
    METHOD("decode", bytes_decode, KW, "($self, /, encoding='utf-8', errors='strict')",        \
           "Decode with the codec registered for encoding."),                                  \
    METHOD_PLAIN("endswith", bytes_endswith, METH_FASTCALL, "Does it end with a suffix?"),     \
    METHOD("expandtabs", bytes_expandtabs, KW, "($self, /, tabsize=8)",                        \
           "Copy with tabs replaced by spaces."),                                              \
    METHOD_PLAIN("find", bytes_find, METH_FASTCALL, "Lowest index of a part, or -1."),         \
    METHOD("fromhex", ks_bytes_fromhex, METH_O | METH_CLASS, "($type, string, /)",             \
           "Create from hexadecimal digits; spaces between bytes are allowed."),               \
    METHOD("hex", bytes_hex, KW, "($self, /, sep=<unrepresentable>, bytes_per_sep=1)",         \
           "Hexadecimal digits of all bytes."),                                                \
    METHOD_PLAIN("index", bytes_index, METH_FASTCALL, "Lowest index of a part; ValueError if absent."), \
    METHOD_PLAIN("isalnum", bytes_isalnum, METH_NOARGS, "All ASCII letters or digits?"),       \
    METHOD_PLAIN("isalpha", bytes_isalpha, METH_NOARGS, "All ASCII letters?"),                 \
    METHOD_PLAIN("isascii", bytes_isascii, METH_NOARGS, "All below 128?"),                     \
    METHOD_PLAIN("isdigit", bytes_isdigit, METH_NOARGS, "All ASCII digits?"),                  \
    METHOD_PLAIN("islower", bytes_islower, METH_NOARGS, "All cased bytes lower case?"),        \
    METHOD_PLAIN("isspace", bytes_isspace, METH_NOARGS, "All ASCII whitespace?"),              \
    METHOD_PLAIN("istitle", bytes_istitle, METH_NOARGS, "Title cased?"),                       \
    METHOD_PLAIN("isupper", bytes_isupper, METH_NOARGS, "All cased bytes upper case?"),        \
    METHOD("join", ks_bytes_join, METH_O, "($self, iterable_of_bytes, /)",                     \
           "Concatenate bytes-like objects with this between them."),                          \
    METHOD("ljust", bytes_ljust, METH_FASTCALL, "($self, width, fillchar=b' ', /)",            \
           "Copy padded on the right."),                                                       \
    METHOD_PLAIN("lower", bytes_lower, METH_NOARGS, "Copy in lower case."),                    \
    METHOD("lstrip", bytes_lstrip, METH_FASTCALL, "($self, bytes=None, /)",                    \
           "Copy without leading bytes of a set; None: whitespace."),                          \
    METHOD("maketrans", bytes_maketrans, METH_FASTCALL | METH_STATIC, "(frm, to, /)",          \
           "Make a table for translate()."),                                                   \
    METHOD("partition", bytes_partition, METH_O, "($self, sep, /)",                            \
           "Three parts: before the first separator, it, and the rest."),                      \
    METHOD("removeprefix", bytes_removeprefix, METH_O, "($self, prefix, /)",                   \
           "Copy without the prefix, if it is there."),                                        \
    METHOD("removesuffix", bytes_removesuffix, METH_O, "($self, suffix, /)",                   \
           "Copy without the suffix, if it is there."),                                        \
    METHOD("replace", bytes_replace, METH_FASTCALL, "($self, old, new, count=-1, /)",          \
           "Copy with occurrences of old replaced by new."),                                   \
    METHOD_PLAIN("rfind", bytes_rfind, METH_FASTCALL, "Highest index of a part, or -1."),      \
    METHOD_PLAIN("rindex", bytes_rindex, METH_FASTCALL, "Highest index of a part; ValueError if absent."), \
    METHOD("rjust", bytes_rjust, METH_FASTCALL, "($self, width, fillchar=b' ', /)",            \
           "Copy padded on the left."),                                                        \
    METHOD("rpartition", bytes_rpartition, METH_O, "($self, sep, /)",                          \
           "Three parts: before the last separator, it, and the rest."),                       \
    METHOD("rsplit", bytes_rsplit, KW, "($self, /, sep=None, maxsplit=-1)",                    \
           "List of the parts between separators, counted from the end."),                     \
    METHOD("rstrip", bytes_rstrip, METH_FASTCALL, "($self, bytes=None, /)",                    \
           "Copy without trailing bytes of a set; None: whitespace."),                         \
    METHOD("split", bytes_split, KW, "($self, /, sep=None, maxsplit=-1)",                      \
           "List of the parts between separators."),                                           \
    METHOD("splitlines", bytes_splitlines, KW, "($self, /, keepends=False)",                   \
           "List of the lines."),                                                              \
    METHOD_PLAIN("startswith", bytes_startswith, METH_FASTCALL, "Does it start with a prefix?"), \
    METHOD("strip", bytes_strip, METH_FASTCALL, "($self, bytes=None, /)",                      \
           "Copy without bytes of a set at either end; None: whitespace."),                    \
    METHOD_PLAIN("swapcase", bytes_swapcase, METH_NOARGS, "Copy with upper and lower case swapped."), \
    METHOD_PLAIN("title", bytes_title, METH_NOARGS, "Copy with each word capitalized."),       \
    METHOD("translate", bytes_translate, KW, "($self, table, /, delete=b'')",                  \
           "Copy with bytes deleted and the rest mapped by a table of 256."),                  \
    METHOD_PLAIN("upper", bytes_upper, METH_NOARGS, "Copy in upper case."),                    \
    METHOD("zfill", bytes_zfill, METH_O, "($self, width, /)",                                  \
           "Copy padded on the left with zeros, behind a sign.")

PyMethodDef ks_bytes_methods[] = {
    METHOD_PLAIN("__getnewargs__", bytes_getnewargs, METH_NOARGS, NULL),
    METHOD("__bytes__", bytes_bytes, METH_NOARGS, "($self, /)", "Convert to exact bytes."),
    SHARED_METHODS,
    {NULL},
};

PyMethodDef ks_bytearray_methods[] = {
    METHOD("__reduce__", ks_bytearray___reduce__, METH_NOARGS, "($self, /)",
           "State for pickling."),
    METHOD("__reduce_ex__", ks_bytearray___reduce_ex__, METH_FASTCALL, "($self, proto=0, /)",
           "State for pickling."),
    METHOD("__sizeof__", ks_bytearray___sizeof__, METH_NOARGS, "($self, /)",
           "Size in memory, in bytes."),
    METHOD("append", ks_bytearray_append, METH_O, "($self, item, /)",
           "Add one byte at the end."),
    METHOD("clear", ks_bytearray_clear, METH_NOARGS, "($self, /)",
           "Remove all bytes."),
    METHOD("copy", ks_bytearray_copy, METH_NOARGS, "($self, /)",
           "Return a copy."),
    METHOD("extend", ks_bytearray_extend, METH_O, "($self, iterable_of_ints, /)",
           "Add bytes at the end."),
    METHOD("insert", ks_bytearray_insert, METH_FASTCALL, "($self, index, item, /)",
           "Place a byte before an index."),
    METHOD("pop", ks_bytearray_pop, METH_FASTCALL, "($self, index=-1, /)",
           "Remove and return one byte."),
    METHOD("remove", ks_bytearray_remove, METH_O, "($self, value, /)",
           "Remove the first occurrence of a byte."),
    METHOD("reverse", ks_bytearray_reverse, METH_NOARGS, "($self, /)",
           "Reverse the order in place."),
    METHOD_PLAIN("__alloc__", ks_bytearray_alloc, METH_NOARGS, "Number of bytes allocated."),
    SHARED_METHODS,
    {NULL},
};
