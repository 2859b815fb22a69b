/* SPDX-License-Identifier: MIT */
/* The three allocator domains of the C-API: raw, mem, object.
 *
 * Each domain is a table of four functions that embedders may replace. The calls below test for
 * the usual functions first, so that the common case is a direct call. Sizes over PY_SSIZE_T_MAX
 * fail; a request for 0 bytes gets a block of its own. Under the address sanitizer every domain
 * is malloc, which the sanitizer watches block by block. */
#include "Python.h"

#include "pycore_pymem.h"
#include "pycore_object.h"

#include "ks_alloc.h"

static void *
raw_malloc(void *ctx, size_t size)
{
    return malloc(size ? size : 1);
}

static void *
raw_calloc(void *ctx, size_t count, size_t size)
{
    return count == 0 || size == 0 ? calloc(1, 1) : calloc(count, size);
}

static void *
raw_realloc(void *ctx, void *block, size_t size)
{
    return realloc(block, size ? size : 1);
}

static void
raw_free(void *ctx, void *block)
{
    free(block);
}

#define RAW_ALLOCATOR {NULL, raw_malloc, raw_calloc, raw_realloc, raw_free}
#define POOL_ALLOCATOR {NULL, ks_pool_malloc, ks_pool_calloc, ks_pool_realloc, ks_pool_free}
#ifdef __SANITIZE_ADDRESS__
#define SMALL_ALLOCATOR RAW_ALLOCATOR

/* The sanitizer asks for its settings here: a request that is too big gets NULL, as from malloc,
 * and becomes a MemoryError. */
Py_EXPORTED_SYMBOL const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}
#else
#define SMALL_ALLOCATOR POOL_ALLOCATOR
#endif

static const PyMemAllocatorEx raw_allocator = RAW_ALLOCATOR;
static const PyMemAllocatorEx pool_allocator = POOL_ALLOCATOR;
static const PyMemAllocatorEx small_allocator = SMALL_ALLOCATOR;

static PyMemAllocatorEx domains[3] = {RAW_ALLOCATOR, SMALL_ALLOCATOR, SMALL_ALLOCATOR};
static KsDebugDomain debug_domains[3] = {
    {'r', RAW_ALLOCATOR}, {'m', SMALL_ALLOCATOR}, {'o', SMALL_ALLOCATOR}};
#define DEBUG_RAW {&debug_domains[0], ks_debug_malloc, ks_debug_calloc, ks_debug_realloc, ks_debug_free}
#define DEBUG_GIL(index) \
    {&debug_domains[index], ks_debug_gil_malloc, ks_debug_gil_calloc, ks_debug_gil_realloc, \
     ks_debug_gil_free}
static const PyMemAllocatorEx debug_allocators[3] = {DEBUG_RAW, DEBUG_GIL(1), DEBUG_GIL(2)};

/* --- the calls --- */

KS_INLINE int
exceeds_limit(size_t count, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) || bytes > (size_t)PY_SSIZE_T_MAX;
}

#define DEFINE_DOMAIN(prefix, index)                                                   \
    void *prefix##Malloc(size_t size)                                                  \
    {                                                                                  \
        const PyMemAllocatorEx *domain = &domains[index];                              \
        if (KS_LIKELY(domain->malloc == ks_pool_malloc))                               \
            return ks_pool_take(size);                                                 \
        if (size > (size_t)PY_SSIZE_T_MAX)                                             \
            return NULL;                                                               \
        return domain->malloc(domain->ctx, size);                                      \
    }                                                                                  \
    void *prefix##Calloc(size_t count, size_t size)                                    \
    {                                                                                  \
        if (exceeds_limit(count, size))                                                \
            return NULL;                                                               \
        return domains[index].calloc(domains[index].ctx, count, size);                 \
    }                                                                                  \
    void *prefix##Realloc(void *block, size_t size)                                    \
    {                                                                                  \
        if (size > (size_t)PY_SSIZE_T_MAX)                                             \
            return NULL;                                                               \
        return domains[index].realloc(domains[index].ctx, block, size);                \
    }                                                                                  \
    void prefix##Free(void *block)                                                     \
    {                                                                                  \
        const PyMemAllocatorEx *domain = &domains[index];                              \
        if (KS_LIKELY(domain->free == ks_pool_free))                                   \
            ks_pool_give(block);                                                       \
        else                                                                           \
            domain->free(domain->ctx, block);                                          \
    }
DEFINE_DOMAIN(PyMem_, PYMEM_DOMAIN_MEM)
DEFINE_DOMAIN(PyObject_, PYMEM_DOMAIN_OBJ)

void *
PyMem_RawMalloc(size_t size)
{
    if (size > (size_t)PY_SSIZE_T_MAX)
        return NULL;
    return domains[PYMEM_DOMAIN_RAW].malloc(domains[PYMEM_DOMAIN_RAW].ctx, size);
}

void *
PyMem_RawCalloc(size_t count, size_t size)
{
    if (exceeds_limit(count, size))
        return NULL;
    return domains[PYMEM_DOMAIN_RAW].calloc(domains[PYMEM_DOMAIN_RAW].ctx, count, size);
}

void *
PyMem_RawRealloc(void *block, size_t size)
{
    if (size > (size_t)PY_SSIZE_T_MAX)
        return NULL;
    return domains[PYMEM_DOMAIN_RAW].realloc(domains[PYMEM_DOMAIN_RAW].ctx, block, size);
}

void
PyMem_RawFree(void *block)
{
    domains[PYMEM_DOMAIN_RAW].free(domains[PYMEM_DOMAIN_RAW].ctx, block);
}

/* --- copies of strings --- */

wchar_t *
_PyMem_RawWcsdup(const wchar_t *text)
{
    size_t length = wcslen(text);
    if (length > (size_t)PY_SSIZE_T_MAX / sizeof(wchar_t) - 1)
        return NULL;
    size_t bytes = (length + 1) * sizeof(wchar_t);
    wchar_t *copy = PyMem_RawMalloc(bytes);
    return copy == NULL ? NULL : memcpy(copy, text, bytes);
}

char *
_PyMem_RawStrdup(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = PyMem_RawMalloc(bytes);
    return copy == NULL ? NULL : memcpy(copy, text, bytes);
}

char *
_PyMem_Strdup(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = PyMem_Malloc(bytes);
    return copy == NULL ? NULL : memcpy(copy, text, bytes);
}

/* --- replacing allocators --- */

void
PyMem_GetAllocator(PyMemAllocatorDomain domain, PyMemAllocatorEx *allocator)
{
    if ((unsigned)domain < 3)
        *allocator = domains[domain];
    else
        memset(allocator, 0, sizeof *allocator);
}

void
PyMem_SetAllocator(PyMemAllocatorDomain domain, PyMemAllocatorEx *allocator)
{
    if ((unsigned)domain < 3)
        domains[domain] = *allocator;
}

/* Puts the debug layer on top of a domain, once. */
static void
debug_layer_add(int domain)
{
    if (domains[domain].malloc == debug_allocators[domain].malloc)
        return;
    debug_domains[domain].below = domains[domain];
    domains[domain] = debug_allocators[domain];
}

void
PyMem_SetupDebugHooks(void)
{
    for (int domain = 0; domain < 3; domain++)
        debug_layer_add(domain);
}

int
_PyMem_SetDefaultAllocator(PyMemAllocatorDomain domain, PyMemAllocatorEx *old_allocator)
{
    if ((unsigned)domain >= 3)
        return -1;
    if (old_allocator != NULL)
        *old_allocator = domains[domain];
    domains[domain] = domain == PYMEM_DOMAIN_RAW ? raw_allocator : small_allocator;
    return 0;
}

/* --- names, for PYTHONMALLOC and -X --- */

static const struct {
    const char *name;
    PyMemAllocatorName value;
} allocator_names[] = {
    {"default", PYMEM_ALLOCATOR_DEFAULT},   {"debug", PYMEM_ALLOCATOR_DEBUG},
    {"pymalloc", PYMEM_ALLOCATOR_PYMALLOC}, {"pymalloc_debug", PYMEM_ALLOCATOR_PYMALLOC_DEBUG},
    {"malloc", PYMEM_ALLOCATOR_MALLOC},     {"malloc_debug", PYMEM_ALLOCATOR_MALLOC_DEBUG},
};

/* 0, or -1 for an unknown name; an empty name asks for nothing. */
int
_PyMem_GetAllocatorName(const char *name, PyMemAllocatorName *allocator)
{
    if (name == NULL || *name == '\0') {
        *allocator = PYMEM_ALLOCATOR_NOT_SET;
        return 0;
    }
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(allocator_names); i++) {
        if (strcmp(name, allocator_names[i].name) == 0) {
            *allocator = allocator_names[i].value;
            return 0;
        }
    }
    return -1;
}

static void
domains_set(const PyMemAllocatorEx *mem_and_object)
{
    domains[PYMEM_DOMAIN_RAW] = raw_allocator;
    domains[PYMEM_DOMAIN_MEM] = *mem_and_object;
    domains[PYMEM_DOMAIN_OBJ] = *mem_and_object;
}

int
_PyMem_SetupAllocators(PyMemAllocatorName allocator)
{
    switch (allocator) {
    case PYMEM_ALLOCATOR_NOT_SET:
        return 0;
    case PYMEM_ALLOCATOR_DEFAULT:
        domains_set(&small_allocator);
        return 0;
    case PYMEM_ALLOCATOR_DEBUG:
        domains_set(&small_allocator);
        PyMem_SetupDebugHooks();
        return 0;
    case PYMEM_ALLOCATOR_PYMALLOC:
    case PYMEM_ALLOCATOR_PYMALLOC_DEBUG:
        domains_set(&pool_allocator);
        if (allocator == PYMEM_ALLOCATOR_PYMALLOC_DEBUG)
            PyMem_SetupDebugHooks();
        return 0;
    case PYMEM_ALLOCATOR_MALLOC:
    case PYMEM_ALLOCATOR_MALLOC_DEBUG:
        domains_set(&raw_allocator);
        if (allocator == PYMEM_ALLOCATOR_MALLOC_DEBUG)
            PyMem_SetupDebugHooks();
        return 0;
    }
    return -1;
}

static int
is_malloc(const PyMemAllocatorEx *allocator, void *(*function)(void *, size_t))
{
    return allocator->malloc == function;
}

const char *
_PyMem_GetCurrentAllocatorName(void)
{
    if (is_malloc(&domains[1], ks_pool_malloc) && is_malloc(&domains[2], ks_pool_malloc))
        return "pymalloc";
    if (is_malloc(&domains[1], raw_malloc) && is_malloc(&domains[2], raw_malloc))
        return "malloc";
    if (is_malloc(&domains[1], ks_debug_gil_malloc) &&
        is_malloc(&domains[2], ks_debug_gil_malloc)) {
        if (is_malloc(&debug_domains[2].below, ks_pool_malloc))
            return "pymalloc_debug";
        if (is_malloc(&debug_domains[2].below, raw_malloc))
            return "malloc_debug";
    }
    return NULL;
}
