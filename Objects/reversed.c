/* SPDX-License-Identifier: MIT */
/* reversed: walks over a sequence by index, from the end; or gives what __reversed__ makes. */
#include "Python.h"

#include "ks_args.h"
#include "pycore_gc.h"
#include "pycore_object.h"

typedef struct Reversed {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *sequence; /* NULL when exhausted */
} Reversed;

#define AS_REVERSED(self) ((Reversed *)(self))

static PyObject *
not_reversible(PyObject *object)
{
    PyErr_Format(PyExc_TypeError, "'%.200s' object is not reversible", Py_TYPE(object)->tp_name);
    return NULL;
}

static PyObject *
reversed_make(PyTypeObject *type, PyObject *sequence)
{
    PyObject *method = _PyObject_LookupSpecial(sequence, &_Py_ID(__reversed__));
    if (method == Py_None) {
        Py_DECREF(method);
        return not_reversible(sequence);
    }
    if (method != NULL) {
        PyObject *result = PyObject_CallNoArgs(method);
        Py_DECREF(method);
        return result;
    }
    if (PyErr_Occurred())
        return NULL;
    if (!PySequence_Check(sequence))
        return not_reversible(sequence);
    Py_ssize_t length = PySequence_Size(sequence);
    if (length == -1)
        return NULL;
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    AS_REVERSED(self)->index = length - 1;
    AS_REVERSED(self)->sequence = Py_NewRef(sequence);
    return self;
}

static PyObject *
reversed_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if ((type == &PyReversed_Type || type->tp_init == PyReversed_Type.tp_init)
        && !_PyArg_NoKeywords("reversed", kwargs))
        return NULL;
    if (!ks_args_count("reversed", PyTuple_GET_SIZE(args), 1, 1))
        return NULL;
    return reversed_make(type, PyTuple_GET_ITEM(args, 0));
}

static PyObject *
reversed_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    if (!ks_args_no_kwnames("reversed", kwnames)
        || !ks_args_count("reversed", PyVectorcall_NARGS(nargsf), 1, 1))
        return NULL;
    return reversed_make((PyTypeObject *)type, args[0]);
}

static void
reversed_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(AS_REVERSED(self)->sequence);
    Py_TYPE(self)->tp_free(self);
}

static int
reversed_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(AS_REVERSED(self)->sequence);
    return 0;
}

static PyObject *
reversed_next(PyObject *self)
{
    Reversed *walk = AS_REVERSED(self);
    Py_ssize_t index = walk->index;
    if (index >= 0) {
        PyObject *item = PySequence_GetItem(walk->sequence, index);
        if (item != NULL) {
            walk->index--;
            return item;
        }
        if (PyErr_ExceptionMatches(PyExc_IndexError)
            || PyErr_ExceptionMatches(PyExc_StopIteration))
            PyErr_Clear();
    }
    walk->index = -1;
    Py_CLEAR(walk->sequence);
    return NULL;
}

static PyObject *
reversed_length_hint(PyObject *self, PyObject *unused)
{
    Reversed *walk = AS_REVERSED(self);
    if (walk->sequence == NULL)
        return PyLong_FromLong(0);
    Py_ssize_t length = PySequence_Size(walk->sequence);
    if (length == -1)
        return NULL;
    Py_ssize_t left = walk->index + 1;
    return PyLong_FromSsize_t(length < left ? 0 : left);
}

static PyObject *
reversed_reduce(PyObject *self, PyObject *unused)
{
    Reversed *walk = AS_REVERSED(self);
    if (walk->sequence == NULL)
        return Py_BuildValue("O(())", Py_TYPE(self));
    return Py_BuildValue("O(O)n", Py_TYPE(self), walk->sequence, walk->index);
}

static PyObject *
reversed_setstate(PyObject *self, PyObject *state)
{
    Reversed *walk = AS_REVERSED(self);
    Py_ssize_t index = PyLong_AsSsize_t(state);
    if (index == -1 && PyErr_Occurred())
        return NULL;
    if (walk->sequence != NULL) {
        Py_ssize_t length = PySequence_Size(walk->sequence);
        if (length < 0)
            return NULL;
        walk->index = index < -1 ? -1 : index > length - 1 ? length - 1 : index;
    }
    Py_RETURN_NONE;
}

static PyMethodDef reversed_methods[] = {
    METHOD_PLAIN("__length_hint__", reversed_length_hint, METH_NOARGS, "How many are left."),
    METHOD_PLAIN("__reduce__", reversed_reduce, METH_NOARGS, "What pickle needs to know."),
    METHOD_PLAIN("__setstate__", reversed_setstate, METH_O, "Sets the position."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyReversed_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "reversed",
    .tp_basicsize = sizeof(Reversed),
    .tp_dealloc = reversed_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "reversed(sequence, /)\n--\n\nAn iterator over a sequence, from its end.",
    .tp_traverse = reversed_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = reversed_next,
    .tp_methods = reversed_methods,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = reversed_new,
    .tp_free = PyObject_GC_Del,
    .tp_vectorcall = reversed_vectorcall,
};
