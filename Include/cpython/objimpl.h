/* SPDX-License-Identifier: MIT */
/* Object sizes, allocators of the object domain, what the collector knows of an object. */
#ifndef Py_CPYTHON_OBJIMPL_H
#error "include <objimpl.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    void *ctx;
    void *(*alloc)(void *ctx, size_t size);
    void (*free)(void *ctx, void *ptr, size_t size);
} PyObjectArenaAllocator;

PyAPI_FUNC(void) PyObject_GetArenaAllocator(PyObjectArenaAllocator *allocator);
PyAPI_FUNC(void) PyObject_SetArenaAllocator(PyObjectArenaAllocator *allocator);
PyAPI_FUNC(int) PyObject_IS_GC(PyObject *obj);
PyAPI_FUNC(int) PyType_SUPPORTS_WEAKREFS(PyTypeObject *type);
PyAPI_FUNC(PyObject **) PyObject_GET_WEAKREFS_LISTPTR(PyObject *op);

#define _PyObject_SIZE(type) ((type)->tp_basicsize)
#define _PyObject_VAR_SIZE(type, count) \
    _Py_SIZE_ROUND_UP((type)->tp_basicsize + (count) * (type)->tp_itemsize, SIZEOF_VOID_P)
#ifndef Py_BUILD_CORE
#define _PyGC_FINALIZED(object) PyObject_GC_IsFinalized(object)
#endif

#ifdef __cplusplus
}
#endif
