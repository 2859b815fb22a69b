/* SPDX-License-Identifier: MIT */
/* Floating-point text for C callers: PyOS_string_to_double, PyOS_double_to_string and friends.
 * Independent of the locale. */
#include "Python.h"
#include "pycore_dtoa.h"
#include "pycore_pymath.h"
#include "ks_float.h"

#include <errno.h>

/* --- Reading ---------------------------------------------------------------------------------- */

/* Whether text begins with word (lower case) in any case. */
static int
begins_with(const char *text, const char *word)
{
    while (*word && Py_TOLOWER(*text) == *word) {
        text++;
        word++;
    }
    return *word == '\0';
}

/* "inf", "infinity" or "nan" with optional sign, any case; *end is the text itself if it is
 * none of them, the result then -1.0. */
double
_Py_parse_inf_or_nan(const char *text, char **end)
{
    const char *at = text;
    int is_negative = *at == '-';
    at += *at == '-' || *at == '+';
    double value = -1.0;
    if (begins_with(at, "inf")) {
        at += begins_with(at + 3, "inity") ? 8 : 3;
        value = is_negative ? -Py_HUGE_VAL : Py_HUGE_VAL;
    }
    else if (begins_with(at, "nan")) {
        at += 3;
        value = copysign(Py_NAN, is_negative ? -1.0 : 1.0);
    }
    else {
        at = text;
    }
    *end = (char *)at;
    return value;
}

/* Without an end pointer the whole text must be a number. ValueError if there is none; on
 * overflow the given exception, or infinity if it is NULL. */
double
PyOS_string_to_double(const char *text, char **end, PyObject *overflow_exception)
{
    char *stop;
    double value = _Py_dg_strtod(text, &stop);
    int overflow = errno == ERANGE && isinf(value);
    if (stop == text) {
        value = _Py_parse_inf_or_nan(text, &stop);
        overflow = 0;
    }
    if (stop == text || (end == NULL && *stop != '\0')) {
        PyErr_Format(PyExc_ValueError, "could not convert string to float: '%.200s'", text);
        return -1.0;
    }
    if (overflow && overflow_exception != NULL) {
        PyErr_Format(overflow_exception, "value too large to convert to float: '%.200s'", text);
        return -1.0;
    }
    if (end != NULL)
        *end = stop;
    return value;
}

/* Calls inner with the text less its underscores, which must stand between digits. `what` and
 * `shown` make the message. */
PyObject *
_Py_string_to_number_with_underscores(const char *text, Py_ssize_t length, const char *what,
                                      PyObject *shown, void *arg,
                                      PyObject *(*inner)(const char *, Py_ssize_t, void *))
{
    if (KS_LIKELY(memchr(text, '_', (size_t)length) == NULL))
        return inner(text, length, arg);
    char *plain = PyMem_Malloc((size_t)length + 1), *to = plain;
    if (plain == NULL)
        return PyErr_NoMemory();
    PyObject *result = NULL;
    char previous = '\0';
    for (Py_ssize_t i = 0; i < length; i++) {
        char now = text[i];
        if (now == '\0' || (now == '_' && !Py_ISDIGIT(previous)) ||
            (previous == '_' && !Py_ISDIGIT(now)))
            goto malformed;
        if (now != '_')
            *to++ = now;
        previous = now;
    }
    if (previous == '_')
        goto malformed;
    *to = '\0';
    result = inner(plain, to - plain, arg);
    goto done;
malformed:
    PyErr_Format(PyExc_ValueError, "could not convert string to %s: %R", what, shown);
done:
    PyMem_Free(plain);
    return result;
}

/* --- Writing ------------------------------------------------------------------------------------ */

/* How decimal digits are laid out as text. */
typedef struct Layout {
    int first;     /* index of the first digit written; 0 or negative (leading zeros) */
    int point;     /* index of the decimal point */
    int end;       /* one past the last digit written */
    int exponent;  /* shown if has_exponent */
    int has_exponent;
    int has_point; /* even with no digit behind it */
    char mark;     /* 'e' or 'E' */
} Layout;

static char *
write_exponent(char *to, char mark, int exponent)
{
    *to++ = mark;
    *to++ = exponent < 0 ? '-' : '+';
    exponent = abs(exponent);
    if (exponent >= 100)
        *to++ = (char)('0' + exponent / 100);
    *to++ = (char)('0' + exponent / 10 % 10);
    *to++ = (char)('0' + exponent % 10);
    return to;
}

/* The digits with index from `low` to `high`, zeros outside the known ones. */
static char *
write_digits(char *to, const KsDecimal *decimal, int low, int high)
{
    for (; low < high && low < 0; low++)
        *to++ = '0';
    int known = high < decimal->count ? high : decimal->count;
    if (known > low) {
        memcpy(to, decimal->digits + low, (size_t)(known - low));
        to += known - low;
        low = known;
    }
    if (high > low) {
        memset(to, '0', (size_t)(high - low));
        to += high - low;
    }
    return to;
}

static char *
write_layout(char *to, const KsDecimal *decimal, const Layout *layout)
{
    to = write_digits(to, decimal, layout->first, layout->point);
    if (layout->end > layout->point || layout->has_point) {
        *to++ = '.';
        to = write_digits(to, decimal, layout->point, layout->end);
    }
    if (layout->has_exponent)
        to = write_exponent(to, layout->mark, layout->exponent);
    return to;
}

/* How repr() and the format codes e, f, g, r arrange digits. */
static Layout
layout_of(const KsDecimal *decimal, char code, int precision, int flags)
{
    Layout layout = {.point = decimal->count ? decimal->point : 1, .end = decimal->count,
                     .has_point = (flags & Py_DTSF_ALT) != 0, .mark = 'e'};
    int point = layout.point;
    switch (code) {
    case 'e':
        layout.has_exponent = 1;
        layout.end = precision + 1;
        break;
    case 'f':
        layout.end = point + precision;
        break;
    case 'g':
        layout.has_exponent = point <= -4 || point > precision - !!(flags & Py_DTSF_ADD_DOT_0);
        if (flags & Py_DTSF_ALT)
            layout.end = precision;
        break;
    default:
        layout.has_exponent = point <= -4 || point > 16;
        break;
    }
    if (layout.has_exponent) {
        layout.exponent = point - 1;
        layout.point = 1;
    }
    if (layout.point < 1)
        layout.first = layout.point - 1; /* the zero before the point */
    if (layout.end < layout.point)
        layout.end = layout.point;
    if ((flags & Py_DTSF_ADD_DOT_0) && !layout.has_exponent && layout.end == layout.point)
        layout.end++;
    return layout;
}

int
ks_float_repr_into(char *buffer, double value)
{
    char *to = buffer;
    if (!isfinite(value)) {
        strcpy(buffer, isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
        return (int)strlen(buffer);
    }
    KsDecimal decimal;
    ks_decimal_shortest(&decimal, value);
    if (decimal.is_negative)
        *to++ = '-';
    Layout layout = layout_of(&decimal, 'r', 0, Py_DTSF_ADD_DOT_0);
    return (int)(write_layout(to, &decimal, &layout) - buffer);
}

static char *
write_special(double value, int flags, int is_upper)
{
    char *text = PyMem_Malloc(8), *to = text;
    if (text == NULL)
        return NULL;
    if (!isnan(value) && value < 0)
        *to++ = '-';
    else if (flags & Py_DTSF_SIGN)
        *to++ = '+';
    const char *word = isnan(value) ? (is_upper ? "NAN" : "nan") : is_upper ? "INF" : "inf";
    strcpy(to, word);
    return text;
}

/* A text for PyMem_Free(); NULL with MemoryError. Codes e, f, g in either case and r. */
char *
PyOS_double_to_string(double value, char code, int precision, int flags, int *type)
{
    int is_upper = code == 'E' || code == 'F' || code == 'G';
    KsDecimal decimal;
    int status = 0;
    code = (char)Py_TOLOWER(code);
    if ((code != 'e' && code != 'f' && code != 'g' && code != 'r') ||
        (code == 'r' && precision != 0)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if (type != NULL)
        *type = isnan(value) ? Py_DTST_NAN : isinf(value) ? Py_DTST_INFINITE : Py_DTST_FINITE;
    if (!isfinite(value)) {
        char *special = write_special(value, flags, is_upper);
        if (special == NULL)
            PyErr_NoMemory();
        return special;
    }
    if (code == 'g' && precision == 0)
        precision = 1;
    if (code == 'r')
        ks_decimal_shortest(&decimal, value);
    else if (code == 'f')
        status = ks_decimal_places(&decimal, value, precision);
    else
        status = ks_decimal_significant(&decimal, value,
                                        precision < INT_MAX ? precision + (code == 'e')
                                                            : INT_MAX);
    if (status < 0)
        return NULL;
    Layout layout = layout_of(&decimal, code, precision, flags);
    layout.mark = is_upper ? 'E' : 'e';
    char *text = PyMem_Malloc((size_t)layout.end - (size_t)(Py_ssize_t)layout.first + 16);
    if (text == NULL) {
        PyErr_NoMemory();
    }
    else {
        char *to = text;
        if (decimal.is_negative && !((flags & Py_DTSF_NO_NEG_0) && decimal.count == 0))
            *to++ = '-';
        else if (flags & Py_DTSF_SIGN)
            *to++ = '+';
        *write_layout(to, &decimal, &layout) = '\0';
    }
    ks_decimal_close(&decimal);
    return text;
}
