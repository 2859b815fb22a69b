/* SPDX-License-Identifier: MIT */
/* Reading ISO 8601 dates and times. Positions are in code points; only ASCII digits count. */
#include "datetime_parts.h"

/* Reads count digits at *at, all before end. */
static int
read_digits(PyObject *text, Py_ssize_t *at, Py_ssize_t end, int count, int *value)
{
    int sum = 0;
    if (end - *at < count)
        return 0;
    for (int i = 0; i < count; i++) {
        Py_UCS4 digit = PyUnicode_READ_CHAR(text, *at + i);
        if (digit < '0' || digit > '9')
            return 0;
        sum = sum * 10 + (int)(digit - '0');
    }
    *at += count;
    *value = sum;
    return 1;
}

static int
read_char(PyObject *text, Py_ssize_t *at, Py_ssize_t end, Py_UCS4 wanted)
{
    if (*at >= end || PyUnicode_READ_CHAR(text, *at) != wanted)
        return 0;
    ++*at;
    return 1;
}

static int
read_week_date(PyObject *text, Py_ssize_t at, Py_ssize_t end, int dashes, KsMoment *m)
{
    int week, weekday = 1;
    if (!read_digits(text, &at, end, 2, &week))
        return -1;
    if (at < end) {
        if (dashes && !read_char(text, &at, end, '-'))
            return -1;
        if (!read_digits(text, &at, end, 1, &weekday))
            return -1;
    }
    if (at != end)
        return -1;
    return ks_dt_iso_to_ymd(m->year, week, weekday, &m->year, &m->month, &m->day) < 0 ? -1 : 0;
}

int
ks_dt_parse_date(PyObject *text, Py_ssize_t start, Py_ssize_t end, KsMoment *m)
{
    Py_ssize_t at = start;
    if (!read_digits(text, &at, end, 4, &m->year))
        return -1;
    int dashes = read_char(text, &at, end, '-');
    if (read_char(text, &at, end, 'W'))
        return read_week_date(text, at, end, dashes, m);
    if (!read_digits(text, &at, end, 2, &m->month) || (dashes && !read_char(text, &at, end, '-')) ||
        !read_digits(text, &at, end, 2, &m->day))
        return -1;
    return at == end ? 0 : -1;
}

/* HH[:MM[:SS[.f+]]] or the same without colons; digits after the sixth are dropped. */
static int
read_clock(PyObject *text, Py_ssize_t at, Py_ssize_t end, int *parts)
{
    int colons = 0;
    for (int i = 0; i < 3; i++) {
        if (!read_digits(text, &at, end, 2, &parts[i]))
            return -1;
        if (at == end)
            return 0;
        if (i == 0)
            colons = PyUnicode_READ_CHAR(text, at) == ':';
        if (i < 2 && colons && !read_char(text, &at, end, ':'))
            return -1;
    }
    if (!read_char(text, &at, end, '.') && !read_char(text, &at, end, ','))
        return -1;
    int count = (int)Py_MIN(end - at, 6);
    if (count == 0 || !read_digits(text, &at, end, count, &parts[3]))
        return -1;
    while (count++ < 6)
        parts[3] *= 10;
    while (at < end && Py_UNICODE_ISDIGIT(PyUnicode_READ_CHAR(text, at)) && PyUnicode_READ_CHAR(text, at) < 128)
        at++;
    return at == end ? 0 : -1;
}

int
ks_dt_parse_time(PyObject *text, Py_ssize_t start, Py_ssize_t end, KsMoment *m, int *offset_seconds, int *offset_us)
{
    Py_ssize_t zone = start;
    Py_UCS4 mark = 0;
    for (; zone < end; zone++) {
        mark = PyUnicode_READ_CHAR(text, zone);
        if (mark == '+' || mark == '-' || mark == 'Z')
            break;
    }
    int parts[4] = {0};
    if (read_clock(text, start, zone, parts) < 0)
        return -1;
    m->hour = parts[0];
    m->minute = parts[1];
    m->second = parts[2];
    m->us = parts[3];
    *offset_seconds = *offset_us = 0;
    if (zone == end)
        return 0;
    if (mark == 'Z')
        return zone + 1 == end ? 1 : -1;
    int offset[4] = {0}, sign = mark == '-' ? -1 : 1;
    if (read_clock(text, zone + 1, end, offset) < 0)
        return -1;
    *offset_seconds = sign * ((offset[0] * 60 + offset[1]) * 60 + offset[2]);
    *offset_us = sign * offset[3];
    return 1;
}

PyObject *
ks_dt_offset_zone(int has_offset, int seconds, int us)
{
    if (!has_offset)
        Py_RETURN_NONE;
    KS_OWNED PyObject *delta = ks_dt_delta_from_parts(0, seconds, us, 1, &ks_dt_delta_type);
    return delta == NULL ? NULL : ks_dt_timezone_new(delta, NULL);
}

static int
digit_at(PyObject *text, Py_ssize_t at)
{
    Py_UCS4 c = PyUnicode_READ_CHAR(text, at);
    return c >= '0' && c <= '9';
}

/* Where the date ends, for texts of at least 7 characters: told from the date's own form, since
 * any character may separate. -1 when it cannot be told. */
Py_ssize_t
ks_dt_find_separator(PyObject *text)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    if (length == 7)
        return 7;
    if (PyUnicode_READ_CHAR(text, 4) == '-') {
        if (PyUnicode_READ_CHAR(text, 5) != 'W')
            return 10;
        if (length > 8 && PyUnicode_READ_CHAR(text, 8) == '-') {
            if (length == 9)
                return -1;
            /* YYYY-Www-D, unless two digits follow: then the dash separates the time. */
            return length > 10 && digit_at(text, 10) ? 8 : 10;
        }
        return 8;
    }
    if (PyUnicode_READ_CHAR(text, 4) != 'W')
        return 8;
    Py_ssize_t at = 7;
    while (at < length && digit_at(text, at))
        at++;
    if (at < 9)
        return at;
    return at % 2 == 0 ? 7 : 8; /* an even count of digits is YYYYWwwHH..., an odd one has a weekday */
}

PyObject *
ks_dt_bad_iso(PyObject *text)
{
    PyErr_Format(PyExc_ValueError, "Invalid isoformat string: %R", text);
    return NULL;
}
