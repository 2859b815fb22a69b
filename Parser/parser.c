/* SPDX-License-Identifier: MIT */
/* The parser's frame: tokens on demand, names, scratch stack, errors with their places, the two
 * passes, and the entrances.
 *
 * Tokens are kept until the end, since pass two reads them again. A token's line and column are
 * final here: those of a replacement field are moved to where the field stands in its file. */
#include "ks_parser.h"
#include "ks_parse.h"

#include "errcode.h"
#include "pycore_pyerrors.h"

/* ---- tokens ---- */

static int parser_lexer_error(KsParser *p);

static int
parser_add_ignore(KsParser *p, const KsToken *token)
{
    PyObject *tag = PyUnicode_DecodeUTF8(parser_text(p, token),
                                         (Py_ssize_t)(token->end - token->start), NULL);
    if (ks_arena_own(p->arena, tag) < 0)
        return 0;
    KsTypeIgnore *ignore = ks_node_plain(p->arena, KsTypeIgnore, TypeIgnore,
                                         .lineno = token->lineno, .tag = tag);
    if (ignore == NULL)
        return 0;
    if (p->ignores_count == p->ignores_room) {
        int room = p->ignores_room ? p->ignores_room * 2 : 16;
        KsTypeIgnore **more = PyMem_Realloc(p->ignores, (size_t)room * sizeof(*more));
        if (more == NULL) {
            PyErr_NoMemory();
            return 0;
        }
        p->ignores = more;
        p->ignores_room = room;
    }
    p->ignores[p->ignores_count++] = ignore;
    return 1;
}

/* The kind of the token at pos, which is the first that was not fetched yet. ERRORTOKEN when there
 * is none: the exception is set then, once. */
int
ks_parser_fetch(KsParser *p)
{
    if (p->failed)
        return TK_ERRORTOKEN;
    if (p->count == p->room) {
        int room = p->room ? p->room * 2 : 256;
        KsToken *more = p->room > INT_MAX / 2 / (int)sizeof(KsToken)
                            ? NULL
                            : PyMem_Realloc(p->tokens, (size_t)room * sizeof(KsToken));
        if (more == NULL) {
            PyErr_NoMemory();
            p->failed = 1;
            return TK_ERRORTOKEN;
        }
        p->tokens = more;
        p->room = room;
    }
    KsToken *token = &p->tokens[p->count];
    int kind;
    while ((kind = ks_lexer_next(&p->lexer, token)) == TK_TYPE_IGNORE) {
        if (!parser_add_ignore(p, token)) {
            p->failed = 1;
            return TK_ERRORTOKEN;
        }
    }
    if (p->mode == Py_single_input && kind == TK_ENDMARKER && p->started) {
        /* The end of the text ends the statement, too. */
        token->kind = kind = TK_NEWLINE;
        p->started = 0;
        if (p->lexer.indent > 0 && !p->dont_imply_dedent) {
            p->lexer.pending = -p->lexer.indent;
            p->lexer.indent = 0;
        }
    }
    else
        p->started = 1;
    if (KS_UNLIKELY(p->first_lineno == p->lexer.lineno) && token->col_offset >= 0) {
        token->col_offset += p->first_col;
        token->end_col_offset += p->first_col;
    }
    p->count++;
    if (KS_UNLIKELY(kind == TK_ERRORTOKEN)) {
        if (p->lexer.status == E_DECODE)
            ks_parser_decode_error(p);
        else
            parser_lexer_error(p);
        p->failed = 1;
    }
    return kind;
}

int
ks_parser_is_word(KsParser *p, const char *word)
{
    const KsToken *token = &p->tokens[p->pos];
    size_t length = strlen(word);
    return token->end - token->start == length &&
           memcmp(parser_text(p, token), word, length) == 0;
}

/* ---- names ---- */

static PyObject *
name_make(KsParser *p, const char *text, Py_ssize_t length)
{
    PyObject *name = PyUnicode_DecodeUTF8(text, length, NULL);
    if (name == NULL)
        return NULL;
    if (!PyUnicode_IS_ASCII(name)) {
        /* Identifiers are compared in normal form KC. */
        if (p->normalize == NULL) {
            KS_OWNED PyObject *module = PyImport_ImportModule("unicodedata");
            if (module != NULL)
                p->normalize = PyObject_GetAttrString(module, "normalize");
            if (p->normalize == NULL) {
                Py_DECREF(name);
                return NULL;
            }
        }
        Py_SETREF(name, PyObject_CallFunction(p->normalize, "sO", "NFKC", name));
        if (name == NULL)
            return NULL;
        if (!PyUnicode_CheckExact(name)) {
            PyErr_Format(PyExc_TypeError,
                         "unicodedata.normalize() must return a string, not %.200s",
                         _PyType_Name(Py_TYPE(name)));
            Py_DECREF(name);
            return NULL;
        }
    }
    PyUnicode_InternInPlace(&name);
    return name;
}

static int
names_grow(KsParser *p)
{
    int room = p->names_room ? p->names_room * 2 : 256;
    KsParseName *names = PyMem_Calloc((size_t)room, sizeof(KsParseName));
    if (names == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    for (int i = 0; i < p->names_room; i++) {
        if (p->names[i].name == NULL)
            continue;
        unsigned int at = p->names[i].hash & (unsigned int)(room - 1);
        while (names[at].name != NULL)
            at = (at + 1) & (unsigned int)(room - 1);
        names[at] = p->names[i];
    }
    PyMem_Free(p->names);
    p->names = names;
    p->names_room = room;
    return 1;
}

/* The cache's key is the text as written: names that normalisation changes are not cached. */
PyObject *
ks_parser_name_of(KsParser *p, const char *text, Py_ssize_t length)
{
    unsigned int hash = 2166136261u;
    for (Py_ssize_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    hash ^= hash >> 15;
    unsigned int mask = (unsigned int)p->names_room - 1;
    for (unsigned int at = hash & mask; p->names_room != 0 && p->names[at].name != NULL;
         at = (at + 1) & mask) {
        PyObject *name = p->names[at].name;
        if (p->names[at].hash == hash && PyUnicode_GET_LENGTH(name) == length &&
            memcmp(PyUnicode_1BYTE_DATA(name), text, (size_t)length) == 0)
            return name;
    }
    /* Looking one token ahead may have failed after this one was seen. */
    if (p->failed)
        return NULL;
    PyObject *name = name_make(p, text, length);
    if (ks_arena_own(p->arena, name) < 0) {
        p->failed = 1;
        return NULL;
    }
    if (!PyUnicode_IS_ASCII(name))
        return name;
    if (p->names_count * 3 >= p->names_room * 2 && !names_grow(p)) {
        p->failed = 1;
        return NULL;
    }
    mask = (unsigned int)p->names_room - 1;
    unsigned int at = hash & mask;
    while (p->names[at].name != NULL)
        at = (at + 1) & mask;
    if (PyUnicode_GET_LENGTH(name) == length) {
        p->names[at] = (KsParseName){name, hash};
        p->names_count++;
    }
    return name;
}

PyObject *
ks_parser_name(KsParser *p, const KsToken *token)
{
    return ks_parser_name_of(p, parser_text(p, token), (Py_ssize_t)(token->end - token->start));
}

PyObject *
ks_parser_accept_name(KsParser *p)
{
    if (parser_kind(p) != TK_NAME)
        return NULL;
    return ks_parser_name(p, &p->tokens[p->pos++]);
}

/* ---- scratch ---- */

int
ks_parser_push(KsParser *p, void *item)
{
    if (p->scratch_count == p->scratch_room) {
        int room = p->scratch_room ? p->scratch_room * 2 : 256;
        void **more = room > INT_MAX / 16 ? NULL
                                          : PyMem_Realloc(p->scratch, (size_t)room * sizeof(void *));
        if (more == NULL) {
            PyErr_NoMemory();
            p->failed = 1;
            return 0;
        }
        p->scratch = more;
        p->scratch_room = room;
    }
    p->scratch[p->scratch_count++] = item;
    return 1;
}

void *
ks_parser_take(KsParser *p, int mark, int *ok)
{
    int count = p->scratch_count - mark;
    *ok = 1;
    if (count == 0)
        return NULL;
    KsExprSeq *seq = ks_seq_make(p->arena, count, sizeof(void *));
    if (seq == NULL) {
        *ok = 0;
        p->failed = 1;
        return NULL;
    }
    memcpy(seq->items, &p->scratch[mark], (size_t)count * sizeof(void *));
    p->scratch_count = mark;
    return seq;
}

int
ks_parser_version(KsParser *p, int minor, const char *what)
{
    if (KS_LIKELY(p->feature_version >= minor))
        return 1;
    ks_parser_error(p, PyExc_SyntaxError, "%s only supported in Python 3.%i and greater", what,
                    minor);
    return 0;
}

/* ---- errors ---- */

/* Characters in the first bytes of line, half characters counted. */
static Py_ssize_t
bytes_to_chars(PyObject *line, Py_ssize_t bytes)
{
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(line, &size);
    if (text == NULL)
        return -1;
    if (bytes < 0)
        bytes = 0;
    if (bytes > (Py_ssize_t)strlen(text) + 1)
        bytes = (Py_ssize_t)strlen(text) + 1;
    KS_OWNED PyObject *part = PyUnicode_DecodeUTF8(text, bytes, "replace");
    return part ? PyUnicode_GET_LENGTH(part) : -1;
}

/* The text of a line, as far as it can be had: from the file, the current line, the text. */
static KS_NEW PyObject *
error_line(KsParser *p, int lineno)
{
    if (p->mode == Py_file_input && !p->lexer.interactive) {
        PyObject *line = _PyErr_ProgramDecodedTextObject(
            p->filename ? p->filename : Py_None, lineno, p->encoding[0] != '\0' ? p->encoding : NULL);
        if (line != NULL)
            return line;
        PyErr_Clear();
    }
    const KsLexer *lexer = &p->lexer;
    if (!lexer->interactive && lexer->lineno <= lineno && lexer->line_end > lexer->buf)
        return PyUnicode_DecodeUTF8(lexer->buf, lexer->line_end - lexer->buf, "replace");
    const char *line = lexer->text;
    int number = p->first_lineno ? lineno - p->first_lineno + 1 : lineno;
    for (int i = 0; i < number - 1; i++) {
        const char *newline = strchr(line, '\n');
        if (newline == NULL || newline + 1 >= lexer->stop)
            break;
        line = newline + 1;
    }
    return PyUnicode_DecodeUTF8(line, (Py_ssize_t)strcspn(line, "\n"), "replace");
}

/* Columns from 1; 0 and -1 stand for themselves. */
static void
error_raise(KsParser *p, PyObject *type, int lineno, Py_ssize_t col, int end_lineno,
            Py_ssize_t end_col, const char *format, va_list arguments)
{
    int from_field = p->mode == KS_FSTRING_INPUT;
    p->failed = 1;
    KS_OWNED PyObject *message = PyUnicode_FromFormatV(format, arguments);
    if (message != NULL && from_field)
        Py_SETREF(message, PyUnicode_FromFormat("f-string: %U", message));
    if (message == NULL)
        return;
    KS_OWNED PyObject *line = error_line(p, lineno);
    if (line == NULL)
        return;
    if (from_field) {
        col -= p->first_col;
        end_col -= p->first_col;
    }
    Py_ssize_t col_chars = col, end_chars = end_col;
    if (p->encoding[0] != '\0') {
        if ((col_chars = bytes_to_chars(line, col)) < 0)
            return;
        if (end_col > 0 && (end_chars = bytes_to_chars(line, end_col)) < 0)
            return;
    }
    KS_OWNED PyObject *value =
        Py_BuildValue("(O(OinOin))", message, p->filename ? p->filename : Py_None, lineno,
                      col_chars, line, end_lineno, end_chars);
    if (value != NULL)
        PyErr_SetObject(type, value);
}

void *
ks_parser_error_at(KsParser *p, PyObject *type, int lineno, int col, int end_lineno, int end_col,
                   const char *format, ...)
{
    va_list arguments;
    if (p->failed && PyErr_Occurred())
        return NULL;
    va_start(arguments, format);
    error_raise(p, type, lineno, col + 1, end_lineno, end_col + 1, format, arguments);
    va_end(arguments);
    return NULL;
}

void *
ks_parser_error(KsParser *p, PyObject *type, const char *format, ...)
{
    va_list arguments;
    if (p->failed && PyErr_Occurred())
        return NULL;
    va_start(arguments, format);
    if (p->count == 0)
        error_raise(p, type, 0, 0, 0, -1, format, arguments);
    else {
        const KsToken *token = &p->tokens[p->count - 1];
        Py_ssize_t col = token->col_offset + 1, end_col = -1;
        if (token->col_offset == -1)
            col = p->lexer.cur - p->lexer.line_start;
        if (token->end_col_offset != -1)
            end_col = token->end_col_offset + 1;
        error_raise(p, type, token->lineno, col, token->end_lineno, end_col, format, arguments);
    }
    va_end(arguments);
    return NULL;
}

void *
ks_parser_unclosed(KsParser *p)
{
    const KsLexer *lexer = &p->lexer;
    int top = lexer->level - 1;
    return ks_parser_error_at(p, PyExc_SyntaxError, lexer->open_lineno[top], lexer->open_col[top],
                              lexer->open_lineno[top], -1, "'%c' was never closed",
                              lexer->open[top]);
}

/* Words the lexer's status where it has not set an exception itself. */
static int
parser_lexer_error(KsParser *p)
{
    const char *message;
    PyObject *type = PyExc_SyntaxError;
    Py_ssize_t col = -1;
    if (PyErr_Occurred())
        return -1;
    switch (p->lexer.status) {
    case E_EOF:
        if (p->lexer.level > 0)
            ks_parser_unclosed(p);
        else
            ks_parser_error(p, PyExc_SyntaxError, "unexpected EOF while parsing");
        return -1;
    case E_DEDENT:
        ks_parser_error(p, PyExc_IndentationError,
                        "unindent does not match any outer indentation level");
        return -1;
    case E_INTR:
        PyErr_SetNone(PyExc_KeyboardInterrupt);
        return -1;
    case E_NOMEM:
        PyErr_NoMemory();
        return -1;
    case E_TOKEN:
        message = "invalid token";
        break;
    case E_TABSPACE:
        type = PyExc_TabError;
        message = "inconsistent use of tabs and spaces in indentation";
        break;
    case E_TOODEEP:
        type = PyExc_IndentationError;
        message = "too many levels of indentation";
        break;
    case E_LINECONT:
        col = p->lexer.cur - p->lexer.buf - 1;
        message = "unexpected character after line continuation character";
        break;
    default:
        message = "unknown parsing error";
    }
    ks_parser_error_at(p, type, p->lexer.lineno, col >= 0 ? (int)col : 0, p->lexer.lineno, -1,
                       message);
    return -1;
}

/* Errors of the lexer in the rest of the text win over what was found before them. */
static void
check_rest(KsParser *p)
{
    PyObject *type, *value, *traceback;
    int line = p->tokens[p->count - 1].lineno, kind;
    KsToken token;
    PyErr_Fetch(&type, &value, &traceback);
    p->failed = 0;
    p->lexer.warned = 1;
    do
        kind = ks_lexer_next(&p->lexer, &token);
    while (kind != TK_ERRORTOKEN && kind != TK_ENDMARKER);
    if (kind == TK_ERRORTOKEN && !PyErr_Occurred() && p->lexer.level != 0 &&
        line > p->lexer.open_lineno[p->lexer.level - 1])
        ks_parser_unclosed(p);
    if (PyErr_Occurred()) {
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
    }
    else
        PyErr_Restore(type, value, traceback);
    p->failed = 1;
}

/* Whether the lexer has seen the end of the text: all tokens but strings look one byte ahead. */
static int
is_at_end(const KsParser *p)
{
    const KsLexer *lexer = &p->lexer;
    if (lexer->status == E_EOF || lexer->status == E_EOFS || lexer->status == E_EOLS)
        return 1;
    return lexer->cur == lexer->stop && lexer->stop > lexer->text && lexer->stop[-1] != '\n' &&
           lexer->status == E_OK && p->count > 0 && p->tokens[p->count - 1].kind != TK_STRING;
}

/* Pass one failed: finds the exception. */
static KS_COLD void
explain_failure(KsParser *p)
{
    if (p->allow_incomplete && is_at_end(p)) {
        PyErr_Clear();
        p->failed = 0;
        ks_parser_error(p, PyExc_SyntaxError, "incomplete input");
        return;
    }
    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_SyntaxError))
        return;
    if (p->count == 0) {
        ks_parser_error(p, PyExc_SyntaxError, "error at start before reading any input");
        return;
    }
    int last_index = p->count - 1;
    p->lexer.interactive_stop = p->lexer.interactive; /* what follows asks the user for nothing */
    if (!PyErr_Occurred()) {
        p->pos = 0;
        p->depth = p->scratch_count = 0;
        ks_parse_diagnose(p);
    }
    const KsToken *last = &p->tokens[last_index];
    if (PyErr_Occurred()) {
        int lexer_ok = p->lexer.status == E_DONE || p->lexer.status == E_OK;
        if (lexer_ok && !is_at_end(p) && PyErr_ExceptionMatches(PyExc_SyntaxError))
            check_rest(p);
        return;
    }
    if (last->kind == TK_ERRORTOKEN && p->lexer.status == E_EOF) {
        if (p->lexer.level > 0)
            ks_parser_unclosed(p);
        else
            ks_parser_error(p, PyExc_SyntaxError, "unexpected EOF while parsing");
        return;
    }
    if (last->kind == TK_INDENT || last->kind == TK_DEDENT) {
        ks_parser_error(p, PyExc_IndentationError,
                        last->kind == TK_INDENT ? "unexpected indent" : "unexpected unindent");
        return;
    }
    ks_parser_error_at(p, PyExc_SyntaxError, last->lineno, last->col_offset, last->end_lineno,
                       last->end_col_offset, "invalid syntax");
    check_rest(p);
}

/* Whether anything but blank lines and comments follows an interactive statement. */
static int
more_than_one_statement(KsParser *p)
{
    const char *s = p->lexer.cur;
    for (;;) {
        if (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\014')
            s++;
        else if (*s == '#') {
            while (*s != '\0' && *s != '\n')
                s++;
        }
        else
            return *s != '\0';
    }
}

/* ---- running ---- */

static void
parser_init(KsParser *p, KsArena *arena, PyObject *filename, int mode, PyCompilerFlags *flags)
{
    int bits = flags ? flags->cf_flags : 0;
    memset(p, 0, offsetof(KsParser, lexer));
    p->arena = arena;
    p->mode = mode;
    p->flags = flags;
    p->filename = filename;
    p->feature_version = flags && (bits & PyCF_ONLY_AST) ? flags->cf_feature_version
                                                         : PY_MINOR_VERSION;
    p->barry = (bits & CO_FUTURE_BARRY_AS_BDFL) != 0;
    p->dont_imply_dedent = (bits & PyCF_DONT_IMPLY_DEDENT) != 0;
    p->allow_incomplete = (bits & PyCF_ALLOW_INCOMPLETE_INPUT) != 0;
}

static void
parser_set_encoding(KsParser *p, const char *encoding)
{
    PyOS_snprintf(p->encoding, sizeof(p->encoding), "%s", encoding ? encoding : "");
}

static void
parser_clear(KsParser *p)
{
    PyMem_Free(p->tokens);
    PyMem_Free(p->scratch);
    PyMem_Free(p->names);
    PyMem_Free(p->ignores);
    Py_CLEAR(p->normalize);
}

static KsMod *
parser_run(KsParser *p)
{
    KsMod *mod = ks_parse_start(p);
    if (mod == NULL) {
        if (!(p->failed && !PyErr_Occurred()))
            explain_failure(p);
        if (!PyErr_Occurred())
            PyErr_NoMemory();
        return NULL;
    }
    if (p->mode == Py_single_input && !p->lexer.interactive && more_than_one_statement(p)) {
        p->lexer.status = E_BADSINGLE;
        return ks_parser_error(p, PyExc_SyntaxError,
                               "multiple statements found while compiling a single statement");
    }
    return mod;
}

KsMod *
ks_parse_string(const char *source, PyObject *filename, int mode, PyCompilerFlags *flags,
                KsArena *arena)
{
    KsParser parser;
    int bits = flags ? flags->cf_flags : 0;
    const char *encoding_used;
    if (PySys_Audit("compile", "yO", source, filename) < 0)
        return NULL;
    char *stop, *text = ks_source_text(source, strlen(source), bits & PyCF_IGNORE_COOKIE, 0,
                                       mode == Py_file_input, NULL, filename, &stop,
                                       &encoding_used);
    if (text == NULL)
        return NULL;
    if (stop - text > INT_MAX - 64) {
        PyMem_Free(text);
        PyErr_NoMemory();
        return NULL;
    }
    parser_init(&parser, arena, filename, mode, flags);
    ks_lexer_start(&parser.lexer, text, stop, filename);
    parser.lexer.async_state = parser.feature_version < 7 ? ASYNC_NAMES : ASYNC_KEYWORDS;
    parser.lexer.type_comments = (bits & PyCF_TYPE_COMMENTS) != 0;
    parser_set_encoding(&parser, encoding_used);
    KsMod *mod = parser_run(&parser);
    parser_clear(&parser);
    PyMem_Free(text);
    return mod;
}

KsExpr *
ks_parse_field(KsParser *outer, char *text, Py_ssize_t length, int lineno, int col)
{
    KsParser parser;
    parser_init(&parser, outer->arena, outer->filename, KS_FSTRING_INPUT, outer->flags);
    parser.fstring_depth = outer->fstring_depth;
    parser.feature_version = outer->feature_version;
    parser.barry = outer->barry;
    ks_lexer_start(&parser.lexer, text, text + length, outer->filename);
    parser.lexer.lineno = lineno - 1;
    parser.lexer.warned = outer->lexer.warned;
    parser.first_lineno = lineno;
    parser.first_col = col;
    KsMod *mod = parser_run(&parser);
    KsExpr *expr = mod ? mod->v.Expression.body : NULL;
    parser_clear(&parser);
    if (expr == NULL)
        outer->failed = 1;
    return expr;
}

/* ---- files and prompts ---- */

/* Reads all of file into PyMem memory. */
static char *
read_all(FILE *file, size_t *size)
{
    size_t room = 16384, count = 0;
    char *bytes = PyMem_Malloc(room);
    while (bytes != NULL) {
        size_t got = fread(bytes + count, 1, room - count, file);
        count += got;
        if (got == 0)
            break;
        if (count == room) {
            char *more = PyMem_Realloc(bytes, room *= 2);
            if (more == NULL)
                PyMem_Free(bytes);
            bytes = more;
        }
    }
    *size = count;
    if (bytes == NULL)
        PyErr_NoMemory();
    return bytes;
}

typedef struct Prompting {
    FILE *file;
    const char *ps1, *ps2, *encoding;
    PyObject *filename;
    char *text;
    int first;
} Prompting;

/* KsLexer.more for prompts: appends a line and moves the lexer's pointers with the text. */
static int
prompt_more(KsLexer *lexer)
{
    Prompting *prompting = lexer->more_data;
    const char *prompt = prompting->first ? prompting->ps1 : prompting->ps2;
    char *line = PyOS_Readline(prompting->file, stdout, prompt ? prompt : "");
    prompting->first = 0;
    if (line == NULL || *line == '\0')
        PySys_WriteStderr("\n"); /* nothing was entered that would have ended the prompt's line */
    if (line == NULL) {
        lexer->status = PyErr_Occurred() ? E_ERROR : E_INTR;
        return 0;
    }
    if (*line == '\0') {
        PyMem_Free(line);
        return 0;
    }
    const char *encoding_used;
    char *stop, *more = ks_source_text(line, strlen(line), prompting->encoding == NULL, 0, 0, prompting->encoding,
                                       prompting->filename, &stop, &encoding_used);
    PyMem_Free(line);
    if (more == NULL)
        return -1;
    size_t old = (size_t)(lexer->stop - lexer->text), added = (size_t)(stop - more);
    char *text = old + added > INT_MAX - 64 ? NULL : PyMem_Realloc(prompting->text, old + added + 1);
    if (text == NULL) {
        PyMem_Free(more);
        lexer->status = E_NOMEM;
        return 0;
    }
    memcpy(text + old, more, added + 1);
    PyMem_Free(more);
    ptrdiff_t moved = text - lexer->text;
    lexer->text = prompting->text = text;
    lexer->cur += moved;
    lexer->line_start += moved;
    lexer->buf += moved;
    lexer->line_end += moved;
    lexer->stop = text + old + added;
    return 1;
}

KsMod *
ks_parse_file(FILE *file, PyObject *filename, const char *encoding, int mode, const char *ps1,
              const char *ps2, PyCompilerFlags *flags, int *status, KsArena *arena)
{
    KsParser parser;
    int bits = flags ? flags->cf_flags : 0, is_prompting = ps1 != NULL || ps2 != NULL;
    Prompting prompting = {file, ps1, ps2, encoding, filename, NULL, 1};
    const char *encoding_used = "utf-8";
    char *stop;
    if (status != NULL)
        *status = E_OK;
    if (PySys_Audit("compile", "OO", Py_None, filename) < 0)
        return NULL;
    if (is_prompting) {
        prompting.text = stop = PyMem_Calloc(1, 1);
        if (stop == NULL)
            PyErr_NoMemory();
    }
    else {
        size_t size;
        char *bytes = read_all(file, &size);
        if (bytes == NULL)
            return NULL;
        prompting.text = ks_source_text(bytes, size, 0, 1, 1, encoding,
                                        filename, &stop, &encoding_used);
        PyMem_Free(bytes);
    }
    if (prompting.text == NULL)
        return NULL;
    parser_init(&parser, arena, filename, mode, flags);
    ks_lexer_start(&parser.lexer, prompting.text, stop, filename);
    parser.lexer.type_comments = (bits & PyCF_TYPE_COMMENTS) != 0;
    parser_set_encoding(&parser, encoding_used);
    if (is_prompting) {
        parser.lexer.interactive = 1;
        parser.lexer.more = prompt_more;
        parser.lexer.more_data = &prompting;
    }
    KsMod *mod = NULL;
    if (is_prompting && mode == Py_single_input && parser_kind(&parser) == TK_ENDMARKER &&
        !parser.failed) {
        /* The end of the input where a statement could begin is no error. */
        if (status != NULL)
            *status = E_EOF;
    }
    else
        mod = parser_run(&parser);
    parser_clear(&parser);
    PyMem_Free(prompting.text);
    return mod;
}
