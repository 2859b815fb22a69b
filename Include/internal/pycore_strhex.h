/* SPDX-License-Identifier: MIT */
/* Bytes as hexadecimal digits. */
#ifndef Py_INTERNAL_STRHEX_H
#define Py_INTERNAL_STRHEX_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_FUNC(PyObject *) _Py_strhex(const char *argbuf, const Py_ssize_t arglen);
PyAPI_FUNC(PyObject *) _Py_strhex_bytes(const char *argbuf, const Py_ssize_t arglen);
PyAPI_FUNC(PyObject *) _Py_strhex_with_sep(const char *argbuf, const Py_ssize_t arglen,
    PyObject *sep, const int bytes_per_group);
PyAPI_FUNC(PyObject *) _Py_strhex_bytes_with_sep(const char *argbuf, const Py_ssize_t arglen,
    PyObject *sep, const int bytes_per_group);

#ifdef __cplusplus
}
#endif

#endif
