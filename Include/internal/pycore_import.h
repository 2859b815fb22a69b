/* SPDX-License-Identifier: MIT */
/* Import for the core: the lock, frozen modules' names. */
#if !defined(Py_INTERNAL_IMPORT_H) && !defined(Py_LIMITED_API)
#define Py_INTERNAL_IMPORT_H

#ifdef __cplusplus
extern "C" {
#endif

struct _module_alias {
    const char *name;
    const char *orig;
};

PyAPI_DATA(const struct _frozen *) _PyImport_FrozenBootstrap;
PyAPI_DATA(const struct _frozen *) _PyImport_FrozenStdlib;
PyAPI_DATA(const struct _frozen *) _PyImport_FrozenTest;
extern const struct _module_alias *_PyImport_FrozenAliases;

extern PyStatus _PyImport_ReInitLock(void);
extern PyObject *_PyImport_BootstrapImp(PyThreadState *tstate);

#ifdef __cplusplus
}
#endif

#endif
