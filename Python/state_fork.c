/* SPDX-License-Identifier: MIT */
/* What happens around fork(): hooks that Python code registered, then the runtime's own locks.
 *
 * The hooks are lists on the interpreter (os.register_at_fork appends to them); those before the
 * fork run in reverse order. In the child only the forking thread is left. */
#include "Python.h"
#include "pycore_import.h"
#include "pycore_initconfig.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pystate.h"
#include "ks_base.h"
#include "ks_lifecycle.h"

static void
run_hooks(PyObject *hooks, int reverse)
{
    if (hooks == NULL)
        return;
    /* A copy: a hook may register another one. */
    PyObject *copy = PyList_GetSlice(hooks, 0, PyList_GET_SIZE(hooks));
    if (copy == NULL || (reverse && PyList_Reverse(copy) < 0)) {
        PyErr_WriteUnraisable(hooks);
        Py_XDECREF(copy);
        return;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(copy); i++) {
        PyObject *hook = PyList_GET_ITEM(copy, i);
        PyObject *result = PyObject_CallNoArgs(hook);
        if (result == NULL)
            PyErr_WriteUnraisable(hook);
        else
            Py_DECREF(result);
    }
    Py_DECREF(copy);
}

void
PyOS_BeforeFork(void)
{
    run_hooks(_PyInterpreterState_GET()->before_forkers, 1);
    _PyImport_AcquireLock();
}

void
PyOS_AfterFork_Parent(void)
{
    if (_PyImport_ReleaseLock() <= 0)
        Py_FatalError("failed releasing import lock after fork");
    run_hooks(_PyInterpreterState_GET()->after_forkers_parent, 0);
}

void
PyOS_AfterFork_Child(void)
{
    _PyRuntimeState *runtime = &_PyRuntime;
    PyStatus status = _PyGILState_Reinit(runtime);
    if (_PyStatus_EXCEPTION(status))
        Py_ExitStatusException(status);
    PyThreadState *tstate = _PyThreadState_GET();
    _Py_EnsureTstateNotNULL(tstate);
    tstate->native_thread_id = PyThread_get_thread_native_id();

    status = _PyRuntimeState_ReInitThreads(runtime);
    if (!_PyStatus_EXCEPTION(status))
        status = _PyEval_ReInitThreads(tstate);
    if (!_PyStatus_EXCEPTION(status))
        status = _PyImport_ReInitLock();
    if (_PyStatus_EXCEPTION(status))
        Py_ExitStatusException(status);
    _PySignal_AfterFork();
    status = _PyInterpreterState_DeleteExceptMain(runtime);
    if (_PyStatus_EXCEPTION(status))
        Py_ExitStatusException(status);
    run_hooks(tstate->interp->after_forkers_child, 0);
}

void
PyOS_AfterFork(void)
{
    PyOS_AfterFork_Child();
}
