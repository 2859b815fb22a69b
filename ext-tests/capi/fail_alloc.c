/* SPDX-License-Identifier: MIT */
/* Memory that runs out on demand: hooks before the allocators of the "mem" and "object" domains.
 *
 * The hooks hand every block on to the allocator that was there, so blocks may outlive them. The
 * raw domain is left alone: it also serves code that runs without the GIL. */
#include "capi.h"

typedef struct {
    PyMemAllocatorEx below;
    PyMemAllocatorDomain domain;
} Hook;

static Hook hooks[2] = {
    {.domain = PYMEM_DOMAIN_MEM},
    {.domain = PYMEM_DOMAIN_OBJ},
};
static long remaining;
static int is_active;

static int
runs_out(void)
{
    if (remaining > 0) {
        remaining--;
        return 0;
    }
    return 1;
}

static void *
hook_malloc(void *context, size_t size)
{
    Hook *hook = context;
    return runs_out() ? NULL : hook->below.malloc(hook->below.ctx, size);
}

static void *
hook_calloc(void *context, size_t count, size_t size)
{
    Hook *hook = context;
    return runs_out() ? NULL : hook->below.calloc(hook->below.ctx, count, size);
}

static void *
hook_realloc(void *context, void *block, size_t size)
{
    Hook *hook = context;
    return runs_out() ? NULL : hook->below.realloc(hook->below.ctx, block, size);
}

static void
hook_free(void *context, void *block)
{
    Hook *hook = context;
    hook->below.free(hook->below.ctx, block);
}

void
ks_fail_after(long count)
{
    if (is_active)
        ks_fail_stop();
    for (int i = 0; i < 2; i++) {
        PyMemAllocatorEx ours = {&hooks[i], hook_malloc, hook_calloc, hook_realloc, hook_free};
        PyMem_GetAllocator(hooks[i].domain, &hooks[i].below);
        PyMem_SetAllocator(hooks[i].domain, &ours);
    }
    remaining = count;
    is_active = 1;
}

void
ks_fail_stop(void)
{
    if (!is_active)
        return;
    for (int i = 0; i < 2; i++)
        PyMem_SetAllocator(hooks[i].domain, &hooks[i].below);
    is_active = 0;
}

int
ks_fail_sweep(PyObject *(*make)(void))
{
    for (int count = 0; count < 1000; count++) {
        ks_fail_after(count);
        PyObject *made = make();
        ks_fail_stop();
        if (made != NULL) {
            int is_clean = PyErr_Occurred() == NULL;
            Py_DECREF(made);
            return is_clean ? count : -1;
        }
        if (!ks_took_exception(PyExc_MemoryError))
            return -1;
    }
    return -1;
}
