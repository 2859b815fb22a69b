/* SPDX-License-Identifier: MIT */
/* The collector: the header in front of each object, generations, flags in the links' low bits. */
#ifndef Py_INTERNAL_GC_H
#define Py_INTERNAL_GC_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define _PyGC_Head_UNUSED PyGC_Head
#define _PyGC_PREV_MASK_FINALIZED (1)
#define _PyGC_PREV_MASK_COLLECTING (2)
#define _PyGC_PREV_SHIFT (2)
#define _PyGC_PREV_MASK (((uintptr_t) -1) << _PyGC_PREV_SHIFT)
#define NUM_GENERATIONS 3

typedef struct {
    uintptr_t _gc_next;
    uintptr_t _gc_prev;
} PyGC_Head;

struct gc_generation {
    PyGC_Head head;
    int threshold;
    int count;
};

struct gc_generation_stats {
    Py_ssize_t collections;
    Py_ssize_t collected;
    Py_ssize_t uncollectable;
};

struct _gc_runtime_state {
    PyObject *trash_delete_later;
    int trash_delete_nesting;
    int enabled;
    int debug;
    struct gc_generation generations[NUM_GENERATIONS];
    PyGC_Head *generation0;
    struct gc_generation permanent_generation;
    struct gc_generation_stats generation_stats[NUM_GENERATIONS];
    int collecting;
    PyObject *garbage;
    PyObject *callbacks;
    Py_ssize_t long_lived_total;
    Py_ssize_t long_lived_pending;
};

extern void _PyGC_InitState(struct _gc_runtime_state *);
extern Py_ssize_t _PyGC_CollectNoFail(PyThreadState *tstate);
extern void _PyTuple_ClearFreeList(PyInterpreterState *interp);
extern void _PyFloat_ClearFreeList(PyInterpreterState *interp);
extern void _PyList_ClearFreeList(PyInterpreterState *interp);
extern void _PyDict_ClearFreeList(PyInterpreterState *interp);
extern void _PyAsyncGen_ClearFreeLists(PyInterpreterState *interp);
extern void _PyContext_ClearFreeList(PyInterpreterState *interp);

#define _Py_AS_GC(object) ((PyGC_Head *)(object) - 1)
#define _PyObject_GC_IS_TRACKED(object) (_Py_AS_GC(object)->_gc_next != 0)
/* A tuple may have been untracked for good. */
#define _PyObject_GC_MAY_BE_TRACKED(object)                             \
    (PyObject_IS_GC(object) &&                                          \
     (_PyObject_GC_IS_TRACKED(object) || !PyTuple_CheckExact(object)))

#define _PyGCHead_NEXT(head) ((PyGC_Head *)(head)->_gc_next)
#define _PyGCHead_SET_NEXT(head, next) _Py_RVALUE((head)->_gc_next = (uintptr_t)(next))
#define _PyGCHead_PREV(head) ((PyGC_Head *)((head)->_gc_prev & _PyGC_PREV_MASK))
#define _PyGCHead_SET_PREV(head, prev)                                       \
    do {                                                                     \
        uintptr_t ks_flags_ = (head)->_gc_prev & ~_PyGC_PREV_MASK;           \
        assert(((uintptr_t)(prev) & ~_PyGC_PREV_MASK) == 0);                 \
        (head)->_gc_prev = (uintptr_t)(prev) | ks_flags_;                    \
    } while (0)

#define _PyGCHead_FINALIZED(head) (((head)->_gc_prev & _PyGC_PREV_MASK_FINALIZED) != 0)
#define _PyGCHead_SET_FINALIZED(head) _Py_RVALUE((head)->_gc_prev |= _PyGC_PREV_MASK_FINALIZED)
#define _PyGC_FINALIZED(object) _PyGCHead_FINALIZED(_Py_AS_GC(object))
#define _PyGC_SET_FINALIZED(object) _PyGCHead_SET_FINALIZED(_Py_AS_GC(object))

#ifdef __cplusplus
}
#endif

#endif
