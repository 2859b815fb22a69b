/* SPDX-License-Identifier: MIT */
/* str: concatenation, join, repetition and padding.
 *
 * Appending to a string that nobody else refers to grows it in place, so a loop of `s += part`
 * is linear as long as the memory block can be extended. */
#include "Python.h"
#include "ks_args.h"
#include "ks_base.h"
#include "ks_str.h"

#include <string.h>

PyObject *
PyUnicode_Concat(PyObject *left, PyObject *right)
{
    if (!ks_str_check(left))
        return NULL;
    if (KS_UNLIKELY(!PyUnicode_Check(right))) {
        PyErr_Format(PyExc_TypeError, "can only concatenate str (not \"%.200s\") to str",
                     Py_TYPE(right)->tp_name);
        return NULL;
    }
    if (PyUnicode_READY(right) < 0)
        return NULL;
    Py_ssize_t left_length = KS_STR_LENGTH(left), right_length = KS_STR_LENGTH(right);
    if (left_length == 0)
        return PyUnicode_FromObject(right);
    if (right_length == 0)
        return PyUnicode_FromObject(left);
    if (left_length > PY_SSIZE_T_MAX - right_length) {
        PyErr_SetString(PyExc_OverflowError, "strings are too large to concat");
        return NULL;
    }
    Py_UCS4 maxchar = Py_MAX(PyUnicode_MAX_CHAR_VALUE(left), PyUnicode_MAX_CHAR_VALUE(right));
    PyObject *str = PyUnicode_New(left_length + right_length, maxchar);
    if (str == NULL)
        return NULL;
    int kind = KS_STR_KIND(str);
    char *data = ks_str_data(str);
    ks_copy_chars(kind, data, KS_STR_KIND(left), ks_str_data(left), left_length);
    ks_copy_chars(kind, data + left_length * kind, KS_STR_KIND(right), ks_str_data(right),
                  right_length);
    return str;
}

/* *p_left += right; on failure *p_left is dropped and NULL. */
void
PyUnicode_Append(PyObject **p_left, PyObject *right)
{
    if (p_left == NULL) {
        if (!PyErr_Occurred())
            PyErr_BadInternalCall();
        return;
    }
    PyObject *left = *p_left;
    if (right == NULL || left == NULL || !PyUnicode_Check(left) || !PyUnicode_Check(right)) {
        if (!PyErr_Occurred())
            PyErr_BadInternalCall();
        Py_CLEAR(*p_left);
        return;
    }
    if (PyUnicode_READY(left) < 0 || PyUnicode_READY(right) < 0) {
        Py_CLEAR(*p_left);
        return;
    }
    Py_ssize_t left_length = KS_STR_LENGTH(left), right_length = KS_STR_LENGTH(right);
    if (left_length == 0) {
        PyObject *result = PyUnicode_FromObject(right);
        Py_SETREF(*p_left, result);
        return;
    }
    if (right_length == 0)
        return;
    if (left_length > PY_SSIZE_T_MAX - right_length) {
        PyErr_SetString(PyExc_OverflowError, "strings are too large to concat");
        Py_CLEAR(*p_left);
        return;
    }
    if (Py_REFCNT(left) == 1 && PyUnicode_CheckExact(left) && !KS_ASCII(left)->state.interned &&
        KS_ASCII(left)->state.compact && KS_STR_KIND(right) <= KS_STR_KIND(left) &&
        (KS_STR_IS_ASCII(right) || !KS_STR_IS_ASCII(left))) {
        /* Nobody else holds it: a cached hash is the only thing that could tell. */
        KS_ASCII(left)->hash = -1;
        if (ks_str_resize(p_left, left_length + right_length) < 0) {
            Py_CLEAR(*p_left);
            return;
        }
        int kind = KS_STR_KIND(*p_left);
        ks_copy_chars(kind, ks_at(kind, ks_str_data(*p_left), left_length), KS_STR_KIND(right),
                      ks_str_data(right), right_length);
        return;
    }
    PyObject *result = PyUnicode_Concat(left, right);
    Py_SETREF(*p_left, result);
}

void
PyUnicode_AppendAndDel(PyObject **pleft, PyObject *right)
{
    PyUnicode_Append(pleft, right);
    Py_XDECREF(right);
}

static int
check_items(PyObject *const *items, Py_ssize_t count, Py_ssize_t *length, Py_UCS4 *maxchar)
{
    Py_ssize_t total = *length;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = items[i];
        if (KS_UNLIKELY(!PyUnicode_Check(item))) {
            PyErr_Format(PyExc_TypeError, "sequence item %zd: expected str instance, %.80s found",
                         i, Py_TYPE(item)->tp_name);
            return -1;
        }
        if (PyUnicode_READY(item) < 0)
            return -1;
        Py_ssize_t item_length = KS_STR_LENGTH(item);
        if (item_length > PY_SSIZE_T_MAX - total) {
            PyErr_SetString(PyExc_OverflowError,
                            "join() result is too long for a Python string");
            return -1;
        }
        total += item_length;
        *maxchar = Py_MAX(*maxchar, PyUnicode_MAX_CHAR_VALUE(item));
    }
    *length = total;
    return 0;
}

PyObject *
_PyUnicode_JoinArray(PyObject *separator, PyObject *const *items, Py_ssize_t seqlen)
{
    if (seqlen == 0)
        return Py_NewRef(KS_STR_EMPTY);
    if (seqlen == 1 && PyUnicode_CheckExact(items[0]))
        return Py_NewRef(items[0]);
    Py_ssize_t sep_length = 0, length = 0;
    Py_UCS4 maxchar = 0;
    if (separator == NULL)
        separator = ks_str_latin1_char(' ');
    else if (!PyUnicode_Check(separator)) {
        PyErr_Format(PyExc_TypeError, "separator: expected str instance, %.80s found",
                     Py_TYPE(separator)->tp_name);
        return NULL;
    }
    if (PyUnicode_READY(separator) < 0)
        return NULL;
    sep_length = KS_STR_LENGTH(separator);
    if (seqlen > 1 && sep_length > 0) {
        if (sep_length > PY_SSIZE_T_MAX / (seqlen - 1)) {
            PyErr_SetString(PyExc_OverflowError,
                            "join() result is too long for a Python string");
            return NULL;
        }
        length = sep_length * (seqlen - 1);
        maxchar = PyUnicode_MAX_CHAR_VALUE(separator);
    }
    if (check_items(items, seqlen, &length, &maxchar) < 0)
        return NULL;
    PyObject *str = PyUnicode_New(length, maxchar);
    if (str == NULL || length == 0)
        return str;
    int kind = KS_STR_KIND(str), sep_kind = KS_STR_KIND(separator);
    char *at = ks_str_data(str);
    const void *sep = ks_str_data(separator);
    for (Py_ssize_t i = 0; i < seqlen; i++) {
        if (i > 0 && sep_length > 0) {
            if (sep_length == 1)
                ks_write(kind, at, 0, ks_read(sep_kind, sep, 0));
            else
                ks_copy_chars(kind, at, sep_kind, sep, sep_length);
            at += sep_length * kind;
        }
        PyObject *item = items[i];
        Py_ssize_t item_length = KS_STR_LENGTH(item);
        ks_copy_chars(kind, at, KS_STR_KIND(item), ks_str_data(item), item_length);
        at += item_length * kind;
    }
    return str;
}

PyObject *
PyUnicode_Join(PyObject *separator, PyObject *seq)
{
    KS_OWNED PyObject *fast = PySequence_Fast(seq, "can only join an iterable");
    if (fast == NULL)
        return NULL;
    return _PyUnicode_JoinArray(separator, PySequence_Fast_ITEMS(fast),
                                PySequence_Fast_GET_SIZE(fast));
}

PyObject *
ks_str_join(PyObject *self, PyObject *iterable)
{
    return PyUnicode_Join(self, iterable);
}

PyObject *
ks_str_repeat(PyObject *str, Py_ssize_t count)
{
    if (PyUnicode_READY(str) < 0)
        return NULL;
    Py_ssize_t length = KS_STR_LENGTH(str);
    if (count < 1 || length == 0)
        return Py_NewRef(KS_STR_EMPTY);
    if (count == 1)
        return ks_str_unchanged(str);
    if (length > PY_SSIZE_T_MAX / count) {
        PyErr_SetString(PyExc_OverflowError, "repeated string is too long");
        return NULL;
    }
    PyObject *result = PyUnicode_New(length * count, PyUnicode_MAX_CHAR_VALUE(str));
    if (result == NULL)
        return NULL;
    int kind = KS_STR_KIND(str);
    char *data = ks_str_data(result);
    if (length == 1) {
        ks_fill(kind, data, ks_read(kind, ks_str_data(str), 0), 0, count);
        return result;
    }
    /* Doubles what is there until the rest is shorter. */
    size_t unit = (size_t)(length * kind), total = unit * (size_t)count, done = unit;
    memcpy(data, ks_str_data(str), unit);
    while (done < total) {
        size_t chunk = Py_MIN(done, total - done);
        memcpy(data + done, data, chunk);
        done += chunk;
    }
    return result;
}

/* --- padding --- */

static PyObject *
pad(PyObject *str, Py_ssize_t left, Py_ssize_t right, Py_UCS4 fill)
{
    left = Py_MAX(left, 0);
    right = Py_MAX(right, 0);
    if (left == 0 && right == 0)
        return ks_str_unchanged(str);
    Py_ssize_t length = KS_STR_LENGTH(str);
    if (left > PY_SSIZE_T_MAX - length || right > PY_SSIZE_T_MAX - (left + length)) {
        PyErr_SetString(PyExc_OverflowError, "padded string is too long");
        return NULL;
    }
    PyObject *result =
        PyUnicode_New(left + length + right, Py_MAX(PyUnicode_MAX_CHAR_VALUE(str), fill));
    if (result == NULL)
        return NULL;
    int kind = KS_STR_KIND(result);
    char *data = ks_str_data(result);
    ks_fill(kind, data, fill, 0, left);
    ks_copy_chars(kind, data + left * kind, KS_STR_KIND(str), ks_str_data(str), length);
    ks_fill(kind, data, fill, left + length, right);
    return result;
}

static int
fill_char(PyObject *arg, Py_UCS4 *ch)
{
    if (!PyUnicode_Check(arg)) {
        PyErr_Format(PyExc_TypeError,
                     "The fill character must be a unicode character, not %.100s",
                     Py_TYPE(arg)->tp_name);
        return 0;
    }
    if (PyUnicode_READY(arg) < 0)
        return 0;
    if (KS_STR_LENGTH(arg) != 1) {
        PyErr_SetString(PyExc_TypeError, "The fill character must be exactly one character long");
        return 0;
    }
    *ch = ks_read(KS_STR_KIND(arg), ks_str_data(arg), 0);
    return 1;
}

/* Missing characters of a width and fill argument list, -1 with an exception. */
static int
pad_args(const char *name, PyObject *self, PyObject *const *args, Py_ssize_t nargs,
         Py_ssize_t *missing, Py_UCS4 *fill)
{
    Py_ssize_t width;
    *fill = ' ';
    if (!ks_args_count(name, nargs, 1, 2) || !ks_arg_index(args[0], &width) ||
        (nargs > 1 && !fill_char(args[1], fill)) || PyUnicode_READY(self) < 0)
        return -1;
    *missing = width > KS_STR_LENGTH(self) ? width - KS_STR_LENGTH(self) : 0;
    return 0;
}

PyObject *
ks_str_center(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t missing;
    Py_UCS4 fill;
    if (pad_args("center", self, args, nargs, &missing, &fill) < 0)
        return NULL;
    /* An odd rest goes to the left iff the width is odd too. */
    Py_ssize_t left = missing / 2 + (missing & (missing + KS_STR_LENGTH(self)) & 1);
    return pad(self, left, missing - left, fill);
}

PyObject *
ks_str_ljust(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t missing;
    Py_UCS4 fill;
    return pad_args("ljust", self, args, nargs, &missing, &fill) < 0
               ? NULL
               : pad(self, 0, missing, fill);
}

PyObject *
ks_str_rjust(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t missing;
    Py_UCS4 fill;
    return pad_args("rjust", self, args, nargs, &missing, &fill) < 0
               ? NULL
               : pad(self, missing, 0, fill);
}

PyObject *
ks_str_zfill(PyObject *self, PyObject *arg)
{
    Py_ssize_t width;
    if (!ks_arg_index(arg, &width) || PyUnicode_READY(self) < 0)
        return NULL;
    Py_ssize_t missing = width - KS_STR_LENGTH(self);
    if (width <= KS_STR_LENGTH(self))
        return ks_str_unchanged(self);
    PyObject *result = pad(self, missing, 0, '0');
    if (result == NULL)
        return NULL;
    int kind = KS_STR_KIND(result);
    void *data = ks_str_data(result);
    Py_UCS4 sign = KS_STR_LENGTH(self) > 0 ? ks_read(kind, data, missing) : 0;
    if (sign == '+' || sign == '-') {
        ks_write(kind, data, 0, sign);
        ks_write(kind, data, missing, '0');
    }
    return result;
}
