/* SPDX-License-Identifier: MIT */
/* IncrementalNewlineDecoder, and finding line ends in text.
 *
 * `pending_cr`: a '\r' at the end of the last input waits for what follows. `seen` collects the
 * kinds of line ends met. The state's lowest bit is pending_cr; the decoder's own state is above. */
#include "ks_io.h"

enum { SEEN_CR = 1, SEEN_LF = 2, SEEN_CRLF = 4 };

typedef struct NewlineDecoder {
    PyObject_HEAD
    PyObject *decoder; /* or None */
    PyObject *errors;
    unsigned int pending_cr : 1;
    unsigned int translate : 1;
    unsigned int seen : 3;
} NewlineDecoder;

#define CAST(self) ((NewlineDecoder *)(self))

typedef struct InitArgs {
    PyObject *decoder;
    int translate;
    PyObject *errors;
} InitArgs;

static int
decoder_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static const KsParam params[] = {
        PARAM(InitArgs, decoder, ARG_OBJECT, 1), PARAM(InitArgs, translate, ARG_BOOL, 1),
        PARAM(InitArgs, errors, ARG_OBJECT, 0), PARAM_END};
    InitArgs given = {NULL, 0, NULL};
    if (!ks_args_parse_tuple("IncrementalNewlineDecoder", params, args, kwargs, &given))
        return -1;
    NewlineDecoder *self = CAST(object);
    PyObject *errors = given.errors != NULL ? Py_NewRef(given.errors)
                                            : PyUnicode_FromString("strict");
    if (errors == NULL)
        return -1;
    Py_XSETREF(self->errors, errors);
    Py_XSETREF(self->decoder, Py_NewRef(given.decoder));
    self->translate = given.translate ? 1 : 0;
    self->seen = 0;
    self->pending_cr = 0;
    return 0;
}

static void
decoder_dealloc(PyObject *self)
{
    Py_CLEAR(CAST(self)->decoder);
    Py_CLEAR(CAST(self)->errors);
    Py_TYPE(self)->tp_free(self);
}

/* The kinds of line ends in the text. */
static unsigned
kinds_in(PyObject *text)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    unsigned seen = 0;
    if (kind == PyUnicode_1BYTE_KIND && memchr(data, '\r', (size_t)length) == NULL)
        return memchr(data, '\n', (size_t)length) != NULL ? SEEN_LF : 0;
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 ch = PyUnicode_READ(kind, data, i);
        if (ch == '\n') {
            seen |= SEEN_LF;
        }
        else if (ch == '\r') {
            if (i + 1 < length && PyUnicode_READ(kind, data, i + 1) == '\n') {
                seen |= SEEN_CRLF;
                i++;
            }
            else {
                seen |= SEEN_CR;
            }
        }
    }
    return seen;
}

/* The text with every line end as "\n". */
static PyObject *
translated(PyObject *text)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(text), out = 0;
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    char *copy = PyMem_Malloc((size_t)length * (size_t)kind + 1);
    if (copy == NULL)
        return PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 ch = PyUnicode_READ(kind, data, i);
        if (ch == '\r') {
            ch = '\n';
            if (i + 1 < length && PyUnicode_READ(kind, data, i + 1) == '\n')
                i++;
        }
        PyUnicode_WRITE(kind, copy, out, ch);
        out++;
    }
    PyObject *result = PyUnicode_FromKindAndData(kind, copy, out);
    PyMem_Free(copy);
    return result;
}

PyObject *
ks_newline_decode(PyObject *object, PyObject *input, int final)
{
    NewlineDecoder *self = CAST(object);
    if (self->decoder == NULL) {
        PyErr_SetString(PyExc_ValueError, "IncrementalNewlineDecoder.__init__() not called");
        return NULL;
    }
    KS_OWNED PyObject *text = NULL;
    if (self->decoder == Py_None)
        text = Py_NewRef(input);
    else
        text = PyObject_CallMethodObjArgs(self->decoder, &_Py_ID(decode), input,
                                          final ? Py_True : Py_False, NULL);
    if (text == NULL)
        return NULL;
    if (!PyUnicode_Check(text)) {
        PyErr_SetString(PyExc_TypeError, "decoder should return a string result");
        return NULL;
    }
    if (PyUnicode_READY(text) < 0)
        return NULL;
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    if (self->pending_cr && (final || length > 0)) {
        KS_OWNED PyObject *cr = PyUnicode_FromString("\r");
        PyObject *joined = cr == NULL ? NULL : PyUnicode_Concat(cr, text);
        if (joined == NULL)
            return NULL;
        Py_SETREF(text, joined);
        self->pending_cr = 0;
        length++;
    }
    if (!final && length > 0 && PyUnicode_READ_CHAR(text, length - 1) == '\r') {
        /* It may be half of "\r\n": keep it until more is known. */
        PyObject *shorter = PyUnicode_Substring(text, 0, length - 1);
        if (shorter == NULL)
            return NULL;
        Py_SETREF(text, shorter);
        self->pending_cr = 1;
        length--;
    }
    if (length == 0)
        return ks_give(&text);
    unsigned kinds = kinds_in(text);
    self->seen |= kinds;
    if (!self->translate || !(kinds & (SEEN_CR | SEEN_CRLF)))
        return ks_give(&text);
    return translated(text);
}

typedef struct DecodeArgs {
    PyObject *input;
    int final;
} DecodeArgs;

static PyObject *
decoder_decode(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(DecodeArgs, input, ARG_OBJECT, 1),
                                     PARAM(DecodeArgs, final, ARG_BOOL, 0), PARAM_END};
    DecodeArgs given = {NULL, 0};
    if (!ks_args_parse("decode", params, args, nargs, kwnames, &given))
        return NULL;
    return ks_newline_decode(self, given.input, given.final);
}

static int
is_set_up(NewlineDecoder *self)
{
    if (self->decoder != NULL)
        return 1;
    PyErr_SetString(PyExc_ValueError, "IncrementalNewlineDecoder.__init__() not called");
    return 0;
}

static PyObject *
decoder_getstate(PyObject *object, PyObject *unused)
{
    NewlineDecoder *self = CAST(object);
    if (!is_set_up(self))
        return NULL;
    unsigned long long flag = 0;
    KS_OWNED PyObject *buffer = NULL;
    if (self->decoder != Py_None) {
        KS_OWNED PyObject *state = PyObject_CallMethodNoArgs(self->decoder, &_Py_ID(getstate));
        if (state == NULL)
            return NULL;
        PyObject *held;
        if (!PyTuple_Check(state)) {
            PyErr_SetString(PyExc_TypeError, "illegal decoder state");
            return NULL;
        }
        if (!PyArg_ParseTuple(state, "OK;illegal decoder state", &held, &flag))
            return NULL;
        buffer = Py_NewRef(held);
    }
    else {
        buffer = PyBytes_FromString("");
    }
    return buffer == NULL ? NULL : Py_BuildValue("OK", buffer, flag << 1 | self->pending_cr);
}

static PyObject *
decoder_setstate(PyObject *object, PyObject *state)
{
    NewlineDecoder *self = CAST(object);
    if (!is_set_up(self))
        return NULL;
    PyObject *buffer;
    unsigned long long flag;
    if (!PyTuple_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "state argument must be a tuple");
        return NULL;
    }
    if (!PyArg_ParseTuple(state, "OK;setstate(): illegal state argument", &buffer, &flag))
        return NULL;
    self->pending_cr = flag & 1;
    if (self->decoder == Py_None)
        Py_RETURN_NONE;
    return _PyObject_CallMethod(self->decoder, &_Py_ID(setstate), "((OK))", buffer, flag >> 1);
}

static PyObject *
decoder_reset(PyObject *object, PyObject *unused)
{
    NewlineDecoder *self = CAST(object);
    if (!is_set_up(self))
        return NULL;
    self->seen = 0;
    self->pending_cr = 0;
    if (self->decoder == Py_None)
        Py_RETURN_NONE;
    return PyObject_CallMethodNoArgs(self->decoder, &_Py_ID(reset));
}

static PyObject *
decoder_get_newlines(PyObject *object, void *closure)
{
    if (!is_set_up(CAST(object)))
        return NULL;
    switch (CAST(object)->seen) {
    case SEEN_CR:
        return PyUnicode_FromString("\r");
    case SEEN_LF:
        return PyUnicode_FromString("\n");
    case SEEN_CRLF:
        return PyUnicode_FromString("\r\n");
    case SEEN_CR | SEEN_LF:
        return Py_BuildValue("ss", "\r", "\n");
    case SEEN_CR | SEEN_CRLF:
        return Py_BuildValue("ss", "\r", "\r\n");
    case SEEN_LF | SEEN_CRLF:
        return Py_BuildValue("ss", "\n", "\r\n");
    case SEEN_CR | SEEN_LF | SEEN_CRLF:
        return Py_BuildValue("sss", "\r", "\n", "\r\n");
    default:
        Py_RETURN_NONE;
    }
}

static PyMethodDef decoder_methods[] = {
    METHOD("decode", decoder_decode, METH_FASTCALL | METH_KEYWORDS,
           "($self, /, input, final=False)", "Decode input and translate line ends."),
    METHOD("getstate", decoder_getstate, METH_NOARGS, "($self, /)", "Return the state."),
    METHOD("setstate", decoder_setstate, METH_O, "($self, state, /)", "Set the state."),
    METHOD("reset", decoder_reset, METH_NOARGS, "($self, /)", "Forget everything."),
    {NULL},
};

static PyGetSetDef decoder_getset[] = {
    {"newlines", decoder_get_newlines, NULL, NULL},
    {NULL},
};

PyTypeObject ks_newline_decoder_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_io.IncrementalNewlineDecoder",
    .tp_basicsize = sizeof(NewlineDecoder),
    .tp_dealloc = decoder_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = PyDoc_STR("IncrementalNewlineDecoder(decoder, translate, errors='strict')\n--\n\n"
                        "Decode text and recognise all kinds of line ends in it."),
    .tp_methods = decoder_methods,
    .tp_getset = decoder_getset,
    .tp_init = decoder_init,
    .tp_new = PyType_GenericNew,
};

/* --- line ends --- */

static const char *
find_char(int kind, const char *start, const char *end, Py_UCS4 wanted)
{
    if (kind == PyUnicode_1BYTE_KIND)
        return wanted > 255 ? NULL : memchr(start, (int)wanted, (size_t)(end - start));
    for (; start < end; start += kind) {
        if (PyUnicode_READ(kind, start, 0) == wanted)
            return start;
    }
    return NULL;
}

/* Bytes to characters: kinds are 1, 2 and 4. A division would cost more than the search of a line. */
#define CHARS(bytes, kind) ((Py_ssize_t)(bytes) >> ((kind) >> 1))

/* Place of the first "\r" or "\n" of one kind of text, or its length. Nearly all characters are greater
 * than both. */
#define SKIP_TO_LINE_END(type, at)                                                     \
    do {                                                                               \
        const type *text = (const type *)start;                                        \
        while ((at) < length && (text[at] > '\r' || (text[at] != '\r' && text[at] != '\n'))) \
            (at)++;                                                                    \
    } while (0)

static Py_ssize_t
find_universal(int kind, const char *start, Py_ssize_t length)
{
    Py_ssize_t at = 0;
    if (kind == PyUnicode_1BYTE_KIND)
        SKIP_TO_LINE_END(Py_UCS1, at);
    else if (kind == PyUnicode_2BYTE_KIND)
        SKIP_TO_LINE_END(Py_UCS2, at);
    else
        SKIP_TO_LINE_END(Py_UCS4, at);
    return at;
}

/* All positions in characters from start. */
Py_ssize_t
ks_io_find_line_ending(int translated_text, int universal, PyObject *readnl, int kind,
                       const char *start, const char *end, Py_ssize_t *consumed)
{
    Py_ssize_t length = CHARS(end - start, kind);
    *consumed = length;
    if (translated_text) {
        const char *newline = find_char(kind, start, end, '\n');
        return newline == NULL ? -1 : CHARS(newline - start, kind) + 1;
    }
    if (universal) {
        Py_ssize_t i = find_universal(kind, start, length);
        if (i == length)
            return -1;
        int two = PyUnicode_READ(kind, start, i) == '\r' && i + 1 < length &&
                  PyUnicode_READ(kind, start, i + 1) == '\n';
        return i + 1 + two;
    }
    Py_ssize_t size = readnl != NULL ? PyUnicode_GET_LENGTH(readnl) : 1;
    const char *newline = readnl != NULL ? (const char *)PyUnicode_1BYTE_DATA(readnl) : "\n";
    if (size == 1) {
        const char *found = find_char(kind, start, end, (unsigned char)newline[0]);
        return found == NULL ? -1 : CHARS(found - start, kind) + 1;
    }
    for (const char *p = start; p < end; p += kind) {
        p = find_char(kind, p, end, (unsigned char)newline[0]);
        if (p == NULL)
            return -1;
        Py_ssize_t i = 1, room = CHARS(end - p, kind);
        while (i < size && i < room &&
               PyUnicode_READ(kind, p, i) == (unsigned char)newline[i])
            i++;
        if (i == size)
            return CHARS(p - start, kind) + size;
        if (i == room) {
            /* The text ends inside what may become a line end. */
            *consumed = CHARS(p - start, kind);
            return -1;
        }
    }
    return -1;
}
