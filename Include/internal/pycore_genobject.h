/* SPDX-License-Identifier: MIT */
/* Generators for the eval loop, and the free lists of asynchronous ones. */
#ifndef Py_INTERNAL_GENOBJECT_H
#define Py_INTERNAL_GENOBJECT_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#ifndef _PyAsyncGen_MAXFREELIST
#define _PyAsyncGen_MAXFREELIST 80
#endif

struct _Py_async_gen_state {
#if _PyAsyncGen_MAXFREELIST > 0
    struct _PyAsyncGenWrappedValue *value_freelist[_PyAsyncGen_MAXFREELIST];
    int value_numfree;
    struct PyAsyncGenASend *asend_freelist[_PyAsyncGen_MAXFREELIST];
    int asend_numfree;
#endif
};

extern PyObject *_PyGen_yf(PyGenObject *);
extern PyObject *_PyCoro_GetAwaitableIter(PyObject *o);
extern PyObject *_PyAsyncGenValueWrapperNew(PyObject *);
extern void _PyAsyncGen_Fini(PyInterpreterState *);

#ifdef __cplusplus
}
#endif

#endif
