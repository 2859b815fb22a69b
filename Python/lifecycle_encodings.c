/* SPDX-License-Identifier: MIT */
/* The file system encoding: decided by the configuration, looked up as soon as codecs can be
 * imported, kept on the interpreter for the coders and in globals for the old interface. */
#include "Python.h"
#include "pycore_fileutils.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_pylifecycle.h"
#include "pycore_pymem.h"
#include "pycore_pystate.h"
#include "pycore_unicodeobject.h"
#include "ks_base.h"

const char *Py_FileSystemDefaultEncoding = NULL;
int Py_HasFileSystemDefaultEncoding = 0;
const char *Py_FileSystemDefaultEncodeErrors = NULL;
int _Py_HasFileSystemDefaultEncodeErrors = 0;

static void
global_set(const char **global, int *is_static, const char *text)
{
    if (!*is_static)
        PyMem_RawFree((char *)*global);
    *global = text;
    *is_static = 0;
}

int
_Py_SetFileSystemEncoding(const char *encoding, const char *errors)
{
    char *encoding_copy = _PyMem_RawStrdup(encoding);
    char *errors_copy = encoding_copy == NULL ? NULL : _PyMem_RawStrdup(errors);
    if (errors_copy == NULL) {
        PyMem_RawFree(encoding_copy);
        return -1;
    }
    global_set(&Py_FileSystemDefaultEncoding, &Py_HasFileSystemDefaultEncoding, encoding_copy);
    global_set(&Py_FileSystemDefaultEncodeErrors, &_Py_HasFileSystemDefaultEncodeErrors, errors_copy);
    return 0;
}

void
_Py_ClearFileSystemEncoding(void)
{
    global_set(&Py_FileSystemDefaultEncoding, &Py_HasFileSystemDefaultEncoding, NULL);
    global_set(&Py_FileSystemDefaultEncodeErrors, &_Py_HasFileSystemDefaultEncodeErrors, NULL);
}

/* The codec's own name for an encoding, e.g. "utf-8" for "UTF-8"; the configuration takes it. */
static int
canonical_name(wchar_t **field)
{
    KS_OWNED PyObject *name = PyUnicode_FromWideChar(*field, -1);
    if (name == NULL)
        return -1;
    const char *text = PyUnicode_AsUTF8(name);
    if (text == NULL)
        return -1;
    KS_OWNED PyObject *codec = _PyCodec_Lookup(text);
    if (codec == NULL)
        return -1;
    KS_OWNED PyObject *canonical = PyObject_GetAttrString(codec, "name");
    if (canonical == NULL)
        return -1;
    wchar_t *wide = PyUnicode_AsWideCharString(canonical, NULL);
    if (wide == NULL)
        return -1;
    wchar_t *copy = _PyMem_RawWcsdup(wide);
    PyMem_Free(wide);
    if (copy == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    PyMem_RawFree(*field);
    *field = copy;
    return 0;
}

static int
ascii_copy(char **field, const wchar_t *text)
{
    char *copy = _Py_EncodeLocaleRaw(text, NULL);
    if (copy == NULL)
        return -1;
    PyMem_RawFree(*field);
    *field = copy;
    return 0;
}

static PyStatus
init_fs_encoding(PyThreadState *tstate)
{
    PyInterpreterState *interp = tstate->interp;
    PyConfig *config = (PyConfig *)_PyInterpreterState_GetConfig(interp);
    struct _Py_unicode_fs_codec *codec = &interp->unicode.fs_codec;
    if (canonical_name(&config->filesystem_encoding) < 0) {
        _Py_DumpPathConfig(tstate);
        return _PyStatus_ERR("failed to get the Python codec of the filesystem encoding");
    }
    if (ascii_copy(&codec->encoding, config->filesystem_encoding) < 0
        || ascii_copy(&codec->errors, config->filesystem_errors) < 0)
        return _PyStatus_NO_MEMORY();
    codec->error_handler = _Py_GetErrorHandler(codec->errors);
    codec->utf8 = strcmp(codec->encoding, "utf-8") == 0;
    if (_Py_IsMainInterpreter(interp)
        && _Py_SetFileSystemEncoding(codec->encoding, codec->errors) < 0)
        return _PyStatus_NO_MEMORY();
    return _PyStatus_OK();
}

PyStatus
_PyUnicode_InitEncodings(PyThreadState *tstate)
{
    PyConfig *config = (PyConfig *)_PyInterpreterState_GetConfig(tstate->interp);
    /* Looking the codec up starts the codec registry, which imports the encodings package. */
    PyStatus status = init_fs_encoding(tstate);
    if (_PyStatus_EXCEPTION(status))
        return status;
    if (canonical_name(&config->stdio_encoding) < 0)
        return _PyStatus_ERR("failed to get the Python codec name of the stdio encoding");
    return _PyStatus_OK();
}
