/* SPDX-License-Identifier: MIT */
/* complex. */
#ifndef Py_COMPLEXOBJECT_H
#define Py_COMPLEXOBJECT_H

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_DATA(PyTypeObject) PyComplex_Type;

PyAPI_FUNC(PyObject *) PyComplex_FromDoubles(double real, double imag);
PyAPI_FUNC(double) PyComplex_RealAsDouble(PyObject *op);
PyAPI_FUNC(double) PyComplex_ImagAsDouble(PyObject *op);

#define PyComplex_Check(object) PyObject_TypeCheck(object, &PyComplex_Type)
#define PyComplex_CheckExact(object) Py_IS_TYPE(object, &PyComplex_Type)

#ifndef Py_LIMITED_API
#define Py_CPYTHON_COMPLEXOBJECT_H
#include "cpython/complexobject.h"
#undef Py_CPYTHON_COMPLEXOBJECT_H
#endif

#ifdef __cplusplus
}
#endif

#endif
