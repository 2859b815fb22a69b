/* SPDX-License-Identifier: MIT */
/* isinstance() and issubclass().
 *
 * Real types are decided by their method resolution order; __instancecheck__ and
 * __subclasscheck__ of the second argument's type may decide otherwise; objects that merely have
 * a tuple __bases__ act as classes too. */
#include "Python.h"
#include "pycore_ceval.h"
#include "pycore_object.h"
#include "pycore_pystate.h"
#include "pycore_unionobject.h"
#include "ks_abstract.h"

/* object.__bases__ if it is a tuple: a new reference; NULL without an exception if not. */
static PyObject *
class_bases(PyObject *object)
{
    PyObject *bases;
    (void)_PyObject_LookupAttr(object, &_Py_ID(__bases__), &bases);
    if (bases != NULL && !PyTuple_Check(bases))
        Py_CLEAR(bases);
    return bases;
}

static int
check_class(PyObject *object, const char *message)
{
    KS_OWNED PyObject *bases = class_bases(object);
    if (bases == NULL && !PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, message);
    return bases != NULL;
}

/* Walks __bases__ of things that need not be types. */
static int
is_derived(PyObject *derived, PyObject *cls)
{
    KS_OWNED PyObject *bases = NULL;
    for (;;) {
        if (derived == cls)
            return 1;
        PyObject *next = class_bases(derived);
        Py_XSETREF(bases, next); /* keeps `derived` of the next round alive */
        if (bases == NULL)
            return PyErr_Occurred() ? -1 : 0;
        if (PyTuple_GET_SIZE(bases) == 0)
            return 0;
        if (PyTuple_GET_SIZE(bases) > 1)
            break;
        derived = PyTuple_GET_ITEM(bases, 0);
    }
    if (Py_EnterRecursiveCall(" in __issubclass__"))
        return -1;
    int found = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases) && found == 0; i++)
        found = is_derived(PyTuple_GET_ITEM(bases, i), cls);
    Py_LeaveRecursiveCall();
    return found;
}

/* --- isinstance() ----------------------------------------------------------------------------------- */

/* Whether object.__class__ is what object itself has, so that it need not be asked: no instance
 * attribute comes before that descriptor. */
static int
class_is_plain(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    return type->tp_getattro == PyObject_GenericGetAttr &&
           _PyType_Lookup(type, &_Py_ID(__class__)) ==
               _PyType_Lookup(&PyBaseObject_Type, &_Py_ID(__class__));
}

int
_PyObject_RealIsInstance(PyObject *object, PyObject *cls)
{
    PyObject *found;
    if (PyType_Check(cls)) {
        if (PyObject_TypeCheck(object, (PyTypeObject *)cls))
            return 1;
        if (class_is_plain(object))
            return 0;
        if (_PyObject_LookupAttr(object, &_Py_ID(__class__), &found) < 0)
            return -1;
        KS_OWNED PyObject *claimed = found;
        return claimed != NULL && claimed != (PyObject *)Py_TYPE(object) &&
               PyType_Check(claimed) &&
               PyType_IsSubtype((PyTypeObject *)claimed, (PyTypeObject *)cls);
    }
    if (!check_class(cls, "isinstance() arg 2 must be a type, a tuple of types, or a union"))
        return -1;
    if (_PyObject_LookupAttr(object, &_Py_ID(__class__), &found) < 0)
        return -1;
    KS_OWNED PyObject *claimed = found;
    return claimed == NULL ? 0 : is_derived(claimed, cls);
}

typedef int (*ClassTest)(PyObject *, PyObject *);

/* Any item of a tuple. */
static int
any_of(PyObject *object, PyObject *classes, ClassTest test, const char *where)
{
    int found = 0;
    if (Py_EnterRecursiveCall(where))
        return -1;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(classes) && found == 0; i++)
        found = test(object, PyTuple_GET_ITEM(classes, i));
    Py_LeaveRecursiveCall();
    return found;
}

/* What the class's own check method says: 1 and the answer, 0 without a method, -1. */
static int
ask_class(PyObject *object, PyObject *cls, PyObject *name, const char *where, int *answer)
{
    KS_OWNED PyObject *method = _PyObject_LookupSpecial(cls, name);
    if (method == NULL)
        return PyErr_Occurred() ? -1 : 0;
    if (Py_EnterRecursiveCall(where))
        return -1;
    KS_OWNED PyObject *result = PyObject_CallOneArg(method, object);
    Py_LeaveRecursiveCall();
    if (result == NULL)
        return -1;
    *answer = PyObject_IsTrue(result);
    return *answer < 0 ? -1 : 1;
}

int
PyObject_IsInstance(PyObject *object, PyObject *cls)
{
    int answer;
    if (Py_IS_TYPE(object, (PyTypeObject *)cls))
        return 1;
    if (PyType_CheckExact(cls))
        return _PyObject_RealIsInstance(object, cls);
    if (_PyUnion_Check(cls))
        cls = _Py_union_args(cls);
    if (PyTuple_Check(cls))
        return any_of(object, cls, PyObject_IsInstance, " in __instancecheck__");
    int asked = ask_class(object, cls, &_Py_ID(__instancecheck__), " in __instancecheck__",
                          &answer);
    if (asked != 0)
        return asked < 0 ? -1 : answer;
    return _PyObject_RealIsInstance(object, cls);
}

/* --- issubclass() ----------------------------------------------------------------------------------- */

int
_PyObject_RealIsSubclass(PyObject *derived, PyObject *cls)
{
    if (PyType_Check(cls) && PyType_Check(derived))
        return PyType_IsSubtype((PyTypeObject *)derived, (PyTypeObject *)cls);
    if (!check_class(derived, "issubclass() arg 1 must be a class"))
        return -1;
    if (!_PyUnion_Check(cls) &&
        !check_class(cls, "issubclass() arg 2 must be a class, a tuple of classes, or a union"))
        return -1;
    return is_derived(derived, cls);
}

int
PyObject_IsSubclass(PyObject *derived, PyObject *cls)
{
    int answer;
    if (PyType_CheckExact(cls))
        return derived == cls ? 1 : _PyObject_RealIsSubclass(derived, cls);
    if (_PyUnion_Check(cls))
        cls = _Py_union_args(cls);
    if (PyTuple_Check(cls))
        return any_of(derived, cls, PyObject_IsSubclass, " in __subclasscheck__");
    int asked = ask_class(derived, cls, &_Py_ID(__subclasscheck__), " in __subclasscheck__",
                          &answer);
    if (asked != 0)
        return asked < 0 ? -1 : answer;
    return _PyObject_RealIsSubclass(derived, cls);
}
