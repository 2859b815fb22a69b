/* SPDX-License-Identifier: MIT */
/* str: equality, order and hash.
 *
 * Ready strings are in the narrowest kind, so strings of different kinds are never equal, and
 * equality is one memcmp. Order follows code points. */
#include "Python.h"
#include "ks_base.h"
#include "ks_str.h"

#include <string.h>

int
ks_str_equal(PyObject *left, PyObject *right)
{
    Py_ssize_t length = KS_STR_LENGTH(left);
    int kind = KS_STR_KIND(left);
    if (length != KS_STR_LENGTH(right) || kind != KS_STR_KIND(right))
        return 0;
    return memcmp(ks_str_data(left), ks_str_data(right), (size_t)(length * kind)) == 0;
}

#define COMPARE(left_type, right_type)                     \
    do {                                                   \
        const left_type *l = left_data;                    \
        const right_type *r = right_data;                  \
        for (Py_ssize_t i = 0; i < common; i++)            \
            if (l[i] != r[i])                              \
                return l[i] < r[i] ? -1 : 1;               \
    } while (0)

/* -1, 0 or 1 by code points; both ready. */
static int
compare(PyObject *left, PyObject *right)
{
    if (left == right)
        return 0;
    const void *left_data = ks_str_data(left), *right_data = ks_str_data(right);
    Py_ssize_t common = Py_MIN(KS_STR_LENGTH(left), KS_STR_LENGTH(right));
    switch (KS_STR_KIND(left) * 8 + KS_STR_KIND(right)) {
    case 1 * 8 + 1: {
        int order = memcmp(left_data, right_data, (size_t)common);
        if (order != 0)
            return order < 0 ? -1 : 1;
        break;
    }
    case 1 * 8 + 2:
        COMPARE(Py_UCS1, Py_UCS2);
        break;
    case 1 * 8 + 4:
        COMPARE(Py_UCS1, Py_UCS4);
        break;
    case 2 * 8 + 1:
        COMPARE(Py_UCS2, Py_UCS1);
        break;
    case 2 * 8 + 2:
        COMPARE(Py_UCS2, Py_UCS2);
        break;
    case 2 * 8 + 4:
        COMPARE(Py_UCS2, Py_UCS4);
        break;
    case 4 * 8 + 1:
        COMPARE(Py_UCS4, Py_UCS1);
        break;
    case 4 * 8 + 2:
        COMPARE(Py_UCS4, Py_UCS2);
        break;
    default:
        COMPARE(Py_UCS4, Py_UCS4);
    }
    Py_ssize_t l = KS_STR_LENGTH(left), r = KS_STR_LENGTH(right);
    return l == r ? 0 : l < r ? -1 : 1;
}

/* Order of two strings; -1 with TypeError for anything else (test with PyErr_Occurred). */
int
PyUnicode_Compare(PyObject *left, PyObject *right)
{
    if (PyUnicode_Check(left) && PyUnicode_Check(right)) {
        if (PyUnicode_READY(left) < 0 || PyUnicode_READY(right) < 0)
            return -1;
        return compare(left, right);
    }
    PyErr_Format(PyExc_TypeError, "Can't compare %.100s and %.100s", Py_TYPE(left)->tp_name,
                 Py_TYPE(right)->tp_name);
    return -1;
}

PyObject *
ks_str_richcompare(PyObject *left, PyObject *right, int op)
{
    if (KS_UNLIKELY(!PyUnicode_Check(left) || !PyUnicode_Check(right)))
        Py_RETURN_NOTIMPLEMENTED;
    if (KS_UNLIKELY(PyUnicode_READY(left) < 0 || PyUnicode_READY(right) < 0))
        return NULL;
    if (op == Py_EQ || op == Py_NE) {
        int equal = left == right || ks_str_equal(left, right);
        return PyBool_FromLong(equal == (op == Py_EQ));
    }
    int order = compare(left, right);
    Py_RETURN_RICHCOMPARE(order, 0, op);
}

PyObject *
PyUnicode_RichCompare(PyObject *left, PyObject *right, int op)
{
    return ks_str_richcompare(left, right, op);
}

int
_PyUnicode_EQ(PyObject *left, PyObject *right)
{
    return ks_str_equal(left, right);
}

int
_PyUnicode_Equal(PyObject *left, PyObject *right)
{
    return left == right || ks_str_equal(left, right);
}

/* Compares with Latin-1 text ended by 0; never fails. */
int
PyUnicode_CompareWithASCIIString(PyObject *left, const char *right)
{
    if (!KS_ASCII(left)->state.ready) {
        const wchar_t *wide = KS_ASCII(left)->wstr;
        Py_ssize_t length = KS_COMPACT(left)->wstr_length, i = 0;
        for (; i < length && right[i]; i++)
            if ((Py_UCS4)wide[i] != (unsigned char)right[i])
                return (Py_UCS4)wide[i] < (unsigned char)right[i] ? -1 : 1;
        return i < length ? 1 : right[i] ? -1 : 0;
    }
    int kind = KS_STR_KIND(left);
    const void *data = ks_str_data(left);
    size_t length = (size_t)KS_STR_LENGTH(left);
    if (kind == 1) {
        size_t right_length = strlen(right);
        int order = memcmp(data, right, Py_MIN(length, right_length));
        if (order != 0)
            return order < 0 ? -1 : 1;
        return length == right_length ? 0 : length > right_length ? 1 : -1;
    }
    Py_ssize_t i = 0;
    Py_UCS4 ch;
    for (; (ch = ks_read(kind, data, i)) != 0 && right[i]; i++)
        if (ch != (unsigned char)right[i])
            return ch < (unsigned char)right[i] ? -1 : 1;
    if ((size_t)i != length || ch != 0)
        return 1;
    return right[i] ? -1 : 0;
}

int
_PyUnicode_EqualToASCIIString(PyObject *left, const char *right)
{
    if (PyUnicode_READY(left) < 0) {
        PyErr_Clear();
        return PyUnicode_CompareWithASCIIString(left, right) == 0;
    }
    if (!KS_STR_IS_ASCII(left))
        return 0;
    size_t length = (size_t)KS_STR_LENGTH(left);
    return strlen(right) == length && memcmp(ks_str_data(left), right, length) == 0;
}

int
_PyUnicode_EqualToASCIIId(PyObject *left, _Py_Identifier *right)
{
    PyObject *id = _PyUnicode_FromId(right);
    if (id == NULL) {
        PyErr_Clear();
        return _PyUnicode_EqualToASCIIString(left, right->string);
    }
    if (left == id)
        return 1;
    if (PyUnicode_READY(left) < 0) {
        PyErr_Clear();
        return 0;
    }
    return ks_str_equal(left, id);
}

Py_hash_t
ks_str_hash(PyObject *str)
{
    if (KS_LIKELY(KS_ASCII(str)->hash != -1))
        return KS_ASCII(str)->hash;
    if (PyUnicode_READY(str) < 0)
        return -1;
    Py_hash_t hash = _Py_HashBytes(ks_str_data(str), KS_STR_LENGTH(str) * KS_STR_KIND(str));
    KS_ASCII(str)->hash = hash;
    return hash;
}
