/* SPDX-License-Identifier: MIT */
/* The _tracemalloc module: the Python face of tracemalloc.c. */
#include "Python.h"

#include "pycore_object.h"
#include "pycore_pymem.h"
#include "ks_args.h"
#include "ks_tracemalloc.h"

static PyObject *
tracemalloc_is_tracing(PyObject *module, PyObject *unused)
{
    return PyBool_FromLong(_Py_tracemalloc_config.tracing);
}

static PyObject *
tracemalloc_clear_traces(PyObject *module, PyObject *unused)
{
    ks_tracemalloc_clear();
    Py_RETURN_NONE;
}

static PyObject *
tracemalloc_get_traces(PyObject *module, PyObject *unused)
{
    return ks_tracemalloc_traces();
}

static PyObject *
tracemalloc_get_object_traceback(PyObject *module, PyObject *object)
{
    uintptr_t block = (uintptr_t)object - _PyType_PreHeaderSize(Py_TYPE(object));
    return _PyTraceMalloc_GetTraceback(0, block);
}

static PyObject *
tracemalloc_start(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int nframe = 1;
    if (!ks_args_count("start", nargs, 0, 1))
        return NULL;
    if (nargs > 0)
        nframe = _PyLong_AsInt(args[0]);
    if ((nframe == -1 && PyErr_Occurred()) || ks_tracemalloc_start(nframe) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
tracemalloc_stop(PyObject *module, PyObject *unused)
{
    ks_tracemalloc_stop();
    Py_RETURN_NONE;
}

static PyObject *
tracemalloc_get_traceback_limit(PyObject *module, PyObject *unused)
{
    return PyLong_FromLong(_Py_tracemalloc_config.max_nframe);
}

static PyObject *
tracemalloc_get_tracemalloc_memory(PyObject *module, PyObject *unused)
{
    return PyLong_FromSize_t(ks_tracemalloc_own_bytes());
}

static PyObject *
tracemalloc_get_traced_memory(PyObject *module, PyObject *unused)
{
    size_t now, peak;
    ks_tracemalloc_traced(&now, &peak);
    return Py_BuildValue("(nn)", (Py_ssize_t)now, (Py_ssize_t)peak);
}

static PyObject *
tracemalloc_reset_peak(PyObject *module, PyObject *unused)
{
    ks_tracemalloc_reset_peak();
    Py_RETURN_NONE;
}

static PyMethodDef tracemalloc_methods[] = {
    METHOD("is_tracing", tracemalloc_is_tracing, METH_NOARGS, "($module, /)",
           "Are memory blocks being traced?"),
    METHOD("clear_traces", tracemalloc_clear_traces, METH_NOARGS, "($module, /)",
           "Forget all traces."),
    METHOD("_get_traces", tracemalloc_get_traces, METH_NOARGS, "($module, /)",
           "List (domain, size, traceback, total frame count) of every traced block."),
    METHOD("_get_object_traceback", tracemalloc_get_object_traceback, METH_O, "($module, obj, /)",
           "Where obj was allocated, as (file name, line) pairs, or None."),
    METHOD("start", tracemalloc_start, METH_FASTCALL, "($module, nframe=1, /)",
           "Trace memory blocks from now on, with up to nframe frames each."),
    METHOD("stop", tracemalloc_stop, METH_NOARGS, "($module, /)",
           "Trace no more, and forget all traces."),
    METHOD("get_traceback_limit", tracemalloc_get_traceback_limit, METH_NOARGS, "($module, /)",
           "How many frames a trace can hold."),
    METHOD("get_tracemalloc_memory", tracemalloc_get_tracemalloc_memory, METH_NOARGS,
           "($module, /)", "Bytes that tracing itself uses."),
    METHOD("get_traced_memory", tracemalloc_get_traced_memory, METH_NOARGS, "($module, /)",
           "Bytes in traced blocks: a pair of now and peak."),
    METHOD("reset_peak", tracemalloc_reset_peak, METH_NOARGS, "($module, /)",
           "Let the peak start again from the present size."),
    {NULL, NULL, 0, NULL},
};

static int
tracemalloc_exec(PyObject *module)
{
    return ks_tracemalloc_set_up();
}

static PyModuleDef_Slot tracemalloc_slots[] = {
    {Py_mod_exec, tracemalloc_exec},
    {0, NULL},
};

static struct PyModuleDef tracemalloc_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_tracemalloc",
    .m_doc = "Traces of memory blocks, for the tracemalloc module.",
    .m_methods = tracemalloc_methods,
    .m_slots = tracemalloc_slots,
};

PyMODINIT_FUNC
PyInit__tracemalloc(void)
{
    return PyModuleDef_Init(&tracemalloc_module);
}
