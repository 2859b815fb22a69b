/* SPDX-License-Identifier: MIT */
/* Functions that joined the limited API after 3.11. CPython 3.11 lacks them, so they are declared
 * only for modules that ask for a newer limited API: such modules load here, and in the CPython
 * they ask for. */
#ifndef Py_LIMITED_NEWER_H
#define Py_LIMITED_NEWER_H

#ifdef Py_LIMITED_API
#ifdef __cplusplus
extern "C" {
#endif

#if Py_LIMITED_API + 0 >= 0x030c0000
/* Exceptions as one object. Taking and giving: the reference changes hands. */
PyAPI_FUNC(PyObject *) PyErr_GetRaisedException(void);
PyAPI_FUNC(void) PyErr_SetRaisedException(PyObject *exception); /* steals exception */
PyAPI_FUNC(void) PyErr_DisplayException(PyObject *exception);
PyAPI_FUNC(PyObject *) PyException_GetArgs(PyObject *exception);
PyAPI_FUNC(void) PyException_SetArgs(PyObject *exception, PyObject *args);

/* Types whose objects carry data of their own behind their base's. */
PyAPI_FUNC(PyObject *) PyType_FromMetaclass(PyTypeObject *metaclass, PyObject *module,
    PyType_Spec *spec, PyObject *bases);
PyAPI_FUNC(void *) PyObject_GetTypeData(PyObject *object, PyTypeObject *type);
PyAPI_FUNC(Py_ssize_t) PyType_GetTypeDataSize(PyTypeObject *type);

/* Vectorcall joined the limited API. */
#define PY_VECTORCALL_ARGUMENTS_OFFSET (_Py_STATIC_CAST(size_t, 1) << (8 * sizeof(size_t) - 1))
typedef PyObject *(*vectorcallfunc)(PyObject *callable, PyObject *const *args, size_t nargsf,
    PyObject *kwnames);
PyAPI_FUNC(Py_ssize_t) PyVectorcall_NARGS(size_t nargsf);
PyAPI_FUNC(PyObject *) PyVectorcall_Call(PyObject *callable, PyObject *tuple, PyObject *dict);
PyAPI_FUNC(PyObject *) PyObject_Vectorcall(PyObject *callable, PyObject *const *args,
    size_t nargsf, PyObject *kwnames);
PyAPI_FUNC(PyObject *) PyObject_VectorcallMethod(PyObject *name, PyObject *const *args,
    size_t nargsf, PyObject *kwnames);
#endif

#if Py_LIMITED_API + 0 >= 0x030d0000
/* Lookups that tell absence (0, NULL) from failure (-1, NULL) and give new references. */
PyAPI_FUNC(int) PyDict_GetItemRef(PyObject *dict, PyObject *key, PyObject **result);
PyAPI_FUNC(int) PyDict_GetItemStringRef(PyObject *dict, const char *key, PyObject **result);
PyAPI_FUNC(int) PyMapping_GetOptionalItem(PyObject *object, PyObject *key, PyObject **result);
PyAPI_FUNC(int) PyMapping_GetOptionalItemString(PyObject *object, const char *key,
    PyObject **result);
PyAPI_FUNC(int) PyObject_GetOptionalAttr(PyObject *object, PyObject *name, PyObject **result);
PyAPI_FUNC(int) PyObject_GetOptionalAttrString(PyObject *object, const char *name,
    PyObject **result);
PyAPI_FUNC(int) PyWeakref_GetRef(PyObject *reference, PyObject **result);
PyAPI_FUNC(PyObject *) PyList_GetItemRef(PyObject *list, Py_ssize_t index);
PyAPI_FUNC(PyObject *) PyImport_AddModuleRef(const char *name);

/* Questions that can fail: -1 with an exception. */
PyAPI_FUNC(int) PyMapping_HasKeyWithError(PyObject *object, PyObject *key);
PyAPI_FUNC(int) PyMapping_HasKeyStringWithError(PyObject *object, const char *key);
PyAPI_FUNC(int) PyObject_HasAttrWithError(PyObject *object, PyObject *name);
PyAPI_FUNC(int) PyObject_HasAttrStringWithError(PyObject *object, const char *name);

/* Functions that used to be macros. */
#undef PyObject_DelAttr
#undef PyObject_DelAttrString
PyAPI_FUNC(int) PyObject_DelAttr(PyObject *object, PyObject *name);
PyAPI_FUNC(int) PyObject_DelAttrString(PyObject *object, const char *name);
PyAPI_FUNC(void) _Py_SetRefcnt(PyObject *object, Py_ssize_t count);

/* The running frame's namespaces. */
PyAPI_FUNC(PyObject *) PyEval_GetFrameBuiltins(void);
PyAPI_FUNC(PyObject *) PyEval_GetFrameGlobals(void);
PyAPI_FUNC(PyObject *) PyEval_GetFrameLocals(void);

PyAPI_FUNC(int) PyLong_AsInt(PyObject *number);
PyAPI_FUNC(int) PyModule_Add(PyObject *module, const char *name, PyObject *value); /* steals value */
PyAPI_FUNC(int) PySys_AuditTuple(const char *event, PyObject *args);
PyAPI_FUNC(PyObject *) PyType_GetFullyQualifiedName(PyTypeObject *type);
PyAPI_FUNC(PyObject *) PyType_GetModuleName(PyTypeObject *type);
PyAPI_FUNC(int) PyUnicode_EqualToUTF8(PyObject *string, const char *text);
PyAPI_FUNC(int) PyUnicode_EqualToUTF8AndSize(PyObject *string, const char *text, Py_ssize_t size);
PyAPI_FUNC(int) Py_IsFinalizing(void);

/* Constants by number. */
#define Py_CONSTANT_NONE 0
#define Py_CONSTANT_FALSE 1
#define Py_CONSTANT_TRUE 2
#define Py_CONSTANT_ELLIPSIS 3
#define Py_CONSTANT_NOT_IMPLEMENTED 4
#define Py_CONSTANT_ZERO 5
#define Py_CONSTANT_ONE 6
#define Py_CONSTANT_EMPTY_STR 7
#define Py_CONSTANT_EMPTY_BYTES 8
#define Py_CONSTANT_EMPTY_TUPLE 9
PyAPI_FUNC(PyObject *) Py_GetConstant(unsigned int id);
PyAPI_FUNC(PyObject *) Py_GetConstantBorrowed(unsigned int id); /* borrowed */
#endif

#if Py_LIMITED_API + 0 >= 0x030e0000
/* int and C integers of a known width. */
PyAPI_FUNC(PyObject *) PyLong_FromInt32(int32_t value);
PyAPI_FUNC(PyObject *) PyLong_FromUInt32(uint32_t value);
PyAPI_FUNC(PyObject *) PyLong_FromInt64(int64_t value);
PyAPI_FUNC(PyObject *) PyLong_FromUInt64(uint64_t value);
PyAPI_FUNC(int) PyLong_AsInt32(PyObject *number, int32_t *result);
PyAPI_FUNC(int) PyLong_AsUInt32(PyObject *number, uint32_t *result);
PyAPI_FUNC(int) PyLong_AsInt64(PyObject *number, int64_t *result);
PyAPI_FUNC(int) PyLong_AsUInt64(PyObject *number, uint64_t *result);

/* int and bytes in memory. */
#define Py_ASNATIVEBYTES_DEFAULTS -1
#define Py_ASNATIVEBYTES_BIG_ENDIAN 0
#define Py_ASNATIVEBYTES_LITTLE_ENDIAN 1
#define Py_ASNATIVEBYTES_NATIVE_ENDIAN 3
#define Py_ASNATIVEBYTES_UNSIGNED_BUFFER 4
#define Py_ASNATIVEBYTES_REJECT_NEGATIVE 8
#define Py_ASNATIVEBYTES_ALLOW_INDEX 16
PyAPI_FUNC(Py_ssize_t) PyLong_AsNativeBytes(PyObject *number, void *buffer, Py_ssize_t size,
    int flags);
PyAPI_FUNC(PyObject *) PyLong_FromNativeBytes(const void *buffer, size_t size, int flags);
PyAPI_FUNC(PyObject *) PyLong_FromUnsignedNativeBytes(const void *buffer, size_t size, int flags);

PyAPI_FUNC(int) PyIter_NextItem(PyObject *iterator, PyObject **item);
PyAPI_FUNC(int) PyType_Freeze(PyTypeObject *type);
PyAPI_FUNC(int) PyType_GetBaseByToken(PyTypeObject *type, void *token, PyTypeObject **result);
PyAPI_FUNC(int) PyUnicode_Equal(PyObject *left, PyObject *right);
PyAPI_FUNC(uint32_t) Py_PACK_FULL_VERSION(int major, int minor, int micro, int level, int serial);
PyAPI_FUNC(uint32_t) Py_PACK_VERSION(int major, int minor);
#endif

#if Py_LIMITED_API + 0 >= 0x030f0000
/* int digit by digit. */
typedef struct PyLongLayout {
    uint8_t bits_per_digit;
    uint8_t digit_size;
    int8_t digits_order;
    int8_t digit_endianness;
} PyLongLayout;

typedef struct PyLongExport {
    int64_t value;
    uint8_t negative;
    Py_ssize_t ndigits;
    const void *digits;
    Py_uintptr_t _reserved;
} PyLongExport;

typedef struct PyLongWriter PyLongWriter;

PyAPI_FUNC(const PyLongLayout *) PyLong_GetNativeLayout(void);
PyAPI_FUNC(int) PyLong_Export(PyObject *number, PyLongExport *digits);
PyAPI_FUNC(void) PyLong_FreeExport(PyLongExport *digits);
PyAPI_FUNC(PyLongWriter *) PyLongWriter_Create(int negative, Py_ssize_t count, void **digits);
PyAPI_FUNC(PyObject *) PyLongWriter_Finish(PyLongWriter *writer); /* ends the writer */
PyAPI_FUNC(void) PyLongWriter_Discard(PyLongWriter *writer);

PyAPI_FUNC(int) PyDict_SetDefaultRef(PyObject *dict, PyObject *key, PyObject *value,
    PyObject **result);
PyAPI_FUNC(PyObject *) PySys_GetAttr(PyObject *name);
PyAPI_FUNC(PyObject *) PySys_GetAttrString(const char *name);
PyAPI_FUNC(int) PySys_GetOptionalAttr(PyObject *name, PyObject **result);
PyAPI_FUNC(int) PySys_GetOptionalAttrString(const char *name, PyObject **result);

/* Modules known by a token. */
PyAPI_FUNC(PyObject *) PyModule_FromSlotsAndSpec(const PyModuleDef_Slot *slots, PyObject *spec);
PyAPI_FUNC(int) PyModule_Exec(PyObject *module);
PyAPI_FUNC(int) PyModule_GetToken(PyObject *module, void **result);
PyAPI_FUNC(int) PyModule_GetStateSize(PyObject *module, Py_ssize_t *result);
PyAPI_FUNC(PyObject *) PyType_GetModuleByToken(PyTypeObject *type, const void *token);

/* For traverse functions: no reference is made, nothing is run. Results are borrowed. */
PyAPI_FUNC(void *) PyObject_GetTypeData_DuringGC(PyObject *object, PyTypeObject *type);
PyAPI_FUNC(void *) PyModule_GetState_DuringGC(PyObject *module);
PyAPI_FUNC(int) PyModule_GetToken_DuringGC(PyObject *module, void **result);
PyAPI_FUNC(int) PyType_GetBaseByToken_DuringGC(PyTypeObject *type, void *token,
    PyTypeObject **result);
PyAPI_FUNC(PyObject *) PyType_GetModule_DuringGC(PyTypeObject *type);
PyAPI_FUNC(void *) PyType_GetModuleState_DuringGC(PyTypeObject *type);
PyAPI_FUNC(PyObject *) PyType_GetModuleByToken_DuringGC(PyTypeObject *type, const void *token);
#endif

#ifdef __cplusplus
}
#endif
#endif

#endif
