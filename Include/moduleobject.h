/* SPDX-License-Identifier: MIT */
/* Modules and their definitions. */
#ifndef Py_MODULEOBJECT_H
#define Py_MODULEOBJECT_H

#ifdef __cplusplus
extern "C" {
#endif

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x03050000
#define Py_mod_create 1
#define Py_mod_exec 2
#endif

#if (!defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x03050000) && !defined(Py_LIMITED_API)
#define _Py_mod_LAST_SLOT 2
#endif

#define PyModuleDef_HEAD_INIT {PyObject_HEAD_INIT(_Py_NULL) _Py_NULL, 0, _Py_NULL}

typedef struct PyModuleDef_Base {
    PyObject_HEAD
    PyObject *(*m_init)(void);
    Py_ssize_t m_index;
    PyObject *m_copy;
} PyModuleDef_Base;

struct PyModuleDef {
    PyModuleDef_Base m_base;
    const char *m_name;
    const char *m_doc;
    Py_ssize_t m_size;
    PyMethodDef *m_methods;
    PyModuleDef_Slot *m_slots;
    traverseproc m_traverse;
    inquiry m_clear;
    freefunc m_free;
};

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x03050000
struct PyModuleDef_Slot {
    int slot;
    void *value;
};
#endif

PyAPI_DATA(PyTypeObject) PyModule_Type;

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x03050000
PyAPI_DATA(PyTypeObject) PyModuleDef_Type;
#endif

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x03030000
PyAPI_FUNC(PyObject *) PyModule_NewObject(PyObject *name);
PyAPI_FUNC(PyObject *) PyModule_GetNameObject(PyObject *);
#endif

PyAPI_FUNC(PyObject *) PyModule_New(const char *name);
PyAPI_FUNC(PyObject *) PyModule_GetDict(PyObject *); /* borrowed */
PyAPI_FUNC(const char *) PyModule_GetName(PyObject *);
Py_DEPRECATED(3.2) PyAPI_FUNC(const char *) PyModule_GetFilename(PyObject *);
PyAPI_FUNC(PyObject *) PyModule_GetFilenameObject(PyObject *);
PyAPI_FUNC(PyModuleDef *) PyModule_GetDef(PyObject *);
PyAPI_FUNC(void *) PyModule_GetState(PyObject *);

#ifndef Py_LIMITED_API
PyAPI_FUNC(void) _PyModule_Clear(PyObject *);
PyAPI_FUNC(void) _PyModule_ClearDict(PyObject *);
PyAPI_FUNC(int) _PyModuleSpec_IsInitializing(PyObject *);
#endif

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x03050000
PyAPI_FUNC(PyObject *) PyModuleDef_Init(PyModuleDef *); /* borrowed */
#endif

#ifdef Py_BUILD_CORE
extern int _PyModule_IsExtension(PyObject *obj);
#endif

#define PyModule_Check(object) PyObject_TypeCheck(object, &PyModule_Type)
#define PyModule_CheckExact(object) Py_IS_TYPE(object, &PyModule_Type)

#ifdef __cplusplus
}
#endif

#endif
