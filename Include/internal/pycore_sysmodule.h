/* SPDX-License-Identifier: MIT */
/* sys with the thread state at hand. */
#ifndef Py_INTERNAL_SYSMODULE_H
#define Py_INTERNAL_SYSMODULE_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_FUNC(int) _PySys_Audit(PyThreadState *tstate, const char *event, const char *argFormat, ...);
extern void _PySys_ClearAuditHooks(PyThreadState *tstate);
PyAPI_FUNC(int) _PySys_SetAttr(PyObject *, PyObject *);

#ifdef __cplusplus
}
#endif

#endif
