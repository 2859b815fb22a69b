/* SPDX-License-Identifier: MIT */
/* set and frozenset as Python sees them: slots, methods, type objects. */
#include "Python.h"

#include "ks_args.h"
#include "ks_set.h"
#include "ks_trash.h"
#include "pycore_gc.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"

/* ---- lifecycle ---- */

static PyObject *
set_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return ks_set_new(type, NULL);
}

static int
set_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (!_PyArg_NoKeywords("set", kwargs)
        || !ks_args_count(Py_TYPE(self)->tp_name, PyTuple_GET_SIZE(args), 0, 1))
        return -1;
    if (AS_SET(self)->fill > 0)
        ks_set_clear(AS_SET(self));
    AS_SET(self)->hash = -1;
    if (PyTuple_GET_SIZE(args) == 0)
        return 0;
    return ks_set_update(AS_SET(self), PyTuple_GET_ITEM(args, 0));
}

static PyObject *
set_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (!ks_args_no_kwnames("set", kwnames) || !ks_args_count("set", nargs, 0, 1))
        return NULL;
    return ks_set_new((PyTypeObject *)type, nargs == 1 ? args[0] : NULL);
}

static PyObject *
frozenset_make(PyTypeObject *type, PyObject *iterable)
{
    if (type == &PyFrozenSet_Type && iterable != NULL && PyFrozenSet_CheckExact(iterable))
        return Py_NewRef(iterable);
    return ks_set_new(type, iterable);
}

static PyObject *
frozenset_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if ((type == &PyFrozenSet_Type || type->tp_init == PyFrozenSet_Type.tp_init)
        && !_PyArg_NoKeywords("frozenset", kwargs))
        return NULL;
    if (!ks_args_count(type->tp_name, PyTuple_GET_SIZE(args), 0, 1))
        return NULL;
    return frozenset_make(type, PyTuple_GET_SIZE(args) == 1 ? PyTuple_GET_ITEM(args, 0) : NULL);
}

static PyObject *
frozenset_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (!ks_args_no_kwnames("frozenset", kwnames) || !ks_args_count("frozenset", nargs, 0, 1))
        return NULL;
    return frozenset_make((PyTypeObject *)type, nargs == 1 ? args[0] : NULL);
}

static int
set_traverse(PyObject *self, visitproc visit, void *arg)
{
    setentry *entry;
    for (Py_ssize_t pos = 0; ks_set_step(AS_SET(self), &pos, &entry);)
        Py_VISIT(entry->key);
    return 0;
}

static int
set_tp_clear(PyObject *self)
{
    return ks_set_clear(AS_SET(self));
}

static void
set_drop(PySetObject *set)
{
    Py_ssize_t used = set->used;
    if (set->weakreflist != NULL)
        PyObject_ClearWeakRefs((PyObject *)set);
    for (setentry *entry = set->table; used > 0; entry++) {
        if (entry->key != NULL && entry->key != &ks_set_dummy) {
            used--;
            Py_DECREF(entry->key);
        }
    }
    if (set->table != set->smalltable)
        PyMem_Free(set->table);
    Py_TYPE(set)->tp_free(set);
}

static void
set_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    if (Py_TYPE(self)->tp_dealloc != set_dealloc) {
        set_drop(AS_SET(self));
        return;
    }
    PyThreadState *thread = _PyThreadState_GET();
    if (ks_trash_postpone(thread, self))
        return;
    set_drop(AS_SET(self));
    ks_trash_leave(thread);
}

/* ---- slots ---- */

static PyObject *
repr_entered(PyObject *self)
{
    if (AS_SET(self)->used == 0)
        return PyUnicode_FromFormat("%s()", Py_TYPE(self)->tp_name);
    KS_OWNED PyObject *keys = PySequence_List(self);
    if (keys == NULL)
        return NULL;
    /* The list's repr between other brackets. */
    KS_OWNED PyObject *list_text = PyObject_Repr(keys);
    if (list_text == NULL)
        return NULL;
    KS_OWNED PyObject *text = PyUnicode_Substring(list_text, 1,
                                                  PyUnicode_GET_LENGTH(list_text) - 1);
    if (text == NULL)
        return NULL;
    if (PySet_CheckExact(self))
        return PyUnicode_FromFormat("{%U}", text);
    return PyUnicode_FromFormat("%s({%U})", Py_TYPE(self)->tp_name, text);
}

static PyObject *
set_repr(PyObject *self)
{
    int entered = Py_ReprEnter(self);
    if (entered != 0)
        return entered < 0 ? NULL : PyUnicode_FromFormat("%s(...)", Py_TYPE(self)->tp_name);
    PyObject *result = repr_entered(self);
    Py_ReprLeave(self);
    return result;
}

/* Spreads the bits of a key's hash, so that the xor of close numbers differs. */
static uint64_t
spread_bits(uint64_t hash)
{
    return ((hash ^ 89869747ULL) ^ (hash << 16)) * 3644798167ULL;
}

static Py_hash_t
frozenset_hash(PyObject *self)
{
    PySetObject *set = AS_SET(self);
    if (set->hash != -1)
        return set->hash;
    uint64_t mixed = 0;
    setentry *entry;
    for (Py_ssize_t pos = 0; ks_set_step(set, &pos, &entry);)
        mixed ^= spread_bits((uint64_t)entry->hash);
    mixed ^= ((uint64_t)set->used + 1) * 1927868237ULL;
    mixed ^= (mixed >> 11) ^ (mixed >> 25);
    mixed = mixed * 69069U + 907133923UL;
    set->hash = mixed == (uint64_t)-1 ? 590923713 : (Py_hash_t)mixed;
    return set->hash;
}

static PyObject *
set_richcompare(PyObject *left, PyObject *right, int op)
{
    if (!PyAnySet_Check(right))
        Py_RETURN_NOTIMPLEMENTED;
    Py_ssize_t left_size = PySet_GET_SIZE(left), right_size = PySet_GET_SIZE(right);
    int answer = 0;
    switch (op) {
    case Py_EQ:
    case Py_NE:
        if (left_size == right_size
            && !(AS_SET(left)->hash != -1 && AS_SET(right)->hash != -1
                 && AS_SET(left)->hash != AS_SET(right)->hash))
            answer = ks_set_issubset(left, right);
        if (op == Py_NE && answer >= 0)
            answer = !answer;
        break;
    case Py_LE:
        answer = ks_set_issubset(left, right);
        break;
    case Py_GE:
        answer = ks_set_issubset(right, left);
        break;
    case Py_LT:
        answer = left_size < right_size ? ks_set_issubset(left, right) : 0;
        break;
    case Py_GT:
        answer = left_size > right_size ? ks_set_issubset(right, left) : 0;
        break;
    }
    return answer < 0 ? NULL : PyBool_FromLong(answer);
}

static Py_ssize_t
set_length(PyObject *self)
{
    return AS_SET(self)->used;
}

static PyObject *
set_copy(PyObject *self, PyObject *unused)
{
    return ks_set_new_base(Py_TYPE(self), self);
}

#define BOTH_SETS(left, right)                           \
    if (!PyAnySet_Check(left) || !PyAnySet_Check(right)) \
    Py_RETURN_NOTIMPLEMENTED

static PyObject *
set_subtract(PyObject *left, PyObject *right)
{
    BOTH_SETS(left, right);
    return ks_set_difference(AS_SET(left), right);
}

static PyObject *
set_and(PyObject *left, PyObject *right)
{
    BOTH_SETS(left, right);
    return ks_set_intersection(AS_SET(left), right);
}

static PyObject *
set_xor(PyObject *left, PyObject *right)
{
    BOTH_SETS(left, right);
    return ks_set_symmetric_difference(AS_SET(left), right);
}

static PyObject *
set_or(PyObject *left, PyObject *right)
{
    BOTH_SETS(left, right);
    PyObject *result = set_copy(left, NULL);
    if (result != NULL && left != right && ks_set_update(AS_SET(result), right) < 0)
        Py_CLEAR(result);
    return result;
}

static PyObject *
set_inplace_subtract(PyObject *self, PyObject *other)
{
    if (!PyAnySet_Check(other))
        Py_RETURN_NOTIMPLEMENTED;
    return ks_set_difference_update(AS_SET(self), other) < 0 ? NULL : Py_NewRef(self);
}

static PyObject *
set_inplace_and(PyObject *self, PyObject *other)
{
    if (!PyAnySet_Check(other))
        Py_RETURN_NOTIMPLEMENTED;
    KS_OWNED PyObject *common = ks_set_intersection(AS_SET(self), other);
    if (common == NULL)
        return NULL;
    ks_set_swap(AS_SET(self), AS_SET(common));
    return Py_NewRef(self);
}

static PyObject *
set_inplace_xor(PyObject *self, PyObject *other)
{
    if (!PyAnySet_Check(other))
        Py_RETURN_NOTIMPLEMENTED;
    return ks_set_symmetric_difference_update(AS_SET(self), other) < 0 ? NULL : Py_NewRef(self);
}

static PyObject *
set_inplace_or(PyObject *self, PyObject *other)
{
    if (!PyAnySet_Check(other))
        Py_RETURN_NOTIMPLEMENTED;
    return ks_set_update(AS_SET(self), other) < 0 ? NULL : Py_NewRef(self);
}

/* ---- methods of both ---- */

static PyObject *
set_contains_method(PyObject *self, PyObject *key)
{
    int found = ks_set_contains(self, key);
    return found < 0 ? NULL : PyBool_FromLong(found);
}

static PyObject *
frozenset_copy(PyObject *self, PyObject *unused)
{
    return PyFrozenSet_CheckExact(self) ? Py_NewRef(self) : set_copy(self, NULL);
}

static PyObject *
set_union(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *result = set_copy(self, NULL);
    for (Py_ssize_t i = 0; i < nargs && result != NULL; i++)
        if (args[i] != self && ks_set_update(AS_SET(result), args[i]) < 0)
            Py_CLEAR(result);
    return result;
}

static PyObject *
set_intersection(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs == 0)
        return set_copy(self, NULL);
    PyObject *result = Py_NewRef(self);
    for (Py_ssize_t i = 0; i < nargs && result != NULL; i++) {
        PyObject *smaller = ks_set_intersection(AS_SET(result), args[i]);
        Py_SETREF(result, smaller);
    }
    return result;
}

static PyObject *
set_difference(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs == 0)
        return set_copy(self, NULL);
    PyObject *result = ks_set_difference(AS_SET(self), args[0]);
    for (Py_ssize_t i = 1; i < nargs && result != NULL; i++)
        if (ks_set_difference_update(AS_SET(result), args[i]) < 0)
            Py_CLEAR(result);
    return result;
}

static PyObject *
set_symmetric_difference(PyObject *self, PyObject *other)
{
    return ks_set_symmetric_difference(AS_SET(self), other);
}

static PyObject *
set_isdisjoint(PyObject *self, PyObject *other)
{
    int answer = ks_set_isdisjoint(self, other);
    return answer < 0 ? NULL : PyBool_FromLong(answer);
}

static PyObject *
set_issubset(PyObject *self, PyObject *other)
{
    int answer = ks_set_issubset(self, other);
    return answer < 0 ? NULL : PyBool_FromLong(answer);
}

static PyObject *
set_issuperset(PyObject *self, PyObject *other)
{
    int answer = ks_set_issuperset(self, other);
    return answer < 0 ? NULL : PyBool_FromLong(answer);
}

static PyObject *
set_reduce(PyObject *self, PyObject *unused)
{
    KS_OWNED PyObject *keys = PySequence_List(self);
    if (keys == NULL)
        return NULL;
    KS_OWNED PyObject *state = _PyObject_GetState(self);
    return state == NULL ? NULL : Py_BuildValue("O(O)O", Py_TYPE(self), keys, state);
}

static PyObject *
set_sizeof(PyObject *self, PyObject *unused)
{
    Py_ssize_t size = _PyObject_SIZE(Py_TYPE(self));
    if (AS_SET(self)->table != AS_SET(self)->smalltable)
        size += (AS_SET(self)->mask + 1) * (Py_ssize_t)sizeof(setentry);
    return PyLong_FromSsize_t(size);
}

/* ---- methods of set ---- */

static PyObject *
set_add(PyObject *self, PyObject *key)
{
    Py_hash_t hash = ks_dict_hash(key);
    if (hash == -1 || ks_set_add(AS_SET(self), key, hash) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
set_clear(PyObject *self, PyObject *unused)
{
    ks_set_clear(AS_SET(self));
    Py_RETURN_NONE;
}

static PyObject *
set_discard(PyObject *self, PyObject *key)
{
    if (ks_set_discard_key(self, key) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
set_remove(PyObject *self, PyObject *key)
{
    int found = ks_set_discard_key(self, key);
    if (found == 0)
        _PyErr_SetKeyError(key);
    if (found <= 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
set_pop(PyObject *self, PyObject *unused)
{
    return PySet_Pop(self);
}

static PyObject *
set_update(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    for (Py_ssize_t i = 0; i < nargs; i++)
        if (ks_set_update(AS_SET(self), args[i]) < 0)
            return NULL;
    Py_RETURN_NONE;
}

static PyObject *
set_intersection_update(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    KS_OWNED PyObject *common = set_intersection(self, args, nargs);
    if (common == NULL)
        return NULL;
    ks_set_swap(AS_SET(self), AS_SET(common));
    Py_RETURN_NONE;
}

static PyObject *
set_difference_update(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    for (Py_ssize_t i = 0; i < nargs; i++)
        if (ks_set_difference_update(AS_SET(self), args[i]) < 0)
            return NULL;
    Py_RETURN_NONE;
}

static PyObject *
set_symmetric_difference_update(PyObject *self, PyObject *other)
{
    if (ks_set_symmetric_difference_update(AS_SET(self), other) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* ---- tables ---- */

#define CONTAINS_ROW                                                          \
    METHOD_PLAIN("__contains__", set_contains_method, METH_O | METH_COEXIST,  \
                 "x.__contains__(y) <==> y in x.")
#define DIFFERENCE_ROW                                                        \
    METHOD_PLAIN("difference", set_difference, METH_FASTCALL,                 \
                 "A new set of the elements that no argument has.")
#define INTERSECTION_ROW                                                      \
    METHOD_PLAIN("intersection", set_intersection, METH_FASTCALL,             \
                 "A new set of the elements that every argument has.")
#define RELATION_ROWS                                                         \
    METHOD_PLAIN("isdisjoint", set_isdisjoint, METH_O,                        \
                 "True if the two have no element in common."),               \
    METHOD_PLAIN("issubset", set_issubset, METH_O,                            \
                 "True if the other has every element of this set."),         \
    METHOD_PLAIN("issuperset", set_issuperset, METH_O,                        \
                 "True if this set has every element of the other.")
#define COMMON_ROWS                                                           \
    METHOD_PLAIN("__reduce__", set_reduce, METH_NOARGS,                       \
                 "What pickle needs to know."),                               \
    METHOD_PLAIN("__sizeof__", set_sizeof, METH_NOARGS,                       \
                 "S.__sizeof__() -> bytes of memory the set takes"),          \
    METHOD_PLAIN("symmetric_difference", set_symmetric_difference, METH_O,    \
                 "A new set of the elements that exactly one of the two has."), \
    METHOD_PLAIN("union", set_union, METH_FASTCALL,                           \
                 "A new set of the elements of this set and of all arguments."), \
    METHOD_PLAIN("__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS,   \
                 "set[...] for type annotations.")

static PyMethodDef set_methods[] = {
    CONTAINS_ROW,
    METHOD_PLAIN("add", set_add, METH_O, "Put an element in, unless it is there."),
    METHOD_PLAIN("clear", set_clear, METH_NOARGS, "Take all elements out."),
    METHOD_PLAIN("copy", set_copy, METH_NOARGS, "A new set of the same elements."),
    METHOD_PLAIN("discard", set_discard, METH_O, "Take an element out if it is there."),
    DIFFERENCE_ROW,
    METHOD_PLAIN("difference_update", set_difference_update, METH_FASTCALL,
                 "Take out what any argument has."),
    INTERSECTION_ROW,
    METHOD_PLAIN("intersection_update", set_intersection_update, METH_FASTCALL,
                 "Keep only what every argument has."),
    RELATION_ROWS,
    METHOD_PLAIN("pop", set_pop, METH_NOARGS,
                 "Take some element out and return it; KeyError if there is none."),
    METHOD_PLAIN("remove", set_remove, METH_O,
                 "Take an element out; KeyError if it is not there."),
    METHOD_PLAIN("symmetric_difference_update", set_symmetric_difference_update, METH_O,
                 "Keep and take over what exactly one of the two has."),
    METHOD_PLAIN("update", set_update, METH_FASTCALL, "Put in what the arguments have."),
    COMMON_ROWS,
    {NULL, NULL, 0, NULL},
};

static PyMethodDef frozenset_methods[] = {
    CONTAINS_ROW,
    METHOD_PLAIN("copy", frozenset_copy, METH_NOARGS, "The frozenset itself."),
    DIFFERENCE_ROW,
    INTERSECTION_ROW,
    RELATION_ROWS,
    COMMON_ROWS,
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods set_as_sequence = {
    .sq_length = set_length,
    .sq_contains = ks_set_contains,
};

static PyNumberMethods set_as_number = {
    .nb_subtract = set_subtract,
    .nb_and = set_and,
    .nb_xor = set_xor,
    .nb_or = set_or,
    .nb_inplace_subtract = set_inplace_subtract,
    .nb_inplace_and = set_inplace_and,
    .nb_inplace_xor = set_inplace_xor,
    .nb_inplace_or = set_inplace_or,
};

static PyNumberMethods frozenset_as_number = {
    .nb_subtract = set_subtract,
    .nb_and = set_and,
    .nb_xor = set_xor,
    .nb_or = set_or,
};

PyTypeObject PySet_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "set",
    .tp_basicsize = sizeof(PySetObject),
    .tp_dealloc = set_dealloc,
    .tp_repr = set_repr,
    .tp_as_number = &set_as_number,
    .tp_as_sequence = &set_as_sequence,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE
                | _Py_TPFLAGS_MATCH_SELF,
    .tp_doc = "set() -> new empty set object\nset(iterable) -> new set object\n\n"
              "Distinct elements in no particular order.",
    .tp_traverse = set_traverse,
    .tp_clear = set_tp_clear,
    .tp_richcompare = set_richcompare,
    .tp_weaklistoffset = offsetof(PySetObject, weakreflist),
    .tp_iter = ks_set_iter,
    .tp_methods = set_methods,
    .tp_init = set_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = set_new,
    .tp_free = PyObject_GC_Del,
    .tp_vectorcall = set_vectorcall,
};

PyTypeObject PyFrozenSet_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "frozenset",
    .tp_basicsize = sizeof(PySetObject),
    .tp_dealloc = set_dealloc,
    .tp_repr = set_repr,
    .tp_as_number = &frozenset_as_number,
    .tp_as_sequence = &set_as_sequence,
    .tp_hash = frozenset_hash,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE
                | _Py_TPFLAGS_MATCH_SELF,
    .tp_doc = "frozenset() -> empty frozenset object\n"
              "frozenset(iterable) -> frozenset object\n\n"
              "Distinct elements in no particular order, for good.",
    .tp_traverse = set_traverse,
    .tp_clear = set_tp_clear,
    .tp_richcompare = set_richcompare,
    .tp_weaklistoffset = offsetof(PySetObject, weakreflist),
    .tp_iter = ks_set_iter,
    .tp_methods = frozenset_methods,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = frozenset_new,
    .tp_free = PyObject_GC_Del,
    .tp_vectorcall = frozenset_vectorcall,
};
