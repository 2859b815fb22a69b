/* SPDX-License-Identifier: MIT */
/* The datetime module's C interface: layouts of its objects and the capsule with its functions.
 * PyDateTime_IMPORT fills PyDateTimeAPI and must run before anything that uses it. */
#if !defined(DATETIME_H) && !defined(Py_LIMITED_API)
#define DATETIME_H

#ifdef __cplusplus
extern "C" {
#endif

#define _PyDateTime_DATE_DATASIZE 4
#define _PyDateTime_TIME_DATASIZE 6
#define _PyDateTime_DATETIME_DATASIZE 10
#define _PyTZINFO_HEAD PyObject_HEAD Py_hash_t hashcode; char hastzinfo;
#define _PyDateTime_TIMEHEAD _PyTZINFO_HEAD unsigned char data[_PyDateTime_TIME_DATASIZE];
#define _PyDateTime_DATETIMEHEAD _PyTZINFO_HEAD unsigned char data[_PyDateTime_DATETIME_DATASIZE];
#define PyDateTime_CAPSULE_NAME "datetime.datetime_CAPI"

typedef struct {
    PyObject_HEAD
    Py_hash_t hashcode;
    int days;
    int seconds;
    int microseconds;
} PyDateTime_Delta;

typedef struct {
    PyObject_HEAD
} PyDateTime_TZInfo;

typedef struct {
    _PyTZINFO_HEAD
} _PyDateTime_BaseTZInfo;

typedef struct {
    _PyDateTime_TIMEHEAD
} _PyDateTime_BaseTime;

typedef struct {
    _PyDateTime_TIMEHEAD
    unsigned char fold;
    PyObject *tzinfo;
} PyDateTime_Time;

typedef struct {
    _PyTZINFO_HEAD
    unsigned char data[_PyDateTime_DATE_DATASIZE];
} PyDateTime_Date;

typedef struct {
    _PyDateTime_DATETIMEHEAD
} _PyDateTime_BaseDateTime;

typedef struct {
    _PyDateTime_DATETIMEHEAD
    unsigned char fold;
    PyObject *tzinfo;
} PyDateTime_DateTime;

typedef struct {
    PyTypeObject *DateType;
    PyTypeObject *DateTimeType;
    PyTypeObject *TimeType;
    PyTypeObject *DeltaType;
    PyTypeObject *TZInfoType;
    PyObject *TimeZone_UTC;
    PyObject *(*Date_FromDate)(int, int, int, PyTypeObject *);
    PyObject *(*DateTime_FromDateAndTime)(int, int, int, int, int, int, int, PyObject *,
        PyTypeObject *);
    PyObject *(*Time_FromTime)(int, int, int, int, PyObject *, PyTypeObject *);
    PyObject *(*Delta_FromDelta)(int, int, int, int, PyTypeObject *);
    PyObject *(*TimeZone_FromTimeZone)(PyObject *offset, PyObject *name);
    PyObject *(*DateTime_FromTimestamp)(PyObject *, PyObject *, PyObject *);
    PyObject *(*Date_FromTimestamp)(PyObject *, PyObject *);
    PyObject *(*DateTime_FromDateAndTimeAndFold)(int, int, int, int, int, int, int, PyObject *, int,
        PyTypeObject *);
    PyObject *(*Time_FromTimeAndFold)(int, int, int, int, PyObject *, int, PyTypeObject *);
} PyDateTime_CAPI;

/* Fields: most significant byte first. tzinfo is borrowed. */
#define KS_DATE_BYTE(type, object, index) (((type *)(object))->data[index])
#define _PyDateTime_HAS_TZINFO(object) (((_PyDateTime_BaseTZInfo *)(object))->hastzinfo)
#define PyDateTime_GET_YEAR(object)                        \
    ((KS_DATE_BYTE(PyDateTime_Date, object, 0) << 8) |     \
     KS_DATE_BYTE(PyDateTime_Date, object, 1))
#define PyDateTime_GET_MONTH(object) KS_DATE_BYTE(PyDateTime_Date, object, 2)
#define PyDateTime_GET_DAY(object) KS_DATE_BYTE(PyDateTime_Date, object, 3)
#define PyDateTime_DATE_GET_HOUR(object) KS_DATE_BYTE(PyDateTime_DateTime, object, 4)
#define PyDateTime_DATE_GET_MINUTE(object) KS_DATE_BYTE(PyDateTime_DateTime, object, 5)
#define PyDateTime_DATE_GET_SECOND(object) KS_DATE_BYTE(PyDateTime_DateTime, object, 6)
#define PyDateTime_DATE_GET_MICROSECOND(object)                 \
    ((KS_DATE_BYTE(PyDateTime_DateTime, object, 7) << 16) |     \
     (KS_DATE_BYTE(PyDateTime_DateTime, object, 8) << 8) |      \
     KS_DATE_BYTE(PyDateTime_DateTime, object, 9))
#define PyDateTime_DATE_GET_FOLD(object) (((PyDateTime_DateTime *)(object))->fold)
#define PyDateTime_DATE_GET_TZINFO(object) \
    (_PyDateTime_HAS_TZINFO(object) ? ((PyDateTime_DateTime *)(object))->tzinfo : Py_None)
#define PyDateTime_TIME_GET_HOUR(object) KS_DATE_BYTE(PyDateTime_Time, object, 0)
#define PyDateTime_TIME_GET_MINUTE(object) KS_DATE_BYTE(PyDateTime_Time, object, 1)
#define PyDateTime_TIME_GET_SECOND(object) KS_DATE_BYTE(PyDateTime_Time, object, 2)
#define PyDateTime_TIME_GET_MICROSECOND(object)             \
    ((KS_DATE_BYTE(PyDateTime_Time, object, 3) << 16) |     \
     (KS_DATE_BYTE(PyDateTime_Time, object, 4) << 8) |      \
     KS_DATE_BYTE(PyDateTime_Time, object, 5))
#define PyDateTime_TIME_GET_FOLD(object) (((PyDateTime_Time *)(object))->fold)
#define PyDateTime_TIME_GET_TZINFO(object) \
    (_PyDateTime_HAS_TZINFO(object) ? ((PyDateTime_Time *)(object))->tzinfo : Py_None)
#define PyDateTime_DELTA_GET_DAYS(object) (((PyDateTime_Delta *)(object))->days)
#define PyDateTime_DELTA_GET_SECONDS(object) (((PyDateTime_Delta *)(object))->seconds)
#define PyDateTime_DELTA_GET_MICROSECONDS(object) (((PyDateTime_Delta *)(object))->microseconds)

/* The module itself defines these in its own way. */
#ifndef _PY_DATETIME_IMPL
static PyDateTime_CAPI *PyDateTimeAPI = NULL;

#define PyDateTime_IMPORT \
    PyDateTimeAPI = _Py_CAST(PyDateTime_CAPI *, PyCapsule_Import(PyDateTime_CAPSULE_NAME, 0))
#define PyDateTime_TimeZone_UTC PyDateTimeAPI->TimeZone_UTC

#define PyDate_Check(object) PyObject_TypeCheck(object, PyDateTimeAPI->DateType)
#define PyDate_CheckExact(object) Py_IS_TYPE(object, PyDateTimeAPI->DateType)
#define PyDateTime_Check(object) PyObject_TypeCheck(object, PyDateTimeAPI->DateTimeType)
#define PyDateTime_CheckExact(object) Py_IS_TYPE(object, PyDateTimeAPI->DateTimeType)
#define PyTime_Check(object) PyObject_TypeCheck(object, PyDateTimeAPI->TimeType)
#define PyTime_CheckExact(object) Py_IS_TYPE(object, PyDateTimeAPI->TimeType)
#define PyDelta_Check(object) PyObject_TypeCheck(object, PyDateTimeAPI->DeltaType)
#define PyDelta_CheckExact(object) Py_IS_TYPE(object, PyDateTimeAPI->DeltaType)
#define PyTZInfo_Check(object) PyObject_TypeCheck(object, PyDateTimeAPI->TZInfoType)
#define PyTZInfo_CheckExact(object) Py_IS_TYPE(object, PyDateTimeAPI->TZInfoType)

/* New objects; the times are naive. */
#define PyDate_FromDate(year, month, day) \
    PyDateTimeAPI->Date_FromDate(year, month, day, PyDateTimeAPI->DateType)
#define PyDateTime_FromDateAndTime(year, month, day, hour, minute, second, microsecond)        \
    PyDateTimeAPI->DateTime_FromDateAndTime(year, month, day, hour, minute, second, microsecond, \
                                            Py_None, PyDateTimeAPI->DateTimeType)
#define PyDateTime_FromDateAndTimeAndFold(year, month, day, hour, minute, second, microsecond, fold) \
    PyDateTimeAPI->DateTime_FromDateAndTimeAndFold(year, month, day, hour, minute, second,     \
                                                   microsecond, Py_None, fold,                 \
                                                   PyDateTimeAPI->DateTimeType)
#define PyTime_FromTime(hour, minute, second, microsecond)                       \
    PyDateTimeAPI->Time_FromTime(hour, minute, second, microsecond, Py_None,     \
                                 PyDateTimeAPI->TimeType)
#define PyTime_FromTimeAndFold(hour, minute, second, microsecond, fold)                     \
    PyDateTimeAPI->Time_FromTimeAndFold(hour, minute, second, microsecond, Py_None, fold,   \
                                        PyDateTimeAPI->TimeType)
#define PyDelta_FromDSU(days, seconds, microseconds) \
    PyDateTimeAPI->Delta_FromDelta(days, seconds, microseconds, 1, PyDateTimeAPI->DeltaType)
#define PyTimeZone_FromOffset(offset) PyDateTimeAPI->TimeZone_FromTimeZone(offset, NULL)
#define PyTimeZone_FromOffsetAndName(offset, name) \
    PyDateTimeAPI->TimeZone_FromTimeZone(offset, name)
#define PyDateTime_FromTimestamp(arguments)                                      \
    PyDateTimeAPI->DateTime_FromTimestamp(_PyObject_CAST(PyDateTimeAPI->DateTimeType), \
                                          arguments, NULL)
#define PyDate_FromTimestamp(arguments) \
    PyDateTimeAPI->Date_FromTimestamp(_PyObject_CAST(PyDateTimeAPI->DateType), arguments)
#endif

#ifdef __cplusplus
}
#endif

#endif
