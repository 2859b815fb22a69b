/* SPDX-License-Identifier: MIT */
/* The mapping protocol. */
#include "capi.h"

TEST(check_and_size)
{
    OWN dict = ks_eval("{'a': 1}"), list = ks_eval("[1]"), set = ks_eval("{1}");
    CU_ASSERT_EQUAL(PyMapping_Check(dict), 1);
    CU_ASSERT_EQUAL(PyMapping_Check(list), 1);
    CU_ASSERT_EQUAL(PyMapping_Check(set), 0);
    CU_ASSERT_EQUAL(PyMapping_Size(dict), 1);
    CU_ASSERT_EQUAL(PyMapping_Length(dict), 1);
    MINUS_WITH(PyMapping_Size(set), PyExc_TypeError, "set is not a mapping");
}

TEST(items_by_string)
{
    OWN dict = PyDict_New();
    CU_ASSERT_EQUAL(PyMapping_SetItemString(dict, "k", Py_True), 0);
    GIVES(PyMapping_GetItemString(dict, "k"), "True");
    CU_ASSERT_EQUAL(PyMapping_HasKeyString(dict, "k"), 1);
    CU_ASSERT_EQUAL(PyMapping_DelItemString(dict, "k"), 0);
    CU_ASSERT_EQUAL(PyMapping_HasKeyString(dict, "k"), 0);
    NULL_WITH(PyMapping_GetItemString(dict, "k"), PyExc_KeyError, "'k'");
}

TEST(has_key_swallows_errors)
{
    OWN dict = PyDict_New(), list = PyList_New(0);
    CU_ASSERT_EQUAL(PyMapping_HasKey(dict, list), 0);
    CU_ASSERT_EQUAL(PyMapping_HasKey(Py_None, list), 0);
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
}

TEST(keys_of_dict)
{
    OWN dict = ks_eval("{'a': 1}");
    GIVES(PyMapping_Keys(dict), "['a']");
    GIVES(PyMapping_Values(dict), "[1]");
    GIVES(PyMapping_Items(dict), "[('a', 1)]");
}

TEST(keys_of_other_mapping)
{
    OWN map = ks_eval("type('M', (), {'keys': lambda s: iter('xy'), 'values': lambda s: 5})()");
    GIVES(PyMapping_Keys(map), "['x', 'y']");
    NULL_WITH(PyMapping_Values(map), PyExc_TypeError,
              "M.values() returned a non-iterable (type int)");
    NULL_WITH(PyMapping_Items(map), PyExc_AttributeError, "'M' object has no attribute 'items'");
}

TEST(missing_method_of_subclass)
{
    OWN map = ks_eval("type('D', (dict,), {'__missing__': lambda s, k: k * 2})()"),
        key = PyUnicode_FromString("ab");
    GIVES(PyObject_GetItem(map, key), "'abab'");
    CU_ASSERT_PTR_NULL(PyDict_GetItemWithError(map, key));
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
}

void
add_mapping_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_check_and_size);
    CU_ADD_TEST(suite, test_items_by_string);
    CU_ADD_TEST(suite, test_has_key_swallows_errors);
    CU_ADD_TEST(suite, test_keys_of_dict);
    CU_ADD_TEST(suite, test_keys_of_other_mapping);
    CU_ADD_TEST(suite, test_missing_method_of_subclass);
}
