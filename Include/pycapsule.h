/* SPDX-License-Identifier: MIT */
/* Capsules: C pointers that travel as objects. The name is not copied: keep it alive. */
#ifndef Py_CAPSULE_H
#define Py_CAPSULE_H

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*PyCapsule_Destructor)(PyObject *);

PyAPI_DATA(PyTypeObject) PyCapsule_Type;

PyAPI_FUNC(PyObject *) PyCapsule_New(void *pointer, const char *name,
    PyCapsule_Destructor destructor);
PyAPI_FUNC(void *) PyCapsule_GetPointer(PyObject *capsule, const char *name);
PyAPI_FUNC(PyCapsule_Destructor) PyCapsule_GetDestructor(PyObject *capsule);
PyAPI_FUNC(const char *) PyCapsule_GetName(PyObject *capsule);
PyAPI_FUNC(void *) PyCapsule_GetContext(PyObject *capsule);
PyAPI_FUNC(int) PyCapsule_IsValid(PyObject *capsule, const char *name);
PyAPI_FUNC(int) PyCapsule_SetPointer(PyObject *capsule, void *pointer);
PyAPI_FUNC(int) PyCapsule_SetDestructor(PyObject *capsule, PyCapsule_Destructor destructor);
PyAPI_FUNC(int) PyCapsule_SetName(PyObject *capsule, const char *name);
PyAPI_FUNC(int) PyCapsule_SetContext(PyObject *capsule, void *context);
PyAPI_FUNC(void *) PyCapsule_Import(const char *name, int no_block);

#define PyCapsule_CheckExact(object) Py_IS_TYPE(object, &PyCapsule_Type)

#ifdef __cplusplus
}
#endif

#endif
