/* SPDX-License-Identifier: MIT */
/* Running text: compiling, evaluating, code objects, frames, trace functions. */
#include "capi.h"

TEST(eval_file_and_single_input)
{
    OWN space = PyDict_New();
    PyDict_SetItemString(space, "__builtins__", PyEval_GetBuiltins());
    GIVES(PyRun_String("1 + 2", Py_eval_input, space, space), "3");
    GIVES(PyRun_String("x = 5\ny = x * 2\n", Py_file_input, space, space), "None");
    READS(PyDict_GetItemString(space, "y"), "10");
    GIVES(PyRun_String("z = 1", Py_single_input, space, space), "None");
}

TEST(locals_are_separate)
{
    OWN globals = PyDict_New(), locals = PyDict_New();
    PyDict_SetItemString(globals, "__builtins__", PyEval_GetBuiltins());
    OWN none = PyRun_String("global g\ng = 1\nl = 2\n", Py_file_input, globals, locals);
    READS(locals, "{'l': 2}");
    READS(PyDict_GetItemString(globals, "g"), "1");
}

TEST(builtins_are_added)
{
    OWN space = PyDict_New();
    GIVES(PyRun_String("len('abc')", Py_eval_input, space, space), "3");
    CU_ASSERT_PTR_NOT_NULL(PyDict_GetItemString(space, "__builtins__"));
}

TEST(syntax_error)
{
    OWN space = PyDict_New();
    CU_ASSERT_PTR_NULL(PyRun_String("1 +", Py_eval_input, space, space));
    CU_ASSERT(ks_took_message(PyExc_SyntaxError, "invalid syntax (<string>, line 1)"));
    CU_ASSERT_PTR_NULL(PyRun_String("if 1:\nx", Py_file_input, space, space));
    CU_ASSERT(ks_took_message(PyExc_IndentationError,
                              "expected an indented block after 'if' statement on line 1 (<string>, line 2)"));
}

TEST(simple_string_uses_main)
{
    CU_ASSERT_EQUAL(PyRun_SimpleString("capi_here = 41 + 1\n"), 0);
    PyObject *main = PyImport_AddModule("__main__");
    GIVES(PyObject_GetAttrString(main, "capi_here"), "42");
    CU_ASSERT_EQUAL(PyObject_DelAttrString(main, "capi_here"), 0);
}

TEST(compile_keeps_name_and_flags)
{
    OWN code = Py_CompileString("a = b + 1\n", "some name", Py_file_input);
    CU_ASSERT(PyCode_Check(code));
    GIVES(PyObject_GetAttrString(code, "co_filename"), "'some name'");
    GIVES(PyObject_GetAttrString(code, "co_names"), "('b', 'a')");
    NULL_WITH(Py_CompileString("a b", "n", Py_file_input), PyExc_SyntaxError,
              "invalid syntax (n, line 1)");
}

TEST(compile_with_flags)
{
    PyCompilerFlags flags = {.cf_flags = PyCF_ONLY_AST, .cf_feature_version = PY_MINOR_VERSION};
    OWN tree = Py_CompileStringFlags("1 + 2", "n", Py_eval_input, &flags);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tree);
    CU_ASSERT_STRING_EQUAL(Py_TYPE(tree)->tp_name, "Expression");
}

TEST(compile_optimised)
{
    OWN code = Py_CompileStringExFlags("assert 0\nr = __debug__\n", "n", Py_file_input, NULL, 1);
    OWN space = PyDict_New();
    GIVES(PyEval_EvalCode(code, space, space), "None");
    READS(PyDict_GetItemString(space, "r"), "False");
}

TEST(eval_code)
{
    OWN code = Py_CompileString("x * 2", "n", Py_eval_input), space = ks_eval("{'x': 'ab'}");
    GIVES(PyEval_EvalCode(code, space, space), "'abab'");
}

TEST(eval_code_ex_fills_arguments)
{
    OWN space = ks_exec("def f(a, b, *, k): return (a, b, k)\n");
    PyObject *code = PyFunction_GetCode(ks_name(space, "f"));
    OWN one = PyLong_FromLong(1), two = PyLong_FromLong(2), name = PyUnicode_FromString("k");
    PyObject *args[] = {one}, *defaults[] = {two}, *kwargs[] = {name, Py_None};
    GIVES(PyEval_EvalCodeEx(code, space, NULL, args, 1, kwargs, 1, defaults, 1, NULL, NULL),
          "(1, 2, None)");
}

TEST(code_parts)
{
    OWN code = ks_eval("(lambda a, b: a).__code__");
    PyCodeObject *object = (PyCodeObject *)code;
    CU_ASSERT_EQUAL(object->co_argcount, 2);
    CU_ASSERT_EQUAL(object->co_nlocals, 2);
    CU_ASSERT_EQUAL(PyCode_GetNumFree(object), 0);
    GIVES(PyCode_GetVarnames(object), "('a', 'b')");
    GIVES(PyCode_GetFreevars(object), "()");
    GIVES(PyCode_GetCellvars(object), "()");
    OWN bytes = PyCode_GetCode(object);
    CU_ASSERT(PyBytes_Check(bytes));
    CU_ASSERT_EQUAL(PyBytes_GET_SIZE(bytes), 2 * Py_SIZE(code));
}

TEST(code_empty)
{
    OWN code = (PyObject *)PyCode_NewEmpty("file.py", "func", 77);
    GIVES(PyObject_GetAttrString(code, "co_name"), "'func'");
    GIVES(PyObject_GetAttrString(code, "co_firstlineno"), "77");
    CU_ASSERT_EQUAL(PyCode_Addr2Line((PyCodeObject *)code, 0), 77);
    OWN space = PyDict_New();
    NULL_WITH(PyEval_EvalCode(code, space, space), PyExc_AssertionError, NULL);
}

TEST(code_locations)
{
    OWN code = Py_CompileString("a = 1\n\nb = 22\n", "n", Py_file_input);
    int line, column, end_line, end_column;
    Py_ssize_t last = 2 * Py_SIZE(code) - 4;
    CU_ASSERT_EQUAL(PyCode_Addr2Location((PyCodeObject *)code, last - 2, &line, &column, &end_line,
                                         &end_column), 1);
    CU_ASSERT_EQUAL(line, 3);
    CU_ASSERT(column == 0 || column == 4);
}

static int traced[8];
static PyObject *seen_code;

static int
count_events(PyObject *argument, PyFrameObject *frame, int what, PyObject *value)
{
    traced[what]++;
    if (what == PyTrace_CALL) {
        PyCodeObject *code = PyFrame_GetCode(frame);
        Py_XSETREF(seen_code, Py_NewRef(code->co_name));
        Py_DECREF(code);
    }
    return 0;
}

TEST(trace_function_sees_events)
{
    OWN space = ks_exec("def f():\n x = 1\n return x\n");
    memset(traced, 0, sizeof(traced));
    PyEval_SetTrace(count_events, Py_None);
    PyObject *result = PyObject_CallNoArgs(ks_name(space, "f"));
    PyEval_SetTrace(NULL, NULL);
    GIVES(result, "1");
    CU_ASSERT_EQUAL(traced[PyTrace_CALL], 1);
    CU_ASSERT_EQUAL(traced[PyTrace_LINE], 2);
    CU_ASSERT_EQUAL(traced[PyTrace_RETURN], 1);
    READS(seen_code, "'f'");
    Py_CLEAR(seen_code);
}

TEST(profile_function_sees_c_calls)
{
    OWN space = ks_exec("def f(): return len('abc')\n");
    memset(traced, 0, sizeof(traced));
    PyEval_SetProfile(count_events, NULL);
    PyObject *result = PyObject_CallNoArgs(ks_name(space, "f"));
    PyEval_SetProfile(NULL, NULL);
    GIVES(result, "3");
    CU_ASSERT_EQUAL(traced[PyTrace_CALL], 1);
    CU_ASSERT_EQUAL(traced[PyTrace_C_CALL], 1);
    CU_ASSERT_EQUAL(traced[PyTrace_C_RETURN], 1);
    CU_ASSERT_EQUAL(traced[PyTrace_LINE], 0);
    Py_CLEAR(seen_code);
}

static PyObject *
look_at_frame(PyObject *self, PyObject *unused)
{
    PyFrameObject *frame = PyEval_GetFrame();
    PyFrameObject *back = PyFrame_GetBack(frame);
    PyCodeObject *code = PyFrame_GetCode(frame);
    OWN locals = PyFrame_GetLocals(frame);
    PyObject *result = Py_BuildValue("OiOO", code->co_name, PyFrame_GetLineNumber(frame), locals,
                                     back == NULL ? Py_False : Py_True);
    Py_XDECREF(back);
    Py_DECREF(code);
    return result;
}

TEST(frame_of_caller)
{
    static PyMethodDef def = {"look", look_at_frame, METH_NOARGS};
    OWN function = PyCFunction_New(&def, NULL), space = PyDict_New();
    PyDict_SetItemString(space, "look", function);
    OWN none = PyRun_String("def f(a):\n b = 2\n return look()\nr = f(1)\n", Py_file_input, space,
                            space);
    READS(PyDict_GetItemString(space, "r"), "('f', 3, {'a': 1, 'b': 2}, True)");
}

static PyObject *
look_at_surroundings(PyObject *self, PyObject *unused)
{
    return Py_BuildValue("OO", PyEval_GetLocals(),
                         PyDict_GetItemString(PyEval_GetGlobals(), "mark"));
}

TEST(globals_and_locals_of_caller)
{
    static PyMethodDef def = {"look", look_at_surroundings, METH_NOARGS};
    OWN function = PyCFunction_New(&def, NULL), space = ks_eval("{'mark': 'M'}");
    PyDict_SetItemString(space, "look", function);
    OWN none = PyRun_String("def f(a): return look()\nr = f(1)\n", Py_file_input, space, space);
    READS(PyDict_GetItemString(space, "r"), "({'a': 1}, 'M')");
}

TEST(surroundings_without_frame)
{
    CU_ASSERT_PTR_NULL(PyEval_GetGlobals());
    CU_ASSERT(PyDict_Check(PyEval_GetBuiltins()));
    NULL_WITH(PyEval_GetLocals(), PyExc_SystemError, "frame does not exist");
}

TEST(function_names)
{
    OWN function = ks_eval("lambda: 1"), method = ks_eval("[].append");
    CU_ASSERT_STRING_EQUAL(PyEval_GetFuncName(function), "<lambda>");
    CU_ASSERT_STRING_EQUAL(PyEval_GetFuncDesc(function), "()");
    CU_ASSERT_STRING_EQUAL(PyEval_GetFuncName(method), "append");
    CU_ASSERT_STRING_EQUAL(PyEval_GetFuncName(Py_None), "NoneType");
    CU_ASSERT_STRING_EQUAL(PyEval_GetFuncDesc(Py_None), " object");
}

TEST(run_file_by_handle)
{
    char text[] = "r = 6 * 7\n";
    FILE *file = fmemopen(text, strlen(text), "r");
    OWN space = PyDict_New();
    PyObject *none = PyRun_FileExFlags(file, "mem", Py_file_input, space, space, 1, NULL);
    GIVES(none, "None");
    READS(PyDict_GetItemString(space, "r"), "42");
}

TEST(generator_and_coroutine_checks)
{
    OWN generator = ks_eval("(x for x in ())"), space = ks_exec("async def c(): pass\nc = c()\n");
    CU_ASSERT(PyGen_Check(generator) && PyGen_CheckExact(generator));
    CU_ASSERT(PyCoro_CheckExact(ks_name(space, "c")));
    CU_ASSERT(!PyCoro_CheckExact(generator));
    OWN none = PyObject_CallMethod(ks_name(space, "c"), "close", NULL);
    CU_ASSERT_PTR_NOT_NULL(none);
}

TEST(print_goes_through_displayhook)
{
    OWN log = PyList_New(0), space = PyDict_New();
    OWN hook = PyObject_GetAttrString(log, "append"),
        old = Py_XNewRef(PySys_GetObject("displayhook"));
    PySys_SetObject("displayhook", hook);
    OWN none = PyRun_String("6 * 7", Py_single_input, space, space);
    PySys_SetObject("displayhook", old);
    READS(log, "[42]");
}

void
add_run_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_eval_file_and_single_input);
    CU_ADD_TEST(suite, test_locals_are_separate);
    CU_ADD_TEST(suite, test_builtins_are_added);
    CU_ADD_TEST(suite, test_syntax_error);
    CU_ADD_TEST(suite, test_simple_string_uses_main);
    CU_ADD_TEST(suite, test_compile_keeps_name_and_flags);
    CU_ADD_TEST(suite, test_compile_with_flags);
    CU_ADD_TEST(suite, test_compile_optimised);
    CU_ADD_TEST(suite, test_eval_code);
    CU_ADD_TEST(suite, test_eval_code_ex_fills_arguments);
    CU_ADD_TEST(suite, test_code_parts);
    CU_ADD_TEST(suite, test_code_empty);
    CU_ADD_TEST(suite, test_code_locations);
    CU_ADD_TEST(suite, test_trace_function_sees_events);
    CU_ADD_TEST(suite, test_profile_function_sees_c_calls);
    CU_ADD_TEST(suite, test_frame_of_caller);
    CU_ADD_TEST(suite, test_globals_and_locals_of_caller);
    CU_ADD_TEST(suite, test_surroundings_without_frame);
    CU_ADD_TEST(suite, test_function_names);
    CU_ADD_TEST(suite, test_run_file_by_handle);
    CU_ADD_TEST(suite, test_generator_and_coroutine_checks);
    CU_ADD_TEST(suite, test_print_goes_through_displayhook);
}
