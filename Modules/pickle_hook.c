/* SPDX-License-Identifier: MIT */
/* What Pickler and Unpickler have in common: a hook that a subclass or an assignment provides
 * (persistent_id, persistent_load), and the proxy through which Python code sees the memo. */
#include "pickle_parts.h"

/* ---- hooks ---- */

/* Takes the function over. A method of owner is taken apart, see PickleHook. */
static void
hook_set(PickleHook *hook, PyObject *owner, KS_STEALS PyObject *function)
{
    PyObject *old = hook->function;
    hook->self = NULL;
    if (function != NULL && PyMethod_Check(function) && PyMethod_GET_SELF(function) == owner) {
        hook->self = owner;
        Py_SETREF(function, Py_NewRef(PyMethod_GET_FUNCTION(function)));
    }
    hook->function = function;
    Py_XDECREF(old);
}

int
ks_pickle_hook_find(PickleHook *hook, PyObject *self, PyObject *name)
{
    PyObject *function;
    if (_PyObject_LookupAttr(self, name, &function) < 0)
        return -1;
    hook_set(hook, self, function);
    return 0;
}

PyObject *
ks_pickle_hook_call(const PickleHook *hook, PyObject *argument)
{
    KS_OWNED PyObject *function = Py_NewRef(hook->function);
    if (hook->self == NULL)
        return PyObject_CallOneArg(function, argument);
    PyObject *args[] = {hook->self, argument};
    return PyObject_Vectorcall(function, args, 2, NULL);
}

PyObject *
ks_pickle_hook_get(const PickleHook *hook, const char *name)
{
    if (hook->function == NULL) {
        PyErr_SetString(PyExc_AttributeError, name);
        return NULL;
    }
    if (hook->self != NULL)
        return PyMethod_New(hook->function, hook->self);
    return Py_NewRef(hook->function);
}

int
ks_pickle_hook_set(PickleHook *hook, PyObject *value, const char *name)
{
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "attribute deletion is not supported");
        return -1;
    }
    if (!PyCallable_Check(value)) {
        PyErr_Format(PyExc_TypeError, "%s must be a callable taking one argument", name);
        return -1;
    }
    hook_set(hook, NULL, Py_NewRef(value));
    return 0;
}

/* ---- memo proxies ---- */

PyObject *
ks_pickle_proxy_new(PyTypeObject *type, PyObject *owner)
{
    PickleMemoProxy *proxy = PyObject_GC_New(PickleMemoProxy, type);
    if (proxy == NULL)
        return NULL;
    proxy->owner = Py_NewRef(owner);
    PyObject_GC_Track(proxy);
    return (PyObject *)proxy;
}

int
ks_pickle_proxy_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((PickleMemoProxy *)self)->owner);
    return 0;
}

int
ks_pickle_proxy_clear(PyObject *self)
{
    Py_CLEAR(((PickleMemoProxy *)self)->owner);
    return 0;
}

void
ks_pickle_proxy_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    ks_pickle_proxy_clear(self);
    PyObject_GC_Del(self);
}

PyObject *
ks_pickle_proxy_reduce(PyObject *copy)
{
    return copy == NULL ? NULL : Py_BuildValue("(O(N))", &PyDict_Type, copy);
}
