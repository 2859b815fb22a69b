/* SPDX-License-Identifier: MIT */
/* Waiting. A socket with a timeout is non-blocking underneath; every operation first polls, then
 * tries, and goes round again when it was woken for nothing or by a signal. */
#include "socket_parts.h"
#include <fcntl.h>
#include <poll.h>

int
ks_socket_set_blocking(KsSocket *self, int blocking)
{
    int flag = !blocking, status;
    Py_BEGIN_ALLOW_THREADS
    status = ioctl(self->fd, FIONBIO, &flag);
    Py_END_ALLOW_THREADS
    if (status < 0) {
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    return 0;
}

int
ks_socket_read_timeout(PyObject *object, _PyTime_t *timeout)
{
    if (object == Py_None) {
        *timeout = _PyTime_FromSeconds(-1);
        return 0;
    }
    if (_PyTime_FromSecondsObject(timeout, object, _PyTime_ROUND_TIMEOUT) < 0)
        return -1;
    _PyTime_t ms = _PyTime_AsMilliseconds(*timeout, _PyTime_ROUND_TIMEOUT);
    if (*timeout < 0)
        PyErr_SetString(PyExc_ValueError, "Timeout value out of range");
    else if (ms > INT_MAX)
        PyErr_SetString(PyExc_OverflowError, "timeout doesn't fit into C timeval");
    else
        return 0;
    return -1;
}

/* 1 timed out, 0 ready, -1 with errno. Without the GIL while it waits. */
static int
wait_ready(KsSocket *self, int writing, int connecting, _PyTime_t interval)
{
    if (self->fd < 0)
        return 0; /* closed meanwhile: the call itself will say so */
    struct pollfd poller = {self->fd, writing ? POLLOUT : POLLIN, 0};
    if (connecting)
        poller.events |= POLLERR;
    int ms = interval < 0 ? -1 : (int)_PyTime_AsMilliseconds(interval, _PyTime_ROUND_CEILING), found;
    Py_BEGIN_ALLOW_THREADS
    found = poll(&poller, 1, ms);
    Py_END_ALLOW_THREADS
    return found < 0 ? -1 : found == 0;
}

/* Like wait_ready, but tries on after signals; -1 with an exception, also when time is up. */
static int
wait_or_fail(KsSocket *self, int writing, int connecting, _PyTime_t timeout, _PyTime_t *deadline)
{
    for (;;) {
        _PyTime_t interval = timeout;
        if (timeout > 0) {
            if (*deadline == 0)
                *deadline = _PyDeadline_Init(timeout);
            else
                interval = _PyDeadline_Get(*deadline);
        }
        int late = timeout > 0 && interval < 0 ? 1 : wait_ready(self, writing, connecting, interval);
        if (late == 0)
            return 0;
        if (late > 0) {
            PyErr_SetString(PyExc_TimeoutError, "timed out");
            return -1;
        }
        if (errno != EINTR) {
            self->errorhandler();
            return -1;
        }
        if (PyErr_CheckSignals() < 0)
            return -1;
    }
}

ssize_t
ks_socket_run_until(KsSocket *self, int writing, KsSocketStep step, void *data, _PyTime_t timeout,
                    _PyTime_t *deadline)
{
    for (;;) {
        ssize_t result;
        if (timeout > 0 && wait_or_fail(self, writing, 0, timeout, deadline) < 0)
            return -1;
        do {
            Py_BEGIN_ALLOW_THREADS
            result = step(self, data);
            Py_END_ALLOW_THREADS
            if (result >= 0)
                return result;
            if (errno == EINTR && PyErr_CheckSignals() < 0)
                return -1;
        } while (errno == EINTR);
        if (timeout > 0 && (errno == EWOULDBLOCK || errno == EAGAIN))
            continue;
        self->errorhandler();
        return -1;
    }
}

ssize_t
ks_socket_run(KsSocket *self, int writing, KsSocketStep step, void *data)
{
    _PyTime_t deadline = 0;
    return ks_socket_run_until(self, writing, step, data, self->timeout, &deadline);
}

int
ks_socket_connect(KsSocket *self, const KsAddress *address, socklen_t length)
{
    int status, error;
    _PyTime_t deadline = 0;
    Py_BEGIN_ALLOW_THREADS
    status = connect(self->fd, &address->any, length);
    Py_END_ALLOW_THREADS
    if (status == 0)
        return 0;
    error = errno;
    /* An interrupted connect goes on by itself; it may not be called again, only waited for. */
    if (error == EINTR) {
        if (PyErr_CheckSignals() < 0)
            return -1;
        if (self->timeout == 0)
            return error;
    }
    else if (!(self->timeout > 0 && error == EINPROGRESS))
        return error;
    if (wait_or_fail(self, 1, 1, self->timeout, &deadline) < 0)
        return -1;
    socklen_t size = sizeof error;
    if (getsockopt(self->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        return errno;
    return error == EISCONN ? 0 : error;
}
