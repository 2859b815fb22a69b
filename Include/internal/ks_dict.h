/* SPDX-License-Identifier: MIT */
/* Dict tables: what the dict sources share and nobody else may touch.
 *
 * A table (PyDictKeysObject) is an open-addressed array of indices followed by a dense array of
 * entries in order of insertion. An index is 1, 2, 4 or 8 bytes wide, by the table's size. Entries
 * of deleted keys stay behind as holes (key and value NULL) until the table is rebuilt. Tables of
 * exact str keys leave out the hash, the string has it. In a split table the values live apart,
 * one PyDictValues for each dict, and the keys are shared by all instances of a class. */
#ifndef KS_DICT_H
#define KS_DICT_H

#include "ks_base.h"
#include "pycore_dict.h"
#include "pycore_object.h"
#include "pycore_pystate.h"
#include "pycore_tuple.h"

#define KS_DICT_LOG_MIN 3 /* the smallest table that holds anything: 8 slots, 5 entries */
#define KS_DICT_PERTURB_SHIFT 5

/* The table of every dict that never held a key. It has no free entry and is never written. */
extern PyDictKeysObject ks_dict_empty_keys;

/* Entries that a table of 1 << log2_size slots may hold: two thirds. */
KS_INLINE Py_ssize_t
ks_keys_capacity(int log2_size)
{
    return (Py_ssize_t)(((size_t)2 << log2_size) / 3);
}

KS_INLINE Py_hash_t
ks_str_hash(PyObject *key)
{
    return ((PyASCIIObject *)key)->hash;
}

/* -1 with an exception when the key has no hash. */
KS_INLINE Py_hash_t
ks_dict_hash(PyObject *key)
{
    if (KS_LIKELY(PyUnicode_CheckExact(key))) {
        Py_hash_t hash = ks_str_hash(key);
        if (KS_LIKELY(hash != -1))
            return hash;
    }
    else if (PyLong_CheckExact(key) && (size_t)(Py_SIZE(key) + 1) <= 2) {
        /* An int of one digit is its own hash, but -1 says that there is none. */
        Py_hash_t hash = Py_SIZE(key) * (Py_hash_t)((PyLongObject *)key)->ob_digit[0];
        return hash == -1 ? -2 : hash;
    }
    return PyObject_Hash(key);
}

/* Equality of two ready strings of equal hash. */
KS_INLINE int
ks_str_same(PyObject *left, PyObject *right)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(left);
    if (length != PyUnicode_GET_LENGTH(right) || PyUnicode_KIND(left) != PyUnicode_KIND(right))
        return 0;
    return memcmp(PyUnicode_DATA(left), PyUnicode_DATA(right),
                  (size_t)length * PyUnicode_KIND(left)) == 0;
}

KS_INLINE Py_ssize_t
ks_keys_index(const PyDictKeysObject *keys, size_t slot)
{
    int log2_size = keys->dk_log2_size;
    if (KS_LIKELY(log2_size < 8))
        return ((const int8_t *)keys->dk_indices)[slot];
    if (log2_size < 16)
        return ((const int16_t *)keys->dk_indices)[slot];
    if (log2_size < 32)
        return ((const int32_t *)keys->dk_indices)[slot];
    return (Py_ssize_t)((const int64_t *)keys->dk_indices)[slot];
}

KS_INLINE void
ks_keys_set_index(PyDictKeysObject *keys, size_t slot, Py_ssize_t index)
{
    int log2_size = keys->dk_log2_size;
    if (KS_LIKELY(log2_size < 8))
        ((int8_t *)keys->dk_indices)[slot] = (int8_t)index;
    else if (log2_size < 16)
        ((int16_t *)keys->dk_indices)[slot] = (int16_t)index;
    else if (log2_size < 32)
        ((int32_t *)keys->dk_indices)[slot] = (int32_t)index;
    else
        ((int64_t *)keys->dk_indices)[slot] = (int64_t)index;
}

/* The body of a search, once for each width of an index: INDEX is its C type. */
#define KS_FIND_STR(INDEX)                                                                  \
    for (;;) {                                                                              \
        Py_ssize_t index = ((const INDEX *)keys->dk_indices)[slot];                         \
        if (KS_LIKELY(index >= 0)) {                                                        \
            PyObject *known = entries[index].me_key;                                        \
            if (known == key || (ks_str_hash(known) == hash && ks_str_same(known, key)))    \
                return index;                                                               \
        }                                                                                   \
        else if (index == DKIX_EMPTY) {                                                     \
            *free_slot = slot;                                                              \
            return DKIX_EMPTY;                                                              \
        }                                                                                   \
        perturb >>= KS_DICT_PERTURB_SHIFT;                                                  \
        slot = (slot * 5 + perturb + 1) & mask;                                             \
    }

/* The entry number of a str in a table of str keys. Runs no Python code. If it is absent,
 * DKIX_EMPTY, and *free_slot is where its index belongs. */
KS_INLINE Py_ssize_t
ks_keys_find_str_slot(const PyDictKeysObject *keys, PyObject *key, Py_hash_t hash,
                      size_t *free_slot)
{
    const PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(keys);
    size_t mask = (size_t)DK_SIZE(keys) - 1;
    size_t perturb = (size_t)hash;
    size_t slot = perturb & mask;
    int log2_size = keys->dk_log2_size;
    if (KS_LIKELY(log2_size < 8))
        KS_FIND_STR(int8_t)
    if (log2_size < 16)
        KS_FIND_STR(int16_t)
    if (log2_size < 32)
        KS_FIND_STR(int32_t)
    KS_FIND_STR(int64_t)
}

/* The same where nothing is to be inserted. */
KS_INLINE Py_ssize_t
ks_keys_find_str(const PyDictKeysObject *keys, PyObject *key, Py_hash_t hash)
{
    size_t unused;
    return ks_keys_find_str_slot(keys, key, hash, &unused);
}

/* The first slot on a hash's path that holds no entry. */
KS_INLINE size_t
ks_keys_free_slot(const PyDictKeysObject *keys, Py_hash_t hash)
{
    size_t mask = (size_t)DK_SIZE(keys) - 1;
    size_t perturb = (size_t)hash;
    size_t slot = perturb & mask;
    while (ks_keys_index(keys, slot) >= 0) {
        perturb >>= KS_DICT_PERTURB_SHIFT;
        slot = (slot * 5 + perturb + 1) & mask;
    }
    return slot;
}

/* The entry number of any key, DKIX_ERROR if a comparison raised; DKIX_EMPTY if absent, and
 * *free_slot is where its index belongs in the dict's present table. */
Py_ssize_t ks_dict_find_slot(PyDictObject *dict, PyObject *key, Py_hash_t hash,
                             size_t *free_slot);

/* The size, as a power of two, of a table that is to have at least `slots` slots. */
int ks_keys_log2_for_slots(size_t slots);
/* The same for a table that will take `entries` entries without growing. */
KS_INLINE int
ks_keys_log2_for_entries(Py_ssize_t entries)
{
    return ks_keys_log2_for_slots(((size_t)entries * 3 + 1) / 2);
}

/* An empty table with one reference; NULL with MemoryError. */
KS_NEW PyDictKeysObject *ks_keys_new(int log2_size, int of_str);
/* Drops one reference; the last one drops keys and values of the entries, too. */
void ks_keys_release(PyDictKeysObject *keys);
/* Gives back a table's memory without looking at its entries. */
void ks_keys_discard(PyDictKeysObject *keys);
/* Makes `count` entries, which are in place, part of a new table: their slots and the counts. */
void ks_keys_fill_slots(PyDictKeysObject *keys, Py_ssize_t count);
/* Entry number of a str in shared keys, put there if absent; DKIX_EMPTY if there is no room. */
Py_ssize_t ks_keys_share_str(PyDictKeysObject *keys, PyObject *name);

/* Values of a split table. One byte before them is the size of the prefix, the byte before that
 * the number of values set, and below it their entry numbers in order of insertion, downwards. */
KS_INLINE int
ks_values_count(const PyDictValues *values)
{
    return ((const uint8_t *)values)[-2];
}

KS_INLINE Py_ssize_t
ks_values_nth(const PyDictValues *values, Py_ssize_t order)
{
    return ((const uint8_t *)values)[-3 - order];
}

/* How many values each new instance of a class with these keys needs room for. */
KS_INLINE Py_ssize_t
ks_keys_shared_room(const PyDictKeysObject *keys)
{
    return keys->dk_nentries + keys->dk_usable;
}

KS_NEW PyDictValues *ks_values_new(Py_ssize_t room); /* all NULL; NULL without an exception */
void ks_values_free(PyDictValues *values);
void ks_values_forget(PyDictValues *values, Py_ssize_t index); /* out of the order */

#define KS_CACHED_KEYS(type) (((PyHeapTypeObject *)(type))->ht_cached_keys)

/* A dict over keys and values, both taken over (on failure as well); untracked. */
KS_NEW PyObject *ks_dict_over(KS_STEALS PyDictKeysObject *keys, KS_STEALS PyDictValues *values,
                              Py_ssize_t used, int free_values);
/* An empty dict that shares a class's keys. */
KS_NEW PyObject *ks_dict_new_shared(PyDictKeysObject *keys);
/* Rebuilds the table, combined and without holes. */
int ks_dict_resize(PyDictObject *dict, int log2_size, int of_str);
int ks_dict_insert(PyDictObject *dict, KS_STEALS PyObject *key, Py_hash_t hash,
                   KS_STEALS PyObject *value);
/* A dict with room for this many entries of str (or any) keys. */
KS_NEW PyObject *ks_dict_presized(Py_ssize_t entries, int of_str);
/* A second table with the same entries, compact tables only; NULL with MemoryError. */
KS_NEW PyDictKeysObject *ks_dict_clone_keys(PyDictObject *dict);
/* dict.update(arg) for one positional argument: a mapping or pairs. */
int ks_dict_update_arg(PyObject *self, PyObject *arg);
PyObject *ks_dict_iter(PyObject *self); /* tp_iter of dict */
/* An iterator of one of the six types over a dict. */
KS_NEW PyObject *ks_dict_iter_of(PyDictObject *dict, PyTypeObject *type);
PyObject *ks_dict_keys_method(PyObject *self, PyObject *unused);
PyObject *ks_dict_values_method(PyObject *self, PyObject *unused);
PyObject *ks_dict_items_method(PyObject *self, PyObject *unused);
PyObject *ks_dict_reversed(PyObject *self, PyObject *unused);
PyObject *ks_dict_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);

/* Can the object be part of a cycle, now or later? */
KS_INLINE int
ks_may_be_tracked(PyObject *object)
{
    if (!_PyObject_IS_GC(object))
        return 0;
    return !PyTuple_CheckExact(object) || _PyObject_GC_IS_TRACKED(object);
}

/* A dict must be tracked from the first key or value on that can be part of a cycle. */
KS_INLINE void
ks_dict_maybe_track(PyDictObject *dict, PyObject *key, PyObject *value)
{
    if (!_PyObject_GC_IS_TRACKED(dict)
        && (ks_may_be_tracked(value) || ks_may_be_tracked(key)))
        _PyObject_GC_TRACK(dict);
}

/* Entry number `index` of any kind of table. */
KS_INLINE PyObject *
ks_dict_value_at(PyDictObject *dict, Py_ssize_t index)
{
    PyDictKeysObject *keys = dict->ma_keys;
    if (dict->ma_values != NULL)
        return dict->ma_values->values[index];
    if (DK_IS_UNICODE(keys))
        return DK_UNICODE_ENTRIES(keys)[index].me_value;
    return DK_ENTRIES(keys)[index].me_value;
}

/* The next entry from position *pos on, borrowed: 1, or 0 at the end. hash may be NULL. */
KS_INLINE int
ks_dict_step(PyDictObject *dict, Py_ssize_t *pos, PyObject **key, PyObject **value,
             Py_hash_t *hash)
{
    PyDictKeysObject *keys = dict->ma_keys;
    Py_ssize_t i = *pos;
    if (i < 0)
        return 0;
    if (dict->ma_values != NULL) {
        if (i >= dict->ma_used)
            return 0;
        Py_ssize_t index = ks_values_nth(dict->ma_values, i);
        *key = DK_UNICODE_ENTRIES(keys)[index].me_key;
        *value = dict->ma_values->values[index];
        if (hash != NULL)
            *hash = ks_str_hash(*key);
    }
    else if (DK_IS_UNICODE(keys)) {
        PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(keys);
        while (i < keys->dk_nentries && entries[i].me_value == NULL)
            i++;
        if (i >= keys->dk_nentries)
            return 0;
        *key = entries[i].me_key;
        *value = entries[i].me_value;
        if (hash != NULL)
            *hash = ks_str_hash(*key);
    }
    else {
        PyDictKeyEntry *entries = DK_ENTRIES(keys);
        while (i < keys->dk_nentries && entries[i].me_value == NULL)
            i++;
        if (i >= keys->dk_nentries)
            return 0;
        *key = entries[i].me_key;
        *value = entries[i].me_value;
        if (hash != NULL)
            *hash = entries[i].me_hash;
    }
    *pos = i + 1;
    return 1;
}

#endif
