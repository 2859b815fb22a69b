/* SPDX-License-Identifier: MIT */
/* str: memory of strings, making, copying, resizing, dropping.
 *
 * A compact string is one block: header and characters, with a terminating zero that is not
 * counted. ASCII strings have the short header; their characters are their UTF-8 form. Strings of
 * subclasses and those that began as wchar_t buffers keep the characters in a second block. A
 * string is changed only while its maker is the only one who knows it. */
#include "Python.h"
#include "pycore_object.h"
#include "pycore_unicodeobject.h"
#include "ks_base.h"
#include "ks_str.h"

#include <string.h>

/* --- widths --- */

static Py_UCS4
max_char_1(const Py_UCS1 *text, Py_ssize_t length)
{
    const Py_UCS1 *end = text + length;
    while (end - text >= 32) {
        uint64_t a, b, c, d;
        memcpy(&a, text, 8);
        memcpy(&b, text + 8, 8);
        memcpy(&c, text + 16, 8);
        memcpy(&d, text + 24, 8);
        if ((a | b | c | d) & UINT64_C(0x8080808080808080))
            return 0xff;
        text += 32;
    }
    while (end - text >= 8) {
        uint64_t a;
        memcpy(&a, text, 8);
        if (a & UINT64_C(0x8080808080808080))
            return 0xff;
        text += 8;
    }
    unsigned rest = 0;
    while (text < end)
        rest |= *text++;
    return rest & 0x80 ? 0xff : 0x7f;
}

static KS_VECTORIZE Py_UCS4
max_char_2(const Py_UCS2 *text, Py_ssize_t length)
{
    Py_UCS4 all = 0;
    Py_ssize_t i = 0;
    while (i < length) {
        Py_ssize_t stop = Py_MIN(length, i + 256);
        unsigned seen = 0;
        for (; i < stop; i++)
            seen |= text[i];
        all |= seen;
        if (all > 0xff)
            return 0xffff;
    }
    return all > 0x7f ? 0xff : 0x7f;
}

static KS_VECTORIZE Py_UCS4
max_char_4(const Py_UCS4 *text, Py_ssize_t length)
{
    Py_UCS4 all = 0;
    Py_ssize_t i = 0;
    while (i < length) {
        Py_ssize_t stop = Py_MIN(length, i + 256);
        for (; i < stop; i++)
            all |= text[i];
        if (all > 0xffff)
            return 0x10ffff;
    }
    return all > 0xff ? 0xffff : all > 0x7f ? 0xff : 0x7f;
}

Py_UCS4
ks_max_char(int kind, const void *data, Py_ssize_t length)
{
    return kind == 1 ? max_char_1(data, length)
           : kind == 2 ? max_char_2(data, length)
                       : max_char_4(data, length);
}

#define CONVERTER(name, to_type, from_type)                                               \
    static KS_VECTORIZE void                                                              \
    name(to_type *restrict out, const from_type *restrict in, Py_ssize_t length)          \
    {                                                                                     \
        for (Py_ssize_t i = 0; i < length; i++)                                           \
            out[i] = (to_type)in[i];                                                      \
    }
CONVERTER(convert_1_from_2, Py_UCS1, Py_UCS2)
CONVERTER(convert_1_from_4, Py_UCS1, Py_UCS4)
CONVERTER(convert_2_from_1, Py_UCS2, Py_UCS1)
CONVERTER(convert_2_from_4, Py_UCS2, Py_UCS4)
CONVERTER(convert_4_from_1, Py_UCS4, Py_UCS1)
CONVERTER(convert_4_from_2, Py_UCS4, Py_UCS2)

void
ks_copy_chars(int kind, void *to, int from_kind, const void *from, Py_ssize_t length)
{
    if (kind == from_kind)
        memcpy(to, from, (size_t)(length * kind));
    else if (kind == 1 && from_kind == 2)
        convert_1_from_2(to, from, length);
    else if (kind == 1)
        convert_1_from_4(to, from, length);
    else if (kind == 2 && from_kind == 1)
        convert_2_from_1(to, from, length);
    else if (kind == 2)
        convert_2_from_4(to, from, length);
    else if (from_kind == 1)
        convert_4_from_1(to, from, length);
    else
        convert_4_from_2(to, from, length);
}

void
ks_fill(int kind, void *data, Py_UCS4 ch, Py_ssize_t start, Py_ssize_t length)
{
    if (kind == 1)
        memset((Py_UCS1 *)data + start, (int)ch, (size_t)length);
    else if (kind == 2)
        for (Py_UCS2 *p = (Py_UCS2 *)data + start, *end = p + length; p < end; p++)
            *p = (Py_UCS2)ch;
    else
        for (Py_UCS4 *p = (Py_UCS4 *)data + start, *end = p + length; p < end; p++)
            *p = ch;
}

/* --- making --- */

/* PyUnicode_New for what most strings are. size > 0. */
KS_INLINE PyObject *
new_ascii(Py_ssize_t size)
{
    static const struct {
        __typeof__(((PyASCIIObject *)0)->state) state;
    } compact_ascii = {.state = {.kind = 1, .compact = 1, .ascii = 1, .ready = 1}};
    if (KS_UNLIKELY(size > PY_SSIZE_T_MAX - (Py_ssize_t)sizeof(PyASCIIObject) - 1))
        return PyErr_NoMemory();
    PyObject *str = PyObject_Malloc(sizeof(PyASCIIObject) + (size_t)size + 1);
    if (KS_UNLIKELY(str == NULL))
        return PyErr_NoMemory();
    _PyObject_Init(str, &PyUnicode_Type);
    PyASCIIObject *ascii = KS_ASCII(str);
    ascii->length = size;
    ascii->hash = -1;
    ascii->state = compact_ascii.state;
    ascii->wstr = NULL;
    ((char *)(ascii + 1))[size] = 0;
    return str;
}

/* A string of `size` characters up to maxchar, whose content the caller writes. */
PyObject *
PyUnicode_New(Py_ssize_t size, Py_UCS4 maxchar)
{
    if (size == 0)
        return Py_NewRef(KS_STR_EMPTY);
    if (KS_LIKELY(maxchar < 0x80 && size > 0))
        return new_ascii(size);
    int kind = ks_kind_of(maxchar);
    Py_ssize_t header = sizeof(PyCompactUnicodeObject);
    if (KS_UNLIKELY(maxchar > 0x10ffff)) {
        PyErr_SetString(PyExc_SystemError,
                        "invalid maximum character passed to PyUnicode_New");
        return NULL;
    }
    if (KS_UNLIKELY(size < 0)) {
        PyErr_SetString(PyExc_SystemError, "Negative size passed to PyUnicode_New");
        return NULL;
    }
    if (KS_UNLIKELY(size > (PY_SSIZE_T_MAX - header) / kind - 1))
        return PyErr_NoMemory();
    PyObject *str = PyObject_Malloc((size_t)(header + (size + 1) * kind));
    if (KS_UNLIKELY(str == NULL))
        return PyErr_NoMemory();
    _PyObject_Init(str, &PyUnicode_Type);
    PyASCIIObject *ascii = KS_ASCII(str);
    ascii->length = size;
    ascii->hash = -1;
    memset(&ascii->state, 0, sizeof(ascii->state));
    ascii->state.kind = (unsigned)kind & 7;
    ascii->state.compact = 1;
    ascii->state.ready = 1;
    ascii->wstr = NULL;
    PyCompactUnicodeObject *compact = KS_COMPACT(str);
    compact->utf8 = NULL;
    compact->utf8_length = 0;
    compact->wstr_length = 0;
    void *data = compact + 1;
    ks_write(kind, data, size, 0);
    if (kind == 4) {
        /* wchar_t has 4 bytes: the characters are their own wide form. */
        ascii->wstr = data;
        compact->wstr_length = size;
    }
    return str;
}

PyObject *
ks_str_from_char(Py_UCS4 ch)
{
    if (ch < 256)
        return Py_NewRef(ks_str_latin1_char(ch));
    PyObject *str = PyUnicode_New(1, ch);
    if (str != NULL)
        ks_write(KS_STR_KIND(str), ks_str_data(str), 0, ch);
    return str;
}

PyObject *
ks_str_from_kind(int kind, const void *data, Py_ssize_t length)
{
    if (length == 0)
        return Py_NewRef(KS_STR_EMPTY);
    if (length == 1)
        return ks_str_from_char(ks_read(kind, data, 0));
    Py_UCS4 maxchar = ks_max_char(kind, data, length);
    PyObject *str = PyUnicode_New(length, maxchar);
    if (str != NULL)
        ks_copy_chars(KS_STR_KIND(str), ks_str_data(str), kind, data, length);
    return str;
}

PyObject *
PyUnicode_FromKindAndData(int kind, const void *buffer, Py_ssize_t size)
{
    if (size < 0) {
        PyErr_SetString(PyExc_ValueError, "size must be positive");
        return NULL;
    }
    if (kind != 1 && kind != 2 && kind != 4) {
        PyErr_SetString(PyExc_SystemError, "invalid kind");
        return NULL;
    }
    return ks_str_from_kind(kind, buffer, size);
}

PyObject *
_PyUnicode_FromASCII(const char *buffer, Py_ssize_t size)
{
    if (KS_UNLIKELY(size <= 1))
        return Py_NewRef(size <= 0 ? KS_STR_EMPTY
                                   : ks_str_latin1_char((unsigned char)buffer[0]));
    PyObject *str = new_ascii(size);
    if (KS_LIKELY(str != NULL))
        memcpy(KS_ASCII(str) + 1, buffer, (size_t)size);
    return str;
}

PyObject *
PyUnicode_FromOrdinal(int ordinal)
{
    if (ordinal < 0 || ordinal > 0x10ffff) {
        PyErr_SetString(PyExc_ValueError, "chr() arg not in range(0x110000)");
        return NULL;
    }
    return ks_str_from_char((Py_UCS4)ordinal);
}

PyObject *
PyUnicode_FromStringAndSize(const char *u, Py_ssize_t size)
{
    if (size < 0) {
        PyErr_SetString(PyExc_SystemError,
                        "Negative size passed to PyUnicode_FromStringAndSize");
        return NULL;
    }
    if (u != NULL)
        return PyUnicode_DecodeUTF8Stateful(u, size, NULL, NULL);
    if (size > 0) {
        if (PyErr_WarnEx(PyExc_DeprecationWarning,
                         "PyUnicode_FromStringAndSize(NULL, size) is deprecated; "
                         "use PyUnicode_New() instead",
                         1) < 0)
            return NULL;
    }
    return ks_str_new_legacy(size);
}

PyObject *
PyUnicode_FromString(const char *u)
{
    size_t size = strlen(u);
    if (size > PY_SSIZE_T_MAX) {
        PyErr_SetString(PyExc_OverflowError, "input too long");
        return NULL;
    }
    return PyUnicode_DecodeUTF8Stateful(u, (Py_ssize_t)size, NULL, NULL);
}

/* --- copying --- */

PyObject *
_PyUnicode_Copy(PyObject *unicode)
{
    if (!PyUnicode_Check(unicode)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if (PyUnicode_READY(unicode) < 0)
        return NULL;
    Py_ssize_t length = KS_STR_LENGTH(unicode);
    PyObject *copy = PyUnicode_New(length, PyUnicode_MAX_CHAR_VALUE(unicode));
    if (copy != NULL && length > 0)
        memcpy(ks_str_data(copy), ks_str_data(unicode), (size_t)(length * KS_STR_KIND(unicode)));
    return copy;
}

PyObject *
ks_str_unchanged(PyObject *str)
{
    return PyUnicode_CheckExact(str) ? Py_NewRef(str) : _PyUnicode_Copy(str);
}

PyObject *
PyUnicode_FromObject(PyObject *obj)
{
    if (PyUnicode_CheckExact(obj)) {
        if (PyUnicode_READY(obj) < 0)
            return NULL;
        return Py_NewRef(obj);
    }
    if (PyUnicode_Check(obj))
        return _PyUnicode_Copy(obj);
    PyErr_Format(PyExc_TypeError, "Can't convert '%.100s' object to str implicitly",
                 Py_TYPE(obj)->tp_name);
    return NULL;
}

PyObject *
ks_str_slice(PyObject *str, Py_ssize_t start, Py_ssize_t end)
{
    Py_ssize_t length = end - start;
    if (length <= 0)
        return Py_NewRef(KS_STR_EMPTY);
    if (length == KS_STR_LENGTH(str))
        return ks_str_unchanged(str);
    int kind = KS_STR_KIND(str);
    const void *data = ks_at(kind, ks_str_data(str), start);
    if (KS_STR_IS_ASCII(str))
        return _PyUnicode_FromASCII(data, length);
    return ks_str_from_kind(kind, data, length);
}

PyObject *
PyUnicode_Substring(PyObject *str, Py_ssize_t start, Py_ssize_t end)
{
    if (PyUnicode_READY(str) < 0)
        return NULL;
    if (end > KS_STR_LENGTH(str))
        end = KS_STR_LENGTH(str);
    if (start < 0 || end < 0) {
        PyErr_SetString(PyExc_IndexError, "string index out of range");
        return NULL;
    }
    return ks_str_slice(str, start, end);
}

void *
ks_str_widen(PyObject *str, int kind)
{
    Py_ssize_t length = KS_STR_LENGTH(str);
    if (length > PY_SSIZE_T_MAX / kind - 1) {
        PyErr_NoMemory();
        return NULL;
    }
    void *wide = PyMem_Malloc((size_t)((length + 1) * kind));
    if (wide == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    ks_copy_chars(kind, wide, KS_STR_KIND(str), ks_str_data(str), length);
    ks_write(kind, wide, length, 0);
    return wide;
}

Py_UCS4 *
PyUnicode_AsUCS4(PyObject *unicode, Py_UCS4 *buffer, Py_ssize_t buflen, int copy_null)
{
    if (buffer == NULL || buflen < 0) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if (!ks_str_check(unicode))
        return NULL;
    Py_ssize_t length = KS_STR_LENGTH(unicode);
    if (buflen < length + (copy_null != 0)) {
        PyErr_SetString(PyExc_SystemError, "string is longer than the buffer");
        if (copy_null && buflen > 0)
            buffer[0] = 0;
        return NULL;
    }
    ks_copy_chars(4, buffer, KS_STR_KIND(unicode), ks_str_data(unicode), length);
    if (copy_null)
        buffer[length] = 0;
    return buffer;
}

Py_UCS4 *
PyUnicode_AsUCS4Copy(PyObject *unicode)
{
    return ks_str_check(unicode) ? ks_str_widen(unicode, 4) : NULL;
}

Py_UCS4
_PyUnicode_FindMaxChar(PyObject *unicode, Py_ssize_t start, Py_ssize_t end)
{
    if (start == 0 && end == KS_STR_LENGTH(unicode))
        return PyUnicode_MAX_CHAR_VALUE(unicode);
    if (KS_STR_IS_ASCII(unicode))
        return 127;
    if (start == end)
        return 127;
    int kind = KS_STR_KIND(unicode);
    return ks_max_char(kind, ks_at(kind, ks_str_data(unicode), start), end - start);
}

int
ks_str_check(PyObject *object)
{
    if (KS_LIKELY(PyUnicode_Check(object)))
        return PyUnicode_READY(object) == 0;
    PyErr_Format(PyExc_TypeError, "must be str, not %.100s", Py_TYPE(object)->tp_name);
    return 0;
}

int
ks_str_is_modifiable(PyObject *str)
{
    return Py_REFCNT(str) == 1 && KS_ASCII(str)->hash == -1 && !KS_ASCII(str)->state.interned &&
           PyUnicode_CheckExact(str);
}

static int
refuse_modification(PyObject *str)
{
    if (ks_str_is_modifiable(str))
        return 0;
    PyErr_SetString(PyExc_SystemError, "Cannot modify a string currently used");
    return -1;
}

void
_PyUnicode_FastCopyCharacters(PyObject *to, Py_ssize_t to_start, PyObject *from,
                              Py_ssize_t from_start, Py_ssize_t how_many)
{
    int kind = KS_STR_KIND(to), from_kind = KS_STR_KIND(from);
    if (how_many > 0)
        ks_copy_chars(kind, ks_at(kind, ks_str_data(to), to_start), from_kind,
                      ks_at(from_kind, ks_str_data(from), from_start), how_many);
}

Py_ssize_t
PyUnicode_CopyCharacters(PyObject *to, Py_ssize_t to_start, PyObject *from, Py_ssize_t from_start,
                         Py_ssize_t how_many)
{
    if (!PyUnicode_Check(from) || !PyUnicode_Check(to)) {
        PyErr_BadInternalCall();
        return -1;
    }
    if (PyUnicode_READY(from) < 0 || PyUnicode_READY(to) < 0)
        return -1;
    if ((size_t)from_start > (size_t)KS_STR_LENGTH(from) ||
        (size_t)to_start > (size_t)KS_STR_LENGTH(to)) {
        PyErr_SetString(PyExc_IndexError, "string index out of range");
        return -1;
    }
    if (how_many < 0) {
        PyErr_SetString(PyExc_SystemError, "how_many cannot be negative");
        return -1;
    }
    how_many = Py_MIN(KS_STR_LENGTH(from) - from_start, how_many);
    if (to_start + how_many > KS_STR_LENGTH(to)) {
        PyErr_Format(PyExc_SystemError,
                     "Cannot write %zi characters at %zi in a string of %zi characters", how_many,
                     to_start, KS_STR_LENGTH(to));
        return -1;
    }
    if (how_many == 0)
        return 0;
    if (refuse_modification(to) < 0)
        return -1;
    if (_PyUnicode_FindMaxChar(from, from_start, from_start + how_many) >
        PyUnicode_MAX_CHAR_VALUE(to)) {
        PyErr_Format(PyExc_SystemError,
                     "Cannot copy %s characters into a string of %s characters",
                     KS_STR_IS_ASCII(from) ? "ascii" : KS_STR_KIND(from) == 1 ? "latin1"
                                                   : KS_STR_KIND(from) == 2   ? "UCS2"
                                                                              : "UCS4",
                     KS_STR_IS_ASCII(to) ? "ascii" : KS_STR_KIND(to) == 1 ? "latin1"
                                                 : KS_STR_KIND(to) == 2   ? "UCS2"
                                                                          : "UCS4");
        return -1;
    }
    _PyUnicode_FastCopyCharacters(to, to_start, from, from_start, how_many);
    return how_many;
}

void
_PyUnicode_FastFill(PyObject *unicode, Py_ssize_t start, Py_ssize_t length, Py_UCS4 fill_char)
{
    ks_fill(KS_STR_KIND(unicode), ks_str_data(unicode), fill_char, start, length);
}

Py_ssize_t
PyUnicode_Fill(PyObject *unicode, Py_ssize_t start, Py_ssize_t length, Py_UCS4 fill_char)
{
    if (!PyUnicode_Check(unicode)) {
        PyErr_BadInternalCall();
        return -1;
    }
    if (PyUnicode_READY(unicode) < 0 || refuse_modification(unicode) < 0)
        return -1;
    if (start < 0) {
        PyErr_SetString(PyExc_IndexError, "string index out of range");
        return -1;
    }
    if (fill_char > PyUnicode_MAX_CHAR_VALUE(unicode)) {
        PyErr_SetString(PyExc_ValueError,
                        "fill character is bigger than the string maximum character");
        return -1;
    }
    length = Py_MIN(KS_STR_LENGTH(unicode) - start, length);
    if (length <= 0)
        return 0;
    _PyUnicode_FastFill(unicode, start, length, fill_char);
    return length;
}

Py_ssize_t
PyUnicode_GetLength(PyObject *unicode)
{
    if (!PyUnicode_Check(unicode)) {
        PyErr_BadArgument();
        return -1;
    }
    return PyUnicode_READY(unicode) < 0 ? -1 : KS_STR_LENGTH(unicode);
}

Py_UCS4
PyUnicode_ReadChar(PyObject *unicode, Py_ssize_t index)
{
    if (!PyUnicode_Check(unicode)) {
        PyErr_BadArgument();
        return (Py_UCS4)-1;
    }
    if (PyUnicode_READY(unicode) < 0)
        return (Py_UCS4)-1;
    if (index < 0 || index >= KS_STR_LENGTH(unicode)) {
        PyErr_SetString(PyExc_IndexError, "string index out of range");
        return (Py_UCS4)-1;
    }
    return ks_read(KS_STR_KIND(unicode), ks_str_data(unicode), index);
}

int
PyUnicode_WriteChar(PyObject *unicode, Py_ssize_t index, Py_UCS4 character)
{
    if (!PyUnicode_Check(unicode) || !PyUnicode_IS_COMPACT(unicode)) {
        PyErr_BadArgument();
        return -1;
    }
    if (index < 0 || index >= KS_STR_LENGTH(unicode)) {
        PyErr_SetString(PyExc_IndexError, "string index out of range");
        return -1;
    }
    if (refuse_modification(unicode) < 0)
        return -1;
    if (character > PyUnicode_MAX_CHAR_VALUE(unicode)) {
        PyErr_SetString(PyExc_ValueError, "character out of range");
        return -1;
    }
    ks_write(KS_STR_KIND(unicode), ks_str_data(unicode), index, character);
    return 0;
}

/* --- resizing --- */

/* Does a second block hold the UTF-8 form? */
static int
has_own_utf8(PyObject *str)
{
    if (KS_ASCII(str)->state.compact && KS_ASCII(str)->state.ascii)
        return 0;
    char *utf8 = KS_COMPACT(str)->utf8;
    if (utf8 == NULL)
        return 0;
    return KS_ASCII(str)->state.compact || utf8 != KS_UNICODE(str)->data.any;
}

static int
has_own_wstr(PyObject *str)
{
    wchar_t *wstr = KS_ASCII(str)->wstr;
    return wstr != NULL && (!KS_ASCII(str)->state.ready || (void *)wstr != ks_str_data(str));
}

static int
resize_compact(PyObject **str, Py_ssize_t length)
{
    PyObject *old = *str;
    int kind = KS_STR_KIND(old);
    Py_ssize_t header =
        KS_STR_IS_ASCII(old) ? sizeof(PyASCIIObject) : sizeof(PyCompactUnicodeObject);
    if (length > (PY_SSIZE_T_MAX - header) / kind - 1) {
        PyErr_NoMemory();
        return -1;
    }
    if (has_own_utf8(old)) {
        PyObject_Free(KS_COMPACT(old)->utf8);
        KS_COMPACT(old)->utf8 = NULL;
        KS_COMPACT(old)->utf8_length = 0;
    }
    int shares_wstr = KS_ASCII(old)->wstr != NULL && !has_own_wstr(old);
    if (has_own_wstr(old)) {
        PyObject_Free(KS_ASCII(old)->wstr);
        KS_ASCII(old)->wstr = NULL;
        if (!KS_STR_IS_ASCII(old))
            KS_COMPACT(old)->wstr_length = 0;
    }
#ifdef Py_REF_DEBUG
    _Py_RefTotal--;
#endif
#ifdef Py_TRACE_REFS
    _Py_ForgetReference(old);
#endif
    PyObject *moved = PyObject_Realloc(old, (size_t)(header + (length + 1) * kind));
    if (moved == NULL) {
        PyErr_NoMemory();
        return -1;
    }
#ifdef Py_TRACE_REFS
    _Py_NewReference(moved);
#endif
    KS_ASCII(moved)->length = length;
    if (shares_wstr) {
        KS_ASCII(moved)->wstr = ks_str_data(moved);
        KS_COMPACT(moved)->wstr_length = length;
    }
    ks_write(kind, ks_str_data(moved), length, 0);
    *str = moved;
    return 0;
}

static int
resize_in_place(PyObject *str, Py_ssize_t length)
{
    if (!KS_ASCII(str)->state.ready) {
        if (length > PY_SSIZE_T_MAX / (Py_ssize_t)sizeof(wchar_t) - 1) {
            PyErr_NoMemory();
            return -1;
        }
        wchar_t *wstr = PyObject_Realloc(KS_ASCII(str)->wstr, sizeof(wchar_t) * (length + 1));
        if (wstr == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        wstr[length] = 0;
        KS_ASCII(str)->wstr = wstr;
        KS_COMPACT(str)->wstr_length = length;
        return 0;
    }
    int kind = KS_STR_KIND(str);
    if (length > PY_SSIZE_T_MAX / kind - 1) {
        PyErr_NoMemory();
        return -1;
    }
    int shares_utf8 = KS_COMPACT(str)->utf8 != NULL && !has_own_utf8(str);
    int shares_wstr = KS_ASCII(str)->wstr != NULL && !has_own_wstr(str);
    if (has_own_utf8(str)) {
        PyObject_Free(KS_COMPACT(str)->utf8);
        KS_COMPACT(str)->utf8 = NULL;
        KS_COMPACT(str)->utf8_length = 0;
    }
    if (has_own_wstr(str)) {
        PyObject_Free(KS_ASCII(str)->wstr);
        KS_ASCII(str)->wstr = NULL;
        KS_COMPACT(str)->wstr_length = 0;
    }
    void *data = PyObject_Realloc(KS_UNICODE(str)->data.any, (size_t)((length + 1) * kind));
    if (data == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    KS_UNICODE(str)->data.any = data;
    KS_ASCII(str)->length = length;
    if (shares_utf8) {
        KS_COMPACT(str)->utf8 = data;
        KS_COMPACT(str)->utf8_length = length;
    }
    if (shares_wstr) {
        KS_ASCII(str)->wstr = data;
        KS_COMPACT(str)->wstr_length = length;
    }
    ks_write(kind, data, length, 0);
    return 0;
}

/* A legacy string's copy with another length; the common part is kept. */
static PyObject *
copy_with_length(PyObject *str, Py_ssize_t length)
{
    if (!KS_ASCII(str)->state.ready) {
        PyObject *copy = ks_str_new_legacy(length);
        if (copy != NULL) {
            Py_ssize_t common = Py_MIN(length, KS_COMPACT(str)->wstr_length);
            memcpy(KS_ASCII(copy)->wstr, KS_ASCII(str)->wstr, common * sizeof(wchar_t));
        }
        return copy;
    }
    PyObject *copy = PyUnicode_New(length, PyUnicode_MAX_CHAR_VALUE(str));
    if (copy != NULL)
        _PyUnicode_FastCopyCharacters(copy, 0, str, 0, Py_MIN(length, KS_STR_LENGTH(str)));
    return copy;
}

int
ks_str_resize(PyObject **p_str, Py_ssize_t length)
{
    PyObject *str = *p_str;
    Py_ssize_t old_length =
        KS_ASCII(str)->state.ready ? KS_STR_LENGTH(str) : KS_COMPACT(str)->wstr_length;
    if (old_length == length)
        return 0;
    if (length == 0) {
        Py_SETREF(*p_str, Py_NewRef(KS_STR_EMPTY));
        return 0;
    }
    if (!ks_str_is_modifiable(str)) {
        PyObject *copy = copy_with_length(str, length);
        if (copy == NULL)
            return -1;
        Py_SETREF(*p_str, copy);
        return 0;
    }
    return KS_ASCII(str)->state.compact ? resize_compact(p_str, length)
                                        : resize_in_place(str, length);
}

int
PyUnicode_Resize(PyObject **p_unicode, Py_ssize_t length)
{
    if (p_unicode == NULL || *p_unicode == NULL || !PyUnicode_Check(*p_unicode) || length < 0) {
        PyErr_BadInternalCall();
        return -1;
    }
    return ks_str_resize(p_unicode, length);
}

int
ks_str_narrow(PyObject **p_str)
{
    PyObject *str = *p_str;
    if (KS_STR_IS_ASCII(str))
        return 0;
    int kind = KS_STR_KIND(str);
    Py_UCS4 maxchar = ks_max_char(kind, ks_str_data(str), KS_STR_LENGTH(str));
    if (maxchar == PyUnicode_MAX_CHAR_VALUE(str))
        return 0;
    PyObject *narrow = ks_str_from_kind(kind, ks_str_data(str), KS_STR_LENGTH(str));
    if (narrow == NULL)
        return -1;
    Py_SETREF(*p_str, narrow);
    return 0;
}

/* --- dropping --- */

static void
free_parts(PyObject *str)
{
    if (has_own_wstr(str))
        PyObject_Free(KS_ASCII(str)->wstr);
    if (has_own_utf8(str))
        PyObject_Free(KS_COMPACT(str)->utf8);
    if (!KS_ASCII(str)->state.compact)
        PyObject_Free(KS_UNICODE(str)->data.any);
}

/* tp_dealloc, also for subclasses (through their tp_free). */
void
ks_str_dealloc(PyObject *str)
{
    if (KS_UNLIKELY(KS_ASCII(str)->state.interned))
        ks_str_forget_interned(str);
    if (KS_LIKELY(KS_ASCII(str)->state.compact && KS_ASCII(str)->state.ascii &&
                  KS_ASCII(str)->wstr == NULL)) {
        Py_TYPE(str)->tp_free(str);
        return;
    }
    free_parts(str);
    Py_TYPE(str)->tp_free(str);
}

void
_PyUnicode_ExactDealloc(PyObject *op)
{
    ks_str_dealloc(op);
}

/* Drops what a static string has grown (its cached forms); the string itself stays. */
void
_PyStaticUnicode_Dealloc(PyObject *op)
{
    free_parts(op);
    KS_ASCII(op)->wstr = NULL;
    if (!KS_STR_IS_ASCII(op)) {
        KS_COMPACT(op)->utf8 = NULL;
        KS_COMPACT(op)->utf8_length = 0;
        KS_COMPACT(op)->wstr_length = 0;
    }
    KS_ASCII(op)->state.interned = SSTATE_NOT_INTERNED;
}

/* Internal consistency; always true or a fatal error (debugging aid). */
int
_PyUnicode_CheckConsistency(PyObject *op, int check_content)
{
    if (!PyUnicode_Check(op))
        Py_FatalError("_PyUnicode_CheckConsistency: not a str");
    if (!KS_ASCII(op)->state.ready)
        return 1;
    int kind = KS_STR_KIND(op);
    const void *data = ks_str_data(op);
    if (kind != 1 && kind != 2 && kind != 4)
        Py_FatalError("_PyUnicode_CheckConsistency: invalid kind");
    if (ks_read(kind, data, KS_STR_LENGTH(op)) != 0)
        Py_FatalError("_PyUnicode_CheckConsistency: not terminated");
    if (check_content &&
        ks_max_char(kind, data, KS_STR_LENGTH(op)) != PyUnicode_MAX_CHAR_VALUE(op))
        Py_FatalError("_PyUnicode_CheckConsistency: not in canonical form");
    return 1;
}
