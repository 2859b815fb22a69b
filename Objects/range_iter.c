/* SPDX-License-Identifier: MIT */
/* Iterators over a range: one for numbers that fit into a C long, one for any. */
#include "Python.h"

#include "ks_range.h"
#include "ks_range_object.h"
#include "pycore_ceval.h"
#include "pycore_long.h"
#include "pycore_object.h"

#define AS_ITER(self) ((KsRangeIter *)(self))
#define AS_LONG_ITER(self) ((LongRangeIter *)(self))

/* ---- C longs ---- */

static PyObject *
iter_new(long start, long step, unsigned long count)
{
    KsRangeIter *iter = PyObject_New(KsRangeIter, &PyRangeIter_Type);
    if (iter == NULL)
        return NULL;
    iter->next = start;
    iter->step = step;
    iter->left = iter->total = (long)count;
    return (PyObject *)iter;
}

static PyObject *
iter_next(PyObject *self)
{
    KsRangeIter *iter = AS_ITER(self);
    if (iter->left <= 0)
        return NULL;
    long number = iter->next;
    iter->left--;
    iter->next = (long)((unsigned long)number + (unsigned long)iter->step);
    return PyLong_FromLong(number);
}

static PyObject *
iter_length_hint(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(AS_ITER(self)->left);
}

/* The first number, as it was at the start. */
static long
iter_start(KsRangeIter *iter)
{
    unsigned long done = (unsigned long)(iter->total - iter->left);
    return (long)((unsigned long)iter->next - done * (unsigned long)iter->step);
}

static PyObject *
iter_reduce(PyObject *self, PyObject *unused)
{
    KsRangeIter *iter = AS_ITER(self);
    KS_OWNED PyObject *builtin = _PyEval_GetBuiltin(&_Py_ID(iter));
    if (builtin == NULL)
        return NULL;
    long first = iter_start(iter);
    KS_OWNED PyObject *start = PyLong_FromLong(first);
    KS_OWNED PyObject *stop = PyLong_FromLong(
        (long)((unsigned long)first + (unsigned long)iter->total * (unsigned long)iter->step));
    KS_OWNED PyObject *step = PyLong_FromLong(iter->step);
    if (start == NULL || stop == NULL || step == NULL)
        return NULL;
    KS_OWNED PyObject *range = ks_range_new(start, stop, step);
    return range == NULL ? NULL : Py_BuildValue("O(O)l", builtin, range, iter->total - iter->left);
}

static PyObject *
iter_setstate(PyObject *self, PyObject *state)
{
    KsRangeIter *iter = AS_ITER(self);
    long index = PyLong_AsLong(state);
    if (index == -1 && PyErr_Occurred())
        return NULL;
    index = index < 0 ? 0 : index > iter->total ? iter->total : index;
    long first = iter_start(iter);
    iter->next = (long)((unsigned long)first + (unsigned long)index * (unsigned long)iter->step);
    iter->left = iter->total - index;
    Py_RETURN_NONE;
}

static PyMethodDef iter_methods[] = {
    METHOD_PLAIN("__length_hint__", iter_length_hint, METH_NOARGS, "How many are left."),
    METHOD_PLAIN("__reduce__", iter_reduce, METH_NOARGS, "What pickle needs to know."),
    METHOD_PLAIN("__setstate__", iter_setstate, METH_O, "Sets the position."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyRangeIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "range_iterator",
    .tp_basicsize = sizeof(KsRangeIter),
    .tp_dealloc = (destructor)PyObject_Free,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iter_next,
    .tp_methods = iter_methods,
};

/* ---- ints of any size ---- */

typedef struct LongRangeIter {
    PyObject_HEAD
    PyObject *index, *start, *step, *length;
} LongRangeIter;

/* Takes start and step over, on failure as well. */
static PyObject *
long_iter_new(PyObject *start, PyObject *step, PyObject *length)
{
    LongRangeIter *iter = PyObject_New(LongRangeIter, &PyLongRangeIter_Type);
    if (iter == NULL) {
        Py_DECREF(start);
        Py_DECREF(step);
        return NULL;
    }
    iter->index = Py_NewRef(_PyLong_GetZero());
    iter->start = start;
    iter->step = step;
    iter->length = Py_NewRef(length);
    return (PyObject *)iter;
}

static void
long_iter_dealloc(PyObject *self)
{
    Py_XDECREF(AS_LONG_ITER(self)->index);
    Py_XDECREF(AS_LONG_ITER(self)->start);
    Py_XDECREF(AS_LONG_ITER(self)->step);
    Py_XDECREF(AS_LONG_ITER(self)->length);
    PyObject_Free(self);
}

static PyObject *
long_iter_next(PyObject *self)
{
    LongRangeIter *iter = AS_LONG_ITER(self);
    if (PyObject_RichCompareBool(iter->index, iter->length, Py_LT) != 1)
        return NULL;
    KS_OWNED PyObject *index = PyNumber_Add(iter->index, _PyLong_GetOne());
    if (index == NULL)
        return NULL;
    PyObject *number = ks_range_number(iter->start, iter->step, iter->index);
    if (number != NULL)
        Py_SETREF(iter->index, ks_give(&index));
    return number;
}

static PyObject *
long_iter_length_hint(PyObject *self, PyObject *unused)
{
    return PyNumber_Subtract(AS_LONG_ITER(self)->length, AS_LONG_ITER(self)->index);
}

static PyObject *
long_iter_reduce(PyObject *self, PyObject *unused)
{
    LongRangeIter *iter = AS_LONG_ITER(self);
    KS_OWNED PyObject *builtin = _PyEval_GetBuiltin(&_Py_ID(iter));
    if (builtin == NULL)
        return NULL;
    KS_OWNED PyObject *stop = ks_range_number(iter->start, iter->step, iter->length);
    if (stop == NULL)
        return NULL;
    KS_OWNED PyObject *range = ks_range_new(iter->start, stop, iter->step);
    return range == NULL ? NULL : Py_BuildValue("O(O)O", builtin, range, iter->index);
}

static PyObject *
long_iter_setstate(PyObject *self, PyObject *state)
{
    LongRangeIter *iter = AS_LONG_ITER(self);
    PyObject *zero = _PyLong_GetZero();
    int outside = PyObject_RichCompareBool(state, zero, Py_LT);
    if (outside > 0)
        state = zero;
    else if (outside == 0) {
        outside = PyObject_RichCompareBool(iter->length, state, Py_LT);
        if (outside > 0)
            state = iter->length;
    }
    if (outside < 0)
        return NULL;
    PyObject *old = iter->index;
    iter->index = Py_NewRef(state);
    Py_XDECREF(old);
    Py_RETURN_NONE;
}

static PyMethodDef long_iter_methods[] = {
    METHOD_PLAIN("__length_hint__", long_iter_length_hint, METH_NOARGS, "How many are left."),
    METHOD_PLAIN("__reduce__", long_iter_reduce, METH_NOARGS, "What pickle needs to know."),
    METHOD_PLAIN("__setstate__", long_iter_setstate, METH_O, "Sets the position."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyLongRangeIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "longrange_iterator",
    .tp_basicsize = sizeof(LongRangeIter),
    .tp_dealloc = long_iter_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = long_iter_next,
    .tp_methods = long_iter_methods,
};

/* ---- of a range ---- */

PyObject *
ks_range_iter(PyObject *self)
{
    KsRange *range = (KsRange *)self;
    long start, stop, step, beyond;
    /* What lies a step behind the last number must be a long too: pickles name it. */
    if (ks_range_longs(range, &start, &stop, &step) &&
        !__builtin_add_overflow(stop, step, &beyond)) {
        unsigned long count = ks_range_count(start, stop, step);
        if (count <= LONG_MAX)
            return iter_new(start, step, count);
    }
    return long_iter_new(Py_NewRef(range->start), Py_NewRef(range->step), range->length);
}

PyObject *
ks_range_reversed(PyObject *self, PyObject *unused)
{
    KsRange *range = (KsRange *)self;
    long start, stop, step, beyond;
    if (ks_range_longs(range, &start, &stop, &step) && step != LONG_MIN &&
        !__builtin_sub_overflow(start, step, &beyond)) {
        unsigned long count = ks_range_count(start, stop, step);
        if (count <= LONG_MAX) {
            unsigned long last = (unsigned long)start + (count - 1) * (unsigned long)step;
            return iter_new((long)last, -step, count);
        }
    }
    KS_OWNED PyObject *index = PyNumber_Subtract(range->length, _PyLong_GetOne());
    if (index == NULL)
        return NULL;
    KS_OWNED PyObject *last = ks_range_number(range->start, range->step, index);
    if (last == NULL)
        return NULL;
    PyObject *back = PyNumber_Negative(range->step);
    return back == NULL ? NULL : long_iter_new(ks_give(&last), back, range->length);
}
