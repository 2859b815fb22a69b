/* SPDX-License-Identifier: MIT */
/* int: powers, with and without a modulus. */
#include "Python.h"
#include "pycore_long.h"
#include "ks_int.h"

/* --- Without modulus -------------------------------------------------------------------------- */

/* 1 and the power in *power if it stays within 62 bits, else 0. */
static int
power_short(int64_t base, uint64_t exponent, int64_t *power)
{
    int64_t result = 1;
    for (;;) {
        if ((exponent & 1) && __builtin_mul_overflow(result, base, &result))
            return 0;
        exponent >>= 1;
        if (exponent == 0)
            break;
        if (__builtin_mul_overflow(base, base, &base))
            return 0;
    }
    *power = result;
    return 1;
}

/* odd**exponent by squaring from the exponent's top bit; odd has at least two bits. */
static PyLongObject *
power_limbs(PyLongObject *odd, uint64_t exponent, int is_negative)
{
    size_t width = _PyLong_NumBits((PyObject *)odd), bits;
    KsLimbs base, power, next;
    PyLongObject *result = NULL;
    power.limb = power.inside, next.limb = next.inside;
    if (__builtin_mul_overflow(width, exponent, &bits) || bits > (size_t)PY_SSIZE_T_MAX / 2)
        return (PyLongObject *)PyErr_NoMemory();
    Py_ssize_t room = (Py_ssize_t)(bits / 64) + 4;
    if (ks_limbs_from_int(&base, odd, 0) < 0 || ks_limbs_open(&power, room) < 0 ||
        ks_limbs_open(&next, room) < 0)
        goto done;
    memcpy(power.limb, base.limb, (size_t)base.count * sizeof(mp_limb_t));
    mp_limb_t *from = power.limb, *to = next.limb;
    Py_ssize_t count = base.count;
    for (int bit = 62 - __builtin_clzll(exponent); bit >= 0; bit--) {
        mp_limb_t *other;
        mpn_sqr(to, from, count);
        count *= 2;
        count -= to[count - 1] == 0;
        other = from, from = to, to = other;
        if (exponent >> bit & 1) {
            if (count >= base.count)
                mpn_mul(to, from, count, base.limb, base.count);
            else
                mpn_mul(to, base.limb, base.count, from, count);
            count += base.count;
            count -= to[count - 1] == 0;
            other = from, from = to, to = other;
        }
        if (count > 10000 && PyErr_CheckSignals() < 0)
            goto done;
    }
    result = ks_int_from_limbs(from, count, is_negative);
done:
    ks_limbs_close(&base);
    ks_limbs_close(&power);
    ks_limbs_close(&next);
    return result;
}

/* Zero bits at the low end; number is not 0. */
static size_t
trailing_zeros(const PyLongObject *number)
{
    size_t i = 0;
    while (number->ob_digit[i] == 0)
        i++;
    return i * PyLong_SHIFT + (size_t)__builtin_ctz(number->ob_digit[i]);
}

static PyObject *
power_plain(PyLongObject *base, PyLongObject *exponent)
{
    int64_t power;
    if (Py_SIZE(exponent) == 0)
        return ks_int_small(1);
    if (ks_int_is_short(base)) {
        int64_t value = ks_int_short_value(base);
        if (value == 0 || value == 1)
            return ks_int_small(value);
        if (value == -1)
            return ks_int_small(exponent->ob_digit[0] & 1 ? -1 : 1);
        if (ks_int_is_short(exponent) &&
            power_short(value, (uint64_t)ks_int_short_value(exponent), &power))
            return ks_int_from_i64(power);
    }
    if (!ks_int_is_short(exponent))
        return PyErr_NoMemory();
    /* (odd * 2**t)**e = odd**e * 2**(t*e): powers of two and of ten need (almost) no squaring. */
    uint64_t e = (uint64_t)ks_int_short_value(exponent);
    int is_negative = Py_SIZE(base) < 0 && (e & 1);
    size_t zeros = trailing_zeros(base), shift;
    if (__builtin_mul_overflow(zeros, e, &shift) || shift > (size_t)PY_SSIZE_T_MAX)
        return PyErr_NoMemory();
    KS_OWNED PyObject *magnitude = PyNumber_Absolute((PyObject *)base);
    if (magnitude == NULL)
        return NULL;
    KS_OWNED PyObject *odd = _PyLong_Rshift(magnitude, zeros);
    if (odd == NULL)
        return NULL;
    KS_OWNED PyObject *result = NULL;
    if (odd == _PyLong_GetOne())
        result = ks_int_small(is_negative ? -1 : 1);
    else
        result = (PyObject *)power_limbs((PyLongObject *)odd, e, is_negative);
    if (result == NULL || shift == 0)
        return ks_give(&result);
    return _PyLong_Lshift(result, shift);
}

/* --- With modulus ------------------------------------------------------------------------------- */

static uint64_t
power_mod_u64(uint64_t base, const PyLongObject *exponent, uint64_t modulus)
{
    uint64_t result = 1 % modulus;
    for (Py_ssize_t i = ks_int_count(exponent); --i >= 0;) {
        for (int bit = PyLong_SHIFT - 1; bit >= 0; bit--) {
            result = (uint64_t)((unsigned __int128)result * result % modulus);
            if (exponent->ob_digit[i] >> bit & 1)
                result = (uint64_t)((unsigned __int128)result * base % modulus);
        }
    }
    return result;
}

/* The inverse of base (in [0, modulus)); ValueError if there is none. */
static PyObject *
invert_mod(PyLongObject *base, PyLongObject *modulus)
{
    KsLimbs b, m;
    mpz_t bz, mz, found;
    PyObject *result = NULL;
    m.limb = m.inside;
    if (ks_limbs_from_int(&b, base, 0) < 0 || ks_limbs_from_int(&m, modulus, 0) < 0)
        goto done;
    mpz_init(found);
    if (mpz_invert(found, mpz_roinit_n(bz, b.limb, b.count), mpz_roinit_n(mz, m.limb, m.count)))
        result = (PyObject *)ks_int_from_limbs(mpz_limbs_read(found),
                                               (Py_ssize_t)mpz_size(found), 0);
    else
        PyErr_SetString(PyExc_ValueError, "base is not invertible for the given modulus");
    mpz_clear(found);
done:
    ks_limbs_close(&b);
    ks_limbs_close(&m);
    return result;
}

/* base in [0, modulus), exponent >= 0 by magnitude, modulus > 1. */
static PyObject *
power_mod(PyLongObject *base, PyLongObject *exponent, PyLongObject *modulus)
{
    if (ks_int_is_short(modulus)) {
        return ks_int_from_u64(power_mod_u64((uint64_t)ks_int_short_value(base), exponent,
                                             (uint64_t)ks_int_short_value(modulus)));
    }
    KsLimbs b, e, m;
    mpz_t bz, ez, mz, found;
    PyObject *result = NULL;
    e.limb = e.inside, m.limb = m.inside;
    if (ks_limbs_from_int(&b, base, 0) < 0 || ks_limbs_from_int(&e, exponent, 0) < 0 ||
        ks_limbs_from_int(&m, modulus, 0) < 0)
        goto done;
    mpz_init(found);
    mpz_powm(found, mpz_roinit_n(bz, b.limb, b.count), mpz_roinit_n(ez, e.limb, e.count),
             mpz_roinit_n(mz, m.limb, m.count));
    result = (PyObject *)ks_int_from_limbs(mpz_limbs_read(found), (Py_ssize_t)mpz_size(found), 0);
    mpz_clear(found);
done:
    ks_limbs_close(&b);
    ks_limbs_close(&e);
    ks_limbs_close(&m);
    return result;
}

static PyObject *
power_modulus(PyObject *base, PyObject *exponent, PyObject *modulus)
{
    if (Py_SIZE(modulus) == 0) {
        PyErr_SetString(PyExc_ValueError, "pow() 3rd argument cannot be 0");
        return NULL;
    }
    KS_OWNED PyObject *m = PyNumber_Absolute(modulus);
    if (m == NULL)
        return NULL;
    if (m == _PyLong_GetOne())
        return ks_int_small(0);
    KS_OWNED PyObject *b = ks_int_remainder(base, m);
    if (b == NULL)
        return NULL;
    if (Py_SIZE(exponent) < 0) {
        Py_SETREF(b, invert_mod((PyLongObject *)b, (PyLongObject *)m));
        if (b == NULL)
            return NULL;
    }
    KS_OWNED PyObject *power = power_mod((PyLongObject *)b, (PyLongObject *)exponent,
                                         (PyLongObject *)m);
    if (power == NULL)
        return NULL;
    if (Py_SIZE(modulus) < 0 && Py_SIZE(power) != 0)
        return _PyLong_Add((PyLongObject *)power, (PyLongObject *)modulus);
    return ks_give(&power);
}

/* The nb_power slot: modulus is None or an int for ints, else NotImplemented. */
KS_NEW PyObject *
ks_int_power(PyObject *base, PyObject *exponent, PyObject *modulus)
{
    if (!PyLong_Check(base) || !PyLong_Check(exponent))
        Py_RETURN_NOTIMPLEMENTED;
    if (PyLong_Check(modulus))
        return power_modulus(base, exponent, modulus);
    if (modulus != Py_None)
        Py_RETURN_NOTIMPLEMENTED;
    if (Py_SIZE(exponent) < 0)
        return PyFloat_Type.tp_as_number->nb_power(base, exponent, modulus);
    return power_plain((PyLongObject *)base, (PyLongObject *)exponent);
}
