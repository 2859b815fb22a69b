/* SPDX-License-Identifier: MIT */
/* str: the wchar_t side. Deprecated Py_UNICODE functions and the wide character conversions.
 *
 * A legacy string starts as a wchar_t buffer (kind 0, not ready) that its maker fills; readying
 * it gives it characters in the narrowest kind, and drops the buffer unless it is that kind.
 * wchar_t has 4 bytes here, so no surrogate pairs are joined or made. */
#include "Python.h"
#include "pycore_object.h"
#include "ks_base.h"
#include "ks_str.h"

#include <string.h>
#include <wchar.h>

/* A string that is not ready, `length` wide characters to be written by the caller. */
PyObject *
ks_str_new_legacy(Py_ssize_t length)
{
    if (length == 0)
        return Py_NewRef(KS_STR_EMPTY);
    if (length < 0) {
        PyErr_SetString(PyExc_SystemError, "Negative size passed to _PyUnicode_New");
        return NULL;
    }
    if (length > PY_SSIZE_T_MAX / (Py_ssize_t)sizeof(wchar_t) - 1)
        return PyErr_NoMemory();
    wchar_t *wstr = PyObject_Malloc(sizeof(wchar_t) * (size_t)(length + 1));
    if (wstr == NULL)
        return PyErr_NoMemory();
    PyUnicodeObject *str = PyObject_New(PyUnicodeObject, &PyUnicode_Type);
    if (str == NULL) {
        PyObject_Free(wstr);
        return NULL;
    }
    PyASCIIObject *ascii = KS_ASCII(str);
    ascii->length = 0;
    ascii->hash = -1;
    memset(&ascii->state, 0, sizeof(ascii->state));
    ascii->wstr = wstr;
    KS_COMPACT(str)->utf8 = NULL;
    KS_COMPACT(str)->utf8_length = 0;
    KS_COMPACT(str)->wstr_length = length;
    str->data.any = NULL;
    wstr[0] = 0;
    wstr[length] = 0;
    return (PyObject *)str;
}

static int
check_range(const wchar_t *text, Py_ssize_t length)
{
    for (Py_ssize_t i = 0; i < length; i++)
        if ((Py_UCS4)text[i] > 0x10ffff) {
            PyErr_Format(PyExc_ValueError, "character U+%x is not in range [U+0000; U+%x]",
                         (unsigned)text[i], 0x10ffff);
            return -1;
        }
    return 0;
}

int
_PyUnicode_Ready(PyObject *unicode)
{
    PyASCIIObject *ascii = KS_ASCII(unicode);
    if (ascii->state.ready)
        return 0;
    PyCompactUnicodeObject *compact = KS_COMPACT(unicode);
    Py_ssize_t length = compact->wstr_length;
    wchar_t *wstr = ascii->wstr;
    if (check_range(wstr, length) < 0)
        return -1;
    Py_UCS4 maxchar = ks_max_char(4, wstr, length);
    int kind = ks_kind_of(maxchar);
    void *data = wstr;
    if (kind != 4) {
        data = PyObject_Malloc((size_t)((length + 1) * kind));
        if (data == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        ks_copy_chars(kind, data, 4, wstr, length);
        ks_write(kind, data, length, 0);
    }
    KS_UNICODE(unicode)->data.any = data;
    ascii->length = length;
    ascii->state.kind = (unsigned)kind & 7;
    ascii->state.ascii = maxchar < 0x80;
    compact->utf8 = maxchar < 0x80 ? data : NULL;
    compact->utf8_length = maxchar < 0x80 ? length : 0;
    ascii->state.ready = 1;
    if (kind != 4) {
        ascii->wstr = NULL;
        compact->wstr_length = 0;
        PyObject_Free(wstr);
    }
    return 0;
}

PyObject *
PyUnicode_FromUnicode(const Py_UNICODE *u, Py_ssize_t size)
{
    if (u != NULL)
        return PyUnicode_FromWideChar(u, size);
    if (PyErr_WarnEx(PyExc_DeprecationWarning,
                     "PyUnicode_FromUnicode(NULL, size) is deprecated; "
                     "use PyUnicode_New() instead",
                     1) < 0)
        return NULL;
    return ks_str_new_legacy(size);
}

PyObject *
PyUnicode_FromWideChar(const wchar_t *w, Py_ssize_t size)
{
    if (w == NULL && size != 0) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if (size == -1)
        size = (Py_ssize_t)wcslen(w);
    if (size == 0)
        return Py_NewRef(KS_STR_EMPTY);
    if (check_range(w, size) < 0)
        return NULL;
    return ks_str_from_kind(4, w, size);
}

/* The cached wide form, made on first use. Lives as long as the string. */
static wchar_t *
wide_form(PyObject *unicode, Py_ssize_t *size)
{
    if (!PyUnicode_Check(unicode)) {
        PyErr_BadArgument();
        return NULL;
    }
    if (KS_ASCII(unicode)->wstr == NULL) {
        Py_ssize_t length = KS_STR_LENGTH(unicode);
        if (length > PY_SSIZE_T_MAX / (Py_ssize_t)sizeof(wchar_t) - 1) {
            PyErr_NoMemory();
            return NULL;
        }
        wchar_t *wstr = PyObject_Malloc(sizeof(wchar_t) * (size_t)(length + 1));
        if (wstr == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
        ks_copy_chars(4, wstr, KS_STR_KIND(unicode), ks_str_data(unicode), length);
        wstr[length] = 0;
        KS_ASCII(unicode)->wstr = wstr;
        if (!PyUnicode_IS_COMPACT_ASCII(unicode))
            KS_COMPACT(unicode)->wstr_length = length;
    }
    if (size != NULL)
        *size = PyUnicode_IS_COMPACT_ASCII(unicode) ? KS_STR_LENGTH(unicode)
                                                    : KS_COMPACT(unicode)->wstr_length;
    return KS_ASCII(unicode)->wstr;
}

Py_UNICODE *
PyUnicode_AsUnicodeAndSize(PyObject *unicode, Py_ssize_t *size)
{
    return wide_form(unicode, size);
}

Py_UNICODE *
PyUnicode_AsUnicode(PyObject *unicode)
{
    return wide_form(unicode, NULL);
}

const Py_UNICODE *
_PyUnicode_AsUnicode(PyObject *unicode)
{
    Py_ssize_t size;
    const wchar_t *wstr = wide_form(unicode, &size);
    if (wstr != NULL && wcslen(wstr) != (size_t)size) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return NULL;
    }
    return wstr;
}

Py_ssize_t
PyUnicode_GetSize(PyObject *unicode)
{
    if (!PyUnicode_Check(unicode)) {
        PyErr_BadArgument();
        return -1;
    }
    if (!KS_ASCII(unicode)->state.ready)
        return KS_COMPACT(unicode)->wstr_length;
    return KS_STR_LENGTH(unicode);
}

Py_ssize_t
PyUnicode_AsWideChar(PyObject *unicode, wchar_t *w, Py_ssize_t size)
{
    if (unicode == NULL) {
        PyErr_BadInternalCall();
        return -1;
    }
    if (!PyUnicode_Check(unicode)) {
        PyErr_BadArgument();
        return -1;
    }
    if (PyUnicode_READY(unicode) < 0)
        return -1;
    Py_ssize_t length = KS_STR_LENGTH(unicode);
    if (w == NULL)
        return length + 1;
    Py_ssize_t count = Py_MIN(size, length);
    if (count > 0)
        ks_copy_chars(4, w, KS_STR_KIND(unicode), ks_str_data(unicode), count);
    if (size > length)
        w[length] = 0;
    return Py_MAX(count, 0);
}

wchar_t *
PyUnicode_AsWideCharString(PyObject *unicode, Py_ssize_t *size)
{
    if (unicode == NULL) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if (!PyUnicode_Check(unicode)) {
        PyErr_BadArgument();
        return NULL;
    }
    if (PyUnicode_READY(unicode) < 0)
        return NULL;
    wchar_t *wide = ks_str_widen(unicode, 4);
    if (wide == NULL)
        return NULL;
    if (size != NULL)
        *size = KS_STR_LENGTH(unicode);
    else if (wcslen(wide) != (size_t)KS_STR_LENGTH(unicode)) {
        PyMem_Free(wide);
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return NULL;
    }
    return wide;
}

/* PyArg converters; `obj` NULL asks to free what an earlier call stored. */
int
_PyUnicode_WideCharString_Converter(PyObject *obj, void *ptr)
{
    wchar_t **slot = ptr;
    if (obj == NULL) {
        PyMem_Free(*slot);
        *slot = NULL;
        return 1;
    }
    if (PyUnicode_Check(obj)) {
        *slot = PyUnicode_AsWideCharString(obj, NULL);
        return *slot == NULL ? 0 : Py_CLEANUP_SUPPORTED;
    }
    PyErr_Format(PyExc_TypeError, "argument must be str, not %.50s", Py_TYPE(obj)->tp_name);
    return 0;
}

int
_PyUnicode_WideCharString_Opt_Converter(PyObject *obj, void *ptr)
{
    wchar_t **slot = ptr;
    if (obj == NULL) {
        PyMem_Free(*slot);
        *slot = NULL;
        return 1;
    }
    if (obj == Py_None) {
        *slot = NULL;
        return 1;
    }
    if (PyUnicode_Check(obj)) {
        *slot = PyUnicode_AsWideCharString(obj, NULL);
        return *slot == NULL ? 0 : Py_CLEANUP_SUPPORTED;
    }
    PyErr_Format(PyExc_TypeError, "argument must be str or None, not %.50s",
                 Py_TYPE(obj)->tp_name);
    return 0;
}
