/* SPDX-License-Identifier: MIT */
/* Calls whose arguments come as C variables: by a format string, or as a list of objects that ends
 * with NULL. The names with SizeT differ in what "#" in a format reads, a Py_ssize_t or an int. */
#define PY_SSIZE_T_CLEAN
#include "Python.h"

#include "pycore_call.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "pycore_tuple.h"

#include "ks_call.h"

#undef PyEval_CallFunction
#undef PyEval_CallMethod
#undef PyObject_CallFunction
#undef PyObject_CallMethod
#undef _PyObject_CallMethodId
/* The headers declare these under the names that the macros gave them. */
PyAPI_FUNC(PyObject *) PyObject_CallFunction(PyObject *, const char *, ...);
PyAPI_FUNC(PyObject *) PyObject_CallMethod(PyObject *, const char *, const char *, ...);
PyAPI_FUNC(PyObject *) _PyObject_CallMethodId(PyObject *, _Py_Identifier *, const char *, ...);

PyObject **_Py_VaBuildStack(PyObject **small_stack, Py_ssize_t small_stack_len, const char *format,
                            va_list va, Py_ssize_t *p_nargs);
PyObject **_Py_VaBuildStack_SizeT(PyObject **small_stack, Py_ssize_t small_stack_len,
                                  const char *format, va_list va, Py_ssize_t *p_nargs);

static PyObject *
call_format(PyThreadState *tstate, PyObject *callable, const char *format, va_list va, int sized)
{
    if (callable == NULL)
        return ks_call_null_error(tstate);
    if (format == NULL || *format == '\0')
        return _PyObject_CallNoArgsTstate(tstate, callable);
    PyObject *small[_PY_FASTCALL_SMALL_STACK];
    Py_ssize_t nargs;
    PyObject **stack =
        sized ? _Py_VaBuildStack_SizeT(small, _PY_FASTCALL_SMALL_STACK, format, va, &nargs)
              : _Py_VaBuildStack(small, _PY_FASTCALL_SMALL_STACK, format, va, &nargs);
    if (stack == NULL)
        return NULL;
    PyObject *result;
    if (nargs == 1 && PyTuple_Check(stack[0]))
        /* "(ii)" and "ii" mean the same: the tuple is the argument list. */
        result = _PyObject_VectorcallTstate(tstate, callable, _PyTuple_ITEMS(stack[0]),
                                            (size_t)PyTuple_GET_SIZE(stack[0]), NULL);
    else
        result = _PyObject_VectorcallTstate(tstate, callable, stack, (size_t)nargs, NULL);
    for (Py_ssize_t i = 0; i < nargs; i++)
        Py_DECREF(stack[i]);
    if (stack != small)
        PyMem_Free(stack);
    return result;
}

/* Calls the attribute; takes it. */
static PyObject *
call_attribute(PyThreadState *tstate, PyObject *callable, const char *format, va_list va, int sized)
{
    PyObject *result = NULL;
    if (!PyCallable_Check(callable))
        _PyErr_Format(tstate, PyExc_TypeError, "attribute of type '%.200s' is not callable",
                      Py_TYPE(callable)->tp_name);
    else
        result = call_format(tstate, callable, format, va, sized);
    Py_DECREF(callable);
    return result;
}

static PyObject *
call_method(PyObject *obj, const char *name, const char *format, va_list va, int sized)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (obj == NULL || name == NULL)
        return ks_call_null_error(tstate);
    PyObject *callable = PyObject_GetAttrString(obj, name);
    return callable == NULL ? NULL : call_attribute(tstate, callable, format, va, sized);
}

static PyObject *
call_method_id(PyObject *obj, _Py_Identifier *name, const char *format, va_list va, int sized)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (obj == NULL || name == NULL)
        return ks_call_null_error(tstate);
    PyObject *text = _PyUnicode_FromId(name);
    PyObject *callable = text == NULL ? NULL : PyObject_GetAttr(obj, text);
    return callable == NULL ? NULL : call_attribute(tstate, callable, format, va, sized);
}

PyObject *
PyObject_CallFunction(PyObject *callable, const char *format, ...)
{
    va_list va;
    va_start(va, format);
    PyObject *result = call_format(_PyThreadState_GET(), callable, format, va, 0);
    va_end(va);
    return result;
}

PyObject *
_PyObject_CallFunction_SizeT(PyObject *callable, const char *format, ...)
{
    va_list va;
    va_start(va, format);
    PyObject *result = call_format(_PyThreadState_GET(), callable, format, va, 1);
    va_end(va);
    return result;
}

PyObject *
PyEval_CallFunction(PyObject *callable, const char *format, ...)
{
    va_list va;
    va_start(va, format);
    PyObject *result = call_format(_PyThreadState_GET(), callable, format, va, 0);
    va_end(va);
    return result;
}

PyObject *
PyObject_CallMethod(PyObject *obj, const char *name, const char *format, ...)
{
    va_list va;
    va_start(va, format);
    PyObject *result = call_method(obj, name, format, va, 0);
    va_end(va);
    return result;
}

PyObject *
_PyObject_CallMethod_SizeT(PyObject *obj, const char *name, const char *format, ...)
{
    va_list va;
    va_start(va, format);
    PyObject *result = call_method(obj, name, format, va, 1);
    va_end(va);
    return result;
}

PyObject *
PyEval_CallMethod(PyObject *obj, const char *name, const char *format, ...)
{
    va_list va;
    va_start(va, format);
    PyObject *result = call_method(obj, name, format, va, 0);
    va_end(va);
    return result;
}

PyObject *
_PyObject_CallMethod(PyObject *obj, PyObject *name, const char *format, ...)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (obj == NULL || name == NULL)
        return ks_call_null_error(tstate);
    PyObject *callable = PyObject_GetAttr(obj, name);
    if (callable == NULL)
        return NULL;
    va_list va;
    va_start(va, format);
    PyObject *result = call_attribute(tstate, callable, format, va, 1);
    va_end(va);
    return result;
}

PyObject *
_PyObject_CallMethodId(PyObject *obj, _Py_Identifier *name, const char *format, ...)
{
    va_list va;
    va_start(va, format);
    PyObject *result = call_method_id(obj, name, format, va, 0);
    va_end(va);
    return result;
}

PyObject *
_PyObject_CallMethodId_SizeT(PyObject *obj, _Py_Identifier *name, const char *format, ...)
{
    va_list va;
    va_start(va, format);
    PyObject *result = call_method_id(obj, name, format, va, 1);
    va_end(va);
    return result;
}

/* callable is borrowed. */
PyObject *
_PyObject_CallMethodFormat(PyThreadState *tstate, PyObject *callable, const char *format, ...)
{
    va_list va;
    va_start(va, format);
    PyObject *result = call_attribute(tstate, Py_NewRef(callable), format, va, 1);
    va_end(va);
    return result;
}

/* ---- lists of objects ---- */

/* base, if not NULL, comes first. */
static PyObject *
call_objects(PyThreadState *tstate, PyObject *base, PyObject *callable, va_list vargs)
{
    if (callable == NULL)
        return ks_call_null_error(tstate);
    va_list counting;
    va_copy(counting, vargs);
    size_t nargs = base != NULL;
    while (va_arg(counting, PyObject *) != NULL)
        nargs++;
    va_end(counting);
    PyObject *small[_PY_FASTCALL_SMALL_STACK], **stack = small;
    if (nargs > _PY_FASTCALL_SMALL_STACK) {
        stack = PyMem_New(PyObject *, nargs);
        if (stack == NULL)
            return PyErr_NoMemory();
    }
    size_t i = 0;
    if (base != NULL)
        stack[i++] = base;
    for (; i < nargs; i++)
        stack[i] = va_arg(vargs, PyObject *);
    PyObject *result = _PyObject_VectorcallTstate(tstate, callable, stack, nargs, NULL);
    if (stack != small)
        PyMem_Free(stack);
    return result;
}

static PyObject *
call_method_objects(PyObject *obj, PyObject *name, va_list vargs)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (obj == NULL || name == NULL)
        return ks_call_null_error(tstate);
    PyObject *callable = NULL;
    int unbound = _PyObject_GetMethod(obj, name, &callable);
    if (callable == NULL)
        return NULL;
    PyObject *result = call_objects(tstate, unbound ? obj : NULL, callable, vargs);
    Py_DECREF(callable);
    return result;
}

PyObject *
PyObject_CallFunctionObjArgs(PyObject *callable, ...)
{
    va_list vargs;
    va_start(vargs, callable);
    PyObject *result = call_objects(_PyThreadState_GET(), NULL, callable, vargs);
    va_end(vargs);
    return result;
}

PyObject *
PyObject_CallMethodObjArgs(PyObject *obj, PyObject *name, ...)
{
    va_list vargs;
    va_start(vargs, name);
    PyObject *result = call_method_objects(obj, name, vargs);
    va_end(vargs);
    return result;
}

PyObject *
_PyObject_CallMethodIdObjArgs(PyObject *obj, _Py_Identifier *name, ...)
{
    if (obj == NULL || name == NULL)
        return ks_call_null_error(_PyThreadState_GET());
    PyObject *text = _PyUnicode_FromId(name);
    if (text == NULL)
        return NULL;
    va_list vargs;
    va_start(vargs, name);
    PyObject *result = call_method_objects(obj, text, vargs);
    va_end(vargs);
    return result;
}
