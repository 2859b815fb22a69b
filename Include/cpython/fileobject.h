/* SPDX-License-Identifier: MIT */
/* Reading lines and opening code for the core. */
#ifndef Py_CPYTHON_FILEOBJECT_H
#error "include <fileobject.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef PyObject *(*Py_OpenCodeHookFunction)(PyObject *, void *);

PyAPI_DATA(PyTypeObject) PyStdPrinter_Type;

PyAPI_FUNC(char *) Py_UniversalNewlineFgets(char *, int, FILE *, PyObject *);
PyAPI_FUNC(PyObject *) PyFile_NewStdPrinter(int);
PyAPI_FUNC(PyObject *) PyFile_OpenCode(const char *utf8path);
PyAPI_FUNC(PyObject *) PyFile_OpenCodeObject(PyObject *path);
PyAPI_FUNC(int) PyFile_SetOpenCodeHook(Py_OpenCodeHookFunction hook, void *userData);
PyAPI_FUNC(int) _PyLong_FileDescriptor_Converter(PyObject *, void *);

#ifdef __cplusplus
}
#endif
