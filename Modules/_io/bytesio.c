/* SPDX-License-Identifier: MIT */
/* BytesIO: a stream in memory.
 *
 * The contents are a bytes object that grows in place as long as nobody else holds it: getvalue()
 * hands it out and the next change makes a copy. While buffers are exported the size is fixed. */
#include "ks_io.h"

typedef struct BytesIO {
    PyObject_HEAD
    PyObject *contents; /* bytes, NULL when closed */
    Py_ssize_t pos, size;
    PyObject *dict, *weakreflist;
    Py_ssize_t exports;
} BytesIO;

typedef struct BytesIOBuffer {
    PyObject_HEAD
    BytesIO *source;
} BytesIOBuffer;

#define CAST(self) ((BytesIO *)(self))

static int
is_open(BytesIO *self)
{
    if (self->contents != NULL)
        return 1;
    PyErr_SetString(PyExc_ValueError, "I/O operation on closed file.");
    return 0;
}

static int
may_change(BytesIO *self)
{
    if (!is_open(self))
        return 0;
    if (self->exports == 0)
        return 1;
    PyErr_SetString(PyExc_BufferError, "Existing exports of data: object cannot be re-sized");
    return 0;
}

#define TEXT(self) PyBytes_AS_STRING((self)->contents)
#define IS_SHARED(self) (Py_REFCNT((self)->contents) > 1)

/* Own contents of this many bytes, and never fewer than are in use. */
static int
own_copy(BytesIO *self, Py_ssize_t room)
{
    if (room < self->size)
        room = self->size;
    PyObject *copy = PyBytes_FromStringAndSize(NULL, room > 0 ? room : 1);
    if (copy == NULL)
        return -1;
    memcpy(PyBytes_AS_STRING(copy), TEXT(self), (size_t)self->size);
    Py_SETREF(self->contents, copy);
    return 0;
}

/* Makes room for `size` bytes; a little more when growing, so that many small writes are cheap. */
static int
ensure_room(BytesIO *self, size_t size)
{
    size_t present = (size_t)PyBytes_GET_SIZE(self->contents), allocate = present;
    if (size > (size_t)PY_SSIZE_T_MAX) {
        PyErr_SetString(PyExc_OverflowError, "new buffer size too large");
        return -1;
    }
    if (size < present / 2)
        allocate = size + 1;
    else if (size >= present)
        allocate = size < present * 1.125 ? size + (size >> 3) + (size < 9 ? 3 : 6) : size + 1;
    else if (!IS_SHARED(self))
        return 0;
    if (IS_SHARED(self))
        return own_copy(self, (Py_ssize_t)allocate);
    if (allocate == present)
        return 0;
    return _PyBytes_Resize(&self->contents, (Py_ssize_t)allocate);
}

static Py_ssize_t
write_buffer(BytesIO *self, PyObject *data)
{
    if (!may_change(self))
        return -1;
    Py_buffer view;
    if (PyObject_GetBuffer(data, &view, PyBUF_CONTIG_RO) < 0)
        return -1;
    Py_ssize_t count = view.len;
    if (count > 0 && may_change(self)) {
        size_t end = (size_t)self->pos + (size_t)count;
        if ((end > (size_t)PyBytes_GET_SIZE(self->contents) || IS_SHARED(self)) &&
            ensure_room(self, end) < 0) {
            count = -1;
        }
        else {
            if (self->pos > self->size)
                memset(TEXT(self) + self->size, 0, (size_t)(self->pos - self->size));
            memcpy(TEXT(self) + self->pos, view.buf, (size_t)count);
            self->pos = (Py_ssize_t)end;
            if (self->size < self->pos)
                self->size = self->pos;
        }
    }
    else if (count > 0) {
        count = -1;
    }
    PyBuffer_Release(&view);
    return count;
}

/* --- abilities --- */

static PyObject *
answer_true(PyObject *self, PyObject *unused)
{
    return is_open(CAST(self)) ? Py_NewRef(Py_True) : NULL;
}

static PyObject *
bytesio_isatty(PyObject *self, PyObject *unused)
{
    return is_open(CAST(self)) ? Py_NewRef(Py_False) : NULL;
}

static PyObject *
bytesio_flush(PyObject *self, PyObject *unused)
{
    return is_open(CAST(self)) ? Py_NewRef(Py_None) : NULL;
}

static PyObject *
bytesio_get_closed(PyObject *self, void *closure)
{
    return PyBool_FromLong(CAST(self)->contents == NULL);
}

static PyObject *
bytesio_close(PyObject *object, PyObject *unused)
{
    if (CAST(object)->contents == NULL)
        Py_RETURN_NONE;
    if (!may_change(CAST(object)))
        return NULL;
    Py_CLEAR(CAST(object)->contents);
    Py_RETURN_NONE;
}

/* --- reading --- */

static Py_ssize_t
rest(BytesIO *self)
{
    return self->pos < self->size ? self->size - self->pos : 0;
}

static PyObject *
read_bytes(BytesIO *self, Py_ssize_t size)
{
    if (size < 0 || size > rest(self))
        size = rest(self);
    /* All of it from the start: share the contents instead of copying them. */
    if (size > 1 && self->pos == 0 && size == PyBytes_GET_SIZE(self->contents) &&
        self->exports == 0) {
        self->pos = size;
        return Py_NewRef(self->contents);
    }
    const char *from = size > 0 ? TEXT(self) + self->pos : NULL;
    self->pos += size;
    return PyBytes_FromStringAndSize(from, size);
}

static PyObject *
bytesio_read(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t size = -1;
    if (!ks_args_count("read", nargs, 0, 1) || (nargs == 1 && !ks_io_size(args[0], &size)))
        return NULL;
    return is_open(CAST(object)) ? read_bytes(CAST(object), size) : NULL;
}

static PyObject *
read_line(BytesIO *self, Py_ssize_t limit)
{
    Py_ssize_t have = rest(self);
    if (limit >= 0 && have > limit)
        have = limit;
    const char *from = have > 0 ? TEXT(self) + self->pos : NULL;
    const char *newline = have > 0 ? memchr(from, '\n', (size_t)have) : NULL;
    if (newline != NULL)
        have = newline + 1 - from;
    self->pos += have;
    return PyBytes_FromStringAndSize(from, have);
}

static PyObject *
bytesio_readline(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t size = -1;
    if (!ks_args_count("readline", nargs, 0, 1) || (nargs == 1 && !ks_io_size(args[0], &size)))
        return NULL;
    return is_open(CAST(object)) ? read_line(CAST(object), size) : NULL;
}

static PyObject *
bytesio_readlines(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t max = 0, total = 0;
    if (!ks_args_count("readlines", nargs, 0, 1))
        return NULL;
    if (nargs == 1 && args[0] != Py_None && !ks_io_size(args[0], &max))
        return NULL;
    if (!is_open(CAST(object)))
        return NULL;
    PyObject *lines = PyList_New(0);
    while (lines != NULL && rest(CAST(object)) > 0) {
        KS_OWNED PyObject *line = read_line(CAST(object), -1);
        if (line == NULL || PyList_Append(lines, line) < 0) {
            Py_CLEAR(lines);
            break;
        }
        total += PyBytes_GET_SIZE(line);
        if (max > 0 && total >= max)
            break;
    }
    return lines;
}

static PyObject *
bytesio_readinto(PyObject *object, PyObject *target)
{
    BytesIO *self = CAST(object);
    Py_buffer view;
    if (PyObject_GetBuffer(target, &view, PyBUF_WRITABLE) < 0) {
        PyErr_Clear();
        PyErr_Format(PyExc_TypeError,
                     "readinto() argument must be read-write bytes-like object, not %.50s",
                     Py_TYPE(target)->tp_name);
        return NULL;
    }
    PyObject *result = NULL;
    if (is_open(self)) {
        Py_ssize_t count = view.len < rest(self) ? view.len : rest(self);
        if (count > 0)
            memcpy(view.buf, TEXT(self) + self->pos, (size_t)count);
        self->pos += count;
        result = PyLong_FromSsize_t(count);
    }
    PyBuffer_Release(&view);
    return result;
}

static PyObject *
bytesio_iternext(PyObject *object)
{
    if (!is_open(CAST(object)) || rest(CAST(object)) == 0)
        return NULL;
    return read_line(CAST(object), -1);
}

static PyObject *
bytesio_getvalue(PyObject *object, PyObject *unused)
{
    BytesIO *self = CAST(object);
    if (!is_open(self))
        return NULL;
    if (self->size != PyBytes_GET_SIZE(self->contents) && self->exports == 0) {
        if (IS_SHARED(self) || self->size == 0) {
            PyObject *exact = PyBytes_FromStringAndSize(TEXT(self), self->size);
            if (exact == NULL)
                return NULL;
            Py_SETREF(self->contents, exact);
        }
        else if (_PyBytes_Resize(&self->contents, self->size) < 0) {
            return NULL;
        }
    }
    if (self->size != PyBytes_GET_SIZE(self->contents))
        return PyBytes_FromStringAndSize(TEXT(self), self->size);
    return Py_NewRef(self->contents);
}

/* --- position --- */

static PyObject *
bytesio_tell(PyObject *self, PyObject *unused)
{
    return is_open(CAST(self)) ? PyLong_FromSsize_t(CAST(self)->pos) : NULL;
}

static PyObject *
bytesio_seek(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    BytesIO *self = CAST(object);
    Py_ssize_t pos;
    int whence = 0;
    if (!ks_args_count("seek", nargs, 1, 2) || !ks_arg_index(args[0], &pos) ||
        (nargs == 2 && !ks_arg_int(args[1], &whence)) || !is_open(self))
        return NULL;
    if (pos < 0 && whence == 0) {
        PyErr_Format(PyExc_ValueError, "negative seek value %zd", pos);
        return NULL;
    }
    if (whence < 0 || whence > 2) {
        PyErr_Format(PyExc_ValueError, "invalid whence (%i, should be 0, 1 or 2)", whence);
        return NULL;
    }
    Py_ssize_t base = whence == 1 ? self->pos : whence == 2 ? self->size : 0;
    if (pos > PY_SSIZE_T_MAX - base) {
        PyErr_SetString(PyExc_OverflowError, "new position too large");
        return NULL;
    }
    self->pos = base + pos > 0 ? base + pos : 0;
    return PyLong_FromSsize_t(self->pos);
}

static PyObject *
bytesio_truncate(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    BytesIO *self = CAST(object);
    Py_ssize_t size = self->pos;
    if (!ks_args_count("truncate", nargs, 0, 1) || !may_change(self))
        return NULL;
    if (nargs == 1 && args[0] != Py_None && !ks_io_size(args[0], &size))
        return NULL;
    if (size < 0) {
        PyErr_Format(PyExc_ValueError, "negative size value %zd", size);
        return NULL;
    }
    if (size < self->size) {
        self->size = size;
        if (ensure_room(self, (size_t)size) < 0)
            return NULL;
    }
    return PyLong_FromSsize_t(size);
}

/* --- writing --- */

static PyObject *
bytesio_write(PyObject *self, PyObject *data)
{
    Py_ssize_t count = write_buffer(CAST(self), data);
    return count < 0 ? NULL : PyLong_FromSsize_t(count);
}

static PyObject *
bytesio_writelines(PyObject *self, PyObject *lines)
{
    if (!is_open(CAST(self)))
        return NULL;
    KS_OWNED PyObject *iterator = PyObject_GetIter(lines);
    if (iterator == NULL)
        return NULL;
    for (;;) {
        KS_OWNED PyObject *line = PyIter_Next(iterator);
        if (line == NULL)
            return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
        if (write_buffer(CAST(self), line) < 0)
            return NULL;
    }
}

/* --- pickling --- */

static PyObject *
bytesio_getstate(PyObject *object, PyObject *unused)
{
    KS_OWNED PyObject *value = bytesio_getvalue(object, NULL);
    if (value == NULL)
        return NULL;
    KS_OWNED PyObject *dict = CAST(object)->dict == NULL ? Py_NewRef(Py_None)
                                                         : PyDict_Copy(CAST(object)->dict);
    return dict == NULL ? NULL : Py_BuildValue("(OnO)", value, CAST(object)->pos, dict);
}

static PyObject *
bytesio_setstate(PyObject *object, PyObject *state)
{
    BytesIO *self = CAST(object);
    if (!PyTuple_Check(state) || PyTuple_GET_SIZE(state) < 3) {
        PyErr_Format(PyExc_TypeError, "%.200s.__setstate__ argument should be 3-tuple, got %.200s",
                     Py_TYPE(self)->tp_name, Py_TYPE(state)->tp_name);
        return NULL;
    }
    if (!may_change(self))
        return NULL;
    self->size = self->pos = 0;
    if (write_buffer(self, PyTuple_GET_ITEM(state, 0)) < 0)
        return NULL;
    if (!ks_io_state_position(PyTuple_GET_ITEM(state, 1), "second", "not", &self->pos)
        || !ks_io_state_dict(PyTuple_GET_ITEM(state, 2), "third", &self->dict))
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
bytesio_sizeof(PyObject *object, PyObject *unused)
{
    BytesIO *self = CAST(object);
    size_t size = _PyObject_SIZE(Py_TYPE(self));
    if (self->contents != NULL && !IS_SHARED(self)) {
        KS_OWNED PyObject *held = Py_NewRef(self->contents);
        size += _PySys_GetSizeOf(held);
    }
    return PyLong_FromSize_t(size);
}

/* --- exported buffers --- */

static PyObject *
bytesio_getbuffer(PyObject *object, PyObject *unused)
{
    if (!is_open(CAST(object)))
        return NULL;
    BytesIOBuffer *buffer =
        (BytesIOBuffer *)_PyBytesIOBuffer_Type.tp_alloc(&_PyBytesIOBuffer_Type, 0);
    if (buffer == NULL)
        return NULL;
    buffer->source = CAST(Py_NewRef(object));
    PyObject *view = PyMemoryView_FromObject((PyObject *)buffer);
    Py_DECREF(buffer);
    return view;
}

static int
buffer_getbuffer(PyObject *object, Py_buffer *view, int flags)
{
    BytesIO *self = ((BytesIOBuffer *)object)->source;
    if (view == NULL) {
        PyErr_SetString(PyExc_BufferError,
                        "bytesiobuf_getbuffer: view==NULL argument is obsolete");
        return -1;
    }
    if (self->exports == 0 && IS_SHARED(self) && own_copy(self, self->size) < 0)
        return -1;
    if (PyBuffer_FillInfo(view, object, TEXT(self), self->size, 0, flags) < 0)
        return -1;
    self->exports++;
    return 0;
}

static void
buffer_releasebuffer(PyObject *object, Py_buffer *view)
{
    ((BytesIOBuffer *)object)->source->exports--;
}

static int
buffer_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((BytesIOBuffer *)self)->source);
    return 0;
}

static void
buffer_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_CLEAR(((BytesIOBuffer *)self)->source);
    Py_TYPE(self)->tp_free(self);
}

static PyBufferProcs buffer_procs = {buffer_getbuffer, buffer_releasebuffer};

PyTypeObject _PyBytesIOBuffer_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_io._BytesIOBuffer",
    .tp_basicsize = sizeof(BytesIOBuffer),
    .tp_dealloc = buffer_dealloc,
    .tp_as_buffer = &buffer_procs,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_traverse = buffer_traverse,
};

/* --- lifecycle and type --- */

static PyObject *
bytesio_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    BytesIO *self = CAST(type->tp_alloc(type, 0));
    if (self == NULL)
        return NULL;
    self->contents = PyBytes_FromStringAndSize(NULL, 0);
    if (self->contents == NULL)
        Py_CLEAR(self);
    return (PyObject *)self;
}

typedef struct InitArgs {
    PyObject *initial_bytes;
} InitArgs;

static int
bytesio_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static const KsParam params[] = {PARAM(InitArgs, initial_bytes, ARG_OBJECT, 0), PARAM_END};
    InitArgs given = {Py_None};
    BytesIO *self = CAST(object);
    if (!ks_args_parse_tuple("BytesIO", params, args, kwargs, &given))
        return -1;
    self->size = self->pos = 0;
    if (self->exports > 0) {
        PyErr_SetString(PyExc_BufferError,
                        "Existing exports of data: object cannot be re-sized");
        return -1;
    }
    if (self->contents == NULL && (self->contents = PyBytes_FromStringAndSize(NULL, 0)) == NULL)
        return -1;
    if (given.initial_bytes == Py_None)
        return 0;
    if (PyBytes_CheckExact(given.initial_bytes)) {
        Py_XSETREF(self->contents, Py_NewRef(given.initial_bytes));
        self->size = PyBytes_GET_SIZE(given.initial_bytes);
        return 0;
    }
    if (write_buffer(self, given.initial_bytes) < 0)
        return -1;
    self->pos = 0;
    return 0;
}

static int
bytesio_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(CAST(self)->dict);
    return 0;
}

static int
bytesio_clear(PyObject *self)
{
    Py_CLEAR(CAST(self)->dict);
    return 0;
}

static void
bytesio_dealloc(PyObject *object)
{
    BytesIO *self = CAST(object);
    PyObject_GC_UnTrack(self);
    if (self->exports > 0) {
        PyErr_SetString(PyExc_SystemError, "deallocated BytesIO object has exported buffers");
        PyErr_Print();
    }
    Py_CLEAR(self->contents);
    Py_CLEAR(self->dict);
    if (self->weakreflist != NULL)
        PyObject_ClearWeakRefs(object);
    Py_TYPE(self)->tp_free(object);
}

static PyMethodDef bytesio_methods[] = {
    METHOD("readable", answer_true, METH_NOARGS, "($self, /)", "Return True."),
    METHOD("seekable", answer_true, METH_NOARGS, "($self, /)", "Return True."),
    METHOD("writable", answer_true, METH_NOARGS, "($self, /)", "Return True."),
    METHOD("close", bytesio_close, METH_NOARGS, "($self, /)", "Give the contents up."),
    METHOD("flush", bytesio_flush, METH_NOARGS, "($self, /)", "Does nothing."),
    METHOD("isatty", bytesio_isatty, METH_NOARGS, "($self, /)", "Return False."),
    METHOD("tell", bytesio_tell, METH_NOARGS, "($self, /)", "Return the position."),
    METHOD("write", bytesio_write, METH_O, "($self, b, /)", "Write bytes."),
    METHOD("writelines", bytesio_writelines, METH_O, "($self, lines, /)",
           "Write several bytes-like objects."),
    METHOD("read1", bytesio_read, METH_FASTCALL, "($self, size=-1, /)", "Read bytes."),
    METHOD("readinto", bytesio_readinto, METH_O, "($self, buffer, /)", "Read into a buffer."),
    METHOD("readline", bytesio_readline, METH_FASTCALL, "($self, size=-1, /)", "Read a line."),
    METHOD("readlines", bytesio_readlines, METH_FASTCALL, "($self, size=None, /)",
           "Read a list of lines."),
    METHOD("read", bytesio_read, METH_FASTCALL, "($self, size=-1, /)", "Read bytes."),
    METHOD("getbuffer", bytesio_getbuffer, METH_NOARGS, "($self, /)",
           "Return a view of the contents that can be written through."),
    METHOD("getvalue", bytesio_getvalue, METH_NOARGS, "($self, /)", "Return all contents."),
    METHOD("seek", bytesio_seek, METH_FASTCALL, "($self, pos, whence=0, /)",
           "Move to a position and return it."),
    METHOD("truncate", bytesio_truncate, METH_FASTCALL, "($self, size=None, /)",
           "Cut the contents to a size, the position by default."),
    METHOD_PLAIN("__getstate__", bytesio_getstate, METH_NOARGS, NULL),
    METHOD_PLAIN("__setstate__", bytesio_setstate, METH_O, NULL),
    METHOD_PLAIN("__sizeof__", bytesio_sizeof, METH_NOARGS, NULL),
    {NULL},
};

static PyGetSetDef bytesio_getset[] = {
    {"closed", bytesio_get_closed, NULL, "True if the file is closed."},
    {NULL},
};

PyTypeObject ks_bytesio_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_io.BytesIO",
    .tp_basicsize = sizeof(BytesIO),
    .tp_dealloc = bytesio_dealloc,
    .tp_flags = KS_IO_TYPE_FLAGS,
    .tp_doc = PyDoc_STR("BytesIO(initial_bytes=b'')\n--\n\nA buffered stream in memory."),
    .tp_traverse = bytesio_traverse,
    .tp_clear = bytesio_clear,
    .tp_weaklistoffset = offsetof(BytesIO, weakreflist),
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = bytesio_iternext,
    .tp_methods = bytesio_methods,
    .tp_getset = bytesio_getset,
    .tp_base = &ks_bufferediobase_type,
    .tp_dictoffset = offsetof(BytesIO, dict),
    .tp_init = bytesio_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = bytesio_new,
};
