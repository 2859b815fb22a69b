/* SPDX-License-Identifier: MIT */
/* The sys module's making, its contents from the configuration, and PySys_*.
 *
 * The module's dict is interp->sysdict; PySys_GetObject() reads it without going through the
 * module, so that it works as long as the interpreter exists. */
#include "Python.h"
#include "osdefs.h"
#include "pycore_import.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_moduleobject.h"
#include "pycore_pathconfig.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pymem.h"
#include "pycore_pystate.h"
#include "pycore_sysmodule.h"
#include "ks_base.h"
#include "ks_lifecycle.h"
#include "ks_sys.h"

/* The old interface is deprecated for callers, not for us. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

/* ---- attributes ---- */

/* Borrowed; NULL without an exception if there is none. */
PyObject *
_PySys_GetAttr(PyThreadState *tstate, PyObject *name)
{
    PyObject *sysdict = tstate->interp->sysdict;
    if (sysdict == NULL)
        return NULL;
    PyObject *type, *value, *traceback;
    _PyErr_Fetch(tstate, &type, &value, &traceback);
    PyObject *found = PyDict_GetItemWithError(sysdict, name);
    _PyErr_Restore(tstate, type, value, traceback);
    return found;
}

PyObject *
PySys_GetObject(const char *name)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (tstate == NULL || tstate->interp->sysdict == NULL)
        return NULL;
    PyObject *type, *value, *traceback;
    _PyErr_Fetch(tstate, &type, &value, &traceback);
    PyObject *found = PyDict_GetItemString(tstate->interp->sysdict, name);
    _PyErr_Restore(tstate, type, value, traceback);
    return found;
}

static int
sysdict_set(PyInterpreterState *interp, PyObject *key, PyObject *value)
{
    PyObject *sysdict = interp->sysdict;
    if (value != NULL)
        return PyDict_SetItem(sysdict, key, value);
    int present = PyDict_Contains(sysdict, key);
    return present > 0 ? PyDict_DelItem(sysdict, key) : present;
}

int
_PySys_SetAttr(PyObject *key, PyObject *value)
{
    return sysdict_set(_PyInterpreterState_GET(), key, value);
}

/* NULL deletes; deleting what is not there is fine. */
int
PySys_SetObject(const char *name, PyObject *value)
{
    KS_OWNED PyObject *key = PyUnicode_InternFromString(name);
    return key == NULL ? -1 : sysdict_set(_PyInterpreterState_GET(), key, value);
}

/* ---- options given before there is an interpreter ---- */

typedef struct EarlyOption {
    struct EarlyOption *next;
    wchar_t text[];
} EarlyOption;

static EarlyOption *early_warnings, *early_xoptions;

static void
early_add(EarlyOption **list, const wchar_t *text)
{
    PyMemAllocatorEx saved;
    _PyMem_SetDefaultAllocator(PYMEM_DOMAIN_RAW, &saved);
    size_t bytes = (wcslen(text) + 1) * sizeof(wchar_t);
    EarlyOption *option = PyMem_RawMalloc(sizeof(*option) + bytes);
    if (option != NULL) {
        option->next = NULL;
        memcpy(option->text, text, bytes);
        while (*list != NULL)
            list = &(*list)->next;
        *list = option;
    }
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &saved);
}

static void
early_clear(EarlyOption **list)
{
    PyMemAllocatorEx saved;
    _PyMem_SetDefaultAllocator(PYMEM_DOMAIN_RAW, &saved);
    for (EarlyOption *option = *list, *next; option != NULL; option = next) {
        next = option->next;
        PyMem_RawFree(option);
    }
    *list = NULL;
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &saved);
}

static PyStatus
early_take(EarlyOption **list, PyWideStringList *options)
{
    for (EarlyOption *option = *list; option != NULL; option = option->next) {
        PyStatus status = PyWideStringList_Append(options, option->text);
        if (_PyStatus_EXCEPTION(status))
            return status;
    }
    early_clear(list);
    return _PyStatus_OK();
}

PyStatus
_PySys_ReadPreinitWarnOptions(PyWideStringList *options)
{
    return early_take(&early_warnings, options);
}

PyStatus
_PySys_ReadPreinitXOptions(PyConfig *config)
{
    return early_take(&early_xoptions, &config->xoptions);
}

/* sys.warnoptions, made if it is no list. Borrowed. */
static PyObject *
warnoptions_list(PyThreadState *tstate)
{
    PyObject *options = _PySys_GetAttr(tstate, &_Py_ID(warnoptions));
    if (options != NULL && PyList_Check(options))
        return options;
    KS_OWNED PyObject *fresh = PyList_New(0);
    if (fresh == NULL || sysdict_set(tstate->interp, &_Py_ID(warnoptions), fresh) < 0)
        return NULL;
    return _PySys_GetAttr(tstate, &_Py_ID(warnoptions));
}

void
PySys_ResetWarnOptions(void)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (tstate == NULL) {
        early_clear(&early_warnings);
        return;
    }
    PyObject *options = _PySys_GetAttr(tstate, &_Py_ID(warnoptions));
    if (options != NULL && PyList_Check(options))
        PyList_SetSlice(options, 0, PyList_GET_SIZE(options), NULL);
}

void
PySys_AddWarnOptionUnicode(PyObject *option)
{
    PyThreadState *tstate = _PyThreadState_GET();
    _Py_EnsureTstateNotNULL(tstate);
    PyObject *options = warnoptions_list(tstate);
    if (options == NULL || PyList_Append(options, option) < 0)
        _PyErr_Clear(tstate);
}

void
PySys_AddWarnOption(const wchar_t *text)
{
    if (_PyThreadState_GET() == NULL) {
        early_add(&early_warnings, text);
        return;
    }
    PyObject *option = PyUnicode_FromWideChar(text, -1);
    if (option != NULL)
        PySys_AddWarnOptionUnicode(option);
    Py_XDECREF(option);
}

int
PySys_HasWarnOptions(void)
{
    PyThreadState *tstate = _PyThreadState_GET();
    PyObject *options = tstate == NULL ? NULL : _PySys_GetAttr(tstate, &_Py_ID(warnoptions));
    return options != NULL && PyList_Check(options) && PyList_GET_SIZE(options) > 0;
}

/* "name" stands for name=True, "name=value" for the text. */
static int
xoption_put(PyObject *dict, const wchar_t *text)
{
    const wchar_t *equal = wcschr(text, L'=');
    KS_OWNED PyObject *name = PyUnicode_FromWideChar(text, equal == NULL ? -1 : equal - text);
    KS_OWNED PyObject *value = equal == NULL ? Py_NewRef(Py_True) : PyUnicode_FromWideChar(equal + 1, -1);
    return name == NULL || value == NULL ? -1 : PyDict_SetItem(dict, name, value);
}

/* Borrowed. */
PyObject *
PySys_GetXOptions(void)
{
    PyThreadState *tstate = _PyThreadState_GET();
    PyObject *options = _PySys_GetAttr(tstate, &_Py_ID(_xoptions));
    if (options != NULL && PyDict_Check(options))
        return options;
    KS_OWNED PyObject *fresh = PyDict_New();
    if (fresh == NULL || sysdict_set(tstate->interp, &_Py_ID(_xoptions), fresh) < 0)
        return NULL;
    return _PySys_GetAttr(tstate, &_Py_ID(_xoptions));
}

void
PySys_AddXOption(const wchar_t *text)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (tstate == NULL) {
        early_add(&early_xoptions, text);
        return;
    }
    PyObject *options = PySys_GetXOptions();
    if (options == NULL || xoption_put(options, text) < 0)
        _PyErr_Clear(tstate);
}

/* ---- from the configuration ---- */

static int
give(PyObject *sysdict, const char *name, KS_STEALS PyObject *value)
{
    int result = value == NULL ? -1 : PyDict_SetItemString(sysdict, name, value);
    Py_XDECREF(value);
    return result;
}

/* A list of text with each text once, where it stood last or first: as given. */
static PyObject *
xoptions_dict(const PyConfig *config)
{
    KS_OWNED PyObject *dict = PyDict_New();
    for (Py_ssize_t i = 0; dict != NULL && i < config->xoptions.length; i++) {
        if (xoption_put(dict, config->xoptions.items[i]) < 0)
            return NULL;
    }
    return ks_give(&dict);
}

int
_PySys_UpdateConfig(PyThreadState *tstate)
{
    PyInterpreterState *interp = tstate->interp;
    PyObject *sysdict = interp->sysdict;
    const PyConfig *config = _PyInterpreterState_GetConfig(interp);
    struct {
        const char *name;
        const wchar_t *text;
    } texts[] = {
        {"executable", config->executable},   {"_base_executable", config->base_executable},
        {"prefix", config->prefix},           {"base_prefix", config->base_prefix},
        {"exec_prefix", config->exec_prefix}, {"base_exec_prefix", config->base_exec_prefix},
        {"platlibdir", config->platlibdir},
    };
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(texts); i++) {
        if (texts[i].text != NULL
            && give(sysdict, texts[i].name, PyUnicode_FromWideChar(texts[i].text, -1)) < 0)
            return -1;
    }
    const wchar_t *stdlib_dir = _Py_GetStdlibDir();
    PyObject *prefix = config->pycache_prefix == NULL ? Py_NewRef(Py_None)
                                                      : PyUnicode_FromWideChar(config->pycache_prefix, -1);
    if (give(sysdict, "pycache_prefix", prefix) < 0
        || give(sysdict, "_stdlib_dir", stdlib_dir == NULL ? Py_NewRef(Py_None)
                                                           : PyUnicode_FromWideChar(stdlib_dir, -1)) < 0)
        return -1;
    if (config->module_search_paths_set
        && give(sysdict, "path", _PyWideStringList_AsList(&config->module_search_paths)) < 0)
        return -1;
    if (give(sysdict, "argv", _PyWideStringList_AsList(&config->argv)) < 0
        || give(sysdict, "orig_argv", _PyWideStringList_AsList(&config->orig_argv)) < 0
        || give(sysdict, "warnoptions", _PyWideStringList_AsList(&config->warnoptions)) < 0
        || give(sysdict, "_xoptions", xoptions_dict(config)) < 0
        || give(sysdict, "dont_write_bytecode", PyBool_FromLong(!config->write_bytecode)) < 0)
        return -1;
    return ks_sys_set_flags(interp, sysdict);
}

/* ---- the module ---- */

static struct PyModuleDef sys_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "sys",
    .m_doc = "What the interpreter knows about itself and lets programs change.\n\n"
             "Variables: argv, path, modules, meta_path, path_hooks, stdin, stdout, stderr,\n"
             "version, version_info, platform, executable, flags and more.\n"
             "Functions: exit(), exc_info(), getsizeof(), settrace(), audit() and more.",
    .m_size = -1,
    .m_methods = ks_sys_methods,
};

/* Hooks under both names: the one programs replace, the one they restore from. */
static int
keep_originals(PyObject *sysdict)
{
    static const char *const pairs[][2] = {{"displayhook", "__displayhook__"},
                                           {"excepthook", "__excepthook__"},
                                           {"breakpointhook", "__breakpointhook__"},
                                           {"unraisablehook", "__unraisablehook__"}};
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(pairs); i++) {
        PyObject *hook = PyDict_GetItemString(sysdict, pairs[i][0]);
        if (hook == NULL || PyDict_SetItemString(sysdict, pairs[i][1], hook) < 0)
            return -1;
    }
    return 0;
}

PyStatus
_PySys_Create(PyThreadState *tstate, PyObject **sysmod_p)
{
    PyInterpreterState *interp = tstate->interp;
    interp->modules = PyDict_New();
    if (interp->modules == NULL)
        return _PyStatus_ERR("can't initialize sys module");
    PyObject *module = _PyModule_CreateInitialized(&sys_module, PYTHON_API_VERSION);
    if (module == NULL)
        return _PyStatus_ERR("failed to create a module object");
    PyObject *sysdict = interp->sysdict = Py_NewRef(PyModule_GetDict(module));
    if (PyDict_SetItemString(sysdict, "modules", interp->modules) < 0)
        return _PyStatus_ERR("can't initialize sys module");
    /* Errors of the start-up have somewhere to go before the io module exists. */
    PyObject *printer = PyFile_NewStdPrinter(fileno(stderr));
    if (printer == NULL || PyDict_SetItemString(sysdict, "stderr", printer) < 0
        || PyDict_SetItemString(sysdict, "__stderr__", printer) < 0)
        return _PyStatus_ERR("can't set preliminary stderr");
    Py_DECREF(printer);
    if (keep_originals(sysdict) < 0 || ks_sys_add_facts(tstate, sysdict) < 0
        || give(sysdict, "meta_path", PyList_New(0)) < 0
        || give(sysdict, "path_importer_cache", PyDict_New()) < 0
        || give(sysdict, "path_hooks", PyList_New(0)) < 0)
        return _PyStatus_ERR("can't initialize sys module");
    if (_PySys_UpdateConfig(tstate) < 0)
        return _PyStatus_ERR("can't initialize sys module");
    if (_PyImport_FixupBuiltin(module, "sys", interp->modules) < 0)
        return _PyStatus_ERR("can't initialize sys module");
    *sysmod_p = module;
    return _PyStatus_OK();
}

/* ---- for embedders ---- */

void
PySys_SetPath(const wchar_t *path)
{
    KS_OWNED PyObject *text = PyUnicode_FromWideChar(path, -1);
    KS_OWNED PyObject *separator = PyUnicode_FromFormat("%c", DELIM);
    KS_OWNED PyObject *list = text == NULL || separator == NULL ? NULL : PyUnicode_Split(text, separator, -1);
    if (list == NULL)
        Py_FatalError("can't create sys.path");
    if (PySys_SetObject("path", list) != 0)
        Py_FatalError("can't assign sys.path");
}

/* sys.argv, and with updatepath the script's folder at the head of sys.path. */
void
PySys_SetArgvEx(int argc, wchar_t **argv, int updatepath)
{
    wchar_t *empty[] = {L""};
    if (argc < 1 || argv == NULL) {
        argc = 1;
        argv = empty;
    }
    const PyWideStringList list = {.length = argc, .items = argv};
    KS_OWNED PyObject *sys_argv = _PyWideStringList_AsList(&list);
    if (sys_argv == NULL)
        Py_FatalError("no mem for sys.argv");
    if (PySys_SetObject("argv", sys_argv) != 0)
        Py_FatalError("can't assign sys.argv");
    if (!updatepath)
        return;
    PyObject *path = PySys_GetObject("path");
    if (path == NULL)
        return;
    KS_OWNED PyObject *path0 = NULL;
    if (_PyPathConfig_ComputeSysPath0(&list, &path0) > 0 && PyList_Insert(path, 0, path0) < 0)
        Py_FatalError("can't prepend path0 to sys.path");
}

void
PySys_SetArgv(int argc, wchar_t **argv)
{
    PySys_SetArgvEx(argc, argv, Py_IsolatedFlag == 0);
}

/* ---- writing ---- */

static int
write_text(PyObject *file, PyObject *text)
{
    if (file == NULL)
        return -1;
    KS_OWNED PyObject *result = PyObject_CallMethodOneArg(file, &_Py_ID(write), text);
    return result == NULL ? -1 : 0;
}

/* Formatted by C, at most 1000 bytes; to C's own stream if Python's cannot be written. */
static void
sys_write(PyObject *name, FILE *stream, const char *format, va_list values)
{
    char buffer[1001];
    PyThreadState *tstate = _PyThreadState_GET();
    PyObject *type, *value, *traceback;
    _PyErr_Fetch(tstate, &type, &value, &traceback);
    KS_OWNED PyObject *file = Py_XNewRef(_PySys_GetAttr(tstate, name));
    int written = PyOS_vsnprintf(buffer, sizeof(buffer), format, values);
    const char *const parts[2] = {buffer,
                                  written < 0 || (size_t)written >= sizeof(buffer) ? "... truncated" : NULL};
    for (int i = 0; i < 2 && parts[i] != NULL; i++) {
        KS_OWNED PyObject *text = PyUnicode_FromString(parts[i]);
        if (text == NULL || write_text(file, text) < 0) {
            _PyErr_Clear(tstate);
            fputs(parts[i], stream);
        }
    }
    _PyErr_Restore(tstate, type, value, traceback);
}

void
PySys_WriteStdout(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    sys_write(&_Py_ID(stdout), stdout, format, values);
    va_end(values);
}

void
PySys_WriteStderr(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    sys_write(&_Py_ID(stderr), stderr, format, values);
    va_end(values);
}

/* Formatted as PyUnicode_FromFormat() does, any length. */
static void
sys_format(PyObject *name, FILE *stream, const char *format, va_list values)
{
    PyThreadState *tstate = _PyThreadState_GET();
    PyObject *type, *value, *traceback;
    _PyErr_Fetch(tstate, &type, &value, &traceback);
    KS_OWNED PyObject *file = Py_XNewRef(_PySys_GetAttr(tstate, name));
    KS_OWNED PyObject *text = PyUnicode_FromFormatV(format, values);
    if (text != NULL && write_text(file, text) < 0) {
        _PyErr_Clear(tstate);
        const char *utf8 = PyUnicode_AsUTF8(text);
        if (utf8 != NULL)
            fputs(utf8, stream);
    }
    _PyErr_Clear(tstate);
    _PyErr_Restore(tstate, type, value, traceback);
}

void
PySys_FormatStdout(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    sys_format(&_Py_ID(stdout), stdout, format, values);
    va_end(values);
}

void
PySys_FormatStderr(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    sys_format(&_Py_ID(stderr), stderr, format, values);
    va_end(values);
}
