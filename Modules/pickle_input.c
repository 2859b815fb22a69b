/* SPDX-License-Identifier: MIT */
/* Where the Unpickler's bytes come from. A file that can peek() is read in large pieces, and told at
 * the end how much of them was wanted; from any other file exactly what an opcode asks for is read.
 * What a file gives may be short, of another type, or the file may fail: all that are exceptions. */
#include "pickle_input.h"

#define PEEK_BYTES (128 * 1024)

int
ks_unpickle_fails(Unpickler *u, const char *message)
{
    PyErr_SetString(u->state->unpickling_error, message);
    return -1;
}

int
ks_unpickle_truncated(Unpickler *u)
{
    return ks_unpickle_fails(u, "pickle data was truncated");
}

/* Makes bytes the window. Other bytes-like objects are copied: they could change. */
static int
window_set(Unpickler *u, KS_STEALS PyObject *data)
{
    if (data != NULL && !PyBytes_CheckExact(data)) {
        Py_buffer view;
        PyObject *copy = NULL;
        if (PyObject_GetBuffer(data, &view, PyBUF_CONTIG_RO) == 0) {
            copy = PyBytes_FromStringAndSize(view.buf, view.len);
            PyBuffer_Release(&view);
        }
        Py_SETREF(data, copy);
    }
    if (data == NULL)
        return -1;
    u->cursor = PyBytes_AS_STRING(data);
    u->limit = u->cursor + PyBytes_GET_SIZE(data);
    u->peeked = NULL;
    Py_XSETREF(u->input, data);
    return 0;
}

/* read(count), readline() if count is negative. */
static int
window_read(Unpickler *u, Py_ssize_t count)
{
    if (count < 0)
        return window_set(u, PyObject_CallNoArgs(u->readline));
    KS_OWNED PyObject *number = PyLong_FromSsize_t(count);
    return number == NULL ? -1 : window_set(u, PyObject_CallOneArg(u->read, number));
}

/* The file skips what was consumed of the bytes it showed; the window stays. */
static int
skip_consumed(Unpickler *u)
{
    Py_ssize_t consumed = u->peeked == NULL ? 0 : u->cursor - u->peeked;
    if (consumed <= 0)
        return 0;
    KS_OWNED PyObject *result = PyObject_CallFunction(u->read, "n", consumed);
    u->peeked = u->cursor;
    return result == NULL ? -1 : 0;
}

static void
window_forget(Unpickler *u)
{
    u->cursor = u->limit = u->peeked = NULL;
    Py_CLEAR(u->input);
}

int
ks_unpickle_settle(Unpickler *u)
{
    int status = skip_consumed(u);
    if (u->peeked != NULL)
        window_forget(u);
    return status;
}

/* Looks ahead; a file that has peek() but cannot do it is not asked again. */
static int
window_peek(Unpickler *u)
{
    KS_OWNED PyObject *size = PyLong_FromLong(PEEK_BYTES);
    PyObject *data = size == NULL ? NULL : PyObject_CallOneArg(u->peek, size);
    if (data == NULL && PyErr_ExceptionMatches(PyExc_NotImplementedError)) {
        PyErr_Clear();
        Py_CLEAR(u->peek);
        return 0;
    }
    if (window_set(u, data) < 0)
        return -1;
    u->peeked = u->cursor;
    return 0;
}

/* Ends the window before something is read from the file; -1 if bytes of a frame are left. */
static int
window_end(Unpickler *u)
{
    if (u->peeked == NULL && u->cursor != u->limit)
        return ks_unpickle_fails(u, "pickle exhausted before end of frame");
    return ks_unpickle_settle(u);
}

/* As many bytes as the file gives, up to count or more: how many, or -1. */
static Py_ssize_t
window_fill(Unpickler *u, Py_ssize_t count)
{
    if (window_end(u) < 0)
        return -1;
    if (u->peek != NULL && count < PEEK_BYTES) {
        if (window_peek(u) < 0)
            return -1;
        if (u->limit - u->cursor >= count)
            return count;
        window_forget(u);
    }
    return window_read(u, count) < 0 ? -1 : u->limit - u->cursor;
}

const char *
ks_unpickle_refill(Unpickler *u, Py_ssize_t count)
{
    Py_ssize_t got = u->read == NULL ? 0 : window_fill(u, count);
    if (got < count) {
        if (got >= 0) {
            u->cursor = u->limit;
            ks_unpickle_truncated(u);
        }
        return NULL;
    }
    const char *data = u->cursor;
    u->cursor += count;
    return data;
}

int
ks_unpickle_refill_op(Unpickler *u)
{
    Py_ssize_t got = u->read == NULL ? 0 : window_fill(u, 1);
    if (got > 0)
        return (unsigned char)*u->cursor++;
    if (got == 0)
        PyErr_SetString(PyExc_EOFError, "Ran out of input");
    return -1;
}

/* readinto(), or read() for files that do not have it. */
static int
read_into(Unpickler *u, char *to, Py_ssize_t count)
{
    if (u->readinto == NULL) {
        const char *data = ks_unpickle_refill(u, count);
        if (data == NULL)
            return -1;
        memcpy(to, data, (size_t)count);
        return 0;
    }
    if (window_end(u) < 0)
        return -1;
    window_forget(u);
    KS_OWNED PyObject *view = PyMemoryView_FromMemory(to, count, PyBUF_WRITE);
    KS_OWNED PyObject *result = view == NULL ? NULL : PyObject_CallOneArg(u->readinto, view);
    if (result == NULL)
        return -1;
    Py_ssize_t got = PyLong_AsSsize_t(result);
    /* The memory is ours: nobody may write there later. */
    KS_OWNED PyObject *released = PyObject_CallMethodNoArgs(view, KS_INTERN("release"));
    if (released == NULL || (got == -1 && PyErr_Occurred()))
        return -1;
    if (got < 0) {
        PyErr_SetString(PyExc_ValueError, "readinto() returned negative size");
        return -1;
    }
    return got < count ? ks_unpickle_truncated(u) : 0;
}

int
ks_unpickle_copy(Unpickler *u, char *to, Py_ssize_t count)
{
    Py_ssize_t here = Py_MIN(u->limit - u->cursor, count);
    if (here > 0) {
        memcpy(to, u->cursor, (size_t)here);
        u->cursor += here;
    }
    if (here == count)
        return 0;
    return u->read == NULL ? ks_unpickle_truncated(u) : read_into(u, to + here, count - here);
}

static int
line_copy(Unpickler *u, const char *start, Py_ssize_t length)
{
    if (length >= u->line_room) {
        char *line = PyMem_Realloc(u->line, (size_t)length + 1);
        if (line == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        u->line = line;
        u->line_room = length + 1;
    }
    memcpy(u->line, start, (size_t)length);
    u->line[length] = '\0';
    u->cursor = start + length;
    return 0;
}

static const char *
find_newline(const Unpickler *u)
{
    return u->cursor == u->limit ? NULL
                                 : memchr(u->cursor, '\n', (size_t)(u->limit - u->cursor));
}

Py_ssize_t
ks_unpickle_line(Unpickler *u, Py_ssize_t at_least)
{
    const char *newline = find_newline(u);
    if (newline == NULL && u->read != NULL) {
        if (window_end(u) < 0 || window_read(u, -1) < 0)
            return -1;
        newline = find_newline(u);
    }
    if (newline == NULL) {
        u->cursor = u->limit;
        return ks_unpickle_truncated(u);
    }
    Py_ssize_t length = newline + 1 - u->cursor;
    if (length < at_least)
        return ks_unpickle_truncated(u);
    return line_copy(u, u->cursor, length) < 0 ? -1 : length;
}

int
ks_unpickle_length(Unpickler *u, int count, const char *opcode, Py_ssize_t *length)
{
    size_t value;
    if (ks_unpickle_number(u, count, &value) < 0)
        return -1;
    if (value > (size_t)PY_SSIZE_T_MAX) {
        PyErr_Format(PyExc_OverflowError, "%s exceeds system's maximum size of %zd bytes", opcode,
                     PY_SSIZE_T_MAX);
        return -1;
    }
    *length = (Py_ssize_t)value;
    return 0;
}

int
ks_unpickle_frame(Unpickler *u)
{
    size_t length;
    if (ks_unpickle_number(u, 8, &length) < 0)
        return -1;
    if (length > (size_t)PY_SSIZE_T_MAX) {
        PyErr_Format(PyExc_OverflowError, "FRAME length exceeds system's maximum of %zd bytes",
                     PY_SSIZE_T_MAX);
        return -1;
    }
    if (length == 0)
        return 0;
    /* Taken and given back: the window holds the frame from here on. */
    if (ks_unpickle_take(u, (Py_ssize_t)length) == NULL)
        return -1;
    u->cursor -= length;
    return 0;
}
