/* SPDX-License-Identifier: MIT */
/* Functions written in C under every calling convention, methods, and the calls into Python. */
#include "capi.h"
#include <structmember.h>

static PyObject *
takes_varargs(PyObject *self, PyObject *args)
{
    return Py_BuildValue("sO", "varargs", args);
}

static PyObject *
takes_keywords(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return Py_BuildValue("OO", args, kwargs == NULL ? Py_None : kwargs);
}

static PyObject *
takes_fast(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *tuple = PyTuple_New(nargs);
    for (Py_ssize_t i = 0; i < nargs; i++)
        PyTuple_SET_ITEM(tuple, i, Py_NewRef(args[i]));
    return tuple;
}

static PyObject *
takes_fast_keywords(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *names)
{
    return Py_BuildValue("nO", nargs, names == NULL ? Py_None : names);
}

static PyObject *
takes_one(PyObject *self, PyObject *arg)
{
    return Py_NewRef(arg);
}

static PyObject *
takes_none(PyObject *self, PyObject *unused)
{
    return Py_NewRef(self == NULL ? Py_None : self);
}

static PyObject *
returns_null_without_error(PyObject *self, PyObject *unused)
{
    return NULL;
}

static PyObject *
returns_with_error(PyObject *self, PyObject *unused)
{
    PyErr_SetString(PyExc_ValueError, "left over");
    return Py_NewRef(Py_None);
}

static PyMethodDef def_varargs = {"varargs", takes_varargs, METH_VARARGS,
                                  "varargs(*a)\n--\n\nDoc."};
static PyMethodDef def_keywords = {"keywords", (PyCFunction)takes_keywords,
                                   METH_VARARGS | METH_KEYWORDS};
static PyMethodDef def_fast = {"fast", (PyCFunction)takes_fast, METH_FASTCALL};
static PyMethodDef def_fast_keywords = {"fastkw", (PyCFunction)takes_fast_keywords,
                                        METH_FASTCALL | METH_KEYWORDS};
static PyMethodDef def_one = {"one", takes_one, METH_O};
static PyMethodDef def_none = {"none", takes_none, METH_NOARGS};
static PyMethodDef def_null = {"null", returns_null_without_error, METH_NOARGS};
static PyMethodDef def_left = {"left", returns_with_error, METH_NOARGS};
static PyMethodDef def_bad = {"bad", takes_none, METH_NOARGS | METH_O};

static PyObject *
call_text(PyMethodDef *def, const char *arguments)
{
    OWN function = PyCFunction_New(def, NULL), space = PyDict_New();
    PyDict_SetItemString(space, "f", function);
    PyDict_SetItemString(space, "__builtins__", PyEval_GetBuiltins());
    OWN text = PyUnicode_FromFormat("f(%s)", arguments);
    return PyRun_String(PyUnicode_AsUTF8(text), Py_eval_input, space, space);
}

TEST(varargs)
{
    GIVES(call_text(&def_varargs, "1, 2"), "('varargs', (1, 2))");
    NULL_WITH(call_text(&def_varargs, "x=1"), PyExc_TypeError,
              "varargs() takes no keyword arguments");
}

TEST(varargs_and_keywords)
{
    GIVES(call_text(&def_keywords, "1, x=2"), "((1,), {'x': 2})");
    GIVES(call_text(&def_keywords, ""), "((), None)");
}

TEST(fastcall)
{
    GIVES(call_text(&def_fast, "1, *(2, 3)"), "(1, 2, 3)");
    NULL_WITH(call_text(&def_fast, "x=1"), PyExc_TypeError, "fast() takes no keyword arguments");
}

TEST(fastcall_and_keywords)
{
    GIVES(call_text(&def_fast_keywords, "1, y=2, z=3"), "(1, ('y', 'z'))");
    GIVES(call_text(&def_fast_keywords, "1, **{'k': 1}"), "(1, ('k',))");
    GIVES(call_text(&def_fast_keywords, "1, **{}"), "(1, None)");
}

TEST(one_argument)
{
    GIVES(call_text(&def_one, "'a'"), "'a'");
    NULL_WITH(call_text(&def_one, ""), PyExc_TypeError,
              "one() takes exactly one argument (0 given)");
    NULL_WITH(call_text(&def_one, "1, 2"), PyExc_TypeError,
              "one() takes exactly one argument (2 given)");
}

TEST(no_argument)
{
    GIVES(call_text(&def_none, ""), "None");
    NULL_WITH(call_text(&def_none, "1"), PyExc_TypeError, "none() takes no arguments (1 given)");
}

TEST(bad_convention)
{
    NULL_WITH(PyCFunction_New(&def_bad, NULL), PyExc_SystemError,
              "bad() method: bad call flags");
}

TEST(null_without_exception)
{
    OWN function = PyCFunction_New(&def_null, NULL);
    NULL_WITH(PyObject_CallNoArgs(function), PyExc_SystemError,
              "<built-in function null> returned NULL without setting an exception");
}

TEST(result_with_exception)
{
    OWN function = PyCFunction_New(&def_left, NULL);
    NULL_WITH(PyObject_CallNoArgs(function), PyExc_SystemError,
              "<built-in function left> returned a result with an exception set");
}

TEST(cfunction_attributes)
{
    OWN module = PyUnicode_FromString("modname");
    OWN function = PyCFunction_NewEx(&def_varargs, Py_True, module);
    CU_ASSERT(PyCFunction_Check(function));
    CU_ASSERT_PTR_EQUAL(PyCFunction_GetFunction(function), takes_varargs);
    CU_ASSERT_PTR_EQUAL(PyCFunction_GetSelf(function), Py_True);
    CU_ASSERT_EQUAL(PyCFunction_GetFlags(function), METH_VARARGS);
    GIVES(PyObject_GetAttrString(function, "__name__"), "'varargs'");
    GIVES(PyObject_GetAttrString(function, "__module__"), "'modname'");
    GIVES(PyObject_GetAttrString(function, "__doc__"), "'Doc.'");
    GIVES(PyObject_GetAttrString(function, "__text_signature__"), "'(*a)'");
}

TEST(cfunction_holds_self)
{
    OWN self = PyList_New(0);
    PyObject *function = PyCFunction_New(&def_none, self);
    CU_ASSERT_EQUAL(Py_REFCNT(self), 2);
    OWN result = PyObject_CallNoArgs(function);
    CU_ASSERT_PTR_EQUAL(result, self);
    Py_DECREF(function);
    CU_ASSERT_EQUAL(Py_REFCNT(self), 2);
}

static PyObject *
tell_class(PyObject *self, PyTypeObject *defining, PyObject *const *args, size_t nargs,
           PyObject *names)
{
    return PyUnicode_FromString(defining->tp_name);
}

TEST(method_learns_defining_class)
{
    static PyMethodDef methods[] = {{"who", (PyCFunction)(void (*)(void))tell_class,
                              METH_METHOD | METH_FASTCALL | METH_KEYWORDS}, {NULL}};
    PyType_Slot slots[] = {{Py_tp_methods, methods}, {0, NULL}};
    PyType_Spec spec = {"capi.Definer", sizeof(PyObject), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
    OWN type = PyType_FromSpec(&spec);
    OWN bases = PyTuple_Pack(1, type);
    OWN sub = PyObject_CallFunction((PyObject *)&PyType_Type, "sO{}", "Sub", bases);
    OWN object = PyObject_CallNoArgs(sub);
    GIVES(PyObject_CallMethod(object, "who", NULL), "'capi.Definer'");
}

TEST(class_and_static_methods)
{
    static PyMethodDef methods[] = {{"c", takes_none, METH_NOARGS | METH_CLASS},
                             {"s", takes_none, METH_NOARGS | METH_STATIC}, {NULL}};
    PyType_Slot slots[] = {{Py_tp_methods, methods}, {0, NULL}};
    PyType_Spec spec = {"capi.Both", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT, slots};
    OWN type = PyType_FromSpec(&spec);
    OWN result = PyObject_CallMethod(type, "c", NULL);
    CU_ASSERT_PTR_EQUAL(result, type);
    GIVES(PyObject_CallMethod(type, "s", NULL), "None");
}

TEST(call_family)
{
    OWN function = PyCFunction_New(&def_keywords, NULL), args = ks_eval("(1, 2)"),
        kwargs = ks_eval("{'k': 3}");
    GIVES(PyObject_Call(function, args, kwargs), "((1, 2), {'k': 3})");
    GIVES(PyObject_CallObject(function, NULL), "((), None)");
    GIVES(PyObject_CallFunction(function, "i(ii)", 1, 2, 3), "((1, (2, 3)), None)");
    GIVES(PyObject_CallFunction(function, "(ii)", 2, 3), "((2, 3), None)");
    GIVES(PyObject_CallFunctionObjArgs(function, Py_None, Py_True, NULL), "((None, True), None)");
    GIVES(PyObject_CallOneArg(function, Py_None), "((None,), None)");
}

TEST(call_method_family)
{
    OWN text = PyUnicode_FromString("a-b"), name = PyUnicode_FromString("split"),
        dash = PyUnicode_FromString("-");
    GIVES(PyObject_CallMethod(text, "split", "s", "-"), "['a', 'b']");
    GIVES(PyObject_CallMethodObjArgs(text, name, dash, NULL), "['a', 'b']");
    GIVES(PyObject_CallMethodOneArg(text, name, dash), "['a', 'b']");
    GIVES(PyObject_CallMethodNoArgs(text, name), "['a-b']");
    NULL_WITH(PyObject_CallMethod(text, "nope", NULL), PyExc_AttributeError,
              "'str' object has no attribute 'nope'");
}

TEST(call_refuses)
{
    NULL_WITH(PyObject_CallNoArgs(Py_None), PyExc_TypeError, "'NoneType' object is not callable");
    OWN list = PyList_New(0);
    NULL_WITH(PyObject_CallObject((PyObject *)&PyLong_Type, list), PyExc_TypeError,
              "argument list must be a tuple");
}

TEST(vectorcall_with_keywords)
{
    OWN function = PyCFunction_New(&def_fast_keywords, NULL), names = ks_eval("('k',)");
    PyObject *args[] = {NULL, Py_None, Py_True};
    GIVES(PyObject_Vectorcall(function, args + 1, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET, names),
          "(1, ('k',))");
    OWN kwargs = ks_eval("{'z': 1}");
    GIVES(PyObject_VectorcallDict(function, args + 1, 2, kwargs), "(2, ('z',))");
}

TEST(vectorcall_method)
{
    OWN text = PyUnicode_FromString("abc"), name = PyUnicode_FromString("upper");
    PyObject *args[] = {text};
    GIVES(PyObject_VectorcallMethod(name, args, 1, NULL), "'ABC'");
}

TEST(vectorcall_function_of_kinds)
{
    OWN function = PyCFunction_New(&def_one, NULL), lambda = ks_eval("lambda: 1");
    CU_ASSERT_PTR_NOT_NULL(PyVectorcall_Function(function));
    CU_ASSERT_PTR_NOT_NULL(PyVectorcall_Function(lambda));
    CU_ASSERT_PTR_NULL(PyVectorcall_Function(Py_None));
    CU_ASSERT_EQUAL(PyVectorcall_NARGS(3 | PY_VECTORCALL_ARGUMENTS_OFFSET), 3);
}

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
} Callee;

static PyObject *
callee_call(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *names)
{
    return Py_BuildValue("nO", PyVectorcall_NARGS(nargsf), names == NULL ? Py_None : names);
}

static PyObject *
callee_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *self = type->tp_alloc(type, 0);
    if (self != NULL)
        ((Callee *)self)->call = callee_call;
    return self;
}

TEST(own_type_with_vectorcall)
{
    static PyMemberDef members[] = {{"__vectorcalloffset__", T_PYSSIZET, offsetof(Callee, call),
                                     READONLY},
                             {NULL}};
    PyType_Slot slots[] = {{Py_tp_new, callee_new}, {Py_tp_call, PyVectorcall_Call},
                           {Py_tp_members, members}, {0, NULL}};
    PyType_Spec spec = {"capi.Callee", sizeof(Callee), 0,
                        Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL, slots};
    OWN type = PyType_FromSpec(&spec);
    OWN callee = PyObject_CallNoArgs(type);
    CU_ASSERT_PTR_EQUAL(PyVectorcall_Function(callee), callee_call);
    GIVES(PyObject_CallFunction(callee, "ii", 1, 2), "(2, None)");
    OWN args = PyTuple_New(0), kwargs = ks_eval("{'a': 1}");
    GIVES(PyObject_Call(callee, args, kwargs), "(0, ('a',))");
    GIVES(PyVectorcall_Call(callee, args, kwargs), "(0, ('a',))");
}

TEST(python_function_parts)
{
    OWN space = ks_exec("def f(a, b=2, *, c=3) -> int:\n 'doc'\n return a\n");
    PyObject *function = ks_name(space, "f");
    CU_ASSERT(PyFunction_Check(function));
    READS(PyFunction_GetDefaults(function), "(2,)");
    READS(PyFunction_GetKwDefaults(function), "{'c': 3}");
    READS(PyFunction_GetAnnotations(function), "{'return': <class 'int'>}");
    CU_ASSERT_PTR_EQUAL(PyFunction_GetGlobals(function), space);
    CU_ASSERT(PyCode_Check(PyFunction_GetCode(function)));
    CU_ASSERT_PTR_NULL(PyFunction_GetClosure(function));
    READS(PyFunction_GetModule(function), "'capi'");
}

TEST(python_function_set_defaults)
{
    OWN space = ks_exec("def f(a, b): return (a, b)\n"), defaults = ks_eval("(8, 9)");
    PyObject *function = ks_name(space, "f");
    CU_ASSERT_EQUAL(PyFunction_SetDefaults(function, defaults), 0);
    GIVES(PyObject_CallNoArgs(function), "(8, 9)");
    CU_ASSERT_EQUAL(PyFunction_SetDefaults(function, Py_None), 0);
    CU_ASSERT_PTR_NULL(PyFunction_GetDefaults(function));
    MINUS_WITH(PyFunction_SetDefaults(function, Py_True), PyExc_SystemError,
               "non-tuple default args");
}

TEST(python_function_new)
{
    OWN code = ks_eval("compile('1 + x', 'c', 'eval')"), globals = ks_eval("{'x': 5}");
    OWN function = PyFunction_New(code, globals);
    GIVES(PyObject_CallNoArgs(function), "6");
    OWN name = PyUnicode_FromString("Outer.inner");
    OWN other = PyFunction_NewWithQualName(code, globals, name);
    GIVES(PyObject_GetAttrString(other, "__qualname__"), "'Outer.inner'");
}

TEST(python_function_argument_errors)
{
    OWN function = ks_eval("lambda a, *, k: a");
    NULL_WITH(PyObject_CallNoArgs(function), PyExc_TypeError,
              "<lambda>() missing 1 required positional argument: 'a'");
    NULL_WITH(PyObject_CallOneArg(function, Py_None), PyExc_TypeError,
              "<lambda>() missing 1 required keyword-only argument: 'k'");
    NULL_WITH(PyObject_CallFunction(function, "ii", 1, 2), PyExc_TypeError,
              "<lambda>() takes 1 positional argument but 2 were given");
}

TEST(bound_method)
{
    OWN function = ks_eval("lambda *a: a"), self = PyList_New(0);
    OWN method = PyMethod_New(function, self);
    CU_ASSERT(PyMethod_Check(method));
    CU_ASSERT_PTR_EQUAL(PyMethod_Self(method), self);
    CU_ASSERT_PTR_EQUAL(PyMethod_Function(method), function);
    GIVES(PyObject_CallOneArg(method, Py_True), "([], True)");
    NULL_WITH(PyMethod_New(function, NULL), PyExc_SystemError, NULL);
}

TEST(instance_method_binds)
{
    OWN function = ks_eval("lambda *a: len(a)");
    OWN wrapper = PyInstanceMethod_New(function);
    CU_ASSERT(PyInstanceMethod_Check(wrapper));
    CU_ASSERT_PTR_EQUAL(PyInstanceMethod_Function(wrapper), function);
    OWN bound = Py_TYPE(wrapper)->tp_descr_get(wrapper, Py_True, (PyObject *)&PyBool_Type);
    GIVES(PyObject_CallNoArgs(bound), "1");
}

TEST(static_and_class_method_objects)
{
    OWN function = ks_eval("lambda *a: a");
    OWN fixed = PyStaticMethod_New(function), by_class = PyClassMethod_New(function);
    OWN got = Py_TYPE(fixed)->tp_descr_get(fixed, Py_True, (PyObject *)&PyBool_Type);
    CU_ASSERT_PTR_EQUAL(got, function);
    OWN bound = Py_TYPE(by_class)->tp_descr_get(by_class, Py_True, (PyObject *)&PyBool_Type);
    GIVES(PyObject_CallNoArgs(bound), "(<class 'bool'>,)");
}

TEST(recursion_limit)
{
    OWN space = ks_exec("def f(): return f()\n");
    NULL_WITH(PyObject_CallNoArgs(ks_name(space, "f")), PyExc_RecursionError,
              "maximum recursion depth exceeded");
    CU_ASSERT_EQUAL(Py_EnterRecursiveCall(" in a test"), 0);
    Py_LeaveRecursiveCall();
}

void
add_function_tests(CU_pSuite suite)
{
    CU_ADD_TEST(suite, test_varargs);
    CU_ADD_TEST(suite, test_varargs_and_keywords);
    CU_ADD_TEST(suite, test_fastcall);
    CU_ADD_TEST(suite, test_fastcall_and_keywords);
    CU_ADD_TEST(suite, test_one_argument);
    CU_ADD_TEST(suite, test_no_argument);
    CU_ADD_TEST(suite, test_bad_convention);
    CU_ADD_TEST(suite, test_null_without_exception);
    CU_ADD_TEST(suite, test_result_with_exception);
    CU_ADD_TEST(suite, test_cfunction_attributes);
    CU_ADD_TEST(suite, test_cfunction_holds_self);
    CU_ADD_TEST(suite, test_method_learns_defining_class);
    CU_ADD_TEST(suite, test_class_and_static_methods);
    CU_ADD_TEST(suite, test_call_family);
    CU_ADD_TEST(suite, test_call_method_family);
    CU_ADD_TEST(suite, test_call_refuses);
    CU_ADD_TEST(suite, test_vectorcall_with_keywords);
    CU_ADD_TEST(suite, test_vectorcall_method);
    CU_ADD_TEST(suite, test_vectorcall_function_of_kinds);
    CU_ADD_TEST(suite, test_own_type_with_vectorcall);
    CU_ADD_TEST(suite, test_python_function_parts);
    CU_ADD_TEST(suite, test_python_function_set_defaults);
    CU_ADD_TEST(suite, test_python_function_new);
    CU_ADD_TEST(suite, test_python_function_argument_errors);
    CU_ADD_TEST(suite, test_bound_method);
    CU_ADD_TEST(suite, test_instance_method_binds);
    CU_ADD_TEST(suite, test_static_and_class_method_objects);
    CU_ADD_TEST(suite, test_recursion_limit);
}
