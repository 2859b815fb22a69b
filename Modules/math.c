/* SPDX-License-Identifier: MIT */
/* math: the module, and its functions of real numbers.
 *
 * Errors: a NaN out of numbers is a domain error (ValueError); an infinity out of finite numbers
 * is a range error (OverflowError) where the function can overflow, else a domain error. */
#include "Python.h"
#include "pycore_object.h" /* _PyObject_LookupSpecial: __floor__ and the like, past instances */
#include "math_parts.h"

#include <errno.h>
#include <float.h>

/* --- Errors -------------------------------------------------------------------------------------- */

static KS_COLD PyObject *
domain_error(void)
{
    PyErr_SetString(PyExc_ValueError, "math domain error");
    return NULL;
}

static KS_COLD PyObject *
range_error(void)
{
    PyErr_SetString(PyExc_OverflowError, "math range error");
    return NULL;
}

/* A double by what errno says about it. Range errors of small results are underflows. */
static PyObject *
by_errno(double result)
{
    if (errno == EDOM)
        return domain_error();
    if (errno == ERANGE && fabs(result) >= 1.5)
        return range_error();
    return PyFloat_FromDouble(result);
}

/* The argument; 0 with the exception. */
KS_INLINE int
take(PyObject *arg, double *value)
{
    if (KS_LIKELY(PyFloat_CheckExact(arg))) {
        *value = PyFloat_AS_DOUBLE(arg);
        return 1;
    }
    *value = PyFloat_AsDouble(arg);
    return *value != -1.0 || !PyErr_Occurred();
}

/* --- Functions of one number ------------------------------------------------------------------------ */

KS_INLINE PyObject *
apply(PyObject *arg, double (*function)(double), int can_overflow)
{
    double x;
    if (!take(arg, &x))
        return NULL;
    double result = function(x);
    if (KS_UNLIKELY(!isfinite(result))) {
        if (isnan(result) && !isnan(x))
            return domain_error();
        if (isinf(result) && isfinite(x))
            return can_overflow ? range_error() : domain_error();
    }
    return PyFloat_FromDouble(result);
}

#define FUNCTION(name, can_overflow)                                \
    static PyObject *math_##name(PyObject *Py_UNUSED(module), PyObject *arg) \
    {                                                               \
        return apply(arg, name, can_overflow);                      \
    }

FUNCTION(acos, 0)
FUNCTION(acosh, 0)
FUNCTION(asin, 0)
FUNCTION(asinh, 0)
FUNCTION(atan, 0)
FUNCTION(atanh, 0)
FUNCTION(cbrt, 0)
FUNCTION(cos, 0)
FUNCTION(cosh, 1)
FUNCTION(erf, 0)
FUNCTION(erfc, 0)
FUNCTION(exp, 1)
FUNCTION(exp2, 1)
FUNCTION(expm1, 1)
FUNCTION(fabs, 0)
FUNCTION(log1p, 0)
FUNCTION(sin, 0)
FUNCTION(sinh, 1)
FUNCTION(sqrt, 0)
FUNCTION(tan, 0)
FUNCTION(tanh, 0)

static PyObject *
math_gamma(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double x;
    if (!take(arg, &x))
        return NULL;
    errno = 0;
    return by_errno(math_gamma_of(x));
}

static PyObject *
math_lgamma(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double x;
    if (!take(arg, &x))
        return NULL;
    errno = 0;
    return by_errno(math_lgamma_of(x));
}

static PyObject *
math_degrees(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double x;
    return take(arg, &x) ? PyFloat_FromDouble(x * (180.0 / Py_MATH_PI)) : NULL;
}

static PyObject *
math_radians(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double x;
    return take(arg, &x) ? PyFloat_FromDouble(x * (Py_MATH_PI / 180.0)) : NULL;
}

static PyObject *
math_ulp(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double x;
    if (!take(arg, &x))
        return NULL;
    x = fabs(x);
    if (isnan(x) || isinf(x))
        return PyFloat_FromDouble(x);
    double next = nextafter(x, Py_HUGE_VAL);
    return PyFloat_FromDouble(isinf(next) ? x - nextafter(x, -Py_HUGE_VAL) : next - x);
}

static PyObject *
math_isfinite(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double x;
    return take(arg, &x) ? PyBool_FromLong(isfinite(x)) : NULL;
}

static PyObject *
math_isinf(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double x;
    return take(arg, &x) ? PyBool_FromLong(isinf(x)) : NULL;
}

static PyObject *
math_isnan(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double x;
    return take(arg, &x) ? PyBool_FromLong(isnan(x)) : NULL;
}

/* --- Logarithms -------------------------------------------------------------------------------------- */

/* Ints have logarithms even where they have no double. */
static PyObject *
logarithm(PyObject *arg, double (*function)(double))
{
    double x;
    if (PyLong_Check(arg)) {
        if (Py_SIZE(arg) <= 0)
            return domain_error();
        x = PyLong_AsDouble(arg);
        if (x == -1.0 && PyErr_Occurred()) {
            Py_ssize_t exponent;
            if (!PyErr_ExceptionMatches(PyExc_OverflowError))
                return NULL;
            PyErr_Clear();
            x = _PyLong_Frexp((PyLongObject *)arg, &exponent);
            if (x == -1.0 && PyErr_Occurred())
                return NULL;
            return PyFloat_FromDouble(function(x) + function(2.0) * (double)exponent);
        }
        return PyFloat_FromDouble(function(x));
    }
    if (!take(arg, &x))
        return NULL;
    if (x <= 0.0)
        return domain_error();
    return PyFloat_FromDouble(function(x));
}

static PyObject *
math_log(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs < 1 || nargs > 2) {
        PyErr_SetString(PyExc_TypeError, "math.log requires 1 to 2 arguments");
        return NULL;
    }
    KS_OWNED PyObject *result = logarithm(args[0], log);
    if (result == NULL || nargs == 1)
        return ks_give(&result);
    KS_OWNED PyObject *base = logarithm(args[1], log);
    return base == NULL ? NULL : PyNumber_TrueDivide(result, base);
}

static PyObject *
math_log2(PyObject *Py_UNUSED(module), PyObject *arg)
{
    return logarithm(arg, log2);
}

static PyObject *
math_log10(PyObject *Py_UNUSED(module), PyObject *arg)
{
    return logarithm(arg, log10);
}

/* --- Functions of two numbers -------------------------------------------------------------------------- */

static int
take_two(const char *name, PyObject *const *args, Py_ssize_t nargs, double *x, double *y)
{
    return ks_args_count(name, nargs, 2, 2) && take(args[0], x) && take(args[1], y);
}

static PyObject *
math_atan2(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    double x, y;
    return take_two("atan2", args, nargs, &y, &x) ? PyFloat_FromDouble(atan2(y, x)) : NULL;
}

static PyObject *
math_copysign(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    double x, y;
    return take_two("copysign", args, nargs, &x, &y) ? PyFloat_FromDouble(copysign(x, y)) : NULL;
}

static PyObject *
math_nextafter(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    double x, y;
    return take_two("nextafter", args, nargs, &x, &y) ? PyFloat_FromDouble(nextafter(x, y)) : NULL;
}

static PyObject *
math_remainder(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    double x, y;
    if (!take_two("remainder", args, nargs, &x, &y))
        return NULL;
    double result = remainder(x, y);
    return isnan(result) && !isnan(x) && !isnan(y) ? domain_error() : PyFloat_FromDouble(result);
}

static PyObject *
math_fmod(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    double x, y;
    if (!take_two("fmod", args, nargs, &x, &y))
        return NULL;
    double result = fmod(x, y);
    return isnan(result) && !isnan(x) && !isnan(y) ? domain_error() : PyFloat_FromDouble(result);
}

static PyObject *
math_pow(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    double x, y;
    if (!take_two("pow", args, nargs, &x, &y))
        return NULL;
    double result = pow(x, y);
    if (!isfinite(result) && isfinite(x) && isfinite(y))
        return isnan(result) || x == 0.0 ? domain_error() : range_error();
    return PyFloat_FromDouble(result);
}

typedef struct CloseArgs {
    double a, b, rel_tol, abs_tol;
} CloseArgs;

static const KsParam close_params[] = {
    PARAM(CloseArgs, a, ARG_DOUBLE, 1),
    PARAM(CloseArgs, b, ARG_DOUBLE, 1),
    PARAM_KWONLY(CloseArgs, rel_tol, ARG_DOUBLE, 0),
    PARAM_KWONLY(CloseArgs, abs_tol, ARG_DOUBLE, 0),
    PARAM_END,
};

static PyObject *
math_isclose(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs,
             PyObject *kwnames)
{
    CloseArgs given = {.rel_tol = 1e-09, .abs_tol = 0.0};
    if (!ks_args_parse("isclose", close_params, args, nargs, kwnames, &given))
        return NULL;
    if (given.rel_tol < 0.0 || given.abs_tol < 0.0) {
        PyErr_SetString(PyExc_ValueError, "tolerances must be non-negative");
        return NULL;
    }
    if (given.a == given.b)
        Py_RETURN_TRUE;
    if (isinf(given.a) || isinf(given.b))
        Py_RETURN_FALSE;
    double gap = fabs(given.b - given.a);
    return PyBool_FromLong(gap <= fabs(given.rel_tol * given.b) ||
                           gap <= fabs(given.rel_tol * given.a) || gap <= given.abs_tol);
}

/* --- Parts of a number ----------------------------------------------------------------------------------- */

static PyObject *
math_frexp(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double x;
    int exponent = 0;
    if (!take(arg, &x))
        return NULL;
    if (isfinite(x) && x != 0.0)
        x = frexp(x, &exponent);
    return Py_BuildValue("(di)", x, exponent);
}

static PyObject *
math_ldexp(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    double x;
    int overflow;
    if (!ks_args_count("ldexp", nargs, 2, 2) || !take(args[0], &x))
        return NULL;
    if (!PyLong_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "Expected an int as second argument to ldexp.");
        return NULL;
    }
    long exponent = PyLong_AsLongAndOverflow(args[1], &overflow);
    if (exponent == -1 && !overflow && PyErr_Occurred())
        return NULL;
    if (x == 0.0 || !isfinite(x))
        return PyFloat_FromDouble(x);
    if (overflow > 0 || exponent > INT_MAX)
        return range_error();
    if (overflow < 0 || exponent < INT_MIN)
        return PyFloat_FromDouble(copysign(0.0, x));
    double result = ldexp(x, (int)exponent);
    return isinf(result) ? range_error() : PyFloat_FromDouble(result);
}

static PyObject *
math_modf(PyObject *Py_UNUSED(module), PyObject *arg)
{
    double x, whole;
    if (!take(arg, &x))
        return NULL;
    double fraction = modf(x, &whole);
    return Py_BuildValue("(dd)", fraction, whole);
}

/* --- Rounding to int --------------------------------------------------------------------------------------- */

/* What object's special method says: 1 and it, 0 without the method, -1. */
static int
by_method(PyObject *object, PyObject *name, PyObject **result)
{
    KS_OWNED PyObject *method = name == NULL ? NULL : _PyObject_LookupSpecial(object, name);
    if (method == NULL)
        return PyErr_Occurred() ? -1 : 0;
    *result = PyObject_CallNoArgs(method);
    return *result == NULL ? -1 : 1;
}

static PyObject *
math_floor(PyObject *Py_UNUSED(module), PyObject *arg)
{
    PyObject *result = NULL;
    double x;
    if (!PyFloat_CheckExact(arg) && by_method(arg, KS_INTERN("__floor__"), &result) != 0)
        return result;
    return take(arg, &x) ? PyLong_FromDouble(floor(x)) : NULL;
}

static PyObject *
math_ceil(PyObject *Py_UNUSED(module), PyObject *arg)
{
    PyObject *result = NULL;
    double x;
    if (!PyFloat_CheckExact(arg) && by_method(arg, KS_INTERN("__ceil__"), &result) != 0)
        return result;
    return take(arg, &x) ? PyLong_FromDouble(ceil(x)) : NULL;
}

static PyObject *
math_trunc(PyObject *Py_UNUSED(module), PyObject *arg)
{
    PyObject *result = NULL;
    if (PyFloat_CheckExact(arg))
        return PyLong_FromDouble(PyFloat_AS_DOUBLE(arg));
    if (by_method(arg, KS_INTERN("__trunc__"), &result) != 0)
        return result;
    PyErr_Format(PyExc_TypeError, "type %.100s doesn't define __trunc__ method",
                 Py_TYPE(arg)->tp_name);
    return NULL;
}

/* --- Module -------------------------------------------------------------------------------------------------- */

#define ONE(name, doc) METHOD(#name, math_##name, METH_O, "($module, x, /)", doc)
#define TWO(name, signature, doc) METHOD(#name, math_##name, METH_FASTCALL, signature, doc)

static PyMethodDef math_methods[] = {
    ONE(acos, "The angle in [0, pi] whose cosine is x."),
    ONE(acosh, "Inverse hyperbolic cosine."),
    ONE(asin, "The angle in [-pi/2, pi/2] whose sine is x."),
    ONE(asinh, "Inverse hyperbolic sine."),
    ONE(atan, "The angle in [-pi/2, pi/2] whose tangent is x."),
    TWO(atan2, "($module, y, x, /)", "The angle of the point (x, y), in [-pi, pi]."),
    ONE(atanh, "Inverse hyperbolic tangent."),
    ONE(cbrt, "Cube root."),
    ONE(ceil, "The smallest int at or above x."),
    TWO(comb, "($module, n, k, /)", "Ways to choose k of n things, regardless of order."),
    TWO(copysign, "($module, x, y, /)", "The magnitude of x with the sign of y."),
    ONE(cos, "Cosine of an angle in radians."),
    ONE(cosh, "Hyperbolic cosine."),
    ONE(degrees, "Radians to degrees."),
    TWO(dist, "($module, p, q, /)", "Distance of two points, given as sequences of coordinates."),
    ONE(erf, "Error function."),
    ONE(erfc, "1 - erf(x), without its cancellation."),
    ONE(exp, "e to the power of x."),
    ONE(exp2, "2 to the power of x."),
    ONE(expm1, "exp(x) - 1, without its cancellation."),
    ONE(fabs, "The magnitude of x, a float."),
    METHOD("factorial", math_factorial, METH_O, "($module, n, /)", "n * (n - 1) * ... * 1."),
    ONE(floor, "The largest int at or below x."),
    TWO(fmod, "($module, x, y, /)", "The remainder of x / y with the sign of x, as C computes it."),
    ONE(frexp, "The pair (m, e) with x == m * 2**e and 0.5 <= abs(m) < 1, or (0.0, 0)."),
    METHOD("fsum", math_fsum, METH_O, "($module, seq, /)",
           "The sum of an iterable's numbers, rounded only once."),
    ONE(gamma, "Gamma function."),
    METHOD("gcd", math_gcd, METH_FASTCALL, "($module, *integers)", "Greatest common divisor."),
    METHOD_PLAIN("hypot", math_hypot, METH_FASTCALL,
                 "hypot(*coordinates) -> value\n\nLength of the vector with these coordinates."),
    METHOD("isclose", math_isclose, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)",
           "Whether a and b differ by no more than the tolerances.\n\n"
           "rel_tol is relative to the larger magnitude. Nothing is close to a NaN, infinities\n"
           "only to themselves."),
    ONE(isfinite, "Whether x is neither infinite nor NaN."),
    ONE(isinf, "Whether x is an infinity."),
    ONE(isnan, "Whether x is a NaN."),
    METHOD("isqrt", math_isqrt, METH_O, "($module, n, /)", "The square root of n, rounded down."),
    METHOD("lcm", math_lcm, METH_FASTCALL, "($module, *integers)", "Least common multiple."),
    TWO(ldexp, "($module, x, i, /)", "x * 2**i."),
    ONE(lgamma, "Natural logarithm of the magnitude of gamma(x)."),
    METHOD_PLAIN("log", math_log, METH_FASTCALL,
                 "log(x, [base=math.e])\nLogarithm of x, natural if no base is given."),
    ONE(log1p, "log(1 + x), accurate near 0."),
    ONE(log10, "Logarithm to base 10."),
    ONE(log2, "Logarithm to base 2."),
    ONE(modf, "Fraction and whole part, both floats with the sign of x."),
    TWO(nextafter, "($module, x, y, /)", "The float next to x in the direction of y."),
    METHOD("perm", math_perm, METH_FASTCALL, "($module, n, k=None, /)",
           "Ways to arrange k of n things; all of them without k."),
    TWO(pow, "($module, x, y, /)", "x to the power of y, as floats."),
    METHOD("prod", math_prod, METH_FASTCALL | METH_KEYWORDS,
           "($module, iterable, /, *, start=1)", "The product of start and an iterable's items."),
    ONE(radians, "Degrees to radians."),
    TWO(remainder, "($module, x, y, /)", "x less the multiple of y nearest to it."),
    ONE(sin, "Sine of an angle in radians."),
    ONE(sinh, "Hyperbolic sine."),
    ONE(sqrt, "Square root."),
    ONE(tan, "Tangent of an angle in radians."),
    ONE(tanh, "Hyperbolic tangent."),
    ONE(trunc, "x without its fraction, as its __trunc__ method gives it."),
    ONE(ulp, "The value of the least significant bit of x."),
    {NULL, NULL, 0, NULL},
};

static int
math_exec(PyObject *module)
{
    static const struct {
        const char *name;
        double value;
    } constants[] = {
        {"pi", Py_MATH_PI}, {"e", Py_MATH_E},  {"tau", Py_MATH_TAU},
        {"inf", HUGE_VAL},  {"nan", NAN},
    };
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(constants); i++) {
        KS_OWNED PyObject *value = PyFloat_FromDouble(constants[i].value);
        if (value == NULL || PyModule_AddObjectRef(module, constants[i].name, value) < 0)
            return -1;
    }
    return 0;
}

static PyModuleDef_Slot math_slots[] = {
    {Py_mod_exec, math_exec},
    {0, NULL},
};

static struct PyModuleDef math_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "math",
    .m_doc = "Functions of real and whole numbers, as the C library defines them.",
    .m_size = 0,
    .m_methods = math_methods,
    .m_slots = math_slots,
};

PyMODINIT_FUNC
PyInit_math(void)
{
    return PyModuleDef_Init(&math_definition);
}
