/* SPDX-License-Identifier: MIT */
/* FileIO: a file descriptor as a raw stream.
 *
 * fd is -1 when closed. System calls are made without the GIL, and again after EINTR once the
 * signal handlers have run. */
#include "ks_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pycore_fileutils.h" /* _Py_read and _Py_write handle signals and size limits */

#define CAST(self) ((KsFileIO *)(self))
#define SMALL_CHUNK KS_IO_BUFFER_BYTES

/* --- closing --- */

static int
close_fd(KsFileIO *self)
{
    int fd = self->fd, status = 0;
    if (fd < 0)
        return 0;
    self->fd = -1;
    Py_BEGIN_ALLOW_THREADS
    status = close(fd);
    Py_END_ALLOW_THREADS
    if (status < 0)
        PyErr_SetFromErrno(PyExc_OSError);
    return status;
}

int
ks_fileio_is_closed(PyObject *self)
{
    return CAST(self)->fd < 0;
}

static PyObject *fileio_dealloc_warn(PyObject *object, PyObject *source);

static PyObject *
fileio_close(PyObject *object, PyObject *unused)
{
    KsFileIO *self = CAST(object);
    PyObject *type = NULL, *value = NULL, *traceback = NULL;
    KS_OWNED PyObject *result =
        PyObject_CallMethodOneArg((PyObject *)&ks_rawiobase_type, &_Py_ID(close), object);
    if (!self->closefd) {
        self->fd = -1;
        return ks_give(&result);
    }
    if (result == NULL)
        PyErr_Fetch(&type, &value, &traceback);
    if (self->finalizing) {
        PyObject *ignored = fileio_dealloc_warn(object, object);
        if (ignored != NULL)
            Py_DECREF(ignored);
        else
            PyErr_Clear();
    }
    int status = close_fd(self);
    if (result == NULL)
        _PyErr_ChainExceptions(type, value, traceback);
    return status < 0 ? NULL : ks_give(&result);
}

static PyObject *
fileio_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    KsFileIO *self = CAST(type->tp_alloc(type, 0));
    if (self != NULL) {
        self->fd = -1;
        self->created = self->readable = self->writable = self->appending = 0;
        self->seekable = -1;
        self->block_bytes = 0;
        self->closefd = 1;
        self->weakreflist = NULL;
    }
    return (PyObject *)self;
}

static void
fileio_dealloc(PyObject *object)
{
    KsFileIO *self = CAST(object);
    self->finalizing = 1;
    if (ks_iobase_finalize(object) < 0)
        return;
    PyObject_GC_UnTrack(self);
    if (self->weakreflist != NULL)
        PyObject_ClearWeakRefs(object);
    Py_CLEAR(self->dict);
    Py_TYPE(self)->tp_free(object);
}

static int
fileio_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(CAST(self)->dict);
    return 0;
}

static int
fileio_clear(PyObject *self)
{
    Py_CLEAR(CAST(self)->dict);
    return 0;
}

static PyObject *
fileio_dealloc_warn(PyObject *object, PyObject *source)
{
    KsFileIO *self = CAST(object);
    if (self->fd >= 0 && self->closefd) {
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        if (PyErr_ResourceWarning(source, 1, "unclosed file %R", source) < 0 &&
            PyErr_ExceptionMatches(PyExc_Warning))
            PyErr_WriteUnraisable(object);
        PyErr_Restore(type, value, traceback);
    }
    Py_RETURN_NONE;
}

/* --- opening --- */

/* open(2) flags of a mode string; -1 with ValueError. */
static int
mode_flags(KsFileIO *self, const char *mode)
{
    int flags = 0, kinds = 0, plus = 0;
    for (const char *p = mode; *p; p++) {
        switch (*p) {
        case 'x':
            kinds++;
            self->created = self->writable = 1;
            flags |= O_EXCL | O_CREAT;
            break;
        case 'r':
            kinds++;
            self->readable = 1;
            break;
        case 'w':
            kinds++;
            self->writable = 1;
            flags |= O_CREAT | O_TRUNC;
            break;
        case 'a':
            kinds++;
            self->writable = self->appending = 1;
            flags |= O_APPEND | O_CREAT;
            break;
        case 'b':
            break;
        case '+':
            if (plus++)
                goto bad;
            self->readable = self->writable = 1;
            break;
        default:
            PyErr_Format(PyExc_ValueError, "invalid mode: %.200s", mode);
            return -1;
        }
        if (kinds > 1)
            goto bad;
    }
    if (kinds == 0)
        goto bad;
    flags |= self->readable && self->writable ? O_RDWR : self->readable ? O_RDONLY : O_WRONLY;
    return flags | O_CLOEXEC;
bad:
    PyErr_SetString(PyExc_ValueError, "Must have exactly one of create/read/write/append mode "
                                      "and at most one plus");
    return -1;
}

/* Opens by name; -1 with an exception. */
static int
open_name(KsFileIO *self, PyObject *name, PyObject *path, int flags, PyObject *opener)
{
    int fd;
    if (opener != Py_None) {
        KS_OWNED PyObject *result = PyObject_CallFunction(opener, "Oi", name, flags);
        if (result == NULL)
            return -1;
        if (!PyLong_Check(result)) {
            PyErr_SetString(PyExc_TypeError, "expected integer from opener");
            return -1;
        }
        fd = _PyLong_AsInt(result);
        if (fd < 0) {
            /* An exception when the number was too large, ours when it was just no descriptor. */
            if (!PyErr_Occurred())
                PyErr_Format(PyExc_ValueError, "opener returned %d", fd);
            return -1;
        }
        return _Py_set_inheritable(fd, 0, NULL) < 0 ? -1 : fd;
    }
    int interrupted = 0;
    do {
        Py_BEGIN_ALLOW_THREADS
        fd = open(PyBytes_AS_STRING(path), flags, 0666);
        Py_END_ALLOW_THREADS
    } while (fd < 0 && errno == EINTR && !(interrupted = PyErr_CheckSignals() < 0));
    if (fd < 0 && !interrupted)
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, name);
    return fd;
}

typedef struct FileArgs {
    PyObject *file;
    const char *mode;
    int closefd;
    PyObject *opener;
} FileArgs;

/* The descriptor in the first argument; -1 if it is a name instead, -2 with an exception. */
static int
given_fd(PyObject *file)
{
    if (PyFloat_Check(file)) {
        PyErr_SetString(PyExc_TypeError, "integer argument expected, got float");
        return -2;
    }
    int fd = _PyLong_AsInt(file);
    if (fd >= 0)
        return fd;
    if (!PyErr_Occurred()) {
        PyErr_SetString(PyExc_ValueError, "negative file descriptor");
        return -2;
    }
    PyErr_Clear();
    return -1;
}

/* Refuses directories and learns the block size; -1 with an exception. */
static int
inspect(KsFileIO *self, PyObject *name)
{
    struct stat info;
    int status;
    Py_BEGIN_ALLOW_THREADS
    status = fstat(self->fd, &info);
    Py_END_ALLOW_THREADS
    self->block_bytes = KS_IO_BUFFER_BYTES;
    if (status < 0) {
        if (errno != EBADF)
            return 0; /* an odd file system: go on without */
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    if (S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, name);
        return -1;
    }
    if (info.st_blksize > 1)
        self->block_bytes = (unsigned int)info.st_blksize;
    return 0;
}

static PyObject *file_seek(KsFileIO *self, PyObject *position, int whence, int quiet);

static int
fileio_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static const KsParam params[] = {
        PARAM(FileArgs, file, ARG_OBJECT, 1), PARAM(FileArgs, mode, ARG_TEXT, 0),
        PARAM(FileArgs, closefd, ARG_BOOL, 0), PARAM(FileArgs, opener, ARG_OBJECT, 0), PARAM_END};
    FileArgs given = {NULL, "r", 1, Py_None};
    KsFileIO *self = CAST(object);
    if (!ks_args_parse_tuple("FileIO", params, args, kwargs, &given))
        return -1;
    if (self->fd >= 0) {
        if (self->closefd && close_fd(self) < 0)
            return -1;
        self->fd = -1;
    }
    int fd = given_fd(given.file);
    if (fd == -2)
        return -1;
    KS_OWNED PyObject *path = NULL;
    if (fd < 0 && !PyUnicode_FSConverter(given.file, &path))
        return -1;
    self->created = self->readable = self->writable = self->appending = 0;
    self->seekable = -1;
    int flags = mode_flags(self, given.mode);
    if (flags < 0 || PySys_Audit("open", "Osi", given.file, given.mode, flags) < 0)
        return -1;
    int is_own = 0;
    if (fd >= 0) {
        self->fd = fd;
        self->closefd = (unsigned)given.closefd;
    }
    else {
        self->closefd = 1;
        if (!given.closefd) {
            PyErr_SetString(PyExc_ValueError, "Cannot use closefd=False with file name");
            return -1;
        }
        self->fd = open_name(self, given.file, path, flags, given.opener);
        if (self->fd < 0) {
            self->fd = -1;
            return -1;
        }
        is_own = 1;
    }
    if (inspect(self, given.file) < 0 ||
        PyObject_SetAttr(object, &_Py_ID(name), given.file) < 0)
        goto failed;
    if (self->appending) {
        /* So that tell() answers right before anything is written; pipes have no position. */
        KS_OWNED PyObject *position = file_seek(self, NULL, SEEK_END, 1);
        if (position == NULL)
            goto failed;
    }
    return 0;
failed:
    /* A descriptor that the caller gave stays open: it is still the caller's. */
    if (!is_own) {
        self->fd = -1;
    }
    else {
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        close_fd(self);
        _PyErr_ChainExceptions(type, value, traceback);
    }
    return -1;
}

/* --- state --- */

static PyObject *
closed_error(void)
{
    PyErr_SetString(PyExc_ValueError, "I/O operation on closed file");
    return NULL;
}

static PyObject *
mode_error(const char *action)
{
    PyErr_Format(ks_io_unsupported(), "File not open for %s", action);
    return NULL;
}

static PyObject *
fileio_fileno(PyObject *self, PyObject *unused)
{
    return CAST(self)->fd < 0 ? closed_error() : PyLong_FromLong(CAST(self)->fd);
}

static PyObject *
fileio_readable(PyObject *self, PyObject *unused)
{
    return CAST(self)->fd < 0 ? closed_error() : PyBool_FromLong(CAST(self)->readable);
}

static PyObject *
fileio_writable(PyObject *self, PyObject *unused)
{
    return CAST(self)->fd < 0 ? closed_error() : PyBool_FromLong(CAST(self)->writable);
}

static PyObject *
fileio_seekable(PyObject *object, PyObject *unused)
{
    KsFileIO *self = CAST(object);
    if (self->fd < 0)
        return closed_error();
    if (self->seekable < 0) {
        KS_OWNED PyObject *position = file_seek(self, NULL, SEEK_CUR, 0);
        if (position == NULL)
            PyErr_Clear();
    }
    return PyBool_FromLong(self->seekable > 0);
}

static PyObject *
fileio_isatty(PyObject *object, PyObject *unused)
{
    int fd = CAST(object)->fd, answer;
    if (fd < 0)
        return closed_error();
    Py_BEGIN_ALLOW_THREADS
    answer = isatty(fd);
    Py_END_ALLOW_THREADS
    return PyBool_FromLong(answer);
}

/* --- reading --- */

static PyObject *
fileio_readinto(PyObject *object, PyObject *target)
{
    KsFileIO *self = CAST(object);
    if (self->fd < 0)
        return closed_error();
    if (!self->readable)
        return mode_error("reading");
    Py_buffer view;
    if (PyObject_GetBuffer(target, &view, PyBUF_WRITABLE) < 0) {
        if (PyErr_ExceptionMatches(PyExc_BufferError) || PyErr_ExceptionMatches(PyExc_TypeError)) {
            PyErr_Clear();
            PyErr_Format(PyExc_TypeError,
                         "readinto() argument must be read-write bytes-like object, not %.50s",
                         Py_TYPE(target)->tp_name);
        }
        return NULL;
    }
    Py_ssize_t got = _Py_read(self->fd, view.buf, (size_t)view.len);
    int error = errno;
    PyBuffer_Release(&view);
    if (got == -1) {
        if (error != EAGAIN)
            return NULL;
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    return PyLong_FromSsize_t(got);
}

/* The next buffer size when reading all of a file of unknown length. */
static size_t
grown(size_t size)
{
    size_t more = size > 65536 ? size >> 3 : size + 256;
    return size + (more < SMALL_CHUNK ? SMALL_CHUNK : more);
}

static PyObject *
fileio_readall(PyObject *object, PyObject *unused)
{
    KsFileIO *self = CAST(object);
    if (self->fd < 0)
        return closed_error();
    struct stat info;
    off_t position = 0;
    int status;
    Py_BEGIN_ALLOW_THREADS
    position = lseek(self->fd, 0, SEEK_CUR);
    status = fstat(self->fd, &info);
    Py_END_ALLOW_THREADS
    size_t size = SMALL_CHUNK;
    /* One more than the rest of the file: the last read then sees the end without growing. */
    if (status == 0 && info.st_size >= position && position >= 0 &&
        info.st_size - position < PY_SSIZE_T_MAX - 1)
        size = (size_t)(info.st_size - position) + 1;
    PyObject *result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
    Py_ssize_t got = 0;
    while (result != NULL) {
        if (got >= PyBytes_GET_SIZE(result)) {
            size_t larger = grown((size_t)got);
            if (larger > (size_t)PY_SSIZE_T_MAX || larger <= (size_t)got) {
                PyErr_SetString(PyExc_OverflowError,
                                "unbounded read returned more bytes than a Python bytes object "
                                "can hold");
                Py_CLEAR(result);
                break;
            }
            if (_PyBytes_Resize(&result, (Py_ssize_t)larger) < 0)
                break;
        }
        Py_ssize_t count = _Py_read(self->fd, PyBytes_AS_STRING(result) + got,
                                    (size_t)(PyBytes_GET_SIZE(result) - got));
        if (count == 0)
            break;
        if (count == -1) {
            if (errno != EAGAIN) {
                Py_CLEAR(result);
                break;
            }
            PyErr_Clear();
            if (got > 0)
                break;
            Py_DECREF(result);
            Py_RETURN_NONE;
        }
        got += count;
    }
    if (result != NULL && got < PyBytes_GET_SIZE(result))
        _PyBytes_Resize(&result, got);
    return result;
}

static PyObject *
fileio_read(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    KsFileIO *self = CAST(object);
    Py_ssize_t size = -1;
    if (!ks_args_count("read", nargs, 0, 1) || (nargs == 1 && !ks_io_size(args[0], &size)))
        return NULL;
    if (self->fd < 0)
        return closed_error();
    if (!self->readable)
        return mode_error("reading");
    if (size < 0)
        return fileio_readall(object, NULL);
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, size);
    if (bytes == NULL)
        return NULL;
    Py_ssize_t got = _Py_read(self->fd, PyBytes_AS_STRING(bytes), (size_t)size);
    if (got == -1) {
        int error = errno;
        Py_DECREF(bytes);
        if (error != EAGAIN)
            return NULL;
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    if (got != size)
        _PyBytes_Resize(&bytes, got);
    return bytes;
}

/* --- writing --- */

static PyObject *
fileio_write(PyObject *object, PyObject *data)
{
    KsFileIO *self = CAST(object);
    if (self->fd < 0)
        return closed_error();
    if (!self->writable)
        return mode_error("writing");
    Py_buffer view;
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    Py_ssize_t count = _Py_write(self->fd, view.buf, (size_t)view.len);
    int error = errno;
    PyBuffer_Release(&view);
    if (count < 0) {
        if (error != EAGAIN)
            return NULL;
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    return PyLong_FromSsize_t(count);
}

/* --- position --- */

/* quiet: a stream that cannot seek is no error, and the answer 0. */
static PyObject *
file_seek(KsFileIO *self, PyObject *offset, int whence, int quiet)
{
    off_t position = 0;
    if (offset != NULL) {
        if (PyFloat_Check(offset)) {
            PyErr_SetString(PyExc_TypeError, "an integer is required");
            return NULL;
        }
        KS_OWNED PyObject *number = PyNumber_Index(offset);
        if (number == NULL)
            return NULL;
        position = PyLong_AsLongLong(number);
        if (position == -1 && PyErr_Occurred())
            return NULL;
    }
    off_t result;
    Py_BEGIN_ALLOW_THREADS
    result = lseek(self->fd, position, whence);
    Py_END_ALLOW_THREADS
    if (self->seekable < 0)
        self->seekable = result >= 0 ? 1 : 0;
    if (result < 0) {
        if (quiet && errno == ESPIPE)
            return PyLong_FromLong(0);
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    return PyLong_FromLongLong(result);
}

static PyObject *
fileio_seek(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    int whence = 0;
    if (!ks_args_count("seek", nargs, 1, 2) || (nargs == 2 && !ks_arg_int(args[1], &whence)))
        return NULL;
    if (CAST(object)->fd < 0)
        return closed_error();
    return file_seek(CAST(object), args[0], whence, 0);
}

static PyObject *
fileio_tell(PyObject *object, PyObject *unused)
{
    if (CAST(object)->fd < 0)
        return closed_error();
    return file_seek(CAST(object), NULL, SEEK_CUR, 0);
}

static PyObject *
fileio_truncate(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    KsFileIO *self = CAST(object);
    if (!ks_args_count("truncate", nargs, 0, 1))
        return NULL;
    if (self->fd < 0)
        return closed_error();
    if (!self->writable)
        return mode_error("writing");
    KS_OWNED PyObject *size = nargs == 1 && args[0] != Py_None
        ? Py_NewRef(args[0])
        : file_seek(self, NULL, SEEK_CUR, 0);
    if (size == NULL)
        return NULL;
    off_t length = PyLong_AsLongLong(size);
    if (length == -1 && PyErr_Occurred())
        return NULL;
    int status;
    Py_BEGIN_ALLOW_THREADS
    errno = 0;
    status = ftruncate(self->fd, length);
    Py_END_ALLOW_THREADS
    return status == 0 ? ks_give(&size) : PyErr_SetFromErrno(PyExc_OSError);
}

/* --- description --- */

static const char *
mode_text(KsFileIO *self)
{
    if (self->created)
        return self->readable ? "xb+" : "xb";
    if (self->appending)
        return self->readable ? "ab+" : "ab";
    if (self->readable)
        return self->writable ? "rb+" : "rb";
    return "wb";
}

static PyObject *
fileio_repr(PyObject *object)
{
    KsFileIO *self = CAST(object);
    if (self->fd < 0)
        return PyUnicode_FromFormat("<_io.FileIO [closed]>");
    PyObject *found;
    if (_PyObject_LookupAttr(object, &_Py_ID(name), &found) < 0)
        return NULL;
    KS_OWNED PyObject *name = found;
    const char *closefd = self->closefd ? "True" : "False";
    if (name == NULL)
        return PyUnicode_FromFormat("<_io.FileIO fd=%d mode='%s' closefd=%s>", self->fd,
                                    mode_text(self), closefd);
    int is_nested = Py_ReprEnter(object);
    if (is_nested != 0) {
        if (is_nested > 0)
            PyErr_Format(PyExc_RuntimeError, "reentrant call inside %s.__repr__",
                         Py_TYPE(self)->tp_name);
        return NULL;
    }
    PyObject *text = PyUnicode_FromFormat("<_io.FileIO name=%R mode='%s' closefd=%s>", name,
                                          mode_text(self), closefd);
    Py_ReprLeave(object);
    return text;
}

static PyObject *
fileio_get_closed(PyObject *self, void *closure)
{
    return PyBool_FromLong(CAST(self)->fd < 0);
}

static PyObject *
fileio_get_closefd(PyObject *self, void *closure)
{
    return PyBool_FromLong(CAST(self)->closefd);
}

static PyObject *
fileio_get_mode(PyObject *self, void *closure)
{
    return PyUnicode_FromString(mode_text(CAST(self)));
}

static PyMethodDef fileio_methods[] = {
    METHOD("read", fileio_read, METH_FASTCALL, "($self, size=-1, /)",
           "Read at most size bytes in one system call; all of the file without a size."),
    METHOD("readall", fileio_readall, METH_NOARGS, "($self, /)", "Read until the end."),
    METHOD("readinto", fileio_readinto, METH_O, "($self, buffer, /)",
           "Read into a buffer; None when there is nothing yet."),
    METHOD("write", fileio_write, METH_O, "($self, b, /)",
           "Write in one system call and return the number of bytes written."),
    METHOD("seek", fileio_seek, METH_FASTCALL, "($self, pos, whence=0, /)",
           "Move to a position and return it."),
    METHOD("tell", fileio_tell, METH_NOARGS, "($self, /)", "Return the position."),
    METHOD("truncate", fileio_truncate, METH_FASTCALL, "($self, size=None, /)",
           "Cut or extend the file to a size, the position by default."),
    METHOD("close", fileio_close, METH_NOARGS, "($self, /)", "Close the file."),
    METHOD("seekable", fileio_seekable, METH_NOARGS, "($self, /)", "Can the file seek?"),
    METHOD("readable", fileio_readable, METH_NOARGS, "($self, /)", "Was it opened for reading?"),
    METHOD("writable", fileio_writable, METH_NOARGS, "($self, /)", "Was it opened for writing?"),
    METHOD("fileno", fileio_fileno, METH_NOARGS, "($self, /)", "Return the descriptor."),
    METHOD("isatty", fileio_isatty, METH_NOARGS, "($self, /)", "Is it a terminal?"),
    METHOD_PLAIN("_dealloc_warn", fileio_dealloc_warn, METH_O, NULL),
    {NULL},
};

static PyGetSetDef fileio_getset[] = {
    {"closed", fileio_get_closed, NULL, "True if the file is closed"},
    {"closefd", fileio_get_closefd, NULL,
     "True if the file descriptor will be closed by close()."},
    {"mode", fileio_get_mode, NULL, "String giving the file mode"},
    {NULL},
};

static PyMemberDef fileio_members[] = {
    {"_blksize", T_UINT, offsetof(KsFileIO, block_bytes), 0},
    {"_finalizing", T_BOOL, offsetof(KsFileIO, finalizing), 0},
    {NULL},
};

PyTypeObject ks_fileio_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_io.FileIO",
    .tp_basicsize = sizeof(KsFileIO),
    .tp_dealloc = fileio_dealloc,
    .tp_repr = fileio_repr,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = KS_IO_TYPE_FLAGS,
    .tp_doc = PyDoc_STR("FileIO(file, mode='r', closefd=True, opener=None)\n--\n\n"
                        "Open a file as a raw binary stream."),
    .tp_traverse = fileio_traverse,
    .tp_clear = fileio_clear,
    .tp_weaklistoffset = offsetof(KsFileIO, weakreflist),
    .tp_methods = fileio_methods,
    .tp_members = fileio_members,
    .tp_getset = fileio_getset,
    .tp_base = &ks_rawiobase_type,
    .tp_dictoffset = offsetof(KsFileIO, dict),
    .tp_init = fileio_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = fileio_new,
    .tp_free = PyObject_GC_Del,
};
