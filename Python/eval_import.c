/* SPDX-License-Identifier: MIT */
/* What the import instructions do around the import system itself. */
#include "Python.h"

#include "pycore_call.h"
#include "pycore_import.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"

#include "ks_eval.h"

PyObject *
ks_import_name(PyThreadState *tstate, _PyInterpreterFrame *frame, PyObject *name,
               PyObject *fromlist, PyObject *level)
{
    PyObject *function;
    if (PyDict_CheckExact(frame->f_builtins)) {
        function = PyDict_GetItemWithError(frame->f_builtins, &_Py_ID(__import__));
        Py_XINCREF(function);
    }
    else
        function = PyObject_GetItem(frame->f_builtins, &_Py_ID(__import__));
    if (function == NULL) {
        if (!_PyErr_Occurred(tstate) || _PyErr_ExceptionMatches(tstate, PyExc_KeyError))
            _PyErr_SetString(tstate, PyExc_ImportError, "__import__ not found");
        return NULL;
    }
    KS_OWNED PyObject *import = function;
    PyObject *locals = frame->f_locals == NULL ? Py_None : frame->f_locals;
    /* The builtin one, as long as nobody replaced it, needs no call. */
    if (import == tstate->interp->import_func) {
        int depth = _PyLong_AsInt(level);
        if (depth == -1 && _PyErr_Occurred(tstate))
            return NULL;
        return PyImport_ImportModuleLevelObject(name, frame->f_globals, locals, fromlist, depth);
    }
    PyObject *args[] = {name, frame->f_globals, locals, fromlist, level};
    return PyObject_Vectorcall(import, args, 5, NULL);
}

/* ImportError for a name that a module lacks. */
static KS_COLD void
import_from_error(PyThreadState *tstate, PyObject *module, PyObject *name, PyObject *package)
{
    KS_OWNED PyObject *unknown = NULL;
    if (package == NULL) {
        unknown = PyUnicode_FromString("<unknown module name>");
        if (unknown == NULL)
            return;
        package = unknown;
    }
    KS_OWNED PyObject *path = NULL;
    KS_OWNED PyObject *message = NULL;
    if (PyModule_Check(module))
        path = PyModule_GetFilenameObject(module);
    if (path == NULL) {
        _PyErr_Clear(tstate);
        message = PyUnicode_FromFormat("cannot import name %R from %R (unknown location)", name,
                                       package);
    }
    else {
        KS_OWNED PyObject *spec = PyObject_GetAttr(module, &_Py_ID(__spec__));
        int partial = _PyModuleSpec_IsInitializing(spec);
        _PyErr_Clear(tstate);
        message = PyUnicode_FromFormat(
            partial ? "cannot import name %R from partially initialized module %R (most likely due "
                      "to a circular import) (%S)"
                    : "cannot import name %R from %R (%S)",
            name, package, path);
    }
    if (message != NULL)
        PyErr_SetImportError(message, package, path);
}

PyObject *
ks_import_from(PyThreadState *tstate, PyObject *module, PyObject *name)
{
    PyObject *value;
    if (_PyObject_LookupAttr(module, name, &value) != 0)
        return value;
    /* A submodule that is still being imported is in sys.modules and no attribute yet. */
    KS_OWNED PyObject *package = PyObject_GetAttr(module, &_Py_ID(__name__));
    if (package == NULL)
        _PyErr_Clear(tstate);
    else if (!PyUnicode_Check(package))
        Py_CLEAR(package);
    else {
        KS_OWNED PyObject *full = PyUnicode_FromFormat("%U.%U", package, name);
        if (full == NULL)
            return NULL;
        value = PyImport_GetModule(full);
        if (value != NULL || _PyErr_Occurred(tstate))
            return value;
    }
    import_from_error(tstate, module, name, package);
    return NULL;
}

/* Names to import are no strings: item of __all__, or key of __dict__. */
static KS_COLD void
import_star_error(PyThreadState *tstate, PyObject *module, PyObject *name, int from_dict)
{
    KS_OWNED PyObject *module_name = PyObject_GetAttr(module, &_Py_ID(__name__));
    if (module_name == NULL)
        return;
    if (!PyUnicode_Check(module_name)) {
        _PyErr_Format(tstate, PyExc_TypeError, "module __name__ must be a string, not %.100s",
                      Py_TYPE(module_name)->tp_name);
        return;
    }
    _PyErr_Format(tstate, PyExc_TypeError, "%s in %U.%s must be str, not %.100s",
                  from_dict ? "Key" : "Item", module_name, from_dict ? "__dict__" : "__all__",
                  Py_TYPE(name)->tp_name);
}

int
ks_import_star(PyThreadState *tstate, PyObject *locals, PyObject *module)
{
    PyObject *names;
    if (_PyObject_LookupAttr(module, &_Py_ID(__all__), &names) < 0)
        return -1;
    int from_dict = names == NULL;
    if (from_dict) {
        PyObject *dict;
        if (_PyObject_LookupAttr(module, &_Py_ID(__dict__), &dict) < 0)
            return -1;
        if (dict == NULL) {
            _PyErr_SetString(tstate, PyExc_ImportError,
                             "from-import-* object has no __dict__ and no __all__");
            return -1;
        }
        names = PyMapping_Keys(dict);
        Py_DECREF(dict);
        if (names == NULL)
            return -1;
    }
    KS_OWNED PyObject *all = names;
    for (Py_ssize_t i = 0;; i++) {
        KS_OWNED PyObject *name = PySequence_GetItem(all, i);
        if (name == NULL) {
            if (!_PyErr_ExceptionMatches(tstate, PyExc_IndexError))
                return -1;
            _PyErr_Clear(tstate);
            return 0;
        }
        if (!PyUnicode_Check(name)) {
            import_star_error(tstate, module, name, from_dict);
            return -1;
        }
        if (from_dict) {
            if (PyUnicode_READY(name) < 0)
                return -1;
            if (PyUnicode_GET_LENGTH(name) > 0 && PyUnicode_READ_CHAR(name, 0) == '_')
                continue;
        }
        KS_OWNED PyObject *value = PyObject_GetAttr(module, name);
        if (value == NULL)
            return -1;
        int status = PyDict_CheckExact(locals) ? PyDict_SetItem(locals, name, value)
                                               : PyObject_SetItem(locals, name, value);
        if (status < 0)
            return -1;
    }
}
