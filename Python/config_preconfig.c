/* SPDX-License-Identifier: MIT */
/* PyPreConfig: what must be settled before the first byte is decoded or the first block allocated:
 * locale, UTF-8 mode, allocators.
 *
 * Reading works on the process's real locale and therefore happens once; writing makes the result
 * effective. -1 in a field means "not decided yet". */
#include "Python.h"
#include "pycore_fileutils.h"
#include "pycore_getopt.h"
#include "pycore_initconfig.h"
#include "pycore_pylifecycle.h"
#include "pycore_pymem.h"
#include "pycore_runtime.h"
#include "ks_base.h"
#include "ks_lifecycle.h"

#include <locale.h>

int Py_UTF8Mode = 0;

static const size_t preconfig_offsets[] = {
    offsetof(PyPreConfig, _config_init), offsetof(PyPreConfig, parse_argv),
    offsetof(PyPreConfig, isolated), offsetof(PyPreConfig, use_environment),
    offsetof(PyPreConfig, configure_locale), offsetof(PyPreConfig, dev_mode),
    offsetof(PyPreConfig, coerce_c_locale), offsetof(PyPreConfig, coerce_c_locale_warn),
    offsetof(PyPreConfig, utf8_mode), offsetof(PyPreConfig, allocator),
};
static const char *const preconfig_names[] = {
    "_config_init", "parse_argv", "isolated", "use_environment", "configure_locale", "dev_mode",
    "coerce_c_locale", "coerce_c_locale_warn", "utf8_mode", "allocator",
};

/* ---- the three starting points ---- */

void
_PyPreConfig_InitCompatConfig(PyPreConfig *config)
{
    *config = (PyPreConfig){
        ._config_init = _PyConfig_INIT_COMPAT,
        .isolated = -1,
        .use_environment = -1,
        .configure_locale = 1,
        .dev_mode = -1,
        .allocator = PYMEM_ALLOCATOR_NOT_SET,
    };
}

void
PyPreConfig_InitPythonConfig(PyPreConfig *config)
{
    *config = (PyPreConfig){
        ._config_init = _PyConfig_INIT_PYTHON,
        .parse_argv = 1,
        .use_environment = 1,
        .configure_locale = 1,
        .coerce_c_locale = -1,
        .coerce_c_locale_warn = -1,
        .utf8_mode = -1,
        .dev_mode = -1,
        .allocator = PYMEM_ALLOCATOR_NOT_SET,
    };
}

void
PyPreConfig_InitIsolatedConfig(PyPreConfig *config)
{
    *config = (PyPreConfig){
        ._config_init = _PyConfig_INIT_ISOLATED,
        .isolated = 1,
        .allocator = PYMEM_ALLOCATOR_NOT_SET,
    };
}

PyStatus
_PyPreConfig_InitFromPreConfig(PyPreConfig *config, const PyPreConfig *config2)
{
    *config = *config2;
    return _PyStatus_OK();
}

void
_PyPreConfig_InitFromConfig(PyPreConfig *preconfig, const PyConfig *config)
{
    switch (config->_config_init) {
    case _PyConfig_INIT_PYTHON:
        PyPreConfig_InitPythonConfig(preconfig);
        break;
    case _PyConfig_INIT_ISOLATED:
        PyPreConfig_InitIsolatedConfig(preconfig);
        break;
    default:
        _PyPreConfig_InitCompatConfig(preconfig);
    }
    _PyPreConfig_GetConfig(preconfig, config);
}

static void
take_set(int *field, int value)
{
    if (value != -1)
        *field = value;
}

void
_PyPreConfig_GetConfig(PyPreConfig *preconfig, const PyConfig *config)
{
    take_set(&preconfig->parse_argv, config->parse_argv);
    take_set(&preconfig->isolated, config->isolated);
    take_set(&preconfig->use_environment, config->use_environment);
    take_set(&preconfig->dev_mode, config->dev_mode);
}

PyObject *
_PyPreConfig_AsDict(const PyPreConfig *config)
{
    KS_OWNED PyObject *dict = PyDict_New();
    if (dict == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(preconfig_names); i++) {
        int value = *(const int *)((const char *)config + preconfig_offsets[i]);
        KS_OWNED PyObject *number = PyLong_FromLong(value);
        if (number == NULL || PyDict_SetItemString(dict, preconfig_names[i], number) < 0)
            return NULL;
    }
    return ks_give(&dict);
}

/* ---- the options on the command line that matter this early ---- */

void
_PyPreCmdline_Clear(_PyPreCmdline *cmdline)
{
    _PyWideStringList_Clear(&cmdline->argv);
    _PyWideStringList_Clear(&cmdline->xoptions);
}

PyStatus
_PyPreCmdline_SetArgv(_PyPreCmdline *cmdline, const _PyArgv *args)
{
    return _PyArgv_AsWstrList(args, &cmdline->argv);
}

PyStatus
_PyPreCmdline_SetConfig(const _PyPreCmdline *cmdline, PyConfig *config)
{
    PyStatus status = _PyWideStringList_Extend(&config->xoptions, &cmdline->xoptions);
    if (_PyStatus_EXCEPTION(status))
        return status;
    take_set(&config->isolated, cmdline->isolated);
    take_set(&config->use_environment, cmdline->use_environment);
    take_set(&config->dev_mode, cmdline->dev_mode);
    config->warn_default_encoding = cmdline->warn_default_encoding;
    return _PyStatus_OK();
}

static PyStatus
precmdline_scan(_PyPreCmdline *cmdline)
{
    _PyOS_ResetGetOpt();
    _PyOS_opterr = 0; /* complaints come from the full reading */
    for (;;) {
        int index = -1;
        int option = _PyOS_GetOpt(cmdline->argv.length, cmdline->argv.items, &index);
        if (option == EOF || option == 'c' || option == 'm')
            return _PyStatus_OK();
        if (option == 'E') {
            cmdline->use_environment = 0;
        } else if (option == 'I') {
            cmdline->isolated++;
        } else if (option == 'X') {
            PyStatus status = PyWideStringList_Append(&cmdline->xoptions, _PyOS_optarg);
            if (_PyStatus_EXCEPTION(status))
                return status;
        }
    }
}

PyStatus
_PyPreCmdline_Read(_PyPreCmdline *cmdline, const PyPreConfig *preconfig)
{
    if (cmdline->isolated < 0)
        cmdline->isolated = preconfig->isolated;
    if (cmdline->use_environment < 0)
        cmdline->use_environment = preconfig->use_environment;
    if (cmdline->dev_mode < 0)
        cmdline->dev_mode = preconfig->dev_mode;
    if (preconfig->parse_argv) {
        PyStatus status = precmdline_scan(cmdline);
        if (_PyStatus_EXCEPTION(status))
            return status;
    }
    /* Flags of the old interface, for embedders that set them. */
    if (cmdline->isolated < 0)
        cmdline->isolated = Py_IsolatedFlag > 0;
    if (cmdline->isolated > 0)
        cmdline->use_environment = 0;
    if (cmdline->use_environment < 0)
        cmdline->use_environment = !Py_IgnoreEnvironmentFlag;
    if (cmdline->dev_mode < 0)
        cmdline->dev_mode = _Py_get_xoption(&cmdline->xoptions, L"dev") != NULL
                            || _Py_GetEnv(cmdline->use_environment, "PYTHONDEVMODE") != NULL;
    cmdline->warn_default_encoding =
        _Py_get_xoption(&cmdline->xoptions, L"warn_default_encoding") != NULL
        || _Py_GetEnv(cmdline->use_environment, "PYTHONWARNDEFAULTENCODING") != NULL;
    return _PyStatus_OK();
}

/* ---- locale ---- */

char *
_Py_SetLocaleFromEnv(int category)
{
    return setlocale(category, "");
}

static int
locale_is_legacy(int posix_too)
{
    const char *name = setlocale(LC_CTYPE, NULL);
    return name != NULL && (strcmp(name, "C") == 0 || (posix_too && strcmp(name, "POSIX") == 0));
}

int
_Py_LegacyLocaleDetected(int warn)
{
    return locale_is_legacy(!warn);
}

static const char *const coercion_targets[] = {"C.UTF-8", "C.utf8", "UTF-8"};

int
_Py_IsLocaleCoercionTarget(const char *ctype)
{
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(coercion_targets); i++) {
        if (strcmp(ctype, coercion_targets[i]) == 0)
            return 1;
    }
    return 0;
}

/* Replaces the C locale's character type by a UTF-8 one, here and for child processes. 1 if done;
 * LC_ALL in the environment forbids it. */
int
_Py_CoerceLegacyLocale(int warn)
{
    const char *all = getenv("LC_ALL");
    if (all != NULL && all[0] != '\0')
        return 0;
    char *saved = _PyMem_RawStrdup(setlocale(LC_CTYPE, NULL));
    if (saved == NULL)
        return 0;
    int coerced = 0;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(coercion_targets) && !coerced; i++) {
        const char *target = coercion_targets[i];
        if (setlocale(LC_CTYPE, target) == NULL)
            continue;
        if (setenv("LC_CTYPE", target, 1) != 0) {
            fprintf(stderr, "Error setting LC_CTYPE, skipping C locale coercion\n");
            break;
        }
        if (warn)
            fprintf(stderr,
                    "Python detected LC_CTYPE=C: LC_CTYPE coerced to %.20s (set another locale or "
                    "PYTHONCOERCECLOCALE=0 to disable this locale coercion behavior).\n",
                    target);
        _Py_SetLocaleFromEnv(LC_ALL);
        coerced = 1;
    }
    if (!coerced)
        setlocale(LC_CTYPE, saved);
    PyMem_RawFree(saved);
    return coerced;
}

/* ---- reading ---- */

static PyStatus
preconfig_init_utf8_mode(PyPreConfig *config, const _PyPreCmdline *cmdline)
{
    const wchar_t *option = _Py_get_xoption(&cmdline->xoptions, L"utf8");
    if (option != NULL) {
        const wchar_t *value = wcschr(option, L'=');
        if (value == NULL || wcscmp(value, L"=1") == 0)
            config->utf8_mode = 1;
        else if (wcscmp(value, L"=0") == 0)
            config->utf8_mode = 0;
        else
            return _PyStatus_ERR("invalid -X utf8 option value");
        return _PyStatus_OK();
    }
    const char *text = _Py_GetEnv(config->use_environment, "PYTHONUTF8");
    if (text != NULL) {
        if (strcmp(text, "1") == 0)
            config->utf8_mode = 1;
        else if (strcmp(text, "0") == 0)
            config->utf8_mode = 0;
        else
            return _PyStatus_ERR("invalid PYTHONUTF8 environment variable value");
        return _PyStatus_OK();
    }
    if (config->utf8_mode < 0)
        config->utf8_mode = locale_is_legacy(1);
    return _PyStatus_OK();
}

static void
preconfig_init_coercion(PyPreConfig *config)
{
    if (!config->configure_locale) {
        config->coerce_c_locale = 0;
        config->coerce_c_locale_warn = 0;
        return;
    }
    const char *text = _Py_GetEnv(config->use_environment, "PYTHONCOERCECLOCALE");
    if (text != NULL) {
        if (strcmp(text, "0") == 0)
            take_set(&config->coerce_c_locale, config->coerce_c_locale < 0 ? 0 : -1);
        else if (strcmp(text, "warn") == 0)
            take_set(&config->coerce_c_locale_warn, config->coerce_c_locale_warn < 0 ? 1 : -1);
        else if (config->coerce_c_locale < 0)
            config->coerce_c_locale = 1;
    }
    if (config->coerce_c_locale < 0 || config->coerce_c_locale == 1)
        config->coerce_c_locale = locale_is_legacy(0) ? 2 : 0;
    if (config->coerce_c_locale_warn < 0)
        config->coerce_c_locale_warn = 0;
}

static PyStatus
preconfig_init_allocator(PyPreConfig *config)
{
    if (config->allocator == PYMEM_ALLOCATOR_NOT_SET) {
        const char *name = _Py_GetEnv(config->use_environment, "PYTHONMALLOC");
        if (name != NULL) {
            PyMemAllocatorName allocator;
            if (_PyMem_GetAllocatorName(name, &allocator) < 0)
                return _PyStatus_ERR("PYTHONMALLOC: unknown allocator");
            config->allocator = (int)allocator;
        }
    }
    if (config->dev_mode && config->allocator == PYMEM_ALLOCATOR_NOT_SET)
        config->allocator = PYMEM_ALLOCATOR_DEBUG;
    return _PyStatus_OK();
}

PyStatus
_PyPreConfig_Read(PyPreConfig *config, const _PyArgv *args)
{
    _PyPreCmdline cmdline = _PyPreCmdline_INIT;
    PyStatus status = _PyStatus_OK();
    if (config->_config_init == _PyConfig_INIT_COMPAT) {
        if (Py_UTF8Mode > 0)
            config->utf8_mode = 1;
        if (Py_IsolatedFlag > 0 && config->isolated < 0)
            config->isolated = 1;
    }
    if (config->configure_locale)
        _Py_SetLocaleFromEnv(LC_CTYPE);
    if (args != NULL)
        status = _PyPreCmdline_SetArgv(&cmdline, args);
    if (!_PyStatus_EXCEPTION(status))
        status = _PyPreCmdline_Read(&cmdline, config);
    if (_PyStatus_EXCEPTION(status))
        goto done;
    config->isolated = cmdline.isolated;
    config->use_environment = cmdline.use_environment;
    config->dev_mode = cmdline.dev_mode;
    preconfig_init_coercion(config);
    status = preconfig_init_utf8_mode(config, &cmdline);
    if (!_PyStatus_EXCEPTION(status))
        status = preconfig_init_allocator(config);
done:
    _PyPreCmdline_Clear(&cmdline);
    return status;
}

/* Makes a configuration that was read effective. */
PyStatus
_PyPreConfig_Write(const PyPreConfig *config)
{
    if (config->allocator != PYMEM_ALLOCATOR_NOT_SET
        && _PyMem_SetupAllocators((PyMemAllocatorName)config->allocator) < 0)
        return _PyStatus_ERR("Unknown PYTHONMALLOC allocator");
    if (config->isolated != -1)
        Py_IsolatedFlag = config->isolated;
    if (config->use_environment != -1)
        Py_IgnoreEnvironmentFlag = !config->use_environment;
    if (config->utf8_mode != -1)
        Py_UTF8Mode = config->utf8_mode;
    PyPreConfig *final = &_PyRuntime.preconfig;
    *final = *config;
    if (config->configure_locale) {
        if (config->coerce_c_locale && !_Py_CoerceLegacyLocale(config->coerce_c_locale_warn))
            final->coerce_c_locale = 0;
        _Py_SetLocaleFromEnv(LC_CTYPE);
    }
    return _PyStatus_OK();
}
