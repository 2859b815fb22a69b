/* SPDX-License-Identifier: MIT */
/* The two iterators the core lends: over a sequence, and over a callable until a sentinel. */
#ifndef Py_ITEROBJECT_H
#define Py_ITEROBJECT_H

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_DATA(PyTypeObject) PySeqIter_Type;
PyAPI_DATA(PyTypeObject) PyCallIter_Type;

#ifdef Py_BUILD_CORE
extern PyTypeObject _PyAnextAwaitable_Type;
#endif

PyAPI_FUNC(PyObject *) PySeqIter_New(PyObject *);
PyAPI_FUNC(PyObject *) PyCallIter_New(PyObject *, PyObject *);

#define PySeqIter_Check(object) Py_IS_TYPE(object, &PySeqIter_Type)
#define PyCallIter_Check(object) Py_IS_TYPE(object, &PyCallIter_Type)

#ifdef __cplusplus
}
#endif

#endif
