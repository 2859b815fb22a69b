/* SPDX-License-Identifier: MIT */
/* The iterator over a set or frozenset; a set whose length changed meanwhile is an error. */
#include "Python.h"

#include "ks_set.h"
#include "pycore_ceval.h"
#include "pycore_gc.h"
#include "pycore_object.h"

typedef struct SetIter {
    PyObject_HEAD
    PySetObject *set; /* NULL when exhausted */
    Py_ssize_t used;  /* its length at the start, -1 after a change was reported */
    Py_ssize_t pos;
    Py_ssize_t left;
} SetIter;

#define AS_ITER(self) ((SetIter *)(self))

PyObject *
ks_set_iter(PyObject *set)
{
    SetIter *iter = PyObject_GC_New(SetIter, &PySetIter_Type);
    if (iter == NULL)
        return NULL;
    iter->set = AS_SET(Py_NewRef(set));
    iter->used = iter->left = AS_SET(set)->used;
    iter->pos = 0;
    _PyObject_GC_TRACK(iter);
    return (PyObject *)iter;
}

static void
iter_dealloc(PyObject *self)
{
    _PyObject_GC_UNTRACK(self);
    Py_XDECREF(AS_ITER(self)->set);
    PyObject_GC_Del(self);
}

static int
iter_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(AS_ITER(self)->set);
    return 0;
}

static PyObject *
iter_next(PyObject *self)
{
    SetIter *iter = AS_ITER(self);
    PySetObject *set = iter->set;
    setentry *entry;
    if (set == NULL)
        return NULL;
    if (iter->used != set->used) {
        PyErr_SetString(PyExc_RuntimeError, "Set changed size during iteration");
        iter->used = -1;
        return NULL;
    }
    if (ks_set_step(set, &iter->pos, &entry)) {
        iter->left--;
        return Py_NewRef(entry->key);
    }
    iter->set = NULL;
    Py_DECREF(set);
    return NULL;
}

static PyObject *
iter_length_hint(PyObject *self, PyObject *unused)
{
    SetIter *iter = AS_ITER(self);
    Py_ssize_t left = 0;
    if (iter->set != NULL && iter->used == iter->set->used)
        left = iter->left;
    return PyLong_FromSsize_t(left);
}

/* iter(list of what is left); a copy walks, so that the iterator itself stays where it is. */
static PyObject *
iter_reduce(PyObject *self, PyObject *unused)
{
    KS_OWNED PyObject *builtin = _PyEval_GetBuiltin(&_Py_ID(iter));
    KS_OWNED PyObject *list = builtin == NULL ? NULL : PyList_New(0);
    if (list == NULL)
        return NULL;
    SetIter walk = *AS_ITER(self);
    Py_XINCREF(walk.set);
    int failed = 0;
    while (!failed) {
        KS_OWNED PyObject *key = iter_next((PyObject *)&walk);
        if (key == NULL) {
            failed = PyErr_Occurred() != NULL;
            break;
        }
        failed = PyList_Append(list, key) < 0;
    }
    Py_XDECREF(walk.set);
    return failed ? NULL : Py_BuildValue("O(O)", builtin, list);
}

static PyMethodDef iter_methods[] = {
    METHOD_PLAIN("__length_hint__", iter_length_hint, METH_NOARGS, "How many are left."),
    METHOD_PLAIN("__reduce__", iter_reduce, METH_NOARGS, "What pickle needs to know."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject PySetIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "set_iterator",
    .tp_basicsize = sizeof(SetIter),
    .tp_dealloc = iter_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = iter_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iter_next,
    .tp_methods = iter_methods,
};
