/* SPDX-License-Identifier: MIT */
/* The _functools module: reduce, cmp_to_key, and the types of functools_partial.c and
 * functools_lru_cache.c. */
#include "Python.h"
#include "structmember.h"

#include "ks_functools.h"

/* ---- reduce ---- */

static PyObject *
functools_reduce(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("reduce", nargs, 2, 3))
        return NULL;
    KS_OWNED PyObject *iterator = PyObject_GetIter(args[1]);
    if (iterator == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_SetString(PyExc_TypeError, "reduce() arg 2 must support iteration");
        return NULL;
    }
    KS_OWNED PyObject *result = nargs == 3 ? Py_NewRef(args[2]) : NULL;
    for (;;) {
        KS_OWNED PyObject *item = PyIter_Next(iterator);
        if (item == NULL)
            break;
        if (result == NULL) {
            result = ks_give(&item);
            continue;
        }
        /* The callee may overwrite the place in front of its arguments. */
        PyObject *call[3] = {NULL, result, item};
        PyObject *next = PyObject_Vectorcall(args[0], call + 1,
                                             2 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
        Py_SETREF(result, next);
        if (result == NULL)
            return NULL;
    }
    if (PyErr_Occurred())
        return NULL;
    if (result == NULL)
        PyErr_SetString(PyExc_TypeError, "reduce() of empty iterable with no initial value");
    return ks_give(&result);
}

/* ---- cmp_to_key ---- */

typedef struct KeyWrapper {
    PyObject_HEAD
    PyObject *compare;
    PyObject *object; /* NULL in what cmp_to_key returns */
} KeyWrapper;

#define AS_KEY(self) ((KeyWrapper *)(self))

static PyObject *
key_make(PyTypeObject *type, PyObject *compare, PyObject *object)
{
    KeyWrapper *key = PyObject_GC_New(KeyWrapper, type);
    if (key == NULL)
        return NULL;
    key->compare = Py_NewRef(compare);
    key->object = Py_XNewRef(object);
    PyObject_GC_Track(key);
    return (PyObject *)key;
}

static int
key_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(AS_KEY(self)->compare);
    Py_VISIT(AS_KEY(self)->object);
    return 0;
}

static int
key_clear(PyObject *self)
{
    Py_CLEAR(AS_KEY(self)->compare);
    Py_CLEAR(AS_KEY(self)->object);
    return 0;
}

static void
key_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    key_clear(self);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

static PyObject *
key_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"obj", NULL};
    PyObject *object;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:K", keywords, &object))
        return NULL;
    return key_make(Py_TYPE(self), AS_KEY(self)->compare, object);
}

static PyObject *
key_richcompare(PyObject *left, PyObject *right, int op)
{
    if (!Py_IS_TYPE(right, Py_TYPE(left))) {
        PyErr_SetString(PyExc_TypeError, "other argument must be K instance");
        return NULL;
    }
    if (AS_KEY(left)->object == NULL || AS_KEY(right)->object == NULL) {
        PyErr_SetString(PyExc_AttributeError, "object");
        return NULL;
    }
    PyObject *call[3] = {NULL, AS_KEY(left)->object, AS_KEY(right)->object};
    KS_OWNED PyObject *order = PyObject_Vectorcall(AS_KEY(left)->compare, call + 1,
                                                   2 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    KS_OWNED PyObject *zero = order == NULL ? NULL : PyLong_FromLong(0);
    return zero == NULL ? NULL : PyObject_RichCompare(order, zero, op);
}

static PyMemberDef key_members[] = {
    {"obj", T_OBJECT, offsetof(KeyWrapper, object), 0, "The object that is compared."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot key_slots[] = {
    {Py_tp_dealloc, key_dealloc},
    {Py_tp_call, key_call},
    {Py_tp_getattro, PyObject_GenericGetAttr},
    {Py_tp_traverse, key_traverse},
    {Py_tp_clear, key_clear},
    {Py_tp_members, key_members},
    {Py_tp_richcompare, key_richcompare},
    {0, NULL},
};

static PyType_Spec key_spec = {
    .name = "functools.KeyWrapper",
    .basicsize = sizeof(KeyWrapper),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION
             | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = key_slots,
};

static PyObject *
functools_cmp_to_key(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"mycmp", NULL};
    PyObject *compare;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:cmp_to_key", keywords, &compare))
        return NULL;
    FunctoolsState *state = PyModule_GetState(module);
    return key_make(state->key_type, compare, NULL);
}

/* ---- the module ---- */

static int
functools_exec(PyObject *module)
{
    FunctoolsState *state = PyModule_GetState(module);
    state->key_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &key_spec, NULL);
    if (state->key_type == NULL)
        return -1;
    state->keyword_mark = PyObject_CallNoArgs((PyObject *)&PyBaseObject_Type);
    if (state->keyword_mark == NULL || PyType_Ready(&ks_lru_link_type) < 0)
        return -1;
    PyType_Spec *const specs[] = {&ks_partial_spec, &ks_lru_cache_spec};
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(specs); i++) {
        KS_OWNED PyObject *type = PyType_FromModuleAndSpec(module, specs[i], NULL);
        if (type == NULL || PyModule_AddType(module, (PyTypeObject *)type) < 0)
            return -1;
    }
    return 0;
}

static int
functools_traverse(PyObject *module, visitproc visit, void *arg)
{
    FunctoolsState *state = PyModule_GetState(module);
    Py_VISIT(state->key_type);
    Py_VISIT(state->keyword_mark);
    return 0;
}

static int
functools_clear(PyObject *module)
{
    FunctoolsState *state = PyModule_GetState(module);
    Py_CLEAR(state->key_type);
    Py_CLEAR(state->keyword_mark);
    return 0;
}

static void
functools_free(void *module)
{
    functools_clear(module);
}

static PyMethodDef functools_methods[] = {
    METHOD_PLAIN("reduce", functools_reduce, METH_FASTCALL,
                 "reduce(function, iterable[, initial]) -> value\n\n"
                 "Applies a function of two arguments to the items one after the other, from the\n"
                 "left, with the result so far as first argument."),
    METHOD_PLAIN("cmp_to_key", functools_cmp_to_key, METH_VARARGS | METH_KEYWORDS,
                 "Make a key= function of a cmp= function."),
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot functools_slots[] = {
    {Py_mod_exec, functools_exec},
    {0, NULL},
};

struct PyModuleDef ks_functools_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_functools",
    .m_doc = "Functions about functions; used by functools.",
    .m_size = sizeof(FunctoolsState),
    .m_methods = functools_methods,
    .m_slots = functools_slots,
    .m_traverse = functools_traverse,
    .m_clear = functools_clear,
    .m_free = functools_free,
};

PyMODINIT_FUNC
PyInit__functools(void)
{
    return PyModuleDef_Init(&ks_functools_module);
}
