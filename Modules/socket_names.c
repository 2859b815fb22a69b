/* SPDX-License-Identifier: MIT */
/* The module's functions: names of hosts, services, protocols and interfaces, byte order, and
 * descriptors. Whatever may ask a server runs without the GIL. */
#include "socket_parts.h"

static KS_NEW PyObject *
host_argument(PyObject *args, const char *function)
{
    PyObject *host;
    char format[48];
    snprintf(format, sizeof format, "O:%s", function);
    if (!PyArg_ParseTuple(args, format, &host))
        return NULL;
    if (!PyUnicode_Check(host) && !PyBytes_Check(host) && !PyByteArray_Check(host)) {
        PyErr_Format(PyExc_TypeError, "%s() argument 1 must be str, bytes or bytearray, not %s", function,
                     host == Py_None ? "None" : Py_TYPE(host)->tp_name);
        return NULL;
    }
    KS_OWNED PyObject *plain = PyUnicode_Check(host) ? PyUnicode_AsEncodedString(host, "idna", NULL) : NULL;
    if (PyUnicode_Check(host) && plain == NULL)
        return NULL;
    return ks_socket_host(plain != NULL ? plain : host);
}

static PyObject *
names_gethostname(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    char name[1024];
    int status;
    if (PySys_Audit("socket.gethostname", NULL) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    status = gethostname(name, sizeof name - 1);
    Py_END_ALLOW_THREADS
    if (status < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    name[sizeof name - 1] = '\0';
    return PyUnicode_DecodeFSDefault(name);
}

static PyObject *
names_sethostname(PyObject *module, PyObject *args)
{
    PyObject *raw;
    Py_buffer view;
    int status;
    if (!PyArg_ParseTuple(args, "S:sethostname", &raw)) {
        PyErr_Clear();
        if (!PyArg_ParseTuple(args, "O&:sethostname", PyUnicode_FSConverter, &raw))
            return NULL;
    }
    else
        Py_INCREF(raw);
    KS_OWNED PyObject *name = raw;
    if (PySys_Audit("socket.sethostname", "O", name) < 0 || PyObject_GetBuffer(name, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    status = sethostname(view.buf, (size_t)view.len);
    PyBuffer_Release(&view);
    if (status < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

static PyObject *
names_gethostbyname(PyObject *module, PyObject *args)
{
    KsAddress address;
    char text[INET_ADDRSTRLEN];
    KS_OWNED PyObject *host = host_argument(args, "gethostbyname");
    if (host == NULL || PySys_Audit("socket.gethostbyname", "O", PyTuple_GET_ITEM(args, 0)) < 0 ||
        ks_socket_resolve(PyBytes_AS_STRING(host), &address, sizeof address, AF_INET) < 0)
        return NULL;
    inet_ntop(AF_INET, &address.in.sin_addr, text, sizeof text);
    return PyUnicode_FromString(text);
}

/* (name, aliases, addresses) of what the resolver found. */
static KS_NEW PyObject *
host_entry(struct hostent *entry, int error)
{
    char text[INET6_ADDRSTRLEN];
    if (entry == NULL) {
        KS_OWNED PyObject *value = Py_BuildValue("(is)", error, hstrerror(error));
        if (value != NULL)
            PyErr_SetObject(ks_socket_herror, value);
        return NULL;
    }
    KS_OWNED PyObject *aliases = PyList_New(0);
    KS_OWNED PyObject *addresses = PyList_New(0);
    if (aliases == NULL || addresses == NULL)
        return NULL;
    for (char **alias = entry->h_aliases; alias != NULL && *alias != NULL; alias++) {
        KS_OWNED PyObject *name = PyUnicode_FromString(*alias);
        if (name == NULL || PyList_Append(aliases, name) < 0)
            return NULL;
    }
    for (char **found = entry->h_addr_list; *found != NULL; found++) {
        inet_ntop(entry->h_addrtype, *found, text, sizeof text);
        KS_OWNED PyObject *name = PyUnicode_FromString(text);
        if (name == NULL || PyList_Append(addresses, name) < 0)
            return NULL;
    }
    KS_OWNED PyObject *name = PyUnicode_DecodeFSDefault(entry->h_name);
    return name == NULL ? NULL : PyTuple_Pack(3, name, aliases, addresses);
}

static PyObject *
names_gethostbyname_ex(PyObject *module, PyObject *args)
{
    KsAddress address;
    struct hostent entry, *found = NULL;
    char buffer[16384];
    int error = 0;
    KS_OWNED PyObject *host = host_argument(args, "gethostbyname_ex");
    if (host == NULL || PySys_Audit("socket.gethostbyname", "O", PyTuple_GET_ITEM(args, 0)) < 0 ||
        ks_socket_resolve(PyBytes_AS_STRING(host), &address, sizeof address, AF_INET) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    gethostbyname_r(PyBytes_AS_STRING(host), &entry, buffer, sizeof buffer, &found, &error);
    Py_END_ALLOW_THREADS
    return host_entry(found, error);
}

static PyObject *
names_gethostbyaddr(PyObject *module, PyObject *args)
{
    KsAddress address;
    struct hostent entry, *found = NULL;
    char buffer[16384];
    int error = 0;
    KS_OWNED PyObject *host = host_argument(args, "gethostbyaddr");
    if (host == NULL || PySys_Audit("socket.gethostbyaddr", "O", PyTuple_GET_ITEM(args, 0)) < 0 ||
        ks_socket_resolve(PyBytes_AS_STRING(host), &address, sizeof address, AF_UNSPEC) < 0)
        return NULL;
    int family = address.any.sa_family;
    const void *raw = family == AF_INET6 ? (const void *)&address.in6.sin6_addr : (const void *)&address.in.sin_addr;
    Py_BEGIN_ALLOW_THREADS
    gethostbyaddr_r(raw, family == AF_INET6 ? 16 : 4, family, &entry, buffer, sizeof buffer, &found, &error);
    Py_END_ALLOW_THREADS
    return host_entry(found, error);
}

static PyObject *
names_getservbyname(PyObject *module, PyObject *args)
{
    const char *name, *proto = NULL;
    struct servent *entry;
    if (!PyArg_ParseTuple(args, "s|s:getservbyname", &name, &proto) ||
        PySys_Audit("socket.getservbyname", "ss", name, proto) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    entry = getservbyname(name, proto);
    Py_END_ALLOW_THREADS
    if (entry == NULL) {
        PyErr_SetString(PyExc_OSError, "service/proto not found");
        return NULL;
    }
    return PyLong_FromLong(ntohs((uint16_t)entry->s_port));
}

static PyObject *
names_getservbyport(PyObject *module, PyObject *args)
{
    const char *proto = NULL;
    struct servent *entry;
    int port;
    if (!PyArg_ParseTuple(args, "i|s:getservbyport", &port, &proto))
        return NULL;
    if (port < 0 || port > 0xffff) {
        PyErr_SetString(PyExc_OverflowError, "getservbyport: port must be 0-65535.");
        return NULL;
    }
    if (PySys_Audit("socket.getservbyport", "is", port, proto) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    entry = getservbyport(htons((uint16_t)port), proto);
    Py_END_ALLOW_THREADS
    if (entry == NULL) {
        PyErr_SetString(PyExc_OSError, "port/proto not found");
        return NULL;
    }
    return PyUnicode_FromString(entry->s_name);
}

static PyObject *
names_getprotobyname(PyObject *module, PyObject *args)
{
    const char *name;
    if (!PyArg_ParseTuple(args, "s:getprotobyname", &name))
        return NULL;
    struct protoent *entry = getprotobyname(name);
    if (entry == NULL) {
        PyErr_SetString(PyExc_OSError, "protocol not found");
        return NULL;
    }
    return PyLong_FromLong(entry->p_proto);
}

/* ---- descriptors --------------------------------------------------------------------------- */

static int
descriptor_argument(PyObject *object, int *fd)
{
    long value = PyLong_AsLong(object);
    if (value == -1 && PyErr_Occurred())
        return -1;
    *fd = (int)value;
    return 0;
}

static PyObject *
names_close(PyObject *module, PyObject *object)
{
    int fd, status;
    if (descriptor_argument(object, &fd) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    status = close(fd);
    Py_END_ALLOW_THREADS
    if (status < 0 && errno != ECONNRESET)
        return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

static PyObject *
names_dup(PyObject *module, PyObject *object)
{
    int fd;
    if (descriptor_argument(object, &fd) < 0)
        return NULL;
    int copy = _Py_dup(fd);
    return copy < 0 ? NULL : PyLong_FromLong(copy);
}

static PyObject *
names_socketpair(PyObject *module, PyObject *args)
{
    int family = AF_UNIX, type = SOCK_STREAM, proto = 0, fds[2], status;
    if (!PyArg_ParseTuple(args, "|iii:socketpair", &family, &type, &proto))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    status = socketpair(family, type | SOCK_CLOEXEC, proto, fds);
    Py_END_ALLOW_THREADS
    if (status < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    PyObject *pair[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        pair[i] = ks_socket_type.tp_alloc(&ks_socket_type, 0);
        if (pair[i] == NULL) {
            close(fds[1]);
            if (i == 0)
                close(fds[0]);
            Py_XDECREF(pair[0]);
            return NULL;
        }
        if (ks_socket_setup(SOCK(pair[i]), fds[i], family, type, proto) < 0) {
            if (i == 0)
                close(fds[1]);
            Py_DECREF(pair[i]);
            if (i == 1)
                Py_DECREF(pair[0]);
            return NULL;
        }
    }
    return Py_BuildValue("NN", pair[0], pair[1]);
}

/* ---- byte order ---------------------------------------------------------------------------- */

static KS_NEW PyObject *
swap_short(PyObject *args, const char *function)
{
    char format[16];
    int value;
    snprintf(format, sizeof format, "i:%s", function);
    if (!PyArg_ParseTuple(args, format, &value))
        return NULL;
    if (value < 0 || value > 0xffff) {
        PyErr_Format(PyExc_OverflowError, value < 0 ? "%s: can't convert negative Python int to C 16-bit unsigned integer"
                                                    : "%s: Python int too large to convert to C 16-bit unsigned integer",
                     function);
        return NULL;
    }
    return PyLong_FromLong(htons((uint16_t)value));
}

static PyObject *
names_ntohs(PyObject *module, PyObject *args)
{
    return swap_short(args, "ntohs");
}

static PyObject *
names_htons(PyObject *module, PyObject *args)
{
    return swap_short(args, "htons");
}

static PyObject *
names_swap_long(PyObject *module, PyObject *object)
{
    if (!PyLong_Check(object)) {
        PyErr_Format(PyExc_TypeError, "expected int, %s found", Py_TYPE(object)->tp_name);
        return NULL;
    }
    unsigned long value = PyLong_AsUnsignedLong(object);
    if (value == (unsigned long)-1 && PyErr_Occurred()) {
        if (_PyLong_Sign(object) < 0)
            PyErr_SetString(PyExc_OverflowError, "can't convert negative value to unsigned int");
        return NULL;
    }
    if (value > 0xffffffffUL) {
        PyErr_SetString(PyExc_OverflowError, "int larger than 32 bits");
        return NULL;
    }
    return PyLong_FromUnsignedLong(htonl((uint32_t)value));
}

/* ---- texts of addresses -------------------------------------------------------------------- */

static PyObject *
names_inet_aton(PyObject *module, PyObject *args)
{
    const char *text;
    struct in_addr address;
    if (!PyArg_ParseTuple(args, "s:inet_aton", &text))
        return NULL;
    if (!inet_aton(text, &address)) {
        PyErr_SetString(PyExc_OSError, "illegal IP address string passed to inet_aton");
        return NULL;
    }
    return PyBytes_FromStringAndSize((char *)&address, sizeof address);
}

static PyObject *
names_inet_ntoa(PyObject *module, PyObject *args)
{
    Py_buffer view;
    char text[INET_ADDRSTRLEN];
    if (!PyArg_ParseTuple(args, "y*:inet_ntoa", &view))
        return NULL;
    PyObject *result = NULL;
    if (view.len != 4)
        PyErr_SetString(PyExc_OSError, "packed IP wrong length");
    else if (inet_ntop(AF_INET, view.buf, text, sizeof text) != NULL)
        result = PyUnicode_FromString(text);
    PyBuffer_Release(&view);
    return result;
}

static PyObject *
names_inet_pton(PyObject *module, PyObject *args)
{
    int family;
    const char *text;
    char packed[16];
    if (!PyArg_ParseTuple(args, "is:inet_pton", &family, &text))
        return NULL;
    int status = inet_pton(family, text, packed);
    if (status < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    if (status == 0) {
        PyErr_SetString(PyExc_OSError, "illegal IP address string passed to inet_pton");
        return NULL;
    }
    return PyBytes_FromStringAndSize(packed, family == AF_INET ? 4 : 16);
}

static PyObject *
names_inet_ntop(PyObject *module, PyObject *args)
{
    int family;
    Py_buffer view;
    char text[INET6_ADDRSTRLEN + 1];
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "iy*:inet_ntop", &family, &view))
        return NULL;
    if (family != AF_INET && family != AF_INET6)
        PyErr_Format(PyExc_ValueError, "unknown address family %d", family);
    else if (view.len != (family == AF_INET ? 4 : 16))
        PyErr_SetString(PyExc_ValueError, "invalid length of packed IP address string");
    else if (inet_ntop(family, view.buf, text, sizeof text) == NULL)
        PyErr_SetFromErrno(PyExc_OSError);
    else
        result = PyUnicode_FromString(text);
    PyBuffer_Release(&view);
    return result;
}

/* ---- getaddrinfo, getnameinfo -------------------------------------------------------------- */

/* The service as C text, kept alive in *owner; NULL for None; -1 with an exception. */
static int
service_text(PyObject *port, PyObject **owner, const char **text)
{
    if (port == Py_None)
        *text = NULL;
    else if (PyLong_Check(port)) {
        long number = PyLong_AsLong(port);
        if (number == -1 && PyErr_Occurred())
            return -1;
        *owner = PyBytes_FromFormat("%ld", number);
        *text = *owner == NULL ? NULL : PyBytes_AS_STRING(*owner);
        return *owner == NULL ? -1 : 0;
    }
    else if (PyUnicode_Check(port))
        return (*text = PyUnicode_AsUTF8(port)) == NULL ? -1 : 0;
    else if (PyBytes_Check(port))
        *text = PyBytes_AS_STRING(port);
    else {
        PyErr_SetString(PyExc_OSError, "Int or String expected");
        return -1;
    }
    return 0;
}

static PyObject *
names_getaddrinfo(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"host", "port", "family", "type", "proto", "flags", NULL};
    PyObject *host, *port;
    struct addrinfo hints = {0}, *found;
    const char *node = NULL, *service;
    int family = AF_UNSPEC, type = 0, proto = 0, flags = 0, error;
    KS_OWNED PyObject *encoded = NULL, *number = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|iiii:getaddrinfo", names, &host, &port, &family, &type, &proto,
                                     &flags))
        return NULL;
    if (PyUnicode_Check(host)) {
        encoded = PyUnicode_AsEncodedString(host, "idna", NULL);
        if (encoded == NULL)
            return NULL;
        node = PyBytes_AS_STRING(encoded);
    }
    else if (PyBytes_Check(host))
        node = PyBytes_AS_STRING(host);
    else if (host != Py_None) {
        PyErr_SetString(PyExc_TypeError, "getaddrinfo() argument 1 must be string or None");
        return NULL;
    }
    if (service_text(port, &number, &service) < 0 ||
        PySys_Audit("socket.getaddrinfo", "OOiii", host, port, family, type, proto) < 0)
        return NULL;
    hints.ai_family = family;
    hints.ai_socktype = type;
    hints.ai_protocol = proto;
    hints.ai_flags = flags;
    Py_BEGIN_ALLOW_THREADS
    error = getaddrinfo(node, service, &hints, &found);
    Py_END_ALLOW_THREADS
    if (error)
        return ks_socket_gai_error(error);
    KS_OWNED PyObject *list = PyList_New(0);
    for (struct addrinfo *one = found; list != NULL && one != NULL; one = one->ai_next) {
        PyObject *address = ks_socket_address_object(-1, (const KsAddress *)one->ai_addr, one->ai_addrlen, proto);
        KS_OWNED PyObject *row = address == NULL ? NULL
                                                 : Py_BuildValue("iiisN", one->ai_family, one->ai_socktype, one->ai_protocol,
                                                                 one->ai_canonname ? one->ai_canonname : "", address);
        if (row == NULL || PyList_Append(list, row) < 0)
            Py_CLEAR(list);
    }
    freeaddrinfo(found);
    return ks_give(&list);
}

static PyObject *
names_getnameinfo(PyObject *module, PyObject *args)
{
    PyObject *address;
    const char *host;
    int flags, port, error;
    unsigned int flow = 0, scope = 0;
    char port_text[16], host_out[NI_MAXHOST], service_out[NI_MAXSERV];
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST}, *found;
    if (!PyArg_ParseTuple(args, "Oi:getnameinfo", &address, &flags))
        return NULL;
    if (!PyTuple_Check(address)) {
        PyErr_SetString(PyExc_TypeError, "getnameinfo() argument 1 must be a tuple");
        return NULL;
    }
    if (!PyArg_ParseTuple(address, "si|II;getnameinfo(): illegal sockaddr argument", &host, &port, &flow, &scope))
        return NULL;
    if (flow > 0xfffff) {
        PyErr_SetString(PyExc_OverflowError, "getnameinfo(): flowinfo must be 0-1048575.");
        return NULL;
    }
    if (PySys_Audit("socket.getnameinfo", "(O)", address) < 0)
        return NULL;
    snprintf(port_text, sizeof port_text, "%d", port);
    Py_BEGIN_ALLOW_THREADS
    error = getaddrinfo(host, port_text, &hints, &found);
    Py_END_ALLOW_THREADS
    if (error)
        return ks_socket_gai_error(error);
    PyObject *result = NULL;
    if (found->ai_next != NULL) {
        PyErr_SetString(PyExc_OSError, "sockaddr resolved to multiple addresses");
        goto done;
    }
    if (found->ai_family == AF_INET && PyTuple_GET_SIZE(address) != 2) {
        PyErr_SetString(PyExc_OSError, "IPv4 sockaddr must be 2 tuple");
        goto done;
    }
    if (found->ai_family == AF_INET6) {
        ((struct sockaddr_in6 *)found->ai_addr)->sin6_flowinfo = htonl(flow);
        ((struct sockaddr_in6 *)found->ai_addr)->sin6_scope_id = scope;
    }
    Py_BEGIN_ALLOW_THREADS
    error = getnameinfo(found->ai_addr, found->ai_addrlen, host_out, sizeof host_out, service_out, sizeof service_out,
                        flags);
    Py_END_ALLOW_THREADS
    if (error)
        ks_socket_gai_error(error);
    else
        result = Py_BuildValue("Ns", PyUnicode_DecodeFSDefault(host_out), service_out);
done:
    freeaddrinfo(found);
    return result;
}

/* ---- interfaces, timeouts, lengths --------------------------------------------------------- */

static PyObject *
names_if_nameindex(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    struct if_nameindex *all = if_nameindex();
    if (all == NULL)
        return PyErr_SetFromErrno(PyExc_OSError);
    KS_OWNED PyObject *list = PyList_New(0);
    for (struct if_nameindex *one = all; list != NULL && one->if_index != 0; one++) {
        KS_OWNED PyObject *row = Py_BuildValue("IO&", one->if_index, PyUnicode_DecodeFSDefault, one->if_name);
        if (row == NULL || PyList_Append(list, row) < 0)
            Py_CLEAR(list);
    }
    if_freenameindex(all);
    return ks_give(&list);
}

static PyObject *
names_if_nametoindex(PyObject *module, PyObject *args)
{
    PyObject *raw;
    if (!PyArg_ParseTuple(args, "O&:if_nametoindex", PyUnicode_FSConverter, &raw))
        return NULL;
    unsigned int index = if_nametoindex(PyBytes_AS_STRING(raw));
    Py_DECREF(raw);
    if (index == 0) {
        PyErr_SetString(PyExc_OSError, "no interface with this name");
        return NULL;
    }
    return PyLong_FromUnsignedLong(index);
}

static PyObject *
names_if_indextoname(PyObject *module, PyObject *object)
{
    char name[IF_NAMESIZE + 1];
    if (!PyLong_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "an integer is required");
        return NULL;
    }
    if (_PyLong_Sign(object) < 0) {
        PyErr_SetString(PyExc_OverflowError, "can't convert negative value to unsigned int");
        return NULL;
    }
    unsigned long index = PyLong_AsUnsignedLong(object);
    if (index == (unsigned long)-1 && PyErr_Occurred())
        return NULL;
    if (index > UINT_MAX || if_indextoname((unsigned int)index, name) == NULL) {
        errno = ENXIO;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    return PyUnicode_DecodeFSDefault(name);
}

static PyObject *
names_getdefaulttimeout(PyObject *module, PyObject *Py_UNUSED(ignored))
{
    if (ks_socket_default_timeout < 0)
        Py_RETURN_NONE;
    return PyFloat_FromDouble(_PyTime_AsSecondsDouble(ks_socket_default_timeout));
}

static PyObject *
names_setdefaulttimeout(PyObject *module, PyObject *object)
{
    _PyTime_t timeout;
    if (ks_socket_read_timeout(object, &timeout) < 0)
        return NULL;
    ks_socket_default_timeout = timeout;
    Py_RETURN_NONE;
}

static PyObject *
names_cmsg_len(PyObject *module, PyObject *args)
{
    Py_ssize_t length;
    if (!PyArg_ParseTuple(args, "n:CMSG_LEN", &length))
        return NULL;
    if (length < 0 || length > INT_MAX - (Py_ssize_t)CMSG_LEN(0)) {
        PyErr_Format(PyExc_OverflowError, "CMSG_LEN() argument out of range");
        return NULL;
    }
    return PyLong_FromSize_t(CMSG_LEN((size_t)length));
}

static PyObject *
names_cmsg_space(PyObject *module, PyObject *args)
{
    Py_ssize_t length;
    if (!PyArg_ParseTuple(args, "n:CMSG_SPACE", &length))
        return NULL;
    if (length < 0 || length > INT_MAX - (Py_ssize_t)CMSG_SPACE(1)) {
        PyErr_SetString(PyExc_OverflowError, "CMSG_SPACE() argument out of range");
        return NULL;
    }
    return PyLong_FromSize_t(CMSG_SPACE((size_t)length));
}

PyMethodDef ks_socket_name_functions[] = {
    METHOD_PLAIN("gethostbyname", names_gethostbyname, METH_VARARGS, "gethostbyname(host) -> IPv4 address"),
    METHOD_PLAIN("gethostbyname_ex", names_gethostbyname_ex, METH_VARARGS,
                 "gethostbyname_ex(host) -> (name, aliaslist, addresslist)"),
    METHOD_PLAIN("gethostbyaddr", names_gethostbyaddr, METH_VARARGS,
                 "gethostbyaddr(host) -> (name, aliaslist, addresslist)"),
    METHOD_PLAIN("gethostname", names_gethostname, METH_NOARGS, "gethostname() -> this machine's name"),
    METHOD_PLAIN("sethostname", names_sethostname, METH_VARARGS, "sethostname(name)"),
    METHOD_PLAIN("getservbyname", names_getservbyname, METH_VARARGS, "getservbyname(name[, protocol]) -> port"),
    METHOD_PLAIN("getservbyport", names_getservbyport, METH_VARARGS, "getservbyport(port[, protocol]) -> name"),
    METHOD_PLAIN("getprotobyname", names_getprotobyname, METH_VARARGS, "getprotobyname(name) -> number"),
    METHOD_PLAIN("close", names_close, METH_O, "close(fd)"),
    METHOD_PLAIN("dup", names_dup, METH_O, "dup(fd) -> a duplicate, not inherited"),
    METHOD_PLAIN("socketpair", names_socketpair, METH_VARARGS, "socketpair([family[, type[, proto]]]) -> two sockets"),
    METHOD_PLAIN("ntohs", names_ntohs, METH_VARARGS, "16 bits from network to host order"),
    METHOD_PLAIN("ntohl", names_swap_long, METH_O, "32 bits from network to host order"),
    METHOD_PLAIN("htons", names_htons, METH_VARARGS, "16 bits from host to network order"),
    METHOD_PLAIN("htonl", names_swap_long, METH_O, "32 bits from host to network order"),
    METHOD_PLAIN("inet_aton", names_inet_aton, METH_VARARGS, "inet_aton(text) -> four bytes"),
    METHOD_PLAIN("inet_ntoa", names_inet_ntoa, METH_VARARGS, "inet_ntoa(bytes) -> text"),
    METHOD_PLAIN("inet_pton", names_inet_pton, METH_VARARGS, "inet_pton(family, text) -> bytes"),
    METHOD_PLAIN("inet_ntop", names_inet_ntop, METH_VARARGS, "inet_ntop(family, bytes) -> text"),
    METHOD_PLAIN("getaddrinfo", names_getaddrinfo, METH_VARARGS | METH_KEYWORDS,
                 "getaddrinfo(host, port[, family, type, proto, flags])\n"
                 "    -> list of (family, type, proto, canonname, sockaddr)"),
    METHOD_PLAIN("getnameinfo", names_getnameinfo, METH_VARARGS, "getnameinfo(sockaddr, flags) -> (host, port)"),
    METHOD_PLAIN("getdefaulttimeout", names_getdefaulttimeout, METH_NOARGS, "Seconds, or None."),
    METHOD_PLAIN("setdefaulttimeout", names_setdefaulttimeout, METH_O, "For sockets made from now on."),
    METHOD_PLAIN("if_nameindex", names_if_nameindex, METH_NOARGS, "if_nameindex() -> list of (index, name)"),
    METHOD_PLAIN("if_nametoindex", names_if_nametoindex, METH_VARARGS, "if_nametoindex(name) -> index"),
    METHOD_PLAIN("if_indextoname", names_if_indextoname, METH_O, "if_indextoname(index) -> name"),
    METHOD_PLAIN("CMSG_LEN", names_cmsg_len, METH_VARARGS, "CMSG_LEN(length) -> length with header, without padding"),
    METHOD_PLAIN("CMSG_SPACE", names_cmsg_space, METH_VARARGS, "CMSG_SPACE(length) -> length with header and padding"),
    {NULL},
};
