/* SPDX-License-Identifier: MIT */
/* list: items by index, growth, slices, sorting, what a failed change leaves. */
#include "capi.h"

TEST(new_is_filled_by_set_item)
{
    OWN list = PyList_New(2);
    CU_ASSERT_PTR_NULL(PyList_GET_ITEM(list, 0));
    PyList_SET_ITEM(list, 0, PyLong_FromLong(1));
    CU_ASSERT_EQUAL(PyList_SetItem(list, 1, PyLong_FromLong(2)), 0);
    READS(list, "[1, 2]");
    CU_ASSERT_EQUAL(PyList_Size(list), 2);
}

TEST(negative_size)
{
    NULL_WITH(PyList_New(-1), PyExc_SystemError, NULL);
}

TEST(set_item_drops_old_value)
{
    OWN old = PyFloat_FromDouble(1.5), list = PyList_New(1);
    PyList_SET_ITEM(list, 0, Py_NewRef(old));
    CU_ASSERT_EQUAL(PyList_SetItem(list, 0, Py_NewRef(Py_None)), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(old), 1);
}

TEST(set_item_steals_on_error)
{
    OWN value = PyFloat_FromDouble(1.5), list = PyList_New(0);
    MINUS_WITH(PyList_SetItem(list, 0, Py_NewRef(value)), PyExc_IndexError,
               "list assignment index out of range");
    CU_ASSERT_EQUAL(Py_REFCNT(value), 1);
}

TEST(get_item_borrows)
{
    OWN value = PyFloat_FromDouble(1.5), list = PyList_New(0);
    CU_ASSERT_EQUAL(PyList_Append(list, value), 0);
    CU_ASSERT_PTR_EQUAL(PyList_GetItem(list, 0), value);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 2);
    NULL_WITH(PyList_GetItem(list, 1), PyExc_IndexError, "list index out of range");
}

TEST(calls_check_type)
{
    NULL_WITH(PyList_GetItem(Py_None, 0), PyExc_SystemError, NULL);
    MINUS_WITH(PyList_Append(Py_None, Py_None), PyExc_SystemError, NULL);
    MINUS_WITH(PyList_Size(Py_None), PyExc_SystemError, NULL);
    MINUS_WITH(PyList_Sort(Py_None), PyExc_SystemError, NULL);
    NULL_WITH(PyList_AsTuple(Py_None), PyExc_SystemError, NULL);
}

TEST(append_takes_a_reference)
{
    OWN value = PyFloat_FromDouble(1.5);
    PyObject *list = PyList_New(0);
    CU_ASSERT_EQUAL(PyList_Append(list, value), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 2);
    Py_DECREF(list);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 1);
}

TEST(append_grows_in_steps)
{
    OWN list = PyList_New(0);
    CU_ASSERT_EQUAL(PyList_Append(list, Py_None), 0);
    CU_ASSERT_EQUAL(((PyListObject *)list)->allocated, 4);
    for (int i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(PyList_Append(list, Py_None), 0);
    CU_ASSERT_EQUAL(((PyListObject *)list)->allocated, 8);
}

TEST(insert_clips_index)
{
    OWN list = ks_eval("[1, 2]"), three = PyLong_FromLong(3);
    CU_ASSERT_EQUAL(PyList_Insert(list, 99, three), 0);
    CU_ASSERT_EQUAL(PyList_Insert(list, -99, three), 0);
    CU_ASSERT_EQUAL(PyList_Insert(list, -1, Py_None), 0);
    READS(list, "[3, 1, 2, None, 3]");
}

/* An insert that finds no memory leaves list and item as they were. */
TEST(insert_out_of_memory)
{
    OWN list = PyList_New(0), item = PyFloat_FromDouble(2.5);
    ks_fail_after(0);
    int done = PyList_Insert(list, 0, item);
    ks_fail_stop();
    MINUS_WITH(done, PyExc_MemoryError, NULL);
    CU_ASSERT_EQUAL(Py_REFCNT(item), 1);
    CU_ASSERT_EQUAL(PyList_GET_SIZE(list), 0);
}

TEST(append_out_of_memory)
{
    OWN list = PyList_New(0), item = PyFloat_FromDouble(2.5);
    ks_fail_after(0);
    int done = PyList_Append(list, item);
    ks_fail_stop();
    MINUS_WITH(done, PyExc_MemoryError, NULL);
    CU_ASSERT_EQUAL(Py_REFCNT(item), 1);
}

TEST(get_slice)
{
    OWN list = ks_eval("[1, 2, 3]");
    GIVES(PyList_GetSlice(list, 1, 99), "[2, 3]");
    GIVES(PyList_GetSlice(list, -2, 1), "[1]");
    GIVES(PyList_GetSlice(list, 2, 0), "[]");
}

TEST(set_slice_replaces_and_deletes)
{
    OWN list = ks_eval("[1, 2, 3, 4]"), put = ks_eval("(7, 8, 9)");
    CU_ASSERT_EQUAL(PyList_SetSlice(list, 1, 3, put), 0);
    READS(list, "[1, 7, 8, 9, 4]");
    CU_ASSERT_EQUAL(PyList_SetSlice(list, 0, 4, NULL), 0);
    READS(list, "[4]");
    MINUS_WITH(PyList_SetSlice(list, 0, 0, Py_None), PyExc_TypeError,
               "can only assign an iterable");
}

TEST(set_slice_of_itself)
{
    OWN list = ks_eval("[1, 2]");
    CU_ASSERT_EQUAL(PyList_SetSlice(list, 1, 1, list), 0);
    READS(list, "[1, 1, 2, 2]");
}

TEST(set_slice_drops_references)
{
    OWN value = PyFloat_FromDouble(1.5), list = PyList_New(0);
    for (int i = 0; i < 20; i++)
        PyList_Append(list, value);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 21);
    CU_ASSERT_EQUAL(PyList_SetSlice(list, 5, 20, NULL), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 6);
}

TEST(reverse)
{
    OWN list = ks_eval("[1, 2, 3]");
    CU_ASSERT_EQUAL(PyList_Reverse(list), 0);
    READS(list, "[3, 2, 1]");
}

TEST(sort_is_stable)
{
    OWN list = ks_eval("[(2, 'a'), (1, 'b'), (2, 'A'), (1, 'B')]");
    OWN space = ks_exec("import operator\nkey = {'key': operator.itemgetter(0)}\n");
    OWN method = PyObject_GetAttrString(list, "sort"), empty = PyTuple_New(0);
    OWN none = PyObject_Call(method, empty, ks_name(space, "key"));
    READS(list, "[(1, 'b'), (1, 'B'), (2, 'a'), (2, 'A')]");
}

TEST(sort_kinds)
{
    OWN ints = ks_eval("[3, -2 ** 70, 1, 2 ** 70]"), strs = ks_eval("['b', '\\u20ac', 'a']");
    OWN floats = ks_eval("[2.5, -1.0, 0.5]"), mixed = ks_eval("[2, 1.5, True]");
    CU_ASSERT_EQUAL(PyList_Sort(ints), 0);
    CU_ASSERT_EQUAL(PyList_Sort(strs), 0);
    CU_ASSERT_EQUAL(PyList_Sort(floats), 0);
    CU_ASSERT_EQUAL(PyList_Sort(mixed), 0);
    READS(ints, "[-1180591620717411303424, 1, 3, 1180591620717411303424]");
    READS(strs, "['a', 'b', '\xe2\x82\xac']");
    READS(floats, "[-1.0, 0.5, 2.5]");
    READS(mixed, "[True, 1.5, 2]");
}

TEST(sort_large_matches_order)
{
    OWN list = ks_eval("[(i * 7919) % 10007 for i in range(10007)]");
    OWN expected = ks_eval("list(range(10007))");
    CU_ASSERT_EQUAL(PyList_Sort(list), 0);
    CU_ASSERT_EQUAL(PyObject_RichCompareBool(list, expected, Py_EQ), 1);
}

TEST(sort_error_keeps_items)
{
    OWN list = ks_eval("[2, 'a', 1]");
    MINUS_WITH(PyList_Sort(list), PyExc_TypeError,
               "'<' not supported between instances of 'str' and 'int'");
    CU_ASSERT_EQUAL(PyList_GET_SIZE(list), 3);
}

TEST(sort_detects_change)
{
    OWN space = ks_exec("x = []\nclass A:\n def __lt__(s, o):\n  x.append(1)\n  return False\n"
                        "x += [A(), A()]\n");
    MINUS_WITH(PyList_Sort(ks_name(space, "x")), PyExc_ValueError, "list modified during sort");
    CU_ASSERT_EQUAL(PyList_GET_SIZE(ks_name(space, "x")), 2);
}

TEST(as_tuple)
{
    OWN list = ks_eval("[1, 2]");
    GIVES(PyList_AsTuple(list), "(1, 2)");
}

static PyObject *
make_extended(void)
{
    OWN list = PyList_New(0), range = PyList_New(0);
    OWN put = list == NULL || range == NULL ? NULL : PyTuple_New(40);
    if (put == NULL)
        return NULL;
    for (int i = 0; i < 40; i++)
        PyTuple_SET_ITEM(put, i, Py_NewRef(Py_None));
    return PyList_SetSlice(list, 0, 0, put) < 0 ? NULL : Py_NewRef(list);
}

TEST(set_slice_survives_each_failure)
{
    CU_ASSERT(ks_fail_sweep(make_extended) >= 2);
}

TEST(repr_of_recursive_list)
{
    OWN list = PyList_New(0);
    CU_ASSERT_EQUAL(PyList_Append(list, list), 0);
    READS(list, "[[...]]");
    CU_ASSERT_EQUAL(PyList_SetSlice(list, 0, 1, NULL), 0);
}

void
add_list_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_new_is_filled_by_set_item);
    CU_ADD_TEST(suite, test_negative_size);
    CU_ADD_TEST(suite, test_set_item_drops_old_value);
    CU_ADD_TEST(suite, test_set_item_steals_on_error);
    CU_ADD_TEST(suite, test_get_item_borrows);
    CU_ADD_TEST(suite, test_calls_check_type);
    CU_ADD_TEST(suite, test_append_takes_a_reference);
    CU_ADD_TEST(suite, test_append_grows_in_steps);
    CU_ADD_TEST(suite, test_insert_clips_index);
    CU_ADD_TEST(suite, test_insert_out_of_memory);
    CU_ADD_TEST(suite, test_append_out_of_memory);
    CU_ADD_TEST(suite, test_get_slice);
    CU_ADD_TEST(suite, test_set_slice_replaces_and_deletes);
    CU_ADD_TEST(suite, test_set_slice_of_itself);
    CU_ADD_TEST(suite, test_set_slice_drops_references);
    CU_ADD_TEST(suite, test_reverse);
    CU_ADD_TEST(suite, test_sort_is_stable);
    CU_ADD_TEST(suite, test_sort_kinds);
    CU_ADD_TEST(suite, test_sort_large_matches_order);
    CU_ADD_TEST(suite, test_sort_error_keeps_items);
    CU_ADD_TEST(suite, test_sort_detects_change);
    CU_ADD_TEST(suite, test_as_tuple);
    CU_ADD_TEST(suite, test_set_slice_survives_each_failure);
    CU_ADD_TEST(suite, test_repr_of_recursive_list);
}
