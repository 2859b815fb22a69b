/* SPDX-License-Identifier: MIT */
/* The bytearray type.
 *
 * The text lies at ob_start inside ob_bytes, so that removing from the front only moves a pointer;
 * ob_alloc counts the bytes at ob_bytes, one more than the text needs, for a nul. While buffers
 * are exported (ob_exports), the length must not change. */
#define PY_SSIZE_T_CLEAN
#include "Python.h"

#include "pycore_bytesobject.h"
#include "pycore_object.h"
#include "pycore_pystate.h"
#include "pycore_strhex.h"

#include "ks_args.h"
#include "ks_bytearray.h"
#include "ks_bytes.h"

#define CAST(self) ((PyByteArrayObject *)(self))

char _PyByteArray_empty_string[] = "";

/* --- lifecycle --- */

PyObject *
PyByteArray_FromStringAndSize(const char *text, Py_ssize_t length)
{
    if (length < 0) {
        PyErr_SetString(PyExc_SystemError,
                        "Negative size passed to PyByteArray_FromStringAndSize");
        return NULL;
    }
    if (length == PY_SSIZE_T_MAX)
        return PyErr_NoMemory();
    PyByteArrayObject *self = PyObject_New(PyByteArrayObject, &PyByteArray_Type);
    if (self == NULL)
        return NULL;
    self->ob_bytes = NULL;
    self->ob_alloc = 0;
    self->ob_exports = 0;
    if (length > 0) {
        self->ob_alloc = length + 1;
        self->ob_bytes = PyObject_Malloc((size_t)self->ob_alloc);
        if (self->ob_bytes == NULL) {
            Py_SET_SIZE(self, 0);
            self->ob_alloc = 0;
            Py_DECREF(self);
            return PyErr_NoMemory();
        }
        if (text != NULL)
            memcpy(self->ob_bytes, text, (size_t)length);
        self->ob_bytes[length] = '\0';
    }
    self->ob_start = self->ob_bytes;
    Py_SET_SIZE(self, length);
    return (PyObject *)self;
}

PyObject *
PyByteArray_FromObject(PyObject *source)
{
    return PyObject_CallOneArg((PyObject *)&PyByteArray_Type, source);
}

static void
bytearray_dealloc(PyObject *self)
{
    if (CAST(self)->ob_exports > 0) {
        PyErr_SetString(PyExc_SystemError, "deallocated bytearray object has exported buffers");
        PyErr_Print();
    }
    PyObject_Free(CAST(self)->ob_bytes);
    Py_TYPE(self)->tp_free(self);
}

static int
may_resize(PyObject *self)
{
    if (CAST(self)->ob_exports == 0)
        return 1;
    PyErr_SetString(PyExc_BufferError, "Existing exports of data: object cannot be re-sized");
    return 0;
}

/* Bytes to allocate when the text does not stay in its place: exact when it shrinks much or grows
 * much, with room for more of the same when it grows a little. */
static size_t
room_for(Py_ssize_t length, Py_ssize_t offset, Py_ssize_t present)
{
    int shrinks = length + offset + 1 <= present;
    if (shrinks || (double)length > (double)present * 1.125)
        return (size_t)length + 1;
    return (size_t)length + (size_t)(length >> 3) + (length < 9 ? 3 : 6);
}

int
PyByteArray_Resize(PyObject *object, Py_ssize_t length)
{
    PyByteArrayObject *self = CAST(object);
    Py_ssize_t present = self->ob_alloc, offset = self->ob_start - self->ob_bytes;
    if (length == Py_SIZE(self))
        return 0;
    if (!may_resize(object))
        return -1;
    if (length > PY_SSIZE_T_MAX - offset - 1) {
        PyErr_NoMemory();
        return -1;
    }
    if (length + offset + 1 <= present && length >= present / 2) {
        /* Fits where it is. */
        Py_SET_SIZE(self, length);
        self->ob_start[length] = '\0';
        return 0;
    }
    size_t allocate = room_for(length, offset, present);
    if (allocate > (size_t)PY_SSIZE_T_MAX) {
        PyErr_NoMemory();
        return -1;
    }
    char *moved;
    if (offset > 0) {
        moved = PyObject_Malloc(allocate);
        if (moved == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        Py_ssize_t keep = Py_SIZE(self) < length ? Py_SIZE(self) : length;
        memcpy(moved, self->ob_start, (size_t)keep);
        PyObject_Free(self->ob_bytes);
    }
    else {
        moved = PyObject_Realloc(self->ob_bytes, allocate);
        if (moved == NULL) {
            PyErr_NoMemory();
            return -1;
        }
    }
    self->ob_bytes = self->ob_start = moved;
    self->ob_alloc = (Py_ssize_t)allocate;
    Py_SET_SIZE(self, length);
    moved[length] = '\0';
    return 0;
}

/* Replaces [low, high) by the given bytes, which must not lie in self. */
static int
splice(PyObject *object, Py_ssize_t low, Py_ssize_t high, const char *bytes, Py_ssize_t count)
{
    PyByteArrayObject *self = CAST(object);
    Py_ssize_t length = Py_SIZE(self), growth = count - (high - low);
    if (growth != 0 && !may_resize(object))
        return -1;
    if (growth < 0) {
        if (low == 0) {
            self->ob_start -= growth;
            Py_SET_SIZE(self, length + growth);
        }
        else {
            memmove(self->ob_start + high + growth, self->ob_start + high,
                    (size_t)(length - high));
        }
        if (PyByteArray_Resize(object, length + growth) < 0) {
            /* Too little memory to get smaller: the bytes are where they belong all the same. */
            PyErr_Clear();
            Py_SET_SIZE(self, length + growth);
        }
    }
    else if (growth > 0) {
        if (length > PY_SSIZE_T_MAX - growth) {
            PyErr_NoMemory();
            return -1;
        }
        if (PyByteArray_Resize(object, length + growth) < 0)
            return -1;
        memmove(self->ob_start + low + count, self->ob_start + high, (size_t)(length - high));
    }
    if (count > 0)
        memcpy(self->ob_start + low, bytes, (size_t)count);
    return 0;
}

/* --- __init__ --- */

typedef struct InitArgs {
    PyObject *source;
    const char *encoding, *errors;
} InitArgs;

static PyObject *bytearray_iconcat(PyObject *self, PyObject *other);

static int
append_items(PyObject *self, PyObject *source)
{
    KS_OWNED PyObject *iterator = PyObject_GetIter(source);
    if (iterator == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(PyExc_TypeError, "cannot convert '%.200s' object to bytearray",
                         Py_TYPE(source)->tp_name);
        return -1;
    }
    for (;;) {
        KS_OWNED PyObject *item = PyIter_Next(iterator);
        if (item == NULL)
            return PyErr_Occurred() ? -1 : 0;
        int byte = ks_bytes_byte(item);
        if (byte < 0)
            return -1;
        Py_ssize_t length = Py_SIZE(self);
        if (length == PY_SSIZE_T_MAX - 1 || PyByteArray_Resize(self, length + 1) < 0)
            return -1;
        CAST(self)->ob_start[length] = (char)byte;
    }
}

static int
init_from_buffer(PyObject *self, PyObject *source)
{
    Py_buffer view;
    if (PyObject_GetBuffer(source, &view, PyBUF_FULL_RO) < 0)
        return -1;
    int status = PyByteArray_Resize(self, view.len);
    if (status == 0)
        status = PyBuffer_ToContiguous(PyByteArray_AS_STRING(self), &view, view.len, 'C');
    PyBuffer_Release(&view);
    return status;
}

/* Fills an empty bytearray with zeros for a number, else with a buffer's bytes or an iterable's items. */
static int
init_from_object(PyObject *self, PyObject *source)
{
    /* A plain bytes object needs none of the questions. */
    if (PyBytes_CheckExact(source)) {
        if (PyByteArray_Resize(self, PyBytes_GET_SIZE(source)) < 0)
            return -1;
        memcpy(PyByteArray_AS_STRING(self), PyBytes_AS_STRING(source),
               (size_t)PyBytes_GET_SIZE(source));
        return 0;
    }
    if (PyIndex_Check(source)) {
        Py_ssize_t count = PyNumber_AsSsize_t(source, PyExc_OverflowError);
        if (count == -1 && PyErr_Occurred()) {
            if (!PyErr_ExceptionMatches(PyExc_TypeError))
                return -1;
            PyErr_Clear(); /* __index__ may be there and fail: then it is tried as an iterable */
        }
        else {
            if (count < 0) {
                PyErr_SetString(PyExc_ValueError, "negative count");
                return -1;
            }
            if (count > 0) {
                if (PyByteArray_Resize(self, count) < 0)
                    return -1;
                memset(PyByteArray_AS_STRING(self), 0, (size_t)count);
            }
            return 0;
        }
    }
    if (PyObject_CheckBuffer(source))
        return init_from_buffer(self, source);
    return append_items(self, source);
}

static const KsParam init_params[] = {
    PARAM(InitArgs, source, ARG_OBJECT, 0),
    PARAM(InitArgs, encoding, ARG_TEXT, 0),
    PARAM(InitArgs, errors, ARG_TEXT, 0),
    PARAM_END,
};

/* Fills an empty bytearray. */
static int
init_from_args(PyObject *self, const InitArgs *given)
{
    PyObject *source = given->source;
    if (source == NULL || !PyUnicode_Check(source)) {
        if (given->encoding != NULL || given->errors != NULL) {
            PyErr_SetString(PyExc_TypeError, given->encoding != NULL
                                                 ? "encoding without a string argument"
                                                 : "errors without a string argument");
            return -1;
        }
        if (source == NULL)
            return 0;
    }
    if (PyUnicode_Check(source)) {
        if (given->encoding == NULL) {
            PyErr_SetString(PyExc_TypeError, "string argument without an encoding");
            return -1;
        }
        KS_OWNED PyObject *encoded =
            PyUnicode_AsEncodedString(source, given->encoding, given->errors);
        if (encoded == NULL)
            return -1;
        KS_OWNED PyObject *same = bytearray_iconcat(self, encoded);
        return same == NULL ? -1 : 0;
    }
    return init_from_object(self, source);
}

static int
bytearray_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    InitArgs given = {NULL, NULL, NULL};
    if (Py_SIZE(self) != 0 && PyByteArray_Resize(self, 0) < 0)
        return -1;
    if (!ks_args_parse_tuple("bytearray", init_params, args, kwargs, &given))
        return -1;
    return init_from_args(self, &given);
}

/* What bytearray() itself is called by; subclasses go through tp_new and tp_init. */
static PyObject *
bytearray_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    KS_OWNED PyObject *self = PyType_GenericAlloc((PyTypeObject *)type, 0);
    if (self == NULL)
        return NULL;
    InitArgs given = {NULL, NULL, NULL};
    if (nargs == 1 && kwnames == NULL)
        given.source = args[0];
    else if (!ks_args_parse("bytearray", init_params, args, nargs, kwnames, &given))
        return NULL;
    if (init_from_args(self, &given) < 0)
        return NULL;
    return ks_give(&self);
}

/* --- protocols --- */

static PyObject *
bytearray_repr(PyObject *self)
{
    const char *name = _PyType_Name(Py_TYPE(self));
    char prefix[256];
    PyOS_snprintf(prefix, sizeof prefix, "%.200s(", name);
    return ks_bytes_repr_text(PyByteArray_AS_STRING(self), Py_SIZE(self), prefix, ")", 1);
}

static PyObject *
bytearray_str(PyObject *self)
{
    if (_Py_GetConfig()->bytes_warning &&
        PyErr_WarnEx(PyExc_BytesWarning, "str() on a bytearray instance", 1) < 0)
        return NULL;
    return bytearray_repr(self);
}

static Py_ssize_t
bytearray_length(PyObject *self)
{
    return Py_SIZE(self);
}

PyObject *
PyByteArray_Concat(PyObject *left, PyObject *right)
{
    Py_buffer a = {.obj = NULL}, b = {.obj = NULL};
    PyObject *result = NULL;
    if (PyObject_GetBuffer(left, &a, PyBUF_SIMPLE) < 0 ||
        PyObject_GetBuffer(right, &b, PyBUF_SIMPLE) < 0) {
        PyErr_Format(PyExc_TypeError, "can't concat %.100s to %.100s", Py_TYPE(right)->tp_name,
                     Py_TYPE(left)->tp_name);
    }
    else if (a.len > PY_SSIZE_T_MAX - b.len) {
        PyErr_NoMemory();
    }
    else {
        result = PyByteArray_FromStringAndSize(NULL, a.len + b.len);
        if (result != NULL && a.len + b.len > 0) {
            memcpy(PyByteArray_AS_STRING(result), a.buf, (size_t)a.len);
            memcpy(PyByteArray_AS_STRING(result) + a.len, b.buf, (size_t)b.len);
        }
    }
    PyBuffer_Release(&a);
    PyBuffer_Release(&b);
    return result;
}

static PyObject *
bytearray_iconcat(PyObject *self, PyObject *other)
{
    Py_buffer view;
    if (PyObject_GetBuffer(other, &view, PyBUF_SIMPLE) < 0) {
        PyErr_Format(PyExc_TypeError, "can't concat %.100s to %.100s", Py_TYPE(other)->tp_name,
                     Py_TYPE(self)->tp_name);
        return NULL;
    }
    Py_ssize_t length = Py_SIZE(self), count = view.len;
    int is_self = view.obj == self;
    if (is_self)
        PyBuffer_Release(&view); /* our own export would forbid the resize */
    int status = -1;
    if (count > PY_SSIZE_T_MAX - length)
        PyErr_NoMemory();
    else
        status = PyByteArray_Resize(self, length + count);
    if (status == 0 && count > 0) {
        char *start = ((PyByteArrayObject *)self)->ob_start; /* there is one: not empty */
        memcpy(start + length, is_self ? start : view.buf, (size_t)count);
    }
    if (!is_self)
        PyBuffer_Release(&view);
    return status < 0 ? NULL : Py_NewRef(self);
}

/* length * count, or -1 with MemoryError. */
static Py_ssize_t
repeated_length(PyObject *self, Py_ssize_t count)
{
    Py_ssize_t length = Py_SIZE(self);
    if (count < 0)
        count = 0;
    if (count > 0 && length > PY_SSIZE_T_MAX / count) {
        PyErr_NoMemory();
        return -1;
    }
    return length * count;
}

static PyObject *
bytearray_repeat(PyObject *self, Py_ssize_t count)
{
    Py_ssize_t total = repeated_length(self, count);
    PyObject *result = total < 0 ? NULL : PyByteArray_FromStringAndSize(NULL, total);
    if (result != NULL && total > 0)
        _PyBytes_Repeat(PyByteArray_AS_STRING(result), total, PyByteArray_AS_STRING(self),
                        Py_SIZE(self));
    return result;
}

static PyObject *
bytearray_irepeat(PyObject *self, Py_ssize_t count)
{
    Py_ssize_t length = Py_SIZE(self), total = repeated_length(self, count);
    if (total < 0 || PyByteArray_Resize(self, total) < 0)
        return NULL;
    char *text = PyByteArray_AS_STRING(self);
    if (total > 0)
        _PyBytes_Repeat(text, total, text, length);
    return Py_NewRef(self);
}

static PyObject *
bytearray_item(PyObject *self, Py_ssize_t index)
{
    if (index < 0 || index >= Py_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "bytearray index out of range");
        return NULL;
    }
    return PyLong_FromLong((unsigned char)PyByteArray_AS_STRING(self)[index]);
}

static PyObject *
bytearray_subscript(PyObject *self, PyObject *key)
{
    if (PyIndex_Check(key)) {
        Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (index == -1 && PyErr_Occurred())
            return NULL;
        return bytearray_item(self, index < 0 ? index + Py_SIZE(self) : index);
    }
    if (!PySlice_Check(key)) {
        PyErr_Format(PyExc_TypeError, "bytearray indices must be integers or slices, not %.200s",
                     Py_TYPE(key)->tp_name);
        return NULL;
    }
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(key, &start, &stop, &step) < 0)
        return NULL;
    Py_ssize_t count = PySlice_AdjustIndices(Py_SIZE(self), &start, &stop, step);
    if (count <= 0)
        return PyByteArray_FromStringAndSize("", 0);
    const char *text = PyByteArray_AS_STRING(self);
    if (step == 1)
        return PyByteArray_FromStringAndSize(text + start, count);
    PyObject *result = PyByteArray_FromStringAndSize(NULL, count);
    if (result != NULL) {
        for (Py_ssize_t i = 0, from = start; i < count; i++, from += step)
            PyByteArray_AS_STRING(result)[i] = text[from];
    }
    return result;
}

/* Removes `count` bytes, `step` apart, the lowest at start. */
static int
delete_stepped(PyObject *self, Py_ssize_t start, Py_ssize_t step, Py_ssize_t count)
{
    if (count == 0)
        return 0;
    if (!may_resize(self))
        return -1;
    char *text = PyByteArray_AS_STRING(self);
    Py_ssize_t length = Py_SIZE(self), to = start;
    for (Py_ssize_t i = 0; i < count; i++) {
        Py_ssize_t from = start + i * step + 1;
        Py_ssize_t end = i + 1 < count ? from + step - 1 : length;
        memmove(text + to, text + from, (size_t)(end - from));
        to += end - from;
    }
    return PyByteArray_Resize(self, length - count);
}

static int
assign_slice(PyObject *self, PyObject *slice, const char *bytes, Py_ssize_t needed, int is_delete)
{
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(slice, &start, &stop, &step) < 0)
        return -1;
    Py_ssize_t count = PySlice_AdjustIndices(Py_SIZE(self), &start, &stop, step);
    if (step == 1) {
        if (stop < start)
            stop = start;
        return splice(self, start, stop, bytes, needed);
    }
    if (is_delete || needed == 0) {
        if (step < 0) {
            start += step * (count - 1);
            step = -step;
        }
        return delete_stepped(self, start, step, count);
    }
    if (needed != count) {
        PyErr_Format(PyExc_ValueError,
                     "attempt to assign bytes of size %zd to extended slice of size %zd", needed,
                     count);
        return -1;
    }
    char *text = PyByteArray_AS_STRING(self);
    for (Py_ssize_t i = 0; i < count; i++)
        text[start + i * step] = bytes[i];
    return 0;
}

static int
assign_index(PyObject *self, PyObject *key, PyObject *value)
{
    Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (index == -1 && PyErr_Occurred())
        return -1;
    int byte = 0;
    /* Converted before the bounds are tested: __index__ may change the length. */
    if (value != NULL && (byte = ks_bytes_byte(value)) < 0)
        return -1;
    if (index < 0)
        index += Py_SIZE(self);
    if (index < 0 || index >= Py_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "bytearray index out of range");
        return -1;
    }
    if (value == NULL)
        return splice(self, index, index + 1, NULL, 0);
    PyByteArray_AS_STRING(self)[index] = (char)byte;
    return 0;
}

static int
bytearray_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    if (PyIndex_Check(key))
        return assign_index(self, key, value);
    if (!PySlice_Check(key)) {
        PyErr_Format(PyExc_TypeError, "bytearray indices must be integers or slices, not %.200s",
                     Py_TYPE(key)->tp_name);
        return -1;
    }
    if (value == NULL)
        return assign_slice(self, key, NULL, 0, 1);
    if (value == self || !PyByteArray_Check(value)) {
        if (PyNumber_Check(value) || PyUnicode_Check(value)) {
            PyErr_SetString(PyExc_TypeError, "can assign only bytes, buffers, or iterables of "
                                             "ints in range(0, 256)");
            return -1;
        }
        if (!PyBytes_Check(value)) {
            KS_OWNED PyObject *copy = PyByteArray_FromObject(value);
            if (copy == NULL)
                return -1;
            return assign_slice(self, key, PyByteArray_AS_STRING(copy), Py_SIZE(copy), 0);
        }
    }
    KsText text = ks_bytes_text(value);
    return assign_slice(self, key, text.text, text.length, 0);
}

static int
bytearray_ass_item(PyObject *self, Py_ssize_t index, PyObject *value)
{
    KS_OWNED PyObject *key = PyLong_FromSsize_t(index);
    return key == NULL ? -1 : assign_index(self, key, value);
}

static PyObject *
bytearray_mod(PyObject *left, PyObject *right)
{
    if (!PyByteArray_Check(left))
        Py_RETURN_NOTIMPLEMENTED;
    return _PyBytes_FormatEx(PyByteArray_AS_STRING(left), PyByteArray_GET_SIZE(left), right, 1);
}

static int
bytearray_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    if (view == NULL) {
        PyErr_SetString(PyExc_BufferError,
                        "bytearray_getbuffer: view==NULL argument is obsolete");
        return -1;
    }
    if (PyBuffer_FillInfo(view, self, PyByteArray_AS_STRING(self), Py_SIZE(self), 0, flags) < 0)
        return -1;
    CAST(self)->ob_exports++;
    return 0;
}

static void
bytearray_releasebuffer(PyObject *self, Py_buffer *view)
{
    CAST(self)->ob_exports--;
}

static PyObject *
bytearray_iter(PyObject *self)
{
    return ks_bytes_iterator(&PyByteArrayIter_Type, self);
}

/* --- methods that change it --- */

PyObject *
ks_bytearray_append(PyObject *self, PyObject *item)
{
    int byte = ks_bytes_byte(item);
    if (byte < 0)
        return NULL;
    Py_ssize_t length = Py_SIZE(self);
    if (length == PY_SSIZE_T_MAX - 1) {
        PyErr_SetString(PyExc_OverflowError, "cannot add more objects to bytearray");
        return NULL;
    }
    if (PyByteArray_Resize(self, length + 1) < 0)
        return NULL;
    PyByteArray_AS_STRING(self)[length] = (char)byte;
    Py_RETURN_NONE;
}

PyObject *
ks_bytearray_extend(PyObject *self, PyObject *iterable)
{
    if (PyObject_CheckBuffer(iterable)) {
        KS_OWNED PyObject *same = bytearray_iconcat(self, iterable);
        if (same == NULL)
            return NULL;
        Py_RETURN_NONE;
    }
    KS_OWNED PyObject *iterator = PyObject_GetIter(iterable);
    if (iterator == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(PyExc_TypeError, "can't extend bytearray with %.100s",
                         Py_TYPE(iterable)->tp_name);
        return NULL;
    }
    /* Nothing is reserved by the hint: what it is for is that a broken one shows. */
    if (PyObject_LengthHint(iterable, 0) < 0)
        return NULL;
    /* Into a second object first, so that a failure on the way leaves self as it was. */
    KS_OWNED PyObject *items = PyByteArray_FromStringAndSize(NULL, 0);
    if (items == NULL || append_items(items, iterator) < 0)
        return NULL;
    KS_OWNED PyObject *same = bytearray_iconcat(self, items);
    if (same == NULL)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *
ks_bytearray_insert(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t index;
    if (!ks_args_count("insert", nargs, 2, 2) || !ks_arg_index(args[0], &index))
        return NULL;
    int byte = ks_bytes_byte(args[1]);
    if (byte < 0)
        return NULL;
    Py_ssize_t length = Py_SIZE(self);
    if (index < 0) {
        index += length;
        if (index < 0)
            index = 0;
    }
    if (index > length)
        index = length;
    char single = (char)byte;
    if (splice(self, index, index, &single, 1) < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *
ks_bytearray_pop(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t index = -1, length = Py_SIZE(self);
    if (!ks_args_count("pop", nargs, 0, 1) || (nargs == 1 && !ks_arg_index(args[0], &index)))
        return NULL;
    length = Py_SIZE(self);
    if (length == 0) {
        PyErr_SetString(PyExc_IndexError, "pop from empty bytearray");
        return NULL;
    }
    if (index < 0)
        index += length;
    if (index < 0 || index >= length) {
        PyErr_SetString(PyExc_IndexError, "pop index out of range");
        return NULL;
    }
    int byte = (unsigned char)PyByteArray_AS_STRING(self)[index];
    if (splice(self, index, index + 1, NULL, 0) < 0)
        return NULL;
    return PyLong_FromLong(byte);
}

PyObject *
ks_bytearray_remove(PyObject *self, PyObject *value)
{
    int byte = ks_bytes_byte(value);
    if (byte < 0)
        return NULL;
    const char *text = PyByteArray_AS_STRING(self);
    const char *found = memchr(text, byte, (size_t)Py_SIZE(self));
    if (found == NULL) {
        PyErr_SetString(PyExc_ValueError, "value not found in bytearray");
        return NULL;
    }
    if (splice(self, found - text, found - text + 1, NULL, 0) < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *
ks_bytearray_reverse(PyObject *self, PyObject *unused)
{
    char *low = PyByteArray_AS_STRING(self), *high = low + Py_SIZE(self) - 1;
    for (; low < high; low++, high--) {
        char swap = *low;
        *low = *high;
        *high = swap;
    }
    Py_RETURN_NONE;
}

PyObject *
ks_bytearray_clear(PyObject *self, PyObject *unused)
{
    if (PyByteArray_Resize(self, 0) < 0)
        return NULL;
    Py_RETURN_NONE;
}

PyObject *
ks_bytearray_copy(PyObject *self, PyObject *unused)
{
    return PyByteArray_FromStringAndSize(PyByteArray_AS_STRING(self), Py_SIZE(self));
}

PyObject *
ks_bytearray_alloc(PyObject *self, PyObject *unused)
{
    return PyLong_FromSsize_t(CAST(self)->ob_alloc);
}

PyObject *
ks_bytearray___sizeof__(PyObject *self, PyObject *unused)
{
    return PyLong_FromSsize_t(_PyObject_SIZE(Py_TYPE(self)) + CAST(self)->ob_alloc);
}

static PyObject *
reduce(PyObject *self, int protocol)
{
    PyObject *state = _PyObject_GetState(self);
    if (state == NULL)
        return NULL;
    if (Py_SIZE(self) == 0)
        return Py_BuildValue("(O()N)", Py_TYPE(self), state);
    const char *text = PyByteArray_AS_STRING(self);
    if (protocol < 3)
        return Py_BuildValue("(O(Ns)N)", Py_TYPE(self),
                             PyUnicode_DecodeLatin1(text, Py_SIZE(self), NULL), "latin-1", state);
    return Py_BuildValue("(O(y#)N)", Py_TYPE(self), text, Py_SIZE(self), state);
}

PyObject *
ks_bytearray___reduce__(PyObject *self, PyObject *unused)
{
    return reduce(self, 2);
}

PyObject *
ks_bytearray___reduce_ex__(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    int protocol = 0;
    if (!ks_args_count("__reduce_ex__", nargs, 0, 1) ||
        (nargs == 1 && !ks_arg_int(args[0], &protocol)))
        return NULL;
    return reduce(self, protocol);
}

/* --- type --- */

static PyNumberMethods bytearray_as_number = {.nb_remainder = bytearray_mod};

static PySequenceMethods bytearray_as_sequence = {
    .sq_length = bytearray_length,
    .sq_concat = PyByteArray_Concat,
    .sq_repeat = bytearray_repeat,
    .sq_item = bytearray_item,
    .sq_ass_item = bytearray_ass_item,
    .sq_contains = ks_bytes_contains,
    .sq_inplace_concat = bytearray_iconcat,
    .sq_inplace_repeat = bytearray_irepeat,
};

static PyMappingMethods bytearray_as_mapping = {
    .mp_length = bytearray_length,
    .mp_subscript = bytearray_subscript,
    .mp_ass_subscript = bytearray_ass_subscript,
};

static PyBufferProcs bytearray_as_buffer = {
    .bf_getbuffer = bytearray_getbuffer,
    .bf_releasebuffer = bytearray_releasebuffer,
};

PyTypeObject PyByteArray_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "bytearray",
    .tp_basicsize = sizeof(PyByteArrayObject),
    .tp_dealloc = bytearray_dealloc,
    .tp_repr = bytearray_repr,
    .tp_as_number = &bytearray_as_number,
    .tp_as_sequence = &bytearray_as_sequence,
    .tp_as_mapping = &bytearray_as_mapping,
    .tp_str = bytearray_str,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_as_buffer = &bytearray_as_buffer,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | _Py_TPFLAGS_MATCH_SELF,
    .tp_doc = PyDoc_STR("bytearray(iterable_of_ints) -> bytearray\n"
                        "bytearray(string, encoding[, errors]) -> bytearray\n"
                        "bytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer\n"
                        "bytearray(int) -> bytearray of that many null bytes\n"
                        "bytearray() -> empty bytearray"),
    .tp_richcompare = ks_bytes_richcompare,
    .tp_iter = bytearray_iter,
    .tp_methods = ks_bytearray_methods,
    .tp_init = bytearray_init,
    .tp_vectorcall = bytearray_vectorcall,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = PyType_GenericNew,
    .tp_free = PyObject_Del,
};

/* --- C-API --- */

Py_ssize_t
PyByteArray_Size(PyObject *self)
{
    return PyByteArray_GET_SIZE(self);
}

char *
PyByteArray_AsString(PyObject *self)
{
    return PyByteArray_AS_STRING(self);
}
