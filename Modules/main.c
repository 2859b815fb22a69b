/* SPDX-License-Identifier: MIT */
/* The program: command line to exit code.
 *
 * Exit codes: 0, 1 after an uncaught exception, 2 for a file that cannot be opened, what SystemExit
 * says, 120 if the output could not be flushed; an uncaught KeyboardInterrupt ends the process by the
 * signal itself, so that shells see it. */
#include "Python.h"
#include "pycore_call.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_pathconfig.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pystate.h"
#include "pycore_sysmodule.h"
#include "ks_base.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

int _Py_UnhandledKeyboardInterrupt = 0;

/* ---- failures ---- */

static int
report_exception(int *exitcode)
{
    if (PyErr_ExceptionMatches(PyExc_SystemExit) && _Py_HandleSystemExit(exitcode))
        return 1;
    PyErr_Print();
    return 0;
}

/* Prints the pending exception; the exit code it means. */
static int
exit_code_of_exception(void)
{
    int exitcode = 1;
    report_exception(&exitcode);
    return exitcode;
}

/* ---- sys.path ---- */

static int
path_prepend(PyObject *entry)
{
    PyObject *path = PySys_GetObject("path");
    if (path == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "unable to get sys.path");
        return -1;
    }
    return PyList_Insert(path, 0, entry);
}

/* An importer for a folder or archive that holds a __main__, or NULL (with an exception or not). */
static int
find_main_importer(const wchar_t *filename, PyObject **entry)
{
    *entry = NULL;
    PyObject *path = PyUnicode_FromWideChar(filename, -1);
    if (path == NULL)
        return -1;
    PyObject *importer = PyImport_GetImporter(path);
    if (importer == NULL) {
        Py_DECREF(path);
        return -1;
    }
    if (importer == Py_None)
        Py_DECREF(path);
    else
        *entry = path;
    Py_DECREF(importer);
    return 0;
}

/* ---- what can be run ---- */

static int
run_command(wchar_t *command, PyCompilerFlags *flags)
{
    KS_OWNED PyObject *text = PyUnicode_FromWideChar(command, -1);
    if (text == NULL)
        return exit_code_of_exception();
    if (PySys_Audit("cpython.run_command", "O", text) < 0)
        return exit_code_of_exception();
    KS_OWNED PyObject *bytes = PyUnicode_AsUTF8String(text);
    if (bytes == NULL) {
        PySys_WriteStderr("Unable to decode the command from the command line:\n");
        return exit_code_of_exception();
    }
    flags->cf_flags |= PyCF_IGNORE_COOKIE;
    return PyRun_SimpleStringFlags(PyBytes_AS_STRING(bytes), flags) != 0;
}

static int
run_module(const wchar_t *name, int set_argv0)
{
    KS_OWNED PyObject *module = PyUnicode_FromWideChar(name, -1);
    if (module == NULL)
        return exit_code_of_exception();
    if (PySys_Audit("cpython.run_module", "O", module) < 0)
        return exit_code_of_exception();
    KS_OWNED PyObject *runpy = PyImport_ImportModule("runpy");
    if (runpy == NULL) {
        fprintf(stderr, "Could not import runpy module\n");
        return exit_code_of_exception();
    }
    KS_OWNED PyObject *runner = PyObject_GetAttrString(runpy, "_run_module_as_main");
    if (runner == NULL) {
        fprintf(stderr, "Could not access runpy._run_module_as_main\n");
        return exit_code_of_exception();
    }
    PyObject *args[] = {module, set_argv0 ? Py_True : Py_False};
    KS_OWNED PyObject *result = PyObject_Vectorcall(runner, args, 2, NULL);
    if (result == NULL && _PyErr_Occurred(_PyThreadState_GET()) == PyExc_KeyboardInterrupt)
        _Py_UnhandledKeyboardInterrupt = 1;
    return result == NULL ? exit_code_of_exception() : 0;
}

static void
skip_first_line(FILE *file)
{
    for (int ch; (ch = getc(file)) != EOF;) {
        if (ch == '\n') {
            (void)ungetc(ch, file); /* so that line numbers stay true */
            return;
        }
    }
}

static int
run_open_file(FILE *file, PyObject *filename, const PyConfig *config, PyCompilerFlags *flags)
{
    if (config->skip_source_first_line)
        skip_first_line(file);
    struct stat status;
    if (fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) {
        PySys_FormatStderr("%S: %R is a directory, cannot continue\n",
                           PySys_GetObject("executable"), filename);
        fclose(file);
        return 1;
    }
    if (Py_MakePendingCalls() == -1) {
        fclose(file);
        return exit_code_of_exception();
    }
    return _PyRun_AnyFileObject(file, filename, 1, flags) != 0;
}

static int
run_file(const PyConfig *config, PyCompilerFlags *flags)
{
    KS_OWNED PyObject *filename = PyUnicode_FromWideChar(config->run_filename, -1);
    if (filename == NULL) {
        PyErr_Print();
        return -1;
    }
    if (PySys_Audit("cpython.run_file", "O", filename) < 0)
        return exit_code_of_exception();
    FILE *file = _Py_wfopen(config->run_filename, L"rb");
    if (file == NULL) {
        int error = errno;
        KS_OWNED PyObject *program = PyUnicode_FromWideChar(config->program_name, -1);
        PySys_FormatStderr("%S: can't open file %R: [Errno %d] %s\n", program, filename, error,
                           strerror(error));
        return 2;
    }
    return run_open_file(file, filename, config, flags);
}

static int
run_startup_file(const PyConfig *config, PyCompilerFlags *flags)
{
    const char *name = _Py_GetEnv(config->use_environment, "PYTHONSTARTUP");
    if (name == NULL)
        return 0;
    KS_OWNED PyObject *path = PyUnicode_DecodeFSDefault(name);
    if (path == NULL || PySys_Audit("cpython.run_startup", "O", path) < 0) {
        PyErr_Print();
        return 0;
    }
    FILE *file = _Py_fopen_obj(path, "r");
    if (file == NULL) {
        int error = errno;
        PyErr_Clear();
        PySys_WriteStderr("Could not open PYTHONSTARTUP\n");
        errno = error;
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path);
        PyErr_Print();
        return 0;
    }
    (void)_PyRun_SimpleFileObject(file, path, 0, flags);
    PyErr_Clear();
    fclose(file);
    return 0;
}

static int
run_interactive_hook(void)
{
    PyObject *hook = PySys_GetObject("__interactivehook__");
    if (hook == NULL)
        return 0;
    if (PySys_Audit("cpython.run_interactivehook", "O", hook) < 0) {
        PyErr_Print();
        return 0;
    }
    PyObject *result = PyObject_CallNoArgs(hook);
    if (result == NULL) {
        PySys_WriteStderr("Failed calling sys.__interactivehook__\n");
        PyErr_Print();
    }
    Py_XDECREF(result);
    return 0;
}

static int
run_stdin(const PyConfig *config, PyCompilerFlags *flags)
{
    int interactive = config->interactive || isatty(fileno(stdin));
    if (interactive) {
        /* A script's -i is over once there is a prompt. */
        ((PyConfig *)config)->inspect = 0;
        Py_InspectFlag = 0;
        run_startup_file(config, flags);
        run_interactive_hook();
    }
    if (Py_MakePendingCalls() == -1)
        return exit_code_of_exception();
    if (PySys_Audit("cpython.run_stdin", NULL) < 0)
        return exit_code_of_exception();
    KS_OWNED PyObject *name = PyUnicode_FromString("<stdin>");
    if (name == NULL)
        return exit_code_of_exception();
    return _PyRun_AnyFileObject(stdin, name, 0, flags) != 0;
}

/* -i or PYTHONINSPECT, which the program may have set: a prompt after it. */
static void
run_repl_after(PyConfig *config, PyCompilerFlags *flags, int *exitcode)
{
    if (!config->inspect && _Py_GetEnv(config->use_environment, "PYTHONINSPECT") != NULL)
        config->inspect = 1;
    if (!config->inspect || !(isatty(fileno(stdin)) || config->interactive)
        || (config->run_command == NULL && config->run_filename == NULL && config->run_module == NULL))
        return;
    config->inspect = 0;
    Py_InspectFlag = 0;
    run_interactive_hook();
    KS_OWNED PyObject *name = PyUnicode_FromString("<stdin>");
    *exitcode = name == NULL || _PyRun_AnyFileObject(stdin, name, 0, flags) != 0;
}

/* ---- the run ---- */

static void
show_banner(const PyConfig *config)
{
    if (config->quiet)
        return;
    int prompts = config->run_command == NULL && config->run_filename == NULL
                  && config->run_module == NULL && (isatty(fileno(stdin)) || config->interactive);
    if (!config->verbose && !prompts)
        return;
    fprintf(stderr, "Python %s on %s\n", Py_GetVersion(), Py_GetPlatform());
    if (config->site_import)
        fprintf(stderr, "Type \"help\", \"copyright\", \"credits\" or \"license\" "
                        "for more information.\n");
}

static int
run_selected(PyConfig *config, PyObject *main_entry, PyCompilerFlags *flags)
{
    if (config->run_command != NULL)
        return run_command(config->run_command, flags);
    if (config->run_module != NULL)
        return run_module(config->run_module, 1);
    if (main_entry != NULL)
        return run_module(L"__main__", 0);
    if (config->run_filename != NULL)
        return run_file(config, flags);
    return run_stdin(config, flags);
}

static int
run_python(void)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    PyConfig *config = &interp->config;
    KS_OWNED PyObject *main_entry = NULL;
    if (config->run_filename != NULL && find_main_importer(config->run_filename, &main_entry) < 0)
        return exit_code_of_exception();
    KS_OWNED PyObject *path0 = NULL;
    if (main_entry != NULL) {
        if (path_prepend(main_entry) < 0)
            return exit_code_of_exception();
    } else if (!config->safe_path) {
        int found = _PyPathConfig_ComputeSysPath0(&config->argv, &path0);
        if (found < 0 || (found > 0 && path_prepend(path0) < 0))
            return exit_code_of_exception();
    }
    show_banner(config);
    if (config->run_filename == NULL && config->run_command == NULL && config->run_module == NULL
        && (config->interactive || isatty(fileno(stdin)))) {
        /* Line editing; the plain reader will do where there is none. */
        PyObject *readline = config->isolated ? NULL : PyImport_ImportModule("readline");
        if (readline == NULL)
            PyErr_Clear();
        Py_XDECREF(readline);
    }
    PyCompilerFlags flags = _PyCompilerFlags_INIT;
    int exitcode = run_selected(config, main_entry, &flags);
    run_repl_after(config, &flags, &exitcode);
    return exitcode;
}

/* Ends as a process that the signal killed. */
static int
exit_by_sigint(void)
{
    PyOS_setsig(SIGINT, SIG_DFL);
    kill(getpid(), SIGINT);
    return SIGINT + 128; /* if even that is blocked */
}

int
Py_RunMain(void)
{
    _Py_UnhandledKeyboardInterrupt = 0;
    int exitcode = run_python();
    if (Py_FinalizeEx() < 0)
        exitcode = 120;
    _PyImport_Fini2();
    _PyPathConfig_ClearGlobal();
    _Py_ClearArgcArgv();
    _Py_ClearStandardStreamEncoding();
    _PyRuntime_Finalize();
    return _Py_UnhandledKeyboardInterrupt ? exit_by_sigint() : exitcode;
}

static int
main_with(_PyArgv *args)
{
    PyStatus status = _PyRuntime_Initialize();
    PyPreConfig preconfig;
    PyConfig config;
    PyPreConfig_InitPythonConfig(&preconfig);
    if (!_PyStatus_EXCEPTION(status))
        status = _Py_PreInitializeFromPyArgv(&preconfig, args);
    if (!_PyStatus_EXCEPTION(status)) {
        PyConfig_InitPythonConfig(&config);
        status = args->use_bytes_argv
            ? PyConfig_SetBytesArgv(&config, args->argc, args->bytes_argv)
            : PyConfig_SetArgv(&config, args->argc, args->wchar_argv);
        if (!_PyStatus_EXCEPTION(status))
            status = Py_InitializeFromConfig(&config);
        PyConfig_Clear(&config);
    }
    if (_PyStatus_IS_EXIT(status)) {
        _PyRuntime_Finalize();
        return status.exitcode;
    }
    if (_PyStatus_EXCEPTION(status))
        Py_ExitStatusException(status);
    return Py_RunMain();
}

int
Py_Main(int argc, wchar_t **argv)
{
    _PyArgv args = {.argc = argc, .use_bytes_argv = 0, .wchar_argv = argv};
    return main_with(&args);
}

int
Py_BytesMain(int argc, char **argv)
{
    _PyArgv args = {.argc = argc, .use_bytes_argv = 1, .bytes_argv = argv};
    return main_with(&args);
}
