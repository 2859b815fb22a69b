/* SPDX-License-Identifier: MIT */
/* The eval breaker: one word per interpreter that is non-zero whenever the loop should stop and
 * look. It is the disjunction of its reasons and recomputed when one of them goes. */
#ifndef KS_BREAKER_H
#define KS_BREAKER_H

#include "ks_base.h"
#include "pycore_interp.h"

/* Recomputes the word from its reasons. */
void ks_breaker_compute(PyInterpreterState *interp);
/* Somebody wants the GIL; nobody does any more. */
void ks_breaker_set_drop(PyInterpreterState *interp);
void ks_breaker_clear_drop(PyInterpreterState *interp);

/* gil.c: lets go of the GIL and takes it again. */
void ks_gil_yield(PyThreadState *tstate);

/* Whether the calling thread holds the GIL, whichever thread state is current. */
int ks_gil_is_mine(void);

#endif
