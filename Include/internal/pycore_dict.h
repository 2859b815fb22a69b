/* SPDX-License-Identifier: MIT */
/* Inside dict: the table of keys (indices, then entries) and the values of split tables. */
#ifndef Py_INTERNAL_DICT_H
#define Py_INTERNAL_DICT_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#ifndef PyDict_MAXFREELIST
#define PyDict_MAXFREELIST 80
#endif

#define DKIX_EMPTY (-1)
#define DKIX_DUMMY (-2)
#define DKIX_ERROR (-3)
#define DKIX_KEY_CHANGED (-4)
#define SHARED_KEYS_MAX_SIZE 30
#define NEXT_LOG2_SHARED_KEYS_MAX_SIZE 6

struct _Py_dict_state {
#if PyDict_MAXFREELIST > 0
    PyDictObject *free_list[PyDict_MAXFREELIST];
    int numfree;
    PyDictKeysObject *keys_free_list[PyDict_MAXFREELIST];
    int keys_numfree;
#endif
};

typedef struct {
    Py_hash_t me_hash;
    PyObject *me_key;
    PyObject *me_value;
} PyDictKeyEntry;

typedef struct {
    PyObject *me_key;
    PyObject *me_value;
} PyDictUnicodeEntry;

typedef enum {
    DICT_KEYS_GENERAL = 0,
    DICT_KEYS_UNICODE = 1,
    DICT_KEYS_SPLIT = 2,
} DictKeysKind;

struct _dictkeysobject {
    Py_ssize_t dk_refcnt;
    uint8_t dk_log2_size;
    uint8_t dk_log2_index_bytes;
    uint8_t dk_kind;
    uint32_t dk_version;
    Py_ssize_t dk_usable;
    Py_ssize_t dk_nentries;
    char dk_indices[];
};

struct _dictvalues {
    PyObject *values[1];
};

extern uint64_t _pydict_global_version;

extern void _PyDict_Fini(PyInterpreterState *interp);
extern PyDictKeysObject *_PyDict_NewKeysForClass(void);
extern PyObject *_PyDict_FromKeys(PyObject *, PyObject *, PyObject *);
extern uint32_t _PyDictKeys_GetVersionForCurrentState(PyDictKeysObject *dictkeys);
extern Py_ssize_t _PyDict_KeysSize(PyDictKeysObject *keys);
extern Py_ssize_t _Py_dict_lookup(PyDictObject *mp, PyObject *key, Py_hash_t hash,
    PyObject **value_addr);
extern Py_ssize_t _PyDict_GetItemHint(PyDictObject *, PyObject *, Py_ssize_t, PyObject **);
extern Py_ssize_t _PyDictKeys_StringLookup(PyDictKeysObject *dictkeys, PyObject *key);
extern PyObject *_PyDict_LoadGlobal(PyDictObject *, PyDictObject *, PyObject *);
extern int _PyDict_SetItem_Take2(PyDictObject *op, PyObject *key, PyObject *value); /* steals key and value */
extern int _PyObjectDict_SetItem(PyTypeObject *tp, PyObject **dictptr, PyObject *name,
    PyObject *value);
extern PyObject *_PyDict_Pop_KnownHash(PyObject *, PyObject *, Py_hash_t, PyObject *);
extern PyObject *_PyObject_MakeDictFromInstanceAttributes(PyObject *obj, PyDictValues *values);
extern PyObject *_PyDict_FromItems(PyObject *const *keys, Py_ssize_t keys_offset,
    PyObject *const *values, Py_ssize_t values_offset, Py_ssize_t length);

#define DK_LOG_SIZE(keys) ((keys)->dk_log2_size)
#define DK_SIZE(keys) ((int64_t)1 << DK_LOG_SIZE(keys))
#define DK_IS_UNICODE(keys) ((keys)->dk_kind != DICT_KEYS_GENERAL)
/* Entries start where the indices end. */
#define KS_DK_ENTRIES(keys) \
    ((void *)((char *)(keys)->dk_indices + ((size_t)1 << (keys)->dk_log2_index_bytes)))
#define DK_ENTRIES(keys) \
    (assert(!DK_IS_UNICODE(keys)), (PyDictKeyEntry *)KS_DK_ENTRIES(keys))
#define DK_UNICODE_ENTRIES(keys) \
    (assert(DK_IS_UNICODE(keys)), (PyDictUnicodeEntry *)KS_DK_ENTRIES(keys))
#define DICT_NEXT_VERSION() (++_pydict_global_version)

/* In front of the values: the order of insertion growing downwards from byte -2, which counts;
 * byte -1 is the length of this prefix. */
static inline void
_PyDictValues_AddToInsertionOrder(PyDictValues *values, Py_ssize_t index)
{
    uint8_t *count = (uint8_t *)values - 2;
    assert(index < SHARED_KEYS_MAX_SIZE && *count + 2 < count[1]);
    *count += 1;
    *(count - *count) = (uint8_t)index;
}

#ifdef __cplusplus
}
#endif

#endif
