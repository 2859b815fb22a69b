/* SPDX-License-Identifier: MIT */
/* bytearray's layout and unchecked access. */
#ifndef Py_CPYTHON_BYTEARRAYOBJECT_H
#error "include <bytearrayobject.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    PyObject_VAR_HEAD
    Py_ssize_t ob_alloc;
    char *ob_bytes;
    char *ob_start;
    Py_ssize_t ob_exports;
} PyByteArrayObject;

PyAPI_DATA(char) _PyByteArray_empty_string[];

#define _PyByteArray_CAST(object) \
    (assert(PyByteArray_Check(object)), _Py_CAST(PyByteArrayObject *, object))

static inline Py_ssize_t
PyByteArray_GET_SIZE(PyObject *object)
{
    return _PyByteArray_CAST(object)->ob_base.ob_size;
}

/* An empty one may have no buffer at all. */
static inline char *
PyByteArray_AS_STRING(PyObject *object)
{
    PyByteArrayObject *array = _PyByteArray_CAST(object);
    if (array->ob_base.ob_size != 0)
        return array->ob_start;
    return _PyByteArray_empty_string;
}
#define PyByteArray_GET_SIZE(object) PyByteArray_GET_SIZE(_PyObject_CAST(object))
#define PyByteArray_AS_STRING(object) PyByteArray_AS_STRING(_PyObject_CAST(object))

#ifdef __cplusplus
}
#endif
