/* SPDX-License-Identifier: MIT */
/* Whole dicts at once: copy, merge with another mapping or with pairs, fromkeys.
 *
 * A merge that finds its source changed by the code it ran (a key's __eq__ or __hash__) stops with
 * RuntimeError; the target then holds what was merged so far. */
#include "Python.h"

#include "ks_dict.h"
#include "pycore_gc.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"

#define AS_DICT(self) ((PyDictObject *)(self))

PyDictKeysObject *
ks_dict_clone_keys(PyDictObject *dict)
{
    PyDictKeysObject *from = dict->ma_keys;
    size_t size = (size_t)_PyDict_KeysSize(from);
    PyDictKeysObject *keys = ks_keys_new(from->dk_log2_size, DK_IS_UNICODE(from));
    if (keys == NULL)
        return NULL;
    memcpy(keys, from, size);
    keys->dk_refcnt = 1;
    keys->dk_version = 0;
    if (DK_IS_UNICODE(keys)) {
        PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(keys);
        for (Py_ssize_t i = 0; i < keys->dk_nentries; i++) {
            Py_XINCREF(entries[i].me_key);
            Py_XINCREF(entries[i].me_value);
        }
    }
    else {
        PyDictKeyEntry *entries = DK_ENTRIES(keys);
        for (Py_ssize_t i = 0; i < keys->dk_nentries; i++) {
            Py_XINCREF(entries[i].me_key);
            Py_XINCREF(entries[i].me_value);
        }
    }
    return keys;
}

static PyObject *
copy_split(PyDictObject *dict)
{
    PyDictKeysObject *keys = dict->ma_keys;
    PyDictValues *from = dict->ma_values;
    Py_ssize_t room = ks_keys_shared_room(keys);
    PyDictValues *values = ks_values_new(room);
    if (values == NULL)
        return PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < ks_values_count(from); i++)
        _PyDictValues_AddToInsertionOrder(values, ks_values_nth(from, i));
    for (Py_ssize_t i = 0; i < keys->dk_nentries; i++)
        values->values[i] = Py_XNewRef(from->values[i]);
    keys->dk_refcnt++;
    PyObject *copy = ks_dict_over(keys, values, dict->ma_used, 0);
    if (copy == NULL) {
        for (Py_ssize_t i = 0; i < keys->dk_nentries; i++)
            Py_XDECREF(values->values[i]);
        ks_values_free(values);
    }
    return copy;
}

PyObject *
PyDict_Copy(PyObject *self)
{
    PyObject *copy;
    if (self == NULL || !PyDict_Check(self)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    PyDictObject *dict = AS_DICT(self);
    if (dict->ma_used == 0)
        return PyDict_New();
    if (dict->ma_values != NULL)
        copy = copy_split(dict);
    else if (Py_TYPE(self)->tp_iter == ks_dict_iter
             && dict->ma_used >= dict->ma_keys->dk_nentries * 2 / 3) {
        PyDictKeysObject *keys = ks_dict_clone_keys(dict);
        copy = keys == NULL ? NULL : ks_dict_over(keys, NULL, dict->ma_used, 0);
    }
    else {
        copy = PyDict_New();
        if (copy != NULL && PyDict_Merge(copy, self, 1) < 0)
            Py_CLEAR(copy);
        return copy;
    }
    if (copy != NULL && _PyObject_GC_IS_TRACKED(self))
        _PyObject_GC_TRACK(copy);
    return copy;
}

/* 1 if the empty target may simply take a copy of the source's table. */
static int
table_fits(PyDictObject *source)
{
    PyDictKeysObject *keys = source->ma_keys;
    return source->ma_values == NULL && source->ma_used == keys->dk_nentries
           && (keys->dk_log2_size == KS_DICT_LOG_MIN
               || ks_keys_capacity(keys->dk_log2_size - 1) < source->ma_used);
}

/* override: 0 first value stays, 1 last value wins, 2 KeyError for a key that is there. */
static int
merge_one(PyDictObject *target, PyObject *key, Py_hash_t hash, PyObject *value, int override)
{
    if (override != 1) {
        int found = _PyDict_Contains_KnownHash((PyObject *)target, key, hash);
        if (found > 0 && override == 2) {
            _PyErr_SetKeyError(key);
            return -1;
        }
        if (found != 0)
            return found < 0 ? -1 : 0;
    }
    return ks_dict_insert(target, Py_NewRef(key), hash, Py_NewRef(value));
}

static int
merge_dict(PyDictObject *target, PyDictObject *source, int override)
{
    if (source == target || source->ma_used == 0)
        return 0;
    if (target->ma_used == 0) {
        /* Nothing to conflict with. */
        override = 1;
        if (table_fits(source)) {
            PyDictKeysObject *keys = ks_dict_clone_keys(source);
            if (keys == NULL)
                return -1;
            PyDictKeysObject *old_keys = target->ma_keys;
            PyDictValues *old_values = target->ma_values;
            target->ma_keys = keys;
            target->ma_values = NULL;
            target->ma_used = source->ma_used;
            target->ma_version_tag = DICT_NEXT_VERSION();
            if (_PyObject_GC_IS_TRACKED(source) && !_PyObject_GC_IS_TRACKED(target))
                _PyObject_GC_TRACK(target);
            ks_keys_release(old_keys);
            if (old_values != NULL)
                ks_values_free(old_values);
            return 0;
        }
    }
    if (ks_keys_capacity(target->ma_keys->dk_log2_size) < source->ma_used
        && ks_dict_resize(target, ks_keys_log2_for_entries(target->ma_used + source->ma_used),
                          DK_IS_UNICODE(source->ma_keys)) < 0)
        return -1;
    Py_ssize_t used = source->ma_used;
    PyObject *key, *value;
    Py_hash_t hash;
    for (Py_ssize_t pos = 0; ks_dict_step(source, &pos, &key, &value, &hash);) {
        Py_INCREF(key);
        Py_INCREF(value);
        int failed = merge_one(target, key, hash, value, override);
        Py_DECREF(value);
        Py_DECREF(key);
        if (failed < 0)
            return -1;
        if (used != source->ma_used) {
            PyErr_SetString(PyExc_RuntimeError, "dict mutated during update");
            return -1;
        }
    }
    return 0;
}

/* Any object with keys() and __getitem__. */
static int
merge_mapping(PyObject *target, PyObject *source, int override)
{
    KS_OWNED PyObject *keys = PyMapping_Keys(source);
    if (keys == NULL)
        return -1;
    KS_OWNED PyObject *iterator = PyObject_GetIter(keys);
    if (iterator == NULL)
        return -1;
    for (;;) {
        KS_OWNED PyObject *key = PyIter_Next(iterator);
        if (key == NULL)
            return PyErr_Occurred() ? -1 : 0;
        if (override != 1) {
            int found = PyDict_Contains(target, key);
            if (found < 0)
                return -1;
            if (found && override == 2) {
                _PyErr_SetKeyError(key);
                return -1;
            }
            if (found)
                continue;
        }
        KS_OWNED PyObject *value = PyObject_GetItem(source, key);
        if (value == NULL || PyDict_SetItem(target, key, value) < 0)
            return -1;
    }
}

int
_PyDict_MergeEx(PyObject *target, PyObject *source, int override)
{
    if (target == NULL || !PyDict_Check(target) || source == NULL) {
        PyErr_BadInternalCall();
        return -1;
    }
    if (PyDict_Check(source) && Py_TYPE(source)->tp_iter == ks_dict_iter)
        return merge_dict(AS_DICT(target), AS_DICT(source), override);
    return merge_mapping(target, source, override);
}

int
PyDict_Merge(PyObject *target, PyObject *source, int override)
{
    return _PyDict_MergeEx(target, source, override != 0);
}

int
PyDict_Update(PyObject *target, PyObject *source)
{
    return _PyDict_MergeEx(target, source, 1);
}

static int
merge_pair(PyObject *target, PyObject *item, Py_ssize_t position, int override)
{
    KS_OWNED PyObject *pair = PySequence_Fast(item, "");
    if (pair == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(PyExc_TypeError,
                         "cannot convert dictionary update sequence element #%zd to a sequence",
                         position);
        return -1;
    }
    Py_ssize_t length = PySequence_Fast_GET_SIZE(pair);
    if (length != 2) {
        PyErr_Format(PyExc_ValueError,
                     "dictionary update sequence element #%zd has length %zd; 2 is required",
                     position, length);
        return -1;
    }
    KS_OWNED PyObject *key = Py_NewRef(PySequence_Fast_GET_ITEM(pair, 0));
    KS_OWNED PyObject *value = Py_NewRef(PySequence_Fast_GET_ITEM(pair, 1));
    if (override)
        return PyDict_SetItem(target, key, value);
    return PyDict_SetDefault(target, key, value) == NULL ? -1 : 0;
}

int
PyDict_MergeFromSeq2(PyObject *target, PyObject *source, int override)
{
    KS_OWNED PyObject *iterator = PyObject_GetIter(source);
    if (iterator == NULL)
        return -1;
    for (Py_ssize_t position = 0;; position++) {
        KS_OWNED PyObject *item = PyIter_Next(iterator);
        if (item == NULL)
            return PyErr_Occurred() ? -1 : 0;
        if (merge_pair(target, item, position, override) < 0)
            return -1;
    }
}

/* Keys whose hashes are known go straight into an empty, exact dict. */
static int
fill_from_dict(PyDictObject *target, PyDictObject *source, PyObject *value)
{
    PyObject *key, *unused;
    Py_hash_t hash;
    if (ks_dict_resize(target, ks_keys_log2_for_entries(source->ma_used),
                       DK_IS_UNICODE(source->ma_keys)) < 0)
        return -1;
    for (Py_ssize_t pos = 0; ks_dict_step(source, &pos, &key, &unused, &hash);)
        if (ks_dict_insert(target, Py_NewRef(key), hash, Py_NewRef(value)) < 0)
            return -1;
    return 0;
}

static int
fill_from_set(PyDictObject *target, PyObject *source, PyObject *value)
{
    PyObject *key;
    Py_hash_t hash;
    Py_ssize_t pos = 0;
    if (ks_dict_resize(target, ks_keys_log2_for_entries(PySet_GET_SIZE(source)), 0) < 0)
        return -1;
    while (_PySet_NextEntry(source, &pos, &key, &hash))
        if (ks_dict_insert(target, Py_NewRef(key), hash, Py_NewRef(value)) < 0)
            return -1;
    return 0;
}

static int
fill_from_iterable(PyObject *target, PyObject *source, PyObject *value)
{
    KS_OWNED PyObject *iterator = PyObject_GetIter(source);
    if (iterator == NULL)
        return -1;
    int is_dict = PyDict_CheckExact(target);
    for (;;) {
        PyObject *key = PyIter_Next(iterator);
        if (key == NULL)
            return PyErr_Occurred() ? -1 : 0;
        int failed = is_dict ? PyDict_SetItem(target, key, value)
                             : PyObject_SetItem(target, key, value);
        Py_DECREF(key);
        if (failed < 0)
            return -1;
    }
}

/* type.fromkeys(iterable, value): whatever type() makes, filled with the keys. */
PyObject *
_PyDict_FromKeys(PyObject *type, PyObject *iterable, PyObject *value)
{
    int failed;
    PyObject *result = PyObject_CallNoArgs(type);
    if (result == NULL)
        return NULL;
    int empty_dict = PyDict_CheckExact(result) && AS_DICT(result)->ma_used == 0;
    if (empty_dict && PyDict_CheckExact(iterable))
        failed = fill_from_dict(AS_DICT(result), AS_DICT(iterable), value);
    else if (empty_dict && PyAnySet_CheckExact(iterable))
        failed = fill_from_set(AS_DICT(result), iterable, value);
    else
        failed = fill_from_iterable(result, iterable, value);
    if (failed < 0)
        Py_CLEAR(result);
    return result;
}
