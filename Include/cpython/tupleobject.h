/* SPDX-License-Identifier: MIT */
/* tuple's layout and unchecked access. */
#ifndef Py_CPYTHON_TUPLEOBJECT_H
#error "include <tupleobject.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    PyObject_VAR_HEAD
    PyObject *ob_item[1];
} PyTupleObject;

PyAPI_FUNC(int) _PyTuple_Resize(PyObject **, Py_ssize_t);
PyAPI_FUNC(void) _PyTuple_MaybeUntrack(PyObject *);
PyAPI_FUNC(void) _PyTuple_DebugMallocStats(FILE *out);

#define _PyTuple_CAST(object) (assert(PyTuple_Check(object)), _Py_CAST(PyTupleObject *, (object)))

static inline Py_ssize_t
PyTuple_GET_SIZE(PyObject *object)
{
    return _PyTuple_CAST(object)->ob_base.ob_size;
}

/* Takes value over and forgets what the place held: for tuples that are being filled. */
static inline void
PyTuple_SET_ITEM(PyObject *object, Py_ssize_t index, PyObject *value)
{
    _PyTuple_CAST(object)->ob_item[index] = value;
}
#define PyTuple_GET_SIZE(object) PyTuple_GET_SIZE(_PyObject_CAST(object))
#define PyTuple_SET_ITEM(object, index, value) \
    PyTuple_SET_ITEM(_PyObject_CAST(object), index, _PyObject_CAST(value))
#define PyTuple_GET_ITEM(object, index) (_PyTuple_CAST(object)->ob_item[index]) /* borrowed */

#ifdef __cplusplus
}
#endif
