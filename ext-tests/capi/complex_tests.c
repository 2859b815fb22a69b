/* SPDX-License-Identifier: MIT */
/* complex: parts, conversion through the special methods, arithmetic on the C struct. */
#include "capi.h"

TEST(from_parts)
{
    OWN number = PyComplex_FromDoubles(1.5, -2);
    READS(number, "(1.5-2j)");
    CU_ASSERT_EQUAL(PyComplex_RealAsDouble(number), 1.5);
    CU_ASSERT_EQUAL(PyComplex_ImagAsDouble(number), -2.0);
}

TEST(from_struct)
{
    Py_complex value = {0.0, 1.0};
    GIVES(PyComplex_FromCComplex(value), "1j");
}

TEST(as_struct_from_float)
{
    OWN number = PyFloat_FromDouble(2.5);
    Py_complex value = PyComplex_AsCComplex(number);
    CU_ASSERT_EQUAL(value.real, 2.5);
    CU_ASSERT_EQUAL(value.imag, 0.0);
}

TEST(as_struct_uses_dunder_complex)
{
    OWN object = ks_eval("type('C', (), {'__complex__': lambda self: 3+4j})()");
    Py_complex value = PyComplex_AsCComplex(object);
    CU_ASSERT_EQUAL(value.real, 3.0);
    CU_ASSERT_EQUAL(value.imag, 4.0);
}

TEST(as_struct_refuses_other)
{
    Py_complex value = PyComplex_AsCComplex(Py_None);
    CU_ASSERT_EQUAL(value.real, -1.0);
    CU_ASSERT(ks_took_message(PyExc_TypeError, "must be real number, not NoneType"));
}

TEST(dunder_complex_result_is_checked)
{
    OWN object = ks_eval("type('C', (), {'__complex__': lambda self: 1.0})()");
    Py_complex value = PyComplex_AsCComplex(object);
    CU_ASSERT_EQUAL(value.real, -1.0);
    CU_ASSERT(ks_took_message(PyExc_TypeError,
                              "__complex__ returned non-complex (type float)"));
}

TEST(real_and_imag_of_other_numbers)
{
    OWN number = PyLong_FromLong(7);
    CU_ASSERT_EQUAL(PyComplex_RealAsDouble(number), 7.0);
    CU_ASSERT_EQUAL(PyComplex_ImagAsDouble(number), 0.0);
}

TEST(struct_product_and_quotient)
{
    Py_complex left = {1, 2}, right = {3, -1};
    Py_complex product = _Py_c_prod(left, right), quotient = _Py_c_quot(product, right);
    CU_ASSERT_EQUAL(product.real, 5.0);
    CU_ASSERT_EQUAL(product.imag, 5.0);
    CU_ASSERT_DOUBLE_EQUAL(quotient.real, 1.0, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(quotient.imag, 2.0, 1e-12);
}

TEST(division_by_zero)
{
    OWN number = PyComplex_FromDoubles(1, 1), zero = PyComplex_FromDoubles(0, 0);
    NULL_WITH(PyNumber_TrueDivide(number, zero), PyExc_ZeroDivisionError,
              "complex division by zero");
}

TEST(no_order)
{
    OWN number = PyComplex_FromDoubles(1, 1);
    NULL_WITH(PyObject_RichCompare(number, number, Py_LT), PyExc_TypeError,
              "'<' not supported between instances of 'complex' and 'complex'");
}

void
add_complex_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_from_parts);
    CU_ADD_TEST(suite, test_from_struct);
    CU_ADD_TEST(suite, test_as_struct_from_float);
    CU_ADD_TEST(suite, test_as_struct_uses_dunder_complex);
    CU_ADD_TEST(suite, test_as_struct_refuses_other);
    CU_ADD_TEST(suite, test_dunder_complex_result_is_checked);
    CU_ADD_TEST(suite, test_real_and_imag_of_other_numbers);
    CU_ADD_TEST(suite, test_struct_product_and_quotient);
    CU_ADD_TEST(suite, test_division_by_zero);
    CU_ADD_TEST(suite, test_no_order);
}
