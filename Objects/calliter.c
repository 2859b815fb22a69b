/* SPDX-License-Identifier: MIT */
/* Two iterators around a call: iter(callable, sentinel), and what anext(iterator, default) awaits. */
#include "Python.h"

#include "ks_base.h"
#include "pycore_ceval.h"
#include "pycore_gc.h"
#include "pycore_genobject.h"
#include "pycore_object.h"

/* ---- iter(callable, sentinel) ---- */

typedef struct CallIter {
    PyObject_HEAD
    PyObject *callable; /* both NULL when exhausted */
    PyObject *sentinel;
} CallIter;

#define AS_CALLITER(self) ((CallIter *)(self))

PyObject *
PyCallIter_New(PyObject *callable, PyObject *sentinel)
{
    CallIter *iter = PyObject_GC_New(CallIter, &PyCallIter_Type);
    if (iter == NULL)
        return NULL;
    iter->callable = Py_NewRef(callable);
    iter->sentinel = Py_NewRef(sentinel);
    _PyObject_GC_TRACK(iter);
    return (PyObject *)iter;
}

static void
calliter_dealloc(PyObject *self)
{
    _PyObject_GC_UNTRACK(self);
    Py_XDECREF(AS_CALLITER(self)->callable);
    Py_XDECREF(AS_CALLITER(self)->sentinel);
    PyObject_GC_Del(self);
}

static int
calliter_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(AS_CALLITER(self)->callable);
    Py_VISIT(AS_CALLITER(self)->sentinel);
    return 0;
}

static void
calliter_finish(CallIter *iter)
{
    Py_CLEAR(iter->callable);
    Py_CLEAR(iter->sentinel);
}

static PyObject *
calliter_next(PyObject *self)
{
    CallIter *iter = AS_CALLITER(self);
    if (iter->callable == NULL)
        return NULL;
    /* Held: the call may run this iterator to its end. */
    KS_OWNED PyObject *callable = Py_NewRef(iter->callable);
    KS_OWNED PyObject *result = PyObject_CallNoArgs(callable);
    if (result != NULL && iter->sentinel != NULL) {
        KS_OWNED PyObject *sentinel = Py_NewRef(iter->sentinel);
        int same = PyObject_RichCompareBool(sentinel, result, Py_EQ);
        if (same == 0)
            return ks_give(&result);
        if (same > 0)
            calliter_finish(iter);
    }
    else if (PyErr_ExceptionMatches(PyExc_StopIteration)) {
        PyErr_Clear();
        calliter_finish(iter);
    }
    return NULL;
}

static PyObject *
calliter_reduce(PyObject *self, PyObject *unused)
{
    KS_OWNED PyObject *builtin = _PyEval_GetBuiltin(&_Py_ID(iter));
    if (builtin == NULL)
        return NULL;
    CallIter *iter = AS_CALLITER(self);
    if (iter->callable == NULL || iter->sentinel == NULL)
        return Py_BuildValue("O(())", builtin);
    return Py_BuildValue("O(OO)", builtin, iter->callable, iter->sentinel);
}

static PyMethodDef calliter_methods[] = {
    METHOD_PLAIN("__reduce__", calliter_reduce, METH_NOARGS, "What pickle needs to know."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyCallIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "callable_iterator",
    .tp_basicsize = sizeof(CallIter),
    .tp_dealloc = calliter_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = calliter_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = calliter_next,
    .tp_methods = calliter_methods,
};

/* ---- anext(iterator, default) ---- */

typedef struct AnextAwaitable {
    PyObject_HEAD
    PyObject *wrapped;       /* what __anext__ returned */
    PyObject *default_value; /* the result when that raises StopAsyncIteration */
} AnextAwaitable;

#define AS_ANEXT(self) ((AnextAwaitable *)(self))

PyObject *
PyAnextAwaitable_New(PyObject *awaitable, PyObject *default_value)
{
    AnextAwaitable *anext = PyObject_GC_New(AnextAwaitable, &_PyAnextAwaitable_Type);
    if (anext == NULL)
        return NULL;
    anext->wrapped = Py_NewRef(awaitable);
    anext->default_value = Py_NewRef(default_value);
    _PyObject_GC_TRACK(anext);
    return (PyObject *)anext;
}

static void
anext_dealloc(PyObject *self)
{
    _PyObject_GC_UNTRACK(self);
    Py_XDECREF(AS_ANEXT(self)->wrapped);
    Py_XDECREF(AS_ANEXT(self)->default_value);
    PyObject_GC_Del(self);
}

static int
anext_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(AS_ANEXT(self)->wrapped);
    Py_VISIT(AS_ANEXT(self)->default_value);
    return 0;
}

/* An iterator for the wrapped awaitable. A coroutine is no iterator itself, its __await__ is. */
static PyObject *
anext_iterator(AnextAwaitable *anext)
{
    PyObject *awaitable = _PyCoro_GetAwaitableIter(anext->wrapped);
    if (awaitable == NULL || Py_TYPE(awaitable)->tp_iternext != NULL)
        return awaitable;
    PyObject *iterator = Py_TYPE(awaitable)->tp_as_async->am_await(awaitable);
    Py_DECREF(awaitable);
    if (iterator != NULL && !PyIter_Check(iterator)) {
        PyErr_SetString(PyExc_TypeError, "__await__() returned a non-iterable");
        Py_CLEAR(iterator);
    }
    return iterator;
}

/* The end of the asynchronous iteration becomes the end of the await, with the default. */
static PyObject *
anext_failed(AnextAwaitable *anext)
{
    if (PyErr_ExceptionMatches(PyExc_StopAsyncIteration))
        _PyGen_SetStopIterationValue(anext->default_value);
    return NULL;
}

static PyObject *
anext_next(PyObject *self)
{
    KS_OWNED PyObject *iterator = anext_iterator(AS_ANEXT(self));
    if (iterator == NULL)
        return NULL;
    PyObject *result = Py_TYPE(iterator)->tp_iternext(iterator);
    return result != NULL ? result : anext_failed(AS_ANEXT(self));
}

static PyObject *
anext_forward(PyObject *self, const char *method_name, PyObject *args)
{
    KS_OWNED PyObject *iterator = anext_iterator(AS_ANEXT(self));
    if (iterator == NULL)
        return NULL;
    KS_OWNED PyObject *method = PyObject_GetAttrString(iterator, method_name);
    if (method == NULL)
        return NULL;
    PyObject *result = PyObject_CallObject(method, args);
    return result != NULL ? result : anext_failed(AS_ANEXT(self));
}

static PyObject *
anext_send(PyObject *self, PyObject *args)
{
    return anext_forward(self, "send", args);
}

static PyObject *
anext_throw(PyObject *self, PyObject *args)
{
    return anext_forward(self, "throw", args);
}

static PyObject *
anext_close(PyObject *self, PyObject *args)
{
    return anext_forward(self, "close", args);
}

static PyMethodDef anext_methods[] = {
    METHOD_PLAIN("send", anext_send, METH_VARARGS,
                 "send(arg) -> the next value, with arg as what the await yields."),
    METHOD_PLAIN("throw", anext_throw, METH_VARARGS,
                 "throw(value)\nthrow(type[, value[, traceback]])\n\nRaise in the awaitable."),
    METHOD_PLAIN("close", anext_close, METH_VARARGS, "close() -> raise GeneratorExit inside."),
    {NULL, NULL, 0, NULL},
};

static PyAsyncMethods anext_as_async = {
    .am_await = PyObject_SelfIter,
};

PyTypeObject _PyAnextAwaitable_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "anext_awaitable",
    .tp_basicsize = sizeof(AnextAwaitable),
    .tp_dealloc = anext_dealloc,
    .tp_as_async = &anext_as_async,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = anext_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = anext_next,
    .tp_methods = anext_methods,
};
