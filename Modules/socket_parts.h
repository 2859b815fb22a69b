/* SPDX-License-Identifier: MIT */
/* What the files of the socket module share. KsSocket and KsSocketApi are known to other
 * extensions (_ssl) through the capsule "_socket.CAPI": their layouts are CPython's. */
#ifndef KS_SOCKET_PARTS_H
#define KS_SOCKET_PARTS_H

#define PY_SSIZE_T_CLEAN
#include "Python.h"
#include "ks_base.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/can.h>
#include <linux/can/isotp.h>
#include <linux/can/j1939.h>
#include <linux/if_alg.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct KsSocket {
    PyObject_HEAD
    int fd;
    int family, type, proto;
    PyObject *(*errorhandler)(void);
    _PyTime_t timeout; /* nanoseconds; negative = wait for ever, 0 = never wait */
} KsSocket;

typedef struct KsSocketApi {
    PyTypeObject *type;
    PyObject *error, *timeout_error;
} KsSocketApi;

typedef union KsAddress {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
    struct sockaddr_nl nl;
    struct sockaddr_ll ll;
    struct sockaddr_can can;
    struct sockaddr_vm vm;
    struct sockaddr_alg alg;
    struct sockaddr_storage storage;
} KsAddress;

extern PyTypeObject ks_socket_type;
extern PyObject *ks_socket_gaierror, *ks_socket_herror;
extern _PyTime_t ks_socket_default_timeout;

#define SOCK(op) ((KsSocket *)(op))

/* One attempt; the result, or -1 with errno. Runs without the GIL. */
typedef ssize_t (*KsSocketStep)(KsSocket *self, void *data);

/* _socket.c: the fields of a new socket over fd; closes fd and -1 with an exception on failure. */
int ks_socket_setup(KsSocket *self, int fd, int family, int type, int proto);

/* socket_wait.c */
/* Waits within the socket's timeout, then tries until the step is done: its result, or -1 with an
 * exception. */
ssize_t ks_socket_run(KsSocket *self, int writing, KsSocketStep step, void *data);
ssize_t ks_socket_run_until(KsSocket *self, int writing, KsSocketStep step, void *data, _PyTime_t timeout,
                            _PyTime_t *deadline);
/* Connects; 0, an errno, or -1 with an exception. */
int ks_socket_connect(KsSocket *self, const KsAddress *address, socklen_t length);
int ks_socket_set_blocking(KsSocket *self, int blocking);
int ks_socket_read_timeout(PyObject *object, _PyTime_t *timeout);

/* socket_address.c */
KS_NEW PyObject *ks_socket_address_object(int fd, const KsAddress *address, socklen_t length, int proto);
/* Reads args as an address of the socket's family; caller names the method in messages. 0 or -1. */
int ks_socket_address_read(KsSocket *self, PyObject *args, const char *caller, KsAddress *address, socklen_t *length);
/* The host text of a str (IDNA), bytes or bytearray in *owner; NULL with TypeError. */
KS_NEW PyObject *ks_socket_host(PyObject *object);
/* Resolves name into *address of the family (or any); its length or -1. */
int ks_socket_resolve(const char *name, KsAddress *address, size_t size, int family);
KS_COLD PyObject *ks_socket_gai_error(int code);

/* socket_message.c, socket_names.c: rows of the method tables. */
PyObject *ks_socket_recvmsg(PyObject *self, PyObject *args);
PyObject *ks_socket_recvmsg_into(PyObject *self, PyObject *args);
PyObject *ks_socket_sendmsg(PyObject *self, PyObject *args);
PyObject *ks_socket_sendmsg_afalg(PyObject *self, PyObject *args, PyObject *kwargs);
extern PyMethodDef ks_socket_name_functions[];

#endif
