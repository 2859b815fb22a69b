/* SPDX-License-Identifier: MIT */
/* cmath: functions of complex numbers.
 *
 * Finite arguments are computed here, with care against overflow on the way (after "Branch
 * Cuts for Complex Elementary Functions", 1987). What infinities and NaNs give is C99's Annex G: the C
 * library is asked; signs that the annex leaves open are made positive. errno tells of domain (EDOM) and range (ERANGE) errors. */
#include "Python.h"
#include "ks_args.h"

#include <complex.h>
#undef I
#include <errno.h>
#include <float.h>
#include <math.h>

#define LARGE (DBL_MAX / 4.0)
static const double log_2 = 0.6931471805599453094;
static const double log_10 = 2.302585092994045684;

KS_INLINE double _Complex
to_c(Py_complex z)
{
    return CMPLX(z.real, z.imag);
}

KS_INLINE Py_complex
from_c(double _Complex z)
{
    return (Py_complex){creal(z), cimag(z)};
}

KS_INLINE int
is_finite(Py_complex z)
{
    return isfinite(z.real) && isfinite(z.imag);
}

KS_INLINE int
is_large(Py_complex z)
{
    return fabs(z.real) > LARGE || fabs(z.imag) > LARGE;
}

/* log(hypot(x, y)) for numbers whose hypotenuse may overflow. */
static double
log_of_large(Py_complex z)
{
    return log(hypot(z.real / 2.0, z.imag / 2.0));
}

KS_INLINE Py_complex
times_i(Py_complex z)
{
    return (Py_complex){-z.imag, z.real};
}

KS_INLINE Py_complex
over_i(Py_complex z)
{
    return (Py_complex){z.imag, -z.real};
}

/* --- Roots and logarithms --------------------------------------------------------------------------- */

static Py_complex
c_sqrt(Py_complex z)
{
    if (!is_finite(z))
        return from_c(csqrt(to_c(z)));
    if (z.real == 0.0 && z.imag == 0.0)
        return (Py_complex){0.0, z.imag};
    double re = fabs(z.real), im = fabs(z.imag), root;
    if (re < DBL_MIN && im < DBL_MIN) { /* scaled up by 2**53, the root down by its half */
        re = ldexp(re, 53);
        root = ldexp(sqrt(re + hypot(re, ldexp(im, 53))), -27);
    }
    else {
        re /= 8.0;
        root = 2.0 * sqrt(re + hypot(re, im / 8.0));
    }
    double other = im / (2.0 * root);
    if (z.real >= 0.0)
        return (Py_complex){root, copysign(other, z.imag)};
    return (Py_complex){other, copysign(root, z.imag)};
}

static Py_complex
c_log(Py_complex z)
{
    if (!is_finite(z))
        return from_c(clog(to_c(z)));
    double re = fabs(z.real), im = fabs(z.imag), length;
    Py_complex result = {.imag = atan2(z.imag, z.real)};
    if (is_large(z)) {
        result.real = log_of_large(z) + log_2;
    }
    else if (re < DBL_MIN && im < DBL_MIN) {
        if (re > 0.0 || im > 0.0) {
            result.real = log(hypot(ldexp(re, DBL_MANT_DIG), ldexp(im, DBL_MANT_DIG))) -
                          DBL_MANT_DIG * log_2;
        }
        else {
            result.real = -Py_HUGE_VAL;
            errno = EDOM;
        }
    }
    else if ((length = hypot(re, im)) >= 0.71 && length <= 1.73) { /* near 0: keep the digits */
        double more = re > im ? re : im, less = re > im ? im : re;
        result.real = log1p((more - 1) * (more + 1) + less * less) / 2.0;
    }
    else {
        result.real = log(length);
    }
    return result;
}

static Py_complex
c_log10(Py_complex z)
{
    Py_complex result = c_log(z);
    return (Py_complex){result.real / log_10, result.imag / log_10};
}

/* --- Inverse functions -------------------------------------------------------------------------------- */

static Py_complex
c_acos(Py_complex z)
{
    if (!is_finite(z))
        return isinf(z.real) && isnan(z.imag) ? (Py_complex){Py_NAN, Py_HUGE_VAL}
                                              : from_c(cacos(to_c(z)));
    if (is_large(z)) {
        double size = log_of_large(z) + log_2 * 2.0;
        return (Py_complex){atan2(fabs(z.imag), z.real),
                            z.real < 0.0 ? -copysign(size, z.imag) : copysign(size, -z.imag)};
    }
    Py_complex a = c_sqrt((Py_complex){1.0 - z.real, -z.imag});
    Py_complex b = c_sqrt((Py_complex){1.0 + z.real, z.imag});
    return (Py_complex){2.0 * atan2(a.real, b.real), asinh(b.real * a.imag - b.imag * a.real)};
}

static Py_complex
c_acosh(Py_complex z)
{
    if (!is_finite(z))
        return isnan(z.imag) && z.real == 0.0 ? (Py_complex){Py_NAN, Py_NAN}
                                              : from_c(cacosh(to_c(z)));
    if (is_large(z))
        return (Py_complex){log_of_large(z) + log_2 * 2.0, atan2(z.imag, z.real)};
    Py_complex a = c_sqrt((Py_complex){z.real - 1.0, z.imag});
    Py_complex b = c_sqrt((Py_complex){z.real + 1.0, z.imag});
    return (Py_complex){asinh(a.real * b.real + a.imag * b.imag), 2.0 * atan2(a.imag, b.real)};
}

static Py_complex
c_asinh(Py_complex z)
{
    if (!is_finite(z))
        return isnan(z.real) && isinf(z.imag) ? (Py_complex){Py_HUGE_VAL, Py_NAN}
                                              : from_c(casinh(to_c(z)));
    if (is_large(z)) {
        double size = log_of_large(z) + log_2 * 2.0;
        return (Py_complex){z.imag >= 0.0 ? copysign(size, z.real) : -copysign(size, -z.real),
                            atan2(z.imag, fabs(z.real))};
    }
    Py_complex a = c_sqrt((Py_complex){1.0 + z.imag, -z.real});
    Py_complex b = c_sqrt((Py_complex){1.0 - z.imag, z.real});
    return (Py_complex){asinh(a.real * b.imag - b.real * a.imag),
                        atan2(z.imag, a.real * b.real - a.imag * b.imag)};
}

static Py_complex
c_asin(Py_complex z)
{
    return over_i(c_asinh(times_i(z)));
}

static Py_complex
c_atanh(Py_complex z)
{
    if (!is_finite(z))
        return isnan(z.real) && isinf(z.imag)
                   ? (Py_complex){0.0, copysign(Py_MATH_PI / 2.0, z.imag)}
                   : from_c(catanh(to_c(z)));
    if (z.real < 0.0 || (z.real == 0.0 && copysign(1.0, z.real) < 0.0)) {
        Py_complex mirrored = c_atanh((Py_complex){-z.real, -z.imag});
        return (Py_complex){-mirrored.real, -mirrored.imag};
    }
    double im = fabs(z.imag), root_of_large = sqrt(LARGE);
    if (z.real > root_of_large || im > root_of_large) {
        double half = hypot(z.real / 2.0, z.imag / 2.0);
        return (Py_complex){z.real / 4.0 / half / half, -copysign(Py_MATH_PI / 2.0, -z.imag)};
    }
    if (z.real == 1.0 && im < sqrt(DBL_MIN)) {
        if (im == 0.0) {
            errno = EDOM;
            return (Py_complex){Py_HUGE_VAL, z.imag};
        }
        return (Py_complex){-log(sqrt(im) / sqrt(hypot(im, 2.0))),
                            copysign(atan2(2.0, -im) / 2, z.imag)};
    }
    return (Py_complex){
        log1p(4.0 * z.real / ((1 - z.real) * (1 - z.real) + im * im)) / 4.0,
        -atan2(-2.0 * z.imag, (1 - z.real) * (1 + z.real) - im * im) / 2.0};
}

static Py_complex
c_atan(Py_complex z)
{
    return over_i(c_atanh(times_i(z)));
}

/* --- Exponential and hyperbolic functions ---------------------------------------------------------------- */

KS_INLINE void
check_overflow(Py_complex result)
{
    if (isinf(result.real) || isinf(result.imag))
        errno = ERANGE;
}

static Py_complex
c_exp(Py_complex z)
{
    if (!is_finite(z)) {
        if (isinf(z.imag) && (isfinite(z.real) || (isinf(z.real) && z.real > 0)))
            errno = EDOM;
        return z.real == -Py_HUGE_VAL && !isfinite(z.imag) ? (Py_complex){0.0, 0.0}
                                                           : from_c(cexp(to_c(z)));
    }
    Py_complex result;
    if (z.real > log(LARGE)) {
        double size = exp(z.real - 1.0);
        result = (Py_complex){size * cos(z.imag) * Py_MATH_E, size * sin(z.imag) * Py_MATH_E};
    }
    else {
        double size = exp(z.real);
        result = (Py_complex){size * cos(z.imag), size * sin(z.imag)};
    }
    check_overflow(result);
    return result;
}

static Py_complex
c_cosh(Py_complex z)
{
    if (!is_finite(z)) {
        if (isinf(z.imag) && !isnan(z.real))
            errno = EDOM;
        return isnan(z.real) && z.imag == 0.0 ? (Py_complex){Py_NAN, 0.0}
                                              : from_c(ccosh(to_c(z)));
    }
    Py_complex result;
    if (fabs(z.real) > log(LARGE)) {
        double less = z.real - copysign(1.0, z.real);
        result = (Py_complex){cos(z.imag) * cosh(less) * Py_MATH_E,
                              sin(z.imag) * sinh(less) * Py_MATH_E};
    }
    else {
        result = (Py_complex){cos(z.imag) * cosh(z.real), sin(z.imag) * sinh(z.real)};
    }
    check_overflow(result);
    return result;
}

static Py_complex
c_sinh(Py_complex z)
{
    if (!is_finite(z)) {
        if (isinf(z.imag) && !isnan(z.real))
            errno = EDOM;
        return z.real == 0.0 && isnan(z.imag) ? (Py_complex){0.0, Py_NAN}
                                              : from_c(csinh(to_c(z)));
    }
    Py_complex result;
    if (fabs(z.real) > log(LARGE)) {
        double less = z.real - copysign(1.0, z.real);
        result = (Py_complex){cos(z.imag) * sinh(less) * Py_MATH_E,
                              sin(z.imag) * cosh(less) * Py_MATH_E};
    }
    else {
        result = (Py_complex){cos(z.imag) * sinh(z.real), sin(z.imag) * cosh(z.real)};
    }
    check_overflow(result);
    return result;
}

static Py_complex
c_tanh(Py_complex z)
{
    if (!is_finite(z)) {
        if (isinf(z.imag) && isfinite(z.real))
            errno = EDOM;
        if (z.real == 0.0 && isnan(z.imag))
            return (Py_complex){Py_NAN, Py_NAN};
        if (isinf(z.real) && !isfinite(z.imag))
            return (Py_complex){copysign(1.0, z.real), 0.0};
        return from_c(ctanh(to_c(z)));
    }
    if (fabs(z.real) > log(LARGE)) {
        return (Py_complex){copysign(1.0, z.real),
                            4.0 * sin(z.imag) * cos(z.imag) * exp(-2.0 * fabs(z.real))};
    }
    double tanh_re = tanh(z.real), tan_im = tan(z.imag), sech = 1.0 / cosh(z.real);
    double product = tanh_re * tan_im, divisor = 1.0 + product * product;
    return (Py_complex){tanh_re * (1.0 + tan_im * tan_im) / divisor,
                        ((tan_im / divisor) * sech) * sech};
}

static Py_complex
c_cos(Py_complex z)
{
    return c_cosh(times_i(z));
}

static Py_complex
c_sin(Py_complex z)
{
    return over_i(c_sinh(times_i(z)));
}

static Py_complex
c_tan(Py_complex z)
{
    return over_i(c_tanh(times_i(z)));
}

/* --- Wrappers ---------------------------------------------------------------------------------------------- */

static KS_COLD PyObject *
error_of_errno(void)
{
    if (errno == ERANGE)
        PyErr_SetString(PyExc_OverflowError, "math range error");
    else
        PyErr_SetString(PyExc_ValueError, "math domain error");
    return NULL;
}

KS_INLINE int
take(PyObject *arg, Py_complex *value)
{
    *value = PyComplex_AsCComplex(arg);
    return value->real != -1.0 || !PyErr_Occurred();
}

KS_INLINE PyObject *
apply(PyObject *arg, Py_complex (*function)(Py_complex))
{
    Py_complex z;
    if (!take(arg, &z))
        return NULL;
    errno = 0;
    Py_complex result = function(z);
    if (errno == EDOM || errno == ERANGE) {
        /* The real functions report underflow as ERANGE too; that is none. */
        if (errno == EDOM || isinf(result.real) || isinf(result.imag))
            return is_finite(z) || errno == EDOM ? error_of_errno()
                                                 : PyComplex_FromCComplex(result);
    }
    return PyComplex_FromCComplex(result);
}

#define FUNCTION(name)                                                       \
    static PyObject *cmath_##name(PyObject *Py_UNUSED(module), PyObject *arg) \
    {                                                                        \
        return apply(arg, c_##name);                                         \
    }

FUNCTION(acos)
FUNCTION(acosh)
FUNCTION(asin)
FUNCTION(asinh)
FUNCTION(atan)
FUNCTION(atanh)
FUNCTION(cos)
FUNCTION(cosh)
FUNCTION(exp)
FUNCTION(log10)
FUNCTION(sin)
FUNCTION(sinh)
FUNCTION(sqrt)
FUNCTION(tan)
FUNCTION(tanh)

static PyObject *
cmath_log(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    Py_complex z, base;
    if (!ks_args_count("log", nargs, 1, 2) || !take(args[0], &z))
        return NULL;
    errno = 0;
    Py_complex result = c_log(z);
    if (nargs == 2) {
        if (!take(args[1], &base))
            return NULL;
        errno = 0;
        base = c_log(base);
        int domain = errno == EDOM;
        errno = 0;
        result = _Py_c_quot(result, base);
        if (domain)
            errno = EDOM;
    }
    return errno == EDOM ? error_of_errno() : PyComplex_FromCComplex(result);
}

/* --- Polar coordinates ---------------------------------------------------------------------------------------- */

static PyObject *
cmath_phase(PyObject *Py_UNUSED(module), PyObject *arg)
{
    Py_complex z;
    if (!take(arg, &z))
        return NULL;
    errno = 0;
    double angle = atan2(z.imag, z.real);
    return errno ? error_of_errno() : PyFloat_FromDouble(angle); /* underflow counts here */
}

static PyObject *
cmath_polar(PyObject *Py_UNUSED(module), PyObject *arg)
{
    Py_complex z;
    if (!take(arg, &z))
        return NULL;
    double phase = atan2(z.imag, z.real);
    errno = 0;
    double length = _Py_c_abs(z);
    if (errno != 0)
        return error_of_errno();
    return Py_BuildValue("dd", length, phase);
}

/* Infinite lengths and angles; errno is EDOM where an angle has no direction. */
static Py_complex
rect_special(double length, double phase)
{
    if (isinf(phase) && length != 0.0 && !isnan(length))
        errno = EDOM;
    if (isinf(length) && isfinite(phase) && phase != 0.0) {
        double side = length > 0 ? 1.0 : -1.0;
        return (Py_complex){side * copysign(Py_HUGE_VAL, cos(phase)),
                            side * copysign(Py_HUGE_VAL, sin(phase))};
    }
    if (length == 0.0 && !isfinite(phase))
        return (Py_complex){0.0, 0.0};
    if (isinf(length)) {
        if (phase == 0.0)
            return (Py_complex){length, length > 0 ? phase : -phase};
        return (Py_complex){Py_HUGE_VAL, Py_NAN};
    }
    if (isnan(length) && phase == 0.0)
        return (Py_complex){Py_NAN, 0.0};
    return (Py_complex){Py_NAN, Py_NAN};
}

static PyObject *
cmath_rect(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("rect", nargs, 2, 2))
        return NULL;
    double length = PyFloat_AsDouble(args[0]);
    if (length == -1.0 && PyErr_Occurred())
        return NULL;
    double phase = PyFloat_AsDouble(args[1]);
    if (phase == -1.0 && PyErr_Occurred())
        return NULL;
    Py_complex result;
    errno = 0;
    if (!isfinite(length) || !isfinite(phase))
        result = rect_special(length, phase);
    else if (phase == 0.0) /* a negative zero survives */
        result = (Py_complex){length, length * phase};
    else
        result = (Py_complex){length * cos(phase), length * sin(phase)};
    return errno == EDOM ? error_of_errno() : PyComplex_FromCComplex(result);
}

/* --- Tests -------------------------------------------------------------------------------------------------------- */

static PyObject *
cmath_isfinite(PyObject *Py_UNUSED(module), PyObject *arg)
{
    Py_complex z;
    return take(arg, &z) ? PyBool_FromLong(is_finite(z)) : NULL;
}

static PyObject *
cmath_isinf(PyObject *Py_UNUSED(module), PyObject *arg)
{
    Py_complex z;
    return take(arg, &z) ? PyBool_FromLong(isinf(z.real) || isinf(z.imag)) : NULL;
}

static PyObject *
cmath_isnan(PyObject *Py_UNUSED(module), PyObject *arg)
{
    Py_complex z;
    return take(arg, &z) ? PyBool_FromLong(isnan(z.real) || isnan(z.imag)) : NULL;
}

typedef struct CloseArgs {
    PyObject *a, *b;
    double rel_tol, abs_tol;
} CloseArgs;

static const KsParam close_params[] = {
    PARAM(CloseArgs, a, ARG_OBJECT, 1),
    PARAM(CloseArgs, b, ARG_OBJECT, 1),
    PARAM_KWONLY(CloseArgs, rel_tol, ARG_DOUBLE, 0),
    PARAM_KWONLY(CloseArgs, abs_tol, ARG_DOUBLE, 0),
    PARAM_END,
};

static PyObject *
cmath_isclose(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs,
              PyObject *kwnames)
{
    CloseArgs given = {.rel_tol = 1e-09, .abs_tol = 0.0};
    Py_complex a, b;
    if (!ks_args_parse("isclose", close_params, args, nargs, kwnames, &given) ||
        !take(given.a, &a) || !take(given.b, &b))
        return NULL;
    if (given.rel_tol < 0.0 || given.abs_tol < 0.0) {
        PyErr_SetString(PyExc_ValueError, "tolerances must be non-negative");
        return NULL;
    }
    if (a.real == b.real && a.imag == b.imag)
        Py_RETURN_TRUE;
    if (isinf(a.real) || isinf(a.imag) || isinf(b.real) || isinf(b.imag))
        Py_RETURN_FALSE;
    double gap = _Py_c_abs(_Py_c_diff(a, b));
    return PyBool_FromLong(gap <= given.rel_tol * _Py_c_abs(b) ||
                           gap <= given.rel_tol * _Py_c_abs(a) || gap <= given.abs_tol);
}

/* --- Module --------------------------------------------------------------------------------------------------------- */

#define ONE(name, doc) METHOD(#name, cmath_##name, METH_O, "($module, z, /)", doc)

static PyMethodDef cmath_methods[] = {
    ONE(acos, "Arc cosine."),
    ONE(acosh, "Inverse hyperbolic cosine."),
    ONE(asin, "Arc sine."),
    ONE(asinh, "Inverse hyperbolic sine."),
    ONE(atan, "Arc tangent."),
    ONE(atanh, "Inverse hyperbolic tangent."),
    ONE(cos, "Cosine."),
    ONE(cosh, "Hyperbolic cosine."),
    ONE(exp, "e to the power of z."),
    METHOD("isclose", cmath_isclose, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)",
           "Whether a and b differ by no more than the tolerances, of which rel_tol is relative\n"
           "to the larger magnitude."),
    ONE(isfinite, "Whether both parts are finite."),
    ONE(isinf, "Whether a part is infinite."),
    ONE(isnan, "Whether a part is a NaN."),
    METHOD("log", cmath_log, METH_FASTCALL, "($module, z, base=<unrepresentable>, /)",
           "Logarithm to the base, natural without one."),
    ONE(log10, "Logarithm to base 10."),
    ONE(phase, "The angle of z in the plane, in [-pi, pi]."),
    ONE(polar, "Length and angle of z."),
    METHOD("rect", cmath_rect, METH_FASTCALL, "($module, r, phi, /)",
           "The number of length r at the angle phi."),
    ONE(sin, "Sine."),
    ONE(sinh, "Hyperbolic sine."),
    ONE(sqrt, "Square root."),
    ONE(tan, "Tangent."),
    ONE(tanh, "Hyperbolic tangent."),
    {NULL, NULL, 0, NULL},
};

static int
cmath_exec(PyObject *module)
{
    static const struct {
        const char *name;
        Py_complex value;
        int is_complex;
    } constants[] = {
        {"pi", {Py_MATH_PI, 0.0}, 0},   {"e", {Py_MATH_E, 0.0}, 0}, {"tau", {Py_MATH_TAU, 0.0}, 0},
        {"inf", {HUGE_VAL, 0.0}, 0},    {"nan", {NAN, 0.0}, 0},     {"infj", {0.0, HUGE_VAL}, 1},
        {"nanj", {0.0, NAN}, 1},
    };
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(constants); i++) {
        KS_OWNED PyObject *value = constants[i].is_complex
                                       ? PyComplex_FromCComplex(constants[i].value)
                                       : PyFloat_FromDouble(constants[i].value.real);
        if (value == NULL || PyModule_AddObjectRef(module, constants[i].name, value) < 0)
            return -1;
    }
    return 0;
}

static PyModuleDef_Slot cmath_slots[] = {
    {Py_mod_exec, cmath_exec},
    {0, NULL},
};

static struct PyModuleDef cmath_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "cmath",
    .m_doc = "Functions of complex numbers.",
    .m_size = 0,
    .m_methods = cmath_methods,
    .m_slots = cmath_slots,
};

PyMODINIT_FUNC
PyInit_cmath(void)
{
    return PyModuleDef_Init(&cmath_definition);
}
