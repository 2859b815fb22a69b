/* SPDX-License-Identifier: MIT */
/* `object`: the root of all types. Its constructor and initialiser share the check for excess
 * arguments: whichever of the two a class did not override complains. */
#include "Python.h"
#include "pycore_call.h"
#include "pycore_global_strings.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "ks_object.h"
#include "ks_type.h"

/* ---- life ---- */

static int
has_arguments(PyObject *args, PyObject *kwargs)
{
    return PyTuple_GET_SIZE(args) != 0 ||
           (kwargs != NULL && PyDict_Check(kwargs) && PyDict_GET_SIZE(kwargs) != 0);
}

int
ks_object_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyTypeObject *type = Py_TYPE(self);
    if (!has_arguments(args, kwargs))
        return 0;
    if (type->tp_init != ks_object_init) {
        PyErr_SetString(PyExc_TypeError, "object.__init__() takes exactly one argument "
                                         "(the instance to initialize)");
        return -1;
    }
    if (type->tp_new == ks_object_new) {
        PyErr_Format(PyExc_TypeError,
                     "%.200s.__init__() takes exactly one argument (the instance to initialize)",
                     type->tp_name);
        return -1;
    }
    return 0;
}

int
ks_type_check_concrete(PyTypeObject *type)
{
    if (!(type->tp_flags & Py_TPFLAGS_IS_ABSTRACT))
        return 1;
    KS_OWNED PyObject *methods =
        PyObject_GetAttr((PyObject *)type, &_Py_ID(__abstractmethods__));
    if (methods == NULL)
        return 0;
    KS_OWNED PyObject *sorted = PySequence_List(methods);
    if (sorted == NULL || PyList_Sort(sorted) < 0)
        return 0;
    KS_OWNED PyObject *joined = PyUnicode_Join(&_Py_STR(comma_sep), sorted);
    if (joined == NULL)
        return 0;
    PyErr_Format(PyExc_TypeError, "Can't instantiate abstract class %s with abstract method%s %U",
                 type->tp_name, PyList_GET_SIZE(sorted) > 1 ? "s" : "", joined);
    return 0;
}

PyObject *
ks_object_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (has_arguments(args, kwargs)) {
        if (type->tp_new != ks_object_new) {
            PyErr_SetString(PyExc_TypeError, "object.__new__() takes exactly one argument "
                                             "(the type to instantiate)");
            return NULL;
        }
        if (type->tp_init == ks_object_init) {
            PyErr_Format(PyExc_TypeError, "%.200s() takes no arguments", type->tp_name);
            return NULL;
        }
    }
    if (!ks_type_check_concrete(type))
        return NULL;
    PyObject *self = type->tp_alloc(type, 0);
    if (self != NULL && _PyObject_InitializeDict(self) < 0)
        Py_CLEAR(self);
    return self;
}

static void
object_dealloc(PyObject *self)
{
    Py_TYPE(self)->tp_free(self);
}

/* ---- text, comparison ---- */

static PyObject *
object_repr(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    KS_OWNED PyObject *module = ks_type_module(type);
    if (module == NULL)
        PyErr_Clear();
    KS_OWNED PyObject *qualname = ks_type_qualname(type);
    if (qualname == NULL)
        return NULL;
    if (module != NULL && PyUnicode_Check(module) &&
        !_PyUnicode_Equal(module, &_Py_ID(builtins)))
        return PyUnicode_FromFormat("<%U.%U object at %p>", module, qualname, self);
    return PyUnicode_FromFormat("<%s object at %p>", type->tp_name, self);
}

static PyObject *
object_str(PyObject *self)
{
    reprfunc repr = Py_TYPE(self)->tp_repr;
    return repr == NULL ? object_repr(self) : repr(self);
}

static PyObject *
object_richcompare(PyObject *self, PyObject *other, int op)
{
    if (op == Py_EQ && self == other)
        Py_RETURN_TRUE;
    if (op != Py_NE || Py_TYPE(self)->tp_richcompare == NULL)
        Py_RETURN_NOTIMPLEMENTED;
    /* != is the opposite of what == says, whoever defines that. */
    PyObject *equal = Py_TYPE(self)->tp_richcompare(self, other, Py_EQ);
    if (equal == NULL || equal == Py_NotImplemented)
        return equal;
    int truth = PyObject_IsTrue(equal);
    Py_DECREF(equal);
    return truth < 0 ? NULL : PyBool_FromLong(!truth);
}

/* ---- methods ---- */

static PyObject *
object_format(PyObject *self, PyObject *spec)
{
    if (!PyUnicode_Check(spec)) {
        PyErr_Format(PyExc_TypeError, "__format__() argument must be str, not %.50s",
                     spec == Py_None ? "None" : Py_TYPE(spec)->tp_name);
        return NULL;
    }
    if (PyUnicode_GET_LENGTH(spec) > 0) {
        PyErr_Format(PyExc_TypeError, "unsupported format string passed to %.200s.__format__",
                     Py_TYPE(self)->tp_name);
        return NULL;
    }
    return PyObject_Str(self);
}

static PyObject *
object_sizeof(PyObject *self, PyObject *unused)
{
    PyTypeObject *type = Py_TYPE(self);
    Py_ssize_t size = type->tp_basicsize;
    if (type->tp_itemsize > 0)
        size += type->tp_itemsize * Py_ABS(Py_SIZE(self));
    return PyLong_FromSsize_t(size);
}

static PyObject *
object_subclasshook(PyObject *type, PyObject *args)
{
    Py_RETURN_NOTIMPLEMENTED;
}

static PyObject *
object_init_subclass(PyObject *type, PyObject *unused)
{
    Py_RETURN_NONE;
}

/* Adds the names of a class's dict and of its bases' to dict. Bases need not be types. */
static int
dir_add_class(PyObject *dict, PyObject *type)
{
    PyObject *found;
    if (_PyObject_LookupAttr(type, &_Py_ID(__dict__), &found) < 0)
        return -1;
    if (found != NULL) {
        int status = PyDict_Update(dict, found);
        Py_DECREF(found);
        if (status < 0)
            return -1;
    }
    if (_PyObject_LookupAttr(type, &_Py_ID(__bases__), &found) < 0)
        return -1;
    if (found == NULL)
        return 0;
    KS_OWNED PyObject *bases = found;
    Py_ssize_t count = PySequence_Size(bases);
    if (count < 0)
        return -1;
    for (Py_ssize_t i = 0; i < count; i++) {
        KS_OWNED PyObject *base = PySequence_GetItem(bases, i);
        if (base == NULL || dir_add_class(dict, base) < 0)
            return -1;
    }
    return 0;
}

PyObject *
ks_object_dir(PyObject *self, PyObject *unused)
{
    PyObject *found;
    if (_PyObject_LookupAttr(self, &_Py_ID(__dict__), &found) < 0)
        return NULL;
    KS_OWNED PyObject *own = found;
    KS_OWNED PyObject *dict =
        own != NULL && PyDict_Check(own) ? PyDict_Copy(own) : PyDict_New();
    if (dict == NULL || _PyObject_LookupAttr(self, &_Py_ID(__class__), &found) < 0)
        return NULL;
    if (found != NULL) {
        int status = dir_add_class(dict, found);
        Py_DECREF(found);
        if (status < 0)
            return NULL;
    }
    return PyDict_Keys(dict);
}

/* type.__dir__: like the above without the metaclass. */
PyObject *
ks_type_dir(PyObject *self, PyObject *unused)
{
    KS_OWNED PyObject *dict = PyDict_New();
    if (dict == NULL || dir_add_class(dict, self) < 0)
        return NULL;
    return PyDict_Keys(dict);
}

static PyMethodDef object_methods[] = {
    METHOD("__reduce_ex__", ks_object_reduce_ex, METH_O, "($self, protocol, /)",
           "What pickle needs to know, for a pickle protocol."),
    METHOD("__reduce__", ks_object_reduce, METH_NOARGS, "($self, /)",
           "What pickle needs to know."),
    METHOD("__getstate__", ks_object_getstate, METH_NOARGS, "($self, /)",
           "The state that a copy is to be given."),
    METHOD_PLAIN("__subclasshook__", object_subclasshook, METH_CLASS | METH_VARARGS,
                 "Lets an abstract class say whether another class counts as its subclass.\n\n"
                 "NotImplemented leaves the question to the usual rules."),
    METHOD_PLAIN("__init_subclass__", object_init_subclass, METH_CLASS | METH_NOARGS,
                 "Called on a class whenever it is subclassed; does nothing by default."),
    METHOD("__format__", object_format, METH_O, "($self, format_spec, /)",
           "str(self); a format_spec is refused."),
    METHOD("__sizeof__", object_sizeof, METH_NOARGS, "($self, /)",
           "Bytes the object occupies itself."),
    METHOD("__dir__", ks_object_dir, METH_NOARGS, "($self, /)", "Names of the attributes."),
    {NULL, NULL, 0, NULL},
};

/* ---- __class__ ---- */

static PyObject *
object_get_class(PyObject *self, void *closure)
{
    return Py_NewRef(Py_TYPE(self));
}

static int
object_set_class(PyObject *self, PyObject *value, void *closure)
{
    PyTypeObject *from = Py_TYPE(self);
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "can't delete __class__ attribute");
        return -1;
    }
    if (!PyType_Check(value)) {
        PyErr_Format(PyExc_TypeError, "__class__ must be set to a class, not '%s' object",
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    if (PySys_Audit("object.__setattr__", "OsO", self, "__class__", value) < 0)
        return -1;
    PyTypeObject *to = (PyTypeObject *)value;
    /* Immutable types may share instances; only modules are known to be safe. */
    int modules = PyType_IsSubtype(to, &PyModule_Type) && PyType_IsSubtype(from, &PyModule_Type);
    if (!modules && ((to->tp_flags | from->tp_flags) & Py_TPFLAGS_IMMUTABLETYPE)) {
        PyErr_SetString(PyExc_TypeError, "__class__ assignment only supported for mutable types "
                                         "or ModuleType subclasses");
        return -1;
    }
    if (!ks_type_same_layout(from, to, "__class__"))
        return -1;
    /* Inline values are laid out by the old class's keys: they must become a dict. */
    if ((from->tp_flags & Py_TPFLAGS_MANAGED_DICT) && _PyObject_GetDictPtr(self) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (to->tp_flags & Py_TPFLAGS_HEAPTYPE)
        Py_INCREF(to);
    Py_SET_TYPE(self, to);
    if (from->tp_flags & Py_TPFLAGS_HEAPTYPE)
        Py_DECREF(from);
    return 0;
}

static PyGetSetDef object_getsets[] = {
    {"__class__", object_get_class, object_set_class, "The object's class.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyBaseObject_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "object",
    .tp_basicsize = sizeof(PyObject),
    .tp_dealloc = object_dealloc,
    .tp_repr = object_repr,
    .tp_hash = (hashfunc)_Py_HashPointer,
    .tp_str = object_str,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_setattro = PyObject_GenericSetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "object()\n--\n\n"
              "The root of the class hierarchy.\n\n"
              "An instance has no attributes of its own and cannot get any.",
    .tp_richcompare = object_richcompare,
    .tp_methods = object_methods,
    .tp_getset = object_getsets,
    .tp_init = ks_object_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = ks_object_new,
    .tp_free = PyObject_Free,
};
