/* SPDX-License-Identifier: MIT */
/* UTF-8, both ways.
 *
 * Both ways the size of the result is counted first, many places at a time, as if the input had no
 * error; one pass then checks and converts into an object of exactly that size. Text without errors
 * never meets a writer. ASCII is passed over in blocks of 16, 8 and 4. */
#include "Python.h"
#include "pycore_interp.h"
#include "ks_codec.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* --- decoding --- */

KS_INLINE uint64_t
load8(const unsigned char *s)
{
    uint64_t word;
    memcpy(&word, s, 8);
    return word;
}

KS_INLINE uint32_t
load4(const unsigned char *s)
{
    uint32_t word;
    memcpy(&word, s, 4);
    return word;
}

/* First byte of [s, end) that is not ASCII, or end. */
static const unsigned char *
skip_ascii(const unsigned char *s, const unsigned char *end)
{
#ifdef __SSE2__
    while (end - s >= 16) {
        int mask = _mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)s));
        if (mask != 0)
            return s + __builtin_ctz((unsigned)mask);
        s += 16;
    }
#endif
    while (end - s >= 8) {
        if (load8(s) & UINT64_C(0x8080808080808080))
            break;
        s += 8;
    }
    while (s < end && *s < 0x80)
        s++;
    return s;
}

typedef struct Utf8Flaw {
    const char *reason; /* NULL: there is none */
    Py_ssize_t length;  /* bytes that belong to the error */
    int truncated;      /* valid so far, but the input ends */
} Utf8Flaw;

static Utf8Flaw
truncated(const unsigned char *s, const unsigned char *end)
{
    return (Utf8Flaw){"unexpected end of data", end - s, 1};
}

/* What is wrong with the sequence at s (not ASCII); the longest valid prefix is one error. */
static Utf8Flaw
examine(const unsigned char *s, const unsigned char *end)
{
    static const char bad[] = "invalid continuation byte";
    unsigned lead = s[0];
    if (lead < 0xc2 || lead > 0xf4)
        return (Utf8Flaw){"invalid start byte", 1, 0};
    unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (end - s < 2)
        return truncated(s, end);
    if (s[1] < low || s[1] > high)
        return (Utf8Flaw){bad, 1, 0};
    if (lead < 0xe0)
        return (Utf8Flaw){NULL, 2, 0};
    if (end - s < 3)
        return truncated(s, end);
    if ((s[2] & 0xc0) != 0x80)
        return (Utf8Flaw){bad, 2, 0};
    if (lead < 0xf0)
        return (Utf8Flaw){NULL, 3, 0};
    if (end - s < 4)
        return truncated(s, end);
    if ((s[3] & 0xc0) != 0x80)
        return (Utf8Flaw){bad, 3, 0};
    return (Utf8Flaw){NULL, 4, 0};
}

/* A valid sequence of two bytes at s? */
KS_INLINE int
is_two_bytes(const unsigned char *s, const unsigned char *end)
{
    return end - s >= 2 && s[0] >= 0xc2 && s[0] < 0xe0 && (s[1] & 0xc0) == 0x80;
}

/* One of three, of a range whose second bytes are not special? */
KS_INLINE int
is_three_bytes(const unsigned char *s, const unsigned char *end)
{
    return end - s >= 3 && s[0] > 0xe0 && s[0] < 0xf0 && s[0] != 0xed &&
           ((s[1] << 8 | s[2]) & 0xc0c0) == 0x8080;
}

/* End of the valid part of [s, end); counts its characters and finds their class. */
static const unsigned char *
measure(const unsigned char *s, const unsigned char *end, Py_ssize_t *count, Py_UCS4 *maxchar)
{
    const unsigned char *start = s;
    Py_ssize_t tail_bytes = 0; /* bytes that do not start a character */
    unsigned biggest = 0;      /* greatest lead byte */
    while (1) {
        if (s < end && *s < 0x80)
            s = skip_ascii(s, end);
        if (s == end)
            break;
        const unsigned char *run = s;
        unsigned lead = *s;
        if (lead < 0xe0) {
            while (is_two_bytes(s, end)) {
                biggest = Py_MAX(biggest, *s);
                s += 2;
            }
            tail_bytes += (s - run) / 2;
        }
        else if (lead < 0xf0) {
            while (is_three_bytes(s, end)) {
                biggest = Py_MAX(biggest, *s);
                s += 3;
            }
            tail_bytes += (s - run) / 3 * 2;
        }
        if (s == run) {
            Utf8Flaw flaw = examine(s, end);
            if (flaw.reason != NULL)
                break;
            tail_bytes += flaw.length - 1;
            s += flaw.length;
            biggest = Py_MAX(biggest, lead);
        }
    }
    *count = s - start - tail_bytes;
    *maxchar = biggest == 0      ? 0x7f
               : biggest < 0xc4  ? 0xff
               : biggest < 0xf0  ? 0xffff
                                 : 0x10ffff;
    return s;
}

/* The size of valid UTF-8: how many characters, and a bound on them. Bytes that are not valid give
 * more or fewer characters, never fewer than what comes before the first error. */
static Py_ssize_t
count_chars(const unsigned char *s, const unsigned char *end, Py_UCS4 *maxchar)
{
    Py_ssize_t count = 0;
    unsigned biggest = 0;
#ifdef __SSE2__
    const __m128i last_tail = _mm_set1_epi8((char)0xbf), zero = _mm_setzero_si128();
    __m128i sums = zero, most = zero;
    while (end - s >= 16) {
        /* A sum takes 255 rounds of one byte each. */
        const unsigned char *stop = end - s >= 255 * 16 ? s + 255 * 16 : s + (end - s) / 16 * 16;
        __m128i starts = zero;
        for (; s < stop; s += 16) {
            __m128i block = _mm_loadu_si128((const __m128i *)(const void *)s);
            most = _mm_max_epu8(most, block);
            /* As signed numbers, only bytes that do not start a character are up to 0xbf. */
            starts = _mm_sub_epi8(starts, _mm_cmpgt_epi8(block, last_tail));
        }
        sums = _mm_add_epi64(sums, _mm_sad_epu8(starts, zero));
    }
    unsigned char bytes[16];
    _mm_storeu_si128((__m128i *)(void *)bytes, most);
    for (int i = 0; i < 16; i++)
        biggest = Py_MAX(biggest, bytes[i]);
    count = _mm_cvtsi128_si64(sums) + _mm_cvtsi128_si64(_mm_unpackhi_epi64(sums, sums));
#endif
    for (; s < end; s++) {
        biggest = Py_MAX(biggest, *s);
        count += (*s & 0xc0) != 0x80;
    }
    *maxchar = biggest < 0x80    ? 0x7f
               : biggest < 0xc4  ? 0xff
               : biggest < 0xf0  ? 0xffff
                                 : 0x10ffff;
    return count;
}

#define PUT_FOUR(out, word)                                                                 \
    do {                                                                                    \
        (out)[0] = (word) & 0x7f;                                                           \
        (out)[1] = (word) >> 8 & 0x7f;                                                      \
        (out)[2] = (word) >> 16 & 0x7f;                                                     \
        (out)[3] = (word) >> 24;                                                            \
    } while (0)

/* Writes UTF-8 from s on as characters of one type, which must be wide enough, and returns where
 * it met an error, or end. After a character that is not ASCII comes, as a rule, either a few
 * ASCII characters or another of the same length. */
#define DECODE(type)                                                                        \
    do {                                                                                    \
        type *out = to;                                                                     \
        while (s < end) {                                                                   \
            if (end - s >= 8) {                                                             \
                uint32_t word = load4(s);                                                   \
                if ((word & 0x80808080) == 0) {                                             \
                    PUT_FOUR(out, word);                                                    \
                    out += 4;                                                               \
                    s += 4;                                                                 \
                    word = load4(s);                                                        \
                    if ((word & 0x80808080) == 0) {                                         \
                        const unsigned char *stop = skip_ascii(s + 4, end);                 \
                        ks_copy_chars(sizeof(type), out, 1, s, stop - s);                   \
                        out += stop - s;                                                    \
                        s = stop;                                                           \
                        continue;                                                           \
                    }                                                                       \
                }                                                                           \
                /* One of the four is not ASCII. */                                         \
                while (*s < 0x80)                                                           \
                    *out++ = *s++;                                                          \
            }                                                                               \
            else if (*s < 0x80) {                                                           \
                *out++ = *s++;                                                              \
                continue;                                                                   \
            }                                                                               \
            if (is_two_bytes(s, end))                                                       \
                do {                                                                        \
                    *out++ = (type)((s[0] & 0x1f) << 6 | (s[1] & 0x3f));                    \
                    s += 2;                                                                 \
                } while (is_two_bytes(s, end));                                             \
            else if (is_three_bytes(s, end))                                                \
                do {                                                                        \
                    *out++ =                                                                \
                        (type)((s[0] & 0x0f) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3f));  \
                    s += 3;                                                                 \
                } while (is_three_bytes(s, end));                                           \
            else {                                                                          \
                Utf8Flaw flaw = examine(s, end);                                            \
                if (flaw.reason != NULL)                                                    \
                    return s;                                                               \
                *out++ = flaw.length == 3                                                   \
                             ? (type)((s[0] & 0x0f) << 12 | (s[1] & 0x3fu) << 6 |           \
                                      (s[2] & 0x3f))                                        \
                             : (type)((s[0] & 0x07) << 18 | (s[1] & 0x3fu) << 12 |          \
                                      (s[2] & 0x3fu) << 6 | (s[3] & 0x3f));                 \
                s += flaw.length;                                                           \
            }                                                                               \
        }                                                                                   \
        return s;                                                                           \
    } while (0)

static const unsigned char *
decode1(void *to, const unsigned char *s, const unsigned char *end)
{
    DECODE(Py_UCS1);
}

static const unsigned char *
decode2(void *to, const unsigned char *s, const unsigned char *end)
{
    DECODE(Py_UCS2);
}

static const unsigned char *
decode4(void *to, const unsigned char *s, const unsigned char *end)
{
    DECODE(Py_UCS4);
}

static const unsigned char *
decode_into(int kind, void *to, const unsigned char *s, const unsigned char *end)
{
    return kind == 1 ? decode1(to, s, end) : kind == 2 ? decode2(to, s, end) : decode4(to, s, end);
}

static int
write_valid(_PyUnicodeWriter *writer, const unsigned char *s, const unsigned char *end,
            Py_ssize_t count, Py_UCS4 maxchar)
{
    if (count == 0)
        return 0;
    if (_PyUnicodeWriter_Prepare(writer, count, maxchar) < 0)
        return -1;
    int kind = (int)writer->kind;
    decode_into(kind, ks_at(kind, writer->data, writer->pos), s, end);
    writer->pos += count;
    return 0;
}

/* Answers an error with a handler known here. 1 done, 0 not known, -1 with an exception. */
static int
answer_decode(KsDecode *decode, _Py_error_handler handler, const unsigned char *s,
              Py_ssize_t length)
{
    _PyUnicodeWriter *writer = &decode->writer;
    switch (handler) {
    case _Py_ERROR_IGNORE:
        return 1;
    case _Py_ERROR_REPLACE:
        return _PyUnicodeWriter_WriteChar(writer, 0xfffd) < 0 ? -1 : 1;
    case _Py_ERROR_SURROGATEESCAPE:
        if (_PyUnicodeWriter_Prepare(writer, length, 0xffff) < 0)
            return -1;
        for (Py_ssize_t i = 0; i < length; i++)
            ks_write((int)writer->kind, writer->data, writer->pos++, 0xdc00u + s[i]);
        return 1;
    default:
        return 0;
    }
}

static KS_COLD PyObject *
decode_with_errors(const char *input, Py_ssize_t size, const char *errors, Py_ssize_t *consumed)
{
    KsDecode decode;
    ks_decode_start(&decode, "utf-8", errors, input, size);
    _Py_error_handler handler = ks_codec_handler(errors);
    Py_ssize_t at = 0;
    int failed = 1;
    while (1) {
        const unsigned char *start = (const unsigned char *)decode.input;
        const unsigned char *s = start + at, *end = start + decode.size;
        Py_ssize_t count;
        Py_UCS4 maxchar;
        const unsigned char *stop = measure(s, end, &count, &maxchar);
        if (write_valid(&decode.writer, s, stop, count, maxchar) < 0)
            goto done;
        at = stop - start;
        if (stop == end)
            break;
        Utf8Flaw flaw = examine(stop, end);
        /* Half a surrogate waits for its last byte, too: surrogatepass may want it. */
        int half_surrogate =
            end - stop == 2 && stop[0] == 0xed && stop[1] >= 0xa0 && stop[1] <= 0xbf;
        if ((flaw.truncated || half_surrogate) && consumed != NULL)
            break;
        int known = answer_decode(&decode, handler, stop, flaw.length);
        if (known < 0)
            goto done;
        at = known ? at + flaw.length : ks_decode_error(&decode, at, at + flaw.length, flaw.reason);
        if (at < 0)
            goto done;
    }
    if (consumed != NULL)
        *consumed = at;
    failed = 0;
done:
    return ks_decode_end(&decode, failed);
}

/* The end of [s, end) without a character at its end that is cut off but valid so far. */
static const unsigned char *
without_cut_char(const unsigned char *s, const unsigned char *end)
{
    const unsigned char *lead = end;
    for (int i = 0; i < 3 && lead > s; i++)
        if (*--lead >= 0xc0)
            return examine(lead, end).truncated ? lead : end;
    return end;
}

/* The string of [s, end), ASCII up to stop: 1; 0 if there is an error in it; -1 with MemoryError. */
static int
decode_clean(const unsigned char *s, const unsigned char *stop, const unsigned char *end,
             PyObject **result)
{
    Py_UCS4 maxchar, single;
    Py_ssize_t ascii = stop - s, count = ascii + count_chars(stop, end, &maxchar);
    if (count <= 1) {
        if (count == 0 || decode4(&single, s, end) != end)
            return 0;
        *result = ks_str_from_char(single);
        return *result == NULL ? -1 : 1;
    }
    KS_OWNED PyObject *str = PyUnicode_New(count, maxchar);
    if (str == NULL)
        return -1;
    int kind = KS_STR_KIND(str);
    ks_copy_chars(kind, ks_str_data(str), 1, s, ascii);
    if (decode_into(kind, ks_at(kind, ks_str_data(str), ascii), stop, end) != end)
        return 0;
    *result = ks_give(&str);
    return 1;
}

PyObject *
PyUnicode_DecodeUTF8Stateful(const char *string, Py_ssize_t length, const char *errors,
                             Py_ssize_t *consumed)
{
    const unsigned char *s = (const unsigned char *)string, *end = s + length;
    if (length <= 1) {
        if (length == 0 || s[0] < 0x80) {
            if (consumed != NULL)
                *consumed = length;
            return Py_NewRef(length == 0 ? KS_STR_EMPTY : ks_str_latin1_char(s[0]));
        }
    }
    const unsigned char *stop = skip_ascii(s, end);
    if (KS_LIKELY(stop == end)) {
        if (consumed != NULL)
            *consumed = length;
        return _PyUnicode_FromASCII(string, length);
    }
    if (consumed != NULL)
        end = without_cut_char(stop, end);
    PyObject *str = NULL;
    if (decode_clean(s, stop, end, &str) == 0)
        return decode_with_errors(string, length, errors, consumed);
    if (consumed != NULL)
        *consumed = end - s;
    return str;
}

PyObject *
PyUnicode_DecodeUTF8(const char *string, Py_ssize_t length, const char *errors)
{
    return PyUnicode_DecodeUTF8Stateful(string, length, errors, NULL);
}

/* --- encoding --- */

#define IS_SURROGATE(ch) (((ch) & 0xfffff800u) == 0xd800u)

#ifdef __SSE2__
/* Adds the bytes from 0x80 on in whole blocks to *count; how many characters that covered. */
static Py_ssize_t
count_high1(const Py_UCS1 *in, Py_ssize_t length, Py_ssize_t *count)
{
    const __m128i one = _mm_set1_epi8(1), zero = _mm_setzero_si128();
    __m128i sum = zero;
    Py_ssize_t i = 0;
    for (; i + 16 <= length; i += 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(in + i));
        __m128i high = _mm_and_si128(_mm_srli_epi16(block, 7), one);
        sum = _mm_add_epi64(sum, _mm_sad_epu8(high, zero));
    }
    *count += _mm_cvtsi128_si64(sum) + _mm_cvtsi128_si64(_mm_unpackhi_epi64(sum, sum));
    return i;
}

/* Adds the bytes that characters take beyond the first to *extra, for whole blocks; how many
 * characters that covered. A surrogate counts as the three bytes it would take. */
static Py_ssize_t
count_extra2(const Py_UCS2 *in, Py_ssize_t length, Py_ssize_t *extra)
{
    const __m128i top5 = _mm_set1_epi16((short)0xf800), top9 = _mm_set1_epi16((short)0xff80);
    const __m128i zero = _mm_setzero_si128(), one = _mm_set1_epi16(1);
    Py_ssize_t i = 0;
    while (i + 8 <= length) {
        /* Lanes of 16 bits count up to 2 a round. */
        Py_ssize_t start = i, stop = Py_MIN(length, i + 8 * 4096);
        __m128i lanes = zero;
        for (; i + 8 <= stop; i += 8) {
            __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(in + i));
            /* A comparison that holds is -1. */
            lanes = _mm_add_epi16(lanes, _mm_cmpeq_epi16(_mm_and_si128(block, top9), zero));
            lanes = _mm_add_epi16(lanes, _mm_cmpeq_epi16(_mm_and_si128(block, top5), zero));
        }
        __m128i pairs = _mm_madd_epi16(lanes, one);
        pairs = _mm_add_epi32(pairs, _mm_shuffle_epi32(pairs, 0x4e));
        pairs = _mm_add_epi32(pairs, _mm_shuffle_epi32(pairs, 0xb1));
        *extra += 2 * (i - start) + _mm_cvtsi128_si32(pairs);
    }
    return i;
}
#else
static Py_ssize_t
count_high1(const Py_UCS1 *in, Py_ssize_t length, Py_ssize_t *count)
{
    return 0;
}

static Py_ssize_t
count_extra2(const Py_UCS2 *in, Py_ssize_t length, Py_ssize_t *extra)
{
    return 0;
}
#endif

/* Bytes that characters [at, stop) take, -1 if that is more than there can be. */
static Py_ssize_t
encoded_size(int kind, const void *data, Py_ssize_t at, Py_ssize_t stop)
{
    Py_ssize_t extra = 0, i = at;
    if (kind == 1) {
        const Py_UCS1 *in = data;
        i += count_high1(in + at, stop - at, &extra);
        for (; i < stop; i++)
            extra += in[i] >> 7;
    }
    else if (kind == 2) {
        const Py_UCS2 *in = data;
        i += count_extra2(in + at, stop - at, &extra);
        for (; i < stop; i++)
            extra += (in[i] >= 0x80) + (in[i] >= 0x800);
    }
    else {
        const Py_UCS4 *in = data;
        for (; i < stop; i++)
            extra += (in[i] >= 0x80) + (in[i] >= 0x800) + (in[i] >= 0x10000);
    }
    /* At most 4 bytes a character of 4: cannot overflow for kind 4; checked for the others. */
    if (extra > PY_SSIZE_T_MAX - (stop - at))
        return -1;
    return stop - at + extra;
}

/* Two bytes with one store. */
KS_INLINE void
put_pair(char *out, unsigned first, unsigned second)
{
    uint16_t pair = (uint16_t)(PY_LITTLE_ENDIAN ? first | second << 8 : first << 8 | second);
    memcpy(out, &pair, 2);
}

KS_INLINE char *
put_two(char *out, Py_UCS4 ch)
{
    put_pair(out, 0xc0 | ch >> 6, 0x80 | (ch & 0x3f));
    return out + 2;
}

KS_INLINE char *
put_three(char *out, Py_UCS4 ch)
{
    put_pair(out, 0xe0 | ch >> 12, 0x80 | (ch >> 6 & 0x3f));
    out[2] = (char)(0x80 | (ch & 0x3f));
    return out + 3;
}

KS_INLINE char *
put_four(char *out, Py_UCS4 ch)
{
    out[0] = (char)(0xf0 | ch >> 18);
    out[1] = (char)(0x80 | (ch >> 12 & 0x3f));
    out[2] = (char)(0x80 | (ch >> 6 & 0x3f));
    out[3] = (char)(0x80 | (ch & 0x3f));
    return out + 4;
}

static char *
encode1(const Py_UCS1 *in, const Py_UCS1 *end, char *out)
{
    while (in < end) {
        while (end - in >= 8) {
            uint64_t word = load8(in);
            if (word & UINT64_C(0x8080808080808080))
                break;
            memcpy(out, &word, 8);
            in += 8;
            out += 8;
        }
        /* Up to the next block, whether it is ASCII again or not. */
        for (int i = 0; i < 8 && in < end; i++, in++) {
            if (*in < 0x80)
                *out++ = (char)*in;
            else
                out = put_two(out, *in);
        }
    }
    return out;
}

/* Four characters of two bytes, all ASCII, as four bytes? */
KS_INLINE int
pack_four(const Py_UCS2 *in, char *out)
{
    uint64_t word;
    memcpy(&word, in, 8);
    if (word & UINT64_C(0xff80ff80ff80ff80))
        return 0;
#if PY_LITTLE_ENDIAN
    word |= word >> 8;
    uint32_t four = (uint32_t)(word & 0xffff) | (uint32_t)(word >> 16 & 0xffff0000);
    memcpy(out, &four, 4);
#else
    for (int i = 0; i < 4; i++)
        out[i] = (char)in[i];
#endif
    return 1;
}

/* Copies ASCII as long as there are eight such characters. */
KS_INLINE const Py_UCS2 *
pack_blocks(const Py_UCS2 *in, const Py_UCS2 *end, char **to)
{
    char *out = *to;
#ifdef __SSE2__
    const __m128i top9 = _mm_set1_epi16((short)0xff80), zero = _mm_setzero_si128();
    for (; end - in >= 8; in += 8, out += 8) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)in);
        if (_mm_movemask_epi8(_mm_cmpeq_epi16(_mm_and_si128(block, top9), zero)) != 0xffff)
            break;
        _mm_storel_epi64((__m128i *)(void *)out, _mm_packus_epi16(block, block));
    }
#endif
    *to = out;
    return in;
}

/* ASCII in blocks, then what is not, which tends to come in runs. Stops at a surrogate. */
static char *
encode2(const Py_UCS2 **from, const Py_UCS2 *end, char *out)
{
    const Py_UCS2 *in = *from;
    while (end - in >= 4) {
        if (pack_four(in, out)) {
            in += 4;
            out += 4;
            if (end - in < 4)
                break;
            if (pack_four(in, out)) {
                out += 4;
                in = pack_blocks(in + 4, end, &out);
                continue;
            }
        }
        /* One of the four is not ASCII. */
        while (*in < 0x80)
            *out++ = (char)*in++;
        do {
            if (*in < 0x800)
                out = put_two(out, *in);
            else if (!IS_SURROGATE((unsigned)*in))
                out = put_three(out, *in);
            else
                goto done;
            in++;
        } while (in < end && *in >= 0x80);
    }
    for (; in < end && !IS_SURROGATE((unsigned)*in); in++) {
        if (*in < 0x80)
            *out++ = (char)*in;
        else
            out = *in < 0x800 ? put_two(out, *in) : put_three(out, *in);
    }
done:
    *from = in;
    return out;
}

static char *
encode4(const Py_UCS4 **from, const Py_UCS4 *end, char *out)
{
    const Py_UCS4 *in = *from;
    for (; in < end && !IS_SURROGATE(*in); in++) {
        if (*in < 0x80)
            *out++ = (char)*in;
        else
            out = *in < 0x800     ? put_two(out, *in)
                  : *in < 0x10000 ? put_three(out, *in)
                                  : put_four(out, *in);
    }
    *from = in;
    return out;
}

/* Writes characters [*at, stop) up to the first surrogate, which *at tells; the end of what was
 * written. */
static char *
encode_into(int kind, const void *data, Py_ssize_t *at, Py_ssize_t stop, char *out)
{
    if (kind == 1) {
        out = encode1((const Py_UCS1 *)data + *at, (const Py_UCS1 *)data + stop, out);
        *at = stop;
    }
    else if (kind == 2) {
        const Py_UCS2 *in = (const Py_UCS2 *)data + *at;
        out = encode2(&in, (const Py_UCS2 *)data + stop, out);
        *at = in - (const Py_UCS2 *)data;
    }
    else {
        const Py_UCS4 *in = (const Py_UCS4 *)data + *at;
        out = encode4(&in, (const Py_UCS4 *)data + stop, out);
        *at = in - (const Py_UCS4 *)data;
    }
    return out;
}

static Py_ssize_t
find_surrogate(int kind, const void *data, Py_ssize_t at, Py_ssize_t length)
{
    while (at < length && !IS_SURROGATE(ks_read(kind, data, at)))
        at++;
    return at;
}

/* Writes the answer to surrogates [start, end) and returns where to go on, -1 on failure. */
static Py_ssize_t
answer_surrogates(KsEncode *encode, Py_ssize_t start, Py_ssize_t end)
{
    static const char reason[] = "surrogates not allowed";
    PyObject *str = encode->str;
    int kind = KS_STR_KIND(str);
    const void *data = ks_str_data(str);
    Py_ssize_t i = start;
    switch (encode->handler) {
    case _Py_ERROR_STRICT:
        ks_codec_raise_encode(&encode->run, str, start, end, reason);
        return -1;
    case _Py_ERROR_IGNORE:
        return end;
    case _Py_ERROR_REPLACE:
        if (ks_bytes_out_room(&encode->out, end - start) < 0)
            return -1;
        memset(encode->out.at, '?', (size_t)(end - start));
        encode->out.at += end - start;
        return end;
    case _Py_ERROR_SURROGATEPASS:
        if (ks_bytes_out_room(&encode->out, 3 * (end - start)) < 0)
            return -1;
        for (; i < end; i++)
            encode->out.at = put_three(encode->out.at, ks_read(kind, data, i));
        return end;
    case _Py_ERROR_SURROGATEESCAPE:
        if (ks_bytes_out_room(&encode->out, end - start) < 0)
            return -1;
        for (; i < end; i++) {
            Py_UCS4 ch = ks_read(kind, data, i);
            if (ch < 0xdc80 || ch > 0xdcff)
                break;
            *encode->out.at++ = (char)(ch & 0xff);
        }
        if (i == end)
            return end;
        start = i;
        break;
    default:
        break;
    }
    Py_ssize_t next;
    KS_OWNED PyObject *answer =
        ks_codec_encode_error(&encode->run, str, start, end, reason, &next);
    if (answer == NULL)
        return -1;
    if (PyBytes_Check(answer))
        return ks_encode_put(encode, PyBytes_AS_STRING(answer), PyBytes_GET_SIZE(answer)) < 0
                   ? -1
                   : next;
    if (!KS_STR_IS_ASCII(answer)) {
        ks_codec_raise_encode(&encode->run, str, start, end, reason);
        return -1;
    }
    return ks_encode_put(encode, ks_str_data(answer), KS_STR_LENGTH(answer)) < 0 ? -1 : next;
}

static KS_COLD PyObject *
encode_with_errors(PyObject *str, const char *errors)
{
    KsEncode encode;
    int kind = KS_STR_KIND(str), failed = 1;
    const void *data = ks_str_data(str);
    Py_ssize_t length = KS_STR_LENGTH(str), at = 0;
    if (ks_encode_start(&encode, "utf-8", errors, str, length) < 0)
        return NULL;
    while (at < length) {
        Py_ssize_t stop = find_surrogate(kind, data, at, length);
        Py_ssize_t size = encoded_size(kind, data, at, stop);
        if (size < 0 || ks_bytes_out_room(&encode.out, size) < 0)
            goto done;
        encode.out.at = encode_into(kind, data, &at, stop, encode.out.at);
        if (stop == length)
            break;
        Py_ssize_t end = stop + 1;
        while (end < length && IS_SURROGATE(ks_read(kind, data, end)))
            end++;
        at = answer_surrogates(&encode, stop, end);
        if (at < 0)
            goto done;
    }
    failed = 0;
done:
    return ks_encode_end(&encode, failed);
}

PyObject *
_PyUnicode_AsUTF8String(PyObject *unicode, const char *errors)
{
    if (!PyUnicode_Check(unicode)) {
        PyErr_BadArgument();
        return NULL;
    }
    if (PyUnicode_READY(unicode) < 0)
        return NULL;
    Py_ssize_t length = KS_STR_LENGTH(unicode), at = 0;
    int kind = KS_STR_KIND(unicode);
    const void *data = ks_str_data(unicode);
    if (KS_STR_IS_ASCII(unicode))
        return PyBytes_FromStringAndSize(data, length);
    if (KS_COMPACT(unicode)->utf8 != NULL)
        return PyBytes_FromStringAndSize(KS_COMPACT(unicode)->utf8,
                                         KS_COMPACT(unicode)->utf8_length);
    Py_ssize_t size = encoded_size(kind, data, 0, length);
    if (size < 0)
        return PyErr_NoMemory();
    KS_OWNED PyObject *bytes = PyBytes_FromStringAndSize(NULL, size);
    if (bytes == NULL)
        return NULL;
    encode_into(kind, data, &at, length, PyBytes_AS_STRING(bytes));
    return at == length ? ks_give(&bytes) : encode_with_errors(unicode, errors);
}

PyObject *
PyUnicode_AsUTF8String(PyObject *unicode)
{
    return _PyUnicode_AsUTF8String(unicode, NULL);
}

static int
cache_utf8(PyObject *str)
{
    Py_ssize_t length = KS_STR_LENGTH(str), at = 0;
    int kind = KS_STR_KIND(str);
    const void *data = ks_str_data(str);
    Py_ssize_t size = encoded_size(kind, data, 0, length);
    if (size < 0 || size == PY_SSIZE_T_MAX) {
        PyErr_NoMemory();
        return -1;
    }
    char *utf8 = PyObject_Malloc((size_t)size + 1);
    if (utf8 == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    *encode_into(kind, data, &at, length, utf8) = 0;
    if (at != length) {
        PyObject_Free(utf8);
        PyObject *never = encode_with_errors(str, NULL);
        Py_XDECREF(never);
        return -1;
    }
    KS_COMPACT(str)->utf8 = utf8;
    KS_COMPACT(str)->utf8_length = size;
    return 0;
}

/* UTF-8 form that lives as long as the string; made on first use unless it is ASCII. */
const char *
PyUnicode_AsUTF8AndSize(PyObject *unicode, Py_ssize_t *psize)
{
    if (!PyUnicode_Check(unicode)) {
        PyErr_BadArgument();
        return NULL;
    }
    if (PyUnicode_READY(unicode) < 0)
        return NULL;
    if (KS_LIKELY(PyUnicode_IS_COMPACT_ASCII(unicode))) {
        if (psize != NULL)
            *psize = KS_STR_LENGTH(unicode);
        return (const char *)(KS_ASCII(unicode) + 1);
    }
    if (KS_COMPACT(unicode)->utf8 == NULL && cache_utf8(unicode) < 0)
        return NULL;
    if (psize != NULL)
        *psize = KS_COMPACT(unicode)->utf8_length;
    return KS_COMPACT(unicode)->utf8;
}

const char *
PyUnicode_AsUTF8(PyObject *unicode)
{
    return PyUnicode_AsUTF8AndSize(unicode, NULL);
}
