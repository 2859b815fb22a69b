/* SPDX-License-Identifier: MIT */
/* Reading marshal data of all versions.
 *
 * The data may be anything. Containers are never seen by others while items are missing: a back
 * reference to one that is still being read first fills its holes with None. Sizes are checked
 * against what is left before memory is asked for where the data is in memory. Frozensets and
 * code objects get their number before they exist; referring to them early is an error. A tuple
 * that would hold itself is refused, unless a list, dict or set lies between: no program can make
 * one, and to hash it would never end. */
#include "Python.h"
#include "marshal.h"
#include "pycore_code.h"

#include "ks_base.h"
#include "ks_code.h"
#include "ks_marshal.h"

/* A tuple whose items are being read; inner ones lie directly, or by way of code objects, in outer. */
typedef struct OpenTuple {
    PyObject *tuple; /* borrowed */
    struct OpenTuple *outer;
} OpenTuple;

typedef struct Reader {
    const char *next, *limit; /* memory; with fill: what is in the buffer */
    KsMarshalFill fill;
    void *source;
    char *buffer;
    Py_ssize_t buffer_room;
    PyObject **refs; /* owned; NULL while an object does not exist yet */
    Py_ssize_t ref_count, ref_room;
    OpenTuple *open; /* innermost first; none is seen from inside a list, dict or set */
    int depth, verify;
} Reader;

static PyObject *
bad_data(const char *what)
{
    PyErr_Format(PyExc_ValueError, "bad marshal data (%s)", what);
    return NULL;
}

/* count bytes, valid until the next call; NULL with an exception. */
static const char *
read_bytes(Reader *r, Py_ssize_t count)
{
    if (KS_LIKELY(r->fill == NULL)) {
        if (KS_UNLIKELY(count > r->limit - r->next)) {
            PyErr_SetString(PyExc_EOFError, "marshal data too short");
            return NULL;
        }
        const char *bytes = r->next;
        r->next += count;
        return bytes;
    }
    if (count > r->buffer_room) {
        char *buffer = PyMem_Realloc(r->buffer, (size_t)count);
        if (buffer == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        r->buffer = buffer;
        r->buffer_room = count;
    }
    return r->fill(r->source, r->buffer, count) ? r->buffer : NULL;
}

static int
read_byte(Reader *r)
{
    if (KS_LIKELY(r->fill == NULL && r->next < r->limit))
        return (unsigned char)*r->next++;
    const char *byte = read_bytes(r, 1);
    return byte == NULL ? -1 : (unsigned char)*byte;
}

static uint32_t
decode_u32(const char *bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static int
read_int(Reader *r, int *value)
{
    const char *bytes = read_bytes(r, 4);
    if (bytes == NULL)
        return 0;
    *value = (int)decode_u32(bytes);
    return 1;
}

/* A count of items or bytes; what names it in the error. -1 with an exception. */
static Py_ssize_t
read_size(Reader *r, const char *what)
{
    int size;
    if (!read_int(r, &size))
        return -1;
    if (size < 0) {
        PyErr_Format(PyExc_ValueError, "bad marshal data (%s size out of range)", what);
        return -1;
    }
    return size;
}

/* As read_size, for a container that is made whole: every item takes at least a byte of data. */
static Py_ssize_t
read_item_count(Reader *r, const char *what)
{
    Py_ssize_t count = read_size(r, what);
    if (r->fill == NULL && count > r->limit - r->next) {
        PyErr_SetString(PyExc_EOFError, "marshal data too short");
        return -1;
    }
    return count;
}

/* ---- back references ---- */

/* Takes a number for an object that comes later; -1 with an exception. */
static Py_ssize_t
ref_reserve(Reader *r)
{
    if (r->ref_count == r->ref_room) {
        Py_ssize_t room = r->ref_room == 0 ? 64 : r->ref_room * 2;
        PyObject **refs = PyMem_Realloc(r->refs, (size_t)room * sizeof(PyObject *));
        if (refs == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        r->refs = refs;
        r->ref_room = room;
    }
    r->refs[r->ref_count] = NULL;
    return r->ref_count++;
}

/* Numbers an object that was just made; on failure it is dropped and NULL returned. */
static PyObject *
ref_add(Reader *r, PyObject *object, int flag)
{
    if (!flag || object == NULL)
        return object;
    Py_ssize_t number = ref_reserve(r);
    if (number < 0) {
        Py_DECREF(object);
        return NULL;
    }
    r->refs[number] = Py_NewRef(object);
    return object;
}

static PyObject *
ref_fill(Reader *r, Py_ssize_t number, PyObject *object)
{
    if (number >= 0 && object != NULL)
        r->refs[number] = Py_NewRef(object);
    return object;
}

static int
is_open(const Reader *r, const PyObject *tuple)
{
    const OpenTuple *at = r->open;
    while (at != NULL && at->tuple != tuple)
        at = at->outer;
    return at != NULL;
}

static PyObject *
read_reference(Reader *r)
{
    int number;
    if (!read_int(r, &number))
        return NULL;
    if (number < 0 || number >= r->ref_count || r->refs[number] == NULL)
        return bad_data("invalid reference");
    PyObject *object = r->refs[number];
    PyObject **items = NULL;
    Py_ssize_t count = 0;
    if (PyTuple_CheckExact(object)) {
        if (is_open(r, object))
            return bad_data("invalid reference");
        items = ((PyTupleObject *)object)->ob_item;
        count = PyTuple_GET_SIZE(object);
    }
    else if (PyList_CheckExact(object)) {
        items = ((PyListObject *)object)->ob_item;
        count = PyList_GET_SIZE(object);
    }
    /* Holes are at the end: containers are filled in order. */
    while (count > 0 && items[count - 1] == NULL)
        items[--count] = Py_NewRef(Py_None);
    return Py_NewRef(object);
}

/* ---- objects ---- */

static PyObject *read_object(Reader *r);

/* An object inside a container: NULL in the data is an error. */
static PyObject *
read_item(Reader *r, const char *container)
{
    PyObject *item = read_object(r);
    if (item == NULL && !PyErr_Occurred())
        PyErr_Format(PyExc_TypeError, "NULL object in marshal data for %s", container);
    return item;
}

static PyObject *
read_long(Reader *r)
{
    int count;
    if (!read_int(r, &count))
        return NULL;
    if (count == 0)
        return PyLong_FromLong(0);
    if (count == INT_MIN)
        return bad_data("long size out of range");
    Py_ssize_t halves = count < 0 ? -(Py_ssize_t)count : count;
    if (r->fill == NULL && halves > (r->limit - r->next) / 2) {
        PyErr_SetString(PyExc_EOFError, "marshal data too short");
        return NULL;
    }
    Py_ssize_t size = (halves + 1) / 2;
    PyLongObject *value = _PyLong_New(size);
    if (value == NULL)
        return NULL;
    unsigned last = 0;
    memset(value->ob_digit, 0, (size_t)size * sizeof(digit));
    for (Py_ssize_t i = 0; i < halves; i++) {
        const unsigned char *bytes = (const unsigned char *)read_bytes(r, 2);
        if (bytes == NULL || (last = bytes[0] | (unsigned)bytes[1] << 8) > 0x7fff) {
            Py_DECREF(value);
            return bytes == NULL ? NULL : bad_data("digit out of range in long");
        }
        value->ob_digit[i / 2] |= (digit)last << (i & 1 ? KS_M_DIGIT_BITS : 0);
    }
    if (last == 0) {
        Py_DECREF(value);
        return bad_data("unnormalized long data");
    }
    Py_SET_SIZE(value, count < 0 ? -size : size);
    return (PyObject *)value;
}

static int
read_double(Reader *r, double *value)
{
    const char *bytes = read_bytes(r, 8);
    if (bytes == NULL)
        return 0;
    *value = PyFloat_Unpack8(bytes, 1);
    return !(*value == -1.0 && PyErr_Occurred());
}

static int
read_double_text(Reader *r, double *value)
{
    char text[256];
    int length = read_byte(r);
    const char *bytes = length < 0 ? NULL : read_bytes(r, length);
    if (bytes == NULL)
        return 0;
    memcpy(text, bytes, (size_t)length);
    text[length] = '\0';
    *value = PyOS_string_to_double(text, NULL, NULL);
    return !(*value == -1.0 && PyErr_Occurred());
}

static PyObject *
read_number(Reader *r, int type)
{
    int (*read)(Reader *, double *) =
        type == KS_M_FLOAT || type == KS_M_COMPLEX ? read_double : read_double_text;
    double real, imag;
    if (!read(r, &real))
        return NULL;
    if (type == KS_M_FLOAT || type == KS_M_FLOAT_TEXT)
        return PyFloat_FromDouble(real);
    return read(r, &imag) ? PyComplex_FromDoubles(real, imag) : NULL;
}

static PyObject *
read_ascii(Reader *r, int type)
{
    int is_short = type == KS_M_SHORT_ASCII || type == KS_M_SHORT_ASCII_INTERNED;
    Py_ssize_t size = is_short ? read_byte(r) : read_size(r, "string");
    const char *bytes = size < 0 ? NULL : read_bytes(r, size);
    if (bytes == NULL)
        return NULL;
    PyObject *text = PyUnicode_FromKindAndData(PyUnicode_1BYTE_KIND, bytes, size);
    if (text != NULL && (type == KS_M_ASCII_INTERNED || type == KS_M_SHORT_ASCII_INTERNED))
        PyUnicode_InternInPlace(&text);
    return text;
}

static PyObject *
read_unicode(Reader *r, int type)
{
    Py_ssize_t size = read_size(r, "string");
    const char *bytes = size < 0 ? NULL : read_bytes(r, size);
    if (bytes == NULL)
        return NULL;
    PyObject *text = PyUnicode_DecodeUTF8(bytes, size, "surrogatepass");
    if (text != NULL && type == KS_M_INTERNED)
        PyUnicode_InternInPlace(&text);
    return text;
}

static PyObject *
read_tuple(Reader *r, int type, int flag)
{
    Py_ssize_t count = type == KS_M_SMALL_TUPLE ? read_byte(r) : read_item_count(r, "tuple");
    if (count < 0)
        return NULL;
    PyObject *tuple = ref_add(r, PyTuple_New(count), flag);
    OpenTuple here = {tuple, r->open};
    r->open = &here;
    for (Py_ssize_t i = 0; tuple != NULL && i < count; i++) {
        PyObject *item = read_item(r, "tuple");
        if (item == NULL)
            Py_CLEAR(tuple);
        else
            Py_XSETREF(((PyTupleObject *)tuple)->ob_item[i], item);
    }
    r->open = here.outer;
    return tuple;
}

static PyObject *
read_list(Reader *r, int flag)
{
    Py_ssize_t count = read_item_count(r, "list");
    if (count < 0)
        return NULL;
    PyObject *list = ref_add(r, PyList_New(count), flag);
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        PyObject *item = read_item(r, "list");
        if (item == NULL)
            Py_CLEAR(list);
        else
            Py_XSETREF(((PyListObject *)list)->ob_item[i], item);
    }
    return list;
}

static PyObject *
read_dict(Reader *r, int flag)
{
    PyObject *dict = ref_add(r, PyDict_New(), flag);
    while (dict != NULL) {
        KS_OWNED PyObject *key = read_object(r);
        KS_OWNED PyObject *value = key == NULL ? NULL : read_object(r);
        if (value == NULL)
            break;
        if (PyDict_SetItem(dict, key, value) < 0)
            Py_CLEAR(dict);
    }
    if (PyErr_Occurred())
        Py_CLEAR(dict);
    return dict;
}

static PyObject *
read_set(Reader *r, int type, int flag)
{
    Py_ssize_t count = read_size(r, "set"), number = -1;
    if (count < 0)
        return NULL;
    if (type == KS_M_FROZENSET && flag && (number = ref_reserve(r)) < 0)
        return NULL;
    PyObject *set = type == KS_M_SET ? ref_add(r, PySet_New(NULL), flag) : PyFrozenSet_New(NULL);
    for (Py_ssize_t i = 0; set != NULL && i < count; i++) {
        KS_OWNED PyObject *item = read_item(r, "set");
        if (item == NULL || PySet_Add(set, item) < 0)
            Py_CLEAR(set);
    }
    return ref_fill(r, number, set);
}

enum { C_CODE, C_CONSTS, C_NAMES, C_LOCALS, C_KINDS, C_FILENAME, C_NAME, C_QUALNAME, C_LINETABLE,
       C_EXCEPTIONS, C_OBJECTS };

static PyObject *
build_code(Reader *r, const int *numbers, int firstlineno, PyObject **objects)
{
    struct _PyCodeConstructor con = {
        .filename = objects[C_FILENAME], .name = objects[C_NAME], .qualname = objects[C_QUALNAME],
        .flags = numbers[4], .code = objects[C_CODE], .firstlineno = firstlineno,
        .linetable = objects[C_LINETABLE], .consts = objects[C_CONSTS], .names = objects[C_NAMES],
        .localsplusnames = objects[C_LOCALS], .localspluskinds = objects[C_KINDS],
        .argcount = numbers[0], .posonlyargcount = numbers[1], .kwonlyargcount = numbers[2],
        .stacksize = numbers[3], .exceptiontable = objects[C_EXCEPTIONS],
    };
    if (_PyCode_Validate(&con) < 0)
        return NULL;
    PyCodeObject *code = _PyCode_New(&con);
    if (code != NULL && r->verify && !ks_code_verify_start(code))
        Py_CLEAR(code);
    return (PyObject *)code;
}

static PyObject *
read_code(Reader *r, int flag)
{
    Py_ssize_t number = -1;
    if (flag && (number = ref_reserve(r)) < 0)
        return NULL;
    PyObject *objects[C_OBJECTS] = {NULL}, *code = NULL;
    int numbers[5], firstlineno = 0, read = 0;
    for (int i = 0; i < 5; i++) {
        if (!read_int(r, &numbers[i]))
            return NULL;
    }
    for (; read < C_OBJECTS; read++) {
        if (read == C_LINETABLE && !read_int(r, &firstlineno))
            goto done;
        if ((objects[read] = read_item(r, "code object")) == NULL)
            goto done;
    }
    code = ref_fill(r, number, build_code(r, numbers, firstlineno, objects));
done:
    for (int i = 0; i < C_OBJECTS; i++)
        Py_XDECREF(objects[i]);
    return code;
}

static PyObject *
read_int_object(Reader *r)
{
    int value;
    return read_int(r, &value) ? PyLong_FromLong(value) : NULL;
}

static PyObject *
read_int64(Reader *r)
{
    const char *bytes = read_bytes(r, 8);
    if (bytes == NULL)
        return NULL;
    return PyLong_FromLongLong((long long)((uint64_t)decode_u32(bytes + 4) << 32 | decode_u32(bytes)));
}

static PyObject *
read_bytes_object(Reader *r)
{
    Py_ssize_t size = read_size(r, "bytes object");
    const char *bytes = size < 0 ? NULL : read_bytes(r, size);
    return bytes == NULL ? NULL : PyBytes_FromStringAndSize(bytes, size);
}

/* The containers that a tuple may hold itself through. */
static PyObject *
read_mutable_or_set(Reader *r, int type, int flag)
{
    OpenTuple *open = r->open;
    r->open = NULL;
    PyObject *object = type == KS_M_LIST   ? read_list(r, flag)
                       : type == KS_M_DICT ? read_dict(r, flag)
                                           : read_set(r, type, flag);
    r->open = open;
    return object;
}

static PyObject *
read_by_type(Reader *r, int type, int flag)
{
    switch (type) {
        case KS_M_NULL:
            return NULL;
        case KS_M_NONE:
            Py_RETURN_NONE;
        case KS_M_STOPITER:
            return Py_NewRef(PyExc_StopIteration);
        case KS_M_ELLIPSIS:
            return Py_NewRef(Py_Ellipsis);
        case KS_M_FALSE:
            Py_RETURN_FALSE;
        case KS_M_TRUE:
            Py_RETURN_TRUE;
        case KS_M_INT:
            return ref_add(r, read_int_object(r), flag);
        case KS_M_INT64:
            return ref_add(r, read_int64(r), flag);
        case KS_M_LONG:
            return ref_add(r, read_long(r), flag);
        case KS_M_FLOAT:
        case KS_M_FLOAT_TEXT:
        case KS_M_COMPLEX:
        case KS_M_COMPLEX_TEXT:
            return ref_add(r, read_number(r, type), flag);
        case KS_M_BYTES:
            return ref_add(r, read_bytes_object(r), flag);
        case KS_M_ASCII:
        case KS_M_ASCII_INTERNED:
        case KS_M_SHORT_ASCII:
        case KS_M_SHORT_ASCII_INTERNED:
            return ref_add(r, read_ascii(r, type), flag);
        case KS_M_UNICODE:
        case KS_M_INTERNED:
            return ref_add(r, read_unicode(r, type), flag);
        case KS_M_SMALL_TUPLE:
        case KS_M_TUPLE:
            return read_tuple(r, type, flag);
        case KS_M_LIST:
        case KS_M_DICT:
        case KS_M_SET:
        case KS_M_FROZENSET:
            return read_mutable_or_set(r, type, flag);
        case KS_M_CODE:
            return read_code(r, flag);
        case KS_M_REF:
            return read_reference(r);
        default:
            return bad_data("unknown type code");
    }
}

/* NULL without an exception is the format's NULL object. */
static PyObject *
read_object(Reader *r)
{
    int code = read_byte(r);
    if (code < 0) {
        if (PyErr_ExceptionMatches(PyExc_EOFError))
            PyErr_SetString(PyExc_EOFError, "EOF read where object expected");
        return NULL;
    }
    if (++r->depth > KS_M_MAX_DEPTH) {
        r->depth--;
        PyErr_SetString(PyExc_ValueError, "recursion limit exceeded");
        return NULL;
    }
    PyObject *object = read_by_type(r, code & ~KS_M_FLAG_REF, code & KS_M_FLAG_REF);
    r->depth--;
    return object;
}

static PyObject *
read_whole(Reader *r)
{
    if (PyErr_Occurred()) {
        PyErr_SetString(PyExc_SystemError, "object read with an exception set");
        return NULL;
    }
    PyObject *object = read_item(r, "object");
    while (r->ref_count > 0)
        Py_XDECREF(r->refs[--r->ref_count]);
    PyMem_Free(r->refs);
    PyMem_Free(r->buffer);
    return object;
}

PyObject *
ks_marshal_read_memory(const char *data, Py_ssize_t size, int verify, Py_ssize_t *used)
{
    Reader r = {.next = data, .limit = data + size, .verify = verify};
    PyObject *object = read_whole(&r);
    if (used != NULL)
        *used = r.next - data;
    return object;
}

PyObject *
ks_marshal_read_source(KsMarshalFill fill, void *source, int verify)
{
    Reader r = {.fill = fill, .source = source, .verify = verify};
    return read_whole(&r);
}

PyObject *
ks_marshal_load_verified(const char *data, Py_ssize_t size)
{
    KS_OWNED PyObject *object = ks_marshal_read_memory(data, size, 1, NULL);
    if (object != NULL && !PyCode_Check(object)) {
        PyErr_Format(PyExc_TypeError, "Non-code object in marshal data: %.200s",
                     Py_TYPE(object)->tp_name);
        return NULL;
    }
    return ks_give(&object);
}

/* ---- C-API ---- */

PyObject *
PyMarshal_ReadObjectFromString(const char *data, Py_ssize_t size)
{
    if (PySys_Audit("marshal.loads", "y#", data, size) < 0)
        return NULL;
    return ks_marshal_read_memory(data, size, 0, NULL);
}

static int
fill_from_file(void *source, char *buffer, Py_ssize_t count)
{
    if (fread(buffer, 1, (size_t)count, source) == (size_t)count)
        return 1;
    PyErr_SetString(PyExc_EOFError, "EOF read where not expected");
    return 0;
}

PyObject *
PyMarshal_ReadObjectFromFile(FILE *file)
{
    if (PySys_Audit("marshal.load", NULL) < 0)
        return NULL;
    return ks_marshal_read_source(fill_from_file, file, 0);
}

/* The rest of a file is read at once: there is nothing behind the object. */
PyObject *
PyMarshal_ReadLastObjectFromFile(FILE *file)
{
    size_t used = 0, room = 1 << 16;
    char *data = PyMem_Malloc(room);
    while (data != NULL) {
        used += fread(data + used, 1, room - used, file);
        if (used < room)
            break;
        char *grown = PyMem_Realloc(data, room *= 2);
        if (grown == NULL)
            PyMem_Free(data);
        data = grown;
    }
    if (data == NULL)
        return PyErr_NoMemory();
    PyObject *object = PyMarshal_ReadObjectFromString(data, (Py_ssize_t)used);
    PyMem_Free(data);
    return object;
}

long
PyMarshal_ReadLongFromFile(FILE *file)
{
    char bytes[4];
    return fill_from_file(file, bytes, 4) ? (int32_t)decode_u32(bytes) : -1;
}

int
PyMarshal_ReadShortFromFile(FILE *file)
{
    char bytes[2];
    if (!fill_from_file(file, bytes, 2))
        return -1;
    return (int16_t)((unsigned char)bytes[0] | (unsigned char)bytes[1] << 8);
}
