/* SPDX-License-Identifier: MIT */
/* Arenas: blocks that double up to a bound, freed together.
 *
 * next..limit is the free part of the newest block; older blocks are never looked at again except
 * to be freed. A request that would not fit into a regular block gets one of its own behind the
 * newest, which stays in use. The exported _PyArena_* functions are the same thing by CPython's names. */
#include "ks_arena.h"
#include "ks_ast.h"
#include "pycore_pyarena.h"

struct KsArenaBlock {
    KsArenaBlock *older;
    char bytes[] __attribute__((aligned(8)));
};

enum { ARENA_FIRST_BYTES = 8 * 1024, ARENA_MOST_BYTES = 256 * 1024 };

KsArena *
ks_arena_new(void)
{
    KsArena *arena = PyMem_Calloc(1, sizeof(KsArena));
    if (arena == NULL)
        PyErr_NoMemory();
    return arena;
}

void
ks_arena_free(KsArena *arena)
{
    for (Py_ssize_t i = 0; i < arena->owned_count; i++)
        Py_DECREF(arena->owned[i]);
    PyMem_Free(arena->owned);
    KsArenaBlock *block = arena->blocks;
    while (block != NULL) {
        KsArenaBlock *older = block->older;
        PyMem_Free(block);
        block = older;
    }
    PyMem_Free(arena);
}

static KsArenaBlock *
arena_block(size_t bytes)
{
    KsArenaBlock *block = NULL;
    if (bytes <= PY_SSIZE_T_MAX - sizeof(KsArenaBlock))
        block = PyMem_Malloc(sizeof(KsArenaBlock) + bytes);
    if (block == NULL)
        PyErr_NoMemory();
    return block;
}

/* The slow half of ks_arena_alloc: bytes is already rounded and does not fit. */
void *
ks_arena_grow(KsArena *arena, size_t bytes)
{
    size_t regular = ARENA_FIRST_BYTES;
    if (arena->blocks != NULL) {
        regular = 2 * (size_t)(arena->limit - arena->blocks->bytes);
        if (regular > ARENA_MOST_BYTES)
            regular = ARENA_MOST_BYTES;
    }
    if (bytes > regular / 4 && arena->blocks != NULL) {
        KsArenaBlock *own = arena_block(bytes);
        if (own == NULL)
            return NULL;
        own->older = arena->blocks->older;
        arena->blocks->older = own;
        return own->bytes;
    }
    if (bytes > regular)
        regular = bytes;
    KsArenaBlock *block = arena_block(regular);
    if (block == NULL)
        return NULL;
    block->older = arena->blocks;
    arena->blocks = block;
    arena->next = block->bytes + bytes;
    arena->limit = block->bytes + regular;
    return block->bytes;
}

int
ks_arena_own(KsArena *arena, PyObject *object)
{
    if (object == NULL)
        return -1;
    if (arena->owned_count == arena->owned_room) {
        Py_ssize_t room = arena->owned_room == 0 ? 64 : arena->owned_room * 2;
        PyObject **owned = PyMem_Realloc(arena->owned, (size_t)room * sizeof(PyObject *));
        if (owned == NULL) {
            Py_DECREF(object);
            PyErr_NoMemory();
            return -1;
        }
        arena->owned = owned;
        arena->owned_room = room;
    }
    arena->owned[arena->owned_count++] = object;
    return 0;
}

void *
ks_seq_make(KsArena *arena, Py_ssize_t count, size_t item_bytes)
{
    if ((size_t)count > (PY_SSIZE_T_MAX - 64) / item_bytes) {
        PyErr_NoMemory();
        return NULL;
    }
    size_t bytes = sizeof(Py_ssize_t) + (size_t)count * item_bytes;
    Py_ssize_t *seq = ks_arena_alloc(arena, bytes);
    if (seq != NULL) {
        memset(seq, 0, bytes);
        *seq = count;
    }
    return seq;
}

/* ---- exported ---- */

PyArena *
_PyArena_New(void)
{
    return ks_arena_new();
}

void
_PyArena_Free(PyArena *arena)
{
    ks_arena_free(arena);
}

void *
_PyArena_Malloc(PyArena *arena, size_t size)
{
    if (size > PY_SSIZE_T_MAX - 64) {
        PyErr_NoMemory();
        return NULL;
    }
    return ks_arena_alloc(arena, size);
}

/* Takes the reference over only when it succeeds. */
int
_PyArena_AddPyObject(PyArena *arena, PyObject *object)
{
    Py_XINCREF(object);
    if (ks_arena_own(arena, object) < 0)
        return -1;
    Py_DECREF(object);
    return 0;
}
