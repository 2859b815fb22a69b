/* SPDX-License-Identifier: MIT */
/* Generators, coroutines and asynchronous generators: one layout under three prefixes, with the
 * interpreter's frame at the end. */
#if !defined(Py_GENOBJECT_H) && !defined(Py_LIMITED_API)
#define Py_GENOBJECT_H

#ifdef __cplusplus
extern "C" {
#endif

#define _PyGenObject_HEAD(prefix)               \
    PyObject_HEAD                               \
    PyCodeObject *prefix##_code;                \
    PyObject *prefix##_weakreflist;             \
    PyObject *prefix##_name;                    \
    PyObject *prefix##_qualname;                \
    _PyErr_StackItem prefix##_exc_state;        \
    PyObject *prefix##_origin_or_finalizer;     \
    char prefix##_hooks_inited;                 \
    char prefix##_closed;                       \
    char prefix##_running_async;                \
    int8_t prefix##_frame_state;                \
    PyObject *prefix##_iframe[1];

typedef struct {
    _PyGenObject_HEAD(gi)
} PyGenObject;

typedef struct {
    _PyGenObject_HEAD(cr)
} PyCoroObject;

typedef struct {
    _PyGenObject_HEAD(ag)
} PyAsyncGenObject;

PyAPI_DATA(PyTypeObject) PyGen_Type;
PyAPI_DATA(PyTypeObject) PyCoro_Type;
PyAPI_DATA(PyTypeObject) _PyCoroWrapper_Type;
PyAPI_DATA(PyTypeObject) PyAsyncGen_Type;
PyAPI_DATA(PyTypeObject) _PyAsyncGenASend_Type;
PyAPI_DATA(PyTypeObject) _PyAsyncGenWrappedValue_Type;
PyAPI_DATA(PyTypeObject) _PyAsyncGenAThrow_Type;

PyAPI_FUNC(PyObject *) PyGen_New(PyFrameObject *);
PyAPI_FUNC(PyObject *) PyGen_NewWithQualName(PyFrameObject *, PyObject *name, PyObject *qualname);
PyAPI_FUNC(int) _PyGen_SetStopIterationValue(PyObject *);
PyAPI_FUNC(int) _PyGen_FetchStopIterationValue(PyObject **);
PyAPI_FUNC(void) _PyGen_Finalize(PyObject *self);
PyAPI_FUNC(PyObject *) PyCoro_New(PyFrameObject *, PyObject *name, PyObject *qualname);
PyAPI_FUNC(PyObject *) PyAsyncGen_New(PyFrameObject *, PyObject *name, PyObject *qualname);

#define PyGen_Check(object) PyObject_TypeCheck(object, &PyGen_Type)
#define PyGen_CheckExact(object) Py_IS_TYPE(object, &PyGen_Type)
#define PyCoro_CheckExact(object) Py_IS_TYPE(object, &PyCoro_Type)
#define PyAsyncGen_CheckExact(object) Py_IS_TYPE(object, &PyAsyncGen_Type)
#undef _PyGenObject_HEAD

#ifdef __cplusplus
}
#endif

#endif
