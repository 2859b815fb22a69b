/* SPDX-License-Identifier: MIT */
/* math: the gamma function and its logarithm, by a Lanczos approximation.
 *
 * The coefficients (13 terms, g = 6.0246...) are those of Boost's lanczos13m53; relative errors
 * stay within a few units in the last place. */
#include "Python.h"
#include "math_parts.h"

#include <errno.h>

static const double lanczos_g = 6.024680040776729583740234375;
static const double lanczos_g_less_half = 5.524680040776729583740234375;

enum { LANCZOS_TERMS = 13, EXACT_FACTORIALS = 23 };

static const double numerators[LANCZOS_TERMS] = {
    23531376880.410759688572007674451636754734846804940,
    42919803642.649098768957899047001988850926355848959,
    35711959237.355668049440185451547166705960488635843,
    17921034426.037209699919755754458931112671403265390,
    6039542586.3520280050642916443072979210699388420708,
    1439720407.3117216736632230727949123939715485786372,
    248874557.86205415651146038641322942321632125127801,
    31426415.585400194380614231628318205362874684987640,
    2876370.6289353724412254090516208496135991145378768,
    186056.26539522349504029498971604569928220784236328,
    8071.6720023658162106380029022722506138218516325024,
    210.82427775157934587250973392071336271166969580291,
    2.5066282746310002701649081771338373386264310793408,
};

/* Of the polynomial x * (x + 1) * ... * (x + 11). */
static const double denominators[LANCZOS_TERMS] = {
    0.0,       39916800.0, 120543840.0, 150917976.0, 105258076.0, 45995730.0, 13339535.0,
    2637558.0, 357423.0,   32670.0,     1925.0,      66.0,        1.0,
};

/* Small arguments in powers of x, large ones in powers of 1/x, against overflow. */
static double
lanczos_sum(double x)
{
    double top = 0.0, bottom = 0.0;
    if (x < 5.0) {
        for (int i = LANCZOS_TERMS - 1; i >= 0; i--) {
            top = top * x + numerators[i];
            bottom = bottom * x + denominators[i];
        }
    }
    else {
        for (int i = 0; i < LANCZOS_TERMS; i++) {
            top = top / x + numerators[i];
            bottom = bottom / x + denominators[i];
        }
    }
    return top / bottom;
}

/* sin(pi * x) for finite x, accurate near whole numbers. */
static double
sin_pi(double x)
{
    double y = fmod(fabs(x), 2.0), result;
    switch ((int)round(2.0 * y)) {
    case 0:
        result = sin(Py_MATH_PI * y);
        break;
    case 1:
        result = cos(Py_MATH_PI * (y - 0.5));
        break;
    case 2:
        result = sin(Py_MATH_PI * (1.0 - y));
        break;
    case 3:
        result = -cos(Py_MATH_PI * (y - 1.5));
        break;
    default:
        result = sin(Py_MATH_PI * (y - 2.0));
        break;
    }
    return copysign(1.0, x) * result;
}

/* (n - 1)! for n from 1 to EXACT_FACTORIALS: all are exact. */
static double
exact_gamma(int n)
{
    double product = 1.0;
    for (int i = 2; i < n; i++)
        product *= i;
    return product;
}

/* Away from poles, whole numbers and extremes. */
static double
gamma_by_lanczos(double x)
{
    double size = fabs(x), y = size + lanczos_g_less_half, result;
    /* What rounding took from y is put back in first order. */
    double lost = size > lanczos_g_less_half ? (y - size) - lanczos_g_less_half
                                             : (y - lanczos_g_less_half) - size;
    double correction = lost * lanczos_g / y;
    double half_power = size < 140.0 ? pow(y, size - 0.5) : pow(y, size / 2.0 - 0.25);
    if (x < 0.0) { /* by reflection */
        result = -Py_MATH_PI / sin_pi(size) / size * exp(y) / lanczos_sum(size);
        result -= correction * result;
        result /= half_power;
        if (size >= 140.0)
            result /= half_power;
    }
    else {
        result = lanczos_sum(size) / exp(y);
        result += correction * result;
        result *= half_power;
        if (size >= 140.0)
            result *= half_power;
    }
    if (isinf(result))
        errno = ERANGE;
    return result;
}

double
math_gamma_of(double x)
{
    if (!isfinite(x)) {
        if (isnan(x) || x > 0.0)
            return x;
        errno = EDOM;
        return Py_NAN;
    }
    if (x == 0.0) {
        errno = EDOM;
        return copysign(Py_HUGE_VAL, x);
    }
    if (x == floor(x)) {
        if (x < 0.0) {
            errno = EDOM;
            return Py_NAN;
        }
        if (x <= EXACT_FACTORIALS)
            return exact_gamma((int)x);
    }
    if (fabs(x) < 1e-20) {
        double result = 1.0 / x;
        if (isinf(result))
            errno = ERANGE;
        return result;
    }
    if (fabs(x) > 200.0) {
        if (x < 0.0)
            return 0.0 / sin_pi(x);
        errno = ERANGE;
        return Py_HUGE_VAL;
    }
    return gamma_by_lanczos(x);
}

double
math_lgamma_of(double x)
{
    static const double log_pi = 1.144729885849400174143427351353058711647;
    if (!isfinite(x))
        return isnan(x) ? x : Py_HUGE_VAL;
    if (x == floor(x) && x <= 2.0) {
        if (x > 0.0)
            return 0.0;
        errno = EDOM;
        return Py_HUGE_VAL;
    }
    double size = fabs(x);
    if (size < 1e-20)
        return -log(size);
    double result = log(lanczos_sum(size)) - lanczos_g;
    result += (size - 0.5) * (log(size + lanczos_g - 0.5) - 1);
    if (x < 0.0)
        result = log_pi - log(fabs(sin_pi(size))) - log(size) - result;
    if (isinf(result))
        errno = ERANGE;
    return result;
}
