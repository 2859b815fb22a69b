/* SPDX-License-Identifier: MIT */
/* PyUnicode_FromFormat: text from a C format and arguments.
 *
 * %[0][width][.precision][l|ll|z] and one of d i u x (numbers), c (code point), p (pointer),
 * s (UTF-8), U V (str, or str with a fallback), S R A (str(), repr(), ascii() of an object), %.
 * From an unknown one on, the rest of the format is copied as it is. */
#include "Python.h"
#include "ks_base.h"
#include "ks_str.h"

#include <limits.h>
#include <string.h>

typedef struct Spec {
    Py_ssize_t width, precision; /* -1: not given */
    int zero;
    int is_long, is_long_long, is_size;
    char code;
} Spec;

/* Writes str[:precision], moved to the right of the width. */
static int
write_field(_PyUnicodeWriter *writer, PyObject *str, Py_ssize_t width, Py_ssize_t precision)
{
    if (PyUnicode_READY(str) < 0)
        return -1;
    Py_ssize_t length = KS_STR_LENGTH(str);
    if ((precision == -1 || precision >= length) && width <= length)
        return _PyUnicodeWriter_WriteStr(writer, str);
    if (precision != -1 && precision < length)
        length = precision;
    Py_ssize_t fill = width > length ? width - length : 0;
    Py_UCS4 maxchar = _PyUnicode_FindMaxChar(str, 0, length);
    if (_PyUnicodeWriter_Prepare(writer, length + fill, maxchar) < 0)
        return -1;
    if (fill > 0) {
        ks_fill((int)writer->kind, writer->data, ' ', writer->pos, fill);
        writer->pos += fill;
    }
    return _PyUnicodeWriter_WriteSubstring(writer, str, 0, length);
}

static int
write_text(_PyUnicodeWriter *writer, const char *text, const Spec *spec)
{
    size_t length = spec->precision == -1 ? strlen(text) : strnlen(text, (size_t)spec->precision);
    KS_OWNED PyObject *str =
        PyUnicode_DecodeUTF8Stateful(text, (Py_ssize_t)length, "replace", NULL);
    return str == NULL ? -1 : write_field(writer, str, spec->width, -1);
}

static int
write_owned(_PyUnicodeWriter *writer, KS_STEALS PyObject *str, const Spec *spec)
{
    if (str == NULL)
        return -1;
    int failed = write_field(writer, str, spec->width, spec->precision);
    Py_DECREF(str);
    return failed;
}

static int
write_number(_PyUnicodeWriter *writer, const Spec *spec, va_list *args)
{
    char digits[64];
    int length;
    if (spec->code == 'x')
        length = snprintf(digits, sizeof(digits), "%x", va_arg(*args, unsigned));
    else if (spec->code == 'u')
        length = snprintf(digits, sizeof(digits), "%llu",
                          spec->is_long_long ? va_arg(*args, unsigned long long)
                          : spec->is_long    ? va_arg(*args, unsigned long)
                          : spec->is_size    ? va_arg(*args, size_t)
                                             : va_arg(*args, unsigned));
    else
        length = snprintf(digits, sizeof(digits), "%lld",
                          spec->is_long_long ? va_arg(*args, long long)
                          : spec->is_long    ? va_arg(*args, long)
                          : spec->is_size    ? va_arg(*args, Py_ssize_t)
                                             : va_arg(*args, int));
    Py_ssize_t precision = Py_MAX(spec->precision, length);
    Py_ssize_t fill = Py_MAX(spec->width - precision, 0);
    if (_PyUnicodeWriter_Prepare(writer, precision + fill, 127) < 0)
        return -1;
    ks_fill((int)writer->kind, writer->data, spec->zero ? '0' : ' ', writer->pos, fill);
    writer->pos += fill;
    ks_fill((int)writer->kind, writer->data, '0', writer->pos, precision - length);
    writer->pos += precision - length;
    return _PyUnicodeWriter_WriteASCIIString(writer, digits, length);
}

static int
write_pointer(_PyUnicodeWriter *writer, const void *pointer)
{
    char text[40];
    int length = snprintf(text, sizeof(text), "0x%llx", (unsigned long long)(uintptr_t)pointer);
    return _PyUnicodeWriter_WriteASCIIString(writer, text, length);
}

static int
write_char(_PyUnicodeWriter *writer, int ordinal)
{
    if (ordinal < 0 || ordinal > 0x10ffff) {
        PyErr_SetString(PyExc_OverflowError, "character argument not in range(0x110000)");
        return -1;
    }
    return _PyUnicodeWriter_WriteChar(writer, (Py_UCS4)ordinal);
}

/* Decimal digits at *text. -1 with ValueError when there are too many. */
static Py_ssize_t
read_number(const char **text, const char *complaint)
{
    Py_ssize_t value = 0;
    for (; Py_ISDIGIT(**text); (*text)++) {
        if (value > (INT_MAX - 9) / 10) {
            PyErr_SetString(PyExc_ValueError, complaint);
            return -1;
        }
        value = value * 10 + (**text - '0');
    }
    return value;
}

/* Reads what follows a % at `text`; the position behind it, NULL with an exception. */
static const char *
read_spec(const char *text, Spec *spec)
{
    *spec = (Spec){.width = -1, .precision = -1};
    if (*text == '0') {
        spec->zero = 1;
        text++;
    }
    if (Py_ISDIGIT(*text) && (spec->width = read_number(&text, "width too big")) < 0)
        return NULL;
    if (*text == '.') {
        text++;
        spec->precision = 0;
        if (Py_ISDIGIT(*text) && (spec->precision = read_number(&text, "precision too big")) < 0)
            return NULL;
    }
    if (text[0] == 'l' && (text[1] == 'd' || text[1] == 'u' || text[1] == 'i')) {
        spec->is_long = 1;
        text++;
    }
    else if (text[0] == 'l' && text[1] == 'l' &&
             (text[2] == 'd' || text[2] == 'u' || text[2] == 'i')) {
        spec->is_long_long = 1;
        text += 2;
    }
    else if (text[0] == 'z' && (text[1] == 'd' || text[1] == 'u' || text[1] == 'i')) {
        spec->is_size = 1;
        text++;
    }
    spec->code = *text;
    return *text ? text + 1 : text;
}

/* 1 written, 0 unknown code, -1 with an exception. */
static int
write_argument(_PyUnicodeWriter *writer, const Spec *spec, va_list *args)
{
    int failed;
    PyObject *object;
    switch (spec->code) {
    case 'c':
        failed = write_char(writer, va_arg(*args, int));
        break;
    case 'd':
    case 'i':
    case 'u':
    case 'x':
        failed = write_number(writer, spec, args);
        break;
    case 'p':
        failed = write_pointer(writer, va_arg(*args, void *));
        break;
    case 's':
        failed = write_text(writer, va_arg(*args, const char *), spec);
        break;
    case 'U':
        failed = write_field(writer, va_arg(*args, PyObject *), spec->width, spec->precision);
        break;
    case 'V': {
        object = va_arg(*args, PyObject *);
        const char *text = va_arg(*args, const char *);
        failed = object != NULL ? write_field(writer, object, spec->width, spec->precision)
                                : write_text(writer, text, spec);
        break;
    }
    case 'S':
        failed = write_owned(writer, PyObject_Str(va_arg(*args, PyObject *)), spec);
        break;
    case 'R':
        failed = write_owned(writer, PyObject_Repr(va_arg(*args, PyObject *)), spec);
        break;
    case 'A':
        failed = write_owned(writer, PyObject_ASCII(va_arg(*args, PyObject *)), spec);
        break;
    case '%':
        failed = _PyUnicodeWriter_WriteChar(writer, '%');
        break;
    default:
        return 0;
    }
    return failed < 0 ? -1 : 1;
}

/* The stretch up to the next %. Its end, NULL with ValueError if it is not ASCII. */
static const char *
write_literal(_PyUnicodeWriter *writer, const char *text)
{
    const char *end = text;
    for (; *end && *end != '%'; end++)
        if ((unsigned char)*end > 127) {
            PyErr_Format(PyExc_ValueError,
                         "PyUnicode_FromFormatV() expects an ASCII-encoded format string, "
                         "got a non-ASCII byte: 0x%02x",
                         (unsigned char)*end);
            return NULL;
        }
    if (*end == 0)
        writer->overallocate = 0;
    return _PyUnicodeWriter_WriteASCIIString(writer, text, end - text) < 0 ? NULL : end;
}

PyObject *
PyUnicode_FromFormatV(const char *format, va_list vargs)
{
    va_list args;
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    writer.min_length = (Py_ssize_t)strlen(format) + 100;
    writer.overallocate = 1;
    va_copy(args, vargs);
    while (*format) {
        if (*format != '%') {
            format = write_literal(&writer, format);
            if (format == NULL)
                goto failed;
            continue;
        }
        Spec spec;
        const char *next = read_spec(format + 1, &spec);
        if (next == NULL)
            goto failed;
        if (*next == 0)
            writer.overallocate = 0;
        int written = write_argument(&writer, &spec, &args);
        if (written < 0)
            goto failed;
        if (!written) {
            Py_ssize_t rest = (Py_ssize_t)strlen(format);
            if (_PyUnicodeWriter_WriteLatin1String(&writer, format, rest) < 0)
                goto failed;
            break;
        }
        format = next;
    }
    va_end(args);
    return _PyUnicodeWriter_Finish(&writer);
failed:
    va_end(args);
    _PyUnicodeWriter_Dealloc(&writer);
    return NULL;
}

PyObject *
PyUnicode_FromFormat(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    PyObject *str = PyUnicode_FromFormatV(format, args);
    va_end(args);
    return str;
}
