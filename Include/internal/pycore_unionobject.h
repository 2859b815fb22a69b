/* SPDX-License-Identifier: MIT */
/* Types joined by |. */
#ifndef Py_INTERNAL_UNIONOBJECT_H
#define Py_INTERNAL_UNIONOBJECT_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

extern PyTypeObject _PyUnion_Type;

extern PyObject *_Py_union_type_or(PyObject *, PyObject *);
extern PyObject *_Py_subs_parameters(PyObject *, PyObject *, PyObject *, PyObject *);
extern PyObject *_Py_make_parameters(PyObject *);
extern PyObject *_Py_union_args(PyObject *self);

#define _PyUnion_Check(object) Py_IS_TYPE(object, &_PyUnion_Type)
#define _PyGenericAlias_Check(object) PyObject_TypeCheck(object, &Py_GenericAliasType)

#ifdef __cplusplus
}
#endif

#endif
