/* SPDX-License-Identifier: MIT */
/* Warnings with every detail given. */
#ifndef Py_CPYTHON_WARNINGS_H
#error "include <warnings.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_FUNC(int) PyErr_WarnExplicitObject(PyObject *category, PyObject *message, PyObject *filename,
    int lineno, PyObject *module, PyObject *registry);
PyAPI_FUNC(int) PyErr_WarnExplicitFormat(PyObject *category, const char *filename, int lineno,
    const char *module, PyObject *registry, const char *format, ...);

#define PyErr_Warn(category, text) PyErr_WarnEx(category, text, 1)

#ifdef __cplusplus
}
#endif
