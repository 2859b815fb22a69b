/* SPDX-License-Identifier: MIT */
/* The machine's own time zone, asked through localtime. "Local seconds" count a wall clock as if
 * it were UTC, from the start of ordinal 0. */
#include "datetime_parts.h"

#define EPOCH_SECONDS (719163LL * DT_DAY_SECONDS)
/* No zone was ever moved by more than a day. */
#define MAX_FOLD_SECONDS DT_DAY_SECONDS

static void
moment_from_tm(const struct tm *tm, KsMoment *m)
{
    m->year = tm->tm_year + 1900;
    m->month = tm->tm_mon + 1;
    m->day = tm->tm_mday;
    m->hour = tm->tm_hour;
    m->minute = tm->tm_min;
    m->second = Py_MIN(tm->tm_sec, 59); /* no leap seconds here */
    m->us = m->fold = 0;
}

int
ks_dt_local_moment(time_t when, KsMoment *m)
{
    struct tm tm;
    if (_PyTime_localtime(when, &tm) != 0)
        return -1;
    moment_from_tm(&tm, m);
    return 0;
}

int
ks_dt_utc_moment(time_t when, KsMoment *m)
{
    struct tm tm;
    if (_PyTime_gmtime(when, &tm) != 0)
        return -1;
    moment_from_tm(&tm, m);
    return 0;
}

static int
moment_seconds(const KsMoment *m, long long *seconds)
{
    if (m->year < 1 || m->year > DT_MAX_YEAR) {
        PyErr_Format(PyExc_ValueError, "year %i is out of range", m->year);
        return -1;
    }
    long long days = ks_dt_ordinal(m->year, m->month, m->day);
    *seconds = ((days * 24 + m->hour) * 60 + m->minute) * 60 + m->second;
    return 0;
}

static int
local(long long when, long long *seconds)
{
    KsMoment m;
    if (ks_dt_local_moment((time_t)(when - EPOCH_SECONDS), &m) < 0)
        return -1;
    return moment_seconds(&m, seconds);
}

/* Whether the moment that is local time at when is the second of its name. */
int
ks_dt_local_fold(time_t when, const KsMoment *m, int *fold)
{
    long long here, before, probe;
    *fold = 0;
    if (when <= MAX_FOLD_SECONDS - EPOCH_SECONDS || moment_seconds(m, &here) < 0)
        return PyErr_Occurred() ? -1 : 0;
    if (local(EPOCH_SECONDS + when - MAX_FOLD_SECONDS, &before) < 0)
        return -1;
    long long shift = here - before - MAX_FOLD_SECONDS;
    if (shift >= 0)
        return 0;
    if (local(EPOCH_SECONDS + when + shift, &probe) < 0)
        return -1;
    *fold = probe == here;
    return 0;
}

/* Inverts local(): tries the offset in force there and the one a day to the side that fold tells. */
int
ks_dt_local_seconds(const KsMoment *m, long long *unix_seconds)
{
    long long wanted, answer, other, first, second, result;
    if (moment_seconds(m, &wanted) < 0 || local(wanted, &answer) < 0)
        return -1;
    long long offset = answer - wanted;
    first = wanted - offset;
    if (local(first, &answer) < 0)
        return -1;
    long long other_offset;
    if (answer == wanted) {
        long long aside = first + (m->fold ? MAX_FOLD_SECONDS : -MAX_FOLD_SECONDS);
        if (local(aside, &other) < 0)
            return -1;
        other_offset = other - aside;
        if (other_offset == offset) {
            *unix_seconds = first - EPOCH_SECONDS;
            return 0;
        }
    }
    else
        other_offset = answer - first;
    second = wanted - other_offset;
    if (local(second, &other) < 0)
        return -1;
    if (other == wanted)
        result = second;
    else if (answer == wanted)
        result = first;
    else /* a gap: no such time; fold picks the side */
        result = m->fold ? Py_MIN(first, second) : Py_MAX(first, second);
    *unix_seconds = result - EPOCH_SECONDS;
    return 0;
}

/* The zone in force at that time, as a fixed offset with its name. */
PyObject *
ks_dt_local_zone(long long unix_seconds)
{
    struct tm tm;
    if (_PyTime_localtime((time_t)unix_seconds, &tm) != 0)
        return NULL;
    KS_OWNED PyObject *delta = ks_dt_delta_from_parts(0, (int)tm.tm_gmtoff, 0, 1, &ks_dt_delta_type);
    if (delta == NULL)
        return NULL;
    KS_OWNED PyObject *name = PyUnicode_DecodeLocale(tm.tm_zone, "surrogateescape");
    return name == NULL ? NULL : ks_dt_timezone_new(delta, name);
}
