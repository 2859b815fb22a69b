/* SPDX-License-Identifier: MIT */
/* The _datetime module: its types made ready, their constants, and the capsule through which
 * extensions reach them (datetime.h). The types are static and made once per process. */
#include "datetime_parts.h"

PyObject *ks_dt_epoch;

/* ---- the capsule's functions --------------------------------------------------------------- */

static PyObject *
capi_date(int year, int month, int day, PyTypeObject *type)
{
    return ks_dt_date_new(year, month, day, type);
}

static PyObject *
capi_datetime_fold(int year, int month, int day, int hour, int minute, int second, int us, PyObject *tzinfo,
                   int fold, PyTypeObject *type)
{
    KsMoment m = {year, month, day, hour, minute, second, us, fold};
    return ks_dt_datetime_new(&m, tzinfo, type);
}

static PyObject *
capi_datetime(int year, int month, int day, int hour, int minute, int second, int us, PyObject *tzinfo,
              PyTypeObject *type)
{
    return capi_datetime_fold(year, month, day, hour, minute, second, us, tzinfo, 0, type);
}

static PyObject *
capi_time_fold(int hour, int minute, int second, int us, PyObject *tzinfo, int fold, PyTypeObject *type)
{
    return ks_dt_time_new(hour, minute, second, us, tzinfo, fold, type);
}

static PyObject *
capi_time(int hour, int minute, int second, int us, PyObject *tzinfo, PyTypeObject *type)
{
    return ks_dt_time_new(hour, minute, second, us, tzinfo, 0, type);
}

static PyObject *
capi_delta(int days, int seconds, int us, int normalize, PyTypeObject *type)
{
    return ks_dt_delta_from_parts(days, seconds, us, normalize, type);
}

static PyObject *
capi_timezone(PyObject *offset, PyObject *name)
{
    return ks_dt_timezone_new(offset, name);
}

static PyObject *
capi_date_fromtimestamp(PyObject *type, PyObject *args)
{
    PyObject *timestamp;
    if (!PyArg_UnpackTuple(args, "fromtimestamp", 1, 1, &timestamp))
        return NULL;
    return ks_dt_date_from_timestamp(type, timestamp);
}

static PyDateTime_CAPI capi = {
    .DateType = &ks_dt_date_type,
    .DateTimeType = &ks_dt_datetime_type,
    .TimeType = &ks_dt_time_type,
    .DeltaType = &ks_dt_delta_type,
    .TZInfoType = &ks_dt_tzinfo_type,
    .Date_FromDate = capi_date,
    .DateTime_FromDateAndTime = capi_datetime,
    .Time_FromTime = capi_time,
    .Delta_FromDelta = capi_delta,
    .TimeZone_FromTimeZone = capi_timezone,
    .DateTime_FromTimestamp = ks_dt_datetime_fromtimestamp,
    .Date_FromTimestamp = capi_date_fromtimestamp,
    .DateTime_FromDateAndTimeAndFold = capi_datetime_fold,
    .Time_FromTimeAndFold = capi_time_fold,
};

/* ---- set-up -------------------------------------------------------------------------------- */

/* Puts value, which is taken over, into the type's dict. */
static int
set_constant(PyTypeObject *type, const char *name, KS_STEALS PyObject *value)
{
    if (value == NULL)
        return -1;
    int status = PyDict_SetItemString(type->tp_dict, name, value);
    Py_DECREF(value);
    return status;
}

static KS_NEW PyObject *
fixed_zone(int minutes)
{
    KS_OWNED PyObject *delta = ks_dt_delta_from_parts(0, minutes * 60, 0, 1, &ks_dt_delta_type);
    return delta == NULL ? NULL : ks_dt_timezone_make(delta, NULL);
}

static int
types_fill(void)
{
    const KsMoment first = {1, 1, 1}, last = {9999, 12, 31, 23, 59, 59, 999999}, epoch = {1970, 1, 1};
    PyTypeObject *delta = &ks_dt_delta_type;
    ks_dt_utc = fixed_zone(0);
    if (ks_dt_utc == NULL)
        return -1;
    ks_dt_epoch = ks_dt_datetime_new(&epoch, ks_dt_utc, &ks_dt_datetime_type);
    if (ks_dt_epoch == NULL)
        return -1;
    capi.TimeZone_UTC = ks_dt_utc;
    if (set_constant(delta, "min", ks_dt_delta_from_parts(-DT_MAX_DELTA_DAYS, 0, 0, 0, delta)) < 0 ||
        set_constant(delta, "max", ks_dt_delta_from_parts(DT_MAX_DELTA_DAYS, 86399, 999999, 0, delta)) < 0 ||
        set_constant(delta, "resolution", ks_dt_delta_from_parts(0, 0, 1, 0, delta)) < 0)
        return -1;
    if (set_constant(&ks_dt_date_type, "min", ks_dt_date_new(1, 1, 1, &ks_dt_date_type)) < 0 ||
        set_constant(&ks_dt_date_type, "max", ks_dt_date_new(9999, 12, 31, &ks_dt_date_type)) < 0 ||
        set_constant(&ks_dt_date_type, "resolution", ks_dt_delta_from_parts(1, 0, 0, 0, delta)) < 0)
        return -1;
    if (set_constant(&ks_dt_time_type, "min", ks_dt_time_new(0, 0, 0, 0, Py_None, 0, &ks_dt_time_type)) < 0 ||
        set_constant(&ks_dt_time_type, "max", ks_dt_time_new(23, 59, 59, 999999, Py_None, 0, &ks_dt_time_type)) < 0 ||
        set_constant(&ks_dt_time_type, "resolution", ks_dt_delta_from_parts(0, 0, 1, 0, delta)) < 0)
        return -1;
    if (set_constant(&ks_dt_datetime_type, "min", ks_dt_datetime_new(&first, Py_None, &ks_dt_datetime_type)) < 0 ||
        set_constant(&ks_dt_datetime_type, "max", ks_dt_datetime_new(&last, Py_None, &ks_dt_datetime_type)) < 0 ||
        set_constant(&ks_dt_datetime_type, "resolution", ks_dt_delta_from_parts(0, 0, 1, 0, delta)) < 0)
        return -1;
    return set_constant(&ks_dt_timezone_type, "utc", Py_NewRef(ks_dt_utc)) < 0 ||
                   set_constant(&ks_dt_timezone_type, "min", fixed_zone(-23 * 60 - 59)) < 0 ||
                   set_constant(&ks_dt_timezone_type, "max", fixed_zone(23 * 60 + 59)) < 0
               ? -1
               : 0;
}

static int
datetime_exec(PyObject *module)
{
    static PyTypeObject *const types[] = {&ks_dt_date_type, &ks_dt_datetime_type, &ks_dt_time_type, &ks_dt_delta_type,
                                          &ks_dt_tzinfo_type, &ks_dt_timezone_type};
    if (PyType_Ready(&ks_dt_isodate_type) < 0)
        return -1;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(types); i++) {
        if (PyModule_AddType(module, types[i]) < 0)
            return -1;
    }
    if (ks_dt_utc == NULL && types_fill() < 0)
        return -1;
    KS_OWNED PyObject *capsule = PyCapsule_New(&capi, PyDateTime_CAPSULE_NAME, NULL);
    if (capsule == NULL || PyModule_AddObjectRef(module, "datetime_CAPI", capsule) < 0 ||
        PyModule_AddObjectRef(module, "UTC", ks_dt_utc) < 0)
        return -1;
    return PyModule_AddIntConstant(module, "MINYEAR", 1) < 0 ||
                   PyModule_AddIntConstant(module, "MAXYEAR", DT_MAX_YEAR) < 0
               ? -1
               : 0;
}

static PyModuleDef_Slot datetime_slots[] = {{Py_mod_exec, datetime_exec}, {0, NULL}};

static struct PyModuleDef datetime_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_datetime",
    .m_doc = "Dates, times, durations and time zones in C.",
    .m_slots = datetime_slots,
};

PyMODINIT_FUNC
PyInit__datetime(void)
{
    return PyModuleDef_Init(&datetime_module);
}
