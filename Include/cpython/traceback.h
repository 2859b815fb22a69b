/* SPDX-License-Identifier: MIT */
/* A traceback's fields. */
#ifndef Py_CPYTHON_TRACEBACK_H
#error "include <traceback.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _traceback PyTracebackObject;
struct _traceback {
    PyObject_HEAD
    PyTracebackObject *tb_next;
    PyFrameObject *tb_frame;
    int tb_lasti;
    int tb_lineno;
};

PyAPI_FUNC(int) _Py_DisplaySourceLine(PyObject *, PyObject *, int, int, int *, PyObject **);
PyAPI_FUNC(void) _PyTraceback_Add(const char *, const char *, int);

#ifdef __cplusplus
}
#endif
