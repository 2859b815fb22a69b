/* SPDX-License-Identifier: MIT */
/* Weak references: ref objects and the lists they form.
 *
 * The references to one object are a doubly linked list whose head lies in the object. A plain ref
 * (exact type, no callback) is shared and comes first, a plain proxy is shared and comes second;
 * everything else follows. A dead reference has Py_None as its object and is on no list. */
#include "Python.h"

#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "structmember.h"

#include "ks_args.h"
#include "ks_weakref.h"

#define LIST_OF(object) ((PyWeakReference **)PyObject_GET_WEAKREFS_LISTPTR(object))

/* --- lists --- */

Py_ssize_t
_PyWeakref_GetWeakrefCount(PyWeakReference *head)
{
    Py_ssize_t count = 0;
    for (; head != NULL; head = head->wr_next)
        count++;
    return count;
}

/* The shared plain ref and plain proxy of a list; NULL where there is none. Borrowed. */
static void
list_shared(PyWeakReference *head, PyWeakReference **ref, PyWeakReference **proxy)
{
    *ref = *proxy = NULL;
    if (head != NULL && head->wr_callback == NULL) {
        if (PyWeakref_CheckRefExact(head)) {
            *ref = head;
            head = head->wr_next;
        }
        if (head != NULL && head->wr_callback == NULL && PyWeakref_CheckProxy(head))
            *proxy = head;
    }
}

static void
list_insert_after(PyWeakReference *self, PyWeakReference *previous)
{
    self->wr_prev = previous;
    self->wr_next = previous->wr_next;
    if (self->wr_next != NULL)
        self->wr_next->wr_prev = self;
    previous->wr_next = self;
}

static void
list_insert_head(PyWeakReference *self, PyWeakReference **list)
{
    self->wr_prev = NULL;
    self->wr_next = *list;
    if (*list != NULL)
        (*list)->wr_prev = self;
    *list = self;
}

/* --- lifecycle --- */

static PyObject *weakref_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf,
                                    PyObject *kwnames);

static void
weakref_setup(PyWeakReference *self, PyObject *object, PyObject *callback)
{
    self->hash = -1;
    self->wr_object = object;
    self->wr_prev = self->wr_next = NULL;
    self->wr_callback = Py_XNewRef(callback);
    self->vectorcall = weakref_vectorcall;
}

PyWeakReference *
ks_weakref_new(PyTypeObject *type, PyObject *object, PyObject *callback)
{
    PyWeakReference *self = PyObject_GC_New(PyWeakReference, type);
    if (self != NULL) {
        weakref_setup(self, object, callback);
        PyObject_GC_Track(self);
    }
    return self;
}

/* Takes the reference off its list. Its callback is dropped, too, unless `keep_callback`. */
static void
weakref_detach(PyWeakReference *self, int keep_callback)
{
    if (self->wr_object != Py_None) {
        PyWeakReference **list = LIST_OF(self->wr_object);
        if (*list == self)
            *list = self->wr_next;
        self->wr_object = Py_None;
        if (self->wr_prev != NULL)
            self->wr_prev->wr_next = self->wr_next;
        if (self->wr_next != NULL)
            self->wr_next->wr_prev = self->wr_prev;
        self->wr_prev = self->wr_next = NULL;
    }
    if (!keep_callback)
        Py_CLEAR(self->wr_callback);
}

/* For the collector: the object is about to go, the callback is called later. */
void
_PyWeakref_ClearRef(PyWeakReference *self)
{
    weakref_detach(self, 1);
}

int
ks_weakref_clear(PyObject *self)
{
    weakref_detach((PyWeakReference *)self, 0);
    return 0;
}

int
ks_weakref_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((PyWeakReference *)self)->wr_callback);
    return 0;
}

static void
weakref_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    ks_weakref_clear(self);
    Py_TYPE(self)->tp_free(self);
}

/* An object without a place for weak references has none to give. */
static PyWeakReference **
list_for(PyObject *object)
{
    if (_PyType_SUPPORTS_WEAKREFS(Py_TYPE(object)))
        return LIST_OF(object);
    PyErr_Format(PyExc_TypeError, "cannot create weak reference to '%s' object",
                 Py_TYPE(object)->tp_name);
    return NULL;
}

static PyObject *
weakref_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *object, *callback = NULL;
    if (!PyArg_UnpackTuple(args, "__new__", 1, 2, &object, &callback))
        return NULL;
    PyWeakReference **list = list_for(object);
    if (list == NULL)
        return NULL;
    if (callback == Py_None)
        callback = NULL;
    PyWeakReference *ref, *proxy;
    list_shared(*list, &ref, &proxy);
    int is_plain = callback == NULL && type == &_PyWeakref_RefType;
    if (is_plain && ref != NULL)
        return Py_NewRef(ref);
    PyWeakReference *self = (PyWeakReference *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    weakref_setup(self, object, callback);
    /* The allocation may have run the collector and with it code that made references. */
    list_shared(*list, &ref, &proxy);
    PyWeakReference *previous = proxy != NULL ? proxy : ref;
    if (is_plain || previous == NULL)
        list_insert_head(self, list);
    else
        list_insert_after(self, previous);
    return (PyObject *)self;
}

static int
weakref_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *object, *callback;
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0) {
        PyErr_SetString(PyExc_TypeError, "ref() takes no keyword arguments");
        return -1;
    }
    return PyArg_UnpackTuple(args, "__init__", 1, 2, &object, &callback) ? 0 : -1;
}

/* What ref() itself is called by; subclasses go through tp_new and tp_init. */
static PyObject *
ref_type_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (!ks_args_count("__new__", nargs, 1, 2) || !ks_args_no_kwnames("ref", kwnames))
        return NULL;
    return PyWeakref_NewRef(args[0], nargs == 2 ? args[1] : NULL);
}

/* --- protocols --- */

static PyObject *
weakref_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    if (!ks_args_no_kwnames("weakref", kwnames) ||
        !ks_args_count("weakref", PyVectorcall_NARGS(nargsf), 0, 0))
        return NULL;
    return Py_NewRef(PyWeakref_GET_OBJECT(self));
}

static Py_hash_t
weakref_hash(PyObject *object)
{
    PyWeakReference *self = (PyWeakReference *)object;
    if (self->hash != -1)
        return self->hash;
    KS_OWNED PyObject *referent = Py_NewRef(PyWeakref_GET_OBJECT(object));
    if (referent == Py_None) {
        PyErr_SetString(PyExc_TypeError, "weak object has gone away");
        return -1;
    }
    self->hash = PyObject_Hash(referent);
    return self->hash;
}

static PyObject *
weakref_repr(PyObject *self)
{
    KS_OWNED PyObject *referent = Py_NewRef(PyWeakref_GET_OBJECT(self));
    if (referent == Py_None)
        return PyUnicode_FromFormat("<weakref at %p; dead>", self);
    PyObject *found;
    if (_PyObject_LookupAttr(referent, &_Py_ID(__name__), &found) < 0)
        return NULL;
    KS_OWNED PyObject *name = found;
    if (name == NULL || !PyUnicode_Check(name))
        return PyUnicode_FromFormat("<weakref at %p; to '%s' at %p>", self,
                                    Py_TYPE(referent)->tp_name, referent);
    return PyUnicode_FromFormat("<weakref at %p; to '%s' at %p (%U)>", self,
                                Py_TYPE(referent)->tp_name, referent, name);
}

/* Living references compare as their objects do, dead ones by identity. */
static PyObject *
weakref_richcompare(PyObject *left, PyObject *right, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !PyWeakref_CheckRef(left) || !PyWeakref_CheckRef(right))
        Py_RETURN_NOTIMPLEMENTED;
    KS_OWNED PyObject *a = Py_NewRef(PyWeakref_GET_OBJECT(left));
    KS_OWNED PyObject *b = Py_NewRef(PyWeakref_GET_OBJECT(right));
    if (a == Py_None || b == Py_None)
        return PyBool_FromLong((left == right) == (op == Py_EQ));
    return PyObject_RichCompare(a, b, op);
}

static PyMemberDef weakref_members[] = {
    {"__callback__", T_OBJECT, offsetof(PyWeakReference, wr_callback), READONLY},
    {NULL},
};

static PyMethodDef weakref_methods[] = {
    METHOD_PLAIN("__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "See PEP 585"),
    {NULL},
};

PyTypeObject _PyWeakref_RefType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "weakref.ReferenceType",
    .tp_basicsize = sizeof(PyWeakReference),
    .tp_dealloc = weakref_dealloc,
    .tp_vectorcall_offset = offsetof(PyWeakReference, vectorcall),
    .tp_repr = weakref_repr,
    .tp_hash = weakref_hash,
    .tp_call = PyVectorcall_Call,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
                Py_TPFLAGS_BASETYPE,
    .tp_traverse = ks_weakref_traverse,
    .tp_clear = ks_weakref_clear,
    .tp_richcompare = weakref_richcompare,
    .tp_methods = weakref_methods,
    .tp_members = weakref_members,
    .tp_init = weakref_init,
    .tp_vectorcall = ref_type_vectorcall,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = weakref_new,
    .tp_free = PyObject_GC_Del,
};

/* --- C-API --- */

PyObject *
PyWeakref_NewRef(PyObject *object, PyObject *callback)
{
    PyWeakReference **list = list_for(object);
    if (list == NULL)
        return NULL;
    if (callback == Py_None)
        callback = NULL;
    PyWeakReference *ref, *proxy;
    list_shared(*list, &ref, &proxy);
    if (callback == NULL && ref != NULL)
        return Py_NewRef(ref);
    PyWeakReference *self = ks_weakref_new(&_PyWeakref_RefType, object, callback);
    if (self == NULL)
        return NULL;
    list_shared(*list, &ref, &proxy);
    if (callback == NULL && ref != NULL) {
        /* The allocation ran the collector, which ran code that made the shared reference. */
        weakref_setup(self, Py_None, NULL);
        Py_DECREF(self);
        return Py_NewRef(ref);
    }
    PyWeakReference *previous = proxy != NULL ? proxy : ref;
    if (callback == NULL || previous == NULL)
        list_insert_head(self, list);
    else
        list_insert_after(self, previous);
    return (PyObject *)self;
}

PyObject *
PyWeakref_NewProxy(PyObject *object, PyObject *callback)
{
    PyWeakReference **list = list_for(object);
    if (list == NULL)
        return NULL;
    if (callback == Py_None)
        callback = NULL;
    PyWeakReference *ref, *proxy;
    list_shared(*list, &ref, &proxy);
    if (callback == NULL && proxy != NULL)
        return Py_NewRef(proxy);
    PyTypeObject *type = PyCallable_Check(object) ? &_PyWeakref_CallableProxyType
                                                  : &_PyWeakref_ProxyType;
    PyWeakReference *self = ks_weakref_new(type, object, callback);
    if (self == NULL)
        return NULL;
    list_shared(*list, &ref, &proxy);
    if (callback == NULL && proxy != NULL) {
        weakref_setup(self, Py_None, NULL);
        Py_DECREF(self);
        return Py_NewRef(proxy);
    }
    PyWeakReference *previous = callback == NULL || proxy == NULL ? ref : proxy;
    if (previous == NULL)
        list_insert_head(self, list);
    else
        list_insert_after(self, previous);
    return (PyObject *)self;
}

/* Borrowed; None when the object is gone. */
PyObject *
PyWeakref_GetObject(PyObject *reference)
{
    if (reference == NULL || !PyWeakref_Check(reference)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return PyWeakref_GET_OBJECT(reference);
}

static void
callback_run(PyObject *reference, PyObject *callback)
{
    PyObject *result = PyObject_CallOneArg(callback, reference);
    if (result == NULL)
        PyErr_WriteUnraisable(callback);
    else
        Py_DECREF(result);
}

/* Called when an object dies: detaches all references, then runs the callbacks, newest first.
 * Nothing may run before all are detached: code must not get hold of the dying object. */
void
PyObject_ClearWeakRefs(PyObject *object)
{
    if (object == NULL || !_PyType_SUPPORTS_WEAKREFS(Py_TYPE(object)) || Py_REFCNT(object) != 0) {
        PyErr_BadInternalCall();
        return;
    }
    PyWeakReference **list = LIST_OF(object);
    while (*list != NULL && (*list)->wr_callback == NULL)
        weakref_detach(*list, 0);
    if (*list == NULL)
        return;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    Py_ssize_t count = _PyWeakref_GetWeakrefCount(*list), live = 0;
    if (count == 1) {
        PyWeakReference *only = *list;
        PyObject *callback = only->wr_callback;
        only->wr_callback = NULL;
        weakref_detach(only, 0);
        if (Py_REFCNT(only) > 0) {
            Py_INCREF(only);
            callback_run((PyObject *)only, callback);
            Py_DECREF(only);
        }
        Py_DECREF(callback);
        PyErr_Restore(type, value, traceback);
        return;
    }
    PyObject **pairs = PyMem_New(PyObject *, 2 * count);
    if (pairs == NULL) {
        /* No memory for the list of callbacks: the references die silently, as they must die. */
        while (*list != NULL)
            weakref_detach(*list, 0);
        PyErr_NoMemory();
        PyErr_WriteUnraisable(object);
        PyErr_Restore(type, value, traceback);
        return;
    }
    while (*list != NULL) {
        PyWeakReference *reference = *list;
        PyObject *callback = reference->wr_callback;
        reference->wr_callback = NULL;
        weakref_detach(reference, 0);
        if (callback == NULL)
            continue;
        if (Py_REFCNT(reference) == 0) {
            Py_DECREF(callback);
            continue;
        }
        pairs[2 * live] = Py_NewRef(reference);
        pairs[2 * live + 1] = callback;
        live++;
    }
    for (Py_ssize_t i = 0; i < live; i++) {
        callback_run(pairs[2 * i], pairs[2 * i + 1]);
        Py_DECREF(pairs[2 * i]);
        Py_DECREF(pairs[2 * i + 1]);
    }
    PyMem_Free(pairs);
    PyErr_Restore(type, value, traceback);
}

/* For static types at the end of an interpreter: detaches without callbacks. */
void
_PyStaticType_ClearWeakRefs(PyTypeObject *type)
{
    PyWeakReference **list = LIST_OF((PyObject *)type);
    while (*list != NULL)
        weakref_detach(*list, 0);
}
