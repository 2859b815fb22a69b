/* SPDX-License-Identifier: MIT */
/* Exceptions as one object, the running frame's namespaces: functions of the limited API that CPython
 * gained after 3.11. Below, an exception is still the three fields of 3.11. */
#include "Python.h"
#include "ks_base.h"

PyAPI_FUNC(PyObject *) PyErr_GetRaisedException(void);
PyAPI_FUNC(void) PyErr_SetRaisedException(PyObject *);
PyAPI_FUNC(void) PyErr_DisplayException(PyObject *);
PyAPI_FUNC(PyObject *) PyException_GetArgs(PyObject *);
PyAPI_FUNC(void) PyException_SetArgs(PyObject *, PyObject *);
PyAPI_FUNC(PyObject *) PyEval_GetFrameBuiltins(void);
PyAPI_FUNC(PyObject *) PyEval_GetFrameGlobals(void);
PyAPI_FUNC(PyObject *) PyEval_GetFrameLocals(void);

/* A new reference, and none is set afterwards; NULL if none was. */
PyObject *
PyErr_GetRaisedException(void)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (type == NULL)
        return NULL;
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL && PyExceptionInstance_Check(value))
        PyException_SetTraceback(value, traceback);
    Py_XDECREF(traceback);
    Py_DECREF(type);
    return value;
}

/* Takes exception over; NULL clears. */
void
PyErr_SetRaisedException(KS_STEALS PyObject *exception)
{
    if (exception == NULL)
        PyErr_Restore(NULL, NULL, NULL);
    else
        PyErr_Restore(Py_NewRef(Py_TYPE(exception)), exception,
                      PyException_GetTraceback(exception));
}

void
PyErr_DisplayException(PyObject *exception)
{
    KS_OWNED PyObject *traceback = PyException_GetTraceback(exception);
    PyErr_Display((PyObject *)Py_TYPE(exception), exception, traceback);
}

PyObject *
PyException_GetArgs(PyObject *exception)
{
    return Py_NewRef(((PyBaseExceptionObject *)exception)->args);
}

void
PyException_SetArgs(PyObject *exception, PyObject *args)
{
    PyBaseExceptionObject *self = (PyBaseExceptionObject *)exception;
    Py_XSETREF(self->args, Py_NewRef(args));
}

PyObject *
PyEval_GetFrameBuiltins(void)
{
    return Py_XNewRef(PyEval_GetBuiltins());
}

PyObject *
PyEval_GetFrameGlobals(void)
{
    return Py_XNewRef(PyEval_GetGlobals());
}

PyObject *
PyEval_GetFrameLocals(void)
{
    return Py_XNewRef(PyEval_GetLocals());
}
