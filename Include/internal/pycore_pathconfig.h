/* SPDX-License-Identifier: MIT */
/* Paths kept outside of any interpreter. */
#ifndef Py_INTERNAL_PATHCONFIG_H
#define Py_INTERNAL_PATHCONFIG_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_FUNC(void) _PyPathConfig_ClearGlobal(void);
extern PyStatus _PyPathConfig_ReadGlobal(PyConfig *config);
extern PyStatus _PyPathConfig_UpdateGlobal(const PyConfig *config);
extern const wchar_t *_PyPathConfig_GetGlobalModuleSearchPath(void);
extern int _PyPathConfig_ComputeSysPath0(const PyWideStringList *argv, PyObject **path0);

#ifdef __cplusplus
}
#endif

#endif
