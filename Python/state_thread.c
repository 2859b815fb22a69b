/* SPDX-License-Identifier: MIT */
/* Thread states: making, clearing, deleting, switching, and what other threads may ask of them.
 *
 * A state is on its interpreter's list from PyThreadState_New() to PyThreadState_Delete(); the list
 * is guarded by the runtime's lock, the fields by the GIL. The first state of an interpreter lives
 * inside the interpreter. Which state is current is one word, _PyRuntime.gilstate.tstate_current. */
#include "Python.h"
#include "pycore_code.h"
#include "pycore_frame.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pymem.h"
#include "pycore_sysmodule.h"
#include "ks_base.h"
#include "ks_lifecycle.h"
#include "ks_state.h"

/* ---- life ---- */

/* Second half of making a state: by the thread that will use it, because it notes who that is. */
static void
thread_bind(PyThreadState *tstate)
{
    tstate->thread_id = PyThread_get_thread_ident();
    tstate->native_thread_id = PyThread_get_thread_native_id();
    ks_gilstate_remember(tstate);
}

static PyThreadState *
thread_state_new(PyInterpreterState *interp)
{
    PyThreadState *made = NULL;
    ks_state_lock();
    int use_first = interp->threads.head == NULL && !interp->_initial_thread._initialized;
    ks_state_unlock();
    if (!use_first) {
        made = PyMem_RawMalloc(sizeof(*made));
        if (made == NULL)
            return NULL;
    }
    PyThreadState *tstate = use_first ? &interp->_initial_thread : made;
    *tstate = (PyThreadState)KS_THREAD_STATE_INIT(use_first);

    tstate->interp = interp;
    tstate->recursion_limit = interp->ceval.recursion_limit;
    tstate->recursion_remaining = interp->ceval.recursion_limit;
    tstate->cframe = &tstate->root_cframe;
    tstate->exc_info = &tstate->exc_state;

    ks_state_lock();
    tstate->id = ++interp->threads.next_unique_id;
    tstate->next = interp->threads.head;
    if (tstate->next != NULL)
        tstate->next->prev = tstate;
    interp->threads.head = tstate;
    tstate->_initialized = 1;
    ks_state_unlock();
    return tstate;
}

PyThreadState *
PyThreadState_New(PyInterpreterState *interp)
{
    PyThreadState *tstate = thread_state_new(interp);
    if (tstate != NULL)
        thread_bind(tstate);
    return tstate;
}

/* For a thread that does not run yet: it calls _PyThreadState_SetCurrent() itself. */
PyThreadState *
_PyThreadState_Prealloc(PyInterpreterState *interp)
{
    return thread_state_new(interp);
}

void
_PyThreadState_SetCurrent(PyThreadState *tstate)
{
    thread_bind(tstate);
}

/* Kept for the stable ABI: no state leaves PyThreadState_New() half made. */
void
_PyThreadState_Init(PyThreadState *tstate)
{
    Py_FatalError("_PyThreadState_Init() is for internal use only");
}

/* Drops the references a state holds; needs the GIL. The state stays usable, because what is
 * dropped may run code. */
void
PyThreadState_Clear(PyThreadState *tstate)
{
    int verbose = _PyInterpreterState_GetConfig(tstate->interp)->verbose;
    if (verbose && tstate->cframe->current_frame != NULL)
        fprintf(stderr, "PyThreadState_Clear: warning: thread still has a frame\n");
    if (verbose && tstate->exc_info != &tstate->exc_state)
        fprintf(stderr, "PyThreadState_Clear: warning: thread still has a generator\n");

    PyObject **const fields[] = {
        &tstate->dict, &tstate->async_exc, &tstate->curexc_type, &tstate->curexc_value,
        &tstate->curexc_traceback, &tstate->exc_state.exc_value,
    };
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(fields); i++)
        Py_CLEAR(*fields[i]);
    tstate->c_profilefunc = NULL;
    tstate->c_tracefunc = NULL;
    PyObject **const hooks[] = {
        &tstate->c_profileobj, &tstate->c_traceobj, &tstate->async_gen_firstiter,
        &tstate->async_gen_finalizer, &tstate->context,
    };
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(hooks); i++)
        Py_CLEAR(*hooks[i]);
    if (tstate->on_delete != NULL)
        tstate->on_delete(tstate->on_delete_data);
}

void
ks_thread_state_free(PyThreadState *tstate)
{
    for (_PyStackChunk *chunk = tstate->datastack_chunk, *previous; chunk != NULL; chunk = previous) {
        previous = chunk->previous;
        _PyObject_VirtualFree(chunk, chunk->size);
    }
    tstate->datastack_chunk = NULL;
    if (tstate->_static)
        *tstate = (PyThreadState)KS_THREAD_STATE_INIT(1);
    else
        PyMem_RawFree(tstate);
}

static void
thread_unlink(PyThreadState *tstate)
{
    PyInterpreterState *interp = tstate->interp;
    if (interp == NULL)
        Py_FatalError("NULL interpreter");
    ks_state_lock();
    if (tstate->prev != NULL)
        tstate->prev->next = tstate->next;
    else
        interp->threads.head = tstate->next;
    if (tstate->next != NULL)
        tstate->next->prev = tstate->prev;
    ks_state_unlock();
    ks_gilstate_forget(tstate);
}

void
PyThreadState_Delete(PyThreadState *tstate)
{
    _Py_EnsureTstateNotNULL(tstate);
    if (tstate == _PyThreadState_GET())
        _Py_FatalErrorFormat(__func__, "tstate %p is still current", tstate);
    thread_unlink(tstate);
    ks_thread_state_free(tstate);
}

/* Deletes the current state and gives the GIL away, in an order that leaves no moment in which
 * another thread holds the GIL while this one still touches the state as current. */
void
_PyThreadState_DeleteCurrent(PyThreadState *tstate)
{
    _Py_EnsureTstateNotNULL(tstate);
    thread_unlink(tstate);
    _PyThreadState_Swap(&_PyRuntime.gilstate, NULL);
    _PyEval_ReleaseLock(tstate);
    ks_thread_state_free(tstate);
}

void
PyThreadState_DeleteCurrent(void)
{
    _PyThreadState_DeleteCurrent(_PyThreadState_GET());
}

/* After a fork and at the end: the other threads are not there any more. Their references are
 * dropped outside the lock, because destructors can start anything. */
void
_PyThreadState_DeleteExcept(_PyRuntimeState *runtime, PyThreadState *tstate)
{
    PyInterpreterState *interp = tstate->interp;
    ks_state_lock();
    PyThreadState *others = interp->threads.head;
    if (others == tstate)
        others = tstate->next;
    if (tstate->prev != NULL)
        tstate->prev->next = tstate->next;
    if (tstate->next != NULL)
        tstate->next->prev = tstate->prev;
    tstate->prev = tstate->next = NULL;
    interp->threads.head = tstate;
    ks_state_unlock();

    while (others != NULL) {
        PyThreadState *next = others->next;
        PyThreadState_Clear(others);
        ks_thread_state_free(others);
        others = next;
    }
}

/* ---- the current state ---- */

PyThreadState *
_PyThreadState_UncheckedGet(void)
{
    return _PyThreadState_GET();
}

PyThreadState *
PyThreadState_Get(void)
{
    PyThreadState *tstate = _PyThreadState_GET();
    _Py_EnsureTstateNotNULL(tstate);
    return tstate;
}

/* The caller holds the GIL and goes on holding it. */
PyThreadState *
_PyThreadState_Swap(struct _gilstate_runtime_state *gilstate, PyThreadState *next)
{
    PyThreadState *previous = (PyThreadState *)_Py_atomic_load_relaxed(&gilstate->tstate_current);
    _Py_atomic_store_relaxed(&gilstate->tstate_current, (uintptr_t)next);
    return previous;
}

PyThreadState *
PyThreadState_Swap(PyThreadState *next)
{
    return _PyThreadState_Swap(&_PyRuntime.gilstate, next);
}

/* Borrowed; NULL without an exception if there is no state or no memory. */
PyObject *
_PyThreadState_GetDict(PyThreadState *tstate)
{
    if (tstate->dict == NULL) {
        tstate->dict = PyDict_New();
        if (tstate->dict == NULL)
            _PyErr_Clear(tstate);
    }
    return tstate->dict;
}

PyObject *
PyThreadState_GetDict(void)
{
    PyThreadState *tstate = _PyThreadState_GET();
    return tstate == NULL ? NULL : _PyThreadState_GetDict(tstate);
}

PyInterpreterState *
PyThreadState_GetInterpreter(PyThreadState *tstate)
{
    return tstate->interp;
}

uint64_t
PyThreadState_GetID(PyThreadState *tstate)
{
    return tstate->id;
}

PyThreadState *
PyThreadState_Next(PyThreadState *tstate)
{
    return tstate->next;
}

/* The innermost frame whose code has really begun, or NULL. */
static _PyInterpreterFrame *
thread_top_frame(PyThreadState *tstate)
{
    _PyInterpreterFrame *frame = tstate->cframe->current_frame;
    while (frame != NULL && _PyFrame_IsIncomplete(frame))
        frame = frame->previous;
    return frame;
}

/* A new reference, or NULL without an exception. */
PyFrameObject *
PyThreadState_GetFrame(PyThreadState *tstate)
{
    _PyInterpreterFrame *frame = thread_top_frame(tstate);
    if (frame == NULL)
        return NULL;
    PyFrameObject *object = _PyFrame_GetFrameObject(frame);
    if (object == NULL)
        PyErr_Clear();
    return (PyFrameObject *)Py_XNewRef((PyObject *)object);
}

/* ---- tracing ---- */

void
PyThreadState_EnterTracing(PyThreadState *tstate)
{
    tstate->tracing++;
    tstate->cframe->use_tracing = 0;
}

void
PyThreadState_LeaveTracing(PyThreadState *tstate)
{
    tstate->tracing--;
    _PyThreadState_UpdateTracingState(tstate);
}

/* ---- other threads ---- */

/* Raises exc in the thread of that id at its next chance; NULL takes a pending one back. The number
 * of threads concerned: 0 or 1. */
int
PyThreadState_SetAsyncExc(unsigned long id, PyObject *exc)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    PyObject *old = NULL;
    int found = 0;
    ks_state_lock();
    for (PyThreadState *thread = interp->threads.head; thread != NULL; thread = thread->next) {
        if (thread->thread_id != id)
            continue;
        old = thread->async_exc;
        thread->async_exc = Py_XNewRef(exc);
        found = 1;
        break;
    }
    ks_state_unlock();
    Py_XDECREF(old);
    if (found)
        _PyEval_SignalAsyncExc(interp);
    return found;
}

/* Adds {thread id: value} for each thread of every interpreter. pick answers a new reference, NULL
 * for a thread to be left out (no exception) or on failure (with one). The lock keeps the lists in
 * place: what pick and the dict do must not start or end threads, which a collection could. */
static PyObject *
threads_map(const char *event, PyObject *(*pick)(PyThreadState *))
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (_PySys_Audit(tstate, event, NULL) < 0)
        return NULL;
    PyObject *map = PyDict_New();
    if (map == NULL)
        return NULL;
    int failed = 0, collects = PyGC_Disable();
    ks_state_lock();
    for (PyInterpreterState *interp = _PyRuntime.interpreters.head; interp != NULL && !failed;
         interp = interp->next) {
        for (PyThreadState *thread = interp->threads.head; thread != NULL && !failed;
             thread = thread->next) {
            PyObject *value = pick(thread);
            if (value == NULL) {
                failed = _PyErr_Occurred(tstate) != NULL;
                continue;
            }
            PyObject *id = PyLong_FromUnsignedLong(thread->thread_id);
            failed = id == NULL || PyDict_SetItem(map, id, value) < 0;
            Py_XDECREF(id);
            Py_DECREF(value);
        }
    }
    ks_state_unlock();
    if (collects)
        PyGC_Enable();
    if (failed)
        Py_CLEAR(map);
    return map;
}

static PyObject *
pick_frame(PyThreadState *thread)
{
    _PyInterpreterFrame *frame = thread_top_frame(thread);
    return frame == NULL ? NULL : Py_XNewRef((PyObject *)_PyFrame_GetFrameObject(frame));
}

static PyObject *
pick_exception(PyThreadState *thread)
{
    _PyErr_StackItem *item = _PyErr_GetTopmostException(thread);
    return item == NULL ? NULL : _PyErr_StackItemToExcInfoTuple(item);
}

PyObject *
_PyThread_CurrentFrames(void)
{
    return threads_map("sys._current_frames", pick_frame);
}

PyObject *
_PyThread_CurrentExceptions(void)
{
    return threads_map("sys._current_exceptions", pick_exception);
}
