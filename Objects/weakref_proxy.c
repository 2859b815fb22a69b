/* SPDX-License-Identifier: MIT */
/* Proxies: weak references that stand for their object in every operation.
 *
 * Each slot unwraps its operands, holds them while it works, and passes the call on; a dead object
 * is a ReferenceError. */
#include "Python.h"

#include "pycore_object.h"

#include "ks_weakref.h"

/* A new reference to the object behind a proxy, or to `operand` itself if it is none; NULL with
 * ReferenceError when the object is gone. */
static PyObject *
unwrap(PyObject *operand)
{
    if (operand == NULL)
        return NULL;
    if (!PyWeakref_CheckProxy(operand))
        return Py_NewRef(operand);
    PyObject *object = PyWeakref_GET_OBJECT(operand);
    if (object != Py_None)
        return Py_NewRef(object);
    PyErr_SetString(PyExc_ReferenceError, "weakly-referenced object no longer exists");
    return NULL;
}

#define UNARY(name, function)                        \
    static PyObject *proxy_##name(PyObject *self)    \
    {                                                \
        KS_OWNED PyObject *object = unwrap(self);    \
        return object == NULL ? NULL : function(object); \
    }
#define BINARY(name, function)                                          \
    static PyObject *proxy_##name(PyObject *left, PyObject *right)      \
    {                                                                   \
        KS_OWNED PyObject *a = unwrap(left);                            \
        KS_OWNED PyObject *b = a == NULL ? NULL : unwrap(right);        \
        return b == NULL ? NULL : function(a, b);                       \
    }
#define TERNARY(name, function)                                                     \
    static PyObject *proxy_##name(PyObject *left, PyObject *right, PyObject *third) \
    {                                                                               \
        KS_OWNED PyObject *a = unwrap(left);                                        \
        KS_OWNED PyObject *b = a == NULL ? NULL : unwrap(right);                    \
        KS_OWNED PyObject *c = b == NULL ? NULL : unwrap(third);                    \
        return c == NULL ? NULL : function(a, b, c);                                \
    }

UNARY(str, PyObject_Str)
UNARY(negative, PyNumber_Negative)
UNARY(positive, PyNumber_Positive)
UNARY(absolute, PyNumber_Absolute)
UNARY(invert, PyNumber_Invert)
UNARY(int, PyNumber_Long)
UNARY(float, PyNumber_Float)
UNARY(index, PyNumber_Index)
UNARY(iter, PyObject_GetIter)
BINARY(getattro, PyObject_GetAttr)
BINARY(add, PyNumber_Add)
BINARY(subtract, PyNumber_Subtract)
BINARY(multiply, PyNumber_Multiply)
BINARY(matrix_multiply, PyNumber_MatrixMultiply)
BINARY(remainder, PyNumber_Remainder)
BINARY(divmod, PyNumber_Divmod)
BINARY(lshift, PyNumber_Lshift)
BINARY(rshift, PyNumber_Rshift)
BINARY(and, PyNumber_And)
BINARY(xor, PyNumber_Xor)
BINARY(or, PyNumber_Or)
BINARY(floor_divide, PyNumber_FloorDivide)
BINARY(true_divide, PyNumber_TrueDivide)
BINARY(inplace_add, PyNumber_InPlaceAdd)
BINARY(inplace_subtract, PyNumber_InPlaceSubtract)
BINARY(inplace_multiply, PyNumber_InPlaceMultiply)
BINARY(inplace_matrix_multiply, PyNumber_InPlaceMatrixMultiply)
BINARY(inplace_remainder, PyNumber_InPlaceRemainder)
BINARY(inplace_lshift, PyNumber_InPlaceLshift)
BINARY(inplace_rshift, PyNumber_InPlaceRshift)
BINARY(inplace_and, PyNumber_InPlaceAnd)
BINARY(inplace_xor, PyNumber_InPlaceXor)
BINARY(inplace_or, PyNumber_InPlaceOr)
BINARY(inplace_floor_divide, PyNumber_InPlaceFloorDivide)
BINARY(inplace_true_divide, PyNumber_InPlaceTrueDivide)
BINARY(getitem, PyObject_GetItem)
TERNARY(power, PyNumber_Power)
TERNARY(inplace_power, PyNumber_InPlacePower)

static PyObject *
proxy_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    KS_OWNED PyObject *object = unwrap(self);
    return object == NULL ? NULL : PyObject_Call(object, args, kwargs);
}

static PyObject *
proxy_repr(PyObject *self)
{
    KS_OWNED PyObject *object = Py_NewRef(PyWeakref_GET_OBJECT(self));
    return PyUnicode_FromFormat("<weakproxy at %p to %s at %p>", self, Py_TYPE(object)->tp_name,
                                object);
}

static PyObject *
proxy_richcompare(PyObject *left, PyObject *right, int op)
{
    KS_OWNED PyObject *a = unwrap(left);
    KS_OWNED PyObject *b = a == NULL ? NULL : unwrap(right);
    return b == NULL ? NULL : PyObject_RichCompare(a, b, op);
}

static int
proxy_setattro(PyObject *self, PyObject *name, PyObject *value)
{
    KS_OWNED PyObject *object = unwrap(self);
    return object == NULL ? -1 : PyObject_SetAttr(object, name, value);
}

static int
proxy_bool(PyObject *self)
{
    KS_OWNED PyObject *object = unwrap(self);
    return object == NULL ? -1 : PyObject_IsTrue(object);
}

static Py_ssize_t
proxy_length(PyObject *self)
{
    KS_OWNED PyObject *object = unwrap(self);
    return object == NULL ? -1 : PyObject_Length(object);
}

static int
proxy_contains(PyObject *self, PyObject *item)
{
    KS_OWNED PyObject *object = unwrap(self);
    return object == NULL ? -1 : PySequence_Contains(object, item);
}

static int
proxy_ass_subscript(PyObject *self, PyObject *key, PyObject *value)
{
    KS_OWNED PyObject *object = unwrap(self);
    if (object == NULL)
        return -1;
    return value == NULL ? PyObject_DelItem(object, key) : PyObject_SetItem(object, key, value);
}

static PyObject *
proxy_iternext(PyObject *self)
{
    KS_OWNED PyObject *object = unwrap(self);
    if (object == NULL)
        return NULL;
    if (!PyIter_Check(object)) {
        PyErr_Format(PyExc_TypeError,
                     "Weakref proxy referenced a non-iterator '%.200s' object",
                     Py_TYPE(object)->tp_name);
        return NULL;
    }
    return PyIter_Next(object);
}

static PyObject *
proxy_bytes_method(PyObject *self, PyObject *unused)
{
    KS_OWNED PyObject *object = unwrap(self);
    return object == NULL ? NULL : PyObject_CallMethodNoArgs(object, &_Py_ID(__bytes__));
}

static PyObject *
proxy_reversed(PyObject *self, PyObject *unused)
{
    KS_OWNED PyObject *object = unwrap(self);
    return object == NULL ? NULL : PyObject_CallMethodNoArgs(object, &_Py_ID(__reversed__));
}

static PyMethodDef proxy_methods[] = {
    METHOD_PLAIN("__bytes__", proxy_bytes_method, METH_NOARGS, NULL),
    METHOD_PLAIN("__reversed__", proxy_reversed, METH_NOARGS, NULL),
    {NULL},
};

static PyNumberMethods proxy_as_number = {
    .nb_add = proxy_add,
    .nb_subtract = proxy_subtract,
    .nb_multiply = proxy_multiply,
    .nb_remainder = proxy_remainder,
    .nb_divmod = proxy_divmod,
    .nb_power = proxy_power,
    .nb_negative = proxy_negative,
    .nb_positive = proxy_positive,
    .nb_absolute = proxy_absolute,
    .nb_bool = proxy_bool,
    .nb_invert = proxy_invert,
    .nb_lshift = proxy_lshift,
    .nb_rshift = proxy_rshift,
    .nb_and = proxy_and,
    .nb_xor = proxy_xor,
    .nb_or = proxy_or,
    .nb_int = proxy_int,
    .nb_float = proxy_float,
    .nb_inplace_add = proxy_inplace_add,
    .nb_inplace_subtract = proxy_inplace_subtract,
    .nb_inplace_multiply = proxy_inplace_multiply,
    .nb_inplace_remainder = proxy_inplace_remainder,
    .nb_inplace_power = proxy_inplace_power,
    .nb_inplace_lshift = proxy_inplace_lshift,
    .nb_inplace_rshift = proxy_inplace_rshift,
    .nb_inplace_and = proxy_inplace_and,
    .nb_inplace_xor = proxy_inplace_xor,
    .nb_inplace_or = proxy_inplace_or,
    .nb_floor_divide = proxy_floor_divide,
    .nb_true_divide = proxy_true_divide,
    .nb_inplace_floor_divide = proxy_inplace_floor_divide,
    .nb_inplace_true_divide = proxy_inplace_true_divide,
    .nb_index = proxy_index,
    .nb_matrix_multiply = proxy_matrix_multiply,
    .nb_inplace_matrix_multiply = proxy_inplace_matrix_multiply,
};

static PySequenceMethods proxy_as_sequence = {
    .sq_length = proxy_length,
    .sq_contains = proxy_contains,
};

static PyMappingMethods proxy_as_mapping = {
    .mp_length = proxy_length,
    .mp_subscript = proxy_getitem,
    .mp_ass_subscript = proxy_ass_subscript,
};

static void
proxy_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    ks_weakref_clear(self);
    PyObject_GC_Del(self);
}

#define PROXY_SLOTS                                         \
    .tp_basicsize = sizeof(PyWeakReference),                \
    .tp_dealloc = proxy_dealloc,                            \
    .tp_repr = proxy_repr,                                  \
    .tp_as_number = &proxy_as_number,                       \
    .tp_as_sequence = &proxy_as_sequence,                   \
    .tp_as_mapping = &proxy_as_mapping,                     \
    .tp_hash = PyObject_HashNotImplemented,                 \
    .tp_str = proxy_str,                                    \
    .tp_getattro = proxy_getattro,                          \
    .tp_setattro = proxy_setattro,                          \
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,    \
    .tp_traverse = ks_weakref_traverse,                     \
    .tp_clear = ks_weakref_clear,                           \
    .tp_richcompare = proxy_richcompare,                    \
    .tp_iter = proxy_iter,                                  \
    .tp_iternext = proxy_iternext

PyTypeObject _PyWeakref_ProxyType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "weakref.ProxyType",
    .tp_methods = proxy_methods,
    PROXY_SLOTS,
};

PyTypeObject _PyWeakref_CallableProxyType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "weakref.CallableProxyType",
    .tp_call = proxy_call,
    PROXY_SLOTS,
};
