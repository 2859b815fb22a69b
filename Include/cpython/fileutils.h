/* SPDX-License-Identifier: MIT */
/* File functions beyond the limited API. */
#ifndef Py_CPYTHON_FILEUTILS_H
#error "include <fileutils.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_FUNC(FILE *) _Py_fopen_obj(PyObject *path, const char *mode);

#ifdef __cplusplus
}
#endif
