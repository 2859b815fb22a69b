/* SPDX-License-Identifier: MIT */
/* What the modules pwd, grp and spwd share: databases whose entries become structs of Python. */
#ifndef KS_ENTRY_PARTS_H
#define KS_ENTRY_PARTS_H

#include "Python.h"
#include "ks_base.h"

/* The state of such a module. */
typedef struct EntryState {
    PyTypeObject *type;
} EntryState;

/* Makes the type of entries and adds it to the module under the last part of its name. */
int ks_entry_start(PyObject *module, PyStructSequence_Desc *desc);
int ks_entry_traverse(PyObject *module, visitproc visit, void *arg);
int ks_entry_clear(PyObject *module);
void ks_entry_free(void *module);

/* A new entry without its fields. */
KS_NEW PyObject *ks_entry_new(PyObject *module);
/* A field's text, None for NULL. */
KS_NEW PyObject *ks_entry_text(const char *text);

/* Makes an entry of one of C's; NULL with an exception. */
typedef PyObject *KsEntryMake(PyObject *module, const void *entry);

/* A search in a database. read() runs without the GIL: it looks for what the query names, keeps the
 * strings in the buffer and the entry in *found, NULL for none, and returns an errno, ERANGE if the
 * buffer is too small. */
typedef struct EntryQuery EntryQuery;
struct EntryQuery {
    int (*read)(EntryQuery *query, char *buffer, size_t room, void **found);
    KsEntryMake *make;
    long room;        /* to begin with, 0 or less if that is not known */
    const char *name; /* or NULL: look for the id */
    unsigned int id;
};

/* 1 with the entry in *result (NULL with an exception), 0 when there is none. */
int ks_entry_find(PyObject *module, EntryQuery *query, PyObject **result);
/* A list of all entries, which next() gives one by one. */
KS_NEW PyObject *ks_entry_all(PyObject *module, void (*rewind)(void), void *(*next)(void), void (*end)(void),
                              KsEntryMake *make);

#endif
