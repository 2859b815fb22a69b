/* SPDX-License-Identifier: MIT */
/* _thread: starting threads, and the module's table. Locks are in thread_lock.c, thread-local data in
 * thread_local.c. */
#include "Python.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_moduleobject.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pystate.h"
#include "pycore_sysmodule.h"
#include "ks_args.h"
#include "ks_base.h"
#include "ks_thread.h"

#include <signal.h>

static PyModuleDef thread_module;

/* ---- starting ---- */

typedef struct Boot {
    PyInterpreterState *interp;
    PyThreadState *tstate;
    PyObject *function, *args, *kwargs;
} Boot;

static void
boot_free(Boot *boot)
{
    Py_DECREF(boot->function);
    Py_DECREF(boot->args);
    Py_XDECREF(boot->kwargs);
    PyMem_Free(boot);
}

static void
thread_main(void *arg)
{
    Boot *boot = arg;
    PyThreadState *tstate = boot->tstate;
    _PyThreadState_SetCurrent(tstate);
    PyEval_AcquireThread(tstate);
    tstate->interp->threads.count++;

    PyObject *result = PyObject_Call(boot->function, boot->args, boot->kwargs);
    if (result != NULL)
        Py_DECREF(result);
    else if (PyErr_ExceptionMatches(PyExc_SystemExit))
        PyErr_Clear();
    else
        _PyErr_WriteUnraisableMsg("in thread started by", boot->function);
    boot_free(boot);
    tstate->interp->threads.count--;
    PyThreadState_Clear(tstate);
    _PyThreadState_DeleteCurrent(tstate);
    /* Returning ends the thread; its destructors run without the GIL. */
}

static PyObject *
thread_start_new(PyObject *module, PyObject *const *in, Py_ssize_t nargs)
{
    if (!ks_args_count("start_new_thread", nargs, 2, 3))
        return NULL;
    PyObject *kwargs = nargs > 2 ? in[2] : NULL;
    if (!PyCallable_Check(in[0])) {
        PyErr_SetString(PyExc_TypeError, "first arg must be callable");
        return NULL;
    }
    if (!PyTuple_Check(in[1])) {
        PyErr_SetString(PyExc_TypeError, "2nd arg must be a tuple");
        return NULL;
    }
    if (kwargs != NULL && !PyDict_Check(kwargs)) {
        PyErr_SetString(PyExc_TypeError, "optional 3rd arg must be a dictionary");
        return NULL;
    }
    if (PySys_Audit("_thread.start_new_thread", "OOO", in[0], in[1], kwargs ? kwargs : Py_None) < 0)
        return NULL;
    PyInterpreterState *interp = _PyInterpreterState_GET();
    if (interp->config._isolated_interpreter) {
        PyErr_SetString(PyExc_RuntimeError, "thread is not supported for isolated subinterpreters");
        return NULL;
    }
    Boot *boot = PyMem_Malloc(sizeof(*boot));
    if (boot == NULL)
        return PyErr_NoMemory();
    boot->interp = interp;
    boot->tstate = _PyThreadState_Prealloc(interp);
    if (boot->tstate == NULL) {
        PyMem_Free(boot);
        return PyErr_NoMemory();
    }
    boot->function = Py_NewRef(in[0]);
    boot->args = Py_NewRef(in[1]);
    boot->kwargs = Py_XNewRef(kwargs);
    unsigned long id = PyThread_start_new_thread(thread_main, boot);
    if (id == PYTHREAD_INVALID_THREAD_ID) {
        PyErr_SetString(PyExc_RuntimeError, "can't start new thread");
        PyThreadState_Clear(boot->tstate);
        PyThreadState_Delete(boot->tstate);
        boot_free(boot);
        return NULL;
    }
    return PyLong_FromUnsignedLong(id);
}

/* ---- small functions ---- */

static PyObject *
thread_exit(PyObject *module, PyObject *unused)
{
    PyErr_SetNone(PyExc_SystemExit);
    return NULL;
}

static PyObject *
thread_interrupt_main(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int signum = SIGINT;
    if (!ks_args_count("interrupt_main", nargs, 0, 1) || (nargs == 1 && !ks_arg_int(args[0], &signum)))
        return NULL;
    if (PyErr_SetInterruptEx(signum) < 0) {
        PyErr_SetString(PyExc_ValueError, "signal number out of range");
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
thread_get_ident(PyObject *module, PyObject *unused)
{
    return PyLong_FromUnsignedLong(PyThread_get_thread_ident());
}

static PyObject *
thread_get_native_id(PyObject *module, PyObject *unused)
{
    return PyLong_FromUnsignedLong(PyThread_get_thread_native_id());
}

static PyObject *
thread_count(PyObject *module, PyObject *unused)
{
    return PyLong_FromLong(_PyInterpreterState_GET()->threads.count);
}

static PyObject *
thread_stack_size(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t bytes = 0;
    if (!ks_args_count("stack_size", nargs, 0, 1) || (nargs == 1 && !ks_arg_index(args[0], &bytes)))
        return NULL;
    if (bytes < 0) {
        PyErr_SetString(PyExc_ValueError, "size must be 0 or a positive value");
        return NULL;
    }
    size_t old = PyThread_get_stacksize();
    if (nargs == 1) {
        int result = PyThread_set_stacksize((size_t)bytes);
        if (result == -1)
            return PyErr_Format(PyExc_ValueError, "size not valid: %zd bytes", bytes);
        if (result == -2) {
            PyErr_SetString(PyExc_RuntimeError, "setting stack size not supported");
            return NULL;
        }
    }
    return PyLong_FromSsize_t((Py_ssize_t)old);
}

/* ---- the lock that a thread releases when its state is deleted ---- */

static void
sentinel_release(void *reference_p)
{
    PyObject *reference = reference_p;
    PyObject *lock = PyWeakref_GET_OBJECT(reference);
    if (lock != Py_None)
        ks_lock_release_if_locked(lock);
    Py_DECREF(reference);
}

static PyObject *
thread_set_sentinel(PyObject *module, PyObject *unused)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (tstate->on_delete_data != NULL) {
        /* Asked for twice: the first lock will never be released by the thread. */
        PyObject *old = tstate->on_delete_data;
        tstate->on_delete = NULL;
        tstate->on_delete_data = NULL;
        Py_DECREF(old);
    }
    KS_OWNED PyObject *lock = ks_lock_new(module);
    if (lock == NULL)
        return NULL;
    /* Weak: if the Thread object is gone, so is the lock's use. */
    PyObject *reference = PyWeakref_NewRef(lock, NULL);
    if (reference == NULL)
        return NULL;
    tstate->on_delete_data = reference;
    tstate->on_delete = sentinel_release;
    return ks_give(&lock);
}

/* ---- excepthook ---- */

static PyObject *
thread_excepthook(PyObject *module, PyObject *args)
{
    KsThreadState *state = ks_thread_state(module);
    if (!Py_IS_TYPE(args, state->hook_args_type)) {
        PyErr_SetString(PyExc_TypeError, "_thread.excepthook argument type must be ExceptHookArgs");
        return NULL;
    }
    PyObject *type = PyStructSequence_GET_ITEM(args, 0), *value = PyStructSequence_GET_ITEM(args, 1),
             *traceback = PyStructSequence_GET_ITEM(args, 2), *thread = PyStructSequence_GET_ITEM(args, 3);
    if (type == PyExc_SystemExit)
        Py_RETURN_NONE;
    PyThreadState *tstate = _PyThreadState_GET();
    KS_OWNED PyObject *file = Py_XNewRef(_PySys_GetAttr(tstate, &_Py_ID(stderr)));
    if (file == NULL || file == Py_None) {
        if (thread == Py_None)
            Py_RETURN_NONE;
        Py_XSETREF(file, PyObject_GetAttrString(thread, "_stderr"));
        if (file == NULL)
            return NULL;
        if (file == Py_None)
            Py_RETURN_NONE;
    }
    KS_OWNED PyObject *name = NULL;
    if (thread != Py_None && _PyObject_LookupAttr(thread, &_Py_ID(name), &name) < 0)
        return NULL;
    if (name != NULL) {
        if (PyFile_WriteString("Exception in thread ", file) < 0
            || PyFile_WriteObject(name, file, Py_PRINT_RAW) < 0)
            return NULL;
    } else {
        char text[64];
        PyOS_snprintf(text, sizeof(text), "Exception in thread %lu", PyThread_get_thread_ident());
        if (PyFile_WriteString(text, file) < 0)
            return NULL;
    }
    if (PyFile_WriteString(":\n", file) < 0)
        return NULL;
    _PyErr_Display(file, type, value, traceback);
    KS_OWNED PyObject *flushed = PyObject_CallMethodNoArgs(file, &_Py_ID(flush));
    if (flushed == NULL)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
thread_allocate_lock(PyObject *module, PyObject *unused)
{
    return ks_lock_new(module);
}

/* ---- the module ---- */

KsThreadState *
ks_thread_state(PyObject *module)
{
    return _PyModule_GetState(module);
}

KsThreadState *
ks_thread_state_of_type(PyTypeObject *type)
{
    PyObject *module = PyType_GetModuleByDef(type, &thread_module);
    return module == NULL ? NULL : ks_thread_state(module);
}

#define START_DOC(name)                                              \
    name "(function, args[, kwargs])\n\nRun function(*args, **kwargs) in a new thread; its identity."
#define LOCK_DOC(name) name "() -> lock object\n\nA new lock that nobody holds."
#define EXIT_DOC(name) name "()\n\nLeave the thread by raising SystemExit."

static PyMethodDef thread_methods[] = {
    METHOD_PLAIN("start_new_thread", thread_start_new, METH_FASTCALL, START_DOC("start_new_thread")),
    METHOD_PLAIN("start_new", thread_start_new, METH_FASTCALL, START_DOC("start_new")),
    METHOD_PLAIN("allocate_lock", thread_allocate_lock, METH_NOARGS, LOCK_DOC("allocate_lock")),
    METHOD_PLAIN("allocate", thread_allocate_lock, METH_NOARGS, LOCK_DOC("allocate")),
    METHOD_PLAIN("exit_thread", thread_exit, METH_NOARGS, EXIT_DOC("exit_thread")),
    METHOD_PLAIN("exit", thread_exit, METH_NOARGS, EXIT_DOC("exit")),
    METHOD_PLAIN("interrupt_main", thread_interrupt_main, METH_FASTCALL,
                 "interrupt_main(signum=signal.SIGINT, /)\n\nAct as if the signal had arrived."),
    METHOD_PLAIN("get_ident", thread_get_ident, METH_NOARGS,
                 "get_ident() -> integer\n\nThis thread's identity, unique while it runs."),
    METHOD_PLAIN("get_native_id", thread_get_native_id, METH_NOARGS,
                 "get_native_id() -> integer\n\nThe system's number of this thread."),
    METHOD_PLAIN("_count", thread_count, METH_NOARGS,
                 "_count() -> integer\n\nHow many threads started here are running."),
    METHOD_PLAIN("stack_size", thread_stack_size, METH_FASTCALL,
                 "stack_size([size]) -> size\n\nSet new threads' stack size; what it was. 0: the default."),
    METHOD_PLAIN("_set_sentinel", thread_set_sentinel, METH_NOARGS,
                 "_set_sentinel() -> lock\n\nA lock that is released when this thread's state goes."),
    METHOD_PLAIN("_excepthook", thread_excepthook, METH_O,
                 "excepthook(exc_type, exc_value, exc_traceback, thread)\n\n"
                 "Print an exception that a thread did not catch."),
    {NULL, NULL, 0, NULL},
};

static PyStructSequence_Field hook_fields[] = {
    {"exc_type", "type"}, {"exc_value", "value"}, {"exc_traceback", "traceback"}, {"thread", "thread"},
    {NULL, NULL},
};

static PyStructSequence_Desc hook_desc = {
    .name = "_thread._ExceptHookArgs",
    .doc = "ExceptHookArgs\n\nWhat threading.excepthook() is told.",
    .fields = hook_fields,
    .n_in_sequence = 4,
};

static int
thread_exec(PyObject *module)
{
    KsThreadState *state = ks_thread_state(module);
    state->lock_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &ks_lock_spec, NULL);
    if (state->lock_type == NULL || PyModule_AddObjectRef(module, "LockType", (PyObject *)state->lock_type) < 0)
        return -1;
    PyTypeObject *rlock = (PyTypeObject *)PyType_FromModuleAndSpec(module, &ks_rlock_spec, NULL);
    if (rlock == NULL || PyModule_AddType(module, rlock) < 0) {
        Py_XDECREF(rlock);
        return -1;
    }
    Py_DECREF(rlock);
    state->dummy_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &ks_localdummy_spec, NULL);
    state->local_type = state->dummy_type == NULL
        ? NULL : (PyTypeObject *)PyType_FromModuleAndSpec(module, &ks_local_spec, NULL);
    if (state->local_type == NULL || PyModule_AddType(module, state->local_type) < 0)
        return -1;
    state->hook_args_type = PyStructSequence_NewType(&hook_desc);
    if (state->hook_args_type == NULL || PyModule_AddType(module, state->hook_args_type) < 0
        || PyModule_AddObjectRef(module, "error", PyExc_RuntimeError) < 0)
        return -1;
    double most = floor((double)_PyTime_MAX * 1e-9);
    KS_OWNED PyObject *timeout_max = PyFloat_FromDouble(Py_MIN(most, (double)PY_TIMEOUT_MAX * 1e-6));
    return timeout_max == NULL ? -1 : PyModule_AddObjectRef(module, "TIMEOUT_MAX", timeout_max);
}

static int
thread_traverse(PyObject *module, visitproc visit, void *arg)
{
    KsThreadState *state = ks_thread_state(module);
    Py_VISIT(state->lock_type);
    Py_VISIT(state->local_type);
    Py_VISIT(state->dummy_type);
    Py_VISIT(state->hook_args_type);
    return 0;
}

static int
thread_clear(PyObject *module)
{
    KsThreadState *state = ks_thread_state(module);
    Py_CLEAR(state->lock_type);
    Py_CLEAR(state->local_type);
    Py_CLEAR(state->dummy_type);
    Py_CLEAR(state->hook_args_type);
    return 0;
}

static void
thread_free(void *module)
{
    thread_clear((PyObject *)module);
}

static PyModuleDef_Slot thread_slots[] = {
    {Py_mod_exec, thread_exec},
    {0, NULL},
};

static PyModuleDef thread_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_thread",
    .m_doc = "Threads and locks, for the threading module.",
    .m_size = sizeof(KsThreadState),
    .m_methods = thread_methods,
    .m_slots = thread_slots,
    .m_traverse = thread_traverse,
    .m_clear = thread_clear,
    .m_free = thread_free,
};

PyMODINIT_FUNC
PyInit__thread(void)
{
    return PyModuleDef_Init(&thread_module);
}
