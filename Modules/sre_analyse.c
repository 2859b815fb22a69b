/* SPDX-License-Identifier: MIT */
/* What can be known about a pattern before it runs: a bitmap for each of its character sets, the
 * literal it starts with, and with which characters a match can start at all. All of it only
 * makes the engine faster: without it every match is the same. */
#include "sre.h"

static int
is_set(SreCode op)
{
    return op == OP_IN || op == OP_IN_IGNORE || op == OP_IN_UNI_IGNORE || op == OP_IN_LOC_IGNORE;
}

/* The instruction behind the one at code, in the order of the text: into blocks, not over them. */
static const SreCode *
next_instruction(const SreCode *code)
{
    switch (code[0]) {
    case OP_INFO:
    case OP_IN:
    case OP_IN_IGNORE:
    case OP_IN_UNI_IGNORE:
    case OP_IN_LOC_IGNORE:
        return code + 1 + code[1];
    case OP_SUCCESS:
    case OP_FAILURE:
    case OP_ANY:
    case OP_ANY_ALL:
    case OP_MAX_UNTIL:
    case OP_MIN_UNTIL:
        return code + 1;
    case OP_REPEAT:
    case OP_POSSESSIVE_REPEAT:
    case OP_REPEAT_ONE:
    case OP_MIN_REPEAT_ONE:
    case OP_POSSESSIVE_REPEAT_ONE:
        return code + 4;
    case OP_ASSERT:
    case OP_ASSERT_NOT:
    case OP_GROUPREF_EXISTS:
        return code + 3;
    default:
        return code + 2;
    }
}

/* The locale may change, so what depends on it has no bitmap. */
static int
set_is_fixed(const SreCode *code)
{
    if (code[0] == OP_IN_LOC_IGNORE)
        return 0;
    for (const SreCode *set = code + 2;;) {
        switch (*set++) {
        case OP_FAILURE:
            return 1;
        case OP_CATEGORY:
            if (*set == CATEGORY_LOC_WORD || *set == CATEGORY_LOC_NOT_WORD)
                return 0;
            set++;
            break;
        case OP_LITERAL:
            set++;
            break;
        case OP_RANGE:
        case OP_RANGE_UNI_IGNORE:
            set += 2;
            break;
        case OP_CHARSET:
            set += 8;
            break;
        case OP_BIGCHARSET:
            set += 65 + 8 * (size_t)*set;
            break;
        default: /* NEGATE */
            break;
        }
    }
}

/* Calls for each set of the pattern; NULL maps only counts. Alternatives of a branch start with
 * a skip, which is told from an instruction by the branch being walked: so the walk is by block. */
static void
walk_sets(SrePattern *pattern, const SreCode *code, const SreCode *end, uint32_t *count)
{
    while (code < end) {
        if (code[0] == OP_BRANCH) {
            code++;
            while (code[0] != 0) {
                walk_sets(pattern, code + 1, code + code[0] - 2, count);
                code += code[0];
            }
            code++;
            continue;
        }
        if (code[0] == OP_JUMP) {
            code += 2;
            continue;
        }
        if (is_set(code[0]) && set_is_fixed(code)) {
            uint32_t index = ++*count;
            if (pattern->maps != NULL) {
                pattern->aux[code - pattern->code] = index;
                for (Py_UCS4 ch = 0; ch < 256; ch++)
                    if (ks_sre_accepts(code, ch))
                        pattern->maps[index].bits[ch >> 5] |= 1u << (ch & 31);
            }
        }
        code = next_instruction(code);
    }
}

static int
make_bitmaps(SrePattern *pattern)
{
    const SreCode *end = pattern->code + Py_SIZE(pattern);
    uint32_t count = 0;
    walk_sets(pattern, pattern->code, end, &count);
    if (count == 0)
        return 0;
    pattern->aux = PyMem_Calloc((size_t)Py_SIZE(pattern), sizeof(uint32_t));
    pattern->maps = PyMem_Calloc((size_t)count + 1, sizeof(SreBitmap));
    if (pattern->aux == NULL || pattern->maps == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    count = 0;
    walk_sets(pattern, pattern->code, end, &count);
    return 0;
}

/* ---- the first character ---- */

typedef struct FirstWalk {
    SrePattern *pattern;
    int budget; /* of instructions; patterns of nested choices could take very long */
    int depth;
} FirstWalk;

enum { FIRST_UNKNOWN = -1, FIRST_EMPTY = 0, FIRST_SOME = 1 };

static void
first_add(SrePattern *pattern, const SreCode *item)
{
    for (Py_UCS4 ch = 0; ch < 256; ch++)
        if (ks_sre_accepts(item, ch))
            pattern->first.bits[ch >> 5] |= 1u << (ch & 31);
    if (!((item[0] == OP_LITERAL || item[0] == OP_LITERAL_IGNORE) && item[1] < 256))
        pattern->wide_first = 1;
}

/* Adds what can come first from code on: SOME if that is all there can be, EMPTY if the end of
 * the block can be reached without any character. */
static int
first_walk(FirstWalk *walk, const SreCode *code)
{
    for (;;) {
        if (--walk->budget < 0 || walk->depth > 50)
            return FIRST_UNKNOWN;
        int inner;
        switch (code[0]) {
        case OP_MARK:
        case OP_AT:
            code += 2;
            continue;
        case OP_INFO:
        case OP_ASSERT:
        case OP_ASSERT_NOT:
        case OP_JUMP:
            code += 1 + code[1];
            continue;
        case OP_IN_LOC_IGNORE:
        case OP_LITERAL_LOC_IGNORE:
        case OP_NOT_LITERAL_LOC_IGNORE:
        case OP_GROUPREF:
        case OP_GROUPREF_IGNORE:
        case OP_GROUPREF_UNI_IGNORE:
        case OP_GROUPREF_LOC_IGNORE:
        case OP_GROUPREF_EXISTS:
            return FIRST_UNKNOWN;
        case OP_CATEGORY:
            if (code[1] == CATEGORY_LOC_WORD || code[1] == CATEGORY_LOC_NOT_WORD)
                return FIRST_UNKNOWN;
            first_add(walk->pattern, code);
            return FIRST_SOME;
        case OP_IN:
            if (!set_is_fixed(code))
                return FIRST_UNKNOWN;
            first_add(walk->pattern, code);
            return FIRST_SOME;
        case OP_REPEAT_ONE:
        case OP_MIN_REPEAT_ONE:
        case OP_POSSESSIVE_REPEAT_ONE:
            if (code[3] > 0) {
                walk->depth++;
                inner = first_walk(walk, code + 4);
                walk->depth--;
                if (inner == FIRST_UNKNOWN || code[2] > 0)
                    return inner;
            }
            code += 1 + code[1];
            continue;
        case OP_REPEAT:
        case OP_POSSESSIVE_REPEAT:
        case OP_ATOMIC_GROUP: {
            int atomic = code[0] == OP_ATOMIC_GROUP;
            walk->depth++;
            inner = first_walk(walk, code + (atomic ? 2 : 4));
            walk->depth--;
            if (inner == FIRST_UNKNOWN || (inner == FIRST_SOME && (atomic || code[2] > 0)))
                return inner;
            code += (atomic ? 1 : 2) + code[1];
            continue;
        }
        case OP_BRANCH: {
            int result = FIRST_SOME;
            walk->depth++;
            for (code++; code[0] != 0; code += code[0]) {
                inner = first_walk(walk, code + 1);
                if (inner == FIRST_UNKNOWN)
                    return inner;
                if (inner == FIRST_EMPTY)
                    result = FIRST_EMPTY;
            }
            walk->depth--;
            return result;
        }
        case OP_SUCCESS:
        case OP_MAX_UNTIL:
        case OP_MIN_UNTIL:
            return FIRST_EMPTY;
        case OP_FAILURE:
            return FIRST_SOME;
        default: /* one character */
            first_add(walk->pattern, code);
            return FIRST_SOME;
        }
    }
}

static void
find_first(SrePattern *pattern)
{
    const SreCode *code = pattern->body;
    while (code[0] == OP_MARK)
        code += 2;
    pattern->anchored = code[0] == OP_AT && (code[1] == AT_BEGINNING || code[1] == AT_BEGINNING_STRING);
    FirstWalk walk = {pattern, 400, 0};
    if (first_walk(&walk, pattern->body) != FIRST_SOME)
        return;
    uint32_t all = ~0u;
    for (int i = 0; i < 8; i++)
        all &= pattern->first.bits[i];
    if (all == ~0u && pattern->wide_first)
        return;
    pattern->has_first = 1;
    if (pattern->min_width == 0)
        pattern->min_width = 1;
}

/* ---- the literal prefix ---- */

static int
make_needles(SrePattern *pattern)
{
    SreCode length = pattern->prefix_length, widest = 0;
    for (SreCode i = 0; i < length; i++)
        widest = Py_MAX(widest, pattern->prefix[i]);
    if (widest < 256) {
        pattern->needle1 = PyMem_Malloc(length);
        if (pattern->needle1 == NULL)
            goto no_memory;
        for (SreCode i = 0; i < length; i++)
            pattern->needle1[i] = (Py_UCS1)pattern->prefix[i];
    }
    if (widest < 65536) {
        pattern->needle2 = PyMem_Malloc((size_t)length * sizeof(Py_UCS2));
        if (pattern->needle2 == NULL)
            goto no_memory;
        for (SreCode i = 0; i < length; i++)
            pattern->needle2[i] = (Py_UCS2)pattern->prefix[i];
    }
    return 0;
no_memory:
    PyErr_NoMemory();
    return -1;
}

int
ks_sre_analyse(SrePattern *pattern)
{
    const SreCode *code = pattern->code;
    pattern->body = code;
    if (code[0] == OP_INFO) {
        SreCode flags = code[2];
        pattern->body = code + 1 + code[1];
        pattern->min_width = code[3];
        if ((flags & INFO_PREFIX) && code[5] > 0) {
            pattern->prefix_length = code[5];
            pattern->prefix = code + 7;
            pattern->is_literal = (flags & INFO_LITERAL) && pattern->groups == 0;
            if (make_needles(pattern) < 0)
                return -1;
        }
    }
    find_first(pattern);
    return make_bitmaps(pattern);
}
