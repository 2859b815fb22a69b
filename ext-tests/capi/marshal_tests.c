/* SPDX-License-Identifier: MIT */
/* marshal: values to bytes and back, broken data, files. */
#include "capi.h"
#include <marshal.h>

static int
round_trips(const char *expression)
{
    OWN value = ks_eval(expression);
    OWN bytes = PyMarshal_WriteObjectToString(value, Py_MARSHAL_VERSION);
    if (bytes == NULL)
        return 0;
    OWN back = PyMarshal_ReadObjectFromString(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    return back != NULL && Py_TYPE(back) == Py_TYPE(value)
           && PyObject_RichCompareBool(back, value, Py_EQ) == 1;
}

TEST(atoms_round_trip)
{
    CU_ASSERT(round_trips("None"));
    CU_ASSERT(round_trips("True"));
    CU_ASSERT(round_trips("..."));
    CU_ASSERT(round_trips("-2 ** 31"));
    CU_ASSERT(round_trips("-3 ** 200"));
    CU_ASSERT(round_trips("1.5e-300"));
    CU_ASSERT(round_trips("1-2j"));
}

TEST(texts_round_trip)
{
    CU_ASSERT(round_trips("'ascii'"));
    CU_ASSERT(round_trips("'\\xe9\\u20ac\\U0001f40d'"));
    CU_ASSERT(round_trips("'\\ud800'"));
    CU_ASSERT(round_trips("b'\\0\\xff'"));
    CU_ASSERT(round_trips("'long ' * 100"));
}

TEST(containers_round_trip)
{
    CU_ASSERT(round_trips("(1, [2, {'k': (3,)}], frozenset([4]), {5})"));
    CU_ASSERT(round_trips("tuple(range(300))"));
}

TEST(code_round_trips)
{
    CU_ASSERT(round_trips("compile('def f(a, *, b=1):\\n  return lambda: a', 'n', 'exec')"));
}

TEST(known_bytes)
{
    OWN value = ks_eval("(1, 'ab', None)");
    GIVES(PyMarshal_WriteObjectToString(value, 2),
          "b'(\\x03\\x00\\x00\\x00i\\x01\\x00\\x00\\x00u\\x02\\x00\\x00\\x00abN'");
}

TEST(shared_objects_stay_shared)
{
    OWN value = ks_eval("(lambda x: [x, x])(['inner'])");
    OWN bytes = PyMarshal_WriteObjectToString(value, Py_MARSHAL_VERSION);
    OWN back = PyMarshal_ReadObjectFromString(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    CU_ASSERT_PTR_EQUAL(PyList_GET_ITEM(back, 0), PyList_GET_ITEM(back, 1));
}

TEST(unsupported_value)
{
    OWN object = ks_eval("object()");
    NULL_WITH(PyMarshal_WriteObjectToString(object, Py_MARSHAL_VERSION), PyExc_ValueError,
              "unmarshallable object");
}

TEST(broken_data)
{
    NULL_WITH(PyMarshal_ReadObjectFromString("i\1", 2), PyExc_EOFError, "marshal data too short");
    NULL_WITH(PyMarshal_ReadObjectFromString("?", 1), PyExc_ValueError,
              "bad marshal data (unknown type code)");
    NULL_WITH(PyMarshal_ReadObjectFromString("", 0), PyExc_EOFError,
              "EOF read where object expected");
    NULL_WITH(PyMarshal_ReadObjectFromString("r\5\0\0\0", 5), PyExc_ValueError,
              "bad marshal data (invalid reference)");
}

TEST(every_truncation_is_an_error)
{
    OWN value = ks_eval("compile('def f(a):\\n  return [a, \"\\u20ac\", 2 ** 100, 1.5]', 'n', 'exec')");
    OWN bytes = PyMarshal_WriteObjectToString(value, Py_MARSHAL_VERSION);
    Py_ssize_t accepted = 0;
    for (Py_ssize_t size = 0; size < PyBytes_GET_SIZE(bytes); size++) {
        OWN back = PyMarshal_ReadObjectFromString(PyBytes_AS_STRING(bytes), size);
        accepted += back != NULL;
        PyErr_Clear();
    }
    CU_ASSERT_EQUAL(accepted, 0);
}

TEST(files)
{
    FILE *file = tmpfile();
    OWN value = ks_eval("[1, 'two']");
    PyMarshal_WriteLongToFile(-7, file, Py_MARSHAL_VERSION);
    PyMarshal_WriteObjectToFile(value, file, Py_MARSHAL_VERSION);
    rewind(file);
    CU_ASSERT_EQUAL(PyMarshal_ReadLongFromFile(file), -7);
    GIVES(PyMarshal_ReadObjectFromFile(file), "[1, 'two']");
    NULL_WITH(PyMarshal_ReadLastObjectFromFile(file), PyExc_EOFError, NULL);
    fclose(file);
}

void
add_marshal_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_atoms_round_trip);
    CU_ADD_TEST(suite, test_texts_round_trip);
    CU_ADD_TEST(suite, test_containers_round_trip);
    CU_ADD_TEST(suite, test_code_round_trips);
    CU_ADD_TEST(suite, test_known_bytes);
    CU_ADD_TEST(suite, test_shared_objects_stay_shared);
    CU_ADD_TEST(suite, test_unsupported_value);
    CU_ADD_TEST(suite, test_broken_data);
    CU_ADD_TEST(suite, test_every_truncation_is_an_error);
    CU_ADD_TEST(suite, test_files);
}
