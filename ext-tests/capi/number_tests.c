/* SPDX-License-Identifier: MIT */
/* The number protocol: operators, their reflected forms, conversions. */
#include "capi.h"

static PyObject *
apply(PyObject *(*operator)(PyObject *, PyObject *), const char *left, const char *right)
{
    OWN one = ks_eval(left), two = ks_eval(right);
    return operator(one, two);
}

TEST(arithmetic)
{
    GIVES(apply(PyNumber_Add, "7", "2"), "9");
    GIVES(apply(PyNumber_Subtract, "7", "2.5"), "4.5");
    GIVES(apply(PyNumber_Multiply, "7", "2"), "14");
    GIVES(apply(PyNumber_TrueDivide, "7", "2"), "3.5");
    GIVES(apply(PyNumber_FloorDivide, "-7", "2"), "-4");
    GIVES(apply(PyNumber_Remainder, "-7", "2"), "1");
    GIVES(apply(PyNumber_Divmod, "-7", "2"), "(-4, 1)");
}

TEST(bits)
{
    GIVES(apply(PyNumber_Lshift, "1", "70"), "1180591620717411303424");
    GIVES(apply(PyNumber_Rshift, "-5", "1"), "-3");
    GIVES(apply(PyNumber_And, "12", "10"), "8");
    GIVES(apply(PyNumber_Xor, "12", "10"), "6");
    GIVES(apply(PyNumber_Or, "12", "10"), "14");
    NULL_WITH(apply(PyNumber_Lshift, "1", "-1"), PyExc_ValueError, "negative shift count");
}

TEST(unary)
{
    OWN number = PyLong_FromLong(-5);
    GIVES(PyNumber_Negative(number), "5");
    GIVES(PyNumber_Positive(number), "-5");
    GIVES(PyNumber_Absolute(number), "5");
    GIVES(PyNumber_Invert(number), "4");
    OWN text = PyUnicode_FromString("x");
    NULL_WITH(PyNumber_Negative(text), PyExc_TypeError, "bad operand type for unary -: 'str'");
    NULL_WITH(PyNumber_Absolute(text), PyExc_TypeError, "bad operand type for abs(): 'str'");
}

TEST(power)
{
    OWN two = PyLong_FromLong(2), ten = PyLong_FromLong(10), seven = PyLong_FromLong(7),
        minus = PyLong_FromLong(-1);
    GIVES(PyNumber_Power(two, ten, Py_None), "1024");
    GIVES(PyNumber_Power(two, ten, seven), "2");
    GIVES(PyNumber_Power(two, minus, Py_None), "0.5");
    GIVES(PyNumber_Power(two, minus, seven), "4");
    NULL_WITH(PyNumber_Power(seven, minus, seven), PyExc_ValueError,
              "base is not invertible for the given modulus");
}

TEST(unsupported_operands)
{
    NULL_WITH(apply(PyNumber_Add, "1", "'x'"), PyExc_TypeError,
              "unsupported operand type(s) for +: 'int' and 'str'");
    NULL_WITH(apply(PyNumber_InPlaceAdd, "1", "None"), PyExc_TypeError,
              "unsupported operand type(s) for +=: 'int' and 'NoneType'");
    NULL_WITH(apply(PyNumber_MatrixMultiply, "1", "2"), PyExc_TypeError,
              "unsupported operand type(s) for @: 'int' and 'int'");
}

TEST(division_by_zero)
{
    NULL_WITH(apply(PyNumber_TrueDivide, "1", "0"), PyExc_ZeroDivisionError, "division by zero");
    NULL_WITH(apply(PyNumber_FloorDivide, "1", "0"), PyExc_ZeroDivisionError,
              "integer division or modulo by zero");
    NULL_WITH(apply(PyNumber_Remainder, "1.0", "0"), PyExc_ZeroDivisionError, "float modulo");
}

TEST(reflected_operand)
{
    OWN space = ks_exec("class A:\n def __radd__(s, o): return ('r', o)\n def __rpow__(s, o): return 'p'\na = A()\n");
    OWN one = PyLong_FromLong(1);
    GIVES(PyNumber_Add(one, ks_name(space, "a")), "('r', 1)");
    GIVES(PyNumber_Power(one, ks_name(space, "a"), Py_None), "'p'");
}

TEST(in_place_uses_own_method)
{
    OWN list = ks_eval("[1]"), more = ks_eval("(2,)");
    OWN same = PyNumber_InPlaceAdd(list, more);
    CU_ASSERT_PTR_EQUAL(same, list);
    READS(list, "[1, 2]");
    NULL_WITH(PyNumber_Add(list, more), PyExc_TypeError,
              "can only concatenate list (not \"tuple\") to list");
}

TEST(in_place_falls_back)
{
    GIVES(apply(PyNumber_InPlaceSubtract, "7", "2"), "5");
    GIVES(apply(PyNumber_InPlaceMultiply, "'ab'", "2"), "'abab'");
    GIVES(apply(PyNumber_InPlaceLshift, "1", "3"), "8");
    GIVES(apply(PyNumber_InPlaceOr, "{'a': 1}", "{'b': 2}"), "{'a': 1, 'b': 2}");
}

TEST(sequence_repeat_by_index)
{
    GIVES(apply(PyNumber_Multiply, "3", "[1]"), "[1, 1, 1]");
    NULL_WITH(apply(PyNumber_Multiply, "[1]", "1.0"), PyExc_TypeError,
              "can't multiply sequence by non-int of type 'float'");
}

TEST(matrix_multiply)
{
    OWN object = ks_eval("type('M', (), {'__matmul__': lambda s, o: 'mat'})()");
    GIVES(PyNumber_MatrixMultiply(object, Py_None), "'mat'");
    GIVES(PyNumber_InPlaceMatrixMultiply(object, Py_None), "'mat'");
}

TEST(index_conversion)
{
    OWN object = ks_eval("type('I', (), {'__index__': lambda s: 42})()"),
        real = PyFloat_FromDouble(1.0);
    CU_ASSERT_EQUAL(PyIndex_Check(object), 1);
    CU_ASSERT_EQUAL(PyIndex_Check(real), 0);
    GIVES(PyNumber_Index(object), "42");
    NULL_WITH(PyNumber_Index(real), PyExc_TypeError,
              "'float' object cannot be interpreted as an integer");
    OWN bad = ks_eval("type('I', (), {'__index__': lambda s: 'x'})()");
    NULL_WITH(PyNumber_Index(bad), PyExc_TypeError, "__index__ returned non-int (type str)");
}

TEST(as_ssize_clips_or_raises)
{
    OWN big = ks_eval("2 ** 70"), low = ks_eval("-2 ** 70");
    CU_ASSERT_EQUAL(PyNumber_AsSsize_t(big, NULL), PY_SSIZE_T_MAX);
    CU_ASSERT_EQUAL(PyNumber_AsSsize_t(low, NULL), PY_SSIZE_T_MIN);
    MINUS_WITH(PyNumber_AsSsize_t(big, PyExc_IndexError), PyExc_IndexError,
               "cannot fit 'int' into an index-sized integer");
}

TEST(to_long)
{
    OWN real = PyFloat_FromDouble(-2.9), text = PyUnicode_FromString(" 12 "),
        bytes = PyBytes_FromString("7");
    GIVES(PyNumber_Long(real), "-2");
    GIVES(PyNumber_Long(text), "12");
    GIVES(PyNumber_Long(bytes), "7");
    NULL_WITH(PyNumber_Long(Py_None), PyExc_TypeError,
              "int() argument must be a string, a bytes-like object or a real number, not 'NoneType'");
}

TEST(to_float)
{
    OWN number = PyLong_FromLong(3), text = PyUnicode_FromString("2.5");
    GIVES(PyNumber_Float(number), "3.0");
    GIVES(PyNumber_Float(text), "2.5");
    NULL_WITH(PyNumber_Float(Py_None), PyExc_TypeError,
              "float() argument must be a string or a real number, not 'NoneType'");
}

TEST(check)
{
    OWN number = PyLong_FromLong(3), text = PyUnicode_FromString("x"),
        z = PyComplex_FromDoubles(1, 2);
    CU_ASSERT_EQUAL(PyNumber_Check(number), 1);
    CU_ASSERT_EQUAL(PyNumber_Check(z), 1);
    CU_ASSERT_EQUAL(PyNumber_Check(text), 0);
    CU_ASSERT_EQUAL(PyNumber_Check(NULL), 0);
}

TEST(null_operand)
{
    NULL_WITH(PyNumber_Negative(NULL), PyExc_SystemError, "null argument to internal routine");
    NULL_WITH(PyNumber_Long(NULL), PyExc_SystemError, "null argument to internal routine");
}

TEST(large_products_agree)
{
    OWN left = ks_eval("3 ** 2000 + 1"), right = ks_eval("7 ** 1500 - 1");
    OWN product = PyNumber_Multiply(left, right);
    OWN quotient = PyNumber_FloorDivide(product, right), rest = PyNumber_Remainder(product, left);
    CU_ASSERT_EQUAL(PyObject_RichCompareBool(quotient, left, Py_EQ), 1);
    READS(rest, "0");
}

void
add_number_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_arithmetic);
    CU_ADD_TEST(suite, test_bits);
    CU_ADD_TEST(suite, test_unary);
    CU_ADD_TEST(suite, test_power);
    CU_ADD_TEST(suite, test_unsupported_operands);
    CU_ADD_TEST(suite, test_division_by_zero);
    CU_ADD_TEST(suite, test_reflected_operand);
    CU_ADD_TEST(suite, test_in_place_uses_own_method);
    CU_ADD_TEST(suite, test_in_place_falls_back);
    CU_ADD_TEST(suite, test_sequence_repeat_by_index);
    CU_ADD_TEST(suite, test_matrix_multiply);
    CU_ADD_TEST(suite, test_index_conversion);
    CU_ADD_TEST(suite, test_as_ssize_clips_or_raises);
    CU_ADD_TEST(suite, test_to_long);
    CU_ADD_TEST(suite, test_to_float);
    CU_ADD_TEST(suite, test_check);
    CU_ADD_TEST(suite, test_null_operand);
    CU_ADD_TEST(suite, test_large_products_agree);
}
