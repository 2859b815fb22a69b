/* SPDX-License-Identifier: MIT */
/* What both fuzz targets share: one interpreter for the process, started on the first input. */
#ifndef KS_FUZZ_H
#define KS_FUZZ_H

#include <stdint.h>
#include <stdlib.h>

#include "Python.h"

/* Isolated, without site; every block comes from malloc so that the sanitizer sees its bounds. */
static inline void
fuzz_start(void)
{
    if (Py_IsInitialized())
        return;
    PyPreConfig early;
    PyPreConfig_InitIsolatedConfig(&early);
    early.utf8_mode = 1;
    early.allocator = PYMEM_ALLOCATOR_MALLOC;
    PyConfig config;
    PyStatus status = Py_PreInitialize(&early);
    if (PyStatus_Exception(status))
        Py_ExitStatusException(status);
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config.install_signal_handlers = 0;
    status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status))
        Py_ExitStatusException(status);
    /* Warnings would print what the input says. */
    PyRun_SimpleString("import warnings; warnings.simplefilter('ignore')");
}

/* A result and an exception exclude each other, and one of them must be there. */
static inline void
fuzz_settle(PyObject *result)
{
    if ((result == NULL) != (PyErr_Occurred() != NULL))
        abort();
    Py_XDECREF(result);
    PyErr_Clear();
}

#endif
