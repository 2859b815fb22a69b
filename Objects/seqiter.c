/* SPDX-License-Identifier: MIT */
/* The iterator over anything that has __getitem__ for 0, 1, 2, ... until IndexError. */
#include "Python.h"

#include "pycore_ceval.h"
#include "ks_base.h"
#include "pycore_gc.h"
#include "pycore_object.h"

typedef struct SeqIter {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *sequence; /* NULL when exhausted */
} SeqIter;

#define AS_ITER(self) ((SeqIter *)(self))

PyObject *
PySeqIter_New(PyObject *sequence)
{
    if (!PySequence_Check(sequence)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    SeqIter *iter = PyObject_GC_New(SeqIter, &PySeqIter_Type);
    if (iter == NULL)
        return NULL;
    iter->index = 0;
    iter->sequence = Py_NewRef(sequence);
    _PyObject_GC_TRACK(iter);
    return (PyObject *)iter;
}

static void
iter_dealloc(PyObject *self)
{
    _PyObject_GC_UNTRACK(self);
    Py_XDECREF(AS_ITER(self)->sequence);
    PyObject_GC_Del(self);
}

static int
iter_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(AS_ITER(self)->sequence);
    return 0;
}

static PyObject *
iter_next(PyObject *self)
{
    SeqIter *iter = AS_ITER(self);
    if (iter->sequence == NULL)
        return NULL;
    if (iter->index == PY_SSIZE_T_MAX) {
        PyErr_SetString(PyExc_OverflowError, "iter index too large");
        return NULL;
    }
    PyObject *item = PySequence_GetItem(iter->sequence, iter->index);
    if (item != NULL) {
        iter->index++;
        return item;
    }
    if (PyErr_ExceptionMatches(PyExc_IndexError) || PyErr_ExceptionMatches(PyExc_StopIteration)) {
        PyErr_Clear();
        Py_CLEAR(iter->sequence);
    }
    return NULL;
}

static PyObject *
iter_length_hint(PyObject *self, PyObject *unused)
{
    SeqIter *iter = AS_ITER(self);
    if (iter->sequence == NULL)
        return PyLong_FromLong(0);
    if (!_PyObject_HasLen(iter->sequence))
        Py_RETURN_NOTIMPLEMENTED;
    Py_ssize_t length = PySequence_Size(iter->sequence);
    if (length == -1)
        return NULL;
    Py_ssize_t left = length - iter->index;
    return PyLong_FromSsize_t(left < 0 ? 0 : left);
}

static PyObject *
iter_reduce(PyObject *self, PyObject *unused)
{
    /* Looked up first: it can run code that uses the iterator up. */
    KS_OWNED PyObject *builtin = _PyEval_GetBuiltin(&_Py_ID(iter));
    if (builtin == NULL)
        return NULL;
    if (AS_ITER(self)->sequence == NULL)
        return Py_BuildValue("O(())", builtin);
    return Py_BuildValue("O(O)n", builtin, AS_ITER(self)->sequence, AS_ITER(self)->index);
}

static PyObject *
iter_setstate(PyObject *self, PyObject *state)
{
    Py_ssize_t index = PyLong_AsSsize_t(state);
    if (index == -1 && PyErr_Occurred())
        return NULL;
    if (AS_ITER(self)->sequence != NULL)
        AS_ITER(self)->index = index < 0 ? 0 : index;
    Py_RETURN_NONE;
}

static PyMethodDef iter_methods[] = {
    METHOD_PLAIN("__length_hint__", iter_length_hint, METH_NOARGS, "How many are left."),
    METHOD_PLAIN("__reduce__", iter_reduce, METH_NOARGS, "What pickle needs to know."),
    METHOD_PLAIN("__setstate__", iter_setstate, METH_O, "Sets the position."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject PySeqIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "iterator",
    .tp_basicsize = sizeof(SeqIter),
    .tp_dealloc = iter_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = iter_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iter_next,
    .tp_methods = iter_methods,
};
