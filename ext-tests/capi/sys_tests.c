/* SPDX-License-Identifier: MIT */
/* The sys module's C side, the build's names, configuration of a run. */
#include "capi.h"

TEST(get_borrows)
{
    PyObject *modules = PySys_GetObject("modules");
    CU_ASSERT_PTR_EQUAL(modules, PyImport_GetModuleDict());
    CU_ASSERT_PTR_NULL(PySys_GetObject("no such"));
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
}

TEST(set_and_delete)
{
    OWN value = PyFloat_FromDouble(1.5);
    CU_ASSERT_EQUAL(PySys_SetObject("capi_value", value), 0);
    CU_ASSERT_PTR_EQUAL(PySys_GetObject("capi_value"), value);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 2);
    CU_ASSERT_EQUAL(PySys_SetObject("capi_value", NULL), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 1);
    CU_ASSERT_EQUAL(PySys_SetObject("capi_value", NULL), 0);
}

TEST(write_goes_through_stdout)
{
    OWN space = ks_exec("import io\nout, err = io.StringIO(), io.StringIO()\n");
    OWN old_out = Py_XNewRef(PySys_GetObject("stdout")),
        old_err = Py_XNewRef(PySys_GetObject("stderr"));
    PySys_SetObject("stdout", ks_name(space, "out"));
    PySys_SetObject("stderr", ks_name(space, "err"));
    PySys_WriteStdout("%s-%d", "out", 1);
    PySys_FormatStdout(" %R", Py_None);
    PySys_WriteStderr("err");
    PySys_FormatStderr("%5d", 42);
    PySys_SetObject("stdout", old_out);
    PySys_SetObject("stderr", old_err);
    GIVES(PyObject_CallMethod(ks_name(space, "out"), "getvalue", NULL), "'out-1 None'");
    GIVES(PyObject_CallMethod(ks_name(space, "err"), "getvalue", NULL), "'err   42'");
}

TEST(write_is_cut_at_thousand)
{
    OWN space = ks_exec("import io\nout = io.StringIO()\n"), long_text = ks_eval("'x' * 2000");
    OWN old = Py_XNewRef(PySys_GetObject("stdout"));
    PySys_SetObject("stdout", ks_name(space, "out"));
    PySys_WriteStdout("%s", PyUnicode_AsUTF8(long_text));
    PySys_SetObject("stdout", old);
    OWN text = PyObject_CallMethod(ks_name(space, "out"), "getvalue", NULL);
    CU_ASSERT_EQUAL(PyUnicode_GetLength(text), 1000 + (Py_ssize_t)strlen("... truncated"));
}

TEST(print_error_uses_excepthook)
{
    OWN log = PyList_New(0), space = PyDict_New(), old = Py_XNewRef(PySys_GetObject("excepthook"));
    PyDict_SetItemString(space, "log", log);
    OWN hook = PyRun_String("lambda t, v, tb: log.append(repr(v))", Py_eval_input, space, space);
    PySys_SetObject("excepthook", hook);
    PyErr_SetString(PyExc_ValueError, "shown");
    PyErr_PrintEx(0);
    PySys_SetObject("excepthook", old);
    READS(log, "[\"ValueError('shown')\"]");
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
}

TEST(print_sets_last)
{
    OWN old = Py_XNewRef(PySys_GetObject("excepthook")), hook = ks_eval("lambda *a: None");
    PySys_SetObject("excepthook", hook);
    PyErr_SetString(PyExc_ValueError, "last");
    PyErr_Print();
    PySys_SetObject("excepthook", old);
    READS(PySys_GetObject("last_value"), "ValueError('last')");
    PySys_SetObject("last_type", NULL);
    PySys_SetObject("last_value", NULL);
    PySys_SetObject("last_traceback", NULL);
}

static int audited;

static int
count_audit(const char *event, PyObject *args, void *data)
{
    if (strcmp(event, "capi.event") == 0)
        audited += PyTuple_Size(args) == 2;
    return 0;
}

TEST(audit_hook_sees_event)
{
    CU_ASSERT_EQUAL(PySys_AddAuditHook(count_audit, NULL), 0);
    CU_ASSERT_EQUAL(PySys_Audit("capi.event", "is", 1, "x"), 0);
    CU_ASSERT_EQUAL(audited, 1);
}

TEST(names_of_the_build)
{
    CU_ASSERT_EQUAL(strncmp(Py_GetVersion(), "3.11.", 5), 0);
    CU_ASSERT_STRING_EQUAL(Py_GetPlatform(), "linux");
    CU_ASSERT_PTR_NOT_NULL(Py_GetCopyright());
    CU_ASSERT_PTR_NOT_NULL(Py_GetCompiler());
    CU_ASSERT_EQUAL(Py_Version >> 16, 0x030b);
}

TEST(is_initialized)
{
    CU_ASSERT_EQUAL(Py_IsInitialized(), 1);
    Py_Initialize();
    CU_ASSERT_EQUAL(Py_IsInitialized(), 1);
}

TEST(recursion_limit_round_trip)
{
    int before = Py_GetRecursionLimit();
    CU_ASSERT_EQUAL(before, 1000);
    Py_SetRecursionLimit(500);
    CU_ASSERT_EQUAL(Py_GetRecursionLimit(), 500);
    Py_SetRecursionLimit(before);
}

TEST(config_structs_have_defaults)
{
    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    CU_ASSERT_EQUAL(config.isolated, 1);
    CU_ASSERT_EQUAL(config.use_environment, 0);
    PyStatus status = PyConfig_SetBytesString(&config, &config.program_name, "name");
    CU_ASSERT(!PyStatus_Exception(status));
    CU_ASSERT_EQUAL(wcscmp(config.program_name, L"name"), 0);
    PyConfig_Clear(&config);
    CU_ASSERT_PTR_NULL(config.program_name);
}

TEST(wide_string_list)
{
    PyWideStringList list = {0, NULL};
    CU_ASSERT(!PyStatus_Exception(PyWideStringList_Append(&list, L"b")));
    CU_ASSERT(!PyStatus_Exception(PyWideStringList_Insert(&list, 0, L"a")));
    CU_ASSERT_EQUAL(list.length, 2);
    CU_ASSERT_EQUAL(wcscmp(list.items[0], L"a"), 0);
    CU_ASSERT(PyStatus_IsError(PyWideStringList_Insert(&list, -1, L"x")));
    for (Py_ssize_t i = 0; i < list.length; i++)
        PyMem_RawFree(list.items[i]);
    PyMem_RawFree(list.items);
}

TEST(status_kinds)
{
    CU_ASSERT(!PyStatus_Exception(PyStatus_Ok()));
    CU_ASSERT(PyStatus_IsError(PyStatus_Error("text")));
    CU_ASSERT_STRING_EQUAL(PyStatus_Error("text").err_msg, "text");
    CU_ASSERT(PyStatus_IsExit(PyStatus_Exit(3)));
    CU_ASSERT_EQUAL(PyStatus_Exit(3).exitcode, 3);
    CU_ASSERT(PyStatus_Exception(PyStatus_NoMemory()));
}

void
add_sys_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_get_borrows);
    CU_ADD_TEST(suite, test_set_and_delete);
    CU_ADD_TEST(suite, test_write_goes_through_stdout);
    CU_ADD_TEST(suite, test_write_is_cut_at_thousand);
    CU_ADD_TEST(suite, test_print_error_uses_excepthook);
    CU_ADD_TEST(suite, test_print_sets_last);
    CU_ADD_TEST(suite, test_audit_hook_sees_event);
    CU_ADD_TEST(suite, test_names_of_the_build);
    CU_ADD_TEST(suite, test_is_initialized);
    CU_ADD_TEST(suite, test_recursion_limit_round_trip);
    CU_ADD_TEST(suite, test_config_structs_have_defaults);
    CU_ADD_TEST(suite, test_wide_string_list);
    CU_ADD_TEST(suite, test_status_kinds);
}
