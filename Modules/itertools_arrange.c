/* SPDX-License-Identifier: MIT */
/* itertools that arrange a pool of items: product, permutations, combinations with and without
 * replacement.
 *
 * Each holds its pool as a tuple, the indices of the current arrangement, and the tuple handed out
 * last, which is changed in place when nobody kept it. Arrangements come in the lexicographic order
 * of their indices. */
#include "Python.h"

#include "ks_itertools.h"

/* ---- what all have in common ---- */

/* The head of all four; more fields follow in some. */
typedef struct Arrange {
    PyObject_HEAD
    PyObject *pool;   /* tuple of items; of tuples for product */
    PyObject *result; /* NULL before the first */
    Py_ssize_t *indices;
    int stopped;
    int is_product; /* the pool is a tuple of pools, one for each place */
} Arrange;

/* All but product, whose arrangements have the length of the tuple of pools. */
typedef struct Choose {
    Arrange base;
    Py_ssize_t size;
} Choose;

#define AS_ARRANGE(self) ((Arrange *)(self))
#define POOL(self) AS_ARRANGE(self)->pool

/* The length of an arrangement. */
KS_INLINE Py_ssize_t
size_of(void *self)
{
    Arrange *arrange = self;
    return arrange->is_product ? PyTuple_GET_SIZE(arrange->pool) : ((Choose *)self)->size;
}

ITER_TRAVERSE(arrange, 2)

static void
arrange_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(AS_ARRANGE(self)->pool);
    Py_XDECREF(AS_ARRANGE(self)->result);
    PyMem_Free(AS_ARRANGE(self)->indices);
    Py_TYPE(self)->tp_free(self);
}

/* Takes the pool over, on failure as well; indices_count places for indices, all 0. */
static PyObject *
arrange_make(PyTypeObject *type, PyObject *pool, Py_ssize_t indices_count)
{
    Py_ssize_t *indices = NULL;
    PyObject *self = NULL;
    if (indices_count <= PY_SSIZE_T_MAX / (Py_ssize_t)sizeof(Py_ssize_t))
        indices = PyMem_Calloc((size_t)indices_count + 1, sizeof(Py_ssize_t));
    if (indices == NULL)
        PyErr_NoMemory();
    else
        self = type->tp_alloc(type, 0);
    if (self == NULL) {
        Py_DECREF(pool);
        PyMem_Free(indices);
        return NULL;
    }
    AS_ARRANGE(self)->pool = pool;
    AS_ARRANGE(self)->result = NULL;
    AS_ARRANGE(self)->indices = indices;
    AS_ARRANGE(self)->stopped = 0;
    AS_ARRANGE(self)->is_product = 0;
    return self;
}

/* Item i of the current arrangement, borrowed. */
static PyObject *
arranged(Arrange *arrange, Py_ssize_t i)
{
    PyObject *pool = arrange->pool;
    if (arrange->is_product)
        pool = PyTuple_GET_ITEM(pool, i);
    return PyTuple_GET_ITEM(pool, arrange->indices[i]);
}

/* Makes `result` anew from the indices. */
static int
arrange_rebuild(Arrange *arrange)
{
    PyObject *result = PyTuple_New(size_of(arrange));
    if (result == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < size_of(arrange); i++)
        PyTuple_SET_ITEM(result, i, Py_NewRef(arranged(arrange, i)));
    Py_XSETREF(arrange->result, result);
    return 0;
}

static PyObject *
arrange_first(Arrange *arrange)
{
    return arrange_rebuild(arrange) < 0 ? NULL : Py_NewRef(arrange->result);
}

/* The result, of which the items from number `from` on have changed. */
static PyObject *
arrange_changed(Arrange *arrange, Py_ssize_t from)
{
    PyObject *result = arrange->result;
    if (Py_REFCNT(result) > 1)
        return arrange_first(arrange);
    ks_itertools_reused(result);
    for (Py_ssize_t i = from; i < size_of(arrange); i++) {
        PyObject *item = Py_NewRef(arranged(arrange, i)), *old = PyTuple_GET_ITEM(result, i);
        PyTuple_SET_ITEM(result, i, item);
        Py_DECREF(old);
    }
    return Py_NewRef(result);
}

static PyObject *
arrange_end(Arrange *arrange)
{
    arrange->stopped = 1;
    return NULL;
}

static PyObject *
indices_tuple(const Py_ssize_t *indices, Py_ssize_t count)
{
    PyObject *tuple = PyTuple_New(count);
    for (Py_ssize_t i = 0; i < count && tuple != NULL; i++) {
        PyObject *index = PyLong_FromSsize_t(indices[i]);
        if (index == NULL)
            Py_CLEAR(tuple);
        else
            PyTuple_SET_ITEM(tuple, i, index);
    }
    return tuple;
}

static PyObject *
bad_state(void)
{
    PyErr_SetString(PyExc_ValueError, "invalid arguments");
    return NULL;
}

/* One index of a state, moved between low and high. */
static int
state_index(PyObject *tuple, Py_ssize_t i, Py_ssize_t low, Py_ssize_t high, Py_ssize_t *index)
{
    Py_ssize_t value = PyLong_AsSsize_t(PyTuple_GET_ITEM(tuple, i));
    if (value == -1 && PyErr_Occurred())
        return 0;
    *index = value > high ? high : value < low ? low : value;
    return 1;
}

static PyObject *
sizeof_with(PyObject *self, Py_ssize_t indices_count)
{
    return PyLong_FromSsize_t(Py_TYPE(self)->tp_basicsize
                              + indices_count * (Py_ssize_t)sizeof(Py_ssize_t));
}

/* The arguments (iterable, r); the pool as a tuple. */
typedef struct PoolArgs {
    PyObject *iterable;
    PyObject *r;
} PoolArgs;

static const KsParam pool_params[] = {
    PARAM(PoolArgs, iterable, ARG_OBJECT, 1),
    PARAM(PoolArgs, r, ARG_OBJECT, 1),
    PARAM_END,
};

static int
r_fails(Py_ssize_t r)
{
    if (r >= 0)
        return 0;
    PyErr_SetString(PyExc_ValueError, "r must be non-negative");
    return 1;
}

/* The start of combinations, with or without replacement. */
static PyObject *
combine_new(PyTypeObject *type, const char *name, PyObject *args, PyObject *kwargs)
{
    PoolArgs call;
    Py_ssize_t r;
    if (!ks_args_parse_tuple(name, pool_params, args, kwargs, &call)
        || !ks_arg_index(call.r, &r))
        return NULL;
    KS_OWNED PyObject *pool = PySequence_Tuple(call.iterable);
    if (pool == NULL || r_fails(r))
        return NULL;
    PyObject *self = arrange_make(type, ks_give(&pool), r);
    if (self != NULL)
        ((Choose *)self)->size = r;
    return self;
}

static PyObject *
combine_reduce(PyObject *self, PyObject *unused)
{
    Arrange *arrange = AS_ARRANGE(self);
    if (arrange->stopped)
        return Py_BuildValue("O(()n)", Py_TYPE(self), size_of(arrange));
    if (arrange->result == NULL)
        return Py_BuildValue("O(On)", Py_TYPE(self), arrange->pool, size_of(arrange));
    KS_OWNED PyObject *indices = indices_tuple(arrange->indices, size_of(arrange));
    return indices == NULL ? NULL : Py_BuildValue("O(On)O", Py_TYPE(self), arrange->pool,
                                                  size_of(arrange), indices);
}

static PyObject *
combine_sizeof(PyObject *self, PyObject *unused)
{
    return sizeof_with(self, size_of(self));
}

/* After a state was read: the arrangement that it describes. */
static PyObject *
arrange_restored(Arrange *arrange)
{
    return arrange_rebuild(arrange) < 0 ? NULL : Py_NewRef(Py_None);
}

/* The state of combinations: an index for each place. Without repetition, each place leaves room
 * for those that follow. */
static PyObject *
combine_restore(Arrange *arrange, PyObject *state, int may_repeat)
{
    Py_ssize_t count = PyTuple_GET_SIZE(arrange->pool), r = size_of(arrange);
    int exists = may_repeat ? count > 0 || r == 0 : r <= count;
    if (!PyTuple_Check(state) || PyTuple_GET_SIZE(state) != r || !exists)
        return bad_state();
    for (Py_ssize_t i = 0; i < r; i++)
        if (!state_index(state, i, 0, may_repeat ? count - 1 : i + count - r, &arrange->indices[i]))
            return NULL;
    return arrange_restored(arrange);
}

#define ARRANGE_METHODS(prefix, reduce, size)                                               \
    static PyMethodDef prefix##_methods[] = {                                               \
        REDUCE_ROW(reduce), SETSTATE_ROW(prefix),                                           \
        METHOD_PLAIN("__sizeof__", size, METH_NOARGS, "Bytes of memory it takes."), METHODS_END}

/* ---- combinations ---- */

static PyObject *
combinations_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *self = combine_new(type, "combinations", args, kwargs);
    if (self == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < size_of(self); i++)
        AS_ARRANGE(self)->indices[i] = i;
    AS_ARRANGE(self)->stopped = size_of(self) > PyTuple_GET_SIZE(POOL(self));
    return self;
}

static PyObject *
combinations_next(PyObject *self)
{
    Arrange *arrange = AS_ARRANGE(self);
    if (arrange->stopped)
        return NULL;
    if (arrange->result == NULL)
        return arrange_first(arrange);
    /* The last index that can be raised; those after it follow close behind. */
    Py_ssize_t *indices = arrange->indices, r = size_of(arrange);
    Py_ssize_t slack = PyTuple_GET_SIZE(arrange->pool) - r, at = r - 1;
    while (at >= 0 && indices[at] == at + slack)
        at--;
    if (at < 0)
        return arrange_end(arrange);
    indices[at]++;
    for (Py_ssize_t i = at + 1; i < r; i++)
        indices[i] = indices[i - 1] + 1;
    return arrange_changed(arrange, at);
}

static PyObject *
combinations_setstate(PyObject *self, PyObject *state)
{
    return combine_restore(AS_ARRANGE(self), state, 0);
}

ARRANGE_METHODS(combinations, combine, combine_sizeof);

#define combinations_dealloc arrange_dealloc
#define combinations_traverse arrange_traverse

PyTypeObject ks_combinations_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools.combinations",
    .tp_doc = "combinations(iterable, r)\n--\n\n"
              "Tuples of r items, in the iterable's order, no place twice.",
    .tp_methods = combinations_methods,
    ITER_SLOTS(combinations, Choose),
};

/* ---- combinations with replacement ---- */

static PyObject *
replacing_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *self = combine_new(type, "combinations_with_replacement", args, kwargs);
    if (self != NULL)
        AS_ARRANGE(self)->stopped = PyTuple_GET_SIZE(POOL(self)) == 0
                                    && size_of(self) > 0;
    return self;
}

static PyObject *
replacing_next(PyObject *self)
{
    Arrange *arrange = AS_ARRANGE(self);
    if (arrange->stopped)
        return NULL;
    if (arrange->result == NULL)
        return arrange_first(arrange);
    Py_ssize_t *indices = arrange->indices, at = size_of(arrange) - 1;
    Py_ssize_t last = PyTuple_GET_SIZE(arrange->pool) - 1;
    while (at >= 0 && indices[at] == last)
        at--;
    if (at < 0)
        return arrange_end(arrange);
    Py_ssize_t index = indices[at] + 1;
    for (Py_ssize_t i = at; i < size_of(arrange); i++)
        indices[i] = index;
    return arrange_changed(arrange, at);
}

static PyObject *
replacing_setstate(PyObject *self, PyObject *state)
{
    return combine_restore(AS_ARRANGE(self), state, 1);
}

ARRANGE_METHODS(replacing, combine, combine_sizeof);

#define replacing_dealloc arrange_dealloc
#define replacing_traverse arrange_traverse

PyTypeObject ks_combinations_with_replacement_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools.combinations_with_replacement",
    .tp_doc = "combinations_with_replacement(iterable, r)\n--\n\n"
              "Tuples of r items, in the iterable's order, places may repeat.",
    .tp_methods = replacing_methods,
    ITER_SLOTS(replacing, Choose),
};

/* ---- permutations ---- */

/* Each place of the arrangement has a cycle: how many items it still gets before it starts anew.
 * The indices are of the whole pool, the arrangement is its beginning; cycles follow them. */
typedef struct Permute {
    Choose base;
    Py_ssize_t *cycles;
} Permute;

#define CYCLES(self) ((Permute *)(self))->cycles

typedef struct PermuteArgs {
    PyObject *iterable, *r;
} PermuteArgs;

static const KsParam permute_params[] = {
    PARAM(PermuteArgs, iterable, ARG_OBJECT, 1),
    PARAM(PermuteArgs, r, ARG_OBJECT, 0),
    PARAM_END,
};

static PyObject *
permutations_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PermuteArgs call = {NULL, Py_None};
    if (!ks_args_parse_tuple("permutations", permute_params, args, kwargs, &call))
        return NULL;
    KS_OWNED PyObject *pool = PySequence_Tuple(call.iterable);
    if (pool == NULL)
        return NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(pool), r = count;
    if (call.r != Py_None) {
        if (!PyLong_Check(call.r)) {
            PyErr_SetString(PyExc_TypeError, "Expected int as r");
            return NULL;
        }
        r = PyLong_AsSsize_t(call.r);
        if (r == -1 && PyErr_Occurred())
            return NULL;
    }
    if (r_fails(r))
        return NULL;
    int stopped = r > count;
    PyObject *self = arrange_make(type, ks_give(&pool), stopped ? count : count + r);
    if (self == NULL)
        return NULL;
    ((Choose *)self)->size = r;
    CYCLES(self) = AS_ARRANGE(self)->indices + count;
    for (Py_ssize_t i = 0; i < count; i++)
        AS_ARRANGE(self)->indices[i] = i;
    for (Py_ssize_t i = 0; i < r && !stopped; i++)
        CYCLES(self)[i] = count - i;
    AS_ARRANGE(self)->stopped = stopped;
    return self;
}

static PyObject *
permutations_next(PyObject *self)
{
    Arrange *arrange = AS_ARRANGE(self);
    Py_ssize_t *indices = arrange->indices, *cycles = CYCLES(self);
    Py_ssize_t count = PyTuple_GET_SIZE(arrange->pool);
    if (arrange->stopped)
        return NULL;
    if (arrange->result == NULL)
        return arrange_first(arrange);
    for (Py_ssize_t at = size_of(arrange) - 1; at >= 0; at--) {
        if (--cycles[at] == 0) {
            /* Round: the item in this place moves to the pool's end. */
            Py_ssize_t first = indices[at];
            memmove(indices + at, indices + at + 1,
                    (size_t)(count - at - 1) * sizeof(Py_ssize_t));
            indices[count - 1] = first;
            cycles[at] = count - at;
            continue;
        }
        Py_ssize_t other = count - cycles[at], kept = indices[at];
        indices[at] = indices[other];
        indices[other] = kept;
        return arrange_changed(arrange, at);
    }
    return arrange_end(arrange);
}

static PyObject *
permutations_reduce(PyObject *self, PyObject *unused)
{
    Arrange *arrange = AS_ARRANGE(self);
    if (arrange->stopped)
        return Py_BuildValue("O(()n)", Py_TYPE(self), size_of(arrange));
    if (arrange->result == NULL)
        return Py_BuildValue("O(On)", Py_TYPE(self), arrange->pool, size_of(arrange));
    KS_OWNED PyObject *indices = indices_tuple(arrange->indices, PyTuple_GET_SIZE(arrange->pool));
    KS_OWNED PyObject *cycles = indices == NULL ? NULL
                                                : indices_tuple(CYCLES(self), size_of(arrange));
    return cycles == NULL ? NULL : Py_BuildValue("O(On)(OO)", Py_TYPE(self), arrange->pool,
                                                 size_of(arrange), indices, cycles);
}

static PyObject *
permutations_setstate(PyObject *self, PyObject *state)
{
    Arrange *arrange = AS_ARRANGE(self);
    PyObject *indices, *cycles;
    Py_ssize_t count = PyTuple_GET_SIZE(arrange->pool);
    if (!PyTuple_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "state is not a tuple");
        return NULL;
    }
    if (!PyArg_ParseTuple(state, "O!O!", &PyTuple_Type, &indices, &PyTuple_Type, &cycles))
        return NULL;
    if (PyTuple_GET_SIZE(indices) != count || PyTuple_GET_SIZE(cycles) != size_of(arrange)
        || size_of(arrange) > count)
        return bad_state();
    for (Py_ssize_t i = 0; i < count; i++)
        if (!state_index(indices, i, 0, count - 1, &arrange->indices[i]))
            return NULL;
    for (Py_ssize_t i = 0; i < size_of(arrange); i++)
        if (!state_index(cycles, i, 1, count - i, &CYCLES(self)[i]))
            return NULL;
    return arrange_restored(arrange);
}

static PyObject *
permutations_sizeof(PyObject *self, PyObject *unused)
{
    return sizeof_with(self, PyTuple_GET_SIZE(POOL(self)) + size_of(self));
}

ARRANGE_METHODS(permutations, permutations, permutations_sizeof);

#define permutations_dealloc arrange_dealloc
#define permutations_traverse arrange_traverse

PyTypeObject ks_permutations_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools.permutations",
    .tp_doc = "permutations(iterable, r=None)\n--\n\n"
              "Tuples of r items in every order, no place twice; all items without r.",
    .tp_methods = permutations_methods,
    ITER_SLOTS(permutations, Permute),
};

/* ---- product ---- */

static int
product_repeat(PyObject *kwargs, Py_ssize_t *repeat)
{
    *repeat = 1;
    if (kwargs == NULL || PyDict_GET_SIZE(kwargs) == 0)
        return 1;
    char *keywords[] = {"repeat", NULL};
    PyObject *nothing = PyTuple_New(0);
    if (nothing == NULL)
        return 0;
    int parsed = PyArg_ParseTupleAndKeywords(nothing, kwargs, "|n:product", keywords, repeat);
    Py_DECREF(nothing);
    if (parsed && *repeat < 0) {
        PyErr_SetString(PyExc_ValueError, "repeat argument cannot be negative");
        return 0;
    }
    return parsed;
}

static PyObject *
product_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t repeat;
    if (!product_repeat(kwargs, &repeat))
        return NULL;
    Py_ssize_t given = repeat == 0 ? 0 : PyTuple_GET_SIZE(args);
    if (given > 0 && repeat > PY_SSIZE_T_MAX / (Py_ssize_t)sizeof(Py_ssize_t) / given) {
        PyErr_SetString(PyExc_OverflowError, "repeat argument too large");
        return NULL;
    }
    Py_ssize_t count = given * repeat;
    KS_OWNED PyObject *pools = PyTuple_New(count);
    if (pools == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *pool = i < given ? PySequence_Tuple(PyTuple_GET_ITEM(args, i))
                                   : Py_NewRef(PyTuple_GET_ITEM(pools, i - given));
        if (pool == NULL)
            return NULL;
        PyTuple_SET_ITEM(pools, i, pool);
    }
    PyObject *self = arrange_make(type, ks_give(&pools), count);
    if (self != NULL)
        AS_ARRANGE(self)->is_product = 1;
    return self;
}

static PyObject *
product_next(PyObject *self)
{
    Arrange *arrange = AS_ARRANGE(self);
    Py_ssize_t at;
    if (arrange->stopped)
        return NULL;
    if (arrange->result == NULL) {
        for (at = 0; at < size_of(arrange); at++)
            if (PyTuple_GET_SIZE(PyTuple_GET_ITEM(arrange->pool, at)) == 0)
                return arrange_end(arrange);
        return arrange_first(arrange);
    }
    /* Like a counter: the last place that is not at its end goes one on, those behind start anew. */
    for (at = size_of(arrange) - 1; at >= 0; at--) {
        if (++arrange->indices[at] < PyTuple_GET_SIZE(PyTuple_GET_ITEM(arrange->pool, at)))
            return arrange_changed(arrange, at);
        arrange->indices[at] = 0;
    }
    return arrange_end(arrange);
}

static PyObject *
product_reduce(PyObject *self, PyObject *unused)
{
    Arrange *arrange = AS_ARRANGE(self);
    if (arrange->stopped)
        return Py_BuildValue("O(())", Py_TYPE(self));
    if (arrange->result == NULL)
        return Py_BuildValue("OO", Py_TYPE(self), arrange->pool);
    KS_OWNED PyObject *indices = indices_tuple(arrange->indices, size_of(arrange));
    return indices == NULL ? NULL : Py_BuildValue("OOO", Py_TYPE(self), arrange->pool, indices);
}

static PyObject *
product_setstate(PyObject *self, PyObject *state)
{
    Arrange *arrange = AS_ARRANGE(self);
    if (!PyTuple_Check(state) || PyTuple_GET_SIZE(state) != size_of(arrange))
        return bad_state();
    for (Py_ssize_t i = 0; i < size_of(arrange); i++) {
        Py_ssize_t count = PyTuple_GET_SIZE(PyTuple_GET_ITEM(arrange->pool, i));
        if (count == 0) {
            arrange->stopped = 1;
            Py_RETURN_NONE;
        }
        if (!state_index(state, i, 0, count - 1, &arrange->indices[i]))
            return NULL;
    }
    return arrange_restored(arrange);
}

ARRANGE_METHODS(product, product, combine_sizeof);

#define product_dealloc arrange_dealloc
#define product_traverse arrange_traverse

PyTypeObject ks_product_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools.product",
    .tp_doc = "product(*iterables, repeat=1) --> product object\n\n"
              "Tuples of one item of each iterable, all there are; the last changes fastest.\n"
              "repeat stands for that many copies of the iterables.",
    .tp_methods = product_methods,
    ITER_SLOTS(product, Arrange),
};
