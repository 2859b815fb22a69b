/* SPDX-License-Identifier: MIT */
/* Weak references: what refs and proxies share. */
#ifndef KS_WEAKREF_H
#define KS_WEAKREF_H

#include "ks_base.h"

/* A reference on no list yet; the caller inserts it at once. */
KS_NEW PyWeakReference *ks_weakref_new(PyTypeObject *type, PyObject *object, PyObject *callback);
int ks_weakref_traverse(PyObject *self, visitproc visit, void *arg);
int ks_weakref_clear(PyObject *self);

#endif
