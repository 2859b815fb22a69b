/* SPDX-License-Identifier: MIT */
/* _codecs: the registry and the codecs written in C, as Python's codecs and encodings use them.
 *
 * A decoder answers with (text, bytes used), an encoder with (bytes, characters used). */
#include "Python.h"
#include "ks_args.h"
#include "ks_base.h"
#include "ks_str.h" /* the length of strings that may not be ready */

/* --- registry --- */

static PyObject *
codecs_register(PyObject *module, PyObject *search_function)
{
    if (PyCodec_Register(search_function) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
codecs_unregister(PyObject *module, PyObject *search_function)
{
    if (PyCodec_Unregister(search_function) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* UTF-8 of a str argument without null characters. */
static const char *
text_arg(const char *function, int position, PyObject *arg)
{
    PyObject *str;
    if (!ks_arg_str(function, position, arg, &str))
        return NULL;
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(str, &size);
    if (text != NULL && strlen(text) != (size_t)size) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return NULL;
    }
    return text;
}

static PyObject *
codecs_lookup(PyObject *module, PyObject *encoding)
{
    const char *text = text_arg("lookup", 0, encoding);
    return text == NULL ? NULL : _PyCodec_Lookup(text);
}

static PyObject *
codecs_lookup_error(PyObject *module, PyObject *name)
{
    const char *text = text_arg("lookup_error", 0, name);
    return text == NULL ? NULL : PyCodec_LookupError(text);
}

static PyObject *
codecs_register_error(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    const char *name;
    if (!ks_args_count("register_error", nargs, 2, 2) ||
        (name = text_arg("register_error", 1, args[0])) == NULL ||
        PyCodec_RegisterError(name, args[1]) < 0)
        return NULL;
    Py_RETURN_NONE;
}

typedef struct CodeArgs {
    PyObject *obj;
    const char *encoding, *errors;
} CodeArgs;

static const KsParam code_params[] = {
    PARAM(CodeArgs, obj, ARG_OBJECT, 1),
    PARAM(CodeArgs, encoding, ARG_TEXT, 0),
    PARAM(CodeArgs, errors, ARG_TEXT, 0),
    PARAM_END,
};

static PyObject *
codecs_encode(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    CodeArgs parsed = {NULL, "utf-8", NULL};
    if (!ks_args_parse("encode", code_params, args, nargs, kwnames, &parsed))
        return NULL;
    return PyCodec_Encode(parsed.obj, parsed.encoding, parsed.errors);
}

static PyObject *
codecs_decode(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    CodeArgs parsed = {NULL, "utf-8", NULL};
    if (!ks_args_parse("decode", code_params, args, nargs, kwnames, &parsed))
        return NULL;
    return PyCodec_Decode(parsed.obj, parsed.encoding, parsed.errors);
}

/* --- arguments of coders --- */

/* A str or None where errors are named. */
static int
errors_arg(const char *function, PyObject *const *args, Py_ssize_t nargs, const char **errors)
{
    *errors = NULL;
    if (nargs < 2 || args[1] == Py_None)
        return 1;
    if (!PyUnicode_Check(args[1])) {
        PyErr_Format(PyExc_TypeError, "%.200s() argument 2 must be str or None, not %.50s",
                     function, Py_TYPE(args[1])->tp_name);
        return 0;
    }
    *errors = text_arg(function, 2, args[1]);
    return *errors != NULL;
}

/* Data to decode: a bytes-like object; a str counts as its UTF-8 where text_too. */
static int
data_arg(const char *function, PyObject *arg, int text_too, Py_buffer *view)
{
    if (text_too && PyUnicode_Check(arg)) {
        Py_ssize_t size;
        const char *text = PyUnicode_AsUTF8AndSize(arg, &size);
        return text != NULL &&
               PyBuffer_FillInfo(view, arg, (void *)text, size, 1, PyBUF_SIMPLE) == 0;
    }
    if (PyObject_GetBuffer(arg, view, PyBUF_SIMPLE) < 0)
        return 0;
    if (PyBuffer_IsContiguous(view, 'C'))
        return 1;
    PyErr_Format(PyExc_TypeError, "%.200s() argument 1 must be contiguous buffer, not %.50s",
                 function, Py_TYPE(arg)->tp_name);
    PyBuffer_Release(view);
    return 0;
}

static PyObject *
with_count(KS_STEALS PyObject *object, Py_ssize_t count)
{
    return object == NULL ? NULL : Py_BuildValue("Nn", object, count);
}

/* --- decoders --- */

/* Decoders with the signature (data, errors=None, final=...). `final` off: an incomplete end
 * is left for the next call. */
typedef PyObject *(*Stateful)(const char *data, Py_ssize_t size, const char *errors,
                              Py_ssize_t *consumed);

static PyObject *
decode_stateful(const char *function, PyObject *const *args, Py_ssize_t nargs, Stateful decode,
                int text_too, int final)
{
    Py_buffer view;
    const char *errors;
    if (!ks_args_count(function, nargs, 1, 3) || !data_arg(function, args[0], text_too, &view))
        return NULL;
    PyObject *result = NULL;
    if (errors_arg(function, args, nargs, &errors) && (nargs < 3 || ks_arg_int(args[2], &final))) {
        Py_ssize_t consumed = view.len;
        result = decode(view.buf, view.len, errors, final ? NULL : &consumed);
        result = with_count(result, consumed);
    }
    PyBuffer_Release(&view);
    return result;
}

typedef PyObject *(*Ordered)(const char *data, Py_ssize_t size, const char *errors, int *order,
                             Py_ssize_t *consumed);

static PyObject *
decode_ordered(const char *function, PyObject *const *args, Py_ssize_t nargs, Ordered decode,
               int order)
{
    Py_buffer view;
    const char *errors;
    int final = 0;
    if (!ks_args_count(function, nargs, 1, 3) || !data_arg(function, args[0], 0, &view))
        return NULL;
    PyObject *result = NULL;
    if (errors_arg(function, args, nargs, &errors) && (nargs < 3 || ks_arg_int(args[2], &final))) {
        Py_ssize_t consumed = view.len;
        result = decode(view.buf, view.len, errors, &order, final ? NULL : &consumed);
        result = with_count(result, consumed);
    }
    PyBuffer_Release(&view);
    return result;
}

/* (data, errors=None, byteorder=0, final=False) -> (text, used, byteorder) */
static PyObject *
decode_extended(const char *function, PyObject *const *args, Py_ssize_t nargs, Ordered decode)
{
    Py_buffer view;
    const char *errors;
    int order = 0, final = 0;
    if (!ks_args_count(function, nargs, 1, 4) || !data_arg(function, args[0], 0, &view))
        return NULL;
    PyObject *result = NULL;
    if (errors_arg(function, args, nargs, &errors) && (nargs < 3 || ks_arg_int(args[2], &order)) &&
        (nargs < 4 || ks_arg_int(args[3], &final))) {
        Py_ssize_t consumed = view.len;
        result = decode(view.buf, view.len, errors, &order, final ? NULL : &consumed);
        if (result != NULL)
            result = Py_BuildValue("Nni", result, consumed, order);
    }
    PyBuffer_Release(&view);
    return result;
}

#define STATEFUL(name, decode, text_too, final)                                            \
    static PyObject *codecs_##name(PyObject *module, PyObject *const *args,                \
                                   Py_ssize_t nargs)                                       \
    {                                                                                      \
        return decode_stateful(#name, args, nargs, decode, text_too, final);               \
    }
STATEFUL(utf_7_decode, PyUnicode_DecodeUTF7Stateful, 0, 0)
STATEFUL(utf_8_decode, PyUnicode_DecodeUTF8Stateful, 0, 0)
STATEFUL(unicode_escape_decode, _PyUnicode_DecodeUnicodeEscapeStateful, 1, 1)
STATEFUL(raw_unicode_escape_decode, _PyUnicode_DecodeRawUnicodeEscapeStateful, 1, 1)

#define ORDERED(name, decode, order)                                                       \
    static PyObject *codecs_##name(PyObject *module, PyObject *const *args,                \
                                   Py_ssize_t nargs)                                       \
    {                                                                                      \
        return decode_ordered(#name, args, nargs, decode, order);                          \
    }
ORDERED(utf_16_decode, PyUnicode_DecodeUTF16Stateful, 0)
ORDERED(utf_16_le_decode, PyUnicode_DecodeUTF16Stateful, -1)
ORDERED(utf_16_be_decode, PyUnicode_DecodeUTF16Stateful, 1)
ORDERED(utf_32_decode, PyUnicode_DecodeUTF32Stateful, 0)
ORDERED(utf_32_le_decode, PyUnicode_DecodeUTF32Stateful, -1)
ORDERED(utf_32_be_decode, PyUnicode_DecodeUTF32Stateful, 1)

static PyObject *
codecs_utf_16_ex_decode(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    return decode_extended("utf_16_ex_decode", args, nargs, PyUnicode_DecodeUTF16Stateful);
}

static PyObject *
codecs_utf_32_ex_decode(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    return decode_extended("utf_32_ex_decode", args, nargs, PyUnicode_DecodeUTF32Stateful);
}

/* Decoders that always use all of the data; mapping is NULL where there is none. */
typedef PyObject *(*Whole)(const char *data, Py_ssize_t size, PyObject *mapping,
                           const char *errors);

static PyObject *
decode_whole(const char *function, PyObject *const *args, Py_ssize_t nargs, Whole decode,
             int max_args, int text_too)
{
    Py_buffer view;
    const char *errors;
    if (!ks_args_count(function, nargs, 1, max_args) ||
        !data_arg(function, args[0], text_too, &view))
        return NULL;
    PyObject *result = NULL;
    if (errors_arg(function, args, nargs, &errors)) {
        PyObject *mapping = nargs > 2 && args[2] != Py_None ? args[2] : NULL;
        result = with_count(decode(view.buf, view.len, mapping, errors), view.len);
    }
    PyBuffer_Release(&view);
    return result;
}

static PyObject *
latin_1(const char *data, Py_ssize_t size, PyObject *mapping, const char *errors)
{
    return PyUnicode_DecodeLatin1(data, size, errors);
}

static PyObject *
ascii(const char *data, Py_ssize_t size, PyObject *mapping, const char *errors)
{
    return PyUnicode_DecodeASCII(data, size, errors);
}

static PyObject *
escape(const char *data, Py_ssize_t size, PyObject *mapping, const char *errors)
{
    return PyBytes_DecodeEscape(data, size, errors, 0, NULL);
}

#define WHOLE(name, decode, max_args, text_too)                                            \
    static PyObject *codecs_##name(PyObject *module, PyObject *const *args,                \
                                   Py_ssize_t nargs)                                       \
    {                                                                                      \
        return decode_whole(#name, args, nargs, decode, max_args, text_too);               \
    }
WHOLE(latin_1_decode, latin_1, 2, 0)
WHOLE(ascii_decode, ascii, 2, 0)
WHOLE(charmap_decode, PyUnicode_DecodeCharmap, 3, 0)
WHOLE(escape_decode, escape, 2, 1)

/* --- encoders --- */

typedef PyObject *(*Encoder)(PyObject *str, const char *errors, int byteorder);

static PyObject *
encode_text(const char *function, PyObject *const *args, Py_ssize_t nargs, Encoder encode,
            int byteorder, int max_args)
{
    PyObject *str;
    const char *errors;
    if (!ks_args_count(function, nargs, 1, max_args) ||
        !ks_arg_str(function, 1, args[0], &str) || !errors_arg(function, args, nargs, &errors) ||
        (nargs > 2 && !ks_arg_int(args[2], &byteorder)))
        return NULL;
    return with_count(encode(str, errors, byteorder), PyUnicode_GET_LENGTH(str));
}

static PyObject *
utf_7(PyObject *str, const char *errors, int byteorder)
{
    return _PyUnicode_EncodeUTF7(str, 0, 0, errors);
}

static PyObject *
utf_8(PyObject *str, const char *errors, int byteorder)
{
    return _PyUnicode_AsUTF8String(str, errors);
}

static PyObject *
to_latin_1(PyObject *str, const char *errors, int byteorder)
{
    return _PyUnicode_AsLatin1String(str, errors);
}

static PyObject *
to_ascii(PyObject *str, const char *errors, int byteorder)
{
    return _PyUnicode_AsASCIIString(str, errors);
}

static PyObject *
to_escapes(PyObject *str, const char *errors, int byteorder)
{
    return PyUnicode_AsUnicodeEscapeString(str);
}

static PyObject *
to_raw_escapes(PyObject *str, const char *errors, int byteorder)
{
    return PyUnicode_AsRawUnicodeEscapeString(str);
}

#define ENCODER(name, encode, byteorder, max_args)                                         \
    static PyObject *codecs_##name(PyObject *module, PyObject *const *args,                \
                                   Py_ssize_t nargs)                                       \
    {                                                                                      \
        return encode_text(#name, args, nargs, encode, byteorder, max_args);               \
    }
ENCODER(utf_7_encode, utf_7, 0, 2)
ENCODER(utf_8_encode, utf_8, 0, 2)
ENCODER(latin_1_encode, to_latin_1, 0, 2)
ENCODER(ascii_encode, to_ascii, 0, 2)
ENCODER(unicode_escape_encode, to_escapes, 0, 2)
ENCODER(raw_unicode_escape_encode, to_raw_escapes, 0, 2)
ENCODER(utf_16_encode, _PyUnicode_EncodeUTF16, 0, 3)
ENCODER(utf_16_le_encode, _PyUnicode_EncodeUTF16, -1, 2)
ENCODER(utf_16_be_encode, _PyUnicode_EncodeUTF16, 1, 2)
ENCODER(utf_32_encode, _PyUnicode_EncodeUTF32, 0, 3)
ENCODER(utf_32_le_encode, _PyUnicode_EncodeUTF32, -1, 2)
ENCODER(utf_32_be_encode, _PyUnicode_EncodeUTF32, 1, 2)

static PyObject *
codecs_charmap_encode(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *str;
    const char *errors;
    if (!ks_args_count("charmap_encode", nargs, 1, 3) ||
        !ks_arg_str("charmap_encode", 1, args[0], &str) ||
        !errors_arg("charmap_encode", args, nargs, &errors))
        return NULL;
    PyObject *mapping = nargs > 2 && args[2] != Py_None ? args[2] : NULL;
    return with_count(_PyUnicode_EncodeCharmap(str, mapping, errors), PyUnicode_GET_LENGTH(str));
}

static PyObject *
codecs_charmap_build(PyObject *module, PyObject *map)
{
    PyObject *str;
    return ks_arg_str("charmap_build", 0, map, &str) ? PyUnicode_BuildEncodingMap(str) : NULL;
}

static PyObject *
codecs_readbuffer_encode(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    Py_buffer view;
    const char *errors;
    if (!ks_args_count("readbuffer_encode", nargs, 1, 2) ||
        !data_arg("readbuffer_encode", args[0], 1, &view))
        return NULL;
    PyObject *result = NULL;
    if (errors_arg("readbuffer_encode", args, nargs, &errors))
        result = with_count(PyBytes_FromStringAndSize(view.buf, view.len), view.len);
    PyBuffer_Release(&view);
    return result;
}

/* bytes as repr() would show them, without the quotes. */
static PyObject *
codecs_escape_encode(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    const char *errors;
    if (!ks_args_count("escape_encode", nargs, 1, 2))
        return NULL;
    if (!PyBytes_Check(args[0])) {
        PyErr_Format(PyExc_TypeError, "escape_encode() argument 1 must be bytes, not %.50s",
                     args[0] == Py_None ? "None" : Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    if (!errors_arg("escape_encode", args, nargs, &errors))
        return NULL;
    Py_ssize_t size = PyBytes_GET_SIZE(args[0]);
    if (size > PY_SSIZE_T_MAX / 4) {
        PyErr_SetString(PyExc_OverflowError, "string is too large to encode");
        return NULL;
    }
    PyObject *result = PyBytes_FromStringAndSize(NULL, 4 * size);
    if (result == NULL || size == 0)
        return with_count(result, size);
    char *out = PyBytes_AS_STRING(result);
    for (Py_ssize_t i = 0; i < size; i++) {
        unsigned char ch = (unsigned char)PyBytes_AS_STRING(args[0])[i];
        char letter = ch == '\t' ? 't' : ch == '\n' ? 'n' : ch == '\r' ? 'r' : 0;
        if (ch == '\'' || ch == '\\')
            letter = (char)ch;
        if (letter == 0 && ch >= ' ' && ch < 0x7f) {
            *out++ = (char)ch;
            continue;
        }
        *out++ = '\\';
        *out++ = letter != 0 ? letter : 'x';
        if (letter == 0) {
            *out++ = Py_hexdigits[ch >> 4];
            *out++ = Py_hexdigits[ch & 15];
        }
    }
    if (_PyBytes_Resize(&result, out - PyBytes_AS_STRING(result)) < 0)
        return NULL;
    return with_count(result, size);
}

/* --- tables --- */

#define DECODER(name) \
    METHOD(#name, codecs_##name, METH_FASTCALL, "($module, data, errors=None, /)", NULL_DOC)
#define DECODER_FINAL(name, final)                   \
    METHOD(#name, codecs_##name, METH_FASTCALL,      \
           "($module, data, errors=None, final=" final ", /)", NULL_DOC)
#define DECODER_EX(name)                                                              \
    METHOD(#name, codecs_##name, METH_FASTCALL,                                       \
           "($module, data, errors=None, byteorder=0, final=False,\n                 /)", NULL_DOC)
#define ENCODER_ROW(name) \
    METHOD(#name, codecs_##name, METH_FASTCALL, "($module, str, errors=None, /)", NULL_DOC)
#define ENCODER_ORDER(name)                     \
    METHOD(#name, codecs_##name, METH_FASTCALL, \
           "($module, str, errors=None, byteorder=0, /)", NULL_DOC)
#define NULL_DOC ""

static PyMethodDef codecs_methods[] = {
    METHOD("register", codecs_register, METH_O, "($module, search_function, /)",
           "Add a function that finds codecs by normalised name."),
    METHOD("unregister", codecs_unregister, METH_O, "($module, search_function, /)",
           "Remove a search function and forget the codecs found so far."),
    METHOD("lookup", codecs_lookup, METH_O, "($module, encoding, /)",
           "The CodecInfo of an encoding."),
    METHOD("encode", codecs_encode, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, obj, encoding='utf-8', errors='strict')",
           "Pass obj through the codec's encoder."),
    METHOD("decode", codecs_decode, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, obj, encoding='utf-8', errors='strict')",
           "Pass obj through the codec's decoder."),
    METHOD("escape_encode", codecs_escape_encode, METH_FASTCALL,
           "($module, data, errors=None, /)", ""),
    DECODER(escape_decode),
    ENCODER_ROW(utf_8_encode),
    DECODER_FINAL(utf_8_decode, "False"),
    ENCODER_ROW(utf_7_encode),
    DECODER_FINAL(utf_7_decode, "False"),
    ENCODER_ORDER(utf_16_encode),
    ENCODER_ROW(utf_16_le_encode),
    ENCODER_ROW(utf_16_be_encode),
    DECODER_FINAL(utf_16_decode, "False"),
    DECODER_FINAL(utf_16_le_decode, "False"),
    DECODER_FINAL(utf_16_be_decode, "False"),
    DECODER_EX(utf_16_ex_decode),
    ENCODER_ORDER(utf_32_encode),
    ENCODER_ROW(utf_32_le_encode),
    ENCODER_ROW(utf_32_be_encode),
    DECODER_FINAL(utf_32_decode, "False"),
    DECODER_FINAL(utf_32_le_decode, "False"),
    DECODER_FINAL(utf_32_be_decode, "False"),
    DECODER_EX(utf_32_ex_decode),
    ENCODER_ROW(unicode_escape_encode),
    DECODER_FINAL(unicode_escape_decode, "True"),
    ENCODER_ROW(raw_unicode_escape_encode),
    DECODER_FINAL(raw_unicode_escape_decode, "True"),
    ENCODER_ROW(latin_1_encode),
    DECODER(latin_1_decode),
    ENCODER_ROW(ascii_encode),
    DECODER(ascii_decode),
    METHOD("charmap_encode", codecs_charmap_encode, METH_FASTCALL,
           "($module, str, errors=None, mapping=None, /)", ""),
    METHOD("charmap_decode", codecs_charmap_decode, METH_FASTCALL,
           "($module, data, errors=None, mapping=None, /)", ""),
    METHOD("charmap_build", codecs_charmap_build, METH_O, "($module, map, /)",
           "The encoding table that belongs to a decoding string."),
    METHOD("readbuffer_encode", codecs_readbuffer_encode, METH_FASTCALL,
           "($module, data, errors=None, /)", ""),
    METHOD("register_error", codecs_register_error, METH_FASTCALL,
           "($module, errors, handler, /)", "Give an error handler a name."),
    METHOD("lookup_error", codecs_lookup_error, METH_O, "($module, name, /)",
           "The error handler of a name."),
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot codecs_slots[] = {{0, NULL}};

static struct PyModuleDef codecs_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_codecs",
    .m_methods = codecs_methods,
    .m_slots = codecs_slots,
};

PyMODINIT_FUNC
PyInit__codecs(void)
{
    return PyModuleDef_Init(&codecs_module);
}
