/* SPDX-License-Identifier: MIT */
/* Parameterised generics (list[int]) and unions (int | str): what the two share. */
#ifndef KS_GENERIC_H
#define KS_GENERIC_H

#include "ks_base.h"

typedef struct KsAlias {
    PyObject_HEAD
    PyObject *origin;
    PyObject *args;        /* tuple */
    PyObject *parameters;  /* tuple, made when asked for */
    PyObject *weakreflist;
    char starred;          /* *tuple[int] */
    vectorcallfunc vectorcall;
} KsAlias;

/* repr of one argument: a class by its name, None, ..., anything else by repr. Appends to the
 * writer; 0, or -1 with an exception. */
int ks_generic_write_argument(_PyUnicodeWriter *writer, PyObject *argument);

#endif
