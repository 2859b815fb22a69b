/* SPDX-License-Identifier: MIT */
/* SyntaxError, IndentationError, TabError: where in which source. */
#include "Python.h"

#include "structmember.h"

#include "ks_exception.h"

#define SYNTAX_FIELDS(F) \
    F(msg) F(filename) F(lineno) F(offset) F(end_lineno) F(end_offset) F(text) F(print_file_and_line)
KS_EXCEPTION_LIFECYCLE(syntax_error, PySyntaxErrorObject, SYNTAX_FIELDS)

static int
syntax_error_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    PySyntaxErrorObject *self = (PySyntaxErrorObject *)object;
    if (ks_exception_init(object, args, kwargs) < 0)
        return -1;
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    if (count >= 1)
        Py_XSETREF(self->msg, Py_NewRef(PyTuple_GET_ITEM(args, 0)));
    if (count != 2)
        return 0;
    KS_OWNED PyObject *info = PySequence_Tuple(PyTuple_GET_ITEM(args, 1));
    if (info == NULL)
        return -1;
    PyObject *filename, *lineno, *offset, *text, *end_lineno = NULL, *end_offset = NULL;
    if (!PyArg_ParseTuple(info, "OOOO|OO", &filename, &lineno, &offset, &text, &end_lineno,
                          &end_offset))
        return -1;
    Py_XSETREF(self->filename, Py_NewRef(filename));
    Py_XSETREF(self->lineno, Py_NewRef(lineno));
    Py_XSETREF(self->offset, Py_NewRef(offset));
    Py_XSETREF(self->text, Py_NewRef(text));
    Py_XSETREF(self->end_lineno, Py_XNewRef(end_lineno));
    Py_XSETREF(self->end_offset, Py_XNewRef(end_offset));
    if (end_lineno != NULL && end_offset == NULL) {
        PyErr_SetString(PyExc_TypeError,
                        "end_offset must be provided when end_lineno is provided");
        return -1;
    }
    return 0;
}

/* The part of a path behind its last slash; new reference. */
static PyObject *
path_last_part(PyObject *path)
{
    if (PyUnicode_READY(path) < 0)
        return NULL;
    Py_ssize_t length = PyUnicode_GET_LENGTH(path);
    Py_ssize_t slash = PyUnicode_FindChar(path, '/', 0, length, -1);
    return slash < 0 ? Py_NewRef(path) : PyUnicode_Substring(path, slash + 1, length);
}

static PyObject *
syntax_error_str(PyObject *object)
{
    PySyntaxErrorObject *self = (PySyntaxErrorObject *)object;
    PyObject *message = self->msg != NULL ? self->msg : Py_None;
    int has_line = self->lineno != NULL && PyLong_CheckExact(self->lineno);
    long line = 0;
    if (has_line) {
        int overflow;
        line = PyLong_AsLongAndOverflow(self->lineno, &overflow);
    }
    KS_OWNED PyObject *file = NULL;
    if (self->filename != NULL && PyUnicode_Check(self->filename)) {
        file = path_last_part(self->filename);
        if (file == NULL)
            return NULL;
    }
    if (file != NULL && has_line)
        return PyUnicode_FromFormat("%S (%U, line %ld)", message, file, line);
    if (file != NULL)
        return PyUnicode_FromFormat("%S (%U)", message, file);
    if (has_line)
        return PyUnicode_FromFormat("%S (line %ld)", message, line);
    return PyObject_Str(message);
}

#define SYNTAX_MEMBER(field, doc) \
    {#field, T_OBJECT, offsetof(PySyntaxErrorObject, field), 0, PyDoc_STR(doc)}
static PyMemberDef syntax_error_members[] = {
    SYNTAX_MEMBER(msg, "exception msg"),
    SYNTAX_MEMBER(filename, "exception filename"),
    SYNTAX_MEMBER(lineno, "exception lineno"),
    SYNTAX_MEMBER(offset, "exception offset"),
    SYNTAX_MEMBER(text, "exception text"),
    SYNTAX_MEMBER(end_lineno, "exception end lineno"),
    SYNTAX_MEMBER(end_offset, "exception end offset"),
    SYNTAX_MEMBER(print_file_and_line, "exception print_file_and_line"),
    {NULL},
};

KS_EXCEPTION_TYPE(SyntaxError, Exception, PySyntaxErrorObject, syntax_error, "Invalid syntax.",
                  .tp_str = syntax_error_str, .tp_members = syntax_error_members,
                  .tp_init = syntax_error_init)
KS_EXCEPTION_TYPE(IndentationError, SyntaxError, PySyntaxErrorObject, syntax_error,
                  "Improper indentation.", .tp_init = syntax_error_init)
KS_EXCEPTION_TYPE(TabError, IndentationError, PySyntaxErrorObject, syntax_error,
                  "Improper mixture of spaces and tabs.", .tp_init = syntax_error_init)
