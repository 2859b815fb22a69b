/* SPDX-License-Identifier: MIT */
/* Module array: what its files share. Results are new references, NULL with an exception, and numbers
 * are 0, -1 with an exception, if nothing else is said. */
#ifndef KS_ARRAY_PARTS_H
#define KS_ARRAY_PARTS_H

#include "Python.h"
#include "ks_base.h"

typedef struct Array Array;

/* One typecode. */
typedef struct ArrayType {
    char code;
    int bytes;
    PyObject *(*get)(const char *place);
    int (*put)(char *place, PyObject *value); /* -1 with an exception; place NULL: only checks */
    const char *format;
    int is_integer, is_signed;
} ArrayType;

struct Array {
    PyObject_VAR_HEAD
    char *items;
    Py_ssize_t allocated;
    const ArrayType *type;
    PyObject *weakreflist;
    Py_ssize_t exports;
};

typedef struct ArrayState {
    PyTypeObject *array_type, *iterator_type;
    PyObject *reconstructor;
} ArrayState;

#define CAST(self) ((Array *)(self))
#define ARRAY_TYPES 13

extern const ArrayType ks_array_types[ARRAY_TYPES];
extern PyMethodDef ks_array_methods[];

/* The state of the module that made an array's type or a base of it. */
ArrayState *ks_array_state(PyTypeObject *type);

static inline char *
place_of(Array *self, Py_ssize_t index)
{
    return self->items + index * self->type->bytes;
}

static inline PyObject *
item_get(Array *self, Py_ssize_t index)
{
    return self->type->get(place_of(self, index));
}

/* array_items.c */
/* The row of a typecode; NULL without an exception if there is none. */
const ArrayType *ks_array_type_by_code(Py_UCS4 code);

/* array.c */
/* An array with room for size items, not yet written. */
PyObject *ks_array_make(PyTypeObject *python_type, Py_ssize_t size, const ArrayType *type);
/* Changes the length; BufferError while buffers are exported. */
int ks_array_resize(Array *self, Py_ssize_t size);
/* Places a value before an index, which counts from the end if negative and is brought into range. */
int ks_array_insert_at(Array *self, Py_ssize_t where, PyObject *value);
/* Appends items: machine values, an array or iterable of values, characters. */
int ks_array_extend_by_bytes(Array *self, const char *bytes, Py_ssize_t count);
/* Whether the object is an array of this module. */
int ks_array_check(PyObject *object, ArrayState *state);
int ks_array_extend_by(Array *self, PyObject *source);
int ks_array_append_text(Array *self, PyObject *text);
/* The typecode that an argument is: 1, 0 with TypeError naming the function. */
int ks_array_typecode_arg(PyObject *arg, const char *function, Py_UCS4 *code);

/* array_sequence.c */
/* Slots of the type and functions that methods use as well. */
Py_ssize_t ks_array_length(PyObject *self);
PyObject *ks_array_item(PyObject *self, Py_ssize_t index);
PyObject *ks_array_slice_copy(Array *self, Py_ssize_t low, Py_ssize_t high);
PyObject *ks_array_concat(PyObject *left, PyObject *right);
PyObject *ks_array_repeat(PyObject *object, Py_ssize_t count);
PyObject *ks_array_inplace_repeat(PyObject *object, Py_ssize_t count);
PyObject *ks_array_inplace_concat(PyObject *self, PyObject *other);
int ks_array_contains(PyObject *self, PyObject *value);
/* Removes items low to high. */
int ks_array_delete_range(Array *self, Py_ssize_t low, Py_ssize_t high);
PyObject *ks_array_subscript(PyObject *object, PyObject *key);
int ks_array_ass_subscript(PyObject *object, PyObject *key, PyObject *value);
PyObject *ks_array_richcompare(PyObject *left, PyObject *right, int op);

/* array_methods.c */
/* The items in a list, their bytes; the array as text. */
PyObject *ks_array_tolist(PyObject *self, PyObject *unused);
PyObject *ks_array_tobytes(PyObject *self, PyObject *unused);
PyObject *ks_array_repr(PyObject *object);

/* array_pickle.c */
/* __reduce_ex__() and the function of the module that its result names. */
PyObject *ks_array_reduce_ex(PyObject *object, PyObject *arg);
PyObject *ks_array_reconstructor(PyObject *module, PyObject *const *args, Py_ssize_t nargs);

#endif
