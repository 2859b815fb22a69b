/* SPDX-License-Identifier: MIT */
/* Start-up and shut-down: what the files of this subsystem share with each other. */
#ifndef KS_LIFECYCLE_H
#define KS_LIFECYCLE_H

#include "Python.h"
#include "pycore_ceval.h"
#include "pycore_initconfig.h"
#include "pycore_import.h"
#include "pycore_interp.h"
#include "pycore_pystate.h"
#include "ks_base.h"
#include <dlfcn.h>

/* ---- state ---- */

/* A fresh thread or interpreter state; is_static marks the ones that live inside _PyRuntime. */
#define KS_THREAD_STATE_INIT(is_static) \
    {._static = (is_static), .recursion_limit = Py_DEFAULT_RECURSION_LIMIT, .context_ver = 1}
#define KS_INTERPRETER_STATE_INIT(is_static)                                 \
    {._static = (is_static), .id_refcount = -1, .dlopenflags = RTLD_NOW,     \
     .ceval = {.recursion_limit = Py_DEFAULT_RECURSION_LIMIT},               \
     .gc = {.enabled = 1,                                                    \
            .generations = {{.threshold = 700}, {.threshold = 10}, {.threshold = 10}}}, \
     ._initial_thread = KS_THREAD_STATE_INIT(1)}

/* ---- import ---- */

/* Frozen code: tables made at build time by Programs/freeze, ended by a row without a name. */
extern const struct _frozen ks_frozen_bootstrap[];
extern const struct _frozen ks_frozen_stdlib[];
extern const struct _frozen ks_frozen_test[];

/* The dict of modules of the current interpreter; never NULL after core initialisation. */
KS_BORROWED PyObject *ks_import_modules(PyThreadState *tstate);
PyStatus ks_import_init_core(PyThreadState *tstate, PyObject *sysmod);
PyStatus ks_import_init_external(PyThreadState *tstate);

#endif
