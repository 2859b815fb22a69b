/* SPDX-License-Identifier: MIT */
/* dict: the ways to look up, insertion order, merging, iteration, versions, failed changes. */
#include "capi.h"

TEST(set_item_takes_references)
{
    OWN key = PyFloat_FromDouble(1.5), value = PyFloat_FromDouble(2.5);
    PyObject *dict = PyDict_New();
    CU_ASSERT_EQUAL(PyDict_SetItem(dict, key, value), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(key), 2);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 2);
    Py_DECREF(dict);
    CU_ASSERT_EQUAL(Py_REFCNT(key), 1);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 1);
}

TEST(set_item_keeps_first_key)
{
    OWN dict = PyDict_New(), one = PyLong_FromLong(1), real = PyFloat_FromDouble(1.0);
    CU_ASSERT_EQUAL(PyDict_SetItem(dict, one, Py_None), 0);
    CU_ASSERT_EQUAL(PyDict_SetItem(dict, real, Py_True), 0);
    READS(dict, "{1: True}");
    CU_ASSERT_EQUAL(Py_REFCNT(real), 1);
}

TEST(get_item_borrows_and_is_silent)
{
    OWN dict = PyDict_New(), value = PyFloat_FromDouble(2.5);
    CU_ASSERT_EQUAL(PyDict_SetItemString(dict, "k", value), 0);
    CU_ASSERT_PTR_EQUAL(PyDict_GetItemString(dict, "k"), value);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 2);
    OWN list = PyList_New(0);
    CU_ASSERT_PTR_NULL(PyDict_GetItem(dict, list));
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
}

TEST(get_item_with_error_tells)
{
    OWN dict = PyDict_New(), list = PyList_New(0);
    NULL_WITH(PyDict_GetItemWithError(dict, list), PyExc_TypeError, "unhashable type: 'list'");
    CU_ASSERT_PTR_NULL(PyDict_GetItemWithError(dict, Py_None));
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
}

TEST(calls_check_type)
{
    MINUS_WITH(PyDict_SetItem(Py_None, Py_None, Py_None), PyExc_SystemError, NULL);
    CU_ASSERT_PTR_NULL(PyDict_GetItem(Py_None, Py_None));
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
    NULL_WITH(PyDict_GetItemWithError(Py_None, Py_None), PyExc_SystemError, NULL);
    MINUS_WITH(PyDict_Size(Py_None), PyExc_SystemError, NULL);
    NULL_WITH(PyDict_Keys(Py_None), PyExc_SystemError, NULL);
    NULL_WITH(PyDict_Copy(Py_None), PyExc_SystemError, NULL);
}

TEST(set_default_returns_present_value)
{
    OWN dict = PyDict_New(), value = PyFloat_FromDouble(2.5);
    CU_ASSERT_PTR_EQUAL(PyDict_SetDefault(dict, Py_None, value), value);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 2);
    CU_ASSERT_PTR_EQUAL(PyDict_SetDefault(dict, Py_None, Py_True), value);
    CU_ASSERT_EQUAL(PyDict_Size(dict), 1);
}

TEST(contains)
{
    OWN dict = ks_eval("{'a': 1}"), key = PyUnicode_FromString("a"), list = PyList_New(0);
    CU_ASSERT_EQUAL(PyDict_Contains(dict, key), 1);
    CU_ASSERT_EQUAL(PyDict_Contains(dict, Py_None), 0);
    MINUS_WITH(PyDict_Contains(dict, list), PyExc_TypeError, "unhashable type: 'list'");
}

TEST(del_item_missing)
{
    OWN dict = ks_eval("{'a': 1}");
    CU_ASSERT_EQUAL(PyDict_DelItemString(dict, "a"), 0);
    MINUS_WITH(PyDict_DelItemString(dict, "a"), PyExc_KeyError, "'a'");
    MINUS_WITH(PyDict_DelItem(dict, Py_None), PyExc_KeyError, "None");
}

TEST(del_item_drops_references)
{
    OWN dict = PyDict_New(), key = PyFloat_FromDouble(1.5), value = PyFloat_FromDouble(2.5);
    PyDict_SetItem(dict, key, value);
    CU_ASSERT_EQUAL(PyDict_DelItem(dict, key), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(key), 1);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 1);
}

TEST(order_is_that_of_insertion)
{
    OWN dict = PyDict_New(), one = PyLong_FromLong(1);
    const char *names[] = {"z", "a", "m", "b"};
    for (int i = 0; i < 4; i++)
        PyDict_SetItemString(dict, names[i], one);
    PyDict_DelItemString(dict, "a");
    PyDict_SetItemString(dict, "a", one);
    GIVES(PyDict_Keys(dict), "['z', 'm', 'b', 'a']");
}

TEST(keys_values_items_are_lists)
{
    OWN dict = ks_eval("{'a': 1, 'b': 2}");
    GIVES(PyDict_Keys(dict), "['a', 'b']");
    GIVES(PyDict_Values(dict), "[1, 2]");
    GIVES(PyDict_Items(dict), "[('a', 1), ('b', 2)]");
}

TEST(next_visits_all_in_order)
{
    OWN dict = ks_eval("{'a': 1, 'b': 2, 'c': 3}"), seen = PyList_New(0);
    PyDict_DelItemString(dict, "b");
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(dict, &position, &key, &value))
        PyList_Append(seen, key);
    READS(seen, "['a', 'c']");
    CU_ASSERT_EQUAL(PyDict_Next(dict, &position, &key, &value), 0);
}

TEST(next_allows_changing_values)
{
    OWN dict = ks_eval("{i: i for i in range(20)}");
    PyObject *key, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(dict, &position, &key, &value))
        CU_ASSERT_EQUAL(PyDict_SetItem(dict, key, Py_None), 0);
    OWN expected = ks_eval("dict.fromkeys(range(20))");
    CU_ASSERT_EQUAL(PyObject_RichCompareBool(dict, expected, Py_EQ), 1);
}

TEST(next_of_non_dict)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    CU_ASSERT_EQUAL(PyDict_Next(Py_None, &position, &key, &value), 0);
}

TEST(merge_with_and_without_override)
{
    OWN dict = ks_eval("{'a': 1}"), more = ks_eval("{'a': 2, 'b': 3}");
    CU_ASSERT_EQUAL(PyDict_Merge(dict, more, 0), 0);
    READS(dict, "{'a': 1, 'b': 3}");
    CU_ASSERT_EQUAL(PyDict_Update(dict, more), 0);
    READS(dict, "{'a': 2, 'b': 3}");
}

TEST(merge_takes_anything_with_keys)
{
    OWN dict = PyDict_New();
    OWN map = ks_eval("type('M', (), {'keys': lambda s: 'xy', '__getitem__': lambda s, k: k * 2})()");
    CU_ASSERT_EQUAL(PyDict_Merge(dict, map, 1), 0);
    READS(dict, "{'x': 'xx', 'y': 'yy'}");
    MINUS_WITH(PyDict_Merge(dict, Py_None, 1), PyExc_AttributeError,
               "'NoneType' object has no attribute 'keys'");
}

TEST(merge_from_pairs)
{
    OWN dict = PyDict_New(), pairs = ks_eval("[('a', 1), ('b', 2), ('a', 3)]");
    CU_ASSERT_EQUAL(PyDict_MergeFromSeq2(dict, pairs, 0), 0);
    READS(dict, "{'a': 1, 'b': 2}");
    CU_ASSERT_EQUAL(PyDict_MergeFromSeq2(dict, pairs, 1), 0);
    READS(dict, "{'a': 3, 'b': 2}");
}

TEST(merge_from_bad_pairs)
{
    OWN dict = PyDict_New(), triple = ks_eval("[(1, 2, 3)]"), single = ks_eval("[5]");
    MINUS_WITH(PyDict_MergeFromSeq2(dict, triple, 1), PyExc_ValueError,
               "dictionary update sequence element #0 has length 3; 2 is required");
    MINUS_WITH(PyDict_MergeFromSeq2(dict, single, 1), PyExc_TypeError,
               "cannot convert dictionary update sequence element #0 to a sequence");
}

TEST(copy_is_shallow)
{
    OWN dict = ks_eval("{'a': []}");
    OWN copy = PyDict_Copy(dict);
    CU_ASSERT_PTR_EQUAL(PyDict_GetItemString(copy, "a"), PyDict_GetItemString(dict, "a"));
    PyDict_SetItemString(copy, "b", Py_None);
    CU_ASSERT_EQUAL(PyDict_Size(dict), 1);
}

TEST(clear_drops_everything)
{
    OWN dict = PyDict_New(), value = PyFloat_FromDouble(2.5);
    PyDict_SetItemString(dict, "a", value);
    PyDict_Clear(dict);
    CU_ASSERT_EQUAL(PyDict_Size(dict), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 1);
}

TEST(version_tag_changes)
{
    OWN dict = PyDict_New();
    uint64_t before = ((PyDictObject *)dict)->ma_version_tag;
    PyDict_SetItemString(dict, "a", Py_None);
    CU_ASSERT_NOT_EQUAL(((PyDictObject *)dict)->ma_version_tag, before);
}

TEST(used_counts_entries)
{
    OWN dict = ks_eval("{i: i for i in range(100)}");
    CU_ASSERT_EQUAL(((PyDictObject *)dict)->ma_used, 100);
    CU_ASSERT_EQUAL(PyDict_GET_SIZE(dict), 100);
}

TEST(many_collisions)
{
    OWN space = ks_exec("class K:\n def __init__(s, n): s.n = n\n def __hash__(s): return 7\n"
                        " def __eq__(s, o): return s.n == o.n\n"
                        "d = {K(i): i for i in range(60)}\nr = sum(d[K(i)] == i for i in range(60))\n");
    READS(ks_name(space, "r"), "60");
}

TEST(error_in_eq_is_passed_on)
{
    OWN space = ks_exec("class K:\n def __hash__(s): return 7\n def __eq__(s, o): 1 // 0\n"
                        "d = {K(): 1}\nk = K()\n");
    NULL_WITH(PyDict_GetItemWithError(ks_name(space, "d"), ks_name(space, "k")),
              PyExc_ZeroDivisionError, NULL);
    MINUS_WITH(PyDict_SetItem(ks_name(space, "d"), ks_name(space, "k"), Py_None),
               PyExc_ZeroDivisionError, NULL);
    CU_ASSERT_EQUAL(PyDict_Size(ks_name(space, "d")), 1);
}

TEST(proxy_is_read_only)
{
    OWN dict = ks_eval("{'a': 1}");
    OWN proxy = PyDictProxy_New(dict);
    READS(proxy, "mappingproxy({'a': 1})");
    OWN key = PyUnicode_FromString("b");
    MINUS_WITH(PyObject_SetItem(proxy, key, Py_None), PyExc_TypeError,
               "'mappingproxy' object does not support item assignment");
    PyDict_SetItem(dict, key, Py_None);
    CU_ASSERT_EQUAL(PyMapping_Size(proxy), 2);
    OWN list = PyList_New(0);
    NULL_WITH(PyDictProxy_New(list), PyExc_TypeError,
              "mappingproxy() argument must be a mapping, not list");
}

TEST(insert_out_of_memory)
{
    OWN dict = PyDict_New(), key = PyFloat_FromDouble(1.5), value = PyFloat_FromDouble(2.5);
    OWN filler = ks_eval("list(range(1000, 1100))");
    int done = 0;
    ks_fail_after(0);
    for (int i = 0; i < 100 && done == 0; i++)
        done = PyDict_SetItem(dict, PyList_GET_ITEM(filler, i), value);
    ks_fail_stop();
    MINUS_WITH(done, PyExc_MemoryError, NULL);
    CU_ASSERT_EQUAL(Py_REFCNT(value), PyDict_Size(dict) + 1);
    CU_ASSERT_EQUAL(PyDict_SetItem(dict, key, value), 0);
}

static PyObject *
make_copy(void)
{
    OWN dict = PyDict_New(), number = PyLong_FromLong(3);
    const char *names[] = {"one", "two", "three", "four", "five", "six", "seven"};
    for (int i = 0; i < 7; i++)
        if (dict == NULL || number == NULL || PyDict_SetItemString(dict, names[i], number) < 0)
            return NULL;
    return PyDict_Copy(dict);
}

TEST(copy_survives_each_failure)
{
    CU_ASSERT(ks_fail_sweep(make_copy) >= 3);
}

TEST(views)
{
    OWN dict = ks_eval("{'a': 1}");
    OWN keys = PyObject_CallMethod(dict, "keys", NULL),
        items = PyObject_CallMethod(dict, "items", NULL);
    CU_ASSERT(PyDictKeys_Check(keys));
    CU_ASSERT(PyDictItems_Check(items));
    CU_ASSERT(PyDictViewSet_Check(items));
    CU_ASSERT(!PyDictValues_Check(keys));
}

TEST(dict_of_atoms_is_untracked)
{
    OWN dict = PyDict_New(), list = PyList_New(0);
    PyDict_SetItemString(dict, "a", Py_None);
    CU_ASSERT_EQUAL(PyObject_GC_IsTracked(dict), 0);
    PyDict_SetItemString(dict, "b", list);
    CU_ASSERT_EQUAL(PyObject_GC_IsTracked(dict), 1);
}

TEST(known_hash_calls)
{
    OWN dict = PyDict_New(), key = PyUnicode_FromString("key");
    Py_hash_t hash = PyObject_Hash(key);
    CU_ASSERT_EQUAL(_PyDict_SetItem_KnownHash(dict, key, Py_True, hash), 0);
    CU_ASSERT_PTR_EQUAL(_PyDict_GetItem_KnownHash(dict, key, hash), Py_True);
    GIVES(_PyDict_Pop(dict, key, NULL), "True");
    NULL_WITH(_PyDict_Pop(dict, key, NULL), PyExc_KeyError, "'key'");
    GIVES(_PyDict_Pop(dict, key, Py_False), "False");
}

void
add_dict_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_set_item_takes_references);
    CU_ADD_TEST(suite, test_set_item_keeps_first_key);
    CU_ADD_TEST(suite, test_get_item_borrows_and_is_silent);
    CU_ADD_TEST(suite, test_get_item_with_error_tells);
    CU_ADD_TEST(suite, test_calls_check_type);
    CU_ADD_TEST(suite, test_set_default_returns_present_value);
    CU_ADD_TEST(suite, test_contains);
    CU_ADD_TEST(suite, test_del_item_missing);
    CU_ADD_TEST(suite, test_del_item_drops_references);
    CU_ADD_TEST(suite, test_order_is_that_of_insertion);
    CU_ADD_TEST(suite, test_keys_values_items_are_lists);
    CU_ADD_TEST(suite, test_next_visits_all_in_order);
    CU_ADD_TEST(suite, test_next_allows_changing_values);
    CU_ADD_TEST(suite, test_next_of_non_dict);
    CU_ADD_TEST(suite, test_merge_with_and_without_override);
    CU_ADD_TEST(suite, test_merge_takes_anything_with_keys);
    CU_ADD_TEST(suite, test_merge_from_pairs);
    CU_ADD_TEST(suite, test_merge_from_bad_pairs);
    CU_ADD_TEST(suite, test_copy_is_shallow);
    CU_ADD_TEST(suite, test_clear_drops_everything);
    CU_ADD_TEST(suite, test_version_tag_changes);
    CU_ADD_TEST(suite, test_used_counts_entries);
    CU_ADD_TEST(suite, test_many_collisions);
    CU_ADD_TEST(suite, test_error_in_eq_is_passed_on);
    CU_ADD_TEST(suite, test_proxy_is_read_only);
    CU_ADD_TEST(suite, test_insert_out_of_memory);
    CU_ADD_TEST(suite, test_copy_survives_each_failure);
    CU_ADD_TEST(suite, test_views);
    CU_ADD_TEST(suite, test_dict_of_atoms_is_untracked);
    CU_ADD_TEST(suite, test_known_hash_calls);
}
