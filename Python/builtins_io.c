/* SPDX-License-Identifier: MIT */
/* Builtins that talk: print and input. */
#include "Python.h"
#include "pycore_call.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "pycore_sysmodule.h"
#include "ks_args.h"
#include "ks_base.h"
#include "ks_builtins.h"

#include <unistd.h>

/* ---- print ---- */

typedef struct PrintKeywords {
    PyObject *sep, *end, *file, *flush;
} PrintKeywords;

static int
print_keywords(PrintKeywords *out, PyObject *const *values, PyObject *kwnames)
{
    static const struct {
        const char *name;
        size_t offset;
    } rows[] = {
        {"sep", offsetof(PrintKeywords, sep)},
        {"end", offsetof(PrintKeywords, end)},
        {"file", offsetof(PrintKeywords, file)},
        {"flush", offsetof(PrintKeywords, flush)},
    };
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(kwnames); i++) {
        PyObject *keyword = PyTuple_GET_ITEM(kwnames, i);
        int row = 0;
        while (row < 4 && !_PyUnicode_EqualToASCIIString(keyword, rows[row].name))
            row++;
        if (row == 4) {
            PyErr_Format(PyExc_TypeError, "'%U' is an invalid keyword argument for print()", keyword);
            return -1;
        }
        *(PyObject **)((char *)out + rows[row].offset) = values[i];
    }
    return 0;
}

static int
print_check(PyObject **text, const char *name)
{
    if (*text == Py_None) {
        *text = NULL;
    } else if (*text != NULL && !PyUnicode_Check(*text)) {
        PyErr_Format(PyExc_TypeError, "%s must be None or a string, not %.200s", name,
                     Py_TYPE(*text)->tp_name);
        return -1;
    }
    return 0;
}

static PyObject *
builtin_print(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PrintKeywords in = {NULL, NULL, NULL, NULL};
    if (kwnames != NULL && print_keywords(&in, args + nargs, kwnames) < 0)
        return NULL;
    if (in.file == NULL || in.file == Py_None) {
        PyThreadState *tstate = _PyThreadState_GET();
        in.file = _PySys_GetAttr(tstate, &_Py_ID(stdout));
        if (in.file == NULL) {
            PyErr_SetString(PyExc_RuntimeError, "lost sys.stdout");
            return NULL;
        }
        if (in.file == Py_None)
            Py_RETURN_NONE;
    }
    if (print_check(&in.sep, "sep") < 0 || print_check(&in.end, "end") < 0)
        return NULL;
    KS_OWNED PyObject *file = Py_NewRef(in.file); /* str() of an item may replace sys.stdout */
    KS_OWNED PyObject *space = NULL;
    if (nargs > 1 && in.sep == NULL) {
        space = PyUnicode_FromOrdinal(' ');
        if (space == NULL)
            return NULL;
        in.sep = space;
    }
    for (Py_ssize_t i = 0; i < nargs; i++) {
        if ((i > 0 && PyFile_WriteObject(in.sep, file, Py_PRINT_RAW) < 0)
            || PyFile_WriteObject(args[i], file, Py_PRINT_RAW) < 0)
            return NULL;
    }
    if (PyFile_WriteObject(in.end != NULL ? in.end : &_Py_STR(newline), file, Py_PRINT_RAW) < 0)
        return NULL;
    int flush = in.flush == NULL ? 0 : PyObject_IsTrue(in.flush);
    if (flush < 0)
        return NULL;
    if (flush) {
        KS_OWNED PyObject *flushed = PyObject_CallMethodNoArgs(file, &_Py_ID(flush));
        if (flushed == NULL)
            return NULL;
    }
    Py_RETURN_NONE;
}

/* ---- input ---- */

static PyObject *
std_stream(PyThreadState *tstate, PyObject *name, const char *text)
{
    PyObject *stream = _PySys_GetAttr(tstate, name);
    if (stream == NULL || stream == Py_None)
        return PyErr_Format(PyExc_RuntimeError, "input(): lost sys.%s", text);
    return Py_NewRef(stream);
}

static int
flush_stream(PyObject *stream)
{
    PyObject *result = PyObject_CallMethodNoArgs(stream, &_Py_ID(flush));
    if (result == NULL)
        return -1;
    Py_DECREF(result);
    return 0;
}

/* Is stream the process's own descriptor fd, and a terminal? Errors mean no. */
static int
is_own_terminal(PyObject *stream, int fd)
{
    KS_OWNED PyObject *number = PyObject_CallMethodNoArgs(stream, &_Py_ID(fileno));
    if (number == NULL) {
        PyErr_Clear();
        return 0;
    }
    long value = PyLong_AsLong(number);
    if (value == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        return 0;
    }
    return value == fd && isatty(fd);
}

/* The encoding and error handler of a stream, both NULL if it has none that are text. */
static int
stream_coding(PyObject *stream, PyObject **encoding, PyObject **errors)
{
    *encoding = PyObject_GetAttr(stream, &_Py_ID(encoding));
    *errors = *encoding == NULL ? NULL : PyObject_GetAttr(stream, &_Py_ID(errors));
    if (*errors != NULL && PyUnicode_Check(*encoding) && PyUnicode_Check(*errors))
        return 1;
    PyErr_Clear();
    return 0;
}

/* A line through PyOS_Readline(), with editing; NULL without an exception if the streams' coding is
 * unknown. */
static PyObject *
input_terminal(PyObject *stdin_stream, PyObject *stdout_stream, PyObject *prompt)
{
    KS_OWNED PyObject *in_encoding = NULL, *in_errors = NULL, *out_encoding = NULL, *out_errors = NULL;
    if (!stream_coding(stdin_stream, &in_encoding, &in_errors)
        || (prompt != NULL && !stream_coding(stdout_stream, &out_encoding, &out_errors)))
        return NULL;
    if (flush_stream(stdout_stream) < 0)
        PyErr_Clear();
    KS_OWNED PyObject *prompt_bytes = NULL;
    const char *prompt_text = "";
    if (prompt != NULL) {
        KS_OWNED PyObject *text = PyObject_Str(prompt);
        if (text == NULL)
            return NULL;
        prompt_bytes = PyUnicode_AsEncodedString(text, PyUnicode_AsUTF8(out_encoding),
                                                 PyUnicode_AsUTF8(out_errors));
        if (prompt_bytes == NULL)
            return NULL;
        prompt_text = PyBytes_AS_STRING(prompt_bytes);
        if (strlen(prompt_text) != (size_t)PyBytes_GET_SIZE(prompt_bytes)) {
            PyErr_SetString(PyExc_ValueError, "input: prompt string cannot contain null characters");
            return NULL;
        }
    }
    char *line = PyOS_Readline(stdin, stdout, prompt_text);
    if (line == NULL) {
        PyErr_CheckSignals();
        if (!PyErr_Occurred())
            PyErr_SetNone(PyExc_KeyboardInterrupt);
        return NULL;
    }
    size_t length = strlen(line);
    PyObject *result = NULL;
    if (length == 0)
        PyErr_SetNone(PyExc_EOFError);
    else if (length > PY_SSIZE_T_MAX)
        PyErr_SetString(PyExc_OverflowError, "input: input too long");
    else
        result = PyUnicode_Decode(line, (Py_ssize_t)length - (line[length - 1] == '\n'),
                                  PyUnicode_AsUTF8(in_encoding), PyUnicode_AsUTF8(in_errors));
    PyMem_Free(line);
    if (result != NULL && PySys_Audit("builtins.input/result", "O", result) < 0)
        Py_CLEAR(result);
    return result;
}

static PyObject *
builtin_input(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("input", nargs, 0, 1))
        return NULL;
    PyObject *prompt = nargs == 1 ? args[0] : NULL;
    PyThreadState *tstate = _PyThreadState_GET();
    KS_OWNED PyObject *in = std_stream(tstate, &_Py_ID(stdin), "stdin");
    KS_OWNED PyObject *out = in == NULL ? NULL : std_stream(tstate, &_Py_ID(stdout), "stdout");
    KS_OWNED PyObject *err = out == NULL ? NULL : std_stream(tstate, &_Py_ID(stderr), "stderr");
    if (err == NULL || PySys_Audit("builtins.input", "O", prompt ? prompt : Py_None) < 0)
        return NULL;
    if (flush_stream(err) < 0)
        PyErr_Clear();
    if (is_own_terminal(in, fileno(stdin)) && is_own_terminal(out, fileno(stdout))) {
        PyObject *line = input_terminal(in, out, prompt);
        if (line != NULL || PyErr_Occurred())
            return line;
    }
    if (prompt != NULL && PyFile_WriteObject(prompt, out, Py_PRINT_RAW) != 0)
        return NULL;
    if (flush_stream(out) < 0)
        PyErr_Clear();
    return PyFile_GetLine(in, -1);
}

PyMethodDef ks_builtins_io_methods[] = {
    METHOD("input", builtin_input, METH_FASTCALL, "($module, prompt='', /)",
           "A line from standard input, without its newline.\n\n"
           "The prompt is written first. EOFError at the end of input."),
    METHOD("print", builtin_print, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, *args, sep=' ', end='\\n', file=None, flush=False)",
           "Write the values to a file, standard output without one."),
    {NULL, NULL, 0, NULL},
};
