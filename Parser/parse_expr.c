/* SPDX-License-Identifier: MIT */
/* Pass one: expressions, targets, call arguments and parameters.
 *
 * Binary operators are climbed by precedence in one loop; everything else is a function a rule.
 * Assignment targets are parsed as expressions and then marked by ks_parse_as_target(). */
#include "ks_parse.h"

#define NODE(p, node, first, ...) \
    ks_node((p)->arena, KsExpr, node, parser_span((p), (first)), __VA_ARGS__)

/* ---- targets ---- */

int
ks_parse_as_target(KsExpr *expr, KsExprContext context)
{
    KsExprSeq *items;
    switch (expr->kind) {
    case KS_Name:
        expr->v.Name.ctx = context;
        return 1;
    case KS_Attribute:
        expr->v.Attribute.ctx = context;
        return 1;
    case KS_Subscript:
        expr->v.Subscript.ctx = context;
        return 1;
    case KS_Starred:
        if (context == KS_Del || expr->v.Starred.value->kind == KS_Starred)
            return 0;
        expr->v.Starred.ctx = context;
        return ks_parse_as_target(expr->v.Starred.value, context);
    case KS_Tuple:
        expr->v.Tuple.ctx = context;
        items = expr->v.Tuple.elts;
        break;
    case KS_List:
        expr->v.List.ctx = context;
        items = expr->v.List.elts;
        break;
    default:
        return 0;
    }
    for (Py_ssize_t i = 0; i < KS_LEN(items); i++) {
        if (!ks_parse_as_target(items->items[i], context))
            return 0;
    }
    return 1;
}

KsExpr *
ks_parse_star_target(KsParser *p)
{
    int first = p->pos;
    if (parser_accept(p, TK_STAR)) {
        if (parser_kind(p) == TK_STAR)
            return NULL;
        KsExpr *value = ks_parse_star_target(p);
        return value ? NODE(p, Starred, first, .value = value, .ctx = KS_Store) : NULL;
    }
    KsExpr *expr = ks_parse_primary(p);
    return expr != NULL && ks_parse_as_target(expr, KS_Store) ? expr : NULL;
}

KsExpr *
ks_parse_star_targets(KsParser *p)
{
    int first = p->pos, mark = p->scratch_count, ok;
    KsExpr *expr = ks_parse_star_target(p);
    if (expr == NULL || parser_kind(p) != TK_COMMA)
        return expr;
    if (!ks_parser_push(p, expr))
        return NULL;
    while (parser_accept(p, TK_COMMA)) {
        int kind = parser_kind(p);
        if (kind == KW_in || kind == TK_EQUAL || kind == TK_RPAR || kind == TK_RSQB)
            break;
        if ((expr = ks_parse_star_target(p)) == NULL || !ks_parser_push(p, expr))
            return NULL;
    }
    KsExprSeq *items = ks_parser_take(p, mark, &ok);
    return ok ? NODE(p, Tuple, first, .elts = items, .ctx = KS_Store) : NULL;
}

/* ---- comprehensions ---- */

static KsExpr *parse_disjunction(KsParser *p);

static KsComprehensionSeq *
parse_for_clauses(KsParser *p)
{
    int mark = p->scratch_count, ok;
    for (;;) {
        int is_async = 0, kind = parser_kind(p);
        if (kind == TK_ASYNC && parser_kind_after(p) == KW_for) {
            is_async = 1;
            p->pos++;
        }
        else if (kind != KW_for)
            break;
        p->pos++;
        KsExpr *target = ks_parse_star_targets(p);
        if (target == NULL || !parser_accept(p, KW_in))
            return NULL;
        KsExpr *iter = parse_disjunction(p);
        if (iter == NULL)
            return NULL;
        int inner = p->scratch_count;
        while (parser_accept(p, KW_if)) {
            KsExpr *test = parse_disjunction(p);
            if (test == NULL || !ks_parser_push(p, test))
                return NULL;
        }
        KsExprSeq *ifs = ks_parser_take(p, inner, &ok);
        if (!ok || (is_async && !ks_parser_version(p, 6, "Async comprehensions are")))
            return NULL;
        KsComprehension *clause = ks_product(p->arena, KsComprehension, .target = target,
                                             .iter = iter, .ifs = ifs, .is_async = is_async);
        if (clause == NULL || !ks_parser_push(p, clause))
            return NULL;
    }
    return ks_parser_take(p, mark, &ok);
}

static int
at_for_clause(KsParser *p)
{
    int kind = parser_kind(p);
    return kind == KW_for || (kind == TK_ASYNC && parser_kind_after(p) == KW_for);
}

/* ---- atoms ---- */

static KsExpr *
parse_yield(KsParser *p)
{
    int first = p->pos++;
    if (parser_accept(p, KW_from)) {
        KsExpr *value = ks_parse_expression(p);
        return value ? NODE(p, YieldFrom, first, .value = value) : NULL;
    }
    KsExpr *value = NULL;
    switch (parser_kind(p)) {
    case TK_NEWLINE: case TK_RPAR: case TK_SEMI: case TK_EQUAL: case TK_ENDMARKER: case TK_RSQB:
    case TK_RBRACE: case TK_TYPE_COMMENT:
        break;
    default:
        if ((value = ks_parse_star_expressions(p)) == NULL)
            return NULL;
    }
    return NODE(p, Yield, first, .value = value);
}

KsExpr *
ks_parse_yield_or_star_expressions(KsParser *p)
{
    return parser_kind(p) == KW_yield ? parse_yield(p) : ks_parse_star_expressions(p);
}

static KsExpr *
parse_star_named_expression(KsParser *p)
{
    int first = p->pos;
    if (!parser_accept(p, TK_STAR))
        return ks_parse_named_expression(p);
    KsExpr *value = ks_parse_bitwise_or(p);
    return value ? NODE(p, Starred, first, .value = value, .ctx = KS_Load) : NULL;
}

/* Elements on top of the scratch stack from mark on, then more after commas up to closing. */
static int
parse_elements(KsParser *p, int closing)
{
    while (parser_accept(p, TK_COMMA)) {
        if (parser_kind(p) == closing)
            break;
        KsExpr *item = parse_star_named_expression(p);
        if (item == NULL || !ks_parser_push(p, item))
            return 0;
    }
    return parser_accept(p, closing);
}

static KsExpr *
parse_parenthesised(KsParser *p)
{
    int first = p->pos++, mark = p->scratch_count, ok;
    KsExprSeq *items;
    if (parser_accept(p, TK_RPAR))
        return NODE(p, Tuple, first, .elts = NULL, .ctx = KS_Load);
    if (parser_kind(p) == KW_yield) {
        KsExpr *value = parse_yield(p);
        return value != NULL && parser_accept(p, TK_RPAR) ? value : NULL;
    }
    KsExpr *expr = parse_star_named_expression(p);
    if (expr == NULL)
        return NULL;
    if (parser_kind(p) == TK_COMMA) {
        if (!ks_parser_push(p, expr) || !parse_elements(p, TK_RPAR))
            return NULL;
        items = ks_parser_take(p, mark, &ok);
        return ok ? NODE(p, Tuple, first, .elts = items, .ctx = KS_Load) : NULL;
    }
    if (expr->kind == KS_Starred && p->tokens[first + 1].kind == TK_STAR)
        return NULL;
    if (at_for_clause(p)) {
        KsComprehensionSeq *clauses = parse_for_clauses(p);
        if (clauses == NULL || !parser_accept(p, TK_RPAR))
            return NULL;
        return NODE(p, GeneratorExp, first, .elt = expr, .generators = clauses);
    }
    return parser_accept(p, TK_RPAR) ? expr : NULL;
}

static KsExpr *
parse_list(KsParser *p)
{
    int first = p->pos++, mark = p->scratch_count, ok;
    if (parser_accept(p, TK_RSQB))
        return NODE(p, List, first, .elts = NULL, .ctx = KS_Load);
    int starred = parser_kind(p) == TK_STAR;
    KsExpr *expr = parse_star_named_expression(p);
    if (expr == NULL)
        return NULL;
    if (!starred && at_for_clause(p)) {
        KsComprehensionSeq *clauses = parse_for_clauses(p);
        if (clauses == NULL || !parser_accept(p, TK_RSQB))
            return NULL;
        return NODE(p, ListComp, first, .elt = expr, .generators = clauses);
    }
    if (!ks_parser_push(p, expr) || !parse_elements(p, TK_RSQB))
        return NULL;
    KsExprSeq *items = ks_parser_take(p, mark, &ok);
    return ok ? NODE(p, List, first, .elts = items, .ctx = KS_Load) : NULL;
}

/* The value behind a key's ':'. Mistakes in pairs are reported in pass one already, so that they win
 * over those inside the expressions. */
static KsExpr *
parse_dict_value(KsParser *p)
{
    int kind = parser_kind(p), first = p->pos;
    if (kind == TK_STAR) {
        p->pos++;
        if (ks_parse_bitwise_or(p) != NULL) {
            const KsToken *star = &p->tokens[first];
            ks_parser_error_at(p, PyExc_SyntaxError, star->lineno, star->col_offset,
                               p->lexer.lineno, (int)(p->lexer.cur - p->lexer.line_start) - 1,
                               "cannot use a starred expression in a dictionary value");
        }
        return NULL;
    }
    if (kind == TK_RBRACE || kind == TK_COMMA) {
        const KsToken *colon = &p->tokens[first - 1];
        return ks_parser_error_at(p, PyExc_SyntaxError, colon->lineno, colon->col_offset,
                                  colon->end_lineno, colon->end_col_offset,
                                  "expression expected after dictionary key and ':'");
    }
    return ks_parse_expression(p);
}

/* One `key: value` or `**mapping` (key NULL); is_later: there is a pair before it. */
static int
parse_dict_item(KsParser *p, int is_later, KsExpr **key, KsExpr **value)
{
    if (parser_accept(p, TK_DOUBLESTAR)) {
        *key = NULL;
        return (*value = ks_parse_bitwise_or(p)) != NULL;
    }
    int first = p->pos;
    *key = ks_parse_expression(p);
    if (is_later && !p->failed && (*key == NULL || parser_kind(p) != TK_COLON) && !p->failed) {
        /* What begins like a key is one: `f` in `f(a b)`. */
        KsPos pos;
        if (*key != NULL)
            pos = KS_POS(*key);
        else if (!ks_parse_expression_at(p, first, &pos) || parser_kind(p) == TK_COLON)
            return 0;
        ks_parser_error_at(p, PyExc_SyntaxError, pos.lineno, pos.end_col_offset - 1,
                           pos.end_lineno, -1, "':' expected after dictionary key");
        return 0;
    }
    if (*key == NULL)
        return 0;
    return parser_accept(p, TK_COLON) && (*value = parse_dict_value(p)) != NULL;
}

/* A dict's items; key and value are the first, pairs lie on the scratch stack from here on. */
static KsExpr *
parse_dict_rest(KsParser *p, int first, KsExpr *key, KsExpr *value)
{
    int mark = p->scratch_count;
    for (;;) {
        if (!ks_parser_push(p, key) || !ks_parser_push(p, value))
            return NULL;
        if (!parser_accept(p, TK_COMMA) || parser_kind(p) == TK_RBRACE)
            break;
        if (!parse_dict_item(p, 1, &key, &value))
            return NULL;
    }
    if (!parser_accept(p, TK_RBRACE))
        return NULL;
    Py_ssize_t count = (p->scratch_count - mark) / 2;
    KsExprSeq *keys = ks_seq_new(p->arena, KsExprSeq, count);
    KsExprSeq *values = ks_seq_new(p->arena, KsExprSeq, count);
    if (keys == NULL || values == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        keys->items[i] = p->scratch[mark + 2 * i];
        values->items[i] = p->scratch[mark + 2 * i + 1];
    }
    p->scratch_count = mark;
    return NODE(p, Dict, first, .keys = keys, .values = values);
}

static KsExpr *
parse_braces(KsParser *p)
{
    int first = p->pos++, mark = p->scratch_count, ok;
    KsExpr *expr, *value;
    if (parser_accept(p, TK_RBRACE))
        return NODE(p, Dict, first, .keys = NULL, .values = NULL);
    int kind = parser_kind(p);
    if (kind == TK_DOUBLESTAR) {
        if (!parse_dict_item(p, 0, &expr, &value))
            return NULL;
        return parse_dict_rest(p, first, expr, value);
    }
    expr = parse_star_named_expression(p);
    if (expr == NULL)
        return NULL;
    if (kind != TK_STAR && parser_kind(p) == TK_COLON &&
        !(expr->kind == KS_NamedExpr && p->tokens[first + 1].kind == TK_NAME &&
          p->tokens[first + 2].kind == TK_COLONEQUAL)) {
        p->pos++;
        if ((value = parse_dict_value(p)) == NULL)
            return NULL;
        if (at_for_clause(p)) {
            KsComprehensionSeq *clauses = parse_for_clauses(p);
            if (clauses == NULL || !parser_accept(p, TK_RBRACE))
                return NULL;
            return NODE(p, DictComp, first, .key = expr, .value = value, .generators = clauses);
        }
        return parse_dict_rest(p, first, expr, value);
    }
    if (kind != TK_STAR && at_for_clause(p)) {
        KsComprehensionSeq *clauses = parse_for_clauses(p);
        if (clauses == NULL || !parser_accept(p, TK_RBRACE))
            return NULL;
        return NODE(p, SetComp, first, .elt = expr, .generators = clauses);
    }
    if (!ks_parser_push(p, expr) || !parse_elements(p, TK_RBRACE))
        return NULL;
    KsExprSeq *items = ks_parser_take(p, mark, &ok);
    return ok ? NODE(p, Set, first, .elts = items) : NULL;
}

static KsExpr *
parse_atom(KsParser *p)
{
    int first = p->pos;
    KsExpr *expr;
    switch (parser_kind(p)) {
    case TK_NAME: {
        PyObject *name = ks_parser_name(p, &p->tokens[p->pos]);
        if (name == NULL)
            return NULL;
        p->pos++;
        return NODE(p, Name, first, .id = name, .ctx = KS_Load);
    }
    case TK_NUMBER:
        return ks_parse_number(p);
    case TK_STRING:
        return ks_parse_strings(p);
    case KW_None:
        p->pos++;
        return NODE(p, Constant, first, .value = Py_None);
    case KW_True:
        p->pos++;
        return NODE(p, Constant, first, .value = Py_True);
    case KW_False:
        p->pos++;
        return NODE(p, Constant, first, .value = Py_False);
    case TK_ELLIPSIS:
        p->pos++;
        return NODE(p, Constant, first, .value = Py_Ellipsis);
    case TK_LPAR:
    case TK_LSQB:
    case TK_LBRACE: {
        /* What a bracket costs in grammar levels: twenty rules from expression to atom. */
        int kind = p->tokens[p->pos].kind;
        if (!parser_enter(p, 20))
            return NULL;
        expr = kind == TK_LPAR ? parse_parenthesised(p)
               : kind == TK_LSQB ? parse_list(p)
                                 : parse_braces(p);
        parser_leave(p, 20);
        return expr;
    }
    default:
        return NULL;
    }
}

/* ---- primaries ---- */

static KsExpr *
parse_slice(KsParser *p)
{
    int first = p->pos;
    KsExpr *lower = NULL, *upper = NULL, *step = NULL;
    if (parser_kind(p) != TK_COLON) {
        if ((lower = ks_parse_named_expression(p)) == NULL)
            return NULL;
        if (parser_kind(p) != TK_COLON ||
            (p->tokens[first].kind == TK_NAME && p->tokens[first + 1].kind == TK_COLONEQUAL))
            return lower;
    }
    p->pos++;
    int kind = parser_kind(p);
    if (kind != TK_COLON && kind != TK_COMMA && kind != TK_RSQB &&
        (upper = ks_parse_expression(p)) == NULL)
        return NULL;
    if (parser_accept(p, TK_COLON)) {
        kind = parser_kind(p);
        if (kind != TK_COMMA && kind != TK_RSQB && (step = ks_parse_expression(p)) == NULL)
            return NULL;
    }
    return NODE(p, Slice, first, .lower = lower, .upper = upper, .step = step);
}

static KsExpr *
parse_slices(KsParser *p)
{
    int first = p->pos, mark = p->scratch_count, ok, starred = 0;
    for (int count = 0;; count++) {
        KsExpr *item;
        int start = p->pos;
        if (parser_accept(p, TK_STAR)) {
            starred = 1;
            item = ks_parse_expression(p);
            if (item != NULL)
                item = NODE(p, Starred, start, .value = item, .ctx = KS_Load);
        }
        else
            item = parse_slice(p);
        if (item == NULL)
            return NULL;
        if (count == 0 && !starred && parser_kind(p) != TK_COMMA)
            return item;
        if (!ks_parser_push(p, item))
            return NULL;
        if (!parser_accept(p, TK_COMMA) || parser_kind(p) == TK_RSQB)
            break;
    }
    KsExprSeq *items = ks_parser_take(p, mark, &ok);
    return ok ? NODE(p, Tuple, first, .elts = items, .ctx = KS_Load) : NULL;
}

/* One argument of a call. Positional ones go to the scratch stack below *keywords' list, which is
 * the chain of keyword nodes kept by the caller. */
typedef struct CallState {
    KsKeyword **keywords;
    int keyword_count, keyword_room;
    int has_keyword, has_mapping;
    KsKeyword *few[8];
} CallState;

static int
call_add_keyword(KsParser *p, CallState *call, PyObject *name, KsExpr *value, int first)
{
    KsPos pos = parser_span(p, first);
    KsKeyword *keyword = ks_product(p->arena, KsKeyword, .arg = name, .value = value,
                                    .lineno = pos.lineno, .col_offset = pos.col_offset,
                                    .end_lineno = pos.end_lineno,
                                    .end_col_offset = pos.end_col_offset);
    if (keyword == NULL)
        return 0;
    if (call->keyword_count == call->keyword_room) {
        int room = call->keyword_room * 2;
        KsKeyword **more = ks_arena_alloc(p->arena, (size_t)room * sizeof(KsKeyword *));
        if (more == NULL)
            return 0;
        memcpy(more, call->keywords, (size_t)call->keyword_count * sizeof(KsKeyword *));
        call->keywords = more;
        call->keyword_room = room;
    }
    call->keywords[call->keyword_count++] = keyword;
    call->has_keyword = 1;
    return 1;
}

static int
parse_argument(KsParser *p, CallState *call)
{
    int first = p->pos, kind = parser_kind(p);
    if (kind == TK_DOUBLESTAR) {
        p->pos++;
        KsExpr *value = ks_parse_expression(p);
        call->has_mapping = 1;
        return value != NULL && call_add_keyword(p, call, NULL, value, first);
    }
    if (kind == TK_STAR) {
        if (call->has_mapping)
            return 0;
        p->pos++;
        KsExpr *value = ks_parse_expression(p);
        if (value == NULL)
            return 0;
        value = NODE(p, Starred, first, .value = value, .ctx = KS_Load);
        return value != NULL && ks_parser_push(p, value);
    }
    if (kind == TK_NAME && parser_kind_after(p) == TK_EQUAL) {
        PyObject *name = ks_parser_accept_name(p);
        p->pos++;
        KsExpr *value = ks_parse_expression(p);
        return name != NULL && value != NULL && call_add_keyword(p, call, name, value, first);
    }
    if (call->has_keyword)
        return 0;
    KsExpr *value = ks_parse_named_expression(p);
    return value != NULL && parser_kind(p) != TK_EQUAL && ks_parser_push(p, value);
}

int
ks_parse_arguments(KsParser *p, int is_call, KsExprSeq **args, KsKeywordSeq **keywords)
{
    int opening = p->pos - 1, mark = p->scratch_count, ok;
    CallState call = {.keyword_room = Py_ARRAY_LENGTH(call.few)};
    call.keywords = call.few;
    *args = NULL;
    *keywords = NULL;
    while (!parser_accept(p, TK_RPAR)) {
        if (!parse_argument(p, &call))
            return 0;
        if (is_call && p->scratch_count == mark + 1 && call.keyword_count == 0 && at_for_clause(p)) {
            KsExpr *elt = p->scratch[mark];
            KsComprehensionSeq *clauses = elt->kind == KS_Starred ? NULL : parse_for_clauses(p);
            if (clauses == NULL || !parser_accept(p, TK_RPAR))
                return 0;
            KsExpr *expr = NODE(p, GeneratorExp, opening, .elt = elt, .generators = clauses);
            if (expr == NULL)
                return 0;
            p->scratch[mark] = expr;
            break;
        }
        if (parser_accept(p, TK_COMMA))
            continue;
        if (!parser_accept(p, TK_RPAR))
            return 0;
        break;
    }
    *args = ks_parser_take(p, mark, &ok);
    if (!ok)
        return 0;
    if (call.keyword_count != 0) {
        *keywords = ks_seq_new(p->arena, KsKeywordSeq, call.keyword_count);
        if (*keywords == NULL)
            return 0;
        memcpy((*keywords)->items, call.keywords,
               (size_t)call.keyword_count * sizeof(KsKeyword *));
    }
    return 1;
}

/* Nodes start at the first token of the whole primary, which may be a bracket around its value. */
KsExpr *
ks_parse_primary(KsParser *p)
{
    int first = p->pos;
    KsExpr *expr = parse_atom(p);
    while (expr != NULL) {
        switch (parser_kind(p)) {
        case TK_DOT: {
            p->pos++;
            PyObject *name = ks_parser_accept_name(p);
            if (name == NULL)
                return NULL;
            expr = NODE(p, Attribute, first, .value = expr, .attr = name, .ctx = KS_Load);
            break;
        }
        case TK_LPAR: {
            KsExprSeq *args;
            KsKeywordSeq *keywords;
            p->pos++;
            if (!parser_enter(p, 20) || !ks_parse_arguments(p, 1, &args, &keywords))
                return NULL;
            parser_leave(p, 20);
            expr = NODE(p, Call, first, .func = expr, .args = args, .keywords = keywords);
            break;
        }
        case TK_LSQB: {
            p->pos++;
            if (!parser_enter(p, 20))
                return NULL;
            KsExpr *slice = parse_slices(p);
            if (slice == NULL || !parser_accept(p, TK_RSQB))
                return NULL;
            parser_leave(p, 20);
            expr = NODE(p, Subscript, first, .value = expr, .slice = slice, .ctx = KS_Load);
            break;
        }
        default:
            return expr;
        }
    }
    return NULL;
}

/* ---- operators ---- */

static KsExpr *
parse_power(KsParser *p)
{
    int first = p->pos;
    KsExpr *expr;
    if (parser_kind(p) == TK_AWAIT) {
        p->pos++;
        if ((expr = ks_parse_primary(p)) == NULL ||
            !ks_parser_version(p, 5, "Await expressions are"))
            return NULL;
        expr = NODE(p, Await, first, .value = expr);
    }
    else
        expr = ks_parse_primary(p);
    return expr;
}

static KsExpr *
parse_factor(KsParser *p)
{
    int first = p->pos;
    KsUnaryOp op;
    switch (parser_kind(p)) {
    case TK_PLUS: op = KS_UAdd; break;
    case TK_MINUS: op = KS_USub; break;
    case TK_TILDE: op = KS_Invert; break;
    default: {
        KsExpr *left = parse_power(p);
        if (left == NULL || parser_kind(p) != TK_DOUBLESTAR)
            return left;
        p->pos++;
        if (!parser_enter(p, 2))
            return NULL;
        KsExpr *right = parse_factor(p);
        parser_leave(p, 2);
        return right ? NODE(p, BinOp, first, .left = left, .op = KS_Pow, .right = right) : NULL;
    }
    }
    p->pos++;
    if (!parser_enter(p, 1))
        return NULL;
    KsExpr *operand = parse_factor(p);
    parser_leave(p, 1);
    return operand ? NODE(p, UnaryOp, first, .op = op, .operand = operand) : NULL;
}

/* Binding powers of the left-associative operators; 0 for other tokens. */
static const struct {
    unsigned char power, op;
} binary_operators[KS_TOKEN_KINDS] = {
    [TK_VBAR] = {1, KS_BitOr},       [TK_CIRCUMFLEX] = {2, KS_BitXor},
    [TK_AMPER] = {3, KS_BitAnd},     [TK_LEFTSHIFT] = {4, KS_LShift},
    [TK_RIGHTSHIFT] = {4, KS_RShift}, [TK_PLUS] = {5, KS_Add},
    [TK_MINUS] = {5, KS_Sub},        [TK_STAR] = {6, KS_Mult},
    [TK_SLASH] = {6, KS_Div},        [TK_DOUBLESLASH] = {6, KS_FloorDiv},
    [TK_PERCENT] = {6, KS_Mod},      [TK_AT] = {6, KS_MatMult},
};

static KsExpr *
parse_binary(KsParser *p, int power)
{
    int first = p->pos;
    KsExpr *left = parse_factor(p);
    while (left != NULL) {
        int kind = parser_kind(p), bound = binary_operators[kind].power;
        if (bound < power || bound == 0)
            return left;
        p->pos++;
        KsExpr *right = parse_binary(p, bound + 1);
        if (right == NULL ||
            (kind == TK_AT && !ks_parser_version(p, 5, "The '@' operator is")))
            return NULL;
        left = NODE(p, BinOp, first, .left = left, .op = binary_operators[kind].op,
                    .right = right);
    }
    return NULL;
}

KsExpr *
ks_parse_bitwise_or(KsParser *p)
{
    return parse_binary(p, 1);
}

/* The comparison operator at the current token, read; 0 if there is none, nothing read. */
static int
parse_compare_op(KsParser *p)
{
    int op;
    switch (parser_kind(p)) {
    case TK_EQEQUAL: op = KS_Eq; break;
    case TK_NOTEQUAL: {
        int is_diamond = *parser_text(p, &p->tokens[p->pos]) == '<';
        if (p->barry && !is_diamond) {
            p->pos++;
            ks_parser_error(p, PyExc_SyntaxError,
                            "with Barry as BDFL, use '<>' instead of '!='");
            return 0;
        }
        if (!p->barry && is_diamond)
            return 0;
        op = KS_NotEq;
        break;
    }
    case TK_LESSEQUAL: op = KS_LtE; break;
    case TK_LESS: op = KS_Lt; break;
    case TK_GREATEREQUAL: op = KS_GtE; break;
    case TK_GREATER: op = KS_Gt; break;
    case KW_in: op = KS_In; break;
    case KW_not:
        if (parser_kind_after(p) != KW_in)
            return 0;
        p->pos++;
        op = KS_NotIn;
        break;
    case KW_is:
        p->pos++;
        if (!parser_accept(p, KW_not)) {
            return KS_Is;
        }
        return KS_IsNot;
    default:
        return 0;
    }
    p->pos++;
    return op;
}

static KsExpr *
parse_comparison(KsParser *p)
{
    int first = p->pos, op, mark, count;
    KsExpr *left = parse_binary(p, 1);
    if (left == NULL || (op = parse_compare_op(p)) == 0)
        return p->failed ? NULL : left;
    mark = p->scratch_count;
    do {
        KsExpr *right = parse_binary(p, 1);
        if (right == NULL || !ks_parser_push(p, right) ||
            !ks_parser_push(p, (void *)(intptr_t)op))
            return NULL;
    } while ((op = parse_compare_op(p)) != 0);
    if (p->failed)
        return NULL;
    count = (p->scratch_count - mark) / 2;
    KsIntSeq *ops = ks_seq_new(p->arena, KsIntSeq, count);
    KsExprSeq *rights = ks_seq_new(p->arena, KsExprSeq, count);
    if (ops == NULL || rights == NULL)
        return NULL;
    for (int i = 0; i < count; i++) {
        rights->items[i] = p->scratch[mark + 2 * i];
        ops->items[i] = (int)(intptr_t)p->scratch[mark + 2 * i + 1];
    }
    p->scratch_count = mark;
    return NODE(p, Compare, first, .left = left, .ops = ops, .comparators = rights);
}

static KsExpr *
parse_inversion(KsParser *p)
{
    int first = p->pos;
    if (!parser_accept(p, KW_not))
        return parse_comparison(p);
    if (!parser_enter(p, 1))
        return NULL;
    KsExpr *operand = parse_inversion(p);
    parser_leave(p, 1);
    return operand ? NODE(p, UnaryOp, first, .op = KS_Not, .operand = operand) : NULL;
}

/* conjunction (is_or = 0) and disjunction (is_or = 1). */
static KsExpr *
parse_bool(KsParser *p, int is_or)
{
    int first = p->pos, word = is_or ? KW_or : KW_and, ok;
    KsExpr *expr = is_or ? parse_bool(p, 0) : parse_inversion(p);
    if (expr == NULL || parser_kind(p) != word)
        return expr;
    int mark = p->scratch_count;
    if (!ks_parser_push(p, expr))
        return NULL;
    while (parser_accept(p, word)) {
        expr = is_or ? parse_bool(p, 0) : parse_inversion(p);
        if (expr == NULL || !ks_parser_push(p, expr))
            return NULL;
    }
    KsExprSeq *values = ks_parser_take(p, mark, &ok);
    return ok ? NODE(p, BoolOp, first, .op = is_or ? KS_Or : KS_And, .values = values) : NULL;
}

static KsExpr *
parse_disjunction(KsParser *p)
{
    return parse_bool(p, 1);
}

static KsExpr *
parse_lambda(KsParser *p)
{
    int first = p->pos++;
    KsArguments *args = ks_parse_parameters(p, 1);
    if (args == NULL || !parser_accept(p, TK_COLON))
        return NULL;
    KsExpr *body = ks_parse_expression(p);
    return body ? NODE(p, Lambda, first, .args = args, .body = body) : NULL;
}

KsExpr *
ks_parse_expression(KsParser *p)
{
    int first = p->pos;
    KsExpr *body;
    if (!parser_enter(p, 2))
        return NULL;
    if (parser_kind(p) == KW_lambda)
        body = parse_lambda(p);
    else {
        body = parse_disjunction(p);
        if (body != NULL && parser_kind(p) == KW_if) {
            p->pos++;
            KsExpr *test = parse_disjunction(p), *orelse;
            if (test == NULL || !parser_accept(p, KW_else) ||
                (orelse = ks_parse_expression(p)) == NULL)
                return NULL;
            body = NODE(p, IfExp, first, .test = test, .body = body, .orelse = orelse);
        }
    }
    parser_leave(p, 2);
    return body;
}

KsExpr *
ks_parse_named_expression(KsParser *p)
{
    int first = p->pos;
    if (parser_kind(p) == TK_NAME && parser_kind_after(p) == TK_COLONEQUAL) {
        PyObject *name = ks_parser_accept_name(p);
        KsExpr *target = name ? NODE(p, Name, first, .id = name, .ctx = KS_Store) : NULL;
        p->pos++;
        KsExpr *value = target != NULL ? ks_parse_expression(p) : NULL;
        if (value == NULL || !ks_parser_version(p, 8, "Assignment expressions are"))
            return NULL;
        return NODE(p, NamedExpr, first, .target = target, .value = value);
    }
    KsExpr *expr = ks_parse_expression(p);
    return expr != NULL && parser_kind(p) != TK_COLONEQUAL ? expr : NULL;
}

static KsExpr *
parse_star_expression(KsParser *p)
{
    int first = p->pos;
    if (!parser_accept(p, TK_STAR))
        return ks_parse_expression(p);
    KsExpr *value = ks_parse_bitwise_or(p);
    return value ? NODE(p, Starred, first, .value = value, .ctx = KS_Load) : NULL;
}

/* Whether an expression can start here (after a comma that may be the last thing). */
static int
at_expression(KsParser *p)
{
    switch (parser_kind(p)) {
    case TK_NAME: case TK_NUMBER: case TK_STRING: case TK_LPAR: case TK_LSQB: case TK_LBRACE:
    case TK_MINUS: case TK_PLUS: case TK_TILDE: case TK_STAR: case TK_ELLIPSIS: case TK_AWAIT:
    case KW_None: case KW_True: case KW_False: case KW_lambda: case KW_not:
        return 1;
    default:
        return 0;
    }
}

static KsExpr *
parse_tuple_of(KsParser *p, KsExpr *(*item_rule)(KsParser *))
{
    int first = p->pos, mark = p->scratch_count, ok;
    KsExpr *expr = item_rule(p);
    if (expr == NULL || parser_kind(p) != TK_COMMA)
        return expr;
    if (!ks_parser_push(p, expr))
        return NULL;
    while (parser_accept(p, TK_COMMA) && at_expression(p)) {
        if ((expr = item_rule(p)) == NULL || !ks_parser_push(p, expr))
            return NULL;
    }
    KsExprSeq *items = ks_parser_take(p, mark, &ok);
    return ok ? NODE(p, Tuple, first, .elts = items, .ctx = KS_Load) : NULL;
}

KsExpr *
ks_parse_star_expressions(KsParser *p)
{
    return parse_tuple_of(p, parse_star_expression);
}

KsExpr *
ks_parse_expressions(KsParser *p)
{
    return parse_tuple_of(p, ks_parse_expression);
}

KsExpr *
ks_parse_subject(KsParser *p)
{
    int starred = parser_kind(p) == TK_STAR;
    KsExpr *expr = parse_tuple_of(p, parse_star_named_expression);
    return expr != NULL && starred && expr->kind == KS_Starred ? NULL : expr;
}

/* ---- parameters ---- */

typedef struct ParamState {
    int is_lambda;
    KsArgSeq *positional_only;
    int args_mark;
    KsExpr **defaults;
    int defaults_count, defaults_room;
} ParamState;

/* NAME [':' annotation]; starred lets the annotation be `*expr`. */
static KsArg *
parse_param(KsParser *p, int is_lambda, int starred)
{
    int first = p->pos;
    PyObject *name = ks_parser_accept_name(p);
    KsExpr *annotation = NULL;
    if (name == NULL)
        return NULL;
    if (!is_lambda && parser_accept(p, TK_COLON)) {
        annotation = starred ? parse_star_expression(p) : ks_parse_expression(p);
        if (annotation == NULL)
            return NULL;
    }
    KsPos pos = parser_span(p, first);
    return ks_product(p->arena, KsArg, .arg = name, .annotation = annotation,
                      .lineno = pos.lineno, .col_offset = pos.col_offset,
                      .end_lineno = pos.end_lineno, .end_col_offset = pos.end_col_offset);
}

/* What ends a parameter: a comma or the closing token, and a type comment behind either. */
static int
parse_param_end(KsParser *p, KsArg *arg, int closing)
{
    int comma = parser_accept(p, TK_COMMA);
    if (parser_kind(p) == TK_TYPE_COMMENT) {
        const KsToken *token = &p->tokens[p->pos];
        PyObject *comment = PyUnicode_DecodeUTF8(parser_text(p, token),
                                                 (Py_ssize_t)(token->end - token->start), NULL);
        if (ks_arena_own(p->arena, comment) < 0) {
            p->failed = 1;
            return 0;
        }
        arg->type_comment = comment;
        p->pos++;
    }
    return comma || parser_kind(p) == closing;
}

static int
param_default(KsParser *p, KsExpr **value)
{
    *value = NULL;
    return !parser_accept(p, TK_EQUAL) || (*value = ks_parse_expression(p)) != NULL;
}

/* '*' and '**' with what follows; everything before is parsed. */
static int
parse_star_params(KsParser *p, KsArguments *args, int is_lambda, int closing)
{
    int mark = p->scratch_count;
    if (parser_accept(p, TK_STAR)) {
        if (parser_kind(p) == TK_COMMA) {
            p->pos++;
            if (parser_kind(p) != TK_NAME)
                return 0;
        }
        else {
            args->vararg = parse_param(p, is_lambda, 1);
            if (args->vararg == NULL || !parse_param_end(p, args->vararg, closing))
                return 0;
        }
        while (parser_kind(p) == TK_NAME) {
            KsExpr *value;
            KsArg *arg = parse_param(p, is_lambda, 0);
            if (arg == NULL || !param_default(p, &value) || !parse_param_end(p, arg, closing) ||
                !ks_parser_push(p, arg) || !ks_parser_push(p, value))
                return 0;
        }
        int count = (p->scratch_count - mark) / 2;
        if (count != 0) {
            args->kwonlyargs = ks_seq_new(p->arena, KsArgSeq, count);
            args->kw_defaults = ks_seq_new(p->arena, KsExprSeq, count);
            if (args->kwonlyargs == NULL || args->kw_defaults == NULL)
                return 0;
            for (int i = 0; i < count; i++) {
                args->kwonlyargs->items[i] = p->scratch[mark + 2 * i];
                args->kw_defaults->items[i] = p->scratch[mark + 2 * i + 1];
            }
            p->scratch_count = mark;
        }
    }
    if (parser_accept(p, TK_DOUBLESTAR)) {
        args->kwarg = parse_param(p, is_lambda, 0);
        if (args->kwarg == NULL || !parse_param_end(p, args->kwarg, closing))
            return 0;
    }
    return 1;
}

KsArguments *
ks_parse_parameters(KsParser *p, int is_lambda)
{
    int closing = is_lambda ? TK_COLON : TK_RPAR, mark = p->scratch_count, ok = 1;
    int count = 0, positional_only = -1, has_default = 0;
    KsArguments *args = ks_product(p->arena, KsArguments, .vararg = NULL);
    if (args == NULL)
        return NULL;
    for (;;) {
        int kind = parser_kind(p);
        if (kind == TK_SLASH) {
            if (count == 0 || positional_only >= 0)
                return NULL;
            p->pos++;
            positional_only = count;
            if (!ks_parser_version(p, 8, "Positional-only parameters are"))
                return NULL;
            if (!parser_accept(p, TK_COMMA) && parser_kind(p) != closing)
                return NULL;
            continue;
        }
        if (kind != TK_NAME)
            break;
        KsExpr *value;
        KsArg *arg = parse_param(p, is_lambda, 0);
        if (arg == NULL || !param_default(p, &value) || (value == NULL && has_default) ||
            !parse_param_end(p, arg, closing) || !ks_parser_push(p, arg) ||
            !ks_parser_push(p, value))
            return NULL;
        has_default |= value != NULL;
        count++;
    }
    int only = positional_only > 0 ? positional_only : 0, defaults = 0;
    for (int i = 0; i < count; i++)
        defaults += p->scratch[mark + 2 * i + 1] != NULL;
    if (only > 0 && (args->posonlyargs = ks_seq_new(p->arena, KsArgSeq, only)) == NULL)
        ok = 0;
    if (count > only && (args->args = ks_seq_new(p->arena, KsArgSeq, count - only)) == NULL)
        ok = 0;
    if (defaults > 0 && (args->defaults = ks_seq_new(p->arena, KsExprSeq, defaults)) == NULL)
        ok = 0;
    if (!ok)
        return NULL;
    for (int i = 0; i < count; i++) {
        KsArg *arg = p->scratch[mark + 2 * i];
        if (i < only)
            args->posonlyargs->items[i] = arg;
        else
            args->args->items[i - only] = arg;
        if (i >= count - defaults)
            args->defaults->items[i - (count - defaults)] = p->scratch[mark + 2 * i + 1];
    }
    p->scratch_count = mark;
    return parse_star_params(p, args, is_lambda, closing) ? args : NULL;
}
