/* SPDX-License-Identifier: MIT */
/* date, and the tuple that isocalendar() gives. Year big-endian, month and day in four bytes, so
 * that comparing is memcmp. */
#include "datetime_parts.h"

#define DATE(op) ((PyDateTime_Date *)(op))

PyObject *
ks_dt_date_new(int year, int month, int day, PyTypeObject *type)
{
    if (ks_dt_check_date(year, month, day) < 0)
        return NULL;
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    DATE(self)->hashcode = -1;
    DATE(self)->data[0] = (unsigned char)(year >> 8);
    DATE(self)->data[1] = (unsigned char)year;
    DATE(self)->data[2] = (unsigned char)month;
    DATE(self)->data[3] = (unsigned char)day;
    return self;
}

/* Through the class when it is not one of ours, so that its __new__ and __init__ run. */
PyObject *
ks_dt_date_subclass(int year, int month, int day, PyObject *type)
{
    if (type == (PyObject *)&ks_dt_date_type)
        return ks_dt_date_new(year, month, day, &ks_dt_date_type);
    if (type == (PyObject *)&ks_dt_datetime_type) {
        KsMoment m = {year, month, day};
        return ks_dt_datetime_new(&m, Py_None, &ks_dt_datetime_type);
    }
    return PyObject_CallFunction(type, "iii", year, month, day);
}

static PyObject *
date_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"year", "month", "day", NULL};
    int year, month, day;
    PyObject *state, *tzinfo;
    int pickled = ks_dt_pickle_state(args, "date", _PyDateTime_DATE_DATASIZE, &state, &tzinfo);
    if (pickled < 0)
        return NULL;
    if (pickled) {
        PyObject *self = type->tp_alloc(type, 0);
        if (self != NULL) {
            memcpy(DATE(self)->data, PyBytes_AS_STRING(state), _PyDateTime_DATE_DATASIZE);
            DATE(self)->hashcode = -1;
        }
        Py_DECREF(state);
        return self;
    }
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "iii", names, &year, &month, &day))
        return NULL;
    return ks_dt_date_new(year, month, day, type);
}

/* ---- other constructors -------------------------------------------------------------------- */

PyObject *
ks_dt_date_from_timestamp(PyObject *type, PyObject *timestamp)
{
    time_t when;
    KsMoment m;
    if (_PyTime_ObjectToTime_t(timestamp, &when, _PyTime_ROUND_FLOOR) < 0 || ks_dt_local_moment(when, &m) < 0)
        return NULL;
    return ks_dt_date_subclass(m.year, m.month, m.day, type);
}

static PyObject *
date_today(PyObject *type, PyObject *Py_UNUSED(ignored))
{
    KS_OWNED PyObject *module = PyImport_ImportModule("time");
    if (module == NULL)
        return NULL;
    KS_OWNED PyObject *now = PyObject_CallMethod(module, "time", NULL);
    if (now == NULL)
        return NULL;
    return PyObject_CallMethodOneArg(type, KS_INTERN("fromtimestamp"), now);
}

static PyObject *
date_fromordinal(PyObject *type, PyObject *args)
{
    int ordinal, year, month, day;
    if (!PyArg_ParseTuple(args, "i:fromordinal", &ordinal))
        return NULL;
    if (ordinal < 1) {
        PyErr_SetString(PyExc_ValueError, "ordinal must be >= 1");
        return NULL;
    }
    if (ordinal > 2000000000) /* beyond what the calendar's own arithmetic holds */
        ordinal = 2000000000;
    ks_dt_from_ordinal(ordinal, &year, &month, &day);
    return ks_dt_date_subclass(year, month, day, type);
}

static PyObject *
date_fromisoformat(PyObject *type, PyObject *text)
{
    KsMoment m;
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "fromisoformat: argument must be str");
        return NULL;
    }
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    if ((length != 7 && length != 8 && length != 10) || ks_dt_parse_date(text, 0, length, &m) < 0)
        return ks_dt_bad_iso(text);
    return ks_dt_date_subclass(m.year, m.month, m.day, type);
}

static PyObject *
date_fromisocalendar(PyObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"year", "week", "day", NULL};
    int year, week, day, y = 0, m = 0, d = 0;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "iii:fromisocalendar", names, &year, &week, &day)) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError))
            PyErr_Format(PyExc_ValueError, "ISO calendar component out of range");
        return NULL;
    }
    int status = ks_dt_iso_to_ymd(year, week, day, &y, &m, &d);
    if (status == 0)
        return ks_dt_date_subclass(y, m, d, type);
    if (status == -2)
        PyErr_Format(PyExc_ValueError, "Year is out of range: %d", year);
    else if (status == -3)
        PyErr_Format(PyExc_ValueError, "Invalid week: %d", week);
    else
        PyErr_Format(PyExc_ValueError, "Invalid day: %d (range is [1, 7])", day);
    return NULL;
}

/* ---- arithmetic and comparing -------------------------------------------------------------- */

static PyObject *
date_shift(PyObject *self, int days)
{
    int ordinal = ks_dt_ordinal(PyDateTime_GET_YEAR(self), PyDateTime_GET_MONTH(self), PyDateTime_GET_DAY(self));
    int year, month, day;
    long long sum = (long long)ordinal + days;
    if (sum < 1 || sum > DT_MAX_ORDINAL) {
        PyErr_SetString(PyExc_OverflowError, "date value out of range");
        return NULL;
    }
    ks_dt_from_ordinal((int)sum, &year, &month, &day);
    return ks_dt_date_subclass(year, month, day, (PyObject *)Py_TYPE(self));
}

static PyObject *
date_add(PyObject *left, PyObject *right)
{
    if (DT_IS_DATETIME(left) || DT_IS_DATETIME(right))
        Py_RETURN_NOTIMPLEMENTED;
    if (DT_IS_DATE(left) && DT_IS_DELTA(right))
        return date_shift(left, PyDateTime_DELTA_GET_DAYS(right));
    if (DT_IS_DATE(right) && DT_IS_DELTA(left))
        return date_shift(right, PyDateTime_DELTA_GET_DAYS(left));
    Py_RETURN_NOTIMPLEMENTED;
}

static PyObject *
date_subtract(PyObject *left, PyObject *right)
{
    if (DT_IS_DATETIME(left) || DT_IS_DATETIME(right) || !DT_IS_DATE(left))
        Py_RETURN_NOTIMPLEMENTED;
    if (DT_IS_DATE(right)) {
        int a = ks_dt_ordinal(PyDateTime_GET_YEAR(left), PyDateTime_GET_MONTH(left), PyDateTime_GET_DAY(left));
        int b = ks_dt_ordinal(PyDateTime_GET_YEAR(right), PyDateTime_GET_MONTH(right), PyDateTime_GET_DAY(right));
        return ks_dt_delta_from_parts(a - b, 0, 0, 0, &ks_dt_delta_type);
    }
    if (DT_IS_DELTA(right))
        return date_shift(left, -PyDateTime_DELTA_GET_DAYS(right));
    Py_RETURN_NOTIMPLEMENTED;
}

PyObject *
ks_dt_cannot_compare(PyObject *left, PyObject *right)
{
    PyErr_Format(PyExc_TypeError, "can't compare %s to %s", Py_TYPE(left)->tp_name, Py_TYPE(right)->tp_name);
    return NULL;
}

static PyObject *
date_richcompare(PyObject *self, PyObject *other, int op)
{
    if (!DT_IS_DATE(other))
        Py_RETURN_NOTIMPLEMENTED;
    int order = memcmp(DATE(self)->data, DATE(other)->data, _PyDateTime_DATE_DATASIZE);
    Py_RETURN_RICHCOMPARE(order, 0, op);
}

static Py_hash_t
date_hash(PyObject *self)
{
    if (DATE(self)->hashcode == -1)
        DATE(self)->hashcode = _Py_HashBytes(DATE(self)->data, _PyDateTime_DATE_DATASIZE);
    return DATE(self)->hashcode;
}

/* ---- text ---------------------------------------------------------------------------------- */

static PyObject *
date_repr(PyObject *self)
{
    return PyUnicode_FromFormat("%s(%d, %d, %d)", Py_TYPE(self)->tp_name, PyDateTime_GET_YEAR(self),
                                PyDateTime_GET_MONTH(self), PyDateTime_GET_DAY(self));
}

static PyObject *
date_isoformat(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyUnicode_FromFormat("%04d-%02d-%02d", PyDateTime_GET_YEAR(self), PyDateTime_GET_MONTH(self),
                                PyDateTime_GET_DAY(self));
}

static PyObject *
date_str(PyObject *self)
{
    return PyObject_CallMethodNoArgs(self, KS_INTERN("isoformat"));
}

static void
date_read(PyObject *self, KsMoment *m)
{
    *m = (KsMoment){PyDateTime_GET_YEAR(self), PyDateTime_GET_MONTH(self), PyDateTime_GET_DAY(self)};
}

static PyObject *
date_ctime(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    KsMoment m;
    date_read(self, &m);
    return ks_dt_ctime(&m);
}

static PyObject *
date_strftime(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"format", NULL};
    PyObject *format;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "U:strftime", names, &format))
        return NULL;
    KS_OWNED PyObject *tuple = PyObject_CallMethodNoArgs(self, KS_INTERN("timetuple"));
    return tuple == NULL ? NULL : ks_dt_strftime(self, format, tuple, self);
}

/* ---- parts --------------------------------------------------------------------------------- */

static PyObject *
date_isoweekday(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(ks_dt_weekday(PyDateTime_GET_YEAR(self), PyDateTime_GET_MONTH(self),
                                         PyDateTime_GET_DAY(self)) + 1);
}

static PyObject *
date_weekday(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(ks_dt_weekday(PyDateTime_GET_YEAR(self), PyDateTime_GET_MONTH(self),
                                         PyDateTime_GET_DAY(self)));
}

static PyObject *
date_toordinal(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(ks_dt_ordinal(PyDateTime_GET_YEAR(self), PyDateTime_GET_MONTH(self),
                                         PyDateTime_GET_DAY(self)));
}

static PyObject *
isodate_build(PyTypeObject *type, int year, int week, int weekday)
{
    KS_OWNED PyObject *args = Py_BuildValue("((iii))", year, week, weekday);
    return args == NULL ? NULL : PyTuple_Type.tp_new(type, args, NULL);
}

static PyObject *
date_isocalendar(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    int year, week, weekday;
    ks_dt_iso_calendar(PyDateTime_GET_YEAR(self), PyDateTime_GET_MONTH(self), PyDateTime_GET_DAY(self), &year,
                       &week, &weekday);
    return isodate_build(&ks_dt_isodate_type, year, week, weekday);
}

static PyObject *
date_timetuple(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    KsMoment m;
    date_read(self, &m);
    return ks_dt_struct_time(&m, -1);
}

static PyObject *
date_replace(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"year", "month", "day", NULL};
    int year = PyDateTime_GET_YEAR(self), month = PyDateTime_GET_MONTH(self), day = PyDateTime_GET_DAY(self);
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|iii:replace", names, &year, &month, &day))
        return NULL;
    return ks_dt_date_new(year, month, day, Py_TYPE(self));
}

static PyObject *
date_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return Py_BuildValue("O(y#)", Py_TYPE(self), DATE(self)->data, (Py_ssize_t)_PyDateTime_DATE_DATASIZE);
}

static PyObject *
date_year(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(PyDateTime_GET_YEAR(self));
}

static PyObject *
date_month(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(PyDateTime_GET_MONTH(self));
}

static PyObject *
date_day(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(PyDateTime_GET_DAY(self));
}

static PyGetSetDef date_getset[] = {{"year", date_year}, {"month", date_month}, {"day", date_day}, {NULL}};

static PyMethodDef date_methods[] = {
    METHOD("fromtimestamp", ks_dt_date_from_timestamp, METH_O | METH_CLASS, "($type, timestamp, /)",
           "The local date at a POSIX timestamp."),
    METHOD_PLAIN("fromordinal", date_fromordinal, METH_VARARGS | METH_CLASS, "int -> the date of that ordinal."),
    METHOD_PLAIN("fromisoformat", date_fromisoformat, METH_O | METH_CLASS, "str -> the date an ISO 8601 text names."),
    METHOD_PLAIN("fromisocalendar", date_fromisocalendar, METH_VARARGS | METH_KEYWORDS | METH_CLASS,
                 "int, int, int -> the date of an ISO year, week and weekday."),
    METHOD_PLAIN("today", date_today, METH_NOARGS | METH_CLASS, "The current local date or datetime."),
    METHOD_PLAIN("ctime", date_ctime, METH_NOARGS, "The text that C's ctime() would give."),
    METHOD_PLAIN("strftime", date_strftime, METH_VARARGS | METH_KEYWORDS, "format -> strftime() style string."),
    METHOD_PLAIN("__format__", ks_dt_format, METH_VARARGS, "strftime(format), or str() for an empty one."),
    METHOD_PLAIN("timetuple", date_timetuple, METH_NOARGS, "The time.struct_time of it."),
    METHOD_PLAIN("isocalendar", date_isocalendar, METH_NOARGS, "ISO year, week number and weekday."),
    METHOD_PLAIN("isoformat", date_isoformat, METH_NOARGS, "YYYY-MM-DD."),
    METHOD_PLAIN("isoweekday", date_isoweekday, METH_NOARGS, "1 for Monday to 7 for Sunday."),
    METHOD_PLAIN("toordinal", date_toordinal, METH_NOARGS, "Days since 0001-01-01, which is 1."),
    METHOD_PLAIN("weekday", date_weekday, METH_NOARGS, "0 for Monday to 6 for Sunday."),
    METHOD_PLAIN("replace", date_replace, METH_VARARGS | METH_KEYWORDS, "A date with some fields changed."),
    METHOD_PLAIN("__reduce__", date_reduce, METH_NOARGS, "__reduce__() -> (cls, state)"),
    {NULL},
};

static PyNumberMethods date_as_number = {.nb_add = date_add, .nb_subtract = date_subtract};

PyTypeObject ks_dt_date_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "datetime.date",
    .tp_basicsize = sizeof(PyDateTime_Date),
    .tp_repr = date_repr,
    .tp_as_number = &date_as_number,
    .tp_hash = date_hash,
    .tp_str = date_str,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = PyDoc_STR("date(year, month, day) --> a day of the calendar"),
    .tp_richcompare = date_richcompare,
    .tp_methods = date_methods,
    .tp_getset = date_getset,
    .tp_new = date_new,
};

/* ---- the tuple of isocalendar() ------------------------------------------------------------ */

static PyObject *
isodate_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"year", "week", "weekday", NULL};
    int year, week, weekday;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "iii:IsoCalendarDate", names, &year, &week, &weekday))
        return NULL;
    return isodate_build(type, year, week, weekday);
}

static PyObject *
isodate_repr(PyObject *self)
{
    return PyUnicode_FromFormat("%.200s(year=%S, week=%S, weekday=%S)", Py_TYPE(self)->tp_name,
                                PyTuple_GET_ITEM(self, 0), PyTuple_GET_ITEM(self, 1), PyTuple_GET_ITEM(self, 2));
}

static PyObject *
isodate_item(PyObject *self, void *index)
{
    return Py_NewRef(PyTuple_GET_ITEM(self, (Py_ssize_t)index));
}

/* Pickled as a plain tuple. */
static PyObject *
isodate_reduce(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return Py_BuildValue("O((OOO))", &PyTuple_Type, PyTuple_GET_ITEM(self, 0), PyTuple_GET_ITEM(self, 1),
                         PyTuple_GET_ITEM(self, 2));
}

static PyGetSetDef isodate_getset[] = {
    {"year", isodate_item, NULL, NULL, (void *)0},
    {"week", isodate_item, NULL, NULL, (void *)1},
    {"weekday", isodate_item, NULL, NULL, (void *)2},
    {NULL},
};

static PyMethodDef isodate_methods[] = {
    METHOD_PLAIN("__reduce__", isodate_reduce, METH_NOARGS, "__reduce__() -> (cls, state)"),
    {NULL},
};

PyTypeObject ks_dt_isodate_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "datetime.IsoCalendarDate",
    .tp_repr = isodate_repr,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = PyDoc_STR("An ISO year, week number and weekday."),
    .tp_methods = isodate_methods,
    .tp_getset = isodate_getset,
    .tp_base = &PyTuple_Type,
    .tp_new = isodate_new,
};
