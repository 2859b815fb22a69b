/* SPDX-License-Identifier: MIT */
/* UTF-16 and UTF-32, both byte orders.
 *
 * A decoder first settles the byte order (a byte order mark counts only where none was asked
 * for), then reads units. Lone surrogates are errors both ways. */
#include "Python.h"
#include "ks_codec.h"

#include <string.h>

/* Byte order of the input: eats a mark if *order asks for detection. 1 = big endian. */
static int
settle_order(const char *input, Py_ssize_t size, int unit, int *order, Py_ssize_t *at)
{
    *at = 0;
    if (*order != 0 || size < unit)
        return *order > 0;
    const unsigned char *s = (const unsigned char *)input;
    int little = s[0] == 0xff && s[1] == 0xfe && (unit == 2 || (s[2] == 0 && s[3] == 0));
    int big = unit == 2 ? s[0] == 0xfe && s[1] == 0xff
                        : s[0] == 0 && s[1] == 0 && s[2] == 0xfe && s[3] == 0xff;
    if (little || big) {
        *at = unit;
        *order = big ? 1 : -1;
    }
    return big;
}

KS_INLINE Py_UCS4
unit16(const unsigned char *s, int big)
{
    return big ? (Py_UCS4)(s[0] << 8 | s[1]) : (Py_UCS4)(s[1] << 8 | s[0]);
}

KS_INLINE Py_UCS4
unit32(const unsigned char *s, int big)
{
    return big ? (Py_UCS4)s[0] << 24 | (Py_UCS4)(s[1] << 16 | s[2] << 8 | s[3])
               : (Py_UCS4)s[3] << 24 | (Py_UCS4)(s[2] << 16 | s[1] << 8 | s[0]);
}

/* --- UTF-16 --- */

enum { BLOCK = 128 }; /* units handled at a time */

/* Units at s in the machine's order; *all gets the bits that occur. 1 if one is a surrogate. */
static KS_VECTORIZE int
load_units(Py_UCS2 *units, const unsigned char *s, Py_ssize_t count, int big, Py_UCS4 *all)
{
    memcpy(units, s, (size_t)count * 2);
    unsigned bits = 0, surrogates = 0;
    if (big != PY_BIG_ENDIAN)
        for (Py_ssize_t i = 0; i < count; i++)
            units[i] = (Py_UCS2)(units[i] << 8 | units[i] >> 8);
    for (Py_ssize_t i = 0; i < count; i++) {
        bits |= units[i];
        surrogates |= (units[i] & 0xf800) == 0xd800;
    }
    *all = bits;
    return surrogates != 0;
}

/* Writes the plain units (no surrogates) at s; returns how many bytes that were, -1 on failure. */
static Py_ssize_t
write_plain16(_PyUnicodeWriter *writer, const unsigned char *s, Py_ssize_t size, int big)
{
    Py_UCS2 units[BLOCK];
    Py_ssize_t done = 0;
    while (size - done >= 2) {
        Py_ssize_t count = Py_MIN((size - done) / 2, BLOCK);
        Py_UCS4 all;
        int stop = load_units(units, s + done, count, big, &all);
        if (stop) {
            all = 0;
            for (count = 0; !Py_UNICODE_IS_SURROGATE(units[count]); count++)
                all |= units[count];
        }
        if (count > 0) {
            Py_UCS4 maxchar = all > 0xff ? 0xffff : all > 0x7f ? 0xff : 0x7f;
            if (_PyUnicodeWriter_Prepare(writer, count, maxchar) < 0)
                return -1;
            int kind = (int)writer->kind;
            ks_copy_chars(kind, ks_at(kind, writer->data, writer->pos), 2, units, count);
            writer->pos += count;
            done += count * 2;
        }
        if (stop)
            break;
    }
    return done;
}

PyObject *
PyUnicode_DecodeUTF16Stateful(const char *string, Py_ssize_t length, const char *errors,
                              int *byteorder, Py_ssize_t *consumed)
{
    Py_ssize_t at;
    int order = byteorder == NULL ? 0 : *byteorder;
    int big = settle_order(string, length, 2, &order, &at);
    KsDecode decode;
    ks_decode_start(&decode, big ? "utf-16-be" : "utf-16-le", errors, string, length);
    decode.writer.min_length = (length - at + 1) / 2;
    int failed = 1;
    while (at < decode.size) {
        const unsigned char *s = (const unsigned char *)decode.input + at;
        Py_ssize_t left = decode.size - at;
        Py_ssize_t run = write_plain16(&decode.writer, s, left, big);
        if (run < 0)
            goto done;
        if (run > 0) {
            at += run;
            continue;
        }
        const char *reason;
        Py_ssize_t end = at + 2;
        if (left < 2) {
            reason = "truncated data";
            end = decode.size;
        }
        else if (Py_UNICODE_IS_LOW_SURROGATE(unit16(s, big)))
            reason = "illegal encoding";
        else if (left < 4) {
            reason = "unexpected end of data";
            end = decode.size;
        }
        else if (Py_UNICODE_IS_LOW_SURROGATE(unit16(s + 2, big))) {
            Py_UCS4 ch = Py_UNICODE_JOIN_SURROGATES(unit16(s, big), unit16(s + 2, big));
            if (_PyUnicodeWriter_WriteChar(&decode.writer, ch) < 0)
                goto done;
            at += 4;
            continue;
        }
        else
            reason = "illegal UTF-16 surrogate";
        if (consumed != NULL && end == decode.size && left < 4 && reason[0] != 'i')
            break;
        at = ks_decode_error(&decode, at, end, reason);
        if (at < 0)
            goto done;
    }
    if (byteorder != NULL)
        *byteorder = order;
    if (consumed != NULL)
        *consumed = at;
    failed = 0;
done:
    return ks_decode_end(&decode, failed);
}

PyObject *
PyUnicode_DecodeUTF16(const char *string, Py_ssize_t length, const char *errors, int *byteorder)
{
    return PyUnicode_DecodeUTF16Stateful(string, length, errors, byteorder, NULL);
}

/* --- UTF-32 --- */

PyObject *
PyUnicode_DecodeUTF32Stateful(const char *string, Py_ssize_t length, const char *errors,
                              int *byteorder, Py_ssize_t *consumed)
{
    Py_ssize_t at;
    int order = byteorder == NULL ? 0 : *byteorder;
    int big = settle_order(string, length, 4, &order, &at);
    KsDecode decode;
    ks_decode_start(&decode, big ? "utf-32-be" : "utf-32-le", errors, string, length);
    decode.writer.min_length = (length - at + 3) / 4;
    int failed = 1;
    while (at < decode.size) {
        const char *reason;
        Py_ssize_t end = at + 4;
        if (decode.size - at < 4) {
            if (consumed != NULL)
                break;
            reason = "truncated data";
            end = decode.size;
        }
        else {
            Py_UCS4 ch = unit32((const unsigned char *)decode.input + at, big);
            if (Py_UNICODE_IS_SURROGATE(ch))
                reason = "code point in surrogate code point range(0xd800, 0xe000)";
            else if (ch > 0x10ffff)
                reason = "code point not in range(0x110000)";
            else {
                if (_PyUnicodeWriter_WriteChar(&decode.writer, ch) < 0)
                    goto done;
                at = end;
                continue;
            }
        }
        at = ks_decode_error(&decode, at, end, reason);
        if (at < 0)
            goto done;
    }
    if (byteorder != NULL)
        *byteorder = order;
    if (consumed != NULL)
        *consumed = at;
    failed = 0;
done:
    return ks_decode_end(&decode, failed);
}

PyObject *
PyUnicode_DecodeUTF32(const char *string, Py_ssize_t length, const char *errors, int *byteorder)
{
    return PyUnicode_DecodeUTF32Stateful(string, length, errors, byteorder, NULL);
}

/* --- encoding --- */

static char *
put_unit(char *out, Py_UCS4 value, int unit, int big)
{
    for (int i = 0; i < unit; i++)
        out[big ? unit - 1 - i : i] = (char)(value >> 8 * i & 0xff);
    return out + unit;
}

static char *
put_char(char *out, Py_UCS4 ch, int unit, int big)
{
    if (unit == 4 || ch < 0x10000)
        return put_unit(out, ch, unit, big);
    out = put_unit(out, Py_UNICODE_HIGH_SURROGATE(ch), 2, big);
    return put_unit(out, Py_UNICODE_LOW_SURROGATE(ch), 2, big);
}

static KS_VECTORIZE int
has_surrogate2(const Py_UCS2 *text, Py_ssize_t length)
{
    unsigned seen = 0;
    for (Py_ssize_t i = 0; i < length; i++)
        seen |= (text[i] & 0xf800) == 0xd800;
    return seen != 0;
}

/* Writes characters that need only be widened, up to the block that has a surrogate. There is
 * room for all of them. Little endian. Returns how many were written. */
static Py_ssize_t
put_plain(KsBytesOut *out, int kind, const void *text, Py_ssize_t length, int unit)
{
    if (kind == 4 || PY_BIG_ENDIAN)
        return 0;
    Py_ssize_t done = 0;
    while (done < length) {
        Py_ssize_t count = Py_MIN(length - done, BLOCK);
        const void *from = ks_at(kind, text, done);
        if (kind == 2 && has_surrogate2(from, count))
            break;
        ks_copy_chars(unit, out->at, kind, from, count);
        out->at += count * unit;
        done += count;
    }
    return done;
}

/* A surrogate at `at`: writes the handler's answer, returns where to go on, -1 on failure. */
static Py_ssize_t
answer_surrogate(KsEncode *encode, Py_ssize_t at, int unit, int big)
{
    static const char reason[] = "surrogates not allowed";
    Py_ssize_t next;
    KS_OWNED PyObject *answer =
        ks_codec_encode_error(&encode->run, encode->str, at, at + 1, reason, &next);
    if (answer == NULL)
        return -1;
    if (PyBytes_Check(answer)) {
        Py_ssize_t count = PyBytes_GET_SIZE(answer);
        if (count % unit == 0)
            return ks_encode_put(encode, PyBytes_AS_STRING(answer), count) < 0 ? -1 : next;
    }
    else if (KS_STR_IS_ASCII(answer)) {
        const Py_UCS1 *text = ks_str_data(answer);
        Py_ssize_t count = KS_STR_LENGTH(answer);
        if (count > PY_SSIZE_T_MAX / unit) {
            PyErr_NoMemory();
            return -1;
        }
        if (ks_bytes_out_room(&encode->out, count * unit) < 0)
            return -1;
        for (Py_ssize_t i = 0; i < count; i++)
            encode->out.at = put_unit(encode->out.at, text[i], unit, big);
        return next;
    }
    ks_codec_raise_encode(&encode->run, encode->str, at, at + 1, reason);
    return -1;
}

static PyObject *
encode_units(PyObject *str, const char *errors, int byteorder, int unit)
{
    if (!PyUnicode_Check(str)) {
        PyErr_BadArgument();
        return NULL;
    }
    if (PyUnicode_READY(str) < 0)
        return NULL;
    int kind = KS_STR_KIND(str), big = byteorder > 0, failed = 1;
    const void *data = ks_str_data(str);
    Py_ssize_t length = KS_STR_LENGTH(str), at = 0;
    const char *name = unit == 2 ? (byteorder == 0 ? "utf-16" : big ? "utf-16-be" : "utf-16-le")
                                 : (byteorder == 0 ? "utf-32" : big ? "utf-32-be" : "utf-32-le");
    Py_ssize_t pairs = 0;
    if (unit == 2 && kind == 4)
        for (Py_ssize_t i = 0; i < length; i++)
            pairs += ((const Py_UCS4 *)data)[i] >= 0x10000;
    if (length > PY_SSIZE_T_MAX / unit - pairs - 1)
        return PyErr_NoMemory();
    KsEncode encode;
    Py_ssize_t room = (length + pairs + (byteorder == 0)) * unit;
    if (ks_encode_start(&encode, name, errors, str, room) < 0)
        return NULL;
    if (byteorder == 0)
        encode.out.at = put_unit(encode.out.at, 0xfeff, unit, big);
    while (at < length) {
        if (ks_bytes_out_room(&encode.out, (length - at) * unit) < 0)
            goto done;
        Py_UCS4 ch = 0;
        if (kind <= unit && !big)
            at += put_plain(&encode.out, kind, ks_at(kind, data, at), length - at, unit);
        for (; at < length; at++) {
            ch = ks_read(kind, data, at);
            if (Py_UNICODE_IS_SURROGATE(ch) || encode.out.end - encode.out.at < 4)
                break;
            encode.out.at = put_char(encode.out.at, ch, unit, big);
        }
        if (at == length)
            break;
        if (!Py_UNICODE_IS_SURROGATE(ch)) {
            /* Less than 4 bytes left: enough for one unit of 2, not for a pair. */
            if (ks_bytes_out_room(&encode.out, 4) < 0)
                goto done;
            encode.out.at = put_char(encode.out.at, ch, unit, big);
            at++;
            continue;
        }
        at = answer_surrogate(&encode, at, unit, big);
        if (at < 0)
            goto done;
    }
    failed = 0;
done:
    return ks_encode_end(&encode, failed);
}

PyObject *
_PyUnicode_EncodeUTF16(PyObject *unicode, const char *errors, int byteorder)
{
    return encode_units(unicode, errors, byteorder, 2);
}

PyObject *
PyUnicode_AsUTF16String(PyObject *unicode)
{
    return encode_units(unicode, NULL, 0, 2);
}

PyObject *
_PyUnicode_EncodeUTF32(PyObject *unicode, const char *errors, int byteorder)
{
    return encode_units(unicode, errors, byteorder, 4);
}

PyObject *
PyUnicode_AsUTF32String(PyObject *unicode)
{
    return encode_units(unicode, NULL, 0, 4);
}
