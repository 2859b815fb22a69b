/* SPDX-License-Identifier: MIT */
/* What is done to a descriptor as such: closing, duplicating, flags, locks, syncing, and making
 * descriptors that stand for no file (pipes, memory files, event counters, processes). */
#define _GNU_SOURCE
#include "ks_posix.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "pycore_fileutils.h"

typedef struct Call {
    PyObject *fd_object, *name, *initval, *value, *flags_object;
    int fd, fd2, inheritable, flags, pid;
} Call;

static const KsParam fd_params[] = {PARAM(Call, fd, ARG_INT, 1), PARAM_END};
static const KsParam file_params[] = {PARAM_NAMED(Call, fd_object, "fd", ARG_OBJECT, 1), PARAM_END};

/* --- Closing and duplicating ------------------------------------------------------------------------- */

static PyObject *
posix_close(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Call call = {0};
    if (!ks_args_parse("close", fd_params, args, nargs, kwnames, &call))
        return NULL;
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = close(call.fd);
    Py_END_ALLOW_THREADS
    /* Interrupted or not, the descriptor is gone: trying again could close another's. */
    if (result < 0 && errno != EINTR)
        return ks_posix_error();
    Py_RETURN_NONE;
}

static PyObject *
posix_closerange(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int low, high;
    if (!ks_args_count("closerange", nargs, 2, 2) || !ks_arg_int(args[0], &low) ||
        !ks_arg_int(args[1], &high))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    _Py_closerange(low, high - 1);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *
posix_dup(PyObject *module, PyObject *arg)
{
    int fd;
    if (!ks_arg_int(arg, &fd))
        return NULL;
    int copy = _Py_dup(fd);
    return copy < 0 ? NULL : PyLong_FromLong(copy);
}

static PyObject *
posix_dup2(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, fd, ARG_INT, 1), PARAM(Call, fd2, ARG_INT, 1),
                                     PARAM(Call, inheritable, ARG_BOOL, 0), PARAM_END};
    Call call = {.inheritable = 1};
    if (!ks_args_parse("dup2", params, args, nargs, kwnames, &call))
        return NULL;
    if (call.fd < 0 || call.fd2 < 0) {
        errno = EBADF;
        return ks_posix_error();
    }
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = call.inheritable ? dup2(call.fd, call.fd2) : dup3(call.fd, call.fd2, O_CLOEXEC);
    Py_END_ALLOW_THREADS
    return result < 0 ? ks_posix_error() : PyLong_FromLong(result);
}

/* --- Flags --------------------------------------------------------------------------------------------- */

static PyObject *
posix_get_inheritable(PyObject *module, PyObject *arg)
{
    int fd;
    if (!ks_arg_int(arg, &fd))
        return NULL;
    int answer = _Py_get_inheritable(fd);
    return answer < 0 ? NULL : PyBool_FromLong(answer);
}

static PyObject *
posix_set_inheritable(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int fd, inheritable;
    if (!ks_args_count("set_inheritable", nargs, 2, 2) || !ks_arg_int(args[0], &fd) ||
        !ks_arg_int(args[1], &inheritable) || _Py_set_inheritable(fd, inheritable, NULL) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
posix_get_blocking(PyObject *module, PyObject *arg)
{
    int fd;
    if (!ks_arg_int(arg, &fd))
        return NULL;
    int answer = _Py_get_blocking(fd);
    return answer < 0 ? NULL : PyBool_FromLong(answer);
}

static PyObject *
posix_set_blocking(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int fd, blocking;
    if (!ks_args_count("set_blocking", nargs, 2, 2) || !ks_arg_int(args[0], &fd) ||
        !ks_arg_bool(args[1], &blocking) || _Py_set_blocking(fd, blocking) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
posix_isatty(PyObject *module, PyObject *arg)
{
    int fd;
    if (!ks_arg_int(arg, &fd))
        return NULL;
    int answer;
    Py_BEGIN_ALLOW_THREADS
    answer = isatty(fd);
    Py_END_ALLOW_THREADS
    return PyBool_FromLong(answer);
}

static PyObject *
posix_device_encoding(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Call call = {0};
    if (!ks_args_parse("device_encoding", fd_params, args, nargs, kwnames, &call))
        return NULL;
    return _Py_device_encoding(call.fd);
}

/* --- Locks and syncing --------------------------------------------------------------------------------- */

static PyObject *
posix_lockf(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int fd, command;
    off_t length;
    if (!ks_args_count("lockf", nargs, 3, 3) || !ks_arg_int(args[0], &fd) ||
        !ks_arg_int(args[1], &command) || !ks_arg_off(args[2], &length) ||
        PySys_Audit("os.lockf", "iiL", fd, command, (long long)length) < 0)
        return NULL;
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = lockf(fd, command, length);
    Py_END_ALLOW_THREADS
    return ks_posix_done(result);
}

static PyObject *
sync_file(const char *function, int (*call_it)(int), PyObject *const *args, Py_ssize_t nargs,
          PyObject *kwnames)
{
    Call call = {0};
    if (!ks_args_parse(function, file_params, args, nargs, kwnames, &call))
        return NULL;
    int fd = PyObject_AsFileDescriptor(call.fd_object);
    if (fd < 0)
        return NULL;
    int result, handler_failed = 0;
    KS_SYSCALL(result, handler_failed, call_it(fd));
    return handler_failed ? NULL : ks_posix_done(result);
}

static PyObject *
posix_fsync(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return sync_file("fsync", fsync, args, nargs, kwnames);
}

static PyObject *
posix_fdatasync(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return sync_file("fdatasync", fdatasync, args, nargs, kwnames);
}

static PyObject *
posix_sync(PyObject *module, PyObject *unused)
{
    Py_BEGIN_ALLOW_THREADS
    sync();
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

/* --- Descriptors without a file ------------------------------------------------------------------------- */

static PyObject *
make_pipe(int flags)
{
    int fds[2];
    if (pipe2(fds, flags) != 0)
        return ks_posix_error();
    return Py_BuildValue("(ii)", fds[0], fds[1]);
}

static PyObject *
posix_pipe(PyObject *module, PyObject *unused)
{
    return make_pipe(O_CLOEXEC);
}

static PyObject *
posix_pipe2(PyObject *module, PyObject *arg)
{
    int flags;
    if (!ks_arg_int(arg, &flags))
        return NULL;
    return make_pipe(flags);
}

/* An unsigned int without wrapping, as flags of newer functions take it. */
static int
take_unsigned(PyObject *arg, unsigned int *value)
{
    if (!PyLong_Check(arg) && !PyIndex_Check(arg)) {
        PyErr_Format(PyExc_TypeError, "'%.200s' object cannot be interpreted as an integer",
                     Py_TYPE(arg)->tp_name);
        return 0;
    }
    KS_OWNED PyObject *index = PyNumber_Index(arg);
    if (index == NULL)
        return 0;
    int overflow;
    long number = PyLong_AsLongAndOverflow(index, &overflow);
    if (overflow < 0 || (overflow == 0 && number < 0)) {
        PyErr_SetString(PyExc_ValueError, "value must be positive");
        return 0;
    }
    if (overflow > 0 || number > (long)UINT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "Python int too large for C unsigned int");
        return 0;
    }
    *value = (unsigned int)number;
    return 1;
}

static PyObject *
posix_memfd_create(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, name, ARG_OBJECT, 1),
                                     PARAM_NAMED(Call, flags_object, "flags", ARG_OBJECT, 0),
                                     PARAM_END};
    Call call = {0};
    unsigned int flags = MFD_CLOEXEC;
    KS_OWNED PyObject *name = NULL;
    if (!ks_args_parse("memfd_create", params, args, nargs, kwnames, &call) ||
        !PyUnicode_FSConverter(call.name, &name) ||
        (call.flags_object != NULL && !ks_arg_uint32(call.flags_object, &flags)))
        return NULL;
    int fd;
    Py_BEGIN_ALLOW_THREADS
    fd = memfd_create(PyBytes_AS_STRING(name), flags);
    Py_END_ALLOW_THREADS
    return fd == -1 ? ks_posix_error() : PyLong_FromLong(fd);
}

static PyObject *
posix_eventfd(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, initval, ARG_OBJECT, 1),
                                     PARAM(Call, flags, ARG_INT, 0), PARAM_END};
    Call call = {.flags = EFD_CLOEXEC};
    unsigned int initial;
    if (!ks_args_parse("eventfd", params, args, nargs, kwnames, &call) ||
        !take_unsigned(call.initval, &initial))
        return NULL;
    int fd;
    Py_BEGIN_ALLOW_THREADS
    fd = eventfd(initial, call.flags);
    Py_END_ALLOW_THREADS
    return fd == -1 ? ks_posix_error() : PyLong_FromLong(fd);
}

static PyObject *
posix_eventfd_read(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Call call = {0};
    if (!ks_args_parse("eventfd_read", file_params, args, nargs, kwnames, &call))
        return NULL;
    int fd = PyObject_AsFileDescriptor(call.fd_object);
    if (fd < 0)
        return NULL;
    eventfd_t value;
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = eventfd_read(fd, &value);
    Py_END_ALLOW_THREADS
    return result == -1 ? ks_posix_error() : PyLong_FromUnsignedLongLong(value);
}

static PyObject *
posix_eventfd_write(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM_NAMED(Call, fd_object, "fd", ARG_OBJECT, 1),
                                     PARAM(Call, value, ARG_OBJECT, 1), PARAM_END};
    Call call = {0};
    if (!ks_args_parse("eventfd_write", params, args, nargs, kwnames, &call))
        return NULL;
    int fd = PyObject_AsFileDescriptor(call.fd_object);
    if (fd < 0)
        return NULL;
    KS_OWNED PyObject *index = PyNumber_Index(call.value);
    if (index == NULL)
        return NULL;
    if (_PyLong_Sign(index) < 0) {
        PyErr_SetString(PyExc_ValueError, "value must be positive");
        return NULL;
    }
    unsigned long long value = PyLong_AsUnsignedLongLong(index);
    if (value == (unsigned long long)-1 && PyErr_Occurred())
        return NULL;
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = eventfd_write(fd, value);
    Py_END_ALLOW_THREADS
    return ks_posix_done(result);
}

static PyObject *
posix_pidfd_open(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, pid, ARG_INT, 1),
                                     PARAM_NAMED(Call, flags_object, "flags", ARG_OBJECT, 0),
                                     PARAM_END};
    Call call = {0};
    unsigned int flags = 0;
    if (!ks_args_parse("pidfd_open", params, args, nargs, kwnames, &call) ||
        (call.flags_object != NULL && !take_unsigned(call.flags_object, &flags)))
        return NULL;
    int fd = (int)syscall(SYS_pidfd_open, call.pid, flags);
    return fd < 0 ? ks_posix_error() : PyLong_FromLong(fd);
}

PyMethodDef ks_descriptor_methods[] = {
    METHOD("close", posix_close, METH_FASTCALL | METH_KEYWORDS, "($module, /, fd)",
           "Close a descriptor."),
    METHOD("closerange", posix_closerange, METH_FASTCALL, "($module, fd_low, fd_high, /)",
           "Close the descriptors from fd_low up to fd_high - 1; errors are ignored."),
    METHOD("dup", posix_dup, METH_O, "($module, fd, /)", "A duplicate; children do not inherit it."),
    METHOD("dup2", posix_dup2, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, fd, fd2, inheritable=True)", "Make fd2 a duplicate of fd."),
    METHOD("get_inheritable", posix_get_inheritable, METH_O, "($module, fd, /)",
           "Whether children inherit a descriptor."),
    METHOD("set_inheritable", posix_set_inheritable, METH_FASTCALL,
           "($module, fd, inheritable, /)", "Say whether children inherit a descriptor."),
    METHOD("get_blocking", posix_get_blocking, METH_O, "($module, fd, /)",
           "Whether calls on a descriptor wait."),
    METHOD("set_blocking", posix_set_blocking, METH_FASTCALL, "($module, fd, blocking, /)",
           "Say whether calls on a descriptor wait."),
    METHOD("isatty", posix_isatty, METH_O, "($module, fd, /)",
           "Whether a descriptor is a terminal's."),
    METHOD("device_encoding", posix_device_encoding, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, fd)", "The encoding of a terminal, None for anything else."),
    METHOD("lockf", posix_lockf, METH_FASTCALL, "($module, fd, command, length, /)",
           "Lock, test or unlock a part of an open file."),
    METHOD("fsync", posix_fsync, METH_FASTCALL | METH_KEYWORDS, "($module, /, fd)",
           "Write an open file to its disk."),
    METHOD("fdatasync", posix_fdatasync, METH_FASTCALL | METH_KEYWORDS, "($module, /, fd)",
           "Write the contents of an open file to its disk."),
    METHOD("sync", posix_sync, METH_NOARGS, "($module, /)", "Write everything to disk."),
    METHOD("pipe", posix_pipe, METH_NOARGS, "($module, /)",
           "Make a pipe; returns the descriptors to read and to write."),
    METHOD("pipe2", posix_pipe2, METH_O, "($module, flags, /)",
           "Make a pipe with flags; returns the descriptors to read and to write."),
    METHOD("memfd_create", posix_memfd_create, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, name, flags=MFD_CLOEXEC)", "Make a file that lives in memory."),
    METHOD("eventfd", posix_eventfd, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, initval, flags=EFD_CLOEXEC)", "Make an event counter."),
    METHOD("eventfd_read", posix_eventfd_read, METH_FASTCALL | METH_KEYWORDS, "($module, /, fd)",
           "Take the value of an event counter."),
    METHOD("eventfd_write", posix_eventfd_write, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, fd, value)", "Add to an event counter."),
    METHOD("pidfd_open", posix_pidfd_open, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, pid, flags=0)", "A descriptor that stands for a process."),
    {NULL, NULL, 0, NULL},
};
