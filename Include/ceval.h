/* SPDX-License-Identifier: MIT */
/* Calling from C, giving up the GIL, recursion guards. */
#ifndef Py_CEVAL_H
#define Py_CEVAL_H

#ifdef __cplusplus
extern "C" {
#endif

#define FVC_MASK 0x3
#define FVC_NONE 0x0
#define FVC_STR 0x1
#define FVC_REPR 0x2
#define FVC_ASCII 0x3
#define FVS_MASK 0x4
#define FVS_HAVE_SPEC 0x4

PyAPI_FUNC(PyObject *) PyEval_EvalCode(PyObject *, PyObject *, PyObject *);
PyAPI_FUNC(PyObject *) PyEval_EvalCodeEx(PyObject *co, PyObject *globals, PyObject *locals,
    PyObject *const *args, int argc, PyObject *const *kwds, int kwdc, PyObject *const *defs,
    int defc, PyObject *kwdefs, PyObject *closure);
Py_DEPRECATED(3.9) PyAPI_FUNC(PyObject *) PyEval_CallObjectWithKeywords(PyObject *callable,
    PyObject *args, PyObject *kwargs);
Py_DEPRECATED(3.9) PyAPI_FUNC(PyObject *) PyEval_CallFunction(PyObject *callable,
    const char *format, ...);
Py_DEPRECATED(3.9) PyAPI_FUNC(PyObject *) PyEval_CallMethod(PyObject *obj, const char *name,
    const char *format, ...);
PyAPI_FUNC(PyObject *) PyEval_GetBuiltins(void); /* borrowed */
PyAPI_FUNC(PyObject *) PyEval_GetGlobals(void); /* borrowed */
PyAPI_FUNC(PyObject *) PyEval_GetLocals(void); /* borrowed */
PyAPI_FUNC(PyFrameObject *) PyEval_GetFrame(void); /* borrowed */
PyAPI_FUNC(int) Py_AddPendingCall(int (*func)(void *), void *arg);
PyAPI_FUNC(int) Py_MakePendingCalls(void);
PyAPI_FUNC(void) Py_SetRecursionLimit(int);
PyAPI_FUNC(int) Py_GetRecursionLimit(void);
PyAPI_FUNC(int) Py_EnterRecursiveCall(const char *where);
PyAPI_FUNC(void) Py_LeaveRecursiveCall(void);
PyAPI_FUNC(const char *) PyEval_GetFuncName(PyObject *);
PyAPI_FUNC(const char *) PyEval_GetFuncDesc(PyObject *);
PyAPI_FUNC(PyObject *) PyEval_EvalFrame(PyFrameObject *);
PyAPI_FUNC(PyObject *) PyEval_EvalFrameEx(PyFrameObject *f, int exc);
PyAPI_FUNC(PyThreadState *) PyEval_SaveThread(void);
PyAPI_FUNC(void) PyEval_RestoreThread(PyThreadState *);
Py_DEPRECATED(3.9) PyAPI_FUNC(int) PyEval_ThreadsInitialized(void);
Py_DEPRECATED(3.9) PyAPI_FUNC(void) PyEval_InitThreads(void);
Py_DEPRECATED(3.2) PyAPI_FUNC(void) PyEval_AcquireLock(void);
Py_DEPRECATED(3.2) PyAPI_FUNC(void) PyEval_ReleaseLock(void);
PyAPI_FUNC(void) PyEval_AcquireThread(PyThreadState *tstate);
PyAPI_FUNC(void) PyEval_ReleaseThread(PyThreadState *tstate);

#define PyEval_CallObject(callable, arguments) \
    PyEval_CallObjectWithKeywords(callable, arguments, _Py_CAST(PyObject *, _Py_NULL))

/* The pair brackets code that touches no object; it opens and closes a block. */
#define Py_BEGIN_ALLOW_THREADS                          \
    {                                                   \
        PyThreadState *_save = PyEval_SaveThread();
#define Py_END_ALLOW_THREADS             \
        PyEval_RestoreThread(_save);     \
    }
/* Inside the pair: back for a moment, and away again. */
#define Py_BLOCK_THREADS PyEval_RestoreThread(_save);
#define Py_UNBLOCK_THREADS _save = PyEval_SaveThread();

#ifndef Py_LIMITED_API
#define Py_CPYTHON_CEVAL_H
#include "cpython/ceval.h"
#undef Py_CPYTHON_CEVAL_H
#endif

#ifdef __cplusplus
}
#endif

#endif
