/* SPDX-License-Identifier: MIT */
/* The types of itertools, which is spread over several sources, and what they share.
 *
 * Every iterator's struct begins with its object fields, right behind the head; the macros below
 * make deallocator and traversal from their number. */
#ifndef KS_ITERTOOLS_H
#define KS_ITERTOOLS_H

#include "Python.h"

#include "ks_args.h"

extern PyTypeObject ks_accumulate_type, ks_chain_type, ks_combinations_type,
    ks_combinations_with_replacement_type, ks_compress_type, ks_count_type, ks_cycle_type,
    ks_dropwhile_type, ks_filterfalse_type, ks_groupby_type, ks_grouper_type, ks_islice_type,
    ks_pairwise_type, ks_permutations_type, ks_product_type, ks_repeat_type, ks_starmap_type,
    ks_takewhile_type, ks_tee_type, ks_tee_data_type, ks_zip_longest_type;

PyObject *ks_itertools_tee(PyObject *module, PyObject *const *args, Py_ssize_t nargs);

#define ITER_LIFECYCLE(prefix, field_count)                              \
    static void prefix##_dealloc(PyObject *self)                         \
    {                                                                    \
        PyObject **fields = (PyObject **)(self + 1);                     \
        PyObject_GC_UnTrack(self);                                       \
        for (int i = 0; i < (field_count); i++)                          \
            Py_XDECREF(fields[i]);                                       \
        Py_TYPE(self)->tp_free(self);                                    \
    }                                                                    \
    ITER_TRAVERSE(prefix, field_count)

#define ITER_TRAVERSE(prefix, field_count)                               \
    static int prefix##_traverse(PyObject *self, visitproc visit, void *arg) \
    {                                                                    \
        PyObject **fields = (PyObject **)(self + 1);                     \
        for (int i = 0; i < (field_count); i++)                          \
            Py_VISIT(fields[i]);                                         \
        return 0;                                                        \
    }

#define ITER_SLOTS(prefix, Struct)                                       \
    .tp_basicsize = sizeof(Struct), .tp_dealloc = prefix##_dealloc,      \
    .tp_getattro = PyObject_GenericGetAttr,                              \
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE, \
    .tp_traverse = prefix##_traverse, .tp_iter = PyObject_SelfIter,      \
    .tp_iternext = prefix##_next, .tp_new = prefix##_new, .tp_free = PyObject_GC_Del

#define REDUCE_ROW(prefix) \
    METHOD_PLAIN("__reduce__", prefix##_reduce, METH_NOARGS, "What pickle needs to know.")
#define SETSTATE_ROW(prefix) \
    METHOD_PLAIN("__setstate__", prefix##_setstate, METH_O, "Sets what __reduce__ told.")
#define METHODS_END {NULL, NULL, 0, NULL}

/* Keywords are an error, unless a subclass has its own __init__ for them. */
KS_INLINE int
ks_itertools_no_keywords(PyTypeObject *type, PyTypeObject *base, const char *name,
                         PyObject *kwargs)
{
    return (type != base && type->tp_init != base->tp_init) || _PyArg_NoKeywords(name, kwargs);
}

/* itertools.c. Arguments (function, iterable) made into an object of the type, whose first two fields
 * are the function and the iterator; what follows is zero. */
KS_NEW PyObject *ks_itertools_apply(PyTypeObject *type, PyTypeObject *base, const char *name, PyObject *args,
                                    PyObject *kwargs);
/* __reduce__ of a type that is called with its first two fields. */
PyObject *ks_itertools_pair_reduce(PyObject *self, PyObject *unused);
#define pair_reduce ks_itertools_pair_reduce /* for REDUCE_ROW */

/* A tuple that was handed out before and that nobody kept can be filled again. */
KS_INLINE void
ks_itertools_reused(PyObject *tuple)
{
    if (!PyObject_GC_IsTracked(tuple))
        PyObject_GC_Track(tuple);
}

/* 1 if the iterator ended without an exception other than StopIteration, which is cleared. */
KS_INLINE int
ks_itertools_ended(void)
{
    if (!PyErr_Occurred())
        return 1;
    if (!PyErr_ExceptionMatches(PyExc_StopIteration))
        return 0;
    PyErr_Clear();
    return 1;
}

#endif
