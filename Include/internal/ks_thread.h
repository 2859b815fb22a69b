/* SPDX-License-Identifier: MIT */
/* The _thread module: what its files share. */
#ifndef KS_THREAD_H
#define KS_THREAD_H

#include "Python.h"
#include "ks_base.h"

typedef struct KsThreadState {
    PyTypeObject *lock_type, *local_type, *dummy_type, *hook_args_type;
} KsThreadState;

KsThreadState *ks_thread_state(PyObject *module);
/* NULL with TypeError if type does not come from the module. */
KsThreadState *ks_thread_state_of_type(PyTypeObject *type);

extern PyType_Spec ks_lock_spec, ks_rlock_spec, ks_local_spec, ks_localdummy_spec;

KS_NEW PyObject *ks_lock_new(PyObject *module);
void ks_lock_release_if_locked(PyObject *lock);

#endif
