/* SPDX-License-Identifier: MIT */
/* The iterator protocol, plain and asynchronous. */
#include "Python.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "pycore_genobject.h"
#include "ks_abstract.h"

PyObject *
PyObject_GetIter(PyObject *object)
{
    getiterfunc make = Py_TYPE(object)->tp_iter;
    if (make == NULL) {
        if (PySequence_Check(object))
            return PySeqIter_New(object);
        return ks_refuse_type("'%.200s' object is not iterable", object);
    }
    PyObject *iterator = make(object);
    if (iterator != NULL && !PyIter_Check(iterator)) {
        ks_refuse_type("iter() returned non-iterator of type '%.100s'", iterator);
        Py_CLEAR(iterator);
    }
    return iterator;
}

PyObject *
PyObject_GetAIter(PyObject *object)
{
    PyAsyncMethods *methods = Py_TYPE(object)->tp_as_async;
    if (methods == NULL || methods->am_aiter == NULL)
        return ks_refuse_type("'%.200s' object is not an async iterable", object);
    PyObject *iterator = methods->am_aiter(object);
    if (iterator != NULL && !PyAIter_Check(iterator)) {
        ks_refuse_type("aiter() returned not an async iterator of type '%.100s'", iterator);
        Py_CLEAR(iterator);
    }
    return iterator;
}

int
PyIter_Check(PyObject *object)
{
    iternextfunc next = Py_TYPE(object)->tp_iternext;
    return next != NULL && next != &_PyObject_NextNotImplemented;
}

int
PyAIter_Check(PyObject *object)
{
    PyAsyncMethods *methods = Py_TYPE(object)->tp_as_async;
    return methods != NULL && methods->am_anext != NULL &&
           methods->am_anext != &_PyObject_NextNotImplemented;
}

/* NULL without an exception at the end. */
PyObject *
PyIter_Next(PyObject *iterator)
{
    PyObject *item = Py_TYPE(iterator)->tp_iternext(iterator);
    if (item == NULL) {
        PyThreadState *tstate = _PyThreadState_GET();
        if (_PyErr_Occurred(tstate) && _PyErr_ExceptionMatches(tstate, PyExc_StopIteration))
            _PyErr_Clear(tstate);
    }
    return item;
}

PySendResult
PyIter_Send(PyObject *iterator, PyObject *value, PyObject **result)
{
    PyAsyncMethods *methods = Py_TYPE(iterator)->tp_as_async;
    if (methods != NULL && methods->am_send != NULL)
        return methods->am_send(iterator, value, result);
    if (value == Py_None && PyIter_Check(iterator))
        *result = Py_TYPE(iterator)->tp_iternext(iterator);
    else
        *result = PyObject_CallMethodOneArg(iterator, &_Py_ID(send), value);
    if (*result != NULL)
        return PYGEN_NEXT;
    return _PyGen_FetchStopIterationValue(result) == 0 ? PYGEN_RETURN : PYGEN_ERROR;
}
