/* SPDX-License-Identifier: MIT */
/* int: addition, subtraction, multiplication, comparison of magnitudes, greatest divisor.
 *
 * Operands of at most two digits are C arithmetic; above, rows of digits, which sums and
 * differences treat four at a time; from KS_INT_MUL_LIMBS digits on, products are GMP's, whose
 * cost falls below quadratic. */
#include "Python.h"
#include "pycore_long.h"
#include "ks_int.h"

int
ks_int_compare_magnitude(const PyLongObject *left, const PyLongObject *right)
{
    Py_ssize_t m = ks_int_count(left), n = ks_int_count(right);
    if (m != n)
        return m < n ? -1 : 1;
    while (--m >= 0) {
        if (left->ob_digit[m] != right->ob_digit[m])
            return left->ob_digit[m] < right->ob_digit[m] ? -1 : 1;
    }
    return 0;
}

/* Four digits with room for a sum, a difference and a sign. */
typedef int32_t Lanes __attribute__((vector_size(16), aligned(4), may_alias));
#define LANES(digits) (*(Lanes *)(void *)(digits))
#define LANES_WORTH_IT 12

/* Passes on what digits outside [0, PyLong_MASK] carry or borrow; what the last one passes on. */
static int32_t
settle(digit *row, Py_ssize_t count)
{
    int32_t carry = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        carry += (int32_t)row[i];
        row[i] = (digit)carry & PyLong_MASK;
        carry >>= PyLong_SHIFT;
    }
    return carry;
}

/* out = a + sign * b over count places; what is carried out of the last: 1, 0 or -1 (a borrow).
 *
 * Many places at once: each gets its own sum and the carry of the sum before it. Only where that
 * makes a digit that is full (or below 0) by the carry alone does it have to go on further. */
KS_INLINE int32_t
combine(digit *out, const digit *a, const digit *b, Py_ssize_t count, int32_t sign)
{
    int32_t carry = 0;
    Py_ssize_t i = 0;
    if (count >= LANES_WORTH_IT) {
        Lanes overflow = {0, 0, 0, 0};
        out[0] = (a[0] + (digit)sign * b[0]) & PyLong_MASK;
        for (i = 1; i + 4 <= count; i += 4) {
            Lanes here = LANES(a + i) + sign * LANES(b + i);
            Lanes before = LANES(a + i - 1) + sign * LANES(b + i - 1);
            here = (here & (int32_t)PyLong_MASK) + (before >> PyLong_SHIFT);
            LANES(out + i) = here;
            overflow |= here;
        }
        carry = (int32_t)(a[i - 1] + (digit)sign * b[i - 1]) >> PyLong_SHIFT;
        if ((overflow[0] | overflow[1] | overflow[2] | overflow[3]) & ~(int32_t)PyLong_MASK)
            carry += settle(out, i);
    }
    for (; i < count; i++) {
        carry += (int32_t)(a[i] + (digit)sign * b[i]);
        out[i] = (digit)carry & PyLong_MASK;
        carry >>= PyLong_SHIFT;
    }
    return carry;
}

/* out = a + carry over count places; what is carried out of the last. */
static int32_t
carry_on(digit *out, const digit *a, Py_ssize_t count, int32_t carry)
{
    Py_ssize_t i = 0;
    for (; carry != 0 && i < count; i++) {
        carry += (int32_t)a[i];
        out[i] = (digit)carry & PyLong_MASK;
        carry >>= PyLong_SHIFT;
    }
    memcpy(out + i, a + i, (size_t)(count - i) * sizeof(digit));
    return carry;
}

/* |left| + |right|, with the given sign. */
static PyObject *
magnitude_add(const PyLongObject *left, const PyLongObject *right, int is_negative)
{
    if (ks_int_count(left) < ks_int_count(right)) {
        const PyLongObject *other = left;
        left = right;
        right = other;
    }
    Py_ssize_t m = ks_int_count(left), n = ks_int_count(right);
    PyLongObject *sum = ks_int_new(m + 1);
    if (sum == NULL)
        return NULL;
    digit *out = sum->ob_digit;
    int32_t carry = combine(out, left->ob_digit, right->ob_digit, n, 1);
    carry = carry_on(out + n, left->ob_digit + n, m - n, carry);
    out[m] = (digit)carry;
    m += carry != 0;
    Py_SET_SIZE(sum, is_negative ? -m : m);
    return (PyObject *)sum;
}

/* |left| - |right|, negated if asked. */
static PyObject *
magnitude_subtract(const PyLongObject *left, const PyLongObject *right, int is_negative)
{
    int order = ks_int_compare_magnitude(left, right);
    if (order == 0)
        return ks_int_small(0);
    if (order < 0) {
        const PyLongObject *other = left;
        left = right;
        right = other;
        is_negative = !is_negative;
    }
    Py_ssize_t m = ks_int_count(left), n = ks_int_count(right);
    PyLongObject *rest = ks_int_new(m);
    if (rest == NULL)
        return NULL;
    digit *out = rest->ob_digit;
    int32_t borrow = combine(out, left->ob_digit, right->ob_digit, n, -1);
    carry_on(out + n, left->ob_digit + n, m - n, borrow);
    if (is_negative)
        Py_SET_SIZE(rest, -m);
    return ks_int_finish(rest);
}

/* left + right or, with right_sign -1, left - right, of which one has more than one digit. */
static KS_NOINLINE PyObject *
add_long(PyLongObject *left, PyLongObject *right, int right_sign)
{
    if (ks_int_is_short(left) && ks_int_is_short(right))
        return ks_int_from_i64(ks_int_short_value(left) + right_sign * ks_int_short_value(right));
    int is_negative = Py_SIZE(left) < 0;
    if (is_negative == (right_sign * Py_SIZE(right) < 0))
        return magnitude_add(left, right, is_negative);
    return magnitude_subtract(left, right, is_negative);
}

PyObject *
_PyLong_Add(PyLongObject *left, PyLongObject *right)
{
    if (KS_LIKELY(ks_int_is_digit(left) && ks_int_is_digit(right)))
        return ks_int_from_short(ks_int_digit_value(left) + ks_int_digit_value(right));
    return add_long(left, right, 1);
}

PyObject *
_PyLong_Subtract(PyLongObject *left, PyLongObject *right)
{
    if (KS_LIKELY(ks_int_is_digit(left) && ks_int_is_digit(right)))
        return ks_int_from_short(ks_int_digit_value(left) - ks_int_digit_value(right));
    return add_long(left, right, -1);
}

/* --- Products ------------------------------------------------------------------------------ */

/* One row a digit of right; count of left is not below that of right. */
static PyObject *
multiply_rows(const PyLongObject *left, const PyLongObject *right, int is_negative)
{
    Py_ssize_t m = ks_int_count(left), n = ks_int_count(right);
    PyLongObject *product = ks_int_new(m + n);
    if (product == NULL)
        return NULL;
    memset(product->ob_digit, 0, (size_t)(m + n) * sizeof(digit));
    for (Py_ssize_t j = 0; j < n; j++) {
        twodigits factor = right->ob_digit[j], carry = 0;
        digit *out = product->ob_digit + j;
        for (Py_ssize_t i = 0; i < m; i++) {
            carry += out[i] + left->ob_digit[i] * factor;
            out[i] = (digit)(carry & PyLong_MASK);
            carry >>= PyLong_SHIFT;
        }
        out[m] = (digit)carry;
    }
    if (is_negative)
        Py_SET_SIZE(product, -(m + n));
    return ks_int_finish(product);
}

static PyObject *
multiply_limbs(PyLongObject *left, PyLongObject *right, int is_negative)
{
    KsLimbs a, b, product;
    PyLongObject *result = NULL;
    a.limb = a.inside, b.limb = b.inside, product.limb = product.inside;
    if (ks_limbs_from_int(&a, left, 0) < 0)
        goto done;
    if (left == right) {
        if (ks_limbs_open(&product, 2 * a.count) < 0)
            goto done;
        mpn_sqr(product.limb, a.limb, a.count);
        product.count = 2 * a.count;
    }
    else {
        if (ks_limbs_from_int(&b, right, 0) < 0 || ks_limbs_open(&product, a.count + b.count) < 0)
            goto done;
        /* mpn_mul wants the longer one first; equal counts of digits may differ in limbs. */
        if (a.count >= b.count)
            mpn_mul(product.limb, a.limb, a.count, b.limb, b.count);
        else
            mpn_mul(product.limb, b.limb, b.count, a.limb, a.count);
        product.count = a.count + b.count;
    }
    result = ks_int_from_limbs(product.limb, product.count, is_negative);
done:
    ks_limbs_close(&a);
    ks_limbs_close(&b);
    ks_limbs_close(&product);
    return (PyObject *)result;
}

/* left * right, of which one has more than one digit. */
static KS_NOINLINE PyObject *
multiply_long(PyLongObject *left, PyLongObject *right)
{
    if (ks_int_is_short(left) && ks_int_is_short(right)) {
        __int128 wide = (__int128)ks_int_short_value(left) * ks_int_short_value(right);
        if ((int64_t)wide == wide)
            return ks_int_from_i64((int64_t)wide);
        return ks_int_from_u128(wide < 0 ? -(unsigned __int128)wide : (unsigned __int128)wide,
                                wide < 0);
    }
    int is_negative = (Py_SIZE(left) < 0) != (Py_SIZE(right) < 0);
    if (ks_int_count(left) < ks_int_count(right)) {
        PyLongObject *other = left;
        left = right;
        right = other;
    }
    if (Py_SIZE(right) == 0)
        return ks_int_small(0);
    if (ks_int_count(right) < KS_INT_MUL_LIMBS)
        return multiply_rows(left, right, is_negative);
    return multiply_limbs(left, right, is_negative);
}

PyObject *
_PyLong_Multiply(PyLongObject *left, PyLongObject *right)
{
    if (KS_LIKELY(ks_int_is_digit(left) && ks_int_is_digit(right)))
        return ks_int_from_short(ks_int_digit_value(left) * ks_int_digit_value(right));
    return multiply_long(left, right);
}

/* --- Greatest common divisor ------------------------------------------------------------------ */

static uint64_t
gcd_u64(uint64_t a, uint64_t b)
{
    if (a == 0 || b == 0)
        return a | b;
    int shift = __builtin_ctzll(a | b);
    a >>= __builtin_ctzll(a);
    while (b) {
        b >>= __builtin_ctzll(b);
        if (a > b) {
            uint64_t other = a;
            a = b;
            b = other;
        }
        b -= a;
    }
    return a << shift;
}

/* The non-negative greatest common divisor of two ints. */
PyObject *
_PyLong_GCD(PyObject *left, PyObject *right)
{
    PyLongObject *a = (PyLongObject *)left, *b = (PyLongObject *)right;
    if (ks_int_is_short(a) && ks_int_is_short(b)) {
        return ks_int_from_u64(gcd_u64((uint64_t)llabs(ks_int_short_value(a)),
                                       (uint64_t)llabs(ks_int_short_value(b))));
    }
    if (Py_SIZE(a) == 0 || Py_SIZE(b) == 0)
        return PyNumber_Absolute(Py_SIZE(a) ? left : right);
    KsLimbs x, y;
    PyLongObject *result = NULL;
    mpz_t found, xz, yz;
    y.limb = y.inside;
    if (ks_limbs_from_int(&x, a, 0) < 0 || ks_limbs_from_int(&y, b, 0) < 0)
        goto done;
    mpz_init(found);
    mpz_gcd(found, mpz_roinit_n(xz, x.limb, x.count), mpz_roinit_n(yz, y.limb, y.count));
    result = ks_int_from_limbs(mpz_limbs_read(found), (Py_ssize_t)mpz_size(found), 0);
    mpz_clear(found);
done:
    ks_limbs_close(&x);
    ks_limbs_close(&y);
    return (PyObject *)result;
}
