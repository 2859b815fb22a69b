/* SPDX-License-Identifier: MIT */
/* types.UnionType: int | str.
 *
 * The arguments are a flat tuple without duplicates, in the order written. */
#include "Python.h"

#include "pycore_object.h"
#include "pycore_unicodeobject.h"
#include "pycore_unionobject.h"
#include "structmember.h"

#include "ks_generic.h"

typedef struct Union {
    PyObject_HEAD
    PyObject *args;
    PyObject *parameters;
} Union;

#define CAST(self) ((Union *)(self))

static void
union_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(CAST(self)->args);
    Py_XDECREF(CAST(self)->parameters);
    Py_TYPE(self)->tp_free(self);
}

static int
union_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(CAST(self)->args);
    Py_VISIT(CAST(self)->parameters);
    return 0;
}

/* None is written for its class. Borrowed. */
static PyObject *
as_class(PyObject *object)
{
    return object == Py_None ? (PyObject *)&_PyNone_Type : object;
}

/* Appends the members of a union, or the object itself, unless they are there already. */
static int
add_members(PyObject *list, PyObject *object)
{
    if (_PyUnion_Check(object)) {
        PyObject *args = CAST(object)->args;
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
            if (add_members(list, PyTuple_GET_ITEM(args, i)) < 0)
                return -1;
        }
        return 0;
    }
    object = as_class(object);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *present = PyList_GET_ITEM(list, i);
        /* Classes are compared by identity: their metaclass's __eq__ has no say. */
        int same = present == object;
        if (!same && _PyGenericAlias_Check(present) && _PyGenericAlias_Check(object))
            same = PyObject_RichCompareBool(present, object, Py_EQ);
        if (same != 0)
            return same < 0 ? -1 : 0;
    }
    return PyList_Append(list, object);
}

/* A union of the list's members; the only member itself if there is one. */
static PyObject *
union_from_list(PyObject *list)
{
    if (PyList_GET_SIZE(list) == 1)
        return Py_NewRef(PyList_GET_ITEM(list, 0));
    PyObject *args = PyList_AsTuple(list);
    if (args == NULL)
        return NULL;
    Union *self = PyObject_GC_New(Union, &_PyUnion_Type);
    if (self == NULL) {
        Py_DECREF(args);
        return NULL;
    }
    self->args = args;
    self->parameters = NULL;
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

static int
can_be_member(PyObject *object)
{
    return object == Py_None || PyType_Check(object) || _PyGenericAlias_Check(object) ||
           _PyUnion_Check(object);
}

PyObject *
_Py_union_type_or(PyObject *left, PyObject *right)
{
    if (!can_be_member(left) || !can_be_member(right))
        Py_RETURN_NOTIMPLEMENTED;
    KS_OWNED PyObject *list = PyList_New(0);
    if (list == NULL || add_members(list, left) < 0 || add_members(list, right) < 0)
        return NULL;
    return union_from_list(list);
}

/* Borrowed. */
PyObject *
_Py_union_args(PyObject *self)
{
    return CAST(self)->args;
}

static Py_hash_t
union_hash(PyObject *self)
{
    KS_OWNED PyObject *set = PyFrozenSet_New(CAST(self)->args);
    return set == NULL ? -1 : PyObject_Hash(set);
}

static PyObject *
union_richcompare(PyObject *left, PyObject *right, int op)
{
    if (!_PyUnion_Check(right) || (op != Py_EQ && op != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    KS_OWNED PyObject *a = PySet_New(CAST(left)->args);
    KS_OWNED PyObject *b = a == NULL ? NULL : PySet_New(CAST(right)->args);
    return b == NULL ? NULL : PyObject_RichCompare(a, b, op);
}

static PyObject *
union_repr(PyObject *self)
{
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    PyObject *args = CAST(self)->args;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        PyObject *member = PyTuple_GET_ITEM(args, i);
        int status = i > 0 ? _PyUnicodeWriter_WriteASCIIString(&writer, " | ", 3) : 0;
        if (status == 0)
            status = member == (PyObject *)&_PyNone_Type
                ? _PyUnicodeWriter_WriteASCIIString(&writer, "None", 4)
                : ks_generic_write_argument(&writer, member);
        if (status < 0) {
            _PyUnicodeWriter_Dealloc(&writer);
            return NULL;
        }
    }
    return _PyUnicodeWriter_Finish(&writer);
}

/* --- instance and subclass checks --- */

static int
has_generic(PyObject *args)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        if (_PyGenericAlias_Check(PyTuple_GET_ITEM(args, i)))
            return 1;
    }
    return 0;
}

static PyObject *
union_instancecheck(PyObject *self, PyObject *instance)
{
    PyObject *args = CAST(self)->args;
    if (has_generic(args)) {
        PyErr_SetString(PyExc_TypeError,
                        "isinstance() argument 2 cannot be a parameterized generic");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        if (!PyType_Check(PyTuple_GET_ITEM(args, i)))
            continue;
        int answer = PyObject_IsInstance(instance, PyTuple_GET_ITEM(args, i));
        if (answer != 0)
            return answer < 0 ? NULL : Py_NewRef(Py_True);
    }
    Py_RETURN_FALSE;
}

static PyObject *
union_subclasscheck(PyObject *self, PyObject *candidate)
{
    PyObject *args = CAST(self)->args;
    if (!PyType_Check(candidate)) {
        PyErr_SetString(PyExc_TypeError, "issubclass() arg 1 must be a class");
        return NULL;
    }
    if (has_generic(args)) {
        PyErr_SetString(PyExc_TypeError,
                        "issubclass() argument 2 cannot be a parameterized generic");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        if (!PyType_Check(PyTuple_GET_ITEM(args, i)))
            continue;
        int answer = PyObject_IsSubclass(candidate, PyTuple_GET_ITEM(args, i));
        if (answer != 0)
            return answer < 0 ? NULL : Py_NewRef(Py_True);
    }
    Py_RETURN_FALSE;
}

/* --- parameters --- */

static PyObject *
union_parameters(PyObject *self, void *closure)
{
    if (CAST(self)->parameters == NULL)
        CAST(self)->parameters = _Py_make_parameters(CAST(self)->args);
    return Py_XNewRef(CAST(self)->parameters);
}

static PyObject *
union_getitem(PyObject *self, PyObject *item)
{
    KS_OWNED PyObject *parameters = union_parameters(self, NULL);
    if (parameters == NULL)
        return NULL;
    KS_OWNED PyObject *args = _Py_subs_parameters(self, CAST(self)->args, parameters, item);
    if (args == NULL)
        return NULL;
    if (PyTuple_GET_SIZE(args) == 0)
        return PyErr_Format(PyExc_TypeError, "Cannot take a Union of no types.");
    KS_OWNED PyObject *result = Py_NewRef(PyTuple_GET_ITEM(args, 0));
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(args); i++) {
        PyObject *wider = PyNumber_Or(result, PyTuple_GET_ITEM(args, i));
        if (wider == NULL)
            return NULL;
        Py_SETREF(result, wider);
    }
    return ks_give(&result);
}

static PyMethodDef union_methods[] = {
    METHOD_PLAIN("__instancecheck__", union_instancecheck, METH_O, NULL),
    METHOD_PLAIN("__subclasscheck__", union_subclasscheck, METH_O, NULL),
    {NULL},
};

static PyMemberDef union_members[] = {
    {"__args__", T_OBJECT, offsetof(Union, args), READONLY},
    {NULL},
};

static PyGetSetDef union_getset[] = {
    {"__parameters__", union_parameters, NULL, PyDoc_STR("Type variables in the types.UnionType.")},
    {NULL},
};

/* Only these are the union's own; other names are looked up as usual. */
static PyObject *
union_getattro(PyObject *self, PyObject *name)
{
    if (PyUnicode_Check(name) && _PyUnicode_EqualToASCIIString(name, "__module__"))
        return PyObject_GetAttr((PyObject *)Py_TYPE(self), name);
    return PyObject_GenericGetAttr(self, name);
}

static PyNumberMethods union_as_number = {.nb_or = _Py_union_type_or};
static PyMappingMethods union_as_mapping = {.mp_subscript = union_getitem};

PyTypeObject _PyUnion_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "types.UnionType",
    .tp_doc = PyDoc_STR("Represent a PEP 604 union type, such as int | str."),
    .tp_basicsize = sizeof(Union),
    .tp_dealloc = union_dealloc,
    .tp_alloc = PyType_GenericAlloc,
    .tp_free = PyObject_GC_Del,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_traverse = union_traverse,
    .tp_hash = union_hash,
    .tp_getattro = union_getattro,
    .tp_members = union_members,
    .tp_methods = union_methods,
    .tp_richcompare = union_richcompare,
    .tp_as_mapping = &union_as_mapping,
    .tp_as_number = &union_as_number,
    .tp_repr = union_repr,
    .tp_getset = union_getset,
};
