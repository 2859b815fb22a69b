/* SPDX-License-Identifier: MIT */
/* What both fuzz targets share: one interpreter for the process, started on the first input. */
#ifndef KS_FUZZ_H
#define KS_FUZZ_H

#include <stdint.h>
#include <stdlib.h>

#include "Python.h"

#define FUZZ_MAX_BLOCK (64u << 20)

static PyMemAllocatorEx fuzz_malloc;

static inline void *
fuzz_realloc_limited(void *unused, void *block, size_t size)
{
    return size > FUZZ_MAX_BLOCK ? NULL : fuzz_malloc.realloc(fuzz_malloc.ctx, block, size);
}

static inline void *
fuzz_malloc_limited(void *unused, size_t size)
{
    return size > FUZZ_MAX_BLOCK ? NULL : fuzz_malloc.malloc(fuzz_malloc.ctx, size);
}

static inline void *
fuzz_calloc_limited(void *unused, size_t count, size_t size)
{
    return size != 0 && count > FUZZ_MAX_BLOCK / size ? NULL
                                                      : fuzz_malloc.calloc(fuzz_malloc.ctx, count, size);
}

static inline void
fuzz_free(void *unused, void *block)
{
    fuzz_malloc.free(fuzz_malloc.ctx, block);
}

/* Every block comes from malloc, so that the sanitizer sees its bounds; 'x' * 10**10 finds none. */
static inline void
fuzz_limit_memory(void)
{
    PyMemAllocatorEx limited = {NULL, fuzz_malloc_limited, fuzz_calloc_limited,
                                fuzz_realloc_limited, fuzz_free};
    PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &fuzz_malloc);
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &limited);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &limited);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &limited);
}

/* Isolated, without site. */
static inline void
fuzz_start(void)
{
    if (Py_IsInitialized())
        return;
    PyPreConfig early;
    PyPreConfig_InitIsolatedConfig(&early);
    early.utf8_mode = 1;
    early.allocator = PYMEM_ALLOCATOR_MALLOC;
    PyConfig config;
    PyStatus status = Py_PreInitialize(&early);
    if (PyStatus_Exception(status))
        Py_ExitStatusException(status);
    fuzz_limit_memory();
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config.install_signal_handlers = 0;
    status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status))
        Py_ExitStatusException(status);
    /* Warnings would print what the input says. */
    PyRun_SimpleString("import warnings; warnings.simplefilter('ignore')");
}

/* A result and an exception exclude each other, and one of them must be there. */
static inline void
fuzz_settle(PyObject *result)
{
    if ((result == NULL) != (PyErr_Occurred() != NULL))
        abort();
    Py_XDECREF(result);
    PyErr_Clear();
}

#endif
