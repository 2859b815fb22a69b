/* SPDX-License-Identifier: MIT */
/* PyErr_Print(): the last stop of an exception, by way of sys.excepthook; and SystemExit. */
#include "Python.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pystate.h"
#include "pycore_sysmodule.h"
#include "ks_base.h"

static void
flush_stdout(void)
{
    PyObject *stream = PySys_GetObject("stdout");
    PyObject *result = stream == NULL ? NULL : PyObject_CallMethodNoArgs(stream, &_Py_ID(flush));
    if (result == NULL)
        PyErr_Clear();
    Py_XDECREF(result);
}

/* The code of SystemExit as an exit status; what is no number is printed and means 1. */
static int
exit_status(PyObject *value)
{
    KS_OWNED PyObject *code = Py_XNewRef(value);
    if (value != NULL && PyExceptionInstance_Check(value)) {
        PyObject *attribute = PyObject_GetAttr(value, &_Py_ID(code));
        if (attribute != NULL)
            Py_SETREF(code, attribute);
        else
            PyErr_Clear();
    }
    if (code == NULL || code == Py_None)
        return 0;
    if (PyLong_Check(code))
        return (int)PyLong_AsLong(code);
    PyObject *file = PySys_GetObject("stderr");
    if (file != NULL && file != Py_None) {
        PyFile_WriteObject(code, file, Py_PRINT_RAW);
    } else {
        PyObject_Print(code, stderr, Py_PRINT_RAW);
        fflush(stderr);
    }
    PySys_WriteStderr("\n");
    return 1;
}

/* 1 with *exitcode if the pending SystemExit is to end the process (it is consumed then); 0 if it
 * is to be shown like others because -i was given. */
int
_Py_HandleSystemExit(int *exitcode_p)
{
    if (_Py_GetConfig()->inspect)
        return 0;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    fflush(stdout);
    *exitcode_p = exit_status(value);
    PyErr_Clear();
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return 1;
}

static void
maybe_exit(void)
{
    int exitcode;
    if (_Py_HandleSystemExit(&exitcode))
        Py_Exit(exitcode);
}

static void
set_last(PyObject *name, PyObject *value)
{
    if (_PySys_SetAttr(name, value) < 0)
        PyErr_Clear();
}

/* The hook itself failed: show both. */
static void
hook_failed(PyThreadState *tstate, PyObject *type, PyObject *value, PyObject *traceback)
{
    if (_PyErr_ExceptionMatches(tstate, PyExc_SystemExit))
        maybe_exit();
    PyObject *type2, *value2, *traceback2;
    _PyErr_Fetch(tstate, &type2, &value2, &traceback2);
    _PyErr_NormalizeException(tstate, &type2, &value2, &traceback2);
    /* Names and values of the display may not be missing. */
    if (value2 == NULL)
        value2 = Py_NewRef(Py_None);
    fflush(stdout);
    PySys_WriteStderr("Error in sys.excepthook:\n");
    PyErr_Display(type2, value2, traceback2);
    PySys_WriteStderr("\nOriginal exception was:\n");
    PyErr_Display(type, value, traceback);
    Py_XDECREF(type2);
    Py_DECREF(value2);
    Py_XDECREF(traceback2);
}

static void
call_hook(PyThreadState *tstate, PyObject *type, PyObject *value, PyObject *traceback)
{
    PyObject *hook = _PySys_GetAttr(tstate, &_Py_ID(excepthook));
    if (_PySys_Audit(tstate, "sys.excepthook", "OOOO", hook ? hook : Py_None, type, value, traceback) < 0) {
        if (_PyErr_ExceptionMatches(tstate, PyExc_RuntimeError)) {
            _PyErr_Clear(tstate);
            return;
        }
        PyErr_WriteUnraisable(hook);
    }
    if (hook == NULL) {
        PySys_WriteStderr("sys.excepthook is missing\n");
        PyErr_Display(type, value, traceback);
        return;
    }
    KS_OWNED PyObject *kept = Py_NewRef(hook);
    PyObject *args[] = {type, value, traceback};
    KS_OWNED PyObject *result = PyObject_Vectorcall(kept, args, 3, NULL);
    if (result == NULL)
        hook_failed(tstate, type, value, traceback);
}

static void
print_exception(PyThreadState *tstate, int set_sys_last_vars)
{
    if (_PyErr_ExceptionMatches(tstate, PyExc_SystemExit))
        maybe_exit();
    PyObject *type, *value, *traceback;
    _PyErr_Fetch(tstate, &type, &value, &traceback);
    if (type == NULL)
        return;
    _PyErr_NormalizeException(tstate, &type, &value, &traceback);
    if (traceback == NULL)
        traceback = Py_NewRef(Py_None);
    PyException_SetTraceback(value, traceback);
    if (set_sys_last_vars) {
        set_last(&_Py_ID(last_type), type);
        set_last(&_Py_ID(last_value), value);
        set_last(&_Py_ID(last_traceback), traceback);
    }
    call_hook(tstate, type, value, traceback);
    flush_stdout();
    _PyErr_Clear(tstate);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

void
_PyErr_Print(PyThreadState *tstate)
{
    print_exception(tstate, 1);
}

void
PyErr_PrintEx(int set_sys_last_vars)
{
    print_exception(_PyThreadState_GET(), set_sys_last_vars);
}

void
PyErr_Print(void)
{
    PyErr_PrintEx(1);
}
