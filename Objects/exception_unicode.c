/* SPDX-License-Identifier: MIT */
/* UnicodeEncodeError, UnicodeDecodeError, UnicodeTranslateError and their C-API.
 *
 * One struct serves the three; translate errors have no encoding. start and end are kept as given
 * and clamped to the object when read through the C-API. */
#define PY_SSIZE_T_CLEAN
#include "Python.h"

#include "pycore_object.h"
#include "structmember.h"

#include "ks_exception.h"

#define UNICODE_FIELDS(F) F(encoding) F(object) F(reason)
KS_EXCEPTION_LIFECYCLE(unicode_error, PyUnicodeErrorObject, UNICODE_FIELDS)

/* --- fields --- */

/* New references; TypeError when the attribute is missing or of another type. */
static PyObject *
field_str(PyObject *field, const char *name)
{
    if (field == NULL) {
        PyErr_Format(PyExc_TypeError, "%.200s attribute not set", name);
        return NULL;
    }
    if (!PyUnicode_Check(field)) {
        PyErr_Format(PyExc_TypeError, "%.200s attribute must be unicode", name);
        return NULL;
    }
    return Py_NewRef(field);
}

static PyObject *
field_bytes(PyObject *field, const char *name)
{
    if (field == NULL) {
        PyErr_Format(PyExc_TypeError, "%.200s attribute not set", name);
        return NULL;
    }
    if (!PyBytes_Check(field)) {
        PyErr_Format(PyExc_TypeError, "%.200s attribute must be bytes", name);
        return NULL;
    }
    return Py_NewRef(field);
}

static int
field_set_text(PyObject **field, const char *text)
{
    PyObject *value = PyUnicode_FromString(text);
    if (value == NULL)
        return -1;
    Py_XSETREF(*field, value);
    return 0;
}

static Py_ssize_t
clamp_start(Py_ssize_t start, Py_ssize_t size)
{
    if (start < 0)
        start = 0;
    return start >= size ? size - 1 : start;
}

static Py_ssize_t
clamp_end(Py_ssize_t end, Py_ssize_t size)
{
    if (end < 1)
        end = 1;
    return end > size ? size : end;
}

/* Length of the object the error is about; -1 with TypeError. */
static Py_ssize_t
object_size(PyUnicodeErrorObject *self, int is_bytes)
{
    KS_OWNED PyObject *object = is_bytes ? field_bytes(self->object, "object")
                                         : field_str(self->object, "object");
    if (object == NULL)
        return -1;
    if (is_bytes)
        return PyBytes_GET_SIZE(object);
    return PyUnicode_READY(object) < 0 ? -1 : PyUnicode_GET_LENGTH(object);
}

/* --- C-API: the same six accessors for three classes --- */

#define POSITION_API(Class, is_bytes)                                           \
    int PyUnicode##Class##Error_GetStart(PyObject *exc, Py_ssize_t *start)      \
    {                                                                           \
        PyUnicodeErrorObject *self = (PyUnicodeErrorObject *)exc;               \
        Py_ssize_t size = object_size(self, is_bytes);                          \
        if (size < 0)                                                           \
            return -1;                                                          \
        *start = clamp_start(self->start, size);                                \
        return 0;                                                               \
    }                                                                           \
    int PyUnicode##Class##Error_GetEnd(PyObject *exc, Py_ssize_t *end)          \
    {                                                                           \
        PyUnicodeErrorObject *self = (PyUnicodeErrorObject *)exc;               \
        Py_ssize_t size = object_size(self, is_bytes);                          \
        if (size < 0)                                                           \
            return -1;                                                          \
        *end = clamp_end(self->end, size);                                      \
        return 0;                                                               \
    }                                                                           \
    int PyUnicode##Class##Error_SetStart(PyObject *exc, Py_ssize_t start)       \
    {                                                                           \
        ((PyUnicodeErrorObject *)exc)->start = start;                           \
        return 0;                                                               \
    }                                                                           \
    int PyUnicode##Class##Error_SetEnd(PyObject *exc, Py_ssize_t end)           \
    {                                                                           \
        ((PyUnicodeErrorObject *)exc)->end = end;                               \
        return 0;                                                               \
    }                                                                           \
    PyObject *PyUnicode##Class##Error_GetReason(PyObject *exc)                  \
    {                                                                           \
        return field_str(((PyUnicodeErrorObject *)exc)->reason, "reason");      \
    }                                                                           \
    int PyUnicode##Class##Error_SetReason(PyObject *exc, const char *reason)    \
    {                                                                           \
        return field_set_text(&((PyUnicodeErrorObject *)exc)->reason, reason);  \
    }
POSITION_API(Encode, 0)
POSITION_API(Decode, 1)
POSITION_API(Translate, 0)

PyObject *
PyUnicodeEncodeError_GetEncoding(PyObject *exc)
{
    return field_str(((PyUnicodeErrorObject *)exc)->encoding, "encoding");
}

PyObject *
PyUnicodeDecodeError_GetEncoding(PyObject *exc)
{
    return field_str(((PyUnicodeErrorObject *)exc)->encoding, "encoding");
}

PyObject *
PyUnicodeEncodeError_GetObject(PyObject *exc)
{
    return field_str(((PyUnicodeErrorObject *)exc)->object, "object");
}

PyObject *
PyUnicodeTranslateError_GetObject(PyObject *exc)
{
    return field_str(((PyUnicodeErrorObject *)exc)->object, "object");
}

PyObject *
PyUnicodeDecodeError_GetObject(PyObject *exc)
{
    return field_bytes(((PyUnicodeErrorObject *)exc)->object, "object");
}

/* --- str() --- */

/* Attributes may hold anything that Python code put there; str() of each is used. */
static PyObject *
unicode_error_str(PyUnicodeErrorObject *self, const char *verb, int is_bytes)
{
    if (self->object == NULL)
        return PyUnicode_FromString("");
    KS_OWNED PyObject *reason = PyObject_Str(self->reason != NULL ? self->reason : Py_None);
    if (reason == NULL)
        return NULL;
    KS_OWNED PyObject *prefix = NULL;
    if (self->encoding != NULL)
        prefix = PyUnicode_FromFormat("'%S' codec can't %s", self->encoding, verb);
    else
        prefix = PyUnicode_FromFormat("can't %s", verb);
    if (prefix == NULL)
        return NULL;
    Py_ssize_t start = self->start, end = self->end;
    if (is_bytes) {
        if (PyBytes_Check(self->object) && start >= 0 && end == start + 1 &&
            start < PyBytes_GET_SIZE(self->object))
            return PyUnicode_FromFormat(
                "%U byte 0x%02x in position %zd: %U", prefix,
                (unsigned char)PyBytes_AS_STRING(self->object)[start], start, reason);
        return PyUnicode_FromFormat("%U bytes in position %zd-%zd: %U", prefix, start, end - 1,
                                    reason);
    }
    if (PyUnicode_Check(self->object) && PyUnicode_READY(self->object) < 0)
        return NULL;
    if (!PyUnicode_Check(self->object) || start < 0 || end != start + 1 ||
        start >= PyUnicode_GET_LENGTH(self->object))
        return PyUnicode_FromFormat("%U characters in position %zd-%zd: %U", prefix, start,
                                    end - 1, reason);
    Py_UCS4 bad = PyUnicode_READ_CHAR(self->object, start);
    const char *format = bad <= 0xff     ? "%U character '\\x%02x' in position %zd: %U"
                         : bad <= 0xffff ? "%U character '\\u%04x' in position %zd: %U"
                                         : "%U character '\\U%08x' in position %zd: %U";
    return PyUnicode_FromFormat(format, prefix, (int)bad, start, reason);
}

static PyObject *
encode_error_str(PyObject *self)
{
    return unicode_error_str((PyUnicodeErrorObject *)self, "encode", 0);
}

static PyObject *
decode_error_str(PyObject *self)
{
    return unicode_error_str((PyUnicodeErrorObject *)self, "decode", 1);
}

static PyObject *
translate_error_str(PyObject *self)
{
    return unicode_error_str((PyUnicodeErrorObject *)self, "translate", 0);
}

/* --- __init__ --- */

/* Takes the references over. */
static void
unicode_error_set(PyUnicodeErrorObject *self, PyObject *encoding, PyObject *object,
                  Py_ssize_t start, Py_ssize_t end, PyObject *reason)
{
    Py_XSETREF(self->encoding, encoding);
    Py_XSETREF(self->object, object);
    Py_XSETREF(self->reason, reason);
    self->start = start;
    self->end = end;
}

static int
encode_error_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *encoding, *object, *reason;
    Py_ssize_t start, end;
    if (ks_exception_init(self, args, kwargs) < 0 ||
        !PyArg_ParseTuple(args, "UUnnU", &encoding, &object, &start, &end, &reason))
        return -1;
    unicode_error_set((PyUnicodeErrorObject *)self, Py_NewRef(encoding), Py_NewRef(object), start,
                      end, Py_NewRef(reason));
    return 0;
}

static int
decode_error_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *encoding, *object, *reason;
    Py_ssize_t start, end;
    if (ks_exception_init(self, args, kwargs) < 0 ||
        !PyArg_ParseTuple(args, "UOnnU", &encoding, &object, &start, &end, &reason))
        return -1;
    PyObject *bytes;
    if (PyBytes_Check(object)) {
        bytes = Py_NewRef(object);
    }
    else {
        Py_buffer view;
        if (PyObject_GetBuffer(object, &view, PyBUF_SIMPLE) < 0)
            return -1;
        bytes = PyBytes_FromStringAndSize(view.buf, view.len);
        PyBuffer_Release(&view);
        if (bytes == NULL)
            return -1;
    }
    unicode_error_set((PyUnicodeErrorObject *)self, Py_NewRef(encoding), bytes, start, end,
                      Py_NewRef(reason));
    return 0;
}

static int
translate_error_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *object, *reason;
    Py_ssize_t start, end;
    if (ks_exception_init(self, args, kwargs) < 0 ||
        !PyArg_ParseTuple(args, "UnnU", &object, &start, &end, &reason))
        return -1;
    unicode_error_set((PyUnicodeErrorObject *)self, NULL, Py_NewRef(object), start, end,
                      Py_NewRef(reason));
    return 0;
}

/* --- types --- */

static PyMemberDef unicode_error_members[] = {
    {"encoding", T_OBJECT, offsetof(PyUnicodeErrorObject, encoding), 0,
     PyDoc_STR("exception encoding")},
    {"object", T_OBJECT, offsetof(PyUnicodeErrorObject, object), 0,
     PyDoc_STR("exception object")},
    {"start", T_PYSSIZET, offsetof(PyUnicodeErrorObject, start), 0, PyDoc_STR("exception start")},
    {"end", T_PYSSIZET, offsetof(PyUnicodeErrorObject, end), 0, PyDoc_STR("exception end")},
    {"reason", T_OBJECT, offsetof(PyUnicodeErrorObject, reason), 0,
     PyDoc_STR("exception reason")},
    {NULL},
};

KS_EXCEPTION_TYPE(UnicodeEncodeError, UnicodeError, PyUnicodeErrorObject, unicode_error,
                  "Unicode encoding error.", .tp_str = encode_error_str,
                  .tp_members = unicode_error_members, .tp_init = encode_error_init,
                  .tp_new = ks_exception_new)
KS_EXCEPTION_TYPE(UnicodeDecodeError, UnicodeError, PyUnicodeErrorObject, unicode_error,
                  "Unicode decoding error.", .tp_str = decode_error_str,
                  .tp_members = unicode_error_members, .tp_init = decode_error_init,
                  .tp_new = ks_exception_new)
KS_EXCEPTION_TYPE(UnicodeTranslateError, UnicodeError, PyUnicodeErrorObject, unicode_error,
                  "Unicode translation error.", .tp_str = translate_error_str,
                  .tp_members = unicode_error_members, .tp_init = translate_error_init,
                  .tp_new = ks_exception_new)

PyObject *
PyUnicodeDecodeError_Create(const char *encoding, const char *object, Py_ssize_t length,
                            Py_ssize_t start, Py_ssize_t end, const char *reason)
{
    return PyObject_CallFunction(PyExc_UnicodeDecodeError, "sy#nns", encoding, object, length,
                                 start, end, reason);
}

PyObject *
_PyUnicodeTranslateError_Create(PyObject *object, Py_ssize_t start, Py_ssize_t end,
                                const char *reason)
{
    return PyObject_CallFunction(PyExc_UnicodeTranslateError, "Onns", object, start, end, reason);
}
