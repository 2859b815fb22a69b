/* SPDX-License-Identifier: MIT */
/* An immutable mapping as a hash array mapped trie (Bagwell, "Ideal Hash Trees", 2001): what a
 * context's variables are kept in. A new version shares all nodes but those on one path.
 *
 * A hash of 32 bits is taken five bits a level, the low ones first. A node holds up to 32 pairs,
 * packed, with a bitmap of which are there; the pair (NULL, node) leads a level deeper. Keys of
 * equal hash are in a collision node, which stands at the first level where they meet. Below the
 * root no node holds a single key: it would be in the parent. Nodes never change once they are
 * reachable from a mapping. */
#include "Python.h"
#include "structmember.h"

#include "ks_base.h"
#include "pycore_bitutils.h"
#include "pycore_gc.h"
#include "pycore_hamt.h"
#include "pycore_object.h"

#define LEVEL_BITS 5
#define LEVEL_MASK 31u

typedef struct Pair {
    PyObject *key;   /* NULL: value is a node */
    PyObject *value;
} Pair;

/* Both kinds; Py_SIZE is the number of pairs. */
typedef struct Node {
    PyObject_VAR_HEAD
    uint32_t bits; /* the bitmap, or the hash that all keys of a collision node have */
    Pair pairs[];
} Node;

#define AS_NODE(object) ((Node *)(object))
#define IS_COLLISION(node) Py_IS_TYPE(node, &_PyHamt_CollisionNode_Type)

/* ---- nodes ---- */

static Node *
node_new(PyTypeObject *type, uint32_t bits, Py_ssize_t count)
{
    Node *node = PyObject_GC_NewVar(Node, type, count);
    if (node == NULL)
        return NULL;
    node->bits = bits;
    memset(node->pairs, 0, (size_t)count * sizeof(Pair));
    PyObject_GC_Track(node);
    return node;
}

static void
pair_copy(Pair *to, const Pair *from, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        to[i].key = Py_XNewRef(from[i].key);
        to[i].value = Py_NewRef(from[i].value);
    }
}

static void
pair_set(Pair *pair, PyObject *key, PyObject *value)
{
    PyObject *old_key = pair->key, *old_value = pair->value;
    pair->key = Py_XNewRef(key);
    pair->value = Py_NewRef(value);
    Py_XDECREF(old_key);
    Py_XDECREF(old_value);
}

/* A copy in which pair `at` is another. */
static Node *
node_with(Node *node, Py_ssize_t at, PyObject *key, PyObject *value)
{
    Node *copy = node_new(Py_TYPE(node), node->bits, Py_SIZE(node));
    if (copy == NULL)
        return NULL;
    pair_copy(copy->pairs, node->pairs, Py_SIZE(node));
    pair_set(&copy->pairs[at], key, value);
    return copy;
}

/* A copy with one pair more, or one less, at `at`. */
static Node *
node_with_inserted(Node *node, uint32_t bits, Py_ssize_t at, PyObject *key, PyObject *value)
{
    Node *copy = node_new(Py_TYPE(node), bits, Py_SIZE(node) + 1);
    if (copy == NULL)
        return NULL;
    pair_copy(copy->pairs, node->pairs, at);
    pair_set(&copy->pairs[at], key, value);
    pair_copy(copy->pairs + at + 1, node->pairs + at, Py_SIZE(node) - at);
    return copy;
}

static Node *
node_without(Node *node, uint32_t bits, Py_ssize_t at)
{
    Node *copy = node_new(Py_TYPE(node), bits, Py_SIZE(node) - 1);
    if (copy == NULL)
        return NULL;
    pair_copy(copy->pairs, node->pairs, at);
    pair_copy(copy->pairs + at, node->pairs + at + 1, Py_SIZE(node) - at - 1);
    return copy;
}

static void
node_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, node_dealloc)
    for (Py_ssize_t i = 0; i < Py_SIZE(self); i++) {
        Py_XDECREF(AS_NODE(self)->pairs[i].key);
        Py_XDECREF(AS_NODE(self)->pairs[i].value);
    }
    Py_TYPE(self)->tp_free(self);
    Py_TRASHCAN_END
}

static int
node_traverse(PyObject *self, visitproc visit, void *arg)
{
    for (Py_ssize_t i = 0; i < Py_SIZE(self); i++) {
        Py_VISIT(AS_NODE(self)->pairs[i].key);
        Py_VISIT(AS_NODE(self)->pairs[i].value);
    }
    return 0;
}

#define NODE_TYPE(symbol, name)                              \
    PyTypeObject symbol = {                                  \
        PyVarObject_HEAD_INIT(&PyType_Type, 0)               \
        .tp_name = name,                                     \
        .tp_basicsize = sizeof(Node),                        \
        .tp_itemsize = sizeof(Pair),                         \
        .tp_dealloc = node_dealloc,                          \
        .tp_getattro = PyObject_GenericGetAttr,              \
        .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, \
        .tp_traverse = node_traverse,                        \
        .tp_free = PyObject_GC_Del,                          \
        .tp_hash = PyObject_HashNotImplemented,              \
    }

NODE_TYPE(_PyHamt_BitmapNode_Type, "hamt_bitmap_node");
NODE_TYPE(_PyHamt_CollisionNode_Type, "hamt_collision_node");

/* 32 bits of an object's hash in *hash; -1 with an exception. */
static int
hash_of(PyObject *key, uint32_t *hash)
{
    Py_hash_t full = PyObject_Hash(key);
    if (full == -1)
        return -1;
    *hash = (uint32_t)full ^ (uint32_t)((uint64_t)full >> 32);
    return 0;
}

static uint32_t
bit_at(uint32_t hash, int shift)
{
    return 1u << ((hash >> shift) & LEVEL_MASK);
}

static Py_ssize_t
place_of(uint32_t bits, uint32_t bit)
{
    return _Py_popcount32(bits & (bit - 1));
}

/* Where a key stands in a collision node: -1 if nowhere, -2 with an exception. */
static Py_ssize_t
collision_place(Node *node, PyObject *key)
{
    for (Py_ssize_t i = 0; i < Py_SIZE(node); i++) {
        int same = PyObject_RichCompareBool(node->pairs[i].key, key, Py_EQ);
        if (same != 0)
            return same < 0 ? -2 : i;
    }
    return -1;
}

/* ---- lookup ---- */

/* 1 and the value (borrowed), 0 if absent, -1 with an exception. */
static int
node_find(Node *node, uint32_t hash, PyObject *key, PyObject **value)
{
    for (int shift = 0;; shift += LEVEL_BITS) {
        if (IS_COLLISION(node)) {
            Py_ssize_t at = node->bits == hash ? collision_place(node, key) : -1;
            if (at < 0)
                return at == -2 ? -1 : 0;
            *value = node->pairs[at].value;
            return 1;
        }
        uint32_t bit = bit_at(hash, shift);
        if (!(node->bits & bit))
            return 0;
        Pair *pair = &node->pairs[place_of(node->bits, bit)];
        if (pair->key != NULL) {
            int same = PyObject_RichCompareBool(pair->key, key, Py_EQ);
            if (same == 1)
                *value = pair->value;
            return same;
        }
        node = AS_NODE(pair->value);
    }
}

/* ---- adding ---- */

/* A node for this level that holds two keys which are not equal. */
static Node *
node_of_two(int shift, uint32_t hash, PyObject *key, PyObject *value, uint32_t other_hash,
            PyObject *other_key, PyObject *other_value)
{
    Node *node;
    if (hash == other_hash) {
        node = node_new(&_PyHamt_CollisionNode_Type, hash, 2);
        if (node == NULL)
            return NULL;
        pair_set(&node->pairs[0], key, value);
        pair_set(&node->pairs[1], other_key, other_value);
        return node;
    }
    uint32_t bit = bit_at(hash, shift), other_bit = bit_at(other_hash, shift);
    if (bit == other_bit) {
        Node *deeper = node_of_two(shift + LEVEL_BITS, hash, key, value, other_hash, other_key,
                                   other_value);
        if (deeper == NULL)
            return NULL;
        node = node_new(&_PyHamt_BitmapNode_Type, bit, 1);
        if (node != NULL)
            pair_set(&node->pairs[0], NULL, (PyObject *)deeper);
        Py_DECREF(deeper);
        return node;
    }
    node = node_new(&_PyHamt_BitmapNode_Type, bit | other_bit, 2);
    if (node == NULL)
        return NULL;
    int later = bit > other_bit;
    pair_set(&node->pairs[later], key, value);
    pair_set(&node->pairs[!later], other_key, other_value);
    return node;
}

static Node *node_assoc(Node *node, int shift, uint32_t hash, PyObject *key, PyObject *value,
                        int *added);

static Node *
collision_assoc(Node *node, int shift, uint32_t hash, PyObject *key, PyObject *value, int *added)
{
    if (hash != node->bits) {
        /* The keys part here: a level is put above the collision node. */
        Node *above = node_new(&_PyHamt_BitmapNode_Type, bit_at(node->bits, shift), 1);
        if (above == NULL)
            return NULL;
        pair_set(&above->pairs[0], NULL, (PyObject *)node);
        Node *result = node_assoc(above, shift, hash, key, value, added);
        Py_DECREF(above);
        return result;
    }
    Py_ssize_t at = collision_place(node, key);
    if (at == -2)
        return NULL;
    if (at == -1) {
        *added = 1;
        return node_with_inserted(node, node->bits, Py_SIZE(node), key, value);
    }
    if (node->pairs[at].value == value)
        return (Node *)Py_NewRef(node);
    return node_with(node, at, node->pairs[at].key, value);
}

/* The node with a key set, as a new reference; the same node if nothing changes. */
static Node *
node_assoc(Node *node, int shift, uint32_t hash, PyObject *key, PyObject *value, int *added)
{
    if (IS_COLLISION(node))
        return collision_assoc(node, shift, hash, key, value, added);
    uint32_t bit = bit_at(hash, shift);
    Py_ssize_t at = place_of(node->bits, bit);
    if (!(node->bits & bit)) {
        *added = 1;
        return node_with_inserted(node, node->bits | bit, at, key, value);
    }
    Pair *pair = &node->pairs[at];
    Node *deeper;
    if (pair->key == NULL) {
        deeper = node_assoc(AS_NODE(pair->value), shift + LEVEL_BITS, hash, key, value, added);
        if (deeper == NULL)
            return NULL;
        if ((PyObject *)deeper == pair->value) {
            Py_DECREF(deeper);
            return (Node *)Py_NewRef(node);
        }
    }
    else {
        int same = PyObject_RichCompareBool(key, pair->key, Py_EQ);
        if (same < 0)
            return NULL;
        if (same) {
            if (pair->value == value)
                return (Node *)Py_NewRef(node);
            return node_with(node, at, pair->key, value);
        }
        uint32_t other_hash;
        if (hash_of(pair->key, &other_hash) < 0)
            return NULL;
        deeper = node_of_two(shift + LEVEL_BITS, hash, key, value, other_hash, pair->key,
                             pair->value);
        if (deeper == NULL)
            return NULL;
        *added = 1;
    }
    Node *result = node_with(node, at, NULL, (PyObject *)deeper);
    Py_DECREF(deeper);
    return result;
}

/* ---- removing ---- */

/* 1 and the node without a key (new reference), 0 if the key is not in, -1 with an exception. */
static int
node_remove(Node *node, int shift, uint32_t hash, PyObject *key, Node **result)
{
    if (IS_COLLISION(node)) {
        Py_ssize_t at = node->bits == hash ? collision_place(node, key) : -1;
        if (at < 0)
            return at == -2 ? -1 : 0;
        *result = node_without(node, node->bits, at);
        return *result == NULL ? -1 : 1;
    }
    uint32_t bit = bit_at(hash, shift);
    if (!(node->bits & bit))
        return 0;
    Py_ssize_t at = place_of(node->bits, bit);
    Pair *pair = &node->pairs[at];
    if (pair->key != NULL) {
        int same = PyObject_RichCompareBool(pair->key, key, Py_EQ);
        if (same <= 0)
            return same;
        *result = node_without(node, node->bits & ~bit, at);
        return *result == NULL ? -1 : 1;
    }
    Node *deeper;
    int found = node_remove(AS_NODE(pair->value), shift + LEVEL_BITS, hash, key, &deeper);
    if (found <= 0)
        return found;
    /* A single key moves up. */
    if (Py_SIZE(deeper) == 1 && deeper->pairs[0].key != NULL)
        *result = node_with(node, at, deeper->pairs[0].key, deeper->pairs[0].value);
    else
        *result = node_with(node, at, NULL, (PyObject *)deeper);
    Py_DECREF(deeper);
    return *result == NULL ? -1 : 1;
}

/* ---- walking ---- */

static void
walk_start(PyHamtIteratorState *walk, PyHamtObject *hamt)
{
    memset(walk, 0, sizeof(*walk));
    walk->i_nodes[0] = hamt->h_root;
}

/* The next pair, borrowed: 1, or 0 at the end. */
static int
walk_next(PyHamtIteratorState *walk, PyObject **key, PyObject **value)
{
    while (walk->i_level >= 0) {
        Node *node = AS_NODE(walk->i_nodes[walk->i_level]);
        Py_ssize_t at = walk->i_pos[walk->i_level]++;
        if (at >= Py_SIZE(node)) {
            walk->i_level--;
            continue;
        }
        *key = node->pairs[at].key;
        *value = node->pairs[at].value;
        if (*key != NULL)
            return 1;
        walk->i_level++;
        walk->i_nodes[walk->i_level] = (PyHamtNode *)*value;
        walk->i_pos[walk->i_level] = 0;
    }
    return 0;
}

/* ---- the mapping ---- */

static PyHamtObject *
hamt_make(Node *root, Py_ssize_t count)
{
    PyHamtObject *hamt = PyObject_GC_New(PyHamtObject, &_PyHamt_Type);
    if (hamt == NULL)
        return NULL;
    hamt->h_root = (PyHamtNode *)Py_NewRef(root);
    hamt->h_weakreflist = NULL;
    hamt->h_count = count;
    PyObject_GC_Track(hamt);
    return hamt;
}

PyHamtObject *
_PyHamt_New(void)
{
    Node *root = node_new(&_PyHamt_BitmapNode_Type, 0, 0);
    if (root == NULL)
        return NULL;
    PyHamtObject *hamt = hamt_make(root, 0);
    Py_DECREF(root);
    return hamt;
}

PyHamtObject *
_PyHamt_Assoc(PyHamtObject *self, PyObject *key, PyObject *value)
{
    uint32_t hash;
    int added = 0;
    if (hash_of(key, &hash) < 0)
        return NULL;
    Node *root = node_assoc(AS_NODE(self->h_root), 0, hash, key, value, &added);
    if (root == NULL)
        return NULL;
    PyHamtObject *result = (PyHamtNode *)root == self->h_root
                               ? (PyHamtObject *)Py_NewRef(self)
                               : hamt_make(root, self->h_count + added);
    Py_DECREF(root);
    return result;
}

PyHamtObject *
_PyHamt_Without(PyHamtObject *self, PyObject *key)
{
    uint32_t hash;
    Node *root;
    if (hash_of(key, &hash) < 0)
        return NULL;
    int found = node_remove(AS_NODE(self->h_root), 0, hash, key, &root);
    if (found <= 0)
        return found < 0 ? NULL : (PyHamtObject *)Py_NewRef(self);
    PyHamtObject *result = hamt_make(root, self->h_count - 1);
    Py_DECREF(root);
    return result;
}

int
_PyHamt_Find(PyHamtObject *self, PyObject *key, PyObject **value)
{
    uint32_t hash;
    if (self->h_count == 0)
        return 0;
    if (hash_of(key, &hash) < 0)
        return -1;
    return node_find(AS_NODE(self->h_root), hash, key, value);
}

int
_PyHamt_Eq(PyHamtObject *left, PyHamtObject *right)
{
    PyHamtIteratorState walk;
    PyObject *key, *value, *other;
    if (left == right)
        return 1;
    if (left->h_count != right->h_count)
        return 0;
    walk_start(&walk, left);
    while (walk_next(&walk, &key, &value)) {
        int same = _PyHamt_Find(right, key, &other);
        if (same == 1) {
            Py_INCREF(other);
            same = PyObject_RichCompareBool(value, other, Py_EQ);
            Py_DECREF(other);
        }
        if (same != 1)
            return same;
    }
    return 1;
}

Py_ssize_t
_PyHamt_Len(PyHamtObject *self)
{
    return self->h_count;
}

void
_PyHamt_Fini(PyInterpreterState *interp)
{
}

static void
hamt_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    if (((PyHamtObject *)self)->h_weakreflist != NULL)
        PyObject_ClearWeakRefs(self);
    Py_XDECREF(((PyHamtObject *)self)->h_root);
    Py_TYPE(self)->tp_free(self);
}

static int
hamt_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((PyHamtObject *)self)->h_root);
    return 0;
}

static PyObject *
hamt_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return (PyObject *)_PyHamt_New();
}

static PyObject *
hamt_richcompare(PyObject *left, PyObject *right, int op)
{
    if (!PyHamt_Check(left) || !PyHamt_Check(right) || (op != Py_EQ && op != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    int same = _PyHamt_Eq((PyHamtObject *)left, (PyHamtObject *)right);
    return same < 0 ? NULL : PyBool_FromLong(same == (op == Py_EQ));
}

static Py_ssize_t
hamt_length(PyObject *self)
{
    return ((PyHamtObject *)self)->h_count;
}

static int
hamt_contains(PyObject *self, PyObject *key)
{
    PyObject *value;
    return _PyHamt_Find((PyHamtObject *)self, key, &value);
}

static PyObject *
hamt_subscript(PyObject *self, PyObject *key)
{
    PyObject *value;
    int found = _PyHamt_Find((PyHamtObject *)self, key, &value);
    if (found == 0)
        PyErr_SetObject(PyExc_KeyError, key);
    return found == 1 ? Py_NewRef(value) : NULL;
}

static PyObject *
hamt_iter(PyObject *self)
{
    return _PyHamt_NewIterKeys((PyHamtObject *)self);
}

static PyObject *
hamt_set(PyObject *self, PyObject *args)
{
    PyObject *key, *value;
    if (!PyArg_UnpackTuple(args, "set", 2, 2, &key, &value))
        return NULL;
    return (PyObject *)_PyHamt_Assoc((PyHamtObject *)self, key, value);
}

static PyObject *
hamt_get(PyObject *self, PyObject *args)
{
    PyObject *key, *value, *fallback = Py_None;
    if (!PyArg_UnpackTuple(args, "get", 1, 2, &key, &fallback))
        return NULL;
    int found = _PyHamt_Find((PyHamtObject *)self, key, &value);
    if (found < 0)
        return NULL;
    return Py_NewRef(found ? value : fallback);
}

static PyObject *
hamt_delete(PyObject *self, PyObject *key)
{
    return (PyObject *)_PyHamt_Without((PyHamtObject *)self, key);
}

static PyObject *
hamt_items(PyObject *self, PyObject *unused)
{
    return _PyHamt_NewIterItems((PyHamtObject *)self);
}

static PyObject *
hamt_keys(PyObject *self, PyObject *unused)
{
    return _PyHamt_NewIterKeys((PyHamtObject *)self);
}

static PyObject *
hamt_values(PyObject *self, PyObject *unused)
{
    return _PyHamt_NewIterValues((PyHamtObject *)self);
}

static PyMethodDef hamt_methods[] = {
    METHOD_PLAIN("set", hamt_set, METH_VARARGS, NULL),
    METHOD_PLAIN("get", hamt_get, METH_VARARGS, NULL),
    METHOD_PLAIN("delete", hamt_delete, METH_O, NULL),
    METHOD_PLAIN("items", hamt_items, METH_NOARGS, NULL),
    METHOD_PLAIN("keys", hamt_keys, METH_NOARGS, NULL),
    METHOD_PLAIN("values", hamt_values, METH_NOARGS, NULL),
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods hamt_as_sequence = {.sq_contains = hamt_contains};
static PyMappingMethods hamt_as_mapping = {
    .mp_length = hamt_length,
    .mp_subscript = hamt_subscript,
};

PyTypeObject _PyHamt_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "hamt",
    .tp_basicsize = sizeof(PyHamtObject),
    .tp_dealloc = hamt_dealloc,
    .tp_as_sequence = &hamt_as_sequence,
    .tp_as_mapping = &hamt_as_mapping,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = hamt_traverse,
    .tp_richcompare = hamt_richcompare,
    .tp_weaklistoffset = offsetof(PyHamtObject, h_weakreflist),
    .tp_iter = hamt_iter,
    .tp_methods = hamt_methods,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = hamt_new,
    .tp_free = PyObject_GC_Del,
};

/* ---- iterators ---- */

static PyObject *
yield_key(PyObject *key, PyObject *value)
{
    return Py_NewRef(key);
}

static PyObject *
yield_value(PyObject *key, PyObject *value)
{
    return Py_NewRef(value);
}

static PyObject *
yield_item(PyObject *key, PyObject *value)
{
    return PyTuple_Pack(2, key, value);
}

static PyObject *
iter_make(PyTypeObject *type, binaryfunc yield, PyHamtObject *hamt)
{
    PyHamtIterator *iter = PyObject_GC_New(PyHamtIterator, type);
    if (iter == NULL)
        return NULL;
    iter->hi_obj = (PyHamtObject *)Py_NewRef(hamt);
    iter->hi_yield = yield;
    walk_start(&iter->hi_iter, hamt);
    PyObject_GC_Track(iter);
    return (PyObject *)iter;
}

static void
iter_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((PyHamtIterator *)self)->hi_obj);
    PyObject_GC_Del(self);
}

static int
iter_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((PyHamtIterator *)self)->hi_obj);
    return 0;
}

static PyObject *
iter_next(PyObject *self)
{
    PyHamtIterator *iter = (PyHamtIterator *)self;
    PyObject *key, *value;
    return walk_next(&iter->hi_iter, &key, &value) ? iter->hi_yield(key, value) : NULL;
}

static Py_ssize_t
iter_length(PyObject *self)
{
    return ((PyHamtIterator *)self)->hi_obj->h_count;
}

static PyMappingMethods iter_as_mapping = {.mp_length = iter_length};

#define ITER_TYPE(symbol, name)                              \
    PyTypeObject symbol = {                                  \
        PyVarObject_HEAD_INIT(&PyType_Type, 0)               \
        .tp_name = name,                                     \
        .tp_basicsize = sizeof(PyHamtIterator),              \
        .tp_dealloc = iter_dealloc,                          \
        .tp_as_mapping = &iter_as_mapping,                   \
        .tp_getattro = PyObject_GenericGetAttr,              \
        .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, \
        .tp_traverse = iter_traverse,                        \
        .tp_iter = PyObject_SelfIter,                        \
        .tp_iternext = iter_next,                            \
    }

ITER_TYPE(_PyHamtKeys_Type, "keys");
ITER_TYPE(_PyHamtValues_Type, "values");
ITER_TYPE(_PyHamtItems_Type, "items");

PyObject *
_PyHamt_NewIterKeys(PyHamtObject *self)
{
    return iter_make(&_PyHamtKeys_Type, yield_key, self);
}

PyObject *
_PyHamt_NewIterValues(PyHamtObject *self)
{
    return iter_make(&_PyHamtValues_Type, yield_value, self);
}

PyObject *
_PyHamt_NewIterItems(PyHamtObject *self)
{
    return iter_make(&_PyHamtItems_Type, yield_item, self);
}
