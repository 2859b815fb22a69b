/* SPDX-License-Identifier: MIT */
/* unicode_escape and raw_unicode_escape: text with backslashes.
 *
 * The first decodes what may stand in a string literal (it serves the compiler, too, through the
 * Internal entries, which report the first unknown escape), the second only \u and \U. Bytes
 * from 0x80 on stand for themselves. */
#include "Python.h"
#include "pycore_ucnhash.h"
#include "ks_codec.h"

#include <limits.h>
#include <string.h>

static int
hex_value(unsigned char ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    ch |= 0x20;
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* Up to `count` hex digits at *at; returns how many were read. */
static int
read_hex(const char *s, Py_ssize_t *at, Py_ssize_t size, int count, Py_UCS4 *value)
{
    int read = 0;
    *value = 0;
    while (read < count && *at < size) {
        int digit = hex_value((unsigned char)s[*at]);
        if (digit < 0)
            break;
        *value = *value << 4 | (Py_UCS4)digit;
        ++*at;
        read++;
    }
    return read;
}

/* What an escape came to. */
typedef enum Outcome {
    ESCAPE_CHAR,    /* a character in *ch */
    ESCAPE_NOTHING, /* a continued line */
    ESCAPE_UNKNOWN, /* not an escape: the backslash stays */
    ESCAPE_BAD,     /* reason is set */
} Outcome;

static Outcome
named_escape(const char *s, Py_ssize_t *at, Py_ssize_t size, Py_UCS4 *ch, const char **reason,
             int *incomplete)
{
    static const _PyUnicode_Name_CAPI *names;
    if (names == NULL) {
        names = PyCapsule_Import(PyUnicodeData_CAPSULE_NAME, 1);
        if (names == NULL) {
            PyErr_SetString(PyExc_UnicodeError,
                            "\\N escapes not supported (can't load unicodedata module)");
            *reason = NULL;
            return ESCAPE_BAD;
        }
    }
    *reason = "malformed \\N character escape";
    if (*at >= size) {
        *incomplete = 1;
        return ESCAPE_BAD;
    }
    if (s[*at] != '{')
        return ESCAPE_BAD;
    Py_ssize_t start = ++*at;
    while (*at < size && s[*at] != '}')
        ++*at;
    if (*at >= size) {
        *incomplete = 1;
        return ESCAPE_BAD;
    }
    Py_ssize_t length = *at - start;
    if (length == 0)
        return ESCAPE_BAD;
    ++*at;
    *reason = "unknown Unicode character name";
    *ch = 0xffffffff;
    if (length <= INT_MAX && names->getcode(s + start, (int)length, ch, 0))
        return ESCAPE_CHAR;
    return ESCAPE_BAD;
}

static Outcome
hex_escape(const char *s, Py_ssize_t *at, Py_ssize_t size, int count, Py_UCS4 *ch,
           const char **reason, int *incomplete)
{
    if (read_hex(s, at, size, count, ch) < count) {
        *reason = count == 2   ? "truncated \\xXX escape"
                  : count == 4 ? "truncated \\uXXXX escape"
                               : "truncated \\UXXXXXXXX escape";
        *incomplete = *at >= size;
        return ESCAPE_BAD;
    }
    if (*ch > 0x10ffff) {
        *reason = "illegal Unicode character";
        return ESCAPE_BAD;
    }
    return ESCAPE_CHAR;
}

/* Reads the escape whose backslash stands before *at. *incomplete: more input might mend it. */
static Outcome
read_escape(const char *s, Py_ssize_t *at, Py_ssize_t size, Py_UCS4 *ch, const char **reason,
            int *incomplete)
{
    *incomplete = 0;
    if (*at >= size) {
        *reason = "\\ at end of string";
        *incomplete = 1;
        return ESCAPE_BAD;
    }
    unsigned char letter = (unsigned char)s[(*at)++];
    static const char plain[] = "\\\\''\"\"b\bf\ft\tn\nr\rv\va\a";
    switch (letter) {
    case '\n':
        return ESCAPE_NOTHING;
    case '0' ... '7':
        *ch = letter - '0';
        for (int i = 0; i < 2 && *at < size && s[*at] >= '0' && s[*at] <= '7'; i++)
            *ch = *ch << 3 | (Py_UCS4)(s[(*at)++] - '0');
        return ESCAPE_CHAR;
    case 'x':
        return hex_escape(s, at, size, 2, ch, reason, incomplete);
    case 'u':
        return hex_escape(s, at, size, 4, ch, reason, incomplete);
    case 'U':
        return hex_escape(s, at, size, 8, ch, reason, incomplete);
    case 'N':
        return named_escape(s, at, size, ch, reason, incomplete);
    default:
        for (const char *pair = plain; *pair; pair += 2)
            if (*pair == (char)letter) {
                *ch = (unsigned char)pair[1];
                return ESCAPE_CHAR;
            }
        return ESCAPE_UNKNOWN;
    }
}

static int
write_run(KsDecode *decode, Py_ssize_t *at)
{
    const char *s = decode->input;
    const char *stop = memchr(s + *at, '\\', (size_t)(decode->size - *at));
    Py_ssize_t end = stop == NULL ? decode->size : stop - s;
    int failed = _PyUnicodeWriter_WriteLatin1String(&decode->writer, s + *at, end - *at);
    *at = end;
    return failed;
}

/* The decoder behind all entries. *bad_char is -1, the first unknown escape's letter or what a first
 * octal escape beyond a byte stands for; *bad_at is the place behind the backslash. */
static PyObject *
decode_escapes(const char *string, Py_ssize_t length, const char *errors, Py_ssize_t *consumed,
               int *bad_char, const char **bad_at)
{
    KsDecode decode;
    ks_decode_start(&decode, "unicodeescape", errors, string, length);
    decode.writer.min_length = length;
    *bad_char = -1;
    *bad_at = NULL;
    Py_ssize_t at = 0;
    int failed = 1;
    while (at < decode.size) {
        if (decode.input[at] != '\\') {
            if (write_run(&decode, &at) < 0)
                goto done;
            continue;
        }
        Py_ssize_t start = at++;
        Py_UCS4 ch;
        const char *reason;
        int incomplete, bad_write = 0;
        switch (read_escape(decode.input, &at, decode.size, &ch, &reason, &incomplete)) {
        case ESCAPE_CHAR:
            /* Three octal digits were meant for a byte. */
            if (ch > 0xff && *bad_at == NULL && Py_ISDIGIT(decode.input[start + 1])) {
                *bad_char = (int)ch;
                *bad_at = decode.input + start + 1;
            }
            bad_write = _PyUnicodeWriter_WriteChar(&decode.writer, ch);
            break;
        case ESCAPE_NOTHING:
            break;
        case ESCAPE_UNKNOWN:
            ch = (unsigned char)decode.input[at - 1];
            if (*bad_at == NULL) {
                *bad_char = (int)ch;
                *bad_at = decode.input + at - 1;
            }
            bad_write = _PyUnicodeWriter_WriteChar(&decode.writer, '\\') < 0 ||
                                _PyUnicodeWriter_WriteChar(&decode.writer, ch) < 0
                            ? -1
                            : 0;
            break;
        case ESCAPE_BAD:
            if (reason == NULL)
                goto done;
            if (incomplete && consumed != NULL) {
                at = start;
                goto end;
            }
            at = ks_decode_error(&decode, start, at, reason);
            bad_write = at < 0 ? -1 : 0;
        }
        if (bad_write < 0)
            goto done;
    }
end:
    if (consumed != NULL)
        *consumed = at;
    failed = 0;
done:
    return ks_decode_end(&decode, failed);
}

PyObject *
_PyUnicode_DecodeUnicodeEscapeInternal2(const char *string, Py_ssize_t length,
                                        const char *errors, Py_ssize_t *consumed,
                                        int *first_invalid_escape_char,
                                        const char **first_invalid_escape_ptr)
{
    return decode_escapes(string, length, errors, consumed, first_invalid_escape_char,
                          first_invalid_escape_ptr);
}

PyObject *
_PyUnicode_DecodeUnicodeEscapeInternal(const char *string, Py_ssize_t length, const char *errors,
                                       Py_ssize_t *consumed, const char **first_invalid_escape)
{
    int bad_char;
    return decode_escapes(string, length, errors, consumed, &bad_char, first_invalid_escape);
}

PyObject *
_PyUnicode_DecodeUnicodeEscapeStateful(const char *string, Py_ssize_t length, const char *errors,
                                       Py_ssize_t *consumed)
{
    int bad_char;
    const char *bad_at;
    PyObject *str = decode_escapes(string, length, errors, consumed, &bad_char, &bad_at);
    if (str == NULL || bad_at == NULL)
        return str;
    int is_octal = bad_char > 0xff;
    const char escape[4] = {(char)('0' + (bad_char >> 6)), (char)('0' + (bad_char >> 3 & 7)),
                            (char)('0' + (bad_char & 7)), '\0'};
    int status = is_octal ? PyErr_WarnFormat(PyExc_DeprecationWarning, 1,
                                             "invalid octal escape sequence '\\%s'", escape)
                          : PyErr_WarnFormat(PyExc_DeprecationWarning, 1,
                                             "invalid escape sequence '\\%c'", bad_char);
    if (status < 0)
        Py_CLEAR(str);
    return str;
}

PyObject *
PyUnicode_DecodeUnicodeEscape(const char *string, Py_ssize_t length, const char *errors)
{
    return _PyUnicode_DecodeUnicodeEscapeStateful(string, length, errors, NULL);
}

/* --- raw --- */

PyObject *
_PyUnicode_DecodeRawUnicodeEscapeStateful(const char *string, Py_ssize_t length,
                                          const char *errors, Py_ssize_t *consumed)
{
    KsDecode decode;
    ks_decode_start(&decode, "rawunicodeescape", errors, string, length);
    decode.writer.min_length = length;
    Py_ssize_t at = 0;
    int failed = 1;
    while (at < decode.size) {
        if (decode.input[at] != '\\') {
            if (write_run(&decode, &at) < 0)
                goto done;
            continue;
        }
        if (at + 1 >= decode.size && consumed != NULL)
            break;
        char letter = at + 1 < decode.size ? decode.input[at + 1] : 0;
        if (letter != 'u' && letter != 'U') {
            /* Whatever follows is no escape, another backslash included. */
            Py_ssize_t take = Py_MIN(2, decode.size - at);
            if (_PyUnicodeWriter_WriteLatin1String(&decode.writer, decode.input + at, take) < 0)
                goto done;
            at += take;
            continue;
        }
        Py_ssize_t start = at;
        Py_UCS4 ch;
        int count = letter == 'u' ? 4 : 8;
        at += 2;
        const char *reason;
        if (read_hex(decode.input, &at, decode.size, count, &ch) < count) {
            if (at >= decode.size && consumed != NULL) {
                at = start;
                break;
            }
            reason = count == 4 ? "truncated \\uXXXX escape" : "truncated \\UXXXXXXXX escape";
        }
        else if (ch > 0x10ffff)
            reason = "\\Uxxxxxxxx out of range";
        else {
            if (_PyUnicodeWriter_WriteChar(&decode.writer, ch) < 0)
                goto done;
            continue;
        }
        at = ks_decode_error(&decode, start, at, reason);
        if (at < 0)
            goto done;
    }
    if (consumed != NULL)
        *consumed = at;
    failed = 0;
done:
    return ks_decode_end(&decode, failed);
}

PyObject *
PyUnicode_DecodeRawUnicodeEscape(const char *string, Py_ssize_t length, const char *errors)
{
    return _PyUnicode_DecodeRawUnicodeEscapeStateful(string, length, errors, NULL);
}

/* --- encoding --- */

static char *
put_hex(char *out, char letter, Py_UCS4 ch, int digits)
{
    *out++ = '\\';
    *out++ = letter;
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
        *out++ = Py_hexdigits[ch >> shift & 15];
    return out;
}

static char *
put_wide(char *out, Py_UCS4 ch)
{
    return ch < 0x10000 ? put_hex(out, 'u', ch, 4) : put_hex(out, 'U', ch, 8);
}

static char *
put_escaped(char *out, Py_UCS4 ch)
{
    if (ch >= 0x100)
        return put_wide(out, ch);
    if (ch >= ' ' && ch < 127 && ch != '\\') {
        *out++ = (char)ch;
        return out;
    }
    char letter = ch == '\\' ? '\\' : ch == '\t' ? 't' : ch == '\n' ? 'n' : ch == '\r' ? 'r' : 0;
    if (letter == 0)
        return put_hex(out, 'x', ch, 2);
    *out++ = '\\';
    *out++ = letter;
    return out;
}

static char *
put_raw(char *out, Py_UCS4 ch)
{
    if (ch >= 0x100)
        return put_wide(out, ch);
    *out++ = (char)ch;
    return out;
}

static PyObject *
encode_escapes(PyObject *str, char *(*put)(char *, Py_UCS4))
{
    if (!PyUnicode_Check(str)) {
        PyErr_BadArgument();
        return NULL;
    }
    if (PyUnicode_READY(str) < 0)
        return NULL;
    int kind = KS_STR_KIND(str);
    const void *data = ks_str_data(str);
    Py_ssize_t length = KS_STR_LENGTH(str);
    KsBytesOut out;
    if (ks_bytes_out_start(&out, length) < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < length; i++) {
        if (out.end - out.at < 10 && ks_bytes_out_room(&out, 10 + length - i) < 0) {
            ks_bytes_out_drop(&out);
            return NULL;
        }
        out.at = put(out.at, ks_read(kind, data, i));
    }
    return ks_bytes_out_finish(&out);
}

PyObject *
PyUnicode_AsUnicodeEscapeString(PyObject *unicode)
{
    return encode_escapes(unicode, put_escaped);
}

PyObject *
PyUnicode_AsRawUnicodeEscapeString(PyObject *unicode)
{
    return encode_escapes(unicode, put_raw);
}
