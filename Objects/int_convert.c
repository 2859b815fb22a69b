/* SPDX-License-Identifier: MIT */
/* C numbers into ints and back: allocation, the From and As functions, byte arrays.
 *
 * Nothing here does arithmetic. The As functions accept what has __index__; those that wrap
 * around say Mask in their name. */
#include "Python.h"
#include "pycore_abstract.h"
#include "pycore_long.h"
#include "pycore_object.h"
#include "ks_int.h"

#include <float.h>

KsIntFree ks_int_free;

#define INT_MAX_DIGITS \
    ((PY_SSIZE_T_MAX - (Py_ssize_t)offsetof(PyLongObject, ob_digit)) / (Py_ssize_t)sizeof(digit))

/* --- Allocation ------------------------------------------------------------------------ */

KS_NEW KS_NOINLINE PyLongObject *
ks_int_block_new(void)
{
    PyLongObject *block = PyObject_Malloc(KS_INT_BLOCK_BYTES);
    if (block == NULL)
        return (PyLongObject *)PyErr_NoMemory();
    _PyObject_Init((PyObject *)block, &PyLong_Type);
    return block;
}

KS_NEW KS_NOINLINE PyObject *
ks_int_from_short_slow(int64_t value)
{
    PyLongObject *block = ks_int_block_new();
    return block == NULL ? NULL : ks_int_set_short(block, value);
}

KS_NEW PyLongObject *
ks_int_new(Py_ssize_t count)
{
    PyLongObject *number;
    if (count <= 2) {
        number = ks_int_block();
    }
    else if (count > INT_MAX_DIGITS) {
        PyErr_SetString(PyExc_OverflowError, "too many digits in integer");
        return NULL;
    }
    else {
        number = PyObject_Malloc(offsetof(PyLongObject, ob_digit) + (size_t)count * sizeof(digit));
        if (number == NULL)
            return (PyLongObject *)PyErr_NoMemory();
        _PyObject_Init((PyObject *)number, &PyLong_Type);
    }
    if (number != NULL)
        Py_SET_SIZE(number, count);
    return number;
}

PyLongObject *
_PyLong_New(Py_ssize_t size)
{
    return ks_int_new(size);
}

void
ks_int_normalise(PyLongObject *number)
{
    Py_ssize_t count = ks_int_count(number), kept = count;
    while (kept > 0 && number->ob_digit[kept - 1] == 0)
        kept--;
    if (kept != count)
        Py_SET_SIZE(number, Py_SIZE(number) < 0 ? -kept : kept);
}

PyObject *
ks_int_finish(PyLongObject *number)
{
    if (number == NULL)
        return NULL;
    ks_int_normalise(number);
    Py_ssize_t size = Py_SIZE(number);
    if ((size_t)(size + 1) <= 2) {
        int64_t value = size == 0 ? 0 : size * (int64_t)number->ob_digit[0];
        if (ks_int_is_small(value)) {
            Py_DECREF(number);
            return ks_int_small(value);
        }
    }
    return (PyObject *)number;
}

PyObject *
_PyLong_Copy(PyLongObject *source)
{
    if (ks_int_is_short(source))
        return ks_int_from_i64(ks_int_short_value(source));
    PyLongObject *copy = ks_int_new(ks_int_count(source));
    if (copy == NULL)
        return NULL;
    memcpy(copy->ob_digit, source->ob_digit, (size_t)ks_int_count(source) * sizeof(digit));
    Py_SET_SIZE(copy, Py_SIZE(source));
    return (PyObject *)copy;
}

/* --- From C ------------------------------------------------------------------------------ */

KS_NEW PyObject *
ks_int_from_u128(unsigned __int128 magnitude, int is_negative)
{
    if (magnitude < ((uint64_t)1 << 60))
        return ks_int_from_i64(is_negative ? -(int64_t)magnitude : (int64_t)magnitude);
    Py_ssize_t count = 3 + ((magnitude >> 90) != 0) + ((magnitude >> 120) != 0);
    PyLongObject *number = ks_int_new(count);
    if (number == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        number->ob_digit[i] = (digit)(magnitude & PyLong_MASK);
        magnitude >>= PyLong_SHIFT;
    }
    Py_SET_SIZE(number, is_negative ? -count : count);
    return (PyObject *)number;
}

KS_NEW PyObject *
ks_int_from_u64(uint64_t value)
{
    if (value >> 60)
        return ks_int_from_u128(value, 0);
    return ks_int_from_i64((int64_t)value);
}

KS_NEW PyObject *
ks_int_from_wide(int64_t value)
{
    return ks_int_from_u128(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0);
}

PyObject *
PyLong_FromLong(long value)
{
    return ks_int_from_i64(value);
}

PyObject *
PyLong_FromLongLong(long long value)
{
    return ks_int_from_i64(value);
}

PyObject *
PyLong_FromSsize_t(Py_ssize_t value)
{
    return ks_int_from_i64(value);
}

PyObject *
PyLong_FromUnsignedLong(unsigned long value)
{
    return ks_int_from_u64(value);
}

PyObject *
PyLong_FromUnsignedLongLong(unsigned long long value)
{
    return ks_int_from_u64(value);
}

PyObject *
PyLong_FromSize_t(size_t value)
{
    return ks_int_from_u64(value);
}

PyObject *
PyLong_FromVoidPtr(void *pointer)
{
    return ks_int_from_u64((uintptr_t)pointer);
}

/* Truncates towards zero; OverflowError for infinities, ValueError for NaN. */
PyObject *
PyLong_FromDouble(double value)
{
    if (value > -9.2e18 && value < 9.2e18)
        return ks_int_from_i64((int64_t)value);
    if (isinf(value)) {
        PyErr_SetString(PyExc_OverflowError, "cannot convert float infinity to integer");
        return NULL;
    }
    if (isnan(value)) {
        PyErr_SetString(PyExc_ValueError, "cannot convert float NaN to integer");
        return NULL;
    }
    int exponent;
    double fraction = frexp(fabs(value), &exponent);
    Py_ssize_t count = (exponent - 1) / PyLong_SHIFT + 1;
    PyLongObject *number = ks_int_new(count);
    if (number == NULL)
        return NULL;
    fraction = ldexp(fraction, (exponent - 1) % PyLong_SHIFT + 1);
    for (Py_ssize_t i = count - 1; i >= 0; i--) {
        digit whole = (digit)fraction;
        number->ob_digit[i] = whole;
        fraction = ldexp(fraction - whole, PyLong_SHIFT);
    }
    if (value < 0)
        Py_SET_SIZE(number, -count);
    return (PyObject *)number;
}

/* --- To C -------------------------------------------------------------------------------- */

/* The int that object is or converts to by __index__: a new reference, NULL with TypeError. */
KS_NEW KS_INLINE PyLongObject *
int_index(PyObject *object)
{
    if (KS_LIKELY(PyLong_Check(object)))
        return (PyLongObject *)Py_NewRef(object);
    return (PyLongObject *)_PyNumber_Index(object);
}

/* The value, or its saturation side in *overflow (-1, 0 or 1; result -1 then). */
KS_INLINE int64_t
int_to_i64(const PyLongObject *number, int *overflow)
{
    *overflow = 0;
    if (KS_LIKELY(ks_int_is_short(number)))
        return ks_int_short_value(number);
    Py_ssize_t size = Py_SIZE(number), count = ks_int_count(number);
    if (count == 3 && number->ob_digit[2] <= 8) {
        unsigned __int128 magnitude = (unsigned __int128)number->ob_digit[2] << 60 |
                                      (uint64_t)number->ob_digit[1] << 30 | number->ob_digit[0];
        uint64_t limit = (uint64_t)INT64_MAX + (size < 0);
        if (magnitude <= limit)
            return size < 0 ? (int64_t)(0 - (uint64_t)magnitude) : (int64_t)magnitude;
    }
    *overflow = size < 0 ? -1 : 1;
    return -1;
}

/* 1 and the value; 0 if it does not fit into 64 bits. The sign is ignored. */
static int
int_to_u64(const PyLongObject *number, uint64_t *value)
{
    Py_ssize_t count = ks_int_count(number);
    uint64_t sum = 0;
    if (count > 3 || (count == 3 && number->ob_digit[2] > 15))
        return 0;
    while (--count >= 0)
        sum = sum << PyLong_SHIFT | number->ob_digit[count];
    *value = sum;
    return 1;
}

static uint64_t
int_to_u64_mask(const PyLongObject *number)
{
    Py_ssize_t count = ks_int_count(number);
    uint64_t sum = 0;
    while (--count >= 0)
        sum = sum << PyLong_SHIFT | number->ob_digit[count];
    return Py_SIZE(number) < 0 ? 0 - sum : sum;
}

long long
PyLong_AsLongLongAndOverflow(PyObject *object, int *overflow)
{
    *overflow = 0;
    if (object == NULL) {
        PyErr_BadInternalCall();
        return -1;
    }
    if (KS_LIKELY(PyLong_Check(object)))
        return int_to_i64((PyLongObject *)object, overflow);
    PyLongObject *number = int_index(object);
    if (number == NULL)
        return -1;
    int64_t value = int_to_i64(number, overflow);
    Py_DECREF(number);
    return value;
}

long
PyLong_AsLongAndOverflow(PyObject *object, int *overflow)
{
    return (long)PyLong_AsLongLongAndOverflow(object, overflow);
}

long
PyLong_AsLong(PyObject *object)
{
    int overflow;
    long value = PyLong_AsLongAndOverflow(object, &overflow);
    if (KS_UNLIKELY(overflow))
        PyErr_SetString(PyExc_OverflowError, "Python int too large to convert to C long");
    return value;
}

int
_PyLong_AsInt(PyObject *object)
{
    int overflow;
    long value = PyLong_AsLongAndOverflow(object, &overflow);
    if (KS_UNLIKELY(overflow || value > INT_MAX || value < INT_MIN)) {
        PyErr_SetString(PyExc_OverflowError, "Python int too large to convert to C int");
        return -1;
    }
    return (int)value;
}

long long
PyLong_AsLongLong(PyObject *object)
{
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (KS_UNLIKELY(overflow))
        PyErr_SetString(PyExc_OverflowError, "int too big to convert");
    return value;
}

/* Only real ints: what only has __index__ is refused here, as in the sibling functions below. */
static int
int_require(PyObject *object)
{
    if (object == NULL) {
        PyErr_BadInternalCall();
        return 0;
    }
    if (!PyLong_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "an integer is required");
        return 0;
    }
    return 1;
}

Py_ssize_t
PyLong_AsSsize_t(PyObject *object)
{
    int overflow;
    if (!int_require(object))
        return -1;
    Py_ssize_t value = int_to_i64((PyLongObject *)object, &overflow);
    if (KS_UNLIKELY(overflow))
        PyErr_SetString(PyExc_OverflowError, "Python int too large to convert to C ssize_t");
    return value;
}

static uint64_t
int_as_unsigned(PyObject *object, const char *negative, const char *large)
{
    uint64_t value;
    if (!int_require(object))
        return (uint64_t)-1;
    if (Py_SIZE(object) < 0)
        PyErr_SetString(PyExc_OverflowError, negative);
    else if (int_to_u64((PyLongObject *)object, &value))
        return value;
    else
        PyErr_SetString(PyExc_OverflowError, large);
    return (uint64_t)-1;
}

unsigned long
PyLong_AsUnsignedLong(PyObject *object)
{
    return int_as_unsigned(object, "can't convert negative value to unsigned int",
                           "Python int too large to convert to C unsigned long");
}

size_t
PyLong_AsSize_t(PyObject *object)
{
    return int_as_unsigned(object, "can't convert negative value to size_t",
                           "Python int too large to convert to C size_t");
}

unsigned long long
PyLong_AsUnsignedLongLong(PyObject *object)
{
    return int_as_unsigned(object, "can't convert negative int to unsigned",
                           "int too big to convert");
}

unsigned long long
PyLong_AsUnsignedLongLongMask(PyObject *object)
{
    if (object == NULL) {
        PyErr_BadInternalCall();
        return (unsigned long long)-1;
    }
    PyLongObject *number = int_index(object);
    if (number == NULL)
        return (unsigned long long)-1;
    uint64_t value = int_to_u64_mask(number);
    Py_DECREF(number);
    return value;
}

unsigned long
PyLong_AsUnsignedLongMask(PyObject *object)
{
    return (unsigned long)PyLong_AsUnsignedLongLongMask(object);
}

void *
PyLong_AsVoidPtr(PyObject *object)
{
    if (!int_require(object))
        return NULL;
    if (Py_SIZE(object) < 0) {
        long value = PyLong_AsLong(object);
        return value == -1 && PyErr_Occurred() ? NULL : (void *)value;
    }
    unsigned long value = PyLong_AsUnsignedLong(object);
    return value == (unsigned long)-1 && PyErr_Occurred() ? NULL : (void *)value;
}

/* --- Converters for PyArg "O&" ------------------------------------------------------------- */

/* The unsigned value of an int; 0 with the exception. name completes the message. */
static int
convert_unsigned(PyObject *object, uint64_t max, const char *too_large, uint64_t *value)
{
    if (PyLong_Check(object) && Py_SIZE(object) < 0) {
        PyErr_SetString(PyExc_ValueError, "value must be positive");
        return 0;
    }
    uint64_t found = PyLong_AsUnsignedLong(object);
    if (found == (uint64_t)-1 && PyErr_Occurred())
        return 0;
    if (found > max) {
        PyErr_SetString(PyExc_OverflowError, too_large);
        return 0;
    }
    *value = found;
    return 1;
}

int
_PyLong_UnsignedShort_Converter(PyObject *object, void *out)
{
    uint64_t value;
    if (!convert_unsigned(object, USHRT_MAX, "Python int too large for C unsigned short", &value))
        return 0;
    *(unsigned short *)out = (unsigned short)value;
    return 1;
}

int
_PyLong_UnsignedInt_Converter(PyObject *object, void *out)
{
    uint64_t value;
    if (!convert_unsigned(object, UINT_MAX, "Python int too large for C unsigned int", &value))
        return 0;
    *(unsigned int *)out = (unsigned int)value;
    return 1;
}

int
_PyLong_UnsignedLong_Converter(PyObject *object, void *out)
{
    uint64_t value;
    if (!convert_unsigned(object, ULONG_MAX, "", &value))
        return 0;
    *(unsigned long *)out = value;
    return 1;
}

int
_PyLong_UnsignedLongLong_Converter(PyObject *object, void *out)
{
    if (PyLong_Check(object) && Py_SIZE(object) < 0) {
        PyErr_SetString(PyExc_ValueError, "value must be positive");
        return 0;
    }
    unsigned long long value = PyLong_AsUnsignedLongLong(object);
    if (value == (unsigned long long)-1 && PyErr_Occurred())
        return 0;
    *(unsigned long long *)out = value;
    return 1;
}

int
_PyLong_Size_t_Converter(PyObject *object, void *out)
{
    if (PyLong_Check(object) && Py_SIZE(object) < 0) {
        PyErr_SetString(PyExc_ValueError, "value must be positive");
        return 0;
    }
    size_t value = PyLong_AsSize_t(object);
    if (value == (size_t)-1 && PyErr_Occurred())
        return 0;
    *(size_t *)out = value;
    return 1;
}

/* None leaves *out alone. Used by the bisect, readline and slicing signatures. */
int
_Py_convert_optional_to_ssize_t(PyObject *object, void *out)
{
    if (object == Py_None)
        return 1;
    if (!_PyIndex_Check(object)) {
        PyErr_Format(PyExc_TypeError, "argument should be integer or None, not '%.200s'",
                     Py_TYPE(object)->tp_name);
        return 0;
    }
    Py_ssize_t value = PyNumber_AsSsize_t(object, PyExc_OverflowError);
    if (value == -1 && PyErr_Occurred())
        return 0;
    *(Py_ssize_t *)out = value;
    return 1;
}

/* --- Size and floating point ---------------------------------------------------------------- */

int
_PyLong_Sign(PyObject *number)
{
    Py_ssize_t size = Py_SIZE(number);
    return (size > 0) - (size < 0);
}

size_t
_PyLong_NumBits(PyObject *object)
{
    PyLongObject *number = (PyLongObject *)object;
    size_t count = (size_t)ks_int_count(number);
    if (count == 0)
        return 0;
    return (count - 1) * PyLong_SHIFT + (32 - (size_t)__builtin_clz(number->ob_digit[count - 1]));
}

/* A fraction in [0.5, 1) and an exponent, rounded half to even; *exponent may count past what a
 * double can hold. */
double
_PyLong_Frexp(PyLongObject *number, Py_ssize_t *exponent)
{
    Py_ssize_t count = ks_int_count(number);
    if (count == 0) {
        *exponent = 0;
        return 0.0;
    }
    if (count > PY_SSIZE_T_MAX / PyLong_SHIFT) {
        PyErr_SetString(PyExc_OverflowError, "huge integer: number of bits overflows a Py_ssize_t");
        *exponent = 0;
        return -1.0;
    }
    size_t bits = _PyLong_NumBits((PyObject *)number);
    /* The leading 64 bits, the lowest of them set if anything below them is. */
    unsigned __int128 top = 0;
    Py_ssize_t taken = count < 4 ? count : 4, rest = count - taken;
    for (Py_ssize_t i = 0; i < taken; i++)
        top = top << PyLong_SHIFT | number->ob_digit[count - 1 - i];
    int sticky = 0;
    while (rest > 0 && !sticky)
        sticky = number->ob_digit[--rest] != 0;
    int width = top >> 64 ? 128 - __builtin_clzll((uint64_t)(top >> 64))
                          : 64 - __builtin_clzll((uint64_t)top);
    uint64_t lead;
    if (width > 64) {
        sticky |= (top & (((unsigned __int128)1 << (width - 64)) - 1)) != 0;
        lead = (uint64_t)(top >> (width - 64));
    }
    else {
        lead = (uint64_t)top << (64 - width);
    }
    uint64_t mantissa = lead >> 11, tail = lead & 0x7ff;
    if (tail > 0x400 || (tail == 0x400 && (sticky || (mantissa & 1))))
        mantissa++;
    double fraction = (double)mantissa / 9007199254740992.0;
    if (fraction == 1.0) {
        fraction = 0.5;
        bits++;
    }
    *exponent = (Py_ssize_t)bits;
    return Py_SIZE(number) < 0 ? -fraction : fraction;
}

double
PyLong_AsDouble(PyObject *object)
{
    if (object == NULL) {
        PyErr_BadInternalCall();
        return -1.0;
    }
    if (!PyLong_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "an integer is required");
        return -1.0;
    }
    PyLongObject *number = (PyLongObject *)object;
    if (KS_LIKELY(ks_int_is_short(number)))
        return (double)ks_int_short_value(number); /* the hardware rounds half to even */
    Py_ssize_t exponent;
    double fraction = _PyLong_Frexp(number, &exponent);
    if ((fraction == -1.0 && PyErr_Occurred()) || exponent > DBL_MAX_EXP) {
        PyErr_SetString(PyExc_OverflowError, "int too large to convert to float");
        return -1.0;
    }
    return ldexp(fraction, (int)exponent);
}

/* --- Byte arrays ------------------------------------------------------------------------------ */

PyObject *
_PyLong_FromByteArray(const unsigned char *bytes, size_t n, int little_endian, int is_signed)
{
    if (n == 0)
        return ks_int_small(0);
    const unsigned char *low = little_endian ? bytes : bytes + n - 1;
    const Py_ssize_t step = little_endian ? 1 : -1;
    int is_negative = is_signed && (low[step * (Py_ssize_t)(n - 1)] & 0x80);
    /* Leading bytes that only repeat the sign are dropped first. */
    unsigned char filler = is_negative ? 0xff : 0;
    size_t used = n;
    while (used > 0 && low[step * (Py_ssize_t)(used - 1)] == filler)
        used--;
    if (is_negative && used < n)
        used++;
    if (used <= 8) {
        uint64_t value = is_negative ? ~(uint64_t)0 : 0;
        for (size_t i = used; i-- > 0;)
            value = value << 8 | low[step * (Py_ssize_t)i];
        return is_negative ? ks_int_from_i64((int64_t)value) : ks_int_from_u64(value);
    }
    if (used > (size_t)(PY_SSIZE_T_MAX - PyLong_SHIFT) / 8) {
        PyErr_SetString(PyExc_OverflowError, "byte array too long to convert to int");
        return NULL;
    }
    Py_ssize_t count = (Py_ssize_t)(used * 8 + PyLong_SHIFT - 1) / PyLong_SHIFT;
    PyLongObject *number = ks_int_new(count);
    if (number == NULL)
        return NULL;
    uint64_t pending = 0;
    unsigned carry = 1;
    int bits = 0;
    Py_ssize_t made = 0;
    for (size_t i = 0; i < used; i++) {
        unsigned byte = low[step * (Py_ssize_t)i];
        if (is_negative) {
            byte = (0xff ^ byte) + carry;
            carry = byte >> 8;
            byte &= 0xff;
        }
        pending |= (uint64_t)byte << bits;
        bits += 8;
        if (bits >= PyLong_SHIFT) {
            number->ob_digit[made++] = (digit)(pending & PyLong_MASK);
            pending >>= PyLong_SHIFT;
            bits -= PyLong_SHIFT;
        }
    }
    if (bits > 0)
        number->ob_digit[made++] = (digit)pending;
    Py_SET_SIZE(number, is_negative ? -made : made);
    return ks_int_finish(number);
}

int
_PyLong_AsByteArray(PyLongObject *number, unsigned char *bytes, size_t n, int little_endian,
                    int is_signed)
{
    int is_negative = Py_SIZE(number) < 0;
    Py_ssize_t count = ks_int_count(number);
    if (is_negative && !is_signed) {
        PyErr_SetString(PyExc_OverflowError, "can't convert negative int to unsigned");
        return -1;
    }
    unsigned char *low = little_endian ? bytes : bytes + (n ? n - 1 : 0);
    const Py_ssize_t step = little_endian ? 1 : -1;
    uint64_t pending = 0;
    int bits = 0, overflow = 0;
    size_t made = 0;
    digit carry = 1;
    for (Py_ssize_t i = 0; i < count; i++) {
        digit next = number->ob_digit[i];
        if (is_negative) {
            next = (next ^ PyLong_MASK) + carry;
            carry = next >> PyLong_SHIFT;
            next &= PyLong_MASK;
        }
        pending |= (uint64_t)next << bits;
        bits += PyLong_SHIFT;
        /* Of the leading digit only the significant bits count. */
        if (i == count - 1)
            bits -= is_negative ? 0 : __builtin_clz(number->ob_digit[i]) - 2;
        while (bits >= 8) {
            unsigned char byte = (unsigned char)pending;
            pending >>= 8;
            bits -= 8;
            if (made < n)
                low[step * (Py_ssize_t)made++] = byte;
            else if (byte != (is_negative ? 0xff : 0))
                overflow = 1;
        }
    }
    if (bits > 0) {
        unsigned char byte = (unsigned char)(pending | (is_negative ? 0xffu << bits : 0));
        if (made < n)
            low[step * (Py_ssize_t)made++] = byte;
        else if (byte != (is_negative ? 0xff : 0))
            overflow = 1;
    }
    /* The sign bit must be there; only -1 needs none at all. */
    if (!overflow && is_signed && made == n && count > 0 && n > 0)
        overflow = (low[step * (Py_ssize_t)(n - 1)] >> 7) != is_negative;
    while (made < n)
        low[step * (Py_ssize_t)made++] = is_negative ? 0xff : 0;
    if (overflow) {
        PyErr_SetString(PyExc_OverflowError, "int too big to convert");
        return -1;
    }
    return 0;
}
