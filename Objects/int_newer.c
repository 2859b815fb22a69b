/* SPDX-License-Identifier: MIT */
/* int: functions of the limited API that CPython gained after 3.11. */
#include "Python.h"
#include "pycore_long.h"
#include "ks_int.h"

PyAPI_FUNC(int) PyLong_AsInt(PyObject *);
PyAPI_FUNC(int) PyLong_AsInt32(PyObject *, int32_t *);
PyAPI_FUNC(int) PyLong_AsInt64(PyObject *, int64_t *);
PyAPI_FUNC(int) PyLong_AsUInt32(PyObject *, uint32_t *);
PyAPI_FUNC(int) PyLong_AsUInt64(PyObject *, uint64_t *);
PyAPI_FUNC(PyObject *) PyLong_FromInt32(int32_t);
PyAPI_FUNC(PyObject *) PyLong_FromInt64(int64_t);
PyAPI_FUNC(PyObject *) PyLong_FromUInt32(uint32_t);
PyAPI_FUNC(PyObject *) PyLong_FromUInt64(uint64_t);
PyAPI_FUNC(Py_ssize_t) PyLong_AsNativeBytes(PyObject *, void *, Py_ssize_t, int);
PyAPI_FUNC(PyObject *) PyLong_FromNativeBytes(const void *, size_t, int);
PyAPI_FUNC(PyObject *) PyLong_FromUnsignedNativeBytes(const void *, size_t, int);

/* Flags of the byte functions; -1 stands for NATIVE_ENDIAN | UNSIGNED_BUFFER. */
enum {
    BYTES_LITTLE_ENDIAN = 1,
    BYTES_NATIVE_ENDIAN = 3,
    BYTES_UNSIGNED_BUFFER = 4,
    BYTES_REJECT_NEGATIVE = 8,
    BYTES_ALLOW_INDEX = 16,
};

int
PyLong_AsInt(PyObject *object)
{
    return _PyLong_AsInt(object);
}

static KS_COLD int
refuse_large(const char *type)
{
    PyErr_Format(PyExc_OverflowError, "Python int too large to convert to C %s", type);
    return -1;
}

int
PyLong_AsInt64(PyObject *object, int64_t *value)
{
    int overflow;
    long long found = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (found == -1 && !overflow && PyErr_Occurred())
        return -1;
    if (overflow)
        return refuse_large("int64_t");
    *value = found;
    return 0;
}

int
PyLong_AsInt32(PyObject *object, int32_t *value)
{
    int overflow;
    long long found = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (found == -1 && !overflow && PyErr_Occurred())
        return -1;
    if (overflow || found > INT32_MAX || found < INT32_MIN)
        return refuse_large("int32_t");
    *value = (int32_t)found;
    return 0;
}

static int
unsigned_value(PyObject *object, uint64_t most, const char *type, uint64_t *value)
{
    KS_OWNED PyObject *number = _PyNumber_Index(object);
    if (number == NULL)
        return -1;
    if (Py_SIZE(number) < 0) {
        PyErr_SetString(PyExc_ValueError, "Cannot convert negative int");
        return -1;
    }
    *value = PyLong_AsUnsignedLongLong(number);
    if (*value == (uint64_t)-1 && PyErr_Occurred()) {
        PyErr_Clear();
        return refuse_large(type);
    }
    return *value > most ? refuse_large(type) : 0;
}

int
PyLong_AsUInt32(PyObject *object, uint32_t *value)
{
    uint64_t found;
    if (unsigned_value(object, UINT32_MAX, "uint32_t", &found) < 0)
        return -1;
    *value = (uint32_t)found;
    return 0;
}

int
PyLong_AsUInt64(PyObject *object, uint64_t *value)
{
    uint64_t found;
    if (unsigned_value(object, UINT64_MAX, "uint64_t", &found) < 0)
        return -1;
    *value = found;
    return 0;
}

PyObject *
PyLong_FromInt32(int32_t value)
{
    return ks_int_from_i64(value);
}

PyObject *
PyLong_FromInt64(int64_t value)
{
    return ks_int_from_i64(value);
}

PyObject *
PyLong_FromUInt32(uint32_t value)
{
    return ks_int_from_i64(value);
}

PyObject *
PyLong_FromUInt64(uint64_t value)
{
    return ks_int_from_u64(value);
}

static int
is_little(int flags)
{
    return flags == -1 || (flags & BYTES_NATIVE_ENDIAN) == BYTES_NATIVE_ENDIAN
               ? PY_LITTLE_ENDIAN : flags & BYTES_LITTLE_ENDIAN;
}

/* Bytes that the two's complement of number needs, its sign bit included. */
static Py_ssize_t
signed_size(PyObject *number)
{
    size_t bits = _PyLong_NumBits(number);
    if (Py_SIZE(number) < 0) { /* powers of two need one bit less than their magnitude */
        const PyLongObject *digits = (PyLongObject *)number;
        Py_ssize_t top = ks_int_count(digits) - 1, i = 0;
        digit lead = digits->ob_digit[top];
        while (i < top && digits->ob_digit[i] == 0)
            i++;
        bits -= i == top && (lead & (lead - 1)) == 0;
    }
    return (Py_ssize_t)(bits / 8 + 1);
}

/* Copies the low n bytes of the two's complement; returns how many bytes the value needs, -1 with
 * an exception. */
Py_ssize_t
PyLong_AsNativeBytes(PyObject *object, void *buffer, Py_ssize_t n, int flags)
{
    if (object == NULL || n < 0) {
        PyErr_BadInternalCall();
        return -1;
    }
    if (!PyLong_Check(object) && (flags == -1 || !(flags & BYTES_ALLOW_INDEX))) {
        PyErr_Format(PyExc_TypeError, "expect int, got %s", Py_TYPE(object)->tp_name);
        return -1;
    }
    KS_OWNED PyObject *number = _PyNumber_Index(object);
    if (number == NULL)
        return -1;
    if (flags != -1 && (flags & BYTES_REJECT_NEGATIVE) && Py_SIZE(number) < 0) {
        PyErr_SetString(PyExc_ValueError, "Cannot convert negative int");
        return -1;
    }
    if (n > 0 && _PyLong_AsByteArray((PyLongObject *)number, buffer, (size_t)n, is_little(flags),
                                     Py_SIZE(number) < 0) < 0)
        PyErr_Clear(); /* cut off: the result tells */
    Py_ssize_t size = signed_size(number);
    int is_unsigned = flags == -1 || (flags & BYTES_UNSIGNED_BUFFER);
    if (is_unsigned && size == n + 1 && Py_SIZE(number) > 0 &&
        _PyLong_NumBits(number) <= (size_t)n * 8)
        size = n;
    return size;
}

PyObject *
PyLong_FromNativeBytes(const void *buffer, size_t n, int flags)
{
    int is_signed = flags == -1 || !(flags & BYTES_UNSIGNED_BUFFER);
    return _PyLong_FromByteArray(buffer, n, is_little(flags), is_signed);
}

PyObject *
PyLong_FromUnsignedNativeBytes(const void *buffer, size_t n, int flags)
{
    return _PyLong_FromByteArray(buffer, n, is_little(flags), 0);
}

/* --- Digits for extensions ------------------------------------------------------------------------ */

typedef struct PyLongLayout {
    uint8_t bits_per_digit;
    uint8_t digit_size;
    int8_t digits_order;     /* -1: least significant digit first */
    int8_t digit_endianness; /* -1: little */
} PyLongLayout;

typedef struct PyLongExport {
    int64_t value;
    uint8_t negative;
    Py_ssize_t ndigits;
    const void *digits; /* NULL: the number is `value` */
    uintptr_t owner;    /* the int whose digits these are */
} PyLongExport;

typedef struct PyLongWriter PyLongWriter; /* an int under construction */

PyAPI_FUNC(const PyLongLayout *) PyLong_GetNativeLayout(void);
PyAPI_FUNC(int) PyLong_Export(PyObject *, PyLongExport *);
PyAPI_FUNC(void) PyLong_FreeExport(PyLongExport *);
PyAPI_FUNC(PyLongWriter *) PyLongWriter_Create(int, Py_ssize_t, void **);
PyAPI_FUNC(PyObject *) PyLongWriter_Finish(PyLongWriter *);
PyAPI_FUNC(void) PyLongWriter_Discard(PyLongWriter *);

const PyLongLayout *
PyLong_GetNativeLayout(void)
{
    static const PyLongLayout layout = {PyLong_SHIFT, sizeof(digit), -1,
                                        PY_LITTLE_ENDIAN ? -1 : 1};
    return &layout;
}

int
PyLong_Export(PyObject *object, PyLongExport *out)
{
    *out = (PyLongExport){.value = 0};
    if (!PyLong_Check(object)) {
        PyErr_Format(PyExc_TypeError, "expected int, got %s", Py_TYPE(object)->tp_name);
        return -1;
    }
    int overflow;
    int64_t value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (!overflow) {
        out->value = value;
        return 0;
    }
    out->negative = Py_SIZE(object) < 0;
    out->ndigits = ks_int_count((PyLongObject *)object);
    out->digits = ((PyLongObject *)object)->ob_digit;
    out->owner = (uintptr_t)Py_NewRef(object);
    return 0;
}

void
PyLong_FreeExport(PyLongExport *out)
{
    PyObject *owner = (PyObject *)out->owner;
    if (owner != NULL) {
        out->owner = 0;
        Py_DECREF(owner);
    }
}

/* The caller fills *digits, ndigits of them, then finishes or discards. */
PyLongWriter *
PyLongWriter_Create(int negative, Py_ssize_t ndigits, void **digits)
{
    *digits = NULL;
    if (ndigits <= 0) {
        PyErr_SetString(PyExc_ValueError, "ndigits must be positive");
        return NULL;
    }
    PyLongObject *number = ks_int_new(ndigits);
    if (number == NULL)
        return NULL;
    if (negative)
        Py_SET_SIZE(number, -ndigits);
    *digits = number->ob_digit;
    return (PyLongWriter *)number;
}

PyObject *
PyLongWriter_Finish(PyLongWriter *writer)
{
    return ks_int_finish((PyLongObject *)writer);
}

void
PyLongWriter_Discard(PyLongWriter *writer)
{
    Py_XDECREF((PyObject *)writer);
}
