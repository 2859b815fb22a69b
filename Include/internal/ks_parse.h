/* SPDX-License-Identifier: MIT */
/* What the parser's own files share: the token store, the scratch stack, the two passes.
 *
 * Pass one (parse_expr.c, parse_stmt.c, parse_pattern.c) builds the tree by recursive descent; a
 * function that does not succeed returns NULL. Either an exception is set (parser->failed) or the
 * text is not Python, which pass two (parse_diagnose.c) then explains over the same tokens.
 * Nobody but ks_parser_fetch appends tokens: how far pass one read is where a plain "invalid
 * syntax" points, so no function may look further ahead than the grammar makes it. */
#ifndef KS_PARSE_H
#define KS_PARSE_H

#include "ks_ast.h"
#include "ks_lexer.h"

enum { KS_FSTRING_INPUT = 800 }; /* start symbol of a replacement field */

enum { PARSER_DEPTH = 6000 }; /* grammar levels, as many as CPython allows */

typedef struct KsParseName {
    PyObject *name;
    unsigned int hash;
} KsParseName;

typedef struct KsParser KsParser;
struct KsParser {
    KsArena *arena;
    KsToken *tokens;
    int pos, count, room; /* next token to read; tokens fetched; space */
    int failed;           /* an exception is set */
    int depth;
    int mode, feature_version;
    int barry;            /* '<>' instead of '!=' */
    int statement_first; /* token at which the last statement of a file began */
    int dont_imply_dedent, allow_incomplete, started;
    PyCompilerFlags *flags;
    void **scratch; /* items of unfinished sequences */
    int scratch_count, scratch_room;
    KsParseName *names; /* open addressing, a power of two */
    int names_count, names_room;
    KsTypeIgnore **ignores;
    int ignores_count, ignores_room;
    PyObject *filename, *normalize;
    int first_lineno, first_col; /* where a replacement field starts in its file */
    int fstring_depth;
    char encoding[64]; /* of the source; "" if nothing named it: error columns are bytes then */
    KsLexer lexer;
};

/* ---- parser.c ---- */
int ks_parser_fetch(KsParser *parser);
KS_INLINE int
parser_kind(KsParser *parser)
{
    if (KS_LIKELY(parser->pos < parser->count))
        return parser->tokens[parser->pos].kind;
    return ks_parser_fetch(parser);
}
/* The kind of the token behind the next one. */
KS_INLINE int
parser_kind_after(KsParser *parser)
{
    if (parser_kind(parser) == TK_ERRORTOKEN)
        return TK_ERRORTOKEN;
    parser->pos++;
    int kind = parser_kind(parser);
    parser->pos--;
    return kind;
}
KS_INLINE int
parser_accept(KsParser *parser, int kind)
{
    if (parser_kind(parser) != kind)
        return 0;
    parser->pos++;
    return 1;
}
/* From the token numbered first to the last one read. */
KS_INLINE KsPos
parser_span(KsParser *parser, int first)
{
    const KsToken *a = &parser->tokens[first], *b = &parser->tokens[parser->pos - 1];
    return (KsPos){a->lineno, a->col_offset, b->end_lineno, b->end_col_offset};
}
KS_INLINE const char *
parser_text(KsParser *parser, const KsToken *token)
{
    return parser->lexer.text + token->start;
}
/* The same, newlines and dedents at the end left out: what a compound statement spans. */
KS_INLINE KsPos
parser_block_span(KsParser *parser, int first)
{
    int last = parser->pos - 1;
    while (last > first && (parser->tokens[last].kind == TK_ENDMARKER ||
                            (parser->tokens[last].kind >= TK_NEWLINE &&
                             parser->tokens[last].kind <= TK_DEDENT)))
        last--;
    const KsToken *a = &parser->tokens[first], *b = &parser->tokens[last];
    return (KsPos){a->lineno, a->col_offset, b->end_lineno, b->end_col_offset};
}
/* The interned str of a NAME token's text; borrowed from the arena. */
PyObject *ks_parser_name(KsParser *parser, const KsToken *token);
PyObject *ks_parser_name_of(KsParser *parser, const char *text, Py_ssize_t length);
/* NAME at the current token, or NULL. */
PyObject *ks_parser_accept_name(KsParser *parser);
int ks_parser_is_word(KsParser *parser, const char *word);
int ks_parser_push(KsParser *parser, void *item);
/* Takes the items above mark off the scratch stack into a sequence; NULL when there are none (with
 * *ok still 1) or without memory (*ok = 0). */
void *ks_parser_take(KsParser *parser, int mark, int *ok);
/* 1, or 0 with SyntaxError when the requested language version lacks a feature. */
int ks_parser_version(KsParser *parser, int minor, const char *what);
/* One level deeper: 1, or 0 with MemoryError. */
KS_INLINE int
parser_enter(KsParser *parser, int levels)
{
    if (KS_LIKELY((parser->depth += levels) <= PARSER_DEPTH))
        return 1;
    if (!parser->failed)
        PyErr_NoMemory();
    parser->failed = 1;
    return 0;
}
KS_INLINE void
parser_leave(KsParser *parser, int levels)
{
    parser->depth -= levels;
}
/* Runs another parser over text (a replacement field); its tree lives in the same arena. */
KsExpr *ks_parse_field(KsParser *outer, char *text, Py_ssize_t length, int lineno, int col);

/* Errors: type with the formatted message. Without place: at the last token fetched. Columns are
 * bytes from 0 as in tokens; -1 as end is "unknown". They return NULL and set parser->failed. */
void *ks_parser_error(KsParser *parser, PyObject *type, const char *format, ...);
void *ks_parser_error_at(KsParser *parser, PyObject *type, int lineno, int col, int end_lineno,
                         int end_col, const char *format, ...);
void *ks_parser_unclosed(KsParser *parser);

/* ---- parse_strings.c ---- */
/* The value of adjacent STRING tokens from the current one on (at least one). */
KsExpr *ks_parse_strings(KsParser *parser);
/* Turns a codec's exception into a SyntaxError at the last token. */
void *ks_parser_decode_error(KsParser *parser);
/* The value of a NUMBER token. */
KsExpr *ks_parse_number(KsParser *parser);

/* ---- parse_expr.c ---- */
KsExpr *ks_parse_expression(KsParser *parser);
KsExpr *ks_parse_named_expression(KsParser *parser);
KsExpr *ks_parse_star_expressions(KsParser *parser);
KsExpr *ks_parse_yield_or_star_expressions(KsParser *parser);
KsExpr *ks_parse_subject(KsParser *parser);
KsExpr *ks_parse_bitwise_or(KsParser *parser);
KsExpr *ks_parse_primary(KsParser *parser);
/* Marks a parsed expression as assigned to (KS_Store) or deleted (KS_Del): 1, or 0 when it is no
 * target. Nothing is fetched. */
int ks_parse_as_target(KsExpr *expr, KsExprContext context);
/* star_targets up to (not including) what follows; a tuple if there is a comma. */
KsExpr *ks_parse_star_targets(KsParser *parser);
KsExpr *ks_parse_star_target(KsParser *parser);
KsExprSeq *ks_parse_expressions_list(KsParser *parser);
KsExpr *ks_parse_expressions(KsParser *parser);
/* The inside of a call's brackets, or of a class's (which may not be a bare generator), up to and
 * including ')'. */
int ks_parse_arguments(KsParser *parser, int is_call, KsExprSeq **args, KsKeywordSeq **keywords);
/* Parameters up to (not including) ')' or, for a lambda, ':'. */
KsArguments *ks_parse_parameters(KsParser *parser, int is_lambda);

/* ---- parse_pattern.c ---- */
KsStmt *ks_parse_match(KsParser *parser);

/* ---- parse_stmt.c ---- */
KsMod *ks_parse_start(KsParser *parser);
KsStmtSeq *ks_parse_block(KsParser *parser);

/* ---- parse_diagnose.c ---- */
/* Pass two: sets the exception that explains why the tokens are not a program, if it has one. */
void ks_parse_diagnose(KsParser *parser);
/* The longest expression that begins at token first, mistakes behind it or not: 1 and its place, 0
 * if there is none or an exception was set. */
int ks_parse_expression_at(KsParser *parser, int first, KsPos *pos);

#endif
