/* SPDX-License-Identifier: MIT */
/* str: PyUnicode_FromFormat, the % operator, the writer that grows a string. */
#include "capi.h"

TEST(integers)
{
    GIVES(PyUnicode_FromFormat("%d|%i|%u", -5, 6, 7u), "'-5|6|7'");
    GIVES(PyUnicode_FromFormat("%ld|%lu|%lld|%llu", -1L, 1UL, -2LL, 2ULL), "'-1|1|-2|2'");
    GIVES(PyUnicode_FromFormat("%zd|%zu|%x", (Py_ssize_t)-3, (size_t)4, 255), "'-3|4|ff'");
}

TEST(widths_and_zeros)
{
    GIVES(PyUnicode_FromFormat("[%5d|%05d|%.3d]", 42, 42, 7), "'[   42|00042|007]'");
    GIVES(PyUnicode_FromFormat("[%5s|%.2s]", "abc", "xyz"), "'[  abc|xy]'");
}

TEST(characters)
{
    GIVES(PyUnicode_FromFormat("%c%c", 'a', 0xe9), "'a\xc3\xa9'");
    NULL_WITH(PyUnicode_FromFormat("%c", 0x110000), PyExc_OverflowError,
              "character argument not in range(0x110000)");
}

TEST(strings_replace_bad_utf8)
{
    GIVES(PyUnicode_FromFormat("%s", "a\xff"), "'a\xef\xbf\xbd'");
}

TEST(objects)
{
    OWN text = PyUnicode_FromString("\xc3\xa9");
    GIVES(PyUnicode_FromFormat("%S %R %A %U", text, text, text, text),
          "\"\xc3\xa9 '\xc3\xa9' '\\\\xe9' \xc3\xa9\"");
}

TEST(object_or_string)
{
    OWN text = PyUnicode_FromString("obj");
    GIVES(PyUnicode_FromFormat("%V %V", text, "unused", NULL, "fallback"), "'obj fallback'");
}

TEST(pointer_has_prefix)
{
    GIVES(PyUnicode_FromFormat("%p", (void *)0x1234), "'0x1234'");
}

TEST(unknown_code_ends_conversion)
{
    GIVES(PyUnicode_FromFormat("100%%"), "'100%'");
    GIVES(PyUnicode_FromFormat("a%q %d", 3), "'a%q %d'");
}

TEST(format_text_must_be_ascii)
{
    NULL_WITH(PyUnicode_FromFormat("\xc3\xa9"), PyExc_ValueError,
              "PyUnicode_FromFormatV() expects an ASCII-encoded format string, got a non-ASCII "
              "byte: 0xc3");
}

TEST(error_inside_repr)
{
    OWN object = ks_eval("type('A', (), {'__repr__': lambda self: 1 // 0})()");
    NULL_WITH(PyUnicode_FromFormat("%R", object), PyExc_ZeroDivisionError, NULL);
}

TEST(percent_operator)
{
    OWN format = PyUnicode_FromString("%s-%05.1f-%(x)"), plain = PyUnicode_FromString("%s-%05.1f");
    OWN args = ks_eval("('a', 2.25)");
    GIVES(PyUnicode_Format(plain, args), "'a-002.2'");
    NULL_WITH(PyUnicode_Format(format, args), PyExc_TypeError, "format requires a mapping");
    OWN many = ks_eval("(1, 2, 3)");
    NULL_WITH(PyUnicode_Format(plain, many), PyExc_TypeError,
              "not all arguments converted during string formatting");
}

TEST(writer_grows_and_widens)
{
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    writer.overallocate = 1;
    CU_ASSERT_EQUAL(_PyUnicodeWriter_WriteASCIIString(&writer, "abc", 3), 0);
    CU_ASSERT_EQUAL(_PyUnicodeWriter_WriteChar(&writer, 0x20ac), 0);
    OWN text = PyUnicode_FromString("hello");
    CU_ASSERT_EQUAL(_PyUnicodeWriter_WriteStr(&writer, text), 0);
    CU_ASSERT_EQUAL(_PyUnicodeWriter_WriteSubstring(&writer, text, 1, 3), 0);
    CU_ASSERT_EQUAL(_PyUnicodeWriter_WriteLatin1String(&writer, "z", 1), 0);
    GIVES(_PyUnicodeWriter_Finish(&writer), "'abc\xe2\x82\xachelloelz'");
}

TEST(writer_of_nothing)
{
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    GIVES(_PyUnicodeWriter_Finish(&writer), "''");
}

TEST(writer_dealloc_drops_buffer)
{
    _PyUnicodeWriter writer;
    OWN text = PyUnicode_FromString("text kept");
    _PyUnicodeWriter_Init(&writer);
    CU_ASSERT_EQUAL(_PyUnicodeWriter_WriteStr(&writer, text), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(text), 2);
    _PyUnicodeWriter_Dealloc(&writer);
    CU_ASSERT_EQUAL(Py_REFCNT(text), 1);
}

TEST(os_snprintf_terminates)
{
    char text[5];
    CU_ASSERT_EQUAL(PyOS_snprintf(text, sizeof(text), "%s", "abcdefgh"), 8);
    CU_ASSERT_STRING_EQUAL(text, "abcd");
}

TEST(os_mystricmp)
{
    CU_ASSERT_EQUAL(PyOS_mystricmp("HeLLo", "hello"), 0);
    CU_ASSERT_EQUAL(PyOS_mystrnicmp("HELLx", "helly", 4), 0);
    CU_ASSERT(PyOS_mystricmp("a", "b") < 0);
}

static PyObject *
make_formatted(void)
{
    return PyUnicode_FromFormat("%s and %d and %s, together a long text", "one", 2, "three");
}

TEST(from_format_survives_each_failure)
{
    CU_ASSERT(ks_fail_sweep(make_formatted) >= 1);
}

void
add_str_format_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_integers);
    CU_ADD_TEST(suite, test_widths_and_zeros);
    CU_ADD_TEST(suite, test_characters);
    CU_ADD_TEST(suite, test_strings_replace_bad_utf8);
    CU_ADD_TEST(suite, test_objects);
    CU_ADD_TEST(suite, test_object_or_string);
    CU_ADD_TEST(suite, test_pointer_has_prefix);
    CU_ADD_TEST(suite, test_unknown_code_ends_conversion);
    CU_ADD_TEST(suite, test_format_text_must_be_ascii);
    CU_ADD_TEST(suite, test_error_inside_repr);
    CU_ADD_TEST(suite, test_percent_operator);
    CU_ADD_TEST(suite, test_writer_grows_and_widens);
    CU_ADD_TEST(suite, test_writer_of_nothing);
    CU_ADD_TEST(suite, test_writer_dealloc_drops_buffer);
    CU_ADD_TEST(suite, test_os_snprintf_terminates);
    CU_ADD_TEST(suite, test_os_mystricmp);
    CU_ADD_TEST(suite, test_from_format_survives_each_failure);
}
