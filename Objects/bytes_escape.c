/* SPDX-License-Identifier: MIT */
/* Backslash escapes in bytes: for literals, and for the escape codec. */
#include "Python.h"

#include "pycore_bytesobject.h"

#include "ks_base.h"

/* What a one-letter escape stands for; -1 if it is none. */
static int
simple_escape(char letter)
{
    switch (letter) {
    case '\\':
    case '\'':
    case '"':
        return letter;
    case 'a':
        return '\a';
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'v':
        return '\v';
    default:
        return -1;
    }
}

static int
hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit = (char)Py_TOLOWER(Py_CHARMASK(digit));
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* The first escape that means nothing in particular: where, and which character (for an octal one
 * above 0377 the number); NULL and -1 if there is none. */
typedef struct Invalid {
    const char *place;
    int character;
} Invalid;

static void
note_invalid(Invalid *invalid, const char *place, int character)
{
    if (invalid->place == NULL) {
        invalid->place = place;
        invalid->character = character;
    }
}

/* Behind "\x" without two digits: 1 and *out moved by what the error mode writes, or 0. */
static int
bad_hex(const char *errors, Py_ssize_t position, char **out)
{
    if (errors == NULL || strcmp(errors, "strict") == 0) {
        PyErr_Format(PyExc_ValueError, "invalid \\x escape at position %zd", position);
        return 0;
    }
    if (strcmp(errors, "replace") == 0) {
        *(*out)++ = '?';
        return 1;
    }
    if (strcmp(errors, "ignore") == 0)
        return 1;
    PyErr_Format(PyExc_ValueError, "decoding error; unknown error handling code: %.400s", errors);
    return 0;
}

/* Decodes one escape, `text` behind the backslash; what follows it, or NULL with an exception. */
static const char *
escape_decode(const char *start, const char *text, const char *end, const char *errors, char **out,
              Invalid *invalid)
{
    char letter = *text++;
    int simple = simple_escape(letter);
    if (simple >= 0) {
        *(*out)++ = (char)simple;
        return text;
    }
    if (letter == '\n')
        return text;
    if (letter >= '0' && letter <= '7') {
        const char *digits = text - 1;
        int value = letter - '0';
        for (int i = 0; i < 2 && text < end && *text >= '0' && *text <= '7'; i++)
            value = value * 8 + (*text++ - '0');
        if (value > 0377)
            note_invalid(invalid, digits, value);
        *(*out)++ = (char)value;
        return text;
    }
    if (letter == 'x') {
        int high = text < end ? hex_value(text[0]) : -1;
        int low = high >= 0 && text + 1 < end ? hex_value(text[1]) : -1;
        if (low >= 0) {
            *(*out)++ = (char)(high << 4 | low);
            return text + 2;
        }
        if (!bad_hex(errors, text - 2 - start, out))
            return NULL;
        return text < end && Py_ISXDIGIT(Py_CHARMASK(*text)) ? text + 1 : text;
    }
    note_invalid(invalid, text - 1, (unsigned char)letter);
    *(*out)++ = '\\';
    *(*out)++ = letter;
    return text;
}

static PyObject *
decode(const char *text, Py_ssize_t length, const char *errors, Invalid *invalid)
{
    *invalid = (Invalid){NULL, -1};
    _PyBytesWriter writer;
    _PyBytesWriter_Init(&writer);
    char *out = _PyBytesWriter_Alloc(&writer, length); /* escapes never grow */
    if (out == NULL)
        return NULL;
    const char *start = text, *end = text + length;
    while (text < end) {
        const char *backslash = memchr(text, '\\', (size_t)(end - text));
        size_t plain = (size_t)((backslash != NULL ? backslash : end) - text);
        out = mempcpy(out, text, plain);
        text += plain;
        if (backslash == NULL)
            break;
        if (++text == end) {
            PyErr_SetString(PyExc_ValueError, "Trailing \\ in string");
            goto failed;
        }
        text = escape_decode(start, text, end, errors, &out, invalid);
        if (text == NULL)
            goto failed;
    }
    return _PyBytesWriter_Finish(&writer, out);
failed:
    _PyBytesWriter_Dealloc(&writer);
    return NULL;
}

PyObject *
_PyBytes_DecodeEscape2(const char *text, Py_ssize_t length, const char *errors, int *character,
                       const char **place)
{
    Invalid invalid;
    PyObject *result = decode(text, length, errors, &invalid);
    *character = invalid.character;
    *place = invalid.place;
    return result;
}

PyObject *
_PyBytes_DecodeEscape(const char *text, Py_ssize_t length, const char *errors, const char **place)
{
    Invalid invalid;
    PyObject *result = decode(text, length, errors, &invalid);
    *place = invalid.place;
    return result;
}

/* The last two arguments are of a time before Unicode and have no effect. */
PyObject *
PyBytes_DecodeEscape(const char *text, Py_ssize_t length, const char *errors,
                     Py_ssize_t unicode, const char *recode_encoding)
{
    Invalid invalid;
    PyObject *result = decode(text, length, errors, &invalid);
    if (result == NULL || invalid.place == NULL)
        return result;
    int status = invalid.character > 0xff
        ? PyErr_WarnFormat(PyExc_DeprecationWarning, 1, "invalid octal escape sequence '\\%.3s'",
                           invalid.place)
        : PyErr_WarnFormat(PyExc_DeprecationWarning, 1, "invalid escape sequence '\\%c'",
                           invalid.character);
    if (status < 0)
        Py_CLEAR(result);
    return result;
}
