/* SPDX-License-Identifier: MIT */
/* Modules in C: the table of built-in ones, the registry of single-phase extensions, the import lock.
 *
 * A single-phase module cannot be initialised twice; its definition is remembered under (file,
 * name) and a second interpreter gets a copy of its dict (m_size == -1) or calls its init function
 * again. Multi-phase modules never enter the registry. */
#include "Python.h"
#include "pycore_import.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_namespace.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pymem.h"
#include "pycore_pystate.h"
#include "ks_base.h"
#include "ks_import.h"
#include "ks_lifecycle.h"

#include <errno.h>

/* ---- the table ---- */

#define MODULE(name) extern PyObject *PyInit_##name(void);
#include "../Modules/modules.def"
#undef MODULE

static struct _inittab default_inittab[] = {
    {"builtins", NULL}, /* made by the start-up; a second import finds it ready */
    {"sys", NULL},
#define MODULE(name) {#name, PyInit_##name},
#include "../Modules/modules.def"
#undef MODULE
    {NULL, NULL},
};

struct _inittab *PyImport_Inittab = default_inittab;
static struct _inittab *own_inittab; /* the copy that embedders' rows were added to */

int
PyImport_ExtendInittab(struct _inittab *newtab)
{
    if (Py_IsInitialized())
        Py_FatalError("PyImport_ExtendInittab() may not be called after Py_Initialize()");
    size_t extra = 0, present = 0;
    while (newtab[extra].name != NULL)
        extra++;
    if (extra == 0)
        return 0;
    while (PyImport_Inittab[present].name != NULL)
        present++;
    PyMemAllocatorEx saved;
    _PyMem_SetDefaultAllocator(PYMEM_DOMAIN_RAW, &saved);
    struct _inittab *grown = PyMem_RawRealloc(own_inittab, (present + extra + 1) * sizeof(*grown));
    if (grown != NULL) {
        if (PyImport_Inittab != own_inittab)
            memcpy(grown, PyImport_Inittab, present * sizeof(*grown));
        memcpy(grown + present, newtab, (extra + 1) * sizeof(*grown));
        PyImport_Inittab = own_inittab = grown;
    }
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &saved);
    return grown == NULL ? -1 : 0;
}

int
PyImport_AppendInittab(const char *name, PyObject *(*initfunc)(void))
{
    if (Py_IsInitialized())
        Py_FatalError("PyImport_AppendInittab() may not be called after Py_Initialize()");
    struct _inittab rows[2] = {{name, initfunc}, {NULL, NULL}};
    return PyImport_ExtendInittab(rows);
}

static const struct _inittab *
table_row(PyObject *name)
{
    for (const struct _inittab *row = PyImport_Inittab; row->name != NULL; row++) {
        if (_PyUnicode_EqualToASCIIString(name, row->name))
            return row;
    }
    return NULL;
}

int
ks_import_is_builtin(PyObject *name)
{
    const struct _inittab *row = table_row(name);
    return row == NULL ? 0 : row->initfunc == NULL ? -1 : 1;
}

/* ---- the registry ---- */

static PyObject *extensions; /* {(file, name): definition} */

int
_PyImport_FixupExtensionObject(PyObject *mod, PyObject *name, PyObject *filename, PyObject *modules)
{
    if (mod == NULL || !PyModule_Check(mod)) {
        PyErr_BadInternalCall();
        return -1;
    }
    PyModuleDef *def = PyModule_GetDef(mod);
    if (def == NULL) {
        PyErr_BadInternalCall();
        return -1;
    }
    PyThreadState *tstate = _PyThreadState_GET();
    if (PyObject_SetItem(modules, name, mod) < 0)
        return -1;
    if (_PyState_AddModule(tstate, mod, def) < 0) {
        PyMapping_DelItem(modules, name);
        return -1;
    }
    /* Other interpreters share only modules that keep their state in globals. */
    if (!_Py_IsMainInterpreter(tstate->interp) && def->m_size != -1)
        return 0;
    if (def->m_size == -1) {
        Py_CLEAR(def->m_base.m_copy);
        PyObject *dict = PyModule_GetDict(mod);
        def->m_base.m_copy = dict == NULL ? NULL : PyDict_Copy(dict);
        if (def->m_base.m_copy == NULL)
            return -1;
    }
    if (extensions == NULL && (extensions = PyDict_New()) == NULL)
        return -1;
    KS_OWNED PyObject *key = PyTuple_Pack(2, filename, name);
    return key == NULL ? -1 : PyDict_SetItem(extensions, key, (PyObject *)def);
}

int
_PyImport_FixupBuiltin(PyObject *mod, const char *name, PyObject *modules)
{
    KS_OWNED PyObject *text = PyUnicode_InternFromString(name);
    return text == NULL ? -1 : _PyImport_FixupExtensionObject(mod, text, text, modules);
}

PyObject *
ks_import_find_extension(PyThreadState *tstate, PyObject *name, PyObject *filename)
{
    if (extensions == NULL)
        return NULL;
    KS_OWNED PyObject *key = PyTuple_Pack(2, filename, name);
    PyModuleDef *def = key == NULL ? NULL : (PyModuleDef *)PyDict_GetItemWithError(extensions, key);
    if (def == NULL)
        return NULL;
    KS_OWNED PyObject *module = NULL;
    if (def->m_size == -1) {
        if (def->m_base.m_copy == NULL)
            return NULL;
        module = Py_XNewRef(PyImport_AddModuleObject(name));
        if (module == NULL || PyDict_Update(PyModule_GetDict(module), def->m_base.m_copy) < 0)
            return NULL;
    } else {
        if (def->m_base.m_init == NULL)
            return NULL;
        module = def->m_base.m_init();
        if (module == NULL || PyObject_SetItem(ks_import_modules(tstate), name, module) < 0)
            return NULL;
    }
    if (_PyState_AddModule(tstate, module, def) < 0) {
        PyMapping_DelItem(ks_import_modules(tstate), name);
        return NULL;
    }
    if (_PyInterpreterState_GetConfig(tstate->interp)->verbose)
        PySys_FormatStderr("import %U # previously loaded (%R)\n", name, filename);
    return ks_give(&module);
}

/* A built-in module for spec. Its slots, if it has any, are executed later by exec_builtin. None
 * with no exception if the name is not in the table. */
PyObject *
ks_import_create_builtin(PyThreadState *tstate, PyObject *name, PyObject *spec)
{
    PyObject *known = ks_import_find_extension(tstate, name, name);
    if (known != NULL || _PyErr_Occurred(tstate))
        return known;
    const struct _inittab *row = table_row(name);
    if (row == NULL)
        Py_RETURN_NONE;
    if (row->initfunc == NULL)
        return Py_XNewRef(PyImport_AddModuleObject(name));
    PyObject *module = row->initfunc();
    if (module == NULL)
        return NULL;
    if (PyObject_TypeCheck(module, &PyModuleDef_Type))
        return PyModule_FromDefAndSpec((PyModuleDef *)module, spec);
    PyModuleDef *def = PyModule_GetDef(module);
    if (def == NULL) {
        Py_DECREF(module);
        return NULL;
    }
    def->m_base.m_init = row->initfunc;
    if (_PyImport_FixupExtensionObject(module, name, name, ks_import_modules(tstate)) < 0)
        Py_CLEAR(module);
    return module;
}

/* importlib asks the _imp module for everything, so _imp itself is made by hand. */
PyObject *
_PyImport_BootstrapImp(PyThreadState *tstate)
{
    KS_OWNED PyObject *name = PyUnicode_InternFromString("_imp");
    KS_OWNED PyObject *attributes = name == NULL ? NULL : Py_BuildValue("{sO}", "name", name);
    KS_OWNED PyObject *spec = attributes == NULL ? NULL : _PyNamespace_New(attributes);
    if (spec == NULL)
        return NULL;
    KS_OWNED PyObject *module = ks_import_create_builtin(tstate, name, spec);
    if (module == NULL)
        return NULL;
    PyModuleDef *def = PyModule_Check(module) ? PyModule_GetDef(module) : NULL;
    if (def == NULL || (PyModule_GetState(module) == NULL && PyModule_ExecDef(module, def) < 0))
        return NULL;
    return ks_give(&module);
}

void
_PyImport_Fini(void)
{
    Py_CLEAR(extensions);
}

/* Gives back the table that embedders extended. */
void
_PyImport_Fini2(void)
{
    PyMemAllocatorEx saved;
    _PyMem_SetDefaultAllocator(PYMEM_DOMAIN_RAW, &saved);
    PyMem_RawFree(own_inittab);
    own_inittab = NULL;
    PyImport_Inittab = default_inittab;
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &saved);
}

/* ---- the lock ---- */

static struct {
    PyThread_type_lock lock;
    unsigned long owner;
    int depth;
} import_lock = {NULL, PYTHREAD_INVALID_THREAD_ID, 0};

void
_PyImport_AcquireLock(void)
{
    unsigned long me = PyThread_get_thread_ident();
    if (me == PYTHREAD_INVALID_THREAD_ID)
        return;
    if (import_lock.lock == NULL) {
        import_lock.lock = PyThread_allocate_lock();
        if (import_lock.lock == NULL)
            return;
    }
    if (import_lock.owner == me) {
        import_lock.depth++;
        return;
    }
    if (!PyThread_acquire_lock(import_lock.lock, NOWAIT_LOCK)) {
        PyThreadState *saved = PyEval_SaveThread();
        PyThread_acquire_lock(import_lock.lock, WAIT_LOCK);
        PyEval_RestoreThread(saved);
    }
    import_lock.owner = me;
    import_lock.depth = 1;
}

/* 1; 0 if there is no lock; -1 if another thread holds it. */
int
_PyImport_ReleaseLock(void)
{
    unsigned long me = PyThread_get_thread_ident();
    if (me == PYTHREAD_INVALID_THREAD_ID || import_lock.lock == NULL)
        return 0;
    if (import_lock.owner != me)
        return -1;
    if (--import_lock.depth == 0) {
        import_lock.owner = PYTHREAD_INVALID_THREAD_ID;
        PyThread_release_lock(import_lock.lock);
    }
    return 1;
}

int
ks_import_lock_held(void)
{
    return import_lock.owner != PYTHREAD_INVALID_THREAD_ID;
}

/* In the child of a fork, which took the lock before forking: a fresh one, one level less deep. */
PyStatus
_PyImport_ReInitLock(void)
{
    if (import_lock.lock != NULL && _PyThread_at_fork_reinit(&import_lock.lock) < 0)
        return _PyStatus_ERR("failed to create a new lock");
    if (import_lock.depth > 1) {
        PyThread_acquire_lock(import_lock.lock, NOWAIT_LOCK);
        import_lock.owner = PyThread_get_thread_ident();
        import_lock.depth--;
    } else {
        import_lock.owner = PYTHREAD_INVALID_THREAD_ID;
        import_lock.depth = 0;
    }
    return _PyStatus_OK();
}
