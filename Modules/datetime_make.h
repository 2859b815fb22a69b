/* SPDX-License-Identifier: MIT */
/* The class methods that make a datetime from other things. */
#ifndef KS_DATETIME_MAKE_H
#define KS_DATETIME_MAKE_H

#include "datetime_parts.h"

PyObject *ks_dt_datetime_now(PyObject *type, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);
PyObject *ks_dt_datetime_utcnow(PyObject *type, PyObject *ignored);
PyObject *ks_dt_datetime_utcfromtimestamp(PyObject *type, PyObject *args);
PyObject *ks_dt_datetime_strptime(PyObject *type, PyObject *args);
PyObject *ks_dt_datetime_combine(PyObject *type, PyObject *args, PyObject *kwargs);
PyObject *ks_dt_datetime_fromisoformat(PyObject *type, PyObject *text);

#endif
