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
extern const struct _module_alias ks_frozen_aliases[];
extern const char *const ks_stdlib_module_names[]; /* ended by NULL */

/* The dict of modules of the current interpreter; never NULL after core initialisation. */
KS_BORROWED PyObject *ks_import_modules(PyThreadState *tstate);
KS_NEW PyObject *ks_import_create_builtin(PyThreadState *tstate, PyObject *name, PyObject *spec);
PyStatus ks_import_init_core(PyThreadState *tstate, PyObject *sysmod);
PyStatus ks_import_init_external(PyThreadState *tstate);
void ks_import_clear_extensions(void);
int ks_import_lock_held(void);
/* The import error CPython's default __import__ trims its own frames from. */
PyObject *ks_dynload_module(PyObject *spec, FILE *fp);
/* All module definitions known by (filename, name), or NULL; borrowed. */
PyObject *ks_import_find_extension(PyThreadState *tstate, PyObject *name, PyObject *filename);

/* ---- sys ---- */

int ks_sys_init_main(PyThreadState *tstate);
PyStatus ks_sys_set_preliminary_stderr(PyObject *sysdict);
KS_NEW PyObject *ks_sys_flags_new(PyInterpreterState *interp);
int ks_sys_flags_update(PyObject *flags, PyInterpreterState *interp);
extern PyMethodDef ks_sys_methods[];        /* hooks, limits, tracing, frames, ... */
int ks_sys_add_structs(PyThreadState *tstate, PyObject *sysdict);
void ks_sys_fini_structs(void);

/* ---- configuration ---- */

PyStatus ks_config_usage(int error, const wchar_t *program);
void ks_config_usage_env(void);
void ks_config_usage_xoptions(void);
void ks_config_usage_all(const wchar_t *program);
PyStatus ks_config_parse_argv(PyConfig *config, PyWideStringList *warnoptions,
                              Py_ssize_t *first_argument);
/* Fills the path fields of config that the embedder left open. */
PyStatus ks_path_config_compute(PyConfig *config, int compute);

#endif
