/* SPDX-License-Identifier: MIT */
/* Functions written in C, and the calling conventions they can have. */
#ifndef Py_METHODOBJECT_H
#define Py_METHODOBJECT_H

#ifdef __cplusplus
extern "C" {
#endif

#define METH_VARARGS 0x0001
#define METH_KEYWORDS 0x0002
#define METH_NOARGS 0x0004
#define METH_O 0x0008
#define METH_CLASS 0x0010
#define METH_STATIC 0x0020
#define METH_COEXIST 0x0040

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x030a0000
#define METH_FASTCALL 0x0080
#endif

#ifdef STACKLESS
#define METH_STACKLESS 0x0100
#endif

#ifndef STACKLESS
#define METH_STACKLESS 0x0000
#endif

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x03090000
#define METH_METHOD 0x0200
#endif

#define _PyCFunction_CAST(function) _Py_CAST(PyCFunction, _Py_CAST(void (*)(void), (function)))

typedef PyObject *(*PyCFunction)(PyObject *, PyObject *);
typedef PyObject *(*_PyCFunctionFast)(PyObject *, PyObject *const *, Py_ssize_t);
typedef PyObject *(*PyCFunctionWithKeywords)(PyObject *, PyObject *, PyObject *);
typedef PyObject *(*_PyCFunctionFastWithKeywords)(PyObject *, PyObject *const *, Py_ssize_t,
    PyObject *);

typedef PyObject *(*PyCMethod)(PyObject *, PyTypeObject *, PyObject *const *, size_t, PyObject *);
struct PyMethodDef {
    const char *ml_name;
    PyCFunction ml_meth;
    int ml_flags;
    const char *ml_doc;
};

PyAPI_DATA(PyTypeObject) PyCFunction_Type;

PyAPI_FUNC(PyCFunction) PyCFunction_GetFunction(PyObject *);
PyAPI_FUNC(PyObject *) PyCFunction_GetSelf(PyObject *); /* borrowed */
PyAPI_FUNC(int) PyCFunction_GetFlags(PyObject *);
Py_DEPRECATED(3.9) PyAPI_FUNC(PyObject *) PyCFunction_Call(PyObject *, PyObject *, PyObject *);
PyAPI_FUNC(PyObject *) PyCFunction_New(PyMethodDef *, PyObject *);
PyAPI_FUNC(PyObject *) PyCFunction_NewEx(PyMethodDef *, PyObject *, PyObject *);

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x03090000
PyAPI_FUNC(PyObject *) PyCMethod_New(PyMethodDef *, PyObject *, PyObject *, PyTypeObject *);
#endif

#define PyCFunction_Check(object) PyObject_TypeCheck(object, &PyCFunction_Type)
#define PyCFunction_CheckExact(object) Py_IS_TYPE(object, &PyCFunction_Type)
#define PyCFunction_New(method, self) PyCFunction_NewEx((method), (self), NULL)
#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x03090000
#define PyCFunction_NewEx(method, self, module) PyCMethod_New((method), (self), (module), NULL)
#endif

#ifndef Py_LIMITED_API
#define Py_CPYTHON_METHODOBJECT_H
#include "cpython/methodobject.h"
#undef Py_CPYTHON_METHODOBJECT_H
#endif

#ifdef __cplusplus
}
#endif

#endif
