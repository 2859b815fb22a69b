/* SPDX-License-Identifier: MIT */
/* str: comparisons of the limited API that CPython gained after 3.11. */
#include "Python.h"
#include "ks_base.h"

PyAPI_FUNC(int) PyUnicode_Equal(PyObject *, PyObject *);
PyAPI_FUNC(int) PyUnicode_EqualToUTF8(PyObject *, const char *);
PyAPI_FUNC(int) PyUnicode_EqualToUTF8AndSize(PyObject *, const char *, Py_ssize_t);

/* 1 or 0; -1 with TypeError unless both are str. */
int
PyUnicode_Equal(PyObject *left, PyObject *right)
{
    int bad_left = !PyUnicode_Check(left);
    if (bad_left || !PyUnicode_Check(right)) {
        PyErr_Format(PyExc_TypeError, "%s argument must be str, not %s",
                     bad_left ? "first" : "second", Py_TYPE(bad_left ? left : right)->tp_name);
        return -1;
    }
    return left == right || PyUnicode_Compare(left, right) == 0;
}

/* Bytes of one character in UTF-8, 0 for a surrogate, which has none. */
static int
utf8_put(Py_UCS4 ch, unsigned char *bytes)
{
    if (ch < 0x80) {
        bytes[0] = (unsigned char)ch;
        return 1;
    }
    if (Py_UNICODE_IS_SURROGATE(ch))
        return 0;
    int count = ch < 0x800 ? 2 : ch < 0x10000 ? 3 : 4;
    for (int i = count - 1; i > 0; i--, ch >>= 6)
        bytes[i] = (unsigned char)(0x80 | (ch & 0x3f));
    bytes[0] = (unsigned char)(0xf00 >> count | ch);
    return count;
}

/* 1 if text is the string's UTF-8 form, else 0; no exception is ever set. */
int
PyUnicode_EqualToUTF8AndSize(PyObject *string, const char *text, Py_ssize_t size)
{
    if (PyUnicode_READY(string) < 0) {
        PyErr_Clear();
        return 0;
    }
    Py_ssize_t length = PyUnicode_GET_LENGTH(string);
    if (PyUnicode_IS_ASCII(string))
        return length == size && memcmp(PyUnicode_1BYTE_DATA(string), text, (size_t)size) == 0;
    int kind = PyUnicode_KIND(string);
    const void *data = PyUnicode_DATA(string);
    for (Py_ssize_t i = 0; i < length; i++) {
        unsigned char bytes[4];
        int count = utf8_put(PyUnicode_READ(kind, data, i), bytes);
        if (count == 0 || count > size || memcmp(bytes, text, (size_t)count) != 0)
            return 0;
        text += count;
        size -= count;
    }
    return size == 0;
}

int
PyUnicode_EqualToUTF8(PyObject *string, const char *text)
{
    return PyUnicode_EqualToUTF8AndSize(string, text, (Py_ssize_t)strlen(text));
}
