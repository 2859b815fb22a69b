/* SPDX-License-Identifier: MIT */
/* TextIOWrapper reads: a chunk of bytes at a time is decoded, and given out by the character or line. */
#include "textio.h"

#include "pycore_call.h"
#include "pycore_runtime.h" /* interned names */

void
ks_textio_set_decoded(TextIO *self, PyObject *text)
{
    Py_XSETREF(self->decoded, text);
    self->used = 0;
}

/* New str of up to count characters (-1: all) of what is decoded. */
static PyObject *
take_decoded(TextIO *self, Py_ssize_t count)
{
    if (self->decoded == NULL)
        return PyUnicode_New(0, 0);
    Py_ssize_t have = PyUnicode_GET_LENGTH(self->decoded) - self->used;
    if (count < 0 || count > have)
        count = have;
    PyObject *text = self->used > 0 || count < have
        ? PyUnicode_Substring(self->decoded, self->used, self->used + count)
        : Py_NewRef(self->decoded);
    if (text != NULL)
        self->used += count;
    return text;
}

PyObject *
ks_textio_decode(TextIO *self, PyObject *bytes, int final)
{
    PyObject *text;
    if (Py_IS_TYPE(self->decoder, &ks_newline_decoder_type))
        text = ks_newline_decode(self->decoder, bytes, final);
    else
        text = PyObject_CallMethodObjArgs(self->decoder, &_Py_ID(decode), bytes,
                                          final ? Py_True : Py_False, NULL);
    if (text != NULL && !PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "decoder should return a string result, not '%.200s'",
                     Py_TYPE(text)->tp_name);
        Py_CLEAR(text);
    }
    if (text != NULL && PyUnicode_READY(text) < 0)
        Py_CLEAR(text);
    return text;
}

/* The decoder's (buffered bytes, flags): new references. 0 with an exception. */
int
ks_textio_decoder_state(TextIO *self, PyObject **bytes, PyObject **flags)
{
    KS_OWNED PyObject *state = PyObject_CallMethodNoArgs(self->decoder, &_Py_ID(getstate));
    if (state == NULL)
        return 0;
    PyObject *held_bytes, *held_flags;
    if (!PyTuple_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "illegal decoder state");
        return 0;
    }
    if (!PyArg_ParseTuple(state, "OO;illegal decoder state", &held_bytes, &held_flags))
        return 0;
    if (!PyBytes_Check(held_bytes)) {
        PyErr_Format(PyExc_TypeError,
                     "illegal decoder state: the first item should be a bytes object, not "
                     "'%.200s'",
                     Py_TYPE(held_bytes)->tp_name);
        return 0;
    }
    *bytes = Py_NewRef(held_bytes);
    *flags = Py_NewRef(held_flags);
    return 1;
}

/* Reads and decodes one chunk: 1, 0 at the end, -1 with an exception. */
static int
read_chunk(TextIO *self, Py_ssize_t hint)
{
    if (self->decoder == NULL) {
        ks_io_unsupport("not readable");
        return -1;
    }
    KS_OWNED PyObject *before_bytes = NULL;
    KS_OWNED PyObject *before_flags = NULL;
    if (self->telling && !ks_textio_decoder_state(self, &before_bytes, &before_flags))
        return -1;
    Py_ssize_t wanted = self->chunk_bytes;
    if (hint > 0) {
        Py_ssize_t estimate = (Py_ssize_t)((self->bytes_per_char > 1 ? self->bytes_per_char : 1) *
                                           (double)hint);
        if (estimate > wanted)
            wanted = estimate;
    }
    KS_OWNED PyObject *size = PyLong_FromSsize_t(wanted);
    KS_OWNED PyObject *input = size == NULL
        ? NULL
        : PyObject_CallMethodOneArg(self->buffer,
                                    self->has_read1 ? &_Py_ID(read1) : &_Py_ID(read), size);
    if (input == NULL)
        return -1;
    Py_buffer view;
    if (PyObject_GetBuffer(input, &view, PyBUF_SIMPLE) < 0) {
        PyErr_Format(PyExc_TypeError,
                     "underlying %s() should have returned a bytes-like object, not '%.200s'",
                     self->has_read1 ? "read1" : "read", Py_TYPE(input)->tp_name);
        return -1;
    }
    Py_ssize_t bytes = view.len;
    PyBuffer_Release(&view);
    PyObject *text = ks_textio_decode(self, input, bytes == 0);
    if (text == NULL)
        return -1;
    Py_ssize_t chars = PyUnicode_GET_LENGTH(text);
    ks_textio_set_decoded(self, text);
    self->bytes_per_char = chars > 0 ? (double)bytes / (double)chars : 0.0;
    if (self->telling) {
        /* Bytes the decoder kept from before belong to this chunk's text. */
        KS_OWNED PyObject *all = PyBytes_Check(input) ? Py_NewRef(input)
                                                      : PyBytes_FromObject(input);
        if (all == NULL)
            return -1;
        if (PyBytes_GET_SIZE(before_bytes) > 0) {
            PyObject *joined = Py_NewRef(before_bytes);
            PyBytes_Concat(&joined, all);
            if (joined == NULL)
                return -1;
            Py_SETREF(all, joined);
        }
        PyObject *snapshot = PyTuple_Pack(2, before_flags, all);
        if (snapshot == NULL)
            return -1;
        Py_XSETREF(self->snapshot, snapshot);
    }
    return bytes > 0 || chars > 0;
}

static PyObject *
read_rest(TextIO *self)
{
    KS_OWNED PyObject *bytes = PyObject_CallMethodNoArgs(self->buffer, &_Py_ID(read));
    if (bytes == NULL)
        return NULL;
    KS_OWNED PyObject *rest = ks_textio_decode(self, bytes, 1);
    KS_OWNED PyObject *text = rest == NULL ? NULL : take_decoded(self, -1);
    if (text == NULL)
        return NULL;
    PyUnicode_Append(&text, rest);
    if (self->snapshot != NULL) {
        ks_textio_set_decoded(self, NULL);
        Py_CLEAR(self->snapshot);
    }
    return ks_give(&text);
}

PyObject *
ks_textio_read(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    TextIO *self = CAST(object);
    Py_ssize_t size = -1;
    if (!ks_args_count("read", nargs, 0, 1) || (nargs == 1 && !ks_io_size(args[0], &size)))
        return NULL;
    if (!ks_textio_is_open(self))
        return NULL;
    if (self->decoder == NULL)
        return ks_io_unsupport("not readable");
    if (ks_textio_write_pending(self) < 0)
        return NULL;
    if (size < 0)
        return read_rest(self);
    KS_OWNED PyObject *text = take_decoded(self, size);
    if (text == NULL)
        return NULL;
    KS_OWNED PyObject *parts = NULL;
    Py_ssize_t rest = size - PyUnicode_GET_LENGTH(text);
    while (rest > 0) {
        int more = read_chunk(self, rest);
        if (more < 0) {
            if (ks_io_is_eintr())
                continue;
            return NULL;
        }
        if (more == 0)
            break;
        if (parts == NULL && (parts = PyList_New(0)) == NULL)
            return NULL;
        if (PyUnicode_GET_LENGTH(text) > 0 && PyList_Append(parts, text) < 0)
            return NULL;
        PyObject *next = take_decoded(self, rest);
        if (next == NULL)
            return NULL;
        Py_SETREF(text, next);
        rest -= PyUnicode_GET_LENGTH(text);
    }
    if (parts == NULL || PyList_GET_SIZE(parts) == 0)
        return ks_give(&text);
    if (PyUnicode_GET_LENGTH(text) > 0 && PyList_Append(parts, text) < 0)
        return NULL;
    KS_OWNED PyObject *empty = PyUnicode_New(0, 0);
    return empty == NULL ? NULL : PyUnicode_Join(empty, parts);
}

/* Appends text[from, to) to the parts of a line. */
static int
add_part(PyObject **parts, PyObject *text, Py_ssize_t from, Py_ssize_t to)
{
    if (from >= to)
        return 0;
    if (*parts == NULL && (*parts = PyList_New(0)) == NULL)
        return -1;
    KS_OWNED PyObject *part = PyUnicode_Substring(text, from, to);
    return part == NULL ? -1 : PyList_Append(*parts, part);
}

/* Where the line that begins at start ends, from there, or -1 and in *consumed how much was looked at.
 * In nearly all files the text is narrow and its line ends are translated: then no call but memchr's. */
KS_INLINE Py_ssize_t
find_line_end(TextIO *self, PyObject *text, Py_ssize_t start, Py_ssize_t *consumed)
{
    int kind = PyUnicode_KIND(text);
    const char *data = PyUnicode_DATA(text);
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    if (KS_UNLIKELY(!self->read_translate || kind != PyUnicode_1BYTE_KIND))
        return ks_io_find_line_ending(self->read_translate, self->read_universal, self->readnl, kind,
                                      data + start * kind, data + length * kind, consumed);
    const char *newline = memchr(data + start, '\n', (size_t)(length - start));
    *consumed = length - start;
    return newline == NULL ? -1 : newline - (data + start) + 1;
}

static PyObject *
read_line(TextIO *self, Py_ssize_t limit)
{
    if (!ks_textio_is_open(self) || ks_textio_write_pending(self) < 0)
        return NULL;
    KS_OWNED PyObject *parts = NULL;
    KS_OWNED PyObject *carried = NULL; /* the start of a line end that a chunk cut in two */
    Py_ssize_t taken = 0;
    for (;;) {
        int more = 1;
        while (self->decoded == NULL || self->used >= PyUnicode_GET_LENGTH(self->decoded)) {
            more = read_chunk(self, 0);
            if (more < 0) {
                if (ks_io_is_eintr())
                    continue;
                return NULL;
            }
            if (more == 0)
                break;
        }
        if (more == 0) {
            ks_textio_set_decoded(self, NULL);
            Py_CLEAR(self->snapshot);
            break;
        }
        KS_OWNED PyObject *text = NULL;
        Py_ssize_t start, shift = 0;
        if (carried == NULL) {
            text = Py_NewRef(self->decoded);
            start = self->used;
        }
        else {
            shift = PyUnicode_GET_LENGTH(carried);
            text = PyUnicode_Concat(carried, self->decoded);
            Py_CLEAR(carried);
            start = 0;
            if (text == NULL)
                return NULL;
        }
        Py_ssize_t length = PyUnicode_GET_LENGTH(text), consumed;
        Py_ssize_t line_end = find_line_end(self, text, start, &consumed);
        Py_ssize_t stop = line_end >= 0 ? start + line_end : start + consumed;
        int is_full = line_end >= 0;
        if (limit >= 0 && stop - start + taken >= limit) {
            stop = start + limit - taken;
            is_full = 1;
        }
        if (is_full) {
            /* The usual case: a line inside one chunk. */
            self->used = stop - shift;
            if (parts == NULL)
                return PyUnicode_Substring(text, start, stop);
            if (add_part(&parts, text, start, stop) < 0)
                return NULL;
            KS_OWNED PyObject *empty = PyUnicode_New(0, 0);
            return empty == NULL ? NULL : PyUnicode_Join(empty, parts);
        }
        if (add_part(&parts, text, start, stop) < 0)
            return NULL;
        taken += stop - start;
        if (stop < length && (carried = PyUnicode_Substring(text, stop, length)) == NULL)
            return NULL;
        ks_textio_set_decoded(self, NULL);
    }
    if (carried != NULL && add_part(&parts, carried, 0, PyUnicode_GET_LENGTH(carried)) < 0)
        return NULL;
    KS_OWNED PyObject *empty = PyUnicode_New(0, 0);
    if (empty == NULL || parts == NULL)
        return ks_give(&empty);
    return PyUnicode_Join(empty, parts);
}

PyObject *
ks_textio_readline(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t size = -1;
    if (!ks_args_count("readline", nargs, 0, 1) || !ks_textio_is_attached(CAST(object)) ||
        (nargs == 1 && args[0] != Py_None && !ks_arg_index(args[0], &size)))
        return NULL;
    return read_line(CAST(object), size);
}

PyObject *
ks_textio_iternext(PyObject *object)
{
    TextIO *self = CAST(object);
    if (!ks_textio_is_attached(self))
        return NULL;
    self->telling = 0;
    PyObject *line;
    if (Py_IS_TYPE(self, &ks_textiowrapper_type)) {
        line = read_line(self, -1);
    }
    else {
        line = PyObject_CallMethodNoArgs(object, &_Py_ID(readline));
        if (line != NULL && !PyUnicode_Check(line)) {
            PyErr_Format(PyExc_OSError,
                         "readline() should have returned a str object, not '%.200s'",
                         Py_TYPE(line)->tp_name);
            Py_CLEAR(line);
        }
    }
    if (line == NULL || PyUnicode_READY(line) < 0)
        return NULL;
    if (PyUnicode_GET_LENGTH(line) == 0) {
        Py_DECREF(line);
        Py_CLEAR(self->snapshot);
        self->telling = self->seekable;
        return NULL;
    }
    return line;
}
