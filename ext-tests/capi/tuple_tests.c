/* SPDX-License-Identifier: MIT */
/* tuple: filling before it is shared, stealing, slices, resizing. */
#include "capi.h"

TEST(new_is_filled_by_set_item)
{
    OWN tuple = PyTuple_New(2);
    CU_ASSERT_EQUAL(PyTuple_SetItem(tuple, 0, PyLong_FromLong(1)), 0);
    PyTuple_SET_ITEM(tuple, 1, PyLong_FromLong(2));
    READS(tuple, "(1, 2)");
    CU_ASSERT_EQUAL(PyTuple_Size(tuple), 2);
}

TEST(empty_is_shared)
{
    OWN one = PyTuple_New(0), two = PyTuple_New(0);
    CU_ASSERT_PTR_EQUAL(one, two);
}

TEST(negative_size)
{
    NULL_WITH(PyTuple_New(-1), PyExc_SystemError, NULL);
}

TEST(set_item_steals_reference)
{
    PyObject *value = PyFloat_FromDouble(2.5);
    Py_INCREF(value);
    PyObject *tuple = PyTuple_New(1);
    CU_ASSERT_EQUAL(PyTuple_SetItem(tuple, 0, value), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 2);
    Py_DECREF(tuple);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 1);
    Py_DECREF(value);
}

TEST(set_item_steals_on_error)
{
    PyObject *value = PyFloat_FromDouble(2.5);
    OWN tuple = PyTuple_New(1);
    Py_INCREF(value);
    MINUS_WITH(PyTuple_SetItem(tuple, 5, value), PyExc_IndexError,
               "tuple assignment index out of range");
    CU_ASSERT_EQUAL(Py_REFCNT(value), 1);
    Py_DECREF(value);
}

TEST(set_item_refuses_shared_tuple)
{
    OWN tuple = ks_eval("(1, [])"), other = Py_NewRef(tuple);
    MINUS_WITH(PyTuple_SetItem(tuple, 0, Py_NewRef(Py_None)), PyExc_SystemError, NULL);
    READS(other, "(1, [])");
}

TEST(get_item_borrows)
{
    OWN tuple = ks_eval("(1.5,)");
    PyObject *item = PyTuple_GetItem(tuple, 0);
    CU_ASSERT_PTR_EQUAL(item, PyTuple_GET_ITEM(tuple, 0));
    Py_ssize_t count = Py_REFCNT(item);
    CU_ASSERT_PTR_EQUAL(PyTuple_GetItem(tuple, 0), item);
    CU_ASSERT_EQUAL(Py_REFCNT(item), count);
    NULL_WITH(PyTuple_GetItem(tuple, 1), PyExc_IndexError, "tuple index out of range");
    NULL_WITH(PyTuple_GetItem(tuple, -1), PyExc_IndexError, "tuple index out of range");
}

TEST(get_item_checks_type)
{
    NULL_WITH(PyTuple_GetItem(Py_None, 0), PyExc_SystemError, NULL);
    MINUS_WITH(PyTuple_Size(Py_None), PyExc_SystemError, NULL);
}

TEST(pack_takes_own_references)
{
    OWN value = PyFloat_FromDouble(1.5);
    PyObject *tuple = PyTuple_Pack(3, value, Py_None, value);
    READS(tuple, "(1.5, None, 1.5)");
    CU_ASSERT_EQUAL(Py_REFCNT(value), 3);
    Py_DECREF(tuple);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 1);
}

TEST(slices_clip)
{
    OWN tuple = ks_eval("(1, 2, 3)");
    GIVES(PyTuple_GetSlice(tuple, 1, 2), "(2,)");
    GIVES(PyTuple_GetSlice(tuple, -5, 99), "(1, 2, 3)");
    GIVES(PyTuple_GetSlice(tuple, 2, 1), "()");
    OWN whole = PyTuple_GetSlice(tuple, 0, 3);
    CU_ASSERT_PTR_EQUAL(whole, tuple);
}

TEST(resize_grows_with_nulls)
{
    PyObject *tuple = PyTuple_New(1);
    PyTuple_SET_ITEM(tuple, 0, PyLong_FromLong(1));
    CU_ASSERT_EQUAL(_PyTuple_Resize(&tuple, 3), 0);
    CU_ASSERT_PTR_NULL(PyTuple_GET_ITEM(tuple, 2));
    PyTuple_SET_ITEM(tuple, 1, PyLong_FromLong(2));
    PyTuple_SET_ITEM(tuple, 2, PyLong_FromLong(3));
    GIVES(tuple, "(1, 2, 3)");
}

TEST(resize_drops_tail)
{
    OWN value = PyFloat_FromDouble(1.5);
    PyObject *tuple = PyTuple_Pack(2, Py_None, value);
    CU_ASSERT_EQUAL(_PyTuple_Resize(&tuple, 1), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 1);
    Py_DECREF(tuple);
}

TEST(resize_shared_fails)
{
    PyObject *tuple = ks_eval("tuple([1, 2])");
    OWN other = Py_NewRef(tuple);
    MINUS_WITH(_PyTuple_Resize(&tuple, 1), PyExc_SystemError, NULL);
    CU_ASSERT_PTR_NULL(tuple);
}

TEST(tuple_of_atoms_leaves_collector)
{
    OWN tuple = PyTuple_Pack(1, Py_None);
    CU_ASSERT_EQUAL(PyObject_GC_IsTracked(tuple), 1);
    PyGC_Collect();
    CU_ASSERT_EQUAL(PyObject_GC_IsTracked(tuple), 0);
}

static PyObject *
make_tuple(void)
{
    return PyTuple_New(50);
}

TEST(new_survives_each_failure)
{
    CU_ASSERT(ks_fail_sweep(make_tuple) >= 1);
}

void
add_tuple_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_new_is_filled_by_set_item);
    CU_ADD_TEST(suite, test_empty_is_shared);
    CU_ADD_TEST(suite, test_negative_size);
    CU_ADD_TEST(suite, test_set_item_steals_reference);
    CU_ADD_TEST(suite, test_set_item_steals_on_error);
    CU_ADD_TEST(suite, test_set_item_refuses_shared_tuple);
    CU_ADD_TEST(suite, test_get_item_borrows);
    CU_ADD_TEST(suite, test_get_item_checks_type);
    CU_ADD_TEST(suite, test_pack_takes_own_references);
    CU_ADD_TEST(suite, test_slices_clip);
    CU_ADD_TEST(suite, test_resize_grows_with_nulls);
    CU_ADD_TEST(suite, test_resize_drops_tail);
    CU_ADD_TEST(suite, test_resize_shared_fails);
    CU_ADD_TEST(suite, test_tuple_of_atoms_leaves_collector);
    CU_ADD_TEST(suite, test_new_survives_each_failure);
}
