/* SPDX-License-Identifier: MIT */
/* set and frozenset. */
#include "capi.h"

TEST(new_from_iterable)
{
    OWN list = ks_eval("[1, 1, 2]");
    OWN set = PySet_New(list), empty = PySet_New(NULL);
    CU_ASSERT_EQUAL(PySet_Size(set), 2);
    READS(empty, "set()");
    NULL_WITH(PySet_New(Py_None), PyExc_TypeError, "'NoneType' object is not iterable");
}

TEST(frozen_empty)
{
    OWN frozen = PyFrozenSet_New(NULL);
    READS(frozen, "frozenset()");
    CU_ASSERT_PTR_EQUAL(Py_TYPE(frozen), &PyFrozenSet_Type);
}

TEST(frozen_of_frozen_is_equal)
{
    OWN list = ks_eval("[1]");
    OWN one = PyFrozenSet_New(list), two = PyFrozenSet_New(one);
    CU_ASSERT_EQUAL(PyObject_RichCompareBool(one, two, Py_EQ), 1);
    CU_ASSERT_EQUAL(PyObject_Hash(one), PyObject_Hash(two));
}

TEST(add_takes_one_reference)
{
    OWN set = PySet_New(NULL), value = PyFloat_FromDouble(1.5);
    CU_ASSERT_EQUAL(PySet_Add(set, value), 0);
    CU_ASSERT_EQUAL(PySet_Add(set, value), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 2);
    CU_ASSERT_EQUAL(PySet_GET_SIZE(set), 1);
}

TEST(add_to_fresh_frozenset)
{
    OWN list = ks_eval("[1]");
    OWN frozen = PyFrozenSet_New(list), two = PyLong_FromLong(2);
    CU_ASSERT_EQUAL(PySet_Add(frozen, two), 0);
    READS(frozen, "frozenset({1, 2})");
    Py_INCREF(frozen);
    MINUS_WITH(PySet_Add(frozen, Py_None), PyExc_SystemError, NULL);
    Py_DECREF(frozen);
}

TEST(add_unhashable)
{
    OWN set = PySet_New(NULL), list = PyList_New(0);
    MINUS_WITH(PySet_Add(set, list), PyExc_TypeError, "unhashable type: 'list'");
    CU_ASSERT_EQUAL(PySet_Size(set), 0);
}

TEST(contains_does_not_convert)
{
    OWN set = ks_eval("{1, frozenset({2})}"), inner = ks_eval("{2}"), one = PyLong_FromLong(1);
    CU_ASSERT_EQUAL(PySet_Contains(set, one), 1);
    CU_ASSERT_EQUAL(PySet_Contains(set, Py_None), 0);
    MINUS_WITH(PySet_Contains(set, inner), PyExc_TypeError, "unhashable type: 'set'");
    CU_ASSERT_EQUAL(PySequence_Contains(set, inner), 1);
}

TEST(discard_tells_if_found)
{
    OWN set = PySet_New(NULL), value = PyFloat_FromDouble(1.5);
    PySet_Add(set, value);
    CU_ASSERT_EQUAL(PySet_Discard(set, value), 1);
    CU_ASSERT_EQUAL(PySet_Discard(set, value), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 1);
}

TEST(pop_until_empty)
{
    OWN set = ks_eval("{7}");
    GIVES(PySet_Pop(set), "7");
    NULL_WITH(PySet_Pop(set), PyExc_KeyError, "'pop from an empty set'");
}

TEST(clear)
{
    OWN set = PySet_New(NULL), value = PyFloat_FromDouble(1.5);
    PySet_Add(set, value);
    CU_ASSERT_EQUAL(PySet_Clear(set), 0);
    CU_ASSERT_EQUAL(PySet_Size(set), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 1);
}

TEST(frozen_refuses_changes)
{
    OWN frozen = ks_eval("frozenset([1])");
    MINUS_WITH(PySet_Clear(frozen), PyExc_SystemError, NULL);
    MINUS_WITH(PySet_Discard(frozen, Py_None), PyExc_SystemError, NULL);
    NULL_WITH(PySet_Pop(frozen), PyExc_SystemError, NULL);
}

TEST(calls_check_type)
{
    MINUS_WITH(PySet_Size(Py_None), PyExc_SystemError, NULL);
    MINUS_WITH(PySet_Contains(Py_None, Py_None), PyExc_SystemError, NULL);
    MINUS_WITH(PySet_Add(Py_None, Py_None), PyExc_SystemError, NULL);
}

TEST(type_checks)
{
    OWN set = PySet_New(NULL), frozen = PyFrozenSet_New(NULL);
    CU_ASSERT(PySet_Check(set) && !PySet_Check(frozen));
    CU_ASSERT(PyFrozenSet_CheckExact(frozen) && !PyFrozenSet_Check(set));
    CU_ASSERT(PyAnySet_Check(set) && PyAnySet_CheckExact(frozen));
}

TEST(next_entry_visits_all)
{
    OWN set = ks_eval("{1, 2, 3, 100}");
    Py_ssize_t position = 0;
    PyObject *key;
    Py_hash_t hash;
    long sum = 0;
    while (_PySet_NextEntry(set, &position, &key, &hash))
        sum += PyLong_AsLong(key);
    CU_ASSERT_EQUAL(sum, 106);
}

static PyObject *
make_set(void)
{
    OWN set = PySet_New(NULL);
    for (long i = 0; i < 100; i++) {
        OWN number = PyLong_FromLong(i);
        if (set == NULL || number == NULL || PySet_Add(set, number) < 0)
            return NULL;
    }
    return Py_NewRef(set);
}

TEST(growth_survives_each_failure)
{
    CU_ASSERT(ks_fail_sweep(make_set) >= 2);
}

void
add_set_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_new_from_iterable);
    CU_ADD_TEST(suite, test_frozen_empty);
    CU_ADD_TEST(suite, test_frozen_of_frozen_is_equal);
    CU_ADD_TEST(suite, test_add_takes_one_reference);
    CU_ADD_TEST(suite, test_add_to_fresh_frozenset);
    CU_ADD_TEST(suite, test_add_unhashable);
    CU_ADD_TEST(suite, test_contains_does_not_convert);
    CU_ADD_TEST(suite, test_discard_tells_if_found);
    CU_ADD_TEST(suite, test_pop_until_empty);
    CU_ADD_TEST(suite, test_clear);
    CU_ADD_TEST(suite, test_frozen_refuses_changes);
    CU_ADD_TEST(suite, test_calls_check_type);
    CU_ADD_TEST(suite, test_type_checks);
    CU_ADD_TEST(suite, test_next_entry_visits_all);
    CU_ADD_TEST(suite, test_growth_survives_each_failure);
}
