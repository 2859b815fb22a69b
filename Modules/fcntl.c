/* SPDX-License-Identifier: MIT */
/* The fcntl module: fcntl, ioctl and file locks on descriptors or objects with fileno(). */
#define _GNU_SOURCE
#include "Python.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "ks_args.h"
#include "ks_posix.h"

/* Data that a call reads and writes is copied through a buffer of this size. */
enum { DATA_BYTES = 1024 };

static PyObject *
system_error(int handler_failed)
{
    return handler_failed ? NULL : PyErr_SetFromErrno(PyExc_OSError);
}

static PyObject *
fcntl_fcntl(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int code;
    if (!ks_args_count("fcntl", nargs, 2, 3))
        return NULL;
    int fd = PyObject_AsFileDescriptor(args[0]);
    if (fd < 0 || !ks_arg_int(args[1], &code))
        return NULL;
    PyObject *arg = nargs > 2 ? args[2] : NULL;
    if (PySys_Audit("fcntl.fcntl", "iiO", fd, code, arg != NULL ? arg : Py_None) < 0)
        return NULL;
    int result, handler_failed = 0;
    if (arg != NULL && (PyUnicode_Check(arg) || PyObject_CheckBuffer(arg))) {
        Py_buffer view;
        char data[DATA_BYTES];
        if (!PyArg_Parse(arg, "s*", &view))
            return NULL;
        Py_ssize_t length = view.len;
        if (length > DATA_BYTES) {
            PyErr_SetString(PyExc_ValueError, "fcntl string arg too long");
            PyBuffer_Release(&view);
            return NULL;
        }
        memset(data, 0, sizeof(data));
        memcpy(data, view.buf, (size_t)length);
        PyBuffer_Release(&view);
        KS_SYSCALL(result, handler_failed, fcntl(fd, code, data));
        return result < 0 ? system_error(handler_failed) : PyBytes_FromStringAndSize(data, length);
    }
    unsigned int number = 0;
    if (arg != NULL && !ks_arg_uint32(arg, &number))
        return NULL;
    KS_SYSCALL(result, handler_failed, fcntl(fd, code, (int)number));
    return result < 0 ? system_error(handler_failed) : PyLong_FromLong(result);
}

/* ioctl on a writable object: through a buffer with a nul behind it, or in place if it is large. */
static PyObject *
ioctl_writable(int fd, unsigned int code, Py_buffer *view, int mutate)
{
    char data[DATA_BYTES + 1];
    char *place = view->buf;
    int result;
    if (mutate) {
        if (view->len <= DATA_BYTES) {
            memcpy(data, view->buf, (size_t)view->len);
            data[view->len] = '\0';
            place = data;
        }
        if (place == data)
            result = ioctl(fd, code, place);
        else {
            Py_BEGIN_ALLOW_THREADS
            result = ioctl(fd, code, place);
            Py_END_ALLOW_THREADS
        }
        int saved = errno;
        if (place == data)
            memcpy(view->buf, data, (size_t)view->len);
        errno = saved;
        return result < 0 ? PyErr_SetFromErrno(PyExc_OSError) : PyLong_FromLong(result);
    }
    if (view->len > DATA_BYTES) {
        PyErr_SetString(PyExc_ValueError, "ioctl string arg too long");
        return NULL;
    }
    memcpy(data, view->buf, (size_t)view->len);
    data[view->len] = '\0';
    Py_BEGIN_ALLOW_THREADS
    result = ioctl(fd, code, data);
    Py_END_ALLOW_THREADS
    return result < 0 ? PyErr_SetFromErrno(PyExc_OSError) : PyBytes_FromStringAndSize(data, view->len);
}

static PyObject *
fcntl_ioctl(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    unsigned int code, number = 0;
    int mutate = 1, result;
    if (!ks_args_count("ioctl", nargs, 2, 4))
        return NULL;
    int fd = PyObject_AsFileDescriptor(args[0]);
    if (fd < 0 || !ks_arg_uint32(args[1], &code) || (nargs > 3 && !ks_arg_bool(args[3], &mutate)))
        return NULL;
    PyObject *arg = nargs > 2 ? args[2] : NULL;
    if (PySys_Audit("fcntl.ioctl", "iIO", fd, code, arg != NULL ? arg : Py_None) < 0)
        return NULL;
    if (arg != NULL && (PyUnicode_Check(arg) || PyObject_CheckBuffer(arg))) {
        Py_buffer view;
        if (PyObject_CheckBuffer(arg) && PyObject_GetBuffer(arg, &view, PyBUF_WRITABLE) == 0) {
            PyObject *answer = ioctl_writable(fd, code, &view, mutate);
            PyBuffer_Release(&view);
            return answer;
        }
        PyErr_Clear();
        if (!PyArg_Parse(arg, "s*", &view))
            return NULL;
        PyObject *answer = ioctl_writable(fd, code, &view, 0);
        PyBuffer_Release(&view);
        return answer;
    }
    if (arg != NULL && !ks_arg_uint32(arg, &number))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    result = ioctl(fd, code, (int)number);
    Py_END_ALLOW_THREADS
    return result < 0 ? PyErr_SetFromErrno(PyExc_OSError) : PyLong_FromLong(result);
}

static PyObject *
fcntl_flock(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int code, result, handler_failed = 0;
    if (!ks_args_count("flock", nargs, 2, 2))
        return NULL;
    int fd = PyObject_AsFileDescriptor(args[0]);
    if (fd < 0 || !ks_arg_int(args[1], &code) || PySys_Audit("fcntl.flock", "ii", fd, code) < 0)
        return NULL;
    KS_SYSCALL(result, handler_failed, flock(fd, code));
    if (result < 0)
        return system_error(handler_failed);
    Py_RETURN_NONE;
}

static PyObject *
fcntl_lockf(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int code, whence = 0, result, handler_failed = 0;
    if (!ks_args_count("lockf", nargs, 2, 5))
        return NULL;
    int fd = PyObject_AsFileDescriptor(args[0]);
    if (fd < 0 || !ks_arg_int(args[1], &code) || (nargs > 4 && !ks_arg_int(args[4], &whence)))
        return NULL;
    PyObject *length = nargs > 2 ? args[2] : NULL, *start = nargs > 3 ? args[3] : NULL;
    if (PySys_Audit("fcntl.lockf", "iiOOi", fd, code, length != NULL ? length : Py_None,
                    start != NULL ? start : Py_None, whence) < 0)
        return NULL;
    struct flock lock = {.l_whence = (short)whence};
    if (code == LOCK_UN)
        lock.l_type = F_UNLCK;
    else if (code & LOCK_SH)
        lock.l_type = F_RDLCK;
    else if (code & LOCK_EX)
        lock.l_type = F_WRLCK;
    else {
        PyErr_SetString(PyExc_ValueError, "unrecognized lockf argument");
        return NULL;
    }
    off_t value;
    if (start != NULL) {
        if ((value = PyLong_AsLongLong(start)) == -1 && PyErr_Occurred())
            return NULL;
        lock.l_start = value;
    }
    if (length != NULL) {
        if ((value = PyLong_AsLongLong(length)) == -1 && PyErr_Occurred())
            return NULL;
        lock.l_len = value;
    }
    KS_SYSCALL(result, handler_failed, fcntl(fd, code & LOCK_NB ? F_SETLK : F_SETLKW, &lock));
    if (result < 0)
        return system_error(handler_failed);
    Py_RETURN_NONE;
}

static PyMethodDef fcntl_methods[] = {
    METHOD("fcntl", fcntl_fcntl, METH_FASTCALL, "($module, fd, cmd, arg=0, /)",
           "Perform a command on a descriptor; arg is an int or bytes to work on."),
    METHOD("ioctl", fcntl_ioctl, METH_FASTCALL,
           "($module, fd, request, arg=0, mutate_flag=True, /)",
           "Perform a device request; a writable buffer as arg is changed in place."),
    METHOD("flock", fcntl_flock, METH_FASTCALL, "($module, fd, operation, /)",
           "Lock or unlock a whole file."),
    METHOD("lockf", fcntl_lockf, METH_FASTCALL, "($module, fd, cmd, len=0, start=0, whence=0, /)",
           "Lock or unlock a part of a file."),
    {NULL, NULL, 0, NULL},
};

#define CONSTANT(name) {#name, (long)(name)},
static const struct {
    const char *name;
    long value;
} fcntl_constants[] = {
#include "fcntl_constants.def"
};

static int
fcntl_exec(PyObject *module)
{
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(fcntl_constants); i++) {
        if (PyModule_AddIntConstant(module, fcntl_constants[i].name, fcntl_constants[i].value) < 0)
            return -1;
    }
    return 0;
}

static PyModuleDef_Slot fcntl_slots[] = {
    {Py_mod_exec, fcntl_exec},
    {0, NULL},
};

static struct PyModuleDef fcntl_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "fcntl",
    .m_doc = "Control of descriptors and devices, and file locks.",
    .m_methods = fcntl_methods,
    .m_slots = fcntl_slots,
};

PyMODINIT_FUNC
PyInit_fcntl(void)
{
    return PyModuleDef_Init(&fcntl_module);
}
