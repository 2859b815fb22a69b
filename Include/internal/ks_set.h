/* SPDX-License-Identifier: MIT */
/* Sets: the table's operations, shared by the sources of set and frozenset.
 *
 * A set's table is an open-addressed array of (key, hash). Free places have no key, places of
 * removed keys the dummy key and hash -1. `fill` counts keys and dummies, `used` keys. A place is
 * looked for in up to ten neighbouring places before the next jump. The order of iteration is the
 * table's, so every detail of growing and reusing places can be seen by programs. */
#ifndef KS_SET_H
#define KS_SET_H

#include "ks_base.h"
#include "ks_dict.h"

#define AS_SET(self) ((PySetObject *)(self))

extern PyObject ks_set_dummy;

/* A new empty set of this type, untracked state as tp_alloc gives it. */
KS_NEW PyObject *ks_set_new(PyTypeObject *type, PyObject *iterable);
/* The same with set or frozenset for a subclass. */
KS_NEW PyObject *ks_set_new_base(PyTypeObject *type, PyObject *iterable);
/* 1 if the key was put in, 0 if it was there, -1 with an exception. */
int ks_set_add(PySetObject *set, PyObject *key, Py_hash_t hash);
/* 1 if key is in, 0 if not, -1 with an exception. */
int ks_set_has(PySetObject *set, PyObject *key, Py_hash_t hash);
/* 1 if the key was taken out, 0 if it was not there, -1 with an exception. */
int ks_set_discard(PySetObject *set, PyObject *key, Py_hash_t hash);
/* `in` and friends: a set as key stands for its frozenset. */
int ks_set_contains(PyObject *set, PyObject *key);
int ks_set_discard_key(PyObject *set, PyObject *key);
int ks_set_update(PySetObject *set, PyObject *iterable);
int ks_set_clear(PySetObject *set);
int ks_set_resize(PySetObject *set, Py_ssize_t at_least);
void ks_set_swap(PySetObject *one, PySetObject *other);

KS_NEW PyObject *ks_set_difference(PySetObject *set, PyObject *other);
KS_NEW PyObject *ks_set_intersection(PySetObject *set, PyObject *other);
KS_NEW PyObject *ks_set_symmetric_difference(PySetObject *set, PyObject *other);
int ks_set_difference_update(PySetObject *set, PyObject *other);
int ks_set_symmetric_difference_update(PySetObject *set, PyObject *other);
int ks_set_issubset(PyObject *set, PyObject *other);
int ks_set_issuperset(PyObject *set, PyObject *other);
int ks_set_isdisjoint(PyObject *set, PyObject *other);
PyObject *ks_set_iter(PyObject *set);

/* The size a table gets when it is rebuilt. */
KS_INLINE Py_ssize_t
ks_set_growth(const PySetObject *set)
{
    return set->used > 50000 ? set->used * 2 : set->used * 4;
}

/* The next key from place *pos on: 1, or 0 at the end. */
KS_INLINE int
ks_set_step(PySetObject *set, Py_ssize_t *pos, setentry **entry)
{
    setentry *place = set->table + *pos, *end = set->table + set->mask + 1;
    for (; place < end; place++) {
        /* Most places are free. */
        if (KS_LIKELY(place->key == NULL) || place->key == &ks_set_dummy)
            continue;
        *pos = place - set->table + 1;
        *entry = place;
        return 1;
    }
    *pos = set->mask + 1;
    return 0;
}

#endif
