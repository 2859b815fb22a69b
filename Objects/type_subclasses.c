/* SPDX-License-Identifier: MIT */
/* Which types inherit directly from a type: tp_subclasses is a dict from the subclass's address
 * to a weak reference to it, or NULL. Entries leave when the subclass is freed or rebased. */
#include "Python.h"
#include "pycore_object.h"
#include "ks_type.h"

PyTypeObject *
ks_type_subclass_from_ref(PyObject *ref)
{
    PyObject *object = PyWeakref_GET_OBJECT(ref);
    if (object == Py_None || !PyType_Check(object))
        return NULL;
    return (PyTypeObject *)object;
}

int
ks_type_subclass_add(PyTypeObject *base, PyTypeObject *type)
{
    KS_OWNED PyObject *key = PyLong_FromVoidPtr(type);
    if (key == NULL)
        return -1;
    KS_OWNED PyObject *ref = PyWeakref_NewRef((PyObject *)type, NULL);
    if (ref == NULL)
        return -1;
    if (base->tp_subclasses == NULL) {
        base->tp_subclasses = PyDict_New();
        if (base->tp_subclasses == NULL)
            return -1;
    }
    return PyDict_SetItem(base->tp_subclasses, key, ref);
}

int
ks_type_subclass_add_all(PyTypeObject *type, PyObject *bases)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        if (ks_type_subclass_add((PyTypeObject *)PyTuple_GET_ITEM(bases, i), type) < 0)
            return -1;
    }
    return 0;
}

/* Used while types die, so nothing that goes wrong is reported. */
void
ks_type_subclass_remove(PyTypeObject *base, PyTypeObject *type)
{
    if (base->tp_subclasses == NULL)
        return;
    PyObject *key = PyLong_FromVoidPtr(type);
    if (key == NULL || PyDict_DelItem(base->tp_subclasses, key) < 0)
        PyErr_Clear();
    Py_XDECREF(key);
    if (PyDict_GET_SIZE(base->tp_subclasses) == 0)
        Py_CLEAR(base->tp_subclasses);
}

void
ks_type_subclass_remove_all(PyTypeObject *type, PyObject *bases)
{
    if (bases == NULL)
        return;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *base = PyTuple_GET_ITEM(bases, i);
        if (PyType_Check(base))
            ks_type_subclass_remove((PyTypeObject *)base, type);
    }
}

/* A new list of the direct subclasses, oldest first. */
PyObject *
_PyType_GetSubclasses(PyTypeObject *type)
{
    KS_OWNED PyObject *list = PyList_New(0);
    if (list == NULL || type->tp_subclasses == NULL)
        return ks_give(&list);
    Py_ssize_t position = 0;
    PyObject *ref;
    while (PyDict_Next(type->tp_subclasses, &position, NULL, &ref)) {
        PyTypeObject *subclass = ks_type_subclass_from_ref(ref);
        if (subclass != NULL && PyList_Append(list, (PyObject *)subclass) < 0)
            return NULL;
    }
    return ks_give(&list);
}
