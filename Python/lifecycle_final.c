/* SPDX-License-Identifier: MIT */
/* Shut-down, and the life of subinterpreters.
 *
 * Order of the end: Python's own exit handlers while everything still works, then modules are
 * emptied, then the interpreter's fields dropped, then types and singletons, then C's exit
 * functions, and last the runtime's locks. From "finalizing" on, no other thread gets the GIL. */
#include "Python.h"
#include "pycore_ceval.h"
#include "pycore_context.h"
#include "pycore_dict.h"
#include "pycore_exceptions.h"
#include "pycore_fileutils.h"
#include "pycore_floatobject.h"
#include "pycore_gc.h"
#include "pycore_initconfig.h"
#include "pycore_list.h"
#include "pycore_long.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pymem.h"
#include "pycore_pystate.h"
#include "pycore_runtime.h"
#include "pycore_sliceobject.h"
#include "pycore_sysmodule.h"
#include "pycore_tuple.h"
#include "pycore_typeobject.h"
#include "pycore_unicodeobject.h"
#include "ks_base.h"
#include "ks_lifecycle.h"
#include "ks_start.h"

/* ---- before the end ---- */

/* threading._shutdown() joins the threads that are not daemons. */
static void
join_threads(PyThreadState *tstate)
{
    PyObject *threading = PyImport_GetModule(&_Py_ID(threading));
    if (threading == NULL) {
        if (_PyErr_Occurred(tstate))
            PyErr_WriteUnraisable(NULL);
        return;
    }
    PyObject *result = PyObject_CallMethod(threading, "_shutdown", NULL);
    if (result == NULL)
        PyErr_WriteUnraisable(threading);
    Py_XDECREF(result);
    Py_DECREF(threading);
}

static void
call_exit_functions(_PyRuntimeState *runtime)
{
    while (runtime->nexitfuncs > 0) {
        void (*function)(void) = runtime->exitfuncs[--runtime->nexitfuncs];
        runtime->exitfuncs[runtime->nexitfuncs] = NULL;
        function();
    }
    fflush(stdout);
    fflush(stderr);
}

/* ---- modules ---- */

static void
set_or_tell(PyObject *dict, const char *name, PyObject *value)
{
    if (PyDict_SetItemString(dict, name, value) < 0)
        PyErr_WriteUnraisable(NULL);
}

/* What in sys can hold on to anything, and the streams as they were at the start. */
static void
release_sys(PyInterpreterState *interp)
{
    static const char *const holders[] = {
        "path",         "argv",       "ps1",
        "ps2",          "last_type",  "last_value",
        "last_traceback", "path_hooks", "path_importer_cache",
        "meta_path",    "__interactivehook__",
    };
    static const char *const streams[][2] = {
        {"stdin", "__stdin__"}, {"stdout", "__stdout__"}, {"stderr", "__stderr__"}};
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(holders); i++) {
        if (PyDict_GetItemString(interp->sysdict, holders[i]) != NULL)
            set_or_tell(interp->sysdict, holders[i], Py_None);
    }
    set_or_tell(interp->builtins, "_", Py_None);
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(streams); i++) {
        PyObject *first = PyDict_GetItemString(interp->sysdict, streams[i][1]);
        set_or_tell(interp->sysdict, streams[i][0], first != NULL ? first : Py_None);
    }
}

/* Replaces each entry of sys.modules by None, in order, and answers a list of (name, weak
 * reference) of the modules, so that those that live on can be found. */
static PyObject *
detach_modules(PyObject *modules)
{
    PyObject *survivors = PyList_New(0);
    if (survivors == NULL)
        PyErr_Clear();
    if (!PyDict_CheckExact(modules)) {
        PyErr_Clear();
        return survivors;
    }
    Py_ssize_t position = 0;
    PyObject *key, *value;
    while (PyDict_Next(modules, &position, &key, &value)) {
        if (!PyModule_Check(value))
            continue;
        if (survivors != NULL) {
            KS_OWNED PyObject *reference = PyWeakref_NewRef(value, NULL);
            KS_OWNED PyObject *pair = reference == NULL ? NULL : PyTuple_Pack(2, key, reference);
            if (pair == NULL || PyList_Append(survivors, pair) < 0)
                PyErr_Clear();
        }
        if (PyUnicode_Check(key) && PyDict_SetItem(modules, key, Py_None) < 0)
            PyErr_WriteUnraisable(NULL);
    }
    return survivors;
}

static void
clear_survivors(PyInterpreterState *interp, PyObject *survivors)
{
    /* Modules imported first are likely to be needed longest. */
    for (Py_ssize_t i = PyList_GET_SIZE(survivors) - 1; i >= 0; i--) {
        PyObject *pair = PyList_GET_ITEM(survivors, i);
        PyObject *module = PyWeakref_GET_OBJECT(PyTuple_GET_ITEM(pair, 1));
        if (module == Py_None)
            continue;
        PyObject *dict = PyModule_GetDict(module);
        if (dict == interp->builtins || dict == interp->sysdict)
            continue;
        Py_INCREF(module);
        _PyModule_Clear(module);
        Py_DECREF(module);
    }
}

void
ks_finalize_modules(PyThreadState *tstate)
{
    PyInterpreterState *interp = tstate->interp;
    PyObject *modules = interp->modules;
    if (modules == NULL)
        return;
    release_sys(interp);
    PyObject *survivors = detach_modules(modules);
    if (PyDict_CheckExact(modules))
        PyDict_Clear(modules);
    else
        PyErr_Clear();
    /* Destructors that run from here on find the builtins as they were at the start. */
    PyObject *copy = PyDict_Copy(interp->builtins);
    if (copy == NULL)
        PyErr_WriteUnraisable(NULL);
    PyDict_Clear(interp->builtins);
    if (PyDict_Update(interp->builtins, interp->builtins_copy) < 0)
        PyErr_Clear();
    Py_XDECREF(copy);
    _PyGC_CollectNoFail(tstate);
    _PyGC_DumpShutdownStats(interp); /* while there is a sys to warn through */
    if (survivors != NULL) {
        clear_survivors(interp, survivors);
        Py_DECREF(survivors);
    }
    /* sys and builtins last: everything above may have needed them. */
    _PyModule_ClearDict(interp->sysdict);
    _PyModule_ClearDict(interp->builtins);
    _PyInterpreterState_ClearModules(interp);
    Py_CLEAR(interp->modules);
    _PyGC_CollectNoFail(tstate);
}

/* ---- the interpreter's own ---- */

static void
finalize_types(PyInterpreterState *interp)
{
    _PyUnicode_FiniTypes(interp);
    _PySys_Fini(interp);
    _PyExc_Fini(interp);
    _PyFloat_FiniType(interp);
    _PyLong_FiniTypes(interp);
    _PyThread_FiniType(interp);
    _PyErr_FiniTypes(interp);
    _PyTypes_Fini(interp);
    _PyTypes_FiniTypes(interp);
    /* Strings last: dict keys everywhere. Then free lists, which the above filled. */
    _PyUnicode_ClearInterned(interp);
    _PyDict_Fini(interp);
    _PyList_Fini(interp);
    _PyTuple_Fini(interp);
    _PySlice_Fini(interp);
    _PyUnicode_Fini(interp);
    _PyFloat_Fini(interp);
}

static void
finalize_interpreter(PyThreadState *tstate)
{
    PyInterpreterState *interp = tstate->interp;
    int is_main = _Py_IsMainInterpreter(interp);
    _PyExc_ClearExceptionGroupType(interp);
    _PyInterpreterState_Clear(tstate);
    if (is_main)
        _PyContext_Fini(interp);
    if (is_main) {
        _Py_HashRandomization_Fini();
        _PyArg_Fini();
        _Py_ClearFileSystemEncoding();
    }
    finalize_types(interp);
}

static void
delete_interpreter(PyInterpreterState *interp)
{
    _PyGILState_Fini(interp);
    _PyEval_FiniGIL(interp);
    PyInterpreterState_Delete(interp);
}

/* 0, or -1 if buffered output could not be written. */
int
Py_FinalizeEx(void)
{
    _PyRuntimeState *runtime = &_PyRuntime;
    if (!runtime->initialized)
        return 0;
    PyThreadState *tstate = _PyRuntimeState_GetThreadState(runtime);
    _Py_EnsureTstateNotNULL(tstate);
    PyInterpreterState *interp = tstate->interp;
    int result = 0;

    join_threads(tstate);
    _Py_FinishPendingCalls(tstate);
    _PyAtExit_Call(interp);
    int malloc_stats = interp->config.malloc_stats;

    if (ks_flush_std_streams() < 0)
        result = -1;
    /* Daemon threads that ask for the GIL from now on end there. */
    _PyRuntimeState_SetFinalizing(runtime, tstate);
    runtime->initialized = 0;
    runtime->core_initialized = 0;
    _PyThreadState_DeleteExcept(runtime, tstate);
    if (ks_flush_std_streams() < 0)
        result = -1;
    _PySignal_Fini();
    PyGC_Collect();
    ks_finalize_modules(tstate);
    _PyEval_Fini();
    if (ks_flush_std_streams() < 0)
        result = -1;
    _PyTraceMalloc_Fini();
    _PyImport_Fini();
    _PyFaulthandler_Fini();
    finalize_interpreter(tstate);
    if (malloc_stats)
        _PyObject_DebugMallocStats(stderr);
    delete_interpreter(interp);
    call_exit_functions(runtime);
    _PyRuntime_Finalize();
    return result;
}

void
Py_Finalize(void)
{
    Py_FinalizeEx();
}

/* ---- subinterpreters ---- */

static PyStatus
start_subinterpreter(PyThreadState *tstate, PyThreadState *parent, int isolated)
{
    const PyConfig *config;
    PyInterpreterState *interp = tstate->interp;
    if (parent != NULL) {
        config = _PyInterpreterState_GetConfig(parent->interp);
    } else {
        config = _PyInterpreterState_GetConfig(_PyInterpreterState_Main());
    }
    PyStatus status = _PyConfig_Copy(&interp->config, config);
    interp->config._isolated_interpreter = isolated;
    if (!_PyStatus_EXCEPTION(status))
        status = _PyEval_InitGIL(tstate);
    if (!_PyStatus_EXCEPTION(status))
        status = ks_start_core(tstate);
    if (!_PyStatus_EXCEPTION(status))
        status = ks_start_main(tstate);
    return status;
}

static PyStatus
new_interpreter(PyThreadState **tstate_p, int isolated)
{
    _PyRuntimeState *runtime = &_PyRuntime;
    if (!runtime->initialized)
        return _PyStatus_ERR("Py_Initialize must be called first");
    /* PyGILState_Check() cannot tell interpreters apart: it says yes from now on. */
    runtime->gilstate.check_enabled = 0;
    PyInterpreterState *interp = PyInterpreterState_New();
    if (interp == NULL) {
        *tstate_p = NULL;
        return _PyStatus_OK();
    }
    PyThreadState *tstate = PyThreadState_New(interp);
    if (tstate == NULL) {
        PyInterpreterState_Delete(interp);
        *tstate_p = NULL;
        return _PyStatus_OK();
    }
    PyThreadState *parent = PyThreadState_Swap(tstate);
    PyStatus status = start_subinterpreter(tstate, parent, isolated);
    if (!_PyStatus_EXCEPTION(status)) {
        *tstate_p = tstate;
        return status;
    }
    *tstate_p = NULL;
    PyErr_PrintEx(0);
    PyThreadState_Clear(tstate);
    PyThreadState_Swap(parent);
    PyThreadState_Delete(tstate);
    PyInterpreterState_Delete(interp);
    return status;
}

/* Its first thread state, which is current; NULL if it could not be made. */
PyThreadState *
_Py_NewInterpreter(int isolated_subinterpreter)
{
    PyThreadState *tstate = NULL;
    PyStatus status = new_interpreter(&tstate, isolated_subinterpreter);
    if (_PyStatus_EXCEPTION(status))
        Py_ExitStatusException(status);
    return tstate;
}

PyThreadState *
Py_NewInterpreter(void)
{
    return _Py_NewInterpreter(0);
}

/* tstate must be current and the interpreter's only one; afterwards none is current. */
void
Py_EndInterpreter(PyThreadState *tstate)
{
    PyInterpreterState *interp = tstate->interp;
    if (tstate != _PyThreadState_GET())
        Py_FatalError("thread is not current");
    if (tstate->cframe->current_frame != NULL)
        Py_FatalError("thread still has a frame");
    interp->finalizing = 1;
    join_threads(tstate);
    _PyAtExit_Call(interp);
    if (tstate != interp->threads.head || tstate->next != NULL)
        Py_FatalError("not the last thread");
    ks_finalize_modules(tstate);
    finalize_interpreter(tstate);
    delete_interpreter(interp);
}
