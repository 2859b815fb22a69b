/* SPDX-License-Identifier: MIT */
/* Slices, and the Ellipsis.
 *
 * A slice holds any three objects; whoever uses it asks for numbers. One dead slice is kept in the
 * interpreter for the next one: most of them live for one subscription. */
#include "Python.h"
#include "structmember.h"

#include "ks_args.h"
#include "pycore_abstract.h"
#include "pycore_interp.h"
#include "pycore_long.h"
#include "pycore_object.h"
#include "pycore_pystate.h"
#include "pycore_sliceobject.h"
#include "pycore_tuple.h"

#define AS_SLICE(self) ((PySliceObject *)(self))

/* ---- Ellipsis ---- */

static PyObject *
ellipsis_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (PyTuple_GET_SIZE(args) > 0 || (kwargs != NULL && PyDict_GET_SIZE(kwargs) > 0)) {
        PyErr_SetString(PyExc_TypeError, "EllipsisType takes no arguments");
        return NULL;
    }
    return Py_NewRef(Py_Ellipsis);
}

static void
ellipsis_dealloc(PyObject *self)
{
    /* Somebody dropped references that were not his; there is only this one. */
    Py_SET_REFCNT(self, 999999999);
}

static PyObject *
ellipsis_repr(PyObject *self)
{
    return PyUnicode_FromString("Ellipsis");
}

static PyObject *
ellipsis_reduce(PyObject *self, PyObject *unused)
{
    return PyUnicode_FromString("Ellipsis");
}

static PyMethodDef ellipsis_methods[] = {
    METHOD_PLAIN("__reduce__", ellipsis_reduce, METH_NOARGS, NULL),
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyEllipsis_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "ellipsis",
    .tp_basicsize = sizeof(PyObject),
    .tp_dealloc = ellipsis_dealloc,
    .tp_repr = ellipsis_repr,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_methods = ellipsis_methods,
    .tp_new = ellipsis_new,
};

PyObject _Py_EllipsisObject = {_PyObject_EXTRA_INIT 1, &PyEllipsis_Type};

/* ---- lifecycle ---- */

void
_PySlice_Fini(PyInterpreterState *interp)
{
    PySliceObject *kept = interp->slice_cache;
    interp->slice_cache = NULL;
    if (kept != NULL)
        PyObject_GC_Del(kept);
}

/* Takes the three references over, on failure as well. */
static PyObject *
slice_make(PyObject *start, PyObject *stop, PyObject *step)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    PySliceObject *slice = interp->slice_cache;
    if (slice != NULL) {
        interp->slice_cache = NULL;
        ks_new_reference((PyObject *)slice);
    }
    else {
        slice = PyObject_GC_New(PySliceObject, &PySlice_Type);
        if (slice == NULL) {
            Py_DECREF(start);
            Py_DECREF(stop);
            Py_DECREF(step);
            return NULL;
        }
    }
    slice->start = start;
    slice->stop = stop;
    slice->step = step;
    _PyObject_GC_TRACK(slice);
    return (PyObject *)slice;
}

/* NULL stands for None. */
PyObject *
PySlice_New(PyObject *start, PyObject *stop, PyObject *step)
{
    return slice_make(Py_NewRef(start != NULL ? start : Py_None),
                      Py_NewRef(stop != NULL ? stop : Py_None),
                      Py_NewRef(step != NULL ? step : Py_None));
}

PyObject *
_PySlice_FromIndices(Py_ssize_t start, Py_ssize_t stop)
{
    PyObject *low = PyLong_FromSsize_t(start);
    if (low == NULL)
        return NULL;
    PyObject *high = PyLong_FromSsize_t(stop);
    if (high == NULL) {
        Py_DECREF(low);
        return NULL;
    }
    return slice_make(low, high, Py_NewRef(Py_None));
}

static PyObject *
slice_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    if (!_PyArg_NoKeywords("slice", kwargs) || !ks_args_count("slice", count, 1, 3))
        return NULL;
    if (count == 1)
        return PySlice_New(NULL, PyTuple_GET_ITEM(args, 0), NULL);
    return PySlice_New(PyTuple_GET_ITEM(args, 0), PyTuple_GET_ITEM(args, 1),
                       count == 3 ? PyTuple_GET_ITEM(args, 2) : NULL);
}

static void
slice_dealloc(PyObject *self)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    _PyObject_GC_UNTRACK(self);
    Py_DECREF(AS_SLICE(self)->step);
    Py_DECREF(AS_SLICE(self)->start);
    Py_DECREF(AS_SLICE(self)->stop);
    if (interp->slice_cache == NULL)
        interp->slice_cache = AS_SLICE(self);
    else
        PyObject_GC_Del(self);
}

static int
slice_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(AS_SLICE(self)->start);
    Py_VISIT(AS_SLICE(self)->stop);
    Py_VISIT(AS_SLICE(self)->step);
    return 0;
}

/* ---- numbers ---- */

/* start, stop and step with what None stands for; ValueError for a step of 0. Numbers that do not
 * fit are moved to the ends of the range, and the step so that its negation fits. */
int
PySlice_Unpack(PyObject *self, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t *step)
{
    PySliceObject *slice = AS_SLICE(self);
    *step = 1;
    if (slice->step != Py_None) {
        if (!_PyEval_SliceIndex(slice->step, step))
            return -1;
        if (*step == 0) {
            PyErr_SetString(PyExc_ValueError, "slice step cannot be zero");
            return -1;
        }
        if (*step < -PY_SSIZE_T_MAX)
            *step = -PY_SSIZE_T_MAX;
    }
    *start = *step < 0 ? PY_SSIZE_T_MAX : 0;
    if (slice->start != Py_None && !_PyEval_SliceIndex(slice->start, start))
        return -1;
    *stop = *step < 0 ? PY_SSIZE_T_MIN : PY_SSIZE_T_MAX;
    if (slice->stop != Py_None && !_PyEval_SliceIndex(slice->stop, stop))
        return -1;
    return 0;
}

static Py_ssize_t
clip_bound(Py_ssize_t bound, Py_ssize_t length, Py_ssize_t step)
{
    if (bound < 0) {
        bound += length;
        if (bound < 0)
            bound = step < 0 ? -1 : 0;
    }
    else if (bound >= length)
        bound = step < 0 ? length - 1 : length;
    return bound;
}

/* Bounds for a sequence of this length; the answer is how many items the slice has. */
Py_ssize_t
PySlice_AdjustIndices(Py_ssize_t length, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t step)
{
    *start = clip_bound(*start, length, step);
    *stop = clip_bound(*stop, length, step);
    if (step < 0)
        return *stop < *start ? (*start - *stop - 1) / -step + 1 : 0;
    return *start < *stop ? (*stop - *start - 1) / step + 1 : 0;
}

#undef PySlice_GetIndicesEx

int
PySlice_GetIndicesEx(PyObject *slice, Py_ssize_t length, Py_ssize_t *start, Py_ssize_t *stop,
                     Py_ssize_t *step, Py_ssize_t *count)
{
    if (PySlice_Unpack(slice, start, stop, step) < 0)
        return -1;
    *count = PySlice_AdjustIndices(length, start, stop, *step);
    return 0;
}

/* An old function: only ints are accepted, and a bound behind the end is an error (-1 without an
 * exception). */
int
PySlice_GetIndices(PyObject *self, Py_ssize_t length, Py_ssize_t *start, Py_ssize_t *stop,
                   Py_ssize_t *step)
{
    PySliceObject *slice = AS_SLICE(self);
    *step = 1;
    if (slice->step != Py_None) {
        if (!PyLong_Check(slice->step))
            return -1;
        *step = PyLong_AsSsize_t(slice->step);
    }
    *start = *step < 0 ? length - 1 : 0;
    if (slice->start != Py_None) {
        if (!PyLong_Check(slice->start))
            return -1;
        *start = PyLong_AsSsize_t(slice->start);
        if (*start < 0)
            *start += length;
    }
    *stop = *step < 0 ? -1 : length;
    if (slice->stop != Py_None) {
        if (!PyLong_Check(slice->stop))
            return -1;
        *stop = PyLong_AsSsize_t(slice->stop);
        if (*stop < 0)
            *stop += length;
    }
    if (*stop > length || *start >= length || *step == 0)
        return -1;
    return 0;
}

static PyObject *
bound_as_int(PyObject *bound)
{
    if (!_PyIndex_Check(bound)) {
        PyErr_SetString(PyExc_TypeError,
                        "slice indices must be integers or None or have an __index__ method");
        return NULL;
    }
    return PyNumber_Index(bound);
}

/* One bound as an int between lower and upper; negative ones count from the end. */
static PyObject *
long_bound(PyObject *bound, PyObject *none_means, PyObject *length, PyObject *lower,
           PyObject *upper)
{
    if (bound == Py_None)
        return Py_NewRef(none_means);
    KS_OWNED PyObject *number = bound_as_int(bound);
    if (number == NULL)
        return NULL;
    int beyond;
    if (_PyLong_Sign(number) < 0) {
        PyObject *moved = PyNumber_Add(number, length);
        if (moved == NULL)
            return NULL;
        Py_SETREF(number, moved);
        beyond = PyObject_RichCompareBool(number, lower, Py_LT);
        if (beyond > 0)
            return Py_NewRef(lower);
    }
    else {
        beyond = PyObject_RichCompareBool(number, upper, Py_GT);
        if (beyond > 0)
            return Py_NewRef(upper);
    }
    return beyond < 0 ? NULL : ks_give(&number);
}

/* The three numbers for a length of any size, as new references. */
int
_PySlice_GetLongIndices(PySliceObject *slice, PyObject *length, PyObject **start_out,
                        PyObject **stop_out, PyObject **step_out)
{
    *start_out = *stop_out = *step_out = NULL;
    KS_OWNED PyObject *step = slice->step == Py_None ? PyLong_FromLong(1)
                                                     : bound_as_int(slice->step);
    if (step == NULL)
        return -1;
    int sign = _PyLong_Sign(step);
    if (sign == 0) {
        PyErr_SetString(PyExc_ValueError, "slice step cannot be zero");
        return -1;
    }
    KS_OWNED PyObject *lower = PyLong_FromLong(sign < 0 ? -1 : 0);
    if (lower == NULL)
        return -1;
    KS_OWNED PyObject *upper = sign < 0 ? PyNumber_Add(length, lower) : Py_NewRef(length);
    if (upper == NULL)
        return -1;
    KS_OWNED PyObject *start = long_bound(slice->start, sign < 0 ? upper : lower, length, lower,
                                          upper);
    if (start == NULL)
        return -1;
    KS_OWNED PyObject *stop = long_bound(slice->stop, sign < 0 ? lower : upper, length, lower,
                                         upper);
    if (stop == NULL)
        return -1;
    *start_out = ks_give(&start);
    *stop_out = ks_give(&stop);
    *step_out = ks_give(&step);
    return 0;
}

/* ---- slots and methods ---- */

static PyObject *
slice_repr(PyObject *self)
{
    return PyUnicode_FromFormat("slice(%R, %R, %R)", AS_SLICE(self)->start, AS_SLICE(self)->stop,
                                AS_SLICE(self)->step);
}

/* Slices compare like tuples of their parts. */
static PyObject *
slice_richcompare(PyObject *left, PyObject *right, int op)
{
    if (!PySlice_Check(left) || !PySlice_Check(right))
        Py_RETURN_NOTIMPLEMENTED;
    if (left == right)
        return PyBool_FromLong(op == Py_EQ || op == Py_LE || op == Py_GE);
    KS_OWNED PyObject *one = _PyTuple_FromArray(&AS_SLICE(left)->start, 3);
    if (one == NULL)
        return NULL;
    KS_OWNED PyObject *other = _PyTuple_FromArray(&AS_SLICE(right)->start, 3);
    return other == NULL ? NULL : PyObject_RichCompare(one, other, op);
}

static PyObject *
slice_indices(PyObject *self, PyObject *length_arg)
{
    PyObject *bounds[3];
    KS_OWNED PyObject *length = PyNumber_Index(length_arg);
    if (length == NULL)
        return NULL;
    if (_PyLong_Sign(length) < 0) {
        PyErr_SetString(PyExc_ValueError, "length should not be negative");
        return NULL;
    }
    if (_PySlice_GetLongIndices(AS_SLICE(self), length, &bounds[0], &bounds[1], &bounds[2]) < 0)
        return NULL;
    return _PyTuple_FromArraySteal(bounds, 3);
}

static PyObject *
slice_reduce(PyObject *self, PyObject *unused)
{
    return Py_BuildValue("O(OOO)", Py_TYPE(self), AS_SLICE(self)->start, AS_SLICE(self)->stop,
                         AS_SLICE(self)->step);
}

static PyMethodDef slice_methods[] = {
    METHOD_PLAIN("indices", slice_indices, METH_O,
                 "S.indices(len) -> (start, stop, stride)\n\n"
                 "The bounds for a sequence of this length, moved to its ends where outside."),
    METHOD_PLAIN("__reduce__", slice_reduce, METH_NOARGS, "What pickle needs to know."),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef slice_members[] = {
    {"start", T_OBJECT, offsetof(PySliceObject, start), READONLY, NULL},
    {"stop", T_OBJECT, offsetof(PySliceObject, stop), READONLY, NULL},
    {"step", T_OBJECT, offsetof(PySliceObject, step), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject PySlice_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "slice",
    .tp_basicsize = sizeof(PySliceObject),
    .tp_dealloc = slice_dealloc,
    .tp_repr = slice_repr,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "slice(stop)\nslice(start, stop[, step])\n\n"
              "What stands between the brackets of a[start:stop:step].",
    .tp_traverse = slice_traverse,
    .tp_richcompare = slice_richcompare,
    .tp_methods = slice_methods,
    .tp_members = slice_members,
    .tp_new = slice_new,
};
