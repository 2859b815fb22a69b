/* SPDX-License-Identifier: MIT */
/* float: hexadecimal text, float.hex() and float.fromhex(). */
#include "Python.h"
#include "pycore_dtoa.h"
#include "pycore_long.h"
#include "ks_base.h"

#include <float.h>

PyObject *ks_float_fromhex(PyObject *type, PyObject *text);
PyObject *ks_float_hex(PyObject *self, PyObject *unused);

/* Always one digit before the point and thirteen behind it. */
PyObject *
ks_float_hex(PyObject *self, PyObject *Py_UNUSED(unused))
{
    double value = PyFloat_AS_DOUBLE(self);
    if (!isfinite(value))
        return PyObject_Repr(self);
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
    int biased = (int)(bits >> 52 & 0x7ff);
    const char *sign = bits >> 63 ? "-" : "";
    if (value == 0.0)
        return PyUnicode_FromFormat("%s0x0.0p+0", sign);
    char text[32];
    snprintf(text, sizeof(text), "%s0x%d.%013llxp%+d", sign, biased != 0,
             (unsigned long long)fraction, biased ? biased - 1023 : -1022);
    return PyUnicode_FromString(text);
}

/* The hexadecimal digits of a literal, the point left out. */
typedef struct HexDigits {
    const char *start;
    Py_ssize_t count;     /* of digits */
    Py_ssize_t before;    /* digits before the point */
} HexDigits;

static int
hex_digit(const HexDigits *digits, Py_ssize_t i)
{
    return _PyLong_DigitValue[Py_CHARMASK(digits->start[i >= digits->before ? i + 1 : i])];
}

/* Reads "[0x]hhh[.hhh]"; the end, NULL if there is no digit. */
static const char *
hex_scan(HexDigits *digits, const char *at)
{
    if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X'))
        at += 2;
    digits->start = at;
    while (_PyLong_DigitValue[Py_CHARMASK(*at)] < 16)
        at++;
    digits->count = digits->before = at - digits->start;
    if (*at == '.') {
        const char *rest = ++at;
        while (_PyLong_DigitValue[Py_CHARMASK(*at)] < 16)
            at++;
        digits->count += at - rest;
    }
    return digits->count == 0 ? NULL : at;
}

static KS_COLD double
hex_overflow(void)
{
    PyErr_SetString(PyExc_OverflowError, "hexadecimal value too large to represent as a float");
    return -1.0;
}

/* DIGITS * 2**exponent, the point before which stand digits->before; -1.0 with an exception. */
static double
hex_value(const HexDigits *digits, long exponent)
{
    Py_ssize_t first = 0, i;
    while (first < digits->count && hex_digit(digits, first) == 0)
        first++;
    if (first == digits->count || exponent < LONG_MIN / 2)
        return 0.0;
    if (exponent > LONG_MAX / 2)
        return hex_overflow();
    /* 60 leading bits and whether anything follows decide the rounding. */
    uint64_t lead = 0;
    int sticky = 0;
    for (i = first; i < digits->count && i < first + 15; i++)
        lead = lead << 4 | (uint64_t)hex_digit(digits, i);
    exponent += 4 * (long)(digits->before - i);
    for (; i < digits->count && !sticky; i++)
        sticky = hex_digit(digits, i) != 0;
    int width = 64 - __builtin_clzll(lead);
    long top = exponent + width; /* value < 2**top */
    if (top > DBL_MAX_EXP)
        return hex_overflow();
    if (top < -1074)
        return 0.0;
    int keep = top - DBL_MANT_DIG < -1074 ? (int)(top + 1074) : DBL_MANT_DIG;
    if (width > keep) {
        int cut = width - keep;
        uint64_t tail = lead & (((uint64_t)1 << cut) - 1), half = (uint64_t)1 << (cut - 1);
        lead >>= cut;
        exponent += cut;
        lead += tail > half || (tail == half && (sticky || (lead & 1)));
    }
    double value = ldexp((double)lead, (int)exponent);
    return isinf(value) ? hex_overflow() : value;
}

/* -1.0 with an exception. */
static double
hex_read(const char *text, Py_ssize_t length)
{
    const char *at = text, *end = text + length;
    while (Py_ISSPACE(Py_CHARMASK(*at)))
        at++;
    char *special;
    double value = _Py_parse_inf_or_nan(at, &special);
    if (special != at) {
        at = special;
    }
    else {
        HexDigits digits;
        int is_negative = *at == '-';
        at += *at == '-' || *at == '+';
        at = hex_scan(&digits, at);
        if (at == NULL)
            goto malformed;
        if (digits.count > LONG_MAX / 2 / 4) {
            PyErr_SetString(PyExc_ValueError, "hexadecimal string too long to convert");
            return -1.0;
        }
        long exponent = 0;
        if (*at == 'p' || *at == 'P') {
            const char *sign = ++at;
            at += *at == '-' || *at == '+';
            if (!Py_ISDIGIT(*at))
                goto malformed;
            exponent = PyOS_strtol(sign, NULL, 10);
            while (Py_ISDIGIT(*at))
                at++;
        }
        const char *rest = at;
        while (Py_ISSPACE(Py_CHARMASK(*rest)))
            rest++;
        if (rest != end)
            goto malformed;
        value = hex_value(&digits, exponent);
        if (value == -1.0 && PyErr_Occurred())
            return -1.0;
        return is_negative ? -value : value;
    }
    while (Py_ISSPACE(Py_CHARMASK(*at)))
        at++;
    if (at == end)
        return value;
malformed:
    PyErr_SetString(PyExc_ValueError, "invalid hexadecimal floating-point string");
    return -1.0;
}

PyObject *
ks_float_fromhex(PyObject *type, PyObject *text)
{
    Py_ssize_t length;
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "bad argument type for built-in operation");
        return NULL;
    }
    const char *utf8 = PyUnicode_AsUTF8AndSize(text, &length);
    if (utf8 == NULL)
        return NULL;
    double value = hex_read(utf8, length);
    if (value == -1.0 && PyErr_Occurred())
        return NULL;
    PyObject *number = PyFloat_FromDouble(value);
    if (number != NULL && type != (PyObject *)&PyFloat_Type)
        Py_SETREF(number, PyObject_CallOneArg(type, number));
    return number;
}
