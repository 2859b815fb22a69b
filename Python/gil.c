/* SPDX-License-Identifier: MIT */
/* The GIL: one thread runs Python code at a time.
 *
 * `locked` and `last_holder` are guarded by `mutex`; `cond` tells waiters that the lock is free.
 * A thread that waited for a whole interval without any switch asks the holder to let go. A holder
 * that was asked does not go on before another thread has had the lock (`switch_cond`): otherwise
 * it would take the lock again before the other one woke up. */
#include "Python.h"

#include <errno.h>
#include <time.h>

#include "pycore_atomic.h"
#include "pycore_ceval.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pystate.h"
#include "pycore_runtime.h"

#include "ks_breaker.h"
#include "ks_eval.h"

#define DEFAULT_INTERVAL_US 5000

#define GIL() (&_PyRuntime.ceval.gil)
#define MUST(call)                                            \
    do {                                                      \
        if (call)                                             \
            Py_FatalError(#call " failed");                   \
    } while (0)

/* Where a thread stays that outlives the interpreter. */
static int
thread_must_exit(PyThreadState *tstate)
{
    /* tstate may already be freed: only its address is compared. */
    PyThreadState *finalizing = _PyRuntimeState_GetFinalizing(&_PyRuntime);
    return finalizing != NULL && finalizing != tstate;
}

static void
cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    MUST(pthread_condattr_init(&attributes));
    /* Waiting must not depend on somebody setting the clock. */
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    MUST(pthread_cond_init(cond, &attributes));
    pthread_condattr_destroy(&attributes);
}

/* The lock knows the last thread state that took it, which may be gone by the time another thread
 * looks. A thread remembers for itself whether it holds the lock. */
static __thread int gil_is_mine;

int
ks_gil_is_mine(void)
{
    return gil_is_mine;
}

static int
gil_exists(struct _gil_runtime_state *gil)
{
    return _Py_atomic_load_explicit(&gil->locked, _Py_memory_order_acquire) >= 0;
}

static void
gil_create(struct _gil_runtime_state *gil)
{
    MUST(pthread_mutex_init(&gil->mutex, NULL));
    MUST(pthread_mutex_init(&gil->switch_mutex, NULL));
    cond_init(&gil->cond);
    cond_init(&gil->switch_cond);
    _Py_atomic_store_relaxed(&gil->last_holder, 0);
    _Py_atomic_store_explicit(&gil->locked, 0, _Py_memory_order_release);
}

static void
gil_destroy(struct _gil_runtime_state *gil)
{
    pthread_cond_destroy(&gil->cond);
    pthread_mutex_destroy(&gil->mutex);
    pthread_cond_destroy(&gil->switch_cond);
    pthread_mutex_destroy(&gil->switch_mutex);
    _Py_atomic_store_explicit(&gil->locked, -1, _Py_memory_order_release);
    gil_is_mine = 0;
}

/* Lets go. tstate may be NULL when a thread that is being deleted does so. */
static void
gil_drop(struct _ceval_state *ceval, PyThreadState *tstate)
{
    struct _gil_runtime_state *gil = GIL();
    if (!_Py_atomic_load_relaxed(&gil->locked))
        Py_FatalError("drop_gil: GIL is not locked");
    if (tstate != NULL)
        /* The holder may differ from what take noted: an embedder may have swapped states. */
        _Py_atomic_store_relaxed(&gil->last_holder, (uintptr_t)tstate);
    gil_is_mine = 0;
    MUST(pthread_mutex_lock(&gil->mutex));
    _Py_atomic_store_relaxed(&gil->locked, 0);
    MUST(pthread_cond_signal(&gil->cond));
    MUST(pthread_mutex_unlock(&gil->mutex));
    if (tstate == NULL || !_Py_atomic_load_relaxed(&ceval->gil_drop_request))
        return;
    MUST(pthread_mutex_lock(&gil->switch_mutex));
    if ((PyThreadState *)_Py_atomic_load_relaxed(&gil->last_holder) == tstate) {
        ks_breaker_clear_drop(tstate->interp);
        MUST(pthread_cond_wait(&gil->switch_cond, &gil->switch_mutex));
    }
    MUST(pthread_mutex_unlock(&gil->switch_mutex));
}

/* One wait of at most the interval for the lock; 1 if time ran out. */
static int
gil_wait(struct _gil_runtime_state *gil)
{
    struct timespec until;
    unsigned long interval = gil->interval >= 1 ? gil->interval : 1;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(interval / 1000000);
    until.tv_nsec += (long)(interval % 1000000) * 1000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    int status = pthread_cond_timedwait(&gil->cond, &gil->mutex, &until);
    if (status != 0 && status != ETIMEDOUT)
        Py_FatalError("pthread_cond_timedwait failed");
    return status == ETIMEDOUT;
}

/* Waits for the lock. A thread that finds the interpreter finalised ends here. errno is kept. */
static void
gil_take(PyThreadState *tstate)
{
    int saved_errno = errno;
    if (thread_must_exit(tstate))
        PyThread_exit_thread();
    PyInterpreterState *interp = tstate->interp;
    struct _gil_runtime_state *gil = GIL();
    MUST(pthread_mutex_lock(&gil->mutex));
    int asked = 0;
    while (_Py_atomic_load_relaxed(&gil->locked)) {
        unsigned long switches = gil->switch_number;
        int timed_out = gil_wait(gil);
        if (timed_out && _Py_atomic_load_relaxed(&gil->locked) &&
            gil->switch_number == switches) {
            if (thread_must_exit(tstate)) {
                MUST(pthread_mutex_unlock(&gil->mutex));
                if (asked)
                    ks_breaker_clear_drop(interp);
                PyThread_exit_thread();
            }
            ks_breaker_set_drop(interp);
            asked = 1;
        }
    }
    MUST(pthread_mutex_lock(&gil->switch_mutex));
    _Py_atomic_store_relaxed(&gil->locked, 1);
    gil_is_mine = 1;
    if (tstate != (PyThreadState *)_Py_atomic_load_relaxed(&gil->last_holder)) {
        _Py_atomic_store_relaxed(&gil->last_holder, (uintptr_t)tstate);
        ++gil->switch_number;
    }
    MUST(pthread_cond_signal(&gil->switch_cond));
    MUST(pthread_mutex_unlock(&gil->switch_mutex));
    if (thread_must_exit(tstate)) {
        /* Finalised while this thread waited: tstate is gone, do not note it as holder. */
        MUST(pthread_mutex_unlock(&gil->mutex));
        gil_drop(&interp->ceval, NULL);
        PyThread_exit_thread();
    }
    if (_Py_atomic_load_relaxed(&interp->ceval.gil_drop_request))
        ks_breaker_clear_drop(interp);
    else
        ks_breaker_compute(interp);
    if (tstate->async_exc != NULL)
        _PyEval_SignalAsyncExc(interp);
    MUST(pthread_mutex_unlock(&gil->mutex));
    errno = saved_errno;
}

/* Gives other threads a turn, at the breaker's request. */
void
ks_gil_yield(PyThreadState *tstate)
{
    if (_PyThreadState_Swap(&_PyRuntime.gilstate, NULL) != tstate)
        Py_FatalError("tstate mix-up");
    gil_drop(&tstate->interp->ceval, tstate);
    gil_take(tstate);
    if (_PyThreadState_Swap(&_PyRuntime.gilstate, tstate) != NULL)
        Py_FatalError("orphan tstate");
}

void
_PyEval_SetSwitchInterval(unsigned long microseconds)
{
    GIL()->interval = microseconds > 0 ? microseconds : 1;
}

unsigned long
_PyEval_GetSwitchInterval(void)
{
    return GIL()->interval;
}

/* ---- set-up ---- */

void
_PyEval_InitRuntimeState(struct _ceval_runtime_state *ceval)
{
    _Py_atomic_store_relaxed(&ceval->gil.locked, -1);
    ceval->gil.interval = DEFAULT_INTERVAL_US;
}

int
_PyEval_ThreadsInitialized(_PyRuntimeState *runtime)
{
    return gil_exists(&runtime->ceval.gil);
}

int
PyEval_ThreadsInitialized(void)
{
    return _PyEval_ThreadsInitialized(&_PyRuntime);
}

void
PyEval_InitThreads(void)
{
    /* Done by initialisation. */
}

PyStatus
_PyEval_InitGIL(PyThreadState *tstate)
{
    if (!_Py_IsMainInterpreter(tstate->interp))
        return _PyStatus_OK();
    PyThread_init_thread();
    gil_create(GIL());
    gil_take(tstate);
    return _PyStatus_OK();
}

void
_PyEval_FiniGIL(PyInterpreterState *interp)
{
    if (!_Py_IsMainInterpreter(interp) || !gil_exists(GIL()))
        return;
    gil_destroy(GIL());
}

#ifdef HAVE_FORK
/* In the child of a fork: locks may be in any state, other threads are gone. */
PyStatus
_PyEval_ReInitThreads(PyThreadState *tstate)
{
    if (!gil_exists(GIL()))
        return _PyStatus_OK();
    gil_create(GIL());
    gil_take(tstate);
    struct _pending_calls *pending = &tstate->interp->ceval.pending;
    if (_PyThread_at_fork_reinit(&pending->lock) < 0)
        return _PyStatus_ERR("Can't reinitialize pending calls lock");
    _PyThreadState_DeleteExcept(&_PyRuntime, tstate);
    return _PyStatus_OK();
}
#endif

/* ---- C-API ---- */

void
_PyEval_ReleaseLock(PyThreadState *tstate)
{
    gil_drop(&_PyInterpreterState_Main()->ceval, NULL);
}

void
PyEval_AcquireLock(void)
{
    PyThreadState *tstate = _PyThreadState_GET();
    _Py_EnsureTstateNotNULL(tstate);
    gil_take(tstate);
}

void
PyEval_ReleaseLock(void)
{
    /* Works without a thread state, unless one is needed to force a switch. */
    PyThreadState *tstate = _PyThreadState_GET();
    PyInterpreterState *interp = tstate != NULL ? tstate->interp : _PyInterpreterState_Main();
    gil_drop(&interp->ceval, tstate);
}

void
PyEval_AcquireThread(PyThreadState *tstate)
{
    _Py_EnsureTstateNotNULL(tstate);
    gil_take(tstate);
    if (_PyThreadState_Swap(&_PyRuntime.gilstate, tstate) != NULL)
        Py_FatalError("non-NULL old thread state");
}

void
PyEval_ReleaseThread(PyThreadState *tstate)
{
    PyThreadState *current = _PyThreadState_Swap(&_PyRuntime.gilstate, NULL);
    if (current != tstate)
        Py_FatalError("wrong thread state");
    gil_drop(&tstate->interp->ceval, tstate);
}

PyThreadState *
PyEval_SaveThread(void)
{
    PyThreadState *tstate = _PyThreadState_Swap(&_PyRuntime.gilstate, NULL);
    _Py_EnsureTstateNotNULL(tstate);
    gil_drop(&tstate->interp->ceval, tstate);
    return tstate;
}

void
PyEval_RestoreThread(PyThreadState *tstate)
{
    _Py_EnsureTstateNotNULL(tstate);
    gil_take(tstate);
    _PyThreadState_Swap(&_PyRuntime.gilstate, tstate);
}
