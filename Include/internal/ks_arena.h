/* SPDX-License-Identifier: MIT */
/* Arenas: bump allocation for trees that die all at once (syntax trees, symbol tables' scratch).
 *
 * Blocks are never given back one by one. Objects handed to an arena live until it is freed.
 * A KsArena is also what the exported _PyArena_* functions call PyArena. */
#ifndef KS_ARENA_H
#define KS_ARENA_H

#include <stddef.h>

#include "ks_base.h"

typedef struct _arena KsArena; /* the tag of PyArena in pycore_pyarena.h: one type */

typedef struct KsArenaBlock KsArenaBlock;

struct _arena {
    char *next;           /* first free byte of the newest block, aligned to 8 */
    char *limit;          /* its end */
    KsArenaBlock *blocks; /* newest first */
    PyObject **owned;     /* objects to drop */
    Py_ssize_t owned_count, owned_room;
};

/* NULL with MemoryError. */
KsArena *ks_arena_new(void);
void ks_arena_free(KsArena *arena);
void *ks_arena_grow(KsArena *arena, size_t bytes);

/* Takes object over (also on failure); 0, or -1 with MemoryError. NULL is refused with -1 and leaves
 * the exception that is set. */
int ks_arena_own(KsArena *arena, KS_STEALS PyObject *object);

/* Uninitialised memory aligned to 8; NULL with MemoryError. */
KS_INLINE void *
ks_arena_alloc(KsArena *arena, size_t bytes)
{
    bytes = (bytes + 7) & ~(size_t)7;
    if (KS_LIKELY(bytes <= (size_t)(arena->limit - arena->next))) {
        void *memory = arena->next;
        arena->next += bytes;
        return memory;
    }
    return ks_arena_grow(arena, bytes);
}

#endif
