/* SPDX-License-Identifier: MIT */
/* The object protocol: attributes, comparison, calls on any object, reference counts. */
#include "capi.h"

TEST(get_attr_returns_new_reference)
{
    OWN space = ks_exec("class A: pass\na = A()\nv = [1]\na.x = v\n");
    PyObject *value = ks_name(space, "v");
    Py_ssize_t count = Py_REFCNT(value);
    OWN found = PyObject_GetAttrString(ks_name(space, "a"), "x");
    CU_ASSERT_PTR_EQUAL(found, value);
    CU_ASSERT_EQUAL(Py_REFCNT(value), count + 1);
}

TEST(get_attr_missing_raises_attribute_error)
{
    NULL_WITH(PyObject_GetAttrString(Py_None, "nope"), PyExc_AttributeError,
              "'NoneType' object has no attribute 'nope'");
}

TEST(get_attr_error_carries_name_and_object)
{
    CU_ASSERT_PTR_NULL(PyObject_GetAttrString(Py_None, "nope"));
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    GIVES(PyObject_GetAttrString(value, "name"), "'nope'");
    GIVES(PyObject_GetAttrString(value, "obj"), "None");
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

TEST(get_attr_name_must_be_str)
{
    OWN number = PyLong_FromLong(3);
    NULL_WITH(PyObject_GetAttr(Py_None, number), PyExc_TypeError,
              "attribute name must be string, not 'int'");
}

TEST(set_attr_holds_one_reference)
{
    OWN space = ks_exec("class A: pass\na = A()\n");
    OWN value = PyList_New(0);
    CU_ASSERT_EQUAL(PyObject_SetAttrString(ks_name(space, "a"), "x", value), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 2);
    CU_ASSERT_EQUAL(PyObject_SetAttrString(ks_name(space, "a"), "x", Py_None), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 1);
}

TEST(set_attr_null_deletes)
{
    OWN space = ks_exec("class A: pass\na = A()\na.x = 1\n");
    PyObject *object = ks_name(space, "a");
    CU_ASSERT_EQUAL(PyObject_SetAttrString(object, "x", NULL), 0);
    CU_ASSERT_EQUAL(PyObject_HasAttrString(object, "x"), 0);
    MINUS_WITH(PyObject_DelAttrString(object, "x"), PyExc_AttributeError,
               "'A' object has no attribute 'x'");
}

TEST(set_attr_on_builtin_instance_fails)
{
    OWN number = PyLong_FromLong(1000);
    MINUS_WITH(PyObject_SetAttrString(number, "x", Py_None), PyExc_AttributeError,
               "'int' object has no attribute 'x'");
}

TEST(set_attr_read_only_slot_wrapper)
{
    OWN number = PyLong_FromLong(1000);
    MINUS_WITH(PyObject_SetAttrString(number, "real", Py_None), PyExc_AttributeError,
               "attribute 'real' of 'int' objects is not writable");
}

TEST(set_attr_on_builtin_type_fails)
{
    MINUS_WITH(PyObject_SetAttrString((PyObject *)&PyLong_Type, "x", Py_None), PyExc_TypeError,
               "cannot set 'x' attribute of immutable type 'int'");
}

TEST(has_attr_swallows_any_exception)
{
    OWN object = ks_eval("type('A', (), {'x': property(lambda self: 1 // 0)})()");
    CU_ASSERT_EQUAL(PyObject_HasAttrString(object, "x"), 0);
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
    CU_ASSERT_EQUAL(PyObject_HasAttrString(object, "__class__"), 1);
}

TEST(generic_get_attr_prefers_data_descriptor)
{
    OWN space = ks_exec("class A:\n x = property(lambda self: 7)\na = A()\na.__dict__['x'] = 8\n");
    OWN name = PyUnicode_FromString("x");
    GIVES(PyObject_GenericGetAttr(ks_name(space, "a"), name), "7");
}

TEST(generic_set_attr_writes_instance_dict)
{
    OWN space = ks_exec("class A: pass\na = A()\n");
    OWN name = PyUnicode_FromString("x");
    CU_ASSERT_EQUAL(PyObject_GenericSetAttr(ks_name(space, "a"), name, Py_True), 0);
    GIVES(PyObject_GetAttrString(ks_name(space, "a"), "__dict__"), "{'x': True}");
}

TEST(generic_get_dict_returns_live_dict)
{
    OWN space = ks_exec("class A: pass\na = A()\na.k = 1\n");
    OWN dict = PyObject_GenericGetDict(ks_name(space, "a"), NULL);
    READS(dict, "{'k': 1}");
    OWN number = PyLong_FromLong(5);
    CU_ASSERT_EQUAL(PyDict_SetItemString(dict, "z", number), 0);
    GIVES(PyObject_GetAttrString(ks_name(space, "a"), "z"), "5");
}

TEST(generic_set_dict_wants_dict)
{
    OWN object = ks_eval("type('A', (), {})()");
    OWN number = PyLong_FromLong(5);
    MINUS_WITH(PyObject_GenericSetDict(object, number, NULL), PyExc_TypeError,
               "__dict__ must be set to a dictionary, not a 'int'");
    MINUS_WITH(PyObject_GenericSetDict(object, NULL, NULL), PyExc_TypeError,
               "cannot delete __dict__");
}

TEST(repr_of_null)
{
    GIVES(PyObject_Repr(NULL), "'<NULL>'");
    GIVES(PyObject_Str(NULL), "'<NULL>'");
    GIVES(PyObject_Bytes(NULL), "b'<NULL>'");
}

TEST(repr_must_return_str)
{
    OWN object = ks_eval("type('A', (), {'__repr__': lambda self: 3})()");
    NULL_WITH(PyObject_Repr(object), PyExc_TypeError, "__repr__ returned non-string (type int)");
}

TEST(str_must_return_str)
{
    OWN object = ks_eval("type('A', (), {'__str__': lambda self: b'x'})()");
    NULL_WITH(PyObject_Str(object), PyExc_TypeError, "__str__ returned non-string (type bytes)");
}

TEST(str_of_str_is_itself)
{
    OWN text = PyUnicode_FromString("same text");
    OWN same = PyObject_Str(text);
    CU_ASSERT_PTR_EQUAL(text, same);
}

TEST(ascii_escapes)
{
    OWN text = PyUnicode_FromString("\xc3\xa9\xe2\x82\xac");
    OWN ascii = PyObject_ASCII(text);
    CU_ASSERT_EQUAL(PyUnicode_CompareWithASCIIString(ascii, "'\\xe9\\u20ac'"), 0);
}

TEST(bytes_uses_dunder_bytes)
{
    OWN object = ks_eval("type('A', (), {'__bytes__': lambda self: b'hi'})()");
    GIVES(PyObject_Bytes(object), "b'hi'");
    NULL_WITH(PyObject_Bytes(Py_None), PyExc_TypeError,
              "cannot convert 'NoneType' object to bytes");
}

TEST(rich_compare_identity_only_in_bool_form)
{
    OWN nan = PyFloat_FromDouble(Py_NAN);
    GIVES(PyObject_RichCompare(nan, nan, Py_EQ), "False");
    CU_ASSERT_EQUAL(PyObject_RichCompareBool(nan, nan, Py_EQ), 1);
    CU_ASSERT_EQUAL(PyObject_RichCompareBool(nan, nan, Py_NE), 0);
}

TEST(rich_compare_unordered_types)
{
    OWN number = PyLong_FromLong(1);
    NULL_WITH(PyObject_RichCompare(number, Py_None, Py_LT), PyExc_TypeError,
              "'<' not supported between instances of 'int' and 'NoneType'");
    GIVES(PyObject_RichCompare(number, Py_None, Py_EQ), "False");
    MINUS_WITH(PyObject_RichCompareBool(number, Py_None, Py_GE), PyExc_TypeError,
               "'>=' not supported between instances of 'int' and 'NoneType'");
}

TEST(rich_compare_tries_subclass_first)
{
    OWN space = ks_exec("class A:\n def __lt__(s, o): return 'A'\n"
                        "class B(A):\n def __gt__(s, o): return 'B'\na, b = A(), B()\n");
    GIVES(PyObject_RichCompare(ks_name(space, "a"), ks_name(space, "b"), Py_LT), "'B'");
}

TEST(hash_not_implemented)
{
    OWN list = PyList_New(0);
    MINUS_WITH(PyObject_Hash(list), PyExc_TypeError, "unhashable type: 'list'");
    MINUS_WITH(PyObject_HashNotImplemented(list), PyExc_TypeError, "unhashable type: 'list'");
}

TEST(hash_of_minus_one_is_minus_two)
{
    OWN number = PyLong_FromLong(-1);
    CU_ASSERT_EQUAL(PyObject_Hash(number), -2);
}

TEST(is_true_follows_bool_then_len)
{
    OWN full = ks_eval("[0]"), empty = ks_eval("{}");
    OWN bad = ks_eval("type('A', (), {'__bool__': lambda self: 3})()");
    CU_ASSERT_EQUAL(PyObject_IsTrue(full), 1);
    CU_ASSERT_EQUAL(PyObject_IsTrue(empty), 0);
    CU_ASSERT_EQUAL(PyObject_Not(empty), 1);
    MINUS_WITH(PyObject_IsTrue(bad), PyExc_TypeError,
               "__bool__ should return bool, returned int");
}

TEST(is_instance_takes_nested_tuple)
{
    OWN kinds = ks_eval("(str, (bytes, (int,)))"), number = PyLong_FromLong(1);
    CU_ASSERT_EQUAL(PyObject_IsInstance(number, kinds), 1);
    CU_ASSERT_EQUAL(PyObject_IsInstance(Py_None, kinds), 0);
    MINUS_WITH(PyObject_IsInstance(number, number), PyExc_TypeError,
               "isinstance() arg 2 must be a type, a tuple of types, or a union");
}

TEST(is_subclass_asks_metaclass)
{
    OWN space = ks_exec("class M(type):\n def __subclasscheck__(c, o): return o is int\n"
                        "class A(metaclass=M): pass\n");
    CU_ASSERT_EQUAL(PyObject_IsSubclass((PyObject *)&PyLong_Type, ks_name(space, "A")), 1);
    CU_ASSERT_EQUAL(PyObject_IsSubclass((PyObject *)&PyFloat_Type, ks_name(space, "A")), 0);
    MINUS_WITH(PyObject_IsSubclass(Py_None, (PyObject *)&PyLong_Type), PyExc_TypeError,
               "issubclass() arg 1 must be a class");
}

TEST(type_is_new_reference)
{
    OWN list = PyList_New(0);
    OWN type = PyObject_Type(list);
    CU_ASSERT_PTR_EQUAL(type, (PyObject *)&PyList_Type);
    NULL_WITH(PyObject_Type(NULL), PyExc_SystemError, "null argument to internal routine");
}

TEST(size_and_length)
{
    OWN list = ks_eval("[1, 2, 3]");
    CU_ASSERT_EQUAL(PyObject_Size(list), 3);
    CU_ASSERT_EQUAL(PyObject_Length(list), 3);
    MINUS_WITH(PyObject_Size(Py_None), PyExc_TypeError, "object of type 'NoneType' has no len()");
}

TEST(length_hint_falls_back_to_default)
{
    OWN iterator = ks_eval("iter([1, 2, 3])"), generator = ks_eval("(x for x in ())");
    CU_ASSERT_EQUAL(PyObject_LengthHint(iterator, 9), 3);
    CU_ASSERT_EQUAL(PyObject_LengthHint(generator, 9), 9);
    OWN bad = ks_eval("type('A', (), {'__length_hint__': lambda self: -5})()");
    MINUS_WITH(PyObject_LengthHint(bad, 0), PyExc_ValueError,
               "__length_hint__() should return >= 0");
}

TEST(items_by_key)
{
    OWN dict = PyDict_New();
    CU_ASSERT_EQUAL(PyObject_SetItem(dict, Py_True, Py_None), 0);
    GIVES(PyObject_GetItem(dict, Py_True), "None");
    CU_ASSERT_EQUAL(PyObject_DelItem(dict, Py_True), 0);
    NULL_WITH(PyObject_GetItem(dict, Py_True), PyExc_KeyError, "True");
    MINUS_WITH(PyObject_DelItemString(dict, "k"), PyExc_KeyError, "'k'");
}

TEST(get_item_not_subscriptable)
{
    OWN number = PyLong_FromLong(1);
    NULL_WITH(PyObject_GetItem(number, number), PyExc_TypeError,
              "'int' object is not subscriptable");
    MINUS_WITH(PyObject_SetItem(number, number, number), PyExc_TypeError,
               "'int' object does not support item assignment");
}

TEST(get_item_class_getitem)
{
    GIVES(PyObject_GetItem((PyObject *)&PyList_Type, (PyObject *)&PyLong_Type), "list[int]");
}

TEST(dir_is_sorted_list)
{
    OWN space = ks_exec("class A:\n def __dir__(self): return ('z', 'a')\na = A()\n");
    GIVES(PyObject_Dir(ks_name(space, "a")), "['a', 'z']");
}

TEST(format_wants_str_spec)
{
    OWN number = PyLong_FromLong(255), spec = PyUnicode_FromString("#x");
    GIVES(PyObject_Format(number, spec), "'0xff'");
    GIVES(PyObject_Format(number, NULL), "'255'");
    NULL_WITH(PyObject_Format(number, number), PyExc_SystemError,
              "Format specifier must be a string, not int");
}

TEST(self_iter_and_callable)
{
    OWN list = PyList_New(0);
    CU_ASSERT_EQUAL(PyCallable_Check(list), 0);
    CU_ASSERT_EQUAL(PyCallable_Check((PyObject *)&PyList_Type), 1);
    CU_ASSERT_EQUAL(PyCallable_Check(NULL), 0);
    OWN same = PyObject_SelfIter(list);
    CU_ASSERT_PTR_EQUAL(same, list);
}

TEST(as_file_descriptor)
{
    OWN number = PyLong_FromLong(7), negative = PyLong_FromLong(-7);
    CU_ASSERT_EQUAL(PyObject_AsFileDescriptor(number), 7);
    MINUS_WITH(PyObject_AsFileDescriptor(negative), PyExc_ValueError,
               "file descriptor cannot be a negative integer (-7)");
    MINUS_WITH(PyObject_AsFileDescriptor(Py_None), PyExc_TypeError,
               "argument must be an int, or have a fileno() method.");
}

TEST(repr_enter_detects_recursion)
{
    OWN list = PyList_New(0);
    CU_ASSERT_EQUAL(Py_ReprEnter(list), 0);
    CU_ASSERT_EQUAL(Py_ReprEnter(list), 1);
    Py_ReprLeave(list);
    CU_ASSERT_EQUAL(Py_ReprEnter(list), 0);
    Py_ReprLeave(list);
}

TEST(reference_functions_count)
{
    OWN list = PyList_New(0);
    Py_IncRef(list);
    CU_ASSERT_EQUAL(Py_REFCNT(list), 2);
    Py_DecRef(list);
    PyObject *same = Py_NewRef(list), *other = Py_XNewRef(list);
    CU_ASSERT_EQUAL(Py_REFCNT(list), 3);
    Py_DECREF(same);
    Py_DECREF(other);
    CU_ASSERT_EQUAL(Py_REFCNT(list), 1);
    Py_IncRef(NULL);
    Py_DecRef(NULL);
    CU_ASSERT_PTR_NULL(Py_XNewRef(NULL));
}

TEST(print_to_file)
{
    char text[64] = {0};
    FILE *file = fmemopen(text, sizeof(text), "w");
    OWN string = PyUnicode_FromString("hi");
    CU_ASSERT_EQUAL(PyObject_Print(string, file, 0), 0);
    CU_ASSERT_EQUAL(PyObject_Print(string, file, Py_PRINT_RAW), 0);
    CU_ASSERT_EQUAL(PyObject_Print(NULL, file, 0), 0);
    fclose(file);
    CU_ASSERT_STRING_EQUAL(text, "'hi'hi<nil>");
}

TEST(identity_helpers)
{
    CU_ASSERT(Py_Is(Py_None, Py_None));
    CU_ASSERT(Py_IsTrue(Py_True));
    CU_ASSERT(Py_IsFalse(Py_False));
    CU_ASSERT(!Py_IsNone(Py_True));
}

static PyObject *
make_instance(void)
{
    return PyObject_CallNoArgs(PyExc_ValueError);
}

TEST(instance_creation_survives_each_failure)
{
    CU_ASSERT(ks_fail_sweep(make_instance) >= 1);
}

void
add_object_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_get_attr_returns_new_reference);
    CU_ADD_TEST(suite, test_get_attr_missing_raises_attribute_error);
    CU_ADD_TEST(suite, test_get_attr_error_carries_name_and_object);
    CU_ADD_TEST(suite, test_get_attr_name_must_be_str);
    CU_ADD_TEST(suite, test_set_attr_holds_one_reference);
    CU_ADD_TEST(suite, test_set_attr_null_deletes);
    CU_ADD_TEST(suite, test_set_attr_on_builtin_instance_fails);
    CU_ADD_TEST(suite, test_set_attr_read_only_slot_wrapper);
    CU_ADD_TEST(suite, test_set_attr_on_builtin_type_fails);
    CU_ADD_TEST(suite, test_has_attr_swallows_any_exception);
    CU_ADD_TEST(suite, test_generic_get_attr_prefers_data_descriptor);
    CU_ADD_TEST(suite, test_generic_set_attr_writes_instance_dict);
    CU_ADD_TEST(suite, test_generic_get_dict_returns_live_dict);
    CU_ADD_TEST(suite, test_generic_set_dict_wants_dict);
    CU_ADD_TEST(suite, test_repr_of_null);
    CU_ADD_TEST(suite, test_repr_must_return_str);
    CU_ADD_TEST(suite, test_str_must_return_str);
    CU_ADD_TEST(suite, test_str_of_str_is_itself);
    CU_ADD_TEST(suite, test_ascii_escapes);
    CU_ADD_TEST(suite, test_bytes_uses_dunder_bytes);
    CU_ADD_TEST(suite, test_rich_compare_identity_only_in_bool_form);
    CU_ADD_TEST(suite, test_rich_compare_unordered_types);
    CU_ADD_TEST(suite, test_rich_compare_tries_subclass_first);
    CU_ADD_TEST(suite, test_hash_not_implemented);
    CU_ADD_TEST(suite, test_hash_of_minus_one_is_minus_two);
    CU_ADD_TEST(suite, test_is_true_follows_bool_then_len);
    CU_ADD_TEST(suite, test_is_instance_takes_nested_tuple);
    CU_ADD_TEST(suite, test_is_subclass_asks_metaclass);
    CU_ADD_TEST(suite, test_type_is_new_reference);
    CU_ADD_TEST(suite, test_size_and_length);
    CU_ADD_TEST(suite, test_length_hint_falls_back_to_default);
    CU_ADD_TEST(suite, test_items_by_key);
    CU_ADD_TEST(suite, test_get_item_not_subscriptable);
    CU_ADD_TEST(suite, test_get_item_class_getitem);
    CU_ADD_TEST(suite, test_dir_is_sorted_list);
    CU_ADD_TEST(suite, test_format_wants_str_spec);
    CU_ADD_TEST(suite, test_self_iter_and_callable);
    CU_ADD_TEST(suite, test_as_file_descriptor);
    CU_ADD_TEST(suite, test_repr_enter_detects_recursion);
    CU_ADD_TEST(suite, test_reference_functions_count);
    CU_ADD_TEST(suite, test_print_to_file);
    CU_ADD_TEST(suite, test_identity_helpers);
    CU_ADD_TEST(suite, test_instance_creation_survives_each_failure);
}
