/* SPDX-License-Identifier: MIT */
/* list's layout and unchecked access. */
#ifndef Py_CPYTHON_LISTOBJECT_H
#error "include <listobject.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    PyObject_VAR_HEAD
    PyObject **ob_item;
    Py_ssize_t allocated;
} PyListObject;

PyAPI_FUNC(PyObject *) _PyList_Extend(PyListObject *, PyObject *);
PyAPI_FUNC(void) _PyList_DebugMallocStats(FILE *out);

#define _PyList_CAST(object) (assert(PyList_Check(object)), _Py_CAST(PyListObject *, (object)))

static inline Py_ssize_t
PyList_GET_SIZE(PyObject *object)
{
    return _PyList_CAST(object)->ob_base.ob_size;
}

/* Takes value over and forgets what the place held: for lists that are being filled. */
static inline void
PyList_SET_ITEM(PyObject *object, Py_ssize_t index, PyObject *value)
{
    _PyList_CAST(object)->ob_item[index] = value;
}
#define PyList_GET_SIZE(object) PyList_GET_SIZE(_PyObject_CAST(object))
#define PyList_SET_ITEM(object, index, value) \
    PyList_SET_ITEM(_PyObject_CAST(object), index, _PyObject_CAST(value))
#define PyList_GET_ITEM(object, index) (_PyList_CAST(object)->ob_item[index]) /* borrowed */

#ifdef __cplusplus
}
#endif
