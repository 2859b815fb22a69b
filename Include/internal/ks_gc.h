/* SPDX-License-Identifier: MIT */
/* The cycle collector, as the gc module and the lifecycle use it. */
#ifndef KS_GC_H
#define KS_GC_H

#include "ks_base.h"

#define KS_GC_DEBUG_STATS 1
#define KS_GC_DEBUG_COLLECTABLE 2
#define KS_GC_DEBUG_UNCOLLECTABLE 4
#define KS_GC_DEBUG_SAVEALL 32

/* Collects the generation and all younger ones. Returns the number of unreachable objects found,
 * collected or not; errors of finalizers and callbacks are reported, none is set. */
Py_ssize_t ks_gc_collect(PyThreadState *tstate, int generation);
/* The same with gc.callbacks called before and after. */
Py_ssize_t ks_gc_collect_announced(PyThreadState *tstate, int generation);

#endif
