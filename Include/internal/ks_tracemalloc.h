/* SPDX-License-Identifier: MIT */
/* Tracing of memory blocks: what the _tracemalloc module asks of tracemalloc.c. The GIL is held. */
#ifndef KS_TRACEMALLOC_H
#define KS_TRACEMALLOC_H

#include "ks_base.h"

#define KS_TRACE_FRAMES_MAX 65535

/* Makes the tables; later calls do nothing. 0, or -1 with an exception. */
int ks_tracemalloc_set_up(void);
/* Begins to trace with the given number of frames; nothing while tracing. 0, or -1 with an exception. */
int ks_tracemalloc_start(int max_nframe);
void ks_tracemalloc_stop(void);
void ks_tracemalloc_clear(void);
void ks_tracemalloc_reset_peak(void);
/* Bytes in traced blocks, now and at most. */
void ks_tracemalloc_traced(size_t *now, size_t *peak);
/* Bytes of tracemalloc's own tables. */
size_t ks_tracemalloc_own_bytes(void);
/* A list of (domain, size, traceback, total number of frames). */
KS_NEW PyObject *ks_tracemalloc_traces(void);

#endif
