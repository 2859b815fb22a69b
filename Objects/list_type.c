/* SPDX-License-Identifier: MIT */
/* list as Python sees it: slots, methods and the type object. The memory work is in list.c. */
#include "Python.h"

#include "ks_args.h"
#include "ks_list.h"
#include "ks_trash.h"
#include "pycore_abstract.h"
#include "pycore_gc.h"
#include "pycore_interp.h"
#include "pycore_object.h"

#define AS_LIST(self) ((PyListObject *)(self))

/* ---- lifecycle ---- */

static int
list_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    /* A subclass with its own __new__ may take keywords. */
    if ((Py_IS_TYPE(self, &PyList_Type) || Py_TYPE(self)->tp_new == PyList_Type.tp_new)
        && !_PyArg_NoKeywords("list", kwargs))
        return -1;
    if (!ks_args_count("list", PyTuple_GET_SIZE(args), 0, 1))
        return -1;
    ks_list_clear(AS_LIST(self));
    if (PyTuple_GET_SIZE(args) == 0)
        return 0;
    return ks_list_extend(AS_LIST(self), PyTuple_GET_ITEM(args, 0));
}

static PyObject *
list_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (!ks_args_no_kwnames("list", kwnames) || !ks_args_count("list", nargs, 0, 1))
        return NULL;
    PyObject *list = type == (PyObject *)&PyList_Type
                         ? PyList_New(0)
                         : PyType_GenericAlloc((PyTypeObject *)type, 0);
    if (list != NULL && nargs == 1 && ks_list_extend(AS_LIST(list), args[0]) < 0)
        Py_CLEAR(list);
    return list;
}

static int
list_traverse(PyObject *self, visitproc visit, void *arg)
{
    for (Py_ssize_t i = Py_SIZE(self); i > 0; i--)
        Py_VISIT(AS_LIST(self)->ob_item[i - 1]);
    return 0;
}

static int
list_tp_clear(PyObject *self)
{
    return ks_list_clear(AS_LIST(self));
}

static void
list_drop(PyListObject *list)
{
    if (list->ob_item != NULL) {
        for (Py_ssize_t i = Py_SIZE(list); i > 0; i--)
            Py_XDECREF(list->ob_item[i - 1]);
        PyMem_Free(list->ob_item);
    }
    struct _Py_list_state *state = &_PyInterpreterState_GET()->list;
    if (PyList_CheckExact(list) && state->numfree < PyList_MAXFREELIST)
        state->free_list[state->numfree++] = list;
    else
        Py_TYPE(list)->tp_free(list);
}

static void
list_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    if (Py_TYPE(self)->tp_dealloc != list_dealloc) {
        list_drop(AS_LIST(self));
        return;
    }
    PyThreadState *thread = _PyThreadState_GET();
    if (ks_trash_postpone(thread, self))
        return;
    list_drop(AS_LIST(self));
    ks_trash_leave(thread);
}

/* ---- slots ---- */

static int
repr_write_items(_PyUnicodeWriter *writer, PyListObject *list)
{
    /* The length is asked for each time: a repr may change it. */
    for (Py_ssize_t i = 0; i < Py_SIZE(list); i++) {
        if (i > 0 && _PyUnicodeWriter_WriteASCIIString(writer, ", ", 2) < 0)
            return -1;
        KS_OWNED PyObject *item = Py_NewRef(list->ob_item[i]);
        KS_OWNED PyObject *text = PyObject_Repr(item);
        if (text == NULL || _PyUnicodeWriter_WriteStr(writer, text) < 0)
            return -1;
    }
    return 0;
}

static PyObject *
list_repr(PyObject *self)
{
    if (Py_SIZE(self) == 0)
        return PyUnicode_FromString("[]");
    int entered = Py_ReprEnter(self);
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromString("[...]") : NULL;
    PyObject *result = NULL;
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    writer.overallocate = 1;
    writer.min_length = 3 * Py_SIZE(self);
    if (_PyUnicodeWriter_WriteChar(&writer, '[') < 0
        || repr_write_items(&writer, AS_LIST(self)) < 0
        || _PyUnicodeWriter_WriteChar(&writer, ']') < 0)
        _PyUnicodeWriter_Dealloc(&writer);
    else
        result = _PyUnicodeWriter_Finish(&writer);
    Py_ReprLeave(self);
    return result;
}

/* Equality of an item that the comparison may throw out of the list. */
KS_INLINE int
item_equals(PyObject *item, PyObject *value)
{
    if (item == value)
        return 1;
    Py_INCREF(item);
    int same = PyObject_RichCompareBool(item, value, Py_EQ);
    Py_DECREF(item);
    return same;
}

static PyObject *
list_richcompare(PyObject *left, PyObject *right, int op)
{
    if (!PyList_Check(left) || !PyList_Check(right))
        Py_RETURN_NOTIMPLEMENTED;
    if (Py_SIZE(left) != Py_SIZE(right) && (op == Py_EQ || op == Py_NE))
        return PyBool_FromLong(op == Py_NE);
    Py_ssize_t i;
    for (i = 0; i < Py_SIZE(left) && i < Py_SIZE(right); i++) {
        PyObject *one = AS_LIST(left)->ob_item[i], *other = AS_LIST(right)->ob_item[i];
        if (one == other)
            continue;
        Py_INCREF(one);
        Py_INCREF(other);
        int same = PyObject_RichCompareBool(one, other, Py_EQ);
        Py_DECREF(one);
        Py_DECREF(other);
        if (same < 0)
            return NULL;
        if (!same)
            break;
    }
    Py_ssize_t left_length = Py_SIZE(left), right_length = Py_SIZE(right);
    if (i >= left_length || i >= right_length)
        Py_RETURN_RICHCOMPARE(left_length, right_length, op);
    if (op == Py_EQ)
        Py_RETURN_FALSE;
    if (op == Py_NE)
        Py_RETURN_TRUE;
    KS_OWNED PyObject *one = Py_NewRef(AS_LIST(left)->ob_item[i]);
    KS_OWNED PyObject *other = Py_NewRef(AS_LIST(right)->ob_item[i]);
    return PyObject_RichCompare(one, other, op);
}

static Py_ssize_t
list_length(PyObject *self)
{
    return Py_SIZE(self);
}

static int
list_contains(PyObject *self, PyObject *value)
{
    int same = 0;
    for (Py_ssize_t i = 0; same == 0 && i < Py_SIZE(self); i++)
        same = item_equals(AS_LIST(self)->ob_item[i], value);
    return same;
}

static PyObject *
list_item(PyObject *self, Py_ssize_t index)
{
    if ((size_t)index >= (size_t)Py_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "list index out of range");
        return NULL;
    }
    return Py_NewRef(AS_LIST(self)->ob_item[index]);
}

static PyObject *
list_concat(PyObject *self, PyObject *other)
{
    if (!PyList_Check(other)) {
        PyErr_Format(PyExc_TypeError, "can only concatenate list (not \"%.200s\") to list",
                     Py_TYPE(other)->tp_name);
        return NULL;
    }
    Py_ssize_t left = Py_SIZE(self), right = Py_SIZE(other);
    if (left > PY_SSIZE_T_MAX - right)
        return PyErr_NoMemory();
    PyObject *joined = PyList_New(left + right);
    if (joined == NULL)
        return NULL;
    PyObject **to = AS_LIST(joined)->ob_item;
    for (Py_ssize_t i = 0; i < left; i++)
        to[i] = Py_NewRef(AS_LIST(self)->ob_item[i]);
    for (Py_ssize_t i = 0; i < right; i++)
        to[left + i] = Py_NewRef(AS_LIST(other)->ob_item[i]);
    return joined;
}

/* Adds `more` references to each of count items. */
static void
add_references(PyObject **items, Py_ssize_t count, Py_ssize_t more)
{
    for (Py_ssize_t i = 0; i < count; i++)
        Py_SET_REFCNT(items[i], Py_REFCNT(items[i]) + more);
}

/* Fills an array with copies of its first `count` places. */
static void
spread_items(PyObject **items, Py_ssize_t count, Py_ssize_t total)
{
    if (count == 1) {
        for (Py_ssize_t i = 1; i < total; i++)
            items[i] = items[0];
        return;
    }
    for (Py_ssize_t done = count; done < total;) {
        Py_ssize_t step = done < total - done ? done : total - done;
        memcpy(items + done, items, (size_t)step * sizeof(PyObject *));
        done += step;
    }
}

static PyObject *
list_repeat(PyObject *self, Py_ssize_t times)
{
    Py_ssize_t count = Py_SIZE(self);
    if (count == 0 || times <= 0)
        return PyList_New(0);
    if (count > PY_SSIZE_T_MAX / times)
        return PyErr_NoMemory();
    PyObject *result = PyList_New(count * times);
    if (result == NULL)
        return NULL;
    memcpy(AS_LIST(result)->ob_item, AS_LIST(self)->ob_item, (size_t)count * sizeof(PyObject *));
    add_references(AS_LIST(self)->ob_item, count, times);
    spread_items(AS_LIST(result)->ob_item, count, count * times);
    return result;
}

static PyObject *
list_inplace_repeat(PyObject *self, Py_ssize_t times)
{
    Py_ssize_t count = Py_SIZE(self);
    if (count == 0 || times == 1)
        return Py_NewRef(self);
    if (times < 1) {
        ks_list_clear(AS_LIST(self));
        return Py_NewRef(self);
    }
    if (count > PY_SSIZE_T_MAX / times)
        return PyErr_NoMemory();
    if (ks_list_resize(AS_LIST(self), count * times) < 0)
        return NULL;
    add_references(AS_LIST(self)->ob_item, count, times - 1);
    spread_items(AS_LIST(self)->ob_item, count, count * times);
    return Py_NewRef(self);
}

static PyObject *
list_inplace_concat(PyObject *self, PyObject *other)
{
    return ks_list_extend(AS_LIST(self), other) < 0 ? NULL : Py_NewRef(self);
}

static int
list_ass_item(PyObject *self, Py_ssize_t index, PyObject *value)
{
    if ((size_t)index >= (size_t)Py_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "list assignment index out of range");
        return -1;
    }
    if (value == NULL)
        return ks_list_assign_slice(AS_LIST(self), index, index + 1, NULL);
    PyObject *old = AS_LIST(self)->ob_item[index];
    AS_LIST(self)->ob_item[index] = Py_NewRef(value);
    Py_DECREF(old);
    return 0;
}

static PyObject *
list_get_extended(PyListObject *list, Py_ssize_t start, Py_ssize_t step, Py_ssize_t count)
{
    PyObject *result = PyList_New(count);
    if (result == NULL)
        return NULL;
    size_t at = (size_t)start;
    for (Py_ssize_t i = 0; i < count; i++, at += (size_t)step)
        AS_LIST(result)->ob_item[i] = Py_NewRef(list->ob_item[at]);
    return result;
}

static PyObject *
list_subscript(PyObject *self, PyObject *key)
{
    if (_PyIndex_Check(key)) {
        Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (index == -1 && PyErr_Occurred())
            return NULL;
        if (index < 0)
            index += Py_SIZE(self);
        return list_item(self, index);
    }
    if (!PySlice_Check(key)) {
        PyErr_Format(PyExc_TypeError, "list indices must be integers or slices, not %.200s",
                     Py_TYPE(key)->tp_name);
        return NULL;
    }
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(key, &start, &stop, &step) < 0)
        return NULL;
    Py_ssize_t count = PySlice_AdjustIndices(Py_SIZE(self), &start, &stop, step);
    if (count <= 0)
        return PyList_New(0);
    if (step == 1)
        return PyList_GetSlice(self, start, stop);
    return list_get_extended(AS_LIST(self), start, step, count);
}

/* del list[start::step], count items of it. */
static int
delete_extended(PyListObject *list, Py_ssize_t start, Py_ssize_t step, Py_ssize_t count)
{
    if (count <= 0)
        return 0;
    if (step < 0) {
        start += step * (count - 1);
        step = -step;
    }
    PyObject **dropped = PyMem_New(PyObject *, count);
    if (dropped == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    /* What stands between two deleted items moves down as a block. */
    Py_ssize_t size = Py_SIZE(list);
    PyObject **items = list->ob_item;
    for (Py_ssize_t i = 0; i < count; i++) {
        Py_ssize_t at = start + i * step;
        Py_ssize_t next = i + 1 < count ? at + step : size;
        dropped[i] = items[at];
        memmove(items + at - i, items + at + 1, (size_t)(next - at - 1) * sizeof(PyObject *));
    }
    Py_SET_SIZE(list, size - count);
    int failed = ks_list_resize(list, size - count);
    for (Py_ssize_t i = 0; i < count; i++)
        Py_DECREF(dropped[i]);
    PyMem_Free(dropped);
    return failed;
}

/* list[start::step] = sequence, of the same length. */
static int
assign_extended(PyListObject *list, Py_ssize_t start, Py_ssize_t step, Py_ssize_t count,
                PyObject *value)
{
    KS_OWNED PyObject *sequence = NULL;
    if (value == (PyObject *)list)
        sequence = PyList_GetSlice(value, 0, Py_SIZE(value));
    else
        sequence = PySequence_Fast(value, "must assign iterable to extended slice");
    if (sequence == NULL)
        return -1;
    if (PySequence_Fast_GET_SIZE(sequence) != count) {
        PyErr_Format(PyExc_ValueError,
                     "attempt to assign sequence of size %zd to extended slice of size %zd",
                     PySequence_Fast_GET_SIZE(sequence), count);
        return -1;
    }
    if (count == 0)
        return 0;
    PyObject **dropped = PyMem_New(PyObject *, count);
    if (dropped == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    PyObject **from = PySequence_Fast_ITEMS(sequence);
    size_t at = (size_t)start;
    for (Py_ssize_t i = 0; i < count; i++, at += (size_t)step) {
        dropped[i] = list->ob_item[at];
        list->ob_item[at] = Py_NewRef(from[i]);
    }
    for (Py_ssize_t i = 0; i < count; i++)
        Py_DECREF(dropped[i]);
    PyMem_Free(dropped);
    return 0;
}

static int
list_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    if (_PyIndex_Check(key)) {
        Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (index == -1 && PyErr_Occurred())
            return -1;
        if (index < 0)
            index += Py_SIZE(self);
        return list_ass_item(self, index, value);
    }
    if (!PySlice_Check(key)) {
        PyErr_Format(PyExc_TypeError, "list indices must be integers or slices, not %.200s",
                     Py_TYPE(key)->tp_name);
        return -1;
    }
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(key, &start, &stop, &step) < 0)
        return -1;
    Py_ssize_t count = PySlice_AdjustIndices(Py_SIZE(self), &start, &stop, step);
    if (step == 1)
        return ks_list_assign_slice(AS_LIST(self), start, stop, value);
    if (value == NULL)
        return delete_extended(AS_LIST(self), start, step, count);
    return assign_extended(AS_LIST(self), start, step, count, value);
}

/* ---- methods ---- */

static PyObject *
list_sizeof(PyObject *self, PyObject *unused)
{
    return PyLong_FromSsize_t(_PyObject_SIZE(Py_TYPE(self))
                              + AS_LIST(self)->allocated * (Py_ssize_t)sizeof(PyObject *));
}

static PyObject *
list_clear(PyObject *self, PyObject *unused)
{
    ks_list_clear(AS_LIST(self));
    Py_RETURN_NONE;
}

static PyObject *
list_copy(PyObject *self, PyObject *unused)
{
    return PyList_GetSlice(self, 0, Py_SIZE(self));
}

static PyObject *
list_append(PyObject *self, PyObject *item)
{
    if (_PyList_AppendTakeRef(AS_LIST(self), Py_NewRef(item)) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
list_insert(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t index;
    if (!ks_args_count("insert", nargs, 2, 2) || !ks_arg_index(args[0], &index)
        || ks_list_insert(AS_LIST(self), index, args[1]) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
list_extend(PyObject *self, PyObject *iterable)
{
    return _PyList_Extend(AS_LIST(self), iterable);
}

static PyObject *
list_pop(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t index = -1;
    if (!ks_args_count("pop", nargs, 0, 1) || (nargs == 1 && !ks_arg_index(args[0], &index)))
        return NULL;
    Py_ssize_t count = Py_SIZE(self);
    if (count == 0) {
        PyErr_SetString(PyExc_IndexError, "pop from empty list");
        return NULL;
    }
    if (index < 0)
        index += count;
    if ((size_t)index >= (size_t)count) {
        PyErr_SetString(PyExc_IndexError, "pop index out of range");
        return NULL;
    }
    PyObject **items = AS_LIST(self)->ob_item;
    PyObject *item = items[index];
    if (count == 1) {
        /* Cleared without dropping: the reference goes to the caller. */
        Py_SET_SIZE(self, 0);
        ks_list_clear(AS_LIST(self));
        return item;
    }
    memmove(items + index, items + index + 1, (size_t)(count - index - 1) * sizeof(PyObject *));
    if (ks_list_resize(AS_LIST(self), count - 1) < 0) {
        items = AS_LIST(self)->ob_item;
        memmove(items + index + 1, items + index, (size_t)(count - index - 1) * sizeof(PyObject *));
        items[index] = item;
        return NULL;
    }
    return item;
}

static PyObject *
list_remove(PyObject *self, PyObject *value)
{
    for (Py_ssize_t i = 0; i < Py_SIZE(self); i++) {
        int same = item_equals(AS_LIST(self)->ob_item[i], value);
        if (same < 0)
            return NULL;
        if (same) {
            if (ks_list_assign_slice(AS_LIST(self), i, i + 1, NULL) < 0)
                return NULL;
            Py_RETURN_NONE;
        }
    }
    PyErr_SetString(PyExc_ValueError, "list.remove(x): x not in list");
    return NULL;
}

static PyObject *
list_index(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t start = 0, stop = PY_SSIZE_T_MAX;
    if (!ks_args_count("index", nargs, 1, 3)
        || (nargs > 1 && !_PyEval_SliceIndexNotNone(args[1], &start))
        || (nargs > 2 && !_PyEval_SliceIndexNotNone(args[2], &stop)))
        return NULL;
    if (start < 0) {
        start += Py_SIZE(self);
        if (start < 0)
            start = 0;
    }
    if (stop < 0) {
        stop += Py_SIZE(self);
        if (stop < 0)
            stop = 0;
    }
    for (Py_ssize_t i = start; i < stop && i < Py_SIZE(self); i++) {
        int same = item_equals(AS_LIST(self)->ob_item[i], args[0]);
        if (same < 0)
            return NULL;
        if (same)
            return PyLong_FromSsize_t(i);
    }
    PyErr_Format(PyExc_ValueError, "%R is not in list", args[0]);
    return NULL;
}

static PyObject *
list_count(PyObject *self, PyObject *value)
{
    Py_ssize_t count = 0;
    for (Py_ssize_t i = 0; i < Py_SIZE(self); i++) {
        int same = item_equals(AS_LIST(self)->ob_item[i], value);
        if (same < 0)
            return NULL;
        count += same;
    }
    return PyLong_FromSsize_t(count);
}

static PyObject *
list_reverse(PyObject *self, PyObject *unused)
{
    PyList_Reverse(self);
    Py_RETURN_NONE;
}

typedef struct SortArgs {
    PyObject *key;
    int reverse;
} SortArgs;

static const KsParam sort_params[] = {
    PARAM_KWONLY(SortArgs, key, ARG_OBJECT, 0),
    PARAM_KWONLY(SortArgs, reverse, ARG_INT, 0),
    PARAM_END,
};

static PyObject *
list_sort(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    SortArgs call = {NULL, 0};
    if ((nargs > 0 || kwnames != NULL)
        && !ks_args_parse("sort", sort_params, args, nargs, kwnames, &call))
        return NULL;
    if (call.key == Py_None)
        call.key = NULL;
    if (ks_list_sort(AS_LIST(self), call.key, call.reverse) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef list_methods[] = {
    METHOD_PLAIN("__getitem__", list_subscript, METH_O | METH_COEXIST,
                 "The item at an index, or a list of those in a slice."),
    METHOD("__reversed__", ks_list_reversed, METH_NOARGS, "($self, /)",
           "An iterator from the last item to the first."),
    METHOD("__sizeof__", list_sizeof, METH_NOARGS, "($self, /)",
           "Bytes of memory the list takes."),
    METHOD("clear", list_clear, METH_NOARGS, "($self, /)", "Take all items out."),
    METHOD("copy", list_copy, METH_NOARGS, "($self, /)", "A new list of the same items."),
    METHOD("append", list_append, METH_O, "($self, object, /)", "Add object at the end."),
    METHOD("insert", list_insert, METH_FASTCALL, "($self, index, object, /)",
           "Place object so that it ends up at index."),
    METHOD("extend", list_extend, METH_O, "($self, iterable, /)",
           "Add everything an iterable yields at the end."),
    METHOD("pop", list_pop, METH_FASTCALL, "($self, index=-1, /)",
           "Take the item at index out and return it; IndexError if there is none."),
    METHOD("remove", list_remove, METH_O, "($self, value, /)",
           "Take the first item that equals value out; ValueError if there is none."),
    METHOD("index", list_index, METH_FASTCALL, "($self, value, start=0, stop=sys.maxsize, /)",
           "Where the first item that equals value stands; ValueError if there is none."),
    METHOD("count", list_count, METH_O, "($self, value, /)", "How many items equal value."),
    METHOD("reverse", list_reverse, METH_NOARGS, "($self, /)", "Turn the order round, in place."),
    METHOD("sort", list_sort, METH_FASTCALL | METH_KEYWORDS,
           "($self, /, *, key=None, reverse=False)",
           "Sort in place, ascending and stable.\n\n"
           "key is called once for each item, the results are compared. reverse sorts descending."),
    METHOD_PLAIN("__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS,
                 "list[...] for type annotations."),
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods list_as_sequence = {
    .sq_length = list_length,
    .sq_concat = list_concat,
    .sq_repeat = list_repeat,
    .sq_item = list_item,
    .sq_ass_item = list_ass_item,
    .sq_contains = list_contains,
    .sq_inplace_concat = list_inplace_concat,
    .sq_inplace_repeat = list_inplace_repeat,
};

static PyMappingMethods list_as_mapping = {
    .mp_length = list_length,
    .mp_subscript = list_subscript,
    .mp_ass_subscript = list_ass_subscript,
};

PyTypeObject PyList_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "list",
    .tp_basicsize = sizeof(PyListObject),
    .tp_dealloc = list_dealloc,
    .tp_repr = list_repr,
    .tp_as_sequence = &list_as_sequence,
    .tp_as_mapping = &list_as_mapping,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE
                | Py_TPFLAGS_LIST_SUBCLASS | _Py_TPFLAGS_MATCH_SELF | Py_TPFLAGS_SEQUENCE,
    .tp_doc = "list(iterable=(), /)\n--\n\n"
              "Items in an order that can be changed.\n\n"
              "Starts with what the iterable yields, or empty.",
    .tp_traverse = list_traverse,
    .tp_clear = list_tp_clear,
    .tp_richcompare = list_richcompare,
    .tp_iter = ks_list_iter,
    .tp_methods = list_methods,
    .tp_init = list_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = PyType_GenericNew,
    .tp_free = PyObject_GC_Del,
    .tp_vectorcall = list_vectorcall,
};
