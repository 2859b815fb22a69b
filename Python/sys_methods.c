/* SPDX-License-Identifier: MIT */
/* The functions of the sys module. */
#include "Python.h"
#include "pycore_ceval.h"
#include "pycore_code.h"
#include "pycore_frame.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_long.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pymem.h"
#include "pycore_pystate.h"
#include "pycore_sysmodule.h"
#include "pycore_tuple.h"
#include "ks_args.h"
#include "ks_base.h"
#include "ks_lifecycle.h"
#include "ks_sys.h"

typedef struct SingleArg {
    PyObject *value;
} SingleArg;

PyObject *
ks_sys_single_arg(const char *function, const char *name, PyObject *const *args, Py_ssize_t nargs,
                  PyObject *kwnames)
{
    const KsParam params[] = {PARAM_NAMED(SingleArg, value, name, ARG_OBJECT, 1), PARAM_END};
    SingleArg in = {NULL};
    return ks_args_parse(function, params, args, nargs, kwnames, &in) ? in.value : NULL;
}

/* ---- exceptions and exit ---- */

static PyObject *
sys_exc_info(PyObject *self, PyObject *unused)
{
    return _PyErr_StackItemToExcInfoTuple(_PyErr_GetTopmostException(_PyThreadState_GET()));
}

static PyObject *
sys_exception(PyObject *self, PyObject *unused)
{
    PyObject *value = _PyErr_GetTopmostException(_PyThreadState_GET())->exc_value;
    return Py_NewRef(value != NULL ? value : Py_None);
}

static PyObject *
sys_exit(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("exit", nargs, 0, 1))
        return NULL;
    PyErr_SetObject(PyExc_SystemExit, nargs == 1 ? args[0] : Py_None);
    return NULL;
}

static PyObject *
sys_unraisablehook(PyObject *self, PyObject *unraisable)
{
    return _PyErr_WriteUnraisableDefaultHook(unraisable);
}

/* ---- encodings and strings ---- */

static PyObject *
sys_getdefaultencoding(PyObject *self, PyObject *unused)
{
    return Py_NewRef(&_Py_STR(utf_8));
}

static PyObject *
sys_getfilesystemencoding(PyObject *self, PyObject *unused)
{
    return PyUnicode_FromWideChar(_Py_GetConfig()->filesystem_encoding, -1);
}

static PyObject *
sys_getfilesystemencodeerrors(PyObject *self, PyObject *unused)
{
    return PyUnicode_FromWideChar(_Py_GetConfig()->filesystem_errors, -1);
}

static PyObject *
sys_intern(PyObject *self, PyObject *string)
{
    if (!ks_arg_str("intern", 0, string, &string))
        return NULL;
    if (!PyUnicode_CheckExact(string)) {
        PyErr_Format(PyExc_TypeError, "can't intern %.400s", Py_TYPE(string)->tp_name);
        return NULL;
    }
    Py_INCREF(string);
    PyUnicode_InternInPlace(&string);
    return string;
}

/* ---- tracing ---- */

static PyObject *
sys_gettrace(PyObject *self, PyObject *unused)
{
    PyObject *trace = _PyThreadState_GET()->c_traceobj;
    return Py_NewRef(trace != NULL ? trace : Py_None);
}

static PyObject *
sys_getprofile(PyObject *self, PyObject *unused)
{
    PyObject *profile = _PyThreadState_GET()->c_profileobj;
    return Py_NewRef(profile != NULL ? profile : Py_None);
}

static PyObject *
sys_call_tracing(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("call_tracing", nargs, 2, 2))
        return NULL;
    if (!PyTuple_Check(args[1])) {
        PyErr_Format(PyExc_TypeError, "call_tracing() argument 2 must be tuple, not %.50s",
                     args[1] == Py_None ? "None" : Py_TYPE(args[1])->tp_name);
        return NULL;
    }
    return _PyEval_CallTracing(args[0], args[1]);
}

/* ---- limits ---- */

static PyObject *
sys_setswitchinterval(PyObject *self, PyObject *arg)
{
    double interval;
    if (!ks_arg_double(arg, &interval))
        return NULL;
    if (interval <= 0.0) {
        PyErr_SetString(PyExc_ValueError, "switch interval must be strictly positive");
        return NULL;
    }
    _PyEval_SetSwitchInterval((unsigned long)(1e6 * interval));
    Py_RETURN_NONE;
}

static PyObject *
sys_getswitchinterval(PyObject *self, PyObject *unused)
{
    return PyFloat_FromDouble(1e-6 * (double)_PyEval_GetSwitchInterval());
}

static PyObject *
sys_setrecursionlimit(PyObject *self, PyObject *arg)
{
    int limit;
    if (!ks_arg_int(arg, &limit))
        return NULL;
    if (limit < 1) {
        PyErr_SetString(PyExc_ValueError, "recursion limit must be greater or equal than 1");
        return NULL;
    }
    PyThreadState *tstate = _PyThreadState_GET();
    int depth = tstate->recursion_limit - tstate->recursion_remaining;
    if (depth >= limit) {
        PyErr_Format(PyExc_RecursionError,
                     "cannot set the recursion limit to %i at the recursion depth %i: "
                     "the limit is too low", limit, depth);
        return NULL;
    }
    Py_SetRecursionLimit(limit);
    Py_RETURN_NONE;
}

static PyObject *
sys_getrecursionlimit(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(Py_GetRecursionLimit());
}

static PyObject *
sys_get_int_max_str_digits(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(_PyInterpreterState_GET()->int_max_str_digits);
}

static PyObject *
sys_set_int_max_str_digits(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *value = ks_sys_single_arg("set_int_max_str_digits", "maxdigits", args, nargs, kwnames);
    int digits;
    if (value == NULL || !ks_arg_int(value, &digits))
        return NULL;
    if (digits != 0 && digits < _PY_LONG_MAX_STR_DIGITS_THRESHOLD) {
        PyErr_Format(PyExc_ValueError, "maxdigits must be 0 or larger than %d",
                     _PY_LONG_MAX_STR_DIGITS_THRESHOLD);
        return NULL;
    }
    _PyInterpreterState_GET()->int_max_str_digits = digits;
    Py_RETURN_NONE;
}

/* ---- coroutines and asynchronous generators ---- */

static PyObject *
sys_set_coroutine_origin_tracking_depth(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                                        PyObject *kwnames)
{
    PyObject *value = ks_sys_single_arg("set_coroutine_origin_tracking_depth", "depth", args, nargs, kwnames);
    int depth;
    if (value == NULL || !ks_arg_int(value, &depth) || _PyEval_SetCoroutineOriginTrackingDepth(depth) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
sys_get_coroutine_origin_tracking_depth(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(_PyEval_GetCoroutineOriginTrackingDepth());
}

typedef struct AsyncHooksArgs {
    PyObject *firstiter, *finalizer;
} AsyncHooksArgs;

static const KsParam async_hooks_params[] = {
    PARAM(AsyncHooksArgs, firstiter, ARG_OBJECT, 0),
    PARAM(AsyncHooksArgs, finalizer, ARG_OBJECT, 0),
    PARAM_END,
};

static int
hook_check(PyObject *hook, const char *name)
{
    if (hook == NULL || hook == Py_None || PyCallable_Check(hook))
        return 1;
    PyErr_Format(PyExc_TypeError, "callable %s expected, got %.50s", name, Py_TYPE(hook)->tp_name);
    return 0;
}

static PyObject *
sys_set_asyncgen_hooks(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    AsyncHooksArgs in = {NULL, NULL};
    if (!ks_args_parse("set_asyncgen_hooks", async_hooks_params, args, nargs, kwnames, &in)
        || !hook_check(in.finalizer, "finalizer") || !hook_check(in.firstiter, "firstiter"))
        return NULL;
    if (in.finalizer != NULL
        && _PyEval_SetAsyncGenFinalizer(in.finalizer == Py_None ? NULL : in.finalizer) < 0)
        return NULL;
    if (in.firstiter != NULL
        && _PyEval_SetAsyncGenFirstiter(in.firstiter == Py_None ? NULL : in.firstiter) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
sys_get_asyncgen_hooks(PyObject *self, PyObject *unused)
{
    return ks_sys_asyncgen_hooks(_PyThreadState_GET());
}

/* ---- objects and memory ---- */

static PyObject *
sys_getrefcount(PyObject *self, PyObject *object)
{
    return PyLong_FromSsize_t(Py_REFCNT(object));
}

/* Bytes, with what the memory manager puts in front; (size_t)-1 with an exception. */
size_t
_PySys_GetSizeOf(PyObject *object)
{
    if (PyType_Ready(Py_TYPE(object)) < 0)
        return (size_t)-1;
    KS_OWNED PyObject *method = _PyObject_LookupSpecial(object, &_Py_ID(__sizeof__));
    if (method == NULL) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_TypeError, "Type %.100s doesn't define __sizeof__", Py_TYPE(object)->tp_name);
        return (size_t)-1;
    }
    KS_OWNED PyObject *result = PyObject_CallNoArgs(method);
    if (result == NULL)
        return (size_t)-1;
    Py_ssize_t size = PyLong_AsSsize_t(result);
    if (size == -1 && PyErr_Occurred())
        return (size_t)-1;
    if (size < 0) {
        PyErr_SetString(PyExc_ValueError, "__sizeof__() should return >= 0");
        return (size_t)-1;
    }
    return (size_t)size + _PyType_PreHeaderSize(Py_TYPE(object));
}

typedef struct SizeofArgs {
    PyObject *object, *fallback;
} SizeofArgs;

static const KsParam sizeof_params[] = {
    PARAM(SizeofArgs, object, ARG_OBJECT, 1),
    PARAM_NAMED(SizeofArgs, fallback, "default", ARG_OBJECT, 0),
    PARAM_END,
};

static PyObject *
sys_getsizeof(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    SizeofArgs in = {NULL, NULL};
    if (!ks_args_parse("getsizeof", sizeof_params, args, nargs, kwnames, &in))
        return NULL;
    size_t size = _PySys_GetSizeOf(in.object);
    if (size == (size_t)-1 && PyErr_Occurred()) {
        if (in.fallback == NULL || !PyErr_ExceptionMatches(PyExc_TypeError))
            return NULL;
        PyErr_Clear();
        return Py_NewRef(in.fallback);
    }
    return PyLong_FromSize_t(size);
}

static PyObject *
sys_getallocatedblocks(PyObject *self, PyObject *unused)
{
    return PyLong_FromSsize_t(_Py_GetAllocatedBlocks());
}

static PyObject *
sys_getquickenedcount(PyObject *self, PyObject *unused)
{
    return PyLong_FromSsize_t(_Py_QuickenedCount);
}

static PyObject *
sys_debugmallocstats(PyObject *self, PyObject *unused)
{
    if (_PyObject_DebugMallocStats(stderr))
        fputc('\n', stderr);
    _PyObject_DebugTypeStats(stderr);
    fputc('\n', stderr);
    Py_RETURN_NONE;
}

static PyObject *
sys_clear_type_cache(PyObject *self, PyObject *unused)
{
    PyType_ClearCache();
    Py_RETURN_NONE;
}

/* ---- frames and threads ---- */

static PyObject *
sys_getframe(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    int depth = 0;
    if (!ks_args_count("_getframe", nargs, 0, 1) || (nargs == 1 && !ks_arg_int(args[0], &depth)))
        return NULL;
    PyThreadState *tstate = _PyThreadState_GET();
    _PyInterpreterFrame *frame = tstate->cframe->current_frame;
    for (; frame != NULL; frame = frame->previous) {
        if (_PyFrame_IsIncomplete(frame))
            continue;
        if (depth-- <= 0)
            break;
    }
    if (frame == NULL) {
        _PyErr_SetString(tstate, PyExc_ValueError, "call stack is not deep enough");
        return NULL;
    }
    PyObject *object = Py_XNewRef((PyObject *)_PyFrame_GetFrameObject(frame));
    if (object != NULL && _PySys_Audit(tstate, "sys._getframe", "(O)", object) < 0)
        Py_CLEAR(object);
    return object;
}

static PyObject *
sys_current_frames(PyObject *self, PyObject *unused)
{
    return _PyThread_CurrentFrames();
}

static PyObject *
sys_current_exceptions(PyObject *self, PyObject *unused)
{
    return _PyThread_CurrentExceptions();
}

/* ---- the rest ---- */

static PyObject *
sys_is_finalizing(PyObject *self, PyObject *unused)
{
    return PyBool_FromLong(_Py_IsFinalizing());
}

static PyObject *
sys_setdlopenflags(PyObject *self, PyObject *arg)
{
    int flags;
    if (!ks_arg_int(arg, &flags))
        return NULL;
    _PyInterpreterState_GET()->dlopenflags = flags;
    Py_RETURN_NONE;
}

static PyObject *
sys_getdlopenflags(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(_PyInterpreterState_GET()->dlopenflags);
}

PyMethodDef ks_sys_methods[] = {
    METHOD("addaudithook", ks_sys_addaudithook, METH_FASTCALL | METH_KEYWORDS, "($module, /, hook)",
           "Call hook(event, args) at every audit event from now on."),
    METHOD_PLAIN("audit", ks_sys_audit, METH_FASTCALL,
                 "audit(event, *args)\n\nTell the audit hooks of an event."),
    METHOD_PLAIN("breakpointhook", ks_sys_breakpointhook, METH_FASTCALL | METH_KEYWORDS,
                 "breakpointhook(*args, **kws)\n\nWhat breakpoint() calls."),
    METHOD("_clear_type_cache", sys_clear_type_cache, METH_NOARGS, "($module, /)",
           "Forget what attribute lookups on types found."),
    METHOD("_current_frames", sys_current_frames, METH_NOARGS, "($module, /)",
           "The topmost frame of each thread, by thread id."),
    METHOD("_current_exceptions", sys_current_exceptions, METH_NOARGS, "($module, /)",
           "The exception that each thread handles, by thread id."),
    METHOD("displayhook", ks_sys_displayhook, METH_O, "($module, object, /)",
           "Print an object and keep it in builtins._"),
    METHOD("exception", sys_exception, METH_NOARGS, "($module, /)",
           "The exception that is being handled, or None."),
    METHOD("exc_info", sys_exc_info, METH_NOARGS, "($module, /)",
           "(type, value, traceback) of the exception that is being handled."),
    METHOD("excepthook", ks_sys_excepthook, METH_FASTCALL, "($module, exctype, value, traceback, /)",
           "Print an exception to sys.stderr."),
    METHOD("exit", sys_exit, METH_FASTCALL, "($module, status=None, /)",
           "Leave the program by raising SystemExit(status)."),
    METHOD("getdefaultencoding", sys_getdefaultencoding, METH_NOARGS, "($module, /)",
           "The encoding str and bytes use when none is named."),
    METHOD("getdlopenflags", sys_getdlopenflags, METH_NOARGS, "($module, /)",
           "The flags with which extension modules are loaded."),
    METHOD("getallocatedblocks", sys_getallocatedblocks, METH_NOARGS, "($module, /)",
           "How many blocks of memory are in use."),
    METHOD("_getquickenedcount", sys_getquickenedcount, METH_NOARGS, "($module, /)",
           "How many code objects have been quickened."),
    METHOD("getfilesystemencoding", sys_getfilesystemencoding, METH_NOARGS, "($module, /)",
           "The encoding of file names."),
    METHOD("getfilesystemencodeerrors", sys_getfilesystemencodeerrors, METH_NOARGS, "($module, /)",
           "The error handler for file names."),
    METHOD("getrefcount", sys_getrefcount, METH_O, "($module, object, /)",
           "The object's reference count, with the argument's own reference."),
    METHOD("getrecursionlimit", sys_getrecursionlimit, METH_NOARGS, "($module, /)",
           "How deep calls may go."),
    METHOD_PLAIN("getsizeof", sys_getsizeof, METH_FASTCALL | METH_KEYWORDS,
                 "getsizeof(object [, default]) -> int\n\nThe object's size in bytes."),
    METHOD("_getframe", sys_getframe, METH_FASTCALL, "($module, depth=0, /)",
           "A frame of the call stack, 0 being the caller's."),
    METHOD("intern", sys_intern, METH_O, "($module, string, /)",
           "The one string among equal ones that stands for all."),
    METHOD("is_finalizing", sys_is_finalizing, METH_NOARGS, "($module, /)",
           "Is the interpreter shutting down?"),
    METHOD("setswitchinterval", sys_setswitchinterval, METH_O, "($module, interval, /)",
           "Set after how many seconds a thread hands over."),
    METHOD("getswitchinterval", sys_getswitchinterval, METH_NOARGS, "($module, /)",
           "After how many seconds a thread hands over."),
    METHOD("setdlopenflags", sys_setdlopenflags, METH_O, "($module, flags, /)",
           "Set the flags with which extension modules are loaded."),
    METHOD_PLAIN("setprofile", ks_sys_setprofile, METH_O,
                 "setprofile(function)\n\nSet this thread's profile function; None for none."),
    METHOD("getprofile", sys_getprofile, METH_NOARGS, "($module, /)", "This thread's profile function."),
    METHOD("setrecursionlimit", sys_setrecursionlimit, METH_O, "($module, limit, /)",
           "Set how deep calls may go."),
    METHOD_PLAIN("settrace", ks_sys_settrace, METH_O,
                 "settrace(function)\n\nSet this thread's trace function; None for none."),
    METHOD("gettrace", sys_gettrace, METH_NOARGS, "($module, /)", "This thread's trace function."),
    METHOD("call_tracing", sys_call_tracing, METH_FASTCALL, "($module, func, args, /)",
           "Call func(*args) with tracing on, from within a trace function."),
    METHOD("_debugmallocstats", sys_debugmallocstats, METH_NOARGS, "($module, /)",
           "Print the allocator's statistics to stderr."),
    METHOD("set_coroutine_origin_tracking_depth", sys_set_coroutine_origin_tracking_depth,
           METH_FASTCALL | METH_KEYWORDS, "($module, /, depth)",
           "Set how many frames a coroutine remembers of where it was made."),
    METHOD("get_coroutine_origin_tracking_depth", sys_get_coroutine_origin_tracking_depth, METH_NOARGS,
           "($module, /)", "How many frames a coroutine remembers of where it was made."),
    METHOD_PLAIN("set_asyncgen_hooks", sys_set_asyncgen_hooks, METH_FASTCALL | METH_KEYWORDS,
                 "set_asyncgen_hooks([firstiter] [, finalizer])\n\nSet this thread's hooks."),
    METHOD("get_asyncgen_hooks", sys_get_asyncgen_hooks, METH_NOARGS, "($module, /)",
           "This thread's hooks for asynchronous generators."),
    METHOD("unraisablehook", sys_unraisablehook, METH_O, "($module, unraisable, /)",
           "Print an exception that could not be raised."),
    METHOD("get_int_max_str_digits", sys_get_int_max_str_digits, METH_NOARGS, "($module, /)",
           "Most digits in conversions between int and str."),
    METHOD("set_int_max_str_digits", sys_set_int_max_str_digits, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, maxdigits)", "Set the most digits in conversions between int and str."),
    {NULL, NULL, 0, NULL},
};
