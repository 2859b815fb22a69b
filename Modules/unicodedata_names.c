/* SPDX-License-Identifier: MIT */
/* Names of characters: both directions.
 *
 * Hangul syllables and CJK ideographs are named by rule. All others are rows of word numbers (see
 * gen_unicode_names.c); a name is found by binary search in the list of code points ordered by
 * name, each step spelling one name out. Only names from the tables disregard case. */
#include "Python.h"
#include "ks_unicodedata.h"

#include <string.h>

#define KS_UNICODE_NAMES
#include "unicode_tables.h"

/* --- Hangul --- */

enum { HANGUL_FIRST = 0xac00, LEADS = 19, VOWELS = 21, TAILS = 28 };

static const char *const hangul_leads[LEADS] = {
    "G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T", "P", "H",
};
static const char *const hangul_vowels[VOWELS] = {
    "A",  "AE", "YA", "YAE", "EO", "E",  "YEO", "YE", "O",  "WA", "WAE",
    "OE", "YO", "U",  "WEO", "WE", "WI", "YU",  "EU", "YI", "I",
};
static const char *const hangul_tails[TAILS] = {
    "",   "G",  "GG", "GS", "N", "NJ", "NH", "D", "L",  "LG", "LM", "LB", "LS", "LT",
    "LP", "LH", "M",  "B",  "BS", "S", "SS", "NG", "J", "C",  "K",  "T",  "P",  "H",
};
static const char hangul_prefix[] = "HANGUL SYLLABLE ", ideograph_prefix[] = "CJK UNIFIED IDEOGRAPH-";

/* The longest of the parts that *text starts with; moves *text behind it. -1 if none does. */
static int
take_part(const char **text, const char *end, const char *const *parts, int count)
{
    int best = -1;
    size_t best_length = 0;
    for (int i = 0; i < count; i++) {
        size_t length = strlen(parts[i]);
        if (length <= (size_t)(end - *text) && (best < 0 || length > best_length) &&
            memcmp(*text, parts[i], length) == 0) {
            best = i;
            best_length = length;
        }
    }
    *text += best_length;
    return best;
}

static int
hangul_code(const char *text, const char *end, Py_UCS4 *code)
{
    int lead = take_part(&text, end, hangul_leads, LEADS);
    int vowel = take_part(&text, end, hangul_vowels, VOWELS);
    int tail = take_part(&text, end, hangul_tails, TAILS);
    if (lead < 0 || vowel < 0 || tail < 0 || text != end)
        return 0;
    *code = (Py_UCS4)(HANGUL_FIRST + (lead * VOWELS + vowel) * TAILS + tail);
    return 1;
}

/* --- ideographs --- */

static int
is_ideograph(Py_UCS4 ch)
{
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(name_ideographs); i++)
        if (ch >= name_ideographs[i].first && ch <= name_ideographs[i].last)
            return 1;
    return 0;
}

static int
ideograph_code(const char *text, const char *end, Py_UCS4 *code)
{
    Py_UCS4 value = 0;
    if (end - text != 4 && end - text != 5)
        return 0;
    for (; text < end; text++) {
        if (*text >= '0' && *text <= '9')
            value = value * 16 + (Py_UCS4)(*text - '0');
        else if (*text >= 'A' && *text <= 'F')
            value = value * 16 + (Py_UCS4)(*text - 'A' + 10);
        else
            return 0;
    }
    *code = value;
    return is_ideograph(value);
}

/* --- table --- */

/* Spells the row at `at` out. The length, -1 if it does not fit. */
static int
spell(unsigned at, char *name, int size)
{
    int length = 0;
    const uint8_t *row = name_rows + at;
    while (*row) {
        unsigned number = *row++;
        if (number >= 0xc0) {
            number = (number & 0x3f) << 16 | (unsigned)row[0] << 8 | row[1];
            row += 2;
        }
        else if (number >= 0x80)
            number = (number & 0x3f) << 8 | *row++;
        unsigned start = name_word_at[number - 1];
        int word = (int)(name_word_at[number] - start);
        if (length + word + 2 > size)
            return -1;
        if (length > 0)
            name[length++] = ' ';
        memcpy(name + length, name_words + start, (size_t)word);
        length += word;
    }
    name[length] = 0;
    return length;
}

static unsigned
row_of(Py_UCS4 ch)
{
    return name_entry[name_page[ch >> 7] * 128 + (ch & 127)];
}

int
ucd_name_of(Py_UCS4 ch, char *name, int size, int with_aliases)
{
    if (ch > 0x10ffff)
        return 0;
    if (ch >= HANGUL_FIRST && ch < HANGUL_FIRST + LEADS * VOWELS * TAILS) {
        int index = (int)ch - HANGUL_FIRST;
        int length = snprintf(name, (size_t)size, "%s%s%s%s", hangul_prefix,
                              hangul_leads[index / (VOWELS * TAILS)],
                              hangul_vowels[index / TAILS % VOWELS], hangul_tails[index % TAILS]);
        return length < size;
    }
    if (is_ideograph(ch))
        return snprintf(name, (size_t)size, "%s%X", ideograph_prefix, (unsigned)ch) < size;
    unsigned row = row_of(ch);
    return row != 0 && spell(row, name, size) >= 0;
}

/* strcmp() of a table's name with upper case text. */
static int
compare(const char *name, const char *text, int length)
{
    int order = strncmp(name, text, (size_t)length);
    return order != 0 ? order : name[length] != 0;
}

static int
table_code(const char *text, int length, Py_UCS4 *code)
{
    Py_ssize_t low = 0, high = KS_COUNT_OF(name_order);
    char name[UCD_NAME_SIZE];
    while (low < high) {
        Py_ssize_t middle = low + (high - low) / 2;
        if (spell(row_of(name_order[middle]), name, sizeof(name)) < 0)
            return 0;
        int order = compare(name, text, length);
        if (order == 0) {
            *code = name_order[middle];
            return 1;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

int
ucd_codes_of(const char *name, int length, int with_aliases, Py_UCS4 codes[UCD_SEQUENCE_MAX])
{
    char text[UCD_NAME_SIZE];
    const char *end = name + length;
    int hangul = (int)sizeof(hangul_prefix) - 1, ideograph = (int)sizeof(ideograph_prefix) - 1;
    if (length >= hangul && memcmp(name, hangul_prefix, (size_t)hangul) == 0 &&
        hangul_code(name + hangul, end, codes))
        return 1;
    if (length >= ideograph && memcmp(name, ideograph_prefix, (size_t)ideograph) == 0)
        return ideograph_code(name + ideograph, end, codes);
    if (length <= 0 || length >= UCD_NAME_SIZE)
        return 0;
    for (int i = 0; i < length; i++) {
        if (name[i] == 0)
            return 0;
        text[i] = (char)Py_TOUPPER(name[i]);
    }
    if (table_code(text, length, codes))
        return 1;
    if (!with_aliases)
        return 0;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(name_aliases); i++)
        if (compare(name_aliases[i].name, text, length) == 0) {
            codes[0] = name_aliases[i].code;
            return 1;
        }
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(name_sequences); i++)
        if (compare(name_sequences[i].name, text, length) == 0) {
            for (int j = 0; j < name_sequences[i].count; j++)
                codes[j] = name_sequences[i].codes[j];
            return name_sequences[i].count;
        }
    return 0;
}
