/* SPDX-License-Identifier: MIT */
/* Abstract protocols: functions of the limited API that CPython gained after 3.11. Their answers
 * are 1 (found), 0 (absent) and -1 (exception). */
#include "Python.h"
#include "ks_abstract.h"

PyAPI_FUNC(int) PyMapping_GetOptionalItem(PyObject *, PyObject *, PyObject **);
PyAPI_FUNC(int) PyMapping_GetOptionalItemString(PyObject *, const char *, PyObject **);
PyAPI_FUNC(int) PyMapping_HasKeyWithError(PyObject *, PyObject *);
PyAPI_FUNC(int) PyMapping_HasKeyStringWithError(PyObject *, const char *);
PyAPI_FUNC(int) PyIter_NextItem(PyObject *, PyObject **);
PyAPI_FUNC(int) PyModule_Add(PyObject *, const char *, PyObject *);

int
PyMapping_GetOptionalItem(PyObject *object, PyObject *key, PyObject **value)
{
    if (PyDict_CheckExact(object)) {
        *value = Py_XNewRef(PyDict_GetItemWithError(object, key));
        return *value != NULL ? 1 : PyErr_Occurred() ? -1 : 0;
    }
    *value = PyObject_GetItem(object, key);
    if (*value != NULL)
        return 1;
    if (!PyErr_ExceptionMatches(PyExc_KeyError))
        return -1;
    PyErr_Clear();
    return 0;
}

int
PyMapping_GetOptionalItemString(PyObject *object, const char *key, PyObject **value)
{
    *value = NULL;
    if (key == NULL) {
        ks_refuse_null();
        return -1;
    }
    KS_OWNED PyObject *name = PyUnicode_FromString(key);
    return name == NULL ? -1 : PyMapping_GetOptionalItem(object, name, value);
}

int
PyMapping_HasKeyWithError(PyObject *object, PyObject *key)
{
    PyObject *value;
    int found = PyMapping_GetOptionalItem(object, key, &value);
    Py_XDECREF(value);
    return found;
}

int
PyMapping_HasKeyStringWithError(PyObject *object, const char *key)
{
    PyObject *value;
    int found = PyMapping_GetOptionalItemString(object, key, &value);
    Py_XDECREF(value);
    return found;
}

int
PyIter_NextItem(PyObject *iterator, PyObject **item)
{
    *item = NULL;
    if (!PyIter_Check(iterator))
        return ks_refuse_type_int("expected an iterator, got '%.200s'", iterator);
    *item = PyIter_Next(iterator);
    return *item != NULL ? 1 : PyErr_Occurred() ? -1 : 0;
}

/* Takes the value over, on failure as well. */
int
PyModule_Add(PyObject *module, const char *name, PyObject *value)
{
    int status = PyModule_AddObjectRef(module, name, value);
    Py_XDECREF(value);
    return status;
}
