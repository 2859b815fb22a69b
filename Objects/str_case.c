/* SPDX-License-Identifier: MIT */
/* str: case. Mapping methods and the predicates over character classes.
 *
 * ASCII text is mapped byte by byte. Other text goes through the full mappings of
 * unicode_ctype.c, where one character can become three; the only mapping that looks around
 * itself is the Greek sigma, which has a form of its own at the end of a word. */
#include "Python.h"
#include "ks_base.h"
#include "ks_str.h"

#include <string.h>

static const Py_UCS4 SIGMA = 0x3a3, SMALL_SIGMA = 0x3c3, FINAL_SIGMA = 0x3c2;

/* Is the sigma at i the last letter of a word: a cased letter before, none after it, both
 * disregarding characters that case ignores? */
static int
is_final_sigma(int kind, const void *data, Py_ssize_t length, Py_ssize_t i)
{
    Py_ssize_t j = i - 1;
    while (j >= 0 && _PyUnicode_IsCaseIgnorable(ks_read(kind, data, j)))
        j--;
    if (j < 0 || !_PyUnicode_IsCased(ks_read(kind, data, j)))
        return 0;
    j = i + 1;
    while (j < length && _PyUnicode_IsCaseIgnorable(ks_read(kind, data, j)))
        j++;
    return j == length || !_PyUnicode_IsCased(ks_read(kind, data, j));
}

static int
lower_at(int kind, const void *data, Py_ssize_t length, Py_ssize_t i, Py_UCS4 ch, Py_UCS4 *to)
{
    if (ch == SIGMA) {
        to[0] = is_final_sigma(kind, data, length, i) ? FINAL_SIGMA : SMALL_SIGMA;
        return 1;
    }
    return _PyUnicode_ToLowerFull(ch, to);
}

typedef enum Mapping { MAP_LOWER, MAP_UPPER, MAP_SWAP, MAP_FOLD, MAP_TITLE, MAP_CAPITALIZE } Mapping;

/* Maps all characters into `out`, which has room for 3 a character; returns how many there are. */
static Py_ssize_t
map_all(Mapping mapping, int kind, const void *data, Py_ssize_t length, Py_UCS4 *out,
        Py_UCS4 *all_bits)
{
    Py_ssize_t count = 0;
    Py_UCS4 bits = 0, to[3];
    int after_cased = 0;
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 ch = ks_read(kind, data, i);
        int n;
        if (ch < 128 && mapping <= MAP_FOLD && mapping != MAP_SWAP) {
            out[count++] = mapping == MAP_UPPER ? Py_TOUPPER(ch) : Py_TOLOWER(ch);
            continue;
        }
        switch (mapping) {
        case MAP_UPPER:
            n = _PyUnicode_ToUpperFull(ch, to);
            break;
        case MAP_FOLD:
            n = _PyUnicode_ToFoldedFull(ch, to);
            break;
        case MAP_SWAP:
            if (_PyUnicode_IsUppercase(ch))
                n = lower_at(kind, data, length, i, ch, to);
            else if (_PyUnicode_IsLowercase(ch))
                n = _PyUnicode_ToUpperFull(ch, to);
            else {
                n = 1;
                to[0] = ch;
            }
            break;
        case MAP_TITLE:
        case MAP_CAPITALIZE:
            n = after_cased ? lower_at(kind, data, length, i, ch, to)
                            : _PyUnicode_ToTitleFull(ch, to);
            after_cased = mapping == MAP_CAPITALIZE || _PyUnicode_IsCased(ch);
            break;
        default:
            n = lower_at(kind, data, length, i, ch, to);
        }
        for (int j = 0; j < n; j++) {
            bits |= to[j];
            out[count++] = to[j];
        }
    }
    *all_bits = bits;
    return count;
}

static PyObject *
map_wide(PyObject *str, Mapping mapping)
{
    Py_ssize_t length = KS_STR_LENGTH(str);
    if (length > PY_SSIZE_T_MAX / (3 * (Py_ssize_t)sizeof(Py_UCS4))) {
        PyErr_SetString(PyExc_OverflowError, "string is too long");
        return NULL;
    }
    Py_UCS4 *out = PyMem_Malloc(sizeof(Py_UCS4) * 3 * (size_t)Py_MAX(length, 1)), bits;
    if (out == NULL)
        return PyErr_NoMemory();
    Py_ssize_t count =
        map_all(mapping, KS_STR_KIND(str), ks_str_data(str), length, out, &bits);
    PyObject *result = ks_str_from_kind(4, out, count);
    PyMem_Free(out);
    return result;
}

KS_INLINE Py_UCS1
ascii_lower(Py_UCS1 ch)
{
    return (Py_UCS1)(ch | ((Py_UCS1)(ch - 'A') < 26) << 5);
}

KS_INLINE Py_UCS1
ascii_upper(Py_UCS1 ch)
{
    return (Py_UCS1)(ch ^ ((Py_UCS1)(ch - 'a') < 26) << 5);
}

static KS_VECTORIZE void
lower_ascii(Py_UCS1 *restrict out, const Py_UCS1 *restrict in, Py_ssize_t length)
{
    for (Py_ssize_t i = 0; i < length; i++)
        out[i] = ascii_lower(in[i]);
}

static KS_VECTORIZE void
upper_ascii(Py_UCS1 *restrict out, const Py_UCS1 *restrict in, Py_ssize_t length)
{
    for (Py_ssize_t i = 0; i < length; i++)
        out[i] = ascii_upper(in[i]);
}

static PyObject *
map_ascii(PyObject *str, Mapping mapping)
{
    Py_ssize_t length = KS_STR_LENGTH(str);
    PyObject *result = PyUnicode_New(length, 127);
    if (result == NULL || length == 0)
        return result;
    const Py_UCS1 *in = ks_str_data(str);
    Py_UCS1 *out = ks_str_data(result);
    int after_cased = 0;
    switch (mapping) {
    case MAP_UPPER:
        upper_ascii(out, in, length);
        break;
    case MAP_SWAP:
        for (Py_ssize_t i = 0; i < length; i++)
            out[i] = (Py_UCS1)(in[i] ^ ((Py_UCS1)((in[i] | 32) - 'a') < 26) << 5);
        break;
    case MAP_TITLE:
        for (Py_ssize_t i = 0; i < length; i++) {
            out[i] = after_cased ? ascii_lower(in[i]) : ascii_upper(in[i]);
            after_cased = (Py_UCS1)((in[i] | 32) - 'a') < 26;
        }
        break;
    default:
        lower_ascii(out, in, length);
        if (mapping == MAP_CAPITALIZE)
            out[0] = ascii_upper(in[0]);
    }
    return result;
}

static PyObject *
map_case(PyObject *str, Mapping mapping)
{
    if (PyUnicode_READY(str) < 0)
        return NULL;
    if (mapping == MAP_CAPITALIZE && KS_STR_LENGTH(str) == 0)
        return ks_str_unchanged(str);
    return KS_STR_IS_ASCII(str) ? map_ascii(str, mapping) : map_wide(str, mapping);
}

KS_STR_METHOD0(lower)
{
    return map_case(self, MAP_LOWER);
}

KS_STR_METHOD0(upper)
{
    return map_case(self, MAP_UPPER);
}

KS_STR_METHOD0(swapcase)
{
    return map_case(self, MAP_SWAP);
}

KS_STR_METHOD0(casefold)
{
    return map_case(self, MAP_FOLD);
}

KS_STR_METHOD0(title)
{
    return map_case(self, MAP_TITLE);
}

KS_STR_METHOD0(capitalize)
{
    return map_case(self, MAP_CAPITALIZE);
}

/* --- predicates --- */

KS_STR_METHOD0(isascii)
{
    if (PyUnicode_READY(self) < 0)
        return NULL;
    return PyBool_FromLong(KS_STR_IS_ASCII(self));
}

/* True for text that is not empty and whose every character passes the test. */
#define EVERY(name, ascii, test)                                     \
    KS_STR_METHOD0(name)                                          \
    {                                                             \
        if (PyUnicode_READY(self) < 0)                            \
            return NULL;                                          \
        int kind = KS_STR_KIND(self);                             \
        const void *data = ks_str_data(self);                     \
        Py_ssize_t length = KS_STR_LENGTH(self);                  \
        for (Py_ssize_t i = 0; i < length; i++)                   \
        {                                                         \
            Py_UCS4 ch = ks_read(kind, data, i);                  \
            if (!(ch < 128 ? (int)(ascii) : test(ch)))                 \
                Py_RETURN_FALSE;                                  \
        }                                                         \
        return PyBool_FromLong(length > 0);                       \
    }

EVERY(isspace, _Py_ascii_whitespace[ch], Py_UNICODE_ISSPACE)
EVERY(isalpha, Py_ISALPHA(ch), _PyUnicode_IsAlpha)
EVERY(isalnum, Py_ISALNUM(ch), Py_UNICODE_ISALNUM)
EVERY(isdecimal, Py_ISDIGIT(ch), _PyUnicode_IsDecimalDigit)
EVERY(isdigit, Py_ISDIGIT(ch), _PyUnicode_IsDigit)
EVERY(isnumeric, Py_ISDIGIT(ch), _PyUnicode_IsNumeric)

KS_STR_METHOD0(isprintable)
{
    if (PyUnicode_READY(self) < 0)
        return NULL;
    int kind = KS_STR_KIND(self);
    const void *data = ks_str_data(self);
    Py_ssize_t length = KS_STR_LENGTH(self);
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 ch = ks_read(kind, data, i);
        if (!(ch < 127 ? ch >= ' ' : _PyUnicode_IsPrintable(ch)))
            Py_RETURN_FALSE;
    }
    Py_RETURN_TRUE;
}

/* Some cased characters, and none of the other cases. */
static PyObject *
is_all_case(PyObject *self, int want_lower)
{
    if (PyUnicode_READY(self) < 0)
        return NULL;
    int kind = KS_STR_KIND(self), cased = 0;
    const void *data = ks_str_data(self);
    Py_ssize_t length = KS_STR_LENGTH(self);
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 ch = ks_read(kind, data, i);
        int lower = ch < 128 ? (int)Py_ISLOWER(ch) : _PyUnicode_IsLowercase(ch);
        int upper = ch < 128 ? (int)Py_ISUPPER(ch) : _PyUnicode_IsUppercase(ch);
        if ((want_lower ? upper : lower) || (ch >= 128 && _PyUnicode_IsTitlecase(ch)))
            Py_RETURN_FALSE;
        cased |= want_lower ? lower : upper;
    }
    return PyBool_FromLong(cased != 0);
}

KS_STR_METHOD0(islower)
{
    return is_all_case(self, 1);
}

KS_STR_METHOD0(isupper)
{
    return is_all_case(self, 0);
}

KS_STR_METHOD0(istitle)
{
    if (PyUnicode_READY(self) < 0)
        return NULL;
    int kind = KS_STR_KIND(self), cased = 0, after_cased = 0;
    const void *data = ks_str_data(self);
    Py_ssize_t length = KS_STR_LENGTH(self);
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 ch = ks_read(kind, data, i);
        int starts = _PyUnicode_IsUppercase(ch) || _PyUnicode_IsTitlecase(ch);
        int follows = !starts && _PyUnicode_IsLowercase(ch);
        if ((starts && after_cased) || (follows && !after_cased))
            Py_RETURN_FALSE;
        after_cased = starts || follows;
        cased |= after_cased;
    }
    return PyBool_FromLong(cased);
}

/* Length of the longest prefix that is an identifier. */
Py_ssize_t
_PyUnicode_ScanIdentifier(PyObject *self)
{
    if (PyUnicode_READY(self) < 0) {
        PyErr_Clear();
        return 0;
    }
    int kind = KS_STR_KIND(self);
    const void *data = ks_str_data(self);
    Py_ssize_t length = KS_STR_LENGTH(self), i = 1;
    if (length == 0)
        return 0;
    Py_UCS4 first = ks_read(kind, data, 0);
    if (first != '_' && !_PyUnicode_IsXidStart(first))
        return 0;
    for (; i < length; i++) {
        Py_UCS4 ch = ks_read(kind, data, i);
        if (!(ch < 128 ? Py_ISALNUM(ch) || ch == '_' : _PyUnicode_IsXidContinue(ch)))
            break;
    }
    return i;
}

int
PyUnicode_IsIdentifier(PyObject *s)
{
    if (PyUnicode_READY(s) < 0)
        return -1;
    Py_ssize_t length = KS_STR_LENGTH(s);
    return length > 0 && _PyUnicode_ScanIdentifier(s) == length;
}

KS_STR_METHOD0(isidentifier)
{
    int is = PyUnicode_IsIdentifier(self);
    return is < 0 ? NULL : PyBool_FromLong(is);
}
