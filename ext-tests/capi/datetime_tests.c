/* SPDX-License-Identifier: MIT */
/* The datetime module's C-API: a capsule of constructors and types, and macros on the objects. */
#include "capi.h"
#include <datetime.h>

static void
need_api(void)
{
    if (PyDateTimeAPI == NULL)
        PyDateTime_IMPORT;
    if (PyDateTimeAPI == NULL)
        PyErr_Print();
    CU_ASSERT_PTR_NOT_NULL_FATAL(PyDateTimeAPI);
}

TEST(date_fields)
{
    need_api();
    OWN date = PyDate_FromDate(2024, 2, 29);
    CU_ASSERT(PyDate_Check(date) && PyDate_CheckExact(date));
    CU_ASSERT_EQUAL(PyDateTime_GET_YEAR(date), 2024);
    CU_ASSERT_EQUAL(PyDateTime_GET_MONTH(date), 2);
    CU_ASSERT_EQUAL(PyDateTime_GET_DAY(date), 29);
    READS(date, "datetime.date(2024, 2, 29)");
}

TEST(date_is_checked)
{
    need_api();
    NULL_WITH(PyDate_FromDate(2023, 2, 29), PyExc_ValueError, "day is out of range for month");
    NULL_WITH(PyDate_FromDate(0, 1, 1), PyExc_ValueError, "year 0 is out of range");
    NULL_WITH(PyDate_FromDate(2023, 13, 1), PyExc_ValueError, "month must be in 1..12");
}

TEST(datetime_fields)
{
    need_api();
    OWN moment = PyDateTime_FromDateAndTime(2020, 1, 2, 3, 4, 5, 678901);
    CU_ASSERT(PyDateTime_Check(moment) && PyDate_Check(moment));
    CU_ASSERT_EQUAL(PyDateTime_DATE_GET_HOUR(moment), 3);
    CU_ASSERT_EQUAL(PyDateTime_DATE_GET_MINUTE(moment), 4);
    CU_ASSERT_EQUAL(PyDateTime_DATE_GET_SECOND(moment), 5);
    CU_ASSERT_EQUAL(PyDateTime_DATE_GET_MICROSECOND(moment), 678901);
    CU_ASSERT_PTR_EQUAL(PyDateTime_DATE_GET_TZINFO(moment), Py_None);
}

TEST(datetime_is_checked)
{
    need_api();
    NULL_WITH(PyDateTime_FromDateAndTime(2020, 1, 2, 24, 0, 0, 0), PyExc_ValueError,
              "hour must be in 0..23");
}

TEST(time_fields_and_fold)
{
    need_api();
    OWN time = PyTime_FromTimeAndFold(1, 2, 3, 4, 1);
    CU_ASSERT(PyTime_Check(time));
    CU_ASSERT_EQUAL(PyDateTime_TIME_GET_HOUR(time), 1);
    CU_ASSERT_EQUAL(PyDateTime_TIME_GET_MICROSECOND(time), 4);
    CU_ASSERT_EQUAL(PyDateTime_TIME_GET_FOLD(time), 1);
    CU_ASSERT_PTR_EQUAL(PyDateTime_TIME_GET_TZINFO(time), Py_None);
}

TEST(delta_is_normalised)
{
    need_api();
    OWN delta = PyDelta_FromDSU(0, -1, 0);
    CU_ASSERT(PyDelta_Check(delta));
    CU_ASSERT_EQUAL(PyDateTime_DELTA_GET_DAYS(delta), -1);
    CU_ASSERT_EQUAL(PyDateTime_DELTA_GET_SECONDS(delta), 86399);
    CU_ASSERT_EQUAL(PyDateTime_DELTA_GET_MICROSECONDS(delta), 0);
}

TEST(delta_is_checked)
{
    need_api();
    NULL_WITH(PyDelta_FromDSU(1000000000, 0, 0), PyExc_OverflowError,
              "days=1000000000; must have magnitude <= 999999999");
}

TEST(utc_singleton)
{
    need_api();
    READS(PyDateTime_TimeZone_UTC, "datetime.timezone.utc");
    CU_ASSERT(PyTZInfo_Check(PyDateTime_TimeZone_UTC));
}

TEST(time_zones)
{
    need_api();
    OWN delta = PyDelta_FromDSU(0, 3600, 0), name = PyUnicode_FromString("X");
    GIVES(PyTimeZone_FromOffset(delta), "datetime.timezone(datetime.timedelta(seconds=3600))");
    OWN zone = PyTimeZone_FromOffsetAndName(delta, name);
    GIVES(PyObject_Str(zone), "'X'");
    OWN zero = PyDelta_FromDSU(0, 0, 0);
    OWN utc = PyTimeZone_FromOffset(zero);
    CU_ASSERT_PTR_EQUAL(utc, PyDateTime_TimeZone_UTC);
}

TEST(time_zone_range)
{
    need_api();
    OWN delta = PyDelta_FromDSU(1, 0, 0);
    NULL_WITH(PyTimeZone_FromOffset(delta), PyExc_ValueError,
              "offset must be a timedelta strictly between -timedelta(hours=24) and "
              "timedelta(hours=24), not datetime.timedelta(days=1).");
}

TEST(from_timestamp)
{
    need_api();
    OWN args = Py_BuildValue("(iO)", 86400, PyDateTime_TimeZone_UTC);
    GIVES(PyDateTime_FromTimestamp(args),
          "datetime.datetime(1970, 1, 2, 0, 0, tzinfo=datetime.timezone.utc)");
    OWN bad = Py_BuildValue("(s)", "x");
    NULL_WITH(PyDateTime_FromTimestamp(bad), PyExc_TypeError, NULL);
}

TEST(arithmetic_of_c_made_objects)
{
    need_api();
    OWN date = PyDate_FromDate(2024, 2, 28), delta = PyDelta_FromDSU(2, 0, 0);
    GIVES(PyNumber_Add(date, delta), "datetime.date(2024, 3, 1)");
    GIVES(PyNumber_Subtract(date, date), "datetime.timedelta(0)");
}

void
add_datetime_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_date_fields);
    CU_ADD_TEST(suite, test_date_is_checked);
    CU_ADD_TEST(suite, test_datetime_fields);
    CU_ADD_TEST(suite, test_datetime_is_checked);
    CU_ADD_TEST(suite, test_time_fields_and_fold);
    CU_ADD_TEST(suite, test_delta_is_normalised);
    CU_ADD_TEST(suite, test_delta_is_checked);
    CU_ADD_TEST(suite, test_utc_singleton);
    CU_ADD_TEST(suite, test_time_zones);
    CU_ADD_TEST(suite, test_time_zone_range);
    CU_ADD_TEST(suite, test_from_timestamp);
    CU_ADD_TEST(suite, test_arithmetic_of_c_made_objects);
}
