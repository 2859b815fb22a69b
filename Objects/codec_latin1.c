/* SPDX-License-Identifier: MIT */
/* ASCII and Latin-1: codecs where a character is a byte.
 *
 * Both encoders are one function with a limit: the first code point that does not fit. */
#include "Python.h"
#include "ks_codec.h"

#include <string.h>

/* --- decoding --- */

PyObject *
PyUnicode_DecodeLatin1(const char *string, Py_ssize_t length, const char *errors)
{
    return ks_str_from_kind(1, string, length);
}

static KS_COLD PyObject *
decode_ascii_with_errors(const char *string, Py_ssize_t length, const char *errors)
{
    KsDecode decode;
    ks_decode_start(&decode, "ascii", errors, string, length);
    _Py_error_handler handler = ks_codec_handler(errors);
    _PyUnicodeWriter *writer = &decode.writer;
    writer->min_length = length;
    int failed = 1;
    for (Py_ssize_t at = 0; at < decode.size;) {
        const unsigned char *s = (const unsigned char *)decode.input;
        Py_ssize_t stop = at;
        while (stop < decode.size && s[stop] < 0x80)
            stop++;
        if (stop > at) {
            if (_PyUnicodeWriter_WriteASCIIString(writer, decode.input + at, stop - at) < 0)
                goto done;
            at = stop;
            continue;
        }
        if (handler == _Py_ERROR_REPLACE || handler == _Py_ERROR_SURROGATEESCAPE) {
            Py_UCS4 ch = handler == _Py_ERROR_REPLACE ? 0xfffd : 0xdc00u + s[at];
            if (_PyUnicodeWriter_WriteChar(writer, ch) < 0)
                goto done;
            at++;
        }
        else if (handler == _Py_ERROR_IGNORE)
            at++;
        else {
            at = ks_decode_error(&decode, at, at + 1, "ordinal not in range(128)");
            if (at < 0)
                goto done;
        }
    }
    failed = 0;
done:
    return ks_decode_end(&decode, failed);
}

PyObject *
PyUnicode_DecodeASCII(const char *string, Py_ssize_t length, const char *errors)
{
    if (length == 0)
        return Py_NewRef(KS_STR_EMPTY);
    if (ks_max_char(1, string, length) < 0x80)
        return _PyUnicode_FromASCII(string, length);
    return decode_ascii_with_errors(string, length, errors);
}

/* --- encoding --- */

static int
put_answer(KsEncode *encode, PyObject *answer, Py_UCS4 limit, Py_ssize_t start, Py_ssize_t end,
           const char *reason)
{
    if (PyBytes_Check(answer))
        return ks_encode_put(encode, PyBytes_AS_STRING(answer), PyBytes_GET_SIZE(answer));
    int kind = KS_STR_KIND(answer);
    const void *data = ks_str_data(answer);
    Py_ssize_t length = KS_STR_LENGTH(answer);
    if (ks_bytes_out_room(&encode->out, length) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 ch = ks_read(kind, data, i);
        if (ch >= limit) {
            ks_codec_raise_encode(&encode->run, encode->str, start, end, reason);
            return -1;
        }
        *encode->out.at++ = (char)ch;
    }
    return 0;
}

/* Characters [start, end) do not fit. Returns where to go on, -1 on failure. */
static Py_ssize_t
answer_misfit(KsEncode *encode, Py_ssize_t start, Py_ssize_t end, Py_UCS4 limit)
{
    const char *reason =
        limit == 256 ? "ordinal not in range(256)" : "ordinal not in range(128)";
    PyObject *str = encode->str;
    int kind = KS_STR_KIND(str);
    const void *data = ks_str_data(str);
    switch (encode->handler) {
    case _Py_ERROR_STRICT:
        ks_codec_raise_encode(&encode->run, str, start, end, reason);
        return -1;
    case _Py_ERROR_IGNORE:
        return end;
    case _Py_ERROR_REPLACE:
        if (ks_bytes_out_room(&encode->out, end - start) < 0)
            return -1;
        memset(encode->out.at, '?', (size_t)(end - start));
        encode->out.at += end - start;
        return end;
    case _Py_ERROR_SURROGATEESCAPE:
        if (ks_bytes_out_room(&encode->out, end - start) < 0)
            return -1;
        for (; start < end; start++) {
            Py_UCS4 ch = ks_read(kind, data, start);
            if (ch < 0xdc80 || ch > 0xdcff)
                break;
            *encode->out.at++ = (char)(ch & 0xff);
        }
        if (start == end)
            return end;
        break;
    default:
        break;
    }
    Py_ssize_t next;
    KS_OWNED PyObject *answer =
        ks_codec_encode_error(&encode->run, str, start, end, reason, &next);
    if (answer == NULL || put_answer(encode, answer, limit, start, end, reason) < 0)
        return -1;
    return next;
}

static PyObject *
encode_narrow(PyObject *str, const char *errors, Py_UCS4 limit)
{
    KsEncode encode;
    int kind = KS_STR_KIND(str), failed = 1;
    const void *data = ks_str_data(str);
    Py_ssize_t length = KS_STR_LENGTH(str), at = 0;
    if (ks_encode_start(&encode, limit == 256 ? "latin-1" : "ascii", errors, str, length) < 0)
        return NULL;
    while (at < length) {
        Py_ssize_t stop = at;
        while (stop < length && ks_read(kind, data, stop) < limit)
            stop++;
        if (ks_bytes_out_room(&encode.out, stop - at) < 0)
            goto done;
        ks_copy_chars(1, encode.out.at, kind, ks_at(kind, data, at), stop - at);
        encode.out.at += stop - at;
        if (stop == length)
            break;
        Py_ssize_t end = stop + 1;
        while (end < length && ks_read(kind, data, end) >= limit)
            end++;
        at = answer_misfit(&encode, stop, end, limit);
        if (at < 0)
            goto done;
    }
    failed = 0;
done:
    return ks_encode_end(&encode, failed);
}

PyObject *
_PyUnicode_AsLatin1String(PyObject *unicode, const char *errors)
{
    if (!PyUnicode_Check(unicode)) {
        PyErr_BadArgument();
        return NULL;
    }
    if (PyUnicode_READY(unicode) < 0)
        return NULL;
    if (KS_STR_KIND(unicode) == 1)
        return PyBytes_FromStringAndSize(ks_str_data(unicode), KS_STR_LENGTH(unicode));
    return encode_narrow(unicode, errors, 256);
}

PyObject *
PyUnicode_AsLatin1String(PyObject *unicode)
{
    return _PyUnicode_AsLatin1String(unicode, NULL);
}

PyObject *
_PyUnicode_AsASCIIString(PyObject *unicode, const char *errors)
{
    if (!PyUnicode_Check(unicode)) {
        PyErr_BadArgument();
        return NULL;
    }
    if (PyUnicode_READY(unicode) < 0)
        return NULL;
    if (KS_STR_IS_ASCII(unicode))
        return PyBytes_FromStringAndSize(ks_str_data(unicode), KS_STR_LENGTH(unicode));
    return encode_narrow(unicode, errors, 128);
}

PyObject *
PyUnicode_AsASCIIString(PyObject *unicode)
{
    return _PyUnicode_AsASCIIString(unicode, NULL);
}
