/* SPDX-License-Identifier: MIT */
/* _thread._local: an object whose attributes differ from thread to thread.
 *
 * Each thread's attributes are a dict held by a "dummy" in that thread's state dict, under a key that
 * belongs to the local; the local maps (a weak reference to) the dummy to the dict. So either side
 * can go first: a thread's end drops the dummy, whose callback drops the dict; the local's end drops
 * the keys in all threads. __init__ runs again in each thread that touches the object. */
#include "Python.h"
#include "pycore_interp.h"
#include "pycore_pystate.h"
#include "structmember.h"
#include "ks_base.h"
#include "ks_thread.h"

typedef struct DummyObject {
    PyObject_HEAD
    PyObject *localdict; /* borrowed from the local's dummies */
    PyObject *weakrefs;
} DummyObject;

typedef struct LocalObject {
    PyObject_HEAD
    PyObject *key;
    PyObject *args, *kwargs;  /* for __init__ in other threads */
    PyObject *weakrefs;
    PyObject *dummies;        /* {weak reference to dummy: dict} */
    PyObject *wr_callback;
} LocalObject;

/* ---- dummies ---- */

static void
dummy_dealloc(DummyObject *self)
{
    if (self->weakrefs != NULL)
        PyObject_ClearWeakRefs((PyObject *)self);
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMemberDef dummy_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(DummyObject, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot dummy_slots[] = {
    {Py_tp_dealloc, dummy_dealloc},
    {Py_tp_doc, "What a thread holds of a thread-local object."},
    {Py_tp_members, dummy_members},
    {0, NULL},
};

PyType_Spec ks_localdummy_spec = {
    .name = "_thread._localdummy",
    .basicsize = sizeof(DummyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = dummy_slots,
};

/* ---- locals ---- */

/* A thread ended: its dummy died, and the dict with it. self is a weak reference to the local. */
static PyObject *
dummy_destroyed(PyObject *local_reference, PyObject *dummy_reference)
{
    PyObject *object = PyWeakref_GET_OBJECT(local_reference);
    if (object == Py_None)
        Py_RETURN_NONE;
    LocalObject *self = (LocalObject *)Py_NewRef(object);
    if (self->dummies != NULL) {
        PyObject *dict = PyDict_GetItemWithError(self->dummies, dummy_reference);
        if (dict != NULL)
            PyDict_DelItem(self->dummies, dummy_reference);
        if (PyErr_Occurred())
            PyErr_WriteUnraisable((PyObject *)self);
    }
    Py_DECREF(self);
    Py_RETURN_NONE;
}

static PyMethodDef destroyed_def = {"_localdummy_destroyed", dummy_destroyed, METH_O, NULL};

/* A dict for the current thread, borrowed. */
static PyObject *
make_dict(LocalObject *self, KsThreadState *state)
{
    PyObject *thread_dict = PyThreadState_GetDict();
    if (thread_dict == NULL) {
        PyErr_SetString(PyExc_SystemError, "Couldn't get thread-state dictionary");
        return NULL;
    }
    KS_OWNED PyObject *dict = PyDict_New();
    KS_OWNED PyObject *dummy = dict == NULL ? NULL : state->dummy_type->tp_alloc(state->dummy_type, 0);
    if (dummy == NULL)
        return NULL;
    ((DummyObject *)dummy)->localdict = dict;
    KS_OWNED PyObject *reference = PyWeakref_NewRef(dummy, self->wr_callback);
    if (reference == NULL || PyDict_SetItem(self->dummies, reference, dict) < 0)
        return NULL;
    if (PyDict_SetItem(thread_dict, self->key, dummy) < 0) {
        PyDict_DelItem(self->dummies, reference);
        return NULL;
    }
    return dict; /* held by dummies */
}

static PyObject *
local_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (type->tp_init == PyBaseObject_Type.tp_init) {
        int given = PyTuple_GET_SIZE(args) > 0 || (kwargs != NULL && PyDict_GET_SIZE(kwargs) > 0);
        if (given) {
            PyErr_SetString(PyExc_TypeError, "Initialization arguments are not supported");
            return NULL;
        }
    }
    KsThreadState *state = ks_thread_state_of_type(type);
    KS_OWNED PyObject *object = state == NULL ? NULL : type->tp_alloc(type, 0);
    if (object == NULL)
        return NULL;
    LocalObject *self = (LocalObject *)object;
    self->args = Py_NewRef(args);
    self->kwargs = Py_XNewRef(kwargs);
    self->key = PyUnicode_FromFormat("thread.local.%p", self);
    self->dummies = PyDict_New();
    KS_OWNED PyObject *reference = PyWeakref_NewRef(object, NULL);
    if (self->key == NULL || self->dummies == NULL || reference == NULL)
        return NULL;
    self->wr_callback = PyCFunction_NewEx(&destroyed_def, reference, NULL);
    if (self->wr_callback == NULL || make_dict(self, state) == NULL)
        return NULL;
    return ks_give(&object);
}

static int
local_traverse(LocalObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->args);
    Py_VISIT(self->kwargs);
    Py_VISIT(self->dummies);
    return 0;
}

/* Also takes the local's key out of every thread's dict. */
static int
local_clear(LocalObject *self)
{
    Py_CLEAR(self->args);
    Py_CLEAR(self->kwargs);
    Py_CLEAR(self->dummies);
    Py_CLEAR(self->wr_callback);
    if (self->key == NULL)
        return 0;
    PyThreadState *tstate = _PyThreadState_GET();
    for (PyThreadState *thread = PyInterpreterState_ThreadHead(tstate->interp); thread != NULL;
         thread = PyThreadState_Next(thread)) {
        if (thread->dict == NULL)
            continue;
        PyObject *dummy = _PyDict_Pop(thread->dict, self->key, Py_None);
        if (dummy == NULL)
            PyErr_Clear();
        Py_XDECREF(dummy);
    }
    return 0;
}

static void
local_dealloc(LocalObject *self)
{
    PyObject_GC_UnTrack(self);
    if (self->weakrefs != NULL)
        PyObject_ClearWeakRefs((PyObject *)self);
    local_clear(self);
    Py_XDECREF(self->key);
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

/* The current thread's dict, borrowed; made (and __init__ called) at a thread's first touch. */
static PyObject *
local_dict(LocalObject *self, KsThreadState *state)
{
    PyObject *thread_dict = PyThreadState_GetDict();
    if (thread_dict == NULL) {
        PyErr_SetString(PyExc_SystemError, "Couldn't get thread-state dictionary");
        return NULL;
    }
    PyObject *dummy = PyDict_GetItemWithError(thread_dict, self->key);
    if (dummy != NULL)
        return ((DummyObject *)dummy)->localdict;
    if (PyErr_Occurred())
        return NULL;
    PyObject *dict = make_dict(self, state);
    if (dict != NULL && Py_TYPE(self)->tp_init != PyBaseObject_Type.tp_init
        && Py_TYPE(self)->tp_init((PyObject *)self, self->args, self->kwargs) < 0) {
        /* Not initialised: the next touch tries again. */
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        if (PyDict_DelItem(thread_dict, self->key) < 0)
            PyErr_Clear();
        PyErr_Restore(type, value, traceback);
        return NULL;
    }
    return dict;
}

static PyObject *
local_getattro(LocalObject *self, PyObject *name)
{
    KsThreadState *state = ks_thread_state_of_type(Py_TYPE(self));
    PyObject *dict = state == NULL ? NULL : local_dict(self, state);
    if (dict == NULL)
        return NULL;
    if (PyUnicode_Check(name) && _PyUnicode_EqualToASCIIString(name, "__dict__"))
        return Py_NewRef(dict);
    /* Without a subclass there are no descriptors to ask first. */
    if (Py_IS_TYPE(self, state->local_type) && PyUnicode_Check(name)) {
        PyObject *value = PyDict_GetItemWithError(dict, name);
        if (value != NULL)
            return Py_NewRef(value);
        if (PyErr_Occurred())
            return NULL;
    }
    return _PyObject_GenericGetAttrWithDict((PyObject *)self, name, dict, 0);
}

static int
local_setattro(LocalObject *self, PyObject *name, PyObject *value)
{
    KsThreadState *state = ks_thread_state_of_type(Py_TYPE(self));
    PyObject *dict = state == NULL ? NULL : local_dict(self, state);
    if (dict == NULL)
        return -1;
    if (PyUnicode_Check(name) && _PyUnicode_EqualToASCIIString(name, "__dict__")) {
        PyErr_Format(PyExc_AttributeError, "'%.50s' object attribute '%U' is read-only",
                     Py_TYPE(self)->tp_name, name);
        return -1;
    }
    return _PyObject_GenericSetAttrWithDict((PyObject *)self, name, value, dict);
}

static PyMemberDef local_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(LocalObject, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot local_slots[] = {
    {Py_tp_dealloc, local_dealloc},   {Py_tp_getattro, local_getattro},
    {Py_tp_setattro, local_setattro}, {Py_tp_doc, "Attributes that differ from thread to thread."},
    {Py_tp_traverse, local_traverse}, {Py_tp_clear, local_clear},
    {Py_tp_new, local_new},           {Py_tp_members, local_members},
    {0, NULL},
};

PyType_Spec ks_local_spec = {
    .name = "_thread._local",
    .basicsize = sizeof(LocalObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = local_slots,
};
