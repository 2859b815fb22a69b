/* SPDX-License-Identifier: MIT */
/* Layout of C functions and unchecked access. Results are borrowed. */
#ifndef Py_CPYTHON_METHODOBJECT_H
#error "include <methodobject.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    PyObject_HEAD
    PyMethodDef *m_ml;
    PyObject *m_self;
    PyObject *m_module;
    PyObject *m_weakreflist;
    vectorcallfunc vectorcall;
} PyCFunctionObject;

typedef struct {
    PyCFunctionObject func;
    PyTypeObject *mm_class;
} PyCMethodObject;

PyAPI_DATA(PyTypeObject) PyCMethod_Type;

#define _PyCFunctionObject_CAST(object) \
    (assert(PyCFunction_Check(object)), _Py_CAST(PyCFunctionObject *, (object)))
#define _PyCMethodObject_CAST(object) \
    (assert(PyCMethod_Check(object)), _Py_CAST(PyCMethodObject *, (object)))
#define PyCMethod_CheckExact(object) Py_IS_TYPE(object, &PyCMethod_Type)
#define PyCMethod_Check(object) PyObject_TypeCheck(object, &PyCMethod_Type)

static inline int
PyCFunction_GET_FLAGS(PyObject *object)
{
    return _PyCFunctionObject_CAST(object)->m_ml->ml_flags;
}

static inline PyCFunction
PyCFunction_GET_FUNCTION(PyObject *object)
{
    return _PyCFunctionObject_CAST(object)->m_ml->ml_meth;
}

static inline PyObject *
PyCFunction_GET_SELF(PyObject *object)
{
    int is_static = (PyCFunction_GET_FLAGS(object) & METH_STATIC) != 0;
    return is_static ? _Py_NULL : _PyCFunctionObject_CAST(object)->m_self;
}

static inline PyTypeObject *
PyCFunction_GET_CLASS(PyObject *object)
{
    int has_class = (PyCFunction_GET_FLAGS(object) & METH_METHOD) != 0;
    return has_class ? _PyCMethodObject_CAST(object)->mm_class : _Py_NULL;
}
#define PyCFunction_GET_FLAGS(object) PyCFunction_GET_FLAGS(_PyObject_CAST(object))
#define PyCFunction_GET_FUNCTION(object) PyCFunction_GET_FUNCTION(_PyObject_CAST(object))
#define PyCFunction_GET_SELF(object) PyCFunction_GET_SELF(_PyObject_CAST(object))
#define PyCFunction_GET_CLASS(object) PyCFunction_GET_CLASS(_PyObject_CAST(object))

#ifdef __cplusplus
}
#endif
