/* SPDX-License-Identifier: MIT */
/* Cold halves of with, async with, async for and await. */
#include "Python.h"

#include "pycore_genobject.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"

#include "ks_eval.h"

PyObject *
ks_get_aiter(PyThreadState *tstate, PyObject *iterable)
{
    PyTypeObject *type = Py_TYPE(iterable);
    unaryfunc getter = type->tp_as_async == NULL ? NULL : type->tp_as_async->am_aiter;
    if (getter == NULL) {
        _PyErr_Format(tstate, PyExc_TypeError,
                      "'async for' requires an object with __aiter__ method, got %.100s",
                      type->tp_name);
        return NULL;
    }
    PyObject *iterator = getter(iterable);
    if (iterator == NULL)
        return NULL;
    PyAsyncMethods *methods = Py_TYPE(iterator)->tp_as_async;
    if (methods == NULL || methods->am_anext == NULL) {
        _PyErr_Format(tstate, PyExc_TypeError,
                      "'async for' received an object from __aiter__ that does not implement "
                      "__anext__: %.100s",
                      Py_TYPE(iterator)->tp_name);
        Py_DECREF(iterator);
        return NULL;
    }
    return iterator;
}

PyObject *
ks_get_anext(PyThreadState *tstate, PyObject *iterator)
{
    PyTypeObject *type = Py_TYPE(iterator);
    if (PyAsyncGen_CheckExact(iterator))
        return type->tp_as_async->am_anext(iterator);
    unaryfunc getter = type->tp_as_async == NULL ? NULL : type->tp_as_async->am_anext;
    if (getter == NULL) {
        _PyErr_Format(tstate, PyExc_TypeError,
                      "'async for' requires an iterator with __anext__ method, got %.100s",
                      type->tp_name);
        return NULL;
    }
    KS_OWNED PyObject *next = getter(iterator);
    if (next == NULL)
        return NULL;
    PyObject *awaitable = _PyCoro_GetAwaitableIter(next);
    if (awaitable == NULL)
        _PyErr_FormatFromCauseTstate(
            tstate, PyExc_TypeError,
            "'async for' received an invalid object from __anext__: %.100s", Py_TYPE(next)->tp_name);
    return awaitable;
}

PyObject *
ks_get_awaitable(PyThreadState *tstate, PyObject *iterable, int where)
{
    PyObject *awaitable = _PyCoro_GetAwaitableIter(iterable);
    if (awaitable == NULL) {
        ks_error_await(tstate, Py_TYPE(iterable), where);
        return NULL;
    }
    if (PyCoro_CheckExact(awaitable)) {
        PyObject *inner = _PyGen_yf((PyGenObject *)awaitable);
        if (inner != NULL) {
            Py_DECREF(inner);
            Py_DECREF(awaitable);
            _PyErr_SetString(tstate, PyExc_RuntimeError, "coroutine is being awaited already");
            return NULL;
        }
    }
    return awaitable;
}

int
ks_manager_methods(PyThreadState *tstate, PyObject *manager, int is_async, PyObject **enter,
                   PyObject **leave)
{
    const char *type_name = Py_TYPE(manager)->tp_name;
    *enter = _PyObject_LookupSpecial(manager, is_async ? &_Py_ID(__aenter__) : &_Py_ID(__enter__));
    if (*enter == NULL) {
        if (!_PyErr_Occurred(tstate))
            _PyErr_Format(tstate, PyExc_TypeError,
                          is_async ? "'%.200s' object does not support the asynchronous context "
                                     "manager protocol"
                                   : "'%.200s' object does not support the context manager protocol",
                          type_name);
        return -1;
    }
    *leave = _PyObject_LookupSpecial(manager, is_async ? &_Py_ID(__aexit__) : &_Py_ID(__exit__));
    if (*leave == NULL) {
        if (!_PyErr_Occurred(tstate))
            _PyErr_Format(tstate, PyExc_TypeError,
                          is_async ? "'%.200s' object does not support the asynchronous context "
                                     "manager protocol (missed __aexit__ method)"
                                   : "'%.200s' object does not support the context manager "
                                     "protocol (missed __exit__ method)",
                          type_name);
        Py_CLEAR(*enter);
        return -1;
    }
    return 0;
}
