/* SPDX-License-Identifier: MIT */
/* Source lines for tracebacks and syntax errors, and what to mark in them.
 *
 * Files are read raw and only the wanted line is decoded, with the encoding that a cookie in one of
 * the first two lines names, UTF-8 without one. */
#include "Python.h"

#include "pycore_fileutils.h"
#include "pycore_pyerrors.h"
#include "pycore_traceback.h"

#include "ks_ast.h"
#include "ks_parser.h"
#include "ks_traceback.h"

#define ENCODING_BYTES 64

/* --- reading one line --- */

/* The name in a PEP 263 cookie, or 0. */
static int
cookie_read(const char *line, char *encoding)
{
    while (*line == ' ' || *line == '\t' || *line == '\f')
        line++;
    if (*line != '#')
        return 0;
    const char *p = line;
    while ((p = strstr(p, "coding")) != NULL) {
        p += 6;
        if (*p != ':' && *p != '=')
            continue;
        p++;
        while (*p == ' ' || *p == '\t')
            p++;
        size_t length = 0;
        while (Py_ISALNUM(Py_CHARMASK(p[length])) || p[length] == '-' || p[length] == '_' ||
               p[length] == '.')
            length++;
        if (length > 0 && length < ENCODING_BYTES) {
            memcpy(encoding, p, length);
            encoding[length] = '\0';
            return 1;
        }
    }
    return 0;
}

/* The raw line with its number, its length in *length; malloc'ed, NULL if the file has fewer. */
static char *
raw_line(FILE *stream, int line_number, ssize_t *length, char *encoding)
{
    char *line = NULL;
    size_t room = 0;
    strcpy(encoding, "utf-8");
    int may_have_cookie = 1;
    for (int number = 1; number <= line_number; number++) {
        *length = getline(&line, &room, stream);
        if (*length < 0) {
            free(line);
            return NULL;
        }
        if (number == 1 && *length >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
            *length -= 3;
            memmove(line, line + 3, (size_t)*length + 1);
        }
        if (number <= 2 && may_have_cookie) {
            may_have_cookie = !cookie_read(line, encoding) &&
                              line[strspn(line, " \t\f\r\n#")] == '\0';
            if (number == 1 && line[strspn(line, " \t\f")] == '#')
                may_have_cookie = strcmp(encoding, "utf-8") == 0;
        }
    }
    return line;
}

/* 1 and the line, 0 if there is none, -1 with an exception. Closes the stream. */
static int
stream_line(FILE *stream, int line_number, PyObject **line)
{
    char encoding[ENCODING_BYTES];
    ssize_t length;
    char *raw = raw_line(stream, line_number, &length, encoding);
    fclose(stream);
    if (raw == NULL)
        return 0;
    while (length > 0 && (raw[length - 1] == '\n' || raw[length - 1] == '\r'))
        length--;
    *line = PyUnicode_Decode(raw, length, encoding, "replace");
    free(raw);
    return *line == NULL ? -1 : 1;
}

/* Opens a file by a str name; NULL without an exception if it cannot be had. */
static FILE *
open_quietly(PyObject *filename)
{
    KS_OWNED PyObject *bytes = PyUnicode_EncodeFSDefault(filename);
    if (bytes == NULL || strlen(PyBytes_AS_STRING(bytes)) != (size_t)PyBytes_GET_SIZE(bytes)) {
        PyErr_Clear();
        return NULL;
    }
    return fopen(PyBytes_AS_STRING(bytes), "rbe");
}

/* Looks for the file's last part in the directories of sys.path. */
static FILE *
open_on_path(PyObject *filename)
{
    PyObject *path = PySys_GetObject("path");
    if (path == NULL || !PyList_Check(path) || PyUnicode_READY(filename) < 0)
        return NULL;
    Py_ssize_t length = PyUnicode_GET_LENGTH(filename);
    Py_ssize_t slash = PyUnicode_FindChar(filename, '/', 0, length, -1);
    KS_OWNED PyObject *tail = PyUnicode_Substring(filename, slash + 1, length);
    if (tail == NULL || PyUnicode_GET_LENGTH(tail) == 0)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(path); i++) {
        KS_OWNED PyObject *directory = Py_NewRef(PyList_GET_ITEM(path, i));
        if (!PyUnicode_Check(directory))
            continue;
        KS_OWNED PyObject *name = PyUnicode_GetLength(directory) == 0
            ? Py_NewRef(tail)
            : PyUnicode_FromFormat("%U/%U", directory, tail);
        FILE *stream = name == NULL ? NULL : open_quietly(name);
        if (stream != NULL)
            return stream;
    }
    return NULL;
}

int
ks_traceback_source_line(PyObject *filename, int line_number, int search_path, PyObject **line)
{
    *line = NULL;
    if (line_number <= 0 || filename == NULL || !PyUnicode_Check(filename) ||
        PyUnicode_READY(filename) < 0)
        return 0;
    /* "<stdin>" and the like name no file. */
    Py_ssize_t length = PyUnicode_GET_LENGTH(filename);
    if (length > 1 && PyUnicode_READ_CHAR(filename, 0) == '<' &&
        PyUnicode_READ_CHAR(filename, length - 1) == '>')
        return 0;
    FILE *stream = open_quietly(filename);
    if (stream == NULL && search_path)
        stream = open_on_path(filename);
    PyErr_Clear();
    if (stream == NULL)
        return 0;
    int found = stream_line(stream, line_number, line);
    if (found < 0 && !PyErr_ExceptionMatches(PyExc_MemoryError)) {
        PyErr_Clear(); /* an unknown encoding, for instance */
        return 0;
    }
    return found;
}

Py_ssize_t
ks_traceback_blanks(PyObject *line)
{
    Py_ssize_t count = 0, length = PyUnicode_GET_LENGTH(line);
    while (count < length) {
        Py_UCS4 ch = PyUnicode_READ_CHAR(line, count);
        if (ch != ' ' && ch != '\t' && ch != '\f')
            break;
        count++;
    }
    return count;
}

/* Prints the line below a "File" line of a traceback. *truncation gets the number of blanks cut,
 * *line (optional) a new reference to the whole line. */
int
_Py_DisplaySourceLine(PyObject *file, PyObject *filename, int line_number, int indent,
                      int *truncation, PyObject **line)
{
    PyObject *text;
    int found = ks_traceback_source_line(filename, line_number, 1, &text);
    if (found <= 0)
        return found;
    KS_OWNED PyObject *held = text;
    Py_ssize_t blanks = ks_traceback_blanks(text);
    KS_OWNED PyObject *shown = PyUnicode_Substring(text, blanks, PyUnicode_GET_LENGTH(text));
    if (shown == NULL || _Py_WriteIndent(indent, file) < 0 ||
        PyFile_WriteObject(shown, file, Py_PRINT_RAW) < 0 || PyFile_WriteString("\n", file) < 0)
        return -1;
    if (truncation != NULL)
        *truncation = (int)blanks;
    if (line != NULL)
        *line = Py_NewRef(text);
    return 0;
}

/* --- anchors --- */

/* Offsets in bytes of the segment; the segment is one expression. */
static int
binary_anchors(const char *text, Py_ssize_t size, const KsExpr *expression, Py_ssize_t *start,
               Py_ssize_t *end)
{
    Py_ssize_t from = expression->v.BinOp.left->end_col_offset;
    Py_ssize_t to = expression->v.BinOp.right->col_offset;
    for (Py_ssize_t i = from; i < to && i < size; i++) {
        if (Py_ISSPACE(Py_CHARMASK(text[i])))
            continue;
        *start = i;
        *end = i + 1;
        if (i + 1 < to && !Py_ISSPACE(Py_CHARMASK(text[i + 1])))
            ++*end;
        return 1;
    }
    return 0;
}

static int
expression_anchors(const char *text, Py_ssize_t size, const KsMod *module, Py_ssize_t *start,
                   Py_ssize_t *end)
{
    if (KS_LEN(module->v.Module.body) != 1)
        return 0;
    const KsStmt *statement = module->v.Module.body->items[0];
    if (statement->kind != KS_Expr)
        return 0;
    const KsExpr *expression = statement->v.Expr.value;
    if (expression->kind == KS_BinOp)
        return binary_anchors(text, size, expression, start, end);
    if (expression->kind != KS_Subscript)
        return 0;
    *start = expression->v.Subscript.value->end_col_offset;
    *end = expression->v.Subscript.slice->end_col_offset + 1;
    while (*start < *end && *start < size && text[*start] != '[')
        ++*start;
    return 1;
}

static Py_ssize_t
chars_before(const char *text, Py_ssize_t byte)
{
    Py_ssize_t chars = 0;
    for (Py_ssize_t i = 0; i < byte; i++)
        chars += (text[i] & 0xc0) != 0x80;
    return chars;
}

int
ks_traceback_anchors(PyObject *segment, Py_ssize_t *start, Py_ssize_t *end)
{
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(segment, &size);
    KsArena *arena = text == NULL ? NULL : ks_arena_new();
    if (arena == NULL) {
        PyErr_Clear();
        return 0;
    }
    int found = 0;
    KS_OWNED PyObject *filename = PyUnicode_FromString("<string>");
    if (filename != NULL) {
        PyCompilerFlags flags = _PyCompilerFlags_INIT;
        flags.cf_flags = PyCF_SOURCE_IS_UTF8;
        KsMod *module = ks_parse_string(text, filename, Py_file_input, &flags, arena);
        if (module != NULL)
            found = expression_anchors(text, size, module, start, end);
    }
    PyErr_Clear(); /* text that is no expression by itself has no anchors */
    ks_arena_free(arena);
    if (found && *end <= size) {
        *start = chars_before(text, *start);
        *end = chars_before(text, *end);
        return 1;
    }
    return 0;
}
