/* SPDX-License-Identifier: MIT */
/* TextIOWrapper's codecs: encoders of its own for the common encodings, the choice of decoder and
 * encoder, and of what stands for a newline. */
#include "textio.h"

#include "pycore_fileutils.h" /* the locale's encoding */
#include "pycore_runtime.h"   /* UTF-8 mode */

/* --- direct encoders --- */

static PyObject *
encode_ascii(PyObject *self, PyObject *text)
{
    return _PyUnicode_AsASCIIString(text, PyUnicode_AsUTF8(CAST(self)->errors));
}

static PyObject *
encode_latin1(PyObject *self, PyObject *text)
{
    return _PyUnicode_AsLatin1String(text, PyUnicode_AsUTF8(CAST(self)->errors));
}

PyObject *
ks_textio_encode_utf8(PyObject *self, PyObject *text)
{
    return _PyUnicode_AsUTF8String(text, PyUnicode_AsUTF8(CAST(self)->errors));
}

static PyObject *
encode_utf16(PyObject *self, PyObject *text, int byteorder)
{
    return _PyUnicode_EncodeUTF16(text, PyUnicode_AsUTF8(CAST(self)->errors), byteorder);
}

static PyObject *
encode_utf16le(PyObject *self, PyObject *text)
{
    return encode_utf16(self, text, -1);
}

static PyObject *
encode_utf16be(PyObject *self, PyObject *text)
{
    return encode_utf16(self, text, 1);
}

static PyObject *
encode_utf32le(PyObject *self, PyObject *text)
{
    return _PyUnicode_EncodeUTF32(text, PyUnicode_AsUTF8(CAST(self)->errors), -1);
}

static PyObject *
encode_utf32be(PyObject *self, PyObject *text)
{
    return _PyUnicode_EncodeUTF32(text, PyUnicode_AsUTF8(CAST(self)->errors), 1);
}

/* The byte order mark comes first, but not when a file is appended to. */
static PyObject *
encode_utf16_any(PyObject *self, PyObject *text)
{
    return encode_utf16(self, text, CAST(self)->encoding_start_of_stream ? 0 : -1);
}

static PyObject *
encode_utf32_any(PyObject *self, PyObject *text)
{
    return _PyUnicode_EncodeUTF32(text, PyUnicode_AsUTF8(CAST(self)->errors),
                                  CAST(self)->encoding_start_of_stream ? 0 : -1);
}

static const struct {
    const char *name;
    Encode encode;
} direct_encoders[] = {
    {"ascii", encode_ascii},       {"iso8859-1", encode_latin1},  {"utf-8", ks_textio_encode_utf8},
    {"utf-16-be", encode_utf16be}, {"utf-16-le", encode_utf16le}, {"utf-16", encode_utf16_any},
    {"utf-32-be", encode_utf32be}, {"utf-32-le", encode_utf32le}, {"utf-32", encode_utf32_any},
};

/* --- set-up --- */

int
ks_textio_newline_is_valid(const char *newline)
{
    if (newline == NULL || newline[0] == '\0' || strcmp(newline, "\n") == 0 ||
        strcmp(newline, "\r") == 0 || strcmp(newline, "\r\n") == 0)
        return 1;
    PyErr_Format(PyExc_ValueError, "illegal newline value: %s", newline);
    return 0;
}

int
ks_textio_set_newline(TextIO *self, const char *newline)
{
    PyObject *old = self->readnl;
    if (newline == NULL) {
        self->readnl = NULL;
    }
    else {
        self->readnl = PyUnicode_FromString(newline);
        if (self->readnl == NULL) {
            self->readnl = old;
            return -1;
        }
    }
    Py_XDECREF(old);
    self->read_universal = newline == NULL || newline[0] == '\0';
    self->read_translate = newline == NULL;
    self->write_translate = newline == NULL || newline[0] != '\0';
    self->writenl = NULL;
    if (!self->read_universal && newline != NULL && strcmp(newline, "\n") != 0)
        self->writenl = strcmp(newline, "\r") == 0 ? "\r" : "\r\n";
    return 0;
}

int
ks_textio_set_decoder(TextIO *self, PyObject *codec, const char *errors)
{
    KS_OWNED PyObject *readable = PyObject_CallMethodNoArgs(self->buffer, &_Py_ID(readable));
    int able = readable == NULL ? -1 : PyObject_IsTrue(readable);
    if (able <= 0)
        return able;
    PyObject *decoder = _PyCodecInfo_GetIncrementalDecoder(codec, errors);
    if (decoder == NULL)
        return -1;
    if (self->read_universal) {
        PyObject *wrapped = PyObject_CallFunctionObjArgs(
            (PyObject *)&ks_newline_decoder_type, decoder,
            self->read_translate ? Py_True : Py_False, NULL);
        Py_DECREF(decoder);
        if (wrapped == NULL)
            return -1;
        decoder = wrapped;
    }
    Py_XSETREF(self->decoder, decoder);
    return 0;
}

int
ks_textio_set_encoder(TextIO *self, PyObject *codec, const char *errors)
{
    self->encode = NULL;
    KS_OWNED PyObject *writable = PyObject_CallMethodNoArgs(self->buffer, &_Py_ID(writable));
    int able = writable == NULL ? -1 : PyObject_IsTrue(writable);
    if (able <= 0)
        return able;
    PyObject *encoder = _PyCodecInfo_GetIncrementalEncoder(codec, errors);
    if (encoder == NULL)
        return -1;
    Py_XSETREF(self->encoder, encoder);
    PyObject *found;
    if (_PyObject_LookupAttr(codec, &_Py_ID(name), &found) < 0)
        return -1;
    KS_OWNED PyObject *name = found;
    for (Py_ssize_t i = 0; name != NULL && PyUnicode_Check(name) &&
                           i < KS_COUNT_OF(direct_encoders); i++) {
        if (_PyUnicode_EqualToASCIIString(name, direct_encoders[i].name)) {
            self->encode = direct_encoders[i].encode;
            break;
        }
    }
    return 0;
}

/* Tells the encoder whether it stands at the start of the stream. */
int
ks_textio_encoder_restart(TextIO *self, int at_start)
{
    KS_OWNED PyObject *result = NULL;
    if (at_start) {
        result = PyObject_CallMethodNoArgs(self->encoder, &_Py_ID(reset));
        self->encoding_start_of_stream = 1;
    }
    else {
        KS_OWNED PyObject *zero = PyLong_FromLong(0);
        result = zero == NULL ? NULL
                              : PyObject_CallMethodOneArg(self->encoder, &_Py_ID(setstate), zero);
        self->encoding_start_of_stream = 0;
    }
    return result == NULL ? -1 : 0;
}

int
ks_textio_fix_encoder_state(TextIO *self)
{
    if (!self->seekable || self->encoder == NULL)
        return 0;
    self->encoding_start_of_stream = 1;
    KS_OWNED PyObject *position = PyObject_CallMethodNoArgs(self->buffer, &_Py_ID(tell));
    if (position == NULL)
        return -1;
    int is_start = PyLong_Check(position) && _PyLong_Sign(position) == 0;
    return is_start ? 0 : ks_textio_encoder_restart(self, 0);
}

/* The encoding to use when none is given; new reference. */
PyObject *
ks_textio_default_encoding(void)
{
    const PyConfig *config = _Py_GetConfig();
    if (config->warn_default_encoding &&
        PyErr_WarnEx(PyExc_EncodingWarning, "'encoding' argument not specified", 1) < 0)
        return NULL;
    if (_PyRuntime.preconfig.utf8_mode)
        return PyUnicode_FromString("utf-8");
    return _Py_GetLocaleEncodingObject();
}
