/* SPDX-License-Identifier: MIT */
/* The list: memory, insertion, slices, and the C-API. Methods and the type are in list_type.c,
 * the iterators in list_iter.c, the sort in list_sort.c.
 *
 * ob_item has room for `allocated` items of which ob_size are valid; a list that never held
 * anything has no ob_item. `allocated` is -1 while the list is being sorted. Items are dropped only
 * when the list is whole again: what they run may use the list. */
#include "Python.h"

#include "ks_list.h"
#include "pycore_gc.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_pystate.h"

#define AS_LIST(self) ((PyListObject *)(self))

/* ---- memory ---- */

int
ks_list_resize(PyListObject *list, Py_ssize_t length)
{
    Py_ssize_t allocated = list->allocated;
    if (allocated >= length && length >= (allocated >> 1)) {
        Py_SET_SIZE(list, length);
        return 0;
    }
    /* An eighth more than needed, in fours; exact if that would not cover half of the growth. */
    size_t room = ((size_t)length + ((size_t)length >> 3) + 6) & ~(size_t)3;
    if (length - Py_SIZE(list) > (Py_ssize_t)(room - (size_t)length))
        room = ((size_t)length + 3) & ~(size_t)3;
    if (length == 0)
        room = 0;
    PyObject **items = NULL;
    if (room <= (size_t)PY_SSIZE_T_MAX / sizeof(PyObject *))
        items = PyMem_Realloc(list->ob_item, room * sizeof(PyObject *));
    if (items == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    list->ob_item = items;
    list->allocated = (Py_ssize_t)room;
    Py_SET_SIZE(list, length);
    return 0;
}

/* The first memory of an empty list, for an announced number of items. */
static int
list_reserve(PyListObject *list, Py_ssize_t length)
{
    length += length & 1;
    PyObject **items = PyMem_New(PyObject *, length);
    if (items == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    list->ob_item = items;
    list->allocated = length;
    return 0;
}

/* An empty list that is not tracked yet. */
static PyListObject *
list_alloc(void)
{
    struct _Py_list_state *state = &_PyInterpreterState_GET()->list;
    PyListObject *list;
    if (KS_LIKELY(state->numfree > 0)) {
        list = state->free_list[--state->numfree];
        ks_new_reference((PyObject *)list);
    }
    else {
        list = PyObject_GC_New(PyListObject, &PyList_Type);
        if (list == NULL)
            return NULL;
    }
    list->ob_item = NULL;
    list->allocated = 0;
    Py_SET_SIZE(list, 0);
    return list;
}

/* A list of `length` places that the caller must fill (they are NULL) before anybody sees it. */
PyObject *
PyList_New(Py_ssize_t length)
{
    if (length < 0) {
        PyErr_BadInternalCall();
        return NULL;
    }
    PyListObject *list = list_alloc();
    if (list == NULL)
        return NULL;
    if (length > 0) {
        list->ob_item = PyMem_Calloc((size_t)length, sizeof(PyObject *));
        if (list->ob_item == NULL) {
            PyObject_GC_Del(list);
            return PyErr_NoMemory();
        }
        list->allocated = length;
        Py_SET_SIZE(list, length);
    }
    _PyObject_GC_TRACK(list);
    return (PyObject *)list;
}

/* The same with places that hold garbage; untracked until the caller has filled them. */
static PyListObject *
list_unfilled(Py_ssize_t length)
{
    PyListObject *list = list_alloc();
    if (list == NULL || length == 0)
        return list;
    list->ob_item = PyMem_New(PyObject *, length);
    if (list->ob_item == NULL) {
        PyObject_GC_Del(list);
        PyErr_NoMemory();
        return NULL;
    }
    list->allocated = length;
    Py_SET_SIZE(list, length);
    return list;
}

/* Drops items from the last to the first and frees their array. */
static void
drop_items(PyObject **items, Py_ssize_t count)
{
    while (--count >= 0)
        Py_XDECREF(items[count]);
    PyMem_Free(items);
}

int
ks_list_clear(PyListObject *list)
{
    PyObject **items = list->ob_item;
    if (items == NULL)
        return 0;
    Py_ssize_t count = Py_SIZE(list);
    list->ob_item = NULL;
    list->allocated = 0;
    Py_SET_SIZE(list, 0);
    drop_items(items, count);
    return 0;
}

void
_PyList_ClearFreeList(PyInterpreterState *interp)
{
    struct _Py_list_state *state = &interp->list;
    while (state->numfree > 0)
        PyObject_GC_Del(state->free_list[--state->numfree]);
}

void
_PyList_Fini(PyInterpreterState *interp)
{
    _PyList_ClearFreeList(interp);
}

void
_PyList_DebugMallocStats(FILE *out)
{
    _PyDebugAllocatorStats(out, "free PyListObject", _PyInterpreterState_GET()->list.numfree,
                           sizeof(PyListObject));
}

/* ---- single items ---- */

Py_ssize_t
PyList_Size(PyObject *self)
{
    if (!PyList_Check(self)) {
        PyErr_BadInternalCall();
        return -1;
    }
    return Py_SIZE(self);
}

/* Borrowed; IndexError for a negative index as well. */
PyObject *
PyList_GetItem(PyObject *self, Py_ssize_t index)
{
    if (!PyList_Check(self)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if ((size_t)index >= (size_t)Py_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "list index out of range");
        return NULL;
    }
    return AS_LIST(self)->ob_item[index];
}

/* Takes the item over, on failure as well. */
int
PyList_SetItem(PyObject *self, Py_ssize_t index, PyObject *item)
{
    if (!PyList_Check(self)) {
        Py_XDECREF(item);
        PyErr_BadInternalCall();
        return -1;
    }
    if ((size_t)index >= (size_t)Py_SIZE(self)) {
        Py_XDECREF(item);
        PyErr_SetString(PyExc_IndexError, "list assignment index out of range");
        return -1;
    }
    PyObject *old = AS_LIST(self)->ob_item[index];
    AS_LIST(self)->ob_item[index] = item;
    Py_XDECREF(old);
    return 0;
}

int
ks_list_insert(PyListObject *list, Py_ssize_t index, PyObject *item)
{
    Py_ssize_t count = Py_SIZE(list);
    if (ks_list_resize(list, count + 1) < 0)
        return -1;
    if (index < 0) {
        index += count;
        if (index < 0)
            index = 0;
    }
    if (index > count)
        index = count;
    PyObject **place = list->ob_item + index;
    memmove(place + 1, place, (size_t)(count - index) * sizeof(PyObject *));
    *place = Py_NewRef(item);
    return 0;
}

int
PyList_Insert(PyObject *self, Py_ssize_t index, PyObject *item)
{
    if (!PyList_Check(self)) {
        PyErr_BadInternalCall();
        return -1;
    }
    return ks_list_insert(AS_LIST(self), index, item);
}

/* The slow half of _PyList_AppendTakeRef: takes the item over, on failure as well. */
int
_PyList_AppendTakeRefListResize(PyListObject *list, PyObject *item)
{
    Py_ssize_t count = Py_SIZE(list);
    if (ks_list_resize(list, count + 1) < 0) {
        Py_DECREF(item);
        return -1;
    }
    list->ob_item[count] = item;
    return 0;
}

int
PyList_Append(PyObject *self, PyObject *item)
{
    if (!PyList_Check(self) || item == NULL) {
        PyErr_BadInternalCall();
        return -1;
    }
    return _PyList_AppendTakeRef(AS_LIST(self), Py_NewRef(item));
}

/* ---- slices ---- */

static PyObject *
list_slice(PyListObject *list, Py_ssize_t low, Py_ssize_t high)
{
    Py_ssize_t count = high - low;
    if (count <= 0)
        return PyList_New(0);
    PyListObject *slice = list_unfilled(count);
    if (slice == NULL)
        return NULL;
    PyObject **from = list->ob_item + low, **to = slice->ob_item;
    for (Py_ssize_t i = 0; i < count; i++)
        to[i] = Py_NewRef(from[i]);
    _PyObject_GC_TRACK(slice);
    return (PyObject *)slice;
}

/* items[low:high] as a new list; bounds outside are moved to the ends. */
PyObject *
PyList_GetSlice(PyObject *self, Py_ssize_t low, Py_ssize_t high)
{
    if (!PyList_Check(self)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    Py_ssize_t count = Py_SIZE(self);
    low = low < 0 ? 0 : low > count ? count : low;
    high = high < low ? low : high > count ? count : high;
    return list_slice(AS_LIST(self), low, high);
}

int
ks_list_assign_slice(PyListObject *list, Py_ssize_t low, Py_ssize_t high, PyObject *source)
{
    KS_OWNED PyObject *sequence = NULL;
    PyObject **from = NULL;
    Py_ssize_t count = 0;
    if (source != NULL) {
        /* The list itself is copied first: its items move below. */
        if (source == (PyObject *)list)
            sequence = list_slice(list, 0, Py_SIZE(list));
        else
            sequence = PySequence_Fast(source, "can only assign an iterable");
        if (sequence == NULL)
            return -1;
        count = PySequence_Fast_GET_SIZE(sequence);
        from = PySequence_Fast_ITEMS(sequence);
    }
    /* Collecting the source may have shrunk the list. */
    Py_ssize_t size = Py_SIZE(list);
    low = low < 0 ? 0 : low > size ? size : low;
    high = high < low ? low : high > size ? size : high;
    Py_ssize_t removed = high - low;
    Py_ssize_t growth = count - removed;
    if (size + growth == 0) {
        ks_list_clear(list);
        return 0;
    }
    PyObject *few[8], **old = few;
    if (removed > KS_COUNT_OF(few)) {
        old = PyMem_New(PyObject *, removed);
        if (old == NULL) {
            PyErr_NoMemory();
            return -1;
        }
    }
    if (removed > 0)
        memcpy(old, list->ob_item + low, (size_t)removed * sizeof(PyObject *));
    size_t tail_bytes = (size_t)(size - high) * sizeof(PyObject *);
    int failed = 0;
    if (growth < 0) {
        PyObject **tail = list->ob_item + high;
        memmove(tail + growth, tail, tail_bytes);
        if (ks_list_resize(list, size + growth) < 0) {
            /* Undone: shrinking failed, nothing is lost. */
            tail = list->ob_item + high;
            memmove(tail, tail + growth, tail_bytes);
            memcpy(list->ob_item + low, old, (size_t)removed * sizeof(PyObject *));
            failed = -1;
        }
    }
    else if (growth > 0) {
        failed = ks_list_resize(list, size + growth);
        if (failed == 0)
            memmove(list->ob_item + high + growth, list->ob_item + high, tail_bytes);
    }
    if (failed == 0) {
        for (Py_ssize_t i = 0; i < count; i++)
            list->ob_item[low + i] = Py_XNewRef(from[i]);
        for (Py_ssize_t i = removed; i > 0; i--)
            Py_XDECREF(old[i - 1]);
    }
    if (old != few)
        PyMem_Free(old);
    return failed;
}

int
PyList_SetSlice(PyObject *self, Py_ssize_t low, Py_ssize_t high, PyObject *source)
{
    if (!PyList_Check(self)) {
        PyErr_BadInternalCall();
        return -1;
    }
    return ks_list_assign_slice(AS_LIST(self), low, high, source);
}

/* ---- extending ---- */

static int
extend_from_array(PyListObject *list, PyObject *sequence)
{
    Py_ssize_t count = PySequence_Fast_GET_SIZE(sequence);
    Py_ssize_t size = Py_SIZE(list);
    if (count == 0)
        return 0;
    if (list->ob_item == NULL) {
        if (list_reserve(list, count) < 0)
            return -1;
        Py_SET_SIZE(list, count);
    }
    else if (ks_list_resize(list, size + count) < 0)
        return -1;
    /* Read after the resize: the sequence may be the list itself. */
    PyObject **from = PySequence_Fast_ITEMS(sequence);
    PyObject **to = list->ob_item + size;
    for (Py_ssize_t i = 0; i < count; i++)
        to[i] = Py_NewRef(from[i]);
    return 0;
}

static int
extend_from_iterator(PyListObject *list, PyObject *iterable)
{
    KS_OWNED PyObject *iterator = PyObject_GetIter(iterable);
    if (iterator == NULL)
        return -1;
    Py_ssize_t hint = PyObject_LengthHint(iterable, 8);
    if (hint < 0)
        return -1;
    Py_ssize_t size = Py_SIZE(list);
    /* A hint that cannot be true is not believed; a true one will fail later. */
    if (size <= PY_SSIZE_T_MAX - hint) {
        if (list->ob_item == NULL) {
            if (hint > 0 && list_reserve(list, hint) < 0)
                return -1;
        }
        else {
            if (ks_list_resize(list, size + hint) < 0)
                return -1;
            Py_SET_SIZE(list, size);
        }
    }
    iternextfunc next = Py_TYPE(iterator)->tp_iternext;
    PyObject *item;
    while ((item = next(iterator)) != NULL)
        if (_PyList_AppendTakeRef(list, item) < 0)
            return -1;
    if (PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_StopIteration))
            return -1;
        PyErr_Clear();
    }
    if (Py_SIZE(list) < list->allocated)
        return ks_list_resize(list, Py_SIZE(list));
    return 0;
}

int
ks_list_extend(PyListObject *list, PyObject *iterable)
{
    if (!PyList_CheckExact(iterable) && !PyTuple_CheckExact(iterable)
        && (PyObject *)list != iterable)
        return extend_from_iterator(list, iterable);
    return extend_from_array(list, iterable);
}

/* None (a new reference), or NULL with an exception. */
PyObject *
_PyList_Extend(PyListObject *list, PyObject *iterable)
{
    if (ks_list_extend(list, iterable) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* ---- whole lists ---- */

void
ks_list_reverse(PyObject **low, Py_ssize_t count)
{
    PyObject **high = low + count - 1;
    for (; low < high; low++, high--) {
        PyObject *item = *low;
        *low = *high;
        *high = item;
    }
}

int
PyList_Reverse(PyObject *self)
{
    if (self == NULL || !PyList_Check(self)) {
        PyErr_BadInternalCall();
        return -1;
    }
    if (Py_SIZE(self) > 1)
        ks_list_reverse(AS_LIST(self)->ob_item, Py_SIZE(self));
    return 0;
}

int
PyList_Sort(PyObject *self)
{
    if (self == NULL || !PyList_Check(self)) {
        PyErr_BadInternalCall();
        return -1;
    }
    return ks_list_sort(AS_LIST(self), NULL, 0);
}

PyObject *
PyList_AsTuple(PyObject *self)
{
    if (self == NULL || !PyList_Check(self)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return _PyTuple_FromArray(AS_LIST(self)->ob_item, Py_SIZE(self));
}
