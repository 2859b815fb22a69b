/* SPDX-License-Identifier: MIT */
/* _imp: what importlib asks the runtime for. Uses internal headers because it is the runtime's own
 * door to its tables. */
#include "Python.h"
#include "marshal.h"
#include "pycore_code.h"
#include "pycore_import.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_pyhash.h"
#include "pycore_pystate.h"
#include "ks_args.h"
#include "ks_base.h"
#include "ks_import.h"
#include "ks_lifecycle.h"

static PyObject *
imp_lock_held(PyObject *self, PyObject *unused)
{
    return PyBool_FromLong(ks_import_lock_held());
}

static PyObject *
imp_acquire_lock(PyObject *self, PyObject *unused)
{
    _PyImport_AcquireLock();
    Py_RETURN_NONE;
}

static PyObject *
imp_release_lock(PyObject *self, PyObject *unused)
{
    if (_PyImport_ReleaseLock() < 0) {
        PyErr_SetString(PyExc_RuntimeError, "not holding the import lock");
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
imp_extension_suffixes(PyObject *self, PyObject *unused)
{
    return Py_BuildValue("[sss]", ".cpython-311-x86_64-linux-gnu.so", ".abi3.so", ".so");
}

/* ---- built-in modules ---- */

static PyObject *
imp_create_builtin(PyObject *self, PyObject *spec)
{
    KS_OWNED PyObject *name = PyObject_GetAttrString(spec, "name");
    return name == NULL ? NULL : ks_import_create_builtin(_PyThreadState_GET(), name, spec);
}

/* Runs a module's execution slots once; modules without a definition have none. */
static PyObject *
imp_exec(PyObject *self, PyObject *module)
{
    if (!PyModule_Check(module))
        return PyLong_FromLong(0);
    PyModuleDef *def = PyModule_GetDef(module);
    if (def == NULL) {
        PyErr_Clear();
        return PyLong_FromLong(0);
    }
    if (PyModule_GetState(module) != NULL)
        return PyLong_FromLong(0);
    if (PyModule_ExecDef(module, def) < 0)
        return NULL;
    return PyLong_FromLong(0);
}

static PyObject *
imp_is_builtin(PyObject *self, PyObject *name)
{
    if (!ks_arg_str("is_builtin", 0, name, &name))
        return NULL;
    return PyLong_FromLong(ks_import_is_builtin(name));
}

/* ---- extension modules ---- */

static PyObject *
imp_create_dynamic(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("create_dynamic", nargs, 1, 2))
        return NULL;
    PyObject *spec = args[0];
    KS_OWNED PyObject *name = PyObject_GetAttrString(spec, "name");
    KS_OWNED PyObject *path = name == NULL ? NULL : PyObject_GetAttrString(spec, "origin");
    if (path == NULL)
        return NULL;
    PyThreadState *tstate = _PyThreadState_GET();
    PyObject *known = ks_import_find_extension(tstate, name, path);
    if (known != NULL || PyErr_Occurred())
        return known;
    return ks_dynload(spec, NULL);
}

/* ---- frozen modules ---- */

static PyObject *
find_frozen(PyObject *name, int with_data)
{
    KsFrozenInfo info;
    KsFrozenStatus status = ks_frozen_find(name, &info);
    if (status == KS_FROZEN_NOT_FOUND || status == KS_FROZEN_DISABLED || status == KS_FROZEN_BAD_NAME)
        Py_RETURN_NONE;
    if (status != KS_FROZEN_OK) {
        ks_frozen_raise(status, name);
        return NULL;
    }
    KS_OWNED PyObject *data = with_data ? PyMemoryView_FromMemory((char *)info.data, info.size, PyBUF_READ)
                                        : Py_NewRef(Py_None);
    KS_OWNED PyObject *origname =
        data == NULL ? NULL : info.origname == NULL ? Py_NewRef(Py_None) : PyUnicode_FromString(info.origname);
    if (origname == NULL)
        return NULL;
    return PyTuple_Pack(3, data, info.is_package ? Py_True : Py_False, origname);
}

typedef struct FindFrozenArgs {
    PyObject *name;
    int withdata;
} FindFrozenArgs;

static const KsParam find_frozen_params[] = {
    PARAM_POS(FindFrozenArgs, name, ARG_STR, 1),
    PARAM_KWONLY(FindFrozenArgs, withdata, ARG_BOOL, 0),
    PARAM_END,
};

static PyObject *
imp_find_frozen(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    FindFrozenArgs in = {NULL, 0};
    if (!ks_args_parse("find_frozen", find_frozen_params, args, nargs, kwnames, &in))
        return NULL;
    return find_frozen(in.name, in.withdata);
}

static PyObject *
imp_get_frozen_object(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *name;
    if (!ks_args_count("get_frozen_object", nargs, 1, 2)
        || !ks_arg_str("get_frozen_object", 1, args[0], &name))
        return NULL;
    if (nargs == 1 || args[1] == Py_None) {
        KsFrozenInfo info;
        KsFrozenStatus status = ks_frozen_find(name, &info);
        if (status != KS_FROZEN_OK) {
            ks_frozen_raise(status, name);
            return NULL;
        }
        return ks_frozen_code(&info);
    }
    if (!PyObject_CheckBuffer(args[1])) {
        PyErr_Format(PyExc_TypeError, "get_frozen_object() argument 2 must be bytes-like object or None, not %.50s",
                     Py_TYPE(args[1])->tp_name);
        return NULL;
    }
    Py_buffer view;
    if (PyObject_GetBuffer(args[1], &view, PyBUF_SIMPLE) < 0)
        return NULL;
    KsFrozenInfo info = {.name = name, .data = view.buf, .size = view.len};
    PyObject *code = NULL;
    if (view.len == 0)
        ks_frozen_raise(KS_FROZEN_INVALID, name);
    else
        code = ks_frozen_code(&info);
    PyBuffer_Release(&view);
    return code;
}

static PyObject *
imp_init_frozen(PyObject *self, PyObject *name)
{
    if (!ks_arg_str("init_frozen", 0, name, &name))
        return NULL;
    int result = PyImport_ImportFrozenModuleObject(name);
    if (result < 0)
        return NULL;
    return result == 0 ? Py_NewRef(Py_None) : Py_XNewRef(PyImport_AddModuleObject(name));
}

static PyObject *
imp_is_frozen(PyObject *self, PyObject *name)
{
    KsFrozenInfo info;
    if (!ks_arg_str("is_frozen", 0, name, &name))
        return NULL;
    return PyBool_FromLong(ks_frozen_find(name, &info) == KS_FROZEN_OK);
}

static PyObject *
imp_is_frozen_package(PyObject *self, PyObject *name)
{
    KsFrozenInfo info;
    if (!ks_arg_str("is_frozen_package", 0, name, &name))
        return NULL;
    KsFrozenStatus status = ks_frozen_find(name, &info);
    if (status != KS_FROZEN_OK && status != KS_FROZEN_EXCLUDED) {
        ks_frozen_raise(status, name);
        return NULL;
    }
    return PyBool_FromLong(info.is_package);
}

static PyObject *
imp_frozen_module_names(PyObject *self, PyObject *unused)
{
    return ks_frozen_names();
}

static PyObject *
imp_override_frozen_modules(PyObject *self, PyObject *arg)
{
    int override;
    if (!ks_arg_int(arg, &override))
        return NULL;
    _PyInterpreterState_GET()->override_frozen_modules = override;
    Py_RETURN_NONE;
}

/* ---- code objects and .pyc files ---- */

/* Gives code and the functions inside it another file name, where they have old. */
static void
replace_filename(PyCodeObject *code, PyObject *old, PyObject *path)
{
    if (PyUnicode_Compare(code->co_filename, old) != 0)
        return;
    Py_SETREF(code->co_filename, Py_NewRef(path));
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        if (PyCode_Check(constant))
            replace_filename((PyCodeObject *)constant, old, path);
    }
}

static PyObject *
imp_fix_co_filename(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    PyObject *path;
    if (!ks_args_count("_fix_co_filename", nargs, 2, 2))
        return NULL;
    if (!PyCode_Check(args[0])) {
        PyErr_Format(PyExc_TypeError, "_fix_co_filename() argument 1 must be code, not %.50s",
                     args[0] == Py_None ? "None" : Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    if (!ks_arg_str("_fix_co_filename", 2, args[1], &path))
        return NULL;
    PyCodeObject *code = (PyCodeObject *)args[0];
    if (PyUnicode_Compare(code->co_filename, path) != 0) {
        PyObject *old = Py_NewRef(code->co_filename);
        replace_filename(code, old, path);
        Py_DECREF(old);
    }
    Py_RETURN_NONE;
}

typedef struct SourceHashArgs {
    long key;
    PyObject *source;
} SourceHashArgs;

static const KsParam source_hash_params[] = {
    PARAM(SourceHashArgs, key, ARG_LONG, 1),
    PARAM(SourceHashArgs, source, ARG_OBJECT, 1),
    PARAM_END,
};

/* The hash that a hash-based .pyc holds: keyed, little endian, the same everywhere. */
static PyObject *
imp_source_hash(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    SourceHashArgs in = {0, NULL};
    if (!ks_args_parse("source_hash", source_hash_params, args, nargs, kwnames, &in))
        return NULL;
    Py_buffer view;
    if (PyObject_GetBuffer(in.source, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    uint64_t hash = _Py_KeyedHash((uint64_t)in.key, view.buf, view.len);
    PyBuffer_Release(&view);
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(hash >> (8 * i));
    return PyBytes_FromStringAndSize((const char *)bytes, 8);
}

/* ---- the module ---- */

static PyMethodDef imp_methods[] = {
    METHOD("extension_suffixes", imp_extension_suffixes, METH_NOARGS, "($module, /)",
           "The endings of extension modules' file names."),
    METHOD("lock_held", imp_lock_held, METH_NOARGS, "($module, /)", "Is the import lock taken?"),
    METHOD("acquire_lock", imp_acquire_lock, METH_NOARGS, "($module, /)",
           "Take the import lock, as often as needed by one thread."),
    METHOD("release_lock", imp_release_lock, METH_NOARGS, "($module, /)",
           "Give the import lock back once."),
    METHOD("find_frozen", imp_find_frozen, METH_FASTCALL | METH_KEYWORDS,
           "($module, name, /, *, withdata=False)",
           "(data, is a package, original name) of a frozen module, or None."),
    METHOD("get_frozen_object", imp_get_frozen_object, METH_FASTCALL, "($module, name, data=None, /)",
           "The code object of a frozen module."),
    METHOD("is_frozen_package", imp_is_frozen_package, METH_O, "($module, name, /)",
           "Is the frozen module a package?"),
    METHOD("create_builtin", imp_create_builtin, METH_O, "($module, spec, /)",
           "Make a built-in module without executing it."),
    METHOD("init_frozen", imp_init_frozen, METH_O, "($module, name, /)", "Import a frozen module."),
    METHOD("is_builtin", imp_is_builtin, METH_O, "($module, name, /)",
           "1 for a built-in module, -1 for one that cannot be made again, 0 for none."),
    METHOD("is_frozen", imp_is_frozen, METH_O, "($module, name, /)", "Is there such a frozen module?"),
    METHOD("_frozen_module_names", imp_frozen_module_names, METH_NOARGS, "($module, /)",
           "The names of all frozen modules."),
    METHOD("_override_frozen_modules_for_tests", imp_override_frozen_modules, METH_O,
           "($module, override, /)", "1: use frozen modules, -1: do not, 0: as configured."),
    METHOD("create_dynamic", imp_create_dynamic, METH_FASTCALL, "($module, spec, file=<unrepresentable>, /)",
           "Load an extension module without executing it."),
    METHOD("exec_dynamic", imp_exec, METH_O, "($module, mod, /)", "Execute an extension module."),
    METHOD("exec_builtin", imp_exec, METH_O, "($module, mod, /)", "Execute a built-in module."),
    METHOD("_fix_co_filename", imp_fix_co_filename, METH_FASTCALL, "($module, code, path, /)",
           "Change the file name in a code object and those inside it."),
    METHOD("source_hash", imp_source_hash, METH_FASTCALL | METH_KEYWORDS, "($module, /, key, source)",
           "The hash of a source text in a .pyc file."),
    {NULL, NULL, 0, NULL},
};

static int
imp_exec_module(PyObject *module)
{
    const wchar_t *mode = _Py_GetConfig()->check_hash_pycs_mode;
    KS_OWNED PyObject *text = PyUnicode_FromWideChar(mode, -1);
    return text == NULL ? -1 : PyModule_AddObjectRef(module, "check_hash_based_pycs", text);
}

static PyModuleDef_Slot imp_slots[] = {
    {Py_mod_exec, imp_exec_module},
    {0, NULL},
};

static struct PyModuleDef imp_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_imp",
    .m_doc = "Import's lower half, for importlib.",
    .m_methods = imp_methods,
    .m_slots = imp_slots,
};

PyMODINIT_FUNC
PyInit__imp(void)
{
    return PyModuleDef_Init(&imp_module);
}
