/* SPDX-License-Identifier: MIT */
/* Elements of memoryviews: reading, writing, comparing and copying by format and shape. */
#include "Python.h"

#include "pycore_object.h"

#include "ks_memoryview.h"

/* --- formats --- */

#define NATIVE_FORMATS "cbBhHiIlLqQnNfd?P"

char
ks_view_native_format(const Py_buffer *view)
{
    const char *format = view->format != NULL ? view->format : "B";
    if (*format == '@')
        format++;
    return *format != '\0' && format[1] == '\0' && strchr(NATIVE_FORMATS, *format) ? *format : 0;
}

#define LOAD(type) (__extension__({ type value_; memcpy(&value_, place, sizeof value_); value_; }))

PyObject *
ks_view_unpack(const char *place, char format, const char *full_format)
{
    switch (format) {
    case 'B': return PyLong_FromLong(*(const unsigned char *)place);
    case 'b': return PyLong_FromLong(*(const signed char *)place);
    case 'h': return PyLong_FromLong(LOAD(short));
    case 'H': return PyLong_FromLong(LOAD(unsigned short));
    case 'i': return PyLong_FromLong(LOAD(int));
    case 'I': return PyLong_FromUnsignedLong(LOAD(unsigned int));
    case 'l': return PyLong_FromLong(LOAD(long));
    case 'L': return PyLong_FromUnsignedLong(LOAD(unsigned long));
    case 'q': return PyLong_FromLongLong(LOAD(long long));
    case 'Q': return PyLong_FromUnsignedLongLong(LOAD(unsigned long long));
    case 'n': return PyLong_FromSsize_t(LOAD(Py_ssize_t));
    case 'N': return PyLong_FromSize_t(LOAD(size_t));
    case 'f': return PyFloat_FromDouble(LOAD(float));
    case 'd': return PyFloat_FromDouble(LOAD(double));
    case '?': return PyBool_FromLong(*place != 0);
    case 'c': return PyBytes_FromStringAndSize(place, 1);
    case 'P': return PyLong_FromVoidPtr(LOAD(void *));
    default:
        PyErr_Format(PyExc_NotImplementedError, "memoryview: format %s not supported",
                     full_format);
        return NULL;
    }
}

static int
pack_failed(PyMemoryViewObject *self)
{
    const char *format = self->view.format != NULL ? self->view.format : "B";
    if (*format == '@')
        format++;
    if (PyErr_ExceptionMatches(PyExc_TypeError))
        PyErr_Format(PyExc_TypeError, "memoryview: invalid type for format '%s'", format);
    else if (PyErr_ExceptionMatches(PyExc_OverflowError) ||
             PyErr_ExceptionMatches(PyExc_ValueError))
        PyErr_Format(PyExc_ValueError, "memoryview: invalid value for format '%s'", format);
    return -1;
}

/* The conversions run foreign code, which may release the view. */
#define STORE(type, value)                              \
    do {                                                \
        type stored_ = (type)(value);                   \
        if (!ks_view_check(self))                       \
            return -1;                                  \
        memcpy(place, &stored_, sizeof stored_);        \
        return 0;                                       \
    } while (0)

static int
pack_signed(PyMemoryViewObject *self, char *place, PyObject *number, char format)
{
    long long value = PyLong_AsLongLong(number);
    if (value == -1 && PyErr_Occurred())
        return pack_failed(self);
#define RANGE(low, high) if (value < (low) || value > (high)) goto too_big
    switch (format) {
    case 'b':
        RANGE(SCHAR_MIN, SCHAR_MAX);
        STORE(signed char, value);
    case 'h':
        RANGE(SHRT_MIN, SHRT_MAX);
        STORE(short, value);
    case 'i':
        RANGE(INT_MIN, INT_MAX);
        STORE(int, value);
    default:
        STORE(long long, value); /* l, q, n: 64 bits each */
    }
#undef RANGE
too_big:
    PyErr_SetNone(PyExc_ValueError);
    return pack_failed(self);
}

static int
pack_unsigned(PyMemoryViewObject *self, char *place, PyObject *number, char format)
{
    unsigned long long value = PyLong_AsUnsignedLongLong(number);
    if (value == (unsigned long long)-1 && PyErr_Occurred())
        return pack_failed(self);
#define RANGE(high) if (value > (high)) goto too_big
    switch (format) {
    case 'B':
        RANGE(UCHAR_MAX);
        STORE(unsigned char, value);
    case 'H':
        RANGE(USHRT_MAX);
        STORE(unsigned short, value);
    case 'I':
        RANGE(UINT_MAX);
        STORE(unsigned int, value);
    default:
        STORE(unsigned long long, value); /* L, Q, N */
    }
#undef RANGE
too_big:
    PyErr_SetNone(PyExc_ValueError);
    return pack_failed(self);
}

int
ks_view_pack(PyMemoryViewObject *self, char *place, PyObject *item, char format)
{
    switch (format) {
    case 'b': case 'h': case 'i': case 'l': case 'q': case 'n':
    case 'B': case 'H': case 'I': case 'L': case 'Q': case 'N': {
        KS_OWNED PyObject *number = PyNumber_Index(item);
        if (number == NULL)
            return pack_failed(self);
        return strchr("bhilqn", format) ? pack_signed(self, place, number, format)
                                        : pack_unsigned(self, place, number, format);
    }
    case 'f':
    case 'd': {
        double value = PyFloat_AsDouble(item);
        if (value == -1.0 && PyErr_Occurred())
            return pack_failed(self);
        if (format == 'f')
            STORE(float, value);
        STORE(double, value);
    }
    case '?': {
        int truth = PyObject_IsTrue(item);
        if (truth < 0)
            return -1;
        STORE(char, truth);
    }
    case 'c':
        if (!PyBytes_Check(item)) {
            PyErr_SetNone(PyExc_TypeError);
            return pack_failed(self);
        }
        if (PyBytes_GET_SIZE(item) != 1) {
            PyErr_SetNone(PyExc_ValueError);
            return pack_failed(self);
        }
        *place = PyBytes_AS_STRING(item)[0];
        return 0;
    case 'P': {
        KS_OWNED PyObject *number = PyNumber_Index(item);
        if (number == NULL)
            return pack_failed(self);
        void *pointer = PyLong_AsVoidPtr(number);
        if (pointer == NULL && PyErr_Occurred())
            return pack_failed(self);
        STORE(void *, pointer);
    }
    default:
        PyErr_Format(PyExc_NotImplementedError, "memoryview: format %s not supported",
                     self->view.format);
        return -1;
    }
}

/* --- walking --- */

#define ADJUST(pointer, view, dim) \
    ((view)->suboffsets != NULL && (view)->suboffsets[dim] >= 0 \
         ? *((char **)(pointer)) + (view)->suboffsets[dim] \
         : (pointer))

static PyObject *
list_of(const char *place, const Py_buffer *view, int dim, char format)
{
    PyObject *list = PyList_New(view->shape[dim]);
    for (Py_ssize_t i = 0; list != NULL && i < view->shape[dim]; i++) {
        const char *element = ADJUST((char *)place, view, dim);
        PyObject *item = dim + 1 == view->ndim
            ? ks_view_unpack(element, format, view->format)
            : list_of(element, view, dim + 1, format);
        if (item == NULL) {
            Py_CLEAR(list);
            break;
        }
        PyList_SET_ITEM(list, i, item);
        place += view->strides[dim];
    }
    return list;
}

PyObject *
ks_view_tolist(PyMemoryViewObject *self)
{
    const Py_buffer *view = &self->view;
    char format = ks_view_native_format(view);
    if (format == 0) {
        PyErr_Format(PyExc_NotImplementedError, "memoryview: unsupported format %s", view->format);
        return NULL;
    }
    if (view->ndim == 0)
        return ks_view_unpack(view->buf, format, view->format);
    return list_of(view->buf, view, 0, format);
}

/* --- comparing --- */

/* How the elements of one side are read: natively or by the struct module. */
typedef struct Reader {
    char format;      /* native, or 0 */
    PyObject *unpack; /* Struct(...).unpack_from, owned */
    Py_ssize_t size;
} Reader;

/* 1; 0 for a format the struct module does not know; -1 with an exception. */
static int
reader_open(Reader *reader, const Py_buffer *view)
{
    reader->format = ks_view_native_format(view);
    reader->unpack = NULL;
    reader->size = view->itemsize;
    if (reader->format != 0)
        return 1;
    KS_OWNED PyObject *module = PyImport_ImportModule("struct");
    if (module == NULL)
        return -1;
    KS_OWNED PyObject *structure = PyObject_CallMethod(module, "Struct", "s", view->format);
    if (structure == NULL) {
        KS_OWNED PyObject *error = NULL;
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        error = PyObject_GetAttrString(module, "error");
        int is_struct_error = error != NULL && PyErr_GivenExceptionMatches(type, error);
        PyErr_Restore(type, value, traceback);
        if (!is_struct_error)
            return -1;
        PyErr_Clear();
        return 0;
    }
    reader->unpack = PyObject_GetAttrString(structure, "unpack_from");
    return reader->unpack == NULL ? -1 : 1;
}

/* An element as an object: by struct, a tuple of fields counts as the one field it may hold. */
static PyObject *
reader_get(const Reader *reader, const char *place)
{
    if (reader->format != 0)
        return ks_view_unpack(place, reader->format, "");
    KS_OWNED PyObject *bytes = PyBytes_FromStringAndSize(place, reader->size);
    KS_OWNED PyObject *fields = bytes == NULL ? NULL
                                              : PyObject_CallOneArg(reader->unpack, bytes);
    if (fields == NULL)
        return NULL;
    if (PyTuple_GET_SIZE(fields) == 1)
        return Py_NewRef(PyTuple_GET_ITEM(fields, 0));
    return ks_give(&fields);
}

static int
elements_equal(const char *a, const char *b, const Reader *left, const Reader *right)
{
    /* Same native integers are equal exactly if their bytes are. */
    if (left->format == right->format && left->format != 0 &&
        !strchr("fd?", left->format))
        return memcmp(a, b, (size_t)left->size) == 0;
    KS_OWNED PyObject *x = reader_get(left, a);
    KS_OWNED PyObject *y = x == NULL ? NULL : reader_get(right, b);
    return y == NULL ? -1 : PyObject_RichCompareBool(x, y, Py_EQ);
}

static int
equal_from(const char *a, const char *b, const Py_buffer *left, const Py_buffer *right, int dim,
           const Reader *left_reader, const Reader *right_reader)
{
    for (Py_ssize_t i = 0; i < left->shape[dim]; i++) {
        const char *x = ADJUST((char *)a, left, dim), *y = ADJUST((char *)b, right, dim);
        int equal = dim + 1 == left->ndim
            ? elements_equal(x, y, left_reader, right_reader)
            : equal_from(x, y, left, right, dim + 1, left_reader, right_reader);
        if (equal <= 0)
            return equal;
        a += left->strides[dim];
        b += right->strides[dim];
    }
    return 1;
}

int
ks_view_equal(const Py_buffer *left, const Py_buffer *right)
{
    if (left->ndim != right->ndim)
        return 0;
    for (int i = 0; i < left->ndim; i++) {
        if (left->shape[i] != right->shape[i])
            return 0;
        if (left->shape[i] == 0)
            break;
    }
    Reader left_reader, right_reader = {0};
    int equal = reader_open(&left_reader, left);
    if (equal > 0)
        equal = reader_open(&right_reader, right);
    if (equal > 0)
        equal = left->ndim == 0
            ? elements_equal(left->buf, right->buf, &left_reader, &right_reader)
            : equal_from(left->buf, right->buf, left, right, 0, &left_reader, &right_reader);
    Py_XDECREF(left_reader.unpack);
    Py_XDECREF(right_reader.unpack);
    return equal;
}

/* --- copying --- */

static int
same_structure(const Py_buffer *dest, const Py_buffer *src)
{
    const char *a = dest->format != NULL ? dest->format : "B";
    const char *b = src->format != NULL ? src->format : "B";
    if (*a == '@')
        a++;
    if (*b == '@')
        b++;
    int same = strcmp(a, b) == 0 && dest->itemsize == src->itemsize && dest->ndim == src->ndim;
    for (int i = 0; same && i < dest->ndim; i++) {
        same = dest->shape[i] == src->shape[i];
        if (dest->shape[i] == 0)
            break;
    }
    return same;
}

/* Copies to or from packed memory at *packed, which moves on. */
static void
pack_dimension(char *place, const Py_buffer *view, int dim, char **packed, int to_view)
{
    for (Py_ssize_t i = 0; i < view->shape[dim]; i++) {
        char *element = ADJUST(place, view, dim);
        if (dim + 1 < view->ndim) {
            pack_dimension(element, view, dim + 1, packed, to_view);
        }
        else {
            if (to_view)
                memcpy(element, *packed, (size_t)view->itemsize);
            else
                memcpy(*packed, element, (size_t)view->itemsize);
            *packed += view->itemsize;
        }
        place += view->strides[dim];
    }
}

int
ks_view_copy(const Py_buffer *dest, const Py_buffer *src)
{
    if (!same_structure(dest, src)) {
        PyErr_SetString(PyExc_ValueError, "memoryview assignment: lvalue and rvalue have "
                                          "different structures");
        return -1;
    }
    if (dest->ndim == 0) {
        memmove(dest->buf, src->buf, (size_t)dest->itemsize);
        return 0;
    }
    Py_ssize_t bytes = dest->itemsize;
    for (int i = 0; i < dest->ndim; i++)
        bytes *= dest->shape[i];
    if (bytes == 0)
        return 0;
    if (dest->ndim == 1 && dest->suboffsets == NULL && src->suboffsets == NULL &&
        dest->strides[0] == dest->itemsize && src->strides[0] == src->itemsize) {
        memmove(dest->buf, src->buf, (size_t)bytes);
        return 0;
    }
    /* By way of packed memory: the two may overlap in any manner. */
    char *packed = PyMem_Malloc((size_t)bytes);
    if (packed == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    char *end = packed;
    pack_dimension(src->buf, src, 0, &end, 0);
    end = packed;
    pack_dimension(dest->buf, dest, 0, &end, 1);
    PyMem_Free(packed);
    return 0;
}
