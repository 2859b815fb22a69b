/* SPDX-License-Identifier: MIT */
/* What the _tracemalloc module asks of Python/tracemalloc.c. */
#ifndef KS_TRACEMALLOC_H
#define KS_TRACEMALLOC_H

#include "ks_base.h"

/* The domain of the interpreter's own allocators. */
enum { DEFAULT_DOMAIN = 0 };

int ks_tracemalloc_start(int max_nframe); /* -1 with an exception */
void ks_tracemalloc_stop(void);
void ks_tracemalloc_clear(void);
/* A list of (domain, bytes, frames, total frames). */
KS_NEW PyObject *ks_tracemalloc_traces(void);
void ks_tracemalloc_sizes(size_t *now, size_t *peak);
void ks_tracemalloc_reset_peak(void);
size_t ks_tracemalloc_overhead(void);

#endif
