/* SPDX-License-Identifier: MIT */
/* int: the type. Construction, comparison, hash, slots, methods.
 *
 * Arithmetic lives in int_arith.c, int_divide.c, int_power.c and int_bits.c, conversions in
 * int_convert.c and int_text.c. A dead int of at most two digits leaves its block on the free
 * list; subclass instances never do. */
#include "Python.h"
#include "pycore_abstract.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_long.h"
#include "pycore_object.h"
#include "pycore_structseq.h"
#include "ks_args.h"
#include "ks_int.h"

/* --- Lifecycle -------------------------------------------------------------------------------- */

static void
int_dealloc(PyObject *self)
{
    if (KS_LIKELY(PyLong_CheckExact(self)) && ks_int_is_short((PyLongObject *)self) &&
        ks_int_free.count < KS_INT_FREE_MAX) {
        self->ob_type = (PyTypeObject *)ks_int_free.head;
        ks_int_free.head = (PyLongObject *)self;
        ks_int_free.count++;
        return;
    }
    Py_TYPE(self)->tp_free(self);
}

/* Gives the kept blocks back to the allocator. */
static void
int_free_clear(void)
{
    while (ks_int_free.head != NULL) {
        PyLongObject *block = ks_int_free.head;
        ks_int_free.head = (PyLongObject *)Py_TYPE(block);
        PyObject_Free(block);
    }
    ks_int_free.count = 0;
}

/* An instance of a subclass with the value of number. */
static PyObject *
int_subclass_new(PyTypeObject *type, KS_STEALS PyObject *number)
{
    if (number == NULL)
        return NULL;
    Py_ssize_t count = ks_int_count((PyLongObject *)number);
    PyLongObject *copy = (PyLongObject *)type->tp_alloc(type, count ? count : 1);
    if (copy != NULL) {
        Py_SET_SIZE(copy, Py_SIZE(number));
        memcpy(copy->ob_digit, ((PyLongObject *)number)->ob_digit, (size_t)count * sizeof(digit));
    }
    Py_DECREF(number);
    return (PyObject *)copy;
}

/* int(x, base) for either argument absent (NULL). */
static PyObject *
int_from_arguments(PyObject *x, PyObject *base)
{
    if (x == NULL) {
        if (base != NULL) {
            PyErr_SetString(PyExc_TypeError, "int() missing string argument");
            return NULL;
        }
        return ks_int_small(0);
    }
    if (base == NULL)
        return PyNumber_Long(x);
    Py_ssize_t radix = PyNumber_AsSsize_t(base, NULL);
    if (radix == -1 && PyErr_Occurred())
        return NULL;
    if ((radix != 0 && radix < 2) || radix > 36) {
        PyErr_SetString(PyExc_ValueError, "int() base must be >= 2 and <= 36, or 0");
        return NULL;
    }
    if (PyUnicode_Check(x))
        return PyLong_FromUnicodeObject(x, (int)radix);
    if (PyBytes_Check(x))
        return _PyLong_FromBytes(PyBytes_AS_STRING(x), PyBytes_GET_SIZE(x), (int)radix);
    if (PyByteArray_Check(x))
        return _PyLong_FromBytes(PyByteArray_AS_STRING(x), PyByteArray_GET_SIZE(x), (int)radix);
    PyErr_SetString(PyExc_TypeError, "int() can't convert non-string with explicit base");
    return NULL;
}

typedef struct IntArgs {
    PyObject *x;
    PyObject *base;
} IntArgs;

static const KsParam int_params[] = {
    PARAM_POS(IntArgs, x, ARG_OBJECT, 0),
    PARAM(IntArgs, base, ARG_OBJECT, 0),
    PARAM_END,
};

static PyObject *
int_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    IntArgs given = {NULL, NULL};
    if (!ks_args_parse_tuple("int", int_params, args, kwargs, &given))
        return NULL;
    PyObject *number = int_from_arguments(given.x, given.base);
    return type == &PyLong_Type ? number : int_subclass_new(type, number);
}

static PyObject *
int_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    IntArgs given = {NULL, NULL};
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (KS_LIKELY(kwnames == NULL && nargs == 1))
        return PyNumber_Long(args[0]);
    if (!ks_args_parse("int", int_params, args, nargs, kwnames, &given))
        return NULL;
    return int_from_arguments(given.x, given.base);
}

/* --- Comparison, hash, truth ------------------------------------------------------------------- */

static PyObject *
int_richcompare(PyObject *left, PyObject *right, int op)
{
    if (!PyLong_Check(left) || !PyLong_Check(right))
        Py_RETURN_NOTIMPLEMENTED;
    PyLongObject *a = (PyLongObject *)left, *b = (PyLongObject *)right;
    int order;
    if (KS_LIKELY(ks_int_is_short(a) && ks_int_is_short(b))) {
        int64_t x = ks_int_short_value(a), y = ks_int_short_value(b);
        order = (x > y) - (x < y);
    }
    else if (Py_SIZE(a) != Py_SIZE(b)) {
        order = Py_SIZE(a) < Py_SIZE(b) ? -1 : 1;
    }
    else {
        order = ks_int_compare_magnitude(a, b);
        order = Py_SIZE(a) < 0 ? -order : order;
    }
    Py_RETURN_RICHCOMPARE(order, 0, op);
}

/* The value modulo 2**61 - 1, negative for negative numbers; -2 in place of -1. */
static Py_hash_t
int_hash(PyObject *self)
{
    const PyLongObject *number = (PyLongObject *)self;
    if (KS_LIKELY(ks_int_is_short(number))) {
        int64_t value = ks_int_short_value(number);
        return value == -1 ? -2 : value;
    }
    uint64_t sum = 0;
    for (Py_ssize_t i = ks_int_count(number); --i >= 0;) {
        sum = (sum << PyLong_SHIFT & _PyHASH_MODULUS) | sum >> (_PyHASH_BITS - PyLong_SHIFT);
        sum += number->ob_digit[i];
        if (sum >= _PyHASH_MODULUS)
            sum -= _PyHASH_MODULUS;
    }
    Py_hash_t hash = Py_SIZE(number) < 0 ? -(Py_hash_t)sum : (Py_hash_t)sum;
    return hash == -1 ? -2 : hash;
}

static int
int_bool(PyObject *self)
{
    return Py_SIZE(self) != 0;
}

/* --- Number slots --------------------------------------------------------------------------------- */

static PyObject *
int_add(PyObject *left, PyObject *right)
{
    KS_BOTH_INTS(left, right);
    return _PyLong_Add((PyLongObject *)left, (PyLongObject *)right);
}

static PyObject *
int_subtract(PyObject *left, PyObject *right)
{
    KS_BOTH_INTS(left, right);
    return _PyLong_Subtract((PyLongObject *)left, (PyLongObject *)right);
}

static PyObject *
int_multiply(PyObject *left, PyObject *right)
{
    KS_BOTH_INTS(left, right);
    return _PyLong_Multiply((PyLongObject *)left, (PyLongObject *)right);
}

/* Itself if it is exactly an int, else an int of its value. */
static PyObject *
int_exact(PyObject *self)
{
    if (KS_LIKELY(PyLong_CheckExact(self)))
        return Py_NewRef(self);
    return _PyLong_Copy((PyLongObject *)self);
}

static PyObject *
int_negative(PyObject *self)
{
    if (ks_int_is_short((PyLongObject *)self))
        return ks_int_from_i64(-ks_int_short_value((PyLongObject *)self));
    PyObject *copy = _PyLong_Copy((PyLongObject *)self);
    if (copy != NULL)
        Py_SET_SIZE(copy, -Py_SIZE(copy));
    return copy;
}

static PyObject *
int_absolute(PyObject *self)
{
    return Py_SIZE(self) < 0 ? int_negative(self) : int_exact(self);
}

static PyObject *
int_invert(PyObject *self)
{
    return ks_int_invert((PyLongObject *)self);
}

static PyObject *
int_float(PyObject *self)
{
    const PyLongObject *number = (PyLongObject *)self;
    if (KS_LIKELY(ks_int_is_short(number)))
        return PyFloat_FromDouble((double)ks_int_short_value(number));
    double value = PyLong_AsDouble(self);
    return value == -1.0 && PyErr_Occurred() ? NULL : PyFloat_FromDouble(value);
}

static PyNumberMethods int_as_number = {
    .nb_add = int_add,
    .nb_subtract = int_subtract,
    .nb_multiply = int_multiply,
    .nb_remainder = ks_int_remainder,
    .nb_divmod = ks_int_divmod_pair,
    .nb_power = ks_int_power,
    .nb_negative = int_negative,
    .nb_positive = int_exact,
    .nb_absolute = int_absolute,
    .nb_bool = int_bool,
    .nb_invert = int_invert,
    .nb_lshift = ks_int_lshift,
    .nb_rshift = ks_int_rshift,
    .nb_and = ks_int_and,
    .nb_xor = ks_int_xor,
    .nb_or = ks_int_or,
    .nb_int = int_exact,
    .nb_float = int_float,
    .nb_floor_divide = ks_int_floor_divide,
    .nb_true_divide = ks_int_true_divide,
    .nb_index = int_exact,
};

/* --- Methods -------------------------------------------------------------------------------------- */

static PyObject *
int_itself(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return int_exact(self);
}

static PyObject *
int_round(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("__round__", nargs, 0, 1))
        return NULL;
    return nargs == 0 ? int_exact(self) : ks_int_round(self, args[0]);
}

static PyObject *
int_format(PyObject *self, PyObject *spec)
{
    if (!PyUnicode_Check(spec)) {
        _PyArg_BadArgument("__format__", "argument", "str", spec);
        return NULL;
    }
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    if (_PyLong_FormatAdvancedWriter(&writer, self, spec, 0, PyUnicode_GET_LENGTH(spec)) < 0) {
        _PyUnicodeWriter_Dealloc(&writer);
        return NULL;
    }
    return _PyUnicodeWriter_Finish(&writer);
}

static PyObject *
int_getnewargs(PyObject *self, PyObject *Py_UNUSED(unused))
{
    PyObject *value = _PyLong_Copy((PyLongObject *)self);
    return value == NULL ? NULL : Py_BuildValue("(N)", value);
}

static PyObject *
int_sizeof(PyObject *self, PyObject *Py_UNUSED(unused))
{
    /* One digit is there even when the value is 0. */
    Py_ssize_t count = ks_int_count((PyLongObject *)self);
    return PyLong_FromSsize_t((Py_ssize_t)offsetof(PyLongObject, ob_digit) +
                              (Py_ssize_t)sizeof(digit) * (count ? count : 1));
}

static PyObject *
int_as_integer_ratio(PyObject *self, PyObject *Py_UNUSED(unused))
{
    PyObject *numerator = int_exact(self);
    if (numerator == NULL)
        return NULL;
    PyObject *ratio = PyTuple_Pack(2, numerator, _PyLong_GetOne());
    Py_DECREF(numerator);
    return ratio;
}

typedef struct BytesArgs {
    PyObject *bytes;
    Py_ssize_t length;
    PyObject *byteorder;
    int is_signed;
} BytesArgs;

static const KsParam to_bytes_params[] = {
    PARAM(BytesArgs, length, ARG_INDEX, 0),
    PARAM(BytesArgs, byteorder, ARG_STR, 0),
    {"signed", offsetof(BytesArgs, is_signed), ARG_BOOL, 0, 1},
    PARAM_END,
};

static const KsParam from_bytes_params[] = {
    PARAM(BytesArgs, bytes, ARG_OBJECT, 1),
    PARAM(BytesArgs, byteorder, ARG_STR, 0),
    {"signed", offsetof(BytesArgs, is_signed), ARG_BOOL, 0, 1},
    PARAM_END,
};

/* 1 for little, 0 for big (or absent), -1 with ValueError. */
static int
order_is_little(PyObject *byteorder)
{
    if (byteorder == NULL || _PyUnicode_EqualToASCIIString(byteorder, "big"))
        return 0;
    if (_PyUnicode_EqualToASCIIString(byteorder, "little"))
        return 1;
    PyErr_SetString(PyExc_ValueError, "byteorder must be either 'little' or 'big'");
    return -1;
}

static PyObject *
int_to_bytes(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    BytesArgs given = {.length = 1};
    if (!ks_args_parse("to_bytes", to_bytes_params, args, nargs, kwnames, &given))
        return NULL;
    int is_little = order_is_little(given.byteorder);
    if (is_little < 0)
        return NULL;
    if (given.length < 0) {
        PyErr_SetString(PyExc_ValueError, "length argument must be non-negative");
        return NULL;
    }
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, given.length);
    if (bytes == NULL)
        return NULL;
    if (_PyLong_AsByteArray((PyLongObject *)self, (unsigned char *)PyBytes_AS_STRING(bytes),
                            (size_t)given.length, is_little, given.is_signed) < 0)
        Py_CLEAR(bytes);
    return bytes;
}

static PyObject *
int_from_bytes(PyObject *type, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    BytesArgs given = {.bytes = NULL};
    if (!ks_args_parse("from_bytes", from_bytes_params, args, nargs, kwnames, &given))
        return NULL;
    int is_little = order_is_little(given.byteorder);
    if (is_little < 0)
        return NULL;
    KS_OWNED PyObject *bytes = PyObject_Bytes(given.bytes);
    if (bytes == NULL)
        return NULL;
    PyObject *number = _PyLong_FromByteArray((unsigned char *)PyBytes_AS_STRING(bytes),
                                             (size_t)PyBytes_GET_SIZE(bytes), is_little,
                                             given.is_signed);
    if (number != NULL && type != (PyObject *)&PyLong_Type)
        Py_SETREF(number, PyObject_CallOneArg(type, number));
    return number;
}

static PyMethodDef int_methods[] = {
    METHOD_PLAIN("conjugate", int_itself, METH_NOARGS, "The number itself."),
    METHOD("bit_length", ks_int_bit_length, METH_NOARGS, "($self, /)",
           "How many bits the magnitude needs.\n\n>>> bin(37)\n'0b100101'\n>>> (37).bit_length()\n6"),
    METHOD("bit_count", ks_int_bit_count, METH_NOARGS, "($self, /)",
           "How many bits of the magnitude are set.\n\n>>> bin(13)\n'0b1101'\n>>> (13).bit_count()\n3"),
    METHOD("to_bytes", int_to_bytes, METH_FASTCALL | METH_KEYWORDS,
           "($self, /, length=1, byteorder='big', *, signed=False)",
           "The number as bytes; OverflowError if they do not hold it.\n\n"
           "  length: how many bytes.\n"
           "  byteorder: 'big' for the most significant byte first, or 'little'.\n"
           "  signed: two's complement; without it, negative numbers are refused."),
    METHOD("from_bytes", int_from_bytes, METH_FASTCALL | METH_KEYWORDS | METH_CLASS,
           "($type, /, bytes, byteorder=\'big\', *, signed=False)",
           "The number that the bytes represent; arguments as for to_bytes()."),
    METHOD("as_integer_ratio", int_as_integer_ratio, METH_NOARGS, "($self, /)",
           "The pair (number, 1).\n\n>>> (10).as_integer_ratio()\n(10, 1)"),
    METHOD_PLAIN("__trunc__", int_itself, METH_NOARGS, "The number itself."),
    METHOD_PLAIN("__floor__", int_itself, METH_NOARGS, "The number itself."),
    METHOD_PLAIN("__ceil__", int_itself, METH_NOARGS, "The number itself."),
    METHOD("__round__", int_round, METH_FASTCALL, "($self, ndigits=<unrepresentable>, /)",
           "The number, rounded to a power of ten if ndigits is negative."),
    METHOD("__getnewargs__", int_getnewargs, METH_NOARGS, "($self, /)", ""),
    METHOD("__format__", int_format, METH_O, "($self, format_spec, /)", ""),
    METHOD("__sizeof__", int_sizeof, METH_NOARGS, "($self, /)", "Memory used, in bytes."),
    {NULL, NULL, 0, NULL},
};

static PyObject *
int_get_itself(PyObject *self, void *Py_UNUSED(closure))
{
    return int_exact(self);
}

static PyObject *
int_get_constant(PyObject *Py_UNUSED(self), void *closure)
{
    return ks_int_small((intptr_t)closure);
}

static PyGetSetDef int_getset[] = {
    {"real", int_get_itself, NULL, "the number itself", NULL},
    {"imag", int_get_constant, NULL, "always 0", (void *)0},
    {"numerator", int_get_itself, NULL, "the number itself", NULL},
    {"denominator", int_get_constant, NULL, "always 1", (void *)1},
    {NULL, NULL, NULL, NULL, NULL},
};

PyDoc_STRVAR(int_doc,
"int([x]) -> integer\n"
"int(x, base=10) -> integer\n"
"\n"
"An integer of any size: 0 without arguments, else from a number (its\n"
"fraction cut off), or from a str, bytes or bytearray that holds a literal\n"
"in the given base, with optional sign, underscores and spaces around it.\n"
"The base is 2 to 36, or 0 to go by the literal's prefix.\n"
">>> int('0b100', base=0)\n"
"4");

PyTypeObject PyLong_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "int",
    .tp_basicsize = offsetof(PyLongObject, ob_digit),
    .tp_itemsize = sizeof(digit),
    .tp_dealloc = int_dealloc,
    .tp_repr = ks_int_to_decimal,
    .tp_as_number = &int_as_number,
    .tp_hash = int_hash,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_LONG_SUBCLASS |
                _Py_TPFLAGS_MATCH_SELF,
    .tp_doc = int_doc,
    .tp_richcompare = int_richcompare,
    .tp_methods = int_methods,
    .tp_getset = int_getset,
    .tp_new = int_new,
    .tp_free = PyObject_Free,
    .tp_vectorcall = int_vectorcall,
};

/* --- sys.int_info, set-up --------------------------------------------------------------------------- */

static PyTypeObject Int_InfoType;

static PyStructSequence_Field int_info_fields[] = {
    {"bits_per_digit", "bits that one digit holds"},
    {"sizeof_digit", "bytes that one digit takes"},
    {"default_max_str_digits", "limit of decimal conversions at start"},
    {"str_digits_check_threshold", "digits below which no limit can be set"},
    {NULL, NULL},
};

static PyStructSequence_Desc int_info_desc = {
    "sys.int_info",
    "How ints are represented, as sys.int_info.",
    int_info_fields,
    4,
};

PyObject *
PyLong_GetInfo(void)
{
    const long values[] = {PyLong_SHIFT, sizeof(digit), _PY_LONG_DEFAULT_MAX_STR_DIGITS,
                           _PY_LONG_MAX_STR_DIGITS_THRESHOLD};
    PyObject *info = PyStructSequence_New(&Int_InfoType);
    for (int i = 0; info != NULL && i < 4; i++) {
        PyObject *value = PyLong_FromLong(values[i]);
        if (value == NULL)
            Py_CLEAR(info);
        else
            PyStructSequence_SET_ITEM(info, i, value);
    }
    return info;
}

PyStatus
_PyLong_InitTypes(PyInterpreterState *interp)
{
    if (_Py_IsMainInterpreter(interp) && Int_InfoType.tp_name == NULL &&
        PyStructSequence_InitType2(&Int_InfoType, &int_info_desc) < 0)
        return _PyStatus_ERR("can't init int info type");
    interp->int_max_str_digits = _Py_global_config_int_max_str_digits;
    if (interp->int_max_str_digits == -1)
        interp->int_max_str_digits = _PY_LONG_DEFAULT_MAX_STR_DIGITS;
    return _PyStatus_OK();
}

void
_PyLong_FiniTypes(PyInterpreterState *interp)
{
    if (!_Py_IsMainInterpreter(interp))
        return;
    _PyStructSequence_FiniType(&Int_InfoType);
    int_free_clear();
}
