/* SPDX-License-Identifier: MIT */
/* PyConfig as data: the three starting points, copying, clearing, setting, to and from a dict, and
 * the global flags of the older interface.
 *
 * Strings and lists in a configuration are raw memory that it owns. -1 means "not decided yet". */
#include "Python.h"
#include "pycore_fileutils.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_long.h"
#include "pycore_pathconfig.h"
#include "pycore_pylifecycle.h"
#include "pycore_pymem.h"
#include "pycore_runtime.h"
#include "ks_base.h"
#include "ks_lifecycle.h"

int Py_DebugFlag = 0;
int Py_VerboseFlag = 0;
int Py_QuietFlag = 0;
int Py_InteractiveFlag = 0;
int Py_InspectFlag = 0;
int Py_OptimizeFlag = 0;
int Py_NoSiteFlag = 0;
int Py_BytesWarningFlag = 0;
int Py_FrozenFlag = 0;
int Py_IgnoreEnvironmentFlag = 0;
int Py_DontWriteBytecodeFlag = 0;
int Py_NoUserSiteDirectory = 0;
int Py_UnbufferedStdioFlag = 0;
int Py_HashRandomizationFlag = 0;
int Py_IsolatedFlag = 0;

int _Py_global_config_int_max_str_digits = _PY_LONG_DEFAULT_MAX_STR_DIGITS;

/* An environment variable, unless -E or -I said not to look. */
char *
Py_GETENV(const char *name)
{
    return Py_IgnoreEnvironmentFlag ? NULL : getenv(name);
}

/* ---- the global flags ---- */

/* flag, field, 1 if the field is the flag's negation */
#define EACH_FLAG(FLAG)                                     \
    FLAG(Py_BytesWarningFlag, bytes_warning, 0)             \
    FLAG(Py_InspectFlag, inspect, 0)                        \
    FLAG(Py_InteractiveFlag, interactive, 0)                \
    FLAG(Py_OptimizeFlag, optimization_level, 0)            \
    FLAG(Py_DebugFlag, parser_debug, 0)                     \
    FLAG(Py_VerboseFlag, verbose, 0)                        \
    FLAG(Py_QuietFlag, quiet, 0)                            \
    FLAG(Py_IsolatedFlag, isolated, 0)                      \
    FLAG(Py_IgnoreEnvironmentFlag, use_environment, 1)      \
    FLAG(Py_FrozenFlag, pathconfig_warnings, 1)             \
    FLAG(Py_UnbufferedStdioFlag, buffered_stdio, 1)         \
    FLAG(Py_NoSiteFlag, site_import, 1)                     \
    FLAG(Py_DontWriteBytecodeFlag, write_bytecode, 1)       \
    FLAG(Py_NoUserSiteDirectory, user_site_directory, 1)

void
ks_config_take_flags(PyConfig *config)
{
#define FLAG(flag, field, negated) \
    if (config->field == -1)       \
        config->field = (negated) ? !(flag) : (flag);
    EACH_FLAG(FLAG)
#undef FLAG
}

void
ks_config_give_flags(const PyConfig *config)
{
#define FLAG(flag, field, negated) \
    if (config->field != -1)       \
        (flag) = (negated) ? !config->field : config->field;
    EACH_FLAG(FLAG)
#undef FLAG
    /* PYTHONHASHSEED=0 switches randomisation off; random or absent leaves it on. */
    Py_HashRandomizationFlag = config->use_hash_seed == 0 || config->hash_seed != 0;
}

/* ---- starting points ---- */

void
_PyConfig_InitCompatConfig(PyConfig *config)
{
    *config = (PyConfig){
        ._config_init = _PyConfig_INIT_COMPAT,
        .isolated = -1,
        .use_environment = -1,
        .dev_mode = -1,
        .install_signal_handlers = 1,
        .use_hash_seed = -1,
        .faulthandler = -1,
        .tracemalloc = -1,
        .code_debug_ranges = 1,
        .site_import = -1,
        .bytes_warning = -1,
        .inspect = -1,
        .interactive = -1,
        .optimization_level = -1,
        .parser_debug = -1,
        .write_bytecode = -1,
        .verbose = -1,
        .quiet = -1,
        .user_site_directory = -1,
        .buffered_stdio = -1,
        .use_frozen_modules = 1,
        .pathconfig_warnings = -1,
        ._install_importlib = 1,
        ._init_main = 1,
    };
}

/* What both modern starting points have in common. */
static void
config_init_modern(PyConfig *config)
{
    _PyConfig_InitCompatConfig(config);
    config->isolated = 0;
    config->use_environment = 1;
    config->site_import = 1;
    config->bytes_warning = 0;
    config->inspect = 0;
    config->interactive = 0;
    config->optimization_level = 0;
    config->parser_debug = 0;
    config->write_bytecode = 1;
    config->verbose = 0;
    config->quiet = 0;
    config->user_site_directory = 1;
    config->buffered_stdio = 1;
    config->pathconfig_warnings = 1;
}

void
PyConfig_InitPythonConfig(PyConfig *config)
{
    config_init_modern(config);
    config->_config_init = _PyConfig_INIT_PYTHON;
    config->configure_c_stdio = 1;
    config->parse_argv = 1;
}

void
PyConfig_InitIsolatedConfig(PyConfig *config)
{
    config_init_modern(config);
    config->_config_init = _PyConfig_INIT_ISOLATED;
    config->isolated = 1;
    config->use_environment = 0;
    config->user_site_directory = 0;
    config->dev_mode = 0;
    config->install_signal_handlers = 0;
    config->use_hash_seed = 0;
    config->faulthandler = 0;
    config->tracemalloc = 0;
    config->safe_path = 1;
    config->pathconfig_warnings = 0;
}

/* ---- copying and clearing ---- */

void
PyConfig_Clear(PyConfig *config)
{
#define NUMBER(name)
#define TEXT(name)              \
    PyMem_RawFree(config->name); \
    config->name = NULL;
#define LIST(name) _PyWideStringList_Clear(&config->name);
#include "config_fields.def"
#undef NUMBER
#undef TEXT
#undef LIST
}

/* Frees the old text; NULL stays NULL. */
static PyStatus
text_set(wchar_t **field, const wchar_t *text)
{
    wchar_t *copy = NULL;
    if (text != NULL) {
        copy = _PyMem_RawWcsdup(text);
        if (copy == NULL)
            return _PyStatus_NO_MEMORY();
    }
    PyMem_RawFree(*field);
    *field = copy;
    return _PyStatus_OK();
}

PyStatus
_PyConfig_Copy(PyConfig *config, const PyConfig *config2)
{
    PyStatus status;
    PyConfig_Clear(config);
    config->hash_seed = config2->hash_seed;
#define NUMBER(name) config->name = config2->name;
#define TEXT(name)                                 \
    status = text_set(&config->name, config2->name); \
    if (_PyStatus_EXCEPTION(status))               \
        return status;
#define LIST(name)                                               \
    if (_PyWideStringList_Copy(&config->name, &config2->name) < 0) \
        return _PyStatus_NO_MEMORY();
#include "config_fields.def"
#undef NUMBER
#undef TEXT
#undef LIST
    return _PyStatus_OK();
}

/* ---- setting ---- */

PyStatus
PyConfig_SetString(PyConfig *config, wchar_t **config_str, const wchar_t *str)
{
    PyStatus status = _Py_PreInitializeFromConfig(config, NULL);
    return _PyStatus_EXCEPTION(status) ? status : text_set(config_str, str);
}

/* name is for the message; text in the locale's encoding, or NULL. */
PyStatus
ks_config_set_bytes(PyConfig *config, wchar_t **field, const char *text, const char *message)
{
    PyStatus status = _Py_PreInitializeFromConfig(config, NULL);
    if (_PyStatus_EXCEPTION(status))
        return status;
    wchar_t *wide = NULL;
    if (text != NULL) {
        size_t length;
        wide = Py_DecodeLocale(text, &length);
        if (wide == NULL)
            return length == (size_t)-2 ? PyStatus_Error(message) : PyStatus_NoMemory();
    }
    PyMem_RawFree(*field);
    *field = wide;
    return _PyStatus_OK();
}

PyStatus
PyConfig_SetBytesString(PyConfig *config, wchar_t **config_str, const char *str)
{
    return ks_config_set_bytes(config, config_str, str, "cannot decode string");
}

PyStatus
_PyConfig_SetPyArgv(PyConfig *config, const _PyArgv *args)
{
    PyStatus status = _Py_PreInitializeFromConfig(config, args);
    return _PyStatus_EXCEPTION(status) ? status : _PyArgv_AsWstrList(args, &config->argv);
}

PyStatus
PyConfig_SetBytesArgv(PyConfig *config, Py_ssize_t argc, char *const *argv)
{
    _PyArgv args = {.argc = argc, .use_bytes_argv = 1, .bytes_argv = argv};
    return _PyConfig_SetPyArgv(config, &args);
}

PyStatus
PyConfig_SetArgv(PyConfig *config, Py_ssize_t argc, wchar_t *const *argv)
{
    _PyArgv args = {.argc = argc, .wchar_argv = argv};
    return _PyConfig_SetPyArgv(config, &args);
}

PyStatus
PyConfig_SetWideStringList(PyConfig *config, PyWideStringList *list, Py_ssize_t length,
                           wchar_t **items)
{
    PyStatus status = _Py_PreInitializeFromConfig(config, NULL);
    if (_PyStatus_EXCEPTION(status))
        return status;
    PyWideStringList given = {.length = length, .items = items};
    return _PyWideStringList_Copy(list, &given) < 0 ? _PyStatus_NO_MEMORY() : _PyStatus_OK();
}

/* ---- to a dict and back ---- */

static int
dict_give(PyObject *dict, const char *name, KS_STEALS PyObject *value)
{
    int result = value == NULL ? -1 : PyDict_SetItemString(dict, name, value);
    Py_XDECREF(value);
    return result;
}

static PyObject *
text_object(const wchar_t *text)
{
    return text == NULL ? Py_NewRef(Py_None) : PyUnicode_FromWideChar(text, -1);
}

PyObject *
_PyConfig_AsDict(const PyConfig *config)
{
    KS_OWNED PyObject *dict = PyDict_New();
    if (dict == NULL || dict_give(dict, "hash_seed", PyLong_FromUnsignedLong(config->hash_seed)) < 0)
        return NULL;
#define NUMBER(name)                                             \
    if (dict_give(dict, #name, PyLong_FromLong(config->name)) < 0) \
        return NULL;
#define TEXT(name)                                           \
    if (dict_give(dict, #name, text_object(config->name)) < 0) \
        return NULL;
#define LIST(name)                                                        \
    if (dict_give(dict, #name, _PyWideStringList_AsList(&config->name)) < 0) \
        return NULL;
#include "config_fields.def"
#undef NUMBER
#undef TEXT
#undef LIST
    return ks_give(&dict);
}

/* Borrowed, ValueError when it is not there. */
static PyObject *
dict_need(PyObject *dict, const char *name)
{
    PyObject *item = PyDict_GetItemString(dict, name);
    if (item == NULL && !PyErr_Occurred())
        PyErr_Format(PyExc_ValueError, "missing config key: %s", name);
    return item;
}

static int
bad_value(const char *name)
{
    PyErr_Format(PyExc_ValueError, "invalid config value: %s", name);
    return -1;
}

static int
take_number(PyObject *dict, const char *name, int *field)
{
    PyObject *item = dict_need(dict, name);
    if (item == NULL)
        return -1;
    int value = _PyLong_AsInt(item);
    if (value == -1 && PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(PyExc_TypeError, "invalid config type: %s", name);
        else if (PyErr_ExceptionMatches(PyExc_OverflowError))
            bad_value(name);
        return -1;
    }
    if (value < 0) /* "not set" is over once a configuration can be read back */
        return bad_value(name);
    *field = value;
    return 0;
}

static int
text_from_object(PyObject *item, wchar_t **field)
{
    wchar_t *text = PyUnicode_AsWideCharString(item, NULL);
    if (text == NULL)
        return -1;
    PyStatus status = text_set(field, text);
    PyMem_Free(text);
    if (_PyStatus_EXCEPTION(status)) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static int
take_text(PyObject *dict, const char *name, wchar_t **field)
{
    PyObject *item = dict_need(dict, name);
    if (item == NULL)
        return -1;
    if (item == Py_None) {
        text_set(field, NULL);
        return 0;
    }
    if (!PyUnicode_Check(item)) {
        PyErr_Format(PyExc_TypeError, "invalid config type: %s", name);
        return -1;
    }
    return text_from_object(item, field);
}

static int
take_list(PyObject *dict, const char *name, PyWideStringList *field)
{
    PyObject *list = dict_need(dict, name);
    if (list == NULL)
        return -1;
    if (!PyList_CheckExact(list)) {
        PyErr_Format(PyExc_TypeError, "invalid config type: %s", name);
        return -1;
    }
    PyWideStringList taken = _PyWideStringList_INIT;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *item = PyList_GET_ITEM(list, i);
        wchar_t *text = NULL;
        if (item == Py_None) {
            bad_value(name);
        } else if (!PyUnicode_Check(item)) {
            PyErr_Format(PyExc_TypeError, "invalid config type: %s", name);
        } else if (text_from_object(item, &text) == 0) {
            PyStatus status = PyWideStringList_Append(&taken, text);
            PyMem_RawFree(text);
            if (!_PyStatus_EXCEPTION(status))
                continue;
            PyErr_NoMemory();
        }
        _PyWideStringList_Clear(&taken);
        return -1;
    }
    _PyWideStringList_Clear(field);
    *field = taken;
    return 0;
}

int
_PyConfig_FromDict(PyConfig *config, PyObject *dict)
{
    if (!PyDict_Check(dict)) {
        PyErr_SetString(PyExc_TypeError, "dict expected");
        return -1;
    }
#define NUMBER(name)                                 \
    if (take_number(dict, #name, &config->name) < 0) \
        return -1;
#define TEXT(name)                                 \
    if (take_text(dict, #name, &config->name) < 0) \
        return -1;
#define LIST(name)                                 \
    if (take_list(dict, #name, &config->name) < 0) \
        return -1;
#include "config_fields.def"
#undef NUMBER
#undef TEXT
#undef LIST
    PyObject *seed = dict_need(dict, "hash_seed");
    if (seed == NULL)
        return -1;
    config->hash_seed = PyLong_AsUnsignedLong(seed);
    if (config->hash_seed == (unsigned long)-1 && PyErr_Occurred()) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_SetString(PyExc_TypeError, "invalid config type: hash_seed");
        else if (PyErr_ExceptionMatches(PyExc_OverflowError))
            bad_value("hash_seed");
        return -1;
    }
#define NEEDED(name)            \
    if (config->name == NULL)   \
        return bad_value(#name);
    NEEDED(filesystem_encoding)
    NEEDED(filesystem_errors)
    NEEDED(stdio_encoding)
    NEEDED(stdio_errors)
    NEEDED(check_hash_pycs_mode)
    NEEDED(program_name)
    NEEDED(platlibdir)
#undef NEEDED
    if (config->_config_init != _PyConfig_INIT_COMPAT && config->_config_init != _PyConfig_INIT_PYTHON
        && config->_config_init != _PyConfig_INIT_ISOLATED)
        return bad_value("_config_init");
    if (config->hash_seed > 4294967295UL)
        return bad_value("hash_seed");
    return 0;
}

/* ---- everything at once, for tests of embedding ---- */

static PyObject *
flags_dict(void)
{
    KS_OWNED PyObject *dict = PyDict_New();
    if (dict == NULL)
        return NULL;
    extern int Py_UTF8Mode;
    const char *fs_encoding = Py_FileSystemDefaultEncoding, *fs_errors = Py_FileSystemDefaultEncodeErrors;
    if (dict_give(dict, "Py_FileSystemDefaultEncoding",
                  fs_encoding ? PyUnicode_FromString(fs_encoding) : Py_NewRef(Py_None)) < 0
        || dict_give(dict, "Py_HasFileSystemDefaultEncoding",
                     PyLong_FromLong(Py_HasFileSystemDefaultEncoding)) < 0
        || dict_give(dict, "Py_FileSystemDefaultEncodeErrors",
                     fs_errors ? PyUnicode_FromString(fs_errors) : Py_NewRef(Py_None)) < 0
        || dict_give(dict, "_Py_HasFileSystemDefaultEncodeErrors",
                     PyLong_FromLong(_Py_HasFileSystemDefaultEncodeErrors)) < 0
        || dict_give(dict, "Py_UTF8Mode", PyLong_FromLong(Py_UTF8Mode)) < 0
        || dict_give(dict, "Py_HashRandomizationFlag", PyLong_FromLong(Py_HashRandomizationFlag)) < 0)
        return NULL;
#define FLAG(flag, field, negated)                         \
    if (dict_give(dict, #flag, PyLong_FromLong(flag)) < 0) \
        return NULL;
    EACH_FLAG(FLAG)
#undef FLAG
    return ks_give(&dict);
}

PyObject *
_Py_GetConfigsAsDict(void)
{
    KS_OWNED PyObject *all = PyDict_New();
    if (all == NULL || dict_give(all, "global_config", flags_dict()) < 0
        || dict_give(all, "pre_config", _PyPreConfig_AsDict(&_PyRuntime.preconfig)) < 0
        || dict_give(all, "config", _PyConfig_AsDict(_Py_GetConfig())) < 0)
        return NULL;
    return ks_give(&all);
}
