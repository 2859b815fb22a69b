/* SPDX-License-Identifier: MIT */
/* What the descriptor types have in common; see Objects/descr.c. */
#ifndef KS_DESCR_H
#define KS_DESCR_H

#include "structmember.h"
#include "ks_base.h"

KS_NEW PyDescrObject *ks_descr_new(PyTypeObject *descr_type, PyTypeObject *type, const char *name);
void ks_descr_dealloc(PyObject *self);
int ks_descr_traverse(PyObject *self, visitproc visit, void *arg);
PyObject *ks_descr_get_qualname(PyObject *self, void *closure);
PyObject *ks_descr_reduce(PyObject *self, PyObject *unused);
extern PyMethodDef ks_descr_methods[];
extern PyMemberDef ks_descr_members[];

#endif
