/* SPDX-License-Identifier: MIT */
/* Import: what import*.c, dynload.c and _imp share. */
#ifndef KS_IMPORT_H
#define KS_IMPORT_H

#include "Python.h"
#include "ks_base.h"

typedef enum KsFrozenStatus {
    KS_FROZEN_OK,
    KS_FROZEN_BAD_NAME, /* not text or not found */
    KS_FROZEN_NOT_FOUND,
    KS_FROZEN_DISABLED, /* exists, but the configuration says not to use it */
    KS_FROZEN_EXCLUDED, /* a row without code */
    KS_FROZEN_INVALID,  /* a row with empty code */
} KsFrozenStatus;

typedef struct KsFrozenInfo {
    PyObject *name; /* borrowed */
    const char *data;
    Py_ssize_t size;
    int is_package;
    int is_alias;
    const char *origname; /* NULL for an alias of nothing */
} KsFrozenInfo;

KsFrozenStatus ks_frozen_find(PyObject *name, KsFrozenInfo *info);
void ks_frozen_raise(KsFrozenStatus status, PyObject *name);
KS_NEW PyObject *ks_frozen_code(const KsFrozenInfo *info);
KS_NEW PyObject *ks_frozen_names(void);

KS_NEW PyObject *ks_import_exec_frozen(PyThreadState *tstate, PyObject *name, PyObject *code,
                                       int is_package, PyObject *origname);

/* A single-phase module that was loaded before; NULL without an exception if there is none. */
KS_NEW PyObject *ks_import_find_extension(PyThreadState *tstate, PyObject *name, PyObject *filename);
KS_NEW PyObject *ks_import_create_builtin(PyThreadState *tstate, PyObject *name, PyObject *spec);
/* 1 in the table, -1 in the table but not to be made anew (sys, builtins), 0 not there. */
int ks_import_is_builtin(PyObject *name);
int ks_import_lock_held(void);

/* dlopen()s spec.origin and calls its init function. */
KS_NEW PyObject *ks_dynload(PyObject *spec, FILE *file);

#endif
