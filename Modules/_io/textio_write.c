/* SPDX-License-Identifier: MIT */
/* TextIOWrapper writes: text is encoded at once, the bytes are collected until there are enough. */
#include "textio.h"

#include "pycore_runtime.h" /* interned names */

/* The bytes are given up before the write: a write that fails after some of them must not write them
 * again. */
int
ks_textio_write_collected(TextIO *self)
{
    KS_OWNED PyObject *bytes = NULL;
    if (PyBytes_Check(self->pending)) {
        bytes = self->pending;
        self->pending = NULL;
    }
    else {
        KS_OWNED PyObject *list = self->pending;
        KS_OWNED PyObject *empty = PyBytes_FromStringAndSize(NULL, 0);
        self->pending = NULL;
        bytes = empty == NULL ? NULL : _PyBytes_Join(empty, list);
    }
    self->pending_bytes = 0;
    if (bytes == NULL)
        return -1;
    PyObject *result;
    do {
        result = PyObject_CallMethodOneArg(self->buffer, &_Py_ID(write), bytes);
    } while (result == NULL && ks_io_is_eintr());
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

/* Takes the bytes over. */
static int
add_pending(TextIO *self, PyObject *bytes)
{
    Py_ssize_t count = PyBytes_GET_SIZE(bytes);
    if (self->pending == NULL) {
        self->pending = bytes;
    }
    else {
        KS_OWNED PyObject *held = bytes;
        if (PyBytes_Check(self->pending)) {
            PyObject *list = PyList_New(1);
            if (list == NULL)
                return -1;
            PyList_SET_ITEM(list, 0, self->pending);
            self->pending = list;
        }
        if (PyList_Append(self->pending, held) < 0)
            return -1;
    }
    self->pending_bytes += count;
    return 0;
}

static PyObject *
encode_text(TextIO *self, PyObject *text)
{
    PyObject *bytes;
    if (self->encode != NULL) {
        if (PyUnicode_IS_ASCII(text) && self->encode == ks_textio_encode_utf8)
            bytes = PyBytes_FromStringAndSize(PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text));
        else
            bytes = self->encode((PyObject *)self, text);
        self->encoding_start_of_stream = 0;
        return bytes;
    }
    bytes = PyObject_CallMethodOneArg(self->encoder, &_Py_ID(encode), text);
    if (bytes != NULL && !PyBytes_Check(bytes)) {
        PyErr_Format(PyExc_TypeError, "encoder should return a bytes object, not '%.200s'",
                     Py_TYPE(bytes)->tp_name);
        Py_CLEAR(bytes);
    }
    return bytes;
}

PyObject *
ks_textio_write(PyObject *object, PyObject *arg)
{
    TextIO *self = CAST(object);
    if (!PyUnicode_Check(arg)) {
        PyErr_Format(PyExc_TypeError, "write() argument must be str, not %.50s",
                     arg == Py_None ? "None" : Py_TYPE(arg)->tp_name);
        return NULL;
    }
    if (PyUnicode_READY(arg) < 0 || !ks_textio_is_open(self))
        return NULL;
    if (self->encoder == NULL)
        return ks_io_unsupport("not writable");
    KS_OWNED PyObject *text = Py_NewRef(arg);
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    int has_newline = 0;
    if ((self->write_translate && self->writenl != NULL) || self->line_buffering)
        has_newline = PyUnicode_FindChar(text, '\n', 0, length, 1) != -1;
    if (has_newline && self->write_translate && self->writenl != NULL) {
        PyObject *replaced = PyObject_CallMethod(text, "replace", "ss", "\n", self->writenl);
        if (replaced == NULL)
            return NULL;
        Py_SETREF(text, replaced);
    }
    int flush_text = self->write_through;
    int flush_all = self->line_buffering &&
                    (has_newline || PyUnicode_FindChar(text, '\r', 0, length, 1) != -1);
    PyObject *bytes = encode_text(self, text);
    if (bytes == NULL)
        return NULL;
    Py_ssize_t count = PyBytes_GET_SIZE(bytes);
    /* A chunk too large for the rest of the buffer: what waits goes out first. */
    if (self->pending_bytes > 0 && self->pending_bytes + count > self->chunk_bytes &&
        ks_textio_write_pending(self) < 0) {
        Py_DECREF(bytes);
        return NULL;
    }
    if (add_pending(self, bytes) < 0)
        return NULL;
    if ((self->pending_bytes >= self->chunk_bytes || flush_all || flush_text) &&
        ks_textio_write_pending(self) < 0)
        return NULL;
    if (flush_all) {
        KS_OWNED PyObject *result = PyObject_CallMethodNoArgs(self->buffer, &_Py_ID(flush));
        if (result == NULL)
            return NULL;
    }
    if (self->decoded != NULL)
        ks_textio_set_decoded(self, NULL);
    Py_CLEAR(self->snapshot);
    if (self->decoder != NULL) {
        KS_OWNED PyObject *result = PyObject_CallMethodNoArgs(self->decoder, &_Py_ID(reset));
        if (result == NULL)
            return NULL;
    }
    return PyLong_FromSsize_t(length);
}
