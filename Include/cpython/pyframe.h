/* SPDX-License-Identifier: MIT */
/* A frame's parts. Results are new references. */
#ifndef Py_CPYTHON_PYFRAME_H
#error "include <pyframe.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_DATA(PyTypeObject) PyFrame_Type;

PyAPI_FUNC(PyFrameObject *) PyFrame_GetBack(PyFrameObject *frame);
PyAPI_FUNC(PyObject *) PyFrame_GetLocals(PyFrameObject *frame);
PyAPI_FUNC(PyObject *) PyFrame_GetGlobals(PyFrameObject *frame);
PyAPI_FUNC(PyObject *) PyFrame_GetBuiltins(PyFrameObject *frame);
PyAPI_FUNC(PyObject *) PyFrame_GetGenerator(PyFrameObject *frame);
PyAPI_FUNC(int) PyFrame_GetLasti(PyFrameObject *frame);

#define PyFrame_Check(object) Py_IS_TYPE(object, &PyFrame_Type)

#ifdef __cplusplus
}
#endif
