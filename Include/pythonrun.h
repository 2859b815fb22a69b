/* SPDX-License-Identifier: MIT */
/* Running source text and showing errors. */
#ifndef Py_PYTHONRUN_H
#define Py_PYTHONRUN_H

#ifdef __cplusplus
extern "C" {
#endif

#define PYOS_STACK_MARGIN 2048

PyAPI_DATA(int)(*PyOS_InputHook)(void);

PyAPI_FUNC(PyObject *) Py_CompileString(const char *, const char *, int);
PyAPI_FUNC(void) PyErr_Print(void);
PyAPI_FUNC(void) PyErr_PrintEx(int);
PyAPI_FUNC(void) PyErr_Display(PyObject *, PyObject *, PyObject *);

#ifndef Py_LIMITED_API
#define Py_CPYTHON_PYTHONRUN_H
#include "cpython/pythonrun.h"
#undef Py_CPYTHON_PYTHONRUN_H
#endif

#ifdef __cplusplus
}
#endif

#endif
