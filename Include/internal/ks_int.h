/* SPDX-License-Identifier: MIT */
/* int: what its files share, and what the evaluation loop may inline.
 *
 * An int is a row of 30-bit digits, least significant first; ob_size is their count, negative
 * for negative numbers, 0 for zero. A normalised int has no leading zero digits; every int that
 * leaves these files is normalised, and its value is in [-5, 256] only if it is the shared one
 * (subclass instances excepted). */
#ifndef KS_INT_H
#define KS_INT_H

#include "ks_base.h"
#include "pycore_long.h"

#include <gmp.h>

/* Digits from which a product, quotient or conversion goes through GMP's limbs. Measured. */
#define KS_INT_MUL_LIMBS 9

/* Blocks that hold one or two digits are kept for reuse. */
#define KS_INT_BLOCK_BYTES 32
#define KS_INT_FREE_MAX 256

typedef struct KsIntFree {
    PyLongObject *head; /* linked through ob_type's place */
    Py_ssize_t count;
} KsIntFree;
extern __attribute__((visibility("hidden"))) KsIntFree ks_int_free;

KS_INLINE Py_ssize_t
ks_int_count(const PyLongObject *number)
{
    Py_ssize_t size = Py_SIZE(number);
    return size < 0 ? -size : size;
}

KS_INLINE int
ks_int_is_small(int64_t value)
{
    return (uint64_t)value + _PY_NSMALLNEGINTS < _PY_NSMALLNEGINTS + _PY_NSMALLPOSINTS;
}

/* The shared int of a value in [-5, 256], a new reference. */
KS_INLINE PyObject *
ks_int_small(int64_t value)
{
    return Py_NewRef((PyObject *)&_PyLong_SMALL_INTS[_PY_NSMALLNEGINTS + value]);
}

/* At most two digits: the value is within (-2**60, 2**60). */
KS_INLINE int
ks_int_is_short(const PyLongObject *number)
{
    return (size_t)(Py_SIZE(number) + 2) <= 4;
}

/* The value of an int of at most two digits. */
KS_INLINE int64_t
ks_int_short_value(const PyLongObject *number)
{
    switch (Py_SIZE(number)) {
    case 0:
        return 0;
    case 1:
        return number->ob_digit[0];
    case -1:
        return -(int64_t)number->ob_digit[0];
    case 2:
        return (int64_t)number->ob_digit[1] << PyLong_SHIFT | number->ob_digit[0];
    default:
        return -((int64_t)number->ob_digit[1] << PyLong_SHIFT | number->ob_digit[0]);
    }
}

/* At most one digit: the value is within (-2**30, 2**30). */
KS_INLINE int
ks_int_is_digit(const PyLongObject *number)
{
    return (size_t)(Py_SIZE(number) + 1) <= 2;
}

/* The value of an int of at most one digit. */
KS_INLINE int64_t
ks_int_digit_value(const PyLongObject *number)
{
    return Py_SIZE(number) * (int64_t)number->ob_digit[0];
}

/* The first statement of a number slot: other operands are not int's business. */
#define KS_BOTH_INTS(left, right)                    \
    if (!PyLong_Check(left) || !PyLong_Check(right)) \
        Py_RETURN_NOTIMPLEMENTED

/* A block for an int of one or two digits: type and reference set, size not. NULL with
 * MemoryError. */
KS_NEW PyLongObject *ks_int_block_new(void);

KS_NEW KS_INLINE PyLongObject *
ks_int_block(void)
{
    PyLongObject *block = ks_int_free.head;
    if (KS_UNLIKELY(block == NULL))
        return ks_int_block_new();
    ks_int_free.head = (PyLongObject *)Py_TYPE(block);
    ks_int_free.count--;
    ((PyObject *)block)->ob_type = &PyLong_Type;
    ((PyObject *)block)->ob_refcnt = 1;
    return block;
}

/* An int of any 64-bit value. */
KS_NEW PyObject *ks_int_from_wide(int64_t value);
/* An int of a value within (-2**60, 2**60), not a shared one, where no free block is left. It is
 * the last call of those who make ints, so that they need no register across a call. */
KS_NEW PyObject *ks_int_from_short_slow(int64_t value);

/* Gives a block its value, which is within (-2**60, 2**60). */
KS_INLINE PyObject *
ks_int_set_short(PyLongObject *number, int64_t value)
{
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    Py_ssize_t count = 1 + (magnitude > PyLong_MASK);
    Py_SET_SIZE(number, value < 0 ? -count : count);
    number->ob_digit[0] = (digit)(magnitude & PyLong_MASK);
    number->ob_digit[1] = (digit)(magnitude >> PyLong_SHIFT);
    return (PyObject *)number;
}

/* An int of a value within (-2**60, 2**60). */
KS_NEW KS_INLINE PyObject *
ks_int_from_short(int64_t value)
{
    if (ks_int_is_small(value))
        return ks_int_small(value);
    if (KS_UNLIKELY(ks_int_free.head == NULL))
        return ks_int_from_short_slow(value);
    return ks_int_set_short(ks_int_block(), value);
}

KS_NEW KS_INLINE PyObject *
ks_int_from_i64(int64_t value)
{
    const int64_t end = (int64_t)1 << (2 * PyLong_SHIFT);
    if (KS_UNLIKELY((uint64_t)(value + end - 1) > (uint64_t)(2 * end - 2)))
        return ks_int_from_wide(value);
    return ks_int_from_short(value);
}

KS_NEW PyObject *ks_int_from_u64(uint64_t value);
KS_NEW PyObject *ks_int_from_u128(unsigned __int128 magnitude, int is_negative);

/* An uninitialised int of count digits (sign and digits are the caller's to set). */
KS_NEW PyLongObject *ks_int_new(Py_ssize_t count);
/* Strips leading zeros; keeps the sign. */
void ks_int_normalise(PyLongObject *number);
/* The same, then exchanges the int for the shared one where there is one. */
PyObject *ks_int_finish(KS_STEALS PyLongObject *number);
/* -1, 0, 1: the order of the magnitudes. */
int ks_int_compare_magnitude(const PyLongObject *left, const PyLongObject *right);

/* int_divide.c: floor division. Either result pointer may be NULL. -1 with an exception. */
int ks_int_divmod(PyLongObject *dividend, PyLongObject *divisor, PyLongObject **quotient,
                  PyLongObject **remainder);
/* Truncating division of magnitudes with the sign of C; divisor is not 0. */
int ks_int_divrem(PyLongObject *dividend, PyLongObject *divisor, PyLongObject **quotient,
                  PyLongObject **remainder);
KS_NEW PyObject *ks_int_power(PyObject *base, PyObject *exponent, PyObject *modulus);
KS_NEW PyObject *ks_int_true_divide(PyObject *left, PyObject *right);
KS_NEW PyObject *ks_int_floor_divide(PyObject *left, PyObject *right);
KS_NEW PyObject *ks_int_remainder(PyObject *left, PyObject *right);
KS_NEW PyObject *ks_int_divmod_pair(PyObject *left, PyObject *right);
/* Rounds to a multiple of ten to the power of -ndigits, half to even. */
KS_NEW PyObject *ks_int_round(PyObject *number, PyObject *ndigits);

/* int_bits.c */
KS_NEW PyObject *ks_int_lshift(PyObject *left, PyObject *right);
KS_NEW PyObject *ks_int_rshift(PyObject *left, PyObject *right);
KS_NEW PyObject *ks_int_and(PyObject *left, PyObject *right);
KS_NEW PyObject *ks_int_or(PyObject *left, PyObject *right);
KS_NEW PyObject *ks_int_xor(PyObject *left, PyObject *right);
KS_NEW PyObject *ks_int_invert(PyLongObject *number);
KS_NEW PyObject *ks_int_bit_count(PyObject *self, PyObject *unused);
KS_NEW PyObject *ks_int_bit_length(PyObject *self, PyObject *unused);

/* int_text.c */
KS_NEW PyObject *ks_int_to_decimal(PyObject *number);

/* int_limbs.c: GMP's view. A KsLimbs holds a magnitude in 64-bit limbs; short ones live inside. */
#define KS_LIMBS_INSIDE 40
typedef struct KsLimbs {
    mp_limb_t *limb;
    Py_ssize_t count; /* without leading zeros; 0 for zero */
    mp_limb_t inside[KS_LIMBS_INSIDE];
} KsLimbs;

KS_INLINE Py_ssize_t
ks_limbs_for_digits(Py_ssize_t digits)
{
    return (Py_ssize_t)(((size_t)digits * PyLong_SHIFT + 63) / 64);
}

/* Room for `room` limbs, contents undefined, count 0. -1 with MemoryError. */
int ks_limbs_open(KsLimbs *limbs, Py_ssize_t room);
/* Opens with `spare` limbs more than number needs and fills in its magnitude. */
int ks_limbs_from_int(KsLimbs *limbs, const PyLongObject *number, Py_ssize_t spare);
void ks_limbs_close(KsLimbs *limbs);
/* The int of that magnitude and sign, any leading zeros allowed. */
KS_NEW PyLongObject *ks_int_from_limbs(const mp_limb_t *limb, Py_ssize_t count, int is_negative);

#endif
