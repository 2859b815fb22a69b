/* SPDX-License-Identifier: MIT */
/* Iterators over bytes and bytearray: two types of one shape.
 *
 * `sequence` becomes NULL when the iterator is exhausted, and stays so. */
#include "Python.h"

#include "pycore_object.h"
#include "pycore_ceval.h"

#include "ks_args.h"
#include "ks_bytes.h"

typedef struct BytesIterator {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *sequence;
} BytesIterator;

PyObject *
ks_bytes_iterator(PyTypeObject *type, PyObject *sequence)
{
    BytesIterator *self = PyObject_GC_New(BytesIterator, type);
    if (self == NULL)
        return NULL;
    self->index = 0;
    self->sequence = Py_NewRef(sequence);
    _PyObject_GC_TRACK(self);
    return (PyObject *)self;
}

static void
iterator_dealloc(PyObject *self)
{
    _PyObject_GC_UNTRACK(self);
    Py_XDECREF(((BytesIterator *)self)->sequence);
    PyObject_GC_Del(self);
}

static int
iterator_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((BytesIterator *)self)->sequence);
    return 0;
}

static PyObject *
iterator_next(PyObject *object)
{
    BytesIterator *self = (BytesIterator *)object;
    if (self->sequence == NULL)
        return NULL;
    KsText text = ks_bytes_text(self->sequence);
    if (self->index < text.length)
        return PyLong_FromLong((unsigned char)text.text[self->index++]);
    Py_CLEAR(self->sequence);
    return NULL;
}

static PyObject *
iterator_length_hint(PyObject *object, PyObject *unused)
{
    BytesIterator *self = (BytesIterator *)object;
    Py_ssize_t rest = 0;
    if (self->sequence != NULL) {
        rest = ks_bytes_text(self->sequence).length - self->index;
        if (rest < 0)
            rest = 0;
    }
    return PyLong_FromSsize_t(rest);
}

static PyObject *
iterator_reduce(PyObject *object, PyObject *unused)
{
    /* Looked up first: that may run code which exhausts the iterator. */
    KS_OWNED PyObject *iter = _PyEval_GetBuiltin(&_Py_ID(iter));
    if (iter == NULL)
        return NULL;
    BytesIterator *self = (BytesIterator *)object;
    if (self->sequence != NULL)
        return Py_BuildValue("O(O)n", iter, self->sequence, self->index);
    return Py_BuildValue("O(N)", iter,
                         Py_IS_TYPE(self, &PyBytesIter_Type) ? PyBytes_FromStringAndSize(NULL, 0)
                                                             : PyTuple_New(0));
}

static PyObject *
iterator_setstate(PyObject *object, PyObject *state)
{
    BytesIterator *self = (BytesIterator *)object;
    Py_ssize_t index = PyLong_AsSsize_t(state);
    if (index == -1 && PyErr_Occurred())
        return NULL;
    if (self->sequence != NULL) {
        Py_ssize_t length = ks_bytes_text(self->sequence).length;
        self->index = index < 0 ? 0 : index > length ? length : index;
    }
    Py_RETURN_NONE;
}

static PyMethodDef iterator_methods[] = {
    METHOD_PLAIN("__length_hint__", iterator_length_hint, METH_NOARGS,
                 "Return how many items are left."),
    METHOD_PLAIN("__reduce__", iterator_reduce, METH_NOARGS, "Return state for pickling."),
    METHOD_PLAIN("__setstate__", iterator_setstate, METH_O, "Set the position."),
    {NULL},
};

#define ITERATOR_TYPE(variable, name)                       \
    PyTypeObject variable = {                               \
        PyVarObject_HEAD_INIT(&PyType_Type, 0)              \
        .tp_name = name,                                    \
        .tp_basicsize = sizeof(BytesIterator),              \
        .tp_dealloc = iterator_dealloc,                     \
        .tp_getattro = PyObject_GenericGetAttr,             \
        .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, \
        .tp_traverse = iterator_traverse,                   \
        .tp_iter = PyObject_SelfIter,                       \
        .tp_iternext = iterator_next,                       \
        .tp_methods = iterator_methods,                     \
    };
ITERATOR_TYPE(PyBytesIter_Type, "bytes_iterator")
ITERATOR_TYPE(PyByteArrayIter_Type, "bytearray_iterator")
