/* SPDX-License-Identifier: MIT */
/* dict, list and weak references: functions of the limited API that CPython gained after 3.11. Where
 * a result is stored through a pointer it is a new reference, or NULL when there is none; the answers
 * are 1 (found), 0 (absent) and -1 (exception). */
#include "Python.h"
#include "ks_base.h"

PyAPI_FUNC(int) PyDict_GetItemRef(PyObject *, PyObject *, PyObject **);
PyAPI_FUNC(int) PyDict_GetItemStringRef(PyObject *, const char *, PyObject **);
PyAPI_FUNC(int) PyDict_SetDefaultRef(PyObject *, PyObject *, PyObject *, PyObject **);
PyAPI_FUNC(PyObject *) PyList_GetItemRef(PyObject *, Py_ssize_t);
PyAPI_FUNC(int) PyWeakref_GetRef(PyObject *, PyObject **);

int
PyDict_GetItemRef(PyObject *dict, PyObject *key, PyObject **result)
{
    *result = NULL;
    if (!PyDict_Check(dict)) {
        PyErr_BadInternalCall();
        return -1;
    }
    PyObject *value = PyDict_GetItemWithError(dict, key);
    if (value == NULL)
        return PyErr_Occurred() ? -1 : 0;
    *result = Py_NewRef(value);
    return 1;
}

int
PyDict_GetItemStringRef(PyObject *dict, const char *key, PyObject **result)
{
    *result = NULL;
    KS_OWNED PyObject *name = PyUnicode_FromString(key);
    return name == NULL ? -1 : PyDict_GetItemRef(dict, name, result);
}

/* result may be NULL. 1 if the key was there, 0 if value was stored under it. */
int
PyDict_SetDefaultRef(PyObject *dict, PyObject *key, PyObject *value, PyObject **result)
{
    if (result != NULL)
        *result = NULL;
    if (!PyDict_Check(dict)) {
        PyErr_BadInternalCall();
        return -1;
    }
    Py_ssize_t count = PyDict_GET_SIZE(dict);
    PyObject *found = PyDict_SetDefault(dict, key, value);
    if (found == NULL)
        return -1;
    if (result != NULL)
        *result = Py_NewRef(found);
    /* The same object may have been there before: growth tells. */
    return found != value || PyDict_GET_SIZE(dict) == count;
}

PyObject *
PyList_GetItemRef(PyObject *list, Py_ssize_t index)
{
    if (!PyList_Check(list)) {
        PyErr_SetString(PyExc_TypeError, "expected a list");
        return NULL;
    }
    if (index < 0 || index >= PyList_GET_SIZE(list)) {
        PyErr_SetString(PyExc_IndexError, "list index out of range");
        return NULL;
    }
    return Py_NewRef(PyList_GET_ITEM(list, index));
}

int
PyWeakref_GetRef(PyObject *reference, PyObject **result)
{
    *result = NULL;
    if (!PyWeakref_Check(reference)) {
        PyErr_SetString(PyExc_TypeError, "expected a weakref");
        return -1;
    }
    PyObject *target = PyWeakref_GET_OBJECT(reference);
    if (target == Py_None)
        return 0;
    *result = Py_NewRef(target);
    return 1;
}
