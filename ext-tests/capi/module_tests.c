/* SPDX-License-Identifier: MIT */
/* Modules: plain ones, single-phase definitions, multi-phase slots, per-module state. */
#include "capi.h"

static PyObject *
answer(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(42);
}

static PyMethodDef functions[] = {{"answer", answer, METH_NOARGS, "answer()\n--\n\nSay 42."},
                                  {NULL}};

TEST(new_sets_dunders)
{
    OWN module = PyModule_New("fresh");
    GIVES(PyModule_GetNameObject(module), "'fresh'");
    CU_ASSERT_STRING_EQUAL(PyModule_GetName(module), "fresh");
    PyObject *dict = PyModule_GetDict(module);
    CU_ASSERT_PTR_EQUAL(PyDict_GetItemString(dict, "__doc__"), Py_None);
    CU_ASSERT_PTR_EQUAL(PyDict_GetItemString(dict, "__spec__"), Py_None);
    CU_ASSERT_EQUAL(PyDict_Size(dict), 5);
}

TEST(name_missing)
{
    OWN module = PyModule_New("fresh");
    PyDict_DelItemString(PyModule_GetDict(module), "__name__");
    NULL_WITH(PyModule_GetNameObject(module), PyExc_SystemError, "nameless module");
}

TEST(file_name)
{
    OWN module = PyModule_New("fresh");
    NULL_WITH(PyModule_GetFilenameObject(module), PyExc_SystemError, "module filename missing");
    CU_ASSERT_EQUAL(PyModule_AddStringConstant(module, "__file__", "a/b.py"), 0);
    GIVES(PyModule_GetFilenameObject(module), "'a/b.py'");
}

TEST(missing_attribute)
{
    OWN module = PyModule_New("fresh");
    NULL_WITH(PyObject_GetAttrString(module, "nope"), PyExc_AttributeError,
              "module 'fresh' has no attribute 'nope'");
}

TEST(module_getattr_hook)
{
    OWN module = PyModule_New("fresh"), hook = ks_eval("lambda name: name * 2");
    CU_ASSERT_EQUAL(PyModule_AddObjectRef(module, "__getattr__", hook), 0);
    GIVES(PyObject_GetAttrString(module, "xy"), "'xyxy'");
}

TEST(add_object_steals_on_success)
{
    OWN module = PyModule_New("fresh"), value = PyFloat_FromDouble(1.5);
    CU_ASSERT_EQUAL(PyModule_AddObject(module, "v", Py_NewRef(value)), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 2);
    CU_ASSERT_EQUAL(PyModule_AddObjectRef(module, "w", value), 0);
    CU_ASSERT_EQUAL(Py_REFCNT(value), 3);
}

TEST(add_object_keeps_on_failure)
{
    OWN value = PyFloat_FromDouble(1.5);
    MINUS_WITH(PyModule_AddObject(Py_None, "v", value), PyExc_TypeError,
               "PyModule_AddObjectRef() first argument must be a module");
    CU_ASSERT_EQUAL(Py_REFCNT(value), 1);
    OWN module = PyModule_New("fresh");
    MINUS_WITH(PyModule_AddObjectRef(module, "v", NULL), PyExc_SystemError, NULL);
}

TEST(add_constants_and_type)
{
    OWN module = PyModule_New("fresh");
    CU_ASSERT_EQUAL(PyModule_AddIntConstant(module, "i", -3), 0);
    CU_ASSERT_EQUAL(PyModule_AddStringConstant(module, "s", "text"), 0);
    CU_ASSERT_EQUAL(PyModule_AddType(module, &PyLong_Type), 0);
    GIVES(PyObject_GetAttrString(module, "i"), "-3");
    GIVES(PyObject_GetAttrString(module, "s"), "'text'");
    GIVES(PyObject_GetAttrString(module, "int"), "<class 'int'>");
}

TEST(add_functions_and_doc)
{
    OWN module = PyModule_New("fresh");
    CU_ASSERT_EQUAL(PyModule_AddFunctions(module, functions), 0);
    CU_ASSERT_EQUAL(PyModule_SetDocString(module, "Docs."), 0);
    GIVES(PyObject_CallMethod(module, "answer", NULL), "42");
    GIVES(PyObject_GetAttrString(module, "__doc__"), "'Docs.'");
}

static struct PyModuleDef single = {
    PyModuleDef_HEAD_INIT, .m_name = "single", .m_doc = "One phase.", .m_size = 16,
    .m_methods = functions,
};

TEST(single_phase_state_is_zeroed)
{
    OWN module = PyModule_Create(&single);
    char *state = PyModule_GetState(module);
    CU_ASSERT_PTR_NOT_NULL_FATAL(state);
    CU_ASSERT_EQUAL(state[0] | state[15], 0);
    CU_ASSERT_PTR_EQUAL(PyModule_GetDef(module), &single);
    GIVES(PyObject_CallMethod(module, "answer", NULL), "42");
    GIVES(PyObject_GetAttrString(module, "__doc__"), "'One phase.'");
}

TEST(single_phase_is_found_by_state)
{
    OWN module = PyModule_Create(&single);
    CU_ASSERT_PTR_NULL(PyState_FindModule(&single));
    CU_ASSERT_EQUAL(PyState_AddModule(module, &single), 0);
    CU_ASSERT_PTR_EQUAL(PyState_FindModule(&single), module);
    CU_ASSERT_EQUAL(PyState_RemoveModule(&single), 0);
    CU_ASSERT_PTR_NULL(PyState_FindModule(&single));
}

static int executed;

static int
multi_exec(PyObject *module)
{
    executed++;
    *(int *)PyModule_GetState(module) = 9;
    return PyModule_AddIntConstant(module, "ran", executed);
}

static PyModuleDef_Slot multi_slots[] = {{Py_mod_exec, multi_exec}, {0, NULL}};
static struct PyModuleDef multi = {
    PyModuleDef_HEAD_INIT, .m_name = "multi", .m_size = sizeof(int), .m_slots = multi_slots,
    .m_methods = functions,
};

static PyObject *
make_spec(const char *name)
{
    OWN type = ks_eval("type('Spec', (), {'__init__': lambda s, n: setattr(s, 'name', n)})");
    return PyObject_CallFunction(type, "s", name);
}

TEST(multi_phase_creates_then_executes)
{
    executed = 0;
    OWN spec = make_spec("pack.multi");
    CU_ASSERT_PTR_EQUAL(PyModuleDef_Init(&multi), (PyObject *)&multi);
    OWN module = PyModule_FromDefAndSpec(&multi, spec);
    GIVES(PyModule_GetNameObject(module), "'pack.multi'");
    CU_ASSERT_EQUAL(executed, 0);
    CU_ASSERT_PTR_NULL(PyModule_GetState(module));
    CU_ASSERT_EQUAL(PyModule_ExecDef(module, &multi), 0);
    CU_ASSERT_EQUAL(executed, 1);
    CU_ASSERT_EQUAL(*(int *)PyModule_GetState(module), 9);
    GIVES(PyObject_GetAttrString(module, "ran"), "1");
}

TEST(multi_phase_modules_have_own_state)
{
    OWN spec = make_spec("multi");
    OWN one = PyModule_FromDefAndSpec(&multi, spec), two = PyModule_FromDefAndSpec(&multi, spec);
    PyModule_ExecDef(one, &multi);
    PyModule_ExecDef(two, &multi);
    CU_ASSERT_PTR_NOT_EQUAL(PyModule_GetState(one), PyModule_GetState(two));
}

static int
exec_silent_failure(PyObject *module)
{
    return -1;
}

TEST(exec_failure_without_exception)
{
    PyModuleDef_Slot slots[] = {{Py_mod_exec, exec_silent_failure}, {0, NULL}};
    static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, .m_name = "failing"};
    def.m_slots = slots;
    OWN spec = make_spec("failing");
    OWN module = PyModule_FromDefAndSpec(&def, spec);
    MINUS_WITH(PyModule_ExecDef(module, &def), PyExc_SystemError,
               "execution of module failing failed without setting an exception");
}

static PyObject *
create_list(PyObject *spec, PyModuleDef *def)
{
    return PyList_New(0);
}

TEST(create_slot_may_return_any_object)
{
    PyModuleDef_Slot slots[] = {{Py_mod_create, create_list}, {0, NULL}};
    static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, .m_name = "listmod"};
    def.m_slots = slots;
    OWN spec = make_spec("listmod");
    GIVES(PyModule_FromDefAndSpec(&def, spec), "[]");
}

TEST(unknown_slot)
{
    PyModuleDef_Slot slots[] = {{77, NULL}, {0, NULL}};
    static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, .m_name = "odd"};
    def.m_slots = slots;
    OWN spec = make_spec("odd");
    NULL_WITH(PyModule_FromDefAndSpec(&def, spec), PyExc_SystemError,
              "module odd uses unknown slot ID 77");
}

TEST(slots_with_single_phase_create)
{
    NULL_WITH(PyModule_Create(&multi), PyExc_SystemError,
              "module multi: PyModule_Create is incompatible with m_slots");
}

static int freed;

static void
count_free(void *module)
{
    freed++;
}

TEST(free_hook_runs_once)
{
    static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, .m_name = "freeing", .m_size = 4};
    def.m_free = count_free;
    freed = 0;
    PyObject *module = PyModule_Create(&def);
    Py_DECREF(module);
    CU_ASSERT_EQUAL(freed, 1);
}

TEST(get_dict_of_other)
{
    NULL_WITH(PyModule_GetDict(Py_None), PyExc_SystemError, NULL);
    NULL_WITH(PyModule_GetState(Py_None), PyExc_TypeError, NULL);
}

void
add_module_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_new_sets_dunders);
    CU_ADD_TEST(suite, test_name_missing);
    CU_ADD_TEST(suite, test_file_name);
    CU_ADD_TEST(suite, test_missing_attribute);
    CU_ADD_TEST(suite, test_module_getattr_hook);
    CU_ADD_TEST(suite, test_add_object_steals_on_success);
    CU_ADD_TEST(suite, test_add_object_keeps_on_failure);
    CU_ADD_TEST(suite, test_add_constants_and_type);
    CU_ADD_TEST(suite, test_add_functions_and_doc);
    CU_ADD_TEST(suite, test_single_phase_state_is_zeroed);
    CU_ADD_TEST(suite, test_single_phase_is_found_by_state);
    CU_ADD_TEST(suite, test_multi_phase_creates_then_executes);
    CU_ADD_TEST(suite, test_multi_phase_modules_have_own_state);
    CU_ADD_TEST(suite, test_exec_failure_without_exception);
    CU_ADD_TEST(suite, test_create_slot_may_return_any_object);
    CU_ADD_TEST(suite, test_unknown_slot);
    CU_ADD_TEST(suite, test_slots_with_single_phase_create);
    CU_ADD_TEST(suite, test_free_hook_runs_once);
    CU_ADD_TEST(suite, test_get_dict_of_other);
}
