/* SPDX-License-Identifier: MIT */
/* Pickling of arrays. What is stored names the machine's format of an item, so that another machine can
 * read it; formats are numbered as in PEP 3118's predecessor. */
#include "array_parts.h"

#include "pycore_runtime.h" /* interned names */

#include "ks_args.h"

enum { FORMAT_UTF32_LE = 20, FORMAT_LAST = 21 };

typedef struct MachineFormat {
    int bytes, is_signed, is_big_endian, kind; /* kind: 0 integer, 1 float, 2 UTF-16, 3 UTF-32 */
} MachineFormat;

static const MachineFormat machine_formats[FORMAT_LAST + 1] = {
    {1, 0, 0, 0}, {1, 1, 0, 0}, {2, 0, 0, 0}, {2, 0, 1, 0}, {2, 1, 0, 0}, {2, 1, 1, 0},
    {4, 0, 0, 0}, {4, 0, 1, 0}, {4, 1, 0, 0}, {4, 1, 1, 0}, {8, 0, 0, 0}, {8, 0, 1, 0},
    {8, 1, 0, 0}, {8, 1, 1, 0}, {4, 0, 0, 1}, {4, 0, 1, 1}, {8, 0, 0, 1}, {8, 0, 1, 1},
    {4, 0, 0, 2}, {4, 0, 1, 2}, {8, 0, 0, 3}, {8, 0, 1, 3},
};

static int
format_code(const ArrayType *type)
{
    if (type->code == 'u')
        return FORMAT_UTF32_LE;
    int kind = type->code == 'f' || type->code == 'd';
    for (int i = 0; i <= FORMAT_LAST; i++) {
        const MachineFormat *format = &machine_formats[i];
        if (format->bytes == type->bytes && !format->is_big_endian && format->kind == kind &&
            (kind == 1 || format->is_signed == type->is_signed))
            return i;
    }
    return -1;
}

PyObject *
ks_array_reduce_ex(PyObject *object, PyObject *arg)
{
    Array *self = CAST(object);
    if (!PyLong_Check(arg)) {
        PyErr_Format(PyExc_TypeError, "__reduce_ex__ argument should be an integer");
        return NULL;
    }
    long protocol = PyLong_AsLong(arg);
    if (protocol == -1 && PyErr_Occurred())
        return NULL;
    PyObject *found;
    if (_PyObject_LookupAttr(object, &_Py_ID(__dict__), &found) < 0)
        return NULL;
    KS_OWNED PyObject *dict = found != NULL ? found : Py_NewRef(Py_None);
    if (protocol < 3) {
        KS_OWNED PyObject *list = ks_array_tolist(object, NULL);
        return list == NULL ? NULL
                            : Py_BuildValue("O(CO)O", Py_TYPE(self), self->type->code, list, dict);
    }
    ArrayState *state = ks_array_state(Py_TYPE(self));
    KS_OWNED PyObject *bytes = ks_array_tobytes(object, NULL);
    return bytes == NULL ? NULL
                         : Py_BuildValue("O(OCiO)O", state->reconstructor, Py_TYPE(self),
                                         self->type->code, format_code(self->type), bytes, dict);
}

/* One item of a foreign format as an object; new reference. */
static PyObject *
foreign_item(const MachineFormat *format, const unsigned char *place)
{
    if (format->kind == 1)
        return PyFloat_FromDouble(format->bytes == 4
                                      ? PyFloat_Unpack4((const char *)place, !format->is_big_endian)
                                      : PyFloat_Unpack8((const char *)place, !format->is_big_endian));
    return _PyLong_FromByteArray(place, (size_t)format->bytes, !format->is_big_endian,
                                 format->is_signed);
}

static PyObject *
foreign_text(int code, const char *bytes, Py_ssize_t size)
{
    int byteorder = code % 2 ? 1 : -1;
    return code >= FORMAT_UTF32_LE ? PyUnicode_DecodeUTF32(bytes, size, "strict", &byteorder)
                                   : PyUnicode_DecodeUTF16(bytes, size, "strict", &byteorder);
}

PyObject *
ks_array_reconstructor(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    ArrayState *state = PyModule_GetState(module);
    Py_UCS4 typecode;
    int code;
    if (!ks_args_count("_array_reconstructor", nargs, 4, 4))
        return NULL;
    if (!PyType_Check(args[0])) {
        PyErr_Format(PyExc_TypeError, "first argument must be a type object, not %.200s",
                     Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    if (!ks_array_typecode_arg(args[1], "_array_reconstructor() argument 2", &typecode) ||
        !ks_arg_int(args[2], &code))
        return NULL;
    PyTypeObject *type = (PyTypeObject *)args[0];
    if (!PyType_IsSubtype(type, state->array_type)) {
        PyErr_Format(PyExc_TypeError, "%.200s is not a subtype of %.200s", type->tp_name,
                     state->array_type->tp_name);
        return NULL;
    }
    const ArrayType *item_type = ks_array_type_by_code(typecode);
    if (item_type == NULL) {
        PyErr_SetString(PyExc_ValueError, "second argument must be a valid type code");
        return NULL;
    }
    if (code < 0 || code > FORMAT_LAST) {
        PyErr_SetString(PyExc_ValueError, "third argument must be a valid machine format code.");
        return NULL;
    }
    if (!PyBytes_Check(args[3])) {
        PyErr_Format(PyExc_TypeError, "fourth argument should be bytes, not %.200s",
                     Py_TYPE(args[3])->tp_name);
        return NULL;
    }
    KS_OWNED PyObject *self = ks_array_make(type, 0, item_type);
    if (self == NULL)
        return NULL;
    const char *bytes = PyBytes_AS_STRING(args[3]);
    Py_ssize_t size = PyBytes_GET_SIZE(args[3]);
    if (code == format_code(item_type))
        return ks_array_extend_by_bytes(CAST(self), bytes, size) < 0 ? NULL : ks_give(&self);
    const MachineFormat *format = &machine_formats[code];
    if (format->kind >= 2) {
        KS_OWNED PyObject *text = foreign_text(code, bytes, size);
        return text == NULL || ks_array_append_text(CAST(self), text) < 0 ? NULL : ks_give(&self);
    }
    if (size % format->bytes != 0) {
        PyErr_SetString(PyExc_ValueError, "bytes length not a multiple of item size");
        return NULL;
    }
    /* An integer type that can hold the foreign numbers may have another code here. */
    for (Py_ssize_t i = 0; format->kind == 0 && i < ARRAY_TYPES; i++) {
        const ArrayType *candidate = &ks_array_types[i];
        if (candidate->is_integer && candidate->bytes == format->bytes &&
            candidate->is_signed == format->is_signed) {
            if (!(item_type->is_integer && item_type->bytes == format->bytes &&
                  item_type->is_signed == format->is_signed))
                CAST(self)->type = candidate;
            break;
        }
    }
    for (Py_ssize_t at = 0; at < size; at += format->bytes) {
        KS_OWNED PyObject *item = foreign_item(format, (const unsigned char *)bytes + at);
        if (item == NULL || ks_array_insert_at(CAST(self), Py_SIZE(self), item) < 0)
            return NULL;
    }
    return ks_give(&self);
}
