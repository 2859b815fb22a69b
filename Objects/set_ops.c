/* SPDX-License-Identifier: MIT */
/* Operations of a set and another set or any iterable: difference, intersection, symmetric
 * difference, and containment. Which operand is walked over is visible in the order of the result
 * and chosen as programs know it. Keys are held while they are looked up: a comparison may change
 * either set. */
#include "Python.h"

#include "ks_set.h"
#include "pycore_object.h"

static PyObject *
copy_then_subtract(PySetObject *set, PyObject *other)
{
    PyObject *result = ks_set_new_base(Py_TYPE(set), (PyObject *)set);
    if (result != NULL && ks_set_difference_update(AS_SET(result), other) < 0)
        Py_CLEAR(result);
    return result;
}

PyObject *
ks_set_difference(PySetObject *set, PyObject *other)
{
    Py_ssize_t other_size;
    int is_set = PyAnySet_Check(other);
    if (is_set)
        other_size = PySet_GET_SIZE(other);
    else if (PyDict_CheckExact(other))
        other_size = PyDict_GET_SIZE(other);
    else
        return copy_then_subtract(set, other);
    /* With few keys to take out it is less work to copy. */
    if ((set->used >> 2) > other_size)
        return copy_then_subtract(set, other);
    KS_OWNED PyObject *result = ks_set_new_base(Py_TYPE(set), NULL);
    if (result == NULL)
        return NULL;
    setentry *entry;
    for (Py_ssize_t pos = 0; ks_set_step(set, &pos, &entry);) {
        KS_OWNED PyObject *key = Py_NewRef(entry->key);
        Py_hash_t hash = entry->hash;
        int found = is_set ? ks_set_has(AS_SET(other), key, hash)
                           : _PyDict_Contains_KnownHash(other, key, hash);
        if (found < 0 || (!found && ks_set_add(AS_SET(result), key, hash) < 0))
            return NULL;
    }
    return ks_give(&result);
}

static int
subtract_iterable(PySetObject *set, PyObject *other)
{
    KS_OWNED PyObject *iterator = PyObject_GetIter(other);
    if (iterator == NULL)
        return -1;
    for (;;) {
        KS_OWNED PyObject *key = PyIter_Next(iterator);
        if (key == NULL)
            return PyErr_Occurred() ? -1 : 0;
        Py_hash_t hash = ks_dict_hash(key);
        if (hash == -1 || ks_set_discard(set, key, hash) < 0)
            return -1;
    }
}

static int
subtract_set(PySetObject *set, PyObject *other)
{
    KS_OWNED PyObject *common = NULL;
    /* From a much larger set only the common keys are of interest. */
    if ((PySet_GET_SIZE(other) >> 3) > set->used) {
        common = ks_set_intersection(set, other);
        if (common == NULL)
            return -1;
        other = common;
    }
    setentry *entry;
    for (Py_ssize_t pos = 0; ks_set_step(AS_SET(other), &pos, &entry);) {
        KS_OWNED PyObject *key = Py_NewRef(entry->key);
        if (ks_set_discard(set, key, entry->hash) < 0)
            return -1;
    }
    return 0;
}

int
ks_set_difference_update(PySetObject *set, PyObject *other)
{
    if ((PyObject *)set == other)
        return ks_set_clear(set);
    int failed = PyAnySet_Check(other) ? subtract_set(set, other) : subtract_iterable(set, other);
    if (failed < 0)
        return -1;
    /* Dummies slow every search down; a quarter of the table is enough. */
    if (set->fill - set->used <= set->mask / 4)
        return 0;
    return ks_set_resize(set, ks_set_growth(set));
}

static int
add_common(PySetObject *set, PyObject *iterable, PySetObject *result)
{
    KS_OWNED PyObject *iterator = PyObject_GetIter(iterable);
    if (iterator == NULL)
        return -1;
    for (;;) {
        KS_OWNED PyObject *key = PyIter_Next(iterator);
        if (key == NULL)
            return PyErr_Occurred() ? -1 : 0;
        Py_hash_t hash = ks_dict_hash(key);
        int found = hash == -1 ? -1 : ks_set_has(set, key, hash);
        if (found < 0 || (found && ks_set_add(result, key, hash) < 0))
            return -1;
    }
}

PyObject *
ks_set_intersection(PySetObject *set, PyObject *other)
{
    if ((PyObject *)set == other)
        return ks_set_new_base(Py_TYPE(set), other);
    KS_OWNED PyObject *result = ks_set_new_base(Py_TYPE(set), NULL);
    if (result == NULL)
        return NULL;
    if (!PyAnySet_Check(other))
        return add_common(set, other, AS_SET(result)) < 0 ? NULL : ks_give(&result);
    PySetObject *walked = AS_SET(other);
    if (walked->used > set->used) {
        walked = set;
        set = AS_SET(other);
    }
    setentry *entry;
    for (Py_ssize_t pos = 0; ks_set_step(walked, &pos, &entry);) {
        KS_OWNED PyObject *key = Py_NewRef(entry->key);
        Py_hash_t hash = entry->hash;
        int found = ks_set_has(set, key, hash);
        if (found < 0 || (found && ks_set_add(AS_SET(result), key, hash) < 0))
            return NULL;
    }
    return ks_give(&result);
}

/* Takes the key out if it is there, else puts it in. */
static int
toggle(PySetObject *set, PyObject *key, Py_hash_t hash)
{
    KS_OWNED PyObject *held = Py_NewRef(key);
    int found = ks_set_discard(set, held, hash);
    if (found != 0)
        return found;
    return ks_set_add(set, held, hash);
}

int
ks_set_symmetric_difference_update(PySetObject *set, PyObject *other)
{
    if ((PyObject *)set == other)
        return ks_set_clear(set);
    if (PyDict_CheckExact(other)) {
        PyObject *key, *value;
        Py_hash_t hash;
        for (Py_ssize_t pos = 0; _PyDict_Next(other, &pos, &key, &value, &hash);)
            if (toggle(set, key, hash) < 0)
                return -1;
        return 0;
    }
    /* A key that an iterable yields twice must not be toggled twice. */
    KS_OWNED PyObject *keys = PyAnySet_Check(other) ? Py_NewRef(other)
                                                    : ks_set_new_base(Py_TYPE(set), other);
    if (keys == NULL)
        return -1;
    setentry *entry;
    for (Py_ssize_t pos = 0; ks_set_step(AS_SET(keys), &pos, &entry);)
        if (toggle(set, entry->key, entry->hash) < 0)
            return -1;
    return 0;
}

PyObject *
ks_set_symmetric_difference(PySetObject *set, PyObject *other)
{
    PyObject *result = ks_set_new_base(Py_TYPE(set), other);
    if (result != NULL
        && ks_set_symmetric_difference_update(AS_SET(result), (PyObject *)set) < 0)
        Py_CLEAR(result);
    return result;
}

int
ks_set_issubset(PyObject *self, PyObject *other)
{
    if (!PyAnySet_Check(other)) {
        KS_OWNED PyObject *common = ks_set_intersection(AS_SET(self), other);
        return common == NULL ? -1 : PySet_GET_SIZE(common) == PySet_GET_SIZE(self);
    }
    if (PySet_GET_SIZE(self) > PySet_GET_SIZE(other))
        return 0;
    setentry *entry;
    for (Py_ssize_t pos = 0; ks_set_step(AS_SET(self), &pos, &entry);) {
        KS_OWNED PyObject *key = Py_NewRef(entry->key);
        int found = ks_set_has(AS_SET(other), key, entry->hash);
        if (found <= 0)
            return found;
    }
    return 1;
}

int
ks_set_issuperset(PyObject *self, PyObject *other)
{
    if (PyAnySet_Check(other))
        return ks_set_issubset(other, self);
    KS_OWNED PyObject *iterator = PyObject_GetIter(other);
    if (iterator == NULL)
        return -1;
    for (;;) {
        KS_OWNED PyObject *key = PyIter_Next(iterator);
        if (key == NULL)
            return PyErr_Occurred() ? -1 : 1;
        int found = ks_set_contains(self, key);
        if (found <= 0)
            return found;
    }
}

int
ks_set_isdisjoint(PyObject *self, PyObject *other)
{
    if (self == other)
        return PySet_GET_SIZE(self) == 0;
    if (PyAnySet_CheckExact(other)) {
        if (PySet_GET_SIZE(other) > PySet_GET_SIZE(self)) {
            PyObject *swap = self;
            self = other;
            other = swap;
        }
        setentry *entry;
        for (Py_ssize_t pos = 0; ks_set_step(AS_SET(other), &pos, &entry);) {
            KS_OWNED PyObject *key = Py_NewRef(entry->key);
            int found = ks_set_has(AS_SET(self), key, entry->hash);
            if (found != 0)
                return found < 0 ? -1 : 0;
        }
        return 1;
    }
    KS_OWNED PyObject *iterator = PyObject_GetIter(other);
    if (iterator == NULL)
        return -1;
    for (;;) {
        KS_OWNED PyObject *key = PyIter_Next(iterator);
        if (key == NULL)
            return PyErr_Occurred() ? -1 : 1;
        Py_hash_t hash = ks_dict_hash(key);
        int found = hash == -1 ? -1 : ks_set_has(AS_SET(self), key, hash);
        if (found != 0)
            return found < 0 ? -1 : 0;
    }
}
