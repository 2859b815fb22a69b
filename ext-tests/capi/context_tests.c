/* SPDX-License-Identifier: MIT */
/* Context variables. */
#include "capi.h"

TEST(default_of_variable)
{
    OWN variable = PyContextVar_New("v", Py_True);
    PyObject *value = NULL;
    CU_ASSERT_EQUAL(PyContextVar_Get(variable, NULL, &value), 0);
    CU_ASSERT_PTR_EQUAL(value, Py_True);
    Py_XDECREF(value);
}

TEST(default_of_call_wins)
{
    OWN variable = PyContextVar_New("v", Py_True);
    PyObject *value = NULL;
    CU_ASSERT_EQUAL(PyContextVar_Get(variable, Py_False, &value), 0);
    CU_ASSERT_PTR_EQUAL(value, Py_False);
    Py_XDECREF(value);
}

TEST(absent_is_null_without_error)
{
    OWN variable = PyContextVar_New("v", NULL);
    PyObject *value = Py_None;
    CU_ASSERT_EQUAL(PyContextVar_Get(variable, NULL, &value), 0);
    CU_ASSERT_PTR_NULL(value);
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
}

TEST(set_and_reset)
{
    OWN variable = PyContextVar_New("v", NULL);
    OWN token = PyContextVar_Set(variable, Py_True);
    CU_ASSERT(PyContextToken_CheckExact(token));
    PyObject *value = NULL;
    CU_ASSERT_EQUAL(PyContextVar_Get(variable, NULL, &value), 0);
    CU_ASSERT_PTR_EQUAL(value, Py_True);
    Py_XDECREF(value);
    CU_ASSERT_EQUAL(PyContextVar_Reset(variable, token), 0);
    CU_ASSERT_EQUAL(PyContextVar_Get(variable, NULL, &value), 0);
    CU_ASSERT_PTR_NULL(value);
}

TEST(token_is_used_once)
{
    OWN variable = PyContextVar_New("v", NULL);
    OWN token = PyContextVar_Set(variable, Py_True);
    CU_ASSERT_EQUAL(PyContextVar_Reset(variable, token), 0);
    MINUS_WITH(PyContextVar_Reset(variable, token), PyExc_RuntimeError, NULL);
}

TEST(token_of_other_variable)
{
    OWN one = PyContextVar_New("one", NULL), two = PyContextVar_New("two", NULL);
    OWN token = PyContextVar_Set(one, Py_True);
    MINUS_WITH(PyContextVar_Reset(two, token), PyExc_ValueError, NULL);
    CU_ASSERT_EQUAL(PyContextVar_Reset(one, token), 0);
}

TEST(entered_context_is_separate)
{
    OWN variable = PyContextVar_New("v", Py_None), context = PyContext_CopyCurrent();
    CU_ASSERT_EQUAL(PyContext_Enter(context), 0);
    OWN token = PyContextVar_Set(variable, Py_True);
    CU_ASSERT_EQUAL(PyContext_Exit(context), 0);
    PyObject *value = NULL;
    CU_ASSERT_EQUAL(PyContextVar_Get(variable, NULL, &value), 0);
    CU_ASSERT_PTR_EQUAL(value, Py_None);
    Py_XDECREF(value);
    GIVES(PyObject_GetItem(context, variable), "True");
}

TEST(enter_twice)
{
    OWN context = PyContext_New();
    CU_ASSERT_EQUAL(PyContext_Enter(context), 0);
    CU_ASSERT_EQUAL(PyContext_Enter(context), -1);
    CU_ASSERT(ks_took_exception(PyExc_RuntimeError));
    CU_ASSERT_EQUAL(PyContext_Exit(context), 0);
    MINUS_WITH(PyContext_Exit(context), PyExc_RuntimeError, NULL);
}

TEST(copy_keeps_values)
{
    OWN variable = PyContextVar_New("v", NULL);
    OWN token = PyContextVar_Set(variable, Py_True), context = PyContext_CopyCurrent();
    OWN copy = PyContext_Copy(context);
    GIVES(PyObject_GetItem(copy, variable), "True");
    CU_ASSERT_EQUAL(PyContextVar_Reset(variable, token), 0);
    CU_ASSERT_EQUAL(PySequence_Contains(copy, variable), 1);
}

TEST(many_variables)
{
    OWN variables = PyList_New(0), context = PyContext_New();
    CU_ASSERT_EQUAL(PyContext_Enter(context), 0);
    for (long i = 0; i < 300; i++) {
        OWN variable = PyContextVar_New("v", NULL), value = PyLong_FromLong(i);
        OWN token = PyContextVar_Set(variable, value);
        PyList_Append(variables, variable);
    }
    CU_ASSERT_EQUAL(PyContext_Exit(context), 0);
    CU_ASSERT_EQUAL(PyObject_Size(context), 300);
    long wrong = 0;
    for (long i = 0; i < 300; i++) {
        OWN value = PyObject_GetItem(context, PyList_GET_ITEM(variables, i));
        wrong += value == NULL || PyLong_AsLong(value) != i;
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

TEST(calls_check_type)
{
    PyObject *value;
    MINUS_WITH(PyContextVar_Get(Py_None, NULL, &value), PyExc_TypeError,
               "an instance of ContextVar was expected");
    NULL_WITH(PyContextVar_Set(Py_None, Py_None), PyExc_TypeError,
              "an instance of ContextVar was expected");
    MINUS_WITH(PyContext_Enter(Py_None), PyExc_TypeError,
               "an instance of Context was expected");
}

void
add_context_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_default_of_variable);
    CU_ADD_TEST(suite, test_default_of_call_wins);
    CU_ADD_TEST(suite, test_absent_is_null_without_error);
    CU_ADD_TEST(suite, test_set_and_reset);
    CU_ADD_TEST(suite, test_token_is_used_once);
    CU_ADD_TEST(suite, test_token_of_other_variable);
    CU_ADD_TEST(suite, test_entered_context_is_separate);
    CU_ADD_TEST(suite, test_enter_twice);
    CU_ADD_TEST(suite, test_copy_keeps_values);
    CU_ADD_TEST(suite, test_many_variables);
    CU_ADD_TEST(suite, test_calls_check_type);
}
