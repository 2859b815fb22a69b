/* SPDX-License-Identifier: MIT */
/* The socket type: a descriptor, what it was opened as, and a timeout.
 *
 * A socket with a timeout (also 0) has a descriptor in non-blocking mode; one without blocks in
 * the kernel. Every method goes through ks_socket_run(), the only place that waits, releases the
 * GIL for a call and handles EINTR, so that the rules are the same for all of them. */
#include "socket_parts.h"

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <structmember.h>
#include <unistd.h>

_PyTime_t ks_socket_default_timeout = -1;

PyObject *
ks_socket_error(void)
{
    return PyErr_SetFromErrno(PyExc_OSError);
}

/* Waiting and retrying. */

static void
raise_timed_out(void)
{
    PyErr_SetString(PyExc_TimeoutError, "timed out");
}

/* Waits until the descriptor is ready. 0 ready, 1 the interval (ns) is over, -1 errno. A negative
 * interval waits for ever. */
static int
wait_ready(KsSocket *sock, bool writing, bool connecting, _PyTime_t interval)
{
    struct pollfd entry = {.fd = sock->fd, .events = writing ? POLLOUT : POLLIN};
    /* An event of its own: failed connections report POLLERR without POLLOUT on some kernels. */
    if (connecting)
        entry.events |= POLLERR;
    int milliseconds = -1;
    if (interval >= 0) {
        _PyTime_t rounded = _PyTime_AsMilliseconds(interval, _PyTime_ROUND_CEILING);
        milliseconds = rounded > INT_MAX ? INT_MAX : (int)rounded;
    }
    int count;
    Py_BEGIN_ALLOW_THREADS
    count = poll(&entry, 1, milliseconds);
    Py_END_ALLOW_THREADS
    if (count < 0)
        return -1;
    return count == 0;
}

/* The loop behind ks_socket_run(). A connection waits even when the socket blocks, since connect()
 * is not called again. With code, errors are errno values in *code instead of exceptions; only a
 * signal handler's exception is one then (code holds -1). */
static int
run_within(KsSocket *sock, bool writing, KsSocketCall call, void *data, bool connecting,
           _PyTime_t timeout, int *code)
{
    bool has_deadline = timeout > 0;
    _PyTime_t deadline = has_deadline ? _PyTime_GetMonotonicClock() + timeout : 0;
    _PyTime_t interval = timeout;
    for (;;) {
        if ((has_deadline || connecting) && sock->fd >= 0) {
            int state = interval < 0 && has_deadline ? 1
                                                     : wait_ready(sock, writing, connecting, interval);
            if (state < 0 && errno == EINTR) {
                if (PyErr_CheckSignals() < 0) {
                    if (code != NULL)
                        *code = -1;
                    return -1;
                }
                if (has_deadline)
                    interval = deadline - _PyTime_GetMonotonicClock();
                continue;
            }
            if (state < 0) {
                if (code != NULL)
                    *code = errno;
                else
                    sock->errorhandler();
                return -1;
            }
            if (state > 0) {
                if (code != NULL)
                    *code = EWOULDBLOCK;
                else
                    raise_timed_out();
                return -1;
            }
        }
        bool done;
        int failure;
        for (;;) {
            Py_BEGIN_ALLOW_THREADS
            done = call(sock, data);
            failure = errno;
            Py_END_ALLOW_THREADS
            if (done) {
                if (code != NULL)
                    *code = 0;
                return 0;
            }
            if (failure != EINTR)
                break;
            if (PyErr_CheckSignals() < 0) {
                if (code != NULL)
                    *code = -1;
                return -1;
            }
        }
        /* poll() may announce data that is then dropped (a bad checksum) or taken by another. */
        if (has_deadline && (failure == EWOULDBLOCK || failure == EAGAIN)) {
            interval = deadline - _PyTime_GetMonotonicClock();
            continue;
        }
        errno = failure;
        if (code != NULL)
            *code = failure;
        else
            sock->errorhandler();
        return -1;
    }
}

int
ks_socket_run(KsSocket *sock, bool writing, KsSocketCall call, void *data)
{
    return run_within(sock, writing, call, data, false, sock->timeout, NULL);
}

/* Modes and timeouts. */

static int
set_blocking(KsSocket *sock, bool block)
{
    int result;
    Py_BEGIN_ALLOW_THREADS
    int flag = !block;
    result = ioctl(sock->fd, FIONBIO, &flag);
    Py_END_ALLOW_THREADS
    if (result < 0)
        ks_socket_error();
    return result < 0 ? -1 : 0;
}

int
ks_socket_parse_timeout(PyObject *value, _PyTime_t *timeout)
{
    if (value == Py_None) {
        *timeout = -1;
        return 0;
    }
    if (_PyTime_FromSecondsObject(timeout, value, _PyTime_ROUND_TIMEOUT) < 0)
        return -1;
    if (*timeout < 0) {
        PyErr_SetString(PyExc_ValueError, "Timeout value out of range");
        return -1;
    }
    return 0;
}

PyObject *
ks_socket_timeout_object(_PyTime_t timeout)
{
    if (timeout < 0)
        Py_RETURN_NONE;
    return PyFloat_FromDouble(_PyTime_AsSecondsDouble(timeout));
}

/* Lifecycle. */

static int
socket_attach(KsSocket *sock, int fd, int family, int type, int proto)
{
    sock->fd = fd;
    sock->family = family;
    sock->type = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
    sock->proto = proto;
    sock->errorhandler = ks_socket_error;
    if (type & SOCK_NONBLOCK) {
        sock->timeout = 0;
        return 0;
    }
    sock->timeout = ks_socket_default_timeout;
    return ks_socket_default_timeout >= 0 ? set_blocking(sock, false) : 0;
}

static PyObject *
socket_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    KsSocket *sock = (KsSocket *)type->tp_alloc(type, 0);
    if (sock != NULL) {
        sock->fd = -1;
        sock->timeout = -1;
        sock->errorhandler = ks_socket_error;
    }
    return (PyObject *)sock;
}

PyObject *
ks_socket_make(int fd, int family, int type, int proto)
{
    KsSocket *sock = (KsSocket *)socket_new(&ks_socket_type, NULL, NULL);
    if (sock == NULL) {
        close(fd);
        return NULL;
    }
    if (socket_attach(sock, fd, family, type, proto) < 0) {
        sock->fd = -1;
        close(fd);
        Py_DECREF(sock);
        return NULL;
    }
    return (PyObject *)sock;
}

/* Finds out what an open descriptor is, as far as the caller did not say (-1). */
static int
probe_descriptor(int fd, int *family, int *type, int *proto)
{
    KsSockAddress address;
    memset(&address, 0, sizeof(address));
    socklen_t length = sizeof(address);
    if (getsockname(fd, &address.any, &length) < 0) {
        if (*family == -1)
            return -1;
    }
    else if (*family == -1)
        *family = address.any.sa_family;
    length = sizeof(int);
    if (*type == -1 && getsockopt(fd, SOL_SOCKET, SO_TYPE, type, &length) < 0)
        return -1;
    length = sizeof(int);
    if (*proto == -1 && getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, proto, &length) < 0)
        return -1;
    return 0;
}

static int
socket_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"family", "type", "proto", "fileno", NULL};
    int family = -1, type = -1, proto = -1, fd;
    PyObject *fileno = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|iiiO:socket", names, &family, &type, &proto,
                                     &fileno)
        || PySys_Audit("socket.__new__", "Oiii", self, family, type, proto) < 0)
        return -1;
    if (fileno != Py_None) {
        fd = (int)PyLong_AsLong(fileno);
        if (fd == -1 && PyErr_Occurred())
            return -1;
        if (fd < 0) {
            PyErr_SetString(PyExc_ValueError, "negative file descriptor");
            return -1;
        }
        if (probe_descriptor(fd, &family, &type, &proto) < 0) {
            ks_socket_error();
            return -1;
        }
        return socket_attach((KsSocket *)self, fd, family, type, proto);
    }
    family = family == -1 ? AF_INET : family;
    type = type == -1 ? SOCK_STREAM : type;
    proto = proto == -1 ? 0 : proto;
    Py_BEGIN_ALLOW_THREADS
    fd = socket(family, type | SOCK_CLOEXEC, proto);
    Py_END_ALLOW_THREADS
    if (fd < 0) {
        ks_socket_error();
        return -1;
    }
    if (socket_attach((KsSocket *)self, fd, family, type, proto) < 0) {
        ((KsSocket *)self)->fd = -1;
        close(fd);
        return -1;
    }
    return 0;
}

static void
socket_finalize(PyObject *self)
{
    KsSocket *sock = (KsSocket *)self;
    if (sock->fd == -1)
        return;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (PyErr_ResourceWarning(self, 1, "unclosed %R", self) < 0
        && PyErr_ExceptionMatches(PyExc_Warning))
        PyErr_WriteUnraisable(self);
    int fd = sock->fd;
    sock->fd = -1;
    Py_BEGIN_ALLOW_THREADS
    close(fd);
    Py_END_ALLOW_THREADS
    PyErr_Restore(type, value, traceback);
}

static void
socket_dealloc(PyObject *self)
{
    if (PyObject_CallFinalizerFromDealloc(self) == 0)
        Py_TYPE(self)->tp_free(self);
}

static PyObject *
socket_repr(PyObject *self)
{
    KsSocket *sock = (KsSocket *)self;
    return PyUnicode_FromFormat("<socket object, fd=%ld, family=%d, type=%d, proto=%d>",
                                (long)sock->fd, sock->family, sock->type, sock->proto);
}

/* Arguments of the methods that move data, which are called often: counts as PyArg_ParseTuple
 * words them, integers without a format. */

static bool
count_is(const char *name, Py_ssize_t given, Py_ssize_t min, Py_ssize_t max)
{
    if (KS_LIKELY(given >= min && given <= max))
        return true;
    Py_ssize_t bound = given < min ? min : max;
    PyErr_Format(PyExc_TypeError, "%.150s() takes %s %zd argument%s (%zd given)", name,
                 min == max ? "exactly" : given < min ? "at least" : "at most", bound,
                 bound == 1 ? "" : "s", given);
    return false;
}

static bool
take_size(PyObject *value, Py_ssize_t *size)
{
    KS_OWNED PyObject *number = PyNumber_Index(value);
    if (number == NULL)
        return false;
    *size = PyLong_AsSsize_t(number);
    return *size != -1 || !PyErr_Occurred();
}

static bool
take_int(PyObject *value, int *result)
{
    long number = PyLong_AsLong(value);
    if (number == -1 && PyErr_Occurred())
        return false;
    if (number > INT_MAX || number < INT_MIN) {
        PyErr_SetString(PyExc_OverflowError, number > 0
                                                 ? "signed integer is greater than maximum"
                                                 : "signed integer is less than minimum");
        return false;
    }
    *result = (int)number;
    return true;
}

/* Receiving. */

typedef struct {
    char *buffer;
    Py_ssize_t size;
    int flags;
    ssize_t result;
    KsSockAddress *address; /* NULL: not asked for */
    socklen_t address_length;
} KsTransfer;

static bool
call_recv(KsSocket *sock, void *data)
{
    KsTransfer *transfer = data;
    transfer->result = recv(sock->fd, transfer->buffer, transfer->size, transfer->flags);
    return transfer->result >= 0;
}

static bool
call_recvfrom(KsSocket *sock, void *data)
{
    KsTransfer *transfer = data;
    transfer->address_length = sizeof(*transfer->address);
    transfer->result = recvfrom(sock->fd, transfer->buffer, transfer->size, transfer->flags,
                                &transfer->address->any, &transfer->address_length);
    return transfer->result >= 0;
}

/* A bytes object of what arrived, at most transfer->size. */
static KS_NEW PyObject *
receive_bytes(KsSocket *sock, KsTransfer *transfer, KsSocketCall call)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, transfer->size);
    if (bytes == NULL)
        return NULL;
    transfer->buffer = PyBytes_AS_STRING(bytes);
    if (ks_socket_run(sock, false, call, transfer) < 0) {
        Py_DECREF(bytes);
        return NULL;
    }
    if (transfer->result != transfer->size)
        _PyBytes_Resize(&bytes, transfer->result);
    return bytes;
}

static PyObject *
socket_recv(KsSocket *sock, PyObject *const *args, Py_ssize_t nargs)
{
    KsTransfer transfer = {0};
    if (!count_is("recv", nargs, 1, 2) || !take_size(args[0], &transfer.size)
        || (nargs == 2 && !take_int(args[1], &transfer.flags)))
        return NULL;
    if (transfer.size < 0) {
        PyErr_SetString(PyExc_ValueError, "negative buffersize in recv");
        return NULL;
    }
    return receive_bytes(sock, &transfer, call_recv);
}

static PyObject *
socket_recvfrom(KsSocket *sock, PyObject *args)
{
    KsSockAddress address;
    KsTransfer transfer = {.address = &address};
    socklen_t length;
    memset(&address, 0, sizeof(address));
    if (!PyArg_ParseTuple(args, "n|i:recvfrom", &transfer.size, &transfer.flags))
        return NULL;
    if (transfer.size < 0) {
        PyErr_SetString(PyExc_ValueError, "negative buffersize in recvfrom");
        return NULL;
    }
    if (!ks_socket_address_size(sock, &length))
        return NULL;
    KS_OWNED PyObject *bytes = receive_bytes(sock, &transfer, call_recvfrom);
    if (bytes == NULL)
        return NULL;
    KS_OWNED PyObject *from =
        ks_socket_address_object(sock->fd, &address, transfer.address_length, sock->proto);
    return from == NULL ? NULL : PyTuple_Pack(2, bytes, from);
}

static PyObject *
socket_recv_into(KsSocket *sock, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"buffer", "nbytes", "flags", NULL};
    Py_buffer view;
    KsTransfer transfer = {0};
    PyObject *result = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "w*|ni:recv_into", names, &view, &transfer.size,
                                     &transfer.flags))
        return NULL;
    if (transfer.size < 0) {
        PyErr_SetString(PyExc_ValueError, "negative buffersize in recv_into");
        goto done;
    }
    if (transfer.size == 0)
        transfer.size = view.len;
    if (transfer.size > view.len) {
        PyErr_SetString(PyExc_ValueError, "buffer too small for requested bytes");
        goto done;
    }
    transfer.buffer = view.buf;
    if (ks_socket_run(sock, false, call_recv, &transfer) == 0)
        result = PyLong_FromSsize_t(transfer.result);
done:
    PyBuffer_Release(&view);
    return result;
}

static PyObject *
socket_recvfrom_into(KsSocket *sock, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"buffer", "nbytes", "flags", NULL};
    Py_buffer view;
    KsSockAddress address;
    KsTransfer transfer = {.address = &address};
    socklen_t length;
    PyObject *result = NULL;
    memset(&address, 0, sizeof(address));
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "w*|ni:recvfrom_into", names, &view,
                                     &transfer.size, &transfer.flags))
        return NULL;
    if (transfer.size < 0) {
        PyErr_SetString(PyExc_ValueError, "negative buffersize in recvfrom_into");
        goto done;
    }
    if (transfer.size == 0)
        transfer.size = view.len;
    if (transfer.size > view.len) {
        PyErr_SetString(PyExc_ValueError, "nbytes is greater than the length of the buffer");
        goto done;
    }
    transfer.buffer = view.buf;
    if (!ks_socket_address_size(sock, &length)
        || ks_socket_run(sock, false, call_recvfrom, &transfer) < 0)
        goto done;
    PyObject *from =
        ks_socket_address_object(sock->fd, &address, transfer.address_length, sock->proto);
    if (from != NULL)
        result = Py_BuildValue("nN", (Py_ssize_t)transfer.result, from);
done:
    PyBuffer_Release(&view);
    return result;
}

/* Sending. */

static bool
call_send(KsSocket *sock, void *data)
{
    KsTransfer *transfer = data;
    transfer->result = send(sock->fd, transfer->buffer, transfer->size, transfer->flags);
    return transfer->result >= 0;
}

static bool
call_sendto(KsSocket *sock, void *data)
{
    KsTransfer *transfer = data;
    transfer->result = sendto(sock->fd, transfer->buffer, transfer->size, transfer->flags,
                              &transfer->address->any, transfer->address_length);
    return transfer->result >= 0;
}

/* The contiguous bytes to send, as format "y*" takes them: a str is refused like any other. */
static bool
take_data(PyObject *value, Py_buffer *view)
{
    return PyObject_GetBuffer(value, view, PyBUF_SIMPLE) == 0;
}

static PyObject *
socket_send(KsSocket *sock, PyObject *const *args, Py_ssize_t nargs)
{
    KsTransfer transfer = {0};
    Py_buffer view;
    PyObject *result = NULL;
    if (!count_is("send", nargs, 1, 2) || !take_data(args[0], &view))
        return NULL;
    if (nargs == 2 && !take_int(args[1], &transfer.flags))
        goto done;
    transfer.buffer = view.buf;
    transfer.size = view.len;
    if (ks_socket_run(sock, true, call_send, &transfer) == 0)
        result = PyLong_FromSsize_t(transfer.result);
done:
    PyBuffer_Release(&view);
    return result;
}

/* Sends all of it; the timeout is for the whole and not for a piece. */
static int
send_rest(KsSocket *sock, KsTransfer *transfer)
{
    bool has_deadline = sock->timeout > 0;
    _PyTime_t timeout = sock->timeout;
    _PyTime_t deadline = has_deadline ? _PyTime_GetMonotonicClock() + timeout : 0;
    for (;;) {
        if (run_within(sock, true, call_send, transfer, false, timeout, NULL) < 0)
            return -1;
        transfer->buffer += transfer->result;
        transfer->size -= transfer->result;
        if (PyErr_CheckSignals() < 0)
            return -1;
        if (transfer->size <= 0)
            return 0;
        if (has_deadline) {
            timeout = deadline - _PyTime_GetMonotonicClock();
            if (timeout <= 0) {
                raise_timed_out();
                return -1;
            }
        }
    }
}

static PyObject *
socket_sendall(KsSocket *sock, PyObject *const *args, Py_ssize_t nargs)
{
    KsTransfer transfer = {0};
    Py_buffer view;
    int status = -1;
    if (!count_is("sendall", nargs, 1, 2) || !take_data(args[0], &view))
        return NULL;
    if (nargs == 2 && !take_int(args[1], &transfer.flags))
        goto done;
    transfer.buffer = view.buf;
    transfer.size = view.len;
    status = send_rest(sock, &transfer);
done:
    PyBuffer_Release(&view);
    if (status < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
socket_sendto(KsSocket *sock, PyObject *args)
{
    KsSockAddress address;
    KsTransfer transfer = {.address = &address};
    Py_buffer view;
    PyObject *to, *result = NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    if (count != 2 && count != 3) {
        PyErr_Format(PyExc_TypeError, "sendto() takes 2 or 3 arguments (%zd given)", count);
        return NULL;
    }
    if (count == 2 ? !PyArg_ParseTuple(args, "y*O:sendto", &view, &to)
                   : !PyArg_ParseTuple(args, "y*iO:sendto", &view, &transfer.flags, &to))
        return NULL;
    transfer.buffer = view.buf;
    transfer.size = view.len;
    if (ks_socket_address_parse(sock, to, &address, &transfer.address_length, "sendto")
        && PySys_Audit("socket.sendto", "OO", sock, to) == 0
        && ks_socket_run(sock, true, call_sendto, &transfer) == 0)
        result = PyLong_FromSsize_t(transfer.result);
    PyBuffer_Release(&view);
    return result;
}

/* Connecting. */

static bool
call_finish_connect(KsSocket *sock, void *data)
{
    int failure = 0;
    socklen_t size = sizeof(failure);
    if (getsockopt(sock->fd, SOL_SOCKET, SO_ERROR, &failure, &size) < 0)
        return false;
    errno = failure;
    return failure == 0 || failure == EISCONN;
}

/* Connects; *code gets the errno of a failure (0 for none), *waited whether it is the wait's: the
 * kernel's own "would block" (a full queue of a local socket) is no timeout. -1 only for a
 * signal's exception. */
static int
connect_address(KsSocket *sock, KsSockAddress *address, socklen_t length, int *code, bool *waited)
{
    int result;
    *waited = false;
    Py_BEGIN_ALLOW_THREADS
    result = connect(sock->fd, &address->any, length);
    *code = result < 0 ? errno : 0;
    Py_END_ALLOW_THREADS
    if (result == 0)
        return 0;
    if (*code == EINTR) { /* goes on in the background */
        if (PyErr_CheckSignals() < 0)
            return -1;
        *waited = sock->timeout != 0;
    }
    else
        *waited = sock->timeout > 0 && *code == EINPROGRESS;
    if (*waited && run_within(sock, true, call_finish_connect, NULL, true, sock->timeout, code) < 0
        && *code == -1)
        return -1;
    return 0;
}

static PyObject *
socket_connect(KsSocket *sock, PyObject *to)
{
    KsSockAddress address;
    socklen_t length;
    int code;
    bool waited;
    if (!ks_socket_address_parse(sock, to, &address, &length, "connect")
        || PySys_Audit("socket.connect", "OO", sock, to) < 0
        || connect_address(sock, &address, length, &code, &waited) < 0)
        return NULL;
    if (code == 0)
        Py_RETURN_NONE;
    if (code == EWOULDBLOCK && waited) {
        raise_timed_out();
        return NULL;
    }
    errno = code;
    return sock->errorhandler();
}

static PyObject *
socket_connect_ex(KsSocket *sock, PyObject *to)
{
    KsSockAddress address;
    socklen_t length;
    int code;
    bool waited;
    if (!ks_socket_address_parse(sock, to, &address, &length, "connect_ex")
        || PySys_Audit("socket.connect", "OO", sock, to) < 0
        || connect_address(sock, &address, length, &code, &waited) < 0)
        return NULL;
    return PyLong_FromLong(code);
}

static PyObject *
socket_bind(KsSocket *sock, PyObject *to)
{
    KsSockAddress address;
    socklen_t length;
    int result;
    if (!ks_socket_address_parse(sock, to, &address, &length, "bind")
        || PySys_Audit("socket.bind", "OO", sock, to) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    result = bind(sock->fd, &address.any, length);
    Py_END_ALLOW_THREADS
    if (result < 0)
        return sock->errorhandler();
    Py_RETURN_NONE;
}

static PyObject *
socket_listen(KsSocket *sock, PyObject *args)
{
    int backlog = SOMAXCONN < 128 ? SOMAXCONN : 128, result;
    if (!PyArg_ParseTuple(args, "|i:listen", &backlog))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    result = listen(sock->fd, backlog < 0 ? 0 : backlog);
    Py_END_ALLOW_THREADS
    if (result < 0)
        return sock->errorhandler();
    Py_RETURN_NONE;
}

static bool
call_accept(KsSocket *sock, void *data)
{
    KsTransfer *transfer = data;
    transfer->address_length = sizeof(*transfer->address);
    transfer->result = accept4(sock->fd, &transfer->address->any, &transfer->address_length,
                               SOCK_CLOEXEC);
    return transfer->result >= 0;
}

static PyObject *
socket_accept(KsSocket *sock, PyObject *unused)
{
    KsSockAddress address;
    KsTransfer transfer = {.address = &address};
    socklen_t length;
    memset(&address, 0, sizeof(address));
    if (!ks_socket_address_size(sock, &length)
        || ks_socket_run(sock, false, call_accept, &transfer) < 0)
        return NULL;
    int fd = (int)transfer.result;
    PyObject *from =
        ks_socket_address_object(fd, &address, transfer.address_length, sock->proto);
    PyObject *pair = from == NULL ? NULL : Py_BuildValue("iN", fd, from);
    if (pair == NULL)
        close(fd);
    return pair;
}

static PyObject *
socket_shutdown(KsSocket *sock, PyObject *value)
{
    int how = _PyLong_AsInt(value), result;
    if (how == -1 && PyErr_Occurred())
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    result = shutdown(sock->fd, how);
    Py_END_ALLOW_THREADS
    if (result < 0)
        return sock->errorhandler();
    Py_RETURN_NONE;
}

static PyObject *
endpoint_name(KsSocket *sock, int (*query)(int, struct sockaddr *, socklen_t *))
{
    KsSockAddress address;
    socklen_t length;
    int result;
    if (!ks_socket_address_size(sock, &length))
        return NULL;
    memset(&address, 0, sizeof(address));
    Py_BEGIN_ALLOW_THREADS
    result = query(sock->fd, &address.any, &length);
    Py_END_ALLOW_THREADS
    if (result < 0)
        return sock->errorhandler();
    return ks_socket_address_object(sock->fd, &address, length, sock->proto);
}

static int
query_own(int fd, struct sockaddr *address, socklen_t *length)
{
    return getsockname(fd, address, length);
}

static int
query_peer(int fd, struct sockaddr *address, socklen_t *length)
{
    return getpeername(fd, address, length);
}

static PyObject *
socket_getsockname(KsSocket *sock, PyObject *unused)
{
    return endpoint_name(sock, query_own);
}

static PyObject *
socket_getpeername(KsSocket *sock, PyObject *unused)
{
    return endpoint_name(sock, query_peer);
}

/* Descriptor and mode. */

static PyObject *
socket_close(KsSocket *sock, PyObject *unused)
{
    int fd = sock->fd, result;
    if (fd != -1) {
        /* First: another thread may get the same number as soon as it is closed. */
        sock->fd = -1;
        Py_BEGIN_ALLOW_THREADS
        result = close(fd);
        Py_END_ALLOW_THREADS
        if (result < 0 && errno != ECONNRESET)
            return sock->errorhandler();
    }
    Py_RETURN_NONE;
}

static PyObject *
socket_detach(KsSocket *sock, PyObject *unused)
{
    int fd = sock->fd;
    sock->fd = -1;
    return PyLong_FromLong(fd);
}

static PyObject *
socket_fileno(KsSocket *sock, PyObject *unused)
{
    return PyLong_FromLong(sock->fd);
}

static PyObject *
socket_setblocking(KsSocket *sock, PyObject *value)
{
    long block = PyLong_AsLong(value);
    if (block == -1 && PyErr_Occurred())
        return NULL;
    sock->timeout = block ? -1 : 0;
    if (set_blocking(sock, block != 0) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
socket_getblocking(KsSocket *sock, PyObject *unused)
{
    return PyBool_FromLong(sock->timeout != 0);
}

static PyObject *
socket_settimeout(KsSocket *sock, PyObject *value)
{
    _PyTime_t timeout;
    if (ks_socket_parse_timeout(value, &timeout) < 0)
        return NULL;
    sock->timeout = timeout;
    if (set_blocking(sock, timeout < 0) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
socket_gettimeout(KsSocket *sock, PyObject *unused)
{
    return ks_socket_timeout_object(sock->timeout);
}

static PyObject *
socket_timeout(PyObject *self, void *closure)
{
    return ks_socket_timeout_object(((KsSocket *)self)->timeout);
}

/* Options. */

static PyObject *
socket_getsockopt(KsSocket *sock, PyObject *args)
{
    int level, option;
    socklen_t size = 0;
    if (!PyArg_ParseTuple(args, "ii|i:getsockopt", &level, &option, &size))
        return NULL;
    if (size == 0 && sock->family == AF_VSOCK) {
        uint64_t wide = 0;
        size = sizeof(wide);
        if (getsockopt(sock->fd, level, option, &wide, &size) < 0)
            return sock->errorhandler();
        return PyLong_FromUnsignedLong(wide);
    }
    if (size == 0) {
        int flag = 0;
        size = sizeof(flag);
        if (getsockopt(sock->fd, level, option, &flag, &size) < 0)
            return sock->errorhandler();
        return PyLong_FromLong(flag);
    }
    if ((int)size < 0 || size > 1024) {
        PyErr_SetString(PyExc_OSError, "getsockopt buflen out of range");
        return NULL;
    }
    char value[1024];
    if (getsockopt(sock->fd, level, option, value, &size) < 0)
        return sock->errorhandler();
    return PyBytes_FromStringAndSize(value, size);
}

/* The value is an int, None with a length, or bytes; the last form's complaint is the one seen. */
static PyObject *
socket_setsockopt(KsSocket *sock, PyObject *args)
{
    int level, option, flag, result;
    unsigned int size;
    PyObject *none;
    if (sock->family == AF_VSOCK) {
        uint64_t wide;
        if (PyArg_ParseTuple(args, "iiK:setsockopt", &level, &option, &wide)) {
            result = setsockopt(sock->fd, level, option, &wide, sizeof(wide));
            goto done;
        }
        PyErr_Clear();
    }
    if (PyArg_ParseTuple(args, "iii:setsockopt", &level, &option, &flag)) {
        result = setsockopt(sock->fd, level, option, &flag, sizeof(flag));
        goto done;
    }
    PyErr_Clear();
    if (PyArg_ParseTuple(args, "iiO!I:setsockopt", &level, &option, Py_TYPE(Py_None), &none,
                         &size)) {
        result = setsockopt(sock->fd, level, option, NULL, size);
        goto done;
    }
    PyErr_Clear();
    Py_buffer view;
    if (!PyArg_ParseTuple(args, "iiy*:setsockopt", &level, &option, &view))
        return NULL;
    if (view.len > INT_MAX) {
        PyBuffer_Release(&view);
        PyErr_Format(PyExc_OverflowError, "socket option is larger than %i bytes", INT_MAX);
        return NULL;
    }
    result = setsockopt(sock->fd, level, option, view.buf, (socklen_t)view.len);
    int failure = errno;
    PyBuffer_Release(&view);
    errno = failure;
done:
    if (result < 0)
        return sock->errorhandler();
    Py_RETURN_NONE;
}

/* Tables. */

static PyMethodDef socket_methods[] = {
    METHOD_PLAIN("_accept", socket_accept, METH_NOARGS,
                 "_accept() -> (fd, address)\n\nWait for a connection; its descriptor and peer."),
    METHOD_PLAIN("bind", socket_bind, METH_O, "bind(address)\n\nGive the socket its local address."),
    METHOD_PLAIN("close", socket_close, METH_NOARGS,
                 "close()\n\nClose the descriptor; every later use fails."),
    METHOD_PLAIN("connect", socket_connect, METH_O,
                 "connect(address)\n\nConnect to a remote address."),
    METHOD_PLAIN("connect_ex", socket_connect_ex, METH_O,
                 "connect_ex(address) -> errno\n\nAs connect(), but failure is a result."),
    METHOD_PLAIN("detach", socket_detach, METH_NOARGS,
                 "detach() -> fd\n\nGive the descriptor away without closing it."),
    METHOD_PLAIN("fileno", socket_fileno, METH_NOARGS,
                 "fileno() -> integer\n\nThe descriptor, -1 when closed."),
    METHOD_PLAIN("getpeername", socket_getpeername, METH_NOARGS,
                 "getpeername() -> address\n\nWhere the socket is connected to."),
    METHOD_PLAIN("getsockname", socket_getsockname, METH_NOARGS,
                 "getsockname() -> address\n\nThe socket's local address."),
    METHOD_PLAIN("getsockopt", socket_getsockopt, METH_VARARGS,
                 "getsockopt(level, option[, buffersize]) -> value\n\n"
                 "An option: an integer, or with a size up to so many bytes."),
    METHOD_PLAIN("listen", socket_listen, METH_VARARGS,
                 "listen([backlog])\n\nLet others connect; backlog of them may wait."),
    METHOD_PLAIN("recv", socket_recv, METH_FASTCALL,
                 "recv(buffersize[, flags]) -> data\n\n"
                 "What arrived, at most buffersize bytes; b'' at the end."),
    METHOD_PLAIN("recv_into", socket_recv_into, METH_VARARGS | METH_KEYWORDS,
                 "recv_into(buffer, [nbytes[, flags]]) -> nbytes_read\n\n"
                 "As recv(), into a writable buffer."),
    METHOD_PLAIN("recvfrom", socket_recvfrom, METH_VARARGS,
                 "recvfrom(buffersize[, flags]) -> (data, address)\n\n"
                 "As recv(), with the sender's address."),
    METHOD_PLAIN("recvfrom_into", socket_recvfrom_into, METH_VARARGS | METH_KEYWORDS,
                 "recvfrom_into(buffer[, nbytes[, flags]]) -> (nbytes, address)\n\n"
                 "As recv_into(), with the sender's address."),
    METHOD_PLAIN("send", socket_send, METH_FASTCALL,
                 "send(data[, flags]) -> count\n\nSend; how many bytes were taken."),
    METHOD_PLAIN("sendall", socket_sendall, METH_FASTCALL,
                 "sendall(data[, flags])\n\nSend all of data."),
    METHOD_PLAIN("sendto", socket_sendto, METH_VARARGS,
                 "sendto(data[, flags], address) -> count\n\nSend to an address."),
    METHOD_PLAIN("setblocking", socket_setblocking, METH_O,
                 "setblocking(flag)\n\nTrue is settimeout(None), False is settimeout(0)."),
    METHOD_PLAIN("getblocking", socket_getblocking, METH_NOARGS,
                 "getblocking()\n\nFalse exactly if the timeout is 0."),
    METHOD_PLAIN("settimeout", socket_settimeout, METH_O,
                 "settimeout(timeout)\n\nSeconds an operation may take, None for no limit."),
    METHOD_PLAIN("gettimeout", socket_gettimeout, METH_NOARGS,
                 "gettimeout() -> timeout\n\nThe timeout in seconds or None."),
    METHOD_PLAIN("setsockopt", socket_setsockopt, METH_VARARGS,
                 "setsockopt(level, option, value: int)\n"
                 "setsockopt(level, option, value: buffer)\n"
                 "setsockopt(level, option, None, optlen: int)\n\nSet an option."),
    METHOD_PLAIN("shutdown", socket_shutdown, METH_O,
                 "shutdown(flag)\n\nEnd reading (SHUT_RD), writing (SHUT_WR) or both (SHUT_RDWR)."),
    METHOD_PLAIN("recvmsg", ks_socket_recvmsg, METH_VARARGS,
                 "recvmsg(bufsize[, ancbufsize[, flags]]) -> (data, ancdata, msg_flags, address)\n\n"
                 "Receive data and control messages."),
    METHOD_PLAIN("recvmsg_into", ks_socket_recvmsg_into, METH_VARARGS,
                 "recvmsg_into(buffers[, ancbufsize[, flags]]) -> "
                 "(nbytes, ancdata, msg_flags, address)\n\n"
                 "As recvmsg(), the data scattered over writable buffers."),
    METHOD_PLAIN("sendmsg", ks_socket_sendmsg, METH_VARARGS,
                 "sendmsg(buffers[, ancdata[, flags[, address]]]) -> count\n\n"
                 "Send the joined buffers and control messages."),
    METHOD_PLAIN("sendmsg_afalg", ks_socket_sendmsg_afalg, METH_VARARGS | METH_KEYWORDS,
                 "sendmsg_afalg([msg], *, op[, iv[, assoclen[, flags=MSG_MORE]]])\n\n"
                 "Hand data to a kernel cipher: operation, initial vector, associated length."),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef socket_members[] = {
    {"family", T_INT, offsetof(KsSocket, family), READONLY, "the socket family"},
    {"type", T_INT, offsetof(KsSocket, type), READONLY, "the socket type"},
    {"proto", T_INT, offsetof(KsSocket, proto), READONLY, "the socket protocol"},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef socket_getset[] = {
    {"timeout", socket_timeout, NULL, "the socket timeout", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyDoc_STRVAR(socket_doc,
             "socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object\n"
             "socket(family=-1, type=-1, proto=-1, fileno=None) -> socket object\n\n"
             "One end of a network connection: a new one, not inherited by child processes, or\n"
             "one around an open descriptor, whose kind is asked from the system.");

PyTypeObject ks_socket_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_socket.socket",
    .tp_basicsize = sizeof(KsSocket),
    .tp_dealloc = socket_dealloc,
    .tp_repr = socket_repr,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = socket_doc,
    .tp_methods = socket_methods,
    .tp_members = socket_members,
    .tp_getset = socket_getset,
    .tp_init = socket_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = socket_new,
    .tp_free = PyObject_Free,
    .tp_finalize = socket_finalize,
};
