/* SPDX-License-Identifier: MIT */
/* float and complex: decimal digits of doubles, shared by repr, formatting and rounding. */
#ifndef KS_FLOAT_H
#define KS_FLOAT_H

#include "ks_base.h"
#include "pycore_dtoa.h"

/* A finite double in decimal: 0.DIGITS * 10**point, DIGITS without trailing zeros and not
 * terminated, empty for zero. */
typedef struct KsDecimal {
    char *digits;
    int count;
    int point;
    int is_negative;
    char *block; /* to be freed by ks_decimal_close(), NULL if digits are inside */
    char inside[24];
} KsDecimal;

/* The fewest digits that read back as the same double. */
void ks_decimal_shortest(KsDecimal *out, double value);
/* Rounded half to even, exactly: to `count` significant digits (> 0), or to `places` digits
 * after the decimal point (negative: before it). -1 with MemoryError. */
int ks_decimal_significant(KsDecimal *out, double value, int count);
int ks_decimal_places(KsDecimal *out, double value, int places);
void ks_decimal_close(KsDecimal *decimal);

/* The double nearest to a decimal literal without sign, spaces, inf or nan; *end is the text
 * itself if there is none. Overflow gives infinity with errno ERANGE. */
double ks_decimal_read(const char *text, const char **end);

/* repr() of a double into a buffer of at least 32 bytes; the length. */
int ks_float_repr_into(char *buffer, double value);


#endif
