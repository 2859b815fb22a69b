/* SPDX-License-Identifier: MIT */
/* The tuple: memory, C-API, methods, type. The iterator is in tuple_iter.c.
 *
 * The empty tuple exists once, in _PyRuntime. Tuples of up to PyTuple_MAXSAVESIZE items are kept
 * for reuse in one list a length, linked through their first item. A tuple is tracked when it is
 * made; the collector untracks those that hold nothing that can be part of a cycle. */
#include "Python.h"

#include "ks_args.h"
#include "ks_list.h"
#include "ks_trash.h"
#include "pycore_abstract.h"
#include "pycore_gc.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_runtime.h"

#define AS_TUPLE(self) ((PyTupleObject *)(self))

/* ---- memory ---- */

static PyObject *
empty_tuple(void)
{
    return Py_NewRef((PyObject *)&_Py_SINGLETON(tuple_empty));
}

/* Places are not initialised, and the tuple is not tracked; length is above 0. */
static PyTupleObject *
tuple_alloc(Py_ssize_t length)
{
    struct _Py_tuple_state *state = &_PyInterpreterState_GET()->tuple;
    if (length <= PyTuple_MAXSAVESIZE) {
        PyTupleObject *tuple = state->free_list[length - 1];
        if (KS_LIKELY(tuple != NULL)) {
            state->free_list[length - 1] = (PyTupleObject *)tuple->ob_item[0];
            state->numfree[length - 1]--;
            ks_new_reference((PyObject *)tuple);
            return tuple;
        }
    }
    else if ((size_t)length
             > ((size_t)PY_SSIZE_T_MAX - sizeof(PyTupleObject)) / sizeof(PyObject *)) {
        PyErr_NoMemory();
        return NULL;
    }
    return PyObject_GC_NewVar(PyTupleObject, &PyTuple_Type, length);
}

/* A tuple of `length` places that the caller must fill (they are NULL) before anybody sees it. */
PyObject *
PyTuple_New(Py_ssize_t length)
{
    if (length == 0)
        return empty_tuple();
    if (length < 0) {
        PyErr_BadInternalCall();
        return NULL;
    }
    PyTupleObject *tuple = tuple_alloc(length);
    if (tuple == NULL)
        return NULL;
    memset(tuple->ob_item, 0, (size_t)length * sizeof(PyObject *));
    _PyObject_GC_TRACK(tuple);
    return (PyObject *)tuple;
}

PyObject *
_PyTuple_FromArray(PyObject *const *items, Py_ssize_t length)
{
    if (length == 0)
        return empty_tuple();
    PyTupleObject *tuple = tuple_alloc(length);
    if (tuple == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < length; i++)
        tuple->ob_item[i] = Py_NewRef(items[i]);
    _PyObject_GC_TRACK(tuple);
    return (PyObject *)tuple;
}

/* Takes the references over, on failure as well. */
PyObject *
_PyTuple_FromArraySteal(PyObject *const *items, Py_ssize_t length)
{
    if (length == 0)
        return empty_tuple();
    PyTupleObject *tuple = tuple_alloc(length);
    if (tuple == NULL) {
        for (Py_ssize_t i = 0; i < length; i++)
            Py_DECREF(items[i]);
        return NULL;
    }
    memcpy(tuple->ob_item, items, (size_t)length * sizeof(PyObject *));
    _PyObject_GC_TRACK(tuple);
    return (PyObject *)tuple;
}

PyObject *
PyTuple_Pack(Py_ssize_t length, ...)
{
    va_list items;
    if (length == 0)
        return empty_tuple();
    PyTupleObject *tuple = tuple_alloc(length);
    if (tuple == NULL)
        return NULL;
    va_start(items, length);
    for (Py_ssize_t i = 0; i < length; i++)
        tuple->ob_item[i] = Py_NewRef(va_arg(items, PyObject *));
    va_end(items);
    _PyObject_GC_TRACK(tuple);
    return (PyObject *)tuple;
}

/* Changes the length of a tuple that only the caller has. On failure *place is NULL and the tuple
 * gone. */
int
_PyTuple_Resize(PyObject **place, Py_ssize_t length)
{
    PyTupleObject *tuple = AS_TUPLE(*place);
    if (tuple == NULL || !Py_IS_TYPE(tuple, &PyTuple_Type) || length < 0
        || (Py_SIZE(tuple) != 0 && Py_REFCNT(tuple) != 1)) {
        *place = NULL;
        Py_XDECREF(tuple);
        PyErr_BadInternalCall();
        return -1;
    }
    Py_ssize_t old_length = Py_SIZE(tuple);
    if (old_length == length)
        return 0;
    if (length == 0 || old_length == 0) {
        Py_DECREF(tuple);
        *place = PyTuple_New(length);
        return *place == NULL ? -1 : 0;
    }
    if (_PyObject_GC_IS_TRACKED(tuple))
        _PyObject_GC_UNTRACK(tuple);
    for (Py_ssize_t i = length; i < old_length; i++)
        Py_CLEAR(tuple->ob_item[i]);
    PyTupleObject *moved = PyObject_GC_Resize(PyTupleObject, tuple, length);
    if (moved == NULL) {
        *place = NULL;
        Py_ssize_t valid = length < old_length ? length : old_length;
        while (--valid >= 0)
            Py_XDECREF(tuple->ob_item[valid]);
        PyObject_GC_Del(tuple);
        return -1;
    }
    if (length > old_length)
        memset(&moved->ob_item[old_length], 0,
               (size_t)(length - old_length) * sizeof(PyObject *));
    *place = (PyObject *)moved;
    _PyObject_GC_TRACK(moved);
    return 0;
}

void
_PyTuple_MaybeUntrack(PyObject *self)
{
    if (!PyTuple_CheckExact(self) || !_PyObject_GC_IS_TRACKED(self))
        return;
    for (Py_ssize_t i = 0; i < Py_SIZE(self); i++) {
        PyObject *item = PyTuple_GET_ITEM(self, i);
        /* An empty place: whoever fills the tuple is not done. */
        if (item == NULL || _PyObject_GC_MAY_BE_TRACKED(item))
            return;
    }
    _PyObject_GC_UNTRACK(self);
}

void
_PyTuple_ClearFreeList(PyInterpreterState *interp)
{
    struct _Py_tuple_state *state = &interp->tuple;
    for (int i = 0; i < PyTuple_NFREELISTS; i++) {
        PyTupleObject *tuple = state->free_list[i];
        state->free_list[i] = NULL;
        state->numfree[i] = 0;
        while (tuple != NULL) {
            PyTupleObject *next = (PyTupleObject *)tuple->ob_item[0];
            PyObject_GC_Del(tuple);
            tuple = next;
        }
    }
}

void
_PyTuple_Fini(PyInterpreterState *interp)
{
    _PyTuple_ClearFreeList(interp);
}

PyStatus
_PyTuple_InitGlobalObjects(PyInterpreterState *interp)
{
    return _PyStatus_OK();
}

PyStatus
_PyTuple_InitTypes(PyInterpreterState *interp)
{
    if (PyType_Ready(&PyTuple_Type) < 0)
        return _PyStatus_ERR("Can't initialize tuple type");
    if (PyType_Ready(&PyTupleIter_Type) < 0)
        return _PyStatus_ERR("Can't initialize tuple iterator type");
    return _PyStatus_OK();
}

void
_PyTuple_DebugMallocStats(FILE *out)
{
    struct _Py_tuple_state *state = &_PyInterpreterState_GET()->tuple;
    for (int i = 0; i < PyTuple_NFREELISTS; i++) {
        char name[64];
        PyOS_snprintf(name, sizeof(name), "free %d-sized PyTupleObject", i + 1);
        _PyDebugAllocatorStats(out, name, state->numfree[i],
                               _PyObject_VAR_SIZE(&PyTuple_Type, i + 1));
    }
}

/* ---- C-API ---- */

Py_ssize_t
PyTuple_Size(PyObject *self)
{
    if (!PyTuple_Check(self)) {
        PyErr_BadInternalCall();
        return -1;
    }
    return Py_SIZE(self);
}

PyObject *
PyTuple_GetItem(PyObject *self, Py_ssize_t index)
{
    if (!PyTuple_Check(self)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if ((size_t)index >= (size_t)Py_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "tuple index out of range");
        return NULL;
    }
    return AS_TUPLE(self)->ob_item[index];
}

/* For tuples that nobody else has seen. Takes the item over, on failure as well. */
int
PyTuple_SetItem(PyObject *self, Py_ssize_t index, PyObject *item)
{
    if (!PyTuple_Check(self) || Py_REFCNT(self) != 1) {
        Py_XDECREF(item);
        PyErr_BadInternalCall();
        return -1;
    }
    if ((size_t)index >= (size_t)Py_SIZE(self)) {
        Py_XDECREF(item);
        PyErr_SetString(PyExc_IndexError, "tuple assignment index out of range");
        return -1;
    }
    PyObject *old = AS_TUPLE(self)->ob_item[index];
    AS_TUPLE(self)->ob_item[index] = item;
    Py_XDECREF(old);
    return 0;
}

/* items[low:high]; bounds outside are moved to the ends. */
PyObject *
PyTuple_GetSlice(PyObject *self, Py_ssize_t low, Py_ssize_t high)
{
    if (self == NULL || !PyTuple_Check(self)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if (low < 0)
        low = 0;
    if (high > Py_SIZE(self))
        high = Py_SIZE(self);
    if (high < low)
        high = low;
    if (low == 0 && high == Py_SIZE(self) && PyTuple_CheckExact(self))
        return Py_NewRef(self);
    return _PyTuple_FromArray(AS_TUPLE(self)->ob_item + low, high - low);
}

/* ---- lifecycle ---- */

/* tuple(iterable) for a subclass: the items move from an exact tuple. */
static PyObject *
tuple_new_subtype(PyTypeObject *type, PyObject *iterable)
{
    KS_OWNED PyObject *items = iterable == NULL ? empty_tuple() : PySequence_Tuple(iterable);
    if (items == NULL)
        return NULL;
    Py_ssize_t length = Py_SIZE(items);
    PyObject *self = type->tp_alloc(type, length);
    if (self == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < length; i++)
        PyTuple_SET_ITEM(self, i, Py_NewRef(PyTuple_GET_ITEM(items, i)));
    return self;
}

static PyObject *
tuple_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if ((type == &PyTuple_Type || type->tp_init == PyTuple_Type.tp_init)
        && !_PyArg_NoKeywords("tuple", kwargs))
        return NULL;
    if (!ks_args_count("tuple", PyTuple_GET_SIZE(args), 0, 1))
        return NULL;
    PyObject *iterable = PyTuple_GET_SIZE(args) == 1 ? PyTuple_GET_ITEM(args, 0) : NULL;
    if (type != &PyTuple_Type)
        return tuple_new_subtype(type, iterable);
    return iterable == NULL ? empty_tuple() : PySequence_Tuple(iterable);
}

static PyObject *
tuple_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (!ks_args_no_kwnames("tuple", kwnames) || !ks_args_count("tuple", nargs, 0, 1))
        return NULL;
    if (type != (PyObject *)&PyTuple_Type)
        return tuple_new_subtype((PyTypeObject *)type, nargs == 1 ? args[0] : NULL);
    return nargs == 0 ? empty_tuple() : PySequence_Tuple(args[0]);
}

static int
tuple_traverse(PyObject *self, visitproc visit, void *arg)
{
    for (Py_ssize_t i = Py_SIZE(self); i > 0; i--)
        Py_VISIT(AS_TUPLE(self)->ob_item[i - 1]);
    return 0;
}

static void
tuple_drop(PyTupleObject *tuple)
{
    Py_ssize_t length = Py_SIZE(tuple);
    for (Py_ssize_t i = length; i > 0; i--)
        Py_XDECREF(tuple->ob_item[i - 1]);
    if (PyTuple_CheckExact(tuple) && length > 0 && length <= PyTuple_MAXSAVESIZE) {
        struct _Py_tuple_state *state = &_PyInterpreterState_GET()->tuple;
        if (state->numfree[length - 1] < PyTuple_MAXFREELIST) {
            tuple->ob_item[0] = (PyObject *)state->free_list[length - 1];
            state->free_list[length - 1] = tuple;
            state->numfree[length - 1]++;
            return;
        }
    }
    Py_TYPE(tuple)->tp_free(tuple);
}

static void
tuple_dealloc(PyObject *self)
{
    if (KS_UNLIKELY(AS_TUPLE(self) == &_Py_SINGLETON(tuple_empty))) {
        /* Somebody dropped references that were not his; there is only this one. */
        Py_SET_REFCNT(self, 999999999);
        return;
    }
    if (_PyObject_GC_IS_TRACKED(self))
        _PyObject_GC_UNTRACK(self);
    if (Py_TYPE(self)->tp_dealloc != tuple_dealloc) {
        tuple_drop(AS_TUPLE(self));
        return;
    }
    PyThreadState *thread = _PyThreadState_GET();
    if (ks_trash_postpone(thread, self))
        return;
    tuple_drop(AS_TUPLE(self));
    ks_trash_leave(thread);
}

/* ---- slots ---- */

static int
repr_write_items(_PyUnicodeWriter *writer, PyObject *self)
{
    for (Py_ssize_t i = 0; i < Py_SIZE(self); i++) {
        if (i > 0 && _PyUnicodeWriter_WriteASCIIString(writer, ", ", 2) < 0)
            return -1;
        KS_OWNED PyObject *text = PyObject_Repr(PyTuple_GET_ITEM(self, i));
        if (text == NULL || _PyUnicodeWriter_WriteStr(writer, text) < 0)
            return -1;
    }
    if (Py_SIZE(self) == 1)
        return _PyUnicodeWriter_WriteChar(writer, ',');
    return 0;
}

static PyObject *
tuple_repr(PyObject *self)
{
    if (Py_SIZE(self) == 0)
        return PyUnicode_FromString("()");
    int entered = Py_ReprEnter(self);
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromString("(...)") : NULL;
    PyObject *result = NULL;
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    writer.overallocate = 1;
    writer.min_length = 3 * Py_SIZE(self);
    if (_PyUnicodeWriter_WriteChar(&writer, '(') < 0 || repr_write_items(&writer, self) < 0
        || _PyUnicodeWriter_WriteChar(&writer, ')') < 0)
        _PyUnicodeWriter_Dealloc(&writer);
    else
        result = _PyUnicodeWriter_Finish(&writer);
    Py_ReprLeave(self);
    return result;
}

/* xxHash's 64-bit mixing of the items' hashes, one lane. */
#define XX_PRIME_1 11400714785074694791ULL
#define XX_PRIME_2 14029467366897019727ULL
#define XX_PRIME_5 2870177450012600261ULL

static Py_hash_t
tuple_hash(PyObject *self)
{
    Py_ssize_t length = Py_SIZE(self);
    uint64_t mixed = XX_PRIME_5;
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_hash_t lane = PyObject_Hash(AS_TUPLE(self)->ob_item[i]);
        if (lane == -1)
            return -1;
        mixed += (uint64_t)lane * XX_PRIME_2;
        mixed = (mixed << 31) | (mixed >> 33);
        mixed *= XX_PRIME_1;
    }
    mixed += (uint64_t)length ^ (XX_PRIME_5 ^ 3527539ULL);
    return mixed == (uint64_t)-1 ? 1546275796 : (Py_hash_t)mixed;
}

static PyObject *
tuple_richcompare(PyObject *left, PyObject *right, int op)
{
    if (!PyTuple_Check(left) || !PyTuple_Check(right))
        Py_RETURN_NOTIMPLEMENTED;
    Py_ssize_t left_length = Py_SIZE(left), right_length = Py_SIZE(right), i;
    /* Lengths do not decide early, not even ==: the items are compared first. */
    for (i = 0; i < left_length && i < right_length; i++) {
        int same = PyObject_RichCompareBool(AS_TUPLE(left)->ob_item[i],
                                            AS_TUPLE(right)->ob_item[i], Py_EQ);
        if (same < 0)
            return NULL;
        if (!same)
            break;
    }
    if (i >= left_length || i >= right_length)
        Py_RETURN_RICHCOMPARE(left_length, right_length, op);
    if (op == Py_EQ)
        Py_RETURN_FALSE;
    if (op == Py_NE)
        Py_RETURN_TRUE;
    return PyObject_RichCompare(AS_TUPLE(left)->ob_item[i], AS_TUPLE(right)->ob_item[i], op);
}

static Py_ssize_t
tuple_length(PyObject *self)
{
    return Py_SIZE(self);
}

static int
tuple_contains(PyObject *self, PyObject *value)
{
    int same = 0;
    for (Py_ssize_t i = 0; same == 0 && i < Py_SIZE(self); i++)
        same = PyObject_RichCompareBool(AS_TUPLE(self)->ob_item[i], value, Py_EQ);
    return same;
}

static PyObject *
tuple_item(PyObject *self, Py_ssize_t index)
{
    if ((size_t)index >= (size_t)Py_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "tuple index out of range");
        return NULL;
    }
    return Py_NewRef(AS_TUPLE(self)->ob_item[index]);
}

static PyObject *
tuple_concat(PyObject *self, PyObject *other)
{
    if (Py_SIZE(self) == 0 && PyTuple_CheckExact(other))
        return Py_NewRef(other);
    if (!PyTuple_Check(other)) {
        PyErr_Format(PyExc_TypeError, "can only concatenate tuple (not \"%.200s\") to tuple",
                     Py_TYPE(other)->tp_name);
        return NULL;
    }
    Py_ssize_t left = Py_SIZE(self), right = Py_SIZE(other);
    if (right == 0 && PyTuple_CheckExact(self))
        return Py_NewRef(self);
    if (left > PY_SSIZE_T_MAX - right)
        return PyErr_NoMemory();
    if (left + right == 0)
        return empty_tuple();
    PyTupleObject *joined = tuple_alloc(left + right);
    if (joined == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < left; i++)
        joined->ob_item[i] = Py_NewRef(AS_TUPLE(self)->ob_item[i]);
    for (Py_ssize_t i = 0; i < right; i++)
        joined->ob_item[left + i] = Py_NewRef(AS_TUPLE(other)->ob_item[i]);
    _PyObject_GC_TRACK(joined);
    return (PyObject *)joined;
}

static PyObject *
tuple_repeat(PyObject *self, Py_ssize_t times)
{
    Py_ssize_t length = Py_SIZE(self);
    if ((length == 0 || times == 1) && PyTuple_CheckExact(self))
        return Py_NewRef(self);
    if (length == 0 || times <= 0)
        return empty_tuple();
    if (length > PY_SSIZE_T_MAX / times)
        return PyErr_NoMemory();
    PyTupleObject *result = tuple_alloc(length * times);
    if (result == NULL)
        return NULL;
    PyObject **to = result->ob_item;
    for (Py_ssize_t time = 0; time < times; time++)
        for (Py_ssize_t i = 0; i < length; i++)
            *to++ = Py_NewRef(AS_TUPLE(self)->ob_item[i]);
    _PyObject_GC_TRACK(result);
    return (PyObject *)result;
}

static PyObject *
tuple_subscript(PyObject *self, PyObject *key)
{
    if (_PyIndex_Check(key)) {
        Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (index == -1 && PyErr_Occurred())
            return NULL;
        if (index < 0)
            index += Py_SIZE(self);
        return tuple_item(self, index);
    }
    if (!PySlice_Check(key)) {
        PyErr_Format(PyExc_TypeError, "tuple indices must be integers or slices, not %.200s",
                     Py_TYPE(key)->tp_name);
        return NULL;
    }
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(key, &start, &stop, &step) < 0)
        return NULL;
    Py_ssize_t count = PySlice_AdjustIndices(Py_SIZE(self), &start, &stop, step);
    if (count <= 0)
        return empty_tuple();
    if (start == 0 && step == 1 && count == Py_SIZE(self) && PyTuple_CheckExact(self))
        return Py_NewRef(self);
    PyTupleObject *result = tuple_alloc(count);
    if (result == NULL)
        return NULL;
    size_t at = (size_t)start;
    for (Py_ssize_t i = 0; i < count; i++, at += (size_t)step)
        result->ob_item[i] = Py_NewRef(AS_TUPLE(self)->ob_item[at]);
    _PyObject_GC_TRACK(result);
    return (PyObject *)result;
}

/* ---- methods ---- */

static PyObject *
tuple_getnewargs(PyObject *self, PyObject *unused)
{
    KS_OWNED PyObject *plain = PyTuple_GetSlice(self, 0, Py_SIZE(self));
    return plain == NULL ? NULL : PyTuple_Pack(1, plain);
}

static PyObject *
tuple_index(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t start = 0, stop = PY_SSIZE_T_MAX;
    if (!ks_args_count("index", nargs, 1, 3)
        || (nargs > 1 && !_PyEval_SliceIndexNotNone(args[1], &start))
        || (nargs > 2 && !_PyEval_SliceIndexNotNone(args[2], &stop)))
        return NULL;
    Py_ssize_t length = Py_SIZE(self);
    if (start < 0)
        start = start + length < 0 ? 0 : start + length;
    if (stop < 0)
        stop += length;
    else if (stop > length)
        stop = length;
    for (Py_ssize_t i = start; i < stop; i++) {
        int same = PyObject_RichCompareBool(AS_TUPLE(self)->ob_item[i], args[0], Py_EQ);
        if (same < 0)
            return NULL;
        if (same)
            return PyLong_FromSsize_t(i);
    }
    PyErr_SetString(PyExc_ValueError, "tuple.index(x): x not in tuple");
    return NULL;
}

static PyObject *
tuple_count(PyObject *self, PyObject *value)
{
    Py_ssize_t count = 0;
    for (Py_ssize_t i = 0; i < Py_SIZE(self); i++) {
        int same = PyObject_RichCompareBool(AS_TUPLE(self)->ob_item[i], value, Py_EQ);
        if (same < 0)
            return NULL;
        count += same;
    }
    return PyLong_FromSsize_t(count);
}

static PyMethodDef tuple_methods[] = {
    METHOD("__getnewargs__", tuple_getnewargs, METH_NOARGS, "($self, /)", ""),
    METHOD("index", tuple_index, METH_FASTCALL, "($self, value, start=0, stop=sys.maxsize, /)",
           "Where the first item that equals value stands; ValueError if there is none."),
    METHOD("count", tuple_count, METH_O, "($self, value, /)", "How many items equal value."),
    METHOD_PLAIN("__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS,
                 "tuple[...] for type annotations."),
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods tuple_as_sequence = {
    .sq_length = tuple_length,
    .sq_concat = tuple_concat,
    .sq_repeat = tuple_repeat,
    .sq_item = tuple_item,
    .sq_contains = tuple_contains,
};

static PyMappingMethods tuple_as_mapping = {
    .mp_length = tuple_length,
    .mp_subscript = tuple_subscript,
};

PyTypeObject PyTuple_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "tuple",
    .tp_basicsize = sizeof(PyTupleObject) - sizeof(PyObject *),
    .tp_itemsize = sizeof(PyObject *),
    .tp_dealloc = tuple_dealloc,
    .tp_repr = tuple_repr,
    .tp_as_sequence = &tuple_as_sequence,
    .tp_as_mapping = &tuple_as_mapping,
    .tp_hash = tuple_hash,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE
                | Py_TPFLAGS_TUPLE_SUBCLASS | _Py_TPFLAGS_MATCH_SELF | Py_TPFLAGS_SEQUENCE,
    .tp_doc = "tuple(iterable=(), /)\n--\n\n"
              "Items in an order that cannot be changed.\n\n"
              "Made of what the iterable yields; a tuple is returned as it is.",
    .tp_traverse = tuple_traverse,
    .tp_richcompare = tuple_richcompare,
    .tp_iter = ks_tuple_iter,
    .tp_methods = tuple_methods,
    .tp_new = tuple_new,
    .tp_free = PyObject_GC_Del,
    .tp_vectorcall = tuple_vectorcall,
};
