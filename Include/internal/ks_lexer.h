/* SPDX-License-Identifier: MIT */
/* The lexer: UTF-8 text to tokens, one at a time.
 *
 * The text is one buffer that ends in NUL, newlines are "\n" only. Tokens name it by offsets, since
 * interactive input makes it grow (and move). Columns are bytes from the start of the line. */
#ifndef KS_LEXER_H
#define KS_LEXER_H

#include "ks_base.h"

enum {
#define TOKEN(name) TK_##name,
#define TOKEN_OP(name, text) TK_##name,
#define KEYWORD(name) KW_##name,
#include "../../Parser/tokens.def"
    KS_TOKEN_KINDS
};

typedef struct KsToken {
    unsigned char kind;
    unsigned char level; /* open brackets after this token, at most 200 */
    unsigned short flags;
    int lineno, col_offset, end_lineno, end_col_offset; /* columns -1 for tokens without text */
    unsigned int start, end;                            /* text offsets */
} KsToken;

enum { LEXER_INDENTS = 100, LEXER_LEVELS = 200 };

/* How lexing stands; the same distinctions as errcode.h, which callers of the parser see. */
typedef struct KsLexer KsLexer;
struct KsLexer {
    const char *text;       /* base of all offsets */
    const char *cur;        /* next byte */
    const char *line_start; /* of the line cur is in */
    const char *buf;        /* start of the line in which the current token began */
    const char *line_end;   /* behind the newline of the current line; NULL before the first */
    const char *stop;       /* behind the text, where the NUL is */
    const char *first_line_start; /* line_start of the token's first line */
    int lineno, first_lineno;
    int status;             /* E_OK, E_EOF, E_ERROR (exception set), E_TABSPACE, ... */
    int pending;            /* > 0 indents, < 0 dedents still to be delivered */
    int indent;             /* index into the stacks */
    int indents[LEXER_INDENTS], tab_indents[LEXER_INDENTS];
    int level;
    char open[LEXER_LEVELS];
    int open_lineno[LEXER_LEVELS], open_col[LEXER_LEVELS];
    char at_line_begin, continued, type_comments, warned;
    char interactive, interactive_stop;
    char extra_tokens;      /* deliver COMMENT and NL for the _tokenize module */
    /* Before Python 3.7 async and await were keywords in an async def only: NAMES says so, and is
     * still the state outside one. */
    enum { ASYNC_KEYWORDS, ASYNC_NAMES, ASYNC_IN_HEADER, ASYNC_IN_BODY } async_state;
    int async_indent;       /* of the async def */
    PyObject *filename;     /* borrowed */
    /* Interactive: asks for one more line; grows the text. 1 = a line, 0 = end, -1 = exception. */
    int (*more)(KsLexer *lexer);
    void *more_data;
};

void ks_lexer_start(KsLexer *lexer, const char *text, const char *stop, PyObject *filename);
/* The next token. ERRORTOKEN: status says why, an exception may be set. */
int ks_lexer_next(KsLexer *lexer, KsToken *token);
/* Raises SyntaxError at columns (1-based characters, -1 = up to cur) of the current line. */
void ks_lexer_error(KsLexer *lexer, int col, int end_col, const char *format, ...);

/* ---- Parser/source.c ---- */

/* Source bytes as UTF-8 text with "\n" newlines in PyMem memory: *stop is its end. Without is_utf8 a
 * byte order mark and an encoding cookie are obeyed; encoding names one from outside. What a file
 * holds without either must be UTF-8. With
 * end_newline a missing last newline is added. *encoding_used
 * (NULL if none was named in any way) is good until the next call. NULL with SyntaxError or MemoryError. */
char *ks_source_text(const char *bytes, size_t size, int is_utf8, int is_file,
                     int end_newline, const char *encoding, PyObject *filename, char **stop,
                     const char **encoding_used);
/* The cookie's encoding in the first two lines, normalised, in PyMem memory: 1 found, 0 none, -1. */
int ks_source_cookie(const char *bytes, size_t size, char **encoding);

#endif
