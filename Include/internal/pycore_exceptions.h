/* SPDX-License-Identifier: MIT */
/* The exceptions' share of an interpreter. */
#ifndef Py_INTERNAL_EXCEPTIONS_H
#define Py_INTERNAL_EXCEPTIONS_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct _Py_exc_state {
    PyObject *errnomap;
    PyBaseExceptionObject *memerrors_freelist;
    int memerrors_numfree;
    PyObject *PyExc_ExceptionGroup;
};

extern PyStatus _PyExc_InitState(PyInterpreterState *);
extern PyStatus _PyExc_InitGlobalObjects(PyInterpreterState *);
extern int _PyExc_InitTypes(PyInterpreterState *);
extern void _PyExc_Fini(PyInterpreterState *);
extern void _PyExc_ClearExceptionGroupType(PyInterpreterState *);

#ifdef __cplusplus
}
#endif

#endif
