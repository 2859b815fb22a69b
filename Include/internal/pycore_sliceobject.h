/* SPDX-License-Identifier: MIT */
/* Slices as tuples of ints. */
#ifndef Py_INTERNAL_SLICEOBJECT_H
#define Py_INTERNAL_SLICEOBJECT_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

extern void _PySlice_Fini(PyInterpreterState *);

#ifdef __cplusplus
}
#endif

#endif
