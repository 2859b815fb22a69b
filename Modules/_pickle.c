/* SPDX-License-Identifier: MIT */
/* _pickle: PickleBuffer, which pickle.py cannot define itself. Pickler, Unpickler and the four
 * functions are those of pickle.py, looked up when they are first asked for: pickling in C is not
 * written yet, and protocol 5 needs PickleBuffer whoever pickles. */
#include "Python.h"
#include "ks_args.h"

/* name here <TAB> name in pickle.py */
static const char *const shared_names[][2] = {
    {"PickleError", "PickleError"},
    {"PicklingError", "PicklingError"},
    {"UnpicklingError", "UnpicklingError"},
    {"Pickler", "_Pickler"},
    {"Unpickler", "_Unpickler"},
    {"dump", "_dump"},
    {"dumps", "_dumps"},
    {"load", "_load"},
    {"loads", "_loads"},
};

/* Called for names that the module's dict does not hold. pickle.py may be half imported, yet it
 * asks only when these are defined. */
static PyObject *
pickle_getattr(PyObject *module, PyObject *name)
{
    for (size_t i = 0; PyUnicode_Check(name) && i < Py_ARRAY_LENGTH(shared_names); i++) {
        if (!_PyUnicode_EqualToASCIIString(name, shared_names[i][0]))
            continue;
        KS_OWNED PyObject *pickle = PyImport_ImportModule("pickle");
        if (pickle == NULL)
            return NULL;
        PyObject *found = PyObject_GetAttrString(pickle, shared_names[i][1]);
        if (found != NULL && PyModule_AddObjectRef(module, shared_names[i][0], found) < 0)
            Py_CLEAR(found);
        return found;
    }
    PyErr_Format(PyExc_AttributeError, "module '_pickle' has no attribute %R", name);
    return NULL;
}

static PyMethodDef pickle_methods[] = {
    METHOD("__getattr__", pickle_getattr, METH_O, "($module, name, /)",
           "What pickle.py defines for both modules."),
    {NULL, NULL, 0, NULL},
};

static int
pickle_exec(PyObject *module)
{
    return PyModule_AddObjectRef(module, "PickleBuffer", (PyObject *)&PyPickleBuffer_Type);
}

static PyModuleDef_Slot pickle_slots[] = {
    {Py_mod_exec, pickle_exec},
    {0, NULL},
};

static struct PyModuleDef pickle_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_pickle",
    .m_doc = "What the pickle module takes from the runtime.",
    .m_methods = pickle_methods,
    .m_slots = pickle_slots,
};

PyMODINIT_FUNC
PyInit__pickle(void)
{
    return PyModuleDef_Init(&pickle_module);
}
