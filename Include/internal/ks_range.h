/* SPDX-License-Identifier: MIT */
/* The iterator over a range whose numbers all fit into a C long, for loops that take it apart. */
#ifndef KS_RANGE_H
#define KS_RANGE_H

#include "ks_base.h"

typedef struct KsRangeIter {
    PyObject_HEAD
    long next;  /* the number to hand out, while left > 0 */
    long step;
    long left;  /* how many are to come */
    long total; /* how many there were at the start */
} KsRangeIter;

#endif
