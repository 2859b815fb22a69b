/* SPDX-License-Identifier: MIT */
/* int: division in all its kinds, and rounding.
 *
 * The magnitudes' truncating division (ks_int_divrem) is the base: C arithmetic up to two digits,
 * a loop for a divisor of one digit, GMP for the rest. Floor division corrects it by one. */
#include "Python.h"
#include "pycore_long.h"
#include "ks_int.h"

#include <float.h>

/* Divides a row of digits by one digit; the quotient's digits may be written over the row. */
static digit
divide_row(digit *quotient, const digit *row, Py_ssize_t count, digit divisor)
{
    twodigits rest = 0;
    while (--count >= 0) {
        rest = rest << PyLong_SHIFT | row[count];
        digit part = (digit)(rest / divisor);
        quotient[count] = part;
        rest -= (twodigits)part * divisor;
    }
    return (digit)rest;
}

static int
divide_by_digit(PyLongObject *dividend, PyLongObject *divisor, PyLongObject **quotient,
                PyLongObject **remainder)
{
    Py_ssize_t count = ks_int_count(dividend);
    int is_negative = (Py_SIZE(dividend) < 0) != (Py_SIZE(divisor) < 0);
    digit rest;
    if (quotient == NULL) {
        twodigits sum = 0;
        while (--count >= 0)
            sum = (sum << PyLong_SHIFT | dividend->ob_digit[count]) % divisor->ob_digit[0];
        rest = (digit)sum;
    }
    else {
        PyLongObject *whole = ks_int_new(count);
        if (whole == NULL)
            return -1;
        rest = divide_row(whole->ob_digit, dividend->ob_digit, count, divisor->ob_digit[0]);
        Py_SET_SIZE(whole, is_negative ? -count : count);
        *quotient = (PyLongObject *)ks_int_finish(whole);
    }
    if (remainder != NULL) {
        *remainder = (PyLongObject *)ks_int_from_i64(Py_SIZE(dividend) < 0 ? -(int64_t)rest
                                                                           : (int64_t)rest);
        if (*remainder == NULL) {
            if (quotient != NULL)
                Py_CLEAR(*quotient);
            return -1;
        }
    }
    return 0;
}

static int
divide_limbs(PyLongObject *dividend, PyLongObject *divisor, PyLongObject **quotient,
             PyLongObject **remainder)
{
    KsLimbs a, b, whole, rest;
    int result = -1, signs_differ = (Py_SIZE(dividend) < 0) != (Py_SIZE(divisor) < 0);
    b.limb = b.inside, whole.limb = whole.inside, rest.limb = rest.inside;
    if (ks_limbs_from_int(&a, dividend, 0) < 0 || ks_limbs_from_int(&b, divisor, 0) < 0 ||
        ks_limbs_open(&whole, a.count - b.count + 1) < 0 || ks_limbs_open(&rest, b.count) < 0)
        goto done;
    mpn_tdiv_qr(whole.limb, rest.limb, 0, a.limb, a.count, b.limb, b.count);
    if (quotient != NULL) {
        *quotient = ks_int_from_limbs(whole.limb, a.count - b.count + 1, signs_differ);
        if (*quotient == NULL)
            goto done;
    }
    if (remainder != NULL) {
        *remainder = ks_int_from_limbs(rest.limb, b.count, Py_SIZE(dividend) < 0);
        if (*remainder == NULL) {
            if (quotient != NULL)
                Py_CLEAR(*quotient);
            goto done;
        }
    }
    result = 0;
done:
    ks_limbs_close(&a);
    ks_limbs_close(&b);
    ks_limbs_close(&whole);
    ks_limbs_close(&rest);
    return result;
}

/* At most four digits each: 120 bits, which the compiler can divide. */
KS_INLINE unsigned __int128
wide_magnitude(const PyLongObject *number)
{
    unsigned __int128 value = 0;
    for (Py_ssize_t i = ks_int_count(number); --i >= 0;)
        value = value << PyLong_SHIFT | number->ob_digit[i];
    return value;
}

static int
divide_wide(PyLongObject *dividend, PyLongObject *divisor, PyLongObject **quotient,
            PyLongObject **remainder)
{
    unsigned __int128 a = wide_magnitude(dividend), b = wide_magnitude(divisor), whole = a / b;
    int signs_differ = (Py_SIZE(dividend) < 0) != (Py_SIZE(divisor) < 0);
    if (quotient != NULL) {
        *quotient = (PyLongObject *)ks_int_from_u128(whole, signs_differ);
        if (*quotient == NULL)
            return -1;
    }
    if (remainder != NULL) {
        *remainder = (PyLongObject *)ks_int_from_u128(a - whole * b, Py_SIZE(dividend) < 0);
        if (*remainder == NULL) {
            if (quotient != NULL)
                Py_CLEAR(*quotient);
            return -1;
        }
    }
    return 0;
}

int
ks_int_divrem(PyLongObject *dividend, PyLongObject *divisor, PyLongObject **quotient,
              PyLongObject **remainder)
{
    if (ks_int_compare_magnitude(dividend, divisor) < 0) {
        if (remainder != NULL) {
            *remainder = (PyLongObject *)_PyLong_Copy(dividend);
            if (*remainder == NULL)
                return -1;
        }
        if (quotient != NULL)
            *quotient = (PyLongObject *)ks_int_small(0);
        return 0;
    }
    if (ks_int_count(divisor) == 1)
        return divide_by_digit(dividend, divisor, quotient, remainder);
    if (ks_int_count(dividend) <= 4)
        return divide_wide(dividend, divisor, quotient, remainder);
    return divide_limbs(dividend, divisor, quotient, remainder);
}

/* Floor division of values that fit into int64_t. */
KS_INLINE int64_t
floor_quotient(int64_t a, int64_t b)
{
    int64_t whole = a / b;
    return whole - ((a % b != 0) && ((a < 0) != (b < 0)));
}

KS_INLINE int64_t
floor_remainder(int64_t a, int64_t b)
{
    int64_t rest = a % b;
    return rest + ((rest != 0 && ((rest < 0) != (b < 0))) ? b : 0);
}

int
ks_int_divmod(PyLongObject *dividend, PyLongObject *divisor, PyLongObject **quotient,
              PyLongObject **remainder)
{
    PyLongObject *whole = NULL, *rest = NULL;
    if (remainder == NULL && (Py_SIZE(dividend) < 0) == (Py_SIZE(divisor) < 0))
        return ks_int_divrem(dividend, divisor, quotient, NULL); /* nothing to correct */
    if (ks_int_divrem(dividend, divisor, quotient ? &whole : NULL, &rest) < 0)
        return -1;
    if (Py_SIZE(rest) != 0 && (Py_SIZE(rest) < 0) != (Py_SIZE(divisor) < 0)) {
        if (remainder != NULL)
            Py_SETREF(rest, (PyLongObject *)_PyLong_Add(rest, divisor));
        if (quotient != NULL)
            Py_SETREF(whole, (PyLongObject *)_PyLong_Subtract(whole,
                                                   (PyLongObject *)_PyLong_GetOne()));
    }
    if (rest == NULL || (quotient != NULL && whole == NULL)) {
        Py_XDECREF(rest);
        Py_XDECREF(whole);
        return -1;
    }
    if (quotient != NULL)
        *quotient = whole;
    if (remainder != NULL)
        *remainder = rest;
    else
        Py_DECREF(rest);
    return 0;
}

static int
refuse_zero(PyLongObject *divisor, const char *message)
{
    if (KS_LIKELY(Py_SIZE(divisor) != 0))
        return 0;
    PyErr_SetString(PyExc_ZeroDivisionError, message);
    return -1;
}

KS_NEW PyObject *
ks_int_floor_divide(PyObject *left, PyObject *right)
{
    KS_BOTH_INTS(left, right);
    PyLongObject *a = (PyLongObject *)left, *b = (PyLongObject *)right, *whole;
    if (refuse_zero(b, "integer division or modulo by zero") < 0)
        return NULL;
    if (KS_LIKELY(ks_int_is_short(a) && ks_int_is_short(b)))
        return ks_int_from_i64(floor_quotient(ks_int_short_value(a), ks_int_short_value(b)));
    return ks_int_divmod(a, b, &whole, NULL) < 0 ? NULL : (PyObject *)whole;
}

KS_NEW PyObject *
ks_int_remainder(PyObject *left, PyObject *right)
{
    KS_BOTH_INTS(left, right);
    PyLongObject *a = (PyLongObject *)left, *b = (PyLongObject *)right, *rest;
    if (refuse_zero(b, "integer modulo by zero") < 0)
        return NULL;
    if (KS_LIKELY(ks_int_is_short(a) && ks_int_is_short(b)))
        return ks_int_from_i64(floor_remainder(ks_int_short_value(a), ks_int_short_value(b)));
    return ks_int_divmod(a, b, NULL, &rest) < 0 ? NULL : (PyObject *)rest;
}

static PyObject *
pair_of(PyObject *first, PyObject *second)
{
    PyObject *pair = first && second ? PyTuple_New(2) : NULL;
    if (pair == NULL) {
        Py_XDECREF(first);
        Py_XDECREF(second);
        return NULL;
    }
    PyTuple_SET_ITEM(pair, 0, first);
    PyTuple_SET_ITEM(pair, 1, second);
    return pair;
}

KS_NEW PyObject *
ks_int_divmod_pair(PyObject *left, PyObject *right)
{
    KS_BOTH_INTS(left, right);
    PyLongObject *a = (PyLongObject *)left, *b = (PyLongObject *)right, *whole, *rest;
    if (refuse_zero(b, "integer division or modulo by zero") < 0)
        return NULL;
    if (ks_int_is_short(a) && ks_int_is_short(b)) {
        int64_t x = ks_int_short_value(a), y = ks_int_short_value(b);
        return pair_of(ks_int_from_i64(floor_quotient(x, y)),
                       ks_int_from_i64(floor_remainder(x, y)));
    }
    if (ks_int_divmod(a, b, &whole, &rest) < 0)
        return NULL;
    return pair_of((PyObject *)whole, (PyObject *)rest);
}

/* The quotient rounded to nearest, ties to even, and its remainder. */
PyObject *
_PyLong_DivmodNear(PyObject *left, PyObject *right)
{
    PyLongObject *whole, *rest, *b = (PyLongObject *)right;
    if (!PyLong_Check(left) || !PyLong_Check(right)) {
        PyErr_SetString(PyExc_TypeError, "non-integer arguments in division");
        return NULL;
    }
    if (refuse_zero(b, "integer division or modulo by zero") < 0 ||
        ks_int_divmod((PyLongObject *)left, b, &whole, &rest) < 0)
        return NULL;
    PyLongObject *twice = (PyLongObject *)_PyLong_Add(rest, rest);
    if (twice != NULL) {
        int order = ks_int_compare_magnitude(twice, b);
        Py_DECREF(twice);
        if (order < 0 || (order == 0 && !(Py_SIZE(whole) && (whole->ob_digit[0] & 1))))
            return pair_of((PyObject *)whole, (PyObject *)rest);
        /* The floor's remainder has the divisor's sign: stepping up subtracts the divisor. */
        Py_SETREF(whole, (PyLongObject *)_PyLong_Add(whole, (PyLongObject *)_PyLong_GetOne()));
        Py_SETREF(rest, (PyLongObject *)_PyLong_Subtract(rest, b));
        return pair_of((PyObject *)whole, (PyObject *)rest);
    }
    Py_DECREF(whole);
    Py_DECREF(rest);
    return NULL;
}

KS_NEW PyObject *
ks_int_round(PyObject *number, PyObject *ndigits)
{
    KS_OWNED PyObject *places = PyNumber_Index(ndigits);
    if (places == NULL)
        return NULL;
    if (Py_SIZE(places) >= 0)
        return PyNumber_Long(number);
    KS_OWNED PyObject *zeros = PyNumber_Negative(places);
    if (zeros == NULL)
        return NULL;
    /* 10**zeros > 2 * |number| rounds to 0; no need to compute such a power. */
    int overflow;
    long count = PyLong_AsLongAndOverflow(zeros, &overflow);
    if (overflow || (size_t)count > _PyLong_NumBits(number) / 3 + 2)
        return ks_int_small(0);
    KS_OWNED PyObject *ten = PyLong_FromLong(10);
    if (ten == NULL)
        return NULL;
    KS_OWNED PyObject *unit = ks_int_power(ten, zeros, Py_None);
    if (unit == NULL)
        return NULL;
    KS_OWNED PyObject *pair = _PyLong_DivmodNear(number, unit);
    if (pair == NULL)
        return NULL;
    return _PyLong_Subtract((PyLongObject *)number, (PyLongObject *)PyTuple_GET_ITEM(pair, 1));
}

/* --- True division --------------------------------------------------------------------------- */

/* |value| scaled into an integer quotient of at least 55 bits, plus whether anything was lost. */
static int
scaled_quotient(PyLongObject *a, PyLongObject *b, Py_ssize_t shift, uint64_t *bits, int *inexact)
{
    KS_OWNED PyObject *scaled = shift <= 0 ? _PyLong_Lshift((PyObject *)a, (size_t)-shift)
                                           : _PyLong_Lshift((PyObject *)b, (size_t)shift);
    if (scaled == NULL)
        return -1;
    PyLongObject *whole, *rest;
    if (shift <= 0 ? ks_int_divrem((PyLongObject *)scaled, b, &whole, &rest)
                   : ks_int_divrem(a, (PyLongObject *)scaled, &whole, &rest))
        return -1;
    *inexact = Py_SIZE(rest) != 0;
    *bits = 0;
    for (Py_ssize_t i = ks_int_count(whole); --i >= 0;)
        *bits = *bits << PyLong_SHIFT | whole->ob_digit[i];
    Py_DECREF(whole);
    Py_DECREF(rest);
    return 0;
}

/* The correctly rounded quotient, half to even. */
static PyObject *
divide_exactly_rounded(PyLongObject *a, PyLongObject *b)
{
    int is_negative = (Py_SIZE(a) < 0) != (Py_SIZE(b) < 0), inexact;
    Py_ssize_t shift, difference;
    uint64_t bits;
    if (Py_SIZE(a) == 0)
        return PyFloat_FromDouble(is_negative ? -0.0 : 0.0);
    difference = (Py_ssize_t)_PyLong_NumBits((PyObject *)a) -
                 (Py_ssize_t)_PyLong_NumBits((PyObject *)b);
    if (difference > DBL_MAX_EXP)
        goto overflow;
    if (difference < DBL_MIN_EXP - DBL_MANT_DIG - 1)
        return PyFloat_FromDouble(is_negative ? -0.0 : 0.0);
    shift = (difference > DBL_MIN_EXP ? difference : DBL_MIN_EXP) - DBL_MANT_DIG - 2;
    if (scaled_quotient(a, b, shift, &bits, &inexact) < 0)
        return NULL;
    Py_ssize_t width = bits ? 64 - __builtin_clzll(bits) : 0;
    Py_ssize_t drop = (width > DBL_MIN_EXP - shift ? width : DBL_MIN_EXP - shift) - DBL_MANT_DIG;
    uint64_t lost = bits & (((uint64_t)1 << drop) - 1), half = (uint64_t)1 << (drop - 1);
    bits >>= drop;
    if (lost > half || (lost == half && (inexact || (bits & 1))))
        bits++;
    double result = ldexp((double)bits, (int)(shift + drop));
    if (isinf(result))
        goto overflow;
    return PyFloat_FromDouble(is_negative ? -result : result);
overflow:
    PyErr_SetString(PyExc_OverflowError, "integer division result too large for a float");
    return NULL;
}

KS_NEW PyObject *
ks_int_true_divide(PyObject *left, PyObject *right)
{
    KS_BOTH_INTS(left, right);
    PyLongObject *a = (PyLongObject *)left, *b = (PyLongObject *)right;
    if (refuse_zero(b, "division by zero") < 0)
        return NULL;
    if (KS_LIKELY(ks_int_is_short(a) && ks_int_is_short(b))) {
        const int64_t exact = (int64_t)1 << DBL_MANT_DIG;
        int64_t x = ks_int_short_value(a), y = ks_int_short_value(b);
        if (KS_LIKELY(x <= exact && x >= -exact && y <= exact && y >= -exact))
            return PyFloat_FromDouble((double)x / (double)y);
    }
    return divide_exactly_rounded(a, b);
}
