/* SPDX-License-Identifier: MIT */
/* Files at the level of descriptors: open, read, write, stat, inheritance, blocking.
 *
 * Every descriptor made here is closed on exec. Reads and writes are repeated when a signal
 * interrupts them, after its Python handler has run; the "noraise" variants need no interpreter. */
#include "Python.h"
#include "pycore_fileutils.h"
#include "pycore_runtime.h"
#include "ks_base.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what a terminal's encoding is ---- */

PyObject *
_Py_device_encoding(int fd)
{
    int terminal;
    Py_BEGIN_ALLOW_THREADS
    terminal = isatty(fd);
    Py_END_ALLOW_THREADS
    if (!terminal)
        Py_RETURN_NONE;
    if (_PyRuntime.preconfig.utf8_mode)
        return Py_NewRef(&_Py_STR(utf_8));
    return _Py_GetLocaleEncodingObject();
}

/* ---- stat ---- */

int
_Py_fstat_noraise(int fd, struct _Py_stat_struct *status)
{
    return fstat(fd, status);
}

int
_Py_fstat(int fd, struct _Py_stat_struct *status)
{
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = fstat(fd, status);
    Py_END_ALLOW_THREADS
    if (result != 0)
        PyErr_SetFromErrno(PyExc_OSError);
    return result;
}

int
_Py_wstat(const wchar_t *path, struct stat *buf)
{
    char *bytes = _Py_EncodeLocaleRaw(path, NULL);
    if (bytes == NULL) {
        errno = EINVAL;
        return -1;
    }
    int result = stat(bytes, buf);
    PyMem_RawFree(bytes);
    return result;
}

/* 0; -1 with errno set; -2 with an exception, when path is no usable name. */
int
_Py_stat(PyObject *path, struct stat *statbuf)
{
    KS_OWNED PyObject *bytes = PyUnicode_EncodeFSDefault(path);
    if (bytes == NULL)
        return -2;
    char *name;
    if (PyBytes_AsStringAndSize(bytes, &name, NULL) < 0)
        return -2;
    return stat(name, statbuf);
}

/* ---- inheritance and blocking ---- */

static int
get_flag(int fd, int command, int flag, int raise)
{
    int flags = fcntl(fd, command, 0);
    if (flags == -1) {
        if (raise)
            PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    return (flags & flag) != 0;
}

int
_Py_get_inheritable(int fd)
{
    int closes = get_flag(fd, F_GETFD, FD_CLOEXEC, 1);
    return closes < 0 ? -1 : !closes;
}

/* One ioctl does it; descriptors of some kinds refuse that and need fcntl's two steps. */
static int
set_inheritable(int fd, int inheritable, int raise, int *atomic_flag_works)
{
    if (atomic_flag_works != NULL && !inheritable) {
        if (*atomic_flag_works == -1) {
            int closes = get_flag(fd, F_GETFD, FD_CLOEXEC, raise);
            if (closes < 0)
                return -1;
            *atomic_flag_works = closes;
        }
        if (*atomic_flag_works)
            return 0;
    }
    static int ioctl_works = -1;
    if (ioctl_works != 0 && raise) {
        if (ioctl(fd, inheritable ? FIONCLEX : FIOCLEX, NULL) == 0) {
            ioctl_works = 1;
            return 0;
        }
        if (errno != ENOTTY && errno != EACCES && errno != EBADF) {
            PyErr_SetFromErrno(PyExc_OSError);
            return -1;
        }
        if (errno != EBADF) /* an O_PATH descriptor says EBADF: fcntl still works on it */
            ioctl_works = 0;
    }
    int flags = fcntl(fd, F_GETFD);
    int wanted = inheritable ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC;
    if (flags < 0 || (wanted != flags && fcntl(fd, F_SETFD, wanted) < 0)) {
        if (raise)
            PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    return 0;
}

int
_Py_set_inheritable(int fd, int inheritable, int *atomic_flag_works)
{
    return set_inheritable(fd, inheritable, 1, atomic_flag_works);
}

/* For the child between fork and exec: no exceptions. */
int
_Py_set_inheritable_async_safe(int fd, int inheritable, int *atomic_flag_works)
{
    return set_inheritable(fd, inheritable, 0, atomic_flag_works);
}

int
_Py_get_blocking(int fd)
{
    int flags;
    flags = fcntl(fd, F_GETFL, 0);
    if (flags < 0) {
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    return !(flags & O_NONBLOCK);
}

int
_Py_set_blocking(int fd, int blocking)
{
    int flags = fcntl(fd, F_GETFL, 0);
    if (flags >= 0) {
        int wanted = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
        if (wanted == flags || fcntl(fd, F_SETFL, wanted) >= 0)
            return 0;
    }
    PyErr_SetFromErrno(PyExc_OSError);
    return -1;
}

int
_Py_dup(int fd)
{
    int copy;
    Py_BEGIN_ALLOW_THREADS
    copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    Py_END_ALLOW_THREADS
    if (copy < 0)
        PyErr_SetFromErrno(PyExc_OSError);
    return copy;
}

/* ---- open ---- */

int
_Py_open_noraise(const char *pathname, int flags)
{
    return open(pathname, flags | O_CLOEXEC);
}

int
_Py_open(const char *pathname, int flags)
{
    if (PySys_Audit("open", "sOi", pathname, Py_None, flags) < 0)
        return -1;
    int fd, interrupted = 0;
    do {
        Py_BEGIN_ALLOW_THREADS
        fd = open(pathname, flags | O_CLOEXEC);
        Py_END_ALLOW_THREADS
    } while (fd < 0 && errno == EINTR && !(interrupted = PyErr_CheckSignals()));
    if (interrupted)
        return -1;
    if (fd < 0)
        PyErr_SetFromErrnoWithFilename(PyExc_OSError, pathname);
    return fd;
}

static FILE *
close_on_exec(FILE *file)
{
    if (file != NULL && set_inheritable(fileno(file), 0, 0, NULL) < 0) {
        fclose(file);
        return NULL;
    }
    return file;
}

/* For start-up, before exceptions: errno tells. */
FILE *
_Py_wfopen(const wchar_t *path, const wchar_t *mode)
{
    char cmode[10];
    if (wcstombs(cmode, mode, sizeof(cmode)) >= sizeof(cmode)) {
        errno = EINVAL;
        return NULL;
    }
    char *cpath = _Py_EncodeLocaleRaw(path, NULL);
    if (cpath == NULL)
        return NULL;
    FILE *file = fopen(cpath, cmode);
    PyMem_RawFree(cpath);
    return close_on_exec(file);
}

FILE *
_Py_fopen_obj(PyObject *path, const char *mode)
{
    PyObject *converted;
    if (PySys_Audit("open", "Osi", path, mode, 0) < 0 || !PyUnicode_FSConverter(path, &converted))
        return NULL;
    KS_OWNED PyObject *bytes = converted;
    const char *name = PyBytes_AS_STRING(bytes);
    FILE *file;
    int interrupted = 0;
    do {
        Py_BEGIN_ALLOW_THREADS
        file = fopen(name, mode);
        Py_END_ALLOW_THREADS
    } while (file == NULL && errno == EINTR && !(interrupted = PyErr_CheckSignals()));
    if (interrupted)
        return NULL;
    if (file == NULL) {
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path);
        return NULL;
    }
    if (set_inheritable(fileno(file), 0, 1, NULL) < 0) {
        fclose(file);
        return NULL;
    }
    return file;
}

/* ---- read and write ---- */

Py_ssize_t
_Py_read(int fd, void *buf, size_t count)
{
    Py_ssize_t got;
    int error, interrupted = 0;
    if (count > _PY_READ_MAX)
        count = _PY_READ_MAX;
    do {
        Py_BEGIN_ALLOW_THREADS
        errno = 0;
        got = read(fd, buf, count);
        error = errno; /* taking the GIL back may change it */
        Py_END_ALLOW_THREADS
    } while (got < 0 && error == EINTR && !(interrupted = PyErr_CheckSignals()));
    if (interrupted) {
        errno = error;
        return -1;
    }
    if (got < 0) {
        errno = error;
        PyErr_SetFromErrno(PyExc_OSError);
        errno = error;
    }
    return got;
}

Py_ssize_t
_Py_write(int fd, const void *buf, size_t count)
{
    Py_ssize_t put;
    int error, interrupted = 0;
    if (count > _PY_WRITE_MAX)
        count = _PY_WRITE_MAX;
    do {
        Py_BEGIN_ALLOW_THREADS
        errno = 0;
        put = write(fd, buf, count);
        error = errno;
        Py_END_ALLOW_THREADS
    } while (put < 0 && error == EINTR && !(interrupted = PyErr_CheckSignals()));
    if (interrupted) {
        errno = error;
        return -1;
    }
    if (put < 0) {
        errno = error;
        PyErr_SetFromErrno(PyExc_OSError);
        errno = error;
    }
    return put;
}

Py_ssize_t
_Py_write_noraise(int fd, const void *buf, size_t count)
{
    Py_ssize_t put;
    do {
        put = write(fd, buf, count);
    } while (put < 0 && errno == EINTR);
    return put;
}

void
_Py_closerange(int first, int last)
{
    first = Py_MAX(first, 0);
    if (first > last)
        return;
    if (close_range((unsigned)first, (unsigned)last, 0) == 0)
        return;
    for (int fd = first; fd <= last; fd++)
        (void)close(fd);
}
