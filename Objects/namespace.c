/* SPDX-License-Identifier: MIT */
/* types.SimpleNamespace: attributes from keywords, repr and comparison by them. */
#include "Python.h"

#include "pycore_namespace.h"
#include "pycore_object.h"
#include "structmember.h"

#include "ks_args.h"

typedef struct Namespace {
    PyObject_HEAD
    PyObject *dict;
} Namespace;

static PyObject *
namespace_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *self = type->tp_alloc(type, 0);
    if (self != NULL && (((Namespace *)self)->dict = PyDict_New()) == NULL)
        Py_CLEAR(self);
    return self;
}

static int
namespace_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (PyTuple_GET_SIZE(args) != 0) {
        PyErr_Format(PyExc_TypeError, "no positional arguments expected");
        return -1;
    }
    if (kwargs == NULL)
        return 0;
    if (!PyArg_ValidateKeywordArguments(kwargs))
        return -1;
    return PyDict_Update(((Namespace *)self)->dict, kwargs);
}

PyObject *
_PyNamespace_New(PyObject *kwargs)
{
    PyObject *self = namespace_new(&_PyNamespace_Type, NULL, NULL);
    if (self != NULL && kwargs != NULL && PyDict_Update(((Namespace *)self)->dict, kwargs) < 0)
        Py_CLEAR(self);
    return self;
}

static int
namespace_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((Namespace *)self)->dict);
    return 0;
}

static int
namespace_clear(PyObject *self)
{
    Py_CLEAR(((Namespace *)self)->dict);
    return 0;
}

static void
namespace_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_CLEAR(((Namespace *)self)->dict);
    Py_TYPE(self)->tp_free(self);
}

/* "name=value" for every str key, joined; keys of other types and empty ones are left out. */
static PyObject *
namespace_pairs(Namespace *self)
{
    KS_OWNED PyObject *pairs = PyList_New(0);
    KS_OWNED PyObject *keys = PyDict_Keys(self->dict);
    if (pairs == NULL || keys == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(keys); i++) {
        PyObject *key = PyList_GET_ITEM(keys, i);
        if (!PyUnicode_Check(key) || PyUnicode_GET_LENGTH(key) == 0)
            continue;
        KS_OWNED PyObject *value = Py_XNewRef(PyDict_GetItemWithError(self->dict, key));
        if (value == NULL) {
            if (PyErr_Occurred())
                return NULL;
            continue;
        }
        KS_OWNED PyObject *pair = PyUnicode_FromFormat("%S=%R", key, value);
        if (pair == NULL || PyList_Append(pairs, pair) < 0)
            return NULL;
    }
    KS_OWNED PyObject *separator = PyUnicode_FromString(", ");
    return separator == NULL ? NULL : PyUnicode_Join(separator, pairs);
}

static PyObject *
namespace_repr(PyObject *self)
{
    const char *name = Py_IS_TYPE(self, &_PyNamespace_Type) ? "namespace"
                                                            : Py_TYPE(self)->tp_name;
    int is_nested = Py_ReprEnter(self);
    if (is_nested != 0)
        return is_nested > 0 ? PyUnicode_FromFormat("%s(...)", name) : NULL;
    KS_OWNED PyObject *pairs = namespace_pairs((Namespace *)self);
    PyObject *result = pairs == NULL ? NULL : PyUnicode_FromFormat("%s(%S)", name, pairs);
    Py_ReprLeave(self);
    return result;
}

static PyObject *
namespace_richcompare(PyObject *left, PyObject *right, int op)
{
    if (PyObject_TypeCheck(left, &_PyNamespace_Type) &&
        PyObject_TypeCheck(right, &_PyNamespace_Type))
        return PyObject_RichCompare(((Namespace *)left)->dict, ((Namespace *)right)->dict, op);
    Py_RETURN_NOTIMPLEMENTED;
}

static PyObject *
namespace_reduce(PyObject *self, PyObject *unused)
{
    KS_OWNED PyObject *empty = PyTuple_New(0);
    return empty == NULL ? NULL : PyTuple_Pack(3, Py_TYPE(self), empty, ((Namespace *)self)->dict);
}

static PyMemberDef namespace_members[] = {
    {"__dict__", T_OBJECT, offsetof(Namespace, dict), READONLY},
    {NULL},
};

static PyMethodDef namespace_methods[] = {
    METHOD_PLAIN("__reduce__", namespace_reduce, METH_NOARGS,
                 "Return state information for pickling"),
    {NULL},
};

PyTypeObject _PyNamespace_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "types.SimpleNamespace",
    .tp_basicsize = sizeof(Namespace),
    .tp_dealloc = namespace_dealloc,
    .tp_repr = namespace_repr,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_setattro = PyObject_GenericSetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = PyDoc_STR("A simple attribute-based namespace.\n\nSimpleNamespace(**kwargs)"),
    .tp_traverse = namespace_traverse,
    .tp_clear = namespace_clear,
    .tp_richcompare = namespace_richcompare,
    .tp_methods = namespace_methods,
    .tp_members = namespace_members,
    .tp_dictoffset = offsetof(Namespace, dict),
    .tp_init = namespace_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = namespace_new,
    .tp_free = PyObject_GC_Del,
};
