/* SPDX-License-Identifier: MIT */
/* Arrays as sequences: operators, indexing with numbers and slices, comparisons. */
#include "array_parts.h"

#include "pycore_ceval.h" /* slice indexes */

Py_ssize_t
ks_array_length(PyObject *self)
{
    return Py_SIZE(self);
}

PyObject *
ks_array_item(PyObject *self, Py_ssize_t index)
{
    if (index < 0 || index >= Py_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "array index out of range");
        return NULL;
    }
    return item_get(CAST(self), index);
}

PyObject *
ks_array_slice_copy(Array *self, Py_ssize_t low, Py_ssize_t high)
{
    Py_ssize_t count = high > low ? high - low : 0;
    PyObject *copy = ks_array_make(ks_array_state(Py_TYPE(self))->array_type, count, self->type);
    if (copy != NULL && count > 0)
        memcpy(CAST(copy)->items, place_of(self, low), (size_t)count * (size_t)self->type->bytes);
    return copy;
}

PyObject *
ks_array_concat(PyObject *left, PyObject *right)
{
    ArrayState *state = ks_array_state(Py_TYPE(left));
    if (!ks_array_check(right, state)) {
        PyErr_Format(PyExc_TypeError, "can only append array (not \"%.200s\") to array",
                     Py_TYPE(right)->tp_name);
        return NULL;
    }
    Array *a = CAST(left), *b = CAST(right);
    if (a->type != b->type) {
        PyErr_BadArgument();
        return NULL;
    }
    if (Py_SIZE(a) > PY_SSIZE_T_MAX - Py_SIZE(b))
        return PyErr_NoMemory();
    PyObject *result = ks_array_make(state->array_type, Py_SIZE(a) + Py_SIZE(b), a->type);
    if (result == NULL)
        return NULL;
    size_t bytes = (size_t)a->type->bytes;
    if (Py_SIZE(a) > 0)
        memcpy(CAST(result)->items, a->items, (size_t)Py_SIZE(a) * bytes);
    if (Py_SIZE(b) > 0)
        memcpy(place_of(CAST(result), Py_SIZE(a)), b->items, (size_t)Py_SIZE(b) * bytes);
    return result;
}

/* Fills [unit, total) of a buffer with copies of its first `unit` bytes. */
static void
repeat_bytes(char *buffer, size_t unit, size_t total)
{
    for (size_t have = unit; have < total;) {
        size_t copy = have < total - have ? have : total - have;
        memcpy(buffer + have, buffer, copy);
        have += copy;
    }
}

PyObject *
ks_array_repeat(PyObject *object, Py_ssize_t count)
{
    Array *self = CAST(object);
    if (count < 0)
        count = 0;
    if (Py_SIZE(self) != 0 && count > PY_SSIZE_T_MAX / Py_SIZE(self))
        return PyErr_NoMemory();
    Py_ssize_t size = Py_SIZE(self) * count;
    PyObject *result = ks_array_make(ks_array_state(Py_TYPE(self))->array_type, size, self->type);
    if (result != NULL && size > 0) {
        size_t unit = (size_t)Py_SIZE(self) * (size_t)self->type->bytes;
        memcpy(CAST(result)->items, self->items, unit);
        repeat_bytes(CAST(result)->items, unit, unit * (size_t)count);
    }
    return result;
}

PyObject *
ks_array_inplace_repeat(PyObject *object, Py_ssize_t count)
{
    Array *self = CAST(object);
    Py_ssize_t size = Py_SIZE(self);
    if (size > 0 && count != 1) {
        if (count < 0)
            count = 0;
        if (count > 0 && size > PY_SSIZE_T_MAX / count / self->type->bytes)
            return PyErr_NoMemory();
        if (ks_array_resize(self, size * count) < 0)
            return NULL;
        size_t unit = (size_t)size * (size_t)self->type->bytes;
        repeat_bytes(self->items, unit, unit * (size_t)count);
    }
    return Py_NewRef(object);
}

PyObject *
ks_array_inplace_concat(PyObject *self, PyObject *other)
{
    if (!ks_array_check(other, ks_array_state(Py_TYPE(self)))) {
        PyErr_Format(PyExc_TypeError, "can only extend array with array (not \"%.200s\")",
                     Py_TYPE(other)->tp_name);
        return NULL;
    }
    return ks_array_extend_by(CAST(self), other) < 0 ? NULL : Py_NewRef(self);
}

int
ks_array_contains(PyObject *self, PyObject *value)
{
    for (Py_ssize_t i = 0; i < Py_SIZE(self); i++) {
        KS_OWNED PyObject *item = item_get(CAST(self), i);
        int equal = item == NULL ? -1 : PyObject_RichCompareBool(item, value, Py_EQ);
        if (equal != 0)
            return equal;
    }
    return 0;
}

/* Removes [low, high). */
int
ks_array_delete_range(Array *self, Py_ssize_t low, Py_ssize_t high)
{
    Py_ssize_t size = Py_SIZE(self);
    if (low < 0)
        low = 0;
    if (high > size)
        high = size;
    if (high <= low)
        return 0;
    if (self->exports > 0) {
        PyErr_SetString(PyExc_BufferError,
                        "cannot resize an array that is exporting buffers");
        return -1;
    }
    memmove(place_of(self, low), place_of(self, high),
            (size_t)(size - high) * (size_t)self->type->bytes);
    return ks_array_resize(self, size - (high - low));
}

PyObject *
ks_array_subscript(PyObject *object, PyObject *key)
{
    Array *self = CAST(object);
    if (PyIndex_Check(key)) {
        Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (index == -1 && PyErr_Occurred())
            return NULL;
        return ks_array_item(object, index < 0 ? index + Py_SIZE(self) : index);
    }
    if (!PySlice_Check(key)) {
        PyErr_SetString(PyExc_TypeError, "array indices must be integers");
        return NULL;
    }
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(key, &start, &stop, &step) < 0)
        return NULL;
    Py_ssize_t count = PySlice_AdjustIndices(Py_SIZE(self), &start, &stop, step);
    if (step == 1)
        return ks_array_slice_copy(self, start, start + count);
    PyObject *result = ks_array_make(ks_array_state(Py_TYPE(self))->array_type, count > 0 ? count : 0,
                                  self->type);
    for (Py_ssize_t i = 0; result != NULL && i < count; i++)
        memcpy(place_of(CAST(result), i), place_of(self, start + i * step),
               (size_t)self->type->bytes);
    return result;
}

static int
assign_item(Array *self, Py_ssize_t index, PyObject *value)
{
    if (index < 0)
        index += Py_SIZE(self);
    if (index < 0 || index >= Py_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "array assignment index out of range");
        return -1;
    }
    if (value == NULL)
        return ks_array_delete_range(self, index, index + 1);
    /* The conversion runs foreign code, which may shrink the array: check first, then store. */
    char item[sizeof(long long)];
    if (self->type->put(item, value) < 0)
        return -1;
    if (index >= Py_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "array assignment index out of range");
        return -1;
    }
    memcpy(place_of(self, index), item, (size_t)self->type->bytes);
    return 0;
}

/* Replaces `count` items from start by `needed` others. */
static int
assign_range(Array *self, Py_ssize_t start, Py_ssize_t count, const char *items, Py_ssize_t needed)
{
    size_t bytes = (size_t)self->type->bytes;
    Py_ssize_t size = Py_SIZE(self);
    if (needed != count && self->exports > 0) {
        PyErr_SetString(PyExc_BufferError,
                        "cannot resize an array that is exporting buffers");
        return -1;
    }
    if (needed < count) {
        memmove(place_of(self, start + needed), place_of(self, start + count),
                (size_t)(size - start - count) * bytes);
        if (ks_array_resize(self, size + needed - count) < 0)
            return -1;
    }
    else if (needed > count) {
        if (ks_array_resize(self, size + needed - count) < 0)
            return -1;
        memmove(place_of(self, start + needed), place_of(self, start + count),
                (size_t)(size - start - count) * bytes);
    }
    if (needed > 0)
        memcpy(place_of(self, start), items, (size_t)needed * bytes);
    return 0;
}

static int
delete_stepped(Array *self, Py_ssize_t start, Py_ssize_t step, Py_ssize_t count)
{
    size_t bytes = (size_t)self->type->bytes;
    if (step < 0) {
        start += step * (count - 1);
        step = -step;
    }
    if (self->exports > 0) {
        PyErr_SetString(PyExc_BufferError,
                        "cannot resize an array that is exporting buffers");
        return -1;
    }
    Py_ssize_t size = Py_SIZE(self), to = start;
    for (Py_ssize_t i = 0; i < count; i++) {
        Py_ssize_t from = start + i * step + 1;
        Py_ssize_t end = i + 1 < count ? from + step - 1 : size;
        memmove(place_of(self, to), place_of(self, from), (size_t)(end - from) * bytes);
        to += end - from;
    }
    return ks_array_resize(self, size - count);
}

int
ks_array_ass_subscript(PyObject *object, PyObject *key, PyObject *value)
{
    Array *self = CAST(object);
    if (PyIndex_Check(key)) {
        Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (index == -1 && PyErr_Occurred())
            return -1;
        return assign_item(self, index, value);
    }
    if (!PySlice_Check(key)) {
        PyErr_SetString(PyExc_TypeError, "array indices must be integers");
        return -1;
    }
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(key, &start, &stop, &step) < 0)
        return -1;
    Py_ssize_t count = PySlice_AdjustIndices(Py_SIZE(self), &start, &stop, step);
    Array *other = NULL;
    KS_OWNED PyObject *held = NULL;
    if (value != NULL) {
        if (!ks_array_check(value, ks_array_state(Py_TYPE(self)))) {
            PyErr_Format(PyExc_TypeError, "can only assign array (not \"%.200s\") to array slice",
                         Py_TYPE(value)->tp_name);
            return -1;
        }
        held = value == object ? ks_array_slice_copy(self, 0, Py_SIZE(self)) : Py_NewRef(value);
        if (held == NULL)
            return -1;
        other = CAST(held);
        if (other->type != self->type) {
            PyErr_BadArgument();
            return -1;
        }
    }
    if ((step > 0 && stop < start) || (step < 0 && stop > start))
        stop = start;
    if (step == 1)
        return assign_range(self, start, count, other ? other->items : NULL,
                            other ? Py_SIZE(other) : 0);
    if (other == NULL)
        return count > 0 ? delete_stepped(self, start, step, count) : 0;
    if (Py_SIZE(other) != count) {
        PyErr_Format(PyExc_ValueError,
                     "attempt to assign array of size %zd to extended slice of size %zd",
                     Py_SIZE(other), count);
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        memcpy(place_of(self, start + i * step), place_of(other, i), (size_t)self->type->bytes);
    return 0;
}

PyObject *
ks_array_richcompare(PyObject *left, PyObject *right, int op)
{
    ArrayState *state = ks_array_state(Py_TYPE(left));
    if (!ks_array_check(left, state) || !ks_array_check(right, state))
        Py_RETURN_NOTIMPLEMENTED;
    Array *a = CAST(left), *b = CAST(right);
    if (Py_SIZE(a) != Py_SIZE(b) && (op == Py_EQ || op == Py_NE))
        return PyBool_FromLong(op == Py_NE);
    KS_OWNED PyObject *x = NULL;
    KS_OWNED PyObject *y = NULL;
    for (Py_ssize_t i = 0; i < Py_SIZE(a) && i < Py_SIZE(b); i++) {
        Py_XSETREF(x, item_get(a, i));
        Py_XSETREF(y, x == NULL ? NULL : item_get(b, i));
        int equal = y == NULL ? -1 : PyObject_RichCompareBool(x, y, Py_EQ);
        if (equal < 0)
            return NULL;
        if (equal)
            continue;
        if (op == Py_EQ)
            Py_RETURN_FALSE;
        if (op == Py_NE)
            Py_RETURN_TRUE;
        return PyObject_RichCompare(x, y, op);
    }
    Py_RETURN_RICHCOMPARE(Py_SIZE(a), Py_SIZE(b), op);
}
