/* SPDX-License-Identifier: MIT */
/* The format specification language: [[fill]align][sign][z][#][0][width][grouping][.precision][type] */
#ifndef KS_FORMAT_H
#define KS_FORMAT_H

#include "ks_base.h"

typedef struct KsFormatSpec {
    Py_UCS4 fill;
    char align;      /* '<', '>', '^' or '=' */
    char sign;       /* '+', '-', ' ', or 0 */
    char grouping;   /* ',', '_' or 0 */
    char is_alternate;
    char no_negative_zero;
    Py_ssize_t width;     /* -1 without */
    Py_ssize_t precision; /* -1 without */
    Py_UCS4 type;         /* the default if none was given */
} KsFormatSpec;

/* Parses spec[start:end] for an object. -1 with ValueError. */
int ks_format_parse(KsFormatSpec *out, PyObject *object, PyObject *spec, Py_ssize_t start,
                    Py_ssize_t end, Py_UCS4 default_type, char default_align);
int ks_format_refuse_type(Py_UCS4 type, PyObject *object);

/* How much padding goes to the left of a text of `length` characters; the rest in *right. */
Py_ssize_t ks_format_padding(const KsFormatSpec *spec, Py_ssize_t length, Py_ssize_t *right);
int ks_format_fill(_PyUnicodeWriter *writer, Py_UCS4 fill, Py_ssize_t count);

#endif
