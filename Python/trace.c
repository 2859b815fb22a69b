/* SPDX-License-Identifier: MIT */
/* Tracing and profiling: the events that sys.settrace and sys.setprofile promise.
 *
 * While one of the functions is set, use_tracing of every cframe of the thread is 255 and the loop
 * passes through DO_TRACING. A trace function runs with tracing off. */
#include "Python.h"
#include "frameobject.h"

#include "opcode.h"
#include "pycore_ceval.h"
#include "pycore_code.h"
#include "pycore_frame.h"
#include "pycore_object.h"
#include "pycore_opcode.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "pycore_sysmodule.h"

#include "ks_eval.h"

/* The line of the instruction at frame->prev_instr, from the array the code object keeps for us. */
static int
trace_line(_PyInterpreterFrame *frame)
{
    int offset = _PyInterpreterFrame_LASTI(frame);
    if (offset < 0)
        return frame->f_code->co_firstlineno;
    if (_PyCode_InitLineArray(frame->f_code) < 0) {
        PyErr_Clear();
        return -1;
    }
    return _PyCode_LineNumberFromArray(frame->f_code, offset);
}

/* Calls a trace or profile function. f_lineno of the frame is right while it runs. */
static int
trace_call(Py_tracefunc func, PyObject *object, PyThreadState *tstate, _PyInterpreterFrame *frame,
           int what, PyObject *arg)
{
    if (tstate->tracing)
        return 0;
    PyFrameObject *f = _PyFrame_GetFrameObject(frame);
    if (f == NULL)
        return -1;
    int outer_what = tstate->tracing_what;
    tstate->tracing_what = what;
    PyThreadState_EnterTracing(tstate);
    f->f_lineno = trace_line(frame);
    int status = func(object, f, what, arg);
    f->f_lineno = 0;
    PyThreadState_LeaveTracing(tstate);
    tstate->tracing_what = outer_what;
    return status;
}

/* The same with an exception set, which survives unless the function raises. */
static int
trace_call_protected(Py_tracefunc func, PyObject *object, PyThreadState *tstate,
                     _PyInterpreterFrame *frame, int what, PyObject *arg)
{
    PyObject *type, *value, *traceback;
    _PyErr_Fetch(tstate, &type, &value, &traceback);
    int status = trace_call(func, object, tstate, frame, what, arg);
    if (status == 0) {
        _PyErr_Restore(tstate, type, value, traceback);
        return 0;
    }
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return -1;
}

int
ks_trace_enter(PyThreadState *tstate, _PyInterpreterFrame *frame)
{
    if (tstate->c_tracefunc != NULL &&
        trace_call_protected(tstate->c_tracefunc, tstate->c_traceobj, tstate, frame, PyTrace_CALL,
                             Py_None) < 0)
        return -1;
    if (tstate->c_profilefunc != NULL &&
        trace_call_protected(tstate->c_profilefunc, tstate->c_profileobj, tstate, frame,
                             PyTrace_CALL, Py_None) < 0)
        return -1;
    return 0;
}

int
ks_trace_leave(PyThreadState *tstate, _PyInterpreterFrame *frame, PyObject *value)
{
    if (tstate->c_tracefunc != NULL &&
        trace_call_protected(tstate->c_tracefunc, tstate->c_traceobj, tstate, frame,
                             PyTrace_RETURN, value) < 0)
        return -1;
    if (tstate->c_profilefunc != NULL &&
        trace_call_protected(tstate->c_profilefunc, tstate->c_profileobj, tstate, frame,
                             PyTrace_RETURN, value) < 0)
        return -1;
    return 0;
}

void
ks_trace_unwind(PyThreadState *tstate, _PyInterpreterFrame *frame)
{
    if (tstate->c_tracefunc != NULL)
        trace_call_protected(tstate->c_tracefunc, tstate->c_traceobj, tstate, frame,
                             PyTrace_RETURN, NULL);
    if (tstate->c_profilefunc != NULL)
        trace_call_protected(tstate->c_profilefunc, tstate->c_profileobj, tstate, frame,
                             PyTrace_RETURN, NULL);
}

/* The 'exception' event, with a tuple of type, value and traceback. */
void
ks_trace_exception(PyThreadState *tstate, _PyInterpreterFrame *frame)
{
    if (tstate->tracing || _PyFrame_IsIncomplete(frame))
        return;
    PyObject *type, *value, *original;
    _PyErr_Fetch(tstate, &type, &value, &original);
    PyObject *traceback = original;
    if (value == NULL)
        value = Py_NewRef(Py_None);
    _PyErr_NormalizeException(tstate, &type, &value, &traceback);
    PyObject *arg =
        PyTuple_Pack(3, type, value, traceback == NULL ? Py_None : traceback);
    if (arg == NULL) {
        _PyErr_Restore(tstate, type, value, traceback);
        return;
    }
    int status = trace_call(tstate->c_tracefunc, tstate->c_traceobj, tstate, frame,
                            PyTrace_EXCEPTION, arg);
    Py_DECREF(arg);
    if (status == 0)
        _PyErr_Restore(tstate, type, value, traceback);
    else {
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
    }
}

/* Whether a new line begins here: its number changed, or a jump went back within it. The loop of
 * an await does not count as one. */
static int
line_begins(PyCodeObject *code, int offset, int line, int previous)
{
    int last = previous <= code->_co_firsttraceable ? -1
                                                    : _PyCode_LineNumberFromArray(code, previous);
    if (line != last)
        return 1;
    return offset < previous &&
           _PyOpcode_Deopt[_Py_OPCODE(_PyCode_CODE(code)[offset])] != SEND;
}

int
ks_trace_instruction(PyThreadState *tstate, _PyInterpreterFrame *frame, int previous)
{
    PyCodeObject *code = frame->f_code;
    if (_PyCode_InitLineArray(code) < 0)
        return -1;
    int offset = _PyInterpreterFrame_LASTI(frame);
    int line = _PyCode_LineNumberFromArray(code, offset);
    PyFrameObject *f = _PyFrame_GetFrameObject(frame);
    if (f == NULL)
        return -1;
    int status = 0;
    if (line != -1 && f->f_trace_lines && line_begins(code, offset, line, previous))
        status = trace_call(tstate->c_tracefunc, tstate->c_traceobj, tstate, frame, PyTrace_LINE,
                            Py_None);
    if (status == 0 && f->f_trace_opcodes && tstate->c_tracefunc != NULL)
        status = trace_call(tstate->c_tracefunc, tstate->c_traceobj, tstate, frame, PyTrace_OPCODE,
                            Py_None);
    return status;
}

/* ---- calls of C functions ---- */

/* A C function that a profiler hears about: what to name it in the events. New reference, or
 * NULL without exception if it is none. */
static PyObject *
profiled_callable(PyObject *callable, PyObject *const *args, Py_ssize_t nargs)
{
    if (PyCFunction_CheckExact(callable) || PyCMethod_CheckExact(callable))
        return Py_NewRef(callable);
    if (Py_IS_TYPE(callable, &PyMethodDescr_Type) && nargs > 0) {
        /* A method called through its class is reported as if it were bound. */
        PyObject *bound = Py_TYPE(callable)->tp_descr_get(callable, args[0],
                                                          (PyObject *)Py_TYPE(args[0]));
        if (bound == NULL)
            PyErr_Clear();
        return bound;
    }
    return NULL;
}

static PyObject *
trace_c_result(PyThreadState *tstate, PyObject *name, PyObject *result)
{
    _PyInterpreterFrame *frame = tstate->cframe->current_frame;
    if (tstate->c_profilefunc == NULL)
        return result;
    int what = result == NULL ? PyTrace_C_EXCEPTION : PyTrace_C_RETURN;
    if (trace_call_protected(tstate->c_profilefunc, tstate->c_profileobj, tstate, frame, what,
                             name) < 0)
        Py_CLEAR(result);
    return result;
}

PyObject *
ks_trace_call(PyThreadState *tstate, PyObject *callable, PyObject *const *args, size_t nargsf,
              PyObject *kwnames)
{
    KS_OWNED PyObject *name = NULL;
    if (tstate->c_profilefunc != NULL && tstate->cframe->use_tracing)
        name = profiled_callable(callable, args, PyVectorcall_NARGS(nargsf));
    if (name == NULL)
        return PyObject_Vectorcall(callable, args, nargsf, kwnames);
    if (trace_call(tstate->c_profilefunc, tstate->c_profileobj, tstate,
                   tstate->cframe->current_frame, PyTrace_C_CALL, name) < 0)
        return NULL;
    return trace_c_result(tstate, name, PyObject_Vectorcall(callable, args, nargsf, kwnames));
}

PyObject *
ks_trace_call_ex(PyThreadState *tstate, PyObject *callable, PyObject *args, PyObject *kwargs)
{
    KS_OWNED PyObject *name = NULL;
    if (tstate->c_profilefunc != NULL && tstate->cframe->use_tracing)
        name = profiled_callable(callable, &PyTuple_GET_ITEM(args, 0), PyTuple_GET_SIZE(args));
    if (name == NULL)
        return PyObject_Call(callable, args, kwargs);
    if (trace_call(tstate->c_profilefunc, tstate->c_profileobj, tstate,
                   tstate->cframe->current_frame, PyTrace_C_CALL, name) < 0)
        return NULL;
    return trace_c_result(tstate, name, PyObject_Call(callable, args, kwargs));
}

/* ---- C-API ---- */

/* Dropping the old hook may run code, and that must not install another one meanwhile. */
static int
hook_begin(int *is_installing, const char *kind)
{
    if (*is_installing) {
        PyErr_Format(PyExc_RuntimeError, "Cannot install a %s function while another %s function "
                                         "is being installed", kind, kind);
        *is_installing = 0;
        return -1;
    }
    *is_installing = 1;
    return 0;
}

int
_PyEval_SetProfile(PyThreadState *tstate, Py_tracefunc func, PyObject *arg)
{
    PyThreadState *current = _PyThreadState_GET();
    static int is_installing;
    if (_PySys_Audit(current, "sys.setprofile", NULL) < 0 ||
        hook_begin(&is_installing, "profile") < 0)
        return -1;
    PyObject *old = tstate->c_profileobj;
    tstate->c_profilefunc = NULL;
    tstate->c_profileobj = NULL;
    _PyThreadState_UpdateTracingState(tstate);
    Py_XDECREF(old);
    tstate->c_profileobj = Py_XNewRef(arg);
    tstate->c_profilefunc = func;
    _PyThreadState_UpdateTracingState(tstate);
    is_installing = 0;
    return 0;
}

int
_PyEval_SetTrace(PyThreadState *tstate, Py_tracefunc func, PyObject *arg)
{
    PyThreadState *current = _PyThreadState_GET();
    static int is_installing;
    if (_PySys_Audit(current, "sys.settrace", NULL) < 0 || hook_begin(&is_installing, "trace") < 0)
        return -1;
    PyObject *old = tstate->c_traceobj;
    tstate->c_tracefunc = NULL;
    tstate->c_traceobj = NULL;
    _PyThreadState_UpdateTracingState(tstate);
    Py_XDECREF(old);
    tstate->c_traceobj = Py_XNewRef(arg);
    tstate->c_tracefunc = func;
    _PyThreadState_UpdateTracingState(tstate);
    is_installing = 0;
    return 0;
}

void
PyEval_SetProfile(Py_tracefunc func, PyObject *arg)
{
    if (_PyEval_SetProfile(_PyThreadState_GET(), func, arg) < 0)
        _PyErr_WriteUnraisableMsg("in PyEval_SetProfile", NULL);
}

void
PyEval_SetTrace(Py_tracefunc func, PyObject *arg)
{
    if (_PyEval_SetTrace(_PyThreadState_GET(), func, arg) < 0)
        _PyErr_WriteUnraisableMsg("in PyEval_SetTrace", NULL);
}

/* sys.call_tracing: calls func with tracing on, as if outside of a trace function. */
PyObject *
_PyEval_CallTracing(PyObject *func, PyObject *args)
{
    PyThreadState *tstate = _PyThreadState_GET();
    int depth = tstate->tracing;
    tstate->tracing = 0;
    _PyThreadState_UpdateTracingState(tstate);
    PyObject *result = PyObject_Call(func, args, NULL);
    tstate->tracing = depth;
    _PyThreadState_UpdateTracingState(tstate);
    return result;
}
