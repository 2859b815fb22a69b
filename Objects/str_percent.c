/* SPDX-License-Identifier: MIT */
/* str: the % operator.
 *
 * A directive is read into a Directive, its argument turned into text (or written right away,
 * where no width, precision or flag is in the way), then laid out: sign, base prefix, fill. */
#include "Python.h"
#include "pycore_format.h"
#include "pycore_long.h"
#include "ks_base.h"
#include "ks_int.h"
#include "ks_str.h"

#include <limits.h>
#include <string.h>

/* What is being formatted. */
typedef struct Format {
    PyObject *format; /* borrowed, ready */
    int kind;
    const void *data;
    Py_ssize_t at, length;
    _PyUnicodeWriter writer;
    /* Arguments: a tuple, or one object that counts as the only argument. */
    PyObject *args;
    PyObject *owned; /* owned; args after a mapping key */
    Py_ssize_t next, count; /* count -1: args is the only argument; next is then -2, after use -1 */
    PyObject *mapping;      /* borrowed, NULL unless keys can be looked up */
} Format;

typedef struct Directive {
    Py_UCS4 code;
    int flags;
    Py_ssize_t width;
    int precision; /* -1: not given */
    Py_ssize_t code_index;
    int sign; /* the text is a number and may bear a sign */
} Directive;

static PyObject *
next_argument(Format *f)
{
    if (f->count < 0) {
        if (f->next == -2) {
            f->next = -1;
            return f->args;
        }
    }
    else if (f->next < f->count)
        return PyTuple_GET_ITEM(f->args, f->next++);
    PyErr_SetString(PyExc_TypeError, "not enough arguments for format string");
    return NULL;
}

/* Next character of the directive. 0 with ValueError at the end. */
static int
next_char(Format *f, Py_UCS4 *ch)
{
    if (f->at >= f->length) {
        PyErr_SetString(PyExc_ValueError, "incomplete format");
        return -1;
    }
    *ch = ks_read(f->kind, f->data, f->at++);
    return 0;
}

/* "(key)": looks the key up; the value becomes the only argument. */
static int
read_key(Format *f)
{
    if (f->mapping == NULL) {
        PyErr_SetString(PyExc_TypeError, "format requires a mapping");
        return -1;
    }
    Py_ssize_t start = f->at;
    int depth = 1;
    while (depth > 0 && f->at < f->length) {
        Py_UCS4 ch = ks_read(f->kind, f->data, f->at++);
        depth += (ch == '(') - (ch == ')');
    }
    if (depth > 0) {
        PyErr_SetString(PyExc_ValueError, "incomplete format key");
        return -1;
    }
    KS_OWNED PyObject *key = PyUnicode_Substring(f->format, start, f->at - 1);
    if (key == NULL)
        return -1;
    PyObject *value = PyObject_GetItem(f->mapping, key);
    if (value == NULL)
        return -1;
    Py_XSETREF(f->owned, value);
    f->args = value;
    f->count = -1;
    f->next = -2;
    return 0;
}

static Py_UCS4
read_flags(Format *f, Directive *d)
{
    Py_UCS4 ch;
    while (next_char(f, &ch) == 0) {
        switch (ch) {
        case '-':
            d->flags |= F_LJUST;
            break;
        case '+':
            d->flags |= F_SIGN;
            break;
        case ' ':
            d->flags |= F_BLANK;
            break;
        case '#':
            d->flags |= F_ALT;
            break;
        case '0':
            d->flags |= F_ZERO;
            break;
        default:
            return ch;
        }
    }
    return (Py_UCS4)-1;
}

/* Digits that start with *ch, up to max; leaves the next character in *ch. -1 on failure. */
static Py_ssize_t
read_digits(Format *f, Py_UCS4 *ch, Py_ssize_t max, const char *complaint)
{
    Py_ssize_t value = 0;
    while (*ch >= '0' && *ch <= '9') {
        int digit = (int)*ch - '0';
        if (value > (max - digit) / 10) {
            PyErr_SetString(PyExc_ValueError, complaint);
            return -1;
        }
        value = value * 10 + digit;
        if (next_char(f, ch) < 0)
            return -1;
    }
    return value;
}

static PyObject *
star_argument(Format *f)
{
    PyObject *value = next_argument(f);
    if (value != NULL && !PyLong_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "* wants int");
        return NULL;
    }
    return value;
}

static int
read_width(Format *f, Directive *d, Py_UCS4 *ch)
{
    if (*ch == '*') {
        PyObject *value = star_argument(f);
        if (value == NULL)
            return -1;
        d->width = PyLong_AsSsize_t(value);
        if (d->width == -1 && PyErr_Occurred())
            return -1;
        if (d->width < 0) {
            d->flags |= F_LJUST;
            d->width = -d->width;
        }
        return next_char(f, ch);
    }
    if (*ch >= '0' && *ch <= '9') {
        d->width = read_digits(f, ch, PY_SSIZE_T_MAX, "width too big");
        return d->width < 0 ? -1 : 0;
    }
    return 0;
}

static int
read_precision(Format *f, Directive *d, Py_UCS4 *ch)
{
    if (*ch != '.')
        return 0;
    d->precision = 0;
    if (next_char(f, ch) < 0)
        return -1;
    if (*ch == '*') {
        PyObject *value = star_argument(f);
        if (value == NULL)
            return -1;
        d->precision = _PyLong_AsInt(value);
        if (d->precision == -1 && PyErr_Occurred())
            return -1;
        d->precision = Py_MAX(d->precision, 0);
        return next_char(f, ch);
    }
    Py_ssize_t value = read_digits(f, ch, INT_MAX, "precision too big");
    d->precision = (int)value;
    return value < 0 ? -1 : 0;
}

/* Reads a directive behind its %. */
static int
read_directive(Format *f, Directive *d)
{
    *d = (Directive){.width = -1, .precision = -1};
    if (f->at < f->length && ks_read(f->kind, f->data, f->at) == '(') {
        f->at++;
        if (read_key(f) < 0)
            return -1;
    }
    Py_UCS4 ch = read_flags(f, d);
    if (ch == (Py_UCS4)-1 || read_width(f, d, &ch) < 0 || read_precision(f, d, &ch) < 0)
        return -1;
    if ((ch == 'h' || ch == 'l' || ch == 'L') && next_char(f, &ch) < 0)
        return -1;
    d->code = ch;
    d->code_index = f->at - 1;
    return 0;
}

/* --- arguments to text --- */

static PyObject *
wrong_type(const Directive *d, PyObject *value)
{
    if (d->code == 'x' || d->code == 'X' || d->code == 'o')
        PyErr_Format(PyExc_TypeError, "%%%c format: an integer is required, not %.200s",
                     (int)d->code, Py_TYPE(value)->tp_name);
    else
        PyErr_Format(PyExc_TypeError, "%%%c format: a real number is required, not %.200s",
                     (int)d->code, Py_TYPE(value)->tp_name);
    return NULL;
}

/* The argument of an integer format as int. */
static PyObject *
to_int(const Directive *d, PyObject *value)
{
    if (PyLong_Check(value))
        return Py_NewRef(value);
    if (!PyNumber_Check(value))
        return wrong_type(d, value);
    int exact = d->code == 'x' || d->code == 'X' || d->code == 'o';
    PyObject *number = exact ? PyNumber_Index(value) : PyNumber_Long(value);
    if (number == NULL && PyErr_ExceptionMatches(PyExc_TypeError))
        return wrong_type(d, value);
    return number;
}

/* Digits of an int for %d, %i, %u, %o, %x or %X: at least prec of them, behind sign and, if alt,
 * base prefix. */
PyObject *
_PyUnicode_FormatLong(PyObject *val, int alt, int prec, int type)
{
    if (prec > INT_MAX - 3) {
        PyErr_SetString(PyExc_OverflowError, "precision too large");
        return NULL;
    }
    int base = type == 'o' ? 8 : type == 'x' || type == 'X' ? 16 : 10;
    KS_OWNED PyObject *text = base == 10 ? PyNumber_ToBase(val, 10) : PyNumber_ToBase(val, base);
    if (text == NULL)
        return NULL;
    const char *digits = PyUnicode_AsUTF8(text);
    if (digits == NULL)
        return NULL;
    Py_ssize_t length = KS_STR_LENGTH(text);
    int negative = digits[0] == '-';
    int prefix = base == 10 ? 0 : 2;
    const char *number = digits + negative + prefix;
    Py_ssize_t count = length - negative - prefix, zeros = Py_MAX(prec - count, 0);
    Py_ssize_t head = negative + (alt ? prefix : 0);
    PyObject *result = PyUnicode_New(head + zeros + count, 127);
    if (result == NULL)
        return NULL;
    char *out = ks_str_data(result);
    memcpy(out, digits, (size_t)head);
    memset(out + head, '0', (size_t)zeros);
    memcpy(out + head + zeros, number, (size_t)count);
    if (type == 'X')
        for (Py_ssize_t i = 0; i < head + zeros + count; i++)
            out[i] = (char)Py_TOUPPER(out[i]);
    return result;
}

static PyObject *
int_text(const Directive *d, PyObject *value)
{
    KS_OWNED PyObject *number = to_int(d, value);
    if (number == NULL)
        return NULL;
    return _PyUnicode_FormatLong(number, d->flags & F_ALT, d->precision, (int)d->code);
}

static PyObject *
float_text(const Directive *d, PyObject *value)
{
    double x = PyFloat_AsDouble(value);
    if (x == -1.0 && PyErr_Occurred())
        return NULL;
    char *text = PyOS_double_to_string(x, (char)d->code, d->precision < 0 ? 6 : d->precision,
                                       d->flags & F_ALT ? Py_DTSF_ALT : 0, NULL);
    if (text == NULL)
        return NULL;
    PyObject *str = _PyUnicode_FromASCII(text, (Py_ssize_t)strlen(text));
    PyMem_Free(text);
    return str;
}

static PyObject *
char_text(PyObject *value)
{
    if (PyUnicode_Check(value)) {
        if (PyUnicode_READY(value) < 0)
            return NULL;
        if (KS_STR_LENGTH(value) == 1)
            return ks_str_from_char(PyUnicode_READ_CHAR(value, 0));
    }
    else if (PyLong_Check(value) || PyIndex_Check(value)) {
        KS_OWNED PyObject *number = PyNumber_Index(value);
        if (number == NULL)
            return NULL;
        int overflow;
        long x = PyLong_AsLongAndOverflow(number, &overflow);
        if (x == -1 && !overflow && PyErr_Occurred())
            return NULL;
        if (overflow || x < 0 || x > 0x10ffff) {
            PyErr_SetString(PyExc_OverflowError, "%c arg not in range(0x110000)");
            return NULL;
        }
        return ks_str_from_char((Py_UCS4)x);
    }
    PyErr_SetString(PyExc_TypeError, "%c requires int or char");
    return NULL;
}

/* Text of the argument, NULL with an exception. Sets d->sign for numbers. */
static PyObject *
argument_text(Directive *d, PyObject *value)
{
    switch (d->code) {
    case 's':
        return PyUnicode_CheckExact(value) ? Py_NewRef(value) : PyObject_Str(value);
    case 'r':
        return PyObject_Repr(value);
    case 'a':
        return PyObject_ASCII(value);
    case 'c':
        return char_text(value);
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X':
        d->sign = 1;
        return int_text(d, value);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        d->sign = 1;
        return float_text(d, value);
    default:
        PyErr_Format(PyExc_ValueError, "unsupported format character '%c' (0x%x) at index %zd",
                     d->code >= 31 && d->code <= 126 ? (int)d->code : '?', (int)d->code,
                     d->code_index);
        return NULL;
    }
}

/* --- layout --- */

static int
put_fill(_PyUnicodeWriter *writer, Py_UCS4 ch, Py_ssize_t count)
{
    if (count <= 0)
        return 0;
    if (_PyUnicodeWriter_Prepare(writer, count, ch) < 0)
        return -1;
    ks_fill((int)writer->kind, writer->data, ch, writer->pos, count);
    writer->pos += count;
    return 0;
}

static int
put_text(_PyUnicodeWriter *writer, const Directive *d, PyObject *text)
{
    Py_ssize_t start = 0, length = KS_STR_LENGTH(text);
    if (!d->sign && d->precision >= 0 && d->code != 'c')
        length = Py_MIN(length, d->precision);
    Py_UCS4 sign = 0;
    if (d->sign && length > 0) {
        Py_UCS4 first = PyUnicode_READ_CHAR(text, 0);
        if (first == '-' || first == '+') {
            sign = first;
            start = 1;
        }
        else
            sign = d->flags & F_SIGN ? '+' : d->flags & F_BLANK ? ' ' : 0;
    }
    int zero_fill = d->sign && (d->flags & F_ZERO);
    int prefix = d->sign && (d->flags & F_ALT) &&
                         (d->code == 'x' || d->code == 'X' || d->code == 'o')
                     ? 2
                     : 0;
    Py_ssize_t fill = d->width - (length - start) - (sign != 0);
    int fill_left = !(d->flags & F_LJUST);
    if (fill_left && !zero_fill && put_fill(writer, ' ', fill) < 0)
        return -1;
    if (sign != 0 && _PyUnicodeWriter_WriteChar(writer, sign) < 0)
        return -1;
    if (fill_left && zero_fill && fill > 0) {
        if (_PyUnicodeWriter_WriteSubstring(writer, text, start, start + prefix) < 0 ||
            put_fill(writer, '0', fill) < 0)
            return -1;
        start += prefix;
    }
    if (_PyUnicodeWriter_WriteSubstring(writer, text, start, length) < 0)
        return -1;
    return fill_left ? 0 : put_fill(writer, ' ', fill);
}

/* A decimal int of at most two digits of its own, laid out as put_text does. */
static int
put_short_int(_PyUnicodeWriter *writer, const Directive *d, int64_t value)
{
    char room[24], *end = room + sizeof(room), *first = end;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        *--first = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    char sign = value < 0 ? '-' : d->flags & F_SIGN ? '+' : d->flags & F_BLANK ? ' ' : 0;
    int fill_left = !(d->flags & F_LJUST), zero_fill = fill_left && d->flags & F_ZERO;
    if (sign != 0 && !zero_fill)
        *--first = sign;
    Py_ssize_t length = end - first + (sign != 0 && zero_fill);
    Py_ssize_t fill = Py_MAX(d->width - length, 0);
    if (_PyUnicodeWriter_Prepare(writer, fill + length, 127) < 0)
        return -1;
    int kind = (int)writer->kind;
    if (sign != 0 && zero_fill)
        ks_write(kind, writer->data, writer->pos++, (Py_UCS4)sign);
    if (fill_left) {
        ks_fill(kind, writer->data, zero_fill ? '0' : ' ', writer->pos, fill);
        writer->pos += fill;
    }
    ks_copy_chars(kind, ks_at(kind, writer->data, writer->pos), 1, first, end - first);
    writer->pos += end - first;
    return fill_left ? 0 : put_fill(writer, ' ', fill);
}

/* Plain ints need no text in between. 1 written, 0 not that simple, -1 with an exception. */
static int
put_plain_int(Format *f, const Directive *d, PyObject *value)
{
    if (!PyLong_CheckExact(value) || d->precision != -1)
        return 0;
    int base = d->code == 'd' || d->code == 'i' || d->code == 'u' ? 10
               : d->code == 'x'                                   ? 16
               : d->code == 'o'                                   ? 8
                                                                  : 0;
    if (base == 10 && ks_int_is_short((PyLongObject *)value))
        return put_short_int(&f->writer, d, ks_int_short_value((PyLongObject *)value)) < 0 ? -1 : 1;
    if (base == 0 || d->width != -1 || d->flags != 0)
        return 0;
    return _PyLong_FormatWriter(&f->writer, value, base, 0) < 0 ? -1 : 1;
}

static int
put_directive(Format *f)
{
    Directive d;
    if (f->at < f->length && ks_read(f->kind, f->data, f->at) == '%') {
        f->at++;
        return _PyUnicodeWriter_WriteChar(&f->writer, '%');
    }
    if (read_directive(f, &d) < 0)
        return -1;
    PyObject *value = next_argument(f);
    if (value == NULL)
        return -1;
    if (f->at == f->length)
        f->writer.overallocate = 0;
    int written = put_plain_int(f, &d, value);
    if (written != 0)
        return written < 0 ? -1 : 0;
    KS_OWNED PyObject *text = argument_text(&d, value);
    if (text == NULL || PyUnicode_READY(text) < 0)
        return -1;
    if (d.width == -1 && d.precision == -1 && d.flags == 0)
        return _PyUnicodeWriter_WriteStr(&f->writer, text);
    return put_text(&f->writer, &d, text);
}

static int
run(Format *f)
{
    while (f->at < f->length) {
        Py_ssize_t hit = ks_find_char(f->kind, ks_at(f->kind, f->data, f->at), f->length - f->at,
                                      '%', 1);
        Py_ssize_t stop = hit < 0 ? f->length : f->at + hit;
        if (stop > f->at) {
            if (stop == f->length)
                f->writer.overallocate = 0;
            if (_PyUnicodeWriter_WriteSubstring(&f->writer, f->format, f->at, stop) < 0)
                return -1;
        }
        f->at = stop;
        if (stop == f->length)
            break;
        f->at++;
        if (put_directive(f) < 0)
            return -1;
    }
    int unused = f->count < 0 ? f->next == -2 : f->next < f->count;
    if (unused && f->mapping == NULL) {
        PyErr_SetString(PyExc_TypeError, "not all arguments converted during string formatting");
        return -1;
    }
    return 0;
}

PyObject *
PyUnicode_Format(PyObject *format, PyObject *args)
{
    if (format == NULL || args == NULL) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if (!ks_str_check(format))
        return NULL;
    Format f = {
        .format = format,
        .kind = KS_STR_KIND(format),
        .data = ks_str_data(format),
        .length = KS_STR_LENGTH(format),
        .args = args,
        .next = -2,
        .count = -1,
    };
    if (PyTuple_Check(args)) {
        f.next = 0;
        f.count = PyTuple_GET_SIZE(args);
    }
    else if (PyMapping_Check(args) && !PyUnicode_Check(args))
        f.mapping = args;
    _PyUnicodeWriter_Init(&f.writer);
    f.writer.min_length = f.length + 100;
    f.writer.overallocate = 1;
    int failed = run(&f) < 0;
    Py_XDECREF(f.owned);
    if (failed) {
        _PyUnicodeWriter_Dealloc(&f.writer);
        return NULL;
    }
    return _PyUnicodeWriter_Finish(&f.writer);
}
