/* SPDX-License-Identifier: MIT */
/* range. */
#ifndef Py_RANGEOBJECT_H
#define Py_RANGEOBJECT_H

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_DATA(PyTypeObject) PyRange_Type;
PyAPI_DATA(PyTypeObject) PyRangeIter_Type;
PyAPI_DATA(PyTypeObject) PyLongRangeIter_Type;

#define PyRange_Check(object) Py_IS_TYPE(object, &PyRange_Type)

#ifdef __cplusplus
}
#endif

#endif
