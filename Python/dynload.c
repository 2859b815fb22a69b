/* SPDX-License-Identifier: MIT */
/* Extension modules from shared objects.
 *
 * The init function is PyInit_<last part of the name>; a name outside ASCII is punycoded and
 * called PyInitU_. What it answers decides: a definition means multi-phase, a module single-phase. */
#include "Python.h"
#include "pycore_import.h"
#include "pycore_interp.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "pycore_sysmodule.h"
#include "ks_base.h"
#include "ks_import.h"
#include "ks_lifecycle.h"

#include <dlfcn.h>

/* The full name while an init function runs; PyModule_Create() takes it for the short one. */
const char *_Py_PackageContext = NULL;

typedef PyObject *(*InitFunction)(void);

/* The last part of name as bytes that a C identifier may hold; *prefix says which kind it is. */
static PyObject *
symbol_part(PyObject *name, const char **prefix)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(name);
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, length, -1);
    if (dot < -1)
        return NULL;
    KS_OWNED PyObject *last = dot >= 0 ? PyUnicode_Substring(name, dot + 1, length) : Py_NewRef(name);
    if (last == NULL)
        return NULL;
    KS_OWNED PyObject *encoded = NULL;
    if (PyUnicode_IS_ASCII(last)) {
        *prefix = "PyInit";
        encoded = PyUnicode_AsASCIIString(last);
    } else {
        *prefix = "PyInitU";
        encoded = PyUnicode_AsEncodedString(last, "punycode", NULL);
    }
    if (encoded == NULL)
        return NULL;
    PyObject *result = PyBytes_FromStringAndSize(PyBytes_AS_STRING(encoded), PyBytes_GET_SIZE(encoded));
    if (result != NULL) {
        for (char *at = PyBytes_AS_STRING(result); *at != '\0'; at++) {
            if (*at == '-')
                *at = '_';
        }
    }
    return result;
}

static void
raise_import_error(KS_STEALS PyObject *message, PyObject *name, PyObject *path)
{
    if (message != NULL)
        PyErr_SetImportError(message, name, path);
    Py_XDECREF(message);
}

static InitFunction
find_init(const char *prefix, const char *part, PyObject *name, PyObject *path)
{
    KS_OWNED PyObject *bytes = PyUnicode_EncodeFSDefault(path);
    if (bytes == NULL)
        return NULL;
    const char *file = PyBytes_AS_STRING(bytes);
    char relative[4096 + 3], symbol[258];
    if (strchr(file, '/') == NULL) {
        PyOS_snprintf(relative, sizeof(relative), "./%-.4096s", file);
        file = relative; /* without a slash the loader would search its own path */
    }
    PyOS_snprintf(symbol, sizeof(symbol), "%.20s_%.200s", prefix, part);
    PyInterpreterState *interp = _PyInterpreterState_GET();
    if (interp->config.verbose)
        PySys_WriteStderr("dlopen(\"%s\", %x);\n", file, (unsigned)interp->dlopenflags);
    void *handle = dlopen(file, interp->dlopenflags);
    if (handle == NULL) {
        const char *error = dlerror();
        raise_import_error(PyUnicode_DecodeLocale(error ? error : "unknown dlopen() error",
                                                  "surrogateescape"),
                           name, path);
        return NULL;
    }
    InitFunction init = (InitFunction)dlsym(handle, symbol);
    if (init == NULL)
        raise_import_error(
            PyUnicode_FromFormat("dynamic module does not define module export function (%s_%s)",
                                 prefix, part),
            name, path);
    return init;
}

/* What init answered, as a module; takes answer over. */
static PyObject *
accept(KS_STEALS PyObject *answer, InitFunction init, const char *part, int single_phase_ok,
       PyObject *spec, PyObject *name, PyObject *path)
{
    if (PyObject_TypeCheck(answer, &PyModuleDef_Type))
        return PyModule_FromDefAndSpec((PyModuleDef *)answer, spec);
    KS_OWNED PyObject *module = answer;
    if (!single_phase_ok) {
        PyErr_Format(PyExc_SystemError, "initialization of %s did not return PyModuleDef", part);
        return NULL;
    }
    PyModuleDef *def = PyModule_Check(module) ? PyModule_GetDef(module) : NULL;
    if (def == NULL) {
        PyErr_Clear();
        PyErr_Format(PyExc_SystemError, "initialization of %s did not return an extension module", part);
        return NULL;
    }
    def->m_base.m_init = init;
    if (PyModule_AddObjectRef(module, "__file__", path) < 0)
        PyErr_Clear(); /* the module works without */
    if (_PyImport_FixupExtensionObject(module, name, path, PyImport_GetModuleDict()) < 0)
        return NULL;
    return ks_give(&module);
}

PyObject *
ks_dynload(PyObject *spec, FILE *file)
{
    KS_OWNED PyObject *name = PyObject_GetAttrString(spec, "name");
    if (name == NULL)
        return NULL;
    if (!PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_TypeError, "spec.name must be a string");
        return NULL;
    }
    const char *prefix;
    KS_OWNED PyObject *part_bytes = symbol_part(name, &prefix);
    KS_OWNED PyObject *path = part_bytes == NULL ? NULL : PyObject_GetAttrString(spec, "origin");
    if (path == NULL)
        return NULL;
    const char *part = PyBytes_AS_STRING(part_bytes);
    if (PySys_Audit("import", "OOOOO", name, path, Py_None, Py_None, Py_None) < 0)
        return NULL;
    InitFunction init = find_init(prefix, part, name, path);
    if (init == NULL)
        return NULL;

    const char *context = PyUnicode_AsUTF8(name);
    if (context == NULL)
        return NULL;
    const char *outer = _Py_PackageContext;
    _Py_PackageContext = context;
    PyObject *answer = init();
    _Py_PackageContext = outer;

    if (answer == NULL) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_SystemError,
                         "initialization of %s failed without raising an exception", part);
        return NULL;
    }
    if (PyErr_Occurred()) {
        _PyErr_FormatFromCause(PyExc_SystemError, "initialization of %s raised unreported exception",
                               part);
        /* Not dropped: it may be a definition, which is static and was never counted. */
        return NULL;
    }
    if (Py_TYPE(answer) == NULL) {
        /* A definition that was not passed through PyModuleDef_Init(). */
        PyErr_Format(PyExc_SystemError, "init function of %s returned uninitialized object", part);
        return NULL;
    }
    return accept(answer, init, part, strcmp(prefix, "PyInit") == 0, spec, name, path);
}
