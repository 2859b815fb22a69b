/* SPDX-License-Identifier: MIT */
/* Names and numbers: hosts, services, protocols, interfaces, the textual forms of addresses.
 *
 * The C library's resolver runs without the GIL. Numeric addresses are recognised before it is
 * asked, so that a connection to one never waits for a name server. */
#include "socket_parts.h"

#include <stddef.h>
#include <unistd.h>

#define HOST_BUFFER_BYTES 16384

/* Results of getaddrinfo() are freed on every way out. */
static void
address_list_free(struct addrinfo **list)
{
    if (*list != NULL)
        freeaddrinfo(*list);
}
#define ADDRESS_LIST __attribute__((cleanup(address_list_free))) struct addrinfo *

/* Errors. */

static KS_COLD PyObject *
raise_pair(PyObject *type, int code, const char *text)
{
    KS_OWNED PyObject *value = Py_BuildValue("(is)", code, text);
    if (value != NULL)
        PyErr_SetObject(type, value);
    return NULL;
}

static PyObject *
raise_gaierror(int code)
{
    if (code == EAI_SYSTEM)
        return ks_socket_error();
    return raise_pair(ks_socket_gaierror, code, gai_strerror(code));
}

static PyObject *
raise_herror(int code)
{
    return raise_pair(ks_socket_herror, code, hstrerror(code));
}

/* Hosts. */

static int
lookup(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **list)
{
    int error;
    Py_BEGIN_ALLOW_THREADS
    error = getaddrinfo(host, service, hints, list);
    Py_END_ALLOW_THREADS
    if (error != 0) {
        *list = NULL;
        raise_gaierror(error);
        return -1;
    }
    return 0;
}

static void
take_result(KsSockAddress *address, const struct addrinfo *entry)
{
    size_t size = entry->ai_addrlen < sizeof(*address) ? entry->ai_addrlen : sizeof(*address);
    memcpy(address, entry->ai_addr, size);
}

static int
resolve_wildcard(KsSockAddress *address, int family)
{
    struct addrinfo hints = {
        .ai_family = family, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_PASSIVE};
    ADDRESS_LIST list = NULL;
    if (lookup(NULL, "0", &hints, &list) < 0)
        return -1;
    if (list->ai_family != AF_INET && list->ai_family != AF_INET6) {
        PyErr_SetString(PyExc_OSError, "unsupported address family");
        return -1;
    }
    if (list->ai_next != NULL) {
        PyErr_SetString(PyExc_OSError, "wildcard resolved to multiple address");
        return -1;
    }
    take_result(address, list);
    return list->ai_family == AF_INET ? 4 : 16;
}

static int
take_inet(KsSockAddress *address, const struct in_addr *number)
{
    memset(&address->in, 0, sizeof(address->in));
    address->in.sin_family = AF_INET;
    address->in.sin_addr = *number;
    return 4;
}

int
ks_socket_resolve(const char *name, KsSockAddress *address, int family)
{
    if (name[0] == '\0')
        return resolve_wildcard(address, family);
    struct in_addr number;
    if (strcmp(name, "255.255.255.255") == 0 || strcmp(name, "<broadcast>") == 0) {
        if (family != AF_INET && family != AF_UNSPEC) {
            PyErr_SetString(PyExc_OSError, "address family mismatched");
            return -1;
        }
        number.s_addr = INADDR_BROADCAST;
        return take_inet(address, &number);
    }
    if ((family == AF_UNSPEC || family == AF_INET) && inet_pton(AF_INET, name, &number) > 0)
        return take_inet(address, &number);
    /* A scope ("%eth0") is left to getaddrinfo(). */
    struct in6_addr wide;
    if ((family == AF_UNSPEC || family == AF_INET6) && strchr(name, '%') == NULL
        && inet_pton(AF_INET6, name, &wide) > 0) {
        memset(&address->in6, 0, sizeof(address->in6));
        address->in6.sin6_family = AF_INET6;
        address->in6.sin6_addr = wide;
        return 16;
    }
    struct addrinfo hints = {.ai_family = family};
    ADDRESS_LIST list = NULL;
    if (lookup(name, NULL, &hints, &list) < 0)
        return -1;
    take_result(address, list);
    if (list->ai_family == AF_INET)
        return 4;
    if (list->ai_family == AF_INET6)
        return 16;
    PyErr_SetString(PyExc_OSError, "unknown address family");
    return -1;
}

PyObject *
ks_socket_host_object(const KsSockAddress *address, int family)
{
    char text[INET6_ADDRSTRLEN];
    const void *number =
        family == AF_INET ? (const void *)&address->in.sin_addr : &address->in6.sin6_addr;
    if (inet_ntop(family, number, text, sizeof(text)) == NULL)
        return ks_socket_error();
    return PyUnicode_FromString(text);
}

static PyObject *
resolve_gethostname(PyObject *module, PyObject *unused)
{
    char name[1024];
    int result;
    if (PySys_Audit("socket.gethostname", NULL) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    result = gethostname(name, sizeof(name) - 1);
    Py_END_ALLOW_THREADS
    if (result < 0)
        return ks_socket_error();
    name[sizeof(name) - 1] = '\0';
    return PyUnicode_DecodeFSDefault(name);
}

static PyObject *
resolve_sethostname(PyObject *module, PyObject *args)
{
    PyObject *name;
    Py_buffer view;
    if (!PyArg_ParseTuple(args, "S:sethostname", &name)) {
        PyErr_Clear();
        if (!PyArg_ParseTuple(args, "O&:sethostname", PyUnicode_FSConverter, &name))
            return NULL;
    }
    else
        Py_INCREF(name);
    int result = -1;
    bool called = PySys_Audit("socket.sethostname", "(O)", name) == 0
                  && PyObject_GetBuffer(name, &view, PyBUF_SIMPLE) == 0;
    if (called) {
        result = sethostname(view.buf, (size_t)view.len);
        PyBuffer_Release(&view);
    }
    Py_DECREF(name);
    if (!called)
        return NULL;
    if (result < 0)
        return ks_socket_error();
    Py_RETURN_NONE;
}

static PyObject *
resolve_gethostbyname(PyObject *module, PyObject *args)
{
    char *name;
    KsSockAddress address;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "et:gethostbyname", "idna", &name))
        return NULL;
    if (PySys_Audit("socket.gethostbyname", "O", PyTuple_GET_ITEM(args, 0)) == 0
        && ks_socket_resolve(name, &address, AF_INET) >= 0)
        result = ks_socket_host_object(&address, AF_INET);
    PyMem_Free(name);
    return result;
}

/* (name, aliases, addresses) of a host entry. */
static KS_NEW PyObject *
host_entry_object(const struct hostent *entry, int family)
{
    if (entry->h_addrtype != family) {
        errno = EAFNOSUPPORT;
        return ks_socket_error();
    }
    KS_OWNED PyObject *aliases = PyList_New(0), *addresses = PyList_New(0);
    if (aliases == NULL || addresses == NULL)
        return NULL;
    for (char **alias = entry->h_aliases; alias != NULL && *alias != NULL; alias++) {
        KS_OWNED PyObject *text = PyUnicode_FromString(*alias);
        if (text == NULL || PyList_Append(aliases, text) < 0)
            return NULL;
    }
    for (char **number = entry->h_addr_list; *number != NULL; number++) {
        KsSockAddress address;
        memcpy(family == AF_INET ? (void *)&address.in.sin_addr : &address.in6.sin6_addr, *number,
               family == AF_INET ? 4 : 16);
        KS_OWNED PyObject *text = ks_socket_host_object(&address, family);
        if (text == NULL || PyList_Append(addresses, text) < 0)
            return NULL;
    }
    KS_OWNED PyObject *name = PyUnicode_DecodeFSDefault(entry->h_name);
    return name == NULL ? NULL : PyTuple_Pack(3, name, aliases, addresses);
}

static PyObject *
resolve_gethostbyname_ex(PyObject *module, PyObject *args)
{
    char *name, buffer[HOST_BUFFER_BYTES];
    KsSockAddress address;
    struct hostent space, *entry = NULL;
    int code = 0;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "et:gethostbyname_ex", "idna", &name))
        return NULL;
    if (PySys_Audit("socket.gethostbyname", "O", PyTuple_GET_ITEM(args, 0)) < 0
        || ks_socket_resolve(name, &address, AF_INET) < 0)
        goto done;
    Py_BEGIN_ALLOW_THREADS
    gethostbyname_r(name, &space, buffer, sizeof(buffer), &entry, &code);
    Py_END_ALLOW_THREADS
    result = entry == NULL ? raise_herror(code) : host_entry_object(entry, AF_INET);
done:
    PyMem_Free(name);
    return result;
}

static PyObject *
resolve_gethostbyaddr(PyObject *module, PyObject *args)
{
    char *name, buffer[HOST_BUFFER_BYTES];
    KsSockAddress address;
    struct hostent space, *entry = NULL;
    int code = 0;
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "et:gethostbyaddr", "idna", &name))
        return NULL;
    if (PySys_Audit("socket.gethostbyaddr", "O", PyTuple_GET_ITEM(args, 0)) < 0)
        goto done;
    int size = ks_socket_resolve(name, &address, AF_UNSPEC);
    if (size < 0)
        goto done;
    int family = size == 4 ? AF_INET : AF_INET6;
    const void *number =
        family == AF_INET ? (const void *)&address.in.sin_addr : &address.in6.sin6_addr;
    Py_BEGIN_ALLOW_THREADS
    gethostbyaddr_r(number, (socklen_t)size, family, &space, buffer, sizeof(buffer), &entry, &code);
    Py_END_ALLOW_THREADS
    result = entry == NULL ? raise_herror(code) : host_entry_object(entry, family);
done:
    PyMem_Free(name);
    return result;
}

/* The host argument of getaddrinfo(): *owner keeps *text alive. */
static int
take_host(PyObject *value, PyObject **owner, const char **text)
{
    *text = NULL;
    if (value == Py_None)
        return 1;
    if (PyUnicode_Check(value)) {
        *owner = PyUnicode_AsEncodedString(value, "idna", NULL);
        if (*owner == NULL)
            return 0;
        *text = PyBytes_AS_STRING(*owner);
        return 1;
    }
    if (PyBytes_Check(value)) {
        *text = PyBytes_AS_STRING(value);
        return 1;
    }
    PyErr_SetString(PyExc_TypeError, "getaddrinfo() argument 1 must be string or None");
    return 0;
}

/* Its port: a number in the buffer, or a service's name. */
static int
take_port(PyObject *value, char *buffer, size_t size, const char **text)
{
    *text = NULL;
    if (value == Py_None)
        return 1;
    if (PyLong_CheckExact(value)) {
        long number = PyLong_AsLong(value);
        if (number == -1 && PyErr_Occurred())
            return 0;
        snprintf(buffer, size, "%ld", number);
        *text = buffer;
        return 1;
    }
    if (PyUnicode_Check(value)) {
        *text = PyUnicode_AsUTF8(value);
        return *text != NULL;
    }
    if (PyBytes_Check(value)) {
        *text = PyBytes_AS_STRING(value);
        return 1;
    }
    PyErr_SetString(PyExc_OSError, "Int or String expected");
    return 0;
}

static PyObject *
resolve_getaddrinfo(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"host", "port", "family", "type", "proto", "flags", NULL};
    PyObject *host, *port;
    struct addrinfo hints = {0};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|iiii:getaddrinfo", names, &host, &port,
                                     &hints.ai_family, &hints.ai_socktype, &hints.ai_protocol,
                                     &hints.ai_flags))
        return NULL;
    KS_OWNED PyObject *owner = NULL;
    const char *host_text, *port_text;
    char digits[24];
    if (!take_host(host, &owner, &host_text)
        || !take_port(port, digits, sizeof(digits), &port_text)
        || PySys_Audit("socket.getaddrinfo", "OOiii", host, port, hints.ai_family,
                       hints.ai_socktype, hints.ai_protocol)
               < 0)
        return NULL;
    ADDRESS_LIST list = NULL;
    if (lookup(host_text, port_text, &hints, &list) < 0)
        return NULL;
    KS_OWNED PyObject *all = PyList_New(0);
    if (all == NULL)
        return NULL;
    for (struct addrinfo *entry = list; entry != NULL; entry = entry->ai_next) {
        KsSockAddress address;
        memset(&address, 0, sizeof(address));
        take_result(&address, entry);
        PyObject *address_object = ks_socket_address_object(-1, &address, entry->ai_addrlen,
                                                            entry->ai_protocol);
        if (address_object == NULL)
            return NULL;
        KS_OWNED PyObject *row = Py_BuildValue(
            "iiisN", entry->ai_family, entry->ai_socktype, entry->ai_protocol,
            entry->ai_canonname != NULL ? entry->ai_canonname : "", address_object);
        if (row == NULL || PyList_Append(all, row) < 0)
            return NULL;
    }
    return ks_give(&all);
}

static PyObject *
resolve_getnameinfo(PyObject *module, PyObject *args)
{
    PyObject *value;
    const char *host;
    int flags, port;
    unsigned int flow = 0, scope = 0;
    if (!PyArg_ParseTuple(args, "Oi:getnameinfo", &value, &flags))
        return NULL;
    if (!PyTuple_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "getnameinfo() argument 1 must be a tuple");
        return NULL;
    }
    if (!PyArg_ParseTuple(value, "si|II;getnameinfo(): illegal sockaddr argument", &host, &port,
                          &flow, &scope))
        return NULL;
    if (flow > 0xfffff) {
        PyErr_SetString(PyExc_OverflowError, "getnameinfo(): flowinfo must be 0-1048575.");
        return NULL;
    }
    if (PySys_Audit("socket.getnameinfo", "(O)", value) < 0)
        return NULL;
    char digits[24];
    snprintf(digits, sizeof(digits), "%d", port);
    /* The socket type only keeps the list from having an entry per type. */
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST};
    ADDRESS_LIST list = NULL;
    if (lookup(host, digits, &hints, &list) < 0)
        return NULL;
    if (list->ai_next != NULL) {
        PyErr_SetString(PyExc_OSError, "sockaddr resolved to multiple addresses");
        return NULL;
    }
    if (list->ai_family == AF_INET && PyTuple_GET_SIZE(value) != 2) {
        PyErr_SetString(PyExc_OSError, "IPv4 sockaddr must be 2 tuple");
        return NULL;
    }
    if (list->ai_family == AF_INET6) {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)list->ai_addr;
        in6->sin6_flowinfo = htonl(flow);
        in6->sin6_scope_id = scope;
    }
    char name[NI_MAXHOST], service[NI_MAXSERV];
    int error;
    Py_BEGIN_ALLOW_THREADS
    error = getnameinfo(list->ai_addr, list->ai_addrlen, name, sizeof(name), service,
                        sizeof(service), flags);
    Py_END_ALLOW_THREADS
    if (error != 0)
        return raise_gaierror(error);
    PyObject *name_object = PyUnicode_DecodeFSDefault(name);
    return name_object == NULL ? NULL : Py_BuildValue("Ns", name_object, service);
}

/* Services and protocols. */

static PyObject *
resolve_getservbyname(PyObject *module, PyObject *args)
{
    const char *name, *proto = NULL;
    char buffer[1024];
    struct servent space, *entry = NULL;
    if (!PyArg_ParseTuple(args, "s|s:getservbyname", &name, &proto)
        || PySys_Audit("socket.getservbyname", "ss", name, proto) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    getservbyname_r(name, proto, &space, buffer, sizeof(buffer), &entry);
    Py_END_ALLOW_THREADS
    if (entry == NULL) {
        PyErr_SetString(PyExc_OSError, "service/proto not found");
        return NULL;
    }
    return PyLong_FromLong(ntohs((uint16_t)entry->s_port));
}

static PyObject *
resolve_getservbyport(PyObject *module, PyObject *args)
{
    int port;
    const char *proto = NULL;
    char buffer[1024];
    struct servent space, *entry = NULL;
    if (!PyArg_ParseTuple(args, "i|s:getservbyport", &port, &proto))
        return NULL;
    if (port < 0 || port > 0xffff) {
        PyErr_SetString(PyExc_OverflowError, "getservbyport: port must be 0-65535.");
        return NULL;
    }
    if (PySys_Audit("socket.getservbyport", "is", port, proto) < 0)
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    getservbyport_r(htons((uint16_t)port), proto, &space, buffer, sizeof(buffer), &entry);
    Py_END_ALLOW_THREADS
    if (entry == NULL) {
        PyErr_SetString(PyExc_OSError, "port/proto not found");
        return NULL;
    }
    return PyUnicode_FromString(entry->s_name);
}

static PyObject *
resolve_getprotobyname(PyObject *module, PyObject *args)
{
    const char *name;
    char buffer[1024];
    struct protoent space, *entry = NULL;
    if (!PyArg_ParseTuple(args, "s:getprotobyname", &name))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    getprotobyname_r(name, &space, buffer, sizeof(buffer), &entry);
    Py_END_ALLOW_THREADS
    if (entry == NULL) {
        PyErr_SetString(PyExc_OSError, "protocol not found");
        return NULL;
    }
    return PyLong_FromLong(entry->p_proto);
}

/* Textual addresses. */

static PyObject *
resolve_inet_aton(PyObject *module, PyObject *args)
{
    const char *text;
    struct in_addr number;
    if (!PyArg_ParseTuple(args, "s:inet_aton", &text))
        return NULL;
    if (inet_aton(text, &number))
        return PyBytes_FromStringAndSize((const char *)&number, sizeof(number));
    PyErr_SetString(PyExc_OSError, "illegal IP address string passed to inet_aton");
    return NULL;
}

static PyObject *
resolve_inet_ntoa(PyObject *module, PyObject *args)
{
    Py_buffer view;
    char text[INET_ADDRSTRLEN];
    if (!PyArg_ParseTuple(args, "y*:inet_ntoa", &view))
        return NULL;
    bool ok = view.len == 4;
    if (ok)
        inet_ntop(AF_INET, view.buf, text, sizeof(text));
    PyBuffer_Release(&view);
    if (ok)
        return PyUnicode_FromString(text);
    PyErr_SetString(PyExc_OSError, "packed IP wrong length for inet_ntoa");
    return NULL;
}

static PyObject *
resolve_inet_pton(PyObject *module, PyObject *args)
{
    int family;
    const char *text;
    char packed[sizeof(struct in6_addr)];
    if (!PyArg_ParseTuple(args, "is:inet_pton", &family, &text))
        return NULL;
    int result = inet_pton(family, text, packed);
    if (result < 0)
        return ks_socket_error();
    if (result == 0) {
        PyErr_SetString(PyExc_OSError, "illegal IP address string passed to inet_pton");
        return NULL;
    }
    return PyBytes_FromStringAndSize(packed, family == AF_INET ? 4 : 16);
}

static PyObject *
resolve_inet_ntop(PyObject *module, PyObject *args)
{
    int family;
    Py_buffer view;
    char text[INET6_ADDRSTRLEN];
    PyObject *result = NULL;
    if (!PyArg_ParseTuple(args, "iy*:inet_ntop", &family, &view))
        return NULL;
    if (family != AF_INET && family != AF_INET6)
        PyErr_Format(PyExc_ValueError, "unknown address family %d", family);
    else if (view.len != (family == AF_INET ? 4 : 16))
        PyErr_SetString(PyExc_ValueError, "invalid length of packed IP address string");
    else if (inet_ntop(family, view.buf, text, sizeof(text)) == NULL)
        ks_socket_error();
    else
        result = PyUnicode_FromString(text);
    PyBuffer_Release(&view);
    return result;
}

/* Interfaces. */

static PyObject *
resolve_if_nameindex(PyObject *module, PyObject *unused)
{
    struct if_nameindex *entries;
    Py_BEGIN_ALLOW_THREADS
    entries = if_nameindex();
    Py_END_ALLOW_THREADS
    if (entries == NULL)
        return ks_socket_error();
    PyObject *list = PyList_New(0);
    for (struct if_nameindex *entry = entries;
         list != NULL && entry->if_index != 0 && entry->if_name != NULL; entry++) {
        KS_OWNED PyObject *row = Py_BuildValue("IO&", entry->if_index, PyUnicode_DecodeFSDefault,
                                               entry->if_name);
        if (row == NULL || PyList_Append(list, row) < 0)
            Py_CLEAR(list);
    }
    if_freenameindex(entries);
    return list;
}

static PyObject *
resolve_if_nametoindex(PyObject *module, PyObject *args)
{
    PyObject *name;
    if (!PyArg_ParseTuple(args, "O&:if_nametoindex", PyUnicode_FSConverter, &name))
        return NULL;
    unsigned int index;
    Py_BEGIN_ALLOW_THREADS
    index = if_nametoindex(PyBytes_AS_STRING(name));
    Py_END_ALLOW_THREADS
    Py_DECREF(name);
    if (index == 0) {
        PyErr_SetString(PyExc_OSError, "no interface with this name");
        return NULL;
    }
    return PyLong_FromUnsignedLong(index);
}

static PyObject *
resolve_if_indextoname(PyObject *module, PyObject *value)
{
    unsigned long index = PyLong_AsUnsignedLong(value);
    char name[IF_NAMESIZE + 1];
    if (index == (unsigned long)-1 && PyErr_Occurred())
        return NULL;
    if (if_indextoname((unsigned int)index, name) == NULL)
        return ks_socket_error();
    return PyUnicode_DecodeFSDefault(name);
}

PyMethodDef ks_socket_resolve_methods[] = {
    METHOD_PLAIN("gethostbyname", resolve_gethostbyname, METH_VARARGS,
                 "gethostbyname(host) -> address\n\nThe IPv4 address of a host, as text."),
    METHOD_PLAIN("gethostbyname_ex", resolve_gethostbyname_ex, METH_VARARGS,
                 "gethostbyname_ex(host) -> (name, aliaslist, addresslist)\n\n"
                 "A host's true name, its other names and its addresses."),
    METHOD_PLAIN("gethostbyaddr", resolve_gethostbyaddr, METH_VARARGS,
                 "gethostbyaddr(host) -> (name, aliaslist, addresslist)\n\n"
                 "The same for a host's address."),
    METHOD_PLAIN("gethostname", resolve_gethostname, METH_NOARGS,
                 "gethostname() -> string\n\nThis host's name."),
    METHOD_PLAIN("sethostname", resolve_sethostname, METH_VARARGS,
                 "sethostname(name)\n\nName this host."),
    METHOD_PLAIN("getservbyname", resolve_getservbyname, METH_VARARGS,
                 "getservbyname(servicename[, protocolname]) -> integer\n\n"
                 "The port of a service."),
    METHOD_PLAIN("getservbyport", resolve_getservbyport, METH_VARARGS,
                 "getservbyport(port[, protocolname]) -> string\n\nThe service of a port."),
    METHOD_PLAIN("getprotobyname", resolve_getprotobyname, METH_VARARGS,
                 "getprotobyname(name) -> integer\n\nThe number of a protocol."),
    METHOD_PLAIN("inet_aton", resolve_inet_aton, METH_VARARGS,
                 "inet_aton(string) -> bytes\n\nAn IPv4 address in text as 4 bytes."),
    METHOD_PLAIN("inet_ntoa", resolve_inet_ntoa, METH_VARARGS,
                 "inet_ntoa(packed_ip) -> string\n\nAn IPv4 address of 4 bytes as text."),
    METHOD_PLAIN("inet_pton", resolve_inet_pton, METH_VARARGS,
                 "inet_pton(af, ip) -> packed\n\nAn address in text as bytes."),
    METHOD_PLAIN("inet_ntop", resolve_inet_ntop, METH_VARARGS,
                 "inet_ntop(af, packed_ip) -> string\n\nAn address in bytes as text."),
    METHOD_PLAIN("getaddrinfo", resolve_getaddrinfo, METH_VARARGS | METH_KEYWORDS,
                 "getaddrinfo(host, port [, family, type, proto, flags])\n"
                 "    -> list of (family, type, proto, canonname, sockaddr)\n\n"
                 "What to call socket() and connect() with to reach a host and port."),
    METHOD_PLAIN("getnameinfo", resolve_getnameinfo, METH_VARARGS,
                 "getnameinfo(sockaddr, flags) -> (host, port)\n\n"
                 "Names for a numeric socket address."),
    METHOD_PLAIN("if_nameindex", resolve_if_nameindex, METH_NOARGS,
                 "if_nameindex()\n\nA list of (index, name) of the network interfaces."),
    METHOD_PLAIN("if_nametoindex", resolve_if_nametoindex, METH_VARARGS,
                 "if_nametoindex(if_name)\n\nThe index of an interface."),
    METHOD_PLAIN("if_indextoname", resolve_if_indextoname, METH_O,
                 "if_indextoname(if_index)\n\nThe name of an interface."),
    {NULL, NULL, 0, NULL},
};
