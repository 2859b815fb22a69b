/* SPDX-License-Identifier: MIT */
/* Struct sequences: tuples whose fields have names, some of them hidden from the tuple. */
#include "capi.h"

static PyStructSequence_Field fields[] = {
    {"first", "The first."}, {"second", NULL}, {"hidden", "Not in the tuple."}, {NULL},
};
static PyStructSequence_Desc desc = {"pack.Point", "A point.", fields, 2};

static PyObject *
new_point(PyTypeObject *type)
{
    PyObject *point = PyStructSequence_New(type);
    CU_ASSERT_PTR_NOT_NULL_FATAL(point);
    for (int i = 0; i < 3; i++)
        PyStructSequence_SetItem(point, i, PyLong_FromLong(i + 1));
    return point;
}

TEST(visible_length)
{
    OWN type = (PyObject *)PyStructSequence_NewType(&desc);
    OWN point = new_point((PyTypeObject *)type);
    CU_ASSERT_EQUAL(PyTuple_Size(point), 2);
    CU_ASSERT(PyTuple_Check(point));
    GIVES(PyObject_GetAttrString(type, "n_fields"), "3");
    GIVES(PyObject_GetAttrString(type, "n_sequence_fields"), "2");
    GIVES(PyObject_GetAttrString(type, "n_unnamed_fields"), "0");
}

TEST(fields_by_name)
{
    OWN type = (PyObject *)PyStructSequence_NewType(&desc);
    OWN point = new_point((PyTypeObject *)type);
    GIVES(PyObject_GetAttrString(point, "second"), "2");
    GIVES(PyObject_GetAttrString(point, "hidden"), "3");
    READS(PyStructSequence_GetItem(point, 2), "3");
}

TEST(repr)
{
    OWN type = (PyObject *)PyStructSequence_NewType(&desc);
    GIVES(new_point((PyTypeObject *)type), "pack.Point(first=1, second=2)");
}

TEST(doc_and_module)
{
    OWN type = (PyObject *)PyStructSequence_NewType(&desc);
    GIVES(PyObject_GetAttrString(type, "__doc__"), "'A point.'");
    GIVES(PyObject_GetAttrString(type, "__module__"), "'pack'");
    GIVES(PyObject_GetAttrString(type, "__match_args__"), "('first', 'second')");
}

TEST(call_with_sequence)
{
    OWN type = (PyObject *)PyStructSequence_NewType(&desc);
    OWN values = ks_eval("(7, 8)"), short_one = ks_eval("(7,)");
    GIVES(PyObject_CallOneArg(type, values), "pack.Point(first=7, second=8)");
    NULL_WITH(PyObject_CallOneArg(type, short_one), PyExc_TypeError,
              "pack.Point() takes an at least 2-sequence (1-sequence given)");
}

TEST(call_fills_hidden_from_dict)
{
    OWN type = (PyObject *)PyStructSequence_NewType(&desc);
    OWN point = PyObject_CallFunction(type, "(ii){s:i}", 7, 8, "hidden", 9);
    GIVES(PyObject_GetAttrString(point, "hidden"), "9");
}

TEST(compares_as_tuple)
{
    OWN type = (PyObject *)PyStructSequence_NewType(&desc), same = ks_eval("(1, 2)");
    OWN point = new_point((PyTypeObject *)type);
    CU_ASSERT_EQUAL(PyObject_RichCompareBool(point, same, Py_EQ), 1);
    CU_ASSERT_EQUAL(PyObject_Hash(point), PyObject_Hash(same));
}

TEST(reduce_keeps_hidden)
{
    OWN type = (PyObject *)PyStructSequence_NewType(&desc);
    OWN point = new_point((PyTypeObject *)type);
    OWN state = PyObject_CallMethod(point, "__reduce__", NULL);
    READS(PyTuple_GET_ITEM(state, 1), "((1, 2), {'hidden': 3})");
}

static PyTypeObject static_point;

TEST(static_type)
{
    if (static_point.tp_name == NULL)
        CU_ASSERT_EQUAL(PyStructSequence_InitType2(&static_point, &desc), 0);
    GIVES(new_point(&static_point), "pack.Point(first=1, second=2)");
}

TEST(unnamed_field)
{
    PyStructSequence_Field some[] = {{"a", NULL}, {PyStructSequence_UnnamedField, NULL},
                                     {"c", NULL}, {NULL}};
    PyStructSequence_Desc odd = {"pack.Odd", NULL, some, 2};
    OWN type = (PyObject *)PyStructSequence_NewType(&odd);
    GIVES(PyObject_GetAttrString(type, "n_unnamed_fields"), "1");
    OWN point = new_point((PyTypeObject *)type);
    GIVES(PySequence_GetItem(point, 1), "2");
}

void
add_structseq_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_visible_length);
    CU_ADD_TEST(suite, test_fields_by_name);
    CU_ADD_TEST(suite, test_repr);
    CU_ADD_TEST(suite, test_doc_and_module);
    CU_ADD_TEST(suite, test_call_with_sequence);
    CU_ADD_TEST(suite, test_call_fills_hidden_from_dict);
    CU_ADD_TEST(suite, test_compares_as_tuple);
    CU_ADD_TEST(suite, test_reduce_keeps_hidden);
    CU_ADD_TEST(suite, test_static_type);
    CU_ADD_TEST(suite, test_unnamed_field);
}
