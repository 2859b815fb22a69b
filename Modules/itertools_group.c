/* SPDX-License-Identifier: MIT */
/* itertools that give out iterators which depend on each other: groupby and tee. */
#include "Python.h"

#include "ks_itertools.h"

/* ---- groupby ---- */

typedef struct GroupBy {
    PyObject_HEAD
    PyObject *iterator;
    PyObject *key_function; /* None: the items are the keys */
    PyObject *target_key;   /* of the group handed out last; NULL before the first */
    PyObject *current_key;  /* of the item read last; NULL after it was handed out */
    PyObject *current_value;
    const void *current_group; /* compared, never followed */
} GroupBy;

#define AS_GROUPBY(self) ((GroupBy *)(self))

ITER_LIFECYCLE(groupby, 5)

typedef struct GroupByArgs {
    PyObject *iterable, *key;
} GroupByArgs;

static const KsParam groupby_params[] = {
    PARAM(GroupByArgs, iterable, ARG_OBJECT, 1),
    PARAM(GroupByArgs, key, ARG_OBJECT, 0),
    PARAM_END,
};

static PyObject *
groupby_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    GroupByArgs call = {NULL, Py_None};
    if (!ks_args_parse_tuple("groupby", groupby_params, args, kwargs, &call))
        return NULL;
    KS_OWNED PyObject *iterator = PyObject_GetIter(call.iterable);
    PyObject *self = iterator == NULL ? NULL : type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    AS_GROUPBY(self)->iterator = ks_give(&iterator);
    AS_GROUPBY(self)->key_function = Py_NewRef(call.key);
    return self;
}

/* Reads the next item; -1 at the end and with an exception. */
static int
groupby_step(GroupBy *groups)
{
    PyObject *value = PyIter_Next(groups->iterator);
    if (value == NULL)
        return -1;
    PyObject *key = groups->key_function == Py_None
                        ? Py_NewRef(value)
                        : PyObject_CallOneArg(groups->key_function, value);
    if (key == NULL) {
        Py_DECREF(value);
        return -1;
    }
    Py_XSETREF(groups->current_value, value);
    Py_XSETREF(groups->current_key, key);
    return 0;
}

/* Both keys are held: a comparison may use the iterator. */
static int
same_key(PyObject *one, PyObject *other)
{
    Py_INCREF(one);
    Py_INCREF(other);
    int same = PyObject_RichCompareBool(one, other, Py_EQ);
    Py_DECREF(one);
    Py_DECREF(other);
    return same;
}

typedef struct Grouper {
    PyObject_HEAD
    PyObject *parent; /* the groupby */
    PyObject *target_key;
} Grouper;

#define AS_GROUPER(self) ((Grouper *)(self))

ITER_LIFECYCLE(grouper, 2)

static PyObject *
grouper_make(GroupBy *parent, PyObject *target_key)
{
    Grouper *group = PyObject_GC_New(Grouper, &ks_grouper_type);
    if (group == NULL)
        return NULL;
    group->parent = Py_NewRef(parent);
    group->target_key = Py_NewRef(target_key);
    parent->current_group = group;
    PyObject_GC_Track(group);
    return (PyObject *)group;
}

static PyObject *
groupby_next(PyObject *self)
{
    GroupBy *groups = AS_GROUPBY(self);
    groups->current_group = NULL;
    /* Over what is left of the last group. */
    for (;;) {
        if (groups->current_key != NULL) {
            if (groups->target_key == NULL)
                break;
            int same = same_key(groups->target_key, groups->current_key);
            if (same < 0)
                return NULL;
            if (!same)
                break;
        }
        if (groupby_step(groups) < 0)
            return NULL;
    }
    Py_INCREF(groups->current_key);
    Py_XSETREF(groups->target_key, groups->current_key);
    KS_OWNED PyObject *group = grouper_make(groups, groups->target_key);
    return group == NULL ? NULL : PyTuple_Pack(2, groups->current_key, group);
}

static PyObject *
groupby_reduce(PyObject *self, PyObject *unused)
{
    GroupBy *groups = AS_GROUPBY(self);
    if (groups->target_key != NULL && groups->current_key != NULL
        && groups->current_value != NULL)
        return Py_BuildValue("O(OO)(OOO)", Py_TYPE(self), groups->iterator, groups->key_function,
                             groups->current_key, groups->current_value, groups->target_key);
    return Py_BuildValue("O(OO)", Py_TYPE(self), groups->iterator, groups->key_function);
}

static PyObject *
groupby_setstate(PyObject *self, PyObject *state)
{
    GroupBy *groups = AS_GROUPBY(self);
    PyObject *key, *value, *target;
    if (!PyTuple_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "state is not a tuple");
        return NULL;
    }
    if (!PyArg_ParseTuple(state, "OOO", &key, &value, &target))
        return NULL;
    Py_INCREF(key);
    Py_XSETREF(groups->current_key, key);
    Py_INCREF(value);
    Py_XSETREF(groups->current_value, value);
    Py_INCREF(target);
    Py_XSETREF(groups->target_key, target);
    Py_RETURN_NONE;
}

static PyMethodDef groupby_methods[] = {REDUCE_ROW(groupby), SETSTATE_ROW(groupby), METHODS_END};

PyTypeObject ks_groupby_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools.groupby",
    .tp_doc = "groupby(iterable, key=None)\n--\n\n"
              "Pairs of a key and an iterator over the neighbouring items that have this key.",
    .tp_methods = groupby_methods,
    ITER_SLOTS(groupby, GroupBy),
};

static PyObject *
grouper_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *parent, *target_key;
    if (!_PyArg_NoKeywords("_grouper", kwargs)
        || !PyArg_ParseTuple(args, "O!O:_grouper", &ks_groupby_type, &parent, &target_key))
        return NULL;
    return grouper_make(AS_GROUPBY(parent), target_key);
}

static PyObject *
grouper_next(PyObject *self)
{
    GroupBy *groups = AS_GROUPBY(AS_GROUPER(self)->parent);
    if (groups->current_group != self)
        return NULL;
    if (groups->current_value == NULL && groupby_step(groups) < 0)
        return NULL;
    if (same_key(AS_GROUPER(self)->target_key, groups->current_key) != 1)
        return NULL;
    PyObject *value = groups->current_value;
    groups->current_value = NULL;
    Py_CLEAR(groups->current_key);
    return value;
}

static PyObject *
grouper_reduce(PyObject *self, PyObject *unused)
{
    PyObject *parent = AS_GROUPER(self)->parent;
    if (AS_GROUPBY(parent)->current_group == self)
        return Py_BuildValue("O(OO)", Py_TYPE(self), parent, AS_GROUPER(self)->target_key);
    KS_OWNED PyObject *iter = _PyEval_GetBuiltin(KS_INTERN("iter"));
    return iter == NULL ? NULL : Py_BuildValue("O(())", iter);
}

static PyMethodDef grouper_methods[] = {REDUCE_ROW(grouper), METHODS_END};

PyTypeObject ks_grouper_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools._grouper",
    .tp_basicsize = sizeof(Grouper),
    .tp_dealloc = grouper_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = grouper_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = grouper_next,
    .tp_methods = grouper_methods,
    .tp_new = grouper_new,
    .tp_free = PyObject_GC_Del,
};

/* ---- tee: a chain of blocks of items that were read, shared by all iterators ---- */

#define BLOCK_ITEMS 57

typedef struct TeeData {
    PyObject_HEAD
    PyObject *iterator;
    PyObject *next; /* the following block, NULL if not made */
    int count;
    int reading; /* the iterator is being asked */
    PyObject *items[BLOCK_ITEMS];
} TeeData;

#define AS_DATA(self) ((TeeData *)(self))

static PyObject *
data_make(PyObject *iterator)
{
    TeeData *data = PyObject_GC_New(TeeData, &ks_tee_data_type);
    if (data == NULL)
        return NULL;
    data->iterator = Py_NewRef(iterator);
    data->next = NULL;
    data->count = 0;
    data->reading = 0;
    PyObject_GC_Track(data);
    return (PyObject *)data;
}

/* Item number i of a block (new reference), read now if it is the first that was not. */
static PyObject *
data_item(TeeData *data, int i)
{
    if (i < data->count)
        return Py_NewRef(data->items[i]);
    if (data->reading) {
        PyErr_SetString(PyExc_RuntimeError, "cannot re-enter the tee iterator");
        return NULL;
    }
    data->reading = 1;
    PyObject *item = PyIter_Next(data->iterator);
    data->reading = 0;
    if (item == NULL)
        return NULL;
    data->items[data->count++] = Py_NewRef(item);
    return item;
}

/* The following block (new reference). */
static PyObject *
data_following(TeeData *data)
{
    if (data->next == NULL)
        data->next = data_make(data->iterator);
    return Py_XNewRef(data->next);
}

static int
data_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(AS_DATA(self)->iterator);
    for (int i = 0; i < AS_DATA(self)->count; i++)
        Py_VISIT(AS_DATA(self)->items[i]);
    Py_VISIT(AS_DATA(self)->next);
    return 0;
}

static int
data_clear(PyObject *self)
{
    TeeData *data = AS_DATA(self);
    Py_CLEAR(data->iterator);
    while (data->count > 0) {
        data->count--;
        Py_DECREF(data->items[data->count]);
    }
    /* A long chain is taken apart in a loop, not in a recursion. */
    PyObject *next = data->next;
    data->next = NULL;
    while (next != NULL && Py_IS_TYPE(next, &ks_tee_data_type) && Py_REFCNT(next) == 1) {
        PyObject *after = AS_DATA(next)->next;
        AS_DATA(next)->next = NULL;
        Py_SETREF(next, after);
    }
    Py_XDECREF(next);
    return 0;
}

static void
data_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    data_clear(self);
    PyObject_GC_Del(self);
}

static PyObject *
data_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (!_PyArg_NoKeywords("teedataobject", kwargs)
        || !ks_args_count("teedataobject", PyTuple_GET_SIZE(args), 3, 3))
        return NULL;
    PyObject *items = PyTuple_GET_ITEM(args, 1), *next = PyTuple_GET_ITEM(args, 2);
    if (!PyList_Check(items)) {
        PyErr_Format(PyExc_TypeError, "teedataobject() argument 2 must be list, not %.50s",
                     Py_TYPE(items)->tp_name);
        return NULL;
    }
    KS_OWNED PyObject *self = data_make(PyTuple_GET_ITEM(args, 0));
    if (self == NULL)
        return NULL;
    Py_ssize_t count = PyList_GET_SIZE(items);
    if (count > BLOCK_ITEMS
        || (next != Py_None && (count < BLOCK_ITEMS || !Py_IS_TYPE(next, &ks_tee_data_type)))) {
        PyErr_SetString(PyExc_ValueError, "Invalid arguments");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        AS_DATA(self)->items[i] = Py_NewRef(PyList_GET_ITEM(items, i));
    AS_DATA(self)->count = (int)count;
    if (next != Py_None)
        AS_DATA(self)->next = Py_NewRef(next);
    return ks_give(&self);
}

static PyObject *
data_reduce(PyObject *self, PyObject *unused)
{
    TeeData *data = AS_DATA(self);
    KS_OWNED PyObject *items = PyList_New(data->count);
    if (items == NULL)
        return NULL;
    for (int i = 0; i < data->count; i++)
        PyList_SET_ITEM(items, i, Py_NewRef(data->items[i]));
    return Py_BuildValue("O(OOO)", Py_TYPE(self), data->iterator, items,
                         data->next != NULL ? data->next : Py_None);
}

static PyMethodDef data_methods[] = {REDUCE_ROW(data), METHODS_END};

PyTypeObject ks_tee_data_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools._tee_dataobject",
    .tp_basicsize = sizeof(TeeData),
    .tp_dealloc = data_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "Items that tee iterators share.",
    .tp_traverse = data_traverse,
    .tp_clear = data_clear,
    .tp_methods = data_methods,
    .tp_new = data_new,
    .tp_free = PyObject_GC_Del,
};

typedef struct Tee {
    PyObject_HEAD
    PyObject *data; /* the block of the next item */
    PyObject *weakrefs;
    int index;
} Tee;

#define AS_TEE(self) ((Tee *)(self))

static PyObject *
tee_make(PyObject *data, int index)
{
    Tee *tee = PyObject_GC_New(Tee, &ks_tee_type);
    if (tee == NULL)
        return NULL;
    tee->data = Py_NewRef(data);
    tee->index = index;
    tee->weakrefs = NULL;
    PyObject_GC_Track(tee);
    return (PyObject *)tee;
}

static PyObject *
tee_over(PyObject *iterable)
{
    KS_OWNED PyObject *iterator = PyObject_GetIter(iterable);
    if (iterator == NULL)
        return NULL;
    if (PyObject_TypeCheck(iterator, &ks_tee_type))
        return tee_make(AS_TEE(iterator)->data, AS_TEE(iterator)->index);
    KS_OWNED PyObject *data = data_make(iterator);
    return data == NULL ? NULL : tee_make(data, 0);
}

static PyObject *
tee_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (!_PyArg_NoKeywords("_tee", kwargs) || !ks_args_count("_tee", PyTuple_GET_SIZE(args), 1, 1))
        return NULL;
    return tee_over(PyTuple_GET_ITEM(args, 0));
}

static int
tee_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(AS_TEE(self)->data);
    return 0;
}

static int
tee_clear(PyObject *self)
{
    if (AS_TEE(self)->weakrefs != NULL)
        PyObject_ClearWeakRefs(self);
    Py_CLEAR(AS_TEE(self)->data);
    return 0;
}

static void
tee_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    tee_clear(self);
    PyObject_GC_Del(self);
}

static PyObject *
tee_next(PyObject *self)
{
    Tee *tee = AS_TEE(self);
    if (tee->index >= BLOCK_ITEMS) {
        PyObject *next = data_following(AS_DATA(tee->data));
        if (next == NULL)
            return NULL;
        Py_SETREF(tee->data, next);
        tee->index = 0;
    }
    PyObject *item = data_item(AS_DATA(tee->data), tee->index);
    if (item != NULL)
        tee->index++;
    return item;
}

static PyObject *
tee_copy(PyObject *self, PyObject *unused)
{
    return tee_make(AS_TEE(self)->data, AS_TEE(self)->index);
}

static PyObject *
tee_reduce(PyObject *self, PyObject *unused)
{
    return Py_BuildValue("O(())(Oi)", Py_TYPE(self), AS_TEE(self)->data, AS_TEE(self)->index);
}

static PyObject *
tee_setstate(PyObject *self, PyObject *state)
{
    PyObject *data;
    int index;
    if (!PyTuple_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "state is not a tuple");
        return NULL;
    }
    if (!PyArg_ParseTuple(state, "O!i", &ks_tee_data_type, &data, &index))
        return NULL;
    if (index < 0 || index > BLOCK_ITEMS) {
        PyErr_SetString(PyExc_ValueError, "Index out of range");
        return NULL;
    }
    Py_INCREF(data);
    Py_XSETREF(AS_TEE(self)->data, data);
    AS_TEE(self)->index = index;
    Py_RETURN_NONE;
}

static PyMethodDef tee_methods[] = {
    METHOD_PLAIN("__copy__", tee_copy, METH_NOARGS, "An independent iterator at this place."),
    REDUCE_ROW(tee),
    SETSTATE_ROW(tee),
    METHODS_END,
};

PyTypeObject ks_tee_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools._tee",
    .tp_basicsize = sizeof(Tee),
    .tp_dealloc = tee_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "_tee(iterable, /)\n--\n\nAn iterator that can be copied.",
    .tp_traverse = tee_traverse,
    .tp_clear = tee_clear,
    .tp_weaklistoffset = offsetof(Tee, weakrefs),
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = tee_next,
    .tp_methods = tee_methods,
    .tp_new = tee_new,
    .tp_free = PyObject_GC_Del,
};

/* tee(iterable, n=2): n iterators over the same items. */
PyObject *
ks_itertools_tee(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t count = 2;
    if (!ks_args_count("tee", nargs, 1, 2) || (nargs == 2 && !ks_arg_index(args[1], &count)))
        return NULL;
    if (count < 0) {
        PyErr_SetString(PyExc_ValueError, "n must be >= 0");
        return NULL;
    }
    KS_OWNED PyObject *result = PyTuple_New(count);
    if (result == NULL || count == 0)
        return ks_give(&result);
    KS_OWNED PyObject *first = PyObject_GetIter(args[0]);
    if (first == NULL)
        return NULL;
    KS_OWNED PyObject *copy = NULL;
    if (_PyObject_LookupAttr(first, KS_INTERN("__copy__"), &copy) < 0)
        return NULL;
    if (copy == NULL) {
        PyObject *tee = tee_over(first);
        Py_SETREF(first, tee);
        copy = first == NULL ? NULL : PyObject_GetAttr(first, KS_INTERN("__copy__"));
        if (copy == NULL)
            return NULL;
    }
    PyTuple_SET_ITEM(result, 0, ks_give(&first));
    for (Py_ssize_t i = 1; i < count; i++) {
        PyObject *another = PyObject_CallNoArgs(copy);
        if (another == NULL)
            return NULL;
        PyTuple_SET_ITEM(result, i, another);
    }
    return ks_give(&result);
}
