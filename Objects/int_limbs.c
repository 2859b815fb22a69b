/* SPDX-License-Identifier: MIT */
/* Between an int's 30-bit digits and GMP's 64-bit limbs.
 *
 * Both directions are one pass: 32 digits are 15 limbs. A KsLimbs that was opened must be closed;
 * opening fails with MemoryError before anything is allocated, closing is then still allowed. */
#include "Python.h"
#include "ks_int.h"

int
ks_limbs_open(KsLimbs *limbs, Py_ssize_t room)
{
    limbs->count = 0;
    limbs->limb = limbs->inside;
    if (room <= KS_LIMBS_INSIDE)
        return 0;
    limbs->limb = PyMem_New(mp_limb_t, room);
    if (limbs->limb != NULL)
        return 0;
    limbs->limb = limbs->inside;
    PyErr_NoMemory();
    return -1;
}

void
ks_limbs_close(KsLimbs *limbs)
{
    if (limbs->limb != limbs->inside)
        PyMem_Free(limbs->limb);
}

static Py_ssize_t
limbs_pack(mp_limb_t *out, const digit *digits, Py_ssize_t count)
{
    Py_ssize_t made = 0;
    uint64_t pending = 0;
    int bits = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        uint64_t next = digits[i];
        pending |= next << bits;
        bits += PyLong_SHIFT;
        if (bits >= 64) {
            out[made++] = pending;
            bits -= 64;
            pending = next >> (PyLong_SHIFT - bits);
        }
    }
    if (bits > 0)
        out[made++] = pending;
    while (made > 0 && out[made - 1] == 0)
        made--;
    return made;
}

int
ks_limbs_from_int(KsLimbs *limbs, const PyLongObject *number, Py_ssize_t spare)
{
    Py_ssize_t count = ks_int_count(number);
    if (ks_limbs_open(limbs, ks_limbs_for_digits(count) + spare) < 0)
        return -1;
    limbs->count = limbs_pack(limbs->limb, number->ob_digit, count);
    return 0;
}

KS_NEW PyLongObject *
ks_int_from_limbs(const mp_limb_t *limb, Py_ssize_t count, int is_negative)
{
    while (count > 0 && limb[count - 1] == 0)
        count--;
    if (count == 0)
        return (PyLongObject *)ks_int_small(0);
    if (count > PY_SSIZE_T_MAX / 64 - 1) {
        PyErr_SetString(PyExc_OverflowError, "too many digits in integer");
        return NULL;
    }
    Py_ssize_t bits = count * 64 - __builtin_clzll(limb[count - 1]);
    Py_ssize_t digits = (bits + PyLong_SHIFT - 1) / PyLong_SHIFT;
    PyLongObject *number = ks_int_new(digits);
    if (number == NULL)
        return NULL;
    Py_ssize_t at = 0;
    int offset = 0;
    for (Py_ssize_t i = 0; i < digits; i++) {
        uint64_t low = limb[at] >> offset;
        if (offset > 64 - PyLong_SHIFT && at + 1 < count)
            low |= limb[at + 1] << (64 - offset);
        number->ob_digit[i] = (digit)(low & PyLong_MASK);
        offset += PyLong_SHIFT;
        at += offset >> 6;
        offset &= 63;
    }
    Py_SET_SIZE(number, is_negative ? -digits : digits);
    if (digits == 1)
        return (PyLongObject *)ks_int_finish(number);
    return number;
}
