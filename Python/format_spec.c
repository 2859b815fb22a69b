/* SPDX-License-Identifier: MIT */
/* Format specifications: parsing, padding, and their application to str. */
#include "Python.h"
#include "pycore_unicodeobject.h"
#include "ks_format.h"

/* --- Parsing ------------------------------------------------------------------------------------ */

typedef struct SpecText {
    int kind;
    const void *data;
    Py_ssize_t at;
    Py_ssize_t end;
} SpecText;

/* The character `ahead` places from here; 0 past the end. */
KS_INLINE Py_UCS4
peek(const SpecText *text, Py_ssize_t ahead)
{
    return text->at + ahead < text->end
               ? PyUnicode_READ(text->kind, text->data, text->at + ahead) : 0;
}

static int
accept(SpecText *text, Py_UCS4 wanted)
{
    if (text->at >= text->end || peek(text, 0) != wanted)
        return 0;
    text->at++;
    return 1;
}

static int
is_align(Py_UCS4 c)
{
    return c == '<' || c == '>' || c == '=' || c == '^';
}

/* A decimal number, -1 if there is none; -2 with ValueError. Any Unicode decimals do. */
static Py_ssize_t
parse_number(SpecText *text)
{
    Py_ssize_t number = -1;
    for (; text->at < text->end; text->at++) {
        int value = Py_UNICODE_TODECIMAL(peek(text, 0));
        if (value < 0)
            break;
        if (number < 0)
            number = 0;
        if (number > (PY_SSIZE_T_MAX - value) / 10) {
            PyErr_SetString(PyExc_ValueError, "Too many decimal digits in format string");
            return -2;
        }
        number = number * 10 + value;
    }
    return number;
}

KS_COLD int
ks_format_refuse_type(Py_UCS4 type, PyObject *object)
{
    if (type > 32 && type < 128)
        PyErr_Format(PyExc_ValueError, "Unknown format code '%c' for object of type '%.200s'",
                     (char)type, Py_TYPE(object)->tp_name);
    else
        PyErr_Format(PyExc_ValueError, "Unknown format code '\\x%x' for object of type '%.200s'",
                     (unsigned)type, Py_TYPE(object)->tp_name);
    return -1;
}

/* Only some types can be grouped; the binary ones only by underscores. */
static int
check_grouping(const KsFormatSpec *spec)
{
    switch (spec->type) {
    case 'd':
    case 'e':
    case 'f':
    case 'g':
    case 'E':
    case 'G':
    case '%':
    case 'F':
    case '\0':
        return 0;
    case 'b':
    case 'o':
    case 'x':
    case 'X':
        if (spec->grouping == '_')
            return 0;
        /* fall through */
    default:
        break;
    }
    if (spec->type > 32 && spec->type < 128)
        PyErr_Format(PyExc_ValueError, "Cannot specify '%c' with '%c'.", spec->grouping,
                     (char)spec->type);
    else
        PyErr_Format(PyExc_ValueError, "Cannot specify '%c' with '\\x%x'.", spec->grouping,
                     (unsigned)spec->type);
    return -1;
}

static int
parse_grouping(KsFormatSpec *out, SpecText *text)
{
    if (accept(text, ','))
        out->grouping = ',';
    if (accept(text, '_')) {
        if (out->grouping)
            goto both;
        out->grouping = '_';
        if (peek(text, 0) == ',')
            goto both;
    }
    return 0;
both:
    PyErr_SetString(PyExc_ValueError, "Cannot specify both ',' and '_'.");
    return -1;
}

static void
parse_alignment(KsFormatSpec *out, SpecText *text, char default_align)
{
    int has_fill = 0, has_align = 1;
    if (text->end - text->at >= 2 && is_align(peek(text, 1))) {
        out->fill = peek(text, 0);
        out->align = (char)peek(text, 1);
        has_fill = 1;
        text->at += 2;
    }
    else if (is_align(peek(text, 0))) {
        out->align = (char)peek(text, 0);
        text->at++;
    }
    else {
        has_align = 0;
    }
    Py_UCS4 sign = peek(text, 0);
    if (sign == ' ' || sign == '+' || sign == '-') {
        out->sign = (char)sign;
        text->at++;
    }
    out->no_negative_zero = (char)accept(text, 'z');
    out->is_alternate = (char)accept(text, '#');
    if (!has_fill && accept(text, '0')) {
        out->fill = '0';
        if (!has_align && default_align == '>')
            out->align = '=';
    }
}

int
ks_format_parse(KsFormatSpec *out, PyObject *object, PyObject *spec, Py_ssize_t start,
                Py_ssize_t end, Py_UCS4 default_type, char default_align)
{
    SpecText text = {PyUnicode_KIND(spec), PyUnicode_DATA(spec), start, end};
    *out = (KsFormatSpec){.fill = ' ', .align = default_align, .precision = -1,
                          .type = default_type};
    parse_alignment(out, &text, default_align);
    out->width = parse_number(&text);
    if (out->width == -2 || parse_grouping(out, &text) < 0)
        return -1;
    if (accept(&text, '.')) {
        out->precision = parse_number(&text);
        if (out->precision < 0) {
            if (out->precision == -1)
                PyErr_SetString(PyExc_ValueError, "Format specifier missing precision");
            return -1;
        }
    }
    if (text.end - text.at > 1) {
        KS_OWNED PyObject *shown = PyUnicode_Substring(spec, start, end);
        if (shown != NULL)
            PyErr_Format(PyExc_ValueError,
                         "Invalid format specifier '%U' for object of type '%.200s'", shown,
                         Py_TYPE(object)->tp_name);
        return -1;
    }
    if (text.end - text.at == 1)
        out->type = peek(&text, 0);
    return out->grouping ? check_grouping(out) : 0;
}

/* --- Padding ---------------------------------------------------------------------------------------- */

Py_ssize_t
ks_format_padding(const KsFormatSpec *spec, Py_ssize_t length, Py_ssize_t *right)
{
    Py_ssize_t total = spec->width > length ? spec->width - length : 0;
    Py_ssize_t left = spec->align == '>' ? total : spec->align == '^' ? total / 2 : 0;
    *right = total - left;
    return left;
}

int
ks_format_fill(_PyUnicodeWriter *writer, Py_UCS4 fill, Py_ssize_t count)
{
    if (count <= 0)
        return 0;
    if (_PyUnicodeWriter_Prepare(writer, count, fill) < 0)
        return -1;
    int kind = writer->kind;
    if (kind == PyUnicode_1BYTE_KIND)
        memset((char *)writer->data + writer->pos, (int)fill, (size_t)count);
    for (Py_ssize_t i = 0; kind != PyUnicode_1BYTE_KIND && i < count; i++)
        PyUnicode_WRITE(kind, writer->data, writer->pos + i, fill);
    writer->pos += count;
    return 0;
}

/* --- str ---------------------------------------------------------------------------------------------- */

static int
check_str_spec(const KsFormatSpec *spec)
{
    const char *refusal = NULL;
    if (spec->sign)
        refusal = spec->sign == ' ' ? "Space not allowed in string format specifier"
                                    : "Sign not allowed in string format specifier";
    else if (spec->no_negative_zero)
        refusal = "Negative zero coercion (z) not allowed in string format specifier";
    else if (spec->is_alternate)
        refusal = "Alternate form (#) not allowed in string format specifier";
    else if (spec->align == '=')
        refusal = "'=' alignment not allowed in string format specifier";
    if (refusal == NULL)
        return 0;
    PyErr_SetString(PyExc_ValueError, refusal);
    return -1;
}

/* Appends a str (or a subclass instance) as spec[start:end] wants it. */
int
_PyUnicode_FormatAdvancedWriter(_PyUnicodeWriter *writer, PyObject *object, PyObject *spec,
                                Py_ssize_t start, Py_ssize_t end)
{
    if (start == end) {
        if (PyUnicode_CheckExact(object))
            return _PyUnicodeWriter_WriteStr(writer, object);
        KS_OWNED PyObject *str = PyObject_Str(object);
        return str == NULL ? -1 : _PyUnicodeWriter_WriteStr(writer, str);
    }
    KsFormatSpec parsed;
    if (ks_format_parse(&parsed, object, spec, start, end, 's', '<') < 0)
        return -1;
    if (parsed.type != 's')
        return ks_format_refuse_type(parsed.type, object);
    if (check_str_spec(&parsed) < 0 || PyUnicode_READY(object) < 0)
        return -1;
    Py_ssize_t length = PyUnicode_GET_LENGTH(object), right;
    if (parsed.precision >= 0 && length > parsed.precision)
        length = parsed.precision;
    Py_ssize_t left = ks_format_padding(&parsed, length, &right);
    if (ks_format_fill(writer, parsed.fill, left) < 0 ||
        _PyUnicodeWriter_WriteSubstring(writer, object, 0, length) < 0)
        return -1;
    return ks_format_fill(writer, parsed.fill, right);
}
