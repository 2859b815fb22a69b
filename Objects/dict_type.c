/* SPDX-License-Identifier: MIT */
/* dict as Python sees it: slots, methods and the type object. The table work is in dict.c. */
#include "Python.h"

#include "ks_args.h"
#include "ks_dict.h"
#include "ks_trash.h"
#include "pycore_call.h"
#include "pycore_ceval.h"
#include "pycore_gc.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"

#define AS_DICT(self) ((PyDictObject *)(self))

/* ---- lifecycle ---- */

PyObject *
ks_dict_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    if (type == &PyDict_Type)
        _PyObject_GC_UNTRACK(self);
    ks_dict_empty_keys.dk_refcnt++;
    AS_DICT(self)->ma_keys = &ks_dict_empty_keys;
    AS_DICT(self)->ma_values = NULL;
    AS_DICT(self)->ma_used = 0;
    AS_DICT(self)->ma_version_tag = DICT_NEXT_VERSION();
    return self;
}

int
ks_dict_update_arg(PyObject *self, PyObject *arg)
{
    if (PyDict_CheckExact(arg))
        return PyDict_Merge(self, arg, 1);
    PyObject *keys;
    if (_PyObject_LookupAttr(arg, &_Py_ID(keys), &keys) < 0)
        return -1;
    if (keys == NULL)
        return PyDict_MergeFromSeq2(self, arg, 1);
    Py_DECREF(keys);
    return PyDict_Merge(self, arg, 1);
}

static int
dict_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (!ks_args_count("dict", PyTuple_GET_SIZE(args), 0, 1))
        return -1;
    if (PyTuple_GET_SIZE(args) == 1 && ks_dict_update_arg(self, PyTuple_GET_ITEM(args, 0)) < 0)
        return -1;
    if (kwargs == NULL)
        return 0;
    return PyArg_ValidateKeywordArguments(kwargs) ? PyDict_Merge(self, kwargs, 1) : -1;
}

static int
update_from_call(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (nargs == 1 && ks_dict_update_arg(self, args[0]) < 0)
        return -1;
    Py_ssize_t keyword_count = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    for (Py_ssize_t i = 0; i < keyword_count; i++)
        if (PyDict_SetItem(self, PyTuple_GET_ITEM(kwnames, i), args[nargs + i]) < 0)
            return -1;
    return 0;
}

static PyObject *
dict_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (!ks_args_count("dict", nargs, 0, 1))
        return NULL;
    PyObject *self = type == (PyObject *)&PyDict_Type ? PyDict_New()
                                                      : ks_dict_new((PyTypeObject *)type, NULL, NULL);
    if (self == NULL)
        return NULL;
    if (update_from_call(self, args, nargs, kwnames) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    return self;
}

static int
dict_traverse(PyObject *self, visitproc visit, void *arg)
{
    PyDictKeysObject *keys = AS_DICT(self)->ma_keys;
    PyDictValues *values = AS_DICT(self)->ma_values;
    Py_ssize_t count = keys->dk_nentries;
    if (values != NULL) {
        for (Py_ssize_t i = 0; i < count; i++)
            Py_VISIT(values->values[i]);
    }
    else if (DK_IS_UNICODE(keys)) {
        PyDictUnicodeEntry *entries = DK_UNICODE_ENTRIES(keys);
        for (Py_ssize_t i = 0; i < count; i++)
            Py_VISIT(entries[i].me_value);
    }
    else {
        PyDictKeyEntry *entries = DK_ENTRIES(keys);
        for (Py_ssize_t i = 0; i < count; i++) {
            if (entries[i].me_value != NULL) {
                Py_VISIT(entries[i].me_value);
                Py_VISIT(entries[i].me_key);
            }
        }
    }
    return 0;
}

static int
dict_clear_slot(PyObject *self)
{
    PyDict_Clear(self);
    return 0;
}

static void
dict_drop(PyDictObject *dict)
{
    PyDictKeysObject *keys = dict->ma_keys;
    PyDictValues *values = dict->ma_values;
    if (values != NULL) {
        for (Py_ssize_t i = 0; i < keys->dk_nentries; i++)
            Py_XDECREF(values->values[i]);
        ks_values_free(values);
    }
    if (keys != NULL)
        ks_keys_release(keys);
    struct _Py_dict_state *state = &_PyInterpreterState_GET()->dict_state;
    if (Py_IS_TYPE(dict, &PyDict_Type) && state->numfree < PyDict_MAXFREELIST)
        state->free_list[state->numfree++] = dict;
    else
        Py_TYPE(dict)->tp_free(dict);
}

static void
dict_dealloc(PyObject *self)
{
    if (_PyObject_GC_IS_TRACKED(self))
        _PyObject_GC_UNTRACK(self);
    if (Py_TYPE(self)->tp_dealloc != dict_dealloc) {
        dict_drop(AS_DICT(self));
        return;
    }
    PyThreadState *thread = _PyThreadState_GET();
    if (ks_trash_postpone(thread, self))
        return;
    dict_drop(AS_DICT(self));
    ks_trash_leave(thread);
}

/* ---- slots ---- */

static int
repr_write_items(_PyUnicodeWriter *writer, PyDictObject *dict)
{
    PyObject *key, *value;
    int first = 1;
    for (Py_ssize_t pos = 0; ks_dict_step(dict, &pos, &key, &value, NULL); first = 0) {
        /* Both are held: the first repr may change the dict. */
        KS_OWNED PyObject *held_key = Py_NewRef(key);
        KS_OWNED PyObject *held_value = Py_NewRef(value);
        if (!first && _PyUnicodeWriter_WriteASCIIString(writer, ", ", 2) < 0)
            return -1;
        KS_OWNED PyObject *key_text = PyObject_Repr(held_key);
        if (key_text == NULL || _PyUnicodeWriter_WriteStr(writer, key_text) < 0
            || _PyUnicodeWriter_WriteASCIIString(writer, ": ", 2) < 0)
            return -1;
        KS_OWNED PyObject *value_text = PyObject_Repr(held_value);
        if (value_text == NULL || _PyUnicodeWriter_WriteStr(writer, value_text) < 0)
            return -1;
    }
    return 0;
}

static PyObject *
dict_repr(PyObject *self)
{
    int entered = Py_ReprEnter(self);
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromString("{...}") : NULL;
    PyObject *result = NULL;
    if (AS_DICT(self)->ma_used == 0) {
        result = PyUnicode_FromString("{}");
        goto done;
    }
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    writer.overallocate = 1;
    writer.min_length = 6 * AS_DICT(self)->ma_used;
    if (_PyUnicodeWriter_WriteChar(&writer, '{') < 0
        || repr_write_items(&writer, AS_DICT(self)) < 0
        || _PyUnicodeWriter_WriteChar(&writer, '}') < 0)
        _PyUnicodeWriter_Dealloc(&writer);
    else
        result = _PyUnicodeWriter_Finish(&writer);
done:
    Py_ReprLeave(self);
    return result;
}

static Py_ssize_t
dict_length(PyObject *self)
{
    return AS_DICT(self)->ma_used;
}

static PyObject *
dict_missing(PyObject *self, PyObject *key)
{
    if (!PyDict_CheckExact(self)) {
        PyObject *missing = _PyObject_LookupSpecial(self, &_Py_ID(__missing__));
        if (missing != NULL) {
            PyObject *result = PyObject_CallOneArg(missing, key);
            Py_DECREF(missing);
            return result;
        }
        if (PyErr_Occurred())
            return NULL;
    }
    _PyErr_SetKeyError(key);
    return NULL;
}

static PyObject *
dict_subscript(PyObject *self, PyObject *key)
{
    PyObject *value;
    Py_hash_t hash = ks_dict_hash(key);
    if (hash == -1)
        return NULL;
    if (_Py_dict_lookup(AS_DICT(self), key, hash, &value) == DKIX_ERROR)
        return NULL;
    if (KS_LIKELY(value != NULL))
        return Py_NewRef(value);
    return dict_missing(self, key);
}

static int
dict_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    return value == NULL ? PyDict_DelItem(self, key) : PyDict_SetItem(self, key, value);
}

/* 1 if both have the same keys with equal values. */
static int
dict_equal(PyDictObject *left, PyDictObject *right)
{
    PyObject *key, *value, *other;
    Py_hash_t hash;
    if (left->ma_used != right->ma_used)
        return 0;
    for (Py_ssize_t pos = 0; ks_dict_step(left, &pos, &key, &value, &hash);) {
        KS_OWNED PyObject *held_key = Py_NewRef(key);
        KS_OWNED PyObject *held_value = Py_NewRef(value);
        if (_Py_dict_lookup(right, held_key, hash, &other) == DKIX_ERROR)
            return -1;
        if (other == NULL)
            return 0;
        KS_OWNED PyObject *held_other = Py_NewRef(other);
        int same = PyObject_RichCompareBool(held_value, held_other, Py_EQ);
        if (same <= 0)
            return same;
    }
    return 1;
}

static PyObject *
dict_richcompare(PyObject *left, PyObject *right, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !PyDict_Check(left) || !PyDict_Check(right))
        Py_RETURN_NOTIMPLEMENTED;
    int same = dict_equal(AS_DICT(left), AS_DICT(right));
    return same < 0 ? NULL : PyBool_FromLong(same == (op == Py_EQ));
}

static PyObject *
dict_or(PyObject *left, PyObject *right)
{
    if (!PyDict_Check(left) || !PyDict_Check(right))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *joined = PyDict_Copy(left);
    if (joined != NULL && ks_dict_update_arg(joined, right) < 0)
        Py_CLEAR(joined);
    return joined;
}

static PyObject *
dict_inplace_or(PyObject *self, PyObject *other)
{
    return ks_dict_update_arg(self, other) < 0 ? NULL : Py_NewRef(self);
}

/* ---- methods ---- */

static PyObject *
dict_contains(PyObject *self, PyObject *key)
{
    int found = PyDict_Contains(self, key);
    return found < 0 ? NULL : PyBool_FromLong(found);
}

static PyObject *
dict_sizeof(PyObject *self, PyObject *unused)
{
    return PyLong_FromSsize_t(_PyDict_SizeOf(AS_DICT(self)));
}

static PyObject *
dict_get(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *value;
    if ((nargs < 1 || nargs > 2) && !ks_args_count("get", nargs, 1, 2))
        return NULL;
    Py_hash_t hash = ks_dict_hash(args[0]);
    if (hash == -1)
        return NULL;
    if (_Py_dict_lookup(AS_DICT(self), args[0], hash, &value) == DKIX_ERROR)
        return NULL;
    if (value == NULL)
        value = nargs == 2 ? args[1] : Py_None;
    return Py_NewRef(value);
}

static PyObject *
dict_setdefault(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("setdefault", nargs, 1, 2))
        return NULL;
    return Py_XNewRef(PyDict_SetDefault(self, args[0], nargs == 2 ? args[1] : Py_None));
}

static PyObject *
dict_pop(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("pop", nargs, 1, 2))
        return NULL;
    return _PyDict_Pop(self, args[0], nargs == 2 ? args[1] : NULL);
}

/* Position of the last entry in a combined table; holes at the end are given up for good. */
static Py_ssize_t
last_entry(PyDictKeysObject *keys)
{
    Py_ssize_t i = keys->dk_nentries - 1;
    if (DK_IS_UNICODE(keys))
        while (i >= 0 && DK_UNICODE_ENTRIES(keys)[i].me_value == NULL)
            i--;
    else
        while (i >= 0 && DK_ENTRIES(keys)[i].me_value == NULL)
            i--;
    return i;
}

static PyObject *
dict_popitem(PyObject *self, PyObject *unused)
{
    PyDictObject *dict = AS_DICT(self);
    /* Made first: it may collect garbage and so change the dict. */
    PyObject *pair = PyTuple_New(2);
    if (pair == NULL)
        return NULL;
    if (dict->ma_used == 0) {
        Py_DECREF(pair);
        PyErr_SetString(PyExc_KeyError, "popitem(): dictionary is empty");
        return NULL;
    }
    if (dict->ma_values != NULL && ks_dict_resize(dict, dict->ma_keys->dk_log2_size, 1) < 0) {
        Py_DECREF(pair);
        return NULL;
    }
    PyDictKeysObject *keys = dict->ma_keys;
    keys->dk_version = 0;
    Py_ssize_t index = last_entry(keys);
    PyObject *key, *value;
    Py_hash_t hash;
    if (DK_IS_UNICODE(keys)) {
        PyDictUnicodeEntry *entry = &DK_UNICODE_ENTRIES(keys)[index];
        key = entry->me_key;
        value = entry->me_value;
        hash = ks_str_hash(key);
        entry->me_key = entry->me_value = NULL;
    }
    else {
        PyDictKeyEntry *entry = &DK_ENTRIES(keys)[index];
        key = entry->me_key;
        value = entry->me_value;
        hash = entry->me_hash;
        entry->me_hash = -1;
        entry->me_key = entry->me_value = NULL;
    }
    size_t mask = (size_t)DK_SIZE(keys) - 1, perturb = (size_t)hash, slot = perturb & mask;
    while (ks_keys_index(keys, slot) != index) {
        perturb >>= KS_DICT_PERTURB_SHIFT;
        slot = (slot * 5 + perturb + 1) & mask;
    }
    ks_keys_set_index(keys, slot, DKIX_DUMMY);
    /* The place is lost for new entries until the next resize: dk_usable stays. */
    keys->dk_nentries = index;
    dict->ma_used--;
    dict->ma_version_tag = DICT_NEXT_VERSION();
    PyTuple_SET_ITEM(pair, 0, key);
    PyTuple_SET_ITEM(pair, 1, value);
    return pair;
}

static PyObject *
dict_update(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (!ks_args_count("update", nargs, 0, 1) || update_from_call(self, args, nargs, kwnames) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
dict_fromkeys(PyObject *type, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("fromkeys", nargs, 1, 2))
        return NULL;
    return _PyDict_FromKeys(type, args[0], nargs == 2 ? args[1] : Py_None);
}

static PyObject *
dict_clear(PyObject *self, PyObject *unused)
{
    PyDict_Clear(self);
    Py_RETURN_NONE;
}

static PyObject *
dict_copy(PyObject *self, PyObject *unused)
{
    return PyDict_Copy(self);
}

static PyMethodDef dict_methods[] = {
    METHOD("__contains__", dict_contains, METH_O | METH_COEXIST, "($self, key, /)",
           "True if the dictionary has the specified key, else False."),
    METHOD_PLAIN("__getitem__", dict_subscript, METH_O | METH_COEXIST,
                 "The value of a key; KeyError without it."),
    METHOD_PLAIN("__sizeof__", dict_sizeof, METH_NOARGS, "Bytes of memory the dict takes."),
    METHOD("get", dict_get, METH_FASTCALL, "($self, key, default=None, /)",
           "The key's value, or the default."),
    METHOD("setdefault", dict_setdefault, METH_FASTCALL, "($self, key, default=None, /)",
           "The key's value; the default is stored and returned if there is none."),
    METHOD("pop", dict_pop, METH_FASTCALL, "($self, key, default=<unrepresentable>, /)",
           "Take the key out and return its value.\n\n"
           "Without the key the default is returned, or KeyError raised."),
    METHOD("popitem", dict_popitem, METH_NOARGS, "($self, /)",
           "Take out the pair that was put in last and return it.\n\n"
           "An empty dict raises KeyError."),
    METHOD_PLAIN("keys", ks_dict_keys_method, METH_NOARGS, "A view of the keys, like a set."),
    METHOD_PLAIN("items", ks_dict_items_method, METH_NOARGS,
                 "A view of the (key, value) pairs, like a set."),
    METHOD_PLAIN("values", ks_dict_values_method, METH_NOARGS, "A view of the values."),
    METHOD_PLAIN("update", dict_update, METH_FASTCALL | METH_KEYWORDS,
                 "Take over the items of a mapping or of an iterable of pairs, and keywords."),
    METHOD("fromkeys", dict_fromkeys, METH_FASTCALL | METH_CLASS,
           "($type, iterable, value=None, /)", "A new dict with these keys and one value for all."),
    METHOD_PLAIN("clear", dict_clear, METH_NOARGS, "Take everything out."),
    METHOD_PLAIN("copy", dict_copy, METH_NOARGS, "A new dict with the same items."),
    METHOD("__reversed__", ks_dict_reversed, METH_NOARGS, "($self, /)",
           "An iterator over the keys, from the last to the first."),
    METHOD_PLAIN("__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS,
                 "dict[...] for type annotations."),
    {NULL, NULL, 0, NULL},
};

static PyNumberMethods dict_as_number = {
    .nb_or = dict_or,
    .nb_inplace_or = dict_inplace_or,
};

static PySequenceMethods dict_as_sequence = {
    .sq_contains = PyDict_Contains,
};

static PyMappingMethods dict_as_mapping = {
    .mp_length = dict_length,
    .mp_subscript = dict_subscript,
    .mp_ass_subscript = dict_ass_subscript,
};

PyTypeObject PyDict_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "dict",
    .tp_basicsize = sizeof(PyDictObject),
    .tp_dealloc = dict_dealloc,
    .tp_repr = dict_repr,
    .tp_as_number = &dict_as_number,
    .tp_as_sequence = &dict_as_sequence,
    .tp_as_mapping = &dict_as_mapping,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE
                | Py_TPFLAGS_DICT_SUBCLASS | _Py_TPFLAGS_MATCH_SELF | Py_TPFLAGS_MAPPING,
    .tp_doc = "dict() -> empty dictionary\n"
              "dict(mapping) -> dictionary with the mapping's items\n"
              "dict(iterable) -> dictionary from an iterable of (key, value) pairs\n"
              "dict(**kwargs) -> dictionary from the keyword arguments",
    .tp_traverse = dict_traverse,
    .tp_clear = dict_clear_slot,
    .tp_richcompare = dict_richcompare,
    .tp_iter = ks_dict_iter,
    .tp_methods = dict_methods,
    .tp_init = dict_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = ks_dict_new,
    .tp_free = PyObject_GC_Del,
    .tp_vectorcall = dict_vectorcall,
};
