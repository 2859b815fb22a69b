/* SPDX-License-Identifier: MIT */
/* Output of unknown length, as compressors make it: a list of bytes objects of growing size that
 * Finish joins. next_out is where to write next; functions give the room there, or -1 with an
 * exception. */
#ifndef Py_INTERNAL_BLOCKS_OUTPUT_BUFFER_H
#define Py_INTERNAL_BLOCKS_OUTPUT_BUFFER_H

#include "Python.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    PyObject *list;
    Py_ssize_t allocated;  /* in all blocks together */
    Py_ssize_t max_length; /* negative: no limit */
} _BlocksOutputBuffer;

#define OUTPUT_BUFFER_MAX_BLOCK_SIZE (256 * 1024 * 1024)

static const char unable_allocate_msg[] = "Unable to allocate output buffer.";

/* Room of the block at a position, in KiB: small at first, then faster and faster. */
static inline Py_ssize_t
ks_block_room(Py_ssize_t position)
{
    static const int kib[] = {32,        64,        256,       1024,       4096,      8192,
                              16 * 1024, 16 * 1024, 32 * 1024, 32 * 1024,  32 * 1024, 32 * 1024,
                              64 * 1024, 64 * 1024, 128 * 1024, 128 * 1024};
    Py_ssize_t last = (Py_ssize_t)(sizeof(kib) / sizeof(kib[0]));
    return position < last ? (Py_ssize_t)kib[position] * 1024 : OUTPUT_BUFFER_MAX_BLOCK_SIZE;
}

static inline Py_ssize_t
ks_block_add(_BlocksOutputBuffer *buffer, Py_ssize_t room, void **next_out)
{
    PyObject *block = PyBytes_FromStringAndSize(NULL, room);
    if (block == NULL) {
        PyErr_SetString(PyExc_MemoryError, unable_allocate_msg);
        return -1;
    }
    int failed = PyList_Append(buffer->list, block);
    Py_DECREF(block);
    if (failed)
        return -1;
    buffer->allocated += room;
    *next_out = PyBytes_AS_STRING(block);
    return room;
}

static inline Py_ssize_t
ks_blocks_start(_BlocksOutputBuffer *buffer, Py_ssize_t room, Py_ssize_t limit, void **next_out)
{
    assert(buffer->list == NULL);
    buffer->list = PyList_New(0);
    if (buffer->list == NULL)
        return -1;
    buffer->allocated = 0;
    buffer->max_length = limit;
    Py_ssize_t given = ks_block_add(buffer, room, next_out);
    if (given < 0)
        Py_CLEAR(buffer->list);
    return given;
}

static inline Py_ssize_t
_BlocksOutputBuffer_InitAndGrow(_BlocksOutputBuffer *buffer, const Py_ssize_t max_length,
                                void **next_out)
{
    Py_ssize_t room = ks_block_room(0);
    if (max_length >= 0)
        room = Py_MIN(room, max_length);
    return ks_blocks_start(buffer, room, max_length, next_out);
}

static inline Py_ssize_t
_BlocksOutputBuffer_InitWithSize(_BlocksOutputBuffer *buffer, const Py_ssize_t init_size,
                                 void **next_out)
{
    return ks_blocks_start(buffer, init_size, -1, next_out);
}

static inline Py_ssize_t
_BlocksOutputBuffer_Grow(_BlocksOutputBuffer *buffer, void **next_out, const Py_ssize_t avail_out)
{
    if (avail_out != 0) {
        PyErr_SetString(PyExc_SystemError,
                        "avail_out is non-zero in _BlocksOutputBuffer_Grow().");
        return -1;
    }
    Py_ssize_t room = ks_block_room(PyList_GET_SIZE(buffer->list));
    if (buffer->max_length >= 0)
        room = Py_MIN(room, buffer->max_length - buffer->allocated);
    if (buffer->allocated > PY_SSIZE_T_MAX - room) {
        PyErr_SetString(PyExc_MemoryError, unable_allocate_msg);
        return -1;
    }
    return ks_block_add(buffer, room, next_out);
}

static inline Py_ssize_t
_BlocksOutputBuffer_GetDataSize(_BlocksOutputBuffer *buffer, const Py_ssize_t avail_out)
{
    return buffer->allocated - avail_out;
}

/* A new bytes object with what was written; the buffer is empty afterwards unless this fails. */
static inline PyObject *
_BlocksOutputBuffer_Finish(_BlocksOutputBuffer *buffer, const Py_ssize_t avail_out)
{
    Py_ssize_t left = buffer->allocated - avail_out;
    Py_ssize_t count = PyList_GET_SIZE(buffer->list);
    PyObject *first = count > 0 ? PyList_GET_ITEM(buffer->list, 0) : NULL;
    PyObject *result;
    if (first != NULL && PyBytes_GET_SIZE(first) == left) {
        result = Py_NewRef(first);
    }
    else {
        result = PyBytes_FromStringAndSize(NULL, left);
        if (result == NULL) {
            PyErr_SetString(PyExc_MemoryError, unable_allocate_msg);
            return NULL;
        }
        char *end = PyBytes_AS_STRING(result);
        for (Py_ssize_t i = 0; i < count && left > 0; i++) {
            PyObject *block = PyList_GET_ITEM(buffer->list, i);
            Py_ssize_t used = Py_MIN(PyBytes_GET_SIZE(block), left);
            memcpy(end, PyBytes_AS_STRING(block), (size_t)used);
            end += used;
            left -= used;
        }
    }
    Py_CLEAR(buffer->list);
    return result;
}

static inline void
_BlocksOutputBuffer_OnError(_BlocksOutputBuffer *buffer)
{
    Py_CLEAR(buffer->list);
}

#ifdef __cplusplus
}
#endif

#endif
