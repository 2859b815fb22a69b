/* SPDX-License-Identifier: MIT */
/* True and False. */
#ifndef Py_BOOLOBJECT_H
#define Py_BOOLOBJECT_H

#ifdef __cplusplus
extern "C" {
#endif

#define Py_False ((PyObject *) &_Py_FalseStruct)
#define Py_True ((PyObject *) &_Py_TrueStruct)
#define Py_RETURN_TRUE return Py_NewRef(Py_True)
#define Py_RETURN_FALSE return Py_NewRef(Py_False)

PyAPI_DATA(PyTypeObject) PyBool_Type;
PyAPI_DATA(PyLongObject) _Py_FalseStruct;
PyAPI_DATA(PyLongObject) _Py_TrueStruct;

PyAPI_FUNC(int) Py_IsTrue(PyObject *x);
PyAPI_FUNC(int) Py_IsFalse(PyObject *x);
PyAPI_FUNC(PyObject *) PyBool_FromLong(long);

#define PyBool_Check(object) Py_IS_TYPE(object, &PyBool_Type)
#define Py_IsTrue(object) Py_Is((object), Py_True)
#define Py_IsFalse(object) Py_Is((object), Py_False)

#ifdef __cplusplus
}
#endif

#endif
