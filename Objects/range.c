/* SPDX-License-Identifier: MIT */
/* range: three ints and the length, all of any size. Iterators are in range_iter.c.
 *
 * A range never changes. Where all three numbers fit into a C long the work is done with those;
 * the other paths use int objects. */
#include "Python.h"
#include "structmember.h"

#include "ks_args.h"
#include "ks_range_object.h"
#include "pycore_abstract.h"
#include "pycore_long.h"
#include "pycore_object.h"
#include "pycore_tuple.h"

#define AS_RANGE(self) ((KsRange *)(self))

/* ---- numbers ---- */

int
ks_range_longs(KsRange *range, long *start, long *stop, long *step)
{
    int overflow;
    *start = PyLong_AsLongAndOverflow(range->start, &overflow);
    if (overflow)
        return 0;
    *stop = PyLong_AsLongAndOverflow(range->stop, &overflow);
    if (overflow)
        return 0;
    *step = PyLong_AsLongAndOverflow(range->step, &overflow);
    return !overflow;
}

unsigned long
ks_range_count(long start, long stop, long step)
{
    if (step > 0 && start < stop)
        return 1UL + ((unsigned long)stop - 1UL - (unsigned long)start) / (unsigned long)step;
    if (step < 0 && start > stop)
        return 1UL + ((unsigned long)start - 1UL - (unsigned long)stop) / (0UL - (unsigned long)step);
    return 0;
}

PyObject *
ks_range_number(PyObject *start, PyObject *step, PyObject *index)
{
    KS_OWNED PyObject *distance = PyNumber_Multiply(index, step);
    return distance == NULL ? NULL : PyNumber_Add(start, distance);
}

/* (high - low - 1) // step + 1 for objects; step is above 0. */
static PyObject *
count_up(PyObject *low, PyObject *high, PyObject *step)
{
    int empty = PyObject_RichCompareBool(low, high, Py_GE);
    if (empty != 0)
        return empty < 0 ? NULL : PyLong_FromLong(0);
    PyObject *one = _PyLong_GetOne();
    KS_OWNED PyObject *span = PyNumber_Subtract(high, low);
    if (span == NULL)
        return NULL;
    KS_OWNED PyObject *last = PyNumber_Subtract(span, one);
    if (last == NULL)
        return NULL;
    KS_OWNED PyObject *steps = PyNumber_FloorDivide(last, step);
    return steps == NULL ? NULL : PyNumber_Add(steps, one);
}

static PyObject *
count_of(PyObject *start, PyObject *stop, PyObject *step)
{
    if (_PyLong_Sign(step) > 0)
        return count_up(start, stop, step);
    KS_OWNED PyObject *positive = PyNumber_Negative(step);
    return positive == NULL ? NULL : count_up(stop, start, positive);
}

/* ---- lifecycle ---- */

/* A range of exact ints, whose references are taken over (on failure as well). */
static PyObject *
range_make(PyObject *start, PyObject *stop, PyObject *step)
{
    KsRange *range = NULL;
    PyObject *length;
    KsRange numbers = {.start = start, .stop = stop, .step = step};
    long low, high, by;
    if (ks_range_longs(&numbers, &low, &high, &by))
        length = PyLong_FromUnsignedLong(ks_range_count(low, high, by));
    else
        length = count_of(start, stop, step);
    if (length != NULL)
        range = PyObject_New(KsRange, &PyRange_Type);
    if (range == NULL) {
        Py_XDECREF(length);
        Py_DECREF(start);
        Py_DECREF(stop);
        Py_DECREF(step);
        return NULL;
    }
    range->start = start;
    range->stop = stop;
    range->step = step;
    range->length = length;
    return (PyObject *)range;
}

PyObject *
ks_range_new(PyObject *start, PyObject *stop, PyObject *step)
{
    return range_make(Py_NewRef(start), Py_NewRef(stop), Py_NewRef(step));
}

static PyObject *
range_from_args(PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("range", nargs, 1, 3))
        return NULL;
    KS_OWNED PyObject *start = nargs == 1 ? PyLong_FromLong(0) : PyNumber_Index(args[0]);
    if (start == NULL)
        return NULL;
    KS_OWNED PyObject *stop = PyNumber_Index(args[nargs > 1]);
    if (stop == NULL)
        return NULL;
    KS_OWNED PyObject *step = nargs < 3 ? PyLong_FromLong(1) : PyNumber_Index(args[2]);
    if (step == NULL)
        return NULL;
    if (_PyLong_Sign(step) == 0) {
        PyErr_SetString(PyExc_ValueError, "range() arg 3 must not be zero");
        return NULL;
    }
    return range_make(ks_give(&start), ks_give(&stop), ks_give(&step));
}

static PyObject *
range_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (!_PyArg_NoKeywords("range", kwargs))
        return NULL;
    return range_from_args(_PyTuple_ITEMS(args), PyTuple_GET_SIZE(args));
}

static PyObject *
range_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    if (!ks_args_no_kwnames("range", kwnames))
        return NULL;
    return range_from_args(args, PyVectorcall_NARGS(nargsf));
}

static void
range_dealloc(PyObject *self)
{
    Py_DECREF(AS_RANGE(self)->start);
    Py_DECREF(AS_RANGE(self)->stop);
    Py_DECREF(AS_RANGE(self)->step);
    Py_DECREF(AS_RANGE(self)->length);
    PyObject_Free(self);
}

/* ---- slots ---- */

static PyObject *
range_repr(PyObject *self)
{
    KsRange *range = AS_RANGE(self);
    Py_ssize_t step = PyNumber_AsSsize_t(range->step, NULL);
    if (step == 1)
        return PyUnicode_FromFormat("range(%R, %R)", range->start, range->stop);
    return PyUnicode_FromFormat("range(%R, %R, %R)", range->start, range->stop, range->step);
}

/* Ranges are equal when they hold the same numbers; the hash follows. Parts that do not matter are
 * None. */
static Py_hash_t
range_hash(PyObject *self)
{
    KsRange *range = AS_RANGE(self);
    PyObject *parts[3] = {range->length, Py_None, Py_None};
    int empty = _PyLong_Sign(range->length) == 0;
    if (!empty) {
        parts[1] = range->start;
        int single = PyObject_RichCompareBool(range->length, _PyLong_GetOne(), Py_EQ);
        if (single < 0)
            return -1;
        if (!single)
            parts[2] = range->step;
    }
    KS_OWNED PyObject *tuple = _PyTuple_FromArray(parts, 3);
    return tuple == NULL ? -1 : PyObject_Hash(tuple);
}

static int
range_equal(KsRange *left, KsRange *right)
{
    if (left == right)
        return 1;
    int same = PyObject_RichCompareBool(left->length, right->length, Py_EQ);
    if (same != 1)
        return same;
    if (_PyLong_Sign(left->length) == 0)
        return 1;
    same = PyObject_RichCompareBool(left->start, right->start, Py_EQ);
    if (same != 1)
        return same;
    same = PyObject_RichCompareBool(left->length, _PyLong_GetOne(), Py_EQ);
    if (same != 0)
        return same;
    return PyObject_RichCompareBool(left->step, right->step, Py_EQ);
}

static PyObject *
range_richcompare(PyObject *left, PyObject *right, int op)
{
    if (!PyRange_Check(right) || (op != Py_EQ && op != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    int same = range_equal(AS_RANGE(left), AS_RANGE(right));
    return same < 0 ? NULL : PyBool_FromLong(same == (op == Py_EQ));
}

static int
range_bool(PyObject *self)
{
    return _PyLong_Sign(AS_RANGE(self)->length) != 0;
}

static Py_ssize_t
range_length(PyObject *self)
{
    return PyLong_AsSsize_t(AS_RANGE(self)->length);
}

static PyObject *
raise_index_error(void)
{
    PyErr_SetString(PyExc_IndexError, "range object index out of range");
    return NULL;
}

/* The number at an index (an int object); negative ones count from the end. */
static PyObject *
range_at(KsRange *range, PyObject *index)
{
    KS_OWNED PyObject *at = _PyLong_Sign(index) < 0 ? PyNumber_Add(range->length, index)
                                                    : Py_NewRef(index);
    if (at == NULL)
        return NULL;
    int outside = _PyLong_Sign(at) < 0;
    if (!outside)
        outside = PyObject_RichCompareBool(at, range->length, Py_GE);
    if (outside != 0)
        return outside < 0 ? NULL : raise_index_error();
    return ks_range_number(range->start, range->step, at);
}

static PyObject *
range_item(PyObject *self, Py_ssize_t index)
{
    long start, stop, step;
    if (ks_range_longs(AS_RANGE(self), &start, &stop, &step)) {
        if (index < 0 || (unsigned long)index >= ks_range_count(start, stop, step))
            return raise_index_error();
        return PyLong_FromLong(start + index * step);
    }
    KS_OWNED PyObject *number = PyLong_FromSsize_t(index);
    if (number == NULL)
        return NULL;
    return index < 0 ? raise_index_error() : range_at(AS_RANGE(self), number);
}

static PyObject *
range_slice(KsRange *range, PySliceObject *slice)
{
    PyObject *bounds[3];
    if (_PySlice_GetLongIndices(slice, range->length, &bounds[0], &bounds[1], &bounds[2]) < 0)
        return NULL;
    KS_OWNED PyObject *low = bounds[0];
    KS_OWNED PyObject *high = bounds[1];
    KS_OWNED PyObject *by = bounds[2];
    KS_OWNED PyObject *step = PyNumber_Multiply(range->step, by);
    if (step == NULL)
        return NULL;
    KS_OWNED PyObject *start = ks_range_number(range->start, range->step, low);
    if (start == NULL)
        return NULL;
    PyObject *stop = ks_range_number(range->start, range->step, high);
    return stop == NULL ? NULL : range_make(ks_give(&start), stop, ks_give(&step));
}

static PyObject *
range_subscript(PyObject *self, PyObject *key)
{
    if (_PyIndex_Check(key)) {
        KS_OWNED PyObject *index = PyNumber_Index(key);
        return index == NULL ? NULL : range_at(AS_RANGE(self), index);
    }
    if (PySlice_Check(key))
        return range_slice(AS_RANGE(self), (PySliceObject *)key);
    PyErr_Format(PyExc_TypeError, "range indices must be integers or slices, not %.200s",
                 Py_TYPE(key)->tp_name);
    return NULL;
}

/* Between the ends, and a whole number of steps away from the start? For ints only. */
static int
contains_int(KsRange *range, PyObject *value)
{
    long start, stop, step;
    int overflow;
    if (ks_range_longs(range, &start, &stop, &step)) {
        long number = PyLong_AsLongAndOverflow(value, &overflow);
        if (overflow)
            return 0;
        if (step > 0)
            return number >= start && number < stop
                   && ((unsigned long)number - (unsigned long)start) % (unsigned long)step == 0;
        return number <= start && number > stop
               && ((unsigned long)start - (unsigned long)number) % (0UL - (unsigned long)step) == 0;
    }
    int up = _PyLong_Sign(range->step) > 0;
    int inside = PyObject_RichCompareBool(range->start, value, up ? Py_LE : Py_GE);
    if (inside == 1)
        inside = PyObject_RichCompareBool(value, range->stop, up ? Py_LT : Py_GT);
    if (inside != 1)
        return inside;
    KS_OWNED PyObject *distance = PyNumber_Subtract(value, range->start);
    if (distance == NULL)
        return -1;
    KS_OWNED PyObject *rest = PyNumber_Remainder(distance, range->step);
    return rest == NULL ? -1 : _PyLong_Sign(rest) == 0;
}

static int
is_plain_int(PyObject *value)
{
    return PyLong_CheckExact(value) || PyBool_Check(value);
}

static int
range_contains(PyObject *self, PyObject *value)
{
    if (is_plain_int(value))
        return contains_int(AS_RANGE(self), value);
    return (int)_PySequence_IterSearch(self, value, PY_ITERSEARCH_CONTAINS);
}

/* ---- methods ---- */

static PyObject *
range_reduce(PyObject *self, PyObject *unused)
{
    return Py_BuildValue("(O(OOO))", Py_TYPE(self), AS_RANGE(self)->start, AS_RANGE(self)->stop,
                         AS_RANGE(self)->step);
}

static PyObject *
range_count(PyObject *self, PyObject *value)
{
    if (is_plain_int(value)) {
        int found = contains_int(AS_RANGE(self), value);
        return found < 0 ? NULL : PyLong_FromLong(found);
    }
    Py_ssize_t count = _PySequence_IterSearch(self, value, PY_ITERSEARCH_COUNT);
    return count < 0 ? NULL : PyLong_FromSsize_t(count);
}

static PyObject *
range_index(PyObject *self, PyObject *value)
{
    if (!is_plain_int(value)) {
        Py_ssize_t index = _PySequence_IterSearch(self, value, PY_ITERSEARCH_INDEX);
        return index < 0 ? NULL : PyLong_FromSsize_t(index);
    }
    int found = contains_int(AS_RANGE(self), value);
    if (found < 0)
        return NULL;
    if (!found) {
        PyErr_Format(PyExc_ValueError, "%R is not in range", value);
        return NULL;
    }
    KS_OWNED PyObject *distance = PyNumber_Subtract(value, AS_RANGE(self)->start);
    return distance == NULL ? NULL : PyNumber_FloorDivide(distance, AS_RANGE(self)->step);
}

static PyMethodDef range_methods[] = {
    METHOD_PLAIN("__reversed__", ks_range_reversed, METH_NOARGS,
                 "An iterator from the last number to the first."),
    METHOD_PLAIN("__reduce__", range_reduce, METH_NOARGS, NULL),
    METHOD_PLAIN("count", range_count, METH_O, "rangeobject.count(value) -> 1 if in, else 0"),
    METHOD_PLAIN("index", range_index, METH_O,
                 "rangeobject.index(value) -> where it stands; ValueError if it is not in"),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef range_members[] = {
    {"start", T_OBJECT_EX, offsetof(KsRange, start), READONLY, NULL},
    {"stop", T_OBJECT_EX, offsetof(KsRange, stop), READONLY, NULL},
    {"step", T_OBJECT_EX, offsetof(KsRange, step), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyNumberMethods range_as_number = {
    .nb_bool = range_bool,
};

static PySequenceMethods range_as_sequence = {
    .sq_length = range_length,
    .sq_item = range_item,
    .sq_contains = range_contains,
};

static PyMappingMethods range_as_mapping = {
    .mp_length = range_length,
    .mp_subscript = range_subscript,
};

PyTypeObject PyRange_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "range",
    .tp_basicsize = sizeof(KsRange),
    .tp_dealloc = range_dealloc,
    .tp_repr = range_repr,
    .tp_as_number = &range_as_number,
    .tp_as_sequence = &range_as_sequence,
    .tp_as_mapping = &range_as_mapping,
    .tp_hash = range_hash,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_SEQUENCE,
    .tp_doc = "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\n"
              "The ints from start up to, but without, stop, step apart.",
    .tp_richcompare = range_richcompare,
    .tp_iter = ks_range_iter,
    .tp_methods = range_methods,
    .tp_members = range_members,
    .tp_new = range_new,
    .tp_vectorcall = range_vectorcall,
};
