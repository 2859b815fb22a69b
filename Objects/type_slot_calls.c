/* SPDX-License-Identifier: MIT */
/* Callers: C calls a slot of a Python class, the class has a special method. Each function here
 * has the signature of the slot it fills, finds the method on the type (never on the instance)
 * and calls it with self and the slot's arguments from a C array. */
#include "Python.h"
#include "pycore_abstract.h"
#include "pycore_call.h"
#include "pycore_global_strings.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "ks_object.h"
#include "ks_type.h"
#include "ks_type_slots.h"

/* ---- finding and calling special methods ---- */

PyObject *
ks_special_lookup(PyObject *self, PyObject *name, int *unbound)
{
    PyObject *found = _PyType_Lookup(Py_TYPE(self), name);
    *unbound = 0;
    if (found == NULL)
        return NULL;
    if (_PyType_HasFeature(Py_TYPE(found), Py_TPFLAGS_METHOD_DESCRIPTOR)) {
        *unbound = 1;
        return Py_NewRef(found);
    }
    descrgetfunc get = Py_TYPE(found)->tp_descr_get;
    if (get == NULL)
        return Py_NewRef(found);
    return get(found, self, (PyObject *)Py_TYPE(self));
}

/* The bound special method, owned. NULL without an exception if absent. */
PyObject *
_PyObject_LookupSpecial(PyObject *self, PyObject *name)
{
    PyObject *found = _PyType_Lookup(Py_TYPE(self), name);
    if (found == NULL)
        return NULL;
    descrgetfunc get = Py_TYPE(found)->tp_descr_get;
    if (get == NULL)
        return Py_NewRef(found);
    return get(found, self, (PyObject *)Py_TYPE(self));
}

PyObject *
_PyObject_LookupSpecialId(PyObject *self, _Py_Identifier *id)
{
    PyObject *name = _PyUnicode_FromId(id);
    return name == NULL ? NULL : _PyObject_LookupSpecial(self, name);
}

/* Calls name on args[0] with the rest. NULL and *absent = 1 without an exception if there is no
 * such method. */
static KS_NEW PyObject *
special_call(PyObject *name, PyObject *const *args, Py_ssize_t nargs, int *absent)
{
    int unbound;
    PyThreadState *tstate = _PyThreadState_GET();
    PyObject *method = ks_special_lookup(args[0], name, &unbound);
    *absent = 0;
    if (method == NULL) {
        *absent = !_PyErr_Occurred(tstate);
        return NULL;
    }
    PyObject *result =
        unbound ? _PyObject_VectorcallTstate(tstate, method, args, (size_t)nargs, NULL)
                : _PyObject_VectorcallTstate(tstate, method, args + 1,
                                             (size_t)(nargs - 1) | PY_VECTORCALL_ARGUMENTS_OFFSET,
                                             NULL);
    Py_DECREF(method);
    return result;
}

/* The same; absence is AttributeError. */
static KS_NEW PyObject *
special_must(PyObject *name, PyObject *const *args, Py_ssize_t nargs)
{
    int absent;
    PyObject *result = special_call(name, args, nargs, &absent);
    if (absent)
        PyErr_SetObject(PyExc_AttributeError, name);
    return result;
}

/* The same; absence is NotImplemented. */
static KS_NEW PyObject *
special_maybe(PyObject *name, PyObject *left, PyObject *right)
{
    int absent;
    PyObject *args[2] = {left, right};
    PyObject *result = special_call(name, args, 2, &absent);
    return absent ? Py_NewRef(Py_NotImplemented) : result;
}

static KS_NEW PyObject *
special_unary(PyObject *self, PyObject *name)
{
    return special_must(name, &self, 1);
}

static KS_NEW PyObject *
special_binary(PyObject *self, PyObject *other, PyObject *name)
{
    PyObject *args[2] = {self, other};
    return special_must(name, args, 2);
}

/* Drops a result nobody wants: 0, or -1 for NULL. */
static int
as_status(KS_STEALS PyObject *result)
{
    if (result == NULL)
        return -1;
    Py_DECREF(result);
    return 0;
}

/* ---- text, hash, comparison ---- */

PyObject *
ks_slot_repr(PyObject *self)
{
    int absent;
    PyObject *result = special_call(&_Py_ID(__repr__), &self, 1, &absent);
    if (absent)
        return PyUnicode_FromFormat("<%s object at %p>", Py_TYPE(self)->tp_name, self);
    return result;
}

PyObject *
ks_slot_str(PyObject *self)
{
    return special_unary(self, &_Py_ID(__str__));
}

Py_hash_t
ks_slot_hash(PyObject *self)
{
    int unbound;
    PyObject *method = ks_special_lookup(self, &_Py_ID(__hash__), &unbound);
    if (method == Py_None)
        Py_CLEAR(method);
    if (method == NULL)
        return PyErr_Occurred() ? -1 : PyObject_HashNotImplemented(self);
    PyObject *result =
        unbound ? PyObject_CallOneArg(method, self) : _PyObject_CallNoArgs(method);
    Py_DECREF(method);
    if (result == NULL)
        return -1;
    if (!PyLong_Check(result)) {
        Py_DECREF(result);
        PyErr_SetString(PyExc_TypeError, "__hash__ method should return an integer");
        return -1;
    }
    Py_hash_t hash = PyLong_AsSsize_t(result);
    if (hash == -1 && PyErr_Occurred()) {
        /* too wide: its own hash narrows it */
        PyErr_Clear();
        hash = PyLong_Type.tp_hash(result);
    }
    Py_DECREF(result);
    return hash == -1 ? -2 : hash;
}

PyObject *
ks_slot_richcompare(PyObject *self, PyObject *other, int op)
{
    PyObject *name;
    switch (op) {
    case Py_LT: name = &_Py_ID(__lt__); break;
    case Py_LE: name = &_Py_ID(__le__); break;
    case Py_EQ: name = &_Py_ID(__eq__); break;
    case Py_NE: name = &_Py_ID(__ne__); break;
    case Py_GT: name = &_Py_ID(__gt__); break;
    default: name = &_Py_ID(__ge__); break;
    }
    int unbound;
    PyObject *method = ks_special_lookup(self, name, &unbound);
    if (method == NULL) {
        PyErr_Clear();
        Py_RETURN_NOTIMPLEMENTED;
    }
    PyObject *args[2] = {self, other};
    PyObject *result = unbound ? PyObject_Vectorcall(method, args, 2, NULL)
                               : PyObject_Vectorcall(method, args + 1,
                                                     1 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    Py_DECREF(method);
    return result;
}

/* ---- calling, construction, destruction ---- */

static KS_NEW PyObject *
call_with(PyObject *self, PyObject *name, PyObject *args, PyObject *kwargs)
{
    int unbound;
    PyThreadState *tstate = _PyThreadState_GET();
    PyObject *method = ks_special_lookup(self, name, &unbound);
    if (method == NULL) {
        if (!_PyErr_Occurred(tstate))
            PyErr_SetObject(PyExc_AttributeError, name);
        return NULL;
    }
    PyObject *result = unbound ? _PyObject_Call_Prepend(tstate, method, self, args, kwargs)
                               : _PyObject_Call(tstate, method, args, kwargs);
    Py_DECREF(method);
    return result;
}

PyObject *
ks_slot_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return call_with(self, &_Py_ID(__call__), args, kwargs);
}

int
ks_slot_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *result = call_with(self, &_Py_ID(__init__), args, kwargs);
    if (result == NULL)
        return -1;
    if (result != Py_None) {
        PyErr_Format(PyExc_TypeError, "__init__() should return None, not '%.200s'",
                     Py_TYPE(result)->tp_name);
        Py_DECREF(result);
        return -1;
    }
    Py_DECREF(result);
    return 0;
}

PyObject *
ks_slot_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *function = PyObject_GetAttr((PyObject *)type, &_Py_ID(__new__));
    if (function == NULL)
        return NULL;
    PyObject *result = _PyObject_Call_Prepend(_PyThreadState_GET(), function, (PyObject *)type,
                                              args, kwargs);
    Py_DECREF(function);
    return result;
}

/* Errors of __del__ cannot be raised anywhere; the exception under way is kept. */
void
ks_slot_finalize(PyObject *self)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    int unbound;
    PyObject *method = ks_special_lookup(self, &_Py_ID(__del__), &unbound);
    if (method != NULL) {
        PyObject *result =
            unbound ? PyObject_CallOneArg(method, self) : _PyObject_CallNoArgs(method);
        if (result == NULL)
            PyErr_WriteUnraisable(method);
        else
            Py_DECREF(result);
        Py_DECREF(method);
    }
    PyErr_Restore(type, value, traceback);
}

/* ---- attributes ---- */

PyObject *
ks_slot_getattro(PyObject *self, PyObject *name)
{
    return special_binary(self, name, &_Py_ID(__getattribute__));
}

/* Calls a function found on the type, binding it first if it wants that. */
static KS_NEW PyObject *
call_getattr(PyObject *self, PyObject *function, PyObject *name)
{
    if (_PyType_HasFeature(Py_TYPE(function), Py_TPFLAGS_METHOD_DESCRIPTOR)) {
        PyObject *args[2] = {self, name};
        return PyObject_Vectorcall(function, args, 2, NULL);
    }
    descrgetfunc get = Py_TYPE(function)->tp_descr_get;
    KS_OWNED PyObject *bound =
        get == NULL ? Py_NewRef(function) : get(function, self, (PyObject *)Py_TYPE(self));
    return bound == NULL ? NULL : PyObject_CallOneArg(bound, name);
}

/* __getattribute__, then __getattr__. Types without __getattr__ switch to the simpler function
 * the first time they come here. */
PyObject *
ks_slot_getattr_hook(PyObject *self, PyObject *name)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *fallback = _PyType_Lookup(type, &_Py_ID(__getattr__));
    if (fallback == NULL) {
        type->tp_getattro = ks_slot_getattro;
        return ks_slot_getattro(self, name);
    }
    Py_INCREF(fallback);
    PyObject *first = _PyType_Lookup(type, &_Py_ID(__getattribute__));
    PyObject *result;
    if (first == NULL ||
        (Py_IS_TYPE(first, &PyWrapperDescr_Type) &&
         ((PyWrapperDescrObject *)first)->d_wrapped == (void *)PyObject_GenericGetAttr)) {
        result = _PyObject_GenericGetAttrWithDict(self, name, NULL, 1);
    }
    else {
        Py_INCREF(first);
        result = call_getattr(self, first, name);
        Py_DECREF(first);
        if (result == NULL && PyErr_ExceptionMatches(PyExc_AttributeError))
            PyErr_Clear();
    }
    if (result == NULL && !PyErr_Occurred())
        result = call_getattr(self, fallback, name);
    Py_DECREF(fallback);
    return result;
}

int
ks_slot_setattro(PyObject *self, PyObject *name, PyObject *value)
{
    PyObject *args[3] = {self, name, value};
    return as_status(value == NULL ? special_must(&_Py_ID(__delattr__), args, 2)
                                   : special_must(&_Py_ID(__setattr__), args, 3));
}

PyObject *
ks_slot_descr_get(PyObject *self, PyObject *instance, PyObject *owner)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *get = _PyType_Lookup(type, &_Py_ID(__get__));
    if (get == NULL) {
        if (type->tp_descr_get == ks_slot_descr_get)
            type->tp_descr_get = NULL;
        return Py_NewRef(self);
    }
    PyObject *args[3] = {self, instance != NULL ? instance : Py_None,
                         owner != NULL ? owner : Py_None};
    Py_INCREF(get);
    PyObject *result = PyObject_Vectorcall(get, args, 3, NULL);
    Py_DECREF(get);
    return result;
}

int
ks_slot_descr_set(PyObject *self, PyObject *instance, PyObject *value)
{
    PyObject *args[3] = {self, instance, value};
    return as_status(value == NULL ? special_must(&_Py_ID(__delete__), args, 2)
                                   : special_must(&_Py_ID(__set__), args, 3));
}

/* ---- iteration ---- */

PyObject *
ks_slot_iter(PyObject *self)
{
    int unbound;
    PyObject *method = ks_special_lookup(self, &_Py_ID(__iter__), &unbound);
    if (method == Py_None) {
        Py_DECREF(method);
    }
    else if (method != NULL) {
        PyObject *result =
            unbound ? PyObject_CallOneArg(method, self) : _PyObject_CallNoArgs(method);
        Py_DECREF(method);
        return result;
    }
    else {
        PyErr_Clear();
        if (_PyType_Lookup(Py_TYPE(self), &_Py_ID(__getitem__)) != NULL)
            return PySeqIter_New(self);
    }
    PyErr_Format(PyExc_TypeError, "'%.200s' object is not iterable", Py_TYPE(self)->tp_name);
    return NULL;
}

PyObject *
ks_slot_iternext(PyObject *self)
{
    return special_unary(self, &_Py_ID(__next__));
}

#define ASYNC_CALLER(function, name)                                                      \
    PyObject *function(PyObject *self)                                                    \
    {                                                                                     \
        int absent;                                                                       \
        PyObject *result = special_call(&_Py_ID(name), &self, 1, &absent);                \
        if (absent)                                                                       \
            PyErr_Format(PyExc_AttributeError, "object %.50s does not have " #name " method", \
                         Py_TYPE(self)->tp_name);                                         \
        return result;                                                                    \
    }
ASYNC_CALLER(ks_slot_await, __await__)
ASYNC_CALLER(ks_slot_aiter, __aiter__)
ASYNC_CALLER(ks_slot_anext, __anext__)

/* ---- sequences and mappings ---- */

Py_ssize_t
ks_slot_length(PyObject *self)
{
    PyObject *given = special_unary(self, &_Py_ID(__len__));
    if (given == NULL)
        return -1;
    PyObject *number = PyNumber_Index(given);
    Py_DECREF(given);
    if (number == NULL)
        return -1;
    if (Py_SIZE(number) < 0) {
        Py_DECREF(number);
        PyErr_SetString(PyExc_ValueError, "__len__() should return >= 0");
        return -1;
    }
    Py_ssize_t length = PyNumber_AsSsize_t(number, PyExc_OverflowError);
    Py_DECREF(number);
    return length;
}

PyObject *
ks_slot_subscript(PyObject *self, PyObject *key)
{
    return special_binary(self, key, &_Py_ID(__getitem__));
}

int
ks_slot_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    PyObject *args[3] = {self, key, value};
    return as_status(value == NULL ? special_must(&_Py_ID(__delitem__), args, 2)
                                   : special_must(&_Py_ID(__setitem__), args, 3));
}

PyObject *
ks_slot_item(PyObject *self, Py_ssize_t index)
{
    PyObject *number = PyLong_FromSsize_t(index);
    if (number == NULL)
        return NULL;
    PyObject *result = ks_slot_subscript(self, number);
    Py_DECREF(number);
    return result;
}

int
ks_slot_ass_item(PyObject *self, Py_ssize_t index, PyObject *value)
{
    PyObject *number = PyLong_FromSsize_t(index);
    if (number == NULL)
        return -1;
    int result = ks_slot_ass_subscript(self, number, value);
    Py_DECREF(number);
    return result;
}

int
ks_slot_contains(PyObject *self, PyObject *value)
{
    int unbound;
    PyObject *method = ks_special_lookup(self, &_Py_ID(__contains__), &unbound);
    if (method == NULL) {
        if (PyErr_Occurred())
            return -1;
        return (int)_PySequence_IterSearch(self, value, PY_ITERSEARCH_CONTAINS);
    }
    if (method == Py_None) {
        Py_DECREF(method);
        PyErr_Format(PyExc_TypeError, "'%.200s' object is not a container",
                     Py_TYPE(self)->tp_name);
        return -1;
    }
    PyObject *args[2] = {self, value};
    PyObject *result = unbound ? PyObject_Vectorcall(method, args, 2, NULL)
                               : PyObject_Vectorcall(method, args + 1,
                                                     1 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    Py_DECREF(method);
    if (result == NULL)
        return -1;
    int truth = PyObject_IsTrue(result);
    Py_DECREF(result);
    return truth;
}

/* ---- numbers ---- */

#define UNARY_CALLER(function, name)                \
    PyObject *function(PyObject *self)              \
    {                                               \
        return special_unary(self, &_Py_ID(name));  \
    }
UNARY_CALLER(ks_slot_negative, __neg__)
UNARY_CALLER(ks_slot_positive, __pos__)
UNARY_CALLER(ks_slot_absolute, __abs__)
UNARY_CALLER(ks_slot_invert, __invert__)
UNARY_CALLER(ks_slot_int, __int__)
UNARY_CALLER(ks_slot_float, __float__)
UNARY_CALLER(ks_slot_index, __index__)

int
ks_slot_bool(PyObject *self)
{
    int absent, truth;
    PyObject *result = special_call(&_Py_ID(__bool__), &self, 1, &absent);
    if (absent) {
        result = special_call(&_Py_ID(__len__), &self, 1, &absent);
        if (absent)
            return 1;
        if (result == NULL)
            return -1;
        truth = PyObject_IsTrue(result);
        Py_DECREF(result);
        return truth;
    }
    if (result == NULL)
        return -1;
    if (PyBool_Check(result)) {
        truth = result == Py_True;
    }
    else {
        PyErr_Format(PyExc_TypeError, "__bool__ should return bool, returned %s",
                     Py_TYPE(result)->tp_name);
        truth = -1;
    }
    Py_DECREF(result);
    return truth;
}

/* 1 if the right operand's class brings its own reflected method, not the left one's. */
static int
reflected_is_overridden(PyObject *left, PyObject *right, PyObject *name)
{
    PyObject *theirs, *ours;
    if (_PyObject_LookupAttr((PyObject *)Py_TYPE(right), name, &theirs) < 0)
        return -1;
    if (theirs == NULL)
        return 0;
    if (_PyObject_LookupAttr((PyObject *)Py_TYPE(left), name, &ours) < 0) {
        Py_DECREF(theirs);
        return -1;
    }
    if (ours == NULL) {
        Py_DECREF(theirs);
        return 1;
    }
    int differs = PyObject_RichCompareBool(theirs, ours, Py_NE);
    Py_DECREF(theirs);
    Py_DECREF(ours);
    return differs;
}

/* Both operands are offered the operation by name; left_has and right_has tell whose slot is the
 * calling function, that is, who has the methods in Python. */
static KS_NEW PyObject *
binary_dispatch(PyObject *left, PyObject *right, int left_has, int right_has, PyObject *name,
                PyObject *reflected)
{
    int same = Py_TYPE(left) == Py_TYPE(right);
    int ask_right = !same && right_has;
    if (left_has) {
        if (ask_right && PyType_IsSubtype(Py_TYPE(right), Py_TYPE(left))) {
            int overridden = reflected_is_overridden(left, right, reflected);
            if (overridden < 0)
                return NULL;
            if (overridden) {
                PyObject *result = special_maybe(reflected, right, left);
                if (result != Py_NotImplemented)
                    return result;
                Py_DECREF(result);
                ask_right = 0;
            }
        }
        PyObject *result = special_maybe(name, left, right);
        if (result != Py_NotImplemented || same)
            return result;
        Py_DECREF(result);
    }
    if (ask_right)
        return special_maybe(reflected, right, left);
    Py_RETURN_NOTIMPLEMENTED;
}

#define HAS_SLOT(object, field, function)           \
    (Py_TYPE(object)->tp_as_number != NULL &&       \
     Py_TYPE(object)->tp_as_number->field == function)

#define BINARY_CALLER(function, field, name, reflected)                                    \
    PyObject *function(PyObject *left, PyObject *right)                                    \
    {                                                                                      \
        return binary_dispatch(left, right, HAS_SLOT(left, field, function),               \
                               HAS_SLOT(right, field, function), &_Py_ID(name),            \
                               &_Py_ID(reflected));                                        \
    }
BINARY_CALLER(ks_slot_add, nb_add, __add__, __radd__)
BINARY_CALLER(ks_slot_subtract, nb_subtract, __sub__, __rsub__)
BINARY_CALLER(ks_slot_multiply, nb_multiply, __mul__, __rmul__)
BINARY_CALLER(ks_slot_matrix_multiply, nb_matrix_multiply, __matmul__, __rmatmul__)
BINARY_CALLER(ks_slot_remainder, nb_remainder, __mod__, __rmod__)
BINARY_CALLER(ks_slot_divmod, nb_divmod, __divmod__, __rdivmod__)
BINARY_CALLER(ks_slot_lshift, nb_lshift, __lshift__, __rlshift__)
BINARY_CALLER(ks_slot_rshift, nb_rshift, __rshift__, __rrshift__)
BINARY_CALLER(ks_slot_and, nb_and, __and__, __rand__)
BINARY_CALLER(ks_slot_xor, nb_xor, __xor__, __rxor__)
BINARY_CALLER(ks_slot_or, nb_or, __or__, __ror__)
BINARY_CALLER(ks_slot_floor_divide, nb_floor_divide, __floordiv__, __rfloordiv__)
BINARY_CALLER(ks_slot_true_divide, nb_true_divide, __truediv__, __rtruediv__)

/* With a modulus only the left operand is asked: there is no reflected three-argument pow. */
PyObject *
ks_slot_power(PyObject *self, PyObject *other, PyObject *modulus)
{
    int left_has = HAS_SLOT(self, nb_power, ks_slot_power);
    if (modulus == Py_None)
        return binary_dispatch(self, other, left_has, HAS_SLOT(other, nb_power, ks_slot_power),
                               &_Py_ID(__pow__), &_Py_ID(__rpow__));
    if (left_has) {
        PyObject *args[3] = {self, other, modulus};
        return special_must(&_Py_ID(__pow__), args, 3);
    }
    Py_RETURN_NOTIMPLEMENTED;
}

#define INPLACE_CALLER(function, name)                     \
    PyObject *function(PyObject *self, PyObject *other)    \
    {                                                      \
        return special_binary(self, other, &_Py_ID(name)); \
    }
INPLACE_CALLER(ks_slot_inplace_add, __iadd__)
INPLACE_CALLER(ks_slot_inplace_subtract, __isub__)
INPLACE_CALLER(ks_slot_inplace_multiply, __imul__)
INPLACE_CALLER(ks_slot_inplace_matrix_multiply, __imatmul__)
INPLACE_CALLER(ks_slot_inplace_remainder, __imod__)
INPLACE_CALLER(ks_slot_inplace_lshift, __ilshift__)
INPLACE_CALLER(ks_slot_inplace_rshift, __irshift__)
INPLACE_CALLER(ks_slot_inplace_and, __iand__)
INPLACE_CALLER(ks_slot_inplace_xor, __ixor__)
INPLACE_CALLER(ks_slot_inplace_or, __ior__)
INPLACE_CALLER(ks_slot_inplace_floor_divide, __ifloordiv__)
INPLACE_CALLER(ks_slot_inplace_true_divide, __itruediv__)

PyObject *
ks_slot_inplace_power(PyObject *self, PyObject *other, PyObject *modulus)
{
    return special_binary(self, other, &_Py_ID(__ipow__));
}
