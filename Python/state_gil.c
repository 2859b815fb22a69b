/* SPDX-License-Identifier: MIT */
/* PyGILState: thread states for threads that Python did not start.
 *
 * Each native thread remembers one state in thread-specific storage; the pair Ensure/Release counts
 * in gilstate_counter how often it was entered and deletes a state that it made itself. Only the
 * main interpreter takes part. */
#include "Python.h"
#include "pycore_initconfig.h"
#include "pycore_pylifecycle.h"
#include "pycore_pystate.h"
#include "ks_base.h"
#include "ks_lifecycle.h"
#include "ks_state.h"

static inline struct _gilstate_runtime_state *
gilstate(void)
{
    return &_PyRuntime.gilstate;
}

PyStatus
_PyGILState_Init(_PyRuntimeState *runtime)
{
    if (PyThread_tss_create(&runtime->gilstate.autoTSSkey) != 0)
        return _PyStatus_NO_MEMORY();
    return _PyStatus_OK();
}

/* The main thread's first state becomes the one that Ensure finds. */
PyStatus
_PyGILState_SetTstate(PyThreadState *tstate)
{
    if (_Py_IsMainInterpreter(tstate->interp)) {
        gilstate()->autoInterpreterState = tstate->interp;
        ks_gilstate_remember(tstate);
    }
    return _PyStatus_OK();
}

void
_PyGILState_Fini(PyInterpreterState *interp)
{
    if (!_Py_IsMainInterpreter(interp))
        return;
    PyThread_tss_delete(&gilstate()->autoTSSkey);
    gilstate()->autoInterpreterState = NULL;
}

/* After a fork some systems lose the slot's content: make it anew with the surviving state. */
PyStatus
_PyGILState_Reinit(_PyRuntimeState *runtime)
{
    PyThreadState *tstate = PyThread_tss_get(&runtime->gilstate.autoTSSkey);
    PyThread_tss_delete(&runtime->gilstate.autoTSSkey);
    if (PyThread_tss_create(&runtime->gilstate.autoTSSkey) != 0)
        return _PyStatus_NO_MEMORY();
    if (tstate != NULL && PyThread_tss_set(&runtime->gilstate.autoTSSkey, tstate) != 0)
        return _PyStatus_ERR("failed to set autoTSSkey");
    return _PyStatus_OK();
}

/* The first state a thread makes is the one remembered; later ones (of other interpreters) are
 * entered by hand. */
void
ks_gilstate_remember(PyThreadState *tstate)
{
    if (gilstate()->autoInterpreterState == NULL)
        return;
    Py_tss_t *key = &gilstate()->autoTSSkey;
    if (PyThread_tss_get(key) == NULL && PyThread_tss_set(key, tstate) != 0)
        Py_FatalError("Couldn't create autoTSSkey mapping");
    tstate->gilstate_counter = 1;
}

void
ks_gilstate_forget(PyThreadState *tstate)
{
    Py_tss_t *key = &gilstate()->autoTSSkey;
    if (gilstate()->autoInterpreterState != NULL && PyThread_tss_get(key) == tstate)
        PyThread_tss_set(key, NULL);
}

PyInterpreterState *
_PyGILState_GetInterpreterStateUnsafe(void)
{
    return gilstate()->autoInterpreterState;
}

PyThreadState *
PyGILState_GetThisThreadState(void)
{
    if (gilstate()->autoInterpreterState == NULL)
        return NULL;
    return PyThread_tss_get(&gilstate()->autoTSSkey);
}

/* Does the calling thread hold the GIL? Yes without looking once subinterpreters have been used,
 * for which the question cannot be answered. */
int
PyGILState_Check(void)
{
    if (!gilstate()->check_enabled || !PyThread_tss_is_created(&gilstate()->autoTSSkey))
        return 1;
    PyThreadState *tstate = _PyThreadState_GET();
    return tstate != NULL && tstate == PyGILState_GetThisThreadState();
}

PyGILState_STATE
PyGILState_Ensure(void)
{
    struct _gilstate_runtime_state *state = gilstate();
    if (!_PyEval_ThreadsInitialized(&_PyRuntime) || state->autoInterpreterState == NULL)
        Py_FatalError("PyGILState_Ensure() called before Py_Initialize()");

    PyThreadState *tstate = PyThread_tss_get(&state->autoTSSkey);
    int held = 0;
    if (tstate == NULL) {
        tstate = PyThreadState_New(state->autoInterpreterState);
        if (tstate == NULL)
            Py_FatalError("Couldn't create thread-state for new thread");
        /* Counted up below: Release must see 0 when it leaves the outermost pair. */
        tstate->gilstate_counter = 0;
    } else {
        held = tstate == _PyThreadState_GET();
    }
    if (!held)
        PyEval_RestoreThread(tstate);
    tstate->gilstate_counter++;
    return held ? PyGILState_LOCKED : PyGILState_UNLOCKED;
}

void
PyGILState_Release(PyGILState_STATE before)
{
    PyThreadState *tstate = PyThread_tss_get(&gilstate()->autoTSSkey);
    if (tstate == NULL)
        Py_FatalError("auto-releasing thread-state, but no thread-state for this thread");
    if (tstate != _PyThreadState_GET())
        _Py_FatalErrorFormat(__func__, "thread state %p must be current when releasing", tstate);

    if (--tstate->gilstate_counter == 0) {
        PyThreadState_Clear(tstate);
        _PyThreadState_DeleteCurrent(tstate);
    } else if (before == PyGILState_UNLOCKED) {
        PyEval_SaveThread();
    }
}
