/* SPDX-License-Identifier: MIT */
/* Names in pickles: dotted ones, and those that changed between Python 2 and 3. */
#include "pickle_parts.h"
#include "pycore_runtime.h" /* the dot between names */

PyObject *
ks_pickle_attribute(PyObject *object, PyObject *dotted, PyObject **parent)
{
    KS_OWNED PyObject *parts = PyUnicode_Split(dotted, &_Py_STR(dot), -1);
    KS_OWNED PyObject *holder = NULL;
    KS_OWNED PyObject *found = Py_NewRef(object);
    if (parts == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(parts); i++) {
        PyObject *part = PyList_GET_ITEM(parts, i);
        if (PyUnicode_CompareWithASCIIString(part, "<locals>") == 0) {
            PyErr_Format(PyExc_AttributeError, "Can't pickle local attribute %R on %R", dotted,
                         object);
            return NULL;
        }
        Py_XSETREF(holder, ks_give(&found));
        if (_PyObject_LookupAttr(holder, part, &found) < 0)
            return NULL;
        if (found == NULL) {
            PyErr_Format(PyExc_AttributeError, "Can't get attribute %R on %R", dotted, object);
            return NULL;
        }
    }
    if (parent != NULL)
        *parent = ks_give(&holder);
    return ks_give(&found);
}

/* ---- names of Python 2 and 3 ---- */

static KS_COLD int
bad_value(const char *prefix, const char *table, const char *what, PyObject *found)
{
    PyErr_Format(PyExc_RuntimeError, "_compat_pickle.%s%s values should be %s, not %.200s", prefix,
                 table, what, Py_TYPE(found)->tp_name);
    return -1;
}

static int
rename_pair(const char *prefix, PyObject *found, PyObject **module_name, PyObject **name)
{
    if (!PyTuple_Check(found) || PyTuple_GET_SIZE(found) != 2)
        return bad_value(prefix, "NAME_MAPPING", "2-tuples", found);
    PyObject *module = PyTuple_GET_ITEM(found, 0), *other = PyTuple_GET_ITEM(found, 1);
    if (!PyUnicode_Check(module) || !PyUnicode_Check(other)) {
        PyErr_Format(PyExc_RuntimeError,
                     "_compat_pickle.%sNAME_MAPPING values should be pairs of str, not "
                     "(%.200s, %.200s)",
                     prefix, Py_TYPE(module)->tp_name, Py_TYPE(other)->tp_name);
        return -1;
    }
    Py_SETREF(*module_name, Py_NewRef(module));
    Py_SETREF(*name, Py_NewRef(other));
    return 0;
}

int
ks_pickle_rename(PyObject *names, PyObject *modules, const char *prefix, PyObject **module_name,
                 PyObject **name)
{
    KS_OWNED PyObject *key = PyTuple_Pack(2, *module_name, *name);
    if (key == NULL)
        return -1;
    PyObject *found = PyDict_GetItemWithError(names, key);
    if (found != NULL)
        return rename_pair(prefix, found, module_name, name);
    if (!PyErr_Occurred())
        found = PyDict_GetItemWithError(modules, *module_name);
    if (found == NULL)
        return PyErr_Occurred() ? -1 : 0;
    if (!PyUnicode_Check(found))
        return bad_value(prefix, "IMPORT_MAPPING", "strings", found);
    Py_SETREF(*module_name, Py_NewRef(found));
    return 0;
}
