/* SPDX-License-Identifier: MIT */
/* Capsules: a pointer, its name, context and destructor. */
#include "capi.h"

static int payload, destroyed;

static void
count_destroyed(PyObject *capsule)
{
    destroyed += PyCapsule_GetPointer(capsule, "a.b") == &payload;
}

TEST(pointer_by_exact_name)
{
    OWN capsule = PyCapsule_New(&payload, "a.b", NULL);
    CU_ASSERT_PTR_EQUAL(PyCapsule_GetPointer(capsule, "a.b"), &payload);
    NULL_WITH(PyCapsule_GetPointer(capsule, "a.c"), PyExc_ValueError,
              "PyCapsule_GetPointer called with incorrect name");
    NULL_WITH(PyCapsule_GetPointer(capsule, NULL), PyExc_ValueError,
              "PyCapsule_GetPointer called with incorrect name");
}

TEST(null_pointer_refused)
{
    NULL_WITH(PyCapsule_New(NULL, "x", NULL), PyExc_ValueError,
              "PyCapsule_New called with null pointer");
    OWN capsule = PyCapsule_New(&payload, NULL, NULL);
    MINUS_WITH(PyCapsule_SetPointer(capsule, NULL), PyExc_ValueError,
               "PyCapsule_SetPointer called with null pointer");
}

TEST(destructor_runs_once)
{
    destroyed = 0;
    PyObject *capsule = PyCapsule_New(&payload, "a.b", count_destroyed);
    CU_ASSERT_PTR_EQUAL(PyCapsule_GetDestructor(capsule), count_destroyed);
    Py_DECREF(capsule);
    CU_ASSERT_EQUAL(destroyed, 1);
}

TEST(destructor_can_be_removed)
{
    destroyed = 0;
    PyObject *capsule = PyCapsule_New(&payload, "a.b", count_destroyed);
    CU_ASSERT_EQUAL(PyCapsule_SetDestructor(capsule, NULL), 0);
    Py_DECREF(capsule);
    CU_ASSERT_EQUAL(destroyed, 0);
}

TEST(context_and_name)
{
    OWN capsule = PyCapsule_New(&payload, "a.b", NULL);
    CU_ASSERT_PTR_NULL(PyCapsule_GetContext(capsule));
    CU_ASSERT_EQUAL(PyCapsule_SetContext(capsule, &destroyed), 0);
    CU_ASSERT_PTR_EQUAL(PyCapsule_GetContext(capsule), &destroyed);
    CU_ASSERT_EQUAL(PyCapsule_SetName(capsule, "other"), 0);
    CU_ASSERT_STRING_EQUAL(PyCapsule_GetName(capsule), "other");
}

TEST(is_valid)
{
    OWN capsule = PyCapsule_New(&payload, "a.b", NULL);
    CU_ASSERT_EQUAL(PyCapsule_IsValid(capsule, "a.b"), 1);
    CU_ASSERT_EQUAL(PyCapsule_IsValid(capsule, "b"), 0);
    CU_ASSERT_EQUAL(PyCapsule_IsValid(Py_None, "a.b"), 0);
    CU_ASSERT_EQUAL(PyCapsule_IsValid(NULL, NULL), 0);
}

TEST(calls_check_type)
{
    NULL_WITH(PyCapsule_GetPointer(Py_None, NULL), PyExc_ValueError,
              "PyCapsule_GetPointer called with invalid PyCapsule object");
    CU_ASSERT_PTR_NULL(PyCapsule_GetName(Py_None));
    CU_ASSERT(ks_took_exception(PyExc_ValueError));
    MINUS_WITH(PyCapsule_SetName(Py_None, "x"), PyExc_ValueError,
               "PyCapsule_SetName called with invalid PyCapsule object");
}

TEST(import_walks_attributes)
{
    OWN capsule = PyCapsule_New(&payload, "sys.capi_test", NULL);
    CU_ASSERT_EQUAL(PySys_SetObject("capi_test", capsule), 0);
    CU_ASSERT_PTR_EQUAL(PyCapsule_Import("sys.capi_test", 0), &payload);
    CU_ASSERT_EQUAL(PySys_SetObject("capi_test", NULL), 0);
    CU_ASSERT_PTR_NULL(PyCapsule_Import("sys.capi_test", 0));
    CU_ASSERT(ks_took_exception(PyExc_AttributeError));
}

TEST(import_checks_name)
{
    OWN capsule = PyCapsule_New(&payload, "wrong", NULL);
    CU_ASSERT_EQUAL(PySys_SetObject("capi_test", capsule), 0);
    CU_ASSERT_PTR_NULL(PyCapsule_Import("sys.capi_test", 0));
    CU_ASSERT(ks_took_message(PyExc_AttributeError,
                              "PyCapsule_Import \"sys.capi_test\" is not valid"));
    CU_ASSERT_EQUAL(PySys_SetObject("capi_test", NULL), 0);
}

TEST(repr_names_it)
{
    OWN capsule = PyCapsule_New(&payload, "a.b", NULL);
    OWN repr = PyObject_Repr(capsule);
    CU_ASSERT_PTR_EQUAL(strstr(PyUnicode_AsUTF8(repr), "<capsule object \"a.b\" at 0x"),
                        PyUnicode_AsUTF8(repr));
}

void
add_capsule_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_pointer_by_exact_name);
    CU_ADD_TEST(suite, test_null_pointer_refused);
    CU_ADD_TEST(suite, test_destructor_runs_once);
    CU_ADD_TEST(suite, test_destructor_can_be_removed);
    CU_ADD_TEST(suite, test_context_and_name);
    CU_ADD_TEST(suite, test_is_valid);
    CU_ADD_TEST(suite, test_calls_check_type);
    CU_ADD_TEST(suite, test_import_walks_attributes);
    CU_ADD_TEST(suite, test_import_checks_name);
    CU_ADD_TEST(suite, test_repr_names_it);
}
