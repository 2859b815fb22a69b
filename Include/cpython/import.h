/* SPDX-License-Identifier: MIT */
/* The built-in modules' table and the frozen ones. */
#ifndef Py_CPYTHON_IMPORT_H
#error "include <import.h>, it brings this file in"
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct _inittab {
    const char *name;
    PyObject *(*initfunc)(void);
};

struct _frozen {
    const char *name;
    const unsigned char *code;
    int size;
    int is_package;
    PyObject *(*get_code)(void);
};

PyAPI_DATA(struct _inittab *) PyImport_Inittab;
PyAPI_DATA(const struct _frozen *) PyImport_FrozenModules;
PyAPI_DATA(PyObject *) _PyImport_GetModuleAttr(PyObject *, PyObject *);
PyAPI_DATA(PyObject *) _PyImport_GetModuleAttrString(const char *, const char *);

PyMODINIT_FUNC PyInit__imp(void);
PyAPI_FUNC(int) _PyImport_IsInitialized(PyInterpreterState *);
PyAPI_FUNC(PyObject *) _PyImport_GetModuleId(_Py_Identifier *name);
PyAPI_FUNC(int) _PyImport_SetModule(PyObject *name, PyObject *module);
PyAPI_FUNC(int) _PyImport_SetModuleString(const char *name, PyObject *module);
PyAPI_FUNC(void) _PyImport_AcquireLock(void);
PyAPI_FUNC(int) _PyImport_ReleaseLock(void);
PyAPI_FUNC(int) _PyImport_FixupBuiltin(PyObject *mod, const char *name, PyObject *modules);
PyAPI_FUNC(int) _PyImport_FixupExtensionObject(PyObject *, PyObject *, PyObject *, PyObject *);
PyAPI_FUNC(int) PyImport_ExtendInittab(struct _inittab *newtab);

#ifdef __cplusplus
}
#endif
