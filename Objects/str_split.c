/* SPDX-License-Identifier: MIT */
/* str: taking apart. split, rsplit, splitlines, partition, strip.
 *
 * The loops over characters are the template search_split.h, once for each kind. Pieces of one
 * character below 256 are the singletons, a piece that is the whole string is the string. */
#include "Python.h"
#include "ks_args.h"
#include "ks_base.h"
#include "ks_search.h"
#include "ks_str.h"

#define IS_SPACE(ch) ((ch) < 128 ? _Py_ascii_whitespace[ch] : _PyUnicode_IsWhitespace(ch))

/* Line ends are \n \v \f \r \x1c-\x1e \x85 and the two Unicode separators. */
KS_INLINE int
is_break(Py_UCS4 ch)
{
    if (ch < 128)
        return (ch >= 10 && ch <= 13) || (ch >= 0x1c && ch <= 0x1e);
    return ch == 0x85 || ch == 0x2028 || ch == 0x2029;
}

#define SPLIT_CHAR Py_UCS1
#define SPLIT(name) split1_##name
#define SPLIT_FIND ks_search1_find
#define SPLIT_RFIND ks_search1_rfind
#define SPLIT_PART(whole, text, start, end) ks_str_slice(whole, start, end)
#define SPLIT_SPACE(ch) IS_SPACE((Py_UCS4)(ch))
#define SPLIT_BREAK(ch) is_break(ch)
#include "search_split.h"

#define SPLIT_CHAR Py_UCS2
#define SPLIT(name) split2_##name
#define SPLIT_FIND ks_search2_find
#define SPLIT_RFIND ks_search2_rfind
#define SPLIT_PART(whole, text, start, end) ks_str_slice(whole, start, end)
#define SPLIT_SPACE(ch) IS_SPACE((Py_UCS4)(ch))
#define SPLIT_BREAK(ch) is_break(ch)
#include "search_split.h"

#define SPLIT_CHAR Py_UCS4
#define SPLIT(name) split4_##name
#define SPLIT_FIND ks_search4_find
#define SPLIT_RFIND ks_search4_rfind
#define SPLIT_PART(whole, text, start, end) ks_str_slice(whole, start, end)
#define SPLIT_SPACE(ch) IS_SPACE((Py_UCS4)(ch))
#define SPLIT_BREAK(ch) is_break(ch)
#include "search_split.h"

static PyObject *
only_piece(PyObject *str)
{
    PyObject *piece = ks_str_unchanged(str);
    PyObject *list = piece == NULL ? NULL : PyList_New(1);
    if (list == NULL) {
        Py_XDECREF(piece);
        return NULL;
    }
    PyList_SET_ITEM(list, 0, piece);
    return list;
}

/* Calls the template's function for the string's kind. */
#define BY_KIND(function, ...)                                    \
    (KS_STR_KIND(str) == 1   ? split1_##function(__VA_ARGS__)     \
     : KS_STR_KIND(str) == 2 ? split2_##function(__VA_ARGS__)     \
                             : split4_##function(__VA_ARGS__))

static PyObject *
split_at(PyObject *str, PyObject *sep, Py_ssize_t max, int from_right)
{
    Py_ssize_t length = KS_STR_LENGTH(str), m = KS_STR_LENGTH(sep);
    int kind = KS_STR_KIND(str), sep_kind = KS_STR_KIND(sep);
    if (m == 0) {
        PyErr_SetString(PyExc_ValueError, "empty separator");
        return NULL;
    }
    if (sep_kind > kind || m > length)
        return only_piece(str);
    void *wide = NULL;
    const void *sep_data = ks_str_data(sep), *data = ks_str_data(str);
    Py_UCS4 one;
    if (sep_kind != kind && m == 1) {
        ks_write(kind, &one, 0, ks_read(sep_kind, sep_data, 0));
        sep_data = &one;
    }
    else if (sep_kind != kind) {
        sep_data = wide = ks_str_widen(sep, kind);
        if (wide == NULL)
            return NULL;
    }
    PyObject *list = from_right ? BY_KIND(rsplit, str, data, length, sep_data, m, max)
                                : BY_KIND(split, str, data, length, sep_data, m, max);
    PyMem_Free(wide);
    return list;
}

/* sep NULL: at runs of blanks. max < 0: no limit. All ready. */
static PyObject *
split(PyObject *str, PyObject *sep, Py_ssize_t max, int from_right)
{
    if (max < 0)
        max = PY_SSIZE_T_MAX;
    if (sep != NULL)
        return split_at(str, sep, max, from_right);
    const void *data = ks_str_data(str);
    Py_ssize_t length = KS_STR_LENGTH(str);
    return from_right ? BY_KIND(rwhitespace, str, data, length, max)
                      : BY_KIND(whitespace, str, data, length, max);
}

PyObject *
PyUnicode_Split(PyObject *s, PyObject *sep, Py_ssize_t maxsplit)
{
    if (!ks_str_check(s) || (sep != NULL && !ks_str_check(sep)))
        return NULL;
    return split(s, sep, maxsplit, 0);
}

PyObject *
PyUnicode_RSplit(PyObject *s, PyObject *sep, Py_ssize_t maxsplit)
{
    if (!ks_str_check(s) || (sep != NULL && !ks_str_check(sep)))
        return NULL;
    return split(s, sep, maxsplit, 1);
}

static PyObject *
splitlines(PyObject *str, int keepends)
{
    return BY_KIND(lines, str, ks_str_data(str), KS_STR_LENGTH(str), keepends);
}

PyObject *
PyUnicode_Splitlines(PyObject *s, int keepends)
{
    return ks_str_check(s) ? splitlines(s, keepends) : NULL;
}

typedef struct SplitArgs {
    PyObject *sep;
    Py_ssize_t maxsplit;
} SplitArgs;

static const KsParam split_params[] = {
    PARAM(SplitArgs, sep, ARG_OBJECT, 0),
    PARAM(SplitArgs, maxsplit, ARG_INDEX, 0),
    PARAM_END,
};

static PyObject *
split_method(const char *name, PyObject *self, PyObject *const *args, Py_ssize_t nargs,
             PyObject *kwnames, int from_right)
{
    SplitArgs parsed = {Py_None, -1};
    if (KS_LIKELY(kwnames == NULL && nargs < 2)) {
        if (nargs == 1)
            parsed.sep = args[0];
    }
    else if (!ks_args_parse(name, split_params, args, nargs, kwnames, &parsed))
        return NULL;
    if (PyUnicode_READY(self) < 0)
        return NULL;
    if (parsed.sep == Py_None)
        return split(self, NULL, parsed.maxsplit, from_right);
    if (!PyUnicode_Check(parsed.sep)) {
        PyErr_Format(PyExc_TypeError, "must be str or None, not %.100s",
                     Py_TYPE(parsed.sep)->tp_name);
        return NULL;
    }
    if (PyUnicode_READY(parsed.sep) < 0)
        return NULL;
    return split(self, parsed.sep, parsed.maxsplit, from_right);
}

KS_STR_METHODK(split)
{
    return split_method("split", self, args, nargs, kwnames, 0);
}

KS_STR_METHODK(rsplit)
{
    return split_method("rsplit", self, args, nargs, kwnames, 1);
}

typedef struct LinesArgs {
    int keepends;
} LinesArgs;

static const KsParam lines_params[] = {
    PARAM(LinesArgs, keepends, ARG_INT, 0),
    PARAM_END,
};

KS_STR_METHODK(splitlines)
{
    LinesArgs parsed = {0};
    if ((nargs > 0 || kwnames != NULL) &&
        !ks_args_parse("splitlines", lines_params, args, nargs, kwnames, &parsed))
        return NULL;
    if (PyUnicode_READY(self) < 0)
        return NULL;
    return splitlines(self, parsed.keepends);
}

/* --- partition --- */

static PyObject *
triple(KS_STEALS PyObject *a, KS_STEALS PyObject *b, KS_STEALS PyObject *c)
{
    KS_OWNED PyObject *first = a;
    KS_OWNED PyObject *second = b;
    KS_OWNED PyObject *third = c;
    return a == NULL || b == NULL || c == NULL ? NULL : PyTuple_Pack(3, a, b, c);
}

static PyObject *
partition(PyObject *str, PyObject *sep, int direction)
{
    if (!ks_str_check(str) || !ks_str_check(sep))
        return NULL;
    if (KS_STR_LENGTH(sep) == 0) {
        PyErr_SetString(PyExc_ValueError, "empty separator");
        return NULL;
    }
    Py_ssize_t length = KS_STR_LENGTH(str);
    Py_ssize_t at = ks_str_find(str, sep, 0, length, direction);
    if (at == -2)
        return NULL;
    if (at >= 0)
        return triple(ks_str_slice(str, 0, at), Py_NewRef(sep),
                      ks_str_slice(str, at + KS_STR_LENGTH(sep), length));
    PyObject *whole = ks_str_unchanged(str);
    return direction > 0 ? triple(whole, Py_NewRef(KS_STR_EMPTY), Py_NewRef(KS_STR_EMPTY))
                         : triple(Py_NewRef(KS_STR_EMPTY), Py_NewRef(KS_STR_EMPTY), whole);
}

PyObject *
PyUnicode_Partition(PyObject *s, PyObject *sep)
{
    return partition(s, sep, 1);
}

PyObject *
PyUnicode_RPartition(PyObject *s, PyObject *sep)
{
    return partition(s, sep, -1);
}

PyObject *
ks_str_partition(PyObject *self, PyObject *sep)
{
    return partition(self, sep, 1);
}

PyObject *
ks_str_rpartition(PyObject *self, PyObject *sep)
{
    return partition(self, sep, -1);
}

/* --- strip --- */

enum { STRIP_LEFT = 1, STRIP_RIGHT = 2 };

/* A set of characters: bits for the ASCII ones, the string itself for the others. */
typedef struct CharSet {
    uint64_t ascii[2];
    PyObject *chars;
    int has_others;
} CharSet;

static void
charset_init(CharSet *set, PyObject *chars)
{
    *set = (CharSet){.chars = chars, .has_others = !KS_STR_IS_ASCII(chars)};
    int kind = KS_STR_KIND(chars);
    const void *data = ks_str_data(chars);
    for (Py_ssize_t i = 0; i < KS_STR_LENGTH(chars); i++) {
        Py_UCS4 ch = ks_read(kind, data, i);
        if (ch < 128)
            set->ascii[ch >> 6] |= UINT64_C(1) << (ch & 63);
    }
}

static int
charset_has(const CharSet *set, Py_UCS4 ch)
{
    if (ch < 128)
        return set->ascii[ch >> 6] >> (ch & 63) & 1;
    return set->has_others && ks_find_char(KS_STR_KIND(set->chars), ks_str_data(set->chars),
                                           KS_STR_LENGTH(set->chars), ch, 1) >= 0;
}

/* striptype 0 left, 1 right, 2 both. */
PyObject *
_PyUnicode_XStrip(PyObject *self, int striptype, PyObject *sepobj)
{
    static const unsigned char sides[] = {STRIP_LEFT, STRIP_RIGHT, STRIP_LEFT | STRIP_RIGHT};
    if (PyUnicode_READY(self) < 0 || PyUnicode_READY(sepobj) < 0)
        return NULL;
    CharSet set;
    charset_init(&set, sepobj);
    int kind = KS_STR_KIND(self);
    const void *data = ks_str_data(self);
    Py_ssize_t start = 0, end = KS_STR_LENGTH(self);
    if (sides[striptype] & STRIP_LEFT)
        while (start < end && charset_has(&set, ks_read(kind, data, start)))
            start++;
    if (sides[striptype] & STRIP_RIGHT)
        while (end > start && charset_has(&set, ks_read(kind, data, end - 1)))
            end--;
    return ks_str_slice(self, start, end);
}

static PyObject *
strip_blanks(PyObject *self, int striptype)
{
    int kind = KS_STR_KIND(self);
    const void *data = ks_str_data(self);
    Py_ssize_t start = 0, end = KS_STR_LENGTH(self);
    if (striptype != 1)
        while (start < end && IS_SPACE(ks_read(kind, data, start)))
            start++;
    if (striptype != 0)
        while (end > start && IS_SPACE(ks_read(kind, data, end - 1)))
            end--;
    return ks_str_slice(self, start, end);
}

static PyObject *
strip_method(const char *name, PyObject *self, PyObject *const *args, Py_ssize_t nargs,
             int striptype)
{
    if (!ks_args_count(name, nargs, 0, 1) || PyUnicode_READY(self) < 0)
        return NULL;
    if (nargs == 0 || args[0] == Py_None)
        return strip_blanks(self, striptype);
    if (PyUnicode_Check(args[0]))
        return _PyUnicode_XStrip(self, striptype, args[0]);
    PyErr_Format(PyExc_TypeError, "%s arg must be None or str", name);
    return NULL;
}

KS_STR_METHODN(strip)
{
    return strip_method("strip", self, args, nargs, 2);
}

KS_STR_METHODN(lstrip)
{
    return strip_method("lstrip", self, args, nargs, 0);
}

KS_STR_METHODN(rstrip)
{
    return strip_method("rstrip", self, args, nargs, 1);
}
