/* SPDX-License-Identifier: MIT */
/* Subsystems that are not there yet, in their switched-off state. */
#include "Python.h"

#include "pycore_initconfig.h"
#include "pycore_object.h"
#include "pycore_pylifecycle.h"
#include "pycore_pymem.h"
#include "tracemalloc.h"

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

/* -2 says that nothing is traced. */
int
PyTraceMalloc_Track(unsigned int domain, uintptr_t address, size_t size)
{
    return -2;
}

int
PyTraceMalloc_Untrack(unsigned int domain, uintptr_t address)
{
    return -2;
}
