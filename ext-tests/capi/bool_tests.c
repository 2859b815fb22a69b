/* SPDX-License-Identifier: MIT */
/* bool: two objects, and no third. */
#include "capi.h"

TEST(from_long_gives_the_singletons)
{
    Py_ssize_t count = Py_REFCNT(Py_True);
    OWN yes = PyBool_FromLong(-8), no = PyBool_FromLong(0);
    CU_ASSERT_PTR_EQUAL(yes, Py_True);
    CU_ASSERT_PTR_EQUAL(no, Py_False);
    CU_ASSERT_EQUAL(Py_REFCNT(Py_True), count + 1);
}

TEST(is_an_int)
{
    CU_ASSERT_EQUAL(PyLong_AsLong(Py_True), 1);
    CU_ASSERT(PyBool_Check(Py_False));
    OWN one = PyLong_FromLong(1);
    CU_ASSERT(!PyBool_Check(one));
    GIVES(PyNumber_Add(Py_True, Py_True), "2");
}

TEST(bit_operations_stay_bool)
{
    GIVES(PyNumber_And(Py_True, Py_False), "False");
    GIVES(PyNumber_Xor(Py_True, Py_False), "True");
    OWN one = PyLong_FromLong(1);
    GIVES(PyNumber_Or(Py_False, one), "1");
}

TEST(invert_is_an_int)
{
    GIVES(PyNumber_Invert(Py_True), "-2");
}

TEST(cannot_be_subclassed)
{
    OWN bases = PyTuple_Pack(1, &PyBool_Type);
    NULL_WITH(PyObject_CallFunction((PyObject *)&PyType_Type, "sO{}", "B", bases),
              PyExc_TypeError, "type 'bool' is not an acceptable base type");
}

void
add_bool_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_from_long_gives_the_singletons);
    CU_ADD_TEST(suite, test_is_an_int);
    CU_ADD_TEST(suite, test_bit_operations_stay_bool);
    CU_ADD_TEST(suite, test_invert_is_an_int);
    CU_ADD_TEST(suite, test_cannot_be_subclassed);
}
