/* SPDX-License-Identifier: MIT */
/* _TextIOBase and TextIOWrapper: text over a buffered binary stream.
 *
 * Reading: `decoded` holds decoded text of which `used` characters were given out. `snapshot` is
 * the decoder's flags before, and the bytes of, the chunk that `decoded` came from: together they
 * make positions that seek() can return to. Writing: `pending` collects encoded bytes until there
 * are chunk_bytes of them. There is never both pending output and decoded input after an operation. */
#include "ks_io.h"

#include "pycore_fileutils.h" /* the locale's encoding */
#include "pycore_runtime.h"   /* UTF-8 mode */
#include "pycore_call.h"

typedef PyObject *(*Encode)(PyObject *self, PyObject *text);

typedef struct TextIO {
    PyObject_HEAD
    char ok, detached, finalizing;
    Py_ssize_t chunk_bytes;
    PyObject *buffer, *encoding, *errors;
    PyObject *encoder, *decoder;
    PyObject *readnl;     /* str or NULL */
    const char *writenl;  /* what "\n" becomes, NULL: nothing else */
    char line_buffering, write_through, read_universal, read_translate, write_translate;
    char seekable, has_read1, telling, encoding_start_of_stream;
    Encode encode; /* a direct encoder for the common encodings, or NULL */
    PyObject *pending; /* bytes, or a list of them, or NULL */
    Py_ssize_t pending_bytes;
    PyObject *decoded;
    Py_ssize_t used;
    PyObject *snapshot; /* (flags, bytes) or NULL */
    double bytes_per_char;
    PyObject *weakreflist, *dict;
} TextIO;

#define CAST(self) ((TextIO *)(self))
#define CHUNK_BYTES KS_IO_BUFFER_BYTES

/* --- _TextIOBase --- */

static PyObject *
base_detach(PyObject *self, PyObject *args)
{
    return ks_io_unsupport("detach");
}

static PyObject *
base_read(PyObject *self, PyObject *args)
{
    return ks_io_unsupport("read");
}

static PyObject *
base_readline(PyObject *self, PyObject *args)
{
    return ks_io_unsupport("readline");
}

static PyObject *
base_write(PyObject *self, PyObject *args)
{
    return ks_io_unsupport("write");
}

static PyObject *
base_get_none(PyObject *self, void *closure)
{
    Py_RETURN_NONE;
}

static PyMethodDef base_methods[] = {
    METHOD_PLAIN("detach", base_detach, METH_NOARGS, "Separate the buffer and return it."),
    METHOD_PLAIN("read", base_read, METH_VARARGS, "Read at most n characters."),
    METHOD_PLAIN("readline", base_readline, METH_VARARGS, "Read until a line end."),
    METHOD_PLAIN("write", base_write, METH_VARARGS, "Write a str."),
    {NULL},
};

static PyGetSetDef base_getset[] = {
    {"encoding", base_get_none, NULL, "Encoding of the text stream."},
    {"newlines", base_get_none, NULL, "Line ends met so far."},
    {"errors", base_get_none, NULL, "Error setting of the decoder or encoder."},
    {NULL},
};

PyTypeObject ks_textiobase_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_io._TextIOBase",
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = PyDoc_STR("Base class for text streams."),
    .tp_methods = base_methods,
    .tp_getset = base_getset,
    .tp_base = &ks_iobase_type,
};

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

static PyObject *
encode_utf8(PyObject *self, PyObject *text)
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
    {"ascii", encode_ascii},       {"iso8859-1", encode_latin1},  {"utf-8", encode_utf8},
    {"utf-16-be", encode_utf16be}, {"utf-16-le", encode_utf16le}, {"utf-16", encode_utf16_any},
    {"utf-32-be", encode_utf32be}, {"utf-32-le", encode_utf32le}, {"utf-32", encode_utf32_any},
};

/* --- set-up --- */

static int
newline_is_valid(const char *newline)
{
    if (newline == NULL || newline[0] == '\0' || strcmp(newline, "\n") == 0 ||
        strcmp(newline, "\r") == 0 || strcmp(newline, "\r\n") == 0)
        return 1;
    PyErr_Format(PyExc_ValueError, "illegal newline value: %s", newline);
    return 0;
}

static int
set_newline(TextIO *self, const char *newline)
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

static int
set_decoder(TextIO *self, PyObject *codec, const char *errors)
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

static int
set_encoder(TextIO *self, PyObject *codec, const char *errors)
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
static int
encoder_restart(TextIO *self, int at_start)
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

static int
fix_encoder_state(TextIO *self)
{
    if (!self->seekable || self->encoder == NULL)
        return 0;
    self->encoding_start_of_stream = 1;
    KS_OWNED PyObject *position = PyObject_CallMethodNoArgs(self->buffer, &_Py_ID(tell));
    if (position == NULL)
        return -1;
    int is_start = PyLong_Check(position) && _PyLong_Sign(position) == 0;
    return is_start ? 0 : encoder_restart(self, 0);
}

/* The encoding to use when none is given; new reference. */
static PyObject *
default_encoding(void)
{
    const PyConfig *config = _Py_GetConfig();
    if (config->warn_default_encoding &&
        PyErr_WarnEx(PyExc_EncodingWarning, "'encoding' argument not specified", 1) < 0)
        return NULL;
    if (_PyRuntime.preconfig.utf8_mode)
        return PyUnicode_FromString("utf-8");
    return _Py_GetLocaleEncodingObject();
}

typedef struct InitArgs {
    PyObject *buffer;
    const char *encoding;
    PyObject *errors;
    const char *newline;
    int line_buffering, write_through;
} InitArgs;

static void
forget(TextIO *self)
{
    Py_CLEAR(self->encoder);
    Py_CLEAR(self->decoder);
    Py_CLEAR(self->buffer);
    Py_CLEAR(self->encoding);
    Py_CLEAR(self->errors);
    Py_CLEAR(self->readnl);
    Py_CLEAR(self->decoded);
    Py_CLEAR(self->snapshot);
    Py_CLEAR(self->pending);
    self->used = self->pending_bytes = 0;
}

static int
textio_setup(TextIO *self, const InitArgs *given)
{
    if (!newline_is_valid(given->newline))
        return -1;
    forget(self);
    self->errors = given->errors == Py_None ? PyUnicode_FromString("strict")
                                            : Py_NewRef(given->errors);
    if (self->errors == NULL)
        return -1;
    if (!PyUnicode_Check(self->errors)) {
        PyErr_Format(PyExc_TypeError,
                     "TextIOWrapper() argument 'errors' must be str or None, not %.50s",
                     Py_TYPE(self->errors)->tp_name);
        return -1;
    }
    const char *errors = PyUnicode_AsUTF8(self->errors);
    if (errors == NULL)
        return -1;
    if (given->encoding != NULL && strcmp(given->encoding, "locale") == 0)
        self->encoding = _Py_GetLocaleEncodingObject();
    else if (given->encoding != NULL)
        self->encoding = PyUnicode_FromString(given->encoding);
    else
        self->encoding = default_encoding();
    if (self->encoding == NULL)
        return -1;
    const char *encoding = PyUnicode_AsUTF8(self->encoding);
    KS_OWNED PyObject *codec =
        encoding == NULL ? NULL : _PyCodec_LookupTextEncoding(encoding, "codecs.open()");
    if (codec == NULL)
        return -1;
    if (_Py_GetConfig()->dev_mode) {
        KS_OWNED PyObject *handler = PyCodec_LookupError(errors);
        if (handler == NULL)
            return -1;
    }
    self->line_buffering = (char)given->line_buffering;
    self->write_through = (char)given->write_through;
    self->chunk_bytes = CHUNK_BYTES;
    self->buffer = Py_NewRef(given->buffer);
    if (set_newline(self, given->newline) < 0 || set_decoder(self, codec, errors) < 0 ||
        set_encoder(self, codec, errors) < 0)
        return -1;
    KS_OWNED PyObject *seekable = PyObject_CallMethodNoArgs(self->buffer, &_Py_ID(seekable));
    int able = seekable == NULL ? -1 : PyObject_IsTrue(seekable);
    if (able < 0)
        return -1;
    self->seekable = self->telling = (char)able;
    PyObject *read1;
    if (_PyObject_LookupAttr(self->buffer, &_Py_ID(read1), &read1) < 0)
        return -1;
    self->has_read1 = read1 != NULL;
    Py_XDECREF(read1);
    self->encoding_start_of_stream = 0;
    return fix_encoder_state(self);
}

static int
textio_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static const KsParam params[] = {
        PARAM(InitArgs, buffer, ARG_OBJECT, 1), PARAM(InitArgs, encoding, ARG_TEXT_OR_NONE, 0),
        PARAM(InitArgs, errors, ARG_OBJECT, 0), PARAM(InitArgs, newline, ARG_TEXT_OR_NONE, 0),
        PARAM(InitArgs, line_buffering, ARG_BOOL, 0), PARAM(InitArgs, write_through, ARG_BOOL, 0),
        PARAM_END};
    InitArgs given = {NULL, NULL, Py_None, NULL, 0, 0};
    TextIO *self = CAST(object);
    self->ok = 0;
    self->detached = 0;
    if (!ks_args_parse_tuple("TextIOWrapper", params, args, kwargs, &given) ||
        textio_setup(self, &given) < 0)
        return -1;
    self->ok = 1;
    return 0;
}

static int
textio_traverse(PyObject *object, visitproc visit, void *arg)
{
    TextIO *self = CAST(object);
    Py_VISIT(self->buffer);
    Py_VISIT(self->encoding);
    Py_VISIT(self->encoder);
    Py_VISIT(self->decoder);
    Py_VISIT(self->readnl);
    Py_VISIT(self->decoded);
    Py_VISIT(self->snapshot);
    Py_VISIT(self->pending);
    Py_VISIT(self->dict);
    return 0;
}

static int
textio_clear(PyObject *object)
{
    CAST(object)->ok = 0;
    forget(CAST(object));
    Py_CLEAR(CAST(object)->dict);
    return 0;
}

static void
textio_dealloc(PyObject *object)
{
    TextIO *self = CAST(object);
    self->finalizing = 1;
    if (ks_iobase_finalize(object) < 0)
        return;
    self->ok = 0;
    PyObject_GC_UnTrack(self);
    if (self->weakreflist != NULL)
        PyObject_ClearWeakRefs(object);
    textio_clear(object);
    Py_TYPE(self)->tp_free(object);
}

/* --- checks --- */

static int
is_attached(TextIO *self)
{
    if (!self->ok) {
        PyErr_SetString(PyExc_ValueError, "I/O operation on uninitialized object");
        return 0;
    }
    if (self->detached) {
        PyErr_SetString(PyExc_ValueError, "underlying buffer has been detached");
        return 0;
    }
    return 1;
}

static PyObject *
textio_get_closed(PyObject *self, void *closure)
{
    return is_attached(CAST(self)) ? PyObject_GetAttr(CAST(self)->buffer, &_Py_ID(closed)) : NULL;
}

static int
is_open(TextIO *self)
{
    if (!is_attached(self))
        return 0;
    KS_OWNED PyObject *flag = Py_IS_TYPE(self, &ks_textiowrapper_type)
        ? textio_get_closed((PyObject *)self, NULL)
        : PyObject_GetAttr((PyObject *)self, &_Py_ID(closed));
    int closed = flag == NULL ? -1 : PyObject_IsTrue(flag);
    if (closed > 0)
        PyErr_SetString(PyExc_ValueError, "I/O operation on closed file.");
    return closed == 0;
}

/* --- writing --- */

/* Joins and writes the pending bytes. They are given up before the write: a write that fails after
 * some bytes must not write them again. */
static int
write_pending(TextIO *self)
{
    if (self->pending == NULL)
        return 0;
    KS_OWNED PyObject *bytes = NULL;
    if (PyBytes_Check(self->pending)) {
        bytes = self->pending;
        self->pending = NULL;
    }
    else {
        KS_OWNED PyObject *list = self->pending;
        KS_OWNED PyObject *empty = PyBytes_FromStringAndSize(NULL, 0);
        self->pending = NULL;
        bytes = empty == NULL ? NULL : _PyBytes_Join(empty, list);
    }
    self->pending_bytes = 0;
    if (bytes == NULL)
        return -1;
    PyObject *result;
    do {
        result = PyObject_CallMethodOneArg(self->buffer, &_Py_ID(write), bytes);
    } while (result == NULL && ks_io_is_eintr());
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

/* Takes the bytes over. */
static int
add_pending(TextIO *self, PyObject *bytes)
{
    Py_ssize_t count = PyBytes_GET_SIZE(bytes);
    if (self->pending == NULL) {
        self->pending = bytes;
    }
    else {
        KS_OWNED PyObject *held = bytes;
        if (PyBytes_Check(self->pending)) {
            PyObject *list = PyList_New(1);
            if (list == NULL)
                return -1;
            PyList_SET_ITEM(list, 0, self->pending);
            self->pending = list;
        }
        if (PyList_Append(self->pending, held) < 0)
            return -1;
    }
    self->pending_bytes += count;
    return 0;
}

static void
set_decoded(TextIO *self, PyObject *text)
{
    Py_XSETREF(self->decoded, text);
    self->used = 0;
}

static PyObject *
encode_text(TextIO *self, PyObject *text)
{
    PyObject *bytes;
    if (self->encode != NULL) {
        if (PyUnicode_IS_ASCII(text) && self->encode == encode_utf8)
            bytes = PyBytes_FromStringAndSize(PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text));
        else
            bytes = self->encode((PyObject *)self, text);
        self->encoding_start_of_stream = 0;
        return bytes;
    }
    bytes = PyObject_CallMethodOneArg(self->encoder, &_Py_ID(encode), text);
    if (bytes != NULL && !PyBytes_Check(bytes)) {
        PyErr_Format(PyExc_TypeError, "encoder should return a bytes object, not '%.200s'",
                     Py_TYPE(bytes)->tp_name);
        Py_CLEAR(bytes);
    }
    return bytes;
}

static PyObject *
textio_write(PyObject *object, PyObject *arg)
{
    TextIO *self = CAST(object);
    if (!PyUnicode_Check(arg)) {
        PyErr_Format(PyExc_TypeError, "write() argument must be str, not %.50s",
                     arg == Py_None ? "None" : Py_TYPE(arg)->tp_name);
        return NULL;
    }
    if (PyUnicode_READY(arg) < 0 || !is_open(self))
        return NULL;
    if (self->encoder == NULL)
        return ks_io_unsupport("not writable");
    KS_OWNED PyObject *text = Py_NewRef(arg);
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    int has_newline = 0;
    if ((self->write_translate && self->writenl != NULL) || self->line_buffering)
        has_newline = PyUnicode_FindChar(text, '\n', 0, length, 1) != -1;
    if (has_newline && self->write_translate && self->writenl != NULL) {
        PyObject *replaced = PyObject_CallMethod(text, "replace", "ss", "\n", self->writenl);
        if (replaced == NULL)
            return NULL;
        Py_SETREF(text, replaced);
    }
    int flush_text = self->write_through;
    int flush_all = self->line_buffering &&
                    (has_newline || PyUnicode_FindChar(text, '\r', 0, length, 1) != -1);
    PyObject *bytes = encode_text(self, text);
    if (bytes == NULL)
        return NULL;
    Py_ssize_t count = PyBytes_GET_SIZE(bytes);
    /* A chunk too large for the rest of the buffer: what waits goes out first. */
    if (self->pending_bytes > 0 && self->pending_bytes + count > self->chunk_bytes &&
        write_pending(self) < 0) {
        Py_DECREF(bytes);
        return NULL;
    }
    if (add_pending(self, bytes) < 0)
        return NULL;
    if ((self->pending_bytes >= self->chunk_bytes || flush_all || flush_text) &&
        write_pending(self) < 0)
        return NULL;
    if (flush_all) {
        KS_OWNED PyObject *result = PyObject_CallMethodNoArgs(self->buffer, &_Py_ID(flush));
        if (result == NULL)
            return NULL;
    }
    if (self->decoded != NULL)
        set_decoded(self, NULL);
    Py_CLEAR(self->snapshot);
    if (self->decoder != NULL) {
        KS_OWNED PyObject *result = PyObject_CallMethodNoArgs(self->decoder, &_Py_ID(reset));
        if (result == NULL)
            return NULL;
    }
    return PyLong_FromSsize_t(length);
}

/* --- reading --- */

/* New str of up to count characters (-1: all) of what is decoded. */
static PyObject *
take_decoded(TextIO *self, Py_ssize_t count)
{
    if (self->decoded == NULL)
        return PyUnicode_New(0, 0);
    Py_ssize_t have = PyUnicode_GET_LENGTH(self->decoded) - self->used;
    if (count < 0 || count > have)
        count = have;
    PyObject *text = self->used > 0 || count < have
        ? PyUnicode_Substring(self->decoded, self->used, self->used + count)
        : Py_NewRef(self->decoded);
    if (text != NULL)
        self->used += count;
    return text;
}

static PyObject *
decode(TextIO *self, PyObject *bytes, int final)
{
    PyObject *text;
    if (Py_IS_TYPE(self->decoder, &ks_newline_decoder_type))
        text = ks_newline_decode(self->decoder, bytes, final);
    else
        text = PyObject_CallMethodObjArgs(self->decoder, &_Py_ID(decode), bytes,
                                          final ? Py_True : Py_False, NULL);
    if (text != NULL && !PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "decoder should return a string result, not '%.200s'",
                     Py_TYPE(text)->tp_name);
        Py_CLEAR(text);
    }
    if (text != NULL && PyUnicode_READY(text) < 0)
        Py_CLEAR(text);
    return text;
}

/* The decoder's (buffered bytes, flags): new references. 0 with an exception. */
static int
decoder_state(TextIO *self, PyObject **bytes, PyObject **flags)
{
    KS_OWNED PyObject *state = PyObject_CallMethodNoArgs(self->decoder, &_Py_ID(getstate));
    if (state == NULL)
        return 0;
    PyObject *held_bytes, *held_flags;
    if (!PyTuple_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "illegal decoder state");
        return 0;
    }
    if (!PyArg_ParseTuple(state, "OO;illegal decoder state", &held_bytes, &held_flags))
        return 0;
    if (!PyBytes_Check(held_bytes)) {
        PyErr_Format(PyExc_TypeError,
                     "illegal decoder state: the first item should be a bytes object, not "
                     "'%.200s'",
                     Py_TYPE(held_bytes)->tp_name);
        return 0;
    }
    *bytes = Py_NewRef(held_bytes);
    *flags = Py_NewRef(held_flags);
    return 1;
}

/* Reads and decodes one chunk: 1, 0 at the end, -1 with an exception. */
static int
read_chunk(TextIO *self, Py_ssize_t hint)
{
    if (self->decoder == NULL) {
        ks_io_unsupport("not readable");
        return -1;
    }
    KS_OWNED PyObject *before_bytes = NULL;
    KS_OWNED PyObject *before_flags = NULL;
    if (self->telling && !decoder_state(self, &before_bytes, &before_flags))
        return -1;
    Py_ssize_t wanted = self->chunk_bytes;
    if (hint > 0) {
        Py_ssize_t estimate = (Py_ssize_t)((self->bytes_per_char > 1 ? self->bytes_per_char : 1) *
                                           (double)hint);
        if (estimate > wanted)
            wanted = estimate;
    }
    KS_OWNED PyObject *size = PyLong_FromSsize_t(wanted);
    KS_OWNED PyObject *input = size == NULL
        ? NULL
        : PyObject_CallMethodOneArg(self->buffer,
                                    self->has_read1 ? &_Py_ID(read1) : &_Py_ID(read), size);
    if (input == NULL)
        return -1;
    Py_buffer view;
    if (PyObject_GetBuffer(input, &view, PyBUF_SIMPLE) < 0) {
        PyErr_Format(PyExc_TypeError,
                     "underlying %s() should have returned a bytes-like object, not '%.200s'",
                     self->has_read1 ? "read1" : "read", Py_TYPE(input)->tp_name);
        return -1;
    }
    Py_ssize_t bytes = view.len;
    PyBuffer_Release(&view);
    PyObject *text = decode(self, input, bytes == 0);
    if (text == NULL)
        return -1;
    Py_ssize_t chars = PyUnicode_GET_LENGTH(text);
    set_decoded(self, text);
    self->bytes_per_char = chars > 0 ? (double)bytes / (double)chars : 0.0;
    if (self->telling) {
        /* Bytes the decoder kept from before belong to this chunk's text. */
        KS_OWNED PyObject *all = PyBytes_Check(input) ? Py_NewRef(input)
                                                      : PyBytes_FromObject(input);
        if (all == NULL)
            return -1;
        if (PyBytes_GET_SIZE(before_bytes) > 0) {
            PyObject *joined = Py_NewRef(before_bytes);
            PyBytes_Concat(&joined, all);
            if (joined == NULL)
                return -1;
            Py_SETREF(all, joined);
        }
        PyObject *snapshot = PyTuple_Pack(2, before_flags, all);
        if (snapshot == NULL)
            return -1;
        Py_XSETREF(self->snapshot, snapshot);
    }
    return bytes > 0 || chars > 0;
}

static PyObject *
read_rest(TextIO *self)
{
    KS_OWNED PyObject *bytes = PyObject_CallMethodNoArgs(self->buffer, &_Py_ID(read));
    if (bytes == NULL)
        return NULL;
    KS_OWNED PyObject *rest = decode(self, bytes, 1);
    KS_OWNED PyObject *text = rest == NULL ? NULL : take_decoded(self, -1);
    if (text == NULL)
        return NULL;
    PyUnicode_Append(&text, rest);
    if (self->snapshot != NULL) {
        set_decoded(self, NULL);
        Py_CLEAR(self->snapshot);
    }
    return ks_give(&text);
}

static PyObject *
textio_read(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    TextIO *self = CAST(object);
    Py_ssize_t size = -1;
    if (!ks_args_count("read", nargs, 0, 1) || (nargs == 1 && !ks_io_size(args[0], &size)))
        return NULL;
    if (!is_open(self))
        return NULL;
    if (self->decoder == NULL)
        return ks_io_unsupport("not readable");
    if (write_pending(self) < 0)
        return NULL;
    if (size < 0)
        return read_rest(self);
    KS_OWNED PyObject *text = take_decoded(self, size);
    if (text == NULL)
        return NULL;
    KS_OWNED PyObject *parts = NULL;
    Py_ssize_t rest = size - PyUnicode_GET_LENGTH(text);
    while (rest > 0) {
        int more = read_chunk(self, rest);
        if (more < 0) {
            if (ks_io_is_eintr())
                continue;
            return NULL;
        }
        if (more == 0)
            break;
        if (parts == NULL && (parts = PyList_New(0)) == NULL)
            return NULL;
        if (PyUnicode_GET_LENGTH(text) > 0 && PyList_Append(parts, text) < 0)
            return NULL;
        PyObject *next = take_decoded(self, rest);
        if (next == NULL)
            return NULL;
        Py_SETREF(text, next);
        rest -= PyUnicode_GET_LENGTH(text);
    }
    if (parts == NULL || PyList_GET_SIZE(parts) == 0)
        return ks_give(&text);
    if (PyUnicode_GET_LENGTH(text) > 0 && PyList_Append(parts, text) < 0)
        return NULL;
    KS_OWNED PyObject *empty = PyUnicode_New(0, 0);
    return empty == NULL ? NULL : PyUnicode_Join(empty, parts);
}

/* Appends text[from, to) to the parts of a line. */
static int
add_part(PyObject **parts, PyObject *text, Py_ssize_t from, Py_ssize_t to)
{
    if (from >= to)
        return 0;
    if (*parts == NULL && (*parts = PyList_New(0)) == NULL)
        return -1;
    KS_OWNED PyObject *part = PyUnicode_Substring(text, from, to);
    return part == NULL ? -1 : PyList_Append(*parts, part);
}

static PyObject *
read_line(TextIO *self, Py_ssize_t limit)
{
    if (!is_open(self) || write_pending(self) < 0)
        return NULL;
    KS_OWNED PyObject *parts = NULL;
    KS_OWNED PyObject *carried = NULL; /* the start of a line end that a chunk cut in two */
    Py_ssize_t taken = 0;
    for (;;) {
        int more = 1;
        while (self->decoded == NULL || self->used >= PyUnicode_GET_LENGTH(self->decoded)) {
            more = read_chunk(self, 0);
            if (more < 0) {
                if (ks_io_is_eintr())
                    continue;
                return NULL;
            }
            if (more == 0)
                break;
        }
        if (more == 0) {
            set_decoded(self, NULL);
            Py_CLEAR(self->snapshot);
            break;
        }
        KS_OWNED PyObject *text = NULL;
        Py_ssize_t start, shift = 0;
        if (carried == NULL) {
            text = Py_NewRef(self->decoded);
            start = self->used;
        }
        else {
            shift = PyUnicode_GET_LENGTH(carried);
            text = PyUnicode_Concat(carried, self->decoded);
            Py_CLEAR(carried);
            start = 0;
            if (text == NULL)
                return NULL;
        }
        int kind = PyUnicode_KIND(text);
        const char *data = PyUnicode_DATA(text);
        Py_ssize_t length = PyUnicode_GET_LENGTH(text), consumed;
        Py_ssize_t line_end = ks_io_find_line_ending(
            self->read_translate, self->read_universal, self->readnl, kind,
            data + start * kind, data + length * kind, &consumed);
        Py_ssize_t stop = line_end >= 0 ? start + line_end : start + consumed;
        int is_full = line_end >= 0;
        if (limit >= 0 && stop - start + taken >= limit) {
            stop = start + limit - taken;
            is_full = 1;
        }
        if (is_full) {
            /* The usual case: a line inside one chunk. */
            self->used = stop - shift;
            if (parts == NULL)
                return PyUnicode_Substring(text, start, stop);
            if (add_part(&parts, text, start, stop) < 0)
                return NULL;
            KS_OWNED PyObject *empty = PyUnicode_New(0, 0);
            return empty == NULL ? NULL : PyUnicode_Join(empty, parts);
        }
        if (add_part(&parts, text, start, stop) < 0)
            return NULL;
        taken += stop - start;
        if (stop < length && (carried = PyUnicode_Substring(text, stop, length)) == NULL)
            return NULL;
        set_decoded(self, NULL);
    }
    if (carried != NULL && add_part(&parts, carried, 0, PyUnicode_GET_LENGTH(carried)) < 0)
        return NULL;
    KS_OWNED PyObject *empty = PyUnicode_New(0, 0);
    if (empty == NULL || parts == NULL)
        return ks_give(&empty);
    return PyUnicode_Join(empty, parts);
}

static PyObject *
textio_readline(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t size = -1;
    if (!ks_args_count("readline", nargs, 0, 1) || !is_attached(CAST(object)) ||
        (nargs == 1 && args[0] != Py_None && !ks_arg_index(args[0], &size)))
        return NULL;
    return read_line(CAST(object), size);
}

static PyObject *
textio_iternext(PyObject *object)
{
    TextIO *self = CAST(object);
    if (!is_attached(self))
        return NULL;
    self->telling = 0;
    PyObject *line;
    if (Py_IS_TYPE(self, &ks_textiowrapper_type)) {
        line = read_line(self, -1);
    }
    else {
        line = PyObject_CallMethodNoArgs(object, &_Py_ID(readline));
        if (line != NULL && !PyUnicode_Check(line)) {
            PyErr_Format(PyExc_OSError,
                         "readline() should have returned a str object, not '%.200s'",
                         Py_TYPE(line)->tp_name);
            Py_CLEAR(line);
        }
    }
    if (line == NULL || PyUnicode_READY(line) < 0)
        return NULL;
    if (PyUnicode_GET_LENGTH(line) == 0) {
        Py_DECREF(line);
        Py_CLEAR(self->snapshot);
        self->telling = self->seekable;
        return NULL;
    }
    return line;
}

/* --- positions --- */

/* A position as a number: bytes from the start, and what must be decoded again from there. */
typedef struct Cookie {
    long long position;
    int flags, bytes_to_feed, chars_to_skip;
    char needs_eof;
} Cookie;

#define COOKIE_BYTES (8 + 3 * 4 + 1)

static int
cookie_unpack(PyObject *object, Cookie *cookie)
{
    unsigned char bytes[COOKIE_BYTES];
    KS_OWNED PyObject *number = PyNumber_Index(object);
    if (number == NULL || _PyLong_AsByteArray((PyLongObject *)number, bytes, sizeof bytes, 1, 0) < 0)
        return -1;
    memcpy(&cookie->position, bytes, 8);
    memcpy(&cookie->flags, bytes + 8, 4);
    memcpy(&cookie->bytes_to_feed, bytes + 12, 4);
    memcpy(&cookie->chars_to_skip, bytes + 16, 4);
    cookie->needs_eof = (char)bytes[20];
    return 0;
}

static PyObject *
cookie_pack(const Cookie *cookie)
{
    unsigned char bytes[COOKIE_BYTES];
    memcpy(bytes, &cookie->position, 8);
    memcpy(bytes + 8, &cookie->flags, 4);
    memcpy(bytes + 12, &cookie->bytes_to_feed, 4);
    memcpy(bytes + 16, &cookie->chars_to_skip, 4);
    bytes[20] = (unsigned char)cookie->needs_eof;
    return _PyLong_FromByteArray(bytes, sizeof bytes, 1, 0);
}

static int
decoder_set(TextIO *self, int flags)
{
    KS_OWNED PyObject *result =
        _PyObject_CallMethod(self->decoder, &_Py_ID(setstate), "((yi))", "", flags);
    return result == NULL ? -1 : 0;
}

static int
decoder_reset(TextIO *self)
{
    KS_OWNED PyObject *result = PyObject_CallMethodNoArgs(self->decoder, &_Py_ID(reset));
    return result == NULL ? -1 : 0;
}

/* Characters that input[from, to) decodes to; -1 with an exception. */
static Py_ssize_t
decoded_length(TextIO *self, PyObject *input, Py_ssize_t from, Py_ssize_t to)
{
    KS_OWNED PyObject *part = PyBytes_FromStringAndSize(PyBytes_AS_STRING(input) + from, to - from);
    KS_OWNED PyObject *text = part == NULL
        ? NULL
        : PyObject_CallMethodOneArg(self->decoder, &_Py_ID(decode), part);
    return text == NULL ? -1 : PyObject_Size(text);
}

/* Number of bytes the decoder holds back, and its flags; -1 with an exception. */
static Py_ssize_t
decoder_held(TextIO *self, int *flags)
{
    PyObject *bytes, *number;
    if (!decoder_state(self, &bytes, &number))
        return -1;
    Py_ssize_t count = PyBytes_GET_SIZE(bytes);
    Py_DECREF(bytes);
    *flags = _PyLong_AsInt(number);
    Py_DECREF(number);
    return *flags == -1 && PyErr_Occurred() ? -1 : count;
}

/* Finds where in the chunk decoding can start again to get at `used` characters. */
static int
locate(TextIO *self, PyObject *input, Cookie *cookie)
{
    Py_ssize_t skip = (Py_ssize_t)(self->bytes_per_char * cookie->chars_to_skip), back = 1;
    Py_ssize_t chars = cookie->chars_to_skip, size = PyBytes_GET_SIZE(input);
    if (skip > size)
        skip = size;
    /* From an estimate backwards to a place where the decoder holds nothing back. */
    while (skip > 0) {
        int flags;
        if (decoder_set(self, cookie->flags) < 0)
            return -1;
        Py_ssize_t count = decoded_length(self, input, 0, skip);
        if (count < 0)
            return -1;
        if (count > chars) {
            skip -= back;
            back *= 2;
            continue;
        }
        Py_ssize_t held = decoder_held(self, &flags);
        if (held < 0)
            return -1;
        if (held == 0) {
            cookie->flags = flags;
            chars -= count;
            break;
        }
        skip -= held;
        back = 1;
    }
    if (skip <= 0) {
        skip = 0;
        if (decoder_set(self, cookie->flags) < 0)
            return -1;
    }
    cookie->position += skip;
    cookie->chars_to_skip = (int)chars;
    if (chars == 0)
        return 0;
    /* Then byte by byte, noting each safe place passed. */
    Py_ssize_t fed = 0, decoded = 0, i = skip;
    for (; i < size; i++) {
        int flags;
        Py_ssize_t count = decoded_length(self, input, i, i + 1);
        Py_ssize_t held = count < 0 ? -1 : decoder_held(self, &flags);
        if (held < 0)
            return -1;
        fed++;
        decoded += count;
        if (held == 0 && decoded <= chars) {
            cookie->position += fed;
            chars -= decoded;
            cookie->flags = flags;
            fed = decoded = 0;
        }
        if (decoded >= chars)
            break;
    }
    if (i >= size) {
        KS_OWNED PyObject *empty = PyBytes_FromStringAndSize(NULL, 0);
        KS_OWNED PyObject *last = empty == NULL ? NULL : decode(self, empty, 1);
        if (last == NULL)
            return -1;
        cookie->needs_eof = 1;
        decoded += PyUnicode_GET_LENGTH(last);
        if (decoded < chars) {
            PyErr_SetString(PyExc_OSError, "can't reconstruct logical file position");
            return -1;
        }
    }
    cookie->bytes_to_feed = (int)fed;
    cookie->chars_to_skip = (int)chars;
    return 0;
}

static PyObject *
textio_tell(PyObject *object, PyObject *unused)
{
    TextIO *self = CAST(object);
    if (!is_open(self))
        return NULL;
    if (!self->seekable)
        return ks_io_unsupport("underlying stream is not seekable");
    if (!self->telling) {
        PyErr_SetString(PyExc_OSError, "telling position disabled by next() call");
        return NULL;
    }
    if (write_pending(self) < 0)
        return NULL;
    KS_OWNED PyObject *flushed = PyObject_CallMethodNoArgs(object, &_Py_ID(flush));
    KS_OWNED PyObject *position =
        flushed == NULL ? NULL : PyObject_CallMethodNoArgs(self->buffer, &_Py_ID(tell));
    if (position == NULL || self->decoder == NULL || self->snapshot == NULL)
        return ks_give(&position);
    Cookie cookie = {0};
    if (cookie_unpack(position, &cookie) < 0)
        return NULL;
    cookie.flags = _PyLong_AsInt(PyTuple_GET_ITEM(self->snapshot, 0));
    if (cookie.flags == -1 && PyErr_Occurred())
        return NULL;
    KS_OWNED PyObject *input = Py_NewRef(PyTuple_GET_ITEM(self->snapshot, 1));
    cookie.position -= PyBytes_GET_SIZE(input);
    if (self->used == 0 || self->decoded == NULL)
        return cookie_pack(&cookie);
    cookie.chars_to_skip = (int)self->used;
    KS_OWNED PyObject *saved = PyObject_CallMethodNoArgs(self->decoder, &_Py_ID(getstate));
    if (saved == NULL)
        return NULL;
    int status = locate(self, input, &cookie);
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    KS_OWNED PyObject *restored =
        PyObject_CallMethodOneArg(self->decoder, &_Py_ID(setstate), saved);
    _PyErr_ChainExceptions(type, value, traceback);
    return status < 0 || restored == NULL ? NULL : cookie_pack(&cookie);
}

static PyObject *
seek_to_end(TextIO *self, int whence)
{
    KS_OWNED PyObject *flushed = PyObject_CallMethodNoArgs((PyObject *)self, &_Py_ID(flush));
    if (flushed == NULL)
        return NULL;
    set_decoded(self, NULL);
    Py_CLEAR(self->snapshot);
    if (self->decoder != NULL && decoder_reset(self) < 0)
        return NULL;
    KS_OWNED PyObject *position = PyObject_CallMethod(self->buffer, "seek", "ii", 0, whence);
    if (position == NULL)
        return NULL;
    if (self->encoder != NULL) {
        int is_start = PyLong_Check(position) && _PyLong_Sign(position) == 0;
        if (encoder_restart(self, is_start) < 0)
            return NULL;
    }
    return ks_give(&position);
}

static int
seek_to_cookie(TextIO *self, const Cookie *cookie)
{
    KS_OWNED PyObject *position =
        PyObject_CallMethod(self->buffer, "seek", "L", cookie->position);
    if (position == NULL)
        return -1;
    set_decoded(self, NULL);
    Py_CLEAR(self->snapshot);
    if (self->decoder != NULL) {
        int is_start = cookie->position == 0 && cookie->flags == 0;
        if ((is_start ? decoder_reset(self) : decoder_set(self, cookie->flags)) < 0)
            return -1;
    }
    if (cookie->chars_to_skip > 0) {
        KS_OWNED PyObject *input = PyObject_CallMethod(self->buffer, "read", "i",
                                                       cookie->bytes_to_feed);
        if (input == NULL)
            return -1;
        if (!PyBytes_Check(input)) {
            PyErr_Format(PyExc_TypeError,
                         "underlying read() should have returned a bytes object, not '%.200s'",
                         Py_TYPE(input)->tp_name);
            return -1;
        }
        self->snapshot = Py_BuildValue("iO", cookie->flags, input);
        PyObject *text = self->snapshot == NULL ? NULL : decode(self, input, cookie->needs_eof);
        if (text == NULL)
            return -1;
        set_decoded(self, text);
        if (PyUnicode_GET_LENGTH(text) < cookie->chars_to_skip) {
            PyErr_SetString(PyExc_OSError, "can't restore logical file position");
            return -1;
        }
        self->used = cookie->chars_to_skip;
    }
    else {
        self->snapshot = Py_BuildValue("iy", cookie->flags, "");
        if (self->snapshot == NULL)
            return -1;
    }
    if (self->encoder != NULL)
        return encoder_restart(self, cookie->position == 0 && cookie->flags == 0);
    return 0;
}

static PyObject *
textio_seek(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    TextIO *self = CAST(object);
    int whence = 0;
    if (!ks_args_count("seek", nargs, 1, 2) || (nargs == 2 && !ks_arg_int(args[1], &whence)) ||
        !is_open(self))
        return NULL;
    KS_OWNED PyObject *target = Py_NewRef(args[0]);
    if (!self->seekable)
        return ks_io_unsupport("underlying stream is not seekable");
    if (whence == 1 || whence == 2) {
        KS_OWNED PyObject *zero = PyLong_FromLong(0);
        int is_zero = zero == NULL ? -1 : PyObject_RichCompareBool(target, zero, Py_EQ);
        if (is_zero < 0)
            return NULL;
        if (!is_zero)
            return ks_io_unsupport(whence == 1 ? "can't do nonzero cur-relative seeks"
                                               : "can't do nonzero end-relative seeks");
        if (whence == 2)
            return seek_to_end(self, whence);
        PyObject *here = PyObject_CallMethodNoArgs(object, &_Py_ID(tell));
        if (here == NULL)
            return NULL;
        Py_SETREF(target, here);
    }
    else if (whence != 0) {
        PyErr_Format(PyExc_ValueError, "invalid whence (%d, should be %d, %d or %d)", whence, 0, 1,
                     2);
        return NULL;
    }
    KS_OWNED PyObject *zero = PyLong_FromLong(0);
    int is_negative = zero == NULL ? -1 : PyObject_RichCompareBool(target, zero, Py_LT);
    if (is_negative != 0) {
        if (is_negative > 0)
            PyErr_Format(PyExc_ValueError, "negative seek position %R", target);
        return NULL;
    }
    KS_OWNED PyObject *flushed = PyObject_CallMethodNoArgs(object, &_Py_ID(flush));
    Cookie cookie;
    if (flushed == NULL || cookie_unpack(target, &cookie) < 0 ||
        seek_to_cookie(self, &cookie) < 0)
        return NULL;
    return ks_give(&target);
}

static PyObject *
textio_truncate(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("truncate", nargs, 0, 1) || !is_attached(CAST(object)))
        return NULL;
    KS_OWNED PyObject *flushed = PyObject_CallMethodNoArgs(object, &_Py_ID(flush));
    if (flushed == NULL)
        return NULL;
    return PyObject_CallMethodOneArg(CAST(object)->buffer, &_Py_ID(truncate),
                                     nargs == 1 ? args[0] : Py_None);
}

/* --- the rest --- */

static PyObject *
textio_flush(PyObject *object, PyObject *unused)
{
    TextIO *self = CAST(object);
    if (!is_open(self))
        return NULL;
    self->telling = self->seekable;
    if (write_pending(self) < 0)
        return NULL;
    return PyObject_CallMethodNoArgs(self->buffer, &_Py_ID(flush));
}

static PyObject *
textio_close(PyObject *object, PyObject *unused)
{
    TextIO *self = CAST(object);
    if (!is_attached(self))
        return NULL;
    KS_OWNED PyObject *flag = textio_get_closed(object, NULL);
    int closed = flag == NULL ? -1 : PyObject_IsTrue(flag);
    if (closed != 0)
        return closed < 0 ? NULL : Py_NewRef(Py_None);
    if (self->finalizing) {
        PyObject *warned =
            PyObject_CallMethodOneArg(self->buffer, &_Py_ID(_dealloc_warn), object);
        if (warned != NULL)
            Py_DECREF(warned);
        else
            PyErr_Clear();
    }
    PyObject *type = NULL, *value = NULL, *traceback = NULL;
    PyObject *flushed = PyObject_CallMethodNoArgs(object, &_Py_ID(flush));
    if (flushed == NULL)
        PyErr_Fetch(&type, &value, &traceback);
    else
        Py_DECREF(flushed);
    PyObject *result = PyObject_CallMethodNoArgs(self->buffer, &_Py_ID(close));
    if (type != NULL) {
        _PyErr_ChainExceptions(type, value, traceback);
        Py_CLEAR(result);
    }
    return result;
}

static PyObject *
textio_detach(PyObject *object, PyObject *unused)
{
    TextIO *self = CAST(object);
    if (!is_attached(self))
        return NULL;
    KS_OWNED PyObject *flushed = PyObject_CallMethodNoArgs(object, &_Py_ID(flush));
    if (flushed == NULL)
        return NULL;
    PyObject *buffer = self->buffer;
    self->buffer = NULL;
    self->detached = 1;
    return buffer;
}

#define FORWARD(name)                                                       \
    static PyObject *textio_##name(PyObject *self, PyObject *unused)        \
    {                                                                       \
        if (!is_attached(CAST(self)))                                       \
            return NULL;                                                    \
        return PyObject_CallMethodNoArgs(CAST(self)->buffer, &_Py_ID(name)); \
    }
FORWARD(fileno)
FORWARD(seekable)
FORWARD(readable)
FORWARD(writable)
FORWARD(isatty)

typedef struct Settings {
    PyObject *encoding, *errors, *newline, *line_buffering, *write_through;
} Settings;

/* 1 for a truth value that is not None, the present value for None; -1 with an exception. */
static int
bool_or(PyObject *value, int present)
{
    if (value == Py_None)
        return present;
    long number = PyLong_AsLong(value);
    return number == -1 && PyErr_Occurred() ? -1 : number != 0;
}

static int
change_encoding(TextIO *self, const Settings *given, int newline_changed)
{
    if (given->encoding == Py_None && given->errors == Py_None && !newline_changed)
        return 0;
    KS_OWNED PyObject *errors = Py_NewRef(given->errors);
    KS_OWNED PyObject *encoding = NULL;
    if (given->encoding == Py_None) {
        encoding = Py_NewRef(self->encoding);
        if (errors == Py_None)
            Py_SETREF(errors, Py_NewRef(self->errors));
    }
    else {
        encoding = PyUnicode_Check(given->encoding) &&
                           _PyUnicode_EqualToASCIIString(given->encoding, "locale")
            ? _Py_GetLocaleEncodingObject()
            : Py_NewRef(given->encoding);
        if (errors == Py_None)
            Py_SETREF(errors, PyUnicode_FromString("strict"));
    }
    if (encoding == NULL || errors == NULL)
        return -1;
    const char *name = PyUnicode_AsUTF8(encoding);
    const char *error_name = name == NULL ? NULL : PyUnicode_AsUTF8(errors);
    KS_OWNED PyObject *codec =
        error_name == NULL ? NULL : _PyCodec_LookupTextEncoding(name, "codecs.open()");
    if (codec == NULL || set_decoder(self, codec, error_name) < 0 ||
        set_encoder(self, codec, error_name) < 0)
        return -1;
    Py_SETREF(self->encoding, ks_give(&encoding));
    Py_SETREF(self->errors, ks_give(&errors));
    return fix_encoder_state(self);
}

static PyObject *
textio_reconfigure(PyObject *object, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {
        PARAM_KWONLY(Settings, encoding, ARG_OBJECT, 0),
        PARAM_KWONLY(Settings, errors, ARG_OBJECT, 0),
        PARAM_KWONLY(Settings, newline, ARG_OBJECT, 0),
        PARAM_KWONLY(Settings, line_buffering, ARG_OBJECT, 0),
        PARAM_KWONLY(Settings, write_through, ARG_OBJECT, 0), PARAM_END};
    Settings given = {Py_None, Py_None, NULL, Py_None, Py_None};
    TextIO *self = CAST(object);
    if (!ks_args_parse("reconfigure", params, args, nargs, kwnames, &given) ||
        !is_attached(self))
        return NULL;
    if (self->decoded != NULL &&
        (given.encoding != Py_None || given.errors != Py_None || given.newline != NULL))
        return ks_io_unsupport("It is not possible to set the encoding or newline of stream "
                               "after the first read");
    const char *newline = NULL;
    if (given.newline != NULL && given.newline != Py_None) {
        if (!PyUnicode_Check(given.newline)) {
            PyErr_Format(PyExc_TypeError,
                         "reconfigure() argument 'newline' must be str or None, not %.50s",
                         Py_TYPE(given.newline)->tp_name);
            return NULL;
        }
        newline = PyUnicode_AsUTF8(given.newline);
        if (newline == NULL || !newline_is_valid(newline))
            return NULL;
    }
    int line_buffering = bool_or(given.line_buffering, self->line_buffering);
    int write_through = line_buffering < 0 ? -1
                                           : bool_or(given.write_through, self->write_through);
    if (write_through < 0)
        return NULL;
    KS_OWNED PyObject *flushed = PyObject_CallMethodNoArgs(object, &_Py_ID(flush));
    if (flushed == NULL)
        return NULL;
    self->bytes_per_char = 0;
    if (given.newline != NULL && set_newline(self, newline) < 0)
        return NULL;
    if (change_encoding(self, &given, given.newline != NULL) < 0)
        return NULL;
    self->line_buffering = (char)line_buffering;
    self->write_through = (char)write_through;
    Py_RETURN_NONE;
}

static PyObject *
textio_repr(PyObject *object)
{
    TextIO *self = CAST(object);
    if (!self->ok) {
        PyErr_SetString(PyExc_ValueError, "I/O operation on uninitialized object");
        return NULL;
    }
    int is_nested = Py_ReprEnter(object);
    if (is_nested != 0) {
        if (is_nested > 0)
            PyErr_Format(PyExc_RuntimeError, "reentrant call inside %s.__repr__",
                         Py_TYPE(self)->tp_name);
        return NULL;
    }
    PyObject *result = NULL;
    KS_OWNED PyObject *text = PyUnicode_FromString("<_io.TextIOWrapper");
    const struct {
        PyObject *attribute;
        const char *format;
    } parts[] = {{&_Py_ID(name), " name=%R"}, {&_Py_ID(mode), " mode=%R"}};
    for (int i = 0; text != NULL && i < 2; i++) {
        PyObject *found;
        if (_PyObject_LookupAttr(object, parts[i].attribute, &found) < 0) {
            if (!PyErr_ExceptionMatches(PyExc_ValueError))
                goto done;
            PyErr_Clear(); /* the buffer was detached */
            continue;
        }
        KS_OWNED PyObject *value = found;
        if (value == NULL)
            continue;
        KS_OWNED PyObject *part = PyUnicode_FromFormat(parts[i].format, value);
        if (part == NULL)
            goto done;
        PyUnicode_Append(&text, part);
    }
    if (text != NULL)
        result = PyUnicode_FromFormat("%U encoding=%R>", text, self->encoding);
done:
    Py_ReprLeave(object);
    return result;
}

static PyObject *
textio_get_name(PyObject *self, void *closure)
{
    return is_attached(CAST(self)) ? PyObject_GetAttr(CAST(self)->buffer, &_Py_ID(name)) : NULL;
}

static PyObject *
textio_get_newlines(PyObject *self, void *closure)
{
    if (!is_attached(CAST(self)))
        return NULL;
    if (CAST(self)->decoder == NULL)
        Py_RETURN_NONE;
    PyObject *found;
    if (_PyObject_LookupAttr(CAST(self)->decoder, &_Py_ID(newlines), &found) < 0)
        return NULL;
    return found != NULL ? found : Py_NewRef(Py_None);
}

static PyObject *
textio_get_errors(PyObject *self, void *closure)
{
    if (!CAST(self)->ok) {
        PyErr_SetString(PyExc_ValueError, "I/O operation on uninitialized object");
        return NULL;
    }
    return Py_NewRef(CAST(self)->errors);
}

static PyObject *
textio_get_chunk_size(PyObject *self, void *closure)
{
    return is_attached(CAST(self)) ? PyLong_FromSsize_t(CAST(self)->chunk_bytes) : NULL;
}

static int
textio_set_chunk_size(PyObject *self, PyObject *value, void *closure)
{
    if (!is_attached(CAST(self)))
        return -1;
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "cannot delete attribute");
        return -1;
    }
    Py_ssize_t bytes = PyNumber_AsSsize_t(value, PyExc_ValueError);
    if (bytes == -1 && PyErr_Occurred())
        return -1;
    if (bytes <= 0) {
        PyErr_SetString(PyExc_ValueError, "a strictly positive integer is required");
        return -1;
    }
    CAST(self)->chunk_bytes = bytes;
    return 0;
}

static PyMethodDef textio_methods[] = {
    METHOD("detach", textio_detach, METH_NOARGS, "($self, /)",
           "Separate the buffer and return it."),
    METHOD("reconfigure", textio_reconfigure, METH_FASTCALL | METH_KEYWORDS,
           "($self, /, *, encoding=None, errors=None, newline=None,\n"
           "            line_buffering=None, write_through=None)",
           "Change the settings of the text stream."),
    METHOD("write", textio_write, METH_O, "($self, text, /)", "Write a str."),
    METHOD("read", textio_read, METH_FASTCALL, "($self, size=-1, /)",
           "Read size characters, or all."),
    METHOD("readline", textio_readline, METH_FASTCALL, "($self, size=-1, /)",
           "Read until a line end."),
    METHOD("flush", textio_flush, METH_NOARGS, "($self, /)", "Write out what waits."),
    METHOD("close", textio_close, METH_NOARGS, "($self, /)", "Flush and close."),
    METHOD("fileno", textio_fileno, METH_NOARGS, "($self, /)", "Return the descriptor."),
    METHOD("seekable", textio_seekable, METH_NOARGS, "($self, /)", "Can the stream seek?"),
    METHOD("readable", textio_readable, METH_NOARGS, "($self, /)", "Can the stream be read?"),
    METHOD("writable", textio_writable, METH_NOARGS, "($self, /)", "Can the stream be written?"),
    METHOD("isatty", textio_isatty, METH_NOARGS, "($self, /)", "Is it a terminal?"),
    METHOD("seek", textio_seek, METH_FASTCALL, "($self, cookie, whence=0, /)",
           "Go to a position that tell() returned."),
    METHOD("tell", textio_tell, METH_NOARGS, "($self, /)", "Return a position for seek()."),
    METHOD("truncate", textio_truncate, METH_FASTCALL, "($self, pos=None, /)",
           "Cut or extend the file to a size."),
    {NULL},
};

static PyMemberDef textio_members[] = {
    {"encoding", T_OBJECT, offsetof(TextIO, encoding), READONLY},
    {"buffer", T_OBJECT, offsetof(TextIO, buffer), READONLY},
    {"line_buffering", T_BOOL, offsetof(TextIO, line_buffering), READONLY},
    {"write_through", T_BOOL, offsetof(TextIO, write_through), READONLY},
    {"_finalizing", T_BOOL, offsetof(TextIO, finalizing), 0},
    {NULL},
};

static PyGetSetDef textio_getset[] = {
    {"name", textio_get_name, NULL, NULL},
    {"closed", textio_get_closed, NULL, NULL},
    {"newlines", textio_get_newlines, NULL, NULL},
    {"errors", textio_get_errors, NULL, NULL},
    {"_CHUNK_SIZE", textio_get_chunk_size, textio_set_chunk_size, NULL},
    {NULL},
};

PyTypeObject ks_textiowrapper_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_io.TextIOWrapper",
    .tp_basicsize = sizeof(TextIO),
    .tp_dealloc = textio_dealloc,
    .tp_repr = textio_repr,
    .tp_flags = KS_IO_TYPE_FLAGS,
    .tp_doc = PyDoc_STR("TextIOWrapper(buffer, encoding=None, errors=None, newline=None,\n"
                        "              line_buffering=False, write_through=False)\n--\n\n"
                        "Text over a buffered binary stream."),
    .tp_traverse = textio_traverse,
    .tp_clear = textio_clear,
    .tp_weaklistoffset = offsetof(TextIO, weakreflist),
    .tp_iternext = textio_iternext,
    .tp_methods = textio_methods,
    .tp_members = textio_members,
    .tp_getset = textio_getset,
    .tp_base = &ks_textiobase_type,
    .tp_dictoffset = offsetof(TextIO, dict),
    .tp_init = textio_init,
    .tp_new = PyType_GenericNew,
};
