/* SPDX-License-Identifier: MIT */
/* bytes. The buffer that AsString gives belongs to the object. */
#ifndef Py_BYTESOBJECT_H
#define Py_BYTESOBJECT_H

#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_DATA(PyTypeObject) PyBytes_Type;
PyAPI_DATA(PyTypeObject) PyBytesIter_Type;

PyAPI_FUNC(PyObject *) PyBytes_FromStringAndSize(const char *, Py_ssize_t);
PyAPI_FUNC(PyObject *) PyBytes_FromString(const char *);
PyAPI_FUNC(PyObject *) PyBytes_FromObject(PyObject *);
PyAPI_FUNC(PyObject *) PyBytes_FromFormatV(const char *, va_list) Py_GCC_ATTRIBUTE((format(printf,
    1, 0)));
PyAPI_FUNC(PyObject *) PyBytes_FromFormat(const char *, ...) Py_GCC_ATTRIBUTE((format(printf, 1,
    2)));
PyAPI_FUNC(Py_ssize_t) PyBytes_Size(PyObject *);
PyAPI_FUNC(char *) PyBytes_AsString(PyObject *);
PyAPI_FUNC(PyObject *) PyBytes_Repr(PyObject *, int);
PyAPI_FUNC(void) PyBytes_Concat(PyObject **, PyObject *); /* steals and replaces *bytes */
PyAPI_FUNC(void) PyBytes_ConcatAndDel(PyObject **, PyObject *); /* steals newpart, replaces *bytes */
PyAPI_FUNC(PyObject *) PyBytes_DecodeEscape(const char *, Py_ssize_t, const char *, Py_ssize_t,
    const char *);
PyAPI_FUNC(int) PyBytes_AsStringAndSize(PyObject *obj, char **s, Py_ssize_t *len);

#define PyBytes_Check(object) PyType_FastSubclass(Py_TYPE(object), Py_TPFLAGS_BYTES_SUBCLASS)
#define PyBytes_CheckExact(object) Py_IS_TYPE(object, &PyBytes_Type)

#ifndef Py_LIMITED_API
#define Py_CPYTHON_BYTESOBJECT_H
#include "cpython/bytesobject.h"
#undef Py_CPYTHON_BYTESOBJECT_H
#endif

#ifdef __cplusplus
}
#endif

#endif
