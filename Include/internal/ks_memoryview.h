/* SPDX-License-Identifier: MIT */
/* memoryview: what the type and its element access share. */
#ifndef KS_MEMORYVIEW_H
#define KS_MEMORYVIEW_H

#include "ks_base.h"

/* The native single-character format of a view ('B' if it has none), without a leading '@'; 0 if
 * the format is another. */
char ks_view_native_format(const Py_buffer *view);

/* One element as an object, by a native format character; NotImplementedError for other formats. */
KS_NEW PyObject *ks_view_unpack(const char *place, char format, const char *full_format);
/* Stores an object as one element; -1 with TypeError or ValueError. */
int ks_view_pack(PyMemoryViewObject *self, char *place, PyObject *item, char format);

KS_NEW PyObject *ks_view_tolist(PyMemoryViewObject *self);
/* Element-wise comparison by value: 1, 0, -1 with an exception. Different shapes are different. */
int ks_view_equal(const Py_buffer *left, const Py_buffer *right);
/* Copies elements between views of equal format and shape, which may overlap; -1 with ValueError or
 * MemoryError. */
int ks_view_copy(const Py_buffer *dest, const Py_buffer *src);

#define KS_VIEW_IS_RELEASED(self) \
    (((self)->flags & _Py_MEMORYVIEW_RELEASED) || \
     ((self)->mbuf->flags & _Py_MANAGED_BUFFER_RELEASED))
/* 1 if the view may be used; 0 with ValueError when it was released. */
int ks_view_check(PyMemoryViewObject *self);

#endif
