/* SPDX-License-Identifier: MIT */
/* The process-wide copy of the path configuration, sys.path[0], and showing it all.
 *
 * path_search.c finds out; here are the answers of Py_GetPath() and its kin, and what embedders
 * set by hand before initialisation. Those strings outlive interpreters and their allocators. */
#include "Python.h"
#include "osdefs.h"
#include "pycore_fileutils.h"
#include "pycore_initconfig.h"
#include "pycore_pathconfig.h"
#include "pycore_pylifecycle.h"
#include "pycore_pymem.h"
#include "pycore_runtime.h"
#include "ks_base.h"
#include "ks_config.h"

#include <limits.h>
#include <wchar.h>

/* ---- the process-wide copy behind Py_GetPath() and its kin ---- */

static struct PathGlobals {
    wchar_t *program_full_path, *prefix, *exec_prefix, *stdlib_dir, *module_search_path;
    wchar_t *calculated_search_path; /* what Py_GetPath() answers; the one above was set by hand */
    wchar_t *program_name, *home;
} globals;

static wchar_t **const global_fields[] = {
    &globals.program_full_path, &globals.prefix, &globals.exec_prefix, &globals.stdlib_dir,
    &globals.module_search_path, &globals.calculated_search_path, &globals.program_name, &globals.home,
};

static void
global_set(wchar_t **field, const wchar_t *text)
{
    PyMemAllocatorEx saved;
    _PyMem_SetDefaultAllocator(PYMEM_DOMAIN_RAW, &saved);
    wchar_t *copy = text == NULL ? NULL : _PyMem_RawWcsdup(text);
    PyMem_RawFree(*field);
    *field = copy;
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &saved);
    if (text != NULL && copy == NULL)
        Py_FatalError("out of memory");
}

void
_PyPathConfig_ClearGlobal(void)
{
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(global_fields); i++)
        global_set(global_fields[i], NULL);
}

const wchar_t *
_PyPathConfig_GetGlobalModuleSearchPath(void)
{
    return globals.module_search_path;
}

/* What embedders set by hand before initialisation. */
PyStatus
_PyPathConfig_ReadGlobal(PyConfig *config)
{
    PyStatus status = _PyStatus_OK();
    if (globals.module_search_path != NULL && !config->module_search_paths_set) {
        status = ks_path_append_parts(&config->module_search_paths, globals.module_search_path, 0);
        if (_PyStatus_EXCEPTION(status))
            return status;
        config->module_search_paths_set = 1;
    }
    struct {
        wchar_t **field;
        const wchar_t *text;
    } rows[] = {
        {&config->executable, globals.program_full_path}, {&config->prefix, globals.prefix},
        {&config->exec_prefix, globals.exec_prefix},      {&config->stdlib_dir, globals.stdlib_dir},
        {&config->program_name, globals.program_name},    {&config->home, globals.home},
    };
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(rows) && !_PyStatus_EXCEPTION(status); i++) {
        if (rows[i].text == NULL || *rows[i].field != NULL)
            continue;
        *rows[i].field = _PyMem_RawWcsdup(rows[i].text);
        if (*rows[i].field == NULL)
            status = _PyStatus_NO_MEMORY();
    }
    return status;
}

static wchar_t *
join_paths(const PyWideStringList *paths)
{
    size_t room = 1;
    for (Py_ssize_t i = 0; i < paths->length; i++)
        room += wcslen(paths->items[i]) + 1;
    wchar_t *text = PyMem_RawMalloc(room * sizeof(wchar_t)), *at = text;
    if (text == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < paths->length; i++) {
        if (i > 0)
            *at++ = DELIM;
        size_t length = wcslen(paths->items[i]);
        wmemcpy(at, paths->items[i], length);
        at += length;
    }
    *at = L'\0';
    return text;
}

PyStatus
_PyPathConfig_UpdateGlobal(const PyConfig *config)
{
    struct {
        wchar_t **field;
        const wchar_t *text;
    } rows[] = {
        {&globals.program_full_path, config->executable}, {&globals.prefix, config->prefix},
        {&globals.exec_prefix, config->exec_prefix},      {&globals.stdlib_dir, config->stdlib_dir},
        {&globals.program_name, config->program_name},    {&globals.home, config->home},
    };
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(rows); i++) {
        if (rows[i].text != NULL)
            global_set(rows[i].field, rows[i].text);
    }
    if (config->module_search_paths_set) {
        wchar_t *joined = join_paths(&config->module_search_paths);
        if (joined == NULL)
            return _PyStatus_NO_MEMORY();
        global_set(&globals.calculated_search_path, joined);
        PyMem_RawFree(joined);
    }
    return _PyStatus_OK();
}

void
Py_SetPath(const wchar_t *path)
{
    if (path == NULL) {
        _PyPathConfig_ClearGlobal();
        return;
    }
    global_set(&globals.prefix, L"");
    global_set(&globals.exec_prefix, L"");
    global_set(&globals.stdlib_dir, NULL);
    global_set(&globals.module_search_path, path);
    global_set(&globals.calculated_search_path, NULL);
}

void
Py_SetPythonHome(const wchar_t *home)
{
    global_set(&globals.home, home != NULL && home[0] != L'\0' ? home : NULL);
}

void
Py_SetProgramName(const wchar_t *program_name)
{
    global_set(&globals.program_name,
               program_name != NULL && program_name[0] != L'\0' ? program_name : NULL);
}

void
_Py_SetProgramFullPath(const wchar_t *program_full_path)
{
    global_set(&globals.program_full_path,
               program_full_path != NULL && program_full_path[0] != L'\0' ? program_full_path : NULL);
}

wchar_t *
Py_GetPath(void)
{
    if (globals.module_search_path != NULL)
        return globals.module_search_path;
    return globals.calculated_search_path;
}

wchar_t *
_Py_GetStdlibDir(void)
{
    wchar_t *dir = globals.stdlib_dir;
    return dir != NULL && dir[0] != L'\0' ? dir : NULL;
}

wchar_t *
Py_GetPrefix(void)
{
    return globals.prefix;
}

wchar_t *
Py_GetExecPrefix(void)
{
    return globals.exec_prefix;
}

wchar_t *
Py_GetProgramFullPath(void)
{
    return globals.program_full_path;
}

wchar_t *
Py_GetProgramName(void)
{
    return globals.program_name;
}

wchar_t *
Py_GetPythonHome(void)
{
    return globals.home;
}

/* ---- sys.path[0] ---- */

/* What a script or command sees first: "" for -c and stdin, the working directory for -m, the
 * script's real folder otherwise. 1 with a new reference in *path0; 0 if there is nothing to add. */
int
_PyPathConfig_ComputeSysPath0(const PyWideStringList *argv, PyObject **path0_p)
{
    if (argv->length == 0)
        return 0;
    const wchar_t *script = argv->items[0];
    wchar_t full[PATH_MAX + 1];
    if (wcscmp(script, L"-m") == 0) {
        if (_Py_wgetcwd(full, PATH_MAX) == NULL)
            return 0;
        *path0_p = PyUnicode_FromWideChar(full, -1);
        return *path0_p == NULL ? -1 : 1;
    }
    /* A script reached through a link belongs to the folder the link leads to. */
    const wchar_t *path = L"";
    if (wcscmp(script, L"-c") != 0)
        path = script[0] != L'\0' && _Py_wrealpath(script, full, PATH_MAX) != NULL ? full : script;
    const wchar_t *slash = wcsrchr(path, SEP);
    Py_ssize_t length = slash == NULL ? 0 : slash == path ? 1 : slash - path;
    *path0_p = PyUnicode_FromWideChar(path, length);
    return *path0_p == NULL ? -1 : 1;
}

/* ---- showing it, when start-up fails ---- */

static void
dump_text(const char *label, const wchar_t *text)
{
    PyObject *object = text == NULL ? NULL : PyUnicode_FromWideChar(text, -1);
    if (object == NULL) {
        PyErr_Clear();
        PySys_WriteStderr("  %s = (not set)\n", label);
        return;
    }
    PySys_FormatStderr("  %s = %A\n", label, object);
    Py_DECREF(object);
}

static void
dump_sys(const char *name)
{
    PyObject *value = PySys_GetObject(name);
    if (value == NULL)
        PySys_FormatStderr("  sys.%s = (not set)\n", name);
    else
        PySys_FormatStderr("  sys.%s = %A\n", name, value);
}

void
_Py_DumpPathConfig(PyThreadState *tstate)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    const PyConfig *config = _PyInterpreterState_GetConfig(tstate->interp);
    PySys_WriteStderr("Python path configuration:\n");
    dump_text("PYTHONHOME", config->home);
    dump_text("PYTHONPATH", config->pythonpath_env);
    dump_text("program name", config->program_name);
    PySys_WriteStderr("  isolated = %i\n", config->isolated);
    PySys_WriteStderr("  environment = %i\n", config->use_environment);
    PySys_WriteStderr("  user site = %i\n", config->user_site_directory);
    PySys_WriteStderr("  safe_path = %i\n", config->safe_path);
    PySys_WriteStderr("  import site = %i\n", config->site_import);
    PySys_WriteStderr("  is in build tree = %i\n", config->_is_python_build);
    dump_text("stdlib dir", config->stdlib_dir);
    static const char *const names[] = {"_base_executable", "base_prefix", "base_exec_prefix",
                                        "platlibdir", "executable", "prefix", "exec_prefix"};
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(names); i++)
        dump_sys(names[i]);
    PyObject *path = PySys_GetObject("path");
    if (path != NULL && PyList_Check(path)) {
        PySys_WriteStderr("  sys.path = [\n");
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(path); i++)
            PySys_FormatStderr("    %A,\n", PyList_GET_ITEM(path, i));
        PySys_WriteStderr("  ]\n");
    }
    PyErr_Restore(type, value, traceback);
}
