/* SPDX-License-Identifier: MIT */
/* functools.partial: a callable with some of its arguments given. */
#include "Python.h"
#include "structmember.h"

#include "ks_functools.h"

typedef struct Partial {
    PyObject_HEAD
    PyObject *function;
    PyObject *args;   /* tuple */
    PyObject *kwargs; /* dict */
    PyObject *dict;
    PyObject *weakrefs;
    vectorcallfunc vectorcall;
} Partial;

#define AS_PARTIAL(self) ((Partial *)(self))

/* ---- calling ---- */

/* The kept keywords, overridden by those of this call. */
static PyObject *
joined_keywords(Partial *partial, PyObject *kwargs)
{
    if (kwargs == NULL || PyDict_GET_SIZE(kwargs) == 0)
        return Py_NewRef(partial->kwargs);
    PyObject *joined = PyDict_Copy(partial->kwargs);
    if (joined != NULL && PyDict_Update(joined, kwargs) < 0)
        Py_CLEAR(joined);
    return joined;
}

static PyObject *
partial_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    Partial *partial = AS_PARTIAL(self);
    KS_OWNED PyObject *function = Py_NewRef(partial->function);
    KS_OWNED PyObject *joined = joined_keywords(partial, kwargs);
    KS_OWNED PyObject *all = joined == NULL ? NULL : PySequence_Concat(partial->args, args);
    return all == NULL ? NULL : PyObject_Call(function, all, joined);
}

#define FEW_ARGS 8

static PyObject *
call_with_keywords(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    KS_OWNED PyObject *positional = PyTuple_New(nargs);
    if (positional == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < nargs; i++)
        PyTuple_SET_ITEM(positional, i, Py_NewRef(args[i]));
    KS_OWNED PyObject *kwargs = kwnames == NULL ? NULL : PyDict_New();
    if (kwnames != NULL && kwargs == NULL)
        return NULL;
    for (Py_ssize_t i = 0; kwnames != NULL && i < PyTuple_GET_SIZE(kwnames); i++)
        if (PyDict_SetItem(kwargs, PyTuple_GET_ITEM(kwnames, i), args[nargs + i]) < 0)
            return NULL;
    return partial_call(self, positional, kwargs);
}

static PyObject *
partial_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Partial *partial = AS_PARTIAL(self);
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (PyDict_GET_SIZE(partial->kwargs) > 0)
        return call_with_keywords(self, args, nargs, kwnames);
    Py_ssize_t kept_count = PyTuple_GET_SIZE(partial->args);
    Py_ssize_t given = nargs + (kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames));
    KS_OWNED PyObject *function = Py_NewRef(partial->function);
    if (kept_count == 0)
        return PyObject_Vectorcall(function, args, nargsf, kwnames);
    /* Held: the call may change the partial. */
    KS_OWNED PyObject *kept = Py_NewRef(partial->args);
    PyObject **items = &PyTuple_GET_ITEM(kept, 0);
    if (given == 0)
        return PyObject_Vectorcall(function, items, (size_t)kept_count, NULL);
    if (kept_count == 1 && (nargsf & PY_VECTORCALL_ARGUMENTS_OFFSET)) {
        /* The caller left a place in front. */
        PyObject **stack = (PyObject **)args - 1, *before = stack[0];
        stack[0] = items[0];
        PyObject *result = PyObject_Vectorcall(function, stack, (size_t)nargs + 1, kwnames);
        stack[0] = before;
        return result;
    }
    PyObject *few[FEW_ARGS], **stack = few;
    if (kept_count + given > FEW_ARGS) {
        stack = PyMem_New(PyObject *, kept_count + given);
        if (stack == NULL)
            return PyErr_NoMemory();
    }
    memcpy(stack, items, (size_t)kept_count * sizeof(PyObject *));
    memcpy(stack + kept_count, args, (size_t)given * sizeof(PyObject *));
    PyObject *result = PyObject_Vectorcall(function, stack, (size_t)(kept_count + nargs), kwnames);
    if (stack != few)
        PyMem_Free(stack);
    return result;
}

/* ---- lifecycle ---- */

static PyObject *
partial_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (PyTuple_GET_SIZE(args) < 1) {
        PyErr_SetString(PyExc_TypeError, "type 'partial' takes at least one argument");
        return NULL;
    }
    PyObject *function = PyTuple_GET_ITEM(args, 0);
    if (!PyCallable_Check(function)) {
        PyErr_SetString(PyExc_TypeError, "the first argument must be callable");
        return NULL;
    }
    /* A partial of a partial becomes one, unless the inner one has attributes. */
    Partial *inner = NULL;
    if (Py_TYPE(function)->tp_call == partial_call && AS_PARTIAL(function)->dict == NULL)
        inner = AS_PARTIAL(function);
    KS_OWNED PyObject *given = PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args));
    if (given == NULL)
        return NULL;
    KS_OWNED PyObject *all = inner == NULL ? Py_NewRef(given)
                                           : PySequence_Concat(inner->args, given);
    KS_OWNED PyObject *keywords = all == NULL ? NULL
                                  : inner == NULL ? PyDict_New()
                                                  : PyDict_Copy(inner->kwargs);
    if (keywords == NULL || (kwargs != NULL && PyDict_Update(keywords, kwargs) < 0))
        return NULL;
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    AS_PARTIAL(self)->function = Py_NewRef(inner == NULL ? function : inner->function);
    AS_PARTIAL(self)->args = ks_give(&all);
    AS_PARTIAL(self)->kwargs = ks_give(&keywords);
    AS_PARTIAL(self)->vectorcall = partial_vectorcall;
    return self;
}

static int
partial_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(AS_PARTIAL(self)->function);
    Py_VISIT(AS_PARTIAL(self)->args);
    Py_VISIT(AS_PARTIAL(self)->kwargs);
    Py_VISIT(AS_PARTIAL(self)->dict);
    return 0;
}

static int
partial_clear(PyObject *self)
{
    Py_CLEAR(AS_PARTIAL(self)->function);
    Py_CLEAR(AS_PARTIAL(self)->args);
    Py_CLEAR(AS_PARTIAL(self)->kwargs);
    Py_CLEAR(AS_PARTIAL(self)->dict);
    return 0;
}

static void
partial_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (AS_PARTIAL(self)->weakrefs != NULL)
        PyObject_ClearWeakRefs(self);
    partial_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

/* ---- slots and methods ---- */

static int
append_text(PyObject **text, PyObject *more)
{
    if (more == NULL)
        return -1;
    PyUnicode_AppendAndDel(text, more);
    return *text == NULL ? -1 : 0;
}

static PyObject *
partial_text(PyObject *self)
{
    Partial *partial = AS_PARTIAL(self);
    KS_OWNED PyObject *args = Py_NewRef(partial->args);
    KS_OWNED PyObject *kwargs = Py_NewRef(partial->kwargs);
    KS_OWNED PyObject *text = PyUnicode_FromFormat("%s(%R", Py_TYPE(self)->tp_name,
                                                   partial->function);
    if (text == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++)
        if (append_text(&text, PyUnicode_FromFormat(", %R", PyTuple_GET_ITEM(args, i))) < 0)
            return NULL;
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    while (PyDict_Next(kwargs, &pos, &key, &value)) {
        /* Held: a repr may change the dict. */
        Py_INCREF(value);
        int failed = append_text(&text, PyUnicode_FromFormat(", %S=%R", key, value));
        Py_DECREF(value);
        if (failed < 0)
            return NULL;
    }
    return append_text(&text, PyUnicode_FromString(")")) < 0 ? NULL : ks_give(&text);
}

static PyObject *
partial_repr(PyObject *self)
{
    int entered = Py_ReprEnter(self);
    if (entered != 0)
        return entered > 0 ? PyUnicode_FromString("...") : NULL;
    PyObject *text = partial_text(self);
    Py_ReprLeave(self);
    return text;
}

static PyObject *
partial_reduce(PyObject *self, PyObject *unused)
{
    Partial *partial = AS_PARTIAL(self);
    return Py_BuildValue("O(O)(OOOO)", Py_TYPE(self), partial->function, partial->function,
                         partial->args, partial->kwargs,
                         partial->dict != NULL ? partial->dict : Py_None);
}

static PyObject *
partial_setstate(PyObject *self, PyObject *state)
{
    PyObject *function, *args, *kwargs, *dict;
    if (!PyTuple_Check(state)
        || !PyArg_ParseTuple(state, "OOOO", &function, &args, &kwargs, &dict)
        || !PyCallable_Check(function) || !PyTuple_Check(args)
        || (kwargs != Py_None && !PyDict_Check(kwargs))) {
        PyErr_SetString(PyExc_TypeError, "invalid partial state");
        return NULL;
    }
    KS_OWNED PyObject *plain_args = PyTuple_CheckExact(args) ? Py_NewRef(args)
                                                             : PySequence_Tuple(args);
    if (plain_args == NULL)
        return NULL;
    KS_OWNED PyObject *plain_kwargs = kwargs == Py_None            ? PyDict_New()
                                      : PyDict_CheckExact(kwargs) ? Py_NewRef(kwargs)
                                                                  : PyDict_Copy(kwargs);
    if (plain_kwargs == NULL)
        return NULL;
    Partial *partial = AS_PARTIAL(self);
    Py_INCREF(function);
    Py_SETREF(partial->function, function);
    Py_SETREF(partial->args, ks_give(&plain_args));
    Py_SETREF(partial->kwargs, ks_give(&plain_kwargs));
    PyObject *attributes = dict == Py_None ? NULL : Py_NewRef(dict);
    Py_XSETREF(partial->dict, attributes);
    Py_RETURN_NONE;
}

static PyMethodDef partial_methods[] = {
    METHOD_PLAIN("__reduce__", partial_reduce, METH_NOARGS, NULL),
    METHOD_PLAIN("__setstate__", partial_setstate, METH_O, NULL),
    METHOD_PLAIN("__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS,
                 "partial[...] for type annotations."),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef partial_members[] = {
    {"func", T_OBJECT, offsetof(Partial, function), READONLY, "What is called."},
    {"args", T_OBJECT, offsetof(Partial, args), READONLY, "The first positional arguments."},
    {"keywords", T_OBJECT, offsetof(Partial, kwargs), READONLY, "Keyword arguments."},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Partial, weakrefs), READONLY, NULL},
    {"__dictoffset__", T_PYSSIZET, offsetof(Partial, dict), READONLY, NULL},
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Partial, vectorcall), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef partial_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot partial_slots[] = {
    {Py_tp_dealloc, partial_dealloc},
    {Py_tp_repr, partial_repr},
    {Py_tp_call, partial_call},
    {Py_tp_getattro, PyObject_GenericGetAttr},
    {Py_tp_setattro, PyObject_GenericSetAttr},
    {Py_tp_doc, "partial(func, *args, **keywords) - a function with some arguments given."},
    {Py_tp_traverse, partial_traverse},
    {Py_tp_clear, partial_clear},
    {Py_tp_methods, partial_methods},
    {Py_tp_members, partial_members},
    {Py_tp_getset, partial_getset},
    {Py_tp_new, partial_new},
    {Py_tp_free, PyObject_GC_Del},
    {0, NULL},
};

PyType_Spec ks_partial_spec = {
    .name = "functools.partial",
    .basicsize = sizeof(Partial),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE
             | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = partial_slots,
};
