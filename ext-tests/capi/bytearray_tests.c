/* SPDX-License-Identifier: MIT */
/* bytearray: growth in place, and the lock that an exported buffer puts on its size. */
#include "capi.h"

TEST(from_string_and_size)
{
    OWN array = PyByteArray_FromStringAndSize("ab\0", 3);
    READS(array, "bytearray(b'ab\\x00')");
    CU_ASSERT_EQUAL(PyByteArray_Size(array), 3);
    CU_ASSERT_EQUAL(PyByteArray_AsString(array)[3], '\0');
}

TEST(is_writable)
{
    OWN array = PyByteArray_FromStringAndSize("abc", 3);
    PyByteArray_AS_STRING(array)[1] = 'X';
    READS(array, "bytearray(b'aXc')");
}

TEST(from_object)
{
    OWN bytes = PyBytes_FromString("hi");
    GIVES(PyByteArray_FromObject(bytes), "bytearray(b'hi')");
    NULL_WITH(PyByteArray_FromObject(Py_None), PyExc_TypeError,
              "cannot convert 'NoneType' object to bytearray");
}

TEST(concat)
{
    OWN array = PyByteArray_FromStringAndSize("a", 1), bytes = PyBytes_FromString("b");
    GIVES(PyByteArray_Concat(array, bytes), "bytearray(b'ab')");
    NULL_WITH(PyByteArray_Concat(array, Py_None), PyExc_TypeError,
              "can't concat NoneType to bytearray");
}

TEST(resize_keeps_content)
{
    OWN array = PyByteArray_FromStringAndSize("abcdef", 6);
    CU_ASSERT_EQUAL(PyByteArray_Resize(array, 3), 0);
    READS(array, "bytearray(b'abc')");
    CU_ASSERT_EQUAL(PyByteArray_Resize(array, 1000), 0);
    CU_ASSERT_EQUAL(memcmp(PyByteArray_AsString(array), "abc", 3), 0);
    CU_ASSERT_EQUAL(PyByteArray_Size(array), 1000);
}

TEST(resize_with_export_fails)
{
    OWN array = PyByteArray_FromStringAndSize("abcdef", 6);
    Py_buffer view;
    CU_ASSERT_EQUAL(PyObject_GetBuffer(array, &view, PyBUF_SIMPLE), 0);
    MINUS_WITH(PyByteArray_Resize(array, 100), PyExc_BufferError,
               "Existing exports of data: object cannot be re-sized");
    PyBuffer_Release(&view);
    CU_ASSERT_EQUAL(PyByteArray_Resize(array, 100), 0);
}

TEST(resize_out_of_memory_keeps_content)
{
    OWN array = PyByteArray_FromStringAndSize("abc", 3);
    ks_fail_after(0);
    int done = PyByteArray_Resize(array, 100000);
    ks_fail_stop();
    MINUS_WITH(done, PyExc_MemoryError, NULL);
    READS(array, "bytearray(b'abc')");
}

TEST(empty_string_is_terminated)
{
    OWN array = PyByteArray_FromStringAndSize(NULL, 0);
    CU_ASSERT_STRING_EQUAL(PyByteArray_AsString(array), "");
}

TEST(type_checks)
{
    OWN array = PyByteArray_FromStringAndSize("a", 1), bytes = PyBytes_FromString("a");
    CU_ASSERT(PyByteArray_Check(array));
    CU_ASSERT(PyByteArray_CheckExact(array));
    CU_ASSERT(!PyByteArray_Check(bytes));
    CU_ASSERT_EQUAL(PyObject_RichCompareBool(array, bytes, Py_EQ), 1);
}

void
add_bytearray_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_from_string_and_size);
    CU_ADD_TEST(suite, test_is_writable);
    CU_ADD_TEST(suite, test_from_object);
    CU_ADD_TEST(suite, test_concat);
    CU_ADD_TEST(suite, test_resize_keeps_content);
    CU_ADD_TEST(suite, test_resize_with_export_fails);
    CU_ADD_TEST(suite, test_resize_out_of_memory_keeps_content);
    CU_ADD_TEST(suite, test_empty_string_is_terminated);
    CU_ADD_TEST(suite, test_type_checks);
}
