/* SPDX-License-Identifier: MIT */
/* int: conversions from and to C's types with their limits, text, the cache of small values. */
#include "capi.h"
#include <limits.h>

TEST(from_long_extremes)
{
    GIVES(PyLong_FromLong(LONG_MAX), "9223372036854775807");
    GIVES(PyLong_FromLong(LONG_MIN), "-9223372036854775808");
    GIVES(PyLong_FromLong(0), "0");
}

TEST(from_unsigned_extremes)
{
    GIVES(PyLong_FromUnsignedLong(ULONG_MAX), "18446744073709551615");
    GIVES(PyLong_FromUnsignedLongLong(ULLONG_MAX), "18446744073709551615");
    GIVES(PyLong_FromSize_t(SIZE_MAX), "18446744073709551615");
    GIVES(PyLong_FromSsize_t(PY_SSIZE_T_MIN), "-9223372036854775808");
    GIVES(PyLong_FromLongLong(LLONG_MIN), "-9223372036854775808");
}

TEST(small_values_are_shared)
{
    for (long value = -5; value <= 256; value++) {
        OWN one = PyLong_FromLong(value), two = PyLong_FromLongLong(value);
        CU_ASSERT_PTR_EQUAL(one, two);
    }
}

TEST(large_values_are_fresh)
{
    OWN one = PyLong_FromLong(257), two = PyLong_FromLong(257);
    CU_ASSERT_PTR_NOT_EQUAL(one, two);
    CU_ASSERT_EQUAL(Py_REFCNT(one), 1);
}

TEST(from_double_truncates)
{
    GIVES(PyLong_FromDouble(-3.99), "-3");
    GIVES(PyLong_FromDouble(1e20), "100000000000000000000");
    GIVES(PyLong_FromDouble(0.5), "0");
}

TEST(from_double_refuses_nan_and_infinity)
{
    NULL_WITH(PyLong_FromDouble(Py_NAN), PyExc_ValueError, "cannot convert float NaN to integer");
    NULL_WITH(PyLong_FromDouble(-Py_HUGE_VAL), PyExc_OverflowError,
              "cannot convert float infinity to integer");
}

TEST(from_string_bases)
{
    GIVES(PyLong_FromString("ff", NULL, 16), "255");
    GIVES(PyLong_FromString("0xff", NULL, 0), "255");
    GIVES(PyLong_FromString("-0b101", NULL, 0), "-5");
    GIVES(PyLong_FromString("  1_000  ", NULL, 10), "1000");
    GIVES(PyLong_FromString("zz", NULL, 36), "1295");
}

TEST(from_string_tells_end)
{
    char *end;
    const char *text = "12 rest";
    NULL_WITH(PyLong_FromString(text, &end, 10), PyExc_ValueError,
              "invalid literal for int() with base 10: '12 rest'");
    CU_ASSERT_EQUAL(end - text, 3);
}

TEST(from_string_bad_base)
{
    NULL_WITH(PyLong_FromString("1", NULL, 1), PyExc_ValueError,
              "int() arg 2 must be >= 2 and <= 36");
    NULL_WITH(PyLong_FromString("1", NULL, 37), PyExc_ValueError,
              "int() arg 2 must be >= 2 and <= 36");
}

TEST(from_string_leading_zero_in_base_zero)
{
    NULL_WITH(PyLong_FromString("012", NULL, 0), PyExc_ValueError,
              "invalid literal for int() with base 0: '012'");
    GIVES(PyLong_FromString("000", NULL, 0), "0");
}

TEST(from_unicode_object_takes_other_digits)
{
    OWN digits = PyUnicode_FromString("\xd9\xa1\xd9\xa2");
    GIVES(PyLong_FromUnicodeObject(digits, 10), "12");
}

TEST(from_string_digit_limit)
{
    OWN text = ks_eval("'1' * 4301");
    NULL_WITH(PyLong_FromUnicodeObject(text, 10), PyExc_ValueError,
              "Exceeds the limit (4300 digits) for integer string conversion: value has 4301 "
              "digits; use sys.set_int_max_str_digits() to increase the limit");
    OWN hex = PyLong_FromUnicodeObject(text, 16);
    CU_ASSERT_PTR_NOT_NULL(hex);
}

TEST(as_long_overflows)
{
    OWN big = ks_eval("2 ** 63"), low = ks_eval("-2 ** 63");
    MINUS_WITH(PyLong_AsLong(big), PyExc_OverflowError,
               "Python int too large to convert to C long");
    CU_ASSERT_EQUAL(PyLong_AsLong(low), LONG_MIN);
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
}

TEST(as_long_and_overflow_tells_direction)
{
    OWN big = ks_eval("2 ** 63"), low = ks_eval("-2 ** 63 - 1"), one = PyLong_FromLong(1);
    int overflow = 7;
    CU_ASSERT_EQUAL(PyLong_AsLongAndOverflow(big, &overflow), -1);
    CU_ASSERT_EQUAL(overflow, 1);
    CU_ASSERT_EQUAL(PyLong_AsLongAndOverflow(low, &overflow), -1);
    CU_ASSERT_EQUAL(overflow, -1);
    CU_ASSERT_EQUAL(PyLong_AsLongLongAndOverflow(one, &overflow), 1);
    CU_ASSERT_EQUAL(overflow, 0);
}

TEST(as_long_uses_index)
{
    OWN object = ks_eval("type('I', (), {'__index__': lambda self: 42})()");
    CU_ASSERT_EQUAL(PyLong_AsLong(object), 42);
    CU_ASSERT_EQUAL(PyLong_AsLongLong(object), 42);
    MINUS_WITH(PyLong_AsSsize_t(object), PyExc_TypeError, "an integer is required");
}

TEST(as_long_refuses_float)
{
    OWN number = PyFloat_FromDouble(1.0);
    MINUS_WITH(PyLong_AsLong(number), PyExc_TypeError,
               "'float' object cannot be interpreted as an integer");
}

TEST(as_unsigned_refuses_negative)
{
    OWN minus = PyLong_FromLong(-1);
    MINUS_WITH(PyLong_AsUnsignedLong(minus), PyExc_OverflowError,
               "can't convert negative value to unsigned int");
    MINUS_WITH(PyLong_AsSize_t(minus), PyExc_OverflowError,
               "can't convert negative value to size_t");
    MINUS_WITH(PyLong_AsUnsignedLongLong(minus), PyExc_OverflowError,
               "can't convert negative int to unsigned");
}

TEST(as_unsigned_refuses_large)
{
    OWN big = ks_eval("2 ** 64");
    MINUS_WITH(PyLong_AsUnsignedLong(big), PyExc_OverflowError,
               "Python int too large to convert to C unsigned long");
    MINUS_WITH(PyLong_AsSize_t(big), PyExc_OverflowError,
               "Python int too large to convert to C size_t");
    MINUS_WITH(PyLong_AsUnsignedLongLong(big), PyExc_OverflowError, "int too big to convert");
    MINUS_WITH(PyLong_AsLongLong(big), PyExc_OverflowError, "int too big to convert");
    MINUS_WITH(PyLong_AsSsize_t(big), PyExc_OverflowError,
               "Python int too large to convert to C ssize_t");
}

TEST(as_unsigned_mask_wraps)
{
    OWN big = ks_eval("2 ** 64 + 5"), minus = PyLong_FromLong(-1);
    CU_ASSERT_EQUAL(PyLong_AsUnsignedLongMask(big), 5);
    CU_ASSERT_EQUAL(PyLong_AsUnsignedLongMask(minus), ULONG_MAX);
    CU_ASSERT_EQUAL(PyLong_AsUnsignedLongLongMask(minus), ULLONG_MAX);
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
}

TEST(as_double_rounds_half_even)
{
    OWN low = ks_eval("2 ** 53 + 1"), high = ks_eval("2 ** 53 + 3");
    CU_ASSERT_EQUAL(PyLong_AsDouble(low), 9007199254740992.0);
    CU_ASSERT_EQUAL(PyLong_AsDouble(high), 9007199254740996.0);
}

TEST(as_double_overflows)
{
    OWN big = ks_eval("10 ** 400");
    MINUS_WITH(PyLong_AsDouble(big), PyExc_OverflowError, "int too large to convert to float");
    MINUS_WITH(PyLong_AsDouble(Py_None), PyExc_TypeError, "an integer is required");
}

TEST(pointer_round_trip)
{
    int here;
    OWN number = PyLong_FromVoidPtr(&here);
    CU_ASSERT_PTR_EQUAL(PyLong_AsVoidPtr(number), &here);
}

TEST(bytes_round_trip_big_endian)
{
    unsigned char bytes[8];
    OWN number = ks_eval("0x0102030405060708");
    CU_ASSERT_EQUAL(_PyLong_AsByteArray((PyLongObject *)number, bytes, 8, 0, 1), 0);
    CU_ASSERT_EQUAL(bytes[0], 1);
    CU_ASSERT_EQUAL(bytes[7], 8);
    GIVES(_PyLong_FromByteArray(bytes, 8, 1, 0), "578437695752307201");
}

TEST(bytes_too_small)
{
    unsigned char bytes[1];
    OWN number = PyLong_FromLong(256);
    MINUS_WITH(_PyLong_AsByteArray((PyLongObject *)number, bytes, 1, 1, 0), PyExc_OverflowError,
               "int too big to convert");
}

TEST(sign_and_bits)
{
    OWN minus = ks_eval("-2 ** 70"), zero = PyLong_FromLong(0);
    CU_ASSERT_EQUAL(_PyLong_Sign(minus), -1);
    CU_ASSERT_EQUAL(_PyLong_Sign(zero), 0);
    CU_ASSERT_EQUAL(_PyLong_NumBits(minus), 71);
    CU_ASSERT_EQUAL(_PyLong_NumBits(zero), 0);
}

TEST(gcd_of_large)
{
    OWN left = ks_eval("2 ** 100 * 3 ** 40"), right = ks_eval("-2 ** 90 * 3 ** 50");
    OWN expected = ks_eval("2 ** 90 * 3 ** 40");
    OWN found = _PyLong_GCD(left, right);
    CU_ASSERT_EQUAL(PyObject_RichCompareBool(found, expected, Py_EQ), 1);
}

TEST(get_info)
{
    OWN info = PyLong_GetInfo();
    GIVES(PyObject_GetAttrString(info, "bits_per_digit"), "30");
    GIVES(PyObject_GetAttrString(info, "sizeof_digit"), "4");
    GIVES(PyObject_GetAttrString(info, "default_max_str_digits"), "4300");
}

TEST(type_checks)
{
    OWN number = PyLong_FromLong(1);
    CU_ASSERT(PyLong_Check(Py_True));
    CU_ASSERT(!PyLong_CheckExact(Py_True));
    CU_ASSERT(PyLong_CheckExact(number));
    CU_ASSERT(!PyLong_Check(Py_None));
}

TEST(layout_of_digits)
{
    OWN number = ks_eval("-(2 ** 30 + 7)");
    CU_ASSERT_EQUAL(Py_SIZE(number), -2);
    CU_ASSERT_EQUAL(((PyLongObject *)number)->ob_digit[0], 7);
    CU_ASSERT_EQUAL(((PyLongObject *)number)->ob_digit[1], 1);
}

TEST(new_reserves_digits)
{
    PyLongObject *number = _PyLong_New(3);
    CU_ASSERT_PTR_NOT_NULL_FATAL(number);
    number->ob_digit[0] = 0, number->ob_digit[1] = 0, number->ob_digit[2] = 1;
    GIVES((PyObject *)number, "1152921504606846976");
}

TEST(as_int_checks_range)
{
    OWN big = ks_eval("2 ** 31");
    MINUS_WITH(_PyLong_AsInt(big), PyExc_OverflowError,
               "Python int too large to convert to C int");
}

TEST(format_in_bases)
{
    OWN number = PyLong_FromLong(-255);
    GIVES(_PyLong_Format(number, 16), "'-0xff'");
    GIVES(_PyLong_Format(number, 2), "'-0b11111111'");
    GIVES(PyNumber_ToBase(number, 8), "'-0o377'");
    GIVES(PyNumber_ToBase(number, 10), "'-255'");
}

TEST(null_is_a_system_error)
{
    CU_ASSERT_EQUAL(PyLong_AsLong(NULL), -1);
    CU_ASSERT(ks_took_exception(PyExc_SystemError));
    CU_ASSERT_EQUAL(PyLong_AsDouble(NULL), -1.0);
    CU_ASSERT(ks_took_exception(PyExc_SystemError));
}

static PyObject *
make_large(void)
{
    return PyLong_FromString("123456789012345678901234567890", NULL, 10);
}

TEST(from_string_survives_each_failure)
{
    CU_ASSERT(ks_fail_sweep(make_large) >= 1);
}

TEST(product_out_of_memory)
{
    OWN big = ks_eval("7 ** 5000");
    Py_ssize_t count = Py_REFCNT(big);
    ks_fail_after(0);
    PyObject *product = PyNumber_Multiply(big, big);
    ks_fail_stop();
    NULL_WITH(product, PyExc_MemoryError, NULL);
    CU_ASSERT_EQUAL(Py_REFCNT(big), count);
}

void
add_int_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_from_long_extremes);
    CU_ADD_TEST(suite, test_from_unsigned_extremes);
    CU_ADD_TEST(suite, test_small_values_are_shared);
    CU_ADD_TEST(suite, test_large_values_are_fresh);
    CU_ADD_TEST(suite, test_from_double_truncates);
    CU_ADD_TEST(suite, test_from_double_refuses_nan_and_infinity);
    CU_ADD_TEST(suite, test_from_string_bases);
    CU_ADD_TEST(suite, test_from_string_tells_end);
    CU_ADD_TEST(suite, test_from_string_bad_base);
    CU_ADD_TEST(suite, test_from_string_leading_zero_in_base_zero);
    CU_ADD_TEST(suite, test_from_unicode_object_takes_other_digits);
    CU_ADD_TEST(suite, test_from_string_digit_limit);
    CU_ADD_TEST(suite, test_as_long_overflows);
    CU_ADD_TEST(suite, test_as_long_and_overflow_tells_direction);
    CU_ADD_TEST(suite, test_as_long_uses_index);
    CU_ADD_TEST(suite, test_as_long_refuses_float);
    CU_ADD_TEST(suite, test_as_unsigned_refuses_negative);
    CU_ADD_TEST(suite, test_as_unsigned_refuses_large);
    CU_ADD_TEST(suite, test_as_unsigned_mask_wraps);
    CU_ADD_TEST(suite, test_as_double_rounds_half_even);
    CU_ADD_TEST(suite, test_as_double_overflows);
    CU_ADD_TEST(suite, test_pointer_round_trip);
    CU_ADD_TEST(suite, test_bytes_round_trip_big_endian);
    CU_ADD_TEST(suite, test_bytes_too_small);
    CU_ADD_TEST(suite, test_sign_and_bits);
    CU_ADD_TEST(suite, test_gcd_of_large);
    CU_ADD_TEST(suite, test_get_info);
    CU_ADD_TEST(suite, test_type_checks);
    CU_ADD_TEST(suite, test_layout_of_digits);
    CU_ADD_TEST(suite, test_new_reserves_digits);
    CU_ADD_TEST(suite, test_as_int_checks_range);
    CU_ADD_TEST(suite, test_format_in_bases);
    CU_ADD_TEST(suite, test_null_is_a_system_error);
    CU_ADD_TEST(suite, test_from_string_survives_each_failure);
    CU_ADD_TEST(suite, test_product_out_of_memory);
}
