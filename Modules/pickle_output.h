/* SPDX-License-Identifier: MIT */
/* The Pickler object as its two files see it: bytes going out, and the table of what was saved. */
#ifndef KS_PICKLE_OUTPUT_H
#define KS_PICKLE_OUTPUT_H

#include "pickle_parts.h"

typedef struct MemoEntry {
    PyObject *object; /* a reference, NULL for a free slot */
    Py_ssize_t index;
} MemoEntry;

typedef struct PicklerObject {
    PyObject_HEAD
    MemoEntry *memo; /* open addressing by address; slots is a power of two */
    Py_ssize_t memo_slots, memo_used;
    PyObject *persistent, *dispatch_table, *reducer_override, *write, *buffer_callback;
    char *out;
    Py_ssize_t out_bytes, out_room, frame_start;
    int proto, bin, framing, fast, fast_nesting, fix_imports;
    PyObject *fast_memo;
} PicklerObject;

int ks_pickle_put(PicklerObject *self, const char *data, Py_ssize_t length);
int ks_pickle_frame_end(PicklerObject *self);
int ks_pickle_boundary(PicklerObject *self);
int ks_pickle_flush(PicklerObject *self);
int ks_pickle_payload(PicklerObject *self, const char *header, Py_ssize_t header_bytes, const char *data,
                      Py_ssize_t length, PyObject *payload);
MemoEntry *ks_pickle_memo_find(PicklerObject *self, PyObject *object);
int ks_pickle_memo_add(PicklerObject *self, PyObject *object, Py_ssize_t index);
void ks_pickle_memo_clear(PicklerObject *self);
int ks_pickle_save(PicklerObject *self, PyObject *object, int in_persistent);

#endif
