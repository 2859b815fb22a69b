/* SPDX-License-Identifier: MIT */
/* Writing marshal data, versions 0 to 4.
 *
 * From version 3 on, an object with more than one reference gets a number when it is written
 * first and is a back reference afterwards; objects with a single reference cannot come again and
 * get none, except interned strings. That makes the output depend on reference counts: nothing here may keep an additional
 * reference to what it writes. Objects are found again by address. */
#include "Python.h"
#include "marshal.h"
#include "pycore_code.h"

#include "ks_base.h"
#include "ks_marshal.h"

typedef enum WriteError {
    WRITE_OK,
    WRITE_UNMARSHALLABLE,
    WRITE_TOO_DEEP,
    WRITE_NO_MEMORY,
    WRITE_EXCEPTION, /* one is set */
} WriteError;

typedef struct SeenObject {
    PyObject *object;
    uint32_t number;
} SeenObject;

/* Either bytes in memory, or a file whose data passes through the same buffer. */
typedef struct Writer {
    char *data;
    Py_ssize_t used, room;
    FILE *file;
    int version, depth;
    WriteError error;
    SeenObject *seen; /* open addressing, a power of two of places, half full at most */
    uint32_t seen_count, seen_mask;
} Writer;

static int
writer_make_room(Writer *w, Py_ssize_t extra)
{
    if (w->file != NULL) {
        fwrite(w->data, 1, (size_t)w->used, w->file);
        w->used = 0;
        if (extra <= w->room)
            return 1;
    }
    Py_ssize_t room = w->room;
    if (extra > PY_SSIZE_T_MAX / 4 || room > PY_SSIZE_T_MAX / 4) {
        w->error = WRITE_NO_MEMORY;
        return 0;
    }
    while (room < w->used + extra)
        room += (room >> 1) + 128;
    char *data = PyMem_Realloc(w->data, (size_t)room);
    if (data == NULL) {
        w->error = WRITE_NO_MEMORY;
        return 0;
    }
    w->data = data;
    w->room = room;
    return 1;
}

KS_INLINE void
write_byte(Writer *w, int byte)
{
    if (w->used == w->room && !writer_make_room(w, 1))
        return;
    w->data[w->used++] = (char)byte;
}

static void
write_raw(Writer *w, const void *bytes, Py_ssize_t count)
{
    if (count > w->room - w->used && !writer_make_room(w, count))
        return;
    memcpy(w->data + w->used, bytes, (size_t)count);
    w->used += count;
}

static void
write_short(Writer *w, int value)
{
    write_byte(w, value & 0xff);
    write_byte(w, (value >> 8) & 0xff);
}

static void
write_int(Writer *w, long value)
{
    unsigned char bytes[4] = {(unsigned char)value, (unsigned char)(value >> 8),
                              (unsigned char)(value >> 16), (unsigned char)(value >> 24)};
    write_raw(w, bytes, 4);
}

static int
write_size(Writer *w, Py_ssize_t size)
{
    if (size > KS_M_MAX_SIZE) {
        w->error = WRITE_UNMARSHALLABLE;
        return 0;
    }
    write_int(w, (long)size);
    return 1;
}

static void
write_sized(Writer *w, const char *bytes, Py_ssize_t count)
{
    if (write_size(w, count))
        write_raw(w, bytes, count);
}

static void
write_typed_sized(Writer *w, int type, const char *bytes, Py_ssize_t count)
{
    write_byte(w, type);
    write_sized(w, bytes, count);
}

/* ---- back references ---- */

static uint32_t
seen_start(const Writer *w, PyObject *object)
{
    return (uint32_t)(((uintptr_t)object >> 4) * 0x9E3779B97F4A7C15u >> 32) & w->seen_mask;
}

static int
seen_grow(Writer *w)
{
    uint32_t places = w->seen == NULL ? 256 : (w->seen_mask + 1) * 2;
    SeenObject *old = w->seen, *grown = PyMem_Calloc(places, sizeof(SeenObject));
    if (grown == NULL) {
        w->error = WRITE_NO_MEMORY;
        return 0;
    }
    uint32_t old_places = old == NULL ? 0 : w->seen_mask + 1;
    w->seen = grown;
    w->seen_mask = places - 1;
    for (uint32_t i = 0; i < old_places; i++) {
        if (old[i].object == NULL)
            continue;
        uint32_t place = seen_start(w, old[i].object);
        while (grown[place].object != NULL)
            place = (place + 1) & w->seen_mask;
        grown[place] = old[i];
    }
    PyMem_Free(old);
    return 1;
}

/* 1 if a back reference was written; otherwise *flag is what the type byte must carry. */
static int
write_reference(Writer *w, PyObject *object, int *flag)
{
    if (w->version < 3)
        return 0;
    /* The table of interned strings does not count as a reference. */
    if (Py_REFCNT(object) == 1
        && !(PyUnicode_CheckExact(object) && PyUnicode_CHECK_INTERNED(object)))
        return 0;
    if (w->seen_count * 2 >= w->seen_mask && !seen_grow(w))
        return 1;
    uint32_t place = seen_start(w, object);
    for (; w->seen[place].object != NULL; place = (place + 1) & w->seen_mask) {
        if (w->seen[place].object == object) {
            write_byte(w, KS_M_REF);
            write_int(w, (long)w->seen[place].number);
            return 1;
        }
    }
    w->seen[place] = (SeenObject){object, w->seen_count++};
    Py_INCREF(object); /* an address must not be used again while writing */
    *flag = KS_M_FLAG_REF;
    return 0;
}

/* ---- objects ---- */

static void write_object(Writer *w, PyObject *object);

static void
write_long(Writer *w, PyLongObject *value, int flag)
{
    int overflow;
    long small = PyLong_AsLongAndOverflow((PyObject *)value, &overflow);
    if (!overflow && small >= INT32_MIN && small <= INT32_MAX) {
        write_byte(w, KS_M_INT | flag);
        write_int(w, small);
        return;
    }
    Py_ssize_t digits = Py_ABS(Py_SIZE(value));
    Py_ssize_t halves = (digits - 1) * 2 + ((value->ob_digit[digits - 1] >> KS_M_DIGIT_BITS) ? 2 : 1);
    if (halves > KS_M_MAX_SIZE) {
        write_byte(w, KS_M_LONG | flag);
        w->error = WRITE_UNMARSHALLABLE;
        return;
    }
    write_byte(w, KS_M_LONG | flag);
    write_int(w, (long)(Py_SIZE(value) < 0 ? -halves : halves));
    for (Py_ssize_t i = 0; i < halves; i++) {
        digit whole = value->ob_digit[i / 2];
        write_short(w, (int)(i & 1 ? whole >> KS_M_DIGIT_BITS : whole & 0x7fff));
    }
}
_Static_assert(PyLong_SHIFT == 2 * KS_M_DIGIT_BITS, "two marshal digits make one of ours");

static void
write_double(Writer *w, double number)
{
    unsigned char bytes[8];
    if (PyFloat_Pack8(number, (char *)bytes, 1) < 0) {
        w->error = WRITE_EXCEPTION;
        return;
    }
    write_raw(w, bytes, 8);
}

static void
write_double_text(Writer *w, double number)
{
    char *text = PyOS_double_to_string(number, 'g', 17, 0, NULL);
    if (text == NULL) {
        w->error = WRITE_NO_MEMORY;
        return;
    }
    size_t length = strlen(text);
    write_byte(w, (int)length);
    write_raw(w, text, (Py_ssize_t)length);
    PyMem_Free(text);
}

static void
write_unicode(Writer *w, PyObject *text, int flag)
{
    int interned = PyUnicode_CHECK_INTERNED(text) != 0;
    if (PyUnicode_READY(text) < 0) {
        w->error = WRITE_EXCEPTION;
        return;
    }
    if (w->version >= 4 && PyUnicode_IS_ASCII(text)) {
        Py_ssize_t length = PyUnicode_GET_LENGTH(text);
        const char *ascii = (const char *)PyUnicode_1BYTE_DATA(text);
        if (length < 256) {
            write_byte(w, (interned ? KS_M_SHORT_ASCII_INTERNED : KS_M_SHORT_ASCII) | flag);
            write_byte(w, (int)length);
            write_raw(w, ascii, length);
        }
        else
            write_typed_sized(w, (interned ? KS_M_ASCII_INTERNED : KS_M_ASCII) | flag, ascii, length);
        return;
    }
    PyObject *utf8 = PyUnicode_AsEncodedString(text, "utf8", "surrogatepass");
    if (utf8 == NULL) {
        w->error = WRITE_EXCEPTION;
        return;
    }
    write_typed_sized(w, (w->version >= 3 && interned ? KS_M_INTERNED : KS_M_UNICODE) | flag,
                      PyBytes_AS_STRING(utf8), PyBytes_GET_SIZE(utf8));
    Py_DECREF(utf8);
}

static void
write_tuple(Writer *w, PyObject *tuple, int flag)
{
    Py_ssize_t count = PyTuple_GET_SIZE(tuple);
    if (w->version >= 4 && count < 256) {
        write_byte(w, KS_M_SMALL_TUPLE | flag);
        write_byte(w, (int)count);
    }
    else {
        write_byte(w, KS_M_TUPLE | flag);
        if (!write_size(w, count))
            return;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        write_object(w, PyTuple_GET_ITEM(tuple, i));
}

static void
write_list(Writer *w, PyObject *list, int flag)
{
    write_byte(w, KS_M_LIST | flag);
    if (!write_size(w, PyList_GET_SIZE(list)))
        return;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++)
        write_object(w, PyList_GET_ITEM(list, i));
}

static void
write_dict(Writer *w, PyObject *dict, int flag)
{
    PyObject *key, *value;
    Py_ssize_t position = 0;
    write_byte(w, KS_M_DICT | flag);
    while (PyDict_Next(dict, &position, &key, &value)) {
        write_object(w, key);
        write_object(w, value);
    }
    write_byte(w, KS_M_NULL);
}

/* Sets are written in the order of their items' own marshal data, so that equal sets give equal
 * output whatever the hash seed is. */
static void
write_set(Writer *w, PyObject *set, int flag)
{
    write_byte(w, (PyFrozenSet_CheckExact(set) ? KS_M_FROZENSET : KS_M_SET) | flag);
    if (!write_size(w, PySet_GET_SIZE(set)))
        return;
    w->error = WRITE_EXCEPTION; /* until the list is sorted */
    KS_OWNED PyObject *pairs = PyList_New(0);
    PyObject *item;
    Py_ssize_t position = 0;
    Py_hash_t hash;
    /* Items are borrowed while they are dumped: a reference of ours would show in the data. */
    while (pairs != NULL && _PySet_NextEntry(set, &position, &item, &hash)) {
        KS_OWNED PyObject *dump = PyMarshal_WriteObjectToString(item, w->version);
        if (dump == NULL) {
            w->error = PyErr_ExceptionMatches(PyExc_MemoryError) ? WRITE_NO_MEMORY
                                                                 : WRITE_UNMARSHALLABLE;
            return;
        }
        KS_OWNED PyObject *pair = PyTuple_Pack(2, dump, item);
        if (pair == NULL || PyList_Append(pairs, pair) < 0)
            return;
    }
    if (pairs == NULL || PyList_Sort(pairs) < 0)
        return;
    w->error = WRITE_OK;
    for (Py_ssize_t i = 0, n = PyList_GET_SIZE(pairs); i < n; i++)
        write_object(w, PyTuple_GET_ITEM(PyList_GET_ITEM(pairs, i), 1));
}

static void
write_code(Writer *w, PyCodeObject *co, int flag)
{
    PyObject *code = _PyCode_GetCode(co);
    if (code == NULL) {
        w->error = WRITE_NO_MEMORY;
        return;
    }
    write_byte(w, KS_M_CODE | flag);
    write_int(w, co->co_argcount);
    write_int(w, co->co_posonlyargcount);
    write_int(w, co->co_kwonlyargcount);
    write_int(w, co->co_stacksize);
    write_int(w, co->co_flags);
    write_object(w, code);
    write_object(w, co->co_consts);
    write_object(w, co->co_names);
    write_object(w, co->co_localsplusnames);
    write_object(w, co->co_localspluskinds);
    write_object(w, co->co_filename);
    write_object(w, co->co_name);
    write_object(w, co->co_qualname);
    write_int(w, co->co_firstlineno);
    write_object(w, co->co_linetable);
    write_object(w, co->co_exceptiontable);
    Py_DECREF(code);
}

static void
write_buffer(Writer *w, PyObject *object, int flag)
{
    Py_buffer view;
    if (PyObject_GetBuffer(object, &view, PyBUF_SIMPLE) != 0) {
        write_byte(w, KS_M_UNKNOWN);
        w->depth--;
        w->error = WRITE_UNMARSHALLABLE;
        return;
    }
    write_typed_sized(w, KS_M_BYTES | flag, view.buf, view.len);
    PyBuffer_Release(&view);
}

static void
write_compound(Writer *w, PyObject *object, int flag)
{
    PyTypeObject *type = Py_TYPE(object);
    if (type == &PyUnicode_Type)
        write_unicode(w, object, flag);
    else if (type == &PyLong_Type)
        write_long(w, (PyLongObject *)object, flag);
    else if (type == &PyTuple_Type)
        write_tuple(w, object, flag);
    else if (type == &PyBytes_Type)
        write_typed_sized(w, KS_M_BYTES | flag, PyBytes_AS_STRING(object), PyBytes_GET_SIZE(object));
    else if (type == &PyCode_Type)
        write_code(w, (PyCodeObject *)object, flag);
    else if (type == &PyFloat_Type) {
        write_byte(w, (w->version > 1 ? KS_M_FLOAT : KS_M_FLOAT_TEXT) | flag);
        (w->version > 1 ? write_double : write_double_text)(w, PyFloat_AS_DOUBLE(object));
    }
    else if (type == &PyComplex_Type) {
        write_byte(w, (w->version > 1 ? KS_M_COMPLEX : KS_M_COMPLEX_TEXT) | flag);
        (w->version > 1 ? write_double : write_double_text)(w, PyComplex_RealAsDouble(object));
        (w->version > 1 ? write_double : write_double_text)(w, PyComplex_ImagAsDouble(object));
    }
    else if (type == &PyList_Type)
        write_list(w, object, flag);
    else if (type == &PyDict_Type)
        write_dict(w, object, flag);
    else if (type == &PySet_Type || type == &PyFrozenSet_Type)
        write_set(w, object, flag);
    else if (PyObject_CheckBuffer(object))
        write_buffer(w, object, flag);
    else {
        write_byte(w, KS_M_UNKNOWN);
        w->error = WRITE_UNMARSHALLABLE;
    }
}

static void
write_object(Writer *w, PyObject *object)
{
    int flag = 0;
    if (w->error != WRITE_OK)
        return;
    if (++w->depth > KS_M_MAX_DEPTH)
        w->error = WRITE_TOO_DEEP;
    else if (object == NULL)
        write_byte(w, KS_M_NULL);
    else if (object == Py_None)
        write_byte(w, KS_M_NONE);
    else if (object == PyExc_StopIteration)
        write_byte(w, KS_M_STOPITER);
    else if (object == Py_Ellipsis)
        write_byte(w, KS_M_ELLIPSIS);
    else if (object == Py_False)
        write_byte(w, KS_M_FALSE);
    else if (object == Py_True)
        write_byte(w, KS_M_TRUE);
    else if (!write_reference(w, object, &flag))
        write_compound(w, object, flag);
    w->depth--;
}

static int
writer_start(Writer *w, int version, FILE *file)
{
    *w = (Writer){.version = version, .file = file, .room = 512};
    w->data = PyMem_Malloc((size_t)w->room);
    return w->data != NULL;
}

static void
writer_end(Writer *w)
{
    for (uint32_t i = 0; w->seen != NULL && i <= w->seen_mask; i++)
        Py_XDECREF(w->seen[i].object);
    PyMem_Free(w->seen);
    PyMem_Free(w->data);
}

static void
writer_raise(Writer *w)
{
    if (w->error == WRITE_NO_MEMORY)
        PyErr_NoMemory();
    else if (w->error == WRITE_TOO_DEEP)
        PyErr_SetString(PyExc_ValueError, "object too deeply nested to marshal");
    else if (w->error == WRITE_UNMARSHALLABLE)
        PyErr_SetString(PyExc_ValueError, "unmarshallable object");
}

PyObject *
PyMarshal_WriteObjectToString(PyObject *object, int version)
{
    Writer w;
    PyObject *result = NULL;
    if (PySys_Audit("marshal.dumps", "Oi", object, version) < 0)
        return NULL;
    if (!writer_start(&w, version, NULL))
        return PyErr_NoMemory();
    write_object(&w, object);
    if (w.error == WRITE_OK)
        result = PyBytes_FromStringAndSize(w.data, w.used);
    else
        writer_raise(&w);
    writer_end(&w);
    return result;
}

void
PyMarshal_WriteObjectToFile(PyObject *object, FILE *file, int version)
{
    Writer w;
    if (PySys_Audit("marshal.dumps", "Oi", object, version) < 0)
        return;
    if (!writer_start(&w, version, file)) {
        PyErr_NoMemory();
        return;
    }
    write_object(&w, object);
    writer_make_room(&w, 0);
    writer_end(&w);
}

void
PyMarshal_WriteLongToFile(long value, FILE *file, int version)
{
    unsigned char bytes[4] = {(unsigned char)value, (unsigned char)(value >> 8),
                              (unsigned char)(value >> 16), (unsigned char)(value >> 24)};
    fwrite(bytes, 1, 4, file);
}
