/* SPDX-License-Identifier: MIT */
/* classmethod and staticmethod: descriptors around one callable. Both copy the callable's name,
 * text and the like into their dict, as functools.wraps does. */
#include "Python.h"
#include "structmember.h"
#include "pycore_call.h"
#include "pycore_global_strings.h"
#include "pycore_object.h"
#include "ks_args.h"

/* The two types differ in what they do, not in what they hold. */
typedef struct Wrapping {
    PyObject_HEAD
    PyObject *callable;
    PyObject *dict;
} Wrapping;

/* ---- life ---- */

static void
wrapping_dealloc(PyObject *self)
{
    Wrapping *wrapping = (Wrapping *)self;
    _PyObject_GC_UNTRACK(self);
    Py_XDECREF(wrapping->callable);
    Py_XDECREF(wrapping->dict);
    Py_TYPE(self)->tp_free(self);
}

static int
wrapping_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((Wrapping *)self)->dict);
    Py_VISIT(((Wrapping *)self)->callable);
    return 0;
}

static int
wrapping_clear(PyObject *self)
{
    Py_CLEAR(((Wrapping *)self)->dict);
    Py_CLEAR(((Wrapping *)self)->callable);
    return 0;
}

static int
attribute_copy(PyObject *from, PyObject *to, PyObject *name)
{
    PyObject *value;
    int found = _PyObject_LookupAttr(from, name, &value);
    if (found <= 0)
        return found;
    int status = PyObject_SetAttr(to, name, value);
    Py_DECREF(value);
    return status;
}

static int
wrapping_set(PyObject *self, PyObject *callable)
{
    Wrapping *wrapping = (Wrapping *)self;
    Py_INCREF(callable);
    Py_XSETREF(wrapping->callable, callable);
    if (attribute_copy(callable, self, &_Py_ID(__module__)) < 0 ||
        attribute_copy(callable, self, &_Py_ID(__name__)) < 0 ||
        attribute_copy(callable, self, &_Py_ID(__qualname__)) < 0 ||
        attribute_copy(callable, self, &_Py_ID(__doc__)) < 0 ||
        attribute_copy(callable, self, &_Py_ID(__annotations__)) < 0)
        return -1;
    return 0;
}

static int
wrapping_init(PyObject *self, PyObject *args, PyObject *kwargs, const char *name)
{
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0) {
        PyErr_Format(PyExc_TypeError, "%s() takes no keyword arguments", name);
        return -1;
    }
    if (!ks_args_count(name, PyTuple_GET_SIZE(args), 1, 1))
        return -1;
    return wrapping_set(self, PyTuple_GET_ITEM(args, 0));
}

static KS_NEW PyObject *
wrapping_new(PyTypeObject *type, PyObject *callable)
{
    PyObject *self = PyType_GenericAlloc(type, 0);
    if (self != NULL && wrapping_set(self, callable) < 0)
        Py_CLEAR(self);
    return self;
}

/* ---- shared attributes ---- */

static PyMemberDef wrapping_members[] = {
    {"__func__", T_OBJECT, offsetof(Wrapping, callable), READONLY, NULL},
    {"__wrapped__", T_OBJECT, offsetof(Wrapping, callable), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyObject *
wrapping_get_abstract(PyObject *self, void *closure)
{
    int abstract = _PyObject_IsAbstract(((Wrapping *)self)->callable);
    return abstract < 0 ? NULL : PyBool_FromLong(abstract);
}

static PyGetSetDef wrapping_getsets[] = {
    {"__isabstractmethod__", wrapping_get_abstract, NULL, NULL, NULL},
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* ---- classmethod ---- */

static int
classmethod_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return wrapping_init(self, args, kwargs, "classmethod");
}

static PyObject *
classmethod_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<classmethod(%R)>", ((Wrapping *)self)->callable);
}

/* A descriptor inside is asked on behalf of the class; anything else is bound to the class. */
static PyObject *
classmethod_get(PyObject *self, PyObject *object, PyObject *type)
{
    PyObject *callable = ((Wrapping *)self)->callable;
    if (callable == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "uninitialized classmethod object");
        return NULL;
    }
    if (type == NULL)
        type = (PyObject *)Py_TYPE(object);
    descrgetfunc get = Py_TYPE(callable)->tp_descr_get;
    if (get != NULL)
        return get(callable, type, type);
    return PyMethod_New(callable, type);
}

PyTypeObject PyClassMethod_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "classmethod",
    .tp_basicsize = sizeof(Wrapping),
    .tp_dealloc = wrapping_dealloc,
    .tp_repr = classmethod_repr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "classmethod(function) -> method\n\n"
              "Make a method that gets the class instead of the instance:\n\n"
              "class C:\n"
              "    @classmethod\n"
              "    def make(cls, *args):\n"
              "        return cls(*args)",
    .tp_traverse = wrapping_traverse,
    .tp_clear = wrapping_clear,
    .tp_members = wrapping_members,
    .tp_getset = wrapping_getsets,
    .tp_descr_get = classmethod_get,
    .tp_dictoffset = offsetof(Wrapping, dict),
    .tp_init = classmethod_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = PyType_GenericNew,
    .tp_free = PyObject_GC_Del,
};

PyObject *
PyClassMethod_New(PyObject *callable)
{
    return wrapping_new(&PyClassMethod_Type, callable);
}

/* ---- staticmethod ---- */

static int
staticmethod_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return wrapping_init(self, args, kwargs, "staticmethod");
}

static PyObject *
staticmethod_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<staticmethod(%R)>", ((Wrapping *)self)->callable);
}

static PyObject *
staticmethod_get(PyObject *self, PyObject *object, PyObject *type)
{
    PyObject *callable = ((Wrapping *)self)->callable;
    if (callable == NULL)
        PyErr_SetString(PyExc_RuntimeError, "uninitialized staticmethod object");
    return Py_XNewRef(callable);
}

static PyObject *
staticmethod_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *callable = ((Wrapping *)self)->callable;
    if (callable == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "uninitialized staticmethod object");
        return NULL;
    }
    return PyObject_Call(callable, args, kwargs);
}

PyTypeObject PyStaticMethod_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "staticmethod",
    .tp_basicsize = sizeof(Wrapping),
    .tp_dealloc = wrapping_dealloc,
    .tp_repr = staticmethod_repr,
    .tp_call = staticmethod_call,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "staticmethod(function) -> method\n\n"
              "Make a method that gets neither instance nor class:\n\n"
              "class C:\n"
              "    @staticmethod\n"
              "    def parse(text):\n"
              "        ...",
    .tp_traverse = wrapping_traverse,
    .tp_clear = wrapping_clear,
    .tp_members = wrapping_members,
    .tp_getset = wrapping_getsets,
    .tp_descr_get = staticmethod_get,
    .tp_dictoffset = offsetof(Wrapping, dict),
    .tp_init = staticmethod_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = PyType_GenericNew,
    .tp_free = PyObject_GC_Del,
};

PyObject *
PyStaticMethod_New(PyObject *callable)
{
    return wrapping_new(&PyStaticMethod_Type, callable);
}
