/* SPDX-License-Identifier: MIT */
/* The Unpickler's stack, its marks and its memo. An object that leaves the stack is dropped only
 * after the stack is whole again: dropping may run code that looks at the Unpickler. */
#include "pickle_input.h"

#define STACK_FIRST_ROOM 32
#define MEMO_FIRST_ROOM 32
#define MEMO_KEPT_ROOM 256 /* a memo up to this size is emptied, a larger one given back */

int
ks_unpickle_underflow(Unpickler *u)
{
    return ks_unpickle_fails(u, u->mark_count ? "unexpected MARK found"
                                              : "unpickling stack underflow");
}

int
ks_unpickle_push_slow(Unpickler *u, PyObject *object)
{
    if (object == NULL)
        return -1;
    Py_ssize_t room = u->room ? u->room * 2 : STACK_FIRST_ROOM;
    PyObject **stack = PyMem_Realloc(u->stack, (size_t)room * sizeof *stack);
    if (stack == NULL) {
        Py_DECREF(object);
        PyErr_NoMemory();
        return -1;
    }
    u->stack = stack;
    u->room = room;
    u->stack[u->height++] = object;
    return 0;
}

void
ks_unpickle_cut(Unpickler *u, Py_ssize_t height)
{
    while (u->height > height) {
        PyObject *object = u->stack[--u->height];
        Py_DECREF(object);
    }
}

int
ks_unpickle_mark(Unpickler *u)
{
    if (u->mark_count == u->mark_room) {
        Py_ssize_t room = (u->mark_room + 10) * 2;
        Py_ssize_t *marks = PyMem_Realloc(u->marks, (size_t)room * sizeof *marks);
        if (marks == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        u->marks = marks;
        u->mark_room = room;
    }
    u->marks[u->mark_count++] = u->fence = u->height;
    return 0;
}

Py_ssize_t
ks_unpickle_unmark(Unpickler *u)
{
    if (u->mark_count == 0)
        return ks_unpickle_fails(u, "could not find MARK");
    Py_ssize_t height = u->marks[--u->mark_count];
    u->fence = u->mark_count ? u->marks[u->mark_count - 1] : 0;
    return height;
}

PyObject *
ks_unpickle_pop_tuple(Unpickler *u, Py_ssize_t height)
{
    Py_ssize_t count = u->height - height;
    PyObject *tuple = PyTuple_New(count);
    if (tuple == NULL)
        return NULL;
    if (count != 0)
        memcpy(((PyTupleObject *)tuple)->ob_item, u->stack + height, (size_t)count * sizeof tuple);
    u->height = height;
    /* A tuple of numbers and strings is nothing that a cycle could pass through. */
    if (count != 0)
        _PyTuple_MaybeUntrack(tuple);
    return tuple;
}

PyObject *
ks_unpickle_pop_list(Unpickler *u, Py_ssize_t height)
{
    Py_ssize_t count = u->height - height;
    PyObject *list = PyList_New(count);
    if (list == NULL)
        return NULL;
    if (count != 0)
        memcpy(((PyListObject *)list)->ob_item, u->stack + height, (size_t)count * sizeof list);
    u->height = height;
    return list;
}

/* ---- memo ---- */

/* Zeroed memory from the system costs nothing until it is used: a large number in a malformed
 * pickle is only that. */
int
ks_unpickle_memo_widen(Unpickler *u, size_t index)
{
    if (index > (size_t)PY_SSIZE_T_MAX / (4 * sizeof *u->memo)) {
        PyErr_NoMemory();
        return -1;
    }
    size_t room = Py_MAX(index * 2, MEMO_FIRST_ROOM);
    PyObject **memo = PyMem_Calloc(room, sizeof *memo);
    if (memo == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (u->memo_room != 0)
        memcpy(memo, u->memo, (size_t)u->memo_room * sizeof *memo);
    PyMem_Free(u->memo);
    u->memo = memo;
    u->memo_room = (Py_ssize_t)room;
    return 0;
}

int
ks_unpickle_memo_set(Unpickler *u, size_t index, PyObject *object)
{
    if (KS_UNLIKELY(index >= (size_t)u->memo_room) && ks_unpickle_memo_widen(u, index) < 0)
        return -1;
    PyObject *old = u->memo[index];
    u->memo[index] = Py_NewRef(object);
    if (old == NULL)
        u->memo_used++;
    else
        Py_DECREF(old);
    return 0;
}

int
ks_unpickle_memo_missing(Unpickler *u, Py_ssize_t index)
{
    PyErr_Format(u->state->unpickling_error, "Memo value not found at index %zd", index);
    return -1;
}

void
ks_unpickle_memo_clear(Unpickler *u)
{
    PyObject **memo = u->memo;
    Py_ssize_t used = u->memo_used, room = u->memo_room;
    /* The Unpickler has no memo while objects are dropped: they may do anything with it. */
    u->memo = NULL;
    u->memo_room = u->memo_used = 0;
    for (Py_ssize_t i = 0; used > 0; i++) {
        PyObject *object = memo[i];
        if (object != NULL) {
            used--;
            memo[i] = NULL;
            Py_DECREF(object);
        }
    }
    if (u->memo == NULL && room <= MEMO_KEPT_ROOM) {
        u->memo = memo;
        u->memo_room = room;
    }
    else
        PyMem_Free(memo);
}
