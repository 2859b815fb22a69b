/* SPDX-License-Identifier: MIT */
/* Searching in arrays of 1, 2 and 4 byte characters: what str, bytes and bytearray share.
 *
 * The functions are instances of Objects/search_find.h, compiled once in Objects/str_search.c:
 * ks_search1_find() and so on work on 1 byte characters, ks_search2_ and ks_search4_ on wider ones.
 * Lengths are counted in characters; needles of length 0 are the caller's business, except where
 * said otherwise. Nothing here allocates or raises. */
#ifndef KS_SEARCH_H
#define KS_SEARCH_H

#include "ks_base.h"

#define KS_SEARCH_DECLARE(width, chr)                                                          \
    /* Index of the first (last) ch in text[0..length), or -1. */                              \
    Py_ssize_t ks_search##width##_find_char(const chr *text, Py_ssize_t length, chr ch);       \
    Py_ssize_t ks_search##width##_rfind_char(const chr *text, Py_ssize_t length, chr ch);      \
    /* How often ch occurs, at most max times. */                                              \
    Py_ssize_t ks_search##width##_count_char(const chr *text, Py_ssize_t length, chr ch,       \
                                             Py_ssize_t max);                                  \
    /* Index of the first (last) occurrence of needle, or -1. An empty needle is found at the  \
     * start (the end). */                                                                     \
    Py_ssize_t ks_search##width##_find(const chr *text, Py_ssize_t length, const chr *needle,  \
                                       Py_ssize_t needle_length);                              \
    Py_ssize_t ks_search##width##_rfind(const chr *text, Py_ssize_t length, const chr *needle, \
                                        Py_ssize_t needle_length);                             \
    /* Non-overlapping occurrences, at most max; length + 1 for an empty needle. */            \
    Py_ssize_t ks_search##width##_count(const chr *text, Py_ssize_t length, const chr *needle, \
                                        Py_ssize_t needle_length, Py_ssize_t max);

KS_SEARCH_DECLARE(1, Py_UCS1)
KS_SEARCH_DECLARE(2, Py_UCS2)
KS_SEARCH_DECLARE(4, Py_UCS4)

/* Clamps the start and end of a slice to 0..length as find() and its kin do. */
KS_INLINE void
ks_search_clamp(Py_ssize_t *start, Py_ssize_t *end, Py_ssize_t length)
{
    if (*end > length)
        *end = length;
    else if (*end < 0) {
        *end += length;
        if (*end < 0)
            *end = 0;
    }
    if (*start < 0) {
        *start += length;
        if (*start < 0)
            *start = 0;
    }
}

#endif
