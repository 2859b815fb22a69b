/* SPDX-License-Identifier: MIT */
/* Bits of a word: swapping bytes, counting, the highest one. */
#ifndef Py_INTERNAL_BITUTILS_H
#define Py_INTERNAL_BITUTILS_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

static inline uint16_t
_Py_bswap16(uint16_t word)
{
    return __builtin_bswap16(word);
}

static inline uint32_t
_Py_bswap32(uint32_t word)
{
    return __builtin_bswap32(word);
}

static inline uint64_t
_Py_bswap64(uint64_t word)
{
    return __builtin_bswap64(word);
}

static inline int
_Py_popcount32(uint32_t word)
{
    return __builtin_popcount(word);
}

/* 0 for 0. */
static inline int
_Py_bit_length(unsigned long word)
{
    return word == 0 ? 0 : LONG_BIT - __builtin_clzl(word);
}

#ifdef __cplusplus
}
#endif

#endif
