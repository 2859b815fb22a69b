/* SPDX-License-Identifier: MIT */
/* The lexer: lines, indentation, names, numbers, strings and operators.
 *
 * A line is "opened" only when its first byte is wanted: lexer->lineno, line_start and line_end then
 * describe it, and errors are placed by them. The text has no NUL inside, so NUL at stop means the
 * end. Reading goes through local pointers; lexer_advance() is needed only behind a newline. */
#include "ks_lexer.h"

#include "errcode.h"

enum { TAB_COLUMNS = 8 };

enum { CH_NAME = 1, CH_DIGIT = 2, CH_HEX = 4 };

static const unsigned char lexer_class[256] = {
    ['0' ... '7'] = CH_NAME | CH_DIGIT | CH_HEX, ['8' ... '9'] = CH_NAME | CH_DIGIT | CH_HEX,
    ['a' ... 'f'] = CH_NAME | CH_HEX, ['A' ... 'F'] = CH_NAME | CH_HEX,
    ['g' ... 'z'] = CH_NAME, ['G' ... 'Z'] = CH_NAME, ['_'] = CH_NAME, [128 ... 255] = CH_NAME,
};
#define IS_NAME(c) (lexer_class[(unsigned char)(c)] & CH_NAME)
#define IS_DIGIT(c) (lexer_class[(unsigned char)(c)] & CH_DIGIT)
#define IS_HEX(c) (lexer_class[(unsigned char)(c)] & CH_HEX)

void
ks_lexer_start(KsLexer *lexer, const char *text, const char *stop, PyObject *filename)
{
    memset(lexer, 0, offsetof(KsLexer, indents));
    lexer->indents[0] = lexer->tab_indents[0] = 0;
    lexer->level = 0;
    memset(&lexer->at_line_begin, 0, sizeof(KsLexer) - offsetof(KsLexer, at_line_begin));
    lexer->text = lexer->cur = lexer->buf = lexer->line_start = text;
    lexer->line_end = text;
    lexer->stop = stop;
    lexer->status = E_OK;
    lexer->at_line_begin = 1;
    lexer->filename = filename;
}

/* ---- errors ---- */

static void
lexer_error_va(KsLexer *lexer, int col, int end_col, const char *format, va_list arguments)
{
    KS_OWNED PyObject *message = PyUnicode_FromFormatV(format, arguments);
    lexer->status = E_ERROR;
    if (message == NULL)
        return;
    KS_OWNED PyObject *text =
        PyUnicode_DecodeUTF8(lexer->line_start, lexer->cur - lexer->line_start, "replace");
    if (text == NULL)
        return;
    if (col == -1)
        col = (int)PyUnicode_GET_LENGTH(text);
    if (end_col == -1)
        end_col = col;
    Py_ssize_t line_bytes = (Py_ssize_t)strcspn(lexer->line_start, "\n");
    if (line_bytes != lexer->cur - lexer->line_start) {
        Py_SETREF(text, PyUnicode_DecodeUTF8(lexer->line_start, line_bytes, "replace"));
        if (text == NULL)
            return;
    }
    KS_OWNED PyObject *value =
        Py_BuildValue("(O(OiiOii))", message, lexer->filename ? lexer->filename : Py_None,
                      lexer->lineno, col, text, lexer->lineno, end_col);
    if (value != NULL)
        PyErr_SetObject(PyExc_SyntaxError, value);
}

void
ks_lexer_error(KsLexer *lexer, int col, int end_col, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    lexer_error_va(lexer, col, end_col, format, arguments);
    va_end(arguments);
}

static int
lexer_fail(KsLexer *lexer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    lexer_error_va(lexer, -1, -1, format, arguments);
    va_end(arguments);
    return TK_ERRORTOKEN;
}

/* Statuses that the parser words: the rest of the line is dropped. */
static int
lexer_stop(KsLexer *lexer, int status)
{
    lexer->status = status;
    lexer->cur = lexer->line_end;
    return TK_ERRORTOKEN;
}

/* ---- lines ---- */

/* Opens the line at cur. 0 at the end of the text, status then says why. */
static int
lexer_open_line(KsLexer *lexer, int inside_token)
{
    if (lexer->status != E_OK)
        return 0;
    if (lexer->cur == lexer->stop) {
        int answer = 0;
        if (lexer->interactive_stop)
            lexer->status = E_INTERACT_STOP;
        else if (lexer->more != NULL) {
            answer = lexer->more(lexer);
            if (answer == 0 && lexer->status == E_OK)
                lexer->status = E_EOF;
            else if (answer < 0 && lexer->status == E_OK)
                lexer->status = E_ERROR;
        }
        else
            lexer->status = E_EOF;
        if (answer <= 0)
            return 0;
    }
    if (!inside_token)
        lexer->buf = lexer->cur;
    lexer->line_start = lexer->cur;
    const char *newline = memchr(lexer->cur, '\n', (size_t)(lexer->stop - lexer->cur));
    lexer->line_end = newline != NULL ? newline + 1 : lexer->stop;
    lexer->lineno++;
    return 1;
}

/* The byte at cur, opening its line; -1 at the end. cur does not move. */
KS_INLINE int
lexer_peek(KsLexer *lexer, int inside_token)
{
    if (KS_UNLIKELY(lexer->cur == lexer->line_end) && !lexer_open_line(lexer, inside_token))
        return -1;
    return (unsigned char)*lexer->cur;
}

/* ---- tokens ---- */

KS_INLINE int
lexer_token(KsLexer *lexer, KsToken *token, int kind, const char *start, const char *end)
{
    token->kind = (unsigned char)kind;
    token->level = (unsigned char)lexer->level;
    token->lineno = token->end_lineno = lexer->lineno;
    token->start = (unsigned int)(start - lexer->text);
    token->end = (unsigned int)(end - lexer->text);
    token->col_offset = (int)(start - lexer->line_start);
    token->end_col_offset = (int)(end - lexer->line_start);
    return kind;
}

/* A token that stands for no text. */
static int
lexer_bare_token(KsLexer *lexer, KsToken *token, int kind)
{
    lexer_token(lexer, token, kind, lexer->cur, lexer->cur);
    token->col_offset = token->end_col_offset = -1;
    return kind;
}

static int
lexer_keyword(const char *s, Py_ssize_t length)
{
#define WORD(text) \
    if (length == sizeof(#text) - 1 && memcmp(s, #text, sizeof(#text) - 1) == 0) \
        return KW_##text;
    switch (s[0]) {
    case 'F': WORD(False) break;
    case 'N': WORD(None) break;
    case 'T': WORD(True) break;
    case 'a':
        WORD(as) WORD(and) WORD(assert)
        if (length == 5 && memcmp(s, "async", 5) == 0)
            return TK_ASYNC;
        if (length == 5 && memcmp(s, "await", 5) == 0)
            return TK_AWAIT;
        break;
    case 'b': WORD(break) break;
    case 'c': WORD(class) WORD(continue) break;
    case 'd': WORD(def) WORD(del) break;
    case 'e': WORD(else) WORD(elif) WORD(except) break;
    case 'f': WORD(for) WORD(from) WORD(finally) break;
    case 'g': WORD(global) break;
    case 'i': WORD(if) WORD(in) WORD(is) WORD(import) break;
    case 'l': WORD(lambda) break;
    case 'n': WORD(not) WORD(nonlocal) break;
    case 'o': WORD(or) break;
    case 'p': WORD(pass) break;
    case 'r': WORD(return) WORD(raise) break;
    case 't': WORD(try) break;
    case 'w': WORD(with) WORD(while) break;
    case 'y': WORD(yield) break;
    default: break;
    }
#undef WORD
    return TK_NAME;
}

/* A name with bytes above 127: 1, or 0 with the error set and cur behind the culprit. */
static int
lexer_check_name(KsLexer *lexer, const char *start)
{
    KS_OWNED PyObject *name = PyUnicode_DecodeUTF8(start, lexer->cur - start, NULL);
    if (name == NULL) {
        lexer->status =
            PyErr_ExceptionMatches(PyExc_UnicodeDecodeError) ? E_DECODE : E_ERROR;
        return 0;
    }
    Py_ssize_t good = _PyUnicode_ScanIdentifier(name);
    if (good == PyUnicode_GET_LENGTH(name))
        return 1;
    Py_UCS4 ch = PyUnicode_READ_CHAR(name, good);
    lexer->cur = start;
    for (Py_ssize_t i = 0; i <= good; i++) {
        Py_UCS4 each = PyUnicode_READ_CHAR(name, i);
        lexer->cur += each < 0x80 ? 1 : each < 0x800 ? 2 : each < 0x10000 ? 3 : 4;
    }
    char code[12];
    PyOS_snprintf(code, sizeof(code), "%04X", (unsigned int)ch);
    if (Py_UNICODE_ISPRINTABLE(ch))
        lexer_fail(lexer, "invalid character '%c' (U+%s)", ch, code);
    else
        lexer_fail(lexer, "invalid non-printable character U+%s", code);
    return 0;
}

static const char *
lexer_skip_string(KsLexer *lexer, KsToken *token, const char *start);

/* What async or await is where they are names: the keyword only as in "async def". */
static int
lexer_async_word(KsLexer *lexer, int kind)
{
    const char *s = lexer->cur;
    while (*s == ' ' || *s == '\t' || *s == '\014' || (*s == '\\' && s[1] == '\n'))
        s += *s == '\\' ? 2 : 1;
    if (kind != TK_ASYNC || strncmp(s, "def", 3) != 0 || IS_NAME((unsigned char)s[3]))
        return TK_NAME;
    lexer->async_state = ASYNC_IN_HEADER;
    lexer->async_indent = lexer->indent;
    return TK_ASYNC;
}

/* A name, a keyword, or the prefix of a string. */
static int
lexer_name(KsLexer *lexer, KsToken *token, const char *start)
{
    const unsigned char *s = (const unsigned char *)start;
    unsigned int all = 0;
    while (IS_NAME(*s))
        all |= *s++;
    Py_ssize_t length = (const char *)s - start;
    if ((*s == '"' || *s == '\'') && length <= 2) {
        int a = start[0] | 0x20, b = length == 2 ? start[1] | 0x20 : 0;
        int is_prefix = b == 0 ? (a == 'r' || a == 'b' || a == 'f' || a == 'u')
                               : ((a == 'r' && (b == 'b' || b == 'f')) ||
                                  ((a == 'b' || a == 'f') && b == 'r'));
        if (is_prefix) {
            lexer->cur = (const char *)s;
            return lexer_skip_string(lexer, token, start) ? TK_STRING : TK_ERRORTOKEN;
        }
    }
    lexer->cur = (const char *)s;
    if (KS_UNLIKELY(all >= 128) && !lexer_check_name(lexer, start))
        return TK_ERRORTOKEN;
    int kind = length >= 2 && length <= 8 ? lexer_keyword(start, length) : TK_NAME;
    if (KS_UNLIKELY(lexer->async_state == ASYNC_NAMES) && (kind == TK_ASYNC || kind == TK_AWAIT))
        kind = lexer_async_word(lexer, kind);
    return lexer_token(lexer, token, kind, start, lexer->cur);
}

/* cur is at the opening quote, start at the prefix. NULL with the error set. */
static const char *
lexer_skip_string(KsLexer *lexer, KsToken *token, const char *start)
{
    size_t start_offset = (size_t)(start - lexer->text);
    size_t line_offset = (size_t)(lexer->line_start - lexer->text);
    const char *s = lexer->cur;
    char quote = *s;
    int is_triple = s[1] == quote && s[2] == quote, at_end = 1;
    lexer->first_lineno = lexer->lineno;
    if (!is_triple) {
        for (s++; *s != quote; s++) {
            if (*s == '\\' && s[1] != '\0') {
                s++;
                if (*s == '\n') {
                    lexer->cur = s + 1;
                    if (!lexer_open_line(lexer, 1))
                        goto unterminated;
                    s = lexer->cur - 1;
                }
            }
            else if (*s == '\n' || *s == '\0' || *s == '\\') {
                lexer->cur = s;
                at_end = *s != '\n';
                goto unterminated;
            }
        }
        lexer->cur = s + 1;
    }
    else {
        for (s += 3;; s++) {
            if (*s == quote && s[1] == quote && s[2] == quote)
                break;
            if (*s == '\\' && s[1] != '\0')
                s++;
            if (*s == '\n') {
                lexer->cur = s + 1;
                if (!lexer_open_line(lexer, 1))
                    goto unterminated;
                s = lexer->cur - 1;
            }
            else if (*s == '\0') {
                lexer->cur = s;
                lexer->status = E_EOF;
                goto unterminated;
            }
        }
        lexer->cur = s + 3;
    }
    start = lexer->text + start_offset;
    lexer_token(lexer, token, TK_STRING, start, lexer->cur);
    token->lineno = lexer->first_lineno;
    token->col_offset = (int)(start_offset - line_offset);
    return lexer->cur;

unterminated:
    if (lexer->status == E_ERROR || lexer->status == E_INTR)
        return NULL;
    lexer->cur = lexer->text + start_offset + 1;
    lexer->line_start = lexer->text + line_offset;
    int detected = lexer->lineno;
    lexer->lineno = lexer->first_lineno;
    lexer_fail(lexer,
               is_triple ? "unterminated triple-quoted string literal (detected at line %d)"
                         : "unterminated string literal (detected at line %d)",
               detected);
    if (at_end)
        lexer->status = is_triple ? E_EOFS : E_EOLS;
    return NULL;
}

/* ---- numbers ---- */

/* What may follow a number of that kind at s: 1, or 0 with the error set. Keywords that follow at
 * once are still allowed, with a warning; `if`, `in` and `is` even as beginnings of names. */
static int
number_end_ok(KsLexer *lexer, const char *s, const char *kind)
{
    static const char *const followers[] = {"and", "else", "for", "if", "in", "is", "or", "not"};
    lexer->cur = s;
    if (KS_LIKELY(!IS_NAME(*s)))
        return 1;
    int is_keyword = 0;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(followers); i++) {
        size_t length = strlen(followers[i]);
        is_keyword |= strncmp(s, followers[i], length) == 0
                      && (*s == 'i' || !IS_NAME(s[length]));
    }
    if (!is_keyword) {
        lexer_fail(lexer, "invalid %s literal", kind);
        return 0;
    }
    if (lexer->warned)
        return 1;
    KS_OWNED PyObject *message = PyUnicode_FromFormat("invalid %s literal", kind);
    if (message == NULL ||
        PyErr_WarnExplicitObject(PyExc_SyntaxWarning, message,
                                 lexer->filename ? lexer->filename : Py_None, lexer->lineno, NULL,
                                 NULL) < 0) {
        if (PyErr_ExceptionMatches(PyExc_SyntaxWarning)) {
            PyErr_Clear();
            lexer_fail(lexer, "invalid %s literal", kind);
        }
        lexer->status = E_ERROR;
        return 0;
    }
    return 1;
}

/* Digits with single underscores from s; NULL with the error set. */
static const char *
number_digits(KsLexer *lexer, const char *s)
{
    for (;;) {
        while (IS_DIGIT(*s))
            s++;
        if (*s != '_')
            return s;
        if (!IS_DIGIT(*++s)) {
            lexer->cur = s;
            lexer_fail(lexer, "invalid decimal literal");
            return NULL;
        }
    }
}

/* 0x, 0o and 0b numbers; s is at the letter. */
static const char *
number_radix(KsLexer *lexer, const char *s, int radix, const char *kind)
{
    s++;
    do {
        const char *first;
        if (*s == '_')
            s++;
        for (first = s; radix == 16 ? IS_HEX(*s) : *s >= '0' && *s < '0' + radix; s++)
            ;
        if (radix != 16 && IS_DIGIT(*s)) {
            lexer->cur = s + 1;
            lexer_fail(lexer, "invalid digit '%c' in %s literal", *s, kind);
            return NULL;
        }
        if (s == first) {
            lexer->cur = s;
            lexer_fail(lexer, "invalid %s literal", kind);
            return NULL;
        }
    } while (*s == '_');
    return number_end_ok(lexer, s, kind) ? s : NULL;
}

static const char *
number_scan(KsLexer *lexer, const char *start)
{
    const char *s = start, *zeros_end = NULL;
    if (*s == '0') {
        s++;
        switch (*s) {
        case 'x': case 'X': return number_radix(lexer, s, 16, "hexadecimal");
        case 'o': case 'O': return number_radix(lexer, s, 8, "octal");
        case 'b': case 'B': return number_radix(lexer, s, 2, "binary");
        default: break;
        }
        for (;; s++) {
            if (*s == '_' && !IS_DIGIT(*++s)) {
                lexer->cur = s;
                lexer_fail(lexer, "invalid decimal literal");
                return NULL;
            }
            if (*s != '0')
                break;
        }
        if (IS_DIGIT(*s))
            zeros_end = s;
    }
    if (*s != '.' && (s = number_digits(lexer, s)) == NULL)
        return NULL;
    if (*s == '.') {
        zeros_end = NULL;
        s++;
        if (IS_DIGIT(*s) && (s = number_digits(lexer, s)) == NULL)
            return NULL;
    }
    if (*s == 'e' || *s == 'E') {
        const char *digits = s + 1;
        if (*digits == '+' || *digits == '-') {
            digits++;
            if (!IS_DIGIT(*digits)) {
                lexer->cur = digits;
                lexer_fail(lexer, "invalid decimal literal");
                return NULL;
            }
        }
        else if (!IS_DIGIT(*digits))
            return number_end_ok(lexer, s, "decimal") ? s : NULL;
        zeros_end = NULL;
        if ((s = number_digits(lexer, digits)) == NULL)
            return NULL;
    }
    if (*s == 'j' || *s == 'J')
        return number_end_ok(lexer, s + 1, "imaginary") ? s + 1 : NULL;
    if (zeros_end != NULL) {
        lexer->cur = s;
        ks_lexer_error(lexer, (int)(start + 1 - lexer->line_start),
                       (int)(zeros_end + 1 - lexer->line_start),
                       "leading zeros in decimal integer literals are not permitted; "
                       "use an 0o prefix for octal integers");
        return NULL;
    }
    return number_end_ok(lexer, s, "decimal") ? s : NULL;
}

static int
lexer_number(KsLexer *lexer, KsToken *token, const char *start)
{
    const char *end = number_scan(lexer, start);
    if (end == NULL)
        return TK_ERRORTOKEN;
    lexer->cur = end;
    return lexer_token(lexer, token, TK_NUMBER, start, end);
}

/* ---- brackets and operators ---- */

static int
lexer_bracket(KsLexer *lexer, const char *start)
{
    char c = *start;
    if (c == '(' || c == '[' || c == '{') {
        if (lexer->level >= LEXER_LEVELS)
            return lexer_fail(lexer, "too many nested parentheses");
        lexer->open[lexer->level] = c;
        lexer->open_lineno[lexer->level] = lexer->lineno;
        lexer->open_col[lexer->level] = (int)(start - lexer->line_start);
        lexer->level++;
        return TK_OP;
    }
    if (lexer->level == 0)
        return lexer_fail(lexer, "unmatched '%c'", c);
    char opening = lexer->open[--lexer->level];
    if (opening == (c == ')' ? '(' : c == ']' ? '[' : '{'))
        return TK_OP;
    if (lexer->open_lineno[lexer->level] != lexer->lineno)
        return lexer_fail(lexer,
                          "closing parenthesis '%c' does not match opening parenthesis '%c' "
                          "on line %d",
                          c, opening, lexer->open_lineno[lexer->level]);
    return lexer_fail(lexer, "closing parenthesis '%c' does not match opening parenthesis '%c'", c,
                      opening);
}

static int
lexer_operator(KsLexer *lexer, KsToken *token, const char *s)
{
    int kind, length = 1;
#define WITH_EQUAL(plain, equal) \
    if (s[1] == '=') { kind = equal; length = 2; } else kind = plain; \
    break
    switch (*s) {
    case '(': kind = TK_LPAR; goto bracket;
    case ')': kind = TK_RPAR; goto bracket;
    case '[': kind = TK_LSQB; goto bracket;
    case ']': kind = TK_RSQB; goto bracket;
    case '{': kind = TK_LBRACE; goto bracket;
    case '}': kind = TK_RBRACE; goto bracket;
    bracket:
        lexer->cur = s + 1;
        if (lexer_bracket(lexer, s) == TK_ERRORTOKEN)
            return TK_ERRORTOKEN;
        return lexer_token(lexer, token, kind, s, s + 1);
    case ',': kind = TK_COMMA; break;
    case ';': kind = TK_SEMI; break;
    case '~': kind = TK_TILDE; break;
    case ':': WITH_EQUAL(TK_COLON, TK_COLONEQUAL);
    case '=': WITH_EQUAL(TK_EQUAL, TK_EQEQUAL);
    case '+': WITH_EQUAL(TK_PLUS, TK_PLUSEQUAL);
    case '|': WITH_EQUAL(TK_VBAR, TK_VBAREQUAL);
    case '&': WITH_EQUAL(TK_AMPER, TK_AMPEREQUAL);
    case '%': WITH_EQUAL(TK_PERCENT, TK_PERCENTEQUAL);
    case '^': WITH_EQUAL(TK_CIRCUMFLEX, TK_CIRCUMFLEXEQUAL);
    case '@': WITH_EQUAL(TK_AT, TK_ATEQUAL);
    case '!': WITH_EQUAL(TK_OP, TK_NOTEQUAL);
    case '-':
        if (s[1] == '>') {
            kind = TK_RARROW;
            length = 2;
            break;
        }
        WITH_EQUAL(TK_MINUS, TK_MINEQUAL);
#define DOUBLED(plain, equal, twice, twice_equal)                 \
    if (s[1] == *s) {                                             \
        if (s[2] == '=') { kind = twice_equal; length = 3; }      \
        else { kind = twice; length = 2; }                        \
        break;                                                    \
    }                                                             \
    WITH_EQUAL(plain, equal)
    case '*': DOUBLED(TK_STAR, TK_STAREQUAL, TK_DOUBLESTAR, TK_DOUBLESTAREQUAL);
    case '/': DOUBLED(TK_SLASH, TK_SLASHEQUAL, TK_DOUBLESLASH, TK_DOUBLESLASHEQUAL);
    case '>': DOUBLED(TK_GREATER, TK_GREATEREQUAL, TK_RIGHTSHIFT, TK_RIGHTSHIFTEQUAL);
    case '<':
        if (s[1] == '>') {
            kind = TK_NOTEQUAL;
            length = 2;
            break;
        }
        DOUBLED(TK_LESS, TK_LESSEQUAL, TK_LEFTSHIFT, TK_LEFTSHIFTEQUAL);
    case '.':
        kind = TK_DOT;
        if (s[1] == '.' && s[2] == '.') {
            kind = TK_ELLIPSIS;
            length = 3;
        }
        break;
    default:
        kind = TK_OP;
        lexer->cur = s + 1;
        if ((unsigned char)*s < 32 || *s == 127) {
            char code[12];
            PyOS_snprintf(code, sizeof(code), "%04X", (unsigned int)(unsigned char)*s);
            return lexer_fail(lexer, "invalid non-printable character U+%s", code);
        }
        break;
    }
#undef WITH_EQUAL
#undef DOUBLED
    lexer->cur = s + length;
    return lexer_token(lexer, token, kind, s, s + length);
}

/* ---- blanks, comments, indentation ---- */

/* cur is behind a backslash: what follows must be a newline and one more line. */
static int
lexer_continue(KsLexer *lexer, int inside_token)
{
    if (*lexer->cur != '\n') {
        /* The offending character counts as read. */
        if (lexer->cur < lexer->line_end)
            lexer->cur++;
        lexer->status = E_LINECONT;
        return 0;
    }
    lexer->cur++;
    if (lexer_peek(lexer, inside_token) < 0) {
        if (lexer->status == E_EOF || lexer->status == E_OK) {
            lexer->status = E_EOF;
            lexer->cur = lexer->line_end;
        }
        return 0;
    }
    lexer->continued = 1;
    return 1;
}

/* Compares a logical line's indentation with the stack. 1, or 0 with status set. */
static int
lexer_indent(KsLexer *lexer, int col, int tab_col)
{
    int top = lexer->indent;
    if (col == lexer->indents[top]) {
        if (tab_col == lexer->tab_indents[top])
            return 1;
        return lexer_stop(lexer, E_TABSPACE), 0;
    }
    if (col > lexer->indents[top]) {
        if (top + 1 >= LEXER_INDENTS)
            return lexer_stop(lexer, E_TOODEEP), 0;
        if (tab_col <= lexer->tab_indents[top])
            return lexer_stop(lexer, E_TABSPACE), 0;
        lexer->pending++;
        lexer->indents[++lexer->indent] = col;
        lexer->tab_indents[lexer->indent] = tab_col;
        return 1;
    }
    while (lexer->indent > 0 && col < lexer->indents[lexer->indent]) {
        lexer->pending--;
        lexer->indent--;
    }
    if (col != lexer->indents[lexer->indent])
        return lexer_stop(lexer, E_DEDENT), 0;
    if (tab_col != lexer->tab_indents[lexer->indent])
        return lexer_stop(lexer, E_TABSPACE), 0;
    return 1;
}

/* The blanks a line begins with. *is_blank: nothing but a comment follows. 0 on error. */
static int
lexer_line_begin(KsLexer *lexer, int *is_blank)
{
    int col = 0, tab_col = 0, continued_col = 0, c;
    lexer->at_line_begin = 0;
    for (;; lexer->cur++) {
        c = lexer_peek(lexer, 0);
        if (c == ' ')
            col++, tab_col++;
        else if (c == '\t') {
            col = (col / TAB_COLUMNS + 1) * TAB_COLUMNS;
            tab_col++;
        }
        else if (c == '\014')
            col = tab_col = 0;
        else if (c == '\\') {
            /* The first line's blanks count, those behind the backslash do not. */
            continued_col = continued_col ? continued_col : col;
            lexer->cur++;
            if (!lexer_continue(lexer, 0))
                return 0;
            lexer->cur--;
        }
        else
            break;
    }
    if (c == '#' || c == '\n') {
        if (col == 0 && c == '\n' && lexer->interactive)
            *is_blank = 0; /* ends a block */
        else if (lexer->interactive && lexer->lineno == 1) {
            *is_blank = 0;
            col = tab_col = 0;
        }
        else
            *is_blank = 1;
    }
    if (*is_blank || lexer->level != 0)
        return 1;
    return lexer_indent(lexer, continued_col ? continued_col : col,
                        continued_col ? continued_col : tab_col);
}

/* A comment from start to cur (its end) that is a type comment; 0 if it is none. */
static int
lexer_type_comment(KsLexer *lexer, KsToken *token, const char *start, int is_blank)
{
    const char *s = start;
    for (const char *want = "# type: "; *want != '\0'; want++) {
        if (*want == ' ') {
            while (*s == ' ' || *s == '\t')
                s++;
        }
        else if (*s++ != *want)
            return 0;
    }
    if (s > lexer->cur)
        return 0;
    const char *behind = s + 6;
    int is_ignore = lexer->cur >= behind && memcmp(s, "ignore", 6) == 0 &&
                    !(lexer->cur > behind &&
                      ((unsigned char)behind[0] >= 128 || Py_ISALNUM((unsigned char)behind[0])));
    if (!is_ignore)
        return lexer_token(lexer, token, TK_TYPE_COMMENT, s, lexer->cur);
    lexer_token(lexer, token, TK_TYPE_IGNORE, behind, lexer->cur);
    if (is_blank) {
        if (*lexer->cur == '\n')
            lexer->cur++;
        lexer->at_line_begin = 1;
    }
    return TK_TYPE_IGNORE;
}

int
ks_lexer_next(KsLexer *lexer, KsToken *token)
{
    int is_blank, c;
    const char *start;

next_line:
    is_blank = 0;
    if (lexer->at_line_begin && !lexer_line_begin(lexer, &is_blank))
        goto error;
    if (KS_UNLIKELY(lexer->pending != 0)) {
        if (lexer->pending < 0) {
            lexer->pending++;
            return lexer_bare_token(lexer, token, TK_DEDENT);
        }
        lexer->pending--;
        return lexer_bare_token(lexer, token, TK_INDENT);
    }
again:
    if (KS_UNLIKELY(lexer->cur == lexer->line_end) && lexer_peek(lexer, 0) < 0)
        goto end;
    while (*lexer->cur == ' ' || *lexer->cur == '\t' || *lexer->cur == '\014')
        lexer->cur++;
    start = lexer->cur;
    c = (unsigned char)*start;
    /* Comments and the ends of their lines stand at any indentation. */
    if (KS_UNLIKELY(lexer->async_state == ASYNC_IN_BODY) && !is_blank && c != '#' && c != '\n' &&
        lexer->indent <= lexer->async_indent)
        lexer->async_state = ASYNC_NAMES;
    if (IS_NAME(c)) {
        c = IS_DIGIT(c) ? lexer_number(lexer, token, start) : lexer_name(lexer, token, start);
        if (KS_LIKELY(c != TK_ERRORTOKEN))
            return c;
        goto error;
    }
    switch (c) {
    case '\n':
    newline:
        lexer->at_line_begin = 1;
        lexer->cur++;
        if (is_blank || lexer->level > 0) {
            if (lexer->extra_tokens)
                return lexer_token(lexer, token, TK_NL, start, start);
            goto next_line;
        }
        lexer->continued = 0;
        if (KS_UNLIKELY(lexer->async_state == ASYNC_IN_HEADER))
            lexer->async_state = ASYNC_IN_BODY;
        return lexer_token(lexer, token, TK_NEWLINE, start, lexer->cur - 1);
    case '#':
        while (*lexer->cur != '\n' && *lexer->cur != '\0')
            lexer->cur++;
        if (lexer->type_comments && (c = lexer_type_comment(lexer, token, start, is_blank)) != 0)
            return c;
        if (lexer->extra_tokens)
            return lexer_token(lexer, token, TK_COMMENT, start, lexer->cur);
        /* A newline behind a comment begins where the comment does. */
        if (*lexer->cur == '\n')
            goto newline;
        goto again;
    case '\\':
        lexer->cur++;
        if (!lexer_continue(lexer, 1))
            goto error;
        goto again;
    case '"':
    case '\'':
        if (lexer_skip_string(lexer, token, start) == NULL)
            goto error;
        return TK_STRING;
    case '.':
        if (IS_DIGIT(start[1])) {
            c = lexer_number(lexer, token, start);
            if (c == TK_ERRORTOKEN)
                goto error;
            return c;
        }
        break;
    case '\0':
        if (lexer->cur == lexer->stop) {
            lexer->status = E_EOF;
            goto end;
        }
        break;
    default:
        break;
    }
    c = lexer_operator(lexer, token, start);
    if (KS_LIKELY(c != TK_ERRORTOKEN))
        return c;
    goto error;

end:
    if (lexer->status == E_INTERACT_STOP)
        return lexer_bare_token(lexer, token, TK_ENDMARKER);
    if (lexer->level > 0 || lexer->status != E_EOF)
        goto error;
    return lexer_bare_token(lexer, token, TK_ENDMARKER);
error:
    return lexer_bare_token(lexer, token, TK_ERRORTOKEN);
}
