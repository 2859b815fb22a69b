/* SPDX-License-Identifier: MIT */
/* The debug layer of the allocator domains.
 *
 * A block of n bytes becomes
 *     size (8 bytes, big endian) | api id | 7 guard bytes | n bytes | 8 guard bytes
 * New bytes read 0xCD, freed ones 0xDD, guards 0xFD. A block that comes back with a changed guard
 * or through another domain's function ends the process with a description on stderr. */
#include "Python.h"

#include "pycore_pymem.h"
#include "pycore_pystate.h"
#include "pycore_traceback.h"

#include "ks_alloc.h"

#define GUARD_BYTES 8
#define OVERHEAD_BYTES (3 * GUARD_BYTES)
#define FRONT_BYTES (2 * GUARD_BYTES)

static void
size_store(uint8_t *place, size_t size)
{
    for (int i = GUARD_BYTES - 1; i >= 0; i--, size >>= 8)
        place[i] = (uint8_t)size;
}

static size_t
size_load(const uint8_t *place)
{
    size_t size = 0;
    for (int i = 0; i < GUARD_BYTES; i++)
        size = size << 8 | place[i];
    return size;
}

static void *
block_dress(uint8_t *memory, char api_id, size_t size)
{
    size_store(memory, size);
    memory[GUARD_BYTES] = (uint8_t)api_id;
    memset(memory + GUARD_BYTES + 1, PYMEM_FORBIDDENBYTE, GUARD_BYTES - 1);
    memset(memory + FRONT_BYTES + size, PYMEM_FORBIDDENBYTE, GUARD_BYTES);
    return memory + FRONT_BYTES;
}

static void
dump_bytes(const uint8_t *bytes, size_t count, const char *where)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != PYMEM_FORBIDDENBYTE)
            fprintf(stderr, "        at %s+%zu: 0x%02x *** OUCH\n", where, i, bytes[i]);
    }
}

static int
guards_hold(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != PYMEM_FORBIDDENBYTE)
            return 0;
    }
    return 1;
}

/* Describes the block on stderr, as far as its own head can be believed. */
static void
block_describe(const uint8_t *block)
{
    const uint8_t *guard = block - (GUARD_BYTES - 1);
    size_t size = size_load(block - FRONT_BYTES);
    fprintf(stderr, "Debug memory block at address p=%p: API '%c'\n", (const void *)block,
            block[-GUARD_BYTES]);
    fprintf(stderr, "    %zu bytes originally requested\n", size);
    if (guards_hold(guard, GUARD_BYTES - 1)) {
        fprintf(stderr, "    The %d pad bytes at p-%d are FORBIDDENBYTE, as expected.\n",
                GUARD_BYTES - 1, GUARD_BYTES - 1);
    }
    else {
        fprintf(stderr, "    The %d pad bytes at p-%d are not all FORBIDDENBYTE (0x%02x):\n",
                GUARD_BYTES - 1, GUARD_BYTES - 1, PYMEM_FORBIDDENBYTE);
        dump_bytes(guard, GUARD_BYTES - 1, "p-7");
        fputs("    Because memory is corrupted at the start, the count of bytes requested\n"
              "       may be bogus, and checking the trailing pad bytes may segfault.\n", stderr);
    }
    const uint8_t *tail = block + size;
    fprintf(stderr, "    The %d pad bytes at tail=%p are ", GUARD_BYTES, (const void *)tail);
    if (guards_hold(tail, GUARD_BYTES)) {
        fputs("FORBIDDENBYTE, as expected.\n", stderr);
    }
    else {
        fprintf(stderr, "not all FORBIDDENBYTE (0x%02x):\n", PYMEM_FORBIDDENBYTE);
        dump_bytes(tail, GUARD_BYTES, "tail");
    }
    if (size > 0) {
        fputs("    Data at p:", stderr);
        for (size_t i = 0; i < size && i < 8; i++)
            fprintf(stderr, " %02x", block[i]);
        if (size > 8) {
            size_t tail_start = size > 16 ? size - 8 : 8;
            if (tail_start > 8)
                fputs(" ...", stderr);
            for (size_t i = tail_start; i < size; i++)
                fprintf(stderr, " %02x", block[i]);
        }
        fputc('\n', stderr);
    }
    fputc('\n', stderr);
    fflush(stderr);
}

static void
block_check(const char *function, char api_id, const uint8_t *block)
{
    char message[80];
    char found = (char)block[-GUARD_BYTES];
    if (found != api_id) {
        block_describe(block);
        snprintf(message, sizeof message,
                 "bad ID: Allocated using API '%c', verified using API '%c'", found, api_id);
        _Py_FatalErrorFunc(function, message);
    }
    if (!guards_hold(block - (GUARD_BYTES - 1), GUARD_BYTES - 1)) {
        block_describe(block);
        _Py_FatalErrorFunc(function, "bad leading pad byte");
    }
    if (!guards_hold(block + size_load(block - FRONT_BYTES), GUARD_BYTES)) {
        block_describe(block);
        _Py_FatalErrorFunc(function, "bad trailing pad byte");
    }
}

void *
ks_debug_malloc(void *ctx, size_t size)
{
    KsDebugDomain *domain = ctx;
    if (size > (size_t)PY_SSIZE_T_MAX - OVERHEAD_BYTES)
        return NULL;
    uint8_t *memory = domain->below.malloc(domain->below.ctx, size + OVERHEAD_BYTES);
    if (memory == NULL)
        return NULL;
    memset(memory + FRONT_BYTES, PYMEM_CLEANBYTE, size);
    return block_dress(memory, domain->api_id, size);
}

void *
ks_debug_calloc(void *ctx, size_t count, size_t size)
{
    KsDebugDomain *domain = ctx;
    size_t bytes = count * size; /* the domain's call checked the product */
    if (bytes > (size_t)PY_SSIZE_T_MAX - OVERHEAD_BYTES)
        return NULL;
    uint8_t *memory = domain->below.calloc(domain->below.ctx, 1, bytes + OVERHEAD_BYTES);
    return memory == NULL ? NULL : block_dress(memory, domain->api_id, bytes);
}

void
ks_debug_free(void *ctx, void *block)
{
    KsDebugDomain *domain = ctx;
    if (block == NULL)
        return;
    block_check("_PyMem_DebugRawFree", domain->api_id, block);
    uint8_t *memory = (uint8_t *)block - FRONT_BYTES;
    memset(memory, PYMEM_DEADBYTE, size_load(memory) + OVERHEAD_BYTES);
    domain->below.free(domain->below.ctx, memory);
}

void *
ks_debug_realloc(void *ctx, void *block, size_t size)
{
    KsDebugDomain *domain = ctx;
    if (block == NULL)
        return ks_debug_malloc(ctx, size);
    block_check("_PyMem_DebugRawRealloc", domain->api_id, block);
    if (size > (size_t)PY_SSIZE_T_MAX - OVERHEAD_BYTES)
        return NULL;
    uint8_t *memory = (uint8_t *)block - FRONT_BYTES;
    size_t old_size = size_load(memory);
    uint8_t *grown = domain->below.realloc(domain->below.ctx, memory, size + OVERHEAD_BYTES);
    if (grown == NULL)
        return NULL;
    block = block_dress(grown, domain->api_id, size);
    if (size > old_size)
        memset((uint8_t *)block + old_size, PYMEM_CLEANBYTE, size - old_size);
    return block;
}

static void
gil_check(const char *function)
{
    if (!PyGILState_Check())
        _Py_FatalErrorFunc(function,
                           "Python memory allocator called without holding the GIL");
}

void *
ks_debug_gil_malloc(void *ctx, size_t size)
{
    gil_check("_PyMem_DebugMalloc");
    return ks_debug_malloc(ctx, size);
}

void *
ks_debug_gil_calloc(void *ctx, size_t count, size_t size)
{
    gil_check("_PyMem_DebugCalloc");
    return ks_debug_calloc(ctx, count, size);
}

void *
ks_debug_gil_realloc(void *ctx, void *block, size_t size)
{
    gil_check("_PyMem_DebugRealloc");
    return ks_debug_realloc(ctx, block, size);
}

void
ks_debug_gil_free(void *ctx, void *block)
{
    gil_check("_PyMem_DebugFree");
    ks_debug_free(ctx, block);
}
