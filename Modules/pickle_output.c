/* SPDX-License-Identifier: MIT */
/* Where pickled bytes go: the output buffer, frames, the file. A frame's header has its place
 * reserved when the frame's first byte goes in; it is filled in, or taken out again for tiny
 * frames, when the frame ends. */
#include "pickle_output.h"

#define FRAME_MIN_BYTES 4
#define OUT_FIRST_BYTES 4096
#define OUT_COPIED_BYTES 1024

static char *
out_start(Pickler *self)
{
    return self->out == NULL ? NULL : PyBytes_AS_STRING(self->out);
}

static void
limit_set(Pickler *self)
{
    if (self->out == NULL || (self->framing && self->frame_start < 0))
        self->limit = self->cursor;
    else
        self->limit = out_start(self) + PyBytes_GET_SIZE(self->out);
}

static int
out_resize(Pickler *self, Py_ssize_t used, Py_ssize_t room)
{
    int status = 0;
    if (self->out == NULL) {
        self->out = PyBytes_FromStringAndSize(NULL, room);
        status = self->out == NULL ? -1 : 0;
    }
    else
        status = _PyBytes_Resize(&self->out, room);
    if (status < 0)
        self->frame_start = -1;
    self->cursor = status < 0 ? NULL : out_start(self) + used;
    limit_set(self);
    return status;
}

char *
ks_pickle_make_room(Pickler *self, Py_ssize_t count)
{
    int opens = self->framing && self->frame_start < 0;
    Py_ssize_t used = self->out == NULL ? 0 : self->cursor - out_start(self);
    Py_ssize_t room = self->out == NULL ? 0 : PyBytes_GET_SIZE(self->out);
    if (count > PY_SSIZE_T_MAX / 2 - PICKLE_FRAME_HEADER - used) {
        PyErr_NoMemory();
        return NULL;
    }
    Py_ssize_t needed = used + count + PICKLE_FRAME_HEADER;
    if (needed > room) {
        room = needed <= OUT_FIRST_BYTES ? OUT_FIRST_BYTES : needed + needed / 2;
        if (out_resize(self, used, room) < 0)
            return NULL;
    }
    if (opens) {
        self->frame_start = used;
        self->cursor += PICKLE_FRAME_HEADER;
    }
    limit_set(self);
    return self->cursor;
}

void
ks_pickle_start(Pickler *self, int framing)
{
    self->cursor = out_start(self);
    self->frame_start = -1;
    self->framing = framing;
    limit_set(self);
}

int
ks_pickle_frame_end(Pickler *self)
{
    if (self->frame_start < 0)
        return 0;
    char *header = out_start(self) + self->frame_start;
    Py_ssize_t length = self->cursor - header - PICKLE_FRAME_HEADER;
    if (length >= FRAME_MIN_BYTES) {
        header[0] = (char)OP_FRAME;
        ks_pickle_little_endian(header + 1, (size_t)length, 8);
    }
    else {
        memmove(header, header + PICKLE_FRAME_HEADER, (size_t)length);
        self->cursor -= PICKLE_FRAME_HEADER;
    }
    self->frame_start = -1;
    limit_set(self);
    return 0;
}

PyObject *
ks_pickle_take(Pickler *self)
{
    Py_ssize_t used = self->out == NULL ? 0 : self->cursor - out_start(self);
    PyObject *bytes = ks_give(&self->out);
    self->cursor = self->limit = NULL;
    self->frame_start = -1;
    if (bytes == NULL)
        return PyBytes_FromStringAndSize(NULL, 0);
    _PyBytes_Resize(&bytes, used);
    return bytes;
}

PyObject *
ks_pickle_take_copy(Pickler *self)
{
    Py_ssize_t used = self->out == NULL ? 0 : self->cursor - out_start(self);
    return used > OUT_COPIED_BYTES ? ks_pickle_take(self)
                                   : PyBytes_FromStringAndSize(out_start(self), used);
}

/* Calls write(), which may do anything to the Pickler but dump. */
static int
write_object(Pickler *self, PyObject *object)
{
    KS_OWNED PyObject *write = Py_NewRef(self->write);
    KS_OWNED PyObject *result = PyObject_CallOneArg(write, object);
    return result == NULL ? -1 : 0;
}

int
ks_pickle_flush(Pickler *self)
{
    KS_OWNED PyObject *bytes = ks_pickle_take(self);
    return bytes == NULL ? -1 : write_object(self, bytes);
}

int
ks_pickle_frame_break(Pickler *self)
{
    if (!ks_pickle_frame_is_full(self))
        return 0;
    ks_pickle_frame_end(self);
    return self->write == NULL ? 0 : ks_pickle_flush(self);
}

/* Data too long for a frame. The output is framed again afterwards, also when this fails. */
static int
put_unframed(Pickler *self, const char *header, int header_bytes, const char *data,
             Py_ssize_t length, PyObject *payload)
{
    int framing = self->framing;
    int status;
    ks_pickle_frame_end(self);
    self->framing = 0;
    limit_set(self);
    status = ks_pickle_put(self, header, header_bytes);
    if (status == 0 && self->write == NULL)
        status = ks_pickle_put(self, data, length);
    else if (status == 0) {
        KS_OWNED PyObject *object =
            payload != NULL ? Py_NewRef(payload) : PyBytes_FromStringAndSize(data, length);
        status = object == NULL ? -1 : ks_pickle_flush(self);
        if (status == 0)
            status = write_object(self, object);
    }
    self->framing = framing;
    limit_set(self);
    return status;
}

int
ks_pickle_put_sized(Pickler *self, enum PickleOp op, int size_bytes, const char *data,
                    Py_ssize_t length, PyObject *payload)
{
    char header[9] = {(char)op};
    ks_pickle_little_endian(header + 1, (size_t)length, size_bytes);
    if (length >= PICKLE_FRAME_BYTES)
        return put_unframed(self, header, size_bytes + 1, data, length, payload);
    char *to = ks_pickle_room(self, size_bytes + 1 + length);
    if (to == NULL)
        return -1;
    memcpy(to, header, (size_t)size_bytes + 1);
    memcpy(to + size_bytes + 1, data, (size_t)length);
    self->cursor = to + size_bytes + 1 + length;
    return 0;
}

int
ks_pickle_put_line(Pickler *self, enum PickleOp op, Py_ssize_t value)
{
    char text[32];
    return ks_pickle_put(self, text, PyOS_snprintf(text, sizeof text, "%c%zd\n", op, value));
}
