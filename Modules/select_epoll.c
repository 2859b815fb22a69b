/* SPDX-License-Identifier: MIT */
/* select.epoll: an object around an epoll descriptor, which it owns until it is closed (-1). */
#define _GNU_SOURCE
#include "Python.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "ks_args.h"
#include "ks_base.h"
#include "ks_select.h"

typedef struct Epoll {
    PyObject_HEAD
    int fd;
} Epoll;

typedef struct Call {
    PyObject *fd, *timeout;
    unsigned int eventmask;
    PyObject *mask;
    int sizehint, flags, maxevents;
} Call;

static PyObject *
refuse_closed(void)
{
    PyErr_SetString(PyExc_ValueError, "I/O operation on closed epoll object");
    return NULL;
}

/* Takes the descriptor over, or makes one when it is -1. */
static PyObject *
epoll_make(PyTypeObject *type, int fd)
{
    Epoll *self = (Epoll *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
    if (self == NULL)
        return NULL;
    if (fd == -1) {
        Py_BEGIN_ALLOW_THREADS
        fd = epoll_create1(EPOLL_CLOEXEC);
        Py_END_ALLOW_THREADS
    }
    self->fd = fd;
    if (fd < 0) {
        PyErr_SetFromErrno(PyExc_OSError);
        Py_CLEAR(self);
    }
    return (PyObject *)self;
}

static PyObject *
epoll_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static const KsParam params[] = {PARAM(Call, sizehint, ARG_INT, 0),
                                     PARAM(Call, flags, ARG_INT, 0), PARAM_END};
    Call call = {.sizehint = -1};
    if (!ks_args_parse_tuple("epoll", params, args, kwargs, &call))
        return NULL;
    if (call.sizehint != -1 && call.sizehint <= 0) {
        PyErr_SetString(PyExc_ValueError, "negative sizehint");
        return NULL;
    }
    if (call.flags != 0 && call.flags != EPOLL_CLOEXEC) {
        PyErr_SetString(PyExc_OSError, "invalid flags");
        return NULL;
    }
    return epoll_make(type, -1);
}

static PyObject *
epoll_fromfd(PyTypeObject *type, PyObject *arg)
{
    int fd;
    return ks_arg_int(arg, &fd) ? epoll_make(type, fd) : NULL;
}

/* The error number of close(), or 0. */
static int
epoll_shut(Epoll *self)
{
    int fd = self->fd, error = 0;
    if (fd < 0)
        return 0;
    self->fd = -1;
    Py_BEGIN_ALLOW_THREADS
    if (close(fd) < 0)
        error = errno;
    Py_END_ALLOW_THREADS
    return error;
}

static void
epoll_dealloc(Epoll *self)
{
    PyTypeObject *type = Py_TYPE(self);
    (void)epoll_shut(self);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

static PyObject *
epoll_close(Epoll *self, PyObject *unused)
{
    errno = epoll_shut(self);
    if (errno != 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

static PyObject *
epoll_fileno(Epoll *self, PyObject *unused)
{
    return self->fd < 0 ? refuse_closed() : PyLong_FromLong(self->fd);
}

static PyObject *
epoll_get_closed(Epoll *self, void *unused)
{
    return PyBool_FromLong(self->fd < 0);
}

static PyObject *
epoll_control(Epoll *self, int operation, PyObject *file, unsigned int events)
{
    int fd = PyObject_AsFileDescriptor(file);
    if (fd == -1)
        return NULL;
    if (self->fd < 0)
        return refuse_closed();
    struct epoll_event event = {.events = events, .data = {.fd = fd}};
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = epoll_ctl(self->fd, operation, fd, operation == EPOLL_CTL_DEL ? NULL : &event);
    Py_END_ALLOW_THREADS
    if (result < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

static PyObject *
epoll_change(Epoll *self, const char *function, int operation, int mask_needed,
             PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    const KsParam params[] = {PARAM(Call, fd, ARG_OBJECT, 1),
                              PARAM_NAMED(Call, mask, "eventmask", ARG_OBJECT, mask_needed),
                              PARAM_END};
    Call call = {.eventmask = EPOLLIN | EPOLLPRI | EPOLLOUT};
    if (!ks_args_parse(function, params, args, nargs, kwnames, &call) ||
        (call.mask != NULL && !ks_arg_uint32(call.mask, &call.eventmask)))
        return NULL;
    return epoll_control(self, operation, call.fd, call.eventmask);
}

static PyObject *
epoll_register(Epoll *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return epoll_change(self, "register", EPOLL_CTL_ADD, 0, args, nargs, kwnames);
}

static PyObject *
epoll_modify(Epoll *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return epoll_change(self, "modify", EPOLL_CTL_MOD, 1, args, nargs, kwnames);
}

static PyObject *
epoll_unregister(Epoll *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, fd, ARG_OBJECT, 1), PARAM_END};
    Call call = {0};
    if (!ks_args_parse("unregister", params, args, nargs, kwnames, &call))
        return NULL;
    return epoll_control(self, EPOLL_CTL_DEL, call.fd, 0);
}

/* Waits; the number of events, or -1 with an exception. ms is -1 for no end. */
static int
epoll_wait_for(Epoll *self, struct epoll_event *events, int room, _PyTime_t timeout, int ms)
{
    _PyTime_t deadline = ms >= 0 ? _PyDeadline_Init(timeout) : 0;
    for (;;) {
        int count;
        Py_BEGIN_ALLOW_THREADS
        errno = 0;
        count = epoll_wait(self->fd, events, room, ms);
        Py_END_ALLOW_THREADS
        if (count >= 0)
            return count;
        if (errno != EINTR) {
            PyErr_SetFromErrno(PyExc_OSError);
            return -1;
        }
        if (PyErr_CheckSignals() != 0)
            return -1;
        if (ms >= 0) {
            timeout = _PyDeadline_Get(deadline);
            if (timeout < 0)
                return 0;
            ms = (int)_PyTime_AsMilliseconds(timeout, _PyTime_ROUND_CEILING);
        }
    }
}

static int
epoll_timeout(PyObject *arg, _PyTime_t *timeout, int *ms)
{
    *ms = -1;
    *timeout = -1;
    if (arg == Py_None)
        return 1;
    if (_PyTime_FromSecondsObject(timeout, arg, _PyTime_ROUND_TIMEOUT) < 0) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_SetString(PyExc_TypeError, "timeout must be an integer or None");
        return 0;
    }
    _PyTime_t wanted = _PyTime_AsMilliseconds(*timeout, _PyTime_ROUND_CEILING);
    if (wanted < INT_MIN || wanted > INT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "timeout is too large");
        return 0;
    }
    /* Less than a millisecond below zero must not become "at once". */
    *ms = *timeout < 0 ? -1 : (int)wanted;
    return 1;
}

static PyObject *
epoll_poll(Epoll *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, timeout, ARG_OBJECT, 0),
                                     PARAM(Call, maxevents, ARG_INT, 0), PARAM_END};
    Call call = {.timeout = Py_None, .maxevents = -1};
    _PyTime_t timeout;
    int ms;
    if (!ks_args_parse("poll", params, args, nargs, kwnames, &call))
        return NULL;
    if (self->fd < 0)
        return refuse_closed();
    if (!epoll_timeout(call.timeout, &timeout, &ms))
        return NULL;
    if (call.maxevents == -1)
        call.maxevents = FD_SETSIZE - 1;
    else if (call.maxevents < 1)
        return PyErr_Format(PyExc_ValueError, "maxevents must be greater than 0, got %d",
                            call.maxevents);
    struct epoll_event *events = PyMem_New(struct epoll_event, call.maxevents);
    if (events == NULL)
        return PyErr_NoMemory();
    int count = epoll_wait_for(self, events, call.maxevents, timeout, ms);
    KS_OWNED PyObject *list = count < 0 ? NULL : PyList_New(count);
    for (int i = 0; list != NULL && i < count; i++) {
        PyObject *pair = Py_BuildValue("iI", events[i].data.fd, events[i].events);
        if (pair == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, i, pair);
    }
    PyMem_Free(events);
    return ks_give(&list);
}

static PyObject *
epoll_enter(Epoll *self, PyObject *unused)
{
    return self->fd < 0 ? refuse_closed() : Py_NewRef(self);
}

static PyObject *
epoll_exit(Epoll *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("__exit__", nargs, 0, 3))
        return NULL;
    return epoll_close(self, NULL);
}

static PyMethodDef epoll_methods[] = {
    METHOD("fromfd", epoll_fromfd, METH_O | METH_CLASS, "($type, fd, /)",
           "An epoll object for a descriptor, which it takes over."),
    METHOD("close", epoll_close, METH_NOARGS, "($self, /)", "Close the descriptor."),
    METHOD("fileno", epoll_fileno, METH_NOARGS, "($self, /)", "The descriptor."),
    METHOD("modify", epoll_modify, METH_FASTCALL | METH_KEYWORDS, "($self, /, fd, eventmask)",
           "Change the events a descriptor is watched for."),
    METHOD("register", epoll_register, METH_FASTCALL | METH_KEYWORDS,
           "($self, /, fd,\n"
           "         eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT)",
           "Watch a descriptor for events."),
    METHOD("unregister", epoll_unregister, METH_FASTCALL | METH_KEYWORDS, "($self, /, fd)",
           "Stop watching a descriptor."),
    METHOD("poll", epoll_poll, METH_FASTCALL | METH_KEYWORDS,
           "($self, /, timeout=None, maxevents=-1)",
           "Wait for events; returns a list of descriptor and events."),
    METHOD("__enter__", epoll_enter, METH_NOARGS, "($self, /)", "The object itself."),
    METHOD("__exit__", epoll_exit, METH_FASTCALL,
           "($self, exc_type=None, exc_value=None, exc_tb=None, /)", "Close the descriptor."),
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef epoll_getters[] = {
    {"closed", (getter)epoll_get_closed, NULL, "True when the descriptor is closed.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot epoll_slots[] = {
    {Py_tp_new, epoll_new},
    {Py_tp_dealloc, epoll_dealloc},
    {Py_tp_methods, epoll_methods},
    {Py_tp_getset, epoll_getters},
    {Py_tp_getattro, PyObject_GenericGetAttr},
    {Py_tp_doc, "select.epoll(sizehint=-1, flags=0)\n\nWaits for events of many descriptors."},
    {0, NULL},
};

static PyType_Spec epoll_spec = {
    .name = "select.epoll",
    .basicsize = sizeof(Epoll),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = epoll_slots,
};

int
ks_epoll_set_up(PyObject *module)
{
    KS_OWNED PyObject *type = PyType_FromModuleAndSpec(module, &epoll_spec, NULL);
    return type == NULL ? -1 : PyModule_AddType(module, (PyTypeObject *)type);
}
