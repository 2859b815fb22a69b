/* SPDX-License-Identifier: MIT */
/* Memory from the three domains: raw (no GIL needed), mem and, in objimpl.h, object. */
#ifndef Py_PYMEM_H
#define Py_PYMEM_H

#include "pyport.h"

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_FUNC(void *) PyMem_Malloc(size_t size);
PyAPI_FUNC(void *) PyMem_Calloc(size_t nelem, size_t elsize);
PyAPI_FUNC(void *) PyMem_Realloc(void *ptr, size_t new_size);
PyAPI_FUNC(void) PyMem_Free(void *ptr);

#define PyMem_Del PyMem_Free
#define PyMem_DEL PyMem_Free

/* NULL when the byte count would overflow. */
#define PyMem_New(type, count)                          \
    ((size_t)(count) <= PY_SSIZE_T_MAX / sizeof(type)   \
         ? (type *)PyMem_Malloc((count) * sizeof(type)) \
         : NULL)
/* pointer is overwritten, with NULL on failure: keep the old one elsewhere. */
#define PyMem_Resize(pointer, type, count)                                   \
    ((pointer) = (size_t)(count) <= PY_SSIZE_T_MAX / sizeof(type)            \
                     ? (type *)PyMem_Realloc((pointer), (count) * sizeof(type)) \
                     : NULL)

/* Names from before the functions. */
#define PyMem_MALLOC(bytes) PyMem_Malloc(bytes)
#define PyMem_REALLOC(pointer, bytes) PyMem_Realloc(pointer, bytes)
#define PyMem_FREE(pointer) PyMem_Free(pointer)
#define PyMem_NEW(type, count) PyMem_New(type, count)
#define PyMem_RESIZE(pointer, type, count) PyMem_Resize(pointer, type, count)

#ifndef Py_LIMITED_API
#define Py_CPYTHON_PYMEM_H
#include "cpython/pymem.h"
#undef Py_CPYTHON_PYMEM_H
#endif

#ifdef __cplusplus
}
#endif

#endif
