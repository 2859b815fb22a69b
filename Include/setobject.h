/* SPDX-License-Identifier: MIT */
/* set and frozenset. */
#ifndef Py_SETOBJECT_H
#define Py_SETOBJECT_H

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_DATA(PyTypeObject) PySet_Type;
PyAPI_DATA(PyTypeObject) PyFrozenSet_Type;
PyAPI_DATA(PyTypeObject) PySetIter_Type;

PyAPI_FUNC(PyObject *) PySet_New(PyObject *);
PyAPI_FUNC(PyObject *) PyFrozenSet_New(PyObject *);
PyAPI_FUNC(int) PySet_Add(PyObject *set, PyObject *key);
PyAPI_FUNC(int) PySet_Clear(PyObject *set);
PyAPI_FUNC(int) PySet_Contains(PyObject *anyset, PyObject *key);
PyAPI_FUNC(int) PySet_Discard(PyObject *set, PyObject *key);
PyAPI_FUNC(PyObject *) PySet_Pop(PyObject *set);
PyAPI_FUNC(Py_ssize_t) PySet_Size(PyObject *anyset);

#define PySet_CheckExact(object) Py_IS_TYPE(object, &PySet_Type)
#define PyFrozenSet_CheckExact(object) Py_IS_TYPE(object, &PyFrozenSet_Type)
#define PySet_Check(object) PyObject_TypeCheck(object, &PySet_Type)
#define PyFrozenSet_Check(object) PyObject_TypeCheck(object, &PyFrozenSet_Type)
#define PyAnySet_CheckExact(object) (PySet_CheckExact(object) || PyFrozenSet_CheckExact(object))
#define PyAnySet_Check(object)                                       \
    (PyAnySet_CheckExact(object) ||                                  \
     PyType_IsSubtype(Py_TYPE(object), &PySet_Type) ||               \
     PyType_IsSubtype(Py_TYPE(object), &PyFrozenSet_Type))

#ifndef Py_LIMITED_API
#define Py_CPYTHON_SETOBJECT_H
#include "cpython/setobject.h"
#undef Py_CPYTHON_SETOBJECT_H
#endif

#ifdef __cplusplus
}
#endif

#endif
