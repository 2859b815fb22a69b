/* SPDX-License-Identifier: MIT */
/* tuple. */
#ifndef Py_TUPLEOBJECT_H
#define Py_TUPLEOBJECT_H

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_DATA(PyTypeObject) PyTuple_Type;
PyAPI_DATA(PyTypeObject) PyTupleIter_Type;

PyAPI_FUNC(PyObject *) PyTuple_New(Py_ssize_t size);
PyAPI_FUNC(Py_ssize_t) PyTuple_Size(PyObject *);
PyAPI_FUNC(PyObject *) PyTuple_GetItem(PyObject *, Py_ssize_t); /* borrowed */
PyAPI_FUNC(int) PyTuple_SetItem(PyObject *, Py_ssize_t, PyObject *); /* steals item */
PyAPI_FUNC(PyObject *) PyTuple_GetSlice(PyObject *, Py_ssize_t, Py_ssize_t);
PyAPI_FUNC(PyObject *) PyTuple_Pack(Py_ssize_t, ...);

#define PyTuple_Check(object) PyType_FastSubclass(Py_TYPE(object), Py_TPFLAGS_TUPLE_SUBCLASS)
#define PyTuple_CheckExact(object) Py_IS_TYPE(object, &PyTuple_Type)

#ifndef Py_LIMITED_API
#define Py_CPYTHON_TUPLEOBJECT_H
#include "cpython/tupleobject.h"
#undef Py_CPYTHON_TUPLEOBJECT_H
#endif

#ifdef __cplusplus
}
#endif

#endif
