/* SPDX-License-Identifier: MIT */
/* Slot wrappers (int.__add__) and method wrappers ((1).__add__): how Python code calls a C slot.
 * Both are called by vectorcall; the wrapper function itself (type_slot_wrap.c) wants a tuple, so
 * one is made, except for the signatures that are worth a direct call. */
#include "Python.h"
#include "structmember.h"
#include "pycore_call.h"
#include "pycore_ceval.h"
#include "pycore_global_strings.h"
#include "pycore_object.h"
#include "pycore_pystate.h"
#include "pycore_tuple.h"
#include "ks_descr.h"
#include "ks_type_slots.h"

/* The public struct has no room for the vectorcall pointer; ours continues behind it. */
typedef struct SlotWrapper {
    PyWrapperDescrObject public;
    vectorcallfunc vectorcall;
} SlotWrapper;

/* A slot wrapper bound to an object. */
typedef struct MethodWrapper {
    PyObject_HEAD
    PyWrapperDescrObject *descr;
    PyObject *self;
    vectorcallfunc vectorcall;
} MethodWrapper;

/* ---- calling the wrapper function ---- */

static KS_NEW PyObject *
wrapper_call_tuple(PyWrapperDescrObject *descr, PyObject *self, PyObject *args, PyObject *kwargs)
{
    struct wrapperbase *base = descr->d_base;
    if (base->flags & PyWrapperFlag_KEYWORDS)
        return ((wrapperfunc_kwds)(void (*)(void))base->wrapper)(self, args, descr->d_wrapped,
                                                                kwargs);
    if (kwargs != NULL && (!PyDict_Check(kwargs) || PyDict_GET_SIZE(kwargs) != 0)) {
        PyErr_Format(PyExc_TypeError, "wrapper %s() takes no keyword arguments", base->name);
        return NULL;
    }
    return base->wrapper(self, args, descr->d_wrapped);
}

/* args are those after self. */
static KS_NEW PyObject *
wrapper_call_array(PyWrapperDescrObject *descr, PyObject *self, PyObject *const *args,
                   Py_ssize_t nargs, PyObject *kwnames)
{
    wrapperfunc wrapper = descr->d_base->wrapper;
    PyThreadState *tstate = _PyThreadState_GET();
    if (KS_UNLIKELY(_Py_EnterRecursiveCallTstate(tstate, " while calling a Python object")))
        return NULL;
    PyObject *result = NULL;
    if (kwnames == NULL && nargs == 0 && wrapper == ks_wrap_unary) {
        result = ((unaryfunc)descr->d_wrapped)(self);
    }
    else if (kwnames == NULL && nargs == 1 &&
             (wrapper == ks_wrap_binary || wrapper == ks_wrap_concat)) {
        result = ((binaryfunc)descr->d_wrapped)(self, args[0]);
    }
    else {
        PyObject *tuple = _PyTuple_FromArray(args, nargs);
        PyObject *kwargs = NULL;
        if (tuple != NULL && kwnames != NULL && PyTuple_GET_SIZE(kwnames) != 0) {
            kwargs = _PyStack_AsDict(args + nargs, kwnames);
            if (kwargs == NULL)
                Py_CLEAR(tuple);
        }
        if (tuple != NULL)
            result = wrapper_call_tuple(descr, self, tuple, kwargs);
        Py_XDECREF(tuple);
        Py_XDECREF(kwargs);
    }
    _Py_LeaveRecursiveCallTstate(tstate);
    return result;
}

/* ---- slot wrappers ---- */

static PyObject *
slot_wrapper_repr(PyObject *self)
{
    PyDescrObject *descr = (PyDescrObject *)self;
    return PyUnicode_FromFormat("<slot wrapper '%V' of '%s' objects>", descr->d_name, "?",
                                descr->d_type->tp_name);
}

static PyObject *
slot_wrapper_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyDescrObject *descr = (PyDescrObject *)self;
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (nargs < 1) {
        PyErr_Format(PyExc_TypeError, "descriptor '%V' of '%.100s' object needs an argument",
                     descr->d_name, "?", descr->d_type->tp_name);
        return NULL;
    }
    int accepted = PyObject_TypeCheck(args[0], descr->d_type);
    if (!accepted) /* proxies may claim to be of the type */
        accepted = _PyObject_RealIsSubclass((PyObject *)Py_TYPE(args[0]),
                                            (PyObject *)descr->d_type);
    if (accepted < 0)
        return NULL;
    if (!accepted) {
        PyErr_Format(PyExc_TypeError,
                     "descriptor '%V' requires a '%.100s' object but received a '%.100s'",
                     descr->d_name, "?", descr->d_type->tp_name, Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    return wrapper_call_array((PyWrapperDescrObject *)self, args[0], args + 1, nargs - 1, kwnames);
}

static PyObject *
slot_wrapper_get(PyObject *self, PyObject *object, PyObject *type)
{
    PyDescrObject *descr = (PyDescrObject *)self;
    if (object == NULL)
        return Py_NewRef(self);
    if (!PyObject_TypeCheck(object, descr->d_type)) {
        PyErr_Format(PyExc_TypeError,
                     "descriptor '%V' for '%.100s' objects doesn't apply to a '%.100s' object",
                     descr->d_name, "?", descr->d_type->tp_name, Py_TYPE(object)->tp_name);
        return NULL;
    }
    return PyWrapper_New(self, object);
}

static PyObject *
base_doc(PyWrapperDescrObject *descr)
{
    return _PyType_GetDocFromInternalDoc(descr->d_base->name, descr->d_base->doc);
}

static PyObject *
base_text_signature(PyWrapperDescrObject *descr)
{
    return _PyType_GetTextSignatureFromInternalDoc(descr->d_base->name, descr->d_base->doc);
}

static PyObject *
slot_wrapper_get_doc(PyObject *self, void *closure)
{
    return base_doc((PyWrapperDescrObject *)self);
}

static PyObject *
slot_wrapper_get_text_signature(PyObject *self, void *closure)
{
    return base_text_signature((PyWrapperDescrObject *)self);
}

static PyGetSetDef slot_wrapper_getsets[] = {
    {"__doc__", slot_wrapper_get_doc, NULL, NULL, NULL},
    {"__qualname__", ks_descr_get_qualname, NULL, NULL, NULL},
    {"__text_signature__", slot_wrapper_get_text_signature, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyWrapperDescr_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "wrapper_descriptor",
    .tp_basicsize = sizeof(SlotWrapper),
    .tp_dealloc = ks_descr_dealloc,
    .tp_vectorcall_offset = offsetof(SlotWrapper, vectorcall),
    .tp_repr = slot_wrapper_repr,
    .tp_call = PyVectorcall_Call,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
                Py_TPFLAGS_METHOD_DESCRIPTOR,
    .tp_traverse = ks_descr_traverse,
    .tp_methods = ks_descr_methods,
    .tp_members = ks_descr_members,
    .tp_getset = slot_wrapper_getsets,
    .tp_descr_get = slot_wrapper_get,
};

PyObject *
PyDescr_NewWrapper(PyTypeObject *type, struct wrapperbase *base, void *wrapped)
{
    SlotWrapper *wrapper = (SlotWrapper *)ks_descr_new(&PyWrapperDescr_Type, type, base->name);
    if (wrapper != NULL) {
        wrapper->public.d_base = base;
        wrapper->public.d_wrapped = wrapped;
        wrapper->vectorcall = slot_wrapper_vectorcall;
    }
    return (PyObject *)wrapper;
}

/* ---- method wrappers ---- */

static void
method_wrapper_dealloc(PyObject *self)
{
    MethodWrapper *wrapper = (MethodWrapper *)self;
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, method_wrapper_dealloc)
    Py_XDECREF(wrapper->descr);
    Py_XDECREF(wrapper->self);
    PyObject_GC_Del(self);
    Py_TRASHCAN_END
}

static int
method_wrapper_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((MethodWrapper *)self)->descr);
    Py_VISIT(((MethodWrapper *)self)->self);
    return 0;
}

static PyObject *
method_wrapper_repr(PyObject *self)
{
    MethodWrapper *wrapper = (MethodWrapper *)self;
    return PyUnicode_FromFormat("<method-wrapper '%s' of %s object at %p>",
                                wrapper->descr->d_base->name, Py_TYPE(wrapper->self)->tp_name,
                                wrapper->self);
}

static Py_hash_t
method_wrapper_hash(PyObject *self)
{
    MethodWrapper *wrapper = (MethodWrapper *)self;
    Py_hash_t hash = _Py_HashPointer(wrapper->self) ^ _Py_HashPointer(wrapper->descr);
    return hash == -1 ? -2 : hash;
}

static PyObject *
method_wrapper_richcompare(PyObject *left, PyObject *right, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !Py_IS_TYPE(left, &_PyMethodWrapper_Type) ||
        !Py_IS_TYPE(right, &_PyMethodWrapper_Type))
        Py_RETURN_NOTIMPLEMENTED;
    int equal = ((MethodWrapper *)left)->descr == ((MethodWrapper *)right)->descr &&
                ((MethodWrapper *)left)->self == ((MethodWrapper *)right)->self;
    return PyBool_FromLong(equal == (op == Py_EQ));
}

static PyObject *
method_wrapper_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    MethodWrapper *wrapper = (MethodWrapper *)self;
    return wrapper_call_array(wrapper->descr, wrapper->self, args, PyVectorcall_NARGS(nargsf),
                              kwnames);
}

static PyObject *
method_wrapper_reduce(PyObject *self, PyObject *unused)
{
    MethodWrapper *wrapper = (MethodWrapper *)self;
    return Py_BuildValue("N(OO)", _PyEval_GetBuiltin(&_Py_ID(getattr)), wrapper->self,
                         PyDescr_NAME(wrapper->descr));
}

static PyMethodDef method_wrapper_methods[] = {
    METHOD_PLAIN("__reduce__", method_wrapper_reduce, METH_NOARGS, NULL),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef method_wrapper_members[] = {
    {"__self__", T_OBJECT, offsetof(MethodWrapper, self), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyObject *
method_wrapper_get_objclass(PyObject *self, void *closure)
{
    return Py_NewRef(PyDescr_TYPE(((MethodWrapper *)self)->descr));
}

static PyObject *
method_wrapper_get_name(PyObject *self, void *closure)
{
    return PyUnicode_FromString(((MethodWrapper *)self)->descr->d_base->name);
}

static PyObject *
method_wrapper_get_qualname(PyObject *self, void *closure)
{
    return ks_descr_get_qualname((PyObject *)((MethodWrapper *)self)->descr, closure);
}

static PyObject *
method_wrapper_get_doc(PyObject *self, void *closure)
{
    return base_doc(((MethodWrapper *)self)->descr);
}

static PyObject *
method_wrapper_get_text_signature(PyObject *self, void *closure)
{
    return base_text_signature(((MethodWrapper *)self)->descr);
}

static PyGetSetDef method_wrapper_getsets[] = {
    {"__objclass__", method_wrapper_get_objclass, NULL, NULL, NULL},
    {"__name__", method_wrapper_get_name, NULL, NULL, NULL},
    {"__qualname__", method_wrapper_get_qualname, NULL, NULL, NULL},
    {"__doc__", method_wrapper_get_doc, NULL, NULL, NULL},
    {"__text_signature__", method_wrapper_get_text_signature, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject _PyMethodWrapper_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "method-wrapper",
    .tp_basicsize = sizeof(MethodWrapper),
    .tp_dealloc = method_wrapper_dealloc,
    .tp_vectorcall_offset = offsetof(MethodWrapper, vectorcall),
    .tp_repr = method_wrapper_repr,
    .tp_hash = method_wrapper_hash,
    .tp_call = PyVectorcall_Call,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_traverse = method_wrapper_traverse,
    .tp_richcompare = method_wrapper_richcompare,
    .tp_methods = method_wrapper_methods,
    .tp_members = method_wrapper_members,
    .tp_getset = method_wrapper_getsets,
};

/* descr must be a slot wrapper that applies to self. */
PyObject *
PyWrapper_New(PyObject *descr, PyObject *self)
{
    MethodWrapper *wrapper = PyObject_GC_New(MethodWrapper, &_PyMethodWrapper_Type);
    if (wrapper == NULL)
        return NULL;
    wrapper->descr = (PyWrapperDescrObject *)Py_NewRef(descr);
    wrapper->self = Py_NewRef(self);
    wrapper->vectorcall = method_wrapper_vectorcall;
    _PyObject_GC_TRACK(wrapper);
    return (PyObject *)wrapper;
}
