/* SPDX-License-Identifier: MIT */
/* Bound methods, and instancemethod: the wrapper that makes any callable bind like a function. */
#include "Python.h"
#include "structmember.h"

#include "pycore_call.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"

#include "ks_args.h"

/* An attribute of a wrapper: its type's own ones first, the wrapped callable's otherwise. */
static PyObject *
wrapper_getattro(PyObject *self, PyObject *wrapped, PyObject *name)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *descr = _PyType_Lookup(type, name);
    if (descr == NULL)
        return PyObject_GetAttr(wrapped, name);
    descrgetfunc get = Py_TYPE(descr)->tp_descr_get;
    Py_INCREF(descr);
    if (get == NULL)
        return descr;
    PyObject *value = get(descr, self, (PyObject *)type);
    Py_DECREF(descr);
    return value;
}

/* ---- method ---- */

static PyObject *
method_vectorcall(PyObject *method, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyThreadState *tstate = _PyThreadState_GET();
    PyObject *self = PyMethod_GET_SELF(method), *func = PyMethod_GET_FUNCTION(method);
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (nargsf & PY_VECTORCALL_ARGUMENTS_OFFSET) {
        PyObject **with_self = (PyObject **)args - 1;
        PyObject *saved = with_self[0];
        with_self[0] = self;
        PyObject *result =
            _PyObject_VectorcallTstate(tstate, func, with_self, (size_t)nargs + 1, kwnames);
        with_self[0] = saved;
        return result;
    }
    Py_ssize_t total = nargs + (kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames));
    if (total == 0)
        return _PyObject_VectorcallTstate(tstate, func, &self, 1, NULL);
    PyObject *small[_PY_FASTCALL_SMALL_STACK], **stack = small;
    if (total + 1 > _PY_FASTCALL_SMALL_STACK) {
        stack = PyMem_New(PyObject *, (size_t)total + 1);
        if (stack == NULL)
            return PyErr_NoMemory();
    }
    stack[0] = self;
    memcpy(stack + 1, args, (size_t)total * sizeof(PyObject *));
    PyObject *result = _PyObject_VectorcallTstate(tstate, func, stack, (size_t)nargs + 1, kwnames);
    if (stack != small)
        PyMem_Free(stack);
    return result;
}

PyObject *
PyMethod_New(PyObject *func, PyObject *self)
{
    if (self == NULL) {
        PyErr_BadInternalCall();
        return NULL;
    }
    PyMethodObject *method = PyObject_GC_New(PyMethodObject, &PyMethod_Type);
    if (method == NULL)
        return NULL;
    method->im_weakreflist = NULL;
    method->im_func = Py_NewRef(func);
    method->im_self = Py_NewRef(self);
    method->vectorcall = method_vectorcall;
    _PyObject_GC_TRACK(method);
    return (PyObject *)method;
}

PyObject *
PyMethod_Function(PyObject *method)
{
    if (!PyMethod_Check(method)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return PyMethod_GET_FUNCTION(method);
}

PyObject *
PyMethod_Self(PyObject *method)
{
    if (!PyMethod_Check(method)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return PyMethod_GET_SELF(method);
}

static PyObject *
method_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0) {
        PyErr_SetString(PyExc_TypeError, "method() takes no keyword arguments");
        return NULL;
    }
    if (!ks_args_count("method", PyTuple_GET_SIZE(args), 2, 2))
        return NULL;
    PyObject *func = PyTuple_GET_ITEM(args, 0), *self = PyTuple_GET_ITEM(args, 1);
    if (!PyCallable_Check(func)) {
        PyErr_SetString(PyExc_TypeError, "first argument must be callable");
        return NULL;
    }
    if (self == Py_None) {
        PyErr_SetString(PyExc_TypeError, "instance must not be None");
        return NULL;
    }
    return PyMethod_New(func, self);
}

static void
method_dealloc(PyMethodObject *method)
{
    _PyObject_GC_UNTRACK(method);
    if (method->im_weakreflist != NULL)
        PyObject_ClearWeakRefs((PyObject *)method);
    Py_DECREF(method->im_func);
    Py_XDECREF(method->im_self);
    PyObject_GC_Del(method);
}

static int
method_traverse(PyMethodObject *method, visitproc visit, void *arg)
{
    Py_VISIT(method->im_func);
    Py_VISIT(method->im_self);
    return 0;
}

static PyObject *
method_getattro(PyObject *self, PyObject *name)
{
    return wrapper_getattro(self, PyMethod_GET_FUNCTION(self), name);
}

static PyObject *
method_repr(PyMethodObject *method)
{
    PyObject *found;
    if (_PyObject_LookupAttr(method->im_func, &_Py_ID(__qualname__), &found) < 0)
        return NULL;
    if (found == NULL && _PyObject_LookupAttr(method->im_func, &_Py_ID(__name__), &found) < 0)
        return NULL;
    KS_OWNED PyObject *name = found;
    if (name != NULL && !PyUnicode_Check(name))
        Py_CLEAR(name);
    return PyUnicode_FromFormat("<bound method %V of %R>", name, "?", method->im_self);
}

static Py_hash_t
method_hash(PyMethodObject *method)
{
    Py_hash_t func = PyObject_Hash(method->im_func);
    if (func == -1)
        return -1;
    Py_hash_t hash = _Py_HashPointer(method->im_self) ^ func;
    return hash == -1 ? -2 : hash;
}

static PyObject *
method_richcompare(PyObject *left, PyObject *right, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !PyMethod_Check(left) || !PyMethod_Check(right))
        Py_RETURN_NOTIMPLEMENTED;
    int equal = PyObject_RichCompareBool(PyMethod_GET_FUNCTION(left), PyMethod_GET_FUNCTION(right),
                                         Py_EQ);
    if (equal < 0)
        return NULL;
    equal = equal && PyMethod_GET_SELF(left) == PyMethod_GET_SELF(right);
    return PyBool_FromLong(op == Py_EQ ? equal : !equal);
}

static PyObject *
method_reduce(PyMethodObject *method, PyObject *Py_UNUSED(ignored))
{
    KS_OWNED PyObject *name = PyObject_GetAttr(method->im_func, &_Py_ID(__name__));
    if (name == NULL)
        return NULL;
    return Py_BuildValue("N(OO)", _PyEval_GetBuiltin(&_Py_ID(getattr)), method->im_self, name);
}

static PyObject *
method_get_doc(PyMethodObject *method, void *closure)
{
    return PyObject_GetAttr(method->im_func, &_Py_ID(__doc__));
}

static PyMethodDef method_methods[] = {
    METHOD_PLAIN("__reduce__", method_reduce, METH_NOARGS, NULL),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef method_members[] = {
    {"__func__", T_OBJECT, offsetof(PyMethodObject, im_func), READONLY,
     "the callable that is bound"},
    {"__self__", T_OBJECT, offsetof(PyMethodObject, im_self), READONLY,
     "the object it is bound to"},
    {NULL},
};

static PyGetSetDef method_getters[] = {
    {"__doc__", (getter)method_get_doc, NULL, NULL, NULL},
    {NULL},
};

PyTypeObject PyMethod_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "method",
    .tp_doc = "method(function, instance, /)\n--\n\nBind function to instance.",
    .tp_basicsize = sizeof(PyMethodObject),
    .tp_dealloc = (destructor)method_dealloc,
    .tp_vectorcall_offset = offsetof(PyMethodObject, vectorcall),
    .tp_repr = (reprfunc)method_repr,
    .tp_hash = (hashfunc)method_hash,
    .tp_call = PyVectorcall_Call,
    .tp_getattro = method_getattro,
    .tp_setattro = PyObject_GenericSetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_traverse = (traverseproc)method_traverse,
    .tp_richcompare = method_richcompare,
    .tp_weaklistoffset = offsetof(PyMethodObject, im_weakreflist),
    .tp_methods = method_methods,
    .tp_members = method_members,
    .tp_getset = method_getters,
    .tp_new = method_new,
};

/* ---- instancemethod ---- */

PyObject *
PyInstanceMethod_New(PyObject *func)
{
    PyInstanceMethodObject *wrapper =
        PyObject_GC_New(PyInstanceMethodObject, &PyInstanceMethod_Type);
    if (wrapper == NULL)
        return NULL;
    wrapper->func = Py_NewRef(func);
    _PyObject_GC_TRACK(wrapper);
    return (PyObject *)wrapper;
}

PyObject *
PyInstanceMethod_Function(PyObject *wrapper)
{
    if (!PyInstanceMethod_Check(wrapper)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return PyInstanceMethod_GET_FUNCTION(wrapper);
}

static PyObject *
instancemethod_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0) {
        PyErr_SetString(PyExc_TypeError, "instancemethod() takes no keyword arguments");
        return NULL;
    }
    if (!ks_args_count("instancemethod", PyTuple_GET_SIZE(args), 1, 1))
        return NULL;
    PyObject *func = PyTuple_GET_ITEM(args, 0);
    if (!PyCallable_Check(func)) {
        PyErr_SetString(PyExc_TypeError, "first argument must be callable");
        return NULL;
    }
    return PyInstanceMethod_New(func);
}

static void
instancemethod_dealloc(PyObject *self)
{
    _PyObject_GC_UNTRACK(self);
    Py_DECREF(PyInstanceMethod_GET_FUNCTION(self));
    PyObject_GC_Del(self);
}

static int
instancemethod_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(PyInstanceMethod_GET_FUNCTION(self));
    return 0;
}

static PyObject *
instancemethod_getattro(PyObject *self, PyObject *name)
{
    return wrapper_getattro(self, PyInstanceMethod_GET_FUNCTION(self), name);
}

static PyObject *
instancemethod_call(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return PyObject_Call(PyInstanceMethod_GET_FUNCTION(self), args, kwargs);
}

static PyObject *
instancemethod_descr_get(PyObject *self, PyObject *obj, PyObject *type)
{
    PyObject *func = PyInstanceMethod_GET_FUNCTION(self);
    return obj == NULL ? Py_NewRef(func) : PyMethod_New(func, obj);
}

static PyObject *
instancemethod_richcompare(PyObject *left, PyObject *right, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !PyInstanceMethod_Check(left) ||
        !PyInstanceMethod_Check(right))
        Py_RETURN_NOTIMPLEMENTED;
    int equal = PyObject_RichCompareBool(PyInstanceMethod_GET_FUNCTION(left),
                                         PyInstanceMethod_GET_FUNCTION(right), Py_EQ);
    if (equal < 0)
        return NULL;
    return PyBool_FromLong(op == Py_EQ ? equal : !equal);
}

static PyObject *
instancemethod_repr(PyObject *self)
{
    PyObject *found;
    if (_PyObject_LookupAttr(PyInstanceMethod_GET_FUNCTION(self), &_Py_ID(__name__), &found) < 0)
        return NULL;
    KS_OWNED PyObject *name = found;
    if (name != NULL && !PyUnicode_Check(name))
        Py_CLEAR(name);
    return PyUnicode_FromFormat("<instancemethod %V at %p>", name, "?", self);
}

static PyObject *
instancemethod_get_doc(PyObject *self, void *closure)
{
    return PyObject_GetAttr(PyInstanceMethod_GET_FUNCTION(self), &_Py_ID(__doc__));
}

static PyMemberDef instancemethod_members[] = {
    {"__func__", T_OBJECT, offsetof(PyInstanceMethodObject, func), READONLY,
     "the callable that will be bound"},
    {NULL},
};

static PyGetSetDef instancemethod_getters[] = {
    {"__doc__", (getter)instancemethod_get_doc, NULL, NULL, NULL},
    {NULL},
};

PyTypeObject PyInstanceMethod_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "instancemethod",
    .tp_doc = "instancemethod(function)\n\nMake function bind to instances of a class it is in.",
    .tp_basicsize = sizeof(PyInstanceMethodObject),
    .tp_dealloc = instancemethod_dealloc,
    .tp_repr = instancemethod_repr,
    .tp_call = instancemethod_call,
    .tp_getattro = instancemethod_getattro,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = instancemethod_traverse,
    .tp_richcompare = instancemethod_richcompare,
    .tp_members = instancemethod_members,
    .tp_getset = instancemethod_getters,
    .tp_descr_get = instancemethod_descr_get,
    .tp_new = instancemethod_new,
};
