/* SPDX-License-Identifier: MIT */
/* UTF-8 <-> wchar_t for the time before there are str objects. Same conventions as
 * fileutils_locale.c; besides strict and surrogateescape, surrogatepass is understood. */
#include "Python.h"
#include "pycore_fileutils.h"
#include "ks_base.h"

#include <wchar.h>

/* Length of the valid sequence at in, 0 if there is none; *ch gets its character. Surrogates count
 * as valid if pass is set. */
static int
utf8_step(const unsigned char *in, const unsigned char *end, int pass, wchar_t *ch)
{
    unsigned char lead = in[0];
    int length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length == 0 || end - in < length)
        return 0;
    Py_UCS4 value = length == 1 ? lead : lead & (0x7f >> length);
    for (int i = 1; i < length; i++) {
        if ((in[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (in[i] & 0x3f);
    }
    if ((length == 3 && value < 0x800) || (length == 4 && (value < 0x10000 || value > 0x10ffff)))
        return 0;
    if (value >= 0xd800 && value <= 0xdfff && !pass)
        return 0;
    *ch = (wchar_t)value;
    return length;
}

int
_Py_DecodeUTF8Ex(const char *arg, Py_ssize_t arglen, wchar_t **wstr, size_t *wlen,
                 const char **reason, _Py_error_handler errors)
{
    int escapes = errors == _Py_ERROR_SURROGATEESCAPE, pass = errors == _Py_ERROR_SURROGATEPASS;
    if (!escapes && !pass && errors != _Py_ERROR_STRICT)
        return -3;
    if ((size_t)arglen > PY_SSIZE_T_MAX / sizeof(wchar_t) - 1)
        return -1;
    wchar_t *out = PyMem_RawMalloc(((size_t)arglen + 1) * sizeof(wchar_t));
    if (out == NULL)
        return -1;
    const unsigned char *in = (const unsigned char *)arg, *end = in + arglen;
    wchar_t *at = out;
    while (in < end) {
        int used = utf8_step(in, end, pass, at);
        if (used > 0) {
            at++;
            in += used;
        } else if (escapes) {
            *at++ = 0xdc00 + *in++;
        } else {
            PyMem_RawFree(out);
            if (wlen != NULL)
                *wlen = (size_t)(in - (const unsigned char *)arg);
            if (reason != NULL)
                *reason = *in < 0xc2 || *in > 0xf4 ? "invalid start byte"
                          : end - in < 2           ? "unexpected end of data"
                                                   : "invalid continuation byte";
            return -2;
        }
    }
    *at = L'\0';
    if (wlen != NULL)
        *wlen = (size_t)(at - out);
    *wstr = out;
    return 0;
}

wchar_t *
_Py_DecodeUTF8_surrogateescape(const char *arg, Py_ssize_t arglen, size_t *wlen)
{
    wchar_t *wstr = NULL;
    int result = _Py_DecodeUTF8Ex(arg, arglen, &wstr, wlen, NULL, _Py_ERROR_SURROGATEESCAPE);
    if (result == 0)
        return wstr;
    if (wlen != NULL)
        *wlen = (size_t)result;
    return NULL;
}

static unsigned char *
put_utf8(unsigned char *at, Py_UCS4 ch)
{
    if (ch < 0x80) {
        *at++ = (unsigned char)ch;
    } else if (ch < 0x800) {
        *at++ = (unsigned char)(0xc0 | ch >> 6);
        *at++ = (unsigned char)(0x80 | (ch & 0x3f));
    } else if (ch < 0x10000) {
        *at++ = (unsigned char)(0xe0 | ch >> 12);
        *at++ = (unsigned char)(0x80 | (ch >> 6 & 0x3f));
        *at++ = (unsigned char)(0x80 | (ch & 0x3f));
    } else {
        *at++ = (unsigned char)(0xf0 | ch >> 18);
        *at++ = (unsigned char)(0x80 | (ch >> 12 & 0x3f));
        *at++ = (unsigned char)(0x80 | (ch >> 6 & 0x3f));
        *at++ = (unsigned char)(0x80 | (ch & 0x3f));
    }
    return at;
}

int
_Py_EncodeUTF8Ex(const wchar_t *text, char **str, size_t *error_pos, const char **reason,
                 int raw_malloc, _Py_error_handler errors)
{
    int escapes = errors == _Py_ERROR_SURROGATEESCAPE, pass = errors == _Py_ERROR_SURROGATEPASS;
    if (!escapes && !pass && errors != _Py_ERROR_STRICT)
        return -3;
    size_t length = wcslen(text);
    if (length > PY_SSIZE_T_MAX / 4 - 1)
        return -1;
    unsigned char *out = raw_malloc ? PyMem_RawMalloc(length * 4 + 1) : PyMem_Malloc(length * 4 + 1);
    if (out == NULL)
        return -1;
    unsigned char *at = out;
    for (size_t i = 0; i < length; i++) {
        Py_UCS4 ch = (Py_UCS4)text[i];
        int surrogate = ch >= 0xd800 && ch <= 0xdfff;
        if (surrogate && escapes && ch >= 0xdc80 && ch <= 0xdcff) {
            *at++ = (unsigned char)(ch & 0xff);
        } else if (surrogate && !pass) {
            raw_malloc ? PyMem_RawFree(out) : PyMem_Free(out);
            if (error_pos != NULL)
                *error_pos = i;
            if (reason != NULL)
                *reason = "encoding error";
            return -2;
        } else {
            at = put_utf8(at, ch);
        }
    }
    *at = '\0';
    *str = (char *)out;
    return 0;
}
