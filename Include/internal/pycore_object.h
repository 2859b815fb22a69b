/* SPDX-License-Identifier: MIT */
/* Objects inside the core: initialisation, tracking, places of dicts and weak references. */
#ifndef Py_INTERNAL_OBJECT_H
#define Py_INTERNAL_OBJECT_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#include <stdbool.h>
#include "pycore_gc.h"
#include "pycore_interp.h"
#include "pycore_pymem.h"
#include "pycore_pystate.h"
#include "pycore_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MANAGED_DICT_OFFSET (((int)sizeof(PyObject *))*-3)

PyAPI_FUNC(void) _Py_NO_RETURN _Py_FatalRefcountErrorFunc(const char *func, const char *message);
PyAPI_FUNC(int) _PyType_CheckConsistency(PyTypeObject *type);
PyAPI_FUNC(int) _PyDict_CheckConsistency(PyObject *mp, int check_content);
extern int _PyTraceMalloc_NewReference(PyObject *op);
extern void _PyType_InitCache(PyInterpreterState *interp);
void _PyObject_GC_Link(PyObject *op);
extern int _Py_CheckSlotResult(PyObject *obj, const char *slot_name, int success);
extern PyObject *_PyType_AllocNoTrack(PyTypeObject *type, Py_ssize_t nitems);
extern int _PyObject_InitializeDict(PyObject *obj);
extern int _PyObject_StoreInstanceAttribute(PyObject *obj, PyDictValues *values, PyObject *name,
    PyObject *value);
PyObject *_PyObject_GetInstanceAttribute(PyObject *obj, PyDictValues *values, PyObject *name);
extern PyObject **_PyObject_DictPointer(PyObject *);
extern int _PyObject_VisitInstanceAttributes(PyObject *self, visitproc visit, void *arg);
extern void _PyObject_ClearInstanceAttributes(PyObject *self);
extern void _PyObject_FreeInstanceAttributes(PyObject *self);
extern int _PyObject_IsInstanceDictEmpty(PyObject *);
extern PyObject *_PyType_GetSubclasses(PyTypeObject *);
PyAPI_FUNC(PyObject *) _PyObject_LookupSpecial(PyObject *, PyObject *);

#define _PyObject_IMMORTAL_INIT(type) {.ob_refcnt = 999999999, .ob_type = type}
#define _PyVarObject_IMMORTAL_INIT(type, size) \
    {.ob_base = _PyObject_IMMORTAL_INIT(type), .ob_size = size}
#define _Py_FatalRefcountError(text) _Py_FatalRefcountErrorFunc(__func__, text)

/* Drops a reference to an object whose dealloc the caller knows. */
static inline void
_Py_DECREF_SPECIALIZED(PyObject *object, const destructor dealloc)
{
    Py_ssize_t left = --object->ob_refcnt;
    if (left == 0)
        dealloc(object);
}

/* Drops a reference that is known not to be the last. */
static inline void
_Py_DECREF_NO_DEALLOC(PyObject *object)
{
    --object->ob_refcnt;
#ifdef Py_DEBUG
    if (object->ob_refcnt < 1)
        _Py_FatalRefcountError("the last reference was dropped where others were expected");
#endif
}

static inline int
_PyType_HasFeature(PyTypeObject *type, unsigned long flag)
{
    return (type->tp_flags & flag) != 0;
}
#define _PyType_IS_GC(type) _PyType_HasFeature((type), Py_TPFLAGS_HAVE_GC)
#define _PyType_IsReady(type) ((type)->tp_dict != NULL)

/* The first reference to an object whose memory is new or was kept for reuse. */
static inline void
ks_new_reference(PyObject *object)
{
    if (__builtin_expect(_Py_tracemalloc_config.tracing, 0))
        _Py_NewReference(object);
    else
        object->ob_refcnt = 1;
}

static inline void
_PyObject_Init(PyObject *object, PyTypeObject *type)
{
    object->ob_type = type;
    if (_PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE))
        Py_INCREF(type);
    ks_new_reference(object);
}

static inline void
_PyObject_InitVar(PyVarObject *object, PyTypeObject *type, Py_ssize_t size)
{
    object->ob_size = size;
    _PyObject_Init(&object->ob_base, type);
}

/* Hangs the object in at the end of the youngest generation. */
static inline void
ks_gc_link(PyObject *object)
{
    PyGC_Head *head = _Py_AS_GC(object);
    PyGC_Head *young = _PyInterpreterState_GET()->gc.generation0;
    PyGC_Head *last = (PyGC_Head *)young->_gc_prev;
    head->_gc_next = (uintptr_t)young;
    _PyGCHead_SET_PREV(head, last);
    last->_gc_next = (uintptr_t)head;
    young->_gc_prev = (uintptr_t)head;
}

/* Takes the object out of its list; only the mark of a run finaliser stays. */
static inline void
ks_gc_unlink(PyObject *object)
{
    PyGC_Head *head = _Py_AS_GC(object);
    PyGC_Head *before = _PyGCHead_PREV(head), *after = _PyGCHead_NEXT(head);
    before->_gc_next = (uintptr_t)after;
    _PyGCHead_SET_PREV(after, before);
    head->_gc_prev &= _PyGC_PREV_MASK_FINALIZED;
    head->_gc_next = 0;
}

#ifdef NDEBUG
#define _PyObject_GC_TRACK(object) ks_gc_link(_PyObject_CAST(object))
#define _PyObject_GC_UNTRACK(object) ks_gc_unlink(_PyObject_CAST(object))
#else
static inline void
ks_gc_link_checked(const char *file, int line, PyObject *object)
{
    _PyObject_ASSERT_FROM(object, !_PyObject_GC_IS_TRACKED(object),
                          "object already tracked by the garbage collector", file, line,
                          "_PyObject_GC_TRACK");
    _PyObject_ASSERT_FROM(object, (_Py_AS_GC(object)->_gc_prev & _PyGC_PREV_MASK_COLLECTING) == 0,
                          "object is in generation which is garbage collected", file, line,
                          "_PyObject_GC_TRACK");
    ks_gc_link(object);
}

static inline void
ks_gc_unlink_checked(const char *file, int line, PyObject *object)
{
    _PyObject_ASSERT_FROM(object, _PyObject_GC_IS_TRACKED(object),
                          "object not tracked by the garbage collector", file, line,
                          "_PyObject_GC_UNTRACK");
    ks_gc_unlink(object);
}
#define _PyObject_GC_TRACK(object) ks_gc_link_checked(__FILE__, __LINE__, _PyObject_CAST(object))
#define _PyObject_GC_UNTRACK(object) \
    ks_gc_unlink_checked(__FILE__, __LINE__, _PyObject_CAST(object))
#endif

static inline int
_PyObject_IS_GC(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    if (!_PyType_IS_GC(type))
        return 0;
    return type->tp_is_gc == NULL || type->tp_is_gc(object) != 0;
}

/* Bytes in front of the object: the collector's header, then a managed dict's two words. */
static inline size_t
_PyType_PreHeaderSize(PyTypeObject *type)
{
    size_t bytes = _PyType_IS_GC(type) ? sizeof(PyGC_Head) : 0;
    if (_PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT))
        bytes += sizeof(PyObject *) * 2;
    return bytes;
}

static inline PyDictValues **
_PyObject_ValuesPointer(PyObject *object)
{
    assert(_PyType_HasFeature(Py_TYPE(object), Py_TPFLAGS_MANAGED_DICT));
    return (PyDictValues **)object - 4;
}

static inline PyObject **
_PyObject_ManagedDictPointer(PyObject *object)
{
    assert(_PyType_HasFeature(Py_TYPE(object), Py_TPFLAGS_MANAGED_DICT));
    return (PyObject **)object - 3;
}

static inline int
_PyType_SUPPORTS_WEAKREFS(PyTypeObject *type)
{
    return 0 < type->tp_weaklistoffset;
}

static inline PyObject **
_PyObject_GET_WEAKREFS_LISTPTR(PyObject *object)
{
    return (PyObject **)((char *)object + Py_TYPE(object)->tp_weaklistoffset);
}

/* The members a heap type's __slots__ made lie behind the type itself. */
#define _PyHeapType_GET_MEMBERS(type) \
    ((PyMemberDef *)((char *)(type) + Py_TYPE(type)->tp_basicsize))

/* Platforms that cannot call through a cast pointer would go a longer way. */
#define _PyCFunction_TrampolineCall(function, self, arguments) \
    ((function)((self), (arguments)))
#define _PyCFunctionWithKeywords_TrampolineCall(function, self, arguments, keywords) \
    ((function)((self), (arguments), (keywords)))

#ifdef __cplusplus
}
#endif

#endif
