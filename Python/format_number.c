/* SPDX-License-Identifier: MIT */
/* Formatting int, float and complex by a format specification.
 *
 * A number is rendered as ASCII: sign, prefix, whole digits, the rest. Then digits are grouped,
 * zeros filled in, and the result padded. Group separators and the decimal point stand as marks
 * until the end, because a locale's ("n") may be any string. */
#include "Python.h"
#include "pycore_fileutils.h"
#include "pycore_floatobject.h"
#include "pycore_long.h"
#include "ks_format.h"

#include <locale.h>

/* --- Separators --------------------------------------------------------------------------------- */

enum { MARK_GROUP = '\1', MARK_POINT = '\2' };

typedef struct Separators {
    PyObject *point;      /* NULL: "." */
    PyObject *group;      /* NULL: the character below, 0 for none */
    char group_char;
    char sizes[16];       /* digits a group from the right; the last repeats, CHAR_MAX ends */
} Separators;

static void
separators_clear(Separators *separators)
{
    Py_CLEAR(separators->point);
    Py_CLEAR(separators->group);
}

static int
separators_init(Separators *separators, const KsFormatSpec *spec)
{
    *separators = (Separators){.point = NULL};
    if (spec->type == 'n') {
        struct lconv *locale = localeconv();
        strncpy(separators->sizes, locale->grouping, sizeof(separators->sizes) - 1);
        return _Py_GetLocaleconvNumeric(locale, &separators->point, &separators->group);
    }
    separators->group_char = spec->grouping;
    if (spec->grouping) {
        int is_binary = spec->type == 'b' || spec->type == 'o' || spec->type == 'x' ||
                        spec->type == 'X';
        separators->sizes[0] = is_binary ? 4 : 3;
    }
    return 0;
}

static Py_ssize_t
group_width(const Separators *separators)
{
    return separators->group ? PyUnicode_GET_LENGTH(separators->group)
                             : separators->group_char != 0;
}

/* --- Rendering a part ------------------------------------------------------------------------------ */

/* One number's text before layout. */
typedef struct NumberText {
    char sign;              /* 0 for none */
    const char *prefix;     /* "0x" and the like */
    Py_ssize_t prefix_length;
    const char *digits;     /* whole digits, none for inf and nan */
    Py_ssize_t digit_count;
    int has_point;
    const char *rest;       /* fraction, exponent, percent sign; "inf" */
    Py_ssize_t rest_length;
} NumberText;

/* The buffer a laid out number is written into; grows from the right for the digits. */
typedef struct Layout {
    char *text;
    Py_ssize_t length;
    Py_ssize_t groups; /* MARK_GROUPs in it */
} Layout;

/* Writes digits with group marks and leading zeros up to least_width (in characters of the final
 * text) backwards from `end`; the first character. */
static char *
group_digits(char *end, const NumberText *number, const Separators *separators,
             Py_ssize_t least_width, Py_ssize_t *groups)
{
    const char *size = separators->sizes, *from = number->digits + number->digit_count;
    Py_ssize_t left = number->digit_count, width = group_width(separators), run = *size;
    char *to = end;
    while (left > 0 || least_width > 0) {
        Py_ssize_t want = left > least_width ? left : least_width;
        if (run <= 0 || run == CHAR_MAX || want < run)
            run = want;
        for (Py_ssize_t i = 0; i < run; i++, left--)
            *--to = left > 0 ? *--from : '0';
        left = left < 0 ? 0 : left;
        least_width -= run;
        if (left <= 0 && least_width <= 0)
            break;
        if (width > 0) {
            *--to = MARK_GROUP;
            ++*groups;
            least_width -= width;
            least_width = least_width < 1 && left <= 0 ? 1 : least_width;
        }
        if (size[0] != '\0' && size[1] != '\0')
            size++;
        run = *size;
    }
    return to;
}

/* Lays a number out without outer padding. -1 with MemoryError. */
static int
layout_make(Layout *out, const NumberText *number, const KsFormatSpec *spec,
            const Separators *separators)
{
    Py_ssize_t point_width = !number->has_point ? 0
                           : separators->point  ? PyUnicode_GET_LENGTH(separators->point)
                                                : 1;
    Py_ssize_t fixed = (number->sign != 0) + number->prefix_length + point_width +
                       number->rest_length;
    Py_ssize_t least = 0, filled = 0;
    if (spec->align == '=' && spec->width > fixed) {
        if (spec->fill == '0' && number->digit_count > 0)
            least = spec->width - fixed;
        else
            filled = spec->width - fixed - number->digit_count;
    }
    if (filled < 0 || spec->fill > 127)
        filled = 0; /* wide fill characters are inserted by the writer */
    Py_ssize_t digits = number->digit_count > least ? number->digit_count : least;
    Py_ssize_t room = fixed + 2 * digits + filled + 8;
    char *block = PyMem_Malloc((size_t)room);
    if (block == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    char *end = block + room - number->rest_length, *to = end;
    memcpy(end, number->rest, (size_t)number->rest_length);
    if (number->has_point)
        *--to = MARK_POINT;
    out->groups = 0;
    if (group_width(separators) > 0 && number->digit_count > 0) {
        to = group_digits(to, number, separators, least, &out->groups);
    }
    else {
        to -= number->digit_count;
        memcpy(to, number->digits, (size_t)number->digit_count);
        for (Py_ssize_t i = number->digit_count; i < least; i++)
            *--to = '0';
    }
    if (filled > 0)
        filled -= out->groups * group_width(separators);
    for (; filled > 0; filled--)
        *--to = (char)spec->fill;
    to -= number->prefix_length;
    memcpy(to, number->prefix, (size_t)number->prefix_length);
    if (number->sign)
        *--to = number->sign;
    out->length = block + room - to;
    memmove(block, to, (size_t)out->length);
    out->text = block;
    return 0;
}

/* How many characters the layout will have once its marks are replaced. */
static Py_ssize_t
layout_width(const Layout *layout, const NumberText *number, const Separators *separators)
{
    Py_ssize_t width = layout->length;
    if (separators->group != NULL)
        width += layout->groups * (PyUnicode_GET_LENGTH(separators->group) - 1);
    if (separators->point != NULL && number->has_point)
        width += PyUnicode_GET_LENGTH(separators->point) - 1;
    return width;
}

static int
layout_write(_PyUnicodeWriter *writer, const Layout *layout, const Separators *separators)
{
    if (separators->point == NULL) {
        for (Py_ssize_t i = 0; i < layout->length; i++) {
            if (layout->text[i] == MARK_GROUP)
                layout->text[i] = separators->group_char;
            else if (layout->text[i] == MARK_POINT)
                layout->text[i] = '.';
        }
        return _PyUnicodeWriter_WriteASCIIString(writer, layout->text, layout->length);
    }
    for (Py_ssize_t i = 0; i < layout->length; i++) {
        char c = layout->text[i];
        int status = c == MARK_GROUP ? _PyUnicodeWriter_WriteStr(writer, separators->group)
                   : c == MARK_POINT ? _PyUnicodeWriter_WriteStr(writer, separators->point)
                                     : _PyUnicodeWriter_WriteChar(writer, (Py_UCS4)c);
        if (status < 0)
            return -1;
    }
    return 0;
}

/* Writes one number with sign, grouping and padding. */
static int
number_write(_PyUnicodeWriter *writer, const NumberText *number, const KsFormatSpec *spec,
             const Separators *separators)
{
    Layout layout;
    if (layout_make(&layout, number, spec, separators) < 0)
        return -1;
    Py_ssize_t width = layout_width(&layout, number, separators), right;
    Py_ssize_t left = ks_format_padding(spec, width, &right);
    int status = 0;
    if (spec->align == '=' && right > 0) {
        /* Only a fill that is not ASCII is still missing: it goes behind sign and prefix. */
        Py_ssize_t head = (number->sign != 0) + number->prefix_length;
        Layout first = {layout.text, head, 0}, second = {layout.text + head,
                                                         layout.length - head, layout.groups};
        status = layout_write(writer, &first, separators) < 0 ||
                         ks_format_fill(writer, spec->fill, right) < 0 ||
                         layout_write(writer, &second, separators) < 0 ? -1 : 0;
    }
    else {
        status = ks_format_fill(writer, spec->fill, left) < 0 ||
                         layout_write(writer, &layout, separators) < 0 ||
                         ks_format_fill(writer, spec->fill, right) < 0 ? -1 : 0;
    }
    PyMem_Free(layout.text);
    return status;
}

static char
sign_for(int is_negative, char wanted)
{
    return is_negative ? '-' : wanted == '+' || wanted == ' ' ? wanted : 0;
}

/* --- int ----------------------------------------------------------------------------------------------- */

static int
refuse_value(const char *message)
{
    PyErr_SetString(PyExc_ValueError, message);
    return -1;
}

/* Type 'c': one character, right-aligned as numbers are. */
static int
format_char(_PyUnicodeWriter *writer, PyObject *object, const KsFormatSpec *spec)
{
    if (spec->sign)
        return refuse_value("Sign not allowed with integer format specifier 'c'");
    if (spec->is_alternate)
        return refuse_value("Alternate form (#) not allowed with integer format specifier 'c'");
    long value = PyLong_AsLong(object);
    if (value == -1 && PyErr_Occurred())
        return -1;
    if (value < 0 || value > 0x10ffff) {
        PyErr_SetString(PyExc_OverflowError, "%c arg not in range(0x110000)");
        return -1;
    }
    KsFormatSpec plain = *spec;
    if (plain.align == '=')
        plain.align = '>';
    Py_ssize_t right, left = ks_format_padding(&plain, 1, &right);
    if (ks_format_fill(writer, plain.fill, left) < 0 ||
        _PyUnicodeWriter_WriteChar(writer, (Py_UCS4)value) < 0)
        return -1;
    return ks_format_fill(writer, plain.fill, right);
}

static int
format_int(_PyUnicodeWriter *writer, PyObject *object, const KsFormatSpec *spec)
{
    if (spec->precision >= 0)
        return refuse_value("Precision not allowed in integer format specifier");
    if (spec->no_negative_zero)
        return refuse_value("Negative zero coercion (z) not allowed in integer format specifier");
    if (spec->type == 'c')
        return format_char(writer, object, spec);
    int base = spec->type == 'b' ? 2 : spec->type == 'o' ? 8
             : spec->type == 'x' || spec->type == 'X' ? 16 : 10;
    KS_OWNED PyObject *text = _PyLong_Format(object, base);
    if (text == NULL)
        return -1;
    char *data = (char *)PyUnicode_1BYTE_DATA(text);
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    NumberText number = {.sign = sign_for(*data == '-', spec->sign), .prefix = "", .rest = ""};
    data += *data == '-';
    length -= data - (char *)PyUnicode_1BYTE_DATA(text);
    char upper[2];
    if (base != 10) {
        number.prefix = data;
        number.prefix_length = spec->is_alternate ? 2 : 0;
        data += 2;
        length -= 2;
    }
    if (spec->type == 'X') { /* the text is ours alone: two digits at least were just made */
        upper[0] = '0', upper[1] = 'X';
        number.prefix = upper;
        for (Py_ssize_t i = 0; i < length; i++)
            data[i] = Py_TOUPPER(data[i]);
    }
    number.digits = data;
    number.digit_count = length;
    Separators separators;
    if (separators_init(&separators, spec) < 0)
        return -1;
    int status = number_write(writer, &number, spec, &separators);
    separators_clear(&separators);
    return status;
}

/* --- float --------------------------------------------------------------------------------------------- */

/* Splits what PyOS_double_to_string() wrote; the sign is taken off it. */
static NumberText
number_of_text(const char *text, char wanted_sign)
{
    NumberText number = {.sign = sign_for(*text == '-', wanted_sign), .prefix = ""};
    text += *text == '-';
    number.digits = text;
    while (Py_ISDIGIT(*text))
        text++;
    number.digit_count = text - number.digits;
    number.has_point = *text == '.';
    text += *text == '.';
    number.rest = text;
    number.rest_length = (Py_ssize_t)strlen(text);
    return number;
}

static int
is_float_type(Py_UCS4 type)
{
    return type == '\0' || type == 'e' || type == 'E' || type == 'f' || type == 'F' ||
           type == 'g' || type == 'G' || type == 'n' || type == '%';
}

/* The text of one double by a spec; for PyMem_Free(). bare_flags apply when no type was given. */
static char *
double_text(double value, const KsFormatSpec *spec, int bare_flags)
{
    int flags = (spec->is_alternate ? Py_DTSF_ALT : 0) |
                (spec->no_negative_zero ? Py_DTSF_NO_NEG_0 : 0);
    Py_UCS4 type = spec->type;
    Py_ssize_t precision = spec->precision;
    if (precision > INT_MAX) {
        PyErr_SetString(PyExc_ValueError, "precision too big");
        return NULL;
    }
    if (type == '\0') {
        flags |= bare_flags;
        type = precision < 0 ? 'r' : 'g';
        precision = precision < 0 ? 0 : precision;
    }
    else if (type == 'n') {
        type = 'g';
    }
    else if (type == '%') {
        type = 'f';
        value *= 100;
    }
    if (precision < 0)
        precision = 6;
    char *text = PyOS_double_to_string(value, (char)type, (int)precision, flags, NULL);
    if (text != NULL && spec->type == '%') {
        size_t length = strlen(text);
        char *longer = PyMem_Realloc(text, length + 2);
        if (longer == NULL) {
            PyMem_Free(text);
            PyErr_NoMemory();
            return NULL;
        }
        text = longer;
        strcpy(text + length, "%");
    }
    return text;
}

static int
format_double(_PyUnicodeWriter *writer, double value, const KsFormatSpec *spec)
{
    char *text = double_text(value, spec, Py_DTSF_ADD_DOT_0);
    if (text == NULL)
        return -1;
    NumberText number = number_of_text(text, spec->sign);
    Separators separators;
    int status = separators_init(&separators, spec);
    if (status == 0) {
        status = number_write(writer, &number, spec, &separators);
        separators_clear(&separators);
    }
    PyMem_Free(text);
    return status;
}

/* --- complex ------------------------------------------------------------------------------------------- */

/* Both parts without padding into a writer of their own. */
static int
write_parts(_PyUnicodeWriter *writer, Py_complex value, const KsFormatSpec *spec)
{
    int is_bare = spec->type == '\0', status = -1;
    int skip_real = is_bare && value.real == 0.0 && copysign(1.0, value.real) == 1.0;
    KsFormatSpec part = *spec;
    Separators separators;
    part.width = -1;
    char *imag = NULL, *real = double_text(value.real, spec, 0);
    if (real == NULL)
        return -1;
    imag = double_text(value.imag, spec, 0);
    if (imag == NULL || separators_init(&separators, spec) < 0)
        goto done;
    NumberText number = number_of_text(real, spec->sign);
    if (!skip_real && ((is_bare && _PyUnicodeWriter_WriteChar(writer, '(') < 0) ||
                       number_write(writer, &number, &part, &separators) < 0))
        goto clear;
    number = number_of_text(imag, skip_real ? spec->sign : '+');
    if (number_write(writer, &number, &part, &separators) < 0 ||
        _PyUnicodeWriter_WriteChar(writer, 'j') < 0)
        goto clear;
    status = !skip_real && is_bare ? _PyUnicodeWriter_WriteChar(writer, ')') : 0;
clear:
    separators_clear(&separators);
done:
    PyMem_Free(real);
    PyMem_Free(imag);
    return status;
}

static int
format_complex(_PyUnicodeWriter *writer, Py_complex value, const KsFormatSpec *spec)
{
    if (spec->fill == '0')
        return refuse_value("Zero padding is not allowed in complex format specifier");
    if (spec->align == '=')
        return refuse_value("'=' alignment flag is not allowed in complex format specifier");
    _PyUnicodeWriter parts;
    _PyUnicodeWriter_Init(&parts);
    parts.overallocate = 1;
    if (write_parts(&parts, value, spec) < 0) {
        _PyUnicodeWriter_Dealloc(&parts);
        return -1;
    }
    KS_OWNED PyObject *text = _PyUnicodeWriter_Finish(&parts);
    if (text == NULL)
        return -1;
    Py_ssize_t right, left = ks_format_padding(spec, PyUnicode_GET_LENGTH(text), &right);
    if (ks_format_fill(writer, spec->fill, left) < 0 || _PyUnicodeWriter_WriteStr(writer, text) < 0)
        return -1;
    return ks_format_fill(writer, spec->fill, right);
}

/* --- Entry points ---------------------------------------------------------------------------------------- */

static int
write_str_of(_PyUnicodeWriter *writer, PyObject *object)
{
    KS_OWNED PyObject *str = PyObject_Str(object);
    return str == NULL ? -1 : _PyUnicodeWriter_WriteStr(writer, str);
}

int
_PyLong_FormatAdvancedWriter(_PyUnicodeWriter *writer, PyObject *object, PyObject *spec,
                             Py_ssize_t start, Py_ssize_t end)
{
    KsFormatSpec parsed;
    if (start == end) {
        if (PyLong_CheckExact(object))
            return _PyLong_FormatWriter(writer, object, 10, 0);
        return write_str_of(writer, object);
    }
    if (ks_format_parse(&parsed, object, spec, start, end, 'd', '>') < 0)
        return -1;
    switch (parsed.type) {
    case 'b':
    case 'c':
    case 'd':
    case 'o':
    case 'x':
    case 'X':
    case 'n':
        return format_int(writer, object, &parsed);
    default:
        break;
    }
    if (!is_float_type(parsed.type) || parsed.type == '\0')
        return ks_format_refuse_type(parsed.type, object);
    double value = PyLong_AsDouble(object);
    if (value == -1.0 && PyErr_Occurred())
        return -1;
    return format_double(writer, value, &parsed);
}

int
_PyFloat_FormatAdvancedWriter(_PyUnicodeWriter *writer, PyObject *object, PyObject *spec,
                              Py_ssize_t start, Py_ssize_t end)
{
    KsFormatSpec parsed;
    if (start == end)
        return write_str_of(writer, object);
    if (ks_format_parse(&parsed, object, spec, start, end, '\0', '>') < 0)
        return -1;
    if (!is_float_type(parsed.type))
        return ks_format_refuse_type(parsed.type, object);
    return format_double(writer, PyFloat_AS_DOUBLE(object), &parsed);
}

int
_PyComplex_FormatAdvancedWriter(_PyUnicodeWriter *writer, PyObject *object, PyObject *spec,
                                Py_ssize_t start, Py_ssize_t end)
{
    KsFormatSpec parsed;
    if (start == end)
        return write_str_of(writer, object);
    if (ks_format_parse(&parsed, object, spec, start, end, '\0', '>') < 0)
        return -1;
    if (!is_float_type(parsed.type) || parsed.type == '%')
        return ks_format_refuse_type(parsed.type, object);
    return format_complex(writer, ((PyComplexObject *)object)->cval, &parsed);
}
