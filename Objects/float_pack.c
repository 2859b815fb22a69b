/* SPDX-License-Identifier: MIT */
/* float: to and from the IEEE 754 formats of 2, 4 and 8 bytes, in either byte order. */
#include "Python.h"
#include "ks_base.h"

static void
store(char *to, uint64_t bits, int count, int little_endian)
{
    for (int i = 0; i < count; i++) {
        to[little_endian ? i : count - 1 - i] = (char)bits;
        bits >>= 8;
    }
}

static uint64_t
load(const char *from, int count, int little_endian)
{
    uint64_t bits = 0;
    for (int i = 0; i < count; i++)
        bits = bits << 8 | (unsigned char)from[little_endian ? count - 1 - i : i];
    return bits;
}

int
PyFloat_Pack8(double value, char *to, int little_endian)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    store(to, bits, 8, little_endian);
    return 0;
}

double
PyFloat_Unpack8(const char *from, int little_endian)
{
    uint64_t bits = load(from, 8, little_endian);
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* -1 with OverflowError if a finite value becomes infinite. */
int
PyFloat_Pack4(double value, char *to, int little_endian)
{
    float narrow = (float)value;
    if (isinf(narrow) && !isinf(value)) {
        PyErr_SetString(PyExc_OverflowError, "float too large to pack with f format");
        return -1;
    }
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof(bits));
    store(to, bits, 4, little_endian);
    return 0;
}

double
PyFloat_Unpack4(const char *from, int little_endian)
{
    uint32_t bits = (uint32_t)load(from, 4, little_endian);
    float narrow;
    memcpy(&narrow, &bits, sizeof(narrow));
    return narrow;
}

/* Half precision: 1 bit sign, 5 exponent, 10 fraction; rounded half to even. */
int
PyFloat_Pack2(double value, char *to, int little_endian)
{
    uint64_t sign = signbit(value) ? 0x8000 : 0, bits;
    double magnitude = fabs(value);
    if (isnan(value)) {
        bits = 0x7e00;
    }
    else if (isinf(value)) {
        bits = 0x7c00;
    }
    else if (magnitude < 6.103515625e-05) { /* below 2**-14: multiples of 2**-24 */
        bits = (uint64_t)nearbyint(ldexp(magnitude, 24));
    }
    else {
        int exponent;
        double fraction = frexp(magnitude, &exponent); /* in [0.5, 1) */
        if (exponent > 16)
            goto overflow;
        /* A fraction that rounds up to 2**11 carries into the exponent field, as it should. */
        bits = (uint64_t)(exponent + 13) << 10;
        bits += (uint64_t)nearbyint(ldexp(fraction, 11));
        if (bits >= 0x7c00)
            goto overflow;
    }
    store(to, sign | bits, 2, little_endian);
    return 0;
overflow:
    PyErr_SetString(PyExc_OverflowError, "float too large to pack with e format");
    return -1;
}

double
PyFloat_Unpack2(const char *from, int little_endian)
{
    unsigned bits = (unsigned)load(from, 2, little_endian);
    unsigned exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
    double value;
    if (exponent == 0x1f)
        value = fraction ? Py_NAN : Py_HUGE_VAL;
    else if (exponent == 0)
        value = ldexp(fraction, -24);
    else
        value = ldexp(fraction + 1024, (int)exponent - 25);
    return bits & 0x8000 ? -value : value;
}
