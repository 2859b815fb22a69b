/* SPDX-License-Identifier: MIT */
/* Pass one: statements and the start rules.
 *
 * A compound statement ends where its last inner statement ends: newlines and dedents have no part
 * in positions. ks_parser_version() calls stand where the construct is complete. */
#include "ks_parse.h"

#define NODE(p, node, first, ...) \
    ks_node((p)->arena, KsStmt, node, parser_span((p), (first)), __VA_ARGS__)

static KsStmt *parse_compound(KsParser *p);
static int parse_simple_line(KsParser *p);

/* The statement from token first to the end of the block just parsed. */
#define BLOCK_NODE(p, node, first, ...) \
    ks_node((p)->arena, KsStmt, node, parser_block_span((p), (first)), __VA_ARGS__)

/* ---- simple statements ---- */

static PyObject *
parse_type_comment(KsParser *p, int *ok)
{
    *ok = 1;
    if (parser_kind(p) != TK_TYPE_COMMENT)
        return NULL;
    const KsToken *token = &p->tokens[p->pos];
    PyObject *comment = PyUnicode_DecodeUTF8(parser_text(p, token),
                                             (Py_ssize_t)(token->end - token->start), NULL);
    if (ks_arena_own(p->arena, comment) < 0) {
        p->failed = 1;
        *ok = 0;
        return NULL;
    }
    p->pos++;
    return comment;
}

static const unsigned char augmented[KS_TOKEN_KINDS] = {
    [TK_PLUSEQUAL] = KS_Add,         [TK_MINEQUAL] = KS_Sub,
    [TK_STAREQUAL] = KS_Mult,        [TK_SLASHEQUAL] = KS_Div,
    [TK_PERCENTEQUAL] = KS_Mod,      [TK_AMPEREQUAL] = KS_BitAnd,
    [TK_VBAREQUAL] = KS_BitOr,       [TK_CIRCUMFLEXEQUAL] = KS_BitXor,
    [TK_LEFTSHIFTEQUAL] = KS_LShift, [TK_RIGHTSHIFTEQUAL] = KS_RShift,
    [TK_DOUBLESTAREQUAL] = KS_Pow,   [TK_DOUBLESLASHEQUAL] = KS_FloorDiv,
    [TK_ATEQUAL] = KS_MatMult,
};

static int
is_single_target(const KsExpr *expr)
{
    return expr->kind == KS_Name || expr->kind == KS_Attribute || expr->kind == KS_Subscript;
}

static KsStmt *
parse_annotated(KsParser *p, int first, KsExpr *target)
{
    int simple = target->kind == KS_Name && p->tokens[first].kind == TK_NAME;
    KsExpr *value = NULL;
    if (!is_single_target(target) || !ks_parse_as_target(target, KS_Store))
        return NULL;
    p->pos++;
    KsExpr *annotation = ks_parse_expression(p);
    if (annotation == NULL)
        return NULL;
    if (parser_accept(p, TK_EQUAL) && (value = ks_parse_yield_or_star_expressions(p)) == NULL)
        return NULL;
    if (!ks_parser_version(p, 6, "Variable annotation syntax is"))
        return NULL;
    return NODE(p, AnnAssign, first, .target = target, .annotation = annotation, .value = value,
                .simple = simple);
}

static KsStmt *
parse_assignments(KsParser *p, int first, KsExpr *target)
{
    int mark = p->scratch_count, ok;
    KsExpr *value = target;
    while (parser_kind(p) == TK_EQUAL) {
        if (value->kind == KS_Yield || value->kind == KS_YieldFrom ||
            !ks_parse_as_target(value, KS_Store) || !ks_parser_push(p, value))
            return NULL;
        p->pos++;
        if ((value = ks_parse_yield_or_star_expressions(p)) == NULL)
            return NULL;
    }
    PyObject *comment = parse_type_comment(p, &ok);
    if (!ok)
        return NULL;
    KsExprSeq *targets = ks_parser_take(p, mark, &ok);
    return ok ? NODE(p, Assign, first, .targets = targets, .value = value,
                     .type_comment = comment)
              : NULL;
}

static KsStmt *
parse_expression_statement(KsParser *p)
{
    int first = p->pos;
    KsExpr *expr = ks_parse_yield_or_star_expressions(p);
    if (expr == NULL)
        return NULL;
    int kind = parser_kind(p);
    if (kind == TK_EQUAL)
        return parse_assignments(p, first, expr);
    if (kind == TK_COLON)
        return parse_annotated(p, first, expr);
    if (augmented[kind] != 0) {
        if (!is_single_target(expr) || !ks_parse_as_target(expr, KS_Store))
            return NULL;
        p->pos++;
        KsExpr *value = ks_parse_yield_or_star_expressions(p);
        if (value == NULL ||
            (kind == TK_ATEQUAL && !ks_parser_version(p, 5, "The '@' operator is")))
            return NULL;
        return NODE(p, AugAssign, first, .target = expr, .op = augmented[kind], .value = value);
    }
    return NODE(p, Expr, first, .value = expr);
}

/* NAME ('.' NAME)* as one dotted name. */
static PyObject *
parse_dotted_name(KsParser *p)
{
    PyObject *name = ks_parser_accept_name(p);
    if (name == NULL || parser_kind(p) != TK_DOT)
        return name;
    KS_OWNED PyObject *joined = Py_NewRef(name);
    while (parser_accept(p, TK_DOT)) {
        if ((name = ks_parser_accept_name(p)) == NULL)
            return NULL;
        Py_SETREF(joined, PyUnicode_FromFormat("%U.%U", joined, name));
        if (joined == NULL) {
            p->failed = 1;
            return NULL;
        }
    }
    PyUnicode_InternInPlace(&joined);
    name = joined;
    if (ks_arena_own(p->arena, ks_give(&joined)) < 0) {
        p->failed = 1;
        return NULL;
    }
    return name;
}

static KsAlias *
parse_alias(KsParser *p, int dotted)
{
    int first = p->pos;
    PyObject *name = dotted ? parse_dotted_name(p) : ks_parser_accept_name(p), *asname = NULL;
    if (name == NULL)
        return NULL;
    if (parser_accept(p, KW_as) && (asname = ks_parser_accept_name(p)) == NULL)
        return NULL;
    KsPos pos = parser_span(p, first);
    return ks_product(p->arena, KsAlias, .name = name, .asname = asname, .lineno = pos.lineno,
                      .col_offset = pos.col_offset, .end_lineno = pos.end_lineno,
                      .end_col_offset = pos.end_col_offset);
}

/* Aliases with commas between; NULL on failure. With closing a trailing comma is fine. */
static KsAliasSeq *
parse_aliases(KsParser *p, int dotted, int closing)
{
    int mark = p->scratch_count, ok;
    do {
        if (p->scratch_count > mark && closing && parser_kind(p) == closing)
            break;
        KsAlias *alias = parse_alias(p, dotted);
        if (alias == NULL || !ks_parser_push(p, alias))
            return NULL;
    } while (parser_accept(p, TK_COMMA));
    return ks_parser_take(p, mark, &ok);
}

static KsStmt *
parse_import(KsParser *p)
{
    int first = p->pos++;
    KsAliasSeq *names = parse_aliases(p, 1, 0);
    return names ? NODE(p, Import, first, .names = names) : NULL;
}

static KsStmt *
parse_import_from(KsParser *p)
{
    int first = p->pos++, level = 0;
    PyObject *module = NULL;
    KsAliasSeq *names;
    for (;; p->pos++) {
        int kind = parser_kind(p);
        if (kind == TK_DOT)
            level++;
        else if (kind == TK_ELLIPSIS)
            level += 3;
        else
            break;
    }
    if ((level == 0 || parser_kind(p) == TK_NAME) && (module = parse_dotted_name(p)) == NULL)
        return NULL;
    if (!parser_accept(p, KW_import))
        return NULL;
    if (parser_kind(p) == TK_STAR) {
        int star = p->pos++;
        PyObject *name = ks_parser_name_of(p, "*", 1);
        KsPos pos = parser_span(p, star);
        KsAlias *alias = name ? ks_product(p->arena, KsAlias, .name = name, .lineno = pos.lineno,
                                           .col_offset = pos.col_offset,
                                           .end_lineno = pos.end_lineno,
                                           .end_col_offset = pos.end_col_offset)
                              : NULL;
        names = alias ? ks_seq_new(p->arena, KsAliasSeq, 1) : NULL;
        if (names != NULL)
            names->items[0] = alias;
    }
    else if (parser_accept(p, TK_LPAR)) {
        names = parse_aliases(p, 0, TK_RPAR);
        if (names != NULL && !parser_accept(p, TK_RPAR))
            return NULL;
    }
    else {
        names = parse_aliases(p, 0, 0);
    }
    if (names == NULL)
        return NULL;
    return NODE(p, ImportFrom, first, .module = module, .names = names, .level = level);
}

static KsStmt *
parse_names_statement(KsParser *p, int is_global)
{
    int first = p->pos++, mark = p->scratch_count, ok;
    do {
        PyObject *name = ks_parser_accept_name(p);
        if (name == NULL || !ks_parser_push(p, name))
            return NULL;
    } while (parser_accept(p, TK_COMMA));
    KsNameSeq *names = ks_parser_take(p, mark, &ok);
    if (!ok)
        return NULL;
    return is_global ? NODE(p, Global, first, .names = names)
                     : NODE(p, Nonlocal, first, .names = names);
}

static KsStmt *
parse_del(KsParser *p)
{
    int first = p->pos++, mark = p->scratch_count, ok;
    do {
        int kind = parser_kind(p);
        if (p->scratch_count > mark && (kind == TK_SEMI || kind == TK_NEWLINE))
            break;
        KsExpr *target = ks_parse_primary(p);
        if (target == NULL || !ks_parse_as_target(target, KS_Del) || !ks_parser_push(p, target))
            return NULL;
    } while (parser_accept(p, TK_COMMA));
    int kind = parser_kind(p);
    if (kind != TK_SEMI && kind != TK_NEWLINE)
        return NULL;
    KsExprSeq *targets = ks_parser_take(p, mark, &ok);
    return ok ? NODE(p, Delete, first, .targets = targets) : NULL;
}

static KsStmt *
parse_return(KsParser *p)
{
    int first = p->pos++, kind = parser_kind(p);
    KsExpr *value = NULL;
    if (kind != TK_NEWLINE && kind != TK_SEMI && (value = ks_parse_star_expressions(p)) == NULL)
        return NULL;
    return NODE(p, Return, first, .value = value);
}

static KsStmt *
parse_raise(KsParser *p)
{
    int first = p->pos++, kind = parser_kind(p);
    KsExpr *exc = NULL, *cause = NULL;
    if (kind != TK_NEWLINE && kind != TK_SEMI) {
        if ((exc = ks_parse_expression(p)) == NULL)
            return NULL;
        if (parser_accept(p, KW_from) && (cause = ks_parse_expression(p)) == NULL)
            return NULL;
    }
    return NODE(p, Raise, first, .exc = exc, .cause = cause);
}

static KsStmt *
parse_assert(KsParser *p)
{
    int first = p->pos++;
    KsExpr *test = ks_parse_expression(p), *message = NULL;
    if (test == NULL ||
        (parser_accept(p, TK_COMMA) && (message = ks_parse_expression(p)) == NULL))
        return NULL;
    return NODE(p, Assert, first, .test = test, .msg = message);
}

static KsStmt *
parse_simple(KsParser *p)
{
    int first = p->pos;
    switch (parser_kind(p)) {
    case KW_return: return parse_return(p);
    case KW_import: return parse_import(p);
    case KW_from: return parse_import_from(p);
    case KW_raise: return parse_raise(p);
    case KW_del: return parse_del(p);
    case KW_assert: return parse_assert(p);
    case KW_global: return parse_names_statement(p, 1);
    case KW_nonlocal: return parse_names_statement(p, 0);
    case KW_pass:
        p->pos++;
        return NODE(p, Pass, first);
    case KW_break:
        p->pos++;
        return NODE(p, Break, first);
    case KW_continue:
        p->pos++;
        return NODE(p, Continue, first);
    default: return parse_expression_statement(p);
    }
}

/* Statements with semicolons between and the newline; they go to the scratch stack. */
static int
parse_simple_line(KsParser *p)
{
    do {
        KsStmt *stmt = parse_simple(p);
        if (stmt == NULL || !ks_parser_push(p, stmt))
            return 0;
    } while (parser_accept(p, TK_SEMI) && parser_kind(p) != TK_NEWLINE);
    return parser_accept(p, TK_NEWLINE);
}

/* ---- blocks ---- */

/* 1 if the token begins a compound statement for sure, 2 if it is the word `match`. */
static int
at_compound(KsParser *p)
{
    switch (parser_kind(p)) {
    case KW_if: case KW_while: case KW_for: case KW_try: case KW_with: case KW_def: case KW_class:
    case TK_ASYNC: case TK_AT:
        return 1;
    case TK_NAME:
        return ks_parser_is_word(p, "match") ? 2 : 0;
    default:
        return 0;
    }
}

/* One statement or one line of them onto the scratch stack. */
static int
parse_statement(KsParser *p)
{
    int which = at_compound(p);
    if (which != 0) {
        int first = p->pos, mark = p->scratch_count, depth = p->depth;
        KsStmt *stmt = which == 2 ? ks_parse_match(p) : parse_compound(p);
        if (stmt != NULL)
            return ks_parser_push(p, stmt);
        if (p->failed || which == 1)
            return 0;
        p->pos = first;
        p->scratch_count = mark;
        p->depth = depth;
    }
    return parse_simple_line(p);
}

static KsStmtSeq *
parse_statements(KsParser *p, int end_kind)
{
    int mark = p->scratch_count, ok;
    while (parser_kind(p) != end_kind) {
        if (!parse_statement(p))
            return NULL;
    }
    return ks_parser_take(p, mark, &ok);
}

KsStmtSeq *
ks_parse_block(KsParser *p)
{
    int mark = p->scratch_count, ok;
    KsStmtSeq *body;
    if (!parser_enter(p, 6))
        return NULL;
    if (parser_accept(p, TK_NEWLINE)) {
        if (!parser_accept(p, TK_INDENT))
            return NULL;
        body = parse_statements(p, TK_DEDENT);
        if (body != NULL)
            p->pos++;
    }
    else
        body = parse_simple_line(p) ? ks_parser_take(p, mark, &ok) : NULL;
    parser_leave(p, 6);
    return body;
}

/* ':' and a block. */
static KsStmtSeq *
parse_suite(KsParser *p)
{
    return parser_accept(p, TK_COLON) ? ks_parse_block(p) : NULL;
}

/* [word ':' block] into *body; 0 on failure. */
static int
parse_optional_suite(KsParser *p, int word, KsStmtSeq **body)
{
    *body = NULL;
    return !parser_accept(p, word) || (*body = parse_suite(p)) != NULL;
}

/* ---- compound statements ---- */

static KsStmt *
parse_if(KsParser *p)
{
    int first = p->pos++;
    KsExpr *test = ks_parse_named_expression(p);
    KsStmtSeq *body = test ? parse_suite(p) : NULL, *orelse = NULL;
    if (body == NULL)
        return NULL;
    if (parser_kind(p) == KW_elif) {
        if (!parser_enter(p, 1))
            return NULL;
        KsStmt *chained = parse_if(p);
        parser_leave(p, 1);
        orelse = chained ? ks_seq_new(p->arena, KsStmtSeq, 1) : NULL;
        if (orelse == NULL)
            return NULL;
        orelse->items[0] = chained;
    }
    else if (!parse_optional_suite(p, KW_else, &orelse))
        return NULL;
    return BLOCK_NODE(p, If, first, .test = test, .body = body,
                      .orelse = orelse);
}

static KsStmt *
parse_while(KsParser *p)
{
    int first = p->pos++;
    KsExpr *test = ks_parse_named_expression(p);
    KsStmtSeq *body = test ? parse_suite(p) : NULL, *orelse;
    if (body == NULL || !parse_optional_suite(p, KW_else, &orelse))
        return NULL;
    return BLOCK_NODE(p, While, first, .test = test, .body = body,
                      .orelse = orelse);
}

static KsStmt *
parse_for(KsParser *p, int first, int is_async)
{
    int ok;
    p->pos++;
    KsExpr *target = ks_parse_star_targets(p), *iter;
    KsStmtSeq *body, *orelse;
    if (target == NULL || !parser_accept(p, KW_in) ||
        (iter = ks_parse_star_expressions(p)) == NULL || !parser_accept(p, TK_COLON))
        return NULL;
    PyObject *comment = parse_type_comment(p, &ok);
    if (!ok || (body = ks_parse_block(p)) == NULL || !parse_optional_suite(p, KW_else, &orelse))
        return NULL;
    if (is_async)
        return !ks_parser_version(p, 5, "Async for loops are")
                   ? NULL
                   : BLOCK_NODE(p, AsyncFor, first, .target = target, .iter = iter,
                                .body = body, .orelse = orelse, .type_comment = comment);
    return BLOCK_NODE(p, For, first, .target = target, .iter = iter, .body = body,
                      .orelse = orelse, .type_comment = comment);
}

static int
parse_with_item(KsParser *p)
{
    KsExpr *expr = ks_parse_expression(p), *target = NULL;
    if (expr == NULL)
        return 0;
    if (parser_accept(p, KW_as)) {
        if ((target = ks_parse_star_target(p)) == NULL)
            return 0;
        int kind = parser_kind(p);
        if (kind != TK_COMMA && kind != TK_RPAR && kind != TK_COLON)
            return 0;
    }
    KsWithitem *item = ks_product(p->arena, KsWithitem, .context_expr = expr,
                                  .optional_vars = target);
    return item != NULL && ks_parser_push(p, item);
}

/* '(' items [','] ')' ':' onto the scratch stack. */
static int
parse_bracketed_items(KsParser *p)
{
    p->pos++;
    do {
        if (parser_kind(p) == TK_RPAR)
            break;
        if (!parse_with_item(p))
            return 0;
    } while (parser_accept(p, TK_COMMA));
    return parser_accept(p, TK_RPAR) && parser_accept(p, TK_COLON);
}

static KsStmt *
parse_with(KsParser *p, int first, int is_async)
{
    int ok, bracketed = 0, mark = p->scratch_count;
    PyObject *comment = NULL;
    p->pos++;
    if (parser_kind(p) == TK_LPAR) {
        int start = p->pos, depth = p->depth;
        bracketed = parse_bracketed_items(p);
        if (bracketed && p->scratch_count == mark)
            bracketed = 0;
        if (p->failed)
            return NULL;
        if (!bracketed) {
            p->pos = start;
            p->scratch_count = mark;
            p->depth = depth;
        }
    }
    if (!bracketed) {
        do {
            if (!parse_with_item(p))
                return NULL;
        } while (parser_accept(p, TK_COMMA));
        if (!parser_accept(p, TK_COLON))
            return NULL;
        comment = parse_type_comment(p, &ok);
        if (!ok)
            return NULL;
    }
    else if (!ks_parser_version(p, 9, "Parenthesized context managers are"))
        return NULL;
    KsWithitemSeq *items = ks_parser_take(p, mark, &ok);
    KsStmtSeq *body = ok ? ks_parse_block(p) : NULL;
    if (body == NULL)
        return NULL;
    if (is_async)
        return !ks_parser_version(p, 5, "Async with statements are")
                   ? NULL
                   : BLOCK_NODE(p, AsyncWith, first, .items = items, .body = body,
                                .type_comment = comment);
    return BLOCK_NODE(p, With, first, .items = items, .body = body,
                      .type_comment = comment);
}

static KsExceptHandler *
parse_handler(KsParser *p, int *is_star)
{
    int first = p->pos++;
    KsExpr *type = NULL;
    PyObject *name = NULL;
    int star = parser_accept(p, TK_STAR);
    if (*is_star >= 0 && star != *is_star) {
        p->pos = first;
        return NULL;
    }
    *is_star = star;
    if (star || parser_kind(p) != TK_COLON) {
        if ((type = ks_parse_expression(p)) == NULL)
            return NULL;
        if (parser_accept(p, KW_as) && (name = ks_parser_accept_name(p)) == NULL)
            return NULL;
    }
    KsStmtSeq *body = parse_suite(p);
    if (body == NULL)
        return NULL;
    return ks_node(p->arena, KsExceptHandler, ExceptHandler, parser_block_span(p, first),
                   .type = type, .name = name, .body = body);
}

static KsStmt *
parse_try(KsParser *p)
{
    int first = p->pos++, mark = p->scratch_count, ok, is_star = -1;
    KsStmtSeq *body = parse_suite(p), *orelse = NULL, *final = NULL;
    if (body == NULL)
        return NULL;
    while (parser_kind(p) == KW_except) {
        KsExceptHandler *handler = parse_handler(p, &is_star);
        if (handler == NULL || !ks_parser_push(p, handler))
            return NULL;
    }
    KsExceptHandlerSeq *handlers = ks_parser_take(p, mark, &ok);
    if (!ok || (handlers != NULL && !parse_optional_suite(p, KW_else, &orelse)) ||
        !parse_optional_suite(p, KW_finally, &final) || (handlers == NULL && final == NULL))
        return NULL;
    KsPos pos = parser_block_span(p, first);
    if (is_star == 1)
        return !ks_parser_version(p, 11, "Exception groups are")
                   ? NULL
                   : ks_node(p->arena, KsStmt, TryStar, pos, .body = body, .handlers = handlers,
                             .orelse = orelse, .finalbody = final);
    return ks_node(p->arena, KsStmt, Try, pos, .body = body, .handlers = handlers,
                   .orelse = orelse, .finalbody = final);
}

/* NEWLINE TYPE_COMMENT before an indented block, or TYPE_COMMENT on the def's line. */
static PyObject *
parse_function_comment(KsParser *p, int *ok)
{
    *ok = 1;
    if (parser_kind(p) == TK_NEWLINE && p->lexer.type_comments &&
        parser_kind_after(p) == TK_TYPE_COMMENT) {
        int start = p->pos++;
        PyObject *comment = parse_type_comment(p, ok);
        if (!*ok)
            return NULL;
        if (parser_kind(p) == TK_NEWLINE && parser_kind_after(p) == TK_INDENT)
            return comment;
        p->pos = start;
        return NULL;
    }
    return parse_type_comment(p, ok);
}

static KsStmt *
parse_def(KsParser *p, int first, KsExprSeq *decorators, int is_async)
{
    int ok;
    p->pos++;
    PyObject *name = ks_parser_accept_name(p);
    KsArguments *args;
    KsExpr *returns = NULL;
    if (name == NULL || !parser_accept(p, TK_LPAR) ||
        (args = ks_parse_parameters(p, 0)) == NULL || !parser_accept(p, TK_RPAR))
        return NULL;
    if (parser_accept(p, TK_RARROW) && (returns = ks_parse_expression(p)) == NULL)
        return NULL;
    if (!parser_accept(p, TK_COLON))
        return NULL;
    PyObject *comment = parse_function_comment(p, &ok);
    KsStmtSeq *body = ok ? ks_parse_block(p) : NULL;
    if (body == NULL)
        return NULL;
    if (is_async)
        return !ks_parser_version(p, 5, "Async functions are")
                   ? NULL
                   : BLOCK_NODE(p, AsyncFunctionDef, first, .name = name, .args = args,
                                .body = body, .decorator_list = decorators, .returns = returns,
                                .type_comment = comment);
    return BLOCK_NODE(p, FunctionDef, first, .name = name, .args = args, .body = body,
                      .decorator_list = decorators, .returns = returns, .type_comment = comment);
}

static KsStmt *
parse_class(KsParser *p, KsExprSeq *decorators)
{
    int first = p->pos++;
    KsExprSeq *bases = NULL;
    KsKeywordSeq *keywords = NULL;
    PyObject *name = ks_parser_accept_name(p);
    if (name == NULL)
        return NULL;
    if (parser_accept(p, TK_LPAR)) {
        if (!ks_parse_arguments(p, 0, &bases, &keywords))
            return NULL;
    }
    KsStmtSeq *body = parse_suite(p);
    if (body == NULL)
        return NULL;
    return BLOCK_NODE(p, ClassDef, first, .name = name, .bases = bases,
                      .keywords = keywords, .body = body, .decorator_list = decorators);
}

static KsStmt *
parse_decorated(KsParser *p)
{
    int mark = p->scratch_count, ok;
    while (parser_accept(p, TK_AT)) {
        KsExpr *decorator = ks_parse_named_expression(p);
        if (decorator == NULL || !parser_accept(p, TK_NEWLINE) || !ks_parser_push(p, decorator))
            return NULL;
    }
    KsExprSeq *decorators = ks_parser_take(p, mark, &ok);
    int first = p->pos, kind = parser_kind(p);
    if (!ok)
        return NULL;
    if (kind == KW_class)
        return parse_class(p, decorators);
    int is_async = kind == TK_ASYNC;
    p->pos += is_async;
    return parser_kind(p) == KW_def ? parse_def(p, first, decorators, is_async) : NULL;
}

static KsStmt *
parse_compound(KsParser *p)
{
    int first = p->pos;
    switch (parser_kind(p)) {
    case KW_if: return parse_if(p);
    case KW_while: return parse_while(p);
    case KW_for: return parse_for(p, first, 0);
    case KW_try: return parse_try(p);
    case KW_with: return parse_with(p, first, 0);
    case KW_def: return parse_def(p, first, NULL, 0);
    case KW_class: return parse_class(p, NULL);
    case TK_AT: return parse_decorated(p);
    default:
        p->pos++; /* async */
        switch (parser_kind(p)) {
        case KW_def: return parse_def(p, first, NULL, 1);
        case KW_for: return parse_for(p, first, 1);
        case KW_with: return parse_with(p, first, 1);
        default: return NULL;
        }
    }
}

/* ---- start rules ---- */

/* One statement as typed at a prompt: a compound one with the blank line behind it, a line of
 * simple ones, or nothing. */
static KsMod *
parse_interactive(KsParser *p)
{
    int mark = p->scratch_count, ok, first = p->pos;
    if (parser_kind(p) == TK_NEWLINE) {
        p->pos++;
        KsStmt *pass = NODE(p, Pass, first);
        if (pass == NULL || !ks_parser_push(p, pass))
            return NULL;
    }
    else if (parser_kind(p) == TK_ENDMARKER)
        return NULL; /* the caller makes E_EOF of it */
    else {
        int compound = at_compound(p);
        KsStmt *stmt = compound == 2   ? ks_parse_match(p)
                       : compound == 1 ? parse_compound(p)
                                       : NULL;
        if (stmt != NULL) {
            if (!parser_accept(p, TK_NEWLINE) || !ks_parser_push(p, stmt))
                return NULL;
        }
        else if (p->failed || compound == 1)
            return NULL;
        else {
            p->pos = first;
            p->scratch_count = mark;
            if (!parse_simple_line(p))
                return NULL;
        }
    }
    KsStmtSeq *body = ks_parser_take(p, mark, &ok);
    return ok ? ks_node_plain(p->arena, KsMod, Interactive, .body = body) : NULL;
}

/* '(' types ')' '->' type: stars are allowed and mean nothing. */
static KsMod *
parse_func_type(KsParser *p)
{
    int mark = p->scratch_count, ok, stars = 0;
    if (!parser_accept(p, TK_LPAR))
        return NULL;
    if (parser_kind(p) != TK_RPAR) {
        do {
            int kind = parser_kind(p);
            if (kind == TK_STAR || kind == TK_DOUBLESTAR) {
                int rank = kind == TK_STAR ? 1 : 2;
                if (rank <= stars)
                    return NULL;
                stars = rank;
                p->pos++;
            }
            else if (stars != 0)
                return NULL;
            KsExpr *type = ks_parse_expression(p);
            if (type == NULL || !ks_parser_push(p, type))
                return NULL;
        } while (stars < 2 && parser_accept(p, TK_COMMA));
    }
    if (!parser_accept(p, TK_RPAR) || !parser_accept(p, TK_RARROW))
        return NULL;
    KsExpr *returns = ks_parse_expression(p);
    while (returns != NULL && parser_accept(p, TK_NEWLINE))
        ;
    if (returns == NULL || !parser_accept(p, TK_ENDMARKER))
        return NULL;
    KsExprSeq *types = ks_parser_take(p, mark, &ok);
    return ok ? ks_node_plain(p->arena, KsMod, FunctionType, .argtypes = types,
                              .returns = returns)
              : NULL;
}

static KsMod *
parse_eval(KsParser *p)
{
    KsExpr *expr = ks_parse_expressions(p);
    while (expr != NULL && parser_accept(p, TK_NEWLINE))
        ;
    if (expr == NULL || !parser_accept(p, TK_ENDMARKER))
        return NULL;
    return ks_node_plain(p->arena, KsMod, Expression, .body = expr);
}

static KsMod *
parse_file(KsParser *p)
{
    int mark = p->scratch_count, ok;
    while (parser_kind(p) != TK_ENDMARKER) {
        p->statement_first = p->pos;
        if (!parse_statement(p))
            return NULL;
    }
    p->pos++;
    KsStmtSeq *body = ks_parser_take(p, mark, &ok);
    KsTypeIgnoreSeq *ignores = NULL;
    if (ok && p->ignores_count != 0) {
        ignores = ks_seq_new(p->arena, KsTypeIgnoreSeq, p->ignores_count);
        if (ignores == NULL)
            return NULL;
        memcpy(ignores->items, p->ignores, (size_t)p->ignores_count * sizeof(KsTypeIgnore *));
    }
    return ok ? ks_node_plain(p->arena, KsMod, Module, .body = body, .type_ignores = ignores)
              : NULL;
}

KsMod *
ks_parse_start(KsParser *p)
{
    switch (p->mode) {
    case Py_file_input: return parse_file(p);
    case Py_single_input: return parse_interactive(p);
    case Py_eval_input: return parse_eval(p);
    case Py_func_type_input: return parse_func_type(p);
    case KS_FSTRING_INPUT: {
        KsExpr *expr = ks_parse_yield_or_star_expressions(p);
        return expr ? ks_node_plain(p->arena, KsMod, Expression, .body = expr) : NULL;
    }
    default:
        PyErr_SetString(PyExc_SystemError, "unknown parser start symbol");
        p->failed = 1;
        return NULL;
    }
}
