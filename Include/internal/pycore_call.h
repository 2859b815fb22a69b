/* SPDX-License-Identifier: MIT */
/* Calls with the thread state at hand. */
#ifndef Py_INTERNAL_CALL_H
#define Py_INTERNAL_CALL_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#include "pycore_pystate.h"

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_FUNC(PyObject *) _PyObject_Call_Prepend(PyThreadState *tstate, PyObject *callable,
    PyObject *obj, PyObject *args, PyObject *kwargs);
PyAPI_FUNC(PyObject *) _PyObject_FastCallDictTstate(PyThreadState *tstate, PyObject *callable,
    PyObject *const *args, size_t nargsf, PyObject *kwargs);
PyAPI_FUNC(PyObject *) _PyObject_Call(PyThreadState *tstate, PyObject *callable, PyObject *args,
    PyObject *kwargs);
extern PyObject *_PyObject_CallMethodFormat(PyThreadState *tstate, PyObject *callable,
    const char *format, ...);

/* The object's vectorcall function, or NULL. */
static inline vectorcallfunc
_PyVectorcall_FunctionInline(PyObject *callable)
{
    PyTypeObject *type = Py_TYPE(callable);
    vectorcallfunc function;
    if ((type->tp_flags & Py_TPFLAGS_HAVE_VECTORCALL) == 0)
        return NULL;
    assert(type->tp_vectorcall_offset > 0);
    /* Extensions may place it unaligned. */
    memcpy(&function, (const char *)callable + type->tp_vectorcall_offset, sizeof(function));
    return function;
}

static inline PyObject *
_PyObject_VectorcallTstate(PyThreadState *thread, PyObject *callable, PyObject *const *stack,
                           size_t flagged, PyObject *keywords)
{
    vectorcallfunc function = _PyVectorcall_FunctionInline(callable);
    if (function != NULL) {
        PyObject *result = function(callable, stack, flagged, keywords);
        return _Py_CheckFunctionResult(thread, callable, result, NULL);
    }
    return _PyObject_MakeTpCall(thread, callable, stack, PyVectorcall_NARGS(flagged), keywords);
}

static inline PyObject *
_PyObject_FastCallTstate(PyThreadState *thread, PyObject *callable, PyObject *const *stack,
                         Py_ssize_t count)
{
    return _PyObject_VectorcallTstate(thread, callable, stack, (size_t)count, NULL);
}

static inline PyObject *
_PyObject_CallNoArgsTstate(PyThreadState *thread, PyObject *callable)
{
    return _PyObject_FastCallTstate(thread, callable, NULL, 0);
}

static inline PyObject *
_PyObject_CallNoArgs(PyObject *callable)
{
    return _PyObject_CallNoArgsTstate(_PyThreadState_GET(), callable);
}

#ifdef __cplusplus
}
#endif

#endif
