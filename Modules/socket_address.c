/* SPDX-License-Identifier: MIT */
/* Socket addresses: from Python's tuples and texts to the kernel's structs, and back. */
#include "socket_parts.h"

PyObject *
ks_socket_gai_error(int code)
{
    if (code == EAI_SYSTEM)
        return PyErr_SetFromErrno(PyExc_OSError);
    KS_OWNED PyObject *value = Py_BuildValue("(is)", code, gai_strerror(code));
    if (value != NULL)
        PyErr_SetObject(ks_socket_gaierror, value);
    return NULL;
}

int
ks_socket_resolve(const char *name, KsAddress *address, size_t size, int family)
{
    struct addrinfo hints = {.ai_family = family}, *found;
    int error;
    memset(address, 0, size);
    if (name[0] == '\0') {
        hints.ai_socktype = SOCK_DGRAM; /* any, so that there is one answer a family */
        hints.ai_flags = AI_PASSIVE;
        Py_BEGIN_ALLOW_THREADS
        error = getaddrinfo(NULL, "0", &hints, &found);
        Py_END_ALLOW_THREADS
        if (error) {
            ks_socket_gai_error(error);
            return -1;
        }
        int several = found->ai_next != NULL;
        int length = (int)found->ai_addrlen;
        memcpy(address, found->ai_addr, Py_MIN((size_t)length, size));
        freeaddrinfo(found);
        if (several) {
            PyErr_SetString(PyExc_OSError, "wildcard resolved to multiple address");
            return -1;
        }
        return length;
    }
    if (strcmp(name, "<broadcast>") == 0 || strcmp(name, "255.255.255.255") == 0) {
        if (family != AF_INET && family != AF_UNSPEC) {
            PyErr_SetString(PyExc_OSError, "address family mismatched");
            return -1;
        }
        address->in.sin_family = AF_INET;
        address->in.sin_addr.s_addr = INADDR_BROADCAST;
        return sizeof address->in;
    }
    if ((family == AF_UNSPEC || family == AF_INET) && inet_pton(AF_INET, name, &address->in.sin_addr) > 0) {
        address->in.sin_family = AF_INET;
        return 4;
    }
    if ((family == AF_UNSPEC || family == AF_INET6) && strchr(name, '%') == NULL &&
        inet_pton(AF_INET6, name, &address->in6.sin6_addr) > 0) {
        address->in6.sin6_family = AF_INET6;
        return 16;
    }
    Py_BEGIN_ALLOW_THREADS
    error = getaddrinfo(name, NULL, &hints, &found);
    Py_END_ALLOW_THREADS
    if (error) {
        ks_socket_gai_error(error);
        return -1;
    }
    memcpy(address, found->ai_addr, Py_MIN((size_t)found->ai_addrlen, size));
    freeaddrinfo(found);
    if (address->any.sa_family == AF_INET)
        return 4;
    if (address->any.sa_family == AF_INET6)
        return 16;
    PyErr_SetString(PyExc_OSError, "unknown address family");
    return -1;
}

PyObject *
ks_socket_host(PyObject *object)
{
    PyObject *bytes;
    if (PyBytes_Check(object))
        bytes = Py_NewRef(object);
    else if (PyByteArray_Check(object))
        bytes = PyBytes_FromStringAndSize(PyByteArray_AS_STRING(object), PyByteArray_GET_SIZE(object));
    else if (PyUnicode_Check(object)) {
        if (PyUnicode_READY(object) < 0)
            return NULL;
        if (PyUnicode_IS_COMPACT_ASCII(object))
            bytes = PyBytes_FromStringAndSize(PyUnicode_DATA(object), PyUnicode_GET_LENGTH(object));
        else {
            bytes = PyUnicode_AsEncodedString(object, "idna", NULL);
            if (bytes == NULL) {
                PyErr_SetString(PyExc_TypeError, "encoding of hostname failed");
                return NULL;
            }
        }
    }
    else {
        PyErr_Format(PyExc_TypeError, "str, bytes or bytearray expected, not %s", Py_TYPE(object)->tp_name);
        return NULL;
    }
    if (bytes != NULL && strlen(PyBytes_AS_STRING(bytes)) != (size_t)PyBytes_GET_SIZE(bytes)) {
        PyErr_SetString(PyExc_TypeError, "host name must not contain null character");
        Py_CLEAR(bytes);
    }
    return bytes;
}

/* ---- to Python ----------------------------------------------------------------------------- */

static const char *
interface_name(int fd, int index, char *name)
{
    struct ifreq request = {.ifr_ifindex = index};
    name[0] = '\0';
    if (index && ioctl(fd, SIOCGIFNAME, &request) == 0)
        memcpy(name, request.ifr_name, IFNAMSIZ);
    return name;
}

static KS_NEW PyObject *
unix_object(const KsAddress *address, socklen_t length)
{
    Py_ssize_t bytes = (Py_ssize_t)length - (Py_ssize_t)offsetof(struct sockaddr_un, sun_path);
    if (bytes > 0 && address->un.sun_path[0] == '\0') /* the abstract namespace: any bytes */
        return PyBytes_FromStringAndSize(address->un.sun_path, bytes);
    return PyUnicode_DecodeFSDefaultAndSize(address->un.sun_path,
                                            bytes > 0 ? (Py_ssize_t)strnlen(address->un.sun_path, (size_t)bytes) : 0);
}

PyObject *
ks_socket_address_object(int fd, const KsAddress *address, socklen_t length, int proto)
{
    char text[INET6_ADDRSTRLEN + 1];
    if (length == 0)
        Py_RETURN_NONE;
    switch (address->any.sa_family) {
    case AF_INET:
        inet_ntop(AF_INET, &address->in.sin_addr, text, sizeof text);
        return Py_BuildValue("si", text, ntohs(address->in.sin_port));
    case AF_INET6:
        inet_ntop(AF_INET6, &address->in6.sin6_addr, text, sizeof text);
        return Py_BuildValue("siII", text, ntohs(address->in6.sin6_port), ntohl(address->in6.sin6_flowinfo),
                             address->in6.sin6_scope_id);
    case AF_UNIX:
        return unix_object(address, length);
    case AF_NETLINK:
        return Py_BuildValue("II", address->nl.nl_pid, address->nl.nl_groups);
    case AF_VSOCK:
        return Py_BuildValue("II", address->vm.svm_cid, address->vm.svm_port);
    case AF_PACKET: {
        char name[IFNAMSIZ];
        return Py_BuildValue("NiHHy#", PyUnicode_DecodeFSDefault(interface_name(fd, address->ll.sll_ifindex, name)),
                             ntohs(address->ll.sll_protocol), (unsigned short)address->ll.sll_pkttype,
                             address->ll.sll_hatype, address->ll.sll_addr, (Py_ssize_t)address->ll.sll_halen);
    }
    case AF_CAN: {
        char name[IFNAMSIZ];
        PyObject *device = PyUnicode_DecodeFSDefault(interface_name(fd, address->can.can_ifindex, name));
        if (proto == CAN_ISOTP)
            return Py_BuildValue("Nkk", device, (unsigned long)address->can.can_addr.tp.rx_id,
                                 (unsigned long)address->can.can_addr.tp.tx_id);
        if (proto == CAN_J1939)
            return Py_BuildValue("NKIB", device, (unsigned long long)address->can.can_addr.j1939.name,
                                 address->can.can_addr.j1939.pgn, address->can.can_addr.j1939.addr);
        return Py_BuildValue("N", PyTuple_Pack(1, device));
    }
    case AF_ALG:
        return Py_BuildValue("s#s#II", address->alg.salg_type,
                             (Py_ssize_t)strnlen((const char *)address->alg.salg_type, sizeof address->alg.salg_type),
                             address->alg.salg_name,
                             (Py_ssize_t)strnlen((const char *)address->alg.salg_name, sizeof address->alg.salg_name),
                             address->alg.salg_feat, address->alg.salg_mask);
    default:
        return Py_BuildValue("iy#", address->any.sa_family, address->any.sa_data,
                             (Py_ssize_t)sizeof address->any.sa_data);
    }
}

/* ---- from Python --------------------------------------------------------------------------- */

static int
check_tuple(PyObject *args, const char *caller, const char *family)
{
    if (PyTuple_Check(args))
        return 0;
    PyErr_Format(PyExc_TypeError, "%s(): %s address must be tuple, not %.500s", caller, family,
                 Py_TYPE(args)->tp_name);
    return -1;
}

/* Replaces the general complaint about a tuple's shape by the family's own. */
static int
tuple_failed(const char *message)
{
    if (PyErr_ExceptionMatches(PyExc_TypeError) && message != NULL) {
        KS_OWNED PyObject *type = NULL, *value = NULL, *trace = NULL;
        PyErr_Fetch(&type, &value, &trace);
        PyErr_SetString(PyExc_TypeError, message);
    }
    return -1;
}

/* Ports beyond an int count as out of range too. */
static int
read_port(PyObject *object, const char *caller, int *port)
{
    int overflow;
    long value = PyLong_AsLongAndOverflow(object, &overflow);
    if (value == -1 && !overflow && PyErr_Occurred())
        return -1;
    if (overflow || value < 0 || value > 0xffff) {
        PyErr_Format(PyExc_OverflowError, "%s(): port must be 0-65535.", caller);
        return -1;
    }
    *port = (int)value;
    return 0;
}

static int
read_inet(PyObject *args, const char *caller, KsAddress *address)
{
    int port;
    if (check_tuple(args, caller, "AF_INET") < 0)
        return -1;
    if (PyTuple_GET_SIZE(args) != 2) {
        PyErr_SetString(PyExc_TypeError, "AF_INET address must be a pair (host, port)");
        return -1;
    }
    KS_OWNED PyObject *host = ks_socket_host(PyTuple_GET_ITEM(args, 0));
    if (host == NULL || read_port(PyTuple_GET_ITEM(args, 1), caller, &port) < 0 ||
        ks_socket_resolve(PyBytes_AS_STRING(host), address, sizeof *address, AF_INET) < 0)
        return -1;
    address->in.sin_family = AF_INET;
    address->in.sin_port = htons((uint16_t)port);
    return sizeof address->in;
}

static int
read_inet6(PyObject *args, const char *caller, KsAddress *address)
{
    int port;
    unsigned int flow = 0, scope = 0;
    if (check_tuple(args, caller, "AF_INET6") < 0)
        return -1;
    if (PyTuple_GET_SIZE(args) < 2 || PyTuple_GET_SIZE(args) > 4) {
        PyErr_SetString(PyExc_TypeError, "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])");
        return -1;
    }
    KS_OWNED PyObject *host = ks_socket_host(PyTuple_GET_ITEM(args, 0));
    if (host == NULL || read_port(PyTuple_GET_ITEM(args, 1), caller, &port) < 0)
        return -1;
    KS_OWNED PyObject *rest = PyTuple_GetSlice(args, 2, 4);
    if (rest == NULL || !PyArg_ParseTuple(rest, "|II", &flow, &scope))
        return -1;
    if (flow > 0xfffff) {
        PyErr_Format(PyExc_OverflowError, "%s(): flowinfo must be 0-1048575.", caller);
        return -1;
    }
    if (ks_socket_resolve(PyBytes_AS_STRING(host), address, sizeof *address, AF_INET6) < 0)
        return -1;
    address->in6.sin6_family = AF_INET6;
    address->in6.sin6_port = htons((uint16_t)port);
    address->in6.sin6_flowinfo = htonl(flow);
    if (PyTuple_GET_SIZE(args) == 4 || address->in6.sin6_scope_id == 0)
        address->in6.sin6_scope_id = scope;
    return sizeof address->in6;
}

static int
read_unix(PyObject *args, KsAddress *address)
{
    KS_OWNED PyObject *path = PyUnicode_Check(args) ? PyUnicode_EncodeFSDefault(args) : Py_NewRef(args);
    Py_buffer view;
    if (path == NULL || PyObject_GetBuffer(path, &view, PyBUF_SIMPLE) < 0)
        return -1;
    int length = -1;
    /* A path ends with a nul; a name of the abstract namespace starts with one. */
    int abstract = view.len == 0 || *(const char *)view.buf == '\0';
    if (view.len + !abstract > (Py_ssize_t)sizeof address->un.sun_path)
        PyErr_SetString(PyExc_OSError, "AF_UNIX path too long");
    else {
        address->un.sun_family = AF_UNIX;
        memcpy(address->un.sun_path, view.buf, (size_t)view.len);
        if (!abstract)
            address->un.sun_path[view.len] = '\0';
        length = (int)(offsetof(struct sockaddr_un, sun_path) + (size_t)view.len + !abstract);
    }
    PyBuffer_Release(&view);
    return length;
}

static int
interface_index(int fd, const char *name, int *index)
{
    struct ifreq request = {0};
    strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    if (ioctl(fd, SIOCGIFINDEX, &request) < 0) {
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    *index = request.ifr_ifindex;
    return 0;
}

static int
read_packet(KsSocket *self, PyObject *args, const char *caller, KsAddress *address)
{
    const char *name;
    int proto, kind = PACKET_HOST, hardware = 0, index, length = -1;
    Py_buffer view = {NULL, NULL};
    if (check_tuple(args, caller, "AF_PACKET") < 0)
        return -1;
    if (!PyArg_ParseTuple(args, "si|iiy*;AF_PACKET address must be a tuple of two to five elements", &name, &proto,
                          &kind, &hardware, &view))
        return -1;
    if (interface_index(self->fd, name, &index) < 0)
        goto done;
    if (view.buf != NULL && view.len > 8) {
        PyErr_SetString(PyExc_ValueError, "Hardware address must be 8 bytes or less");
        goto done;
    }
    if (proto < 0 || proto > 0xffff) {
        PyErr_Format(PyExc_OverflowError, "%s(): proto must be 0-65535.", caller);
        goto done;
    }
    address->ll.sll_family = AF_PACKET;
    address->ll.sll_protocol = htons((uint16_t)proto);
    address->ll.sll_ifindex = index;
    address->ll.sll_pkttype = (unsigned char)kind;
    address->ll.sll_hatype = (unsigned short)hardware;
    if (view.buf != NULL) {
        memcpy(address->ll.sll_addr, view.buf, (size_t)view.len);
        address->ll.sll_halen = (unsigned char)view.len;
    }
    length = sizeof address->ll;
done:
    PyBuffer_Release(&view);
    return length;
}

static int
read_can(KsSocket *self, PyObject *args, const char *caller, KsAddress *address)
{
    PyObject *name;
    unsigned long rx = 0, tx = 0;
    unsigned long long node = 0;
    unsigned int pgn = 0, addr = 0;
    int index = 0, fine;
    if (check_tuple(args, caller, "AF_CAN") < 0)
        return -1;
    if (self->proto == CAN_ISOTP)
        fine = PyArg_ParseTuple(args, "O&kk;AF_CAN address must be a tuple (interface, rx_addr, tx_addr)",
                                PyUnicode_FSConverter, &name, &rx, &tx);
    else if (self->proto == CAN_J1939)
        fine = PyArg_ParseTuple(args, "O&KII;AF_CAN address must be a tuple (interface, name, pgn, addr)",
                                PyUnicode_FSConverter, &name, &node, &pgn, &addr);
    else
        fine = PyArg_ParseTuple(args, "O&;AF_CAN address must be a tuple (interface, )", PyUnicode_FSConverter, &name);
    if (!fine)
        return -1;
    KS_OWNED PyObject *device = name;
    if (PyBytes_GET_SIZE(device) >= IFNAMSIZ) {
        PyErr_SetString(PyExc_OSError, "AF_CAN interface name too long");
        return -1;
    }
    if (PyBytes_GET_SIZE(device) > 0 && interface_index(self->fd, PyBytes_AS_STRING(device), &index) < 0)
        return -1;
    address->can.can_family = AF_CAN;
    address->can.can_ifindex = index;
    if (self->proto == CAN_ISOTP) {
        address->can.can_addr.tp.rx_id = (canid_t)rx;
        address->can.can_addr.tp.tx_id = (canid_t)tx;
    }
    else if (self->proto == CAN_J1939) {
        address->can.can_addr.j1939.name = node;
        address->can.can_addr.j1939.pgn = pgn;
        address->can.can_addr.j1939.addr = (uint8_t)addr;
    }
    return sizeof address->can;
}

static int
read_alg(PyObject *args, const char *caller, KsAddress *address)
{
    const char *type, *name;
    if (check_tuple(args, caller, "AF_ALG") < 0)
        return -1;
    if (!PyArg_ParseTuple(args, "ss|HH;AF_ALG address must be a tuple (type, name [, feat [, mask]])", &type, &name,
                          &address->alg.salg_feat, &address->alg.salg_mask))
        return -1;
    if (strlen(type) >= sizeof address->alg.salg_type) {
        PyErr_SetString(PyExc_ValueError, "AF_ALG type too long.");
        return -1;
    }
    if (strlen(name) >= sizeof address->alg.salg_name) {
        PyErr_SetString(PyExc_ValueError, "AF_ALG name too long.");
        return -1;
    }
    address->alg.salg_family = AF_ALG;
    strcpy((char *)address->alg.salg_type, type);
    strcpy((char *)address->alg.salg_name, name);
    return sizeof address->alg;
}

static int
read_numbers(PyObject *args, const char *caller, int family, KsAddress *address)
{
    unsigned int first, second;
    if (family == AF_VSOCK) {
        if (!PyTuple_Check(args)) {
            PyErr_Format(PyExc_TypeError, "getsockaddrarg: AF_VSOCK address must be tuple, not %.500s",
                         Py_TYPE(args)->tp_name);
            return -1;
        }
        if (!PyArg_ParseTuple(args, "II:getsockaddrarg", &first, &second))
            return -1;
        address->vm.svm_family = AF_VSOCK;
        address->vm.svm_cid = first;
        address->vm.svm_port = second;
        return sizeof address->vm;
    }
    if (check_tuple(args, caller, "AF_NETLINK") < 0)
        return -1;
    if (!PyArg_ParseTuple(args, "II", &first, &second))
        return tuple_failed("AF_NETLINK address must be a pair (pid, groups)");
    address->nl.nl_family = AF_NETLINK;
    address->nl.nl_pid = first;
    address->nl.nl_groups = second;
    return sizeof address->nl;
}

int
ks_socket_address_read(KsSocket *self, PyObject *args, const char *caller, KsAddress *address, socklen_t *length)
{
    int size = -1;
    memset(address, 0, sizeof *address);
    switch (self->family) {
    case AF_INET:
        size = read_inet(args, caller, address);
        break;
    case AF_INET6:
        size = read_inet6(args, caller, address);
        break;
    case AF_UNIX:
        size = read_unix(args, address);
        break;
    case AF_NETLINK:
    case AF_VSOCK:
        size = read_numbers(args, caller, self->family, address);
        break;
    case AF_PACKET:
        size = read_packet(self, args, caller, address);
        break;
    case AF_CAN:
        size = read_can(self, args, caller, address);
        break;
    case AF_ALG:
        size = read_alg(args, caller, address);
        break;
    default:
        PyErr_Format(PyExc_OSError, "%s(): bad family", caller);
    }
    if (size < 0)
        return -1;
    *length = (socklen_t)size;
    return 0;
}
