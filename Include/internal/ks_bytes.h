/* SPDX-License-Identifier: MIT */
/* bytes and bytearray: what their files share.
 *
 * Methods are written once for both types: they see their object as text and length, and make
 * results of the kind their object is. */
#ifndef KS_BYTES_H
#define KS_BYTES_H

#include "ks_base.h"

typedef struct KsText {
    const char *text;
    Py_ssize_t length;
} KsText;

/* The text of a bytes or bytearray object. */
KS_INLINE KsText
ks_bytes_text(PyObject *self)
{
    if (PyBytes_Check(self))
        return (KsText){PyBytes_AS_STRING(self), PyBytes_GET_SIZE(self)};
    return (KsText){PyByteArray_AS_STRING(self), PyByteArray_GET_SIZE(self)};
}

/* A new bytes (bytearray, if self is one) with this text; uninitialised for NULL. */
KS_INLINE KS_NEW PyObject *
ks_bytes_like(PyObject *self, const char *text, Py_ssize_t length)
{
    return PyBytes_Check(self) ? PyBytes_FromStringAndSize(text, length)
                               : PyByteArray_FromStringAndSize(text, length);
}
KS_INLINE char *
ks_bytes_buffer(PyObject *made)
{
    return PyBytes_Check(made) ? PyBytes_AS_STRING(made) : PyByteArray_AS_STRING(made);
}
/* self itself if nothing changed and it is exact bytes, else a copy of its own kind. */
KS_NEW PyObject *ks_bytes_same(PyObject *self);

/* 0..255 from an index object; -1 with ValueError or TypeError. */
int ks_bytes_byte(PyObject *item);

extern PyMethodDef ks_bytes_methods[];     /* with bytes' own */
extern PyMethodDef ks_bytearray_methods[]; /* with bytearray's own */
/* An iterator over the bytes of self, of one of the two iterator types. */
KS_NEW PyObject *ks_bytes_iterator(PyTypeObject *type, PyObject *self);
PyObject *ks_bytes_join(PyObject *separator, PyObject *iterable);
PyObject *ks_bytes_fromhex(PyObject *type, PyObject *text);
PyObject *ks_bytes_richcompare(PyObject *left, PyObject *right, int op);
int ks_bytes_contains(PyObject *self, PyObject *item);
PyObject *ks_bytes_repr_text(const char *text, Py_ssize_t length, const char *prefix,
                             const char *suffix, int smart_quotes);

#endif
