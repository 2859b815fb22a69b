/* SPDX-License-Identifier: MIT */
/* Checking a pattern's code before it runs.
 *
 * The engine trusts what was checked here: every skip stays inside its block, every block ends
 * with the instruction the engine expects there, every group exists. */
#include "sre.h"

/* Deeper nesting than the pattern parser can produce. */
#define SRE_MAX_DEPTH 20000

static int check_block(const SreCode *code, const SreCode *end, Py_ssize_t groups, int depth);

/* Members of a set between code and the FAILURE at end. */
static int
check_set(const SreCode *code, const SreCode *end)
{
    while (code < end) {
        SreCode op = *code++;
        Py_ssize_t words;
        switch (op) {
        case OP_NEGATE:
            words = 0;
            break;
        case OP_LITERAL:
            words = 1;
            break;
        case OP_CATEGORY:
            if (code >= end || *code >= CATEGORY_COUNT)
                return 0;
            words = 1;
            break;
        case OP_RANGE:
        case OP_RANGE_UNI_IGNORE:
            words = 2;
            break;
        case OP_CHARSET:
            words = 8;
            break;
        case OP_BIGCHARSET:
            if (end - code < 65 || *code > 256)
                return 0;
            for (int i = 0; i < 256; i++)
                if (((const unsigned char *)(code + 1))[i] >= *code)
                    return 0;
            words = 65 + 8 * (Py_ssize_t)*code;
            break;
        default:
            return 0;
        }
        if (end - code < words)
            return 0;
        code += words;
    }
    return code == end;
}

static int
check_info(const SreCode *code, const SreCode *end)
{
    if (end - code < 3)
        return 0;
    SreCode flags = code[0];
    code += 3;
    if ((flags & ~(SreCode)(INFO_PREFIX | INFO_LITERAL | INFO_CHARSET)) != 0
        || ((flags & INFO_PREFIX) && (flags & INFO_CHARSET))
        || ((flags & INFO_LITERAL) && !(flags & INFO_PREFIX)))
        return 0;
    if (flags & INFO_PREFIX) {
        if (end - code < 2)
            return 0;
        SreCode length = code[0];
        code += 2;
        if ((size_t)(end - code) < 2 * (size_t)length)
            return 0;
        for (SreCode i = 0; i < length; i++)
            if (code[length + i] >= length)
                return 0;
        code += 2 * (size_t)length;
    }
    if (flags & INFO_CHARSET)
        return end > code && end[-1] == OP_FAILURE && check_set(code, end - 1);
    return code == end;
}

static int
check_branch(const SreCode *code, const SreCode *end, const SreCode **behind, Py_ssize_t groups,
             int depth)
{
    const SreCode *target = NULL;
    for (;;) {
        if (code >= end)
            return 0;
        SreCode skip = *code;
        if (skip == 0)
            break;
        if (skip < 3 || skip >= (size_t)(end - code))
            return 0;
        const SreCode *jump = code + skip - 2;
        if (!check_block(code + 1, jump, groups, depth) || jump[0] != OP_JUMP
            || jump[1] == 0 || jump[1] > (size_t)(end - (jump + 1)))
            return 0;
        if (target == NULL)
            target = jump + 1 + jump[1];
        else if (jump + 1 + jump[1] != target)
            return 0;
        code += skip;
    }
    *behind = code + 1;
    return target == NULL || target == code + 1;
}

/* What stands for one character: the only thing a run may repeat. */
static int
check_item(const SreCode *code, const SreCode *end)
{
    switch (code[0]) {
    case OP_ANY:
    case OP_ANY_ALL:
        return end - code == 1;
    case OP_IN:
    case OP_IN_IGNORE:
    case OP_IN_UNI_IGNORE:
    case OP_IN_LOC_IGNORE:
        return end - code > 2 && code[1] == (size_t)(end - code) - 1;
    case OP_CATEGORY:
    case OP_LITERAL:
    case OP_NOT_LITERAL:
    case OP_LITERAL_IGNORE:
    case OP_NOT_LITERAL_IGNORE:
    case OP_LITERAL_UNI_IGNORE:
    case OP_NOT_LITERAL_UNI_IGNORE:
    case OP_LITERAL_LOC_IGNORE:
    case OP_NOT_LITERAL_LOC_IGNORE:
        return end - code == 2;
    default:
        return 0;
    }
}

/* Conditional: both branches, or the one before `behind`. */
static int
check_exists(const SreCode *code, const SreCode *end, const SreCode **behind, Py_ssize_t groups,
             int depth)
{
    if (end - code < 3 || code[1] >= (size_t)groups || code[2] < 2
        || code[2] > (size_t)(end - (code + 1)))
        return 0;
    const SreCode *yes = code + 3, *otherwise = code + 1 + code[2];
    *behind = otherwise;
    /* A jump at the end of the first branch leads over the second. */
    if (otherwise - yes >= 2 && otherwise[-2] == OP_JUMP && otherwise[-1] > 0
        && otherwise[-1] <= (size_t)(end - (otherwise - 1))
        && check_block(yes, otherwise - 2, groups, depth)) {
        *behind = otherwise - 1 + otherwise[-1];
        return check_block(otherwise, *behind, groups, depth);
    }
    return check_block(yes, otherwise, groups, depth);
}

/* A block that is announced by a skip: its head takes `head` words, its end is the instruction
 * `last`, inside the block or just behind it. */
static int
check_nested(const SreCode *code, const SreCode *end, int head, int inside, Py_ssize_t groups,
             int depth, const SreCode **behind)
{
    if (end - code < head || code[1] < (SreCode)head - 1 + inside
        || code[1] > (size_t)(end - (code + 1)) - !inside)
        return 0;
    const SreCode *last = code + 1 + code[1] - inside;
    *behind = last + 1;
    return check_block(code + head, last, groups, depth);
}

static int
check_block(const SreCode *code, const SreCode *end, Py_ssize_t groups, int depth)
{
    if (code > end || depth > SRE_MAX_DEPTH)
        return 0;
    while (code < end) {
        const SreCode *behind = NULL;
        switch (code[0]) {
        case OP_SUCCESS:
        case OP_FAILURE:
        case OP_ANY:
        case OP_ANY_ALL:
            behind = code + 1;
            break;
        case OP_MARK:
            if (end - code < 2 || code[1] >= 2 * (size_t)groups)
                return 0;
            behind = code + 2;
            break;
        case OP_GROUPREF:
        case OP_GROUPREF_IGNORE:
        case OP_GROUPREF_UNI_IGNORE:
        case OP_GROUPREF_LOC_IGNORE:
            if (end - code < 2 || code[1] >= (size_t)groups)
                return 0;
            behind = code + 2;
            break;
        case OP_AT:
            if (end - code < 2 || code[1] >= AT_COUNT)
                return 0;
            behind = code + 2;
            break;
        case OP_LITERAL:
        case OP_NOT_LITERAL:
        case OP_LITERAL_IGNORE:
        case OP_NOT_LITERAL_IGNORE:
        case OP_LITERAL_UNI_IGNORE:
        case OP_NOT_LITERAL_UNI_IGNORE:
        case OP_LITERAL_LOC_IGNORE:
        case OP_NOT_LITERAL_LOC_IGNORE:
            behind = code + 2;
            if (behind > end)
                return 0;
            break;
        case OP_IN:
        case OP_IN_IGNORE:
        case OP_IN_UNI_IGNORE:
        case OP_IN_LOC_IGNORE:
            if (end - code < 3 || code[1] < 2 || code[1] > (size_t)(end - (code + 1)))
                return 0;
            behind = code + 1 + code[1];
            if (behind[-1] != OP_FAILURE || !check_set(code + 2, behind - 1))
                return 0;
            break;
        case OP_INFO:
            if (end - code < 2 || code[1] < 1 || code[1] > (size_t)(end - (code + 1)))
                return 0;
            behind = code + 1 + code[1];
            if (!check_info(code + 2, behind))
                return 0;
            break;
        case OP_BRANCH:
            if (!check_branch(code + 1, end, &behind, groups, depth + 1))
                return 0;
            break;
        case OP_GROUPREF_EXISTS:
            if (!check_exists(code, end, &behind, groups, depth + 1))
                return 0;
            break;
        case OP_REPEAT_ONE:
        case OP_MIN_REPEAT_ONE:
        case OP_POSSESSIVE_REPEAT_ONE:
            if (!check_nested(code, end, 4, 1, groups, depth + 1, &behind)
                || behind[-1] != OP_SUCCESS || code[2] > code[3]
                || !check_item(code + 4, behind - 1))
                return 0;
            break;
        case OP_REPEAT:
        case OP_POSSESSIVE_REPEAT:
            if (!check_nested(code, end, 4, 0, groups, depth + 1, &behind) || code[2] > code[3])
                return 0;
            if (code[0] == OP_REPEAT ? behind[-1] != OP_MAX_UNTIL && behind[-1] != OP_MIN_UNTIL
                                     : behind[-1] != OP_SUCCESS)
                return 0;
            break;
        case OP_ATOMIC_GROUP:
            if (!check_nested(code, end, 2, 1, groups, depth + 1, &behind)
                || behind[-1] != OP_SUCCESS)
                return 0;
            break;
        case OP_ASSERT:
        case OP_ASSERT_NOT:
            if (!check_nested(code, end, 3, 1, groups, depth + 1, &behind)
                || behind[-1] != OP_SUCCESS || (code[2] & 0x80000000u))
                return 0;
            break;
        default:
            return 0;
        }
        if (behind > end)
            return 0;
        code = behind;
    }
    return code == end;
}

int
ks_sre_validate(SrePattern *pattern)
{
    Py_ssize_t size = Py_SIZE(pattern);
    if (pattern->groups >= 0 && pattern->groups <= SRE_MAXGROUPS && size > 0
        && pattern->code[size - 1] == OP_SUCCESS
        && check_block(pattern->code, pattern->code + size - 1, pattern->groups, 0))
        return 0;
    PyErr_SetString(PyExc_RuntimeError, "invalid SRE code");
    return -1;
}
