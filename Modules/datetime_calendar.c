/* SPDX-License-Identifier: MIT */
/* Calendar arithmetic: ordinals, weekdays, ISO weeks, range checks. Nothing here makes objects. */
#include "datetime_parts.h"

static const unsigned char month_days[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
static const short month_before[] = {0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};

static int
year_is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int
ks_dt_days_in_month(int year, int month)
{
    return month == 2 && year_is_leap(year) ? 29 : month_days[month];
}

int
ks_dt_days_before_month(int year, int month)
{
    return month_before[month] + (month > 2 && year_is_leap(year));
}

static int
days_before_year(int year)
{
    int y = year - 1;
    return y >= 0 ? y * 365 + y / 4 - y / 100 + y / 400 : -366;
}

int
ks_dt_ordinal(int year, int month, int day)
{
    return days_before_year(year) + ks_dt_days_before_month(year, month) + day;
}

/* Guesses the year from the mean length of 400 years, then corrects by at most one. */
void
ks_dt_from_ordinal(int ordinal, int *year, int *month, int *day)
{
    int y = (int)((long long)(ordinal - 1) * 400 / 146097) + 1;
    while (days_before_year(y + 1) < ordinal)
        y++;
    while (days_before_year(y) >= ordinal)
        y--;
    int rest = ordinal - days_before_year(y); /* 1-based day of the year */
    int m = (rest - 1) / 31 + 1;
    while (m < 12 && ks_dt_days_before_month(y, m + 1) < rest)
        m++;
    *year = y;
    *month = m;
    *day = rest - ks_dt_days_before_month(y, m);
}

/* 0 is Monday. */
int
ks_dt_weekday(int year, int month, int day)
{
    return (ks_dt_ordinal(year, month, day) + 6) % 7;
}

/* The ordinal of the Monday that starts ISO week 1: the week of the year's first Thursday. */
int
ks_dt_iso_week1_monday(int year)
{
    int first = ks_dt_ordinal(year, 1, 1);
    int weekday = (first + 6) % 7;
    int monday = first - weekday;
    return weekday > 3 ? monday + 7 : monday;
}

static int
floor_div(int value, int by)
{
    int quotient = value / by;
    return quotient - (value % by < 0);
}

void
ks_dt_iso_calendar(int year, int month, int day, int *iso_year, int *week, int *weekday)
{
    int today = ks_dt_ordinal(year, month, day);
    int monday = ks_dt_iso_week1_monday(year);
    int w = floor_div(today - monday, 7);
    if (w < 0) {
        monday = ks_dt_iso_week1_monday(--year);
        w = floor_div(today - monday, 7);
    }
    else if (w >= 52 && today >= ks_dt_iso_week1_monday(year + 1)) {
        year++;
        w = 0;
    }
    *iso_year = year;
    *week = w + 1;
    *weekday = (today + 6) % 7 + 1;
}

int
ks_dt_iso_to_ymd(int iso_year, int week, int weekday, int *year, int *month, int *day)
{
    if (iso_year < 1 || iso_year > DT_MAX_YEAR)
        return -2;
    if (week < 1 || week > 53)
        return -3;
    if (week == 53) {
        int january_first = ks_dt_weekday(iso_year, 1, 1);
        if (january_first != 3 && !(january_first == 2 && year_is_leap(iso_year)))
            return -3;
    }
    if (weekday < 1 || weekday > 7)
        return -4;
    ks_dt_from_ordinal(ks_dt_iso_week1_monday(iso_year) + (week - 1) * 7 + weekday - 1, year, month, day);
    return 0;
}

int
ks_dt_check_date(int year, int month, int day)
{
    if (year < 1 || year > DT_MAX_YEAR) {
        PyErr_Format(PyExc_ValueError, "year %i is out of range", year);
        return -1;
    }
    if (month < 1 || month > 12) {
        PyErr_SetString(PyExc_ValueError, "month must be in 1..12");
        return -1;
    }
    if (day < 1 || day > ks_dt_days_in_month(year, month)) {
        PyErr_SetString(PyExc_ValueError, "day is out of range for month");
        return -1;
    }
    return 0;
}

int
ks_dt_check_time(int hour, int minute, int second, int us, int fold)
{
    const char *message = NULL;
    if (hour < 0 || hour > 23)
        message = "hour must be in 0..23";
    else if (minute < 0 || minute > 59)
        message = "minute must be in 0..59";
    else if (second < 0 || second > 59)
        message = "second must be in 0..59";
    else if (us < 0 || us > 999999)
        message = "microsecond must be in 0..999999";
    else if (fold != 0 && fold != 1)
        message = "fold must be either 0 or 1";
    if (message == NULL)
        return 0;
    PyErr_SetString(PyExc_ValueError, message);
    return -1;
}

int
ks_dt_check_tzinfo(PyObject *tzinfo)
{
    if (tzinfo == Py_None || DT_IS_TZINFO(tzinfo))
        return 0;
    PyErr_Format(PyExc_TypeError, "tzinfo argument must be None or of a tzinfo subclass, not type '%s'",
                 Py_TYPE(tzinfo)->tp_name);
    return -1;
}

/* Microseconds since the start of ordinal 0. */
KsMicros
ks_dt_moment_us(const KsMoment *moment)
{
    long long days = ks_dt_ordinal(moment->year, moment->month, moment->day);
    long long seconds = ((days * 24 + moment->hour) * 60 + moment->minute) * 60 + moment->second;
    return (KsMicros)seconds * 1000000 + moment->us;
}

int
ks_dt_moment_shift(KsMoment *moment, KsMicros us)
{
    KsMicros sum = ks_dt_moment_us(moment) + us;
    if (sum < DT_DAY_US || sum >= DT_DAY_US * (DT_MAX_ORDINAL + 1)) {
        PyErr_SetString(PyExc_OverflowError, "date value out of range");
        return -1;
    }
    long long total = (long long)sum; /* at most 3.2e17 */
    long long seconds = total / 1000000;
    moment->us = (int)(total % 1000000);
    ks_dt_from_ordinal((int)(seconds / DT_DAY_SECONDS), &moment->year, &moment->month, &moment->day);
    int rest = (int)(seconds % DT_DAY_SECONDS);
    moment->hour = rest / 3600;
    moment->minute = rest / 60 % 60;
    moment->second = rest % 60;
    return 0;
}
