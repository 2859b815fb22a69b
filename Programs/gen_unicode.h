/* SPDX-License-Identifier: MIT */
/* Shared by the sources of gen_unicode: what is known of each code point. */
#ifndef GEN_UNICODE_H
#define GEN_UNICODE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GEN_LIMIT 0x110000
#define GEN_PAGE 128

enum {
    GEN_ALPHA = 1 << 0,
    GEN_DECIMAL = 1 << 1,
    GEN_DIGIT = 1 << 2,
    GEN_LOWER = 1 << 3,
    GEN_LINEBREAK = 1 << 4,
    GEN_SPACE = 1 << 5,
    GEN_TITLE = 1 << 6,
    GEN_UPPER = 1 << 7,
    GEN_XID_START = 1 << 8,
    GEN_XID_CONTINUE = 1 << 9,
    GEN_PRINTABLE = 1 << 10,
    GEN_NUMERIC = 1 << 11,
    GEN_CASE_IGNORABLE = 1 << 12,
    GEN_CASED = 1 << 13,
    GEN_SPECIAL = 1 << 14,
    GEN_FLAG_COUNT = 15
};
extern const char *const gen_flag_names[];

typedef struct GenChar {
    unsigned char assigned, age, combining, mirrored, quick_check;
    unsigned char has_special, is_ideograph, composition_excluded;
    char category[3], bidirectional[4], width[3];
    int decimal, digit; /* -1: none */
    unsigned flags, upper, lower, title;
    int special_upper_count, special_lower_count, special_title_count, fold_count;
    unsigned special_upper[3], special_lower[3], special_title[3], fold[3];
    char *name, *decomposition, *numeric; /* NULL: none */
} GenChar;

extern GenChar gen_chars[GEN_LIMIT];
extern const char *gen_directory;

__attribute__((noreturn, format(printf, 1, 2))) void gen_fail(const char *format, ...);
void *gen_alloc(size_t bytes);
void gen_each_line(const char *name, void (*visit)(char **fields, int count));
void gen_range(const char *text, unsigned *first, unsigned *last);
int gen_codes(const char *text, unsigned *codes, int max);
void gen_write_index(FILE *out, const char *name, const unsigned *values);
void gen_write_database(FILE *out);
void gen_write_names(FILE *out);

#endif
