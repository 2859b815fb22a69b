/* SPDX-License-Identifier: MIT */
/* Instances of heap types: allocation, the collector's view of what a class added to its base
 * (slots, dict, weak references), destruction, and construction by a call.
 *
 * A class's own part of an instance is handled here; for the rest the nearest ancestor with a
 * different function is asked, which is the C type at the root of the Python classes. */
#include "Python.h"
#include "structmember.h"
#include "pycore_call.h"
#include "pycore_dict.h"
#include "pycore_global_strings.h"
#include "pycore_object.h"
#include "pycore_pystate.h"
#include "ks_object.h"
#include "ks_type.h"
#include "ks_type_slots.h"

extern void _PyWeakref_ClearRef(PyWeakReference *self);

/* ---- allocation ---- */

/* Zeroed apart from the header, not tracked. */
PyObject *
_PyType_AllocNoTrack(PyTypeObject *type, Py_ssize_t count)
{
    /* One item more: types with items keep room for a sentinel. */
    size_t size = (size_t)_PyObject_VAR_SIZE(type, count + 1);
    size_t before = _PyType_PreHeaderSize(type);
    char *memory = PyObject_Malloc(before + size);
    if (memory == NULL)
        return PyErr_NoMemory();
    PyObject *object = (PyObject *)(memory + before);
    if (before != 0) {
        memset(memory, 0, before);
        if (_PyType_IS_GC(type))
            _PyObject_GC_Link(object);
    }
    memset(object, 0, size);
    if (type->tp_itemsize == 0)
        _PyObject_Init(object, type);
    else
        _PyObject_InitVar((PyVarObject *)object, type, count);
    return object;
}

PyObject *
PyType_GenericAlloc(PyTypeObject *type, Py_ssize_t count)
{
    PyObject *object = _PyType_AllocNoTrack(type, count);
    if (object != NULL && _PyType_IS_GC(type))
        _PyObject_GC_TRACK(object);
    return object;
}

PyObject *
PyType_GenericNew(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return type->tp_alloc(type, 0);
}

/* ---- __slots__ ---- */

static int
slots_traverse(PyTypeObject *type, PyObject *self, visitproc visit, void *arg)
{
    PyMemberDef *member = _PyHeapType_GET_MEMBERS((PyHeapTypeObject *)type);
    for (Py_ssize_t i = Py_SIZE(type); i > 0; i--, member++) {
        if (member->type == T_OBJECT_EX)
            Py_VISIT(*(PyObject **)((char *)self + member->offset));
    }
    return 0;
}

static void
slots_clear(PyTypeObject *type, PyObject *self)
{
    PyMemberDef *member = _PyHeapType_GET_MEMBERS((PyHeapTypeObject *)type);
    for (Py_ssize_t i = Py_SIZE(type); i > 0; i--, member++) {
        if (member->type == T_OBJECT_EX && !(member->flags & READONLY)) {
            PyObject **field = (PyObject **)((char *)self + member->offset);
            Py_CLEAR(*field);
        }
    }
}

/* ---- collection ---- */

int
ks_instance_traverse(PyObject *self, visitproc visit, void *arg)
{
    PyTypeObject *type = Py_TYPE(self), *base = type;
    traverseproc base_traverse;
    while ((base_traverse = base->tp_traverse) == ks_instance_traverse) {
        if (Py_SIZE(base) != 0) {
            int result = slots_traverse(base, self, visit, arg);
            if (result != 0)
                return result;
        }
        base = base->tp_base;
    }
    if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT) {
        int result = _PyObject_VisitInstanceAttributes(self, visit, arg);
        if (result != 0)
            return result;
    }
    if (type->tp_dictoffset != base->tp_dictoffset) {
        PyObject **dict = _PyObject_DictPointer(self);
        if (dict != NULL)
            Py_VISIT(*dict);
    }
    /* A heap type's own traverse visits the type; below a static type that is up to us. */
    if ((type->tp_flags & Py_TPFLAGS_HEAPTYPE) &&
        (base_traverse == NULL || !(base->tp_flags & Py_TPFLAGS_HEAPTYPE)))
        Py_VISIT(type);
    return base_traverse == NULL ? 0 : base_traverse(self, visit, arg);
}

int
ks_instance_clear(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self), *base = type;
    inquiry base_clear;
    while ((base_clear = base->tp_clear) == ks_instance_clear) {
        if (Py_SIZE(base) != 0)
            slots_clear(base, self);
        base = base->tp_base;
    }
    if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT)
        _PyObject_ClearInstanceAttributes(self);
    if (type->tp_dictoffset != base->tp_dictoffset) {
        PyObject **dict = _PyObject_DictPointer(self);
        if (dict != NULL)
            Py_CLEAR(*dict);
    }
    return base_clear == NULL ? 0 : base_clear(self);
}

/* ---- destruction ---- */

/* The nearest ancestor whose deallocator is not ours. */
static PyTypeObject *
foreign_base(PyTypeObject *type)
{
    while (type->tp_dealloc == ks_instance_dealloc)
        type = type->tp_base;
    return type;
}

/* Runs finaliser and tp_del and tells weak references. 0 if the object came back to life. */
static int
instance_finalize(PyObject *self, PyTypeObject *type, PyTypeObject *base)
{
    int collected = _PyType_IS_GC(type);
    if (type->tp_finalize != NULL) {
        /* The finaliser may look at the collector's lists. */
        if (collected)
            _PyObject_GC_TRACK(self);
        if (PyObject_CallFinalizerFromDealloc(self) < 0)
            return 0;
        if (collected)
            _PyObject_GC_UNTRACK(self);
    }
    int has_weakrefs = type->tp_weaklistoffset > 0 && base->tp_weaklistoffset == 0;
    if (has_weakrefs && *_PyObject_GET_WEAKREFS_LISTPTR(self) != NULL)
        PyObject_ClearWeakRefs(self);
    if (type->tp_del != NULL) {
        if (collected)
            _PyObject_GC_TRACK(self);
        type->tp_del(self);
        if (Py_REFCNT(self) > 0)
            return 0;
        if (collected)
            _PyObject_GC_UNTRACK(self);
        /* Weak references made meanwhile die silently: their callbacks would see ruins. */
        if (has_weakrefs) {
            PyWeakReference **list = (PyWeakReference **)_PyObject_GET_WEAKREFS_LISTPTR(self);
            while (*list != NULL)
                _PyWeakref_ClearRef(*list);
        }
    }
    return 1;
}

static void
instance_drop_attributes(PyObject *self, PyTypeObject *type, PyTypeObject *base)
{
    for (PyTypeObject *each = type; each != base; each = each->tp_base) {
        if (Py_SIZE(each) != 0)
            slots_clear(each, self);
    }
    if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT) {
        PyObject **dict = _PyObject_ManagedDictPointer(self);
        if (*dict != NULL)
            Py_CLEAR(*dict);
        else
            _PyObject_FreeInstanceAttributes(self);
    }
    else if (type->tp_dictoffset != 0 && base->tp_dictoffset == 0) {
        PyObject **dict = _PyObject_DictPointer(self);
        if (dict != NULL)
            Py_CLEAR(*dict);
    }
}

/* Hands the object to the C base's deallocator and lets go of the type, which that one does only
 * if its type is a heap type too. */
static void
instance_hand_over(PyObject *self, PyTypeObject *base)
{
    PyTypeObject *type = Py_TYPE(self); /* a finaliser may have assigned __class__ */
    int owns_type =
        (type->tp_flags & Py_TPFLAGS_HEAPTYPE) && !(base->tp_flags & Py_TPFLAGS_HEAPTYPE);
    base->tp_dealloc(self);
    if (owns_type)
        Py_DECREF(type);
}

void
ks_instance_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (!_PyType_IS_GC(type)) {
        PyTypeObject *base = foreign_base(type);
        if (type->tp_finalize != NULL && PyObject_CallFinalizerFromDealloc(self) < 0)
            return;
        if (type->tp_del != NULL) {
            type->tp_del(self);
            if (Py_REFCNT(self) > 0)
                return;
        }
        instance_hand_over(self, base);
        return;
    }
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, ks_instance_dealloc)
    PyTypeObject *base = foreign_base(type);
    if (instance_finalize(self, type, base)) {
        instance_drop_attributes(self, type, base);
        /* A collected base expects what it deallocates to be tracked. */
        if (_PyType_IS_GC(base))
            _PyObject_GC_TRACK(self);
        instance_hand_over(self, base);
    }
    Py_TRASHCAN_END
}

/* ---- construction by a call ---- */

/* An instance of a class that inherits object's __new__. */
static KS_NEW PyObject *
instance_make(PyTypeObject *type)
{
    if (KS_UNLIKELY(type->tp_flags & Py_TPFLAGS_IS_ABSTRACT) && !ks_type_check_concrete(type))
        return NULL;
    PyObject *self = type->tp_alloc(type, 0);
    if (self != NULL && _PyObject_InitializeDict(self) < 0)
        Py_CLEAR(self);
    return self;
}

/* Class(...) for classes that inherit object's __new__ and define __init__ in Python or not at
 * all: neither an argument tuple nor a keyword dict is made. Everything else goes the usual way. */
PyObject *
ks_instance_vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyTypeObject *type = (PyTypeObject *)callable;
    PyThreadState *tstate = _PyThreadState_GET();
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (type->tp_init == ks_object_init && type->tp_new == ks_object_new && nargs == 0 &&
        kwnames == NULL)
        return instance_make(type);
    if (type->tp_new != ks_object_new || type->tp_init != ks_slot_init)
        return _PyObject_MakeTpCall(tstate, callable, args, nargs, kwnames);
    PyObject *init = _PyType_Lookup(type, &_Py_ID(__init__));
    if (init == NULL || !_PyType_HasFeature(Py_TYPE(init), Py_TPFLAGS_METHOD_DESCRIPTOR))
        return _PyObject_MakeTpCall(tstate, callable, args, nargs, kwnames);

    Py_ssize_t total = nargs + (kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames));
    PyObject *few[8];
    PyObject **all = few;
    if (total >= KS_COUNT_OF(few)) {
        all = PyMem_New(PyObject *, total + 1);
        if (all == NULL)
            return PyErr_NoMemory();
    }
    Py_INCREF(init); /* the class may lose it during the call */
    PyObject *self = instance_make(type);
    if (self != NULL) {
        all[0] = self;
        if (total > 0)
            memcpy(all + 1, args, (size_t)total * sizeof(PyObject *));
        PyObject *result =
            _PyObject_VectorcallTstate(tstate, init, all, (size_t)nargs + 1, kwnames);
        if (result != NULL && result != Py_None)
            PyErr_Format(PyExc_TypeError, "__init__() should return None, not '%.200s'",
                         Py_TYPE(result)->tp_name);
        if (result != Py_None)
            Py_CLEAR(self);
        Py_XDECREF(result);
    }
    Py_DECREF(init);
    if (all != few)
        PyMem_Free(all);
    return self;
}

/* ---- __dict__ and __weakref__ of instances ---- */

/* A C base with a __dict__ of its own, whose descriptor then decides. */
static PyTypeObject *
base_with_dict(PyTypeObject *type)
{
    for (; type->tp_base != NULL; type = type->tp_base) {
        if (type->tp_dictoffset != 0 && !(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
            return type;
    }
    return NULL;
}

static PyObject *
base_dict_descr(PyTypeObject *base)
{
    PyObject *descr = _PyType_Lookup(base, &_Py_ID(__dict__));
    return descr != NULL && ks_descr_is_data(descr) ? descr : NULL;
}

static KS_COLD void
no_dict_descr(PyObject *self)
{
    PyErr_Format(PyExc_TypeError, "this __dict__ descriptor does not support '%.200s' objects",
                 Py_TYPE(self)->tp_name);
}

PyObject *
ks_instance_get_dict(PyObject *self, void *closure)
{
    PyTypeObject *base = base_with_dict(Py_TYPE(self));
    if (base == NULL)
        return PyObject_GenericGetDict(self, closure);
    PyObject *descr = base_dict_descr(base);
    descrgetfunc get = descr == NULL ? NULL : Py_TYPE(descr)->tp_descr_get;
    if (get == NULL) {
        no_dict_descr(self);
        return NULL;
    }
    return get(descr, self, (PyObject *)Py_TYPE(self));
}

int
ks_instance_set_dict(PyObject *self, PyObject *value, void *closure)
{
    PyTypeObject *base = base_with_dict(Py_TYPE(self));
    if (base != NULL) {
        PyObject *descr = base_dict_descr(base);
        if (descr == NULL) {
            no_dict_descr(self);
            return -1;
        }
        return Py_TYPE(descr)->tp_descr_set(descr, self, value);
    }
    /* Unlike for other objects, `del x.__dict__` is allowed and leaves an empty one. */
    PyObject **slot = _PyObject_GetDictPtr(self);
    if (slot == NULL) {
        PyErr_SetString(PyExc_AttributeError, "This object has no __dict__");
        return -1;
    }
    if (value != NULL && !PyDict_Check(value)) {
        PyErr_Format(PyExc_TypeError, "__dict__ must be set to a dictionary, not a '%.200s'",
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    Py_XINCREF(value);
    Py_XSETREF(*slot, value);
    return 0;
}

PyObject *
ks_instance_get_weakref(PyObject *self, void *closure)
{
    PyTypeObject *type = Py_TYPE(self);
    if (type->tp_weaklistoffset == 0) {
        PyErr_SetString(PyExc_AttributeError, "This object has no __weakref__");
        return NULL;
    }
    PyObject *first = *_PyObject_GET_WEAKREFS_LISTPTR(self);
    return Py_NewRef(first != NULL ? first : Py_None);
}
