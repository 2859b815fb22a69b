/* SPDX-License-Identifier: MIT */
/* What the state_*.c files share: the runtime's lock and the thread state's two halves of life. */
#ifndef KS_STATE_H
#define KS_STATE_H

#include "Python.h"
#include "pycore_pystate.h"

void ks_state_lock(void);
void ks_state_unlock(void);

/* Frees a thread state that is off its interpreter's list: data stack and memory, no references. */
void ks_thread_state_free(PyThreadState *tstate);
/* The state that the current thread takes when it comes back through PyGILState_Ensure(). */
void ks_gilstate_remember(PyThreadState *tstate);
void ks_gilstate_forget(PyThreadState *tstate);

#endif
