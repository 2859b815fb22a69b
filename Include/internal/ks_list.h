/* SPDX-License-Identifier: MIT */
/* Lists, tuples and their iterators, as far as other sources of the runtime use them. */
#ifndef KS_LIST_H
#define KS_LIST_H

#include "ks_base.h"
#include "pycore_list.h"
#include "pycore_tuple.h"

/* Iterators over a list (both directions) and over a tuple have the same shape. `sequence` is NULL
 * when exhausted. */
typedef struct KsIndexIter {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *sequence;
} KsIndexIter;

/* A sort that runs stably, in place. key may be NULL. Other code sees the list empty meanwhile. */
int ks_list_sort(PyListObject *list, PyObject *key, int reverse);

/* Sets the length, which is at most the number of items that are valid, and grows or shrinks the
 * memory by the usual pattern. */
int ks_list_resize(PyListObject *list, Py_ssize_t length);
/* Replaces items[low:high]; `source` is any iterable or NULL to delete. The bounds are valid. */
int ks_list_assign_slice(PyListObject *list, Py_ssize_t low, Py_ssize_t high, PyObject *source);
int ks_list_extend(PyListObject *list, PyObject *iterable);
int ks_list_clear(PyListObject *list);
int ks_list_insert(PyListObject *list, Py_ssize_t index, PyObject *item);
void ks_list_reverse(PyObject **low, Py_ssize_t count);
PyObject *ks_list_iter(PyObject *list);
PyObject *ks_list_reversed(PyObject *list, PyObject *unused);
PyObject *ks_tuple_iter(PyObject *tuple);

#endif
