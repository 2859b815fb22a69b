/* SPDX-License-Identifier: MIT */
/* PyOS_strtoul and PyOS_strtol: as C's, with the prefixes 0b, 0o and 0x, and no octal by a mere
 * leading zero. Overflow saturates and sets errno to ERANGE. */
#include "Python.h"
#include "pycore_long.h"

#include <errno.h>

static int
base_of_prefix(char letter)
{
    switch (letter) {
    case 'x':
    case 'X':
        return 16;
    case 'o':
    case 'O':
        return 8;
    case 'b':
    case 'B':
        return 2;
    default:
        return 0;
    }
}

unsigned long
PyOS_strtoul(const char *text, char **end, int base)
{
    unsigned long value = 0;
    int overflow = 0;
    while (Py_ISSPACE(Py_CHARMASK(*text)))
        text++;
    if (base != 0 && (base < 2 || base > 36)) {
        if (end != NULL)
            *end = (char *)text;
        return 0;
    }
    int announced = *text == '0' ? base_of_prefix(text[1]) : 0;
    if (announced != 0 && (base == 0 || base == announced)) {
        if (_PyLong_DigitValue[Py_CHARMASK(text[2])] >= announced) {
            if (end != NULL)
                *end = (char *)text + 1;
            return 0;
        }
        text += 2;
        base = announced;
    }
    else if (base == 0) {
        if (*text == '0') { /* only zero may start with zero */
            while (*text == '0')
                text++;
            if (end != NULL)
                *end = (char *)text;
            return 0;
        }
        base = 10;
    }
    for (int digit; (digit = _PyLong_DigitValue[Py_CHARMASK(*text)]) < base; text++) {
        overflow |= __builtin_mul_overflow(value, (unsigned long)base, &value);
        overflow |= __builtin_add_overflow(value, (unsigned long)digit, &value);
    }
    if (end != NULL)
        *end = (char *)text;
    if (overflow) {
        errno = ERANGE;
        return ULONG_MAX;
    }
    return value;
}

long
PyOS_strtol(const char *text, char **end, int base)
{
    while (Py_ISSPACE(Py_CHARMASK(*text)))
        text++;
    int is_negative = *text == '-';
    text += *text == '-' || *text == '+';
    unsigned long magnitude = PyOS_strtoul(text, end, base);
    if (magnitude > (unsigned long)LONG_MAX + (unsigned long)is_negative) {
        errno = ERANGE;
        return is_negative ? LONG_MIN : LONG_MAX;
    }
    return is_negative ? (long)(0 - magnitude) : (long)magnitude;
}
