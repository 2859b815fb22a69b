/* SPDX-License-Identifier: MIT */
/* sys beyond the limited API: sizes and audit hooks. */
#ifndef Py_CPYTHON_SYSMODULE_H
#error "include <sysmodule.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef int (*Py_AuditHookFunction)(const char *, PyObject *, void *);

PyAPI_FUNC(PyObject *) _PySys_GetAttr(PyThreadState *tstate, PyObject *name);
PyAPI_FUNC(size_t) _PySys_GetSizeOf(PyObject *);
PyAPI_FUNC(int) PySys_Audit(const char *event, const char *argFormat, ...);
PyAPI_FUNC(int) PySys_AddAuditHook(Py_AuditHookFunction, void *);

#ifdef __cplusplus
}
#endif
