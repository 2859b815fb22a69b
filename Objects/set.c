/* SPDX-License-Identifier: MIT */
/* The table of set and frozenset, and the C-API. Operations of two sets are in set_ops.c, methods
 * and types in set_type.c, the iterator in set_iter.c.
 *
 * Comparing keys can run any code, also such that changes the set: every search looks again from
 * the start when it finds the table or the place changed. */
#include "Python.h"

#include "ks_set.h"
#include "pycore_gc.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"

/* Places looked at before a jump, if they do not reach over the table's end. */
#define NEIGHBOURS 9
#define PERTURB_SHIFT 5

/* ---- the dummy key ---- */

static void
dummy_dealloc(PyObject *self)
{
    Py_FatalError("the dummy key of sets was dropped");
}

static PyObject *
dummy_repr(PyObject *self)
{
    return PyUnicode_FromString("<dummy key>");
}

PyTypeObject _PySetDummy_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "<dummy key> type",
    .tp_dealloc = dummy_dealloc,
    .tp_repr = dummy_repr,
    .tp_flags = Py_TPFLAGS_DEFAULT,
};

PyObject ks_set_dummy = {_PyObject_EXTRA_INIT 2, &_PySetDummy_Type};
PyObject *_PySet_Dummy = &ks_set_dummy;

/* ---- searching ---- */

/* Is the entry's key (of equal hash) equal to the key, which is another object? 1, 0, -1 with an exception; 2 if the set changed. */
static int
entry_matches(PySetObject *set, setentry *table, setentry *entry, PyObject *key)
{
    PyObject *known = entry->key;
    if (PyUnicode_CheckExact(known) && PyUnicode_CheckExact(key) && ks_str_same(known, key))
        return 1;
    Py_INCREF(known);
    int same = PyObject_RichCompareBool(known, key, Py_EQ);
    int changed = set->table != table || entry->key != known;
    Py_DECREF(known);
    if (same < 0)
        return -1;
    return changed ? 2 : same;
}

/* The entry of key, or the free one where the search ended; NULL with an exception. */
static setentry *
find_entry(PySetObject *set, PyObject *key, Py_hash_t hash)
{
restart:;
    setentry *table = set->table;
    size_t mask = (size_t)set->mask, perturb = (size_t)hash, i = perturb & mask;
    for (;;) {
        setentry *entry = &table[i];
        int more = i + NEIGHBOURS <= mask ? NEIGHBOURS : 0;
        do {
            if (entry->hash == 0 && entry->key == NULL)
                return entry;
            if (entry->hash == hash) {
                if (entry->key == key)
                    return entry;
                int match = entry_matches(set, table, entry, key);
                if (match == 1)
                    return entry;
                if (match < 0)
                    return NULL;
                if (match == 2)
                    goto restart;
            }
            entry++;
        } while (more--);
        perturb >>= PERTURB_SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

/* Where a search begins, and most searches end: at the key itself or at a free place. */
KS_INLINE setentry *
home_place(PySetObject *set, Py_hash_t hash)
{
    return &set->table[(size_t)hash & (size_t)set->mask];
}

int
ks_set_has(PySetObject *set, PyObject *key, Py_hash_t hash)
{
    setentry *entry = home_place(set, hash);
    if (entry->key == NULL)
        return 0;
    if (entry->key == key && entry->hash == hash)
        return 1;
    entry = find_entry(set, key, hash);
    return entry == NULL ? -1 : entry->key != NULL;
}

/* Puts a key that is not there into a table without dummies that has room. */
static void
insert_clean(setentry *table, size_t mask, PyObject *key, Py_hash_t hash)
{
    size_t perturb = (size_t)hash, i = perturb & mask;
    for (;;) {
        setentry *entry = &table[i];
        int more = i + NEIGHBOURS <= mask ? NEIGHBOURS : 0;
        do {
            if (entry->key == NULL) {
                entry->key = key;
                entry->hash = hash;
                return;
            }
            entry++;
        } while (more--);
        perturb >>= PERTURB_SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
}

/* ---- changing ---- */

/* Rebuilds the table with more than `at_least` places, without dummies. */
int
ks_set_resize(PySetObject *set, Py_ssize_t at_least)
{
    size_t places = PySet_MINSIZE;
    while (places <= (size_t)at_least)
        places <<= 1;
    setentry *old = set->table, *table, copy[PySet_MINSIZE];
    size_t old_mask = (size_t)set->mask;
    int old_is_small = old == set->smalltable;
    if (places == PySet_MINSIZE) {
        table = set->smalltable;
        if (table == old) {
            if (set->fill == set->used)
                return 0;
            memcpy(copy, old, sizeof(copy));
            old = copy;
        }
    }
    else {
        table = places > (size_t)PY_SSIZE_T_MAX / sizeof(setentry) ? NULL
                                                                 : PyMem_New(setentry, places);
        if (table == NULL) {
            PyErr_NoMemory();
            return -1;
        }
    }
    memset(table, 0, sizeof(setentry) * places);
    set->mask = (Py_ssize_t)places - 1;
    set->table = table;
    for (size_t i = 0; i <= old_mask; i++)
        if (old[i].key != NULL && old[i].key != &ks_set_dummy)
            insert_clean(table, places - 1, old[i].key, old[i].hash);
    set->fill = set->used;
    if (!old_is_small)
        PyMem_Free(old);
    return 0;
}

/* After a free place was filled: makes room for the next one. 1, or -1 with MemoryError. */
KS_INLINE int
count_filled(PySetObject *set)
{
    set->used++;
    set->fill++;
    if (KS_LIKELY((size_t)set->fill * 5 < (size_t)set->mask * 3))
        return 1;
    return ks_set_resize(set, ks_set_growth(set)) < 0 ? -1 : 1;
}

static int
add_searching(PySetObject *set, PyObject *key, Py_hash_t hash)
{
    /* Held: a comparison may drop the caller's reference. */
    Py_INCREF(key);
restart:;
    setentry *table = set->table, *reuse = NULL, *entry;
    size_t mask = (size_t)set->mask, perturb = (size_t)hash, i = perturb & mask;
    for (;;) {
        entry = &table[i];
        int more = i + NEIGHBOURS <= mask ? NEIGHBOURS : 0;
        do {
            if (entry->hash == 0 && entry->key == NULL)
                goto absent;
            if (entry->hash == hash) {
                int match = entry->key == key ? 1 : entry_matches(set, table, entry, key);
                if (match == 2)
                    goto restart;
                if (match != 0) {
                    Py_DECREF(key);
                    return match < 0 ? -1 : 0;
                }
            }
            else if (entry->hash == -1)
                reuse = entry;
            entry++;
        } while (more--);
        perturb >>= PERTURB_SHIFT;
        i = (i * 5 + 1 + perturb) & mask;
    }
absent:
    if (reuse != NULL) {
        set->used++;
        reuse->key = key;
        reuse->hash = hash;
        return 1;
    }
    entry->key = key;
    entry->hash = hash;
    return count_filled(set);
}

int
ks_set_add(PySetObject *set, PyObject *key, Py_hash_t hash)
{
    setentry *home = home_place(set, hash);
    if (home->key == NULL) {
        home->key = Py_NewRef(key);
        home->hash = hash;
        return count_filled(set);
    }
    if (home->key == key && home->hash == hash)
        return 0;
    return add_searching(set, key, hash);
}

int
ks_set_discard(PySetObject *set, PyObject *key, Py_hash_t hash)
{
    setentry *entry = find_entry(set, key, hash);
    if (entry == NULL)
        return -1;
    PyObject *known = entry->key;
    if (known == NULL)
        return 0;
    entry->key = &ks_set_dummy;
    entry->hash = -1;
    set->used--;
    Py_DECREF(known);
    return 1;
}

int
ks_set_clear(PySetObject *set)
{
    setentry *table = set->table, copy[PySet_MINSIZE];
    Py_ssize_t places = set->mask + 1, used = set->used;
    if (set->fill == 0 && table == set->smalltable)
        return 0;
    int is_small = table == set->smalltable;
    if (is_small) {
        memcpy(copy, table, sizeof(copy));
        table = copy;
    }
    /* Empty before anything is dropped. */
    memset(set->smalltable, 0, sizeof(set->smalltable));
    set->fill = set->used = 0;
    set->mask = PySet_MINSIZE - 1;
    set->table = set->smalltable;
    set->hash = -1;
    for (Py_ssize_t i = 0; i < places && used > 0; i++) {
        if (table[i].key != NULL && table[i].key != &ks_set_dummy) {
            used--;
            Py_DECREF(table[i].key);
        }
    }
    if (!is_small)
        PyMem_Free(table);
    return 0;
}

static int
merge_set(PySetObject *set, PySetObject *other)
{
    if (other == set || other->used == 0)
        return 0;
    if ((set->fill + other->used) * 5 >= set->mask * 3
        && ks_set_resize(set, (set->used + other->used) * 2) < 0)
        return -1;
    if (set->fill == 0 && set->mask == other->mask && other->fill == other->used) {
        /* The same table again. */
        memcpy(set->table, other->table, sizeof(setentry) * (size_t)(other->mask + 1));
        for (Py_ssize_t i = 0; i <= other->mask; i++)
            Py_XINCREF(set->table[i].key);
        set->fill = other->fill;
        set->used = other->used;
        return 0;
    }
    setentry *entry;
    if (set->fill == 0) {
        /* Nothing to compare with. */
        for (Py_ssize_t pos = 0; ks_set_step(other, &pos, &entry);)
            insert_clean(set->table, (size_t)set->mask, Py_NewRef(entry->key), entry->hash);
        set->fill = set->used = other->used;
        return 0;
    }
    for (Py_ssize_t pos = 0; ks_set_step(other, &pos, &entry);)
        if (ks_set_add(set, entry->key, entry->hash) < 0)
            return -1;
    return 0;
}

static int
merge_dict_keys(PySetObject *set, PyObject *dict)
{
    PyObject *key, *value;
    Py_hash_t hash;
    Py_ssize_t count = PyDict_GET_SIZE(dict);
    if ((set->fill + count) * 5 >= set->mask * 3
        && ks_set_resize(set, (set->used + count) * 2) < 0)
        return -1;
    for (Py_ssize_t pos = 0; _PyDict_Next(dict, &pos, &key, &value, &hash);)
        if (ks_set_add(set, key, hash) < 0)
            return -1;
    return 0;
}

int
ks_set_update(PySetObject *set, PyObject *iterable)
{
    if (PyAnySet_Check(iterable))
        return merge_set(set, AS_SET(iterable));
    if (PyDict_CheckExact(iterable))
        return merge_dict_keys(set, iterable);
    KS_OWNED PyObject *iterator = PyObject_GetIter(iterable);
    if (iterator == NULL)
        return -1;
    PyObject *key;
    while ((key = PyIter_Next(iterator)) != NULL) {
        Py_hash_t hash = ks_dict_hash(key);
        int failed = hash == -1 ? -1 : ks_set_add(set, key, hash);
        Py_DECREF(key);
        if (failed < 0)
            return -1;
    }
    return PyErr_Occurred() ? -1 : 0;
}

/* Exchanges the contents of two sets. */
void
ks_set_swap(PySetObject *one, PySetObject *other)
{
    setentry *one_table = one->table == one->smalltable ? other->smalltable : one->table;
    setentry *other_table = other->table == other->smalltable ? one->smalltable : other->table;
    one->table = other_table;
    other->table = one_table;
#define SWAP(field, type)           \
    do {                            \
        type kept = one->field;     \
        one->field = other->field;  \
        other->field = kept;        \
    } while (0)
    SWAP(fill, Py_ssize_t);
    SWAP(used, Py_ssize_t);
    SWAP(mask, Py_ssize_t);
    if (PyFrozenSet_Check(one) && PyFrozenSet_Check(other))
        SWAP(hash, Py_hash_t);
    else
        one->hash = other->hash = -1;
#undef SWAP
    if (one->table == one->smalltable || other->table == other->smalltable) {
        setentry kept[PySet_MINSIZE];
        memcpy(kept, one->smalltable, sizeof(kept));
        memcpy(one->smalltable, other->smalltable, sizeof(kept));
        memcpy(other->smalltable, kept, sizeof(kept));
    }
}

/* ---- making ---- */

PyObject *
ks_set_new(PyTypeObject *type, PyObject *iterable)
{
    PySetObject *set = (PySetObject *)type->tp_alloc(type, 0);
    if (set == NULL)
        return NULL;
    set->fill = set->used = 0;
    set->mask = PySet_MINSIZE - 1;
    set->table = set->smalltable;
    set->hash = -1;
    set->finger = 0;
    set->weakreflist = NULL;
    if (iterable != NULL && ks_set_update(set, iterable) < 0) {
        Py_DECREF(set);
        return NULL;
    }
    return (PyObject *)set;
}

PyObject *
ks_set_new_base(PyTypeObject *type, PyObject *iterable)
{
    if (type != &PySet_Type && type != &PyFrozenSet_Type)
        type = PyType_IsSubtype(type, &PySet_Type) ? &PySet_Type : &PyFrozenSet_Type;
    return ks_set_new(type, iterable);
}

/* ---- keys that may be sets ---- */

/* A frozenset in place of a set that had no hash; NULL with the TypeError still set otherwise. */
static PyObject *
frozen_stand_in(PyObject *key)
{
    if (!PySet_Check(key) || !PyErr_ExceptionMatches(PyExc_TypeError))
        return NULL;
    PyErr_Clear();
    return ks_set_new(&PyFrozenSet_Type, key);
}

int
ks_set_contains(PyObject *self, PyObject *key)
{
    Py_hash_t hash = ks_dict_hash(key);
    if (hash != -1) {
        int found = ks_set_has(AS_SET(self), key, hash);
        if (found >= 0)
            return found;
    }
    KS_OWNED PyObject *frozen = frozen_stand_in(key);
    if (frozen == NULL)
        return -1;
    hash = PyObject_Hash(frozen);
    return hash == -1 ? -1 : ks_set_has(AS_SET(self), frozen, hash);
}

int
ks_set_discard_key(PyObject *self, PyObject *key)
{
    Py_hash_t hash = ks_dict_hash(key);
    if (hash != -1) {
        int found = ks_set_discard(AS_SET(self), key, hash);
        if (found >= 0)
            return found;
    }
    KS_OWNED PyObject *frozen = frozen_stand_in(key);
    if (frozen == NULL)
        return -1;
    hash = PyObject_Hash(frozen);
    return hash == -1 ? -1 : ks_set_discard(AS_SET(self), frozen, hash);
}

/* ---- C-API ---- */

PyObject *
PySet_New(PyObject *iterable)
{
    return ks_set_new(&PySet_Type, iterable);
}

PyObject *
PyFrozenSet_New(PyObject *iterable)
{
    return ks_set_new(&PyFrozenSet_Type, iterable);
}

Py_ssize_t
PySet_Size(PyObject *self)
{
    if (!PyAnySet_Check(self)) {
        PyErr_BadInternalCall();
        return -1;
    }
    return AS_SET(self)->used;
}

int
PySet_Clear(PyObject *self)
{
    if (!PySet_Check(self)) {
        PyErr_BadInternalCall();
        return -1;
    }
    return ks_set_clear(AS_SET(self));
}

/* Unlike `in`, without a stand-in for sets. */
int
PySet_Contains(PyObject *self, PyObject *key)
{
    if (!PyAnySet_Check(self)) {
        PyErr_BadInternalCall();
        return -1;
    }
    Py_hash_t hash = ks_dict_hash(key);
    return hash == -1 ? -1 : ks_set_has(AS_SET(self), key, hash);
}

int
PySet_Discard(PyObject *self, PyObject *key)
{
    if (!PySet_Check(self)) {
        PyErr_BadInternalCall();
        return -1;
    }
    Py_hash_t hash = ks_dict_hash(key);
    return hash == -1 ? -1 : ks_set_discard(AS_SET(self), key, hash);
}

/* For sets, and for frozensets that nobody else has seen. */
int
PySet_Add(PyObject *self, PyObject *key)
{
    if (!PySet_Check(self) && (!PyFrozenSet_Check(self) || Py_REFCNT(self) != 1)) {
        PyErr_BadInternalCall();
        return -1;
    }
    Py_hash_t hash = ks_dict_hash(key);
    return hash == -1 || ks_set_add(AS_SET(self), key, hash) < 0 ? -1 : 0;
}

/* The next key (borrowed) and its hash: 1, or 0 at the end. */
int
_PySet_NextEntry(PyObject *self, Py_ssize_t *pos, PyObject **key, Py_hash_t *hash)
{
    setentry *entry;
    if (!PyAnySet_Check(self)) {
        PyErr_BadInternalCall();
        return -1;
    }
    if (!ks_set_step(AS_SET(self), pos, &entry))
        return 0;
    *key = entry->key;
    *hash = entry->hash;
    return 1;
}

PyObject *
PySet_Pop(PyObject *self)
{
    if (!PySet_Check(self)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    PySetObject *set = AS_SET(self);
    if (set->used == 0) {
        PyErr_SetString(PyExc_KeyError, "pop from an empty set");
        return NULL;
    }
    /* The finger keeps repeated pops from walking over the same dummies again. */
    Py_ssize_t i = set->finger & set->mask;
    while (set->table[i].key == NULL || set->table[i].key == &ks_set_dummy)
        i = i == set->mask ? 0 : i + 1;
    PyObject *key = set->table[i].key;
    set->table[i].key = &ks_set_dummy;
    set->table[i].hash = -1;
    set->used--;
    set->finger = i + 1;
    return key;
}

int
_PySet_Update(PyObject *self, PyObject *iterable)
{
    if (!PySet_Check(self)) {
        PyErr_BadInternalCall();
        return -1;
    }
    return ks_set_update(AS_SET(self), iterable);
}
