/* SPDX-License-Identifier: MIT */
/* Running source text: the way from text or tree to a result. */
#ifndef KS_RUN_H
#define KS_RUN_H

#include "Python.h"
#include "ks_base.h"

/* A code object from an ast.AST object; mode 0 exec, 1 eval, 2 single. */
KS_NEW PyObject *ks_run_compile_object(PyObject *ast, PyObject *filename, int mode,
                                       PyCompilerFlags *flags, int optimize);

#endif
