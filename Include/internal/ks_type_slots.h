/* SPDX-License-Identifier: MIT */
/* Prototypes of the functions that Objects/type_slots.def names: callers (ks_slot_*) have the type
 * of the slot they fill, wrappers (ks_wrap_*) that of a wrapper descriptor's function. */
#ifndef KS_TYPE_SLOTS_H
#define KS_TYPE_SLOTS_H

#include "ks_base.h"

#define KS_SLOT_CALLER(field, caller) extern __typeof__(*((PyHeapTypeObject *)0)->field) caller;
#define KS_SLOT_WRAPPER(wrapper) extern PyObject *wrapper(PyObject *, PyObject *, void *);

#define SLOT_NONE(name, field)
#define SLOT_CALL(name, field, caller) KS_SLOT_CALLER(field, caller)
#define SLOT_WRAP(name, field, wrapper, signature, doc) KS_SLOT_WRAPPER(wrapper)
#define SLOT_PLAIN(name, field, caller, wrapper, doc) \
    KS_SLOT_CALLER(field, caller) KS_SLOT_WRAPPER(wrapper)
#define SLOT(name, field, caller, wrapper, signature, doc) \
    KS_SLOT_CALLER(field, caller) KS_SLOT_WRAPPER(wrapper)
#define SLOT_KW(name, field, caller, wrapper, signature, doc) \
    KS_SLOT_CALLER(field, caller)                             \
    extern PyObject *wrapper(PyObject *, PyObject *, void *, PyObject *);
#include "../../Objects/type_slots.def"
#undef SLOT_NONE
#undef SLOT_CALL
#undef SLOT_WRAP
#undef SLOT_PLAIN
#undef SLOT
#undef SLOT_KW

/* The getattro of classes that have __getattribute__ but no __getattr__. */
PyObject *ks_slot_getattro(PyObject *self, PyObject *name);

#endif
