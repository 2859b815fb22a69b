/* SPDX-License-Identifier: MIT */
/* str: _PyUnicodeWriter, the buffer that text is put together in.
 *
 * The struct is laid open by the headers. `buffer` has room for `size` characters up to
 * `maxchar`; `pos` are written. A writer that got one whole string and was not asked to leave
 * room (`overallocate`) keeps that string: then `readonly` is set, and size and kind are 0 so
 * that any further write makes a buffer of its own first. */
#include "Python.h"
#include "ks_base.h"
#include "ks_str.h"

#include <string.h>

static void
refresh(_PyUnicodeWriter *writer)
{
    writer->maxchar = PyUnicode_MAX_CHAR_VALUE(writer->buffer);
    writer->data = ks_str_data(writer->buffer);
    if (writer->readonly) {
        writer->kind = PyUnicode_WCHAR_KIND;
        writer->size = 0;
    }
    else {
        writer->kind = (enum PyUnicode_Kind)KS_STR_KIND(writer->buffer);
        writer->size = KS_STR_LENGTH(writer->buffer);
    }
}

void
_PyUnicodeWriter_Init(_PyUnicodeWriter *writer)
{
    memset(writer, 0, sizeof(*writer));
    writer->min_char = 127;
}

static int
move_to(_PyUnicodeWriter *writer, Py_ssize_t size, Py_UCS4 maxchar)
{
    PyObject *buffer = PyUnicode_New(size, maxchar);
    if (buffer == NULL)
        return -1;
    if (writer->buffer != NULL) {
        _PyUnicode_FastCopyCharacters(buffer, 0, writer->buffer, 0, writer->pos);
        Py_DECREF(writer->buffer);
    }
    writer->buffer = buffer;
    writer->readonly = 0;
    refresh(writer);
    return 0;
}

/* Room for `length` more characters up to maxchar. */
int
_PyUnicodeWriter_PrepareInternal(_PyUnicodeWriter *writer, Py_ssize_t length, Py_UCS4 maxchar)
{
    if (length > PY_SSIZE_T_MAX - writer->pos) {
        PyErr_NoMemory();
        return -1;
    }
    Py_ssize_t size = writer->pos + length;
    maxchar = Py_MAX(maxchar, Py_MAX(writer->min_char, writer->maxchar));
    if (size > writer->size) {
        if (writer->overallocate && size <= PY_SSIZE_T_MAX - size / 2)
            size += size / 2;
        size = Py_MAX(size, writer->min_length);
        if (writer->buffer == NULL || writer->readonly || maxchar > writer->maxchar)
            return move_to(writer, size, maxchar);
        if (ks_str_resize(&writer->buffer, size) < 0)
            return -1;
        refresh(writer);
        return 0;
    }
    return maxchar > writer->maxchar ? move_to(writer, writer->size, maxchar) : 0;
}

int
_PyUnicodeWriter_PrepareKindInternal(_PyUnicodeWriter *writer, enum PyUnicode_Kind kind)
{
    Py_UCS4 maxchar = kind == PyUnicode_1BYTE_KIND   ? 0xff
                      : kind == PyUnicode_2BYTE_KIND ? 0xffff
                                                     : 0x10ffff;
    return _PyUnicodeWriter_PrepareInternal(writer, 0, maxchar);
}

int
_PyUnicodeWriter_WriteChar(_PyUnicodeWriter *writer, Py_UCS4 ch)
{
    if (_PyUnicodeWriter_Prepare(writer, 1, ch) < 0)
        return -1;
    ks_write((int)writer->kind, writer->data, writer->pos++, ch);
    return 0;
}

int
_PyUnicodeWriter_WriteStr(_PyUnicodeWriter *writer, PyObject *str)
{
    if (PyUnicode_READY(str) < 0)
        return -1;
    Py_ssize_t length = KS_STR_LENGTH(str);
    if (length == 0)
        return 0;
    Py_UCS4 maxchar = PyUnicode_MAX_CHAR_VALUE(str);
    if (maxchar > writer->maxchar || length > writer->size - writer->pos) {
        if (writer->buffer == NULL && !writer->overallocate) {
            writer->readonly = 1;
            writer->buffer = Py_NewRef(str);
            refresh(writer);
            writer->pos += length;
            return 0;
        }
        if (_PyUnicodeWriter_PrepareInternal(writer, length, maxchar) < 0)
            return -1;
    }
    int kind = (int)writer->kind;
    ks_copy_chars(kind, ks_at(kind, writer->data, writer->pos), KS_STR_KIND(str),
                  ks_str_data(str), length);
    writer->pos += length;
    return 0;
}

int
_PyUnicodeWriter_WriteSubstring(_PyUnicodeWriter *writer, PyObject *str, Py_ssize_t start,
                                Py_ssize_t end)
{
    if (PyUnicode_READY(str) < 0)
        return -1;
    if (start == 0 && end == KS_STR_LENGTH(str))
        return _PyUnicodeWriter_WriteStr(writer, str);
    if (end <= start)
        return 0;
    Py_UCS4 maxchar = PyUnicode_MAX_CHAR_VALUE(str);
    if (maxchar > writer->maxchar)
        maxchar = _PyUnicode_FindMaxChar(str, start, end);
    Py_ssize_t length = end - start;
    if (_PyUnicodeWriter_Prepare(writer, length, maxchar) < 0)
        return -1;
    int kind = (int)writer->kind, from = KS_STR_KIND(str);
    ks_copy_chars(kind, ks_at(kind, writer->data, writer->pos), from,
                  ks_at(from, ks_str_data(str), start), length);
    writer->pos += length;
    return 0;
}

static int
write_bytes(_PyUnicodeWriter *writer, const char *text, Py_ssize_t length, Py_UCS4 maxchar)
{
    if (_PyUnicodeWriter_Prepare(writer, length, maxchar) < 0)
        return -1;
    int kind = (int)writer->kind;
    if (length > 0)
        ks_copy_chars(kind, ks_at(kind, writer->data, writer->pos), 1, text, length);
    writer->pos += length;
    return 0;
}

/* len -1: up to the terminating zero. */
int
_PyUnicodeWriter_WriteASCIIString(_PyUnicodeWriter *writer, const char *ascii, Py_ssize_t len)
{
    if (len == -1)
        len = (Py_ssize_t)strlen(ascii);
    return write_bytes(writer, ascii, len, 127);
}

int
_PyUnicodeWriter_WriteLatin1String(_PyUnicodeWriter *writer, const char *str, Py_ssize_t len)
{
    return write_bytes(writer, str, len, ks_max_char(1, str, len));
}

PyObject *
_PyUnicodeWriter_Finish(_PyUnicodeWriter *writer)
{
    PyObject *str = writer->buffer;
    writer->buffer = NULL;
    if (writer->pos == 0) {
        Py_XDECREF(str);
        return Py_NewRef(KS_STR_EMPTY);
    }
    if (writer->readonly)
        return str;
    if (writer->pos == 1) {
        Py_UCS4 ch = ks_read(KS_STR_KIND(str), ks_str_data(str), 0);
        if (ch < 256) {
            Py_DECREF(str);
            return Py_NewRef(ks_str_latin1_char(ch));
        }
    }
    if (KS_STR_LENGTH(str) != writer->pos && ks_str_resize(&str, writer->pos) < 0) {
        Py_DECREF(str);
        return NULL;
    }
    return str;
}

void
_PyUnicodeWriter_Dealloc(_PyUnicodeWriter *writer)
{
    Py_CLEAR(writer->buffer);
}
