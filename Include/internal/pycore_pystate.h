/* SPDX-License-Identifier: MIT */
/* The current thread and interpreter. Results are borrowed; the GIL is held. */
#ifndef Py_INTERNAL_PYSTATE_H
#define Py_INTERNAL_PYSTATE_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#include "pycore_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_FUNC(void) _Py_NO_RETURN _Py_FatalError_TstateNULL(const char *func);
PyAPI_FUNC(void) _PyThreadState_SetCurrent(PyThreadState *tstate);
PyAPI_FUNC(void) _PyThreadState_Init(PyThreadState *tstate);
PyAPI_FUNC(void) _PyThreadState_DeleteExcept(_PyRuntimeState *runtime, PyThreadState *tstate);
PyAPI_FUNC(PyThreadState *) _PyThreadState_Swap(struct _gilstate_runtime_state *gilstate,
    PyThreadState *newts);
PyAPI_FUNC(PyStatus) _PyInterpreterState_Enable(_PyRuntimeState *runtime);
extern PyStatus _PyInterpreterState_DeleteExceptMain(_PyRuntimeState *runtime);
extern PyStatus _PyGILState_Reinit(_PyRuntimeState *runtime);
extern void _PySignal_AfterFork(void);
PyAPI_FUNC(int) _PyState_AddModule(PyThreadState *tstate, PyObject *module, PyModuleDef *def);
PyAPI_FUNC(int) _PyOS_InterruptOccurred(PyThreadState *tstate);

static inline PyThreadState *
_PyRuntimeState_GetThreadState(_PyRuntimeState *runtime)
{
    return (PyThreadState *)_Py_atomic_load_relaxed(&runtime->gilstate.tstate_current);
}

static inline PyThreadState *
_PyThreadState_GET(void)
{
    return _PyRuntimeState_GetThreadState(&_PyRuntime);
}

static inline void
_Py_EnsureFuncTstateNotNULL(const char *function, PyThreadState *thread)
{
    if (thread == NULL)
        _Py_FatalError_TstateNULL(function);
}
#define _Py_EnsureTstateNotNULL(thread) _Py_EnsureFuncTstateNotNULL(__func__, thread)

static inline PyInterpreterState *
_PyInterpreterState_GET(void)
{
    PyThreadState *thread = _PyThreadState_GET();
#ifdef Py_DEBUG
    _Py_EnsureTstateNotNULL(thread);
#endif
    return thread->interp;
}

static inline PyInterpreterState *
_PyInterpreterState_Main(void)
{
    return _PyRuntime.interpreters.main;
}

static inline int
_Py_IsMainInterpreter(PyInterpreterState *interp)
{
    return interp == _PyRuntime.interpreters.main;
}

static inline int
_Py_IsMainThread(void)
{
    return _PyRuntime.main_thread == PyThread_get_thread_ident();
}

static inline const PyConfig *
_Py_GetMainConfig(void)
{
    PyInterpreterState *interp = _PyInterpreterState_Main();
    return interp == NULL ? NULL : _PyInterpreterState_GetConfig(interp);
}

/* Signals are handled in one thread of one interpreter; pending calls in one thread. */
static inline int
_Py_ThreadCanHandleSignals(PyInterpreterState *interp)
{
    return _Py_IsMainInterpreter(interp) && _Py_IsMainThread();
}

static inline int
_Py_ThreadCanHandlePendingCalls(void)
{
    return _Py_IsMainThread();
}

/* Every bit set or none: the eval loop combines the field with opcodes. */
static inline void
_PyThreadState_UpdateTracingState(PyThreadState *thread)
{
    int hooked = thread->c_tracefunc != NULL || thread->c_profilefunc != NULL;
    thread->cframe->use_tracing = hooked && thread->tracing == 0 ? 255 : 0;
}

#ifdef __cplusplus
}
#endif

#endif
