/* SPDX-License-Identifier: MIT */
/* float's layout and its packed forms. */
#ifndef Py_CPYTHON_FLOATOBJECT_H
#error "include <floatobject.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    PyObject_HEAD
    double ob_fval;
} PyFloatObject;

PyAPI_FUNC(int) PyFloat_Pack2(double x, char *p, int le);
PyAPI_FUNC(int) PyFloat_Pack4(double x, char *p, int le);
PyAPI_FUNC(int) PyFloat_Pack8(double x, char *p, int le);
PyAPI_FUNC(double) PyFloat_Unpack2(const char *p, int le);
PyAPI_FUNC(double) PyFloat_Unpack4(const char *p, int le);
PyAPI_FUNC(double) PyFloat_Unpack8(const char *p, int le);

#define PyFloat_AS_DOUBLE(object) (((PyFloatObject *)(object))->ob_fval)

#ifdef __cplusplus
}
#endif
