/* SPDX-License-Identifier: MIT */
/* The number protocol: PyNumber_*.
 *
 * Who is asked for left OP right: the left operand's slot, then the right one's; the right one's
 * first if its type is a subclass of the left one's. Operands of one slot are asked once. A slot
 * that returns NotImplemented passes; sequences get their say for + and * last. */
#include "Python.h"
#include "pycore_abstract.h"
#include "pycore_long.h"
#include "pycore_object.h"
#include "ks_abstract.h"
#include "ks_int.h"

#define SLOT(member) offsetof(PyNumberMethods, member)

KS_INLINE binaryfunc
slot_of(PyObject *object, size_t slot)
{
    PyNumberMethods *methods = Py_TYPE(object)->tp_as_number;
    return methods == NULL ? NULL : *(binaryfunc *)((char *)methods + slot);
}

/* --- Errors -------------------------------------------------------------------------------------- */

static KS_COLD PyObject *
refuse_operands(PyObject *left, PyObject *right, const char *sign)
{
    const char *hint = "";
    if (strcmp(sign, ">>") == 0 && PyCFunction_CheckExact(left) &&
        strcmp(((PyCFunctionObject *)left)->m_ml->ml_name, "print") == 0)
        hint = ". Did you mean \"print(<message>, file=<output_stream>)\"?";
    PyErr_Format(PyExc_TypeError, "unsupported operand type(s) for %.100s: '%.100s' and '%.100s'%s",
                 sign, Py_TYPE(left)->tp_name, Py_TYPE(right)->tp_name, hint);
    return NULL;
}

static KS_COLD PyObject *
refuse_power(PyObject *left, PyObject *right, PyObject *third, const char *sign)
{
    if (third == Py_None)
        return refuse_operands(left, right, sign);
    PyErr_Format(PyExc_TypeError,
                 "unsupported operand type(s) for %.100s: '%.100s', '%.100s', '%.100s'", sign,
                 Py_TYPE(left)->tp_name, Py_TYPE(right)->tp_name, Py_TYPE(third)->tp_name);
    return NULL;
}

/* --- Two operands --------------------------------------------------------------------------------- */

KS_INLINE PyObject *
binary_try(PyObject *left, PyObject *right, size_t slot)
{
    binaryfunc first = slot_of(left, slot), second = NULL;
    if (!Py_IS_TYPE(right, Py_TYPE(left))) {
        second = slot_of(right, slot);
        if (second == first)
            second = NULL;
    }
    if (first != NULL) {
        if (second != NULL && PyType_IsSubtype(Py_TYPE(right), Py_TYPE(left))) {
            PyObject *result = second(left, right);
            if (result != Py_NotImplemented)
                return result;
            Py_DECREF(result);
            second = NULL;
        }
        PyObject *result = first(left, right);
        if (KS_LIKELY(result != Py_NotImplemented))
            return result;
        Py_DECREF(result);
    }
    if (second != NULL)
        return second(left, right);
    return Py_NewRef(Py_NotImplemented);
}

KS_NEW PyObject *
ks_number_binary(PyObject *left, PyObject *right, size_t slot)
{
    return binary_try(left, right, slot);
}

KS_INLINE PyObject *
inplace_try(PyObject *left, PyObject *right, size_t inplace, size_t slot)
{
    binaryfunc own = slot_of(left, inplace);
    if (own != NULL) {
        PyObject *result = own(left, right);
        if (result != Py_NotImplemented)
            return result;
        Py_DECREF(result);
    }
    return binary_try(left, right, slot);
}

#define BINARY(name, member, sign)                                             \
    PyObject *name(PyObject *left, PyObject *right)                            \
    {                                                                          \
        PyObject *result = binary_try(left, right, SLOT(member));              \
        if (KS_LIKELY(result != Py_NotImplemented))                            \
            return result;                                                     \
        Py_DECREF(result);                                                     \
        return refuse_operands(left, right, sign);                             \
    }

#define INPLACE(name, inplace, member, sign)                                   \
    PyObject *name(PyObject *left, PyObject *right)                            \
    {                                                                          \
        PyObject *result = inplace_try(left, right, SLOT(inplace), SLOT(member)); \
        if (KS_LIKELY(result != Py_NotImplemented))                            \
            return result;                                                     \
        Py_DECREF(result);                                                     \
        return refuse_operands(left, right, sign);                             \
    }

BINARY(PyNumber_Or, nb_or, "|")
BINARY(PyNumber_Xor, nb_xor, "^")
BINARY(PyNumber_And, nb_and, "&")
BINARY(PyNumber_Lshift, nb_lshift, "<<")
BINARY(PyNumber_Rshift, nb_rshift, ">>")
BINARY(PyNumber_Subtract, nb_subtract, "-")
BINARY(PyNumber_Divmod, nb_divmod, "divmod()")
BINARY(PyNumber_MatrixMultiply, nb_matrix_multiply, "@")
BINARY(PyNumber_FloorDivide, nb_floor_divide, "//")
BINARY(PyNumber_TrueDivide, nb_true_divide, "/")
BINARY(PyNumber_Remainder, nb_remainder, "%")

INPLACE(PyNumber_InPlaceOr, nb_inplace_or, nb_or, "|=")
INPLACE(PyNumber_InPlaceXor, nb_inplace_xor, nb_xor, "^=")
INPLACE(PyNumber_InPlaceAnd, nb_inplace_and, nb_and, "&=")
INPLACE(PyNumber_InPlaceLshift, nb_inplace_lshift, nb_lshift, "<<=")
INPLACE(PyNumber_InPlaceRshift, nb_inplace_rshift, nb_rshift, ">>=")
INPLACE(PyNumber_InPlaceSubtract, nb_inplace_subtract, nb_subtract, "-=")
INPLACE(PyNumber_InPlaceMatrixMultiply, nb_inplace_matrix_multiply, nb_matrix_multiply, "@=")
INPLACE(PyNumber_InPlaceFloorDivide, nb_inplace_floor_divide, nb_floor_divide, "//=")
INPLACE(PyNumber_InPlaceTrueDivide, nb_inplace_true_divide, nb_true_divide, "/=")
INPLACE(PyNumber_InPlaceRemainder, nb_inplace_remainder, nb_remainder, "%=")

PyObject *
PyNumber_Add(PyObject *left, PyObject *right)
{
    PyObject *result = binary_try(left, right, SLOT(nb_add));
    if (KS_LIKELY(result != Py_NotImplemented))
        return result;
    Py_DECREF(result);
    PySequenceMethods *sequence = Py_TYPE(left)->tp_as_sequence;
    if (sequence != NULL && sequence->sq_concat != NULL)
        return sequence->sq_concat(left, right);
    return refuse_operands(left, right, "+");
}

PyObject *
PyNumber_InPlaceAdd(PyObject *left, PyObject *right)
{
    PyObject *result = inplace_try(left, right, SLOT(nb_inplace_add), SLOT(nb_add));
    if (KS_LIKELY(result != Py_NotImplemented))
        return result;
    Py_DECREF(result);
    PySequenceMethods *sequence = Py_TYPE(left)->tp_as_sequence;
    if (sequence != NULL) {
        binaryfunc concat = sequence->sq_inplace_concat;
        if (concat == NULL)
            concat = sequence->sq_concat;
        if (concat != NULL)
            return concat(left, right);
    }
    return refuse_operands(left, right, "+=");
}

static PyObject *
repeat(ssizeargfunc function, PyObject *sequence, PyObject *times)
{
    if (!_PyIndex_Check(times))
        return ks_refuse_type("can't multiply sequence by non-int of type '%.200s'", times);
    Py_ssize_t count = PyNumber_AsSsize_t(times, PyExc_OverflowError);
    if (count == -1 && PyErr_Occurred())
        return NULL;
    return function(sequence, count);
}

PyObject *
PyNumber_Multiply(PyObject *left, PyObject *right)
{
    PyObject *result = binary_try(left, right, SLOT(nb_multiply));
    if (KS_LIKELY(result != Py_NotImplemented))
        return result;
    Py_DECREF(result);
    PySequenceMethods *ours = Py_TYPE(left)->tp_as_sequence;
    PySequenceMethods *theirs = Py_TYPE(right)->tp_as_sequence;
    if (ours != NULL && ours->sq_repeat != NULL)
        return repeat(ours->sq_repeat, left, right);
    if (theirs != NULL && theirs->sq_repeat != NULL)
        return repeat(theirs->sq_repeat, right, left);
    return refuse_operands(left, right, "*");
}

PyObject *
PyNumber_InPlaceMultiply(PyObject *left, PyObject *right)
{
    PyObject *result = inplace_try(left, right, SLOT(nb_inplace_multiply), SLOT(nb_multiply));
    if (KS_LIKELY(result != Py_NotImplemented))
        return result;
    Py_DECREF(result);
    PySequenceMethods *ours = Py_TYPE(left)->tp_as_sequence;
    PySequenceMethods *theirs = Py_TYPE(right)->tp_as_sequence;
    if (ours != NULL && (ours->sq_inplace_repeat != NULL || ours->sq_repeat != NULL)) {
        return repeat(ours->sq_inplace_repeat ? ours->sq_inplace_repeat : ours->sq_repeat, left,
                      right);
    }
    /* The right operand must not be changed: its own in-place slot is not for us. */
    if (ours == NULL && theirs != NULL && theirs->sq_repeat != NULL)
        return repeat(theirs->sq_repeat, right, left);
    return refuse_operands(left, right, "*=");
}

/* --- Powers ----------------------------------------------------------------------------------------- */

KS_INLINE ternaryfunc
power_slot(PyObject *object)
{
    PyNumberMethods *methods = Py_TYPE(object)->tp_as_number;
    return methods == NULL ? NULL : methods->nb_power;
}

static PyObject *
power_try(PyObject *base, PyObject *exponent, PyObject *modulus, const char *sign)
{
    ternaryfunc order[3] = {power_slot(base), NULL, NULL};
    if (!Py_IS_TYPE(exponent, Py_TYPE(base))) {
        order[1] = power_slot(exponent);
        if (order[1] == order[0])
            order[1] = NULL;
    }
    order[2] = power_slot(modulus);
    if (order[2] == order[0] || order[2] == order[1])
        order[2] = NULL;
    if (order[0] != NULL && order[1] != NULL &&
        PyType_IsSubtype(Py_TYPE(exponent), Py_TYPE(base))) {
        ternaryfunc first = order[0];
        order[0] = order[1];
        order[1] = first;
    }
    for (int i = 0; i < 3; i++) {
        if (order[i] == NULL)
            continue;
        PyObject *result = order[i](base, exponent, modulus);
        if (result != Py_NotImplemented)
            return result;
        Py_DECREF(result);
    }
    return refuse_power(base, exponent, modulus, sign);
}

PyObject *
PyNumber_Power(PyObject *base, PyObject *exponent, PyObject *modulus)
{
    return power_try(base, exponent, modulus, "** or pow()");
}

PyObject *
PyNumber_InPlacePower(PyObject *base, PyObject *exponent, PyObject *modulus)
{
    PyNumberMethods *methods = Py_TYPE(base)->tp_as_number;
    if (methods != NULL && methods->nb_inplace_power != NULL) {
        PyObject *result = methods->nb_inplace_power(base, exponent, modulus);
        if (result != Py_NotImplemented)
            return result;
        Py_DECREF(result);
    }
    return power_try(base, exponent, modulus, "**=");
}

PyObject *
_PyNumber_PowerNoMod(PyObject *base, PyObject *exponent)
{
    return PyNumber_Power(base, exponent, Py_None);
}

PyObject *
_PyNumber_InPlacePowerNoMod(PyObject *base, PyObject *exponent)
{
    return PyNumber_InPlacePower(base, exponent, Py_None);
}

/* --- One operand -------------------------------------------------------------------------------------- */

#define UNARY(name, member, sign)                                                 \
    PyObject *name(PyObject *object)                                              \
    {                                                                             \
        if (object == NULL)                                                       \
            return ks_refuse_null();                                              \
        PyNumberMethods *methods = Py_TYPE(object)->tp_as_number;                 \
        if (methods != NULL && methods->member != NULL)                           \
            return methods->member(object);                                       \
        return ks_refuse_type("bad operand type for " sign ": '%.200s'", object); \
    }

UNARY(PyNumber_Negative, nb_negative, "unary -")
UNARY(PyNumber_Positive, nb_positive, "unary +")
UNARY(PyNumber_Invert, nb_invert, "unary ~")
UNARY(PyNumber_Absolute, nb_absolute, "abs()")

/* --- Conversions ------------------------------------------------------------------------------------------ */

int
PyNumber_Check(PyObject *object)
{
    if (object == NULL)
        return 0;
    PyNumberMethods *methods = Py_TYPE(object)->tp_as_number;
    return (methods != NULL && (methods->nb_index || methods->nb_int || methods->nb_float)) ||
           PyComplex_Check(object);
}

int
PyIndex_Check(PyObject *object)
{
    return _PyIndex_Check(object);
}

/* What __int__ or __index__ gave: an exact int passes, a subclass instance warns. Takes the
 * reference; -1 drops it. */
static int
check_int_result(PyObject **result, const char *method)
{
    if (*result == NULL || PyLong_CheckExact(*result))
        return *result == NULL ? -1 : 0;
    int status = -1;
    if (!PyLong_Check(*result)) {
        PyErr_Format(PyExc_TypeError, "%s returned non-int (type %.200s)", method,
                     Py_TYPE(*result)->tp_name);
    }
    else {
        status = PyErr_WarnFormat(PyExc_DeprecationWarning, 1,
                                  "%s returned non-int (type %.200s).  "
                                  "The ability to return an instance of a strict subclass of int "
                                  "is deprecated, and may be removed in a future version of "
                                  "Python.", method, Py_TYPE(*result)->tp_name);
    }
    if (status < 0)
        Py_CLEAR(*result);
    return status;
}

/* An int or an instance of a subclass of it. */
PyObject *
_PyNumber_Index(PyObject *object)
{
    if (object == NULL)
        return ks_refuse_null();
    if (KS_LIKELY(PyLong_Check(object)))
        return Py_NewRef(object);
    if (!_PyIndex_Check(object))
        return ks_refuse_type("'%.200s' object cannot be interpreted as an integer", object);
    PyObject *result = Py_TYPE(object)->tp_as_number->nb_index(object);
    return check_int_result(&result, "__index__") < 0 ? NULL : result;
}

/* Steals the int; exactly an int comes back. */
static PyObject *
exact_int(KS_STEALS PyObject *number)
{
    if (number != NULL && !PyLong_CheckExact(number))
        Py_SETREF(number, _PyLong_Copy((PyLongObject *)number));
    return number;
}

PyObject *
PyNumber_Index(PyObject *object)
{
    return exact_int(_PyNumber_Index(object));
}

/* Too large: OverflowError or whatever `error` says; saturated if `error` is NULL. */
Py_ssize_t
PyNumber_AsSsize_t(PyObject *object, PyObject *error)
{
    if (KS_LIKELY(object != NULL && PyLong_Check(object) && ks_int_is_short((PyLongObject *)object)))
        return ks_int_short_value((PyLongObject *)object);
    KS_OWNED PyObject *number = _PyNumber_Index(object);
    if (number == NULL)
        return -1;
    int overflow;
    Py_ssize_t value = PyLong_AsLongAndOverflow(number, &overflow);
    if (KS_LIKELY(!overflow))
        return value;
    if (error == NULL)
        return overflow < 0 ? PY_SSIZE_T_MIN : PY_SSIZE_T_MAX;
    PyErr_Format(error, "cannot fit '%.200s' into an index-sized integer",
                 Py_TYPE(object)->tp_name);
    return -1;
}

/* int() of what only has __trunc__: 1 and the result, 0 without the method, -1. */
static int
int_by_trunc(PyObject *object, PyObject **result)
{
    KS_OWNED PyObject *method = _PyObject_LookupSpecial(object, &_Py_ID(__trunc__));
    if (method == NULL)
        return PyErr_Occurred() ? -1 : 0;
    if (PyErr_WarnEx(PyExc_DeprecationWarning,
                     "The delegation of int() to __trunc__ is deprecated.", 1) < 0)
        return -1;
    KS_OWNED PyObject *whole = PyObject_CallNoArgs(method);
    if (whole == NULL)
        return -1;
    if (!PyLong_Check(whole) && !_PyIndex_Check(whole))
        return ks_refuse_type_int("__trunc__ returned non-Integral (type %.200s)", whole);
    *result = PyNumber_Index(whole);
    return *result == NULL ? -1 : 1;
}

/* int() of text in any form; NULL with TypeError for other objects. */
static PyObject *
int_of_text(PyObject *object)
{
    if (PyUnicode_Check(object))
        return PyLong_FromUnicodeObject(object, 10);
    if (PyBytes_Check(object))
        return _PyLong_FromBytes(PyBytes_AS_STRING(object), PyBytes_GET_SIZE(object), 10);
    if (PyByteArray_Check(object))
        return _PyLong_FromBytes(PyByteArray_AS_STRING(object), PyByteArray_GET_SIZE(object), 10);
    Py_buffer view;
    if (PyObject_CheckBuffer(object) && PyObject_GetBuffer(object, &view, PyBUF_SIMPLE) == 0) {
        /* A copy ends in a nul, which the reader needs. */
        KS_OWNED PyObject *bytes = PyBytes_FromStringAndSize(view.buf, view.len);
        PyBuffer_Release(&view);
        return bytes == NULL ? NULL : _PyLong_FromBytes(PyBytes_AS_STRING(bytes),
                                                        PyBytes_GET_SIZE(bytes), 10);
    }
    return ks_refuse_type("int() argument must be a string, a bytes-like object or a real "
                          "number, not '%.200s'", object);
}

/* int(object). */
PyObject *
PyNumber_Long(PyObject *object)
{
    if (object == NULL)
        return ks_refuse_null();
    if (PyLong_CheckExact(object))
        return Py_NewRef(object);
    if (PyUnicode_CheckExact(object))
        return PyLong_FromUnicodeObject(object, 10);
    PyNumberMethods *methods = Py_TYPE(object)->tp_as_number;
    if (methods != NULL && methods->nb_int != NULL) {
        PyObject *result = methods->nb_int(object);
        return check_int_result(&result, "__int__") < 0 ? NULL : exact_int(result);
    }
    if (methods != NULL && methods->nb_index != NULL)
        return PyNumber_Index(object);
    PyObject *result = NULL;
    int found = int_by_trunc(object, &result);
    if (found != 0)
        return found < 0 ? NULL : result;
    return int_of_text(object);
}

/* float(object). */
PyObject *
PyNumber_Float(PyObject *object)
{
    if (object == NULL)
        return ks_refuse_null();
    if (PyFloat_CheckExact(object))
        return Py_NewRef(object);
    PyNumberMethods *methods = Py_TYPE(object)->tp_as_number;
    if (methods != NULL && methods->nb_float != NULL) {
        KS_OWNED PyObject *result = methods->nb_float(object);
        if (result == NULL || PyFloat_CheckExact(result))
            return ks_give(&result);
        if (!PyFloat_Check(result)) {
            PyErr_Format(PyExc_TypeError, "%.50s.__float__ returned non-float (type %.50s)",
                         Py_TYPE(object)->tp_name, Py_TYPE(result)->tp_name);
            return NULL;
        }
        if (PyErr_WarnFormat(PyExc_DeprecationWarning, 1,
                             "%.50s.__float__ returned non-float (type %.50s).  "
                             "The ability to return an instance of a strict subclass of float "
                             "is deprecated, and may be removed in a future version of Python.",
                             Py_TYPE(object)->tp_name, Py_TYPE(result)->tp_name) < 0)
            return NULL;
        return PyFloat_FromDouble(PyFloat_AS_DOUBLE(result));
    }
    if (methods != NULL && methods->nb_index != NULL) {
        KS_OWNED PyObject *number = _PyNumber_Index(object);
        if (number == NULL)
            return NULL;
        double value = PyLong_AsDouble(number);
        return value == -1.0 && PyErr_Occurred() ? NULL : PyFloat_FromDouble(value);
    }
    if (PyFloat_Check(object)) /* a subclass that was robbed of its slot */
        return PyFloat_FromDouble(PyFloat_AS_DOUBLE(object));
    return PyFloat_FromString(object);
}

/* bin(), oct(), hex() and decimal. */
PyObject *
PyNumber_ToBase(PyObject *object, int base)
{
    if (base != 2 && base != 8 && base != 10 && base != 16) {
        PyErr_SetString(PyExc_SystemError, "PyNumber_ToBase: base must be 2, 8, 10 or 16");
        return NULL;
    }
    KS_OWNED PyObject *number = _PyNumber_Index(object);
    return number == NULL ? NULL : _PyLong_Format(number, base);
}
