/* SPDX-License-Identifier: MIT */
/* Importing from C. */
#include "capi.h"

TEST(module_by_name)
{
    OWN one = PyImport_ImportModule("sys");
    OWN name = PyUnicode_FromString("sys");
    OWN two = PyImport_Import(name), three = PyImport_GetModule(name);
    CU_ASSERT_PTR_EQUAL(one, two);
    CU_ASSERT_PTR_EQUAL(one, three);
    CU_ASSERT_PTR_EQUAL(PyDict_GetItemString(PyImport_GetModuleDict(), "sys"), one);
}

TEST(missing_module)
{
    NULL_WITH(PyImport_ImportModule("no_such_module_here"), PyExc_ModuleNotFoundError,
              "No module named 'no_such_module_here'");
    NULL_WITH(PyImport_ImportModule(""), PyExc_ValueError, "Empty module name");
}

TEST(sub_module_import_gives_leaf)
{
    OWN path = PyImport_ImportModule("os.path");
    GIVES(PyModule_GetNameObject(path), "'posixpath'");
}

TEST(level_import_gives_root)
{
    OWN from = PyList_New(0), space = PyDict_New();
    OWN top = PyImport_ImportModuleLevel("os.path", space, space, from, 0);
    GIVES(PyModule_GetNameObject(top), "'os'");
    OWN names = ks_eval("['join']");
    OWN leaf = PyImport_ImportModuleLevel("os.path", space, space, names, 0);
    GIVES(PyModule_GetNameObject(leaf), "'posixpath'");
}

TEST(negative_level)
{
    NULL_WITH(PyImport_ImportModuleLevel("sys", NULL, NULL, NULL, -1), PyExc_ValueError,
              "level must be >= 0");
}

TEST(relative_import_needs_package)
{
    OWN space = PyDict_New();
    NULL_WITH(PyImport_ImportModuleLevel("x", space, space, NULL, 1), PyExc_KeyError,
              "\"'__name__' not in globals\"");
}

TEST(get_module_absent)
{
    OWN name = PyUnicode_FromString("never imported");
    CU_ASSERT_PTR_NULL(PyImport_GetModule(name));
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
}

TEST(add_module_creates_and_borrows)
{
    PyObject *module = PyImport_AddModule("capi_added");
    CU_ASSERT(PyModule_Check(module));
    CU_ASSERT_PTR_EQUAL(PyImport_AddModule("capi_added"), module);
    CU_ASSERT_EQUAL(PyDict_DelItemString(PyImport_GetModuleDict(), "capi_added"), 0);
}

TEST(exec_code_module)
{
    OWN code = Py_CompileString("value = 6 * 7\n", "made.py", Py_file_input);
    OWN module = PyImport_ExecCodeModule("capi_made", code);
    GIVES(PyObject_GetAttrString(module, "value"), "42");
    GIVES(PyObject_GetAttrString(module, "__file__"), "'made.py'");
    CU_ASSERT_EQUAL(PyDict_DelItemString(PyImport_GetModuleDict(), "capi_made"), 0);
}

TEST(exec_code_module_failure_removes_it)
{
    OWN code = Py_CompileString("1 // 0\n", "made.py", Py_file_input);
    NULL_WITH(PyImport_ExecCodeModule("capi_failed", code), PyExc_ZeroDivisionError, NULL);
    CU_ASSERT_PTR_NULL(PyDict_GetItemString(PyImport_GetModuleDict(), "capi_failed"));
}

TEST(reload_wants_module)
{
    NULL_WITH(PyImport_ReloadModule(Py_None), PyExc_TypeError,
              "reload() argument must be a module");
}

TEST(magic_number)
{
    CU_ASSERT_EQUAL(PyImport_GetMagicNumber(), 0x0a0d0da7);
    CU_ASSERT_STRING_EQUAL(PyImport_GetMagicTag(), "cpython-311");
}

TEST(blocked_name)
{
    CU_ASSERT_EQUAL(PyDict_SetItemString(PyImport_GetModuleDict(), "capi_blocked", Py_None), 0);
    NULL_WITH(PyImport_ImportModule("capi_blocked"), PyExc_ModuleNotFoundError,
              "import of capi_blocked halted; None in sys.modules");
    CU_ASSERT_EQUAL(PyDict_DelItemString(PyImport_GetModuleDict(), "capi_blocked"), 0);
}

TEST(meta_path_is_asked)
{
    OWN space = ks_exec("import sys\nclass F:\n @staticmethod\n def find_spec(name, path, target=None):\n"
                        "  log.append(name)\nlog = []\nsys.meta_path.insert(0, F)\n");
    NULL_WITH(PyImport_ImportModule("capi_wanted"), PyExc_ModuleNotFoundError, NULL);
    OWN path = Py_XNewRef(PySys_GetObject("meta_path"));
    CU_ASSERT_EQUAL(PySequence_DelItem(path, 0), 0);
    READS(ks_name(space, "log"), "['capi_wanted']");
}

void
add_import_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_module_by_name);
    CU_ADD_TEST(suite, test_missing_module);
    CU_ADD_TEST(suite, test_sub_module_import_gives_leaf);
    CU_ADD_TEST(suite, test_level_import_gives_root);
    CU_ADD_TEST(suite, test_negative_level);
    CU_ADD_TEST(suite, test_relative_import_needs_package);
    CU_ADD_TEST(suite, test_get_module_absent);
    CU_ADD_TEST(suite, test_add_module_creates_and_borrows);
    CU_ADD_TEST(suite, test_exec_code_module);
    CU_ADD_TEST(suite, test_exec_code_module_failure_removes_it);
    CU_ADD_TEST(suite, test_reload_wants_module);
    CU_ADD_TEST(suite, test_magic_number);
    CU_ADD_TEST(suite, test_blocked_name);
    CU_ADD_TEST(suite, test_meta_path_is_asked);
}
