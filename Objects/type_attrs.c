/* SPDX-License-Identifier: MIT */
/* Attributes of types: type.__getattribute__, and __name__, __qualname__, __module__, __bases__,
 * __doc__ and the others that type defines. Static types keep name and module in tp_name, heap
 * types in fields and the dict. */
#include "Python.h"
#include "pycore_call.h"
#include "pycore_global_strings.h"
#include "pycore_object.h"
#include "ks_object.h"
#include "ks_type.h"

/* ---- __getattribute__ ---- */

/* Metaclass data descriptor, attribute of the type or its ancestors, other metaclass attribute. */
PyObject *
ks_type_getattr(PyTypeObject *type, PyObject *name, int quiet)
{
    PyTypeObject *meta = Py_TYPE(type);
    if (!ks_attribute_name_check(name))
        return NULL;
    if (KS_UNLIKELY(!_PyType_IsReady(type)) && PyType_Ready(type) < 0)
        return NULL;
    PyObject *result;
    PyObject *meta_found = _PyType_Lookup(meta, name);
    descrgetfunc meta_get = NULL;
    if (meta_found != NULL) {
        Py_INCREF(meta_found);
        meta_get = Py_TYPE(meta_found)->tp_descr_get;
        if (meta_get != NULL && ks_descr_is_data(meta_found)) {
            result = meta_get(meta_found, (PyObject *)type, (PyObject *)meta);
            Py_DECREF(meta_found);
            return result;
        }
    }
    PyObject *found = _PyType_Lookup(type, name);
    if (found != NULL) {
        Py_INCREF(found);
        Py_XDECREF(meta_found);
        descrgetfunc get = Py_TYPE(found)->tp_descr_get;
        if (get == NULL)
            return found;
        result = get(found, NULL, (PyObject *)type);
        Py_DECREF(found);
        return result;
    }
    if (meta_get != NULL) {
        result = meta_get(meta_found, (PyObject *)type, (PyObject *)meta);
        Py_DECREF(meta_found);
        return result;
    }
    if (meta_found != NULL)
        return meta_found;
    if (!quiet)
        PyErr_Format(PyExc_AttributeError, "type object '%.50s' has no attribute '%U'",
                     type->tp_name, name);
    return NULL;
}

/* ---- helpers ---- */

/* Entry of the type's own dict, borrowed. NULL with *failed telling whether that is an error. */
static KS_BORROWED PyObject *
own_entry(PyTypeObject *type, PyObject *name, int *failed)
{
    PyObject *value = PyDict_GetItemWithError(type->tp_dict, name);
    *failed = value == NULL && PyErr_Occurred() != NULL;
    return value;
}

/* 1 if the attribute may be set to value. Deletion and immutable types are refused. */
static int
may_set(PyTypeObject *type, PyObject *value, const char *name)
{
    if (type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE) {
        PyErr_Format(PyExc_TypeError, "cannot set '%s' attribute of immutable type '%s'", name,
                     type->tp_name);
        return 0;
    }
    if (value == NULL) {
        PyErr_Format(PyExc_TypeError, "cannot delete '%s' attribute of immutable type '%s'", name,
                     type->tp_name);
        return 0;
    }
    return PySys_Audit("object.__setattr__", "OsO", type, name, value) == 0;
}

/* ---- names ---- */

const char *
_PyType_Name(PyTypeObject *type)
{
    const char *dot = strrchr(type->tp_name, '.');
    return dot == NULL ? type->tp_name : dot + 1;
}

PyObject *
ks_type_name(PyTypeObject *type)
{
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE)
        return Py_NewRef(((PyHeapTypeObject *)type)->ht_name);
    return PyUnicode_FromString(_PyType_Name(type));
}

PyObject *
ks_type_qualname(PyTypeObject *type)
{
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE)
        return Py_NewRef(((PyHeapTypeObject *)type)->ht_qualname);
    return PyUnicode_FromString(_PyType_Name(type));
}

PyObject *
ks_type_module(PyTypeObject *type)
{
    if (type->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        int failed;
        PyObject *module = own_entry(type, &_Py_ID(__module__), &failed);
        if (module == NULL && !failed)
            PyErr_Format(PyExc_AttributeError, "__module__");
        return Py_XNewRef(module);
    }
    const char *dot = strrchr(type->tp_name, '.');
    if (dot == NULL)
        return Py_NewRef(&_Py_ID(builtins));
    PyObject *module = PyUnicode_FromStringAndSize(type->tp_name, dot - type->tp_name);
    if (module != NULL)
        PyUnicode_InternInPlace(&module);
    return module;
}

PyObject *
PyType_GetName(PyTypeObject *type)
{
    return ks_type_name(type);
}

PyObject *
PyType_GetQualName(PyTypeObject *type)
{
    return ks_type_qualname(type);
}

static PyObject *
get_name(PyObject *self, void *closure)
{
    return ks_type_name((PyTypeObject *)self);
}

static int
set_name(PyObject *self, PyObject *value, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    if (!may_set(type, value, "__name__"))
        return -1;
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "can only assign string to %s.__name__, not '%s'",
                     type->tp_name, Py_TYPE(value)->tp_name);
        return -1;
    }
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(value, &length);
    if (text == NULL)
        return -1;
    if (strlen(text) != (size_t)length) {
        PyErr_SetString(PyExc_ValueError, "type name must not contain null characters");
        return -1;
    }
    type->tp_name = text; /* lives as long as ht_name */
    Py_INCREF(value);
    Py_SETREF(((PyHeapTypeObject *)type)->ht_name, value);
    return 0;
}

static PyObject *
get_qualname(PyObject *self, void *closure)
{
    return ks_type_qualname((PyTypeObject *)self);
}

static int
set_qualname(PyObject *self, PyObject *value, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    if (!may_set(type, value, "__qualname__"))
        return -1;
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "can only assign string to %s.__qualname__, not '%s'",
                     type->tp_name, Py_TYPE(value)->tp_name);
        return -1;
    }
    Py_INCREF(value);
    Py_SETREF(((PyHeapTypeObject *)type)->ht_qualname, value);
    return 0;
}

static PyObject *
get_module(PyObject *self, void *closure)
{
    return ks_type_module((PyTypeObject *)self);
}

static int
set_module(PyObject *self, PyObject *value, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    if (!may_set(type, value, "__module__"))
        return -1;
    PyType_Modified(type);
    return PyDict_SetItem(type->tp_dict, &_Py_ID(__module__), value);
}

/* ---- structure ---- */

static PyObject *
get_bases(PyObject *self, void *closure)
{
    return Py_NewRef(((PyTypeObject *)self)->tp_bases);
}

static int
set_bases(PyObject *self, PyObject *value, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    if (!may_set(type, value, "__bases__"))
        return -1;
    return ks_type_assign_bases(type, value);
}

static PyObject *
get_dict(PyObject *self, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    return type->tp_dict == NULL ? Py_NewRef(Py_None) : PyDictProxy_New(type->tp_dict);
}

/* type itself has the descriptor for this name and must not show it as its own value. */
static PyObject *
get_abstractmethods(PyObject *self, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    int failed = 0;
    PyObject *value =
        type == &PyType_Type ? NULL : own_entry(type, &_Py_ID(__abstractmethods__), &failed);
    if (value == NULL && !failed)
        PyErr_SetObject(PyExc_AttributeError, &_Py_ID(__abstractmethods__));
    return Py_XNewRef(value);
}

static int
set_abstractmethods(PyObject *self, PyObject *value, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    int abstract = 0, status;
    if (value != NULL) {
        abstract = PyObject_IsTrue(value);
        if (abstract < 0)
            return -1;
        status = PyDict_SetItem(type->tp_dict, &_Py_ID(__abstractmethods__), value);
    }
    else {
        status = PyDict_DelItem(type->tp_dict, &_Py_ID(__abstractmethods__));
        if (status < 0 && PyErr_ExceptionMatches(PyExc_KeyError))
            PyErr_SetObject(PyExc_AttributeError, &_Py_ID(__abstractmethods__));
    }
    if (status < 0)
        return -1;
    PyType_Modified(type);
    if (abstract)
        type->tp_flags |= Py_TPFLAGS_IS_ABSTRACT;
    else
        type->tp_flags &= ~Py_TPFLAGS_IS_ABSTRACT;
    return 0;
}

/* ---- documentation ---- */

static PyObject *
get_doc(PyObject *self, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) && type->tp_doc != NULL)
        return _PyType_GetDocFromInternalDoc(type->tp_name, type->tp_doc);
    int failed;
    PyObject *doc = own_entry(type, &_Py_ID(__doc__), &failed);
    if (doc == NULL)
        return failed ? NULL : Py_NewRef(Py_None);
    descrgetfunc get = Py_TYPE(doc)->tp_descr_get;
    return get == NULL ? Py_NewRef(doc) : get(doc, NULL, self);
}

static int
set_doc(PyObject *self, PyObject *value, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    if (!may_set(type, value, "__doc__"))
        return -1;
    PyType_Modified(type);
    return PyDict_SetItem(type->tp_dict, &_Py_ID(__doc__), value);
}

static PyObject *
get_text_signature(PyObject *self, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    return _PyType_GetTextSignatureFromInternalDoc(type->tp_name, type->tp_doc);
}

/* Made on first use, except for static types, which have none. */
static PyObject *
get_annotations(PyObject *self, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
        PyErr_Format(PyExc_AttributeError, "type object '%s' has no attribute '__annotations__'",
                     type->tp_name);
        return NULL;
    }
    int failed;
    PyObject *found = own_entry(type, &_Py_ID(__annotations__), &failed);
    if (failed)
        return NULL;
    if (found != NULL) {
        descrgetfunc get = Py_TYPE(found)->tp_descr_get;
        return get == NULL ? Py_NewRef(found) : get(found, NULL, self);
    }
    KS_OWNED PyObject *fresh = PyDict_New();
    if (fresh == NULL || PyDict_SetItem(type->tp_dict, &_Py_ID(__annotations__), fresh) < 0)
        return NULL;
    PyType_Modified(type);
    return ks_give(&fresh);
}

static int
set_annotations(PyObject *self, PyObject *value, void *closure)
{
    PyTypeObject *type = (PyTypeObject *)self;
    if (type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE) {
        PyErr_Format(PyExc_TypeError,
                     "cannot set '__annotations__' attribute of immutable type '%s'",
                     type->tp_name);
        return -1;
    }
    int status;
    if (value != NULL) {
        status = PyDict_SetItem(type->tp_dict, &_Py_ID(__annotations__), value);
    }
    else {
        status = PyDict_DelItem(type->tp_dict, &_Py_ID(__annotations__));
        if (status < 0 && PyErr_ExceptionMatches(PyExc_KeyError))
            PyErr_SetString(PyExc_AttributeError, "__annotations__");
    }
    if (status == 0)
        PyType_Modified(type);
    return status;
}

PyGetSetDef ks_type_getsets[] = {
    {"__name__", get_name, set_name, NULL, NULL},
    {"__qualname__", get_qualname, set_qualname, NULL, NULL},
    {"__bases__", get_bases, set_bases, NULL, NULL},
    {"__module__", get_module, set_module, NULL, NULL},
    {"__abstractmethods__", get_abstractmethods, set_abstractmethods, NULL, NULL},
    {"__dict__", get_dict, NULL, NULL, NULL},
    {"__doc__", get_doc, set_doc, NULL, NULL},
    {"__text_signature__", get_text_signature, NULL, NULL, NULL},
    {"__annotations__", get_annotations, set_annotations, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
