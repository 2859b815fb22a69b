/* SPDX-License-Identifier: MIT */
/* Parsing arguments by format strings: the unit converter and what its users share. */
#ifndef KS_GETARGS_H
#define KS_GETARGS_H

#include "ks_base.h"

/* The caller's output pointers; a struct, so that it can be passed by address. */
typedef struct KsVarArgs {
    va_list list;
} KsVarArgs;

/* The body of a variadic function: `begin` is its va_start or va_copy of out.list. The list is made
 * where it is used, since a copy just behind va_start waits for the stores it reads. */
#define KS_WITH_VARARGS(begin, call) \
    KsVarArgs out;                   \
    begin;                           \
    int good = call;                 \
    va_end(out.list);                \
    return good

/* What successful conversions must undo when a later one fails. */
typedef struct KsUndo {
    void *address;
    int (*converter)(PyObject *, void *); /* called with NULL, as O& converters are */
} KsUndo;

typedef struct KsArgParse {
    KsVarArgs *out;
    const char *texts;     /* a format to look for function and message in, when they are needed */
    const char *function;  /* from the format's ":name", NULL without */
    const char *message;   /* from ";message" */
    int has_size_t;        /* compiled with PY_SSIZE_T_CLEAN */
    KsUndo *undo;
    int undo_count;
    int undo_room;
    KsUndo undo_inside[8];
    char error[256];       /* "must be ..., not ..." of the last failure */
    int levels[32];        /* item numbers inside nested tuples, 0 ends */
} KsArgParse;

void ks_arg_parse_open(KsArgParse *parse, KsVarArgs *out, int has_size_t);
/* Ends the parse: undoes everything if it failed. Returns `good`. */
int ks_arg_parse_close(KsArgParse *parse, int good);
/* For messages: function and message are there from now on. Returns function or NULL. */
const char *ks_arg_find_texts(KsArgParse *parse);
/* "name()" or "function": two strings for "%.200s%s". */
const char *ks_arg_name(const char *function);
const char *ks_arg_parens(const char *function);

/* Converts one argument by the unit at *format, which moves behind it. `number` counts from 1,
 * 0 for the one argument of PyArg_Parse. 0 with the exception set. */
int ks_arg_convert(KsArgParse *parse, PyObject *arg, const char **format, int number);
/* Passes over one unit and its output pointers; 0 with SystemError. */
int ks_arg_skip(KsArgParse *parse, const char **format);

#endif
