/* SPDX-License-Identifier: MIT */
/* The matcher, for one width of characters: included with CHAR and NAME(x) defined.
 *
 * Matching walks over the code with `pc` and over the text with `ptr`. Whatever may have to be
 * taken back is an entry on the state's stack; a failure pops entries until one has another way
 * to go. Nothing recurses, so depth costs heap only. Entries by kind:
 *
 *   MARK        undo: group mark `count` was `ptr`, the last group was `rep`
 *   BRANCH      try the alternatives that start at `code`, at `ptr`
 *   ONE_MAX     a greedy run of single characters: try the tail `code` at every place from `ptr`
 *               back to `last`
 *   ONE_MIN     a lazy run: `count` characters up to `ptr` are taken; code is its instruction
 *   LAZY        the tail of a lazy loop failed: enter the body of frame `rep` once more
 *   ITER        a loop frame only; ITER_MAX also: if the body fails, take the tail at `ptr`
 *   ASSERT, ASSERT_NOT, ATOMIC, POSSESSIVE
 *               an inner match, ended by SUCCESS; `last` holds the index of the next outer one
 *
 * A loop's frame (ITER, ITER_MAX) never changes; each turn makes a new one: `count` turns taken,
 * `last` where the turn began that may not be repeated without progress, `rep` the frame of the
 * enclosing loop. The register `rep` names the frame of the innermost open loop. A choice entry
 * keeps the register's value, and frames below an entry stay as long as the entry. `base` names
 * the entry of the innermost inner match; -1 is none. */

/* How many characters from ptr on, at most max, the single-character instruction at pc takes. */
static Py_ssize_t
NAME(count)(const SrePattern *pattern, const SreCode *pc, const CHAR *ptr, const CHAR *end,
            SreCode max)
{
    const CHAR *from = ptr;
    if (end <= ptr)
        return 0;
    if ((size_t)(end - ptr) > max)
        end = ptr + max;
    switch (pc[0]) {
    case OP_ANY_ALL:
        return end - from;
    case OP_ANY:
        if (sizeof(CHAR) == 1) {
            const void *found = memchr(ptr, '\n', (size_t)(end - ptr));
            return found != NULL ? (const CHAR *)found - from : end - from;
        }
        while (ptr < end && *ptr != '\n')
            ptr++;
        return ptr - from;
    case OP_IN: {
        const SreBitmap *map = sre_map(pattern, pc);
        if (map == NULL) {
            while (ptr < end && ks_sre_in_set(pc + 2, *ptr))
                ptr++;
        }
        else if (sizeof(CHAR) == 1) {
            while (ptr < end && SRE_BIT(map, *ptr))
                ptr++;
        }
        else {
            while (ptr < end && (sre_narrow(*ptr) ? SRE_BIT(map, *ptr & 255) != 0
                                                    : ks_sre_in_set(pc + 2, *ptr)))
                ptr++;
        }
        return ptr - from;
    }
    case OP_LITERAL: {
        CHAR wanted = (CHAR)pc[1];
        if (wanted == pc[1])
            while (ptr < end && *ptr == wanted)
                ptr++;
        return ptr - from;
    }
    case OP_NOT_LITERAL: {
        CHAR unwanted = (CHAR)pc[1];
        if (unwanted != pc[1])
            return end - from;
        if (sizeof(CHAR) == 1) {
            const void *found = memchr(ptr, (int)unwanted, (size_t)(end - ptr));
            return found != NULL ? (const CHAR *)found - from : end - from;
        }
        while (ptr < end && *ptr != unwanted)
            ptr++;
        return ptr - from;
    }
    default:
        while (ptr < end && NAME(accepts)(pattern, pc, *ptr))
            ptr++;
        return ptr - from;
    }
}

static int
NAME(at)(const SreState *state, const CHAR *ptr, SreCode where)
{
    const CHAR *beginning = (const CHAR *)state->beginning, *end = (const CHAR *)state->end;
    switch (where) {
    case AT_BEGINNING:
    case AT_BEGINNING_STRING:
        return ptr == beginning;
    case AT_BEGINNING_LINE:
        return ptr == beginning || ptr[-1] == '\n';
    case AT_END:
        return ptr == end || (end - ptr == 1 && *ptr == '\n');
    case AT_END_LINE:
        return ptr == end || (ptr < end && *ptr == '\n');
    case AT_END_STRING:
        return ptr == end;
    default:
        break;
    }
    if (beginning == end)
        return 0;
    SreCode category = where >= AT_UNI_BOUNDARY   ? CATEGORY_UNI_WORD
                       : where >= AT_LOC_BOUNDARY ? CATEGORY_LOC_WORD
                                                  : CATEGORY_WORD;
    int before = ptr > beginning && sre_category(category, ptr[-1]);
    int after = ptr < end && sre_category(category, *ptr);
    int boundary = where == AT_BOUNDARY || where == AT_LOC_BOUNDARY || where == AT_UNI_BOUNDARY;
    return boundary == (before != after);
}

/* The end of a repetition of a group's text at ptr, or NULL. */
static const CHAR *
NAME(groupref)(const SreState *state, const CHAR *ptr, const SreCode *pc)
{
    const CHAR *from = state->marks[2 * pc[1]], *to = state->marks[2 * pc[1] + 1];
    if (from == NULL || to == NULL || to < from
        || to - from > (const CHAR *)state->end - ptr)
        return NULL;
    for (; from < to; from++, ptr++) {
        if (*from == *ptr)
            continue;
        int same;
        switch (pc[0]) {
        case OP_GROUPREF_IGNORE:
            same = ks_sre_lower_ascii(*from) == ks_sre_lower_ascii(*ptr);
            break;
        case OP_GROUPREF_UNI_IGNORE:
            same = sre_lower_unicode(*from) == sre_lower_unicode(*ptr);
            break;
        case OP_GROUPREF_LOC_IGNORE:
            same = ks_sre_lower_locale(*from) == ks_sre_lower_locale(*ptr);
            break;
        default:
            same = 0;
        }
        if (!same)
            return NULL;
    }
    return ptr;
}

/* Can the code at pc go on at ptr, as far as its first instruction tells? */
KS_INLINE int
NAME(plausible)(const SrePattern *pattern, const SreCode *pc, const CHAR *ptr, const CHAR *end)
{
    if (pc[0] == OP_LITERAL)
        return ptr < end && *ptr == pc[1];
    if (pc[0] == OP_IN)
        return ptr < end && NAME(accepts)(pattern, pc, *ptr);
    return 1;
}

/* A match that starts at state->start: 1 and its end in state->ptr, 0, or -1. */
static int
NAME(match)(SreState *state, const SrePattern *pattern)
{
    const CHAR *const end = (const CHAR *)state->end;
    const CHAR *ptr = (const CHAR *)state->start;
    const SreCode *pc = pattern->body;
    SreEntry *stack = state->stack;
    size_t top = 0, room = state->stack_size;
    Py_ssize_t rep = -1, base = -1;
    SreEntry *entry;

#define PUSH(k, c, p, l, n)                                             \
    do {                                                                \
        if (KS_UNLIKELY(top == room)) {                                 \
            if (sre_grow(state) < 0)                                    \
                return -1;                                              \
            stack = state->stack;                                       \
            room = state->stack_size;                                   \
        }                                                               \
        stack[top++] = (SreEntry){(c), (p), (const void *)(l), (k), (n), rep}; \
    } while (0)

    if (state->dirty) {
        memset(state->marks, 0, (size_t)state->mark_count * sizeof(void *));
        state->dirty = 0;
    }
    state->lastindex = -1;

    for (;;) {
        switch (pc[0]) {
        case OP_MARK: {
            SreCode mark = pc[1];
            if (top > 0) {
                PUSH(SRE_MARK, NULL, state->marks[mark], NULL, mark);
                stack[top - 1].rep = state->lastindex;
            }
            state->marks[mark] = ptr;
            state->dirty = 1;
            if (mark & 1)
                state->lastindex = mark / 2 + 1;
            pc += 2;
            continue;
        }

        case OP_LITERAL:
            if (ptr >= end || *ptr != pc[1])
                goto fail;
            ptr++;
            pc += 2;
            continue;

        case OP_NOT_LITERAL:
            if (ptr >= end || *ptr == pc[1])
                goto fail;
            ptr++;
            pc += 2;
            continue;

        case OP_ANY:
            if (ptr >= end || *ptr == '\n')
                goto fail;
            ptr++;
            pc++;
            continue;

        case OP_ANY_ALL:
            if (ptr >= end)
                goto fail;
            ptr++;
            pc++;
            continue;

        case OP_IN:
        case OP_IN_IGNORE:
        case OP_IN_UNI_IGNORE:
        case OP_IN_LOC_IGNORE:
            if (ptr >= end || !NAME(accepts)(pattern, pc, *ptr))
                goto fail;
            ptr++;
            pc += 1 + pc[1];
            continue;

        case OP_CATEGORY:
        case OP_LITERAL_IGNORE:
        case OP_LITERAL_UNI_IGNORE:
        case OP_LITERAL_LOC_IGNORE:
        case OP_NOT_LITERAL_IGNORE:
        case OP_NOT_LITERAL_UNI_IGNORE:
        case OP_NOT_LITERAL_LOC_IGNORE:
            if (ptr >= end || !ks_sre_accepts(pc, *ptr))
                goto fail;
            ptr++;
            pc += 2;
            continue;

        case OP_AT:
            if (!NAME(at)(state, ptr, pc[1]))
                goto fail;
            pc += 2;
            continue;

        case OP_JUMP:
            pc += 1 + pc[1];
            continue;

        case OP_INFO:
            pc += 1 + pc[1];
            continue;

        case OP_BRANCH:
            pc++;
        branch: {
            /* pc is at the distance to the next alternative. */
            const SreCode *next;
            for (;; pc = next) {
                if (pc[0] == 0)
                    goto fail;
                next = pc + pc[0];
                if (NAME(plausible)(pattern, pc + 1, ptr, end))
                    break;
            }
            while (next[0] != 0 && !NAME(plausible)(pattern, next + 1, ptr, end))
                next += next[0];
            if (next[0] != 0)
                PUSH(SRE_BRANCH, next, ptr, NULL, 0);
            pc++;
            continue;
        }

        case OP_REPEAT_ONE: {
            SreCode least = pc[2];
            Py_ssize_t taken = NAME(count)(pattern, pc + 4, ptr, end, pc[3]);
            if (taken < (Py_ssize_t)least)
                goto fail;
            const CHAR *from = ptr + least;
            const SreCode *tail = pc + 1 + pc[1];
            ptr += taken;
            pc = tail;
            if (ptr > from) {
                if (tail[0] == OP_LITERAL) {
                    /* Only where the tail's character is can it go on. */
                    SreCode wanted = tail[1];
                    while (ptr >= from && (ptr >= end || *ptr != wanted))
                        ptr--;
                    if (ptr < from)
                        goto fail;
                }
                if (ptr > from
                    && !(tail[0] == OP_SUCCESS && base < 0 && !state->match_all
                         && !state->must_advance))
                    PUSH(SRE_ONE_MAX, tail, ptr, from, 0);
            }
            continue;
        }

        case OP_MIN_REPEAT_ONE: {
            Py_ssize_t least = pc[2];
            if (end - ptr < least
                || (least > 0 && NAME(count)(pattern, pc + 4, ptr, end, pc[2]) < least))
                goto fail;
            ptr += least;
            PUSH(SRE_ONE_MIN, pc, ptr, NULL, (uint32_t)least);
            pc += 1 + pc[1];
            continue;
        }

        case OP_POSSESSIVE_REPEAT_ONE: {
            Py_ssize_t taken = NAME(count)(pattern, pc + 4, ptr, end, pc[3]);
            if (taken < (Py_ssize_t)pc[2])
                goto fail;
            ptr += taken;
            pc += 1 + pc[1];
            continue;
        }

        case OP_REPEAT:
            PUSH(SRE_ITER, pc, ptr, NULL, 0);
            rep = (Py_ssize_t)top - 1;
            pc += 1 + pc[1];
            goto until;

        case OP_MAX_UNTIL:
        case OP_MIN_UNTIL:
            if (KS_UNLIKELY((++state->ticks & 0xfff) == 0) && PyErr_CheckSignals() < 0)
                return -1;
            goto until_next;

        until: {
            /* The first arrival at the loop's end: no turn is taken yet. */
            const SreCode *loop = stack[rep].code;
            if (loop[2] > 0)
                goto turn;
            if (pc[0] == OP_MAX_UNTIL)
                goto until_max;
            goto until_min;
        }

        until_next: {
            /* One more turn ended; its frame counts the turns before it. */
            const SreCode *loop = stack[rep].code;
            uint32_t done = stack[rep].count;
            if (done < loop[2])
                goto turn;
            if (pc[0] == OP_MIN_UNTIL)
                goto until_min;
        }
        until_max: {
            SreEntry frame = stack[rep];
            if ((frame.count < frame.code[3] || frame.code[3] == SRE_MAXREPEAT)
                && ptr != frame.last) {
                Py_ssize_t outer = frame.rep;
                if (NAME(plausible)(pattern, frame.code + 4, ptr, end)) {
                    rep = outer;
                    PUSH(SRE_ITER_MAX, frame.code, ptr, ptr,
                         frame.count == SRE_MAXREPEAT ? frame.count : frame.count + 1);
                    rep = (Py_ssize_t)top - 1;
                    pc = frame.code + 4;
                    continue;
                }
            }
            rep = frame.rep;
            pc++;
            continue;
        }

        until_min:
            PUSH(SRE_LAZY, NULL, ptr, NULL, 0);
            rep = stack[rep].rep;
            pc++;
            continue;

        turn: {
            /* A turn that must be taken: nothing else to try if it fails. */
            SreEntry frame = stack[rep];
            rep = frame.rep;
            PUSH(SRE_ITER, frame.code, ptr, frame.last, frame.count + 1);
            rep = (Py_ssize_t)top - 1;
            pc = frame.code + 4;
            continue;
        }

        case OP_POSSESSIVE_REPEAT:
            if (pc[3] == 0) {
                pc += 2 + pc[1];
                continue;
            }
            PUSH(SRE_POSSESSIVE, pc, ptr, base, 0);
            base = (Py_ssize_t)top - 1;
            pc += 4;
            continue;

        case OP_ATOMIC_GROUP:
            PUSH(SRE_ATOMIC, pc, ptr, base, 0);
            base = (Py_ssize_t)top - 1;
            pc += 2;
            continue;

        case OP_ASSERT:
            if (ptr - (const CHAR *)state->beginning < (Py_ssize_t)pc[2])
                goto fail;
            PUSH(SRE_ASSERT, pc, ptr, base, 0);
            base = (Py_ssize_t)top - 1;
            ptr -= pc[2];
            pc += 3;
            continue;

        case OP_ASSERT_NOT:
            if (ptr - (const CHAR *)state->beginning < (Py_ssize_t)pc[2]) {
                pc += 1 + pc[1];
                continue;
            }
            PUSH(SRE_ASSERT_NOT, pc, ptr, base, 0);
            base = (Py_ssize_t)top - 1;
            ptr -= pc[2];
            pc += 3;
            continue;

        case OP_GROUPREF:
        case OP_GROUPREF_IGNORE:
        case OP_GROUPREF_UNI_IGNORE:
        case OP_GROUPREF_LOC_IGNORE: {
            const CHAR *behind = NAME(groupref)(state, ptr, pc);
            if (behind == NULL)
                goto fail;
            ptr = behind;
            pc += 2;
            continue;
        }

        case OP_GROUPREF_EXISTS: {
            const CHAR *from = state->marks[2 * pc[1]], *to = state->marks[2 * pc[1] + 1];
            pc += from == NULL || to == NULL || to < from ? 1 + pc[2] : 3;
            continue;
        }

        case OP_SUCCESS:
            if (base < 0) {
                if ((state->match_all && ptr != end)
                    || (state->must_advance && (const char *)ptr == state->start))
                    goto fail;
                state->ptr = (const char *)ptr;
                return 1;
            }
            entry = &stack[base];
            pc = entry->code;
            if (entry->kind == SRE_ASSERT_NOT) {
                /* Take back everything inside, and fail. */
                Py_ssize_t inner = base;
                base = (Py_ssize_t)(intptr_t)entry->last;
                while ((Py_ssize_t)top > inner + 1) {
                    entry = &stack[--top];
                    if (entry->kind == SRE_MARK) {
                        state->marks[entry->count] = entry->ptr;
                        state->lastindex = entry->rep;
                    }
                }
                top--;
                goto fail;
            }
            {
                /* What is inside is settled: forget its choices, keep what undoes its marks. */
                SreEntry inner = *entry;
                size_t keep = (size_t)base;
                if (pattern->groups > 0)
                    for (size_t i = (size_t)base + 1; i < top; i++)
                        if (stack[i].kind == SRE_MARK)
                            stack[keep++] = stack[i];
                top = keep;
                base = (Py_ssize_t)(intptr_t)inner.last;
                rep = inner.rep;
                if (inner.kind == SRE_ASSERT) {
                    ptr = inner.ptr;
                    pc += 1 + pc[1];
                    continue;
                }
                if (inner.kind == SRE_ATOMIC) {
                    pc += 1 + pc[1];
                    continue;
                }
                if (KS_UNLIKELY((++state->ticks & 0xfff) == 0) && PyErr_CheckSignals() < 0)
                    return -1;
                uint32_t done = inner.count + 1;
                if (done < pc[2]
                    || ((done < pc[3] || pc[3] == SRE_MAXREPEAT)
                        && !(inner.count >= pc[2] && (const void *)ptr == inner.ptr))) {
                    PUSH(SRE_POSSESSIVE, pc, ptr, base,
                         done == SRE_MAXREPEAT ? done - 1 : done);
                    base = (Py_ssize_t)top - 1;
                    pc += 4;
                    continue;
                }
                pc += 2 + pc[1];
                continue;
            }

        case OP_FAILURE:
            goto fail;

        default:
            PyErr_SetString(PyExc_RuntimeError, "internal error in regular expression engine");
            return -1;
        }

    fail:
        if (KS_UNLIKELY((++state->ticks & 0xfff) == 0) && PyErr_CheckSignals() < 0)
            return -1;
        for (;;) {
            if (top == 0)
                return 0;
            entry = &stack[top - 1];
            switch (entry->kind) {
            case SRE_MARK:
                state->marks[entry->count] = entry->ptr;
                state->lastindex = entry->rep;
                top--;
                continue;

            case SRE_ITER:
                top--;
                continue;

            case SRE_BRANCH:
                top--;
                pc = entry->code;
                ptr = entry->ptr;
                rep = entry->rep;
                goto branch;

            case SRE_ONE_MAX: {
                const CHAR *from = entry->last;
                ptr = entry->ptr;
                pc = entry->code;
                rep = entry->rep;
                ptr--;
                if (pc[0] == OP_LITERAL) {
                    SreCode wanted = pc[1];
                    while (ptr >= from && *ptr != wanted)
                        ptr--;
                }
                else if (pc[0] == OP_IN) {
                    while (ptr >= from && !NAME(accepts)(pattern, pc, *ptr))
                        ptr--;
                }
                if (ptr < from) {
                    top--;
                    continue;
                }
                if (ptr == from)
                    top--;
                else
                    entry->ptr = ptr;
                break;
            }

            case SRE_ONE_MIN: {
                const SreCode *run = entry->code, *item = run + 4;
                uint32_t most = run[3];
                ptr = entry->ptr;
                pc = run + 1 + run[1];
                rep = entry->rep;
                uint32_t taken = entry->count;
                int found = 0;
                while ((taken < most || most == SRE_MAXREPEAT) && ptr < end
                       && NAME(accepts)(pattern, item, *ptr)) {
                    ptr++;
                    if (taken < SRE_MAXREPEAT - 1)
                        taken++;
                    if (pc[0] != OP_LITERAL || (ptr < end && *ptr == pc[1])) {
                        found = 1;
                        break;
                    }
                }
                if (!found) {
                    top--;
                    continue;
                }
                entry->ptr = ptr;
                entry->count = taken;
                break;
            }

            case SRE_ITER_MAX:
                /* The turn failed: the loop ends before it. */
                top--;
                ptr = entry->ptr;
                rep = entry->rep;
                pc = entry->code;
                pc += 2 + pc[1];
                break;

            case SRE_LAZY: {
                SreEntry frame = stack[entry->rep];
                top--;
                ptr = entry->ptr;
                if ((frame.count >= frame.code[3] && frame.code[3] != SRE_MAXREPEAT)
                    || ptr == frame.last)
                    continue;
                rep = frame.rep;
                PUSH(SRE_ITER, frame.code, ptr, ptr,
                     frame.count == SRE_MAXREPEAT ? frame.count : frame.count + 1);
                rep = (Py_ssize_t)top - 1;
                pc = frame.code + 4;
                break;
            }

            case SRE_ASSERT_NOT:
                top--;
                base = (Py_ssize_t)(intptr_t)entry->last;
                ptr = entry->ptr;
                rep = entry->rep;
                pc = entry->code;
                pc += 1 + pc[1];
                break;

            case SRE_POSSESSIVE:
                top--;
                base = (Py_ssize_t)(intptr_t)entry->last;
                pc = entry->code;
                if (entry->count < pc[2])
                    continue;
                ptr = entry->ptr;
                rep = entry->rep;
                pc += 2 + pc[1];
                break;

            default: /* ASSERT, ATOMIC */
                top--;
                base = (Py_ssize_t)(intptr_t)entry->last;
                continue;
            }
            break;
        }
    }
#undef PUSH
}

/* The next place from ptr on where a match may start; NULL if there is none before limit. */
static const CHAR *
NAME(candidate)(const SrePattern *pattern, const CHAR *ptr, const CHAR *limit)
{
    if (pattern->has_first) {
        const SreBitmap *map = &pattern->first;
        if (sizeof(CHAR) == 1 || !pattern->wide_first) {
            while (ptr < limit && !(sre_narrow(*ptr) && SRE_BIT(map, *ptr & 255)))
                ptr++;
        }
        else {
            while (ptr < limit && sre_narrow(*ptr) && !SRE_BIT(map, *ptr & 255))
                ptr++;
        }
        if (ptr == limit)
            return NULL;
    }
    return ptr;
}

/* The first match from state->start on; moves state->start to where it starts. */
static int
NAME(search)(SreState *state, const SrePattern *pattern)
{
    const CHAR *ptr = (const CHAR *)state->start, *end = (const CHAR *)state->end;
    if (ptr > end || (size_t)(end - ptr) < pattern->min_width)
        return 0;
    /* Where a match may start lies before limit; one behind the end for the empty match. */
    const CHAR *limit = end - pattern->min_width;
    SreCode length = pattern->prefix_length;
    if (length == 0 || pattern->NEEDLE == NULL) {
        if (length != 0)
            return 0;
        if (pattern->anchored)
            return state->start == state->beginning ? NAME(match)(state, pattern) : 0;
        if (pattern->has_first)
            limit++;
        for (;;) {
            if (pattern->has_first) {
                ptr = NAME(candidate)(pattern, ptr, limit);
                if (ptr == NULL)
                    return 0;
            }
            state->start = (const char *)ptr;
            int found = NAME(match)(state, pattern);
            if (found != 0)
                return found;
            state->must_advance = 0;
            if (ptr >= (pattern->has_first ? limit - 1 : limit))
                return 0;
            ptr++;
        }
    }
    for (;; ptr++) {
        Py_ssize_t at = length == 1 ? FIND_CHAR(ptr, end - ptr, pattern->NEEDLE[0])
                                    : FIND(ptr, end - ptr, pattern->NEEDLE, length);
        if (at < 0)
            return 0;
        ptr += at;
        state->start = (const char *)ptr;
        if (pattern->is_literal) {
            state->ptr = (const char *)(ptr + length);
            state->lastindex = -1;
            return 1;
        }
        int found = NAME(match)(state, pattern);
        if (found != 0)
            return found;
        state->must_advance = 0;
    }
}
