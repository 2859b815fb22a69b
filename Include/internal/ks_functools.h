/* SPDX-License-Identifier: MIT */
/* The _functools module's state and the types of its sources. */
#ifndef KS_FUNCTOOLS_H
#define KS_FUNCTOOLS_H

#include "Python.h"

#include "ks_args.h"

typedef struct FunctoolsState {
    PyTypeObject *key_type;
    PyObject *keyword_mark; /* between positional and keyword arguments in lru_cache's keys */
} FunctoolsState;

extern struct PyModuleDef ks_functools_module;
extern PyType_Spec ks_partial_spec;
extern PyType_Spec ks_lru_cache_spec;
extern PyTypeObject ks_lru_link_type;

#endif
