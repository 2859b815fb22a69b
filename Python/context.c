/* SPDX-License-Identifier: MIT */
/* Context variables: Context, ContextVar, Token.
 *
 * A thread has one current context (none until the first variable is set). A context's variables
 * are an immutable mapping, so that copying a context is free. A variable remembers the value it
 * had at the last look, valid for one thread as long as that thread stays in one context
 * (context_ver); setting the variable renews it. */
#include "Python.h"
#include "structmember.h"

#include "ks_args.h"
#include "pycore_call.h"
#include "pycore_context.h"
#include "pycore_gc.h"
#include "pycore_initconfig.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"

#define AS_CONTEXT(self) ((PyContext *)(self))
#define AS_VAR(self) ((PyContextVar *)(self))
#define AS_TOKEN(self) ((PyContextToken *)(self))

/* ---- contexts ---- */

static PyContext *
context_alloc(void)
{
    struct _Py_context_state *state = &_PyInterpreterState_GET()->context;
    PyContext *context = state->freelist;
    if (context != NULL) {
        state->freelist = context->ctx_prev;
        state->numfree--;
        _Py_NewReference((PyObject *)context);
    }
    else {
        context = PyObject_GC_New(PyContext, &PyContext_Type);
        if (context == NULL)
            return NULL;
    }
    context->ctx_vars = NULL;
    context->ctx_prev = NULL;
    context->ctx_entered = 0;
    context->ctx_weakreflist = NULL;
    return context;
}

static PyObject *
context_over(PyHamtObject *variables)
{
    PyContext *context = context_alloc();
    if (context == NULL)
        return NULL;
    context->ctx_vars = (PyHamtObject *)Py_NewRef(variables);
    _PyObject_GC_TRACK(context);
    return (PyObject *)context;
}

PyObject *
PyContext_New(void)
{
    PyHamtObject *variables = _PyHamt_New();
    if (variables == NULL)
        return NULL;
    PyObject *context = context_over(variables);
    Py_DECREF(variables);
    return context;
}

/* The thread's context (borrowed), made if there is none. */
static PyContext *
context_current(PyThreadState *thread)
{
    if (thread->context == NULL) {
        thread->context = PyContext_New();
        if (thread->context != NULL)
            thread->context_ver++;
    }
    return AS_CONTEXT(thread->context);
}

PyObject *
PyContext_Copy(PyObject *self)
{
    if (!PyContext_CheckExact(self)) {
        PyErr_SetString(PyExc_TypeError, "an instance of Context was expected");
        return NULL;
    }
    return context_over(AS_CONTEXT(self)->ctx_vars);
}

PyObject *
PyContext_CopyCurrent(void)
{
    PyContext *context = context_current(_PyThreadState_GET());
    return context == NULL ? NULL : context_over(context->ctx_vars);
}

static int
context_enter(PyThreadState *thread, PyContext *context)
{
    if (context->ctx_entered) {
        _PyErr_Format(thread, PyExc_RuntimeError,
                      "cannot enter context: %R is already entered", context);
        return -1;
    }
    /* The reference moves from the thread to ctx_prev and back at the exit. */
    context->ctx_prev = AS_CONTEXT(thread->context);
    context->ctx_entered = 1;
    thread->context = Py_NewRef(context);
    thread->context_ver++;
    return 0;
}

static int
context_exit(PyThreadState *thread, PyContext *context)
{
    if (!context->ctx_entered) {
        PyErr_Format(PyExc_RuntimeError, "cannot exit context: %R has not been entered", context);
        return -1;
    }
    if (thread->context != (PyObject *)context) {
        PyErr_SetString(PyExc_RuntimeError,
                        "cannot exit context: thread state references a different context object");
        return -1;
    }
    PyContext *before = context->ctx_prev;
    context->ctx_prev = NULL;
    context->ctx_entered = 0;
    thread->context = (PyObject *)before;
    thread->context_ver++;
    Py_DECREF(context);
    return 0;
}

int
PyContext_Enter(PyObject *self)
{
    if (!PyContext_CheckExact(self)) {
        PyErr_SetString(PyExc_TypeError, "an instance of Context was expected");
        return -1;
    }
    return context_enter(_PyThreadState_GET(), AS_CONTEXT(self));
}

int
PyContext_Exit(PyObject *self)
{
    if (!PyContext_CheckExact(self)) {
        PyErr_SetString(PyExc_TypeError, "an instance of Context was expected");
        return -1;
    }
    return context_exit(_PyThreadState_GET(), AS_CONTEXT(self));
}

static PyObject *
context_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (PyTuple_Size(args) > 0 || (kwargs != NULL && PyDict_Size(kwargs) > 0)) {
        PyErr_SetString(PyExc_TypeError, "Context() does not accept any arguments");
        return NULL;
    }
    return PyContext_New();
}

static int
context_clear(PyObject *self)
{
    Py_CLEAR(AS_CONTEXT(self)->ctx_prev);
    Py_CLEAR(AS_CONTEXT(self)->ctx_vars);
    return 0;
}

static int
context_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(AS_CONTEXT(self)->ctx_prev);
    Py_VISIT(AS_CONTEXT(self)->ctx_vars);
    return 0;
}

static void
context_dealloc(PyObject *self)
{
    _PyObject_GC_UNTRACK(self);
    if (AS_CONTEXT(self)->ctx_weakreflist != NULL)
        PyObject_ClearWeakRefs(self);
    context_clear(self);
    struct _Py_context_state *state = &_PyInterpreterState_GET()->context;
    if (state->numfree < PyContext_MAXFREELIST) {
        state->numfree++;
        AS_CONTEXT(self)->ctx_prev = state->freelist;
        state->freelist = AS_CONTEXT(self);
    }
    else
        PyObject_GC_Del(self);
}

static PyObject *
context_richcompare(PyObject *left, PyObject *right, int op)
{
    if (!PyContext_CheckExact(left) || !PyContext_CheckExact(right)
        || (op != Py_EQ && op != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    int same = _PyHamt_Eq(AS_CONTEXT(left)->ctx_vars, AS_CONTEXT(right)->ctx_vars);
    return same < 0 ? NULL : PyBool_FromLong(same == (op == Py_EQ));
}

/* 1 and the value (borrowed), 0 if not set, -1 with an exception. */
static int
context_find(PyObject *self, PyObject *key, PyObject **value)
{
    if (!PyContextVar_CheckExact(key)) {
        PyErr_Format(PyExc_TypeError, "a ContextVar key was expected, got %R", key);
        return -1;
    }
    return _PyHamt_Find(AS_CONTEXT(self)->ctx_vars, key, value);
}

static int
context_contains(PyObject *self, PyObject *key)
{
    PyObject *value;
    return context_find(self, key, &value);
}

static PyObject *
context_subscript(PyObject *self, PyObject *key)
{
    PyObject *value;
    int found = context_find(self, key, &value);
    if (found == 0)
        PyErr_SetObject(PyExc_KeyError, key);
    return found == 1 ? Py_NewRef(value) : NULL;
}

static Py_ssize_t
context_length(PyObject *self)
{
    return _PyHamt_Len(AS_CONTEXT(self)->ctx_vars);
}

static PyObject *
context_iter(PyObject *self)
{
    return _PyHamt_NewIterKeys(AS_CONTEXT(self)->ctx_vars);
}

static PyObject *
context_get(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *value;
    if (!ks_args_count("get", nargs, 1, 2))
        return NULL;
    int found = context_find(self, args[0], &value);
    if (found < 0)
        return NULL;
    if (!found)
        value = nargs == 2 ? args[1] : Py_None;
    return Py_NewRef(value);
}

static PyObject *
context_items(PyObject *self, PyObject *unused)
{
    return _PyHamt_NewIterItems(AS_CONTEXT(self)->ctx_vars);
}

static PyObject *
context_keys(PyObject *self, PyObject *unused)
{
    return _PyHamt_NewIterKeys(AS_CONTEXT(self)->ctx_vars);
}

static PyObject *
context_values(PyObject *self, PyObject *unused)
{
    return _PyHamt_NewIterValues(AS_CONTEXT(self)->ctx_vars);
}

static PyObject *
context_copy(PyObject *self, PyObject *unused)
{
    return context_over(AS_CONTEXT(self)->ctx_vars);
}

static PyObject *
context_run(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyThreadState *thread = _PyThreadState_GET();
    if (nargs < 1) {
        _PyErr_SetString(thread, PyExc_TypeError, "run() missing 1 required positional argument");
        return NULL;
    }
    if (context_enter(thread, AS_CONTEXT(self)) < 0)
        return NULL;
    PyObject *result = _PyObject_VectorcallTstate(thread, args[0], args + 1, (size_t)nargs - 1,
                                                  kwnames);
    if (context_exit(thread, AS_CONTEXT(self)) < 0)
        Py_CLEAR(result);
    return result;
}

static PyMethodDef context_methods[] = {
    METHOD("get", context_get, METH_FASTCALL, "($self, key, default=None, /)",
           "The variable's value in this context, or the default."),
    METHOD("items", context_items, METH_NOARGS, "($self, /)", "All variables with their values."),
    METHOD("keys", context_keys, METH_NOARGS, "($self, /)", "All variables."),
    METHOD("values", context_values, METH_NOARGS, "($self, /)", "The values of all variables."),
    METHOD("copy", context_copy, METH_NOARGS, "($self, /)", "A context with the same values."),
    METHOD_PLAIN("run", context_run, METH_FASTCALL | METH_KEYWORDS, NULL),
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods context_as_sequence = {.sq_contains = context_contains};
static PyMappingMethods context_as_mapping = {
    .mp_length = context_length,
    .mp_subscript = context_subscript,
};

PyTypeObject PyContext_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_contextvars.Context",
    .tp_basicsize = sizeof(PyContext),
    .tp_dealloc = context_dealloc,
    .tp_as_sequence = &context_as_sequence,
    .tp_as_mapping = &context_as_mapping,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = context_traverse,
    .tp_clear = context_clear,
    .tp_richcompare = context_richcompare,
    .tp_weaklistoffset = offsetof(PyContext, ctx_weakreflist),
    .tp_iter = context_iter,
    .tp_methods = context_methods,
    .tp_new = context_new,
};

/* ---- variables ---- */

static PyContextVar *
var_make(PyObject *name, PyObject *default_value)
{
    if (!PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_TypeError, "context variable name must be a str");
        return NULL;
    }
    PyContextVar *var = PyObject_GC_New(PyContextVar, &PyContextVar_Type);
    if (var == NULL)
        return NULL;
    var->var_name = Py_NewRef(name);
    var->var_default = Py_XNewRef(default_value);
    var->var_cached = NULL;
    var->var_cached_tsid = 0;
    var->var_cached_tsver = 0;
    Py_hash_t name_hash = PyObject_Hash(name);
    if (name_hash == -1) {
        Py_DECREF(var);
        return NULL;
    }
    var->var_hash = _Py_HashPointer(var) ^ name_hash;
    if (var->var_hash == -1)
        var->var_hash = -2;
    if (_PyObject_GC_MAY_BE_TRACKED(name)
        || (default_value != NULL && _PyObject_GC_MAY_BE_TRACKED(default_value)))
        PyObject_GC_Track(var);
    return var;
}

PyObject *
PyContextVar_New(const char *name, PyObject *default_value)
{
    KS_OWNED PyObject *text = PyUnicode_FromString(name);
    return text == NULL ? NULL : (PyObject *)var_make(text, default_value);
}

static int
check_var(PyObject *self)
{
    if (PyContextVar_CheckExact(self))
        return 0;
    PyErr_SetString(PyExc_TypeError, "an instance of ContextVar was expected");
    return -1;
}

static void
var_remember(PyContextVar *var, PyThreadState *thread, PyObject *value)
{
    var->var_cached = value; /* borrowed from the context's mapping */
    var->var_cached_tsid = thread->id;
    var->var_cached_tsver = thread->context_ver;
}

/* 0 and the value as a new reference: what is set, else the given default, else the variable's,
 * else NULL. -1 with an exception. */
int
PyContextVar_Get(PyObject *self, PyObject *default_value, PyObject **value)
{
    PyContextVar *var = AS_VAR(self);
    *value = NULL;
    if (check_var(self) < 0)
        return -1;
    PyThreadState *thread = _PyThreadState_GET();
    if (thread->context != NULL) {
        if (var->var_cached != NULL && var->var_cached_tsid == thread->id
            && var->var_cached_tsver == thread->context_ver) {
            *value = Py_NewRef(var->var_cached);
            return 0;
        }
        PyObject *found;
        int is_set = _PyHamt_Find(AS_CONTEXT(thread->context)->ctx_vars, self, &found);
        if (is_set < 0)
            return -1;
        if (is_set) {
            var_remember(var, thread, found);
            *value = Py_NewRef(found);
            return 0;
        }
    }
    *value = Py_XNewRef(default_value != NULL ? default_value : var->var_default);
    return 0;
}

static int
var_store(PyContextVar *var, PyObject *value)
{
    PyThreadState *thread = _PyThreadState_GET();
    var->var_cached = NULL;
    PyContext *context = context_current(thread);
    if (context == NULL)
        return -1;
    PyHamtObject *variables = _PyHamt_Assoc(context->ctx_vars, (PyObject *)var, value);
    if (variables == NULL)
        return -1;
    PyHamtObject *before = context->ctx_vars;
    context->ctx_vars = variables;
    var_remember(var, thread, value);
    Py_DECREF(before);
    return 0;
}

static int
var_remove(PyContextVar *var)
{
    var->var_cached = NULL;
    PyContext *context = context_current(_PyThreadState_GET());
    if (context == NULL)
        return -1;
    PyHamtObject *before = context->ctx_vars;
    PyHamtObject *variables = _PyHamt_Without(before, (PyObject *)var);
    if (variables == NULL)
        return -1;
    if (variables == before) {
        Py_DECREF(variables);
        PyErr_SetObject(PyExc_LookupError, (PyObject *)var);
        return -1;
    }
    context->ctx_vars = variables;
    Py_DECREF(before);
    return 0;
}

static PyObject *
token_make(PyContext *context, PyContextVar *var, PyObject *old_value)
{
    PyContextToken *token = PyObject_GC_New(PyContextToken, &PyContextToken_Type);
    if (token == NULL)
        return NULL;
    token->tok_ctx = (PyContext *)Py_NewRef(context);
    token->tok_var = (PyContextVar *)Py_NewRef(var);
    token->tok_oldval = Py_XNewRef(old_value);
    token->tok_used = 0;
    PyObject_GC_Track(token);
    return (PyObject *)token;
}

/* A token with which the variable can be reset. */
PyObject *
PyContextVar_Set(PyObject *self, PyObject *value)
{
    PyObject *old_value = NULL;
    if (check_var(self) < 0)
        return NULL;
    PyContext *context = context_current(_PyThreadState_GET());
    if (context == NULL)
        return NULL;
    if (_PyHamt_Find(context->ctx_vars, self, &old_value) < 0)
        return NULL;
    PyObject *token = token_make(context, AS_VAR(self), old_value);
    if (token != NULL && var_store(AS_VAR(self), value) < 0)
        Py_CLEAR(token);
    return token;
}

int
PyContextVar_Reset(PyObject *self, PyObject *token_object)
{
    if (check_var(self) < 0)
        return -1;
    if (!PyContextToken_CheckExact(token_object)) {
        PyErr_SetString(PyExc_TypeError, "an instance of Token was expected");
        return -1;
    }
    PyContextToken *token = AS_TOKEN(token_object);
    if (token->tok_used) {
        PyErr_Format(PyExc_RuntimeError, "%R has already been used once", token);
        return -1;
    }
    if (AS_VAR(self) != token->tok_var) {
        PyErr_Format(PyExc_ValueError, "%R was created by a different ContextVar", token);
        return -1;
    }
    PyContext *context = context_current(_PyThreadState_GET());
    if (context != token->tok_ctx) {
        PyErr_Format(PyExc_ValueError, "%R was created in a different Context", token);
        return -1;
    }
    token->tok_used = 1;
    return token->tok_oldval == NULL ? var_remove(AS_VAR(self))
                                     : var_store(AS_VAR(self), token->tok_oldval);
}

static PyObject *
var_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"", "default", NULL};
    PyObject *name, *default_value = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|$O:ContextVar", keywords, &name,
                                     &default_value))
        return NULL;
    return (PyObject *)var_make(name, default_value);
}

static int
var_clear(PyObject *self)
{
    Py_CLEAR(AS_VAR(self)->var_name);
    Py_CLEAR(AS_VAR(self)->var_default);
    AS_VAR(self)->var_cached = NULL;
    AS_VAR(self)->var_cached_tsid = 0;
    AS_VAR(self)->var_cached_tsver = 0;
    return 0;
}

static int
var_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(AS_VAR(self)->var_name);
    Py_VISIT(AS_VAR(self)->var_default);
    return 0;
}

static void
var_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    var_clear(self);
    Py_TYPE(self)->tp_free(self);
}

static Py_hash_t
var_hash(PyObject *self)
{
    return AS_VAR(self)->var_hash;
}

static PyObject *
var_repr(PyObject *self)
{
    PyContextVar *var = AS_VAR(self);
    if (var->var_default != NULL)
        return PyUnicode_FromFormat("<ContextVar name=%R default=%R at %p>", var->var_name,
                                    var->var_default, self);
    return PyUnicode_FromFormat("<ContextVar name=%R at %p>", var->var_name, self);
}

static PyObject *
var_get(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *value;
    if (!ks_args_count("get", nargs, 0, 1))
        return NULL;
    if (PyContextVar_Get(self, nargs == 1 ? args[0] : NULL, &value) < 0)
        return NULL;
    if (value == NULL)
        PyErr_SetObject(PyExc_LookupError, self);
    return value;
}

static PyObject *
var_set(PyObject *self, PyObject *value)
{
    return PyContextVar_Set(self, value);
}

static PyObject *
var_reset(PyObject *self, PyObject *token)
{
    if (!PyContextToken_CheckExact(token)) {
        PyErr_Format(PyExc_TypeError, "expected an instance of Token, got %R", token);
        return NULL;
    }
    if (PyContextVar_Reset(self, token) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef var_methods[] = {
    METHOD("get", var_get, METH_FASTCALL, "($self, default=<unrepresentable>, /)",
           "The variable's value in the current context.\n\n"
           "If it is not set: the given default, else the variable's, else LookupError."),
    METHOD("set", var_set, METH_O, "($self, value, /)",
           "Set the variable in the current context; returns a token for reset()."),
    METHOD("reset", var_reset, METH_O, "($self, token, /)",
           "Give the variable back the value it had before the set() that made the token."),
    METHOD_PLAIN("__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS,
                 "ContextVar[...] for type annotations."),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef var_members[] = {
    {"name", T_OBJECT, offsetof(PyContextVar, var_name), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject PyContextVar_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_contextvars.ContextVar",
    .tp_basicsize = sizeof(PyContextVar),
    .tp_dealloc = var_dealloc,
    .tp_repr = var_repr,
    .tp_hash = var_hash,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = var_traverse,
    .tp_clear = var_clear,
    .tp_methods = var_methods,
    .tp_members = var_members,
    .tp_new = var_new,
    .tp_free = PyObject_GC_Del,
};

/* ---- tokens ---- */

static PyObject *
missing_repr(PyObject *self)
{
    return PyUnicode_FromString("<Token.MISSING>");
}

static void
missing_dealloc(PyObject *self)
{
    Py_SET_REFCNT(self, 999999999);
}

PyTypeObject _PyContextTokenMissing_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "Token.MISSING",
    .tp_basicsize = sizeof(PyObject),
    .tp_dealloc = missing_dealloc,
    .tp_repr = missing_repr,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT,
};

static PyObject token_missing = {_PyObject_EXTRA_INIT 1, &_PyContextTokenMissing_Type};

static PyObject *
token_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyErr_SetString(PyExc_RuntimeError, "Tokens can only be created by ContextVars");
    return NULL;
}

static int
token_clear(PyObject *self)
{
    Py_CLEAR(AS_TOKEN(self)->tok_ctx);
    Py_CLEAR(AS_TOKEN(self)->tok_var);
    Py_CLEAR(AS_TOKEN(self)->tok_oldval);
    return 0;
}

static int
token_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(AS_TOKEN(self)->tok_ctx);
    Py_VISIT(AS_TOKEN(self)->tok_var);
    Py_VISIT(AS_TOKEN(self)->tok_oldval);
    return 0;
}

static void
token_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    token_clear(self);
    Py_TYPE(self)->tp_free(self);
}

static PyObject *
token_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<Token%s var=%R at %p>", AS_TOKEN(self)->tok_used ? " used" : "",
                                AS_TOKEN(self)->tok_var, self);
}

static PyObject *
token_get_var(PyObject *self, void *unused)
{
    return Py_NewRef(AS_TOKEN(self)->tok_var);
}

static PyObject *
token_get_old_value(PyObject *self, void *unused)
{
    PyObject *old_value = AS_TOKEN(self)->tok_oldval;
    return Py_NewRef(old_value != NULL ? old_value : &token_missing);
}

static PyGetSetDef token_getset[] = {
    {"var", token_get_var, NULL, NULL, NULL},
    {"old_value", token_get_old_value, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMethodDef token_methods[] = {
    METHOD_PLAIN("__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS,
                 "Token[...] for type annotations."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyContextToken_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "_contextvars.Token",
    .tp_basicsize = sizeof(PyContextToken),
    .tp_dealloc = token_dealloc,
    .tp_repr = token_repr,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = token_traverse,
    .tp_clear = token_clear,
    .tp_methods = token_methods,
    .tp_getset = token_getset,
    .tp_new = token_new,
    .tp_free = PyObject_GC_Del,
};

/* ---- set-up ---- */

PyObject *
_PyContext_NewHamtForTests(void)
{
    return (PyObject *)_PyHamt_New();
}

void
_PyContext_ClearFreeList(PyInterpreterState *interp)
{
    struct _Py_context_state *state = &interp->context;
    while (state->numfree > 0) {
        PyContext *context = state->freelist;
        state->freelist = context->ctx_prev;
        context->ctx_prev = NULL;
        PyObject_GC_Del(context);
        state->numfree--;
    }
}

PyStatus
_PyContext_Init(PyInterpreterState *interp)
{
    if (!_Py_IsMainInterpreter(interp))
        return _PyStatus_OK();
    if (PyDict_SetItemString(PyContextToken_Type.tp_dict, "MISSING", &token_missing) < 0)
        return _PyStatus_ERR("can't init context types");
    return _PyStatus_OK();
}

void
_PyContext_Fini(PyInterpreterState *interp)
{
    _PyContext_ClearFreeList(interp);
    _PyHamt_Fini(interp);
}
