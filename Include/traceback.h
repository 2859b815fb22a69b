/* SPDX-License-Identifier: MIT */
/* Traceback objects. */
#ifndef Py_TRACEBACK_H
#define Py_TRACEBACK_H

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_DATA(PyTypeObject) PyTraceBack_Type;

PyAPI_FUNC(int) PyTraceBack_Here(PyFrameObject *);
PyAPI_FUNC(int) PyTraceBack_Print(PyObject *, PyObject *);

#define PyTraceBack_Check(object) Py_IS_TYPE(object, &PyTraceBack_Type)

#ifndef Py_LIMITED_API
#define Py_CPYTHON_TRACEBACK_H
#include "cpython/traceback.h"
#undef Py_CPYTHON_TRACEBACK_H
#endif

#ifdef __cplusplus
}
#endif

#endif
