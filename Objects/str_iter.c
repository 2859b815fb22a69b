/* SPDX-License-Identifier: MIT */
/* Iterators over str: one for any string, one for ASCII strings that is a plain table look-up.
 *
 * Both have the layout of a sequence iterator: index and string; the string is NULL once the end
 * was reached. */
#include "Python.h"
#include "pycore_gc.h"
#include "pycore_object.h"
#include "pycore_unicodeobject.h"
#include "ks_args.h"
#include "ks_base.h"
#include "ks_str.h"

typedef struct StrIter {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *str; /* owned, ready */
} StrIter;

static void
striter_dealloc(PyObject *self)
{
    _PyObject_GC_UNTRACK(self);
    Py_XDECREF(((StrIter *)self)->str);
    PyObject_GC_Del(self);
}

static int
striter_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((StrIter *)self)->str);
    return 0;
}

static PyObject *
striter_end(StrIter *it)
{
    PyObject *str = it->str;
    it->str = NULL;
    Py_DECREF(str);
    return NULL;
}

static PyObject *
striter_next(PyObject *self)
{
    StrIter *it = (StrIter *)self;
    PyObject *str = it->str;
    if (str == NULL)
        return NULL;
    if (it->index >= KS_STR_LENGTH(str))
        return striter_end(it);
    Py_UCS4 ch = ks_read(KS_STR_KIND(str), ks_str_data(str), it->index);
    PyObject *item = ks_str_from_char(ch);
    it->index += item != NULL;
    return item;
}

static PyObject *
strasciiiter_next(PyObject *self)
{
    StrIter *it = (StrIter *)self;
    PyObject *str = it->str;
    if (KS_UNLIKELY(str == NULL))
        return NULL;
    if (KS_UNLIKELY(it->index >= KS_STR_LENGTH(str)))
        return striter_end(it);
    unsigned char ch = ((const unsigned char *)ks_str_data(str))[it->index++];
    return Py_NewRef((PyObject *)&_Py_SINGLETON(strings).ascii[ch]._ascii);
}

static PyObject *
striter_length_hint(PyObject *self, PyObject *unused)
{
    StrIter *it = (StrIter *)self;
    return PyLong_FromSsize_t(it->str == NULL ? 0 : KS_STR_LENGTH(it->str) - it->index);
}

static PyObject *
striter_reduce(PyObject *self, PyObject *unused)
{
    StrIter *it = (StrIter *)self;
    PyObject *iter = _PyEval_GetBuiltin(&_Py_ID(iter));
    if (iter == NULL)
        return NULL;
    if (it->str != NULL)
        return Py_BuildValue("N(O)n", iter, it->str, it->index);
    return Py_BuildValue("N(O)", iter, KS_STR_EMPTY);
}

static PyObject *
striter_setstate(PyObject *self, PyObject *state)
{
    StrIter *it = (StrIter *)self;
    Py_ssize_t index = PyLong_AsSsize_t(state);
    if (index == -1 && PyErr_Occurred())
        return NULL;
    if (it->str != NULL)
        it->index = index < 0 ? 0 : Py_MIN(index, KS_STR_LENGTH(it->str));
    Py_RETURN_NONE;
}

static PyMethodDef striter_methods[] = {
    METHOD_PLAIN("__length_hint__", striter_length_hint, METH_NOARGS,
                 "How many characters are left."),
    METHOD_PLAIN("__reduce__", striter_reduce, METH_NOARGS, "State for pickle."),
    METHOD_PLAIN("__setstate__", striter_setstate, METH_O, "Move to the index given."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyUnicodeIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "str_iterator",
    .tp_basicsize = sizeof(StrIter),
    .tp_dealloc = striter_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = striter_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = striter_next,
    .tp_methods = striter_methods,
};

PyTypeObject _PyUnicodeASCIIIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "str_ascii_iterator",
    .tp_basicsize = sizeof(StrIter),
    .tp_dealloc = striter_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = striter_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = strasciiiter_next,
    .tp_methods = striter_methods,
};

PyObject *
ks_str_iter(PyObject *str)
{
    if (PyUnicode_READY(str) < 0)
        return NULL;
    PyTypeObject *type =
        PyUnicode_IS_COMPACT_ASCII(str) ? &_PyUnicodeASCIIIter_Type : &PyUnicodeIter_Type;
    StrIter *it = PyObject_GC_New(StrIter, type);
    if (it == NULL)
        return NULL;
    it->index = 0;
    it->str = Py_NewRef(str);
    _PyObject_GC_TRACK(it);
    return (PyObject *)it;
}
