/* SPDX-License-Identifier: MIT */
/* bool: the subclass of int with two instances, which live in static memory. */
#include "Python.h"
#include "pycore_long.h"
#include "ks_args.h"

static PyObject *
bool_repr(PyObject *self)
{
    return Py_NewRef(self == Py_True ? &_Py_ID(True) : &_Py_ID(False));
}

PyObject *
PyBool_FromLong(long value)
{
    return Py_NewRef(value ? Py_True : Py_False);
}

/* Macros hide these names from C; extensions of the limited API call the functions. */
#undef Py_IsTrue
int
Py_IsTrue(PyObject *object)
{
    return object == Py_True;
}

#undef Py_IsFalse
int
Py_IsFalse(PyObject *object)
{
    return object == Py_False;
}

static PyObject *
bool_of(PyObject *object)
{
    int is_true = PyObject_IsTrue(object);
    return is_true < 0 ? NULL : PyBool_FromLong(is_true);
}

static PyObject *
bool_new(PyTypeObject *Py_UNUSED(type), PyObject *args, PyObject *kwargs)
{
    if (!_PyArg_NoKeywords("bool", kwargs))
        return NULL;
    Py_ssize_t nargs = PyTuple_GET_SIZE(args);
    if (!ks_args_count("bool", nargs, 0, 1))
        return NULL;
    return nargs == 0 ? Py_NewRef(Py_False) : bool_of(PyTuple_GET_ITEM(args, 0));
}

static PyObject *
bool_vectorcall(PyObject *Py_UNUSED(type), PyObject *const *args, size_t nargsf,
                PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (!_PyArg_NoKwnames("bool", kwnames) || !_PyArg_CheckPositional("bool", nargs, 0, 1))
        return NULL;
    return nargs == 0 ? Py_NewRef(Py_False) : bool_of(args[0]);
}

/* Two bools give a bool; anything else is int's business. */
static PyObject *
bool_and(PyObject *left, PyObject *right)
{
    if (!PyBool_Check(left) || !PyBool_Check(right))
        return PyLong_Type.tp_as_number->nb_and(left, right);
    return PyBool_FromLong((left == Py_True) & (right == Py_True));
}

static PyObject *
bool_or(PyObject *left, PyObject *right)
{
    if (!PyBool_Check(left) || !PyBool_Check(right))
        return PyLong_Type.tp_as_number->nb_or(left, right);
    return PyBool_FromLong((left == Py_True) | (right == Py_True));
}

static PyObject *
bool_xor(PyObject *left, PyObject *right)
{
    if (!PyBool_Check(left) || !PyBool_Check(right))
        return PyLong_Type.tp_as_number->nb_xor(left, right);
    return PyBool_FromLong((left == Py_True) ^ (right == Py_True));
}

static PyNumberMethods bool_as_number = {
    .nb_and = bool_and,
    .nb_xor = bool_xor,
    .nb_or = bool_or,
};

/* A reference too few somewhere must not free static memory: the count starts anew. */
static void
bool_dealloc(PyObject *self)
{
    Py_SET_REFCNT(self, 999999999);
}

PyDoc_STRVAR(bool_doc,
"bool(x) -> bool\n"
"\n"
"True or False, as x counts in a condition. There are no other instances,\n"
"and no subclasses.");

PyTypeObject PyBool_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "bool",
    .tp_basicsize = sizeof(struct _longobject),
    .tp_dealloc = bool_dealloc,
    .tp_repr = bool_repr,
    .tp_as_number = &bool_as_number,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = bool_doc,
    .tp_base = &PyLong_Type,
    .tp_new = bool_new,
    .tp_vectorcall = bool_vectorcall,
};

struct _longobject _Py_FalseStruct = {PyVarObject_HEAD_INIT(&PyBool_Type, 0){0}};
struct _longobject _Py_TrueStruct = {PyVarObject_HEAD_INIT(&PyBool_Type, 1){1}};
