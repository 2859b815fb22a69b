/* SPDX-License-Identifier: MIT */
/* atexit: functions to call when the interpreter ends, last registered first.
 *
 * The list is the interpreter's, an array of pointers; a slot is NULL once its function was
 * unregistered, so that calling and unregistering may interleave. */
#include "Python.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_pystate.h"
#include "pycore_pylifecycle.h"
#include "ks_args.h"
#include "ks_base.h"

static struct atexit_state *
atexit_state_get(void)
{
    return &_PyInterpreterState_GET()->atexit;
}

static void
slot_drop(struct atexit_state *state, int index)
{
    atexit_callback *callback = state->callbacks[index];
    state->callbacks[index] = NULL;
    Py_DECREF(callback->func);
    Py_DECREF(callback->args);
    Py_XDECREF(callback->kwargs);
    PyMem_Free(callback);
}

static void
drop_all(struct atexit_state *state)
{
    for (int i = 0; i < state->ncallbacks; i++) {
        if (state->callbacks[i] != NULL)
            slot_drop(state, i);
    }
    state->ncallbacks = 0;
}

PyStatus
_PyAtExit_Init(PyInterpreterState *interp)
{
    struct atexit_state *state = &interp->atexit;
    state->callback_len = 32;
    state->ncallbacks = 0;
    state->callbacks = PyMem_New(atexit_callback *, (size_t)state->callback_len);
    return state->callbacks == NULL ? _PyStatus_NO_MEMORY() : _PyStatus_OK();
}

void
_PyAtExit_Fini(PyInterpreterState *interp)
{
    struct atexit_state *state = &interp->atexit;
    drop_all(state);
    PyMem_Free(state->callbacks);
    state->callbacks = NULL;
}

static void
call_all(struct atexit_state *state)
{
    for (int i = state->ncallbacks - 1; i >= 0; i--) {
        atexit_callback *callback = state->callbacks[i];
        if (callback == NULL)
            continue;
        PyObject *function = Py_NewRef(callback->func); /* it may unregister itself */
        PyObject *result = PyObject_Call(callback->func, callback->args, callback->kwargs);
        if (result == NULL)
            _PyErr_WriteUnraisableMsg("in atexit callback", function);
        else
            Py_DECREF(result);
        Py_DECREF(function);
    }
    drop_all(state);
}

void
_PyAtExit_Call(PyInterpreterState *interp)
{
    call_all(&interp->atexit);
}

static PyObject *
atexit_register(PyObject *module, PyObject *args, PyObject *kwargs)
{
    if (PyTuple_GET_SIZE(args) == 0) {
        PyErr_SetString(PyExc_TypeError, "register() takes at least 1 argument (0 given)");
        return NULL;
    }
    PyObject *function = PyTuple_GET_ITEM(args, 0);
    if (!PyCallable_Check(function)) {
        PyErr_SetString(PyExc_TypeError, "the first argument must be callable");
        return NULL;
    }
    struct atexit_state *state = atexit_state_get();
    if (state->ncallbacks >= state->callback_len) {
        size_t room = (size_t)state->callback_len + 16;
        atexit_callback **grown = PyMem_Realloc(state->callbacks, room * sizeof(*grown));
        if (grown == NULL)
            return PyErr_NoMemory();
        state->callbacks = grown;
        state->callback_len = (int)room;
    }
    PyObject *rest = PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args));
    atexit_callback *callback = rest == NULL ? NULL : PyMem_Malloc(sizeof(*callback));
    if (callback == NULL) {
        Py_XDECREF(rest);
        return rest == NULL ? NULL : PyErr_NoMemory();
    }
    callback->func = Py_NewRef(function);
    callback->args = rest;
    callback->kwargs = Py_XNewRef(kwargs);
    state->callbacks[state->ncallbacks++] = callback;
    return Py_NewRef(function);
}

static PyObject *
atexit_run(PyObject *module, PyObject *unused)
{
    call_all(atexit_state_get());
    Py_RETURN_NONE;
}

static PyObject *
atexit_clear(PyObject *module, PyObject *unused)
{
    drop_all(atexit_state_get());
    Py_RETURN_NONE;
}

static PyObject *
atexit_ncallbacks(PyObject *module, PyObject *unused)
{
    return PyLong_FromLong(atexit_state_get()->ncallbacks);
}

static PyObject *
atexit_unregister(PyObject *module, PyObject *function)
{
    struct atexit_state *state = atexit_state_get();
    for (int i = 0; i < state->ncallbacks; i++) {
        atexit_callback *callback = state->callbacks[i];
        if (callback == NULL)
            continue;
        PyObject *registered = Py_NewRef(callback->func);
        int equal = PyObject_RichCompareBool(registered, function, Py_EQ);
        Py_DECREF(registered);
        if (equal < 0)
            return NULL;
        /* __eq__ may have emptied the list. */
        if (equal && i < state->ncallbacks && state->callbacks[i] == callback)
            slot_drop(state, i);
    }
    Py_RETURN_NONE;
}

static PyMethodDef atexit_methods[] = {
    METHOD_PLAIN("register", atexit_register, METH_VARARGS | METH_KEYWORDS,
                 "register(func, *args, **kwargs) -> func\n\n"
                 "Have func(*args, **kwargs) called when the interpreter ends."),
    METHOD_PLAIN("_clear", atexit_clear, METH_NOARGS, "_clear() -> None\n\nForget all functions."),
    METHOD_PLAIN("unregister", atexit_unregister, METH_O,
                 "unregister(func) -> None\n\nForget func, as often as it was registered."),
    METHOD_PLAIN("_run_exitfuncs", atexit_run, METH_NOARGS,
                 "_run_exitfuncs() -> None\n\nCall all functions now."),
    METHOD_PLAIN("_ncallbacks", atexit_ncallbacks, METH_NOARGS,
                 "_ncallbacks() -> int\n\nHow many functions are registered."),
    {NULL, NULL, 0, NULL},
};

static int
atexit_traverse(PyObject *module, visitproc visit, void *arg)
{
    struct atexit_state *state = atexit_state_get();
    for (int i = 0; i < state->ncallbacks; i++) {
        atexit_callback *callback = state->callbacks[i];
        if (callback == NULL)
            continue;
        Py_VISIT(callback->func);
        Py_VISIT(callback->args);
        Py_VISIT(callback->kwargs);
    }
    return 0;
}

static int
atexit_module_clear(PyObject *module)
{
    drop_all(atexit_state_get());
    return 0;
}

static PyModuleDef_Slot atexit_slots[] = {{0, NULL}};

static struct PyModuleDef atexit_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "atexit",
    .m_doc = "Functions to be called when the interpreter ends.",
    .m_methods = atexit_methods,
    .m_slots = atexit_slots,
    .m_traverse = atexit_traverse,
    .m_clear = atexit_module_clear,
};

PyMODINIT_FUNC
PyInit_atexit(void)
{
    return PyModuleDef_Init(&atexit_module);
}
