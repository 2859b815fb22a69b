/* SPDX-License-Identifier: MIT */
/* Audit events: PySys_Audit() and the hooks that listen.
 *
 * C hooks belong to the process and outlive interpreters; Python hooks belong to one interpreter.
 * No hook can be taken off. When nobody listens an event costs two loads. */
#include "Python.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pymem.h"
#include "pycore_pystate.h"
#include "pycore_sysmodule.h"
#include "ks_base.h"
#include "ks_lifecycle.h"
#include "ks_sys.h"

static int
anyone_listens(PyInterpreterState *interp)
{
    return _PyRuntime.audit_hook_head != NULL || (interp != NULL && interp->audit_hooks != NULL);
}

/* Hooks run untraced unless they ask for it by a true __cantrace__. */
static int
call_python_hook(PyThreadState *tstate, PyObject *hook, PyObject *event, PyObject *arguments)
{
    KS_OWNED PyObject *can_trace_value = NULL;
    if (_PyObject_LookupAttr(hook, &_Py_ID(__cantrace__), &can_trace_value) < 0)
        return -1;
    int can_trace = can_trace_value == NULL ? 0 : PyObject_IsTrue(can_trace_value);
    if (can_trace < 0)
        return -1;
    if (can_trace)
        PyThreadState_LeaveTracing(tstate);
    PyObject *args[2] = {event, arguments};
    KS_OWNED PyObject *result = PyObject_Vectorcall(hook, args, 2, NULL);
    if (can_trace)
        PyThreadState_EnterTracing(tstate);
    return result == NULL ? -1 : 0;
}

static int
call_python_hooks(PyThreadState *tstate, const char *event, PyObject *arguments)
{
    KS_OWNED PyObject *name = PyUnicode_FromString(event);
    KS_OWNED PyObject *hooks = Py_NewRef(tstate->interp->audit_hooks);
    if (name == NULL)
        return -1;
    int result = 0;
    PyThreadState_EnterTracing(tstate);
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(hooks); i++)
        result = call_python_hook(tstate, PyList_GET_ITEM(hooks, i), name, arguments);
    PyThreadState_LeaveTracing(tstate);
    return result;
}

static int
audit_va(PyThreadState *tstate, const char *event, const char *format, va_list values)
{
    PyInterpreterState *interp = tstate == NULL ? NULL : tstate->interp;
    if (KS_LIKELY(!anyone_listens(interp)))
        return 0;
    PyObject *exc_type = NULL, *exc_value = NULL, *exc_traceback = NULL;
    KS_OWNED PyObject *arguments = NULL;
    if (tstate != NULL)
        _PyErr_Fetch(tstate, &exc_type, &exc_value, &exc_traceback);
    int result = -1;
    /* Without a thread state no object can be made: C hooks then see none. */
    if (tstate != NULL) {
        arguments = format != NULL && format[0] != '\0' ? _Py_VaBuildValue_SizeT(format, values)
                                                        : PyTuple_New(0);
        if (arguments != NULL && !PyTuple_Check(arguments)) {
            PyObject *packed = PyTuple_Pack(1, arguments);
            Py_SETREF(arguments, packed);
        }
        if (arguments == NULL)
            goto done;
    }
    for (_Py_AuditHookEntry *entry = _PyRuntime.audit_hook_head; entry != NULL; entry = entry->next) {
        if (entry->hookCFunction(event, arguments, entry->userData) < 0)
            goto done;
    }
    if (interp != NULL && interp->audit_hooks != NULL
        && call_python_hooks(tstate, event, arguments) < 0)
        goto done;
    result = 0;
done:
    if (tstate != NULL) {
        if (result == 0) {
            _PyErr_Restore(tstate, exc_type, exc_value, exc_traceback);
        } else {
            Py_XDECREF(exc_type);
            Py_XDECREF(exc_value);
            Py_XDECREF(exc_traceback);
        }
    }
    return result;
}

int
_PySys_Audit(PyThreadState *tstate, const char *event, const char *argFormat, ...)
{
    va_list values;
    va_start(values, argFormat);
    int result = audit_va(tstate, event, argFormat, values);
    va_end(values);
    return result;
}

int
PySys_Audit(const char *event, const char *argFormat, ...)
{
    va_list values;
    va_start(values, argFormat);
    int result = audit_va(_PyThreadState_GET(), event, argFormat, values);
    va_end(values);
    return result;
}

/* May be called before Py_Initialize(). A hook that is there can refuse the new one. */
int
PySys_AddAuditHook(Py_AuditHookFunction hook, void *userData)
{
    _PyRuntimeState *runtime = &_PyRuntime;
    PyThreadState *tstate = runtime->initialized ? _PyRuntimeState_GetThreadState(runtime) : NULL;
    if (_PySys_Audit(tstate, "sys.addaudithook", NULL) < 0) {
        /* An Exception means "no, thank you" and is silent; others are errors. */
        if (tstate != NULL) {
            if (!_PyErr_ExceptionMatches(tstate, PyExc_RuntimeError))
                return -1;
            _PyErr_Clear(tstate);
            return 0;
        }
        return -1;
    }
    PyMemAllocatorEx saved;
    _PyMem_SetDefaultAllocator(PYMEM_DOMAIN_RAW, &saved);
    _Py_AuditHookEntry *entry = PyMem_RawMalloc(sizeof(*entry));
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &saved);
    if (entry == NULL) {
        if (tstate != NULL)
            _PyErr_NoMemory(tstate);
        return -1;
    }
    *entry = (_Py_AuditHookEntry){.hookCFunction = hook, .userData = userData};
    _Py_AuditHookEntry **link = &runtime->audit_hook_head;
    while (*link != NULL)
        link = &(*link)->next;
    *link = entry;
    return 0;
}

void
_PySys_ClearAuditHooks(PyThreadState *tstate)
{
    _PyRuntimeState *runtime = tstate->interp->runtime;
    /* Only at the very end, when no event can be missed. */
    if (_PyRuntimeState_GetFinalizing(runtime) != tstate)
        return;
    if (_PyInterpreterState_GetConfig(tstate->interp)->verbose)
        PySys_WriteStderr("# clear sys.audit hooks\n");
    _PySys_Audit(tstate, "cpython._PySys_ClearAuditHooks", NULL);
    _PyErr_Clear(tstate);
    PyMemAllocatorEx saved;
    _PyMem_SetDefaultAllocator(PYMEM_DOMAIN_RAW, &saved);
    _Py_AuditHookEntry *entry = runtime->audit_hook_head;
    runtime->audit_hook_head = NULL;
    while (entry != NULL) {
        _Py_AuditHookEntry *next = entry->next;
        PyMem_RawFree(entry);
        entry = next;
    }
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &saved);
}

/* sys.addaudithook(hook) */
PyObject *
ks_sys_addaudithook(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *hook = ks_sys_single_arg("addaudithook", "hook", args, nargs, kwnames);
    if (hook == NULL)
        return NULL;
    PyThreadState *tstate = _PyThreadState_GET();
    PyInterpreterState *interp = tstate->interp;
    if (_PySys_Audit(tstate, "sys.addaudithook", NULL) < 0) {
        if (!_PyErr_ExceptionMatches(tstate, PyExc_Exception))
            return NULL;
        _PyErr_Clear(tstate);
        Py_RETURN_NONE;
    }
    if (interp->audit_hooks == NULL) {
        if ((interp->audit_hooks = PyList_New(0)) == NULL)
            return NULL;
        PyObject_GC_UnTrack(interp->audit_hooks); /* nobody may find and empty it */
    }
    if (PyList_Append(interp->audit_hooks, hook) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* sys.audit(event, *args) */
PyObject *
ks_sys_audit(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (nargs == 0) {
        _PyErr_SetString(tstate, PyExc_TypeError, "audit() missing 1 required positional argument: 'event'");
        return NULL;
    }
    if (!anyone_listens(tstate->interp))
        Py_RETURN_NONE;
    if (!PyUnicode_Check(args[0])) {
        _PyErr_Format(tstate, PyExc_TypeError, "expected str for argument 'event', not %.200s",
                      Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    const char *event = PyUnicode_AsUTF8(args[0]);
    if (event == NULL)
        return NULL;
    KS_OWNED PyObject *rest = _PyTuple_FromArray(args + 1, nargs - 1);
    if (rest == NULL || _PySys_Audit(tstate, event, "O", rest) < 0)
        return NULL;
    Py_RETURN_NONE;
}
