/* SPDX-License-Identifier: MIT */
/* Calling objects: vectorcall where the type offers it, tp_call otherwise, and the conversions
 * between the two. Whatever a callable returns is checked: NULL with an exception, or a result
 * without. call_format.c has the variants that take a format string or a list of objects. */
#include "Python.h"

#include "pycore_call.h"
#include "pycore_ceval.h"
#include "pycore_dict.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "pycore_tuple.h"

#include "ks_eval.h"

static KS_COLD PyObject *
call_null_error(PyThreadState *tstate)
{
    if (!_PyErr_Occurred(tstate))
        _PyErr_SetString(tstate, PyExc_SystemError, "null argument to internal routine");
    return NULL;
}

static KS_COLD PyObject *
call_not_callable(PyThreadState *tstate, PyObject *callable)
{
    _PyErr_Format(tstate, PyExc_TypeError, "'%.200s' object is not callable",
                  Py_TYPE(callable)->tp_name);
    return NULL;
}

static KS_COLD PyObject *
call_result_wrong(PyThreadState *tstate, PyObject *callable, PyObject *result, const char *where)
{
    if (result == NULL) {
        if (callable != NULL)
            _PyErr_Format(tstate, PyExc_SystemError,
                          "%R returned NULL without setting an exception", callable);
        else
            _PyErr_Format(tstate, PyExc_SystemError,
                          "%s returned NULL without setting an exception", where);
        return NULL;
    }
    Py_DECREF(result);
    if (callable != NULL)
        _PyErr_FormatFromCauseTstate(tstate, PyExc_SystemError,
                                     "%R returned a result with an exception set", callable);
    else
        _PyErr_FormatFromCauseTstate(tstate, PyExc_SystemError,
                                     "%s returned a result with an exception set", where);
    return NULL;
}

/* The result as it is, or NULL with SystemError if it contradicts the exception state. One of
 * callable and where names the culprit. */
PyObject *
_Py_CheckFunctionResult(PyThreadState *tstate, PyObject *callable, PyObject *result,
                        const char *where)
{
    if (KS_LIKELY((result == NULL) == (_PyErr_Occurred(tstate) != NULL)))
        return result;
    return call_result_wrong(tstate, callable, result, where);
}

/* A slot's result must agree with the exception state: 1, or a fatal error. */
int
_Py_CheckSlotResult(PyObject *obj, const char *slot_name, int success)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (!success && !_PyErr_Occurred(tstate))
        _Py_FatalErrorFormat(__func__, "Slot %s of type %s failed without setting an exception",
                             slot_name, Py_TYPE(obj)->tp_name);
    if (success && _PyErr_Occurred(tstate))
        _Py_FatalErrorFormat(__func__, "Slot %s of type %s succeeded with an exception set",
                             slot_name, Py_TYPE(obj)->tp_name);
    return 1;
}

/* ---- keyword arguments: dict and array ---- */

/* Names and their values as a dict. */
PyObject *
_PyStack_AsDict(PyObject *const *values, PyObject *kwnames)
{
    return _PyDict_FromItems(&PyTuple_GET_ITEM(kwnames, 0), 1, values, 1,
                             PyTuple_GET_SIZE(kwnames));
}

/* args and the values of kwargs in one array of new references, with a free slot before it. */
PyObject *const *
ks_stack_from_dict(PyThreadState *tstate, PyObject *const *args, Py_ssize_t nargs,
                   PyObject *kwargs, PyObject **kwnames)
{
    Py_ssize_t named = PyDict_GET_SIZE(kwargs);
    PyObject **stack = PyMem_New(PyObject *, (size_t)(1 + nargs + named));
    if (stack == NULL) {
        _PyErr_NoMemory(tstate);
        return NULL;
    }
    KS_OWNED PyObject *names = PyTuple_New(named);
    if (names == NULL) {
        PyMem_Free(stack);
        return NULL;
    }
    stack++;
    for (Py_ssize_t i = 0; i < nargs; i++)
        stack[i] = Py_NewRef(args[i]);
    PyObject *name, *value;
    Py_ssize_t position = 0, i = 0;
    unsigned long all_strings = Py_TPFLAGS_UNICODE_SUBCLASS;
    while (PyDict_Next(kwargs, &position, &name, &value)) {
        all_strings &= Py_TYPE(name)->tp_flags;
        PyTuple_SET_ITEM(names, i, Py_NewRef(name));
        stack[nargs + i] = Py_NewRef(value);
        i++;
    }
    if (!all_strings) {
        _PyErr_SetString(tstate, PyExc_TypeError, "keywords must be strings");
        ks_stack_release(stack, nargs, ks_give(&names));
        return NULL;
    }
    *kwnames = ks_give(&names);
    return stack;
}

/* Takes kwnames. */
void
ks_stack_release(PyObject *const *stack, Py_ssize_t nargs, PyObject *kwnames)
{
    Py_ssize_t total = nargs + PyTuple_GET_SIZE(kwnames);
    for (Py_ssize_t i = 0; i < total; i++)
        Py_DECREF(stack[i]);
    PyMem_Free((PyObject **)stack - 1);
    Py_DECREF(kwnames);
}

/* ---- tp_call ---- */

static PyObject *
call_slot(PyThreadState *tstate, PyObject *callable, ternaryfunc slot, PyObject *args,
          PyObject *kwargs)
{
    if (_Py_EnterRecursiveCallTstate(tstate, " while calling a Python object"))
        return NULL;
    PyObject *result = slot(callable, args, kwargs);
    _Py_LeaveRecursiveCallTstate(tstate);
    return _Py_CheckFunctionResult(tstate, callable, result, NULL);
}

/* keywords is a dict, a tuple of names whose values follow the positional arguments, or NULL. */
PyObject *
_PyObject_MakeTpCall(PyThreadState *tstate, PyObject *callable, PyObject *const *args,
                     Py_ssize_t nargs, PyObject *keywords)
{
    ternaryfunc slot = Py_TYPE(callable)->tp_call;
    if (slot == NULL)
        return call_not_callable(tstate, callable);
    KS_OWNED PyObject *tuple = _PyTuple_FromArray(args, nargs);
    if (tuple == NULL)
        return NULL;
    KS_OWNED PyObject *made = NULL;
    PyObject *kwargs = keywords;
    if (keywords != NULL && !PyDict_Check(keywords)) {
        kwargs = NULL;
        if (PyTuple_GET_SIZE(keywords) > 0) {
            made = _PyStack_AsDict(args + nargs, keywords);
            if (made == NULL)
                return NULL;
            kwargs = made;
        }
    }
    return call_slot(tstate, callable, slot, tuple, kwargs);
}

/* ---- vectorcall ---- */

vectorcallfunc
PyVectorcall_Function(PyObject *callable)
{
    return _PyVectorcall_FunctionInline(callable);
}

/* A positional call's result goes out as it came: that it agrees with the exception state is then
 * for the caller to notice, as in the reference, where the eval loop's message shows it. */
static PyObject *
vectorcall_tuple(PyThreadState *tstate, vectorcallfunc func, PyObject *callable, PyObject *tuple,
                 PyObject *kwargs)
{
    Py_ssize_t nargs = PyTuple_GET_SIZE(tuple);
    if (kwargs == NULL || PyDict_GET_SIZE(kwargs) == 0)
        return func(callable, _PyTuple_ITEMS(tuple), (size_t)nargs, NULL);
    PyObject *kwnames;
    PyObject *const *stack =
        ks_stack_from_dict(tstate, _PyTuple_ITEMS(tuple), nargs, kwargs, &kwnames);
    if (stack == NULL)
        return NULL;
    PyObject *result =
        func(callable, stack, (size_t)nargs | PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames);
    ks_stack_release(stack, nargs, kwnames);
    return _Py_CheckFunctionResult(tstate, callable, result, NULL);
}

PyObject *
PyVectorcall_Call(PyObject *callable, PyObject *tuple, PyObject *kwargs)
{
    PyThreadState *tstate = _PyThreadState_GET();
    /* By the offset, whatever the flags say: a Python subclass loses the flag and keeps the slot. */
    Py_ssize_t offset = Py_TYPE(callable)->tp_vectorcall_offset;
    vectorcallfunc func = NULL;
    if (offset > 0)
        memcpy(&func, (char *)callable + offset, sizeof func);
    if (func == NULL) {
        _PyErr_Format(tstate, PyExc_TypeError, "'%.200s' object does not support vectorcall",
                      Py_TYPE(callable)->tp_name);
        return NULL;
    }
    return vectorcall_tuple(tstate, func, callable, tuple, kwargs);
}

PyObject *
PyObject_Vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    return _PyObject_VectorcallTstate(_PyThreadState_GET(), callable, args, nargsf, kwnames);
}

PyObject *
_PyObject_FastCall(PyObject *func, PyObject *const *args, Py_ssize_t nargs)
{
    return _PyObject_FastCallTstate(_PyThreadState_GET(), func, args, nargs);
}

PyObject *
PyObject_CallNoArgs(PyObject *func)
{
    return _PyObject_CallNoArgs(func);
}

PyObject *
PyObject_CallOneArg(PyObject *func, PyObject *arg)
{
    PyObject *args[] = {NULL, arg};
    return _PyObject_VectorcallTstate(_PyThreadState_GET(), func, args + 1,
                                      1 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
}

PyObject *
_PyObject_FastCallDictTstate(PyThreadState *tstate, PyObject *callable, PyObject *const *args,
                             size_t nargsf, PyObject *kwargs)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    vectorcallfunc func = _PyVectorcall_FunctionInline(callable);
    if (func == NULL)
        return _PyObject_MakeTpCall(tstate, callable, args, nargs, kwargs);
    PyObject *result;
    if (kwargs == NULL || PyDict_GET_SIZE(kwargs) == 0)
        result = func(callable, args, nargsf, NULL);
    else {
        PyObject *kwnames;
        PyObject *const *stack = ks_stack_from_dict(tstate, args, nargs, kwargs, &kwnames);
        if (stack == NULL)
            return NULL;
        result = func(callable, stack, (size_t)nargs | PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames);
        ks_stack_release(stack, nargs, kwnames);
    }
    return _Py_CheckFunctionResult(tstate, callable, result, NULL);
}

PyObject *
PyObject_VectorcallDict(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwargs)
{
    return _PyObject_FastCallDictTstate(_PyThreadState_GET(), callable, args, nargsf, kwargs);
}

/* args[0].name(*args[1:]) without making a bound method. */
PyObject *
PyObject_VectorcallMethod(PyObject *name, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyThreadState *tstate = _PyThreadState_GET();
    PyObject *callable = NULL;
    if (KS_UNLIKELY(name == NULL)) /* a literal's that found no memory: its exception is set */
        return NULL;
    int unbound = _PyObject_GetMethod(args[0], name, &callable);
    if (callable == NULL)
        return NULL;
    if (unbound)
        /* args[-1] belongs to our caller's frame of reference: the callee may not use it. */
        nargsf &= ~PY_VECTORCALL_ARGUMENTS_OFFSET;
    else {
        /* Without self, args[0] is the free slot. */
        args++;
        nargsf--;
    }
    PyObject *result = _PyObject_VectorcallTstate(tstate, callable, args, nargsf, kwnames);
    Py_DECREF(callable);
    return result;
}

/* ---- tuple and dict ---- */

PyObject *
_PyObject_Call(PyThreadState *tstate, PyObject *callable, PyObject *args, PyObject *kwargs)
{
    vectorcallfunc func = _PyVectorcall_FunctionInline(callable);
    if (func != NULL)
        return vectorcall_tuple(tstate, func, callable, args, kwargs);
    ternaryfunc slot = Py_TYPE(callable)->tp_call;
    if (slot == NULL)
        return call_not_callable(tstate, callable);
    return call_slot(tstate, callable, slot, args, kwargs);
}

PyObject *
PyObject_Call(PyObject *callable, PyObject *args, PyObject *kwargs)
{
    return _PyObject_Call(_PyThreadState_GET(), callable, args, kwargs);
}

PyObject *
PyCFunction_Call(PyObject *callable, PyObject *args, PyObject *kwargs)
{
    return PyObject_Call(callable, args, kwargs);
}

PyObject *
PyObject_CallObject(PyObject *callable, PyObject *args)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (args == NULL)
        return _PyObject_CallNoArgsTstate(tstate, callable);
    if (!PyTuple_Check(args)) {
        _PyErr_SetString(tstate, PyExc_TypeError, "argument list must be a tuple");
        return NULL;
    }
    return _PyObject_Call(tstate, callable, args, NULL);
}

PyObject *
PyEval_CallObjectWithKeywords(PyObject *callable, PyObject *args, PyObject *kwargs)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (args != NULL && !PyTuple_Check(args)) {
        _PyErr_SetString(tstate, PyExc_TypeError, "argument list must be a tuple");
        return NULL;
    }
    if (kwargs != NULL && !PyDict_Check(kwargs)) {
        _PyErr_SetString(tstate, PyExc_TypeError, "keyword list must be a dictionary");
        return NULL;
    }
    if (args == NULL)
        return _PyObject_FastCallDictTstate(tstate, callable, NULL, 0, kwargs);
    return _PyObject_Call(tstate, callable, args, kwargs);
}

/* callable(obj, *args, **kwargs) */
PyObject *
_PyObject_Call_Prepend(PyThreadState *tstate, PyObject *callable, PyObject *obj, PyObject *args,
                       PyObject *kwargs)
{
    PyObject *small[_PY_FASTCALL_SMALL_STACK], **stack = small;
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    if (count + 1 > _PY_FASTCALL_SMALL_STACK) {
        stack = PyMem_New(PyObject *, (size_t)count + 1);
        if (stack == NULL)
            return PyErr_NoMemory();
    }
    stack[0] = obj;
    memcpy(stack + 1, _PyTuple_ITEMS(args), (size_t)count * sizeof(PyObject *));
    PyObject *result =
        _PyObject_FastCallDictTstate(tstate, callable, stack, (size_t)count + 1, kwargs);
    if (stack != small)
        PyMem_Free(stack);
    return result;
}

/* ---- a Python function ---- */

PyObject *
_PyFunction_Vectorcall(PyObject *func, PyObject *const *stack, size_t nargsf, PyObject *kwnames)
{
    PyThreadState *tstate = _PyThreadState_GET();
    PyFunctionObject *function = (PyFunctionObject *)func;
    PyObject *locals = ((PyCodeObject *)function->func_code)->co_flags & CO_OPTIMIZED
                           ? NULL
                           : function->func_globals;
    return _PyEval_Vector(tstate, function, locals, stack, (size_t)PyVectorcall_NARGS(nargsf),
                          kwnames);
}

/* ---- shared with call_format.c ---- */

PyObject *
ks_call_null_error(PyThreadState *tstate)
{
    return call_null_error(tstate);
}
