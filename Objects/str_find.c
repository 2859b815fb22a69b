/* SPDX-License-Identifier: MIT */
/* str: looking for substrings. find, index, count, `in`, startswith, endswith, and their C API.
 *
 * A needle with wider characters than the text cannot occur. A narrower one is widened first, so
 * the search itself (ks_search.h) sees one width only. */
#include "Python.h"
#include "pycore_unicodeobject.h"
#include "ks_args.h"
#include "ks_base.h"
#include "ks_search.h"
#include "ks_str.h"

#include <string.h>

/* A needle in the text's width. */
typedef struct Needle {
    const void *data;
    Py_ssize_t length;
    void *heap; /* freed by needle_drop */
    Py_UCS4 room[32];
} Needle;

static int
needle_init(Needle *needle, PyObject *sub, int kind)
{
    int sub_kind = KS_STR_KIND(sub);
    needle->length = KS_STR_LENGTH(sub);
    needle->heap = NULL;
    if (sub_kind == kind)
        needle->data = ks_str_data(sub);
    else if (needle->length <= KS_COUNT_OF(needle->room)) {
        ks_copy_chars(kind, needle->room, sub_kind, ks_str_data(sub), needle->length);
        needle->data = needle->room;
    }
    else {
        needle->heap = ks_str_widen(sub, kind);
        if (needle->heap == NULL)
            return -1;
        needle->data = needle->heap;
    }
    return 0;
}

static void
needle_drop(Needle *needle)
{
    PyMem_Free(needle->heap);
}

static Py_ssize_t
search(int kind, const void *text, Py_ssize_t length, const Needle *needle, int direction)
{
    const void *data = needle->data;
    Py_ssize_t m = needle->length;
    if (direction > 0)
        return kind == 1   ? ks_search1_find(text, length, data, m)
               : kind == 2 ? ks_search2_find(text, length, data, m)
                           : ks_search4_find(text, length, data, m);
    return kind == 1   ? ks_search1_rfind(text, length, data, m)
           : kind == 2 ? ks_search2_rfind(text, length, data, m)
                       : ks_search4_rfind(text, length, data, m);
}

Py_ssize_t
ks_find_char(int kind, const void *data, Py_ssize_t length, Py_UCS4 ch, int direction)
{
    if (kind == 1) {
        if (ch > 0xff)
            return -1;
        return direction > 0 ? ks_search1_find_char(data, length, (Py_UCS1)ch)
                             : ks_search1_rfind_char(data, length, (Py_UCS1)ch);
    }
    if (kind == 2) {
        if (ch > 0xffff)
            return -1;
        return direction > 0 ? ks_search2_find_char(data, length, (Py_UCS2)ch)
                             : ks_search2_rfind_char(data, length, (Py_UCS2)ch);
    }
    return direction > 0 ? ks_search4_find_char(data, length, ch)
                         : ks_search4_rfind_char(data, length, ch);
}

Py_ssize_t
ks_str_find(PyObject *str, PyObject *sub, Py_ssize_t start, Py_ssize_t end, int direction)
{
    ks_search_clamp(&start, &end, KS_STR_LENGTH(str));
    int kind = KS_STR_KIND(str);
    if (end - start < KS_STR_LENGTH(sub) || KS_STR_KIND(sub) > kind)
        return -1;
    const void *text = ks_at(kind, ks_str_data(str), start);
    Py_ssize_t hit;
    if (KS_STR_LENGTH(sub) == 1) {
        Py_UCS4 ch = ks_read(KS_STR_KIND(sub), ks_str_data(sub), 0);
        hit = ks_find_char(kind, text, end - start, ch, direction);
    }
    else {
        Needle needle;
        if (needle_init(&needle, sub, kind) < 0)
            return -2;
        hit = search(kind, text, end - start, &needle, direction);
        needle_drop(&needle);
    }
    return hit < 0 ? -1 : hit + start;
}

/* --- C API --- */

Py_ssize_t
PyUnicode_Find(PyObject *str, PyObject *substr, Py_ssize_t start, Py_ssize_t end, int direction)
{
    if (!ks_str_check(str) || !ks_str_check(substr))
        return -2;
    return ks_str_find(str, substr, start, end, direction);
}

Py_ssize_t
PyUnicode_FindChar(PyObject *str, Py_UCS4 ch, Py_ssize_t start, Py_ssize_t end, int direction)
{
    if (PyUnicode_READY(str) < 0)
        return -2;
    Py_ssize_t length = KS_STR_LENGTH(str);
    ks_search_clamp(&start, &end, length);
    if (end - start < 1)
        return -1;
    int kind = KS_STR_KIND(str);
    Py_ssize_t hit =
        ks_find_char(kind, ks_at(kind, ks_str_data(str), start), end - start, ch, direction);
    return hit < 0 ? -1 : start + hit;
}

static Py_ssize_t
count(PyObject *str, PyObject *sub, Py_ssize_t start, Py_ssize_t end)
{
    ks_search_clamp(&start, &end, KS_STR_LENGTH(str));
    int kind = KS_STR_KIND(str);
    if (end - start < KS_STR_LENGTH(sub) || KS_STR_KIND(sub) > kind)
        return 0;
    const void *text = ks_at(kind, ks_str_data(str), start);
    Py_ssize_t length = end - start, max = PY_SSIZE_T_MAX, result;
    Needle needle;
    if (needle_init(&needle, sub, kind) < 0)
        return -1;
    result = kind == 1   ? ks_search1_count(text, length, needle.data, needle.length, max)
             : kind == 2 ? ks_search2_count(text, length, needle.data, needle.length, max)
                         : ks_search4_count(text, length, needle.data, needle.length, max);
    needle_drop(&needle);
    return result;
}

Py_ssize_t
PyUnicode_Count(PyObject *str, PyObject *substr, Py_ssize_t start, Py_ssize_t end)
{
    if (!ks_str_check(str) || !ks_str_check(substr))
        return -1;
    return count(str, substr, start, end);
}

/* Does sub stand at the start (direction < 0) or end of str[start:end]? */
static int
tail_match(PyObject *str, PyObject *sub, Py_ssize_t start, Py_ssize_t end, int direction)
{
    ks_search_clamp(&start, &end, KS_STR_LENGTH(str));
    Py_ssize_t m = KS_STR_LENGTH(sub);
    int kind = KS_STR_KIND(str), sub_kind = KS_STR_KIND(sub);
    if (end - start < m)
        return 0;
    if (m == 0)
        return 1;
    if (sub_kind > kind)
        return 0;
    const void *text = ks_at(kind, ks_str_data(str), direction > 0 ? end - m : start);
    const void *data = ks_str_data(sub);
    if (kind == sub_kind)
        return memcmp(text, data, (size_t)(m * kind)) == 0;
    for (Py_ssize_t i = 0; i < m; i++)
        if (ks_read(kind, text, i) != ks_read(sub_kind, data, i))
            return 0;
    return 1;
}

Py_ssize_t
PyUnicode_Tailmatch(PyObject *str, PyObject *substr, Py_ssize_t start, Py_ssize_t end,
                    int direction)
{
    if (!ks_str_check(str) || !ks_str_check(substr))
        return -1;
    return tail_match(str, substr, start, end, direction);
}

/* sq_contains: 1, 0, or -1 with an exception. */
int
ks_str_contains(PyObject *str, PyObject *sub)
{
    if (!PyUnicode_Check(sub)) {
        PyErr_Format(PyExc_TypeError, "'in <string>' requires string as left operand, not %.100s",
                     Py_TYPE(sub)->tp_name);
        return -1;
    }
    if (PyUnicode_READY(sub) < 0 || !ks_str_check(str))
        return -1;
    Py_ssize_t hit = ks_str_find(str, sub, 0, PY_SSIZE_T_MAX, 1);
    return hit == -2 ? -1 : hit >= 0;
}

int
PyUnicode_Contains(PyObject *container, PyObject *element)
{
    return ks_str_contains(container, element);
}

/* --- methods --- */

/* The (sub[, start[, end]]) of the find family. */
static int
slice_args(const char *name, PyObject *const *args, Py_ssize_t nargs, Py_ssize_t *start,
           Py_ssize_t *end)
{
    *start = 0;
    *end = PY_SSIZE_T_MAX;
    if (nargs < 1 || nargs > 3) {
        PyErr_Format(PyExc_TypeError, "%s() takes at %s %d argument%s (%zd given)", name,
                     nargs < 1 ? "least" : "most", nargs < 1 ? 1 : 3, nargs < 1 ? "" : "s", nargs);
        return 0;
    }
    return (nargs < 2 || _PyEval_SliceIndex(args[1], start)) &&
           (nargs < 3 || _PyEval_SliceIndex(args[2], end));
}

/* Position by a find method's arguments: -1 absent, -2 with an exception. */
static Py_ssize_t
find_by_args(const char *name, PyObject *self, PyObject *const *args, Py_ssize_t nargs,
             int direction)
{
    Py_ssize_t start, end;
    if (!slice_args(name, args, nargs, &start, &end) || !ks_str_check(args[0]) ||
        PyUnicode_READY(self) < 0)
        return -2;
    return ks_str_find(self, args[0], start, end, direction);
}

static PyObject *
found_or_error(Py_ssize_t hit)
{
    if (hit >= 0)
        return PyLong_FromSsize_t(hit);
    if (hit == -1)
        PyErr_SetString(PyExc_ValueError, "substring not found");
    return NULL;
}

KS_STR_METHODN(find_)
{
    Py_ssize_t hit = find_by_args("find", self, args, nargs, 1);
    return hit == -2 ? NULL : PyLong_FromSsize_t(hit);
}

KS_STR_METHODN(rfind_)
{
    Py_ssize_t hit = find_by_args("rfind", self, args, nargs, -1);
    return hit == -2 ? NULL : PyLong_FromSsize_t(hit);
}

KS_STR_METHODN(index_)
{
    return found_or_error(find_by_args("index", self, args, nargs, 1));
}

KS_STR_METHODN(rindex_)
{
    return found_or_error(find_by_args("rindex", self, args, nargs, -1));
}

KS_STR_METHODN(count_)
{
    Py_ssize_t start, end;
    if (!slice_args("count", args, nargs, &start, &end) || !ks_str_check(args[0]) ||
        PyUnicode_READY(self) < 0)
        return NULL;
    Py_ssize_t result = count(self, args[0], start, end);
    return result < 0 ? NULL : PyLong_FromSsize_t(result);
}

static PyObject *
any_tail(const char *name, PyObject *self, PyObject *const *args, Py_ssize_t nargs, int direction)
{
    Py_ssize_t start, end;
    if (!slice_args(name, args, nargs, &start, &end) || PyUnicode_READY(self) < 0)
        return NULL;
    PyObject *subs = args[0];
    if (PyTuple_Check(subs)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(subs); i++) {
            PyObject *sub = PyTuple_GET_ITEM(subs, i);
            if (!PyUnicode_Check(sub)) {
                PyErr_Format(PyExc_TypeError, "tuple for %s must only contain str, not %.100s",
                             name, Py_TYPE(sub)->tp_name);
                return NULL;
            }
            if (PyUnicode_READY(sub) < 0)
                return NULL;
            if (tail_match(self, sub, start, end, direction))
                Py_RETURN_TRUE;
        }
        Py_RETURN_FALSE;
    }
    if (!PyUnicode_Check(subs)) {
        PyErr_Format(PyExc_TypeError, "%s first arg must be str or a tuple of str, not %.100s",
                     name, Py_TYPE(subs)->tp_name);
        return NULL;
    }
    if (PyUnicode_READY(subs) < 0)
        return NULL;
    return PyBool_FromLong(tail_match(self, subs, start, end, direction));
}

KS_STR_METHODN(startswith)
{
    return any_tail("startswith", self, args, nargs, -1);
}

KS_STR_METHODN(endswith)
{
    return any_tail("endswith", self, args, nargs, 1);
}

PyObject *
ks_str_removeprefix(PyObject *self, PyObject *prefix)
{
    if (!ks_arg_str("removeprefix", 0, prefix, &prefix) || PyUnicode_READY(self) < 0)
        return NULL;
    if (tail_match(self, prefix, 0, PY_SSIZE_T_MAX, -1))
        return ks_str_slice(self, KS_STR_LENGTH(prefix), KS_STR_LENGTH(self));
    return ks_str_unchanged(self);
}

PyObject *
ks_str_removesuffix(PyObject *self, PyObject *suffix)
{
    if (!ks_arg_str("removesuffix", 0, suffix, &suffix) || PyUnicode_READY(self) < 0)
        return NULL;
    if (tail_match(self, suffix, 0, PY_SSIZE_T_MAX, 1))
        return ks_str_slice(self, 0, KS_STR_LENGTH(self) - KS_STR_LENGTH(suffix));
    return ks_str_unchanged(self);
}

/* --- replace --- */

/* Copies text with `hits` occurrences of the needle replaced into `out` of kind out_kind. */
static void
copy_replaced(int out_kind, char *out, int kind, const char *text, Py_ssize_t length,
              const Needle *needle, PyObject *with, Py_ssize_t hits)
{
    Py_ssize_t at = 0, with_length = KS_STR_LENGTH(with);
    const void *with_data = ks_str_data(with);
    int with_kind = KS_STR_KIND(with);
    while (hits-- > 0) {
        /* An empty needle occurs before every character. */
        Py_ssize_t gap =
            needle->length == 0 ? 0 : search(kind, text + at * kind, length - at, needle, 1);
        ks_copy_chars(out_kind, out, kind, text + at * kind, gap);
        out += gap * out_kind;
        ks_copy_chars(out_kind, out, with_kind, with_data, with_length);
        out += with_length * out_kind;
        at += gap + needle->length;
        if (needle->length == 0 && at < length) {
            ks_copy_chars(out_kind, out, kind, text + at * kind, 1);
            out += out_kind;
            at++;
        }
    }
    ks_copy_chars(out_kind, out, kind, text + at * kind, length - at);
}

static KS_VECTORIZE void
replace_bytes(Py_UCS1 *restrict out, const Py_UCS1 *restrict in, Py_ssize_t length, Py_UCS1 from,
              Py_UCS1 to)
{
    for (Py_ssize_t i = 0; i < length; i++)
        out[i] = in[i] == from ? to : in[i];
}

/* One character by another in a copy of the string; both fit its kind. */
static PyObject *
replace_char(PyObject *str, Py_UCS4 from, Py_UCS4 to, Py_ssize_t max)
{
    int kind = KS_STR_KIND(str);
    Py_ssize_t length = KS_STR_LENGTH(str);
    Py_ssize_t at = ks_find_char(kind, ks_str_data(str), length, from, 1);
    if (at < 0)
        return ks_str_unchanged(str);
    PyObject *result = PyUnicode_New(length, Py_MAX(PyUnicode_MAX_CHAR_VALUE(str), to));
    if (result == NULL)
        return NULL;
    void *data = ks_str_data(result);
    if (kind == 1 && max >= length) {
        replace_bytes(data, ks_str_data(str), length, (Py_UCS1)from, (Py_UCS1)to);
        max = 0;
    }
    else
        memcpy(data, ks_str_data(str), (size_t)(length * kind));
    while (max-- > 0) {
        ks_write(kind, data, at, to);
        Py_ssize_t gap = ks_find_char(kind, ks_at(kind, data, at + 1), length - at - 1, from, 1);
        if (gap < 0)
            break;
        at += gap + 1;
    }
    if (from > 127 && ks_str_narrow(&result) < 0)
        Py_CLEAR(result);
    return result;
}

static PyObject *
replace(PyObject *str, PyObject *sub, PyObject *with, Py_ssize_t max)
{
    int kind = KS_STR_KIND(str);
    Py_ssize_t length = KS_STR_LENGTH(str), m = KS_STR_LENGTH(sub);
    if (max < 0)
        max = PY_SSIZE_T_MAX;
    if (max == 0 || m > length || KS_STR_KIND(sub) > kind ||
        (sub == with && PyUnicode_CheckExact(str)))
        return ks_str_unchanged(str);
    if (m == 1 && KS_STR_LENGTH(with) == 1 && KS_STR_KIND(with) <= kind)
        return replace_char(str, ks_read(KS_STR_KIND(sub), ks_str_data(sub), 0),
                            ks_read(KS_STR_KIND(with), ks_str_data(with), 0), max);
    const void *text = ks_str_data(str);
    Needle needle;
    if (needle_init(&needle, sub, kind) < 0)
        return NULL;
    PyObject *result = NULL;
    Py_ssize_t hits = kind == 1   ? ks_search1_count(text, length, needle.data, m, max)
                      : kind == 2 ? ks_search2_count(text, length, needle.data, m, max)
                                  : ks_search4_count(text, length, needle.data, m, max);
    if (hits == 0) {
        result = ks_str_unchanged(str);
        goto done;
    }
    Py_ssize_t growth = KS_STR_LENGTH(with) - m;
    if (growth > 0 && hits > (PY_SSIZE_T_MAX - length) / growth) {
        PyErr_SetString(PyExc_OverflowError, "replace string is too long");
        goto done;
    }
    Py_UCS4 maxchar = Py_MAX(PyUnicode_MAX_CHAR_VALUE(str), PyUnicode_MAX_CHAR_VALUE(with));
    result = PyUnicode_New(length + hits * growth, maxchar);
    if (result == NULL || KS_STR_LENGTH(result) == 0)
        goto done;
    copy_replaced(KS_STR_KIND(result), ks_str_data(result), kind, text, length, &needle, with,
                  hits);
    /* The widest characters may be gone. */
    if (!KS_STR_IS_ASCII(sub) && ks_str_narrow(&result) < 0)
        Py_CLEAR(result);
done:
    needle_drop(&needle);
    return result;
}

PyObject *
PyUnicode_Replace(PyObject *str, PyObject *substr, PyObject *replstr, Py_ssize_t maxcount)
{
    if (!ks_str_check(str) || !ks_str_check(substr) || !ks_str_check(replstr))
        return NULL;
    return replace(str, substr, replstr, maxcount);
}

KS_STR_METHODN(replace_)
{
    PyObject *sub, *with;
    Py_ssize_t max = -1;
    if (!ks_args_count("replace", nargs, 2, 3) || !ks_arg_str("replace", 1, args[0], &sub) ||
        !ks_arg_str("replace", 2, args[1], &with) || (nargs > 2 && !ks_arg_index(args[2], &max)) ||
        PyUnicode_READY(self) < 0)
        return NULL;
    return replace(self, sub, with, max);
}
