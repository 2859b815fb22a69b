/* SPDX-License-Identifier: MIT */
/* The _io module: open() and the types. */
#include "ks_io.h"

#include "pycore_runtime.h" /* UTF-8 mode */
#include "pycore_interp.h"

/* The class is an interpreter's own: what another one made would match no except clause. */
typedef struct IoState {
    PyObject *unsupported;
} IoState;

static struct PyModuleDef io_module;

PyObject *
ks_io_unsupported(void)
{
    PyObject *module = PyState_FindModule(&io_module);
    IoState *state = module == NULL ? NULL : PyModule_GetState(module);
    return state != NULL && state->unsupported != NULL ? state->unsupported : PyExc_OSError;
}

/* --- open --- */

typedef struct Mode {
    char creating, reading, writing, appending, updating, text, binary;
    char raw[8]; /* for FileIO */
} Mode;

static int
invalid_mode(const char *mode)
{
    PyErr_Format(PyExc_ValueError, "invalid mode: '%s'", mode);
    return -1;
}

static int
mode_parse(const char *text, Mode *mode)
{
    memset(mode, 0, sizeof *mode);
    for (const char *p = text; *p; p++) {
        char *flag = *p == 'x'   ? &mode->creating
                     : *p == 'r' ? &mode->reading
                     : *p == 'w' ? &mode->writing
                     : *p == 'a' ? &mode->appending
                     : *p == '+' ? &mode->updating
                     : *p == 't' ? &mode->text
                     : *p == 'b' ? &mode->binary
                                 : NULL;
        if (flag == NULL || *flag)
            return invalid_mode(text);
        *flag = 1;
    }
    char *out = mode->raw;
    if (mode->creating)
        *out++ = 'x';
    if (mode->reading)
        *out++ = 'r';
    if (mode->writing)
        *out++ = 'w';
    if (mode->appending)
        *out++ = 'a';
    if (mode->updating)
        *out++ = '+';
    if (mode->text && mode->binary) {
        PyErr_SetString(PyExc_ValueError, "can't have text and binary mode at once");
        return -1;
    }
    if (mode->creating + mode->reading + mode->writing + mode->appending != 1) {
        PyErr_SetString(PyExc_ValueError,
                        "must have exactly one of create/read/write/append mode");
        return -1;
    }
    return 0;
}

static int
binary_has_no(const char *name, const char *value)
{
    if (value == NULL)
        return 1;
    PyErr_Format(PyExc_ValueError, "binary mode doesn't take %s argument", name);
    return 0;
}

/* The buffered stream for a raw one; new reference. */
static PyObject *
open_buffered(PyObject *raw, const Mode *mode, Py_ssize_t size)
{
    PyTypeObject *type = mode->updating ? &ks_bufferedrandom_type
                         : mode->reading ? &ks_bufferedreader_type
                                         : &ks_bufferedwriter_type;
    return PyObject_CallFunction((PyObject *)type, "On", raw, size);
}

/* Everything above the raw stream; takes none of the references over. */
static PyObject *
open_layers(PyObject *raw, const Mode *mode, const char *mode_text, int buffering,
            const char *encoding, const char *errors, const char *newline)
{
    int is_tty = 0;
    if (buffering < 0) {
        /* A terminal in text mode is buffered by lines. */
        KS_OWNED PyObject *answer = PyObject_CallMethodNoArgs(raw, &_Py_ID(isatty));
        if (answer == NULL || (is_tty = PyObject_IsTrue(answer)) < 0)
            return NULL;
    }
    int line_buffering = 0;
    Py_ssize_t size = buffering;
    if (buffering == 1 && mode->binary) {
        if (PyErr_WarnEx(PyExc_RuntimeWarning,
                         "line buffering (buffering=1) isn't supported in binary mode, the "
                         "default buffer size will be used",
                         1) < 0)
            return NULL;
    }
    if (buffering == 1 || is_tty) {
        size = -1;
        line_buffering = !mode->binary;
    }
    if (size < 0) {
        KS_OWNED PyObject *block = PyObject_GetAttr(raw, &_Py_ID(_blksize));
        size = block == NULL ? -1 : PyLong_AsLong(block);
        if (size == -1 && PyErr_Occurred())
            return NULL;
    }
    if (size < 0) {
        PyErr_SetString(PyExc_ValueError, "invalid buffering size");
        return NULL;
    }
    if (size == 0) {
        if (mode->binary)
            return Py_NewRef(raw);
        PyErr_SetString(PyExc_ValueError, "can't have unbuffered text I/O");
        return NULL;
    }
    KS_OWNED PyObject *buffer = open_buffered(raw, mode, size);
    if (buffer == NULL || mode->binary)
        return ks_give(&buffer);
    KS_OWNED PyObject *wrapper =
        PyObject_CallFunction((PyObject *)&ks_textiowrapper_type, "OsssO", buffer, encoding,
                              errors, newline, line_buffering ? Py_True : Py_False);
    if (wrapper == NULL) {
        /* Nobody will have the stream: close it, but report why. */
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        PyObject *closed = PyObject_CallMethodNoArgs(buffer, &_Py_ID(close));
        Py_XDECREF(closed);
        _PyErr_ChainExceptions(type, value, traceback);
        return NULL;
    }
    KS_OWNED PyObject *text = PyUnicode_FromString(mode_text);
    if (text == NULL || PyObject_SetAttr(wrapper, &_Py_ID(mode), text) < 0)
        return NULL;
    return ks_give(&wrapper);
}

PyObject *
ks_io_open(PyObject *file, const char *mode_text, int buffering, const char *encoding,
           const char *errors, const char *newline, int closefd, PyObject *opener)
{
    Mode mode;
    KS_OWNED PyObject *path = PyNumber_Check(file) ? Py_NewRef(file) : PyOS_FSPath(file);
    if (path == NULL)
        return NULL;
    if (!PyUnicode_Check(path) && !PyBytes_Check(path) && !PyNumber_Check(path)) {
        PyErr_Format(PyExc_TypeError, "invalid file: %R", file);
        return NULL;
    }
    if (mode_parse(mode_text, &mode) < 0)
        return NULL;
    if (mode.binary && !(binary_has_no("an encoding", encoding) &&
                         binary_has_no("an errors", errors) &&
                         binary_has_no("a newline", newline)))
        return NULL;
    KS_OWNED PyObject *raw =
        PyObject_CallFunction((PyObject *)&ks_fileio_type, "OsOO", path, mode.raw,
                              closefd ? Py_True : Py_False, opener);
    if (raw == NULL)
        return NULL;
    PyObject *result =
        open_layers(raw, &mode, mode_text, buffering, encoding, errors, newline);
    if (result == NULL) {
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        PyObject *closed = PyObject_CallMethodNoArgs(raw, &_Py_ID(close));
        Py_XDECREF(closed);
        _PyErr_ChainExceptions(type, value, traceback);
    }
    return result;
}

typedef struct OpenArgs {
    PyObject *file;
    const char *mode;
    int buffering;
    const char *encoding, *errors, *newline;
    int closefd;
    PyObject *opener;
} OpenArgs;

static PyObject *
io_open(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {
        PARAM(OpenArgs, file, ARG_OBJECT, 1), PARAM(OpenArgs, mode, ARG_TEXT, 0),
        PARAM(OpenArgs, buffering, ARG_INT, 0), PARAM(OpenArgs, encoding, ARG_TEXT_OR_NONE, 0),
        PARAM(OpenArgs, errors, ARG_TEXT_OR_NONE, 0),
        PARAM(OpenArgs, newline, ARG_TEXT_OR_NONE, 0), PARAM(OpenArgs, closefd, ARG_BOOL, 0),
        PARAM(OpenArgs, opener, ARG_OBJECT, 0), PARAM_END};
    OpenArgs given = {NULL, "r", -1, NULL, NULL, NULL, 1, Py_None};
    if (!ks_args_parse("open", params, args, nargs, kwnames, &given))
        return NULL;
    return ks_io_open(given.file, given.mode, given.buffering, given.encoding, given.errors,
                      given.newline, given.closefd, given.opener);
}

/* --- the other functions --- */

static PyObject *
io_text_encoding(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int stacklevel = 2;
    if (!ks_args_count("text_encoding", nargs, 1, 2) ||
        (nargs == 2 && !ks_arg_int(args[1], &stacklevel)))
        return NULL;
    if (args[0] != NULL && args[0] != Py_None)
        return Py_NewRef(args[0]);
    if (_Py_GetConfig()->warn_default_encoding &&
        PyErr_WarnEx(PyExc_EncodingWarning, "'encoding' argument not specified", stacklevel) < 0)
        return NULL;
    return PyUnicode_FromString(_PyRuntime.preconfig.utf8_mode ? "utf-8" : "locale");
}

typedef struct PathArgs {
    PyObject *path;
} PathArgs;

static PyObject *
io_open_code(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(PathArgs, path, ARG_STR, 1), PARAM_END};
    PathArgs given;
    if (!ks_args_parse("open_code", params, args, nargs, kwnames, &given))
        return NULL;
    return PyFile_OpenCodeObject(given.path);
}

static PyMethodDef io_methods[] = {
    METHOD("open", io_open, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, file, mode='r', buffering=-1, encoding=None,\n"
           "     errors=None, newline=None, closefd=True, opener=None)",
           "Open a file and return a stream. The mode is made of r, w, a or x, with + for both\n"
           "directions, and b for a binary stream. Without buffering, files are buffered by\n"
           "blocks and terminals by lines; 0 is unbuffered (binary only), 1 by lines (text only)."),
    METHOD("text_encoding", io_text_encoding, METH_FASTCALL, "($module, encoding, stacklevel=2, /)",
           "The encoding to pass on to open(): \"locale\" or \"utf-8\" when it is None."),
    METHOD("open_code", io_open_code, METH_FASTCALL | METH_KEYWORDS, "($module, /, path)",
           "Open a file of code to be executed, for reading in binary mode."),
    {NULL},
};

static int
io_traverse(PyObject *module, visitproc visit, void *arg)
{
    IoState *state = PyModule_GetState(module);
    Py_VISIT(state->unsupported);
    return 0;
}

static int
io_clear(PyObject *module)
{
    IoState *state = PyModule_GetState(module);
    Py_CLEAR(state->unsupported);
    return 0;
}

static void
io_free(void *module)
{
    io_clear(module);
}

static struct PyModuleDef io_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "io",
    .m_doc = PyDoc_STR("Streams: raw, buffered and text. The io module is its public face."),
    .m_size = sizeof(IoState),
    .m_methods = io_methods,
    .m_traverse = io_traverse,
    .m_clear = io_clear,
    .m_free = io_free,
};

static int
add_unsupported_operation(PyObject *module)
{
    IoState *state = PyModule_GetState(module);
    state->unsupported =
        PyObject_CallFunction((PyObject *)&PyType_Type, "s(OO){}", "UnsupportedOperation",
                              PyExc_OSError, PyExc_ValueError);
    if (state->unsupported == NULL)
        return -1;
    KS_OWNED PyObject *name = PyUnicode_FromString("io");
    if (name == NULL || PyObject_SetAttr(state->unsupported, &_Py_ID(__module__), name) < 0)
        return -1;
    return PyModule_AddObjectRef(module, "UnsupportedOperation", state->unsupported);
}

PyMODINIT_FUNC
PyInit__io(void)
{
    static PyTypeObject *const types[] = {
        &ks_iobase_type, &ks_rawiobase_type, &ks_bufferediobase_type, &ks_textiobase_type,
        &ks_fileio_type, &ks_bytesio_type, &ks_stringio_type, &ks_bufferedreader_type,
        &ks_bufferedwriter_type, &ks_bufferedrwpair_type, &ks_bufferedrandom_type,
        &ks_textiowrapper_type, &ks_newline_decoder_type,
    };
    KS_OWNED PyObject *module = PyModule_Create(&io_module);
    if (module == NULL || PyType_Ready(&_PyBytesIOBuffer_Type) < 0)
        return NULL;
    if (PyModule_AddIntConstant(module, "DEFAULT_BUFFER_SIZE", KS_IO_BUFFER_BYTES) < 0 ||
        add_unsupported_operation(module) < 0 ||
        PyModule_AddObjectRef(module, "BlockingIOError", PyExc_BlockingIOError) < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(types); i++) {
        if (PyModule_AddType(module, types[i]) < 0)
            return NULL;
    }
    return ks_give(&module);
}
