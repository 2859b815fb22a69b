/* SPDX-License-Identifier: MIT */
/* The cold halves of instructions that raise: messages, the raise statement, matching of handlers,
 * the exception table. */
#include "Python.h"

#include "pycore_call.h"
#include "pycore_code.h"
#include "pycore_exceptions.h"
#include "pycore_pyerrors.h"

#include "ks_code.h"
#include "ks_eval.h"

/* Raises exception with a name put into format ("%.200s"). A NameError also remembers the name, for
 * suggestions. */
KS_COLD void
ks_error_name(PyThreadState *tstate, PyObject *exception, const char *format, PyObject *name)
{
    const char *text = name == NULL ? NULL : PyUnicode_AsUTF8(name);
    if (text == NULL)
        return;
    _PyErr_Format(tstate, exception, format, text);
    if (exception != PyExc_NameError)
        return;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (PyErr_GivenExceptionMatches(value, PyExc_NameError)) {
        PyNameErrorObject *error = (PyNameErrorObject *)value;
        if (error->name == NULL) {
            Py_INCREF(name);
            error->name = name;
        }
    }
    PyErr_Restore(type, value, traceback);
}

/* Reading fast local index before anything was stored there. */
KS_COLD void
ks_error_unbound_fast(PyThreadState *tstate, PyCodeObject *code, int index)
{
    ks_error_name(tstate, PyExc_UnboundLocalError,
                  "cannot access local variable '%s' where it is not associated with a value",
                  PyTuple_GET_ITEM(code->co_localsplusnames, index));
}

/* The same for a cell; index counts all of localsplus. */
KS_COLD void
ks_error_unbound_cell(PyThreadState *tstate, PyCodeObject *code, int index)
{
    if (_PyErr_Occurred(tstate))
        return;
    PyObject *name = PyTuple_GET_ITEM(code->co_localsplusnames, index);
    if (index < code->co_nlocalsplus - code->co_nfreevars)
        ks_error_unbound_fast(tstate, code, index);
    else
        ks_error_name(tstate, PyExc_NameError,
                      "cannot access free variable '%s' where it is not associated with a value in "
                      "enclosing scope",
                      name);
}

/* Merging **kwargs failed: words the error as the caller sees it. */
KS_COLD void
ks_error_kwargs(PyThreadState *tstate, PyObject *callable, PyObject *kwargs)
{
    if (_PyErr_ExceptionMatches(tstate, PyExc_AttributeError)) {
        _PyErr_Clear(tstate);
        KS_OWNED PyObject *name = _PyObject_FunctionStr(callable);
        if (name != NULL)
            _PyErr_Format(tstate, PyExc_TypeError,
                          "%U argument after ** must be a mapping, not %.200s", name,
                          Py_TYPE(kwargs)->tp_name);
        return;
    }
    if (!_PyErr_ExceptionMatches(tstate, PyExc_KeyError))
        return;
    PyObject *type, *value, *traceback, *key = NULL;
    _PyErr_Fetch(tstate, &type, &value, &traceback);
    /* About a key that is there twice the merge raises without making the exception yet; one that
     * the mapping itself raised is complete and passes. */
    if (value != NULL && PyTuple_Check(value) && PyTuple_GET_SIZE(value) == 1)
        key = PyTuple_GET_ITEM(value, 0);
    else if (value != NULL && !PyExceptionInstance_Check(value))
        key = value;
    if (key == NULL) {
        _PyErr_Restore(tstate, type, value, traceback);
        return;
    }
    KS_OWNED PyObject *name = _PyObject_FunctionStr(callable);
    if (name != NULL)
        _PyErr_Format(tstate, PyExc_TypeError, "%U got multiple values for keyword argument '%S'",
                      name, key);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

/* What stands after * in a call must be iterable: 0, or -1 with TypeError. */
int
ks_check_star_args(PyThreadState *tstate, PyObject *callable, PyObject *args)
{
    if (Py_TYPE(args)->tp_iter != NULL || PySequence_Check(args))
        return 0;
    /* Raising with an exception set would lose it; a caller may have left one. */
    _PyErr_Clear(tstate);
    KS_OWNED PyObject *name = _PyObject_FunctionStr(callable);
    if (name != NULL)
        _PyErr_Format(tstate, PyExc_TypeError, "%U argument after * must be an iterable, not %.200s",
                      name, Py_TYPE(args)->tp_name);
    return -1;
}

/* What except names: a class of exceptions or a tuple of them. 0 or -1. */
int
ks_check_except_type(PyThreadState *tstate, PyObject *type)
{
    if (PyTuple_Check(type)) {
        Py_ssize_t count = PyTuple_GET_SIZE(type);
        for (Py_ssize_t i = 0; i < count; i++) {
            if (!PyExceptionClass_Check(PyTuple_GET_ITEM(type, i)))
                goto wrong;
        }
        return 0;
    }
    if (PyExceptionClass_Check(type))
        return 0;
wrong:
    _PyErr_SetString(tstate, PyExc_TypeError,
                     "catching classes that do not inherit from BaseException is not allowed");
    return -1;
}

/* The same for except*, which also refuses groups. */
int
ks_check_except_star_type(PyThreadState *tstate, PyObject *type)
{
    if (ks_check_except_type(tstate, type) < 0)
        return -1;
    int is_group = 0;
    if (PyTuple_Check(type)) {
        Py_ssize_t count = PyTuple_GET_SIZE(type);
        for (Py_ssize_t i = 0; i < count && is_group == 0; i++)
            is_group = PyObject_IsSubclass(PyTuple_GET_ITEM(type, i), PyExc_BaseExceptionGroup);
    }
    else
        is_group = PyObject_IsSubclass(type, PyExc_BaseExceptionGroup);
    if (is_group < 0)
        return -1;
    if (is_group) {
        _PyErr_SetString(tstate, PyExc_TypeError,
                         "catching ExceptionGroup with except* is not allowed. Use except instead.");
        return -1;
    }
    return 0;
}

/* What await got is no awaitable; where is 1 for __aenter__'s result, 2 for __aexit__'s. */
KS_COLD void
ks_error_await(PyThreadState *tstate, PyTypeObject *type, int where)
{
    if (type->tp_as_async != NULL && type->tp_as_async->am_await != NULL)
        return;
    if (where == 1)
        _PyErr_Format(tstate, PyExc_TypeError,
                      "'async with' received an object from __aenter__ that does not implement "
                      "__await__: %.100s",
                      type->tp_name);
    else if (where == 2)
        _PyErr_Format(tstate, PyExc_TypeError,
                      "'async with' received an object from __aexit__ that does not implement "
                      "__await__: %.100s",
                      type->tp_name);
}

/* An instance of what raise or from names: made if it is a class. NULL on error, which includes a
 * class whose call gives something else. */
static KS_NEW PyObject *
raise_instance(PyThreadState *tstate, PyObject *type)
{
    PyObject *value = _PyObject_CallNoArgs(type);
    if (value == NULL || PyExceptionInstance_Check(value))
        return value;
    _PyErr_Format(tstate, PyExc_TypeError,
                  "calling %R should have returned an instance of BaseException, not %R", type,
                  Py_TYPE(value));
    Py_DECREF(value);
    return NULL;
}

int
ks_raise(PyThreadState *tstate, PyObject *exception, PyObject *cause)
{
    KS_OWNED PyObject *from = cause;
    if (exception == NULL) {
        _PyErr_StackItem *handled = _PyErr_GetTopmostException(tstate);
        PyObject *value = handled->exc_value;
        if (Py_IsNone(value) || value == NULL) {
            _PyErr_SetString(tstate, PyExc_RuntimeError, "No active exception to reraise");
            return 0;
        }
        Py_INCREF(value);
        PyObject *type = Py_NewRef(Py_TYPE(value));
        PyObject *traceback = PyException_GetTraceback(value);
        _PyErr_Restore(tstate, type, value, traceback);
        return 1;
    }
    KS_OWNED PyObject *raised = exception;
    KS_OWNED PyObject *value = NULL;
    PyObject *type;
    if (PyExceptionClass_Check(raised)) {
        value = raise_instance(tstate, raised);
        if (value == NULL)
            return 0;
        type = raised;
    }
    else if (PyExceptionInstance_Check(raised)) {
        value = Py_NewRef(raised);
        type = (PyObject *)Py_TYPE(raised);
    }
    else {
        _PyErr_SetString(tstate, PyExc_TypeError, "exceptions must derive from BaseException");
        return 0;
    }
    if (from != NULL) {
        PyObject *fixed;
        if (PyExceptionClass_Check(from)) {
            fixed = raise_instance(tstate, from);
            if (fixed == NULL)
                return 0;
        }
        else if (PyExceptionInstance_Check(from))
            fixed = Py_NewRef(from);
        else if (Py_IsNone(from))
            fixed = NULL;
        else {
            _PyErr_SetString(tstate, PyExc_TypeError,
                             "exception causes must derive from BaseException");
            return 0;
        }
        PyException_SetCause(value, fixed);
    }
    _PyErr_SetObject(tstate, type, value);
    return 0;
}

int
ks_split_group(PyObject *value, PyObject *type, PyObject **match, PyObject **rest)
{
    if (Py_IsNone(value)) {
        *match = Py_NewRef(Py_None);
        *rest = Py_NewRef(Py_None);
        return 0;
    }
    if (PyErr_GivenExceptionMatches(value, type)) {
        if (PyObject_TypeCheck(value, (PyTypeObject *)PyExc_BaseExceptionGroup))
            *match = Py_NewRef(value);
        else {
            KS_OWNED PyObject *single = PyTuple_Pack(1, value);
            if (single == NULL)
                return -1;
            *match = _PyExc_CreateExceptionGroup("", single);
            if (*match == NULL)
                return -1;
        }
        *rest = Py_NewRef(Py_None);
        return 0;
    }
    if (PyObject_TypeCheck(value, (PyTypeObject *)PyExc_BaseExceptionGroup)) {
        KS_OWNED PyObject *pair = PyObject_CallMethod(value, "split", "(O)", type);
        if (pair == NULL)
            return -1;
        if (!PyTuple_CheckExact(pair)) {
            PyErr_Format(PyExc_TypeError, "%.200s.split must return a tuple, not %.200s",
                         Py_TYPE(value)->tp_name, Py_TYPE(pair)->tp_name);
            return -1;
        }
        if (PyTuple_GET_SIZE(pair) < 2) {
            PyErr_Format(PyExc_TypeError,
                         "%.200s.split must return a 2-tuple, got tuple of size %zd",
                         Py_TYPE(value)->tp_name, PyTuple_GET_SIZE(pair));
            return -1;
        }
        *match = Py_NewRef(PyTuple_GET_ITEM(pair, 0));
        *rest = Py_NewRef(PyTuple_GET_ITEM(pair, 1));
        return 0;
    }
    *match = Py_NewRef(Py_None);
    *rest = Py_NewRef(value);
    return 0;
}

/* The exception table: entries sorted by where they start, each four numbers of six bits a byte,
 * most significant first; bit 6 says that more follows, bit 7 begins an entry. That bit allows
 * a binary search before the entries are decoded. */
#define ENTRY_START 128

static const unsigned char *
table_number(const unsigned char *at, int *value)
{
    int number = at[0] & 63;
    while (at[0] & 64) {
        at++;
        number = number << 6 | (at[0] & 63);
    }
    *value = number;
    return at + 1;
}

int
ks_find_handler(PyCodeObject *code, int offset, int *level, int *handler, int *lasti)
{
    const unsigned char *start = (unsigned char *)PyBytes_AS_STRING(code->co_exceptiontable);
    const unsigned char *end = start + PyBytes_GET_SIZE(code->co_exceptiontable);
    if (start == end || KS_CODE_IS_UNVERIFIED(code))
        return 0;
    /* Narrow down to a few entries: [start, end) always begins with an entry that starts at or
     * before offset, if there is one. */
    while (end - start > 32) {
        const unsigned char *middle = start + (end - start) / 2;
        while (!(middle[0] & ENTRY_START))
            middle--;
        int first;
        table_number(middle, &first);
        if (middle == start)
            break;
        if (first > offset)
            end = middle;
        else
            start = middle;
    }
    while (start < end) {
        int first, size, depth_lasti;
        start = table_number(start, &first);
        if (first > offset)
            return 0;
        start = table_number(start, &size);
        start = table_number(start, handler);
        start = table_number(start, &depth_lasti);
        if (offset < first + size) {
            *level = depth_lasti >> 1;
            *lasti = depth_lasti & 1;
            return 1;
        }
    }
    return 0;
}
