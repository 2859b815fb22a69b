/* SPDX-License-Identifier: MIT */
/* Messages: data scattered or gathered over several buffers, with control messages beside it.
 *
 * Control messages are walked with our own bounds checks: a peer or kernel may cut the last one,
 * and what is left of it is still handed over. */
#define PY_SSIZE_T_CLEAN
#include "socket_parts.h"

#include <stddef.h>
#include <sys/uio.h>
#include <unistd.h>

/* The kernel's length of a control buffer is a size_t, but lengths are given as socklen_t. */
#define CONTROL_LIMIT 0x7fffffff

/* CMSG_LEN(length) and CMSG_SPACE(length); 0 when it does not fit. */
static bool
control_length(Py_ssize_t data_length, size_t *result)
{
    if (data_length < 0 || data_length > CONTROL_LIMIT - (Py_ssize_t)CMSG_LEN(0))
        return false;
    *result = CMSG_LEN((size_t)data_length);
    return true;
}

static bool
control_space(Py_ssize_t data_length, size_t *result)
{
    if (data_length < 0 || data_length > CONTROL_LIMIT - (Py_ssize_t)CMSG_SPACE(1))
        return false;
    *result = CMSG_SPACE((size_t)data_length);
    return true;
}

PyObject *
ks_socket_cmsg_len(PyObject *module, PyObject *args)
{
    Py_ssize_t length;
    size_t result;
    if (!PyArg_ParseTuple(args, "n:CMSG_LEN", &length))
        return NULL;
    if (!control_length(length, &result))
        return PyErr_Format(PyExc_OverflowError, "CMSG_LEN() argument out of range");
    return PyLong_FromSize_t(result);
}

PyObject *
ks_socket_cmsg_space(PyObject *module, PyObject *args)
{
    Py_ssize_t length;
    size_t result;
    if (!PyArg_ParseTuple(args, "n:CMSG_SPACE", &length))
        return NULL;
    if (!control_space(length, &result))
        return PyErr_Format(PyExc_OverflowError, "CMSG_SPACE() argument out of range");
    return PyLong_FromSize_t(result);
}

/* Buffers of an iterable, and the vector for the kernel. */
typedef struct {
    Py_buffer *views;
    struct iovec *vector;
    Py_ssize_t count; /* views that are held */
} Buffers;

static void
buffers_release(Buffers *buffers)
{
    for (Py_ssize_t i = 0; i < buffers->count; i++)
        PyBuffer_Release(&buffers->views[i]);
    PyMem_Free(buffers->views);
    PyMem_Free(buffers->vector);
}

/* The methods' words for what goes wrong, and the format that takes one buffer. */
typedef struct {
    const char *not_iterable, *too_long, *format;
} BufferWords;

static int
buffers_hold(Buffers *buffers, PyObject *iterable, const BufferWords *words)
{
    KS_OWNED PyObject *items = PySequence_Fast(iterable, words->not_iterable);
    if (items == NULL)
        return -1;
    Py_ssize_t count = PySequence_Fast_GET_SIZE(items);
    if (count > INT_MAX) {
        PyErr_SetString(PyExc_OSError, words->too_long);
        return -1;
    }
    if (count == 0)
        return 0;
    buffers->views = PyMem_New(Py_buffer, count);
    buffers->vector = PyMem_New(struct iovec, count);
    if (buffers->views == NULL || buffers->vector == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        /* Taking a buffer can run code that shortens the list. */
        if (i >= PySequence_Fast_GET_SIZE(items)) {
            PyErr_SetString(PyExc_RuntimeError, "list changed size during iteration");
            return -1;
        }
        Py_buffer *view = &buffers->views[i];
        if (!PyArg_Parse(PySequence_Fast_GET_ITEM(items, i), words->format, view))
            return -1;
        buffers->count = i + 1;
        buffers->vector[i].iov_base = view->buf;
        buffers->vector[i].iov_len = (size_t)view->len;
    }
    return 0;
}

typedef struct {
    struct msghdr header;
    int flags;
    ssize_t result;
} Message;

static bool
call_recvmsg(KsSocket *sock, void *data)
{
    Message *message = data;
    message->result = recvmsg(sock->fd, &message->header, message->flags);
    return message->result >= 0;
}

static bool
call_sendmsg(KsSocket *sock, void *data)
{
    Message *message = data;
    message->result = sendmsg(sock->fd, &message->header, message->flags);
    return message->result >= 0;
}

/* Receiving. */

/* The length of a control message's data, as much of it as lies in the buffer. 1 whole, 0 cut
 * short, -1 when not even its head fits. */
static int
control_data_length(const struct msghdr *header, const struct cmsghdr *item, size_t *length)
{
    const char *start = header->msg_control, *data = (const char *)CMSG_DATA(item);
    size_t used = (size_t)((const char *)item - start);
    if (used + offsetof(struct cmsghdr, cmsg_len) + sizeof(item->cmsg_len) > header->msg_controllen
        || item->cmsg_len < CMSG_LEN(0) || (size_t)(data - start) > header->msg_controllen)
        return -1;
    size_t space = header->msg_controllen - (size_t)(data - start);
    *length = item->cmsg_len - CMSG_LEN(0);
    if (*length <= space)
        return 1;
    *length = space;
    return 0;
}

/* Descriptors that nobody will see must not stay open. */
static void
close_descriptors(const struct msghdr *header)
{
    size_t length;
    for (struct cmsghdr *item = header->msg_controllen > 0 ? CMSG_FIRSTHDR(header) : NULL;
         item != NULL; item = CMSG_NXTHDR((struct msghdr *)header, item)) {
        int state = control_data_length(header, item, &length);
        if (state < 0)
            return;
        if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_RIGHTS)
            for (size_t i = 0; i + sizeof(int) <= length; i += sizeof(int)) {
                int fd;
                memcpy(&fd, CMSG_DATA(item) + i, sizeof(fd));
                close(fd);
            }
        if (state == 0)
            return;
    }
}

/* A list of (level, type, data). */
static KS_NEW PyObject *
control_list(const struct msghdr *header)
{
    KS_OWNED PyObject *list = PyList_New(0);
    if (list == NULL)
        return NULL;
    for (struct cmsghdr *item = header->msg_controllen > 0 ? CMSG_FIRSTHDR(header) : NULL;
         item != NULL; item = CMSG_NXTHDR((struct msghdr *)header, item)) {
        size_t length = 0;
        int state = control_data_length(header, item, &length);
        if (state <= 0
            && PyErr_WarnEx(PyExc_RuntimeWarning,
                            "received malformed or improperly-truncated ancillary data", 1)
                   < 0)
            return NULL;
        if (state < 0)
            break;
        KS_OWNED PyObject *row =
            Py_BuildValue("iiy#", item->cmsg_level, item->cmsg_type, CMSG_DATA(item),
                          (Py_ssize_t)length);
        if (row == NULL || PyList_Append(list, row) < 0)
            return NULL;
        if (state == 0)
            break;
    }
    return ks_give(&list);
}

/* Receives into vector. Gives (first, control list, flags, address); make_first turns the byte
 * count into the first item. */
static PyObject *
receive_message(KsSocket *sock, struct iovec *vector, size_t count, Py_ssize_t control_size,
                int flags, PyObject *(*make_first)(ssize_t, void *), void *data)
{
    KsSockAddress address;
    socklen_t address_length;
    PyObject *result = NULL, *first = NULL, *control = NULL, *from = NULL;
    memset(&address, 0, sizeof(address));
    if (!ks_socket_address_size(sock, &address_length))
        return NULL;
    if (control_size < 0 || control_size > CONTROL_LIMIT) {
        PyErr_SetString(PyExc_ValueError, "invalid ancillary data buffer length");
        return NULL;
    }
    void *control_buffer = NULL;
    if (control_size > 0 && (control_buffer = PyMem_Malloc((size_t)control_size)) == NULL)
        return PyErr_NoMemory();
    Message message = {
        .header = {.msg_name = &address,
                   .msg_namelen = sizeof(address),
                   .msg_iov = vector,
                   .msg_iovlen = count,
                   .msg_control = control_buffer,
                   .msg_controllen = (size_t)control_size},
        .flags = flags,
    };
    if (ks_socket_run(sock, false, call_recvmsg, &message) < 0)
        goto done;
    control = control_list(&message.header);
    first = control == NULL ? NULL : make_first(message.result, data);
    from = first == NULL ? NULL
                         : ks_socket_address_object(sock->fd, &address, message.header.msg_namelen,
                                                    sock->proto);
    if (from != NULL)
        result = Py_BuildValue("OOiO", first, control, message.header.msg_flags, from);
    if (result == NULL)
        close_descriptors(&message.header);
done:
    Py_XDECREF(first);
    Py_XDECREF(control);
    Py_XDECREF(from);
    PyMem_Free(control_buffer);
    return result;
}

static KS_NEW PyObject *
first_bytes(ssize_t length, void *data)
{
    PyObject **bytes = data;
    if (length != PyBytes_GET_SIZE(*bytes) && _PyBytes_Resize(bytes, length) < 0)
        return NULL;
    return ks_give(bytes);
}

static KS_NEW PyObject *
first_count(ssize_t length, void *data)
{
    return PyLong_FromSsize_t(length);
}

PyObject *
ks_socket_recvmsg(KsSocket *sock, PyObject *args)
{
    Py_ssize_t size, control_size = 0;
    int flags = 0;
    if (!PyArg_ParseTuple(args, "n|ni:recvmsg", &size, &control_size, &flags))
        return NULL;
    if (size < 0) {
        PyErr_SetString(PyExc_ValueError, "negative buffer size in recvmsg()");
        return NULL;
    }
    KS_OWNED PyObject *bytes = PyBytes_FromStringAndSize(NULL, size);
    if (bytes == NULL)
        return NULL;
    struct iovec vector = {PyBytes_AS_STRING(bytes), (size_t)size};
    return receive_message(sock, &vector, 1, control_size, flags, first_bytes, &bytes);
}

PyObject *
ks_socket_recvmsg_into(KsSocket *sock, PyObject *args)
{
    static const BufferWords words = {
        "recvmsg_into() argument 1 must be an iterable",
        "recvmsg_into() argument 1 is too long",
        "w*;recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers",
    };
    PyObject *iterable, *result = NULL;
    Py_ssize_t control_size = 0;
    int flags = 0;
    Buffers buffers = {NULL, NULL, 0};
    if (!PyArg_ParseTuple(args, "O|ni:recvmsg_into", &iterable, &control_size, &flags))
        return NULL;
    if (buffers_hold(&buffers, iterable, &words) == 0)
        result = receive_message(sock, buffers.vector, (size_t)buffers.count, control_size, flags,
                                 first_count, NULL);
    buffers_release(&buffers);
    return result;
}

/* Sending. */

static const BufferWords send_words = {
    "sendmsg() argument 1 must be an iterable",
    "sendmsg() argument 1 is too long",
    "y*;sendmsg() argument 1 must be an iterable of bytes-like objects",
};

/* One control message to send. */
typedef struct {
    int level, type;
    Py_buffer view;
} ControlItem;

typedef struct {
    ControlItem *items;
    Py_ssize_t count;
    void *buffer;
    size_t size;
} Control;

static void
control_release(Control *control)
{
    for (Py_ssize_t i = 0; i < control->count; i++)
        PyBuffer_Release(&control->items[i].view);
    PyMem_Free(control->items);
    PyMem_Free(control->buffer);
}

/* Takes the items of an iterable and sums up the room they need. */
static int
control_collect(Control *control, PyObject *iterable)
{
    KS_OWNED PyObject *rows =
        PySequence_Fast(iterable, "sendmsg() argument 2 must be an iterable");
    if (rows == NULL)
        return -1;
    Py_ssize_t count = PySequence_Fast_GET_SIZE(rows);
    if (count > 0 && (control->items = PyMem_New(ControlItem, count)) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        if (i >= PySequence_Fast_GET_SIZE(rows)) {
            PyErr_SetString(PyExc_RuntimeError, "list changed size during iteration");
            return -1;
        }
        ControlItem *item = &control->items[i];
        size_t space;
        KS_OWNED PyObject *row = Py_NewRef(PySequence_Fast_GET_ITEM(rows, i));
        if (!PyArg_Parse(row, "(iiy*):[sendmsg() ancillary data items]", &item->level, &item->type,
                         &item->view))
            return -1;
        control->count = i + 1;
        if (!control_space(item->view.len, &space)) {
            PyErr_SetString(PyExc_OSError, "ancillary data item too large");
            return -1;
        }
        control->size += space;
        if (control->size > CONTROL_LIMIT) {
            PyErr_SetString(PyExc_OSError, "too much ancillary data");
            return -1;
        }
    }
    return 0;
}

/* Lays the items out as the kernel reads them. */
static int
control_build(Control *control, struct msghdr *header)
{
    if (control->count == 0)
        return 0;
    control->buffer = PyMem_Calloc(1, control->size);
    if (control->buffer == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    header->msg_control = control->buffer;
    header->msg_controllen = control->size;
    struct cmsghdr *head = CMSG_FIRSTHDR(header);
    for (Py_ssize_t i = 0; i < control->count; i++, head = CMSG_NXTHDR(header, head)) {
        const ControlItem *item = &control->items[i];
        if (head == NULL) {
            PyErr_SetString(PyExc_RuntimeError, "unexpected NULL result from CMSG_NXTHDR()");
            return -1;
        }
        head->cmsg_level = item->level;
        head->cmsg_type = item->type;
        head->cmsg_len = CMSG_LEN((size_t)item->view.len);
        memcpy(CMSG_DATA(head), item->view.buf, (size_t)item->view.len);
    }
    return 0;
}

PyObject *
ks_socket_sendmsg(KsSocket *sock, PyObject *args)
{
    PyObject *iterable, *rows = NULL, *to = NULL, *result = NULL;
    Buffers buffers = {NULL, NULL, 0};
    Control control = {NULL, 0, NULL, 0};
    Message message = {.flags = 0};
    KsSockAddress address;
    if (!PyArg_ParseTuple(args, "O|OiO:sendmsg", &iterable, &rows, &message.flags, &to))
        return NULL;
    if (to != NULL && to != Py_None) {
        if (!ks_socket_address_parse(sock, to, &address, &message.header.msg_namelen, "sendmsg")
            || PySys_Audit("socket.sendmsg", "OO", sock, to) < 0)
            return NULL;
        message.header.msg_name = &address;
    }
    else if (PySys_Audit("socket.sendmsg", "OO", sock, Py_None) < 0)
        return NULL;
    if (buffers_hold(&buffers, iterable, &send_words) < 0
        || (rows != NULL && control_collect(&control, rows) < 0)
        || control_build(&control, &message.header) < 0)
        goto done;
    message.header.msg_iov = buffers.vector;
    message.header.msg_iovlen = (size_t)buffers.count;
    if (ks_socket_run(sock, true, call_sendmsg, &message) == 0)
        result = PyLong_FromSsize_t(message.result);
done:
    buffers_release(&buffers);
    control_release(&control);
    return result;
}

/* Kernel ciphers: operation, initial vector and length of the associated data are control
 * messages, built here from keyword arguments. */

static struct cmsghdr *
cipher_item(struct msghdr *header, struct cmsghdr *head, int type, size_t size)
{
    head = head == NULL ? CMSG_FIRSTHDR(header) : CMSG_NXTHDR(header, head);
    head->cmsg_level = SOL_ALG;
    head->cmsg_type = type;
    head->cmsg_len = CMSG_LEN(size);
    return head;
}

static int
cipher_control(Message *message, Control *control, uint32_t operation, const Py_buffer *vector,
               const uint32_t *associated)
{
    size_t vector_size = 0;
    control->size = CMSG_SPACE(sizeof(operation));
    if (vector->buf != NULL) {
        vector_size = sizeof(struct af_alg_iv) + (size_t)vector->len;
        if (vector->len > CONTROL_LIMIT / 2) {
            PyErr_SetString(PyExc_OSError, "ancillary data item too large");
            return -1;
        }
        control->size += CMSG_SPACE(vector_size);
    }
    if (associated != NULL)
        control->size += CMSG_SPACE(sizeof(*associated));
    control->buffer = PyMem_Calloc(1, control->size);
    if (control->buffer == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    struct msghdr *header = &message->header;
    header->msg_control = control->buffer;
    header->msg_controllen = control->size;
    struct cmsghdr *head = cipher_item(header, NULL, ALG_SET_OP, sizeof(operation));
    memcpy(CMSG_DATA(head), &operation, sizeof(operation));
    if (vector->buf != NULL) {
        head = cipher_item(header, head, ALG_SET_IV, vector_size);
        struct af_alg_iv *initial = (struct af_alg_iv *)CMSG_DATA(head);
        initial->ivlen = (uint32_t)vector->len;
        memcpy(initial->iv, vector->buf, (size_t)vector->len);
    }
    if (associated != NULL) {
        head = cipher_item(header, head, ALG_SET_AEAD_ASSOCLEN, sizeof(*associated));
        memcpy(CMSG_DATA(head), associated, sizeof(*associated));
    }
    return 0;
}

PyObject *
ks_socket_sendmsg_afalg(KsSocket *sock, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"msg", "op", "iv", "assoclen", "flags", NULL};
    PyObject *iterable = NULL, *operation_object = NULL, *associated_object = NULL, *result = NULL;
    Py_buffer vector = {NULL};
    Buffers buffers = {NULL, NULL, 0};
    Control control = {NULL, 0, NULL, 0};
    Message message = {.flags = 0};
    if (sock->family != AF_ALG) {
        PyErr_SetString(PyExc_OSError, "algset is only supported for AF_ALG");
        return NULL;
    }
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O$O!y*O!i:sendmsg_afalg", names, &iterable,
                                     &PyLong_Type, &operation_object, &vector, &PyLong_Type,
                                     &associated_object, &message.flags))
        return NULL;
    int operation = -1, associated = -1;
    if (operation_object != NULL) {
        operation = _PyLong_AsInt(operation_object);
        if (operation == -1 && PyErr_Occurred())
            goto done;
    }
    if (operation < 0) {
        PyErr_SetString(PyExc_TypeError, "Invalid or missing argument 'op'");
        goto done;
    }
    if (associated_object != NULL) {
        associated = _PyLong_AsInt(associated_object);
        if (associated == -1 && PyErr_Occurred())
            goto done;
        if (associated < 0) {
            PyErr_SetString(PyExc_TypeError, "assoclen must be positive");
            goto done;
        }
    }
    uint32_t associated_length = (uint32_t)associated;
    if (cipher_control(&message, &control, (uint32_t)operation, &vector,
                       associated_object != NULL ? &associated_length : NULL)
            < 0
        || (iterable != NULL && buffers_hold(&buffers, iterable, &send_words) < 0))
        goto done;
    message.header.msg_iov = buffers.vector;
    message.header.msg_iovlen = (size_t)buffers.count;
    if (ks_socket_run(sock, true, call_sendmsg, &message) == 0)
        result = PyLong_FromSsize_t(message.result);
done:
    PyBuffer_Release(&vector);
    buffers_release(&buffers);
    control_release(&control);
    return result;
}
