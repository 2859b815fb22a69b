/* SPDX-License-Identifier: MIT */
/* The select module: select and poll. The epoll type is in select_epoll.c.
 *
 * A wait that a signal interrupts goes on with what is left of its timeout, unless the signal's
 * handler raises. */
#define _GNU_SOURCE
#include "Python.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <structmember.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>
#include <linux/limits.h>
#include "ks_args.h"
#include "ks_base.h"
#include "ks_select.h"

/* --- select ---------------------------------------------------------------------------------------------- */

/* What one of the three sequences holds: objects and their descriptors. */
typedef struct Watched {
    PyObject *fast; /* the sequence as list or tuple */
    PyObject **objects; /* own references */
    int *fds;
    Py_ssize_t count;
} Watched;

static void
watched_free(Watched *watched)
{
    for (Py_ssize_t i = 0; i < watched->count; i++)
        Py_DECREF(watched->objects[i]);
    PyMem_Free(watched->objects);
    PyMem_Free(watched->fds);
    Py_XDECREF(watched->fast);
}

/* Fills the set; the highest descriptor and *highest grow along. */
static int
watched_fill(Watched *watched, PyObject *sequence, fd_set *set, int *highest)
{
    FD_ZERO(set);
    watched->fast = PySequence_Fast(sequence, "arguments 1-3 must be sequences");
    if (watched->fast == NULL)
        return 0;
    watched->objects = PyMem_New(PyObject *, FD_SETSIZE + 1);
    watched->fds = PyMem_New(int, FD_SETSIZE + 1);
    if (watched->objects == NULL || watched->fds == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    /* fileno() may change the list: its length is asked for each time. */
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(watched->fast); i++) {
        PyObject *object = Py_NewRef(PySequence_Fast_GET_ITEM(watched->fast, i));
        int fd = PyObject_AsFileDescriptor(object);
        const char *message = NULL;
        if (fd >= FD_SETSIZE)
            message = "filedescriptor out of range in select()";
        else if (watched->count >= FD_SETSIZE)
            message = "too many file descriptors in select()";
        if (fd < 0 || message != NULL) {
            if (message != NULL)
                PyErr_SetString(PyExc_ValueError, message);
            Py_DECREF(object);
            return 0;
        }
        FD_SET(fd, set);
        if (fd > *highest)
            *highest = fd;
        watched->objects[watched->count] = object;
        watched->fds[watched->count++] = fd;
    }
    return 1;
}

static PyObject *
watched_ready(const Watched *watched, const fd_set *set)
{
    KS_OWNED PyObject *list = PyList_New(0);
    for (Py_ssize_t i = 0; list != NULL && i < watched->count; i++) {
        if (FD_ISSET(watched->fds[i], set) && PyList_Append(list, watched->objects[i]) < 0)
            return NULL;
    }
    return ks_give(&list);
}

/* Seconds as float or int, or None: then *timeout is -1. */
int
ks_select_timeout(PyObject *arg, _PyTime_t *timeout)
{
    *timeout = -1;
    if (arg == NULL || arg == Py_None)
        return 1;
    if (_PyTime_FromSecondsObject(timeout, arg, _PyTime_ROUND_TIMEOUT) < 0) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_SetString(PyExc_TypeError, "timeout must be a float or None");
        return 0;
    }
    return 1;
}

static PyObject *
select_select(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    _PyTime_t timeout, deadline = 0;
    PyObject *limit = nargs > 3 ? args[3] : Py_None;
    if (!ks_args_count("select", nargs, 3, 4) || !ks_select_timeout(limit, &timeout))
        return NULL;
    struct timeval left, *left_place = NULL;
    if (limit != Py_None) {
        if (timeout < 0) {
            PyErr_SetString(PyExc_ValueError, "timeout must be non-negative");
            return NULL;
        }
        if (_PyTime_AsTimeval(timeout, &left, _PyTime_ROUND_TIMEOUT) < 0)
            return NULL;
        left_place = &left;
        deadline = _PyDeadline_Init(timeout);
    }
    PyObject *result = NULL;
    Watched watched[3] = {{NULL}, {NULL}, {NULL}};
    fd_set wanted[3], ready[3];
    int highest = -1, count;
    for (int i = 0; i < 3; i++) {
        if (!watched_fill(&watched[i], args[i], &wanted[i], &highest))
            goto done;
    }
    for (;;) {
        /* The call overwrites its sets, with rubbish when it fails. */
        memcpy(ready, wanted, sizeof(ready));
        Py_BEGIN_ALLOW_THREADS
        errno = 0;
        count = select(highest + 1, &ready[0], &ready[1], &ready[2], left_place);
        Py_END_ALLOW_THREADS
        if (errno != EINTR || count >= 0)
            break;
        if (PyErr_CheckSignals() != 0)
            goto done;
        if (left_place != NULL) {
            timeout = _PyDeadline_Get(deadline);
            if (timeout < 0) {
                memset(ready, 0, sizeof(ready));
                count = 0;
                break;
            }
            _PyTime_AsTimeval_clamp(timeout, &left, _PyTime_ROUND_CEILING);
        }
    }
    if (count < 0) {
        PyErr_SetFromErrno(PyExc_OSError);
        goto done;
    }
    PyObject *lists[3];
    for (int i = 0; i < 3; i++)
        lists[i] = watched_ready(&watched[i], &ready[i]);
    if (lists[0] != NULL && lists[1] != NULL && lists[2] != NULL)
        result = PyTuple_Pack(3, lists[0], lists[1], lists[2]);
    for (int i = 0; i < 3; i++)
        Py_XDECREF(lists[i]);
done:
    for (int i = 0; i < 3; i++)
        watched_free(&watched[i]);
    return result;
}

/* --- poll ------------------------------------------------------------------------------------------------- */

typedef struct Poll {
    PyObject_HEAD
    PyObject *masks;      /* dict: descriptor to events */
    struct pollfd *fds;   /* the same for the system, made when is_stale */
    int count;
    int is_stale;
    int is_polling; /* another thread's poll() uses fds */
} Poll;

/* An unsigned short; anything else is refused in the words of the argument's C type. */
static int
event_mask(PyObject *arg, unsigned short *mask)
{
    if (PyLong_Check(arg) && _PyLong_Sign(arg) < 0) {
        PyErr_SetString(PyExc_ValueError, "value must be positive");
        return 0;
    }
    unsigned long value = PyLong_AsUnsignedLong(arg);
    if (value == (unsigned long)-1 && PyErr_Occurred())
        return 0;
    if (value > USHRT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "Python int too large for C unsigned short");
        return 0;
    }
    *mask = (unsigned short)value;
    return 1;
}

static PyObject *
poll_register(Poll *self, PyObject *const *args, Py_ssize_t nargs)
{
    unsigned short mask = POLLIN | POLLPRI | POLLOUT;
    if (!ks_args_count("register", nargs, 1, 2))
        return NULL;
    int fd = PyObject_AsFileDescriptor(args[0]);
    if (fd < 0 || (nargs > 1 && !event_mask(args[1], &mask)))
        return NULL;
    KS_OWNED PyObject *key = PyLong_FromLong(fd);
    KS_OWNED PyObject *value = PyLong_FromLong(mask);
    if (key == NULL || value == NULL || PyDict_SetItem(self->masks, key, value) < 0)
        return NULL;
    self->is_stale = 1;
    Py_RETURN_NONE;
}

static PyObject *
poll_modify(Poll *self, PyObject *const *args, Py_ssize_t nargs)
{
    unsigned short mask;
    if (!ks_args_count("modify", nargs, 2, 2))
        return NULL;
    int fd = PyObject_AsFileDescriptor(args[0]);
    if (fd < 0 || !event_mask(args[1], &mask))
        return NULL;
    KS_OWNED PyObject *key = PyLong_FromLong(fd);
    KS_OWNED PyObject *value = PyLong_FromLong(mask);
    if (key == NULL || value == NULL)
        return NULL;
    int is_known = PyDict_Contains(self->masks, key);
    if (is_known == 0) {
        errno = ENOENT;
        PyErr_SetFromErrno(PyExc_OSError);
    }
    if (is_known <= 0 || PyDict_SetItem(self->masks, key, value) < 0)
        return NULL;
    self->is_stale = 1;
    Py_RETURN_NONE;
}

static PyObject *
poll_unregister(Poll *self, PyObject *arg)
{
    int fd = PyObject_AsFileDescriptor(arg);
    if (fd < 0)
        return NULL;
    KS_OWNED PyObject *key = PyLong_FromLong(fd);
    if (key == NULL || PyDict_DelItem(self->masks, key) < 0)
        return NULL;
    self->is_stale = 1;
    Py_RETURN_NONE;
}

static int
poll_refresh(Poll *self)
{
    if (!self->is_stale)
        return 1;
    Py_ssize_t count = PyDict_GET_SIZE(self->masks);
    struct pollfd *fds = PyMem_Resize(self->fds, struct pollfd, count + 1);
    if (fds == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    self->fds = fds;
    self->count = (int)count;
    Py_ssize_t position = 0, i = 0;
    PyObject *key, *value;
    while (PyDict_Next(self->masks, &position, &key, &value)) {
        fds[i].fd = (int)PyLong_AsLong(key);
        fds[i].events = (short)PyLong_AsLong(value);
        fds[i++].revents = 0;
    }
    self->is_stale = 0;
    return 1;
}

static PyObject *
poll_results(Poll *self, int ready)
{
    KS_OWNED PyObject *list = PyList_New(ready);
    if (list == NULL)
        return NULL;
    int found = 0;
    for (int i = 0; i < self->count && found < ready; i++) {
        if (self->fds[i].revents == 0)
            continue;
        /* revents is a short; what events say has no sign. */
        PyObject *pair = Py_BuildValue("(ii)", self->fds[i].fd, self->fds[i].revents & 0xffff);
        if (pair == NULL)
            return NULL;
        PyList_SET_ITEM(list, found++, pair);
    }
    return ks_give(&list);
}

/* Milliseconds, or None; *ms is what is left of them for the system, -1 for no end. */
static int
poll_timeout(PyObject *arg, _PyTime_t *timeout, int *ms)
{
    *ms = -1;
    *timeout = -1;
    if (arg == Py_None)
        return 1;
    if (_PyTime_FromMillisecondsObject(timeout, arg, _PyTime_ROUND_TIMEOUT) < 0) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_SetString(PyExc_TypeError, "timeout must be an integer or None");
        return 0;
    }
    _PyTime_t wanted = _PyTime_AsMilliseconds(*timeout, _PyTime_ROUND_TIMEOUT);
    if (wanted < INT_MIN || wanted > INT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "timeout is too large");
        return 0;
    }
    *ms = wanted < 0 ? -1 : (int)wanted;
    return 1;
}

static PyObject *
poll_poll(Poll *self, PyObject *const *args, Py_ssize_t nargs)
{
    _PyTime_t timeout, deadline = 0;
    int ms, ready;
    if (!ks_args_count("poll", nargs, 0, 1) ||
        !poll_timeout(nargs > 0 ? args[0] : Py_None, &timeout, &ms))
        return NULL;
    if (ms >= 0)
        deadline = _PyDeadline_Init(timeout);
    if (self->is_polling) {
        PyErr_SetString(PyExc_RuntimeError, "concurrent poll() invocation");
        return NULL;
    }
    if (!poll_refresh(self))
        return NULL;
    self->is_polling = 1;
    int saved;
    for (;;) {
        Py_BEGIN_ALLOW_THREADS
        errno = 0;
        ready = poll(self->fds, (nfds_t)self->count, ms);
        saved = errno;
        Py_END_ALLOW_THREADS
        if (ready >= 0 || saved != EINTR)
            break;
        if (PyErr_CheckSignals() != 0) {
            self->is_polling = 0;
            return NULL;
        }
        if (ms >= 0) {
            timeout = _PyDeadline_Get(deadline);
            if (timeout < 0) {
                ready = 0;
                break;
            }
            ms = (int)_PyTime_AsMilliseconds(timeout, _PyTime_ROUND_CEILING);
        }
    }
    self->is_polling = 0;
    if (ready < 0) {
        errno = saved;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    return poll_results(self, ready);
}

static void
poll_dealloc(Poll *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyMem_Free(self->fds);
    Py_XDECREF(self->masks);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef poll_methods[] = {
    METHOD("register", poll_register, METH_FASTCALL,
           "($self, fd,\n         eventmask=select.POLLIN | select.POLLPRI | select.POLLOUT, /)",
           "Watch a descriptor for events."),
    METHOD("modify", poll_modify, METH_FASTCALL, "($self, fd, eventmask, /)",
           "Change the events a descriptor is watched for."),
    METHOD("unregister", poll_unregister, METH_O, "($self, fd, /)", "Stop watching a descriptor."),
    METHOD("poll", poll_poll, METH_FASTCALL, "($self, timeout=None, /)",
           "Wait for events; returns a list of descriptor and events."),
    {NULL, NULL, 0, NULL},
};

static PyType_Slot poll_slots[] = {
    {Py_tp_dealloc, poll_dealloc},
    {Py_tp_methods, poll_methods},
    {0, NULL},
};

static PyType_Spec poll_spec = {
    .name = "select.poll",
    .basicsize = sizeof(Poll),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = poll_slots,
};

typedef struct SelectState {
    PyTypeObject *poll_type;
} SelectState;

static PyObject *
select_poll(PyObject *module, PyObject *unused)
{
    SelectState *state = PyModule_GetState(module);
    Poll *self = PyObject_New(Poll, state->poll_type);
    if (self == NULL)
        return NULL;
    self->fds = NULL;
    self->count = 0;
    self->is_stale = 1;
    self->is_polling = 0;
    self->masks = PyDict_New();
    if (self->masks == NULL)
        Py_CLEAR(self);
    return (PyObject *)self;
}

/* --- The module -------------------------------------------------------------------------------------------- */

static PyMethodDef select_methods[] = {
    METHOD("select", select_select, METH_FASTCALL, "($module, rlist, wlist, xlist, timeout=None, /)",
           "Wait until descriptors are ready to read, to write, or in an exceptional state."),
    METHOD("poll", select_poll, METH_NOARGS, "($module, /)", "Make an object to poll with."),
    {NULL, NULL, 0, NULL},
};

#define CONSTANT(name) {#name, (long)(name)},
static const struct {
    const char *name;
    long value;
} select_constants[] = {
#include "select_constants.def"
};

static int
select_exec(PyObject *module)
{
    SelectState *state = PyModule_GetState(module);
    if (PyModule_AddObjectRef(module, "error", PyExc_OSError) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(select_constants); i++) {
        KS_OWNED PyObject *value = PyLong_FromLong(select_constants[i].value & 0xffffffff);
        if (value == NULL || PyModule_AddObjectRef(module, select_constants[i].name, value) < 0)
            return -1;
    }
    state->poll_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &poll_spec, NULL);
    return state->poll_type == NULL ? -1 : ks_epoll_set_up(module);
}

static int
select_traverse(PyObject *module, visitproc visit, void *arg)
{
    Py_VISIT(((SelectState *)PyModule_GetState(module))->poll_type);
    return 0;
}

static int
select_clear(PyObject *module)
{
    Py_CLEAR(((SelectState *)PyModule_GetState(module))->poll_type);
    return 0;
}

static void
select_free(void *module)
{
    select_clear((PyObject *)module);
}

static PyModuleDef_Slot select_slots[] = {
    {Py_mod_exec, select_exec},
    {0, NULL},
};

static struct PyModuleDef select_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "select",
    .m_doc = "Waiting for several descriptors at once.",
    .m_size = sizeof(SelectState),
    .m_methods = select_methods,
    .m_slots = select_slots,
    .m_traverse = select_traverse,
    .m_clear = select_clear,
    .m_free = select_free,
};

PyMODINIT_FUNC
PyInit_select(void)
{
    return PyModuleDef_Init(&select_module);
}
