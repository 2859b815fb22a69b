/* SPDX-License-Identifier: MIT */
/* Reading and writing a C struct's field that a PyMemberDef describes. `base` is the address of
 * the object; the field lies at its offset. */
#include "Python.h"
#include "structmember.h"
#include "ks_base.h"

#define FIELD(type) (*(type *)place)

PyObject *
PyMember_GetOne(const char *base, PyMemberDef *member)
{
    const char *place = base + member->offset;
    PyObject *value;
    switch (member->type) {
    case T_OBJECT_EX:
        value = FIELD(PyObject *);
        if (KS_UNLIKELY(value == NULL)) {
            PyObject *self = (PyObject *)base;
            PyErr_Format(PyExc_AttributeError, "'%.200s' object has no attribute '%s'",
                         Py_TYPE(self)->tp_name, member->name);
        }
        return Py_XNewRef(value);
    case T_OBJECT:
        value = FIELD(PyObject *);
        return Py_NewRef(value != NULL ? value : Py_None);
    case T_BOOL: return PyBool_FromLong(FIELD(char));
    case T_BYTE: return PyLong_FromLong(FIELD(signed char));
    case T_UBYTE: return PyLong_FromUnsignedLong(FIELD(unsigned char));
    case T_SHORT: return PyLong_FromLong(FIELD(short));
    case T_USHORT: return PyLong_FromUnsignedLong(FIELD(unsigned short));
    case T_INT: return PyLong_FromLong(FIELD(int));
    case T_UINT: return PyLong_FromUnsignedLong(FIELD(unsigned int));
    case T_LONG: return PyLong_FromLong(FIELD(long));
    case T_ULONG: return PyLong_FromUnsignedLong(FIELD(unsigned long));
    case T_LONGLONG: return PyLong_FromLongLong(FIELD(long long));
    case T_ULONGLONG: return PyLong_FromUnsignedLongLong(FIELD(unsigned long long));
    case T_PYSSIZET: return PyLong_FromSsize_t(FIELD(Py_ssize_t));
    case T_FLOAT: return PyFloat_FromDouble((double)FIELD(float));
    case T_DOUBLE: return PyFloat_FromDouble(FIELD(double));
    case T_CHAR: return PyUnicode_FromStringAndSize(place, 1);
    case T_STRING_INPLACE: return PyUnicode_FromString(place);
    case T_STRING:
        if (FIELD(char *) == NULL)
            Py_RETURN_NONE;
        return PyUnicode_FromString(FIELD(char *));
    case T_NONE: Py_RETURN_NONE;
    default:
        PyErr_SetString(PyExc_SystemError, "bad memberdescr type");
        return NULL;
    }
}

static int
warn_truncated(const char *type_name)
{
    return PyErr_WarnFormat(PyExc_RuntimeWarning, 1, "Truncation of value to %s", type_name);
}

/* Integers up to 32 bits: stored first and checked then, with a warning instead of an error. */
static int
set_small_int(char *place, int type, PyObject *value)
{
    if (type == T_UINT) {
        unsigned long wide = PyLong_AsUnsignedLong(value);
        if (wide == (unsigned long)-1 && PyErr_Occurred()) {
            /* negative values are taken with a warning */
            PyErr_Clear();
            wide = (unsigned long)PyLong_AsLong(value);
            if (wide == (unsigned long)-1 && PyErr_Occurred())
                return -1;
            FIELD(unsigned int) = (unsigned int)wide;
            return PyErr_WarnEx(PyExc_RuntimeWarning, "Writing negative value into unsigned field",
                                1);
        }
        FIELD(unsigned int) = (unsigned int)wide;
        return wide > UINT_MAX ? warn_truncated("unsigned int") : 0;
    }
    long wide = PyLong_AsLong(value);
    if (wide == -1 && PyErr_Occurred())
        return -1;
    switch (type) {
    case T_BYTE:
        FIELD(char) = (char)wide;
        return wide > CHAR_MAX || wide < CHAR_MIN ? warn_truncated("char") : 0;
    case T_UBYTE:
        FIELD(unsigned char) = (unsigned char)wide;
        return wide > UCHAR_MAX || wide < 0 ? warn_truncated("unsigned char") : 0;
    case T_SHORT:
        FIELD(short) = (short)wide;
        return wide > SHRT_MAX || wide < SHRT_MIN ? warn_truncated("short") : 0;
    case T_USHORT:
        FIELD(unsigned short) = (unsigned short)wide;
        return wide > USHRT_MAX || wide < 0 ? warn_truncated("unsigned short") : 0;
    default:
        FIELD(int) = (int)wide;
        return wide > INT_MAX || wide < INT_MIN ? warn_truncated("int") : 0;
    }
}

static int
set_wide_int(char *place, int type, PyObject *value)
{
    switch (type) {
    case T_LONG:
        FIELD(long) = PyLong_AsLong(value);
        return FIELD(long) == -1 && PyErr_Occurred() ? -1 : 0;
    case T_ULONG:
        FIELD(unsigned long) = PyLong_AsUnsignedLong(value);
        if (FIELD(unsigned long) != (unsigned long)-1 || !PyErr_Occurred())
            return 0;
        PyErr_Clear();
        FIELD(unsigned long) = (unsigned long)PyLong_AsLong(value);
        if (FIELD(unsigned long) == (unsigned long)-1 && PyErr_Occurred())
            return -1;
        return PyErr_WarnEx(PyExc_RuntimeWarning, "Writing negative value into unsigned field", 1);
    case T_LONGLONG:
        FIELD(long long) = PyLong_AsLongLong(value);
        return FIELD(long long) == -1 && PyErr_Occurred() ? -1 : 0;
    case T_ULONGLONG:
        if (PyLong_Check(value)) {
            FIELD(unsigned long long) = PyLong_AsUnsignedLongLong(value);
        }
        else {
            FIELD(unsigned long long) = (unsigned long long)PyLong_AsLong(value);
        }
        return FIELD(unsigned long long) == (unsigned long long)-1 && PyErr_Occurred() ? -1 : 0;
    default:
        FIELD(Py_ssize_t) = PyLong_AsSsize_t(value);
        return FIELD(Py_ssize_t) == -1 && PyErr_Occurred() ? -1 : 0;
    }
}

/* value NULL: only object fields can be emptied. */
static int
check_delete(const char *place, PyMemberDef *member)
{
    if (member->type == T_OBJECT_EX) {
        if (FIELD(PyObject *const) == NULL) {
            PyErr_SetString(PyExc_AttributeError, member->name);
            return -1;
        }
    }
    else if (member->type != T_OBJECT) {
        PyErr_SetString(PyExc_TypeError, "can't delete numeric/char attribute");
        return -1;
    }
    return 0;
}

/* value NULL deletes. 0, or -1 with an exception. */
int
PyMember_SetOne(char *base, PyMemberDef *member, PyObject *value)
{
    char *place = base + member->offset;
    if (member->flags & READONLY) {
        PyErr_SetString(PyExc_AttributeError, "readonly attribute");
        return -1;
    }
    if (value == NULL && check_delete(place, member) < 0)
        return -1;
    switch (member->type) {
    case T_OBJECT:
    case T_OBJECT_EX: {
        PyObject *old = FIELD(PyObject *);
        FIELD(PyObject *) = Py_XNewRef(value);
        Py_XDECREF(old);
        return 0;
    }
    case T_BOOL:
        if (!PyBool_Check(value)) {
            PyErr_SetString(PyExc_TypeError, "attribute value type must be bool");
            return -1;
        }
        FIELD(char) = value == Py_True;
        return 0;
    case T_BYTE:
    case T_UBYTE:
    case T_SHORT:
    case T_USHORT:
    case T_INT:
    case T_UINT:
        return set_small_int(place, member->type, value);
    case T_LONG:
    case T_ULONG:
    case T_LONGLONG:
    case T_ULONGLONG:
    case T_PYSSIZET:
        return set_wide_int(place, member->type, value);
    case T_FLOAT: {
        double number = PyFloat_AsDouble(value);
        if (number == -1 && PyErr_Occurred())
            return -1;
        FIELD(float) = (float)number;
        return 0;
    }
    case T_DOUBLE: {
        double number = PyFloat_AsDouble(value);
        if (number == -1 && PyErr_Occurred())
            return -1;
        FIELD(double) = number;
        return 0;
    }
    case T_CHAR: {
        Py_ssize_t length;
        const char *text = PyUnicode_AsUTF8AndSize(value, &length);
        if (text == NULL || length != 1) {
            PyErr_BadArgument();
            return -1;
        }
        FIELD(char) = text[0];
        return 0;
    }
    case T_STRING:
    case T_STRING_INPLACE:
        PyErr_SetString(PyExc_TypeError, "readonly attribute");
        return -1;
    default:
        PyErr_Format(PyExc_SystemError, "bad memberdescr type for %s", member->name);
        return -1;
    }
}
