/* SPDX-License-Identifier: MIT */
/* list[int] and its kin. */
#ifndef Py_GENERICALIASOBJECT_H
#define Py_GENERICALIASOBJECT_H

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_DATA(PyTypeObject) Py_GenericAliasType;

PyAPI_FUNC(PyObject *) Py_GenericAlias(PyObject *, PyObject *);

#ifdef __cplusplus
}
#endif

#endif
