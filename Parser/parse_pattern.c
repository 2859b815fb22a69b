/* SPDX-License-Identifier: MIT */
/* Pass one: match statements and their patterns.
 *
 * `match` and `case` are words only where a whole statement follows: ks_parse_match() answers NULL
 * without a trace when it does not, and its caller tries an expression statement. */
#include "ks_parse.h"

#define NODE(p, node, first, ...) \
    ks_node((p)->arena, KsPattern, node, parser_span((p), (first)), __VA_ARGS__)
#define EXPR(p, node, first, ...) \
    ks_node((p)->arena, KsExpr, node, parser_span((p), (first)), __VA_ARGS__)

static KsPattern *parse_as_pattern(KsParser *p);

/* NUMBER, '-' NUMBER, and sums of a real and an imaginary one. */
static KsExpr *
parse_signed_number(KsParser *p)
{
    int first = p->pos;
    if (!parser_accept(p, TK_MINUS))
        return parser_kind(p) == TK_NUMBER ? ks_parse_number(p) : NULL;
    KsExpr *number = parser_kind(p) == TK_NUMBER ? ks_parse_number(p) : NULL;
    return number ? EXPR(p, UnaryOp, first, .op = KS_USub, .operand = number) : NULL;
}

static KsExpr *
parse_number_literal(KsParser *p)
{
    int first = p->pos;
    KsExpr *real = parse_signed_number(p);
    if (real == NULL)
        return NULL;
    int kind = parser_kind(p);
    if (kind != TK_PLUS && kind != TK_MINUS)
        return real;
    KsExpr *number = real->kind == KS_UnaryOp ? real->v.UnaryOp.operand : real;
    if (PyComplex_CheckExact(number->v.Constant.value))
        return ks_parser_error_at(p, PyExc_SyntaxError, number->lineno, number->col_offset,
                                  number->end_lineno, number->end_col_offset,
                                  "real number required in complex literal");
    p->pos++;
    KsExpr *imaginary = parser_kind(p) == TK_NUMBER ? ks_parse_number(p) : NULL;
    if (imaginary == NULL)
        return NULL;
    if (!PyComplex_CheckExact(imaginary->v.Constant.value))
        return ks_parser_error_at(p, PyExc_SyntaxError, imaginary->lineno, imaginary->col_offset,
                                  imaginary->end_lineno, imaginary->end_col_offset,
                                  "imaginary number required in complex literal");
    return EXPR(p, BinOp, first, .left = real, .op = kind == TK_PLUS ? KS_Add : KS_Sub,
                .right = imaginary);
}

/* NAME ('.' NAME)*; *dotted tells whether there was a dot. */
static KsExpr *
parse_dotted(KsParser *p, int *dotted)
{
    int first = p->pos;
    PyObject *name = ks_parser_accept_name(p);
    KsExpr *expr = name ? EXPR(p, Name, first, .id = name, .ctx = KS_Load) : NULL;
    *dotted = 0;
    while (expr != NULL && parser_accept(p, TK_DOT)) {
        *dotted = 1;
        if ((name = ks_parser_accept_name(p)) == NULL)
            return NULL;
        expr = EXPR(p, Attribute, first, .value = expr, .attr = name, .ctx = KS_Load);
    }
    return expr;
}

/* NAME that is bound: not "_", not followed by what makes it something else. */
static PyObject *
parse_capture(KsParser *p)
{
    if (parser_kind(p) != TK_NAME || ks_parser_is_word(p, "_"))
        return NULL;
    PyObject *name = ks_parser_accept_name(p);
    int kind = parser_kind(p);
    return kind == TK_DOT || kind == TK_LPAR || kind == TK_EQUAL ? NULL : name;
}

static KsPattern *
parse_maybe_star(KsParser *p)
{
    int first = p->pos;
    if (!parser_accept(p, TK_STAR))
        return parse_as_pattern(p);
    PyObject *name = NULL;
    if (parser_kind(p) == TK_NAME && ks_parser_is_word(p, "_"))
        p->pos++;
    else if ((name = parse_capture(p)) == NULL)
        return NULL;
    return NODE(p, MatchStar, first, .name = name);
}

/* Patterns after the first on the scratch stack, up to but not including closing. */
static int
parse_more_patterns(KsParser *p, int closing)
{
    while (parser_accept(p, TK_COMMA)) {
        int kind = parser_kind(p);
        if (kind == closing || (closing == TK_COLON && kind == KW_if))
            break;
        KsPattern *item = parse_maybe_star(p);
        if (item == NULL || !ks_parser_push(p, item))
            return 0;
    }
    return 1;
}

static KsPattern *
parse_sequence(KsParser *p, int closing)
{
    int first = p->pos++, mark = p->scratch_count, ok;
    if (!parser_accept(p, closing)) {
        int starred = parser_kind(p) == TK_STAR;
        KsPattern *item = starred ? parse_maybe_star(p) : parse_as_pattern(p);
        if (item == NULL)
            return NULL;
        if (closing == TK_RPAR && parser_kind(p) != TK_COMMA)
            return !starred && parser_accept(p, closing) ? item : NULL;
        if (!ks_parser_push(p, item) || !parse_more_patterns(p, closing) ||
            !parser_accept(p, closing))
            return NULL;
    }
    KsPatternSeq *items = ks_parser_take(p, mark, &ok);
    return ok ? NODE(p, MatchSequence, first, .patterns = items) : NULL;
}

static KsExpr *
parse_mapping_key(KsParser *p)
{
    int dotted, first = p->pos;
    switch (parser_kind(p)) {
    case TK_NUMBER:
    case TK_MINUS:
        return parse_number_literal(p);
    case TK_STRING:
        return ks_parse_strings(p);
    case KW_None:
        p->pos++;
        return EXPR(p, Constant, first, .value = Py_None);
    case KW_True:
        p->pos++;
        return EXPR(p, Constant, first, .value = Py_True);
    case KW_False:
        p->pos++;
        return EXPR(p, Constant, first, .value = Py_False);
    default: {
        KsExpr *expr = parse_dotted(p, &dotted);
        return expr != NULL && dotted ? expr : NULL;
    }
    }
}

static KsPattern *
parse_mapping(KsParser *p)
{
    int first = p->pos++, mark = p->scratch_count;
    PyObject *rest = NULL;
    while (parser_kind(p) != TK_RBRACE) {
        if (parser_accept(p, TK_DOUBLESTAR)) {
            if ((rest = parse_capture(p)) == NULL)
                return NULL;
            parser_accept(p, TK_COMMA);
            break;
        }
        KsExpr *key = parse_mapping_key(p);
        KsPattern *pattern;
        if (key == NULL || !parser_accept(p, TK_COLON) || (pattern = parse_as_pattern(p)) == NULL ||
            !ks_parser_push(p, key) || !ks_parser_push(p, pattern))
            return NULL;
        if (!parser_accept(p, TK_COMMA))
            break;
    }
    if (!parser_accept(p, TK_RBRACE))
        return NULL;
    Py_ssize_t count = (p->scratch_count - mark) / 2;
    KsExprSeq *keys = NULL;
    KsPatternSeq *patterns = NULL;
    if (count > 0) {
        keys = ks_seq_new(p->arena, KsExprSeq, count);
        patterns = ks_seq_new(p->arena, KsPatternSeq, count);
        if (keys == NULL || patterns == NULL)
            return NULL;
        for (Py_ssize_t i = 0; i < count; i++) {
            keys->items[i] = p->scratch[mark + 2 * i];
            patterns->items[i] = p->scratch[mark + 2 * i + 1];
        }
        p->scratch_count = mark;
    }
    return NODE(p, MatchMapping, first, .keys = keys, .patterns = patterns, .rest = rest);
}

/* cur is at the '(' behind a class's name. */
static KsPattern *
parse_class(KsParser *p, KsExpr *cls, int first)
{
    int mark = p->scratch_count, ok;
    KsPatternSeq *patterns = NULL;
    p->pos++;
    while (parser_kind(p) != TK_RPAR &&
           !(parser_kind(p) == TK_NAME && parser_kind_after(p) == TK_EQUAL)) {
        KsPattern *pattern = parse_as_pattern(p);
        if (pattern == NULL || !ks_parser_push(p, pattern))
            return NULL;
        if (!parser_accept(p, TK_COMMA))
            break;
    }
    patterns = ks_parser_take(p, mark, &ok);
    if (!ok)
        return NULL;
    while (parser_kind(p) == TK_NAME) {
        PyObject *name = ks_parser_accept_name(p);
        KsPattern *pattern;
        if (name == NULL || !parser_accept(p, TK_EQUAL) ||
            (pattern = parse_as_pattern(p)) == NULL || !ks_parser_push(p, name) ||
            !ks_parser_push(p, pattern))
            return NULL;
        if (!parser_accept(p, TK_COMMA))
            break;
    }
    if (!parser_accept(p, TK_RPAR))
        return NULL;
    Py_ssize_t count = (p->scratch_count - mark) / 2;
    KsNameSeq *names = NULL;
    KsPatternSeq *values = NULL;
    if (count > 0) {
        names = ks_seq_new(p->arena, KsNameSeq, count);
        values = ks_seq_new(p->arena, KsPatternSeq, count);
        if (names == NULL || values == NULL)
            return NULL;
        for (Py_ssize_t i = 0; i < count; i++) {
            names->items[i] = p->scratch[mark + 2 * i];
            values->items[i] = p->scratch[mark + 2 * i + 1];
        }
        p->scratch_count = mark;
    }
    return NODE(p, MatchClass, first, .cls = cls, .patterns = patterns, .kwd_attrs = names,
                .kwd_patterns = values);
}

static KsPattern *
parse_name_pattern(KsParser *p)
{
    int first = p->pos, dotted;
    int wildcard = ks_parser_is_word(p, "_");
    KsExpr *expr = parse_dotted(p, &dotted);
    if (expr == NULL)
        return NULL;
    int kind = parser_kind(p);
    if (kind == TK_LPAR)
        return parse_class(p, expr, first);
    if (kind == TK_EQUAL && !(wildcard && !dotted))
        return NULL;
    if (dotted)
        return NODE(p, MatchValue, first, .value = expr);
    return NODE(p, MatchAs, first, .name = wildcard ? NULL : expr->v.Name.id);
}

static KsPattern *
parse_closed(KsParser *p)
{
    int first = p->pos;
    KsPattern *pattern = NULL;
    KsExpr *value;
    int kind = parser_kind(p);
    switch (kind) {
    case TK_NUMBER:
    case TK_MINUS:
    case TK_STRING:
        value = kind == TK_STRING ? ks_parse_strings(p) : parse_number_literal(p);
        return value ? NODE(p, MatchValue, first, .value = value) : NULL;
    case KW_None:
    case KW_True:
    case KW_False:
        p->pos++;
        return NODE(p, MatchSingleton, first,
                    .value = kind == KW_None ? Py_None : kind == KW_True ? Py_True : Py_False);
    case TK_NAME:
        return parse_name_pattern(p);
    case TK_LPAR:
    case TK_LSQB:
    case TK_LBRACE:
        if (!parser_enter(p, 8))
            return NULL;
        pattern = kind == TK_LPAR   ? parse_sequence(p, TK_RPAR)
                  : kind == TK_LSQB ? parse_sequence(p, TK_RSQB)
                                    : parse_mapping(p);
        parser_leave(p, 8);
        return pattern;
    default:
        return NULL;
    }
}

static KsPattern *
parse_or(KsParser *p)
{
    int first = p->pos, mark = p->scratch_count, ok;
    KsPattern *pattern = parse_closed(p);
    if (pattern == NULL || parser_kind(p) != TK_VBAR)
        return pattern;
    if (!ks_parser_push(p, pattern))
        return NULL;
    while (parser_accept(p, TK_VBAR)) {
        if ((pattern = parse_closed(p)) == NULL || !ks_parser_push(p, pattern))
            return NULL;
    }
    KsPatternSeq *items = ks_parser_take(p, mark, &ok);
    return ok ? NODE(p, MatchOr, first, .patterns = items) : NULL;
}

static KsPattern *
parse_as_pattern(KsParser *p)
{
    int first = p->pos;
    KsPattern *pattern = parse_or(p);
    if (pattern == NULL || !parser_accept(p, KW_as))
        return pattern;
    PyObject *name = parse_capture(p);
    return name ? NODE(p, MatchAs, first, .pattern = pattern, .name = name) : NULL;
}

/* The patterns of a case: an open sequence or one pattern. */
static KsPattern *
parse_patterns(KsParser *p)
{
    int first = p->pos, mark = p->scratch_count, ok;
    int starred = parser_kind(p) == TK_STAR;
    KsPattern *pattern = starred ? parse_maybe_star(p) : parse_as_pattern(p);
    if (pattern == NULL)
        return NULL;
    if (parser_kind(p) != TK_COMMA)
        return starred ? NULL : pattern;
    if (!ks_parser_push(p, pattern) || !parse_more_patterns(p, TK_COLON))
        return NULL;
    KsPatternSeq *items = ks_parser_take(p, mark, &ok);
    return ok ? NODE(p, MatchSequence, first, .patterns = items) : NULL;
}

static KsMatchCase *
parse_case(KsParser *p)
{
    KsExpr *guard = NULL;
    p->pos++;
    KsPattern *pattern = parse_patterns(p);
    if (pattern == NULL)
        return NULL;
    if (parser_accept(p, KW_if) && (guard = ks_parse_named_expression(p)) == NULL)
        return NULL;
    if (!parser_accept(p, TK_COLON))
        return NULL;
    KsStmtSeq *body = ks_parse_block(p);
    if (body == NULL)
        return NULL;
    return ks_product(p->arena, KsMatchCase, .pattern = pattern, .guard = guard, .body = body);
}

KsStmt *
ks_parse_match(KsParser *p)
{
    int first = p->pos++, mark = p->scratch_count, ok;
    KsExpr *subject = ks_parse_subject(p);
    if (subject == NULL || !parser_accept(p, TK_COLON) || !parser_accept(p, TK_NEWLINE) ||
        !parser_accept(p, TK_INDENT))
        return NULL;
    while (parser_kind(p) == TK_NAME && ks_parser_is_word(p, "case")) {
        KsMatchCase *one = parse_case(p);
        if (one == NULL || !ks_parser_push(p, one))
            return NULL;
    }
    if (p->scratch_count == mark || !parser_accept(p, TK_DEDENT) ||
        !ks_parser_version(p, 10, "Pattern matching is"))
        return NULL;
    KsMatchCaseSeq *cases = ks_parser_take(p, mark, &ok);
    if (!ok)
        return NULL;
    return ks_node(p->arena, KsStmt, Match, parser_block_span(p, first), .subject = subject,
                   .cases = cases);
}
