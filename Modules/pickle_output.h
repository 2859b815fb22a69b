/* SPDX-License-Identifier: MIT */
/* The Pickler: bytes going out and the table of what was saved. Only the pickle sources that write
 * include this.
 *
 * Output is collected in one bytes object, out, from its start to cursor. limit is where it is full;
 * while a frame has to be opened before the next byte, limit equals cursor, so that the one test
 * for room covers both. From protocol 4 on the output is cut into frames; frame_start is where the
 * open frame's header lies in out, -1 if none is open. */
#ifndef KS_PICKLE_OUTPUT_H
#define KS_PICKLE_OUTPUT_H

#include "pickle_parts.h"

/* Saved objects by address: open addressing, slots is a power of two. Each entry holds a reference:
 * an address may not be used again while it is known. */
typedef struct PickleMemoEntry {
    PyObject *object; /* NULL: free */
    Py_ssize_t index;
} PickleMemoEntry;

typedef struct PickleMemo {
    PickleMemoEntry *entries;
    Py_ssize_t slots;
    Py_ssize_t used;
    Py_ssize_t room; /* how many may be used: two thirds */
} PickleMemo;

typedef struct Pickler {
    PyObject_HEAD
    PickleMemo *memo;
    PickleHook persistent_id;
    PyObject *dispatch_table;   /* NULL: copyreg's */
    PyObject *reducer_override; /* during a dump */
    PyObject *write;            /* NULL: to out alone */
    PyObject *buffer_callback;
    PyObject *fast_seen; /* ids of deep containers in fast mode */
    PickleState *state;  /* during a dump */
    PyObject *out;       /* bytes, NULL when nothing was written since the last flush */
    char *cursor, *limit;
    Py_ssize_t frame_start;
    int protocol;
    int bin;
    int fast;
    int fast_depth;
    int fix_imports;
    int framing;
    int running;
} Pickler;

/* pickle_memo.c */

/* A memo without entries; NULL with MemoryError. */
PickleMemo *ks_pickle_memo_new(void);
void ks_pickle_memo_free(PickleMemo *memo);
/* Forgets all entries. The memo is whole before the first reference is dropped. */
void ks_pickle_memo_clear(PickleMemo *memo);
int ks_pickle_memo_grow(PickleMemo *memo);
/* Makes sure that there is room for one more entry; -1 with MemoryError. */
KS_INLINE int
ks_pickle_memo_reserve(PickleMemo *memo)
{
    return KS_LIKELY(memo->used < memo->room) ? 0 : ks_pickle_memo_grow(memo);
}
/* Enters an object with a chosen index, replacing the one it had. */
int ks_pickle_memo_set(PickleMemo *memo, PyObject *object, Py_ssize_t index);
size_t ks_pickle_memo_bytes(const PickleMemo *memo);

/* The slot of an object, or the free one where it belongs. Neighbours in memory are neighbours in
 * the table, which the cache likes; where regular distances make them collide, the rest of the
 * address leads them apart. */
KS_INLINE PickleMemoEntry *
ks_pickle_memo_slot(const PickleMemo *memo, PyObject *object)
{
    size_t mask = (size_t)memo->slots - 1;
    size_t perturb = (size_t)object >> 4, at = perturb;
    for (;; perturb >>= 5, at = at * 5 + perturb + 1) {
        PickleMemoEntry *entry = &memo->entries[at & mask];
        if (entry->object == object || entry->object == NULL)
            return entry;
    }
}

/* pickle_output.c: all answer 0, or -1 with an exception. */

/* Opens a frame and enlarges out as needed; NULL with MemoryError. */
char *ks_pickle_make_room(Pickler *self, Py_ssize_t count);
/* Empties the output and opens or ends framing for what follows. */
void ks_pickle_start(Pickler *self, int framing);
int ks_pickle_frame_end(Pickler *self);
/* Between two objects: ends the frame if it is long enough, and writes it to the file. */
int ks_pickle_frame_break(Pickler *self);
/* Hands what was collected to write(). */
int ks_pickle_flush(Pickler *self);
/* The output as bytes; new reference. The Pickler keeps none of it. */
KS_NEW PyObject *ks_pickle_take(Pickler *self);
/* The same, but when there is little output the Pickler keeps its buffer. */
KS_NEW PyObject *ks_pickle_take_copy(Pickler *self);
/* op, length in size_bytes bytes, data. Long data are no part of a frame, and go to the file
 * without a copy: as payload, or as new bytes if that is NULL. */
int ks_pickle_put_sized(Pickler *self, enum PickleOp op, int size_bytes, const char *data,
                        Py_ssize_t length, PyObject *payload);

/* An open frame is long enough to be ended. */
KS_INLINE int
ks_pickle_frame_is_full(const Pickler *self)
{
    return self->frame_start >= 0 &&
           self->cursor - PyBytes_AS_STRING(self->out) - self->frame_start >=
               PICKLE_FRAME_BYTES + PICKLE_FRAME_HEADER;
}

/* Where count bytes may be written; the caller moves cursor. NULL with MemoryError. */
KS_INLINE char *
ks_pickle_room(Pickler *self, Py_ssize_t count)
{
    if (KS_LIKELY(self->limit - self->cursor >= count))
        return self->cursor;
    return ks_pickle_make_room(self, count);
}

KS_INLINE int
ks_pickle_put(Pickler *self, const char *data, Py_ssize_t length)
{
    char *to = ks_pickle_room(self, length);
    if (KS_UNLIKELY(to == NULL))
        return -1;
    memcpy(to, data, (size_t)length);
    self->cursor = to + length;
    return 0;
}

KS_INLINE int
ks_pickle_put_op(Pickler *self, enum PickleOp op)
{
    char *to = ks_pickle_room(self, 1);
    if (KS_UNLIKELY(to == NULL))
        return -1;
    *to = (char)op;
    self->cursor = to + 1;
    return 0;
}

/* value in count little-endian bytes; returns the place after them. */
KS_INLINE char *
ks_pickle_little_endian(char *to, size_t value, int count)
{
    for (int i = 0; i < count; i++)
        to[i] = (char)(unsigned char)(value >> (8 * i));
    return to + count;
}

/* op and count little-endian bytes of value; count is a constant. */
KS_INLINE int
ks_pickle_put_number(Pickler *self, enum PickleOp op, size_t value, int count)
{
    char *to = ks_pickle_room(self, count + 1);
    if (KS_UNLIKELY(to == NULL))
        return -1;
    *to = (char)op;
    self->cursor = ks_pickle_little_endian(to + 1, value, count);
    return 0;
}

/* The text opcodes of protocol 0: op, a decimal number, newline. */
int ks_pickle_put_line(Pickler *self, enum PickleOp op, Py_ssize_t value);

/* Saving. All answer 0, or -1 with an exception. */

/* pickle_save.c: any object. as_id: the object is a persistent id and is not asked for one. */
int ks_pickle_save(Pickler *self, PyObject *object, int as_id);
/* The memo's index of what was saved before. */
int ks_pickle_put_get(Pickler *self, Py_ssize_t index);
/* Enters what was just written into the memo, and says so in the output; nothing in fast mode. */
int ks_pickle_memoize(Pickler *self, PyObject *object);
/* The entry of an object saved before, NULL if it is new. */
KS_INLINE PickleMemoEntry *
ks_pickle_memo_find(Pickler *self, PyObject *object)
{
    PickleMemoEntry *entry = ks_pickle_memo_slot(self->memo, object);
    return entry->object == NULL ? NULL : entry;
}

/* pickle_save_text.c: numbers, strings, bytes and buffers. */
int ks_pickle_save_long(Pickler *self, PyObject *object);
int ks_pickle_save_float(Pickler *self, PyObject *object);
int ks_pickle_save_str(Pickler *self, PyObject *object);
int ks_pickle_save_bytes(Pickler *self, PyObject *object);
int ks_pickle_save_bytearray(Pickler *self, PyObject *object);
int ks_pickle_save_buffer(Pickler *self, PyObject *object);

/* pickle_save_container.c */
int ks_pickle_save_tuple(Pickler *self, PyObject *object);
int ks_pickle_save_list(Pickler *self, PyObject *object);
int ks_pickle_save_dict(Pickler *self, PyObject *object);
int ks_pickle_save_set(Pickler *self, PyObject *object);
int ks_pickle_save_frozenset(Pickler *self, PyObject *object);
/* What an iterator gives, in batches; as_pairs: as keys and values. */
int ks_pickle_save_batches(Pickler *self, PyObject *iterator, int as_pairs);

/* pickle_save_global.c: what is found by name. name: its qualified name, NULL to ask the object. */
int ks_pickle_save_global(Pickler *self, PyObject *object, PyObject *name);
int ks_pickle_save_type(Pickler *self, PyObject *object);

/* pickle_save_reduce.c */

/* A reduce value, taken over; NULL fails. object: what it makes, NULL if that has no name. */
int ks_pickle_save_made(Pickler *self, KS_STEALS PyObject *reduced, PyObject *object);
/* An object of a type that has no opcode of its own. */
int ks_pickle_save_other(Pickler *self, PyObject *object);

#endif
