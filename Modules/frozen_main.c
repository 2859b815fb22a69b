/* SPDX-License-Identifier: MIT */
/* Py_FrozenMain(): the main() of programs whose __main__ is frozen into them. */
#include "Python.h"
#include "pycore_initconfig.h"
#include "pycore_pylifecycle.h"
#include "pycore_pystate.h"
#include "ks_base.h"

#include <unistd.h>

int
Py_FrozenMain(int argc, char **argv)
{
    PyStatus status = _PyRuntime_Initialize();
    if (PyStatus_Exception(status))
        Py_ExitStatusException(status);
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    config.pathconfig_warnings = 0;
    config.parse_argv = 0;
    status = PyConfig_SetBytesArgv(&config, argc, argv);
    const char *unbuffered = Py_GETENV("PYTHONUNBUFFERED"), *inspect = Py_GETENV("PYTHONINSPECT");
    if (unbuffered != NULL && unbuffered[0] != '\0')
        config.buffered_stdio = 0;
    if (inspect != NULL && inspect[0] != '\0')
        config.inspect = 1;
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    int inspecting = config.inspect;
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status))
        Py_ExitStatusException(status);

    if (Py_VerboseFlag)
        fprintf(stderr, "Python %s\n%s\n", Py_GetVersion(), Py_GetCopyright());
    int exitcode = 1;
    int found = PyImport_ImportFrozenModule("__main__");
    if (found == 0)
        Py_FatalError("the __main__ module is not frozen");
    if (found < 0)
        PyErr_Print();
    else
        exitcode = 0;
    if (inspecting && isatty(fileno(stdin)))
        exitcode = PyRun_AnyFile(stdin, "<stdin>") != 0;
    if (Py_FinalizeEx() < 0)
        exitcode = 120;
    return exitcode;
}
