/* SPDX-License-Identifier: MIT */
/* What the files of the datetime module share. The objects' layouts are those of datetime.h;
 * sums are made in whole microseconds of 128 bits, which hold any timedelta and any product of
 * two of them that can matter. */
#ifndef KS_DATETIME_PARTS_H
#define KS_DATETIME_PARTS_H

#define PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#include "Python.h"
#define _PY_DATETIME_IMPL
#include "datetime.h"
#undef _PY_DATETIME_IMPL
#include "ks_base.h"

#define DT_MAX_YEAR 9999
#define DT_MAX_ORDINAL 3652059
#define DT_MAX_DELTA_DAYS 999999999
#define DT_DAY_SECONDS 86400
#define DT_DAY_US ((__int128)86400 * 1000000)

typedef __int128 KsMicros;

/* A reading of calendar and clock. */
typedef struct KsMoment {
    int year, month, day, hour, minute, second, us, fold;
} KsMoment;

extern PyTypeObject ks_dt_date_type, ks_dt_datetime_type, ks_dt_time_type, ks_dt_delta_type;
extern PyTypeObject ks_dt_tzinfo_type, ks_dt_timezone_type, ks_dt_isodate_type;
extern PyObject *ks_dt_utc;   /* the timezone.utc singleton */
extern PyObject *ks_dt_epoch; /* 1970-01-01 UTC, aware */

#define DT_IS_DATE(op) PyObject_TypeCheck(op, &ks_dt_date_type)
#define DT_IS_DATETIME(op) PyObject_TypeCheck(op, &ks_dt_datetime_type)
#define DT_IS_TIME(op) PyObject_TypeCheck(op, &ks_dt_time_type)
#define DT_IS_DELTA(op) PyObject_TypeCheck(op, &ks_dt_delta_type)
#define DT_IS_TZINFO(op) PyObject_TypeCheck(op, &ks_dt_tzinfo_type)

/* datetime_calendar.c: the proleptic Gregorian calendar; ordinal 1 is 0001-01-01. */
int ks_dt_days_in_month(int year, int month);
int ks_dt_days_before_month(int year, int month);
int ks_dt_ordinal(int year, int month, int day);
void ks_dt_from_ordinal(int ordinal, int *year, int *month, int *day);
int ks_dt_weekday(int year, int month, int day);
int ks_dt_iso_week1_monday(int year);
void ks_dt_iso_calendar(int year, int month, int day, int *iso_year, int *week, int *weekday);
/* 0, or -2 year, -3 week, -4 day when that part is out of range. */
int ks_dt_iso_to_ymd(int iso_year, int week, int weekday, int *year, int *month, int *day);
/* 0, or -1 with ValueError. */
int ks_dt_check_date(int year, int month, int day);
int ks_dt_check_time(int hour, int minute, int second, int us, int fold);
int ks_dt_check_tzinfo(PyObject *tzinfo);
/* Moves the moment by us; -1 with OverflowError beyond the calendar. */
int ks_dt_moment_shift(KsMoment *moment, KsMicros us);
KsMicros ks_dt_moment_us(const KsMoment *moment);

/* datetime_delta.c */
KsMicros ks_dt_delta_us(PyObject *delta);
KS_NEW PyObject *ks_dt_delta_from_us(KsMicros us, PyTypeObject *type);
KS_NEW PyObject *ks_dt_delta_from_parts(int days, int seconds, int us, int normalize, PyTypeObject *type);
KS_NEW PyObject *ks_dt_delta_hash_object(KsMicros us);

/* datetime_zone.c: calls of a tzinfo's methods; None or a checked timedelta. */
KS_NEW PyObject *ks_dt_call_utcoffset(PyObject *tzinfo, PyObject *arg);
KS_NEW PyObject *ks_dt_call_dst(PyObject *tzinfo, PyObject *arg);
KS_NEW PyObject *ks_dt_call_tzname(PyObject *tzinfo, PyObject *arg);
KS_NEW PyObject *ks_dt_timezone_new(PyObject *offset, PyObject *name);
/* Never the UTC singleton, and without a check of the range. */
KS_NEW PyObject *ks_dt_timezone_make(PyObject *offset, PyObject *name);

/* datetime_format.c */
int ks_dt_format_offset(char *buffer, size_t size, const char *separator, PyObject *tzinfo, PyObject *arg);
void ks_dt_offset_text(char *buffer, size_t size, const char *separator, PyObject *delta);
/* "HH:MM:SS.ffffff" shortened as timespec (UTF-8, NULL = auto) says; -1 with ValueError. */
int ks_dt_clock_text(char *buffer, size_t size, const char *timespec, const KsMoment *moment);
KS_NEW PyObject *ks_dt_strftime(PyObject *self, PyObject *format, PyObject *timetuple, PyObject *arg);
/* The method __format__: strftime(), or str() for an empty format. */
PyObject *ks_dt_format(PyObject *self, PyObject *args);
KS_NEW PyObject *ks_dt_struct_time(const KsMoment *moment, int dst);
KS_NEW PyObject *ks_dt_ctime(const KsMoment *moment);
KS_NEW PyObject *ks_dt_repr_tail(KS_STEALS PyObject *text, PyObject *tzinfo, int fold);
/* 1 and the pickled state in args as bytes of the wanted size (new) with its zone (borrowed), 0
 * when args are no such state, -1 with an exception. A str is encoded as Latin-1. */
int ks_dt_pickle_state(PyObject *args, const char *what, Py_ssize_t size, PyObject **state, PyObject **tzinfo);

/* datetime_iso.c: 0, or -1 when the text is no ISO 8601 form that is known here. */
int ks_dt_parse_date(PyObject *text, Py_ssize_t start, Py_ssize_t end, KsMoment *moment);
/* 1 with an offset in *offset_seconds and *offset_us, 0 without one, -1 malformed. */
int ks_dt_parse_time(PyObject *text, Py_ssize_t start, Py_ssize_t end, KsMoment *moment,
                     int *offset_seconds, int *offset_us);
Py_ssize_t ks_dt_find_separator(PyObject *text);
KS_NEW PyObject *ks_dt_offset_zone(int has_offset, int seconds, int us);
KS_COLD PyObject *ks_dt_bad_iso(PyObject *text);

/* datetime_date.c */
KS_NEW PyObject *ks_dt_date_new(int year, int month, int day, PyTypeObject *type);
KS_NEW PyObject *ks_dt_date_subclass(int year, int month, int day, PyObject *type);
KS_NEW PyObject *ks_dt_date_from_timestamp(PyObject *type, PyObject *timestamp);
KS_COLD PyObject *ks_dt_cannot_compare(PyObject *left, PyObject *right);

/* datetime_clock.c: getters of a byte, of three bytes of microseconds, and of the zone, whose closure
 * is an offset in the object. */
PyObject *ks_dt_clock_byte(PyObject *self, void *offset);
PyObject *ks_dt_clock_us(PyObject *self, void *offset);
PyObject *ks_dt_clock_zone(PyObject *self, void *offset);
/* The rows of a table of getters; `first` is the number of the hour's byte in the data. */
#define DT_CLOCK_GETTERS(Type, first)                                                           \
    {"hour", ks_dt_clock_byte, NULL, NULL, (void *)(offsetof(Type, data) + (first))},           \
    {"minute", ks_dt_clock_byte, NULL, NULL, (void *)(offsetof(Type, data) + (first) + 1)},     \
    {"second", ks_dt_clock_byte, NULL, NULL, (void *)(offsetof(Type, data) + (first) + 2)},     \
    {"microsecond", ks_dt_clock_us, NULL, NULL, (void *)(offsetof(Type, data) + (first) + 3)},  \
    {"tzinfo", ks_dt_clock_zone, NULL, NULL, (void *)offsetof(Type, tzinfo)},                   \
    {"fold", ks_dt_clock_byte, NULL, NULL, (void *)offsetof(Type, fold)}
/* What pickle stores: data bytes, of which one has a bit for the fold, and the zone. */
typedef struct KsClockState {
    const unsigned char *data;
    Py_ssize_t size;
    int fold_byte, fold;
    PyObject *zone; /* borrowed, or None */
} KsClockState;
KS_NEW PyObject *ks_dt_clock_reduce(PyObject *self, int protocol, const KsClockState *state);
KS_NEW PyObject *ks_dt_clock_reduce_ex(PyObject *self, PyObject *args, const KsClockState *state);
/* 1 with the difference of the offsets from UTC (0 if neither has one), 0 if only one has, -1 with
 * an exception. */
int ks_dt_clock_offsets(PyObject *left, PyObject *right, PyObject *(*utcoffset)(PyObject *, PyObject *),
                        KsMicros *difference);

/* datetime_time.c */
KS_NEW PyObject *ks_dt_time_new(int hour, int minute, int second, int us, PyObject *tzinfo, int fold,
                                PyTypeObject *type);
void ks_dt_time_read(PyObject *self, KsMoment *moment);

/* datetime_datetime.c */
KS_NEW PyObject *ks_dt_datetime_new(const KsMoment *moment, PyObject *tzinfo, PyTypeObject *type);
KS_NEW PyObject *ks_dt_datetime_subclass(const KsMoment *moment, PyObject *tzinfo, PyObject *type);
void ks_dt_datetime_read(PyObject *self, KsMoment *moment);
KS_NEW PyObject *ks_dt_datetime_shift(PyObject *self, KsMicros us);
KS_NEW PyObject *ks_dt_datetime_fromtimestamp(PyObject *type, PyObject *args, PyObject *kwargs);

/* datetime_local.c: this machine's zone. */
int ks_dt_local_moment(time_t when, KsMoment *moment);
int ks_dt_utc_moment(time_t when, KsMoment *moment);
int ks_dt_local_fold(time_t when, const KsMoment *moment, int *fold);
int ks_dt_local_seconds(const KsMoment *moment, long long *unix_seconds);
KS_NEW PyObject *ks_dt_local_zone(long long unix_seconds);

#define DT_TZINFO(op, Type) (((_PyDateTime_BaseTZInfo *)(op))->hastzinfo ? ((Type *)(op))->tzinfo : Py_None)

#endif
