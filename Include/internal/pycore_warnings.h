/* SPDX-License-Identifier: MIT */
/* The warnings' share of an interpreter. */
#ifndef Py_INTERNAL_WARNINGS_H
#define Py_INTERNAL_WARNINGS_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct _warnings_runtime_state {
    PyObject *filters;
    PyObject *once_registry;
    PyObject *default_action;
    long filters_version;
};

extern int _PyWarnings_InitState(PyInterpreterState *interp);
PyAPI_FUNC(PyObject *) _PyWarnings_Init(void);
extern void _PyErr_WarnUnawaitedCoroutine(PyObject *coro);

#ifdef __cplusplus
}
#endif

#endif
