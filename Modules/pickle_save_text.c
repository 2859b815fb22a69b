/* SPDX-License-Identifier: MIT */
/* Saving numbers, strings, bytes and buffers: what is written without looking into other objects. */
#include "pickle_output.h"

/* ---- numbers ---- */

/* The value of an int of at most two digits. */
static long
long_short_value(PyObject *object)
{
    const digit *digits = ((PyLongObject *)object)->ob_digit;
    switch (Py_SIZE(object)) {
    case 0:
        return 0;
    case 1:
        return (long)digits[0];
    case -1:
        return -(long)digits[0];
    case 2:
        return (long)digits[1] << PyLong_SHIFT | (long)digits[0];
    default:
        return -((long)digits[1] << PyLong_SHIFT | (long)digits[0]);
    }
}

static int
put_int32(Pickler *self, long value)
{
    if (!self->bin)
        return ks_pickle_put_line(self, OP_INT, value);
    if ((unsigned long)value <= 0xff)
        return ks_pickle_put_number(self, OP_BININT1, (size_t)value, 1);
    if ((unsigned long)value <= 0xffff)
        return ks_pickle_put_number(self, OP_BININT2, (size_t)value, 2);
    return ks_pickle_put_number(self, OP_BININT, (size_t)value, 4);
}

static int
put_decimal(Pickler *self, PyObject *object)
{
    KS_OWNED PyObject *text = PyObject_Repr(object);
    if (text == NULL || ks_pickle_put_op(self, OP_LONG) < 0 ||
        ks_pickle_put(self, PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text)) < 0)
        return -1;
    return ks_pickle_put(self, "L\n", 2);
}

/* Two's complement in as few bytes as show the sign. */
static int
put_long_bytes(Pickler *self, PyObject *object)
{
    size_t bits = _PyLong_NumBits(object);
    if (bits == (size_t)-1 && PyErr_Occurred())
        return -1;
    size_t count = bits / 8 + 1;
    if (count > 0x7fffffff) {
        PyErr_SetString(PyExc_OverflowError, "int too large to pickle");
        return -1;
    }
    int head = count < 0x100 ? 2 : 5;
    char *to = ks_pickle_room(self, (Py_ssize_t)count + head);
    if (to == NULL)
        return -1;
    unsigned char *raw = (unsigned char *)to + head;
    if (_PyLong_AsByteArray((PyLongObject *)object, raw, count, 1, 1) < 0)
        return -1;
    /* A negative number may fit in a byte less than its magnitude: the one below shows the sign. */
    if (Py_SIZE(object) < 0 && count > 1 && raw[count - 1] == 0xff && raw[count - 2] >= 0x80)
        count--;
    int narrow = count < 0x100;
    if (narrow && head == 5) {
        memmove(to + 2, raw, count);
        head = 2;
    }
    to[0] = (char)(narrow ? OP_LONG1 : OP_LONG4);
    ks_pickle_little_endian(to + 1, count, head - 1);
    self->cursor = to + head + count;
    return 0;
}

int
ks_pickle_save_long(Pickler *self, PyObject *object)
{
    if (KS_LIKELY((size_t)(Py_SIZE(object) + 2) <= 4)) {
        long value = long_short_value(object);
        if (value == (int)value)
            return put_int32(self, value);
    }
    return self->protocol >= 2 ? put_long_bytes(self, object) : put_decimal(self, object);
}

int
ks_pickle_save_float(Pickler *self, PyObject *object)
{
    double value = PyFloat_AS_DOUBLE(object);
    if (self->bin) {
        char *to = ks_pickle_room(self, 9);
        if (to == NULL)
            return -1;
        *to = OP_BINFLOAT;
        self->cursor = to + 9;
        return PyFloat_Pack8(value, to + 1, 0);
    }
    char *text = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (text == NULL)
        return -1;
    int status = ks_pickle_put_op(self, OP_FLOAT) < 0 ||
                         ks_pickle_put(self, text, (Py_ssize_t)strlen(text)) < 0
                     ? -1
                     : ks_pickle_put(self, "\n", 1);
    PyMem_Free(text);
    return status;
}

/* ---- bytes ---- */

static KS_COLD int
too_long(const char *what)
{
    PyErr_Format(PyExc_OverflowError,
                 "serializing a %s larger than 4 GiB requires pickle protocol 4 or higher", what);
    return -1;
}

static int
put_bytes(Pickler *self, PyObject *object, const char *data, Py_ssize_t length)
{
    if (length <= 0xff)
        return ks_pickle_put_sized(self, OP_SHORT_BINBYTES, 1, data, length, object);
    if ((size_t)length <= 0xffffffffUL)
        return ks_pickle_put_sized(self, OP_BINBYTES, 4, data, length, object);
    if (self->protocol >= 4)
        return ks_pickle_put_sized(self, OP_BINBYTES8, 8, data, length, object);
    return too_long("bytes object");
}

/* Protocols before 3 have no bytes: text that a codec turns back. */
static int
save_bytes_as_text(Pickler *self, PyObject *object)
{
    Py_ssize_t length = PyBytes_GET_SIZE(object);
    if (length == 0)
        return ks_pickle_save_made(self, Py_BuildValue("(O())", &PyBytes_Type), object);
    KS_OWNED PyObject *text =
        PyUnicode_DecodeLatin1(PyBytes_AS_STRING(object), length, "strict");
    if (text == NULL)
        return -1;
    PyObject *reduced =
        Py_BuildValue("(O(OO))", self->state->codecs_encode, text, KS_INTERN("latin1"));
    return ks_pickle_save_made(self, reduced, object);
}

int
ks_pickle_save_bytes(Pickler *self, PyObject *object)
{
    if (self->protocol < 3)
        return save_bytes_as_text(self, object);
    if (put_bytes(self, object, PyBytes_AS_STRING(object), PyBytes_GET_SIZE(object)) < 0)
        return -1;
    return ks_pickle_memoize(self, object);
}

int
ks_pickle_save_bytearray(Pickler *self, PyObject *object)
{
    Py_ssize_t length = PyByteArray_GET_SIZE(object);
    if (self->protocol >= 5) {
        if (ks_pickle_put_sized(self, OP_BYTEARRAY8, 8, PyByteArray_AS_STRING(object), length,
                                object) < 0)
            return -1;
        return ks_pickle_memoize(self, object);
    }
    if (length == 0)
        return ks_pickle_save_made(self, Py_BuildValue("(O())", &PyByteArray_Type), object);
    KS_OWNED PyObject *bytes = PyBytes_FromStringAndSize(PyByteArray_AS_STRING(object), length);
    if (bytes == NULL)
        return -1;
    return ks_pickle_save_made(self, Py_BuildValue("(O(O))", &PyByteArray_Type, bytes), object);
}

/* 1 when the buffer is to be written, 0 when the callback took it. */
static int
buffer_is_in_band(Pickler *self, PyObject *object)
{
    if (self->buffer_callback == NULL)
        return 1;
    KS_OWNED PyObject *callback = Py_NewRef(self->buffer_callback);
    KS_OWNED PyObject *answer = PyObject_CallOneArg(callback, object);
    return answer == NULL ? -1 : PyObject_IsTrue(answer);
}

int
ks_pickle_save_buffer(Pickler *self, PyObject *object)
{
    if (self->protocol < 5) {
        PyErr_SetString(self->state->pickling_error,
                        "PickleBuffer can only pickled with protocol >= 5");
        return -1;
    }
    const Py_buffer *view = PyPickleBuffer_GetBuffer(object);
    if (view == NULL)
        return -1;
    if (view->suboffsets != NULL || !PyBuffer_IsContiguous(view, 'A')) {
        PyErr_SetString(self->state->pickling_error,
                        "PickleBuffer can not be pickled when pointing to a non-contiguous buffer");
        return -1;
    }
    int in_band = buffer_is_in_band(self, object);
    if (in_band < 0)
        return -1;
    /* The callback may have released the view. */
    view = PyPickleBuffer_GetBuffer(object);
    if (view == NULL)
        return -1;
    int readonly = view->readonly;
    if (in_band) {
        int status = readonly ? put_bytes(self, object, view->buf, view->len)
                              : ks_pickle_put_sized(self, OP_BYTEARRAY8, 8, view->buf, view->len,
                                                    object);
        return status < 0 ? -1 : ks_pickle_memoize(self, object);
    }
    if (ks_pickle_put_op(self, OP_NEXT_BUFFER) < 0)
        return -1;
    return readonly ? ks_pickle_put_op(self, OP_READONLY_BUFFER) : 0;
}

/* ---- str ---- */

/* Latin-1 with \u and \U escapes, also for what would end or confuse the line. */
static int
put_escaped(Pickler *self, PyObject *object)
{
    int kind = (int)PyUnicode_KIND(object);
    const void *data = PyUnicode_DATA(object);
    Py_ssize_t length = PyUnicode_GET_LENGTH(object);
    if (ks_pickle_put_op(self, OP_UNICODE) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 c = PyUnicode_READ(kind, data, i);
        char text[12] = {(char)(unsigned char)c};
        int count = 1;
        if (c >= 0x10000)
            count = PyOS_snprintf(text, sizeof text, "\\U%08x", (unsigned)c);
        else if (c >= 0x100 || c == '\\' || c == '\0' || c == '\n' || c == '\r' || c == 0x1a)
            count = PyOS_snprintf(text, sizeof text, "\\u%04x", (unsigned)c);
        if (ks_pickle_put(self, text, count) < 0)
            return -1;
    }
    return ks_pickle_put(self, "\n", 1);
}

/* The UTF-8 of a str, lone surrogates included; *encoded is what holds it, to be dropped. */
static const char *
utf8_of(PyObject *object, Py_ssize_t *length, PyObject **encoded)
{
    *encoded = NULL;
    if (PyUnicode_IS_COMPACT_ASCII(object)) {
        *length = PyUnicode_GET_LENGTH(object);
        return PyUnicode_DATA(object);
    }
    const PyCompactUnicodeObject *known = (PyCompactUnicodeObject *)object;
    if (known->utf8 != NULL) {
        *length = known->utf8_length;
        return known->utf8;
    }
    *encoded = _PyUnicode_AsUTF8String(object, "surrogatepass");
    if (*encoded == NULL)
        return NULL;
    *length = PyBytes_GET_SIZE(*encoded);
    return PyBytes_AS_STRING(*encoded);
}

static int
put_utf8(Pickler *self, const char *data, Py_ssize_t length, PyObject *encoded)
{
    if (length <= 0xff && self->protocol >= 4)
        return ks_pickle_put_sized(self, OP_SHORT_BINUNICODE, 1, data, length, encoded);
    if ((size_t)length <= 0xffffffffUL)
        return ks_pickle_put_sized(self, OP_BINUNICODE, 4, data, length, encoded);
    if (self->protocol >= 4)
        return ks_pickle_put_sized(self, OP_BINUNICODE8, 8, data, length, encoded);
    return too_long("string");
}

/* A short ASCII string in protocol 4 and later: all that is needed is made sure of first, then the
 * memo is searched once for both questions, is it known and where does it go. */
static int
save_short_ascii(Pickler *self, PyObject *object, Py_ssize_t length)
{
    char *to = ks_pickle_room(self, length + 3);
    if (to == NULL || ks_pickle_memo_reserve(self->memo) < 0)
        return -1;
    PickleMemoEntry *entry = ks_pickle_memo_slot(self->memo, object);
    if (entry->object != NULL)
        return ks_pickle_put_get(self, entry->index);
    to[0] = (char)OP_SHORT_BINUNICODE;
    to[1] = (char)(unsigned char)length;
    memcpy(to + 2, PyUnicode_DATA(object), (size_t)length);
    to += 2 + length;
    if (!self->fast) {
        entry->object = Py_NewRef(object);
        entry->index = self->memo->used++;
        *to++ = (char)OP_MEMOIZE;
    }
    self->cursor = to;
    return 0;
}

int
ks_pickle_save_str(Pickler *self, PyObject *object)
{
    if (PyUnicode_READY(object) < 0)
        return -1;
    if (KS_LIKELY(PyUnicode_IS_COMPACT_ASCII(object) && self->protocol >= 4) &&
        PyUnicode_GET_LENGTH(object) <= 0xff)
        return save_short_ascii(self, object, PyUnicode_GET_LENGTH(object));
    PickleMemoEntry *entry = ks_pickle_memo_find(self, object);
    if (entry != NULL)
        return ks_pickle_put_get(self, entry->index);
    if (!self->bin)
        return put_escaped(self, object) < 0 ? -1 : ks_pickle_memoize(self, object);
    PyObject *holder;
    Py_ssize_t length;
    const char *data = utf8_of(object, &length, &holder);
    KS_OWNED PyObject *encoded = holder;
    if (data == NULL || put_utf8(self, data, length, encoded) < 0)
        return -1;
    return ks_pickle_memoize(self, object);
}
