/* SPDX-License-Identifier: MIT */
/* The memo of a Pickler: which objects were saved, and as which number. See pickle_output.h for the
 * table; a removed entry does not exist, the table is only ever cleared as a whole. */
#include "pickle_output.h"

#define MEMO_MIN_SLOTS 8

static Py_ssize_t
memo_room(Py_ssize_t slots)
{
    return slots * 2 / 3 + 1;
}

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
    *memo = (PickleMemo){entries, MEMO_MIN_SLOTS, 0, memo_room(MEMO_MIN_SLOTS)};
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

void
ks_pickle_memo_clear(PickleMemo *memo)
{
    PickleMemo old = *memo;
    PickleMemoEntry *entries = PyMem_Calloc(MEMO_MIN_SLOTS, sizeof *entries);
    if (entries != NULL) {
        *memo = (PickleMemo){entries, MEMO_MIN_SLOTS, 0, memo_room(MEMO_MIN_SLOTS)};
        entries_free(old.entries, old.used);
        return;
    }
    /* No memory for a new table: empty the old one. An entry that is dropped may enter others. */
    while (memo->used > 0) {
        PickleMemoEntry *entry = memo->entries;
        while (entry->object == NULL)
            entry++;
        PyObject *object = entry->object;
        entry->object = NULL;
        memo->used--;
        Py_DECREF(object);
    }
}

static KS_NOINLINE int
memo_grow(PickleMemo *memo)
{
    if (memo->slots > PY_SSIZE_T_MAX / 4 / (Py_ssize_t)sizeof(PickleMemoEntry)) {
        PyErr_NoMemory();
        return -1;
    }
    PickleMemo wider = {NULL, memo->slots * 4, memo->used, memo_room(memo->slots * 4)};
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
ks_pickle_memo_reserve(PickleMemo *memo)
{
    return KS_LIKELY(memo->used + 1 < memo->room) ? 0 : memo_grow(memo);
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
