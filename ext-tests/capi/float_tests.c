/* SPDX-License-Identifier: MIT */
/* float: text to double and back, packing into bytes, classification. */
#include "capi.h"

TEST(double_round_trip)
{
    OWN number = PyFloat_FromDouble(0.1);
    CU_ASSERT_EQUAL(PyFloat_AsDouble(number), 0.1);
    CU_ASSERT_EQUAL(PyFloat_AS_DOUBLE(number), 0.1);
    CU_ASSERT_EQUAL(Py_REFCNT(number), 1);
}

TEST(as_double_uses_float_then_index)
{
    OWN with_float = ks_eval("type('F', (), {'__float__': lambda self: 2.5})()");
    OWN with_index = ks_eval("type('I', (), {'__index__': lambda self: 3})()");
    CU_ASSERT_EQUAL(PyFloat_AsDouble(with_float), 2.5);
    CU_ASSERT_EQUAL(PyFloat_AsDouble(with_index), 3.0);
    MINUS_WITH(PyFloat_AsDouble(Py_None), PyExc_TypeError, "must be real number, not NoneType");
}

TEST(as_double_checks_float_result)
{
    OWN object = ks_eval("type('F', (), {'__float__': lambda self: 'x'})()");
    MINUS_WITH(PyFloat_AsDouble(object), PyExc_TypeError,
               "F.__float__ returned non-float (type str)");
}

TEST(from_string_forms)
{
    OWN text = PyUnicode_FromString(" -1_0.5e1 ");
    GIVES(PyFloat_FromString(text), "-105.0");
    OWN bytes = PyBytes_FromString("inf");
    GIVES(PyFloat_FromString(bytes), "inf");
}

TEST(from_string_errors)
{
    OWN text = PyUnicode_FromString("1.5x");
    NULL_WITH(PyFloat_FromString(text), PyExc_ValueError,
              "could not convert string to float: '1.5x'");
    NULL_WITH(PyFloat_FromString(Py_None), PyExc_TypeError,
              "float() argument must be a string or a real number, not 'NoneType'");
}

TEST(limits)
{
    CU_ASSERT_EQUAL(PyFloat_GetMax(), 1.7976931348623157e308);
    CU_ASSERT_EQUAL(PyFloat_GetMin(), 2.2250738585072014e-308);
    OWN info = PyFloat_GetInfo();
    GIVES(PyObject_GetAttrString(info, "mant_dig"), "53");
    GIVES(PyObject_GetAttrString(info, "max_exp"), "1024");
}

TEST(string_to_double_end)
{
    const char *text = "2.5abc";
    char *end;
    CU_ASSERT_EQUAL(PyOS_string_to_double(text, &end, NULL), 2.5);
    CU_ASSERT_EQUAL(end - text, 3);
    MINUS_WITH(PyOS_string_to_double(text, NULL, NULL), PyExc_ValueError,
               "could not convert string to float: '2.5abc'");
}

TEST(string_to_double_overflow)
{
    CU_ASSERT_EQUAL(PyOS_string_to_double("1e999", NULL, NULL), Py_HUGE_VAL);
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
    MINUS_WITH(PyOS_string_to_double("1e999", NULL, PyExc_OverflowError), PyExc_OverflowError,
               "value too large to convert to float: '1e999'");
}

static int
shows(double value, char code, int precision, int flags, const char *expected)
{
    int kind = -1;
    char *text = PyOS_double_to_string(value, code, precision, flags, &kind);
    int same = text != NULL && strcmp(text, expected) == 0;
    if (!same)
        fprintf(stderr, "\n  expected %s, got %s\n", expected, text ? text : "NULL");
    PyMem_Free(text);
    return same;
}

TEST(double_to_string_codes)
{
    CU_ASSERT(shows(0.1, 'r', 0, 0, "0.1"));
    CU_ASSERT(shows(3.0, 'r', 0, Py_DTSF_ADD_DOT_0, "3.0"));
    CU_ASSERT(shows(1234.5678, 'f', 2, 0, "1234.57"));
    CU_ASSERT(shows(1234.5678, 'e', 3, 0, "1.235e+03"));
    CU_ASSERT(shows(1234.5678, 'g', 3, 0, "1.23e+03"));
    CU_ASSERT(shows(1234.5678, 'G', 3, Py_DTSF_SIGN, "+1.23E+03"));
    CU_ASSERT(shows(1e16, 'r', 0, 0, "1e+16"));
    CU_ASSERT(shows(5.0, 'g', 4, Py_DTSF_ALT, "5.000"));
}

TEST(double_to_string_kind)
{
    int kind = -1;
    PyMem_Free(PyOS_double_to_string(Py_NAN, 'r', 0, 0, &kind));
    CU_ASSERT_EQUAL(kind, Py_DTST_NAN);
    PyMem_Free(PyOS_double_to_string(-Py_HUGE_VAL, 'r', 0, 0, &kind));
    CU_ASSERT_EQUAL(kind, Py_DTST_INFINITE);
    PyMem_Free(PyOS_double_to_string(1.5, 'r', 0, 0, &kind));
    CU_ASSERT_EQUAL(kind, Py_DTST_FINITE);
}

TEST(double_to_string_bad_code)
{
    NULL_WITH((PyObject *)PyOS_double_to_string(1.5, 'q', 0, 0, NULL), PyExc_SystemError, NULL);
}

TEST(pack_and_unpack_eight)
{
    char bytes[8];
    CU_ASSERT_EQUAL(PyFloat_Pack8(-1.5, bytes, 0), 0);
    CU_ASSERT_EQUAL((unsigned char)bytes[0], 0xbf);
    CU_ASSERT_EQUAL(PyFloat_Unpack8(bytes, 0), -1.5);
}

TEST(pack_four_overflows)
{
    char bytes[4];
    CU_ASSERT_EQUAL(PyFloat_Pack4(0.1, bytes, 1), 0);
    CU_ASSERT_EQUAL(PyFloat_Unpack4(bytes, 1), (double)0.1f);
    MINUS_WITH(PyFloat_Pack4(1e39, bytes, 1), PyExc_OverflowError,
               "float too large to pack with f format");
}

TEST(pack_two_rounds_half_even)
{
    char bytes[2];
    CU_ASSERT_EQUAL(PyFloat_Pack2(2049.0, bytes, 1), 0);
    CU_ASSERT_EQUAL(PyFloat_Unpack2(bytes, 1), 2048.0);
    MINUS_WITH(PyFloat_Pack2(65520.0, bytes, 1), PyExc_OverflowError,
               "float too large to pack with e format");
}

TEST(mystrtol_and_strtoul)
{
    char *end;
    CU_ASSERT_EQUAL(PyOS_strtol("-12x", &end, 10), -12);
    CU_ASSERT_EQUAL(*end, 'x');
    CU_ASSERT_EQUAL(PyOS_strtoul("0xff", &end, 0), 255);
    CU_ASSERT_EQUAL(*end, '\0');
}

TEST(hash_equals_that_of_equal_int)
{
    OWN number = PyFloat_FromDouble(1e300), whole = PyNumber_Long(number);
    CU_ASSERT_EQUAL(PyObject_Hash(number), PyObject_Hash(whole));
    OWN infinite = PyFloat_FromDouble(Py_HUGE_VAL);
    CU_ASSERT_EQUAL(PyObject_Hash(infinite), 314159);
}

TEST(creation_out_of_memory)
{
    PyObject *kept[200];
    int failed = 0, count = 0;
    ks_fail_after(0);
    while (count < 200 && (kept[count] = PyFloat_FromDouble(1.25)) != NULL)
        count++;
    ks_fail_stop();
    failed = count < 200;
    CU_ASSERT(failed);
    CU_ASSERT(ks_took_exception(PyExc_MemoryError));
    while (count > 0)
        Py_DECREF(kept[--count]);
}

void
add_float_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_double_round_trip);
    CU_ADD_TEST(suite, test_as_double_uses_float_then_index);
    CU_ADD_TEST(suite, test_as_double_checks_float_result);
    CU_ADD_TEST(suite, test_from_string_forms);
    CU_ADD_TEST(suite, test_from_string_errors);
    CU_ADD_TEST(suite, test_limits);
    CU_ADD_TEST(suite, test_string_to_double_end);
    CU_ADD_TEST(suite, test_string_to_double_overflow);
    CU_ADD_TEST(suite, test_double_to_string_codes);
    CU_ADD_TEST(suite, test_double_to_string_kind);
    CU_ADD_TEST(suite, test_double_to_string_bad_code);
    CU_ADD_TEST(suite, test_pack_and_unpack_eight);
    CU_ADD_TEST(suite, test_pack_four_overflows);
    CU_ADD_TEST(suite, test_pack_two_rounds_half_even);
    CU_ADD_TEST(suite, test_mystrtol_and_strtoul);
    CU_ADD_TEST(suite, test_hash_equals_that_of_equal_int);
    CU_ADD_TEST(suite, test_creation_out_of_memory);
}
