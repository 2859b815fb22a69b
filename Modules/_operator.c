/* SPDX-License-Identifier: MIT */
/* The _operator module: Python's operators as functions. The getters are in operator_getters.c. */
#include "Python.h"

#include "ks_operator.h"

/* ---- one and two operands: a row each ---- */

#define UNARY(name, expression)                                 \
    static PyObject *op_##name(PyObject *module, PyObject *a)   \
    {                                                           \
        return expression;                                      \
    }
#define BINARY(name, expression)                                                             \
    static PyObject *op_##name(PyObject *module, PyObject *const *args, Py_ssize_t nargs)    \
    {                                                                                        \
        if (!ks_args_count(#name, nargs, 2, 2))                                              \
            return NULL;                                                                     \
        PyObject *a = args[0], *b = args[1];                                                 \
        return expression;                                                                   \
    }

static PyObject *
truth_value(int truth)
{
    return truth < 0 ? NULL : PyBool_FromLong(truth);
}

static PyObject *
number_value(Py_ssize_t number)
{
    return number == -1 ? NULL : PyLong_FromSsize_t(number);
}

static PyObject *
none_value(int failed)
{
    return failed < 0 ? NULL : Py_NewRef(Py_None);
}

UNARY(truth, truth_value(PyObject_IsTrue(a)))
UNARY(not_, truth_value(PyObject_Not(a)))
UNARY(index, PyNumber_Index(a))
UNARY(neg, PyNumber_Negative(a))
UNARY(pos, PyNumber_Positive(a))
UNARY(abs, PyNumber_Absolute(a))
UNARY(invert, PyNumber_Invert(a))
BINARY(add, PyNumber_Add(a, b))
BINARY(sub, PyNumber_Subtract(a, b))
BINARY(mul, PyNumber_Multiply(a, b))
BINARY(matmul, PyNumber_MatrixMultiply(a, b))
BINARY(floordiv, PyNumber_FloorDivide(a, b))
BINARY(truediv, PyNumber_TrueDivide(a, b))
BINARY(mod, PyNumber_Remainder(a, b))
BINARY(pow, PyNumber_Power(a, b, Py_None))
BINARY(lshift, PyNumber_Lshift(a, b))
BINARY(rshift, PyNumber_Rshift(a, b))
BINARY(and_, PyNumber_And(a, b))
BINARY(xor, PyNumber_Xor(a, b))
BINARY(or_, PyNumber_Or(a, b))
BINARY(iadd, PyNumber_InPlaceAdd(a, b))
BINARY(isub, PyNumber_InPlaceSubtract(a, b))
BINARY(imul, PyNumber_InPlaceMultiply(a, b))
BINARY(imatmul, PyNumber_InPlaceMatrixMultiply(a, b))
BINARY(ifloordiv, PyNumber_InPlaceFloorDivide(a, b))
BINARY(itruediv, PyNumber_InPlaceTrueDivide(a, b))
BINARY(imod, PyNumber_InPlaceRemainder(a, b))
BINARY(ipow, PyNumber_InPlacePower(a, b, Py_None))
BINARY(ilshift, PyNumber_InPlaceLshift(a, b))
BINARY(irshift, PyNumber_InPlaceRshift(a, b))
BINARY(iand, PyNumber_InPlaceAnd(a, b))
BINARY(ixor, PyNumber_InPlaceXor(a, b))
BINARY(ior, PyNumber_InPlaceOr(a, b))
BINARY(lt, PyObject_RichCompare(a, b, Py_LT))
BINARY(le, PyObject_RichCompare(a, b, Py_LE))
BINARY(eq, PyObject_RichCompare(a, b, Py_EQ))
BINARY(ne, PyObject_RichCompare(a, b, Py_NE))
BINARY(gt, PyObject_RichCompare(a, b, Py_GT))
BINARY(ge, PyObject_RichCompare(a, b, Py_GE))
BINARY(is_, PyBool_FromLong(a == b))
BINARY(is_not, PyBool_FromLong(a != b))
BINARY(concat, PySequence_Concat(a, b))
BINARY(iconcat, PySequence_InPlaceConcat(a, b))
BINARY(contains, truth_value(PySequence_Contains(a, b)))
BINARY(countOf, number_value(PySequence_Count(a, b)))
BINARY(indexOf, number_value(PySequence_Index(a, b)))
BINARY(getitem, PyObject_GetItem(a, b))
BINARY(delitem, none_value(PyObject_DelItem(a, b)))

/* ---- the others ---- */

static PyObject *
op_setitem(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("setitem", nargs, 3, 3))
        return NULL;
    return none_value(PyObject_SetItem(args[0], args[1], args[2]));
}

static PyObject *
op_length_hint(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t fallback = 0;
    if (!ks_args_count("length_hint", nargs, 1, 2)
        || (nargs == 2 && !ks_arg_index(args[1], &fallback)))
        return NULL;
    Py_ssize_t hint = PyObject_LengthHint(args[0], fallback);
    return hint == -1 && PyErr_Occurred() ? NULL : PyLong_FromSsize_t(hint);
}

static PyObject *
op_call(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (!ks_args_count("call", nargs, 1, PY_SSIZE_T_MAX))
        return NULL;
    /* args[0] is ours to overwrite while the callee runs. */
    return PyObject_Vectorcall(args[0], args + 1,
                               (size_t)(nargs - 1) | PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames);
}

/* Equality in a time that depends on b's length only: every byte is looked at. */
static int
same_bytes(const unsigned char *a, Py_ssize_t a_length, const unsigned char *b,
           Py_ssize_t b_length)
{
    volatile const unsigned char *left = a_length == b_length ? a : b, *right = b;
    volatile unsigned char differences = a_length != b_length;
    for (volatile Py_ssize_t i = 0; i < b_length; i++)
        differences |= left[i] ^ right[i];
    return differences == 0;
}

static PyObject *
compare_buffers(PyObject *a, PyObject *b)
{
    Py_buffer left, right;
    PyObject *result = NULL;
    if (PyObject_GetBuffer(a, &left, PyBUF_SIMPLE) < 0)
        return NULL;
    if (left.ndim > 1) {
        PyErr_SetString(PyExc_BufferError, "Buffer must be single dimension");
        goto done;
    }
    if (PyObject_GetBuffer(b, &right, PyBUF_SIMPLE) < 0)
        goto done;
    if (right.ndim > 1)
        PyErr_SetString(PyExc_BufferError, "Buffer must be single dimension");
    else
        result = PyBool_FromLong(same_bytes(left.buf, left.len, right.buf, right.len));
    PyBuffer_Release(&right);
done:
    PyBuffer_Release(&left);
    return result;
}

static PyObject *
op__compare_digest(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("_compare_digest", nargs, 2, 2))
        return NULL;
    PyObject *a = args[0], *b = args[1];
    if (PyUnicode_Check(a) && PyUnicode_Check(b)) {
        if (PyUnicode_READY(a) < 0 || PyUnicode_READY(b) < 0)
            return NULL;
        if (!PyUnicode_IS_ASCII(a) || !PyUnicode_IS_ASCII(b)) {
            PyErr_SetString(PyExc_TypeError,
                            "comparing strings with non-ASCII characters is not supported");
            return NULL;
        }
        return PyBool_FromLong(same_bytes(PyUnicode_DATA(a), PyUnicode_GET_LENGTH(a),
                                          PyUnicode_DATA(b), PyUnicode_GET_LENGTH(b)));
    }
    if (!PyObject_CheckBuffer(a) && !PyObject_CheckBuffer(b)) {
        PyErr_Format(PyExc_TypeError,
                     "unsupported operand types(s) or combination of types: '%.100s' and '%.100s'",
                     Py_TYPE(a)->tp_name, Py_TYPE(b)->tp_name);
        return NULL;
    }
    return compare_buffers(a, b);
}

/* ---- the module ---- */

#define ONE(name, function, doc) METHOD(name, op_##function, METH_O, "($module, a, /)", doc)
#define TWO(name, function, doc) \
    METHOD(name, op_##function, METH_FASTCALL, "($module, a, b, /)", doc)

static PyMethodDef operator_methods[] = {
    ONE("truth", truth, "True if a is true, False otherwise."),
    TWO("contains", contains, "Same as b in a (note reversed operands)."),
    TWO("indexOf", indexOf, "Where b stands first in a."),
    TWO("countOf", countOf, "How often b is in a."),
    TWO("is_", is_, "Same as a is b."),
    TWO("is_not", is_not, "Same as a is not b."),
    TWO("add", add, "Same as a + b."),
    TWO("sub", sub, "Same as a - b."),
    TWO("mul", mul, "Same as a * b."),
    TWO("matmul", matmul, "Same as a @ b."),
    TWO("floordiv", floordiv, "Same as a // b."),
    TWO("truediv", truediv, "Same as a / b."),
    TWO("mod", mod, "Same as a % b."),
    ONE("neg", neg, "Same as -a."),
    ONE("pos", pos, "Same as +a."),
    ONE("abs", abs, "Same as abs(a)."),
    ONE("inv", invert, "Same as ~a."),
    ONE("invert", invert, "Same as ~a."),
    TWO("lshift", lshift, "Same as a << b."),
    TWO("rshift", rshift, "Same as a >> b."),
    ONE("not_", not_, "Same as not a."),
    TWO("and_", and_, "Same as a & b."),
    TWO("xor", xor, "Same as a ^ b."),
    TWO("or_", or_, "Same as a | b."),
    TWO("iadd", iadd, "Same as a += b."),
    TWO("isub", isub, "Same as a -= b."),
    TWO("imul", imul, "Same as a *= b."),
    TWO("imatmul", imatmul, "Same as a @= b."),
    TWO("ifloordiv", ifloordiv, "Same as a //= b."),
    TWO("itruediv", itruediv, "Same as a /= b."),
    TWO("imod", imod, "Same as a %= b."),
    TWO("ilshift", ilshift, "Same as a <<= b."),
    TWO("irshift", irshift, "Same as a >>= b."),
    TWO("iand", iand, "Same as a &= b."),
    TWO("ixor", ixor, "Same as a ^= b."),
    TWO("ior", ior, "Same as a |= b."),
    TWO("concat", concat, "Same as a + b, for a and b sequences."),
    TWO("iconcat", iconcat, "Same as a += b, for a and b sequences."),
    TWO("getitem", getitem, "Same as a[b]."),
    METHOD("setitem", op_setitem, METH_FASTCALL, "($module, a, b, c, /)", "Same as a[b] = c."),
    TWO("delitem", delitem, "Same as del a[b]."),
    TWO("pow", pow, "Same as a ** b."),
    TWO("ipow", ipow, "Same as a **= b."),
    TWO("eq", eq, "Same as a == b."),
    TWO("ne", ne, "Same as a != b."),
    TWO("lt", lt, "Same as a < b."),
    TWO("le", le, "Same as a <= b."),
    TWO("gt", gt, "Same as a > b."),
    TWO("ge", ge, "Same as a >= b."),
    ONE("index", index, "Same as a.__index__()"),
    METHOD("length_hint", op_length_hint, METH_FASTCALL, "($module, obj, default=0, /)",
           "len(obj), or what the object says it may be, or the default."),
    METHOD("call", op_call, METH_FASTCALL | METH_KEYWORDS, "($module, obj, /, *args, **kwargs)",
           "Same as obj(*args, **kwargs)."),
    METHOD("_compare_digest", op__compare_digest, METH_FASTCALL, "($module, a, b, /)",
           "Same as a == b, in a time that tells nothing about where they differ.\n\n"
           "Both are ASCII strings or both bytes-like."),
    {NULL, NULL, 0, NULL},
};

static int
operator_exec(PyObject *module)
{
    PyType_Spec *const specs[] = {&ks_attrgetter_spec, &ks_itemgetter_spec, &ks_methodcaller_spec};
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(specs); i++) {
        KS_OWNED PyObject *type = PyType_FromModuleAndSpec(module, specs[i], NULL);
        if (type == NULL || PyModule_AddType(module, (PyTypeObject *)type) < 0)
            return -1;
    }
    return 0;
}

static PyModuleDef_Slot operator_slots[] = {
    {Py_mod_exec, operator_exec},
    {0, NULL},
};

static struct PyModuleDef operator_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_operator",
    .m_doc = "Python's operators as functions; used by operator.",
    .m_methods = operator_methods,
    .m_slots = operator_slots,
};

PyMODINIT_FUNC
PyInit__operator(void)
{
    return PyModuleDef_Init(&operator_module);
}
