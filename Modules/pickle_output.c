/* SPDX-License-Identifier: MIT */
/* The Pickler's output and memo. From protocol 4 on, output is cut into frames: a frame's header
 * has its place reserved when the first byte goes in, and is filled in, or taken out again for
 * tiny frames, when the frame ends. Large data bypass frames and, with a file, the buffer. */
#include "pickle_output.h"

int
ks_pickle_put(PicklerObject *self, const char *data, Py_ssize_t length)
{
    int opens = self->framing && self->frame_start == -1;
    Py_ssize_t needed = length + (opens ? FRAME_HEADER_BYTES : 0);
    if (needed > self->out_room - self->out_bytes) {
        if (self->out_bytes > (PY_SSIZE_T_MAX - needed) / 2) {
            PyErr_NoMemory();
            return -1;
        }
        Py_ssize_t room = (self->out_bytes + needed) / 2 * 3 + 64;
        char *out = PyMem_Realloc(self->out, (size_t)room);
        if (out == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        self->out = out;
        self->out_room = room;
    }
    if (opens) {
        self->frame_start = self->out_bytes;
        self->out_bytes += FRAME_HEADER_BYTES;
    }
    memcpy(self->out + self->out_bytes, data, (size_t)length);
    self->out_bytes += length;
    return 0;
}

int
ks_pickle_frame_end(PicklerObject *self)
{
    if (!self->framing || self->frame_start == -1)
        return 0;
    char *header = self->out + self->frame_start;
    Py_ssize_t length = self->out_bytes - self->frame_start - FRAME_HEADER_BYTES;
    if (length >= FRAME_MIN_BYTES) {
        header[0] = (char)OP_FRAME;
        for (int i = 0; i < 8; i++)
            header[1 + i] = (char)(unsigned char)((size_t)length >> (8 * i));
    }
    else {
        memmove(header, header + FRAME_HEADER_BYTES, (size_t)length);
        self->out_bytes -= FRAME_HEADER_BYTES;
    }
    self->frame_start = -1;
    return 0;
}

int
ks_pickle_flush(PicklerObject *self)
{
    KS_OWNED PyObject *bytes = PyBytes_FromStringAndSize(self->out, self->out_bytes);
    if (bytes == NULL)
        return -1;
    KS_OWNED PyObject *result = PyObject_CallOneArg(self->write, bytes);
    return result == NULL ? -1 : 0;
}

/* Between two objects: ends a frame that is long enough. */
int
ks_pickle_boundary(PicklerObject *self)
{
    if (!self->framing || self->frame_start == -1 ||
        self->out_bytes - self->frame_start - FRAME_HEADER_BYTES < FRAME_TARGET_BYTES)
        return 0;
    ks_pickle_frame_end(self);
    if (self->write == NULL)
        return 0;
    if (ks_pickle_flush(self) < 0)
        return -1;
    self->out_bytes = 0;
    return 0;
}

int
ks_pickle_payload(PicklerObject *self, const char *header, Py_ssize_t header_bytes, const char *data,
                  Py_ssize_t length, PyObject *payload)
{
    int bypass = length >= FRAME_TARGET_BYTES, framing = self->framing;
    if (bypass) {
        ks_pickle_frame_end(self);
        self->framing = 0;
    }
    if (ks_pickle_put(self, header, header_bytes) < 0)
        return -1;
    if (bypass && self->write != NULL) {
        if (ks_pickle_flush(self) < 0)
            return -1;
        KS_OWNED PyObject *object = payload != NULL ? Py_NewRef(payload) : PyMemoryView_FromMemory((char *)data, length, PyBUF_READ);
        if (object == NULL)
            return -1;
        KS_OWNED PyObject *result = PyObject_CallOneArg(self->write, object);
        if (result == NULL)
            return -1;
        self->out_bytes = 0;
    }
    else if (ks_pickle_put(self, data, length) < 0)
        return -1;
    self->framing = framing;
    return 0;
}

/* ---- memo ---------------------------------------------------------------------------------- */

static MemoEntry *
memo_slot(MemoEntry *memo, Py_ssize_t slots, PyObject *object)
{
    size_t mask = (size_t)slots - 1, at = ((size_t)object >> 4) * 0x9E3779B97F4A7C15ULL >> 20;
    while (memo[at & mask].object != NULL && memo[at & mask].object != object)
        at++;
    return &memo[at & mask];
}

MemoEntry *
ks_pickle_memo_find(PicklerObject *self, PyObject *object)
{
    if (self->memo_used == 0)
        return NULL;
    MemoEntry *entry = memo_slot(self->memo, self->memo_slots, object);
    return entry->object == NULL ? NULL : entry;
}

int
ks_pickle_memo_add(PicklerObject *self, PyObject *object, Py_ssize_t index)
{
    if (self->memo_used * 3 >= self->memo_slots * 2) {
        Py_ssize_t slots = self->memo_slots ? self->memo_slots * 4 : 16;
        MemoEntry *memo = PyMem_Calloc((size_t)slots, sizeof *memo);
        if (memo == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        for (Py_ssize_t i = 0; i < self->memo_slots; i++) {
            if (self->memo[i].object != NULL)
                *memo_slot(memo, slots, self->memo[i].object) = self->memo[i];
        }
        PyMem_Free(self->memo);
        self->memo = memo;
        self->memo_slots = slots;
    }
    MemoEntry *entry = memo_slot(self->memo, self->memo_slots, object);
    if (entry->object == NULL) {
        entry->object = Py_NewRef(object);
        self->memo_used++;
    }
    entry->index = index;
    return 0;
}

void
ks_pickle_memo_clear(PicklerObject *self)
{
    MemoEntry *memo = self->memo;
    Py_ssize_t slots = self->memo_slots;
    self->memo = NULL;
    self->memo_slots = self->memo_used = 0;
    for (Py_ssize_t i = 0; i < slots; i++)
        Py_XDECREF(memo[i].object);
    PyMem_Free(memo);
}
