/* SPDX-License-Identifier: MIT */
/* Bound methods. What the macros give is borrowed. */
#if !defined(Py_CLASSOBJECT_H) && !defined(Py_LIMITED_API)
#define Py_CLASSOBJECT_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    PyObject_HEAD
    PyObject *im_func;
    PyObject *im_self;
    PyObject *im_weakreflist;
    vectorcallfunc vectorcall;
} PyMethodObject;

typedef struct {
    PyObject_HEAD
    PyObject *func;
} PyInstanceMethodObject;

PyAPI_DATA(PyTypeObject) PyMethod_Type;
PyAPI_DATA(PyTypeObject) PyInstanceMethod_Type;

PyAPI_FUNC(PyObject *) PyMethod_New(PyObject *, PyObject *);
PyAPI_FUNC(PyObject *) PyMethod_Function(PyObject *); /* borrowed */
PyAPI_FUNC(PyObject *) PyMethod_Self(PyObject *); /* borrowed */
PyAPI_FUNC(PyObject *) PyInstanceMethod_New(PyObject *);
PyAPI_FUNC(PyObject *) PyInstanceMethod_Function(PyObject *); /* borrowed */

#define PyMethod_Check(object) Py_IS_TYPE(object, &PyMethod_Type)
#define PyMethod_GET_FUNCTION(object) (((PyMethodObject *)(object))->im_func)
#define PyMethod_GET_SELF(object) (((PyMethodObject *)(object))->im_self)
#define PyInstanceMethod_Check(object) Py_IS_TYPE(object, &PyInstanceMethod_Type)
#define PyInstanceMethod_GET_FUNCTION(object) (((PyInstanceMethodObject *)(object))->func)

#ifdef __cplusplus
}
#endif

#endif
