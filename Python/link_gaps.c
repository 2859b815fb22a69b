/* SPDX-License-Identifier: MIT */
/* Subsystems that are not there yet, in their switched-off state. */
#include "Python.h"

#include "pycore_initconfig.h"
#include "pycore_object.h"
#include "pycore_pylifecycle.h"
#include "pycore_pymem.h"

struct _PyTraceMalloc_Config _Py_tracemalloc_config = _PyTraceMalloc_Config_INIT;

int
_PyTraceMalloc_Init(int enable)
{
    if (enable)
        PyErr_SetString(PyExc_SystemError, "tracemalloc is not available");
    return enable ? -1 : 0;
}

void
_PyTraceMalloc_Fini(void)
{
}

int
_PyTraceMalloc_NewReference(PyObject *object)
{
    return -1;
}

PyStatus
_PyFaulthandler_Init(int enable)
{
    return _PyStatus_OK();
}

void
_PyFaulthandler_Fini(void)
{
}
