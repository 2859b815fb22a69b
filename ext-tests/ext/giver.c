/* SPDX-License-Identifier: MIT */
/* A capsule: a table of C functions for other extensions. */
#include <Python.h>
#include "giver.h"

static long
triple(long value)
{
    return 3 * value;
}

static GiverApi api = {1, triple};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "giver", .m_size = -1};

PyMODINIT_FUNC
PyInit_giver(void)
{
    PyObject *made = PyModule_Create(&module);
    PyObject *capsule = PyCapsule_New(&api, "giver._api", NULL);
    if (made == NULL || capsule == NULL || PyModule_AddObjectRef(made, "_api", capsule) < 0)
        Py_CLEAR(made);
    Py_XDECREF(capsule);
    return made;
}
