/* SPDX-License-Identifier: MIT */
/* Start-up in three phases, each of which leaves a state that can be relied on:
 *
 *   preinitialised     locale, UTF-8 mode and allocators are final; bytes can be decoded
 *   core initialised   types, builtins, sys and the frozen importlib exist; no file was opened
 *   initialised        path-based import, codecs, streams, signals, __main__ and site
 *
 * Subinterpreters run through the last two. */
#include "Python.h"
#include "pycore_call.h"
#include "pycore_ceval.h"
#include "pycore_context.h"
#include "pycore_exceptions.h"
#include "pycore_fileutils.h"
#include "pycore_floatobject.h"
#include "pycore_gc.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_list.h"
#include "pycore_long.h"
#include "pycore_pathconfig.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pystate.h"
#include "pycore_runtime.h"
#include "pycore_sysmodule.h"
#include "pycore_typeobject.h"
#include "pycore_unicodeobject.h"
#include "pycore_warnings.h"
#include "ks_base.h"
#include "ks_config.h"
#include "ks_lifecycle.h"
#include "ks_start.h"

#define RETURN_IF_BAD(expression)         \
    do {                                  \
        PyStatus status_ = (expression);  \
        if (_PyStatus_EXCEPTION(status_)) \
            return status_;               \
    } while (0)

int
Py_IsInitialized(void)
{
    return _PyRuntime.initialized;
}

int
_Py_IsCoreInitialized(void)
{
    return _PyRuntime.core_initialized;
}

int
_Py_IsFinalizing(void)
{
    return _PyRuntimeState_GetFinalizing(&_PyRuntime) != NULL;
}

/* ---- phase 1 ---- */

PyStatus
_Py_PreInitializeFromPyArgv(const PyPreConfig *src_config, const _PyArgv *args)
{
    if (src_config == NULL)
        return _PyStatus_ERR("preinitialization config is NULL");
    RETURN_IF_BAD(_PyRuntime_Initialize());
    _PyRuntimeState *runtime = &_PyRuntime;
    if (runtime->preinitialized)
        return _PyStatus_OK();
    runtime->preinitializing = 1;
    PyPreConfig config = *src_config;
    RETURN_IF_BAD(_PyPreConfig_Read(&config, args));
    RETURN_IF_BAD(_PyPreConfig_Write(&config));
    runtime->preinitializing = 0;
    runtime->preinitialized = 1;
    return _PyStatus_OK();
}

PyStatus
Py_PreInitializeFromBytesArgs(const PyPreConfig *src_config, Py_ssize_t argc, char **argv)
{
    _PyArgv args = {.argc = argc, .use_bytes_argv = 1, .bytes_argv = argv};
    return _Py_PreInitializeFromPyArgv(src_config, &args);
}

PyStatus
Py_PreInitializeFromArgs(const PyPreConfig *src_config, Py_ssize_t argc, wchar_t **argv)
{
    _PyArgv args = {.argc = argc, .wchar_argv = argv};
    return _Py_PreInitializeFromPyArgv(src_config, &args);
}

PyStatus
Py_PreInitialize(const PyPreConfig *src_config)
{
    return _Py_PreInitializeFromPyArgv(src_config, NULL);
}

/* The phase as a configuration implies it; without args, config->argv stands for them. */
PyStatus
_Py_PreInitializeFromConfig(const PyConfig *config, const _PyArgv *args)
{
    RETURN_IF_BAD(_PyRuntime_Initialize());
    if (_PyRuntime.preinitialized)
        return _PyStatus_OK();
    PyPreConfig preconfig;
    _PyPreConfig_InitFromConfig(&preconfig, config);
    if (!config->parse_argv)
        return Py_PreInitialize(&preconfig);
    if (args != NULL)
        return _Py_PreInitializeFromPyArgv(&preconfig, args);
    return Py_PreInitializeFromArgs(&preconfig, config->argv.length, config->argv.items);
}

/* ---- phase 2 ---- */

static PyStatus
start_types(PyInterpreterState *interp)
{
    RETURN_IF_BAD(_PyTypes_InitState(interp));
    RETURN_IF_BAD(_PyTypes_InitTypes(interp));
    RETURN_IF_BAD(_PyLong_InitTypes(interp));
    RETURN_IF_BAD(_PyUnicode_InitTypes(interp));
    RETURN_IF_BAD(_PyFloat_InitTypes(interp));
    if (_PyExc_InitTypes(interp) < 0)
        return _PyStatus_ERR("failed to initialize an exception type");
    RETURN_IF_BAD(_PyExc_InitGlobalObjects(interp));
    RETURN_IF_BAD(_PyExc_InitState(interp));
    RETURN_IF_BAD(_PyErr_InitTypes(interp));
    RETURN_IF_BAD(_PyContext_Init(interp));
    return _PyStatus_OK();
}

/* The functions that the evaluator recognises by identity. */
static int
fill_callable_cache(PyInterpreterState *interp)
{
    struct callable_cache *cache = &interp->callable_cache;
    cache->isinstance = PyDict_GetItemString(interp->builtins, "isinstance");
    cache->len = PyDict_GetItemString(interp->builtins, "len");
    cache->list_append = _PyType_Lookup(&PyList_Type, &_Py_ID(append));
    return cache->isinstance == NULL || cache->len == NULL || cache->list_append == NULL ? -1 : 0;
}

static PyStatus
start_builtins(PyThreadState *tstate)
{
    PyInterpreterState *interp = tstate->interp;
    PyObject *builtins = _PyBuiltin_Init(interp);
    if (builtins == NULL)
        return _PyStatus_ERR("can't initialize builtins module");
    if (_PyImport_FixupBuiltin(builtins, "builtins", interp->modules) < 0)
        return _PyStatus_ERR("can't initialize builtins module");
    interp->builtins = Py_NewRef(PyModule_GetDict(builtins));
    if (fill_callable_cache(interp) < 0 || _PyBuiltins_AddExceptions(builtins) < 0)
        return _PyStatus_ERR("failed to add exceptions to builtins");
    interp->builtins_copy = PyDict_Copy(interp->builtins);
    if (interp->builtins_copy == NULL)
        return _PyStatus_NO_MEMORY();
    Py_DECREF(builtins);
    interp->import_func = Py_XNewRef(PyDict_GetItemString(interp->builtins, "__import__"));
    if (interp->import_func == NULL)
        return _PyStatus_ERR("can't initialize builtins module");
    return _PyStatus_OK();
}

PyStatus
ks_start_core(PyThreadState *tstate)
{
    PyInterpreterState *interp = tstate->interp;
    if (_Py_IsMainInterpreter(interp)) {
        _PyFloat_InitState(interp);
        RETURN_IF_BAD(_PyUnicode_InitGlobalObjects(interp));
    }
    _PyUnicode_InitState(interp);
    RETURN_IF_BAD(_PyGC_Init(interp));
    RETURN_IF_BAD(start_types(interp));
    int digits = _Py_global_config_int_max_str_digits;
    interp->int_max_str_digits = digits == -1 ? _PY_LONG_DEFAULT_MAX_STR_DIGITS : digits;
    if (_PyWarnings_InitState(interp) < 0)
        return _PyStatus_ERR("can't initialize warnings");
    RETURN_IF_BAD(_PyAtExit_Init(interp));
    PyObject *sysmod = NULL;
    RETURN_IF_BAD(_PySys_Create(tstate, &sysmod));
    RETURN_IF_BAD(start_builtins(tstate));
    PyStatus status = _PyStatus_OK();
    if (interp->config._install_importlib)
        status = ks_import_init_core(tstate, sysmod);
    Py_DECREF(sysmod);
    return status;
}

/* The main interpreter with its first thread, current and holding the GIL. */
static PyStatus
start_interpreter(_PyRuntimeState *runtime, const PyConfig *config, PyThreadState **tstate_p)
{
    PyInterpreterState *interp = PyInterpreterState_New();
    if (interp == NULL)
        return _PyStatus_ERR("can't make main interpreter");
    RETURN_IF_BAD(_PyConfig_Copy(&interp->config, config));
    RETURN_IF_BAD(_PyGILState_Init(runtime));
    PyThreadState *tstate = PyThreadState_New(interp);
    if (tstate == NULL)
        return _PyStatus_ERR("can't make first thread");
    PyThreadState_Swap(tstate);
    _PyEval_FiniGIL(interp);
    RETURN_IF_BAD(_PyGILState_SetTstate(tstate));
    RETURN_IF_BAD(_PyEval_InitGIL(tstate));
    *tstate_p = tstate;
    return _PyStatus_OK();
}

static PyStatus
start_runtime(const PyConfig *src_config, PyThreadState **tstate_p)
{
    _PyRuntimeState *runtime = &_PyRuntime;
    PyConfig config;
    _PyConfig_InitCompatConfig(&config);
    PyStatus status = _PyConfig_Copy(&config, src_config);
    if (!_PyStatus_EXCEPTION(status))
        status = _PyConfig_Read(&config, 0);
    if (!_PyStatus_EXCEPTION(status) && runtime->core_initialized) {
        /* A second call before the main phase only replaces the configuration. */
        PyThreadState *tstate = _PyThreadState_GET();
        status = tstate == NULL ? _PyStatus_ERR("failed to read thread state")
                                : _PyConfig_Write(&config, runtime);
        if (!_PyStatus_EXCEPTION(status))
            status = _PyConfig_Copy(&tstate->interp->config, &config);
        *tstate_p = tstate;
        PyConfig_Clear(&config);
        return status;
    }
    if (!_PyStatus_EXCEPTION(status) && runtime->initialized)
        status = _PyStatus_ERR("main interpreter already initialized");
    if (!_PyStatus_EXCEPTION(status))
        status = _PyConfig_Write(&config, runtime);
    if (!_PyStatus_EXCEPTION(status)) {
        _PyRuntimeState_SetFinalizing(runtime, NULL);
        status = _Py_HashRandomization_Init(&config);
    }
    if (!_PyStatus_EXCEPTION(status))
        status = _PyInterpreterState_Enable(runtime);
    if (!_PyStatus_EXCEPTION(status))
        status = start_interpreter(runtime, &config, tstate_p);
    PyConfig_Clear(&config);
    if (!_PyStatus_EXCEPTION(status))
        status = ks_start_core(*tstate_p);
    if (!_PyStatus_EXCEPTION(status))
        runtime->core_initialized = 1;
    return status;
}

/* ---- phase 3 ---- */

static PyStatus
start_path_config(PyThreadState *tstate)
{
    PyConfig *config = &tstate->interp->config;
    RETURN_IF_BAD(_PyConfig_InitImportConfig(config));
    RETURN_IF_BAD(_PyPathConfig_UpdateGlobal(config));
    if (_PySys_UpdateConfig(tstate) < 0)
        return _PyStatus_ERR("failed to update the Python config");
    return _PyStatus_OK();
}

static PyStatus
start_main_module(PyInterpreterState *interp)
{
    PyObject *module = PyImport_AddModule("__main__");
    if (module == NULL)
        return _PyStatus_ERR("can't create __main__ module");
    PyObject *dict = PyModule_GetDict(module);
    KS_OWNED PyObject *annotations = PyDict_New();
    if (annotations == NULL || PyDict_SetItem(dict, &_Py_ID(__annotations__), annotations) < 0)
        return _PyStatus_ERR("Failed to initialize __main__.__annotations__");
    if (PyDict_GetItem(dict, &_Py_ID(__builtins__)) == NULL) {
        KS_OWNED PyObject *builtins = PyImport_ImportModule("builtins");
        if (builtins == NULL || PyDict_SetItem(dict, &_Py_ID(__builtins__), builtins) < 0)
            return _PyStatus_ERR("Failed to initialize __main__.__builtins__");
    }
    PyObject *loader = PyDict_GetItem(dict, &_Py_ID(__loader__));
    if (loader == NULL || loader == Py_None) {
        KS_OWNED PyObject *importer = PyObject_GetAttrString(interp->importlib, "BuiltinImporter");
        if (importer == NULL || PyDict_SetItem(dict, &_Py_ID(__loader__), importer) < 0)
            return _PyStatus_ERR("Failed to initialize __main__.__loader__");
    }
    return _PyStatus_OK();
}

/* The warnings module installs the filters of -W; without options its C half is enough. */
static int
start_warnings(void)
{
    PyObject *options = PySys_GetObject("warnoptions");
    if (options == NULL || !PyList_Check(options) || PyList_GET_SIZE(options) == 0)
        return 0;
    PyObject *warnings = PyImport_ImportModule("warnings");
    if (warnings == NULL) {
        fprintf(stderr, "'import warnings' failed; traceback:\n");
        _PyErr_Print(_PyThreadState_GET());
        return 0;
    }
    Py_DECREF(warnings);
    return 0;
}

static void
warn_about_locale(const PyPreConfig *preconfig)
{
    if (preconfig->coerce_c_locale_warn && _Py_LegacyLocaleDetected(1))
        PySys_FormatStderr(
            "Python runtime initialized with LC_CTYPE=C (a locale with default ASCII encoding), "
            "which may cause Unicode compatibility problems. Using C.UTF-8, C.utf8, or UTF-8 (if "
            "available) as alternative Unicode-compatible locales is recommended.\n");
}

PyStatus
ks_start_main(PyThreadState *tstate)
{
    PyInterpreterState *interp = tstate->interp;
    const PyConfig *config = &interp->config;
    int is_main = _Py_IsMainInterpreter(interp);
    if (!config->_install_importlib) {
        /* Without import there is nothing to start: the tool that freezes importlib runs so. */
        if (is_main)
            interp->runtime->initialized = 1;
        return _PyStatus_OK();
    }
    if (is_main)
        RETURN_IF_BAD(start_path_config(tstate));
    RETURN_IF_BAD(ks_import_init_external(tstate));
    if (is_main)
        RETURN_IF_BAD(_PyFaulthandler_Init(config->faulthandler));
    RETURN_IF_BAD(_PyUnicode_InitEncodings(tstate));
    if (is_main) {
        if (config->install_signal_handlers && _PySignal_Init(1) < 0)
            return _PyStatus_ERR("can't initialize signals");
        if (_PyTraceMalloc_Init(config->tracemalloc) < 0)
            return _PyStatus_ERR("can't initialize tracemalloc");
    }
    RETURN_IF_BAD(ks_start_streams(tstate));
    RETURN_IF_BAD(start_main_module(interp));
    if (is_main) {
        start_warnings();
        interp->runtime->initialized = 1;
    }
    if (config->site_import) {
        PyObject *site = PyImport_ImportModule("site");
        if (site == NULL)
            return _PyStatus_ERR("Failed to import the site module");
        Py_DECREF(site);
    }
    if (is_main)
        warn_about_locale(&interp->runtime->preconfig);
    return _PyStatus_OK();
}

/* For embedders that stopped after the core phase (PyConfig._init_main = 0). */
PyStatus
_Py_InitializeMain(void)
{
    RETURN_IF_BAD(_PyRuntime_Initialize());
    PyThreadState *tstate = _PyThreadState_GET();
    if (!_PyRuntime.core_initialized)
        return _PyStatus_ERR("runtime core not initialized");
    return ks_start_main(tstate);
}

/* ---- entry points ---- */

PyStatus
Py_InitializeFromConfig(const PyConfig *config)
{
    if (config == NULL)
        return _PyStatus_ERR("initialization config is NULL");
    RETURN_IF_BAD(_PyRuntime_Initialize());
    if (_PyRuntime.initialized && !_PyRuntime.core_initialized)
        return _PyStatus_ERR("main interpreter already initialized");
    PyThreadState *tstate = NULL;
    RETURN_IF_BAD(_Py_PreInitializeFromConfig(config, NULL));
    RETURN_IF_BAD(start_runtime(config, &tstate));
    return tstate->interp->config._init_main ? ks_start_main(tstate) : _PyStatus_OK();
}

void
Py_InitializeEx(int install_sigs)
{
    PyStatus status = _PyRuntime_Initialize();
    if (_PyStatus_EXCEPTION(status))
        Py_ExitStatusException(status);
    if (_PyRuntime.initialized)
        return;
    PyConfig config;
    _PyConfig_InitCompatConfig(&config);
    config.install_signal_handlers = install_sigs;
    status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (_PyStatus_EXCEPTION(status))
        Py_ExitStatusException(status);
}

void
Py_Initialize(void)
{
    Py_InitializeEx(1);
}

/* ---- replacing the configuration of a running interpreter ---- */

int
_PyInterpreterState_SetConfig(const PyConfig *src_config)
{
    PyThreadState *tstate = PyThreadState_Get();
    int result = -1;
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    PyStatus status = _PyConfig_Copy(&config, src_config);
    if (!_PyStatus_EXCEPTION(status))
        status = _PyConfig_Read(&config, 1);
    if (!_PyStatus_EXCEPTION(status))
        status = _PyConfig_Copy(&tstate->interp->config, &config);
    if (_PyStatus_EXCEPTION(status)) {
        _PyErr_SetFromPyStatus(status);
    } else {
        ks_config_give_flags(&config);
        status = _PyPathConfig_UpdateGlobal(&config);
        if (_PyStatus_EXCEPTION(status))
            _PyErr_SetFromPyStatus(status);
        else
            result = _PySys_UpdateConfig(tstate);
    }
    PyConfig_Clear(&config);
    return result;
}
