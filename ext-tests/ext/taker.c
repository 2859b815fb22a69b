/* SPDX-License-Identifier: MIT */
/* Uses giver's functions through its capsule. */
#include <Python.h>
#include "giver.h"

static GiverApi *api;

static PyObject *
taker_triple(PyObject *module, PyObject *number)
{
    long value = PyLong_AsLong(number);
    return value == -1 && PyErr_Occurred() ? NULL : PyLong_FromLong(api->triple(value));
}

static PyMethodDef functions[] = {{"triple", taker_triple, METH_O, NULL}, {NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "taker", .m_size = -1,
                                    .m_methods = functions};

PyMODINIT_FUNC
PyInit_taker(void)
{
    api = PyCapsule_Import("giver._api", 0);
    return api == NULL ? NULL : PyModule_Create(&module);
}
