/* SPDX-License-Identifier: MIT */
/* Modules, as attribute look-ups see them. */
#ifndef KS_MODULE_H
#define KS_MODULE_H

#include "ks_base.h"

/* tp_getattro of modules: the dict, then the module's own __getattr__. */
KS_NEW PyObject *ks_module_getattro(PyObject *self, PyObject *name);
/* The same for who only asks: NULL without an exception if the module has neither the attribute
 * nor a __getattr__. */
KS_NEW PyObject *ks_module_find_attribute(PyObject *self, PyObject *name);

#endif
