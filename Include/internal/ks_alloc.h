/* SPDX-License-Identifier: MIT */
/* Memory below the domains: arenas, pools of small blocks, and the debug layer. */
#ifndef KS_ALLOC_H
#define KS_ALLOC_H

#include "ks_base.h"

#define KS_ARENA_BYTES ((size_t)1 << 20)
#define KS_POOL_BYTES ((size_t)1 << 14)
#define KS_SMALL_MAX_BYTES 512
#define KS_BLOCK_ALIGN 16

/* The head of a pool: KS_POOL_BYTES, aligned to its size. */
typedef struct KsPool {
    void *free;             /* blocks that came back, linked through their first word */
    uint32_t used;          /* blocks handed out, and one while the pool is active */
    uint16_t size_class;
    uint8_t is_full;        /* no block to give, on no list */
    uint8_t is_active;      /* its class's current pool, on no list */
    uint32_t fresh;         /* offset of the first block never handed out */
    uint32_t arena;         /* index into the arena table */
    struct KsPool *next, *previous;
} KsPool;

/* Is the address inside an arena? A lookup of two loads, for any address. */
extern __attribute__((visibility("hidden"))) uint8_t *ks_arena_map[1 << 14];
KS_INLINE int
ks_arena_owns(const void *address)
{
    uintptr_t number = (uintptr_t)address;
    if (KS_UNLIKELY(number >> 48))
        return 0;
    const uint8_t *leaf = ks_arena_map[number >> 34];
    return leaf != NULL && leaf[(number >> 20) & 0x3fff];
}

KsPool *ks_arena_take_pool(void);          /* NULL when out of memory; no exception */
void ks_arena_return_pool(KsPool *pool);   /* empty, on no list */
/* Calls visit for every pool that is not free. */
void ks_arena_each_pool(void (*visit)(KsPool *pool, void *arg), void *arg);
size_t ks_arena_count(void);

/* Each size class's current pool, on no list; one without a block before the first request. */
#define KS_CLASS_COUNT (KS_SMALL_MAX_BYTES / KS_BLOCK_ALIGN)
#define KS_CLASS_OF(size) (((size) - 1) / KS_BLOCK_ALIGN)
extern __attribute__((visibility("hidden"))) KsPool *ks_pool_active[KS_CLASS_COUNT];

/* The parts of malloc and free that are not worth inlining. */
void *ks_pool_malloc_slow(size_t size);
void ks_pool_change(KsPool *pool);

/* A block of at least size bytes, of one when size is 0; NULL without an exception. */
KS_INLINE void *
ks_pool_take(size_t size)
{
    if (KS_UNLIKELY(size - 1 >= KS_SMALL_MAX_BYTES))
        return ks_pool_malloc_slow(size);
    KsPool *pool = ks_pool_active[KS_CLASS_OF(size)];
    void **block = pool->free;
    if (KS_UNLIKELY(block == NULL))
        return ks_pool_malloc_slow(size);
    pool->free = *block;
    pool->used++;
    return block;
}

/* Takes any block back, or NULL. */
KS_INLINE void
ks_pool_give(void *block)
{
    if (KS_UNLIKELY(!ks_arena_owns(block))) {
        free(block);
        return;
    }
    KsPool *pool = (KsPool *)((uintptr_t)block & ~(uintptr_t)(KS_POOL_BYTES - 1));
    *(void **)block = pool->free;
    pool->free = block;
    if (KS_UNLIKELY(--pool->used == 0 || pool->is_full))
        ks_pool_change(pool);
}

void *ks_pool_malloc(void *ctx, size_t size);
void *ks_pool_calloc(void *ctx, size_t count, size_t size);
void *ks_pool_realloc(void *ctx, void *block, size_t size);
void ks_pool_free(void *ctx, void *block);

/* The debug layer's functions; ctx is a KsDebugDomain. */
typedef struct KsDebugDomain {
    char api_id;            /* 'r', 'm' or 'o' */
    PyMemAllocatorEx below;
} KsDebugDomain;
void *ks_debug_malloc(void *ctx, size_t size);
void *ks_debug_calloc(void *ctx, size_t count, size_t size);
void *ks_debug_realloc(void *ctx, void *block, size_t size);
void ks_debug_free(void *ctx, void *block);
/* The same with a check that the GIL is held. */
void *ks_debug_gil_malloc(void *ctx, size_t size);
void *ks_debug_gil_calloc(void *ctx, size_t count, size_t size);
void *ks_debug_gil_realloc(void *ctx, void *block, size_t size);
void ks_debug_gil_free(void *ctx, void *block);

#endif
