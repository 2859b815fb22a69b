/* SPDX-License-Identifier: MIT */
/* The array object, whose layout extensions know, and the kinds of items it can hold. */
#ifndef KS_ARRAY_OBJECT_H
#define KS_ARRAY_OBJECT_H

#include "Python.h"
#include "ks_base.h"

typedef struct ArrayObject ArrayObject;

/* One kind of items. set with an index below 0 only checks the value. */
typedef struct ArrayKind {
    char typecode;
    int itemsize;
    PyObject *(*get)(ArrayObject *array, Py_ssize_t index);
    int (*set)(ArrayObject *array, Py_ssize_t index, PyObject *value);
    int (*compare)(const void *a, const void *b, Py_ssize_t count); /* NULL: by objects */
    const char *format;
    int is_integer;
    int is_signed;
} ArrayKind;

struct ArrayObject {
    PyObject_VAR_HEAD
    char *items;
    Py_ssize_t allocated;
    const ArrayKind *kind;
    PyObject *weakrefs;
    Py_ssize_t exports;
};

typedef struct ArrayState {
    PyTypeObject *array_type;
    PyTypeObject *iterator_type;
    PyObject *reconstructor;
} ArrayState;

/* array_items.c: the kinds, ended by a typecode of 0. */
extern const ArrayKind ks_array_kinds[];
const ArrayKind *ks_array_kind(int typecode);

/* array_rebuild.c: pickling by content. */
int ks_array_machine_format(char typecode);
PyObject *ks_array_reconstruct(PyObject *module, PyObject *const *args, Py_ssize_t nargs);

/* array.c */
KS_NEW PyObject *ks_array_make(PyTypeObject *type, Py_ssize_t size, const ArrayKind *kind);
int ks_array_from_bytes(ArrayObject *self, const void *data, Py_ssize_t bytes);

#endif
