/* SPDX-License-Identifier: MIT */
/* What the built-in hash modules share: objects over a digest context of libcrypto, and the two
 * checks that every hash makes of its input. */
#ifndef KS_HASH_PARTS_H
#define KS_HASH_PARTS_H

#include "Python.h"
#include "ks_args.h"

/* Longer inputs are hashed without the GIL. */
#define KS_HASH_GIL_BYTES 2048

/* One algorithm. capacity_bits is that of the SHA-3 sponge; 0 elsewhere. */
typedef struct KsHashKind {
    const char *name;
    int block_bytes, digest_bytes, capacity_bits;
    unsigned char suffix; /* SHA-3's domain bits */
} KsHashKind;

/* Loads a shared library and looks up its functions by name; 0, or -1 with ImportError. If
 * functions[0] is not NULL, all of them were found already. */
int ks_hash_library(const char *soname, const char *const *names, void **functions, size_t count);

/* A view of data's bytes; 0, or -1 with TypeError or BufferError. */
int ks_hash_buffer(PyObject *data, Py_buffer *view);
/* bytes to a str of hexadecimal digits. */
KS_NEW PyObject *ks_hash_hex(const unsigned char *bytes, Py_ssize_t length);

/* A new hash of the type, fed with data unless NULL. */
KS_NEW PyObject *ks_hash_new(PyTypeObject *type, const KsHashKind *kind, PyObject *data);
/* The heap type of an algorithm, made from the spec's name; can_call: SHA-3's are made by calling
 * the type, the older ones by a function. */
KS_NEW PyTypeObject *ks_hash_type(PyObject *module, const char *name, const KsHashKind *kind, newfunc tp_new);

typedef struct KsHashArgs {
    PyObject *string;
    int usedforsecurity;
} KsHashArgs;
extern const KsParam ks_hash_params[];

#endif
