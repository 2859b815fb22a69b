/* SPDX-License-Identifier: MIT */
/* collections.deque: a doubly linked list of blocks of 64 items.
 *
 * Items fill the places from leftblock[leftindex] to rightblock[rightindex], both included; there
 * is always at least one block. An empty deque has leftindex one above rightindex, in the middle of
 * its block. `state` changes with every change of the deque's structure, so that walkers notice. A
 * few blocks are kept for reuse. Public API only. */
#include "Python.h"
#include "structmember.h"

#include "ks_args.h"
#include "ks_collections.h"

#define BLOCK_ITEMS 64
#define CENTER ((BLOCK_ITEMS - 1) / 2)
#define KEPT_BLOCKS 16

typedef struct Block Block;
struct Block {
    Block *left;
    PyObject *items[BLOCK_ITEMS];
    Block *right;
};

typedef struct Deque {
    PyObject_VAR_HEAD
    Block *left, *right;
    Py_ssize_t left_index, right_index;
    size_t state;
    Py_ssize_t maxlen; /* -1: none */
    Py_ssize_t kept_count;
    Block *kept[KEPT_BLOCKS];
    PyObject *weakrefs;
} Deque;

#define AS_DEQUE(self) ((Deque *)(self))
#define IS_DEQUE(object) PyObject_TypeCheck(object, &ks_deque_type)

/* ---- blocks ---- */

static Block *
block_new(Deque *deque)
{
    if (deque->kept_count > 0)
        return deque->kept[--deque->kept_count];
    Block *block = PyMem_Malloc(sizeof(Block));
    if (block == NULL)
        PyErr_NoMemory();
    return block;
}

static void
block_free(Deque *deque, Block *block)
{
    if (deque->kept_count < KEPT_BLOCKS)
        deque->kept[deque->kept_count++] = block;
    else
        PyMem_Free(block);
}

static void
deque_center(Deque *deque)
{
    deque->left_index = CENTER + 1;
    deque->right_index = CENTER;
}

/* ---- the four primitives; references move, they are not counted ---- */

static int
push_right(Deque *deque, PyObject *item)
{
    if (deque->right_index == BLOCK_ITEMS - 1) {
        Block *block = block_new(deque);
        if (block == NULL)
            return -1;
        block->left = deque->right;
        block->right = NULL;
        deque->right->right = block;
        deque->right = block;
        deque->right_index = -1;
    }
    Py_SET_SIZE(deque, Py_SIZE(deque) + 1);
    deque->right->items[++deque->right_index] = item;
    deque->state++;
    return 0;
}

static int
push_left(Deque *deque, PyObject *item)
{
    if (deque->left_index == 0) {
        Block *block = block_new(deque);
        if (block == NULL)
            return -1;
        block->right = deque->left;
        block->left = NULL;
        deque->left->left = block;
        deque->left = block;
        deque->left_index = BLOCK_ITEMS;
    }
    Py_SET_SIZE(deque, Py_SIZE(deque) + 1);
    deque->left->items[--deque->left_index] = item;
    deque->state++;
    return 0;
}

static PyObject *
take_right(Deque *deque)
{
    if (Py_SIZE(deque) == 0) {
        PyErr_SetString(PyExc_IndexError, "pop from an empty deque");
        return NULL;
    }
    PyObject *item = deque->right->items[deque->right_index--];
    Py_SET_SIZE(deque, Py_SIZE(deque) - 1);
    deque->state++;
    if (Py_SIZE(deque) == 0)
        deque_center(deque);
    else if (deque->right_index < 0) {
        Block *empty = deque->right;
        deque->right = empty->left;
        deque->right->right = NULL;
        deque->right_index = BLOCK_ITEMS - 1;
        block_free(deque, empty);
    }
    return item;
}

static PyObject *
take_left(Deque *deque)
{
    if (Py_SIZE(deque) == 0) {
        PyErr_SetString(PyExc_IndexError, "pop from an empty deque");
        return NULL;
    }
    PyObject *item = deque->left->items[deque->left_index++];
    Py_SET_SIZE(deque, Py_SIZE(deque) - 1);
    deque->state++;
    if (Py_SIZE(deque) == 0)
        deque_center(deque);
    else if (deque->left_index == BLOCK_ITEMS) {
        Block *empty = deque->left;
        deque->left = empty->right;
        deque->left->left = NULL;
        deque->left_index = 0;
        block_free(deque, empty);
    }
    return item;
}

/* Adds an item, whose reference is taken over, and drops one at the other end if that is one too
 * many. */
static int
add_right(Deque *deque, PyObject *item)
{
    if (push_right(deque, item) < 0) {
        Py_DECREF(item);
        return -1;
    }
    if (deque->maxlen >= 0 && Py_SIZE(deque) > deque->maxlen)
        Py_DECREF(take_left(deque));
    return 0;
}

static int
add_left(Deque *deque, PyObject *item)
{
    if (push_left(deque, item) < 0) {
        Py_DECREF(item);
        return -1;
    }
    if (deque->maxlen >= 0 && Py_SIZE(deque) > deque->maxlen)
        Py_DECREF(take_right(deque));
    return 0;
}

/* Turns the deque by `steps` to the right, in the direction with fewer moves. */
static int
turn(Deque *deque, Py_ssize_t steps)
{
    Py_ssize_t length = Py_SIZE(deque), half = length >> 1;
    if (length <= 1)
        return 0;
    if (steps > half || steps < -half) {
        steps %= length;
        if (steps > half)
            steps -= length;
        else if (steps < -half)
            steps += length;
    }
    for (; steps > 0; steps--) {
        PyObject *item = take_right(deque);
        if (push_left(deque, item) < 0) {
            push_right(deque, item);
            return -1;
        }
    }
    for (; steps < 0; steps++) {
        PyObject *item = take_left(deque);
        if (push_right(deque, item) < 0) {
            push_left(deque, item);
            return -1;
        }
    }
    return 0;
}

/* Where item number `index` is; the index is valid. */
static PyObject **
place_of(Deque *deque, Py_ssize_t index)
{
    Py_ssize_t at = deque->left_index + index;
    Py_ssize_t block_number = at / BLOCK_ITEMS;
    Py_ssize_t last = (deque->left_index + Py_SIZE(deque) - 1) / BLOCK_ITEMS;
    Block *block;
    if (block_number <= last / 2) {
        block = deque->left;
        while (block_number-- > 0)
            block = block->right;
    }
    else {
        block = deque->right;
        for (block_number = last - block_number; block_number > 0; block_number--)
            block = block->left;
    }
    return &block->items[at % BLOCK_ITEMS];
}

/* A walk over places. */
typedef struct Walk {
    Block *block;
    Py_ssize_t index;
} Walk;

static PyObject **
walk_right(Walk *walk)
{
    if (walk->index == BLOCK_ITEMS) {
        walk->block = walk->block->right;
        walk->index = 0;
    }
    return &walk->block->items[walk->index++];
}

static PyObject **
walk_left(Walk *walk)
{
    if (walk->index < 0) {
        walk->block = walk->block->left;
        walk->index = BLOCK_ITEMS - 1;
    }
    return &walk->block->items[walk->index--];
}

/* ---- lifecycle ---- */

static PyObject *
deque_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Deque *deque = (Deque *)type->tp_alloc(type, 0);
    if (deque == NULL)
        return NULL;
    deque->maxlen = -1;
    Block *block = block_new(deque);
    if (block == NULL) {
        Py_DECREF(deque);
        return NULL;
    }
    block->left = block->right = NULL;
    deque->left = deque->right = block;
    deque_center(deque);
    return (PyObject *)deque;
}

/* Takes everything out. The deque is empty and whole before the first item is dropped. */
static int
deque_clear_all(Deque *deque)
{
    Py_ssize_t count = Py_SIZE(deque);
    if (count == 0)
        return 0;
    Walk walk = {deque->left, deque->left_index};
    Block *fresh = block_new(deque);
    if (fresh == NULL) {
        /* Without memory one by one, from the old blocks. */
        PyErr_Clear();
        while (Py_SIZE(deque) > 0)
            Py_DECREF(take_right(deque));
        return 0;
    }
    fresh->left = fresh->right = NULL;
    deque->left = deque->right = fresh;
    deque_center(deque);
    Py_SET_SIZE(deque, 0);
    deque->state++;
    Block *block = walk.block;
    while (count-- > 0) {
        PyObject **place = walk_right(&walk);
        if (walk.block != block) {
            block_free(deque, block);
            block = walk.block;
        }
        Py_DECREF(*place);
    }
    block_free(deque, block);
    return 0;
}

static int
deque_tp_clear(PyObject *self)
{
    return deque_clear_all(AS_DEQUE(self));
}

static void
deque_dealloc(PyObject *self)
{
    Deque *deque = AS_DEQUE(self);
    PyObject_GC_UnTrack(self);
    if (deque->weakrefs != NULL)
        PyObject_ClearWeakRefs(self);
    if (deque->left != NULL) {
        deque_clear_all(deque);
        PyMem_Free(deque->left);
    }
    while (deque->kept_count > 0)
        PyMem_Free(deque->kept[--deque->kept_count]);
    Py_TYPE(self)->tp_free(self);
}

static int
deque_traverse(PyObject *self, visitproc visit, void *arg)
{
    Walk walk = {AS_DEQUE(self)->left, AS_DEQUE(self)->left_index};
    for (Py_ssize_t i = Py_SIZE(self); i > 0; i--) {
        PyObject **place = walk_right(&walk);
        Py_VISIT(*place);
    }
    return 0;
}

static int
use_up(PyObject *iterator)
{
    PyObject *item;
    while ((item = PyIter_Next(iterator)) != NULL)
        Py_DECREF(item);
    return PyErr_Occurred() ? -1 : 0;
}

static int
extend_by(Deque *deque, PyObject *iterable, int (*add)(Deque *, PyObject *))
{
    KS_OWNED PyObject *copy = NULL;
    if (iterable == (PyObject *)deque) {
        copy = PySequence_List(iterable);
        if (copy == NULL)
            return -1;
        iterable = copy;
    }
    KS_OWNED PyObject *iterator = PyObject_GetIter(iterable);
    if (iterator == NULL)
        return -1;
    if (deque->maxlen == 0)
        return use_up(iterator);
    /* The place to start in an empty block, with the whole block to fill. */
    if (Py_SIZE(deque) == 0) {
        deque->left_index = add == add_right ? 1 : BLOCK_ITEMS - 1;
        deque->right_index = deque->left_index - 1;
    }
    PyObject *item;
    while ((item = PyIter_Next(iterator)) != NULL)
        if (add(deque, item) < 0)
            return -1;
    if (Py_SIZE(deque) == 0)
        deque_center(deque);
    return PyErr_Occurred() ? -1 : 0;
}

typedef struct InitArgs {
    PyObject *iterable, *maxlen;
} InitArgs;

static const KsParam init_params[] = {
    PARAM(InitArgs, iterable, ARG_OBJECT, 0),
    PARAM(InitArgs, maxlen, ARG_OBJECT, 0),
    PARAM_END,
};

static int
deque_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    InitArgs call = {NULL, NULL};
    Py_ssize_t maxlen = -1;
    if (!ks_args_parse_tuple("deque", init_params, args, kwargs, &call))
        return -1;
    if (call.maxlen != NULL && call.maxlen != Py_None) {
        maxlen = PyLong_AsSsize_t(call.maxlen);
        if (maxlen == -1 && PyErr_Occurred())
            return -1;
        if (maxlen < 0) {
            PyErr_SetString(PyExc_ValueError, "maxlen must be non-negative");
            return -1;
        }
    }
    AS_DEQUE(self)->maxlen = maxlen;
    deque_clear_all(AS_DEQUE(self));
    return call.iterable == NULL ? 0 : extend_by(AS_DEQUE(self), call.iterable, add_right);
}

/* ---- slots ---- */

static PyObject *
deque_repr(PyObject *self)
{
    int entered = Py_ReprEnter(self);
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromString("[...]") : NULL;
    PyObject *result = NULL;
    PyObject *list = PySequence_List(self);
    if (list != NULL) {
        const char *name = _PyType_Name(Py_TYPE(self));
        if (AS_DEQUE(self)->maxlen >= 0)
            result = PyUnicode_FromFormat("%s(%R, maxlen=%zd)", name, list,
                                          AS_DEQUE(self)->maxlen);
        else
            result = PyUnicode_FromFormat("%s(%R)", name, list);
        Py_DECREF(list);
    }
    Py_ReprLeave(self);
    return result;
}

static PyObject *
deque_richcompare(PyObject *left, PyObject *right, int op)
{
    if (!IS_DEQUE(left) || !IS_DEQUE(right))
        Py_RETURN_NOTIMPLEMENTED;
    if (op == Py_EQ || op == Py_NE) {
        if (left == right)
            return PyBool_FromLong(op == Py_EQ);
        if (Py_SIZE(left) != Py_SIZE(right))
            return PyBool_FromLong(op == Py_NE);
    }
    KS_OWNED PyObject *left_iter = PyObject_GetIter(left);
    KS_OWNED PyObject *right_iter = left_iter == NULL ? NULL : PyObject_GetIter(right);
    if (right_iter == NULL)
        return NULL;
    for (;;) {
        KS_OWNED PyObject *one = PyIter_Next(left_iter);
        if (one == NULL && PyErr_Occurred())
            return NULL;
        KS_OWNED PyObject *other = PyIter_Next(right_iter);
        if (one == NULL || other == NULL) {
            if (PyErr_Occurred())
                return NULL;
            Py_RETURN_RICHCOMPARE(one != NULL, other != NULL, op);
        }
        int same = PyObject_RichCompareBool(one, other, Py_EQ);
        if (same < 0)
            return NULL;
        if (!same)
            return op == Py_EQ || op == Py_NE ? PyBool_FromLong(op == Py_NE)
                                              : PyObject_RichCompare(one, other, op);
    }
}

static Py_ssize_t
deque_length(PyObject *self)
{
    return Py_SIZE(self);
}

static int
index_fails(Deque *deque, Py_ssize_t index)
{
    if ((size_t)index < (size_t)Py_SIZE(deque))
        return 0;
    PyErr_SetString(PyExc_IndexError, "deque index out of range");
    return 1;
}

static PyObject *
deque_item(PyObject *self, Py_ssize_t index)
{
    return index_fails(AS_DEQUE(self), index) ? NULL
                                             : Py_NewRef(*place_of(AS_DEQUE(self), index));
}

static int
delete_item(Deque *deque, Py_ssize_t index)
{
    if (turn(deque, -index) < 0)
        return -1;
    PyObject *item = take_left(deque);
    int failed = turn(deque, index);
    Py_DECREF(item);
    return failed;
}

static int
deque_ass_item(PyObject *self, Py_ssize_t index, PyObject *value)
{
    if (index_fails(AS_DEQUE(self), index))
        return -1;
    if (value == NULL)
        return delete_item(AS_DEQUE(self), index);
    PyObject **place = place_of(AS_DEQUE(self), index);
    PyObject *old = *place;
    *place = Py_NewRef(value);
    Py_DECREF(old);
    return 0;
}

static KS_COLD int
walk_disturbed(PyObject *exception, const char *message)
{
    PyErr_SetString(exception, message);
    return -1;
}

#define MUTATED "deque mutated during iteration"

static int
deque_contains(PyObject *self, PyObject *value)
{
    Deque *deque = AS_DEQUE(self);
    Walk walk = {deque->left, deque->left_index};
    size_t state = deque->state;
    for (Py_ssize_t i = Py_SIZE(deque); i > 0; i--) {
        KS_OWNED PyObject *item = Py_NewRef(*walk_right(&walk));
        int same = PyObject_RichCompareBool(item, value, Py_EQ);
        if (same != 0)
            return same;
        if (state != deque->state)
            return walk_disturbed(PyExc_RuntimeError, MUTATED);
    }
    return 0;
}

static PyObject *
deque_copy(PyObject *self, PyObject *unused)
{
    Deque *deque = AS_DEQUE(self);
    if (Py_IS_TYPE(self, &ks_deque_type)) {
        PyObject *copy = deque_new(&ks_deque_type, NULL, NULL);
        if (copy == NULL)
            return NULL;
        AS_DEQUE(copy)->maxlen = deque->maxlen;
        if (extend_by(AS_DEQUE(copy), self, add_right) < 0)
            Py_CLEAR(copy);
        return copy;
    }
    PyObject *type = (PyObject *)Py_TYPE(self);
    PyObject *copy = deque->maxlen < 0 ? PyObject_CallOneArg(type, self)
                                       : PyObject_CallFunction(type, "On", self, deque->maxlen);
    if (copy != NULL && !IS_DEQUE(copy)) {
        PyErr_Format(PyExc_TypeError, "%.200s() must return a deque, not %.200s",
                     Py_TYPE(self)->tp_name, Py_TYPE(copy)->tp_name);
        Py_CLEAR(copy);
    }
    return copy;
}

static PyObject *
deque_concat(PyObject *self, PyObject *other)
{
    if (!IS_DEQUE(other)) {
        PyErr_Format(PyExc_TypeError, "can only concatenate deque (not \"%.200s\") to deque",
                     Py_TYPE(other)->tp_name);
        return NULL;
    }
    PyObject *joined = deque_copy(self, NULL);
    if (joined != NULL && extend_by(AS_DEQUE(joined), other, add_right) < 0)
        Py_CLEAR(joined);
    return joined;
}

static PyObject *
deque_inplace_concat(PyObject *self, PyObject *other)
{
    return extend_by(AS_DEQUE(self), other, add_right) < 0 ? NULL : Py_NewRef(self);
}

static PyObject *
deque_inplace_repeat(PyObject *self, Py_ssize_t times)
{
    Deque *deque = AS_DEQUE(self);
    Py_ssize_t length = Py_SIZE(deque);
    if (length == 0 || times == 1)
        return Py_NewRef(self);
    if (times <= 0) {
        deque_clear_all(deque);
        return Py_NewRef(self);
    }
    if (deque->maxlen >= 0 && times > deque->maxlen / length + 1)
        times = deque->maxlen / length + 1; /* the rest would fall out at the other end */
    else if (length > PY_SSIZE_T_MAX / times)
        return PyErr_NoMemory();
    KS_OWNED PyObject *items = PySequence_List(self);
    if (items == NULL)
        return NULL;
    for (Py_ssize_t time = 1; time < times; time++)
        if (extend_by(deque, items, add_right) < 0)
            return NULL;
    return Py_NewRef(self);
}

static PyObject *
deque_repeat(PyObject *self, Py_ssize_t times)
{
    KS_OWNED PyObject *copy = deque_copy(self, NULL);
    return copy == NULL ? NULL : deque_inplace_repeat(copy, times);
}

/* ---- methods ---- */

static PyObject *
deque_append(PyObject *self, PyObject *item)
{
    if (add_right(AS_DEQUE(self), Py_NewRef(item)) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
deque_appendleft(PyObject *self, PyObject *item)
{
    if (add_left(AS_DEQUE(self), Py_NewRef(item)) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
deque_clear(PyObject *self, PyObject *unused)
{
    deque_clear_all(AS_DEQUE(self));
    Py_RETURN_NONE;
}

static PyObject *
deque_count(PyObject *self, PyObject *value)
{
    Deque *deque = AS_DEQUE(self);
    Walk walk = {deque->left, deque->left_index};
    size_t state = deque->state;
    Py_ssize_t count = 0;
    for (Py_ssize_t i = Py_SIZE(deque); i > 0; i--) {
        KS_OWNED PyObject *item = Py_NewRef(*walk_right(&walk));
        int same = PyObject_RichCompareBool(item, value, Py_EQ);
        if (same < 0)
            return NULL;
        count += same;
        if (state != deque->state) {
            walk_disturbed(PyExc_RuntimeError, MUTATED);
            return NULL;
        }
    }
    return PyLong_FromSsize_t(count);
}

static PyObject *
deque_extend(PyObject *self, PyObject *iterable)
{
    if (extend_by(AS_DEQUE(self), iterable, add_right) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
deque_extendleft(PyObject *self, PyObject *iterable)
{
    if (extend_by(AS_DEQUE(self), iterable, add_left) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
deque_index(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Deque *deque = AS_DEQUE(self);
    Py_ssize_t start = 0, stop = Py_SIZE(deque);
    if (!ks_args_count("index", nargs, 1, 3)
        || (nargs > 1 && !_PyEval_SliceIndexNotNone(args[1], &start))
        || (nargs > 2 && !_PyEval_SliceIndexNotNone(args[2], &stop)))
        return NULL;
    Py_ssize_t length = Py_SIZE(deque);
    if (start < 0)
        start = start + length < 0 ? 0 : start + length;
    if (stop < 0)
        stop = stop + length < 0 ? 0 : stop + length;
    if (stop > length)
        stop = length;
    Walk walk = {deque->left, deque->left_index};
    size_t state = deque->state;
    for (Py_ssize_t i = 0; i < stop; i++) {
        PyObject *item = *walk_right(&walk);
        if (i < start)
            continue;
        Py_INCREF(item);
        int same = PyObject_RichCompareBool(item, args[0], Py_EQ);
        Py_DECREF(item);
        if (same != 0)
            return same < 0 ? NULL : PyLong_FromSsize_t(i);
        if (state != deque->state) {
            walk_disturbed(PyExc_RuntimeError, MUTATED);
            return NULL;
        }
    }
    PyErr_Format(PyExc_ValueError, "%R is not in deque", args[0]);
    return NULL;
}

static PyObject *
deque_insert(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Deque *deque = AS_DEQUE(self);
    Py_ssize_t index, length = Py_SIZE(deque);
    if (!ks_args_count("insert", nargs, 2, 2) || !ks_arg_index(args[0], &index))
        return NULL;
    if (deque->maxlen == length) {
        PyErr_SetString(PyExc_IndexError, "deque already at its maximum size");
        return NULL;
    }
    if (index >= length)
        return deque_append(self, args[1]);
    if (index <= -length || index == 0)
        return deque_appendleft(self, args[1]);
    if (turn(deque, -index) < 0)
        return NULL;
    int failed = index < 0 ? add_right(deque, Py_NewRef(args[1]))
                           : add_left(deque, Py_NewRef(args[1]));
    if (failed < 0 || turn(deque, index) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
deque_pop(PyObject *self, PyObject *unused)
{
    return take_right(AS_DEQUE(self));
}

static PyObject *
deque_popleft(PyObject *self, PyObject *unused)
{
    return take_left(AS_DEQUE(self));
}

static PyObject *
deque_reduce(PyObject *self, PyObject *unused)
{
    KS_OWNED PyObject *state = _PyObject_GetState(self);
    KS_OWNED PyObject *iterator = state == NULL ? NULL : PyObject_GetIter(self);
    if (iterator == NULL)
        return NULL;
    if (AS_DEQUE(self)->maxlen < 0)
        return Py_BuildValue("O()OO", Py_TYPE(self), state, iterator);
    return Py_BuildValue("O(()n)OO", Py_TYPE(self), AS_DEQUE(self)->maxlen, state, iterator);
}

static PyObject *
deque_remove(PyObject *self, PyObject *value)
{
    Deque *deque = AS_DEQUE(self);
    Walk walk = {deque->left, deque->left_index};
    size_t state = deque->state;
    Py_ssize_t length = Py_SIZE(deque);
    for (Py_ssize_t i = 0; i < length; i++) {
        KS_OWNED PyObject *item = Py_NewRef(*walk_right(&walk));
        int same = PyObject_RichCompareBool(item, value, Py_EQ);
        if (same < 0)
            return NULL;
        if (state != deque->state) {
            walk_disturbed(PyExc_IndexError, "deque mutated during remove().");
            return NULL;
        }
        if (same) {
            if (delete_item(deque, i) < 0)
                return NULL;
            Py_RETURN_NONE;
        }
    }
    PyErr_SetString(PyExc_ValueError, "deque.remove(x): x not in deque");
    return NULL;
}

static PyObject *
deque_reverse(PyObject *self, PyObject *unused)
{
    Deque *deque = AS_DEQUE(self);
    Walk low = {deque->left, deque->left_index}, high = {deque->right, deque->right_index};
    for (Py_ssize_t i = Py_SIZE(deque) / 2; i > 0; i--) {
        PyObject **one = walk_right(&low), **other = walk_left(&high);
        PyObject *item = *one;
        *one = *other;
        *other = item;
    }
    Py_RETURN_NONE;
}

static PyObject *
deque_rotate(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t steps = 1;
    if (!ks_args_count("rotate", nargs, 0, 1) || (nargs == 1 && !ks_arg_index(args[0], &steps))
        || turn(AS_DEQUE(self), steps) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
deque_sizeof(PyObject *self, PyObject *unused)
{
    Py_ssize_t blocks = 0;
    for (Block *block = AS_DEQUE(self)->left; block != NULL; block = block->right)
        blocks++;
    return PyLong_FromSsize_t(Py_TYPE(self)->tp_basicsize
                              + blocks * (Py_ssize_t)sizeof(Block));
}

static PyObject *
deque_get_maxlen(PyObject *self, void *unused)
{
    if (AS_DEQUE(self)->maxlen < 0)
        Py_RETURN_NONE;
    return PyLong_FromSsize_t(AS_DEQUE(self)->maxlen);
}

/* ---- iterators ---- */

typedef struct DequeIter {
    PyObject_HEAD
    Walk walk;
    Deque *deque;
    size_t state;
    Py_ssize_t left;
} DequeIter;

#define AS_ITER(self) ((DequeIter *)(self))

static PyObject *
iter_make(PyTypeObject *type, Deque *deque)
{
    DequeIter *iter = PyObject_GC_New(DequeIter, type);
    if (iter == NULL)
        return NULL;
    if (type == &ks_deque_reviter_type)
        iter->walk = (Walk){deque->right, deque->right_index};
    else
        iter->walk = (Walk){deque->left, deque->left_index};
    iter->deque = (Deque *)Py_NewRef(deque);
    iter->state = deque->state;
    iter->left = Py_SIZE(deque);
    PyObject_GC_Track(iter);
    return (PyObject *)iter;
}

static PyObject *
deque_iter(PyObject *self)
{
    return iter_make(&ks_deque_iter_type, AS_DEQUE(self));
}

static PyObject *
deque_reversed(PyObject *self, PyObject *unused)
{
    return iter_make(&ks_deque_reviter_type, AS_DEQUE(self));
}

static PyObject *
iter_next(PyObject *self)
{
    DequeIter *iter = AS_ITER(self);
    if (iter->deque->state != iter->state) {
        iter->left = 0;
        PyErr_SetString(PyExc_RuntimeError, MUTATED);
        return NULL;
    }
    if (iter->left == 0)
        return NULL;
    iter->left--;
    return Py_NewRef(Py_IS_TYPE(self, &ks_deque_reviter_type) ? *walk_left(&iter->walk)
                                                              : *walk_right(&iter->walk));
}

/* Made by pickle: a deque and how many of its items were handed out. */
static PyObject *
iter_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *deque;
    Py_ssize_t index = 0;
    if (!PyArg_ParseTuple(args, "O!|n", &ks_deque_type, &deque, &index))
        return NULL;
    PyObject *iter = iter_make(type, AS_DEQUE(deque));
    if (iter == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < index; i++) {
        PyObject *item = iter_next(iter);
        if (item == NULL) {
            if (!PyErr_Occurred())
                break;
            Py_DECREF(iter);
            return NULL;
        }
        Py_DECREF(item);
    }
    return iter;
}

static void
iter_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(AS_ITER(self)->deque);
    PyObject_GC_Del(self);
}

static int
iter_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(AS_ITER(self)->deque);
    return 0;
}

static PyObject *
iter_length_hint(PyObject *self, PyObject *unused)
{
    return PyLong_FromSsize_t(AS_ITER(self)->left);
}

static PyObject *
iter_reduce(PyObject *self, PyObject *unused)
{
    DequeIter *iter = AS_ITER(self);
    return Py_BuildValue("O(On)", Py_TYPE(self), iter->deque, Py_SIZE(iter->deque) - iter->left);
}

static PyMethodDef iter_methods[] = {
    METHOD_PLAIN("__length_hint__", iter_length_hint, METH_NOARGS, "How many are left."),
    METHOD_PLAIN("__reduce__", iter_reduce, METH_NOARGS, "What pickle needs to know."),
    {NULL, NULL, 0, NULL},
};

#define ITER_TYPE(symbol, name)                              \
    PyTypeObject symbol = {                                  \
        PyVarObject_HEAD_INIT(NULL, 0)                       \
        .tp_name = name,                                     \
        .tp_basicsize = sizeof(DequeIter),                   \
        .tp_dealloc = iter_dealloc,                          \
        .tp_getattro = PyObject_GenericGetAttr,              \
        .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, \
        .tp_traverse = iter_traverse,                        \
        .tp_iter = PyObject_SelfIter,                        \
        .tp_iternext = iter_next,                            \
        .tp_methods = iter_methods,                          \
        .tp_new = iter_new,                                  \
    }

ITER_TYPE(ks_deque_iter_type, "_collections._deque_iterator");
ITER_TYPE(ks_deque_reviter_type, "_collections._deque_reverse_iterator");

/* ---- the type ---- */

static PyMethodDef deque_methods[] = {
    METHOD_PLAIN("append", deque_append, METH_O, "Add an item at the right end."),
    METHOD_PLAIN("appendleft", deque_appendleft, METH_O, "Add an item at the left end."),
    METHOD_PLAIN("clear", deque_clear, METH_NOARGS, "Take all items out."),
    METHOD_PLAIN("__copy__", deque_copy, METH_NOARGS, "A new deque of the same items."),
    METHOD_PLAIN("copy", deque_copy, METH_NOARGS, "A new deque of the same items."),
    METHOD_PLAIN("count", deque_count, METH_O, "D.count(value) -> how many items equal value"),
    METHOD_PLAIN("extend", deque_extend, METH_O, "Add items at the right end."),
    METHOD_PLAIN("extendleft", deque_extendleft, METH_O,
                 "Add items at the left end, one after the other."),
    METHOD_PLAIN("index", deque_index, METH_FASTCALL,
                 "D.index(value, [start, [stop]]) -> where it stands first; ValueError if nowhere"),
    METHOD_PLAIN("insert", deque_insert, METH_FASTCALL,
                 "D.insert(index, object) -- put object in front of index"),
    METHOD_PLAIN("pop", deque_pop, METH_NOARGS, "Take the item at the right end out, return it."),
    METHOD_PLAIN("popleft", deque_popleft, METH_NOARGS,
                 "Take the item at the left end out, return it."),
    METHOD_PLAIN("__reduce__", deque_reduce, METH_NOARGS, "What pickle needs to know."),
    METHOD_PLAIN("remove", deque_remove, METH_O,
                 "D.remove(value) -- take the first item that equals value out"),
    METHOD_PLAIN("__reversed__", deque_reversed, METH_NOARGS,
                 "D.__reversed__() -- an iterator from the right end"),
    METHOD_PLAIN("reverse", deque_reverse, METH_NOARGS,
                 "D.reverse() -- turn the order round, in place"),
    METHOD_PLAIN("rotate", deque_rotate, METH_FASTCALL,
                 "Move n items (1 by default) from the right end to the left; to the right if "
                 "negative."),
    METHOD_PLAIN("__sizeof__", deque_sizeof, METH_NOARGS,
                 "D.__sizeof__() -- bytes of memory the deque takes"),
    METHOD_PLAIN("__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS,
                 "deque[...] for type annotations."),
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef deque_getset[] = {
    {"maxlen", deque_get_maxlen, NULL, "The greatest length, or None.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PySequenceMethods deque_as_sequence = {
    .sq_length = deque_length,
    .sq_concat = deque_concat,
    .sq_repeat = deque_repeat,
    .sq_item = deque_item,
    .sq_ass_item = deque_ass_item,
    .sq_contains = deque_contains,
    .sq_inplace_concat = deque_inplace_concat,
    .sq_inplace_repeat = deque_inplace_repeat,
};

PyTypeObject ks_deque_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "collections.deque",
    .tp_basicsize = sizeof(Deque),
    .tp_dealloc = deque_dealloc,
    .tp_repr = deque_repr,
    .tp_as_sequence = &deque_as_sequence,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE
                | Py_TPFLAGS_SEQUENCE,
    .tp_doc = "deque([iterable[, maxlen]]) --> deque object\n\n"
              "Items that can be added and taken out fast at both ends.",
    .tp_traverse = deque_traverse,
    .tp_clear = deque_tp_clear,
    .tp_richcompare = deque_richcompare,
    .tp_weaklistoffset = offsetof(Deque, weakrefs),
    .tp_iter = deque_iter,
    .tp_methods = deque_methods,
    .tp_getset = deque_getset,
    .tp_init = deque_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = deque_new,
    .tp_free = PyObject_GC_Del,
};
