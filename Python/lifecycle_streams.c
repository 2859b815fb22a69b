/* SPDX-License-Identifier: MIT */
/* sys.stdin, stdout and stderr, and builtins.open.
 *
 * Until these are made, stderr is a file object that writes to C's descriptor 2 (made by sys's
 * set-up). A descriptor that is not open gives None. */
#include "Python.h"
#include "pycore_fileutils.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "ks_base.h"
#include "ks_start.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static PyObject *
make_stream(const PyConfig *config, PyObject *io, int fd, int writing, const char *name,
            const wchar_t *encoding, const wchar_t *errors)
{
    if (fcntl(fd, F_GETFD) < 0)
        Py_RETURN_NONE;
    int buffering = !config->buffered_stdio && writing ? 0 : -1;
    KS_OWNED PyObject *buffer = PyObject_CallMethod(io, "open", "isiOOOO", fd, writing ? "wb" : "rb",
                                                    buffering, Py_None, Py_None, Py_None, Py_False);
    if (buffer == NULL)
        return NULL;
    KS_OWNED PyObject *raw = buffering ? PyObject_GetAttr(buffer, &_Py_ID(raw)) : Py_NewRef(buffer);
    KS_OWNED PyObject *label = PyUnicode_FromString(name);
    if (raw == NULL || label == NULL || PyObject_SetAttr(raw, &_Py_ID(name), label) < 0)
        return NULL;
    KS_OWNED PyObject *tty = PyObject_CallMethodNoArgs(raw, &_Py_ID(isatty));
    int is_tty = tty == NULL ? -1 : PyObject_IsTrue(tty);
    if (is_tty < 0)
        return NULL;
    PyObject *line_buffering = config->buffered_stdio && (is_tty || fd == fileno(stderr)) ? Py_True : Py_False;
    PyObject *write_through = config->buffered_stdio ? Py_False : Py_True;
    KS_OWNED PyObject *encoding_text = PyUnicode_FromWideChar(encoding, -1);
    KS_OWNED PyObject *errors_text = PyUnicode_FromWideChar(errors, -1);
    if (encoding_text == NULL || errors_text == NULL)
        return NULL;
    PyObject *args[] = {NULL, io, buffer, encoding_text, errors_text, &_Py_STR(newline),
                        line_buffering, write_through};
    KS_OWNED PyObject *stream = PyObject_VectorcallMethod(
        &_Py_ID(TextIOWrapper), args + 1, 7 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    KS_OWNED PyObject *mode = PyUnicode_FromString(writing ? "w" : "r");
    if (stream == NULL || mode == NULL || PyObject_SetAttr(stream, &_Py_ID(mode), mode) < 0)
        return NULL;
    return ks_give(&stream);
}

static int
install(const char *name, const char *saved_name, KS_STEALS PyObject *stream)
{
    if (stream == NULL)
        return -1;
    int result = PySys_SetObject(saved_name, stream) < 0 || PySys_SetObject(name, stream) < 0 ? -1 : 0;
    Py_DECREF(stream);
    return result;
}

PyStatus
ks_start_streams(PyThreadState *tstate)
{
    const PyConfig *config = _PyInterpreterState_GetConfig(tstate->interp);
    struct stat status;
    if (fstat(STDIN_FILENO, &status) == 0 && S_ISDIR(status.st_mode))
        return _PyStatus_ERR("<stdin> is a directory, cannot continue");

    KS_OWNED PyObject *builtins = PyImport_ImportModule("builtins");
    KS_OWNED PyObject *io = builtins == NULL ? NULL : PyImport_ImportModule("io");
    KS_OWNED PyObject *open = io == NULL ? NULL : PyObject_GetAttrString(io, "open");
    if (open == NULL || PyObject_SetAttrString(builtins, "open", open) < 0)
        return _PyStatus_ERR("can't initialize sys standard streams");
    const wchar_t *encoding = config->stdio_encoding, *errors = config->stdio_errors;
    if (install("stdin", "__stdin__",
                make_stream(config, io, STDIN_FILENO, 0, "<stdin>", encoding, errors)) < 0
        || install("stdout", "__stdout__",
                   make_stream(config, io, STDOUT_FILENO, 1, "<stdout>", encoding, errors)) < 0
        || install("stderr", "__stderr__",
                   make_stream(config, io, STDERR_FILENO, 1, "<stderr>", encoding, L"backslashreplace")) < 0)
        return _PyStatus_ERR("can't initialize sys standard streams");
    return _PyStatus_OK();
}

/* 0, or -1 if stdout could not be written; errors of stderr have nobody to be told to. */
int
ks_flush_std_streams(void)
{
    static const char *const names[] = {"stdout", "stderr"};
    int result = 0;
    for (int i = 0; i < 2; i++) {
        PyObject *stream = PySys_GetObject(names[i]);
        if (stream == NULL || stream == Py_None)
            continue;
        KS_OWNED PyObject *kept = Py_NewRef(stream);
        KS_OWNED PyObject *closed = PyObject_GetAttrString(kept, "closed");
        int is_closed = closed == NULL ? -1 : PyObject_IsTrue(closed);
        if (is_closed < 0)
            PyErr_Clear();
        if (is_closed > 0)
            continue;
        KS_OWNED PyObject *flushed = PyObject_CallMethodNoArgs(kept, &_Py_ID(flush));
        if (flushed != NULL)
            continue;
        if (i == 0)
            PyErr_WriteUnraisable(kept);
        else
            PyErr_Clear();
        if (i == 0)
            result = -1;
    }
    return result;
}
