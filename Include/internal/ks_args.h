/* SPDX-License-Identifier: MIT */
/* Argument checks for C functions of the vectorcall conventions (METH_FASTCALL, with or without
 * METH_KEYWORDS) and for tp_new/tp_init. All set the exception CPython sets and answer 1 for yes,
 * 0 for no with the exception set. No format string is parsed. */
#ifndef KS_ARGS_H
#define KS_ARGS_H

#include "ks_base.h"

/* min <= nargs <= max, else TypeError "name expected ... arguments, got n". */
int ks_args_count(const char *name, Py_ssize_t nargs, Py_ssize_t min, Py_ssize_t max);
/* No keyword arguments given, else TypeError "name() takes no keyword arguments". */
int ks_args_no_kwnames(const char *name, PyObject *kwnames);

/* Conversions of one argument. Names in messages: "argument must be ..." as CPython words them. */
int ks_arg_index(PyObject *arg, Py_ssize_t *value);        /* __index__, OverflowError when too big */
int ks_arg_int(PyObject *arg, int *value);                 /* as PyArg format "i" */
int ks_arg_uint32(PyObject *arg, unsigned int *value);     /* as "I": no overflow check */
int ks_arg_long(PyObject *arg, long *value);               /* as "l" */
int ks_arg_bool(PyObject *arg, int *value);                /* as "p" */
int ks_arg_double(PyObject *arg, double *value);           /* as "d" */
int ks_arg_char(PyObject *arg, Py_UCS4 *value);            /* as "C" */
/* A str (borrowed); function and position (1-based, 0 = "argument") for the message. */
int ks_arg_str(const char *function, int position, PyObject *arg, PyObject **value);

typedef enum KsArgKind {
    ARG_OBJECT, /* PyObject *, borrowed */
    ARG_STR,    /* PyObject *, borrowed, must be str */
    ARG_BOOL,   /* int, truth value */
    ARG_INT,    /* int */
    ARG_LONG,   /* long */
    ARG_INDEX,  /* Py_ssize_t through __index__ */
    ARG_DOUBLE, /* double */
    ARG_CHAR,   /* Py_UCS4 of a one-character str */
    ARG_TEXT,   /* const char *, UTF-8 of a str without nul ("s") */
    ARG_TEXT_OR_NONE, /* the same, NULL for None ("z") */
} KsArgKind;

/* One parameter. Fields of absent optional parameters keep the value they had before the call. */
typedef struct KsParam {
    const char *name;        /* "" = positional only */
    unsigned short offset;   /* of the field in the caller's struct */
    unsigned char kind;      /* KsArgKind */
    unsigned char required;  /* 1 = required */
    unsigned char keyword_only;
} KsParam;

#define PARAM(type, field, kind, required) {#field, offsetof(type, field), kind, required, 0}
#define PARAM_NAMED(type, field, name, kind, required) {name, offsetof(type, field), kind, required, 0}
#define PARAM_POS(type, field, kind, required) {"", offsetof(type, field), kind, required, 0}
#define PARAM_KWONLY(type, field, kind, required) {#field, offsetof(type, field), kind, required, 1}
#define PARAM_END {NULL, 0, 0, 0, 0}

/* Distributes a vectorcall's arguments over the fields of *out. nargs without the offset flag. */
int ks_args_parse(const char *function, const KsParam *params, PyObject *const *args,
                  Py_ssize_t nargs, PyObject *kwnames, void *out);
/* The same for an argument tuple and a dict (or NULL), as tp_new and tp_init receive them. */
int ks_args_parse_tuple(const char *function, const KsParam *params, PyObject *args,
                        PyObject *kwargs, void *out);

#endif
