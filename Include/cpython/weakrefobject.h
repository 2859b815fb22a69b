/* SPDX-License-Identifier: MIT */
/* A weak reference's layout. */
#ifndef Py_CPYTHON_WEAKREFOBJECT_H
#error "include <weakrefobject.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct _PyWeakReference {
    PyObject_HEAD
    PyObject *wr_object;
    PyObject *wr_callback;
    Py_hash_t hash;
    PyWeakReference *wr_prev;
    PyWeakReference *wr_next;
    vectorcallfunc vectorcall;
};

PyAPI_FUNC(Py_ssize_t) _PyWeakref_GetWeakrefCount(PyWeakReference *head);
PyAPI_FUNC(void) _PyWeakref_ClearRef(PyWeakReference *self);

/* Borrowed. An object in its dealloc has no references left and counts as gone. */
static inline PyObject *
PyWeakref_GET_OBJECT(PyObject *reference)
{
    PyObject *target;
    assert(PyWeakref_Check(reference));
    target = _Py_CAST(PyWeakReference *, reference)->wr_object;
    return Py_REFCNT(target) == 0 ? Py_None : target;
}
#define PyWeakref_GET_OBJECT(reference) PyWeakref_GET_OBJECT(_PyObject_CAST(reference))

#ifdef __cplusplus
}
#endif
