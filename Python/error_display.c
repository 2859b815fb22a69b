/* SPDX-License-Identifier: MIT */
/* Printing an exception as the interpreter does: chain, groups, notes, suggestion.
 *
 * The chain is printed oldest first. Exceptions already printed are remembered by identity, so a
 * ring of causes ends. In a group each member is indented behind a margin of its own. */
#include "Python.h"

#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pystate.h"
#include "pycore_sysmodule.h"
#include "pycore_traceback.h"
#include "pycore_unicodeobject.h"

#include "ks_traceback.h"

#define GROUP_WIDTH_MAX 15
#define GROUP_DEPTH_MAX 10

static const char cause_text[] =
    "The above exception was the direct cause of the following exception:\n";
static const char context_text[] =
    "During handling of the above exception, another exception occurred:\n";

typedef struct Display {
    PyObject *file;
    PyObject *seen; /* set of addresses; NULL: chains are not followed */
    int group_depth;
    int needs_end; /* a member of a group still owes its closing line */
} Display;

static int display_chain(Display *display, PyObject *exception);

/* --- output behind the margin of the group --- */

static int
indent_of(const Display *display)
{
    return 2 * display->group_depth;
}

static const char *
margin_of(const Display *display)
{
    return display->group_depth > 0 ? "| " : "";
}

static int
write_margin(Display *display)
{
    return _Py_WriteIndentedMargin(indent_of(display), margin_of(display), display->file);
}

static int
write_text(Display *display, const char *text)
{
    return PyFile_WriteString(text, display->file);
}

static int
write_object(Display *display, PyObject *object)
{
    return PyFile_WriteObject(object, display->file, Py_PRINT_RAW);
}

/* Every line of a text that may have several gets the margin. */
static int
write_lines(Display *display, PyObject *text)
{
    if (display->group_depth == 0)
        return write_object(display, text);
    KS_OWNED PyObject *lines = PyUnicode_Splitlines(text, 1);
    if (lines == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(lines); i++) {
        if ((i > 0 && write_margin(display) < 0) ||
            write_object(display, PyList_GET_ITEM(lines, i)) < 0)
            return -1;
    }
    return 0;
}

/* --- the parts of one exception --- */

static int
print_traceback(Display *display, PyObject *exception)
{
    KS_OWNED PyObject *traceback = PyException_GetTraceback(exception);
    if (traceback == NULL || traceback == Py_None)
        return 0;
    const char *header = EXCEPTION_TB_HEADER, *header_margin = margin_of(display);
    if (_PyBaseExceptionGroup_Check(exception)) {
        header = EXCEPTION_GROUP_TB_HEADER;
        if (display->group_depth == 1)
            header_margin = "+ ";
    }
    return _PyTraceBack_Print_Indented(traceback, indent_of(display), margin_of(display),
                                       header_margin, header, display->file);
}

/* An attribute as an int, or the default if it is missing, None or no number. */
static Py_ssize_t
int_attribute(PyObject *exception, PyObject *name, Py_ssize_t fallback)
{
    KS_OWNED PyObject *value = PyObject_GetAttr(exception, name);
    Py_ssize_t number = fallback;
    if (value != NULL && PyLong_Check(value))
        number = PyLong_AsSsize_t(value);
    if (PyErr_Occurred()) {
        PyErr_Clear();
        return fallback;
    }
    return number;
}

/* The source line of a syntax error with its carets; offsets count characters from 1. */
static int
print_error_text(Display *display, PyObject *text, Py_ssize_t offset, Py_ssize_t end_offset)
{
    if (PyUnicode_READY(text) < 0)
        return -1;
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    Py_ssize_t end = length;
    while (end > 0 && PyUnicode_READ_CHAR(text, end - 1) == '\n')
        end--;
    /* Of several lines the one with the error is shown. */
    Py_ssize_t begin = 0;
    for (;;) {
        Py_ssize_t newline = PyUnicode_FindChar(text, '\n', begin, end, 1);
        if (newline < 0 || newline - begin >= offset)
            break;
        offset -= newline + 1 - begin;
        end_offset -= newline + 1 - begin;
        begin = newline + 1;
    }
    Py_ssize_t line_end = PyUnicode_FindChar(text, '\n', begin, end, 1);
    if (line_end < 0)
        line_end = end;
    Py_ssize_t blanks = begin;
    while (blanks < line_end) {
        Py_UCS4 ch = PyUnicode_READ_CHAR(text, blanks);
        if (ch != ' ' && ch != '\t' && ch != '\f')
            break;
        blanks++;
    }
    KS_OWNED PyObject *line = PyUnicode_Substring(text, blanks, line_end);
    if (line == NULL || write_margin(display) < 0 || write_text(display, "    ") < 0 ||
        write_object(display, line) < 0 || write_text(display, "\n") < 0)
        return -1;
    Py_ssize_t from = offset - 1 - (blanks - begin), to = end_offset - 1 - (blanks - begin);
    if (offset < 1 || from < 0)
        return 0;
    Py_ssize_t width = PyUnicode_GET_LENGTH(line);
    if (from > width)
        from = width; /* just behind the text */
    if (to > width)
        to = width;
    if (to <= from)
        to = from + 1;
    if (write_margin(display) < 0 || write_text(display, "    ") < 0)
        return -1;
    KS_OWNED PyObject *marks = PyUnicode_New(to, 127);
    if (marks == NULL)
        return -1;
    Py_UCS1 *out = PyUnicode_1BYTE_DATA(marks);
    for (Py_ssize_t i = 0; i < to; i++) {
        /* A tab in the line stays a tab, so that the caret stands below its character. */
        Py_UCS4 ch = i < PyUnicode_GET_LENGTH(line) ? PyUnicode_READ_CHAR(line, i) : ' ';
        out[i] = i >= from ? '^' : ch == '\t' ? '\t' : ' ';
    }
    if (write_object(display, marks) < 0)
        return -1;
    return write_text(display, "\n");
}

/* File and line of a SyntaxError, and its text. *message gets what to print as its value. 1 if it
 * is one with a place, 0 if not, -1 on error. */
static int
print_syntax_error(Display *display, PyObject *exception, PyObject **message)
{
    PyObject *found;
    *message = NULL;
    if (_PyObject_LookupAttr(exception, &_Py_ID(print_file_and_line), &found) < 0)
        return -1;
    if (found == NULL || !PyErr_GivenExceptionMatches(exception, PyExc_SyntaxError)) {
        Py_XDECREF(found);
        return 0;
    }
    Py_DECREF(found);
    KS_OWNED PyObject *filename = PyObject_GetAttr(exception, &_Py_ID(filename));
    KS_OWNED PyObject *lineno = filename == NULL ? NULL
                                                 : PyObject_GetAttr(exception, &_Py_ID(lineno));
    KS_OWNED PyObject *text = lineno == NULL ? NULL : PyObject_GetAttr(exception, &_Py_ID(text));
    KS_OWNED PyObject *msg = text == NULL ? NULL : PyObject_GetAttr(exception, &_Py_ID(msg));
    if (msg == NULL) {
        PyErr_Clear();
        return 0;
    }
    if (lineno == Py_None || !PyLong_Check(lineno))
        return 0;
    KS_OWNED PyObject *shown = filename == Py_None ? PyUnicode_FromString("<string>")
                                                   : PyObject_Str(filename);
    KS_OWNED PyObject *place =
        shown == NULL ? NULL : PyUnicode_FromFormat("  File \"%S\", line %S\n", shown, lineno);
    if (place == NULL || write_margin(display) < 0 || write_object(display, place) < 0)
        return -1;
    if (PyUnicode_Check(text)) {
        Py_ssize_t line = int_attribute(exception, &_Py_ID(lineno), 0);
        Py_ssize_t offset = int_attribute(exception, &_Py_ID(offset), -1);
        Py_ssize_t end_line = int_attribute(exception, &_Py_ID(end_lineno), line);
        Py_ssize_t end_offset = int_attribute(exception, &_Py_ID(end_offset), offset);
        if (end_line > line) {
            Py_ssize_t newline =
                PyUnicode_FindChar(text, '\n', 0, PyUnicode_GetLength(text), 1);
            end_offset = (newline < 0 ? PyUnicode_GetLength(text) : newline) + 1;
        }
        else if (end_offset == 0 || end_offset == -1) {
            end_offset = offset;
        }
        if (print_error_text(display, text, offset, end_offset) < 0)
            return -1;
    }
    *message = ks_give(&msg);
    return 1;
}

static int
write_class_name(Display *display, PyObject *type)
{
    KS_OWNED PyObject *module = PyObject_GetAttr(type, &_Py_ID(__module__));
    if (module == NULL || !PyUnicode_Check(module)) {
        PyErr_Clear();
        if (write_text(display, "<unknown>.") < 0)
            return -1;
    }
    else if (!_PyUnicode_Equal(module, &_Py_ID(builtins)) &&
             !_PyUnicode_Equal(module, &_Py_ID(__main__))) {
        if (write_object(display, module) < 0 || write_text(display, ".") < 0)
            return -1;
    }
    KS_OWNED PyObject *name = PyType_GetQualName((PyTypeObject *)type);
    if (name == NULL || !PyUnicode_Check(name)) {
        PyErr_Clear();
        return write_text(display, "<unknown>");
    }
    return write_object(display, name);
}

static int
write_value(Display *display, PyObject *value)
{
    if (value == Py_None)
        return 0;
    KS_OWNED PyObject *text = PyObject_Str(value);
    if (text == NULL) {
        PyErr_Clear();
        return write_text(display, ": <exception str() failed>");
    }
    if (PyUnicode_GET_LENGTH(text) == 0)
        return 0;
    return write_text(display, ": ") < 0 ? -1 : write_lines(display, text);
}

static int
print_message(Display *display, PyObject *exception, PyObject *value)
{
    if (write_margin(display) < 0 ||
        write_class_name(display, (PyObject *)Py_TYPE(exception)) < 0 ||
        write_value(display, value) < 0)
        return -1;
    KS_OWNED PyObject *suggestion = ks_suggestion_for(exception);
    if (suggestion != NULL && write_object(display, suggestion) < 0)
        return -1;
    PyErr_Clear();
    return write_text(display, "\n");
}

static int
print_note(Display *display, PyObject *note)
{
    KS_OWNED PyObject *text = PyUnicode_Check(note) ? Py_NewRef(note) : PyObject_Str(note);
    if (text == NULL) {
        PyErr_Clear();
        return write_margin(display) < 0 ? -1 : write_text(display, "<note str() failed>\n");
    }
    KS_OWNED PyObject *lines = PyUnicode_Splitlines(text, 0);
    if (lines == NULL)
        return -1;
    if (PyList_GET_SIZE(lines) == 0)
        return write_margin(display) < 0 ? -1 : write_text(display, "\n");
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(lines); i++) {
        if (write_margin(display) < 0 || write_object(display, PyList_GET_ITEM(lines, i)) < 0 ||
            write_text(display, "\n") < 0)
            return -1;
    }
    return 0;
}

static int
print_notes(Display *display, PyObject *exception)
{
    PyObject *found;
    if (_PyObject_LookupAttr(exception, &_Py_ID(__notes__), &found) < 0) {
        PyErr_Clear();
        return 0;
    }
    KS_OWNED PyObject *notes = found;
    if (notes == NULL || notes == Py_None)
        return 0;
    if (!PySequence_Check(notes) || PyUnicode_Check(notes) || PyBytes_Check(notes)) {
        KS_OWNED PyObject *text = PyObject_Repr(notes);
        if (text == NULL)
            PyErr_Clear();
        if (write_margin(display) < 0)
            return -1;
        if (text == NULL)
            return write_text(display, "<__notes__ repr() failed>");
        return write_lines(display, text);
    }
    Py_ssize_t count = PySequence_Size(notes);
    for (Py_ssize_t i = 0; i < count; i++) {
        KS_OWNED PyObject *note = PySequence_GetItem(notes, i);
        if (note == NULL || print_note(display, note) < 0)
            return -1;
    }
    return count < 0 ? -1 : 0;
}

static int
print_one(Display *display, PyObject *exception)
{
    if (!PyExceptionInstance_Check(exception)) {
        if (write_margin(display) < 0)
            return -1;
        KS_OWNED PyObject *text = PyUnicode_FromFormat(
            "TypeError: print_exception(): Exception expected for value, %s found\n",
            Py_TYPE(exception)->tp_name);
        return text == NULL ? -1 : write_object(display, text);
    }
    if (print_traceback(display, exception) < 0)
        return -1;
    PyObject *message;
    int is_syntax = print_syntax_error(display, exception, &message);
    if (is_syntax < 0)
        return -1;
    KS_OWNED PyObject *value = is_syntax ? message : Py_NewRef(exception);
    if (print_message(display, exception, value) < 0)
        return -1;
    return print_notes(display, exception);
}

/* --- groups --- */

static int
print_separator(Display *display, Py_ssize_t index, Py_ssize_t count)
{
    if (_Py_WriteIndent(indent_of(display), display->file) < 0)
        return -1;
    const char *corner = index == 0 ? "+-" : "  ";
    KS_OWNED PyObject *text = NULL;
    if (index < count)
        text = PyUnicode_FromFormat("%s+---------------- %zd ----------------\n", corner,
                                    index + 1);
    else
        text = PyUnicode_FromFormat("%s+---------------- ... ----------------\n", corner);
    return text == NULL ? -1 : write_object(display, text);
}

static int
print_members(Display *display, PyObject *members)
{
    Py_ssize_t total = PyTuple_GET_SIZE(members);
    Py_ssize_t count = total > GROUP_WIDTH_MAX ? GROUP_WIDTH_MAX : total;
    Py_ssize_t lines = total > count ? count + 1 : count;
    display->needs_end = 0;
    for (Py_ssize_t i = 0; i < lines; i++) {
        int is_last = i + 1 == lines;
        if (is_last)
            display->needs_end = 1;
        if (print_separator(display, i, count) < 0)
            return -1;
        display->group_depth++;
        int status;
        if (i < count) {
            status = display_chain(display, PyTuple_GET_ITEM(members, i));
        }
        else {
            Py_ssize_t rest = total - count;
            KS_OWNED PyObject *text = PyUnicode_FromFormat("and %zd more exception%s\n", rest,
                                                           rest > 1 ? "s" : "");
            status = text == NULL || write_margin(display) < 0 ? -1 : write_object(display, text);
        }
        if (status == 0 && is_last && display->needs_end) {
            status = _Py_WriteIndent(indent_of(display), display->file) < 0
                ? -1
                : write_text(display, "+------------------------------------\n");
            display->needs_end = 0;
        }
        display->group_depth--;
        if (status < 0)
            return -1;
    }
    return 0;
}

static int
print_group(Display *display, PyObject *group)
{
    if (display->group_depth > GROUP_DEPTH_MAX) {
        KS_OWNED PyObject *text =
            PyUnicode_FromFormat("... (max_group_depth is %d)\n", GROUP_DEPTH_MAX);
        return text == NULL || write_margin(display) < 0 ? -1 : write_object(display, text);
    }
    int outermost = display->group_depth == 0;
    if (outermost)
        display->group_depth = 1;
    int status = print_one(display, group);
    if (status == 0)
        status = print_members(display, ((PyBaseExceptionGroupObject *)group)->excs);
    if (outermost)
        display->group_depth = 0;
    return status;
}

/* --- the chain --- */

/* 1 if the exception was printed before, else 0 and it is remembered; -1 on error. */
static int
was_seen(Display *display, PyObject *exception)
{
    KS_OWNED PyObject *address = PyLong_FromVoidPtr(exception);
    if (address == NULL)
        return -1;
    int seen = PySet_Contains(display->seen, address);
    return seen;
}

static int
mark_seen(Display *display, PyObject *exception)
{
    KS_OWNED PyObject *address = PyLong_FromVoidPtr(exception);
    return address == NULL ? -1 : PySet_Add(display->seen, address);
}

static int
display_link(Display *display, PyObject *earlier, const char *text)
{
    if (display_chain(display, earlier) < 0)
        return -1;
    if (write_margin(display) < 0 || write_text(display, "\n") < 0 ||
        write_margin(display) < 0 || write_text(display, text) < 0 ||
        write_margin(display) < 0 || write_text(display, "\n") < 0)
        return -1;
    return 0;
}

/* The exception that came before this one, if it is to be shown: new reference or NULL. */
static PyObject *
earlier_of(Display *display, PyObject *exception, const char **text)
{
    PyObject *cause = PyException_GetCause(exception);
    if (cause != NULL) {
        *text = cause_text;
        int seen = was_seen(display, cause);
        if (seen != 0)
            Py_CLEAR(cause);
        return cause;
    }
    PyObject *context = PyException_GetContext(exception);
    if (context == NULL)
        return NULL;
    *text = context_text;
    if (((PyBaseExceptionObject *)exception)->suppress_context || was_seen(display, context) != 0)
        Py_CLEAR(context);
    return context;
}

static int
display_chain(Display *display, PyObject *exception)
{
    if (Py_EnterRecursiveCall(" in print_exception_recursive"))
        return -1;
    int status = 0;
    if (display->seen != NULL && PyExceptionInstance_Check(exception)) {
        if (mark_seen(display, exception) < 0)
            PyErr_Clear();
        const char *text = NULL;
        KS_OWNED PyObject *earlier = earlier_of(display, exception, &text);
        PyErr_Clear();
        if (earlier != NULL) {
            int owed_end = display->needs_end;
            display->needs_end = 0;
            status = display_link(display, earlier, text);
            display->needs_end = owed_end;
        }
    }
    if (status == 0)
        status = _PyBaseExceptionGroup_Check(exception) ? print_group(display, exception)
                                                        : print_one(display, exception);
    Py_LeaveRecursiveCall();
    return status;
}

/* --- entrances --- */

/* What can be said of an exception without a stream and without memory. */
static void
report_lost_stream(PyObject *value)
{
    _PyObject_Dump(value);
    fprintf(stderr, "lost sys.stderr\n");
}

void
_PyErr_Display(PyObject *file, PyObject *unused_type, PyObject *value, PyObject *traceback)
{
    if (PyExceptionInstance_Check(value) && traceback != NULL && PyTraceBack_Check(traceback)) {
        /* Put the traceback on the exception, unless it has one. */
        KS_OWNED PyObject *present = PyException_GetTraceback(value);
        if (present == NULL)
            PyException_SetTraceback(value, traceback);
    }
    Display display = {.file = file, .seen = PySet_New(NULL)};
    if (display.seen == NULL)
        PyErr_Clear();
    int status = display_chain(&display, value);
    Py_XDECREF(display.seen);
    if (status < 0) {
        PyErr_Clear();
        report_lost_stream(value);
    }
    PyObject *type, *error, *trace;
    PyErr_Fetch(&type, &error, &trace);
    KS_OWNED PyObject *flushed = PyObject_CallMethodNoArgs(file, &_Py_ID(flush));
    PyErr_Clear();
    PyErr_Restore(type, error, trace);
}

void
PyErr_Display(PyObject *type, PyObject *value, PyObject *traceback)
{
    PyObject *file = _PySys_GetAttr(_PyThreadState_GET(), &_Py_ID(stderr));
    if (file == NULL) {
        report_lost_stream(value);
        return;
    }
    if (file == Py_None)
        return;
    KS_OWNED PyObject *held = Py_NewRef(file);
    _PyErr_Display(held, type, value, traceback);
}
