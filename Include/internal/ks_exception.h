/* SPDX-License-Identifier: MIT */
/* Exception classes: what their files share. Every class is one row of Objects/exceptions.def. */
#ifndef KS_EXCEPTION_H
#define KS_EXCEPTION_H

#include "ks_base.h"

#define KS_EXCEPTION_FLAGS \
    (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASE_EXC_SUBCLASS)

/* BaseException's slots, which subclasses call. */
PyObject *ks_exception_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);
int ks_exception_init(PyObject *self, PyObject *args, PyObject *kwargs);
int ks_exception_traverse(PyObject *self, visitproc visit, void *arg);
int ks_exception_clear(PyObject *self);
PyObject *ks_exception_str(PyObject *self);
/* Keeps self->args only; for classes that take keywords of their own. */
int ks_exception_set_args(PyObject *self, PyObject *args);

/* The static types, by name: _PyExc_ValueError, ... */
#define EXCEPTION(name, base, kind, doc) extern PyTypeObject _PyExc_##name;
#include "exceptions.def"
#undef EXCEPTION

/* traverse, clear and dealloc of a class that adds object fields to BaseException's: FIELDS is an
 * X-macro list of the added fields. */
#define KS_EXCEPTION_LIFECYCLE(prefix, Struct, FIELDS)                  \
    static int prefix##_traverse(PyObject *object, visitproc visit, void *arg) \
    {                                                                   \
        Struct *self = (Struct *)object;                                \
        FIELDS(KS_EXCEPTION_VISIT)                                      \
        return ks_exception_traverse(object, visit, arg);               \
    }                                                                   \
    static int prefix##_clear(PyObject *object)                         \
    {                                                                   \
        Struct *self = (Struct *)object;                                \
        FIELDS(KS_EXCEPTION_CLEAR)                                      \
        return ks_exception_clear(object);                              \
    }                                                                   \
    static void prefix##_dealloc(PyObject *object)                      \
    {                                                                   \
        PyObject_GC_UnTrack(object);                                    \
        prefix##_clear(object);                                         \
        Py_TYPE(object)->tp_free(object);                               \
    }
#define KS_EXCEPTION_VISIT(field) Py_VISIT(self->field);
#define KS_EXCEPTION_CLEAR(field) Py_CLEAR(self->field);

/* A static type with a lifecycle made by the macro above; more slots may follow in the brackets. */
#define KS_EXCEPTION_TYPE(name, base, Struct, prefix, doc, ...)     \
    PyTypeObject _PyExc_##name = {                                  \
        PyVarObject_HEAD_INIT(NULL, 0)                              \
        .tp_name = #name,                                           \
        .tp_basicsize = sizeof(Struct),                             \
        .tp_dealloc = prefix##_dealloc,                             \
        .tp_flags = KS_EXCEPTION_FLAGS,                             \
        .tp_doc = PyDoc_STR(doc),                                   \
        .tp_traverse = prefix##_traverse,                           \
        .tp_clear = prefix##_clear,                                 \
        .tp_base = &_PyExc_##base,                                  \
        .tp_dictoffset = offsetof(PyBaseExceptionObject, dict),     \
        __VA_ARGS__                                                 \
    };

#endif
