/* SPDX-License-Identifier: MIT */
/* The iterator over a tuple; it lets go of the tuple at the end. */
#include "Python.h"

#include "ks_list.h"
#include "pycore_ceval.h"
#include "pycore_gc.h"
#include "pycore_object.h"

#define AS_ITER(self) ((KsIndexIter *)(self))

PyObject *
ks_tuple_iter(PyObject *tuple)
{
    if (!PyTuple_Check(tuple)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    KsIndexIter *iter = PyObject_GC_New(KsIndexIter, &PyTupleIter_Type);
    if (iter == NULL)
        return NULL;
    iter->index = 0;
    iter->sequence = Py_NewRef(tuple);
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
    PyObject *tuple = AS_ITER(self)->sequence;
    if (tuple == NULL)
        return NULL;
    if (AS_ITER(self)->index < Py_SIZE(tuple))
        return Py_NewRef(PyTuple_GET_ITEM(tuple, AS_ITER(self)->index++));
    AS_ITER(self)->sequence = NULL;
    Py_DECREF(tuple);
    return NULL;
}

static PyObject *
iter_length_hint(PyObject *self, PyObject *unused)
{
    Py_ssize_t left = 0;
    if (AS_ITER(self)->sequence != NULL)
        left = Py_SIZE(AS_ITER(self)->sequence) - AS_ITER(self)->index;
    return PyLong_FromSsize_t(left);
}

static PyObject *
iter_reduce(PyObject *self, PyObject *unused)
{
    /* Looked up first: it can run code that uses the iterator up. */
    KS_OWNED PyObject *iter = _PyEval_GetBuiltin(&_Py_ID(iter));
    if (iter == NULL)
        return NULL;
    if (AS_ITER(self)->sequence == NULL)
        return Py_BuildValue("O(())", iter);
    return Py_BuildValue("O(O)n", iter, AS_ITER(self)->sequence, AS_ITER(self)->index);
}

static PyObject *
iter_setstate(PyObject *self, PyObject *state)
{
    Py_ssize_t index = PyLong_AsSsize_t(state);
    if (index == -1 && PyErr_Occurred())
        return NULL;
    if (AS_ITER(self)->sequence != NULL) {
        Py_ssize_t length = Py_SIZE(AS_ITER(self)->sequence);
        AS_ITER(self)->index = index < 0 ? 0 : index > length ? length : index;
    }
    Py_RETURN_NONE;
}

static PyMethodDef iter_methods[] = {
    METHOD_PLAIN("__length_hint__", iter_length_hint, METH_NOARGS, "How many are left."),
    METHOD_PLAIN("__reduce__", iter_reduce, METH_NOARGS, "What pickle needs to know."),
    METHOD_PLAIN("__setstate__", iter_setstate, METH_O, "Sets the position."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyTupleIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "tuple_iterator",
    .tp_basicsize = sizeof(KsIndexIter),
    .tp_dealloc = iter_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = iter_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iter_next,
    .tp_methods = iter_methods,
};
