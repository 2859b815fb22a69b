/* SPDX-License-Identifier: MIT */
/* PyState_*: modules found by their definition.
 *
 * interp->modules_by_index is a list; a definition's m_index is its place there, 0 standing for
 * none. Multi-phase modules have no place: they can exist several times. */
#include "Python.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "ks_base.h"

/* Borrowed, or NULL without an exception. */
PyObject *
PyState_FindModule(PyModuleDef *def)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    Py_ssize_t index = def->m_base.m_index;
    PyObject *list = interp->modules_by_index;
    if (def->m_slots != NULL || index == 0 || list == NULL || index >= PyList_GET_SIZE(list))
        return NULL;
    PyObject *module = PyList_GET_ITEM(list, index);
    return module == Py_None ? NULL : module;
}

int
_PyState_AddModule(PyThreadState *tstate, PyObject *module, PyModuleDef *def)
{
    if (def->m_slots != NULL) {
        _PyErr_SetString(tstate, PyExc_SystemError,
                         "PyState_AddModule called on module with slots");
        return -1;
    }
    PyInterpreterState *interp = tstate->interp;
    if (interp->modules_by_index == NULL) {
        interp->modules_by_index = PyList_New(0);
        if (interp->modules_by_index == NULL)
            return -1;
    }
    while (PyList_GET_SIZE(interp->modules_by_index) <= def->m_base.m_index) {
        if (PyList_Append(interp->modules_by_index, Py_None) < 0)
            return -1;
    }
    return PyList_SetItem(interp->modules_by_index, def->m_base.m_index, Py_NewRef(module));
}

int
PyState_AddModule(PyObject *module, PyModuleDef *def)
{
    if (def == NULL)
        Py_FatalError("module definition is NULL");
    PyThreadState *tstate = _PyThreadState_GET();
    PyObject *list = tstate->interp->modules_by_index;
    Py_ssize_t index = def->m_base.m_index;
    if (list != NULL && index < PyList_GET_SIZE(list) && PyList_GET_ITEM(list, index) == module)
        _Py_FatalErrorFormat(__func__, "module %p already added", module);
    return _PyState_AddModule(tstate, module, def);
}

int
PyState_RemoveModule(PyModuleDef *def)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (def->m_slots != NULL) {
        _PyErr_SetString(tstate, PyExc_SystemError,
                         "PyState_RemoveModule called on module with slots");
        return -1;
    }
    PyObject *list = tstate->interp->modules_by_index;
    if (def->m_base.m_index == 0)
        Py_FatalError("invalid module index");
    if (list == NULL)
        Py_FatalError("Interpreters module-list not accessible.");
    if (def->m_base.m_index > PyList_GET_SIZE(list))
        Py_FatalError("Module index out of bounds.");
    return PyList_SetItem(list, def->m_base.m_index, Py_NewRef(Py_None));
}
