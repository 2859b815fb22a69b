/* SPDX-License-Identifier: MIT */
/* Functions on objects and types that limited APIs after 3.11 have. Modules built for those load
 * here, although 3.11's headers declare none of this. The header's inline functions of today are
 * exported functions there (Py_TYPE, Py_REFCNT and so on). */
#include "Python.h"
#include "pycore_global_strings.h"
#include "pycore_moduleobject.h"
#include "pycore_object.h"
#include "ks_type.h"

#define EXPORT __attribute__((visibility("default")))

/* ---- attributes (3.13) ---- */

EXPORT int PyObject_GetOptionalAttr(PyObject *self, PyObject *name, PyObject **result);
EXPORT int PyObject_GetOptionalAttrString(PyObject *self, const char *name, PyObject **result);
EXPORT int PyObject_HasAttrWithError(PyObject *self, PyObject *name);
EXPORT int PyObject_HasAttrStringWithError(PyObject *self, const char *name);

/* 1 and a new reference, 0 if absent, -1 with an exception. */
int
PyObject_GetOptionalAttr(PyObject *self, PyObject *name, PyObject **result)
{
    return _PyObject_LookupAttr(self, name, result);
}

int
PyObject_GetOptionalAttrString(PyObject *self, const char *name, PyObject **result)
{
    *result = NULL;
    KS_OWNED PyObject *text = PyUnicode_FromString(name);
    return text == NULL ? -1 : _PyObject_LookupAttr(self, text, result);
}

int
PyObject_HasAttrWithError(PyObject *self, PyObject *name)
{
    PyObject *result;
    int found = _PyObject_LookupAttr(self, name, &result);
    Py_XDECREF(result);
    return found;
}

int
PyObject_HasAttrStringWithError(PyObject *self, const char *name)
{
    PyObject *result;
    int found = PyObject_GetOptionalAttrString(self, name, &result);
    Py_XDECREF(result);
    return found;
}

#undef PyObject_DelAttr
#undef PyObject_DelAttrString
EXPORT int PyObject_DelAttr(PyObject *self, PyObject *name);
EXPORT int PyObject_DelAttrString(PyObject *self, const char *name);

int
PyObject_DelAttr(PyObject *self, PyObject *name)
{
    return PyObject_SetAttr(self, name, NULL);
}

int
PyObject_DelAttrString(PyObject *self, const char *name)
{
    return PyObject_SetAttrString(self, name, NULL);
}

/* ---- type data (3.12) ---- */

EXPORT void *PyObject_GetTypeData(PyObject *self, PyTypeObject *type);
EXPORT void *PyObject_GetTypeData_DuringGC(PyObject *self, PyTypeObject *type);
EXPORT Py_ssize_t PyType_GetTypeDataSize(PyTypeObject *type);

static Py_ssize_t
data_offset(PyTypeObject *type)
{
    Py_ssize_t align = (Py_ssize_t)_Alignof(max_align_t);
    return (type->tp_base->tp_basicsize + align - 1) & ~(align - 1);
}

/* The part of an instance that a type made from a spec with negative basicsize added. */
void *
PyObject_GetTypeData(PyObject *self, PyTypeObject *type)
{
    return (char *)self + data_offset(type);
}

void *
PyObject_GetTypeData_DuringGC(PyObject *self, PyTypeObject *type)
{
    return PyObject_GetTypeData(self, type);
}

Py_ssize_t
PyType_GetTypeDataSize(PyTypeObject *type)
{
    Py_ssize_t size = type->tp_basicsize - data_offset(type);
    return size < 0 ? 0 : size;
}

/* ---- names (3.13) ---- */

EXPORT PyObject *PyType_GetModuleName(PyTypeObject *type);
EXPORT PyObject *PyType_GetFullyQualifiedName(PyTypeObject *type);

PyObject *
PyType_GetModuleName(PyTypeObject *type)
{
    return ks_type_module(type);
}

PyObject *
PyType_GetFullyQualifiedName(PyTypeObject *type)
{
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE))
        return PyUnicode_FromString(type->tp_name);
    KS_OWNED PyObject *qualname = ks_type_qualname(type);
    if (qualname == NULL)
        return NULL;
    KS_OWNED PyObject *module = ks_type_module(type);
    if (module == NULL)
        return NULL;
    if (PyUnicode_Check(module) && !_PyUnicode_Equal(module, &_Py_ID(builtins)) &&
        !_PyUnicode_Equal(module, &_Py_ID(__main__)))
        return PyUnicode_FromFormat("%U.%U", module, qualname);
    return ks_give(&qualname);
}

/* ---- tokens, freezing (3.14), modules by token (3.15) ---- */

EXPORT int PyType_GetBaseByToken(PyTypeObject *type, void *token, PyTypeObject **result);
EXPORT int PyType_GetBaseByToken_DuringGC(PyTypeObject *type, void *token, PyTypeObject **result);
EXPORT int PyType_Freeze(PyTypeObject *type);
EXPORT PyObject *PyType_GetModule_DuringGC(PyTypeObject *type);
EXPORT void *PyType_GetModuleState_DuringGC(PyTypeObject *type);

/* Borrowed; NULL without an exception. */
static KS_BORROWED PyTypeObject *
base_by_token(PyTypeObject *type, void *token)
{
    PyObject *mro = type->tp_mro;
    for (Py_ssize_t i = 0; mro != NULL && i < PyTuple_GET_SIZE(mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
        if (ks_type_token(base) == token)
            return base;
    }
    return NULL;
}

/* 1 and, if result is not NULL, a new reference; 0 if no ancestor has the token; -1 on error. */
int
PyType_GetBaseByToken(PyTypeObject *type, void *token, PyTypeObject **result)
{
    if (result != NULL)
        *result = NULL;
    if (token == NULL) {
        PyErr_SetString(PyExc_SystemError, "PyType_GetBaseByToken called with token=NULL");
        return -1;
    }
    if (!PyType_Check(type)) {
        PyErr_Format(PyExc_TypeError, "expected a type, got a '%.200s' object",
                     Py_TYPE(type)->tp_name);
        return -1;
    }
    PyTypeObject *base = base_by_token(type, token);
    if (base == NULL)
        return 0;
    if (result != NULL)
        *result = (PyTypeObject *)Py_NewRef(base);
    return 1;
}

/* Borrowed instead of new. */
int
PyType_GetBaseByToken_DuringGC(PyTypeObject *type, void *token, PyTypeObject **result)
{
    PyTypeObject *base = base_by_token(type, token);
    if (result != NULL)
        *result = base;
    return base != NULL;
}

PyObject *
PyType_GetModule_DuringGC(PyTypeObject *type)
{
    return _PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) ? ((PyHeapTypeObject *)type)->ht_module
                                                         : NULL;
}

void *
PyType_GetModuleState_DuringGC(PyTypeObject *type)
{
    PyObject *module = PyType_GetModule_DuringGC(type);
    return module == NULL ? NULL : ((PyModuleObject *)module)->md_state;
}

/* Makes a type immutable, if its ancestors are. */
int
PyType_Freeze(PyTypeObject *type)
{
    for (Py_ssize_t i = 1; type->tp_mro != NULL && i < PyTuple_GET_SIZE(type->tp_mro); i++) {
        PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, i);
        if (!_PyType_HasFeature(base, Py_TPFLAGS_IMMUTABLETYPE)) {
            PyErr_Format(PyExc_TypeError, "Creating immutable type %s from mutable base %s",
                         type->tp_name, base->tp_name);
            return -1;
        }
    }
    type->tp_flags |= Py_TPFLAGS_IMMUTABLETYPE;
    PyType_Modified(type);
    return 0;
}

/* ---- constants (3.13) ---- */

EXPORT PyObject *Py_GetConstant(unsigned int id);
EXPORT PyObject *Py_GetConstantBorrowed(unsigned int id);

/* Ids 0 to 9, see the manual. None of the objects is ever freed. */
PyObject *
Py_GetConstantBorrowed(unsigned int id)
{
    static PyObject *empty_bytes, *empty_tuple;
    switch (id) {
    case 0: return Py_None;
    case 1: return Py_False;
    case 2: return Py_True;
    case 3: return Py_Ellipsis;
    case 4: return Py_NotImplemented;
    case 5: return (PyObject *)&_Py_SINGLETON(small_ints)[_PY_NSMALLNEGINTS];
    case 6: return (PyObject *)&_Py_SINGLETON(small_ints)[_PY_NSMALLNEGINTS + 1];
    case 7: return &_Py_STR(empty);
    case 8:
        if (empty_bytes == NULL)
            empty_bytes = PyBytes_FromStringAndSize(NULL, 0);
        return empty_bytes;
    case 9:
        if (empty_tuple == NULL)
            empty_tuple = PyTuple_New(0);
        return empty_tuple;
    default:
        PyErr_BadInternalCall();
        return NULL;
    }
}

PyObject *
Py_GetConstant(unsigned int id)
{
    return Py_XNewRef(Py_GetConstantBorrowed(id));
}

/* ---- inline functions of 3.11 as functions (3.14, 3.15) ---- */

/* The header has taken the plain names for its inline versions; only the symbols are made. */
#define INLINE_AS_FUNCTION(result, symbol, implementation, ...)      \
    EXPORT result implementation(__VA_ARGS__) __asm__(symbol);       \
    result implementation(__VA_ARGS__)

INLINE_AS_FUNCTION(Py_ssize_t, "Py_REFCNT", exported_refcnt, PyObject *self)
{
    return self->ob_refcnt;
}

INLINE_AS_FUNCTION(PyTypeObject *, "Py_TYPE", exported_type, PyObject *self)
{
    return self->ob_type;
}

INLINE_AS_FUNCTION(Py_ssize_t, "Py_SIZE", exported_size, PyObject *self)
{
    return ((PyVarObject *)self)->ob_size;
}

INLINE_AS_FUNCTION(void, "Py_SET_SIZE", exported_set_size, PyVarObject *self, Py_ssize_t size)
{
    self->ob_size = size;
}

INLINE_AS_FUNCTION(Py_ssize_t, "PyVectorcall_NARGS", exported_vectorcall_nargs, size_t flagged)
{
    return PyVectorcall_NARGS(flagged);
}

INLINE_AS_FUNCTION(int, "Py_IS_TYPE", exported_is_type, PyObject *self, PyTypeObject *type)
{
    return self->ob_type == type;
}

EXPORT void _Py_SetRefcnt(PyObject *self, Py_ssize_t count);

void
_Py_SetRefcnt(PyObject *self, Py_ssize_t count)
{
    self->ob_refcnt = count;
}
