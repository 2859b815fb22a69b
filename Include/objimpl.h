/* SPDX-License-Identifier: MIT */
/* Making and freeing objects, with and without the collector's header in front. */
#ifndef Py_OBJIMPL_H
#define Py_OBJIMPL_H

#include "pymem.h"

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_FUNC(void *) PyObject_Malloc(size_t size);
PyAPI_FUNC(void *) PyObject_Realloc(void *ptr, size_t new_size);
PyAPI_FUNC(void) PyObject_Free(void *ptr);
PyAPI_FUNC(PyObject *) PyObject_Init(PyObject *, PyTypeObject *); /* borrowed */
PyAPI_FUNC(PyVarObject *) PyObject_InitVar(PyVarObject *, PyTypeObject *, Py_ssize_t); /* borrowed */
PyAPI_FUNC(PyObject *) _PyObject_New(PyTypeObject *);
PyAPI_FUNC(PyVarObject *) _PyObject_NewVar(PyTypeObject *, Py_ssize_t);
PyAPI_FUNC(Py_ssize_t) PyGC_Collect(void);
PyAPI_FUNC(int) PyGC_Enable(void);
PyAPI_FUNC(int) PyGC_Disable(void);
PyAPI_FUNC(int) PyGC_IsEnabled(void);
PyAPI_FUNC(PyVarObject *) _PyObject_GC_Resize(PyVarObject *, Py_ssize_t);
PyAPI_FUNC(PyObject *) _PyObject_GC_New(PyTypeObject *);
PyAPI_FUNC(PyVarObject *) _PyObject_GC_NewVar(PyTypeObject *, Py_ssize_t);
PyAPI_FUNC(void) PyObject_GC_Track(void *);
PyAPI_FUNC(void) PyObject_GC_UnTrack(void *);
PyAPI_FUNC(void) PyObject_GC_Del(void *);
PyAPI_FUNC(int) PyObject_GC_IsTracked(PyObject *);
PyAPI_FUNC(int) PyObject_GC_IsFinalized(PyObject *);

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x03050000
PyAPI_FUNC(void *) PyObject_Calloc(size_t nelem, size_t elsize);
#endif

#define PyObject_MALLOC PyObject_Malloc
#define PyObject_REALLOC PyObject_Realloc
#define PyObject_FREE PyObject_Free
#define PyObject_Del PyObject_Free
#define PyObject_DEL PyObject_Free

#define PyObject_New(type, type_object) ((type *)_PyObject_New(type_object))
#define PyObject_NewVar(type, type_object, count) ((type *)_PyObject_NewVar((type_object), (count)))
#define PyObject_NEW(type, type_object) PyObject_New(type, type_object)
#define PyObject_NEW_VAR(type, type_object, count) PyObject_NewVar(type, type_object, count)
#define PyObject_INIT(memory, type_object) PyObject_Init(_PyObject_CAST(memory), (type_object))
#define PyObject_INIT_VAR(memory, type_object, size) \
    PyObject_InitVar(_PyVarObject_CAST(memory), (type_object), (size))

#define PyObject_GC_New(type, type_object) _Py_CAST(type *, _PyObject_GC_New(type_object))
#define PyObject_GC_NewVar(type, type_object, count) \
    _Py_CAST(type *, _PyObject_GC_NewVar((type_object), (count)))
#define PyObject_GC_Resize(type, object, count) \
    ((type *)_PyObject_GC_Resize(_PyVarObject_CAST(object), (count)))
#define PyType_IS_GC(type) PyType_HasFeature((type), Py_TPFLAGS_HAVE_GC)

/* Inside a traverse function whose parameters are called visit and arg. */
#define Py_VISIT(object)                                          \
    do {                                                          \
        if (object) {                                             \
            int ks_stop_ = visit(_PyObject_CAST(object), arg);    \
            if (ks_stop_ != 0)                                    \
                return ks_stop_;                                  \
        }                                                         \
    } while (0)

#ifndef Py_LIMITED_API
#define Py_CPYTHON_OBJIMPL_H
#include "cpython/objimpl.h"
#undef Py_CPYTHON_OBJIMPL_H
#endif

#ifdef __cplusplus
}
#endif

#endif
