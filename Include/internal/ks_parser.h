/* SPDX-License-Identifier: MIT */
/* The parser's entrances. Trees live in the caller's arena and do not depend on the source text. */
#ifndef KS_PARSER_H
#define KS_PARSER_H

#include "ks_ast.h"

/* mode is Py_file_input, Py_eval_input, Py_single_input or Py_func_type_input. flags may be NULL;
 * honoured are PyCF_SOURCE_IS_UTF8 (no decoding), PyCF_IGNORE_COOKIE, PyCF_DONT_IMPLY_DEDENT,
 * PyCF_TYPE_COMMENTS, PyCF_ALLOW_INCOMPLETE_INPUT and CO_FUTURE_BARRY_AS_BDFL. NULL with
 * SyntaxError (fully filled in), ValueError, MemoryError, RecursionError or a warning that was
 * turned into an error. filename is used for errors and warnings. */
KsMod *ks_parse_string(const char *source, PyObject *filename, int mode, PyCompilerFlags *flags,
                       KsArena *arena);

/* Reads from a file; with ps1 != NULL or a terminal in single mode, statement by statement through
 * PyOS_Readline. *status is E_EOF at the end of interactive input, otherwise E_OK (errors follow
 * the exception). encoding NULL: from the source. */
KsMod *ks_parse_file(FILE *file, PyObject *filename, const char *encoding, int mode,
                     const char *ps1, const char *ps2, PyCompilerFlags *flags, int *status,
                     KsArena *arena);

#endif
