/* SPDX-License-Identifier: MIT */
/* The mapping protocol: PyMapping_*. */
#include "Python.h"
#include "pycore_object.h"
#include "ks_abstract.h"

int
PyMapping_Check(PyObject *object)
{
    return object != NULL && Py_TYPE(object)->tp_as_mapping != NULL &&
           Py_TYPE(object)->tp_as_mapping->mp_subscript != NULL;
}

Py_ssize_t
PyMapping_Size(PyObject *object)
{
    if (object == NULL) {
        ks_refuse_null();
        return -1;
    }
    PyMappingMethods *mapping = Py_TYPE(object)->tp_as_mapping;
    if (mapping != NULL && mapping->mp_length != NULL)
        return mapping->mp_length(object);
    PySequenceMethods *sequence = Py_TYPE(object)->tp_as_sequence;
    return ks_refuse_type_int(sequence != NULL && sequence->sq_length != NULL
                                  ? "%.200s is not a mapping"
                                  : "object of type '%.200s' has no len()", object);
}

#undef PyMapping_Length
Py_ssize_t
PyMapping_Length(PyObject *object)
{
    return PyMapping_Size(object);
}

PyObject *
PyMapping_GetItemString(PyObject *object, const char *key)
{
    if (key == NULL)
        return ks_refuse_null();
    KS_OWNED PyObject *name = PyUnicode_FromString(key);
    return name == NULL ? NULL : PyObject_GetItem(object, name);
}

int
PyMapping_SetItemString(PyObject *object, const char *key, PyObject *value)
{
    if (key == NULL) {
        ks_refuse_null();
        return -1;
    }
    KS_OWNED PyObject *name = PyUnicode_FromString(key);
    return name == NULL ? -1 : PyObject_SetItem(object, name, value);
}

/* These two swallow any exception: their contract. */
int
PyMapping_HasKeyString(PyObject *object, const char *key)
{
    KS_OWNED PyObject *value = PyMapping_GetItemString(object, key);
    if (value == NULL)
        PyErr_Clear();
    return value != NULL;
}

int
PyMapping_HasKey(PyObject *object, PyObject *key)
{
    KS_OWNED PyObject *value = PyObject_GetItem(object, key);
    if (value == NULL)
        PyErr_Clear();
    return value != NULL;
}

/* The list of what a method without arguments returns. */
static PyObject *
list_of_method(PyObject *object, PyObject *name)
{
    KS_OWNED PyObject *result = PyObject_CallMethodNoArgs(object, name);
    if (result == NULL)
        return NULL;
    KS_OWNED PyObject *iterator = PyObject_GetIter(result);
    if (iterator == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(PyExc_TypeError, "%.200s.%U() returned a non-iterable (type %.200s)",
                         Py_TYPE(object)->tp_name, name, Py_TYPE(result)->tp_name);
        return NULL;
    }
    return PySequence_List(iterator);
}

PyObject *
PyMapping_Keys(PyObject *object)
{
    if (object == NULL)
        return ks_refuse_null();
    if (PyDict_CheckExact(object))
        return PyDict_Keys(object);
    return list_of_method(object, &_Py_ID(keys));
}

PyObject *
PyMapping_Values(PyObject *object)
{
    if (object == NULL)
        return ks_refuse_null();
    if (PyDict_CheckExact(object))
        return PyDict_Values(object);
    return list_of_method(object, &_Py_ID(values));
}

PyObject *
PyMapping_Items(PyObject *object)
{
    if (object == NULL)
        return ks_refuse_null();
    if (PyDict_CheckExact(object))
        return PyDict_Items(object);
    return list_of_method(object, &_Py_ID(items));
}
