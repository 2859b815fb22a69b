/* SPDX-License-Identifier: MIT */
/* The sequence protocol. */
#include "capi.h"

TEST(check)
{
    OWN list = PyList_New(0), dict = PyDict_New(), set = PySet_New(NULL);
    CU_ASSERT_EQUAL(PySequence_Check(list), 1);
    CU_ASSERT_EQUAL(PySequence_Check(dict), 0);
    CU_ASSERT_EQUAL(PySequence_Check(set), 0);
}

TEST(size)
{
    OWN text = PyUnicode_FromString("abc"), dict = PyDict_New();
    CU_ASSERT_EQUAL(PySequence_Size(text), 3);
    CU_ASSERT_EQUAL(PySequence_Length(text), 3);
    MINUS_WITH(PySequence_Size(dict), PyExc_TypeError, "dict is not a sequence");
}

TEST(items_count_from_end)
{
    OWN list = ks_eval("[1, 2, 3]");
    GIVES(PySequence_GetItem(list, -1), "3");
    NULL_WITH(PySequence_GetItem(list, -4), PyExc_IndexError, "list index out of range");
    OWN dict = PyDict_New();
    NULL_WITH(PySequence_GetItem(dict, 0), PyExc_TypeError, "dict is not a sequence");
}

TEST(set_and_delete_items)
{
    OWN list = ks_eval("[1, 2, 3]"), tuple = ks_eval("(1,)");
    CU_ASSERT_EQUAL(PySequence_SetItem(list, -1, Py_None), 0);
    CU_ASSERT_EQUAL(PySequence_DelItem(list, 0), 0);
    READS(list, "[2, None]");
    MINUS_WITH(PySequence_SetItem(tuple, 0, Py_None), PyExc_TypeError,
               "'tuple' object does not support item assignment");
    MINUS_WITH(PySequence_DelItem(tuple, 0), PyExc_TypeError,
               "'tuple' object doesn't support item deletion");
}

TEST(slices)
{
    OWN list = ks_eval("[1, 2, 3, 4]"), put = ks_eval("[9]");
    GIVES(PySequence_GetSlice(list, 1, -1), "[2, 3]");
    CU_ASSERT_EQUAL(PySequence_SetSlice(list, 0, 2, put), 0);
    CU_ASSERT_EQUAL(PySequence_DelSlice(list, -1, 99), 0);
    READS(list, "[9, 3]");
    NULL_WITH(PySequence_GetSlice(Py_None, 0, 1), PyExc_TypeError,
              "'NoneType' object is unsliceable");
    MINUS_WITH(PySequence_SetSlice(Py_None, 0, 1, put), PyExc_TypeError,
               "'NoneType' object doesn't support slice assignment");
}

TEST(concat_and_repeat)
{
    OWN one = ks_eval("(1,)"), two = ks_eval("(2,)");
    GIVES(PySequence_Concat(one, two), "(1, 2)");
    GIVES(PySequence_Repeat(one, 3), "(1, 1, 1)");
    GIVES(PySequence_Repeat(one, -1), "()");
    OWN number = PyLong_FromLong(1);
    NULL_WITH(PySequence_Concat(number, number), PyExc_TypeError,
              "'int' object can't be concatenated");
    NULL_WITH(PySequence_Repeat(number, 2), PyExc_TypeError, "'int' object can't be repeated");
}

TEST(in_place_concat_and_repeat)
{
    OWN list = ks_eval("[1]"), more = ks_eval("[2]");
    OWN same = PySequence_InPlaceConcat(list, more), again = PySequence_InPlaceRepeat(list, 2);
    CU_ASSERT_PTR_EQUAL(same, list);
    CU_ASSERT_PTR_EQUAL(again, list);
    READS(list, "[1, 2, 1, 2]");
}

TEST(repeat_too_long)
{
    OWN list = ks_eval("[1, 2]");
    NULL_WITH(PySequence_Repeat(list, PY_SSIZE_T_MAX), PyExc_MemoryError, NULL);
}

TEST(list_and_tuple_of_iterables)
{
    OWN generator = ks_eval("(x for x in 'ab')"), set = ks_eval("{1}");
    GIVES(PySequence_List(generator), "['a', 'b']");
    GIVES(PySequence_Tuple(set), "(1,)");
    NULL_WITH(PySequence_Tuple(Py_None), PyExc_TypeError, "'NoneType' object is not iterable");
}

TEST(tuple_of_tuple_is_itself)
{
    OWN tuple = ks_eval("(1, [])");
    OWN same = PySequence_Tuple(tuple);
    CU_ASSERT_PTR_EQUAL(tuple, same);
    OWN list = PyList_New(0);
    OWN copy = PySequence_List(list);
    CU_ASSERT_PTR_NOT_EQUAL(list, copy);
}

TEST(fast)
{
    OWN list = ks_eval("[1, 2]"), iterator = ks_eval("iter('xy')");
    OWN same = PySequence_Fast(list, "unused"), made = PySequence_Fast(iterator, "unused");
    CU_ASSERT_PTR_EQUAL(same, list);
    CU_ASSERT_EQUAL(PySequence_Fast_GET_SIZE(made), 2);
    READS(PySequence_Fast_ITEMS(made)[1], "'y'");
    NULL_WITH(PySequence_Fast(Py_None, "own words"), PyExc_TypeError, "own words");
}

TEST(contains_count_index)
{
    OWN list = ks_eval("[1, 2, 1]"), one = PyLong_FromLong(1), five = PyLong_FromLong(5);
    CU_ASSERT_EQUAL(PySequence_Contains(list, one), 1);
    CU_ASSERT_EQUAL(PySequence_In(list, five), 0);
    CU_ASSERT_EQUAL(PySequence_Count(list, one), 2);
    CU_ASSERT_EQUAL(PySequence_Index(list, one), 0);
    MINUS_WITH(PySequence_Index(list, five), PyExc_ValueError,
               "sequence.index(x): x not in sequence");
    MINUS_WITH(PySequence_Contains(five, one), PyExc_TypeError,
               "argument of type 'int' is not iterable");
}

TEST(error_while_searching)
{
    OWN list = ks_eval("[type('E', (), {'__eq__': lambda s, o: 1 // 0})()]"),
        one = PyLong_FromLong(1);
    MINUS_WITH(PySequence_Contains(list, one), PyExc_ZeroDivisionError, NULL);
    MINUS_WITH(PySequence_Count(list, one), PyExc_ZeroDivisionError, NULL);
}

TEST(null_argument)
{
    NULL_WITH(PySequence_List(NULL), PyExc_SystemError, "null argument to internal routine");
    MINUS_WITH(PySequence_Size(NULL), PyExc_SystemError, "null argument to internal routine");
}

void
add_sequence_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_check);
    CU_ADD_TEST(suite, test_size);
    CU_ADD_TEST(suite, test_items_count_from_end);
    CU_ADD_TEST(suite, test_set_and_delete_items);
    CU_ADD_TEST(suite, test_slices);
    CU_ADD_TEST(suite, test_concat_and_repeat);
    CU_ADD_TEST(suite, test_in_place_concat_and_repeat);
    CU_ADD_TEST(suite, test_repeat_too_long);
    CU_ADD_TEST(suite, test_list_and_tuple_of_iterables);
    CU_ADD_TEST(suite, test_tuple_of_tuple_is_itself);
    CU_ADD_TEST(suite, test_fast);
    CU_ADD_TEST(suite, test_contains_count_index);
    CU_ADD_TEST(suite, test_error_while_searching);
    CU_ADD_TEST(suite, test_null_argument);
}
