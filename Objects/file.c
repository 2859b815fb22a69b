/* SPDX-License-Identifier: MIT */
/* PyFile_*: what C code does with Python file objects, and the printer that stands for stderr
 * until the io module can be imported. */
#include "Python.h"

#include <fcntl.h>

#include "pycore_fileutils.h"
#include "pycore_object.h"
#include "pycore_runtime.h"

#include "ks_args.h"

/* --- opening --- */

PyObject *
PyFile_FromFd(int fd, const char *name, const char *mode, int buffering, const char *encoding,
              const char *errors, const char *newline, int closefd)
{
    KS_OWNED PyObject *io = PyImport_ImportModule("io");
    if (io == NULL)
        return NULL;
    return PyObject_CallMethod(io, "open", "isisssO", fd, mode, buffering, encoding, errors,
                               newline, closefd ? Py_True : Py_False);
}

PyObject *
PyFile_OpenCodeObject(PyObject *path)
{
    if (!PyUnicode_Check(path)) {
        PyErr_Format(PyExc_TypeError, "'path' must be 'str', not '%.200s'",
                     Py_TYPE(path)->tp_name);
        return NULL;
    }
    Py_OpenCodeHookFunction hook = _PyRuntime.open_code_hook;
    if (hook != NULL)
        return hook(path, _PyRuntime.open_code_userdata);
    KS_OWNED PyObject *io = PyImport_ImportModule("_io");
    return io == NULL ? NULL : PyObject_CallMethod(io, "open", "Os", path, "rb");
}

PyObject *
PyFile_OpenCode(const char *path)
{
    KS_OWNED PyObject *name = PyUnicode_FromString(path);
    return name == NULL ? NULL : PyFile_OpenCodeObject(name);
}

int
PyFile_SetOpenCodeHook(Py_OpenCodeHookFunction hook, void *userdata)
{
    if (Py_IsInitialized() && PySys_Audit("setopencodehook", NULL) < 0)
        return -1;
    if (_PyRuntime.open_code_hook != NULL) {
        if (Py_IsInitialized())
            PyErr_SetString(PyExc_SystemError, "failed to change existing open_code hook");
        return -1;
    }
    _PyRuntime.open_code_hook = hook;
    _PyRuntime.open_code_userdata = userdata;
    return 0;
}

/* --- reading and writing --- */

/* A line without its newline when n < 0; EOFError for an empty one. */
static PyObject *
line_stripped(PyObject *line)
{
    KS_OWNED PyObject *held = line;
    Py_ssize_t length = PyBytes_Check(line) ? PyBytes_GET_SIZE(line) : PyUnicode_GET_LENGTH(line);
    if (length == 0) {
        PyErr_SetString(PyExc_EOFError, "EOF when reading a line");
        return NULL;
    }
    if (PyBytes_Check(line)) {
        const char *text = PyBytes_AS_STRING(line);
        return PyBytes_FromStringAndSize(text, length - (text[length - 1] == '\n'));
    }
    int has_newline = PyUnicode_READ_CHAR(line, length - 1) == '\n';
    return PyUnicode_Substring(line, 0, length - has_newline);
}

PyObject *
PyFile_GetLine(PyObject *file, int size)
{
    if (file == NULL) {
        PyErr_BadInternalCall();
        return NULL;
    }
    PyObject *line = size <= 0 ? PyObject_CallMethodNoArgs(file, &_Py_ID(readline))
                               : PyObject_CallMethod(file, "readline", "i", size);
    if (line != NULL && !PyBytes_Check(line) && !PyUnicode_Check(line)) {
        Py_DECREF(line);
        PyErr_SetString(PyExc_TypeError, "object.readline() returned non-string");
        return NULL;
    }
    return line != NULL && size < 0 ? line_stripped(line) : line;
}

int
PyFile_WriteObject(PyObject *object, PyObject *file, int flags)
{
    if (file == NULL) {
        PyErr_SetString(PyExc_TypeError, "writeobject with NULL file");
        return -1;
    }
    KS_OWNED PyObject *write = PyObject_GetAttr(file, &_Py_ID(write));
    if (write == NULL)
        return -1;
    KS_OWNED PyObject *text = flags & Py_PRINT_RAW ? PyObject_Str(object) : PyObject_Repr(object);
    KS_OWNED PyObject *result = text == NULL ? NULL : PyObject_CallOneArg(write, text);
    return result == NULL ? -1 : 0;
}

/* Does nothing while an exception is set, except to report the failure. */
int
PyFile_WriteString(const char *text, PyObject *file)
{
    if (file == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_SystemError, "null file for PyFile_WriteString");
        return -1;
    }
    if (PyErr_Occurred())
        return -1;
    KS_OWNED PyObject *object = PyUnicode_FromString(text);
    return object == NULL ? -1 : PyFile_WriteObject(object, file, Py_PRINT_RAW);
}

int
PyObject_AsFileDescriptor(PyObject *object)
{
    int fd;
    if (PyLong_Check(object)) {
        fd = _PyLong_AsInt(object);
    }
    else {
        PyObject *found;
        if (_PyObject_LookupAttr(object, &_Py_ID(fileno), &found) < 0)
            return -1;
        if (found == NULL) {
            PyErr_SetString(PyExc_TypeError,
                            "argument must be an int, or have a fileno() method.");
            return -1;
        }
        KS_OWNED PyObject *method = found;
        KS_OWNED PyObject *number = PyObject_CallNoArgs(method);
        if (number == NULL)
            return -1;
        if (!PyLong_Check(number)) {
            PyErr_SetString(PyExc_TypeError, "fileno() returned a non-integer");
            return -1;
        }
        fd = _PyLong_AsInt(number);
    }
    if (fd == -1 && PyErr_Occurred())
        return -1;
    if (fd < 0) {
        PyErr_Format(PyExc_ValueError, "file descriptor cannot be a negative integer (%i)", fd);
        return -1;
    }
    return fd;
}

int
_PyLong_FileDescriptor_Converter(PyObject *object, void *fd)
{
    int value = PyObject_AsFileDescriptor(object);
    if (value == -1)
        return 0;
    *(int *)fd = value;
    return 1;
}

/* fgets() that takes "\r" and "\r\n" for "\n". */
char *
Py_UniversalNewlineFgets(char *buffer, int size, FILE *stream, PyObject *unused)
{
    char *out = buffer;
    int skip_newline = 0, ch = 0;
    while (--size > 0 && (ch = getc(stream)) != EOF) {
        if (skip_newline) {
            skip_newline = 0;
            if (ch == '\n' && (ch = getc(stream)) == EOF)
                break;
        }
        if (ch == '\r') {
            skip_newline = 1;
            ch = '\n';
        }
        *out++ = (char)ch;
        if (ch == '\n')
            break;
    }
    if (skip_newline) {
        /* A newline behind the '\r' belongs to this line's end. */
        ch = getc(stream);
        if (ch != '\n')
            ungetc(ch, stream);
    }
    *out = '\0';
    return out == buffer ? NULL : buffer;
}

/* --- the early printer --- */

typedef struct Printer {
    PyObject_HEAD
    int fd;
} Printer;

PyObject *
PyFile_NewStdPrinter(int fd)
{
    if (fd != fileno(stdout) && fd != fileno(stderr)) {
        PyErr_BadInternalCall(); /* only the streams that everybody has */
        return NULL;
    }
    Printer *self = PyObject_New(Printer, &PyStdPrinter_Type);
    if (self != NULL)
        self->fd = fd;
    return (PyObject *)self;
}

static PyObject *
printer_write(PyObject *object, PyObject *text)
{
    Printer *self = (Printer *)object;
    if (self->fd < 0)
        Py_RETURN_NONE;
    if (!PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "write() argument must be str, not %.50s",
                     Py_TYPE(text)->tp_name);
        return NULL;
    }
    KS_OWNED PyObject *bytes = PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace");
    if (bytes == NULL)
        return NULL;
    Py_ssize_t written = _Py_write(self->fd, PyBytes_AS_STRING(bytes),
                                   (size_t)PyBytes_GET_SIZE(bytes));
    if (written == -1) {
        if (errno != EAGAIN)
            return NULL;
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    return PyLong_FromSsize_t(written);
}

static PyObject *
printer_fileno(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(((Printer *)self)->fd);
}

static PyObject *
printer_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<stdprinter(fd=%d) object at %p>", ((Printer *)self)->fd, self);
}

static PyObject *
printer_nothing(PyObject *self, PyObject *unused)
{
    Py_RETURN_NONE;
}

static PyObject *
printer_isatty(PyObject *self, PyObject *unused)
{
    int fd = ((Printer *)self)->fd;
    return PyBool_FromLong(fd >= 0 && isatty(fd));
}

static PyMethodDef printer_methods[] = {
    METHOD_PLAIN("close", printer_nothing, METH_NOARGS, ""),
    METHOD_PLAIN("flush", printer_nothing, METH_NOARGS, ""),
    METHOD_PLAIN("fileno", printer_fileno, METH_NOARGS, ""),
    METHOD_PLAIN("isatty", printer_isatty, METH_NOARGS, ""),
    METHOD_PLAIN("write", printer_write, METH_O, ""),
    {NULL},
};

static PyObject *
printer_get_encoding(PyObject *self, void *closure)
{
    Py_RETURN_NONE;
}

static PyObject *
printer_get_closed(PyObject *self, void *closure)
{
    Py_RETURN_FALSE;
}

static PyObject *
printer_get_mode(PyObject *self, void *closure)
{
    return PyUnicode_FromString("w");
}

static PyGetSetDef printer_getset[] = {
    {"closed", printer_get_closed, NULL, "True if the file is closed"},
    {"encoding", printer_get_encoding, NULL, "Encoding of the file"},
    {"mode", printer_get_mode, NULL, "String giving the file mode"},
    {NULL},
};

PyTypeObject PyStdPrinter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "stderrprinter",
    .tp_basicsize = sizeof(Printer),
    .tp_repr = printer_repr,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_methods = printer_methods,
    .tp_getset = printer_getset,
    .tp_free = PyObject_Del,
};
