/* SPDX-License-Identifier: MIT */
/* bytes: creation, the two ways to read, concatenation, resizing. */
#include "capi.h"

TEST(from_string_and_size)
{
    GIVES(PyBytes_FromStringAndSize("a\0b", 3), "b'a\\x00b'");
    OWN fresh = PyBytes_FromStringAndSize(NULL, 4);
    CU_ASSERT_EQUAL(PyBytes_GET_SIZE(fresh), 4);
    CU_ASSERT_EQUAL(PyBytes_AS_STRING(fresh)[4], '\0');
    NULL_WITH(PyBytes_FromStringAndSize("a", -1), PyExc_SystemError,
              "Negative size passed to PyBytes_FromStringAndSize");
}

TEST(empty_and_single_are_shared)
{
    OWN one = PyBytes_FromString(""), two = PyBytes_FromStringAndSize(NULL, 0);
    CU_ASSERT_PTR_EQUAL(one, two);
    OWN three = PyBytes_FromString("q"), four = PyBytes_FromStringAndSize("q", 1);
    CU_ASSERT_PTR_EQUAL(three, four);
}

TEST(as_string_checks_type)
{
    OWN bytes = PyBytes_FromString("abc");
    CU_ASSERT_STRING_EQUAL(PyBytes_AsString(bytes), "abc");
    CU_ASSERT_EQUAL(PyBytes_Size(bytes), 3);
    CU_ASSERT_PTR_NULL(PyBytes_AsString(Py_None));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "expected bytes, NoneType found"));
    MINUS_WITH(PyBytes_Size(Py_None), PyExc_TypeError, "expected bytes, NoneType found");
}

TEST(as_string_and_size_refuses_null_without_size)
{
    OWN bytes = PyBytes_FromStringAndSize("a\0b", 3);
    char *text;
    Py_ssize_t size;
    CU_ASSERT_EQUAL(PyBytes_AsStringAndSize(bytes, &text, &size), 0);
    CU_ASSERT_EQUAL(size, 3);
    MINUS_WITH(PyBytes_AsStringAndSize(bytes, &text, NULL), PyExc_ValueError,
               "embedded null byte");
}

TEST(from_object_kinds)
{
    OWN list = ks_eval("[1, 2]"), array = ks_eval("bytearray(b'xy')"), bad = ks_eval("[256]");
    GIVES(PyBytes_FromObject(list), "b'\\x01\\x02'");
    GIVES(PyBytes_FromObject(array), "b'xy'");
    NULL_WITH(PyBytes_FromObject(bad), PyExc_ValueError, "bytes must be in range(0, 256)");
    OWN text = PyUnicode_FromString("x");
    NULL_WITH(PyBytes_FromObject(text), PyExc_TypeError,
              "cannot convert 'str' object to bytes");
}

TEST(from_format)
{
    GIVES(PyBytes_FromFormat("%s=%d%c%x %zd %%", "k", 5, 'x', 255, (Py_ssize_t)-1),
          "b'k=5xff -1 %'");
    GIVES(PyBytes_FromFormat("%.2s|%p", "abc", (void *)0x10), "b'ab|0x10'");
}

TEST(concat_makes_new)
{
    PyObject *left = PyBytes_FromString("ab");
    OWN right = PyBytes_FromString("cd");
    PyBytes_Concat(&left, right);
    CU_ASSERT_EQUAL(Py_REFCNT(right), 1);
    GIVES(left, "b'abcd'");
}

TEST(concat_error_clears_left)
{
    PyObject *left = PyBytes_FromString("ab");
    PyBytes_Concat(&left, Py_None);
    CU_ASSERT_PTR_NULL(left);
    CU_ASSERT(ks_took_message(PyExc_TypeError, "can't concat NoneType to bytes"));
}

TEST(concat_and_del)
{
    PyObject *left = PyBytes_FromString("ab");
    OWN right = PyBytes_FromString("cd");
    PyBytes_ConcatAndDel(&left, Py_NewRef(right));
    CU_ASSERT_EQUAL(Py_REFCNT(right), 1);
    GIVES(left, "b'abcd'");
}

TEST(resize)
{
    PyObject *bytes = PyBytes_FromStringAndSize("abcdef", 6);
    CU_ASSERT_EQUAL(_PyBytes_Resize(&bytes, 2), 0);
    GIVES(bytes, "b'ab'");
}

TEST(resize_shared_fails)
{
    PyObject *bytes = PyBytes_FromStringAndSize("abcdef", 6);
    OWN other = Py_NewRef(bytes);
    CU_ASSERT_EQUAL(_PyBytes_Resize(&bytes, 2), -1);
    CU_ASSERT_PTR_NULL(bytes);
    CU_ASSERT(ks_took_exception(PyExc_SystemError));
    CU_ASSERT_EQUAL(Py_REFCNT(other), 1);
}

TEST(decode_escape)
{
    GIVES(PyBytes_DecodeEscape("a\\x41\\n\\101", 11, NULL, 0, NULL), "b'aA\\nA'");
    NULL_WITH(PyBytes_DecodeEscape("\\x4", 3, NULL, 0, NULL), PyExc_ValueError,
              "invalid \\x escape at position 0");
}

TEST(repr_chooses_quote)
{
    OWN bytes = PyBytes_FromString("it's");
    GIVES(PyBytes_Repr(bytes, 1), "'b\"it\\'s\"'");
    GIVES(PyBytes_Repr(bytes, 0), "\"b'it\\\\'s'\"");
}

static PyObject *
make_bytes(void)
{
    return PyBytes_FromStringAndSize(NULL, 100);
}

TEST(creation_survives_each_failure)
{
    CU_ASSERT(ks_fail_sweep(make_bytes) >= 1);
}

TEST(resize_out_of_memory)
{
    PyObject *bytes = PyBytes_FromStringAndSize("abcdef", 6);
    ks_fail_after(0);
    int done = _PyBytes_Resize(&bytes, 100000);
    ks_fail_stop();
    MINUS_WITH(done, PyExc_MemoryError, NULL);
    CU_ASSERT_PTR_NULL(bytes);
}

void
add_bytes_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_from_string_and_size);
    CU_ADD_TEST(suite, test_empty_and_single_are_shared);
    CU_ADD_TEST(suite, test_as_string_checks_type);
    CU_ADD_TEST(suite, test_as_string_and_size_refuses_null_without_size);
    CU_ADD_TEST(suite, test_from_object_kinds);
    CU_ADD_TEST(suite, test_from_format);
    CU_ADD_TEST(suite, test_concat_makes_new);
    CU_ADD_TEST(suite, test_concat_error_clears_left);
    CU_ADD_TEST(suite, test_concat_and_del);
    CU_ADD_TEST(suite, test_resize);
    CU_ADD_TEST(suite, test_resize_shared_fails);
    CU_ADD_TEST(suite, test_decode_escape);
    CU_ADD_TEST(suite, test_repr_chooses_quote);
    CU_ADD_TEST(suite, test_creation_survives_each_failure);
    CU_ADD_TEST(suite, test_resize_out_of_memory);
}
