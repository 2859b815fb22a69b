/* SPDX-License-Identifier: MIT */
/* Module definitions: from a PyModuleDef to a module, in one phase or in two.
 *
 * A definition is a static object of its own type; it is numbered once, when it is first seen. */
#include "Python.h"

#include "pycore_interp.h"
#include "pycore_moduleobject.h"
#include "pycore_object.h"
#include "pycore_pystate.h"
#include "pycore_runtime.h"

#include "ks_base.h"

PyTypeObject PyModuleDef_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "moduledef",
    .tp_basicsize = sizeof(struct PyModuleDef),
};

/* Makes a static definition an object. Borrowed reference to it; NULL with an exception. */
PyObject *
PyModuleDef_Init(PyModuleDef *definition)
{
    if (definition->m_base.m_index == 0) {
        static Py_ssize_t last_index; /* shared by all interpreters, under the GIL */
        Py_SET_REFCNT(definition, 1);
        Py_SET_TYPE(definition, &PyModuleDef_Type);
        definition->m_base.m_index = ++last_index;
    }
    return (PyObject *)definition;
}

/* --- functions and docstring --- */

static int
add_functions(PyObject *module, PyObject *name, PyMethodDef *functions)
{
    for (PyMethodDef *row = functions; row->ml_name != NULL; row++) {
        if (row->ml_flags & (METH_CLASS | METH_STATIC)) {
            PyErr_SetString(PyExc_ValueError,
                            "module functions cannot set METH_CLASS or METH_STATIC");
            return -1;
        }
        KS_OWNED PyObject *function = PyCFunction_NewEx(row, module, name);
        if (function == NULL || PyObject_SetAttrString(module, row->ml_name, function) < 0)
            return -1;
    }
    return 0;
}

int
PyModule_AddFunctions(PyObject *module, PyMethodDef *functions)
{
    KS_OWNED PyObject *name = PyModule_GetNameObject(module);
    return name == NULL ? -1 : add_functions(module, name, functions);
}

int
PyModule_SetDocString(PyObject *module, const char *doc)
{
    KS_OWNED PyObject *text = PyUnicode_FromString(doc);
    if (text == NULL)
        return -1;
    return PyObject_SetAttr(module, &_Py_ID(__doc__), text);
}

/* --- versions --- */

/* 0 to go on, -1 with an exception when the warning was made an error. */
static int
check_api_version(const char *name, int version)
{
    if (version == PYTHON_API_VERSION || version == PYTHON_ABI_VERSION)
        return 0;
    return PyErr_WarnFormat(PyExc_RuntimeWarning, 1,
                            "Python C API version mismatch for module %.100s: "
                            "This Python has API version %d, module %.100s has version %d.",
                            name, PYTHON_API_VERSION, name, version);
}

/* --- one phase --- */

static void *
state_new(Py_ssize_t size)
{
    void *state = PyMem_Malloc((size_t)size);
    if (state == NULL)
        PyErr_NoMemory();
    else
        memset(state, 0, (size_t)size);
    return state;
}

PyObject *
_PyModule_CreateInitialized(PyModuleDef *definition, int api_version)
{
    if (PyModuleDef_Init(definition) == NULL)
        return NULL;
    const char *name = definition->m_name;
    if (check_api_version(name, api_version) < 0)
        return NULL;
    if (definition->m_slots != NULL) {
        PyErr_Format(PyExc_SystemError,
                     "module %s: PyModule_Create is incompatible with m_slots", name);
        return NULL;
    }
    /* A module in a package: the importer says the full name, the definition only the last part. */
    if (_Py_PackageContext != NULL) {
        const char *last = strrchr(_Py_PackageContext, '.');
        if (last != NULL && strcmp(name, last + 1) == 0) {
            name = _Py_PackageContext;
            _Py_PackageContext = NULL;
        }
    }
    KS_OWNED PyObject *module = PyModule_New(name);
    if (module == NULL)
        return NULL;
    PyModuleObject *self = (PyModuleObject *)module;
    if (definition->m_size > 0 && (self->md_state = state_new(definition->m_size)) == NULL)
        return NULL;
    if (definition->m_methods != NULL &&
        PyModule_AddFunctions(module, definition->m_methods) != 0)
        return NULL;
    if (definition->m_doc != NULL && PyModule_SetDocString(module, definition->m_doc) != 0)
        return NULL;
    self->md_def = definition;
    return ks_give(&module);
}

PyObject *
PyModule_Create2(PyModuleDef *definition, int api_version)
{
    if (!_PyImport_IsInitialized(_PyInterpreterState_GET())) {
        PyErr_SetString(PyExc_SystemError, "Python import machinery not initialized");
        return NULL;
    }
    return _PyModule_CreateInitialized(definition, api_version);
}

/* --- two phases --- */

typedef PyObject *(*CreateFunction)(PyObject *spec, PyModuleDef *definition);

/* Finds the create slot; -1 with SystemError for a bad table. *executes: is there an exec slot? */
static int
slots_scan(PyModuleDef *definition, const char *name, CreateFunction *create, int *executes)
{
    *create = NULL;
    *executes = 0;
    for (PyModuleDef_Slot *slot = definition->m_slots; slot != NULL && slot->slot; slot++) {
        if (slot->slot == Py_mod_create) {
            if (*create != NULL) {
                PyErr_Format(PyExc_SystemError, "module %s has multiple create slots", name);
                return -1;
            }
            *create = (CreateFunction)slot->value;
        }
        else if (slot->slot < 0 || slot->slot > _Py_mod_LAST_SLOT) {
            PyErr_Format(PyExc_SystemError, "module %s uses unknown slot ID %i", name,
                         slot->slot);
            return -1;
        }
        else {
            *executes = 1;
        }
    }
    return 0;
}

static PyObject *
created_by(CreateFunction create, PyObject *spec, PyModuleDef *definition, const char *name)
{
    PyObject *module = create(spec, definition);
    if (module == NULL) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_SystemError,
                         "creation of module %s failed without setting an exception", name);
    }
    else if (PyErr_Occurred()) {
        PyErr_Format(PyExc_SystemError, "creation of module %s raised unreported exception",
                     name);
        Py_CLEAR(module);
    }
    return module;
}

PyObject *
PyModule_FromDefAndSpec2(PyModuleDef *definition, PyObject *spec, int api_version)
{
    PyModuleDef_Init(definition);
    KS_OWNED PyObject *name_object = PyObject_GetAttr(spec, &_Py_ID(name));
    if (name_object == NULL)
        return NULL;
    const char *name = PyUnicode_AsUTF8(name_object);
    if (name == NULL || check_api_version(name, api_version) < 0)
        return NULL;
    if (definition->m_size < 0) {
        PyErr_Format(PyExc_SystemError,
                     "module %s: m_size may not be negative for multi-phase initialization",
                     name);
        return NULL;
    }
    CreateFunction create;
    int executes;
    if (slots_scan(definition, name, &create, &executes) < 0)
        return NULL;
    KS_OWNED PyObject *module = create != NULL ? created_by(create, spec, definition, name)
                                               : PyModule_NewObject(name_object);
    if (module == NULL)
        return NULL;
    if (PyModule_Check(module)) {
        ((PyModuleObject *)module)->md_state = NULL;
        ((PyModuleObject *)module)->md_def = definition;
    }
    else {
        if (definition->m_size > 0 || definition->m_traverse != NULL ||
            definition->m_clear != NULL || definition->m_free != NULL) {
            PyErr_Format(PyExc_SystemError,
                         "module %s is not a module object, but requests module state", name);
            return NULL;
        }
        if (executes) {
            PyErr_Format(PyExc_SystemError,
                         "module %s specifies execution slots, but did not create a "
                         "ModuleType instance",
                         name);
            return NULL;
        }
    }
    if (definition->m_methods != NULL &&
        add_functions(module, name_object, definition->m_methods) != 0)
        return NULL;
    if (definition->m_doc != NULL && PyModule_SetDocString(module, definition->m_doc) != 0)
        return NULL;
    return ks_give(&module);
}

int
PyModule_ExecDef(PyObject *module, PyModuleDef *definition)
{
    const char *name = PyModule_GetName(module);
    if (name == NULL)
        return -1;
    if (definition->m_size >= 0) {
        PyModuleObject *self = (PyModuleObject *)module;
        /* Without a size there is no state, which NULL would say, too: so one byte at least. */
        if (self->md_state == NULL &&
            (self->md_state = state_new(definition->m_size > 0 ? definition->m_size : 1)) == NULL)
            return -1;
    }
    for (PyModuleDef_Slot *slot = definition->m_slots; slot != NULL && slot->slot; slot++) {
        if (slot->slot == Py_mod_create)
            continue;
        if (slot->slot != Py_mod_exec) {
            PyErr_Format(PyExc_SystemError, "module %s initialized with unknown slot %i", name,
                         slot->slot);
            return -1;
        }
        int status = ((int (*)(PyObject *))slot->value)(module);
        if (status != 0) {
            if (!PyErr_Occurred())
                PyErr_Format(PyExc_SystemError,
                             "execution of module %s failed without setting an exception", name);
            return -1;
        }
        if (PyErr_Occurred()) {
            PyErr_Format(PyExc_SystemError,
                         "execution of module %s raised unreported exception", name);
            return -1;
        }
    }
    return 0;
}
