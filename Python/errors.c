/* SPDX-License-Identifier: MIT */
/* The error indicator: setting, fetching, matching, normalising and chaining exceptions.
 *
 * The indicator is the triple curexc_type/value/traceback of the thread state, read and written by
 * extensions directly. A value may be lazy (NULL, a non-exception, a tuple of arguments) until it
 * is normalised; the handled exception is the top of the exc_info stack. */
#include "Python.h"

#include "pycore_ceval.h"
#include "pycore_initconfig.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "pycore_structseq.h"
#include "pycore_sysmodule.h"
#include "pycore_traceback.h"

#include "ks_base.h"

/* --- the triple --- */

void
_PyErr_Restore(PyThreadState *tstate, PyObject *type, PyObject *value, PyObject *traceback)
{
    if (traceback != NULL && KS_UNLIKELY(!PyTraceBack_Check(traceback)))
        Py_CLEAR(traceback);
    PyObject *old_type = tstate->curexc_type;
    PyObject *old_value = tstate->curexc_value;
    PyObject *old_traceback = tstate->curexc_traceback;
    tstate->curexc_type = type;
    tstate->curexc_value = value;
    tstate->curexc_traceback = traceback;
    Py_XDECREF(old_type);
    Py_XDECREF(old_value);
    Py_XDECREF(old_traceback);
}

void
PyErr_Restore(PyObject *type, PyObject *value, PyObject *traceback)
{
    _PyErr_Restore(_PyThreadState_GET(), type, value, traceback);
}

void
_PyErr_Fetch(PyThreadState *tstate, PyObject **type, PyObject **value, PyObject **traceback)
{
    *type = tstate->curexc_type;
    *value = tstate->curexc_value;
    *traceback = tstate->curexc_traceback;
    tstate->curexc_type = NULL;
    tstate->curexc_value = NULL;
    tstate->curexc_traceback = NULL;
}

void
PyErr_Fetch(PyObject **type, PyObject **value, PyObject **traceback)
{
    _PyErr_Fetch(_PyThreadState_GET(), type, value, traceback);
}

void
_PyErr_Clear(PyThreadState *tstate)
{
    _PyErr_Restore(tstate, NULL, NULL, NULL);
}

void
PyErr_Clear(void)
{
    _PyErr_Clear(_PyThreadState_GET());
}

PyObject *
PyErr_Occurred(void)
{
    return _PyErr_Occurred(_PyThreadState_GET());
}

/* --- the handled exception --- */

_PyErr_StackItem *
_PyErr_GetTopmostException(PyThreadState *tstate)
{
    _PyErr_StackItem *item = tstate->exc_info;
    while ((item->exc_value == NULL || item->exc_value == Py_None) && item->previous_item != NULL)
        item = item->previous_item;
    return item;
}

PyObject *
_PyErr_GetHandledException(PyThreadState *tstate)
{
    PyObject *handled = _PyErr_GetTopmostException(tstate)->exc_value;
    return handled == NULL || handled == Py_None ? NULL : Py_NewRef(handled);
}

PyObject *
PyErr_GetHandledException(void)
{
    return _PyErr_GetHandledException(_PyThreadState_GET());
}

void
_PyErr_SetHandledException(PyThreadState *tstate, PyObject *exception)
{
    Py_XSETREF(tstate->exc_info->exc_value, Py_XNewRef(exception == Py_None ? NULL : exception));
}

void
PyErr_SetHandledException(PyObject *exception)
{
    _PyErr_SetHandledException(_PyThreadState_GET(), exception);
}

/* New references to type, value and traceback of an exception; all NULL for none. */
static void
exception_split(PyObject *exception, PyObject **type, PyObject **value, PyObject **traceback)
{
    if (exception == NULL || exception == Py_None) {
        *type = *value = *traceback = NULL;
        return;
    }
    *type = Py_NewRef(PyExceptionInstance_Class(exception));
    *value = Py_NewRef(exception);
    *traceback = PyException_GetTraceback(exception);
}

void
_PyErr_GetExcInfo(PyThreadState *tstate, PyObject **type, PyObject **value, PyObject **traceback)
{
    exception_split(_PyErr_GetTopmostException(tstate)->exc_value, type, value, traceback);
}

void
PyErr_GetExcInfo(PyObject **type, PyObject **value, PyObject **traceback)
{
    _PyErr_GetExcInfo(_PyThreadState_GET(), type, value, traceback);
}

/* Type and traceback are taken over for compatibility; what counts is the value. */
void
PyErr_SetExcInfo(PyObject *type, PyObject *value, PyObject *traceback)
{
    PyErr_SetHandledException(value);
    Py_XDECREF(value);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
}

PyObject *
_PyErr_StackItemToExcInfoTuple(_PyErr_StackItem *item)
{
    PyObject *type, *value, *traceback;
    exception_split(item->exc_value, &type, &value, &traceback);
    PyObject *result = PyTuple_New(3);
    if (result == NULL) {
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
        return NULL;
    }
    PyTuple_SET_ITEM(result, 0, type != NULL ? type : Py_NewRef(Py_None));
    PyTuple_SET_ITEM(result, 1, value != NULL ? value : Py_NewRef(Py_None));
    PyTuple_SET_ITEM(result, 2, traceback != NULL ? traceback : Py_NewRef(Py_None));
    return result;
}

/* --- setting --- */

/* The call that builds an instance from a lazy value; a result of another kind is a TypeError. */
static PyObject *
exception_make(PyObject *type, PyObject *value)
{
    PyObject *exception;
    if (value == NULL || value == Py_None)
        exception = PyObject_CallNoArgs(type);
    else if (PyTuple_Check(value))
        exception = PyObject_Call(type, value, NULL);
    else
        exception = PyObject_CallOneArg(type, value);
    if (exception != NULL && !PyExceptionInstance_Check(exception)) {
        PyErr_Format(PyExc_TypeError,
                     "calling %R should have returned an instance of BaseException, not %s", type,
                     Py_TYPE(exception)->tp_name);
        Py_CLEAR(exception);
    }
    return exception;
}

/* Takes `exception` out of the context chain that starts at `handled`, which would otherwise become
 * a ring. Brent's two pointers end the walk when the chain already has a ring elsewhere. */
static void
context_unlink(PyObject *handled, PyObject *exception)
{
    PyObject *walker = handled, *slow = handled;
    int advance_slow = 0;
    for (;;) {
        PyObject *context = ((PyBaseExceptionObject *)walker)->context;
        if (context == NULL)
            return;
        if (context == exception) {
            PyException_SetContext(walker, NULL);
            return;
        }
        walker = context;
        if (walker == slow)
            return;
        if (advance_slow)
            slow = ((PyBaseExceptionObject *)slow)->context;
        advance_slow = !advance_slow;
    }
}

void
_PyErr_SetObject(PyThreadState *tstate, PyObject *type, PyObject *value)
{
    if (type != NULL && KS_UNLIKELY(!PyExceptionClass_Check(type))) {
        _PyErr_Format(tstate, PyExc_SystemError,
                      "_PyErr_SetObject: exception %R is not a BaseException subclass", type);
        return;
    }
    KS_OWNED PyObject *owned = Py_XNewRef(value);
    PyObject *handled = _PyErr_GetTopmostException(tstate)->exc_value;
    if (handled != NULL && handled != Py_None) {
        Py_INCREF(handled);
        if (owned == NULL || !PyExceptionInstance_Check(owned)) {
            /* The context needs an object to hang on, so a lazy value is made now. */
            _PyErr_Clear(tstate);
            PyObject *made = exception_make(type, owned);
            Py_XSETREF(owned, made);
            if (owned == NULL) {
                Py_DECREF(handled);
                return;
            }
        }
        if (owned != handled) {
            context_unlink(handled, owned);
            PyException_SetContext(owned, handled);
        }
        else {
            Py_DECREF(handled);
        }
    }
    PyObject *traceback = NULL;
    if (owned != NULL && PyExceptionInstance_Check(owned))
        traceback = PyException_GetTraceback(owned);
    _PyErr_Restore(tstate, Py_XNewRef(type), ks_give(&owned), traceback);
}

void
PyErr_SetObject(PyObject *type, PyObject *value)
{
    _PyErr_SetObject(_PyThreadState_GET(), type, value);
}

/* KeyError of a key. The key is wrapped: as a value of their own, None would mean no argument, a
 * tuple several, and an exception would be raised itself. */
void
_PyErr_SetKeyError(PyObject *key)
{
    KS_OWNED PyObject *args = PyTuple_Pack(1, key);
    if (args != NULL)
        _PyErr_SetObject(_PyThreadState_GET(), PyExc_KeyError, args);
}

void
_PyErr_SetNone(PyThreadState *tstate, PyObject *exception)
{
    _PyErr_SetObject(tstate, exception, NULL);
}

void
PyErr_SetNone(PyObject *exception)
{
    _PyErr_SetObject(_PyThreadState_GET(), exception, NULL);
}

void
_PyErr_SetString(PyThreadState *tstate, PyObject *exception, const char *string)
{
    KS_OWNED PyObject *text = PyUnicode_FromString(string);
    if (text != NULL)
        _PyErr_SetObject(tstate, exception, text);
}

void
PyErr_SetString(PyObject *exception, const char *string)
{
    _PyErr_SetString(_PyThreadState_GET(), exception, string);
}

static PyObject *
error_format(PyThreadState *tstate, PyObject *exception, const char *format, va_list arguments)
{
    _PyErr_Clear(tstate); /* formatting runs repr functions, which must not see a set error */
    KS_OWNED PyObject *text = PyUnicode_FromFormatV(format, arguments);
    if (text != NULL)
        _PyErr_SetObject(tstate, exception, text);
    return NULL;
}

PyObject *
PyErr_FormatV(PyObject *exception, const char *format, va_list arguments)
{
    return error_format(_PyThreadState_GET(), exception, format, arguments);
}

PyObject *
PyErr_Format(PyObject *exception, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error_format(_PyThreadState_GET(), exception, format, arguments);
    va_end(arguments);
    return NULL;
}

PyObject *
_PyErr_Format(PyThreadState *tstate, PyObject *exception, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error_format(tstate, exception, format, arguments);
    va_end(arguments);
    return NULL;
}

int
PyErr_BadArgument(void)
{
    PyErr_SetString(PyExc_TypeError, "bad argument type for built-in operation");
    return 0;
}

#undef PyErr_BadInternalCall
void
_PyErr_BadInternalCall(const char *filename, int lineno)
{
    PyErr_Format(PyExc_SystemError, "%s:%d: bad argument to internal function", filename, lineno);
}

void
PyErr_BadInternalCall(void)
{
    PyErr_SetString(PyExc_SystemError, "bad argument to internal function");
}

/* --- matching and normalising --- */

int
PyErr_GivenExceptionMatches(PyObject *error, PyObject *expected)
{
    if (error == NULL || expected == NULL)
        return 0;
    if (PyTuple_Check(expected)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(expected); i++) {
            if (PyErr_GivenExceptionMatches(error, PyTuple_GET_ITEM(expected, i)))
                return 1;
        }
        return 0;
    }
    if (PyExceptionInstance_Check(error))
        error = PyExceptionInstance_Class(error);
    if (PyExceptionClass_Check(error) && PyExceptionClass_Check(expected))
        return PyType_IsSubtype((PyTypeObject *)error, (PyTypeObject *)expected);
    return error == expected;
}

int
_PyErr_ExceptionMatches(PyThreadState *tstate, PyObject *expected)
{
    return PyErr_GivenExceptionMatches(_PyErr_Occurred(tstate), expected);
}

int
PyErr_ExceptionMatches(PyObject *expected)
{
    return _PyErr_ExceptionMatches(_PyThreadState_GET(), expected);
}

/* One attempt: 1 when type and value agree, 0 when making the instance failed and the indicator
 * holds that new error. */
static int
normalize_once(PyObject **type, PyObject **value)
{
    PyObject *inner = *value;
    if (PyExceptionInstance_Check(inner)) {
        PyObject *actual = PyExceptionInstance_Class(inner);
        if (actual == *type)
            return 1;
        int is_subclass = PyObject_IsSubclass(actual, *type);
        if (is_subclass < 0)
            return 0;
        if (is_subclass) {
            Py_SETREF(*type, Py_NewRef(actual));
            return 1;
        }
    }
    PyObject *made = exception_make(*type, inner);
    if (made == NULL)
        return 0;
    Py_SETREF(*value, made);
    /* __new__ may have answered with an instance of another class. */
    if (PyExceptionInstance_Class(made) != *type)
        Py_SETREF(*type, Py_NewRef(PyExceptionInstance_Class(made)));
    return 1;
}

/* Errors met while making an exception replace it; a class that always fails ends the chase. */
#define NORMALIZE_ATTEMPTS 32

void
_PyErr_NormalizeException(PyThreadState *tstate, PyObject **type, PyObject **value,
                          PyObject **traceback)
{
    int attempt = 0;
    tstate->recursion_headroom++; /* a RecursionError must be made where no level is left */
    while (*type != NULL) {
        if (*value == NULL)
            *value = Py_NewRef(Py_None);
        if (!PyExceptionClass_Check(*type) || normalize_once(type, value))
            break;
        attempt++;
        if (attempt == NORMALIZE_ATTEMPTS) {
            _PyErr_SetString(tstate, PyExc_RecursionError,
                             "maximum recursion depth exceeded while normalizing an exception");
        }
        else if (attempt > NORMALIZE_ATTEMPTS + 2) {
            if (PyErr_GivenExceptionMatches(*type, PyExc_MemoryError))
                Py_FatalError("Cannot recover from MemoryErrors while normalizing exceptions.");
            Py_FatalError("Cannot recover from the recursive normalization of an exception.");
        }
        PyObject *first_traceback = *traceback;
        Py_DECREF(*type);
        Py_DECREF(*value);
        _PyErr_Fetch(tstate, type, value, traceback);
        if (first_traceback != NULL) {
            if (*traceback == NULL)
                *traceback = first_traceback;
            else
                Py_DECREF(first_traceback);
        }
    }
    tstate->recursion_headroom--;
}

void
PyErr_NormalizeException(PyObject **type, PyObject **value, PyObject **traceback)
{
    _PyErr_NormalizeException(_PyThreadState_GET(), type, value, traceback);
}

/* --- chaining --- */

/* Makes the fetched triple the context of the current error, or the error itself if none is set.
 * Takes the triple over. */
void
_PyErr_ChainExceptions(PyObject *type, PyObject *value, PyObject *traceback)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (type == NULL)
        return;
    if (!_PyErr_Occurred(tstate)) {
        _PyErr_Restore(tstate, type, value, traceback);
        return;
    }
    PyObject *new_type, *new_value, *new_traceback;
    _PyErr_Fetch(tstate, &new_type, &new_value, &new_traceback);
    _PyErr_NormalizeException(tstate, &type, &value, &traceback);
    if (traceback != NULL)
        PyException_SetTraceback(value, traceback);
    Py_XDECREF(traceback);
    Py_DECREF(type);
    _PyErr_NormalizeException(tstate, &new_type, &new_value, &new_traceback);
    PyException_SetContext(new_value, value);
    _PyErr_Restore(tstate, new_type, new_value, new_traceback);
}

/* Chains the current error to the exception that an exc_info item handles, by default the one on
 * top; an item that handles none (a generator outside its except blocks) leaves the error's own
 * context alone. */
void
_PyErr_ChainStackItem(_PyErr_StackItem *item)
{
    PyThreadState *tstate = _PyThreadState_GET();
    _PyErr_StackItem *previous = NULL, *handling = item != NULL ? item : tstate->exc_info;
    if (handling->exc_value == NULL || handling->exc_value == Py_None)
        return;
    if (item != NULL) {
        item->previous_item = tstate->exc_info;
        previous = tstate->exc_info;
        tstate->exc_info = item;
    }
    PyObject *type, *value, *traceback;
    _PyErr_Fetch(tstate, &type, &value, &traceback);
    _PyErr_NormalizeException(tstate, &type, &value, &traceback);
    if (traceback != NULL && value != NULL && PyExceptionInstance_Check(value))
        PyException_SetTraceback(value, traceback);
    _PyErr_SetObject(tstate, type, value); /* takes the context from the top of the stack */
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    if (previous != NULL)
        tstate->exc_info = previous;
}

static PyObject *
format_from_cause(PyThreadState *tstate, PyObject *exception, const char *format,
                  va_list arguments)
{
    PyObject *type, *value, *traceback;
    _PyErr_Fetch(tstate, &type, &value, &traceback);
    _PyErr_NormalizeException(tstate, &type, &value, &traceback);
    if (traceback != NULL)
        PyException_SetTraceback(value, traceback);
    Py_XDECREF(traceback);
    Py_XDECREF(type);
    error_format(tstate, exception, format, arguments);
    PyObject *new_type, *new_value, *new_traceback;
    _PyErr_Fetch(tstate, &new_type, &new_value, &new_traceback);
    _PyErr_NormalizeException(tstate, &new_type, &new_value, &new_traceback);
    PyException_SetCause(new_value, Py_XNewRef(value));
    PyException_SetContext(new_value, value);
    _PyErr_Restore(tstate, new_type, new_value, new_traceback);
    return NULL;
}

PyObject *
_PyErr_FormatFromCauseTstate(PyThreadState *tstate, PyObject *exception, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    format_from_cause(tstate, exception, format, arguments);
    va_end(arguments);
    return NULL;
}

PyObject *
_PyErr_FormatFromCause(PyObject *exception, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    format_from_cause(_PyThreadState_GET(), exception, format, arguments);
    va_end(arguments);
    return NULL;
}

/* --- errno --- */

PyObject *
_PyErr_NoMemory(PyThreadState *tstate)
{
    if (Py_IS_TYPE(PyExc_MemoryError, NULL))
        Py_FatalError("Out of memory and PyExc_MemoryError is not initialized yet");
    _PyErr_SetNone(tstate, PyExc_MemoryError);
    return NULL;
}

PyObject *
PyErr_NoMemory(void)
{
    return _PyErr_NoMemory(_PyThreadState_GET());
}

PyObject *
PyErr_SetFromErrnoWithFilenameObjects(PyObject *type, PyObject *first, PyObject *second)
{
    PyThreadState *tstate = _PyThreadState_GET();
    int number = errno;
    if (number == EINTR && PyErr_CheckSignals())
        return NULL;
    KS_OWNED PyObject *message = number == 0
        ? PyUnicode_FromString("Error")
        : PyUnicode_DecodeLocale(strerror(number), "surrogateescape");
    if (message == NULL)
        return NULL;
    KS_OWNED PyObject *args = NULL;
    if (first == NULL)
        args = Py_BuildValue("(iO)", number, message);
    else if (second == NULL)
        args = Py_BuildValue("(iOO)", number, message, first);
    else
        args = Py_BuildValue("(iOOiO)", number, message, first, 0, second);
    if (args == NULL)
        return NULL;
    KS_OWNED PyObject *exception = PyObject_Call(type, args, NULL);
    if (exception != NULL)
        _PyErr_SetObject(tstate, (PyObject *)Py_TYPE(exception), exception);
    return NULL;
}

PyObject *
PyErr_SetFromErrnoWithFilenameObject(PyObject *type, PyObject *filename)
{
    return PyErr_SetFromErrnoWithFilenameObjects(type, filename, NULL);
}

PyObject *
PyErr_SetFromErrnoWithFilename(PyObject *type, const char *filename)
{
    KS_OWNED PyObject *name = NULL;
    if (filename != NULL) {
        int number = errno;
        name = PyUnicode_DecodeFSDefault(filename);
        errno = number;
        if (name == NULL)
            return NULL;
    }
    return PyErr_SetFromErrnoWithFilenameObjects(type, name, NULL);
}

PyObject *
PyErr_SetFromErrno(PyObject *type)
{
    return PyErr_SetFromErrnoWithFilenameObjects(type, NULL, NULL);
}

PyObject *
PyErr_SetImportErrorSubclass(PyObject *exception, PyObject *message, PyObject *name,
                             PyObject *path)
{
    PyThreadState *tstate = _PyThreadState_GET();
    int is_import_error = PyObject_IsSubclass(exception, PyExc_ImportError);
    if (is_import_error < 0)
        return NULL;
    if (!is_import_error) {
        _PyErr_SetString(tstate, PyExc_TypeError, "expected a subclass of ImportError");
        return NULL;
    }
    if (message == NULL) {
        _PyErr_SetString(tstate, PyExc_TypeError, "expected a message argument");
        return NULL;
    }
    KS_OWNED PyObject *keywords = PyDict_New();
    if (keywords == NULL || PyDict_SetItem(keywords, &_Py_ID(name), name ? name : Py_None) < 0 ||
        PyDict_SetItem(keywords, &_Py_ID(path), path ? path : Py_None) < 0)
        return NULL;
    PyObject *args[] = {message};
    KS_OWNED PyObject *error = PyObject_VectorcallDict(exception, args, 1, keywords);
    if (error != NULL)
        _PyErr_SetObject(tstate, (PyObject *)Py_TYPE(error), error);
    return NULL;
}

PyObject *
PyErr_SetImportError(PyObject *message, PyObject *name, PyObject *path)
{
    return PyErr_SetImportErrorSubclass(PyExc_ImportError, message, name, path);
}

/* --- new exception classes --- */

PyObject *
PyErr_NewException(const char *name, PyObject *base, PyObject *dict)
{
    const char *dot = strrchr(name, '.');
    if (dot == NULL) {
        PyErr_SetString(PyExc_SystemError, "PyErr_NewException: name must be module.class");
        return NULL;
    }
    if (base == NULL)
        base = PyExc_Exception;
    KS_OWNED PyObject *space = dict != NULL ? Py_NewRef(dict) : PyDict_New();
    if (space == NULL)
        return NULL;
    int has_module = PyDict_Contains(space, &_Py_ID(__module__));
    if (has_module < 0)
        return NULL;
    if (!has_module) {
        KS_OWNED PyObject *module = PyUnicode_FromStringAndSize(name, dot - name);
        if (module == NULL || PyDict_SetItem(space, &_Py_ID(__module__), module) < 0)
            return NULL;
    }
    KS_OWNED PyObject *bases = PyTuple_Check(base) ? Py_NewRef(base) : PyTuple_Pack(1, base);
    if (bases == NULL)
        return NULL;
    return PyObject_CallFunction((PyObject *)&PyType_Type, "sOO", dot + 1, bases, space);
}

PyObject *
PyErr_NewExceptionWithDoc(const char *name, const char *doc, PyObject *base, PyObject *dict)
{
    KS_OWNED PyObject *space = dict != NULL ? Py_NewRef(dict) : PyDict_New();
    if (space == NULL)
        return NULL;
    if (doc != NULL) {
        KS_OWNED PyObject *text = PyUnicode_FromString(doc);
        if (text == NULL || PyDict_SetItem(space, &_Py_ID(__doc__), text) < 0)
            return NULL;
    }
    return PyErr_NewException(name, base, space);
}
