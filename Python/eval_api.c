/* SPDX-License-Identifier: MIT */
/* PyEval_*: running code from C, asking for the current frame, recursion limits, slice indices. */
#include "Python.h"
#include "frameobject.h"

#include "pycore_abstract.h"
#include "pycore_call.h"
#include "pycore_ceval.h"
#include "pycore_frame.h"
#include "pycore_function.h"
#include "pycore_interp.h"
#include "pycore_moduleobject.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_sysmodule.h"
#include "pycore_tuple.h"

#include "ks_eval.h"
#include "ks_frame.h"

/* ---- running ---- */

PyObject *
PyEval_EvalCode(PyObject *code, PyObject *globals, PyObject *locals)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (locals == NULL)
        locals = globals;
    PyObject *builtins = _PyEval_BuiltinsFromGlobals(tstate, globals);
    if (builtins == NULL)
        return NULL;
    PyFrameConstructor parts = {
        .fc_globals = globals,
        .fc_builtins = builtins,
        .fc_name = ((PyCodeObject *)code)->co_name,
        .fc_qualname = ((PyCodeObject *)code)->co_name,
        .fc_code = code,
    };
    PyFunctionObject *func = _PyFunction_FromConstructor(&parts);
    if (func == NULL)
        return NULL;
    PyObject *result = _PyEval_Vector(tstate, func, locals, NULL, 0, NULL);
    Py_DECREF(func);
    return result;
}

PyObject *
PyEval_EvalCodeEx(PyObject *code, PyObject *globals, PyObject *locals, PyObject *const *args,
                  int argcount, PyObject *const *kws, int kwcount, PyObject *const *defs,
                  int defcount, PyObject *kwdefs, PyObject *closure)
{
    PyThreadState *tstate = _PyThreadState_GET();
    PyObject *result = NULL;
    PyObject *builtins = _PyEval_BuiltinsFromGlobals(tstate, globals);
    if (builtins == NULL)
        return NULL;
    KS_OWNED PyObject *defaults = _PyTuple_FromArray(defs, defcount);
    if (defaults == NULL)
        return NULL;
    if (locals == NULL)
        locals = globals;
    KS_OWNED PyObject *kwnames = NULL;
    PyObject **stack = NULL;
    if (kwcount > 0) {
        kwnames = PyTuple_New(kwcount);
        stack = PyMem_New(PyObject *, (size_t)argcount + (size_t)kwcount);
        if (kwnames == NULL || stack == NULL) {
            PyErr_NoMemory();
            goto done;
        }
        for (int i = 0; i < argcount; i++)
            stack[i] = args[i];
        /* kws alternates names and values. */
        for (int i = 0; i < kwcount; i++) {
            PyTuple_SET_ITEM(kwnames, i, Py_NewRef(kws[2 * i]));
            stack[argcount + i] = kws[2 * i + 1];
        }
        args = stack;
    }
    PyFrameConstructor parts = {
        .fc_globals = globals,
        .fc_builtins = builtins,
        .fc_name = ((PyCodeObject *)code)->co_name,
        .fc_qualname = ((PyCodeObject *)code)->co_name,
        .fc_code = code,
        .fc_defaults = defaults,
        .fc_kwdefaults = kwdefs,
        .fc_closure = closure,
    };
    PyFunctionObject *func = _PyFunction_FromConstructor(&parts);
    if (func == NULL)
        goto done;
    result = _PyEval_Vector(tstate, func, locals, args, (size_t)argcount, kwnames);
    Py_DECREF(func);
done:
    PyMem_Free(stack);
    return result;
}

PyObject *
PyEval_EvalFrame(PyFrameObject *f)
{
    return _PyEval_EvalFrame(_PyThreadState_GET(), f->f_frame, 0);
}

PyObject *
PyEval_EvalFrameEx(PyFrameObject *f, int throwflag)
{
    return _PyEval_EvalFrame(_PyThreadState_GET(), f->f_frame, throwflag);
}

/* ---- the current frame ---- */

_PyInterpreterFrame *
_PyEval_GetFrame(void)
{
    return _PyThreadState_GET()->cframe->current_frame;
}

PyFrameObject *
PyEval_GetFrame(void)
{
    _PyInterpreterFrame *frame = ks_frame_complete(_PyEval_GetFrame());
    if (frame == NULL)
        return NULL;
    PyFrameObject *f = _PyFrame_GetFrameObject(frame);
    if (f == NULL)
        PyErr_Clear();
    return f;
}

PyObject *
_PyEval_GetBuiltins(PyThreadState *tstate)
{
    _PyInterpreterFrame *frame = tstate->cframe->current_frame;
    return frame != NULL ? frame->f_builtins : tstate->interp->builtins;
}

PyObject *
PyEval_GetBuiltins(void)
{
    return _PyEval_GetBuiltins(_PyThreadState_GET());
}

/* A new reference, AttributeError if there is no such builtin. */
PyObject *
_PyEval_GetBuiltin(PyObject *name)
{
    PyObject *value = PyObject_GetItem(PyEval_GetBuiltins(), name);
    if (value == NULL && PyErr_ExceptionMatches(PyExc_KeyError))
        PyErr_SetObject(PyExc_AttributeError, name);
    return value;
}

PyObject *
_PyEval_GetBuiltinId(_Py_Identifier *name)
{
    PyObject *text = _PyUnicode_FromId(name);
    return text == NULL ? NULL : _PyEval_GetBuiltin(text);
}

PyObject *
PyEval_GetLocals(void)
{
    PyThreadState *tstate = _PyThreadState_GET();
    _PyInterpreterFrame *frame = tstate->cframe->current_frame;
    if (frame == NULL) {
        _PyErr_SetString(tstate, PyExc_SystemError, "frame does not exist");
        return NULL;
    }
    if (_PyFrame_FastToLocalsWithError(frame) < 0)
        return NULL;
    return frame->f_locals;
}

PyObject *
PyEval_GetGlobals(void)
{
    _PyInterpreterFrame *frame = _PyEval_GetFrame();
    return frame == NULL ? NULL : frame->f_globals;
}

int
PyEval_MergeCompilerFlags(PyCompilerFlags *flags)
{
    _PyInterpreterFrame *frame = _PyEval_GetFrame();
    int result = flags->cf_flags != 0;
    if (frame != NULL) {
        int inherited = frame->f_code->co_flags & PyCF_MASK;
        if (inherited) {
            result = 1;
            flags->cf_flags |= inherited;
        }
    }
    return result;
}

/* ---- names for messages ---- */

const char *
PyEval_GetFuncName(PyObject *func)
{
    if (PyMethod_Check(func))
        return PyEval_GetFuncName(PyMethod_GET_FUNCTION(func));
    if (PyFunction_Check(func))
        return PyUnicode_AsUTF8(((PyFunctionObject *)func)->func_name);
    if (PyCFunction_Check(func))
        return ((PyCFunctionObject *)func)->m_ml->ml_name;
    return Py_TYPE(func)->tp_name;
}

const char *
PyEval_GetFuncDesc(PyObject *func)
{
    return PyMethod_Check(func) || PyFunction_Check(func) || PyCFunction_Check(func) ? "()"
                                                                                     : " object";
}

/* ---- recursion ---- */

int
Py_GetRecursionLimit(void)
{
    return _PyInterpreterState_GET()->ceval.recursion_limit;
}

void
Py_SetRecursionLimit(int limit)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    interp->ceval.recursion_limit = limit;
    for (PyThreadState *t = PyInterpreterState_ThreadHead(interp); t != NULL; t = t->next) {
        int depth = t->recursion_limit - t->recursion_remaining;
        t->recursion_limit = limit;
        t->recursion_remaining = limit - depth;
    }
}

/* The counter reached zero: raises RecursionError unless a handler of one is running, which may go
 * 50 levels deeper before the process is given up. */
int
_Py_CheckRecursiveCall(PyThreadState *tstate, const char *where)
{
    if (tstate->recursion_headroom) {
        if (tstate->recursion_remaining < -50)
            Py_FatalError("Cannot recover from stack overflow.");
        return 0;
    }
    if (tstate->recursion_remaining > 0)
        return 0;
    tstate->recursion_headroom++;
    _PyErr_Format(tstate, PyExc_RecursionError, "maximum recursion depth exceeded%s", where);
    tstate->recursion_headroom--;
    ++tstate->recursion_remaining;
    return -1;
}

int
Py_EnterRecursiveCall(const char *where)
{
    return _Py_EnterRecursiveCall(where);
}

void
Py_LeaveRecursiveCall(void)
{
    _Py_LeaveRecursiveCall();
}

/* ---- slices ---- */

static int
slice_index(PyObject *index, Py_ssize_t *value, const char *message)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (!_PyIndex_Check(index)) {
        _PyErr_SetString(tstate, PyExc_TypeError, message);
        return 0;
    }
    Py_ssize_t number = PyNumber_AsSsize_t(index, NULL);
    if (number == -1 && _PyErr_Occurred(tstate))
        return 0;
    *value = number;
    return 1;
}

/* An index clipped to Py_ssize_t; None leaves *value alone. 1, or 0 with TypeError. */
int
_PyEval_SliceIndex(PyObject *index, Py_ssize_t *value)
{
    return Py_IsNone(index)
               ? 1
               : slice_index(index, value,
                             "slice indices must be integers or None or have an __index__ method");
}

int
_PyEval_SliceIndexNotNone(PyObject *index, Py_ssize_t *value)
{
    return slice_index(index, value, "slice indices must be integers or have an __index__ method");
}

/* ---- hooks ---- */

Py_ssize_t
_PyEval_RequestCodeExtraIndex(freefunc free)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    if (interp->co_extra_user_count == MAX_CO_EXTRA_USERS - 1)
        return -1;
    Py_ssize_t index = interp->co_extra_user_count++;
    interp->co_extra_freefuncs[index] = free;
    return index;
}

PyObject *
_PyEval_GetAsyncGenFirstiter(void)
{
    return _PyThreadState_GET()->async_gen_firstiter;
}

PyObject *
_PyEval_GetAsyncGenFinalizer(void)
{
    return _PyThreadState_GET()->async_gen_finalizer;
}

int
_PyEval_SetAsyncGenFirstiter(PyObject *hook)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (_PySys_Audit(tstate, "sys.set_asyncgen_hook_firstiter", NULL) < 0)
        return -1;
    Py_XSETREF(tstate->async_gen_firstiter, Py_XNewRef(hook));
    return 0;
}

int
_PyEval_SetAsyncGenFinalizer(PyObject *hook)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (_PySys_Audit(tstate, "sys.set_asyncgen_hook_finalizer", NULL) < 0)
        return -1;
    Py_XSETREF(tstate->async_gen_finalizer, Py_XNewRef(hook));
    return 0;
}

int
_PyEval_GetCoroutineOriginTrackingDepth(void)
{
    return _PyThreadState_GET()->coroutine_origin_tracking_depth;
}

int
_PyEval_SetCoroutineOriginTrackingDepth(int depth)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (depth < 0) {
        _PyErr_SetString(tstate, PyExc_ValueError, "depth must be >= 0");
        return -1;
    }
    tstate->coroutine_origin_tracking_depth = depth;
    return 0;
}

void
_PyEval_Fini(void)
{
}

/* The builtins that code with these globals sees, borrowed. */
PyObject *
_PyEval_BuiltinsFromGlobals(PyThreadState *tstate, PyObject *globals)
{
    PyObject *builtins = PyDict_GetItemWithError(globals, &_Py_ID(__builtins__));
    if (builtins != NULL) {
        if (PyModule_Check(builtins))
            builtins = _PyModule_GetDict(builtins);
        return builtins;
    }
    if (PyErr_Occurred())
        return NULL;
    return _PyEval_GetBuiltins(tstate);
}
