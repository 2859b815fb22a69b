/* SPDX-License-Identifier: MIT */
/* Looking up a name in a type and its ancestors, and the cache that makes it fast.
 *
 * A type whose tag is valid has not changed since it got the tag, nor has any ancestor: a change
 * takes the tags of all descendants away (PyType_Modified). The cache maps (tag, name) to a
 * borrowed value, absence included; stale entries need no cleaning because tags are never used
 * twice. Ancestors have a tag whenever a descendant has one, so invalidation may stop at the
 * first type without. */
#include "Python.h"
#include "pycore_dict.h"
#include "pycore_global_strings.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_pystate.h"
#include "pycore_typeobject.h"
#include "pycore_unicodeobject.h"
#include "ks_type.h"

/* Longer names are not kept alive by the cache. */
#define NAME_LENGTH_MAX 100

/* 0 once all tags were given out; then nothing is cached any more. */
static unsigned int next_version_tag = 1;

KS_INLINE struct type_cache_entry *
cache_entry(unsigned int version, PyObject *name)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    unsigned int slot = version ^ (unsigned int)((uintptr_t)name >> 3);
    return &interp->type_cache.hashtable[slot & ((1u << MCACHE_SIZE_EXP) - 1)];
}

static void
cache_empty(PyInterpreterState *interp)
{
    for (size_t i = 0; i < 1u << MCACHE_SIZE_EXP; i++) {
        struct type_cache_entry *entry = &interp->type_cache.hashtable[i];
        entry->version = 0;
        entry->value = NULL;
        Py_CLEAR(entry->name);
    }
}

void
_PyType_InitCache(PyInterpreterState *interp)
{
    memset(&interp->type_cache, 0, sizeof(interp->type_cache));
}

/* Returns the last tag given out. */
unsigned int
PyType_ClearCache(void)
{
    cache_empty(_PyInterpreterState_GET());
    return next_version_tag - 1;
}

void
_PyTypes_Fini(PyInterpreterState *interp)
{
    cache_empty(interp);
}

/* Gives type and its bases tags. 0 if that is impossible (not an error). */
static int
version_assign(PyTypeObject *type)
{
    if (type->tp_flags & Py_TPFLAGS_VALID_VERSION_TAG)
        return 1;
    if (!(type->tp_flags & Py_TPFLAGS_READY) || next_version_tag == 0)
        return 0;
    PyObject *bases = type->tp_bases;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(bases); i++) {
        if (!version_assign((PyTypeObject *)PyTuple_GET_ITEM(bases, i)))
            return 0;
    }
    if (next_version_tag == 0)
        return 0;
    type->tp_version_tag = next_version_tag++;
    type->tp_flags |= Py_TPFLAGS_VALID_VERSION_TAG;
    return 1;
}

/* To be called after any change of the dict, the MRO or the bases of a type. */
void
PyType_Modified(PyTypeObject *type)
{
    if (!(type->tp_flags & Py_TPFLAGS_VALID_VERSION_TAG))
        return;
    if (type->tp_subclasses != NULL) {
        Py_ssize_t position = 0;
        PyObject *ref;
        while (PyDict_Next(type->tp_subclasses, &position, NULL, &ref)) {
            PyTypeObject *subclass = ks_type_subclass_from_ref(ref);
            if (subclass != NULL)
                PyType_Modified(subclass);
        }
    }
    type->tp_flags &= ~Py_TPFLAGS_VALID_VERSION_TAG;
    type->tp_version_tag = 0;
}

/* A metaclass's own mro() may name ancestors that are no ancestors by tp_bases, whose changes
 * would not reach this type. Such a type starts without a tag. */
void
ks_type_mro_changed(PyTypeObject *type, PyObject *bases)
{
    int foreign = 0;
    if (Py_TYPE(type) != &PyType_Type) {
        PyObject *own = _PyType_Lookup(Py_TYPE(type), &_Py_ID(mro));
        PyObject *usual = _PyType_Lookup(&PyType_Type, &_Py_ID(mro));
        foreign = own != usual;
    }
    for (Py_ssize_t i = 0; !foreign && i < PyTuple_GET_SIZE(bases); i++) {
        PyObject *base = PyTuple_GET_ITEM(bases, i);
        foreign = !PyType_Check(base) || !PyType_IsSubtype(type, (PyTypeObject *)base);
    }
    if (foreign) {
        type->tp_flags &= ~Py_TPFLAGS_VALID_VERSION_TAG;
        type->tp_version_tag = 0;
    }
}

PyObject *
ks_type_find_in_mro(PyTypeObject *type, PyObject *name, int *failed)
{
    *failed = 1;
    Py_hash_t hash;
    if (!PyUnicode_CheckExact(name) || (hash = ((PyASCIIObject *)name)->hash) == -1) {
        hash = PyObject_Hash(name);
        if (hash == -1)
            return NULL;
    }
    if (type->tp_mro == NULL) {
        if (!(type->tp_flags & Py_TPFLAGS_READYING) && PyType_Ready(type) < 0)
            return NULL;
        if (type->tp_mro == NULL) {
            *failed = 0;
            return NULL;
        }
    }
    /* A str subclass's __eq__ may replace the MRO. */
    PyObject *mro = Py_NewRef(type->tp_mro);
    PyObject *found = NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro) && found == NULL; i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        PyObject *dict = base->tp_dict;
        if (dict == NULL)
            continue;
        found = _PyDict_GetItem_KnownHash(dict, name, hash);
        if (found == NULL && PyErr_Occurred()) {
            Py_DECREF(mro);
            return NULL;
        }
    }
    Py_DECREF(mro);
    *failed = 0;
    return found;
}

static KS_NOINLINE PyObject *
lookup_and_remember(PyTypeObject *type, PyObject *name)
{
    int failed;
    PyObject *found = ks_type_find_in_mro(type, name, &failed);
    if (failed) {
        /* The contract is "NULL without an exception": errors in a key's __eq__ are lost. */
        PyErr_Clear();
        return NULL;
    }
    if (PyUnicode_CheckExact(name) && PyUnicode_GET_LENGTH(name) <= NAME_LENGTH_MAX &&
        version_assign(type)) {
        struct type_cache_entry *entry = cache_entry(type->tp_version_tag, name);
        PyObject *old = entry->name;
        entry->version = type->tp_version_tag;
        entry->value = found;
        entry->name = Py_NewRef(name);
        Py_XDECREF(old);
    }
    return found;
}

/* Borrowed; NULL without an exception if absent. The most frequent question of all. */
PyObject *
_PyType_Lookup(PyTypeObject *type, PyObject *name)
{
    unsigned int version = type->tp_version_tag;
    struct type_cache_entry *entry = cache_entry(version, name);
    if (KS_LIKELY(entry->version == version && entry->name == name && version != 0))
        return entry->value;
    return lookup_and_remember(type, name);
}

PyObject *
_PyType_LookupId(PyTypeObject *type, _Py_Identifier *id)
{
    PyObject *name = _PyUnicode_FromId(id);
    return name == NULL ? NULL : _PyType_Lookup(type, name);
}
