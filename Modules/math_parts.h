/* SPDX-License-Identifier: MIT */
/* math: what its files share. */
#ifndef KS_MATH_PARTS_H
#define KS_MATH_PARTS_H

#include "ks_args.h"

#include <math.h>

/* math_gamma.c: errno tells about domain (EDOM) and range (ERANGE). */
double math_gamma_of(double x);
double math_lgamma_of(double x);

/* math_sum.c */
PyObject *math_fsum(PyObject *module, PyObject *iterable);
PyObject *math_hypot(PyObject *module, PyObject *const *args, Py_ssize_t nargs);
PyObject *math_dist(PyObject *module, PyObject *const *args, Py_ssize_t nargs);
PyObject *math_prod(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);

/* math_integer.c */
PyObject *math_gcd(PyObject *module, PyObject *const *args, Py_ssize_t nargs);
PyObject *math_lcm(PyObject *module, PyObject *const *args, Py_ssize_t nargs);
PyObject *math_factorial(PyObject *module, PyObject *n);
PyObject *math_comb(PyObject *module, PyObject *const *args, Py_ssize_t nargs);
PyObject *math_perm(PyObject *module, PyObject *const *args, Py_ssize_t nargs);
PyObject *math_isqrt(PyObject *module, PyObject *n);

#endif
