/* SPDX-License-Identifier: MIT */
/* functools.lru_cache's wrapper: remembers results by arguments.
 *
 * The cache is a dict. Without a bound its values are the results; with one they are links of a
 * ring in order of use, least recently used first behind the root. A link's key and result belong
 * to it, the dict owns the link, the ring does not. The wrapped function may call the wrapper:
 * what was looked up before the call is looked up again after it. Arguments are turned into a key
 * without making a tuple when there is one argument that is an exact int or str. */
#include "Python.h"
#include "structmember.h"

#include "ks_functools.h"

/* ---- links ---- */

typedef struct Link Link;
struct Link {
    PyObject_HEAD
    Link *previous, *next;
    Py_hash_t hash;
    PyObject *key, *result;
};

#define AS_LINK(object) ((Link *)(object))

static void
link_dealloc(PyObject *self)
{
    Py_XDECREF(AS_LINK(self)->key);
    Py_XDECREF(AS_LINK(self)->result);
    PyObject_Free(self);
}

/* Owned by the cache's dict alone; the wrapper visits what the links hold. */
PyTypeObject ks_lru_link_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "functools._lru_list_elem",
    .tp_basicsize = sizeof(Link),
    .tp_dealloc = link_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
};

typedef struct LruCache LruCache;
typedef PyObject *(*LruCall)(LruCache *, PyObject *const *, size_t, PyObject *);

struct LruCache {
    PyObject_HEAD
    Link root; /* of the ring; never a complete object */
    LruCall call;
    vectorcallfunc vectorcall;
    int typed;
    PyObject *cache;
    Py_ssize_t hits, misses;
    Py_ssize_t maxsize; /* -1: no bound */
    PyObject *function;
    PyObject *keyword_mark;
    PyObject *info_type;
    PyObject *dict;
    PyObject *weakrefs;
};

#define AS_CACHE(self) ((LruCache *)(self))

static void
link_remove(Link *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
}

/* As the most recently used. */
static void
link_append(LruCache *cache, Link *link)
{
    Link *root = &cache->root;
    link->previous = root->previous;
    link->next = root;
    root->previous->next = link;
    root->previous = link;
}

/* ---- keys ---- */

/* What the arguments are remembered by, as a new reference. */
static PyObject *
make_key(LruCache *cache, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Py_ssize_t nkw = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    if (!cache->typed && nkw == 0 && nargs == 1
        && (PyUnicode_CheckExact(args[0]) || PyLong_CheckExact(args[0])))
        return Py_NewRef(args[0]);
    Py_ssize_t size = nargs + (nkw > 0 ? 1 + 2 * nkw : 0) + (cache->typed ? nargs + nkw : 0);
    PyObject *key = PyTuple_New(size);
    if (key == NULL)
        return NULL;
    Py_ssize_t at = 0;
    for (Py_ssize_t i = 0; i < nargs; i++)
        PyTuple_SET_ITEM(key, at++, Py_NewRef(args[i]));
    if (nkw > 0)
        PyTuple_SET_ITEM(key, at++, Py_NewRef(cache->keyword_mark));
    for (Py_ssize_t i = 0; i < nkw; i++) {
        PyTuple_SET_ITEM(key, at++, Py_NewRef(PyTuple_GET_ITEM(kwnames, i)));
        PyTuple_SET_ITEM(key, at++, Py_NewRef(args[nargs + i]));
    }
    for (Py_ssize_t i = 0; cache->typed && i < nargs + nkw; i++)
        PyTuple_SET_ITEM(key, at++, Py_NewRef(Py_TYPE(args[i])));
    return key;
}

/* ---- calls: one function for each kind of bound ---- */

static PyObject *
call_uncached(LruCache *cache, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    cache->misses++;
    return PyObject_Vectorcall(cache->function, args, nargsf, kwnames);
}

static PyObject *
call_unbounded(LruCache *cache, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    KS_OWNED PyObject *key = make_key(cache, args, PyVectorcall_NARGS(nargsf), kwnames);
    Py_hash_t hash = key == NULL ? -1 : PyObject_Hash(key);
    if (hash == -1)
        return NULL;
    PyObject *known = _PyDict_GetItem_KnownHash(cache->cache, key, hash);
    if (known != NULL) {
        cache->hits++;
        return Py_NewRef(known);
    }
    if (PyErr_Occurred())
        return NULL;
    cache->misses++;
    KS_OWNED PyObject *result = PyObject_Vectorcall(cache->function, args, nargsf, kwnames);
    if (result == NULL || _PyDict_SetItem_KnownHash(cache->cache, key, result, hash) < 0)
        return NULL;
    return ks_give(&result);
}

/* Puts a result in with a link of its own. */
static int
remember(LruCache *cache, PyObject *key, Py_hash_t hash, PyObject *result)
{
    Link *link = PyObject_New(Link, &ks_lru_link_type);
    if (link == NULL)
        return -1;
    link->hash = hash;
    link->key = Py_NewRef(key);
    link->result = Py_NewRef(result);
    if (_PyDict_SetItem_KnownHash(cache->cache, key, (PyObject *)link, hash) < 0) {
        Py_DECREF(link);
        return -1;
    }
    link_append(cache, link);
    Py_DECREF(link); /* the dict has it */
    return 0;
}

/* Takes the least recently used result out. */
static int
forget_oldest(LruCache *cache)
{
    Link *oldest = cache->root.next;
    if (oldest == &cache->root)
        return 0;
    /* Out of the ring first: deleting compares keys, which can run anything. */
    KS_OWNED PyObject *held = Py_NewRef(oldest);
    link_remove(oldest);
    if (_PyDict_DelItem_KnownHash(cache->cache, oldest->key, oldest->hash) < 0) {
        if (!PyErr_ExceptionMatches(PyExc_KeyError)) {
            link_append(cache, oldest);
            return -1;
        }
        /* Somebody was faster. */
        PyErr_Clear();
        return 1;
    }
    return 0;
}

static PyObject *
call_bounded(LruCache *cache, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    KS_OWNED PyObject *key = make_key(cache, args, PyVectorcall_NARGS(nargsf), kwnames);
    Py_hash_t hash = key == NULL ? -1 : PyObject_Hash(key);
    if (hash == -1)
        return NULL;
    PyObject *known = _PyDict_GetItem_KnownHash(cache->cache, key, hash);
    if (known != NULL) {
        Link *link = AS_LINK(known);
        link_remove(link);
        link_append(cache, link);
        cache->hits++;
        return Py_NewRef(link->result);
    }
    if (PyErr_Occurred())
        return NULL;
    cache->misses++;
    KS_OWNED PyObject *result = PyObject_Vectorcall(cache->function, args, nargsf, kwnames);
    if (result == NULL)
        return NULL;
    known = _PyDict_GetItem_KnownHash(cache->cache, key, hash);
    if (known != NULL)
        return ks_give(&result); /* an inner call has put it in */
    if (PyErr_Occurred())
        return NULL;
    if (PyDict_GET_SIZE(cache->cache) >= cache->maxsize && cache->root.next != &cache->root) {
        int lost = forget_oldest(cache);
        if (lost < 0)
            return NULL;
        if (lost > 0)
            return ks_give(&result);
    }
    return remember(cache, key, hash, result) < 0 ? NULL : ks_give(&result);
}

static PyObject *
lru_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    return AS_CACHE(self)->call(AS_CACHE(self), args, nargsf, kwnames);
}

/* ---- lifecycle ---- */

typedef struct LruArgs {
    PyObject *function, *maxsize, *info_type;
    int typed;
} LruArgs;

static const KsParam lru_params[] = {
    PARAM_NAMED(LruArgs, function, "user_function", ARG_OBJECT, 1),
    PARAM(LruArgs, maxsize, ARG_OBJECT, 1),
    PARAM(LruArgs, typed, ARG_BOOL, 1),
    PARAM_NAMED(LruArgs, info_type, "cache_info_type", ARG_OBJECT, 1),
    PARAM_END,
};

static int
lru_bound(PyObject *maxsize, Py_ssize_t *bound)
{
    *bound = -1;
    if (maxsize == Py_None)
        return 0;
    if (!PyIndex_Check(maxsize)) {
        PyErr_SetString(PyExc_TypeError, "maxsize should be integer or None");
        return -1;
    }
    *bound = PyNumber_AsSsize_t(maxsize, PyExc_OverflowError);
    if (*bound == -1 && PyErr_Occurred())
        return -1;
    if (*bound < 0)
        *bound = 0;
    return 0;
}

static PyObject *
lru_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    LruArgs call;
    Py_ssize_t bound;
    if (!ks_args_parse_tuple("lru_cache", lru_params, args, kwargs, &call))
        return NULL;
    if (!PyCallable_Check(call.function)) {
        PyErr_SetString(PyExc_TypeError, "the first argument must be callable");
        return NULL;
    }
    PyObject *module = PyType_GetModuleByDef(type, &ks_functools_module);
    if (module == NULL || lru_bound(call.maxsize, &bound) < 0)
        return NULL;
    KS_OWNED PyObject *dict = PyDict_New();
    PyObject *self = dict == NULL ? NULL : type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    LruCache *cache = AS_CACHE(self);
    cache->root.previous = cache->root.next = &cache->root;
    cache->call = bound < 0 ? call_unbounded : bound == 0 ? call_uncached : call_bounded;
    cache->vectorcall = lru_vectorcall;
    cache->typed = call.typed;
    cache->cache = ks_give(&dict);
    cache->maxsize = bound;
    cache->function = Py_NewRef(call.function);
    cache->keyword_mark = Py_NewRef(((FunctoolsState *)PyModule_GetState(module))->keyword_mark);
    cache->info_type = Py_NewRef(call.info_type);
    return self;
}

/* Empties the ring; the links live as long as the dict. */
static void
ring_clear(LruCache *cache)
{
    cache->root.previous = cache->root.next = &cache->root;
}

static int
lru_tp_clear(PyObject *self)
{
    LruCache *cache = AS_CACHE(self);
    ring_clear(cache);
    Py_CLEAR(cache->cache);
    Py_CLEAR(cache->function);
    Py_CLEAR(cache->keyword_mark);
    Py_CLEAR(cache->info_type);
    Py_CLEAR(cache->dict);
    return 0;
}

static int
lru_traverse(PyObject *self, visitproc visit, void *arg)
{
    LruCache *cache = AS_CACHE(self);
    Py_VISIT(Py_TYPE(self));
    for (Link *link = cache->root.next; link != NULL && link != &cache->root; link = link->next) {
        Py_VISIT(link->key);
        Py_VISIT(link->result);
    }
    Py_VISIT(cache->cache);
    Py_VISIT(cache->function);
    Py_VISIT(cache->keyword_mark);
    Py_VISIT(cache->info_type);
    Py_VISIT(cache->dict);
    return 0;
}

static void
lru_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (AS_CACHE(self)->weakrefs != NULL)
        PyObject_ClearWeakRefs(self);
    lru_tp_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

/* ---- methods ---- */

static PyObject *
lru_get(PyObject *self, PyObject *object, PyObject *type)
{
    if (object == NULL || object == Py_None)
        return Py_NewRef(self);
    return PyMethod_New(self, object);
}

static PyObject *
lru_cache_info(PyObject *self, PyObject *unused)
{
    LruCache *cache = AS_CACHE(self);
    if (cache->maxsize == -1)
        return PyObject_CallFunction(cache->info_type, "nnOn", cache->hits, cache->misses, Py_None,
                                     PyDict_GET_SIZE(cache->cache));
    return PyObject_CallFunction(cache->info_type, "nnnn", cache->hits, cache->misses,
                                 cache->maxsize, PyDict_GET_SIZE(cache->cache));
}

static PyObject *
lru_cache_clear(PyObject *self, PyObject *unused)
{
    AS_CACHE(self)->hits = AS_CACHE(self)->misses = 0;
    ring_clear(AS_CACHE(self));
    PyDict_Clear(AS_CACHE(self)->cache);
    Py_RETURN_NONE;
}

static PyObject *
lru_reduce(PyObject *self, PyObject *unused)
{
    return PyObject_GetAttrString(self, "__qualname__");
}

static PyObject *
lru_copy(PyObject *self, PyObject *unused)
{
    return Py_NewRef(self);
}

static PyMethodDef lru_methods[] = {
    METHOD_PLAIN("cache_info", lru_cache_info, METH_NOARGS, NULL),
    METHOD_PLAIN("cache_clear", lru_cache_clear, METH_NOARGS, NULL),
    METHOD_PLAIN("__reduce__", lru_reduce, METH_NOARGS, NULL),
    METHOD_PLAIN("__copy__", lru_copy, METH_VARARGS, NULL),
    METHOD_PLAIN("__deepcopy__", lru_copy, METH_VARARGS, NULL),
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef lru_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef lru_members[] = {
    {"__dictoffset__", T_PYSSIZET, offsetof(LruCache, dict), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(LruCache, weakrefs), READONLY, NULL},
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(LruCache, vectorcall), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot lru_slots[] = {
    {Py_tp_dealloc, lru_dealloc},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_doc,
     "Create a cached callable that wraps another function.\n\n"
     "user_function:    what is wrapped\n"
     "maxsize:          0  nothing is remembered\n"
     "                  None  everything is remembered\n"
     "                  n  the n results used last are remembered\n"
     "typed:            True  arguments of other types are other arguments\n"
     "cache_info_type:  namedtuple class with the fields hits misses maxsize currsize"},
    {Py_tp_traverse, lru_traverse},
    {Py_tp_clear, lru_tp_clear},
    {Py_tp_methods, lru_methods},
    {Py_tp_members, lru_members},
    {Py_tp_getset, lru_getset},
    {Py_tp_descr_get, lru_get},
    {Py_tp_new, lru_new},
    {0, NULL},
};

PyType_Spec ks_lru_cache_spec = {
    .name = "functools._lru_cache_wrapper",
    .basicsize = sizeof(LruCache),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE
             | Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_IMMUTABLETYPE
             | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = lru_slots,
};
