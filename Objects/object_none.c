/* SPDX-License-Identifier: MIT */
/* The singletons None and NotImplemented and their types. Neither is ever freed; reaching a
 * deallocator means that somebody dropped a reference that was not theirs. */
#include "Python.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "ks_base.h"

static KS_COLD void
singleton_dealloc(PyObject *self)
{
    _Py_FatalRefcountErrorFunc("singleton_dealloc",
                               self == Py_None ? "deallocating None" : "deallocating NotImplemented");
}

/* No arguments accepted: both types give their only instance. */
static int
singleton_takes_nothing(const char *type_name, PyObject *args, PyObject *kwargs)
{
    if (PyTuple_GET_SIZE(args) == 0 && (kwargs == NULL || PyDict_GET_SIZE(kwargs) == 0))
        return 1;
    PyErr_Format(PyExc_TypeError, "%s takes no arguments", type_name);
    return 0;
}

/* ---- None ---- */

static PyObject *
none_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (!singleton_takes_nothing("NoneType", args, kwargs))
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
none_repr(PyObject *self)
{
    return PyUnicode_FromString("None");
}

static int
none_bool(PyObject *self)
{
    return 0;
}

static PyNumberMethods none_as_number = {
    .nb_bool = none_bool,
};

PyTypeObject _PyNone_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "NoneType",
    .tp_dealloc = singleton_dealloc,
    .tp_repr = none_repr,
    .tp_as_number = &none_as_number,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = none_new,
};

/* Extensions cast an argument to their own struct before they see that it is None, and read the
 * field behind the head: psycopg2 does with a cursor. They find NULL, as they are used to, because
 * nothing else can come to lie there: the two share a section and stay in this order. */
#define KS_NONE_PLACE __attribute__((section("ks_none"), no_reorder, used, aligned(16)))

KS_NONE_PLACE PyObject _Py_NoneStruct = {
    .ob_refcnt = 1,
    .ob_type = &_PyNone_Type,
};

KS_NONE_PLACE static void *none_beyond[8] = {NULL};

/* ---- NotImplemented ---- */

static PyObject *
not_implemented_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (!singleton_takes_nothing("NotImplementedType", args, kwargs))
        return NULL;
    Py_RETURN_NOTIMPLEMENTED;
}

static PyObject *
not_implemented_repr(PyObject *self)
{
    return PyUnicode_FromString("NotImplemented");
}

static int
not_implemented_bool(PyObject *self)
{
    if (PyErr_WarnEx(PyExc_DeprecationWarning,
                     "NotImplemented should not be used in a boolean context", 1) < 0)
        return -1;
    return 1;
}

static PyObject *
not_implemented_reduce(PyObject *self, PyObject *unused)
{
    return PyUnicode_FromString("NotImplemented");
}

static PyMethodDef not_implemented_methods[] = {
    METHOD_PLAIN("__reduce__", not_implemented_reduce, METH_NOARGS, NULL),
    {NULL, NULL, 0, NULL},
};

static PyNumberMethods not_implemented_as_number = {
    .nb_bool = not_implemented_bool,
};

PyTypeObject _PyNotImplemented_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "NotImplementedType",
    .tp_dealloc = singleton_dealloc,
    .tp_repr = not_implemented_repr,
    .tp_as_number = &not_implemented_as_number,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_methods = not_implemented_methods,
    .tp_new = not_implemented_new,
};

PyObject _Py_NotImplementedStruct = {
    .ob_refcnt = 1,
    .ob_type = &_PyNotImplemented_Type,
};
