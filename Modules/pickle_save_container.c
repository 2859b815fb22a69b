/* SPDX-License-Identifier: MIT */
/* Saving tuples, lists, dicts and sets. Lists, dicts and sets enter the memo before their items,
 * so that a cycle finds them; tuples and frozensets can only enter it afterwards, and look whether
 * a cycle through their items has saved them meanwhile. */
#include "pickle_output.h"

#define FAST_DEPTH_UNSEEN 50 /* containers this deep are watched for cycles in fast mode */

/* ---- fast mode ---- */

/* Without a memo a cycle would never end: the containers being saved are known by address. */
static int
fast_enter(Pickler *self, PyObject *object)
{
    if (!self->fast || ++self->fast_depth < FAST_DEPTH_UNSEEN)
        return 0;
    if (self->fast_seen == NULL && (self->fast_seen = PySet_New(NULL)) == NULL)
        return -1;
    KS_OWNED PyObject *seen = Py_NewRef(self->fast_seen);
    KS_OWNED PyObject *key = PyLong_FromVoidPtr(object);
    int known = key == NULL ? -1 : PySet_Contains(seen, key);
    if (known == 0)
        return PySet_Add(seen, key);
    if (known > 0)
        PyErr_Format(PyExc_ValueError,
                     "fast mode: can't pickle cyclic objects including object type %.200s at %p",
                     Py_TYPE(object)->tp_name, object);
    return -1;
}

/* Returns status, or -1 when the object cannot be forgotten. */
static int
fast_leave(Pickler *self, PyObject *object, int status)
{
    if (!self->fast || status < 0 || self->fast_depth-- < FAST_DEPTH_UNSEEN ||
        self->fast_seen == NULL)
        return status;
    KS_OWNED PyObject *key = PyLong_FromVoidPtr(object);
    return key == NULL || PySet_Discard(self->fast_seen, key) < 0 ? -1 : status;
}

/* ---- tuples ---- */

/* The tuple was saved while its items were: drops these and refers to it. */
static int
tuple_again(Pickler *self, Py_ssize_t pops, Py_ssize_t index)
{
    if (pops < 0) {
        if (ks_pickle_put_op(self, OP_POP_MARK) < 0)
            return -1;
    }
    else {
        while (pops-- > 0) {
            if (ks_pickle_put_op(self, OP_POP) < 0)
                return -1;
        }
    }
    return ks_pickle_put_get(self, index);
}

int
ks_pickle_save_tuple(Pickler *self, PyObject *object)
{
    static const unsigned char short_ops[] = {OP_EMPTY_TUPLE, OP_TUPLE1, OP_TUPLE2, OP_TUPLE3};
    Py_ssize_t length = PyTuple_GET_SIZE(object);
    if (length == 0)
        return self->bin ? ks_pickle_put_op(self, OP_EMPTY_TUPLE) : ks_pickle_put(self, "(t", 2);
    int is_short = length <= 3 && self->protocol >= 2;
    if (!is_short && ks_pickle_put_op(self, OP_MARK) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < length; i++) {
        if (ks_pickle_save(self, PyTuple_GET_ITEM(object, i), 0) < 0)
            return -1;
    }
    PickleMemoEntry *entry = ks_pickle_memo_find(self, object);
    if (KS_UNLIKELY(entry != NULL))
        return tuple_again(self, is_short ? length : self->bin ? -1 : length + 1, entry->index);
    if (ks_pickle_put_op(self, is_short ? short_ops[length] : OP_TUPLE) < 0)
        return -1;
    return ks_pickle_memoize(self, object);
}

/* ---- batches ---- */

static int
save_entry(Pickler *self, PyObject *entry, int as_pairs)
{
    if (!as_pairs)
        return ks_pickle_save(self, entry, 0);
    if (!PyTuple_Check(entry) || PyTuple_GET_SIZE(entry) != 2) {
        PyErr_SetString(PyExc_TypeError, "dict items iterator must return 2-tuples");
        return -1;
    }
    if (ks_pickle_save(self, PyTuple_GET_ITEM(entry, 0), 0) < 0)
        return -1;
    return ks_pickle_save(self, PyTuple_GET_ITEM(entry, 1), 0);
}

/* first, second and what follows, up to a full batch; 1 when it was full, 0 at the end. */
static int
save_batch(Pickler *self, PyObject *iterator, PyObject *first, PyObject *second, int as_pairs)
{
    int count = 2;
    if (ks_pickle_put_op(self, OP_MARK) < 0 || save_entry(self, first, as_pairs) < 0 ||
        save_entry(self, second, as_pairs) < 0)
        return -1;
    for (; count < PICKLE_BATCH; count++) {
        KS_OWNED PyObject *entry = PyIter_Next(iterator);
        if (entry == NULL)
            break;
        if (save_entry(self, entry, as_pairs) < 0)
            return -1;
    }
    if (PyErr_Occurred() || ks_pickle_put_op(self, as_pairs ? OP_SETITEMS : OP_APPENDS) < 0)
        return -1;
    return count == PICKLE_BATCH;
}

int
ks_pickle_save_batches(Pickler *self, PyObject *iterator, int as_pairs)
{
    for (;;) {
        KS_OWNED PyObject *first = PyIter_Next(iterator);
        if (first == NULL)
            return PyErr_Occurred() ? -1 : 0;
        KS_OWNED PyObject *second = self->bin ? PyIter_Next(iterator) : NULL;
        if (second == NULL) {
            if (PyErr_Occurred() || save_entry(self, first, as_pairs) < 0 ||
                ks_pickle_put_op(self, as_pairs ? OP_SETITEM : OP_APPEND) < 0)
                return -1;
            if (self->bin)
                return 0;
            continue;
        }
        int more = save_batch(self, iterator, first, second, as_pairs);
        if (more <= 0)
            return more;
    }
}

/* ---- lists and dicts ---- */

/* The opcodes of an empty container, and its memo entry. */
static int
put_empty(Pickler *self, PyObject *object, enum PickleOp op, const char *text_ops)
{
    int status = self->bin ? ks_pickle_put_op(self, op) : ks_pickle_put(self, text_ops, 2);
    return status < 0 ? -1 : ks_pickle_memoize(self, object);
}

static int
save_list_item(Pickler *self, PyObject *list, Py_ssize_t index)
{
    KS_OWNED PyObject *item = Py_NewRef(PyList_GET_ITEM(list, index));
    return ks_pickle_save(self, item, 0);
}

static int
save_list_items(Pickler *self, PyObject *list)
{
    if (PyList_GET_SIZE(list) == 1)
        return save_list_item(self, list, 0) < 0 ? -1 : ks_pickle_put_op(self, OP_APPEND);
    Py_ssize_t at = 0;
    do {
        if (ks_pickle_put_op(self, OP_MARK) < 0)
            return -1;
        for (int count = 0; count < PICKLE_BATCH && at < PyList_GET_SIZE(list); count++) {
            if (save_list_item(self, list, at++) < 0)
                return -1;
        }
        if (ks_pickle_put_op(self, OP_APPENDS) < 0)
            return -1;
    } while (at < PyList_GET_SIZE(list));
    return 0;
}

int
ks_pickle_save_list(Pickler *self, PyObject *object)
{
    int status = 0;
    if (fast_enter(self, object) < 0 || put_empty(self, object, OP_EMPTY_LIST, "(l") < 0)
        return -1;
    if (PyList_GET_SIZE(object) != 0 && self->bin)
        status = save_list_items(self, object);
    else if (PyList_GET_SIZE(object) != 0) {
        KS_OWNED PyObject *iterator = PyObject_GetIter(object);
        status = iterator == NULL ? -1 : ks_pickle_save_batches(self, iterator, 0);
    }
    return fast_leave(self, object, status);
}

static KS_COLD int
size_changed(const char *what)
{
    PyErr_Format(PyExc_RuntimeError, "%s changed size during iteration", what);
    return -1;
}

/* At most limit entries from *at on; how many, or -1. */
static int
save_dict_batch(Pickler *self, PyObject *dict, Py_ssize_t *at, int limit)
{
    PyObject *borrowed_key, *borrowed_value;
    int count = 0;
    while (count < limit && PyDict_Next(dict, at, &borrowed_key, &borrowed_value)) {
        KS_OWNED PyObject *key = Py_NewRef(borrowed_key);
        KS_OWNED PyObject *value = Py_NewRef(borrowed_value);
        if (ks_pickle_save(self, key, 0) < 0 || ks_pickle_save(self, value, 0) < 0)
            return -1;
        count++;
    }
    return count;
}

static int
save_dict_items(Pickler *self, PyObject *dict)
{
    Py_ssize_t at = 0, size = PyDict_GET_SIZE(dict);
    int count;
    if (size == 1)
        return save_dict_batch(self, dict, &at, 1) < 0 ? -1 : ks_pickle_put_op(self, OP_SETITEM);
    do {
        if (ks_pickle_put_op(self, OP_MARK) < 0)
            return -1;
        count = save_dict_batch(self, dict, &at, PICKLE_BATCH);
        if (count < 0 || ks_pickle_put_op(self, OP_SETITEMS) < 0)
            return -1;
        if (PyDict_GET_SIZE(dict) != size)
            return size_changed("dictionary");
    } while (count == PICKLE_BATCH);
    return 0;
}

int
ks_pickle_save_dict(Pickler *self, PyObject *object)
{
    int status = 0;
    if (fast_enter(self, object) < 0 || put_empty(self, object, OP_EMPTY_DICT, "(d") < 0)
        return -1;
    if (PyDict_GET_SIZE(object) != 0 && self->bin)
        status = save_dict_items(self, object);
    else if (PyDict_GET_SIZE(object) != 0) {
        KS_OWNED PyObject *items = PyObject_CallMethodNoArgs(object, KS_INTERN("items"));
        KS_OWNED PyObject *iterator = items == NULL ? NULL : PyObject_GetIter(items);
        status = iterator == NULL ? -1 : ks_pickle_save_batches(self, iterator, 1);
    }
    return fast_leave(self, object, status);
}

/* ---- sets ---- */

/* Protocols before 4: the type called with a list. */
static int
save_set_as_call(Pickler *self, PyObject *object)
{
    KS_OWNED PyObject *items = PySequence_List(object);
    if (items == NULL)
        return -1;
    return ks_pickle_save_made(self, Py_BuildValue("(O(O))", Py_TYPE(object), items), object);
}

int
ks_pickle_save_set(Pickler *self, PyObject *object)
{
    if (self->protocol < 4)
        return save_set_as_call(self, object);
    Py_ssize_t at = 0, size = PySet_GET_SIZE(object);
    PyObject *item;
    Py_hash_t hash;
    int count;
    if (put_empty(self, object, OP_EMPTY_SET, NULL) < 0)
        return -1;
    if (size == 0)
        return 0;
    do {
        if (ks_pickle_put_op(self, OP_MARK) < 0)
            return -1;
        for (count = 0; count < PICKLE_BATCH && _PySet_NextEntry(object, &at, &item, &hash);
             count++) {
            KS_OWNED PyObject *kept = Py_NewRef(item);
            if (ks_pickle_save(self, kept, 0) < 0)
                return -1;
        }
        if (ks_pickle_put_op(self, OP_ADDITEMS) < 0)
            return -1;
        if (PySet_GET_SIZE(object) != size)
            return size_changed("set");
    } while (count == PICKLE_BATCH);
    return 0;
}

static int
save_frozenset_items(Pickler *self, PyObject *object)
{
    KS_OWNED PyObject *iterator = PyObject_GetIter(object);
    if (iterator == NULL)
        return -1;
    for (;;) {
        KS_OWNED PyObject *item = PyIter_Next(iterator);
        if (item == NULL)
            return PyErr_Occurred() ? -1 : 0;
        if (ks_pickle_save(self, item, 0) < 0)
            return -1;
    }
}

int
ks_pickle_save_frozenset(Pickler *self, PyObject *object)
{
    if (self->protocol < 4)
        return save_set_as_call(self, object);
    if (fast_enter(self, object) < 0 || ks_pickle_put_op(self, OP_MARK) < 0 ||
        fast_leave(self, object, save_frozenset_items(self, object)) < 0)
        return -1;
    PickleMemoEntry *entry = ks_pickle_memo_find(self, object);
    if (entry != NULL)
        return tuple_again(self, -1, entry->index);
    if (ks_pickle_put_op(self, OP_FROZENSET) < 0)
        return -1;
    return ks_pickle_memoize(self, object);
}
