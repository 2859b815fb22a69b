/* SPDX-License-Identifier: MIT */
/* collections.defaultdict: a dict that calls a factory for keys it does not have. */
#include "Python.h"
#include "structmember.h"

#include "ks_base.h"
#include "ks_collections.h"

typedef struct DefaultDict {
    PyDictObject dict;
    PyObject *factory; /* NULL before __init__ and after clearing: as None */
} DefaultDict;

#define AS_DEFAULT(self) ((DefaultDict *)(self))

static PyObject *
factory_or_none(PyObject *self)
{
    return AS_DEFAULT(self)->factory != NULL ? AS_DEFAULT(self)->factory : Py_None;
}

/* ---- lifecycle ---- */

static int
defaultdict_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *factory = NULL;
    Py_ssize_t nargs = PyTuple_GET_SIZE(args);
    if (nargs > 0) {
        factory = PyTuple_GET_ITEM(args, 0);
        if (!PyCallable_Check(factory) && factory != Py_None) {
            PyErr_SetString(PyExc_TypeError, "first argument must be callable or None");
            return -1;
        }
    }
    KS_OWNED PyObject *rest = PyTuple_GetSlice(args, 1, nargs);
    if (rest == NULL)
        return -1;
    Py_XINCREF(factory);
    Py_XSETREF(AS_DEFAULT(self)->factory, factory);
    return PyDict_Type.tp_init(self, rest, kwargs);
}

static void
defaultdict_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_CLEAR(AS_DEFAULT(self)->factory);
    PyDict_Type.tp_dealloc(self);
}

static int
defaultdict_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(AS_DEFAULT(self)->factory);
    return PyDict_Type.tp_traverse(self, visit, arg);
}

static int
defaultdict_clear(PyObject *self)
{
    Py_CLEAR(AS_DEFAULT(self)->factory);
    return PyDict_Type.tp_clear(self);
}

/* ---- slots ---- */

static PyObject *
factory_repr(PyObject *factory)
{
    /* A factory may lead back here, as a bound method of this dict does. */
    int entered = Py_ReprEnter(factory);
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromString("...") : NULL;
    PyObject *text = PyObject_Repr(factory);
    Py_ReprLeave(factory);
    return text;
}

static PyObject *
defaultdict_repr(PyObject *self)
{
    KS_OWNED PyObject *items = PyDict_Type.tp_repr(self);
    if (items == NULL)
        return NULL;
    KS_OWNED PyObject *factory = AS_DEFAULT(self)->factory == NULL
                                     ? PyUnicode_FromString("None")
                                     : factory_repr(AS_DEFAULT(self)->factory);
    if (factory == NULL)
        return NULL;
    return PyUnicode_FromFormat("%s(%U, %U)", _PyType_Name(Py_TYPE(self)), factory, items);
}

/* Another one of this type, with these items. */
static PyObject *
make_like(PyObject *self, PyObject *items)
{
    return PyObject_CallFunctionObjArgs((PyObject *)Py_TYPE(self), factory_or_none(self), items,
                                        NULL);
}

static PyObject *
defaultdict_or(PyObject *left, PyObject *right)
{
    PyObject *self = left, *other = right;
    if (!PyObject_TypeCheck(left, &ks_defaultdict_type)) {
        self = right;
        other = left;
    }
    if (!PyDict_Check(other))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *joined = make_like(self, left);
    if (joined != NULL && PyDict_Update(joined, right) < 0)
        Py_CLEAR(joined);
    return joined;
}

/* ---- methods ---- */

static PyObject *
defaultdict_missing(PyObject *self, PyObject *key)
{
    PyObject *factory = factory_or_none(self);
    if (factory == Py_None) {
        KS_OWNED PyObject *args = PyTuple_Pack(1, key);
        if (args != NULL)
            PyErr_SetObject(PyExc_KeyError, args);
        return NULL;
    }
    KS_OWNED PyObject *value = PyObject_CallNoArgs(factory);
    if (value == NULL || PyObject_SetItem(self, key, value) < 0)
        return NULL;
    return ks_give(&value);
}

static PyObject *
defaultdict_copy(PyObject *self, PyObject *unused)
{
    return make_like(self, self);
}

static PyObject *
defaultdict_reduce(PyObject *self, PyObject *unused)
{
    PyObject *factory = factory_or_none(self);
    KS_OWNED PyObject *args = factory == Py_None ? PyTuple_New(0) : PyTuple_Pack(1, factory);
    if (args == NULL)
        return NULL;
    KS_OWNED PyObject *items = PyObject_CallMethod(self, "items", NULL);
    KS_OWNED PyObject *iterator = items == NULL ? NULL : PyObject_GetIter(items);
    if (iterator == NULL)
        return NULL;
    return PyTuple_Pack(5, Py_TYPE(self), args, Py_None, Py_None, iterator);
}

static PyMethodDef defaultdict_methods[] = {
    METHOD_PLAIN("__missing__", defaultdict_missing, METH_O,
                 "__missing__(key): what a lookup without success does.\n\n"
                 "Stores and returns what the factory makes; KeyError if there is none."),
    METHOD_PLAIN("copy", defaultdict_copy, METH_NOARGS, "D.copy() -> a copy of D."),
    METHOD_PLAIN("__copy__", defaultdict_copy, METH_NOARGS, "D.copy() -> a copy of D."),
    METHOD_PLAIN("__reduce__", defaultdict_reduce, METH_NOARGS, "What pickle needs to know."),
    METHOD_PLAIN("__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS,
                 "defaultdict[...] for type annotations."),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef defaultdict_members[] = {
    {"default_factory", T_OBJECT, offsetof(DefaultDict, factory), 0,
     "What is called for the value of a new key, or None."},
    {NULL, 0, 0, 0, NULL},
};

static PyNumberMethods defaultdict_as_number = {.nb_or = defaultdict_or};

PyTypeObject ks_defaultdict_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "collections.defaultdict",
    .tp_basicsize = sizeof(DefaultDict),
    .tp_dealloc = defaultdict_dealloc,
    .tp_repr = defaultdict_repr,
    .tp_as_number = &defaultdict_as_number,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "defaultdict(default_factory=None, /, [...]) --> dict with default factory\n\n"
              "The factory is called for the value of a key that is looked up and not there.\n"
              "All other arguments are dict's.",
    .tp_traverse = defaultdict_traverse,
    .tp_clear = defaultdict_clear,
    .tp_methods = defaultdict_methods,
    .tp_members = defaultdict_members,
    .tp_init = defaultdict_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_free = PyObject_GC_Del,
};
