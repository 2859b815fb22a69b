/* SPDX-License-Identifier: MIT */
/* What the files of _socket share: the socket object, the address union, the retry loop.
 *
 * The object's fields and their order are what C extensions see through the CAPI capsule. A
 * timeout is in nanoseconds: negative blocks for ever, 0 never blocks, else each operation may
 * take so long in total. */
#ifndef SOCKET_PARTS_H
#define SOCKET_PARTS_H

#define PY_SSIZE_T_CLEAN
#include "Python.h"
#include "ks_base.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <linux/netlink.h>
#include <linux/qrtr.h>
#include <linux/tipc.h>
#include <linux/vm_sockets.h>
#include <linux/if_alg.h>
#include <linux/can.h>
#include <linux/can/bcm.h>
#include <linux/can/isotp.h>
#include <linux/can/j1939.h>
#include <linux/can/raw.h>
#include <netpacket/packet.h>

/* Bluetooth has no header of the C library: the kernel's layouts. */
typedef struct {
    uint8_t bytes[6]; /* least significant first */
} __attribute__((packed)) KsBdaddr;

typedef struct {
    sa_family_t family;
    uint16_t psm;
    KsBdaddr bdaddr;
    uint16_t cid;
    uint8_t bdaddr_type;
} KsSockaddrL2;

typedef struct {
    sa_family_t family;
    KsBdaddr bdaddr;
    uint8_t channel;
} KsSockaddrRfcomm;

typedef struct {
    sa_family_t family;
    uint16_t device;
    uint16_t channel;
} KsSockaddrHci;

typedef struct {
    sa_family_t family;
    KsBdaddr bdaddr;
} KsSockaddrSco;

enum { KS_BT_L2CAP = 0, KS_BT_HCI = 1, KS_BT_SCO = 2, KS_BT_RFCOMM = 3 };

typedef union {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
    struct sockaddr_nl nl;
    struct sockaddr_ll ll;
    struct sockaddr_can can;
    struct sockaddr_vm vm;
    struct sockaddr_alg alg;
    struct sockaddr_tipc tipc;
    struct sockaddr_qrtr qrtr;
    KsSockaddrL2 bt_l2;
    KsSockaddrRfcomm bt_rfcomm;
    KsSockaddrHci bt_hci;
    KsSockaddrSco bt_sco;
    struct sockaddr_storage storage;
} KsSockAddress;

typedef struct {
    PyObject_HEAD
    int fd; /* -1 when closed */
    int family;
    int type; /* without SOCK_NONBLOCK and SOCK_CLOEXEC */
    int proto;
    PyObject *(*errorhandler)(void);
    _PyTime_t timeout;
} KsSocket;

/* One system call's arguments. Runs without the GIL; true when it is done, false with errno. */
typedef bool (*KsSocketCall)(KsSocket *sock, void *data);

/* socket_object.c */
extern PyTypeObject ks_socket_type;
/* Sets OSError from errno; always NULL. */
PyObject *ks_socket_error(void);
/* Waits as the timeout demands, runs call, tries again when a signal broke it off. 0, or -1 with
 * an exception.. */
int ks_socket_run(KsSocket *sock, bool writing, KsSocketCall call, void *data);
/* Takes fd over, also on failure. */
KS_NEW PyObject *ks_socket_make(int fd, int family, int type, int proto);
/* Seconds or None; -1 with an exception. */
int ks_socket_parse_timeout(PyObject *value, _PyTime_t *timeout);
KS_NEW PyObject *ks_socket_timeout_object(_PyTime_t timeout);
extern _PyTime_t ks_socket_default_timeout;

/* socket_address.c */
/* Fills *address from a Python address; name is the method's for messages. 0 with an exception. */
int ks_socket_address_parse(KsSocket *sock, PyObject *value, KsSockAddress *address,
                            socklen_t *length, const char *name);
/* The longest address of the socket's family; 0 with OSError when the family is unknown. */
int ks_socket_address_size(KsSocket *sock, socklen_t *length);
KS_NEW PyObject *ks_socket_address_object(int fd, const KsSockAddress *address, socklen_t length,
                                          int proto);

/* socket_message.c: recvmsg and its kin */
PyObject *ks_socket_recvmsg(KsSocket *sock, PyObject *args);
PyObject *ks_socket_recvmsg_into(KsSocket *sock, PyObject *args);
PyObject *ks_socket_sendmsg(KsSocket *sock, PyObject *args);
PyObject *ks_socket_sendmsg_afalg(KsSocket *sock, PyObject *args, PyObject *kwargs);
PyObject *ks_socket_cmsg_len(PyObject *module, PyObject *args);
PyObject *ks_socket_cmsg_space(PyObject *module, PyObject *args);

/* socket_resolve.c: names and numbers of hosts, services, protocols, interfaces */
extern PyMethodDef ks_socket_resolve_methods[];
extern PyObject *ks_socket_gaierror, *ks_socket_herror;
/* Resolves name for family into *address and gives the address' own length (4 or 16), -1 with an
 * exception. The empty name is the wildcard. */
int ks_socket_resolve(const char *name, KsSockAddress *address, int family);
/* Text of the host part, in a form that getaddrinfo takes. */
KS_NEW PyObject *ks_socket_host_object(const KsSockAddress *address, int family);

#endif
