/* SPDX-License-Identifier: MIT */
/* The marshal module. What loads() and load() return may be run, so code objects are verified. */
#include "Python.h"
#include "marshal.h"

#include "ks_args.h"
#include "ks_base.h"
#include "ks_marshal.h"

PyMODINIT_FUNC PyMarshal_Init(void);
PyMODINIT_FUNC PyInit_marshal(void);

static int
version_argument(PyObject *const *args, Py_ssize_t nargs, Py_ssize_t index, int *version)
{
    *version = Py_MARSHAL_VERSION;
    return nargs <= index || ks_arg_int(args[index], version);
}

static PyObject *
marshal_dumps(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int version;
    if (!ks_args_count("dumps", nargs, 1, 2) || !version_argument(args, nargs, 1, &version))
        return NULL;
    return PyMarshal_WriteObjectToString(args[0], version);
}

static PyObject *
marshal_dump(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int version;
    if (!ks_args_count("dump", nargs, 2, 3) || !version_argument(args, nargs, 2, &version))
        return NULL;
    KS_OWNED PyObject *bytes = PyMarshal_WriteObjectToString(args[0], version);
    return bytes == NULL ? NULL : PyObject_CallMethod(args[1], "write", "O", bytes);
}

static PyObject *
marshal_loads(PyObject *module, PyObject *arg)
{
    Py_buffer view;
    PyObject *result = NULL;
    if (PyObject_GetBuffer(arg, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    if (PySys_Audit("marshal.loads", "y#", view.buf, view.len) == 0)
        result = ks_marshal_read_memory(view.buf, view.len, 1, NULL);
    PyBuffer_Release(&view);
    return result;
}

/* Exactly count bytes through the file's readinto(). */
static int
fill_from_object(void *source, char *buffer, Py_ssize_t count)
{
    KS_OWNED PyObject *view = PyMemoryView_FromMemory(buffer, count, PyBUF_WRITE);
    KS_OWNED PyObject *answer =
        view == NULL ? NULL : PyObject_CallMethod((PyObject *)source, "readinto", "O", view);
    if (answer == NULL)
        return 0;
    Py_ssize_t got = PyNumber_AsSsize_t(answer, PyExc_ValueError);
    if (got == -1 && PyErr_Occurred())
        return 0;
    if (got > count) {
        PyErr_Format(PyExc_ValueError,
                     "read() returned too much data: %zd bytes requested, %zd returned", count, got);
        return 0;
    }
    if (got != count) {
        PyErr_SetString(PyExc_EOFError, "EOF read where not expected");
        return 0;
    }
    return 1;
}

static PyObject *
marshal_load(PyObject *module, PyObject *file)
{
    KS_OWNED PyObject *probe = PyObject_CallMethod(file, "read", "i", 0);
    if (probe == NULL)
        return NULL;
    if (!PyBytes_Check(probe)) {
        PyErr_Format(PyExc_TypeError, "file.read() returned not bytes but %.100s",
                     Py_TYPE(probe)->tp_name);
        return NULL;
    }
    if (PySys_Audit("marshal.load", NULL) < 0)
        return NULL;
    return ks_marshal_read_source(fill_from_object, file, 1);
}

static PyMethodDef marshal_methods[] = {
    METHOD("dump", marshal_dump, METH_FASTCALL, "($module, value, file, version=version, /)",
           "Write a value to a binary file."),
    METHOD("load", marshal_load, METH_O, "($module, file, /)",
           "Read one value from a binary file."),
    METHOD("dumps", marshal_dumps, METH_FASTCALL, "($module, value, version=version, /)",
           "The bytes that dump() would write."),
    METHOD("loads", marshal_loads, METH_O, "($module, bytes, /)",
           "The value that a bytes-like object begins with; bytes behind it are ignored."),
    {NULL, NULL, 0, NULL},
};

static int
marshal_exec(PyObject *module)
{
    return PyModule_AddIntConstant(module, "version", Py_MARSHAL_VERSION);
}

static PyModuleDef_Slot marshal_slots[] = {
    {Py_mod_exec, marshal_exec},
    {0, NULL},
};

PyDoc_STRVAR(marshal_doc,
"Values as bytes, in the private format of compiled modules.\n\
\n\
The format is the same on all machines and changes between Python versions.\n\
Supported are None, booleans, numbers, strings, bytes, tuples, lists, sets,\n\
dictionaries of these, and code objects. Never load data you do not trust.");

static struct PyModuleDef marshal_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "marshal",
    .m_doc = marshal_doc,
    .m_methods = marshal_methods,
    .m_slots = marshal_slots,
};

PyMODINIT_FUNC
PyMarshal_Init(void)
{
    return PyModuleDef_Init(&marshal_module);
}

/* The name that the table of built-in modules uses. */
PyMODINIT_FUNC
PyInit_marshal(void)
{
    return PyMarshal_Init();
}
