/* SPDX-License-Identifier: MIT */
/* property: a descriptor made of up to three functions. `name` comes from __set_name__ and serves
 * error messages. `doc` is the caller's or, if getter_doc is set, was taken from the getter. */
#include "Python.h"
#include "structmember.h"
#include "pycore_call.h"
#include "pycore_global_strings.h"
#include "pycore_object.h"
#include "ks_args.h"

typedef struct Property {
    PyObject_HEAD
    PyObject *getter;
    PyObject *setter;
    PyObject *deleter;
    PyObject *doc;
    PyObject *name;
    int getter_doc;
} Property;

/* ---- life ---- */

static void
property_dealloc(PyObject *self)
{
    Property *property = (Property *)self;
    _PyObject_GC_UNTRACK(self);
    Py_XDECREF(property->getter);
    Py_XDECREF(property->setter);
    Py_XDECREF(property->deleter);
    Py_XDECREF(property->doc);
    Py_XDECREF(property->name);
    Py_TYPE(self)->tp_free(self);
}

static int
property_traverse(PyObject *self, visitproc visit, void *arg)
{
    Property *property = (Property *)self;
    Py_VISIT(property->getter);
    Py_VISIT(property->setter);
    Py_VISIT(property->deleter);
    Py_VISIT(property->doc);
    Py_VISIT(property->name);
    return 0;
}

static int
property_clear(PyObject *self)
{
    Py_CLEAR(((Property *)self)->doc);
    return 0;
}

typedef struct PropertyArgs {
    PyObject *fget, *fset, *fdel, *doc;
} PropertyArgs;

static const KsParam property_params[] = {
    PARAM(PropertyArgs, fget, ARG_OBJECT, 0),
    PARAM(PropertyArgs, fset, ARG_OBJECT, 0),
    PARAM(PropertyArgs, fdel, ARG_OBJECT, 0),
    PARAM(PropertyArgs, doc, ARG_OBJECT, 0),
    PARAM_END,
};

static void
field_set(PyObject **field, PyObject *value)
{
    PyObject *fresh = value == Py_None ? NULL : value;
    Py_XINCREF(fresh);
    Py_XSETREF(*field, fresh);
}

/* Takes the getter's doc. Instances of subclasses keep it in their dict, where __doc__ of the
 * subclass itself does not hide it. */
static int
property_take_doc(Property *property)
{
    PyObject *doc;
    int found = _PyObject_LookupAttr(property->getter, &_Py_ID(__doc__), &doc);
    if (found <= 0)
        return found;
    property->getter_doc = 1;
    if (Py_IS_TYPE(property, &PyProperty_Type)) {
        Py_XSETREF(property->doc, doc);
        return 0;
    }
    int status = PyObject_SetAttr((PyObject *)property, &_Py_ID(__doc__), doc);
    Py_DECREF(doc);
    return status;
}

static int
property_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    Property *property = (Property *)self;
    PropertyArgs given = {NULL, NULL, NULL, NULL};
    if (!ks_args_parse_tuple("property", property_params, args, kwargs, &given))
        return -1;
    field_set(&property->getter, given.fget != NULL ? given.fget : Py_None);
    field_set(&property->setter, given.fset != NULL ? given.fset : Py_None);
    field_set(&property->deleter, given.fdel != NULL ? given.fdel : Py_None);
    Py_XINCREF(given.doc);
    Py_XSETREF(property->doc, given.doc);
    Py_CLEAR(property->name);
    property->getter_doc = 0;
    if ((given.doc == NULL || given.doc == Py_None) && property->getter != NULL)
        return property_take_doc(property);
    return 0;
}

/* ---- as a descriptor ---- */

/* "property 'x' of 'C' object has no getter", as much of it as is known. */
static KS_COLD void
property_complain(Property *property, PyObject *object, const char *lacks)
{
    if (property->name != NULL && object != NULL) {
        KS_OWNED PyObject *qualname = PyType_GetQualName(Py_TYPE(object));
        if (qualname != NULL)
            PyErr_Format(PyExc_AttributeError, "property %R of %R object has no %s",
                         property->name, qualname, lacks);
    }
    else if (object != NULL) {
        KS_OWNED PyObject *qualname = PyType_GetQualName(Py_TYPE(object));
        if (qualname != NULL)
            PyErr_Format(PyExc_AttributeError, "property of %R object has no %s", qualname, lacks);
    }
    else {
        PyErr_Format(PyExc_AttributeError, "property has no %s", lacks);
    }
}

static PyObject *
property_get(PyObject *self, PyObject *object, PyObject *type)
{
    if (object == NULL || object == Py_None)
        return Py_NewRef(self);
    Property *property = (Property *)self;
    if (property->getter == NULL) {
        property_complain(property, object, "getter");
        return NULL;
    }
    return PyObject_CallOneArg(property->getter, object);
}

static int
property_set(PyObject *self, PyObject *object, PyObject *value)
{
    Property *property = (Property *)self;
    PyObject *function = value == NULL ? property->deleter : property->setter;
    if (function == NULL) {
        property_complain(property, object, value == NULL ? "deleter" : "setter");
        return -1;
    }
    PyObject *args[3] = {NULL, object, value};
    PyObject *result = PyObject_Vectorcall(
        function, args + 1, (value == NULL ? 1 : 2) | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    if (result == NULL)
        return -1;
    Py_DECREF(result);
    return 0;
}

/* ---- methods ---- */

/* A property of the same class with one function replaced; NULL keeps, None removes. */
static KS_NEW PyObject *
property_copy(PyObject *self, PyObject *getter, PyObject *setter, PyObject *deleter)
{
    Property *old = (Property *)self;
    if (getter == NULL || getter == Py_None)
        getter = old->getter != NULL ? old->getter : Py_None;
    if (setter == NULL || setter == Py_None)
        setter = old->setter != NULL ? old->setter : Py_None;
    if (deleter == NULL || deleter == Py_None)
        deleter = old->deleter != NULL ? old->deleter : Py_None;
    PyObject *doc = old->doc != NULL ? old->doc : Py_None;
    if (old->getter_doc && getter != Py_None)
        doc = Py_None; /* the new getter's is to be taken */
    KS_OWNED PyObject *type = PyObject_Type(self);
    if (type == NULL)
        return NULL;
    PyObject *fresh = PyObject_CallFunctionObjArgs(type, getter, setter, deleter, doc, NULL);
    if (fresh != NULL && PyObject_TypeCheck(fresh, &PyProperty_Type)) {
        Py_XINCREF(old->name);
        Py_XSETREF(((Property *)fresh)->name, old->name);
    }
    return fresh;
}

static PyObject *
property_with_getter(PyObject *self, PyObject *function)
{
    return property_copy(self, function, NULL, NULL);
}

static PyObject *
property_with_setter(PyObject *self, PyObject *function)
{
    return property_copy(self, NULL, function, NULL);
}

static PyObject *
property_with_deleter(PyObject *self, PyObject *function)
{
    return property_copy(self, NULL, NULL, function);
}

static PyObject *
property_set_name(PyObject *self, PyObject *args)
{
    if (PyTuple_GET_SIZE(args) != 2) {
        PyErr_Format(PyExc_TypeError,
                     "__set_name__() takes 2 positional arguments but %zd were given",
                     PyTuple_GET_SIZE(args));
        return NULL;
    }
    PyObject *name = PyTuple_GET_ITEM(args, 1);
    Py_INCREF(name);
    Py_XSETREF(((Property *)self)->name, name);
    Py_RETURN_NONE;
}

static PyMethodDef property_methods[] = {
    METHOD_PLAIN("getter", property_with_getter, METH_O, "A copy with another getter."),
    METHOD_PLAIN("setter", property_with_setter, METH_O, "A copy with another setter."),
    METHOD_PLAIN("deleter", property_with_deleter, METH_O, "A copy with another deleter."),
    METHOD_PLAIN("__set_name__", property_set_name, METH_VARARGS,
                 "Learn the name of the attribute."),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef property_members[] = {
    {"fget", T_OBJECT, offsetof(Property, getter), READONLY, NULL},
    {"fset", T_OBJECT, offsetof(Property, setter), READONLY, NULL},
    {"fdel", T_OBJECT, offsetof(Property, deleter), READONLY, NULL},
    {"__doc__", T_OBJECT, offsetof(Property, doc), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyObject *
property_get_abstract(PyObject *self, void *closure)
{
    Property *property = (Property *)self;
    PyObject *functions[3] = {property->getter, property->setter, property->deleter};
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(functions); i++) {
        int abstract = _PyObject_IsAbstract(functions[i]);
        if (abstract < 0)
            return NULL;
        if (abstract)
            Py_RETURN_TRUE;
    }
    Py_RETURN_FALSE;
}

static PyGetSetDef property_getsets[] = {
    {"__isabstractmethod__", property_get_abstract, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyProperty_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "property",
    .tp_basicsize = sizeof(Property),
    .tp_dealloc = property_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "property(fget=None, fset=None, fdel=None, doc=None)\n--\n\n"
              "An attribute that is computed.\n\n"
              "fget, fset and fdel are called with the instance when the attribute is read, set\n"
              "or deleted; doc is the attribute's text, by default that of fget. As a decorator\n"
              "it takes the getter; p.setter and p.deleter add the others:\n\n"
              "class Circle:\n"
              "    @property\n"
              "    def area(self):\n"
              "        return pi * self.radius ** 2",
    .tp_traverse = property_traverse,
    .tp_clear = property_clear,
    .tp_methods = property_methods,
    .tp_members = property_members,
    .tp_getset = property_getsets,
    .tp_descr_get = property_get,
    .tp_descr_set = property_set,
    .tp_init = property_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = PyType_GenericNew,
    .tp_free = PyObject_GC_Del,
};
