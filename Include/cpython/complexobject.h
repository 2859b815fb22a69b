/* SPDX-License-Identifier: MIT */
/* complex as a C value, and its arithmetic. */
#ifndef Py_CPYTHON_COMPLEXOBJECT_H
#error "include <complexobject.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    double real;
    double imag;
} Py_complex;

typedef struct {
    PyObject_HEAD
    Py_complex cval;
} PyComplexObject;

PyAPI_FUNC(Py_complex) _Py_c_sum(Py_complex, Py_complex);
PyAPI_FUNC(Py_complex) _Py_c_diff(Py_complex, Py_complex);
PyAPI_FUNC(Py_complex) _Py_c_neg(Py_complex);
PyAPI_FUNC(Py_complex) _Py_c_prod(Py_complex, Py_complex);
PyAPI_FUNC(Py_complex) _Py_c_quot(Py_complex, Py_complex);
PyAPI_FUNC(Py_complex) _Py_c_pow(Py_complex, Py_complex);
PyAPI_FUNC(double) _Py_c_abs(Py_complex);
PyAPI_FUNC(PyObject *) PyComplex_FromCComplex(Py_complex);
PyAPI_FUNC(Py_complex) PyComplex_AsCComplex(PyObject *op);

#ifdef Py_BUILD_CORE
extern int _PyComplex_FormatAdvancedWriter(_PyUnicodeWriter *writer, PyObject *obj,
    PyObject *format_spec, Py_ssize_t start, Py_ssize_t end);
#endif

#ifdef __cplusplus
}
#endif
