/* SPDX-License-Identifier: MIT */
/* Cells: one reference, or none. */
#include "capi.h"

TEST(get_is_a_new_reference)
{
    OWN value = PyFloat_FromDouble(1.5);
    OWN cell = PyCell_New(value);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 2);
    OWN found = PyCell_Get(cell);
    CU_ASSERT_PTR_EQUAL(found, value);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 3);
    CU_ASSERT_PTR_EQUAL(PyCell_GET(cell), value);
}

TEST(empty_cell)
{
    OWN cell = PyCell_New(NULL);
    CU_ASSERT_PTR_NULL(PyCell_Get(cell));
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
    NULL_WITH(PyObject_GetAttrString(cell, "cell_contents"), PyExc_ValueError, "Cell is empty");
}

TEST(set_drops_old)
{
    OWN value = PyFloat_FromDouble(1.5);
    OWN cell = PyCell_New(value);
    CU_ASSERT_EQUAL(PyCell_Set(cell, Py_None), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 1);
    CU_ASSERT_EQUAL(PyCell_Set(cell, NULL), 0);
    CU_ASSERT_PTR_NULL(PyCell_GET(cell));
}

TEST(calls_check_type)
{
    NULL_WITH(PyCell_Get(Py_None), PyExc_SystemError, NULL);
    MINUS_WITH(PyCell_Set(Py_None, Py_None), PyExc_SystemError, NULL);
}

TEST(compares_by_content)
{
    OWN one = PyLong_FromLong(1), two = PyLong_FromLong(2);
    OWN low = PyCell_New(one), high = PyCell_New(two), empty = PyCell_New(NULL);
    CU_ASSERT_EQUAL(PyObject_RichCompareBool(low, high, Py_LT), 1);
    CU_ASSERT_EQUAL(PyObject_RichCompareBool(empty, low, Py_LT), 1);
    CU_ASSERT_EQUAL(PyObject_RichCompareBool(empty, low, Py_EQ), 0);
}

TEST(closure_cell_is_live)
{
    OWN space = ks_exec("def make():\n x = 1\n def f(): return x\n return f\nf = make()\n");
    PyObject *closure = PyFunction_GetClosure(ks_name(space, "f"));
    CU_ASSERT_PTR_NOT_NULL_FATAL(closure);
    CU_ASSERT(PyCell_Check(PyTuple_GET_ITEM(closure, 0)));
    CU_ASSERT_EQUAL(PyCell_Set(PyTuple_GET_ITEM(closure, 0), Py_True), 0);
    GIVES(PyObject_CallNoArgs(ks_name(space, "f")), "True");
}

void
add_cell_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_get_is_a_new_reference);
    CU_ADD_TEST(suite, test_empty_cell);
    CU_ADD_TEST(suite, test_set_drops_old);
    CU_ADD_TEST(suite, test_calls_check_type);
    CU_ADD_TEST(suite, test_compares_by_content);
    CU_ADD_TEST(suite, test_closure_cell_is_live);
}
