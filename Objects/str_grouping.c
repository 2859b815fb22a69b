/* SPDX-License-Identifier: MIT */
/* Digits with a separator between groups, as locales describe them. */
#include "Python.h"
#include "ks_base.h"
#include "ks_str.h"

#include <limits.h>

/* Walks a localeconv() grouping: the sizes of groups from the right, 0 repeats the last one for
 * ever, CHAR_MAX ends grouping. */
typedef struct Groups {
    const char *at;
    char last;
} Groups;

/* Size of the next group, 0 when the rest is one group. */
static Py_ssize_t
next_group(Groups *groups)
{
    if (*groups->at == 0)
        return groups->last;
    if (*groups->at == CHAR_MAX)
        return 0;
    groups->last = *groups->at++;
    return groups->last;
}

/* Where digits are written, from the right to the left. writer NULL: nothing is, only counted. */
typedef struct Output {
    _PyUnicodeWriter *writer;
    Py_ssize_t at; /* end of what is still free */
    PyObject *digits;
    Py_ssize_t digits_end;
    PyObject *separator;
} Output;

static void
put_group(Output *out, int with_separator, Py_ssize_t zeros, Py_ssize_t count)
{
    if (out->writer == NULL)
        return;
    if (with_separator) {
        Py_ssize_t length = KS_STR_LENGTH(out->separator);
        out->at -= length;
        _PyUnicode_FastCopyCharacters(out->writer->buffer, out->at, out->separator, 0, length);
    }
    out->at -= count;
    out->digits_end -= count;
    _PyUnicode_FastCopyCharacters(out->writer->buffer, out->at, out->digits, out->digits_end,
                                  count);
    out->at -= zeros;
    ks_fill((int)out->writer->kind, out->writer->data, '0', out->at, zeros);
}

/* Groups n_digits characters of digits (from d_pos on), with leading zeros up to min_width, into
 * the n_buffer characters of the writer's buffer behind its pos. Returns how many characters that
 * takes. writer NULL: counts only, and raises *maxchar to what the separator needs. */
Py_ssize_t
_PyUnicode_InsertThousandsGrouping(_PyUnicodeWriter *writer, Py_ssize_t n_buffer,
                                   PyObject *digits, Py_ssize_t d_pos, Py_ssize_t n_digits,
                                   Py_ssize_t min_width, const char *grouping,
                                   PyObject *thousands_sep, Py_UCS4 *maxchar)
{
    if (PyUnicode_READY(thousands_sep) < 0)
        return -1;
    Output out = {writer, writer == NULL ? 0 : writer->pos + n_buffer, digits, d_pos + n_digits,
                  thousands_sep};
    if (writer == NULL) {
        *maxchar = 127;
        if (PyUnicode_MAX_CHAR_VALUE(thousands_sep) > 127)
            *maxchar = PyUnicode_MAX_CHAR_VALUE(thousands_sep);
    }
    Groups groups = {grouping, 0};
    Py_ssize_t separator_length = KS_STR_LENGTH(thousands_sep), total = 0, left = n_digits;
    min_width = Py_MAX(min_width, 0);
    for (int with_separator = 0;; with_separator = 1) {
        Py_ssize_t wanted = Py_MAX(Py_MAX(left, min_width), 1), size = next_group(&groups);
        int last = size <= 0;
        size = last ? wanted : Py_MIN(size, wanted);
        Py_ssize_t count = Py_MIN(left, size), zeros = size - count;
        total += size + (with_separator ? separator_length : 0);
        put_group(&out, with_separator, zeros, count);
        left -= count;
        min_width -= size;
        if (last || (left <= 0 && min_width <= 0))
            return total;
        min_width -= separator_length;
    }
}
