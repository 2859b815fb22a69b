/* SPDX-License-Identifier: MIT */
/* TextIOWrapper's positions: tell() packs what seek() needs to come back into one number. */
#include "textio.h"

#include "pycore_runtime.h" /* interned names */

/* A position as a number: bytes from the start, and what must be decoded again from there. */
typedef struct Cookie {
    long long position;
    int flags, bytes_to_feed, chars_to_skip;
    char needs_eof;
} Cookie;

#define COOKIE_BYTES (8 + 3 * 4 + 1)

static int
cookie_unpack(PyObject *object, Cookie *cookie)
{
    unsigned char bytes[COOKIE_BYTES];
    KS_OWNED PyObject *number = PyNumber_Index(object);
    if (number == NULL || _PyLong_AsByteArray((PyLongObject *)number, bytes, sizeof bytes, 1, 0) < 0)
        return -1;
    memcpy(&cookie->position, bytes, 8);
    memcpy(&cookie->flags, bytes + 8, 4);
    memcpy(&cookie->bytes_to_feed, bytes + 12, 4);
    memcpy(&cookie->chars_to_skip, bytes + 16, 4);
    cookie->needs_eof = (char)bytes[20];
    return 0;
}

static PyObject *
cookie_pack(const Cookie *cookie)
{
    unsigned char bytes[COOKIE_BYTES];
    memcpy(bytes, &cookie->position, 8);
    memcpy(bytes + 8, &cookie->flags, 4);
    memcpy(bytes + 12, &cookie->bytes_to_feed, 4);
    memcpy(bytes + 16, &cookie->chars_to_skip, 4);
    bytes[20] = (unsigned char)cookie->needs_eof;
    return _PyLong_FromByteArray(bytes, sizeof bytes, 1, 0);
}

static int
decoder_set(TextIO *self, int flags)
{
    KS_OWNED PyObject *result =
        _PyObject_CallMethod(self->decoder, &_Py_ID(setstate), "((yi))", "", flags);
    return result == NULL ? -1 : 0;
}

static int
decoder_reset(TextIO *self)
{
    KS_OWNED PyObject *result = PyObject_CallMethodNoArgs(self->decoder, &_Py_ID(reset));
    return result == NULL ? -1 : 0;
}

/* Characters that input[from, to) decodes to; -1 with an exception. */
static Py_ssize_t
decoded_length(TextIO *self, PyObject *input, Py_ssize_t from, Py_ssize_t to)
{
    KS_OWNED PyObject *part = PyBytes_FromStringAndSize(PyBytes_AS_STRING(input) + from, to - from);
    KS_OWNED PyObject *text = part == NULL
        ? NULL
        : PyObject_CallMethodOneArg(self->decoder, &_Py_ID(decode), part);
    return text == NULL ? -1 : PyObject_Size(text);
}

/* Number of bytes the decoder holds back, and its flags; -1 with an exception. */
static Py_ssize_t
decoder_held(TextIO *self, int *flags)
{
    PyObject *bytes, *number;
    if (!ks_textio_decoder_state(self, &bytes, &number))
        return -1;
    Py_ssize_t count = PyBytes_GET_SIZE(bytes);
    Py_DECREF(bytes);
    *flags = _PyLong_AsInt(number);
    Py_DECREF(number);
    return *flags == -1 && PyErr_Occurred() ? -1 : count;
}

/* Finds where in the chunk decoding can start again to get at `used` characters. */
static int
locate(TextIO *self, PyObject *input, Cookie *cookie)
{
    Py_ssize_t skip = (Py_ssize_t)(self->bytes_per_char * cookie->chars_to_skip), back = 1;
    Py_ssize_t chars = cookie->chars_to_skip, size = PyBytes_GET_SIZE(input);
    if (skip > size)
        skip = size;
    /* From an estimate backwards to a place where the decoder holds nothing back. */
    while (skip > 0) {
        int flags;
        if (decoder_set(self, cookie->flags) < 0)
            return -1;
        Py_ssize_t count = decoded_length(self, input, 0, skip);
        if (count < 0)
            return -1;
        if (count > chars) {
            skip -= back;
            back *= 2;
            continue;
        }
        Py_ssize_t held = decoder_held(self, &flags);
        if (held < 0)
            return -1;
        if (held == 0) {
            cookie->flags = flags;
            chars -= count;
            break;
        }
        skip -= held;
        back = 1;
    }
    if (skip <= 0) {
        skip = 0;
        if (decoder_set(self, cookie->flags) < 0)
            return -1;
    }
    cookie->position += skip;
    cookie->chars_to_skip = (int)chars;
    if (chars == 0)
        return 0;
    /* Then byte by byte, noting each safe place passed. */
    Py_ssize_t fed = 0, decoded = 0, i = skip;
    for (; i < size; i++) {
        int flags;
        Py_ssize_t count = decoded_length(self, input, i, i + 1);
        Py_ssize_t held = count < 0 ? -1 : decoder_held(self, &flags);
        if (held < 0)
            return -1;
        fed++;
        decoded += count;
        if (held == 0 && decoded <= chars) {
            cookie->position += fed;
            chars -= decoded;
            cookie->flags = flags;
            fed = decoded = 0;
        }
        if (decoded >= chars)
            break;
    }
    if (i >= size) {
        KS_OWNED PyObject *empty = PyBytes_FromStringAndSize(NULL, 0);
        KS_OWNED PyObject *last = empty == NULL ? NULL : ks_textio_decode(self, empty, 1);
        if (last == NULL)
            return -1;
        cookie->needs_eof = 1;
        decoded += PyUnicode_GET_LENGTH(last);
        if (decoded < chars) {
            PyErr_SetString(PyExc_OSError, "can't reconstruct logical file position");
            return -1;
        }
    }
    cookie->bytes_to_feed = (int)fed;
    cookie->chars_to_skip = (int)chars;
    return 0;
}

PyObject *
ks_textio_tell(PyObject *object, PyObject *unused)
{
    TextIO *self = CAST(object);
    if (!ks_textio_is_open(self))
        return NULL;
    if (!self->seekable)
        return ks_io_unsupport("underlying stream is not seekable");
    if (!self->telling) {
        PyErr_SetString(PyExc_OSError, "telling position disabled by next() call");
        return NULL;
    }
    if (ks_textio_write_pending(self) < 0)
        return NULL;
    KS_OWNED PyObject *flushed = PyObject_CallMethodNoArgs(object, &_Py_ID(flush));
    KS_OWNED PyObject *position =
        flushed == NULL ? NULL : PyObject_CallMethodNoArgs(self->buffer, &_Py_ID(tell));
    if (position == NULL || self->decoder == NULL || self->snapshot == NULL)
        return ks_give(&position);
    Cookie cookie = {0};
    if (cookie_unpack(position, &cookie) < 0)
        return NULL;
    cookie.flags = _PyLong_AsInt(PyTuple_GET_ITEM(self->snapshot, 0));
    if (cookie.flags == -1 && PyErr_Occurred())
        return NULL;
    KS_OWNED PyObject *input = Py_NewRef(PyTuple_GET_ITEM(self->snapshot, 1));
    cookie.position -= PyBytes_GET_SIZE(input);
    if (self->used == 0 || self->decoded == NULL)
        return cookie_pack(&cookie);
    cookie.chars_to_skip = (int)self->used;
    KS_OWNED PyObject *saved = PyObject_CallMethodNoArgs(self->decoder, &_Py_ID(getstate));
    if (saved == NULL)
        return NULL;
    int status = locate(self, input, &cookie);
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    KS_OWNED PyObject *restored =
        PyObject_CallMethodOneArg(self->decoder, &_Py_ID(setstate), saved);
    _PyErr_ChainExceptions(type, value, traceback);
    return status < 0 || restored == NULL ? NULL : cookie_pack(&cookie);
}

static PyObject *
seek_to_end(TextIO *self, int whence)
{
    KS_OWNED PyObject *flushed = PyObject_CallMethodNoArgs((PyObject *)self, &_Py_ID(flush));
    if (flushed == NULL)
        return NULL;
    ks_textio_set_decoded(self, NULL);
    Py_CLEAR(self->snapshot);
    if (self->decoder != NULL && decoder_reset(self) < 0)
        return NULL;
    KS_OWNED PyObject *position = PyObject_CallMethod(self->buffer, "seek", "ii", 0, whence);
    if (position == NULL)
        return NULL;
    if (self->encoder != NULL) {
        int is_start = PyLong_Check(position) && _PyLong_Sign(position) == 0;
        if (ks_textio_encoder_restart(self, is_start) < 0)
            return NULL;
    }
    return ks_give(&position);
}

static int
seek_to_cookie(TextIO *self, const Cookie *cookie)
{
    KS_OWNED PyObject *position =
        PyObject_CallMethod(self->buffer, "seek", "L", cookie->position);
    if (position == NULL)
        return -1;
    ks_textio_set_decoded(self, NULL);
    Py_CLEAR(self->snapshot);
    if (self->decoder != NULL) {
        int is_start = cookie->position == 0 && cookie->flags == 0;
        if ((is_start ? decoder_reset(self) : decoder_set(self, cookie->flags)) < 0)
            return -1;
    }
    if (cookie->chars_to_skip > 0) {
        KS_OWNED PyObject *input = PyObject_CallMethod(self->buffer, "read", "i",
                                                       cookie->bytes_to_feed);
        if (input == NULL)
            return -1;
        if (!PyBytes_Check(input)) {
            PyErr_Format(PyExc_TypeError,
                         "underlying read() should have returned a bytes object, not '%.200s'",
                         Py_TYPE(input)->tp_name);
            return -1;
        }
        self->snapshot = Py_BuildValue("iO", cookie->flags, input);
        PyObject *text = self->snapshot == NULL ? NULL : ks_textio_decode(self, input, cookie->needs_eof);
        if (text == NULL)
            return -1;
        ks_textio_set_decoded(self, text);
        if (PyUnicode_GET_LENGTH(text) < cookie->chars_to_skip) {
            PyErr_SetString(PyExc_OSError, "can't restore logical file position");
            return -1;
        }
        self->used = cookie->chars_to_skip;
    }
    else {
        self->snapshot = Py_BuildValue("iy", cookie->flags, "");
        if (self->snapshot == NULL)
            return -1;
    }
    if (self->encoder != NULL)
        return ks_textio_encoder_restart(self, cookie->position == 0 && cookie->flags == 0);
    return 0;
}

PyObject *
ks_textio_seek(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    TextIO *self = CAST(object);
    int whence = 0;
    if (!ks_args_count("seek", nargs, 1, 2) || (nargs == 2 && !ks_arg_int(args[1], &whence)) ||
        !ks_textio_is_open(self))
        return NULL;
    KS_OWNED PyObject *target = Py_NewRef(args[0]);
    if (!self->seekable)
        return ks_io_unsupport("underlying stream is not seekable");
    if (whence == 1 || whence == 2) {
        KS_OWNED PyObject *zero = PyLong_FromLong(0);
        int is_zero = zero == NULL ? -1 : PyObject_RichCompareBool(target, zero, Py_EQ);
        if (is_zero < 0)
            return NULL;
        if (!is_zero)
            return ks_io_unsupport(whence == 1 ? "can't do nonzero cur-relative seeks"
                                               : "can't do nonzero end-relative seeks");
        if (whence == 2)
            return seek_to_end(self, whence);
        PyObject *here = PyObject_CallMethodNoArgs(object, &_Py_ID(tell));
        if (here == NULL)
            return NULL;
        Py_SETREF(target, here);
    }
    else if (whence != 0) {
        PyErr_Format(PyExc_ValueError, "invalid whence (%d, should be %d, %d or %d)", whence, 0, 1,
                     2);
        return NULL;
    }
    KS_OWNED PyObject *zero = PyLong_FromLong(0);
    int is_negative = zero == NULL ? -1 : PyObject_RichCompareBool(target, zero, Py_LT);
    if (is_negative != 0) {
        if (is_negative > 0)
            PyErr_Format(PyExc_ValueError, "negative seek position %R", target);
        return NULL;
    }
    KS_OWNED PyObject *flushed = PyObject_CallMethodNoArgs(object, &_Py_ID(flush));
    Cookie cookie;
    if (flushed == NULL || cookie_unpack(target, &cookie) < 0 ||
        seek_to_cookie(self, &cookie) < 0)
        return NULL;
    return ks_give(&target);
}

PyObject *
ks_textio_truncate(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("truncate", nargs, 0, 1) || !ks_textio_is_attached(CAST(object)))
        return NULL;
    KS_OWNED PyObject *flushed = PyObject_CallMethodNoArgs(object, &_Py_ID(flush));
    if (flushed == NULL)
        return NULL;
    return PyObject_CallMethodOneArg(CAST(object)->buffer, &_Py_ID(truncate),
                                     nargs == 1 ? args[0] : Py_None);
}
