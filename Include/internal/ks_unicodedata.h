/* SPDX-License-Identifier: MIT */
/* What the sources of the unicodedata module share. `old` asks for the database of Unicode 3.2. */
#ifndef KS_UNICODEDATA_H
#define KS_UNICODEDATA_H

#include "ks_base.h"

#define UCD_NAME_SIZE 256
#define UCD_SEQUENCE_MAX 4

/* unicodedata.c: single properties */
int ucd_combining(Py_UCS4 ch, int old);
int ucd_is_assigned(Py_UCS4 ch, int old); /* 0 for what is too young; unassigned ones may pass */
/* Two bits for each of NFD, NFKD, NFC, NFKC, lowest first: 1 maybe, 2 no. */
int ucd_quick_check(Py_UCS4 ch);
/* The decomposition as the database has it; tag 0 is a canonical one. NULL if there is none. */
const uint32_t *ucd_decomposition_of(Py_UCS4 ch, int old, int *tag, int *count);
/* The primary composite of a pair, 0 if there is none. */
Py_UCS4 ucd_compose(Py_UCS4 first, Py_UCS4 second);

/* unicodedata_names.c */
/* Writes the name and a zero. 1, or 0 if there is none or it does not fit. */
int ucd_name_of(Py_UCS4 ch, char *name, int size, int with_aliases);
/* The character, or with aliases the named sequence's characters as well; returns how many, 0 for
 * unknown names. */
int ucd_codes_of(const char *name, int length, int with_aliases, Py_UCS4 codes[UCD_SEQUENCE_MAX]);

/* unicodedata_normalize.c */
KS_NEW PyObject *ucd_normal_form(PyObject *form, PyObject *str, int old);
KS_NEW PyObject *ucd_is_normal_form(PyObject *form, PyObject *str, int old);

#endif
