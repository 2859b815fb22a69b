/* SPDX-License-Identifier: MIT */
/* PyImport_*: finding a module that is there, and asking importlib for one that is not.
 *
 * importlib does the searching and loading. What is here is the fast way for a module that is
 * already in sys.modules, the meaning of a relative name, and the C interface. The tracebacks that
 * leave here have importlib's own frames cut out. */
#include "Python.h"
#include "pycore_code.h"
#include "pycore_import.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_long.h"
#include "pycore_moduleobject.h"
#include "pycore_namespace.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pystate.h"
#include "pycore_sysmodule.h"
#include "ks_base.h"
#include "ks_lifecycle.h"

/* ---- sys.modules ---- */

PyObject *
ks_import_modules(PyThreadState *tstate)
{
    PyObject *modules = tstate->interp->modules;
    if (modules == NULL)
        Py_FatalError("interpreter has no modules dictionary");
    return modules;
}

PyObject *
PyImport_GetModuleDict(void)
{
    return ks_import_modules(_PyThreadState_GET());
}

/* 1 and a new reference, 0 if there is none, -1 with an exception. sys.modules may be any mapping. */
static int
modules_find(PyThreadState *tstate, PyObject *name, PyObject **module)
{
    PyObject *modules = tstate->interp->modules;
    *module = NULL;
    if (modules == NULL) {
        _PyErr_SetString(tstate, PyExc_RuntimeError, "unable to get sys.modules");
        return -1;
    }
    if (KS_LIKELY(PyDict_CheckExact(modules))) {
        *module = Py_XNewRef(PyDict_GetItemWithError(modules, name));
    } else {
        *module = PyObject_GetItem(modules, name);
        if (*module == NULL && _PyErr_ExceptionMatches(tstate, PyExc_KeyError))
            _PyErr_Clear(tstate);
    }
    if (*module != NULL)
        return 1;
    return _PyErr_Occurred(tstate) ? -1 : 0;
}

int
_PyImport_SetModule(PyObject *name, PyObject *module)
{
    return PyObject_SetItem(PyImport_GetModuleDict(), name, module);
}

int
_PyImport_SetModuleString(const char *name, PyObject *module)
{
    return PyMapping_SetItemString(PyImport_GetModuleDict(), name, module);
}

/* A new reference with the name's module made if need be. */
static PyObject *
module_add(PyThreadState *tstate, PyObject *name)
{
    PyObject *module;
    int found = modules_find(tstate, name, &module);
    if (found < 0 || (found && PyModule_Check(module)))
        return module;
    Py_XDECREF(module);
    module = PyModule_NewObject(name);
    if (module != NULL && PyObject_SetItem(ks_import_modules(tstate), name, module) < 0)
        Py_CLEAR(module);
    return module;
}

/* Borrowed from sys.modules. */
PyObject *
PyImport_AddModuleObject(PyObject *name)
{
    PyObject *module = module_add(_PyThreadState_GET(), name);
    if (module == NULL)
        return NULL;
    /* If sys.modules is odd and holds no reference, there is nothing to borrow from. */
    if (Py_REFCNT(module) == 1) {
        Py_DECREF(module);
        PyErr_Format(PyExc_RuntimeError, "sys.modules does not hold a strong reference to the module");
        return NULL;
    }
    Py_DECREF(module);
    return module;
}

PyObject *
PyImport_AddModule(const char *name)
{
    KS_OWNED PyObject *text = PyUnicode_FromString(name);
    return text == NULL ? NULL : PyImport_AddModuleObject(text);
}

/* Another thread may be in the middle of importing module: wait for it. */
static int
wait_until_ready(PyInterpreterState *interp, PyObject *module, PyObject *name)
{
    KS_OWNED PyObject *spec = NULL;
    if (_PyObject_LookupAttr(module, &_Py_ID(__spec__), &spec) < 0)
        return -1;
    if (!_PyModuleSpec_IsInitializing(spec))
        return 0;
    KS_OWNED PyObject *result = PyObject_CallMethodOneArg(interp->importlib, &_Py_ID(_lock_unlock_module), name);
    return result == NULL ? -1 : 0;
}

PyObject *
PyImport_GetModule(PyObject *name)
{
    PyThreadState *tstate = _PyThreadState_GET();
    PyObject *module;
    if (modules_find(tstate, name, &module) <= 0 || module == Py_None)
        return module;
    if (wait_until_ready(tstate->interp, module, name) < 0)
        Py_CLEAR(module);
    return module;
}

PyObject *
_PyImport_GetModuleId(_Py_Identifier *id)
{
    PyObject *name = _PyUnicode_FromId(id);
    return name == NULL ? NULL : PyImport_GetModule(name);
}

int
_PyImport_IsInitialized(PyInterpreterState *interp)
{
    return interp->modules != NULL;
}

PyObject *
_PyImport_GetModuleAttr(PyObject *modname, PyObject *attrname)
{
    KS_OWNED PyObject *module = PyImport_Import(modname);
    return module == NULL ? NULL : PyObject_GetAttr(module, attrname);
}

PyObject *
_PyImport_GetModuleAttrString(const char *modname, const char *attrname)
{
    KS_OWNED PyObject *module_name = PyUnicode_FromString(modname);
    KS_OWNED PyObject *attribute = module_name == NULL ? NULL : PyUnicode_FromString(attrname);
    return attribute == NULL ? NULL : _PyImport_GetModuleAttr(module_name, attribute);
}

/* ---- tracebacks ---- */

/* Cuts runs of importlib's frames out of the pending traceback: all of them for an ImportError,
 * otherwise those that end in _call_with_frames_removed. */
static void
trim_traceback(PyThreadState *tstate)
{
    if (_PyInterpreterState_GetConfig(tstate->interp)->verbose)
        return;
    PyObject *type, *value, *base;
    _PyErr_Fetch(tstate, &type, &value, &base);
    int always = PyType_IsSubtype((PyTypeObject *)type, (PyTypeObject *)PyExc_ImportError);
    PyObject **link = &base, **run_start = NULL;
    int inside = 0;
    for (PyObject *entry = base; entry != NULL;) {
        PyTracebackObject *traceback = (PyTracebackObject *)entry;
        PyObject *next = (PyObject *)traceback->tb_next;
        PyCodeObject *code = PyFrame_GetCode(traceback->tb_frame);
        int now_inside =
            _PyUnicode_EqualToASCIIString(code->co_filename, "<frozen importlib._bootstrap>")
            || _PyUnicode_EqualToASCIIString(code->co_filename, "<frozen importlib._bootstrap_external>");
        if (now_inside && !inside)
            run_start = link;
        inside = now_inside;
        if (inside && (always || _PyUnicode_EqualToASCIIString(code->co_name, "_call_with_frames_removed"))) {
            PyObject *cut = *run_start;
            *run_start = Py_XNewRef(next);
            Py_DECREF(cut);
            link = run_start;
        } else {
            link = (PyObject **)&traceback->tb_next;
        }
        Py_DECREF(code);
        entry = next;
    }
    _PyErr_Restore(tstate, type, value, base);
}

/* ---- relative names ---- */

static PyObject *
package_of(PyThreadState *tstate, PyObject *globals, int *no_parent)
{
    KS_OWNED PyObject *package = Py_XNewRef(PyDict_GetItemWithError(globals, &_Py_ID(__package__)));
    if (package == NULL && _PyErr_Occurred(tstate))
        return NULL;
    KS_OWNED PyObject *spec = Py_XNewRef(PyDict_GetItemWithError(globals, &_Py_ID(__spec__)));
    if (spec == NULL && _PyErr_Occurred(tstate))
        return NULL;
    int have_spec = spec != NULL && spec != Py_None;
    if (package != NULL && package != Py_None) {
        if (!PyUnicode_Check(package)) {
            _PyErr_SetString(tstate, PyExc_TypeError, "package must be a string");
            return NULL;
        }
        if (have_spec) {
            KS_OWNED PyObject *parent = PyObject_GetAttr(spec, &_Py_ID(parent));
            int equal = parent == NULL ? -1 : PyObject_RichCompareBool(package, parent, Py_EQ);
            if (equal < 0
                || (!equal && PyErr_WarnEx(PyExc_ImportWarning, "__package__ != __spec__.parent", 1) < 0))
                return NULL;
        }
        return ks_give(&package);
    }
    if (have_spec) {
        PyObject *parent = PyObject_GetAttr(spec, &_Py_ID(parent));
        if (parent != NULL && !PyUnicode_Check(parent)) {
            _PyErr_SetString(tstate, PyExc_TypeError, "__spec__.parent must be a string");
            Py_CLEAR(parent);
        }
        return parent;
    }
    if (PyErr_WarnEx(PyExc_ImportWarning,
                     "can't resolve package from __spec__ or __package__, "
                     "falling back on __name__ and __path__", 1) < 0)
        return NULL;
    PyObject *name = PyDict_GetItemWithError(globals, &_Py_ID(__name__));
    if (name == NULL) {
        if (!_PyErr_Occurred(tstate))
            _PyErr_SetString(tstate, PyExc_KeyError, "'__name__' not in globals");
        return NULL;
    }
    if (!PyUnicode_Check(name)) {
        _PyErr_SetString(tstate, PyExc_TypeError, "__name__ must be a string");
        return NULL;
    }
    int has_path = PyDict_Contains(globals, &_Py_ID(__path__));
    if (has_path != 0)
        return has_path < 0 ? NULL : Py_NewRef(name);
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), -1);
    if (dot == -1)
        *no_parent = 1;
    return dot < 0 ? NULL : PyUnicode_Substring(name, 0, dot);
}

static PyObject *
resolve_name(PyThreadState *tstate, PyObject *name, PyObject *globals, int level)
{
    if (globals == NULL) {
        _PyErr_SetString(tstate, PyExc_KeyError, "'__name__' not in globals");
        return NULL;
    }
    if (!PyDict_Check(globals)) {
        _PyErr_SetString(tstate, PyExc_TypeError, "globals must be a dict");
        return NULL;
    }
    int no_parent = 0;
    KS_OWNED PyObject *package = package_of(tstate, globals, &no_parent);
    if (package == NULL && !no_parent)
        return NULL;
    Py_ssize_t end = no_parent ? 0 : PyUnicode_GET_LENGTH(package);
    if (end == 0) {
        _PyErr_SetString(tstate, PyExc_ImportError,
                         "attempted relative import with no known parent package");
        return NULL;
    }
    for (int up = 1; up < level; up++) {
        end = PyUnicode_FindChar(package, '.', 0, end, -1);
        if (end == -2)
            return NULL;
        if (end == -1) {
            _PyErr_SetString(tstate, PyExc_ImportError,
                             "attempted relative import beyond top-level package");
            return NULL;
        }
    }
    KS_OWNED PyObject *base = PyUnicode_Substring(package, 0, end);
    if (base == NULL || PyUnicode_GET_LENGTH(name) == 0)
        return ks_give(&base);
    return PyUnicode_FromFormat("%U.%U", base, name);
}

/* ---- -X importtime ---- */

static struct {
    int depth;
    int header_shown;
    _PyTime_t inner; /* time spent in imports below the current one */
} import_timer;

static PyObject *
find_and_load_timed(PyInterpreterState *interp, PyObject *name)
{
    if (!import_timer.header_shown) {
        fputs("import time: self [us] | cumulative | imported package\n", stderr);
        import_timer.header_shown = 1;
    }
    import_timer.depth++;
    _PyTime_t outer = import_timer.inner, start = _PyTime_GetPerfCounter();
    import_timer.inner = 0;
    PyObject *args[] = {NULL, interp->importlib, name, interp->import_func};
    PyObject *module = PyObject_VectorcallMethod(
        &_Py_ID(_find_and_load), args + 1, 3 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    _PyTime_t total = _PyTime_GetPerfCounter() - start;
    import_timer.depth--;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    const char *text = PyUnicode_AsUTF8(name);
    fprintf(stderr, "import time: %9ld | %10ld | %*s%s\n",
            (long)_PyTime_AsMicroseconds(total - import_timer.inner, _PyTime_ROUND_CEILING),
            (long)_PyTime_AsMicroseconds(total, _PyTime_ROUND_CEILING), import_timer.depth * 2, "",
            text != NULL ? text : "?");
    PyErr_Restore(type, value, traceback);
    import_timer.inner = outer + total;
    return module;
}

static PyObject *
find_and_load(PyThreadState *tstate, PyObject *name)
{
    PyInterpreterState *interp = tstate->interp;
    if (interp->audit_hooks != NULL || _PyRuntime.audit_hook_head != NULL) {
        PyObject *path = PySys_GetObject("path"), *meta_path = PySys_GetObject("meta_path"),
                 *path_hooks = PySys_GetObject("path_hooks");
        if (_PySys_Audit(tstate, "import", "OOOOO", name, Py_None, path ? path : Py_None,
                         meta_path ? meta_path : Py_None, path_hooks ? path_hooks : Py_None) < 0)
            return NULL;
    }
    if (_PyInterpreterState_GetConfig(interp)->import_time)
        return find_and_load_timed(interp, name);
    PyObject *args[] = {NULL, interp->importlib, name, interp->import_func};
    return PyObject_VectorcallMethod(&_Py_ID(_find_and_load), args + 1,
                                     3 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
}

/* ---- import ---- */

/* "import a.b.c" binds a: the first part of what was asked for, found from the full name. */
static PyObject *
first_part(PyThreadState *tstate, PyObject *module, PyObject *name, PyObject *full, int level)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(name);
    if (level > 0 && length == 0)
        return Py_NewRef(module);
    Py_ssize_t dot = PyUnicode_FindChar(name, '.', 0, length, 1);
    if (dot < 0)
        return dot == -1 ? Py_NewRef(module) : NULL;
    if (level == 0) {
        KS_OWNED PyObject *front = PyUnicode_Substring(name, 0, dot);
        return front == NULL ? NULL : PyImport_ImportModuleLevelObject(front, NULL, NULL, NULL, 0);
    }
    KS_OWNED PyObject *front = PyUnicode_Substring(full, 0, PyUnicode_GET_LENGTH(full) - (length - dot));
    PyObject *found = NULL;
    if (front != NULL && modules_find(tstate, front, &found) == 0)
        _PyErr_Format(tstate, PyExc_KeyError, "%R not in sys.modules as expected", front);
    return found;
}

static PyObject *
import_level(PyThreadState *tstate, PyObject *name, PyObject *globals, PyObject *fromlist, int level)
{
    if (name == NULL) {
        _PyErr_SetString(tstate, PyExc_ValueError, "Empty module name");
        return NULL;
    }
    if (!PyUnicode_Check(name)) {
        _PyErr_SetString(tstate, PyExc_TypeError, "module name must be a string");
        return NULL;
    }
    if (PyUnicode_READY(name) < 0)
        return NULL;
    if (level < 0) {
        _PyErr_SetString(tstate, PyExc_ValueError, "level must be >= 0");
        return NULL;
    }
    if (level == 0 && PyUnicode_GET_LENGTH(name) == 0) {
        _PyErr_SetString(tstate, PyExc_ValueError, "Empty module name");
        return NULL;
    }
    KS_OWNED PyObject *full = level > 0 ? resolve_name(tstate, name, globals, level) : Py_NewRef(name);
    if (full == NULL)
        return NULL;
    KS_OWNED PyObject *module = NULL;
    if (modules_find(tstate, full, &module) < 0)
        return NULL;
    if (module != NULL && module != Py_None) {
        if (wait_until_ready(tstate->interp, module, full) < 0)
            return NULL;
    } else {
        Py_XDECREF(module);
        module = find_and_load(tstate, full);
        if (module == NULL)
            return NULL;
    }
    int has_from = fromlist != NULL && fromlist != Py_None ? PyObject_IsTrue(fromlist) : 0;
    if (has_from < 0)
        return NULL;
    if (!has_from)
        return first_part(tstate, module, name, full, level);
    KS_OWNED PyObject *path = NULL;
    if (_PyObject_LookupAttr(module, &_Py_ID(__path__), &path) < 0)
        return NULL;
    if (path == NULL)
        return ks_give(&module);
    PyObject *args[] = {NULL, tstate->interp->importlib, module, fromlist, tstate->interp->import_func};
    return PyObject_VectorcallMethod(&_Py_ID(_handle_fromlist), args + 1,
                                     4 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
}

PyObject *
PyImport_ImportModuleLevelObject(PyObject *name, PyObject *globals, PyObject *locals,
                                 PyObject *fromlist, int level)
{
    PyThreadState *tstate = _PyThreadState_GET();
    PyObject *module = import_level(tstate, name, globals, fromlist, level);
    if (module == NULL)
        trim_traceback(tstate);
    return module;
}

PyObject *
PyImport_ImportModuleLevel(const char *name, PyObject *globals, PyObject *locals,
                           PyObject *fromlist, int level)
{
    KS_OWNED PyObject *text = PyUnicode_FromString(name);
    return text == NULL ? NULL : PyImport_ImportModuleLevelObject(text, globals, locals, fromlist, level);
}

/* Through the __import__ of the running code's builtins, as the import statement does. */
PyObject *
PyImport_Import(PyObject *module_name)
{
    PyThreadState *tstate = _PyThreadState_GET();
    KS_OWNED PyObject *globals = Py_XNewRef(PyEval_GetGlobals());
    KS_OWNED PyObject *builtins = NULL;
    if (globals != NULL) {
        builtins = PyObject_GetItem(globals, &_Py_ID(__builtins__));
        if (builtins == NULL)
            return NULL;
    } else {
        builtins = PyImport_ImportModuleLevel("builtins", NULL, NULL, NULL, 0);
        if (builtins == NULL)
            return NULL;
        globals = PyDict_New();
        if (globals == NULL || PyDict_SetItem(globals, &_Py_ID(__builtins__), builtins) < 0)
            return NULL;
    }
    KS_OWNED PyObject *import = PyDict_Check(builtins) ? PyObject_GetItem(builtins, &_Py_ID(__import__))
                                                       : PyObject_GetAttr(builtins, &_Py_ID(__import__));
    if (import == NULL)
        return NULL;
    KS_OWNED PyObject *fromlist = PyList_New(0);
    if (fromlist == NULL)
        return NULL;
    PyObject *args[] = {NULL, module_name, globals, globals, fromlist, _PyLong_GetZero()};
    KS_OWNED PyObject *imported =
        PyObject_Vectorcall(import, args + 1, 5 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    if (imported == NULL)
        return NULL;
    PyObject *module;
    if (modules_find(tstate, module_name, &module) == 0)
        _PyErr_SetObject(tstate, PyExc_KeyError, module_name);
    return module;
}

PyObject *
PyImport_ImportModule(const char *name)
{
    KS_OWNED PyObject *text = PyUnicode_FromString(name);
    return text == NULL ? NULL : PyImport_Import(text);
}

PyObject *
PyImport_ImportModuleNoBlock(const char *name)
{
    return PyImport_ImportModule(name);
}

PyObject *
PyImport_ReloadModule(PyObject *module)
{
    KS_OWNED PyObject *importlib = PyImport_ImportModule("importlib");
    return importlib == NULL ? NULL : PyObject_CallMethod(importlib, "reload", "O", module);
}

/* ---- running code as a module ---- */

static PyObject *
dict_for_exec(PyThreadState *tstate, PyObject *name)
{
    KS_OWNED PyObject *module = module_add(tstate, name);
    if (module == NULL)
        return NULL;
    PyObject *dict = PyModule_GetDict(module);
    int has = PyDict_Contains(dict, &_Py_ID(__builtins__));
    if (has < 0 || (!has && PyDict_SetItem(dict, &_Py_ID(__builtins__), PyEval_GetBuiltins()) < 0))
        return NULL;
    return Py_NewRef(dict);
}

static void
forget_module(PyThreadState *tstate, PyObject *name)
{
    PyObject *type, *value, *traceback;
    _PyErr_Fetch(tstate, &type, &value, &traceback);
    PyObject *modules = ks_import_modules(tstate);
    if (PyMapping_HasKey(modules, name) && PyObject_DelItem(modules, name) < 0)
        _PyErr_Clear(tstate);
    _PyErr_Restore(tstate, type, value, traceback);
}

static PyObject *
exec_in_dict(PyThreadState *tstate, PyObject *name, PyObject *dict, PyObject *code)
{
    KS_OWNED PyObject *result = PyEval_EvalCode(code, dict, dict);
    if (result == NULL) {
        forget_module(tstate, name);
        return NULL;
    }
    PyObject *module;
    if (modules_find(tstate, name, &module) == 0)
        _PyErr_Format(tstate, PyExc_ImportError, "Loaded module %R not found in sys.modules", name);
    return module;
}

PyObject *
PyImport_ExecCodeModuleObject(PyObject *name, PyObject *co, PyObject *pathname, PyObject *cpathname)
{
    PyThreadState *tstate = _PyThreadState_GET();
    KS_OWNED PyObject *dict = dict_for_exec(tstate, name);
    if (dict == NULL)
        return NULL;
    if (pathname == NULL)
        pathname = ((PyCodeObject *)co)->co_filename;
    KS_OWNED PyObject *external = PyObject_GetAttrString(tstate->interp->importlib, "_bootstrap_external");
    if (external == NULL)
        return NULL;
    KS_OWNED PyObject *done =
        PyObject_CallMethod(external, "_fix_up_module", "OOOO", dict, name, pathname,
                            cpathname != NULL ? cpathname : pathname);
    if (done == NULL) {
        forget_module(tstate, name);
        return NULL;
    }
    return exec_in_dict(tstate, name, dict, co);
}

PyObject *
PyImport_ExecCodeModuleWithPathnames(const char *name, PyObject *co, const char *pathname,
                                     const char *cpathname)
{
    KS_OWNED PyObject *name_text = PyUnicode_FromString(name), *compiled = NULL, *source = NULL;
    if (name_text == NULL)
        return NULL;
    if (cpathname != NULL) {
        compiled = PyUnicode_DecodeFSDefault(cpathname);
        if (compiled == NULL)
            return NULL;
    }
    if (pathname != NULL) {
        source = PyUnicode_DecodeFSDefault(pathname);
        if (source == NULL)
            return NULL;
    } else if (compiled != NULL) {
        PyInterpreterState *interp = _PyInterpreterState_GET();
        KS_OWNED PyObject *external = PyObject_GetAttrString(interp->importlib, "_bootstrap_external");
        if (external != NULL)
            source = PyObject_CallMethod(external, "_get_sourcefile", "O", compiled);
        if (source == NULL)
            PyErr_Clear();
    }
    return PyImport_ExecCodeModuleObject(name_text, co, source, compiled);
}

PyObject *
PyImport_ExecCodeModuleEx(const char *name, PyObject *co, const char *pathname)
{
    return PyImport_ExecCodeModuleWithPathnames(name, co, pathname, NULL);
}

PyObject *
PyImport_ExecCodeModule(const char *name, PyObject *co)
{
    return PyImport_ExecCodeModuleWithPathnames(name, co, NULL, NULL);
}

/* Runs frozen code; what frozen modules carry besides is their original name and a path. */
PyObject *
ks_import_exec_frozen(PyThreadState *tstate, PyObject *name, PyObject *code, int is_package,
                      PyObject *origname)
{
    if (is_package) {
        KS_OWNED PyObject *module = module_add(tstate, name);
        KS_OWNED PyObject *path = module == NULL ? NULL : PyList_New(0);
        if (path == NULL || PyDict_SetItem(PyModule_GetDict(module), &_Py_ID(__path__), path) < 0)
            return NULL;
    }
    KS_OWNED PyObject *dict = dict_for_exec(tstate, name);
    if (dict == NULL)
        return NULL;
    KS_OWNED PyObject *module = exec_in_dict(tstate, name, dict, code);
    if (module == NULL || PyObject_SetAttrString(module, "__origname__", origname) < 0)
        return NULL;
    return ks_give(&module);
}

/* ---- what importlib knows ---- */

/* The importer sys.path_hooks has for path, None if there is none. */
PyObject *
PyImport_GetImporter(PyObject *path)
{
    PyObject *cache = PySys_GetObject("path_importer_cache"), *hooks = PySys_GetObject("path_hooks");
    if (cache == NULL || hooks == NULL) {
        PyErr_SetString(PyExc_RuntimeError, cache == NULL ? "unable to get sys.path_importer_cache"
                                                          : "unable to get sys.path_hooks");
        return NULL;
    }
    PyObject *known = PyDict_GetItemWithError(cache, path);
    if (known != NULL || PyErr_Occurred())
        return Py_XNewRef(known);
    KS_OWNED PyObject *found = NULL;
    Py_ssize_t count = PyList_Check(hooks) ? PyList_GET_SIZE(hooks) : 0;
    if (PyDict_SetItem(cache, path, Py_None) < 0)
        return NULL;
    for (Py_ssize_t i = 0; found == NULL && i < count && i < PyList_GET_SIZE(hooks); i++) {
        KS_OWNED PyObject *hook = Py_NewRef(PyList_GET_ITEM(hooks, i));
        found = PyObject_CallOneArg(hook, path);
        if (found == NULL && !PyErr_ExceptionMatches(PyExc_ImportError))
            return NULL;
        PyErr_Clear();
    }
    if (found == NULL)
        Py_RETURN_NONE;
    if (PyDict_SetItem(cache, path, found) < 0)
        return NULL;
    return ks_give(&found);
}

long
PyImport_GetMagicNumber(void)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    KS_OWNED PyObject *external = PyObject_GetAttrString(interp->importlib, "_bootstrap_external");
    KS_OWNED PyObject *magic = external == NULL ? NULL : PyObject_GetAttrString(external, "_RAW_MAGIC_NUMBER");
    return magic == NULL ? -1 : PyLong_AsLong(magic);
}

const char *
PyImport_GetMagicTag(void)
{
    return "cpython-" Py_STRINGIFY(PY_MAJOR_VERSION) Py_STRINGIFY(PY_MINOR_VERSION);
}

/* ---- starting importlib ---- */

PyStatus
ks_import_init_core(PyThreadState *tstate, PyObject *sysmod)
{
    PyInterpreterState *interp = tstate->interp;
    if (PyImport_ImportFrozenModule("_frozen_importlib") <= 0)
        return _PyStatus_ERR("failed to import _frozen_importlib");
    interp->importlib = Py_XNewRef(PyImport_AddModule("_frozen_importlib"));
    if (interp->importlib == NULL)
        return _PyStatus_ERR("failed to import _frozen_importlib");
    KS_OWNED PyObject *imp = _PyImport_BootstrapImp(tstate);
    if (imp == NULL)
        return _PyStatus_ERR("failed to import _imp");
    if (_PyImport_SetModuleString("_imp", imp) < 0)
        return _PyStatus_ERR("failed to assign _imp to sys.modules");
    KS_OWNED PyObject *value = PyObject_CallMethod(interp->importlib, "_install", "OO", sysmod, imp);
    return value == NULL ? _PyStatus_ERR("failed to install importlib") : _PyStatus_OK();
}

/* Makes archives importable: zipimport comes first among the path hooks. */
PyStatus
_PyImportZip_Init(PyThreadState *tstate)
{
    PyObject *hooks = PySys_GetObject("path_hooks");
    if (hooks == NULL) {
        _PyErr_SetString(tstate, PyExc_RuntimeError, "unable to get sys.path_hooks");
        return _PyStatus_ERR("initializing zipimport failed");
    }
    KS_OWNED PyObject *zipimporter = _PyImport_GetModuleAttrString("zipimport", "zipimporter");
    if (zipimporter == NULL)
        _PyErr_Clear(tstate); /* no zlib or no zipimport: works without */
    else if (PyList_Insert(hooks, 0, zipimporter) < 0)
        return _PyStatus_ERR("initializing zipimport failed");
    return _PyStatus_OK();
}

PyStatus
ks_import_init_external(PyThreadState *tstate)
{
    KS_OWNED PyObject *value =
        PyObject_CallMethod(tstate->interp->importlib, "_install_external_importers", "");
    if (value == NULL) {
        _PyErr_Print(tstate);
        return _PyStatus_ERR("external importer setup failed");
    }
    return _PyImportZip_Init(tstate);
}
