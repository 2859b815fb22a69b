/* SPDX-License-Identifier: MIT */
/* PyArg_Parse, PyArg_ParseTuple, PyArg_UnpackTuple and relatives: positional arguments. */
#include "Python.h"
#include "pycore_pyerrors.h"
#include "pycore_tuple.h"
#include "ks_getargs.h"

#undef PyArg_Parse
#undef PyArg_ParseTuple
#undef PyArg_VaParse
PyAPI_FUNC(int) _PyArg_Parse_SizeT(PyObject *, const char *, ...);
PyAPI_FUNC(int) _PyArg_ParseTuple_SizeT(PyObject *, const char *, ...);
PyAPI_FUNC(int) _PyArg_VaParse_SizeT(PyObject *, const char *, va_list);
PyAPI_FUNC(int) _PyArg_ParseStack_SizeT(PyObject *const *, Py_ssize_t, const char *, ...);

/* --- Positional arguments ------------------------------------------------------------------------ */

/* What a format promises: counts, and the texts behind ":" and ";". */
typedef struct FormatShape {
    int least;
    int most;
} FormatShape;

/* What a character of a format means to the count of arguments; the first two are counts. */
enum { SHAPE_NOTHING, SHAPE_UNIT, SHAPE_OPEN, SHAPE_CLOSE, SHAPE_OPTIONAL, SHAPE_END };

static const unsigned char shape_kinds[256] = {
    ['a' ... 'd'] = SHAPE_UNIT, ['f' ... 'z'] = SHAPE_UNIT, /* e: the letter after it counts */
    ['A' ... 'Z'] = SHAPE_UNIT,
    ['('] = SHAPE_OPEN,
    [')'] = SHAPE_CLOSE,
    ['|'] = SHAPE_OPTIONAL,
    [':'] = SHAPE_END, [';'] = SHAPE_END, ['\0'] = SHAPE_END,
};

/* 0 with SystemError for unbalanced parentheses. */
static int
format_shape(KsArgParse *parse, const char *format, FormatShape *shape)
{
    int depth = 0, least = -1, count = 0;
    for (;; format++) {
        int kind = shape_kinds[(unsigned char)*format];
        if (kind <= SHAPE_UNIT) {
            count += depth == 0 ? kind : 0;
        }
        else if (kind == SHAPE_END) {
            break;
        }
        else if (kind == SHAPE_OPEN) {
            count += depth++ == 0;
        }
        else if (kind == SHAPE_CLOSE) {
            if (depth-- == 0) {
                PyErr_SetString(PyExc_SystemError,
                                "excess ')' in getargs format");
                return 0;
            }
        }
        else if (depth == 0) {
            least = count;
        }
    }
    if (*format == ':')
        parse->function = format + 1;
    else if (*format == ';')
        parse->message = format + 1;
    if (depth != 0) {
        PyErr_SetString(PyExc_SystemError, "missing ')' in getargs format");
        return 0;
    }
    shape->most = count;
    shape->least = least < 0 ? count : least;
    return 1;
}

static KS_COLD void
refuse_count(const KsArgParse *parse, const FormatShape *shape, Py_ssize_t nargs)
{
    if (parse->message != NULL) {
        PyErr_SetString(PyExc_TypeError, parse->message);
        return;
    }
    int expected = nargs < shape->least ? shape->least : shape->most;
    PyErr_Format(PyExc_TypeError, "%.150s%s takes %s %d argument%s (%zd given)",
                 ks_arg_name(parse->function), ks_arg_parens(parse->function),
                 shape->least == shape->most ? "exactly"
                 : nargs < shape->least      ? "at least"
                                             : "at most",
                 expected, expected == 1 ? "" : "s", nargs);
}

/* Converts nargs arguments; 1, or 0 with the exception. */
static int
parse_positional(KsArgParse *parse, PyObject *const *args, Py_ssize_t nargs, const char *format,
                 const FormatShape *shape)
{
    if (nargs < shape->least || nargs > shape->most) {
        refuse_count(parse, shape, nargs);
        return 0;
    }
    for (Py_ssize_t i = 0; i < nargs; i++) {
        if (*format == '|')
            format++;
        if (!ks_arg_convert(parse, args[i], &format, (int)i + 1))
            return 0;
    }
    if (*format != '\0' && !Py_ISALPHA(*format) && *format != '(' && *format != '|' &&
        *format != ':' && *format != ';') {
        PyErr_Format(PyExc_SystemError, "bad format string: %.200s", format);
        return 0;
    }
    return 1;
}

static int
parse_stack(PyObject *const *args, Py_ssize_t nargs, const char *format, KsVarArgs *out,
            int has_size_t)
{
    KsArgParse parse;
    FormatShape shape;
    ks_arg_parse_open(&parse, out, has_size_t);
    int good = format_shape(&parse, format, &shape) &&
               parse_positional(&parse, args, nargs, format, &shape);
    return ks_arg_parse_close(&parse, good);
}

static int
parse_tuple(PyObject *args, const char *format, KsVarArgs *out, int has_size_t)
{
    if (args == NULL || !PyTuple_Check(args)) {
        PyErr_SetString(PyExc_SystemError, "new style getargs format but argument is not a tuple");
        return 0;
    }
    return parse_stack(_PyTuple_ITEMS(args), PyTuple_GET_SIZE(args), format, out, has_size_t);
}

/* The old style: the argument is not a tuple but the one value itself. */
static int
parse_single(PyObject *arg, const char *format, KsVarArgs *out, int has_size_t)
{
    KsArgParse parse;
    FormatShape shape;
    int good = 0;
    ks_arg_parse_open(&parse, out, has_size_t);
    if (!format_shape(&parse, format, &shape)) {
        /* reported */
    }
    else if (shape.most == 0) {
        good = arg == NULL;
        if (!good)
            PyErr_Format(PyExc_TypeError, "%.200s%s takes no arguments",
                         ks_arg_name(parse.function), ks_arg_parens(parse.function));
    }
    else if (shape.least != 1 || shape.most != 1) {
        PyErr_SetString(PyExc_SystemError, "old style getargs format uses new features");
    }
    else if (arg == NULL) {
        PyErr_Format(PyExc_TypeError, "%.200s%s takes at least one argument",
                     ks_arg_name(parse.function), ks_arg_parens(parse.function));
    }
    else {
        good = ks_arg_convert(&parse, arg, &format, 0);
    }
    return ks_arg_parse_close(&parse, good);
}

/* --- Entry points: each with and without PY_SSIZE_T_CLEAN -------------------------------------------- */

#define VARIADIC(call) KS_WITH_VARARGS(va_start(out.list, format), call)
#define VARIADIC_COPY(call) KS_WITH_VARARGS(va_copy(out.list, list), call)

int
PyArg_Parse(PyObject *arg, const char *format, ...)
{
    VARIADIC(parse_single(arg, format, &out, 0));
}

int
_PyArg_Parse_SizeT(PyObject *arg, const char *format, ...)
{
    VARIADIC(parse_single(arg, format, &out, 1));
}

int
PyArg_ParseTuple(PyObject *args, const char *format, ...)
{
    VARIADIC(parse_tuple(args, format, &out, 0));
}

int
_PyArg_ParseTuple_SizeT(PyObject *args, const char *format, ...)
{
    VARIADIC(parse_tuple(args, format, &out, 1));
}

int
_PyArg_ParseStack(PyObject *const *args, Py_ssize_t nargs, const char *format, ...)
{
    VARIADIC(parse_stack(args, nargs, format, &out, 0));
}

int
_PyArg_ParseStack_SizeT(PyObject *const *args, Py_ssize_t nargs, const char *format, ...)
{
    VARIADIC(parse_stack(args, nargs, format, &out, 1));
}

int
PyArg_VaParse(PyObject *args, const char *format, va_list list)
{
    VARIADIC_COPY(parse_tuple(args, format, &out, 0));
}

int
_PyArg_VaParse_SizeT(PyObject *args, const char *format, va_list list)
{
    VARIADIC_COPY(parse_tuple(args, format, &out, 1));
}

/* --- Checks without a format ------------------------------------------------------------------------- */

/* A name in front says whose arguments they are. */
#undef _PyArg_CheckPositional
int
_PyArg_CheckPositional(const char *name, Py_ssize_t nargs, Py_ssize_t min, Py_ssize_t max)
{
    if (nargs >= min && nargs <= max)
        return 1;
    Py_ssize_t expected = nargs < min ? min : max;
    const char *how = min == max ? "" : nargs < min ? "at least " : "at most ";
    if (name != NULL)
        PyErr_Format(PyExc_TypeError, "%.200s expected %s%zd argument%s, got %zd", name, how,
                     expected, expected == 1 ? "" : "s", nargs);
    else
        PyErr_Format(PyExc_TypeError,
                     "unpacked tuple should have %s%zd element%s, but has %zd", how, expected,
                     expected == 1 ? "" : "s", nargs);
    return 0;
}

static int
unpack(PyObject *const *args, Py_ssize_t nargs, const char *name, Py_ssize_t min, Py_ssize_t max,
       va_list list)
{
    if (!_PyArg_CheckPositional(name, nargs, min, max))
        return 0;
    for (Py_ssize_t i = 0; i < nargs; i++)
        *va_arg(list, PyObject **) = args[i];
    return 1;
}

int
PyArg_UnpackTuple(PyObject *args, const char *name, Py_ssize_t min, Py_ssize_t max, ...)
{
    if (!PyTuple_Check(args)) {
        PyErr_SetString(PyExc_SystemError, "PyArg_UnpackTuple() argument list is not a tuple");
        return 0;
    }
    va_list list;
    va_start(list, max);
    int good = unpack(_PyTuple_ITEMS(args), PyTuple_GET_SIZE(args), name, min, max, list);
    va_end(list);
    return good;
}

int
_PyArg_UnpackStack(PyObject *const *args, Py_ssize_t nargs, const char *name, Py_ssize_t min,
                   Py_ssize_t max, ...)
{
    va_list list;
    va_start(list, max);
    int good = unpack(args, nargs, name, min, max, list);
    va_end(list);
    return good;
}

#undef _PyArg_NoKeywords
int
_PyArg_NoKeywords(const char *function, PyObject *kwargs)
{
    if (kwargs == NULL)
        return 1;
    if (!PyDict_CheckExact(kwargs)) {
        PyErr_BadInternalCall();
        return 0;
    }
    if (PyDict_GET_SIZE(kwargs) == 0)
        return 1;
    PyErr_Format(PyExc_TypeError, "%.200s() takes no keyword arguments", function);
    return 0;
}

#undef _PyArg_NoKwnames
int
_PyArg_NoKwnames(const char *function, PyObject *kwnames)
{
    if (kwnames == NULL || PyTuple_GET_SIZE(kwnames) == 0)
        return 1;
    PyErr_Format(PyExc_TypeError, "%s() takes no keyword arguments", function);
    return 0;
}

#undef _PyArg_NoPositional
int
_PyArg_NoPositional(const char *function, PyObject *args)
{
    if (args == NULL)
        return 1;
    if (!PyTuple_CheckExact(args)) {
        PyErr_BadInternalCall();
        return 0;
    }
    if (PyTuple_GET_SIZE(args) == 0)
        return 1;
    PyErr_Format(PyExc_TypeError, "%.200s() takes no positional arguments", function);
    return 0;
}

void
_PyArg_BadArgument(const char *function, const char *place, const char *expected, PyObject *arg)
{
    PyErr_Format(PyExc_TypeError, "%.200s() %.200s must be %.50s, not %.50s", function, place,
                 expected, arg == Py_None ? "None" : Py_TYPE(arg)->tp_name);
}
