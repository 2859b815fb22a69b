/* SPDX-License-Identifier: MIT */
/* str: the kinds of storage, access to single characters, searching, comparing, interning. */
#include "capi.h"

TEST(from_string_picks_narrowest_kind)
{
    OWN ascii = PyUnicode_FromString("abc"), latin = PyUnicode_FromString("\xc3\xa9");
    OWN wide = PyUnicode_FromString("\xe2\x82\xac"),
        astral = PyUnicode_FromString("\xf0\x9f\x90\x8d");
    CU_ASSERT(PyUnicode_IS_COMPACT_ASCII(ascii));
    CU_ASSERT_EQUAL(PyUnicode_KIND(latin), PyUnicode_1BYTE_KIND);
    CU_ASSERT(!PyUnicode_IS_ASCII(latin));
    CU_ASSERT_EQUAL(PyUnicode_KIND(wide), PyUnicode_2BYTE_KIND);
    CU_ASSERT_EQUAL(PyUnicode_KIND(astral), PyUnicode_4BYTE_KIND);
    CU_ASSERT_EQUAL(PyUnicode_GetLength(astral), 1);
}

TEST(new_reserves_and_writes)
{
    OWN text = PyUnicode_New(3, 0x20ac);
    CU_ASSERT_EQUAL(PyUnicode_GetLength(text), 3);
    CU_ASSERT_EQUAL(PyUnicode_WriteChar(text, 0, 'a'), 0);
    CU_ASSERT_EQUAL(PyUnicode_WriteChar(text, 1, 0x20ac), 0);
    CU_ASSERT_EQUAL(PyUnicode_WriteChar(text, 2, 'c'), 0);
    CU_ASSERT_EQUAL(PyUnicode_ReadChar(text, 1), 0x20ac);
    OWN same = PyUnicode_FromString("a\xe2\x82\xac" "c");
    CU_ASSERT_EQUAL(PyUnicode_Compare(text, same), 0);
}

TEST(new_refuses_bad_sizes)
{
    NULL_WITH(PyUnicode_New(-1, 127), PyExc_SystemError, "Negative size passed to PyUnicode_New");
    NULL_WITH(PyUnicode_New(1, 0x110000), PyExc_SystemError,
              "invalid maximum character passed to PyUnicode_New");
}

TEST(empty_is_shared)
{
    OWN one = PyUnicode_New(0, 0), two = PyUnicode_FromString("");
    CU_ASSERT_PTR_EQUAL(one, two);
}

TEST(latin1_characters_are_shared)
{
    OWN one = PyUnicode_FromString("x"), two = PyUnicode_FromOrdinal('x');
    CU_ASSERT_PTR_EQUAL(one, two);
    OWN three = PyUnicode_FromOrdinal(0xe9), four = PyUnicode_FromString("\xc3\xa9");
    CU_ASSERT_PTR_EQUAL(three, four);
}

TEST(from_ordinal_range)
{
    NULL_WITH(PyUnicode_FromOrdinal(0x110000), PyExc_ValueError,
              "chr() arg not in range(0x110000)");
    NULL_WITH(PyUnicode_FromOrdinal(-1), PyExc_ValueError, "chr() arg not in range(0x110000)");
}

TEST(read_and_write_check_index)
{
    OWN text = PyUnicode_New(2, 127);
    PyUnicode_WriteChar(text, 0, 'a');
    PyUnicode_WriteChar(text, 1, 'b');
    CU_ASSERT_EQUAL(PyUnicode_ReadChar(text, 2), (Py_UCS4)-1);
    CU_ASSERT(ks_took_message(PyExc_IndexError, "string index out of range"));
    MINUS_WITH(PyUnicode_WriteChar(text, 5, 'c'), PyExc_IndexError, "string index out of range");
    MINUS_WITH(PyUnicode_WriteChar(text, 0, 0x100), PyExc_ValueError, "character out of range");
}

TEST(write_to_shared_string_fails)
{
    OWN text = PyUnicode_FromString("shared"), other = Py_NewRef(text);
    CU_ASSERT_EQUAL(PyUnicode_WriteChar(text, 0, 'x'), -1);
    CU_ASSERT(ks_took_message(PyExc_SystemError, "Cannot modify a string currently used"));
    READS(other, "'shared'");
}

TEST(from_kind_and_data_narrows)
{
    Py_UCS4 wide[] = {'a', 'b', 0xe9};
    OWN text = PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, wide, 3);
    CU_ASSERT_EQUAL(PyUnicode_KIND(text), PyUnicode_1BYTE_KIND);
    CU_ASSERT_EQUAL(PyUnicode_READ_CHAR(text, 2), 0xe9);
    NULL_WITH(PyUnicode_FromKindAndData(9, wide, 3), PyExc_SystemError, "invalid kind");
    NULL_WITH(PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, wide, -1), PyExc_ValueError,
              "size must be positive");
}

TEST(from_string_and_size_null_is_empty)
{
    OWN text = PyUnicode_FromStringAndSize("a\0b", 3);
    CU_ASSERT_EQUAL(PyUnicode_GetLength(text), 3);
    NULL_WITH(PyUnicode_FromStringAndSize("x", -1), PyExc_SystemError,
              "Negative size passed to PyUnicode_FromStringAndSize");
}

TEST(as_utf8_is_cached)
{
    OWN text = PyUnicode_FromString("\xe2\x82\xac uro");
    Py_ssize_t size = 0;
    const char *first = PyUnicode_AsUTF8AndSize(text, &size);
    CU_ASSERT_EQUAL(size, 7);
    CU_ASSERT_STRING_EQUAL(first, "\xe2\x82\xac uro");
    CU_ASSERT_PTR_EQUAL(PyUnicode_AsUTF8(text), first);
}

TEST(as_utf8_refuses_surrogate_and_non_str)
{
    OWN text = PyUnicode_FromOrdinal(0xd800);
    CU_ASSERT_PTR_NULL(PyUnicode_AsUTF8(text));
    CU_ASSERT(ks_took_message(PyExc_UnicodeEncodeError, "'utf-8' codec can't encode character "
                              "'\\ud800' in position 0: surrogates not allowed"));
    CU_ASSERT_PTR_NULL(PyUnicode_AsUTF8(Py_None));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "bad argument type for built-in operation"));
}

TEST(as_ucs4_copies)
{
    OWN text = PyUnicode_FromString("a\xe2\x82\xac");
    Py_UCS4 buffer[3] = {9, 9, 9};
    CU_ASSERT_PTR_EQUAL(PyUnicode_AsUCS4(text, buffer, 3, 1), buffer);
    CU_ASSERT_EQUAL(buffer[1], 0x20ac);
    CU_ASSERT_EQUAL(buffer[2], 0);
    CU_ASSERT_PTR_NULL(PyUnicode_AsUCS4(text, buffer, 1, 0));
    CU_ASSERT(ks_took_message(PyExc_SystemError,
                              "string is longer than the buffer"));
    Py_UCS4 *copy = PyUnicode_AsUCS4Copy(text);
    CU_ASSERT_EQUAL(copy[0], 'a');
    PyMem_Free(copy);
}

TEST(wide_char_round_trip)
{
    OWN text = PyUnicode_FromWideChar(L"h\x20ac\x1f40d", -1);
    CU_ASSERT_EQUAL(PyUnicode_GetLength(text), 3);
    Py_ssize_t size = 0;
    wchar_t *wide = PyUnicode_AsWideCharString(text, &size);
    CU_ASSERT_EQUAL(size, 3);
    CU_ASSERT_EQUAL(wide[2], 0x1f40d);
    PyMem_Free(wide);
    wchar_t two[2];
    CU_ASSERT_EQUAL(PyUnicode_AsWideChar(text, two, 2), 2);
    CU_ASSERT_EQUAL(two[1], 0x20ac);
}

TEST(wide_char_with_null_inside)
{
    OWN text = PyUnicode_FromStringAndSize("a\0b", 3);
    CU_ASSERT_PTR_NULL(PyUnicode_AsWideCharString(text, NULL));
    CU_ASSERT(ks_took_message(PyExc_ValueError, "embedded null character"));
}

TEST(concat_and_append)
{
    OWN left = PyUnicode_FromString("ab"), right = PyUnicode_FromString("\xe2\x82\xac");
    OWN joined = PyUnicode_Concat(left, right);
    CU_ASSERT_EQUAL(PyUnicode_GetLength(joined), 3);
    NULL_WITH(PyUnicode_Concat(left, Py_None), PyExc_TypeError,
              "can only concatenate str (not \"NoneType\") to str");
}

TEST(append_steals_left_on_error)
{
    PyObject *left = PyUnicode_FromString("ab");
    PyUnicode_Append(&left, Py_None);
    CU_ASSERT_PTR_NULL(left);
    CU_ASSERT(ks_took_exception(PyExc_SystemError));
}

TEST(append_and_del_drops_right)
{
    PyObject *left = PyUnicode_FromString("ab");
    OWN right = PyUnicode_FromString("cdef");
    Py_INCREF(right);
    PyUnicode_AppendAndDel(&left, right);
    CU_ASSERT_EQUAL(Py_REFCNT(right), 1);
    GIVES(left, "'abcdef'");
}

TEST(resize_shrinks_and_grows)
{
    PyObject *text = PyUnicode_New(4, 127);
    for (int i = 0; i < 4; i++)
        PyUnicode_WriteChar(text, i, 'a' + i);
    CU_ASSERT_EQUAL(PyUnicode_Resize(&text, 2), 0);
    READS(text, "'ab'");
    CU_ASSERT_EQUAL(PyUnicode_Resize(&text, 3), 0);
    CU_ASSERT_EQUAL(PyUnicode_GetLength(text), 3);
    Py_DECREF(text);
}

TEST(substring_clips)
{
    OWN text = PyUnicode_FromString("hello");
    GIVES(PyUnicode_Substring(text, 1, 3), "'el'");
    GIVES(PyUnicode_Substring(text, 3, 99), "'lo'");
    GIVES(PyUnicode_Substring(text, 4, 2), "''");
    NULL_WITH(PyUnicode_Substring(text, -1, 2), PyExc_IndexError, "string index out of range");
    OWN whole = PyUnicode_Substring(text, 0, 5);
    CU_ASSERT_PTR_EQUAL(whole, text);
}

TEST(find_both_directions)
{
    OWN text = PyUnicode_FromString("abcabc"), part = PyUnicode_FromString("bc");
    CU_ASSERT_EQUAL(PyUnicode_Find(text, part, 0, 6, 1), 1);
    CU_ASSERT_EQUAL(PyUnicode_Find(text, part, 0, 6, -1), 4);
    CU_ASSERT_EQUAL(PyUnicode_Find(text, part, 2, 4, 1), -1);
    CU_ASSERT_EQUAL(PyUnicode_FindChar(text, 'c', 0, 6, -1), 5);
    CU_ASSERT_EQUAL(PyUnicode_FindChar(text, 'z', 0, 6, 1), -1);
    CU_ASSERT_EQUAL(PyUnicode_Find(text, Py_None, 0, 6, 1), -2);
    CU_ASSERT(ks_took_message(PyExc_TypeError, "must be str, not NoneType"));
}

TEST(count_and_contains)
{
    OWN text = PyUnicode_FromString("aaaa"), part = PyUnicode_FromString("aa");
    CU_ASSERT_EQUAL(PyUnicode_Count(text, part, 0, 4), 2);
    CU_ASSERT_EQUAL(PyUnicode_Contains(text, part), 1);
    MINUS_WITH(PyUnicode_Contains(text, Py_None), PyExc_TypeError,
               "'in <string>' requires string as left operand, not NoneType");
}

TEST(tailmatch)
{
    OWN text = PyUnicode_FromString("prefix"), part = PyUnicode_FromString("pre");
    CU_ASSERT_EQUAL(PyUnicode_Tailmatch(text, part, 0, 6, -1), 1);
    CU_ASSERT_EQUAL(PyUnicode_Tailmatch(text, part, 0, 6, 1), 0);
}

TEST(replace_with_limit)
{
    OWN text = PyUnicode_FromString("aXaXa"), old = PyUnicode_FromString("X");
    OWN put = PyUnicode_FromString("--");
    GIVES(PyUnicode_Replace(text, old, put, -1), "'a--a--a'");
    GIVES(PyUnicode_Replace(text, old, put, 1), "'a--aXa'");
}

TEST(split_and_rsplit)
{
    OWN text = PyUnicode_FromString(" a  b c "), space = PyUnicode_FromString(" ");
    GIVES(PyUnicode_Split(text, NULL, -1), "['a', 'b', 'c']");
    GIVES(PyUnicode_Split(text, space, 2), "['', 'a', ' b c ']");
    GIVES(PyUnicode_RSplit(text, NULL, 1), "[' a  b', 'c']");
    OWN empty = PyUnicode_FromString("");
    NULL_WITH(PyUnicode_Split(text, empty, -1), PyExc_ValueError, "empty separator");
}

TEST(splitlines_and_partition)
{
    OWN text = PyUnicode_FromString("a\r\nb\x0b" "c"), separator = PyUnicode_FromString("b");
    GIVES(PyUnicode_Splitlines(text, 0), "['a', 'b', 'c']");
    GIVES(PyUnicode_Splitlines(text, 1), "['a\\r\\n', 'b\\x0b', 'c']");
    GIVES(PyUnicode_Partition(text, separator), "('a\\r\\n', 'b', '\\x0bc')");
    GIVES(PyUnicode_RPartition(text, text), "('', 'a\\r\\nb\\x0bc', '')");
}

TEST(join_checks_items)
{
    OWN separator = PyUnicode_FromString(", "), good = ks_eval("('a', 'b')"),
        bad = ks_eval("['a', 1]");
    GIVES(PyUnicode_Join(separator, good), "'a, b'");
    NULL_WITH(PyUnicode_Join(separator, bad), PyExc_TypeError,
              "sequence item 1: expected str instance, int found");
    NULL_WITH(PyUnicode_Join(separator, Py_None), PyExc_TypeError, "can only join an iterable");
}

TEST(join_of_one_str_is_itself)
{
    OWN list = ks_eval("['only one here']");
    OWN joined = PyUnicode_Join(NULL, list);
    CU_ASSERT_PTR_EQUAL(joined, PyList_GET_ITEM(list, 0));
}

TEST(compare_orders_by_code_point)
{
    OWN low = PyUnicode_FromString("\xef\xbf\xbd"), high = PyUnicode_FromString("\xf0\x9f\x90\x8d");
    CU_ASSERT_EQUAL(PyUnicode_Compare(low, high), -1);
    CU_ASSERT_EQUAL(PyUnicode_Compare(high, low), 1);
    CU_ASSERT_EQUAL(PyUnicode_CompareWithASCIIString(low, "z"), 1);
    GIVES(PyUnicode_RichCompare(low, Py_None, Py_EQ), "NotImplemented");
}

TEST(compare_refuses_others)
{
    OWN text = PyUnicode_FromString("a");
    MINUS_WITH(PyUnicode_Compare(text, Py_None), PyExc_TypeError,
               "Can't compare str and NoneType");
}

TEST(intern_merges_equal_strings)
{
    PyObject *one = PyUnicode_FromString("kept only once"),
        *two = PyUnicode_FromString("kept only once");
    CU_ASSERT_PTR_NOT_EQUAL(one, two);
    PyUnicode_InternInPlace(&one);
    PyUnicode_InternInPlace(&two);
    CU_ASSERT_PTR_EQUAL(one, two);
    CU_ASSERT_EQUAL(PyUnicode_CHECK_INTERNED(one), SSTATE_INTERNED_MORTAL);
    OWN three = PyUnicode_InternFromString("kept only once");
    CU_ASSERT_PTR_EQUAL(one, three);
    Py_DECREF(one);
    Py_DECREF(two);
}

TEST(identifiers)
{
    OWN good = PyUnicode_FromString("na\xc3\xafve_1"), bad = PyUnicode_FromString("1a"),
        empty = PyUnicode_FromString("");
    CU_ASSERT_EQUAL(PyUnicode_IsIdentifier(good), 1);
    CU_ASSERT_EQUAL(PyUnicode_IsIdentifier(bad), 0);
    CU_ASSERT_EQUAL(PyUnicode_IsIdentifier(empty), 0);
}

TEST(fill_and_copy_characters)
{
    OWN text = PyUnicode_New(5, 127), part = PyUnicode_FromString("xyz");
    CU_ASSERT_EQUAL(PyUnicode_Fill(text, 0, 99, '-'), 5);
    CU_ASSERT_EQUAL(PyUnicode_CopyCharacters(text, 1, part, 0, 2), 2);
    READS(text, "'-xy--'");
    OWN wide = PyUnicode_FromOrdinal(0x20ac), fresh = PyUnicode_New(2, 127);
    CU_ASSERT_EQUAL(PyUnicode_CopyCharacters(fresh, 0, wide, 0, 1), -1);
    CU_ASSERT(ks_took_exception(PyExc_SystemError));
}

TEST(from_object_keeps_exact_str)
{
    OWN text = PyUnicode_FromString("exact text"), same = PyUnicode_FromObject(text);
    CU_ASSERT_PTR_EQUAL(text, same);
    OWN sub = ks_eval("type('S', (str,), {})('sub text')"), plain = PyUnicode_FromObject(sub);
    CU_ASSERT(PyUnicode_CheckExact(plain));
    NULL_WITH(PyUnicode_FromObject(Py_None), PyExc_TypeError,
              "Can't convert 'NoneType' object to str implicitly");
}

TEST(hash_is_stored)
{
    OWN text = PyUnicode_FromString("to be hashed");
    CU_ASSERT_EQUAL(((PyASCIIObject *)text)->hash, -1);
    Py_hash_t hash = PyObject_Hash(text);
    CU_ASSERT_EQUAL(((PyASCIIObject *)text)->hash, hash);
    OWN bytes = PyBytes_FromString("to be hashed");
    CU_ASSERT_EQUAL(PyObject_Hash(bytes), hash);
}

TEST(translate_with_mapping)
{
    OWN text = PyUnicode_FromString("abc"), table = ks_eval("{97: 'X', 98: None, 99: 100}");
    GIVES(PyUnicode_Translate(text, table, "ignore"), "'Xd'");
    NULL_WITH(PyUnicode_Translate(text, table, NULL), PyExc_UnicodeTranslateError,
              "can't translate character '\\x62' in position 1: character maps to <undefined>");
}

TEST(character_classes)
{
    CU_ASSERT(Py_UNICODE_ISALPHA(0xe9));
    CU_ASSERT(Py_UNICODE_ISDECIMAL(0x661));
    CU_ASSERT_EQUAL(Py_UNICODE_TODECIMAL(0x661), 1);
    CU_ASSERT_EQUAL(Py_UNICODE_TONUMERIC(0xbd), 0.5);
    CU_ASSERT_EQUAL(Py_UNICODE_TOUPPER(0xe9), 0xc9);
    CU_ASSERT(Py_UNICODE_ISSPACE(0x2003));
    CU_ASSERT(!Py_UNICODE_ISPRINTABLE(0x200b));
}

static PyObject *
make_replaced(void)
{
    OWN text = PyUnicode_FromString("a-b-c-d-e-f"), old = PyUnicode_FromString("-");
    OWN put = PyUnicode_FromString("\xe2\x82\xac\xe2\x82\xac");
    return text == NULL || old == NULL || put == NULL ? NULL : PyUnicode_Replace(text, old, put,
            -1);
}

TEST(replace_survives_each_failure)
{
    CU_ASSERT(ks_fail_sweep(make_replaced) >= 3);
}

static PyObject *
make_split(void)
{
    OWN text = PyUnicode_FromString("alpha beta gamma delta");
    return text == NULL ? NULL : PyUnicode_Split(text, NULL, -1);
}

TEST(split_survives_each_failure)
{
    CU_ASSERT(ks_fail_sweep(make_split) >= 3);
}

TEST(new_out_of_memory)
{
    ks_fail_after(0);
    PyObject *text = PyUnicode_New(100, 127);
    ks_fail_stop();
    NULL_WITH(text, PyExc_MemoryError, NULL);
}

TEST(append_out_of_memory)
{
    PyObject *left = PyUnicode_FromString("ab");
    OWN right = ks_eval("'x' * 10000");
    Py_ssize_t count = Py_REFCNT(right);
    ks_fail_after(0);
    PyUnicode_Append(&left, right);
    ks_fail_stop();
    CU_ASSERT_PTR_NULL(left);
    CU_ASSERT(ks_took_exception(PyExc_MemoryError));
    CU_ASSERT_EQUAL(Py_REFCNT(right), count);
}

void
add_str_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_from_string_picks_narrowest_kind);
    CU_ADD_TEST(suite, test_new_reserves_and_writes);
    CU_ADD_TEST(suite, test_new_refuses_bad_sizes);
    CU_ADD_TEST(suite, test_empty_is_shared);
    CU_ADD_TEST(suite, test_latin1_characters_are_shared);
    CU_ADD_TEST(suite, test_from_ordinal_range);
    CU_ADD_TEST(suite, test_read_and_write_check_index);
    CU_ADD_TEST(suite, test_write_to_shared_string_fails);
    CU_ADD_TEST(suite, test_from_kind_and_data_narrows);
    CU_ADD_TEST(suite, test_from_string_and_size_null_is_empty);
    CU_ADD_TEST(suite, test_as_utf8_is_cached);
    CU_ADD_TEST(suite, test_as_utf8_refuses_surrogate_and_non_str);
    CU_ADD_TEST(suite, test_as_ucs4_copies);
    CU_ADD_TEST(suite, test_wide_char_round_trip);
    CU_ADD_TEST(suite, test_wide_char_with_null_inside);
    CU_ADD_TEST(suite, test_concat_and_append);
    CU_ADD_TEST(suite, test_append_steals_left_on_error);
    CU_ADD_TEST(suite, test_append_and_del_drops_right);
    CU_ADD_TEST(suite, test_resize_shrinks_and_grows);
    CU_ADD_TEST(suite, test_substring_clips);
    CU_ADD_TEST(suite, test_find_both_directions);
    CU_ADD_TEST(suite, test_count_and_contains);
    CU_ADD_TEST(suite, test_tailmatch);
    CU_ADD_TEST(suite, test_replace_with_limit);
    CU_ADD_TEST(suite, test_split_and_rsplit);
    CU_ADD_TEST(suite, test_splitlines_and_partition);
    CU_ADD_TEST(suite, test_join_checks_items);
    CU_ADD_TEST(suite, test_join_of_one_str_is_itself);
    CU_ADD_TEST(suite, test_compare_orders_by_code_point);
    CU_ADD_TEST(suite, test_compare_refuses_others);
    CU_ADD_TEST(suite, test_intern_merges_equal_strings);
    CU_ADD_TEST(suite, test_identifiers);
    CU_ADD_TEST(suite, test_fill_and_copy_characters);
    CU_ADD_TEST(suite, test_from_object_keeps_exact_str);
    CU_ADD_TEST(suite, test_hash_is_stored);
    CU_ADD_TEST(suite, test_translate_with_mapping);
    CU_ADD_TEST(suite, test_character_classes);
    CU_ADD_TEST(suite, test_replace_survives_each_failure);
    CU_ADD_TEST(suite, test_split_survives_each_failure);
    CU_ADD_TEST(suite, test_new_out_of_memory);
    CU_ADD_TEST(suite, test_append_out_of_memory);
}
