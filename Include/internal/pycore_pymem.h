/* SPDX-License-Identifier: MIT */
/* Allocators by name, tracemalloc's settings, patterns of freed memory. */
#ifndef Py_INTERNAL_PYMEM_H
#define Py_INTERNAL_PYMEM_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#include "pymem.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PYMEM_CLEANBYTE 0xCD
#define PYMEM_DEADBYTE 0xDD
#define PYMEM_FORBIDDENBYTE 0xFD
#define _PyTraceMalloc_Config_INIT \
    {.initialized = TRACEMALLOC_NOT_INITIALIZED, .tracing = 0, .max_nframe = 1}

struct _PyTraceMalloc_Config {
    enum {
        TRACEMALLOC_NOT_INITIALIZED,
        TRACEMALLOC_INITIALIZED,
        TRACEMALLOC_FINALIZED,
    } initialized;
    int tracing;
    int max_nframe;
};

PyAPI_DATA(struct _PyTraceMalloc_Config) _Py_tracemalloc_config;

PyAPI_FUNC(int) _PyMem_SetDefaultAllocator(PyMemAllocatorDomain domain,
    PyMemAllocatorEx *old_alloc);
PyAPI_FUNC(int) _PyMem_GetAllocatorName(const char *name, PyMemAllocatorName *allocator);
PyAPI_FUNC(int) _PyMem_SetupAllocators(PyMemAllocatorName allocator);
void *_PyObject_VirtualAlloc(size_t size);
void _PyObject_VirtualFree(void *, size_t size);
PyAPI_FUNC(Py_ssize_t) _Py_GetAllocatedBlocks(void);
PyAPI_FUNC(int) _PyObject_DebugMallocStats(FILE *out);

/* Whether a pointer shows that it was read from memory that is no longer, or not yet, an object. */
static inline int
_PyMem_IsPtrFreed(const void *pointer)
{
    const uintptr_t every_byte = (uintptr_t)0x0101010101010101;
    uintptr_t value = (uintptr_t)pointer;
    return value == 0 || value == PYMEM_CLEANBYTE * every_byte ||
           value == PYMEM_DEADBYTE * every_byte || value == PYMEM_FORBIDDENBYTE * every_byte;
}

#ifdef __cplusplus
}
#endif

#endif
