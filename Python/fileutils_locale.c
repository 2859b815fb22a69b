/* SPDX-License-Identifier: MIT */
/* Bytes of the operating system <-> wide characters: the locale's encoding and UTF-8, both with
 * surrogateescape, usable before any interpreter exists (raw memory only, no exceptions).
 *
 * Undecodable byte b becomes the lone surrogate U+DC00+b and is turned back on encoding. Error
 * codes are the interface's: -1 no memory, -2 undecodable/unencodable (position in *wlen or
 * *error_pos), -3 an error handler that is not supported here. */
#include "Python.h"
#include "pycore_fileutils.h"
#include "pycore_pylifecycle.h"
#include "pycore_runtime.h"
#include "ks_base.h"

#include <langinfo.h>
#include <locale.h>
#include <wchar.h>

_Py_error_handler
_Py_GetErrorHandler(const char *errors)
{
    static const struct {
        const char *name;
        _Py_error_handler handler;
    } handlers[] = {
        {"strict", _Py_ERROR_STRICT},
        {"surrogateescape", _Py_ERROR_SURROGATEESCAPE},
        {"replace", _Py_ERROR_REPLACE},
        {"ignore", _Py_ERROR_IGNORE},
        {"backslashreplace", _Py_ERROR_BACKSLASHREPLACE},
        {"surrogatepass", _Py_ERROR_SURROGATEPASS},
        {"xmlcharrefreplace", _Py_ERROR_XMLCHARREFREPLACE},
    };
    if (errors == NULL)
        return _Py_ERROR_STRICT;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(handlers); i++) {
        if (strcmp(errors, handlers[i].name) == 0)
            return handlers[i].handler;
    }
    return _Py_ERROR_OTHER;
}

static int
handler_escapes(_Py_error_handler errors, int *escapes)
{
    *escapes = errors == _Py_ERROR_SURROGATEESCAPE;
    return errors == _Py_ERROR_STRICT || errors == _Py_ERROR_SURROGATEESCAPE ? 0 : -1;
}

/* glibc's C locale says what it means: no guessing about mislabelled locales is needed here. */
int
_Py_GetForceASCII(void)
{
    return 0;
}

void
_Py_ResetForceASCII(void)
{
}

/* Does everything between Python and the system go through UTF-8, whatever the locale says? */
static int
utf8_mode(void)
{
    return _PyRuntime.preconfig.utf8_mode > 0 && _PyRuntime.preinitialized;
}

/* ---- the locale's multibyte encoding ---- */

static int
is_escape(wchar_t ch)
{
    return ch >= 0xdc80 && ch <= 0xdcff;
}

static int
is_unicode(wchar_t ch)
{
    return ch >= 0 && ch <= 0x10ffff;
}

static int
decode_locale(const char *arg, wchar_t **wstr, size_t *wlen, const char **reason, int escapes)
{
    size_t size = strlen(arg);
    wchar_t *out = PyMem_RawMalloc((size + 1) * sizeof(wchar_t)); /* a character takes a byte or more */
    if (out == NULL)
        return -1;
    const unsigned char *in = (const unsigned char *)arg, *end = in + size;
    wchar_t *at = out;
    mbstate_t state = {0};
    while (in < end) {
        wchar_t ch;
        /* In every locale that is supported a whole ASCII byte is its own character. */
        if (*in < 0x80 && mbsinit(&state)) {
            *at++ = *in++;
            continue;
        }
        size_t used = mbrtowc(&ch, (const char *)in, (size_t)(end - in), &state);
        int bad = used == (size_t)-1 || used == (size_t)-2;
        if (!bad && used == 0)
            break;
        if (!bad && is_unicode(ch) && !(ch >= 0xd800 && ch <= 0xdfff)) {
            *at++ = ch;
            in += used;
            continue;
        }
        if (!escapes) {
            PyMem_RawFree(out);
            if (wlen != NULL)
                *wlen = (size_t)(in - (const unsigned char *)arg);
            if (reason != NULL)
                *reason = "decoding error";
            return -2;
        }
        /* An ASCII byte inside a broken sequence stands for itself. */
        *at++ = *in < 0x80 ? *in : 0xdc00 + *in;
        in++;
        memset(&state, 0, sizeof(state));
    }
    *at = L'\0';
    if (wlen != NULL)
        *wlen = (size_t)(at - out);
    *wstr = out;
    return 0;
}

static char *
encode_alloc(size_t bytes, int raw_malloc)
{
    return raw_malloc ? PyMem_RawMalloc(bytes) : PyMem_Malloc(bytes);
}

static int
encode_locale(const wchar_t *text, char **str, size_t *error_pos, const char **reason,
              int raw_malloc, int escapes)
{
    size_t length = wcslen(text), widest = MB_CUR_MAX;
    if (length > (SIZE_MAX - 1) / widest)
        return -1;
    char *out = encode_alloc(length * widest + 1, raw_malloc);
    if (out == NULL)
        return -1;
    char *at = out;
    mbstate_t state = {0};
    for (size_t i = 0; i < length; i++) {
        wchar_t ch = text[i];
        if (escapes && is_escape(ch)) {
            *at++ = (char)(ch - 0xdc00);
            continue;
        }
        size_t used = wcrtomb(at, ch, &state);
        if (used == (size_t)-1) {
            raw_malloc ? PyMem_RawFree(out) : PyMem_Free(out);
            if (error_pos != NULL)
                *error_pos = i;
            if (reason != NULL)
                *reason = "encoding error";
            return -2;
        }
        at += used;
    }
    *at = '\0';
    *str = out;
    return 0;
}

/* ---- the entry points ---- */

int
_Py_DecodeLocaleEx(const char *arg, wchar_t **wstr, size_t *wlen, const char **reason,
                   int current_locale, _Py_error_handler errors)
{
    int escapes;
    if (!current_locale && utf8_mode())
        return _Py_DecodeUTF8Ex(arg, (Py_ssize_t)strlen(arg), wstr, wlen, reason, errors);
    if (handler_escapes(errors, &escapes) < 0)
        return -3;
    return decode_locale(arg, wstr, wlen, reason, escapes);
}

int
_Py_EncodeLocaleEx(const wchar_t *text, char **str, size_t *error_pos, const char **reason,
                   int current_locale, _Py_error_handler errors)
{
    int escapes;
    if (!current_locale && utf8_mode())
        return _Py_EncodeUTF8Ex(text, str, error_pos, reason, 1, errors);
    if (handler_escapes(errors, &escapes) < 0)
        return -3;
    return encode_locale(text, str, error_pos, reason, 1, escapes);
}

/* Memory from PyMem_RawMalloc. NULL on failure: *wlen is (size_t)-1 for memory, -2 for text. */
wchar_t *
Py_DecodeLocale(const char *arg, size_t *wlen)
{
    wchar_t *wstr = NULL;
    int result = _Py_DecodeLocaleEx(arg, &wstr, wlen, NULL, 0, _Py_ERROR_SURROGATEESCAPE);
    if (result == 0)
        return wstr;
    if (wlen != NULL)
        *wlen = (size_t)result;
    return NULL;
}

static char *
encode_escaped(const wchar_t *text, size_t *error_pos, int raw_malloc)
{
    char *str = NULL;
    size_t position = (size_t)-1;
    int result = utf8_mode()
        ? _Py_EncodeUTF8Ex(text, &str, &position, NULL, raw_malloc, _Py_ERROR_SURROGATEESCAPE)
        : encode_locale(text, &str, &position, NULL, raw_malloc, 1);
    if (error_pos != NULL)
        *error_pos = result == -2 ? position : (size_t)-1;
    return result == 0 ? str : NULL;
}

/* Memory from PyMem_Malloc; on failure *error_pos is the character's index, (size_t)-1 for memory. */
char *
Py_EncodeLocale(const wchar_t *text, size_t *error_pos)
{
    return encode_escaped(text, error_pos, 0);
}

char *
_Py_EncodeLocaleRaw(const wchar_t *text, size_t *error_pos)
{
    return encode_escaped(text, error_pos, 1);
}

/* The name of the locale's encoding, in memory from PyMem_RawMalloc. */
wchar_t *
_Py_GetLocaleEncoding(void)
{
    const char *codeset = nl_langinfo(CODESET);
    if (codeset == NULL || codeset[0] == '\0')
        codeset = "UTF-8";
    wchar_t *name = NULL;
    if (decode_locale(codeset, &name, NULL, NULL, 1) != 0)
        return NULL;
    return name;
}

PyObject *
_Py_GetLocaleEncodingObject(void)
{
    wchar_t *name = _Py_GetLocaleEncoding();
    if (name == NULL)
        return PyErr_NoMemory();
    PyObject *result = PyUnicode_FromWideChar(name, -1);
    PyMem_RawFree(name);
    return result;
}

/* ---- numbers' punctuation ---- */

static PyObject *
punctuation(const char *text)
{
    wchar_t *wide = NULL;
    if (decode_locale(text, &wide, NULL, NULL, 1) != 0)
        return PyErr_NoMemory();
    PyObject *result = PyUnicode_FromWideChar(wide, -1);
    PyMem_RawFree(wide);
    return result;
}

/* LC_NUMERIC may have another encoding than LC_CTYPE: switch while decoding text that needs it. */
int
_Py_GetLocaleconvNumeric(struct lconv *lc, PyObject **decimal_point, PyObject **thousands_sep)
{
    int foreign = (unsigned char)lc->decimal_point[0] > 127 || lc->decimal_point[1] != '\0'
                  || (unsigned char)lc->thousands_sep[0] > 127
                  || (lc->thousands_sep[0] != '\0' && lc->thousands_sep[1] != '\0');
    char *saved = NULL;
    if (foreign) {
        const char *ctype = setlocale(LC_CTYPE, NULL), *numeric = setlocale(LC_NUMERIC, NULL);
        if (ctype != NULL && numeric != NULL && strcmp(ctype, numeric) != 0) {
            saved = _PyMem_Strdup(ctype);
            if (saved == NULL) {
                PyErr_NoMemory();
                return -1;
            }
            setlocale(LC_CTYPE, numeric);
        }
    }
    int result = -1;
    *decimal_point = punctuation(lc->decimal_point);
    *thousands_sep = *decimal_point == NULL ? NULL : punctuation(lc->thousands_sep);
    if (*thousands_sep != NULL)
        result = 0;
    else
        Py_CLEAR(*decimal_point);
    if (saved != NULL) {
        setlocale(LC_CTYPE, saved);
        PyMem_Free(saved);
    }
    return result;
}
