/* SPDX-License-Identifier: MIT */
/* Specialisation of PRECALL and CALL. nargs counts self, if there is one. */
#include "Python.h"

#include "opcode.h"
#include "pycore_code.h"
#include "pycore_function.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_pystate.h"

#include "ks_specialize.h"

int
_Py_Specialize_Call(PyObject *callable, _Py_CODEUNIT *instr, int nargs, PyObject *kwnames)
{
    if (!PyFunction_Check(callable) || kwnames != NULL)
        return ks_specialise_fail(instr);
    PyFunctionObject *func = (PyFunctionObject *)callable;
    _PyCallCache *cache = (_PyCallCache *)(instr + 1);
    int parameters = ks_simple_parameters(func);
    Py_ssize_t defaults = func->func_defaults == NULL ? 0 : PyTuple_GET_SIZE(func->func_defaults);
    if (parameters < 0 || nargs > parameters || nargs < parameters - defaults ||
        defaults > parameters || parameters > UINT16_MAX)
        return ks_specialise_fail(instr);
    uint32_t version = _PyFunction_GetVersionForCurrentState(func);
    if (version == 0)
        return ks_specialise_fail(instr);
    write_u32(cache->func_version, version);
    cache->min_args = (uint16_t)(parameters - defaults);
    return ks_specialise_to(instr, nargs == parameters ? CALL_PY_EXACT_ARGS
                                                       : CALL_PY_WITH_DEFAULTS);
}

/* Builtins that have forms of their own, once they can be found. */
static struct callable_cache *
known_callables(void)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    struct callable_cache *cache = &interp->callable_cache;
    if (cache->len == NULL && interp->builtins != NULL && PyDict_Check(interp->builtins)) {
        PyObject *len = PyDict_GetItemString(interp->builtins, "len");
        PyObject *isinstance = PyDict_GetItemString(interp->builtins, "isinstance");
        /* Only what we know to be the original: the namespace is the user's. */
        if (len != NULL && PyCFunction_CheckExact(len))
            cache->len = len;
        if (isinstance != NULL && PyCFunction_CheckExact(isinstance))
            cache->isinstance = isinstance;
    }
    if (cache->list_append == NULL)
        cache->list_append = _PyType_Lookup(&PyList_Type, &_Py_ID(append));
    return cache;
}

static int
class_form(PyTypeObject *type, int nargs, PyObject *kwnames, int oparg)
{
    if (!Py_IS_TYPE(type, &PyType_Type) || !(type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE))
        return 0;
    if (nargs == 1 && oparg == 1 && kwnames == NULL) {
        if (type == &PyUnicode_Type)
            return PRECALL_NO_KW_STR_1;
        if (type == &PyType_Type)
            return PRECALL_NO_KW_TYPE_1;
        if (type == &PyTuple_Type)
            return PRECALL_NO_KW_TUPLE_1;
    }
    return type->tp_vectorcall != NULL ? PRECALL_BUILTIN_CLASS : 0;
}

static int
method_form(PyObject *callable, _Py_CODEUNIT *instr, int nargs, PyObject *kwnames, int oparg)
{
    switch (((PyMethodDescrObject *)callable)->d_method->ml_flags) {
    case METH_NOARGS:
        return kwnames == NULL && nargs == 1 ? PRECALL_NO_KW_METHOD_DESCRIPTOR_NOARGS : 0;
    case METH_O: {
        if (kwnames != NULL || nargs != 2)
            return 0;
        _Py_CODEUNIT next =
            instr[1 + INLINE_CACHE_ENTRIES_PRECALL + 1 + INLINE_CACHE_ENTRIES_CALL];
        if (callable == known_callables()->list_append && oparg == 1 &&
            _Py_OPCODE(next) == POP_TOP)
            return PRECALL_NO_KW_LIST_APPEND;
        return PRECALL_NO_KW_METHOD_DESCRIPTOR_O;
    }
    case METH_FASTCALL: return kwnames == NULL ? PRECALL_NO_KW_METHOD_DESCRIPTOR_FAST : 0;
    case METH_FASTCALL | METH_KEYWORDS: return PRECALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS;
    default: return 0;
    }
}

static int
function_form(PyObject *callable, int nargs, PyObject *kwnames)
{
    switch (PyCFunction_GET_FLAGS(callable)) {
    case METH_O:
        if (kwnames != NULL || nargs != 1)
            return 0;
        return callable == known_callables()->len ? PRECALL_NO_KW_LEN : PRECALL_NO_KW_BUILTIN_O;
    case METH_FASTCALL:
        if (kwnames != NULL)
            return 0;
        return nargs == 2 && callable == known_callables()->isinstance
                   ? PRECALL_NO_KW_ISINSTANCE
                   : PRECALL_NO_KW_BUILTIN_FAST;
    case METH_FASTCALL | METH_KEYWORDS: return PRECALL_BUILTIN_FAST_WITH_KEYWORDS;
    default: return 0;
    }
}

int
_Py_Specialize_Precall(PyObject *callable, _Py_CODEUNIT *instr, int nargs, PyObject *kwnames,
                       int oparg)
{
    int form = 0;
    if (PyCFunction_CheckExact(callable))
        form = function_form(callable, nargs, kwnames);
    else if (PyFunction_Check(callable))
        form = PRECALL_PYFUNC;
    else if (PyType_Check(callable))
        form = class_form((PyTypeObject *)callable, nargs, kwnames, oparg);
    else if (Py_IS_TYPE(callable, &PyMethodDescr_Type))
        form = method_form(callable, instr, nargs, kwnames, oparg);
    else if (PyMethod_Check(callable) && nargs == oparg)
        form = PRECALL_BOUND_METHOD;
    return form != 0 ? ks_specialise_to(instr, form) : ks_specialise_fail(instr);
}
