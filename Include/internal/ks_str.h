/* SPDX-License-Identifier: MIT */
/* What the sources of str share with each other and offer the rest of the runtime.
 *
 * A str that reaches the inner functions is "ready": its characters stand in the narrowest of
 * 1, 2 or 4 byte units (the kind), and `ascii` is set iff all are below 128. Strings made by the
 * deprecated Py_UNICODE functions become ready through PyUnicode_READY, which every public entry
 * calls first. Strings of length 0 and single characters below 256 are the singletons of
 * _PyRuntime wherever a new result is handed out. */
#ifndef KS_STR_H
#define KS_STR_H

#include "ks_base.h"
#include "pycore_global_objects.h"
#include "pycore_runtime.h"

/* For small functions that are one plain loop over many characters: lets the compiler use vector
 * instructions for it, whatever it is asked for elsewhere. */
#define KS_VECTORIZE __attribute__((optimize("O3"), noinline))

#define KS_ASCII(op) ((PyASCIIObject *)(op))
#define KS_COMPACT(op) ((PyCompactUnicodeObject *)(op))
#define KS_UNICODE(op) ((PyUnicodeObject *)(op))
#define KS_STR_KIND(op) ((int)KS_ASCII(op)->state.kind)
#define KS_STR_LENGTH(op) (KS_ASCII(op)->length)
#define KS_STR_IS_ASCII(op) (KS_ASCII(op)->state.ascii)

#define KS_STR_EMPTY ((PyObject *)&_Py_SINGLETON(strings).literals._empty._ascii)

/* Address of the characters of a ready string. */
KS_INLINE void *
ks_str_data(PyObject *str)
{
    if (KS_LIKELY(KS_ASCII(str)->state.compact))
        return KS_ASCII(str)->state.ascii ? (void *)(KS_ASCII(str) + 1)
                                          : (void *)(KS_COMPACT(str) + 1);
    return KS_UNICODE(str)->data.any;
}

/* Borrowed singleton of a character below 256. */
KS_INLINE KS_BORROWED PyObject *
ks_str_latin1_char(unsigned ch)
{
    return ch < 128 ? (PyObject *)&_Py_SINGLETON(strings).ascii[ch]._ascii
                    : (PyObject *)&_Py_SINGLETON(strings).latin1[ch - 128]._latin1;
}

KS_INLINE int
ks_kind_of(Py_UCS4 maxchar)
{
    return maxchar < 0x100 ? 1 : maxchar < 0x10000 ? 2 : 4;
}

KS_INLINE Py_UCS4
ks_read(int kind, const void *data, Py_ssize_t i)
{
    return kind == 1   ? ((const Py_UCS1 *)data)[i]
           : kind == 2 ? ((const Py_UCS2 *)data)[i]
                       : ((const Py_UCS4 *)data)[i];
}

KS_INLINE void
ks_write(int kind, void *data, Py_ssize_t i, Py_UCS4 ch)
{
    if (kind == 1)
        ((Py_UCS1 *)data)[i] = (Py_UCS1)ch;
    else if (kind == 2)
        ((Py_UCS2 *)data)[i] = (Py_UCS2)ch;
    else
        ((Py_UCS4 *)data)[i] = ch;
}

/* Position i of characters of that kind. */
KS_INLINE void *
ks_at(int kind, const void *data, Py_ssize_t i)
{
    return (char *)data + i * kind;
}

/* str.c: making and copying */

/* Upper bound class of the characters: 0x7f, 0xff, 0xffff or 0x10ffff. */
Py_UCS4 ks_max_char(int kind, const void *data, Py_ssize_t length);
/* Copies characters; `kind` may be wider or narrower (all must fit) than from_kind. */
void ks_copy_chars(int kind, void *to, int from_kind, const void *from, Py_ssize_t length);
/* New string from characters of any kind, in the narrowest form. */
KS_NEW PyObject *ks_str_from_kind(int kind, const void *data, Py_ssize_t length);
KS_NEW PyObject *ks_str_from_char(Py_UCS4 ch);
/* Slice of a ready string, 0 <= start <= end <= length; the string itself if it is all of it
 * and exact. */
KS_NEW PyObject *ks_str_slice(PyObject *str, Py_ssize_t start, Py_ssize_t end);
/* The string itself if exact, else a copy as plain str. */
KS_NEW PyObject *ks_str_unchanged(PyObject *str);
/* Narrows a string that only its maker knows; replaces *str by a new one if needed. */
int ks_str_narrow(PyObject **str);
/* 1 for a ready str; else 0 with TypeError "must be str, not ...". */
int ks_str_check(PyObject *object);
/* May its buffer be changed: exact, unshared, never hashed, not interned. */
int ks_str_is_modifiable(PyObject *str);
/* Gives the string's buffer a new length in place where possible. */
int ks_str_resize(PyObject **str, Py_ssize_t length);
void ks_fill(int kind, void *data, Py_UCS4 ch, Py_ssize_t start, Py_ssize_t length);
/* Characters as a wider kind in memory of PyMem_Malloc. NULL with MemoryError. */
void *ks_str_widen(PyObject *str, int kind);

/* str_legacy.c */
KS_NEW PyObject *ks_str_new_legacy(Py_ssize_t length);

/* str_compare.c */
int ks_str_equal(PyObject *left, PyObject *right); /* both ready */
Py_hash_t ks_str_hash(PyObject *str);
PyObject *ks_str_richcompare(PyObject *left, PyObject *right, int op);

/* str_intern.c */
void ks_str_forget_interned(PyObject *str);

/* str_find.c and str_split.c, str_replace.c */
/* Both ready; -1 absent, -2 with an exception. direction > 0 from the left. */
Py_ssize_t ks_str_find(PyObject *str, PyObject *sub, Py_ssize_t start, Py_ssize_t end,
                       int direction);
Py_ssize_t ks_find_char(int kind, const void *data, Py_ssize_t length, Py_UCS4 ch, int direction);
int ks_str_contains(PyObject *str, PyObject *sub);

/* Methods that the type's table in str_type.c lists. */
#define KS_STR_METHOD0(name) PyObject *ks_str_##name(PyObject *self, PyObject *unused)
#define KS_STR_METHODN(name) \
    PyObject *ks_str_##name(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
#define KS_STR_METHODK(name)                                                         \
    PyObject *ks_str_##name(PyObject *self, PyObject *const *args, Py_ssize_t nargs, \
                            PyObject *kwnames)

KS_STR_METHODN(find_);
KS_STR_METHODN(rfind_);
KS_STR_METHODN(index_);
KS_STR_METHODN(rindex_);
KS_STR_METHODN(count_);
KS_STR_METHODN(startswith);
KS_STR_METHODN(endswith);
KS_STR_METHODN(replace_);
KS_STR_METHODK(split);
KS_STR_METHODK(rsplit);
KS_STR_METHODK(splitlines);
KS_STR_METHOD0(partition);
KS_STR_METHOD0(rpartition);
KS_STR_METHODN(strip);
KS_STR_METHODN(lstrip);
KS_STR_METHODN(rstrip);
KS_STR_METHOD0(removeprefix);
KS_STR_METHOD0(removesuffix);
KS_STR_METHOD0(join);
KS_STR_METHODN(center);
KS_STR_METHODN(ljust);
KS_STR_METHODN(rjust);
KS_STR_METHOD0(zfill);
KS_STR_METHODK(expandtabs);
KS_STR_METHOD0(lower);
KS_STR_METHOD0(upper);
KS_STR_METHOD0(title);
KS_STR_METHOD0(capitalize);
KS_STR_METHOD0(swapcase);
KS_STR_METHOD0(casefold);
KS_STR_METHOD0(translate);
KS_STR_METHODN(maketrans);
KS_STR_METHODK(encode);
KS_STR_METHOD0(isascii);
KS_STR_METHOD0(islower);
KS_STR_METHOD0(isupper);
KS_STR_METHOD0(istitle);
KS_STR_METHOD0(isspace);
KS_STR_METHOD0(isdecimal);
KS_STR_METHOD0(isdigit);
KS_STR_METHOD0(isnumeric);
KS_STR_METHOD0(isalpha);
KS_STR_METHOD0(isalnum);
KS_STR_METHOD0(isidentifier);
KS_STR_METHOD0(isprintable);
PyObject *ks_str_format(PyObject *self, PyObject *args, PyObject *kwargs);
KS_STR_METHOD0(format_map);
PyObject *ks_str_repr(PyObject *self);
PyObject *ks_str_iter(PyObject *self);

/* str_format.c: iterators behind string.Formatter */
KS_NEW PyObject *ks_str_formatter_parser(PyObject *format);
KS_NEW PyObject *ks_str_formatter_split(PyObject *field_name);

extern PyTypeObject ks_EncodingMap_Type, ks_FormatterIter_Type, ks_FieldNameIter_Type;

/* codec_run.c: running error handlers from inside a codec */

/* State of one decode or encode run. exc is made on the first error and reused. */
typedef struct KsCodecRun {
    const char *encoding;
    const char *errors;
    PyObject *handler; /* owned, looked up once */
    PyObject *exc;     /* owned */
} KsCodecRun;

void ks_codec_run_end(KsCodecRun *run);
/* Reports characters [start, end) of an encode. Returns the replacement (str or bytes, new) and
 * sets *next to the position to go on at. NULL with an exception. */
KS_NEW PyObject *ks_codec_encode_error(KsCodecRun *run, PyObject *str, Py_ssize_t start,
                                       Py_ssize_t end, const char *reason, Py_ssize_t *next);
void ks_codec_raise_encode(KsCodecRun *run, PyObject *str, Py_ssize_t start, Py_ssize_t end,
                           const char *reason);

/* unicode_ctype.c */
/* Context-free full mappings; up to 3 characters in *to, returns how many. */
typedef int (*KsCaseMap)(Py_UCS4 ch, Py_UCS4 *to);

/* Growing byte buffers for encoders: room left is end - at. */
typedef struct KsBytesOut {
    PyObject *bytes; /* owned bytes object, over-allocated */
    char *at, *end;
} KsBytesOut;
int ks_bytes_out_start(KsBytesOut *out, Py_ssize_t room);
int ks_bytes_out_room(KsBytesOut *out, Py_ssize_t room);
KS_NEW PyObject *ks_bytes_out_finish(KsBytesOut *out);
void ks_bytes_out_drop(KsBytesOut *out);

#endif
