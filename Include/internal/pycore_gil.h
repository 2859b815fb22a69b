/* SPDX-License-Identifier: MIT */
/* The lock that lets one thread run Python code at a time. */
#ifndef Py_INTERNAL_GIL_H
#define Py_INTERNAL_GIL_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#include "pycore_atomic.h"
#include "pycore_condvar.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FORCE_SWITCHING

struct _gil_runtime_state {
    unsigned long interval;
    _Py_atomic_address last_holder;
    _Py_atomic_int locked;
    unsigned long switch_number;
    PyCOND_T cond;
    PyMUTEX_T mutex;
#ifdef FORCE_SWITCHING
    PyCOND_T switch_cond;
    PyMUTEX_T switch_mutex;
#endif
};

#ifdef __cplusplus
}
#endif

#endif
