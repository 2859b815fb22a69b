/* SPDX-License-Identifier: MIT */
/* _PyTime_t: points in time and durations as 64-bit nanoseconds.
 *
 * Conversions from Python objects round as asked and raise OverflowError; arithmetic between
 * timestamps clamps instead, so that it needs neither exceptions nor the GIL. */
#include "Python.h"
#include "ks_base.h"

#include <errno.h>
#include <math.h>
#include <sys/time.h>
#include <time.h>

#define NS_PER_SECOND 1000000000LL
#define NS_PER_MS 1000000LL
#define NS_PER_US 1000LL
#define US_PER_SECOND 1000000LL

static int
raise_timestamp_overflow(void)
{
    PyErr_SetString(PyExc_OverflowError, "timestamp too large to convert to C _PyTime_t");
    return -1;
}

static int
raise_time_t_overflow(void)
{
    PyErr_SetString(PyExc_OverflowError, "timestamp out of range for platform time_t");
    return -1;
}

/* ---- arithmetic ---- */

static _PyTime_t
clamp_add(_PyTime_t a, _PyTime_t b, int *overflow)
{
    _PyTime_t sum;
    if (!__builtin_add_overflow(a, b, &sum))
        return sum;
    *overflow = 1;
    return a < 0 ? _PyTime_MIN : _PyTime_MAX;
}

static _PyTime_t
clamp_mul(_PyTime_t a, _PyTime_t b, int *overflow)
{
    _PyTime_t product;
    if (!__builtin_mul_overflow(a, b, &product))
        return product;
    *overflow = 1;
    return (a < 0) != (b < 0) ? _PyTime_MIN : _PyTime_MAX;
}

_PyTime_t
_PyTime_Add(_PyTime_t t1, _PyTime_t t2)
{
    int ignored = 0;
    return clamp_add(t1, t2, &ignored);
}

/* ticks * mul / div, split so that only the quotient's part can overflow. */
_PyTime_t
_PyTime_MulDiv(_PyTime_t ticks, _PyTime_t mul, _PyTime_t div)
{
    int ignored = 0;
    _PyTime_t whole = clamp_mul(ticks / div, mul, &ignored);
    return clamp_add(whole, ticks % div * mul / div, &ignored);
}

/* t / k for k > 1, rounded. */
static _PyTime_t
divide(_PyTime_t t, _PyTime_t k, _PyTime_round_t round)
{
    _PyTime_t quotient = t / k, rest = t % k;
    if (rest == 0)
        return quotient;
    int sign = rest < 0 ? -1 : 1;
    switch (round) {
    case _PyTime_ROUND_FLOOR:
        return rest < 0 ? quotient - 1 : quotient;
    case _PyTime_ROUND_CEILING:
        return rest > 0 ? quotient + 1 : quotient;
    case _PyTime_ROUND_UP:
        return quotient + sign;
    default: {
        _PyTime_t size = rest < 0 ? -rest : rest;
        int up = size > k - size || (size == k - size && (quotient & 1));
        return up ? quotient + sign : quotient;
    }
    }
}

static double
round_double(double x, _PyTime_round_t round)
{
    switch (round) {
    case _PyTime_ROUND_FLOOR:
        return floor(x);
    case _PyTime_ROUND_CEILING:
        return ceil(x);
    case _PyTime_ROUND_UP:
        return x >= 0.0 ? ceil(x) : floor(x);
    default: {
        double below = floor(x), part = x - below;
        int odd = fmod(below, 2.0) != 0.0;
        return part > 0.5 || (part == 0.5 && odd) ? below + 1.0 : below;
    }
    }
}

/* ---- ints, time_t ---- */

time_t
_PyLong_AsTime_t(PyObject *obj)
{
    long long value = PyLong_AsLongLong(obj);
    if (value == -1 && PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_OverflowError))
        raise_time_t_overflow();
    return (time_t)value;
}

PyObject *
_PyLong_FromTime_t(time_t t)
{
    return PyLong_FromLongLong((long long)t);
}

static int
nan_check(double d)
{
    if (!isnan(d))
        return 0;
    PyErr_SetString(PyExc_ValueError, "Invalid value NaN (not a number)");
    return -1;
}

/* Is d, a whole number, representable in 64 bits? */
static int
fits_int64(double d)
{
    return d >= -9223372036854775808.0 && d < 9223372036854775808.0;
}

int
_PyTime_ObjectToTime_t(PyObject *obj, time_t *sec, _PyTime_round_t round)
{
    if (PyFloat_Check(obj)) {
        double d = PyFloat_AsDouble(obj);
        if (nan_check(d) < 0) {
            *sec = 0;
            return -1;
        }
        d = round_double(d, round);
        if (!fits_int64(d)) {
            *sec = 0;
            return raise_time_t_overflow();
        }
        *sec = (time_t)d;
        return 0;
    }
    *sec = _PyLong_AsTime_t(obj);
    return *sec == (time_t)-1 && PyErr_Occurred() ? -1 : 0;
}

/* Seconds and a fraction counted in 1/scale, 0 <= fraction < scale. */
static int
object_to_parts(PyObject *obj, time_t *sec, long *fraction, long scale, _PyTime_round_t round)
{
    *fraction = 0;
    if (!PyFloat_Check(obj)) {
        *sec = _PyLong_AsTime_t(obj);
        return *sec == (time_t)-1 && PyErr_Occurred() ? -1 : 0;
    }
    double whole, d = PyFloat_AsDouble(obj);
    if (nan_check(d) < 0)
        return -1;
    double part = round_double(modf(d, &whole) * scale, round);
    if (part >= scale) {
        part -= scale;
        whole += 1.0;
    } else if (part < 0) {
        part += scale;
        whole -= 1.0;
    }
    if (!fits_int64(whole))
        return raise_time_t_overflow();
    *sec = (time_t)whole;
    *fraction = (long)part;
    return 0;
}

int
_PyTime_ObjectToTimeval(PyObject *obj, time_t *sec, long *usec, _PyTime_round_t round)
{
    return object_to_parts(obj, sec, usec, US_PER_SECOND, round);
}

int
_PyTime_ObjectToTimespec(PyObject *obj, time_t *sec, long *nsec, _PyTime_round_t round)
{
    return object_to_parts(obj, sec, nsec, NS_PER_SECOND, round);
}

/* ---- to timestamps ---- */

_PyTime_t
_PyTime_FromSeconds(int seconds)
{
    return (_PyTime_t)seconds * NS_PER_SECOND;
}

_PyTime_t
_PyTime_FromNanoseconds(_PyTime_t ns)
{
    return ns;
}

int
_PyTime_FromNanosecondsObject(_PyTime_t *tp, PyObject *obj)
{
    if (!PyLong_Check(obj)) {
        PyErr_Format(PyExc_TypeError, "expect int, got %s", Py_TYPE(obj)->tp_name);
        return -1;
    }
    long long ns = PyLong_AsLongLong(obj);
    if (ns == -1 && PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError))
            raise_timestamp_overflow();
        return -1;
    }
    *tp = ns;
    return 0;
}

static int
from_object(_PyTime_t *tp, PyObject *obj, _PyTime_t unit_ns, _PyTime_round_t round)
{
    if (PyFloat_Check(obj)) {
        double d = PyFloat_AsDouble(obj);
        if (nan_check(d) < 0)
            return -1;
        d = round_double(d * (double)unit_ns, round);
        if (!fits_int64(d)) {
            *tp = 0;
            return raise_timestamp_overflow();
        }
        *tp = (_PyTime_t)d;
        return 0;
    }
    long long count = PyLong_AsLongLong(obj);
    if (count == -1 && PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError))
            raise_timestamp_overflow();
        return -1;
    }
    int overflow = 0;
    *tp = clamp_mul(count, unit_ns, &overflow);
    return overflow ? raise_timestamp_overflow() : 0;
}

int
_PyTime_FromSecondsObject(_PyTime_t *tp, PyObject *obj, _PyTime_round_t round)
{
    return from_object(tp, obj, NS_PER_SECOND, round);
}

int
_PyTime_FromMillisecondsObject(_PyTime_t *tp, PyObject *obj, _PyTime_round_t round)
{
    return from_object(tp, obj, NS_PER_MS, round);
}

static int
from_parts(_PyTime_t *tp, time_t seconds, _PyTime_t ns, int raise)
{
    int overflow = 0;
    *tp = clamp_add(clamp_mul(seconds, NS_PER_SECOND, &overflow), ns, &overflow);
    if (overflow && raise)
        raise_timestamp_overflow();
    return overflow ? -1 : 0;
}

int
_PyTime_FromTimeval(_PyTime_t *tp, struct timeval *tv)
{
    return from_parts(tp, tv->tv_sec, tv->tv_usec * NS_PER_US, 1);
}

int
_PyTime_FromTimespec(_PyTime_t *tp, struct timespec *ts)
{
    return from_parts(tp, ts->tv_sec, ts->tv_nsec, 1);
}

/* ---- from timestamps ---- */

double
_PyTime_AsSecondsDouble(_PyTime_t t)
{
    /* A whole number of seconds is converted without passing through a division. */
    if (t % NS_PER_SECOND == 0)
        return (double)(t / NS_PER_SECOND);
    return (double)t / 1e9;
}

_PyTime_t
_PyTime_AsNanoseconds(_PyTime_t t)
{
    return t;
}

PyObject *
_PyTime_AsNanosecondsObject(_PyTime_t t)
{
    return PyLong_FromLongLong(t);
}

_PyTime_t
_PyTime_AsMilliseconds(_PyTime_t t, _PyTime_round_t round)
{
    return divide(t, NS_PER_MS, round);
}

_PyTime_t
_PyTime_AsMicroseconds(_PyTime_t t, _PyTime_round_t round)
{
    return divide(t, NS_PER_US, round);
}

/* Splits count (in 1/scale seconds) into seconds and a part that is not negative. */
static void
split(_PyTime_t count, _PyTime_t scale, _PyTime_t *seconds, _PyTime_t *part)
{
    *seconds = count / scale;
    *part = count % scale;
    if (*part < 0) {
        *part += scale;
        *seconds -= 1;
    }
}

int
_PyTime_AsTimevalTime_t(_PyTime_t t, time_t *seconds, int *us, _PyTime_round_t round)
{
    _PyTime_t whole, part;
    split(_PyTime_AsMicroseconds(t, round), US_PER_SECOND, &whole, &part);
    *seconds = (time_t)whole;
    *us = (int)part;
    return 0;
}

void
_PyTime_AsTimeval_clamp(_PyTime_t t, struct timeval *tv, _PyTime_round_t round)
{
    _PyTime_t whole, part;
    split(_PyTime_AsMicroseconds(t, round), US_PER_SECOND, &whole, &part);
    tv->tv_sec = (time_t)whole;
    tv->tv_usec = (suseconds_t)part;
}

/* 64-bit nanoseconds always fit into a 64-bit time_t: these two cannot fail here. */
int
_PyTime_AsTimeval(_PyTime_t t, struct timeval *tv, _PyTime_round_t round)
{
    _PyTime_AsTimeval_clamp(t, tv, round);
    return 0;
}

void
_PyTime_AsTimespec_clamp(_PyTime_t t, struct timespec *ts)
{
    _PyTime_t whole, part;
    split(t, NS_PER_SECOND, &whole, &part);
    ts->tv_sec = (time_t)whole;
    ts->tv_nsec = (long)part;
}

int
_PyTime_AsTimespec(_PyTime_t t, struct timespec *ts)
{
    _PyTime_AsTimespec_clamp(t, ts);
    return 0;
}

/* ---- clocks ---- */

static int
read_clock(clockid_t clock, _PyTime_t *tp, int raise)
{
    struct timespec ts;
    if (clock_gettime(clock, &ts) != 0) {
        *tp = 0;
        if (raise)
            PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    return from_parts(tp, ts.tv_sec, ts.tv_nsec, raise);
}

static int
read_clock_info(clockid_t clock, _PyTime_t *tp, _Py_clock_info_t *info, const char *name,
                int monotonic)
{
    if (read_clock(clock, tp, 1) < 0)
        return -1;
    if (info != NULL) {
        struct timespec resolution;
        *info = (_Py_clock_info_t){name, monotonic, !monotonic, 1e-9};
        if (clock_getres(clock, &resolution) == 0)
            info->resolution = (double)resolution.tv_sec + (double)resolution.tv_nsec * 1e-9;
    }
    return 0;
}

_PyTime_t
_PyTime_GetSystemClock(void)
{
    _PyTime_t t;
    read_clock(CLOCK_REALTIME, &t, 0);
    return t;
}

int
_PyTime_GetSystemClockWithInfo(_PyTime_t *t, _Py_clock_info_t *info)
{
    return read_clock_info(CLOCK_REALTIME, t, info, "clock_gettime(CLOCK_REALTIME)", 0);
}

_PyTime_t
_PyTime_GetMonotonicClock(void)
{
    _PyTime_t t;
    read_clock(CLOCK_MONOTONIC, &t, 0);
    return t;
}

int
_PyTime_GetMonotonicClockWithInfo(_PyTime_t *t, _Py_clock_info_t *info)
{
    return read_clock_info(CLOCK_MONOTONIC, t, info, "clock_gettime(CLOCK_MONOTONIC)", 1);
}

_PyTime_t
_PyTime_GetPerfCounter(void)
{
    return _PyTime_GetMonotonicClock();
}

int
_PyTime_GetPerfCounterWithInfo(_PyTime_t *t, _Py_clock_info_t *info)
{
    return _PyTime_GetMonotonicClockWithInfo(t, info);
}

_PyTime_t
_PyDeadline_Init(_PyTime_t timeout)
{
    return _PyTime_Add(_PyTime_GetMonotonicClock(), timeout);
}

_PyTime_t
_PyDeadline_Get(_PyTime_t deadline)
{
    return deadline - _PyTime_GetMonotonicClock();
}

/* ---- calendar ---- */

static int
calendar(struct tm *(*convert)(const time_t *, struct tm *), time_t t, struct tm *tm)
{
    errno = 0;
    if (convert(&t, tm) != NULL)
        return 0;
    if (errno == 0)
        errno = EINVAL;
    PyErr_SetFromErrno(PyExc_OSError);
    return -1;
}

int
_PyTime_localtime(time_t t, struct tm *tm)
{
    return calendar(localtime_r, t, tm);
}

int
_PyTime_gmtime(time_t t, struct tm *tm)
{
    return calendar(gmtime_r, t, tm);
}
