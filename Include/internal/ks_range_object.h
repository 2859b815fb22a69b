/* SPDX-License-Identifier: MIT */
/* The range itself, for its own two sources. */
#ifndef KS_RANGE_OBJECT_H
#define KS_RANGE_OBJECT_H

#include "ks_base.h"

typedef struct KsRange {
    PyObject_HEAD
    PyObject *start, *stop, *step; /* exact ints */
    PyObject *length;
} KsRange;

/* The three numbers as C longs: 1, or 0 if one does not fit. */
int ks_range_longs(KsRange *range, long *start, long *stop, long *step);
/* How many numbers there are; step is not 0. */
unsigned long ks_range_count(long start, long stop, long step);
/* start + index * step for int objects. */
KS_NEW PyObject *ks_range_number(PyObject *start, PyObject *step, PyObject *index);
KS_NEW PyObject *ks_range_new(PyObject *start, PyObject *stop, PyObject *step);
PyObject *ks_range_iter(PyObject *range);
PyObject *ks_range_reversed(PyObject *range, PyObject *unused);

#endif
