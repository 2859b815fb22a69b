/* SPDX-License-Identifier: MIT */
/* TextIOWrapper: text over a buffered binary stream. Its life, settings and tables; textio_codec.c
 * chooses codecs, textio_read.c, textio_write.c and textio_seek.c work. */
#include "textio.h"

#include "pycore_runtime.h" /* interned names */

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
    if (!ks_textio_newline_is_valid(given->newline))
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
        self->encoding = ks_textio_default_encoding();
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
    if (ks_textio_set_newline(self, given->newline) < 0 || ks_textio_set_decoder(self, codec, errors) < 0 ||
        ks_textio_set_encoder(self, codec, errors) < 0)
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
    return ks_textio_fix_encoder_state(self);
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

int
ks_textio_complain_detached(TextIO *self)
{
    PyErr_SetString(PyExc_ValueError, self->ok ? "underlying buffer has been detached"
                                               : "I/O operation on uninitialized object");
    return 0;
}

static PyObject *
textio_get_closed(PyObject *self, void *closure)
{
    return ks_textio_is_attached(CAST(self)) ? PyObject_GetAttr(CAST(self)->buffer, &_Py_ID(closed)) : NULL;
}

int
ks_textio_ask_open(TextIO *self)
{
    KS_OWNED PyObject *flag = Py_IS_TYPE(self, &ks_textiowrapper_type)
        ? textio_get_closed((PyObject *)self, NULL)
        : PyObject_GetAttr((PyObject *)self, &_Py_ID(closed));
    int closed = flag == NULL ? -1 : PyObject_IsTrue(flag);
    if (closed > 0)
        PyErr_SetString(PyExc_ValueError, "I/O operation on closed file.");
    return closed == 0;
}

/* --- the rest --- */

static PyObject *
textio_flush(PyObject *object, PyObject *unused)
{
    TextIO *self = CAST(object);
    if (!ks_textio_is_open(self))
        return NULL;
    self->telling = self->seekable;
    if (ks_textio_write_pending(self) < 0)
        return NULL;
    return PyObject_CallMethodNoArgs(self->buffer, &_Py_ID(flush));
}

static PyObject *
textio_close(PyObject *object, PyObject *unused)
{
    TextIO *self = CAST(object);
    if (!ks_textio_is_attached(self))
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
    if (!ks_textio_is_attached(self))
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
        if (!ks_textio_is_attached(CAST(self)))                                       \
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
    if (codec == NULL || ks_textio_set_decoder(self, codec, error_name) < 0 ||
        ks_textio_set_encoder(self, codec, error_name) < 0)
        return -1;
    Py_SETREF(self->encoding, ks_give(&encoding));
    Py_SETREF(self->errors, ks_give(&errors));
    return ks_textio_fix_encoder_state(self);
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
        !ks_textio_is_attached(self))
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
        if (newline == NULL || !ks_textio_newline_is_valid(newline))
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
    if (given.newline != NULL && ks_textio_set_newline(self, newline) < 0)
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
    return ks_textio_is_attached(CAST(self)) ? PyObject_GetAttr(CAST(self)->buffer, &_Py_ID(name)) : NULL;
}

static PyObject *
textio_get_newlines(PyObject *self, void *closure)
{
    if (!ks_textio_is_attached(CAST(self)))
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
    return ks_textio_is_attached(CAST(self)) ? PyLong_FromSsize_t(CAST(self)->chunk_bytes) : NULL;
}

static int
textio_set_chunk_size(PyObject *self, PyObject *value, void *closure)
{
    if (!ks_textio_is_attached(CAST(self)))
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
    METHOD("write", ks_textio_write, METH_O, "($self, text, /)", "Write a str."),
    METHOD("read", ks_textio_read, METH_FASTCALL, "($self, size=-1, /)",
           "Read size characters, or all."),
    METHOD("readline", ks_textio_readline, METH_FASTCALL, "($self, size=-1, /)",
           "Read until a line end."),
    METHOD("flush", textio_flush, METH_NOARGS, "($self, /)", "Write out what waits."),
    METHOD("close", textio_close, METH_NOARGS, "($self, /)", "Flush and close."),
    METHOD("fileno", textio_fileno, METH_NOARGS, "($self, /)", "Return the descriptor."),
    METHOD("seekable", textio_seekable, METH_NOARGS, "($self, /)", "Can the stream seek?"),
    METHOD("readable", textio_readable, METH_NOARGS, "($self, /)", "Can the stream be read?"),
    METHOD("writable", textio_writable, METH_NOARGS, "($self, /)", "Can the stream be written?"),
    METHOD("isatty", textio_isatty, METH_NOARGS, "($self, /)", "Is it a terminal?"),
    METHOD("seek", ks_textio_seek, METH_FASTCALL, "($self, cookie, whence=0, /)",
           "Go to a position that tell() returned."),
    METHOD("tell", ks_textio_tell, METH_NOARGS, "($self, /)", "Return a position for seek()."),
    METHOD("truncate", ks_textio_truncate, METH_FASTCALL, "($self, pos=None, /)",
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
    .tp_iternext = ks_textio_iternext,
    .tp_methods = textio_methods,
    .tp_members = textio_members,
    .tp_getset = textio_getset,
    .tp_base = &ks_textiobase_type,
    .tp_dictoffset = offsetof(TextIO, dict),
    .tp_init = textio_init,
    .tp_new = PyType_GenericNew,
};
