/* SPDX-License-Identifier: MIT */
/* Mapping and class patterns. */
#include "Python.h"

#include "pycore_call.h"
#include "pycore_pyerrors.h"

#include "ks_eval.h"

/* The values of keys in map as a tuple, None if one is missing. map.get is what is asked, so that
 * a defaultdict does not grow. */
PyObject *
ks_match_keys(PyThreadState *tstate, PyObject *map, PyObject *keys)
{
    Py_ssize_t count = PyTuple_GET_SIZE(keys);
    if (count == 0)
        return PyTuple_New(0);
    PyObject *method = NULL;
    int is_method = _PyObject_GetMethod(map, &_Py_ID(get), &method);
    if (method == NULL)
        return NULL;
    KS_OWNED PyObject *get = method;
    KS_OWNED PyObject *seen = PySet_New(NULL);
    KS_OWNED PyObject *absent = _PyObject_CallNoArgs((PyObject *)&PyBaseObject_Type);
    KS_OWNED PyObject *values = PyTuple_New(count);
    if (seen == NULL || absent == NULL || values == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *key = PyTuple_GET_ITEM(keys, i);
        int duplicate = PySet_Contains(seen, key);
        if (duplicate != 0 || PySet_Add(seen, key) < 0) {
            if (duplicate > 0)
                _PyErr_Format(tstate, PyExc_ValueError, "mapping pattern checks duplicate key (%R)",
                              key);
            return NULL;
        }
        PyObject *args[] = {map, key, absent};
        PyObject *value = is_method ? PyObject_Vectorcall(get, args, 3, NULL)
                                    : PyObject_Vectorcall(get, args + 1, 2, NULL);
        if (value == NULL)
            return NULL;
        if (value == absent) {
            Py_DECREF(value);
            Py_RETURN_NONE;
        }
        PyTuple_SET_ITEM(values, i, value);
    }
    return ks_give(&values);
}

/* One attribute of the subject; NULL without exception if it is not there. */
static KS_NEW PyObject *
match_attribute(PyThreadState *tstate, PyObject *subject, PyObject *type, PyObject *name,
                PyObject *seen)
{
    int duplicate = PySet_Contains(seen, name);
    if (duplicate != 0 || PySet_Add(seen, name) < 0) {
        if (duplicate > 0)
            _PyErr_Format(tstate, PyExc_TypeError, "%s() got multiple sub-patterns for attribute %R",
                          ((PyTypeObject *)type)->tp_name, name);
        return NULL;
    }
    PyObject *value;
    (void)_PyObject_LookupAttr(subject, name, &value);
    return value;
}

/* The subject's attributes for a class pattern as a tuple, or NULL: without an exception if the
 * pattern does not match. */
PyObject *
ks_match_class(PyThreadState *tstate, PyObject *subject, PyObject *type, Py_ssize_t positional,
               PyObject *names)
{
    if (!PyType_Check(type)) {
        _PyErr_Format(tstate, PyExc_TypeError, "called match pattern must be a type");
        return NULL;
    }
    if (PyObject_IsInstance(subject, type) <= 0)
        return NULL;
    const char *type_name = ((PyTypeObject *)type)->tp_name;
    KS_OWNED PyObject *seen = PySet_New(NULL);
    KS_OWNED PyObject *attributes = PyList_New(0);
    if (seen == NULL || attributes == NULL)
        return NULL;
    if (positional > 0) {
        PyObject *match_args_name = KS_INTERN("__match_args__");
        if (match_args_name == NULL)
            return NULL;
        int match_self = 0;
        PyObject *found;
        if (_PyObject_LookupAttr(type, match_args_name, &found) < 0)
            return NULL;
        if (found == NULL) {
            /* int, str and their like: one positional pattern, for the subject itself. */
            found = PyTuple_New(0);
            if (found == NULL)
                return NULL;
            match_self = PyType_HasFeature((PyTypeObject *)type, _Py_TPFLAGS_MATCH_SELF);
        }
        KS_OWNED PyObject *match_args = found;
        if (!PyTuple_CheckExact(match_args)) {
            _PyErr_Format(tstate, PyExc_TypeError, "%s.__match_args__ must be a tuple (got %s)",
                          type_name, Py_TYPE(match_args)->tp_name);
            return NULL;
        }
        Py_ssize_t allowed = match_self ? 1 : PyTuple_GET_SIZE(match_args);
        if (allowed < positional) {
            _PyErr_Format(tstate, PyExc_TypeError,
                          "%s() accepts %d positional sub-pattern%s (%d given)", type_name,
                          (int)allowed, allowed == 1 ? "" : "s", (int)positional);
            return NULL;
        }
        if (match_self) {
            if (PyList_Append(attributes, subject) < 0)
                return NULL;
        }
        else {
            for (Py_ssize_t i = 0; i < positional; i++) {
                PyObject *name = PyTuple_GET_ITEM(match_args, i);
                if (!PyUnicode_CheckExact(name)) {
                    _PyErr_Format(tstate, PyExc_TypeError,
                                  "__match_args__ elements must be strings (got %s)",
                                  Py_TYPE(name)->tp_name);
                    return NULL;
                }
                KS_OWNED PyObject *value = match_attribute(tstate, subject, type, name, seen);
                if (value == NULL || PyList_Append(attributes, value) < 0)
                    return NULL;
            }
        }
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
        KS_OWNED PyObject *value =
            match_attribute(tstate, subject, type, PyTuple_GET_ITEM(names, i), seen);
        if (value == NULL || PyList_Append(attributes, value) < 0)
            return NULL;
    }
    return PyList_AsTuple(attributes);
}
