/* SPDX-License-Identifier: MIT */
/* tuple for the core: free lists, making from arrays. */
#ifndef Py_INTERNAL_TUPLE_H
#define Py_INTERNAL_TUPLE_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#include "tupleobject.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A list of freed tuples for each length from 1 on; [0] is not used by the empty one. */
#define PyTuple_MAXSAVESIZE 20
#define PyTuple_MAXFREELIST 2000
#define PyTuple_NFREELISTS PyTuple_MAXSAVESIZE

struct _Py_tuple_state {
    PyTupleObject *free_list[PyTuple_NFREELISTS];
    int numfree[PyTuple_NFREELISTS];
};

extern PyStatus _PyTuple_InitGlobalObjects(PyInterpreterState *);
extern PyStatus _PyTuple_InitTypes(PyInterpreterState *);
extern void _PyTuple_Fini(PyInterpreterState *);
extern PyObject *_PyTuple_FromArray(PyObject *const *, Py_ssize_t);
extern PyObject *_PyTuple_FromArraySteal(PyObject *const *, Py_ssize_t); /* steals the items */

#define _PyTuple_ITEMS(tuple) (_PyTuple_CAST(tuple)->ob_item)

#ifdef __cplusplus
}
#endif

#endif
