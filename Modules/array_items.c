/* SPDX-License-Identifier: MIT */
/* The kinds of items an array can hold: reading, checking and storing one. */
#include "array_object.h"

/* The int behind an object with __index__, new; an int as it is. */
#define AS_INT(value) (PyLong_Check(value) ? Py_NewRef(value) : _PyNumber_Index(value))

/* A C int, or -1 with an exception; *ok tells apart. */
static long
item_long(PyObject *value, int *ok)
{
    long number = PyLong_AsLong(value);
    *ok = number != -1 || !PyErr_Occurred();
    return number;
}

static int
item_overflow(const char *text)
{
    PyErr_SetString(PyExc_OverflowError, text);
    return -1;
}

/* An integer between low and high; too_small and too_large are the messages outside. */
static int
item_between(PyObject *value, long low, long high, const char *too_small, const char *too_large,
             long *number)
{
    int ok;
    *number = item_long(value, &ok);
    if (!ok)
        return -1;
    if (*number < low)
        return item_overflow(too_small);
    if (*number > high)
        return item_overflow(too_large);
    return 0;
}

static int
set_b(ArrayObject *array, Py_ssize_t index, PyObject *value)
{
    long number;
    if (item_between(value, SHRT_MIN, SHRT_MAX, "signed short integer is less than minimum",
                     "signed short integer is greater than maximum", &number) < 0)
        return -1;
    if (number < -128)
        return item_overflow("signed char is less than minimum");
    if (number > 127)
        return item_overflow("signed char is greater than maximum");
    if (index >= 0)
        ((signed char *)array->items)[index] = (signed char)number;
    return 0;
}

static int
set_B(ArrayObject *array, Py_ssize_t index, PyObject *value)
{
    long number;
    if (item_between(value, 0, UCHAR_MAX, "unsigned byte integer is less than minimum",
                     "unsigned byte integer is greater than maximum", &number) < 0)
        return -1;
    if (index >= 0)
        ((unsigned char *)array->items)[index] = (unsigned char)number;
    return 0;
}

static int
set_u(ArrayObject *array, Py_ssize_t index, PyObject *value)
{
    wchar_t pair[2];
    if (!PyUnicode_Check(value) || PyUnicode_AsWideChar(value, NULL, 0) != 2) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "array item must be unicode character");
        return -1;
    }
    if (PyUnicode_AsWideChar(value, pair, 2) < 0)
        return -1;
    if (index >= 0)
        ((wchar_t *)array->items)[index] = pair[0];
    return 0;
}

static int
set_h(ArrayObject *array, Py_ssize_t index, PyObject *value)
{
    long number;
    if (item_between(value, SHRT_MIN, SHRT_MAX, "signed short integer is less than minimum",
                     "signed short integer is greater than maximum", &number) < 0)
        return -1;
    if (index >= 0)
        ((short *)array->items)[index] = (short)number;
    return 0;
}

static int
item_int(PyObject *value, long *number)
{
    return item_between(value, INT_MIN, INT_MAX, "signed integer is less than minimum",
                        "signed integer is greater than maximum", number);
}

static int
set_H(ArrayObject *array, Py_ssize_t index, PyObject *value)
{
    long number;
    if (item_int(value, &number) < 0)
        return -1;
    if (number < 0)
        return item_overflow("unsigned short is less than minimum");
    if (number > USHRT_MAX)
        return item_overflow("unsigned short is greater than maximum");
    if (index >= 0)
        ((unsigned short *)array->items)[index] = (unsigned short)number;
    return 0;
}

static int
set_i(ArrayObject *array, Py_ssize_t index, PyObject *value)
{
    long number;
    if (item_int(value, &number) < 0)
        return -1;
    if (index >= 0)
        ((int *)array->items)[index] = (int)number;
    return 0;
}

/* "unsigned int" in the message of a negative value is what PyLong_AsUnsignedLong says. */
static int
item_unsigned(PyObject *value, unsigned long *number)
{
    KS_OWNED PyObject *integer = AS_INT(value);
    if (integer == NULL)
        return -1;
    *number = PyLong_AsUnsignedLong(integer);
    return *number == (unsigned long)-1 && PyErr_Occurred() ? -1 : 0;
}

static int
set_I(ArrayObject *array, Py_ssize_t index, PyObject *value)
{
    unsigned long number;
    if (item_unsigned(value, &number) < 0)
        return -1;
    if (number > UINT_MAX)
        return item_overflow("unsigned int is greater than maximum");
    if (index >= 0)
        ((unsigned int *)array->items)[index] = (unsigned int)number;
    return 0;
}

static int
set_l(ArrayObject *array, Py_ssize_t index, PyObject *value)
{
    int ok;
    long number = item_long(value, &ok);
    if (!ok)
        return -1;
    if (index >= 0)
        ((long *)array->items)[index] = number;
    return 0;
}

static int
set_L(ArrayObject *array, Py_ssize_t index, PyObject *value)
{
    unsigned long number;
    if (item_unsigned(value, &number) < 0)
        return -1;
    if (index >= 0)
        ((unsigned long *)array->items)[index] = number;
    return 0;
}

static int
set_q(ArrayObject *array, Py_ssize_t index, PyObject *value)
{
    KS_OWNED PyObject *integer = AS_INT(value);
    if (integer == NULL)
        return -1;
    long long number = PyLong_AsLongLong(integer);
    if (number == -1 && PyErr_Occurred())
        return -1;
    if (index >= 0)
        ((long long *)array->items)[index] = number;
    return 0;
}

static int
set_Q(ArrayObject *array, Py_ssize_t index, PyObject *value)
{
    KS_OWNED PyObject *integer = AS_INT(value);
    if (integer == NULL)
        return -1;
    unsigned long long number = PyLong_AsUnsignedLongLong(integer);
    if (number == (unsigned long long)-1 && PyErr_Occurred())
        return -1;
    if (index >= 0)
        ((unsigned long long *)array->items)[index] = number;
    return 0;
}

static int
set_f(ArrayObject *array, Py_ssize_t index, PyObject *value)
{
    double number = PyFloat_AsDouble(value);
    if (number == -1.0 && PyErr_Occurred())
        return -1;
    if (index >= 0)
        ((float *)array->items)[index] = (float)number;
    return 0;
}

static int
set_d(ArrayObject *array, Py_ssize_t index, PyObject *value)
{
    double number = PyFloat_AsDouble(value);
    if (number == -1.0 && PyErr_Occurred())
        return -1;
    if (index >= 0)
        ((double *)array->items)[index] = number;
    return 0;
}

static PyObject *
get_u(ArrayObject *array, Py_ssize_t index)
{
    return PyUnicode_FromOrdinal(((const wchar_t *)array->items)[index]);
}

#define GET(name, type, convert)                                     \
    static PyObject *get_##name(ArrayObject *array, Py_ssize_t index) \
    {                                                                \
        return convert(((const type *)array->items)[index]);         \
    }
GET(b, signed char, PyLong_FromLong)
GET(B, unsigned char, PyLong_FromLong)
GET(h, short, PyLong_FromLong)
GET(H, unsigned short, PyLong_FromLong)
GET(i, int, PyLong_FromLong)
GET(I, unsigned int, PyLong_FromUnsignedLong)
GET(l, long, PyLong_FromLong)
GET(L, unsigned long, PyLong_FromUnsignedLong)
GET(q, long long, PyLong_FromLongLong)
GET(Q, unsigned long long, PyLong_FromUnsignedLongLong)
GET(f, float, PyFloat_FromDouble)
GET(d, double, PyFloat_FromDouble)

#define COMPARE(name, type)                                              \
    static int compare_##name(const void *a, const void *b, Py_ssize_t count) \
    {                                                                    \
        const type *left = a, *right = b;                                \
        for (Py_ssize_t i = 0; i < count; i++)                           \
            if (left[i] != right[i])                                     \
                return left[i] < right[i] ? -1 : 1;                      \
        return 0;                                                        \
    }
COMPARE(b, signed char)
COMPARE(B, unsigned char)
COMPARE(u, wchar_t)
COMPARE(h, short)
COMPARE(H, unsigned short)
COMPARE(i, int)
COMPARE(I, unsigned int)
COMPARE(l, long)
COMPARE(L, unsigned long)
COMPARE(q, long long)
COMPARE(Q, unsigned long long)

#define KIND(name, type, is_signed) \
    {#name[0], sizeof(type), get_##name, set_##name, compare_##name, #name, 1, is_signed}
const ArrayKind ks_array_kinds[] = {
    KIND(b, signed char, 1),
    KIND(B, unsigned char, 0),
    {'u', sizeof(wchar_t), get_u, set_u, compare_u, sizeof(wchar_t) == 2 ? "u" : "w", 0, 0},
    KIND(h, short, 1),
    KIND(H, unsigned short, 0),
    KIND(i, int, 1),
    KIND(I, unsigned int, 0),
    KIND(l, long, 1),
    KIND(L, unsigned long, 0),
    KIND(q, long long, 1),
    KIND(Q, unsigned long long, 0),
    {'f', sizeof(float), get_f, set_f, NULL, "f", 0, 0},
    {'d', sizeof(double), get_d, set_d, NULL, "d", 0, 0},
    {0, 0, NULL, NULL, NULL, NULL, 0, 0},
};

/* NULL, without exception, if there is no such kind. */
const ArrayKind *
ks_array_kind(int typecode)
{
    for (const ArrayKind *kind = ks_array_kinds; kind->typecode != 0; kind++)
        if (kind->typecode == typecode)
            return kind;
    return NULL;
}
