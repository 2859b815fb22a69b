/* SPDX-License-Identifier: MIT */
/* String and number literals.
 *
 * Adjacent STRING tokens become one Constant or one JoinedStr. A replacement field of an f-string
 * is cut out by its own scan, put between brackets and parsed by a parser of its own, whose tokens
 * are moved to the field's place. All nodes of an f-string but the expressions span all tokens. */
#include "ks_parse.h"

#include "pycore_bytesobject.h"

typedef struct Literal {
    const char *start, *end; /* between the quotes */
    const KsToken *token;
    int is_bytes, is_raw, is_format;
} Literal;

typedef struct Joined {
    PyObject *pending; /* text not yet a node; owned */
    int mark;          /* of the nodes on the scratch stack */
    KsPos pos;
    PyObject *kind;    /* "u" if the first token says so */
} Joined;

/* ---- text ---- */

static int
warn_escape(KsParser *p, const char *escape, const KsToken *token)
{
    unsigned char c = (unsigned char)*escape;
    /* Only octal numbers above 0377 are reported with a digit. */
    KS_OWNED PyObject *message =
        c >= '4' && c <= '7'
            ? PyUnicode_FromFormat("invalid octal escape sequence '\\%.3s'", escape)
            : PyUnicode_FromFormat("invalid escape sequence '\\%c'", c);
    if (message != NULL &&
        PyErr_WarnExplicitObject(PyExc_DeprecationWarning, message,
                                 p->filename ? p->filename : Py_None, token->lineno, NULL,
                                 NULL) == 0)
        return 1;
    if (PyErr_ExceptionMatches(PyExc_DeprecationWarning)) {
        PyErr_Clear();
        ks_parser_error_at(p, PyExc_SyntaxError, token->lineno, token->col_offset,
                           token->end_lineno, token->end_col_offset, "%U", message);
    }
    p->failed = 1;
    return 0;
}

/* The codec reads Latin-1 where the text is UTF-8: other characters become escapes first. A
 * backslash at the end (before a replacement field) stands for itself. */
static KS_NEW PyObject *
decode_escapes(KsParser *p, const char *s, Py_ssize_t length, const KsToken *token)
{
    const char *end = s + length, *invalid = NULL;
    char *buffer = NULL, *to = NULL;
    int needs_buffer = end[-1] == '\\';
    for (const char *c = s; c < end && !needs_buffer; c++)
        needs_buffer = (unsigned char)*c >= 0x80;
    if (needs_buffer && ((size_t)length > PY_SSIZE_T_MAX / 10 ||
                         (buffer = PyMem_Malloc((size_t)length * 6)) == NULL))
        return PyErr_NoMemory();
    if (buffer != NULL) {
        for (to = buffer; s < end;) {
            if (*s == '\\') {
                *to++ = *s++;
                if (s >= end || (unsigned char)*s >= 0x80) {
                    memcpy(to, "u005c", 5);
                    to += 5;
                    if (s >= end)
                        break;
                }
            }
            if ((unsigned char)*s < 0x80) {
                *to++ = *s++;
                continue;
            }
            /* Sources may come unchecked: a run that is not UTF-8 is an error, never read beyond. */
            const char *run = s;
            while (s < end && (unsigned char)*s >= 0x80)
                s++;
            KS_OWNED PyObject *decoded = PyUnicode_DecodeUTF8(run, s - run, NULL);
            if (decoded == NULL) {
                PyMem_Free(buffer);
                return NULL;
            }
            for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(decoded); i++)
                to += sprintf(to, "\\U%08x", (unsigned)PyUnicode_READ_CHAR(decoded, i));
        }
        s = buffer;
        end = to;
    }
    PyObject *text = _PyUnicode_DecodeUnicodeEscapeInternal(s, end - s, NULL, NULL, &invalid);
    if (text != NULL && invalid != NULL && !warn_escape(p, invalid, token))
        Py_CLEAR(text);
    PyMem_Free(buffer);
    return text;
}

/* Text between quotes as str. */
static KS_NEW PyObject *
decode_text(KsParser *p, const char *s, Py_ssize_t length, int is_raw, const KsToken *token)
{
    if (is_raw || memchr(s, '\\', (size_t)length) == NULL)
        return PyUnicode_DecodeUTF8Stateful(s, length, NULL, NULL);
    return decode_escapes(p, s, length, token);
}

static KS_NEW PyObject *
decode_bytes(KsParser *p, const Literal *literal)
{
    Py_ssize_t length = literal->end - literal->start;
    const char *invalid = NULL;
    if (literal->is_raw || memchr(literal->start, '\\', (size_t)length) == NULL)
        return PyBytes_FromStringAndSize(literal->start, length);
    PyObject *bytes = _PyBytes_DecodeEscape(literal->start, length, NULL, &invalid);
    if (bytes != NULL && invalid != NULL && !warn_escape(p, invalid, literal->token))
        Py_CLEAR(bytes);
    return bytes;
}

/* UnicodeError and ValueError of the codecs are errors in the source. */
void *
ks_parser_decode_error(KsParser *p)
{
    if (p->failed)
        return NULL;
    const char *what = PyErr_ExceptionMatches(PyExc_UnicodeError) ? "unicode error"
                       : PyErr_ExceptionMatches(PyExc_ValueError) ? "value error"
                                                                  : NULL;
    if (what != NULL) {
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        KS_OWNED PyObject *text = PyObject_Str(value);
        if (text != NULL)
            ks_parser_error(p, PyExc_SyntaxError, "(%s) %U", what, text);
        else {
            PyErr_Clear();
            ks_parser_error(p, PyExc_SyntaxError, "(%s) unknown error", what);
        }
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
    }
    p->failed = 1;
    return NULL;
}

/* Prefix and quotes off a STRING token. */
static int
literal_open(KsParser *p, const KsToken *token, Literal *literal)
{
    const char *s = parser_text(p, token), *end = p->lexer.text + token->end;
    *literal = (Literal){.token = token};
    for (; *s != '"' && *s != '\''; s++) {
        literal->is_bytes |= *s == 'b' || *s == 'B';
        literal->is_raw |= *s == 'r' || *s == 'R';
        literal->is_format |= *s == 'f' || *s == 'F';
    }
    int quotes = end - s >= 6 && s[1] == *s && s[2] == *s ? 3 : 1;
    literal->start = s + quotes;
    literal->end = end - quotes;
    if (literal->is_format && !ks_parser_version(p, 6, "Format strings are"))
        return 0;
    if (literal->is_bytes) {
        for (s = literal->start; s < literal->end; s++) {
            if ((unsigned char)*s >= 0x80) {
                ks_parser_error(p, PyExc_SyntaxError,
                                "bytes can only contain ASCII literal characters");
                return 0;
            }
        }
    }
    return 1;
}

static KsExpr *
constant_node(KsParser *p, PyObject *value, KsPos pos, PyObject *kind)
{
    if (ks_arena_own(p->arena, value) < 0) {
        p->failed = 1;
        return NULL;
    }
    return ks_node(p->arena, KsExpr, Constant, pos, .value = value, .kind = kind);
}

/* ---- f-strings ---- */

/* Appends text (taken over) to what will be the next Constant. */
static int
joined_text(KsParser *p, Joined *joined, PyObject *text)
{
    if (text == NULL)
        return ks_parser_decode_error(p), 0;
    if (PyUnicode_GET_LENGTH(text) == 0) {
        Py_DECREF(text);
        return 1;
    }
    if (joined->pending == NULL)
        joined->pending = text;
    else {
        PyUnicode_AppendAndDel(&joined->pending, text);
        if (joined->pending == NULL) {
            p->failed = 1;
            return 0;
        }
    }
    return 1;
}

static int
joined_flush(KsParser *p, Joined *joined)
{
    if (joined->pending == NULL)
        return 1;
    KsExpr *node = constant_node(p, ks_give(&joined->pending), joined->pos, joined->kind);
    return node != NULL && ks_parser_push(p, node);
}

static KsExpr *
joined_finish(KsParser *p, Joined *joined)
{
    int ok;
    if (!joined_flush(p, joined))
        return NULL;
    KsExprSeq *values = ks_parser_take(p, joined->mark, &ok);
    return ok ? ks_node(p->arena, KsExpr, JoinedStr, joined->pos, .values = values) : NULL;
}

#define FSTRING_ERROR(...) ks_parser_error(p, PyExc_SyntaxError, "f-string: " __VA_ARGS__)

/* Literal text from *at on; *at is then at a '{', at the '}' that ends a format spec, or at end. */
static int
format_literal(KsParser *p, const char **at, const char *end, const Literal *literal, int depth,
               Joined *joined)
{
    for (;;) {
        const char *start = *at, *s = start, *stop;
        int again = 0;
        while (s < end) {
            char c = *s++;
            if (!literal->is_raw && c == '\\' && s < end) {
                c = *s++;
                if (c == 'N') {
                    /* A character's name is in braces as well. */
                    if (s < end && *s++ == '{') {
                        while (s < end && *s++ != '}')
                            ;
                    }
                    continue;
                }
                if (c == '{' && !warn_escape(p, s - 1, literal->token))
                    return 0;
            }
            if (c != '{' && c != '}')
                continue;
            if (depth == 0) {
                if (s < end && *s == c) {
                    again = 1;
                    break;
                }
                if (c == '}') {
                    FSTRING_ERROR("single '}' is not allowed");
                    return 0;
                }
            }
            s--;
            break;
        }
        stop = s;
        *at = again ? s + 1 : s;
        if (stop > start &&
            !joined_text(p, joined,
                         decode_text(p, start, stop - start, literal->is_raw, literal->token)))
            return 0;
        if (!again)
            return 1;
    }
}

/* Where the field whose '{' is at brace stands: its line and column. */
static void
field_place(KsParser *p, const Literal *literal, const char *brace, int *lineno, int *col)
{
    const char *token_start = parser_text(p, literal->token), *s;
    int lines = 0, cols = 0, newline_first = 1;
    for (s = brace + 1; s < literal->end && *s != '}' && *s != '\n'; s++) {
        if (*s != ' ' && *s != '\t' && *s != '\f') {
            newline_first = 0;
            break;
        }
    }
    if (!newline_first) {
        for (s = brace; s > token_start && *s != '\n'; s--)
            ;
        cols = (int)(brace - s);
        if (*s == '\n')
            cols--;
    }
    for (s = token_start; s < brace; s++)
        lines += *s == '\n';
    *lineno = literal->token->lineno + lines;
    *col = lines != 0 ? cols : literal->token->col_offset + cols;
}

/* The expression between start and end, which is followed by the field's delimiter. */
static KsExpr *
field_expression(KsParser *p, const Literal *literal, const char *start, const char *end)
{
    const char *s = start;
    int lineno, col;
    while (s < end && (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\f'))
        s++;
    if (s == end) {
        if (*end == '!' || *end == ':' || *end == '=')
            return FSTRING_ERROR("expression required before '%c'", *end);
        return FSTRING_ERROR("empty expression not allowed");
    }
    Py_ssize_t length = end - start;
    char *text = PyMem_Malloc((size_t)length + 4);
    if (text == NULL) {
        p->failed = 1;
        return (KsExpr *)PyErr_NoMemory();
    }
    text[0] = '(';
    memcpy(text + 1, start, (size_t)length);
    text[length + 1] = ')';
    text[length + 2] = '\n';
    text[length + 3] = '\0';
    field_place(p, literal, start - 1, &lineno, &col);
    KsExpr *expr = ks_parse_field(p, text, length + 3, lineno, col);
    PyMem_Free(text);
    return expr;
}

/* Skips a field's expression from s on; NULL with an error, else where its delimiter is. */
static const char *
field_scan(KsParser *p, const char *s, const char *end)
{
    char brackets[LEXER_LEVELS], quote = '\0';
    int depth = 0, quotes = 0;
    for (; s < end; s++) {
        char c = *s;
        if (c == '\\')
            return ks_parser_error(p, PyExc_SyntaxError,
                                   "f-string expression part cannot include a backslash");
        if (quote != '\0') {
            if (c != quote)
                continue;
            if (quotes == 3) {
                if (s + 2 >= end || s[1] != c || s[2] != c)
                    continue;
                s += 2;
            }
            quote = '\0';
            continue;
        }
        switch (c) {
        case '\'':
        case '"':
            quotes = s + 2 < end && s[1] == c && s[2] == c ? 3 : 1;
            s += quotes - 1;
            quote = c;
            continue;
        case '[':
        case '{':
        case '(':
            if (depth >= LEXER_LEVELS)
                return FSTRING_ERROR("too many nested parenthesis");
            brackets[depth++] = c;
            continue;
        case '#':
            return ks_parser_error(p, PyExc_SyntaxError,
                                   "f-string expression part cannot include '#'");
        default:
            break;
        }
        if (depth == 0 && strchr("!:}=><", c) != NULL) {
            if (s + 1 < end && s[1] == '=' && strchr("!=<>", c) != NULL) {
                s++;
                continue;
            }
            if (c == '>' || c == '<')
                continue;
            return s;
        }
        if (c == ']' || c == '}' || c == ')') {
            if (depth == 0)
                return FSTRING_ERROR("unmatched '%c'", c);
            char opening = brackets[--depth];
            if (opening != (c == ')' ? '(' : c == ']' ? '[' : '{'))
                return FSTRING_ERROR("closing parenthesis '%c' does not match opening "
                                     "parenthesis '%c'",
                                     c, opening);
        }
    }
    if (quote != '\0')
        return FSTRING_ERROR("unterminated string");
    if (depth != 0)
        return FSTRING_ERROR("unmatched '%c'", brackets[depth - 1]);
    return FSTRING_ERROR("expecting '}'");
}

static int format_parts(KsParser *p, const char **at, const char *end, const Literal *literal,
                        int depth, Joined *joined);

/* One replacement field; *at is at its '{' and then behind its '}'. */
static int
format_field(KsParser *p, const char **at, const char *end, const Literal *literal, int depth,
             Joined *joined)
{
    const char *start = *at + 1, *s;
    int conversion = -1, documents = 0;
    KsExpr *format = NULL;
    if (depth >= 2) {
        FSTRING_ERROR("expressions nested too deeply");
        return 0;
    }
    if ((s = field_scan(p, start, end)) == NULL)
        return 0;
    KsExpr *value = field_expression(p, literal, start, s);
    if (value == NULL)
        return 0;
    if (*s == '=') {
        if (p->feature_version < 8) {
            FSTRING_ERROR("self documenting expressions are only supported in Python 3.8 and "
                          "greater");
            return 0;
        }
        s++;
        while (s < end && Py_ISSPACE((unsigned char)*s))
            s++;
        if (s >= end)
            goto unexpected_end;
        if (!joined_text(p, joined, PyUnicode_FromStringAndSize(start, s - start)))
            return 0;
        documents = 1;
    }
    if (*s == '!') {
        if (++s >= end)
            goto unexpected_end;
        conversion = (unsigned char)*s++;
        if (conversion != 's' && conversion != 'r' && conversion != 'a') {
            FSTRING_ERROR("invalid conversion character: expected 's', 'r', or 'a'");
            return 0;
        }
    }
    if (s >= end)
        goto unexpected_end;
    if (*s == ':') {
        if (++s >= end)
            goto unexpected_end;
        /* The spec's nodes lie above this field's on the scratch stack. */
        if (!joined_flush(p, joined))
            return 0;
        Joined spec = {NULL, p->scratch_count, joined->pos, joined->kind};
        int ok = format_parts(p, &s, end, literal, depth + 1, &spec);
        /* The spec itself and the text at its end span their own token only. */
        spec.pos = KS_POS(literal->token);
        format = ok ? joined_finish(p, &spec) : NULL;
        Py_CLEAR(spec.pending);
        if (format == NULL)
            return 0;
    }
    if (s >= end || *s != '}')
        goto unexpected_end;
    *at = s + 1;
    if (documents && format == NULL && conversion == -1)
        conversion = 'r';
    if (!joined_flush(p, joined))
        return 0;
    KsExpr *field = ks_node(p->arena, KsExpr, FormattedValue, joined->pos, .value = value,
                            .conversion = conversion, .format_spec = format);
    return field != NULL && ks_parser_push(p, field);

unexpected_end:
    FSTRING_ERROR("expecting '}'");
    return 0;
}

static int
format_parts(KsParser *p, const char **at, const char *end, const Literal *literal, int depth,
             Joined *joined)
{
    for (;;) {
        if (!format_literal(p, at, end, literal, depth, joined))
            return 0;
        if (*at >= end || **at == '}')
            break;
        if (!format_field(p, at, end, literal, depth, joined))
            return 0;
    }
    if (depth != 0 && *at >= end) {
        FSTRING_ERROR("expecting '}'");
        return 0;
    }
    return 1;
}

/* ---- strings ---- */

static KsExpr *
parse_bytes(KsParser *p, int first, int last)
{
    KS_OWNED PyObject *all = NULL;
    for (int i = first; i <= last; i++) {
        Literal literal;
        if (!literal_open(p, &p->tokens[i], &literal))
            return NULL;
        PyObject *bytes = decode_bytes(p, &literal);
        if (bytes == NULL)
            return ks_parser_decode_error(p);
        if (all == NULL)
            all = bytes;
        else
            PyBytes_ConcatAndDel(&all, bytes);
        if (all == NULL) {
            p->failed = 1;
            return NULL;
        }
    }
    return constant_node(p, ks_give(&all), parser_span(p, first), NULL);
}

/* Whether the token is a bytes literal. */
static int
token_is_bytes(KsParser *p, const KsToken *token)
{
    const char *s = parser_text(p, token);
    for (; *s != '"' && *s != '\''; s++) {
        if (*s == 'b' || *s == 'B')
            return 1;
    }
    return 0;
}

KsExpr *
ks_parse_strings(KsParser *p)
{
    int first = p->pos, is_format = 0, last;
    while (parser_accept(p, TK_STRING))
        ;
    if (p->failed)
        return NULL;
    last = p->pos - 1;
    int is_bytes = token_is_bytes(p, &p->tokens[first]), mixed = -1;
    for (int i = first + 1; i <= last && mixed < 0; i++) {
        if (token_is_bytes(p, &p->tokens[i]) != is_bytes)
            mixed = i;
    }
    if (is_bytes && mixed < 0)
        return parse_bytes(p, first, last);

    Joined joined = {NULL, p->scratch_count, parser_span(p, first), NULL};
    KsExpr *result = NULL;
    if (*parser_text(p, &p->tokens[first]) == 'u' &&
        (joined.kind = ks_parser_name_of(p, "u", 1)) == NULL)
        return NULL;
    for (int i = first; i <= last; i++) {
        Literal literal;
        if (!literal_open(p, &p->tokens[i], &literal))
            goto done;
        if (i == mixed) {
            ks_parser_error(p, PyExc_SyntaxError, "cannot mix bytes and nonbytes literals");
            goto done;
        }
        if (literal.is_format) {
            const char *at = literal.start;
            is_format = 1;
            if (!format_parts(p, &at, literal.end, &literal, 0, &joined))
                goto done;
        }
        else if (!joined_text(p, &joined,
                              decode_text(p, literal.start, literal.end - literal.start,
                                          literal.is_raw, literal.token)))
            goto done;
    }
    if (is_format)
        result = joined_finish(p, &joined);
    else {
        if (joined.pending == NULL)
            joined.pending = PyUnicode_New(0, 0);
        result = constant_node(p, ks_give(&joined.pending), joined.pos, joined.kind);
    }
done:
    Py_CLEAR(joined.pending);
    return result;
}

/* ---- numbers ---- */

/* The value of a literal without underscores, NUL at its end. */
static KS_NEW PyObject *
number_value(const char *s, size_t length)
{
    char last = s[length - 1];
    int is_hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
    if (!is_hex && (last == 'j' || last == 'J')) {
        char *end;
        double imaginary = PyOS_string_to_double(s, &end, NULL);
        if (imaginary == -1.0 && PyErr_Occurred())
            return NULL;
        return PyComplex_FromDoubles(0.0, imaginary);
    }
    if (!is_hex && strpbrk(s, ".eE") != NULL) {
        double value = PyOS_string_to_double(s, NULL, NULL);
        if (value == -1.0 && PyErr_Occurred())
            return NULL;
        return PyFloat_FromDouble(value);
    }
    if (length < 18 && s[0] != '0') {
        long value = 0;
        for (; *s != '\0'; s++)
            value = value * 10 + (*s - '0');
        return PyLong_FromLong(value);
    }
    return PyLong_FromString(s, NULL, 0);
}

KsExpr *
ks_parse_number(KsParser *p)
{
    int first = p->pos++;
    const KsToken *token = &p->tokens[first];
    const char *s = parser_text(p, token);
    size_t length = token->end - token->start, count = 0;
    char few[64], *digits = length < sizeof(few) ? few : PyMem_Malloc(length + 1);
    if (digits == NULL) {
        p->failed = 1;
        return (KsExpr *)PyErr_NoMemory();
    }
    for (size_t i = 0; i < length; i++) {
        if (s[i] != '_')
            digits[count++] = s[i];
    }
    digits[count] = '\0';
    PyObject *value = NULL;
    if (count == length || ks_parser_version(p, 6, "Underscores in numeric literals are"))
        value = number_value(digits, count);
    if (digits != few)
        PyMem_Free(digits);
    if (value != NULL)
        return constant_node(p, value, parser_span(p, first), NULL);
    if (!p->failed && PyErr_ExceptionMatches(PyExc_ValueError)) {
        PyObject *type, *problem, *traceback;
        PyErr_Fetch(&type, &problem, &traceback);
        ks_parser_error_at(p, PyExc_SyntaxError, token->lineno, -1, token->end_lineno, -1,
                           "%S - Consider hexadecimal for huge integer literals to avoid decimal "
                           "conversion limits.",
                           problem);
        Py_XDECREF(type);
        Py_XDECREF(problem);
        Py_XDECREF(traceback);
    }
    p->failed = 1;
    return NULL;
}
