/* SPDX-License-Identifier: MIT */
/* The marshal format: type bytes and what its reader, writer and module share. */
#ifndef KS_MARSHAL_H
#define KS_MARSHAL_H

#include <stdio.h>

#include "Python.h"

#include "ks_base.h"

enum {
    KS_M_NULL = '0', KS_M_NONE = 'N', KS_M_FALSE = 'F', KS_M_TRUE = 'T', KS_M_STOPITER = 'S',
    KS_M_ELLIPSIS = '.', KS_M_INT = 'i', KS_M_INT64 = 'I', KS_M_FLOAT_TEXT = 'f',
    KS_M_FLOAT = 'g', KS_M_COMPLEX_TEXT = 'x', KS_M_COMPLEX = 'y', KS_M_LONG = 'l',
    KS_M_BYTES = 's', KS_M_INTERNED = 't', KS_M_REF = 'r', KS_M_TUPLE = '(', KS_M_LIST = '[',
    KS_M_DICT = '{', KS_M_CODE = 'c', KS_M_UNICODE = 'u', KS_M_UNKNOWN = '?', KS_M_SET = '<',
    KS_M_FROZENSET = '>', KS_M_ASCII = 'a', KS_M_ASCII_INTERNED = 'A', KS_M_SMALL_TUPLE = ')',
    KS_M_SHORT_ASCII = 'z', KS_M_SHORT_ASCII_INTERNED = 'Z',
};

#define KS_M_FLAG_REF 0x80     /* the object gets the next reference number */
#define KS_M_MAX_DEPTH 2000    /* nesting of containers, reading and writing */
#define KS_M_MAX_SIZE 0x7FFFFFFF
#define KS_M_DIGIT_BITS 15     /* of the digits of big ints */

/* Where a reader gets its bytes: fills buffer with exactly count bytes and returns 1, or returns 0
 * with an exception. */
typedef int (*KsMarshalFill)(void *source, char *buffer, Py_ssize_t count);

/* Reads one object from memory; *used (may be NULL) is how many bytes it took. With verify, code
 * objects are checked: their start before they are handed out, the rest at the latest when they run. */
KS_NEW PyObject *ks_marshal_read_memory(const char *data, Py_ssize_t size, int verify,
                                        Py_ssize_t *used);
/* Reads one object, taking bytes from fill. */
KS_NEW PyObject *ks_marshal_read_source(KsMarshalFill fill, void *source, int verify);

#endif
