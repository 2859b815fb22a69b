/* SPDX-License-Identifier: MIT */
/* complex: C's complex arithmetic (_Py_c_*), the type, its text form.
 *
 * The C functions report trouble through errno: EDOM for a division by zero, ERANGE for overflow;
 * they set errno to 0 otherwise only where noted. */
#include "Python.h"
#include "pycore_dtoa.h"
#include "pycore_long.h"
#include "pycore_object.h"
#include "pycore_pymath.h"
#include "structmember.h"
#include "ks_args.h"
#include "ks_float.h"

#include <errno.h>

/* --- Arithmetic on Py_complex ------------------------------------------------------------------ */

Py_complex
_Py_c_sum(Py_complex a, Py_complex b)
{
    return (Py_complex){a.real + b.real, a.imag + b.imag};
}

Py_complex
_Py_c_diff(Py_complex a, Py_complex b)
{
    return (Py_complex){a.real - b.real, a.imag - b.imag};
}

Py_complex
_Py_c_neg(Py_complex a)
{
    return (Py_complex){-a.real, -a.imag};
}

Py_complex
_Py_c_prod(Py_complex a, Py_complex b)
{
    return (Py_complex){a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real};
}

/* Scaled by the larger part of the divisor, so that its square cannot overflow. EDOM and
 * 0 for division by zero. */
Py_complex
_Py_c_quot(Py_complex a, Py_complex b)
{
    double re = fabs(b.real), im = fabs(b.imag);
    if (re >= im) {
        if (re == 0.0) {
            errno = EDOM;
            return (Py_complex){0.0, 0.0};
        }
        double ratio = b.imag / b.real, scale = b.real + b.imag * ratio;
        return (Py_complex){(a.real + a.imag * ratio) / scale, (a.imag - a.real * ratio) / scale};
    }
    if (im >= re) {
        double ratio = b.real / b.imag, scale = b.real * ratio + b.imag;
        return (Py_complex){(a.real * ratio + a.imag) / scale, (a.imag * ratio - a.real) / scale};
    }
    return (Py_complex){Py_NAN, Py_NAN};
}

/* EDOM for zero to a negative or complex power. */
Py_complex
_Py_c_pow(Py_complex base, Py_complex exponent)
{
    if (exponent.real == 0.0 && exponent.imag == 0.0)
        return (Py_complex){1.0, 0.0};
    if (base.real == 0.0 && base.imag == 0.0) {
        if (exponent.imag != 0.0 || exponent.real < 0.0)
            errno = EDOM;
        return (Py_complex){0.0, 0.0};
    }
    double length = hypot(base.real, base.imag), angle = atan2(base.imag, base.real);
    double result = pow(length, exponent.real), turn = angle * exponent.real;
    if (exponent.imag != 0.0) {
        result /= exp(angle * exponent.imag);
        turn += exponent.imag * log(length);
    }
    Py_complex power = {result * cos(turn), result * sin(turn)};
    _Py_ADJUST_ERANGE2(power.real, power.imag);
    return power;
}

/* The length; errno is ERANGE if it overflows, else 0. */
double
_Py_c_abs(Py_complex a)
{
    if (!isfinite(a.real) || !isfinite(a.imag)) {
        errno = 0;
        if (isinf(a.real) || isinf(a.imag))
            return Py_HUGE_VAL;
        return Py_NAN;
    }
    double length = hypot(a.real, a.imag);
    errno = isfinite(length) ? 0 : ERANGE;
    return length;
}

/* base**n by squaring, n > 0. */
static Py_complex
power_positive(Py_complex base, long n)
{
    Py_complex result = {1.0, 0.0};
    for (;;) {
        if (n & 1)
            result = _Py_c_prod(result, base);
        n >>= 1;
        if (n == 0)
            return result;
        base = _Py_c_prod(base, base);
    }
}

static Py_complex
power_integral(Py_complex base, long n)
{
    if (n > 0)
        return power_positive(base, n);
    return _Py_c_quot((Py_complex){1.0, 0.0}, power_positive(base, -n));
}

/* --- Conversion -------------------------------------------------------------------------------- */

static PyObject *
complex_make(PyTypeObject *type, double real, double imag)
{
    if (type == &PyComplex_Type)
        return PyComplex_FromDoubles(real, imag);
    PyObject *number = type->tp_alloc(type, 0);
    if (number != NULL)
        ((PyComplexObject *)number)->cval = (Py_complex){real, imag};
    return number;
}

PyObject *
PyComplex_FromCComplex(Py_complex value)
{
    PyComplexObject *number = PyObject_Malloc(sizeof(PyComplexObject));
    if (number == NULL)
        return PyErr_NoMemory();
    _PyObject_Init((PyObject *)number, &PyComplex_Type);
    number->cval = value;
    return (PyObject *)number;
}

PyObject *
PyComplex_FromDoubles(double real, double imag)
{
    return PyComplex_FromCComplex((Py_complex){real, imag});
}

double
PyComplex_RealAsDouble(PyObject *object)
{
    if (PyComplex_Check(object))
        return ((PyComplexObject *)object)->cval.real;
    return PyFloat_AsDouble(object);
}

double
PyComplex_ImagAsDouble(PyObject *object)
{
    return PyComplex_Check(object) ? ((PyComplexObject *)object)->cval.imag : 0.0;
}

/* The result of object.__complex__(), a complex: 1 and a new reference, 0 without the method, -1
 * with an exception. */
static int
call_complex_method(PyObject *object, PyObject **value)
{
    if (PyComplex_CheckExact(object)) {
        *value = Py_NewRef(object);
        return 1;
    }
    KS_OWNED PyObject *method = _PyObject_LookupSpecial(object, &_Py_ID(__complex__));
    if (method == NULL)
        return PyErr_Occurred() ? -1 : 0;
    KS_OWNED PyObject *result = PyObject_CallNoArgs(method);
    if (result == NULL)
        return -1;
    if (!PyComplex_Check(result)) {
        PyErr_Format(PyExc_TypeError, "__complex__ returned non-complex (type %.200s)",
                     Py_TYPE(result)->tp_name);
        return -1;
    }
    if (!PyComplex_CheckExact(result) &&
        PyErr_WarnFormat(PyExc_DeprecationWarning, 1,
                         "__complex__ returned non-complex (type %.200s).  "
                         "The ability to return an instance of a strict subclass of complex "
                         "is deprecated, and may be removed in a future version of Python.",
                         Py_TYPE(result)->tp_name) < 0)
        return -1;
    *value = ks_give(&result);
    return 1;
}

/* {-1.0, 0.0} with an exception. */
Py_complex
PyComplex_AsCComplex(PyObject *object)
{
    if (PyComplex_Check(object))
        return ((PyComplexObject *)object)->cval;
    KS_OWNED PyObject *converted = NULL;
    int found = call_complex_method(object, &converted);
    if (found < 0)
        return (Py_complex){-1.0, 0.0};
    if (found)
        return ((PyComplexObject *)converted)->cval;
    return (Py_complex){PyFloat_AsDouble(object), 0.0};
}

/* 1 and the value of a number operand, 0 if it is none, -1 with an exception. */
static int
complex_operand(PyObject *object, Py_complex *value)
{
    if (PyComplex_Check(object)) {
        *value = ((PyComplexObject *)object)->cval;
        return 1;
    }
    value->imag = 0.0;
    if (PyLong_Check(object)) {
        value->real = PyLong_AsDouble(object);
        return value->real == -1.0 && PyErr_Occurred() ? -1 : 1;
    }
    if (PyFloat_Check(object)) {
        value->real = PyFloat_AsDouble(object);
        return 1;
    }
    return 0;
}

#define BOTH_COMPLEX(left, right, x, y)                                             \
    Py_complex x, y;                                                                \
    do {                                                                            \
        int state_ = complex_operand(left, &x);                                     \
        if (state_ > 0)                                                             \
            state_ = complex_operand(right, &y);                                    \
        if (KS_UNLIKELY(state_ <= 0))                                               \
            return state_ < 0 ? NULL : Py_NewRef(Py_NotImplemented);                \
    } while (0)

/* --- Text ----------------------------------------------------------------------------------------- */

/* Zero real parts that are not negative stay away: "3j" but "(-0+3j)". */
static PyObject *
complex_repr(PyObject *self)
{
    Py_complex value = ((PyComplexObject *)self)->cval;
    int is_imaginary = value.real == 0.0 && copysign(1.0, value.real) == 1.0;
    PyObject *text = NULL;
    char *real = NULL;
    char *imag = PyOS_double_to_string(value.imag, 'r', 0, is_imaginary ? 0 : Py_DTSF_SIGN, NULL);
    if (imag == NULL)
        return NULL;
    if (is_imaginary) {
        text = PyUnicode_FromFormat("%sj", imag);
    }
    else {
        real = PyOS_double_to_string(value.real, 'r', 0, 0, NULL);
        if (real != NULL)
            text = PyUnicode_FromFormat("(%s%sj)", real, imag);
    }
    PyMem_Free(imag);
    PyMem_Free(real);
    return text;
}

/* One float at *at, which moves behind it; *found is 0 if there is none. */
static double
read_part(const char **at, int *found)
{
    char *end;
    double value = _Py_dg_strtod(*at, &end);
    if (end == *at)
        value = _Py_parse_inf_or_nan(*at, &end);
    *found = end != *at;
    *at = end;
    return value;
}

static int
is_j(char c)
{
    return c == 'j' || c == 'J';
}

/* "<float>", "<float>j", "<float><signed-float>j", with j's factor 1 optional: 0 if malformed. */
static int
read_parts(const char **text, Py_complex *value)
{
    const char *at = *text;
    int found;
    double first = read_part(&at, &found);
    *value = (Py_complex){0.0, 0.0};
    if (!found) { /* "[sign]j" */
        first = 1.0;
        if (*at == '+' || *at == '-')
            first = *at++ == '-' ? -1.0 : 1.0;
        if (!is_j(*at))
            return 0;
        value->imag = first;
        *text = at + 1;
        return 1;
    }
    if (is_j(*at)) {
        value->imag = first;
        *text = at + 1;
        return 1;
    }
    value->real = first;
    if (*at == '+' || *at == '-') {
        double sign = *at == '-' ? -1.0 : 1.0;
        value->imag = read_part(&at, &found);
        if (!found) {
            value->imag = sign;
            at++;
        }
        if (!is_j(*at++))
            return 0;
    }
    *text = at;
    return 1;
}

static const char *
skip_spaces(const char *at)
{
    while (Py_ISSPACE(Py_CHARMASK(*at)))
        at++;
    return at;
}

static PyObject *
complex_from_text(const char *text, Py_ssize_t length, void *type)
{
    Py_complex value;
    const char *at = skip_spaces(text);
    int in_parentheses = *at == '(';
    if (in_parentheses)
        at = skip_spaces(at + 1);
    int is_good = read_parts(&at, &value);
    if (is_good) {
        at = skip_spaces(at);
        if (in_parentheses) {
            is_good = *at++ == ')';
            at = is_good ? skip_spaces(at) : at;
        }
    }
    if (!is_good || at != text + length) {
        PyErr_SetString(PyExc_ValueError, "complex() arg is a malformed string");
        return NULL;
    }
    return complex_make(type, value.real, value.imag);
}

static PyObject *
complex_from_str(PyTypeObject *type, PyObject *str)
{
    Py_ssize_t length;
    KS_OWNED PyObject *plain = _PyUnicode_TransformDecimalAndSpaceToASCII(str);
    if (plain == NULL)
        return NULL;
    const char *text = PyUnicode_AsUTF8AndSize(plain, &length);
    if (text == NULL)
        return NULL;
    return _Py_string_to_number_with_underscores(text, length, "complex", str, type,
                                                 complex_from_text);
}

/* --- Construction ----------------------------------------------------------------------------------- */

static int
is_real_number(PyObject *object)
{
    PyNumberMethods *slots = Py_TYPE(object)->tp_as_number;
    return slots != NULL && (slots->nb_float != NULL || slots->nb_index != NULL);
}

typedef struct ComplexArgs {
    PyObject *real;
    PyObject *imag;
} ComplexArgs;

static const KsParam complex_params[] = {
    PARAM(ComplexArgs, real, ARG_OBJECT, 0),
    PARAM(ComplexArgs, imag, ARG_OBJECT, 0),
    PARAM_END,
};

/* The first argument as a number: 1 and its value, -1 with an exception. */
static int
first_value(PyObject *object, Py_complex *value, int *is_complex)
{
    KS_OWNED PyObject *converted = NULL;
    int found = call_complex_method(object, &converted);
    if (found < 0)
        return -1;
    if (found)
        object = converted;
    if (!found && !PyComplex_Check(object) && !is_real_number(object)) {
        PyErr_Format(PyExc_TypeError,
                     "complex() first argument must be a string or a number, not '%.200s'",
                     Py_TYPE(object)->tp_name);
        return -1;
    }
    *is_complex = PyComplex_Check(object);
    if (*is_complex) {
        *value = ((PyComplexObject *)object)->cval;
        return 1;
    }
    KS_OWNED PyObject *real = PyNumber_Float(object);
    if (real == NULL)
        return -1;
    *value = (Py_complex){PyFloat_AS_DOUBLE(real), 0.0};
    return 1;
}

static int
second_value(PyObject *object, Py_complex *value, int *is_complex)
{
    if (PyUnicode_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "complex() second arg can't be a string");
        return -1;
    }
    *is_complex = PyComplex_Check(object);
    if (*is_complex) {
        *value = ((PyComplexObject *)object)->cval;
        return 1;
    }
    if (!is_real_number(object)) {
        PyErr_Format(PyExc_TypeError, "complex() second argument must be a number, not '%.200s'",
                     Py_TYPE(object)->tp_name);
        return -1;
    }
    KS_OWNED PyObject *real = PyNumber_Float(object);
    if (real == NULL)
        return -1;
    *value = (Py_complex){PyFloat_AS_DOUBLE(real), 0.0};
    return 1;
}

static PyObject *
complex_of(PyTypeObject *type, PyObject *real, PyObject *imag)
{
    Py_complex first = {0.0, 0.0}, second = {0.0, 0.0};
    int first_complex = 0, second_complex = 0;
    if (real != NULL && imag == NULL && PyComplex_CheckExact(real) && type == &PyComplex_Type)
        return Py_NewRef(real);
    if (real != NULL && PyUnicode_Check(real)) {
        if (imag != NULL) {
            PyErr_SetString(PyExc_TypeError, "complex() can't take second arg if first is a "
                                             "string");
            return NULL;
        }
        return complex_from_str(type, real);
    }
    if (imag != NULL && PyUnicode_Check(imag)) {
        PyErr_SetString(PyExc_TypeError, "complex() second arg can't be a string");
        return NULL;
    }
    if ((real != NULL && first_value(real, &first, &first_complex) < 0) ||
        (imag != NULL && second_value(imag, &second, &second_complex) < 0))
        return NULL;
    /* Adds real + imag*1j part by part, without touching the sign of an absent zero. */
    if (second_complex)
        first.real -= second.imag;
    if (imag != NULL)
        first.imag = first_complex ? first.imag + second.real : second.real;
    return complex_make(type, first.real, first.imag);
}

static PyObject *
complex_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    ComplexArgs given = {NULL, NULL};
    if (!ks_args_parse_tuple("complex", complex_params, args, kwargs, &given))
        return NULL;
    return complex_of(type, given.real, given.imag);
}

static PyObject *
complex_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    ComplexArgs given = {NULL, NULL};
    if (!ks_args_parse("complex", complex_params, args, PyVectorcall_NARGS(nargsf), kwnames,
                       &given))
        return NULL;
    return complex_of((PyTypeObject *)type, given.real, given.imag);
}

/* --- Slots -------------------------------------------------------------------------------------------- */

static Py_hash_t
complex_hash(PyObject *self)
{
    Py_complex value = ((PyComplexObject *)self)->cval;
    Py_uhash_t real = (Py_uhash_t)_Py_HashDouble(self, value.real);
    Py_uhash_t imag = (Py_uhash_t)_Py_HashDouble(self, value.imag);
    Py_hash_t hash = (Py_hash_t)(real + _PyHASH_IMAG * imag);
    return hash == -1 ? -2 : hash;
}

static PyObject *
complex_richcompare(PyObject *left, PyObject *right, int op)
{
    Py_complex a = ((PyComplexObject *)left)->cval;
    int equal;
    if (op != Py_EQ && op != Py_NE)
        Py_RETURN_NOTIMPLEMENTED;
    if (PyLong_Check(right)) {
        if (a.imag == 0.0) { /* float's comparison with int is exact */
            KS_OWNED PyObject *real = PyFloat_FromDouble(a.real);
            return real == NULL ? NULL : PyObject_RichCompare(real, right, op);
        }
        equal = 0;
    }
    else if (PyFloat_Check(right)) {
        equal = a.real == PyFloat_AS_DOUBLE(right) && a.imag == 0.0;
    }
    else if (PyComplex_Check(right)) {
        Py_complex b = ((PyComplexObject *)right)->cval;
        equal = a.real == b.real && a.imag == b.imag;
    }
    else {
        Py_RETURN_NOTIMPLEMENTED;
    }
    return PyBool_FromLong(equal == (op == Py_EQ));
}

static PyObject *
complex_add(PyObject *left, PyObject *right)
{
    BOTH_COMPLEX(left, right, x, y);
    return PyComplex_FromCComplex(_Py_c_sum(x, y));
}

static PyObject *
complex_subtract(PyObject *left, PyObject *right)
{
    BOTH_COMPLEX(left, right, x, y);
    return PyComplex_FromCComplex(_Py_c_diff(x, y));
}

static PyObject *
complex_multiply(PyObject *left, PyObject *right)
{
    BOTH_COMPLEX(left, right, x, y);
    return PyComplex_FromCComplex(_Py_c_prod(x, y));
}

static PyObject *
complex_divide(PyObject *left, PyObject *right)
{
    BOTH_COMPLEX(left, right, x, y);
    errno = 0;
    Py_complex quotient = _Py_c_quot(x, y);
    if (errno == EDOM) {
        PyErr_SetString(PyExc_ZeroDivisionError, "complex division by zero");
        return NULL;
    }
    return PyComplex_FromCComplex(quotient);
}

static PyObject *
complex_power(PyObject *left, PyObject *right, PyObject *modulus)
{
    BOTH_COMPLEX(left, right, x, y);
    if (modulus != Py_None) {
        PyErr_SetString(PyExc_ValueError, "complex modulo");
        return NULL;
    }
    errno = 0;
    /* Small whole exponents by multiplication: exact where the factors are. */
    Py_complex power;
    if (y.imag == 0.0 && y.real == floor(y.real) && fabs(y.real) <= 100.0) {
        power = power_integral(x, (long)y.real);
        _Py_ADJUST_ERANGE2(power.real, power.imag);
    }
    else {
        power = _Py_c_pow(x, y);
    }
    if (errno == EDOM) {
        PyErr_SetString(PyExc_ZeroDivisionError, "0.0 to a negative or complex power");
        return NULL;
    }
    if (errno == ERANGE) {
        PyErr_SetString(PyExc_OverflowError, "complex exponentiation");
        return NULL;
    }
    return PyComplex_FromCComplex(power);
}

static PyObject *
complex_negative(PyObject *self)
{
    return PyComplex_FromCComplex(_Py_c_neg(((PyComplexObject *)self)->cval));
}

static PyObject *
complex_positive(PyObject *self)
{
    if (PyComplex_CheckExact(self))
        return Py_NewRef(self);
    return PyComplex_FromCComplex(((PyComplexObject *)self)->cval);
}

static PyObject *
complex_absolute(PyObject *self)
{
    double length = _Py_c_abs(((PyComplexObject *)self)->cval);
    if (errno == ERANGE) {
        PyErr_SetString(PyExc_OverflowError, "absolute value too large");
        return NULL;
    }
    return PyFloat_FromDouble(length);
}

static int
complex_bool(PyObject *self)
{
    Py_complex value = ((PyComplexObject *)self)->cval;
    return value.real != 0.0 || value.imag != 0.0;
}

static PyNumberMethods complex_as_number = {
    .nb_add = complex_add,
    .nb_subtract = complex_subtract,
    .nb_multiply = complex_multiply,
    .nb_power = complex_power,
    .nb_negative = complex_negative,
    .nb_positive = complex_positive,
    .nb_absolute = complex_absolute,
    .nb_bool = complex_bool,
    .nb_true_divide = complex_divide,
};

/* --- Methods ------------------------------------------------------------------------------------------ */

static PyObject *
complex_conjugate(PyObject *self, PyObject *Py_UNUSED(unused))
{
    Py_complex value = ((PyComplexObject *)self)->cval;
    return PyComplex_FromDoubles(value.real, -value.imag);
}

static PyObject *
complex_getnewargs(PyObject *self, PyObject *Py_UNUSED(unused))
{
    Py_complex value = ((PyComplexObject *)self)->cval;
    return Py_BuildValue("(dd)", value.real, value.imag);
}

static PyObject *
complex_itself(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return complex_positive(self);
}

static PyObject *
complex_format(PyObject *self, PyObject *spec)
{
    if (!PyUnicode_Check(spec)) {
        _PyArg_BadArgument("__format__", "argument", "str", spec);
        return NULL;
    }
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    if (_PyComplex_FormatAdvancedWriter(&writer, self, spec, 0, PyUnicode_GET_LENGTH(spec)) < 0) {
        _PyUnicodeWriter_Dealloc(&writer);
        return NULL;
    }
    return _PyUnicodeWriter_Finish(&writer);
}

static PyMethodDef complex_methods[] = {
    METHOD("__complex__", complex_itself, METH_NOARGS, "($self, /)", "An exact complex."),
    METHOD("conjugate", complex_conjugate, METH_NOARGS, "($self, /)",
           "The number with its imaginary part negated.\n\n>>> (3-4j).conjugate()\n(3+4j)"),
    METHOD("__getnewargs__", complex_getnewargs, METH_NOARGS, "($self, /)", ""),
    METHOD("__format__", complex_format, METH_O, "($self, format_spec, /)",
           "The value as format_spec wants it."),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef complex_members[] = {
    {"real", T_DOUBLE, offsetof(PyComplexObject, cval.real), READONLY, "the real part"},
    {"imag", T_DOUBLE, offsetof(PyComplexObject, cval.imag), READONLY, "the imaginary part"},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject PyComplex_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "complex",
    .tp_basicsize = sizeof(PyComplexObject),
    .tp_repr = complex_repr,
    .tp_as_number = &complex_as_number,
    .tp_hash = complex_hash,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "complex(real=0, imag=0)\n--\n\nThe number real + imag*1j.",
    .tp_richcompare = complex_richcompare,
    .tp_methods = complex_methods,
    .tp_members = complex_members,
    .tp_new = complex_new,
    .tp_free = PyObject_Free,
    .tp_vectorcall = complex_vectorcall,
};
