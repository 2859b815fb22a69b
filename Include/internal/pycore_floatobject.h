/* SPDX-License-Identifier: MIT */
/* The free floats, and float from a string. */
#ifndef Py_INTERNAL_FLOATOBJECT_H
#define Py_INTERNAL_FLOATOBJECT_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#ifndef PyFloat_MAXFREELIST
#define PyFloat_MAXFREELIST 100
#endif

struct _Py_float_state {
#if PyFloat_MAXFREELIST > 0
    int numfree;
    PyFloatObject *free_list;
#endif
};

extern void _PyFloat_InitState(PyInterpreterState *);
extern PyStatus _PyFloat_InitTypes(PyInterpreterState *);
extern void _PyFloat_Fini(PyInterpreterState *);
extern void _PyFloat_FiniType(PyInterpreterState *);
void _PyFloat_ExactDealloc(PyObject *op);
PyAPI_FUNC(void) _PyFloat_DebugMallocStats(FILE *out);
PyAPI_FUNC(int) _PyFloat_FormatAdvancedWriter(_PyUnicodeWriter *writer, PyObject *obj,
    PyObject *format_spec, Py_ssize_t start, Py_ssize_t end);

#ifdef __cplusplus
}
#endif

#endif
