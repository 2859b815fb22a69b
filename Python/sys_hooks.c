/* SPDX-License-Identifier: MIT */
/* The hooks in sys that have a default: display, exceptions, breakpoint; and the trampolines that
 * carry trace and profile events from the evaluator to Python functions. */
#include "Python.h"
#include "frameobject.h"
#include "pycore_ceval.h"
#include "pycore_frame.h"
#include "pycore_initconfig.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pystate.h"
#include "pycore_sysmodule.h"
#include "ks_args.h"
#include "ks_base.h"
#include "ks_sys.h"

/* ---- displayhook ---- */

/* repr(value) when stdout's encoding cannot hold it: with backslash escapes. */
static int
display_escaped(PyObject *out, PyObject *value)
{
    KS_OWNED PyObject *encoding = PyObject_GetAttr(out, &_Py_ID(encoding));
    const char *name = encoding == NULL ? NULL : PyUnicode_AsUTF8(encoding);
    KS_OWNED PyObject *text = name == NULL ? NULL : PyObject_Repr(value);
    KS_OWNED PyObject *bytes = text == NULL ? NULL : PyUnicode_AsEncodedString(text, name, "backslashreplace");
    if (bytes == NULL)
        return -1;
    KS_OWNED PyObject *buffer = NULL;
    if (_PyObject_LookupAttr(out, &_Py_ID(buffer), &buffer) < 0)
        return -1;
    if (buffer != NULL) {
        KS_OWNED PyObject *result = PyObject_CallMethodOneArg(buffer, &_Py_ID(write), bytes);
        return result == NULL ? -1 : 0;
    }
    KS_OWNED PyObject *escaped = PyUnicode_FromEncodedObject(bytes, name, "strict");
    return escaped == NULL ? -1 : PyFile_WriteObject(escaped, out, Py_PRINT_RAW);
}

PyObject *
ks_sys_displayhook(PyObject *self, PyObject *value)
{
    PyThreadState *tstate = _PyThreadState_GET();
    KS_OWNED PyObject *builtins = PyImport_GetModule(&_Py_ID(builtins));
    if (builtins == NULL) {
        if (!_PyErr_Occurred(tstate))
            _PyErr_SetString(tstate, PyExc_RuntimeError, "lost builtins module");
        return NULL;
    }
    if (value == Py_None)
        Py_RETURN_NONE;
    /* None first: repr() may look at builtins._ */
    if (PyObject_SetAttr(builtins, &_Py_ID(_), Py_None) < 0)
        return NULL;
    PyObject *out = _PySys_GetAttr(tstate, &_Py_ID(stdout));
    if (out == NULL || out == Py_None) {
        _PyErr_SetString(tstate, PyExc_RuntimeError, "lost sys.stdout");
        return NULL;
    }
    KS_OWNED PyObject *kept = Py_NewRef(out);
    if (PyFile_WriteObject(value, kept, 0) < 0) {
        if (!_PyErr_ExceptionMatches(tstate, PyExc_UnicodeEncodeError))
            return NULL;
        _PyErr_Clear(tstate);
        if (display_escaped(kept, value) < 0)
            return NULL;
    }
    if (PyFile_WriteObject(&_Py_STR(newline), kept, Py_PRINT_RAW) < 0
        || PyObject_SetAttr(builtins, &_Py_ID(_), value) < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *
ks_sys_excepthook(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("excepthook", nargs, 3, 3))
        return NULL;
    PyErr_Display(args[0], args[1], args[2]);
    Py_RETURN_NONE;
}

/* ---- breakpointhook ---- */

static PyObject *
breakpoint_ignored(const char *name)
{
    if (!PyErr_ExceptionMatches(PyExc_ImportError) && !PyErr_ExceptionMatches(PyExc_AttributeError))
        return NULL;
    PyErr_Clear();
    if (PyErr_WarnFormat(PyExc_RuntimeWarning, 0, "Ignoring unimportable $PYTHONBREAKPOINT: \"%s\"", name) < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *
ks_sys_breakpointhook(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    const char *variable = Py_GETENV("PYTHONBREAKPOINT");
    if (variable == NULL || variable[0] == '\0')
        variable = "pdb.set_trace";
    else if (strcmp(variable, "0") == 0)
        Py_RETURN_NONE;
    /* Importing can change the environment. */
    KS_OWNED PyObject *copy = PyBytes_FromString(variable);
    if (copy == NULL)
        return NULL;
    const char *name = PyBytes_AS_STRING(copy), *dot = strrchr(name, '.');
    KS_OWNED PyObject *module_name = dot == NULL ? PyUnicode_FromString("builtins")
                                     : dot != name ? PyUnicode_FromStringAndSize(name, dot - name)
                                                   : NULL;
    if (module_name == NULL) {
        if (PyErr_Occurred())
            return NULL;
        PyErr_SetNone(PyExc_ImportError);
        return breakpoint_ignored(name);
    }
    KS_OWNED PyObject *module = PyImport_Import(module_name);
    if (module == NULL)
        return breakpoint_ignored(name);
    KS_OWNED PyObject *hook = PyObject_GetAttrString(module, dot == NULL ? name : dot + 1);
    if (hook == NULL)
        return breakpoint_ignored(name);
    return PyObject_Vectorcall(hook, args, (size_t)nargs, kwnames);
}

/* ---- trace and profile ---- */

static PyObject *
event_name(int what)
{
    /* In the order of the PyTrace_ numbers. */
    static const char *const names[] = {"call",   "exception",   "line",     "return",
                                        "c_call", "c_exception", "c_return", "opcode"};
    static PyObject *interned[8];
    if (interned[what] == NULL)
        interned[what] = PyUnicode_InternFromString(names[what]);
    return interned[what];
}

static PyObject *
call_callback(PyObject *callback, PyFrameObject *frame, int what, PyObject *arg)
{
    PyObject *event = event_name(what);
    if (event == NULL || PyFrame_FastToLocalsWithError(frame) < 0)
        return NULL;
    PyObject *args[] = {NULL, (PyObject *)frame, event, arg == NULL ? Py_None : arg};
    PyObject *result = PyObject_Vectorcall(callback, args + 1, 3 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    PyFrame_LocalsToFast(frame, 1);
    if (result == NULL)
        PyTraceBack_Here(frame);
    return result;
}

static int
profile_trampoline(PyObject *self, PyFrameObject *frame, int what, PyObject *arg)
{
    PyObject *result = call_callback(self, frame, what, arg);
    if (result == NULL) {
        _PyEval_SetProfile(_PyThreadState_GET(), NULL, NULL);
        return -1;
    }
    Py_DECREF(result);
    return 0;
}

/* The global function hears of calls and answers the local one, which hears of the rest. */
static int
trace_trampoline(PyObject *self, PyFrameObject *frame, int what, PyObject *arg)
{
    PyObject *callback = what == PyTrace_CALL ? self : frame->f_trace;
    if (callback == NULL)
        return 0;
    PyObject *result = call_callback(callback, frame, what, arg);
    if (result == NULL) {
        _PyEval_SetTrace(_PyThreadState_GET(), NULL, NULL);
        Py_CLEAR(frame->f_trace);
        return -1;
    }
    if (result != Py_None)
        Py_XSETREF(frame->f_trace, result);
    else
        Py_DECREF(result);
    return 0;
}

PyObject *
ks_sys_settrace(PyObject *self, PyObject *callback)
{
    PyThreadState *tstate = _PyThreadState_GET();
    int none = callback == Py_None;
    if (_PyEval_SetTrace(tstate, none ? NULL : trace_trampoline, none ? NULL : callback) < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *
ks_sys_setprofile(PyObject *self, PyObject *callback)
{
    PyThreadState *tstate = _PyThreadState_GET();
    int none = callback == Py_None;
    if (_PyEval_SetProfile(tstate, none ? NULL : profile_trampoline, none ? NULL : callback) < 0)
        return NULL;
    Py_RETURN_NONE;
}
