/* SPDX-License-Identifier: MIT */
/* Between doubles and decimal digits, correctly rounded both ways.
 *
 * Shortest digits: the algorithm of "The Schubfach way to render doubles", which needs one 128-bit
 * approximation of a power of ten; those are computed when first asked for. A given number of
 * digits comes from one multiplication by such a power, or else from the shortest digits where
 * they decide the rounding, or else from the C library's exact printf. Reading multiplies too,
 * and falls back to the C library when the product is too close to a tie to call. */
#include "Python.h"
#include "pycore_dtoa.h"
#include "ks_float.h"

#include <errno.h>
#include <float.h>
#include <gmp.h>
#include <locale.h>

/* --- Powers of ten ----------------------------------------------------------------------------- */

typedef struct Power {
    uint64_t high; /* 0 until computed */
    uint64_t low;
} Power;

enum { POWER_MIN = -348, POWER_MAX = 347 };
static Power powers[POWER_MAX - POWER_MIN + 1];

/* floor(log2(10**k)) for |k| <= 1233. */
KS_INLINE int
log2_of_power(int k)
{
    return (k * 1741647) >> 19;
}

/* ceil(10**k * 2**(127 - floor(log2(10**k)))): 128 bits, the top one set. */
static KS_NOINLINE void
power_compute(Power *power, int k)
{
    mpz_t ten, scaled;
    mpz_init(scaled);
    mpz_init(ten);
    mpz_ui_pow_ui(ten, 10, (unsigned long)abs(k));
    int shift = 127 - log2_of_power(k);
    if (k < 0) {
        mpz_setbit(scaled, (mp_bitcnt_t)shift);
        mpz_cdiv_q(scaled, scaled, ten);
    }
    else if (shift >= 0) {
        mpz_mul_2exp(scaled, ten, (mp_bitcnt_t)shift);
    }
    else {
        mpz_cdiv_q_2exp(scaled, ten, (mp_bitcnt_t)-shift);
    }
    power->low = mpz_getlimbn(scaled, 0);
    power->high = mpz_getlimbn(scaled, 1);
    mpz_clear(ten);
    mpz_clear(scaled);
}

KS_INLINE Power
power_of_ten(int k)
{
    Power *power = &powers[k - POWER_MIN];
    if (KS_UNLIKELY(power->high == 0))
        power_compute(power, k);
    return *power;
}

/* --- Shortest digits ------------------------------------------------------------------------------ */

/* The product's upper 64 bits of 192, the lowest of them set if anything was cut off. */
KS_INLINE uint64_t
round_to_odd(Power power, uint64_t factor)
{
    unsigned __int128 low = (unsigned __int128)power.low * factor;
    unsigned __int128 high = (unsigned __int128)power.high * factor + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* value is positive and finite: the decimal number *digits * 10**result. */
static int
schubfach(double value, uint64_t *digits)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
    int biased = (int)(bits >> 52);
    uint64_t c = biased ? fraction | (uint64_t)1 << 52 : fraction;
    int q = biased ? biased - 1075 : -1074;
    if (q <= 0 && q > -53 && (c & (((uint64_t)1 << -q) - 1)) == 0) {
        *digits = c >> -q;
        return 0;
    }
    int odd = (int)(c & 1);
    int is_power_of_two = fraction == 0 && biased > 1; /* the neighbour below is closer */
    int k = (q * 1262611 - (is_power_of_two ? 524031 : 0)) >> 22;
    int h = q + log2_of_power(-k) + 1;
    Power power = power_of_ten(-k);
    uint64_t lower = round_to_odd(power, (4 * c - 2 + (uint64_t)is_power_of_two) << h);
    uint64_t middle = round_to_odd(power, (4 * c) << h);
    uint64_t upper = round_to_odd(power, (4 * c + 2) << h);
    lower += (uint64_t)odd;
    upper -= (uint64_t)odd;
    uint64_t s = middle / 4;
    if (s >= 10) {
        uint64_t tens = s / 10;
        int down = lower <= 40 * tens, up = 40 * tens + 40 <= upper;
        if (down != up) {
            *digits = tens + (uint64_t)up;
            return k + 1;
        }
    }
    int down = lower <= 4 * s, up = 4 * s + 4 <= upper;
    if (down == up)
        up = middle > 4 * s + 2 || (middle == 4 * s + 2 && (s & 1));
    *digits = s + (uint64_t)up;
    return k;
}

/* Writes backwards from the end of the inside buffer. */
static void
decimal_set(KsDecimal *out, uint64_t digits, int exponent)
{
    while (digits % 10 == 0) {
        digits /= 10;
        exponent++;
    }
    char *end = out->inside + sizeof(out->inside), *at = end;
    do {
        *--at = (char)('0' + digits % 10);
        digits /= 10;
    } while (digits);
    out->digits = at;
    out->count = (int)(end - at);
    out->point = out->count + exponent;
}

/* The sign, and zero. */
KS_INLINE void
decimal_open(KsDecimal *out, double value)
{
    out->block = NULL;
    out->digits = out->inside;
    out->count = 0;
    out->point = 1;
    out->is_negative = signbit(value) != 0;
}

void
ks_decimal_shortest(KsDecimal *out, double value)
{
    decimal_open(out, value);
    if (value != 0.0) {
        uint64_t digits;
        int exponent = schubfach(fabs(value), &digits);
        decimal_set(out, digits, exponent);
    }
}

void
ks_decimal_close(KsDecimal *decimal)
{
    PyMem_Free(decimal->block);
}

/* --- A given number of digits ------------------------------------------------------------------ */

enum {
    EXACT_DIGITS = 770, /* no double has more significant digits than 767 */
    EXACT_PLACES = 1080 /* nor more than 1074 after the decimal point */
};

/* Cuts after `keep` digits (>= 0) and steps up if asked. */
static void
decimal_cut(KsDecimal *decimal, int keep, int step_up)
{
    char *digits = decimal->digits;
    if (step_up) {
        while (keep > 0 && digits[keep - 1] == '9')
            keep--;
        if (keep > 0) {
            digits[keep - 1]++;
        }
        else { /* all nines, or none: the next power of ten */
            digits[0] = '1';
            decimal->point++;
            keep = 1;
        }
    }
    else {
        while (keep > 0 && digits[keep - 1] == '0')
            keep--;
    }
    decimal->count = keep;
}

/* Rounds all known digits to `keep` of them. With exact digits ties go to even; else a tie
 * cannot be decided from them: 0, nothing changed. */
static int
decimal_round(KsDecimal *decimal, int keep, int is_exact)
{
    if (keep < 0) {
        decimal->count = 0;
        return 1;
    }
    if (keep >= decimal->count)
        return 1;
    char next = decimal->digits[keep];
    int is_tie = next == '5' && decimal->count == keep + 1;
    if (is_tie && !is_exact)
        return 0;
    int step_up = is_tie ? keep > 0 && (decimal->digits[keep - 1] & 1) : next >= '5';
    decimal_cut(decimal, keep, step_up);
    return 1;
}

/* value * 10**scale as an integer, rounded half to even; value is positive. 0 if that does not
 * fit into 62 bits or is too close to a tie to call. */
static int
scaled_round(double value, int scale, uint64_t *result)
{
    uint64_t bits;
    if (scale < POWER_MIN || scale > POWER_MAX)
        return 0;
    memcpy(&bits, &value, sizeof(bits));
    uint64_t c = bits & (((uint64_t)1 << 52) - 1);
    int biased = (int)(bits >> 52), q = biased ? biased - 1075 : -1074;
    c |= biased ? (uint64_t)1 << 52 : 0;
    int zeros = __builtin_clzll(c);
    Power power = power_of_ten(scale);
    unsigned __int128 low = (unsigned __int128)power.low * (c << zeros);
    unsigned __int128 top = (unsigned __int128)power.high * (c << zeros) + (uint64_t)(low >> 64);
    int shift = 63 - (q - zeros + log2_of_power(scale));
    if (shift < 66)
        return 0;
    *result = 0;
    if (shift > 128)
        return 1;
    unsigned __int128 half = (unsigned __int128)1 << (shift - 1), tail = top;
    if (shift < 128) {
        *result = (uint64_t)(top >> shift);
        tail = top & (2 * half - 1);
    }
    if (scale >= 0 && scale <= 55) { /* 5**55 < 2**128: the product is exact */
        int is_tie = tail == half && (uint64_t)low == 0;
        *result += is_tie ? *result & 1 : tail >= half;
        return 1;
    }
    if (tail >= half && tail <= half + 3)
        return 0;
    *result += tail > half;
    return 1;
}

/* The digits of an "%.*e" text: d.ddde+xx. */
static int
decimal_from_printf(KsDecimal *out, double value, int count)
{
    char *text = PyMem_Malloc((size_t)count + 16);
    if (text == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    snprintf(text, (size_t)count + 16, "%.*e", count - 1, fabs(value));
    char *from = text, *to = text;
    for (; *from != 'e'; from++) {
        if (Py_ISDIGIT(*from)) /* the radix character is the locale's */
            *to++ = *from;
    }
    out->point = atoi(from + 1) + 1;
    while (to > text && to[-1] == '0')
        to--;
    out->block = out->digits = text;
    out->count = (int)(to - text);
    return 0;
}

/* The digits of an "%.*f" text. */
static int
decimal_from_fixed(KsDecimal *out, double value, int places)
{
    size_t room = (size_t)places + 330;
    char *text = PyMem_Malloc(room);
    if (text == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    int length = snprintf(text, room, "%.*f", places, fabs(value));
    char *from = text, *to = text;
    out->point = length - (places ? places + 1 : 0);
    for (; *from; from++) {
        if (!Py_ISDIGIT(*from))
            continue;
        if (to == text && *from == '0')
            out->point--;
        else
            *to++ = *from;
    }
    while (to > text && to[-1] == '0')
        to--;
    out->block = out->digits = text;
    out->count = (int)(to - text);
    return 0;
}

/* Up to 17 digits by one multiplication. 0 if that does not decide. */
static int
significant_fast(KsDecimal *out, double value, int count)
{
    static const uint64_t limits[] = {1u,
                                      10u,
                                      100u,
                                      1000u,
                                      10000u,
                                      100000u,
                                      1000000u,
                                      10000000u,
                                      100000000u,
                                      1000000000u,
                                      10000000000u,
                                      100000000000u,
                                      1000000000000u,
                                      10000000000000u,
                                      100000000000000u,
                                      1000000000000000u,
                                      10000000000000000u,
                                      100000000000000000u};
    uint64_t digits;
    int exponent;
    if (count > 17)
        return 0;
    (void)frexp(value, &exponent);
    /* floor(log10(2**(exponent - 1))): the value's, or one less. */
    int scale = count - 1 - ((exponent - 1) * 315653 >> 20);
    if (!scaled_round(value, scale, &digits))
        return 0;
    if (digits >= limits[count] && !scaled_round(value, --scale, &digits))
        return 0;
    decimal_set(out, digits, -scale);
    return 1;
}

int
ks_decimal_significant(KsDecimal *out, double value, int count)
{
    decimal_open(out, value);
    if (value == 0.0 || significant_fast(out, fabs(value), count))
        return 0;
    ks_decimal_shortest(out, value);
    /* Up to 15 digits, the shortest digits lie on the same side of every rounding boundary as
     * the value itself, unless they are the boundary; subnormals are too coarse for that. */
    int is_coarse = fabs(value) < 1e-290;
    if (count < out->count ? !is_coarse && decimal_round(out, count, 0)
                           : count <= DBL_DIG && !is_coarse)
        return 0;
    return decimal_from_printf(out, value, count < EXACT_DIGITS ? count : EXACT_DIGITS);
}

int
ks_decimal_places(KsDecimal *out, double value, int places)
{
    uint64_t digits;
    if (places > EXACT_PLACES)
        places = EXACT_PLACES;
    decimal_open(out, value);
    if (value == 0.0)
        return 0;
    if (scaled_round(fabs(value), places, &digits)) {
        if (digits != 0)
            decimal_set(out, digits, -places);
        return 0;
    }
    ks_decimal_shortest(out, value);
    int is_coarse = fabs(value) < 1e-290, keep = places < -400 ? -1 : out->point + places;
    if (keep < 0) {
        out->count = 0;
        return 0;
    }
    if (keep < out->count ? !is_coarse && decimal_round(out, keep, 0)
                          : keep <= DBL_DIG && !is_coarse)
        return 0;
    if (places >= 0)
        return decimal_from_fixed(out, value, places);
    if (decimal_from_printf(out, value, EXACT_DIGITS) < 0)
        return -1;
    decimal_round(out, out->point + places, 1);
    return 0;
}

/* --- Reading ------------------------------------------------------------------------------------- */

/* significand * 10**exponent, or -1.0 where it is too close to a tie to decide. */
static double
read_scaled(uint64_t significand, int exponent)
{
    static const double exact_power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                         1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                         1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (significand == 0)
        return 0.0;
    if (significand >> 53 == 0 && exponent >= -22 && exponent <= 22) {
        return exponent < 0 ? (double)significand / exact_power[-exponent]
                            : (double)significand * exact_power[exponent];
    }
    if (exponent < -345)
        return 0.0;
    if (exponent > 310)
        return Py_HUGE_VAL;
    Power power = power_of_ten(exponent);
    int zeros = __builtin_clzll(significand);
    significand <<= zeros;
    unsigned __int128 low = (unsigned __int128)power.low * significand;
    unsigned __int128 top = (unsigned __int128)power.high * significand + (uint64_t)(low >> 64);
    /* The value is in (top - 2, top + 1) * 2**scale. */
    int scale = log2_of_power(exponent) - 127 - zeros + 64;
    int width = top >> 127 ? 128 : 127, cut = width - DBL_MANT_DIG;
    if (cut + scale < -1074)
        cut = -1074 - scale;
    if (cut > 125)
        return -1.0;
    unsigned __int128 half = (unsigned __int128)1 << (cut - 1);
    unsigned __int128 tail = top & (2 * half - 1);
    uint64_t mantissa = (uint64_t)(top >> cut);
    if (tail > half + 3)
        mantissa++;
    else if (tail >= half)
        return -1.0;
    return ldexp((double)mantissa, cut + scale);
}

static double
read_by_library(const char *text)
{
    static locale_t plain;
    if (plain == NULL)
        plain = newlocale(LC_ALL_MASK, "C", NULL);
    return plain == NULL ? strtod(text, NULL) : strtod_l(text, NULL, plain);
}

double
ks_decimal_read(const char *text, const char **end)
{
    const char *at = text;
    uint64_t significand = 0;
    int taken = 0, is_cut = 0, seen = 0;
    long exponent = 0;
    for (int past_point = 0;; at++) {
        if (*at == '.' && !past_point) {
            past_point = 1;
            continue;
        }
        unsigned value = (unsigned)(unsigned char)*at - '0';
        if (value > 9)
            break;
        seen = 1;
        if (taken < 19) {
            significand = significand * 10 + value;
            taken += significand != 0;
            exponent -= past_point;
        }
        else {
            is_cut |= value != 0;
            exponent += !past_point;
        }
    }
    if (!seen) {
        *end = text;
        return 0.0;
    }
    if (*at == 'e' || *at == 'E') {
        const char *mark = at + 1;
        int is_negative = *mark == '-';
        mark += *mark == '-' || *mark == '+';
        if (Py_ISDIGIT(*mark)) {
            long given = 0;
            for (; Py_ISDIGIT(*mark); mark++)
                given = given < 100000000 ? given * 10 + (*mark - '0') : given;
            exponent += is_negative ? -given : given;
            at = mark;
        }
    }
    *end = at;
    if (exponent > 1000000 || exponent < -1000000)
        exponent = exponent < 0 ? -1000000 : 1000000;
    double result = is_cut ? -1.0 : read_scaled(significand, (int)exponent);
    if (result < 0.0)
        result = read_by_library(text);
    if (isinf(result))
        errno = ERANGE;
    return result;
}

/* --- The names CPython declares ------------------------------------------------------------------- */

/* A decimal literal with optional sign; no spaces, inf or nan. */
double
_Py_dg_strtod(const char *text, char **end)
{
    const char *stop, *at = text + (*text == '-' || *text == '+');
    errno = 0;
    double value = ks_decimal_read(at, &stop);
    if (end != NULL)
        *end = (char *)(stop == at ? text : stop);
    return *text == '-' && stop != at ? -value : value;
}

/* Mode 0: shortest; 2: ndigits significant digits; 3: ndigits after the decimal point. *point is
 * 9999 for "Infinity" and "NaN". The result goes to _Py_dg_freedtoa(). NULL without memory. */
char *
_Py_dg_dtoa(double value, int mode, int ndigits, int *point, int *sign, char **end)
{
    KsDecimal decimal = {.digits = "0", .count = 1, .point = 1};
    *sign = signbit(value) != 0;
    if (!isfinite(value)) {
        decimal.digits = isnan(value) ? "NaN" : "Infinity";
        decimal.count = (int)strlen(decimal.digits);
        decimal.point = 9999;
    }
    else if (value != 0.0) {
        if (mode == 2 && ks_decimal_significant(&decimal, value, ndigits > 0 ? ndigits : 1) < 0)
            return NULL;
        if (mode == 3 && ks_decimal_places(&decimal, value, ndigits) < 0)
            return NULL;
        if (mode != 2 && mode != 3)
            ks_decimal_shortest(&decimal, value);
        if (decimal.count == 0)
            decimal.point = -ndigits;
    }
    char *text = PyMem_Malloc((size_t)decimal.count + 1);
    if (text != NULL) {
        memcpy(text, decimal.digits, (size_t)decimal.count);
        text[decimal.count] = '\0';
        *point = decimal.point;
        if (end != NULL)
            *end = text + decimal.count;
    }
    ks_decimal_close(&decimal);
    return text;
}

void
_Py_dg_freedtoa(char *text)
{
    PyMem_Free(text);
}

double
_Py_dg_infinity(int sign)
{
    return sign ? -Py_HUGE_VAL : Py_HUGE_VAL;
}

double
_Py_dg_stdnan(int sign)
{
    return copysign(Py_NAN, sign ? -1.0 : 1.0);
}
