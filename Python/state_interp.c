/* SPDX-License-Identifier: MIT */
/* Interpreter states: making, clearing, deleting and finding them.
 *
 * All interpreters hang on _PyRuntime.interpreters.head, newest first; that list and every
 * interpreter's list of threads are guarded by the one runtime lock (ks_state_lock), which is never
 * held while Python code can run. The main interpreter lives inside _PyRuntime and is not freed. */
#include "Python.h"
#include "pycore_gc.h"
#include "pycore_initconfig.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pymem.h"
#include "pycore_sysmodule.h"
#include "pycore_typeobject.h"
#include "ks_base.h"
#include "ks_lifecycle.h"
#include "ks_state.h"

void
ks_state_lock(void)
{
    PyThread_acquire_lock(_PyRuntime.interpreters.mutex, WAIT_LOCK);
}

void
ks_state_unlock(void)
{
    PyThread_release_lock(_PyRuntime.interpreters.mutex);
}

/* From now on interpreters can be made; the first gets number 0. */
PyStatus
_PyInterpreterState_Enable(_PyRuntimeState *runtime)
{
    struct pyinterpreters *all = &runtime->interpreters;
    all->next_id = 0;
    if (all->mutex == NULL) {
        PyMemAllocatorEx saved;
        _PyMem_SetDefaultAllocator(PYMEM_DOMAIN_RAW, &saved);
        all->mutex = PyThread_allocate_lock();
        PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &saved);
        if (all->mutex == NULL)
            return _PyStatus_ERR("Can't initialize threads for interpreter");
    }
    return _PyStatus_OK();
}

/* ---- life ---- */

static void
interp_init(PyInterpreterState *interp, int64_t id, PyThread_type_lock pending_lock)
{
    interp->runtime = &_PyRuntime;
    interp->id = id;
    interp->next = _PyRuntime.interpreters.head;
    _PyRuntime.interpreters.head = interp;
    _PyEval_InitState(&interp->ceval, pending_lock);
    _PyGC_InitState(&interp->gc);
    PyConfig_InitPythonConfig(&interp->config);
    _PyType_InitCache(interp);
    interp->_initialized = 1;
}

/* A new interpreter without threads, or NULL: with an exception if this thread has a state (so
 * that it can hold one), silently otherwise. */
PyInterpreterState *
PyInterpreterState_New(void)
{
    _PyRuntimeState *runtime = &_PyRuntime;
    PyThreadState *tstate = _PyRuntimeState_GetThreadState(runtime);
    if (_PySys_Audit(tstate, "cpython.PyInterpreterState_New", NULL) < 0)
        return NULL;
    PyThread_type_lock pending_lock = PyThread_allocate_lock();
    if (pending_lock == NULL) {
        if (tstate != NULL)
            _PyErr_NoMemory(tstate);
        return NULL;
    }

    PyInterpreterState *interp = NULL;
    int overflow = 0;
    ks_state_lock();
    int64_t id = runtime->interpreters.next_id;
    if (runtime->interpreters.main == NULL) {
        interp = &runtime->_main_interpreter;
        if (interp->_initialized)
            interp = NULL;
        else
            runtime->interpreters.main = interp;
    } else {
        interp = PyMem_RawMalloc(sizeof(*interp));
        if (interp != NULL)
            *interp = (PyInterpreterState)KS_INTERPRETER_STATE_INIT(0);
    }
    if (interp != NULL) {
        if (id < 0) {
            overflow = 1;
            if (!interp->_static)
                PyMem_RawFree(interp);
            interp = NULL;
        } else {
            runtime->interpreters.next_id = id + 1;
            interp_init(interp, id, pending_lock);
        }
    }
    ks_state_unlock();

    if (interp == NULL) {
        PyThread_free_lock(pending_lock);
        if (tstate != NULL) {
            if (overflow)
                _PyErr_SetString(tstate, PyExc_RuntimeError, "failed to get an interpreter ID");
            else
                _PyErr_NoMemory(tstate);
        }
    }
    return interp;
}

/* Drops everything the interpreter owns. tstate is the calling thread's state; it may belong to
 * another interpreter, whose collector then sees what is dropped here. */
static void
interp_clear(PyInterpreterState *interp, PyThreadState *tstate)
{
    if (_PySys_Audit(tstate, "cpython.PyInterpreterState_Clear", NULL) < 0)
        _PyErr_Clear(tstate);
    ks_state_lock();
    PyThreadState *thread = interp->threads.head;
    ks_state_unlock();
    for (; thread != NULL; thread = thread->next)
        PyThreadState_Clear(thread);

    PyObject **const fields[] = {
        &interp->audit_hooks, &interp->codec_search_path, &interp->codec_search_cache,
        &interp->codec_error_registry, &interp->modules_by_index, &interp->builtins_copy,
        &interp->importlib, &interp->import_func, &interp->before_forkers,
        &interp->after_forkers_parent, &interp->after_forkers_child, &interp->dict,
    };
    PyConfig_Clear(&interp->config);
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(fields); i++)
        Py_CLEAR(*fields[i]);
    _PyAST_Fini(interp);
    _PyWarnings_Fini(interp);
    _PyAtExit_Fini(interp);

    /* Classes and functions are often garbage only now that the registries are gone. */
    _PyGC_CollectNoFail(tstate);
    if (_Py_IsMainInterpreter(interp)) {
        /* Static types are taken apart later and expect their objects tracked. */
        Py_CLEAR(interp->gc.garbage);
        Py_CLEAR(interp->gc.callbacks);
    } else {
        _PyGC_Fini(interp);
    }
    Py_CLEAR(interp->sysdict);
    Py_CLEAR(interp->builtins);
}

void
_PyInterpreterState_Clear(PyThreadState *tstate)
{
    interp_clear(tstate->interp, tstate);
}

void
PyInterpreterState_Clear(PyInterpreterState *interp)
{
    interp_clear(interp, _PyThreadState_GET());
}

void
_PyInterpreterState_ClearModules(PyInterpreterState *interp)
{
    PyObject *modules = interp->modules_by_index;
    if (modules == NULL)
        return;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(modules); i++) {
        PyObject *module = PyList_GET_ITEM(modules, i);
        PyModuleDef *def = PyModule_Check(module) ? PyModule_GetDef(module) : NULL;
        if (def != NULL)
            Py_CLEAR(def->m_base.m_copy);
    }
    /* Emptying the list would run destructors that look into it. */
    if (PyList_SetSlice(modules, 0, PyList_GET_SIZE(modules), NULL) < 0)
        PyErr_WriteUnraisable(modules);
}

/* Frees the memory of an interpreter that is off the list. */
static void
interp_free(PyInterpreterState *interp)
{
    if (interp->id_mutex != NULL)
        PyThread_free_lock(interp->id_mutex);
    _PyEval_FiniState(&interp->ceval);
    if (interp->_static)
        *interp = (PyInterpreterState)KS_INTERPRETER_STATE_INIT(1);
    else
        PyMem_RawFree(interp);
}

/* Threads must be gone or at least without work: their states are freed here. */
void
PyInterpreterState_Delete(PyInterpreterState *interp)
{
    _PyRuntimeState *runtime = &_PyRuntime;
    struct pyinterpreters *all = &runtime->interpreters;

    PyThreadState *current = _PyRuntimeState_GetThreadState(runtime);
    if (current != NULL && current->interp == interp)
        _PyThreadState_Swap(&runtime->gilstate, NULL);
    for (PyThreadState *thread; (thread = interp->threads.head) != NULL;)
        PyThreadState_Delete(thread);

    ks_state_lock();
    PyInterpreterState **link = &all->head;
    while (*link != NULL && *link != interp)
        link = &(*link)->next;
    if (*link == NULL)
        Py_FatalError("invalid interpreter");
    *link = interp->next;
    if (all->main == interp) {
        all->main = NULL;
        if (all->head != NULL)
            Py_FatalError("remaining subinterpreters");
    }
    ks_state_unlock();
    interp_free(interp);
}

/* Interpreters of the parent that a forked child has no use for. */
static PyInterpreterState *abandoned;

/* The child of a fork keeps the main interpreter alone. The others are set aside as they are: the
 * threads that ran in them are gone, but what these held on their stacks still refers to what the
 * interpreters own, and their objects' destructors would run outside of any of their threads. */
PyStatus
_PyInterpreterState_DeleteExceptMain(_PyRuntimeState *runtime)
{
    struct pyinterpreters *all = &runtime->interpreters;
    PyThreadState *tstate = _PyRuntimeState_GetThreadState(runtime);
    if (all->main == NULL)
        return _PyStatus_ERR("missing main interpreter");
    if (tstate != NULL && tstate->interp != all->main)
        return _PyStatus_ERR("not main interpreter");
    ks_state_lock();
    PyInterpreterState *interp = all->head;
    all->head = all->main;
    while (interp != NULL) {
        PyInterpreterState *next = interp->next;
        if (interp == all->main) {
            interp->next = NULL;
        } else {
            interp->next = abandoned;
            abandoned = interp;
        }
        interp = next;
    }
    ks_state_unlock();
    return _PyStatus_OK();
}

/* ---- asking ---- */

PyInterpreterState *
PyInterpreterState_Get(void)
{
    PyThreadState *tstate = _PyThreadState_GET();
    _Py_EnsureTstateNotNULL(tstate);
    if (tstate->interp == NULL)
        Py_FatalError("no current interpreter");
    return tstate->interp;
}

int64_t
PyInterpreterState_GetID(PyInterpreterState *interp)
{
    if (interp == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "no interpreter provided");
        return -1;
    }
    return interp->id;
}

/* Borrowed; NULL without an exception when there is no memory. */
PyObject *
PyInterpreterState_GetDict(PyInterpreterState *interp)
{
    if (interp->dict == NULL) {
        interp->dict = PyDict_New();
        if (interp->dict == NULL)
            PyErr_Clear();
    }
    return interp->dict;
}

PyObject *
_PyInterpreterState_GetMainModule(PyInterpreterState *interp)
{
    if (interp->modules == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "interpreter not initialized");
        return NULL;
    }
    return PyMapping_GetItemString(interp->modules, "__main__");
}

static PyInterpreterState *
interp_find(int64_t id)
{
    PyInterpreterState *interp = _PyRuntime.interpreters.head;
    while (interp != NULL && interp->id != id)
        interp = interp->next;
    return interp;
}

PyInterpreterState *
_PyInterpreterState_LookUpID(int64_t id)
{
    PyInterpreterState *interp = NULL;
    if (id >= 0) {
        ks_state_lock();
        interp = interp_find(id);
        ks_state_unlock();
    }
    if (interp == NULL && !PyErr_Occurred())
        PyErr_Format(PyExc_RuntimeError, "unrecognized interpreter ID %lld", (long long)id);
    return interp;
}

/* Starts the count of outside handles (interpreter ids); without it they do not keep anything. */
int
_PyInterpreterState_IDInitref(PyInterpreterState *interp)
{
    if (interp->id_mutex != NULL)
        return 0;
    interp->id_mutex = PyThread_allocate_lock();
    if (interp->id_mutex == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "failed to create init interpreter ID mutex");
        return -1;
    }
    interp->id_refcount = 0;
    return 0;
}

int
_PyInterpreterState_IDIncref(PyInterpreterState *interp)
{
    if (_PyInterpreterState_IDInitref(interp) < 0)
        return -1;
    PyThread_acquire_lock(interp->id_mutex, WAIT_LOCK);
    interp->id_refcount++;
    PyThread_release_lock(interp->id_mutex);
    return 0;
}

/* The last handle ends the interpreter if it was made to live by handles. */
void
_PyInterpreterState_IDDecref(PyInterpreterState *interp)
{
    PyThread_acquire_lock(interp->id_mutex, WAIT_LOCK);
    int64_t count = --interp->id_refcount;
    PyThread_release_lock(interp->id_mutex);
    if (count == 0 && interp->requires_idref) {
        PyThreadState *thread = PyInterpreterState_ThreadHead(interp);
        PyThreadState *saved = _PyThreadState_Swap(&_PyRuntime.gilstate, thread);
        Py_EndInterpreter(thread);
        _PyThreadState_Swap(&_PyRuntime.gilstate, saved);
    }
}

int
_PyInterpreterState_RequiresIDRef(PyInterpreterState *interp)
{
    return interp->requires_idref;
}

void
_PyInterpreterState_RequireIDRef(PyInterpreterState *interp, int required)
{
    interp->requires_idref = required ? 1 : 0;
}

PyInterpreterState *
PyInterpreterState_Main(void)
{
    return _PyInterpreterState_Main();
}

PyInterpreterState *
PyInterpreterState_Head(void)
{
    return _PyRuntime.interpreters.head;
}

PyInterpreterState *
PyInterpreterState_Next(PyInterpreterState *interp)
{
    return interp->next;
}

PyThreadState *
PyInterpreterState_ThreadHead(PyInterpreterState *interp)
{
    return interp->threads.head;
}

/* ---- evaluator and configuration ---- */

_PyFrameEvalFunction
_PyInterpreterState_GetEvalFrameFunc(PyInterpreterState *interp)
{
    return interp->eval_frame != NULL ? interp->eval_frame : _PyEval_EvalFrameDefault;
}

/* The default evaluator is stored as NULL so that the test for a foreign one is cheap. */
void
_PyInterpreterState_SetEvalFrameFunc(PyInterpreterState *interp, _PyFrameEvalFunction eval_frame)
{
    interp->eval_frame = eval_frame == _PyEval_EvalFrameDefault ? NULL : eval_frame;
}

const PyConfig *
_PyInterpreterState_GetConfig(PyInterpreterState *interp)
{
    return &interp->config;
}

int
_PyInterpreterState_GetConfigCopy(PyConfig *config)
{
    PyStatus status = _PyConfig_Copy(config, &PyInterpreterState_Get()->config);
    if (_PyStatus_EXCEPTION(status)) {
        _PyErr_SetFromPyStatus(status);
        return -1;
    }
    return 0;
}

const PyConfig *
_Py_GetConfig(void)
{
    PyThreadState *tstate = _PyThreadState_GET();
    _Py_EnsureTstateNotNULL(tstate);
    return &tstate->interp->config;
}
