/* SPDX-License-Identifier: MIT */
/* Context variables. */
#if !defined(Py_CONTEXT_H) && !defined(Py_LIMITED_API)
#define Py_CONTEXT_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct _pycontextobject PyContext;
typedef struct _pycontextvarobject PyContextVar;
typedef struct _pycontexttokenobject PyContextToken;

PyAPI_DATA(PyTypeObject) PyContext_Type;
PyAPI_DATA(PyTypeObject) PyContextVar_Type;
PyAPI_DATA(PyTypeObject) PyContextToken_Type;

PyAPI_FUNC(PyObject *) PyContext_New(void);
PyAPI_FUNC(PyObject *) PyContext_Copy(PyObject *);
PyAPI_FUNC(PyObject *) PyContext_CopyCurrent(void);
PyAPI_FUNC(int) PyContext_Enter(PyObject *);
PyAPI_FUNC(int) PyContext_Exit(PyObject *);
PyAPI_FUNC(PyObject *) PyContextVar_New(const char *name, PyObject *default_value);
PyAPI_FUNC(int) PyContextVar_Get(PyObject *var, PyObject *default_value, PyObject **value);
PyAPI_FUNC(PyObject *) PyContextVar_Set(PyObject *var, PyObject *value);
PyAPI_FUNC(int) PyContextVar_Reset(PyObject *var, PyObject *token);
PyAPI_FUNC(PyObject *) _PyContext_NewHamtForTests(void);

#define PyContext_CheckExact(object) Py_IS_TYPE(object, &PyContext_Type)
#define PyContextVar_CheckExact(object) Py_IS_TYPE(object, &PyContextVar_Type)
#define PyContextToken_CheckExact(object) Py_IS_TYPE(object, &PyContextToken_Type)

#ifdef __cplusplus
}
#endif

#endif
