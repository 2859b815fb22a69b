/* SPDX-License-Identifier: MIT */
/* The _blake2 module: blake2b and blake2s over libb2, with key, salt, person and tree parameters.
 * The two differ in sizes only; the kind tells which half of the union is in use. */
#include "hash_parts.h"
#include "pythread.h"
#include <blake2.h>

/* libb2's functions by their own names, found when the first digest is made. */
#define B2_FUNCTIONS(X) \
    X(blake2b_final) X(blake2b_init_param) X(blake2b_update) X(blake2s_final) \
    X(blake2s_init_param) X(blake2s_update)

#define POINTER(name) __typeof__(name) *name;
#define NAME(name) #name,
static union {
    struct {
        B2_FUNCTIONS(POINTER)
    };
    void *functions[6];
} b2;

static int
b2_load(void)
{
    static const char *const names[] = {B2_FUNCTIONS(NAME)};
    _Static_assert(sizeof b2 == sizeof names, "a pointer for every name");
    if (b2.functions[0] != NULL)
        return 0;
    return ks_hash_library("libb2.so.1", names, b2.functions, Py_ARRAY_LENGTH(names));
}

typedef struct BlakeKind {
    const char *name;
    int is_b, block_bytes, out_bytes, key_bytes, salt_bytes, person_bytes;
    unsigned long long offset_limit;
} BlakeKind;

typedef struct BlakeHash {
    PyObject_HEAD
    const BlakeKind *kind;
    PyThread_type_lock lock;
    int digest_bytes;
    union {
        blake2b_state b;
        blake2s_state s;
    } state;
} BlakeHash;

#define BLAKE(op) ((BlakeHash *)(op))

static const BlakeKind kind_b = {"blake2b", 1, BLAKE2B_BLOCKBYTES, BLAKE2B_OUTBYTES, BLAKE2B_KEYBYTES,
                                 BLAKE2B_SALTBYTES, BLAKE2B_PERSONALBYTES, ULLONG_MAX};
static const BlakeKind kind_s = {"blake2s", 0, BLAKE2S_BLOCKBYTES, BLAKE2S_OUTBYTES, BLAKE2S_KEYBYTES,
                                 BLAKE2S_SALTBYTES, BLAKE2S_PERSONALBYTES, 0xFFFFFFFFFFFFULL};

static void
blake_feed(BlakeHash *self, const void *data, size_t length)
{
    if (self->kind->is_b)
        b2.blake2b_update(&self->state.b, data, length);
    else
        b2.blake2s_update(&self->state.s, data, length);
}

static void
blake_lock(BlakeHash *self)
{
    if (PyThread_acquire_lock(self->lock, NOWAIT_LOCK))
        return;
    Py_BEGIN_ALLOW_THREADS
    PyThread_acquire_lock(self->lock, WAIT_LOCK);
    Py_END_ALLOW_THREADS
}

static KS_NEW PyObject *
blake_alloc(PyTypeObject *type, const BlakeKind *kind)
{
    if (b2_load() < 0)
        return NULL;
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    BLAKE(self)->kind = kind;
    BLAKE(self)->lock = PyThread_allocate_lock();
    if (BLAKE(self)->lock == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    return self;
}

static void
blake_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    memset(&BLAKE(self)->state, 0, sizeof BLAKE(self)->state); /* may hold key material */
    if (BLAKE(self)->lock != NULL)
        PyThread_free_lock(BLAKE(self)->lock);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
blake_update(PyObject *self, PyObject *data)
{
    Py_buffer view;
    if (ks_hash_buffer(data, &view) < 0)
        return NULL;
    blake_lock(BLAKE(self));
    if (view.len >= KS_HASH_GIL_BYTES) {
        Py_BEGIN_ALLOW_THREADS
        blake_feed(BLAKE(self), view.buf, (size_t)view.len);
        Py_END_ALLOW_THREADS
    }
    else
        blake_feed(BLAKE(self), view.buf, (size_t)view.len);
    PyThread_release_lock(BLAKE(self)->lock);
    PyBuffer_Release(&view);
    Py_RETURN_NONE;
}

typedef struct BlakeArgs {
    PyObject *data, *key, *salt, *person, *leaf_size, *node_offset;
    int digest_size, fanout, depth, node_depth, inner_size, last_node, usedforsecurity;
} BlakeArgs;

static const KsParam blake_params[] = {
    PARAM_POS(BlakeArgs, data, ARG_OBJECT, 0),
    PARAM_KWONLY(BlakeArgs, digest_size, ARG_INT, 0),
    PARAM_KWONLY(BlakeArgs, key, ARG_OBJECT, 0),
    PARAM_KWONLY(BlakeArgs, salt, ARG_OBJECT, 0),
    PARAM_KWONLY(BlakeArgs, person, ARG_OBJECT, 0),
    PARAM_KWONLY(BlakeArgs, fanout, ARG_INT, 0),
    PARAM_KWONLY(BlakeArgs, depth, ARG_INT, 0),
    PARAM_KWONLY(BlakeArgs, leaf_size, ARG_OBJECT, 0),
    PARAM_KWONLY(BlakeArgs, node_offset, ARG_OBJECT, 0),
    PARAM_KWONLY(BlakeArgs, node_depth, ARG_INT, 0),
    PARAM_KWONLY(BlakeArgs, inner_size, ARG_INT, 0),
    PARAM_KWONLY(BlakeArgs, last_node, ARG_BOOL, 0),
    PARAM_KWONLY(BlakeArgs, usedforsecurity, ARG_BOOL, 0),
    PARAM_END,
};

/* Copies a bytes-like parameter of at most limit bytes; its length, or -1. */
static Py_ssize_t
copy_bytes(PyObject *source, const char *what, unsigned char *out, int limit)
{
    Py_buffer view;
    if (source == NULL)
        return 0;
    if (PyObject_GetBuffer(source, &view, PyBUF_SIMPLE) < 0)
        return -1;
    Py_ssize_t length = view.len;
    if (length > limit) {
        PyErr_Format(PyExc_ValueError, "maximum %s length is %d bytes", what, limit);
        length = -1;
    }
    else
        memcpy(out, view.buf, (size_t)length);
    PyBuffer_Release(&view);
    return length;
}

/* A whole number that is not negative; wide is the value's type for the message of overflow. */
static int
read_unsigned(PyObject *number, unsigned long long *value)
{
    *value = 0;
    if (number == NULL)
        return 0;
    if (!PyLong_Check(number)) {
        PyErr_SetString(PyExc_TypeError, "an integer is required");
        return -1;
    }
    if (_PyLong_Sign(number) < 0) {
        PyErr_SetString(PyExc_ValueError, "value must be positive");
        return -1;
    }
    *value = PyLong_AsUnsignedLongLong(number);
    return *value == (unsigned long long)-1 && PyErr_Occurred() ? -1 : 0;
}

static int
in_range(int value, int low, int high)
{
    return value >= low && value <= high;
}

static int
blake_check(const BlakeKind *kind, const BlakeArgs *in, unsigned long long leaf, unsigned long long offset)
{
    if (leaf > 0xFFFFFFFFULL)
        PyErr_SetString(PyExc_OverflowError, "leaf_size is too large");
    else if (offset > kind->offset_limit)
        PyErr_SetString(PyExc_OverflowError, "node_offset is too large");
    else if (!in_range(in->node_depth, 0, 255))
        PyErr_SetString(PyExc_ValueError, "node_depth must be between 0 and 255");
    else if (!in_range(in->inner_size, 0, kind->out_bytes))
        PyErr_Format(PyExc_ValueError, "inner_size must be between 0 and is %d", kind->out_bytes);
    else
        return 0;
    return -1;
}

static void
state_start(BlakeHash *self, const BlakeArgs *in, unsigned long long leaf, unsigned long long offset,
            const unsigned char *salt, const unsigned char *person, int key_bytes)
{
    if (self->kind->is_b) {
        blake2b_param param = {
            .digest_length = (uint8_t)in->digest_size, .key_length = (uint8_t)key_bytes,
            .fanout = (uint8_t)in->fanout, .depth = (uint8_t)in->depth, .leaf_length = (uint32_t)leaf,
            .node_offset = offset, .node_depth = (uint8_t)in->node_depth, .inner_length = (uint8_t)in->inner_size};
        memcpy(param.salt, salt, sizeof param.salt);
        memcpy(param.personal, person, sizeof param.personal);
        b2.blake2b_init_param(&self->state.b, &param);
        self->state.b.last_node = (uint8_t)in->last_node;
        self->state.b.outlen = (uint8_t)in->digest_size;
        return;
    }
    blake2s_param param = {
        .digest_length = (uint8_t)in->digest_size, .key_length = (uint8_t)key_bytes, .fanout = (uint8_t)in->fanout,
        .depth = (uint8_t)in->depth, .leaf_length = (uint32_t)leaf, .node_depth = (uint8_t)in->node_depth,
        .inner_length = (uint8_t)in->inner_size};
    for (int i = 0; i < 6; i++)
        param.node_offset[i] = (uint8_t)(offset >> (8 * i));
    memcpy(param.salt, salt, sizeof param.salt);
    memcpy(param.personal, person, sizeof param.personal);
    b2.blake2s_init_param(&self->state.s, &param);
    self->state.s.last_node = (uint8_t)in->last_node;
    self->state.s.outlen = (uint8_t)in->digest_size;
}

static PyObject *
blake_make(PyTypeObject *type, const BlakeKind *kind, PyObject *args, PyObject *kwargs)
{
    BlakeArgs in = {.digest_size = kind->out_bytes, .fanout = 1, .depth = 1, .usedforsecurity = 1};
    unsigned char salt[16] = {0}, person[16] = {0}, key[BLAKE2B_BLOCKBYTES] = {0};
    unsigned long long leaf, offset;
    if (!ks_args_parse_tuple(kind->name, blake_params, args, kwargs, &in))
        return NULL;
    if (!in_range(in.digest_size, 1, kind->out_bytes)) {
        PyErr_Format(PyExc_ValueError, "digest_size must be between 1 and %d bytes", kind->out_bytes);
        return NULL;
    }
    if (copy_bytes(in.salt, "salt", salt, kind->salt_bytes) < 0 ||
        copy_bytes(in.person, "person", person, kind->person_bytes) < 0)
        return NULL;
    if (!in_range(in.fanout, 0, 255)) {
        PyErr_SetString(PyExc_ValueError, "fanout must be between 0 and 255");
        return NULL;
    }
    if (!in_range(in.depth, 1, 255)) {
        PyErr_SetString(PyExc_ValueError, "depth must be between 1 and 255");
        return NULL;
    }
    if (read_unsigned(in.leaf_size, &leaf) < 0 || read_unsigned(in.node_offset, &offset) < 0 ||
        blake_check(kind, &in, leaf, offset) < 0)
        return NULL;
    Py_ssize_t key_bytes = copy_bytes(in.key, "key", key, kind->key_bytes);
    if (key_bytes < 0)
        return NULL;
    KS_OWNED PyObject *self = blake_alloc(type, kind);
    if (self == NULL)
        return NULL;
    BLAKE(self)->digest_bytes = in.digest_size;
    state_start(BLAKE(self), &in, leaf, offset, salt, person, (int)key_bytes);
    if (key_bytes > 0) /* the key is the first block, padded with zeros */
        blake_feed(BLAKE(self), key, (size_t)kind->block_bytes);
    memset(key, 0, sizeof key);
    if (in.data != NULL) {
        KS_OWNED PyObject *none = blake_update(self, in.data);
        if (none == NULL)
            return NULL;
    }
    return ks_give(&self);
}

static PyObject *
blake2b_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return blake_make(type, &kind_b, args, kwargs);
}

static PyObject *
blake2s_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return blake_make(type, &kind_s, args, kwargs);
}

static PyObject *
blake_copy(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *other = blake_alloc(Py_TYPE(self), BLAKE(self)->kind);
    if (other == NULL)
        return NULL;
    blake_lock(BLAKE(self));
    BLAKE(other)->digest_bytes = BLAKE(self)->digest_bytes;
    BLAKE(other)->state = BLAKE(self)->state;
    PyThread_release_lock(BLAKE(self)->lock);
    return other;
}

static void
blake_finish(BlakeHash *self, unsigned char *out)
{
    blake_lock(self);
    if (self->kind->is_b) {
        blake2b_state copy = self->state.b;
        b2.blake2b_final(&copy, out, (size_t)self->digest_bytes);
    }
    else {
        blake2s_state copy = self->state.s;
        b2.blake2s_final(&copy, out, (size_t)self->digest_bytes);
    }
    PyThread_release_lock(self->lock);
}

static PyObject *
blake_digest(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    unsigned char out[BLAKE2B_OUTBYTES];
    blake_finish(BLAKE(self), out);
    return PyBytes_FromStringAndSize((char *)out, BLAKE(self)->digest_bytes);
}

static PyObject *
blake_hexdigest(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    unsigned char out[BLAKE2B_OUTBYTES];
    blake_finish(BLAKE(self), out);
    return ks_hash_hex(out, BLAKE(self)->digest_bytes);
}

static PyObject *
blake_name(PyObject *self, void *Py_UNUSED(closure))
{
    return PyUnicode_FromString(BLAKE(self)->kind->name);
}

static PyObject *
blake_block_size(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(BLAKE(self)->kind->block_bytes);
}

static PyObject *
blake_digest_size(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(BLAKE(self)->digest_bytes);
}

static PyMethodDef blake_methods[] = {
    METHOD("copy", blake_copy, METH_NOARGS, "($self, /)", "A hash in the same state."),
    METHOD("digest", blake_digest, METH_NOARGS, "($self, /)", "The digest of the data so far, as bytes."),
    METHOD("hexdigest", blake_hexdigest, METH_NOARGS, "($self, /)", "The digest of the data so far, in hexadecimal."),
    METHOD("update", blake_update, METH_O, "($self, data, /)", "Feed more data."),
    {NULL},
};

static PyGetSetDef blake_getset[] = {
    {"name", blake_name}, {"block_size", blake_block_size}, {"digest_size", blake_digest_size}, {NULL},
};

#define BLAKE_DOC(name)                                                                   \
    name "(data=b'', /, *, digest_size=_blake2." name ".MAX_DIGEST_SIZE,\n"               \
         "        key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0,\n"       \
         "        node_offset=0, node_depth=0, inner_size=0, last_node=False,\n"          \
         "        usedforsecurity=True)\n--\n\nA new BLAKE2 hash, fed with data."

static PyType_Slot blake2b_slots[] = {
    {Py_tp_dealloc, blake_dealloc}, {Py_tp_doc, BLAKE_DOC("blake2b")}, {Py_tp_methods, blake_methods},
    {Py_tp_getset, blake_getset},   {Py_tp_new, blake2b_new},          {0, NULL},
};
static PyType_Slot blake2s_slots[] = {
    {Py_tp_dealloc, blake_dealloc}, {Py_tp_doc, BLAKE_DOC("blake2s")}, {Py_tp_methods, blake_methods},
    {Py_tp_getset, blake_getset},   {Py_tp_new, blake2s_new},          {0, NULL},
};
static PyType_Spec blake2b_spec = {
    .name = "_blake2.blake2b", .basicsize = sizeof(BlakeHash),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, .slots = blake2b_slots,
};
static PyType_Spec blake2s_spec = {
    .name = "_blake2.blake2s", .basicsize = sizeof(BlakeHash),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, .slots = blake2s_slots,
};

/* The limits stand in the type and, under a longer name, in the module. */
static int
blake_add(PyObject *module, PyType_Spec *spec, const BlakeKind *kind, const char *prefix)
{
    const struct {
        const char *name;
        int value;
    } limits[] = {{"SALT_SIZE", kind->salt_bytes},
                  {"PERSON_SIZE", kind->person_bytes},
                  {"MAX_KEY_SIZE", kind->key_bytes},
                  {"MAX_DIGEST_SIZE", kind->out_bytes}};
    KS_OWNED PyObject *type = PyType_FromModuleAndSpec(module, spec, NULL);
    if (type == NULL || PyModule_AddObjectRef(module, kind->name, type) < 0)
        return -1;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(limits); i++) {
        char name[40];
        snprintf(name, sizeof name, "%s_%s", prefix, limits[i].name);
        KS_OWNED PyObject *value = PyLong_FromLong(limits[i].value);
        if (value == NULL || PyModule_AddObjectRef(module, name, value) < 0 ||
            PyDict_SetItemString(((PyTypeObject *)type)->tp_dict, limits[i].name, value) < 0)
            return -1;
    }
    PyType_Modified((PyTypeObject *)type);
    return 0;
}

static int
blake_exec(PyObject *module)
{
    return blake_add(module, &blake2b_spec, &kind_b, "BLAKE2B") < 0 ||
                   blake_add(module, &blake2s_spec, &kind_s, "BLAKE2S") < 0
               ? -1
               : 0;
}

static PyModuleDef_Slot blake_slots[] = {{Py_mod_exec, blake_exec}, {0, NULL}};

static struct PyModuleDef blake_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_blake2",
    .m_slots = blake_slots,
};

PyMODINIT_FUNC
PyInit__blake2(void)
{
    return PyModuleDef_Init(&blake_module);
}
