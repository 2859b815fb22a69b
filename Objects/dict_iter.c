/* SPDX-License-Identifier: MIT */
/* Iterators over a dict: keys, values, items, and the same three backwards.
 *
 * An iterator remembers the dict's length and complains when it differs. A dict whose length is
 * the same but which has more entries than that was changed as well; `left` finds that out. The
 * dict is let go at the end and on errors, except that a wrong length stays wrong. */
#include "Python.h"

#include "ks_dict.h"
#include "pycore_call.h"
#include "pycore_ceval.h"
#include "pycore_gc.h"
#include "pycore_object.h"

typedef struct DictIter {
    PyObject_HEAD
    PyDictObject *dict; /* NULL when exhausted */
    Py_ssize_t used;    /* the dict's length at the start, -1 after a change was reported */
    Py_ssize_t pos;     /* as in ks_dict_step; backwards the next entry to look at */
    PyObject *pair;     /* item iterators: the last pair, for reuse when nobody kept it */
    Py_ssize_t left;
} DictIter;

static PyObject *
iter_new(PyDictObject *dict, PyTypeObject *type)
{
    DictIter *iter = PyObject_GC_New(DictIter, type);
    if (iter == NULL)
        return NULL;
    iter->dict = (PyDictObject *)Py_NewRef(dict);
    iter->used = iter->left = dict->ma_used;
    iter->pos = 0;
    iter->pair = NULL;
    if (type == &PyDictRevIterKey_Type || type == &PyDictRevIterItem_Type
        || type == &PyDictRevIterValue_Type)
        iter->pos = (dict->ma_values != NULL ? dict->ma_used : dict->ma_keys->dk_nentries) - 1;
    if (type == &PyDictIterItem_Type || type == &PyDictRevIterItem_Type) {
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
    Py_XDECREF(((DictIter *)self)->dict);
    Py_XDECREF(((DictIter *)self)->pair);
    PyObject_GC_Del(self);
}

static int
iter_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((DictIter *)self)->dict);
    Py_VISIT(((DictIter *)self)->pair);
    return 0;
}

static void
iter_finish(DictIter *iter)
{
    PyDictObject *dict = iter->dict;
    iter->dict = NULL;
    Py_XDECREF(dict);
}

static KS_COLD int
iter_size_changed(DictIter *iter)
{
    PyErr_SetString(PyExc_RuntimeError, "dictionary changed size during iteration");
    iter->used = -1;
    return 0;
}

/* The next entry forwards, borrowed: 1, or 0 at the end and with an exception. */
KS_INLINE int
iter_forward(DictIter *iter, PyObject **key, PyObject **value)
{
    PyDictObject *dict = iter->dict;
    if (dict == NULL)
        return 0;
    if (KS_UNLIKELY(iter->used != dict->ma_used))
        return iter_size_changed(iter);
    if (!ks_dict_step(dict, &iter->pos, key, value, NULL)) {
        iter_finish(iter);
        return 0;
    }
    if (KS_UNLIKELY(iter->left == 0)) {
        PyErr_SetString(PyExc_RuntimeError, "dictionary keys changed during iteration");
        iter_finish(iter);
        return 0;
    }
    iter->left--;
    return 1;
}

static int
iter_backward(DictIter *iter, PyObject **key, PyObject **value)
{
    PyDictObject *dict = iter->dict;
    if (dict == NULL)
        return 0;
    if (iter->used != dict->ma_used)
        return iter_size_changed(iter);
    Py_ssize_t last = dict->ma_values != NULL ? dict->ma_used : dict->ma_keys->dk_nentries;
    Py_ssize_t i = iter->pos < last ? iter->pos : last - 1;
    if (dict->ma_values == NULL)
        while (i >= 0 && ks_dict_value_at(dict, i) == NULL)
            i--;
    if (i < 0) {
        iter_finish(iter);
        return 0;
    }
    iter->pos = i - 1;
    iter->left--;
    return ks_dict_step(dict, &i, key, value, NULL);
}

/* The pair to hand out: the kept one if only the iterator has it, else a new one. */
KS_INLINE PyObject *
iter_give_pair(DictIter *iter, PyObject *key, PyObject *value)
{
    PyObject *pair = iter->pair;
    if (Py_REFCNT(pair) == 1) {
        PyObject *old_key = PyTuple_GET_ITEM(pair, 0);
        PyObject *old_value = PyTuple_GET_ITEM(pair, 1);
        PyTuple_SET_ITEM(pair, 0, Py_NewRef(key));
        PyTuple_SET_ITEM(pair, 1, Py_NewRef(value));
        Py_INCREF(pair);
        Py_DECREF(old_key);
        Py_DECREF(old_value);
        /* The collector may have untracked it while it held only Nones. */
        if (!_PyObject_GC_IS_TRACKED(pair))
            _PyObject_GC_TRACK(pair);
        return pair;
    }
    PyObject *items[2] = {Py_NewRef(key), Py_NewRef(value)};
    return _PyTuple_FromArraySteal(items, 2);
}

static PyObject *
iter_next_key(PyObject *self)
{
    PyObject *key = NULL, *value = NULL;
    return iter_forward((DictIter *)self, &key, &value) ? Py_NewRef(key) : NULL;
}

static PyObject *
iter_next_value(PyObject *self)
{
    PyObject *key = NULL, *value = NULL;
    return iter_forward((DictIter *)self, &key, &value) ? Py_NewRef(value) : NULL;
}

static PyObject *
iter_next_item(PyObject *self)
{
    PyObject *key = NULL, *value = NULL;
    DictIter *iter = (DictIter *)self;
    return iter_forward(iter, &key, &value) ? iter_give_pair(iter, key, value) : NULL;
}

static PyObject *
iter_previous(PyObject *self)
{
    PyObject *key = NULL, *value = NULL;
    DictIter *iter = (DictIter *)self;
    if (!iter_backward(iter, &key, &value))
        return NULL;
    if (Py_IS_TYPE(self, &PyDictRevIterKey_Type))
        return Py_NewRef(key);
    if (Py_IS_TYPE(self, &PyDictRevIterValue_Type))
        return Py_NewRef(value);
    return iter_give_pair(iter, key, value);
}

static PyObject *
iter_length_hint(PyObject *self, PyObject *unused)
{
    DictIter *iter = (DictIter *)self;
    Py_ssize_t length = 0;
    if (iter->dict != NULL && iter->used == iter->dict->ma_used)
        length = iter->left;
    return PyLong_FromSsize_t(length);
}

/* iter(list of what is left): a copy walks, so that the iterator itself stays where it is. */
static PyObject *
iter_reduce(PyObject *self, PyObject *unused)
{
    KS_OWNED PyObject *builtin = _PyEval_GetBuiltin(&_Py_ID(iter));
    if (builtin == NULL)
        return NULL;
    DictIter walk = *(DictIter *)self;
    iternextfunc next = Py_TYPE(self)->tp_iternext;
    KS_OWNED PyObject *list = PyList_New(0);
    int failed = list == NULL;
    Py_XINCREF(walk.dict);
    /* Two owners of the pair, so that it is not reused. */
    Py_XINCREF(walk.pair);
    while (!failed) {
        KS_OWNED PyObject *item = next((PyObject *)&walk);
        if (item == NULL) {
            failed = PyErr_Occurred() != NULL;
            break;
        }
        failed = PyList_Append(list, item) < 0;
    }
    Py_XDECREF(walk.pair);
    Py_XDECREF(walk.dict);
    return failed ? NULL : Py_BuildValue("O(O)", builtin, list);
}

static PyMethodDef iter_methods[] = {
    METHOD_PLAIN("__length_hint__", iter_length_hint, METH_NOARGS, "How many are left."),
    METHOD_PLAIN("__reduce__", iter_reduce, METH_NOARGS, "What pickle needs to know."),
    {NULL, NULL, 0, NULL},
};

#define ITER_TYPE(symbol, name, next, getattro) \
    PyTypeObject symbol = {                     \
        PyVarObject_HEAD_INIT(&PyType_Type, 0)  \
        .tp_name = name,                        \
        .tp_basicsize = sizeof(DictIter),       \
        .tp_dealloc = iter_dealloc,             \
        .tp_getattro = getattro,                \
        .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC, \
        .tp_traverse = iter_traverse,           \
        .tp_iter = PyObject_SelfIter,           \
        .tp_iternext = next,                    \
        .tp_methods = iter_methods,             \
    }

ITER_TYPE(PyDictIterKey_Type, "dict_keyiterator", iter_next_key, PyObject_GenericGetAttr);
ITER_TYPE(PyDictIterValue_Type, "dict_valueiterator", iter_next_value, PyObject_GenericGetAttr);
ITER_TYPE(PyDictIterItem_Type, "dict_itemiterator", iter_next_item, PyObject_GenericGetAttr);
ITER_TYPE(PyDictRevIterKey_Type, "dict_reversekeyiterator", iter_previous, NULL);
ITER_TYPE(PyDictRevIterValue_Type, "dict_reversevalueiterator", iter_previous, NULL);
ITER_TYPE(PyDictRevIterItem_Type, "dict_reverseitemiterator", iter_previous, NULL);

PyObject *
ks_dict_iter(PyObject *self)
{
    return iter_new((PyDictObject *)self, &PyDictIterKey_Type);
}

PyObject *
ks_dict_iter_of(PyDictObject *dict, PyTypeObject *type)
{
    return iter_new(dict, type);
}

PyObject *
ks_dict_reversed(PyObject *self, PyObject *unused)
{
    return iter_new((PyDictObject *)self, &PyDictRevIterKey_Type);
}
