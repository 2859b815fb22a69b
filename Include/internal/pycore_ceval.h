/* SPDX-License-Identifier: MIT */
/* Evaluation: pending calls, the GIL, recursion limits. */
#ifndef Py_INTERNAL_CEVAL_H
#define Py_INTERNAL_CEVAL_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#include "pycore_interp.h"
#include "pycore_pystate.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef Py_DEFAULT_RECURSION_LIMIT
#define Py_DEFAULT_RECURSION_LIMIT 1000
#endif

struct pyruntimestate;
struct _ceval_runtime_state;

extern void _Py_FinishPendingCalls(PyThreadState *tstate);
extern void _PyEval_InitRuntimeState(struct _ceval_runtime_state *);
extern void _PyEval_InitState(struct _ceval_state *, PyThread_type_lock);
extern void _PyEval_FiniState(struct _ceval_state *ceval);
PyAPI_FUNC(void) _PyEval_SignalReceived(PyInterpreterState *interp);
PyAPI_FUNC(int) _PyEval_AddPendingCall(PyInterpreterState *interp, int (*func)(void *), void *arg);
PyAPI_FUNC(void) _PyEval_SignalAsyncExc(PyInterpreterState *interp);
extern PyStatus _PyEval_ReInitThreads(PyThreadState *tstate);
extern PyObject *_PyEval_CallTracing(PyObject *func, PyObject *args);
extern PyObject *_PyEval_GetAsyncGenFirstiter(void);
extern PyObject *_PyEval_GetAsyncGenFinalizer(void);
extern int _PyEval_SetAsyncGenFirstiter(PyObject *);
extern int _PyEval_SetAsyncGenFinalizer(PyObject *);
extern int _PyEval_GetCoroutineOriginTrackingDepth(void);
extern int _PyEval_SetCoroutineOriginTrackingDepth(int depth);
extern void _PyEval_Fini(void);
extern PyObject *_PyEval_GetBuiltins(PyThreadState *tstate);
extern PyObject *_PyEval_BuiltinsFromGlobals(PyThreadState *tstate, PyObject *globals);
extern PyObject *_PyEval_Vector(PyThreadState *tstate, PyFunctionObject *func, PyObject *locals,
    PyObject *const *args, size_t argcount, PyObject *kwnames);
extern int _PyEval_ThreadsInitialized(struct pyruntimestate *runtime);
extern PyStatus _PyEval_InitGIL(PyThreadState *tstate);
extern void _PyEval_FiniGIL(PyInterpreterState *interp);
extern void _PyEval_ReleaseLock(PyThreadState *tstate);
extern void _PyEval_DeactivateOpCache(void);
PyAPI_FUNC(int) _Py_CheckRecursiveCall(PyThreadState *tstate, const char *where);
extern struct _PyInterpreterFrame *_PyEval_GetFrame(void);
extern PyObject *_Py_MakeCoro(PyFunctionObject *func);

static inline PyObject *
_PyEval_EvalFrame(PyThreadState *thread, struct _PyInterpreterFrame *frame, int throwing)
{
    _PyFrameEvalFunction replaced = thread->interp->eval_frame;
    return replaced == NULL ? _PyEval_EvalFrameDefault(thread, frame, throwing)
                            : replaced(thread, frame, throwing);
}

static inline int
_Py_MakeRecCheck(PyThreadState *thread)
{
    return --thread->recursion_remaining < 0;
}

/* 0, or not 0 with RecursionError; where completes its message. */
static inline int
_Py_EnterRecursiveCallTstate(PyThreadState *thread, const char *where)
{
    return _Py_MakeRecCheck(thread) ? _Py_CheckRecursiveCall(thread, where) != 0 : 0;
}

static inline int
_Py_EnterRecursiveCall(const char *where)
{
    return _Py_EnterRecursiveCallTstate(_PyThreadState_GET(), where);
}

static inline void
_Py_LeaveRecursiveCallTstate(PyThreadState *thread)
{
    ++thread->recursion_remaining;
}

static inline void
_Py_LeaveRecursiveCall(void)
{
    ++_PyThreadState_GET()->recursion_remaining;
}

#ifdef __cplusplus
}
#endif

#endif
