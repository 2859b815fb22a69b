/* SPDX-License-Identifier: MIT */
/* bytearray's own methods, for the method table it shares with bytes. */
#ifndef KS_BYTEARRAY_H
#define KS_BYTEARRAY_H

#include "ks_base.h"

PyObject *ks_bytearray___reduce__(PyObject *self, PyObject *unused);
PyObject *ks_bytearray___reduce_ex__(PyObject *self, PyObject *const *args, Py_ssize_t nargs);
PyObject *ks_bytearray___sizeof__(PyObject *self, PyObject *unused);
PyObject *ks_bytearray_alloc(PyObject *self, PyObject *unused);
PyObject *ks_bytearray_append(PyObject *self, PyObject *item);
PyObject *ks_bytearray_clear(PyObject *self, PyObject *unused);
PyObject *ks_bytearray_copy(PyObject *self, PyObject *unused);
PyObject *ks_bytearray_extend(PyObject *self, PyObject *iterable);
PyObject *ks_bytearray_insert(PyObject *self, PyObject *const *args, Py_ssize_t nargs);
PyObject *ks_bytearray_pop(PyObject *self, PyObject *const *args, Py_ssize_t nargs);
PyObject *ks_bytearray_remove(PyObject *self, PyObject *value);
PyObject *ks_bytearray_reverse(PyObject *self, PyObject *unused);

#endif
