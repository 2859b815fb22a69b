/* SPDX-License-Identifier: MIT */
/* The end without return: fatal errors and exits.
 *
 * A fatal error may come from anywhere, in any state: text goes straight to descriptor 2 and
 * nothing is allocated. A second fatal error while the first is being told ends at once. */
#include "Python.h"
#include "pycore_fileutils.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_moduleobject.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pymem.h"
#include "pycore_runtime.h"
#include "pycore_traceback.h"
#include "ks_base.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void
put(int fd, const char *text)
{
    (void)_Py_write_noraise(fd, text, strlen(text));
}

static void
put_runtime_state(int fd, _PyRuntimeState *runtime)
{
    put(fd, "Python runtime state: ");
    PyThreadState *finalizing = _PyRuntimeState_GetFinalizing(runtime);
    if (finalizing != NULL) {
        put(fd, "finalizing (tstate=0x");
        _Py_DumpHexadecimal(fd, (uintptr_t)finalizing, (Py_ssize_t)sizeof(finalizing) * 2);
        put(fd, ")");
    } else {
        put(fd, runtime->initialized         ? "initialized"
                : runtime->core_initialized  ? "core initialized"
                : runtime->preinitialized    ? "preinitialized"
                : runtime->preinitializing   ? "preinitializing"
                                             : "unknown");
    }
    put(fd, "\n");
}

static void
flush_std(const char *name)
{
    PyObject *stream = PySys_GetObject(name);
    if (stream == NULL || stream == Py_None)
        return;
    PyObject *result = PyObject_CallMethodNoArgs(stream, &_Py_ID(flush));
    if (result == NULL)
        PyErr_Clear();
    else
        Py_DECREF(result);
}

/* The pending exception with its traceback; 0 if there is none. */
static int
print_pending_exception(PyThreadState *tstate)
{
    PyObject *type, *value, *traceback;
    _PyErr_Fetch(tstate, &type, &value, &traceback);
    if (type == NULL)
        return 0;
    _PyErr_NormalizeException(tstate, &type, &value, &traceback);
    if (traceback == NULL)
        traceback = Py_NewRef(Py_None);
    PyException_SetTraceback(value, traceback);
    int has_traceback = traceback != Py_None;
    PyObject *file = PySys_GetObject("stderr");
    if (file == NULL || file == Py_None) {
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_DECREF(traceback);
        return 0;
    }
    PyErr_Display(type, value, traceback);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_DECREF(traceback);
    flush_std("stderr");
    flush_std("stdout");
    return has_traceback;
}

/* Names of modules in C that are not the standard library's: the usual suspects. Reads dicts and
 * strings in place, without calling anything. */
void
_Py_DumpExtensionModules(int fd, PyInterpreterState *interp)
{
    PyObject *modules = interp == NULL ? NULL : interp->modules;
    if (modules == NULL || !PyDict_CheckExact(modules))
        return;
    PyObject *known = NULL, *key, *value;
    Py_ssize_t position = 0, count = 0;
    while (interp->sysdict != NULL && PyDict_Next(interp->sysdict, &position, &key, &value)) {
        if (PyUnicode_Check(key) && PyUnicode_CompareWithASCIIString(key, "stdlib_module_names") == 0)
            known = PyAnySet_Check(value) ? value : NULL;
    }
    position = 0;
    while (PyDict_Next(modules, &position, &key, &value)) {
        if (!PyUnicode_Check(key) || !PyModule_Check(value) || ((PyModuleObject *)value)->md_def == NULL)
            continue;
        int is_known = 0;
        Py_ssize_t place = 0;
        PyObject *name;
        Py_hash_t hash;
        while (known != NULL && !is_known && _PySet_NextEntry(known, &place, &name, &hash))
            is_known = PyUnicode_Check(name) && PyUnicode_Compare(key, name) == 0;
        if (is_known)
            continue;
        put(fd, count == 0 ? "\nExtension modules: " : ", ");
        _Py_DumpASCII(fd, key);
        count++;
    }
    if (count > 0) {
        put(fd, " (total: ");
        _Py_DumpDecimal(fd, (size_t)count);
        put(fd, ")\n");
    }
}

static void _Py_NO_RETURN
fatal_exit(int status)
{
    if (status < 0)
        abort();
    exit(status);
}

static void _Py_NO_RETURN
fatal_error(const char *function, const char *message, int status)
{
    static int entered;
    _PyRuntimeState *runtime = &_PyRuntime;
    const int fd = fileno(stderr);
    if (entered)
        fatal_exit(status);
    entered = 1;

    put(fd, "Fatal Python error: ");
    if (function != NULL) {
        put(fd, function);
        put(fd, ": ");
    }
    put(fd, message != NULL ? message : "<message not set>");
    put(fd, "\n");
    put_runtime_state(fd, runtime);

    PyThreadState *tstate = _PyRuntimeState_GetThreadState(runtime);
    PyThreadState *own = PyGILState_GetThisThreadState();
    PyInterpreterState *interp = own != NULL ? own->interp : tstate != NULL ? tstate->interp : NULL;
    /* Only a thread that holds the GIL may look at exceptions. */
    int told = tstate != NULL && tstate == own && print_pending_exception(tstate);
    if (!told && (interp != NULL || own != NULL)) {
        put(fd, "\n");
        _Py_DumpTracebackThreads(fd, interp, own);
    } else if (!told) {
        put(fd, "\n");
    }
    if (interp != NULL)
        _Py_DumpExtensionModules(fd, interp);
    fatal_exit(status);
}

#undef Py_FatalError
PyAPI_FUNC(void) _Py_NO_RETURN Py_FatalError(const char *message);

void _Py_NO_RETURN
Py_FatalError(const char *message)
{
    fatal_error(NULL, message, -1);
}

void _Py_NO_RETURN
_Py_FatalErrorFunc(const char *func, const char *message)
{
    fatal_error(func, message, -1);
}

void _Py_NO_RETURN
_Py_FatalErrorFormat(const char *func, const char *format, ...)
{
    char message[500];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    fatal_error(func, message, -1);
}

void _Py_NO_RETURN
_Py_FatalRefcountErrorFunc(const char *func, const char *message)
{
    _Py_FatalErrorFormat(func, "%s: object has a bad reference count", message);
}

void _Py_NO_RETURN
_Py_FatalError_TstateNULL(const char *func)
{
    fatal_error(func,
                "the function must be called with the GIL held, "
                "after Python initialization and before Python finalization, "
                "but the GIL is released (the current Python thread state is NULL)",
                -1);
}

void _Py_NO_RETURN
Py_ExitStatusException(PyStatus status)
{
    if (_PyStatus_IS_EXIT(status))
        exit(status.exitcode);
    if (_PyStatus_IS_ERROR(status))
        fatal_error(status.func, status.err_msg, 1);
    Py_FatalError("Py_ExitStatusException() must not be called on success");
}

void _Py_NO_RETURN
Py_Exit(int status)
{
    if (Py_FinalizeEx() < 0)
        status = 120;
    exit(status);
}

/* ---- C's own exit functions ---- */

int
Py_AtExit(void (*func)(void))
{
    _PyRuntimeState *runtime = &_PyRuntime;
    if (runtime->nexitfuncs >= NEXITFUNCS)
        return -1;
    runtime->exitfuncs[runtime->nexitfuncs++] = func;
    return 0;
}

/* ---- terminals and signals ---- */

static int
fd_is_interactive(FILE *file, const char *name)
{
    if (isatty(fileno(file)))
        return 1;
    return Py_InteractiveFlag && (name == NULL || strcmp(name, "<stdin>") == 0 || strcmp(name, "???") == 0);
}

int
Py_FdIsInteractive(FILE *file, const char *filename)
{
    return fd_is_interactive(file, filename);
}

int
_Py_FdIsInteractive(FILE *file, PyObject *filename)
{
    if (isatty(fileno(file)))
        return 1;
    if (!Py_InteractiveFlag)
        return 0;
    return filename == NULL || _PyUnicode_EqualToASCIIString(filename, "<stdin>")
           || _PyUnicode_EqualToASCIIString(filename, "???");
}

/* Signals that Python ignores must not stay ignored in programs it starts. */
void
_Py_RestoreSignals(void)
{
    PyOS_setsig(SIGPIPE, SIG_DFL);
    PyOS_setsig(SIGXFSZ, SIG_DFL);
}

PyOS_sighandler_t
PyOS_getsig(int sig)
{
    struct sigaction action;
    if (sigaction(sig, NULL, &action) == -1)
        return SIG_ERR;
    return action.sa_handler;
}

PyOS_sighandler_t
PyOS_setsig(int sig, PyOS_sighandler_t handler)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK}, old;
    sigemptyset(&action.sa_mask);
    if (sigaction(sig, &action, &old) == -1)
        return SIG_ERR;
    return old.sa_handler;
}
