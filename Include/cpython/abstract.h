/* SPDX-License-Identifier: MIT */
/* Vectorcall, buffers, and calls by identifier. */
#ifndef Py_CPYTHON_ABSTRACTOBJECT_H
#error "include <abstract.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define _PY_FASTCALL_SMALL_STACK 5
#define _PyObject_CallMethodNoArgs PyObject_CallMethodNoArgs
#define _PyObject_CallMethodOneArg PyObject_CallMethodOneArg
#define PY_ITERSEARCH_COUNT 1
#define PY_ITERSEARCH_INDEX 2
#define PY_ITERSEARCH_CONTAINS 3

/* Set in an argument count when the slot before the arguments may be written to. */
#define PY_VECTORCALL_ARGUMENTS_OFFSET (_Py_STATIC_CAST(size_t, 1) << (8 * sizeof(size_t) - 1))

PyAPI_FUNC(PyObject *) _PyStack_AsDict(PyObject *const *values, PyObject *kwnames);
PyAPI_FUNC(PyObject *) _Py_CheckFunctionResult(PyThreadState *tstate, PyObject *callable,
    PyObject *result, const char *where);
PyAPI_FUNC(PyObject *) _PyObject_MakeTpCall(PyThreadState *tstate, PyObject *callable,
    PyObject *const *args, Py_ssize_t nargs, PyObject *keywords);
PyAPI_FUNC(vectorcallfunc) PyVectorcall_Function(PyObject *callable);
PyAPI_FUNC(PyObject *) PyObject_Vectorcall(PyObject *callable, PyObject *const *args, size_t nargsf,
    PyObject *kwnames);
PyAPI_FUNC(PyObject *) PyObject_VectorcallDict(PyObject *callable, PyObject *const *args,
    size_t nargsf, PyObject *kwargs);
PyAPI_FUNC(PyObject *) PyVectorcall_Call(PyObject *callable, PyObject *tuple, PyObject *dict);
PyAPI_FUNC(PyObject *) _PyObject_FastCall(PyObject *func, PyObject *const *args, Py_ssize_t nargs);
PyAPI_FUNC(PyObject *) PyObject_CallOneArg(PyObject *func, PyObject *arg);
PyAPI_FUNC(PyObject *) PyObject_VectorcallMethod(PyObject *name, PyObject *const *args,
    size_t nargsf, PyObject *kwnames);
PyAPI_FUNC(PyObject *) _PyObject_CallMethod(PyObject *obj, PyObject *name, const char *format, ...);
PyAPI_FUNC(PyObject *) _PyObject_CallMethodId(PyObject *obj, _Py_Identifier *name,
    const char *format, ...);
PyAPI_FUNC(PyObject *) _PyObject_CallMethodId_SizeT(PyObject *obj, _Py_Identifier *name,
    const char *format, ...);
PyAPI_FUNC(PyObject *) _PyObject_CallMethodIdObjArgs(PyObject *obj, _Py_Identifier *name, ...);
PyAPI_FUNC(int) _PyObject_HasLen(PyObject *o);
PyAPI_FUNC(Py_ssize_t) PyObject_LengthHint(PyObject *o, Py_ssize_t);
PyAPI_FUNC(Py_ssize_t) _PySequence_IterSearch(PyObject *seq, PyObject *obj, int operation);
PyAPI_FUNC(int) _PyObject_RealIsInstance(PyObject *inst, PyObject *cls);
PyAPI_FUNC(int) _PyObject_RealIsSubclass(PyObject *derived, PyObject *cls);
PyAPI_FUNC(char *const *) _PySequence_BytesToCharpArray(PyObject *self);
PyAPI_FUNC(void) _Py_FreeCharPArray(char *const array[]);
PyAPI_FUNC(void) _Py_add_one_to_index_F(int nd, Py_ssize_t *index, const Py_ssize_t *shape);
PyAPI_FUNC(void) _Py_add_one_to_index_C(int nd, Py_ssize_t *index, const Py_ssize_t *shape);
PyAPI_FUNC(int) _Py_convert_optional_to_ssize_t(PyObject *, void *);
PyAPI_FUNC(PyObject *) _PyNumber_Index(PyObject *o);

#ifdef PY_SSIZE_T_CLEAN
#define _PyObject_CallMethodId _PyObject_CallMethodId_SizeT
#endif

#define _PyObject_Vectorcall PyObject_Vectorcall
#define _PyObject_VectorcallMethod PyObject_VectorcallMethod
#define _PyObject_FastCallDict PyObject_VectorcallDict
#define _PyVectorcall_Function PyVectorcall_Function
#define _PyObject_CallOneArg PyObject_CallOneArg

static inline Py_ssize_t
PyVectorcall_NARGS(size_t flagged)
{
    return (Py_ssize_t)(flagged & (PY_VECTORCALL_ARGUMENTS_OFFSET - 1));
}

static inline PyObject *
PyObject_CallMethodNoArgs(PyObject *self, PyObject *name)
{
    return PyObject_VectorcallMethod(name, &self, PY_VECTORCALL_ARGUMENTS_OFFSET | 1, _Py_NULL);
}

static inline PyObject *
PyObject_CallMethodOneArg(PyObject *self, PyObject *name, PyObject *argument)
{
    PyObject *stack[] = {self, argument};
    return PyObject_VectorcallMethod(name, stack, PY_VECTORCALL_ARGUMENTS_OFFSET | 2, _Py_NULL);
}

static inline PyObject *
_PyObject_VectorcallMethodId(_Py_Identifier *id, PyObject *const *stack, size_t flagged,
                             PyObject *keywords)
{
    PyObject *name = _PyUnicode_FromId(id);
    return name == _Py_NULL ? _Py_NULL
                            : PyObject_VectorcallMethod(name, stack, flagged, keywords);
}

static inline PyObject *
_PyObject_CallMethodIdNoArgs(PyObject *self, _Py_Identifier *id)
{
    return _PyObject_VectorcallMethodId(id, &self, PY_VECTORCALL_ARGUMENTS_OFFSET | 1, _Py_NULL);
}

static inline PyObject *
_PyObject_CallMethodIdOneArg(PyObject *self, _Py_Identifier *id, PyObject *argument)
{
    PyObject *stack[] = {self, argument};
    return _PyObject_VectorcallMethodId(id, stack, PY_VECTORCALL_ARGUMENTS_OFFSET | 2, _Py_NULL);
}

/* No check of the index or of the protocol. */
#define PySequence_ITEM(sequence, index) \
    (Py_TYPE(sequence)->tp_as_sequence->sq_item((sequence), (index)))

#ifdef __cplusplus
}
#endif
