/* SPDX-License-Identifier: MIT */
/* itertools that make a stream from one or several: chain, zip_longest, accumulate, pairwise,
 * starmap. */
#include "Python.h"

#include "ks_itertools.h"

/* ---- chain ---- */

typedef struct Chain {
    PyObject_HEAD
    PyObject *source; /* iterator over the iterables; NULL when used up */
    PyObject *active; /* iterator over the current one */
} Chain;

#define AS_CHAIN(self) ((Chain *)(self))

ITER_LIFECYCLE(chain, 2)

/* Takes the source over, on failure as well. */
static PyObject *
chain_over(PyTypeObject *type, PyObject *source)
{
    PyObject *self = source == NULL ? NULL : type->tp_alloc(type, 0);
    if (self == NULL) {
        Py_XDECREF(source);
        return NULL;
    }
    AS_CHAIN(self)->source = source;
    AS_CHAIN(self)->active = NULL;
    return self;
}

static PyObject *
chain_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (!ks_itertools_no_keywords(type, &ks_chain_type, "chain", kwargs))
        return NULL;
    return chain_over(type, PyObject_GetIter(args));
}

static PyObject *
chain_from_iterable(PyObject *type, PyObject *iterable)
{
    return chain_over((PyTypeObject *)type, PyObject_GetIter(iterable));
}

static PyObject *
chain_next(PyObject *self)
{
    Chain *chain = AS_CHAIN(self);
    while (chain->source != NULL) {
        if (chain->active == NULL) {
            PyObject *iterable = PyIter_Next(chain->source);
            if (iterable != NULL) {
                chain->active = PyObject_GetIter(iterable);
                Py_DECREF(iterable);
            }
            if (chain->active == NULL) {
                Py_CLEAR(chain->source);
                return NULL;
            }
        }
        PyObject *item = Py_TYPE(chain->active)->tp_iternext(chain->active);
        if (item != NULL)
            return item;
        if (!ks_itertools_ended())
            return NULL;
        Py_CLEAR(chain->active);
    }
    return NULL;
}

static PyObject *
chain_reduce(PyObject *self, PyObject *unused)
{
    Chain *chain = AS_CHAIN(self);
    if (chain->source == NULL)
        return Py_BuildValue("O()", Py_TYPE(self));
    if (chain->active == NULL)
        return Py_BuildValue("O()(O)", Py_TYPE(self), chain->source);
    return Py_BuildValue("O()(OO)", Py_TYPE(self), chain->source, chain->active);
}

static PyObject *
chain_setstate(PyObject *self, PyObject *state)
{
    PyObject *source, *active = NULL;
    if (!PyTuple_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "state is not a tuple");
        return NULL;
    }
    if (!PyArg_ParseTuple(state, "O|O", &source, &active))
        return NULL;
    if (!PyIter_Check(source) || (active != NULL && !PyIter_Check(active))) {
        PyErr_SetString(PyExc_TypeError, "Arguments must be iterators.");
        return NULL;
    }
    Py_INCREF(source);
    Py_XINCREF(active);
    Py_XSETREF(AS_CHAIN(self)->source, source);
    Py_XSETREF(AS_CHAIN(self)->active, active);
    Py_RETURN_NONE;
}

static PyMethodDef chain_methods[] = {
    METHOD("from_iterable", chain_from_iterable, METH_O | METH_CLASS, "($type, iterable, /)",
           "A chain over what one iterable yields, asked for as it is needed."),
    REDUCE_ROW(chain),
    SETSTATE_ROW(chain),
    METHOD_PLAIN("__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS,
                 "chain[...] for type annotations."),
    METHODS_END,
};

PyTypeObject ks_chain_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools.chain",
    .tp_doc = "chain(*iterables) --> chain object\n\n"
              "All items of the first iterable, then those of the second, and so on.",
    .tp_methods = chain_methods,
    ITER_SLOTS(chain, Chain),
};

/* ---- zip_longest ---- */

typedef struct ZipLongest {
    PyObject_HEAD
    PyObject *iterators; /* a tuple; NULL in place of one that ended */
    PyObject *result;    /* the last tuple, for reuse when nobody kept it */
    PyObject *fill;
    Py_ssize_t size, active;
} ZipLongest;

#define AS_ZIP(self) ((ZipLongest *)(self))

ITER_LIFECYCLE(zip_longest, 3)

static PyObject *
zip_longest_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *fill = Py_None;
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) > 0) {
        fill = PyDict_GetItemString(kwargs, "fillvalue");
        if (fill == NULL || PyDict_GET_SIZE(kwargs) > 1) {
            PyErr_SetString(PyExc_TypeError, "zip_longest() got an unexpected keyword argument");
            return NULL;
        }
    }
    Py_ssize_t size = PyTuple_GET_SIZE(args);
    KS_OWNED PyObject *iterators = PyTuple_New(size);
    KS_OWNED PyObject *result = iterators == NULL ? NULL : PyTuple_New(size);
    if (result == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < size; i++) {
        PyObject *iterator = PyObject_GetIter(PyTuple_GET_ITEM(args, i));
        if (iterator == NULL)
            return NULL;
        PyTuple_SET_ITEM(iterators, i, iterator);
        PyTuple_SET_ITEM(result, i, Py_NewRef(Py_None));
    }
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    AS_ZIP(self)->iterators = ks_give(&iterators);
    AS_ZIP(self)->result = ks_give(&result);
    AS_ZIP(self)->fill = Py_NewRef(fill);
    AS_ZIP(self)->size = AS_ZIP(self)->active = size;
    return self;
}

/* The next item of column i or the fill value; NULL when the whole iteration is over. */
static PyObject *
zip_column(ZipLongest *zip, Py_ssize_t i)
{
    PyObject *iterator = PyTuple_GET_ITEM(zip->iterators, i);
    if (iterator == NULL)
        return Py_NewRef(zip->fill);
    PyObject *item = PyIter_Next(iterator);
    if (item != NULL)
        return item;
    zip->active--;
    if (zip->active <= 0 || PyErr_Occurred()) {
        zip->active = 0;
        return NULL;
    }
    PyTuple_SET_ITEM(zip->iterators, i, NULL);
    Py_DECREF(iterator);
    return Py_NewRef(zip->fill);
}

static PyObject *
zip_longest_next(PyObject *self)
{
    ZipLongest *zip = AS_ZIP(self);
    if (zip->size == 0 || zip->active == 0)
        return NULL;
    int reuse = Py_REFCNT(zip->result) == 1;
    PyObject *result = reuse ? Py_NewRef(zip->result) : PyTuple_New(zip->size);
    if (result == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < zip->size; i++) {
        PyObject *item = zip_column(zip, i);
        if (item == NULL) {
            Py_DECREF(result);
            return NULL;
        }
        PyObject *old = PyTuple_GET_ITEM(result, i);
        PyTuple_SET_ITEM(result, i, item);
        Py_XDECREF(old);
    }
    if (reuse)
        ks_itertools_reused(result);
    return result;
}

static PyObject *
zip_longest_reduce(PyObject *self, PyObject *unused)
{
    ZipLongest *zip = AS_ZIP(self);
    KS_OWNED PyObject *args = PyTuple_New(zip->size);
    if (args == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < zip->size; i++) {
        PyObject *iterator = PyTuple_GET_ITEM(zip->iterators, i);
        iterator = iterator == NULL ? PyTuple_New(0) : Py_NewRef(iterator);
        if (iterator == NULL)
            return NULL;
        PyTuple_SET_ITEM(args, i, iterator);
    }
    return Py_BuildValue("OOO", Py_TYPE(self), args, zip->fill);
}

static PyObject *
zip_longest_setstate(PyObject *self, PyObject *state)
{
    Py_INCREF(state);
    Py_XSETREF(AS_ZIP(self)->fill, state);
    Py_RETURN_NONE;
}

static PyMethodDef zip_longest_methods[] = {
    REDUCE_ROW(zip_longest),
    SETSTATE_ROW(zip_longest),
    METHODS_END,
};

PyTypeObject ks_zip_longest_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools.zip_longest",
    .tp_doc = "zip_longest(*iterables, fillvalue=None) --> zip_longest object\n\n"
              "Tuples of one item of each iterable, until the longest ends; fillvalue stands in\n"
              "for those of the others.",
    .tp_methods = zip_longest_methods,
    ITER_SLOTS(zip_longest, ZipLongest),
};

/* ---- accumulate ---- */

typedef struct Accumulate {
    PyObject_HEAD
    PyObject *total;    /* NULL before the first item */
    PyObject *iterator;
    PyObject *function; /* NULL: addition */
    PyObject *initial;  /* None when there is none or it was handed out */
} Accumulate;

#define AS_ACCUMULATE(self) ((Accumulate *)(self))

ITER_LIFECYCLE(accumulate, 4)

static const KsParam accumulate_params[] = {
    PARAM_NAMED(Accumulate, iterator, "iterable", ARG_OBJECT, 1),
    PARAM_NAMED(Accumulate, function, "func", ARG_OBJECT, 0),
    PARAM_KWONLY(Accumulate, initial, ARG_OBJECT, 0),
    PARAM_END,
};

static PyObject *
accumulate_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Accumulate call = {.function = Py_None, .initial = Py_None};
    if (!ks_args_parse_tuple("accumulate", accumulate_params, args, kwargs, &call))
        return NULL;
    KS_OWNED PyObject *iterator = PyObject_GetIter(call.iterator);
    if (iterator == NULL)
        return NULL;
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    AS_ACCUMULATE(self)->total = NULL;
    AS_ACCUMULATE(self)->iterator = ks_give(&iterator);
    AS_ACCUMULATE(self)->function = call.function == Py_None ? NULL : Py_NewRef(call.function);
    AS_ACCUMULATE(self)->initial = Py_NewRef(call.initial);
    return self;
}

static PyObject *
accumulate_next(PyObject *self)
{
    Accumulate *sum = AS_ACCUMULATE(self);
    if (sum->initial != Py_None) {
        sum->total = sum->initial;
        sum->initial = Py_NewRef(Py_None);
        return Py_NewRef(sum->total);
    }
    PyObject *item = Py_TYPE(sum->iterator)->tp_iternext(sum->iterator);
    if (item == NULL)
        return NULL;
    if (sum->total == NULL) {
        sum->total = item;
        return Py_NewRef(item);
    }
    PyObject *total = sum->function == NULL
                          ? PyNumber_Add(sum->total, item)
                          : PyObject_CallFunctionObjArgs(sum->function, sum->total, item, NULL);
    Py_DECREF(item);
    if (total == NULL)
        return NULL;
    Py_INCREF(total);
    Py_SETREF(sum->total, total);
    return total;
}

/* The iterator with one item put in front. */
static PyObject *
with_first(PyObject *first, PyObject *iterator)
{
    return PyObject_CallFunction((PyObject *)&ks_chain_type, "(O)O", first, iterator);
}

static PyObject *
accumulate_reduce(PyObject *self, PyObject *unused)
{
    Accumulate *sum = AS_ACCUMULATE(self);
    PyObject *function = sum->function != NULL ? sum->function : Py_None;
    if (sum->initial != Py_None) {
        KS_OWNED PyObject *iterator = with_first(sum->initial, sum->iterator);
        return iterator == NULL ? NULL : Py_BuildValue("O(OO)O", Py_TYPE(self), iterator, function,
                                                       Py_None);
    }
    if (sum->total == Py_None) {
        /* A state of None would mean that there is none: the total goes in front. */
        KS_OWNED PyObject *iterator = with_first(sum->total, sum->iterator);
        if (iterator == NULL)
            return NULL;
        KS_OWNED PyObject *again = PyObject_CallFunctionObjArgs((PyObject *)Py_TYPE(self),
                                                                iterator, function, NULL);
        return again == NULL ? NULL : Py_BuildValue("O(OiO)", &ks_islice_type, again, 1, Py_None);
    }
    return Py_BuildValue("O(OO)O", Py_TYPE(self), sum->iterator, function,
                         sum->total != NULL ? sum->total : Py_None);
}

static PyObject *
accumulate_setstate(PyObject *self, PyObject *state)
{
    Py_INCREF(state);
    Py_XSETREF(AS_ACCUMULATE(self)->total, state);
    Py_RETURN_NONE;
}

static PyMethodDef accumulate_methods[] = {
    REDUCE_ROW(accumulate),
    SETSTATE_ROW(accumulate),
    METHODS_END,
};

PyTypeObject ks_accumulate_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools.accumulate",
    .tp_doc = "accumulate(iterable, func=None, *, initial=None)\n--\n\n"
              "Running sums, or running results of another function of two arguments.",
    .tp_methods = accumulate_methods,
    ITER_SLOTS(accumulate, Accumulate),
};

/* ---- pairwise ---- */

typedef struct Pairwise {
    PyObject_HEAD
    PyObject *iterator; /* NULL when used up */
    PyObject *previous;
} Pairwise;

#define AS_PAIRWISE(self) ((Pairwise *)(self))

ITER_LIFECYCLE(pairwise, 2)

static PyObject *
pairwise_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (!ks_itertools_no_keywords(type, &ks_pairwise_type, "pairwise", kwargs)
        || !ks_args_count("pairwise", PyTuple_GET_SIZE(args), 1, 1))
        return NULL;
    KS_OWNED PyObject *iterator = PyObject_GetIter(PyTuple_GET_ITEM(args, 0));
    if (iterator == NULL)
        return NULL;
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    AS_PAIRWISE(self)->iterator = ks_give(&iterator);
    AS_PAIRWISE(self)->previous = NULL;
    return self;
}

static PyObject *
pairwise_next(PyObject *self)
{
    Pairwise *pairs = AS_PAIRWISE(self);
    PyObject *iterator = pairs->iterator;
    if (iterator == NULL)
        return NULL;
    if (pairs->previous == NULL) {
        PyObject *first = Py_TYPE(iterator)->tp_iternext(iterator);
        Py_XSETREF(pairs->previous, first);
        if (first == NULL) {
            Py_CLEAR(pairs->iterator);
            return NULL;
        }
        iterator = pairs->iterator;
        if (iterator == NULL) {
            Py_CLEAR(pairs->previous);
            return NULL;
        }
    }
    KS_OWNED PyObject *previous = Py_NewRef(pairs->previous);
    PyObject *item = Py_TYPE(iterator)->tp_iternext(iterator);
    if (item == NULL) {
        Py_CLEAR(pairs->iterator);
        Py_CLEAR(pairs->previous);
        return NULL;
    }
    PyObject *pair = PyTuple_Pack(2, previous, item);
    Py_XSETREF(pairs->previous, item);
    return pair;
}

PyTypeObject ks_pairwise_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools.pairwise",
    .tp_doc = "pairwise(iterable, /)\n--\n\n"
              "Pairs of neighbouring items: s -> (s0, s1), (s1, s2), (s2, s3), ...",
    ITER_SLOTS(pairwise, Pairwise),
};

/* ---- starmap ---- */

typedef struct StarMap {
    PyObject_HEAD
    PyObject *function, *iterator;
} StarMap;

#define AS_STARMAP(self) ((StarMap *)(self))

ITER_LIFECYCLE(starmap, 2)

static PyObject *
starmap_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return ks_itertools_apply(type, &ks_starmap_type, "starmap", args, kwargs);
}

static PyObject *
starmap_next(PyObject *self)
{
    PyObject *iterator = AS_STARMAP(self)->iterator;
    KS_OWNED PyObject *args = Py_TYPE(iterator)->tp_iternext(iterator);
    if (args == NULL)
        return NULL;
    if (!PyTuple_CheckExact(args)) {
        PyObject *tuple = PySequence_Tuple(args);
        Py_SETREF(args, tuple);
        if (args == NULL)
            return NULL;
    }
    return PyObject_Call(AS_STARMAP(self)->function, args, NULL);
}

static PyMethodDef starmap_methods[] = {REDUCE_ROW(pair), METHODS_END};

PyTypeObject ks_starmap_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools.starmap",
    .tp_doc = "starmap(function, iterable, /)\n--\n\n"
              "Results of the function for each tuple of arguments.",
    .tp_methods = starmap_methods,
    ITER_SLOTS(starmap, StarMap),
};
