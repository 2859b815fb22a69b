/* SPDX-License-Identifier: MIT */
/* Cells: variables that closures share. */
#if !defined(Py_CELLOBJECT_H) && !defined(Py_LIMITED_API)
#define Py_CELLOBJECT_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    PyObject_HEAD
    PyObject *ob_ref;
} PyCellObject;

PyAPI_DATA(PyTypeObject) PyCell_Type;

PyAPI_FUNC(PyObject *) PyCell_New(PyObject *);
PyAPI_FUNC(PyObject *) PyCell_Get(PyObject *);
PyAPI_FUNC(int) PyCell_Set(PyObject *, PyObject *);

#define PyCell_Check(object) Py_IS_TYPE(object, &PyCell_Type)
#define PyCell_GET(object) (((PyCellObject *)(object))->ob_ref)
/* Takes value over and forgets what the cell held. */
#define PyCell_SET(cell, value) _Py_RVALUE(((PyCellObject *)(cell))->ob_ref = (value))

#ifdef __cplusplus
}
#endif

#endif
