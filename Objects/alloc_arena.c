/* SPDX-License-Identifier: MIT */
/* Arenas: megabytes from the system, cut into pools.
 *
 * An arena is aligned to its size, so one byte in a two-level map answers whether an address is
 * ours. Free pools of an arena are linked through their heads; arenas with a free pool are on a
 * list, fullest first taken. An arena whose pools all came back goes to the system, except the
 * last one. The GIL is the lock. */
#include "Python.h"

#include <sys/mman.h>

#include "pycore_pymem.h"

#include "ks_alloc.h"

#define POOLS_PER_ARENA (KS_ARENA_BYTES / KS_POOL_BYTES)

typedef struct Arena {
    char *base;             /* NULL: this row of the table is free */
    KsPool *free_pools;     /* came back */
    uint32_t free_count;    /* free_pools and never used ones */
    uint32_t fresh;         /* index of the first pool never used */
    int32_t next, previous; /* list of arenas with a free pool */
} Arena;

uint8_t *ks_arena_map[1 << 14];

static Arena *arenas;
static uint32_t arenas_size, arenas_live;
static int32_t usable = -1;

/* --- where arenas come from --- */

void *
_PyObject_VirtualAlloc(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void
_PyObject_VirtualFree(void *memory, size_t size)
{
    munmap(memory, size);
}

static void *
system_alloc(void *ctx, size_t size)
{
    return _PyObject_VirtualAlloc(size);
}

static void
system_free(void *ctx, void *memory, size_t size)
{
    _PyObject_VirtualFree(memory, size);
}

static PyObjectArenaAllocator arena_allocator = {NULL, system_alloc, system_free};

void
PyObject_GetArenaAllocator(PyObjectArenaAllocator *allocator)
{
    *allocator = arena_allocator;
}

void
PyObject_SetArenaAllocator(PyObjectArenaAllocator *allocator)
{
    arena_allocator = *allocator;
}

/* Aligned memory from an unaligned source: map twice the size and give back the ends. A source that
 * is not mmap cannot take back parts, so its surplus stays. */
static char *
arena_memory(void)
{
    if (arena_allocator.alloc != system_alloc) {
        char *memory = arena_allocator.alloc(arena_allocator.ctx, 2 * KS_ARENA_BYTES);
        return (char *)_Py_ALIGN_UP(memory, KS_ARENA_BYTES);
    }
    char *memory = system_alloc(NULL, KS_ARENA_BYTES);
    if (memory == NULL || (uintptr_t)memory % KS_ARENA_BYTES == 0)
        return memory;
    munmap(memory, KS_ARENA_BYTES);
    memory = system_alloc(NULL, 2 * KS_ARENA_BYTES);
    if (memory == NULL)
        return NULL;
    char *aligned = (char *)_Py_ALIGN_UP(memory, KS_ARENA_BYTES);
    if (aligned != memory)
        munmap(memory, aligned - memory);
    char *end = memory + 2 * KS_ARENA_BYTES;
    munmap(aligned + KS_ARENA_BYTES, end - (aligned + KS_ARENA_BYTES));
    return aligned;
}

/* --- the map --- */

static int
map_set(char *base, uint8_t value)
{
    uintptr_t number = (uintptr_t)base;
    if (number >> 48)
        return -1;
    uint8_t **leaf = &ks_arena_map[number >> 34];
    if (*leaf == NULL) {
        *leaf = calloc(1 << 14, 1);
        if (*leaf == NULL)
            return -1;
    }
    (*leaf)[(number >> 20) & 0x3fff] = value;
    return 0;
}

/* --- the table and the list --- */

static void
list_add(int32_t index)
{
    arenas[index].previous = -1;
    arenas[index].next = usable;
    if (usable >= 0)
        arenas[usable].previous = index;
    usable = index;
}

static void
list_remove(int32_t index)
{
    Arena *arena = &arenas[index];
    if (arena->previous >= 0)
        arenas[arena->previous].next = arena->next;
    else
        usable = arena->next;
    if (arena->next >= 0)
        arenas[arena->next].previous = arena->previous;
}

/* A free row of the table, or -1. */
static int32_t
table_row(void)
{
    for (uint32_t i = arenas_live < arenas_size ? 0 : arenas_size; i < arenas_size; i++) {
        if (arenas[i].base == NULL)
            return (int32_t)i;
    }
    uint32_t size = arenas_size ? arenas_size * 2 : 16;
    Arena *grown = realloc(arenas, size * sizeof(Arena));
    if (grown == NULL)
        return -1;
    memset(grown + arenas_size, 0, (size - arenas_size) * sizeof(Arena));
    arenas = grown;
    int32_t row = (int32_t)arenas_size;
    arenas_size = size;
    return row;
}

static int
arena_add(void)
{
    int32_t row = table_row();
    if (row < 0)
        return -1;
    char *base = arena_memory();
    if (base == NULL)
        return -1;
    if (map_set(base, 1) < 0) {
        if (arena_allocator.alloc == system_alloc)
            system_free(NULL, base, KS_ARENA_BYTES);
        return -1;
    }
    arenas[row] = (Arena){.base = base, .free_count = POOLS_PER_ARENA};
    arenas_live++;
    list_add(row);
    return 0;
}

KsPool *
ks_arena_take_pool(void)
{
    if (usable < 0 && arena_add() < 0)
        return NULL;
    int32_t row = usable;
    Arena *arena = &arenas[row];
    KsPool *pool = arena->free_pools;
    if (pool != NULL)
        arena->free_pools = pool->next;
    else
        pool = (KsPool *)(arena->base + KS_POOL_BYTES * arena->fresh++);
    pool->arena = (uint32_t)row;
    if (--arena->free_count == 0)
        list_remove(row);
    return pool;
}

void
ks_arena_return_pool(KsPool *pool)
{
    int32_t row = (int32_t)pool->arena;
    Arena *arena = &arenas[row];
    pool->next = arena->free_pools;
    pool->used = 0;
    arena->free_pools = pool;
    if (arena->free_count++ == 0)
        list_add(row);
    if (arena->free_count == POOLS_PER_ARENA && arenas_live > 1 &&
        arena_allocator.free == system_free) {
        list_remove(row);
        map_set(arena->base, 0);
        system_free(NULL, arena->base, KS_ARENA_BYTES);
        arena->base = NULL;
        arenas_live--;
    }
}

void
ks_arena_each_pool(void (*visit)(KsPool *pool, void *arg), void *arg)
{
    for (uint32_t i = 0; i < arenas_size; i++) {
        if (arenas[i].base == NULL)
            continue;
        for (uint32_t j = 0; j < arenas[i].fresh; j++) {
            KsPool *pool = (KsPool *)(arenas[i].base + KS_POOL_BYTES * j);
            if (pool->used != 0)
                visit(pool, arg);
        }
    }
}

size_t
ks_arena_count(void)
{
    return arenas_live;
}
