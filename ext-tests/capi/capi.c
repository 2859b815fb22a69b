/* SPDX-License-Identifier: MIT */
/* The checks behind capi.h. A check that fails prints what it met, since CUnit shows only the
 * expression. */
#include "capi.h"

void
ks_drop(PyObject **reference)
{
    Py_XDECREF(*reference);
}

int
ks_reads(PyObject *object, const char *text)
{
    if (object == NULL) {
        fprintf(stderr, "\n  expected %s, got NULL: ", text);
        if (PyErr_Occurred())
            PyErr_Print();
        return 0;
    }
    OWN repr = PyObject_Repr(object);
    const char *found = repr == NULL ? NULL : PyUnicode_AsUTF8(repr);
    if (found == NULL) {
        PyErr_Print();
        return 0;
    }
    if (strcmp(found, text) == 0)
        return 1;
    fprintf(stderr, "\n  expected %s, got %s\n", text, found);
    return 0;
}

int
ks_gives(PyObject *stolen, const char *text)
{
    int same = ks_reads(stolen, text);
    Py_XDECREF(stolen);
    return same;
}

/* Is the pending exception exactly of this type? It is cleared in any case. */
int
ks_took_message(PyObject *type, const char *text)
{
    PyObject *kind, *value, *traceback;
    PyErr_Fetch(&kind, &value, &traceback);
    if (kind == NULL) {
        fprintf(stderr, "\n  no exception is set\n");
        return 0;
    }
    PyErr_NormalizeException(&kind, &value, &traceback);
    int same = kind == type;
    OWN shown = PyObject_Str(value);
    const char *found = shown == NULL ? "?" : PyUnicode_AsUTF8(shown);
    if (found == NULL)
        found = "?";
    if (text != NULL && strcmp(found, text) != 0)
        same = 0;
    if (!same)
        fprintf(stderr, "\n  found %s: %s\n", ((PyTypeObject *)kind)->tp_name, found);
    Py_XDECREF(kind);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    PyErr_Clear();
    return same;
}

int
ks_took_exception(PyObject *type)
{
    return ks_took_message(type, NULL);
}

int
ks_null_with(PyObject *result, PyObject *type, const char *text)
{
    int is_null = result == NULL;
    if (!is_null) {
        fprintf(stderr, "\n  a result of type %s\n", Py_TYPE(result)->tp_name);
        Py_DECREF(result);
    }
    return ks_took_message(type, text) && is_null;
}

int
ks_minus_with(long long result, PyObject *type, const char *text)
{
    if (result != -1)
        fprintf(stderr, "\n  a result of %lld\n", result);
    return ks_took_message(type, text) && result == -1;
}

static PyObject *
fresh_space(void)
{
    PyObject *space = PyDict_New();
    CU_ASSERT_PTR_NOT_NULL_FATAL(space);
    CU_ASSERT_EQUAL_FATAL(PyDict_SetItemString(space, "__builtins__", PyEval_GetBuiltins()), 0);
    OWN name = PyUnicode_FromString("capi");
    CU_ASSERT_EQUAL_FATAL(PyDict_SetItemString(space, "__name__", name), 0);
    return space;
}

PyObject *
ks_eval(const char *expression)
{
    OWN space = fresh_space();
    PyObject *value = PyRun_String(expression, Py_eval_input, space, space);
    if (value == NULL)
        PyErr_Print();
    CU_ASSERT_PTR_NOT_NULL_FATAL(value);
    return value;
}

PyObject *
ks_exec(const char *statements)
{
    PyObject *space = fresh_space();
    PyObject *none = PyRun_String(statements, Py_file_input, space, space);
    if (none == NULL)
        PyErr_Print();
    CU_ASSERT_PTR_NOT_NULL_FATAL(none);
    Py_DECREF(none);
    return space;
}

PyObject *
ks_name(PyObject *space, const char *name)
{
    PyObject *value = PyDict_GetItemString(space, name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(value);
    return value;
}
