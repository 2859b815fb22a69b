/* SPDX-License-Identifier: MIT */
/* Statuses in place, and the configuration's inner functions. */
#ifndef Py_INTERNAL_CORECONFIG_H
#define Py_INTERNAL_CORECONFIG_H

#ifndef Py_BUILD_CORE
#error "for the runtime itself: define Py_BUILD_CORE"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define _PyWideStringList_INIT (PyWideStringList){.length = 0, .items = NULL}
#define _PyPreCmdline_INIT (_PyPreCmdline){ .use_environment = -1, .isolated = -1, .dev_mode = -1}

struct pyruntimestate;
typedef struct _PyArgv {
    Py_ssize_t argc;
    int use_bytes_argv;
    char *const *bytes_argv;
    wchar_t *const *wchar_argv;
} _PyArgv;

typedef struct {
    PyWideStringList argv;
    PyWideStringList xoptions;
    int isolated;
    int use_environment;
    int dev_mode;
    int warn_default_encoding;
} _PyPreCmdline;

typedef enum {
    _PyConfig_INIT_COMPAT = 1,
    _PyConfig_INIT_PYTHON = 2,
    _PyConfig_INIT_ISOLATED = 3,
} _PyConfigInitEnum;

extern int _Py_global_config_int_max_str_digits;

PyObject *_PyErr_SetFromPyStatus(PyStatus status);
PyAPI_FUNC(void) _PyWideStringList_Clear(PyWideStringList *list);
PyAPI_FUNC(int) _PyWideStringList_Copy(PyWideStringList *list, const PyWideStringList *list2);
PyAPI_FUNC(PyStatus) _PyWideStringList_Extend(PyWideStringList *list,
    const PyWideStringList *list2);
PyAPI_FUNC(PyObject *) _PyWideStringList_AsList(const PyWideStringList *list);
PyAPI_FUNC(PyStatus) _PyArgv_AsWstrList(const _PyArgv *args, PyWideStringList *list);
PyAPI_FUNC(int) _Py_str_to_int(const char *str, int *result);
PyAPI_FUNC(const wchar_t *) _Py_get_xoption(const PyWideStringList *xoptions, const wchar_t *name);
PyAPI_FUNC(const char *) _Py_GetEnv(int use_environment, const char *name);
PyAPI_FUNC(void) _Py_get_env_flag(int use_environment, int *flag, const char *name);
PyAPI_FUNC(void) _Py_ClearArgcArgv(void);
extern void _PyPreCmdline_Clear(_PyPreCmdline *cmdline);
extern PyStatus _PyPreCmdline_SetArgv(_PyPreCmdline *cmdline, const _PyArgv *args);
extern PyStatus _PyPreCmdline_SetConfig(const _PyPreCmdline *cmdline, PyConfig *config);
extern PyStatus _PyPreCmdline_Read(_PyPreCmdline *cmdline, const PyPreConfig *preconfig);
PyAPI_FUNC(void) _PyPreConfig_InitCompatConfig(PyPreConfig *preconfig);
extern void _PyPreConfig_InitFromConfig(PyPreConfig *preconfig, const PyConfig *config);
extern PyStatus _PyPreConfig_InitFromPreConfig(PyPreConfig *preconfig, const PyPreConfig *config2);
extern PyObject *_PyPreConfig_AsDict(const PyPreConfig *preconfig);
extern void _PyPreConfig_GetConfig(PyPreConfig *preconfig, const PyConfig *config);
extern PyStatus _PyPreConfig_Read(PyPreConfig *preconfig, const _PyArgv *args);
extern PyStatus _PyPreConfig_Write(const PyPreConfig *preconfig);
PyAPI_FUNC(void) _PyConfig_InitCompatConfig(PyConfig *config);
extern PyStatus _PyConfig_Copy(PyConfig *config, const PyConfig *config2);
extern PyStatus _PyConfig_InitPathConfig(PyConfig *config, int compute_path_config);
extern PyStatus _PyConfig_InitImportConfig(PyConfig *config);
extern PyStatus _PyConfig_Read(PyConfig *config, int compute_path_config);
extern PyStatus _PyConfig_Write(const PyConfig *config, struct pyruntimestate *runtime);
extern PyStatus _PyConfig_SetPyArgv(PyConfig *config, const _PyArgv *args);
PyAPI_FUNC(PyObject *) _PyConfig_AsDict(const PyConfig *config);
PyAPI_FUNC(int) _PyConfig_FromDict(PyConfig *config, PyObject *dict);
extern void _Py_DumpPathConfig(PyThreadState *tstate);
PyAPI_FUNC(PyObject *) _Py_Get_Getpath_CodeObject(void);
PyAPI_FUNC(PyObject *) _Py_GetConfigsAsDict(void);

#ifndef NDEBUG
PyAPI_FUNC(int) _PyWideStringList_CheckConsistency(const PyWideStringList *list);
#endif

#define _PyStatus_GET_FUNC() __func__
#define _PyStatus_OK() (PyStatus){._type = _PyStatus_TYPE_OK}
#define _PyStatus_ERR(text) \
    (PyStatus){._type = _PyStatus_TYPE_ERROR, .func = _PyStatus_GET_FUNC(), .err_msg = (text)}
#define _PyStatus_NO_MEMORY() _PyStatus_ERR("memory allocation failed")
#define _PyStatus_EXIT(code) (PyStatus){._type = _PyStatus_TYPE_EXIT, .exitcode = (code)}
#define _PyStatus_IS_ERROR(status) ((status)._type == _PyStatus_TYPE_ERROR)
#define _PyStatus_IS_EXIT(status) ((status)._type == _PyStatus_TYPE_EXIT)
#define _PyStatus_EXCEPTION(status) ((status)._type != _PyStatus_TYPE_OK)
#define _PyStatus_UPDATE_FUNC(status) ((void)((status).func = _PyStatus_GET_FUNC()))

#ifdef __cplusplus
}
#endif

#endif
