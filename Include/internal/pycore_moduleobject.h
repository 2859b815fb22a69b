/* SPDX-License-Identifier: MIT */
/* A module's fields. All results are borrowed. */
#ifndef Py_INTERNAL_MODULEOBJECT_H
#define Py_INTERNAL_MODULEOBJECT_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    PyObject_HEAD
    PyObject *md_dict;
    PyModuleDef *md_def;
    void *md_state;
    PyObject *md_weaklist;
    PyObject *md_name;
} PyModuleObject;

static inline PyModuleDef *
_PyModule_GetDef(PyObject *module)
{
    assert(PyModule_Check(module));
    return ((PyModuleObject *)module)->md_def;
}

static inline void *
_PyModule_GetState(PyObject *module)
{
    assert(PyModule_Check(module));
    return ((PyModuleObject *)module)->md_state;
}

static inline PyObject *
_PyModule_GetDict(PyObject *module)
{
    assert(PyModule_Check(module) && ((PyModuleObject *)module)->md_dict != NULL);
    return ((PyModuleObject *)module)->md_dict;
}

#ifdef __cplusplus
}
#endif

#endif
