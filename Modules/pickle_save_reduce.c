/* SPDX-License-Identifier: MIT */
/* Saving objects by what they reduce to: something to call with arguments, then state and items
 * that are put in. Where the reduced value comes from: reducer_override, the dispatch table,
 * __reduce_ex__, __reduce__, in this order. */
#include "pickle_output.h"

/* The parts of a reduce value, borrowed from its tuple; absent ones and None are NULL. */
typedef struct Reduced {
    PyObject *callable, *args, *state, *list_items, *dict_items, *state_setter;
} Reduced;

enum Maker { MAKER_CALL, MAKER_NEWOBJ, MAKER_NEWOBJ_EX };

static KS_COLD int
fails(Pickler *self, const char *message)
{
    PyErr_SetString(self->state->pickling_error, message);
    return -1;
}

static KS_COLD int
fails_type(Pickler *self, const char *message, PyObject *wrong)
{
    PyErr_Format(self->state->pickling_error, message, Py_TYPE(wrong)->tp_name);
    return -1;
}

static int
reduced_read(Pickler *self, PyObject *tuple, Reduced *parts)
{
    PyObject *part[6] = {NULL};
    Py_ssize_t count = PyTuple_GET_SIZE(tuple);
    if (count < 2 || count > 6)
        return fails(self, "tuple returned by __reduce__ must contain 2 through 6 elements");
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PyTuple_GET_ITEM(tuple, i);
        part[i] = i >= 2 && item == Py_None ? NULL : item;
    }
    *parts = (Reduced){part[0], part[1], part[2], part[3], part[4], part[5]};
    if (!PyCallable_Check(parts->callable))
        return fails(self, "first item of the tuple returned by __reduce__ must be callable");
    if (!PyTuple_Check(parts->args))
        return fails(self, "second item of the tuple returned by __reduce__ must be a tuple");
    if (parts->list_items != NULL && !PyIter_Check(parts->list_items))
        return fails_type(self,
                          "fourth element of the tuple returned by __reduce__ must be an "
                          "iterator, not %s",
                          parts->list_items);
    if (parts->dict_items != NULL && !PyIter_Check(parts->dict_items))
        return fails_type(self,
                          "fifth element of the tuple returned by __reduce__ must be an "
                          "iterator, not %s",
                          parts->dict_items);
    if (parts->state_setter != NULL && !PyCallable_Check(parts->state_setter))
        return fails_type(self,
                          "sixth element of the tuple returned by __reduce__ must be a "
                          "function, not %s",
                          parts->state_setter);
    return 0;
}

/* copyreg's __newobj__ and __newobj_ex__ are known by name: they have opcodes of their own. */
static int
maker_of(Pickler *self, PyObject *callable, enum Maker *maker)
{
    PyObject *found;
    *maker = MAKER_CALL;
    if (self->protocol < 2)
        return 0;
    if (_PyObject_LookupAttr(callable, KS_INTERN("__name__"), &found) < 0)
        return -1;
    KS_OWNED PyObject *name = found;
    if (name == NULL || !PyUnicode_Check(name))
        return 0;
    if (name == KS_INTERN("__newobj__") || PyUnicode_CompareWithASCIIString(name, "__newobj__") == 0)
        *maker = MAKER_NEWOBJ;
    else if (PyUnicode_CompareWithASCIIString(name, "__newobj_ex__") == 0)
        *maker = MAKER_NEWOBJ_EX;
    return 0;
}

static int
save_call(Pickler *self, PyObject *callable, PyObject *args)
{
    if (ks_pickle_save(self, callable, 0) < 0 || ks_pickle_save(self, args, 0) < 0)
        return -1;
    return ks_pickle_put_op(self, OP_REDUCE);
}

static int
save_newobj(Pickler *self, PyObject *args, PyObject *object)
{
    if (PyTuple_GET_SIZE(args) < 1)
        return fails(self, "__newobj__ arglist is empty");
    PyObject *type = PyTuple_GET_ITEM(args, 0);
    if (!PyType_Check(type))
        return fails(self, "args[0] from __newobj__ args is not a type");
    if (object != NULL) {
        KS_OWNED PyObject *own = PyObject_GetAttr(object, KS_INTERN("__class__"));
        if (own == NULL)
            return -1;
        if (own != type)
            return fails(self, "args[0] from __newobj__ args has the wrong class");
    }
    KS_OWNED PyObject *rest = PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args));
    if (rest == NULL || ks_pickle_save(self, type, 0) < 0 || ks_pickle_save(self, rest, 0) < 0)
        return -1;
    return ks_pickle_put_op(self, OP_NEWOBJ);
}

/* Before protocol 4: partial(type.__new__, type, *args, **kwargs)(). */
static int
save_newobj_partial(Pickler *self, PyObject *type, PyObject *args, PyObject *kwargs)
{
    KS_OWNED PyObject *maker = PyObject_GetAttr(type, KS_INTERN("__new__"));
    KS_OWNED PyObject *head = maker == NULL ? NULL : PyTuple_Pack(2, maker, type);
    KS_OWNED PyObject *all = head == NULL ? NULL : PySequence_Concat(head, args);
    KS_OWNED PyObject *callable =
        all == NULL ? NULL : PyObject_Call(self->state->partial, all, kwargs);
    KS_OWNED PyObject *none = PyTuple_New(0);
    return callable == NULL || none == NULL ? -1 : save_call(self, callable, none);
}

static int
save_newobj_ex(Pickler *self, PyObject *args)
{
    if (PyTuple_GET_SIZE(args) != 3) {
        PyErr_Format(self->state->pickling_error,
                     "length of the NEWOBJ_EX argument tuple must be exactly 3, not %zd",
                     PyTuple_GET_SIZE(args));
        return -1;
    }
    PyObject *type = PyTuple_GET_ITEM(args, 0);
    PyObject *plain = PyTuple_GET_ITEM(args, 1), *named = PyTuple_GET_ITEM(args, 2);
    if (!PyType_Check(type))
        return fails_type(
            self, "first item from NEWOBJ_EX argument tuple must be a class, not %.200s", type);
    if (!PyTuple_Check(plain))
        return fails_type(
            self, "second item from NEWOBJ_EX argument tuple must be a tuple, not %.200s", plain);
    if (!PyDict_Check(named))
        return fails_type(
            self, "third item from NEWOBJ_EX argument tuple must be a dict, not %.200s", named);
    if (self->protocol < 4)
        return save_newobj_partial(self, type, plain, named);
    if (ks_pickle_save(self, type, 0) < 0 || ks_pickle_save(self, plain, 0) < 0 ||
        ks_pickle_save(self, named, 0) < 0)
        return -1;
    return ks_pickle_put_op(self, OP_NEWOBJ_EX);
}

/* The opcodes that leave the new object, still without its state, on the stack. */
static int
save_maker(Pickler *self, const Reduced *parts, PyObject *object)
{
    enum Maker maker;
    if (maker_of(self, parts->callable, &maker) < 0)
        return -1;
    switch (maker) {
    case MAKER_NEWOBJ:
        return save_newobj(self, parts->args, object);
    case MAKER_NEWOBJ_EX:
        return save_newobj_ex(self, parts->args);
    default:
        return save_call(self, parts->callable, parts->args);
    }
}

static int
save_state(Pickler *self, const Reduced *parts, PyObject *object)
{
    if (parts->state == NULL)
        return 0;
    if (parts->state_setter == NULL)
        return ks_pickle_save(self, parts->state, 0) < 0 ? -1 : ks_pickle_put_op(self, OP_BUILD);
    /* setter(object, state), whose result is dropped. */
    if (object == NULL)
        return fails(self, "a state setter needs an object");
    if (ks_pickle_save(self, parts->state_setter, 0) < 0 || ks_pickle_save(self, object, 0) < 0 ||
        ks_pickle_save(self, parts->state, 0) < 0 || ks_pickle_put_op(self, OP_TUPLE2) < 0 ||
        ks_pickle_put_op(self, OP_REDUCE) < 0)
        return -1;
    return ks_pickle_put_op(self, OP_POP);
}

static int
save_reduced(Pickler *self, PyObject *tuple, PyObject *object)
{
    Reduced parts = {NULL, NULL, NULL, NULL, NULL, NULL};
    if (reduced_read(self, tuple, &parts) < 0 || save_maker(self, &parts, object) < 0)
        return -1;
    if (object != NULL) {
        /* Arguments that lead back to the object have saved it by now: that one counts. */
        PickleMemoEntry *entry = ks_pickle_memo_find(self, object);
        if (entry != NULL) {
            Py_ssize_t index = entry->index;
            return ks_pickle_put_op(self, OP_POP) < 0 ? -1 : ks_pickle_put_get(self, index);
        }
        if (ks_pickle_memoize(self, object) < 0)
            return -1;
    }
    if (parts.list_items != NULL && ks_pickle_save_batches(self, parts.list_items, 0) < 0)
        return -1;
    if (parts.dict_items != NULL && ks_pickle_save_batches(self, parts.dict_items, 1) < 0)
        return -1;
    return save_state(self, &parts, object);
}

int
ks_pickle_save_made(Pickler *self, PyObject *reduced, PyObject *object)
{
    if (reduced == NULL)
        return -1;
    int status = save_reduced(self, reduced, object);
    Py_DECREF(reduced);
    return status;
}

/* ---- where reduced values come from ---- */

/* The function registered for a type, NULL without an exception if there is none. */
static KS_NEW PyObject *
registered(Pickler *self, PyTypeObject *type)
{
    if (self->dispatch_table == NULL)
        return Py_XNewRef(
            PyDict_GetItemWithError(self->state->dispatch_table, (PyObject *)type));
    KS_OWNED PyObject *table = Py_NewRef(self->dispatch_table);
    PyObject *function = PyObject_GetItem(table, (PyObject *)type);
    if (function == NULL && PyErr_ExceptionMatches(PyExc_KeyError))
        PyErr_Clear();
    return function;
}

/* object.__reduce_ex__(protocol), or object.__reduce__(). */
static KS_NEW PyObject *
reduce_by_itself(Pickler *self, PyObject *object)
{
    PyObject *found;
    int is_unbound = _PyObject_GetMethod(object, KS_INTERN("__reduce_ex__"), &found);
    KS_OWNED PyObject *reduce_ex = found;
    if (reduce_ex != NULL) {
        KS_OWNED PyObject *protocol = PyLong_FromLong(self->protocol);
        PyObject *args[] = {object, protocol};
        return protocol == NULL ? NULL
               : is_unbound     ? PyObject_Vectorcall(reduce_ex, args, 2, NULL)
                                : PyObject_CallOneArg(reduce_ex, protocol);
    }
    if (!PyErr_ExceptionMatches(PyExc_AttributeError))
        return NULL;
    PyErr_Clear();
    if (_PyObject_LookupAttr(object, KS_INTERN("__reduce__"), &found) < 0)
        return NULL;
    KS_OWNED PyObject *method = found;
    if (method != NULL)
        return PyObject_CallNoArgs(method);
    PyErr_Format(self->state->pickling_error, "can't pickle '%.200s' object: %R",
                 Py_TYPE(object)->tp_name, object);
    return NULL;
}

/* A str or a tuple, as __reduce__ returns them. */
static int
save_value(Pickler *self, PyObject *reduced, PyObject *object)
{
    if (PyUnicode_Check(reduced))
        return ks_pickle_save_global(self, object, reduced);
    if (!PyTuple_Check(reduced))
        return fails(self, "__reduce__ must return a string or tuple");
    return save_reduced(self, reduced, object);
}

int
ks_pickle_save_other(Pickler *self, PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (self->reducer_override != NULL) {
        KS_OWNED PyObject *override = Py_NewRef(self->reducer_override);
        KS_OWNED PyObject *reduced = PyObject_CallOneArg(override, object);
        if (reduced != Py_NotImplemented)
            return reduced == NULL ? -1 : save_value(self, reduced, object);
    }
    if (type == &PyType_Type)
        return ks_pickle_save_type(self, object);
    if (type == &PyFunction_Type)
        return ks_pickle_save_global(self, object, NULL);
    KS_OWNED PyObject *function = registered(self, type);
    if (function == NULL && PyErr_Occurred())
        return -1;
    if (function == NULL && PyType_Check(object))
        return ks_pickle_save_global(self, object, NULL);
    KS_OWNED PyObject *reduced =
        function != NULL ? PyObject_CallOneArg(function, object) : reduce_by_itself(self, object);
    return reduced == NULL ? -1 : save_value(self, reduced, object);
}
