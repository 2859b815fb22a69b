/* SPDX-License-Identifier: MIT */
/* int for the core: small ones without a call, formatting into writers. */
#ifndef Py_INTERNAL_LONG_H
#define Py_INTERNAL_LONG_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#include "pycore_global_objects.h"
#include "pycore_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

#define _PY_LONG_DEFAULT_MAX_STR_DIGITS 4300
#define _PY_LONG_MAX_STR_DIGITS_THRESHOLD 640
#define _PyLong_SMALL_INTS _Py_SINGLETON(small_ints)

PyAPI_DATA(unsigned char) _PyLong_DigitValue[256];

extern PyStatus _PyLong_InitTypes(PyInterpreterState *);
extern void _PyLong_FiniTypes(PyInterpreterState *interp);
PyObject *_PyLong_Add(PyLongObject *left, PyLongObject *right);
PyObject *_PyLong_Multiply(PyLongObject *left, PyLongObject *right);
PyObject *_PyLong_Subtract(PyLongObject *left, PyLongObject *right);
PyAPI_FUNC(int) _PyLong_FormatAdvancedWriter(_PyUnicodeWriter *writer, PyObject *obj,
    PyObject *format_spec, Py_ssize_t start, Py_ssize_t end);
PyAPI_FUNC(int) _PyLong_FormatWriter(_PyUnicodeWriter *writer, PyObject *obj, int base,
    int alternate);
PyAPI_FUNC(char *) _PyLong_FormatBytesWriter(_PyBytesWriter *writer, char *str, PyObject *obj,
    int base, int alternate);

#define KS_SMALL_INT(value) ((PyObject *)&_PyLong_SMALL_INTS[_PY_NSMALLNEGINTS + (value)])

/* Borrowed. */
static inline PyObject *
_PyLong_GetZero(void)
{
    return KS_SMALL_INT(0);
}

static inline PyObject *
_PyLong_GetOne(void)
{
    return KS_SMALL_INT(1);
}

/* New. */
static inline PyObject *
_PyLong_FromUnsignedChar(unsigned char value)
{
    return Py_NewRef(KS_SMALL_INT(value));
}

#ifdef __cplusplus
}
#endif

#endif
