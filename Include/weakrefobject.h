/* SPDX-License-Identifier: MIT */
/* Weak references and proxies. */
#ifndef Py_WEAKREFOBJECT_H
#define Py_WEAKREFOBJECT_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _PyWeakReference PyWeakReference;

PyAPI_DATA(PyTypeObject) _PyWeakref_RefType;
PyAPI_DATA(PyTypeObject) _PyWeakref_ProxyType;
PyAPI_DATA(PyTypeObject) _PyWeakref_CallableProxyType;

PyAPI_FUNC(PyObject *) PyWeakref_NewRef(PyObject *ob, PyObject *callback);
PyAPI_FUNC(PyObject *) PyWeakref_NewProxy(PyObject *ob, PyObject *callback);
PyAPI_FUNC(PyObject *) PyWeakref_GetObject(PyObject *ref); /* borrowed */

#define PyWeakref_CheckRef(object) PyObject_TypeCheck(object, &_PyWeakref_RefType)
#define PyWeakref_CheckRefExact(object) Py_IS_TYPE(object, &_PyWeakref_RefType)
#define PyWeakref_CheckProxy(object)                       \
    (Py_IS_TYPE(object, &_PyWeakref_CallableProxyType) ||  \
     Py_IS_TYPE(object, &_PyWeakref_ProxyType))
#define PyWeakref_Check(object) (PyWeakref_CheckProxy(object) || PyWeakref_CheckRef(object))

#ifndef Py_LIMITED_API
#define Py_CPYTHON_WEAKREFOBJECT_H
#include "cpython/weakrefobject.h"
#undef Py_CPYTHON_WEAKREFOBJECT_H
#endif

#ifdef __cplusplus
}
#endif

#endif
