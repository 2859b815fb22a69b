/* SPDX-License-Identifier: MIT */
/* str: encoders and decoders called by name or by function, their error handlers. */
#include "capi.h"

TEST(utf8_decode_errors_by_handler)
{
    NULL_WITH(PyUnicode_DecodeUTF8("a\xff", 2, NULL), PyExc_UnicodeDecodeError,
              "'utf-8' codec can't decode byte 0xff in position 1: invalid start byte");
    GIVES(PyUnicode_DecodeUTF8("a\xff" "b", 3, "ignore"), "'ab'");
    GIVES(PyUnicode_DecodeUTF8("a\xff" "b", 3, "backslashreplace"), "'a\\\\xffb'");
    GIVES(PyUnicode_DecodeUTF8("\xff", 1, "surrogateescape"), "'\\udcff'");
}

TEST(utf8_decode_messages)
{
    NULL_WITH(PyUnicode_DecodeUTF8("\xe2\x82", 2, NULL), PyExc_UnicodeDecodeError,
              "'utf-8' codec can't decode bytes in position 0-1: unexpected end of data");
    NULL_WITH(PyUnicode_DecodeUTF8("\xe2(\xa1", 3, NULL), PyExc_UnicodeDecodeError,
              "'utf-8' codec can't decode byte 0xe2 in position 0: invalid continuation byte");
    NULL_WITH(PyUnicode_DecodeUTF8("\xed\xa0\x80", 3, NULL), PyExc_UnicodeDecodeError,
              "'utf-8' codec can't decode byte 0xed in position 0: invalid continuation byte");
}

TEST(utf8_stateful_stops_before_partial)
{
    Py_ssize_t consumed = -1;
    GIVES(PyUnicode_DecodeUTF8Stateful("ab\xe2\x82", 4, NULL, &consumed), "'ab'");
    CU_ASSERT_EQUAL(consumed, 2);
}

TEST(utf8_encode)
{
    OWN text = PyUnicode_FromString("\xc3\xa9\xe2\x82\xac");
    GIVES(PyUnicode_AsUTF8String(text), "b'\\xc3\\xa9\\xe2\\x82\\xac'");
    NULL_WITH(PyUnicode_AsUTF8String(Py_None), PyExc_TypeError,
              "bad argument type for built-in operation");
}

TEST(latin1_both_ways)
{
    OWN text = PyUnicode_DecodeLatin1("\xe9\xff", 2, NULL);
    GIVES(PyUnicode_AsLatin1String(text), "b'\\xe9\\xff'");
    OWN wide = PyUnicode_FromString("a\xe2\x82\xac");
    NULL_WITH(PyUnicode_AsLatin1String(wide), PyExc_UnicodeEncodeError,
              "'latin-1' codec can't encode character '\\u20ac' in position 1: ordinal not in "
              "range(256)");
}

TEST(ascii_both_ways)
{
    GIVES(PyUnicode_DecodeASCII("abc", 3, NULL), "'abc'");
    NULL_WITH(PyUnicode_DecodeASCII("a\x80", 2, NULL), PyExc_UnicodeDecodeError,
              "'ascii' codec can't decode byte 0x80 in position 1: ordinal not in range(128)");
    OWN text = PyUnicode_FromString("\xc3\xa9");
    NULL_WITH(PyUnicode_AsASCIIString(text), PyExc_UnicodeEncodeError,
              "'ascii' codec can't encode character '\\xe9' in position 0: ordinal not in "
              "range(128)");
}

TEST(utf16_byte_order_mark)
{
    int order = 0;
    GIVES(PyUnicode_DecodeUTF16("\xfe\xff\0a", 4, NULL, &order), "'a'");
    CU_ASSERT_EQUAL(order, 1);
    OWN text = PyUnicode_FromString("a\xf0\x9f\x90\x8d");
    GIVES(PyUnicode_AsUTF16String(text), "b'\\xff\\xfea\\x00=\\xd8\\r\\xdc'");
}

TEST(utf16_stateful_keeps_half_pair)
{
    int order = -1;
    Py_ssize_t consumed = -1;
    GIVES(PyUnicode_DecodeUTF16Stateful("a\0=\xd8", 4, NULL, &order, &consumed), "'a'");
    CU_ASSERT_EQUAL(consumed, 2);
}

TEST(utf16_truncated)
{
    int order = -1;
    NULL_WITH(PyUnicode_DecodeUTF16("a\0b", 3, NULL, &order), PyExc_UnicodeDecodeError,
              "'utf-16-le' codec can't decode byte 0x62 in position 2: truncated data");
}

TEST(utf32_both_ways)
{
    OWN text = PyUnicode_FromString("\xf0\x9f\x90\x8d");
    GIVES(PyUnicode_AsUTF32String(text), "b'\\xff\\xfe\\x00\\x00\\r\\xf4\\x01\\x00'");
    int order = 1;
    GIVES(PyUnicode_DecodeUTF32("\0\0\0a", 4, NULL, &order), "'a'");
    NULL_WITH(PyUnicode_DecodeUTF32("\x7f\0\0\0", 4, NULL, &order), PyExc_UnicodeDecodeError,
              "'utf-32-be' codec can't decode bytes in position 0-3: code point not in "
              "range(0x110000)");
}

TEST(utf7_both_ways)
{
    GIVES(PyUnicode_DecodeUTF7("+AGE-b", 6, NULL), "'ab'");
    OWN text = PyUnicode_FromString("a\xe2\x82\xac");
    GIVES(PyUnicode_AsEncodedString(text, "utf-7", NULL), "b'a+IKw-'");
}

TEST(unicode_escape_both_ways)
{
    OWN text = PyUnicode_FromString("\n\xc3\xa9\xe2\x82\xac");
    GIVES(PyUnicode_AsUnicodeEscapeString(text), "b'\\\\n\\\\xe9\\\\u20ac'");
    GIVES(PyUnicode_DecodeUnicodeEscape("\\x41\\t\\u0042", 12, NULL), "'A\\tB'");
    NULL_WITH(PyUnicode_DecodeUnicodeEscape("\\x4", 3, NULL), PyExc_UnicodeDecodeError,
              "'unicodeescape' codec can't decode bytes in position 0-2: truncated \\xXX escape");
}

TEST(raw_unicode_escape_both_ways)
{
    OWN text = PyUnicode_FromString("\\\xc3\xa9\xe2\x82\xac");
    GIVES(PyUnicode_AsRawUnicodeEscapeString(text), "b'\\\\\\xe9\\\\u20ac'");
    GIVES(PyUnicode_DecodeRawUnicodeEscape("\\x41\\u0042", 10, NULL), "'\\\\x41B'");
}

TEST(charmap_decodes_by_table)
{
    OWN table = PyUnicode_FromString("xy");
    GIVES(PyUnicode_DecodeCharmap("\0\1\0", 3, table, NULL), "'xyx'");
    NULL_WITH(PyUnicode_DecodeCharmap("\2", 1, table, NULL), PyExc_UnicodeDecodeError,
              "'charmap' codec can't decode byte 0x02 in position 0: character maps to "
              "<undefined>");
}

TEST(charmap_encodes_by_mapping)
{
    OWN text = PyUnicode_FromString("ab"), map = ks_eval("{97: 1, 98: b'xy'}");
    GIVES(PyUnicode_AsCharmapString(text, map), "b'\\x01xy'");
    OWN other = PyUnicode_FromString("z");
    NULL_WITH(PyUnicode_AsCharmapString(other, map), PyExc_UnicodeEncodeError,
              "'charmap' codec can't encode character '\\x7a' in position 0: character maps to "
              "<undefined>");
}

TEST(build_encoding_map_inverts)
{
    OWN table = PyUnicode_FromString("xyz");
    OWN map = PyUnicode_BuildEncodingMap(table), text = PyUnicode_FromString("zx");
    CU_ASSERT_PTR_NOT_NULL_FATAL(map);
    GIVES(PyUnicode_AsCharmapString(text, map), "b'\\x02\\x00'");
}

TEST(encode_by_name)
{
    OWN text = PyUnicode_FromString("\xc3\xa9");
    GIVES(PyUnicode_AsEncodedString(text, "latin-1", NULL), "b'\\xe9'");
    GIVES(PyUnicode_AsEncodedString(text, "UTF_8", NULL), "b'\\xc3\\xa9'");
    GIVES(PyUnicode_AsEncodedString(text, NULL, NULL), "b'\\xc3\\xa9'");
    GIVES(PyUnicode_AsEncodedString(text, "ascii", "xmlcharrefreplace"), "b'&#233;'");
    GIVES(PyUnicode_AsEncodedString(text, "ascii", "namereplace"),
          "b'\\\\N{LATIN SMALL LETTER E WITH ACUTE}'");
}

TEST(unknown_names)
{
    OWN text = PyUnicode_FromString("\xc3\xa9");
    NULL_WITH(PyUnicode_AsEncodedString(text, "no-such", NULL), PyExc_LookupError,
              "unknown encoding: no-such");
    NULL_WITH(PyUnicode_AsEncodedString(text, "ascii", "no-such"), PyExc_LookupError,
              "unknown error handler name 'no-such'");
}

TEST(decode_by_name)
{
    GIVES(PyUnicode_Decode("\xe9", 1, "latin1", NULL), "'\xc3\xa9'");
    GIVES(PyUnicode_Decode("\xe9", 1, "ascii", "replace"), "'\xef\xbf\xbd'");
}

TEST(from_encoded_object_takes_buffers)
{
    OWN bytes = PyBytes_FromString("abc"), text = PyUnicode_FromString("x");
    GIVES(PyUnicode_FromEncodedObject(bytes, "ascii", NULL), "'abc'");
    NULL_WITH(PyUnicode_FromEncodedObject(text, "ascii", NULL), PyExc_TypeError,
              "decoding str is not supported");
    NULL_WITH(PyUnicode_FromEncodedObject(Py_None, "ascii", NULL), PyExc_TypeError,
              "decoding to str: need a bytes-like object, NoneType found");
}

TEST(surrogatepass)
{
    OWN text = PyUnicode_FromOrdinal(0xd800);
    GIVES(PyUnicode_AsEncodedString(text, "utf-8", "surrogatepass"), "b'\\xed\\xa0\\x80'");
    GIVES(PyUnicode_DecodeUTF8("\xed\xa0\x80", 3, "surrogatepass"), "'\\ud800'");
}

TEST(file_system_round_trip)
{
    OWN text = PyUnicode_DecodeFSDefaultAndSize("a\xff", 2);
    GIVES(PyUnicode_EncodeFSDefault(text), "b'a\\xff'");
    GIVES(PyUnicode_DecodeFSDefault("plain"), "'plain'");
}

TEST(file_system_converter)
{
    PyObject *bytes = NULL;
    OWN path = PyUnicode_FromString("a/b");
    CU_ASSERT_EQUAL(PyUnicode_FSConverter(path, &bytes), Py_CLEANUP_SUPPORTED);
    READS(bytes, "b'a/b'");
    CU_ASSERT_EQUAL(PyUnicode_FSConverter(NULL, &bytes), 1);
    CU_ASSERT_PTR_NULL(bytes);
    OWN bad = PyUnicode_FromStringAndSize("a\0b", 3);
    CU_ASSERT_EQUAL(PyUnicode_FSConverter(bad, &bytes), 0);
    CU_ASSERT(ks_took_message(PyExc_ValueError, "embedded null byte"));
}

TEST(file_system_decoder_takes_path_like)
{
    PyObject *text = NULL;
    OWN path = ks_eval("type('P', (), {'__fspath__': lambda self: b'xy'})()");
    CU_ASSERT_EQUAL(PyUnicode_FSDecoder(path, &text), Py_CLEANUP_SUPPORTED);
    GIVES(text, "'xy'");
    CU_ASSERT_EQUAL(PyUnicode_FSDecoder(Py_None, &text), 0);
    CU_ASSERT(ks_took_message(PyExc_TypeError,
                              "expected str, bytes or os.PathLike object, not NoneType"));
}

TEST(fs_path)
{
    OWN text = PyUnicode_FromString("p"),
        bad = ks_eval("type('P', (), {'__fspath__': lambda s: 3})()");
    OWN same = PyOS_FSPath(text);
    CU_ASSERT_PTR_EQUAL(same, text);
    NULL_WITH(PyOS_FSPath(bad), PyExc_TypeError,
              "expected P.__fspath__() to return str or bytes, not int");
}

TEST(locale_round_trip)
{
    OWN text = PyUnicode_DecodeLocale("abc", "strict");
    READS(text, "'abc'");
    GIVES(PyUnicode_EncodeLocale(text, "surrogateescape"), "b'abc'");
    NULL_WITH(PyUnicode_DecodeLocale("abc", "bogus"), PyExc_ValueError,
              "unsupported error handler");
}

TEST(default_encoding_name)
{
    CU_ASSERT_STRING_EQUAL(PyUnicode_GetDefaultEncoding(), "utf-8");
}

TEST(c_level_locale_codec)
{
    size_t size = 0;
    wchar_t *wide = Py_DecodeLocale("ab", &size);
    CU_ASSERT_EQUAL(size, 2);
    CU_ASSERT_EQUAL(wide[1], L'b');
    char *narrow = Py_EncodeLocale(wide, NULL);
    CU_ASSERT_STRING_EQUAL(narrow, "ab");
    PyMem_Free(narrow);
    PyMem_RawFree(wide);
}

static PyObject *
make_decoded(void)
{
    return PyUnicode_DecodeUTF8("abc\xe2\x82\xac and more text\xff!", 21, "replace");
}

TEST(decode_survives_each_failure)
{
    CU_ASSERT(ks_fail_sweep(make_decoded) >= 2);
}

TEST(encode_out_of_memory)
{
    OWN text = ks_eval("'\\u20ac' * 5000");
    ks_fail_after(0);
    PyObject *bytes = PyUnicode_AsUTF16String(text);
    ks_fail_stop();
    NULL_WITH(bytes, PyExc_MemoryError, NULL);
    ks_fail_after(0);
    const char *utf8 = PyUnicode_AsUTF8(text);
    ks_fail_stop();
    CU_ASSERT_PTR_NULL(utf8);
    CU_ASSERT(ks_took_exception(PyExc_MemoryError));
}

void
add_str_codec_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_utf8_decode_errors_by_handler);
    CU_ADD_TEST(suite, test_utf8_decode_messages);
    CU_ADD_TEST(suite, test_utf8_stateful_stops_before_partial);
    CU_ADD_TEST(suite, test_utf8_encode);
    CU_ADD_TEST(suite, test_latin1_both_ways);
    CU_ADD_TEST(suite, test_ascii_both_ways);
    CU_ADD_TEST(suite, test_utf16_byte_order_mark);
    CU_ADD_TEST(suite, test_utf16_stateful_keeps_half_pair);
    CU_ADD_TEST(suite, test_utf16_truncated);
    CU_ADD_TEST(suite, test_utf32_both_ways);
    CU_ADD_TEST(suite, test_utf7_both_ways);
    CU_ADD_TEST(suite, test_unicode_escape_both_ways);
    CU_ADD_TEST(suite, test_raw_unicode_escape_both_ways);
    CU_ADD_TEST(suite, test_charmap_decodes_by_table);
    CU_ADD_TEST(suite, test_charmap_encodes_by_mapping);
    CU_ADD_TEST(suite, test_build_encoding_map_inverts);
    CU_ADD_TEST(suite, test_encode_by_name);
    CU_ADD_TEST(suite, test_unknown_names);
    CU_ADD_TEST(suite, test_decode_by_name);
    CU_ADD_TEST(suite, test_from_encoded_object_takes_buffers);
    CU_ADD_TEST(suite, test_surrogatepass);
    CU_ADD_TEST(suite, test_file_system_round_trip);
    CU_ADD_TEST(suite, test_file_system_converter);
    CU_ADD_TEST(suite, test_file_system_decoder_takes_path_like);
    CU_ADD_TEST(suite, test_fs_path);
    CU_ADD_TEST(suite, test_locale_round_trip);
    CU_ADD_TEST(suite, test_default_encoding_name);
    CU_ADD_TEST(suite, test_c_level_locale_codec);
    CU_ADD_TEST(suite, test_decode_survives_each_failure);
    CU_ADD_TEST(suite, test_encode_out_of_memory);
}
