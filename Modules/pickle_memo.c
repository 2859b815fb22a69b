/* SPDX-License-Identifier: MIT */
/* The memo of a Pickler: which objects were saved, and as which number. See pickle_output.h for the
 * table; a removed entry does not exist, the table is only ever cleared as a whole. */
#include "pickle_output.h"

#define MEMO_MIN_SLOTS 8
#define MEMO_KEPT_SLOTS 128 /* a table up to this size is emptied, a larger one replaced */
#define MEMO_ROOM(slots) ((slots) * 2 / 3)
#define MEMO_MIN (PickleMemo){NULL, MEMO_MIN_SLOTS, 0, MEMO_ROOM(MEMO_MIN_SLOTS)}

PickleMemo *
ks_pickle_memo_new(void)
{
    PickleMemo *memo = PyMem_Malloc(sizeof *memo);
    PickleMemoEntry *entries = PyMem_Calloc(MEMO_MIN_SLOTS, sizeof *entries);
    if (memo == NULL || entries == NULL) {
        PyMem_Free(memo);
        PyMem_Free(entries);
        PyErr_NoMemory();
        return NULL;
    }
    *memo = MEMO_MIN;
    memo->entries = entries;
    return memo;
}

static void
entries_free(PickleMemoEntry *entries, Py_ssize_t used)
{
    for (PickleMemoEntry *entry = entries; used > 0; entry++) {
        if (entry->object != NULL) {
            used--;
            Py_DECREF(entry->object);
        }
    }
    PyMem_Free(entries);
}

void
ks_pickle_memo_free(PickleMemo *memo)
{
    if (memo == NULL)
        return;
    entries_free(memo->entries, memo->used);
    PyMem_Free(memo);
}

/* Empties the table at its place. An entry that is dropped may enter others. */
static void
entries_drop(PickleMemo *memo)
{
    while (memo->used > 0) {
        for (Py_ssize_t i = 0; i < memo->slots; i++) {
            PyObject *object = memo->entries[i].object;
            if (object != NULL) {
                memo->entries[i].object = NULL;
                memo->used--;
                Py_DECREF(object);
            }
        }
    }
}

void
ks_pickle_memo_clear(PickleMemo *memo)
{
    PickleMemo old = *memo;
    PickleMemoEntry *entries = NULL;
    if (memo->slots > MEMO_KEPT_SLOTS)
        entries = PyMem_Calloc(MEMO_MIN_SLOTS, sizeof *entries);
    if (entries == NULL) {
        entries_drop(memo);
        return;
    }
    *memo = MEMO_MIN;
    memo->entries = entries;
    entries_free(old.entries, old.used);
}

int
ks_pickle_memo_grow(PickleMemo *memo)
{
    if (memo->slots > PY_SSIZE_T_MAX / 4 / (Py_ssize_t)sizeof(PickleMemoEntry)) {
        PyErr_NoMemory();
        return -1;
    }
    PickleMemo wider = {NULL, memo->slots * 4, memo->used, MEMO_ROOM(memo->slots * 4)};
    wider.entries = PyMem_Calloc((size_t)wider.slots, sizeof *wider.entries);
    if (wider.entries == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < memo->slots; i++) {
        if (memo->entries[i].object != NULL)
            *ks_pickle_memo_slot(&wider, memo->entries[i].object) = memo->entries[i];
    }
    PyMem_Free(memo->entries);
    *memo = wider;
    return 0;
}

int
ks_pickle_memo_set(PickleMemo *memo, PyObject *object, Py_ssize_t index)
{
    if (ks_pickle_memo_reserve(memo) < 0)
        return -1;
    PickleMemoEntry *entry = ks_pickle_memo_slot(memo, object);
    if (entry->object == NULL) {
        entry->object = Py_NewRef(object);
        memo->used++;
    }
    entry->index = index;
    return 0;
}

size_t
ks_pickle_memo_bytes(const PickleMemo *memo)
{
    return sizeof *memo + (size_t)memo->slots * sizeof *memo->entries;
}
