/* SPDX-License-Identifier: MIT */
/* Functions written in C: builtin_function_or_method, and builtin_method, which also knows the class
 * that defines it. The calling convention of the PyMethodDef picks the vectorcall function once;
 * only the two conventions with an argument tuple need tp_call. */
#include "Python.h"
#include "structmember.h"

#include "pycore_call.h"
#include "pycore_ceval.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"

#include "ks_base.h"

#define ML(func) (((PyCFunctionObject *)(func))->m_ml)
#define WHILE_CALLING " while calling a Python object"

/* PyCFunction_New and its like are macros on top of PyCMethod_New in the headers. */
#undef PyCFunction_New
#undef PyCFunction_NewEx

/* ---- calling ---- */

static KS_COLD PyObject *
refuse(PyThreadState *tstate, PyObject *func, const char *format, Py_ssize_t given)
{
    KS_OWNED PyObject *name = _PyObject_FunctionStr(func);
    if (name != NULL)
        _PyErr_Format(tstate, PyExc_TypeError, format, name, given);
    return NULL;
}

static inline int
has_keywords(PyObject *kwnames)
{
    return KS_UNLIKELY(kwnames != NULL && PyTuple_GET_SIZE(kwnames) != 0);
}

#define REFUSE_KEYWORDS(tstate, func, kwnames) \
    do {                                       \
        if (has_keywords(kwnames))             \
            return refuse(tstate, func, "%U takes no keyword arguments", 0); \
    } while (0)

static PyObject *
call_fastcall(PyObject *func, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyThreadState *tstate = _PyThreadState_GET();
    REFUSE_KEYWORDS(tstate, func, kwnames);
    if (_Py_EnterRecursiveCallTstate(tstate, WHILE_CALLING))
        return NULL;
    PyObject *result = ((_PyCFunctionFast)(void (*)(void))ML(func)->ml_meth)(
        PyCFunction_GET_SELF(func), args, PyVectorcall_NARGS(nargsf));
    _Py_LeaveRecursiveCallTstate(tstate);
    return result;
}

static PyObject *
call_fastcall_keywords(PyObject *func, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (_Py_EnterRecursiveCallTstate(tstate, WHILE_CALLING))
        return NULL;
    PyObject *result = ((_PyCFunctionFastWithKeywords)(void (*)(void))ML(func)->ml_meth)(
        PyCFunction_GET_SELF(func), args, PyVectorcall_NARGS(nargsf), kwnames);
    _Py_LeaveRecursiveCallTstate(tstate);
    return result;
}

static PyObject *
call_fastcall_keywords_method(PyObject *func, PyObject *const *args, size_t nargsf,
                              PyObject *kwnames)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (_Py_EnterRecursiveCallTstate(tstate, WHILE_CALLING))
        return NULL;
    PyObject *result = ((PyCMethod)(void (*)(void))ML(func)->ml_meth)(
        PyCFunction_GET_SELF(func), PyCFunction_GET_CLASS(func), args,
        (size_t)PyVectorcall_NARGS(nargsf), kwnames);
    _Py_LeaveRecursiveCallTstate(tstate);
    return result;
}

static PyObject *
call_noargs(PyObject *func, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyThreadState *tstate = _PyThreadState_GET();
    REFUSE_KEYWORDS(tstate, func, kwnames);
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (KS_UNLIKELY(nargs != 0))
        return refuse(tstate, func, "%U takes no arguments (%zd given)", nargs);
    if (_Py_EnterRecursiveCallTstate(tstate, WHILE_CALLING))
        return NULL;
    PyObject *result = ML(func)->ml_meth(PyCFunction_GET_SELF(func), NULL);
    _Py_LeaveRecursiveCallTstate(tstate);
    return result;
}

static PyObject *
call_o(PyObject *func, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyThreadState *tstate = _PyThreadState_GET();
    REFUSE_KEYWORDS(tstate, func, kwnames);
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (KS_UNLIKELY(nargs != 1))
        return refuse(tstate, func, "%U takes exactly one argument (%zd given)", nargs);
    if (_Py_EnterRecursiveCallTstate(tstate, WHILE_CALLING))
        return NULL;
    PyObject *result = ML(func)->ml_meth(PyCFunction_GET_SELF(func), args[0]);
    _Py_LeaveRecursiveCallTstate(tstate);
    return result;
}

static PyObject *
cfunction_call(PyObject *func, PyObject *args, PyObject *kwargs)
{
    PyThreadState *tstate = _PyThreadState_GET();
    PyCFunction meth = ML(func)->ml_meth;
    PyObject *self = PyCFunction_GET_SELF(func), *result;
    /* Extensions call tp_call directly, whatever the function's convention. */
    if (!(ML(func)->ml_flags & METH_VARARGS))
        return PyVectorcall_Call(func, args, kwargs);
    if (ML(func)->ml_flags & METH_KEYWORDS)
        result = ((PyCFunctionWithKeywords)(void (*)(void))meth)(self, args, kwargs);
    else {
        if (kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0) {
            _PyErr_Format(tstate, PyExc_TypeError, "%.200s() takes no keyword arguments",
                          ML(func)->ml_name);
            return NULL;
        }
        result = meth(self, args);
    }
    return _Py_CheckFunctionResult(tstate, func, result, NULL);
}

/* ---- lifecycle ---- */

/* The function for a definition's convention; 0 with SystemError if there is none such. */
static int
pick_vectorcall(PyMethodDef *ml, vectorcallfunc *vectorcall)
{
    switch (ml->ml_flags & (METH_VARARGS | METH_FASTCALL | METH_NOARGS | METH_O | METH_KEYWORDS |
                            METH_METHOD)) {
    case METH_VARARGS:
    case METH_VARARGS | METH_KEYWORDS: *vectorcall = NULL; return 1;
    case METH_FASTCALL: *vectorcall = call_fastcall; return 1;
    case METH_FASTCALL | METH_KEYWORDS: *vectorcall = call_fastcall_keywords; return 1;
    case METH_NOARGS: *vectorcall = call_noargs; return 1;
    case METH_O: *vectorcall = call_o; return 1;
    case METH_METHOD | METH_FASTCALL | METH_KEYWORDS:
        *vectorcall = call_fastcall_keywords_method;
        return 1;
    default: PyErr_Format(PyExc_SystemError, "%s() method: bad call flags", ml->ml_name); return 0;
    }
}

PyObject *
PyCMethod_New(PyMethodDef *ml, PyObject *self, PyObject *module, PyTypeObject *cls)
{
    vectorcallfunc vectorcall;
    if (!pick_vectorcall(ml, &vectorcall))
        return NULL;
    PyCFunctionObject *func;
    if (ml->ml_flags & METH_METHOD) {
        if (cls == NULL) {
            PyErr_SetString(PyExc_SystemError,
                            "attempting to create PyCMethod with a METH_METHOD flag but no class");
            return NULL;
        }
        PyCMethodObject *method = PyObject_GC_New(PyCMethodObject, &PyCMethod_Type);
        if (method == NULL)
            return NULL;
        method->mm_class = (PyTypeObject *)Py_NewRef(cls);
        func = &method->func;
    }
    else {
        if (cls != NULL) {
            PyErr_SetString(PyExc_SystemError,
                            "attempting to create PyCFunction with class but no METH_METHOD flag");
            return NULL;
        }
        func = PyObject_GC_New(PyCFunctionObject, &PyCFunction_Type);
        if (func == NULL)
            return NULL;
    }
    func->m_weakreflist = NULL;
    func->m_ml = ml;
    func->m_self = Py_XNewRef(self);
    func->m_module = Py_XNewRef(module);
    func->vectorcall = vectorcall;
    _PyObject_GC_TRACK(func);
    return (PyObject *)func;
}

PyObject *
PyCFunction_NewEx(PyMethodDef *ml, PyObject *self, PyObject *module)
{
    return PyCMethod_New(ml, self, module, NULL);
}

PyObject *
PyCFunction_New(PyMethodDef *ml, PyObject *self)
{
    return PyCMethod_New(ml, self, NULL, NULL);
}

static void
cfunction_dealloc(PyCFunctionObject *func)
{
    /* m_ml may be part of a type that goes with this function: look before dropping. */
    PyTypeObject *cls = PyCFunction_GET_CLASS((PyObject *)func);
    PyObject_GC_UnTrack(func);
    Py_TRASHCAN_BEGIN(func, cfunction_dealloc);
    if (func->m_weakreflist != NULL)
        PyObject_ClearWeakRefs((PyObject *)func);
    Py_XDECREF(cls);
    Py_XDECREF(func->m_self);
    Py_XDECREF(func->m_module);
    PyObject_GC_Del(func);
    Py_TRASHCAN_END;
}

static int
cfunction_traverse(PyCFunctionObject *func, visitproc visit, void *arg)
{
    Py_VISIT(PyCFunction_GET_CLASS((PyObject *)func));
    Py_VISIT(func->m_self);
    Py_VISIT(func->m_module);
    return 0;
}

static PyObject *
cfunction_repr(PyCFunctionObject *func)
{
    if (func->m_self == NULL || PyModule_Check(func->m_self))
        return PyUnicode_FromFormat("<built-in function %s>", func->m_ml->ml_name);
    return PyUnicode_FromFormat("<built-in method %s of %s object at %p>", func->m_ml->ml_name,
                                Py_TYPE(func->m_self)->tp_name, func->m_self);
}

static Py_hash_t
cfunction_hash(PyCFunctionObject *func)
{
    Py_hash_t hash = _Py_HashPointer(func->m_self) ^ _Py_HashPointer((void *)func->m_ml->ml_meth);
    return hash == -1 ? -2 : hash;
}

static PyObject *
cfunction_richcompare(PyObject *left, PyObject *right, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !PyCFunction_Check(left) || !PyCFunction_Check(right))
        Py_RETURN_NOTIMPLEMENTED;
    int equal = ((PyCFunctionObject *)left)->m_self == ((PyCFunctionObject *)right)->m_self &&
                ML(left)->ml_meth == ML(right)->ml_meth;
    return PyBool_FromLong(op == Py_EQ ? equal : !equal);
}

/* ---- methods and getters ---- */

static PyObject *
cfunction_reduce(PyCFunctionObject *func, PyObject *Py_UNUSED(ignored))
{
    if (func->m_self == NULL || PyModule_Check(func->m_self))
        return PyUnicode_FromString(func->m_ml->ml_name);
    return Py_BuildValue("N(Os)", _PyEval_GetBuiltin(&_Py_ID(getattr)), func->m_self,
                         func->m_ml->ml_name);
}

static PyObject *
cfunction_get_doc(PyCFunctionObject *func, void *closure)
{
    return _PyType_GetDocFromInternalDoc(func->m_ml->ml_name, func->m_ml->ml_doc);
}

static PyObject *
cfunction_get_text_signature(PyCFunctionObject *func, void *closure)
{
    return _PyType_GetTextSignatureFromInternalDoc(func->m_ml->ml_name, func->m_ml->ml_doc);
}

static PyObject *
cfunction_get_name(PyCFunctionObject *func, void *closure)
{
    return PyUnicode_FromString(func->m_ml->ml_name);
}

/* Of a function its name; of a method the class's qualname before it. */
static PyObject *
cfunction_get_qualname(PyCFunctionObject *func, void *closure)
{
    if (func->m_self == NULL || PyModule_Check(func->m_self))
        return PyUnicode_FromString(func->m_ml->ml_name);
    PyObject *type = PyType_Check(func->m_self) ? func->m_self : (PyObject *)Py_TYPE(func->m_self);
    KS_OWNED PyObject *outer = PyObject_GetAttr(type, &_Py_ID(__qualname__));
    if (outer == NULL)
        return NULL;
    if (!PyUnicode_Check(outer)) {
        PyErr_SetString(PyExc_TypeError, "<method>.__class__.__qualname__ is not a unicode object");
        return NULL;
    }
    return PyUnicode_FromFormat("%S.%s", outer, func->m_ml->ml_name);
}

static PyObject *
cfunction_get_self(PyCFunctionObject *func, void *closure)
{
    PyObject *self = PyCFunction_GET_SELF((PyObject *)func);
    return Py_NewRef(self == NULL ? Py_None : self);
}

static PyMethodDef cfunction_methods[] = {
    METHOD_PLAIN("__reduce__", cfunction_reduce, METH_NOARGS, NULL),
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef cfunction_getters[] = {
    {"__doc__", (getter)cfunction_get_doc, NULL, NULL, NULL},
    {"__name__", (getter)cfunction_get_name, NULL, NULL, NULL},
    {"__qualname__", (getter)cfunction_get_qualname, NULL, NULL, NULL},
    {"__self__", (getter)cfunction_get_self, NULL, NULL, NULL},
    {"__text_signature__", (getter)cfunction_get_text_signature, NULL, NULL, NULL},
    {NULL},
};

static PyMemberDef cfunction_members[] = {
    {"__module__", T_OBJECT, offsetof(PyCFunctionObject, m_module), 0},
    {NULL},
};

PyTypeObject PyCFunction_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "builtin_function_or_method",
    .tp_basicsize = sizeof(PyCFunctionObject),
    .tp_dealloc = (destructor)cfunction_dealloc,
    .tp_vectorcall_offset = offsetof(PyCFunctionObject, vectorcall),
    .tp_repr = (reprfunc)cfunction_repr,
    .tp_hash = (hashfunc)cfunction_hash,
    .tp_call = cfunction_call,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_traverse = (traverseproc)cfunction_traverse,
    .tp_richcompare = cfunction_richcompare,
    .tp_weaklistoffset = offsetof(PyCFunctionObject, m_weakreflist),
    .tp_methods = cfunction_methods,
    .tp_members = cfunction_members,
    .tp_getset = cfunction_getters,
};

PyTypeObject PyCMethod_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "builtin_method",
    .tp_basicsize = sizeof(PyCMethodObject),
    .tp_base = &PyCFunction_Type,
};

/* ---- C-API ---- */

PyCFunction
PyCFunction_GetFunction(PyObject *func)
{
    if (!PyCFunction_Check(func)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return PyCFunction_GET_FUNCTION(func);
}

PyObject *
PyCFunction_GetSelf(PyObject *func)
{
    if (!PyCFunction_Check(func)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return PyCFunction_GET_SELF(func);
}

int
PyCFunction_GetFlags(PyObject *func)
{
    if (!PyCFunction_Check(func)) {
        PyErr_BadInternalCall();
        return -1;
    }
    return PyCFunction_GET_FLAGS(func);
}
