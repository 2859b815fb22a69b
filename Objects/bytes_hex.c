/* SPDX-License-Identifier: MIT */
/* Hexadecimal digits of bytes, with an optional separator between groups. */
#include "Python.h"

#include "pycore_object.h"
#include "pycore_strhex.h"

#include "ks_base.h"

/* The separator's byte; -1 with an exception. A group size of 0 or no separator is -2: none. */
static int
separator_byte(PyObject *separator, int group)
{
    if (separator == NULL)
        return -2;
    Py_ssize_t length = PyObject_Length(separator);
    if (length < 0)
        return -1;
    if (length != 1) {
        PyErr_SetString(PyExc_ValueError, "sep must be length 1.");
        return -1;
    }
    Py_UCS4 ch;
    if (PyUnicode_Check(separator)) {
        if (PyUnicode_READY(separator) < 0)
            return -1;
        ch = PyUnicode_READ_CHAR(separator, 0);
    }
    else if (PyBytes_Check(separator)) {
        ch = (unsigned char)PyBytes_AS_STRING(separator)[0];
    }
    else {
        PyErr_SetString(PyExc_TypeError, "sep must be str or bytes.");
        return -1;
    }
    if (ch > 127) {
        PyErr_SetString(PyExc_ValueError, "sep must be ASCII.");
        return -1;
    }
    return group == 0 ? -2 : (int)ch;
}

/* A positive group size counts groups from the right end, a negative one from the left. */
static PyObject *
hex(const char *bytes, Py_ssize_t length, PyObject *separator, int group, int want_bytes)
{
    static const char digits[] = "0123456789abcdef";
    int sep = separator_byte(separator, group);
    if (sep == -1)
        return NULL;
    size_t size = group < 0 ? (size_t)-(Py_ssize_t)group : (size_t)group;
    size_t seps = sep < 0 || length == 0 ? 0 : ((size_t)length - 1) / size;
    if (length > (PY_SSIZE_T_MAX - (Py_ssize_t)seps) / 2)
        return PyErr_NoMemory();
    Py_ssize_t total = length * 2 + (Py_ssize_t)seps;
    PyObject *result = want_bytes ? PyBytes_FromStringAndSize(NULL, total)
                                  : PyUnicode_New(total, 127);
    if (result == NULL || total == 0)
        return result;
    char *out = want_bytes ? PyBytes_AS_STRING(result) : (char *)PyUnicode_1BYTE_DATA(result);
    size_t until = seps == 0 ? (size_t)length
                 : group < 0 ? size
                             : (size_t)length - seps * size; /* bytes before the next separator */
    for (Py_ssize_t i = 0; i < length; i++) {
        if (until == 0) {
            *out++ = (char)sep;
            until = size;
        }
        unsigned char byte = (unsigned char)bytes[i];
        *out++ = digits[byte >> 4];
        *out++ = digits[byte & 15];
        until--;
    }
    return result;
}

PyObject *
_Py_strhex(const char *bytes, const Py_ssize_t length)
{
    return hex(bytes, length, NULL, 0, 0);
}

PyObject *
_Py_strhex_bytes(const char *bytes, const Py_ssize_t length)
{
    return hex(bytes, length, NULL, 0, 1);
}

PyObject *
_Py_strhex_with_sep(const char *bytes, const Py_ssize_t length, PyObject *separator,
                    const int group)
{
    return hex(bytes, length, separator, group, 0);
}

PyObject *
_Py_strhex_bytes_with_sep(const char *bytes, const Py_ssize_t length, PyObject *separator,
                          const int group)
{
    return hex(bytes, length, separator, group, 1);
}
