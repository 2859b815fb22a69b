/* SPDX-License-Identifier: MIT */
/* float: the type. Construction, comparison, arithmetic, rounding, methods.
 *
 * Dead floats stay on the interpreter's free list, linked through ob_type. Hexadecimal text is in
 * float_hex.c, packing in float_pack.c, decimal digits in Python/dtoa.c. */
#include "Python.h"
#include "pycore_dtoa.h"
#include "pycore_floatobject.h"
#include "pycore_gc.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_long.h"
#include "pycore_object.h"
#include "pycore_pystate.h"
#include "pycore_structseq.h"
#include "ks_args.h"
#include "ks_float.h"
#include "ks_int.h"

#include <errno.h>
#include <float.h>

PyObject *ks_float_fromhex(PyObject *type, PyObject *text);
PyObject *ks_float_hex(PyObject *self, PyObject *unused);

/* --- Lifecycle -------------------------------------------------------------------------------- */

PyObject *
PyFloat_FromDouble(double value)
{
    struct _Py_float_state *state = &_PyInterpreterState_GET()->float_state;
    PyFloatObject *number = state->free_list;
    if (KS_LIKELY(number != NULL)) {
        state->free_list = (PyFloatObject *)Py_TYPE(number);
        state->numfree--;
        ((PyObject *)number)->ob_type = &PyFloat_Type;
        ((PyObject *)number)->ob_refcnt = 1;
    }
    else {
        number = PyObject_Malloc(sizeof(PyFloatObject));
        if (number == NULL)
            return PyErr_NoMemory();
        _PyObject_Init((PyObject *)number, &PyFloat_Type);
    }
    number->ob_fval = value;
    return (PyObject *)number;
}

/* For objects whose type is exactly float. */
void
_PyFloat_ExactDealloc(PyObject *self)
{
    struct _Py_float_state *state = &_PyInterpreterState_GET()->float_state;
    if (KS_UNLIKELY(state->numfree >= PyFloat_MAXFREELIST)) {
        PyObject_Free(self);
        return;
    }
    state->numfree++;
    self->ob_type = (PyTypeObject *)state->free_list;
    state->free_list = (PyFloatObject *)self;
}

static void
float_dealloc(PyObject *self)
{
    if (KS_LIKELY(PyFloat_CheckExact(self)))
        _PyFloat_ExactDealloc(self);
    else
        Py_TYPE(self)->tp_free(self);
}

void
_PyFloat_ClearFreeList(PyInterpreterState *interp)
{
    struct _Py_float_state *state = &interp->float_state;
    while (state->free_list != NULL) {
        PyFloatObject *number = state->free_list;
        state->free_list = (PyFloatObject *)Py_TYPE(number);
        PyObject_Free(number);
    }
    state->numfree = 0;
}

void
_PyFloat_Fini(PyInterpreterState *interp)
{
    _PyFloat_ClearFreeList(interp);
}

void
_PyFloat_DebugMallocStats(FILE *out)
{
    struct _Py_float_state *state = &_PyInterpreterState_GET()->float_state;
    _PyDebugAllocatorStats(out, "free PyFloatObject", state->numfree, sizeof(PyFloatObject));
}

/* --- Conversion -------------------------------------------------------------------------------- */

static PyObject *
float_from_text(const char *text, Py_ssize_t length, void *shown)
{
    char *end;
    const char *stop = text + length;
    double value = PyOS_string_to_double(text, &end, NULL);
    if (end != stop || (value == -1.0 && PyErr_Occurred())) {
        PyErr_Format(PyExc_ValueError, "could not convert string to float: %R", shown);
        return NULL;
    }
    return PyFloat_FromDouble(value);
}

static PyObject *
float_from_bytes(const char *text, Py_ssize_t length, PyObject *shown)
{
    const char *stop = text + length;
    while (text < stop && Py_ISSPACE(*text))
        text++;
    while (text < stop - 1 && Py_ISSPACE(stop[-1]))
        stop--;
    /* The number reader needs an end mark behind the last digit. */
    char inside[64], *copy = inside;
    length = stop - text;
    if (length >= (Py_ssize_t)sizeof(inside) && (copy = PyMem_Malloc((size_t)length + 1)) == NULL)
        return PyErr_NoMemory();
    memcpy(copy, text, (size_t)length);
    copy[length] = '\0';
    PyObject *number = NULL;
    char *end = copy;
    double value = -1.0;
    if (memchr(copy, '_', (size_t)length) != NULL) {
        number = _Py_string_to_number_with_underscores(copy, length, "float", shown, shown,
                                                       float_from_text);
    }
    else {
        value = _Py_dg_strtod(copy, &end);
        if (end == copy)
            value = _Py_parse_inf_or_nan(copy, &end);
        if (end != copy && end == copy + length)
            number = PyFloat_FromDouble(value);
        else
            PyErr_Format(PyExc_ValueError, "could not convert string to float: %R", shown);
    }
    if (copy != inside)
        PyMem_Free(copy);
    return number;
}

/* From str, bytes, bytearray or another buffer. */
PyObject *
PyFloat_FromString(PyObject *source)
{
    if (PyUnicode_Check(source)) {
        if (PyUnicode_READY(source) < 0)
            return NULL;
        if (PyUnicode_IS_COMPACT_ASCII(source))
            return float_from_bytes((const char *)PyUnicode_1BYTE_DATA(source),
                                    PyUnicode_GET_LENGTH(source), source);
        KS_OWNED PyObject *plain = _PyUnicode_TransformDecimalAndSpaceToASCII(source);
        if (plain == NULL)
            return NULL;
        Py_ssize_t length;
        const char *text = PyUnicode_AsUTF8AndSize(plain, &length);
        return text == NULL ? NULL : float_from_bytes(text, length, source);
    }
    if (PyBytes_Check(source))
        return float_from_bytes(PyBytes_AS_STRING(source), PyBytes_GET_SIZE(source), source);
    if (PyByteArray_Check(source))
        return float_from_bytes(PyByteArray_AS_STRING(source), PyByteArray_GET_SIZE(source),
                                source);
    Py_buffer view;
    if (PyObject_GetBuffer(source, &view, PyBUF_SIMPLE) < 0) {
        PyErr_Format(PyExc_TypeError,
                     "float() argument must be a string or a real number, not '%.200s'",
                     Py_TYPE(source)->tp_name);
        return NULL;
    }
    PyObject *number = float_from_bytes(view.buf, view.len, source);
    PyBuffer_Release(&view);
    return number;
}

/* __float__'s result must be a float; a subclass instance is deprecated. */
static double
float_slot_value(PyObject *object)
{
    KS_OWNED PyObject *result = Py_TYPE(object)->tp_as_number->nb_float(object);
    if (result == NULL)
        return -1.0;
    if (!PyFloat_Check(result)) {
        PyErr_Format(PyExc_TypeError, "%.50s.__float__ returned non-float (type %.50s)",
                     Py_TYPE(object)->tp_name, Py_TYPE(result)->tp_name);
        return -1.0;
    }
    if (!PyFloat_CheckExact(result) &&
        PyErr_WarnFormat(PyExc_DeprecationWarning, 1,
                         "%.50s.__float__ returned non-float (type %.50s).  "
                         "The ability to return an instance of a strict subclass of float "
                         "is deprecated, and may be removed in a future version of Python.",
                         Py_TYPE(object)->tp_name, Py_TYPE(result)->tp_name) < 0)
        return -1.0;
    return PyFloat_AS_DOUBLE(result);
}

double
PyFloat_AsDouble(PyObject *object)
{
    if (object == NULL) {
        PyErr_BadArgument();
        return -1.0;
    }
    if (KS_LIKELY(PyFloat_Check(object)))
        return PyFloat_AS_DOUBLE(object);
    if (PyLong_CheckExact(object))
        return PyLong_AsDouble(object);
    PyNumberMethods *slots = Py_TYPE(object)->tp_as_number;
    if (slots != NULL && slots->nb_float != NULL)
        return float_slot_value(object);
    if (slots != NULL && slots->nb_index != NULL) {
        KS_OWNED PyObject *number = _PyNumber_Index(object);
        return number == NULL ? -1.0 : PyLong_AsDouble(number);
    }
    PyErr_Format(PyExc_TypeError, "must be real number, not %.50s", Py_TYPE(object)->tp_name);
    return -1.0;
}

/* The double of an operand. 1; 0 if it is no number (NotImplemented then), -1 with an exception. */
KS_INLINE int
float_operand(PyObject *object, double *value)
{
    if (KS_LIKELY(PyFloat_Check(object))) {
        *value = PyFloat_AS_DOUBLE(object);
        return 1;
    }
    if (!PyLong_Check(object))
        return 0;
    *value = PyLong_AsDouble(object);
    return *value == -1.0 && PyErr_Occurred() ? -1 : 1;
}

#define BOTH_DOUBLES(left, right, x, y)                                             \
    double x, y;                                                                    \
    do {                                                                            \
        int state_ = float_operand(left, &x);                                       \
        if (state_ > 0)                                                             \
            state_ = float_operand(right, &y);                                      \
        if (KS_UNLIKELY(state_ <= 0))                                               \
            return state_ < 0 ? NULL : Py_NewRef(Py_NotImplemented);                \
    } while (0)

static PyObject *
float_subclass_new(PyTypeObject *type, KS_STEALS PyObject *number)
{
    PyObject *copy = number == NULL ? NULL : type->tp_alloc(type, 0);
    if (copy != NULL)
        ((PyFloatObject *)copy)->ob_fval = PyFloat_AS_DOUBLE(number);
    Py_XDECREF(number);
    return copy;
}

static PyObject *
float_of(PyTypeObject *type, PyObject *source)
{
    PyObject *number = source == NULL               ? PyFloat_FromDouble(0.0)
                     : PyUnicode_CheckExact(source) ? PyFloat_FromString(source)
                                                    : PyNumber_Float(source);
    return type == &PyFloat_Type ? number : float_subclass_new(type, number);
}

static PyObject *
float_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if ((type == &PyFloat_Type || type->tp_init == PyFloat_Type.tp_init) &&
        !_PyArg_NoKeywords("float", kwargs))
        return NULL;
    Py_ssize_t nargs = PyTuple_GET_SIZE(args);
    if (!ks_args_count("float", nargs, 0, 1))
        return NULL;
    return float_of(type, nargs ? PyTuple_GET_ITEM(args, 0) : NULL);
}

static PyObject *
float_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (!_PyArg_NoKwnames("float", kwnames) || !_PyArg_CheckPositional("float", nargs, 0, 1))
        return NULL;
    return float_of((PyTypeObject *)type, nargs ? args[0] : NULL);
}

static PyObject *
float_repr(PyObject *self)
{
    char text[40];
    int length = ks_float_repr_into(text, PyFloat_AS_DOUBLE(self));
    PyObject *str = PyUnicode_New(length, 127);
    if (str != NULL)
        memcpy(PyUnicode_1BYTE_DATA(str), text, (size_t)length);
    return str;
}

/* --- Comparison, hash --------------------------------------------------------------------------- */

/* The order of a float that is not NaN and an int, exactly: -1, 0, 1; -2 with an exception. */
static int
float_int_order(double value, PyObject *other)
{
    if (isinf(value))
        return value > 0 ? 1 : -1;
    if (KS_LIKELY(ks_int_is_short((PyLongObject *)other))) {
        int64_t number = ks_int_short_value((PyLongObject *)other);
        if (number >> 53 == 0 || number >> 53 == -1) {
            double exact = (double)number;
            return (value > exact) - (value < exact);
        }
    }
    KS_OWNED PyObject *whole = PyLong_FromDouble(value);
    if (whole == NULL)
        return -2;
    PyLongObject *a = (PyLongObject *)whole, *b = (PyLongObject *)other;
    if (Py_SIZE(a) != Py_SIZE(b))
        return Py_SIZE(a) < Py_SIZE(b) ? -1 : 1;
    int order = ks_int_compare_magnitude(a, b);
    if (order != 0)
        return Py_SIZE(a) < 0 ? -order : order;
    double fraction = value - trunc(value);
    return (fraction > 0) - (fraction < 0);
}

static PyObject *
float_richcompare(PyObject *left, PyObject *right, int op)
{
    double a = PyFloat_AS_DOUBLE(left), b = 0.0;
    if (KS_LIKELY(PyFloat_Check(right))) {
        b = PyFloat_AS_DOUBLE(right);
    }
    else if (!PyLong_Check(right)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    else if (!isnan(a)) {
        int order = float_int_order(a, right);
        if (order == -2)
            return NULL;
        a = order;
    }
    switch (op) {
    case Py_EQ:
        return PyBool_FromLong(a == b);
    case Py_NE:
        return PyBool_FromLong(a != b);
    case Py_LT:
        return PyBool_FromLong(a < b);
    case Py_LE:
        return PyBool_FromLong(a <= b);
    case Py_GT:
        return PyBool_FromLong(a > b);
    default:
        return PyBool_FromLong(a >= b);
    }
}

static Py_hash_t
float_hash(PyObject *self)
{
    return _Py_HashDouble(self, PyFloat_AS_DOUBLE(self));
}

/* --- Arithmetic ----------------------------------------------------------------------------------- */

static PyObject *
float_add(PyObject *left, PyObject *right)
{
    BOTH_DOUBLES(left, right, x, y);
    return PyFloat_FromDouble(x + y);
}

static PyObject *
float_subtract(PyObject *left, PyObject *right)
{
    BOTH_DOUBLES(left, right, x, y);
    return PyFloat_FromDouble(x - y);
}

static PyObject *
float_multiply(PyObject *left, PyObject *right)
{
    BOTH_DOUBLES(left, right, x, y);
    return PyFloat_FromDouble(x * y);
}

static KS_COLD PyObject *
refuse_zero(const char *message)
{
    PyErr_SetString(PyExc_ZeroDivisionError, message);
    return NULL;
}

static PyObject *
float_true_divide(PyObject *left, PyObject *right)
{
    BOTH_DOUBLES(left, right, x, y);
    if (y == 0.0)
        return refuse_zero("float division by zero");
    return PyFloat_FromDouble(x / y);
}

/* The remainder has the divisor's sign, also when it is zero. */
static double
floor_remainder(double x, double y)
{
    double rest = fmod(x, y);
    if (rest == 0.0)
        return copysign(0.0, y);
    return (y < 0) != (rest < 0) ? rest + y : rest;
}

static double
floor_quotient(double x, double y)
{
    double rest = fmod(x, y), whole = (x - rest) / y;
    if (rest != 0.0 && (y < 0) != (rest < 0))
        whole -= 1.0;
    if (whole == 0.0)
        return copysign(0.0, x / y);
    double down = floor(whole);
    return whole - down > 0.5 ? down + 1.0 : down;
}

static PyObject *
float_remainder(PyObject *left, PyObject *right)
{
    BOTH_DOUBLES(left, right, x, y);
    if (y == 0.0)
        return refuse_zero("float modulo");
    return PyFloat_FromDouble(floor_remainder(x, y));
}

static PyObject *
float_floor_divide(PyObject *left, PyObject *right)
{
    BOTH_DOUBLES(left, right, x, y);
    if (y == 0.0)
        return refuse_zero("float floor division by zero");
    return PyFloat_FromDouble(floor_quotient(x, y));
}

static PyObject *
float_divmod(PyObject *left, PyObject *right)
{
    BOTH_DOUBLES(left, right, x, y);
    if (y == 0.0)
        return refuse_zero("float divmod()");
    return Py_BuildValue("(dd)", floor_quotient(x, y), floor_remainder(x, y));
}

static PyObject *
float_power(PyObject *left, PyObject *right, PyObject *modulus)
{
    if (modulus != Py_None) {
        PyErr_SetString(PyExc_TypeError, "pow() 3rd argument not allowed unless all arguments "
                                         "are integers");
        return NULL;
    }
    BOTH_DOUBLES(left, right, x, y);
    if (x == 0.0 && y < 0.0 && isfinite(y))
        return refuse_zero("0.0 cannot be raised to a negative power");
    if (x < 0.0 && isfinite(x) && isfinite(y) && y != floor(y))
        return PyComplex_Type.tp_as_number->nb_power(left, right, modulus);
    double power = pow(x, y);
    if (isinf(power) && isfinite(x) && isfinite(y)) {
        errno = ERANGE;
        PyErr_SetFromErrno(PyExc_OverflowError);
        return NULL;
    }
    return PyFloat_FromDouble(power);
}

static PyObject *
float_negative(PyObject *self)
{
    return PyFloat_FromDouble(-PyFloat_AS_DOUBLE(self));
}

static PyObject *
float_absolute(PyObject *self)
{
    return PyFloat_FromDouble(fabs(PyFloat_AS_DOUBLE(self)));
}

static int
float_bool(PyObject *self)
{
    return PyFloat_AS_DOUBLE(self) != 0.0;
}

static PyObject *
float_int(PyObject *self)
{
    return PyLong_FromDouble(PyFloat_AS_DOUBLE(self));
}

static PyObject *
float_exact(PyObject *self)
{
    if (PyFloat_CheckExact(self))
        return Py_NewRef(self);
    return PyFloat_FromDouble(PyFloat_AS_DOUBLE(self));
}

static PyNumberMethods float_as_number = {
    .nb_add = float_add,
    .nb_subtract = float_subtract,
    .nb_multiply = float_multiply,
    .nb_remainder = float_remainder,
    .nb_divmod = float_divmod,
    .nb_power = float_power,
    .nb_negative = float_negative,
    .nb_positive = float_exact,
    .nb_absolute = float_absolute,
    .nb_bool = float_bool,
    .nb_int = float_int,
    .nb_float = float_exact,
    .nb_floor_divide = float_floor_divide,
    .nb_true_divide = float_true_divide,
};

/* --- Methods --------------------------------------------------------------------------------------- */

static PyObject *
float_conjugate(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return float_exact(self);
}

static PyObject *
float_is_integer(PyObject *self, PyObject *Py_UNUSED(unused))
{
    double value = PyFloat_AS_DOUBLE(self);
    return PyBool_FromLong(isfinite(value) && floor(value) == value);
}

static PyObject *
float_trunc(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return PyLong_FromDouble(PyFloat_AS_DOUBLE(self));
}

static PyObject *
float_floor(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return PyLong_FromDouble(floor(PyFloat_AS_DOUBLE(self)));
}

static PyObject *
float_ceil(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return PyLong_FromDouble(ceil(PyFloat_AS_DOUBLE(self)));
}

/* value rounded to `places` decimals as its exact decimal expansion says. */
static PyObject *
round_to_places(double value, int places)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (places >= 0 && places <= 22) {
        double scaled = fabs(value) * powers[places], down = floor(scaled);
        /* The product is off by half a unit at most; away from a tie that decides nothing, and
         * the quotient of two exact numbers is the nearest double to the decimal. */
        if (scaled < 4503599627370496.0 && fabs(scaled - down - 0.5) > scaled * 4e-16)
            return PyFloat_FromDouble(copysign((scaled - down > 0.5 ? down + 1.0 : down) /
                                               powers[places], value));
    }
    KsDecimal decimal;
    if (ks_decimal_places(&decimal, value, places) < 0)
        return NULL;
    double rounded = 0.0;
    if (decimal.count > 0) {
        char inside[64], *text = inside;
        size_t room = (size_t)decimal.count + 24;
        if (room > sizeof(inside) && (text = PyMem_Malloc(room)) == NULL) {
            ks_decimal_close(&decimal);
            return PyErr_NoMemory();
        }
        memcpy(text, decimal.digits, (size_t)decimal.count);
        snprintf(text + decimal.count, 24, "e%d", decimal.point - decimal.count);
        rounded = _Py_dg_strtod(text, NULL);
        if (text != inside)
            PyMem_Free(text);
    }
    ks_decimal_close(&decimal);
    if (isinf(rounded)) {
        PyErr_SetString(PyExc_OverflowError, "rounded value too large to represent");
        return NULL;
    }
    return PyFloat_FromDouble(copysign(rounded, value));
}

static PyObject *
float_round(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    double value = PyFloat_AS_DOUBLE(self);
    if (!ks_args_count("__round__", nargs, 0, 1))
        return NULL;
    if (nargs == 0 || args[0] == Py_None)
        return PyLong_FromDouble(nearbyint(value)); /* ties to even */
    Py_ssize_t places = PyNumber_AsSsize_t(args[0], NULL);
    if (places == -1 && PyErr_Occurred())
        return NULL;
    if (!isfinite(value) || places > 323) /* nothing to round off */
        return PyFloat_FromDouble(value);
    if (places < -308)
        return PyFloat_FromDouble(0.0 * value);
    return round_to_places(value, (int)places);
}

static PyObject *
float_as_integer_ratio(PyObject *self, PyObject *Py_UNUSED(unused))
{
    double value = PyFloat_AS_DOUBLE(self);
    if (isinf(value)) {
        PyErr_SetString(PyExc_OverflowError, "cannot convert Infinity to integer ratio");
        return NULL;
    }
    if (isnan(value)) {
        PyErr_SetString(PyExc_ValueError, "cannot convert NaN to integer ratio");
        return NULL;
    }
    int exponent;
    int64_t mantissa = (int64_t)ldexp(frexp(value, &exponent), DBL_MANT_DIG);
    exponent -= DBL_MANT_DIG;
    if (mantissa != 0) {
        int zeros = __builtin_ctzll((uint64_t)mantissa);
        mantissa /= (int64_t)1 << zeros;
        exponent += zeros;
    }
    else {
        exponent = 0;
    }
    KS_OWNED PyObject *numerator = PyLong_FromLongLong(mantissa);
    KS_OWNED PyObject *denominator = PyLong_FromLong(1);
    if (numerator == NULL || denominator == NULL)
        return NULL;
    if (exponent > 0)
        Py_SETREF(numerator, _PyLong_Lshift(numerator, (size_t)exponent));
    else
        Py_SETREF(denominator, _PyLong_Lshift(denominator, (size_t)-exponent));
    if (numerator == NULL || denominator == NULL)
        return NULL;
    return PyTuple_Pack(2, numerator, denominator);
}

static PyObject *
float_getnewargs(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return Py_BuildValue("(d)", PyFloat_AS_DOUBLE(self));
}

static PyObject *
float_getformat(PyObject *Py_UNUSED(type), PyObject *which)
{
    if (!PyUnicode_Check(which)) {
        _PyArg_BadArgument("__getformat__", "argument", "str", which);
        return NULL;
    }
    if (!_PyUnicode_EqualToASCIIString(which, "double") &&
        !_PyUnicode_EqualToASCIIString(which, "float")) {
        PyErr_SetString(PyExc_ValueError,
                        "__getformat__() argument 1 must be 'double' or 'float'");
        return NULL;
    }
    return PyUnicode_FromString(PY_BIG_ENDIAN ? "IEEE, big-endian" : "IEEE, little-endian");
}

static PyObject *
float_format(PyObject *self, PyObject *spec)
{
    if (!PyUnicode_Check(spec)) {
        _PyArg_BadArgument("__format__", "argument", "str", spec);
        return NULL;
    }
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    if (_PyFloat_FormatAdvancedWriter(&writer, self, spec, 0, PyUnicode_GET_LENGTH(spec)) < 0) {
        _PyUnicodeWriter_Dealloc(&writer);
        return NULL;
    }
    return _PyUnicodeWriter_Finish(&writer);
}

static PyMethodDef float_methods[] = {
    METHOD("conjugate", float_conjugate, METH_NOARGS, "($self, /)", "The number itself."),
    METHOD("__trunc__", float_trunc, METH_NOARGS, "($self, /)", "The int towards zero."),
    METHOD("__floor__", float_floor, METH_NOARGS, "($self, /)", "The int at or below."),
    METHOD("__ceil__", float_ceil, METH_NOARGS, "($self, /)", "The int at or above."),
    METHOD("__round__", float_round, METH_FASTCALL, "($self, ndigits=None, /)",
           "The nearest int, ties to even; with ndigits, the nearest float of so many decimals."),
    METHOD("as_integer_ratio", float_as_integer_ratio, METH_NOARGS, "($self, /)",
           "Numerator and denominator of exactly this value, in lowest terms.\n\n"
           ">>> (10.0).as_integer_ratio()\n(10, 1)\n>>> (-.25).as_integer_ratio()\n(-1, 4)"),
    METHOD("fromhex", ks_float_fromhex, METH_O | METH_CLASS, "($type, string, /)",
           "The float that a hexadecimal text means.\n\n"
           ">>> float.fromhex('0x1.ffffp10')\n2047.984375"),
    METHOD("hex", ks_float_hex, METH_NOARGS, "($self, /)",
           "The value in hexadecimal, exactly.\n\n"
           ">>> (-0.1).hex()\n'-0x1.999999999999ap-4'"),
    METHOD("is_integer", float_is_integer, METH_NOARGS, "($self, /)",
           "Whether the value is a whole number."),
    METHOD("__getnewargs__", float_getnewargs, METH_NOARGS, "($self, /)", ""),
    METHOD("__getformat__", float_getformat, METH_O | METH_CLASS, "($type, typestr, /)",
           "How C's 'double' or 'float' is laid out in memory. For the test suite."),
    METHOD("__format__", float_format, METH_O, "($self, format_spec, /)",
           "The value as format_spec wants it."),
    {NULL, NULL, 0, NULL},
};

static PyObject *
float_get_real(PyObject *self, void *Py_UNUSED(closure))
{
    return float_exact(self);
}

static PyObject *
float_get_imag(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure))
{
    return PyFloat_FromDouble(0.0);
}

static PyGetSetDef float_getset[] = {
    {"real", float_get_real, NULL, "the number itself", NULL},
    {"imag", float_get_imag, NULL, "always 0.0", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyFloat_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "float",
    .tp_basicsize = sizeof(PyFloatObject),
    .tp_dealloc = float_dealloc,
    .tp_repr = float_repr,
    .tp_as_number = &float_as_number,
    .tp_hash = float_hash,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | _Py_TPFLAGS_MATCH_SELF,
    .tp_doc = "float(x=0, /)\n--\n\nA number with a fraction, from another number or a string.",
    .tp_richcompare = float_richcompare,
    .tp_methods = float_methods,
    .tp_getset = float_getset,
    .tp_new = float_new,
    .tp_vectorcall = float_vectorcall,
};

/* --- sys.float_info, set-up --------------------------------------------------------------------------- */

double
PyFloat_GetMax(void)
{
    return DBL_MAX;
}

double
PyFloat_GetMin(void)
{
    return DBL_MIN;
}

static PyTypeObject FloatInfoType;

static PyStructSequence_Field float_info_fields[] = {
    {"max", "largest finite float"},
    {"max_exp", "largest e such that 2**(e-1) is finite"},
    {"max_10_exp", "largest e such that 10**e is finite"},
    {"min", "smallest positive normal float"},
    {"min_exp", "smallest e such that 2**(e-1) is normal"},
    {"min_10_exp", "smallest e such that 10**e is normal"},
    {"dig", "decimal digits that every float keeps"},
    {"mant_dig", "digits of the mantissa, in base radix"},
    {"epsilon", "from 1 to the next float"},
    {"radix", "base of the exponent"},
    {"rounds", "rounding mode of additions"},
    {NULL, NULL},
};

static PyStructSequence_Desc float_info_desc = {
    "sys.float_info",
    "How floats are represented, as sys.float_info; from C's <float.h>.",
    float_info_fields,
    11,
};

PyObject *
PyFloat_GetInfo(void)
{
    PyObject *info = PyStructSequence_New(&FloatInfoType);
    if (info == NULL)
        return NULL;
    Py_ssize_t at = 0;
    PyStructSequence_SET_ITEM(info, at++, PyFloat_FromDouble(DBL_MAX));
    PyStructSequence_SET_ITEM(info, at++, PyLong_FromLong(DBL_MAX_EXP));
    PyStructSequence_SET_ITEM(info, at++, PyLong_FromLong(DBL_MAX_10_EXP));
    PyStructSequence_SET_ITEM(info, at++, PyFloat_FromDouble(DBL_MIN));
    PyStructSequence_SET_ITEM(info, at++, PyLong_FromLong(DBL_MIN_EXP));
    PyStructSequence_SET_ITEM(info, at++, PyLong_FromLong(DBL_MIN_10_EXP));
    PyStructSequence_SET_ITEM(info, at++, PyLong_FromLong(DBL_DIG));
    PyStructSequence_SET_ITEM(info, at++, PyLong_FromLong(DBL_MANT_DIG));
    PyStructSequence_SET_ITEM(info, at++, PyFloat_FromDouble(DBL_EPSILON));
    PyStructSequence_SET_ITEM(info, at++, PyLong_FromLong(FLT_RADIX));
    PyStructSequence_SET_ITEM(info, at++, PyLong_FromLong(FLT_ROUNDS));
    if (PyErr_Occurred())
        Py_CLEAR(info);
    return info;
}

void
_PyFloat_InitState(PyInterpreterState *Py_UNUSED(interp))
{
    /* The layout of double is IEEE 754's on every machine this builds for. */
    _Static_assert(DBL_MANT_DIG == 53 && DBL_MAX_EXP == 1024, "IEEE 754 doubles");
}

PyStatus
_PyFloat_InitTypes(PyInterpreterState *interp)
{
    if (_Py_IsMainInterpreter(interp) && FloatInfoType.tp_name == NULL &&
        PyStructSequence_InitType2(&FloatInfoType, &float_info_desc) < 0)
        return _PyStatus_ERR("can't init float info type");
    return _PyStatus_OK();
}

void
_PyFloat_FiniType(PyInterpreterState *interp)
{
    if (_Py_IsMainInterpreter(interp))
        _PyStructSequence_FiniType(&FloatInfoType);
}
