/* SPDX-License-Identifier: MIT */
/* The parser's entry points. */
#ifndef Py_INTERNAL_PARSER_H
#define Py_INTERNAL_PARSER_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#include "pycore_pyarena.h"

extern struct _mod *_PyParser_ASTFromString(const char *str, PyObject *filename, int mode,
    PyCompilerFlags *flags, PyArena *arena);
extern struct _mod *_PyParser_ASTFromFile(FILE *fp, PyObject *filename_ob, const char *enc,
    int mode, const char *ps1, const char *ps2, PyCompilerFlags *flags, int *errcode,
    PyArena *arena);

#ifdef __cplusplus
}
#endif

#endif
