/* SPDX-License-Identifier: MIT */
/* Attribute access: the protocol (tp_getattro and its relatives) and the generic implementation
 * that most types share.
 *
 * Order of a generic read: data descriptor of the type, instance attribute, other descriptor or
 * plain value of the type. Instance attributes live in one of two places: inline values, whose
 * pointer stands four words before the object, or a dict, at a positive or (from the end)
 * negative offset, or for managed dicts three words before the object. At most one of the two
 * exists at a time. */
#include "Python.h"
#include "pycore_call.h"
#include "pycore_dict.h"
#include "pycore_global_strings.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "ks_module.h"
#include "ks_object.h"

/* ---- errors ---- */

void
ks_attribute_error_note(PyObject *obj, PyObject *name)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (!_PyErr_ExceptionMatches(tstate, PyExc_AttributeError))
        return;
    PyObject *type, *value, *traceback;
    _PyErr_Fetch(tstate, &type, &value, &traceback);
    _PyErr_NormalizeException(tstate, &type, &value, &traceback);
    if (value != NULL && PyObject_TypeCheck(value, (PyTypeObject *)PyExc_AttributeError)) {
        PyAttributeErrorObject *error = (PyAttributeErrorObject *)value;
        if (error->name == NULL && error->obj == NULL) {
            error->name = Py_NewRef(name);
            error->obj = Py_NewRef(obj);
        }
    }
    _PyErr_Restore(tstate, type, value, traceback);
}

/* 1 for a str. A missing name is one that found no memory: 0 with the exception that is set. */
int
ks_attribute_name_check(PyObject *name)
{
    if (KS_UNLIKELY(name == NULL))
        return 0;
    if (KS_LIKELY(PyUnicode_Check(name)))
        return 1;
    PyErr_Format(PyExc_TypeError, "attribute name must be string, not '%.200s'",
                 Py_TYPE(name)->tp_name);
    return 0;
}

static KS_COLD void
attribute_missing(PyObject *self, PyObject *name)
{
    PyErr_Format(PyExc_AttributeError, "'%.50s' object has no attribute '%U'",
                 Py_TYPE(self)->tp_name, name);
    ks_attribute_error_note(self, name);
}

/* ---- where an instance keeps its dict ---- */

/* Address of the dict pointer, without making a dict from inline values. NULL: no dict at all. */
PyObject **
_PyObject_DictPointer(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT)
        return _PyObject_ManagedDictPointer(self);
    Py_ssize_t offset = type->tp_dictoffset;
    if (offset == 0)
        return NULL;
    if (offset < 0) {
        Py_ssize_t count = Py_SIZE(self);
        if (count < 0)
            count = -count; /* an int's sign */
        offset += (Py_ssize_t)_PyObject_VAR_SIZE(type, count);
    }
    return (PyObject **)((char *)self + offset);
}

/* Turns inline values into a dict at *slot. -1 with an exception. */
static int
values_to_dict(PyObject *self, PyObject **slot)
{
    PyDictValues **values = _PyObject_ValuesPointer(self);
    PyObject *dict = _PyObject_MakeDictFromInstanceAttributes(self, *values);
    if (dict == NULL)
        return -1;
    *values = NULL;
    *slot = dict;
    return 0;
}

/* As above, but whoever gets the address may read and write the dict: inline values are turned
 * into a dict first. NULL without an exception if there is no dict, or no memory for it. */
PyObject **
_PyObject_GetDictPtr(PyObject *self)
{
    PyObject **slot = _PyObject_DictPointer(self);
    if ((Py_TYPE(self)->tp_flags & Py_TPFLAGS_MANAGED_DICT) &&
        *_PyObject_ValuesPointer(self) != NULL && values_to_dict(self, slot) < 0) {
        PyErr_Clear();
        return NULL;
    }
    return slot;
}

int
PyObject_GenericSetDict(PyObject *self, PyObject *value, void *context)
{
    PyObject **slot = _PyObject_GetDictPtr(self);
    if (slot == NULL) {
        if ((Py_TYPE(self)->tp_flags & Py_TPFLAGS_MANAGED_DICT) &&
            *_PyObject_ValuesPointer(self) != NULL)
            PyErr_NoMemory();
        else
            PyErr_SetString(PyExc_AttributeError, "This object has no __dict__");
        return -1;
    }
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "cannot delete __dict__");
        return -1;
    }
    if (!PyDict_Check(value)) {
        PyErr_Format(PyExc_TypeError, "__dict__ must be set to a dictionary, not a '%.200s'",
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    Py_INCREF(value);
    Py_XSETREF(*slot, value);
    return 0;
}

/* ---- generic read ---- */

/* The instance's own attribute: 1 and a new reference, 0 if absent, -1 with an exception. */
KS_INLINE int
instance_attribute(PyObject *self, PyTypeObject *type, PyObject *name, PyObject **result)
{
    PyObject **slot;
    if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT) {
        PyDictValues *values = *_PyObject_ValuesPointer(self);
        slot = _PyObject_ManagedDictPointer(self);
        if (values != NULL) {
            if (KS_LIKELY(PyUnicode_CheckExact(name))) {
                *result = _PyObject_GetInstanceAttribute(self, values, name);
                return *result != NULL;
            }
            if (values_to_dict(self, slot) < 0)
                return -1;
        }
    }
    else {
        if (type->tp_dictoffset == 0)
            return 0;
        slot = _PyObject_DictPointer(self);
    }
    PyObject *dict = *slot;
    if (dict == NULL)
        return 0;
    /* A key's __eq__ may take the dict from the object. */
    Py_INCREF(dict);
    PyObject *found = PyDict_GetItemWithError(dict, name);
    Py_XINCREF(found);
    Py_DECREF(dict);
    *result = found;
    return found != NULL ? 1 : PyErr_Occurred() != NULL ? -1 : 0;
}

/* NULL with AttributeError becomes NULL without an exception. */
KS_INLINE PyObject *
quieten(PyObject *result, int quiet)
{
    if (result == NULL && quiet && PyErr_ExceptionMatches(PyExc_AttributeError))
        PyErr_Clear();
    return result;
}

/* dict, if given, stands for the instance's. With quiet, absence raises nothing. */
PyObject *
_PyObject_GenericGetAttrWithDict(PyObject *self, PyObject *name, PyObject *dict, int quiet)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *result;
    if (!ks_attribute_name_check(name))
        return NULL;
    if (KS_UNLIKELY(!_PyType_IsReady(type)) && PyType_Ready(type) < 0)
        return NULL;

    PyObject *descr = _PyType_Lookup(type, name);
    descrgetfunc get = NULL;
    if (descr != NULL) {
        Py_INCREF(descr);
        get = Py_TYPE(descr)->tp_descr_get;
        if (get != NULL && ks_descr_is_data(descr)) {
            result = quieten(get(descr, self, (PyObject *)type), quiet);
            Py_DECREF(descr);
            return result;
        }
    }

    int found;
    if (dict == NULL) {
        found = instance_attribute(self, type, name, &result);
    }
    else {
        Py_INCREF(dict);
        result = Py_XNewRef(PyDict_GetItemWithError(dict, name));
        Py_DECREF(dict);
        found = result != NULL ? 1 : PyErr_Occurred() != NULL ? -1 : 0;
    }
    if (found != 0) {
        Py_XDECREF(descr);
        if (found > 0)
            return result;
        return quieten(NULL, quiet);
    }

    if (get != NULL) {
        result = quieten(get(descr, self, (PyObject *)type), quiet);
        Py_DECREF(descr);
        return result;
    }
    if (descr != NULL)
        return descr;
    if (!quiet)
        attribute_missing(self, name);
    return NULL;
}

PyObject *
PyObject_GenericGetAttr(PyObject *self, PyObject *name)
{
    return _PyObject_GenericGetAttrWithDict(self, name, NULL, 0);
}

/* For a call self.name(...): 1 if *method (new) is a function that takes self first, 0 if it is
 * complete or NULL with an exception. */
int
_PyObject_GetMethod(PyObject *self, PyObject *name, PyObject **method)
{
    PyTypeObject *type = Py_TYPE(self);
    *method = NULL;
    if (type->tp_getattro != PyObject_GenericGetAttr || !PyUnicode_CheckExact(name)) {
        *method = PyObject_GetAttr(self, name);
        return 0;
    }
    if (KS_UNLIKELY(!_PyType_IsReady(type)) && PyType_Ready(type) < 0)
        return 0;

    PyObject *descr = _PyType_Lookup(type, name);
    descrgetfunc get = NULL;
    int is_method = 0;
    if (descr != NULL) {
        Py_INCREF(descr);
        if (_PyType_HasFeature(Py_TYPE(descr), Py_TPFLAGS_METHOD_DESCRIPTOR)) {
            is_method = 1;
        }
        else {
            get = Py_TYPE(descr)->tp_descr_get;
            if (get != NULL && ks_descr_is_data(descr)) {
                *method = get(descr, self, (PyObject *)type);
                Py_DECREF(descr);
                return 0;
            }
        }
    }
    int found = instance_attribute(self, type, name, method);
    if (found != 0) {
        Py_XDECREF(descr);
        return 0;
    }
    if (is_method) {
        *method = descr;
        return 1;
    }
    if (get != NULL) {
        *method = get(descr, self, (PyObject *)type);
        Py_DECREF(descr);
        return 0;
    }
    if (descr != NULL) {
        *method = descr;
        return 0;
    }
    attribute_missing(self, name);
    return 0;
}

/* ---- generic write ---- */

static KS_COLD int
attribute_not_writable(PyObject *self, PyObject *name, PyObject *descr)
{
    if (descr == NULL)
        PyErr_Format(PyExc_AttributeError, "'%.100s' object has no attribute '%U'",
                     Py_TYPE(self)->tp_name, name);
    else
        PyErr_Format(PyExc_AttributeError, "'%.50s' object attribute '%U' is read-only",
                     Py_TYPE(self)->tp_name, name);
    return -1;
}

/* Stores, or with value NULL deletes, an attribute of the instance itself. */
static int
instance_attribute_set(PyObject *self, PyTypeObject *type, PyObject *name, PyObject *value,
                       PyObject *descr)
{
    if ((type->tp_flags & Py_TPFLAGS_MANAGED_DICT) && *_PyObject_ValuesPointer(self) != NULL) {
        if (KS_LIKELY(PyUnicode_CheckExact(name)))
            return _PyObject_StoreInstanceAttribute(self, *_PyObject_ValuesPointer(self), name,
                                                    value);
        if (values_to_dict(self, _PyObject_ManagedDictPointer(self)) < 0)
            return -1;
    }
    PyObject **slot = _PyObject_DictPointer(self);
    if (slot == NULL)
        return attribute_not_writable(self, name, descr);
    return _PyObjectDict_SetItem(type, slot, name, value);
}

int
_PyObject_GenericSetAttrWithDict(PyObject *self, PyObject *name, PyObject *value, PyObject *dict)
{
    PyTypeObject *type = Py_TYPE(self);
    if (!ks_attribute_name_check(name))
        return -1;
    if (KS_UNLIKELY(!_PyType_IsReady(type)) && PyType_Ready(type) < 0)
        return -1;

    /* A setter may assign to __class__ or drop the last reference to the name. */
    Py_INCREF(name);
    Py_INCREF(type);
    int result;
    PyObject *descr = _PyType_Lookup(type, name);
    descrsetfunc set = NULL;
    if (descr != NULL) {
        Py_INCREF(descr);
        set = Py_TYPE(descr)->tp_descr_set;
    }
    if (set != NULL) {
        result = set(descr, self, value);
    }
    else {
        if (dict == NULL) {
            result = instance_attribute_set(self, type, name, value, descr);
        }
        else {
            Py_INCREF(dict);
            result = value == NULL ? PyDict_DelItem(dict, name) : PyDict_SetItem(dict, name, value);
            Py_DECREF(dict);
        }
        if (result < 0 && PyErr_ExceptionMatches(PyExc_KeyError)) {
            if (PyType_Check(self))
                PyErr_Format(PyExc_AttributeError, "type object '%.50s' has no attribute '%U'",
                             ((PyTypeObject *)self)->tp_name, name);
            else
                PyErr_Format(PyExc_AttributeError, "'%.100s' object has no attribute '%U'",
                             type->tp_name, name);
        }
    }
    Py_XDECREF(descr);
    Py_DECREF(type);
    Py_DECREF(name);
    return result;
}

int
PyObject_GenericSetAttr(PyObject *self, PyObject *name, PyObject *value)
{
    return _PyObject_GenericSetAttrWithDict(self, name, value, NULL);
}

/* ---- the protocol ---- */

/* tp_getattr, the predecessor of tp_getattro, takes a C string. */
static KS_NEW PyObject *
getattr_by_text(PyObject *self, PyObject *name)
{
    const char *text = PyUnicode_AsUTF8(name);
    if (text == NULL)
        return NULL;
    return Py_TYPE(self)->tp_getattr(self, (char *)text);
}

PyObject *
PyObject_GetAttr(PyObject *self, PyObject *name)
{
    PyTypeObject *type = Py_TYPE(self);
    if (!ks_attribute_name_check(name))
        return NULL;
    PyObject *result = NULL;
    if (KS_LIKELY(type->tp_getattro != NULL))
        result = type->tp_getattro(self, name);
    else if (type->tp_getattr != NULL)
        result = getattr_by_text(self, name);
    else
        PyErr_Format(PyExc_AttributeError, "'%.50s' object has no attribute '%U'", type->tp_name,
                     name);
    if (result == NULL)
        ks_attribute_error_note(self, name);
    return result;
}

/* 1 and a new reference, 0 and NULL if absent, -1 with an exception that is no AttributeError. */
int
_PyObject_LookupAttr(PyObject *self, PyObject *name, PyObject **result)
{
    PyTypeObject *type = Py_TYPE(self);
    *result = NULL;
    if (!ks_attribute_name_check(name))
        return -1;
    if (type->tp_getattro == PyObject_GenericGetAttr) {
        *result = _PyObject_GenericGetAttrWithDict(self, name, NULL, 1);
        if (*result != NULL)
            return 1;
        return PyErr_Occurred() ? -1 : 0;
    }
    if (type->tp_getattro == PyType_Type.tp_getattro) {
        *result = ks_type_getattr((PyTypeObject *)self, name, 1);
        if (*result != NULL)
            return 1;
        if (!PyErr_Occurred())
            return 0;
    }
    else if (type->tp_getattro == ks_module_getattro) {
        *result = ks_module_find_attribute(self, name);
        if (*result == NULL && !PyErr_Occurred())
            return 0;
    }
    else if (type->tp_getattro != NULL) {
        *result = type->tp_getattro(self, name);
    }
    else if (type->tp_getattr != NULL) {
        *result = getattr_by_text(self, name);
    }
    else {
        return 0;
    }
    if (*result != NULL)
        return 1;
    if (!PyErr_ExceptionMatches(PyExc_AttributeError))
        return -1;
    PyErr_Clear();
    return 0;
}

int
PyObject_HasAttr(PyObject *self, PyObject *name)
{
    PyObject *result;
    if (_PyObject_LookupAttr(self, name, &result) < 0) {
        PyErr_Clear();
        return 0;
    }
    if (result == NULL)
        return 0;
    Py_DECREF(result);
    return 1;
}

static KS_COLD int
setattr_refused(PyObject *self, PyObject *name, PyObject *value)
{
    PyTypeObject *type = Py_TYPE(self);
    int has_none = type->tp_getattr == NULL && type->tp_getattro == NULL;
    PyErr_Format(PyExc_TypeError,
                 has_none ? "'%.100s' object has no attributes (%s .%U)"
                          : "'%.100s' object has only read-only attributes (%s .%U)",
                 type->tp_name, value == NULL ? "del" : "assign to", name);
    return -1;
}

/* value NULL deletes. */
int
PyObject_SetAttr(PyObject *self, PyObject *name, PyObject *value)
{
    PyTypeObject *type = Py_TYPE(self);
    if (!ks_attribute_name_check(name))
        return -1;
    int result;
    Py_INCREF(name);
    if (!PyUnicode_CHECK_INTERNED(name))
        PyUnicode_InternInPlace(&name);
    if (KS_LIKELY(type->tp_setattro != NULL)) {
        result = type->tp_setattro(self, name, value);
    }
    else if (type->tp_setattr != NULL) {
        const char *text = PyUnicode_AsUTF8(name);
        result = text == NULL ? -1 : type->tp_setattr(self, (char *)text, value);
    }
    else {
        result = setattr_refused(self, name, value);
    }
    Py_DECREF(name);
    return result;
}

/* ---- names as C strings ---- */

PyObject *
PyObject_GetAttrString(PyObject *self, const char *name)
{
    if (Py_TYPE(self)->tp_getattr != NULL)
        return Py_TYPE(self)->tp_getattr(self, (char *)name);
    KS_OWNED PyObject *text = PyUnicode_FromString(name);
    return text == NULL ? NULL : PyObject_GetAttr(self, text);
}

int
PyObject_SetAttrString(PyObject *self, const char *name, PyObject *value)
{
    if (Py_TYPE(self)->tp_setattr != NULL)
        return Py_TYPE(self)->tp_setattr(self, (char *)name, value);
    KS_OWNED PyObject *text = PyUnicode_InternFromString(name);
    return text == NULL ? -1 : PyObject_SetAttr(self, text, value);
}

int
PyObject_HasAttrString(PyObject *self, const char *name)
{
    PyObject *result = PyObject_GetAttrString(self, name);
    if (result == NULL) {
        PyErr_Clear();
        return 0;
    }
    Py_DECREF(result);
    return 1;
}

/* ---- names as static identifiers ---- */

PyObject *
_PyObject_GetAttrId(PyObject *self, _Py_Identifier *id)
{
    PyObject *name = _PyUnicode_FromId(id);
    return name == NULL ? NULL : PyObject_GetAttr(self, name);
}

int
_PyObject_SetAttrId(PyObject *self, _Py_Identifier *id, PyObject *value)
{
    PyObject *name = _PyUnicode_FromId(id);
    return name == NULL ? -1 : PyObject_SetAttr(self, name, value);
}

int
_PyObject_LookupAttrId(PyObject *self, _Py_Identifier *id, PyObject **result)
{
    PyObject *name = _PyUnicode_FromId(id);
    if (name == NULL) {
        *result = NULL;
        return -1;
    }
    return _PyObject_LookupAttr(self, name, result);
}

/* ---- questions about one attribute ---- */

int
_PyObject_IsAbstract(PyObject *self)
{
    PyObject *flag;
    if (self == NULL || _PyObject_LookupAttr(self, &_Py_ID(__isabstractmethod__), &flag) <= 0)
        return self == NULL ? 0 : PyErr_Occurred() ? -1 : 0;
    int truth = PyObject_IsTrue(flag);
    Py_DECREF(flag);
    return truth;
}
