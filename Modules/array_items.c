/* SPDX-License-Identifier: MIT */
/* Items of arrays: for each typecode the size, the buffer format, and how an item is read and
 * written. A value is checked before it is written, and without a place only checked. */
#include "array_parts.h"

#include "ks_args.h"

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

const ArrayType ks_array_types[] = {
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

const ArrayType *
ks_array_type_by_code(Py_UCS4 code)
{
    for (Py_ssize_t i = 0; i < ARRAY_TYPES; i++) {
        if ((Py_UCS4)(unsigned char)ks_array_types[i].code == code)
            return &ks_array_types[i];
    }
    return NULL;
}
