/* SPDX-License-Identifier: MIT */
/* Text made of dates and times: offsets, clock readings, strftime, and the pickled state. */
#include "datetime_parts.h"

void
ks_dt_offset_text(char *buffer, size_t size, const char *separator, PyObject *delta)
{
    KsMicros us = ks_dt_delta_us(delta);
    char sign = us < 0 ? '-' : '+';
    long long rest = (long long)(us < 0 ? -us : us);
    int micro = (int)(rest % 1000000), seconds = (int)(rest / 1000000);
    int length = snprintf(buffer, size, "%c%02d%s%02d", sign, seconds / 3600, separator, seconds / 60 % 60);
    if (seconds % 60 || micro)
        length += snprintf(buffer + length, size - length, "%s%02d", separator, seconds % 60);
    if (micro)
        snprintf(buffer + length, size - length, ".%06d", micro);
}

int
ks_dt_format_offset(char *buffer, size_t size, const char *separator, PyObject *tzinfo, PyObject *arg)
{
    buffer[0] = '\0';
    KS_OWNED PyObject *offset = ks_dt_call_utcoffset(tzinfo, arg);
    if (offset == NULL)
        return -1;
    if (offset != Py_None)
        ks_dt_offset_text(buffer, size, separator, offset);
    return 0;
}

int
ks_dt_clock_text(char *buffer, size_t size, const char *timespec, const KsMoment *m)
{
    if (timespec == NULL || strcmp(timespec, "auto") == 0)
        timespec = m->us ? "microseconds" : "seconds";
    if (strcmp(timespec, "hours") == 0)
        snprintf(buffer, size, "%02d", m->hour);
    else if (strcmp(timespec, "minutes") == 0)
        snprintf(buffer, size, "%02d:%02d", m->hour, m->minute);
    else if (strcmp(timespec, "seconds") == 0)
        snprintf(buffer, size, "%02d:%02d:%02d", m->hour, m->minute, m->second);
    else if (strcmp(timespec, "milliseconds") == 0)
        snprintf(buffer, size, "%02d:%02d:%02d.%03d", m->hour, m->minute, m->second, m->us / 1000);
    else if (strcmp(timespec, "microseconds") == 0)
        snprintf(buffer, size, "%02d:%02d:%02d.%06d", m->hour, m->minute, m->second, m->us);
    else {
        PyErr_SetString(PyExc_ValueError, "Unknown timespec value");
        return -1;
    }
    return 0;
}

PyObject *
ks_dt_ctime(const KsMoment *m)
{
    static const char days[7][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return PyUnicode_FromFormat("%s %s %2d %02d:%02d:%02d %04d", days[ks_dt_weekday(m->year, m->month, m->day)],
                                months[m->month - 1], m->day, m->hour, m->minute, m->second, m->year);
}

PyObject *
ks_dt_struct_time(const KsMoment *m, int dst)
{
    KS_OWNED PyObject *module = PyImport_ImportModule("time");
    if (module == NULL)
        return NULL;
    return PyObject_CallMethod(module, "struct_time", "((iiiiiiiii))", m->year, m->month, m->day, m->hour,
                               m->minute, m->second, ks_dt_weekday(m->year, m->month, m->day),
                               ks_dt_days_before_month(m->year, m->month) + m->day, dst);
}

/* Puts ", fold=1" and ", tzinfo=..." before the closing parenthesis of text. */
PyObject *
ks_dt_repr_tail(PyObject *text, PyObject *tzinfo, int fold)
{
    if (text == NULL || (tzinfo == Py_None && !fold))
        return text;
    KS_OWNED PyObject *whole = text;
    KS_OWNED PyObject *head = PyUnicode_Substring(whole, 0, PyUnicode_GET_LENGTH(whole) - 1);
    if (head == NULL)
        return NULL;
    if (tzinfo == Py_None)
        return PyUnicode_FromFormat("%U, fold=%d)", head, fold);
    return PyUnicode_FromFormat(fold ? "%U, fold=1, tzinfo=%R)" : "%U, tzinfo=%R)", head, tzinfo);
}

static KS_NEW PyObject *
name_replacement(PyObject *self, PyObject *arg)
{
    KS_OWNED PyObject *tzname = NULL;
    PyObject *tzinfo = Py_None;
    if (DT_IS_DATETIME(self))
        tzinfo = DT_TZINFO(self, PyDateTime_DateTime);
    else if (DT_IS_TIME(self))
        tzinfo = DT_TZINFO(self, PyDateTime_Time);
    if (tzinfo == Py_None)
        return PyUnicode_FromString("");
    tzname = ks_dt_call_tzname(tzinfo, arg);
    if (tzname == NULL)
        return NULL;
    if (tzname == Py_None)
        return PyUnicode_FromString("");
    /* The name is data: its percent signs must survive strftime. */
    PyObject *safe = PyObject_CallMethod(tzname, "replace", "ss", "%", "%%");
    if (safe != NULL && !PyUnicode_Check(safe)) {
        PyErr_SetString(PyExc_TypeError, "tzname.replace() did not return a string");
        Py_CLEAR(safe);
    }
    if (safe != NULL && PyUnicode_AsUTF8(safe) == NULL) /* no lone surrogates, as strftime wants it */
        Py_CLEAR(safe);
    return safe;
}

static int
micros_of(PyObject *self)
{
    KsMoment m = {0};
    if (DT_IS_DATETIME(self))
        ks_dt_datetime_read(self, &m);
    else if (DT_IS_TIME(self))
        ks_dt_time_read(self, &m);
    return m.us;
}

static int
append_directive(_PyUnicodeWriter *writer, PyObject *self, PyObject *arg, Py_UCS4 which)
{
    char text[40];
    if (which == 'Z') {
        KS_OWNED PyObject *name = name_replacement(self, arg);
        return name == NULL ? -1 : _PyUnicodeWriter_WriteStr(writer, name);
    }
    if (which == 'f')
        snprintf(text, sizeof text, "%06d", micros_of(self));
    else {
        PyObject *tzinfo = Py_None;
        if (DT_IS_DATETIME(self))
            tzinfo = DT_TZINFO(self, PyDateTime_DateTime);
        else if (DT_IS_TIME(self))
            tzinfo = DT_TZINFO(self, PyDateTime_Time);
        if (ks_dt_format_offset(text, sizeof text, "", tzinfo, arg) < 0)
            return -1;
    }
    return _PyUnicodeWriter_WriteASCIIString(writer, text, (Py_ssize_t)strlen(text));
}

/* %z, %Z and %f are filled in here, the rest is the time module's. */
PyObject *
ks_dt_strftime(PyObject *self, PyObject *format, PyObject *timetuple, PyObject *arg)
{
    _PyUnicodeWriter writer;
    if (PyUnicode_AsUTF8(format) == NULL)
        return NULL;
    _PyUnicodeWriter_Init(&writer);
    writer.overallocate = 1;
    Py_ssize_t length = PyUnicode_GET_LENGTH(format);
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 c = PyUnicode_READ_CHAR(format, i);
        Py_UCS4 next = c == '%' && i + 1 < length ? PyUnicode_READ_CHAR(format, i + 1) : 0;
        int status;
        if (next == 'z' || next == 'Z' || next == 'f')
            status = append_directive(&writer, self, arg, next);
        else {
            status = _PyUnicodeWriter_WriteChar(&writer, c);
            if (status == 0 && next)
                status = _PyUnicodeWriter_WriteChar(&writer, next);
        }
        if (status < 0) {
            _PyUnicodeWriter_Dealloc(&writer);
            return NULL;
        }
        if (next)
            i++;
    }
    KS_OWNED PyObject *expanded = _PyUnicodeWriter_Finish(&writer);
    if (expanded == NULL)
        return NULL;
    KS_OWNED PyObject *module = PyImport_ImportModule("time");
    if (module == NULL)
        return NULL;
    return PyObject_CallMethod(module, "strftime", "OO", expanded, timetuple);
}

static PyObject *
pickle_state_bytes(PyObject *first, const char *what, Py_ssize_t size)
{
    if (PyBytes_Check(first))
        return PyBytes_GET_SIZE(first) == size ? Py_NewRef(first) : NULL;
    if (!PyUnicode_Check(first) || PyUnicode_GET_LENGTH(first) != size)
        return NULL;
    /* The byte that tells a state from garbage; for other texts the usual complaint follows. */
    Py_UCS4 mark = PyUnicode_READ_CHAR(first, size == 6 ? 0 : 2) & 0x7f;
    if (size == 6 ? mark >= 24 : mark < 1 || mark > 12)
        return NULL;
    PyObject *bytes = PyUnicode_AsLatin1String(first);
    if (bytes == NULL && PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
        PyErr_Format(PyExc_ValueError, "Failed to encode latin1 string when unpickling a %s object. "
                                       "pickle.load(data, encoding='latin1') is assumed.", what);
    }
    return bytes;
}

int
ks_dt_pickle_state(PyObject *args, const char *what, Py_ssize_t size, PyObject **state, PyObject **tzinfo)
{
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    *state = NULL;
    *tzinfo = Py_None;
    if (count < 1 || count > (size == 4 ? 1 : 2))
        return 0;
    PyObject *bytes = pickle_state_bytes(PyTuple_GET_ITEM(args, 0), what, size);
    if (bytes == NULL)
        return PyErr_Occurred() ? -1 : 0;
    unsigned char mark = (unsigned char)PyBytes_AS_STRING(bytes)[size == 6 ? 0 : 2];
    if (size != 4)
        mark &= 0x7f;
    if (size == 6 ? mark >= 24 : mark < 1 || mark > 12) {
        Py_DECREF(bytes);
        return 0;
    }
    if (count == 2) {
        *tzinfo = PyTuple_GET_ITEM(args, 1);
        if (*tzinfo != Py_None && !DT_IS_TZINFO(*tzinfo)) {
            Py_DECREF(bytes);
            PyErr_SetString(PyExc_TypeError, "bad tzinfo state arg");
            return -1;
        }
    }
    *state = bytes;
    return 1;
}

PyObject *
ks_dt_format(PyObject *self, PyObject *args)
{
    PyObject *format;
    if (!PyArg_ParseTuple(args, "U:__format__", &format))
        return NULL;
    if (PyUnicode_GET_LENGTH(format) == 0)
        return PyObject_Str(self);
    return PyObject_CallMethodOneArg(self, KS_INTERN("strftime"), format);
}
