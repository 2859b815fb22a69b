/* SPDX-License-Identifier: MIT */
/* mappingproxy: a read-only view of any mapping. type.__dict__ is one. Everything is passed on to
 * the mapping; nothing that changes it is. */
#include "Python.h"
#include "pycore_call.h"
#include "pycore_global_strings.h"
#include "pycore_object.h"
#include "ks_args.h"

typedef struct MappingProxy {
    PyObject_HEAD
    PyObject *mapping;
} MappingProxy;

#define MAPPING(self) (((MappingProxy *)(self))->mapping)

/* ---- life ---- */

static void
proxy_dealloc(PyObject *self)
{
    _PyObject_GC_UNTRACK(self);
    Py_DECREF(MAPPING(self));
    PyObject_GC_Del(self);
}

static int
proxy_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(MAPPING(self));
    return 0;
}

static int
is_mapping(PyObject *object)
{
    if (PyMapping_Check(object) && !PyList_Check(object) && !PyTuple_Check(object))
        return 1;
    PyErr_Format(PyExc_TypeError, "mappingproxy() argument must be a mapping, not %s",
                 Py_TYPE(object)->tp_name);
    return 0;
}

PyObject *
PyDictProxy_New(PyObject *mapping)
{
    if (!is_mapping(mapping))
        return NULL;
    MappingProxy *proxy = PyObject_GC_New(MappingProxy, &PyDictProxy_Type);
    if (proxy == NULL)
        return NULL;
    proxy->mapping = Py_NewRef(mapping);
    _PyObject_GC_TRACK(proxy);
    return (PyObject *)proxy;
}

typedef struct ProxyArgs {
    PyObject *mapping;
} ProxyArgs;

static const KsParam proxy_params[] = {
    PARAM(ProxyArgs, mapping, ARG_OBJECT, 1),
    PARAM_END,
};

static PyObject *
proxy_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    ProxyArgs given = {NULL};
    if (!ks_args_parse_tuple("mappingproxy", proxy_params, args, kwargs, &given))
        return NULL;
    return PyDictProxy_New(given.mapping);
}

/* ---- protocols ---- */

static PyObject *
proxy_repr(PyObject *self)
{
    return PyUnicode_FromFormat("mappingproxy(%R)", MAPPING(self));
}

static PyObject *
proxy_str(PyObject *self)
{
    return PyObject_Str(MAPPING(self));
}

static PyObject *
proxy_richcompare(PyObject *self, PyObject *other, int op)
{
    return PyObject_RichCompare(MAPPING(self), other, op);
}

static PyObject *
proxy_iter(PyObject *self)
{
    return PyObject_GetIter(MAPPING(self));
}

static Py_ssize_t
proxy_length(PyObject *self)
{
    return PyObject_Size(MAPPING(self));
}

static PyObject *
proxy_subscript(PyObject *self, PyObject *key)
{
    return PyObject_GetItem(MAPPING(self), key);
}

static int
proxy_contains(PyObject *self, PyObject *key)
{
    if (PyDict_CheckExact(MAPPING(self)))
        return PyDict_Contains(MAPPING(self), key);
    return PySequence_Contains(MAPPING(self), key);
}

/* Either operand may be the proxy. */
static PyObject *
proxy_or(PyObject *left, PyObject *right)
{
    if (PyObject_TypeCheck(left, &PyDictProxy_Type))
        left = MAPPING(left);
    if (PyObject_TypeCheck(right, &PyDictProxy_Type))
        right = MAPPING(right);
    return PyNumber_Or(left, right);
}

static PyObject *
proxy_inplace_or(PyObject *self, PyObject *other)
{
    return PyErr_Format(PyExc_TypeError, "'|=' is not supported by %s; use '|' instead",
                        Py_TYPE(self)->tp_name);
}

/* ---- methods ---- */

static PyObject *
proxy_get(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("get", nargs, 1, 2))
        return NULL;
    PyObject *call[3] = {MAPPING(self), args[0], nargs > 1 ? args[1] : Py_None};
    return PyObject_VectorcallMethod(&_Py_ID(get), call, 3 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
}

#define FORWARD(function, name)                                            \
    static PyObject *function(PyObject *self, PyObject *unused)            \
    {                                                                      \
        return PyObject_CallMethodNoArgs(MAPPING(self), &_Py_ID(name));    \
    }
FORWARD(proxy_keys, keys)
FORWARD(proxy_values, values)
FORWARD(proxy_items, items)
FORWARD(proxy_copy, copy)
FORWARD(proxy_reversed, __reversed__)

static PyMethodDef proxy_methods[] = {
    METHOD_PLAIN("get", proxy_get, METH_FASTCALL,
                 "D.get(key[, default]) -> D[key] if there is one, else default (None)."),
    METHOD_PLAIN("keys", proxy_keys, METH_NOARGS, "The keys, as a set-like view."),
    METHOD_PLAIN("values", proxy_values, METH_NOARGS, "The values, as a view."),
    METHOD_PLAIN("items", proxy_items, METH_NOARGS, "The (key, value) pairs, as a view."),
    METHOD_PLAIN("copy", proxy_copy, METH_NOARGS, "A shallow copy of the mapping behind."),
    METHOD_PLAIN("__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS,
                 "mappingproxy[key type, value type], for annotations."),
    METHOD_PLAIN("__reversed__", proxy_reversed, METH_NOARGS, "reversed(self)"),
    {NULL, NULL, 0, NULL},
};

static PyMappingMethods proxy_as_mapping = {
    .mp_length = proxy_length,
    .mp_subscript = proxy_subscript,
};

static PySequenceMethods proxy_as_sequence = {
    .sq_contains = proxy_contains,
};

static PyNumberMethods proxy_as_number = {
    .nb_or = proxy_or,
    .nb_inplace_or = proxy_inplace_or,
};

PyTypeObject PyDictProxy_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "mappingproxy",
    .tp_basicsize = sizeof(MappingProxy),
    .tp_dealloc = proxy_dealloc,
    .tp_repr = proxy_repr,
    .tp_as_number = &proxy_as_number,
    .tp_as_sequence = &proxy_as_sequence,
    .tp_as_mapping = &proxy_as_mapping,
    .tp_str = proxy_str,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_MAPPING,
    .tp_traverse = proxy_traverse,
    .tp_richcompare = proxy_richcompare,
    .tp_iter = proxy_iter,
    .tp_methods = proxy_methods,
    .tp_new = proxy_new,
};
