/* SPDX-License-Identifier: MIT */
/* Template: find, rfind and count over one character width.
 *
 * The includer defines SEARCH_CHAR (the type), SEARCH_WIDTH (1, 2, 4) and SEARCH(name) (the name
 * to give); they are undefined at the end. Substrings are looked for 16 bytes at a time by their
 * first and last character together; every candidate that fails costs credit, and when a text
 * full of near misses has used it up, the two-way algorithm (Crochemore and Perrin, 1991) takes
 * over, so the worst case stays linear. */

#if defined(__SSE2__) && !defined(SEARCH_SCALAR)
#include <emmintrin.h>
#define SEARCH_LANES (16 / SEARCH_WIDTH)
#if SEARCH_WIDTH == 1
#define SEARCH_SPLAT(ch) _mm_set1_epi8((char)(ch))
#define SEARCH_EQUAL(a, b) _mm_cmpeq_epi8(a, b)
#elif SEARCH_WIDTH == 2
#define SEARCH_SPLAT(ch) _mm_set1_epi16((short)(ch))
#define SEARCH_EQUAL(a, b) _mm_cmpeq_epi16(a, b)
#else
#define SEARCH_SPLAT(ch) _mm_set1_epi32((int)(ch))
#define SEARCH_EQUAL(a, b) _mm_cmpeq_epi32(a, b)
#endif
#define SEARCH_LOAD(p) _mm_loadu_si128((const __m128i *)(const void *)(p))
#endif

Py_ssize_t
SEARCH(find_char)(const SEARCH_CHAR *text, Py_ssize_t length, SEARCH_CHAR ch)
{
#if SEARCH_WIDTH == 1
    const SEARCH_CHAR *hit = memchr(text, ch, (size_t)length);
    return hit == NULL ? -1 : hit - text;
#else
    Py_ssize_t i = 0;
#ifdef SEARCH_LANES
    __m128i wanted = SEARCH_SPLAT(ch);
    for (; i + SEARCH_LANES <= length; i += SEARCH_LANES) {
        int mask = _mm_movemask_epi8(SEARCH_EQUAL(SEARCH_LOAD(text + i), wanted));
        if (mask != 0)
            return i + __builtin_ctz((unsigned)mask) / SEARCH_WIDTH;
    }
#endif
    for (; i < length; i++)
        if (text[i] == ch)
            return i;
    return -1;
#endif
}

Py_ssize_t
SEARCH(rfind_char)(const SEARCH_CHAR *text, Py_ssize_t length, SEARCH_CHAR ch)
{
#if SEARCH_WIDTH == 1
    const SEARCH_CHAR *hit = memrchr(text, ch, (size_t)length);
    return hit == NULL ? -1 : hit - text;
#else
    while (length > 0)
        if (text[--length] == ch)
            return length;
    return -1;
#endif
}

Py_ssize_t
SEARCH(count_char)(const SEARCH_CHAR *text, Py_ssize_t length, SEARCH_CHAR ch, Py_ssize_t max)
{
    Py_ssize_t count = 0, i = 0;
#ifdef SEARCH_LANES
    __m128i wanted = SEARCH_SPLAT(ch);
    const __m128i ones = _mm_set1_epi8(1), zero = _mm_setzero_si128();
    __m128i sum = zero;
    /* The limit is a count: as long as it cannot be reached, blocks are summed up. */
    Py_ssize_t blocks = Py_MIN(length, max) / SEARCH_LANES;
    for (; blocks > 0; blocks--, i += SEARCH_LANES) {
        __m128i equal = SEARCH_EQUAL(SEARCH_LOAD(text + i), wanted);
        sum = _mm_add_epi64(sum, _mm_sad_epu8(_mm_and_si128(equal, ones), zero));
    }
    count = (_mm_cvtsi128_si64(sum) + _mm_cvtsi128_si64(_mm_unpackhi_epi64(sum, sum))) /
            SEARCH_WIDTH;
#endif
    for (; i < length && count < max; i++)
        count += text[i] == ch;
    return count;
}

/* Where the greatest suffix of the needle starts, under < (flipped: under >), and its period. */
static Py_ssize_t
SEARCH(suffix)(const SEARCH_CHAR *needle, Py_ssize_t length, int flipped, Py_ssize_t *period)
{
    Py_ssize_t best = 0, other = 1, run = 0, p = 1;
    while (other + run < length) {
        SEARCH_CHAR a = needle[other + run], b = needle[best + run];
        if (a == b) {
            if (run + 1 == p) {
                other += p;
                run = 0;
            }
            else
                run++;
        }
        else if (flipped ? b < a : a < b) {
            other += run + 1;
            run = 0;
            p = other - best;
        }
        else {
            best = other++;
            run = 0;
            p = 1;
        }
    }
    *period = p;
    return best;
}

/* Linear in time, constant in space. `skip` tells for a character (its low 6 bits) how far the
 * window may move when the character stands under the needle's end. */
static Py_ssize_t
SEARCH(two_way)(const SEARCH_CHAR *text, Py_ssize_t length, const SEARCH_CHAR *needle,
                Py_ssize_t m)
{
    Py_ssize_t period, other_period, cut, other_cut, skip[64];
    cut = SEARCH(suffix)(needle, m, 0, &period);
    other_cut = SEARCH(suffix)(needle, m, 1, &other_period);
    if (other_cut > cut) {
        cut = other_cut;
        period = other_period;
    }
    int periodic = cut + period <= m &&
                   memcmp(needle, needle + period, (size_t)cut * sizeof(SEARCH_CHAR)) == 0;
    if (!periodic)
        period = Py_MAX(cut, m - cut) + 1;
    for (int i = 0; i < 64; i++)
        skip[i] = m;
    for (Py_ssize_t i = 0; i < m; i++)
        skip[needle[i] & 63] = m - 1 - i;

    Py_ssize_t at = 0, known = 0; /* the first `known` characters of the window match */
    while (at <= length - m) {
        Py_ssize_t jump = skip[text[at + m - 1] & 63];
        if (jump > 0) {
            /* The remembered prefix is periodic and the period's last copy is broken: nothing
             * can match before the break. */
            at += known > 0 && jump < period ? m - period : jump;
            known = 0;
            continue;
        }
        Py_ssize_t i = Py_MAX(cut, known);
        while (i < m && needle[i] == text[at + i])
            i++;
        if (i < m) {
            at += i - cut + 1;
            known = 0;
            continue;
        }
        i = cut;
        while (i > known && needle[i - 1] == text[at + i - 1])
            i--;
        if (i <= known)
            return at;
        at += period;
        known = periodic ? m - period : 0;
    }
    return -1;
}

Py_ssize_t
SEARCH(find)(const SEARCH_CHAR *text, Py_ssize_t length, const SEARCH_CHAR *needle, Py_ssize_t m)
{
    if (m > length)
        return -1;
    if (m <= 1)
        return m == 0 ? 0 : SEARCH(find_char)(text, length, needle[0]);
    Py_ssize_t last = length - m, i = 0, credit = 512;
    SEARCH_CHAR head = needle[0], tail = needle[m - 1];
    size_t inner = (size_t)(m - 2) * sizeof(SEARCH_CHAR);
#ifdef SEARCH_LANES
    __m128i heads = SEARCH_SPLAT(head), tails = SEARCH_SPLAT(tail);
    for (; i + SEARCH_LANES <= last + 1; i += SEARCH_LANES) {
        __m128i found = _mm_and_si128(SEARCH_EQUAL(SEARCH_LOAD(text + i), heads),
                                      SEARCH_EQUAL(SEARCH_LOAD(text + i + m - 1), tails));
        unsigned mask = (unsigned)_mm_movemask_epi8(found);
        credit += SEARCH_LANES;
        while (mask != 0) {
            int lane = __builtin_ctz(mask) / SEARCH_WIDTH;
            if (memcmp(text + i + lane + 1, needle + 1, inner) == 0)
                return i + lane;
            mask &= ~(((1u << SEARCH_WIDTH) - 1) << (lane * SEARCH_WIDTH));
            credit -= 8 + m / 4;
        }
        if (KS_UNLIKELY(credit < 0)) {
            Py_ssize_t rest = i + SEARCH_LANES;
            Py_ssize_t hit = SEARCH(two_way)(text + rest, length - rest, needle, m);
            return hit < 0 ? -1 : rest + hit;
        }
    }
#endif
    for (; i <= last; i++) {
        if (text[i] != head || text[i + m - 1] != tail)
            continue;
        if (memcmp(text + i + 1, needle + 1, inner) == 0)
            return i;
        credit -= 8 + m / 4;
        if (KS_UNLIKELY(credit < 0)) {
            Py_ssize_t hit = SEARCH(two_way)(text + i + 1, length - i - 1, needle, m);
            return hit < 0 ? -1 : i + 1 + hit;
        }
    }
    return -1;
}

Py_ssize_t
SEARCH(rfind)(const SEARCH_CHAR *text, Py_ssize_t length, const SEARCH_CHAR *needle, Py_ssize_t m)
{
    if (m > length)
        return -1;
    if (m <= 1)
        return m == 0 ? length : SEARCH(rfind_char)(text, length, needle[0]);
    SEARCH_CHAR head = needle[0], tail = needle[m - 1];
    size_t inner = (size_t)(m - 2) * sizeof(SEARCH_CHAR);
    for (Py_ssize_t i = length - m; i >= 0; i--)
        if (text[i] == head && text[i + m - 1] == tail &&
            memcmp(text + i + 1, needle + 1, inner) == 0)
            return i;
    return -1;
}

Py_ssize_t
SEARCH(count)(const SEARCH_CHAR *text, Py_ssize_t length, const SEARCH_CHAR *needle, Py_ssize_t m,
              Py_ssize_t max)
{
    if (m == 0)
        return length < max ? length + 1 : max;
    if (m == 1)
        return SEARCH(count_char)(text, length, needle[0], max);
    Py_ssize_t count = 0, at = 0;
    while (count < max) {
        Py_ssize_t hit = SEARCH(find)(text + at, length - at, needle, m);
        if (hit < 0)
            break;
        count++;
        at += hit + m;
    }
    return count;
}

#undef SEARCH_CHAR
#undef SEARCH_WIDTH
#undef SEARCH
#undef SEARCH_LANES
#undef SEARCH_SPLAT
#undef SEARCH_EQUAL
#undef SEARCH_LOAD
