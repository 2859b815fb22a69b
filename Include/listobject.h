/* SPDX-License-Identifier: MIT */
/* list. */
#ifndef Py_LISTOBJECT_H
#define Py_LISTOBJECT_H

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_DATA(PyTypeObject) PyList_Type;
PyAPI_DATA(PyTypeObject) PyListIter_Type;
PyAPI_DATA(PyTypeObject) PyListRevIter_Type;

PyAPI_FUNC(PyObject *) PyList_New(Py_ssize_t size);
PyAPI_FUNC(Py_ssize_t) PyList_Size(PyObject *);
PyAPI_FUNC(PyObject *) PyList_GetItem(PyObject *, Py_ssize_t); /* borrowed */
PyAPI_FUNC(int) PyList_SetItem(PyObject *, Py_ssize_t, PyObject *); /* steals item */
PyAPI_FUNC(int) PyList_Insert(PyObject *, Py_ssize_t, PyObject *);
PyAPI_FUNC(int) PyList_Append(PyObject *, PyObject *);
PyAPI_FUNC(PyObject *) PyList_GetSlice(PyObject *, Py_ssize_t, Py_ssize_t);
PyAPI_FUNC(int) PyList_SetSlice(PyObject *, Py_ssize_t, Py_ssize_t, PyObject *);
PyAPI_FUNC(int) PyList_Sort(PyObject *);
PyAPI_FUNC(int) PyList_Reverse(PyObject *);
PyAPI_FUNC(PyObject *) PyList_AsTuple(PyObject *);

#define PyList_Check(object) PyType_FastSubclass(Py_TYPE(object), Py_TPFLAGS_LIST_SUBCLASS)
#define PyList_CheckExact(object) Py_IS_TYPE(object, &PyList_Type)

#ifndef Py_LIMITED_API
#define Py_CPYTHON_LISTOBJECT_H
#include "cpython/listobject.h"
#undef Py_CPYTHON_LISTOBJECT_H
#endif

#ifdef __cplusplus
}
#endif

#endif
