/* SPDX-License-Identifier: MIT */
/* Python functions. What the macros give is borrowed. */
#if !defined(Py_FUNCOBJECT_H) && !defined(Py_LIMITED_API)
#define Py_FUNCOBJECT_H

#ifdef __cplusplus
extern "C" {
#endif

/* What a function shares with the constructor's argument block. */
#define COMMON_FIELDS(prefix)          \
    PyObject *prefix##globals;         \
    PyObject *prefix##builtins;        \
    PyObject *prefix##name;            \
    PyObject *prefix##qualname;        \
    PyObject *prefix##code;            \
    PyObject *prefix##defaults;        \
    PyObject *prefix##kwdefaults;      \
    PyObject *prefix##closure;

typedef struct {
    COMMON_FIELDS(fc_)
} PyFrameConstructor;

typedef struct {
    PyObject_HEAD
    COMMON_FIELDS(func_)
    PyObject *func_doc;
    PyObject *func_dict;
    PyObject *func_weakreflist;
    PyObject *func_module;
    PyObject *func_annotations;
    vectorcallfunc vectorcall;
    uint32_t func_version;
} PyFunctionObject;

PyAPI_DATA(PyTypeObject) PyFunction_Type;
PyAPI_DATA(PyTypeObject) PyClassMethod_Type;
PyAPI_DATA(PyTypeObject) PyStaticMethod_Type;

PyAPI_FUNC(PyObject *) PyFunction_New(PyObject *, PyObject *);
PyAPI_FUNC(PyObject *) PyFunction_NewWithQualName(PyObject *, PyObject *, PyObject *);
PyAPI_FUNC(PyObject *) PyFunction_GetCode(PyObject *); /* borrowed */
PyAPI_FUNC(PyObject *) PyFunction_GetGlobals(PyObject *); /* borrowed */
PyAPI_FUNC(PyObject *) PyFunction_GetModule(PyObject *); /* borrowed */
PyAPI_FUNC(PyObject *) PyFunction_GetDefaults(PyObject *); /* borrowed */
PyAPI_FUNC(int) PyFunction_SetDefaults(PyObject *, PyObject *);
PyAPI_FUNC(PyObject *) PyFunction_GetKwDefaults(PyObject *);
PyAPI_FUNC(int) PyFunction_SetKwDefaults(PyObject *, PyObject *);
PyAPI_FUNC(PyObject *) PyFunction_GetClosure(PyObject *); /* borrowed */
PyAPI_FUNC(int) PyFunction_SetClosure(PyObject *, PyObject *);
PyAPI_FUNC(PyObject *) PyFunction_GetAnnotations(PyObject *); /* borrowed */
PyAPI_FUNC(int) PyFunction_SetAnnotations(PyObject *, PyObject *);
PyAPI_FUNC(PyObject *) _PyFunction_Vectorcall(PyObject *func, PyObject *const *stack, size_t nargsf,
    PyObject *kwnames);
PyAPI_FUNC(PyObject *) PyClassMethod_New(PyObject *);
PyAPI_FUNC(PyObject *) PyStaticMethod_New(PyObject *);

#define PyFunction_Check(object) Py_IS_TYPE(object, &PyFunction_Type)
#define PyFunction_GET_CODE(object) (((PyFunctionObject *)(object))->func_code)
#define PyFunction_GET_GLOBALS(object) (((PyFunctionObject *)(object))->func_globals)
#define PyFunction_GET_MODULE(object) (((PyFunctionObject *)(object))->func_module)
#define PyFunction_GET_DEFAULTS(object) (((PyFunctionObject *)(object))->func_defaults)
#define PyFunction_GET_KW_DEFAULTS(object) (((PyFunctionObject *)(object))->func_kwdefaults)
#define PyFunction_GET_CLOSURE(object) (((PyFunctionObject *)(object))->func_closure)
#define PyFunction_GET_ANNOTATIONS(object) (((PyFunctionObject *)(object))->func_annotations)

#ifdef __cplusplus
}
#endif

#endif
