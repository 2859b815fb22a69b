/* SPDX-License-Identifier: MIT */
/* Hash objects over libcrypto's EVP interface. An object's lock is taken wherever its context is
 * used, since updates of long inputs run without the GIL. The algorithms are fetched by name once
 * a process; a fetch is far dearer than a context. */
#include "hash_parts.h"
#include "pythread.h"
#include <openssl/evp.h>
#include <openssl/opensslv.h>

#define KS_TEXT_OF(number) #number
#define KS_TEXT(number) KS_TEXT_OF(number)

/* libcrypto's functions by their own names, found when the first digest is made. */
#define CRYPTO_FUNCTIONS(X) \
    X(EVP_DigestFinalXOF) X(EVP_DigestFinal_ex) X(EVP_DigestInit_ex) X(EVP_DigestUpdate) \
    X(EVP_MD_CTX_copy_ex) X(EVP_MD_CTX_free) X(EVP_MD_CTX_new) X(EVP_MD_fetch)

#define POINTER(name) __typeof__(name) *name;
#define NAME(name) #name,
static union {
    struct {
        CRYPTO_FUNCTIONS(POINTER)
    };
    void *functions[8];
} crypto;

static int
crypto_load(void)
{
    static const char *const names[] = {CRYPTO_FUNCTIONS(NAME)};
    _Static_assert(sizeof crypto == sizeof names, "a pointer for every name");
    if (crypto.functions[0] != NULL)
        return 0;
    return ks_hash_library("libcrypto.so." KS_TEXT(OPENSSL_SHLIB_VERSION), names, crypto.functions,
                           Py_ARRAY_LENGTH(names));
}

typedef struct KsHash {
    PyObject_HEAD
    const KsHashKind *kind;
    EVP_MD_CTX *context;
    PyThread_type_lock lock;
} KsHash;

#define HASH(op) ((KsHash *)(op))

const KsParam ks_hash_params[] = {
    PARAM(KsHashArgs, string, ARG_OBJECT, 0),
    PARAM_KWONLY(KsHashArgs, usedforsecurity, ARG_BOOL, 0),
    PARAM_END,
};

int
ks_hash_buffer(PyObject *data, Py_buffer *view)
{
    if (PyUnicode_Check(data)) {
        PyErr_SetString(PyExc_TypeError, "Strings must be encoded before hashing");
        return -1;
    }
    if (!PyObject_CheckBuffer(data)) {
        PyErr_SetString(PyExc_TypeError, "object supporting the buffer API required");
        return -1;
    }
    if (PyObject_GetBuffer(data, view, PyBUF_SIMPLE) < 0)
        return -1;
    if (view->ndim > 1) {
        PyErr_SetString(PyExc_BufferError, "Buffer must be single dimension");
        PyBuffer_Release(view);
        return -1;
    }
    return 0;
}

PyObject *
ks_hash_hex(const unsigned char *bytes, Py_ssize_t length)
{
    static const char digits[] = "0123456789abcdef";
    PyObject *text = PyUnicode_New(length * 2, 127);
    if (text == NULL)
        return NULL;
    Py_UCS1 *out = PyUnicode_1BYTE_DATA(text);
    for (Py_ssize_t i = 0; i < length; i++) {
        *out++ = (Py_UCS1)digits[bytes[i] >> 4];
        *out++ = (Py_UCS1)digits[bytes[i] & 15];
    }
    return text;
}

static const EVP_MD *
digest_method(const char *name)
{
    static struct {
        const char *ours, *theirs;
        EVP_MD *method;
    } known[] = {
        {"md5", "MD5"}, {"sha1", "SHA1"}, {"sha224", "SHA2-224"}, {"sha256", "SHA2-256"}, {"sha384", "SHA2-384"},
        {"sha512", "SHA2-512"}, {"sha3_224", "SHA3-224"}, {"sha3_256", "SHA3-256"}, {"sha3_384", "SHA3-384"},
        {"sha3_512", "SHA3-512"}, {"shake_128", "SHAKE128"}, {"shake_256", "SHAKE256"},
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(known); i++) {
        if (strcmp(known[i].ours, name) != 0)
            continue;
        if (known[i].method == NULL)
            known[i].method = crypto.EVP_MD_fetch(NULL, known[i].theirs, "-fips");
        return known[i].method;
    }
    return NULL;
}

static KS_COLD PyObject *
hash_failed(void)
{
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_RuntimeError, "the digest could not be computed");
    return NULL;
}

static void
hash_lock(KsHash *self)
{
    if (PyThread_acquire_lock(self->lock, NOWAIT_LOCK))
        return;
    Py_BEGIN_ALLOW_THREADS
    PyThread_acquire_lock(self->lock, WAIT_LOCK);
    Py_END_ALLOW_THREADS
}

static KS_NEW KsHash *
hash_alloc(PyTypeObject *type, const KsHashKind *kind)
{
    KsHash *self = (KsHash *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->kind = kind;
    self->context = crypto.EVP_MD_CTX_new();
    self->lock = PyThread_allocate_lock();
    if (self->context == NULL || self->lock == NULL) {
        Py_DECREF(self);
        PyErr_NoMemory();
        return NULL;
    }
    return self;
}

static void
hash_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    crypto.EVP_MD_CTX_free(HASH(self)->context);
    if (HASH(self)->lock != NULL)
        PyThread_free_lock(HASH(self)->lock);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
hash_update(PyObject *self, PyObject *data)
{
    Py_buffer view;
    int fine;
    if (ks_hash_buffer(data, &view) < 0)
        return NULL;
    hash_lock(HASH(self));
    if (view.len >= KS_HASH_GIL_BYTES) {
        Py_BEGIN_ALLOW_THREADS
        fine = crypto.EVP_DigestUpdate(HASH(self)->context, view.buf, (size_t)view.len);
        Py_END_ALLOW_THREADS
    }
    else
        fine = crypto.EVP_DigestUpdate(HASH(self)->context, view.buf, (size_t)view.len);
    PyThread_release_lock(HASH(self)->lock);
    PyBuffer_Release(&view);
    if (!fine)
        return hash_failed();
    Py_RETURN_NONE;
}

PyObject *
ks_hash_new(PyTypeObject *type, const KsHashKind *kind, PyObject *data)
{
    if (crypto_load() < 0)
        return NULL;
    const EVP_MD *method = digest_method(kind->name);
    if (method == NULL) {
        PyErr_Format(PyExc_ValueError, "unsupported hash type %s", kind->name);
        return NULL;
    }
    KS_OWNED PyObject *self = (PyObject *)hash_alloc(type, kind);
    if (self == NULL)
        return NULL;
    if (!crypto.EVP_DigestInit_ex(HASH(self)->context, method, NULL))
        return hash_failed();
    if (data != NULL) {
        KS_OWNED PyObject *none = hash_update(self, data);
        if (none == NULL)
            return NULL;
    }
    return ks_give(&self);
}

static PyObject *
hash_copy(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    KsHash *other = hash_alloc(Py_TYPE(self), HASH(self)->kind);
    if (other == NULL)
        return NULL;
    hash_lock(HASH(self));
    int fine = crypto.EVP_MD_CTX_copy_ex(other->context, HASH(self)->context);
    PyThread_release_lock(HASH(self)->lock);
    if (!fine) {
        Py_DECREF(other);
        return hash_failed();
    }
    return (PyObject *)other;
}

/* Finishes a copy, so that the object can be fed further. length only matters for SHAKE. */
static int
hash_finish(PyObject *self, unsigned char *out, size_t length)
{
    EVP_MD_CTX *copy = crypto.EVP_MD_CTX_new();
    if (copy == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    hash_lock(HASH(self));
    int fine = crypto.EVP_MD_CTX_copy_ex(copy, HASH(self)->context);
    PyThread_release_lock(HASH(self)->lock);
    if (fine)
        fine = HASH(self)->kind->digest_bytes ? crypto.EVP_DigestFinal_ex(copy, out, NULL)
                                              : length == 0 || crypto.EVP_DigestFinalXOF(copy, out, length);
    crypto.EVP_MD_CTX_free(copy);
    if (!fine) {
        hash_failed();
        return -1;
    }
    return 0;
}

static PyObject *
hash_digest(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    unsigned char out[EVP_MAX_MD_SIZE];
    return hash_finish(self, out, 0) < 0
               ? NULL
               : PyBytes_FromStringAndSize((char *)out, HASH(self)->kind->digest_bytes);
}

static PyObject *
hash_hexdigest(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    unsigned char out[EVP_MAX_MD_SIZE];
    return hash_finish(self, out, 0) < 0 ? NULL : ks_hash_hex(out, HASH(self)->kind->digest_bytes);
}

static KS_NEW PyObject *
shake_bytes(PyObject *self, PyObject *arg)
{
    if (!PyLong_Check(arg)) {
        PyErr_SetString(PyExc_TypeError, "an integer is required");
        return NULL;
    }
    if (_PyLong_Sign(arg) < 0) {
        PyErr_SetString(PyExc_ValueError, "value must be positive");
        return NULL;
    }
    unsigned long length = PyLong_AsUnsignedLong(arg);
    if (length == (unsigned long)-1 && PyErr_Occurred())
        return NULL;
    if (length >= 1UL << 29) {
        PyErr_SetString(PyExc_ValueError, "length is too large");
        return NULL;
    }
    KS_OWNED PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)length);
    if (bytes == NULL || hash_finish(self, (unsigned char *)PyBytes_AS_STRING(bytes), length) < 0)
        return NULL;
    return ks_give(&bytes);
}

static PyObject *
shake_hexdigest(PyObject *self, PyObject *arg)
{
    KS_OWNED PyObject *bytes = shake_bytes(self, arg);
    return bytes == NULL ? NULL
                         : ks_hash_hex((unsigned char *)PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
}

static PyObject *
hash_block_size(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(HASH(self)->kind->block_bytes);
}

static PyObject *
hash_digest_size(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(HASH(self)->kind->digest_bytes);
}

static PyObject *
hash_name(PyObject *self, void *Py_UNUSED(closure))
{
    return PyUnicode_FromString(HASH(self)->kind->name);
}

static PyObject *
sha3_capacity_bits(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(HASH(self)->kind->capacity_bits);
}

static PyObject *
sha3_rate_bits(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(HASH(self)->kind->block_bytes * 8);
}

static PyObject *
sha3_suffix(PyObject *self, void *Py_UNUSED(closure))
{
    return PyBytes_FromStringAndSize((const char *)&HASH(self)->kind->suffix, 1);
}

static PyMethodDef plain_methods[] = {
    METHOD("copy", hash_copy, METH_NOARGS, "($self, /)", "A hash in the same state."),
    METHOD("digest", hash_digest, METH_NOARGS, "($self, /)", "The digest of the data so far, as bytes."),
    METHOD("hexdigest", hash_hexdigest, METH_NOARGS, "($self, /)", "The digest of the data so far, in hexadecimal."),
    METHOD("update", hash_update, METH_O, "($self, obj, /)", "Feed more data."),
    {NULL},
};

static PyMethodDef sha3_methods[] = {
    METHOD("copy", hash_copy, METH_NOARGS, "($self, /)", "A hash in the same state."),
    METHOD("digest", hash_digest, METH_NOARGS, "($self, /)", "The digest of the data so far, as bytes."),
    METHOD("hexdigest", hash_hexdigest, METH_NOARGS, "($self, /)", "The digest of the data so far, in hexadecimal."),
    METHOD("update", hash_update, METH_O, "($self, data, /)", "Feed more data."),
    {NULL},
};

static PyMethodDef shake_methods[] = {
    METHOD("copy", hash_copy, METH_NOARGS, "($self, /)", "A hash in the same state."),
    METHOD("digest", shake_bytes, METH_O, "($self, length, /)", "A digest of that many bytes."),
    METHOD("hexdigest", shake_hexdigest, METH_O, "($self, length, /)", "A digest of that many bytes, in hexadecimal."),
    METHOD("update", hash_update, METH_O, "($self, data, /)", "Feed more data."),
    {NULL},
};

static PyGetSetDef hash_getset[] = {
    {"block_size", hash_block_size}, {"name", hash_name}, {"digest_size", hash_digest_size}, {NULL},
};

static PyGetSetDef sha3_getset[] = {
    {"block_size", hash_block_size}, {"name", hash_name}, {"digest_size", hash_digest_size},
    {"_capacity_bits", sha3_capacity_bits}, {"_rate_bits", sha3_rate_bits}, {"_suffix", sha3_suffix}, {NULL},
};

PyTypeObject *
ks_hash_type(PyObject *module, const char *name, const KsHashKind *kind, newfunc tp_new)
{
    PyMethodDef *methods = !kind->capacity_bits ? plain_methods : kind->digest_bytes ? sha3_methods : shake_methods;
    PyType_Slot slots[] = {
        {Py_tp_dealloc, hash_dealloc},
        {Py_tp_methods, methods},
        {Py_tp_getset, kind->capacity_bits ? sha3_getset : hash_getset},
        {tp_new != NULL ? Py_tp_new : 0, tp_new},
        {0, NULL},
    };
    PyType_Spec spec = {
        .name = name,
        .basicsize = sizeof(KsHash),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | (tp_new ? 0 : Py_TPFLAGS_DISALLOW_INSTANTIATION),
        .slots = slots,
    };
    return (PyTypeObject *)PyType_FromModuleAndSpec(module, &spec, NULL);
}
