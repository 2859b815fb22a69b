/* SPDX-License-Identifier: MIT */
/* itertools that pass some items on: takewhile, dropwhile, filterfalse, compress, islice. */
#include "Python.h"

#include "ks_itertools.h"

/* ---- takewhile and dropwhile: the same data ---- */

typedef struct While {
    PyObject_HEAD
    PyObject *predicate, *iterator;
    long done; /* the predicate has changed its answer */
} While;

#define AS_WHILE(self) ((While *)(self))

/* The predicate's answer for an item; -1 with an exception. */
static int
ask(PyObject *predicate, PyObject *item)
{
    PyObject *answer = PyObject_CallOneArg(predicate, item);
    if (answer == NULL)
        return -1;
    int truth = PyObject_IsTrue(answer);
    Py_DECREF(answer);
    return truth;
}

static PyObject *
while_reduce(PyObject *self, PyObject *unused)
{
    return Py_BuildValue("O(OO)l", Py_TYPE(self), AS_WHILE(self)->predicate,
                         AS_WHILE(self)->iterator, AS_WHILE(self)->done);
}

static PyObject *
while_setstate(PyObject *self, PyObject *state)
{
    int done = PyObject_IsTrue(state);
    if (done < 0)
        return NULL;
    AS_WHILE(self)->done = done;
    Py_RETURN_NONE;
}

static PyMethodDef while_methods[] = {REDUCE_ROW(while), SETSTATE_ROW(while), METHODS_END};

ITER_LIFECYCLE(while, 2)

static PyObject *
takewhile_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return ks_itertools_apply(type, &ks_takewhile_type, "takewhile", args, kwargs);
}

static PyObject *
takewhile_next(PyObject *self)
{
    PyObject *iterator = AS_WHILE(self)->iterator;
    if (AS_WHILE(self)->done)
        return NULL;
    PyObject *item = Py_TYPE(iterator)->tp_iternext(iterator);
    if (item == NULL)
        return NULL;
    int good = ask(AS_WHILE(self)->predicate, item);
    if (good == 1)
        return item;
    Py_DECREF(item);
    if (good == 0)
        AS_WHILE(self)->done = 1;
    return NULL;
}

static PyObject *
dropwhile_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return ks_itertools_apply(type, &ks_dropwhile_type, "dropwhile", args, kwargs);
}

static PyObject *
dropwhile_next(PyObject *self)
{
    PyObject *iterator = AS_WHILE(self)->iterator;
    for (;;) {
        PyObject *item = Py_TYPE(iterator)->tp_iternext(iterator);
        if (item == NULL || AS_WHILE(self)->done)
            return item;
        int drop = ask(AS_WHILE(self)->predicate, item);
        if (drop == 0) {
            AS_WHILE(self)->done = 1;
            return item;
        }
        Py_DECREF(item);
        if (drop < 0)
            return NULL;
    }
}

#define takewhile_dealloc while_dealloc
#define takewhile_traverse while_traverse
#define dropwhile_dealloc while_dealloc
#define dropwhile_traverse while_traverse

PyTypeObject ks_takewhile_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools.takewhile",
    .tp_doc = "takewhile(predicate, iterable, /)\n--\n\n"
              "Items up to the first one for which the predicate is false.",
    .tp_methods = while_methods,
    ITER_SLOTS(takewhile, While),
};

PyTypeObject ks_dropwhile_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools.dropwhile",
    .tp_doc = "dropwhile(predicate, iterable, /)\n--\n\n"
              "Items from the first one on for which the predicate is false.",
    .tp_methods = while_methods,
    ITER_SLOTS(dropwhile, While),
};

/* ---- filterfalse ---- */

typedef struct FilterFalse {
    PyObject_HEAD
    PyObject *function, *iterator;
} FilterFalse;

#define AS_FILTER(self) ((FilterFalse *)(self))

ITER_LIFECYCLE(filterfalse, 2)

static PyObject *
filterfalse_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return ks_itertools_apply(type, &ks_filterfalse_type, "filterfalse", args, kwargs);
}

static PyObject *
filterfalse_next(PyObject *self)
{
    PyObject *iterator = AS_FILTER(self)->iterator, *function = AS_FILTER(self)->function;
    iternextfunc next = Py_TYPE(iterator)->tp_iternext;
    int by_truth = function == Py_None || function == (PyObject *)&PyBool_Type;
    for (;;) {
        PyObject *item = next(iterator);
        if (item == NULL)
            return NULL;
        int truth = by_truth ? PyObject_IsTrue(item) : ask(function, item);
        if (truth == 0)
            return item;
        Py_DECREF(item);
        if (truth < 0)
            return NULL;
    }
}

static PyMethodDef filterfalse_methods[] = {REDUCE_ROW(pair), METHODS_END};

PyTypeObject ks_filterfalse_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools.filterfalse",
    .tp_doc = "filterfalse(function, iterable, /)\n--\n\n"
              "Items for which the function is false; None stands for the item's own truth.",
    .tp_methods = filterfalse_methods,
    ITER_SLOTS(filterfalse, FilterFalse),
};

/* ---- compress ---- */

typedef struct Compress {
    PyObject_HEAD
    PyObject *data, *selectors;
} Compress;

#define AS_COMPRESS(self) ((Compress *)(self))

ITER_LIFECYCLE(compress, 2)

static const KsParam compress_params[] = {
    PARAM(Compress, data, ARG_OBJECT, 1),
    PARAM(Compress, selectors, ARG_OBJECT, 1),
    PARAM_END,
};

static PyObject *
compress_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Compress call;
    if (!ks_args_parse_tuple("compress", compress_params, args, kwargs, &call))
        return NULL;
    KS_OWNED PyObject *data = PyObject_GetIter(call.data);
    if (data == NULL)
        return NULL;
    KS_OWNED PyObject *selectors = PyObject_GetIter(call.selectors);
    if (selectors == NULL)
        return NULL;
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    AS_COMPRESS(self)->data = ks_give(&data);
    AS_COMPRESS(self)->selectors = ks_give(&selectors);
    return self;
}

static PyObject *
compress_next(PyObject *self)
{
    PyObject *data = AS_COMPRESS(self)->data, *selectors = AS_COMPRESS(self)->selectors;
    for (;;) {
        PyObject *item = Py_TYPE(data)->tp_iternext(data);
        if (item == NULL)
            return NULL;
        PyObject *selector = Py_TYPE(selectors)->tp_iternext(selectors);
        if (selector == NULL) {
            Py_DECREF(item);
            return NULL;
        }
        int selected = PyObject_IsTrue(selector);
        Py_DECREF(selector);
        if (selected == 1)
            return item;
        Py_DECREF(item);
        if (selected < 0)
            return NULL;
    }
}

static PyMethodDef compress_methods[] = {REDUCE_ROW(pair), METHODS_END};

PyTypeObject ks_compress_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools.compress",
    .tp_doc = "compress(data, selectors)\n--\n\n"
              "Items of data whose selector is true.",
    .tp_methods = compress_methods,
    ITER_SLOTS(compress, Compress),
};

/* ---- islice ---- */

typedef struct ISlice {
    PyObject_HEAD
    PyObject *iterator; /* NULL when used up */
    Py_ssize_t next, stop, step; /* stop is -1 for none */
    Py_ssize_t count;            /* items taken from the iterator */
} ISlice;

#define AS_ISLICE(self) ((ISlice *)(self))

ITER_LIFECYCLE(islice, 1)

/* A bound that is None or an index; 0 if it is neither, without an exception. */
static int
islice_bound(PyObject *bound, Py_ssize_t *value)
{
    if (bound == Py_None)
        return 1;
    *value = PyNumber_AsSsize_t(bound, PyExc_OverflowError);
    if (*value == -1 && PyErr_Occurred())
        PyErr_Clear();
    return *value >= 0;
}

static int
islice_bounds(PyObject *args, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t *step)
{
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    int start_good = count < 3 || islice_bound(PyTuple_GET_ITEM(args, 1), start);
    const char *message = NULL;
    if (!islice_bound(PyTuple_GET_ITEM(args, count < 3 ? 1 : 2), stop))
        message = *stop != -1 && count >= 3
                      ? "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize."
                      : "Stop argument for islice() must be None or an integer: "
                        "0 <= x <= sys.maxsize.";
    else if (!start_good)
        message = "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    else if (count > 3 && (!islice_bound(PyTuple_GET_ITEM(args, 3), step) || *step < 1))
        message = "Step for islice() must be a positive integer or None.";
    if (message == NULL)
        return 1;
    PyErr_SetString(PyExc_ValueError, message);
    return 0;
}

static PyObject *
islice_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t start = 0, stop = -1, step = 1;
    if (!ks_itertools_no_keywords(type, &ks_islice_type, "islice", kwargs)
        || !ks_args_count("islice", PyTuple_GET_SIZE(args), 2, 4)
        || !islice_bounds(args, &start, &stop, &step))
        return NULL;
    KS_OWNED PyObject *iterator = PyObject_GetIter(PyTuple_GET_ITEM(args, 0));
    if (iterator == NULL)
        return NULL;
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    AS_ISLICE(self)->iterator = ks_give(&iterator);
    AS_ISLICE(self)->next = start;
    AS_ISLICE(self)->stop = stop;
    AS_ISLICE(self)->step = step;
    AS_ISLICE(self)->count = 0;
    return self;
}

static PyObject *
islice_next(PyObject *self)
{
    ISlice *slice = AS_ISLICE(self);
    PyObject *iterator = slice->iterator, *item;
    if (iterator == NULL)
        return NULL;
    iternextfunc next = Py_TYPE(iterator)->tp_iternext;
    while (slice->count < slice->next) {
        item = next(iterator);
        if (item == NULL)
            goto end;
        Py_DECREF(item);
        slice->count++;
    }
    if (slice->stop != -1 && slice->count >= slice->stop)
        goto end;
    item = next(iterator);
    if (item == NULL)
        goto end;
    slice->count++;
    size_t after = (size_t)slice->next + (size_t)slice->step;
    if (after > (size_t)PY_SSIZE_T_MAX || (slice->stop != -1 && after > (size_t)slice->stop))
        slice->next = slice->stop == -1 ? PY_SSIZE_T_MAX : slice->stop;
    else
        slice->next = (Py_ssize_t)after;
    return item;
end:
    Py_CLEAR(slice->iterator);
    return NULL;
}

static PyObject *
islice_reduce(PyObject *self, PyObject *unused)
{
    ISlice *slice = AS_ISLICE(self);
    if (slice->iterator == NULL) {
        KS_OWNED PyObject *nothing = PyList_New(0);
        KS_OWNED PyObject *iterator = nothing == NULL ? NULL : PyObject_GetIter(nothing);
        return iterator == NULL ? NULL : Py_BuildValue("O(Oi)n", Py_TYPE(self), iterator, 0,
                                                       (Py_ssize_t)0);
    }
    KS_OWNED PyObject *stop = slice->stop == -1 ? Py_NewRef(Py_None)
                                                : PyLong_FromSsize_t(slice->stop);
    return stop == NULL ? NULL
                        : Py_BuildValue("O(OnOn)n", Py_TYPE(self), slice->iterator, slice->next,
                                        stop, slice->step, slice->count);
}

static PyObject *
islice_setstate(PyObject *self, PyObject *state)
{
    Py_ssize_t count = PyLong_AsSsize_t(state);
    if (count == -1 && PyErr_Occurred())
        return NULL;
    AS_ISLICE(self)->count = count;
    Py_RETURN_NONE;
}

static PyMethodDef islice_methods[] = {REDUCE_ROW(islice), SETSTATE_ROW(islice), METHODS_END};

PyTypeObject ks_islice_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools.islice",
    .tp_doc = "islice(iterable, stop) --> islice object\n"
              "islice(iterable, start, stop[, step]) --> islice object\n\n"
              "The items that a slice of a sequence would have.",
    .tp_methods = islice_methods,
    ITER_SLOTS(islice, ISlice),
};
