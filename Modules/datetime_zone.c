/* SPDX-License-Identifier: MIT */
/* tzinfo, the base of all zones, and timezone, the fixed offset. The calls that ask a zone for its
 * offset, dst and name live here too; they check what a zone written in Python answers. */
#include "datetime_parts.h"

typedef struct KsTimezone {
    PyObject_HEAD
    PyObject *offset; /* a timedelta */
    PyObject *name;   /* a str or NULL */
} KsTimezone;

PyObject *ks_dt_utc;

#define ZONE(op) ((KsTimezone *)(op))

/* ---- asking a zone ------------------------------------------------------------------------- */

static int
offset_in_range(PyObject *delta)
{
    KsMicros us = ks_dt_delta_us(delta);
    return us > -DT_DAY_US && us < DT_DAY_US;
}

static KS_NEW PyObject *
zone_ask(PyObject *tzinfo, PyObject *name, PyObject *arg)
{
    if (tzinfo == Py_None)
        Py_RETURN_NONE;
    if (name == NULL)
        return NULL;
    PyObject *answer = PyObject_CallMethodOneArg(tzinfo, name, arg);
    if (answer == NULL || answer == Py_None)
        return answer;
    if (!DT_IS_DELTA(answer))
        PyErr_Format(PyExc_TypeError, "tzinfo.%U() must return None or timedelta, not '%.200s'", name,
                     Py_TYPE(answer)->tp_name);
    else if (!offset_in_range(answer))
        PyErr_Format(PyExc_ValueError, "offset must be a timedelta strictly between "
                                       "-timedelta(hours=24) and timedelta(hours=24).");
    else
        return answer;
    Py_DECREF(answer);
    return NULL;
}

PyObject *
ks_dt_call_utcoffset(PyObject *tzinfo, PyObject *arg)
{
    if (Py_IS_TYPE(tzinfo, &ks_dt_timezone_type))
        return Py_NewRef(ZONE(tzinfo)->offset);
    return zone_ask(tzinfo, KS_INTERN("utcoffset"), arg);
}

PyObject *
ks_dt_call_dst(PyObject *tzinfo, PyObject *arg)
{
    return zone_ask(tzinfo, KS_INTERN("dst"), arg);
}

PyObject *
ks_dt_call_tzname(PyObject *tzinfo, PyObject *arg)
{
    if (tzinfo == Py_None)
        Py_RETURN_NONE;
    PyObject *name = KS_INTERN("tzname");
    PyObject *answer = name == NULL ? NULL : PyObject_CallMethodOneArg(tzinfo, name, arg);
    if (answer == NULL || answer == Py_None || PyUnicode_Check(answer))
        return answer;
    PyErr_Format(PyExc_TypeError, "tzinfo.tzname() must return None or a string, not '%s'",
                 Py_TYPE(answer)->tp_name);
    Py_DECREF(answer);
    return NULL;
}

/* ---- tzinfo -------------------------------------------------------------------------------- */

static KS_COLD PyObject *
tzinfo_abstract(const char *method)
{
    PyErr_Format(PyExc_NotImplementedError, "a tzinfo subclass must implement %s()", method);
    return NULL;
}

static PyObject *
tzinfo_tzname(PyObject *self, PyObject *dt)
{
    return tzinfo_abstract("tzname");
}

static PyObject *
tzinfo_utcoffset(PyObject *self, PyObject *dt)
{
    return tzinfo_abstract("utcoffset");
}

static PyObject *
tzinfo_dst(PyObject *self, PyObject *dt)
{
    return tzinfo_abstract("dst");
}

static KS_COLD PyObject *
fromutc_fails(PyObject *type, const char *message)
{
    PyErr_SetString(type, message);
    return NULL;
}

/* The moment in UTC is given with this zone attached. Standard offset first, then dst as it is
 * at the time that gives. */
static PyObject *
tzinfo_fromutc(PyObject *self, PyObject *dt)
{
    if (!DT_IS_DATETIME(dt))
        return fromutc_fails(PyExc_TypeError, "fromutc: argument must be a datetime");
    PyObject *zone = DT_TZINFO(dt, PyDateTime_DateTime);
    if (zone != self)
        return fromutc_fails(PyExc_ValueError, "fromutc: dt.tzinfo is not self");
    KS_OWNED PyObject *offset = ks_dt_call_utcoffset(zone, dt);
    if (offset == NULL)
        return NULL;
    if (offset == Py_None)
        return fromutc_fails(PyExc_ValueError, "fromutc: non-None utcoffset() result required");
    KS_OWNED PyObject *dst = ks_dt_call_dst(zone, dt);
    if (dst == NULL)
        return NULL;
    if (dst == Py_None)
        return fromutc_fails(PyExc_ValueError, "fromutc: non-None dst() result required");
    KS_OWNED PyObject *standard = ks_dt_datetime_shift(dt, ks_dt_delta_us(offset) - ks_dt_delta_us(dst));
    if (standard == NULL)
        return NULL;
    Py_SETREF(dst, ks_dt_call_dst(zone, standard));
    if (dst == NULL)
        return NULL;
    if (dst == Py_None)
        return fromutc_fails(PyExc_ValueError,
                             "fromutc: tz.dst() gave inconsistent results; cannot convert");
    if (ks_dt_delta_us(dst) == 0)
        return ks_give(&standard);
    return ks_dt_datetime_shift(standard, ks_dt_delta_us(dst));
}

static PyObject *
tzinfo_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    KS_OWNED PyObject *getter = NULL, *args = NULL, *state = NULL;
    if (_PyObject_LookupAttr(self, KS_INTERN("__getinitargs__"), &getter) < 0)
        return NULL;
    args = getter != NULL ? PyObject_CallNoArgs(getter) : PyTuple_New(0);
    if (args == NULL)
        return NULL;
    state = PyObject_CallMethod(self, "__getstate__", NULL);
    if (state == NULL)
        return NULL;
    return PyTuple_Pack(3, Py_TYPE(self), args, state);
}

static PyMethodDef tzinfo_methods[] = {
    METHOD_PLAIN("tzname", tzinfo_tzname, METH_O, "datetime -> string name of time zone."),
    METHOD_PLAIN("utcoffset", tzinfo_utcoffset, METH_O, "datetime -> timedelta, positive east of UTC."),
    METHOD_PLAIN("dst", tzinfo_dst, METH_O, "datetime -> DST part of the offset, as a timedelta."),
    METHOD_PLAIN("fromutc", tzinfo_fromutc, METH_O, "datetime in UTC -> datetime in local time."),
    METHOD_PLAIN("__reduce__", tzinfo_reduce, METH_NOARGS, "-> (cls, args, state)"),
    {NULL},
};

PyTypeObject ks_dt_tzinfo_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "datetime.tzinfo",
    .tp_basicsize = sizeof(PyDateTime_TZInfo),
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = PyDoc_STR("The base of time zone classes."),
    .tp_methods = tzinfo_methods,
    .tp_new = PyType_GenericNew,
};

/* ---- timezone ------------------------------------------------------------------------------ */

PyObject *
ks_dt_timezone_make(PyObject *offset, PyObject *name)
{
    KsTimezone *self = (KsTimezone *)ks_dt_timezone_type.tp_alloc(&ks_dt_timezone_type, 0);
    if (self == NULL)
        return NULL;
    self->offset = Py_NewRef(offset);
    self->name = Py_XNewRef(name);
    return (PyObject *)self;
}

PyObject *
ks_dt_timezone_new(PyObject *offset, PyObject *name)
{
    if (name == NULL && ks_dt_delta_us(offset) == 0)
        return Py_NewRef(ks_dt_utc);
    if (!offset_in_range(offset)) {
        PyErr_Format(PyExc_ValueError, "offset must be a timedelta strictly between -timedelta(hours=24) "
                                       "and timedelta(hours=24), not %R.", offset);
        return NULL;
    }
    return ks_dt_timezone_make(offset, name);
}

static PyObject *
timezone_tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"offset", "name", NULL};
    PyObject *offset, *name = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O!|U:timezone", names, &ks_dt_delta_type, &offset, &name))
        return NULL;
    return ks_dt_timezone_new(offset, name);
}

static void
timezone_dealloc(PyObject *self)
{
    Py_CLEAR(ZONE(self)->offset);
    Py_CLEAR(ZONE(self)->name);
    Py_TYPE(self)->tp_free(self);
}

static PyObject *
timezone_richcompare(PyObject *self, PyObject *other, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !PyObject_TypeCheck(other, &ks_dt_timezone_type))
        Py_RETURN_NOTIMPLEMENTED;
    return PyObject_RichCompare(ZONE(self)->offset, ZONE(other)->offset, op);
}

static Py_hash_t
timezone_hash(PyObject *self)
{
    return PyObject_Hash(ZONE(self)->offset);
}

static int
timezone_check_argument(PyObject *dt, const char *method)
{
    if (dt == Py_None || DT_IS_DATETIME(dt))
        return 0;
    PyErr_Format(PyExc_TypeError, "%s(dt) argument must be a datetime instance or None, not %.200s", method,
                 Py_TYPE(dt)->tp_name);
    return -1;
}

static PyObject *
timezone_repr(PyObject *self)
{
    const char *type = Py_TYPE(self)->tp_name;
    if (self == ks_dt_utc)
        return PyUnicode_FromFormat("%s.utc", type);
    if (ZONE(self)->name == NULL)
        return PyUnicode_FromFormat("%s(%R)", type, ZONE(self)->offset);
    return PyUnicode_FromFormat("%s(%R, %R)", type, ZONE(self)->offset, ZONE(self)->name);
}

static PyObject *
timezone_str(PyObject *self)
{
    char text[32];
    if (ZONE(self)->name != NULL)
        return Py_NewRef(ZONE(self)->name);
    if (self == ks_dt_utc || ks_dt_delta_us(ZONE(self)->offset) == 0)
        return PyUnicode_FromString("UTC");
    ks_dt_offset_text(text, sizeof text, ":", ZONE(self)->offset);
    return PyUnicode_FromFormat("UTC%s", text);
}

static PyObject *
timezone_tzname(PyObject *self, PyObject *dt)
{
    return timezone_check_argument(dt, "tzname") < 0 ? NULL : timezone_str(self);
}

static PyObject *
timezone_utcoffset(PyObject *self, PyObject *dt)
{
    return timezone_check_argument(dt, "utcoffset") < 0 ? NULL : Py_NewRef(ZONE(self)->offset);
}

static PyObject *
timezone_dst(PyObject *self, PyObject *dt)
{
    return timezone_check_argument(dt, "dst") < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *
timezone_fromutc(PyObject *self, PyObject *dt)
{
    if (!DT_IS_DATETIME(dt))
        return fromutc_fails(PyExc_TypeError, "fromutc: argument must be a datetime");
    if (DT_TZINFO(dt, PyDateTime_DateTime) != self)
        return fromutc_fails(PyExc_ValueError, "fromutc: dt.tzinfo is not self");
    return ks_dt_datetime_shift(dt, ks_dt_delta_us(ZONE(self)->offset));
}

static PyObject *
timezone_getinitargs(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    if (ZONE(self)->name == NULL)
        return PyTuple_Pack(1, ZONE(self)->offset);
    return PyTuple_Pack(2, ZONE(self)->offset, ZONE(self)->name);
}

static PyMethodDef timezone_methods[] = {
    METHOD_PLAIN("tzname", timezone_tzname, METH_O, "The name given, or UTC and the offset."),
    METHOD_PLAIN("utcoffset", timezone_utcoffset, METH_O, "The fixed offset."),
    METHOD_PLAIN("dst", timezone_dst, METH_O, "None: a fixed offset knows no daylight saving."),
    METHOD_PLAIN("fromutc", timezone_fromutc, METH_O, "datetime in UTC -> datetime in this zone."),
    METHOD_PLAIN("__getinitargs__", timezone_getinitargs, METH_NOARGS, "The arguments that make an equal zone."),
    {NULL},
};

PyTypeObject ks_dt_timezone_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "datetime.timezone",
    .tp_basicsize = sizeof(KsTimezone),
    .tp_dealloc = timezone_dealloc,
    .tp_repr = timezone_repr,
    .tp_hash = timezone_hash,
    .tp_str = timezone_str,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = PyDoc_STR("A zone of fixed offset from UTC."),
    .tp_richcompare = timezone_richcompare,
    .tp_methods = timezone_methods,
    .tp_base = &ks_dt_tzinfo_type,
    .tp_new = timezone_tp_new,
};
