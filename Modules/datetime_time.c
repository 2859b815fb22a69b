/* SPDX-License-Identifier: MIT */
/* time: a reading of the clock without a date, with or without a zone. Instances without a zone
 * are allocated short: their tzinfo field does not exist. */
#include "datetime_parts.h"

#define TIME(op) ((PyDateTime_Time *)(op))
#define TIME_ZONE(op) DT_TZINFO(op, PyDateTime_Time)

static PyObject *
time_alloc(PyTypeObject *type, Py_ssize_t aware)
{
    PyObject *self = PyObject_Malloc(aware ? sizeof(PyDateTime_Time) : sizeof(_PyDateTime_BaseTime));
    if (self == NULL)
        return PyErr_NoMemory();
    return PyObject_Init(self, type);
}

static void
time_dealloc(PyObject *self)
{
    if (TIME(self)->hastzinfo)
        Py_XDECREF(TIME(self)->tzinfo);
    Py_TYPE(self)->tp_free(self);
}

static KS_NEW PyObject *
time_make(PyTypeObject *type, PyObject *tzinfo)
{
    char aware = tzinfo != Py_None;
    PyObject *self = type->tp_alloc(type, aware);
    if (self == NULL)
        return NULL;
    TIME(self)->hastzinfo = aware;
    TIME(self)->hashcode = -1;
    if (aware)
        TIME(self)->tzinfo = Py_NewRef(tzinfo);
    return self;
}

PyObject *
ks_dt_time_new(int hour, int minute, int second, int us, PyObject *tzinfo, int fold, PyTypeObject *type)
{
    if (ks_dt_check_time(hour, minute, second, us, fold) < 0 || ks_dt_check_tzinfo(tzinfo) < 0)
        return NULL;
    PyObject *self = time_make(type, tzinfo);
    if (self == NULL)
        return NULL;
    unsigned char *data = TIME(self)->data;
    data[0] = (unsigned char)hour;
    data[1] = (unsigned char)minute;
    data[2] = (unsigned char)second;
    data[3] = (unsigned char)(us >> 16);
    data[4] = (unsigned char)(us >> 8);
    data[5] = (unsigned char)us;
    TIME(self)->fold = (unsigned char)fold;
    return self;
}

void
ks_dt_time_read(PyObject *self, KsMoment *m)
{
    *m = (KsMoment){1900, 1, 1, PyDateTime_TIME_GET_HOUR(self), PyDateTime_TIME_GET_MINUTE(self),
                    PyDateTime_TIME_GET_SECOND(self), PyDateTime_TIME_GET_MICROSECOND(self),
                    PyDateTime_TIME_GET_FOLD(self)};
}

static PyObject *
time_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"hour", "minute", "second", "microsecond", "tzinfo", "fold", NULL};
    int hour = 0, minute = 0, second = 0, us = 0, fold = 0;
    PyObject *tzinfo = Py_None, *state;
    int pickled = ks_dt_pickle_state(args, "time", _PyDateTime_TIME_DATASIZE, &state, &tzinfo);
    if (pickled < 0)
        return NULL;
    if (pickled) {
        PyObject *self = time_make(type, tzinfo);
        if (self != NULL) {
            memcpy(TIME(self)->data, PyBytes_AS_STRING(state), _PyDateTime_TIME_DATASIZE);
            TIME(self)->fold = TIME(self)->data[0] >> 7;
            TIME(self)->data[0] &= 0x7f;
        }
        Py_DECREF(state);
        return self;
    }
    tzinfo = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|iiiiO$i", names, &hour, &minute, &second, &us, &tzinfo, &fold))
        return NULL;
    return ks_dt_time_new(hour, minute, second, us, tzinfo, fold, type);
}

static PyObject *
time_fromisoformat(PyObject *type, PyObject *text)
{
    KsMoment m = {0};
    int seconds, us;
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "fromisoformat: argument must be str");
        return NULL;
    }
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    int start = length > 0 && PyUnicode_READ_CHAR(text, 0) == 'T';
    int zoned = ks_dt_parse_time(text, start, length, &m, &seconds, &us);
    if (zoned < 0)
        return ks_dt_bad_iso(text);
    KS_OWNED PyObject *tzinfo = ks_dt_offset_zone(zoned, seconds, us);
    if (tzinfo == NULL)
        return NULL;
    if (type == (PyObject *)&ks_dt_time_type)
        return ks_dt_time_new(m.hour, m.minute, m.second, m.us, tzinfo, 0, &ks_dt_time_type);
    return PyObject_CallFunction(type, "iiiiO", m.hour, m.minute, m.second, m.us, tzinfo);
}

/* ---- the zone's answers -------------------------------------------------------------------- */

static PyObject *
time_utcoffset(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return ks_dt_call_utcoffset(TIME_ZONE(self), Py_None);
}

static PyObject *
time_dst(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return ks_dt_call_dst(TIME_ZONE(self), Py_None);
}

static PyObject *
time_tzname(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return ks_dt_call_tzname(TIME_ZONE(self), Py_None);
}

/* ---- text ---------------------------------------------------------------------------------- */

static PyObject *
time_repr(PyObject *self)
{
    const char *type = Py_TYPE(self)->tp_name;
    KsMoment m;
    PyObject *text;
    ks_dt_time_read(self, &m);
    if (m.us)
        text = PyUnicode_FromFormat("%s(%d, %d, %d, %d)", type, m.hour, m.minute, m.second, m.us);
    else if (m.second)
        text = PyUnicode_FromFormat("%s(%d, %d, %d)", type, m.hour, m.minute, m.second);
    else
        text = PyUnicode_FromFormat("%s(%d, %d)", type, m.hour, m.minute);
    return ks_dt_repr_tail(text, TIME_ZONE(self), m.fold);
}

static PyObject *
time_isoformat(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"timespec", NULL};
    const char *timespec = NULL;
    char clock[32], offset[32];
    KsMoment m;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|s:isoformat", names, &timespec))
        return NULL;
    ks_dt_time_read(self, &m);
    if (ks_dt_clock_text(clock, sizeof clock, timespec, &m) < 0 ||
        ks_dt_format_offset(offset, sizeof offset, ":", TIME_ZONE(self), Py_None) < 0)
        return NULL;
    return PyUnicode_FromFormat("%s%s", clock, offset);
}

static PyObject *
time_str(PyObject *self)
{
    return PyObject_CallMethodNoArgs(self, KS_INTERN("isoformat"));
}

static PyObject *
time_strftime(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"format", NULL};
    PyObject *format;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "U:strftime", names, &format))
        return NULL;
    KS_OWNED PyObject *tuple = Py_BuildValue("iiiiiiiii", 1900, 1, 1, PyDateTime_TIME_GET_HOUR(self),
                                             PyDateTime_TIME_GET_MINUTE(self), PyDateTime_TIME_GET_SECOND(self),
                                             0, 1, -1);
    return tuple == NULL ? NULL : ks_dt_strftime(self, format, tuple, Py_None);
}

/* ---- comparing and hashing ----------------------------------------------------------------- */

static KsMicros
clock_us(PyObject *self)
{
    return ((PyDateTime_TIME_GET_HOUR(self) * 60 + PyDateTime_TIME_GET_MINUTE(self)) * 60LL +
            PyDateTime_TIME_GET_SECOND(self)) * 1000000 + PyDateTime_TIME_GET_MICROSECOND(self);
}

static PyObject *
time_richcompare(PyObject *self, PyObject *other, int op)
{
    KsMicros left, right;
    if (!DT_IS_TIME(other))
        Py_RETURN_NOTIMPLEMENTED;
    left = clock_us(self);
    right = clock_us(other);
    if (TIME_ZONE(self) != TIME_ZONE(other)) {
        KsMicros difference;
        int same_kind = ks_dt_clock_offsets(self, other, time_utcoffset, &difference);
        if (same_kind < 0)
            return NULL;
        if (!same_kind) {
            if (op == Py_EQ)
                Py_RETURN_FALSE;
            if (op == Py_NE)
                Py_RETURN_TRUE;
            PyErr_SetString(PyExc_TypeError, "can't compare offset-naive and offset-aware times");
            return NULL;
        }
        left -= difference;
    }
    Py_RETURN_RICHCOMPARE(left, right, op);
}

static Py_hash_t
time_hash(PyObject *self)
{
    if (TIME(self)->hashcode != -1)
        return TIME(self)->hashcode;
    KS_OWNED PyObject *offset = NULL;
    KS_OWNED PyObject *plain = NULL;
    PyObject *asked = self;
    if (TIME(self)->hastzinfo && PyDateTime_TIME_GET_FOLD(self)) { /* equal whatever the fold */
        KsMoment m;
        ks_dt_time_read(self, &m);
        asked = plain = ks_dt_time_new(m.hour, m.minute, m.second, m.us, TIME_ZONE(self), 0, &ks_dt_time_type);
        if (plain == NULL)
            return -1;
    }
    offset = time_utcoffset(asked, NULL);
    if (offset == NULL)
        return -1;
    if (offset == Py_None)
        TIME(self)->hashcode = _Py_HashBytes(TIME(self)->data, _PyDateTime_TIME_DATASIZE);
    else {
        KS_OWNED PyObject *delta = ks_dt_delta_hash_object(clock_us(self) - ks_dt_delta_us(offset));
        if (delta == NULL)
            return -1;
        TIME(self)->hashcode = PyObject_Hash(delta);
    }
    return TIME(self)->hashcode;
}

static PyObject *
time_replace(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"hour", "minute", "second", "microsecond", "tzinfo", "fold", NULL};
    KsMoment m;
    PyObject *tzinfo = TIME_ZONE(self);
    ks_dt_time_read(self, &m);
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|iiiiO$i:replace", names, &m.hour, &m.minute, &m.second, &m.us,
                                     &tzinfo, &m.fold))
        return NULL;
    return ks_dt_time_new(m.hour, m.minute, m.second, m.us, tzinfo, m.fold, Py_TYPE(self));
}

/* ---- pickling ------------------------------------------------------------------------------ */

static KsClockState
time_state(PyObject *self)
{
    return (KsClockState){TIME(self)->data, _PyDateTime_TIME_DATASIZE, 0, PyDateTime_TIME_GET_FOLD(self), TIME_ZONE(self)};
}

static PyObject *
time_reduce_ex(PyObject *self, PyObject *args)
{
    KsClockState state = time_state(self);
    return ks_dt_clock_reduce_ex(self, args, &state);
}

static PyObject *
time_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    KsClockState state = time_state(self);
    return ks_dt_clock_reduce(self, 2, &state);
}

static PyGetSetDef time_getset[] = {DT_CLOCK_GETTERS(PyDateTime_Time, 0), {NULL}};

static PyMethodDef time_methods[] = {
    METHOD_PLAIN("isoformat", time_isoformat, METH_VARARGS | METH_KEYWORDS,
                 "ISO 8601 text: HH[:MM[:SS[.mmm[uuu]]]][+HH:MM], as far as timespec says."),
    METHOD_PLAIN("strftime", time_strftime, METH_VARARGS | METH_KEYWORDS, "format -> strftime() style string."),
    METHOD_PLAIN("__format__", ks_dt_format, METH_VARARGS, "strftime(format), or str() for an empty one."),
    METHOD_PLAIN("utcoffset", time_utcoffset, METH_NOARGS, "tzinfo.utcoffset(None)."),
    METHOD_PLAIN("tzname", time_tzname, METH_NOARGS, "tzinfo.tzname(None)."),
    METHOD_PLAIN("dst", time_dst, METH_NOARGS, "tzinfo.dst(None)."),
    METHOD_PLAIN("replace", time_replace, METH_VARARGS | METH_KEYWORDS, "A time with some fields changed."),
    METHOD_PLAIN("fromisoformat", time_fromisoformat, METH_O | METH_CLASS, "str -> the time an ISO 8601 text names."),
    METHOD_PLAIN("__reduce_ex__", time_reduce_ex, METH_VARARGS, "__reduce_ex__(proto) -> (cls, state)"),
    METHOD_PLAIN("__reduce__", time_reduce, METH_NOARGS, "__reduce__() -> (cls, state)"),
    {NULL},
};

PyTypeObject ks_dt_time_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "datetime.time",
    .tp_basicsize = sizeof(PyDateTime_Time),
    .tp_dealloc = time_dealloc,
    .tp_repr = time_repr,
    .tp_hash = time_hash,
    .tp_str = time_str,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = PyDoc_STR("time([hour[, minute[, second[, microsecond[, tzinfo]]]]]) --> a time of day"),
    .tp_richcompare = time_richcompare,
    .tp_methods = time_methods,
    .tp_getset = time_getset,
    .tp_alloc = time_alloc,
    .tp_new = time_new,
    .tp_free = PyObject_Free,
};
