/* SPDX-License-Identifier: MIT */
/* The codec registry: search functions, found codecs, error handlers, and coding through them.
 *
 * Each interpreter has a list of search functions, a dict from normalised names to what they
 * found (a 4-tuple), and a dict of error handlers. The three are made on first use, which also
 * imports `encodings`, whose import registers the standard search function. */
#include "Python.h"
#include "pycore_interp.h"
#include "pycore_pystate.h"
#include "ks_base.h"
#include "ks_str.h"

#include <string.h>

/* In codec_errors.c: registers the eight standard handlers. */
int ks_codec_errors_register(void);

static int
ensure_registry(PyInterpreterState *interp)
{
    if (KS_LIKELY(interp->codec_search_path != NULL))
        return 0;
    interp->codec_search_path = PyList_New(0);
    interp->codec_search_cache = PyDict_New();
    interp->codec_error_registry = PyDict_New();
    if (interp->codec_search_path == NULL || interp->codec_search_cache == NULL ||
        interp->codec_error_registry == NULL)
        return -1;
    if (ks_codec_errors_register() < 0)
        return -1;
    PyObject *encodings = PyImport_ImportModule("encodings");
    if (encodings == NULL)
        return -1;
    Py_DECREF(encodings);
    interp->codecs_initialized = 1;
    return 0;
}

int
PyCodec_Register(PyObject *search_function)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    if (ensure_registry(interp) < 0)
        return -1;
    if (search_function == NULL) {
        PyErr_BadArgument();
        return -1;
    }
    if (!PyCallable_Check(search_function)) {
        PyErr_SetString(PyExc_TypeError, "argument must be callable");
        return -1;
    }
    return PyList_Append(interp->codec_search_path, search_function);
}

int
PyCodec_Unregister(PyObject *search_function)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    PyObject *path = interp->codec_search_path;
    if (path == NULL)
        return 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(path); i++)
        if (PyList_GET_ITEM(path, i) == search_function) {
            if (interp->codec_search_cache != NULL)
                PyDict_Clear(interp->codec_search_cache);
            return PyList_SetSlice(path, i, i + 1, NULL);
        }
    return 0;
}

/* The name that search functions see: lower case, runs of anything but letters, digits and dots
 * turned into one underscore between words. `out` has room for the length of name and 1 more. */
static void
normalize(const char *name, char *out)
{
    int gap = 0;
    char *at = out;
    for (; *name; name++) {
        if (!Py_ISALNUM(*name) && *name != '.') {
            gap = 1;
            continue;
        }
        if (gap && at != out)
            *at++ = '_';
        gap = 0;
        *at++ = (char)Py_TOLOWER(*name);
    }
    *at = 0;
}

static PyObject *
normalized_name(const char *encoding)
{
    size_t length = strlen(encoding);
    if (length > PY_SSIZE_T_MAX - 1)
        return PyErr_NoMemory();
    char *buffer = PyMem_Malloc(length + 1);
    if (buffer == NULL)
        return PyErr_NoMemory();
    normalize(encoding, buffer);
    PyObject *name = PyUnicode_FromString(buffer);
    PyMem_Free(buffer);
    return name;
}

PyObject *
_PyCodec_Lookup(const char *encoding)
{
    if (encoding == NULL) {
        PyErr_BadArgument();
        return NULL;
    }
    PyInterpreterState *interp = _PyInterpreterState_GET();
    if (ensure_registry(interp) < 0)
        return NULL;
    PyObject *name = normalized_name(encoding);
    if (name == NULL)
        return NULL;
    PyUnicode_InternInPlace(&name);
    KS_OWNED PyObject *key = name;
    PyObject *codec = PyDict_GetItemWithError(interp->codec_search_cache, key);
    if (codec != NULL)
        return Py_NewRef(codec);
    if (PyErr_Occurred())
        return NULL;
    PyObject *path = interp->codec_search_path;
    if (PyList_GET_SIZE(path) == 0) {
        PyErr_SetString(PyExc_LookupError,
                        "no codec search functions registered: can't find encoding");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(path); i++) {
        KS_OWNED PyObject *search = Py_NewRef(PyList_GET_ITEM(path, i));
        KS_OWNED PyObject *found = PyObject_CallOneArg(search, key);
        if (found == NULL)
            return NULL;
        if (found == Py_None)
            continue;
        if (!PyTuple_Check(found) || PyTuple_GET_SIZE(found) != 4) {
            PyErr_SetString(PyExc_TypeError, "codec search functions must return 4-tuples");
            return NULL;
        }
        if (PyDict_SetItem(interp->codec_search_cache, key, found) < 0)
            return NULL;
        return ks_give(&found);
    }
    PyErr_Format(PyExc_LookupError, "unknown encoding: %s", encoding);
    return NULL;
}

/* Makes the next look-up of encoding search again. */
int
_PyCodec_Forget(const char *encoding)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    if (interp->codec_search_path == NULL)
        return -1;
    KS_OWNED PyObject *name = normalized_name(encoding);
    return name == NULL ? -1 : PyDict_DelItem(interp->codec_search_cache, name);
}

int
PyCodec_KnownEncoding(const char *encoding)
{
    KS_OWNED PyObject *codec = _PyCodec_Lookup(encoding);
    if (codec == NULL) {
        PyErr_Clear();
        return 0;
    }
    return 1;
}

/* --- parts of a codec --- */

static PyObject *
codec_item(const char *encoding, int index)
{
    KS_OWNED PyObject *codec = _PyCodec_Lookup(encoding);
    return codec == NULL ? NULL : Py_NewRef(PyTuple_GET_ITEM(codec, index));
}

PyObject *
PyCodec_Encoder(const char *encoding)
{
    return codec_item(encoding, 0);
}

PyObject *
PyCodec_Decoder(const char *encoding)
{
    return codec_item(encoding, 1);
}

static PyObject *
incremental(PyObject *codec_info, const char *errors, const char *attribute)
{
    KS_OWNED PyObject *make = PyObject_GetAttrString(codec_info, attribute);
    if (make == NULL)
        return NULL;
    return errors != NULL ? PyObject_CallFunction(make, "s", errors) : PyObject_CallNoArgs(make);
}

PyObject *
_PyCodecInfo_GetIncrementalDecoder(PyObject *codec_info, const char *errors)
{
    return incremental(codec_info, errors, "incrementaldecoder");
}

PyObject *
_PyCodecInfo_GetIncrementalEncoder(PyObject *codec_info, const char *errors)
{
    return incremental(codec_info, errors, "incrementalencoder");
}

PyObject *
PyCodec_IncrementalEncoder(const char *encoding, const char *errors)
{
    KS_OWNED PyObject *codec = _PyCodec_Lookup(encoding);
    return codec == NULL ? NULL : incremental(codec, errors, "incrementalencoder");
}

PyObject *
PyCodec_IncrementalDecoder(const char *encoding, const char *errors)
{
    KS_OWNED PyObject *codec = _PyCodec_Lookup(encoding);
    return codec == NULL ? NULL : incremental(codec, errors, "incrementaldecoder");
}

static PyObject *
stream(const char *encoding, PyObject *file, const char *errors, int index)
{
    KS_OWNED PyObject *codec = _PyCodec_Lookup(encoding);
    if (codec == NULL)
        return NULL;
    PyObject *make = PyTuple_GET_ITEM(codec, index);
    return errors != NULL ? PyObject_CallFunction(make, "Os", file, errors)
                          : PyObject_CallOneArg(make, file);
}

PyObject *
PyCodec_StreamReader(const char *encoding, PyObject *file, const char *errors)
{
    return stream(encoding, file, errors, 2);
}

PyObject *
PyCodec_StreamWriter(const char *encoding, PyObject *file, const char *errors)
{
    return stream(encoding, file, errors, 3);
}

/* --- coding --- */

/* Puts "<operation> with '<encoding>' codec failed" around the current exception where its type
 * allows. */
static void
wrap_exception(const char *operation, const char *encoding)
{
    _PyErr_TrySetFromCause("%s with '%s' codec failed", operation, encoding);
}

/* Result of calling a coder: the first item of the pair it answers with. */
static PyObject *
run_coder(PyObject *coder, PyObject *object, const char *encoding, const char *errors,
          const char *operation, const char *complaint)
{
    KS_OWNED PyObject *errors_str = NULL;
    PyObject *args[2] = {object, NULL};
    if (errors != NULL) {
        errors_str = PyUnicode_FromString(errors);
        if (errors_str == NULL)
            return NULL;
        args[1] = errors_str;
    }
    KS_OWNED PyObject *pair = PyObject_Vectorcall(coder, args, errors != NULL ? 2 : 1, NULL);
    if (pair == NULL) {
        wrap_exception(operation, encoding);
        return NULL;
    }
    if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2) {
        PyErr_SetString(PyExc_TypeError, complaint);
        return NULL;
    }
    return Py_NewRef(PyTuple_GET_ITEM(pair, 0));
}

static PyObject *
encode_with(PyObject *coder, PyObject *object, const char *encoding, const char *errors)
{
    return run_coder(coder, object, encoding, errors, "encoding",
                     "encoder must return a tuple (object, integer)");
}

static PyObject *
decode_with(PyObject *coder, PyObject *object, const char *encoding, const char *errors)
{
    return run_coder(coder, object, encoding, errors, "decoding",
                     "decoder must return a tuple (object,integer)");
}

PyObject *
PyCodec_Encode(PyObject *object, const char *encoding, const char *errors)
{
    KS_OWNED PyObject *coder = PyCodec_Encoder(encoding);
    return coder == NULL ? NULL : encode_with(coder, object, encoding, errors);
}

PyObject *
PyCodec_Decode(PyObject *object, const char *encoding, const char *errors)
{
    KS_OWNED PyObject *coder = PyCodec_Decoder(encoding);
    return coder == NULL ? NULL : decode_with(coder, object, encoding, errors);
}

/* A codec between str and bytes; LookupError that points to `alternate_command` for others. */
PyObject *
_PyCodec_LookupTextEncoding(const char *encoding, const char *alternate_command)
{
    KS_OWNED PyObject *codec = _PyCodec_Lookup(encoding);
    if (codec == NULL)
        return NULL;
    /* Plain tuples come from search functions that know nothing of the mark. */
    if (PyTuple_CheckExact(codec))
        return ks_give(&codec);
    PyObject *mark;
    if (_PyObject_LookupAttr(codec, KS_INTERN("_is_text_encoding"), &mark) < 0)
        return NULL;
    if (mark != NULL) {
        int is_text = PyObject_IsTrue(mark);
        Py_DECREF(mark);
        if (is_text < 0)
            return NULL;
        if (!is_text) {
            PyErr_Format(PyExc_LookupError,
                         "'%.400s' is not a text encoding; use %s to handle arbitrary codecs",
                         encoding, alternate_command);
            return NULL;
        }
    }
    return ks_give(&codec);
}

PyObject *
_PyCodec_EncodeText(PyObject *object, const char *encoding, const char *errors)
{
    KS_OWNED PyObject *codec = _PyCodec_LookupTextEncoding(encoding, "codecs.encode()");
    if (codec == NULL)
        return NULL;
    return encode_with(PyTuple_GET_ITEM(codec, 0), object, encoding, errors);
}

PyObject *
_PyCodec_DecodeText(PyObject *object, const char *encoding, const char *errors)
{
    KS_OWNED PyObject *codec = _PyCodec_LookupTextEncoding(encoding, "codecs.decode()");
    if (codec == NULL)
        return NULL;
    return decode_with(PyTuple_GET_ITEM(codec, 1), object, encoding, errors);
}

/* --- error handlers --- */

int
PyCodec_RegisterError(const char *name, PyObject *error)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    if (ensure_registry(interp) < 0)
        return -1;
    if (!PyCallable_Check(error)) {
        PyErr_SetString(PyExc_TypeError, "handler must be callable");
        return -1;
    }
    return PyDict_SetItemString(interp->codec_error_registry, name, error);
}

PyObject *
PyCodec_LookupError(const char *name)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    if (ensure_registry(interp) < 0)
        return NULL;
    if (name == NULL)
        name = "strict";
    KS_OWNED PyObject *key = PyUnicode_FromString(name);
    if (key == NULL)
        return NULL;
    PyObject *handler = PyDict_GetItemWithError(interp->codec_error_registry, key);
    if (handler == NULL) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_LookupError, "unknown error handler name '%.400s'", name);
        return NULL;
    }
    return Py_NewRef(handler);
}
