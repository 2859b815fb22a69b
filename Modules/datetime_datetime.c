/* SPDX-License-Identifier: MIT */
/* datetime: a date with a clock reading, with or without a zone. Instances without a zone are
 * allocated short: their tzinfo field does not exist. Making one from other things is in
 * datetime_make.c. */
#include "datetime_parts.h"
#include "datetime_make.h"

#define DATETIME(op) ((PyDateTime_DateTime *)(op))
#define ZONE_OF(op) DT_TZINFO(op, PyDateTime_DateTime)

static PyObject *
datetime_alloc(PyTypeObject *type, Py_ssize_t aware)
{
    PyObject *self = PyObject_Malloc(aware ? sizeof(PyDateTime_DateTime) : sizeof(_PyDateTime_BaseDateTime));
    if (self == NULL)
        return PyErr_NoMemory();
    return PyObject_Init(self, type);
}

static void
datetime_dealloc(PyObject *self)
{
    if (DATETIME(self)->hastzinfo)
        Py_XDECREF(DATETIME(self)->tzinfo);
    Py_TYPE(self)->tp_free(self);
}

static KS_NEW PyObject *
datetime_make(PyTypeObject *type, PyObject *tzinfo)
{
    char aware = tzinfo != Py_None;
    PyObject *self = type->tp_alloc(type, aware);
    if (self == NULL)
        return NULL;
    DATETIME(self)->hastzinfo = aware;
    DATETIME(self)->hashcode = -1;
    if (aware)
        DATETIME(self)->tzinfo = Py_NewRef(tzinfo);
    return self;
}

PyObject *
ks_dt_datetime_new(const KsMoment *m, PyObject *tzinfo, PyTypeObject *type)
{
    if (ks_dt_check_date(m->year, m->month, m->day) < 0 ||
        ks_dt_check_time(m->hour, m->minute, m->second, m->us, m->fold) < 0 || ks_dt_check_tzinfo(tzinfo) < 0)
        return NULL;
    PyObject *self = datetime_make(type, tzinfo);
    if (self == NULL)
        return NULL;
    unsigned char *data = DATETIME(self)->data;
    data[0] = (unsigned char)(m->year >> 8);
    data[1] = (unsigned char)m->year;
    data[2] = (unsigned char)m->month;
    data[3] = (unsigned char)m->day;
    data[4] = (unsigned char)m->hour;
    data[5] = (unsigned char)m->minute;
    data[6] = (unsigned char)m->second;
    data[7] = (unsigned char)(m->us >> 16);
    data[8] = (unsigned char)(m->us >> 8);
    data[9] = (unsigned char)m->us;
    DATETIME(self)->fold = (unsigned char)m->fold;
    return self;
}

/* Through the class when it is not ours, so that its __new__ and __init__ run; fold is set after,
 * so that classes that never heard of it still work. */
PyObject *
ks_dt_datetime_subclass(const KsMoment *m, PyObject *tzinfo, PyObject *type)
{
    if (type == (PyObject *)&ks_dt_datetime_type)
        return ks_dt_datetime_new(m, tzinfo, &ks_dt_datetime_type);
    PyObject *self = PyObject_CallFunction(type, "iiiiiiiO", m->year, m->month, m->day, m->hour, m->minute,
                                           m->second, m->us, tzinfo);
    if (self != NULL && m->fold && DT_IS_DATETIME(self))
        DATETIME(self)->fold = (unsigned char)m->fold;
    return self;
}

void
ks_dt_datetime_read(PyObject *self, KsMoment *m)
{
    *m = (KsMoment){PyDateTime_GET_YEAR(self), PyDateTime_GET_MONTH(self), PyDateTime_GET_DAY(self),
                    PyDateTime_DATE_GET_HOUR(self), PyDateTime_DATE_GET_MINUTE(self),
                    PyDateTime_DATE_GET_SECOND(self), PyDateTime_DATE_GET_MICROSECOND(self),
                    PyDateTime_DATE_GET_FOLD(self)};
}

PyObject *
ks_dt_datetime_shift(PyObject *self, KsMicros us)
{
    KsMoment m;
    ks_dt_datetime_read(self, &m);
    m.fold = 0;
    if (ks_dt_moment_shift(&m, us) < 0)
        return NULL;
    return ks_dt_datetime_subclass(&m, ZONE_OF(self), (PyObject *)Py_TYPE(self));
}

static PyObject *
datetime_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo", "fold", NULL};
    KsMoment m = {0};
    PyObject *tzinfo = Py_None, *state;
    int pickled = ks_dt_pickle_state(args, "datetime", _PyDateTime_DATETIME_DATASIZE, &state, &tzinfo);
    if (pickled < 0)
        return NULL;
    if (pickled) {
        PyObject *self = datetime_make(type, tzinfo);
        if (self != NULL) {
            memcpy(DATETIME(self)->data, PyBytes_AS_STRING(state), _PyDateTime_DATETIME_DATASIZE);
            DATETIME(self)->fold = DATETIME(self)->data[2] >> 7;
            DATETIME(self)->data[2] &= 0x7f;
        }
        Py_DECREF(state);
        return self;
    }
    tzinfo = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "iii|iiiiO$i", names, &m.year, &m.month, &m.day, &m.hour,
                                     &m.minute, &m.second, &m.us, &tzinfo, &m.fold))
        return NULL;
    return ks_dt_datetime_new(&m, tzinfo, type);
}

/* ---- the zone's answers -------------------------------------------------------------------- */

static PyObject *
datetime_utcoffset(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return ks_dt_call_utcoffset(ZONE_OF(self), self);
}

static PyObject *
datetime_dst(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return ks_dt_call_dst(ZONE_OF(self), self);
}

static PyObject *
datetime_tzname(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return ks_dt_call_tzname(ZONE_OF(self), self);
}

/* ---- arithmetic ---------------------------------------------------------------------------- */

static KsMicros
moment_us(PyObject *self)
{
    KsMoment m;
    ks_dt_datetime_read(self, &m);
    return ks_dt_moment_us(&m);
}

static PyObject *
datetime_add(PyObject *left, PyObject *right)
{
    if (DT_IS_DATETIME(left) && DT_IS_DELTA(right))
        return ks_dt_datetime_shift(left, ks_dt_delta_us(right));
    if (DT_IS_DATETIME(right) && DT_IS_DELTA(left))
        return ks_dt_datetime_shift(right, ks_dt_delta_us(left));
    Py_RETURN_NOTIMPLEMENTED;
}

static PyObject *
datetime_subtract(PyObject *left, PyObject *right)
{
    if (!DT_IS_DATETIME(left))
        Py_RETURN_NOTIMPLEMENTED;
    if (DT_IS_DELTA(right))
        return ks_dt_datetime_shift(left, -ks_dt_delta_us(right));
    if (!DT_IS_DATETIME(right))
        Py_RETURN_NOTIMPLEMENTED;
    KsMicros difference = moment_us(left) - moment_us(right);
    if (ZONE_OF(left) != ZONE_OF(right)) {
        KsMicros offsets;
        int same_kind = ks_dt_clock_offsets(left, right, datetime_utcoffset, &offsets);
        if (same_kind == 0)
            PyErr_SetString(PyExc_TypeError, "can't subtract offset-naive and offset-aware datetimes");
        if (same_kind <= 0)
            return NULL;
        difference -= offsets;
    }
    return ks_dt_delta_from_us(difference, &ks_dt_delta_type);
}

/* ---- comparing and hashing ----------------------------------------------------------------- */

static KS_NEW PyObject *
datetime_with_fold(PyObject *self, int fold)
{
    KsMoment m;
    ks_dt_datetime_read(self, &m);
    m.fold = fold;
    return ks_dt_datetime_new(&m, ZONE_OF(self), &ks_dt_datetime_type);
}

/* 1 when the offset depends on fold, which makes it unequal to all of other zones; -1 error. */
static int
offset_depends_on_fold(PyObject *self, PyObject *offset)
{
    if (offset == Py_None)
        return 0;
    KS_OWNED PyObject *flipped = datetime_with_fold(self, !PyDateTime_DATE_GET_FOLD(self));
    if (flipped == NULL)
        return -1;
    KS_OWNED PyObject *other = datetime_utcoffset(flipped, NULL);
    if (other == NULL)
        return -1;
    return other == Py_None || ks_dt_delta_us(other) != ks_dt_delta_us(offset);
}

static PyObject *
datetime_richcompare(PyObject *self, PyObject *other, int op)
{
    if (!DT_IS_DATETIME(other)) {
        if (!DT_IS_DATE(other))
            Py_RETURN_NOTIMPLEMENTED;
        if (op == Py_EQ)
            Py_RETURN_FALSE;
        if (op == Py_NE)
            Py_RETURN_TRUE;
        return ks_dt_cannot_compare(self, other);
    }
    int order = memcmp(DATETIME(self)->data, DATETIME(other)->data, _PyDateTime_DATETIME_DATASIZE);
    if (ZONE_OF(self) == ZONE_OF(other))
        Py_RETURN_RICHCOMPARE(order, 0, op);
    KS_OWNED PyObject *mine = datetime_utcoffset(self, NULL);
    if (mine == NULL)
        return NULL;
    KS_OWNED PyObject *theirs = datetime_utcoffset(other, NULL);
    if (theirs == NULL)
        return NULL;
    if ((mine == Py_None) != (theirs == Py_None)) {
        if (op == Py_EQ)
            Py_RETURN_FALSE;
        if (op == Py_NE)
            Py_RETURN_TRUE;
        PyErr_SetString(PyExc_TypeError, "can't compare offset-naive and offset-aware datetimes");
        return NULL;
    }
    if (mine != Py_None) {
        KsMicros left = moment_us(self) - ks_dt_delta_us(mine), right = moment_us(other) - ks_dt_delta_us(theirs);
        order = left < right ? -1 : left > right;
    }
    if ((op == Py_EQ || op == Py_NE) && order == 0) {
        int depends = offset_depends_on_fold(self, mine);
        if (depends == 0)
            depends = offset_depends_on_fold(other, theirs);
        if (depends < 0)
            return NULL;
        order = depends;
    }
    Py_RETURN_RICHCOMPARE(order, 0, op);
}

static Py_hash_t
datetime_hash(PyObject *self)
{
    if (DATETIME(self)->hashcode != -1)
        return DATETIME(self)->hashcode;
    KS_OWNED PyObject *plain = NULL;
    PyObject *asked = self;
    if (DATETIME(self)->hastzinfo && PyDateTime_DATE_GET_FOLD(self)) { /* equal whatever the fold */
        asked = plain = datetime_with_fold(self, 0);
        if (plain == NULL)
            return -1;
    }
    KS_OWNED PyObject *offset = datetime_utcoffset(asked, NULL);
    if (offset == NULL)
        return -1;
    if (offset == Py_None)
        DATETIME(self)->hashcode = _Py_HashBytes(DATETIME(self)->data, _PyDateTime_DATETIME_DATASIZE);
    else {
        KS_OWNED PyObject *delta = ks_dt_delta_hash_object(moment_us(self) - ks_dt_delta_us(offset));
        if (delta == NULL)
            return -1;
        DATETIME(self)->hashcode = PyObject_Hash(delta);
    }
    return DATETIME(self)->hashcode;
}

/* ---- text ---------------------------------------------------------------------------------- */

static PyObject *
datetime_repr(PyObject *self)
{
    const char *type = Py_TYPE(self)->tp_name;
    KsMoment m;
    PyObject *text;
    ks_dt_datetime_read(self, &m);
    if (m.us)
        text = PyUnicode_FromFormat("%s(%d, %d, %d, %d, %d, %d, %d)", type, m.year, m.month, m.day, m.hour,
                                    m.minute, m.second, m.us);
    else if (m.second)
        text = PyUnicode_FromFormat("%s(%d, %d, %d, %d, %d, %d)", type, m.year, m.month, m.day, m.hour, m.minute,
                                    m.second);
    else
        text = PyUnicode_FromFormat("%s(%d, %d, %d, %d, %d)", type, m.year, m.month, m.day, m.hour, m.minute);
    return ks_dt_repr_tail(text, ZONE_OF(self), m.fold);
}

static PyObject *
datetime_isoformat(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"sep", "timespec", NULL};
    int separator = 'T';
    const char *timespec = NULL;
    char clock[32], offset[32];
    KsMoment m;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|Cs:isoformat", names, &separator, &timespec))
        return NULL;
    ks_dt_datetime_read(self, &m);
    if (ks_dt_clock_text(clock, sizeof clock, timespec, &m) < 0 ||
        ks_dt_format_offset(offset, sizeof offset, ":", ZONE_OF(self), self) < 0)
        return NULL;
    return PyUnicode_FromFormat("%04d-%02d-%02d%c%s%s", m.year, m.month, m.day, separator, clock, offset);
}

static PyObject *
datetime_str(PyObject *self)
{
    return PyObject_CallMethod(self, "isoformat", "s", " ");
}

static PyObject *
datetime_ctime(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    KsMoment m;
    ks_dt_datetime_read(self, &m);
    return ks_dt_ctime(&m);
}

/* ---- parts --------------------------------------------------------------------------------- */

static PyObject *
datetime_timetuple(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    KsMoment m;
    int flag = -1;
    if (DATETIME(self)->hastzinfo) {
        KS_OWNED PyObject *dst = datetime_dst(self, NULL);
        if (dst == NULL)
            return NULL;
        if (dst != Py_None)
            flag = ks_dt_delta_us(dst) != 0;
    }
    ks_dt_datetime_read(self, &m);
    return ks_dt_struct_time(&m, flag);
}

static PyObject *
datetime_utctimetuple(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    KsMoment m;
    KS_OWNED PyObject *offset = datetime_utcoffset(self, NULL);
    if (offset == NULL)
        return NULL;
    ks_dt_datetime_read(self, &m);
    if (offset != Py_None && ks_dt_moment_shift(&m, -ks_dt_delta_us(offset)) < 0)
        return NULL;
    return ks_dt_struct_time(&m, 0);
}

static PyObject *
datetime_timestamp(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    if (ZONE_OF(self) != Py_None) {
        KS_OWNED PyObject *delta = datetime_subtract(self, ks_dt_epoch);
        return delta == NULL ? NULL : PyObject_CallMethod(delta, "total_seconds", NULL);
    }
    KsMoment m;
    long long seconds;
    ks_dt_datetime_read(self, &m);
    if (ks_dt_local_seconds(&m, &seconds) < 0)
        return NULL;
    return PyFloat_FromDouble((double)seconds + m.us / 1e6);
}

static PyObject *
datetime_getdate(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return ks_dt_date_new(PyDateTime_GET_YEAR(self), PyDateTime_GET_MONTH(self), PyDateTime_GET_DAY(self),
                          &ks_dt_date_type);
}

static KS_NEW PyObject *
clock_of(PyObject *self, PyObject *tzinfo)
{
    KsMoment m;
    ks_dt_datetime_read(self, &m);
    return ks_dt_time_new(m.hour, m.minute, m.second, m.us, tzinfo, m.fold, &ks_dt_time_type);
}

static PyObject *
datetime_gettime(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return clock_of(self, Py_None);
}

static PyObject *
datetime_gettimetz(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return clock_of(self, ZONE_OF(self));
}

static PyObject *
datetime_replace(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo", "fold", NULL};
    KsMoment m;
    PyObject *tzinfo = ZONE_OF(self);
    ks_dt_datetime_read(self, &m);
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|iiiiiiiO$i:replace", names, &m.year, &m.month, &m.day, &m.hour,
                                     &m.minute, &m.second, &m.us, &tzinfo, &m.fold))
        return NULL;
    return ks_dt_datetime_new(&m, tzinfo, Py_TYPE(self));
}

static KS_NEW PyObject *
zone_of_naive(PyObject *self)
{
    KsMoment m;
    long long seconds;
    ks_dt_datetime_read(self, &m);
    return ks_dt_local_seconds(&m, &seconds) < 0 ? NULL : ks_dt_local_zone(seconds);
}

static PyObject *
datetime_astimezone(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"tz", NULL};
    PyObject *wanted = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:astimezone", names, &wanted) ||
        ks_dt_check_tzinfo(wanted) < 0)
        return NULL;
    KS_OWNED PyObject *mine = Py_NewRef(ZONE_OF(self));
    if (mine == Py_None)
        Py_SETREF(mine, zone_of_naive(self));
    if (mine == NULL)
        return NULL;
    if (mine == wanted)
        return Py_NewRef(self);
    KS_OWNED PyObject *offset = ks_dt_call_utcoffset(mine, self);
    if (offset == NULL)
        return NULL;
    if (offset == Py_None) { /* a zone without an answer: taken as local time */
        Py_SETREF(mine, zone_of_naive(self));
        if (mine == NULL)
            return NULL;
        Py_SETREF(offset, ks_dt_call_utcoffset(mine, self));
        if (offset == NULL)
            return NULL;
    }
    KsMoment m;
    ks_dt_datetime_read(self, &m);
    m.fold = 0;
    if (ks_dt_moment_shift(&m, -ks_dt_delta_us(offset)) < 0)
        return NULL;
    KS_OWNED PyObject *target = Py_NewRef(wanted);
    if (target == Py_None) {
        KsMicros unix_us = ks_dt_moment_us(&m) - (KsMicros)719163 * DT_DAY_US - m.us;
        Py_SETREF(target, ks_dt_local_zone((long long)(unix_us / 1000000)));
        if (target == NULL)
            return NULL;
    }
    KS_OWNED PyObject *utc = ks_dt_datetime_subclass(&m, target, (PyObject *)Py_TYPE(self));
    if (utc == NULL)
        return NULL;
    return PyObject_CallMethodOneArg(target, KS_INTERN("fromutc"), utc);
}

/* ---- pickling ------------------------------------------------------------------------------ */

static KsClockState
datetime_state(PyObject *self)
{
    return (KsClockState){DATETIME(self)->data, _PyDateTime_DATETIME_DATASIZE, 2, PyDateTime_DATE_GET_FOLD(self), ZONE_OF(self)};
}

static PyObject *
datetime_reduce_ex(PyObject *self, PyObject *args)
{
    KsClockState state = datetime_state(self);
    return ks_dt_clock_reduce_ex(self, args, &state);
}

static PyObject *
datetime_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    KsClockState state = datetime_state(self);
    return ks_dt_clock_reduce(self, 2, &state);
}

static PyGetSetDef datetime_getset[] = {DT_CLOCK_GETTERS(PyDateTime_DateTime, 4), {NULL}};

static PyMethodDef datetime_methods[] = {
    METHOD("now", ks_dt_datetime_now, METH_FASTCALL | METH_KEYWORDS | METH_CLASS, "($type, /, tz=None)",
           "The current time in the given zone, or local time without one."),
    METHOD_PLAIN("utcnow", ks_dt_datetime_utcnow, METH_NOARGS | METH_CLASS, "The current UTC time, without a zone."),
    METHOD_PLAIN("fromtimestamp", ks_dt_datetime_fromtimestamp, METH_VARARGS | METH_KEYWORDS | METH_CLASS,
                 "timestamp[, tz] -> tz's local time at a POSIX timestamp."),
    METHOD_PLAIN("utcfromtimestamp", ks_dt_datetime_utcfromtimestamp, METH_VARARGS | METH_CLASS,
                 "The UTC time at a POSIX timestamp, without a zone."),
    METHOD_PLAIN("strptime", ks_dt_datetime_strptime, METH_VARARGS | METH_CLASS,
                 "string, format -> the datetime that strptime() reads."),
    METHOD_PLAIN("combine", ks_dt_datetime_combine, METH_VARARGS | METH_KEYWORDS | METH_CLASS,
                 "date, time -> a datetime of both."),
    METHOD_PLAIN("fromisoformat", ks_dt_datetime_fromisoformat, METH_O | METH_CLASS,
                 "string -> the datetime an ISO 8601 text names."),
    METHOD_PLAIN("date", datetime_getdate, METH_NOARGS, "The date alone."),
    METHOD_PLAIN("time", datetime_gettime, METH_NOARGS, "The time alone, without a zone."),
    METHOD_PLAIN("timetz", datetime_gettimetz, METH_NOARGS, "The time with the same zone."),
    METHOD_PLAIN("ctime", datetime_ctime, METH_NOARGS, "The text that C's ctime() would give."),
    METHOD_PLAIN("timetuple", datetime_timetuple, METH_NOARGS, "The time.struct_time of it."),
    METHOD_PLAIN("timestamp", datetime_timestamp, METH_NOARGS, "The POSIX timestamp, as a float."),
    METHOD_PLAIN("utctimetuple", datetime_utctimetuple, METH_NOARGS, "The time.struct_time of it in UTC."),
    METHOD_PLAIN("isoformat", datetime_isoformat, METH_VARARGS | METH_KEYWORDS,
                 "[sep] -> ISO 8601 text: YYYY-MM-DDT[HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM]."),
    METHOD_PLAIN("utcoffset", datetime_utcoffset, METH_NOARGS, "tzinfo.utcoffset(self)."),
    METHOD_PLAIN("tzname", datetime_tzname, METH_NOARGS, "tzinfo.tzname(self)."),
    METHOD_PLAIN("dst", datetime_dst, METH_NOARGS, "tzinfo.dst(self)."),
    METHOD_PLAIN("replace", datetime_replace, METH_VARARGS | METH_KEYWORDS, "A datetime with some fields changed."),
    METHOD_PLAIN("astimezone", datetime_astimezone, METH_VARARGS | METH_KEYWORDS,
                 "tz -> the same moment in that zone."),
    METHOD_PLAIN("__reduce_ex__", datetime_reduce_ex, METH_VARARGS, "__reduce_ex__(proto) -> (cls, state)"),
    METHOD_PLAIN("__reduce__", datetime_reduce, METH_NOARGS, "__reduce__() -> (cls, state)"),
    {NULL},
};

static PyNumberMethods datetime_as_number = {.nb_add = datetime_add, .nb_subtract = datetime_subtract};

PyTypeObject ks_dt_datetime_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "datetime.datetime",
    .tp_basicsize = sizeof(PyDateTime_DateTime),
    .tp_dealloc = datetime_dealloc,
    .tp_repr = datetime_repr,
    .tp_as_number = &datetime_as_number,
    .tp_hash = datetime_hash,
    .tp_str = datetime_str,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = PyDoc_STR("datetime(year, month, day[, hour[, minute[, second[, microsecond[,tzinfo]]]]])\n\n"
                        "A date and a time of day, with or without a time zone."),
    .tp_richcompare = datetime_richcompare,
    .tp_methods = datetime_methods,
    .tp_getset = datetime_getset,
    .tp_base = &ks_dt_date_type,
    .tp_alloc = datetime_alloc,
    .tp_new = datetime_new,
    .tp_free = PyObject_Free,
};
