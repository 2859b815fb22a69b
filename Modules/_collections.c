/* SPDX-License-Identifier: MIT */
/* The _collections module: counting, namedtuple's fields, and the types of the other sources. */
#include "Python.h"
#include "structmember.h"

#include "ks_args.h"
#include "ks_collections.h"

/* ---- counting ---- */

/* Counts of an exact-behaving dict, with one hash for lookup and store. */
static int
count_into_dict(PyObject *dict, PyObject *iterator, PyObject *one)
{
    for (;;) {
        KS_OWNED PyObject *key = PyIter_Next(iterator);
        if (key == NULL)
            return PyErr_Occurred() ? -1 : 0;
        Py_hash_t hash = PyObject_Hash(key);
        if (hash == -1)
            return -1;
        PyObject *count = _PyDict_GetItem_KnownHash(dict, key, hash);
        if (count == NULL && PyErr_Occurred())
            return -1;
        KS_OWNED PyObject *more = count == NULL ? Py_NewRef(one) : PyNumber_Add(count, one);
        if (more == NULL || _PyDict_SetItem_KnownHash(dict, key, more, hash) < 0)
            return -1;
    }
}

static int
count_into_mapping(PyObject *mapping, PyObject *iterator, PyObject *one)
{
    KS_OWNED PyObject *get = PyObject_GetAttrString(mapping, "get");
    KS_OWNED PyObject *zero = get == NULL ? NULL : PyLong_FromLong(0);
    if (zero == NULL)
        return -1;
    for (;;) {
        KS_OWNED PyObject *key = PyIter_Next(iterator);
        if (key == NULL)
            return PyErr_Occurred() ? -1 : 0;
        KS_OWNED PyObject *count = PyObject_CallFunctionObjArgs(get, key, zero, NULL);
        if (count == NULL)
            return -1;
        KS_OWNED PyObject *more = PyNumber_Add(count, one);
        if (more == NULL || PyObject_SetItem(mapping, key, more) < 0)
            return -1;
    }
}

/* Does a type have dict's own version of this method? */
static int
has_dicts(PyTypeObject *type, const char *name)
{
    KS_OWNED PyObject *text = PyUnicode_InternFromString(name);
    if (text == NULL)
        return -1;
    PyObject *own = _PyType_Lookup(&PyDict_Type, text);
    return own != NULL && _PyType_Lookup(type, text) == own;
}

static PyObject *
collections_count_elements(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("_count_elements", nargs, 2, 2))
        return NULL;
    PyObject *mapping = args[0];
    KS_OWNED PyObject *iterator = PyObject_GetIter(args[1]);
    KS_OWNED PyObject *one = iterator == NULL ? NULL : PyLong_FromLong(1);
    if (one == NULL)
        return NULL;
    int plain = PyDict_Check(mapping);
    if (plain > 0)
        plain = has_dicts(Py_TYPE(mapping), "get");
    if (plain > 0)
        plain = has_dicts(Py_TYPE(mapping), "__setitem__");
    if (plain < 0)
        return NULL;
    int failed = plain ? count_into_dict(mapping, iterator, one)
                       : count_into_mapping(mapping, iterator, one);
    if (failed < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* ---- the descriptor of a namedtuple's field ---- */

typedef struct TupleGetter {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *doc;
} TupleGetter;

#define AS_GETTER(self) ((TupleGetter *)(self))

static PyObject *
getter_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t index;
    if (type == &ks_tuplegetter_type && !_PyArg_NoKeywords("_tuplegetter", kwargs))
        return NULL;
    if (!ks_args_count("_tuplegetter", PyTuple_GET_SIZE(args), 2, 2)
        || !ks_arg_index(PyTuple_GET_ITEM(args, 0), &index))
        return NULL;
    TupleGetter *self = (TupleGetter *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->index = index;
    self->doc = Py_NewRef(PyTuple_GET_ITEM(args, 1));
    return (PyObject *)self;
}

static PyObject *
getter_get(PyObject *self, PyObject *object, PyObject *type)
{
    Py_ssize_t index = AS_GETTER(self)->index;
    if (object == NULL)
        return Py_NewRef(self);
    if (!PyTuple_Check(object)) {
        if (object == Py_None)
            return Py_NewRef(self);
        PyErr_Format(PyExc_TypeError,
                     "descriptor for index '%zd' for tuple subclasses doesn't apply to '%s' object",
                     index, Py_TYPE(object)->tp_name);
        return NULL;
    }
    if ((size_t)index >= (size_t)PyTuple_GET_SIZE(object)) {
        PyErr_SetString(PyExc_IndexError, "tuple index out of range");
        return NULL;
    }
    return Py_NewRef(PyTuple_GET_ITEM(object, index));
}

static int
getter_set(PyObject *self, PyObject *object, PyObject *value)
{
    PyErr_SetString(PyExc_AttributeError,
                    value == NULL ? "can't delete attribute" : "can't set attribute");
    return -1;
}

static int
getter_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(AS_GETTER(self)->doc);
    return 0;
}

static int
getter_clear(PyObject *self)
{
    Py_CLEAR(AS_GETTER(self)->doc);
    return 0;
}

static void
getter_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    getter_clear(self);
    Py_TYPE(self)->tp_free(self);
}

static PyObject *
getter_repr(PyObject *self)
{
    return PyUnicode_FromFormat("%s(%zd, %R)", _PyType_Name(Py_TYPE(self)), AS_GETTER(self)->index,
                                AS_GETTER(self)->doc);
}

static PyObject *
getter_reduce(PyObject *self, PyObject *unused)
{
    return Py_BuildValue("O(nO)", Py_TYPE(self), AS_GETTER(self)->index, AS_GETTER(self)->doc);
}

static PyMethodDef getter_methods[] = {
    METHOD_PLAIN("__reduce__", getter_reduce, METH_NOARGS, NULL),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef getter_members[] = {
    {"__doc__", T_OBJECT, offsetof(TupleGetter, doc), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject ks_tuplegetter_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_collections._tuplegetter",
    .tp_basicsize = sizeof(TupleGetter),
    .tp_dealloc = getter_dealloc,
    .tp_repr = getter_repr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = getter_traverse,
    .tp_clear = getter_clear,
    .tp_methods = getter_methods,
    .tp_members = getter_members,
    .tp_descr_get = getter_get,
    .tp_descr_set = getter_set,
    .tp_new = getter_new,
};

/* ---- the module ---- */

static int
collections_exec(PyObject *module)
{
    ks_defaultdict_type.tp_base = &PyDict_Type;
    if (PyModule_AddType(module, &ks_deque_type) < 0
        || PyModule_AddType(module, &ks_defaultdict_type) < 0
        || PyModule_AddType(module, &PyODict_Type) < 0
        || PyModule_AddType(module, &ks_deque_iter_type) < 0
        || PyModule_AddType(module, &ks_deque_reviter_type) < 0
        || PyModule_AddType(module, &ks_tuplegetter_type) < 0)
        return -1;
    return 0;
}

static PyMethodDef collections_methods[] = {
    METHOD("_count_elements", collections_count_elements, METH_FASTCALL,
           "($module, mapping, iterable, /)",
           "Add 1 to the mapping's value for each element, which is 0 if it has none."),
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot collections_slots[] = {
    {Py_mod_exec, collections_exec},
    {0, NULL},
};

static struct PyModuleDef collections_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_collections",
    .m_doc = "Containers with special abilities; used by collections.",
    .m_methods = collections_methods,
    .m_slots = collections_slots,
};

PyMODINIT_FUNC
PyInit__collections(void)
{
    return PyModuleDef_Init(&collections_module);
}
