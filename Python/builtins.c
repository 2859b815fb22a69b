/* SPDX-License-Identifier: MIT */
/* The builtins module: its functions come from the builtins_*.c tables, its types and constants from
 * here. Exceptions are added by their owner right after. */
#include "Python.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_moduleobject.h"
#include "pycore_object.h"
#include "pycore_pylifecycle.h"
#include "ks_base.h"
#include "ks_builtins.h"

static struct PyModuleDef builtins_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "builtins",
    .m_doc = "The functions, types, exceptions and constants that are there without an import.\n\n"
             "Its names are looked up after the module's own: see builtins.__dict__.",
    .m_size = -1,
    .m_methods = ks_builtins_plain_methods,
};

static const struct {
    const char *name;
    void *object;
} builtin_objects[] = {
    {"None", Py_None},
    {"Ellipsis", Py_Ellipsis},
    {"NotImplemented", Py_NotImplemented},
    {"False", Py_False},
    {"True", Py_True},
    {"bool", &PyBool_Type},
    {"memoryview", &PyMemoryView_Type},
    {"bytearray", &PyByteArray_Type},
    {"bytes", &PyBytes_Type},
    {"classmethod", &PyClassMethod_Type},
    {"complex", &PyComplex_Type},
    {"dict", &PyDict_Type},
    {"enumerate", &PyEnum_Type},
    {"filter", &PyFilter_Type},
    {"float", &PyFloat_Type},
    {"frozenset", &PyFrozenSet_Type},
    {"property", &PyProperty_Type},
    {"int", &PyLong_Type},
    {"list", &PyList_Type},
    {"map", &PyMap_Type},
    {"object", &PyBaseObject_Type},
    {"range", &PyRange_Type},
    {"reversed", &PyReversed_Type},
    {"set", &PySet_Type},
    {"slice", &PySlice_Type},
    {"staticmethod", &PyStaticMethod_Type},
    {"str", &PyUnicode_Type},
    {"super", &PySuper_Type},
    {"tuple", &PyTuple_Type},
    {"type", &PyType_Type},
    {"zip", &PyZip_Type},
};

/* A new reference, or NULL with an exception. */
PyObject *
_PyBuiltin_Init(PyInterpreterState *interp)
{
    PyObject *module = _PyModule_CreateInitialized(&builtins_module, PYTHON_API_VERSION);
    if (module == NULL)
        return NULL;
    PyMethodDef *const tables[] = {ks_builtins_math_methods, ks_builtins_code_methods,
                                   ks_builtins_io_methods};
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(tables); i++) {
        if (PyModule_AddFunctions(module, tables[i]) < 0)
            goto failed;
    }
    PyObject *dict = PyModule_GetDict(module);
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(builtin_objects); i++) {
        if (PyDict_SetItemString(dict, builtin_objects[i].name, builtin_objects[i].object) < 0)
            goto failed;
    }
    PyObject *debug = interp->config.optimization_level == 0 ? Py_True : Py_False;
    if (PyDict_SetItemString(dict, "__debug__", debug) < 0)
        goto failed;
    return module;
failed:
    Py_DECREF(module);
    return NULL;
}
