/* SPDX-License-Identifier: MIT */
/* Typed argument checks for C functions that take a vectorcall's array.
 *
 * Everything here sets CPython's exception and answers 1 or 0. Positional arguments are handled
 * without any search; keywords are matched by identity first, because names in call sites and in
 * the tables are interned in practice, and by text otherwise. */
#include "Python.h"

#include "ks_args.h"

int
ks_args_count(const char *name, Py_ssize_t nargs, Py_ssize_t min, Py_ssize_t max)
{
    if (KS_LIKELY(nargs >= min && nargs <= max))
        return 1;
    const char *bound = min == max ? "" : nargs < min ? "at least " : "at most ";
    Py_ssize_t limit = nargs < min ? min : max;
    if (name != NULL)
        PyErr_Format(PyExc_TypeError, "%.200s expected %s%zd argument%s, got %zd", name, bound,
                     limit, limit == 1 ? "" : "s", nargs);
    else
        PyErr_Format(PyExc_TypeError, "unpacked tuple should have %s%zd element%s, but has %zd",
                     bound, limit, limit == 1 ? "" : "s", nargs);
    return 0;
}

int
ks_args_no_kwnames(const char *name, PyObject *kwnames)
{
    if (kwnames == NULL || PyTuple_GET_SIZE(kwnames) == 0)
        return 1;
    PyErr_Format(PyExc_TypeError, "%.200s() takes no keyword arguments", name);
    return 0;
}

int
ks_arg_index(PyObject *arg, Py_ssize_t *value)
{
    if (PyLong_CheckExact(arg)) {
        *value = PyLong_AsSsize_t(arg);
    }
    else {
        KS_OWNED PyObject *number = PyNumber_Index(arg);
        if (number == NULL)
            return 0;
        *value = PyLong_AsSsize_t(number);
    }
    return *value != -1 || !PyErr_Occurred();
}

int
ks_arg_int(PyObject *arg, int *value)
{
    long wide;
    if (!ks_arg_long(arg, &wide))
        return 0;
    if (wide > INT_MAX || wide < INT_MIN) {
        PyErr_SetString(PyExc_OverflowError, wide > INT_MAX
                            ? "signed integer is greater than maximum"
                            : "signed integer is less than minimum");
        return 0;
    }
    *value = (int)wide;
    return 1;
}

int
ks_arg_uint32(PyObject *arg, unsigned int *value)
{
    unsigned long wide = PyLong_AsUnsignedLongMask(arg);
    if (wide == (unsigned long)-1 && PyErr_Occurred())
        return 0;
    *value = (unsigned int)wide;
    return 1;
}

int
ks_arg_long(PyObject *arg, long *value)
{
    *value = PyLong_AsLong(arg);
    return *value != -1 || !PyErr_Occurred();
}

int
ks_arg_bool(PyObject *arg, int *value)
{
    *value = PyObject_IsTrue(arg);
    return *value >= 0;
}

int
ks_arg_double(PyObject *arg, double *value)
{
    *value = PyFloat_CheckExact(arg) ? PyFloat_AS_DOUBLE(arg) : PyFloat_AsDouble(arg);
    return *value != -1.0 || !PyErr_Occurred();
}

int
ks_arg_char(PyObject *arg, Py_UCS4 *value)
{
    if (!PyUnicode_Check(arg)) {
        PyErr_Format(PyExc_TypeError, "argument must be a unicode character, not %.50s",
                     arg == Py_None ? "None" : Py_TYPE(arg)->tp_name);
        return 0;
    }
    if (PyUnicode_READY(arg) < 0)
        return 0;
    if (PyUnicode_GET_LENGTH(arg) != 1) {
        PyErr_SetString(PyExc_TypeError, "argument must be a unicode character, not str");
        return 0;
    }
    *value = PyUnicode_READ_CHAR(arg, 0);
    return 1;
}

int
ks_arg_str(const char *function, int position, PyObject *arg, PyObject **value)
{
    if (KS_UNLIKELY(!PyUnicode_Check(arg))) {
        const char *given = arg == Py_None ? "None" : Py_TYPE(arg)->tp_name;
        if (position > 0)
            PyErr_Format(PyExc_TypeError, "%.200s() argument %d must be str, not %.50s", function,
                         position, given);
        else
            PyErr_Format(PyExc_TypeError, "%.200s() argument must be str, not %.50s", function,
                         given);
        return 0;
    }
    if (PyUnicode_READY(arg) < 0)
        return 0;
    *value = arg;
    return 1;
}

/* The UTF-8 text of a str without nul characters. */
static int
arg_text(const char *function, const KsParam *param, PyObject *arg, const char **value)
{
    if (!PyUnicode_Check(arg)) {
        PyErr_Format(PyExc_TypeError, "%.200s() argument '%s' must be str%s, not %.50s", function,
                     param->name, param->kind == ARG_TEXT_OR_NONE ? " or None" : "",
                     arg == Py_None ? "None" : Py_TYPE(arg)->tp_name);
        return 0;
    }
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(arg, &size);
    if (text == NULL)
        return 0;
    if ((Py_ssize_t)strlen(text) != size) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return 0;
    }
    *value = text;
    return 1;
}

static int
arg_store(const char *function, const KsParam *param, PyObject *arg, void *out)
{
    void *field = (char *)out + param->offset;
    switch ((KsArgKind)param->kind) {
    case ARG_OBJECT:
        *(PyObject **)field = arg;
        return 1;
    case ARG_STR:
        if (!PyUnicode_Check(arg)) {
            PyErr_Format(PyExc_TypeError, "%.200s() argument '%s' must be str, not %.50s",
                         function, param->name, arg == Py_None ? "None" : Py_TYPE(arg)->tp_name);
            return 0;
        }
        *(PyObject **)field = arg;
        return PyUnicode_READY(arg) == 0;
    case ARG_BOOL:
        return ks_arg_bool(arg, field);
    case ARG_INT:
        return ks_arg_int(arg, field);
    case ARG_LONG:
        return ks_arg_long(arg, field);
    case ARG_INDEX:
        return ks_arg_index(arg, field);
    case ARG_DOUBLE:
        return ks_arg_double(arg, field);
    case ARG_CHAR:
        return ks_arg_char(arg, field);
    case ARG_TEXT_OR_NONE:
        if (arg == Py_None) {
            *(const char **)field = NULL;
            return 1;
        }
        return arg_text(function, param, arg, field);
    case ARG_TEXT:
        return arg_text(function, param, arg, field);
    }
    Py_UNREACHABLE();
}

/* What a table says about itself. */
typedef struct ParamShape {
    int total, positional, required_positional, positional_only;
} ParamShape;

static ParamShape
param_shape(const KsParam *params)
{
    ParamShape shape = {0, 0, 0, 0};
    for (; params[shape.total].name != NULL; shape.total++) {
        const KsParam *param = &params[shape.total];
        if (!param->keyword_only) {
            shape.positional++;
            if (param->required)
                shape.required_positional = shape.positional;
        }
        if (param->name[0] == '\0')
            shape.positional_only++;
    }
    return shape;
}

static KS_COLD int
too_many(const char *function, const ParamShape *shape, Py_ssize_t nargs, Py_ssize_t nkw)
{
    Py_ssize_t given = nargs + nkw;
    if (given > shape->total) {
        PyErr_Format(PyExc_TypeError, "%.200s() takes at most %d %sargument%s (%zd given)",
                     function, shape->total, nargs == 0 ? "keyword " : "",
                     shape->total == 1 ? "" : "s", given);
        return 0;
    }
    if (shape->positional == 0)
        PyErr_Format(PyExc_TypeError, "%.200s() takes no positional arguments", function);
    else
        PyErr_Format(PyExc_TypeError, "%.200s() takes %s %d positional argument%s (%zd given)",
                     function, shape->required_positional < shape->positional ? "at most" : "exactly",
                     shape->positional, shape->positional == 1 ? "" : "s", nargs);
    return 0;
}

/* The index of the parameter with this name; -1 when there is none. */
static int
param_find(const KsParam *params, const ParamShape *shape, PyObject *name)
{
    for (int i = shape->positional_only; i < shape->total; i++) {
        if (PyUnicode_CompareWithASCIIString(name, params[i].name) == 0)
            return i;
    }
    return -1;
}

/* A source of arguments: an array with names of its last items, or a tuple and a dict. */
typedef struct Given {
    PyObject *const *args;
    Py_ssize_t nargs;
    PyObject *kwnames;
    PyObject *kwargs;
    PyObject *unknown; /* a keyword that names no parameter, borrowed */
} Given;

static int
keyword_store(const char *function, const KsParam *params, const ParamShape *shape,
              Given *given, PyObject *name, PyObject *value, PyObject **values)
{
    if (!PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_TypeError, "keywords must be strings");
        return 0;
    }
    int index = param_find(params, shape, name);
    if (index < 0) {
        given->unknown = name; /* a missing argument is reported first */
        return 1;
    }
    if (index < given->nargs) {
        PyErr_Format(PyExc_TypeError,
                     "argument for %.200s() given by name ('%U') and position (%d)", function,
                     name, index + 1);
        return 0;
    }
    values[index] = value;
    return 1;
}

static int
keywords_store(const char *function, const KsParam *params, const ParamShape *shape,
               Given *given, PyObject **values)
{
    if (given->kwnames != NULL) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(given->kwnames); i++) {
            if (!keyword_store(function, params, shape, given,
                               PyTuple_GET_ITEM(given->kwnames, i), given->args[given->nargs + i],
                               values))
                return 0;
        }
    }
    if (given->kwargs != NULL) {
        PyObject *name, *value;
        Py_ssize_t position = 0;
        while (PyDict_Next(given->kwargs, &position, &name, &value)) {
            if (!keyword_store(function, params, shape, given, name, value, values))
                return 0;
        }
    }
    return 1;
}

#define KS_PARAMS_MAX 32

static int
args_distribute(const char *function, const KsParam *params, Given *given, void *out)
{
    ParamShape shape = param_shape(params);
    assert(shape.total <= KS_PARAMS_MAX);
    Py_ssize_t nkw = given->kwnames != NULL  ? PyTuple_GET_SIZE(given->kwnames)
                     : given->kwargs != NULL ? PyDict_GET_SIZE(given->kwargs)
                                             : 0;
    if (given->nargs > shape.positional || given->nargs + nkw > shape.total)
        return too_many(function, &shape, given->nargs, nkw);
    PyObject *values[KS_PARAMS_MAX] = {NULL};
    for (Py_ssize_t i = 0; i < given->nargs; i++)
        values[i] = given->args[i];
    int required_only = 0;
    while (required_only < shape.positional_only && params[required_only].required)
        required_only++;
    if (given->nargs < required_only) {
        PyErr_Format(PyExc_TypeError, "%.200s() takes %s %d positional argument%s (%zd given)",
                     function, required_only < shape.positional ? "at least" : "exactly",
                     required_only, required_only == 1 ? "" : "s", given->nargs);
        return 0;
    }
    if (nkw != 0 && !keywords_store(function, params, &shape, given, values))
        return 0;
    for (int i = 0; i < shape.total; i++) {
        if (values[i] == NULL && params[i].required) {
            PyErr_Format(PyExc_TypeError, "%.200s() missing required argument '%s' (pos %d)",
                         function, params[i].name, i + 1);
            return 0;
        }
    }
    if (given->unknown != NULL) {
        PyErr_Format(PyExc_TypeError, "'%S' is an invalid keyword argument for %.200s()",
                     given->unknown, function);
        return 0;
    }
    for (int i = 0; i < shape.total; i++) {
        if (values[i] != NULL && !arg_store(function, &params[i], values[i], out))
            return 0;
    }
    return 1;
}

int
ks_args_parse(const char *function, const KsParam *params, PyObject *const *args,
              Py_ssize_t nargs, PyObject *kwnames, void *out)
{
    Given given = {args, nargs, kwnames, NULL, NULL};
    return args_distribute(function, params, &given, out);
}

int
ks_args_parse_tuple(const char *function, const KsParam *params, PyObject *args,
                    PyObject *kwargs, void *out)
{
    Given given = {&PyTuple_GET_ITEM(args, 0), PyTuple_GET_SIZE(args), NULL, kwargs, NULL};
    return args_distribute(function, params, &given, out);
}
