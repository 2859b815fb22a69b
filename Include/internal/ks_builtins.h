/* SPDX-License-Identifier: MIT */
/* The builtins module: tables that its files contribute. */
#ifndef KS_BUILTINS_H
#define KS_BUILTINS_H

#include "Python.h"

extern PyMethodDef ks_builtins_plain_methods[]; /* attributes, inspection, conversion */
extern PyMethodDef ks_builtins_math_methods[];  /* sum, min, max, round, sorted, ... */
extern PyMethodDef ks_builtins_code_methods[];  /* compile, eval, exec, classes, import */
extern PyMethodDef ks_builtins_io_methods[];    /* print, input */


#endif
