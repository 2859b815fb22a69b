/* SPDX-License-Identifier: MIT */
/* _struct: bytes from values and back, by a format of C types.
 *
 * A format is compiled once into rows of StructCode (a run of like items at an offset), ended by
 * a row of kind 0. The module's functions keep compiled formats in a dict of limited size. */
#define PY_SSIZE_T_CLEAN
#include "Python.h"
#include "structmember.h"
#include "ks_args.h"

#include <endian.h>

/* --- Formats ------------------------------------------------------------------------------------- */

typedef struct StructType {
    char code;
    unsigned char native_size;
    unsigned char native_align;
    unsigned char standard_size; /* 0: only in native formats */
} StructType;

#define NATIVE(code, type, standard) {code, sizeof(type), _Alignof(type), standard}

static const StructType struct_types[] = {
    {'x', 1, 1, 1},
    {'c', 1, 1, 1},
    {'s', 1, 1, 1},
    {'p', 1, 1, 1},
    {'b', 1, 1, 1},
    {'B', 1, 1, 1},
    NATIVE('?', _Bool, 1),
    NATIVE('h', short, 2),
    NATIVE('H', unsigned short, 2),
    NATIVE('i', int, 4),
    NATIVE('I', unsigned int, 4),
    NATIVE('l', long, 4),
    NATIVE('L', unsigned long, 4),
    NATIVE('q', long long, 8),
    NATIVE('Q', unsigned long long, 8),
    NATIVE('n', Py_ssize_t, 0),
    NATIVE('N', size_t, 0),
    NATIVE('P', void *, 0),
    NATIVE('e', short, 2),
    NATIVE('f', float, 4),
    NATIVE('d', double, 8),
};

/* 32 bytes: __sizeof__ shows it. */
typedef struct StructCode {
    Py_ssize_t offset;
    Py_ssize_t repeat;
    Py_ssize_t size; /* of one item; of the whole text for s and p */
    char code;       /* 0 ends the rows */
    char is_big;     /* most significant byte first */
    char is_native;
} StructCode;

typedef struct StructObject {
    PyObject_HEAD
    Py_ssize_t size;  /* in bytes; -1 before __init__ */
    Py_ssize_t count; /* of values; -1 before __init__ */
    StructCode *codes;
    PyObject *format; /* bytes, or None */
    PyObject *weakrefs;
} StructObject;

typedef struct StructState {
    PyObject *struct_type;
    PyObject *iterator_type;
    PyObject *error;
    PyObject *cache; /* format: Struct */
} StructState;

enum { CACHE_MOST = 100 };

static struct PyModuleDef struct_definition;

static StructState *
state_of(PyObject *module)
{
    return PyModule_GetState(module);
}

static StructState *
state_of_type(PyTypeObject *type)
{
    PyObject *module = PyType_GetModuleByDef(type, &struct_definition);
    return module == NULL ? NULL : PyModule_GetState(module);
}

static const StructType *
type_of_code(char code, int is_native)
{
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(struct_types); i++) {
        if (struct_types[i].code == code)
            return is_native || struct_types[i].standard_size ? &struct_types[i] : NULL;
    }
    return NULL;
}

/* Takes the byte order's letter off the format. */
static const char *
take_order(const char *at, int *is_native, int *is_big)
{
    *is_native = *is_big = 0;
    switch (*at) {
    case '>':
    case '!':
        *is_big = 1;
        return at + 1;
    case '<':
        return at + 1;
    case '=':
        *is_big = PY_BIG_ENDIAN;
        return at + 1;
    case '@':
        at++;
        /* fall through */
    default:
        *is_native = 1;
        *is_big = PY_BIG_ENDIAN;
        return at;
    }
}

typedef struct FormatReader {
    const char *at;
    int is_native;
    int is_big;
    Py_ssize_t size;   /* so far */
    Py_ssize_t values; /* so far */
    Py_ssize_t rows;
} FormatReader;

/* The next item of the format: 1 and its row (without values: x), 0 at the end, -1 with the
 * module's error. */
static int
reader_next(FormatReader *reader, StructState *state, StructCode *row)
{
    while (Py_ISSPACE(*reader->at))
        reader->at++;
    if (*reader->at == '\0')
        return 0;
    Py_ssize_t repeat = 1;
    if (Py_ISDIGIT(*reader->at)) {
        for (repeat = 0; Py_ISDIGIT(*reader->at); reader->at++) {
            int digit = *reader->at - '0';
            if (repeat > (PY_SSIZE_T_MAX - digit) / 10)
                goto too_long;
            repeat = repeat * 10 + digit;
        }
        if (*reader->at == '\0') {
            PyErr_SetString(state->error, "repeat count given without format specifier");
            return -1;
        }
    }
    const StructType *type = type_of_code(*reader->at++, reader->is_native);
    if (type == NULL) {
        PyErr_SetString(state->error, "bad char in struct format");
        return -1;
    }
    Py_ssize_t item = reader->is_native ? type->native_size : type->standard_size;
    if (reader->is_native) {
        Py_ssize_t align = type->native_align;
        if (reader->size > PY_SSIZE_T_MAX - align)
            goto too_long;
        reader->size = (reader->size + align - 1) / align * align;
    }
    *row = (StructCode){reader->size, repeat, item, type->code, (char)reader->is_big,
                        (char)reader->is_native};
    if (repeat > (PY_SSIZE_T_MAX - reader->size) / item)
        goto too_long;
    reader->size += repeat * item;
    if (type->code == 's' || type->code == 'p') {
        row->size = repeat;
        row->repeat = 1;
    }
    if (type->code != 'x') {
        reader->values += row->repeat;
        reader->rows += row->repeat != 0;
    }
    return 1;
too_long:
    PyErr_SetString(state->error, "total struct size too long");
    return -1;
}

/* Compiles self->format. */
static int
struct_compile(StructObject *self, StructState *state)
{
    const char *text = PyBytes_AS_STRING(self->format);
    if (strlen(text) != (size_t)PyBytes_GET_SIZE(self->format)) {
        PyErr_SetString(state->error, "embedded null character");
        return -1;
    }
    FormatReader reader = {.at = text};
    StructCode row;
    int more;
    const char *start = take_order(text, &reader.is_native, &reader.is_big);
    reader.at = start;
    while ((more = reader_next(&reader, state, &row)) > 0) {
    }
    if (more < 0)
        return -1;
    StructCode *codes = PyMem_New(StructCode, reader.rows + 1);
    if (codes == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    self->size = reader.size;
    self->count = reader.values;
    StructCode *to = codes;
    reader.at = start;
    reader.size = 0;
    while (reader_next(&reader, state, &row) > 0) {
        if (row.code != 'x' && row.repeat != 0)
            *to++ = row;
    }
    *to = (StructCode){.code = 0};
    PyMem_Free(self->codes);
    self->codes = codes;
    return 0;
}

/* --- Values out of bytes --------------------------------------------------------------------------- */

/* Sizes are 1, 2, 4 and 8; rows may lie anywhere, so words go through memcpy. */
KS_INLINE uint64_t
load(const unsigned char *from, Py_ssize_t size, int is_big)
{
    uint16_t half;
    uint32_t word;
    uint64_t wide;
    switch (size) {
    case 1:
        return *from;
    case 2:
        memcpy(&half, from, 2);
        return is_big ? be16toh(half) : le16toh(half);
    case 4:
        memcpy(&word, from, 4);
        return is_big ? be32toh(word) : le32toh(word);
    default:
        memcpy(&wide, from, 8);
        return is_big ? be64toh(wide) : le64toh(wide);
    }
}

KS_INLINE void
store(unsigned char *to, uint64_t bits, Py_ssize_t size, int is_big)
{
    uint16_t half;
    uint32_t word;
    switch (size) {
    case 1:
        *to = (unsigned char)bits;
        break;
    case 2:
        half = is_big ? htobe16((uint16_t)bits) : htole16((uint16_t)bits);
        memcpy(to, &half, 2);
        break;
    case 4:
        word = is_big ? htobe32((uint32_t)bits) : htole32((uint32_t)bits);
        memcpy(to, &word, 4);
        break;
    default:
        bits = is_big ? htobe64(bits) : htole64(bits);
        memcpy(to, &bits, 8);
        break;
    }
}

static PyObject *
unpack_one(const StructCode *row, const unsigned char *from)
{
    int little = !row->is_big;
    switch (row->code) {
    case 'c':
        return PyBytes_FromStringAndSize((const char *)from, 1);
    case 's':
        return PyBytes_FromStringAndSize((const char *)from, row->size);
    case 'p': {
        Py_ssize_t length = row->size ? *from : 0;
        if (length >= row->size)
            length = row->size - 1;
        return PyBytes_FromStringAndSize((const char *)from + 1, length);
    }
    case '?':
        return PyBool_FromLong(*from != 0);
    case 'e':
        return PyFloat_FromDouble(PyFloat_Unpack2((const char *)from, little));
    case 'f':
        return PyFloat_FromDouble(PyFloat_Unpack4((const char *)from, little));
    case 'd':
        return PyFloat_FromDouble(PyFloat_Unpack8((const char *)from, little));
    case 'P':
        return PyLong_FromVoidPtr((void *)(uintptr_t)load(from, row->size, row->is_big));
    case 'B':
    case 'H':
    case 'I':
    case 'L':
    case 'Q':
    case 'N':
        return PyLong_FromUnsignedLongLong(load(from, row->size, row->is_big));
    default: {
        int unused = 64 - 8 * (int)row->size;
        return PyLong_FromLongLong((int64_t)(load(from, row->size, row->is_big) << unused) >>
                                   unused);
    }
    }
}

static PyObject *
unpack_all(const StructObject *self, const char *from)
{
    PyObject *values = PyTuple_New(self->count);
    Py_ssize_t at = 0;
    if (values == NULL)
        return NULL;
    for (const StructCode *row = self->codes; row->code; row++) {
        const unsigned char *item = (const unsigned char *)from + row->offset;
        for (Py_ssize_t i = 0; i < row->repeat; i++, item += row->size) {
            PyObject *value = unpack_one(row, item);
            if (value == NULL) {
                Py_DECREF(values);
                return NULL;
            }
            PyTuple_SET_ITEM(values, at++, value);
        }
    }
    return values;
}

/* --- Bytes out of values ------------------------------------------------------------------------------ */

static KS_COLD int
refuse(StructState *state, const char *message)
{
    PyErr_SetString(state->error, message);
    return -1;
}

/* An int, by __index__ where needed: a new reference. */
static PyObject *
int_of(StructState *state, PyObject *value)
{
    if (PyLong_Check(value))
        return Py_NewRef(value);
    if (PyIndex_Check(value))
        return PyNumber_Index(value);
    PyErr_SetString(state->error, "required argument is not an integer");
    return NULL;
}

static KS_COLD int
refuse_range(StructState *state, const StructCode *row, int is_signed)
{
    int bits = 8 * (int)row->size;
    int is_short = row->code == 'h' || row->code == 'H';
    if (row->code == 'b' || row->code == 'B' || (is_short && !row->is_big)) {
        const char *name = row->code == 'b' ? "byte" : row->code == 'B' ? "ubyte"
                         : row->code == 'h' ? "short" : "ushort";
        PyErr_Format(state->error, "%s format requires %d <= number <= %d", name,
                     is_signed ? -(1 << (bits - 1)) : 0,
                     is_signed ? (1 << (bits - 1)) - 1 : (1 << bits) - 1);
    }
    else if (is_signed) {
        long long most = (1LL << (bits - 1)) - 1;
        PyErr_Format(state->error, "'%c' format requires %lld <= number <= %lld", row->code,
                     -most - 1, most);
    }
    else {
        PyErr_Format(state->error, "'%c' format requires 0 <= number <= %llu", row->code,
                     (1ULL << bits) - 1);
    }
    return -1;
}

/* OverflowError out of a conversion becomes the module's error. */
static int
refuse_overflow(StructState *state)
{
    if (PyErr_ExceptionMatches(PyExc_OverflowError))
        return refuse(state, "argument out of range");
    return -1;
}

/* Whether a code is read into C's long first, which decides the messages. */
static int
goes_by_long(const StructCode *row)
{
    switch (row->code) {
    case 'B':
        return 1;
    case 'H':
        return !row->is_big;
    case 'I':
    case 'L':
    case 'Q':
    case 'N':
        return 0;
    default:
        return 1;
    }
}

static int
is_signed_code(char code)
{
    return code == 'b' || code == 'h' || code == 'i' || code == 'l' || code == 'q' || code == 'n';
}

static int
pack_int(StructState *state, const StructCode *row, PyObject *value, unsigned char *to)
{
    KS_OWNED PyObject *number = int_of(state, value);
    if (number == NULL)
        return -1;
    uint64_t bits;
    int is_signed = is_signed_code(row->code), width = 8 * (int)row->size;
    if (row->size == 8 && row->is_big && !PY_BIG_ENDIAN)
        return _PyLong_AsByteArray((PyLongObject *)number, to, 8, 0, is_signed);
    if (goes_by_long(row)) {
        int64_t small = PyLong_AsLongLong(number);
        if (small == -1 && PyErr_Occurred())
            return refuse_overflow(state);
        if (width < 64 && (is_signed ? small < -(1LL << (width - 1)) ||
                                           small > (1LL << (width - 1)) - 1
                                     : small < 0 || small > (1LL << width) - 1))
            return refuse_range(state, row, is_signed);
        bits = (uint64_t)small;
    }
    else {
        bits = PyLong_AsUnsignedLongLong(number);
        if (bits == (uint64_t)-1 && PyErr_Occurred())
            return refuse_overflow(state);
        if (width < 64 && bits >> width)
            return refuse_range(state, row, 0);
    }
    store(to, bits, row->size, row->is_big);
    return 0;
}

static int
pack_pointer(StructState *state, const StructCode *row, PyObject *value, unsigned char *to)
{
    KS_OWNED PyObject *number = int_of(state, value);
    if (number == NULL)
        return -1;
    void *pointer = PyLong_AsVoidPtr(number);
    if (pointer == NULL && PyErr_Occurred())
        return -1;
    store(to, (uintptr_t)pointer, row->size, row->is_big);
    return 0;
}

static int
pack_float(StructState *state, const StructCode *row, PyObject *value, unsigned char *to)
{
    double number = PyFloat_AsDouble(value);
    if (number == -1.0 && PyErr_Occurred())
        return refuse(state, "required argument is not a float");
    if (row->code == 'e')
        return PyFloat_Pack2(number, (char *)to, !row->is_big);
    if (row->code == 'd')
        return PyFloat_Pack8(number, (char *)to, !row->is_big);
    if (!row->is_native)
        return PyFloat_Pack4(number, (char *)to, !row->is_big);
    float narrow = (float)number; /* natively an overflow is C's infinity */
    memcpy(to, &narrow, sizeof(narrow));
    return 0;
}

/* s and p: too long texts are cut, short ones filled with zeros (which are there already). */
static int
pack_text(StructState *state, const StructCode *row, PyObject *value, unsigned char *to)
{
    if (!PyBytes_Check(value) && !PyByteArray_Check(value)) {
        PyErr_Format(state->error, "argument for '%c' must be a bytes object", row->code);
        return -1;
    }
    const char *text = PyBytes_Check(value) ? PyBytes_AS_STRING(value)
                                            : PyByteArray_AS_STRING(value);
    Py_ssize_t length = Py_SIZE(value), room = row->size;
    if (row->code == 's') {
        memcpy(to, text, (size_t)(length < room ? length : room));
        return 0;
    }
    if (room == 0)
        return 0;
    length = length < room - 1 ? length : room - 1;
    memcpy(to + 1, text, (size_t)length);
    *to = (unsigned char)(length < 255 ? length : 255);
    return 0;
}

static int
pack_one(StructState *state, const StructCode *row, PyObject *value, unsigned char *to)
{
    switch (row->code) {
    case 'c':
        if (!PyBytes_Check(value) || PyBytes_GET_SIZE(value) != 1)
            return refuse(state, "char format requires a bytes object of length 1");
        *to = (unsigned char)*PyBytes_AS_STRING(value);
        return 0;
    case 's':
    case 'p':
        return pack_text(state, row, value, to);
    case '?': {
        int is_true = PyObject_IsTrue(value);
        *to = (unsigned char)(is_true > 0);
        return is_true < 0 ? -1 : 0;
    }
    case 'e':
    case 'f':
    case 'd':
        return pack_float(state, row, value, to);
    case 'P':
        return pack_pointer(state, row, value, to);
    default:
        return pack_int(state, row, value, to);
    }
}

static int
pack_all(StructState *state, const StructObject *self, PyObject *const *values, char *to)
{
    memset(to, 0, (size_t)self->size);
    for (const StructCode *row = self->codes; row->code; row++) {
        unsigned char *item = (unsigned char *)to + row->offset;
        for (Py_ssize_t i = 0; i < row->repeat; i++, item += row->size, values++) {
            if (KS_LIKELY(pack_one(state, row, *values, item) == 0))
                continue;
            /* What overflows is the module's error for ints, OverflowError for all else. */
            if (PyLong_Check(*values) && PyErr_ExceptionMatches(PyExc_OverflowError))
                refuse(state, "int too large to convert");
            return -1;
        }
    }
    return 0;
}

/* --- Struct --------------------------------------------------------------------------------------------- */

static PyObject *
struct_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    StructObject *self = (StructObject *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->format = Py_NewRef(Py_None);
        self->size = self->count = -1;
    }
    return (PyObject *)self;
}

typedef struct StructArgs {
    PyObject *format;
} StructArgs;

static const KsParam struct_params[] = {
    PARAM(StructArgs, format, ARG_OBJECT, 1),
    PARAM_END,
};

static int
struct_set_format(StructObject *self, StructState *state, PyObject *format)
{
    KS_OWNED PyObject *bytes = PyUnicode_Check(format) ? PyUnicode_AsASCIIString(format)
                                                       : Py_NewRef(format);
    if (bytes == NULL)
        return -1;
    if (!PyBytes_Check(bytes)) {
        PyErr_Format(PyExc_TypeError,
                     "Struct() argument 1 must be a str or bytes object, not %.200s",
                     Py_TYPE(bytes)->tp_name);
        return -1;
    }
    Py_SETREF(self->format, ks_give(&bytes));
    return struct_compile(self, state);
}

static int
struct_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    StructArgs given = {NULL};
    StructState *state = state_of_type(Py_TYPE(object));
    if (state == NULL || !ks_args_parse_tuple("Struct", struct_params, args, kwargs, &given))
        return -1;
    return struct_set_format((StructObject *)object, state, given.format);
}

static int
struct_traverse(PyObject *object, visitproc visit, void *arg)
{
    StructObject *self = (StructObject *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->format);
    return 0;
}

static int
struct_clear(PyObject *object)
{
    Py_CLEAR(((StructObject *)object)->format);
    return 0;
}

static void
struct_dealloc(PyObject *object)
{
    StructObject *self = (StructObject *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    if (self->weakrefs != NULL)
        PyObject_ClearWeakRefs(object);
    PyMem_Free(self->codes);
    Py_XDECREF(self->format);
    type->tp_free(object);
    Py_DECREF(type);
}

/* 0, or -1 with the module's error: the method needs a format. */
static int
check_ready(const StructObject *self, StructState *state)
{
    if (self->codes != NULL)
        return 0;
    PyErr_SetString(PyExc_RuntimeError, "Struct object is not initialized");
    (void)state;
    return -1;
}

static PyObject *
struct_pack(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    StructObject *self = (StructObject *)object;
    StructState *state = state_of_type(Py_TYPE(object));
    if (state == NULL)
        return NULL;
    if (nargs != self->count) {
        PyErr_Format(state->error, "pack expected %zd items for packing (got %zd)", self->count,
                     nargs);
        return NULL;
    }
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, self->size);
    if (bytes != NULL && pack_all(state, self, args, PyBytes_AS_STRING(bytes)) < 0)
        Py_CLEAR(bytes);
    return bytes;
}

/* Checks offset (which becomes absolute) for `size` bytes in a buffer. */
static int
check_offset(StructState *state, Py_ssize_t *offset, Py_ssize_t size, Py_ssize_t length,
             int is_packing)
{
    if (*offset < 0) {
        if (*offset + size > 0) {
            PyErr_Format(state->error, is_packing ? "no space to pack %zd bytes at offset %zd"
                                                  : "not enough data to unpack %zd bytes at "
                                                    "offset %zd", size, *offset);
            return -1;
        }
        if (*offset + length < 0) {
            PyErr_Format(state->error, "offset %zd out of range for %zd-byte buffer", *offset,
                         length);
            return -1;
        }
        *offset += length;
    }
    if (length - *offset < size) {
        PyErr_Format(state->error,
                     is_packing ? "pack_into requires a buffer of at least %zu bytes for "
                                  "packing %zd bytes at offset %zd "
                                  "(actual buffer size is %zd)"
                                : "unpack_from requires a buffer of at least %zu bytes for "
                                  "unpacking %zd bytes at offset %zd "
                                  "(actual buffer size is %zd)",
                     (size_t)size + (size_t)*offset, size, *offset, length);
        return -1;
    }
    return 0;
}

static PyObject *
struct_pack_into(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    StructObject *self = (StructObject *)object;
    StructState *state = state_of_type(Py_TYPE(object));
    if (state == NULL)
        return NULL;
    if (nargs < 2) {
        PyErr_SetString(state->error, nargs == 0 ? "pack_into expected buffer argument"
                                                 : "pack_into expected offset argument");
        return NULL;
    }
    if (nargs - 2 != self->count) {
        PyErr_Format(state->error, "pack_into expected %zd items for packing (got %zd)",
                     self->count, nargs - 2);
        return NULL;
    }
    Py_buffer view;
    if (PyObject_GetBuffer(args[0], &view, PyBUF_WRITABLE) < 0) {
        PyErr_Clear();
        PyErr_Format(PyExc_TypeError, "argument must be read-write bytes-like object, not %.50s",
                     args[0] == Py_None ? "None" : Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    Py_ssize_t offset = PyNumber_AsSsize_t(args[1], PyExc_IndexError);
    int good = !(offset == -1 && PyErr_Occurred()) &&
               check_offset(state, &offset, self->size, view.len, 1) == 0 &&
               pack_all(state, self, args + 2, (char *)view.buf + offset) == 0;
    PyBuffer_Release(&view);
    return good ? Py_NewRef(Py_None) : NULL;
}

static PyObject *
struct_unpack(PyObject *object, PyObject *buffer)
{
    StructObject *self = (StructObject *)object;
    StructState *state = state_of_type(Py_TYPE(object));
    Py_buffer view;
    if (state == NULL || check_ready(self, state) < 0 ||
        PyObject_GetBuffer(buffer, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    PyObject *values = NULL;
    if (view.len != self->size)
        PyErr_Format(state->error, "unpack requires a buffer of %zd bytes", self->size);
    else
        values = unpack_all(self, view.buf);
    PyBuffer_Release(&view);
    return values;
}

typedef struct UnpackArgs {
    PyObject *format;
    PyObject *buffer;
    Py_ssize_t offset;
} UnpackArgs;

static const KsParam unpack_from_params[] = {
    PARAM(UnpackArgs, buffer, ARG_OBJECT, 1),
    PARAM(UnpackArgs, offset, ARG_INDEX, 0),
    PARAM_END,
};

static PyObject *
unpack_from(StructObject *self, StructState *state, PyObject *buffer, Py_ssize_t offset)
{
    Py_buffer view;
    if (check_ready(self, state) < 0 || PyObject_GetBuffer(buffer, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    PyObject *values = NULL;
    if (check_offset(state, &offset, self->size, view.len, 0) == 0)
        values = unpack_all(self, (char *)view.buf + offset);
    PyBuffer_Release(&view);
    return values;
}

static PyObject *
struct_unpack_from(PyObject *object, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    UnpackArgs given = {.offset = 0};
    StructState *state = state_of_type(Py_TYPE(object));
    if (state == NULL ||
        !ks_args_parse("unpack_from", unpack_from_params, args, nargs, kwnames, &given))
        return NULL;
    return unpack_from((StructObject *)object, state, given.buffer, given.offset);
}

static PyObject *
struct_sizeof(PyObject *object, PyObject *Py_UNUSED(unused))
{
    StructObject *self = (StructObject *)object;
    Py_ssize_t size = Py_TYPE(object)->tp_basicsize + (Py_ssize_t)sizeof(StructCode);
    for (const StructCode *row = self->codes; row != NULL && row->code; row++)
        size += (Py_ssize_t)sizeof(StructCode);
    return PyLong_FromSsize_t(size);
}

static PyObject *
struct_get_format(PyObject *object, void *Py_UNUSED(closure))
{
    PyObject *format = ((StructObject *)object)->format;
    if (!PyBytes_Check(format)) {
        PyErr_SetString(PyExc_RuntimeError, "Struct object is not initialized");
        return NULL;
    }
    return PyUnicode_FromStringAndSize(PyBytes_AS_STRING(format), PyBytes_GET_SIZE(format));
}

static PyObject *
struct_get_size(PyObject *object, void *Py_UNUSED(closure))
{
    return PyLong_FromSsize_t(((StructObject *)object)->size);
}

/* --- Iteration -------------------------------------------------------------------------------------------- */

typedef struct UnpackIterator {
    PyObject_HEAD
    StructObject *format;
    Py_buffer view;
    Py_ssize_t at;
} UnpackIterator;

static int
iterator_traverse(PyObject *object, visitproc visit, void *arg)
{
    UnpackIterator *self = (UnpackIterator *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->format);
    Py_VISIT(self->view.obj);
    return 0;
}

static void
iterator_dealloc(PyObject *object)
{
    UnpackIterator *self = (UnpackIterator *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    Py_XDECREF(self->format);
    PyBuffer_Release(&self->view);
    PyObject_GC_Del(object);
    Py_DECREF(type);
}

static PyObject *
iterator_next(PyObject *object)
{
    UnpackIterator *self = (UnpackIterator *)object;
    if (self->format == NULL)
        return NULL;
    if (self->at >= self->view.len) {
        Py_CLEAR(self->format);
        PyBuffer_Release(&self->view);
        return NULL;
    }
    PyObject *values = unpack_all(self->format, (char *)self->view.buf + self->at);
    self->at += self->format->size;
    return values;
}

static PyObject *
iterator_length_hint(PyObject *object, PyObject *Py_UNUSED(unused))
{
    UnpackIterator *self = (UnpackIterator *)object;
    if (self->format == NULL)
        return PyLong_FromLong(0);
    return PyLong_FromSsize_t((self->view.len - self->at) / self->format->size);
}

static PyObject *
iterator_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    const char *dot = strrchr(type->tp_name, '.');
    PyErr_Format(PyExc_TypeError, "Cannot create '%.200s objects", dot ? dot + 1 : type->tp_name);
    return NULL;
}

static PyMethodDef iterator_methods[] = {
    {"__length_hint__", iterator_length_hint, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot iterator_slots[] = {
    {Py_tp_dealloc, iterator_dealloc},
    {Py_tp_getattro, PyObject_GenericGetAttr},
    {Py_tp_traverse, iterator_traverse},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, iterator_next},
    {Py_tp_methods, iterator_methods},
    {Py_tp_new, iterator_new},
    {0, NULL},
};

static PyType_Spec iterator_spec = {
    .name = "_struct.unpack_iterator",
    .basicsize = sizeof(UnpackIterator),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = iterator_slots,
};

static PyObject *
iterate(StructObject *self, StructState *state, PyObject *buffer)
{
    if (check_ready(self, state) < 0)
        return NULL;
    if (self->size == 0) {
        PyErr_SetString(state->error, "cannot iteratively unpack with a struct of length 0");
        return NULL;
    }
    UnpackIterator *iterator = PyObject_GC_New(UnpackIterator,
                                               (PyTypeObject *)state->iterator_type);
    if (iterator == NULL)
        return NULL;
    iterator->format = (StructObject *)Py_NewRef((PyObject *)self);
    iterator->at = 0;
    iterator->view.obj = NULL;
    PyObject_GC_Track(iterator);
    if (PyObject_GetBuffer(buffer, &iterator->view, PyBUF_SIMPLE) < 0) {
        iterator->view.obj = NULL;
        Py_DECREF(iterator);
        return NULL;
    }
    if (iterator->view.len % self->size != 0) {
        PyErr_Format(state->error,
                     "iterative unpacking requires a buffer of a multiple of %zd bytes",
                     self->size);
        Py_DECREF(iterator);
        return NULL;
    }
    return (PyObject *)iterator;
}

static PyObject *
struct_iter_unpack(PyObject *object, PyObject *buffer)
{
    StructState *state = state_of_type(Py_TYPE(object));
    return state == NULL ? NULL : iterate((StructObject *)object, state, buffer);
}

/* --- The type's tables -------------------------------------------------------------------------------------- */

static PyMethodDef struct_methods[] = {
    METHOD("iter_unpack", struct_iter_unpack, METH_O, "($self, buffer, /)",
           "An iterator over the tuples that a buffer of several structs holds."),
    METHOD_PLAIN("pack", struct_pack, METH_FASTCALL,
                 "S.pack(v1, v2, ...) -> bytes\n\nThe values as bytes."),
    METHOD_PLAIN("pack_into", struct_pack_into, METH_FASTCALL,
                 "S.pack_into(buffer, offset, v1, v2, ...)\n\n"
                 "Writes the values' bytes into a buffer, from an offset on."),
    METHOD("unpack", struct_unpack, METH_O, "($self, buffer, /)",
           "The values in a buffer of exactly the struct's size, as a tuple."),
    METHOD("unpack_from", struct_unpack_from, METH_FASTCALL | METH_KEYWORDS,
           "($self, /, buffer, offset=0)", "The values in a buffer from an offset on."),
    METHOD_PLAIN("__sizeof__", struct_sizeof, METH_NOARGS,
                 "S.__sizeof__() -> size of S in memory, in bytes"),
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef struct_getset[] = {
    {"format", struct_get_format, NULL, "the format, a str", NULL},
    {"size", struct_get_size, NULL, "the size in bytes", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef struct_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(StructObject, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyDoc_STRVAR(struct_doc, "Struct(fmt) --> compiled struct object\n\n");

static PyType_Slot struct_slots[] = {
    {Py_tp_dealloc, struct_dealloc},
    {Py_tp_getattro, PyObject_GenericGetAttr},
    {Py_tp_setattro, PyObject_GenericSetAttr},
    {Py_tp_doc, (void *)struct_doc},
    {Py_tp_traverse, struct_traverse},
    {Py_tp_clear, struct_clear},
    {Py_tp_methods, struct_methods},
    {Py_tp_members, struct_members},
    {Py_tp_getset, struct_getset},
    {Py_tp_init, struct_init},
    {Py_tp_alloc, PyType_GenericAlloc},
    {Py_tp_new, struct_new},
    {Py_tp_free, PyObject_GC_Del},
    {0, NULL},
};

static PyType_Spec struct_spec = {
    .name = "_struct.Struct",
    .basicsize = sizeof(StructObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = struct_slots,
};

/* --- The module's functions ----------------------------------------------------------------------------------- */

/* The compiled format, from the cache or new: a new reference. */
static StructObject *
struct_for(PyObject *module, PyObject *format)
{
    StructState *state = state_of(module);
    PyObject *found = PyDict_GetItemWithError(state->cache, format);
    if (found != NULL || PyErr_Occurred())
        return (StructObject *)Py_XNewRef(found);
    PyObject *made = struct_new((PyTypeObject *)state->struct_type, NULL, NULL);
    if (made == NULL)
        return NULL;
    if (struct_set_format((StructObject *)made, state, format) < 0) {
        Py_DECREF(made);
        return NULL;
    }
    if (PyDict_GET_SIZE(state->cache) >= CACHE_MOST)
        PyDict_Clear(state->cache);
    if (PyDict_SetItem(state->cache, format, made) < 0)
        PyErr_Clear(); /* the result is good without the cache */
    return (StructObject *)made;
}

static PyObject *
module_calcsize(PyObject *module, PyObject *format)
{
    StructObject *made = struct_for(module, format);
    PyObject *size = made == NULL ? NULL : PyLong_FromSsize_t(made->size);
    Py_XDECREF(made);
    return size;
}

/* The compiled first argument of pack() and pack_into(). */
static StructObject *
first_format(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs == 0) {
        PyErr_SetString(PyExc_TypeError, "missing format argument");
        return NULL;
    }
    return struct_for(module, args[0]);
}

static PyObject *
module_pack(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    StructObject *made = first_format(module, args, nargs);
    PyObject *bytes = made == NULL ? NULL : struct_pack((PyObject *)made, args + 1, nargs - 1);
    Py_XDECREF(made);
    return bytes;
}

static PyObject *
module_pack_into(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    StructObject *made = first_format(module, args, nargs);
    PyObject *none = made == NULL ? NULL
                                  : struct_pack_into((PyObject *)made, args + 1, nargs - 1);
    Py_XDECREF(made);
    return none;
}

static PyObject *
module_unpack(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("unpack", nargs, 2, 2))
        return NULL;
    StructObject *made = struct_for(module, args[0]);
    PyObject *values = made == NULL ? NULL : struct_unpack((PyObject *)made, args[1]);
    Py_XDECREF(made);
    return values;
}

static const KsParam module_unpack_from_params[] = {
    PARAM_POS(UnpackArgs, format, ARG_OBJECT, 1),
    PARAM(UnpackArgs, buffer, ARG_OBJECT, 1),
    PARAM(UnpackArgs, offset, ARG_INDEX, 0),
    PARAM_END,
};

static PyObject *
module_unpack_from(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    UnpackArgs given = {.offset = 0};
    if (!ks_args_parse("unpack_from", module_unpack_from_params, args, nargs, kwnames, &given))
        return NULL;
    StructObject *made = struct_for(module, given.format);
    PyObject *values = made == NULL ? NULL : unpack_from(made, state_of(module), given.buffer,
                                                         given.offset);
    Py_XDECREF(made);
    return values;
}

static PyObject *
module_iter_unpack(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("iter_unpack", nargs, 2, 2))
        return NULL;
    StructObject *made = struct_for(module, args[0]);
    PyObject *iterator = made == NULL ? NULL : iterate(made, state_of(module), args[1]);
    Py_XDECREF(made);
    return iterator;
}

static PyObject *
module_clearcache(PyObject *module, PyObject *Py_UNUSED(unused))
{
    PyDict_Clear(state_of(module)->cache);
    Py_RETURN_NONE;
}

static PyMethodDef module_methods[] = {
    METHOD("_clearcache", module_clearcache, METH_NOARGS, "($module, /)",
           "Forgets all compiled formats."),
    METHOD("calcsize", module_calcsize, METH_O, "($module, format, /)",
           "How many bytes the format describes."),
    METHOD("iter_unpack", module_iter_unpack, METH_FASTCALL, "($module, format, buffer, /)",
           "An iterator over the tuples that a buffer of several structs holds."),
    METHOD_PLAIN("pack", module_pack, METH_FASTCALL,
                 "pack(format, v1, v2, ...) -> bytes\n\nThe values as bytes."),
    METHOD_PLAIN("pack_into", module_pack_into, METH_FASTCALL,
                 "pack_into(format, buffer, offset, v1, v2, ...)\n\n"
                 "Writes the values' bytes into a buffer, from an offset on."),
    METHOD("unpack", module_unpack, METH_FASTCALL, "($module, format, buffer, /)",
           "The values in a buffer of exactly the format's size, as a tuple."),
    METHOD("unpack_from", module_unpack_from, METH_FASTCALL | METH_KEYWORDS,
           "($module, format, /, buffer, offset=0)", "The values in a buffer from an offset on."),
    {NULL, NULL, 0, NULL},
};

/* --- Module ----------------------------------------------------------------------------------------------------- */

static int
module_exec(PyObject *module)
{
    StructState *state = state_of(module);
    state->cache = PyDict_New();
    state->struct_type = PyType_FromModuleAndSpec(module, &struct_spec, NULL);
    state->iterator_type = PyType_FromModuleAndSpec(module, &iterator_spec, NULL);
    state->error = PyErr_NewException("struct.error", NULL, NULL);
    if (state->cache == NULL || state->struct_type == NULL || state->iterator_type == NULL ||
        state->error == NULL ||
        PyModule_AddType(module, (PyTypeObject *)state->struct_type) < 0)
        return -1;
    return PyModule_AddObjectRef(module, "error", state->error);
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    StructState *state = state_of(module);
    Py_VISIT(state->struct_type);
    Py_VISIT(state->iterator_type);
    Py_VISIT(state->error);
    Py_VISIT(state->cache);
    return 0;
}

static int
module_clear(PyObject *module)
{
    StructState *state = state_of(module);
    Py_CLEAR(state->struct_type);
    Py_CLEAR(state->iterator_type);
    Py_CLEAR(state->error);
    Py_CLEAR(state->cache);
    return 0;
}

static void
module_free(void *module)
{
    module_clear(module);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL},
};

PyDoc_STRVAR(module_doc,
"Bytes from Python values and back, as C lays out structs.\n"
"\n"
"A format may begin with @ (native order, sizes and alignment), = (native\n"
"order, standard sizes), < (little-endian), > or ! (big-endian). Then follow\n"
"types, each with an optional count in front:\n"
"  x: a pad byte; c: bytes of length 1; ?: bool; b, B: 1 byte, signed or not;\n"
"  h, H: short; i, I: int; l, L: long; q, Q: long long; e, f, d: float of half,\n"
"  single, double precision; n, N, P: ssize_t, size_t, pointer (native only);\n"
"  s: bytes of a length given by the count; p: the same with a length byte.\n"
"\n"
"Errors are struct.error.");

static struct PyModuleDef struct_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_struct",
    .m_doc = module_doc,
    .m_size = sizeof(StructState),
    .m_methods = module_methods,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

PyMODINIT_FUNC
PyInit__struct(void)
{
    return PyModuleDef_Init(&struct_definition);
}
