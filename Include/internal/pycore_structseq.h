/* SPDX-License-Identifier: MIT */
/* Named tuples that are static types. */
#ifndef Py_INTERNAL_STRUCTSEQ_H
#define Py_INTERNAL_STRUCTSEQ_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_FUNC(PyTypeObject *) _PyStructSequence_NewType(PyStructSequence_Desc *desc,
    unsigned long tp_flags);
PyAPI_FUNC(int) _PyStructSequence_InitType(PyTypeObject *type, PyStructSequence_Desc *desc,
    unsigned long tp_flags);
extern void _PyStructSequence_FiniType(PyTypeObject *type);

#ifdef __cplusplus
}
#endif

#endif
