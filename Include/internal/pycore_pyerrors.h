/* SPDX-License-Identifier: MIT */
/* Exceptions with the thread state at hand. */
#ifndef Py_INTERNAL_PYERRORS_H
#define Py_INTERNAL_PYERRORS_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

extern PyStatus _PyErr_InitTypes(PyInterpreterState *);
extern void _PyErr_FiniTypes(PyInterpreterState *);
PyAPI_FUNC(PyObject *) _PyErr_StackItemToExcInfoTuple(_PyErr_StackItem *err_info);
PyAPI_FUNC(void) _PyErr_Fetch(PyThreadState *tstate, PyObject **type, PyObject **value,
    PyObject **traceback);
PyAPI_FUNC(int) _PyErr_ExceptionMatches(PyThreadState *tstate, PyObject *exc);
PyAPI_FUNC(void) _PyErr_Restore(PyThreadState *tstate, PyObject *type, PyObject *value,
    PyObject *traceback); /* steals all three */
PyAPI_FUNC(void) _PyErr_SetObject(PyThreadState *tstate, PyObject *type, PyObject *value);
PyAPI_FUNC(void) _PyErr_ChainStackItem(_PyErr_StackItem *exc_info);
PyAPI_FUNC(void) _PyErr_Clear(PyThreadState *tstate);
PyAPI_FUNC(void) _PyErr_SetNone(PyThreadState *tstate, PyObject *exception);
PyAPI_FUNC(PyObject *) _PyErr_NoMemory(PyThreadState *tstate);
PyAPI_FUNC(void) _PyErr_SetString(PyThreadState *tstate, PyObject *exception, const char *string);
PyAPI_FUNC(PyObject *) _PyErr_Format(PyThreadState *tstate, PyObject *exception, const char *format,
    ...);
PyAPI_FUNC(void) _PyErr_NormalizeException(PyThreadState *tstate, PyObject **exc, PyObject **val,
    PyObject **tb);
PyAPI_FUNC(PyObject *) _PyErr_FormatFromCauseTstate(PyThreadState *tstate, PyObject *exception,
    const char *format, ...);
PyAPI_FUNC(PyObject *) _PyExc_CreateExceptionGroup(const char *msg, PyObject *excs);
PyAPI_FUNC(PyObject *) _PyExc_PrepReraiseStar(PyObject *orig, PyObject *excs);
PyAPI_FUNC(int) _PyErr_CheckSignalsTstate(PyThreadState *tstate);
PyAPI_FUNC(void) _Py_DumpExtensionModules(int fd, PyInterpreterState *interp);
extern PyObject *_Py_Offer_Suggestions(PyObject *exception);
PyAPI_FUNC(Py_ssize_t) _Py_UTF8_Edit_Cost(PyObject *str_a, PyObject *str_b, Py_ssize_t max_cost);

/* Borrowed; NULL if none is set. */
static inline PyObject *
_PyErr_Occurred(PyThreadState *thread)
{
    return thread->curexc_type;
}

static inline void
_PyErr_ClearExcState(_PyErr_StackItem *item)
{
    Py_CLEAR(item->exc_value);
}

#ifdef __cplusplus
}
#endif

#endif
