/* SPDX-License-Identifier: MIT */
/* Opening descriptors and moving bytes through them: open, read, write, their positioned and
 * vectored forms, lseek, and the calls that copy between descriptors inside the kernel. */
#define _GNU_SOURCE
#include "ks_posix.h"

#include <errno.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>
#include "pycore_fileutils.h"

typedef struct Call {
    PyObject *path, *dir_fd, *offset, *count, *offset_src, *offset_dst;
    Py_ssize_t size;
    int fd, flags, mode, src, dst, out_fd, in_fd;
    PyObject *flags_object;
} Call;

/* --- open and read ----------------------------------------------------------------------------------- */

static PyObject *
posix_open(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {
        PARAM(Call, path, ARG_OBJECT, 1), PARAM(Call, flags, ARG_INT, 1),
        PARAM(Call, mode, ARG_INT, 0), PARAM_KWONLY(Call, dir_fd, ARG_OBJECT, 0), PARAM_END};
    Call call = {.mode = 0777};
    KS_PATH path = PATH_ARG("open", "path");
    int dir_fd;
    if (!ks_args_parse("open", params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) || !ks_dir_fd_set(call.dir_fd, &dir_fd))
        return NULL;
    int flags = call.flags | O_CLOEXEC;
    if (PySys_Audit("open", "OOi", path.object, Py_None, flags) < 0)
        return NULL;
    int fd, handler_failed = 0;
    KS_SYSCALL(fd, handler_failed, openat(dir_fd, path.text, flags, call.mode));
    if (fd < 0)
        return handler_failed ? NULL : ks_path_error(&path);
    return PyLong_FromLong(fd);
}

static PyObject *
posix_read(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int fd;
    Py_ssize_t length;
    if (!ks_args_count("read", nargs, 2, 2) || !ks_arg_int(args[0], &fd) ||
        !ks_arg_index(args[1], &length))
        return NULL;
    if (length < 0) {
        errno = EINVAL;
        return ks_posix_error();
    }
    length = Py_MIN(length, _PY_READ_MAX);
    PyObject *buffer = PyBytes_FromStringAndSize(NULL, length);
    if (buffer == NULL)
        return NULL;
    Py_ssize_t got = _Py_read(fd, PyBytes_AS_STRING(buffer), (size_t)length);
    if (got == -1) {
        Py_DECREF(buffer);
        return NULL;
    }
    if (got != length)
        _PyBytes_Resize(&buffer, got);
    return buffer;
}

/* A readable or writable view; y* and w* of argument formats. */
static int
take_buffer(PyObject *arg, Py_buffer *view)
{
    if (PyObject_GetBuffer(arg, view, PyBUF_SIMPLE) < 0)
        return 0;
    return 1;
}

static PyObject *
posix_write(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int fd;
    Py_buffer view;
    if (!ks_args_count("write", nargs, 2, 2) || !ks_arg_int(args[0], &fd) ||
        !take_buffer(args[1], &view))
        return NULL;
    Py_ssize_t written = _Py_write(fd, view.buf, (size_t)view.len);
    PyBuffer_Release(&view);
    return written == -1 ? NULL : PyLong_FromSsize_t(written);
}

static PyObject *
posix_pread(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int fd;
    Py_ssize_t length;
    off_t offset;
    if (!ks_args_count("pread", nargs, 3, 3) || !ks_arg_int(args[0], &fd) ||
        !ks_arg_index(args[1], &length) || !ks_arg_off(args[2], &offset))
        return NULL;
    if (length < 0) {
        errno = EINVAL;
        return ks_posix_error();
    }
    PyObject *buffer = PyBytes_FromStringAndSize(NULL, length);
    if (buffer == NULL)
        return NULL;
    ssize_t got;
    int handler_failed = 0;
    KS_SYSCALL(got, handler_failed, pread(fd, PyBytes_AS_STRING(buffer), (size_t)length, offset));
    if (got < 0) {
        Py_DECREF(buffer);
        return handler_failed ? NULL : ks_posix_error();
    }
    if (got != length)
        _PyBytes_Resize(&buffer, got);
    return buffer;
}

static PyObject *
posix_pwrite(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int fd;
    off_t offset;
    Py_buffer view;
    if (!ks_args_count("pwrite", nargs, 3, 3) || !ks_arg_int(args[0], &fd) ||
        !take_buffer(args[1], &view))
        return NULL;
    ssize_t written = -1;
    int handler_failed = 0;
    if (!ks_arg_off(args[2], &offset))
        handler_failed = 1;
    else
        KS_SYSCALL(written, handler_failed, pwrite(fd, view.buf, (size_t)view.len, offset));
    int saved = errno;
    PyBuffer_Release(&view);
    errno = saved;
    if (written < 0)
        return handler_failed ? NULL : ks_posix_error();
    return PyLong_FromSsize_t(written);
}

static PyObject *
posix_lseek(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int fd, how;
    off_t position;
    if (!ks_args_count("lseek", nargs, 3, 3) || !ks_arg_int(args[0], &fd) ||
        !ks_arg_off(args[1], &position) || !ks_arg_int(args[2], &how))
        return NULL;
    off_t result;
    Py_BEGIN_ALLOW_THREADS
    result = lseek(fd, position, how);
    Py_END_ALLOW_THREADS
    return result < 0 ? ks_posix_error() : PyLong_FromLongLong(result);
}

/* --- Vectors of buffers -------------------------------------------------------------------------------- */

typedef struct Vector {
    struct iovec *parts;
    Py_buffer *views;
    Py_ssize_t count;
    Py_ssize_t total;
} Vector;

static void
vector_free(Vector *vector)
{
    int saved = errno;
    for (Py_ssize_t i = 0; i < vector->count; i++)
        PyBuffer_Release(&vector->views[i]);
    PyMem_Free(vector->parts);
    PyMem_Free(vector->views);
    errno = saved;
}

static int
vector_fill(Vector *vector, const char *function, PyObject *sequence, int flags)
{
    *vector = (Vector){NULL, NULL, 0, 0};
    if (!PySequence_Check(sequence)) {
        PyErr_Format(PyExc_TypeError, "%s() arg 2 must be a sequence", function);
        return 0;
    }
    Py_ssize_t length = PySequence_Size(sequence);
    if (length < 0)
        return 0;
    vector->parts = PyMem_New(struct iovec, length);
    vector->views = PyMem_New(Py_buffer, length);
    if (vector->parts == NULL || vector->views == NULL) {
        PyErr_NoMemory();
        vector_free(vector);
        return 0;
    }
    while (vector->count < length) {
        KS_OWNED PyObject *item = PySequence_GetItem(sequence, vector->count);
        Py_buffer *view = &vector->views[vector->count];
        if (item == NULL || PyObject_GetBuffer(item, view, flags) < 0) {
            vector_free(vector);
            return 0;
        }
        vector->parts[vector->count] = (struct iovec){view->buf, (size_t)view->len};
        vector->total += view->len;
        vector->count++;
    }
    return 1;
}

static PyObject *
vector_done(Vector *vector, ssize_t result, int handler_failed)
{
    vector_free(vector);
    if (result < 0)
        return handler_failed ? NULL : ks_posix_error();
    return PyLong_FromSsize_t(result);
}

static PyObject *
posix_readv(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int fd;
    Vector vector;
    if (!ks_args_count("readv", nargs, 2, 2) || !ks_arg_int(args[0], &fd) ||
        !vector_fill(&vector, "readv", args[1], PyBUF_WRITABLE))
        return NULL;
    ssize_t result;
    int handler_failed = 0;
    KS_SYSCALL(result, handler_failed, readv(fd, vector.parts, (int)vector.count));
    return vector_done(&vector, result, handler_failed);
}

static PyObject *
posix_writev(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int fd;
    Vector vector;
    if (!ks_args_count("writev", nargs, 2, 2) || !ks_arg_int(args[0], &fd) ||
        !vector_fill(&vector, "writev", args[1], PyBUF_SIMPLE))
        return NULL;
    ssize_t result;
    int handler_failed = 0;
    KS_SYSCALL(result, handler_failed, writev(fd, vector.parts, (int)vector.count));
    return vector_done(&vector, result, handler_failed);
}

static PyObject *
posix_preadv(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int fd, flags = 0;
    off_t offset;
    Vector vector;
    if (!ks_args_count("preadv", nargs, 3, 4) || !ks_arg_int(args[0], &fd) ||
        !ks_arg_off(args[2], &offset) || (nargs > 3 && !ks_arg_int(args[3], &flags)) ||
        !vector_fill(&vector, "preadv2", args[1], PyBUF_WRITABLE))
        return NULL;
    ssize_t result;
    int handler_failed = 0;
    KS_SYSCALL(result, handler_failed,
               preadv2(fd, vector.parts, (int)vector.count, offset, flags));
    return vector_done(&vector, result, handler_failed);
}

static PyObject *
posix_pwritev(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int fd, flags = 0;
    off_t offset;
    Vector vector;
    if (!ks_args_count("pwritev", nargs, 3, 4) || !ks_arg_int(args[0], &fd) ||
        !ks_arg_off(args[2], &offset) || (nargs > 3 && !ks_arg_int(args[3], &flags)) ||
        !vector_fill(&vector, "pwritev", args[1], PyBUF_SIMPLE))
        return NULL;
    ssize_t result;
    int handler_failed = 0;
    KS_SYSCALL(result, handler_failed,
               pwritev2(fd, vector.parts, (int)vector.count, offset, flags));
    return vector_done(&vector, result, handler_failed);
}

/* --- Copies inside the kernel --------------------------------------------------------------------------- */

static PyObject *
posix_sendfile(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {
        PARAM(Call, out_fd, ARG_INT, 1), PARAM(Call, in_fd, ARG_INT, 1),
        PARAM(Call, offset, ARG_OBJECT, 1), PARAM_NAMED(Call, size, "count", ARG_INDEX, 1),
        PARAM_END};
    Call call = {0};
    off_t offset = 0;
    if (!ks_args_parse("sendfile", params, args, nargs, kwnames, &call) ||
        (call.offset != Py_None && !ks_arg_off(call.offset, &offset)))
        return NULL;
    off_t *from = call.offset != Py_None ? &offset : NULL;
    ssize_t result;
    int handler_failed = 0;
    KS_SYSCALL(result, handler_failed, sendfile(call.out_fd, call.in_fd, from, (size_t)call.size));
    if (result < 0)
        return handler_failed ? NULL : ks_posix_error();
    return PyLong_FromSsize_t(result);
}

static const KsParam copy_params[] = {
    PARAM(Call, src, ARG_INT, 1), PARAM(Call, dst, ARG_INT, 1),
    PARAM_NAMED(Call, size, "count", ARG_INDEX, 1), PARAM(Call, offset_src, ARG_OBJECT, 0),
    PARAM(Call, offset_dst, ARG_OBJECT, 0), PARAM_END};

static const KsParam splice_params[] = {
    PARAM(Call, src, ARG_INT, 1), PARAM(Call, dst, ARG_INT, 1),
    PARAM_NAMED(Call, size, "count", ARG_INDEX, 1), PARAM(Call, offset_src, ARG_OBJECT, 0),
    PARAM(Call, offset_dst, ARG_OBJECT, 0), PARAM_NAMED(Call, flags_object, "flags", ARG_OBJECT, 0),
    PARAM_END};

/* An offset that may be None: *place is NULL then. */
static int
take_offset(PyObject *arg, off_t *value, off_t **place)
{
    *place = NULL;
    if (arg == NULL || arg == Py_None)
        return 1;
    *place = value;
    return ks_arg_off(arg, value);
}

static PyObject *
copy_between(const char *function, const KsParam *params, int is_splice, PyObject *const *args,
             Py_ssize_t nargs, PyObject *kwnames)
{
    Call call = {0};
    unsigned int flags = 0;
    off_t from, to, *from_place, *to_place;
    if (!ks_args_parse(function, params, args, nargs, kwnames, &call))
        return NULL;
    if (call.flags_object != NULL) {
        unsigned long value = PyLong_AsUnsignedLong(call.flags_object);
        if (value == (unsigned long)-1 && PyErr_Occurred())
            return NULL;
        if (value > UINT_MAX) {
            PyErr_SetString(PyExc_OverflowError, "Python int too large for C unsigned int");
            return NULL;
        }
        flags = (unsigned int)value;
    }
    if (call.size < 0) {
        PyErr_SetString(PyExc_ValueError, "negative value for 'count' not allowed");
        return NULL;
    }
    if (!take_offset(call.offset_src, &from, &from_place) ||
        !take_offset(call.offset_dst, &to, &to_place))
        return NULL;
    ssize_t result;
    int handler_failed = 0;
    if (is_splice)
        KS_SYSCALL(result, handler_failed,
                   splice(call.src, from_place, call.dst, to_place, (size_t)call.size, flags));
    else
        KS_SYSCALL(result, handler_failed,
                   copy_file_range(call.src, from_place, call.dst, to_place, (size_t)call.size, 0));
    if (result < 0)
        return handler_failed ? NULL : ks_posix_error();
    return PyLong_FromSsize_t(result);
}

static PyObject *
posix_copy_file_range(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return copy_between("copy_file_range", copy_params, 0, args, nargs, kwnames);
}

static PyObject *
posix_splice(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return copy_between("splice", splice_params, 1, args, nargs, kwnames);
}

/* --- Length and storage ----------------------------------------------------------------------------------- */

static PyObject *
posix_ftruncate(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int fd;
    off_t length;
    if (!ks_args_count("ftruncate", nargs, 2, 2) || !ks_arg_int(args[0], &fd) ||
        !ks_arg_off(args[1], &length) || PySys_Audit("os.truncate", "in", fd, (Py_ssize_t)length) < 0)
        return NULL;
    int result, handler_failed = 0;
    KS_SYSCALL(result, handler_failed, ftruncate(fd, length));
    return handler_failed ? NULL : ks_posix_done(result);
}

static PyObject *
posix_truncate(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, path, ARG_OBJECT, 1),
                                     PARAM_NAMED(Call, offset, "length", ARG_OBJECT, 1), PARAM_END};
    Call call = {0};
    KS_PATH path = PATH_OR_FD("truncate", "path");
    off_t length;
    if (!ks_args_parse("truncate", params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) || !ks_arg_off(call.offset, &length))
        return NULL;
    if (path.fd != -1)
        return posix_ftruncate(module, (PyObject *[]){path.object, call.offset}, 2);
    if (PySys_Audit("os.truncate", "On", path.object, (Py_ssize_t)length) < 0)
        return NULL;
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = truncate(path.text, length);
    Py_END_ALLOW_THREADS
    return ks_path_done(result, &path);
}

/* Two calls that return their error instead of setting errno. */
static PyObject *
storage_call(const char *name, int is_advice, PyObject *const *args, Py_ssize_t nargs)
{
    int fd, advice = 0;
    off_t offset, length;
    if (!ks_args_count(name, nargs, 3 + is_advice, 3 + is_advice) || !ks_arg_int(args[0], &fd) ||
        !ks_arg_off(args[1], &offset) || !ks_arg_off(args[2], &length) ||
        (is_advice && !ks_arg_int(args[3], &advice)))
        return NULL;
    int result, handler_failed = 0;
    do {
        Py_BEGIN_ALLOW_THREADS
        result = is_advice ? posix_fadvise(fd, offset, length, advice)
                           : posix_fallocate(fd, offset, length);
        Py_END_ALLOW_THREADS
        errno = result;
    } while (result == EINTR && ks_interrupted(&handler_failed));
    if (handler_failed)
        return NULL;
    errno = result;
    return ks_posix_done(-(result != 0));
}

static PyObject *
posix_fallocate_method(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    return storage_call("posix_fallocate", 0, args, nargs);
}

static PyObject *
posix_fadvise_method(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    return storage_call("posix_fadvise", 1, args, nargs);
}

PyMethodDef ks_file_methods[] = {
    METHOD("open", posix_open, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path, flags, mode=511, *, dir_fd=None)",
           "Open a file; returns its descriptor, which children do not inherit."),
    METHOD("read", posix_read, METH_FASTCALL, "($module, fd, length, /)",
           "Read at most length bytes."),
    METHOD("write", posix_write, METH_FASTCALL, "($module, fd, data, /)",
           "Write data; returns how many bytes were taken."),
    METHOD("pread", posix_pread, METH_FASTCALL, "($module, fd, length, offset, /)",
           "Read from an offset; the position stays where it is."),
    METHOD("pwrite", posix_pwrite, METH_FASTCALL, "($module, fd, buffer, offset, /)",
           "Write at an offset; the position stays where it is."),
    METHOD("lseek", posix_lseek, METH_FASTCALL, "($module, fd, position, how, /)",
           "Set the position; returns the new one."),
    METHOD("readv", posix_readv, METH_FASTCALL, "($module, fd, buffers, /)",
           "Read into a sequence of writable buffers, one after the other."),
    METHOD("writev", posix_writev, METH_FASTCALL, "($module, fd, buffers, /)",
           "Write a sequence of bytes-like objects."),
    METHOD("preadv", posix_preadv, METH_FASTCALL, "($module, fd, buffers, offset, flags=0, /)",
           "Read from an offset into a sequence of buffers; flags are RWF_ constants."),
    METHOD("pwritev", posix_pwritev, METH_FASTCALL, "($module, fd, buffers, offset, flags=0, /)",
           "Write a sequence of buffers at an offset; flags are RWF_ constants."),
    METHOD("sendfile", posix_sendfile, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, out_fd, in_fd, offset, count)",
           "Copy count bytes from in_fd to out_fd inside the kernel."),
    METHOD("copy_file_range", posix_copy_file_range, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, src, dst, count, offset_src=None,\n                offset_dst=None)",
           "Copy count bytes between files; None uses and moves a file's position."),
    METHOD("splice", posix_splice, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, src, dst, count, offset_src=None, offset_dst=None,\n       flags=0)",
           "Move count bytes; one of the descriptors must be a pipe."),
    METHOD("ftruncate", posix_ftruncate, METH_FASTCALL, "($module, fd, length, /)",
           "Cut or extend an open file to length bytes."),
    METHOD("truncate", posix_truncate, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path, length)", "Cut or extend a file to length bytes."),
    METHOD("posix_fallocate", posix_fallocate_method, METH_FASTCALL,
           "($module, fd, offset, length, /)", "Make sure that a file has room on its disk."),
    METHOD("posix_fadvise", posix_fadvise_method, METH_FASTCALL,
           "($module, fd, offset, length, advice, /)",
           "Tell the kernel how a part of a file will be used."),
    {NULL, NULL, 0, NULL},
};
