/* SPDX-License-Identifier: MIT */
/* OrderedDict: a dict whose order is a linked list of its own, so that keys can be moved.
 *
 * Each key has a node in a doubly linked list. To find a key's node there is an array of nodes that
 * is parallel to the entries of the dict's table; it is made anew when the table is another one
 * than at the last look. Code that changes the dict below (dict.__setitem__(od, ...)) leaves keys
 * without node and nodes without key: a node found through the array counts only if it has the
 * entry's own key object, and iteration answers a node without key with KeyError. `state` changes
 * whenever nodes come, go or move. */
#include "Python.h"
#include "structmember.h"

#include "ks_args.h"
#include "ks_dict.h"
#include "pycore_call.h"
#include "pycore_ceval.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"

typedef struct Node Node;
struct Node {
    PyObject *key;
    Py_hash_t hash;
    Node *next, *previous;
};

struct _odictobject {
    PyDictObject dict;
    Node **nodes;                /* by entry number, NULL if not made */
    Py_ssize_t node_count;
    PyDictKeysObject *known_keys; /* the table that `nodes` is parallel to */
    uint32_t known_log2_size;
    uint32_t state;
    Node *first, *last;
    PyObject *instance_dict;
    PyObject *weakrefs;
};

_Static_assert(sizeof(struct _odictobject) == 112, "a layout that subclasses know");

#define AS_ODICT(self) ((PyODictObject *)(self))

/* ---- nodes ---- */

/* Makes the array parallel to the dict's table again. */
static int
nodes_sync(PyODictObject *od)
{
    PyDictKeysObject *keys = od->dict.ma_keys;
    if (od->nodes != NULL && od->known_keys == keys && od->known_log2_size == keys->dk_log2_size)
        return 0;
    Node **nodes = PyMem_Calloc((size_t)DK_SIZE(keys), sizeof(Node *));
    if (nodes == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Node *node = od->first; node != NULL; node = node->next) {
        PyObject *value;
        uint32_t state = od->state;
        Py_ssize_t index = _Py_dict_lookup(&od->dict, node->key, node->hash, &value);
        if (index == DKIX_ERROR || state != od->state || keys != od->dict.ma_keys) {
            PyMem_Free(nodes);
            if (index != DKIX_ERROR)
                PyErr_SetString(PyExc_RuntimeError, "OrderedDict mutated during iteration");
            return -1;
        }
        if (index >= 0)
            nodes[index] = node;
    }
    PyMem_Free(od->nodes);
    od->nodes = nodes;
    od->known_keys = keys;
    od->known_log2_size = keys->dk_log2_size;
    return 0;
}

static PyObject *
entry_key(PyDictObject *dict, Py_ssize_t index)
{
    PyDictKeysObject *keys = dict->ma_keys;
    return DK_IS_UNICODE(keys) ? DK_UNICODE_ENTRIES(keys)[index].me_key
                               : DK_ENTRIES(keys)[index].me_key;
}

/* Entry number of key in *index_out (negative if absent) and its node in *node_out (NULL if it has
 * none); -1 with an exception. */
static int
node_find(PyODictObject *od, PyObject *key, Py_hash_t hash, Py_ssize_t *index_out, Node **node_out)
{
    PyObject *value;
    *node_out = NULL;
    *index_out = DKIX_EMPTY;
    if (od->first == NULL && od->dict.ma_used == 0)
        return 0;
    if (nodes_sync(od) < 0)
        return -1;
    Py_ssize_t index = _Py_dict_lookup(&od->dict, key, hash, &value);
    if (index == DKIX_ERROR)
        return -1;
    /* A comparison may have changed the table. */
    if (nodes_sync(od) < 0)
        return -1;
    if (index >= 0 && index < DK_SIZE(od->dict.ma_keys) && value != NULL) {
        Node *node = od->nodes[index];
        *index_out = index;
        if (node != NULL && node->key == entry_key(&od->dict, index))
            *node_out = node;
    }
    return 0;
}

static void
node_link_last(PyODictObject *od, Node *node)
{
    node->next = NULL;
    node->previous = od->last;
    if (od->last != NULL)
        od->last->next = node;
    else
        od->first = node;
    od->last = node;
    od->node_count++;
    od->state++;
}

static void
node_link_first(PyODictObject *od, Node *node)
{
    node->previous = NULL;
    node->next = od->first;
    if (od->first != NULL)
        od->first->previous = node;
    else
        od->last = node;
    od->first = node;
    od->node_count++;
    od->state++;
}

static void
node_unlink(PyODictObject *od, Node *node)
{
    if (node->previous != NULL)
        node->previous->next = node->next;
    else
        od->first = node->next;
    if (node->next != NULL)
        node->next->previous = node->previous;
    else
        od->last = node->previous;
    od->node_count--;
    od->state++;
}

/* Gives a key that is in the dict a node at the end, unless it has one. */
static int
node_add(PyODictObject *od, PyObject *key, Py_hash_t hash)
{
    Py_ssize_t index;
    Node *node;
    if (node_find(od, key, hash, &index, &node) < 0)
        return -1;
    if (node != NULL)
        return 0;
    if (index < 0) {
        _PyErr_SetKeyError(key);
        return -1;
    }
    node = PyMem_Malloc(sizeof(Node));
    if (node == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    node->key = Py_NewRef(entry_key(&od->dict, index));
    node->hash = hash;
    od->nodes[index] = node;
    node_link_last(od, node);
    return 0;
}

/* Takes a key's node away, if it has one. */
static int
node_remove(PyODictObject *od, PyObject *key, Py_hash_t hash)
{
    Py_ssize_t index;
    Node *node;
    if (node_find(od, key, hash, &index, &node) < 0)
        return -1;
    if (node != NULL) {
        od->nodes[index] = NULL;
        node_unlink(od, node);
        Py_DECREF(node->key);
        PyMem_Free(node);
    }
    return 0;
}

static void
nodes_clear(PyODictObject *od)
{
    Node *node = od->first;
    PyMem_Free(od->nodes);
    od->nodes = NULL;
    od->known_keys = NULL;
    od->first = od->last = NULL;
    od->node_count = 0;
    od->state++;
    while (node != NULL) {
        Node *next = node->next;
        Py_DECREF(node->key);
        PyMem_Free(node);
        node = next;
    }
}

/* ---- items ---- */

static int
odict_set(PyObject *self, PyObject *key, PyObject *value, Py_hash_t hash)
{
    if (_PyDict_SetItem_KnownHash(self, key, value, hash) < 0)
        return -1;
    if (node_add(AS_ODICT(self), key, hash) == 0)
        return 0;
    /* No node, no key. */
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    if (_PyDict_DelItem_KnownHash(self, key, hash) < 0)
        PyErr_Clear();
    PyErr_Restore(type, error, traceback);
    return -1;
}

int
PyODict_SetItem(PyObject *self, PyObject *key, PyObject *value)
{
    Py_hash_t hash = PyObject_Hash(key);
    return hash == -1 ? -1 : odict_set(self, key, value, hash);
}

int
PyODict_DelItem(PyObject *self, PyObject *key)
{
    Py_hash_t hash = PyObject_Hash(key);
    if (hash == -1 || node_remove(AS_ODICT(self), key, hash) < 0)
        return -1;
    return _PyDict_DelItem_KnownHash(self, key, hash);
}

static int
odict_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    return value == NULL ? PyODict_DelItem(self, key) : PyODict_SetItem(self, key, value);
}

PyObject *
PyODict_New(void)
{
    return ks_dict_new(&PyODict_Type, NULL, NULL);
}

/* ---- update ---- */

static int
add_pair(PyObject *self, PyObject *pair)
{
    KS_OWNED PyObject *iterator = PyObject_GetIter(pair);
    if (iterator == NULL)
        return -1;
    KS_OWNED PyObject *key = PyIter_Next(iterator);
    KS_OWNED PyObject *value = key == NULL ? NULL : PyIter_Next(iterator);
    if (value == NULL) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_ValueError, "need more than %d value%s to unpack", key != NULL,
                         key != NULL ? "" : "s");
        return -1;
    }
    KS_OWNED PyObject *extra = PyIter_Next(iterator);
    if (extra != NULL)
        PyErr_SetString(PyExc_ValueError, "too many values to unpack (expected 2)");
    if (PyErr_Occurred())
        return -1;
    return PyObject_SetItem(self, key, value);
}

static int
add_pairs(PyObject *self, PyObject *pairs)
{
    KS_OWNED PyObject *iterator = PyObject_GetIter(pairs);
    if (iterator == NULL)
        return -1;
    for (;;) {
        KS_OWNED PyObject *pair = PyIter_Next(iterator);
        if (pair == NULL)
            return PyErr_Occurred() ? -1 : 0;
        if (add_pair(self, pair) < 0)
            return -1;
    }
}

static int
add_by_keys(PyObject *self, PyObject *other, PyObject *keys_method)
{
    KS_OWNED PyObject *keys = PyObject_CallNoArgs(keys_method);
    KS_OWNED PyObject *iterator = keys == NULL ? NULL : PyObject_GetIter(keys);
    if (iterator == NULL)
        return -1;
    for (;;) {
        KS_OWNED PyObject *key = PyIter_Next(iterator);
        if (key == NULL)
            return PyErr_Occurred() ? -1 : 0;
        KS_OWNED PyObject *value = PyObject_GetItem(other, key);
        if (value == NULL || PyObject_SetItem(self, key, value) < 0)
            return -1;
    }
}

/* A dict, an object with keys(), one with items(), or pairs. */
static int
update_arg(PyObject *self, PyObject *other)
{
    if (PyDict_CheckExact(other)) {
        KS_OWNED PyObject *items = PyDict_Items(other);
        return items == NULL ? -1 : add_pairs(self, items);
    }
    KS_OWNED PyObject *keys = NULL;
    if (_PyObject_LookupAttr(other, &_Py_ID(keys), &keys) < 0)
        return -1;
    if (keys != NULL)
        return add_by_keys(self, other, keys);
    KS_OWNED PyObject *items = NULL;
    if (_PyObject_LookupAttr(other, &_Py_ID(items), &items) < 0)
        return -1;
    if (items == NULL)
        return add_pairs(self, other);
    KS_OWNED PyObject *pairs = PyObject_CallNoArgs(items);
    return pairs == NULL ? -1 : add_pairs(self, pairs);
}

static int
update_from_tuple(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (PyTuple_GET_SIZE(args) == 1 && update_arg(self, PyTuple_GET_ITEM(args, 0)) < 0)
        return -1;
    if (kwargs == NULL || PyDict_GET_SIZE(kwargs) == 0)
        return 0;
    KS_OWNED PyObject *items = PyDict_Items(kwargs);
    return items == NULL ? -1 : add_pairs(self, items);
}

/* ---- lifecycle ---- */

static int
odict_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (PyTuple_GET_SIZE(args) > 1) {
        PyErr_Format(PyExc_TypeError, "expected at most 1 arguments, got %zd",
                     PyTuple_GET_SIZE(args));
        return -1;
    }
    return update_from_tuple(self, args, kwargs);
}

static int
odict_tp_clear(PyObject *self)
{
    Py_CLEAR(AS_ODICT(self)->instance_dict);
    PyDict_Clear(self);
    nodes_clear(AS_ODICT(self));
    return 0;
}

static int
odict_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(AS_ODICT(self)->instance_dict);
    for (Node *node = AS_ODICT(self)->first; node != NULL; node = node->next)
        Py_VISIT(node->key);
    return PyDict_Type.tp_traverse(self, visit, arg);
}

static void
odict_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, odict_dealloc)
    Py_XDECREF(AS_ODICT(self)->instance_dict);
    if (AS_ODICT(self)->weakrefs != NULL)
        PyObject_ClearWeakRefs(self);
    nodes_clear(AS_ODICT(self));
    PyDict_Type.tp_dealloc(self);
    Py_TRASHCAN_END
}

/* ---- slots ---- */

/* The (key, value) pairs in order; KeyError for a node whose key is gone. */
static PyObject *
list_pairs(PyODictObject *od)
{
    KS_OWNED PyObject *pairs = PyList_New(0);
    if (pairs == NULL)
        return NULL;
    uint32_t state = od->state;
    for (Node *node = od->first; node != NULL; node = node->next) {
        KS_OWNED PyObject *key = Py_NewRef(node->key);
        PyObject *value = PyDict_GetItemWithError((PyObject *)od, key);
        if (value == NULL) {
            if (!PyErr_Occurred())
                _PyErr_SetKeyError(key);
            return NULL;
        }
        KS_OWNED PyObject *pair = PyTuple_Pack(2, key, value);
        if (pair == NULL || PyList_Append(pairs, pair) < 0)
            return NULL;
        if (state != od->state) {
            PyErr_SetString(PyExc_RuntimeError, "OrderedDict mutated during iteration");
            return NULL;
        }
    }
    return ks_give(&pairs);
}

static PyObject *
repr_entered(PyObject *self)
{
    KS_OWNED PyObject *pairs = NULL;
    if (PyODict_CheckExact(self))
        pairs = list_pairs(AS_ODICT(self));
    else {
        KS_OWNED PyObject *items = PyObject_CallMethodNoArgs(self, &_Py_ID(items));
        pairs = items == NULL ? NULL : PySequence_List(items);
    }
    if (pairs == NULL)
        return NULL;
    return PyUnicode_FromFormat("%s(%R)", _PyType_Name(Py_TYPE(self)), pairs);
}

static PyObject *
odict_repr(PyObject *self)
{
    if (PyODict_SIZE(self) == 0)
        return PyUnicode_FromFormat("%s()", _PyType_Name(Py_TYPE(self)));
    int entered = Py_ReprEnter(self);
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromString("...") : NULL;
    PyObject *result = repr_entered(self);
    Py_ReprLeave(self);
    return result;
}

/* Do two have equal keys in the same order? */
static int
same_order(PyODictObject *left, PyODictObject *right)
{
    uint32_t left_state = left->state, right_state = right->state;
    Node *one = left->first, *other = right->first;
    while (one != NULL && other != NULL) {
        if (one->hash != other->hash)
            return 0;
        KS_OWNED PyObject *one_key = Py_NewRef(one->key);
        KS_OWNED PyObject *other_key = Py_NewRef(other->key);
        int same = PyObject_RichCompareBool(one_key, other_key, Py_EQ);
        if (same <= 0)
            return same;
        if (left_state != left->state || right_state != right->state) {
            PyErr_SetString(PyExc_RuntimeError, "OrderedDict mutated during iteration");
            return -1;
        }
        one = one->next;
        other = other->next;
    }
    return one == NULL && other == NULL;
}

static PyObject *
odict_richcompare(PyObject *left, PyObject *right, int op)
{
    if (!PyODict_Check(left) || !PyDict_Check(right) || (op != Py_EQ && op != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    KS_OWNED PyObject *as_dicts = PyDict_Type.tp_richcompare(left, right, Py_EQ);
    if (as_dicts == NULL)
        return NULL;
    int same = PyObject_IsTrue(as_dicts);
    if (same > 0 && PyODict_Check(right))
        same = same_order(AS_ODICT(left), AS_ODICT(right));
    return same < 0 ? NULL : PyBool_FromLong(same == (op == Py_EQ));
}

static PyObject *
odict_or(PyObject *left, PyObject *right)
{
    if (!PyDict_Check(left) || !PyDict_Check(right))
        Py_RETURN_NOTIMPLEMENTED;
    PyTypeObject *type = PyODict_Check(left) ? Py_TYPE(left) : Py_TYPE(right);
    PyObject *joined = PyObject_CallOneArg((PyObject *)type, left);
    if (joined != NULL && update_arg(joined, right) < 0)
        Py_CLEAR(joined);
    return joined;
}

static PyObject *
odict_inplace_or(PyObject *self, PyObject *other)
{
    return update_arg(self, other) < 0 ? NULL : Py_NewRef(self);
}

/* ---- methods ---- */

typedef struct OdictArgs {
    PyObject *iterable, *key, *value, *fallback;
    int last;
} OdictArgs;

static const KsParam fromkeys_params[] = {
    PARAM(OdictArgs, iterable, ARG_OBJECT, 1),
    PARAM(OdictArgs, value, ARG_OBJECT, 0),
    PARAM_END,
};
static const KsParam default_params[] = {
    PARAM(OdictArgs, key, ARG_OBJECT, 1),
    PARAM_NAMED(OdictArgs, fallback, "default", ARG_OBJECT, 0),
    PARAM_END,
};
static const KsParam last_params[] = {PARAM(OdictArgs, last, ARG_BOOL, 0), PARAM_END};
static const KsParam move_params[] = {
    PARAM(OdictArgs, key, ARG_OBJECT, 1),
    PARAM(OdictArgs, last, ARG_BOOL, 0),
    PARAM_END,
};

static PyObject *
odict_fromkeys(PyObject *type, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    OdictArgs call = {.value = Py_None};
    if (!ks_args_parse("fromkeys", fromkeys_params, args, nargs, kwnames, &call))
        return NULL;
    return _PyDict_FromKeys(type, call.iterable, call.value);
}

static PyObject *
odict_sizeof(PyObject *self, PyObject *unused)
{
    PyODictObject *od = AS_ODICT(self);
    Py_ssize_t size = _PyDict_SizeOf(&od->dict);
    if (od->nodes != NULL)
        size += (Py_ssize_t)sizeof(Node *) << od->known_log2_size;
    size += (Py_ssize_t)sizeof(Node) * od->node_count;
    return PyLong_FromSsize_t(size);
}

static PyObject *
odict_reduce(PyObject *self, PyObject *unused)
{
    KS_OWNED PyObject *state = _PyObject_GetState(self);
    if (state == NULL)
        return NULL;
    KS_OWNED PyObject *items = PyObject_CallMethodNoArgs(self, &_Py_ID(items));
    KS_OWNED PyObject *iterator = items == NULL ? NULL : PyObject_GetIter(items);
    return iterator == NULL ? NULL
                            : Py_BuildValue("O()OOO", Py_TYPE(self), state, Py_None, iterator);
}

static PyObject *
odict_setdefault(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    OdictArgs call = {.fallback = Py_None};
    if (!ks_args_parse("setdefault", default_params, args, nargs, kwnames, &call))
        return NULL;
    if (PyODict_CheckExact(self)) {
        PyObject *value = PyDict_GetItemWithError(self, call.key);
        if (value != NULL)
            return Py_NewRef(value);
        if (PyErr_Occurred() || PyODict_SetItem(self, call.key, call.fallback) < 0)
            return NULL;
        return Py_NewRef(call.fallback);
    }
    int found = PySequence_Contains(self, call.key);
    if (found < 0)
        return NULL;
    if (found)
        return PyObject_GetItem(self, call.key);
    return PyObject_SetItem(self, call.key, call.fallback) < 0 ? NULL : Py_NewRef(call.fallback);
}

static PyObject *
pop_key(PyObject *self, PyObject *key, PyObject *fallback, Py_hash_t hash)
{
    if (node_remove(AS_ODICT(self), key, hash) < 0)
        return NULL;
    return _PyDict_Pop_KnownHash(self, key, hash, fallback);
}

static PyObject *
odict_pop(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    OdictArgs call = {NULL};
    if (!ks_args_parse("pop", default_params, args, nargs, kwnames, &call))
        return NULL;
    Py_hash_t hash = PyObject_Hash(call.key);
    return hash == -1 ? NULL : pop_key(self, call.key, call.fallback, hash);
}

static PyObject *
odict_popitem(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    OdictArgs call = {.last = 1};
    if (!ks_args_parse("popitem", last_params, args, nargs, kwnames, &call))
        return NULL;
    Node *node = call.last ? AS_ODICT(self)->last : AS_ODICT(self)->first;
    if (node == NULL) {
        PyErr_SetString(PyExc_KeyError, "dictionary is empty");
        return NULL;
    }
    KS_OWNED PyObject *key = Py_NewRef(node->key);
    KS_OWNED PyObject *value = pop_key(self, key, NULL, node->hash);
    return value == NULL ? NULL : PyTuple_Pack(2, key, value);
}

static PyObject *
odict_update(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (PyTuple_GET_SIZE(args) > 1) {
        PyErr_Format(PyExc_TypeError, "%.50s() takes at most 1 positional argument (%zd given)",
                     "update", PyTuple_GET_SIZE(args));
        return NULL;
    }
    if (update_from_tuple(self, args, kwargs) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
odict_clear(PyObject *self, PyObject *unused)
{
    PyDict_Clear(self);
    nodes_clear(AS_ODICT(self));
    Py_RETURN_NONE;
}

static int
copy_items(PyObject *self, PyObject *copy)
{
    int exact = PyODict_CheckExact(self);
    uint32_t state = AS_ODICT(self)->state;
    for (Node *node = AS_ODICT(self)->first; node != NULL; node = node->next) {
        KS_OWNED PyObject *key = Py_NewRef(node->key);
        Py_hash_t hash = node->hash;
        KS_OWNED PyObject *value = exact ? Py_XNewRef(PyDict_GetItemWithError(self, key))
                                         : PyObject_GetItem(self, key);
        if (value == NULL) {
            if (!PyErr_Occurred())
                _PyErr_SetKeyError(key);
            return -1;
        }
        int failed = exact ? odict_set(copy, key, value, hash) : PyObject_SetItem(copy, key, value);
        if (failed < 0)
            return -1;
        if (state != AS_ODICT(self)->state) {
            PyErr_SetString(PyExc_RuntimeError, "OrderedDict mutated during iteration");
            return -1;
        }
    }
    return 0;
}

static PyObject *
odict_copy(PyObject *self, PyObject *unused)
{
    PyObject *copy = PyODict_CheckExact(self) ? PyODict_New()
                                              : PyObject_CallNoArgs((PyObject *)Py_TYPE(self));
    if (copy != NULL && copy_items(self, copy) < 0)
        Py_CLEAR(copy);
    return copy;
}

static PyObject *
odict_move_to_end(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    OdictArgs call = {.last = 1};
    PyODictObject *od = AS_ODICT(self);
    Py_ssize_t index;
    Node *node;
    if (kwnames == NULL && nargs == 1)
        call.key = args[0];
    else if (!ks_args_parse("move_to_end", move_params, args, nargs, kwnames, &call))
        return NULL;
    Py_hash_t hash = PyObject_Hash(call.key);
    if (hash == -1 || node_find(od, call.key, hash, &index, &node) < 0)
        return NULL;
    if (node == NULL) {
        _PyErr_SetKeyError(call.key);
        return NULL;
    }
    if (node != (call.last ? od->last : od->first)) {
        node_unlink(od, node);
        if (call.last)
            node_link_last(od, node);
        else
            node_link_first(od, node);
    }
    Py_RETURN_NONE;
}

/* ---- iterators ---- */

enum { WANTS_KEYS = 1, WANTS_VALUES = 2, BACKWARDS = 4 };

typedef struct OdictIter {
    PyObject_HEAD
    int kind;
    uint32_t state;
    PyODictObject *od;  /* NULL when exhausted */
    Py_ssize_t size;
    PyObject *pair;     /* the last pair, for reuse when nobody kept it */
    Node *next;         /* valid as long as od->state is `state` */
    int stopped;        /* a change was reported */
} OdictIter;

_Static_assert(sizeof(OdictIter) == 64, "");

#define AS_ITER(self) ((OdictIter *)(self))

static PyObject *
iter_new(PyObject *self, int kind)
{
    OdictIter *iter = PyObject_GC_New(OdictIter, &PyODictIter_Type);
    if (iter == NULL)
        return NULL;
    iter->kind = kind;
    iter->od = AS_ODICT(Py_NewRef(self));
    iter->state = iter->od->state;
    iter->size = PyODict_SIZE(self);
    iter->next = kind & BACKWARDS ? iter->od->last : iter->od->first;
    iter->stopped = 0;
    iter->pair = NULL;
    if ((kind & WANTS_KEYS) && (kind & WANTS_VALUES)) {
        iter->pair = PyTuple_Pack(2, Py_None, Py_None);
        if (iter->pair == NULL) {
            Py_DECREF(iter);
            return NULL;
        }
    }
    _PyObject_GC_TRACK(iter);
    return (PyObject *)iter;
}

static void
iter_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(AS_ITER(self)->od);
    Py_XDECREF(AS_ITER(self)->pair);
    PyObject_GC_Del(self);
}

static int
iter_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(AS_ITER(self)->od);
    Py_VISIT(AS_ITER(self)->pair);
    return 0;
}

/* The next node; NULL at the end and with an exception. */
static Node *
iter_step(OdictIter *iter)
{
    PyODictObject *od = iter->od;
    if (od == NULL)
        return NULL;
    if (iter->stopped || od->state != iter->state) {
        PyErr_SetString(PyExc_RuntimeError, "OrderedDict mutated during iteration");
        iter->stopped = 1;
        return NULL;
    }
    Node *node = iter->next;
    if (node != NULL && iter->size != PyODict_SIZE(od)) {
        PyErr_SetString(PyExc_RuntimeError, "OrderedDict changed size during iteration");
        iter->stopped = 1;
        return NULL;
    }
    if (node == NULL) {
        iter->od = NULL;
        Py_DECREF(od);
        return NULL;
    }
    iter->next = iter->kind & BACKWARDS ? node->previous : node->next;
    return node;
}

static PyObject *
iter_next(PyObject *self)
{
    OdictIter *iter = AS_ITER(self);
    Node *node = iter_step(iter);
    if (node == NULL)
        return NULL;
    PyODictObject *od = iter->od;
    KS_OWNED PyObject *key = Py_NewRef(node->key);
    /* Looked up for keys as well: the node may have outlived its key. The hash is asked for anew,
     * a key that changes it is not found. */
    PyObject *found = PyDict_GetItemWithError((PyObject *)od, key);
    if (found == NULL) {
        if (!PyErr_Occurred())
            _PyErr_SetKeyError(key);
        Py_CLEAR(iter->od);
        return NULL;
    }
    KS_OWNED PyObject *value = Py_NewRef(found);
    if (!(iter->kind & WANTS_VALUES))
        return ks_give(&key);
    if (!(iter->kind & WANTS_KEYS))
        return ks_give(&value);
    PyObject *pair = iter->pair;
    if (Py_REFCNT(pair) != 1)
        return PyTuple_Pack(2, key, value);
    Py_INCREF(pair);
    /* The old contents go into the owned variables and are dropped at the end. */
    PyObject *old_key = PyTuple_GET_ITEM(pair, 0), *old_value = PyTuple_GET_ITEM(pair, 1);
    PyTuple_SET_ITEM(pair, 0, key);
    PyTuple_SET_ITEM(pair, 1, value);
    key = old_key;
    value = old_value;
    if (!_PyObject_GC_IS_TRACKED(pair))
        _PyObject_GC_TRACK(pair);
    return pair;
}

static PyObject *
iter_reduce(PyObject *self, PyObject *unused)
{
    KS_OWNED PyObject *builtin = _PyEval_GetBuiltin(&_Py_ID(iter));
    if (builtin == NULL)
        return NULL;
    /* A copy walks, with a second owner of the pair so that it is not reused. */
    OdictIter walk = *AS_ITER(self);
    Py_XINCREF(walk.od);
    Py_XINCREF(walk.pair);
    KS_OWNED PyObject *list = PyList_New(0);
    int failed = list == NULL;
    while (!failed) {
        KS_OWNED PyObject *item = iter_next((PyObject *)&walk);
        if (item == NULL) {
            failed = PyErr_Occurred() != NULL;
            break;
        }
        failed = PyList_Append(list, item) < 0;
    }
    Py_XDECREF(walk.pair);
    Py_XDECREF(walk.od);
    return failed ? NULL : Py_BuildValue("O(O)", builtin, list);
}

static PyMethodDef iter_methods[] = {
    METHOD_PLAIN("__reduce__", iter_reduce, METH_NOARGS, "What pickle needs to know."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyODictIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "odict_iterator",
    .tp_basicsize = sizeof(OdictIter),
    .tp_dealloc = iter_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = iter_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = iter_next,
    .tp_methods = iter_methods,
};

static PyObject *
odict_iter(PyObject *self)
{
    return iter_new(self, WANTS_KEYS);
}

static PyObject *
odict_reversed(PyObject *self, PyObject *unused)
{
    return iter_new(self, WANTS_KEYS | BACKWARDS);
}

/* ---- views ---- */

#define VIEW(what, kind)                                                                     \
    static PyObject *what##_iter(PyObject *self)                                             \
    {                                                                                        \
        PyDictObject *dict = ((_PyDictViewObject *)self)->dv_dict;                           \
        return dict == NULL ? Py_NewRef(Py_None) : iter_new((PyObject *)dict, kind);         \
    }                                                                                        \
    static PyObject *what##_reversed(PyObject *self, PyObject *unused)                       \
    {                                                                                        \
        PyDictObject *dict = ((_PyDictViewObject *)self)->dv_dict;                           \
        return dict == NULL ? Py_NewRef(Py_None)                                             \
                            : iter_new((PyObject *)dict, (kind) | BACKWARDS);                \
    }                                                                                        \
    static PyMethodDef what##_methods[] = {                                                  \
        METHOD_PLAIN("__reversed__", what##_reversed, METH_NOARGS, NULL),                    \
        {NULL, NULL, 0, NULL},                                                               \
    }

#define VIEW_TYPE(symbol, name, base, what)                                                  \
    PyTypeObject symbol = {                                                                  \
        PyVarObject_HEAD_INIT(&PyType_Type, 0)                                               \
        .tp_name = name,                                                                     \
        .tp_flags = Py_TPFLAGS_DEFAULT,                                                      \
        .tp_iter = what##_iter,                                                              \
        .tp_methods = what##_methods,                                                        \
        .tp_base = base,                                                                     \
    }

VIEW(keys, WANTS_KEYS);
VIEW(values, WANTS_VALUES);
VIEW(items, WANTS_KEYS | WANTS_VALUES);
VIEW_TYPE(PyODictKeys_Type, "odict_keys", &PyDictKeys_Type, keys);
VIEW_TYPE(PyODictValues_Type, "odict_values", &PyDictValues_Type, values);
VIEW_TYPE(PyODictItems_Type, "odict_items", &PyDictItems_Type, items);

static PyObject *
odict_keys(PyObject *self, PyObject *unused)
{
    return _PyDictView_New(self, &PyODictKeys_Type);
}

static PyObject *
odict_values(PyObject *self, PyObject *unused)
{
    return _PyDictView_New(self, &PyODictValues_Type);
}

static PyObject *
odict_items(PyObject *self, PyObject *unused)
{
    return _PyDictView_New(self, &PyODictItems_Type);
}

/* ---- the type ---- */

static PyMethodDef odict_methods[] = {
    METHOD("fromkeys", odict_fromkeys, METH_FASTCALL | METH_KEYWORDS | METH_CLASS,
           "($type, /, iterable, value=None)",
           "A new ordered dict with these keys and one value for all."),
    METHOD_PLAIN("__sizeof__", odict_sizeof, METH_NOARGS, NULL),
    METHOD_PLAIN("__reduce__", odict_reduce, METH_NOARGS, "What pickle needs to know."),
    METHOD("setdefault", odict_setdefault, METH_FASTCALL | METH_KEYWORDS,
           "($self, /, key, default=None)",
           "The key's value; the default is stored and returned if there is none."),
    METHOD("pop", odict_pop, METH_FASTCALL | METH_KEYWORDS,
           "($self, /, key, default=<unrepresentable>)",
           "Take the key out and return its value.\n\n"
           "Without the key the default is returned, or KeyError raised."),
    METHOD("popitem", odict_popitem, METH_FASTCALL | METH_KEYWORDS, "($self, /, last=True)",
           "Take out the last pair, or the first one, and return it."),
    METHOD_PLAIN("keys", odict_keys, METH_NOARGS, NULL),
    METHOD_PLAIN("values", odict_values, METH_NOARGS, NULL),
    METHOD_PLAIN("items", odict_items, METH_NOARGS, NULL),
    METHOD_PLAIN("update", odict_update, METH_VARARGS | METH_KEYWORDS, NULL),
    METHOD_PLAIN("clear", odict_clear, METH_NOARGS, "Take everything out."),
    METHOD_PLAIN("copy", odict_copy, METH_NOARGS, "A new ordered dict with the same items."),
    METHOD_PLAIN("__reversed__", odict_reversed, METH_NOARGS,
                 "An iterator over the keys, from the last to the first."),
    METHOD("move_to_end", odict_move_to_end, METH_FASTCALL | METH_KEYWORDS,
           "($self, /, key, last=True)",
           "Make a key the last one, or the first one; KeyError if it is not there."),
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef odict_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyNumberMethods odict_as_number = {
    .nb_or = odict_or,
    .nb_inplace_or = odict_inplace_or,
};

static PyMappingMethods odict_as_mapping = {
    .mp_ass_subscript = odict_ass_subscript,
};

PyTypeObject PyODict_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "collections.OrderedDict",
    .tp_basicsize = sizeof(PyODictObject),
    .tp_dealloc = odict_dealloc,
    .tp_repr = odict_repr,
    .tp_as_number = &odict_as_number,
    .tp_as_mapping = &odict_as_mapping,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "A dict that knows the order in which keys were put in, and can change it.",
    .tp_traverse = odict_traverse,
    .tp_clear = odict_tp_clear,
    .tp_richcompare = odict_richcompare,
    .tp_weaklistoffset = offsetof(PyODictObject, weakrefs),
    .tp_iter = odict_iter,
    .tp_methods = odict_methods,
    .tp_getset = odict_getset,
    .tp_base = &PyDict_Type,
    .tp_dictoffset = offsetof(PyODictObject, instance_dict),
    .tp_init = odict_init,
};
