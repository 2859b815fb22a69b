/* SPDX-License-Identifier: MIT */
/* The sys module: what its files share. */
#ifndef KS_SYS_H
#define KS_SYS_H

#include "Python.h"
#include "ks_base.h"

extern PyMethodDef ks_sys_methods[];

/* flags, version_info, float_info, ...: what sys holds besides functions and configuration. */
int ks_sys_add_facts(PyThreadState *tstate, PyObject *sysdict);
/* Makes sys.flags anew from the configuration. */
int ks_sys_set_flags(PyInterpreterState *interp, PyObject *sysdict);
/* The sys.asyncgen_hooks structure for the current thread. */
KS_NEW PyObject *ks_sys_asyncgen_hooks(PyThreadState *tstate);

/* The one argument, given by position or by name; NULL with TypeError. */
KS_BORROWED PyObject *ks_sys_single_arg(const char *function, const char *name, PyObject *const *args,
                                        Py_ssize_t nargs, PyObject *kwnames);

PyObject *ks_sys_addaudithook(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                              PyObject *kwnames);
PyObject *ks_sys_audit(PyObject *self, PyObject *const *args, Py_ssize_t nargs);

/* Hooks (sys_hooks.c). */
PyObject *ks_sys_displayhook(PyObject *self, PyObject *value);
PyObject *ks_sys_excepthook(PyObject *self, PyObject *const *args, Py_ssize_t nargs);
PyObject *ks_sys_breakpointhook(PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                                PyObject *kwnames);
PyObject *ks_sys_settrace(PyObject *self, PyObject *callback);
PyObject *ks_sys_setprofile(PyObject *self, PyObject *callback);

#endif
