/* SPDX-License-Identifier: MIT */
/* Traceback objects, and printing them with source lines and carets.
 *
 * tb_lineno is -1 until somebody asks for it: finding a line means decoding the location table.
 * The chain tb_next never has a cycle; its setter sees to that. */
#include "Python.h"

#include "pycore_code.h"
#include "pycore_frame.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "pycore_traceback.h"
#include "frameobject.h"
#include "structmember.h"

#include "ks_args.h"
#include "ks_traceback.h"

#define CAST(self) ((PyTracebackObject *)(self))

/* --- the type --- */

static PyObject *
traceback_create(PyTracebackObject *next, PyFrameObject *frame, int lasti, int lineno)
{
    PyTracebackObject *self = PyObject_GC_New(PyTracebackObject, &PyTraceBack_Type);
    if (self == NULL)
        return NULL;
    self->tb_next = (PyTracebackObject *)Py_XNewRef(next);
    self->tb_frame = (PyFrameObject *)Py_NewRef(frame);
    self->tb_lasti = lasti;
    self->tb_lineno = lineno;
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

typedef struct NewArgs {
    PyObject *tb_next, *tb_frame;
    int tb_lasti, tb_lineno;
} NewArgs;

static PyObject *
traceback_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static const KsParam params[] = {
        PARAM(NewArgs, tb_next, ARG_OBJECT, 1), PARAM(NewArgs, tb_frame, ARG_OBJECT, 1),
        PARAM(NewArgs, tb_lasti, ARG_INT, 1), PARAM(NewArgs, tb_lineno, ARG_INT, 1), PARAM_END};
    NewArgs given = {0};
    if (!ks_args_parse_tuple("traceback", params, args, kwargs, &given))
        return NULL;
    if (!PyFrame_Check(given.tb_frame)) {
        PyErr_Format(PyExc_TypeError, "traceback() argument 'tb_frame' must be frame, not %.50s",
                     given.tb_frame == Py_None ? "None" : Py_TYPE(given.tb_frame)->tp_name);
        return NULL;
    }
    PyTracebackObject *next = NULL;
    if (given.tb_next != Py_None) {
        if (!PyTraceBack_Check(given.tb_next)) {
            PyErr_Format(PyExc_TypeError, "expected traceback object or None, got '%s'",
                         Py_TYPE(given.tb_next)->tp_name);
            return NULL;
        }
        next = CAST(given.tb_next);
    }
    return traceback_create(next, (PyFrameObject *)given.tb_frame, given.tb_lasti,
                            given.tb_lineno);
}

static void
traceback_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, traceback_dealloc)
    Py_XDECREF(CAST(self)->tb_next);
    Py_XDECREF(CAST(self)->tb_frame);
    PyObject_GC_Del(self);
    Py_TRASHCAN_END
}

static int
traceback_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(CAST(self)->tb_next);
    Py_VISIT(CAST(self)->tb_frame);
    return 0;
}

static int
traceback_clear(PyObject *self)
{
    Py_CLEAR(CAST(self)->tb_next);
    Py_CLEAR(CAST(self)->tb_frame);
    return 0;
}

static int
traceback_line(PyTracebackObject *self)
{
    if (self->tb_lineno != -1)
        return self->tb_lineno;
    KS_OWNED PyObject *code = (PyObject *)PyFrame_GetCode(self->tb_frame);
    return PyCode_Addr2Line((PyCodeObject *)code, self->tb_lasti);
}

static PyObject *
traceback_get_next(PyObject *self, void *closure)
{
    PyTracebackObject *next = CAST(self)->tb_next;
    return Py_NewRef(next != NULL ? (PyObject *)next : Py_None);
}

static int
traceback_set_next(PyObject *self, PyObject *value, void *closure)
{
    if (value == NULL) {
        PyErr_Format(PyExc_TypeError, "can't delete tb_next attribute");
        return -1;
    }
    if (value == Py_None) {
        value = NULL;
    }
    else if (!PyTraceBack_Check(value)) {
        PyErr_Format(PyExc_TypeError, "expected traceback object, got '%s'",
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    for (PyTracebackObject *walker = CAST(value); walker != NULL; walker = walker->tb_next) {
        if (walker == CAST(self)) {
            PyErr_Format(PyExc_ValueError, "traceback loop detected");
            return -1;
        }
    }
    Py_XSETREF(CAST(self)->tb_next, (PyTracebackObject *)Py_XNewRef(value));
    return 0;
}

static PyObject *
traceback_get_lineno(PyObject *self, void *closure)
{
    int line = traceback_line(CAST(self));
    if (line == -1)
        Py_RETURN_NONE;
    return PyLong_FromLong(line);
}

static PyObject *
traceback_dir(PyObject *self, PyObject *unused)
{
    return Py_BuildValue("[ssss]", "tb_frame", "tb_next", "tb_lasti", "tb_lineno");
}

static PyMethodDef traceback_methods[] = {
    METHOD_PLAIN("__dir__", traceback_dir, METH_NOARGS, NULL),
    {NULL},
};

static PyMemberDef traceback_members[] = {
    {"tb_frame", T_OBJECT, offsetof(PyTracebackObject, tb_frame), READONLY | PY_AUDIT_READ},
    {"tb_lasti", T_INT, offsetof(PyTracebackObject, tb_lasti), READONLY},
    {NULL},
};

static PyGetSetDef traceback_getset[] = {
    {"tb_next", traceback_get_next, traceback_set_next},
    {"tb_lineno", traceback_get_lineno, NULL},
    {NULL},
};

PyTypeObject PyTraceBack_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "traceback",
    .tp_basicsize = sizeof(PyTracebackObject),
    .tp_dealloc = traceback_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = PyDoc_STR("traceback(tb_next, tb_frame, tb_lasti, tb_lineno)\n--\n\n"
                        "Create a new traceback object."),
    .tp_traverse = traceback_traverse,
    .tp_clear = traceback_clear,
    .tp_methods = traceback_methods,
    .tp_members = traceback_members,
    .tp_getset = traceback_getset,
    .tp_new = traceback_new,
};

/* --- growing --- */

PyObject *
_PyTraceBack_FromFrame(PyObject *next, PyFrameObject *frame)
{
    int lasti = _PyInterpreterFrame_LASTI(frame->f_frame) * (int)sizeof(_Py_CODEUNIT);
    return traceback_create(CAST(next), frame, lasti, -1);
}

/* Puts the frame at the head of the current error's traceback. */
int
PyTraceBack_Here(PyFrameObject *frame)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *longer = _PyTraceBack_FromFrame(traceback, frame);
    if (longer == NULL) {
        _PyErr_ChainExceptions(type, value, traceback);
        return -1;
    }
    PyErr_Restore(type, value, longer);
    Py_XDECREF(traceback);
    return 0;
}

/* Adds an entry for a C function, as if it were Python code of that file and line. */
void
_PyTraceback_Add(const char *function, const char *filename, int line)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    KS_OWNED PyObject *globals = PyDict_New();
    KS_OWNED PyObject *code =
        globals == NULL ? NULL : (PyObject *)PyCode_NewEmpty(filename, function, line);
    KS_OWNED PyObject *frame = NULL;
    if (code != NULL)
        frame = (PyObject *)PyFrame_New(PyThreadState_Get(), (PyCodeObject *)code, globals, NULL);
    if (frame == NULL) {
        _PyErr_ChainExceptions(type, value, traceback);
        return;
    }
    ((PyFrameObject *)frame)->f_lineno = line;
    PyErr_Restore(type, value, traceback);
    PyTraceBack_Here((PyFrameObject *)frame);
}

/* --- printing --- */

#define LIMIT_DEFAULT 1000
#define REPEATS_SHOWN 3

int
_Py_WriteIndent(int indent, PyObject *file)
{
    char blanks[] = "          ";
    for (; indent > 0; indent -= 10) {
        if (indent < 10)
            blanks[indent] = '\0';
        if (PyFile_WriteString(blanks, file) < 0)
            return -1;
    }
    return 0;
}

int
_Py_WriteIndentedMargin(int indent, const char *margin, PyObject *file)
{
    if (_Py_WriteIndent(indent, file) < 0)
        return -1;
    return margin != NULL ? PyFile_WriteString(margin, file) : 0;
}

static int
write_format(PyObject *file, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    KS_OWNED PyObject *text = PyUnicode_FromFormatV(format, arguments);
    va_end(arguments);
    return text == NULL ? -1 : PyFile_WriteObject(text, file, Py_PRINT_RAW);
}

typedef struct Printer {
    PyObject *file;
    int indent;
    const char *margin;
} Printer;

/* Columns of a range as characters of the line, from its byte offsets. */
static Py_ssize_t
byte_to_char(PyObject *line, Py_ssize_t byte)
{
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(line, &size);
    if (text == NULL)
        return -1;
    Py_ssize_t chars = 0;
    for (Py_ssize_t i = 0; i < byte && i < size; i++)
        chars += (text[i] & 0xc0) != 0x80;
    return chars;
}

/* What to mark under a line, in characters of the whole line. */
typedef struct Marks {
    Py_ssize_t start, end;
    Py_ssize_t anchor_start, anchor_end; /* -1: no part stands out */
} Marks;

/* 1 and the marks for the instruction's range, 0 if there is nothing to mark, -1 on error. */
static int
marks_find(PyTracebackObject *entry, PyObject *line, int line_number, Marks *marks)
{
    KS_OWNED PyObject *code = (PyObject *)PyFrame_GetCode(entry->tb_frame);
    int start_line, start_column, end_line, end_column;
    if (!PyCode_Addr2Location((PyCodeObject *)code, entry->tb_lasti, &start_line, &start_column,
                              &end_line, &end_column))
        return 0;
    if (start_line < 0 || end_line < 0 || start_column < 0 || end_column < 0 ||
        start_line != line_number)
        return 0;
    marks->start = byte_to_char(line, start_column);
    Py_ssize_t length = PyUnicode_GET_LENGTH(line);
    while (length > 0 && Py_UNICODE_ISSPACE(PyUnicode_READ_CHAR(line, length - 1)))
        length--;
    marks->end = end_line == start_line ? byte_to_char(line, end_column) : length;
    marks->anchor_start = marks->anchor_end = -1;
    if (marks->start < 0 || marks->end < 0)
        return -1;
    if (marks->end < marks->start || marks->end > PyUnicode_GET_LENGTH(line))
        return 0;
    KS_OWNED PyObject *segment = PyUnicode_Substring(line, marks->start, marks->end);
    if (segment == NULL)
        return -1;
    Py_ssize_t left, right;
    if (ks_traceback_anchors(segment, &left, &right)) {
        marks->anchor_start = marks->start + left;
        marks->anchor_end = marks->start + right;
    }
    /* Marking all of a line says nothing. */
    Py_ssize_t first = 0;
    while (first < length && Py_UNICODE_ISSPACE(PyUnicode_READ_CHAR(line, first)))
        first++;
    return marks->anchor_start >= 0 || marks->end - marks->start != length - first;
}

static int
print_marks(Printer *printer, const Marks *marks, Py_ssize_t blanks_cut)
{
    Py_ssize_t length = marks->end - blanks_cut;
    if (length < 0)
        length = 0;
    KS_OWNED PyObject *text = PyUnicode_New(length, 127);
    if (text == NULL)
        return -1;
    char *out = length > 0 ? (char *)PyUnicode_1BYTE_DATA(text) : NULL;
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_ssize_t at = i + blanks_cut;
        int is_primary = marks->anchor_start < 0 ||
                         (at >= marks->anchor_start && at < marks->anchor_end);
        out[i] = at < marks->start ? ' ' : is_primary ? '^' : '~';
    }
    if (_Py_WriteIndentedMargin(printer->indent, printer->margin, printer->file) < 0)
        return -1;
    return write_format(printer->file, "    %U\n", text);
}

static int
print_entry(Printer *printer, PyTracebackObject *entry, int line_number)
{
    KS_OWNED PyObject *code = (PyObject *)PyFrame_GetCode(entry->tb_frame);
    PyCodeObject *co = (PyCodeObject *)code;
    if (_Py_WriteIndentedMargin(printer->indent, printer->margin, printer->file) < 0 ||
        write_format(printer->file, "  File \"%U\", line %d, in %U\n", co->co_filename,
                     line_number, co->co_name) < 0)
        return -1;
    PyObject *line = NULL;
    int found = ks_traceback_source_line(co->co_filename, line_number, 1, &line);
    if (found <= 0)
        return found;
    KS_OWNED PyObject *held = line;
    Py_ssize_t blanks = ks_traceback_blanks(line);
    KS_OWNED PyObject *shown = PyUnicode_Substring(line, blanks, PyUnicode_GET_LENGTH(line));
    if (shown == NULL ||
        _Py_WriteIndentedMargin(printer->indent, printer->margin, printer->file) < 0 ||
        write_format(printer->file, "    %U\n", shown) < 0)
        return -1;
    Marks marks;
    int has_marks = marks_find(entry, line, line_number, &marks);
    if (has_marks <= 0) {
        PyErr_Clear(); /* the marks are an extra: the traceback goes on without them */
        return 0;
    }
    return print_marks(printer, &marks, blanks);
}

static int
print_repeats(Printer *printer, long count)
{
    if (_Py_WriteIndentedMargin(printer->indent, printer->margin, printer->file) < 0)
        return -1;
    count -= REPEATS_SHOWN;
    return write_format(printer->file,
                        count > 1 ? "  [Previous line repeated %ld more times]\n"
                                  : "  [Previous line repeated %ld more time]\n",
                        count);
}

static int
print_entries(Printer *printer, PyTracebackObject *entry, long limit)
{
    long depth = 0, repeats = 0;
    for (PyTracebackObject *walker = entry; walker != NULL; walker = walker->tb_next)
        depth++;
    for (; entry != NULL && depth > limit; depth--)
        entry = entry->tb_next;
    KS_OWNED PyObject *last_code = NULL;
    int last_line = -1;
    for (; entry != NULL; entry = entry->tb_next) {
        KS_OWNED PyObject *code = (PyObject *)PyFrame_GetCode(entry->tb_frame);
        int line = traceback_line(entry);
        PyCodeObject *co = (PyCodeObject *)code, *last = (PyCodeObject *)last_code;
        int is_repeat = last != NULL && line == last_line &&
                        co->co_filename == last->co_filename && co->co_name == last->co_name;
        if (!is_repeat) {
            if (repeats > REPEATS_SHOWN && print_repeats(printer, repeats) < 0)
                return -1;
            Py_XSETREF(last_code, Py_NewRef(code));
            last_line = line;
            repeats = 0;
        }
        repeats++;
        if (repeats <= REPEATS_SHOWN) {
            if (print_entry(printer, entry, line) < 0 || PyErr_CheckSignals() < 0)
                return -1;
        }
    }
    return repeats > REPEATS_SHOWN ? print_repeats(printer, repeats) : 0;
}

int
_PyTraceBack_Print_Indented(PyObject *traceback, int indent, const char *margin,
                            const char *header_margin, const char *header, PyObject *file)
{
    if (traceback == NULL)
        return 0;
    if (!PyTraceBack_Check(traceback)) {
        PyErr_BadInternalCall();
        return -1;
    }
    long limit = LIMIT_DEFAULT;
    PyObject *setting = PySys_GetObject("tracebacklimit");
    if (setting != NULL && PyLong_Check(setting)) {
        int overflow;
        limit = PyLong_AsLongAndOverflow(setting, &overflow);
        if (overflow > 0)
            limit = LONG_MAX;
        else if (limit <= 0)
            return 0;
    }
    Printer printer = {file, indent, margin};
    if (_Py_WriteIndentedMargin(indent, header_margin, file) < 0 ||
        PyFile_WriteString(header, file) < 0)
        return -1;
    return print_entries(&printer, CAST(traceback), limit);
}

int
PyTraceBack_Print(PyObject *traceback, PyObject *file)
{
    return _PyTraceBack_Print_Indented(traceback, 0, NULL, NULL, EXCEPTION_TB_HEADER, file);
}
