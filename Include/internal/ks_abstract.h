/* SPDX-License-Identifier: MIT */
/* Abstract protocols: what their files share. */
#ifndef KS_ABSTRACT_H
#define KS_ABSTRACT_H

#include "ks_base.h"

/* SystemError for a NULL argument, unless an exception is set already. Always NULL. */
PyObject *ks_refuse_null(void);
/* TypeError; format has one %s, the name of object's type. Always NULL and -1. */
PyObject *ks_refuse_type(const char *format, PyObject *object);
int ks_refuse_type_int(const char *format, PyObject *object);

/* The slot at an offset of PyNumberMethods tried on both operands, by the language's order of
 * preference. NotImplemented if neither knows. */
KS_NEW PyObject *ks_number_binary(PyObject *left, PyObject *right, size_t slot);

#endif
