/* SPDX-License-Identifier: MIT */
/* PyArg_*: every unit of the format language, and the messages of what does not fit. */
#include "capi.h"

TEST(integers)
{
    OWN args = ks_eval("(1, -2, 3, 4, 5, 6)");
    unsigned char small;
    short middle;
    int plain;
    long wide;
    long long widest;
    Py_ssize_t size;
    CU_ASSERT(PyArg_ParseTuple(args, "bhilLn", &small, &middle, &plain, &wide, &widest, &size));
    CU_ASSERT_EQUAL(small, 1);
    CU_ASSERT_EQUAL(middle, -2);
    CU_ASSERT_EQUAL(plain, 3);
    CU_ASSERT_EQUAL(wide, 4);
    CU_ASSERT_EQUAL(widest, 5);
    CU_ASSERT_EQUAL(size, 6);
}

TEST(integer_ranges)
{
    OWN byte = ks_eval("(256,)"), minus = ks_eval("(-1,)"), low = ks_eval("(40000,)"),
        big = ks_eval("(2 ** 31,)");
    unsigned char small;
    short middle;
    int plain;
    CU_ASSERT(!PyArg_ParseTuple(byte, "b", &small));
    CU_ASSERT(ks_took_message(PyExc_OverflowError,
                              "unsigned byte integer is greater than maximum"));
    CU_ASSERT(!PyArg_ParseTuple(minus, "b", &small));
    CU_ASSERT(ks_took_message(PyExc_OverflowError, "unsigned byte integer is less than minimum"));
    CU_ASSERT(!PyArg_ParseTuple(low, "h", &middle));
    CU_ASSERT(ks_took_message(PyExc_OverflowError, "signed short integer is greater than maximum"));
    CU_ASSERT(!PyArg_ParseTuple(big, "i", &plain));
    CU_ASSERT(ks_took_message(PyExc_OverflowError, "signed integer is greater than maximum"));
}

TEST(unsigned_integers_wrap)
{
    OWN args = ks_eval("(257, 65537, -1, 2 ** 64 + 3, -1)");
    unsigned char small;
    unsigned short middle;
    unsigned int plain;
    unsigned long wide;
    unsigned long long widest;
    CU_ASSERT(PyArg_ParseTuple(args, "BHIkK", &small, &middle, &plain, &wide, &widest));
    CU_ASSERT_EQUAL(small, 1);
    CU_ASSERT_EQUAL(middle, 1);
    CU_ASSERT_EQUAL(plain, 0xffffffffu);
    CU_ASSERT_EQUAL(wide, 3);
    CU_ASSERT_EQUAL(widest, 0xffffffffffffffffull);
}

TEST(integers_refuse_float)
{
    OWN args = ks_eval("(1.0,)");
    int plain;
    CU_ASSERT(!PyArg_ParseTuple(args, "i", &plain));
    CU_ASSERT(ks_took_message(PyExc_TypeError,
                              "'float' object cannot be interpreted as an integer"));
    unsigned long wide;
    CU_ASSERT(!PyArg_ParseTuple(args, "k:fn", &wide));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "fn() argument 1 must be int, not float"));
}

TEST(floats_and_complex)
{
    OWN args = ks_eval("(1.5, 2, 3j)");
    float single;
    double real;
    Py_complex number;
    CU_ASSERT(PyArg_ParseTuple(args, "fdD", &single, &real, &number));
    CU_ASSERT_EQUAL(single, 1.5f);
    CU_ASSERT_EQUAL(real, 2.0);
    CU_ASSERT_EQUAL(number.imag, 3.0);
    OWN bad = ks_eval("('x',)");
    CU_ASSERT(!PyArg_ParseTuple(bad, "d", &real));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "must be real number, not str"));
}

TEST(truth)
{
    OWN args = ks_eval("([], 'x')");
    int one = -1, two = -1;
    CU_ASSERT(PyArg_ParseTuple(args, "pp", &one, &two));
    CU_ASSERT_EQUAL(one, 0);
    CU_ASSERT_EQUAL(two, 1);
}

TEST(single_characters)
{
    OWN args = ks_eval("(b'q', '\\u20ac')");
    char byte;
    int character;
    CU_ASSERT(PyArg_ParseTuple(args, "cC", &byte, &character));
    CU_ASSERT_EQUAL(byte, 'q');
    CU_ASSERT_EQUAL(character, 0x20ac);
    OWN bad = ks_eval("('ab',)");
    CU_ASSERT(!PyArg_ParseTuple(bad, "C:fn", &character));
    CU_ASSERT(ks_took_message(PyExc_TypeError,
                              "fn() argument 1 must be a unicode character, not str"));
    CU_ASSERT(!PyArg_ParseTuple(bad, "c:fn", &byte));
    CU_ASSERT(ks_took_message(PyExc_TypeError,
                              "fn() argument 1 must be a byte string of length 1, not str"));
}

TEST(strings)
{
    OWN args = ks_eval("('h\\xe9', None, 'x')");
    const char *one, *two = "?", *three;
    Py_ssize_t size;
    CU_ASSERT(PyArg_ParseTuple(args, "szs#", &one, &two, &three, &size));
    CU_ASSERT_STRING_EQUAL(one, "h\xc3\xa9");
    CU_ASSERT_PTR_NULL(two);
    CU_ASSERT_EQUAL(size, 1);
}

TEST(strings_refuse)
{
    OWN number = ks_eval("(1,)"), null = ks_eval("('a\\0b',)"), none = ks_eval("(None,)");
    const char *text;
    CU_ASSERT(!PyArg_ParseTuple(number, "s:fn", &text));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "fn() argument 1 must be str, not int"));
    CU_ASSERT(!PyArg_ParseTuple(null, "s", &text));
    CU_ASSERT(ks_took_message(PyExc_ValueError, "embedded null character"));
    CU_ASSERT(!PyArg_ParseTuple(none, "s", &text));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "argument 1 must be str, not None"));
    CU_ASSERT(!PyArg_ParseTuple(number, "z", &text));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "argument 1 must be str or None, not int"));
}

TEST(bytes_forms)
{
    OWN args = ks_eval("(b'ab', b'c\\0d')");
    const char *one, *two;
    Py_ssize_t size;
    CU_ASSERT(PyArg_ParseTuple(args, "yy#", &one, &two, &size));
    CU_ASSERT_STRING_EQUAL(one, "ab");
    CU_ASSERT_EQUAL(size, 3);
    OWN text = ks_eval("('x',)"), null = ks_eval("(b'a\\0',)");
    CU_ASSERT(!PyArg_ParseTuple(text, "y", &one));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "a bytes-like object is required, not 'str'"));
    CU_ASSERT(!PyArg_ParseTuple(null, "y", &one));
    CU_ASSERT(ks_took_message(PyExc_ValueError, "embedded null byte"));
}

TEST(buffers)
{
    OWN args = ks_eval("('ab', None, b'cd', bytearray(b'ef'))");
    Py_buffer one, two, three, four;
    CU_ASSERT(PyArg_ParseTuple(args, "s*z*y*w*", &one, &two, &three, &four));
    CU_ASSERT_EQUAL(one.len, 2);
    CU_ASSERT_PTR_NULL(two.buf);
    CU_ASSERT_EQUAL(four.readonly, 0);
    PyBuffer_Release(&one);
    PyBuffer_Release(&two);
    PyBuffer_Release(&three);
    PyBuffer_Release(&four);
    OWN fixed = ks_eval("(b'x',)");
    CU_ASSERT(!PyArg_ParseTuple(fixed, "w*:fn", &one));
    CU_ASSERT(ks_took_message(PyExc_TypeError,
                              "fn() argument 1 must be read-write bytes-like object, not bytes"));
}

TEST(failure_releases_earlier_buffers)
{
    OWN args = ks_eval("(bytearray(b'ef'), 'x')");
    Py_buffer view;
    int number;
    CU_ASSERT(!PyArg_ParseTuple(args, "y*i", &view, &number));
    CU_ASSERT(ks_took_exception(PyExc_TypeError));
    CU_ASSERT_EQUAL(PyByteArray_Resize(PyTuple_GET_ITEM(args, 0), 100), 0);
}

TEST(typed_objects)
{
    OWN args = ks_eval("(b'a', bytearray(b'b'), 'c', [], {})");
    PyObject *bytes, *array, *text, *list, *any;
    CU_ASSERT(PyArg_ParseTuple(args, "SYUO!O", &bytes, &array, &text, &PyList_Type, &list, &any));
    CU_ASSERT_PTR_EQUAL(any, PyTuple_GET_ITEM(args, 4));
    CU_ASSERT(!PyArg_ParseTuple(args, "U:fn", &text));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "fn() takes exactly 1 argument (5 given)"));
    OWN one = ks_eval("(1,)");
    CU_ASSERT(!PyArg_ParseTuple(one, "U:fn", &text));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "fn() argument 1 must be str, not int"));
    CU_ASSERT(!PyArg_ParseTuple(one, "O!:fn", &PyList_Type, &list));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "fn() argument 1 must be list, not int"));
}

static int cleaned;

static int
convert_long(PyObject *object, void *address)
{
    if (object == NULL) {
        cleaned++;
        return 1;
    }
    *(long *)address = PyLong_AsLong(object);
    return PyErr_Occurred() ? 0 : Py_CLEANUP_SUPPORTED;
}

TEST(converter)
{
    OWN args = ks_eval("(5,)");
    long value = 0;
    CU_ASSERT(PyArg_ParseTuple(args, "O&", convert_long, &value));
    CU_ASSERT_EQUAL(value, 5);
}

TEST(converter_is_cleaned_up)
{
    OWN args = ks_eval("(5, 'x')");
    long value = 0;
    int number;
    cleaned = 0;
    CU_ASSERT(!PyArg_ParseTuple(args, "O&i", convert_long, &value, &number));
    CU_ASSERT(ks_took_exception(PyExc_TypeError));
    CU_ASSERT_EQUAL(cleaned, 1);
}

TEST(encoded_string_is_allocated)
{
    OWN args = ks_eval("('h\\xe9',)");
    char *text = NULL;
    CU_ASSERT(PyArg_ParseTuple(args, "es", "latin-1", &text));
    CU_ASSERT_STRING_EQUAL(text, "h\xe9");
    PyMem_Free(text);
    char buffer[4];
    char *to = buffer;
    Py_ssize_t size = sizeof(buffer);
    CU_ASSERT(PyArg_ParseTuple(args, "es#", "utf-8", &to, &size));
    CU_ASSERT_EQUAL(size, 3);
}

TEST(optional_keeps_defaults)
{
    OWN args = ks_eval("(1,)");
    int one = 0, two = 22;
    CU_ASSERT(PyArg_ParseTuple(args, "i|i", &one, &two));
    CU_ASSERT_EQUAL(one, 1);
    CU_ASSERT_EQUAL(two, 22);
}

TEST(count_messages)
{
    OWN none = PyTuple_New(0), three = ks_eval("(1, 2, 3)");
    int a, b;
    CU_ASSERT(!PyArg_ParseTuple(none, "ii:fn", &a, &b));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "fn() takes exactly 2 arguments (0 given)"));
    CU_ASSERT(!PyArg_ParseTuple(none, "i|i:fn", &a, &b));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "fn() takes at least 1 argument (0 given)"));
    CU_ASSERT(!PyArg_ParseTuple(three, "i|i:fn", &a, &b));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "fn() takes at most 2 arguments (3 given)"));
    CU_ASSERT(!PyArg_ParseTuple(three, "ii", &a, &b));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "function takes exactly 2 arguments (3 given)"));
    CU_ASSERT(!PyArg_ParseTuple(three, ":fn"));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "fn() takes exactly 0 arguments (3 given)"));
    CU_ASSERT(!PyArg_ParseTuple(none, "i;my own words", &a));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "my own words"));
}

TEST(nested_tuple)
{
    OWN args = ks_eval("((1, 2), 3)"), bad = ks_eval("((1,), 3)");
    int a, b, c;
    CU_ASSERT(PyArg_ParseTuple(args, "(ii)i", &a, &b, &c));
    CU_ASSERT_EQUAL(a * 100 + b * 10 + c, 123);
    CU_ASSERT(!PyArg_ParseTuple(bad, "(ii)i:fn", &a, &b, &c));
    CU_ASSERT(ks_took_message(PyExc_TypeError,
                              "fn() argument 1 must be sequence of length 2, not 1"));
}

TEST(single_object_form)
{
    OWN number = PyLong_FromLong(7);
    int value;
    CU_ASSERT(PyArg_Parse(number, "i", &value));
    CU_ASSERT_EQUAL(value, 7);
}

TEST(bad_format)
{
    OWN args = ks_eval("(1,)");
    int value;
    CU_ASSERT(!PyArg_ParseTuple(args, "i?", &value));
    CU_ASSERT(ks_took_exception(PyExc_SystemError));
    CU_ASSERT(!PyArg_ParseTuple(Py_None, "i", &value));
    CU_ASSERT(ks_took_exception(PyExc_SystemError));
}

static char *names[] = {"a", "b", "c", NULL};

static int
parse_keywords(const char *args_text, const char *kwargs_text, const char *format, int *out)
{
    OWN args = ks_eval(args_text), kwargs = ks_eval(kwargs_text);
    return PyArg_ParseTupleAndKeywords(args, kwargs, format, names, &out[0], &out[1], &out[2]);
}

TEST(keywords_fill_gaps)
{
    int out[3] = {0, 0, 0};
    CU_ASSERT(parse_keywords("(1,)", "{'c': 3}", "i|ii", out));
    CU_ASSERT_EQUAL(out[0], 1);
    CU_ASSERT_EQUAL(out[1], 0);
    CU_ASSERT_EQUAL(out[2], 3);
}

TEST(keyword_errors)
{
    int out[3];
    CU_ASSERT(!parse_keywords("(1,)", "{'a': 2}", "i|ii:fn", out));
    CU_ASSERT(ks_took_message(PyExc_TypeError,
                              "argument for fn() given by name ('a') and position (1)"));
    CU_ASSERT(!parse_keywords("(1,)", "{'z': 2}", "i|ii:fn", out));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "'z' is an invalid keyword argument for fn()"));
    CU_ASSERT(!parse_keywords("()", "{'b': 2}", "i|ii:fn", out));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "fn() missing required argument 'a' (pos 1)"));
    CU_ASSERT(!parse_keywords("(1, 2, 3, 4)", "{}", "i|ii:fn", out));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "fn() takes at most 3 arguments (4 given)"));
}

TEST(keyword_texts)
{
    OWN args = ks_eval("(1,)"), kwargs = PyDict_New();
    const char *text;
    int b, c;
    CU_ASSERT(!PyArg_ParseTupleAndKeywords(args, kwargs, "s|ii:fn", names, &text, &b, &c));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "fn() argument 1 must be str, not int"));
    CU_ASSERT(!PyArg_ParseTupleAndKeywords(args, kwargs, "s|ii;own words", names, &text, &b, &c));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "own words"));
    CU_ASSERT(!PyArg_ParseTupleAndKeywords(args, kwargs, "s|ii;own words:fn", names, &text, &b, &c));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "fn() argument 1 must be str, not int"));
    CU_ASSERT(!PyArg_ParseTupleAndKeywords(args, kwargs, "s|ii", names, &text, &b, &c));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "argument 1 must be str, not int"));
}

TEST(keyword_only)
{
    int out[3] = {0, 0, 0};
    CU_ASSERT(parse_keywords("(1,)", "{'b': 2}", "i|$ii:fn", out));
    CU_ASSERT_EQUAL(out[1], 2);
    CU_ASSERT(!parse_keywords("(1, 2)", "{}", "i|$ii:fn", out));
    CU_ASSERT(ks_took_message(PyExc_TypeError,
                              "fn() takes at most 1 positional argument (2 given)"));
    CU_ASSERT(!parse_keywords("(1, 2)", "{'a': 2}", "i|$ii:fn", out));
    CU_ASSERT(ks_took_message(PyExc_TypeError,
                              "fn() takes at most 1 positional argument (2 given)"));
}

TEST(positional_only)
{
    char *some[] = {"", "b", NULL};
    OWN args = ks_eval("(1,)"), kwargs = ks_eval("{'b': 5}"), none = PyTuple_New(0);
    int a = 0, b = 0;
    CU_ASSERT(PyArg_ParseTupleAndKeywords(args, kwargs, "ii", some, &a, &b));
    CU_ASSERT_EQUAL(b, 5);
    CU_ASSERT(!PyArg_ParseTupleAndKeywords(none, kwargs, "ii:fn", some, &a, &b));
    CU_ASSERT(ks_took_message(PyExc_TypeError,
                              "fn() takes at least 1 positional argument (0 given)"));
}

TEST(keywords_must_be_str)
{
    OWN kwargs = ks_eval("{1: 2}");
    CU_ASSERT_EQUAL(PyArg_ValidateKeywordArguments(kwargs), 0);
    CU_ASSERT(ks_took_message(PyExc_TypeError, "keywords must be strings"));
    OWN good = ks_eval("{'a': 2}");
    CU_ASSERT_EQUAL(PyArg_ValidateKeywordArguments(good), 1);
}

TEST(unpack_tuple)
{
    OWN args = ks_eval("(1, 2)");
    PyObject *a = NULL, *b = NULL, *c = NULL;
    CU_ASSERT(PyArg_UnpackTuple(args, "fn", 1, 3, &a, &b, &c));
    READS(b, "2");
    CU_ASSERT_PTR_NULL(c);
    CU_ASSERT(!PyArg_UnpackTuple(args, "fn", 3, 3, &a, &b, &c));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "fn expected 3 arguments, got 2"));
    CU_ASSERT(!PyArg_UnpackTuple(args, "fn", 0, 1, &a));
    CU_ASSERT(ks_took_message(PyExc_TypeError, "fn expected at most 1 argument, got 2"));
}

static int
parse_with_list(PyObject *args, PyObject *kwargs, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int done = PyArg_VaParseTupleAndKeywords(args, kwargs, format, names, list);
    va_end(list);
    return done;
}

TEST(va_list_forms)
{
    OWN args = ks_eval("(1, 2)"), kwargs = ks_eval("{'c': 3}");
    int a = 0, b = 0, c = 0;
    CU_ASSERT(parse_with_list(args, kwargs, "iii", &a, &b, &c));
    CU_ASSERT_EQUAL(a * 100 + b * 10 + c, 123);
}

void
add_args_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_integers);
    CU_ADD_TEST(suite, test_integer_ranges);
    CU_ADD_TEST(suite, test_unsigned_integers_wrap);
    CU_ADD_TEST(suite, test_integers_refuse_float);
    CU_ADD_TEST(suite, test_floats_and_complex);
    CU_ADD_TEST(suite, test_truth);
    CU_ADD_TEST(suite, test_single_characters);
    CU_ADD_TEST(suite, test_strings);
    CU_ADD_TEST(suite, test_strings_refuse);
    CU_ADD_TEST(suite, test_bytes_forms);
    CU_ADD_TEST(suite, test_buffers);
    CU_ADD_TEST(suite, test_failure_releases_earlier_buffers);
    CU_ADD_TEST(suite, test_typed_objects);
    CU_ADD_TEST(suite, test_converter);
    CU_ADD_TEST(suite, test_converter_is_cleaned_up);
    CU_ADD_TEST(suite, test_encoded_string_is_allocated);
    CU_ADD_TEST(suite, test_optional_keeps_defaults);
    CU_ADD_TEST(suite, test_count_messages);
    CU_ADD_TEST(suite, test_nested_tuple);
    CU_ADD_TEST(suite, test_single_object_form);
    CU_ADD_TEST(suite, test_bad_format);
    CU_ADD_TEST(suite, test_keywords_fill_gaps);
    CU_ADD_TEST(suite, test_keyword_errors);
    CU_ADD_TEST(suite, test_keyword_texts);
    CU_ADD_TEST(suite, test_keyword_only);
    CU_ADD_TEST(suite, test_positional_only);
    CU_ADD_TEST(suite, test_keywords_must_be_str);
    CU_ADD_TEST(suite, test_unpack_tuple);
    CU_ADD_TEST(suite, test_va_list_forms);
}
