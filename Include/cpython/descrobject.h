/* SPDX-License-Identifier: MIT */
/* Layouts of the descriptors, and slot wrappers. */
#ifndef Py_CPYTHON_DESCROBJECT_H
#error "include <descrobject.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define PyWrapperFlag_KEYWORDS 1
#define PyDescr_COMMON PyDescrObject d_common

typedef PyObject *(*wrapperfunc)(PyObject *self, PyObject *args, void *wrapped);
typedef PyObject *(*wrapperfunc_kwds)(PyObject *self, PyObject *args, void *wrapped,
    PyObject *kwds);

struct wrapperbase {
    const char *name;
    int offset;
    void *function;
    wrapperfunc wrapper;
    const char *doc;
    int flags;
    PyObject *name_strobj;
};

typedef struct {
    PyObject_HEAD
    PyTypeObject *d_type;
    PyObject *d_name;
    PyObject *d_qualname;
} PyDescrObject;

typedef struct {
    PyDescr_COMMON;
    PyMethodDef *d_method;
    vectorcallfunc vectorcall;
} PyMethodDescrObject;

typedef struct {
    PyDescr_COMMON;
    PyMemberDef *d_member;
} PyMemberDescrObject;

typedef struct {
    PyDescr_COMMON;
    PyGetSetDef *d_getset;
} PyGetSetDescrObject;

typedef struct {
    PyDescr_COMMON;
    struct wrapperbase *d_base;
    void *d_wrapped;
} PyWrapperDescrObject;

PyAPI_DATA(PyTypeObject) _PyMethodWrapper_Type;

PyAPI_FUNC(PyObject *) PyDescr_NewWrapper(PyTypeObject *, struct wrapperbase *, void *);
PyAPI_FUNC(int) PyDescr_IsData(PyObject *);

#define PyDescr_TYPE(object) (((PyDescrObject *)(object))->d_type)
#define PyDescr_NAME(object) (((PyDescrObject *)(object))->d_name)

#ifdef __cplusplus
}
#endif
