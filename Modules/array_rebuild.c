/* SPDX-License-Identifier: MIT */
/* Arrays from the bytes of another machine: what pickles of protocol 3 and later hold.
 *
 * A machine format names size, sign and byte order of items. Bytes in this machine's own format
 * are copied; others are read item by item. */
#include "array_object.h"
#include "pycore_floatobject.h"
#include "ks_args.h"

typedef struct MachineFormat {
    char what; /* i: integer, f: float, t: text */
    int size;
    int is_signed;
    int big;
} MachineFormat;

static const MachineFormat machine_formats[] = {
    {'i', 1, 0, 0}, {'i', 1, 1, 0}, {'i', 2, 0, 0}, {'i', 2, 0, 1}, {'i', 2, 1, 0}, {'i', 2, 1, 1},
    {'i', 4, 0, 0}, {'i', 4, 0, 1}, {'i', 4, 1, 0}, {'i', 4, 1, 1}, {'i', 8, 0, 0}, {'i', 8, 0, 1},
    {'i', 8, 1, 0}, {'i', 8, 1, 1}, {'f', 4, 0, 0}, {'f', 4, 0, 1}, {'f', 8, 0, 0}, {'f', 8, 0, 1},
    {'t', 2, 0, 0}, {'t', 2, 0, 1}, {'t', 4, 0, 0}, {'t', 4, 0, 1},
};

/* The number of this machine's format for a kind; -1 if there is none. */
int
ks_array_machine_format(char typecode)
{
    const ArrayKind *kind = ks_array_kind(typecode);
    if (kind == NULL)
        return -1;
    char what = kind->is_integer ? 'i' : typecode == 'u' ? 't' : 'f';
    for (int i = 0; i < KS_COUNT_OF(machine_formats); i++) {
        const MachineFormat *format = &machine_formats[i];
        if (format->what == what && format->size == kind->itemsize
            && (what != 'i' || format->is_signed == kind->is_signed)
            && (format->size == 1 || format->big == PY_BIG_ENDIAN))
            return i;
    }
    return -1;
}

static KS_NEW PyObject *
rebuild_item(const MachineFormat *format, const char *from)
{
    if (format->what == 'i')
        return _PyLong_FromByteArray((const unsigned char *)from, (size_t)format->size,
                                     !format->big, format->is_signed);
    double number = format->size == 4 ? PyFloat_Unpack4(from, !format->big)
                                      : PyFloat_Unpack8(from, !format->big);
    if (number == -1.0 && PyErr_Occurred())
        return NULL;
    return PyFloat_FromDouble(number);
}

/* The items as a list, or as a str for text. */
static KS_NEW PyObject *
rebuild_items(const MachineFormat *format, PyObject *bytes)
{
    const char *data = PyBytes_AS_STRING(bytes);
    Py_ssize_t length = PyBytes_GET_SIZE(bytes);
    if (length % format->size != 0) {
        PyErr_SetString(PyExc_ValueError, "string length not a multiple of item size");
        return NULL;
    }
    if (format->what == 't') {
        int order = format->big ? 1 : -1;
        return format->size == 2 ? PyUnicode_DecodeUTF16(data, length, "strict", &order)
                                 : PyUnicode_DecodeUTF32(data, length, "strict", &order);
    }
    KS_OWNED PyObject *list = PyList_New(length / format->size);
    if (list == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < length / format->size; i++) {
        PyObject *item = rebuild_item(format, data + i * format->size);
        if (item == NULL)
            return NULL;
        PyList_SET_ITEM(list, i, item);
    }
    return ks_give(&list);
}

PyObject *
ks_array_reconstruct(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    ArrayState *state = PyModule_GetState(module);
    int format_code;
    if (!ks_args_count("_array_reconstructor", nargs, 4, 4))
        return NULL;
    if (!PyType_Check(args[0])) {
        PyErr_Format(PyExc_TypeError, "first argument must be a type object, not %.200s",
                     Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    if (!PyUnicode_Check(args[1]) || PyUnicode_GetLength(args[1]) != 1) {
        PyErr_Format(PyExc_TypeError,
                     "_array_reconstructor() argument 2 must be a unicode character, not %.50s",
                     args[1] == Py_None ? "None" : Py_TYPE(args[1])->tp_name);
        return NULL;
    }
    if (!ks_arg_int(args[2], &format_code))
        return NULL;
    PyTypeObject *type = (PyTypeObject *)args[0];
    if (!PyType_IsSubtype(type, state->array_type)) {
        PyErr_Format(PyExc_TypeError, "%.200s is not a subtype of %.200s", type->tp_name,
                     state->array_type->tp_name);
        return NULL;
    }
    Py_UCS4 typecode = PyUnicode_READ_CHAR(args[1], 0);
    const ArrayKind *kind = ks_array_kind((int)typecode);
    if (kind == NULL) {
        PyErr_SetString(PyExc_ValueError, "second argument must be a valid type code");
        return NULL;
    }
    if (format_code < 0 || format_code >= KS_COUNT_OF(machine_formats)) {
        PyErr_SetString(PyExc_ValueError, "third argument must be a valid machine format code.");
        return NULL;
    }
    if (!PyBytes_Check(args[3])) {
        PyErr_Format(PyExc_TypeError, "fourth argument should be bytes, not %.200s",
                     Py_TYPE(args[3])->tp_name);
        return NULL;
    }
    const MachineFormat *format = &machine_formats[format_code];
    if (format_code == ks_array_machine_format(kind->typecode)) {
        KS_OWNED PyObject *array = ks_array_make(type, 0, kind);
        if (array == NULL
            || ks_array_from_bytes((ArrayObject *)array, PyBytes_AS_STRING(args[3]),
                                   PyBytes_GET_SIZE(args[3])) < 0)
            return NULL;
        return ks_give(&array);
    }
    KS_OWNED PyObject *items = rebuild_items(format, args[3]);
    if (items == NULL)
        return NULL;
    /* Another kind may hold the items better than the one that had the name elsewhere. */
    if (format->what == 'i')
        for (const ArrayKind *other = ks_array_kinds; other->typecode != 0; other++)
            if (other->is_integer && other->itemsize == format->size
                && other->is_signed == format->is_signed)
                typecode = (Py_UCS4)other->typecode;
    KS_OWNED PyObject *arguments = Py_BuildValue("(CO)", (int)typecode, items);
    if (arguments == NULL)
        return NULL;
    return state->array_type->tp_new(type, arguments, NULL);
}
