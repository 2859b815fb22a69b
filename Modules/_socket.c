/* SPDX-License-Identifier: MIT */
/* The module _socket: the type, making pairs, default timeout, byte order, constants, capsule.
 *
 * The type and the two exception classes are static for the process, as the capsule hands the
 * type to C extensions; the resolver's functions are in socket_resolve.c. */
#include "socket_parts.h"

#include <fcntl.h>
#include <unistd.h>

PyObject *ks_socket_gaierror, *ks_socket_herror;

/* What _socket.CAPI points to. */
typedef struct {
    PyTypeObject *type;
    PyObject *error;
    PyObject *timeout_error;
} KsSocketCapi;

static PyObject *
socket_module_close(PyObject *module, PyObject *value)
{
    int fd = (int)PyLong_AsLong(value), result;
    if (fd == -1 && PyErr_Occurred())
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    result = close(fd);
    Py_END_ALLOW_THREADS
    if (result < 0 && errno != ECONNRESET)
        return ks_socket_error();
    Py_RETURN_NONE;
}

static PyObject *
socket_module_dup(PyObject *module, PyObject *value)
{
    int fd = (int)PyLong_AsLong(value);
    if (fd == -1 && PyErr_Occurred())
        return NULL;
    fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return fd < 0 ? ks_socket_error() : PyLong_FromLong(fd);
}

static PyObject *
socket_module_socketpair(PyObject *module, PyObject *args)
{
    int family = AF_UNIX, type = SOCK_STREAM, proto = 0, fd[2], result;
    if (!PyArg_ParseTuple(args, "|iii:socketpair", &family, &type, &proto))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    result = socketpair(family, type | SOCK_CLOEXEC, proto, fd);
    Py_END_ALLOW_THREADS
    if (result < 0)
        return ks_socket_error();
    KS_OWNED PyObject *first = ks_socket_make(fd[0], family, type, proto);
    if (first == NULL) {
        close(fd[1]);
        return NULL;
    }
    KS_OWNED PyObject *second = ks_socket_make(fd[1], family, type, proto);
    return second == NULL ? NULL : PyTuple_Pack(2, first, second);
}

static PyObject *
socket_module_getdefaulttimeout(PyObject *module, PyObject *unused)
{
    return ks_socket_timeout_object(ks_socket_default_timeout);
}

static PyObject *
socket_module_setdefaulttimeout(PyObject *module, PyObject *value)
{
    _PyTime_t timeout;
    if (ks_socket_parse_timeout(value, &timeout) < 0)
        return NULL;
    ks_socket_default_timeout = timeout;
    Py_RETURN_NONE;
}

/* Byte order. 16-bit values say which function was called, 32-bit values do not. */

static PyObject *
swap_short(const char *name, PyObject *args, const char *format)
{
    int value;
    if (!PyArg_ParseTuple(args, format, &value))
        return NULL;
    if (value < 0)
        return PyErr_Format(PyExc_OverflowError,
                            "%s: can't convert negative Python int to C 16-bit unsigned integer",
                            name);
    if (value > 0xffff)
        return PyErr_Format(PyExc_OverflowError,
                            "%s: Python int too large to convert to C 16-bit unsigned integer",
                            name);
    return PyLong_FromLong(htons((uint16_t)value));
}

static PyObject *
socket_module_htons(PyObject *module, PyObject *args)
{
    return swap_short("htons", args, "i:htons");
}

static PyObject *
socket_module_ntohs(PyObject *module, PyObject *args)
{
    return swap_short("ntohs", args, "i:ntohs");
}

static PyObject *
socket_module_swap_long(PyObject *module, PyObject *value)
{
    if (!PyLong_Check(value))
        return PyErr_Format(PyExc_TypeError, "expected int, %s found", Py_TYPE(value)->tp_name);
    unsigned long number = PyLong_AsUnsignedLong(value);
    if (number == (unsigned long)-1 && PyErr_Occurred())
        return NULL;
    if (number > 0xffffffff)
        return PyErr_Format(PyExc_OverflowError, "int larger than 32 bits");
    return PyLong_FromUnsignedLong(htonl((uint32_t)number));
}

static PyMethodDef socket_module_methods[] = {
    METHOD_PLAIN("close", socket_module_close, METH_O,
                 "close(integer)\n\nClose the descriptor of a socket."),
    METHOD_PLAIN("dup", socket_module_dup, METH_O,
                 "dup(integer) -> integer\n\nAnother descriptor for the same socket."),
    METHOD_PLAIN("socketpair", socket_module_socketpair, METH_VARARGS,
                 "socketpair([family[, type[, proto]]]) -> (socket, socket)\n\n"
                 "Two sockets connected to each other, AF_UNIX unless said otherwise."),
    METHOD_PLAIN("getdefaulttimeout", socket_module_getdefaulttimeout, METH_NOARGS,
                 "getdefaulttimeout() -> timeout\n\nThe timeout of new sockets, or None."),
    METHOD_PLAIN("setdefaulttimeout", socket_module_setdefaulttimeout, METH_O,
                 "setdefaulttimeout(timeout)\n\nSet the timeout of new sockets."),
    METHOD_PLAIN("htons", socket_module_htons, METH_VARARGS,
                 "htons(integer) -> integer\n\n16 bits from host to network byte order."),
    METHOD_PLAIN("ntohs", socket_module_ntohs, METH_VARARGS,
                 "ntohs(integer) -> integer\n\n16 bits from network to host byte order."),
    METHOD_PLAIN("htonl", socket_module_swap_long, METH_O,
                 "htonl(integer) -> integer\n\n32 bits from host to network byte order."),
    METHOD_PLAIN("ntohl", socket_module_swap_long, METH_O,
                 "ntohl(integer) -> integer\n\n32 bits from network to host byte order."),
    METHOD_PLAIN("CMSG_LEN", ks_socket_cmsg_len, METH_VARARGS,
                 "CMSG_LEN(length) -> control message length\n\n"
                 "Size of a control message with length bytes of data, without padding."),
    METHOD_PLAIN("CMSG_SPACE", ks_socket_cmsg_space, METH_VARARGS,
                 "CMSG_SPACE(length) -> buffer size\n\n"
                 "Room that such a message takes, with padding."),
    {NULL, NULL, 0, NULL},
};

static const struct {
    const char *name;
    long long value;
} constants[] = {
#define CONSTANT(name) {#name, (long long)(name)},
#define CONSTANT_VALUE(name, value) {#name, value},
#include "socket_constants.def"
};

/* Constants whose kernel type is wider than what the header's expression shows are positive. */
static int
add_constants(PyObject *module)
{
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(constants); i++) {
        KS_OWNED PyObject *number = constants[i].value < 0
                                        ? PyLong_FromLongLong(constants[i].value)
                                        : PyLong_FromUnsignedLongLong(constants[i].value);
        if (number == NULL || PyModule_AddObjectRef(module, constants[i].name, number) < 0)
            return -1;
    }
    return 0;
}

static void
capsule_free(PyObject *capsule)
{
    KsSocketCapi *capi = PyCapsule_GetPointer(capsule, "_socket.CAPI");
    if (capi == NULL)
        return;
    Py_DECREF(capi->type);
    Py_DECREF(capi->error);
    Py_DECREF(capi->timeout_error);
    PyMem_Free(capi);
}

static int
add_capsule(PyObject *module)
{
    KsSocketCapi *capi = PyMem_Malloc(sizeof(*capi));
    if (capi == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    capi->type = (PyTypeObject *)Py_NewRef(&ks_socket_type);
    capi->error = Py_NewRef(PyExc_OSError);
    capi->timeout_error = Py_NewRef(PyExc_TimeoutError);
    KS_OWNED PyObject *capsule = PyCapsule_New(capi, "_socket.CAPI", capsule_free);
    if (capsule == NULL) {
        Py_DECREF(capi->type);
        Py_DECREF(capi->error);
        Py_DECREF(capi->timeout_error);
        PyMem_Free(capi);
        return -1;
    }
    return PyModule_AddObjectRef(module, "CAPI", capsule);
}

static int
socket_module_exec(PyObject *module)
{
    if (PyType_Ready(&ks_socket_type) < 0)
        return -1;
    if (ks_socket_herror == NULL) {
        ks_socket_herror = PyErr_NewException("socket.herror", PyExc_OSError, NULL);
        ks_socket_gaierror = PyErr_NewException("socket.gaierror", PyExc_OSError, NULL);
        if (ks_socket_herror == NULL || ks_socket_gaierror == NULL)
            return -1;
    }
    if (PyModule_AddObjectRef(module, "error", PyExc_OSError) < 0
        || PyModule_AddObjectRef(module, "timeout", PyExc_TimeoutError) < 0
        || PyModule_AddObjectRef(module, "herror", ks_socket_herror) < 0
        || PyModule_AddObjectRef(module, "gaierror", ks_socket_gaierror) < 0
        || PyModule_AddObjectRef(module, "SocketType", (PyObject *)&ks_socket_type) < 0
        || PyModule_AddObjectRef(module, "socket", (PyObject *)&ks_socket_type) < 0
        || PyModule_AddObjectRef(module, "has_ipv6", Py_True) < 0
        || PyModule_AddStringConstant(module, "BDADDR_ANY", "00:00:00:00:00:00") < 0
        || PyModule_AddStringConstant(module, "BDADDR_LOCAL", "00:00:00:FF:FF:FF") < 0
        || PyModule_AddFunctions(module, ks_socket_resolve_methods) < 0
        || add_constants(module) < 0)
        return -1;
    return add_capsule(module);
}

static PyModuleDef_Slot socket_module_slots[] = {
    {Py_mod_exec, socket_module_exec},
    {0, NULL},
};

static struct PyModuleDef socket_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_socket",
    .m_doc = "Sockets: the part of the module socket that calls the system.",
    .m_size = 0,
    .m_methods = socket_module_methods,
    .m_slots = socket_module_slots,
};

PyMODINIT_FUNC
PyInit__socket(void)
{
    return PyModuleDef_Init(&socket_module);
}
