/* SPDX-License-Identifier: MIT */
/* Module _pickle: what its files share. The opcodes and what reading does for each of them are rows
 * of pickle_ops.def; the Pickler is described in pickle_output.h, the Unpickler in pickle_input.h. */
#ifndef KS_PICKLE_PARTS_H
#define KS_PICKLE_PARTS_H

#include "Python.h"
#include "ks_args.h"
#include "ks_base.h"

#define PICKLE_HIGHEST 5
#define PICKLE_DEFAULT 4
#define PICKLE_BATCH 1000              /* items between MARK and APPENDS, SETITEMS, ADDITEMS */
#define PICKLE_FRAME_BYTES (64 * 1024) /* a frame ends when it is this long */
#define PICKLE_FRAME_HEADER 9          /* FRAME and a length of eight bytes */

enum PickleOp {
#define OP(name, code, action) OP_##name = code,
#include "pickle_ops.def"
#undef OP
};

/* The module's state: its exceptions, and what it needs of copyreg, _compat_pickle, codecs,
 * functools and builtins, found when the module is made. dumps() and loads() keep what they worked
 * with as a spare for the next call: memory for tables and buffers, holding no object. */
#define PICKLE_STATE_FIELDS(FIELD)                                                          \
    FIELD(error) FIELD(pickling_error) FIELD(unpickling_error)                              \
    FIELD(dispatch_table) FIELD(extension_registry) FIELD(inverted_registry)                \
    FIELD(extension_cache)                                                                  \
    FIELD(name_mapping_2to3) FIELD(import_mapping_2to3)                                     \
    FIELD(name_mapping_3to2) FIELD(import_mapping_3to2)                                     \
    FIELD(codecs_encode) FIELD(getattr) FIELD(partial)                                      \
    FIELD(spare_pickler) FIELD(spare_unpickler)

typedef struct PickleState {
#define FIELD(name) PyObject *name;
    PICKLE_STATE_FIELDS(FIELD)
#undef FIELD
} PickleState;

/* The state of this interpreter's module; NULL with RuntimeError when the module is gone. */
KS_BORROWED PickleState *ks_pickle_state(void);

extern PyTypeObject ks_pickler_type, ks_pickler_memo_type;
extern PyTypeObject ks_unpickler_type, ks_unpickler_memo_type;

/* The module's functions, see the manual's pickle.dump and so on. */
PyObject *ks_pickle_dump(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                         PyObject *kwnames);
PyObject *ks_pickle_dumps(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                          PyObject *kwnames);
PyObject *ks_pickle_load(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                         PyObject *kwnames);
PyObject *ks_pickle_loads(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                          PyObject *kwnames);

/* A method that a subclass or an assignment gives an instance. A method bound to the instance
 * itself is kept unbound, so that the instance does not hold a reference to itself. */
typedef struct PickleHook {
    PyObject *function; /* NULL: none */
    PyObject *self;     /* borrowed: the instance, or NULL when function takes no self */
} PickleHook;

/* Looks up name in an instance; its absence is no error. 0, or -1 with an exception. */
int ks_pickle_hook_find(PickleHook *hook, PyObject *self, PyObject *name);
/* Calls the hook with one argument; new reference, NULL with an exception. */
KS_NEW PyObject *ks_pickle_hook_call(const PickleHook *hook, PyObject *argument);
/* What the attribute's getter returns: a bound method again; AttributeError(name) if there is none. */
KS_NEW PyObject *ks_pickle_hook_get(const PickleHook *hook, const char *name);
/* Assignment to the attribute; deletion and what cannot be called are TypeErrors. */
int ks_pickle_hook_set(PickleHook *hook, PyObject *value, const char *name);

/* A view on the memo of a Pickler or an Unpickler: what .memo returns. */
typedef struct PickleMemoProxy {
    PyObject_HEAD
    PyObject *owner;
} PickleMemoProxy;

KS_NEW PyObject *ks_pickle_proxy_new(PyTypeObject *type, PyObject *owner);
int ks_pickle_proxy_traverse(PyObject *self, visitproc visit, void *arg);
int ks_pickle_proxy_clear(PyObject *self);
void ks_pickle_proxy_dealloc(PyObject *self);
/* (dict, (copy,)): how a proxy is pickled itself. Steals copy, which may be NULL. */
KS_NEW PyObject *ks_pickle_proxy_reduce(KS_STEALS PyObject *copy);

/* object.a.b.c for the dotted name; *parent (a new reference, unless parent is NULL) holds the last
 * name. AttributeError when a part is missing or stands for a local scope. */
KS_NEW PyObject *ks_pickle_attribute(PyObject *object, PyObject *dotted, PyObject **parent);
/* Replaces two names, which the caller owns, by those that _compat_pickle's tables give for them, if
 * any; prefix is what the tables' own names begin with. 0, or -1 with an exception. */
int ks_pickle_rename(PyObject *names, PyObject *modules, const char *prefix,
                     PyObject **module_name, PyObject **name);

#endif
