/* SPDX-License-Identifier: MIT */
/* `type`, the type of types: calling a class, its methods, and the life of heap types. How a
 * class statement becomes a type is in type_new.c; what PyType_Ready does in type_ready.c. */
#include "Python.h"
#include "structmember.h"
#include "pycore_call.h"
#include "pycore_dict.h"
#include "pycore_global_strings.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "pycore_unionobject.h"
#include "ks_dict.h"
#include "ks_object.h"
#include "ks_type.h"
#include "ks_args.h"

/* ---- calling ---- */

/* type(x) answers; everything else makes an instance. */
static PyObject *
type_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyTypeObject *type = (PyTypeObject *)self;
    if (type == &PyType_Type) {
        Py_ssize_t count = PyTuple_GET_SIZE(args);
        int keywords = kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0;
        if (count == 1 && !keywords)
            return Py_NewRef(Py_TYPE(PyTuple_GET_ITEM(args, 0)));
        if (count != 3) {
            PyErr_SetString(PyExc_TypeError, "type() takes 1 or 3 arguments");
            return NULL;
        }
    }
    if (type->tp_new == NULL) {
        PyErr_Format(PyExc_TypeError, "cannot create '%s' instances", type->tp_name);
        return NULL;
    }
    PyObject *object = type->tp_new(type, args, kwargs);
    object = _Py_CheckFunctionResult(_PyThreadState_GET(), self, object, NULL);
    if (object == NULL)
        return NULL;
    /* __new__ may return anything; only our own kind is initialised. */
    if (!PyObject_TypeCheck(object, type))
        return object;
    type = Py_TYPE(object);
    if (type->tp_init != NULL && type->tp_init(object, args, kwargs) < 0)
        Py_CLEAR(object);
    return object;
}

/* tp_vectorcall of type itself, so that type(x) costs nothing. */
static PyObject *
type_vectorcall(PyObject *metatype, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (nargs == 1 && metatype == (PyObject *)&PyType_Type) {
        if (!ks_args_no_kwnames("type", kwnames))
            return NULL;
        return Py_NewRef(Py_TYPE(args[0]));
    }
    return _PyObject_MakeTpCall(_PyThreadState_GET(), metatype, args, nargs, kwnames);
}

static int
type_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    if (kwargs != NULL && count == 1 && PyDict_GET_SIZE(kwargs) != 0) {
        PyErr_SetString(PyExc_TypeError, "type.__init__() takes no keyword arguments");
        return -1;
    }
    if (count != 1 && count != 3) {
        PyErr_SetString(PyExc_TypeError, "type.__init__() takes 1 or 3 arguments");
        return -1;
    }
    return 0;
}

/* ---- attributes ---- */

static PyObject *
type_getattro(PyObject *self, PyObject *name)
{
    return ks_type_getattr((PyTypeObject *)self, name, 0);
}

static int
type_setattro(PyObject *self, PyObject *name, PyObject *value)
{
    PyTypeObject *type = (PyTypeObject *)self;
    if (type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE) {
        PyErr_Format(PyExc_TypeError, "cannot set %R attribute of immutable type '%s'", name,
                     type->tp_name);
        return -1;
    }
    if (!ks_attribute_name_check(name))
        return -1;
    Py_INCREF(name);
    if (PyUnicode_CheckExact(name) && !PyUnicode_CHECK_INTERNED(name))
        PyUnicode_InternInPlace(&name);
    int status = _PyObject_GenericSetAttrWithDict(self, name, value, NULL);
    if (status == 0) {
        /* Tags first: filling slots looks names up. */
        PyType_Modified(type);
        if (PyUnicode_CheckExact(name) && ks_name_is_dunder(name))
            status = ks_type_update_slot(type, name);
    }
    Py_DECREF(name);
    return status;
}

static PyObject *
type_repr(PyObject *self)
{
    PyTypeObject *type = (PyTypeObject *)self;
    if (type->tp_name == NULL)
        return PyUnicode_FromFormat("<class at %p>", type); /* not ready yet */
    KS_OWNED PyObject *module = ks_type_module(type);
    if (module == NULL)
        PyErr_Clear();
    KS_OWNED PyObject *qualname = ks_type_qualname(type);
    if (qualname == NULL)
        return NULL;
    if (module != NULL && PyUnicode_Check(module) && !_PyUnicode_Equal(module, &_Py_ID(builtins)))
        return PyUnicode_FromFormat("<class '%U.%U'>", module, qualname);
    return PyUnicode_FromFormat("<class '%s'>", type->tp_name);
}

/* ---- life of heap types ---- */

static void
type_dealloc(PyObject *self)
{
    PyTypeObject *type = (PyTypeObject *)self;
    PyHeapTypeObject *heap = (PyHeapTypeObject *)self;
    _PyObject_ASSERT(self, type->tp_flags & Py_TPFLAGS_HEAPTYPE);
    _PyObject_GC_UNTRACK(self);

    PyObject *error_type, *error_value, *error_traceback;
    PyErr_Fetch(&error_type, &error_value, &error_traceback);
    ks_type_subclass_remove_all(type, type->tp_bases);
    PyErr_Restore(error_type, error_value, error_traceback);

    PyObject_ClearWeakRefs(self);
    PyType_Modified(type);
    Py_XDECREF(type->tp_base);
    Py_XDECREF(type->tp_dict);
    Py_XDECREF(type->tp_bases);
    Py_XDECREF(type->tp_mro);
    Py_XDECREF(type->tp_cache);
    Py_XDECREF(type->tp_subclasses);
    PyObject_Free((char *)type->tp_doc);
    Py_XDECREF(heap->ht_name);
    Py_XDECREF(heap->ht_qualname);
    Py_XDECREF(heap->ht_slots);
    Py_XDECREF(heap->ht_module);
    if (heap->ht_cached_keys != NULL)
        ks_keys_release(heap->ht_cached_keys);
    PyMem_Free(heap->_ht_tpname);
    Py_TYPE(type)->tp_free(self);
}

static int
type_traverse(PyObject *self, visitproc visit, void *arg)
{
    PyTypeObject *type = (PyTypeObject *)self;
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        Py_FatalError("traversing a type that is not a heap type");
    Py_VISIT(type->tp_dict);
    Py_VISIT(type->tp_cache);
    Py_VISIT(type->tp_mro);
    Py_VISIT(type->tp_bases);
    Py_VISIT(type->tp_base);
    Py_VISIT(((PyHeapTypeObject *)type)->ht_module);
    /* tp_subclasses holds weak references only; names and slots are strings. */
    return 0;
}

/* Breaks the cycles every class is in: its MRO holds it, and so do its descriptors. Base, bases and
 * shared keys stay: instances that are still alive need them. */
static int
type_clear(PyObject *self)
{
    PyTypeObject *type = (PyTypeObject *)self;
    PyType_Modified(type);
    if (type->tp_dict != NULL)
        PyDict_Clear(type->tp_dict);
    Py_CLEAR(((PyHeapTypeObject *)type)->ht_module);
    Py_CLEAR(type->tp_mro);
    return 0;
}

static int
type_is_gc(PyObject *self)
{
    return (((PyTypeObject *)self)->tp_flags & Py_TPFLAGS_HEAPTYPE) != 0;
}

/* ---- methods ---- */

static PyObject *
type_subclasses(PyObject *self, PyObject *unused)
{
    return _PyType_GetSubclasses((PyTypeObject *)self);
}

static PyObject *
type_prepare(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return PyDict_New();
}

static PyObject *
type_instancecheck(PyObject *self, PyObject *instance)
{
    int result = _PyObject_RealIsInstance(instance, self);
    return result < 0 ? NULL : PyBool_FromLong(result);
}

static PyObject *
type_subclasscheck(PyObject *self, PyObject *subclass)
{
    int result = _PyObject_RealIsSubclass(subclass, self);
    return result < 0 ? NULL : PyBool_FromLong(result);
}

static PyObject *
type_sizeof(PyObject *self, PyObject *unused)
{
    PyTypeObject *type = (PyTypeObject *)self;
    size_t size = sizeof(PyTypeObject);
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        PyHeapTypeObject *heap = (PyHeapTypeObject *)type;
        size = sizeof(PyHeapTypeObject);
        if (heap->ht_cached_keys != NULL)
            size += (size_t)_PyDict_KeysSize(heap->ht_cached_keys);
    }
    return PyLong_FromSize_t(size);
}

static PyMethodDef type_methods[] = {
    METHOD("mro", ks_type_mro_method, METH_NOARGS, "($self, /)",
           "The order in which ancestors are searched, as a new list."),
    METHOD("__subclasses__", type_subclasses, METH_NOARGS, "($self, /)",
           "A list of the direct subclasses that are alive."),
    METHOD_PLAIN("__prepare__", type_prepare, METH_FASTCALL | METH_KEYWORDS | METH_CLASS,
                 "__prepare__() -> dict\n"
                 "The namespace in which a class body is to run."),
    METHOD("__instancecheck__", type_instancecheck, METH_O, "($self, instance, /)",
           "Whether instance counts as an instance of this class."),
    METHOD("__subclasscheck__", type_subclasscheck, METH_O, "($self, subclass, /)",
           "Whether subclass counts as a subclass of this class."),
    METHOD("__dir__", ks_type_dir, METH_NOARGS, "($self, /)",
           "Names of the attributes of the class and its ancestors."),
    METHOD("__sizeof__", type_sizeof, METH_NOARGS, "($self, /)",
           "Bytes the type object occupies."),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef type_members[] = {
    {"__basicsize__", T_PYSSIZET, offsetof(PyTypeObject, tp_basicsize), READONLY, NULL},
    {"__itemsize__", T_PYSSIZET, offsetof(PyTypeObject, tp_itemsize), READONLY, NULL},
    {"__flags__", T_ULONG, offsetof(PyTypeObject, tp_flags), READONLY, NULL},
    {"__weakrefoffset__", T_PYSSIZET, offsetof(PyTypeObject, tp_weaklistoffset), READONLY, NULL},
    {"__base__", T_OBJECT, offsetof(PyTypeObject, tp_base), READONLY, NULL},
    {"__dictoffset__", T_PYSSIZET, offsetof(PyTypeObject, tp_dictoffset), READONLY, NULL},
    {"__mro__", T_OBJECT, offsetof(PyTypeObject, tp_mro), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyNumberMethods type_as_number = {
    .nb_or = _Py_union_type_or,
};

PyTypeObject PyType_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "type",
    .tp_basicsize = sizeof(PyHeapTypeObject),
    .tp_itemsize = sizeof(PyMemberDef),
    .tp_dealloc = type_dealloc,
    .tp_vectorcall_offset = offsetof(PyTypeObject, tp_vectorcall),
    .tp_repr = type_repr,
    .tp_as_number = &type_as_number,
    .tp_call = type_call,
    .tp_getattro = type_getattro,
    .tp_setattro = type_setattro,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE |
                Py_TPFLAGS_TYPE_SUBCLASS | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_doc = "type(object) -> the object's type\n"
              "type(name, bases, dict, **kwds) -> a new type",
    .tp_traverse = type_traverse,
    .tp_clear = type_clear,
    .tp_weaklistoffset = offsetof(PyTypeObject, tp_weaklist),
    .tp_methods = type_methods,
    .tp_members = type_members,
    .tp_getset = ks_type_getsets,
    .tp_dictoffset = offsetof(PyTypeObject, tp_dict),
    .tp_init = type_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = ks_type_new,
    .tp_free = PyObject_GC_Del,
    .tp_is_gc = type_is_gc,
    .tp_vectorcall = type_vectorcall,
};

/* ---- C-API ---- */

unsigned long
PyType_GetFlags(PyTypeObject *type)
{
    return type->tp_flags;
}
