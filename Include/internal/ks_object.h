/* SPDX-License-Identifier: MIT */
/* What the object protocol and the type system share with each other: attribute access with its
 * quiet variants and the errors it raises. */
#ifndef KS_OBJECT_H
#define KS_OBJECT_H

#include "ks_base.h"

/* Writes obj and name into the AttributeError that is being raised, unless it has them already. */
void ks_attribute_error_note(PyObject *obj, PyObject *name);

/* TypeError "attribute name must be string, not ..." unless name is a str. Answers 1 for yes. */
int ks_attribute_name_check(PyObject *name);

/* type.__getattribute__. With quiet, absence is NULL without an exception. */
KS_NEW PyObject *ks_type_getattr(PyTypeObject *type, PyObject *name, int quiet);

/* The same test PyDescr_IsData makes, inlined. */
KS_INLINE int
ks_descr_is_data(PyObject *descr)
{
    return Py_TYPE(descr)->tp_descr_set != NULL;
}

#endif
