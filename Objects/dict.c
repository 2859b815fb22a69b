/* SPDX-License-Identifier: MIT */
/* The dict: lifecycle, insertion, deletion, lookup, and the C-API over them.
 *
 * dict_keys.c has the tables, dict_merge.c copies and merges whole dicts, dict_type.c the methods
 * and the type object, dict_iter.c and dict_views.c what walks over a dict, dict_instance.c the
 * dicts of instances. Invariants: ma_used counts entries with a value; ma_version_tag changes with
 * every change of a dict's contents; dk_version is 0 after every change of a table's keys; a split
 * table's dict has ma_values, any other has none. A dict is untracked until it holds something
 * that can be part of a cycle. */
#include "Python.h"

#include "ks_dict.h"
#include "pycore_gc.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"

/* The source of all ma_version_tag values. */
uint64_t _pydict_global_version = 0;

/* ---- lifecycle ---- */

PyObject *
ks_dict_over(PyDictKeysObject *keys, PyDictValues *values, Py_ssize_t used, int free_values)
{
    struct _Py_dict_state *state = &_PyInterpreterState_GET()->dict_state;
    PyDictObject *dict;
    if (KS_LIKELY(state->numfree > 0)) {
        dict = state->free_list[--state->numfree];
        ks_new_reference((PyObject *)dict);
    }
    else {
        dict = PyObject_GC_New(PyDictObject, &PyDict_Type);
        if (dict == NULL) {
            ks_keys_release(keys);
            if (free_values)
                ks_values_free(values);
            return NULL;
        }
    }
    dict->ma_keys = keys;
    dict->ma_values = values;
    dict->ma_used = used;
    dict->ma_version_tag = DICT_NEXT_VERSION();
    return (PyObject *)dict;
}

PyObject *
PyDict_New(void)
{
    ks_dict_empty_keys.dk_refcnt++;
    return ks_dict_over(&ks_dict_empty_keys, NULL, 0, 0);
}

PyObject *
ks_dict_new_shared(PyDictKeysObject *keys)
{
    PyDictValues *values = ks_values_new(ks_keys_shared_room(keys));
    if (values == NULL)
        return PyErr_NoMemory();
    keys->dk_refcnt++;
    return ks_dict_over(keys, values, 0, 1);
}

PyObject *
ks_dict_presized(Py_ssize_t entries, int of_str)
{
    const Py_ssize_t most_slots = 128 * 1024;
    if (entries <= ks_keys_capacity(KS_DICT_LOG_MIN))
        return PyDict_New();
    int log2_size = entries > most_slots * 2 / 3 ? 17 : ks_keys_log2_for_entries(entries);
    PyDictKeysObject *keys = ks_keys_new(log2_size, of_str);
    return keys == NULL ? NULL : ks_dict_over(keys, NULL, 0, 0);
}

PyObject *
_PyDict_NewPresized(Py_ssize_t entries)
{
    return ks_dict_presized(entries, 0);
}

/* A dict from arrays of keys and values, each with its own stride. */
PyObject *
_PyDict_FromItems(PyObject *const *keys, Py_ssize_t keys_offset, PyObject *const *values,
                  Py_ssize_t values_offset, Py_ssize_t length)
{
    int of_str = 1;
    for (Py_ssize_t i = 0; i < length && of_str; i++)
        of_str = PyUnicode_CheckExact(keys[i * keys_offset]);
    PyObject *dict = ks_dict_presized(length, of_str);
    if (dict == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < length; i++) {
        if (PyDict_SetItem(dict, keys[i * keys_offset], values[i * values_offset]) < 0) {
            Py_DECREF(dict);
            return NULL;
        }
    }
    return dict;
}

/* ---- growing ---- */

KS_INLINE void
put_entry(PyDictKeysObject *to, Py_ssize_t at, PyObject *key, Py_hash_t hash, PyObject *value)
{
    if (DK_IS_UNICODE(to))
        DK_UNICODE_ENTRIES(to)[at] = (PyDictUnicodeEntry){key, value};
    else
        DK_ENTRIES(to)[at] = (PyDictKeyEntry){hash, key, value};
}

/* Moves the entries that have a value to a new table of the same kind or of any keys. */
static void
move_entries(PyDictKeysObject *from, PyDictValues *values, Py_ssize_t used, PyDictKeysObject *to)
{
    int is_dense = values == NULL && used == from->dk_nentries;
    if (is_dense && DK_IS_UNICODE(from) && DK_IS_UNICODE(to))
        memcpy(DK_UNICODE_ENTRIES(to), DK_UNICODE_ENTRIES(from),
               (size_t)used * sizeof(PyDictUnicodeEntry));
    else if (is_dense && !DK_IS_UNICODE(from))
        memcpy(DK_ENTRIES(to), DK_ENTRIES(from), (size_t)used * sizeof(PyDictKeyEntry));
    else if (values != NULL) {
        for (Py_ssize_t at = 0; at < used; at++) {
            Py_ssize_t index = ks_values_nth(values, at);
            PyObject *key = Py_NewRef(DK_UNICODE_ENTRIES(from)[index].me_key);
            put_entry(to, at, key, ks_str_hash(key), values->values[index]);
        }
    }
    else if (DK_IS_UNICODE(from)) {
        PyDictUnicodeEntry *entry = DK_UNICODE_ENTRIES(from);
        for (Py_ssize_t at = 0; at < used; entry++)
            if (entry->me_value != NULL)
                put_entry(to, at++, entry->me_key, ks_str_hash(entry->me_key), entry->me_value);
    }
    else {
        PyDictKeyEntry *entry = DK_ENTRIES(from);
        for (Py_ssize_t at = 0; at < used; entry++)
            if (entry->me_value != NULL)
                put_entry(to, at++, entry->me_key, entry->me_hash, entry->me_value);
    }
    ks_keys_fill_slots(to, used);
}

int
ks_dict_resize(PyDictObject *dict, int log2_size, int of_str)
{
    PyDictKeysObject *old_keys = dict->ma_keys;
    PyDictValues *old_values = dict->ma_values;
    if (!DK_IS_UNICODE(old_keys))
        of_str = 0;
    PyDictKeysObject *keys = ks_keys_new(log2_size, of_str);
    if (keys == NULL)
        return -1;
    move_entries(old_keys, old_values, dict->ma_used, keys);
    dict->ma_keys = keys;
    dict->ma_values = NULL;
    if (old_values != NULL) {
        ks_keys_release(old_keys);
        ks_values_free(old_values);
    }
    else if (old_keys == &ks_dict_empty_keys)
        old_keys->dk_refcnt--;
    else
        ks_keys_discard(old_keys);
    return 0;
}

static int
dict_grow(PyDictObject *dict, int of_str)
{
    return ks_dict_resize(dict, ks_keys_log2_for_slots((size_t)dict->ma_used * 3), of_str);
}

/* ---- insertion ---- */

/* Puts a key that is known to be absent at the end; both references are taken over. The slot is
 * one that a search for the key found free. */
static int
insert_new(PyDictObject *dict, PyObject *key, Py_hash_t hash, PyObject *value, size_t slot)
{
    PyDictKeysObject *keys = dict->ma_keys;
    int key_is_str = PyUnicode_CheckExact(key);
    keys->dk_version = 0;
    if (KS_UNLIKELY(keys->dk_usable <= 0 || (!key_is_str && DK_IS_UNICODE(keys)))) {
        if (dict_grow(dict, key_is_str) < 0) {
            Py_DECREF(key);
            Py_DECREF(value);
            return -1;
        }
        keys = dict->ma_keys;
        slot = ks_keys_free_slot(keys, hash);
    }
    Py_ssize_t index = keys->dk_nentries;
    ks_keys_set_index(keys, slot, index);
    if (KS_UNLIKELY(dict->ma_values != NULL)) {
        DK_UNICODE_ENTRIES(keys)[index].me_key = key;
        dict->ma_values->values[index] = value;
        _PyDictValues_AddToInsertionOrder(dict->ma_values, index);
    }
    else
        put_entry(keys, index, key, hash, value);
    keys->dk_usable--;
    keys->dk_nentries++;
    dict->ma_used++;
    dict->ma_version_tag = DICT_NEXT_VERSION();
    return 0;
}

/* The first key of a dict that still has the common empty table. */
static KS_NOINLINE int
insert_first(PyDictObject *dict, PyObject *key, Py_hash_t hash, PyObject *value)
{
    PyDictKeysObject *keys = ks_keys_new(KS_DICT_LOG_MIN, PyUnicode_CheckExact(key));
    if (keys == NULL) {
        Py_DECREF(key);
        Py_DECREF(value);
        return -1;
    }
    ks_dict_empty_keys.dk_refcnt--;
    dict->ma_keys = keys;
    dict->ma_values = NULL;
    ks_dict_maybe_track(dict, key, value);
    return insert_new(dict, key, hash, value, (size_t)hash & (DK_SIZE(keys) - 1));
}

/* Gives an entry that exists a value, which is taken over. */
static void
store_at(PyDictObject *dict, Py_ssize_t index, PyObject *value)
{
    if (dict->ma_values != NULL) {
        PyDictValues *values = dict->ma_values;
        if (values->values[index] == NULL) {
            _PyDictValues_AddToInsertionOrder(values, index);
            dict->ma_used++;
        }
        values->values[index] = value;
    }
    else if (DK_IS_UNICODE(dict->ma_keys))
        DK_UNICODE_ENTRIES(dict->ma_keys)[index].me_value = value;
    else
        DK_ENTRIES(dict->ma_keys)[index].me_value = value;
    dict->ma_version_tag = DICT_NEXT_VERSION();
}

int
ks_dict_insert(PyDictObject *dict, PyObject *key, Py_hash_t hash, PyObject *value)
{
    if (dict->ma_keys == &ks_dict_empty_keys)
        return insert_first(dict, key, hash, value);
    size_t slot = 0;
    Py_ssize_t index;
    if (KS_LIKELY(DK_IS_UNICODE(dict->ma_keys) && PyUnicode_CheckExact(key)))
        index = ks_keys_find_str_slot(dict->ma_keys, key, hash, &slot);
    else {
        if (DK_IS_UNICODE(dict->ma_keys) && dict_grow(dict, 0) < 0)
            goto failed;
        index = ks_dict_find_slot(dict, key, hash, &slot);
        if (index == DKIX_ERROR)
            goto failed;
    }
    ks_dict_maybe_track(dict, key, value);
    if (index == DKIX_EMPTY)
        return insert_new(dict, key, hash, value, slot);
    PyObject *old = ks_dict_value_at(dict, index);
    if (old != value)
        store_at(dict, index, value);
    else
        Py_DECREF(value);
    /* Last, since it can run code: the old value, unless it is the one that stays. */
    if (old != value)
        Py_XDECREF(old);
    Py_DECREF(key);
    return 0;
failed:
    Py_DECREF(value);
    Py_DECREF(key);
    return -1;
}

/* Takes over the references to key and value, on failure as well. */
int
_PyDict_SetItem_Take2(PyDictObject *dict, PyObject *key, PyObject *value)
{
    Py_hash_t hash = ks_dict_hash(key);
    if (hash == -1) {
        Py_DECREF(key);
        Py_DECREF(value);
        return -1;
    }
    return ks_dict_insert(dict, key, hash, value);
}

int
PyDict_SetItem(PyObject *self, PyObject *key, PyObject *value)
{
    if (!PyDict_Check(self)) {
        PyErr_BadInternalCall();
        return -1;
    }
    return _PyDict_SetItem_Take2((PyDictObject *)self, Py_NewRef(key), Py_NewRef(value));
}

int
_PyDict_SetItem_KnownHash(PyObject *self, PyObject *key, PyObject *value, Py_hash_t hash)
{
    if (!PyDict_Check(self)) {
        PyErr_BadInternalCall();
        return -1;
    }
    return ks_dict_insert((PyDictObject *)self, Py_NewRef(key), hash, Py_NewRef(value));
}

int
PyDict_SetItemString(PyObject *self, const char *key, PyObject *value)
{
    KS_OWNED PyObject *name = PyUnicode_FromString(key);
    if (name == NULL)
        return -1;
    PyUnicode_InternInPlace(&name);
    return PyDict_SetItem(self, name, value);
}

int
_PyDict_SetItemId(PyObject *self, _Py_Identifier *id, PyObject *value)
{
    PyObject *key = _PyUnicode_FromId(id);
    return key == NULL ? -1 : PyDict_SetItem(self, key, value);
}

/* The value of key (borrowed), inserted with the default if absent. */
PyObject *
PyDict_SetDefault(PyObject *self, PyObject *key, PyObject *fallback)
{
    PyDictObject *dict = (PyDictObject *)self;
    if (!PyDict_Check(self)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    Py_hash_t hash = ks_dict_hash(key);
    if (hash == -1)
        return NULL;
    if (dict->ma_keys == &ks_dict_empty_keys) {
        if (insert_first(dict, Py_NewRef(key), hash, Py_NewRef(fallback)) < 0)
            return NULL;
        return fallback;
    }
    if (DK_IS_UNICODE(dict->ma_keys) && !PyUnicode_CheckExact(key) && dict_grow(dict, 0) < 0)
        return NULL;
    size_t slot;
    Py_ssize_t index = ks_dict_find_slot(dict, key, hash, &slot);
    if (index == DKIX_ERROR)
        return NULL;
    PyObject *value = index >= 0 ? ks_dict_value_at(dict, index) : NULL;
    if (value != NULL)
        return value;
    ks_dict_maybe_track(dict, key, fallback);
    if (index == DKIX_EMPTY) {
        if (insert_new(dict, Py_NewRef(key), hash, Py_NewRef(fallback), slot) < 0)
            return NULL;
    }
    else
        store_at(dict, index, Py_NewRef(fallback));
    return fallback;
}

/* ---- deletion ---- */

static size_t
slot_of_index(PyDictKeysObject *keys, Py_hash_t hash, Py_ssize_t index)
{
    size_t mask = (size_t)DK_SIZE(keys) - 1;
    size_t perturb = (size_t)hash;
    size_t slot = perturb & mask;
    while (ks_keys_index(keys, slot) != index) {
        perturb >>= KS_DICT_PERTURB_SHIFT;
        slot = (slot * 5 + perturb + 1) & mask;
    }
    return slot;
}

/* Takes entry `index` out and returns its value to the caller, who owns it. The key of a combined
 * table's entry is handed out in *key, to be dropped when the dict is whole. */
static PyObject *
take_out(PyDictObject *dict, Py_hash_t hash, Py_ssize_t index, PyObject **key)
{
    PyDictKeysObject *keys = dict->ma_keys;
    PyObject *value;
    dict->ma_used--;
    dict->ma_version_tag = DICT_NEXT_VERSION();
    if (dict->ma_values != NULL) {
        value = dict->ma_values->values[index];
        dict->ma_values->values[index] = NULL;
        ks_values_forget(dict->ma_values, index);
        *key = NULL;
        return value;
    }
    keys->dk_version = 0;
    ks_keys_set_index(keys, slot_of_index(keys, hash, index), DKIX_DUMMY);
    if (DK_IS_UNICODE(keys)) {
        PyDictUnicodeEntry *entry = &DK_UNICODE_ENTRIES(keys)[index];
        *key = entry->me_key;
        value = entry->me_value;
        entry->me_key = entry->me_value = NULL;
    }
    else {
        PyDictKeyEntry *entry = &DK_ENTRIES(keys)[index];
        *key = entry->me_key;
        value = entry->me_value;
        entry->me_key = entry->me_value = NULL;
        entry->me_hash = 0;
    }
    return value;
}

static void
delete_at(PyDictObject *dict, Py_hash_t hash, Py_ssize_t index)
{
    PyObject *key;
    PyObject *value = take_out(dict, hash, index, &key);
    Py_XDECREF(key);
    Py_DECREF(value);
}

int
_PyDict_DelItem_KnownHash(PyObject *self, PyObject *key, Py_hash_t hash)
{
    PyDictObject *dict = (PyDictObject *)self;
    PyObject *value;
    if (!PyDict_Check(self)) {
        PyErr_BadInternalCall();
        return -1;
    }
    Py_ssize_t index = _Py_dict_lookup(dict, key, hash, &value);
    if (index == DKIX_ERROR)
        return -1;
    if (index == DKIX_EMPTY || value == NULL) {
        _PyErr_SetKeyError(key);
        return -1;
    }
    delete_at(dict, hash, index);
    return 0;
}

int
PyDict_DelItem(PyObject *self, PyObject *key)
{
    Py_hash_t hash = ks_dict_hash(key);
    return hash == -1 ? -1 : _PyDict_DelItem_KnownHash(self, key, hash);
}

/* Deletes key if the predicate says 1 to its value. The predicate must not change the dict. */
int
_PyDict_DelItemIf(PyObject *self, PyObject *key, int (*predicate)(PyObject *value))
{
    PyDictObject *dict = (PyDictObject *)self;
    PyObject *value;
    if (!PyDict_Check(self)) {
        PyErr_BadInternalCall();
        return -1;
    }
    Py_hash_t hash = PyObject_Hash(key);
    if (hash == -1)
        return -1;
    Py_ssize_t index = _Py_dict_lookup(dict, key, hash, &value);
    if (index == DKIX_ERROR)
        return -1;
    if (index == DKIX_EMPTY || value == NULL) {
        _PyErr_SetKeyError(key);
        return -1;
    }
    int wanted = predicate(value);
    if (wanted < 0)
        return -1;
    if (wanted)
        delete_at(dict, hash, index);
    return 0;
}

int
PyDict_DelItemString(PyObject *self, const char *key)
{
    KS_OWNED PyObject *name = PyUnicode_FromString(key);
    return name == NULL ? -1 : PyDict_DelItem(self, name);
}

int
_PyDict_DelItemId(PyObject *self, _Py_Identifier *id)
{
    PyObject *key = _PyUnicode_FromId(id);
    return key == NULL ? -1 : PyDict_DelItem(self, key);
}

/* The value of key as a new reference, taken out of the dict; the default (may be NULL for
 * KeyError) if absent. */
PyObject *
_PyDict_Pop_KnownHash(PyObject *self, PyObject *key, Py_hash_t hash, PyObject *fallback)
{
    PyDictObject *dict = (PyDictObject *)self;
    PyObject *value = NULL;
    Py_ssize_t index = DKIX_EMPTY;
    if (dict->ma_used > 0) {
        index = _Py_dict_lookup(dict, key, hash, &value);
        if (index == DKIX_ERROR)
            return NULL;
    }
    if (index == DKIX_EMPTY || value == NULL) {
        if (fallback == NULL)
            _PyErr_SetKeyError(key);
        return Py_XNewRef(fallback);
    }
    PyObject *known;
    value = take_out(dict, hash, index, &known);
    Py_XDECREF(known);
    return value;
}

PyObject *
_PyDict_Pop(PyObject *self, PyObject *key, PyObject *fallback)
{
    if (((PyDictObject *)self)->ma_used == 0) {
        if (fallback == NULL)
            _PyErr_SetKeyError(key);
        return Py_XNewRef(fallback);
    }
    Py_hash_t hash = ks_dict_hash(key);
    return hash == -1 ? NULL : _PyDict_Pop_KnownHash(self, key, hash, fallback);
}

void
PyDict_Clear(PyObject *self)
{
    if (!PyDict_Check(self))
        return;
    PyDictObject *dict = (PyDictObject *)self;
    PyDictKeysObject *keys = dict->ma_keys;
    PyDictValues *values = dict->ma_values;
    if (keys == &ks_dict_empty_keys)
        return;
    ks_dict_empty_keys.dk_refcnt++;
    dict->ma_keys = &ks_dict_empty_keys;
    dict->ma_values = NULL;
    dict->ma_used = 0;
    dict->ma_version_tag = DICT_NEXT_VERSION();
    if (values != NULL) {
        for (Py_ssize_t i = 0; i < keys->dk_nentries; i++)
            Py_CLEAR(values->values[i]);
        ks_values_free(values);
    }
    ks_keys_release(keys);
}

/* ---- lookup ---- */

PyObject *
_PyDict_GetItem_KnownHash(PyObject *self, PyObject *key, Py_hash_t hash)
{
    PyObject *value;
    if (!PyDict_Check(self)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    _Py_dict_lookup((PyDictObject *)self, key, hash, &value);
    return value;
}

/* Borrowed; NULL without an exception if absent. */
PyObject *
PyDict_GetItemWithError(PyObject *self, PyObject *key)
{
    PyObject *value;
    if (!PyDict_Check(self)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    Py_hash_t hash = ks_dict_hash(key);
    if (hash == -1)
        return NULL;
    _Py_dict_lookup((PyDictObject *)self, key, hash, &value);
    return value;
}

/* Borrowed; NULL if absent. Exceptions of the lookup are lost, one set before is kept. */
PyObject *
PyDict_GetItem(PyObject *self, PyObject *key)
{
    PyObject *value, *type, *error, *traceback;
    if (!PyDict_Check(self))
        return NULL;
    PyThreadState *thread = _PyThreadState_GET();
    Py_hash_t hash = ks_dict_hash(key);
    if (hash == -1) {
        _PyErr_Clear(thread);
        return NULL;
    }
    _PyErr_Fetch(thread, &type, &error, &traceback);
    _Py_dict_lookup((PyDictObject *)self, key, hash, &value);
    _PyErr_Restore(thread, type, error, traceback);
    return value;
}

PyObject *
_PyDict_GetItemWithError(PyObject *self, PyObject *key)
{
    return _PyDict_GetItem_KnownHash(self, key, ks_str_hash(key));
}

PyObject *
_PyDict_GetItemIdWithError(PyObject *self, _Py_Identifier *id)
{
    PyObject *key = _PyUnicode_FromId(id);
    if (key == NULL)
        return NULL;
    return _PyDict_GetItem_KnownHash(self, key, ks_str_hash(key));
}

PyObject *
PyDict_GetItemString(PyObject *self, const char *key)
{
    PyObject *name = PyUnicode_FromString(key);
    if (name == NULL) {
        PyErr_Clear();
        return NULL;
    }
    PyObject *value = PyDict_GetItem(self, name);
    Py_DECREF(name);
    return value;
}

PyObject *
_PyDict_GetItemStringWithError(PyObject *self, const char *key)
{
    KS_OWNED PyObject *name = PyUnicode_FromString(key);
    return name == NULL ? NULL : PyDict_GetItemWithError(self, name);
}

int
PyDict_Contains(PyObject *self, PyObject *key)
{
    Py_hash_t hash = ks_dict_hash(key);
    return hash == -1 ? -1 : _PyDict_Contains_KnownHash(self, key, hash);
}

int
_PyDict_Contains_KnownHash(PyObject *self, PyObject *key, Py_hash_t hash)
{
    PyObject *value;
    Py_ssize_t index = _Py_dict_lookup((PyDictObject *)self, key, hash, &value);
    if (index == DKIX_ERROR)
        return -1;
    return index != DKIX_EMPTY && value != NULL;
}

int
_PyDict_ContainsId(PyObject *self, _Py_Identifier *id)
{
    PyObject *key = _PyUnicode_FromId(id);
    return key == NULL ? -1 : PyDict_Contains(self, key);
}

/* Entry number of key with its value (borrowed) in *value, tried at `hint` first; negative as
 * _Py_dict_lookup answers. */
Py_ssize_t
_PyDict_GetItemHint(PyDictObject *dict, PyObject *key, Py_ssize_t hint, PyObject **value)
{
    PyDictKeysObject *keys = dict->ma_keys;
    if (hint >= 0 && hint < keys->dk_nentries) {
        PyObject *known = DK_IS_UNICODE(keys) ? DK_UNICODE_ENTRIES(keys)[hint].me_key
                                              : DK_ENTRIES(keys)[hint].me_key;
        PyObject *found = known == key ? ks_dict_value_at(dict, hint) : NULL;
        if (found != NULL) {
            *value = found;
            return hint;
        }
    }
    Py_hash_t hash = ks_dict_hash(key);
    return hash == -1 ? -1 : _Py_dict_lookup(dict, key, hash, value);
}

/* A global or a builtin (borrowed); NULL without an exception if neither has the name. */
PyObject *
_PyDict_LoadGlobal(PyDictObject *globals, PyDictObject *builtins, PyObject *key)
{
    PyObject *value;
    Py_hash_t hash = ks_dict_hash(key);
    if (hash == -1)
        return NULL;
    if (_Py_dict_lookup(globals, key, hash, &value) == DKIX_ERROR)
        return NULL;
    if (value != NULL)
        return value;
    _Py_dict_lookup(builtins, key, hash, &value);
    return value;
}

/* ---- walking, sizes, lists ---- */

int
_PyDict_Next(PyObject *self, Py_ssize_t *pos, PyObject **key, PyObject **value, Py_hash_t *hash)
{
    PyObject *found_key, *found_value;
    if (!PyDict_Check(self))
        return 0;
    if (!ks_dict_step((PyDictObject *)self, pos, &found_key, &found_value, hash))
        return 0;
    if (key != NULL)
        *key = found_key;
    if (value != NULL)
        *value = found_value;
    return 1;
}

int
PyDict_Next(PyObject *self, Py_ssize_t *pos, PyObject **key, PyObject **value)
{
    return _PyDict_Next(self, pos, key, value, NULL);
}

Py_ssize_t
PyDict_Size(PyObject *self)
{
    if (!PyDict_Check(self)) {
        PyErr_BadInternalCall();
        return -1;
    }
    return ((PyDictObject *)self)->ma_used;
}

/* A list whose length is the dict's. Making a list can collect garbage, which can change the
 * dict, so the length is compared afterwards. */
static PyObject *
list_for(PyDictObject *dict)
{
    for (;;) {
        Py_ssize_t used = dict->ma_used;
        PyObject *list = PyList_New(used);
        if (list == NULL || used == dict->ma_used)
            return list;
        Py_DECREF(list);
    }
}

PyObject *
PyDict_Keys(PyObject *self)
{
    PyObject *key, *value;
    if (!PyDict_Check(self)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    PyObject *list = list_for((PyDictObject *)self);
    if (list == NULL)
        return NULL;
    for (Py_ssize_t pos = 0, i = 0;
         ks_dict_step((PyDictObject *)self, &pos, &key, &value, NULL); i++)
        PyList_SET_ITEM(list, i, Py_NewRef(key));
    return list;
}

PyObject *
PyDict_Values(PyObject *self)
{
    PyObject *key, *value;
    if (!PyDict_Check(self)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    PyObject *list = list_for((PyDictObject *)self);
    if (list == NULL)
        return NULL;
    for (Py_ssize_t pos = 0, i = 0;
         ks_dict_step((PyDictObject *)self, &pos, &key, &value, NULL); i++)
        PyList_SET_ITEM(list, i, Py_NewRef(value));
    return list;
}

PyObject *
PyDict_Items(PyObject *self)
{
    PyDictObject *dict = (PyDictObject *)self;
    PyObject *key, *value;
    if (!PyDict_Check(self)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    /* All pairs are made before the dict is read: making them can collect garbage. */
    for (;;) {
        PyObject *list = list_for(dict);
        if (list == NULL)
            return NULL;
        Py_ssize_t count = PyList_GET_SIZE(list);
        for (Py_ssize_t i = 0; i < count; i++) {
            PyObject *pair = PyTuple_New(2);
            if (pair == NULL) {
                Py_DECREF(list);
                return NULL;
            }
            PyList_SET_ITEM(list, i, pair);
        }
        if (count != dict->ma_used) {
            Py_DECREF(list);
            continue;
        }
        for (Py_ssize_t pos = 0, i = 0; ks_dict_step(dict, &pos, &key, &value, NULL); i++) {
            PyObject *pair = PyList_GET_ITEM(list, i);
            PyTuple_SET_ITEM(pair, 0, Py_NewRef(key));
            PyTuple_SET_ITEM(pair, 1, Py_NewRef(value));
        }
        return list;
    }
}

int
_PyDict_HasOnlyStringKeys(PyObject *self)
{
    PyObject *key, *value;
    if (DK_IS_UNICODE(((PyDictObject *)self)->ma_keys))
        return 1;
    for (Py_ssize_t pos = 0; ks_dict_step((PyDictObject *)self, &pos, &key, &value, NULL);)
        if (!PyUnicode_Check(key))
            return 0;
    return 1;
}

/* Bytes of the dict, its values, and its table if nobody shares it. */
Py_ssize_t
_PyDict_SizeOf(PyDictObject *dict)
{
    Py_ssize_t size = _PyObject_SIZE(Py_TYPE(dict));
    if (dict->ma_values != NULL)
        size += ks_keys_shared_room(dict->ma_keys) * (Py_ssize_t)sizeof(PyObject *);
    if (dict->ma_keys->dk_refcnt == 1 && dict->ma_keys != &ks_dict_empty_keys)
        size += _PyDict_KeysSize(dict->ma_keys);
    return size;
}

/* ---- for the collector ---- */

void
_PyDict_MaybeUntrack(PyObject *self)
{
    PyObject *key, *value;
    if (!PyDict_CheckExact(self) || !_PyObject_GC_IS_TRACKED(self))
        return;
    for (Py_ssize_t pos = 0; ks_dict_step((PyDictObject *)self, &pos, &key, &value, NULL);)
        if (ks_may_be_tracked(value) || _PyObject_GC_MAY_BE_TRACKED(key))
            return;
    _PyObject_GC_UNTRACK(self);
}

/* Fatal when the dict's counters contradict each other; 1 otherwise. */
int
_PyDict_CheckConsistency(PyObject *self, int check_content)
{
    PyDictObject *dict = (PyDictObject *)self;
    PyDictKeysObject *keys = dict->ma_keys;
    Py_ssize_t capacity = ks_keys_capacity(keys->dk_log2_size);
    PyObject *key, *value;
    if (dict->ma_used < 0 || dict->ma_used > capacity || keys->dk_nentries > capacity
        || keys->dk_usable < 0 || keys->dk_nentries + keys->dk_usable > capacity
        || (dict->ma_values != NULL && ks_values_count(dict->ma_values) != dict->ma_used))
        Py_FatalError("a dict's counters are inconsistent");
    if (check_content && dict->ma_values == NULL) {
        Py_ssize_t count = 0;
        for (Py_ssize_t pos = 0; ks_dict_step(dict, &pos, &key, &value, NULL);)
            count++;
        if (count != dict->ma_used)
            Py_FatalError("a dict's entries do not match its length");
    }
    return 1;
}

void
_PyDict_DebugMallocStats(FILE *out)
{
    _PyDebugAllocatorStats(out, "free PyDictObject",
                           _PyInterpreterState_GET()->dict_state.numfree, sizeof(PyDictObject));
}
