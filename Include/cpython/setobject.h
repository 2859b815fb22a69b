/* SPDX-License-Identifier: MIT */
/* set's layout: an open table, the first eight entries inside the object. */
#ifndef Py_CPYTHON_SETOBJECT_H
#error "include <setobject.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define PySet_MINSIZE 8

typedef struct {
    PyObject *key;
    Py_hash_t hash;
} setentry;

typedef struct {
    PyObject_HEAD
    Py_ssize_t fill;
    Py_ssize_t used;
    Py_ssize_t mask;
    setentry *table;
    Py_hash_t hash;
    Py_ssize_t finger;
    setentry smalltable[PySet_MINSIZE];
    PyObject *weakreflist;
} PySetObject;

PyAPI_DATA(PyObject *) _PySet_Dummy;

PyAPI_FUNC(int) _PySet_NextEntry(PyObject *set, Py_ssize_t *pos, PyObject **key, Py_hash_t *hash);
PyAPI_FUNC(int) _PySet_Update(PyObject *set, PyObject *iterable);

#define PySet_GET_SIZE(object) (assert(PyAnySet_Check(object)), ((PySetObject *)(object))->used)

#ifdef __cplusplus
}
#endif
