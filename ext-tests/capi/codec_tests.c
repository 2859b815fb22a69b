/* SPDX-License-Identifier: MIT */
/* The registry of codecs and error handlers. */
#include "capi.h"

TEST(known_encodings)
{
    CU_ASSERT_EQUAL(PyCodec_KnownEncoding("utf-8"), 1);
    CU_ASSERT_EQUAL(PyCodec_KnownEncoding("no-such"), 0);
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
}

TEST(encode_and_decode)
{
    OWN text = PyUnicode_FromString("\xc3\xa9");
    OWN bytes = PyCodec_Encode(text, "utf-8", "strict");
    READS(bytes, "b'\\xc3\\xa9'");
    GIVES(PyCodec_Decode(bytes, "utf-8", "strict"), "'\xc3\xa9'");
    NULL_WITH(PyCodec_Encode(text, "no-such", NULL), PyExc_LookupError,
              "unknown encoding: no-such");
}

TEST(non_text_codec)
{
    OWN bytes = PyBytes_FromString("\xff");
    GIVES(PyCodec_Encode(bytes, "hex", NULL), "b'ff'");
    OWN text = PyUnicode_FromString("x");
    NULL_WITH(PyUnicode_AsEncodedString(text, "hex", NULL), PyExc_LookupError,
              "'hex' is not a text encoding; use codecs.encode() to handle arbitrary codecs");
}

TEST(parts_of_codec)
{
    OWN encoder = PyCodec_Encoder("ascii"), decoder = PyCodec_Decoder("ascii"),
        text = PyUnicode_FromString("ab");
    OWN bytes = PyBytes_FromString("cd");
    GIVES(PyObject_CallOneArg(encoder, text), "(b'ab', 2)");
    GIVES(PyObject_CallOneArg(decoder, bytes), "('cd', 2)");
}

TEST(incremental_decoder_keeps_state)
{
    OWN decoder = PyCodec_IncrementalDecoder("utf-8", "strict");
    GIVES(PyObject_CallMethod(decoder, "decode", "y", "a\xe2\x82"), "'a'");
    GIVES(PyObject_CallMethod(decoder, "decode", "y", "\xac"), "'\xe2\x82\xac'");
}

TEST(incremental_encoder)
{
    OWN encoder = PyCodec_IncrementalEncoder("utf-16", NULL);
    GIVES(PyObject_CallMethod(encoder, "encode", "s", "a"), "b'\\xff\\xfea\\x00'");
    GIVES(PyObject_CallMethod(encoder, "encode", "s", "b"), "b'b\\x00'");
}

TEST(stream_reader)
{
    OWN space = ks_exec("import io\ns = io.BytesIO(b'\\xc3\\xa9')\n");
    OWN reader = PyCodec_StreamReader("utf-8", ks_name(space, "s"), NULL);
    GIVES(PyObject_CallMethod(reader, "read", NULL), "'\xc3\xa9'");
}

TEST(registered_search_function)
{
    OWN search = ks_eval("lambda name: (lambda t, e='strict': (b'made', len(t)), None, None, None)"
                         " if name == 'capi_codec' else None");
    CU_ASSERT_EQUAL(PyCodec_Register(search), 0);
    OWN text = PyUnicode_FromString("anything");
    GIVES(PyUnicode_AsEncodedString(text, "capi-codec", NULL), "b'made'");
    CU_ASSERT_EQUAL(PyCodec_Unregister(search), 0);
    NULL_WITH(PyUnicode_AsEncodedString(text, "capi-codec", NULL), PyExc_LookupError,
              "unknown encoding: capi-codec");
    MINUS_WITH(PyCodec_Register(Py_None), PyExc_TypeError, "argument must be callable");
}

TEST(registered_error_handler)
{
    OWN handler = ks_eval("lambda e: ('<%d>' % e.start, e.end)"),
        text = PyUnicode_FromString("a\xc3\xa9" "b");
    CU_ASSERT_EQUAL(PyCodec_RegisterError("capi.mark", handler), 0);
    GIVES(PyUnicode_AsEncodedString(text, "ascii", "capi.mark"), "b'a<1>b'");
    OWN found = PyCodec_LookupError("capi.mark");
    CU_ASSERT_PTR_EQUAL(found, handler);
    MINUS_WITH(PyCodec_RegisterError("x", Py_None), PyExc_TypeError, "handler must be callable");
}

TEST(error_handler_result_is_checked)
{
    OWN handler = ks_eval("lambda e: 5"), text = PyUnicode_FromString("\xc3\xa9");
    CU_ASSERT_EQUAL(PyCodec_RegisterError("capi.bad", handler), 0);
    NULL_WITH(PyUnicode_AsEncodedString(text, "ascii", "capi.bad"), PyExc_TypeError,
              "encoding error handler must return (str/bytes, int) tuple");
}

TEST(standard_handlers)
{
    OWN error = PyUnicodeDecodeError_Create("enc", "a\xff", 2, 1, 2, "why");
    GIVES(PyCodec_IgnoreErrors(error), "('', 2)");
    GIVES(PyCodec_ReplaceErrors(error), "('\xef\xbf\xbd', 2)");
    GIVES(PyCodec_BackslashReplaceErrors(error), "('\\\\xff', 2)");
    NULL_WITH(PyCodec_StrictErrors(error), PyExc_UnicodeDecodeError, NULL);
    NULL_WITH(PyCodec_XMLCharRefReplaceErrors(error), PyExc_TypeError,
              "don't know how to handle UnicodeDecodeError in error callback");
    NULL_WITH(PyCodec_StrictErrors(Py_None), PyExc_TypeError, "codec must pass exception instance");
}

TEST(lookup_of_strict)
{
    OWN one = PyCodec_LookupError(NULL), two = PyCodec_LookupError("strict");
    CU_ASSERT_PTR_EQUAL(one, two);
    NULL_WITH(PyCodec_LookupError("none such"), PyExc_LookupError,
              "unknown error handler name 'none such'");
}

void
add_codec_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_known_encodings);
    CU_ADD_TEST(suite, test_encode_and_decode);
    CU_ADD_TEST(suite, test_non_text_codec);
    CU_ADD_TEST(suite, test_parts_of_codec);
    CU_ADD_TEST(suite, test_incremental_decoder_keeps_state);
    CU_ADD_TEST(suite, test_incremental_encoder);
    CU_ADD_TEST(suite, test_stream_reader);
    CU_ADD_TEST(suite, test_registered_search_function);
    CU_ADD_TEST(suite, test_registered_error_handler);
    CU_ADD_TEST(suite, test_error_handler_result_is_checked);
    CU_ADD_TEST(suite, test_standard_handlers);
    CU_ADD_TEST(suite, test_lookup_of_strict);
}
