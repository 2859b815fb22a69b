/* SPDX-License-Identifier: MIT */
/* Hashes: SipHash-1-3 for text and bytes, numbers modulo 2**61 - 1, pointers; and the secret,
 * filled by _Py_HashRandomization_Init() in hash_random.c.
 *
 * Numbers that compare equal must hash equal, whatever their type: the value is reduced modulo a
 * prime, in which division is defined, so that fractions have hashes as well. */
#include "Python.h"
#include "pycore_pyhash.h"
#include "pycore_pylifecycle.h"
#include "ks_base.h"

_Py_HashSecret_t _Py_HashSecret;

/* --- SipHash: one round a block, three at the end ------------------------------------------ */

typedef struct SipState {
    uint64_t a, b, c, d;
} SipState;

KS_INLINE uint64_t
rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

KS_INLINE void
sip_round(SipState *s)
{
    s->a += s->b;
    s->b = rotate(s->b, 13) ^ s->a;
    s->a = rotate(s->a, 32);
    s->c += s->d;
    s->d = rotate(s->d, 16) ^ s->c;
    s->a += s->d;
    s->d = rotate(s->d, 21) ^ s->a;
    s->c += s->b;
    s->b = rotate(s->b, 17) ^ s->c;
    s->c = rotate(s->c, 32);
}

KS_INLINE uint64_t
siphash13(uint64_t k0, uint64_t k1, const unsigned char *bytes, size_t count)
{
    SipState s = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du, k0 ^ 0x6c7967656e657261u,
                  k1 ^ 0x7465646279746573u};
    uint64_t last = (uint64_t)count << 56, word;
    for (; count >= 8; count -= 8, bytes += 8) {
        memcpy(&word, bytes, 8);
        word = le64toh(word);
        s.d ^= word;
        sip_round(&s);
        s.a ^= word;
    }
    /* At most seven bytes: read as a half, a quarter, a single. */
    unsigned shift = 0;
    if (count & 4) {
        uint32_t half;
        memcpy(&half, bytes, 4);
        last |= le32toh(half);
        bytes += 4;
        shift = 32;
    }
    for (size_t left = count & 3; left > 0; left--, shift += 8)
        last |= (uint64_t)*bytes++ << shift;
    s.d ^= last;
    sip_round(&s);
    s.a ^= last;
    s.c ^= 0xff;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);
    return s.a ^ s.b ^ s.c ^ s.d;
}

static Py_hash_t
hash_secret(const void *bytes, Py_ssize_t count)
{
    return (Py_hash_t)siphash13(_Py_HashSecret.siphash.k0, _Py_HashSecret.siphash.k1, bytes,
                                (size_t)count);
}

/* With a key of the caller's, independent of the process: for .pyc files. */
uint64_t
_Py_KeyedHash(uint64_t key, const char *bytes, Py_ssize_t count)
{
    return siphash13(key, 0, (const unsigned char *)bytes, (size_t)count);
}

/* Text and bytes; never -1. Nothing hashes to 0. */
Py_hash_t
_Py_HashBytes(const void *bytes, Py_ssize_t count)
{
    if (count == 0)
        return 0;
    Py_hash_t hash = hash_secret(bytes, count);
    return hash == -1 ? -2 : hash;
}

static PyHash_FuncDef hash_definition = {hash_secret, "siphash13", 64, 128};

PyHash_FuncDef *
PyHash_GetFuncDef(void)
{
    return &hash_definition;
}

/* --- Numbers and pointers --------------------------------------------------------------------- */

/* A NaN hashes by its object's address, given as `object`. */
Py_hash_t
_Py_HashDouble(PyObject *object, double value)
{
    if (!isfinite(value)) {
        if (isinf(value))
            return value > 0 ? _PyHASH_INF : -_PyHASH_INF;
        return _Py_HashPointer(object);
    }
    /* Compared first: converting a value out of range is undefined. */
    if (value >= INT32_MIN && value <= INT32_MAX && value == (double)(int32_t)value) {
        int32_t whole = (int32_t)value;
        return whole == -1 ? -2 : whole;
    }
    int exponent;
    double fraction = frexp(fabs(value), &exponent);
    /* A 53-bit mantissa is below the modulus; multiplying by a power of two rotates 61 bits. */
    uint64_t sum = (uint64_t)ldexp(fraction, 53);
    int turn = (exponent - 53) % _PyHASH_BITS;
    turn += turn < 0 ? _PyHASH_BITS : 0;
    if (turn > 0)
        sum = (sum << turn & _PyHASH_MODULUS) | sum >> (_PyHASH_BITS - turn);
    if (sum == _PyHASH_MODULUS)
        sum = 0;
    Py_hash_t hash = value < 0 ? -(Py_hash_t)sum : (Py_hash_t)sum;
    return hash == -1 ? -2 : hash;
}

/* The low four bits of an address are mostly zero: they go to the top. */
Py_hash_t
_Py_HashPointerRaw(const void *pointer)
{
    size_t address = (size_t)pointer;
    return (Py_hash_t)(address >> 4 | address << (8 * sizeof(void *) - 4));
}

Py_hash_t
_Py_HashPointer(const void *pointer)
{
    Py_hash_t hash = _Py_HashPointerRaw(pointer);
    return hash == -1 ? -2 : hash;
}

/* Nothing is held: the statistics CPython prints here are a build option. */
void
_PyHash_Fini(void)
{
}
