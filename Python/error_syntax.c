/* SPDX-License-Identifier: MIT */
/* Places for SyntaxErrors, and exceptions replaced by others of their kind with more text. */
#include "Python.h"

#include "pycore_fileutils.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"

#include "ks_traceback.h"

/* --- program text --- */

/* The source line with its newline; new reference or NULL without an exception. */
PyObject *
_PyErr_ProgramDecodedTextObject(PyObject *filename, int lineno, const char *encoding)
{
    if (filename == NULL || lineno <= 0)
        return NULL;
    PyObject *line;
    if (ks_traceback_source_line(filename, lineno, 0, &line) <= 0) {
        PyErr_Clear();
        return NULL;
    }
    KS_OWNED PyObject *held = line;
    return PyUnicode_FromFormat("%U\n", held);
}

PyObject *
PyErr_ProgramTextObject(PyObject *filename, int lineno)
{
    return _PyErr_ProgramDecodedTextObject(filename, lineno, NULL);
}

PyObject *
PyErr_ProgramText(const char *filename, int lineno)
{
    if (filename == NULL)
        return NULL;
    KS_OWNED PyObject *name = PyUnicode_DecodeFSDefault(filename);
    if (name == NULL) {
        PyErr_Clear();
        return NULL;
    }
    return PyErr_ProgramTextObject(name, lineno);
}

/* --- places --- */

static void
set_int_attribute(PyObject *error, PyObject *name, int value)
{
    KS_OWNED PyObject *number = value < 0 ? Py_NewRef(Py_None) : PyLong_FromLong(value);
    if (number == NULL || PyObject_SetAttr(error, name, number) < 0)
        PyErr_Clear();
}

/* Gives the current SyntaxError its place; columns are the exception's own, which count from 1. */
static void
syntax_location(PyObject *filename, int lineno, int col_offset, int end_lineno,
                int end_col_offset)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    set_int_attribute(value, &_Py_ID(lineno), lineno);
    set_int_attribute(value, &_Py_ID(offset), col_offset);
    set_int_attribute(value, &_Py_ID(end_lineno), end_lineno);
    set_int_attribute(value, &_Py_ID(end_offset), end_col_offset);
    if (filename != NULL) {
        if (PyObject_SetAttr(value, &_Py_ID(filename), filename) < 0)
            PyErr_Clear();
        KS_OWNED PyObject *text = PyErr_ProgramTextObject(filename, lineno);
        if (PyObject_SetAttr(value, &_Py_ID(text), text != NULL ? text : Py_None) < 0)
            PyErr_Clear();
    }
    if ((PyObject *)Py_TYPE(value) != PyExc_SyntaxError) {
        PyObject *found;
        if (_PyObject_LookupAttr(value, &_Py_ID(msg), &found) < 0)
            PyErr_Clear();
        else if (found != NULL)
            Py_DECREF(found);
        else {
            KS_OWNED PyObject *text = PyObject_Str(value);
            if (text == NULL || PyObject_SetAttr(value, &_Py_ID(msg), text) < 0)
                PyErr_Clear();
        }
        if (_PyObject_LookupAttr(value, &_Py_ID(print_file_and_line), &found) < 0)
            PyErr_Clear();
        else if (found != NULL)
            Py_DECREF(found);
        else if (PyObject_SetAttr(value, &_Py_ID(print_file_and_line), Py_None) < 0)
            PyErr_Clear();
    }
    PyErr_Restore(type, value, traceback);
}

void
PyErr_SyntaxLocationObject(PyObject *filename, int lineno, int col_offset)
{
    syntax_location(filename, lineno, col_offset, lineno, -1);
}

void
PyErr_RangedSyntaxLocationObject(PyObject *filename, int lineno, int col_offset, int end_lineno,
                                 int end_col_offset)
{
    syntax_location(filename, lineno, col_offset, end_lineno, end_col_offset);
}

void
PyErr_SyntaxLocationEx(const char *filename, int lineno, int col_offset)
{
    KS_OWNED PyObject *name = NULL;
    if (filename != NULL && (name = PyUnicode_DecodeFSDefault(filename)) == NULL)
        PyErr_Clear();
    PyErr_SyntaxLocationObject(name, lineno, col_offset);
}

void
PyErr_SyntaxLocation(const char *filename, int lineno)
{
    PyErr_SyntaxLocationEx(filename, lineno, -1);
}

/* --- replacing an exception --- */

/* Only an exception that says no more than its text can be replaced by one of its class: one whose
 * constructor and state are BaseException's own, with a single str argument or none. */
static int
is_plain(PyObject *type, PyObject *value)
{
    PyTypeObject *class = (PyTypeObject *)type, *base = (PyTypeObject *)PyExc_BaseException;
    if (class->tp_init != base->tp_init || class->tp_new != base->tp_new)
        return 0;
    Py_ssize_t size = _PyObject_SIZE(base);
    int extra = class->tp_itemsize != 0 || class->tp_basicsize > size + 2 * (Py_ssize_t)sizeof(void *);
    PyBaseExceptionObject *exception = (PyBaseExceptionObject *)value;
    Py_ssize_t count = PyTuple_GET_SIZE(exception->args);
    if (extra || count > 1 ||
        (count == 1 && !PyUnicode_CheckExact(PyTuple_GET_ITEM(exception->args, 0))))
        return 0;
    return exception->dict == NULL || PyDict_GET_SIZE(exception->dict) == 0;
}

/* Replaces the current exception by one of its class whose text starts with the given one, with
 * the old one as its cause. Borrowed reference to the new one, NULL if nothing was changed. */
PyObject *
_PyErr_TrySetFromCause(const char *format, ...)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (!is_plain(type, value)) {
        PyErr_Restore(type, value, traceback);
        return NULL;
    }
    if (traceback != NULL) {
        PyException_SetTraceback(value, traceback);
        Py_DECREF(traceback);
    }
    va_list arguments;
    va_start(arguments, format);
    KS_OWNED PyObject *prefix = PyUnicode_FromFormatV(format, arguments);
    va_end(arguments);
    if (prefix == NULL) {
        Py_DECREF(type);
        Py_DECREF(value);
        return NULL;
    }
    PyErr_Format(type, "%U (%s: %S)", prefix, Py_TYPE(value)->tp_name, value);
    Py_DECREF(type);
    PyObject *new_type, *new_value, *new_traceback;
    PyErr_Fetch(&new_type, &new_value, &new_traceback);
    PyErr_NormalizeException(&new_type, &new_value, &new_traceback);
    PyException_SetCause(new_value, value);
    PyErr_Restore(new_type, new_value, new_traceback);
    return new_value;
}
