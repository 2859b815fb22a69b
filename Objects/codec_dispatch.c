/* SPDX-License-Identifier: MIT */
/* Codecs by name: PyUnicode_Decode and its kin, the file system's and the locale's encoding.
 *
 * Names of the codecs written in C are recognised without asking the registry. The file system's
 * encoding is known once the interpreter's fs_codec is set; before, the locale's functions serve. */
#include "Python.h"
#include "pycore_fileutils.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_pystate.h"
#include "ks_base.h"
#include "ks_codec.h"
#include "ks_str.h"

#include <string.h>

const char *
PyUnicode_GetDefaultEncoding(void)
{
    return "utf-8";
}

typedef enum Known { KNOWN_NONE, KNOWN_UTF8, KNOWN_UTF16, KNOWN_UTF32, KNOWN_ASCII, KNOWN_LATIN1 } Known;

/* Lower case with underscores for hyphens and blanks, as far as short names go. */
static Known
known_codec(const char *encoding)
{
    char name[12];
    size_t length = 0;
    for (; encoding[length]; length++) {
        if (length == sizeof(name) - 1)
            return KNOWN_NONE;
        char ch = encoding[length];
        name[length] = ch == '-' || ch == ' ' ? '_' : (char)Py_TOLOWER(ch);
    }
    name[length] = 0;
    if (name[0] == 'u' && name[1] == 't' && name[2] == 'f') {
        const char *rest = name + 3 + (name[3] == '_');
        return strcmp(rest, "8") == 0    ? KNOWN_UTF8
               : strcmp(rest, "16") == 0 ? KNOWN_UTF16
               : strcmp(rest, "32") == 0 ? KNOWN_UTF32
                                         : KNOWN_NONE;
    }
    if (strcmp(name, "ascii") == 0 || strcmp(name, "us_ascii") == 0)
        return KNOWN_ASCII;
    if (strcmp(name, "latin1") == 0 || strcmp(name, "latin_1") == 0 ||
        strcmp(name, "iso_8859_1") == 0 || strcmp(name, "iso8859_1") == 0)
        return KNOWN_LATIN1;
    return KNOWN_NONE;
}

/* In development mode names of encodings and error handlers are looked up even where nothing has to
 * be converted or no error occurs. 0, or -1 with LookupError. */
static int
names_check(const char *encoding, const char *errors)
{
    const PyInterpreterState *interp = _PyInterpreterState_GET();
    if (KS_LIKELY(!interp->config.dev_mode))
        return 0;
    /* Before the registry is there, only the encodings known here are in use. */
    if (!interp->unicode.fs_codec.encoding || (encoding == NULL && errors == NULL))
        return 0;
    if (encoding != NULL && known_codec(encoding) == KNOWN_NONE) {
        KS_OWNED PyObject *codec = _PyCodec_Lookup(encoding);
        if (codec == NULL)
            return -1;
    }
    if (errors != NULL && strcmp(errors, "strict") != 0 && strcmp(errors, "ignore") != 0 &&
        strcmp(errors, "replace") != 0 && strcmp(errors, "surrogateescape") != 0 &&
        strcmp(errors, "surrogatepass") != 0) {
        KS_OWNED PyObject *handler = PyCodec_LookupError(errors);
        if (handler == NULL)
            return -1;
    }
    return 0;
}

/* --- decoding --- */

PyObject *
PyUnicode_Decode(const char *s, Py_ssize_t size, const char *encoding, const char *errors)
{
    if (names_check(encoding, errors) < 0)
        return NULL;
    switch (encoding == NULL ? KNOWN_UTF8 : known_codec(encoding)) {
    case KNOWN_UTF8:
        return PyUnicode_DecodeUTF8Stateful(s, size, errors, NULL);
    case KNOWN_UTF16:
        return PyUnicode_DecodeUTF16(s, size, errors, NULL);
    case KNOWN_UTF32:
        return PyUnicode_DecodeUTF32(s, size, errors, NULL);
    case KNOWN_ASCII:
        return PyUnicode_DecodeASCII(s, size, errors);
    case KNOWN_LATIN1:
        return PyUnicode_DecodeLatin1(s, size, errors);
    default:
        break;
    }
    Py_buffer view;
    if (PyBuffer_FillInfo(&view, NULL, (void *)s, size, 1, PyBUF_FULL_RO) < 0)
        return NULL;
    KS_OWNED PyObject *buffer = PyMemoryView_FromBuffer(&view);
    if (buffer == NULL)
        return NULL;
    KS_OWNED PyObject *str = _PyCodec_DecodeText(buffer, encoding, errors);
    if (str == NULL)
        return NULL;
    if (!PyUnicode_Check(str)) {
        PyErr_Format(PyExc_TypeError,
                     "'%.400s' decoder returned '%.400s' instead of 'str'; "
                     "use codecs.decode() to decode to arbitrary types",
                     encoding, Py_TYPE(str)->tp_name);
        return NULL;
    }
    if (PyUnicode_READY(str) < 0)
        return NULL;
    return ks_give(&str);
}

static PyObject *
decode_nothing(const char *encoding, const char *errors)
{
    return names_check(encoding, errors) < 0 ? NULL : Py_NewRef(KS_STR_EMPTY);
}

PyObject *
PyUnicode_FromEncodedObject(PyObject *obj, const char *encoding, const char *errors)
{
    if (obj == NULL) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if (PyBytes_Check(obj)) {
        if (PyBytes_GET_SIZE(obj) == 0)
            return decode_nothing(encoding, errors);
        return PyUnicode_Decode(PyBytes_AS_STRING(obj), PyBytes_GET_SIZE(obj), encoding, errors);
    }
    if (PyUnicode_Check(obj)) {
        PyErr_SetString(PyExc_TypeError, "decoding str is not supported");
        return NULL;
    }
    Py_buffer view;
    if (PyObject_GetBuffer(obj, &view, PyBUF_SIMPLE) < 0) {
        PyErr_Format(PyExc_TypeError, "decoding to str: need a bytes-like object, %.80s found",
                     Py_TYPE(obj)->tp_name);
        return NULL;
    }
    PyObject *str = view.len == 0 ? decode_nothing(encoding, errors)
                                  : PyUnicode_Decode(view.buf, view.len, encoding, errors);
    PyBuffer_Release(&view);
    return str;
}

/* --- encoding --- */

PyObject *
PyUnicode_AsEncodedString(PyObject *unicode, const char *encoding, const char *errors)
{
    if (!PyUnicode_Check(unicode)) {
        PyErr_BadArgument();
        return NULL;
    }
    if (names_check(encoding, errors) < 0)
        return NULL;
    switch (encoding == NULL ? KNOWN_UTF8 : known_codec(encoding)) {
    case KNOWN_UTF8:
        return _PyUnicode_AsUTF8String(unicode, errors);
    case KNOWN_UTF16:
        return _PyUnicode_EncodeUTF16(unicode, errors, 0);
    case KNOWN_UTF32:
        return _PyUnicode_EncodeUTF32(unicode, errors, 0);
    case KNOWN_ASCII:
        return _PyUnicode_AsASCIIString(unicode, errors);
    case KNOWN_LATIN1:
        return _PyUnicode_AsLatin1String(unicode, errors);
    default:
        break;
    }
    KS_OWNED PyObject *coded = _PyCodec_EncodeText(unicode, encoding, errors);
    if (coded == NULL)
        return NULL;
    if (PyBytes_Check(coded))
        return ks_give(&coded);
    if (PyByteArray_Check(coded)) {
        if (PyErr_WarnFormat(PyExc_RuntimeWarning, 1,
                             "encoder %s returned bytearray instead of bytes; "
                             "use codecs.encode() to encode to arbitrary types",
                             encoding) < 0)
            return NULL;
        return PyBytes_FromStringAndSize(PyByteArray_AS_STRING(coded),
                                         PyByteArray_GET_SIZE(coded));
    }
    PyErr_Format(PyExc_TypeError,
                 "'%.400s' encoder returned '%.400s' instead of 'bytes'; "
                 "use codecs.encode() to encode to arbitrary types",
                 encoding, Py_TYPE(coded)->tp_name);
    return NULL;
}

/* --- deprecated: str to anything --- */

static int
check_legacy_call(PyObject *unicode, const char *warning)
{
    if (!PyUnicode_Check(unicode)) {
        PyErr_BadArgument();
        return -1;
    }
    return PyErr_WarnEx(PyExc_DeprecationWarning, warning, 1);
}

/* A coder's result that has to be str. */
static PyObject *
require_str(PyObject *object, const char *what, const char *verb, const char *encoding)
{
    if (object == NULL || PyUnicode_Check(object))
        return object;
    PyErr_Format(PyExc_TypeError,
                 "'%.400s' %s returned '%.400s' instead of 'str'; "
                 "use codecs.%s() to %s to arbitrary types",
                 encoding, what, Py_TYPE(object)->tp_name, verb, verb);
    Py_DECREF(object);
    return NULL;
}

PyObject *
PyUnicode_AsDecodedObject(PyObject *unicode, const char *encoding, const char *errors)
{
    if (check_legacy_call(unicode, "PyUnicode_AsDecodedObject() is deprecated; "
                                   "use PyCodec_Decode() to decode from str") < 0)
        return NULL;
    return PyCodec_Decode(unicode, encoding == NULL ? "utf-8" : encoding, errors);
}

PyObject *
PyUnicode_AsDecodedUnicode(PyObject *unicode, const char *encoding, const char *errors)
{
    if (check_legacy_call(unicode, "PyUnicode_AsDecodedUnicode() is deprecated; "
                                   "use PyCodec_Decode() to decode from str to str") < 0)
        return NULL;
    if (encoding == NULL)
        encoding = "utf-8";
    return require_str(PyCodec_Decode(unicode, encoding, errors), "decoder", "decode", encoding);
}

PyObject *
PyUnicode_AsEncodedObject(PyObject *unicode, const char *encoding, const char *errors)
{
    if (check_legacy_call(unicode,
                          "PyUnicode_AsEncodedObject() is deprecated; "
                          "use PyUnicode_AsEncodedString() to encode from str to bytes "
                          "or PyCodec_Encode() for generic encoding") < 0)
        return NULL;
    return PyCodec_Encode(unicode, encoding == NULL ? "utf-8" : encoding, errors);
}

PyObject *
PyUnicode_AsEncodedUnicode(PyObject *unicode, const char *encoding, const char *errors)
{
    if (check_legacy_call(unicode, "PyUnicode_AsEncodedUnicode() is deprecated; "
                                   "use PyCodec_Encode() to encode from str to str") < 0)
        return NULL;
    if (encoding == NULL)
        encoding = "utf-8";
    return require_str(PyCodec_Encode(unicode, encoding, errors), "encoder", "encode", encoding);
}

/* --- locale --- */

static PyObject *
decode_locale(const char *text, Py_ssize_t size, const char *errors, int current_locale)
{
    wchar_t *wide;
    size_t wide_length;
    const char *reason;
    if (text[size] != 0 || (size_t)size != strlen(text)) {
        PyErr_SetString(PyExc_ValueError, "embedded null byte");
        return NULL;
    }
    int status = _Py_DecodeLocaleEx(text, &wide, &wide_length, &reason, current_locale,
                                    ks_codec_handler(errors));
    if (status == 0) {
        PyObject *str = PyUnicode_FromWideChar(wide, (Py_ssize_t)wide_length);
        PyMem_RawFree(wide);
        return str;
    }
    if (status == -2) {
        PyObject *exc = PyUnicodeDecodeError_Create("locale", text, size, (Py_ssize_t)wide_length,
                                                    (Py_ssize_t)wide_length + 1, reason);
        if (exc != NULL) {
            PyCodec_StrictErrors(exc);
            Py_DECREF(exc);
        }
    }
    else if (status == -3)
        PyErr_SetString(PyExc_ValueError, "unsupported error handler");
    else
        PyErr_NoMemory();
    return NULL;
}

static PyObject *
encode_locale(PyObject *unicode, const char *errors, int current_locale)
{
    Py_ssize_t length;
    wchar_t *wide = PyUnicode_AsWideCharString(unicode, &length);
    if (wide == NULL)
        return NULL;
    if ((size_t)length != wcslen(wide)) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        PyMem_Free(wide);
        return NULL;
    }
    char *text;
    size_t position;
    const char *reason;
    int status = _Py_EncodeLocaleEx(wide, &text, &position, &reason, current_locale,
                                    ks_codec_handler(errors));
    PyMem_Free(wide);
    if (status == 0) {
        PyObject *bytes = PyBytes_FromString(text);
        PyMem_RawFree(text);
        return bytes;
    }
    if (status == -2) {
        KsCodecRun run = {.encoding = "locale", .errors = errors};
        ks_codec_raise_encode(&run, unicode, (Py_ssize_t)position, (Py_ssize_t)position + 1,
                              reason);
        ks_codec_run_end(&run);
    }
    else if (status == -3)
        PyErr_SetString(PyExc_ValueError, "unsupported error handler");
    else
        PyErr_NoMemory();
    return NULL;
}

PyObject *
PyUnicode_DecodeLocaleAndSize(const char *str, Py_ssize_t len, const char *errors)
{
    return decode_locale(str, len, errors, 1);
}

PyObject *
PyUnicode_DecodeLocale(const char *str, const char *errors)
{
    return decode_locale(str, (Py_ssize_t)strlen(str), errors, 1);
}

PyObject *
PyUnicode_EncodeLocale(PyObject *unicode, const char *errors)
{
    return encode_locale(unicode, errors, 1);
}

/* --- file system --- */

/* Error handler of the file system's encoding before it is settled. UTF-8 in PyMem_Malloc. */
static char *
configured_errors(PyInterpreterState *interp)
{
    const PyConfig *config = _PyInterpreterState_GetConfig(interp);
    const wchar_t *wide =
        config->filesystem_errors == NULL ? L"surrogateescape" : config->filesystem_errors;
    size_t length = wcslen(wide);
    char *errors = PyMem_Malloc(length + 1);
    if (errors == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (size_t i = 0; i <= length; i++)
        errors[i] = (char)wide[i];
    return errors;
}

PyObject *
PyUnicode_DecodeFSDefaultAndSize(const char *s, Py_ssize_t size)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    struct _Py_unicode_fs_codec *codec = &interp->unicode.fs_codec;
    if (KS_LIKELY(codec->utf8))
        return PyUnicode_DecodeUTF8Stateful(s, size, codec->errors, NULL);
    if (codec->encoding != NULL)
        return PyUnicode_Decode(s, size, codec->encoding, codec->errors);
    char *errors = configured_errors(interp);
    if (errors == NULL)
        return NULL;
    PyObject *str = decode_locale(s, size, errors, 0);
    PyMem_Free(errors);
    return str;
}

PyObject *
PyUnicode_DecodeFSDefault(const char *s)
{
    return PyUnicode_DecodeFSDefaultAndSize(s, (Py_ssize_t)strlen(s));
}

PyObject *
PyUnicode_EncodeFSDefault(PyObject *unicode)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    struct _Py_unicode_fs_codec *codec = &interp->unicode.fs_codec;
    if (KS_LIKELY(codec->utf8))
        return _PyUnicode_AsUTF8String(unicode, codec->errors);
    if (codec->encoding != NULL)
        return PyUnicode_AsEncodedString(unicode, codec->encoding, codec->errors);
    char *errors = configured_errors(interp);
    if (errors == NULL)
        return NULL;
    PyObject *bytes = encode_locale(unicode, errors, 0);
    PyMem_Free(errors);
    return bytes;
}

/* PyArg converters: a path as bytes, as str. NULL asks to drop what an earlier call stored. */
int
PyUnicode_FSConverter(PyObject *arg, void *addr)
{
    PyObject **slot = addr;
    if (arg == NULL) {
        Py_CLEAR(*slot);
        return 1;
    }
    KS_OWNED PyObject *path = PyOS_FSPath(arg);
    if (path == NULL)
        return 0;
    PyObject *bytes = PyBytes_Check(path) ? Py_NewRef(path) : PyUnicode_EncodeFSDefault(path);
    if (bytes == NULL)
        return 0;
    if ((size_t)PyBytes_GET_SIZE(bytes) != strlen(PyBytes_AS_STRING(bytes))) {
        PyErr_SetString(PyExc_ValueError, "embedded null byte");
        Py_DECREF(bytes);
        return 0;
    }
    *slot = bytes;
    return Py_CLEANUP_SUPPORTED;
}

int
PyUnicode_FSDecoder(PyObject *arg, void *addr)
{
    PyObject **slot = addr;
    if (arg == NULL) {
        Py_CLEAR(*slot);
        return 1;
    }
    int is_buffer = PyObject_CheckBuffer(arg);
    KS_OWNED PyObject *path = is_buffer ? Py_NewRef(arg) : PyOS_FSPath(arg);
    if (path == NULL)
        return 0;
    PyObject *str;
    if (PyUnicode_Check(path))
        str = Py_NewRef(path);
    else if (PyBytes_Check(path) || is_buffer) {
        if (!PyBytes_Check(path) &&
            PyErr_WarnFormat(PyExc_DeprecationWarning, 1,
                             "path should be string, bytes, or os.PathLike, not %.200s",
                             Py_TYPE(arg)->tp_name) < 0)
            return 0;
        KS_OWNED PyObject *bytes = PyBytes_FromObject(path);
        if (bytes == NULL)
            return 0;
        str = PyUnicode_DecodeFSDefaultAndSize(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
        if (str == NULL)
            return 0;
    }
    else {
        PyErr_Format(PyExc_TypeError,
                     "path should be string, bytes, or os.PathLike, not %.200s",
                     Py_TYPE(arg)->tp_name);
        return 0;
    }
    if (PyUnicode_READY(str) < 0) {
        Py_DECREF(str);
        return 0;
    }
    if (ks_find_char(KS_STR_KIND(str), ks_str_data(str), KS_STR_LENGTH(str), 0, 1) >= 0) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        Py_DECREF(str);
        return 0;
    }
    *slot = str;
    return Py_CLEANUP_SUPPORTED;
}
