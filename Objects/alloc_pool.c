/* SPDX-License-Identifier: MIT */
/* Pools: where blocks of one size class come from.
 *
 * Classes are 16 bytes apart, up to 512. Each class has one active pool, which allocation takes
 * from without a look at any list; a pool is otherwise on its class's list while it has a block to
 * give, on none while it is full, and its arena's while it is empty. Blocks behind `fresh` were
 * never handed out and hold no link; they are linked in small batches, so that a new pool's pages
 * are touched only as they are needed. The GIL is the lock. Larger requests go to malloc. */
#include "Python.h"

#include "pycore_pymem.h"

#include "ks_alloc.h"

#define BLOCK_BYTES(size_class) (((size_t)(size_class) + 1) * KS_BLOCK_ALIGN)
#define HEAD_BYTES _Py_SIZE_ROUND_UP(sizeof(KsPool), KS_BLOCK_ALIGN)
#define FRESH_BATCH_BYTES 1024

/* Stands for "no pool": it never has a block, so allocation falls into the slow path. */
static KsPool no_pool = {.is_full = 1};
KsPool *ks_pool_active[KS_CLASS_COUNT] = {[0 ... KS_CLASS_COUNT - 1] = &no_pool};
static KsPool *usable[KS_CLASS_COUNT];

static void
list_add(KsPool *pool)
{
    KsPool **head = &usable[pool->size_class];
    pool->previous = NULL;
    pool->next = *head;
    if (*head != NULL)
        (*head)->previous = pool;
    *head = pool;
}

static void
list_remove(KsPool *pool)
{
    if (pool->previous != NULL)
        pool->previous->next = pool->next;
    else
        usable[pool->size_class] = pool->next;
    if (pool->next != NULL)
        pool->next->previous = pool->previous;
}

/* Links a batch of never used blocks; 0 if there is none. */
static int
pool_add_fresh(KsPool *pool)
{
    size_t bytes = BLOCK_BYTES(pool->size_class);
    size_t end = pool->fresh + FRESH_BATCH_BYTES;
    if (end > KS_POOL_BYTES)
        end = KS_POOL_BYTES;
    void *head = NULL, **link = &head;
    size_t offset = pool->fresh;
    for (; offset + bytes <= end; offset += bytes) {
        void **block = (void **)((char *)pool + offset);
        *link = block;
        link = block;
    }
    *link = NULL;
    pool->fresh = (uint32_t)offset;
    pool->free = head;
    return head != NULL;
}

/* A pool with at least one linked block becomes the class's active one; 0 when out of memory. */
static KS_NOINLINE int
pool_activate(size_t size_class)
{
    KsPool *pool = ks_pool_active[size_class];
    if (pool != &no_pool) {
        if (pool_add_fresh(pool))
            return 1;
        pool->is_full = 1;
        pool->is_active = 0;
        pool->used--;
        ks_pool_active[size_class] = &no_pool;
    }
    pool = usable[size_class];
    if (pool != NULL) {
        list_remove(pool);
    }
    else {
        pool = ks_arena_take_pool();
        if (pool == NULL)
            return 0;
        pool->free = NULL;
        pool->used = 0;
        pool->size_class = (uint16_t)size_class;
        pool->fresh = HEAD_BYTES;
        pool->is_full = 0;
    }
    pool->is_active = 1;
    pool->used++;
    ks_pool_active[size_class] = pool;
    return pool->free != NULL || pool_add_fresh(pool);
}

KS_NOINLINE void *
ks_pool_malloc_slow(size_t size)
{
    if (size == 0)
        size = 1;
    if (size > KS_SMALL_MAX_BYTES)
        return size > (size_t)PY_SSIZE_T_MAX ? NULL : malloc(size);
    size_t size_class = KS_CLASS_OF(size);
    if (ks_pool_active[size_class]->free == NULL && !pool_activate(size_class))
        return malloc(size);
    return ks_pool_take(size);
}

void *
ks_pool_malloc(void *ctx, size_t size)
{
    return ks_pool_take(size);
}

void *
ks_pool_calloc(void *ctx, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    if (bytes - 1 >= KS_SMALL_MAX_BYTES)
        return calloc(bytes ? bytes : 1, 1);
    void *block = ks_pool_take(bytes);
    if (block != NULL)
        memset(block, 0, bytes);
    return block;
}

/* After a block came back to a pool that has no other in use or that was full. An active pool is
 * neither: it stays, empty or not, as the next allocation of its class will want it. */
KS_NOINLINE void
ks_pool_change(KsPool *pool)
{
    if (pool->is_full) {
        pool->is_full = 0;
        if (pool->used != 0) {
            list_add(pool);
            return;
        }
    }
    else {
        list_remove(pool);
    }
    ks_arena_return_pool(pool);
}

void
ks_pool_free(void *ctx, void *block)
{
    ks_pool_give(block);
}

void *
ks_pool_realloc(void *ctx, void *block, size_t size)
{
    if (block == NULL)
        return ks_pool_take(size);
    if (!ks_arena_owns(block))
        return realloc(block, size ? size : 1);
    KsPool *pool = (KsPool *)((uintptr_t)block & ~(uintptr_t)(KS_POOL_BYTES - 1));
    size_t present = BLOCK_BYTES(pool->size_class);
    /* A smaller block is worth a copy only when a quarter of the present one comes free. */
    if (size <= present && 4 * size > 3 * present)
        return block;
    void *moved = ks_pool_take(size);
    if (moved == NULL)
        return size <= present ? block : NULL;
    memcpy(moved, block, size < present ? size : present);
    ks_pool_give(block);
    return moved;
}

/* --- statistics --- */

static void
count_used(KsPool *pool, void *arg)
{
    *(Py_ssize_t *)arg += pool->used - pool->is_active;
}

Py_ssize_t
_Py_GetAllocatedBlocks(void)
{
    Py_ssize_t count = 0;
    ks_arena_each_pool(count_used, &count);
    return count;
}

typedef struct ClassCounts {
    size_t pools[KS_CLASS_COUNT], blocks[KS_CLASS_COUNT];
} ClassCounts;

static void
count_by_class(KsPool *pool, void *arg)
{
    ClassCounts *counts = arg;
    counts->pools[pool->size_class]++;
    counts->blocks[pool->size_class] += pool->used - pool->is_active;
}

/* A table of the pools by size class; 1 as there is something to print. */
int
_PyObject_DebugMallocStats(FILE *out)
{
    ClassCounts counts = {{0}, {0}};
    ks_arena_each_pool(count_by_class, &counts);
    fprintf(out, "Small block threshold = %d, in %d size classes.\n\n", KS_SMALL_MAX_BYTES,
            KS_CLASS_COUNT);
    fprintf(out, "class   size   num pools   blocks in use  avail blocks\n"
                 "-----   ----   ---------   -------------  ------------\n");
    size_t total = 0;
    for (size_t i = 0; i < KS_CLASS_COUNT; i++) {
        if (counts.pools[i] == 0)
            continue;
        size_t capacity = counts.pools[i] * ((KS_POOL_BYTES - HEAD_BYTES) / BLOCK_BYTES(i));
        fprintf(out, "%5zu %6zu %11zu %15zu %13zu\n", i, BLOCK_BYTES(i), counts.pools[i],
                counts.blocks[i], capacity - counts.blocks[i]);
        total += counts.blocks[i] * BLOCK_BYTES(i);
    }
    fprintf(out, "\n# arenas = %zu of %zu bytes, %zu bytes in allocated blocks\n",
            ks_arena_count(), KS_ARENA_BYTES, total);
    return 1;
}
