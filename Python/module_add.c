/* SPDX-License-Identifier: MIT */
/* PyModule_Add*: attributes of a module under construction. */
#include "Python.h"
#include "pycore_typeobject.h"
#include "ks_base.h"

/* value may be NULL with an exception set: the failure is passed on. */
int
PyModule_AddObjectRef(PyObject *module, const char *name, PyObject *value)
{
    if (!PyModule_Check(module)) {
        PyErr_SetString(PyExc_TypeError,
                        "PyModule_AddObjectRef() first argument must be a module");
        return -1;
    }
    if (value == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_SystemError, "PyModule_AddObjectRef() must be called with an "
                                               "exception raised if value is NULL");
        return -1;
    }
    PyObject *dict = PyModule_GetDict(module);
    if (dict == NULL) {
        PyErr_Format(PyExc_SystemError, "module '%s' has no __dict__", PyModule_GetName(module));
        return -1;
    }
    return PyDict_SetItemString(dict, name, value);
}

/* Takes the reference over, but only on success. */
int
PyModule_AddObject(PyObject *module, const char *name, PyObject *value)
{
    int status = PyModule_AddObjectRef(module, name, value);
    if (status == 0)
        Py_DECREF(value);
    return status;
}

int
PyModule_AddIntConstant(PyObject *module, const char *name, long value)
{
    KS_OWNED PyObject *number = PyLong_FromLong(value);
    return number == NULL ? -1 : PyModule_AddObjectRef(module, name, number);
}

int
PyModule_AddStringConstant(PyObject *module, const char *name, const char *value)
{
    KS_OWNED PyObject *text = PyUnicode_FromString(value);
    return text == NULL ? -1 : PyModule_AddObjectRef(module, name, text);
}

/* Readies the type and adds it under the last part of its name. */
int
PyModule_AddType(PyObject *module, PyTypeObject *type)
{
    if (PyType_Ready(type) < 0)
        return -1;
    return PyModule_AddObjectRef(module, _PyType_Name(type), (PyObject *)type);
}
