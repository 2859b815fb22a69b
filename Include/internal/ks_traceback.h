/* SPDX-License-Identifier: MIT */
/* What printing a traceback needs besides the traceback. */
#ifndef KS_TRACEBACK_H
#define KS_TRACEBACK_H

#include "ks_base.h"

/* The line of a source file, without its end: 1 and a new str, 0 if it cannot be had, -1 with an
 * exception. With search_path, a file not found as named is looked for along sys.path by its last
 * part. */
int ks_traceback_source_line(PyObject *filename, int line_number, int search_path,
                             PyObject **line);
/* Number of blanks the line starts with. */
Py_ssize_t ks_traceback_blanks(PyObject *line);
/* Which characters of an expression's text are its operator or its subscript; 0 if none stand out.
 * Sets no exception. */
int ks_traceback_anchors(PyObject *segment, Py_ssize_t *start, Py_ssize_t *end);
/* The " Did you mean" suggestion for a NameError or AttributeError; NULL without an exception if
 * there is none. */
KS_NEW PyObject *ks_suggestion_for(PyObject *exception);

#endif
