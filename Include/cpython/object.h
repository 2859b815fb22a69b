/* SPDX-License-Identifier: MIT */
/* Types with their slots open, heap types, and helpers of the core that extensions use. */
#ifndef Py_CPYTHON_OBJECT_H
#error "include <object.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* A string made once a process and looked up by its address. */
#if defined(NEEDS_PY_IDENTIFIER) || !defined(Py_BUILD_CORE)
#define _Py_static_string_init(text) {.string = text, .index = -1}
#define _Py_static_string(variable, text) \
    static _Py_Identifier variable = _Py_static_string_init(text)
#define _Py_IDENTIFIER(name) _Py_static_string(PyId_##name, #name)
#endif

typedef struct _Py_Identifier {
    const char *string;
    Py_ssize_t index;
} _Py_Identifier;

typedef int (*getbufferproc)(PyObject *, Py_buffer *, int);
typedef void (*releasebufferproc)(PyObject *, Py_buffer *);
typedef PyObject *(*vectorcallfunc)(PyObject *callable, PyObject *const *args, size_t nargsf,
    PyObject *kwnames);

typedef struct {
    binaryfunc nb_add;
    binaryfunc nb_subtract;
    binaryfunc nb_multiply;
    binaryfunc nb_remainder;
    binaryfunc nb_divmod;
    ternaryfunc nb_power;
    unaryfunc nb_negative;
    unaryfunc nb_positive;
    unaryfunc nb_absolute;
    inquiry nb_bool;
    unaryfunc nb_invert;
    binaryfunc nb_lshift;
    binaryfunc nb_rshift;
    binaryfunc nb_and;
    binaryfunc nb_xor;
    binaryfunc nb_or;
    unaryfunc nb_int;
    void *nb_reserved;
    unaryfunc nb_float;
    binaryfunc nb_inplace_add;
    binaryfunc nb_inplace_subtract;
    binaryfunc nb_inplace_multiply;
    binaryfunc nb_inplace_remainder;
    ternaryfunc nb_inplace_power;
    binaryfunc nb_inplace_lshift;
    binaryfunc nb_inplace_rshift;
    binaryfunc nb_inplace_and;
    binaryfunc nb_inplace_xor;
    binaryfunc nb_inplace_or;
    binaryfunc nb_floor_divide;
    binaryfunc nb_true_divide;
    binaryfunc nb_inplace_floor_divide;
    binaryfunc nb_inplace_true_divide;
    unaryfunc nb_index;
    binaryfunc nb_matrix_multiply;
    binaryfunc nb_inplace_matrix_multiply;
} PyNumberMethods;

typedef struct {
    lenfunc sq_length;
    binaryfunc sq_concat;
    ssizeargfunc sq_repeat;
    ssizeargfunc sq_item;
    void *was_sq_slice;
    ssizeobjargproc sq_ass_item;
    void *was_sq_ass_slice;
    objobjproc sq_contains;
    binaryfunc sq_inplace_concat;
    ssizeargfunc sq_inplace_repeat;
} PySequenceMethods;

typedef struct {
    lenfunc mp_length;
    binaryfunc mp_subscript;
    objobjargproc mp_ass_subscript;
} PyMappingMethods;

typedef PySendResult (*sendfunc)(PyObject *iter, PyObject *value, PyObject **result);
typedef struct {
    unaryfunc am_await;
    unaryfunc am_aiter;
    unaryfunc am_anext;
    sendfunc am_send;
} PyAsyncMethods;

typedef struct {
    getbufferproc bf_getbuffer;
    releasebufferproc bf_releasebuffer;
} PyBufferProcs;

typedef Py_ssize_t printfunc;
struct _typeobject {
    PyObject_VAR_HEAD
    const char *tp_name;
    Py_ssize_t tp_basicsize, tp_itemsize;
    destructor tp_dealloc;
    Py_ssize_t tp_vectorcall_offset;
    getattrfunc tp_getattr;
    setattrfunc tp_setattr;
    PyAsyncMethods *tp_as_async;
    reprfunc tp_repr;
    PyNumberMethods *tp_as_number;
    PySequenceMethods *tp_as_sequence;
    PyMappingMethods *tp_as_mapping;
    hashfunc tp_hash;
    ternaryfunc tp_call;
    reprfunc tp_str;
    getattrofunc tp_getattro;
    setattrofunc tp_setattro;
    PyBufferProcs *tp_as_buffer;
    unsigned long tp_flags;
    const char *tp_doc;
    traverseproc tp_traverse;
    inquiry tp_clear;
    richcmpfunc tp_richcompare;
    Py_ssize_t tp_weaklistoffset;
    getiterfunc tp_iter;
    iternextfunc tp_iternext;
    PyMethodDef *tp_methods;
    PyMemberDef *tp_members;
    PyGetSetDef *tp_getset;
    PyTypeObject *tp_base;
    PyObject *tp_dict;
    descrgetfunc tp_descr_get;
    descrsetfunc tp_descr_set;
    Py_ssize_t tp_dictoffset;
    initproc tp_init;
    allocfunc tp_alloc;
    newfunc tp_new;
    freefunc tp_free;
    inquiry tp_is_gc;
    PyObject *tp_bases;
    PyObject *tp_mro;
    PyObject *tp_cache;
    PyObject *tp_subclasses;
    PyObject *tp_weaklist;
    destructor tp_del;
    unsigned int tp_version_tag;
    destructor tp_finalize;
    vectorcallfunc tp_vectorcall;
};

struct _specialization_cache {
    PyObject *getitem;
};

typedef struct _heaptypeobject {
    PyTypeObject ht_type;
    PyAsyncMethods as_async;
    PyNumberMethods as_number;
    PyMappingMethods as_mapping;
    PySequenceMethods as_sequence;
    PyBufferProcs as_buffer;
    PyObject *ht_name, *ht_slots, *ht_qualname;
    struct _dictkeysobject *ht_cached_keys;
    PyObject *ht_module;
    char *_ht_tpname;
    struct _specialization_cache _spec_cache;
} PyHeapTypeObject;

PyAPI_DATA(PyTypeObject) _PyNone_Type;
PyAPI_DATA(PyTypeObject) _PyNotImplemented_Type;
PyAPI_DATA(int) _Py_SwappedOp[];

PyAPI_FUNC(void) _Py_NewReference(PyObject *op);
PyAPI_FUNC(const char *) _PyType_Name(PyTypeObject *);
PyAPI_FUNC(PyObject *) _PyType_Lookup(PyTypeObject *, PyObject *); /* borrowed */
PyAPI_FUNC(PyObject *) _PyType_LookupId(PyTypeObject *, _Py_Identifier *); /* borrowed */
PyAPI_FUNC(PyObject *) _PyObject_LookupSpecialId(PyObject *, _Py_Identifier *);
PyAPI_FUNC(PyTypeObject *) _PyType_CalculateMetaclass(PyTypeObject *, PyObject *);
PyAPI_FUNC(PyObject *) _PyType_GetDocFromInternalDoc(const char *, const char *);
PyAPI_FUNC(PyObject *) _PyType_GetTextSignatureFromInternalDoc(const char *, const char *);
PyAPI_FUNC(PyObject *) PyType_GetModuleByDef(PyTypeObject *, PyModuleDef *);
PyAPI_FUNC(int) PyObject_Print(PyObject *, FILE *, int);
PyAPI_FUNC(void) _Py_BreakPoint(void);
PyAPI_FUNC(void) _PyObject_Dump(PyObject *);
PyAPI_FUNC(int) _PyObject_IsFreed(PyObject *);
PyAPI_FUNC(int) _PyObject_IsAbstract(PyObject *);
PyAPI_FUNC(PyObject *) _PyObject_GetAttrId(PyObject *, _Py_Identifier *);
PyAPI_FUNC(int) _PyObject_SetAttrId(PyObject *, _Py_Identifier *, PyObject *);
PyAPI_FUNC(int) _PyObject_LookupAttr(PyObject *, PyObject *, PyObject **);
PyAPI_FUNC(int) _PyObject_LookupAttrId(PyObject *, _Py_Identifier *, PyObject **);
PyAPI_FUNC(int) _PyObject_GetMethod(PyObject *obj, PyObject *name, PyObject **method);
PyAPI_FUNC(PyObject **) _PyObject_GetDictPtr(PyObject *);
PyAPI_FUNC(PyObject *) _PyObject_NextNotImplemented(PyObject *);
PyAPI_FUNC(void) PyObject_CallFinalizer(PyObject *);
PyAPI_FUNC(int) PyObject_CallFinalizerFromDealloc(PyObject *);
PyAPI_FUNC(PyObject *) _PyObject_GenericGetAttrWithDict(PyObject *, PyObject *, PyObject *, int);
PyAPI_FUNC(int) _PyObject_GenericSetAttrWithDict(PyObject *, PyObject *, PyObject *, PyObject *);
PyAPI_FUNC(PyObject *) _PyObject_FunctionStr(PyObject *);
PyAPI_FUNC(void) _PyDebugAllocatorStats(FILE *out, const char *block_name, int num_blocks,
    size_t sizeof_block);
PyAPI_FUNC(void) _PyObject_DebugTypeStats(FILE *out);
PyAPI_FUNC(void) _Py_NO_RETURN _PyObject_AssertFailed(PyObject *obj, const char *expr,
    const char *msg, const char *file, int line, const char *function);
PyAPI_FUNC(int) _PyObject_CheckConsistency(PyObject *op, int check_content);
PyAPI_FUNC(int) _PyTrash_begin(PyThreadState *tstate, PyObject *op);
PyAPI_FUNC(void) _PyTrash_end(PyThreadState *tstate);
PyAPI_FUNC(int) _PyTrash_cond(PyObject *op, destructor dealloc);
Py_DEPRECATED(3.11) typedef int UsingDeprecatedTrashcanMacro;

#ifndef Py_BUILD_CORE
#define _PyObject_LookupSpecial _PyObject_LookupSpecialId
#endif

/* Replaces a variable's object; the old one goes last. */
#define Py_SETREF(variable, value)                        \
    do {                                                  \
        PyObject *ks_old_ = _PyObject_CAST(variable);     \
        (variable) = (value);                             \
        Py_DECREF(ks_old_);                               \
    } while (0)
#define Py_XSETREF(variable, value)                       \
    do {                                                  \
        PyObject *ks_old_ = _PyObject_CAST(variable);     \
        (variable) = (value);                             \
        Py_XDECREF(ks_old_);                              \
    } while (0)

/* Assertions that describe the object before they abort. */
#ifdef NDEBUG
#define _PyObject_ASSERT_FROM(object, condition, text, file, line, function) ((void)0)
#else
#define _PyObject_ASSERT_FROM(object, condition, text, file, line, function)            \
    ((condition) ? (void)0                                                              \
                 : _PyObject_AssertFailed((object), Py_STRINGIFY(condition), (text),    \
                                          (file), (line), (function)))
#endif
#define _PyObject_ASSERT_WITH_MSG(object, condition, text) \
    _PyObject_ASSERT_FROM(object, condition, text, __FILE__, __LINE__, __func__)
#define _PyObject_ASSERT(object, condition) _PyObject_ASSERT_WITH_MSG(object, condition, NULL)
#define _PyObject_ASSERT_FAILED_MSG(object, text) \
    _PyObject_AssertFailed((object), NULL, (text), __FILE__, __LINE__, __func__)

/* The trashcan brackets a container's dealloc: deep nests are queued instead of recursed into.
 * The pair opens and closes a block, and a queued object leaves it at once. */
#define Py_TRASHCAN_BEGIN_CONDITION(object, condition)                              \
    do {                                                                            \
        PyThreadState *_tstate = NULL;                                              \
        if (condition) {                                                            \
            _tstate = PyThreadState_Get();                                          \
            if (_PyTrash_begin(_tstate, _PyObject_CAST(object)) != 0)               \
                break;                                                              \
        }
#define Py_TRASHCAN_END               \
        if (_tstate != NULL)          \
            _PyTrash_end(_tstate);    \
    } while (0);
#define Py_TRASHCAN_BEGIN(object, dealloc) \
    Py_TRASHCAN_BEGIN_CONDITION(           \
        object, _PyTrash_cond(_PyObject_CAST(object), _Py_CAST(destructor, dealloc)))
/* The older pair, which cannot tell a subclass's dealloc from its base's. */
#define Py_TRASHCAN_SAFE_BEGIN(object)          \
    do {                                        \
        UsingDeprecatedTrashcanMacro cond = 1;  \
        Py_TRASHCAN_BEGIN_CONDITION(object, cond);
#define Py_TRASHCAN_SAFE_END(object) \
        Py_TRASHCAN_END;             \
    } while (0);

#ifdef __cplusplus
}
#endif
