/* SPDX-License-Identifier: MIT */
/* Exceptions: the indicator, chaining, errors made from errno, new classes, warnings. */
#include "capi.h"
#include <errno.h>

TEST(set_string)
{
    PyErr_SetString(PyExc_ValueError, "text");
    CU_ASSERT_PTR_EQUAL(PyErr_Occurred(), PyExc_ValueError);
    CU_ASSERT(ks_took_message(PyExc_ValueError, "text"));
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
}

TEST(set_object_with_tuple_spreads)
{
    OWN args = ks_eval("(1, 2)");
    PyErr_SetObject(PyExc_KeyError, args);
    CU_ASSERT(ks_took_message(PyExc_KeyError, "(1, 2)"));
}

TEST(set_none_and_clear)
{
    PyErr_SetNone(PyExc_StopIteration);
    CU_ASSERT_PTR_EQUAL(PyErr_Occurred(), PyExc_StopIteration);
    PyErr_Clear();
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
}

TEST(set_object_wants_exception_class)
{
    PyErr_SetObject((PyObject *)&PyLong_Type, Py_None);
    CU_ASSERT(ks_took_message(PyExc_SystemError,
                              "_PyErr_SetObject: exception <class 'int'> is not a BaseException subclass"));
}

TEST(format)
{
    NULL_WITH(PyErr_Format(PyExc_TypeError, "%s is %d and %R", "x", 5, Py_None), PyExc_TypeError,
              "x is 5 and None");
}

TEST(fetch_and_restore_keep_identity)
{
    PyErr_SetString(PyExc_ValueError, "text");
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
    CU_ASSERT_PTR_NULL(traceback);
    PyErr_Restore(type, value, traceback);
    CU_ASSERT(ks_took_message(PyExc_ValueError, "text"));
}

TEST(fetch_without_exception)
{
    PyObject *type = Py_None, *value = Py_None, *traceback = Py_None;
    PyErr_Fetch(&type, &value, &traceback);
    CU_ASSERT_PTR_NULL(type);
    CU_ASSERT_PTR_NULL(value);
    CU_ASSERT_PTR_NULL(traceback);
}

TEST(normalize_makes_instance)
{
    PyErr_SetString(PyExc_ValueError, "text");
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    CU_ASSERT(PyExceptionInstance_Check(value));
    READS(value, "ValueError('text')");
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

TEST(normalize_uses_error_of_constructor)
{
    OWN space = ks_exec("class E(Exception):\n def __init__(self, a, b): pass\n");
    PyObject *type = Py_NewRef(ks_name(space, "E")), *value = NULL, *traceback = NULL;
    PyErr_NormalizeException(&type, &value, &traceback);
    CU_ASSERT_PTR_EQUAL(type, PyExc_TypeError);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

TEST(exception_matches)
{
    PyErr_SetString(PyExc_KeyError, "k");
    CU_ASSERT_EQUAL(PyErr_ExceptionMatches(PyExc_LookupError), 1);
    CU_ASSERT_EQUAL(PyErr_ExceptionMatches(PyExc_ValueError), 0);
    PyErr_Clear();
    OWN kinds = PyTuple_Pack(2, PyExc_ValueError, PyExc_LookupError);
    CU_ASSERT_EQUAL(PyErr_GivenExceptionMatches(PyExc_KeyError, kinds), 1);
    OWN instance = PyObject_CallNoArgs(PyExc_KeyError);
    CU_ASSERT_EQUAL(PyErr_GivenExceptionMatches(instance, PyExc_LookupError), 1);
    CU_ASSERT_EQUAL(PyErr_GivenExceptionMatches(NULL, PyExc_LookupError), 0);
}

TEST(no_memory)
{
    NULL_WITH(PyErr_NoMemory(), PyExc_MemoryError, "");
}

TEST(bad_argument_and_internal_call)
{
    CU_ASSERT_EQUAL(PyErr_BadArgument(), 0);
    CU_ASSERT(ks_took_message(PyExc_TypeError, "bad argument type for built-in operation"));
    (PyErr_BadInternalCall)();
    CU_ASSERT(ks_took_message(PyExc_SystemError, "bad argument to internal function"));
    _PyErr_BadInternalCall("file.c", 12);
    CU_ASSERT(ks_took_message(PyExc_SystemError, "file.c:12: bad argument to internal function"));
}

TEST(from_errno_picks_subclass)
{
    errno = ENOENT;
    NULL_WITH(PyErr_SetFromErrno(PyExc_OSError), PyExc_FileNotFoundError,
              "[Errno 2] No such file or directory");
}

TEST(from_errno_with_filename)
{
    errno = EACCES;
    NULL_WITH(PyErr_SetFromErrnoWithFilename(PyExc_OSError, "a b"), PyExc_PermissionError,
              "[Errno 13] Permission denied: 'a b'");
    OWN one = PyUnicode_FromString("one"), two = PyUnicode_FromString("two");
    errno = EEXIST;
    NULL_WITH(PyErr_SetFromErrnoWithFilenameObjects(PyExc_OSError, one, two), PyExc_FileExistsError,
              "[Errno 17] File exists: 'one' -> 'two'");
}

TEST(from_errno_with_other_class)
{
    errno = EINVAL;
    NULL_WITH(PyErr_SetFromErrno(PyExc_ValueError), PyExc_ValueError,
              "(22, 'Invalid argument')");
}

TEST(import_error_fields)
{
    OWN message = PyUnicode_FromString("why"), name = PyUnicode_FromString("mod"),
        path = PyUnicode_FromString("/p");
    CU_ASSERT_PTR_NULL(PyErr_SetImportError(message, name, path));
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    GIVES(PyObject_GetAttrString(value, "name"), "'mod'");
    GIVES(PyObject_GetAttrString(value, "path"), "'/p'");
    GIVES(PyObject_GetAttrString(value, "msg"), "'why'");
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

TEST(import_error_subclass_is_checked)
{
    OWN message = PyUnicode_FromString("why");
    NULL_WITH(PyErr_SetImportErrorSubclass(PyExc_ValueError, message, NULL, NULL), PyExc_TypeError,
              "expected a subclass of ImportError");
}

TEST(new_exception_class)
{
    OWN kind = PyErr_NewException("pack.Oops", NULL, NULL);
    READS(kind, "<class 'pack.Oops'>");
    CU_ASSERT_PTR_EQUAL(((PyTypeObject *)kind)->tp_base, (PyTypeObject *)PyExc_Exception);
    PyErr_SetString(kind, "text");
    CU_ASSERT(ks_took_message(kind, "text"));
}

TEST(new_exception_with_bases_and_dict)
{
    OWN bases = PyTuple_Pack(2, PyExc_ValueError, PyExc_KeyError), dict = ks_eval("{'code': 7}");
    OWN kind = PyErr_NewExceptionWithDoc("pack.Two", "Doc.", bases, dict);
    CU_ASSERT_EQUAL(PyObject_IsSubclass(kind, PyExc_KeyError), 1);
    GIVES(PyObject_GetAttrString(kind, "code"), "7");
    GIVES(PyObject_GetAttrString(kind, "__doc__"), "'Doc.'");
    GIVES(PyObject_GetAttrString(kind, "__module__"), "'pack'");
}

TEST(new_exception_needs_dot)
{
    NULL_WITH(PyErr_NewException("nodot", NULL, NULL), PyExc_SystemError,
              "PyErr_NewException: name must be module.class");
}

TEST(cause_and_context)
{
    OWN error = PyObject_CallNoArgs(PyExc_ValueError), cause = PyObject_CallNoArgs(PyExc_KeyError);
    CU_ASSERT_PTR_NULL(PyException_GetCause(error));
    PyException_SetCause(error, Py_NewRef(cause));
    CU_ASSERT_EQUAL(Py_REFCNT(cause), 2);
    OWN found = PyException_GetCause(error);
    CU_ASSERT_PTR_EQUAL(found, cause);
    GIVES(PyObject_GetAttrString(error, "__suppress_context__"), "True");
    PyException_SetContext(error, Py_NewRef(cause));
    OWN context = PyException_GetContext(error);
    CU_ASSERT_PTR_EQUAL(context, cause);
    PyException_SetCause(error, NULL);
    PyException_SetContext(error, NULL);
    CU_ASSERT_PTR_NULL(PyException_GetContext(error));
}

TEST(traceback_is_checked)
{
    OWN error = PyObject_CallNoArgs(PyExc_ValueError);
    CU_ASSERT_PTR_NULL(PyException_GetTraceback(error));
    CU_ASSERT_EQUAL(PyException_SetTraceback(error, Py_None), 0);
    MINUS_WITH(PyException_SetTraceback(error, Py_True), PyExc_TypeError,
               "__traceback__ must be a traceback or None");
}

TEST(traceback_of_raised)
{
    PyObject *space = PyEval_GetBuiltins();
    CU_ASSERT_PTR_NULL(PyRun_String("1 // 0", Py_eval_input, space, space));
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    CU_ASSERT(PyTraceBack_Check(traceback));
    GIVES(PyObject_GetAttrString(traceback, "tb_lineno"), "1");
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

TEST(handled_exception)
{
    OWN error = PyObject_CallFunction(PyExc_ValueError, "s", "handled");
    CU_ASSERT_PTR_NULL(PyErr_GetHandledException());
    PyErr_SetHandledException(error);
    OWN found = PyErr_GetHandledException();
    CU_ASSERT_PTR_EQUAL(found, error);
    PyErr_SetHandledException(NULL);
    CU_ASSERT_PTR_NULL(PyErr_GetHandledException());
}

TEST(raising_while_handling_sets_context)
{
    OWN error = PyObject_CallFunction(PyExc_ValueError, "s", "first");
    PyErr_SetHandledException(error);
    PyErr_SetString(PyExc_KeyError, "second");
    PyErr_SetHandledException(NULL);
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    OWN context = PyException_GetContext(value);
    CU_ASSERT_PTR_EQUAL(context, error);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

TEST(get_and_set_exc_info)
{
    PyObject *type, *value, *traceback;
    PyErr_GetExcInfo(&type, &value, &traceback);
    CU_ASSERT(value == NULL || value == Py_None);
    OWN error = PyObject_CallNoArgs(PyExc_ValueError);
    PyErr_SetExcInfo(Py_NewRef(PyExc_ValueError), Py_NewRef(error), NULL);
    OWN found = PyErr_GetHandledException();
    CU_ASSERT_PTR_EQUAL(found, error);
    PyErr_SetExcInfo(type, value, traceback);
}

TEST(write_unraisable_calls_hook)
{
    OWN log = PyList_New(0), space = PyDict_New();
    PyDict_SetItemString(space, "log", log);
    PyDict_SetItemString(space, "__builtins__", PyEval_GetBuiltins());
    OWN hook = PyRun_String("lambda u: log.append((u.exc_type.__name__, u.object))", Py_eval_input,
                            space, space);
    OWN old = Py_XNewRef(PySys_GetObject("unraisablehook"));
    PySys_SetObject("unraisablehook", hook);
    PyErr_SetString(PyExc_ValueError, "text");
    PyErr_WriteUnraisable(Py_True);
    PySys_SetObject("unraisablehook", old);
    READS(log, "[('ValueError', True)]");
    CU_ASSERT_PTR_NULL(PyErr_Occurred());
}

TEST(warn_runs_filters)
{
    OWN space = ks_exec("import warnings\nc = warnings.catch_warnings(record=True)\n"
                        "log = c.__enter__()\nwarnings.simplefilter('always')\n");
    CU_ASSERT_EQUAL(PyErr_WarnEx(PyExc_UserWarning, "careful", 1), 0);
    CU_ASSERT_EQUAL(PyErr_WarnFormat(PyExc_UserWarning, 1, "n=%d", 4), 0);
    OWN none = PyObject_CallMethod(ks_name(space, "c"), "__exit__", "");
    CU_ASSERT_EQUAL(PyList_Size(ks_name(space, "log")), 2);
    OWN message = PyObject_GetAttrString(PyList_GET_ITEM(ks_name(space, "log"), 1), "message");
    READS(message, "UserWarning('n=4')");
}

TEST(warning_turned_into_error)
{
    OWN space = ks_exec("import warnings\nc = warnings.catch_warnings()\n"
                        "c.__enter__()\nwarnings.simplefilter('error')\n");
    MINUS_WITH(PyErr_WarnEx(PyExc_UserWarning, "careful", 1), PyExc_UserWarning, "careful");
    MINUS_WITH(PyErr_WarnExplicit(PyExc_SyntaxWarning, "odd", "f.py", 3, NULL, NULL),
               PyExc_SyntaxWarning, "odd");
    OWN none = PyObject_CallMethod(ks_name(space, "c"), "__exit__", "");
    CU_ASSERT_PTR_NOT_NULL(none);
}

TEST(warning_category_may_refuse_text)
{
    MINUS_WITH(PyErr_WarnEx((PyObject *)&PyLong_Type, "x", 1), PyExc_ValueError,
               "invalid literal for int() with base 10: 'x'");
}

TEST(unicode_error_accessors)
{
    OWN error = PyUnicodeDecodeError_Create("enc", "abc", 3, 1, 2, "why");
    Py_ssize_t position;
    CU_ASSERT_EQUAL(PyUnicodeDecodeError_GetStart(error, &position), 0);
    CU_ASSERT_EQUAL(position, 1);
    CU_ASSERT_EQUAL(PyUnicodeDecodeError_SetEnd(error, 3), 0);
    CU_ASSERT_EQUAL(PyUnicodeDecodeError_GetEnd(error, &position), 0);
    CU_ASSERT_EQUAL(position, 3);
    GIVES(PyUnicodeDecodeError_GetEncoding(error), "'enc'");
    GIVES(PyUnicodeDecodeError_GetObject(error), "b'abc'");
    CU_ASSERT_EQUAL(PyUnicodeDecodeError_SetReason(error, "other"), 0);
    GIVES(PyUnicodeDecodeError_GetReason(error), "'other'");
}

TEST(class_checks)
{
    OWN error = PyObject_CallNoArgs(PyExc_ValueError);
    CU_ASSERT(PyExceptionClass_Check(PyExc_ValueError));
    CU_ASSERT(!PyExceptionClass_Check(error));
    CU_ASSERT(PyExceptionInstance_Check(error));
    CU_ASSERT_STRING_EQUAL(PyExceptionClass_Name(PyExc_ValueError), "ValueError");
}

TEST(base_groups)
{
    OWN group = ks_eval("ExceptionGroup('g', [ValueError(1), KeyError(2)])");
    GIVES(PyObject_CallMethod(group, "subgroup", "O", PyExc_KeyError),
          "ExceptionGroup('g', [KeyError(2)])");
}

TEST(syntax_location)
{
    PyErr_SetString(PyExc_SyntaxError, "odd");
    PyErr_SyntaxLocationEx("no-such-file.py", 7, 3);
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    GIVES(PyObject_GetAttrString(value, "lineno"), "7");
    GIVES(PyObject_GetAttrString(value, "filename"), "'no-such-file.py'");
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

TEST(no_memory_needs_no_memory)
{
    ks_fail_after(0);
    PyObject *none = PyErr_NoMemory();
    ks_fail_stop();
    NULL_WITH(none, PyExc_MemoryError, "");
}

TEST(check_signals_is_quiet)
{
    CU_ASSERT_EQUAL(PyErr_CheckSignals(), 0);
}

TEST(set_interrupt_raises_at_check)
{
    /* A shell starts what runs in the background with SIGINT ignored: then nothing is raised. */
    OWN was = ks_eval("__import__('signal').signal(2, __import__('signal').default_int_handler)");
    CU_ASSERT_PTR_NOT_NULL(was);
    CU_ASSERT_EQUAL(PyErr_SetInterruptEx(2), 0);
    MINUS_WITH(PyErr_CheckSignals(), PyExc_KeyboardInterrupt, "");
    CU_ASSERT_EQUAL(PyErr_SetInterruptEx(9999), -1);
}

void
add_error_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_set_string);
    CU_ADD_TEST(suite, test_set_object_with_tuple_spreads);
    CU_ADD_TEST(suite, test_set_none_and_clear);
    CU_ADD_TEST(suite, test_set_object_wants_exception_class);
    CU_ADD_TEST(suite, test_format);
    CU_ADD_TEST(suite, test_fetch_and_restore_keep_identity);
    CU_ADD_TEST(suite, test_fetch_without_exception);
    CU_ADD_TEST(suite, test_normalize_makes_instance);
    CU_ADD_TEST(suite, test_normalize_uses_error_of_constructor);
    CU_ADD_TEST(suite, test_exception_matches);
    CU_ADD_TEST(suite, test_no_memory);
    CU_ADD_TEST(suite, test_bad_argument_and_internal_call);
    CU_ADD_TEST(suite, test_from_errno_picks_subclass);
    CU_ADD_TEST(suite, test_from_errno_with_filename);
    CU_ADD_TEST(suite, test_from_errno_with_other_class);
    CU_ADD_TEST(suite, test_import_error_fields);
    CU_ADD_TEST(suite, test_import_error_subclass_is_checked);
    CU_ADD_TEST(suite, test_new_exception_class);
    CU_ADD_TEST(suite, test_new_exception_with_bases_and_dict);
    CU_ADD_TEST(suite, test_new_exception_needs_dot);
    CU_ADD_TEST(suite, test_cause_and_context);
    CU_ADD_TEST(suite, test_traceback_is_checked);
    CU_ADD_TEST(suite, test_traceback_of_raised);
    CU_ADD_TEST(suite, test_handled_exception);
    CU_ADD_TEST(suite, test_raising_while_handling_sets_context);
    CU_ADD_TEST(suite, test_get_and_set_exc_info);
    CU_ADD_TEST(suite, test_write_unraisable_calls_hook);
    CU_ADD_TEST(suite, test_warn_runs_filters);
    CU_ADD_TEST(suite, test_warning_turned_into_error);
    CU_ADD_TEST(suite, test_warning_category_may_refuse_text);
    CU_ADD_TEST(suite, test_unicode_error_accessors);
    CU_ADD_TEST(suite, test_class_checks);
    CU_ADD_TEST(suite, test_base_groups);
    CU_ADD_TEST(suite, test_syntax_location);
    CU_ADD_TEST(suite, test_no_memory_needs_no_memory);
    CU_ADD_TEST(suite, test_check_signals_is_quiet);
    CU_ADD_TEST(suite, test_set_interrupt_raises_at_check);
}
