/* SPDX-License-Identifier: MIT */
/* The object protocol's common part: size, items by any key, format(), errors. */
#include "Python.h"
#include "pycore_abstract.h"
#include "pycore_object.h"
#include "ks_abstract.h"

/* --- Errors ----------------------------------------------------------------------------------- */

KS_COLD PyObject *
ks_refuse_null(void)
{
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_SystemError, "null argument to internal routine");
    return NULL;
}

KS_COLD PyObject *
ks_refuse_type(const char *format, PyObject *object)
{
    PyErr_Format(PyExc_TypeError, format, Py_TYPE(object)->tp_name);
    return NULL;
}

KS_COLD int
ks_refuse_type_int(const char *format, PyObject *object)
{
    ks_refuse_type(format, object);
    return -1;
}

/* --- Type and size ------------------------------------------------------------------------------ */

PyObject *
PyObject_Type(PyObject *object)
{
    if (object == NULL)
        return ks_refuse_null();
    return Py_NewRef((PyObject *)Py_TYPE(object));
}

Py_ssize_t
PyObject_Size(PyObject *object)
{
    if (object == NULL) {
        ks_refuse_null();
        return -1;
    }
    PySequenceMethods *sequence = Py_TYPE(object)->tp_as_sequence;
    if (KS_LIKELY(sequence != NULL && sequence->sq_length != NULL))
        return sequence->sq_length(object);
    return PyMapping_Size(object);
}

#undef PyObject_Length
Py_ssize_t
PyObject_Length(PyObject *object)
{
    return PyObject_Size(object);
}

int
_PyObject_HasLen(PyObject *object)
{
    PySequenceMethods *sequence = Py_TYPE(object)->tp_as_sequence;
    PyMappingMethods *mapping = Py_TYPE(object)->tp_as_mapping;
    return (sequence != NULL && sequence->sq_length != NULL) ||
           (mapping != NULL && mapping->mp_length != NULL);
}

/* len(), else __length_hint__(), else the default; -1 with an exception. TypeErrors of either
 * count as absent. */
/* The class's method of that name, owned; *skip is 0 if it wants the object as its first argument,
 * and 1 if it is bound. NULL without an exception: there is none. */
static PyObject *
special_method(PyObject *object, PyObject *name, int *skip)
{
    PyObject *method = _PyType_Lookup(Py_TYPE(object), name);
    *skip = method == NULL || !PyType_HasFeature(Py_TYPE(method), Py_TPFLAGS_METHOD_DESCRIPTOR);
    return *skip ? _PyObject_LookupSpecial(object, name) : Py_NewRef(method);
}

Py_ssize_t
PyObject_LengthHint(PyObject *object, Py_ssize_t fallback)
{
    if (_PyObject_HasLen(object)) {
        Py_ssize_t length = PyObject_Size(object);
        if (length >= 0)
            return length;
        if (!PyErr_ExceptionMatches(PyExc_TypeError))
            return -1;
        PyErr_Clear();
    }
    int skip;
    PyObject *args[1] = {object};
    KS_OWNED PyObject *method = special_method(object, &_Py_ID(__length_hint__), &skip);
    if (method == NULL)
        return PyErr_Occurred() ? -1 : fallback;
    KS_OWNED PyObject *result = PyObject_Vectorcall(method, args + skip, (size_t)(1 - skip), NULL);
    if (result == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_TypeError))
            return -1;
        PyErr_Clear();
        return fallback;
    }
    if (result == Py_NotImplemented)
        return fallback;
    if (!PyLong_Check(result))
        return ks_refuse_type_int("__length_hint__ must be an integer, not %.100s", result);
    Py_ssize_t hint = PyLong_AsSsize_t(result);
    if (hint < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "__length_hint__() should return >= 0");
        return -1;
    }
    return hint;
}

/* --- Items -------------------------------------------------------------------------------------- */

/* type[key]: the generic alias of `type`, or what __class_getitem__ says. */
static PyObject *
type_subscript(PyObject *type, PyObject *key)
{
    if (type == (PyObject *)&PyType_Type)
        return Py_GenericAlias(type, key);
    PyObject *found;
    if (_PyObject_LookupAttr(type, &_Py_ID(__class_getitem__), &found) < 0)
        return NULL;
    KS_OWNED PyObject *method = found;
    if (method != NULL && method != Py_None)
        return PyObject_CallOneArg(method, key);
    PyErr_Format(PyExc_TypeError, "type '%.200s' is not subscriptable",
                 ((PyTypeObject *)type)->tp_name);
    return NULL;
}

PyObject *
PyObject_GetItem(PyObject *object, PyObject *key)
{
    if (object == NULL || key == NULL)
        return ks_refuse_null();
    PyMappingMethods *mapping = Py_TYPE(object)->tp_as_mapping;
    if (KS_LIKELY(mapping != NULL && mapping->mp_subscript != NULL))
        return mapping->mp_subscript(object, key);
    PySequenceMethods *sequence = Py_TYPE(object)->tp_as_sequence;
    if (sequence != NULL && sequence->sq_item != NULL) {
        if (!_PyIndex_Check(key))
            return ks_refuse_type("sequence index must be integer, not '%.200s'", key);
        Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (index == -1 && PyErr_Occurred())
            return NULL;
        return PySequence_GetItem(object, index);
    }
    if (PyType_Check(object))
        return type_subscript(object, key);
    return ks_refuse_type("'%.200s' object is not subscriptable", object);
}

/* value NULL deletes. */
static int
item_change(PyObject *object, PyObject *key, PyObject *value)
{
    PyMappingMethods *mapping = Py_TYPE(object)->tp_as_mapping;
    if (KS_LIKELY(mapping != NULL && mapping->mp_ass_subscript != NULL))
        return mapping->mp_ass_subscript(object, key, value);
    PySequenceMethods *sequence = Py_TYPE(object)->tp_as_sequence;
    if (sequence != NULL) {
        if (_PyIndex_Check(key)) {
            Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
            if (index == -1 && PyErr_Occurred())
                return -1;
            return value != NULL ? PySequence_SetItem(object, index, value)
                                 : PySequence_DelItem(object, index);
        }
        if (sequence->sq_ass_item != NULL)
            return ks_refuse_type_int("sequence index must be integer, not '%.200s'", key);
    }
    return ks_refuse_type_int(value != NULL ? "'%.200s' object does not support item assignment"
                                            : "'%.200s' object does not support item deletion",
                              object);
}

int
PyObject_SetItem(PyObject *object, PyObject *key, PyObject *value)
{
    if (object == NULL || key == NULL || value == NULL) {
        ks_refuse_null();
        return -1;
    }
    return item_change(object, key, value);
}

int
PyObject_DelItem(PyObject *object, PyObject *key)
{
    if (object == NULL || key == NULL) {
        ks_refuse_null();
        return -1;
    }
    return item_change(object, key, NULL);
}

int
PyObject_DelItemString(PyObject *object, const char *key)
{
    if (object == NULL || key == NULL) {
        ks_refuse_null();
        return -1;
    }
    KS_OWNED PyObject *name = PyUnicode_FromString(key);
    return name == NULL ? -1 : PyObject_DelItem(object, name);
}

/* --- format() ------------------------------------------------------------------------------------ */

/* spec NULL means an empty one. */
PyObject *
PyObject_Format(PyObject *object, PyObject *spec)
{
    if (spec != NULL && !PyUnicode_Check(spec)) {
        PyErr_Format(PyExc_SystemError, "Format specifier must be a string, not %.200s",
                     Py_TYPE(spec)->tp_name);
        return NULL;
    }
    if (spec == NULL || PyUnicode_GET_LENGTH(spec) == 0) {
        if (PyUnicode_CheckExact(object))
            return Py_NewRef(object);
        if (PyLong_CheckExact(object) || PyFloat_CheckExact(object))
            return PyObject_Str(object);
    }
    KS_OWNED PyObject *empty = spec == NULL ? PyUnicode_New(0, 0) : Py_NewRef(spec);
    if (empty == NULL)
        return NULL;
    int skip;
    PyObject *args[2] = {object, empty};
    KS_OWNED PyObject *method = special_method(object, &_Py_ID(__format__), &skip);
    if (method == NULL) {
        if (!PyErr_Occurred())
            ks_refuse_type("Type %.100s doesn't define __format__", object);
        return NULL;
    }
    KS_OWNED PyObject *result = PyObject_Vectorcall(method, args + skip, (size_t)(2 - skip), NULL);
    if (result != NULL && !PyUnicode_Check(result))
        return ks_refuse_type("__format__ must return a str, not %.200s", result);
    return ks_give(&result);
}
