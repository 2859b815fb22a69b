/* SPDX-License-Identifier: MIT */
/* Opcodes whose argument is a line of text (protocol 0), and those of long ints, 8-bit strings,
 * bytes and out-of-band buffers. */
#include "pickle_input.h"

#include <errno.h>

/* ---- numbers ---- */

int
ks_unpickle_int_text(Unpickler *u)
{
    Py_ssize_t length = ks_unpickle_line(u, 2);
    char *end;
    if (length < 0)
        return -1;
    errno = 0;
    long value = strtol(u->line, &end, 0);
    if (errno == 0 && *end == '\n' && end[1] == '\0') {
        /* Booleans of the first protocols: 01 and 00. */
        if (length == 3 && (value == 0 || value == 1))
            return ks_unpickle_push(u, PyBool_FromLong(value));
        return ks_unpickle_push(u, PyLong_FromLong(value));
    }
    PyObject *number = PyLong_FromString(u->line, NULL, 0);
    if (number == NULL && PyErr_ExceptionMatches(PyExc_ValueError))
        PyErr_SetString(PyExc_ValueError, "could not convert string to int");
    return ks_unpickle_push(u, number);
}

int
ks_unpickle_long_text(Unpickler *u)
{
    Py_ssize_t length = ks_unpickle_line(u, 2);
    if (length < 0)
        return -1;
    /* Python 2 marked them with a letter at the end. */
    if (u->line[length - 2] == 'L')
        u->line[length - 2] = '\0';
    return ks_unpickle_push(u, PyLong_FromString(u->line, NULL, 0));
}

int
ks_unpickle_float_text(Unpickler *u)
{
    char *end;
    if (ks_unpickle_line(u, 2) < 0)
        return -1;
    double value = PyOS_string_to_double(u->line, &end, PyExc_OverflowError);
    if (value == -1.0 && PyErr_Occurred())
        return -1;
    if (*end != '\n' && *end != '\0') {
        PyErr_SetString(PyExc_ValueError, "could not convert string to float");
        return -1;
    }
    return ks_unpickle_push(u, PyFloat_FromDouble(value));
}

int
ks_unpickle_long(Unpickler *u, int size)
{
    size_t count;
    if (ks_unpickle_number(u, size, &count) < 0)
        return -1;
    if (count > 0x7fffffff)
        return ks_unpickle_fails(u, "LONG pickle has negative byte count");
    const unsigned char *data = ks_unpickle_take(u, (Py_ssize_t)count);
    return data == NULL ? -1 : ks_unpickle_push(u, _PyLong_FromByteArray(data, count, 1, 1));
}

/* ---- memo by decimal numbers ---- */

/* The number on the next line; -1 with an exception set, or without one for -1 itself. */
static Py_ssize_t
line_index(Unpickler *u)
{
    if (ks_unpickle_line(u, 2) < 0)
        return -1;
    KS_OWNED PyObject *number = PyLong_FromString(u->line, NULL, 10);
    return number == NULL ? -1 : PyLong_AsSsize_t(number);
}

int
ks_unpickle_get_text(Unpickler *u)
{
    Py_ssize_t index = line_index(u);
    if (index == -1 && PyErr_Occurred())
        return -1;
    return index < 0 ? ks_unpickle_memo_missing(u, index)
                     : ks_unpickle_memo_get(u, (size_t)index);
}

int
ks_unpickle_put_text(Unpickler *u)
{
    Py_ssize_t index = line_index(u);
    if ((index == -1 && PyErr_Occurred()) || !ks_unpickle_has(u, 1))
        return -1;
    if (index < 0) {
        PyErr_SetString(PyExc_ValueError, "negative PUT argument");
        return -1;
    }
    return ks_unpickle_memo_set(u, (size_t)index, u->stack[u->height - 1]);
}

/* ---- strings ---- */

/* A str of Python 2: bytes if the encoding says so, else text. */
static KS_NEW PyObject *
decode_string(Unpickler *u, const char *data, Py_ssize_t length)
{
    if (strcmp(u->encoding, "bytes") == 0)
        return PyBytes_FromStringAndSize(data, length);
    return PyUnicode_Decode(data, length, u->encoding, u->errors);
}

int
ks_unpickle_string_text(Unpickler *u)
{
    Py_ssize_t length = ks_unpickle_line(u, 1);
    if (length < 0)
        return -1;
    const char *text = u->line;
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
        length--;
    if (length < 2 || text[0] != text[length - 1] || (text[0] != '"' && text[0] != '\''))
        return ks_unpickle_fails(u, "the STRING opcode argument must be quoted");
    KS_OWNED PyObject *bytes = PyBytes_DecodeEscape(text + 1, length - 2, NULL, 0, NULL);
    if (bytes == NULL)
        return -1;
    return ks_unpickle_push(
        u, decode_string(u, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes)));
}

int
ks_unpickle_unicode_text(Unpickler *u)
{
    Py_ssize_t length = ks_unpickle_line(u, 1);
    if (length < 0)
        return -1;
    return ks_unpickle_push(u, PyUnicode_DecodeRawUnicodeEscape(u->line, length - 1, NULL));
}

int
ks_unpickle_string(Unpickler *u, int size)
{
    size_t length;
    if (ks_unpickle_number(u, size, &length) < 0)
        return -1;
    const char *data = (const char *)ks_unpickle_take(u, (Py_ssize_t)length);
    return data == NULL ? -1 : ks_unpickle_push(u, decode_string(u, data, (Py_ssize_t)length));
}

/* ---- bytes and buffers ---- */

/* Whether a pickle in memory is long enough: asked before memory is allocated for what it claims.
 * A length that no object can have is left to fail as such. */
static int
is_claim_false(const Unpickler *u, Py_ssize_t length)
{
    return u->read == NULL && length > u->limit - u->cursor && length < PY_SSIZE_T_MAX / 2;
}

int
ks_unpickle_bytes(Unpickler *u, int size)
{
    Py_ssize_t length;
    if (ks_unpickle_length(u, size, "BINBYTES", &length) < 0)
        return -1;
    if (length <= u->limit - u->cursor) {
        const char *data = u->cursor;
        u->cursor += length;
        return ks_unpickle_push(u, PyBytes_FromStringAndSize(data, length));
    }
    if (is_claim_false(u, length))
        return ks_unpickle_truncated(u);
    KS_OWNED PyObject *bytes = PyBytes_FromStringAndSize(NULL, length);
    if (bytes == NULL || ks_unpickle_copy(u, PyBytes_AS_STRING(bytes), length) < 0)
        return -1;
    return ks_unpickle_push(u, ks_give(&bytes));
}

int
ks_unpickle_bytearray(Unpickler *u)
{
    Py_ssize_t length;
    if (ks_unpickle_length(u, 8, "BYTEARRAY8", &length) < 0)
        return -1;
    if (is_claim_false(u, length))
        return ks_unpickle_truncated(u);
    KS_OWNED PyObject *array = PyByteArray_FromStringAndSize(NULL, length);
    if (array == NULL || ks_unpickle_copy(u, PyByteArray_AS_STRING(array), length) < 0)
        return -1;
    return ks_unpickle_push(u, ks_give(&array));
}

int
ks_unpickle_next_buffer(Unpickler *u)
{
    if (u->buffers == NULL)
        return ks_unpickle_fails(u, "pickle stream refers to out-of-band data but no *buffers* "
                                    "argument was given");
    KS_OWNED PyObject *buffers = Py_NewRef(u->buffers);
    PyObject *buffer = PyIter_Next(buffers);
    if (buffer == NULL && !PyErr_Occurred())
        return ks_unpickle_fails(u, "not enough out-of-band buffers");
    return ks_unpickle_push(u, buffer);
}

int
ks_unpickle_readonly_buffer(Unpickler *u)
{
    if (!ks_unpickle_has(u, 1))
        return -1;
    PyObject *buffer = u->stack[u->height - 1];
    KS_OWNED PyObject *view = PyMemoryView_FromObject(buffer);
    if (view == NULL)
        return -1;
    if (PyMemoryView_GET_BUFFER(view)->readonly)
        return 0;
    /* A view of its own with the same description, but not writable. */
    PyMemoryView_GET_BUFFER(view)->readonly = 1;
    u->stack[u->height - 1] = ks_give(&view);
    Py_DECREF(buffer);
    return 0;
}
