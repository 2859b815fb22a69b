/* SPDX-License-Identifier: MIT */
/* Telling tracemalloc of memory that it cannot see. */
#if !defined(Py_TRACEMALLOC_H) && !defined(Py_LIMITED_API)
#define Py_TRACEMALLOC_H

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_FUNC(int) PyTraceMalloc_Track(unsigned int domain, uintptr_t ptr, size_t size);
PyAPI_FUNC(int) PyTraceMalloc_Untrack(unsigned int domain, uintptr_t ptr);
PyAPI_FUNC(PyObject *) _PyTraceMalloc_GetTraceback(unsigned int domain, uintptr_t ptr);

#ifdef __cplusplus
}
#endif

#endif
