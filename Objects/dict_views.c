/* SPDX-License-Identifier: MIT */
/* Views: dict.keys(), dict.values(), dict.items() and the set operations on keys and items.
 *
 * A view holds its dict and nothing else. Operations that make a new set copy the view into a set
 * and leave the rest to the set. */
#include "Python.h"

#include "ks_dict.h"
#include "pycore_call.h"
#include "pycore_object.h"

#define AS_VIEW(self) ((_PyDictViewObject *)(self))

PyObject *
_PyDictView_New(PyObject *dict, PyTypeObject *type)
{
    if (dict == NULL) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if (!PyDict_Check(dict)) {
        PyErr_Format(PyExc_TypeError, "%s() requires a dict argument, not '%s'", type->tp_name,
                     Py_TYPE(dict)->tp_name);
        return NULL;
    }
    _PyDictViewObject *view = PyObject_GC_New(_PyDictViewObject, type);
    if (view == NULL)
        return NULL;
    view->dv_dict = (PyDictObject *)Py_NewRef(dict);
    _PyObject_GC_TRACK(view);
    return (PyObject *)view;
}

static void
view_dealloc(PyObject *self)
{
    _PyObject_GC_UNTRACK(self);
    Py_XDECREF(AS_VIEW(self)->dv_dict);
    PyObject_GC_Del(self);
}

static int
view_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(AS_VIEW(self)->dv_dict);
    return 0;
}

static Py_ssize_t
view_length(PyObject *self)
{
    return AS_VIEW(self)->dv_dict == NULL ? 0 : AS_VIEW(self)->dv_dict->ma_used;
}

static PyObject *
view_iter(PyObject *self, PyTypeObject *type)
{
    if (AS_VIEW(self)->dv_dict == NULL)
        Py_RETURN_NONE;
    return ks_dict_iter_of(AS_VIEW(self)->dv_dict, type);
}

static PyObject *
view_repr(PyObject *self)
{
    int entered = Py_ReprEnter(self);
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromString("...") : NULL;
    PyObject *result = NULL;
    PyObject *list = PySequence_List(self);
    if (list != NULL) {
        result = PyUnicode_FromFormat("%s(%R)", Py_TYPE(self)->tp_name, list);
        Py_DECREF(list);
    }
    Py_ReprLeave(self);
    return result;
}

static PyObject *
view_mapping(PyObject *self, void *unused)
{
    return PyDictProxy_New((PyObject *)AS_VIEW(self)->dv_dict);
}

static PyGetSetDef view_getset[] = {
    {"mapping", view_mapping, NULL, "The dict this view shows, read-only.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* ---- membership ---- */

static int
keys_contains(PyObject *self, PyObject *key)
{
    if (AS_VIEW(self)->dv_dict == NULL)
        return 0;
    return PyDict_Contains((PyObject *)AS_VIEW(self)->dv_dict, key);
}

static int
items_contains(PyObject *self, PyObject *pair)
{
    if (AS_VIEW(self)->dv_dict == NULL || !PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2)
        return 0;
    PyObject *found = PyDict_GetItemWithError((PyObject *)AS_VIEW(self)->dv_dict,
                                              PyTuple_GET_ITEM(pair, 0));
    if (found == NULL)
        return PyErr_Occurred() ? -1 : 0;
    Py_INCREF(found);
    int same = PyObject_RichCompareBool(found, PyTuple_GET_ITEM(pair, 1), Py_EQ);
    Py_DECREF(found);
    return same;
}

/* 1 if every element of one is in other. */
static int
all_contained(PyObject *one, PyObject *other)
{
    KS_OWNED PyObject *iterator = PyObject_GetIter(one);
    if (iterator == NULL)
        return -1;
    for (;;) {
        KS_OWNED PyObject *item = PyIter_Next(iterator);
        if (item == NULL)
            return PyErr_Occurred() ? -1 : 1;
        int found = PySequence_Contains(other, item);
        if (found <= 0)
            return found;
    }
}

/* A set's comparison: sizes first, then containment in the direction that can be true. */
static PyObject *
view_richcompare(PyObject *self, PyObject *other, int op)
{
    if (!PyAnySet_Check(other) && !PyDictViewSet_Check(other))
        Py_RETURN_NOTIMPLEMENTED;
    Py_ssize_t self_length = PyObject_Size(self);
    if (self_length < 0)
        return NULL;
    Py_ssize_t other_length = PyObject_Size(other);
    if (other_length < 0)
        return NULL;
    int answer = 0;
    switch (op) {
    case Py_EQ:
    case Py_NE:
        if (self_length == other_length)
            answer = all_contained(self, other);
        if (op == Py_NE && answer >= 0)
            answer = !answer;
        break;
    case Py_LT:
        if (self_length < other_length)
            answer = all_contained(self, other);
        break;
    case Py_LE:
        if (self_length <= other_length)
            answer = all_contained(self, other);
        break;
    case Py_GT:
        if (self_length > other_length)
            answer = all_contained(other, self);
        break;
    case Py_GE:
        if (self_length >= other_length)
            answer = all_contained(other, self);
        break;
    }
    return answer < 0 ? NULL : PyBool_FromLong(answer);
}

/* ---- set operations ---- */

/* Either operand of an operator may be the view, the other is any iterable. */
static PyObject *
to_set(PyObject *operand)
{
    /* The dict itself iterates faster than its view, and knows its hashes. */
    if (PyDictKeys_Check(operand) && PyDict_CheckExact(AS_VIEW(operand)->dv_dict))
        operand = (PyObject *)AS_VIEW(operand)->dv_dict;
    return PySet_New(operand);
}

static PyObject *
changed_by(PyObject *self, PyObject *method, PyObject *other)
{
    PyObject *set = to_set(self);
    if (set == NULL)
        return NULL;
    PyObject *none = PyObject_CallMethodOneArg(set, method, other);
    if (none == NULL)
        Py_CLEAR(set);
    Py_XDECREF(none);
    return set;
}

static PyObject *
view_subtract(PyObject *self, PyObject *other)
{
    return changed_by(self, &_Py_ID(difference_update), other);
}

static PyObject *
view_or(PyObject *self, PyObject *other)
{
    PyObject *set = to_set(self);
    if (set != NULL && _PySet_Update(set, other) < 0)
        Py_CLEAR(set);
    return set;
}

PyObject *
_PyDictView_Intersect(PyObject *self, PyObject *other)
{
    /* The operator's operands come in any order. */
    if (!PyDictViewSet_Check(self)) {
        PyObject *swap = other;
        other = self;
        self = swap;
    }
    Py_ssize_t self_length = view_length(self);
    /* An exact set that is at least as long does it faster. */
    if (PySet_CheckExact(other) && self_length <= PyObject_Size(other))
        return PyObject_CallMethodOneArg(other, &_Py_ID(intersection), self);
    /* Walk over the shorter of two views. */
    if (PyDictViewSet_Check(other) && view_length(other) > self_length) {
        PyObject *swap = other;
        other = self;
        self = swap;
    }
    KS_OWNED PyObject *result = PySet_New(NULL);
    KS_OWNED PyObject *iterator = result == NULL ? NULL : PyObject_GetIter(other);
    if (iterator == NULL)
        return NULL;
    int (*contains)(PyObject *, PyObject *) = PyDictKeys_Check(self) ? keys_contains
                                                                    : items_contains;
    for (;;) {
        KS_OWNED PyObject *item = PyIter_Next(iterator);
        if (item == NULL)
            return PyErr_Occurred() ? NULL : ks_give(&result);
        int found = contains(self, item);
        if (found < 0 || (found && PySet_Add(result, item) < 0))
            return NULL;
    }
}

/* Pairs of `from` that are not the same in `in`. Hashing a pair costs more than a lookup. */
static int
add_different(PyObject *set, PyDictObject *from, PyDictObject *in, int both)
{
    PyObject *key, *value, *other;
    Py_hash_t hash;
    for (Py_ssize_t pos = 0; ks_dict_step(from, &pos, &key, &value, &hash);) {
        KS_OWNED PyObject *held_key = Py_NewRef(key);
        KS_OWNED PyObject *held_value = Py_NewRef(value);
        if (_Py_dict_lookup(in, held_key, hash, &other) == DKIX_ERROR)
            return -1;
        KS_OWNED PyObject *held_other = Py_XNewRef(other);
        if (held_other != NULL) {
            int same = both ? PyObject_RichCompareBool(held_value, held_other, Py_EQ) : 1;
            if (same < 0)
                return -1;
            if (same)
                continue;
            KS_OWNED PyObject *other_pair = PyTuple_Pack(2, held_key, held_other);
            if (other_pair == NULL || PySet_Add(set, other_pair) < 0)
                return -1;
        }
        KS_OWNED PyObject *pair = PyTuple_Pack(2, held_key, held_value);
        if (pair == NULL || PySet_Add(set, pair) < 0)
            return -1;
    }
    return 0;
}

static PyObject *
items_xor(PyDictObject *left, PyDictObject *right)
{
    PyObject *set = PySet_New(NULL);
    if (set == NULL)
        return NULL;
    /* Different values of a key are found on the way over the longer dict, the shorter one then
     * has only its own keys left. */
    PyDictObject *longer = left->ma_used > right->ma_used ? left : right;
    PyDictObject *shorter = longer == left ? right : left;
    if (add_different(set, longer, shorter, 1) < 0 || add_different(set, shorter, longer, 0) < 0)
        Py_CLEAR(set);
    return set;
}

static PyObject *
view_xor(PyObject *self, PyObject *other)
{
    if (PyDictItems_Check(self) && PyDictItems_Check(other))
        return items_xor(AS_VIEW(self)->dv_dict, AS_VIEW(other)->dv_dict);
    return changed_by(self, &_Py_ID(symmetric_difference_update), other);
}

static PyNumberMethods view_as_number = {
    .nb_subtract = view_subtract,
    .nb_and = _PyDictView_Intersect,
    .nb_xor = view_xor,
    .nb_or = view_or,
};

static PyObject *
view_isdisjoint(PyObject *self, PyObject *other)
{
    if (self == other)
        return PyBool_FromLong(view_length(self) == 0);
    if (PyAnySet_CheckExact(other) || PyDictViewSet_Check(other)) {
        Py_ssize_t other_length = PyObject_Size(other);
        if (other_length < 0)
            return NULL;
        if (other_length > view_length(self)) {
            PyObject *swap = other;
            other = self;
            self = swap;
        }
    }
    KS_OWNED PyObject *iterator = PyObject_GetIter(other);
    if (iterator == NULL)
        return NULL;
    for (;;) {
        KS_OWNED PyObject *item = PyIter_Next(iterator);
        if (item == NULL)
            return PyErr_Occurred() ? NULL : Py_NewRef(Py_True);
        int found = PySequence_Contains(self, item);
        if (found < 0)
            return NULL;
        if (found)
            Py_RETURN_FALSE;
    }
}

/* ---- keys ---- */

static PyObject *
keys_iter(PyObject *self)
{
    return view_iter(self, &PyDictIterKey_Type);
}

static PyObject *
keys_reversed(PyObject *self, PyObject *unused)
{
    return view_iter(self, &PyDictRevIterKey_Type);
}

static PySequenceMethods keys_as_sequence = {
    .sq_length = view_length,
    .sq_contains = keys_contains,
};

static PyMethodDef keys_methods[] = {
    METHOD_PLAIN("isdisjoint", view_isdisjoint, METH_O,
                 "True if this view and the iterable have nothing in common."),
    METHOD_PLAIN("__reversed__", keys_reversed, METH_NOARGS,
                 "An iterator over the keys, from the last to the first."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyDictKeys_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "dict_keys",
    .tp_basicsize = sizeof(_PyDictViewObject),
    .tp_dealloc = view_dealloc,
    .tp_repr = view_repr,
    .tp_as_number = &view_as_number,
    .tp_as_sequence = &keys_as_sequence,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = view_traverse,
    .tp_richcompare = view_richcompare,
    .tp_iter = keys_iter,
    .tp_methods = keys_methods,
    .tp_getset = view_getset,
};

PyObject *
ks_dict_keys_method(PyObject *self, PyObject *unused)
{
    return _PyDictView_New(self, &PyDictKeys_Type);
}

/* ---- items ---- */

static PyObject *
items_iter(PyObject *self)
{
    return view_iter(self, &PyDictIterItem_Type);
}

static PyObject *
items_reversed(PyObject *self, PyObject *unused)
{
    return view_iter(self, &PyDictRevIterItem_Type);
}

static PySequenceMethods items_as_sequence = {
    .sq_length = view_length,
    .sq_contains = items_contains,
};

static PyMethodDef items_methods[] = {
    METHOD_PLAIN("isdisjoint", view_isdisjoint, METH_O,
                 "True if this view and the iterable have nothing in common."),
    METHOD_PLAIN("__reversed__", items_reversed, METH_NOARGS,
                 "An iterator over the pairs, from the last to the first."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyDictItems_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "dict_items",
    .tp_basicsize = sizeof(_PyDictViewObject),
    .tp_dealloc = view_dealloc,
    .tp_repr = view_repr,
    .tp_as_number = &view_as_number,
    .tp_as_sequence = &items_as_sequence,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = view_traverse,
    .tp_richcompare = view_richcompare,
    .tp_iter = items_iter,
    .tp_methods = items_methods,
    .tp_getset = view_getset,
};

PyObject *
ks_dict_items_method(PyObject *self, PyObject *unused)
{
    return _PyDictView_New(self, &PyDictItems_Type);
}

/* ---- values ---- */

static PyObject *
values_iter(PyObject *self)
{
    return view_iter(self, &PyDictIterValue_Type);
}

static PyObject *
values_reversed(PyObject *self, PyObject *unused)
{
    return view_iter(self, &PyDictRevIterValue_Type);
}

static PySequenceMethods values_as_sequence = {
    .sq_length = view_length,
};

static PyMethodDef values_methods[] = {
    METHOD_PLAIN("__reversed__", values_reversed, METH_NOARGS,
                 "An iterator over the values, from the last to the first."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyDictValues_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "dict_values",
    .tp_basicsize = sizeof(_PyDictViewObject),
    .tp_dealloc = view_dealloc,
    .tp_repr = view_repr,
    .tp_as_sequence = &values_as_sequence,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = view_traverse,
    .tp_iter = values_iter,
    .tp_methods = values_methods,
    .tp_getset = view_getset,
};

PyObject *
ks_dict_values_method(PyObject *self, PyObject *unused)
{
    return _PyDictView_New(self, &PyDictValues_Type);
}
