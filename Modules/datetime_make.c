/* SPDX-License-Identifier: MIT */
/* Making a datetime from the clock, a timestamp, a text, or a date and a time. */
#include "datetime_make.h"
#include "ks_args.h"

/* The moment at when, in UTC if asked or for a zone, else in local time; converted by the zone. */
static KS_NEW PyObject *
from_seconds(PyObject *type, time_t when, int us, int utc, PyObject *tzinfo)
{
    KsMoment m;
    if ((utc || tzinfo != Py_None ? ks_dt_utc_moment(when, &m) : ks_dt_local_moment(when, &m)) < 0)
        return NULL;
    m.us = us;
    if (!utc && tzinfo == Py_None && ks_dt_local_fold(when, &m, &m.fold) < 0)
        return NULL;
    KS_OWNED PyObject *self = ks_dt_datetime_subclass(&m, tzinfo, type);
    if (self == NULL || tzinfo == Py_None)
        return ks_give(&self);
    return PyObject_CallMethodOneArg(tzinfo, KS_INTERN("fromutc"), self);
}

static KS_NEW PyObject *
from_timestamp(PyObject *type, PyObject *timestamp, int utc, PyObject *tzinfo)
{
    time_t when;
    long us;
    if (_PyTime_ObjectToTimeval(timestamp, &when, &us, _PyTime_ROUND_HALF_EVEN) < 0)
        return NULL;
    return from_seconds(type, when, (int)us, utc, tzinfo);
}

static KS_NEW PyObject *
from_clock(PyObject *type, int utc, PyObject *tzinfo)
{
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    return from_seconds(type, now.tv_sec, (int)(now.tv_nsec / 1000), utc, tzinfo);
}

typedef struct NowArgs {
    PyObject *tz;
} NowArgs;
static const KsParam now_params[] = {PARAM(NowArgs, tz, ARG_OBJECT, 0), PARAM_END};

PyObject *
ks_dt_datetime_now(PyObject *type, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    NowArgs in = {Py_None};
    if (!ks_args_parse("now", now_params, args, nargs, kwnames, &in) || ks_dt_check_tzinfo(in.tz) < 0)
        return NULL;
    return from_clock(type, 0, in.tz);
}

PyObject *
ks_dt_datetime_utcnow(PyObject *type, PyObject *Py_UNUSED(ignored))
{
    return from_clock(type, 1, Py_None);
}

PyObject *
ks_dt_datetime_fromtimestamp(PyObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"timestamp", "tz", NULL};
    PyObject *timestamp, *tzinfo = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O:fromtimestamp", names, &timestamp, &tzinfo) ||
        ks_dt_check_tzinfo(tzinfo) < 0)
        return NULL;
    return from_timestamp(type, timestamp, 0, tzinfo);
}

PyObject *
ks_dt_datetime_utcfromtimestamp(PyObject *type, PyObject *args)
{
    PyObject *timestamp;
    if (!PyArg_ParseTuple(args, "O:utcfromtimestamp", &timestamp))
        return NULL;
    return from_timestamp(type, timestamp, 1, Py_None);
}

PyObject *
ks_dt_datetime_strptime(PyObject *type, PyObject *args)
{
    PyObject *text, *format;
    if (!PyArg_ParseTuple(args, "UU:strptime", &text, &format))
        return NULL;
    KS_OWNED PyObject *module = PyImport_ImportModule("_strptime");
    if (module == NULL)
        return NULL;
    return PyObject_CallMethod(module, "_strptime_datetime", "OOO", type, text, format);
}

PyObject *
ks_dt_datetime_combine(PyObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"date", "time", "tzinfo", NULL};
    PyObject *date, *time, *tzinfo = NULL;
    KsMoment m;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!O!|O:combine", names, &ks_dt_date_type, &date,
                                     &ks_dt_time_type, &time, &tzinfo))
        return NULL;
    if (tzinfo == NULL)
        tzinfo = DT_TZINFO(time, PyDateTime_Time);
    ks_dt_time_read(time, &m);
    m.year = PyDateTime_GET_YEAR(date);
    m.month = PyDateTime_GET_MONTH(date);
    m.day = PyDateTime_GET_DAY(date);
    return ks_dt_datetime_subclass(&m, tzinfo, type);
}

PyObject *
ks_dt_datetime_fromisoformat(PyObject *type, PyObject *text)
{
    KsMoment m = {0};
    int zoned = 0, seconds = 0, us = 0;
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "fromisoformat: argument must be str");
        return NULL;
    }
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    Py_ssize_t end = length < 7 ? -1 : ks_dt_find_separator(text);
    if (end < 0 || end > length || ks_dt_parse_date(text, 0, end, &m) < 0)
        return ks_dt_bad_iso(text);
    if (length > end && (zoned = ks_dt_parse_time(text, end + 1, length, &m, &seconds, &us)) < 0)
        return ks_dt_bad_iso(text);
    KS_OWNED PyObject *tzinfo = ks_dt_offset_zone(zoned, seconds, us);
    return tzinfo == NULL ? NULL : ks_dt_datetime_subclass(&m, tzinfo, type);
}
