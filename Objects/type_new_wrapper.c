/* SPDX-License-Identifier: MIT */
/* __new__ of a type whose tp_new is a C function: a built-in function bound to that type, which
 * checks that the class asked for can be made by this tp_new and no other. */
#include "Python.h"
#include "pycore_global_strings.h"
#include "pycore_object.h"
#include "ks_type.h"

static PyObject *
new_wrapper(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (!PyType_Check(self)) {
        PyErr_Format(PyExc_SystemError, "__new__() called with non-type 'self'");
        return NULL;
    }
    PyTypeObject *type = (PyTypeObject *)self;
    if (!PyTuple_Check(args) || PyTuple_GET_SIZE(args) < 1) {
        PyErr_Format(PyExc_TypeError, "%s.__new__(): not enough arguments", type->tp_name);
        return NULL;
    }
    PyObject *first = PyTuple_GET_ITEM(args, 0);
    if (!PyType_Check(first)) {
        PyErr_Format(PyExc_TypeError, "%s.__new__(X): X is not a type object (%s)", type->tp_name,
                     Py_TYPE(first)->tp_name);
        return NULL;
    }
    PyTypeObject *wanted = (PyTypeObject *)first;
    if (!PyType_IsSubtype(wanted, type)) {
        PyErr_Format(PyExc_TypeError, "%s.__new__(%s): %s is not a subtype of %s", type->tp_name,
                     wanted->tp_name, wanted->tp_name, type->tp_name);
        return NULL;
    }
    /* The nearest C ancestor must agree, or its part of the instance would stay unset. */
    PyTypeObject *maker = wanted;
    while (maker != NULL && maker->tp_new == ks_slot_new)
        maker = maker->tp_base;
    if (maker != NULL && maker->tp_new != type->tp_new) {
        PyErr_Format(PyExc_TypeError, "%s.__new__(%s) is not safe, use %s.__new__()",
                     type->tp_name, wanted->tp_name, maker->tp_name);
        return NULL;
    }
    KS_OWNED PyObject *rest = PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args));
    return rest == NULL ? NULL : type->tp_new(wanted, rest, kwargs);
}

static PyMethodDef new_wrapper_def =
    METHOD("__new__", new_wrapper, METH_VARARGS | METH_KEYWORDS, "($type, *args, **kwargs)",
           "Make an instance; help(type) tells the arguments.");

int
ks_is_new_wrapper(PyObject *callable)
{
    return Py_IS_TYPE(callable, &PyCFunction_Type) &&
           ((PyCFunctionObject *)callable)->m_ml->ml_meth == new_wrapper_def.ml_meth;
}

int
ks_type_add_new(PyTypeObject *type)
{
    int present = PyDict_Contains(type->tp_dict, &_Py_ID(__new__));
    if (present != 0)
        return present < 0 ? -1 : 0;
    KS_OWNED PyObject *function = PyCFunction_NewEx(&new_wrapper_def, (PyObject *)type, NULL);
    return function == NULL ? -1 : PyDict_SetItem(type->tp_dict, &_Py_ID(__new__), function);
}
