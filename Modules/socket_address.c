/* SPDX-License-Identifier: MIT */
/* Addresses: between the kernel's structures and Python's tuples, strings and bytes.
 *
 * One function per family and direction. Parsers get a zeroed address with the family set, and
 * the method's name for their messages; they answer 0 with an exception. */
#define PY_SSIZE_T_CLEAN
#include "socket_parts.h"

#include <stddef.h>

/* A host name as bytes: ASCII text as it is, other text through IDNA. */
typedef struct {
    PyObject *owner;
    const char *text;
} HostName;

static int
host_name_convert(PyObject *object, void *data)
{
    HostName *host = data;
    Py_ssize_t length;
    if (object == NULL) { /* the rest of the tuple did not fit */
        Py_CLEAR(host->owner);
        return 1;
    }
    if (PyBytes_Check(object)) {
        host->text = PyBytes_AS_STRING(object);
        length = PyBytes_GET_SIZE(object);
        host->owner = Py_NewRef(object);
    }
    else if (PyByteArray_Check(object)) {
        host->text = PyByteArray_AS_STRING(object);
        length = PyByteArray_GET_SIZE(object);
        host->owner = Py_NewRef(object);
    }
    else if (PyUnicode_Check(object)) {
        if (PyUnicode_READY(object) < 0)
            return 0;
        if (PyUnicode_IS_COMPACT_ASCII(object)) {
            host->text = PyUnicode_DATA(object);
            length = PyUnicode_GET_LENGTH(object);
            host->owner = Py_NewRef(object);
        }
        else {
            host->owner = PyUnicode_AsEncodedString(object, "idna", NULL);
            if (host->owner == NULL) {
                PyErr_SetString(PyExc_TypeError, "encoding of hostname failed");
                return 0;
            }
            host->text = PyBytes_AS_STRING(host->owner);
            length = PyBytes_GET_SIZE(host->owner);
        }
    }
    else {
        PyErr_Format(PyExc_TypeError, "str, bytes or bytearray expected, not %s",
                     Py_TYPE(object)->tp_name);
        return 0;
    }
    if (strlen(host->text) != (size_t)length) {
        Py_CLEAR(host->owner);
        PyErr_SetString(PyExc_TypeError, "host name must not contain null character");
        return 0;
    }
    return Py_CLEANUP_SUPPORTED;
}

static int
expect_tuple(PyObject *value, const char *family, const char *name)
{
    if (PyTuple_Check(value))
        return 1;
    PyErr_Format(PyExc_TypeError, "%s(): %s address must be tuple, not %.500s", name, family,
                 Py_TYPE(value)->tp_name);
    return 0;
}

static int
out_of_range(const char *format, const char *name)
{
    PyErr_Format(PyExc_OverflowError, format, name);
    return 0;
}

/* The index of an interface in *index; the descriptor answers in its own network namespace. An
 * empty name is 0, every interface. */
static int
interface_index(int fd, const char *interface, int *index)
{
    struct ifreq request;
    if (interface[0] == '\0') {
        *index = 0;
        return 1;
    }
    memset(&request, 0, sizeof(request));
    strncpy(request.ifr_name, interface, sizeof(request.ifr_name) - 1);
    if (ioctl(fd, SIOCGIFINDEX, &request) < 0)
        return 0;
    *index = request.ifr_ifindex;
    return 1;
}

/* The other way; empty when there is none. */
static const char *
interface_name(int fd, int index, struct ifreq *request)
{
    memset(request, 0, sizeof(*request));
    request->ifr_ifindex = index;
    return index != 0 && ioctl(fd, SIOCGIFNAME, request) == 0 ? request->ifr_name : "";
}

/* Python to kernel. */

static int
parse_unix(PyObject *value, KsSockAddress *address, socklen_t *length)
{
    KS_OWNED PyObject *path = NULL;
    Py_buffer view;
    if (PyUnicode_Check(value)) {
        path = PyUnicode_EncodeFSDefault(value);
        if (path == NULL)
            return 0;
    }
    else
        path = Py_NewRef(value);
    if (PyObject_GetBuffer(path, &view, PyBUF_SIMPLE) < 0)
        return 0;
    /* Abstract names start with a zero and are not terminated, so they may be one byte longer; for
     * the empty name bind() makes one up. */
    bool is_abstract = view.len == 0 || *(const char *)view.buf == 0;
    bool fits = view.len + !is_abstract <= (Py_ssize_t)sizeof(address->un.sun_path);
    if (fits) {
        memcpy(address->un.sun_path, view.buf, view.len);
        *length = offsetof(struct sockaddr_un, sun_path) + view.len + !is_abstract;
    }
    else
        PyErr_SetString(PyExc_OSError, "AF_UNIX path too long");
    PyBuffer_Release(&view);
    return fits;
}

static int
parse_netlink(PyObject *value, KsSockAddress *address, socklen_t *length, const char *name)
{
    *length = sizeof(address->nl);
    return expect_tuple(value, "AF_NETLINK", name)
           && PyArg_ParseTuple(value, "II;AF_NETLINK address must be a pair (pid, groups)",
                               &address->nl.nl_pid, &address->nl.nl_groups);
}

static int
parse_pair(PyObject *value, const char *family, unsigned int *first, unsigned int *second)
{
    if (PyTuple_Check(value))
        return PyArg_ParseTuple(value, "II:getsockaddrarg", first, second);
    PyErr_Format(PyExc_TypeError, "getsockaddrarg: %s address must be tuple, not %.500s", family,
                 Py_TYPE(value)->tp_name);
    return 0;
}

static int
parse_qipcrtr(PyObject *value, KsSockAddress *address, socklen_t *length)
{
    unsigned int node, port;
    if (!parse_pair(value, "AF_QIPCRTR", &node, &port))
        return 0;
    address->qrtr.sq_node = node;
    address->qrtr.sq_port = port;
    *length = sizeof(address->qrtr);
    return 1;
}

static int
parse_vsock(PyObject *value, KsSockAddress *address, socklen_t *length)
{
    unsigned int cid, port;
    if (!parse_pair(value, "AF_VSOCK", &cid, &port))
        return 0;
    address->vm.svm_cid = cid;
    address->vm.svm_port = port;
    *length = sizeof(address->vm);
    return 1;
}

/* Takes a tuple apart; a port that no int can hold is a bad port like any other out of range. The
 * host is held only after success. */
static int
take_host_port(PyObject *value, const char *format, const char *name, HostName *host, int *port,
               unsigned int *flow, unsigned int *scope)
{
    if (!PyArg_ParseTuple(value, format, host_name_convert, host, port, flow, scope)) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError))
            PyErr_Format(PyExc_OverflowError, "%s(): port must be 0-65535.", name);
        return 0;
    }
    if (*port >= 0 && *port <= 0xffff)
        return 1;
    Py_CLEAR(host->owner);
    return out_of_range("%s(): port must be 0-65535.", name);
}

static int
parse_inet(PyObject *value, KsSockAddress *address, socklen_t *length, const char *name)
{
    HostName host = {NULL, NULL};
    int port = 0;
    if (!expect_tuple(value, "AF_INET", name)
        || !take_host_port(value, "O&i;AF_INET address must be a pair (host, port)", name, &host,
                           &port, NULL, NULL))
        return 0;
    int size = ks_socket_resolve(host.text, address, AF_INET);
    Py_DECREF(host.owner);
    if (size < 0)
        return 0;
    address->in.sin_family = AF_INET;
    address->in.sin_port = htons((uint16_t)port);
    *length = sizeof(address->in);
    return 1;
}

static int
parse_inet6(PyObject *value, KsSockAddress *address, socklen_t *length, const char *name)
{
    HostName host = {NULL, NULL};
    int port = 0;
    unsigned int flow = 0, scope = 0;
    if (!expect_tuple(value, "AF_INET6", name)
        || !take_host_port(
            value, "O&i|II;AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])",
            name, &host, &port, &flow, &scope))
        return 0;
    if (flow > 0xfffff) {
        Py_DECREF(host.owner);
        return out_of_range("%s(): flowinfo must be 0-1048575.", name);
    }
    int size = ks_socket_resolve(host.text, address, AF_INET6);
    Py_DECREF(host.owner);
    if (size < 0)
        return 0;
    address->in6.sin6_family = AF_INET6;
    address->in6.sin6_port = htons((uint16_t)port);
    address->in6.sin6_flowinfo = htonl(flow);
    address->in6.sin6_scope_id = scope;
    *length = sizeof(address->in6);
    return 1;
}

/* "xx:xx:xx:xx:xx:xx", most significant byte first, unlike in memory. */
static int
parse_bdaddr(const char *text, KsBdaddr *bdaddr)
{
    unsigned int part[6];
    char rest;
    if (sscanf(text, "%X:%X:%X:%X:%X:%X%c", &part[5], &part[4], &part[3], &part[2], &part[1],
               &part[0], &rest)
        == 6) {
        unsigned int all = 0;
        for (int i = 0; i < 6; i++) {
            all |= part[i];
            bdaddr->bytes[i] = (uint8_t)part[i];
        }
        if (all < 256)
            return 1;
    }
    PyErr_SetString(PyExc_OSError, "bad bluetooth address");
    return 0;
}

static int
parse_bluetooth(KsSocket *sock, PyObject *value, KsSockAddress *address, socklen_t *length,
                const char *name)
{
    const char *text;
    unsigned char kind = 0;
    switch (sock->proto) {
    case KS_BT_L2CAP: {
        unsigned short psm, cid = 0;
        if (!PyArg_ParseTuple(value, "sH|HB", &text, &psm, &cid, &kind)) {
            PyErr_Clear();
            PyErr_Format(PyExc_OSError, "%s(): wrong format", name);
            return 0;
        }
        address->bt_l2.psm = psm;
        address->bt_l2.cid = cid;
        address->bt_l2.bdaddr_type = kind;
        *length = sizeof(address->bt_l2);
        return parse_bdaddr(text, &address->bt_l2.bdaddr);
    }
    case KS_BT_RFCOMM:
        if (!PyArg_ParseTuple(value, "sB", &text, &kind)) {
            PyErr_Clear();
            PyErr_Format(PyExc_OSError, "%s(): wrong format", name);
            return 0;
        }
        address->bt_rfcomm.channel = kind;
        *length = sizeof(address->bt_rfcomm);
        return parse_bdaddr(text, &address->bt_rfcomm.bdaddr);
    case KS_BT_HCI: {
        unsigned short device;
        if (!PyArg_ParseTuple(value, "H", &device)) {
            PyErr_Clear();
            PyErr_Format(PyExc_OSError, "%s(): wrong format", name);
            return 0;
        }
        address->bt_hci.device = device;
        *length = sizeof(address->bt_hci);
        return 1;
    }
    case KS_BT_SCO:
        if (!PyBytes_Check(value)) {
            PyErr_Format(PyExc_OSError, "%s(): wrong format", name);
            return 0;
        }
        *length = sizeof(address->bt_sco);
        return parse_bdaddr(PyBytes_AS_STRING(value), &address->bt_sco.bdaddr);
    default:
        PyErr_Format(PyExc_OSError, "%s(): unknown Bluetooth protocol", name);
        return 0;
    }
}

static int
parse_packet(KsSocket *sock, PyObject *value, KsSockAddress *address, socklen_t *length,
             const char *name)
{
    const char *interface;
    int proto, kind = PACKET_HOST, hardware = 0, index;
    Py_buffer station = {NULL};
    if (!expect_tuple(value, "AF_PACKET", name)
        || !PyArg_ParseTuple(value,
                             "si|iiy*;AF_PACKET address must be a tuple of two to five elements",
                             &interface, &proto, &kind, &hardware, &station))
        return 0;
    int ok = 0;
    if (!interface_index(sock->fd, interface, &index))
        sock->errorhandler();
    else if (station.buf != NULL && station.len > 8)
        PyErr_SetString(PyExc_ValueError, "Hardware address must be 8 bytes or less");
    else if (proto < 0 || proto > 0xffff)
        out_of_range("%s(): proto must be 0-65535.", name);
    else {
        address->ll.sll_protocol = htons((uint16_t)proto);
        address->ll.sll_ifindex = index;
        address->ll.sll_pkttype = (unsigned char)kind;
        address->ll.sll_hatype = (unsigned short)hardware;
        if (station.buf != NULL) {
            memcpy(address->ll.sll_addr, station.buf, station.len);
            address->ll.sll_halen = (unsigned char)station.len;
        }
        *length = sizeof(address->ll);
        ok = 1;
    }
    PyBuffer_Release(&station);
    return ok;
}

static int
parse_tipc(PyObject *value, KsSockAddress *address, socklen_t *length, const char *name)
{
    unsigned int kind, first, second, third, scope = TIPC_CLUSTER_SCOPE;
    struct sockaddr_tipc *tipc = &address->tipc;
    if (!expect_tuple(value, "AF_TIPC", name)
        || !PyArg_ParseTuple(
            value, "IIII|I;AF_TIPC address must be a tuple (addr_type, v1, v2, v3[, scope])", &kind,
            &first, &second, &third, &scope))
        return 0;
    tipc->scope = (signed char)scope;
    tipc->addrtype = (unsigned char)kind;
    if (kind == TIPC_ADDR_NAMESEQ) {
        tipc->addr.nameseq.type = first;
        tipc->addr.nameseq.lower = second;
        tipc->addr.nameseq.upper = third;
    }
    else if (kind == TIPC_ADDR_NAME) {
        tipc->addr.name.name.type = first;
        tipc->addr.name.name.instance = second;
    }
    else if (kind == TIPC_ADDR_ID) {
        tipc->addr.id.node = first;
        tipc->addr.id.ref = second;
    }
    else {
        PyErr_SetString(PyExc_TypeError, "Invalid address type");
        return 0;
    }
    *length = sizeof(*tipc);
    return 1;
}

static int
parse_can(KsSocket *sock, PyObject *value, KsSockAddress *address, socklen_t *length,
          const char *name)
{
    struct sockaddr_can *can = &address->can;
    KS_OWNED PyObject *interface = NULL;
    unsigned long receive = 0, transmit = 0;
    unsigned long long j1939_name = J1939_NO_NAME;
    unsigned int pgn = J1939_NO_PGN;
    unsigned char station = J1939_NO_ADDR;
    int index, parsed;
    if (sock->proto != CAN_RAW && sock->proto != CAN_BCM && sock->proto != CAN_ISOTP
        && sock->proto != CAN_J1939) {
        PyErr_Format(PyExc_OSError, "%s(): unsupported CAN protocol", name);
        return 0;
    }
    if (!expect_tuple(value, "AF_CAN", name))
        return 0;
    if (sock->proto == CAN_ISOTP)
        parsed = PyArg_ParseTuple(
            value, "O&kk;AF_CAN address must be a tuple (interface, rx_addr, tx_addr)",
            PyUnicode_FSConverter, &interface, &receive, &transmit);
    else if (sock->proto == CAN_J1939)
        parsed = PyArg_ParseTuple(
            value, "O&KIB;AF_CAN address must be a tuple (interface, name, pgn, addr)",
            PyUnicode_FSConverter, &interface, &j1939_name, &pgn, &station);
    else
        parsed = PyArg_ParseTuple(value, "O&;AF_CAN address must be a tuple (interface, )",
                                  PyUnicode_FSConverter, &interface);
    if (!parsed) {
        interface = NULL; /* the converter's clean-up dropped it */
        return 0;
    }
    if (PyBytes_GET_SIZE(interface) >= IFNAMSIZ) {
        PyErr_SetString(PyExc_OSError, "AF_CAN interface name too long");
        return 0;
    }
    if (!interface_index(sock->fd, PyBytes_AS_STRING(interface), &index)) {
        sock->errorhandler();
        return 0;
    }
    can->can_ifindex = index;
    if (sock->proto == CAN_ISOTP) {
        can->can_addr.tp.rx_id = (canid_t)receive;
        can->can_addr.tp.tx_id = (canid_t)transmit;
    }
    else if (sock->proto == CAN_J1939) {
        can->can_addr.j1939.name = j1939_name;
        can->can_addr.j1939.pgn = pgn;
        can->can_addr.j1939.addr = station;
    }
    *length = sizeof(*can);
    return 1;
}

static int
parse_alg(PyObject *value, KsSockAddress *address, socklen_t *length, const char *name)
{
    struct sockaddr_alg *alg = &address->alg;
    const char *type, *algorithm;
    unsigned short feature = 0, mask = 0;
    if (!expect_tuple(value, "AF_ALG", name)
        || !PyArg_ParseTuple(value, "ss|HH;AF_ALG address must be a tuple (type, name[, feat[, mask]])",
                             &type, &algorithm, &feature, &mask))
        return 0;
    alg->salg_feat = feature;
    alg->salg_mask = mask;
    /* The kernel wants no terminator in the type; it takes one from the end of the name. */
    size_t size = strlen(type);
    if (size > sizeof(alg->salg_type)) {
        PyErr_SetString(PyExc_ValueError, "AF_ALG type too long.");
        return 0;
    }
    memcpy(alg->salg_type, type, size);
    size = strlen(algorithm);
    if (size >= sizeof(alg->salg_name)) {
        PyErr_SetString(PyExc_ValueError, "AF_ALG name too long.");
        return 0;
    }
    memcpy(alg->salg_name, algorithm, size + 1);
    *length = sizeof(*alg);
    return 1;
}

int
ks_socket_address_parse(KsSocket *sock, PyObject *value, KsSockAddress *address, socklen_t *length,
                        const char *name)
{
    memset(address, 0, sizeof(*address));
    address->any.sa_family = (sa_family_t)sock->family;
    switch (sock->family) {
    case AF_INET:
        return parse_inet(value, address, length, name);
    case AF_INET6:
        return parse_inet6(value, address, length, name);
    case AF_UNIX:
        return parse_unix(value, address, length);
    case AF_NETLINK:
        return parse_netlink(value, address, length, name);
    case AF_QIPCRTR:
        return parse_qipcrtr(value, address, length);
    case AF_VSOCK:
        return parse_vsock(value, address, length);
    case AF_BLUETOOTH:
        return parse_bluetooth(sock, value, address, length, name);
    case AF_PACKET:
        return parse_packet(sock, value, address, length, name);
    case AF_TIPC:
        return parse_tipc(value, address, length, name);
    case AF_CAN:
        return parse_can(sock, value, address, length, name);
    case AF_ALG:
        return parse_alg(value, address, length, name);
    case AF_RDS: /* addressed as AF_INET */
        return parse_inet(value, address, length, name);
    default:
        PyErr_Format(PyExc_OSError, "%s(): bad family", name);
        return 0;
    }
}

int
ks_socket_address_size(KsSocket *sock, socklen_t *length)
{
    static const struct {
        int family;
        socklen_t size;
    } sizes[] = {
        {AF_INET, sizeof(struct sockaddr_in)},     {AF_INET6, sizeof(struct sockaddr_in6)},
        {AF_UNIX, sizeof(struct sockaddr_un)},     {AF_NETLINK, sizeof(struct sockaddr_nl)},
        {AF_QIPCRTR, sizeof(struct sockaddr_qrtr)}, {AF_VSOCK, sizeof(struct sockaddr_vm)},
        {AF_PACKET, sizeof(struct sockaddr_ll)},   {AF_TIPC, sizeof(struct sockaddr_tipc)},
        {AF_CAN, sizeof(struct sockaddr_can)},     {AF_ALG, sizeof(struct sockaddr_alg)},
        {AF_RDS, sizeof(struct sockaddr_in)},
    };
    static const socklen_t bluetooth[] = {
        [KS_BT_L2CAP] = sizeof(KsSockaddrL2),
        [KS_BT_HCI] = sizeof(KsSockaddrHci),
        [KS_BT_SCO] = sizeof(KsSockaddrSco),
        [KS_BT_RFCOMM] = sizeof(KsSockaddrRfcomm),
    };
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(sizes); i++)
        if (sizes[i].family == sock->family) {
            *length = sizes[i].size;
            return 1;
        }
    if (sock->family != AF_BLUETOOTH)
        PyErr_SetString(PyExc_OSError, "getsockaddrlen: bad family");
    else if (sock->proto < 0 || sock->proto >= KS_COUNT_OF(bluetooth))
        PyErr_SetString(PyExc_OSError, "getsockaddrlen: unknown BT protocol");
    else {
        *length = bluetooth[sock->proto];
        return 1;
    }
    return 0;
}

/* Kernel to Python. */

static KS_NEW PyObject *
unix_object(const struct sockaddr_un *un, socklen_t length)
{
    Py_ssize_t size = (Py_ssize_t)length - (Py_ssize_t)offsetof(struct sockaddr_un, sun_path);
    if (size > 0 && un->sun_path[0] == 0)
        return PyBytes_FromStringAndSize(un->sun_path, size);
    if (size <= 0)
        return PyUnicode_FromStringAndSize(NULL, 0);
    return PyUnicode_DecodeFSDefaultAndSize(un->sun_path,
                                            (Py_ssize_t)strnlen(un->sun_path, (size_t)size));
}

static KS_NEW PyObject *
bdaddr_object(const KsBdaddr *bdaddr)
{
    char text[18];
    const uint8_t *byte = bdaddr->bytes;
    snprintf(text, sizeof(text), "%02X:%02X:%02X:%02X:%02X:%02X", byte[5], byte[4], byte[3], byte[2],
             byte[1], byte[0]);
    return PyUnicode_FromString(text);
}

static KS_NEW PyObject *
bluetooth_object(const KsSockAddress *address, int proto)
{
    PyObject *station;
    switch (proto) {
    case KS_BT_L2CAP:
        station = bdaddr_object(&address->bt_l2.bdaddr);
        if (station == NULL)
            return NULL;
        /* The type of the address is only there when it says something. */
        if (address->bt_l2.bdaddr_type != 0)
            return Py_BuildValue("NHHB", station, address->bt_l2.psm, address->bt_l2.cid,
                                 address->bt_l2.bdaddr_type);
        if (address->bt_l2.cid != 0)
            return Py_BuildValue("NHH", station, address->bt_l2.psm, address->bt_l2.cid);
        return Py_BuildValue("NH", station, address->bt_l2.psm);
    case KS_BT_RFCOMM:
        station = bdaddr_object(&address->bt_rfcomm.bdaddr);
        return station == NULL ? NULL : Py_BuildValue("NB", station, address->bt_rfcomm.channel);
    case KS_BT_HCI:
        return Py_BuildValue("H", address->bt_hci.device);
    case KS_BT_SCO:
        return bdaddr_object(&address->bt_sco.bdaddr);
    default:
        PyErr_SetString(PyExc_ValueError, "Unknown Bluetooth protocol");
        return NULL;
    }
}

static KS_NEW PyObject *
packet_object(int fd, const struct sockaddr_ll *packet)
{
    struct ifreq request;
    return Py_BuildValue("shbhy#", interface_name(fd, packet->sll_ifindex, &request),
                         ntohs(packet->sll_protocol), packet->sll_pkttype, packet->sll_hatype,
                         packet->sll_addr, (Py_ssize_t)packet->sll_halen);
}

static KS_NEW PyObject *
tipc_object(const struct sockaddr_tipc *tipc)
{
    switch (tipc->addrtype) {
    case TIPC_ADDR_NAMESEQ:
        return Py_BuildValue("IIIII", tipc->addrtype, tipc->addr.nameseq.type,
                             tipc->addr.nameseq.lower, tipc->addr.nameseq.upper, tipc->scope);
    case TIPC_ADDR_NAME:
        return Py_BuildValue("IIIII", tipc->addrtype, tipc->addr.name.name.type,
                             tipc->addr.name.name.instance, tipc->addr.name.name.instance,
                             tipc->scope);
    case TIPC_ADDR_ID:
        return Py_BuildValue("IIIII", tipc->addrtype, tipc->addr.id.node, tipc->addr.id.ref, 0,
                             tipc->scope);
    default:
        PyErr_SetString(PyExc_ValueError, "Invalid address type");
        return NULL;
    }
}

static KS_NEW PyObject *
can_object(int fd, const struct sockaddr_can *can, int proto)
{
    struct ifreq request;
    const char *name = interface_name(fd, can->can_ifindex, &request);
    KS_OWNED PyObject *interface = PyUnicode_DecodeFSDefault(name);
    if (interface == NULL)
        return NULL;
    if (proto == CAN_ISOTP)
        return Py_BuildValue("Okk", interface, (unsigned long)can->can_addr.tp.rx_id,
                             (unsigned long)can->can_addr.tp.tx_id);
    if (proto == CAN_J1939)
        return Py_BuildValue("OKIB", interface, (unsigned long long)can->can_addr.j1939.name,
                             can->can_addr.j1939.pgn, can->can_addr.j1939.addr);
    return Py_BuildValue("(O)", interface);
}

PyObject *
ks_socket_address_object(int fd, const KsSockAddress *address, socklen_t length, int proto)
{
    PyObject *host;
    if (length == 0)
        Py_RETURN_NONE; /* connected sockets and some families give no address */
    switch (address->any.sa_family) {
    case AF_INET:
        host = ks_socket_host_object(address, AF_INET);
        return host == NULL ? NULL : Py_BuildValue("Ni", host, ntohs(address->in.sin_port));
    case AF_INET6:
        host = ks_socket_host_object(address, AF_INET6);
        return host == NULL
                   ? NULL
                   : Py_BuildValue("NiII", host, ntohs(address->in6.sin6_port),
                                   ntohl(address->in6.sin6_flowinfo), address->in6.sin6_scope_id);
    case AF_UNIX:
        return unix_object(&address->un, length);
    case AF_NETLINK:
        return Py_BuildValue("II", address->nl.nl_pid, address->nl.nl_groups);
    case AF_QIPCRTR:
        return Py_BuildValue("II", address->qrtr.sq_node, address->qrtr.sq_port);
    case AF_VSOCK:
        return Py_BuildValue("II", address->vm.svm_cid, address->vm.svm_port);
    case AF_BLUETOOTH:
        return bluetooth_object(address, proto);
    case AF_PACKET:
        return packet_object(fd, &address->ll);
    case AF_TIPC:
        return tipc_object(&address->tipc);
    case AF_CAN:
        return can_object(fd, &address->can, proto);
    case AF_ALG:
        return Py_BuildValue("s#s#HH", address->alg.salg_type,
                             (Py_ssize_t)strnlen((const char *)address->alg.salg_type,
                                                 sizeof(address->alg.salg_type)),
                             address->alg.salg_name,
                             (Py_ssize_t)strnlen((const char *)address->alg.salg_name,
                                                 sizeof(address->alg.salg_name)),
                             (unsigned short)address->alg.salg_feat,
                             (unsigned short)address->alg.salg_mask);
    default:
        return Py_BuildValue("iy#", address->any.sa_family, address->any.sa_data,
                             (Py_ssize_t)sizeof(address->any.sa_data));
    }
}
