/* SPDX-License-Identifier: MIT */
/* Cells: boxes for variables that inner functions share. */
#include "Python.h"

#include "pycore_object.h"

#include "ks_args.h"

static PyObject *
cell_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0) {
        PyErr_SetString(PyExc_TypeError, "cell() takes no keyword arguments");
        return NULL;
    }
    if (!ks_args_count("cell", PyTuple_GET_SIZE(args), 0, 1))
        return NULL;
    return PyCell_New(PyTuple_GET_SIZE(args) > 0 ? PyTuple_GET_ITEM(args, 0) : NULL);
}

static int
cell_traverse(PyCellObject *cell, visitproc visit, void *arg)
{
    Py_VISIT(cell->ob_ref);
    return 0;
}

static int
cell_clear(PyCellObject *cell)
{
    Py_CLEAR(cell->ob_ref);
    return 0;
}

static void
cell_dealloc(PyCellObject *cell)
{
    _PyObject_GC_UNTRACK(cell);
    Py_XDECREF(cell->ob_ref);
    PyObject_GC_Del(cell);
}

static PyObject *
cell_repr(PyCellObject *cell)
{
    if (cell->ob_ref == NULL)
        return PyUnicode_FromFormat("<cell at %p: empty>", cell);
    return PyUnicode_FromFormat("<cell at %p: %.80s object at %p>", cell,
                                Py_TYPE(cell->ob_ref)->tp_name, cell->ob_ref);
}

/* By contents; an empty cell is less than any other. */
static PyObject *
cell_richcompare(PyObject *left, PyObject *right, int op)
{
    if (!PyCell_Check(left) || !PyCell_Check(right))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *a = PyCell_GET(left), *b = PyCell_GET(right);
    if (a != NULL && b != NULL)
        return PyObject_RichCompare(a, b, op);
    Py_RETURN_RICHCOMPARE(b == NULL, a == NULL, op);
}

static PyObject *
cell_get_contents(PyCellObject *cell, void *closure)
{
    if (cell->ob_ref == NULL)
        PyErr_SetString(PyExc_ValueError, "Cell is empty");
    return Py_XNewRef(cell->ob_ref);
}

static int
cell_set_contents(PyCellObject *cell, PyObject *value, void *closure)
{
    PyObject *old = cell->ob_ref;
    cell->ob_ref = Py_XNewRef(value);
    Py_XDECREF(old);
    return 0;
}

static PyGetSetDef cell_getters[] = {
    {"cell_contents", (getter)cell_get_contents, (setter)cell_set_contents, NULL, NULL},
    {NULL},
};

PyTypeObject PyCell_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "cell",
    .tp_doc = "cell([contents])\n--\n\nA box that holds at most one object.",
    .tp_basicsize = sizeof(PyCellObject),
    .tp_dealloc = (destructor)cell_dealloc,
    .tp_repr = (reprfunc)cell_repr,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = (traverseproc)cell_traverse,
    .tp_clear = (inquiry)cell_clear,
    .tp_richcompare = cell_richcompare,
    .tp_getset = cell_getters,
    .tp_new = cell_new,
};

PyObject *
PyCell_New(PyObject *contents)
{
    PyCellObject *cell = PyObject_GC_New(PyCellObject, &PyCell_Type);
    if (cell == NULL)
        return NULL;
    cell->ob_ref = Py_XNewRef(contents);
    _PyObject_GC_TRACK(cell);
    return (PyObject *)cell;
}

PyObject *
PyCell_Get(PyObject *cell)
{
    if (!PyCell_Check(cell)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return Py_XNewRef(PyCell_GET(cell));
}

int
PyCell_Set(PyObject *cell, PyObject *value)
{
    if (!PyCell_Check(cell)) {
        PyErr_BadInternalCall();
        return -1;
    }
    PyObject *old = PyCell_GET(cell);
    ((PyCellObject *)cell)->ob_ref = Py_XNewRef(value);
    Py_XDECREF(old);
    return 0;
}
