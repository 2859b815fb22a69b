/* SPDX-License-Identifier: MIT */
/* Descriptors that PyType_Ready makes from a C type's tables: methods, class methods, members and
 * getters/setters. Slot wrappers are in descr_wrapper.c.
 *
 * All begin with PyDescrObject: the type they belong to, their name, and a qualified name that is
 * made when first asked for. */
#include "Python.h"
#include "structmember.h"
#include "pycore_call.h"
#include "pycore_ceval.h"
#include "pycore_global_strings.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "pycore_tuple.h"
#include "ks_descr.h"
#include "ks_object.h"

/* ---- common parts ---- */

void
ks_descr_dealloc(PyObject *self)
{
    PyDescrObject *descr = (PyDescrObject *)self;
    _PyObject_GC_UNTRACK(self);
    Py_XDECREF(descr->d_type);
    Py_XDECREF(descr->d_name);
    Py_XDECREF(descr->d_qualname);
    PyObject_GC_Del(self);
}

int
ks_descr_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((PyDescrObject *)self)->d_type);
    return 0;
}

/* A new descriptor for a name of type; the caller fills in the rest. */
PyDescrObject *
ks_descr_new(PyTypeObject *descr_type, PyTypeObject *type, const char *name)
{
    PyDescrObject *descr = (PyDescrObject *)PyType_GenericAlloc(descr_type, 0);
    if (descr == NULL)
        return NULL;
    descr->d_type = (PyTypeObject *)Py_XNewRef(type);
    descr->d_name = PyUnicode_InternFromString(name);
    if (descr->d_name == NULL)
        Py_CLEAR(descr);
    return descr;
}

PyObject *
ks_descr_get_qualname(PyObject *self, void *closure)
{
    PyDescrObject *descr = (PyDescrObject *)self;
    if (descr->d_qualname == NULL) {
        if (descr->d_name == NULL || !PyUnicode_Check(descr->d_name)) {
            PyErr_SetString(PyExc_TypeError, "<descriptor>.__name__ is not a unicode object");
            return NULL;
        }
        KS_OWNED PyObject *owner =
            PyObject_GetAttr((PyObject *)descr->d_type, &_Py_ID(__qualname__));
        if (owner == NULL)
            return NULL;
        if (!PyUnicode_Check(owner)) {
            PyErr_SetString(PyExc_TypeError,
                            "<descriptor>.__objclass__.__qualname__ is not a unicode object");
            return NULL;
        }
        descr->d_qualname = PyUnicode_FromFormat("%U.%U", owner, descr->d_name);
    }
    return Py_XNewRef(descr->d_qualname);
}

static KS_NEW PyObject *
descr_repr(PyObject *self, const char *format)
{
    PyDescrObject *descr = (PyDescrObject *)self;
    PyObject *name = descr->d_name != NULL && PyUnicode_Check(descr->d_name) ? descr->d_name : NULL;
    return PyUnicode_FromFormat(format, name, "?", descr->d_type->tp_name);
}

/* Pickles as getattr(type, name). */
PyObject *
ks_descr_reduce(PyObject *self, PyObject *unused)
{
    PyDescrObject *descr = (PyDescrObject *)self;
    return Py_BuildValue("N(OO)", _PyEval_GetBuiltin(&_Py_ID(getattr)), descr->d_type,
                         descr->d_name);
}

PyMethodDef ks_descr_methods[] = {
    METHOD_PLAIN("__reduce__", ks_descr_reduce, METH_NOARGS, NULL),
    {NULL, NULL, 0, NULL},
};

PyMemberDef ks_descr_members[] = {
    {"__objclass__", T_OBJECT, offsetof(PyDescrObject, d_type), READONLY, NULL},
    {"__name__", T_OBJECT, offsetof(PyDescrObject, d_name), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

/* 1 if object is an instance of the descriptor's type; else TypeError. */
static int
descr_accepts(PyDescrObject *descr, PyObject *object)
{
    if (KS_LIKELY(PyObject_TypeCheck(object, descr->d_type)))
        return 1;
    PyErr_Format(PyExc_TypeError,
                 "descriptor '%V' for '%.100s' objects doesn't apply to a '%.100s' object",
                 descr->d_name, "?", descr->d_type->tp_name, Py_TYPE(object)->tp_name);
    return 0;
}

/* Signature and text of a C doc string, split (type_doc.c). */
static PyObject *
method_get_doc(PyObject *self, void *closure)
{
    PyMethodDef *method = ((PyMethodDescrObject *)self)->d_method;
    return _PyType_GetDocFromInternalDoc(method->ml_name, method->ml_doc);
}

static PyObject *
method_get_text_signature(PyObject *self, void *closure)
{
    PyMethodDef *method = ((PyMethodDescrObject *)self)->d_method;
    return _PyType_GetTextSignatureFromInternalDoc(method->ml_name, method->ml_doc);
}

static PyGetSetDef method_getsets[] = {
    {"__doc__", method_get_doc, NULL, NULL, NULL},
    {"__qualname__", ks_descr_get_qualname, NULL, NULL, NULL},
    {"__text_signature__", method_get_text_signature, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* ---- methods ---- */

static PyObject *
method_repr(PyObject *self)
{
    return descr_repr(self, "<method '%V' of '%s' objects>");
}

static PyObject *
method_get(PyObject *self, PyObject *object, PyObject *type)
{
    PyMethodDescrObject *descr = (PyMethodDescrObject *)self;
    if (object == NULL)
        return Py_NewRef(self);
    if (!descr_accepts(&descr->d_common, object))
        return NULL;
    if (!(descr->d_method->ml_flags & METH_METHOD))
        return PyCFunction_NewEx(descr->d_method, object, NULL);
    if (type == NULL) {
        type = (PyObject *)Py_TYPE(object);
    }
    else if (!PyType_Check(type)) {
        PyErr_Format(PyExc_TypeError,
                     "descriptor '%V' needs a type, not '%s', as arg 2",
                     descr->d_common.d_name, "?", Py_TYPE(type)->tp_name);
        return NULL;
    }
    return PyCMethod_New(descr->d_method, object, NULL, descr->d_common.d_type);
}

/* The name in messages, "type.name()". */
static KS_COLD void
method_complain(PyObject *self, const char *format, Py_ssize_t given)
{
    KS_OWNED PyObject *text = _PyObject_FunctionStr(self);
    if (text != NULL)
        PyErr_Format(PyExc_TypeError, format, text, given);
}

/* self is there and of the right type; no keywords unless they are allowed. */
KS_INLINE int
method_check(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (KS_UNLIKELY(nargs < 1)) {
        method_complain(self, "unbound method %U needs an argument", 0);
        return 0;
    }
    PyMethodDescrObject *descr = (PyMethodDescrObject *)self;
    if (KS_UNLIKELY(!Py_IS_TYPE(args[0], descr->d_common.d_type)) &&
        !descr_accepts(&descr->d_common, args[0]))
        return 0;
    if (KS_UNLIKELY(kwnames != NULL) && PyTuple_GET_SIZE(kwnames) != 0) {
        method_complain(self, "%U takes no keyword arguments", 0);
        return 0;
    }
    return 1;
}

#define CALL_ENTER(tstate) \
    (KS_UNLIKELY(_Py_EnterRecursiveCallTstate(tstate, " while calling a Python object")))
#define METHOD_FUNCTION(self, type) \
    ((type)(void (*)(void))((PyMethodDescrObject *)(self))->d_method->ml_meth)

static PyObject *
method_call_varargs(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyThreadState *tstate = _PyThreadState_GET();
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (!method_check(self, args, nargs, kwnames))
        return NULL;
    PyObject *tuple = _PyTuple_FromArray(args + 1, nargs - 1);
    if (tuple == NULL)
        return NULL;
    PyObject *result = NULL;
    if (!CALL_ENTER(tstate)) {
        result = METHOD_FUNCTION(self, PyCFunction)(args[0], tuple);
        _Py_LeaveRecursiveCallTstate(tstate);
    }
    Py_DECREF(tuple);
    return result;
}

static PyObject *
method_call_varargs_keywords(PyObject *self, PyObject *const *args, size_t nargsf,
                             PyObject *kwnames)
{
    PyThreadState *tstate = _PyThreadState_GET();
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (!method_check(self, args, nargs, NULL))
        return NULL;
    KS_OWNED PyObject *tuple = _PyTuple_FromArray(args + 1, nargs - 1);
    if (tuple == NULL)
        return NULL;
    KS_OWNED PyObject *dict = NULL;
    if (kwnames != NULL && PyTuple_GET_SIZE(kwnames) > 0) {
        dict = _PyStack_AsDict(args + nargs, kwnames);
        if (dict == NULL)
            return NULL;
    }
    if (CALL_ENTER(tstate))
        return NULL;
    PyObject *result = METHOD_FUNCTION(self, PyCFunctionWithKeywords)(args[0], tuple, dict);
    _Py_LeaveRecursiveCallTstate(tstate);
    return result;
}

static PyObject *
method_call_fast(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyThreadState *tstate = _PyThreadState_GET();
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (!method_check(self, args, nargs, kwnames) || CALL_ENTER(tstate))
        return NULL;
    PyObject *result = METHOD_FUNCTION(self, _PyCFunctionFast)(args[0], args + 1, nargs - 1);
    _Py_LeaveRecursiveCallTstate(tstate);
    return result;
}

static PyObject *
method_call_fast_keywords(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyThreadState *tstate = _PyThreadState_GET();
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (!method_check(self, args, nargs, NULL) || CALL_ENTER(tstate))
        return NULL;
    PyObject *result =
        METHOD_FUNCTION(self, _PyCFunctionFastWithKeywords)(args[0], args + 1, nargs - 1, kwnames);
    _Py_LeaveRecursiveCallTstate(tstate);
    return result;
}

static PyObject *
method_call_class_fast_keywords(PyObject *self, PyObject *const *args, size_t nargsf,
                                PyObject *kwnames)
{
    PyThreadState *tstate = _PyThreadState_GET();
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (!method_check(self, args, nargs, NULL) || CALL_ENTER(tstate))
        return NULL;
    PyTypeObject *type = ((PyMethodDescrObject *)self)->d_common.d_type;
    PyObject *result =
        METHOD_FUNCTION(self, PyCMethod)(args[0], type, args + 1, (size_t)(nargs - 1), kwnames);
    _Py_LeaveRecursiveCallTstate(tstate);
    return result;
}

static PyObject *
method_call_no_args(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyThreadState *tstate = _PyThreadState_GET();
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (!method_check(self, args, nargs, kwnames))
        return NULL;
    if (nargs != 1) {
        method_complain(self, "%U takes no arguments (%zd given)", nargs - 1);
        return NULL;
    }
    if (CALL_ENTER(tstate))
        return NULL;
    PyObject *result = METHOD_FUNCTION(self, PyCFunction)(args[0], NULL);
    _Py_LeaveRecursiveCallTstate(tstate);
    return result;
}

static PyObject *
method_call_one_arg(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyThreadState *tstate = _PyThreadState_GET();
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (!method_check(self, args, nargs, kwnames))
        return NULL;
    if (nargs != 2) {
        method_complain(self, "%U takes exactly one argument (%zd given)", nargs - 1);
        return NULL;
    }
    if (CALL_ENTER(tstate))
        return NULL;
    PyObject *result = METHOD_FUNCTION(self, PyCFunction)(args[0], args[1]);
    _Py_LeaveRecursiveCallTstate(tstate);
    return result;
}

/* The vectorcall function for a calling convention; NULL with SystemError. */
static vectorcallfunc
method_convention(PyMethodDef *method)
{
    switch (method->ml_flags & (METH_VARARGS | METH_FASTCALL | METH_NOARGS | METH_O |
                                METH_KEYWORDS | METH_METHOD)) {
    case METH_VARARGS:
        return method_call_varargs;
    case METH_VARARGS | METH_KEYWORDS:
        return method_call_varargs_keywords;
    case METH_FASTCALL:
        return method_call_fast;
    case METH_FASTCALL | METH_KEYWORDS:
        return method_call_fast_keywords;
    case METH_NOARGS:
        return method_call_no_args;
    case METH_O:
        return method_call_one_arg;
    case METH_METHOD | METH_FASTCALL | METH_KEYWORDS:
        return method_call_class_fast_keywords;
    default:
        PyErr_Format(PyExc_SystemError, "%s() method: bad call flags", method->ml_name);
        return NULL;
    }
}

PyTypeObject PyMethodDescr_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "method_descriptor",
    .tp_basicsize = sizeof(PyMethodDescrObject),
    .tp_dealloc = ks_descr_dealloc,
    .tp_vectorcall_offset = offsetof(PyMethodDescrObject, vectorcall),
    .tp_repr = method_repr,
    .tp_call = PyVectorcall_Call,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
                Py_TPFLAGS_METHOD_DESCRIPTOR,
    .tp_traverse = ks_descr_traverse,
    .tp_methods = ks_descr_methods,
    .tp_members = ks_descr_members,
    .tp_getset = method_getsets,
    .tp_descr_get = method_get,
};

PyObject *
PyDescr_NewMethod(PyTypeObject *type, PyMethodDef *method)
{
    vectorcallfunc convention = method_convention(method);
    if (convention == NULL)
        return NULL;
    PyMethodDescrObject *descr =
        (PyMethodDescrObject *)ks_descr_new(&PyMethodDescr_Type, type, method->ml_name);
    if (descr != NULL) {
        descr->d_method = method;
        descr->vectorcall = convention;
    }
    return (PyObject *)descr;
}

/* ---- class methods ---- */

static PyObject *
classmethod_get(PyObject *self, PyObject *object, PyObject *type)
{
    PyMethodDescrObject *descr = (PyMethodDescrObject *)self;
    PyTypeObject *owner = descr->d_common.d_type;
    PyObject *name = descr->d_common.d_name;
    if (type == NULL) {
        if (object == NULL) {
            PyErr_Format(PyExc_TypeError,
                         "descriptor '%V' for type '%.100s' needs either an object or a type",
                         name, "?", owner->tp_name);
            return NULL;
        }
        type = (PyObject *)Py_TYPE(object);
    }
    if (!PyType_Check(type)) {
        PyErr_Format(PyExc_TypeError,
                     "descriptor '%V' for type '%.100s' needs a type, not a '%.100s' as arg 2",
                     name, "?", owner->tp_name, Py_TYPE(type)->tp_name);
        return NULL;
    }
    if (!PyType_IsSubtype((PyTypeObject *)type, owner)) {
        PyErr_Format(PyExc_TypeError,
                     "descriptor '%V' requires a subtype of '%.100s' but received '%.100s'", name,
                     "?", owner->tp_name, ((PyTypeObject *)type)->tp_name);
        return NULL;
    }
    PyTypeObject *defining = descr->d_method->ml_flags & METH_METHOD ? owner : NULL;
    return PyCMethod_New(descr->d_method, type, NULL, defining);
}

/* Called directly, as found in a type's dict: the first argument is the class. */
static PyObject *
classmethod_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyDescrObject *descr = (PyDescrObject *)self;
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    if (count < 1) {
        PyErr_Format(PyExc_TypeError, "descriptor '%V' of '%.100s' object needs an argument",
                     descr->d_name, "?", descr->d_type->tp_name);
        return NULL;
    }
    KS_OWNED PyObject *bound = classmethod_get(self, NULL, PyTuple_GET_ITEM(args, 0));
    if (bound == NULL)
        return NULL;
    return PyObject_VectorcallDict(bound, _PyTuple_ITEMS(args) + 1, (size_t)(count - 1), kwargs);
}

PyTypeObject PyClassMethodDescr_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "classmethod_descriptor",
    .tp_basicsize = sizeof(PyMethodDescrObject),
    .tp_dealloc = ks_descr_dealloc,
    .tp_repr = method_repr,
    .tp_call = classmethod_call,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = ks_descr_traverse,
    .tp_members = ks_descr_members,
    .tp_getset = method_getsets,
    .tp_descr_get = classmethod_get,
};

PyObject *
PyDescr_NewClassMethod(PyTypeObject *type, PyMethodDef *method)
{
    PyMethodDescrObject *descr =
        (PyMethodDescrObject *)ks_descr_new(&PyClassMethodDescr_Type, type, method->ml_name);
    if (descr != NULL)
        descr->d_method = method;
    return (PyObject *)descr;
}

/* ---- members ---- */

static PyObject *
member_repr(PyObject *self)
{
    return descr_repr(self, "<member '%V' of '%s' objects>");
}

static PyObject *
member_get(PyObject *self, PyObject *object, PyObject *type)
{
    PyMemberDescrObject *descr = (PyMemberDescrObject *)self;
    if (object == NULL)
        return Py_NewRef(self);
    if (KS_UNLIKELY(!Py_IS_TYPE(object, descr->d_common.d_type)) &&
        !descr_accepts(&descr->d_common, object))
        return NULL;
    if ((descr->d_member->flags & PY_AUDIT_READ) &&
        PySys_Audit("object.__getattr__", "Os", object, descr->d_member->name) < 0)
        return NULL;
    return PyMember_GetOne((char *)object, descr->d_member);
}

static int
member_set(PyObject *self, PyObject *object, PyObject *value)
{
    PyMemberDescrObject *descr = (PyMemberDescrObject *)self;
    if (!descr_accepts(&descr->d_common, object))
        return -1;
    return PyMember_SetOne((char *)object, descr->d_member, value);
}

static PyObject *
member_get_doc(PyObject *self, void *closure)
{
    const char *doc = ((PyMemberDescrObject *)self)->d_member->doc;
    return doc == NULL ? Py_NewRef(Py_None) : PyUnicode_FromString(doc);
}

static PyGetSetDef member_getsets[] = {
    {"__doc__", member_get_doc, NULL, NULL, NULL},
    {"__qualname__", ks_descr_get_qualname, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyMemberDescr_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "member_descriptor",
    .tp_basicsize = sizeof(PyMemberDescrObject),
    .tp_dealloc = ks_descr_dealloc,
    .tp_repr = member_repr,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = ks_descr_traverse,
    .tp_methods = ks_descr_methods,
    .tp_members = ks_descr_members,
    .tp_getset = member_getsets,
    .tp_descr_get = member_get,
    .tp_descr_set = member_set,
};

PyObject *
PyDescr_NewMember(PyTypeObject *type, PyMemberDef *member)
{
    PyMemberDescrObject *descr =
        (PyMemberDescrObject *)ks_descr_new(&PyMemberDescr_Type, type, member->name);
    if (descr != NULL)
        descr->d_member = member;
    return (PyObject *)descr;
}

/* ---- getters and setters ---- */

static PyObject *
getset_repr(PyObject *self)
{
    return descr_repr(self, "<attribute '%V' of '%s' objects>");
}

static PyObject *
getset_get(PyObject *self, PyObject *object, PyObject *type)
{
    PyGetSetDescrObject *descr = (PyGetSetDescrObject *)self;
    if (object == NULL)
        return Py_NewRef(self);
    if (KS_UNLIKELY(!Py_IS_TYPE(object, descr->d_common.d_type)) &&
        !descr_accepts(&descr->d_common, object))
        return NULL;
    if (descr->d_getset->get != NULL)
        return descr->d_getset->get(object, descr->d_getset->closure);
    PyErr_Format(PyExc_AttributeError, "attribute '%V' of '%.100s' objects is not readable",
                 descr->d_common.d_name, "?", descr->d_common.d_type->tp_name);
    return NULL;
}

static int
getset_set(PyObject *self, PyObject *object, PyObject *value)
{
    PyGetSetDescrObject *descr = (PyGetSetDescrObject *)self;
    if (!descr_accepts(&descr->d_common, object))
        return -1;
    if (descr->d_getset->set != NULL)
        return descr->d_getset->set(object, value, descr->d_getset->closure);
    PyErr_Format(PyExc_AttributeError, "attribute '%V' of '%.100s' objects is not writable",
                 descr->d_common.d_name, "?", descr->d_common.d_type->tp_name);
    return -1;
}

static PyObject *
getset_get_doc(PyObject *self, void *closure)
{
    const char *doc = ((PyGetSetDescrObject *)self)->d_getset->doc;
    return doc == NULL ? Py_NewRef(Py_None) : PyUnicode_FromString(doc);
}

static PyGetSetDef getset_getsets[] = {
    {"__doc__", getset_get_doc, NULL, NULL, NULL},
    {"__qualname__", ks_descr_get_qualname, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject PyGetSetDescr_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "getset_descriptor",
    .tp_basicsize = sizeof(PyGetSetDescrObject),
    .tp_dealloc = ks_descr_dealloc,
    .tp_repr = getset_repr,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = ks_descr_traverse,
    .tp_members = ks_descr_members,
    .tp_getset = getset_getsets,
    .tp_descr_get = getset_get,
    .tp_descr_set = getset_set,
};

PyObject *
PyDescr_NewGetSet(PyTypeObject *type, PyGetSetDef *getset)
{
    PyGetSetDescrObject *descr =
        (PyGetSetDescrObject *)ks_descr_new(&PyGetSetDescr_Type, type, getset->name);
    if (descr != NULL)
        descr->d_getset = getset;
    return (PyObject *)descr;
}

/* ---- C-API ---- */

int
PyDescr_IsData(PyObject *object)
{
    return ks_descr_is_data(object);
}
