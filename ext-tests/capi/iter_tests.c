/* SPDX-License-Identifier: MIT */
/* Iterators, slices and ranges. */
#include "capi.h"

TEST(get_iter_and_next)
{
    OWN list = ks_eval("[1, 2]");
    OWN iterator = PyObject_GetIter(list);
    GIVES(PyIter_Next(iterator), "1");
    GIVES(PyIter_Next(iterator), "2");
    CU_ASSERT_PTR_NULL(PyIter_Next(iterator));
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
}

TEST(get_iter_refuses)
{
    NULL_WITH(PyObject_GetIter(Py_None), PyExc_TypeError, "'NoneType' object is not iterable");
    OWN bad = ks_eval("type('A', (), {'__iter__': lambda self: 3})()");
    NULL_WITH(PyObject_GetIter(bad), PyExc_TypeError,
              "iter() returned non-iterator of type 'int'");
}

TEST(next_passes_errors_on)
{
    OWN generator = ks_eval("(1 // x for x in (1, 0))");
    GIVES(PyIter_Next(generator), "1");
    NULL_WITH(PyIter_Next(generator), PyExc_ZeroDivisionError, NULL);
}

TEST(check)
{
    OWN list = PyList_New(0);
    OWN iterator = PyObject_GetIter(list);
    CU_ASSERT_EQUAL(PyIter_Check(iterator), 1);
    CU_ASSERT_EQUAL(PyIter_Check(list), 0);
    CU_ASSERT_EQUAL(PyAIter_Check(iterator), 0);
}

TEST(send_tells_three_outcomes)
{
    OWN space = ks_exec("def g():\n x = yield 1\n return x\ng = g()\n");
    PyObject *generator = ks_name(space, "g"), *result = NULL;
    CU_ASSERT_EQUAL(PyIter_Send(generator, Py_None, &result), PYGEN_NEXT);
    GIVES(result, "1");
    CU_ASSERT_EQUAL(PyIter_Send(generator, Py_True, &result), PYGEN_RETURN);
    GIVES(result, "True");
    OWN bad = ks_eval("(1 // x for x in (0,))");
    CU_ASSERT_EQUAL(PyIter_Send(bad, Py_None, &result), PYGEN_ERROR);
    CU_ASSERT_PTR_NULL(result);
    CU_ASSERT(ks_took_exception(PyExc_ZeroDivisionError));
}

TEST(send_to_plain_iterator)
{
    OWN iterator = ks_eval("iter([5])");
    PyObject *result = NULL;
    CU_ASSERT_EQUAL(PyIter_Send(iterator, Py_None, &result), PYGEN_NEXT);
    GIVES(result, "5");
    CU_ASSERT_EQUAL(PyIter_Send(iterator, Py_None, &result), PYGEN_RETURN);
    GIVES(result, "None");
}

TEST(seq_iter_stops_at_index_error)
{
    OWN space = ks_exec("class S:\n def __getitem__(s, i):\n  if i > 1: raise IndexError\n  return i\ns = S()\n");
    OWN iterator = PySeqIter_New(ks_name(space, "s"));
    CU_ASSERT(PySeqIter_Check(iterator));
    GIVES(PySequence_List(iterator), "[0, 1]");
    CU_ASSERT_PTR_NULL(PyIter_Next(iterator));
}

TEST(call_iter_stops_at_sentinel)
{
    OWN method = ks_eval("iter([1, 2, 0, 3]).__next__"), zero = PyLong_FromLong(0);
    OWN iterator = PyCallIter_New(method, zero);
    CU_ASSERT(PyCallIter_Check(iterator));
    GIVES(PySequence_List(iterator), "[1, 2]");
}

TEST(iterator_survives_growth_of_list)
{
    OWN list = ks_eval("[1]");
    OWN iterator = PyObject_GetIter(list);
    GIVES(PyIter_Next(iterator), "1");
    PyList_Append(list, Py_None);
    GIVES(PyIter_Next(iterator), "None");
}

TEST(dict_iterator_detects_change)
{
    OWN dict = ks_eval("{'a': 1}");
    OWN iterator = PyObject_GetIter(dict);
    PyDict_SetItemString(dict, "b", Py_None);
    NULL_WITH(PyIter_Next(iterator), PyExc_RuntimeError,
              "dictionary changed size during iteration");
}

TEST(set_iterator_detects_change)
{
    OWN set = ks_eval("{1}");
    OWN iterator = PyObject_GetIter(set);
    PySet_Add(set, Py_None);
    NULL_WITH(PyIter_Next(iterator), PyExc_RuntimeError, "Set changed size during iteration");
}

TEST(slice_new_defaults_to_none)
{
    OWN stop = PyLong_FromLong(5);
    OWN slice = PySlice_New(NULL, stop, NULL);
    READS(slice, "slice(None, 5, None)");
    CU_ASSERT(PySlice_Check(slice));
    CU_ASSERT_PTR_EQUAL(((PySliceObject *)slice)->start, Py_None);
}

TEST(slice_unpack_and_adjust)
{
    OWN slice = ks_eval("slice(-3, None, 2)");
    Py_ssize_t start, stop, step;
    CU_ASSERT_EQUAL(PySlice_Unpack(slice, &start, &stop, &step), 0);
    CU_ASSERT_EQUAL(start, -3);
    CU_ASSERT_EQUAL(stop, PY_SSIZE_T_MAX);
    CU_ASSERT_EQUAL(PySlice_AdjustIndices(5, &start, &stop, step), 2);
    CU_ASSERT_EQUAL(start, 2);
    CU_ASSERT_EQUAL(stop, 5);
}

TEST(slice_negative_step)
{
    OWN slice = ks_eval("slice(None, None, -1)");
    Py_ssize_t start, stop, step;
    CU_ASSERT_EQUAL(PySlice_Unpack(slice, &start, &stop, &step), 0);
    CU_ASSERT_EQUAL(PySlice_AdjustIndices(4, &start, &stop, step), 4);
    CU_ASSERT_EQUAL(start, 3);
    CU_ASSERT_EQUAL(stop, -1);
}

TEST(slice_unpack_errors)
{
    OWN zero = ks_eval("slice(0, 1, 0)"), text = ks_eval("slice('a')");
    Py_ssize_t start, stop, step;
    MINUS_WITH(PySlice_Unpack(zero, &start, &stop, &step), PyExc_ValueError,
               "slice step cannot be zero");
    MINUS_WITH(PySlice_Unpack(text, &start, &stop, &step), PyExc_TypeError,
               "slice indices must be integers or None or have an __index__ method");
}

TEST(slice_get_indices_ex)
{
    OWN slice = ks_eval("slice(1, 100, 3)");
    Py_ssize_t start, stop, step, length;
    CU_ASSERT_EQUAL((PySlice_GetIndicesEx)(slice, 10, &start, &stop, &step, &length), 0);
    CU_ASSERT_EQUAL(length, 3);
    CU_ASSERT_EQUAL(stop, 10);
}

TEST(range_through_type)
{
    OWN range = PyObject_CallFunction((PyObject *)&PyRange_Type, "iii", 10, 0, -3);
    READS(range, "range(10, 0, -3)");
    CU_ASSERT_EQUAL(PyObject_Size(range), 4);
    GIVES(PySequence_GetItem(range, -1), "1");
}

TEST(range_longer_than_ssize)
{
    OWN range = ks_eval("range(2 ** 65)");
    MINUS_WITH(PyObject_Size(range), PyExc_OverflowError,
               "Python int too large to convert to C ssize_t");
    OWN index = PyLong_FromLong(-1);
    GIVES(PyObject_GetItem(range, index), "36893488147419103231");
}

TEST(enumerate_reversed_through_types)
{
    OWN list = ks_eval("['a', 'b']");
    OWN pairs = PyObject_CallOneArg((PyObject *)&PyEnum_Type, list);
    OWN back = PyObject_CallOneArg((PyObject *)&PyReversed_Type, list);
    GIVES(PySequence_List(pairs), "[(0, 'a'), (1, 'b')]");
    GIVES(PySequence_List(back), "['b', 'a']");
}

void
add_iter_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_get_iter_and_next);
    CU_ADD_TEST(suite, test_get_iter_refuses);
    CU_ADD_TEST(suite, test_next_passes_errors_on);
    CU_ADD_TEST(suite, test_check);
    CU_ADD_TEST(suite, test_send_tells_three_outcomes);
    CU_ADD_TEST(suite, test_send_to_plain_iterator);
    CU_ADD_TEST(suite, test_seq_iter_stops_at_index_error);
    CU_ADD_TEST(suite, test_call_iter_stops_at_sentinel);
    CU_ADD_TEST(suite, test_iterator_survives_growth_of_list);
    CU_ADD_TEST(suite, test_dict_iterator_detects_change);
    CU_ADD_TEST(suite, test_set_iterator_detects_change);
    CU_ADD_TEST(suite, test_slice_new_defaults_to_none);
    CU_ADD_TEST(suite, test_slice_unpack_and_adjust);
    CU_ADD_TEST(suite, test_slice_negative_step);
    CU_ADD_TEST(suite, test_slice_unpack_errors);
    CU_ADD_TEST(suite, test_slice_get_indices_ex);
    CU_ADD_TEST(suite, test_range_through_type);
    CU_ADD_TEST(suite, test_range_longer_than_ssize);
    CU_ADD_TEST(suite, test_enumerate_reversed_through_types);
}
