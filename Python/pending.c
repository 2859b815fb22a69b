/* SPDX-License-Identifier: MIT */
/* What interrupts the loop: signals, pending calls, asynchronous exceptions, a request for the GIL.
 *
 * Signal handlers and threads without the GIL set the breaker; only the loop acts on it, at a place
 * where any Python code may run. Pending calls run in the main thread. Their ring is full when one
 * slot is left, so that first == last means empty. */
#include "Python.h"

#include "pycore_atomic.h"
#include "pycore_ceval.h"
#include "pycore_interp.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "pycore_runtime.h"

#include "ks_breaker.h"
#include "ks_eval.h"

/* ---- the breaker ---- */

void
ks_breaker_compute(PyInterpreterState *interp)
{
    struct _ceval_state *ceval = &interp->ceval;
    int stop = _Py_atomic_load_relaxed(&ceval->gil_drop_request) |
               (_Py_atomic_load_relaxed(&_PyRuntime.ceval.signals_pending) &&
                _Py_ThreadCanHandleSignals(interp)) |
               (_Py_atomic_load_relaxed(&ceval->pending.calls_to_do) &&
                _Py_ThreadCanHandlePendingCalls()) |
               ceval->pending.async_exc;
    _Py_atomic_store_relaxed(&ceval->eval_breaker, stop);
}

void
ks_breaker_set_drop(PyInterpreterState *interp)
{
    _Py_atomic_store_relaxed(&interp->ceval.gil_drop_request, 1);
    _Py_atomic_store_relaxed(&interp->ceval.eval_breaker, 1);
}

void
ks_breaker_clear_drop(PyInterpreterState *interp)
{
    _Py_atomic_store_relaxed(&interp->ceval.gil_drop_request, 0);
    ks_breaker_compute(interp);
}

/* Called from signal handlers: must stay free of locks and allocation. */
void
_PyEval_SignalReceived(PyInterpreterState *interp)
{
    _Py_atomic_store_relaxed(&_PyRuntime.ceval.signals_pending, 1);
    /* Not only if this thread can handle signals: a handler may run in any thread. */
    _Py_atomic_store_relaxed(&interp->ceval.eval_breaker, 1);
}

void
_PyEval_SignalAsyncExc(PyInterpreterState *interp)
{
    interp->ceval.pending.async_exc = 1;
    _Py_atomic_store_relaxed(&interp->ceval.eval_breaker, 1);
}

/* ---- pending calls ---- */

void
_PyEval_InitState(struct _ceval_state *ceval, PyThread_type_lock pending_lock)
{
    ceval->recursion_limit = Py_DEFAULT_RECURSION_LIMIT;
    ceval->pending.lock = pending_lock;
}

void
_PyEval_FiniState(struct _ceval_state *ceval)
{
    if (ceval->pending.lock != NULL) {
        PyThread_free_lock(ceval->pending.lock);
        ceval->pending.lock = NULL;
    }
}

/* 0, or -1 if the ring is full. Any thread may call this, with or without the GIL. */
int
_PyEval_AddPendingCall(PyInterpreterState *interp, int (*func)(void *), void *arg)
{
    struct _pending_calls *pending = &interp->ceval.pending;
    PyThread_acquire_lock(pending->lock, WAIT_LOCK);
    int slot = pending->last, next = (slot + 1) % NPENDINGCALLS, full = next == pending->first;
    if (!full) {
        pending->calls[slot].func = func;
        pending->calls[slot].arg = arg;
        pending->last = next;
    }
    PyThread_release_lock(pending->lock);
    _Py_atomic_store_relaxed(&pending->calls_to_do, 1);
    _Py_atomic_store_relaxed(&interp->ceval.eval_breaker, 1);
    return full ? -1 : 0;
}

/* For the main interpreter: a C library's thread may have no thread state. */
int
Py_AddPendingCall(int (*func)(void *), void *arg)
{
    return _PyEval_AddPendingCall(_PyInterpreterState_Main(), func, arg);
}

/* Takes the oldest call out of the ring; 0 if there is none. */
static int
pending_pop(struct _pending_calls *pending, int (**func)(void *), void **arg)
{
    PyThread_acquire_lock(pending->lock, WAIT_LOCK);
    int any = pending->first != pending->last;
    if (any) {
        *func = pending->calls[pending->first].func;
        *arg = pending->calls[pending->first].arg;
        pending->first = (pending->first + 1) % NPENDINGCALLS;
    }
    PyThread_release_lock(pending->lock);
    return any;
}

static int
pending_run(PyInterpreterState *interp)
{
    static int busy;
    if (!_Py_ThreadCanHandlePendingCalls() || busy)
        return 0;
    busy = 1;
    struct _pending_calls *pending = &interp->ceval.pending;
    _Py_atomic_store_relaxed(&pending->calls_to_do, 0);
    ks_breaker_compute(interp);
    int status = 0;
    /* No more than the ring holds: a call may add another each time. */
    for (int i = 0; i < NPENDINGCALLS && status == 0; i++) {
        int (*func)(void *);
        void *arg;
        if (!pending_pop(pending, &func, &arg))
            break;
        status = func(arg);
    }
    busy = 0;
    if (status != 0) {
        _Py_atomic_store_relaxed(&pending->calls_to_do, 1);
        _Py_atomic_store_relaxed(&interp->ceval.eval_breaker, 1);
    }
    return status == 0 ? 0 : -1;
}

static int
signals_run(PyThreadState *tstate)
{
    if (!_Py_ThreadCanHandleSignals(tstate->interp))
        return 0;
    _Py_atomic_store_relaxed(&_PyRuntime.ceval.signals_pending, 0);
    ks_breaker_compute(tstate->interp);
    if (_PyErr_CheckSignalsTstate(tstate) < 0) {
        /* Others may wait behind the one whose handler raised. */
        _PyEval_SignalReceived(tstate->interp);
        return -1;
    }
    return 0;
}

void
_Py_FinishPendingCalls(PyThreadState *tstate)
{
    if (!_Py_atomic_load_relaxed(&tstate->interp->ceval.pending.calls_to_do))
        return;
    if (pending_run(tstate->interp) < 0) {
        PyObject *type, *value, *traceback;
        _PyErr_Fetch(tstate, &type, &value, &traceback);
        PyErr_BadInternalCall();
        _PyErr_ChainExceptions(type, value, traceback);
        PyErr_Print();
    }
}

int
Py_MakePendingCalls(void)
{
    PyThreadState *tstate = _PyThreadState_GET();
    /* Python signal handlers run first: a caller expects them to. */
    if (signals_run(tstate) < 0)
        return -1;
    return pending_run(tstate->interp);
}

int
ks_eval_handle_pending(PyThreadState *tstate)
{
    PyInterpreterState *interp = tstate->interp;
    struct _ceval_state *ceval = &interp->ceval;
    if (_Py_atomic_load_relaxed(&_PyRuntime.ceval.signals_pending) && signals_run(tstate) < 0)
        return -1;
    if (_Py_atomic_load_relaxed(&ceval->pending.calls_to_do) && pending_run(interp) < 0)
        return -1;
    if (_Py_atomic_load_relaxed(&ceval->gil_drop_request))
        ks_gil_yield(tstate);
    if (tstate->async_exc != NULL) {
        PyObject *exception = tstate->async_exc;
        tstate->async_exc = NULL;
        ceval->pending.async_exc = 0;
        ks_breaker_compute(interp);
        _PyErr_SetNone(tstate, exception);
        Py_DECREF(exception);
        return -1;
    }
    /* The word may be set for a reason that concerns another thread. */
    ks_breaker_compute(interp);
    return 0;
}
