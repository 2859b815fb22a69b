/* SPDX-License-Identifier: MIT */
/* Shortest and correctly rounded decimal forms of floats. */
#ifndef Py_INTERNAL_PYCORE_DTOA_H
#define Py_INTERNAL_PYCORE_DTOA_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#include "pycore_pymath.h"

#ifdef __cplusplus
extern "C" {
#endif

#if _PY_SHORT_FLOAT_REPR == 1
PyAPI_FUNC(double) _Py_dg_strtod(const char *str, char **ptr);
PyAPI_FUNC(char *) _Py_dg_dtoa(double d, int mode, int ndigits, int *decpt, int *sign, char **rve);
PyAPI_FUNC(void) _Py_dg_freedtoa(char *s);
PyAPI_FUNC(double) _Py_dg_stdnan(int sign);
PyAPI_FUNC(double) _Py_dg_infinity(int sign);
#endif

#ifdef __cplusplus
}
#endif

#endif
