/* SPDX-License-Identifier: MIT */
/* The array module: numbers of one C type in a row.
 *
 * The struct's layout is known to extensions. While buffers are exported the length must not
 * change. Each typecode is one row of a table: size, buffer format, reading and writing an item. */
#include "Python.h"

#include "pycore_ceval.h"  /* slice indexes */
#include "pycore_object.h" /* sizes of objects */

#include "ks_args.h"
#include "structmember.h"

typedef struct Array Array;

typedef struct ArrayType {
    char code;
    int bytes;
    PyObject *(*get)(const char *place);
    int (*put)(char *place, PyObject *value); /* -1 with an exception; place NULL: only checks */
    const char *format;
    int is_integer, is_signed;
} ArrayType;

struct Array {
    PyObject_VAR_HEAD
    char *items;
    Py_ssize_t allocated;
    const ArrayType *type;
    PyObject *weakreflist;
    Py_ssize_t exports;
};

typedef struct ArrayState {
    PyTypeObject *array_type, *iterator_type;
    PyObject *reconstructor;
} ArrayState;

static struct PyModuleDef array_module;

static ArrayState *
state_of(PyTypeObject *type)
{
    return PyModule_GetState(PyType_GetModuleByDef(type, &array_module));
}

#define CAST(self) ((Array *)(self))

/* --- items --- */

#define LOAD(type) (__extension__({ type value_; memcpy(&value_, place, sizeof value_); value_; }))
#define STORE(type, value)                          \
    do {                                            \
        type stored_ = (type)(value);               \
        if (place != NULL)                          \
            memcpy(place, &stored_, sizeof stored_); \
        return 0;                                   \
    } while (0)

#define GET(name, type, make) \
    static PyObject *name##_get(const char *place) { return make(LOAD(type)); }
GET(schar, signed char, PyLong_FromLong)
GET(uchar, unsigned char, PyLong_FromLong)
GET(short, short, PyLong_FromLong)
GET(ushort, unsigned short, PyLong_FromLong)
GET(int, int, PyLong_FromLong)
GET(uint, unsigned int, PyLong_FromUnsignedLong)
GET(long, long, PyLong_FromLong)
GET(ulong, unsigned long, PyLong_FromUnsignedLong)
GET(longlong, long long, PyLong_FromLongLong)
GET(ulonglong, unsigned long long, PyLong_FromUnsignedLongLong)
GET(float, float, PyFloat_FromDouble)
GET(double, double, PyFloat_FromDouble)

static PyObject *
char_get(const char *place)
{
    wchar_t ch = LOAD(wchar_t);
    return PyUnicode_FromWideChar(&ch, 1);
}

/* An index object in a range; `what` for the message. */
static int
ranged(PyObject *value, long low, long high, const char *what, long *number)
{
    KS_OWNED PyObject *index = PyNumber_Index(value);
    if (index == NULL)
        return -1;
    int overflow;
    *number = PyLong_AsLongAndOverflow(index, &overflow);
    if (overflow == 0 && *number >= low && *number <= high)
        return 0;
    if (overflow == 0 && *number == -1 && PyErr_Occurred())
        return -1;
    int is_small = overflow < 0 || (overflow == 0 && *number < low);
    PyErr_Format(PyExc_OverflowError, "%s is %s than %s", what, is_small ? "less" : "greater",
                 is_small ? "minimum" : "maximum");
    return -1;
}

#define PUT_RANGED(name, type, low, high, what)                 \
    static int name##_put(char *place, PyObject *value)         \
    {                                                           \
        long number;                                            \
        if (ranged(value, low, high, what, &number) < 0)        \
            return -1;                                          \
        STORE(type, number);                                    \
    }
PUT_RANGED(schar, signed char, SCHAR_MIN, SCHAR_MAX, "signed char")
PUT_RANGED(uchar, unsigned char, 0, UCHAR_MAX, "unsigned byte integer")
PUT_RANGED(short, short, SHRT_MIN, SHRT_MAX, "signed short integer")
PUT_RANGED(ushort, unsigned short, 0, USHRT_MAX, "unsigned short")
PUT_RANGED(int, int, INT_MIN, INT_MAX, "signed integer")

static int
uint_put(char *place, PyObject *value)
{
    KS_OWNED PyObject *index = PyNumber_Index(value);
    if (index == NULL)
        return -1;
    if (_PyLong_Sign(index) < 0) {
        PyErr_SetString(PyExc_OverflowError, "can't convert negative value to unsigned int");
        return -1;
    }
    unsigned long number = PyLong_AsUnsignedLong(index);
    if (number == (unsigned long)-1 && PyErr_Occurred())
        return -1;
    if (number > UINT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "unsigned int is greater than maximum");
        return -1;
    }
    STORE(unsigned int, number);
}

#define PUT_WIDE(name, type, convert)                           \
    static int name##_put(char *place, PyObject *value)         \
    {                                                           \
        KS_OWNED PyObject *index = PyNumber_Index(value);       \
        if (index == NULL)                                      \
            return -1;                                          \
        type number = convert(index);                           \
        if (number == (type)-1 && PyErr_Occurred())             \
            return -1;                                          \
        STORE(type, number);                                    \
    }
PUT_WIDE(long, long, PyLong_AsLong)
PUT_WIDE(ulong, unsigned long, PyLong_AsUnsignedLong)
PUT_WIDE(longlong, long long, PyLong_AsLongLong)
PUT_WIDE(ulonglong, unsigned long long, PyLong_AsUnsignedLongLong)

static int
float_put(char *place, PyObject *value)
{
    double number;
    if (!ks_arg_double(value, &number))
        return -1;
    STORE(float, number);
}

static int
double_put(char *place, PyObject *value)
{
    double number;
    if (!ks_arg_double(value, &number))
        return -1;
    STORE(double, number);
}

static int
char_put(char *place, PyObject *value)
{
    if (!PyUnicode_Check(value) || PyUnicode_READY(value) < 0 || PyUnicode_GET_LENGTH(value) != 1) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "array item must be unicode character");
        return -1;
    }
    STORE(wchar_t, PyUnicode_READ_CHAR(value, 0));
}

static const ArrayType array_types[] = {
    {'b', 1, schar_get, schar_put, "b", 1, 1},
    {'B', 1, uchar_get, uchar_put, "B", 1, 0},
    {'u', sizeof(wchar_t), char_get, char_put, "w", 0, 0},
    {'h', sizeof(short), short_get, short_put, "h", 1, 1},
    {'H', sizeof(short), ushort_get, ushort_put, "H", 1, 0},
    {'i', sizeof(int), int_get, int_put, "i", 1, 1},
    {'I', sizeof(int), uint_get, uint_put, "I", 1, 0},
    {'l', sizeof(long), long_get, long_put, "l", 1, 1},
    {'L', sizeof(long), ulong_get, ulong_put, "L", 1, 0},
    {'q', sizeof(long long), longlong_get, longlong_put, "q", 1, 1},
    {'Q', sizeof(long long), ulonglong_get, ulonglong_put, "Q", 1, 0},
    {'f', sizeof(float), float_get, float_put, "f", 0, 1},
    {'d', sizeof(double), double_get, double_put, "d", 0, 1},
};

static const ArrayType *
type_by_code(Py_UCS4 code)
{
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(array_types); i++) {
        if ((Py_UCS4)(unsigned char)array_types[i].code == code)
            return &array_types[i];
    }
    return NULL;
}

static char *
place_of(Array *self, Py_ssize_t index)
{
    return self->items + index * self->type->bytes;
}

static PyObject *
item_get(Array *self, Py_ssize_t index)
{
    return self->type->get(place_of(self, index));
}

/* --- lifecycle --- */

static PyObject *
array_make(PyTypeObject *python_type, Py_ssize_t size, const ArrayType *type)
{
    if (size > PY_SSIZE_T_MAX / type->bytes)
        return PyErr_NoMemory();
    Array *self = CAST(python_type->tp_alloc(python_type, 0));
    if (self == NULL)
        return NULL;
    self->type = type;
    self->allocated = size;
    self->weakreflist = NULL;
    self->exports = 0;
    self->items = NULL;
    Py_SET_SIZE(self, 0);
    if (size > 0 && (self->items = PyMem_Malloc((size_t)size * (size_t)type->bytes)) == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    Py_SET_SIZE(self, size);
    return (PyObject *)self;
}

static int
array_resize(Array *self, Py_ssize_t size)
{
    if (self->exports > 0 && size != Py_SIZE(self)) {
        PyErr_SetString(PyExc_BufferError,
                        "cannot resize an array that is exporting buffers");
        return -1;
    }
    if (self->allocated >= size && Py_SIZE(self) < size + 16 && self->items != NULL) {
        Py_SET_SIZE(self, size);
        return 0;
    }
    if (size == 0) {
        PyMem_Free(self->items);
        self->items = NULL;
        Py_SET_SIZE(self, 0);
        self->allocated = 0;
        return 0;
    }
    Py_ssize_t room = (size >> 4) + (Py_SIZE(self) < 8 ? 3 : 7) + size;
    if (room > PY_SSIZE_T_MAX / self->type->bytes) {
        PyErr_NoMemory();
        return -1;
    }
    char *items = PyMem_Realloc(self->items, (size_t)room * (size_t)self->type->bytes);
    if (items == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    self->items = items;
    self->allocated = room;
    Py_SET_SIZE(self, size);
    return 0;
}

static void
array_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    if (CAST(object)->weakreflist != NULL)
        PyObject_ClearWeakRefs(object);
    PyMem_Free(CAST(object)->items);
    type->tp_free(object);
    Py_DECREF(type);
}

static int
array_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

/* Places a value before an index; -1 with an exception. */
static int
insert_at(Array *self, Py_ssize_t where, PyObject *value)
{
    if (self->type->put(NULL, value) < 0)
        return -1;
    Py_ssize_t size = Py_SIZE(self);
    if (array_resize(self, size + 1) < 0)
        return -1;
    if (where < 0) {
        where += size;
        if (where < 0)
            where = 0;
    }
    if (where > size)
        where = size;
    if (where != size)
        memmove(place_of(self, where + 1), place_of(self, where),
                (size_t)(size - where) * (size_t)self->type->bytes);
    return self->type->put(place_of(self, where), value);
}

static int
extend_by_iterable(Array *self, PyObject *iterable)
{
    KS_OWNED PyObject *iterator = PyObject_GetIter(iterable);
    if (iterator == NULL)
        return -1;
    for (;;) {
        KS_OWNED PyObject *value = PyIter_Next(iterator);
        if (value == NULL)
            return PyErr_Occurred() ? -1 : 0;
        if (insert_at(self, Py_SIZE(self), value) < 0)
            return -1;
    }
}

static int
extend_by_bytes(Array *self, const char *bytes, Py_ssize_t count)
{
    if (count % self->type->bytes != 0) {
        PyErr_SetString(PyExc_ValueError, "bytes length not a multiple of item size");
        return -1;
    }
    Py_ssize_t items = count / self->type->bytes, size = Py_SIZE(self);
    if (items == 0)
        return 0;
    if (size > PY_SSIZE_T_MAX - items || array_resize(self, size + items) < 0) {
        if (!PyErr_Occurred())
            PyErr_NoMemory();
        return -1;
    }
    memcpy(place_of(self, size), bytes, (size_t)count);
    return 0;
}

static int
is_array(PyObject *object, ArrayState *state)
{
    return PyObject_TypeCheck(object, state->array_type);
}

static int
extend_by(Array *self, PyObject *source)
{
    ArrayState *state = state_of(Py_TYPE(self));
    if (!is_array(source, state))
        return extend_by_iterable(self, source);
    Array *other = CAST(source);
    if (self->type != other->type) {
        PyErr_SetString(PyExc_TypeError, "can only extend with array of same kind");
        return -1;
    }
    Py_ssize_t size = Py_SIZE(self), more = Py_SIZE(other);
    if (size > PY_SSIZE_T_MAX - more) {
        PyErr_NoMemory();
        return -1;
    }
    if (array_resize(self, size + more) < 0)
        return -1;
    /* The other may be self, whose items have just moved. */
    if (more > 0)
        memcpy(place_of(self, size), other->items, (size_t)more * (size_t)self->type->bytes);
    return 0;
}

static int
append_text(Array *self, PyObject *text)
{
    Py_ssize_t length = PyUnicode_AsWideChar(text, NULL, 0);
    if (length < 0)
        return -1;
    length--; /* counts the nul */
    Py_ssize_t size = Py_SIZE(self);
    if (length == 0)
        return 0;
    if (array_resize(self, size + length) < 0)
        return -1;
    return PyUnicode_AsWideChar(text, (wchar_t *)place_of(self, size), length) < 0 ? -1 : 0;
}

static int
typecode_arg(PyObject *arg, const char *function, Py_UCS4 *code)
{
    if (PyUnicode_Check(arg) && PyUnicode_READY(arg) == 0 && PyUnicode_GET_LENGTH(arg) == 1) {
        *code = PyUnicode_READ_CHAR(arg, 0);
        return 1;
    }
    PyErr_Format(PyExc_TypeError, "%s must be a unicode character, not %.50s", function,
                 arg == Py_None ? "None" : Py_TYPE(arg)->tp_name);
    return 0;
}

/* Exactly as much room for a new array as a source of known length needs. */
static int
array_reserve(Array *self, Py_ssize_t size)
{
    if (size <= 0)
        return 0;
    if (size <= PY_SSIZE_T_MAX / self->type->bytes)
        self->items = PyMem_Malloc((size_t)size * (size_t)self->type->bytes);
    if (self->items == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    self->allocated = size;
    return 0;
}

/* Fills a new array from what it was asked to start with. */
static int
array_start(Array *self, PyObject *initial, ArrayState *state)
{
    char code = self->type->code;
    if (PyUnicode_Check(initial)) {
        if (code != 'u') {
            PyErr_Format(PyExc_TypeError,
                         "cannot use a str to initialize an array with typecode '%c'", code);
            return -1;
        }
        return array_reserve(self, PyUnicode_GET_LENGTH(initial)) < 0
            ? -1
            : append_text(self, initial);
    }
    if ((is_array(initial, state) || PyList_Check(initial) || PyTuple_Check(initial)) &&
        array_reserve(self, Py_SIZE(initial)) < 0)
        return -1;
    if (is_array(initial, state)) {
        if (CAST(initial)->type->code == 'u' && code != 'u') {
            PyErr_Format(PyExc_TypeError,
                         "cannot use a unicode array to initialize an array with typecode '%c'",
                         code);
            return -1;
        }
        if (CAST(initial)->type == self->type)
            return extend_by(self, initial);
    }
    if (PyBytes_Check(initial) || PyByteArray_Check(initial)) {
        KS_OWNED PyObject *bytes = PyBytes_FromObject(initial);
        return bytes == NULL
            ? -1
            : extend_by_bytes(self, PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
    }
    return extend_by_iterable(self, initial);
}

static PyObject *
array_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    ArrayState *state = state_of(type);
    if (type == state->array_type && kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0) {
        PyErr_SetString(PyExc_TypeError, "array.array() takes no keyword arguments");
        return NULL;
    }
    Py_ssize_t nargs = PyTuple_GET_SIZE(args);
    Py_UCS4 code;
    if (nargs < 1 || nargs > 2) {
        PyErr_Format(PyExc_TypeError, "array() takes at %s argument%s (%zd given)",
                     nargs < 1 ? "least 1" : "most 2", nargs < 1 ? "" : "s", nargs);
        return NULL;
    }
    if (!typecode_arg(PyTuple_GET_ITEM(args, 0), "array() argument 1", &code))
        return NULL;
    PyObject *initial = nargs == 2 ? PyTuple_GET_ITEM(args, 1) : NULL;
    if (PySys_Audit("array.__new__", "CO", (int)code, initial != NULL ? initial : Py_None) < 0)
        return NULL;
    const ArrayType *item_type = type_by_code(code);
    if (item_type == NULL) {
        PyErr_SetString(PyExc_ValueError, "bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, "
                                          "f or d)");
        return NULL;
    }
    PyObject *self = array_make(type, 0, item_type);
    if (self != NULL && initial != NULL && array_start(CAST(self), initial, state) < 0)
        Py_CLEAR(self);
    return self;
}

/* --- sequence --- */

static Py_ssize_t
array_length(PyObject *self)
{
    return Py_SIZE(self);
}

static PyObject *
array_item(PyObject *self, Py_ssize_t index)
{
    if (index < 0 || index >= Py_SIZE(self)) {
        PyErr_SetString(PyExc_IndexError, "array index out of range");
        return NULL;
    }
    return item_get(CAST(self), index);
}

static PyObject *
slice_copy(Array *self, Py_ssize_t low, Py_ssize_t high)
{
    Py_ssize_t count = high > low ? high - low : 0;
    PyObject *copy = array_make(state_of(Py_TYPE(self))->array_type, count, self->type);
    if (copy != NULL && count > 0)
        memcpy(CAST(copy)->items, place_of(self, low), (size_t)count * (size_t)self->type->bytes);
    return copy;
}

static PyObject *
array_concat(PyObject *left, PyObject *right)
{
    ArrayState *state = state_of(Py_TYPE(left));
    if (!is_array(right, state)) {
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
    PyObject *result = array_make(state->array_type, Py_SIZE(a) + Py_SIZE(b), a->type);
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

static PyObject *
array_repeat(PyObject *object, Py_ssize_t count)
{
    Array *self = CAST(object);
    if (count < 0)
        count = 0;
    if (Py_SIZE(self) != 0 && count > PY_SSIZE_T_MAX / Py_SIZE(self))
        return PyErr_NoMemory();
    Py_ssize_t size = Py_SIZE(self) * count;
    PyObject *result = array_make(state_of(Py_TYPE(self))->array_type, size, self->type);
    if (result != NULL && size > 0) {
        size_t unit = (size_t)Py_SIZE(self) * (size_t)self->type->bytes;
        memcpy(CAST(result)->items, self->items, unit);
        repeat_bytes(CAST(result)->items, unit, unit * (size_t)count);
    }
    return result;
}

static PyObject *
array_inplace_repeat(PyObject *object, Py_ssize_t count)
{
    Array *self = CAST(object);
    Py_ssize_t size = Py_SIZE(self);
    if (size > 0 && count != 1) {
        if (count < 0)
            count = 0;
        if (count > 0 && size > PY_SSIZE_T_MAX / count / self->type->bytes)
            return PyErr_NoMemory();
        if (array_resize(self, size * count) < 0)
            return NULL;
        size_t unit = (size_t)size * (size_t)self->type->bytes;
        repeat_bytes(self->items, unit, unit * (size_t)count);
    }
    return Py_NewRef(object);
}

static PyObject *
array_inplace_concat(PyObject *self, PyObject *other)
{
    if (!is_array(other, state_of(Py_TYPE(self)))) {
        PyErr_Format(PyExc_TypeError, "can only extend array with array (not \"%.200s\")",
                     Py_TYPE(other)->tp_name);
        return NULL;
    }
    return extend_by(CAST(self), other) < 0 ? NULL : Py_NewRef(self);
}

static int
array_contains(PyObject *self, PyObject *value)
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
static int
delete_range(Array *self, Py_ssize_t low, Py_ssize_t high)
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
    return array_resize(self, size - (high - low));
}

static PyObject *
array_subscript(PyObject *object, PyObject *key)
{
    Array *self = CAST(object);
    if (PyIndex_Check(key)) {
        Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (index == -1 && PyErr_Occurred())
            return NULL;
        return array_item(object, index < 0 ? index + Py_SIZE(self) : index);
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
        return slice_copy(self, start, start + count);
    PyObject *result = array_make(state_of(Py_TYPE(self))->array_type, count > 0 ? count : 0,
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
        return delete_range(self, index, index + 1);
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
        if (array_resize(self, size + needed - count) < 0)
            return -1;
    }
    else if (needed > count) {
        if (array_resize(self, size + needed - count) < 0)
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
    return array_resize(self, size - count);
}

static int
array_ass_subscript(PyObject *object, PyObject *key, PyObject *value)
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
        if (!is_array(value, state_of(Py_TYPE(self)))) {
            PyErr_Format(PyExc_TypeError, "can only assign array (not \"%.200s\") to array slice",
                         Py_TYPE(value)->tp_name);
            return -1;
        }
        held = value == object ? slice_copy(self, 0, Py_SIZE(self)) : Py_NewRef(value);
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

static PyObject *
array_richcompare(PyObject *left, PyObject *right, int op)
{
    ArrayState *state = state_of(Py_TYPE(left));
    if (!is_array(left, state) || !is_array(right, state))
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

/* --- methods --- */

static PyObject *
array_append(PyObject *self, PyObject *value)
{
    return insert_at(CAST(self), Py_SIZE(self), value) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *
array_extend(PyObject *self, PyObject *source)
{
    return extend_by(CAST(self), source) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *
array_insert(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t index;
    if (!ks_args_count("insert", nargs, 2, 2) || !ks_arg_index(args[0], &index))
        return NULL;
    return insert_at(CAST(self), index, args[1]) < 0 ? NULL : Py_NewRef(Py_None);
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
    if (value != NULL && delete_range(self, index, index + 1) < 0)
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
    if (found < 0 || delete_range(CAST(object), found, found + 1) < 0)
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
    return slice_copy(CAST(self), 0, Py_SIZE(self));
}

static PyObject *
array_buffer_info(PyObject *self, PyObject *unused)
{
    return Py_BuildValue("Nn", PyLong_FromVoidPtr(CAST(self)->items), Py_SIZE(self));
}

static PyObject *
array_tolist(PyObject *self, PyObject *unused)
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
    if (array_resize(self, size + count) < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        char item[sizeof(long long)];
        KS_OWNED PyObject *value = Py_NewRef(PyList_GET_ITEM(list, i));
        if (self->type->put(item, value) < 0) {
            array_resize(self, size); /* as if nothing had happened */
            return NULL;
        }
        if (PyList_GET_SIZE(list) != count || Py_SIZE(self) != size + count) {
            PyErr_SetString(PyExc_RuntimeError, "list changed size during iteration");
            array_resize(self, size);
            return NULL;
        }
        memcpy(place_of(self, size + i), item, (size_t)self->type->bytes);
    }
    Py_RETURN_NONE;
}

static PyObject *
array_tobytes(PyObject *self, PyObject *unused)
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
        status = extend_by_bytes(CAST(self), view.buf, view.len);
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
    if (extend_by_bytes(CAST(self), PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data)) < 0)
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
    return append_text(CAST(self), text) < 0 ? NULL : Py_NewRef(Py_None);
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

static PyObject *
array_repr(PyObject *object)
{
    Array *self = CAST(object);
    const char *name = _PyType_Name(Py_TYPE(object));
    if (Py_SIZE(self) == 0)
        return PyUnicode_FromFormat("%s('%c')", name, self->type->code);
    KS_OWNED PyObject *value = self->type->code == 'u' ? array_tounicode(object, NULL)
                                                       : array_tolist(object, NULL);
    return value == NULL ? NULL
                         : PyUnicode_FromFormat("%s('%c', %R)", name, self->type->code, value);
}

/* --- pickling: machine formats are numbered as in PEP 3118's predecessor --- */

enum { FORMAT_UTF32_LE = 20, FORMAT_LAST = 21 };

typedef struct MachineFormat {
    int bytes, is_signed, is_big_endian, kind; /* kind: 0 integer, 1 float, 2 UTF-16, 3 UTF-32 */
} MachineFormat;

static const MachineFormat machine_formats[FORMAT_LAST + 1] = {
    {1, 0, 0, 0}, {1, 1, 0, 0}, {2, 0, 0, 0}, {2, 0, 1, 0}, {2, 1, 0, 0}, {2, 1, 1, 0},
    {4, 0, 0, 0}, {4, 0, 1, 0}, {4, 1, 0, 0}, {4, 1, 1, 0}, {8, 0, 0, 0}, {8, 0, 1, 0},
    {8, 1, 0, 0}, {8, 1, 1, 0}, {4, 0, 0, 1}, {4, 0, 1, 1}, {8, 0, 0, 1}, {8, 0, 1, 1},
    {4, 0, 0, 2}, {4, 0, 1, 2}, {8, 0, 0, 3}, {8, 0, 1, 3},
};

static int
format_code(const ArrayType *type)
{
    if (type->code == 'u')
        return FORMAT_UTF32_LE;
    int kind = type->code == 'f' || type->code == 'd';
    for (int i = 0; i <= FORMAT_LAST; i++) {
        const MachineFormat *format = &machine_formats[i];
        if (format->bytes == type->bytes && !format->is_big_endian && format->kind == kind &&
            (kind == 1 || format->is_signed == type->is_signed))
            return i;
    }
    return -1;
}

static PyObject *
array_reduce_ex(PyObject *object, PyObject *arg)
{
    Array *self = CAST(object);
    if (!PyLong_Check(arg)) {
        PyErr_Format(PyExc_TypeError, "__reduce_ex__ argument should be an integer");
        return NULL;
    }
    long protocol = PyLong_AsLong(arg);
    if (protocol == -1 && PyErr_Occurred())
        return NULL;
    PyObject *found;
    if (_PyObject_LookupAttr(object, &_Py_ID(__dict__), &found) < 0)
        return NULL;
    KS_OWNED PyObject *dict = found != NULL ? found : Py_NewRef(Py_None);
    if (protocol < 3) {
        KS_OWNED PyObject *list = array_tolist(object, NULL);
        return list == NULL ? NULL
                            : Py_BuildValue("O(CO)O", Py_TYPE(self), self->type->code, list, dict);
    }
    ArrayState *state = state_of(Py_TYPE(self));
    KS_OWNED PyObject *bytes = array_tobytes(object, NULL);
    return bytes == NULL ? NULL
                         : Py_BuildValue("O(OCiO)O", state->reconstructor, Py_TYPE(self),
                                         self->type->code, format_code(self->type), bytes, dict);
}

/* One item of a foreign format as an object; new reference. */
static PyObject *
foreign_item(const MachineFormat *format, const unsigned char *place)
{
    if (format->kind == 1)
        return PyFloat_FromDouble(format->bytes == 4
                                      ? PyFloat_Unpack4((const char *)place, !format->is_big_endian)
                                      : PyFloat_Unpack8((const char *)place, !format->is_big_endian));
    return _PyLong_FromByteArray(place, (size_t)format->bytes, !format->is_big_endian,
                                 format->is_signed);
}

static PyObject *
foreign_text(int code, const char *bytes, Py_ssize_t size)
{
    int byteorder = code % 2 ? 1 : -1;
    return code >= FORMAT_UTF32_LE ? PyUnicode_DecodeUTF32(bytes, size, "strict", &byteorder)
                                   : PyUnicode_DecodeUTF16(bytes, size, "strict", &byteorder);
}

static PyObject *
array_reconstructor(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    ArrayState *state = PyModule_GetState(module);
    Py_UCS4 typecode;
    int code;
    if (!ks_args_count("_array_reconstructor", nargs, 4, 4))
        return NULL;
    if (!PyType_Check(args[0])) {
        PyErr_Format(PyExc_TypeError, "first argument must be a type object, not %.200s",
                     Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    if (!typecode_arg(args[1], "_array_reconstructor() argument 2", &typecode) ||
        !ks_arg_int(args[2], &code))
        return NULL;
    PyTypeObject *type = (PyTypeObject *)args[0];
    if (!PyType_IsSubtype(type, state->array_type)) {
        PyErr_Format(PyExc_TypeError, "%.200s is not a subtype of %.200s", type->tp_name,
                     state->array_type->tp_name);
        return NULL;
    }
    const ArrayType *item_type = type_by_code(typecode);
    if (item_type == NULL) {
        PyErr_SetString(PyExc_ValueError, "second argument must be a valid type code");
        return NULL;
    }
    if (code < 0 || code > FORMAT_LAST) {
        PyErr_SetString(PyExc_ValueError, "third argument must be a valid machine format code.");
        return NULL;
    }
    if (!PyBytes_Check(args[3])) {
        PyErr_Format(PyExc_TypeError, "fourth argument should be bytes, not %.200s",
                     Py_TYPE(args[3])->tp_name);
        return NULL;
    }
    KS_OWNED PyObject *self = array_make(type, 0, item_type);
    if (self == NULL)
        return NULL;
    const char *bytes = PyBytes_AS_STRING(args[3]);
    Py_ssize_t size = PyBytes_GET_SIZE(args[3]);
    if (code == format_code(item_type))
        return extend_by_bytes(CAST(self), bytes, size) < 0 ? NULL : ks_give(&self);
    const MachineFormat *format = &machine_formats[code];
    if (format->kind >= 2) {
        KS_OWNED PyObject *text = foreign_text(code, bytes, size);
        return text == NULL || append_text(CAST(self), text) < 0 ? NULL : ks_give(&self);
    }
    if (size % format->bytes != 0) {
        PyErr_SetString(PyExc_ValueError, "bytes length not a multiple of item size");
        return NULL;
    }
    /* An integer type that can hold the foreign numbers may have another code here. */
    for (Py_ssize_t i = 0; format->kind == 0 && i < KS_COUNT_OF(array_types); i++) {
        const ArrayType *candidate = &array_types[i];
        if (candidate->is_integer && candidate->bytes == format->bytes &&
            candidate->is_signed == format->is_signed) {
            if (!(item_type->is_integer && item_type->bytes == format->bytes &&
                  item_type->is_signed == format->is_signed))
                CAST(self)->type = candidate;
            break;
        }
    }
    for (Py_ssize_t at = 0; at < size; at += format->bytes) {
        KS_OWNED PyObject *item = foreign_item(format, (const unsigned char *)bytes + at);
        if (item == NULL || insert_at(CAST(self), Py_SIZE(self), item) < 0)
            return NULL;
    }
    return ks_give(&self);
}

/* --- buffer protocol --- */

static int
array_getbuffer(PyObject *object, Py_buffer *view, int flags)
{
    Array *self = CAST(object);
    static char nothing[] = "";
    if (view == NULL) {
        PyErr_SetString(PyExc_BufferError, "array_buffer_getbuf: view==NULL argument is obsolete");
        return -1;
    }
    *view = (Py_buffer){
        .buf = self->items != NULL ? self->items : nothing, .obj = Py_NewRef(object),
        .len = Py_SIZE(self) * self->type->bytes, .itemsize = self->type->bytes, .ndim = 1};
    if ((flags & PyBUF_ND) == PyBUF_ND)
        view->shape = &((PyVarObject *)self)->ob_size;
    if ((flags & PyBUF_STRIDES) == PyBUF_STRIDES)
        view->strides = &view->itemsize;
    if ((flags & PyBUF_FORMAT) == PyBUF_FORMAT)
        view->format = (char *)self->type->format;
    self->exports++;
    return 0;
}

static void
array_releasebuffer(PyObject *self, Py_buffer *view)
{
    CAST(self)->exports--;
}

/* --- iterator --- */

typedef struct ArrayIterator {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *array; /* NULL when exhausted */
} ArrayIterator;

static PyObject *
array_iter(PyObject *self)
{
    ArrayState *state = state_of(Py_TYPE(self));
    ArrayIterator *iterator = PyObject_GC_New(ArrayIterator, state->iterator_type);
    if (iterator == NULL)
        return NULL;
    iterator->index = 0;
    iterator->array = Py_NewRef(self);
    PyObject_GC_Track(iterator);
    return (PyObject *)iterator;
}

static PyObject *
iterator_next(PyObject *object)
{
    ArrayIterator *self = (ArrayIterator *)object;
    if (self->array == NULL)
        return NULL;
    if (self->index < Py_SIZE(self->array))
        return item_get(CAST(self->array), self->index++);
    Py_CLEAR(self->array);
    return NULL;
}

static void
iterator_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(((ArrayIterator *)self)->array);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

static int
iterator_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((ArrayIterator *)self)->array);
    return 0;
}

static PyObject *
iterator_reduce(PyObject *object, PyObject *unused)
{
    ArrayIterator *self = (ArrayIterator *)object;
    KS_OWNED PyObject *builtins = PyImport_ImportModule("builtins");
    KS_OWNED PyObject *iter = builtins == NULL ? NULL : PyObject_GetAttrString(builtins, "iter");
    if (iter == NULL)
        return NULL;
    if (self->array == NULL)
        return Py_BuildValue("O(())", iter);
    return Py_BuildValue("O(O)n", iter, self->array, self->index);
}

static PyObject *
iterator_setstate(PyObject *object, PyObject *state)
{
    ArrayIterator *self = (ArrayIterator *)object;
    Py_ssize_t index = PyLong_AsSsize_t(state);
    if (index == -1 && PyErr_Occurred())
        return NULL;
    if (self->array != NULL) {
        Py_ssize_t size = Py_SIZE(self->array);
        self->index = index < 0 ? 0 : index > size ? size : index;
    }
    Py_RETURN_NONE;
}

static PyMethodDef iterator_methods[] = {
    METHOD("__reduce__", iterator_reduce, METH_NOARGS, "($self, /)", "Return state for pickling."),
    METHOD("__setstate__", iterator_setstate, METH_O, "($self, state, /)", "Set the position."),
    {NULL},
};

static PyType_Slot iterator_slots[] = {
    {Py_tp_dealloc, iterator_dealloc}, {Py_tp_traverse, iterator_traverse},
    {Py_tp_iter, PyObject_SelfIter},   {Py_tp_iternext, iterator_next},
    {Py_tp_methods, iterator_methods}, {Py_tp_getattro, PyObject_GenericGetAttr},
    {0, NULL},
};

static PyType_Spec iterator_spec = {
    .name = "array.arrayiterator",
    .basicsize = sizeof(ArrayIterator),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = iterator_slots,
};

/* --- type and module --- */

static PyObject *
array_get_typecode(PyObject *self, void *closure)
{
    return PyUnicode_FromOrdinal(CAST(self)->type->code);
}

static PyObject *
array_get_itemsize(PyObject *self, void *closure)
{
    return PyLong_FromLong(CAST(self)->type->bytes);
}

static PyGetSetDef array_getset[] = {
    {"typecode", array_get_typecode, NULL, "the typecode character used to create the array"},
    {"itemsize", array_get_itemsize, NULL, "the size, in bytes, of one array item"},
    {NULL},
};

static PyMemberDef array_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Array, weakreflist), READONLY},
    {NULL},
};

#define ROW(name, flags, signature, doc) METHOD(#name, array_##name, flags, signature, doc)
static PyMethodDef array_methods[] = {
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
    METHOD("__reduce_ex__", array_reduce_ex, METH_O, "($self, value, /)", "State for pickling."),
    ROW(remove, METH_O, "($self, v, /)", "Remove the first occurrence of a value."),
    ROW(reverse, METH_NOARGS, "($self, /)", "Reverse the order in place."),
    ROW(tofile, METH_O, "($self, f, /)", "Write all items to a file as machine values."),
    ROW(tolist, METH_NOARGS, "($self, /)", "Convert to a list."),
    ROW(tobytes, METH_NOARGS, "($self, /)", "Convert to machine values."),
    ROW(tounicode, METH_NOARGS, "($self, /)", "Convert to a str."),
    METHOD("__sizeof__", array_sizeof, METH_NOARGS, "($self, /)", "Size in memory, in bytes."),
    {NULL},
};

static PyType_Slot array_slots[] = {
    {Py_tp_dealloc, array_dealloc},
    {Py_tp_repr, array_repr},
    {Py_tp_getattro, PyObject_GenericGetAttr},
    {Py_tp_doc, (void *)PyDoc_STR("array(typecode [, initializer]) -> array\n\n"
                                  "Numbers of one C type, stored in a row. Typecodes: b, B, u, h, "
                                  "H, i, I, l, L, q, Q, f, d.")},
    {Py_tp_richcompare, array_richcompare},
    {Py_tp_iter, array_iter},
    {Py_tp_methods, array_methods},
    {Py_tp_members, array_members},
    {Py_tp_getset, array_getset},
    {Py_tp_alloc, PyType_GenericAlloc},
    {Py_tp_new, array_new},
    {Py_tp_traverse, array_traverse},
    {Py_tp_hash, PyObject_HashNotImplemented},
    {Py_sq_length, array_length},
    {Py_sq_concat, array_concat},
    {Py_sq_repeat, array_repeat},
    {Py_sq_item, array_item},
    {Py_sq_contains, array_contains},
    {Py_sq_inplace_concat, array_inplace_concat},
    {Py_sq_inplace_repeat, array_inplace_repeat},
    {Py_mp_length, array_length},
    {Py_mp_subscript, array_subscript},
    {Py_mp_ass_subscript, array_ass_subscript},
    {Py_bf_getbuffer, array_getbuffer},
    {Py_bf_releasebuffer, array_releasebuffer},
    {0, NULL},
};

static PyType_Spec array_spec = {
    .name = "array.array",
    .basicsize = sizeof(Array),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE |
             Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_SEQUENCE,
    .slots = array_slots,
};

static PyMethodDef module_methods[] = {
    METHOD("_array_reconstructor", array_reconstructor, METH_FASTCALL,
           "($module, arraytype, typecode, mformat_code, items, /)",
           "Internal. Used for pickling support."),
    {NULL},
};

static int
register_sequence(PyObject *type)
{
    KS_OWNED PyObject *abc = PyImport_ImportModule("collections.abc");
    KS_OWNED PyObject *base =
        abc == NULL ? NULL : PyObject_GetAttrString(abc, "MutableSequence");
    KS_OWNED PyObject *result =
        base == NULL ? NULL : PyObject_CallMethod(base, "register", "O", type);
    return result == NULL ? -1 : 0;
}

static int
array_exec(PyObject *module)
{
    ArrayState *state = PyModule_GetState(module);
    state->array_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &array_spec, NULL);
    state->iterator_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &iterator_spec, NULL);
    state->reconstructor = PyObject_GetAttrString(module, "_array_reconstructor");
    if (state->array_type == NULL || state->iterator_type == NULL || state->reconstructor == NULL)
        return -1;
    char codes[KS_COUNT_OF(array_types) + 1] = "";
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(array_types); i++)
        codes[i] = array_types[i].code;
    if (PyModule_AddObjectRef(module, "ArrayType", (PyObject *)state->array_type) < 0 ||
        PyModule_AddType(module, state->array_type) < 0 ||
        PyModule_AddStringConstant(module, "typecodes", codes) < 0)
        return -1;
    return register_sequence((PyObject *)state->array_type);
}

static int
module_traverse(PyObject *module, visitproc visit, void *arg)
{
    ArrayState *state = PyModule_GetState(module);
    Py_VISIT(state->array_type);
    Py_VISIT(state->iterator_type);
    Py_VISIT(state->reconstructor);
    return 0;
}

static int
module_clear(PyObject *module)
{
    ArrayState *state = PyModule_GetState(module);
    Py_CLEAR(state->array_type);
    Py_CLEAR(state->iterator_type);
    Py_CLEAR(state->reconstructor);
    return 0;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, array_exec}, {0, NULL}};

static struct PyModuleDef array_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "array",
    .m_doc = PyDoc_STR("Arrays of numbers of one C type."),
    .m_size = sizeof(ArrayState),
    .m_methods = module_methods,
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
};

PyMODINIT_FUNC
PyInit_array(void)
{
    return PyModuleDef_Init(&array_module);
}
