/* SPDX-License-Identifier: MIT */
/* Running compiled patterns: characters, sets and categories here, the matcher in sre_match.h,
 * which is compiled once for each width of characters. */
#include "sre.h"
#include "ks_search.h"
#include <ctype.h>

enum { SRE_MARK, SRE_BRANCH, SRE_ONE_MAX, SRE_ONE_MIN, SRE_LAZY, SRE_ITER, SRE_ITER_MAX,
       SRE_ASSERT, SRE_ASSERT_NOT, SRE_ATOMIC, SRE_POSSESSIVE };

Py_UCS4
ks_sre_lower_ascii(Py_UCS4 ch)
{
    return ch >= 'A' && ch <= 'Z' ? ch + 32 : ch;
}

Py_UCS4
ks_sre_lower_locale(Py_UCS4 ch)
{
    return ch < 256 ? (Py_UCS4)tolower((int)ch) : ch;
}

Py_UCS4
ks_sre_upper_locale(Py_UCS4 ch)
{
    return ch < 256 ? (Py_UCS4)toupper((int)ch) : ch;
}

static Py_UCS4
sre_lower_unicode(Py_UCS4 ch)
{
    return ch < 128 ? ks_sre_lower_ascii(ch) : (Py_UCS4)Py_UNICODE_TOLOWER(ch);
}

static int
sre_word_ascii(Py_UCS4 ch)
{
    return ch < 128 && (Py_ISALNUM(ch) || ch == '_');
}

static int
sre_category(SreCode category, Py_UCS4 ch)
{
    switch (category) {
    case CATEGORY_DIGIT:
        return ch >= '0' && ch <= '9';
    case CATEGORY_NOT_DIGIT:
        return !(ch >= '0' && ch <= '9');
    case CATEGORY_SPACE:
        return ch < 128 && Py_ISSPACE(ch);
    case CATEGORY_NOT_SPACE:
        return !(ch < 128 && Py_ISSPACE(ch));
    case CATEGORY_WORD:
        return sre_word_ascii(ch);
    case CATEGORY_NOT_WORD:
        return !sre_word_ascii(ch);
    case CATEGORY_LINEBREAK:
        return ch == '\n';
    case CATEGORY_NOT_LINEBREAK:
        return ch != '\n';
    case CATEGORY_LOC_WORD:
        return ch < 256 && (isalnum((int)ch) || ch == '_');
    case CATEGORY_LOC_NOT_WORD:
        return !(ch < 256 && (isalnum((int)ch) || ch == '_'));
    case CATEGORY_UNI_DIGIT:
        return Py_UNICODE_ISDECIMAL(ch);
    case CATEGORY_UNI_NOT_DIGIT:
        return !Py_UNICODE_ISDECIMAL(ch);
    case CATEGORY_UNI_SPACE:
        return Py_UNICODE_ISSPACE(ch);
    case CATEGORY_UNI_NOT_SPACE:
        return !Py_UNICODE_ISSPACE(ch);
    case CATEGORY_UNI_WORD:
        return ch < 128 ? sre_word_ascii(ch) : Py_UNICODE_ISALNUM(ch);
    case CATEGORY_UNI_NOT_WORD:
        return !(ch < 128 ? sre_word_ascii(ch) : Py_UNICODE_ISALNUM(ch));
    case CATEGORY_UNI_LINEBREAK:
        return Py_UNICODE_ISLINEBREAK(ch);
    case CATEGORY_UNI_NOT_LINEBREAK:
        return !Py_UNICODE_ISLINEBREAK(ch);
    default:
        return 0;
    }
}

/* Is ch in the set whose first member is at set? */
int
ks_sre_in_set(const SreCode *set, Py_UCS4 ch)
{
    int yes = 1;
    for (;;) {
        switch (*set++) {
        case OP_FAILURE:
            return !yes;
        case OP_NEGATE:
            yes = !yes;
            break;
        case OP_LITERAL:
            if (ch == set[0])
                return yes;
            set++;
            break;
        case OP_CATEGORY:
            if (sre_category(set[0], ch))
                return yes;
            set++;
            break;
        case OP_RANGE:
            if (set[0] <= ch && ch <= set[1])
                return yes;
            set += 2;
            break;
        case OP_RANGE_UNI_IGNORE: {
            if (set[0] <= ch && ch <= set[1])
                return yes;
            Py_UCS4 upper = (Py_UCS4)Py_UNICODE_TOUPPER(ch);
            if (set[0] <= upper && upper <= set[1])
                return yes;
            set += 2;
            break;
        }
        case OP_CHARSET:
            if (ch < 256 && (set[ch >> 5] >> (ch & 31) & 1))
                return yes;
            set += 8;
            break;
        case OP_BIGCHARSET: {
            SreCode blocks = *set++;
            if (ch < 65536) {
                Py_UCS4 block = ((const unsigned char *)set)[ch >> 8];
                if (set[64 + block * 8 + (ch >> 5 & 7)] >> (ch & 31) & 1)
                    return yes;
            }
            set += 64 + (size_t)blocks * 8;
            break;
        }
        default:
            return 0;
        }
    }
}

int
ks_sre_accepts(const SreCode *code, Py_UCS4 ch)
{
    switch (code[0]) {
    case OP_LITERAL:
        return ch == code[1];
    case OP_NOT_LITERAL:
        return ch != code[1];
    case OP_ANY:
        return ch != '\n';
    case OP_ANY_ALL:
        return 1;
    case OP_CATEGORY:
        return sre_category(code[1], ch);
    case OP_IN:
        return ks_sre_in_set(code + 2, ch);
    case OP_IN_IGNORE:
        return ks_sre_in_set(code + 2, ks_sre_lower_ascii(ch));
    case OP_IN_UNI_IGNORE:
        return ks_sre_in_set(code + 2, sre_lower_unicode(ch));
    case OP_IN_LOC_IGNORE: {
        Py_UCS4 lower = ks_sre_lower_locale(ch), upper = ks_sre_upper_locale(ch);
        return ks_sre_in_set(code + 2, lower) || (upper != lower && ks_sre_in_set(code + 2, upper));
    }
    case OP_LITERAL_IGNORE:
        return ks_sre_lower_ascii(ch) == code[1];
    case OP_NOT_LITERAL_IGNORE:
        return ks_sre_lower_ascii(ch) != code[1];
    case OP_LITERAL_UNI_IGNORE:
        return sre_lower_unicode(ch) == code[1];
    case OP_NOT_LITERAL_UNI_IGNORE:
        return sre_lower_unicode(ch) != code[1];
    case OP_LITERAL_LOC_IGNORE:
    case OP_NOT_LITERAL_LOC_IGNORE: {
        int same = ch == code[1] || ks_sre_lower_locale(ch) == code[1]
                   || ks_sre_upper_locale(ch) == code[1];
        return same == (code[0] == OP_LITERAL_LOC_IGNORE);
    }
    default:
        return 0;
    }
}

static KS_COLD int
sre_grow(SreState *state)
{
    size_t size = state->stack_size * 2;
    SreEntry *stack;
    if (size > PY_SSIZE_T_MAX / sizeof(SreEntry)) {
        PyErr_NoMemory();
        return -1;
    }
    if (state->stack == state->small_stack) {
        stack = PyMem_Malloc(size * sizeof(SreEntry));
        if (stack != NULL)
            memcpy(stack, state->small_stack, sizeof(state->small_stack));
    }
    else
        stack = PyMem_Realloc(state->stack, size * sizeof(SreEntry));
    if (stack == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    state->stack = stack;
    state->stack_size = size;
    return 0;
}

/* A comparison that compilers do not call constant where characters are bytes. */
KS_INLINE int
sre_narrow(Py_UCS4 ch)
{
    return ch < 256;
}

/* The bitmap for the set at code; NULL if it has none or is no set. */
KS_INLINE const SreBitmap *
sre_map(const SrePattern *pattern, const SreCode *code)
{
    if (pattern->aux == NULL)
        return NULL;
    uint32_t index = pattern->aux[code - pattern->code];
    return index == 0 ? NULL : &pattern->maps[index];
}

/* As ks_sre_accepts(), by the bitmap where there is one. */
#define DEFINE_ACCEPTS(width, chr)                                             \
    KS_INLINE int                                                              \
    sre##width##_accepts(const SrePattern *pattern, const SreCode *code, chr ch) \
    {                                                                          \
        const SreBitmap *map = sre_narrow(ch) ? sre_map(pattern, code) : NULL; \
        return map != NULL ? (int)SRE_BIT(map, ch & 255) : ks_sre_accepts(code, ch); \
    }
DEFINE_ACCEPTS(1, Py_UCS1)
DEFINE_ACCEPTS(2, Py_UCS2)
DEFINE_ACCEPTS(4, Py_UCS4)

#define CHAR Py_UCS1
#define NAME(x) sre1_##x
#define NEEDLE needle1
#define FIND_CHAR ks_search1_find_char
#define FIND ks_search1_find
#include "sre_match.h"
#undef CHAR
#undef NAME
#undef NEEDLE
#undef FIND_CHAR
#undef FIND
#define CHAR Py_UCS2
#define NAME(x) sre2_##x
#define NEEDLE needle2
#define FIND_CHAR ks_search2_find_char
#define FIND ks_search2_find
#include "sre_match.h"
#undef CHAR
#undef NAME
#undef NEEDLE
#undef FIND_CHAR
#undef FIND
#define CHAR Py_UCS4
#define NAME(x) sre4_##x
#define NEEDLE prefix
#define FIND_CHAR ks_search4_find_char
#define FIND ks_search4_find
#include "sre_match.h"

int
ks_sre_match(SreState *state, const SrePattern *pattern)
{
    return state->charsize == 1   ? sre1_match(state, pattern)
           : state->charsize == 2 ? sre2_match(state, pattern)
                                  : sre4_match(state, pattern);
}

int
ks_sre_search(SreState *state, const SrePattern *pattern)
{
    return state->charsize == 1   ? sre1_search(state, pattern)
           : state->charsize == 2 ? sre2_search(state, pattern)
                                  : sre4_search(state, pattern);
}
