/* SPDX-License-Identifier: MIT */
/* Reading a configuration: command line, environment and -X options fill what is undecided.
 *
 * Order of precedence: what the caller set, command line, -X, environment, default. Reading changes
 * nothing in the process; _PyConfig_Write() does. */
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
#include "ks_config.h"

#include <locale.h>
#include <unistd.h>

#define RETURN_IF_BAD(status)             \
    do {                                  \
        if (_PyStatus_EXCEPTION(status))  \
            return status;                \
    } while (0)

static const char *
config_env(const PyConfig *config, const char *name)
{
    return _Py_GetEnv(config->use_environment, name);
}

static const wchar_t *
config_xoption(const PyConfig *config, const wchar_t *name)
{
    return _Py_get_xoption(&config->xoptions, name);
}

/* The text after '=' in an -X option, NULL if there is none. */
static const wchar_t *
xoption_value(const wchar_t *option)
{
    const wchar_t *equal = wcschr(option, L'=');
    return equal == NULL ? NULL : equal + 1;
}

static int
wide_to_int(const wchar_t *text, int *result)
{
    wchar_t *end;
    errno = 0;
    long value = wcstol(text, &end, 10);
    if (*end != L'\0' || errno == ERANGE || value < INT_MIN || value > INT_MAX)
        return -1;
    *result = (int)value;
    return 0;
}

/* Text from a variable, if the field is still empty. */
static PyStatus
env_text(PyConfig *config, wchar_t **field, const char *name, const char *message)
{
    const char *text = *field == NULL ? config_env(config, name) : NULL;
    return text == NULL ? _PyStatus_OK() : ks_config_set_bytes(config, field, text, message);
}

/* ---- hash seed, frozen modules, tracing ---- */

static PyStatus
config_init_hash_seed(PyConfig *config)
{
    if (config->use_hash_seed >= 0)
        return _PyStatus_OK();
    const char *text = config_env(config, "PYTHONHASHSEED");
    config->use_hash_seed = 0;
    config->hash_seed = 0;
    if (text == NULL || strcmp(text, "random") == 0)
        return _PyStatus_OK();
    char *end;
    errno = 0;
    unsigned long seed = strtoul(text, &end, 10);
    if (*end != '\0' || seed > 4294967295UL || errno == ERANGE)
        return _PyStatus_ERR("PYTHONHASHSEED must be \"random\" "
                             "or an integer in range [0; 4294967295]");
    config->use_hash_seed = 1;
    config->hash_seed = seed;
    return _PyStatus_OK();
}

static PyStatus
config_init_frozen_modules(PyConfig *config)
{
    const wchar_t *option = config_xoption(config, L"frozen_modules");
    if (option == NULL)
        return _PyStatus_OK();
    const wchar_t *value = xoption_value(option);
    if (value == NULL || value[0] == L'\0' || wcscmp(value, L"on") == 0)
        config->use_frozen_modules = 1;
    else if (wcscmp(value, L"off") == 0)
        config->use_frozen_modules = 0;
    else
        return PyStatus_Error("bad value for option -X frozen_modules (expected \"on\" or \"off\")");
    return _PyStatus_OK();
}

static PyStatus
config_init_tracemalloc(PyConfig *config)
{
    int frames;
    if (config->tracemalloc >= 0)
        return _PyStatus_OK();
    const char *text = config_env(config, "PYTHONTRACEMALLOC");
    if (text != NULL) {
        if (_Py_str_to_int(text, &frames) < 0 || frames < 0)
            return _PyStatus_ERR("PYTHONTRACEMALLOC: invalid number of frames");
        config->tracemalloc = frames;
    }
    const wchar_t *option = config_xoption(config, L"tracemalloc");
    if (option != NULL) {
        const wchar_t *value = xoption_value(option);
        frames = 1;
        if (value != NULL && (wide_to_int(value, &frames) < 0 || frames < 0))
            return _PyStatus_ERR("-X tracemalloc=NFRAME: invalid number of frames");
        config->tracemalloc = frames;
    }
    return _PyStatus_OK();
}

static int
digits_valid(int digits)
{
    return digits == 0 || digits >= _PY_LONG_MAX_STR_DIGITS_THRESHOLD;
}

/* -1, the default, is what sys.flags shows when nobody asked. */
static PyStatus
config_init_int_max_str_digits(PyConfig *config)
{
    int digits;
    _Py_global_config_int_max_str_digits = -1;
    const char *text = config_env(config, "PYTHONINTMAXSTRDIGITS");
    if (text != NULL) {
        if (_Py_str_to_int(text, &digits) < 0 || !digits_valid(digits))
            return _PyStatus_ERR("PYTHONINTMAXSTRDIGITS: invalid limit; must be >= "
                                 Py_STRINGIFY(_PY_LONG_MAX_STR_DIGITS_THRESHOLD)
                                 " or 0 for unlimited.");
        _Py_global_config_int_max_str_digits = digits;
    }
    const wchar_t *option = config_xoption(config, L"int_max_str_digits");
    if (option != NULL) {
        const wchar_t *value = xoption_value(option);
        if (value == NULL || wide_to_int(value, &digits) < 0 || !digits_valid(digits))
            return _PyStatus_ERR("-X int_max_str_digits: invalid limit; must be >= "
                                 Py_STRINGIFY(_PY_LONG_MAX_STR_DIGITS_THRESHOLD)
                                 " or 0 for unlimited.");
        _Py_global_config_int_max_str_digits = digits;
    }
    return _PyStatus_OK();
}

static PyStatus
config_init_pycache_prefix(PyConfig *config)
{
    if (config->pycache_prefix != NULL)
        return _PyStatus_OK();
    const wchar_t *option = config_xoption(config, L"pycache_prefix");
    if (option == NULL)
        return env_text(config, &config->pycache_prefix, "PYTHONPYCACHEPREFIX",
                        "cannot decode PYTHONPYCACHEPREFIX");
    const wchar_t *value = xoption_value(option);
    if (value == NULL || value[0] == L'\0')
        return _PyStatus_OK();
    return PyConfig_SetString(config, &config->pycache_prefix, value);
}

static PyStatus
config_read_complex_options(PyConfig *config)
{
    if (config->faulthandler < 0
        && (config_env(config, "PYTHONFAULTHANDLER") || config_xoption(config, L"faulthandler")))
        config->faulthandler = 1;
    if (config_env(config, "PYTHONPROFILEIMPORTTIME") || config_xoption(config, L"importtime"))
        config->import_time = 1;
    if (config_env(config, "PYTHONNODEBUGRANGES") || config_xoption(config, L"no_debug_ranges"))
        config->code_debug_ranges = 0;
    PyStatus status = config_init_tracemalloc(config);
    RETURN_IF_BAD(status);
    status = config_init_int_max_str_digits(config);
    RETURN_IF_BAD(status);
    return config_init_pycache_prefix(config);
}

/* ---- environment ---- */

static void
env_switch_off(const PyConfig *config, int *field, const char *name)
{
    int flag = 0;
    _Py_get_env_flag(config->use_environment, &flag, name);
    if (flag)
        *field = 0;
}

static PyStatus
config_read_env(PyConfig *config)
{
    int use = config->use_environment;
    _Py_get_env_flag(use, &config->parser_debug, "PYTHONDEBUG");
    _Py_get_env_flag(use, &config->verbose, "PYTHONVERBOSE");
    _Py_get_env_flag(use, &config->optimization_level, "PYTHONOPTIMIZE");
    _Py_get_env_flag(use, &config->inspect, "PYTHONINSPECT");
    env_switch_off(config, &config->write_bytecode, "PYTHONDONTWRITEBYTECODE");
    env_switch_off(config, &config->user_site_directory, "PYTHONNOUSERSITE");
    env_switch_off(config, &config->buffered_stdio, "PYTHONUNBUFFERED");
    if (config_env(config, "PYTHONSAFEPATH"))
        config->safe_path = 1;
    if (config_env(config, "PYTHONDUMPREFS"))
        config->dump_refs = 1;
    if (config_env(config, "PYTHONMALLOCSTATS"))
        config->malloc_stats = 1;
    PyStatus status = env_text(config, &config->dump_refs_file, "PYTHONDUMPREFSFILE",
                               "cannot decode PYTHONDUMPREFSFILE");
    RETURN_IF_BAD(status);
    status = env_text(config, &config->pythonpath_env, "PYTHONPATH", "cannot decode PYTHONPATH");
    RETURN_IF_BAD(status);
    status = env_text(config, &config->platlibdir, "PYTHONPLATLIBDIR",
                      "cannot decode PYTHONPLATLIBDIR");
    RETURN_IF_BAD(status);
    return config_init_hash_seed(config);
}

/* ---- encodings ---- */

static PyStatus
locale_encoding(wchar_t **field)
{
    *field = _Py_GetLocaleEncoding();
    return *field == NULL ? _PyStatus_NO_MEMORY() : _PyStatus_OK();
}

static PyStatus
config_init_fs_encoding(PyConfig *config, const PyPreConfig *preconfig)
{
    PyStatus status = _PyStatus_OK();
    if (config->filesystem_encoding == NULL)
        status = preconfig->utf8_mode
            ? PyConfig_SetString(config, &config->filesystem_encoding, L"utf-8")
            : locale_encoding(&config->filesystem_encoding);
    if (!_PyStatus_EXCEPTION(status) && config->filesystem_errors == NULL)
        status = PyConfig_SetString(config, &config->filesystem_errors, L"surrogateescape");
    return status;
}

/* In a locale that says nothing about the encoding, undecodable bytes must pass through. */
static const wchar_t *
stdio_error_handler(void)
{
    const char *ctype = setlocale(LC_CTYPE, NULL);
    if (ctype != NULL
        && (strcmp(ctype, "C") == 0 || strcmp(ctype, "POSIX") == 0 || _Py_IsLocaleCoercionTarget(ctype)))
        return L"surrogateescape";
    return L"strict";
}

/* PYTHONIOENCODING is "encoding", "encoding:errors" or ":errors". */
static PyStatus
config_read_ioencoding(PyConfig *config)
{
    const char *text = config_env(config, "PYTHONIOENCODING");
    if (text == NULL)
        return _PyStatus_OK();
    char *encoding = _PyMem_RawStrdup(text);
    if (encoding == NULL)
        return _PyStatus_NO_MEMORY();
    PyStatus status = _PyStatus_OK();
    const char *message = "cannot decode PYTHONIOENCODING environment variable";
    char *errors = strchr(encoding, ':');
    if (errors != NULL)
        *errors++ = '\0';
    if (encoding[0] != '\0' && config->stdio_encoding == NULL)
        status = ks_config_set_bytes(config, &config->stdio_encoding, encoding, message);
    if (errors != NULL && errors[0] == '\0')
        errors = NULL;
    if (errors == NULL && encoding[0] != '\0')
        errors = "strict";
    if (!_PyStatus_EXCEPTION(status) && errors != NULL && config->stdio_errors == NULL)
        status = ks_config_set_bytes(config, &config->stdio_errors, errors, message);
    PyMem_RawFree(encoding);
    return status;
}

static char *legacy_stdio_encoding, *legacy_stdio_errors;

static PyStatus
config_init_stdio_encoding(PyConfig *config, const PyPreConfig *preconfig)
{
    PyStatus status = _PyStatus_OK();
    if (legacy_stdio_encoding != NULL && config->stdio_encoding == NULL)
        status = ks_config_set_bytes(config, &config->stdio_encoding, legacy_stdio_encoding,
                                     "cannot decode _Py_StandardStreamEncoding");
    RETURN_IF_BAD(status);
    if (legacy_stdio_errors != NULL && config->stdio_errors == NULL)
        status = ks_config_set_bytes(config, &config->stdio_errors, legacy_stdio_errors,
                                     "cannot decode _Py_StandardStreamErrors");
    RETURN_IF_BAD(status);
    if (config->stdio_encoding == NULL || config->stdio_errors == NULL) {
        status = config_read_ioencoding(config);
        RETURN_IF_BAD(status);
    }
    if (preconfig->utf8_mode) {
        if (config->stdio_encoding == NULL)
            status = PyConfig_SetString(config, &config->stdio_encoding, L"utf-8");
        RETURN_IF_BAD(status);
        if (config->stdio_errors == NULL)
            status = PyConfig_SetString(config, &config->stdio_errors, L"surrogateescape");
        RETURN_IF_BAD(status);
    }
    if (config->stdio_encoding == NULL)
        status = locale_encoding(&config->stdio_encoding);
    RETURN_IF_BAD(status);
    if (config->stdio_errors == NULL)
        status = PyConfig_SetString(config, &config->stdio_errors, stdio_error_handler());
    return status;
}

/* Old interface: before Py_Initialize() only. 0; -1 without memory, -1 once initialised. */
int
Py_SetStandardStreamEncoding(const char *encoding, const char *errors)
{
    if (Py_IsInitialized())
        return -1;
    PyMemAllocatorEx saved;
    _PyMem_SetDefaultAllocator(PYMEM_DOMAIN_RAW, &saved);
    int result = 0;
    if (encoding != NULL && (legacy_stdio_encoding = _PyMem_RawStrdup(encoding)) == NULL)
        result = -2;
    if (result == 0 && errors != NULL && (legacy_stdio_errors = _PyMem_RawStrdup(errors)) == NULL) {
        PyMem_RawFree(legacy_stdio_encoding);
        legacy_stdio_encoding = NULL;
        result = -3;
    }
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &saved);
    return result;
}

void
_Py_ClearStandardStreamEncoding(void)
{
    PyMemAllocatorEx saved;
    _PyMem_SetDefaultAllocator(PYMEM_DOMAIN_RAW, &saved);
    PyMem_RawFree(legacy_stdio_encoding);
    PyMem_RawFree(legacy_stdio_errors);
    legacy_stdio_encoding = legacy_stdio_errors = NULL;
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &saved);
}

/* ---- warning options ---- */

/* A filter is listed once, where it was given last. */
static PyStatus
warnoptions_add(PyWideStringList *list, const wchar_t *option)
{
    return PyWideStringList_Append(list, option);
}

static PyStatus
warnoptions_from_env(const PyConfig *config, PyWideStringList *list)
{
    const char *text = config_env(config, "PYTHONWARNINGS");
    if (text == NULL)
        return _PyStatus_OK();
    wchar_t *wide = NULL;
    PyStatus status = ks_config_set_bytes((PyConfig *)config, &wide, text,
                                          "cannot decode PYTHONWARNINGS");
    RETURN_IF_BAD(status);
    wchar_t *rest;
    for (wchar_t *part = wcstok(wide, L",", &rest); part != NULL && !_PyStatus_EXCEPTION(status);
         part = wcstok(NULL, L",", &rest))
        status = warnoptions_add(list, part);
    PyMem_RawFree(wide);
    return status;
}

/* Later filters win, so they are listed in rising order of precedence: dev mode's default,
 * environment, command line, -b, the embedder's own. */
static PyStatus
config_init_warnoptions(PyConfig *config, const PyWideStringList *cmdline)
{
    PyWideStringList options = _PyWideStringList_INIT;
    PyStatus status = _PyStatus_OK();
    if (config->dev_mode)
        status = warnoptions_add(&options, L"default");
    if (!_PyStatus_EXCEPTION(status))
        status = warnoptions_from_env(config, &options);
    if (!_PyStatus_EXCEPTION(status))
        status = _PyWideStringList_Extend(&options, cmdline);
    if (!_PyStatus_EXCEPTION(status))
        status = _PySys_ReadPreinitWarnOptions(&options);
    if (!_PyStatus_EXCEPTION(status) && config->bytes_warning)
        status = warnoptions_add(&options, config->bytes_warning > 1 ? L"error::BytesWarning"
                                                                     : L"default::BytesWarning");
    if (!_PyStatus_EXCEPTION(status))
        status = _PyWideStringList_Extend(&options, &config->warnoptions);
    if (_PyStatus_EXCEPTION(status)) {
        _PyWideStringList_Clear(&options);
        return status;
    }
    _PyWideStringList_Clear(&config->warnoptions);
    config->warnoptions = options;
    return status;
}

/* ---- arguments ---- */

static PyWideStringList original_argv;

void
_Py_ClearArgcArgv(void)
{
    PyMemAllocatorEx saved;
    _PyMem_SetDefaultAllocator(PYMEM_DOMAIN_RAW, &saved);
    _PyWideStringList_Clear(&original_argv);
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &saved);
}

static int
original_argv_set(const PyWideStringList *argv)
{
    PyMemAllocatorEx saved;
    _PyMem_SetDefaultAllocator(PYMEM_DOMAIN_RAW, &saved);
    int result = _PyWideStringList_Copy(&original_argv, argv);
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &saved);
    return result;
}

void
Py_GetArgcArgv(int *argc, wchar_t ***argv)
{
    *argc = (int)original_argv.length;
    *argv = original_argv.items;
}

static PyStatus
config_init_program_name(PyConfig *config)
{
    if (config->program_name != NULL)
        return _PyStatus_OK();
    if (config->orig_argv.length >= 1 && config->orig_argv.items[0][0] != L'\0'
        && config->_config_init != _PyConfig_INIT_ISOLATED)
        return PyConfig_SetString(config, &config->program_name, config->orig_argv.items[0]);
    return PyConfig_SetString(config, &config->program_name, L"python3");
}

/* sys.argv: what follows the options, headed by the script, "-c", "-m" or nothing. */
static PyStatus
config_update_argv(PyConfig *config, Py_ssize_t rest)
{
    PyWideStringList argv = _PyWideStringList_INIT;
    if (config->argv.length > rest) {
        PyWideStringList tail = {config->argv.length - rest, config->argv.items + rest};
        if (_PyWideStringList_Copy(&argv, &tail) < 0)
            return _PyStatus_NO_MEMORY();
    } else {
        PyStatus status = PyWideStringList_Append(&argv, L"");
        RETURN_IF_BAD(status);
    }
    const wchar_t *head = config->run_command != NULL ? L"-c" : config->run_module != NULL ? L"-m" : NULL;
    if (head != NULL) {
        wchar_t *copy = _PyMem_RawWcsdup(head);
        if (copy == NULL) {
            _PyWideStringList_Clear(&argv);
            return _PyStatus_NO_MEMORY();
        }
        PyMem_RawFree(argv.items[0]);
        argv.items[0] = copy;
    }
    _PyWideStringList_Clear(&config->argv);
    config->argv = argv;
    return _PyStatus_OK();
}

/* A relative script name would mean another file after a chdir(): __file__ is absolute. A name
 * that cannot be made so stays; opening it tells. */
static PyStatus
config_absolute_filename(PyConfig *config)
{
    wchar_t *filename = config->run_filename;
    if (filename == NULL || config->_config_init == _PyConfig_INIT_ISOLATED)
        return _PyStatus_OK();
    wchar_t *absolute;
    if (_Py_isabs(filename) || _Py_abspath(filename, &absolute) < 0)
        return _PyStatus_OK();
    if (absolute == NULL)
        return _PyStatus_NO_MEMORY();
    PyMem_RawFree(config->run_filename);
    config->run_filename = absolute;
    return _PyStatus_OK();
}

static PyStatus
config_read_cmdline(PyConfig *config)
{
    PyWideStringList cmdline_warnoptions = _PyWideStringList_INIT;
    PyStatus status = _PyStatus_OK();
    Py_ssize_t rest = 0;
    if (config->parse_argv < 0)
        config->parse_argv = 1;
    if (config->parse_argv == 1) {
        status = ks_config_read_options(config, &cmdline_warnoptions, &rest);
        if (!_PyStatus_EXCEPTION(status))
            status = config_absolute_filename(config);
        if (!_PyStatus_EXCEPTION(status))
            status = config_update_argv(config, rest);
    } else if (config->argv.length == 0) {
        status = PyWideStringList_Append(&config->argv, L"");
    }
    if (!_PyStatus_EXCEPTION(status) && config->use_environment)
        status = config_read_env(config);
    if (!_PyStatus_EXCEPTION(status))
        status = config_init_warnoptions(config, &cmdline_warnoptions);
    if (!_PyStatus_EXCEPTION(status))
        config->parse_argv = config->parse_argv == 1 ? 2 : config->parse_argv;
    _PyWideStringList_Clear(&cmdline_warnoptions);
    return status;
}

/* ---- the whole ---- */

static void
config_fill_defaults(PyConfig *config)
{
    if (config->dev_mode && config->faulthandler < 0)
        config->faulthandler = 1;
    if (config->faulthandler < 0)
        config->faulthandler = 0;
    if (config->tracemalloc < 0)
        config->tracemalloc = 0;
    if (config->use_hash_seed < 0)
        config->use_hash_seed = 0;
    if (config->configure_c_stdio < 0)
        config->configure_c_stdio = 1;
    if (config->use_frozen_modules < 0)
        config->use_frozen_modules = 1;
}

static PyStatus
config_read_once(PyConfig *config, int compute_path_config)
{
    const PyPreConfig *preconfig = &_PyRuntime.preconfig;
    _PyPreCmdline early = _PyPreCmdline_INIT;
    PyStatus status;
    if (config->orig_argv.length == 0
        && !(config->argv.length == 1 && config->argv.items[0][0] == L'\0')
        && _PyWideStringList_Copy(&config->orig_argv, &config->argv) < 0)
        return _PyStatus_NO_MEMORY();

    if (_PyWideStringList_Copy(&early.argv, &config->argv) < 0)
        return _PyStatus_NO_MEMORY();
    early.isolated = config->isolated;
    early.use_environment = config->use_environment;
    early.dev_mode = config->dev_mode;
    /* parse_argv is 2 once the options have been taken out. */
    PyPreConfig scan = *preconfig;
    scan.parse_argv = config->parse_argv == 1;
    status = _PyPreCmdline_Read(&early, &scan);
    if (!_PyStatus_EXCEPTION(status))
        status = _PyPreCmdline_SetConfig(&early, config);
    _PyPreCmdline_Clear(&early);
    RETURN_IF_BAD(status);

    ks_config_take_flags(config);
    if (config->isolated > 0) {
        config->safe_path = 1;
        config->use_environment = 0;
        config->user_site_directory = 0;
    }
    status = config_init_program_name(config);
    RETURN_IF_BAD(status);
    status = config_read_cmdline(config);
    RETURN_IF_BAD(status);
    status = _PySys_ReadPreinitXOptions(config);
    RETURN_IF_BAD(status);
    status = config_init_frozen_modules(config);
    RETURN_IF_BAD(status);
    status = config_read_complex_options(config);
    RETURN_IF_BAD(status);

    status = _PyConfig_InitPathConfig(config, compute_path_config);
    RETURN_IF_BAD(status);
    config_fill_defaults(config);
    if (config->filesystem_encoding == NULL || config->filesystem_errors == NULL) {
        status = config_init_fs_encoding(config, preconfig);
        RETURN_IF_BAD(status);
    }
    status = config_init_stdio_encoding(config, preconfig);
    RETURN_IF_BAD(status);
    if (config->check_hash_pycs_mode == NULL)
        status = PyConfig_SetString(config, &config->check_hash_pycs_mode, L"default");
    return status;
}

PyStatus
_PyConfig_Read(PyConfig *config, int compute_path_config)
{
    PyStatus status = _Py_PreInitializeFromConfig(config, NULL);
    RETURN_IF_BAD(status);
    return config_read_once(config, compute_path_config);
}

PyStatus
PyConfig_Read(PyConfig *config)
{
    return _PyConfig_Read(config, 0);
}

/* What import needs and the core does without. */
PyStatus
_PyConfig_InitImportConfig(PyConfig *config)
{
    return _PyConfig_InitPathConfig(config, 1);
}

/* ---- making it effective ---- */

static void
configure_c_stdio(const PyConfig *config)
{
    if (!config->buffered_stdio) {
        setvbuf(stdin, NULL, _IONBF, BUFSIZ);
        setvbuf(stdout, NULL, _IONBF, BUFSIZ);
        setvbuf(stderr, NULL, _IONBF, BUFSIZ);
    } else if (config->interactive) {
        setvbuf(stdin, NULL, _IOLBF, BUFSIZ);
        setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    }
}

PyStatus
_PyConfig_Write(const PyConfig *config, _PyRuntimeState *runtime)
{
    ks_config_give_flags(config);
    if (config->configure_c_stdio)
        configure_c_stdio(config);
    PyPreConfig *preconfig = &runtime->preconfig;
    preconfig->isolated = config->isolated;
    preconfig->use_environment = config->use_environment;
    preconfig->dev_mode = config->dev_mode;
    if (original_argv_set(&config->orig_argv) < 0)
        return _PyStatus_NO_MEMORY();
    return _PyStatus_OK();
}
