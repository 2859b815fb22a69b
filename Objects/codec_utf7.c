/* SPDX-License-Identifier: MIT */
/* UTF-7 (RFC 2152): ASCII with UTF-16 in base64 between '+' and '-'. */
#include "Python.h"
#include "ks_base.h"
#include "ks_codec.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int
digit_value(unsigned char ch)
{
    const char *at = ch == 0 ? NULL : strchr(digits, ch);
    return at == NULL ? -1 : (int)(at - digits);
}

/* --- decoding --- */

/* A base64 section being read. */
typedef struct Section {
    int open;
    unsigned bits, count; /* bits not yet used, and how many */
    Py_UCS4 high;         /* a high surrogate that waits for its other half */
    Py_ssize_t start;     /* of its '+' in the input */
    Py_ssize_t out_start; /* characters written before it */
} Section;

/* Takes in a digit; writes a character when one is complete. */
static int
section_digit(Section *section, _PyUnicodeWriter *writer, int value)
{
    section->bits = section->bits << 6 | (unsigned)value;
    section->count += 6;
    if (section->count < 16)
        return 0;
    section->count -= 16;
    Py_UCS4 unit = section->bits >> section->count & 0xffff;
    section->bits &= (1u << section->count) - 1;
    if (section->high != 0) {
        Py_UCS4 high = section->high;
        section->high = 0;
        if (Py_UNICODE_IS_LOW_SURROGATE(unit))
            return _PyUnicodeWriter_WriteChar(writer, Py_UNICODE_JOIN_SURROGATES(high, unit));
        if (_PyUnicodeWriter_WriteChar(writer, high) < 0)
            return -1;
    }
    if (Py_UNICODE_IS_HIGH_SURROGATE(unit)) {
        section->high = unit;
        return 0;
    }
    return _PyUnicodeWriter_WriteChar(writer, unit);
}

/* What is wrong with a section that ends here, or NULL. */
static const char *
section_flaw(const Section *section)
{
    if (section->count >= 6)
        return "partial character in shift sequence";
    if (section->count > 0 && section->bits != 0)
        return "non-zero padding bits in shift sequence";
    return NULL;
}

/* One step at *at. *reason is set if bytes section->start..*at are an error. */
static int
step(KsDecode *decode, Section *section, Py_ssize_t *at, const char **reason)
{
    const char *s = decode->input;
    unsigned char ch = (unsigned char)s[*at];
    int value = digit_value(ch);
    *reason = NULL;
    if (section->open) {
        if (value >= 0) {
            ++*at;
            return section_digit(section, &decode->writer, value);
        }
        section->open = 0;
        *reason = section_flaw(section);
        if (*reason != NULL) {
            ++*at;
            return 0;
        }
        Py_UCS4 high = section->high;
        section->high = 0;
        if (high != 0 && ch < 128 && ch != '+' &&
            _PyUnicodeWriter_WriteChar(&decode->writer, high) < 0)
            return -1;
        *at += ch == '-';
        return 0;
    }
    if (ch != '+' && ch < 128) {
        ++*at;
        return _PyUnicodeWriter_WriteChar(&decode->writer, ch);
    }
    section->start = (*at)++;
    if (ch != '+') {
        *reason = "unexpected special character";
        return 0;
    }
    if (*at < decode->size && s[*at] == '-') {
        ++*at;
        return _PyUnicodeWriter_WriteChar(&decode->writer, '+');
    }
    if (*at < decode->size && digit_value((unsigned char)s[*at]) < 0) {
        ++*at;
        *reason = "ill-formed sequence";
        return 0;
    }
    section->open = 1;
    section->bits = section->count = 0;
    section->high = 0;
    section->out_start = decode->writer.pos;
    return 0;
}

PyObject *
PyUnicode_DecodeUTF7Stateful(const char *string, Py_ssize_t length, const char *errors,
                             Py_ssize_t *consumed)
{
    KsDecode decode;
    Section section = {0};
    ks_decode_start(&decode, "utf7", errors, string, length);
    decode.writer.min_length = length;
    Py_ssize_t at = 0;
    int failed = 1;
    while (1) {
        const char *reason = NULL;
        if (at < decode.size) {
            if (step(&decode, &section, &at, &reason) < 0)
                goto done;
        }
        else if (section.open && consumed == NULL) {
            section.open = 0;
            if (section.high != 0 || section_flaw(&section) != NULL)
                reason = "unterminated shift sequence";
        }
        else
            break;
        if (reason != NULL) {
            at = ks_decode_error(&decode, section.start, at, reason);
            if (at < 0)
                goto done;
        }
    }
    if (consumed != NULL) {
        *consumed = at;
        if (section.open) {
            *consumed = section.start;
            decode.writer.pos = section.out_start;
        }
    }
    failed = 0;
done:;
    PyObject *str = ks_decode_end(&decode, failed);
    /* Characters that were taken back may have been the widest. */
    if (str != NULL && ks_str_narrow(&str) < 0)
        Py_CLEAR(str);
    return str;
}

PyObject *
PyUnicode_DecodeUTF7(const char *string, Py_ssize_t length, const char *errors)
{
    return PyUnicode_DecodeUTF7Stateful(string, length, errors, NULL);
}

/* --- encoding --- */

/* May the character stand for itself? Set D always, optional ones and blanks unless excluded. */
static int
is_direct(Py_UCS4 ch, int encode_optional, int encode_blanks)
{
    if (ch == 0 || ch > 127)
        return 0;
    if (Py_ISALNUM((unsigned char)ch) || strchr("'(),-./:?", (int)ch) != NULL)
        return 1;
    if (strchr(" \t\r\n", (int)ch) != NULL)
        return !encode_blanks;
    return !encode_optional && strchr("!\"#$%&*;<=>@[]^_`{|}", (int)ch) != NULL;
}

typedef struct Bits {
    unsigned bits, count;
} Bits;

static char *
put_unit(char *out, Bits *bits, Py_UCS4 unit)
{
    bits->bits = bits->bits << 16 | unit;
    bits->count += 16;
    while (bits->count >= 6) {
        bits->count -= 6;
        *out++ = digits[bits->bits >> bits->count & 63];
    }
    bits->bits &= (1u << bits->count) - 1;
    return out;
}

static char *
flush(char *out, Bits *bits)
{
    if (bits->count > 0)
        *out++ = digits[bits->bits << (6 - bits->count) & 63];
    *bits = (Bits){0, 0};
    return out;
}

PyObject *
_PyUnicode_EncodeUTF7(PyObject *unicode, int base64SetO, int base64WhiteSpace, const char *errors)
{
    if (PyUnicode_READY(unicode) < 0)
        return NULL;
    int kind = KS_STR_KIND(unicode), open = 0;
    const void *data = ks_str_data(unicode);
    Py_ssize_t length = KS_STR_LENGTH(unicode);
    Bits bits = {0, 0};
    KsBytesOut out;
    if (ks_bytes_out_start(&out, length) < 0)
        return NULL;
    for (Py_ssize_t i = 0; i <= length; i++) {
        if (out.end - out.at < 16 && ks_bytes_out_room(&out, 16 + length - i) < 0) {
            ks_bytes_out_drop(&out);
            return NULL;
        }
        if (i == length) {
            out.at = flush(out.at, &bits);
            if (open)
                *out.at++ = '-';
            break;
        }
        Py_UCS4 ch = ks_read(kind, data, i);
        if (is_direct(ch, base64SetO, base64WhiteSpace)) {
            if (open) {
                out.at = flush(out.at, &bits);
                if (digit_value((unsigned char)ch) >= 0 || ch == '-')
                    *out.at++ = '-';
                open = 0;
            }
            *out.at++ = (char)ch;
            continue;
        }
        if (!open) {
            *out.at++ = '+';
            if (ch == '+') {
                *out.at++ = '-';
                continue;
            }
            open = 1;
        }
        if (ch >= 0x10000) {
            out.at = put_unit(out.at, &bits, Py_UNICODE_HIGH_SURROGATE(ch));
            ch = Py_UNICODE_LOW_SURROGATE(ch);
        }
        out.at = put_unit(out.at, &bits, ch);
    }
    return ks_bytes_out_finish(&out);
}
