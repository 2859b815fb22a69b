/* SPDX-License-Identifier: MIT */
/* Searching and formatting bytes. */
#ifndef Py_INTERNAL_BYTESOBJECT_H
#define Py_INTERNAL_BYTESOBJECT_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

extern PyStatus _PyBytes_InitTypes(PyInterpreterState *);
PyAPI_FUNC(Py_ssize_t) _PyBytes_Find(const char *haystack, Py_ssize_t len_haystack,
    const char *needle, Py_ssize_t len_needle, Py_ssize_t offset);
PyAPI_FUNC(Py_ssize_t) _PyBytes_ReverseFind(const char *haystack, Py_ssize_t len_haystack,
    const char *needle, Py_ssize_t len_needle, Py_ssize_t offset);
PyAPI_FUNC(void) _PyBytes_Repeat(char *dest, Py_ssize_t len_dest, const char *src,
    Py_ssize_t len_src);

#ifdef __cplusplus
}
#endif

#endif
