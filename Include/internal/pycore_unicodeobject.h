/* SPDX-License-Identifier: MIT */
/* The strings' share of an interpreter. */
#ifndef Py_INTERNAL_UNICODEOBJECT_H
#define Py_INTERNAL_UNICODEOBJECT_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#include "pycore_fileutils.h"

#ifdef __cplusplus
extern "C" {
#endif

struct _Py_unicode_runtime_ids {
    PyThread_type_lock lock;
    Py_ssize_t next_index;
};

struct _Py_unicode_fs_codec {
    char *encoding;
    int utf8;
    char *errors;
    _Py_error_handler error_handler;
};

struct _Py_unicode_ids {
    Py_ssize_t size;
    PyObject **array;
};

struct _Py_unicode_state {
    struct _Py_unicode_fs_codec fs_codec;
    struct _Py_unicode_ids ids;
};

extern PyTypeObject _PyUnicodeASCIIIter_Type;

void _PyUnicode_ExactDealloc(PyObject *op);
extern void _PyUnicode_InitState(PyInterpreterState *);
extern PyStatus _PyUnicode_InitGlobalObjects(PyInterpreterState *);
extern PyStatus _PyUnicode_InitTypes(PyInterpreterState *);
extern void _PyUnicode_Fini(PyInterpreterState *);
extern void _PyUnicode_FiniTypes(PyInterpreterState *);
extern void _PyStaticUnicode_Dealloc(PyObject *);
extern void _PyUnicode_ClearInterned(PyInterpreterState *interp);

#ifdef __cplusplus
}
#endif

#endif
