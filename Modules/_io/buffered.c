/* SPDX-License-Identifier: MIT */
/* BufferedReader, BufferedWriter, BufferedRandom: one buffer before a raw stream.
 *
 * The buffer is in one of two states. READING: [pos, end) was read ahead; the raw stream stands
 * end - pos bytes behind the position that callers see. WRITING: [pos, end) is to be written; the
 * raw stream stands end - pos bytes before it. Changing the state seeks or flushes first. An empty
 * buffer is READING with pos == end.
 *
 * Every operation holds the object's lock, because raw calls release the GIL. `raw_position` is the
 * raw stream's position as far as known, -1 if not. */
#include "ks_io.h"

#include <unistd.h>

#include "pycore_fileutils.h" /* _Py_read and _Py_write, for raw streams that are plain files */
#include "pycore_pylifecycle.h"

typedef enum { READING, WRITING } BufferState;

typedef struct Buffered {
    KS_BUFFERED_HEAD
    BufferState state;
    char *buffer;
    Py_ssize_t buffer_bytes, pos, end;
    off_t raw_position;
    PyThread_type_lock lock;
    volatile unsigned long owner;
    PyObject *dict, *weakreflist;
} Buffered;

#define CAST(self) ((Buffered *)(self))

/* --- lock --- */

static int
lock_slowly(Buffered *self)
{
    if (self->owner == PyThread_get_thread_ident()) {
        PyErr_Format(PyExc_RuntimeError, "reentrant call inside %R", self);
        return 0;
    }
    int got = 0;
    if (!_Py_IsFinalizing()) {
        Py_BEGIN_ALLOW_THREADS
        got = PyThread_acquire_lock(self->lock, 1);
        Py_END_ALLOW_THREADS
    }
    else {
        /* A daemon thread may have been stopped while it held the lock: wait a little only. */
        got = PyThread_acquire_lock_timed(self->lock, 1000000, 0) == PY_LOCK_ACQUIRED;
        if (!got) {
            PyObject *text = PyObject_ASCII((PyObject *)self);
            _Py_FatalErrorFormat("_enter_buffered_busy",
                                 "could not acquire lock for %s at interpreter shutdown, possibly "
                                 "due to daemon threads",
                                 text != NULL ? PyUnicode_AsUTF8(text) : "<ascii(self) failed>");
        }
    }
    return got;
}

static inline int
lock_enter(Buffered *self)
{
    if (KS_UNLIKELY(!PyThread_acquire_lock(self->lock, 0)) && !lock_slowly(self))
        return 0;
    self->owner = PyThread_get_thread_ident();
    return 1;
}

static inline void
lock_leave(Buffered *self)
{
    self->owner = 0;
    PyThread_release_lock(self->lock);
}

/* --- checks --- */

static int
is_usable(Buffered *self)
{
    if (KS_LIKELY(self->ok))
        return 1;
    PyErr_SetString(PyExc_ValueError, self->detached ? "raw stream has been detached"
                                                     : "I/O operation on uninitialized object");
    return 0;
}

/* 1, 0, -1 with an exception. */
static int
raw_is_closed(Buffered *self)
{
    if (self->plain_file)
        return ks_fileio_is_closed(self->raw);
    KS_OWNED PyObject *closed = PyObject_GetAttr(self->raw, &_Py_ID(closed));
    return closed == NULL ? -1 : PyObject_IsTrue(closed);
}

static int
is_open(Buffered *self, const char *message)
{
    if (!is_usable(self))
        return 0;
    int closed = raw_is_closed(self);
    /* What was read ahead can still be had from a raw stream that was closed below us: no. */
    if (closed > 0)
        PyErr_SetString(PyExc_ValueError, message);
    return closed == 0;
}

/* --- the raw stream --- */

static off_t
position_from(PyObject *number)
{
    KS_OWNED PyObject *held = number;
    if (number == NULL)
        return -1;
    off_t position = PyLong_AsLongLong(number);
    if (position < 0) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_OSError, "Raw stream returned invalid position %lld",
                         (long long)position);
        return -1;
    }
    return position;
}

static off_t
raw_tell(Buffered *self)
{
    off_t position = position_from(PyObject_CallMethodNoArgs(self->raw, &_Py_ID(tell)));
    if (position >= 0)
        self->raw_position = position;
    return position;
}

static off_t
raw_seek(Buffered *self, off_t target, int whence)
{
    self->raw_position = -1;
    off_t position = position_from(
        PyObject_CallMethod(self->raw, "seek", "Li", (long long)target, whence));
    if (position >= 0)
        self->raw_position = position;
    return position;
}

#define WOULD_BLOCK (-2)

/* One read of the raw stream. Bytes read, 0 at the end, WOULD_BLOCK, or -1 with an exception. */
static Py_ssize_t
raw_read(Buffered *self, char *target, Py_ssize_t size)
{
    Py_ssize_t got;
    if (self->plain_file && ((KsFileIO *)self->raw)->readable && !ks_fileio_is_closed(self->raw)) {
        got = _Py_read(((KsFileIO *)self->raw)->fd, target, (size_t)size);
        if (got < 0 && errno == EAGAIN) {
            PyErr_Clear();
            return WOULD_BLOCK;
        }
    }
    else {
        KS_OWNED PyObject *view = PyMemoryView_FromMemory(target, size, PyBUF_WRITE);
        if (view == NULL)
            return -1;
        KS_OWNED PyObject *result = NULL;
        do {
            result = PyObject_CallMethodOneArg(self->raw, &_Py_ID(readinto), view);
        } while (result == NULL && ks_io_is_eintr());
        /* The memory is ours: nobody may keep a view of it. */
        KS_OWNED PyObject *released = NULL;
        if (result != NULL && (released = PyObject_CallMethod(view, "release", NULL)) == NULL)
            PyErr_Clear();
        if (result == NULL)
            return -1;
        if (result == Py_None)
            return WOULD_BLOCK;
        got = PyNumber_AsSsize_t(result, PyExc_ValueError);
        if (got == -1 && PyErr_Occurred()) {
            _PyErr_FormatFromCause(PyExc_OSError, "raw readinto() failed");
            return -1;
        }
        if (got < 0 || got > size) {
            PyErr_Format(PyExc_OSError,
                         "raw readinto() returned invalid length %zd (should have been between "
                         "0 and %zd)",
                         got, size);
            return -1;
        }
    }
    if (got > 0 && self->raw_position != -1)
        self->raw_position += got;
    return got;
}

/* One write to the raw stream, likewise. */
static Py_ssize_t
raw_write(Buffered *self, const char *source, Py_ssize_t size)
{
    Py_ssize_t count;
    if (self->plain_file && ((KsFileIO *)self->raw)->writable && !ks_fileio_is_closed(self->raw)) {
        count = _Py_write(((KsFileIO *)self->raw)->fd, source, (size_t)size);
        if (count < 0 && errno == EAGAIN) {
            PyErr_Clear();
            return WOULD_BLOCK;
        }
    }
    else {
        KS_OWNED PyObject *view = PyMemoryView_FromMemory((char *)source, size, PyBUF_READ);
        if (view == NULL)
            return -1;
        KS_OWNED PyObject *result = NULL;
        int error;
        do {
            errno = 0;
            result = PyObject_CallMethodOneArg(self->raw, &_Py_ID(write), view);
            error = errno;
        } while (result == NULL && ks_io_is_eintr());
        if (result == NULL)
            return -1;
        if (result == Py_None) {
            errno = error;
            return WOULD_BLOCK;
        }
        count = PyNumber_AsSsize_t(result, PyExc_ValueError);
        if (count == -1 && PyErr_Occurred())
            return -1;
        if (count < 0 || count > size) {
            PyErr_Format(PyExc_OSError,
                         "raw write() returned invalid length %zd (should have been between 0 "
                         "and %zd)",
                         count, size);
            return -1;
        }
    }
    if (count > 0 && self->raw_position != -1)
        self->raw_position += count;
    return count;
}

/* --- changing state; the lock is held --- */

static void
buffer_reset(Buffered *self)
{
    self->state = READING;
    self->pos = self->end = 0;
}

static KS_COLD int
blocking_error(Py_ssize_t written)
{
    KS_OWNED PyObject *error = PyObject_CallFunction(
        PyExc_BlockingIOError, "isn", EAGAIN, "write could not complete without blocking",
        written);
    if (error != NULL)
        PyErr_SetObject(PyExc_BlockingIOError, error);
    return -1;
}

/* Writes what is pending; 0, or -1 with an exception and the rest still pending. */
static int
flush_pending(Buffered *self)
{
    if (self->state != WRITING)
        return 0;
    while (self->pos < self->end) {
        Py_ssize_t count = raw_write(self, self->buffer + self->pos, self->end - self->pos);
        if (count == -1)
            return -1;
        if (count == WOULD_BLOCK)
            return blocking_error(0);
        self->pos += count;
        /* A signal handler may want to stop a write that makes no end. */
        if (PyErr_CheckSignals() < 0)
            return -1;
    }
    buffer_reset(self);
    return 0;
}

/* Takes the raw stream back over what was read ahead. */
static int
drop_read_ahead(Buffered *self)
{
    if (self->state == READING && self->pos < self->end) {
        if (raw_seek(self, -(off_t)(self->end - self->pos), SEEK_CUR) < 0)
            return -1;
    }
    buffer_reset(self);
    return 0;
}

static int
flush_and_rewind(Buffered *self)
{
    if (flush_pending(self) < 0)
        return -1;
    return self->readable ? drop_read_ahead(self) : 0;
}

/* Refills the empty buffer by one raw read. */
static Py_ssize_t
fill(Buffered *self)
{
    buffer_reset(self);
    Py_ssize_t got = raw_read(self, self->buffer, self->buffer_bytes);
    if (got > 0)
        self->end = got;
    return got;
}

static inline Py_ssize_t
ready(const Buffered *self)
{
    return self->state == READING ? self->end - self->pos : 0;
}

/* --- lifecycle --- */

static int
buffered_setup(Buffered *self, PyObject *raw, Py_ssize_t buffer_bytes, PyTypeObject *own_type)
{
    if (buffer_bytes <= 0) {
        PyErr_SetString(PyExc_ValueError, "buffer size must be strictly positive");
        return -1;
    }
    char *buffer = PyMem_Malloc((size_t)buffer_bytes);
    if (buffer == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    PyMem_Free(self->buffer);
    self->buffer = buffer;
    self->buffer_bytes = buffer_bytes;
    if (self->lock == NULL && (self->lock = PyThread_allocate_lock()) == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "can't allocate read lock");
        return -1;
    }
    self->owner = 0;
    Py_XSETREF(self->raw, Py_NewRef(raw));
    self->plain_file = Py_IS_TYPE(self, own_type) && Py_IS_TYPE(raw, &ks_fileio_type);
    buffer_reset(self);
    self->raw_position = -1;
    if (raw_tell(self) < 0)
        PyErr_Clear();
    self->ok = 1;
    return 0;
}

typedef struct InitArgs {
    PyObject *raw;
    Py_ssize_t buffer_size;
} InitArgs;

static int
init_args(const char *name, PyObject *args, PyObject *kwargs, InitArgs *given)
{
    static const KsParam params[] = {PARAM(InitArgs, raw, ARG_OBJECT, 1),
                                     PARAM(InitArgs, buffer_size, ARG_INDEX, 0), PARAM_END};
    given->buffer_size = KS_IO_BUFFER_BYTES;
    return ks_args_parse_tuple(name, params, args, kwargs, given);
}

/* The raw stream must have the abilities; -1 with UnsupportedOperation. */
static int
require(PyObject *raw, PyObject *(*check)(PyObject *, PyObject *))
{
    KS_OWNED PyObject *ok = check(raw, NULL);
    return ok == NULL ? -1 : 0;
}

static int
reader_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    InitArgs given;
    CAST(object)->ok = CAST(object)->detached = 0;
    if (!init_args("BufferedReader", args, kwargs, &given) ||
        require(given.raw, ks_io_check_readable) < 0)
        return -1;
    CAST(object)->readable = 1;
    CAST(object)->writable = 0;
    return buffered_setup(CAST(object), given.raw, given.buffer_size, &ks_bufferedreader_type);
}

static int
writer_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    InitArgs given;
    CAST(object)->ok = CAST(object)->detached = 0;
    if (!init_args("BufferedWriter", args, kwargs, &given) ||
        require(given.raw, ks_io_check_writable) < 0)
        return -1;
    CAST(object)->readable = 0;
    CAST(object)->writable = 1;
    return buffered_setup(CAST(object), given.raw, given.buffer_size, &ks_bufferedwriter_type);
}

static int
random_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    InitArgs given;
    CAST(object)->ok = CAST(object)->detached = 0;
    if (!init_args("BufferedRandom", args, kwargs, &given) ||
        require(given.raw, ks_io_check_seekable) < 0 ||
        require(given.raw, ks_io_check_readable) < 0 ||
        require(given.raw, ks_io_check_writable) < 0)
        return -1;
    CAST(object)->readable = CAST(object)->writable = 1;
    return buffered_setup(CAST(object), given.raw, given.buffer_size, &ks_bufferedrandom_type);
}

static int
buffered_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(CAST(self)->raw);
    Py_VISIT(CAST(self)->dict);
    return 0;
}

static int
buffered_clear(PyObject *self)
{
    CAST(self)->ok = 0;
    Py_CLEAR(CAST(self)->raw);
    Py_CLEAR(CAST(self)->dict);
    return 0;
}

static void
buffered_dealloc(PyObject *object)
{
    Buffered *self = CAST(object);
    self->finalizing = 1;
    if (ks_iobase_finalize(object) < 0)
        return;
    PyObject_GC_UnTrack(self);
    self->ok = 0;
    if (self->weakreflist != NULL)
        PyObject_ClearWeakRefs(object);
    PyMem_Free(self->buffer);
    self->buffer = NULL;
    if (self->lock != NULL)
        PyThread_free_lock(self->lock);
    Py_CLEAR(self->raw);
    Py_CLEAR(self->dict);
    Py_TYPE(self)->tp_free(object);
}

static PyObject *
buffered_dealloc_warn(PyObject *object, PyObject *source)
{
    Buffered *self = CAST(object);
    if (self->ok && self->raw != NULL) {
        PyObject *result =
            PyObject_CallMethodOneArg(self->raw, &_Py_ID(_dealloc_warn), source);
        if (result != NULL)
            Py_DECREF(result);
        else
            PyErr_Clear();
    }
    Py_RETURN_NONE;
}

/* --- closing --- */

static PyObject *
buffered_get_closed(PyObject *self, void *closure)
{
    if (!is_usable(CAST(self)))
        return NULL;
    int closed = raw_is_closed(CAST(self));
    return closed < 0 ? NULL : PyBool_FromLong(closed);
}

static PyObject *
buffered_close(PyObject *object, PyObject *unused)
{
    Buffered *self = CAST(object);
    if (!is_usable(self) || !lock_enter(self))
        return NULL;
    int closed = raw_is_closed(self);
    if (closed != 0) {
        lock_leave(self);
        return closed < 0 ? NULL : Py_NewRef(Py_None);
    }
    if (self->finalizing && self->raw != NULL) {
        PyObject *warned = buffered_dealloc_warn(object, object);
        Py_XDECREF(warned);
    }
    lock_leave(self); /* flush() may be a subclass's and takes the lock itself */
    PyObject *type = NULL, *value = NULL, *traceback = NULL;
    PyObject *flushed = PyObject_CallMethodNoArgs(object, &_Py_ID(flush));
    if (!lock_enter(self)) {
        Py_XDECREF(flushed);
        return NULL;
    }
    if (flushed == NULL)
        PyErr_Fetch(&type, &value, &traceback);
    else
        Py_DECREF(flushed);
    KS_OWNED PyObject *result = PyObject_CallMethodNoArgs(self->raw, &_Py_ID(close));
    if (self->buffer != NULL) {
        PyMem_Free(self->buffer);
        self->buffer = NULL;
        buffer_reset(self);
    }
    lock_leave(self);
    if (type != NULL) {
        _PyErr_ChainExceptions(type, value, traceback);
        return NULL;
    }
    return ks_give(&result);
}

static PyObject *
buffered_detach(PyObject *object, PyObject *unused)
{
    Buffered *self = CAST(object);
    if (!is_usable(self))
        return NULL;
    KS_OWNED PyObject *flushed = PyObject_CallMethodNoArgs(object, &_Py_ID(flush));
    if (flushed == NULL)
        return NULL;
    PyObject *raw = self->raw;
    self->raw = NULL;
    self->detached = 1;
    self->ok = 0;
    return raw;
}

static PyObject *
buffered_flush(PyObject *object, PyObject *unused)
{
    Buffered *self = CAST(object);
    if (!is_open(self, "flush of closed file") || !lock_enter(self))
        return NULL;
    int status = flush_and_rewind(self);
    lock_leave(self);
    return status < 0 ? NULL : Py_NewRef(Py_None);
}

/* A reader has nothing to write; flushing must not disturb a pipe's read-ahead either. */
static PyObject *
reader_flush(PyObject *object, PyObject *unused)
{
    Buffered *self = CAST(object);
    if (!is_usable(self))
        return NULL;
    return PyObject_CallMethodNoArgs(self->raw, &_Py_ID(flush));
}

/* --- passed on to the raw stream --- */

#define FORWARD(name)                                                       \
    static PyObject *buffered_##name(PyObject *self, PyObject *unused)      \
    {                                                                       \
        if (!is_usable(CAST(self)))                                         \
            return NULL;                                                    \
        return PyObject_CallMethodNoArgs(CAST(self)->raw, &_Py_ID(name));   \
    }
FORWARD(seekable)
FORWARD(readable)
FORWARD(writable)
FORWARD(fileno)
FORWARD(isatty)

static PyObject *
buffered_get_name(PyObject *self, void *closure)
{
    return is_usable(CAST(self)) ? PyObject_GetAttr(CAST(self)->raw, &_Py_ID(name)) : NULL;
}

static PyObject *
buffered_get_mode(PyObject *self, void *closure)
{
    return is_usable(CAST(self)) ? PyObject_GetAttr(CAST(self)->raw, &_Py_ID(mode)) : NULL;
}

static PyObject *
buffered_repr(PyObject *object)
{
    PyObject *found;
    if (_PyObject_LookupAttr(object, &_Py_ID(name), &found) < 0) {
        if (!PyErr_ExceptionMatches(PyExc_ValueError))
            return NULL;
        PyErr_Clear(); /* detached or never set up */
        found = NULL;
    }
    KS_OWNED PyObject *name = found;
    if (name == NULL)
        return PyUnicode_FromFormat("<%s>", Py_TYPE(object)->tp_name);
    int is_nested = Py_ReprEnter(object);
    if (is_nested != 0) {
        if (is_nested > 0)
            PyErr_Format(PyExc_RuntimeError, "reentrant call inside %s.__repr__",
                         Py_TYPE(object)->tp_name);
        return NULL;
    }
    PyObject *text = PyUnicode_FromFormat("<%s name=%R>", Py_TYPE(object)->tp_name, name);
    Py_ReprLeave(object);
    return text;
}

static PyObject *
buffered_sizeof(PyObject *self, PyObject *unused)
{
    return PyLong_FromSsize_t(_PyObject_SIZE(Py_TYPE(self)) +
                              (CAST(self)->buffer != NULL ? CAST(self)->buffer_bytes : 0));
}

/* --- reading; these hold the lock --- */

/* Takes up to size bytes out of the buffer. */
static Py_ssize_t
take(Buffered *self, char *target, Py_ssize_t size)
{
    Py_ssize_t count = ready(self);
    if (count > size)
        count = size;
    if (count > 0)
        memcpy(target, self->buffer + self->pos, (size_t)count);
    self->pos += self->state == READING ? count : 0;
    return count;
}

/* Reads size bytes unless the stream ends or would block. once: at most one raw read. The count;
 * WOULD_BLOCK if there was nothing to be had; -1 with an exception. */
static Py_ssize_t
read_into(Buffered *self, char *target, Py_ssize_t size, int once)
{
    Py_ssize_t done = take(self, target, size);
    if (done == size || (once && done > 0 && size - done <= self->buffer_bytes))
        return done;
    if (flush_pending(self) < 0)
        return -1;
    while (done < size) {
        Py_ssize_t rest = size - done, got;
        if (rest >= self->buffer_bytes) {
            /* Straight into the target, in whole buffers so that the raw stream stays aligned. */
            Py_ssize_t direct = once ? rest : rest - rest % self->buffer_bytes;
            got = raw_read(self, target + done, direct);
            if (got > 0)
                done += got;
        }
        else {
            got = fill(self);
            if (got > 0)
                done += take(self, target + done, rest);
        }
        if (got == -1)
            return -1;
        if (got == WOULD_BLOCK)
            return done > 0 ? done : WOULD_BLOCK;
        if (got == 0 || once)
            break;
    }
    return done;
}

static PyObject *
read_all(Buffered *self)
{
    KS_OWNED PyObject *ahead =
        PyBytes_FromStringAndSize(self->buffer + self->pos, ready(self));
    if (ahead == NULL)
        return NULL;
    if (self->state == READING)
        buffer_reset(self);
    if (flush_pending(self) < 0)
        return NULL;
    self->raw_position = -1;
    PyObject *found;
    if (_PyObject_LookupAttr(self->raw, &_Py_ID(readall), &found) < 0)
        return NULL;
    KS_OWNED PyObject *readall = found;
    if (readall != NULL) {
        KS_OWNED PyObject *rest = PyObject_CallNoArgs(readall);
        if (rest == NULL)
            return NULL;
        if (rest != Py_None && !PyBytes_Check(rest)) {
            PyErr_SetString(PyExc_TypeError, "readall() should return bytes");
            return NULL;
        }
        if (PyBytes_GET_SIZE(ahead) == 0)
            return ks_give(&rest);
        if (rest != Py_None)
            PyBytes_Concat(&ahead, rest);
        return ks_give(&ahead);
    }
    KS_OWNED PyObject *chunks = PyList_New(0);
    if (chunks == NULL || (PyBytes_GET_SIZE(ahead) > 0 && PyList_Append(chunks, ahead) < 0))
        return NULL;
    for (;;) {
        KS_OWNED PyObject *data = PyObject_CallMethodNoArgs(self->raw, &_Py_ID(read));
        if (data == NULL)
            return NULL;
        if (data != Py_None && !PyBytes_Check(data)) {
            PyErr_SetString(PyExc_TypeError, "read() should return bytes");
            return NULL;
        }
        if (data == Py_None || PyBytes_GET_SIZE(data) == 0) {
            if (data == Py_None && PyList_GET_SIZE(chunks) == 0)
                return ks_give(&data);
            break;
        }
        if (PyList_Append(chunks, data) < 0)
            return NULL;
    }
    KS_OWNED PyObject *empty = PyBytes_FromStringAndSize(NULL, 0);
    return empty == NULL ? NULL : _PyBytes_Join(empty, chunks);
}

/* New bytes of up to size; None if the stream would block. */
static PyObject *
read_bytes(Buffered *self, Py_ssize_t size, int once)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, size);
    if (bytes == NULL || size == 0)
        return bytes;
    Py_ssize_t got = read_into(self, PyBytes_AS_STRING(bytes), size, once);
    if (got < 0) {
        Py_DECREF(bytes);
        if (got == -1)
            return NULL;
        if (once)
            return PyBytes_FromStringAndSize(NULL, 0);
        Py_RETURN_NONE;
    }
    if (got < size)
        _PyBytes_Resize(&bytes, got);
    return bytes;
}

static PyObject *
buffered_read(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    Buffered *self = CAST(object);
    Py_ssize_t size = -1;
    if (!ks_args_count("read", nargs, 0, 1) || (nargs == 1 && !ks_io_size(args[0], &size)))
        return NULL;
    if (!is_usable(self))
        return NULL;
    if (size < -1) {
        PyErr_SetString(PyExc_ValueError, "read length must be non-negative or -1");
        return NULL;
    }
    if (!is_open(self, "read of closed file") || !lock_enter(self))
        return NULL;
    PyObject *result = size == -1 ? read_all(self) : read_bytes(self, size, 0);
    lock_leave(self);
    return result;
}

static PyObject *
buffered_read1(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    Buffered *self = CAST(object);
    Py_ssize_t size = -1;
    if (!ks_args_count("read1", nargs, 0, 1) || (nargs == 1 && !ks_arg_index(args[0], &size)) ||
        !is_usable(self))
        return NULL;
    if (size < 0)
        size = self->buffer_bytes;
    if (!is_open(self, "read of closed file") || !lock_enter(self))
        return NULL;
    Py_ssize_t have = ready(self);
    PyObject *result = read_bytes(self, have > 0 && have < size ? have : size, 1);
    lock_leave(self);
    return result;
}

static PyObject *
readinto_generic(PyObject *object, PyObject *target, const char *name, int once)
{
    Buffered *self = CAST(object);
    if (!is_usable(self))
        return NULL;
    Py_buffer view;
    if (PyObject_GetBuffer(target, &view, PyBUF_WRITABLE) < 0) {
        PyErr_Clear();
        PyErr_Format(PyExc_TypeError,
                     "%s() argument must be read-write bytes-like object, not %.50s", name,
                     Py_TYPE(target)->tp_name);
        return NULL;
    }
    PyObject *result = NULL;
    if (is_open(self, "readinto of closed file") && lock_enter(self)) {
        Py_ssize_t got = view.len == 0 ? 0 : read_into(self, view.buf, view.len, once);
        lock_leave(self);
        if (got >= 0)
            result = PyLong_FromSsize_t(got);
        else if (got == WOULD_BLOCK)
            result = Py_NewRef(Py_None);
    }
    PyBuffer_Release(&view);
    return result;
}

static PyObject *
buffered_readinto(PyObject *self, PyObject *target)
{
    return readinto_generic(self, target, "readinto", 0);
}

static PyObject *
buffered_readinto1(PyObject *self, PyObject *target)
{
    return readinto_generic(self, target, "readinto1", 1);
}

static PyObject *
buffered_peek(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    Buffered *self = CAST(object);
    Py_ssize_t size = 0;
    if (!ks_args_count("peek", nargs, 0, 1) || (nargs == 1 && !ks_arg_index(args[0], &size)) ||
        !is_open(self, "peek of closed file") || !lock_enter(self))
        return NULL;
    PyObject *result = NULL;
    if (flush_pending(self) == 0) {
        Py_ssize_t got = ready(self);
        if (got == 0)
            got = fill(self);
        if (got != -1)
            result = PyBytes_FromStringAndSize(self->buffer + self->pos, ready(self));
    }
    lock_leave(self);
    return result;
}

/* A line of at most limit bytes (-1: any length); the lock is held. */
static PyObject *
read_line(Buffered *self, Py_ssize_t limit)
{
    KS_OWNED PyObject *chunks = NULL;
    for (;;) {
        Py_ssize_t have = ready(self);
        if (limit >= 0 && have > limit)
            have = limit;
        const char *start = self->buffer + self->pos;
        const char *newline = have > 0 ? memchr(start, '\n', (size_t)have) : NULL;
        if (newline != NULL)
            have = newline + 1 - start;
        int is_last = newline != NULL || have == limit;
        if (have > 0 || (is_last && chunks == NULL)) {
            PyObject *piece = PyBytes_FromStringAndSize(start, have);
            if (piece == NULL)
                return NULL;
            self->pos += self->state == READING ? have : 0;
            if (is_last && chunks == NULL)
                return piece;
            KS_OWNED PyObject *held = piece;
            if ((chunks == NULL && (chunks = PyList_New(0)) == NULL) ||
                PyList_Append(chunks, held) < 0)
                return NULL;
            if (limit >= 0)
                limit -= have;
        }
        if (is_last)
            break;
        if (flush_pending(self) < 0)
            return NULL;
        Py_ssize_t got = fill(self);
        if (got == -1)
            return NULL;
        if (got <= 0)
            break;
    }
    KS_OWNED PyObject *empty = PyBytes_FromStringAndSize(NULL, 0);
    if (chunks == NULL || empty == NULL)
        return ks_give(&empty);
    return PyList_GET_SIZE(chunks) == 1 ? Py_NewRef(PyList_GET_ITEM(chunks, 0))
                                        : _PyBytes_Join(empty, chunks);
}

static PyObject *
readline_locked(Buffered *self, Py_ssize_t limit)
{
    if (!is_open(self, "readline of closed file") || !lock_enter(self))
        return NULL;
    PyObject *line = read_line(self, limit);
    lock_leave(self);
    return line;
}

static PyObject *
buffered_readline(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t limit = -1;
    if (!ks_args_count("readline", nargs, 0, 1) || (nargs == 1 && !ks_io_size(args[0], &limit)))
        return NULL;
    return readline_locked(CAST(object), limit);
}

static PyObject *
buffered_iternext(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject *line;
    if (type == &ks_bufferedreader_type || type == &ks_bufferedrandom_type) {
        line = readline_locked(CAST(object), -1);
    }
    else {
        line = PyObject_CallMethodNoArgs(object, &_Py_ID(readline));
        if (line != NULL && !PyBytes_Check(line)) {
            PyErr_Format(PyExc_OSError,
                         "readline() should have returned a bytes object, not '%.200s'",
                         Py_TYPE(line)->tp_name);
            Py_CLEAR(line);
        }
    }
    if (line != NULL && PyBytes_GET_SIZE(line) == 0)
        Py_CLEAR(line);
    return line;
}

/* --- writing --- */

/* Puts bytes into the buffer, as many as fit. */
static Py_ssize_t
put(Buffered *self, const char *source, Py_ssize_t size)
{
    Py_ssize_t room = self->buffer_bytes - self->end;
    Py_ssize_t count = size < room ? size : room;
    if (count > 0)
        memcpy(self->buffer + self->end, source, (size_t)count);
    self->end += count;
    return count;
}

/* Moves what is pending to the front of the buffer. */
static void
compact(Buffered *self)
{
    if (self->pos > 0) {
        memmove(self->buffer, self->buffer + self->pos, (size_t)(self->end - self->pos));
        self->end -= self->pos;
        self->pos = 0;
    }
}

/* The lock is held. Bytes accepted, or -1 with an exception (BlockingIOError says how many). */
static Py_ssize_t
write_bytes(Buffered *self, const char *source, Py_ssize_t size)
{
    if (self->state == READING) {
        if (drop_read_ahead(self) < 0)
            return -1;
        self->state = WRITING;
    }
    if (size <= self->buffer_bytes - self->end)
        return put(self, source, size);
    /* Too much for the buffer: write out what is there first. */
    if (flush_pending(self) < 0) {
        if (!PyErr_ExceptionMatches(PyExc_BlockingIOError))
            return -1;
        /* The stream takes no more now. Accept what the buffer can hold. */
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        compact(self);
        Py_ssize_t count = put(self, source, size);
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
        return count == size ? size : blocking_error(count);
    }
    self->state = WRITING;
    Py_ssize_t done = 0;
    while (size - done > self->buffer_bytes) {
        Py_ssize_t count = raw_write(self, source + done, size - done);
        if (count == -1)
            return -1;
        if (count == WOULD_BLOCK) {
            done += put(self, source + done, size - done);
            return blocking_error(done);
        }
        done += count;
        if (PyErr_CheckSignals() < 0)
            return -1;
    }
    return done + put(self, source + done, size - done);
}

static PyObject *
buffered_write(PyObject *object, PyObject *data)
{
    Buffered *self = CAST(object);
    Py_buffer view;
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    PyObject *result = NULL;
    if (is_usable(self) && lock_enter(self)) {
        /* Under the lock: close() may run in another thread. */
        int closed = raw_is_closed(self);
        if (closed > 0) {
            PyErr_SetString(PyExc_ValueError, "write to closed file");
        }
        else if (closed == 0) {
            Py_ssize_t count = write_bytes(self, view.buf, view.len);
            if (count >= 0)
                result = PyLong_FromSsize_t(count);
        }
        lock_leave(self);
    }
    PyBuffer_Release(&view);
    return result;
}

/* --- position --- */

/* The position callers see, from the raw one; the lock is held. */
static off_t
seen_position(Buffered *self, off_t raw)
{
    Py_ssize_t span = self->end - self->pos;
    return self->state == READING ? raw - span : raw + span;
}

static PyObject *
buffered_tell(PyObject *object, PyObject *unused)
{
    Buffered *self = CAST(object);
    if (!is_usable(self))
        return NULL;
    off_t position = raw_tell(self);
    if (position < 0)
        return NULL;
    position = seen_position(self, position);
    return PyLong_FromLongLong(position > 0 ? position : 0);
}

/* The lock is held. */
static PyObject *
seek_locked(Buffered *self, off_t target, int whence)
{
    if (whence != SEEK_END && self->state == READING && self->readable) {
        /* Inside what was read ahead, only the place in the buffer changes. */
        off_t raw = self->raw_position >= 0 ? self->raw_position : raw_tell(self);
        if (raw < 0)
            return NULL;
        off_t seen = seen_position(self, raw);
        off_t offset = whence == SEEK_SET ? target - seen : target;
        if (self->end > 0 && offset >= -(off_t)self->pos && offset <= self->end - self->pos) {
            self->pos += (Py_ssize_t)offset;
            return PyLong_FromLongLong(seen + offset);
        }
    }
    if (flush_pending(self) < 0)
        return NULL;
    if (whence == SEEK_CUR)
        target -= ready(self);
    off_t position = raw_seek(self, target, whence);
    if (position < 0)
        return NULL;
    buffer_reset(self);
    return PyLong_FromLongLong(position);
}

static PyObject *
buffered_seek(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    Buffered *self = CAST(object);
    int whence = 0;
    if (!ks_args_count("seek", nargs, 1, 2) || (nargs == 2 && !ks_arg_int(args[1], &whence)) ||
        !is_usable(self))
        return NULL;
    if (whence < 0 || (whence > 2 && whence != SEEK_HOLE && whence != SEEK_DATA)) {
        PyErr_Format(PyExc_ValueError, "whence value %d unsupported", whence);
        return NULL;
    }
    if (!is_open(self, "seek of closed file"))
        return NULL;
    KS_OWNED PyObject *able = ks_io_check_seekable(self->raw, NULL);
    if (able == NULL)
        return NULL;
    KS_OWNED PyObject *number = PyNumber_Index(args[0]);
    if (number == NULL)
        return NULL;
    off_t target = PyLong_AsLongLong(number);
    if ((target == -1 && PyErr_Occurred()) || !lock_enter(self))
        return NULL;
    PyObject *result = seek_locked(self, target, whence);
    lock_leave(self);
    return result;
}

static PyObject *
buffered_truncate(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    Buffered *self = CAST(object);
    if (!ks_args_count("truncate", nargs, 0, 1) || !is_open(self, "truncate of closed file"))
        return NULL;
    if (!self->writable)
        return ks_io_unsupport("truncate");
    if (!lock_enter(self))
        return NULL;
    PyObject *result = NULL;
    if (flush_and_rewind(self) == 0) {
        result = PyObject_CallMethodOneArg(self->raw, &_Py_ID(truncate),
                                           nargs == 1 ? args[0] : Py_None);
        /* The raw position may have changed: learn it anew. */
        if (result != NULL && raw_tell(self) < 0)
            PyErr_Clear();
    }
    lock_leave(self);
    return result;
}

/* --- types --- */

#define SHARED_METHODS                                                                        \
    METHOD_PLAIN("detach", buffered_detach, METH_NOARGS,                                      \
                 "Separate the raw stream and return it."),                                   \
    METHOD_PLAIN("close", buffered_close, METH_NOARGS, "Flush and close."),                   \
    METHOD_PLAIN("seekable", buffered_seekable, METH_NOARGS, NULL),                           \
    METHOD_PLAIN("fileno", buffered_fileno, METH_NOARGS, NULL),                               \
    METHOD_PLAIN("isatty", buffered_isatty, METH_NOARGS, NULL),                               \
    METHOD_PLAIN("_dealloc_warn", buffered_dealloc_warn, METH_O, NULL),                       \
    METHOD("seek", buffered_seek, METH_FASTCALL, "($self, target, whence=0, /)",              \
           "Move to a position and return it."),                                              \
    METHOD_PLAIN("tell", buffered_tell, METH_NOARGS, "Return the position."),                 \
    METHOD("truncate", buffered_truncate, METH_FASTCALL, "($self, pos=None, /)",              \
           "Cut or extend the file to a size, the position by default."),                     \
    METHOD_PLAIN("__sizeof__", buffered_sizeof, METH_NOARGS, NULL)

#define READ_METHODS                                                                          \
    METHOD_PLAIN("readable", buffered_readable, METH_NOARGS, NULL),                           \
    METHOD("read", buffered_read, METH_FASTCALL, "($self, size=-1, /)",                       \
           "Read and return size bytes, or all of them."),                                    \
    METHOD("peek", buffered_peek, METH_FASTCALL, "($self, size=0, /)",                        \
           "Return bytes without moving."),                                                   \
    METHOD("read1", buffered_read1, METH_FASTCALL, "($self, size=-1, /)",                     \
           "Read with at most one raw read."),                                                \
    METHOD("readinto", buffered_readinto, METH_O, "($self, buffer, /)", "Read into a buffer."), \
    METHOD("readinto1", buffered_readinto1, METH_O, "($self, buffer, /)",                     \
           "Read into a buffer with at most one raw read."),                                  \
    METHOD("readline", buffered_readline, METH_FASTCALL, "($self, size=-1, /)",               \
           "Read and return a line.")

#define WRITE_METHODS                                                                         \
    METHOD_PLAIN("writable", buffered_writable, METH_NOARGS, NULL),                           \
    METHOD("write", buffered_write, METH_O, "($self, buffer, /)",                             \
           "Write bytes and return how many were accepted.")

static PyMethodDef reader_methods[] = {
    SHARED_METHODS, READ_METHODS, METHOD_PLAIN("flush", reader_flush, METH_NOARGS, NULL), {NULL}};
static PyMethodDef writer_methods[] = {
    SHARED_METHODS, WRITE_METHODS, METHOD_PLAIN("flush", buffered_flush, METH_NOARGS, NULL),
    {NULL}};
static PyMethodDef random_methods[] = {
    SHARED_METHODS, READ_METHODS, WRITE_METHODS,
    METHOD_PLAIN("flush", buffered_flush, METH_NOARGS, NULL), {NULL}};

static PyMemberDef buffered_members[] = {
    {"raw", T_OBJECT, offsetof(Buffered, raw), READONLY},
    {"_finalizing", T_BOOL, offsetof(Buffered, finalizing), 0},
    {NULL},
};

static PyGetSetDef buffered_getset[] = {
    {"closed", buffered_get_closed, NULL, NULL},
    {"name", buffered_get_name, NULL, NULL},
    {"mode", buffered_get_mode, NULL, NULL},
    {NULL},
};

#define BUFFERED_TYPE(variable, name, doc, methods, init, next)     \
    PyTypeObject variable = {                                       \
        PyVarObject_HEAD_INIT(NULL, 0)                              \
        .tp_name = "_io." name,                                     \
        .tp_basicsize = sizeof(Buffered),                           \
        .tp_dealloc = buffered_dealloc,                             \
        .tp_repr = buffered_repr,                                   \
        .tp_flags = KS_IO_TYPE_FLAGS,                               \
        .tp_doc = PyDoc_STR(name "(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\n" doc), \
        .tp_traverse = buffered_traverse,                           \
        .tp_clear = buffered_clear,                                 \
        .tp_weaklistoffset = offsetof(Buffered, weakreflist),       \
        .tp_iternext = next,                                        \
        .tp_methods = methods,                                      \
        .tp_members = buffered_members,                             \
        .tp_getset = buffered_getset,                               \
        .tp_base = &ks_bufferediobase_type,                         \
        .tp_dictoffset = offsetof(Buffered, dict),                  \
        .tp_init = init,                                            \
        .tp_new = PyType_GenericNew,                                \
    };
BUFFERED_TYPE(ks_bufferedreader_type, "BufferedReader", "Read a raw stream through a buffer.",
              reader_methods, reader_init, buffered_iternext)
BUFFERED_TYPE(ks_bufferedwriter_type, "BufferedWriter", "Write a raw stream through a buffer.",
              writer_methods, writer_init, NULL)
BUFFERED_TYPE(ks_bufferedrandom_type, "BufferedRandom",
              "Read and write a seekable raw stream through a buffer.", random_methods,
              random_init, buffered_iternext)
