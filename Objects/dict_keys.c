/* SPDX-License-Identifier: MIT */
/* Dict tables: making and giving back tables and split values, and looking keys up.
 *
 * Layout and invariants are described in ks_dict.h. A comparison may run any code, which may change
 * or replace the table that is being searched: every search that compares by __eq__ looks again
 * from the start when it finds the table changed. */
#include "Python.h"

#include "ks_dict.h"
#include "pycore_bitutils.h"
#include "pycore_gc.h"
#include "pycore_interp.h"

PyDictKeysObject ks_dict_empty_keys = {
    .dk_refcnt = 1,
    .dk_log2_size = 0,
    .dk_log2_index_bytes = 0,
    .dk_kind = DICT_KEYS_UNICODE,
    .dk_version = 1,
    .dk_usable = 0,
    .dk_nentries = 0,
    .dk_indices = {DKIX_EMPTY, DKIX_EMPTY, DKIX_EMPTY, DKIX_EMPTY, DKIX_EMPTY, DKIX_EMPTY,
                   DKIX_EMPTY, DKIX_EMPTY},
};

/* 0 and 1 mean "none" and the empty table. */
static uint32_t next_keys_version = 2;

/* Programs see the sizes in __sizeof__, so the formula is CPython's: it rounds up from 8, 16, 32 ...
 * only if nothing but the minimum is asked for. */
int
ks_keys_log2_for_slots(size_t slots)
{
    size_t least = (size_t)1 << KS_DICT_LOG_MIN;
    return _Py_bit_length((unsigned long)(((slots | least) - 1) | (least - 1)));
}

static size_t
keys_entry_size(const PyDictKeysObject *keys)
{
    return DK_IS_UNICODE(keys) ? sizeof(PyDictUnicodeEntry) : sizeof(PyDictKeyEntry);
}

PyDictKeysObject *
ks_keys_new(int log2_size, int of_str)
{
    struct _Py_dict_state *state = &_PyInterpreterState_GET()->dict_state;
    size_t entry_size = of_str ? sizeof(PyDictUnicodeEntry) : sizeof(PyDictKeyEntry);
    Py_ssize_t capacity = ks_keys_capacity(log2_size);
    int log2_bytes = log2_size + (log2_size >= 8) + (log2_size >= 16) + (log2_size >= 32);
    PyDictKeysObject *keys;

    if (log2_size == KS_DICT_LOG_MIN && of_str && state->keys_numfree > 0) {
        keys = state->keys_free_list[--state->keys_numfree];
    }
    else {
        if (log2_size >= 60)
            keys = NULL;
        else
            keys = PyObject_Malloc(sizeof(PyDictKeysObject) + ((size_t)1 << log2_bytes)
                                   + entry_size * (size_t)capacity);
        if (keys == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
    }
    keys->dk_refcnt = 1;
    keys->dk_log2_size = (uint8_t)log2_size;
    keys->dk_log2_index_bytes = (uint8_t)log2_bytes;
    keys->dk_kind = of_str ? DICT_KEYS_UNICODE : DICT_KEYS_GENERAL;
    keys->dk_version = 0;
    keys->dk_usable = capacity;
    keys->dk_nentries = 0;
    memset(keys->dk_indices, 0xff, (size_t)1 << log2_bytes);
    memset(keys->dk_indices + ((size_t)1 << log2_bytes), 0, entry_size * (size_t)capacity);
    return keys;
}

void
ks_keys_discard(PyDictKeysObject *keys)
{
    struct _Py_dict_state *state = &_PyInterpreterState_GET()->dict_state;
    if (keys->dk_log2_size == KS_DICT_LOG_MIN && keys->dk_kind == DICT_KEYS_UNICODE
        && state->keys_numfree < PyDict_MAXFREELIST)
        state->keys_free_list[state->keys_numfree++] = keys;
    else
        PyObject_Free(keys);
}

void
ks_keys_release(PyDictKeysObject *keys)
{
    if (--keys->dk_refcnt > 0)
        return;
    Py_ssize_t count = keys->dk_nentries;
    if (DK_IS_UNICODE(keys)) {
        PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(keys);
        for (Py_ssize_t i = 0; i < count; i++) {
            Py_XDECREF(entries[i].me_key);
            Py_XDECREF(entries[i].me_value);
        }
    }
    else {
        PyDictKeyEntry *entries = DK_ENTRIES(keys);
        for (Py_ssize_t i = 0; i < count; i++) {
            Py_XDECREF(entries[i].me_key);
            Py_XDECREF(entries[i].me_value);
        }
    }
    ks_keys_discard(keys);
}

Py_ssize_t
_PyDict_KeysSize(PyDictKeysObject *keys)
{
    return (Py_ssize_t)(sizeof(PyDictKeysObject) + ((size_t)1 << keys->dk_log2_index_bytes)
                        + (size_t)ks_keys_capacity(keys->dk_log2_size) * keys_entry_size(keys));
}

/* The slots of the first `count` entries, in a table that has no index yet. */
#define FILL_SLOTS(INDEX, HASH)                                                    \
    for (Py_ssize_t i = 0; i < count; i++) {                                       \
        size_t perturb = (size_t)(HASH);                                           \
        size_t slot = perturb & mask;                                              \
        while (((INDEX *)keys->dk_indices)[slot] >= 0) {                           \
            perturb >>= KS_DICT_PERTURB_SHIFT;                                     \
            slot = (slot * 5 + perturb + 1) & mask;                                \
        }                                                                          \
        ((INDEX *)keys->dk_indices)[slot] = (INDEX)i;                              \
    }
#define FILL_SLOTS_OF(HASH)                                                        \
    do {                                                                           \
        if (keys->dk_log2_size < 8)                                                \
            FILL_SLOTS(int8_t, HASH)                                               \
        else if (keys->dk_log2_size < 16)                                          \
            FILL_SLOTS(int16_t, HASH)                                              \
        else if (keys->dk_log2_size < 32)                                          \
            FILL_SLOTS(int32_t, HASH)                                              \
        else                                                                       \
            FILL_SLOTS(int64_t, HASH)                                              \
    } while (0)

void
ks_keys_fill_slots(PyDictKeysObject *keys, Py_ssize_t count)
{
    size_t mask = (size_t)DK_SIZE(keys) - 1;
    if (DK_IS_UNICODE(keys)) {
        const PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(keys);
        FILL_SLOTS_OF(ks_str_hash(entries[i].me_key));
    }
    else {
        const PyDictKeyEntry *entries = DK_ENTRIES(keys);
        FILL_SLOTS_OF(entries[i].me_hash);
    }
    keys->dk_usable -= count;
    keys->dk_nentries = count;
}

/* A table for a class's instances: it starts with room for as many attributes as can be shared,
 * and each instance made takes one of the unused places away (see dict_instance.c). */
PyDictKeysObject *
_PyDict_NewKeysForClass(void)
{
    PyDictKeysObject *keys = ks_keys_new(NEXT_LOG2_SHARED_KEYS_MAX_SIZE, 1);
    if (keys == NULL) {
        PyErr_Clear();
        return NULL;
    }
    keys->dk_usable = SHARED_KEYS_MAX_SIZE;
    keys->dk_kind = DICT_KEYS_SPLIT;
    return keys;
}

Py_ssize_t
ks_keys_share_str(PyDictKeysObject *keys, PyObject *name)
{
    Py_hash_t hash = ks_dict_hash(name);
    if (hash == -1) {
        PyErr_Clear();
        return DKIX_EMPTY;
    }
    Py_ssize_t index = ks_keys_find_str(keys, name, hash);
    if (index != DKIX_EMPTY || keys->dk_usable <= 0)
        return index;
    index = keys->dk_nentries;
    keys->dk_version = 0;
    ks_keys_set_index(keys, ks_keys_free_slot(keys, hash), index);
    DK_UNICODE_ENTRIES(keys)[index].me_key = Py_NewRef(name);
    keys->dk_usable--;
    keys->dk_nentries++;
    return index;
}

PyDictValues *
ks_values_new(Py_ssize_t room)
{
    size_t prefix = _Py_SIZE_ROUND_UP((size_t)room + 2, sizeof(PyObject *));
    uint8_t *memory = PyMem_Calloc(1, prefix + (size_t)room * sizeof(PyObject *));
    if (memory == NULL)
        return NULL;
    memory[prefix - 1] = (uint8_t)prefix;
    return (PyDictValues *)(memory + prefix);
}

void
ks_values_free(PyDictValues *values)
{
    PyMem_Free((uint8_t *)values - ((uint8_t *)values)[-1]);
}

void
ks_values_forget(PyDictValues *values, Py_ssize_t index)
{
    uint8_t *order = (uint8_t *)values - 3;
    int count = ks_values_count(values);
    int at = 0;
    while (at < count && order[-at] != index)
        at++;
    if (at == count)
        return;
    for (; at + 1 < count; at++)
        order[-at] = order[-at - 1];
    ((uint8_t *)values)[-2] = (uint8_t)(count - 1);
}

/* A key that is not a str in a table of str keys. */
static Py_ssize_t
find_other_in_str_table(PyDictObject *dict, PyObject *key, Py_hash_t hash, size_t *free_slot)
{
    PyDictKeysObject *keys = dict->ma_keys;
    size_t mask = (size_t)DK_SIZE(keys) - 1;
    size_t perturb = (size_t)hash;
    size_t slot = perturb & mask;
    for (;;) {
        Py_ssize_t index = ks_keys_index(keys, slot);
        if (index >= 0) {
            PyObject *known = DK_UNICODE_ENTRIES(keys)[index].me_key;
            if (known == key)
                return index;
            if (ks_str_hash(known) == hash) {
                Py_INCREF(known);
                int same = PyObject_RichCompareBool(known, key, Py_EQ);
                /* Looking into keys is safe only if they are still the dict's. */
                int changed = dict->ma_keys != keys
                              || DK_UNICODE_ENTRIES(keys)[index].me_key != known;
                Py_DECREF(known);
                if (same < 0)
                    return DKIX_ERROR;
                if (changed)
                    return DKIX_KEY_CHANGED;
                if (same)
                    return index;
            }
        }
        else if (index == DKIX_EMPTY) {
            *free_slot = slot;
            return DKIX_EMPTY;
        }
        perturb >>= KS_DICT_PERTURB_SHIFT;
        slot = (slot * 5 + perturb + 1) & mask;
    }
}

/* Are two objects of equal hash equal? 1 or 0 where that can be seen without running code, -1
 * where the types have to be asked. */
KS_INLINE int
same_at_sight(PyObject *known, PyObject *key)
{
    if (Py_TYPE(known) != Py_TYPE(key))
        return -1;
    if (PyLong_CheckExact(key)) {
        Py_ssize_t size = Py_SIZE(key);
        if (size != Py_SIZE(known))
            return 0;
        const digit *left = ((PyLongObject *)known)->ob_digit;
        const digit *right = ((PyLongObject *)key)->ob_digit;
        if (size >= -1 && size <= 1)
            return size == 0 || left[0] == right[0];
        return memcmp(left, right, (size_t)(size < 0 ? -size : size) * sizeof(digit)) == 0;
    }
    if (PyUnicode_CheckExact(key))
        return ks_str_same(known, key);
    return -1;
}

/* Asks the types; DKIX_KEY_CHANGED if that changed the table. */
static KS_NOINLINE int
same_by_compare(PyDictObject *dict, PyDictKeysObject *keys, PyObject **place, PyObject *key)
{
    PyObject *known = Py_NewRef(*place);
    int same = PyObject_RichCompareBool(known, key, Py_EQ);
    int changed = dict->ma_keys != keys || *place != known;
    Py_DECREF(known);
    if (same < 0)
        return DKIX_ERROR;
    return changed ? DKIX_KEY_CHANGED : same;
}

#define FIND_GENERAL(INDEX)                                                        \
    for (;;) {                                                                     \
        Py_ssize_t index = ((const INDEX *)keys->dk_indices)[slot];                \
        if (KS_LIKELY(index >= 0)) {                                               \
            PyDictKeyEntry *entry = &entries[index];                               \
            if (entry->me_key == key)                                              \
                return index;                                                      \
            if (entry->me_hash == hash) {                                          \
                int same = same_at_sight(entry->me_key, key);                      \
                if (same < 0)                                                      \
                    same = same_by_compare(dict, keys, &entry->me_key, key);       \
                if (same != 0)                                                     \
                    return same > 0 ? index : same;                                \
            }                                                                      \
        }                                                                          \
        else if (index == DKIX_EMPTY) {                                            \
            *free_slot = slot;                                                     \
            return DKIX_EMPTY;                                                     \
        }                                                                          \
        perturb >>= KS_DICT_PERTURB_SHIFT;                                         \
        slot = (slot * 5 + perturb + 1) & mask;                                    \
    }

KS_INLINE Py_ssize_t
find_in_general_table(PyDictObject *dict, PyObject *key, Py_hash_t hash, size_t *free_slot)
{
    PyDictKeysObject *keys = dict->ma_keys;
    PyDictKeyEntry *entries = DK_ENTRIES(keys);
    size_t mask = (size_t)DK_SIZE(keys) - 1;
    size_t perturb = (size_t)hash;
    size_t slot = perturb & mask;
    int log2_size = keys->dk_log2_size;
    if (log2_size < 8)
        FIND_GENERAL(int8_t)
    if (log2_size < 16)
        FIND_GENERAL(int16_t)
    if (log2_size < 32)
        FIND_GENERAL(int32_t)
    FIND_GENERAL(int64_t)
}

/* One search; DKIX_KEY_CHANGED if a comparison changed the table. */
KS_INLINE Py_ssize_t
find_once(PyDictObject *dict, PyObject *key, Py_hash_t hash, size_t *free_slot)
{
    PyDictKeysObject *keys = dict->ma_keys;
    if (!DK_IS_UNICODE(keys))
        return find_in_general_table(dict, key, hash, free_slot);
    if (KS_LIKELY(PyUnicode_CheckExact(key)))
        return ks_keys_find_str_slot(keys, key, hash, free_slot);
    return find_other_in_str_table(dict, key, hash, free_slot);
}

Py_ssize_t
ks_dict_find_slot(PyDictObject *dict, PyObject *key, Py_hash_t hash, size_t *free_slot)
{
    Py_ssize_t index;
    do {
        index = find_once(dict, key, hash, free_slot);
    } while (KS_UNLIKELY(index == DKIX_KEY_CHANGED));
    return index;
}

/* Entry number of key with its value (borrowed, NULL for an unset place of a split table) in
 * *value_addr; DKIX_EMPTY without an exception if absent; DKIX_ERROR if a comparison raised. */
Py_ssize_t
_Py_dict_lookup(PyDictObject *dict, PyObject *key, Py_hash_t hash, PyObject **value_addr)
{
    size_t unused;
    Py_ssize_t index;
    do {
        index = find_once(dict, key, hash, &unused);
    } while (KS_UNLIKELY(index == DKIX_KEY_CHANGED));
    *value_addr = index >= 0 ? ks_dict_value_at(dict, index) : NULL;
    return index;
}

/* Entry number of a str; DKIX_EMPTY if absent; DKIX_ERROR without an exception when the table or
 * the key does not qualify. */
Py_ssize_t
_PyDictKeys_StringLookup(PyDictKeysObject *keys, PyObject *key)
{
    if (!PyUnicode_CheckExact(key) || keys->dk_kind == DICT_KEYS_GENERAL)
        return DKIX_ERROR;
    Py_hash_t hash = ks_dict_hash(key);
    if (hash == -1) {
        PyErr_Clear();
        return DKIX_ERROR;
    }
    return ks_keys_find_str(keys, key, hash);
}

uint32_t
_PyDictKeys_GetVersionForCurrentState(PyDictKeysObject *keys)
{
    if (keys->dk_version == 0 && next_keys_version != 0)
        keys->dk_version = next_keys_version++;
    return keys->dk_version;
}

void
_PyDict_ClearFreeList(PyInterpreterState *interp)
{
    struct _Py_dict_state *state = &interp->dict_state;
    while (state->numfree > 0)
        PyObject_GC_Del(state->free_list[--state->numfree]);
    while (state->keys_numfree > 0)
        PyObject_Free(state->keys_free_list[--state->keys_numfree]);
}

void
_PyDict_Fini(PyInterpreterState *interp)
{
    _PyDict_ClearFreeList(interp);
}
