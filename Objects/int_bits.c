/* SPDX-License-Identifier: MIT */
/* int: shifts, and, or, xor, complement, counting bits.
 *
 * Negative numbers act as infinite two's complement: their digits are complemented on the fly,
 * the carry of the "+ 1" kept in the reader. */
#include "Python.h"
#include "pycore_long.h"
#include "ks_int.h"

/* --- Shifts ------------------------------------------------------------------------------------ */

static PyObject *
shift_left(PyLongObject *number, size_t digits, int bits)
{
    Py_ssize_t count = ks_int_count(number);
    if (count == 0)
        return ks_int_small(0);
    if (digits > (size_t)(PY_SSIZE_T_MAX - count - 1)) {
        PyErr_SetString(PyExc_OverflowError, "too many digits in integer");
        return NULL;
    }
    if (digits == 0 && count == 1)
        return ks_int_from_i64((Py_SIZE(number) < 0 ? -1 : 1) *
                               ((int64_t)number->ob_digit[0] << bits));
    PyLongObject *shifted = ks_int_new(count + (Py_ssize_t)digits + 1);
    if (shifted == NULL)
        return NULL;
    memset(shifted->ob_digit, 0, digits * sizeof(digit));
    digit *out = shifted->ob_digit + digits;
    twodigits carry = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        carry |= (twodigits)number->ob_digit[i] << bits;
        out[i] = (digit)(carry & PyLong_MASK);
        carry >>= PyLong_SHIFT;
    }
    out[count] = (digit)carry;
    if (Py_SIZE(number) < 0)
        Py_SET_SIZE(shifted, -Py_SIZE(shifted));
    return ks_int_finish(shifted);
}

/* Towards minus infinity: a negative number rounds away from zero when a set bit falls out. */
static PyObject *
shift_right(PyLongObject *number, size_t digits, int bits)
{
    Py_ssize_t count = ks_int_count(number);
    int is_negative = Py_SIZE(number) < 0;
    if (digits >= (size_t)count)
        return ks_int_small(is_negative ? -1 : 0);
    if (count <= 2) {
        size_t shift = digits * PyLong_SHIFT + (size_t)bits;
        return ks_int_from_i64(ks_int_short_value(number) >> shift);
    }
    digit lost = number->ob_digit[digits] & (((digit)1 << bits) - 1);
    for (size_t i = 0; is_negative && !lost && i < digits; i++)
        lost = number->ob_digit[i];
    Py_ssize_t kept = count - (Py_ssize_t)digits;
    PyLongObject *shifted = ks_int_new(kept + 1);
    if (shifted == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < kept; i++) {
        twodigits pair = number->ob_digit[digits + (size_t)i];
        if (i + 1 < kept)
            pair |= (twodigits)number->ob_digit[digits + (size_t)i + 1] << PyLong_SHIFT;
        shifted->ob_digit[i] = (digit)(pair >> bits & PyLong_MASK);
    }
    shifted->ob_digit[kept] = 0;
    if (is_negative) {
        digit carry = lost != 0;
        for (Py_ssize_t i = 0; carry; i++) {
            carry += shifted->ob_digit[i];
            shifted->ob_digit[i] = carry & PyLong_MASK;
            carry >>= PyLong_SHIFT;
        }
        Py_SET_SIZE(shifted, -(kept + 1));
    }
    return ks_int_finish(shifted);
}

PyObject *
_PyLong_Lshift(PyObject *number, size_t bits)
{
    return shift_left((PyLongObject *)number, bits / PyLong_SHIFT, (int)(bits % PyLong_SHIFT));
}

PyObject *
_PyLong_Rshift(PyObject *number, size_t bits)
{
    return shift_right((PyLongObject *)number, bits / PyLong_SHIFT, (int)(bits % PyLong_SHIFT));
}

/* A shift count in digits and bits; digits saturate. -1 with ValueError if negative. */
static int
shift_count(PyObject *count, size_t *digits, int *bits)
{
    PyLongObject *number = (PyLongObject *)count;
    if (Py_SIZE(number) < 0) {
        PyErr_SetString(PyExc_ValueError, "negative shift count");
        return -1;
    }
    if (ks_int_is_short(number)) {
        uint64_t value = (uint64_t)ks_int_short_value(number);
        *digits = value / PyLong_SHIFT;
        *bits = (int)(value % PyLong_SHIFT);
    }
    else {
        *digits = PY_SSIZE_T_MAX;
        *bits = 0;
    }
    return 0;
}

KS_NEW PyObject *
ks_int_lshift(PyObject *left, PyObject *right)
{
    size_t digits;
    int bits;
    KS_BOTH_INTS(left, right);
    if (shift_count(right, &digits, &bits) < 0)
        return NULL;
    return shift_left((PyLongObject *)left, digits, bits);
}

KS_NEW PyObject *
ks_int_rshift(PyObject *left, PyObject *right)
{
    size_t digits;
    int bits;
    KS_BOTH_INTS(left, right);
    if (shift_count(right, &digits, &bits) < 0)
        return NULL;
    return shift_right((PyLongObject *)left, digits, bits);
}

/* --- Bitwise --------------------------------------------------------------------------------------- */

typedef struct BitReader {
    const PyLongObject *number;
    Py_ssize_t count;
    digit flip;  /* PyLong_MASK for a negative number, else 0 */
    digit carry; /* 1 as long as the two's complement still carries */
} BitReader;

KS_INLINE BitReader
bits_of(const PyLongObject *number)
{
    int is_negative = Py_SIZE(number) < 0;
    return (BitReader){number, ks_int_count(number), is_negative ? PyLong_MASK : 0,
                       (digit)is_negative};
}

KS_INLINE digit
bits_next(BitReader *reader, Py_ssize_t i)
{
    if (i >= reader->count)
        return reader->flip;
    digit value = (reader->number->ob_digit[i] ^ reader->flip) + reader->carry;
    reader->carry = value >> PyLong_SHIFT;
    return value & PyLong_MASK;
}

static PyObject *
bits_combine(const PyLongObject *left, const PyLongObject *right, char operation)
{
    BitReader a = bits_of(left), b = bits_of(right);
    Py_ssize_t count = a.count > b.count ? a.count : b.count;
    digit sign = operation == '&' ? a.flip & b.flip
               : operation == '|' ? a.flip | b.flip
                                  : a.flip ^ b.flip;
    /* A non-negative operand bounds the result of "and". */
    if (operation == '&' && !a.flip && !b.flip)
        count = a.count < b.count ? a.count : b.count;
    else if (operation == '&' && !(a.flip && b.flip))
        count = a.flip ? b.count : a.count;
    PyLongObject *result = ks_int_new(count + 1);
    if (result == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        digit x = bits_next(&a, i), y = bits_next(&b, i);
        result->ob_digit[i] = operation == '&' ? x & y : operation == '|' ? x | y : x ^ y;
    }
    result->ob_digit[count] = 0;
    if (sign) {
        digit carry = 1;
        for (Py_ssize_t i = 0; i < count; i++) {
            carry += result->ob_digit[i] ^ PyLong_MASK;
            result->ob_digit[i] = carry & PyLong_MASK;
            carry >>= PyLong_SHIFT;
        }
        result->ob_digit[count] = carry;
        Py_SET_SIZE(result, -(count + 1));
    }
    return ks_int_finish(result);
}

KS_NEW PyObject *
ks_int_and(PyObject *left, PyObject *right)
{
    KS_BOTH_INTS(left, right);
    PyLongObject *a = (PyLongObject *)left, *b = (PyLongObject *)right;
    if (KS_LIKELY(ks_int_is_short(a) && ks_int_is_short(b)))
        return ks_int_from_i64(ks_int_short_value(a) & ks_int_short_value(b));
    return bits_combine(a, b, '&');
}

KS_NEW PyObject *
ks_int_or(PyObject *left, PyObject *right)
{
    KS_BOTH_INTS(left, right);
    PyLongObject *a = (PyLongObject *)left, *b = (PyLongObject *)right;
    if (KS_LIKELY(ks_int_is_short(a) && ks_int_is_short(b)))
        return ks_int_from_i64(ks_int_short_value(a) | ks_int_short_value(b));
    return bits_combine(a, b, '|');
}

KS_NEW PyObject *
ks_int_xor(PyObject *left, PyObject *right)
{
    KS_BOTH_INTS(left, right);
    PyLongObject *a = (PyLongObject *)left, *b = (PyLongObject *)right;
    if (KS_LIKELY(ks_int_is_short(a) && ks_int_is_short(b)))
        return ks_int_from_i64(ks_int_short_value(a) ^ ks_int_short_value(b));
    return bits_combine(a, b, '^');
}

/* ~x is -(x + 1). */
KS_NEW PyObject *
ks_int_invert(PyLongObject *number)
{
    if (ks_int_is_short(number))
        return ks_int_from_i64(~ks_int_short_value(number));
    PyObject *next = _PyLong_Add(number, (PyLongObject *)_PyLong_GetOne());
    if (next == NULL)
        return NULL;
    if (ks_int_is_short((PyLongObject *)next)) {
        int64_t value = ks_int_short_value((PyLongObject *)next);
        Py_DECREF(next);
        return ks_int_from_i64(-value);
    }
    Py_SET_SIZE(next, -Py_SIZE(next));
    return next;
}

/* --- Counting ------------------------------------------------------------------------------------ */

KS_NEW PyObject *
ks_int_bit_length(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return ks_int_from_u64(_PyLong_NumBits(self));
}

KS_NEW PyObject *
ks_int_bit_count(PyObject *self, PyObject *Py_UNUSED(unused))
{
    const PyLongObject *number = (PyLongObject *)self;
    uint64_t ones = 0;
    for (Py_ssize_t i = ks_int_count(number); --i >= 0;)
        ones += (uint64_t)__builtin_popcount(number->ob_digit[i]);
    return ks_int_from_u64(ones);
}
