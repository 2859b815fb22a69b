/* SPDX-License-Identifier: MIT */
/* Methods of arrays: single items, conversion from and to lists, bytes, text and files. */
#include "array_parts.h"

#include "pycore_ceval.h"  /* slice indexes */
#include "pycore_object.h" /* sizes of objects */

#include "ks_args.h"

static PyObject *
array_append(PyObject *self, PyObject *value)
{
    return ks_array_insert_at(CAST(self), Py_SIZE(self), value) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *
array_extend(PyObject *self, PyObject *source)
{
    return ks_array_extend_by(CAST(self), source) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *
array_insert(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t index;
    if (!ks_args_count("insert", nargs, 2, 2) || !ks_arg_index(args[0], &index))
        return NULL;
    return ks_array_insert_at(CAST(self), index, args[1]) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *
array_pop(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    Array *self = CAST(object);
    Py_ssize_t index = -1;
    if (!ks_args_count("pop", nargs, 0, 1) || (nargs == 1 && !ks_arg_index(args[0], &index)))
        return NULL;
    if (Py_SIZE(self) == 0) {
        PyErr_SetString(PyExc_IndexError, "pop from empty array");
        return NULL;
    }
    if (index < 0)
        index += Py_SIZE(self);
    if (index < 0 || index >= Py_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "pop index out of range");
        return NULL;
    }
    PyObject *value = item_get(self, index);
    if (value != NULL && ks_array_delete_range(self, index, index + 1) < 0)
        Py_CLEAR(value);
    return value;
}

/* The index of a value in [start, stop); -1 if absent, -2 with an exception. */
static Py_ssize_t
find_value(Array *self, PyObject *value, Py_ssize_t start, Py_ssize_t stop)
{
    for (Py_ssize_t i = start; i < stop && i < Py_SIZE(self); i++) {
        KS_OWNED PyObject *item = item_get(self, i);
        int equal = item == NULL ? -1 : PyObject_RichCompareBool(item, value, Py_EQ);
        if (equal != 0)
            return equal < 0 ? -2 : i;
    }
    return -1;
}

static PyObject *
array_index(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    Array *self = CAST(object);
    Py_ssize_t start = 0, stop = PY_SSIZE_T_MAX;
    if (!ks_args_count("index", nargs, 1, 3) ||
        (nargs > 1 && !_PyEval_SliceIndexNotNone(args[1], &start)) ||
        (nargs > 2 && !_PyEval_SliceIndexNotNone(args[2], &stop)))
        return NULL;
    if (start < 0) {
        start += Py_SIZE(self);
        if (start < 0)
            start = 0;
    }
    if (stop < 0)
        stop += Py_SIZE(self);
    Py_ssize_t found = find_value(self, args[0], start, stop);
    if (found >= 0)
        return PyLong_FromSsize_t(found);
    if (found == -1)
        PyErr_SetString(PyExc_ValueError, "array.index(x): x not in array");
    return NULL;
}

static PyObject *
array_remove(PyObject *object, PyObject *value)
{
    Py_ssize_t found = find_value(CAST(object), value, 0, PY_SSIZE_T_MAX);
    if (found == -1)
        PyErr_SetString(PyExc_ValueError, "array.remove(x): x not in array");
    if (found < 0 || ks_array_delete_range(CAST(object), found, found + 1) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
array_count(PyObject *self, PyObject *value)
{
    Py_ssize_t count = 0;
    for (Py_ssize_t i = 0; i < Py_SIZE(self); i++) {
        KS_OWNED PyObject *item = item_get(CAST(self), i);
        int equal = item == NULL ? -1 : PyObject_RichCompareBool(item, value, Py_EQ);
        if (equal < 0)
            return NULL;
        count += equal;
    }
    return PyLong_FromSsize_t(count);
}

static PyObject *
array_reverse(PyObject *object, PyObject *unused)
{
    Array *self = CAST(object);
    size_t bytes = (size_t)self->type->bytes;
    char item[sizeof(long long)];
    for (Py_ssize_t low = 0, high = Py_SIZE(self) - 1; low < high; low++, high--) {
        memcpy(item, place_of(self, low), bytes);
        memcpy(place_of(self, low), place_of(self, high), bytes);
        memcpy(place_of(self, high), item, bytes);
    }
    Py_RETURN_NONE;
}

static PyObject *
array_byteswap(PyObject *object, PyObject *unused)
{
    Array *self = CAST(object);
    int bytes = self->type->bytes;
    for (Py_ssize_t i = 0; i < Py_SIZE(self); i++) {
        char *item = place_of(self, i);
        for (int low = 0, high = bytes - 1; low < high; low++, high--) {
            char swap = item[low];
            item[low] = item[high];
            item[high] = swap;
        }
    }
    Py_RETURN_NONE;
}

static PyObject *
array_copy(PyObject *self, PyObject *unused)
{
    return ks_array_slice_copy(CAST(self), 0, Py_SIZE(self));
}

static PyObject *
array_buffer_info(PyObject *self, PyObject *unused)
{
    return Py_BuildValue("Nn", PyLong_FromVoidPtr(CAST(self)->items), Py_SIZE(self));
}

PyObject *
ks_array_tolist(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(Py_SIZE(self));
    for (Py_ssize_t i = 0; list != NULL && i < Py_SIZE(self); i++) {
        PyObject *item = item_get(CAST(self), i);
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SET_ITEM(list, i, item);
    }
    return list;
}

static PyObject *
array_fromlist(PyObject *object, PyObject *list)
{
    Array *self = CAST(object);
    if (!PyList_Check(list)) {
        PyErr_SetString(PyExc_TypeError, "arg must be list");
        return NULL;
    }
    Py_ssize_t count = PyList_GET_SIZE(list), size = Py_SIZE(self);
    if (count == 0)
        Py_RETURN_NONE;
    if (ks_array_resize(self, size + count) < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        char item[sizeof(long long)];
        KS_OWNED PyObject *value = Py_NewRef(PyList_GET_ITEM(list, i));
        if (self->type->put(item, value) < 0) {
            ks_array_resize(self, size); /* as if nothing had happened */
            return NULL;
        }
        if (PyList_GET_SIZE(list) != count || Py_SIZE(self) != size + count) {
            PyErr_SetString(PyExc_RuntimeError, "list changed size during iteration");
            ks_array_resize(self, size);
            return NULL;
        }
        memcpy(place_of(self, size + i), item, (size_t)self->type->bytes);
    }
    Py_RETURN_NONE;
}

PyObject *
ks_array_tobytes(PyObject *self, PyObject *unused)
{
    if (Py_SIZE(self) > PY_SSIZE_T_MAX / CAST(self)->type->bytes)
        return PyErr_NoMemory();
    return PyBytes_FromStringAndSize(CAST(self)->items, Py_SIZE(self) * CAST(self)->type->bytes);
}

static PyObject *
array_frombytes(PyObject *self, PyObject *source)
{
    Py_buffer view;
    if (PyObject_GetBuffer(source, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    int status = -1;
    if (view.itemsize != 1)
        PyErr_SetString(PyExc_TypeError, "a bytes-like object is required");
    else
        status = ks_array_extend_by_bytes(CAST(self), view.buf, view.len);
    PyBuffer_Release(&view);
    return status < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *
array_fromfile(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t count;
    if (!ks_args_count("fromfile", nargs, 2, 2) || !ks_arg_index(args[1], &count))
        return NULL;
    if (count < 0) {
        PyErr_SetString(PyExc_ValueError, "negative count");
        return NULL;
    }
    Py_ssize_t bytes = CAST(self)->type->bytes;
    if (count > PY_SSIZE_T_MAX / bytes)
        return PyErr_NoMemory();
    KS_OWNED PyObject *data = PyObject_CallMethod(args[0], "read", "n", count * bytes);
    if (data == NULL)
        return NULL;
    if (!PyBytes_Check(data)) {
        PyErr_SetString(PyExc_TypeError, "read() didn't return bytes");
        return NULL;
    }
    int is_short = PyBytes_GET_SIZE(data) != count * bytes;
    if (ks_array_extend_by_bytes(CAST(self), PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data)) < 0)
        return NULL;
    if (is_short) {
        PyErr_SetString(PyExc_EOFError, "read() returned fewer bytes than requested");
        return NULL;
    }
    Py_RETURN_NONE;
}

#define FILE_CHUNK_BYTES (64 * 1024)

static PyObject *
array_tofile(PyObject *object, PyObject *file)
{
    Array *self = CAST(object);
    Py_ssize_t total = Py_SIZE(self) * self->type->bytes;
    if (total == 0) {
        KS_OWNED PyObject *write = PyObject_GetAttrString(file, "write");
        return write == NULL ? NULL : Py_NewRef(Py_None);
    }
    for (Py_ssize_t at = 0; at < total; at += FILE_CHUNK_BYTES) {
        Py_ssize_t size = total - at < FILE_CHUNK_BYTES ? total - at : FILE_CHUNK_BYTES;
        KS_OWNED PyObject *bytes = PyBytes_FromStringAndSize(self->items + at, size);
        KS_OWNED PyObject *result =
            bytes == NULL ? NULL : PyObject_CallMethod(file, "write", "O", bytes);
        if (result == NULL)
            return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
array_fromunicode(PyObject *self, PyObject *text)
{
    if (!PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "fromunicode() argument must be str, not %.50s",
                     text == Py_None ? "None" : Py_TYPE(text)->tp_name);
        return NULL;
    }
    if (CAST(self)->type->code != 'u') {
        PyErr_SetString(PyExc_ValueError,
                        "fromunicode() may only be called on unicode type arrays");
        return NULL;
    }
    return ks_array_append_text(CAST(self), text) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *
array_tounicode(PyObject *self, PyObject *unused)
{
    if (CAST(self)->type->code != 'u') {
        PyErr_SetString(PyExc_ValueError,
                        "tounicode() may only be called on unicode type arrays");
        return NULL;
    }
    return PyUnicode_FromWideChar((wchar_t *)CAST(self)->items, Py_SIZE(self));
}

static PyObject *
array_sizeof(PyObject *self, PyObject *unused)
{
    return PyLong_FromSsize_t(_PyObject_SIZE(Py_TYPE(self)) +
                              CAST(self)->allocated * CAST(self)->type->bytes);
}

PyObject *
ks_array_repr(PyObject *object)
{
    Array *self = CAST(object);
    const char *name = _PyType_Name(Py_TYPE(object));
    if (Py_SIZE(self) == 0)
        return PyUnicode_FromFormat("%s('%c')", name, self->type->code);
    KS_OWNED PyObject *value = self->type->code == 'u' ? array_tounicode(object, NULL)
                                                       : ks_array_tolist(object, NULL);
    return value == NULL ? NULL
                         : PyUnicode_FromFormat("%s('%c', %R)", name, self->type->code, value);
}

#define ROW(name, flags, signature, doc) METHOD(#name, array_##name, flags, signature, doc)
PyMethodDef ks_array_methods[] = {
    ROW(append, METH_O, "($self, v, /)", "Append new value v to the end of the array."),
    ROW(buffer_info, METH_NOARGS, "($self, /)", "Address and length of the memory."),
    ROW(byteswap, METH_NOARGS, "($self, /)", "Swap the bytes of all items."),
    METHOD("__copy__", array_copy, METH_NOARGS, "($self, /)", "Return a copy."),
    METHOD("__deepcopy__", array_copy, METH_O, "($self, unused, /)", "Return a copy."),
    ROW(count, METH_O, "($self, v, /)", "Count occurrences of a value."),
    ROW(extend, METH_O, "($self, bb, /)", "Append items of an array or iterable."),
    ROW(fromfile, METH_FASTCALL, "($self, f, n, /)", "Read n items from a file."),
    ROW(fromlist, METH_O, "($self, list, /)", "Append the items of a list."),
    ROW(frombytes, METH_O, "($self, buffer, /)", "Append items given as machine values."),
    ROW(fromunicode, METH_O, "($self, ustr, /)", "Append the characters of a str."),
    ROW(index, METH_FASTCALL, "($self, v, start=0, stop=sys.maxsize, /)",
        "Index of the first occurrence of a value."),
    ROW(insert, METH_FASTCALL, "($self, i, v, /)", "Place a value before an index."),
    ROW(pop, METH_FASTCALL, "($self, i=-1, /)", "Remove and return an item."),
    METHOD("__reduce_ex__", ks_array_reduce_ex, METH_O, "($self, value, /)", "State for pickling."),
    ROW(remove, METH_O, "($self, v, /)", "Remove the first occurrence of a value."),
    ROW(reverse, METH_NOARGS, "($self, /)", "Reverse the order in place."),
    ROW(tofile, METH_O, "($self, f, /)", "Write all items to a file as machine values."),
    METHOD("tolist", ks_array_tolist, METH_NOARGS, "($self, /)", "Convert to a list."),
    METHOD("tobytes", ks_array_tobytes, METH_NOARGS, "($self, /)", "Convert to machine values."),
    ROW(tounicode, METH_NOARGS, "($self, /)", "Convert to a str."),
    METHOD("__sizeof__", array_sizeof, METH_NOARGS, "($self, /)", "Size in memory, in bytes."),
    {NULL},
};
