/* SPDX-License-Identifier: MIT */
/* bytes: layout, unchecked access, formatting, and a writer that grows. */
#ifndef Py_CPYTHON_BYTESOBJECT_H
#error "include <bytesobject.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    PyObject_VAR_HEAD
    Py_DEPRECATED(3.11) Py_hash_t ob_shash;
    char ob_sval[1];
} PyBytesObject;

typedef struct {
    PyObject *buffer;
    Py_ssize_t allocated;
    Py_ssize_t min_size;
    int use_bytearray;
    int overallocate;
    int use_small_buffer;
    char small_buffer[512];
} _PyBytesWriter;

PyAPI_FUNC(int) _PyBytes_Resize(PyObject **, Py_ssize_t);
PyAPI_FUNC(PyObject *) _PyBytes_FormatEx(const char *format, Py_ssize_t format_len, PyObject *args,
    int use_bytearray);
PyAPI_FUNC(PyObject *) _PyBytes_FromHex(PyObject *string, int use_bytearray);
PyAPI_FUNC(PyObject *) _PyBytes_DecodeEscape2(const char *, Py_ssize_t, const char *, int *,
    const char **);
PyAPI_FUNC(PyObject *) _PyBytes_DecodeEscape(const char *, Py_ssize_t, const char *, const char **);
PyAPI_FUNC(PyObject *) _PyBytes_Join(PyObject *sep, PyObject *x);
PyAPI_FUNC(void) _PyBytesWriter_Init(_PyBytesWriter *writer);
PyAPI_FUNC(PyObject *) _PyBytesWriter_Finish(_PyBytesWriter *writer, void *str);
PyAPI_FUNC(void) _PyBytesWriter_Dealloc(_PyBytesWriter *writer);
PyAPI_FUNC(void *) _PyBytesWriter_Alloc(_PyBytesWriter *writer, Py_ssize_t size);
PyAPI_FUNC(void *) _PyBytesWriter_Prepare(_PyBytesWriter *writer, void *str, Py_ssize_t size);
PyAPI_FUNC(void *) _PyBytesWriter_Resize(_PyBytesWriter *writer, void *str, Py_ssize_t size);
PyAPI_FUNC(void *) _PyBytesWriter_WriteBytes(_PyBytesWriter *writer, void *str, const void *bytes,
    Py_ssize_t size);

#define _PyBytes_CAST(object) (assert(PyBytes_Check(object)), _Py_CAST(PyBytesObject *, object))

static inline Py_ssize_t
PyBytes_GET_SIZE(PyObject *object)
{
    return _PyBytes_CAST(object)->ob_base.ob_size;
}

static inline char *
PyBytes_AS_STRING(PyObject *object)
{
    return &_PyBytes_CAST(object)->ob_sval[0];
}
#define PyBytes_GET_SIZE(object) PyBytes_GET_SIZE(_PyObject_CAST(object))
#define PyBytes_AS_STRING(object) PyBytes_AS_STRING(_PyObject_CAST(object))

#ifdef __cplusplus
}
#endif
