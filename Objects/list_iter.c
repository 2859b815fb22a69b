/* SPDX-License-Identifier: MIT */
/* Iterators over a list, forwards and backwards. They look at the list's length at every step, so
 * the list may change meanwhile, and let go of it when they reach an end. */
#include "Python.h"

#include "ks_list.h"
#include "pycore_ceval.h"
#include "pycore_gc.h"
#include "pycore_object.h"

#define AS_ITER(self) ((KsIndexIter *)(self))

static PyObject *
iter_new(PyTypeObject *type, PyObject *list, Py_ssize_t index)
{
    KsIndexIter *iter = PyObject_GC_New(KsIndexIter, type);
    if (iter == NULL)
        return NULL;
    iter->index = index;
    iter->sequence = Py_NewRef(list);
    _PyObject_GC_TRACK(iter);
    return (PyObject *)iter;
}

PyObject *
ks_list_iter(PyObject *list)
{
    if (!PyList_Check(list)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return iter_new(&PyListIter_Type, list, 0);
}

PyObject *
ks_list_reversed(PyObject *list, PyObject *unused)
{
    return iter_new(&PyListRevIter_Type, list, Py_SIZE(list) - 1);
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
    PyObject *list = AS_ITER(self)->sequence;
    if (list == NULL)
        return NULL;
    if (AS_ITER(self)->index < Py_SIZE(list))
        return Py_NewRef(PyList_GET_ITEM(list, AS_ITER(self)->index++));
    AS_ITER(self)->sequence = NULL;
    Py_DECREF(list);
    return NULL;
}

static PyObject *
iter_previous(PyObject *self)
{
    PyObject *list = AS_ITER(self)->sequence;
    Py_ssize_t index = AS_ITER(self)->index;
    if (list == NULL)
        return NULL;
    if (index >= 0 && index < Py_SIZE(list)) {
        AS_ITER(self)->index--;
        return Py_NewRef(PyList_GET_ITEM(list, index));
    }
    AS_ITER(self)->index = -1;
    AS_ITER(self)->sequence = NULL;
    Py_DECREF(list);
    return NULL;
}

static PyObject *
iter_length_hint(PyObject *self, PyObject *unused)
{
    Py_ssize_t left = 0;
    if (AS_ITER(self)->sequence != NULL)
        left = Py_SIZE(AS_ITER(self)->sequence) - AS_ITER(self)->index;
    return PyLong_FromSsize_t(left < 0 ? 0 : left);
}

static PyObject *
reviter_length_hint(PyObject *self, PyObject *unused)
{
    Py_ssize_t left = AS_ITER(self)->index + 1;
    if (AS_ITER(self)->sequence == NULL || Py_SIZE(AS_ITER(self)->sequence) < left)
        left = 0;
    return PyLong_FromSsize_t(left);
}

/* An exhausted iterator of either kind comes back as iter([]). */
static PyObject *
iter_reduce(PyObject *self, PyObject *unused)
{
    int forwards = Py_IS_TYPE(self, &PyListIter_Type);
    /* Looked up first: it can run code that uses the iterator up. */
    KS_OWNED PyObject *iter = _PyEval_GetBuiltin(&_Py_ID(iter));
    KS_OWNED PyObject *reversed = _PyEval_GetBuiltin(&_Py_ID(reversed));
    if (iter == NULL || reversed == NULL)
        return NULL;
    if (AS_ITER(self)->sequence != NULL)
        return Py_BuildValue("O(O)n", forwards ? iter : reversed, AS_ITER(self)->sequence,
                             AS_ITER(self)->index);
    KS_OWNED PyObject *empty = PyList_New(0);
    return empty == NULL ? NULL : Py_BuildValue("O(O)", iter, empty);
}

static PyObject *
iter_setstate(PyObject *self, PyObject *state)
{
    Py_ssize_t index = PyLong_AsSsize_t(state);
    if (index == -1 && PyErr_Occurred())
        return NULL;
    if (AS_ITER(self)->sequence != NULL) {
        Py_ssize_t count = Py_SIZE(AS_ITER(self)->sequence);
        Py_ssize_t shift = Py_IS_TYPE(self, &PyListRevIter_Type) ? -1 : 0;
        if (index < shift)
            index = shift;
        else if (index > count + shift)
            index = count + shift;
        AS_ITER(self)->index = index;
    }
    Py_RETURN_NONE;
}

static PyMethodDef iter_methods[] = {
    METHOD_PLAIN("__length_hint__", iter_length_hint, METH_NOARGS, "How many are left."),
    METHOD_PLAIN("__reduce__", iter_reduce, METH_NOARGS, "What pickle needs to know."),
    METHOD_PLAIN("__setstate__", iter_setstate, METH_O, "Sets the position."),
    {NULL, NULL, 0, NULL},
};

static PyMethodDef reviter_methods[] = {
    METHOD_PLAIN("__length_hint__", reviter_length_hint, METH_NOARGS, "How many are left."),
    METHOD_PLAIN("__reduce__", iter_reduce, METH_NOARGS, "What pickle needs to know."),
    METHOD_PLAIN("__setstate__", iter_setstate, METH_O, "Sets the position."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyListIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "list_iterator",
    .tp_basicsize = sizeof(KsIndexIter),
    .tp_dealloc = iter_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = iter_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iter_next,
    .tp_methods = iter_methods,
};

PyTypeObject PyListRevIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "list_reverseiterator",
    .tp_basicsize = sizeof(KsIndexIter),
    .tp_dealloc = iter_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = iter_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iter_previous,
    .tp_methods = reviter_methods,
};
