/* SPDX-License-Identifier: MIT */
/* Numbers from text and back, the same in every locale. */
#ifndef Py_STRTOD_H
#define Py_STRTOD_H

#ifdef __cplusplus
extern "C" {
#endif

#define Py_DTSF_SIGN 0x01
#define Py_DTSF_ADD_DOT_0 0x02
#define Py_DTSF_ALT 0x04
#define Py_DTSF_NO_NEG_0 0x08
#define Py_DTST_FINITE 0
#define Py_DTST_INFINITE 1
#define Py_DTST_NAN 2

PyAPI_FUNC(double) PyOS_string_to_double(const char *str, char **endptr,
    PyObject *overflow_exception);
PyAPI_FUNC(char *) PyOS_double_to_string(double val, char format_code, int precision, int flags,
    int *type);

#ifndef Py_LIMITED_API
PyAPI_FUNC(PyObject *) _Py_string_to_number_with_underscores(const char *str, Py_ssize_t len,
    const char *what, PyObject *obj, void *arg, PyObject *(*innerfunc)(const char *, Py_ssize_t,
    void *));
PyAPI_FUNC(double) _Py_parse_inf_or_nan(const char *p, char **endptr);
#endif

#ifdef __cplusplus
}
#endif

#endif
