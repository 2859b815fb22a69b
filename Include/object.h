/* SPDX-License-Identifier: MIT */
/* Objects and types as every extension sees them, reference counts, the singletons.
 * Results of type PyObject * are new references unless marked borrowed. */
#ifndef Py_OBJECT_H
#define Py_OBJECT_H

#ifdef __cplusplus
extern "C" {
#endif

#define Py_INVALID_SIZE (Py_ssize_t)-1
#define Py_PRINT_RAW 1
#define Py_TPFLAGS_DISALLOW_INSTANTIATION (1UL << 7)
#define Py_TPFLAGS_IMMUTABLETYPE (1UL << 8)
#define Py_TPFLAGS_HEAPTYPE (1UL << 9)
#define Py_TPFLAGS_BASETYPE (1UL << 10)
#define Py_TPFLAGS_READY (1UL << 12)
#define Py_TPFLAGS_READYING (1UL << 13)
#define Py_TPFLAGS_HAVE_GC (1UL << 14)
#define Py_TPFLAGS_METHOD_DESCRIPTOR (1UL << 17)
#define Py_TPFLAGS_VALID_VERSION_TAG (1UL << 19)
#define Py_TPFLAGS_IS_ABSTRACT (1UL << 20)
#define _Py_TPFLAGS_MATCH_SELF (1UL << 22)
#define Py_TPFLAGS_LONG_SUBCLASS (1UL << 24)
#define Py_TPFLAGS_LIST_SUBCLASS (1UL << 25)
#define Py_TPFLAGS_TUPLE_SUBCLASS (1UL << 26)
#define Py_TPFLAGS_BYTES_SUBCLASS (1UL << 27)
#define Py_TPFLAGS_UNICODE_SUBCLASS (1UL << 28)
#define Py_TPFLAGS_DICT_SUBCLASS (1UL << 29)
#define Py_TPFLAGS_BASE_EXC_SUBCLASS (1UL << 30)
#define Py_TPFLAGS_TYPE_SUBCLASS (1UL << 31)
#define Py_TPFLAGS_DEFAULT ( Py_TPFLAGS_HAVE_STACKLESS_EXTENSION | 0)
#define Py_TPFLAGS_HAVE_FINALIZE (1UL << 0)
#define Py_TPFLAGS_HAVE_VERSION_TAG (1UL << 18)
#define Py_LT 0
#define Py_LE 1
#define Py_EQ 2
#define Py_NE 3
#define Py_GT 4
#define Py_GE 5

#ifndef Py_LIMITED_API
#define Py_TPFLAGS_MANAGED_DICT (1 << 4)
#define Py_TPFLAGS_SEQUENCE (1 << 5)
#define Py_TPFLAGS_MAPPING (1 << 6)
#define Py_TPFLAGS_HAVE_VECTORCALL (1UL << 11)
#define _Py_TPFLAGS_HAVE_VECTORCALL Py_TPFLAGS_HAVE_VECTORCALL
#endif

#ifdef STACKLESS
#define Py_TPFLAGS_HAVE_STACKLESS_EXTENSION (3UL << 15)
#endif

#ifndef STACKLESS
#define Py_TPFLAGS_HAVE_STACKLESS_EXTENSION 0
#endif

/* Debug builds for reference leaks have no other layout here. */
#define _PyObject_HEAD_EXTRA
#define _PyObject_EXTRA_INIT

#define _PyObject_CAST(object) _Py_CAST(PyObject *, (object))
#define _PyVarObject_CAST(object) _Py_CAST(PyVarObject *, (object))

/* First members of a struct that is an object, and their initialisers. */
#define PyObject_HEAD PyObject ob_base;
#define PyObject_VAR_HEAD PyVarObject ob_base;
#define PyObject_HEAD_INIT(type) {_PyObject_EXTRA_INIT 1, type},
#define PyVarObject_HEAD_INIT(type, size) {PyObject_HEAD_INIT(type) size},

struct _object {
    _PyObject_HEAD_EXTRA Py_ssize_t ob_refcnt;
    PyTypeObject *ob_type;
};

typedef struct {
    PyObject ob_base;
    Py_ssize_t ob_size;
} PyVarObject;

typedef PyObject *(*unaryfunc)(PyObject *);
typedef PyObject *(*binaryfunc)(PyObject *, PyObject *);
typedef PyObject *(*ternaryfunc)(PyObject *, PyObject *, PyObject *);
typedef int (*inquiry)(PyObject *);
typedef Py_ssize_t (*lenfunc)(PyObject *);
typedef PyObject *(*ssizeargfunc)(PyObject *, Py_ssize_t);
typedef PyObject *(*ssizessizeargfunc)(PyObject *, Py_ssize_t, Py_ssize_t);
typedef int (*ssizeobjargproc)(PyObject *, Py_ssize_t, PyObject *);
typedef int (*ssizessizeobjargproc)(PyObject *, Py_ssize_t, Py_ssize_t, PyObject *);
typedef int (*objobjargproc)(PyObject *, PyObject *, PyObject *);
typedef int (*objobjproc)(PyObject *, PyObject *);
typedef int (*visitproc)(PyObject *, void *);
typedef int (*traverseproc)(PyObject *, visitproc, void *);
typedef void (*freefunc)(void *);
typedef void (*destructor)(PyObject *);
typedef PyObject *(*getattrfunc)(PyObject *, char *);
typedef PyObject *(*getattrofunc)(PyObject *, PyObject *);
typedef int (*setattrfunc)(PyObject *, char *, PyObject *);
typedef int (*setattrofunc)(PyObject *, PyObject *, PyObject *);
typedef PyObject *(*reprfunc)(PyObject *);
typedef Py_hash_t (*hashfunc)(PyObject *);
typedef PyObject *(*richcmpfunc)(PyObject *, PyObject *, int);
typedef PyObject *(*getiterfunc)(PyObject *);
typedef PyObject *(*iternextfunc)(PyObject *);
typedef PyObject *(*descrgetfunc)(PyObject *, PyObject *, PyObject *);
typedef int (*descrsetfunc)(PyObject *, PyObject *, PyObject *);
typedef int (*initproc)(PyObject *, PyObject *, PyObject *);
typedef PyObject *(*newfunc)(PyTypeObject *, PyObject *, PyObject *);
typedef PyObject *(*allocfunc)(PyTypeObject *, Py_ssize_t);
typedef struct {
    int slot;
    void *pfunc;
} PyType_Slot;

typedef struct {
    const char *name;
    int basicsize;
    int itemsize;
    unsigned int flags;
    PyType_Slot *slots;
} PyType_Spec;

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x030A0000
typedef enum {
    PYGEN_RETURN = 0,
    PYGEN_ERROR = -1,
    PYGEN_NEXT = 1,
} PySendResult;
#endif

PyAPI_DATA(PyTypeObject) PyType_Type;
PyAPI_DATA(PyTypeObject) PyBaseObject_Type;
PyAPI_DATA(PyTypeObject) PySuper_Type;
PyAPI_DATA(PyObject) _Py_NoneStruct;
PyAPI_DATA(PyObject) _Py_NotImplementedStruct;

PyAPI_FUNC(int) Py_Is(PyObject *x, PyObject *y);
PyAPI_FUNC(PyObject *) PyType_FromSpec(PyType_Spec *);
PyAPI_FUNC(int) PyType_IsSubtype(PyTypeObject *, PyTypeObject *);
PyAPI_FUNC(unsigned long) PyType_GetFlags(PyTypeObject *);
PyAPI_FUNC(int) PyType_Ready(PyTypeObject *);
PyAPI_FUNC(PyObject *) PyType_GenericAlloc(PyTypeObject *, Py_ssize_t);
PyAPI_FUNC(PyObject *) PyType_GenericNew(PyTypeObject *, PyObject *, PyObject *);
PyAPI_FUNC(unsigned int) PyType_ClearCache(void);
PyAPI_FUNC(void) PyType_Modified(PyTypeObject *);
PyAPI_FUNC(PyObject *) PyObject_Repr(PyObject *);
PyAPI_FUNC(PyObject *) PyObject_Str(PyObject *);
PyAPI_FUNC(PyObject *) PyObject_ASCII(PyObject *);
PyAPI_FUNC(PyObject *) PyObject_Bytes(PyObject *);
PyAPI_FUNC(PyObject *) PyObject_RichCompare(PyObject *, PyObject *, int);
PyAPI_FUNC(int) PyObject_RichCompareBool(PyObject *, PyObject *, int);
PyAPI_FUNC(PyObject *) PyObject_GetAttrString(PyObject *, const char *);
PyAPI_FUNC(int) PyObject_SetAttrString(PyObject *, const char *, PyObject *);
PyAPI_FUNC(int) PyObject_HasAttrString(PyObject *, const char *);
PyAPI_FUNC(PyObject *) PyObject_GetAttr(PyObject *, PyObject *);
PyAPI_FUNC(int) PyObject_SetAttr(PyObject *, PyObject *, PyObject *);
PyAPI_FUNC(int) PyObject_HasAttr(PyObject *, PyObject *);
PyAPI_FUNC(PyObject *) PyObject_SelfIter(PyObject *);
PyAPI_FUNC(PyObject *) PyObject_GenericGetAttr(PyObject *, PyObject *);
PyAPI_FUNC(int) PyObject_GenericSetAttr(PyObject *, PyObject *, PyObject *);
PyAPI_FUNC(Py_hash_t) PyObject_Hash(PyObject *);
PyAPI_FUNC(Py_hash_t) PyObject_HashNotImplemented(PyObject *);
PyAPI_FUNC(int) PyObject_IsTrue(PyObject *);
PyAPI_FUNC(int) PyObject_Not(PyObject *);
PyAPI_FUNC(int) PyCallable_Check(PyObject *);
PyAPI_FUNC(void) PyObject_ClearWeakRefs(PyObject *);
PyAPI_FUNC(PyObject *) PyObject_Dir(PyObject *);
PyAPI_FUNC(int) Py_ReprEnter(PyObject *);
PyAPI_FUNC(void) Py_ReprLeave(PyObject *);
PyAPI_FUNC(void) _Py_Dealloc(PyObject *);
PyAPI_FUNC(void) Py_IncRef(PyObject *);
PyAPI_FUNC(void) Py_DecRef(PyObject *);
PyAPI_FUNC(void) _Py_IncRef(PyObject *);
PyAPI_FUNC(void) _Py_DecRef(PyObject *);
PyAPI_FUNC(PyObject *) Py_NewRef(PyObject *obj);
PyAPI_FUNC(PyObject *) Py_XNewRef(PyObject *obj);
PyAPI_FUNC(int) Py_IsNone(PyObject *x);

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x03030000
PyAPI_FUNC(PyObject *) PyType_FromSpecWithBases(PyType_Spec *, PyObject *);
PyAPI_FUNC(int) PyObject_GenericSetDict(PyObject *, PyObject *, void *);
#endif

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x03040000
PyAPI_FUNC(void *) PyType_GetSlot(PyTypeObject *, int);
#endif

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x03090000
PyAPI_FUNC(PyObject *) PyType_FromModuleAndSpec(PyObject *, PyType_Spec *, PyObject *);
PyAPI_FUNC(PyObject *) PyType_GetModule(PyTypeObject *);
PyAPI_FUNC(void *) PyType_GetModuleState(PyTypeObject *);
#endif

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x030B0000
PyAPI_FUNC(PyObject *) PyType_GetName(PyTypeObject *);
PyAPI_FUNC(PyObject *) PyType_GetQualName(PyTypeObject *);
#endif

#ifndef Py_LIMITED_API
PyAPI_FUNC(PyObject *) _PyObject_GetState(PyObject *);
#endif

/* Singletons. */
#define Py_None (&_Py_NoneStruct)
#define Py_NotImplemented (&_Py_NotImplementedStruct)
#define Py_RETURN_NONE return Py_NewRef(Py_None)
#define Py_RETURN_NOTIMPLEMENTED return Py_NewRef(Py_NotImplemented)
#define Py_Is(left, right) ((left) == (right))
#define Py_IsNone(object) Py_Is((object), Py_None)

/* Answers a rich comparison from two C values. */
#define Py_RETURN_RICHCOMPARE(left, right, operation)                    \
    do {                                                                 \
        int ks_holds_ = 0;                                               \
        switch (operation) {                                             \
        case Py_LT: ks_holds_ = (left) < (right); break;                 \
        case Py_LE: ks_holds_ = (left) <= (right); break;                \
        case Py_EQ: ks_holds_ = (left) == (right); break;                \
        case Py_NE: ks_holds_ = (left) != (right); break;                \
        case Py_GT: ks_holds_ = (left) > (right); break;                 \
        case Py_GE: ks_holds_ = (left) >= (right); break;                \
        default: Py_UNREACHABLE();                                       \
        }                                                                \
        if (ks_holds_)                                                   \
            Py_RETURN_TRUE;                                              \
        Py_RETURN_FALSE;                                                 \
    } while (0)

/* Header fields. */
static inline Py_ssize_t
Py_REFCNT(PyObject *object)
{
    return object->ob_refcnt;
}

static inline PyTypeObject *
Py_TYPE(PyObject *object)
{
    return object->ob_type;
}

static inline Py_ssize_t
Py_SIZE(PyObject *object)
{
    return _PyVarObject_CAST(object)->ob_size;
}

static inline void
Py_SET_REFCNT(PyObject *object, Py_ssize_t count)
{
    object->ob_refcnt = count;
}

static inline void
Py_SET_TYPE(PyObject *object, PyTypeObject *type)
{
    object->ob_type = type;
}

static inline void
Py_SET_SIZE(PyVarObject *object, Py_ssize_t size)
{
    object->ob_size = size;
}

static inline int
Py_IS_TYPE(PyObject *object, PyTypeObject *type)
{
    return object->ob_type == type;
}

static inline int
PyObject_TypeCheck(PyObject *object, PyTypeObject *type)
{
    return object->ob_type == type || PyType_IsSubtype(object->ob_type, type);
}

/* Reference counts. */
static inline void
Py_INCREF(PyObject *object)
{
    ++object->ob_refcnt;
}

static inline void
Py_DECREF(PyObject *object)
{
    Py_ssize_t left = --object->ob_refcnt;
    if (left == 0)
        _Py_Dealloc(object);
}

static inline void
Py_XINCREF(PyObject *object)
{
    if (object != _Py_NULL)
        ++object->ob_refcnt;
}

static inline void
Py_XDECREF(PyObject *object)
{
    if (object != _Py_NULL)
        Py_DECREF(object);
}

static inline PyObject *
_Py_NewRef(PyObject *object)
{
    ++object->ob_refcnt;
    return object;
}

static inline PyObject *
_Py_XNewRef(PyObject *object)
{
    Py_XINCREF(object);
    return object;
}

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 < 0x030b0000
/* Before 3.11's limited API any pointer to an object would do. */
#define Py_REFCNT(object) Py_REFCNT(_PyObject_CAST(object))
#define Py_TYPE(object) Py_TYPE(_PyObject_CAST(object))
#define Py_SIZE(object) Py_SIZE(_PyObject_CAST(object))
#define Py_SET_REFCNT(object, count) Py_SET_REFCNT(_PyObject_CAST(object), count)
#define Py_SET_TYPE(object, type) Py_SET_TYPE(_PyObject_CAST(object), type)
#define Py_SET_SIZE(object, size) Py_SET_SIZE(_PyVarObject_CAST(object), size)
#define Py_IS_TYPE(object, type) Py_IS_TYPE(_PyObject_CAST(object), type)
#define PyObject_TypeCheck(object, type) PyObject_TypeCheck(_PyObject_CAST(object), type)
#define Py_INCREF(object) Py_INCREF(_PyObject_CAST(object))
#define Py_DECREF(object) Py_DECREF(_PyObject_CAST(object))
#define Py_XINCREF(object) Py_XINCREF(_PyObject_CAST(object))
#define Py_XDECREF(object) Py_XDECREF(_PyObject_CAST(object))
#define Py_NewRef(object) _Py_NewRef(_PyObject_CAST(object))
#define Py_XNewRef(object) _Py_XNewRef(_PyObject_CAST(object))
#else
#define Py_NewRef(object) _Py_NewRef(object)
#define Py_XNewRef(object) _Py_XNewRef(object)
#endif

/* Empties a variable, then drops what was in it: dropping can run code that looks. */
#define Py_CLEAR(variable)                                \
    do {                                                  \
        PyObject *ks_old_ = _PyObject_CAST(variable);     \
        if (ks_old_ != _Py_NULL) {                        \
            (variable) = _Py_NULL;                        \
            Py_DECREF(ks_old_);                           \
        }                                                 \
    } while (0)

#ifndef Py_LIMITED_API
#define Py_CPYTHON_OBJECT_H
#include "cpython/object.h"
#undef Py_CPYTHON_OBJECT_H
#endif

/* Types: their flags, and what the flags say of an object. */
static inline int
PyType_HasFeature(PyTypeObject *type, unsigned long flag)
{
#ifdef Py_LIMITED_API
    unsigned long set = PyType_GetFlags(type);
#else
    unsigned long set = type->tp_flags;
#endif
    return (set & flag) != 0;
}
#define PyType_FastSubclass(type, flag) PyType_HasFeature(type, flag)

static inline int
PyType_Check(PyObject *object)
{
    return PyType_HasFeature(Py_TYPE(object), Py_TPFLAGS_TYPE_SUBCLASS);
}

static inline int
PyType_CheckExact(PyObject *object)
{
    return Py_IS_TYPE(object, &PyType_Type);
}

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 < 0x030b0000
#define PyType_Check(object) PyType_Check(_PyObject_CAST(object))
#define PyType_CheckExact(object) PyType_CheckExact(_PyObject_CAST(object))
#endif
#define _PyType_CAST(object) (assert(PyType_Check(object)), _Py_CAST(PyTypeObject *, (object)))

#ifdef __cplusplus
}
#endif

#endif
