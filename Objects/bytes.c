/* SPDX-License-Identifier: MIT */
/* The bytes type: lifecycle, construction, sequence protocol, C-API.
 *
 * The empty object and the 256 one-byte objects are static and shared. An object's text is
 * followed by a nul byte that does not count. */
#include "Python.h"

#include "pycore_bytesobject.h"
#include "pycore_global_objects.h"
#include "pycore_initconfig.h"
#include "pycore_object.h"
#include "pycore_runtime.h"
#include "pycore_pystate.h"
#include "pycore_format.h"

#include "ks_args.h"
#include "ks_bytes.h"
#include "ks_search.h"

#define HEAD_BYTES (offsetof(PyBytesObject, ob_sval) + 1)
#define EMPTY ((PyObject *)&_Py_SINGLETON(bytes_empty))
#define SINGLE(byte) ((PyObject *)&_Py_SINGLETON(bytes_characters)[byte])

/* --- lifecycle --- */

static PyObject *
bytes_alloc(Py_ssize_t length)
{
    if (KS_UNLIKELY((size_t)length > (size_t)PY_SSIZE_T_MAX - HEAD_BYTES)) {
        PyErr_SetString(PyExc_OverflowError, "byte string is too large");
        return NULL;
    }
    PyBytesObject *self = PyObject_Malloc(HEAD_BYTES + (size_t)length);
    if (KS_UNLIKELY(self == NULL))
        return PyErr_NoMemory();
    _PyObject_InitVar((PyVarObject *)self, &PyBytes_Type, length);
    _Py_COMP_DIAG_PUSH
    _Py_COMP_DIAG_IGNORE_DEPR_DECLS
    self->ob_shash = -1;
    _Py_COMP_DIAG_POP
    self->ob_sval[length] = '\0';
    return (PyObject *)self;
}

/* text may be NULL for an object whose bytes the caller fills in at once. */
PyObject *
PyBytes_FromStringAndSize(const char *text, Py_ssize_t length)
{
    if (KS_UNLIKELY(length < 0)) {
        PyErr_SetString(PyExc_SystemError, "Negative size passed to PyBytes_FromStringAndSize");
        return NULL;
    }
    if (length == 0)
        return Py_NewRef(EMPTY);
    if (length == 1 && text != NULL)
        return Py_NewRef(SINGLE((unsigned char)*text));
    PyObject *self = bytes_alloc(length);
    if (self != NULL && text != NULL)
        memcpy(PyBytes_AS_STRING(self), text, (size_t)length);
    return self;
}

PyObject *
PyBytes_FromString(const char *text)
{
    size_t length = strlen(text);
    if (length > (size_t)PY_SSIZE_T_MAX - HEAD_BYTES) {
        PyErr_SetString(PyExc_OverflowError, "byte string is too long");
        return NULL;
    }
    return PyBytes_FromStringAndSize(text, (Py_ssize_t)length);
}

static void
bytes_dealloc(PyObject *self)
{
    Py_TYPE(self)->tp_free(self);
}

/* Changes the length of an object that nobody else has seen; *slot is NULL after a failure. */
int
_PyBytes_Resize(PyObject **slot, Py_ssize_t length)
{
    PyObject *self = *slot;
    if (!PyBytes_Check(self) || length < 0)
        goto misuse;
    if (Py_SIZE(self) == length)
        return 0;
    if (Py_SIZE(self) == 0 || length == 0) {
        *slot = PyBytes_FromStringAndSize(NULL, length);
        Py_DECREF(self);
        return *slot == NULL ? -1 : 0;
    }
    if (Py_REFCNT(self) != 1)
        goto misuse;
    PyBytesObject *moved = PyObject_Realloc(self, HEAD_BYTES + (size_t)length);
    if (moved == NULL) {
        *slot = NULL;
        PyObject_Free(self);
        PyErr_NoMemory();
        return -1;
    }
    *slot = (PyObject *)moved;
    Py_SET_SIZE(moved, length);
    moved->ob_sval[length] = '\0';
    _Py_COMP_DIAG_PUSH
    _Py_COMP_DIAG_IGNORE_DEPR_DECLS
    moved->ob_shash = -1;
    _Py_COMP_DIAG_POP
    return 0;
misuse:
    *slot = NULL;
    Py_XDECREF(self);
    PyErr_BadInternalCall();
    return -1;
}

/* --- from other objects --- */

int
ks_bytes_byte(PyObject *item)
{
    int overflow;
    KS_OWNED PyObject *number = PyNumber_Index(item);
    if (number == NULL)
        return -1;
    long value = PyLong_AsLongAndOverflow(number, &overflow);
    if (overflow == 0 && value >= 0 && value < 256)
        return (int)value;
    PyErr_SetString(PyExc_ValueError, "byte must be in range(0, 256)");
    return -1;
}

/* The same with the words of the constructors. */
static int
constructor_byte(PyObject *item)
{
    Py_ssize_t value = PyNumber_AsSsize_t(item, NULL);
    if (value == -1 && PyErr_Occurred())
        return -1;
    if (value >= 0 && value < 256)
        return (int)value;
    PyErr_SetString(PyExc_ValueError, "bytes must be in range(0, 256)");
    return -1;
}

static PyObject *
from_buffer(PyObject *object)
{
    Py_buffer view;
    if (PyObject_GetBuffer(object, &view, PyBUF_FULL_RO) < 0)
        return NULL;
    PyObject *self = PyBytes_FromStringAndSize(NULL, view.len);
    if (self != NULL &&
        PyBuffer_ToContiguous(PyBytes_AS_STRING(self), &view, view.len, 'C') < 0)
        Py_CLEAR(self);
    PyBuffer_Release(&view);
    return self;
}

/* __index__ of an item may change a list on the way: its length is asked for again each time. */
static PyObject *
from_sequence(PyObject *sequence)
{
    Py_ssize_t room = PySequence_Fast_GET_SIZE(sequence);
    _PyBytesWriter writer;
    _PyBytesWriter_Init(&writer);
    char *end = _PyBytesWriter_Alloc(&writer, room);
    if (end == NULL)
        return NULL;
    writer.overallocate = 1;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(sequence); i++) {
        KS_OWNED PyObject *item = Py_NewRef(PySequence_Fast_GET_ITEM(sequence, i));
        int byte = constructor_byte(item);
        if (byte < 0)
            goto failed;
        if (i >= room) {
            end = _PyBytesWriter_Resize(&writer, end, i + 1);
            if (end == NULL)
                goto failed;
            room = writer.allocated;
        }
        *end++ = (char)byte;
    }
    return _PyBytesWriter_Finish(&writer, end);
failed:
    _PyBytesWriter_Dealloc(&writer);
    return NULL;
}

static PyObject *
from_iterator(PyObject *iterator, Py_ssize_t hint)
{
    _PyBytesWriter writer;
    _PyBytesWriter_Init(&writer);
    char *end = _PyBytesWriter_Alloc(&writer, hint);
    if (end == NULL)
        return NULL;
    writer.overallocate = 1;
    Py_ssize_t room = hint;
    for (Py_ssize_t count = 0;; count++) {
        KS_OWNED PyObject *item = PyIter_Next(iterator);
        if (item == NULL) {
            if (!PyErr_Occurred())
                return _PyBytesWriter_Finish(&writer, end);
            break;
        }
        int byte = constructor_byte(item);
        if (byte < 0)
            break;
        if (count >= room) {
            room = count + 1;
            end = _PyBytesWriter_Resize(&writer, end, room);
            if (end == NULL)
                break;
            room = writer.allocated;
        }
        *end++ = (char)byte;
    }
    _PyBytesWriter_Dealloc(&writer);
    return NULL;
}

/* bytes(object) for what is neither str nor integer nor has __bytes__. */
PyObject *
PyBytes_FromObject(PyObject *object)
{
    if (object == NULL) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if (PyBytes_CheckExact(object))
        return Py_NewRef(object);
    if (PyObject_CheckBuffer(object))
        return from_buffer(object);
    if (PyList_CheckExact(object) || PyTuple_CheckExact(object))
        return from_sequence(object);
    if (!PyUnicode_Check(object)) {
        KS_OWNED PyObject *iterator = PyObject_GetIter(object);
        if (iterator != NULL) {
            Py_ssize_t hint = PyObject_LengthHint(object, 64);
            return hint == -1 && PyErr_Occurred() ? NULL : from_iterator(iterator, hint);
        }
        if (!PyErr_ExceptionMatches(PyExc_TypeError))
            return NULL;
    }
    PyErr_Format(PyExc_TypeError, "cannot convert '%.200s' object to bytes",
                 Py_TYPE(object)->tp_name);
    return NULL;
}

typedef struct NewArgs {
    PyObject *source;
    const char *encoding, *errors;
} NewArgs;

static const KsParam new_params[] = {PARAM(NewArgs, source, ARG_OBJECT, 0),
                                     PARAM(NewArgs, encoding, ARG_TEXT, 0),
                                     PARAM(NewArgs, errors, ARG_TEXT, 0), PARAM_END};

static PyObject *
bytes_from_args(const NewArgs *given)
{
    PyObject *source = given->source;
    if (given->encoding != NULL || given->errors != NULL) {
        if (source == NULL || !PyUnicode_Check(source)) {
            PyErr_SetString(PyExc_TypeError, given->encoding != NULL
                                                 ? "encoding without a string argument"
                                                 : "errors without a string argument");
            return NULL;
        }
        if (given->encoding == NULL) {
            PyErr_SetString(PyExc_TypeError, "string argument without an encoding");
            return NULL;
        }
        return PyUnicode_AsEncodedString(source, given->encoding, given->errors);
    }
    if (source == NULL)
        return Py_NewRef(EMPTY);
    PyObject *method = _PyObject_LookupSpecial(source, &_Py_ID(__bytes__));
    if (method != NULL) {
        PyObject *made = PyObject_CallNoArgs(method);
        Py_DECREF(method);
        if (made != NULL && !PyBytes_Check(made)) {
            PyErr_Format(PyExc_TypeError, "__bytes__ returned non-bytes (type %.200s)",
                         Py_TYPE(made)->tp_name);
            Py_CLEAR(made);
        }
        return made;
    }
    if (PyErr_Occurred())
        return NULL;
    if (PyUnicode_Check(source)) {
        PyErr_SetString(PyExc_TypeError, "string argument without an encoding");
        return NULL;
    }
    if (PyIndex_Check(source)) {
        Py_ssize_t length = PyNumber_AsSsize_t(source, PyExc_OverflowError);
        if (length == -1 && PyErr_Occurred()) {
            if (!PyErr_ExceptionMatches(PyExc_TypeError))
                return NULL;
            PyErr_Clear();
            return PyBytes_FromObject(source);
        }
        if (length < 0) {
            PyErr_SetString(PyExc_ValueError, "negative count");
            return NULL;
        }
        PyObject *made = PyBytes_FromStringAndSize(NULL, length);
        if (made != NULL)
            memset(PyBytes_AS_STRING(made), 0, (size_t)length);
        return made;
    }
    return PyBytes_FromObject(source);
}

static PyObject *
bytes_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    NewArgs given = {NULL, NULL, NULL};
    if (!ks_args_parse_tuple("bytes", new_params, args, kwargs, &given))
        return NULL;
    KS_OWNED PyObject *made = bytes_from_args(&given);
    if (made == NULL || type == &PyBytes_Type)
        return ks_give(&made);
    PyObject *self = type->tp_alloc(type, PyBytes_GET_SIZE(made));
    if (self != NULL) {
        memcpy(PyBytes_AS_STRING(self), PyBytes_AS_STRING(made),
               (size_t)PyBytes_GET_SIZE(made) + 1);
        _Py_COMP_DIAG_PUSH
        _Py_COMP_DIAG_IGNORE_DEPR_DECLS
        ((PyBytesObject *)self)->ob_shash = -1;
        _Py_COMP_DIAG_POP
    }
    return self;
}

/* --- protocols --- */

PyObject *
ks_bytes_repr_text(const char *text, Py_ssize_t length, const char *prefix, const char *suffix,
                   int smart_quotes)
{
    size_t size = strlen(prefix) + strlen(suffix) + 3;
    char quote = '\'';
    if (smart_quotes && memchr(text, '\'', (size_t)length) && !memchr(text, '"', (size_t)length))
        quote = '"';
    for (Py_ssize_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        size_t width = byte == quote || byte == '\\' || byte == '\t' || byte == '\n' ||
                               byte == '\r'
                           ? 2
                       : byte < ' ' || byte >= 0x7f ? 4
                                                    : 1;
        if (size > (size_t)PY_SSIZE_T_MAX - width) {
            PyErr_SetString(PyExc_OverflowError, "bytes object is too large to make repr");
            return NULL;
        }
        size += width;
    }
    PyObject *result = PyUnicode_New((Py_ssize_t)size, 127);
    if (result == NULL)
        return NULL;
    static const char digits[] = "0123456789abcdef";
    char *out = (char *)PyUnicode_1BYTE_DATA(result);
    out = stpcpy(out, prefix);
    *out++ = 'b';
    *out++ = quote;
    for (Py_ssize_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte == quote || byte == '\\') {
            *out++ = '\\';
            *out++ = (char)byte;
        }
        else if (byte == '\t' || byte == '\n' || byte == '\r') {
            *out++ = '\\';
            *out++ = byte == '\t' ? 't' : byte == '\n' ? 'n' : 'r';
        }
        else if (byte < ' ' || byte >= 0x7f) {
            *out++ = '\\';
            *out++ = 'x';
            *out++ = digits[byte >> 4];
            *out++ = digits[byte & 15];
        }
        else {
            *out++ = (char)byte;
        }
    }
    *out++ = quote;
    memcpy(out, suffix, strlen(suffix));
    return result;
}

PyObject *
PyBytes_Repr(PyObject *self, int smart_quotes)
{
    return ks_bytes_repr_text(PyBytes_AS_STRING(self), PyBytes_GET_SIZE(self), "", "",
                              smart_quotes);
}

static PyObject *
bytes_repr(PyObject *self)
{
    return PyBytes_Repr(self, 1);
}

static PyObject *
bytes_str(PyObject *self)
{
    if (_Py_GetConfig()->bytes_warning &&
        PyErr_WarnEx(PyExc_BytesWarning, "str() on a bytes instance", 1) < 0)
        return NULL;
    return bytes_repr(self);
}

static Py_ssize_t
bytes_length(PyObject *self)
{
    return Py_SIZE(self);
}

static PyObject *
bytes_concat(PyObject *left, PyObject *right)
{
    Py_buffer a = {.buf = NULL}, b = {.buf = NULL};
    PyObject *result = NULL;
    if (PyObject_GetBuffer(left, &a, PyBUF_SIMPLE) < 0 ||
        PyObject_GetBuffer(right, &b, PyBUF_SIMPLE) < 0) {
        PyErr_Format(PyExc_TypeError, "can't concat %.100s to %.100s", Py_TYPE(right)->tp_name,
                     Py_TYPE(left)->tp_name);
        goto done;
    }
    if (a.len == 0 && PyBytes_CheckExact(right)) {
        result = Py_NewRef(right);
    }
    else if (b.len == 0 && PyBytes_CheckExact(left)) {
        result = Py_NewRef(left);
    }
    else if (a.len > PY_SSIZE_T_MAX - b.len) {
        PyErr_NoMemory();
    }
    else {
        result = PyBytes_FromStringAndSize(NULL, a.len + b.len);
        if (result != NULL) {
            memcpy(PyBytes_AS_STRING(result), a.buf, (size_t)a.len);
            memcpy(PyBytes_AS_STRING(result) + a.len, b.buf, (size_t)b.len);
        }
    }
done:
    PyBuffer_Release(&a);
    PyBuffer_Release(&b);
    return result;
}

/* Fills dest with copies of src; dest may be src, already holding the first copy. */
void
_PyBytes_Repeat(char *dest, Py_ssize_t dest_length, const char *src, Py_ssize_t src_length)
{
    if (dest_length == 0)
        return;
    if (src_length == 1) {
        memset(dest, (unsigned char)*src, (size_t)dest_length);
        return;
    }
    if (src != dest)
        memcpy(dest, src, (size_t)src_length);
    for (Py_ssize_t have = src_length; have < dest_length;) {
        Py_ssize_t copy = have < dest_length - have ? have : dest_length - have;
        memcpy(dest + have, dest, (size_t)copy);
        have += copy;
    }
}

static PyObject *
bytes_repeat(PyObject *self, Py_ssize_t count)
{
    if (count < 0)
        count = 0;
    Py_ssize_t length = Py_SIZE(self);
    if (count > 0 && length > PY_SSIZE_T_MAX / count) {
        PyErr_SetString(PyExc_OverflowError, "repeated bytes are too long");
        return NULL;
    }
    Py_ssize_t total = length * count;
    if (total == length && PyBytes_CheckExact(self))
        return Py_NewRef(self);
    PyObject *result = PyBytes_FromStringAndSize(NULL, total);
    if (result != NULL)
        _PyBytes_Repeat(PyBytes_AS_STRING(result), total, PyBytes_AS_STRING(self), length);
    return result;
}

static PyObject *
bytes_item(PyObject *self, Py_ssize_t index)
{
    if (index < 0 || index >= Py_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "index out of range");
        return NULL;
    }
    return PyLong_FromLong((unsigned char)PyBytes_AS_STRING(self)[index]);
}

static PyObject *
bytes_subscript(PyObject *self, PyObject *key)
{
    Py_ssize_t length = Py_SIZE(self);
    if (PyIndex_Check(key)) {
        Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (index == -1 && PyErr_Occurred())
            return NULL;
        return bytes_item(self, index < 0 ? index + length : index);
    }
    if (!PySlice_Check(key)) {
        PyErr_Format(PyExc_TypeError, "byte indices must be integers or slices, not %.200s",
                     Py_TYPE(key)->tp_name);
        return NULL;
    }
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(key, &start, &stop, &step) < 0)
        return NULL;
    Py_ssize_t count = PySlice_AdjustIndices(length, &start, &stop, step);
    const char *text = PyBytes_AS_STRING(self);
    if (count <= 0)
        return Py_NewRef(EMPTY);
    if (step == 1) {
        if (count == length && PyBytes_CheckExact(self))
            return Py_NewRef(self);
        return PyBytes_FromStringAndSize(text + start, count);
    }
    PyObject *result = PyBytes_FromStringAndSize(NULL, count);
    if (result != NULL) {
        for (Py_ssize_t i = 0, from = start; i < count; i++, from += step)
            PyBytes_AS_STRING(result)[i] = text[from];
    }
    return result;
}

static Py_hash_t
bytes_hash(PyObject *object)
{
    PyBytesObject *self = (PyBytesObject *)object;
    _Py_COMP_DIAG_PUSH
    _Py_COMP_DIAG_IGNORE_DEPR_DECLS
    if (self->ob_shash == -1)
        self->ob_shash = _Py_HashBytes(self->ob_sval, Py_SIZE(self));
    return self->ob_shash;
    _Py_COMP_DIAG_POP
}

static int
bytes_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    return PyBuffer_FillInfo(view, self, PyBytes_AS_STRING(self), Py_SIZE(self), 1, flags);
}

static PyObject *
bytes_mod(PyObject *left, PyObject *right)
{
    if (!PyBytes_Check(left))
        Py_RETURN_NOTIMPLEMENTED;
    return _PyBytes_FormatEx(PyBytes_AS_STRING(left), PyBytes_GET_SIZE(left), right, 0);
}

static PySequenceMethods bytes_as_sequence = {
    .sq_length = bytes_length,
    .sq_concat = bytes_concat,
    .sq_repeat = bytes_repeat,
    .sq_item = bytes_item,
    .sq_contains = ks_bytes_contains,
};

static PyMappingMethods bytes_as_mapping = {
    .mp_length = bytes_length,
    .mp_subscript = bytes_subscript,
};

static PyBufferProcs bytes_as_buffer = {.bf_getbuffer = bytes_getbuffer};

static PyNumberMethods bytes_as_number = {.nb_remainder = bytes_mod};

static PyObject *
bytes_iter(PyObject *self)
{
    return ks_bytes_iterator(&PyBytesIter_Type, self);
}

PyTypeObject PyBytes_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "bytes",
    .tp_basicsize = HEAD_BYTES,
    .tp_itemsize = sizeof(char),
    .tp_dealloc = bytes_dealloc,
    .tp_repr = bytes_repr,
    .tp_as_number = &bytes_as_number,
    .tp_as_sequence = &bytes_as_sequence,
    .tp_as_mapping = &bytes_as_mapping,
    .tp_hash = bytes_hash,
    .tp_str = bytes_str,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_as_buffer = &bytes_as_buffer,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_BYTES_SUBCLASS |
                _Py_TPFLAGS_MATCH_SELF,
    .tp_doc = PyDoc_STR("bytes(iterable_of_ints) -> bytes\n"
                        "bytes(string, encoding[, errors]) -> bytes\n"
                        "bytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\n"
                        "bytes(int) -> bytes object of that many null bytes\n"
                        "bytes() -> empty bytes object"),
    .tp_richcompare = ks_bytes_richcompare,
    .tp_iter = bytes_iter,
    .tp_methods = ks_bytes_methods,
    .tp_base = &PyBaseObject_Type,
    .tp_new = bytes_new,
    .tp_free = PyObject_Del,
};

/* --- C-API --- */

static int
is_bytes(PyObject *object)
{
    if (PyBytes_Check(object))
        return 1;
    PyErr_Format(PyExc_TypeError, "expected bytes, %.200s found", Py_TYPE(object)->tp_name);
    return 0;
}

Py_ssize_t
PyBytes_Size(PyObject *self)
{
    return is_bytes(self) ? Py_SIZE(self) : -1;
}

char *
PyBytes_AsString(PyObject *self)
{
    return is_bytes(self) ? ((PyBytesObject *)self)->ob_sval : NULL;
}

/* Without a place for the length, a nul byte inside is a ValueError. */
int
PyBytes_AsStringAndSize(PyObject *self, char **text, Py_ssize_t *length)
{
    if (text == NULL) {
        PyErr_BadInternalCall();
        return -1;
    }
    if (!is_bytes(self))
        return -1;
    *text = PyBytes_AS_STRING(self);
    if (length != NULL) {
        *length = PyBytes_GET_SIZE(self);
    }
    else if (strlen(*text) != (size_t)PyBytes_GET_SIZE(self)) {
        PyErr_SetString(PyExc_ValueError, "embedded null byte");
        return -1;
    }
    return 0;
}

void
PyBytes_Concat(PyObject **slot, PyObject *tail)
{
    if (*slot == NULL)
        return;
    if (tail == NULL) {
        Py_CLEAR(*slot);
        return;
    }
    if (Py_REFCNT(*slot) == 1 && PyBytes_CheckExact(*slot) && PyBytes_GET_SIZE(*slot) > 0) {
        /* Nobody else sees the left side: it may grow in place. */
        Py_buffer view;
        if (PyObject_GetBuffer(tail, &view, PyBUF_SIMPLE) < 0) {
            PyErr_Format(PyExc_TypeError, "can't concat %.100s to %.100s", Py_TYPE(tail)->tp_name,
                         Py_TYPE(*slot)->tp_name);
            Py_CLEAR(*slot);
            return;
        }
        Py_ssize_t before = PyBytes_GET_SIZE(*slot);
        if (view.len > PY_SSIZE_T_MAX - before) {
            PyErr_NoMemory();
            Py_CLEAR(*slot);
        }
        else if (_PyBytes_Resize(slot, before + view.len) == 0) {
            memcpy(PyBytes_AS_STRING(*slot) + before, view.buf, (size_t)view.len);
        }
        PyBuffer_Release(&view);
        return;
    }
    Py_SETREF(*slot, bytes_concat(*slot, tail));
}

void
PyBytes_ConcatAndDel(PyObject **slot, PyObject *tail)
{
    PyBytes_Concat(slot, tail);
    Py_XDECREF(tail);
}

PyObject *
_PyBytes_Join(PyObject *separator, PyObject *iterable)
{
    return ks_bytes_join(separator, iterable);
}

Py_ssize_t
_PyBytes_Find(const char *text, Py_ssize_t length, const char *needle, Py_ssize_t needle_length,
              Py_ssize_t offset)
{
    Py_ssize_t found = ks_search1_find((const Py_UCS1 *)text, length, (const Py_UCS1 *)needle,
                                       needle_length);
    return found < 0 ? -1 : found + offset;
}

Py_ssize_t
_PyBytes_ReverseFind(const char *text, Py_ssize_t length, const char *needle,
                     Py_ssize_t needle_length, Py_ssize_t offset)
{
    Py_ssize_t found = ks_search1_rfind((const Py_UCS1 *)text, length, (const Py_UCS1 *)needle,
                                        needle_length);
    return found < 0 ? -1 : found + offset;
}

PyStatus
_PyBytes_InitTypes(PyInterpreterState *interp)
{
    if (!_Py_IsMainInterpreter(interp))
        return _PyStatus_OK();
    if (PyType_Ready(&PyBytes_Type) < 0)
        return _PyStatus_ERR("Can't initialize bytes type");
    if (PyType_Ready(&PyBytesIter_Type) < 0)
        return _PyStatus_ERR("Can't initialize bytes iterator type");
    return _PyStatus_OK();
}
