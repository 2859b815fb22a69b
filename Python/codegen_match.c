/* SPDX-License-Identifier: MIT */
/* Code generation for match statements.
 *
 * A pattern consumes the subject on top of the stack. Captured values stay on the stack, in the
 * order of `names` (the last one on top of them), until the whole pattern has matched; above them
 * are `on_top` values that the surrounding pattern still needs. A failing test jumps to
 * fail_blocks[n], where n counts these values: entering there pops exactly n and goes on behind the
 * pattern. */
#include "ks_codegen.h"

typedef struct PatternState {
    KsNameMap names;       /* captured so far */
    int allow_irrefutable; /* patterns that match everything are fine here */
    int on_top;
    KsBlock **fail_blocks;
    Py_ssize_t fail_count, fail_room;
} PatternState;

static int gen_pattern(KsCompiler *c, KsPattern *p, PatternState *state);

static int
is_wildcard(KsPattern *p)
{
    return p->kind == KS_MatchAs && p->v.MatchAs.name == NULL;
}

/* ---- failing ---- */

static int
need_fail_block(KsCompiler *c, PatternState *state, Py_ssize_t index)
{
    if (index >= state->fail_room) {
        Py_ssize_t room = (index + 8) * 2;
        KsBlock **blocks = ks_arena_alloc(c->arena, (size_t)room * sizeof(KsBlock *));
        DO(blocks != NULL);
        if (state->fail_count > 0)
            memcpy(blocks, state->fail_blocks, (size_t)state->fail_count * sizeof(KsBlock *));
        state->fail_blocks = blocks;
        state->fail_room = room;
    }
    while (state->fail_count <= index) {
        NEW_BLOCK(block);
        state->fail_blocks[state->fail_count++] = block;
    }
    return 1;
}

static int
gen_fail_jump(KsCompiler *c, PatternState *state, int opcode)
{
    Py_ssize_t pops = state->on_top + state->names.count;
    DO(need_fail_block(c, state, pops));
    JUMP_TO(opcode, state->fail_blocks[pops]);
    return 1;
}

static int
gen_fail_blocks(KsCompiler *c, PatternState *state)
{
    if (state->fail_count == 0)
        return 1;
    while (--state->fail_count > 0) {
        START(state->fail_blocks[state->fail_count]);
        OP(POP_TOP);
    }
    START(state->fail_blocks[0]);
    state->fail_blocks = NULL;
    state->fail_room = 0;
    return 1;
}

/* ---- captures ---- */

/* Moves the top of the stack below count - 1 others. */
static int
gen_rotate(KsCompiler *c, Py_ssize_t count)
{
    for (; count > 1; count--)
        OP_ARG(SWAP, count);
    return 1;
}

static int
add_capture(KsCompiler *c, PatternState *state, PyObject *name)
{
    if (ks_name_find(&state->names, name) >= 0)
        return ks_gen_error(c, "multiple assignments to name %R in pattern", name);
    return ks_name_add(&state->names, c->arena, name) >= 0;
}

static int
gen_capture(KsCompiler *c, PatternState *state, PyObject *name)
{
    if (name == NULL)
        return ks_emit(c, POP_TOP, 0);
    if (name == KS_INTERN("__debug__"))
        return ks_gen_error(c, "cannot assign to __debug__");
    if (ks_name_find(&state->names, name) >= 0)
        return ks_gen_error(c, "multiple assignments to name %R in pattern", name);
    return gen_rotate(c, state->on_top + state->names.count + 1) && add_capture(c, state, name);
}

/* Inside another pattern anything may match. */
static int
gen_subpattern(KsCompiler *c, KsPattern *p, PatternState *state)
{
    int outer = state->allow_irrefutable;
    state->allow_irrefutable = 1;
    DO(gen_pattern(c, p, state));
    state->allow_irrefutable = outer;
    return 1;
}

static int
gen_as(KsCompiler *c, KsPattern *p, PatternState *state)
{
    PyObject *name = p->v.MatchAs.name;
    if (p->v.MatchAs.pattern == NULL) {
        if (!state->allow_irrefutable) {
            if (name != NULL)
                return ks_gen_error(c, "name capture %R makes remaining patterns unreachable",
                                    name);
            return ks_gen_error(c, "wildcard makes remaining patterns unreachable");
        }
        return gen_capture(c, state, name);
    }
    state->on_top++;
    OP_ARG(COPY, 1);
    DO(gen_pattern(c, p->v.MatchAs.pattern, state));
    state->on_top--;
    return gen_capture(c, state, name);
}

/* ---- tests ---- */

static int
gen_is_not_none(KsCompiler *c)
{
    OP_ARG(COPY, 1);
    LOAD_NONE();
    OP_ARG(IS_OP, 1);
    return 1;
}

static int
gen_length_test(KsCompiler *c, PatternState *state, Py_ssize_t length, int comparison)
{
    OP(GET_LEN);
    DO(ks_emit_new_const(c, PyLong_FromSsize_t(length)));
    OP_ARG(COMPARE_OP, comparison);
    return gen_fail_jump(c, state, KS_OP_POP_JUMP_IF_FALSE);
}

static int
is_value(KsExpr *e)
{
    return e->kind == KS_Constant || e->kind == KS_Attribute;
}

static int
gen_value(KsCompiler *c, KsPattern *p, PatternState *state)
{
    KsExpr *value = p->v.MatchValue.value;
    if (!is_value(value))
        return ks_gen_error(c, "patterns may only match literals and attribute lookups");
    EXPR(value);
    OP_ARG(COMPARE_OP, Py_EQ);
    return gen_fail_jump(c, state, KS_OP_POP_JUMP_IF_FALSE);
}

static int
gen_singleton(KsCompiler *c, KsPattern *p, PatternState *state)
{
    DO(ks_emit_const(c, p->v.MatchSingleton.value));
    OP_ARG(IS_OP, 0);
    return gen_fail_jump(c, state, KS_OP_POP_JUMP_IF_FALSE);
}

/* ---- sequences ---- */

static int
gen_sequence_unpack(KsCompiler *c, KsPatternSeq *patterns, PatternState *state)
{
    Py_ssize_t count = KS_LEN(patterns);
    int starred = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        if (patterns->items[i]->kind != KS_MatchStar)
            continue;
        if (starred)
            return ks_gen_error(c, "multiple starred expressions in sequence pattern");
        if (i >= 256 || count - i - 1 >= (INT_MAX >> 8))
            return ks_gen_error(c, "too many expressions in star-unpacking sequence pattern");
        OP_ARG(UNPACK_EX, i + ((count - i - 1) << 8));
        starred = 1;
    }
    if (!starred)
        OP_ARG(UNPACK_SEQUENCE, count);
    state->on_top += (int)count;
    for (Py_ssize_t i = 0; i < count; i++) {
        state->on_top--;
        DO(gen_subpattern(c, patterns->items[i], state));
    }
    return 1;
}

/* [a, *_, b]: the named items are taken by index, so that the rest need not be unpacked. */
static int
gen_sequence_index(KsCompiler *c, KsPatternSeq *patterns, Py_ssize_t star, PatternState *state)
{
    Py_ssize_t count = KS_LEN(patterns);
    state->on_top++;
    for (Py_ssize_t i = 0; i < count; i++) {
        KsPattern *p = patterns->items[i];
        if (is_wildcard(p) || i == star)
            continue;
        OP_ARG(COPY, 1);
        if (i < star)
            DO(ks_emit_new_const(c, PyLong_FromSsize_t(i)));
        else {
            OP(GET_LEN);
            DO(ks_emit_new_const(c, PyLong_FromSsize_t(count - i)));
            OP_ARG(BINARY_OP, NB_SUBTRACT);
        }
        OP(BINARY_SUBSCR);
        DO(gen_subpattern(c, p, state));
    }
    state->on_top--;
    OP(POP_TOP);
    return 1;
}

static int
gen_sequence_pattern(KsCompiler *c, KsPattern *p, PatternState *state)
{
    KsPatternSeq *patterns = p->v.MatchSequence.patterns;
    Py_ssize_t count = KS_LEN(patterns), star = -1;
    int only_wildcards = 1, star_is_wildcard = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        KsPattern *item = patterns->items[i];
        if (item->kind != KS_MatchStar) {
            only_wildcards &= is_wildcard(item);
            continue;
        }
        if (star >= 0)
            return ks_gen_error(c, "multiple starred names in sequence pattern");
        star_is_wildcard = item->v.MatchStar.name == NULL;
        only_wildcards &= star_is_wildcard;
        star = i;
    }
    state->on_top++;
    OP(MATCH_SEQUENCE);
    DO(gen_fail_jump(c, state, KS_OP_POP_JUMP_IF_FALSE));
    if (star < 0)
        DO(gen_length_test(c, state, count, Py_EQ));
    else if (count > 1)
        DO(gen_length_test(c, state, count - 1, Py_GE));
    state->on_top--;
    if (only_wildcards)
        return ks_emit(c, POP_TOP, 0);
    return star_is_wildcard ? gen_sequence_index(c, patterns, star, state)
                            : gen_sequence_unpack(c, patterns, state);
}

/* ---- mappings ---- */

static int
gen_keys(KsCompiler *c, KsExprSeq *keys)
{
    KS_OWNED PyObject *seen = PySet_New(NULL);
    DO(seen != NULL);
    for (Py_ssize_t i = 0, n = KS_LEN(keys); i < n; i++) {
        KsExpr *key = keys->items[i];
        if (key == NULL)
            return ks_gen_error(
                c, "can't use NULL keys in MatchMapping (set 'rest' parameter instead)");
        if (key->kind == KS_Constant) {
            int known = PySet_Contains(seen, key->v.Constant.value);
            if (known < 0)
                return 0;
            if (known)
                return ks_gen_error(c, "mapping pattern checks duplicate key (%R)",
                                    key->v.Constant.value);
            if (PySet_Add(seen, key->v.Constant.value) < 0)
                return 0;
        }
        else if (key->kind != KS_Attribute)
            return ks_gen_error(
                c, "mapping pattern keys may only match literals and attribute lookups");
        EXPR(key);
    }
    return 1;
}

/* What is left of the subject without the keys; [subject, keys] -> [rest]. */
static int
gen_rest(KsCompiler *c, PatternState *state, PyObject *name, Py_ssize_t count)
{
    OP_ARG(BUILD_MAP, 0);
    OP_ARG(SWAP, 3);
    OP_ARG(DICT_UPDATE, 2);
    OP_ARG(UNPACK_SEQUENCE, count);
    for (; count > 0; count--) {
        OP_ARG(COPY, 1 + count);
        OP_ARG(SWAP, 2);
        OP(DELETE_SUBSCR);
    }
    return gen_capture(c, state, name);
}

static int
gen_mapping(KsCompiler *c, KsPattern *p, PatternState *state)
{
    KsExprSeq *keys = p->v.MatchMapping.keys;
    KsPatternSeq *patterns = p->v.MatchMapping.patterns;
    Py_ssize_t count = KS_LEN(keys);
    PyObject *rest = p->v.MatchMapping.rest;
    if (count != KS_LEN(patterns))
        return ks_gen_error(c, "keys (%d) / patterns (%d) length mismatch in mapping pattern",
                            (int)count, (int)KS_LEN(patterns));
    state->on_top++;
    OP(MATCH_MAPPING);
    DO(gen_fail_jump(c, state, KS_OP_POP_JUMP_IF_FALSE));
    if (count == 0 && rest == NULL) {
        state->on_top--;
        return ks_emit(c, POP_TOP, 0);
    }
    if (count > 0)
        DO(gen_length_test(c, state, count, Py_GE));
    DO(gen_keys(c, keys));
    OP_ARG(BUILD_TUPLE, count);
    OP(MATCH_KEYS);
    state->on_top += 2;
    DO(gen_is_not_none(c));
    DO(gen_fail_jump(c, state, KS_OP_POP_JUMP_IF_FALSE));
    OP_ARG(UNPACK_SEQUENCE, count);
    state->on_top += (int)count - 1;
    for (Py_ssize_t i = 0; i < count; i++) {
        state->on_top--;
        DO(gen_subpattern(c, patterns->items[i], state));
    }
    state->on_top -= 2;
    if (rest != NULL)
        return gen_rest(c, state, rest, count);
    OP(POP_TOP);
    OP(POP_TOP);
    return 1;
}

/* ---- classes ---- */

static int
check_attributes(KsCompiler *c, KsNameSeq *names, KsPatternSeq *patterns)
{
    for (Py_ssize_t i = 0, n = KS_LEN(names); i < n; i++) {
        if (names->items[i] == KS_INTERN("__debug__"))
            return ks_gen_error_at(c, KS_POS(patterns->items[i]), "cannot assign to __debug__");
        for (Py_ssize_t j = i + 1; j < n; j++) {
            if (names->items[j] == names->items[i])
                return ks_gen_error_at(c, KS_POS(patterns->items[j]),
                                       "attribute name repeated in class pattern: %U",
                                       names->items[i]);
        }
    }
    return 1;
}

static int
gen_class_pattern(KsCompiler *c, KsPattern *p, PatternState *state)
{
    KsPatternSeq *patterns = p->v.MatchClass.patterns, *named = p->v.MatchClass.kwd_patterns;
    KsNameSeq *names = p->v.MatchClass.kwd_attrs;
    Py_ssize_t positional = KS_LEN(patterns), keyword = KS_LEN(names);
    if (keyword != KS_LEN(named))
        return ks_gen_error(c, "kwd_attrs (%d) / kwd_patterns (%d) length mismatch in class pattern",
                            (int)keyword, (int)KS_LEN(named));
    DO(check_attributes(c, names, named));
    EXPR(p->v.MatchClass.cls);
    PyObject *attributes = PyTuple_New(keyword);
    DO(attributes != NULL);
    for (Py_ssize_t i = 0; i < keyword; i++)
        PyTuple_SET_ITEM(attributes, i, Py_NewRef(names->items[i]));
    DO(ks_emit_new_const(c, attributes));
    OP_ARG(MATCH_CLASS, positional);
    DO(gen_is_not_none(c));
    state->on_top++;
    DO(gen_fail_jump(c, state, KS_OP_POP_JUMP_IF_FALSE));
    OP_ARG(UNPACK_SEQUENCE, positional + keyword);
    state->on_top += (int)(positional + keyword) - 1;
    for (Py_ssize_t i = 0; i < positional + keyword; i++) {
        KsPattern *inner = i < positional ? patterns->items[i] : named->items[i - positional];
        state->on_top--;
        if (is_wildcard(inner))
            OP(POP_TOP);
        else
            DO(gen_subpattern(c, inner, state));
    }
    return 1;
}

/* ---- alternatives ---- */

/* Brings the captures of a further alternative into the order of the first one's. */
static int
gen_reorder(KsCompiler *c, KsNameMap *names, const KsNameMap *order)
{
    for (int to = order->count - 1; to >= 0; to--) {
        int from = 0;
        while (from < names->count && names->names[from] != order->names[to])
            from++;
        if (from == names->count)
            return ks_gen_error(c, "alternative patterns bind different names");
        if (from == to)
            continue;
        /* The first from + 1 names move up behind those that follow, one rotation a name. */
        int moved = from + 1, below = to - from;
        PyObject **copy = ks_arena_alloc(c->arena, (size_t)moved * sizeof(PyObject *));
        DO(copy != NULL);
        memcpy(copy, names->names, (size_t)moved * sizeof(PyObject *));
        memmove(names->names, names->names + moved, (size_t)below * sizeof(PyObject *));
        memcpy(names->names + below, copy, (size_t)moved * sizeof(PyObject *));
        for (; moved > 0; moved--)
            DO(gen_rotate(c, to + 1));
    }
    return 1;
}

static int
gen_or(KsCompiler *c, KsPattern *p, PatternState *state)
{
    KsPatternSeq *patterns = p->v.MatchOr.patterns;
    Py_ssize_t count = KS_LEN(patterns);
    KsNameMap order = {0};
    NEW_BLOCK(end);
    for (Py_ssize_t i = 0; i < count; i++) {
        KsPattern *alternative = patterns->items[i];
        PatternState inner = {.allow_irrefutable = i == count - 1 && state->allow_irrefutable};
        AT(alternative);
        OP_ARG(COPY, 1);
        DO(gen_pattern(c, alternative, &inner));
        if (i == 0)
            order = inner.names;
        else {
            if (inner.names.count != order.count)
                return ks_gen_error(c, "alternative patterns bind different names");
            /* Only the order of the names is used from here on, not their index. */
            DO(gen_reorder(c, &inner.names, &order));
        }
        JUMP_TO(KS_OP_JUMP, end);
        DO(gen_fail_blocks(c, &inner));
    }
    OP(POP_TOP);
    DO(gen_fail_jump(c, state, KS_OP_JUMP));
    START(end);
    /* The captures go below the subject and what is kept on top, above earlier captures. */
    Py_ssize_t depth = order.count + 1 + state->on_top + state->names.count;
    for (int i = 0; i < order.count; i++) {
        DO(gen_rotate(c, depth));
        DO(add_capture(c, state, order.names[i]));
    }
    OP(POP_TOP);
    return 1;
}

static int
gen_pattern(KsCompiler *c, KsPattern *p, PatternState *state)
{
    AT(p);
    switch (p->kind) {
        case KS_MatchValue:
            return gen_value(c, p, state);
        case KS_MatchSingleton:
            return gen_singleton(c, p, state);
        case KS_MatchSequence:
            return gen_sequence_pattern(c, p, state);
        case KS_MatchMapping:
            return gen_mapping(c, p, state);
        case KS_MatchClass:
            return gen_class_pattern(c, p, state);
        case KS_MatchStar:
            return gen_capture(c, state, p->v.MatchStar.name);
        case KS_MatchAs:
            return gen_as(c, p, state);
        case KS_MatchOr:
            return gen_or(c, p, state);
        default:
            PyErr_SetString(PyExc_SystemError, "invalid match pattern node in AST");
            return 0;
    }
}

/* ---- the statement ---- */

static int
gen_case(KsCompiler *c, KsMatchCase *one, int keeps_subject, int is_last, KsBlock *end)
{
    PatternState state = {.allow_irrefutable = one->guard != NULL || is_last};
    AT(one->pattern);
    if (keeps_subject)
        OP_ARG(COPY, 1);
    DO(gen_pattern(c, one->pattern, &state));
    for (int i = 0; i < state.names.count; i++)
        STORE(state.names.names[i]);
    if (one->guard != NULL) {
        DO(need_fail_block(c, &state, 0));
        DO(ks_gen_jump_if(c, one->guard, state.fail_blocks[0], 0));
    }
    if (keeps_subject)
        OP(POP_TOP);
    STMTS(one->body);
    JUMP_TO(KS_OP_JUMP, end);
    /* Cleaning up after a failure belongs to the pattern. */
    AT(one->pattern);
    return gen_fail_blocks(c, &state);
}

int
ks_gen_match(KsCompiler *c, KsStmt *s)
{
    KsMatchCaseSeq *cases = s->v.Match.cases;
    Py_ssize_t count = KS_LEN(cases);
    NEW_BLOCK(end);
    EXPR(s->v.Match.subject);
    KsMatchCase *last = cases->items[count - 1];
    int has_default = count > 1 && is_wildcard(last->pattern);
    for (Py_ssize_t i = 0; i < count - has_default; i++)
        DO(gen_case(c, cases->items[i], i != count - has_default - 1, i == count - 1, end));
    if (has_default) {
        AT(last->pattern);
        OP(NOP); /* shows the line of `case _` */
        if (last->guard != NULL)
            DO(ks_gen_jump_if(c, last->guard, end, 0));
        STMTS(last->body);
    }
    START(end);
    return 1;
}
