/* SPDX-License-Identifier: MIT */
/* PyArg_ParseTupleAndKeywords, the _PyArg_Parser family and _PyArg_UnpackKeywords.
 *
 * All take their keyword arguments from a KeywordSource: a dict, or the names tuple of a
 * vectorcall whose values follow the positional arguments. */
#include "Python.h"
#include "pycore_dict.h"
#include "pycore_pyerrors.h"
#include "pycore_tuple.h"
#include "pycore_runtime.h"
#include "ks_getargs.h"

#undef PyArg_ParseTupleAndKeywords
#undef PyArg_VaParseTupleAndKeywords
PyAPI_FUNC(int) _PyArg_ParseTupleAndKeywords_SizeT(PyObject *, PyObject *, const char *, char **, ...);
PyAPI_FUNC(int) _PyArg_VaParseTupleAndKeywords_SizeT(PyObject *, PyObject *, const char *, char **, va_list);
PyAPI_FUNC(int) _PyArg_ParseTupleAndKeywordsFast_SizeT(PyObject *, PyObject *, struct _PyArg_Parser *, ...);
PyAPI_FUNC(int) _PyArg_ParseStackAndKeywords_SizeT(PyObject *const *, Py_ssize_t, PyObject *,
                                       struct _PyArg_Parser *, ...);
PyAPI_FUNC(int) _PyArg_VaParseTupleAndKeywordsFast_SizeT(PyObject *, PyObject *, struct _PyArg_Parser *,
                                             va_list);

/* --- Where the arguments come from ------------------------------------------------------------------- */

typedef struct KeywordSource {
    PyObject *const *args;
    Py_ssize_t nargs;
    PyObject *kwargs;  /* a dict, or NULL */
    PyObject *kwnames; /* a tuple, or NULL; values at args + nargs */
    Py_ssize_t count;  /* keywords */
} KeywordSource;

static KeywordSource
source_of(PyObject *const *args, Py_ssize_t nargs, PyObject *kwargs, PyObject *kwnames)
{
    KeywordSource source = {args, nargs, kwargs, kwnames, 0};
    if (kwargs != NULL)
        source.count = PyDict_GET_SIZE(kwargs);
    else if (kwnames != NULL)
        source.count = PyTuple_GET_SIZE(kwnames);
    return source;
}

/* The value of a keyword, borrowed, or NULL; -1 only with an exception. */
static int
source_find(const KeywordSource *source, PyObject *name, PyObject **value)
{
    if (source->kwargs != NULL) {
        *value = PyDict_GetItemWithError(source->kwargs, name);
        return *value == NULL && PyErr_Occurred() ? -1 : 0;
    }
    for (Py_ssize_t i = 0; i < source->count; i++) {
        if (PyTuple_GET_ITEM(source->kwnames, i) == name) {
            *value = source->args[source->nargs + i];
            return 0;
        }
    }
    for (Py_ssize_t i = 0; i < source->count; i++) {
        if (_PyUnicode_EQ(PyTuple_GET_ITEM(source->kwnames, i), name)) {
            *value = source->args[source->nargs + i];
            return 0;
        }
    }
    *value = NULL;
    return 0;
}

/* Of a few keywords, comparing finds one sooner than making a str to look it up by. */
static PyObject *
search_text(PyObject *kwargs, const char *name)
{
    PyObject *key, *value;
    for (Py_ssize_t position = 0; PyDict_Next(kwargs, &position, &key, &value);) {
        if (_PyUnicode_EqualToASCIIString(key, name))
            return value;
    }
    return NULL;
}

static int
source_find_text(const KeywordSource *source, const char *name, PyObject **value)
{
    *value = NULL;
    if (source->kwargs != NULL) {
        if (source->count <= 8 &&
            ((PyDictObject *)source->kwargs)->ma_keys->dk_kind != DICT_KEYS_GENERAL) {
            *value = search_text(source->kwargs, name);
            return 0;
        }
        *value = _PyDict_GetItemStringWithError(source->kwargs, name);
        return *value == NULL && PyErr_Occurred() ? -1 : 0;
    }
    for (Py_ssize_t i = 0; i < source->count && *value == NULL; i++) {
        if (_PyUnicode_EqualToASCIIString(PyTuple_GET_ITEM(source->kwnames, i), name))
            *value = source->args[source->nargs + i];
    }
    return 0;
}

/* The i-th keyword's name; *position is the caller's cursor, 0 at first. NULL at the end. */
static PyObject *
source_next_name(const KeywordSource *source, Py_ssize_t *position)
{
    PyObject *key, *value;
    if (source->kwargs != NULL)
        return PyDict_Next(source->kwargs, position, &key, &value) ? key : NULL;
    return *position < source->count ? PyTuple_GET_ITEM(source->kwnames, (*position)++) : NULL;
}

/* --- Errors ------------------------------------------------------------------------------------------- */

static KS_COLD int
refuse_unknown_keyword(const char *function, PyObject *name)
{
    if (!PyUnicode_Check(name))
        PyErr_SetString(PyExc_TypeError, "keywords must be strings");
    else
        PyErr_Format(PyExc_TypeError, "'%U' is an invalid keyword argument for %.200s%s", name,
                     function ? function : "this function", ks_arg_parens(function));
    return 0;
}

static KS_COLD int
refuse_total(const char *function, const KeywordSource *source, Py_ssize_t most)
{
    PyErr_Format(PyExc_TypeError, "%.200s%s takes %s %zd %sargument%s (%zd given)",
                 ks_arg_name(function), ks_arg_parens(function), "at most", most,
                 source->nargs == 0 ? "keyword " : "", most == 1 ? "" : "s",
                 source->nargs + source->count);
    return 0;
}

static KS_COLD int
refuse_positional(const char *function, const char *how, Py_ssize_t expected, Py_ssize_t nargs)
{
    if (expected == 0)
        PyErr_Format(PyExc_TypeError, "%.200s%s takes no positional arguments",
                     ks_arg_name(function), ks_arg_parens(function));
    else
        PyErr_Format(PyExc_TypeError, "%.200s%s takes %s %zd positional argument%s (%zd given)",
                     ks_arg_name(function), ks_arg_parens(function), how, expected,
                     expected == 1 ? "" : "s", nargs);
    return 0;
}

/* --- Formats with keywords -------------------------------------------------------------------------------- */

typedef struct KeywordFormat {
    const char *at;
    const char *const *names;
    int positional; /* leading parameters without name */
    int count;      /* all parameters */
    int least;      /* required parameters, INT_MAX until "|" was met */
    int most;       /* positional arguments allowed, INT_MAX until "$" */
} KeywordFormat;

static int
names_count(KeywordFormat *format)
{
    const char *const *names = format->names;
    int i = 0;
    while (names[i] != NULL && *names[i] == '\0')
        i++;
    format->positional = i;
    for (; names[i] != NULL; i++) {
        if (*names[i] == '\0') {
            PyErr_SetString(PyExc_SystemError, "Empty keyword parameter name");
            return 0;
        }
    }
    format->count = i;
    return 1;
}

static int
at_format_end(char c)
{
    return c == '\0' || c == ':' || c == ';';
}

/* Reads "|" and "$" in front of parameter i. */
static int
take_markers(KeywordFormat *format, KsArgParse *parse, const KeywordSource *source, int i)
{
    if (*format->at == '|') {
        if (format->least != INT_MAX) {
            PyErr_SetString(PyExc_SystemError,
                            "Invalid format string (| specified twice)");
            return 0;
        }
        format->least = i;
        format->at++;
    }
    if (*format->at == '$') {
        if (format->most != INT_MAX) {
            PyErr_SetString(PyExc_SystemError,
                            "Invalid format string ($ specified twice)");
            return 0;
        }
        format->most = i;
        format->at++;
        if (i < format->positional) {
            PyErr_SetString(PyExc_SystemError, "Empty parameter name after $");
            return 0;
        }
        if (source->nargs > i)
            return refuse_positional(ks_arg_find_texts(parse),
                                     format->least == INT_MAX ? "exactly" : "at most", i,
                                     source->nargs);
    }
    if (at_format_end(*format->at)) {
        PyErr_Format(PyExc_SystemError,
                     "More keyword list entries (%d) than format specifiers (%d)", format->count,
                     i);
        return 0;
    }
    return 1;
}

/* Keywords were left over: given twice, or unknown. Always 0. */
static KS_COLD int
refuse_leftovers(const KeywordFormat *format, KsArgParse *parse, const KeywordSource *source)
{
    PyObject *value, *name;
    const char *function = ks_arg_find_texts(parse);
    for (int i = format->positional; i < format->count && i < source->nargs; i++) {
        if (source_find_text(source, format->names[i], &value) < 0)
            return 0;
        if (value != NULL) {
            PyErr_Format(PyExc_TypeError,
                         "argument for %.200s%s given by name ('%s') and position (%d)",
                         ks_arg_name(function), ks_arg_parens(function), format->names[i], i + 1);
            return 0;
        }
    }
    for (Py_ssize_t position = 0; (name = source_next_name(source, &position)) != NULL;) {
        int known = 0;
        if (PyUnicode_Check(name)) {
            for (int i = format->positional; i < format->count && !known; i++)
                known = _PyUnicode_EqualToASCIIString(name, format->names[i]);
        }
        if (!known)
            return refuse_unknown_keyword(function, name);
    }
    return 1;
}

/* Converts all parameters; 1, or 0 with the exception. */
static int
parse_parameters(KeywordFormat *format, KsArgParse *parse, const KeywordSource *source)
{
    Py_ssize_t left = source->count;
    int is_short = 0; /* required positional-only arguments are missing; count them first */
    for (int i = 0; i < format->count; i++) {
        PyObject *arg = NULL;
        if (!take_markers(format, parse, source, i))
            return 0;
        if (!is_short) {
            if (i < source->nargs)
                arg = source->args[i];
            else if (left > 0 && i >= format->positional &&
                     source_find_text(source, format->names[i], &arg) < 0)
                return 0;
            if (i >= source->nargs && arg != NULL)
                left--;
        }
        if (arg != NULL) {
            if (!ks_arg_convert(parse, arg, &format->at, i + 1))
                return 0;
            continue;
        }
        if (i < format->least) {
            if (i >= format->positional && !is_short) {
                const char *function = ks_arg_find_texts(parse);
                PyErr_Format(PyExc_TypeError, "%.200s%s missing required argument '%s' (pos %i)",
                             ks_arg_name(function), ks_arg_parens(function), format->names[i],
                             i + 1);
                return 0;
            }
            is_short = is_short || i < format->positional;
        }
        else if (left == 0 && !is_short) {
            return 1;
        }
        if (!ks_arg_skip(parse, &format->at))
            return 0;
    }
    if (is_short) {
        int least = format->positional < format->least ? format->positional : format->least;
        int most = format->most < format->count ? format->most : format->count; /* before a "$" */
        return refuse_positional(ks_arg_find_texts(parse),
                                 least < most ? "at least" : "exactly", least, source->nargs);
    }
    if (!at_format_end(*format->at) && *format->at != '|' && *format->at != '$') {
        PyErr_Format(PyExc_SystemError,
                     "more argument specifiers than keyword list entries "
                     "(remaining format:'%s')", format->at);
        return 0;
    }
    return left == 0 ? 1 : refuse_leftovers(format, parse, source);
}

static int
parse_source(const KeywordSource *source, const char *text, const char *const *names,
             KsVarArgs *out, int has_size_t)
{
    KsArgParse parse;
    KeywordFormat format = {text, names, 0, 0, INT_MAX, INT_MAX};
    ks_arg_parse_open(&parse, out, has_size_t);
    parse.texts = text;
    int good = names_count(&format);
    if (good && source->nargs + source->count > format.count)
        good = refuse_total(ks_arg_find_texts(&parse), source, format.count);
    good = good && parse_parameters(&format, &parse, source);
    return ks_arg_parse_close(&parse, good);
}

static int
parse_tuple_and_dict(PyObject *args, PyObject *kwargs, const char *format,
                     const char *const *names, KsVarArgs *out, int has_size_t)
{
    if (args == NULL || !PyTuple_Check(args) || (kwargs != NULL && !PyDict_Check(kwargs)) ||
        format == NULL || names == NULL) {
        PyErr_BadInternalCall();
        return 0;
    }
    KeywordSource source = source_of(_PyTuple_ITEMS(args), PyTuple_GET_SIZE(args), kwargs, NULL);
    return parse_source(&source, format, names, out, has_size_t);
}

#define VARIADIC(last, call) KS_WITH_VARARGS(va_start(out.list, last), call)
#define VARIADIC_COPY(call) KS_WITH_VARARGS(va_copy(out.list, list), call)

int
PyArg_ParseTupleAndKeywords(PyObject *args, PyObject *kwargs, const char *format, char **names,
                            ...)
{
    VARIADIC(names, parse_tuple_and_dict(args, kwargs, format, (const char *const *)names, &out,
                                         0));
}

int
_PyArg_ParseTupleAndKeywords_SizeT(PyObject *args, PyObject *kwargs, const char *format,
                                   char **names, ...)
{
    VARIADIC(names, parse_tuple_and_dict(args, kwargs, format, (const char *const *)names, &out,
                                         1));
}

int
PyArg_VaParseTupleAndKeywords(PyObject *args, PyObject *kwargs, const char *format, char **names,
                              va_list list)
{
    VARIADIC_COPY(parse_tuple_and_dict(args, kwargs, format, (const char *const *)names, &out, 0));
}

int
_PyArg_VaParseTupleAndKeywords_SizeT(PyObject *args, PyObject *kwargs, const char *format,
                                     char **names, va_list list)
{
    VARIADIC_COPY(parse_tuple_and_dict(args, kwargs, format, (const char *const *)names, &out, 1));
}

int
PyArg_ValidateKeywordArguments(PyObject *kwargs)
{
    if (!PyDict_Check(kwargs)) {
        PyErr_BadInternalCall();
        return 0;
    }
    if (!_PyDict_HasOnlyStringKeys(kwargs)) {
        PyErr_SetString(PyExc_TypeError, "keywords must be strings");
        return 0;
    }
    return 1;
}

/* --- _PyArg_Parser: the same, with the names prepared once ------------------------------------------------ */

static struct _PyArg_Parser *parsers; /* whose kwtuple is to be dropped at the end */

/* Fills in what the parser's static fields imply; names become interned strings. */
static int
parser_prepare(struct _PyArg_Parser *parser)
{
    if (KS_LIKELY(parser->kwtuple != NULL))
        return 1;
    KeywordFormat format = {NULL, parser->keywords, 0, 0, 0, 0};
    if (!names_count(&format))
        return 0;
    if (parser->format != NULL) {
        const char *name = strchr(parser->format, ':'), *message = strchr(parser->format, ';');
        parser->fname = name == NULL ? NULL : name + 1;
        if (name == NULL && message != NULL)
            parser->custom_msg = message + 1;
    }
    PyObject *names = PyTuple_New(format.count - format.positional);
    for (int i = format.positional; names != NULL && i < format.count; i++) {
        PyObject *name = PyUnicode_InternFromString(format.names[i]);
        if (name == NULL)
            Py_CLEAR(names);
        else
            PyTuple_SET_ITEM(names, i - format.positional, name);
    }
    if (names == NULL)
        return 0;
    parser->pos = format.positional;
    parser->kwtuple = names;
    parser->next = parsers;
    parsers = parser;
    return 1;
}

void
_PyArg_Fini(void)
{
    for (struct _PyArg_Parser *parser = parsers; parser != NULL; parser = parser->next)
        Py_CLEAR(parser->kwtuple);
    parsers = NULL;
}

static int
parse_fast(PyObject *args, PyObject *kwargs, struct _PyArg_Parser *parser, KsVarArgs *out,
           int has_size_t)
{
    if (args == NULL || !PyTuple_Check(args) || (kwargs != NULL && !PyDict_Check(kwargs)) ||
        parser == NULL) {
        PyErr_BadInternalCall();
        return 0;
    }
    KeywordSource source = source_of(_PyTuple_ITEMS(args), PyTuple_GET_SIZE(args), kwargs, NULL);
    return parse_source(&source, parser->format, parser->keywords, out, has_size_t);
}

static int
parse_stack_fast(PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames,
                 struct _PyArg_Parser *parser, KsVarArgs *out, int has_size_t)
{
    KeywordSource source = source_of(args, nargs, NULL, kwnames);
    return parse_source(&source, parser->format, parser->keywords, out, has_size_t);
}

int
_PyArg_ParseTupleAndKeywordsFast(PyObject *args, PyObject *kwargs, struct _PyArg_Parser *parser,
                                 ...)
{
    VARIADIC(parser, parse_fast(args, kwargs, parser, &out, 0));
}

int
_PyArg_ParseTupleAndKeywordsFast_SizeT(PyObject *args, PyObject *kwargs,
                                       struct _PyArg_Parser *parser, ...)
{
    VARIADIC(parser, parse_fast(args, kwargs, parser, &out, 1));
}

int
_PyArg_ParseStackAndKeywords(PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames,
                             struct _PyArg_Parser *parser, ...)
{
    VARIADIC(parser, parse_stack_fast(args, nargs, kwnames, parser, &out, 0));
}

int
_PyArg_ParseStackAndKeywords_SizeT(PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames,
                                   struct _PyArg_Parser *parser, ...)
{
    VARIADIC(parser, parse_stack_fast(args, nargs, kwnames, parser, &out, 1));
}

int
_PyArg_VaParseTupleAndKeywordsFast(PyObject *args, PyObject *kwargs,
                                   struct _PyArg_Parser *parser, va_list list)
{
    VARIADIC_COPY(parse_fast(args, kwargs, parser, &out, 0));
}

int
_PyArg_VaParseTupleAndKeywordsFast_SizeT(PyObject *args, PyObject *kwargs,
                                         struct _PyArg_Parser *parser, va_list list)
{
    VARIADIC_COPY(parse_fast(args, kwargs, parser, &out, 1));
}

/* --- Distribution without conversion ------------------------------------------------------------------------ */

/* Required parameters: positions below minpos, and minkw keyword-only ones from maxpos on. */
typedef struct UnpackPlan {
    int minpos, maxpos, minkw;
    int shift; /* 1 if a slot for *args stands before the keyword-only ones */
} UnpackPlan;

static int
unpack_keywords(struct _PyArg_Parser *parser, const KeywordSource *source, const UnpackPlan *plan,
                Py_ssize_t taken, PyObject **slots)
{
    int positional = parser->pos, count = positional + (int)PyTuple_GET_SIZE(parser->kwtuple);
    int limit = plan->minkw ? plan->maxpos + plan->minkw : plan->minpos;
    Py_ssize_t left = source->count;
    for (int i = (int)(taken > positional ? taken : positional); i < count; i++) {
        PyObject *value = NULL, *name = PyTuple_GET_ITEM(parser->kwtuple, i - positional);
        if (left > 0) {
            if (source_find(source, name, &value) < 0)
                return 0;
        }
        else if (i >= limit) {
            break;
        }
        slots[i + (plan->shift && i >= plan->maxpos)] = value;
        if (value != NULL) {
            left--;
        }
        else if (i < plan->minpos || (plan->maxpos <= i && i < limit)) {
            PyErr_Format(PyExc_TypeError, "%.200s%s missing required argument '%U' (pos %i)",
                         ks_arg_name(parser->fname), ks_arg_parens(parser->fname), name, i + 1);
            return 0;
        }
    }
    if (left == 0)
        return 1;
    for (int i = positional; i < count && i < taken; i++) {
        PyObject *value, *name = PyTuple_GET_ITEM(parser->kwtuple, i - positional);
        if (source_find(source, name, &value) < 0)
            return 0;
        if (value != NULL) {
            PyErr_Format(PyExc_TypeError,
                         "argument for %.200s%s given by name ('%U') and position (%d)",
                         ks_arg_name(parser->fname), ks_arg_parens(parser->fname), name, i + 1);
            return 0;
        }
    }
    PyObject *name;
    for (Py_ssize_t position = 0; (name = source_next_name(source, &position)) != NULL;) {
        int known = PyUnicode_Check(name) ? PySequence_Contains(parser->kwtuple, name) : 0;
        if (known <= 0)
            return known < 0 ? 0 : refuse_unknown_keyword(parser->fname, name);
    }
    return 1;
}

#undef _PyArg_UnpackKeywords
PyObject *const *
_PyArg_UnpackKeywords(PyObject *const *args, Py_ssize_t nargs, PyObject *kwargs,
                      PyObject *kwnames, struct _PyArg_Parser *parser, int minpos, int maxpos,
                      int minkw, PyObject **slots)
{
    if ((kwargs != NULL && !PyDict_Check(kwargs)) || parser == NULL) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if ((args == NULL && nargs > 0) || !parser_prepare(parser))
        return NULL;
    KeywordSource source = source_of(args, nargs, kwargs, kwnames);
    int least_positional = parser->pos < minpos ? parser->pos : minpos;
    Py_ssize_t count = parser->pos + PyTuple_GET_SIZE(parser->kwtuple);
    if (source.count == 0 && minkw == 0 && minpos <= nargs && nargs <= maxpos && args != NULL)
        return args;
    if (nargs + source.count > count) {
        refuse_total(parser->fname, &source, count);
        return NULL;
    }
    if (nargs > maxpos) {
        refuse_positional(parser->fname, minpos < maxpos ? "at most" : "exactly", maxpos, nargs);
        return NULL;
    }
    if (nargs < least_positional) {
        refuse_positional(parser->fname, least_positional < maxpos ? "at least" : "exactly",
                          least_positional, nargs);
        return NULL;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        slots[i] = i < nargs ? args[i] : NULL;
    UnpackPlan plan = {minpos, maxpos, minkw, 0};
    return unpack_keywords(parser, &source, &plan, nargs, slots) ? slots : NULL;
}

/* The same for functions with *args, which become a tuple (a new reference) in slots[vararg]. */
PyObject *const *
_PyArg_UnpackKeywordsWithVararg(PyObject *const *args, Py_ssize_t nargs, PyObject *kwargs,
                                PyObject *kwnames, struct _PyArg_Parser *parser, int minpos,
                                int maxpos, int minkw, int vararg, PyObject **slots)
{
    if ((kwargs != NULL && !PyDict_Check(kwargs)) || parser == NULL) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if ((args == NULL && nargs > 0) || !parser_prepare(parser))
        return NULL;
    KeywordSource source = source_of(args, nargs, kwargs, kwnames);
    int least_positional = parser->pos < minpos ? parser->pos : minpos;
    Py_ssize_t count = parser->pos + PyTuple_GET_SIZE(parser->kwtuple);
    if (nargs < least_positional) {
        refuse_positional(parser->fname, least_positional < maxpos ? "at least" : "exactly",
                          least_positional, nargs);
        return NULL;
    }
    Py_ssize_t extra = nargs > vararg ? nargs - vararg : 0, taken = nargs - extra;
    PyObject *rest = PyTuple_New(extra);
    if (rest == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < extra; i++)
        PyTuple_SET_ITEM(rest, i, Py_NewRef(args[vararg + i]));
    for (Py_ssize_t i = 0; i <= count; i++)
        slots[i] = i < taken ? args[i] : NULL;
    slots[vararg] = rest;
    UnpackPlan plan = {minpos, vararg, minkw, 1};
    if (!unpack_keywords(parser, &source, &plan, taken, slots)) {
        Py_CLEAR(slots[vararg]);
        return NULL;
    }
    return slots;
}
