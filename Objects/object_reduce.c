/* SPDX-License-Identifier: MIT */
/* Pickling and copying of any object: object.__reduce__, __reduce_ex__ and __getstate__. From
 * protocol 2 on the recipe is made here; for the older ones copyreg's Python code is asked. */
#include "Python.h"
#include "pycore_call.h"
#include "pycore_global_strings.h"
#include "pycore_import.h"
#include "pycore_object.h"
#include "ks_args.h"
#include "ks_type.h"

static KS_NEW PyObject *
copyreg_module(void)
{
    /* If the module is loaded, its name in sys.modules is enough; importing takes locks. */
    PyObject *module = PyImport_GetModule(&_Py_ID(copyreg));
    if (module != NULL)
        return module;
    if (PyErr_Occurred())
        return NULL;
    return PyImport_Import(&_Py_ID(copyreg));
}

/* ---- state ---- */

/* A list of the names in __slots__ of type and its ancestors, or None. */
static KS_NEW PyObject *
slot_names(PyTypeObject *type)
{
    PyObject *cached = PyDict_GetItemWithError(type->tp_dict, &_Py_ID(__slotnames__));
    if (cached != NULL) {
        if (cached == Py_None || PyList_Check(cached))
            return Py_NewRef(cached);
        PyErr_Format(PyExc_TypeError, "%.200s.__slotnames__ should be a list or None, not %.200s",
                     type->tp_name, Py_TYPE(cached)->tp_name);
        return NULL;
    }
    if (PyErr_Occurred())
        return NULL;
    KS_OWNED PyObject *copyreg = copyreg_module();
    if (copyreg == NULL)
        return NULL;
    KS_OWNED PyObject *names =
        PyObject_CallMethodOneArg(copyreg, &_Py_ID(_slotnames), (PyObject *)type);
    if (names == NULL)
        return NULL;
    if (names != Py_None && !PyList_Check(names)) {
        PyErr_SetString(PyExc_TypeError, "copyreg._slotnames didn't return a list or None");
        return NULL;
    }
    return ks_give(&names);
}

/* 1 if all of an instance is in its dict and slots, so that a copy can be made from them. */
static int
state_is_complete(PyTypeObject *type, PyObject *names)
{
    Py_ssize_t known = PyBaseObject_Type.tp_basicsize;
    if (type->tp_dictoffset != 0 && !(type->tp_flags & Py_TPFLAGS_MANAGED_DICT))
        known += (Py_ssize_t)sizeof(PyObject *);
    if (type->tp_weaklistoffset > 0)
        known += (Py_ssize_t)sizeof(PyObject *);
    if (names != Py_None)
        known += (Py_ssize_t)sizeof(PyObject *) * PyList_GET_SIZE(names);
    return type->tp_basicsize <= known;
}

static KS_NEW PyObject *
slot_values(PyObject *self, PyObject *names)
{
    KS_OWNED PyObject *values = PyDict_New();
    if (values == NULL)
        return NULL;
    Py_ssize_t count = PyList_GET_SIZE(names);
    for (Py_ssize_t i = 0; i < count; i++) {
        KS_OWNED PyObject *name = Py_NewRef(PyList_GET_ITEM(names, i));
        PyObject *found;
        if (_PyObject_LookupAttr(self, name, &found) < 0)
            return NULL;
        if (found != NULL) {
            int status = PyDict_SetItem(values, name, found);
            Py_DECREF(found);
            if (status < 0)
                return NULL;
        }
        if (PyList_GET_SIZE(names) != count) {
            PyErr_Format(PyExc_RuntimeError, "__slotsname__ changed size during iteration");
            return NULL;
        }
    }
    return ks_give(&values);
}

/* The instance's dict or None; with slots a pair of that and a dict of the slots. required: refuse
 * objects that have state beyond these. */
static KS_NEW PyObject *
state_default(PyObject *self, int required)
{
    PyTypeObject *type = Py_TYPE(self);
    if (required && type->tp_itemsize != 0) {
        PyErr_Format(PyExc_TypeError, "cannot pickle %.200s objects", type->tp_name);
        return NULL;
    }
    KS_OWNED PyObject *state = NULL;
    if (_PyObject_IsInstanceDictEmpty(self))
        state = Py_NewRef(Py_None);
    else
        state = PyObject_GenericGetDict(self, NULL);
    if (state == NULL)
        return NULL;
    KS_OWNED PyObject *names = slot_names(type);
    if (names == NULL)
        return NULL;
    if (required && !state_is_complete(type, names)) {
        PyErr_Format(PyExc_TypeError, "cannot pickle '%.200s' object", type->tp_name);
        return NULL;
    }
    if (names == Py_None || PyList_GET_SIZE(names) == 0)
        return ks_give(&state);
    KS_OWNED PyObject *values = slot_values(self, names);
    if (values == NULL)
        return NULL;
    if (PyDict_GET_SIZE(values) == 0)
        return ks_give(&state);
    return PyTuple_Pack(2, state, values);
}

PyObject *
ks_object_getstate(PyObject *self, PyObject *unused)
{
    return state_default(self, 0);
}

/* Asks __getstate__ unless it is object's own. */
static KS_NEW PyObject *
state_of(PyObject *self, int required)
{
    PyObject *found;
    int is_unbound = _PyObject_GetMethod(self, &_Py_ID(__getstate__), &found);
    KS_OWNED PyObject *method = found;
    if (method == NULL)
        return NULL;
    if (is_unbound) {
        if (Py_IS_TYPE(method, &PyMethodDescr_Type) &&
            ((PyMethodDescrObject *)method)->d_method->ml_meth == (PyCFunction)ks_object_getstate)
            return state_default(self, required);
        return PyObject_CallOneArg(method, self);
    }
    if (PyCFunction_Check(method) && PyCFunction_GET_SELF(method) == self &&
        PyCFunction_GET_FUNCTION(method) == (PyCFunction)ks_object_getstate)
        return state_default(self, required);
    return _PyObject_CallNoArgs(method);
}

PyObject *
_PyObject_GetState(PyObject *self)
{
    return state_of(self, 0);
}

/* ---- protocol 2 and later ---- */

static int
new_arguments_ex(PyObject *given, PyObject **args, PyObject **kwargs)
{
    if (!PyTuple_Check(given)) {
        PyErr_Format(PyExc_TypeError, "__getnewargs_ex__ should return a tuple, not '%.200s'",
                     Py_TYPE(given)->tp_name);
        return -1;
    }
    if (PyTuple_GET_SIZE(given) != 2) {
        PyErr_Format(PyExc_ValueError,
                     "__getnewargs_ex__ should return a tuple of length 2, not %zd",
                     PyTuple_GET_SIZE(given));
        return -1;
    }
    PyObject *first = PyTuple_GET_ITEM(given, 0), *second = PyTuple_GET_ITEM(given, 1);
    if (!PyTuple_Check(first)) {
        PyErr_Format(PyExc_TypeError,
                     "first item of the tuple returned by __getnewargs_ex__ must be a tuple, "
                     "not '%.200s'",
                     Py_TYPE(first)->tp_name);
        return -1;
    }
    if (!PyDict_Check(second)) {
        PyErr_Format(PyExc_TypeError,
                     "second item of the tuple returned by __getnewargs_ex__ must be a dict, "
                     "not '%.200s'",
                     Py_TYPE(second)->tp_name);
        return -1;
    }
    *args = Py_NewRef(first);
    *kwargs = Py_NewRef(second);
    return 0;
}

/* What __new__ wants for a copy. Both NULL if the class does not say. */
static int
new_arguments(PyObject *self, PyObject **args, PyObject **kwargs)
{
    *args = *kwargs = NULL;
    KS_OWNED PyObject *extended = _PyObject_LookupSpecial(self, &_Py_ID(__getnewargs_ex__));
    if (extended != NULL) {
        KS_OWNED PyObject *given = _PyObject_CallNoArgs(extended);
        return given == NULL ? -1 : new_arguments_ex(given, args, kwargs);
    }
    if (PyErr_Occurred())
        return -1;
    KS_OWNED PyObject *simple = _PyObject_LookupSpecial(self, &_Py_ID(__getnewargs__));
    if (simple == NULL)
        return PyErr_Occurred() ? -1 : 0;
    PyObject *given = _PyObject_CallNoArgs(simple);
    if (given == NULL)
        return -1;
    if (!PyTuple_Check(given)) {
        PyErr_Format(PyExc_TypeError, "__getnewargs__ should return a tuple, not '%.200s'",
                     Py_TYPE(given)->tp_name);
        Py_DECREF(given);
        return -1;
    }
    *args = given;
    return 0;
}

/* The callable and its arguments that make an empty copy. */
static int
recipe(PyObject *self, PyObject *copyreg, PyObject *args, PyObject *kwargs, PyObject **callable,
       PyObject **arguments)
{
    PyObject *type = (PyObject *)Py_TYPE(self);
    if (kwargs == NULL || PyDict_GET_SIZE(kwargs) == 0) {
        Py_ssize_t count = args == NULL ? 0 : PyTuple_GET_SIZE(args);
        *arguments = PyTuple_New(count + 1);
        if (*arguments == NULL)
            return -1;
        PyTuple_SET_ITEM(*arguments, 0, Py_NewRef(type));
        for (Py_ssize_t i = 0; i < count; i++)
            PyTuple_SET_ITEM(*arguments, i + 1, Py_NewRef(PyTuple_GET_ITEM(args, i)));
        *callable = PyObject_GetAttr(copyreg, &_Py_ID(__newobj__));
    }
    else {
        *arguments = PyTuple_Pack(3, type, args, kwargs);
        if (*arguments == NULL)
            return -1;
        *callable = PyObject_GetAttr(copyreg, &_Py_ID(__newobj_ex__));
    }
    return *callable == NULL ? -1 : 0;
}

/* Iterators over what a list or dict (of whatever class) contains; None for other objects. */
static int
content_iterators(PyObject *self, PyObject **list_items, PyObject **dict_items)
{
    *list_items = PyList_Check(self) ? PyObject_GetIter(self) : Py_NewRef(Py_None);
    if (*list_items == NULL)
        return -1;
    if (!PyDict_Check(self)) {
        *dict_items = Py_NewRef(Py_None);
        return 0;
    }
    KS_OWNED PyObject *items = PyObject_CallMethodNoArgs(self, &_Py_ID(items));
    if (items == NULL)
        return -1;
    *dict_items = PyObject_GetIter(items);
    return *dict_items == NULL ? -1 : 0;
}

static KS_NEW PyObject *
reduce_new(PyObject *self)
{
    if (Py_TYPE(self)->tp_new == NULL) {
        PyErr_Format(PyExc_TypeError, "cannot pickle '%.200s' object", Py_TYPE(self)->tp_name);
        return NULL;
    }
    PyObject *given_args, *given_kwargs;
    if (new_arguments(self, &given_args, &given_kwargs) < 0)
        return NULL;
    KS_OWNED PyObject *args = given_args;
    KS_OWNED PyObject *kwargs = given_kwargs;
    KS_OWNED PyObject *copyreg = copyreg_module();
    if (copyreg == NULL)
        return NULL;
    KS_OWNED PyObject *callable = NULL;
    KS_OWNED PyObject *arguments = NULL;
    if (recipe(self, copyreg, args, kwargs, &callable, &arguments) < 0)
        return NULL;
    KS_OWNED PyObject *state =
        state_of(self, args == NULL && !PyList_Check(self) && !PyDict_Check(self));
    if (state == NULL)
        return NULL;
    KS_OWNED PyObject *list_items = NULL;
    KS_OWNED PyObject *dict_items = NULL;
    if (content_iterators(self, &list_items, &dict_items) < 0)
        return NULL;
    return PyTuple_Pack(5, callable, arguments, state, list_items, dict_items);
}

static KS_NEW PyObject *
reduce_common(PyObject *self, int protocol)
{
    if (protocol >= 2)
        return reduce_new(self);
    KS_OWNED PyObject *copyreg = copyreg_module();
    if (copyreg == NULL)
        return NULL;
    return PyObject_CallMethod(copyreg, "_reduce_ex", "Oi", self, protocol);
}

/* ---- methods ---- */

PyObject *
ks_object_reduce(PyObject *self, PyObject *unused)
{
    return reduce_common(self, 0);
}

/* Whether it is plain to see that a class has object's own __reduce__: no attribute is computed, and
 * what an instance may have under that name does not count. */
static int
has_own_reduce(PyTypeObject *type)
{
    return Py_IS_TYPE(type, &PyType_Type) && type->tp_getattro == PyObject_GenericGetAttr &&
           _PyType_Lookup(type, &_Py_ID(__reduce__)) ==
               PyDict_GetItemWithError(PyBaseObject_Type.tp_dict, &_Py_ID(__reduce__));
}

/* A class that overrides __reduce__ only is asked through that, whatever the protocol. */
PyObject *
ks_object_reduce_ex(PyObject *self, PyObject *arg)
{
    int protocol;
    if (!ks_arg_int(arg, &protocol))
        return NULL;
    if (has_own_reduce(Py_TYPE(self)))
        return reduce_common(self, protocol);
    PyObject *found;
    if (_PyObject_LookupAttr(self, &_Py_ID(__reduce__), &found) < 0)
        return NULL;
    KS_OWNED PyObject *method = found;
    if (method != NULL) {
        KS_OWNED PyObject *of_class =
            PyObject_GetAttr((PyObject *)Py_TYPE(self), &_Py_ID(__reduce__));
        if (of_class == NULL)
            return NULL;
        PyObject *of_object =
            PyDict_GetItemWithError(PyBaseObject_Type.tp_dict, &_Py_ID(__reduce__));
        if (of_object == NULL && PyErr_Occurred())
            return NULL;
        if (of_class != of_object)
            return _PyObject_CallNoArgs(method);
    }
    return reduce_common(self, protocol);
}
