/* SPDX-License-Identifier: MIT */
/* Importing modules, and the table of built-in ones. */
#ifndef Py_IMPORT_H
#define Py_IMPORT_H

#ifdef __cplusplus
extern "C" {
#endif

PyAPI_FUNC(long) PyImport_GetMagicNumber(void);
PyAPI_FUNC(const char *) PyImport_GetMagicTag(void);
PyAPI_FUNC(PyObject *) PyImport_ExecCodeModule(const char *name, PyObject *co);
PyAPI_FUNC(PyObject *) PyImport_ExecCodeModuleEx(const char *name, PyObject *co,
    const char *pathname);
PyAPI_FUNC(PyObject *) PyImport_ExecCodeModuleWithPathnames(const char *name, PyObject *co,
    const char *pathname, const char *cpathname);
PyAPI_FUNC(PyObject *) PyImport_GetModuleDict(void); /* borrowed */
PyAPI_FUNC(PyObject *) PyImport_AddModule(const char *name); /* borrowed */
PyAPI_FUNC(PyObject *) PyImport_ImportModule(const char *name);
PyAPI_FUNC(PyObject *) PyImport_ImportModuleNoBlock(const char *name);
PyAPI_FUNC(PyObject *) PyImport_ImportModuleLevel(const char *name, PyObject *globals,
    PyObject *locals, PyObject *fromlist, int level);
PyAPI_FUNC(PyObject *) PyImport_GetImporter(PyObject *path);
PyAPI_FUNC(PyObject *) PyImport_Import(PyObject *name);
PyAPI_FUNC(PyObject *) PyImport_ReloadModule(PyObject *m);
PyAPI_FUNC(int) PyImport_ImportFrozenModule(const char *name);
PyAPI_FUNC(int) PyImport_AppendInittab(const char *name, PyObject *(*initfunc)(void));

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x03030000
PyAPI_FUNC(PyObject *) PyImport_ExecCodeModuleObject(PyObject *name, PyObject *co,
    PyObject *pathname, PyObject *cpathname);
PyAPI_FUNC(PyObject *) PyImport_AddModuleObject(PyObject *name); /* borrowed */
PyAPI_FUNC(int) PyImport_ImportFrozenModuleObject(PyObject *name);
#endif

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x03070000
PyAPI_FUNC(PyObject *) PyImport_GetModule(PyObject *name);
#endif

#if !defined(Py_LIMITED_API) || Py_LIMITED_API + 0 >= 0x03050000
PyAPI_FUNC(PyObject *) PyImport_ImportModuleLevelObject(PyObject *name, PyObject *globals,
    PyObject *locals, PyObject *fromlist, int level);
#endif

#define PyImport_ImportModuleEx(name, globals, locals, from) \
    PyImport_ImportModuleLevel(name, globals, locals, from, 0)

#ifndef Py_LIMITED_API
#define Py_CPYTHON_IMPORT_H
#include "cpython/import.h"
#undef Py_CPYTHON_IMPORT_H
#endif

#ifdef __cplusplus
}
#endif

#endif
