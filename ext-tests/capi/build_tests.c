/* SPDX-License-Identifier: MIT */
/* Py_BuildValue. */
#include "capi.h"

TEST(empty_single_and_tuple)
{
    GIVES(Py_BuildValue(""), "None");
    GIVES(Py_BuildValue("i", 5), "5");
    GIVES(Py_BuildValue("ii", 5, 6), "(5, 6)");
    GIVES(Py_BuildValue("(i)", 5), "(5,)");
    GIVES(Py_BuildValue("()"), "()");
}

TEST(all_integers)
{
    GIVES(Py_BuildValue("bBhHiIlkLKn", -1, 2, -3, 4, -5, 6u, -7L, 8UL, -9LL, 10ULL,
                        (Py_ssize_t)-11),
          "(-1, 2, -3, 4, -5, 6, -7, 8, -9, 10, -11)");
}

TEST(floats_and_complex)
{
    Py_complex number = {1, 2};
    GIVES(Py_BuildValue("dfD", 1.5, 2.5f, &number), "(1.5, 2.5, (1+2j))");
}

TEST(strings)
{
    GIVES(Py_BuildValue("ssz", "a", NULL, NULL), "('a', None, None)");
    GIVES(Py_BuildValue("s#U", "abcdef", (Py_ssize_t)2, "u"), "('ab', 'u')");
    GIVES(Py_BuildValue("u", L"w\x20ac"), "'w\xe2\x82\xac'");
}

TEST(bytes)
{
    GIVES(Py_BuildValue("yy#", "a", "b\0c", (Py_ssize_t)3), "(b'a', b'b\\x00c')");
    GIVES(Py_BuildValue("y", NULL), "None");
}

TEST(characters)
{
    GIVES(Py_BuildValue("cC", 'x', 0xe9), "(b'x', '\xc3\xa9')");
}

TEST(containers)
{
    GIVES(Py_BuildValue("[i,{s:i,s:[]},(ii)]", 1, "a", 2, "b", 3, 4),
          "[1, {'a': 2, 'b': []}, (3, 4)]");
    GIVES(Py_BuildValue("{}"), "{}");
}

TEST(object_takes_reference)
{
    OWN value = PyFloat_FromDouble(1.5);
    OWN tuple = Py_BuildValue("(OS)", value, value);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 3);
}

TEST(object_is_stolen_by_n)
{
    OWN value = PyFloat_FromDouble(1.5);
    OWN tuple = Py_BuildValue("(N)", Py_NewRef(value));
    CU_ASSERT_EQUAL(Py_REFCNT(value), 2);
}

TEST(null_object_without_error)
{
    NULL_WITH(Py_BuildValue("O", NULL), PyExc_SystemError, "NULL object passed to Py_BuildValue");
}

TEST(null_object_keeps_error)
{
    PyErr_SetString(PyExc_KeyError, "earlier");
    NULL_WITH(Py_BuildValue("(O)", NULL), PyExc_KeyError, "'earlier'");
}

TEST(failure_drops_stolen)
{
    OWN value = PyFloat_FromDouble(1.5);
    PyErr_SetString(PyExc_KeyError, "earlier");
    NULL_WITH(Py_BuildValue("(ON)", NULL, Py_NewRef(value)), PyExc_KeyError, NULL);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 1);
}

TEST(unmatched_bracket)
{
    NULL_WITH(Py_BuildValue("(i", 1), PyExc_SystemError, "unmatched paren in format");
    NULL_WITH(Py_BuildValue("[i)", 1), PyExc_SystemError, "unmatched paren in format");
}

TEST(bad_unit)
{
    NULL_WITH(Py_BuildValue("q", 1), PyExc_SystemError, "bad format char passed to Py_BuildValue");
    NULL_WITH(Py_BuildValue("{i}", 1), PyExc_SystemError, "Bad dict format");
}

static PyObject *
from_long_pointer(void *pointer)
{
    return PyLong_FromLong(*(long *)pointer);
}

TEST(converter)
{
    long number = 17;
    GIVES(Py_BuildValue("O&", from_long_pointer, &number), "17");
}

static PyObject *
make_value(void)
{
    return Py_BuildValue("[s,{s:d}]", "a string of text", "another string", 2.5);
}

TEST(survives_each_failure)
{
    CU_ASSERT(ks_fail_sweep(make_value) >= 3);
}

void
add_build_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_empty_single_and_tuple);
    CU_ADD_TEST(suite, test_all_integers);
    CU_ADD_TEST(suite, test_floats_and_complex);
    CU_ADD_TEST(suite, test_strings);
    CU_ADD_TEST(suite, test_bytes);
    CU_ADD_TEST(suite, test_characters);
    CU_ADD_TEST(suite, test_containers);
    CU_ADD_TEST(suite, test_object_takes_reference);
    CU_ADD_TEST(suite, test_object_is_stolen_by_n);
    CU_ADD_TEST(suite, test_null_object_without_error);
    CU_ADD_TEST(suite, test_null_object_keeps_error);
    CU_ADD_TEST(suite, test_failure_drops_stolen);
    CU_ADD_TEST(suite, test_unmatched_bracket);
    CU_ADD_TEST(suite, test_bad_unit);
    CU_ADD_TEST(suite, test_converter);
    CU_ADD_TEST(suite, test_survives_each_failure);
}
