/* SPDX-License-Identifier: MIT */
/* Slots and getters that generators, coroutines and async generators have in common. All of them
 * are one struct under three names. */
#ifndef KS_GEN_H
#define KS_GEN_H

#include "ks_base.h"

KS_NEW PyObject *ks_gen_from_frame(PyTypeObject *type, KS_STEALS PyFrameObject *f, PyObject *name,
                                   PyObject *qualname);
KS_NEW PyObject *ks_gen_iternext(PyGenObject *gen);
PySendResult ks_gen_am_send(PyGenObject *gen, PyObject *value, PyObject **result);
int ks_gen_traverse(PyGenObject *gen, visitproc visit, void *arg);
void ks_gen_dealloc(PyGenObject *gen);
PyObject *ks_gen_get_name(PyGenObject *gen, void *closure);
int ks_gen_set_name(PyGenObject *gen, PyObject *value, void *closure);
PyObject *ks_gen_get_qualname(PyGenObject *gen, void *closure);
int ks_gen_set_qualname(PyGenObject *gen, PyObject *value, void *closure);
PyObject *ks_gen_get_delegate(PyGenObject *gen, void *closure);
PyObject *ks_gen_get_running(PyGenObject *gen, void *closure);
PyObject *ks_gen_get_suspended(PyGenObject *gen, void *closure);
PyObject *ks_gen_get_frame(PyGenObject *gen, void *closure);
PyObject *ks_gen_sizeof(PyGenObject *gen, PyObject *ignored);

#endif
