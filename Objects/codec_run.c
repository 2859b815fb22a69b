/* SPDX-License-Identifier: MIT */
/* Codecs: calling error handlers, collecting output.
 *
 * A handler gets one exception object a run, updated for each error, and answers with a
 * replacement and a position. A decode handler may exchange the input as well. */
#include "Python.h"
#include "ks_codec.h"

#include <string.h>

_Py_error_handler
ks_codec_handler(const char *errors)
{
    if (errors == NULL || strcmp(errors, "strict") == 0)
        return _Py_ERROR_STRICT;
    static const struct {
        const char *name;
        _Py_error_handler handler;
    } known[] = {
        {"surrogateescape", _Py_ERROR_SURROGATEESCAPE},
        {"replace", _Py_ERROR_REPLACE},
        {"ignore", _Py_ERROR_IGNORE},
        {"backslashreplace", _Py_ERROR_BACKSLASHREPLACE},
        {"surrogatepass", _Py_ERROR_SURROGATEPASS},
        {"xmlcharrefreplace", _Py_ERROR_XMLCHARREFREPLACE},
    };
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(known); i++)
        if (strcmp(errors, known[i].name) == 0)
            return known[i].handler;
    return _Py_ERROR_OTHER;
}

void
ks_codec_run_end(KsCodecRun *run)
{
    Py_CLEAR(run->handler);
    Py_CLEAR(run->exc);
}

/* Calls the handler with run->exc. The result is a pair whose second item is *position. */
static PyObject *
call_handler(KsCodecRun *run, const char *complaint, Py_ssize_t *position)
{
    if (run->handler == NULL) {
        run->handler = PyCodec_LookupError(run->errors);
        if (run->handler == NULL)
            return NULL;
    }
    PyObject *pair = PyObject_CallOneArg(run->handler, run->exc);
    if (pair == NULL)
        return NULL;
    if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2) {
        PyErr_SetString(PyExc_TypeError, complaint);
        Py_DECREF(pair);
        return NULL;
    }
    *position = PyNumber_AsSsize_t(PyTuple_GET_ITEM(pair, 1), PyExc_OverflowError);
    if (*position == -1 && PyErr_Occurred()) {
        if (!PyIndex_Check(PyTuple_GET_ITEM(pair, 1)))
            PyErr_SetString(PyExc_TypeError, complaint);
        Py_DECREF(pair);
        return NULL;
    }
    return pair;
}

static int
settle_position(Py_ssize_t *position, Py_ssize_t size)
{
    Py_ssize_t wanted = *position;
    if (*position < 0)
        *position += size;
    if (*position >= 0 && *position <= size)
        return 0;
    (void)wanted;
    PyErr_Format(PyExc_IndexError, "position %zd from error handler out of bounds", *position);
    return -1;
}

/* --- decoding --- */

void
ks_decode_start(KsDecode *decode, const char *encoding, const char *errors, const char *input,
                Py_ssize_t size)
{
    memset(decode, 0, sizeof(*decode));
    decode->run.encoding = encoding;
    decode->run.errors = errors;
    decode->input = input;
    decode->size = size;
    _PyUnicodeWriter_Init(&decode->writer);
    decode->writer.overallocate = 1;
}

PyObject *
ks_decode_end(KsDecode *decode, int failed)
{
    ks_codec_run_end(&decode->run);
    Py_CLEAR(decode->owner);
    if (failed) {
        _PyUnicodeWriter_Dealloc(&decode->writer);
        return NULL;
    }
    return _PyUnicodeWriter_Finish(&decode->writer);
}

static int
set_decode_exc(KsDecode *decode, Py_ssize_t start, Py_ssize_t end, const char *reason)
{
    KsCodecRun *run = &decode->run;
    if (run->exc == NULL) {
        run->exc = PyUnicodeDecodeError_Create(run->encoding, decode->input, decode->size, start,
                                               end, reason);
        return run->exc == NULL ? -1 : 0;
    }
    if (PyUnicodeDecodeError_SetStart(run->exc, start) < 0 ||
        PyUnicodeDecodeError_SetEnd(run->exc, end) < 0 ||
        PyUnicodeDecodeError_SetReason(run->exc, reason) < 0)
        return -1;
    return 0;
}

Py_ssize_t
ks_decode_error(KsDecode *decode, Py_ssize_t start, Py_ssize_t end, const char *reason)
{
    static const char complaint[] = "decoding error handler must return (str, int) tuple";
    Py_ssize_t position;
    if (set_decode_exc(decode, start, end, reason) < 0)
        return -1;
    KS_OWNED PyObject *pair = call_handler(&decode->run, complaint, &position);
    if (pair == NULL)
        return -1;
    PyObject *text = PyTuple_GET_ITEM(pair, 0);
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, complaint);
        return -1;
    }
    KS_OWNED PyObject *input = PyUnicodeDecodeError_GetObject(decode->run.exc);
    if (input == NULL)
        return -1;
    char *bytes = PyBytes_AS_STRING(input);
    Py_ssize_t size = PyBytes_GET_SIZE(input);
    if (size != decode->size || memcmp(bytes, decode->input, (size_t)size) != 0) {
        decode->input = bytes;
        decode->size = size;
        Py_XSETREF(decode->owner, ks_give(&input));
    }
    if (settle_position(&position, size) < 0 ||
        _PyUnicodeWriter_WriteStr(&decode->writer, text) < 0)
        return -1;
    return position;
}

/* --- encoding --- */

static int
set_encode_exc(KsCodecRun *run, PyObject *str, Py_ssize_t start, Py_ssize_t end,
               const char *reason)
{
    if (run->exc == NULL) {
        run->exc = PyObject_CallFunction(PyExc_UnicodeEncodeError, "sOnns", run->encoding, str,
                                         start, end, reason);
        return run->exc == NULL ? -1 : 0;
    }
    if (PyUnicodeEncodeError_SetStart(run->exc, start) < 0 ||
        PyUnicodeEncodeError_SetEnd(run->exc, end) < 0 ||
        PyUnicodeEncodeError_SetReason(run->exc, reason) < 0)
        return -1;
    return 0;
}

void
ks_codec_raise_encode(KsCodecRun *run, PyObject *str, Py_ssize_t start, Py_ssize_t end,
                      const char *reason)
{
    if (set_encode_exc(run, str, start, end, reason) == 0)
        PyCodec_StrictErrors(run->exc);
}

PyObject *
ks_codec_encode_error(KsCodecRun *run, PyObject *str, Py_ssize_t start, Py_ssize_t end,
                      const char *reason, Py_ssize_t *next)
{
    static const char complaint[] = "encoding error handler must return (str/bytes, int) tuple";
    if (set_encode_exc(run, str, start, end, reason) < 0)
        return NULL;
    KS_OWNED PyObject *pair = call_handler(run, complaint, next);
    if (pair == NULL)
        return NULL;
    PyObject *replacement = PyTuple_GET_ITEM(pair, 0);
    if (!PyUnicode_Check(replacement) && !PyBytes_Check(replacement)) {
        PyErr_SetString(PyExc_TypeError, complaint);
        return NULL;
    }
    if (PyUnicode_Check(replacement) && PyUnicode_READY(replacement) < 0)
        return NULL;
    if (settle_position(next, KS_STR_LENGTH(str)) < 0)
        return NULL;
    return Py_NewRef(replacement);
}

/* --- bytes being written --- */

int
ks_bytes_out_start(KsBytesOut *out, Py_ssize_t room)
{
    out->bytes = PyBytes_FromStringAndSize(NULL, Py_MAX(room, 16));
    if (out->bytes == NULL)
        return -1;
    out->at = PyBytes_AS_STRING(out->bytes);
    out->end = out->at + PyBytes_GET_SIZE(out->bytes);
    return 0;
}

/* At least `room` more bytes fit afterwards. */
int
ks_bytes_out_room(KsBytesOut *out, Py_ssize_t room)
{
    if (out->end - out->at >= room)
        return 0;
    Py_ssize_t used = out->at - PyBytes_AS_STRING(out->bytes);
    if (room > PY_SSIZE_T_MAX / 2 - used) {
        PyErr_NoMemory();
        return -1;
    }
    if (_PyBytes_Resize(&out->bytes, (used + room) + (used + room) / 2) < 0)
        return -1;
    out->at = PyBytes_AS_STRING(out->bytes) + used;
    out->end = PyBytes_AS_STRING(out->bytes) + PyBytes_GET_SIZE(out->bytes);
    return 0;
}

PyObject *
ks_bytes_out_finish(KsBytesOut *out)
{
    Py_ssize_t used = out->at - PyBytes_AS_STRING(out->bytes);
    if (used <= 1) {
        PyObject *small = PyBytes_FromStringAndSize(PyBytes_AS_STRING(out->bytes), used);
        Py_CLEAR(out->bytes);
        return small;
    }
    if (used != PyBytes_GET_SIZE(out->bytes) && _PyBytes_Resize(&out->bytes, used) < 0)
        return NULL;
    return ks_give(&out->bytes);
}

void
ks_bytes_out_drop(KsBytesOut *out)
{
    Py_CLEAR(out->bytes);
}

int
ks_encode_start(KsEncode *encode, const char *encoding, const char *errors, PyObject *str,
                Py_ssize_t room)
{
    memset(encode, 0, sizeof(*encode));
    encode->run.encoding = encoding;
    encode->run.errors = errors;
    encode->str = str;
    encode->handler = ks_codec_handler(errors);
    return ks_bytes_out_start(&encode->out, room);
}

PyObject *
ks_encode_end(KsEncode *encode, int failed)
{
    ks_codec_run_end(&encode->run);
    if (failed) {
        ks_bytes_out_drop(&encode->out);
        return NULL;
    }
    return ks_bytes_out_finish(&encode->out);
}

int
ks_encode_put(KsEncode *encode, const void *bytes, Py_ssize_t count)
{
    if (ks_bytes_out_room(&encode->out, count) < 0)
        return -1;
    memcpy(encode->out.at, bytes, (size_t)count);
    encode->out.at += count;
    return 0;
}
