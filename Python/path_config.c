/* SPDX-License-Identifier: MIT */
/* Where things are: the program, the prefixes, the standard library, sys.path.
 *
 * The standard library's place is known from configure (KS_STDLIB_DIR); PYTHONHOME or
 * PyConfig.home replaces it. The prefix is what is left of that folder without its last two parts.
 * The only files looked at are the program itself, when it was found through PATH, and a
 * pyvenv.cfg beside it or one level up. */
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
#include <sys/stat.h>
#include <wchar.h>

#ifndef KS_STDLIB_DIR
#define KS_STDLIB_DIR "/usr/lib/python" PY_SHORT_VERSION
#endif
#define PY_SHORT_VERSION Py_STRINGIFY(PY_MAJOR_VERSION) "." Py_STRINGIFY(PY_MINOR_VERSION)
#define ZIP_NAME L"python" L"311" L".zip"

#define RETURN_IF_BAD(status)            \
    do {                                 \
        if (_PyStatus_EXCEPTION(status)) \
            return status;               \
    } while (0)

/* ---- small tools; all strings are raw memory ---- */

static PyStatus
give_text(wchar_t **field, KS_STEALS wchar_t *text)
{
    if (text == NULL)
        return _PyStatus_NO_MEMORY();
    PyMem_RawFree(*field);
    *field = text;
    return _PyStatus_OK();
}

static PyStatus
give_copy(wchar_t **field, const wchar_t *text)
{
    return give_text(field, _PyMem_RawWcsdup(text));
}

static wchar_t *
text_slice(const wchar_t *text, size_t length)
{
    wchar_t *copy = PyMem_RawMalloc((length + 1) * sizeof(wchar_t));
    if (copy != NULL) {
        wmemcpy(copy, text, length);
        copy[length] = L'\0';
    }
    return copy;
}

/* All before the last slash ("/" for a file in the root, "" without a slash). */
static wchar_t *
path_parent(const wchar_t *path)
{
    const wchar_t *slash = wcsrchr(path, SEP);
    size_t length = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    return text_slice(path, length);
}

static int
is_program(const wchar_t *path)
{
    struct stat status;
    return _Py_wstat(path, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 0111);
}

/* ---- the program ---- */

static PyStatus
find_in_path(const wchar_t *name, wchar_t **found)
{
    const char *variable = getenv("PATH");
    wchar_t *path = variable == NULL ? NULL : Py_DecodeLocale(variable, NULL);
    PyStatus status = _PyStatus_OK();
    if (path == NULL)
        return status;
    for (wchar_t *part = path; part != NULL && *found == NULL;) {
        wchar_t *end = wcschr(part, DELIM), *next = end == NULL ? NULL : end + 1;
        if (end != NULL)
            *end = L'\0';
        wchar_t *candidate = _Py_join_relfile(part, name);
        if (candidate == NULL) {
            status = _PyStatus_NO_MEMORY();
            break;
        }
        if (is_program(candidate))
            *found = candidate;
        else
            PyMem_RawFree(candidate);
        part = next;
    }
    PyMem_RawFree(path);
    return status;
}

static PyStatus
compute_executable(PyConfig *config)
{
    if (config->executable != NULL)
        return _PyStatus_OK();
    const char *forced = _Py_GetEnv(config->use_environment, "PYTHONEXECUTABLE");
    if (forced != NULL)
        return ks_config_set_bytes(config, &config->executable, forced,
                                   "cannot decode PYTHONEXECUTABLE");
    const wchar_t *name = config->program_name;
    wchar_t *found = NULL;
    if (name != NULL && wcschr(name, SEP) != NULL) {
        if (_Py_abspath(name, &found) == 0 && found == NULL)
            return _PyStatus_NO_MEMORY();
        if (found != NULL)
            _Py_normpath(found, -1);
    } else if (name != NULL && name[0] != L'\0') {
        PyStatus status = find_in_path(name, &found);
        RETURN_IF_BAD(status);
        wchar_t *absolute = NULL;
        if (found != NULL && !_Py_isabs(found) && _Py_abspath(found, &absolute) == 0) {
            PyMem_RawFree(found);
            found = absolute;
        }
    }
    if (found == NULL)
        return give_copy(&config->executable, L"");
    return give_text(&config->executable, found);
}

/* ---- virtual environments ---- */

static FILE *
open_beside(const wchar_t *dir, const wchar_t *name)
{
    wchar_t *path = _Py_join_relfile(dir, name);
    FILE *file = path == NULL ? NULL : _Py_wfopen(path, L"rb");
    PyMem_RawFree(path);
    return file;
}

/* The value of "home = ..." or NULL. */
static wchar_t *
read_venv_home(FILE *file)
{
    char line[PATH_MAX + 64];
    while (fgets(line, sizeof(line), file) != NULL) {
        char *equal = strchr(line, '=');
        if (equal == NULL)
            continue;
        char *key = line + strspn(line, " \t"), *key_end = equal;
        while (key_end > key && Py_ISSPACE(key_end[-1]))
            key_end--;
        if (key_end - key != 4 || PyOS_strnicmp(key, "home", 4) != 0)
            continue;
        char *value = equal + 1 + strspn(equal + 1, " \t"), *end = value + strlen(value);
        while (end > value && Py_ISSPACE(end[-1]))
            end--;
        return _Py_DecodeUTF8_surrogateescape(value, end - value, NULL);
    }
    return NULL;
}

/* In a virtual environment, the interpreter it was made from: same name, in pyvenv.cfg's home. */
static PyStatus
compute_base_executable(PyConfig *config)
{
    if (config->base_executable != NULL)
        return _PyStatus_OK();
    PyStatus status = give_copy(&config->base_executable, config->executable);
    RETURN_IF_BAD(status);
    if (config->executable[0] == L'\0')
        return status;
    wchar_t *dir = path_parent(config->executable);
    wchar_t *above = dir == NULL ? NULL : path_parent(dir);
    wchar_t *home = NULL;
    if (above == NULL) {
        status = _PyStatus_NO_MEMORY();
        goto done;
    }
    FILE *file = open_beside(dir, L"pyvenv.cfg");
    if (file == NULL)
        file = open_beside(above, L"pyvenv.cfg");
    if (file != NULL) {
        home = read_venv_home(file);
        fclose(file);
    }
    if (home != NULL) {
        const wchar_t *name = config->executable + _Py_find_basename(config->executable);
        wchar_t *base = _Py_join_relfile(home, name);
        wchar_t target[PATH_MAX + 1];
        if (base != NULL && !is_program(base)
            && _Py_wrealpath(config->executable, target, PATH_MAX) != NULL) {
            PyMem_RawFree(base);
            base = _Py_join_relfile(home, target + _Py_find_basename(target));
        }
        status = give_text(&config->base_executable, base);
    }
done:
    PyMem_RawFree(home);
    PyMem_RawFree(above);
    PyMem_RawFree(dir);
    return status;
}

/* ---- prefixes and library ---- */

static PyStatus
default_text(wchar_t **field, const wchar_t *text)
{
    return *field != NULL ? _PyStatus_OK() : give_copy(field, text);
}

/* prefix/platlibdir/python3.11 */
static wchar_t *
library_under(const wchar_t *prefix, const wchar_t *platlibdir)
{
    wchar_t *lib = _Py_join_relfile(prefix, platlibdir);
    wchar_t *stdlib = lib == NULL ? NULL : _Py_join_relfile(lib, L"python" L"3.11");
    PyMem_RawFree(lib);
    return stdlib;
}

static PyStatus
compute_prefixes(PyConfig *config, wchar_t **stdlib)
{
    PyStatus status = default_text(&config->platlibdir, L"lib");
    RETURN_IF_BAD(status);
    if (config->home == NULL) {
        const char *home = _Py_GetEnv(config->use_environment, "PYTHONHOME");
        if (home != NULL) {
            status = ks_config_set_bytes(config, &config->home, home, "cannot decode PYTHONHOME");
            RETURN_IF_BAD(status);
        }
    }
    if (config->home != NULL) {
        const wchar_t *colon = wcschr(config->home, DELIM);
        size_t length = colon == NULL ? wcslen(config->home) : (size_t)(colon - config->home);
        wchar_t *prefix = text_slice(config->home, length);
        if (prefix == NULL)
            return _PyStatus_NO_MEMORY();
        *stdlib = library_under(prefix, config->platlibdir);
        status = default_text(&config->base_prefix, config->prefix ? config->prefix : prefix);
        if (!_PyStatus_EXCEPTION(status))
            status = default_text(&config->base_exec_prefix,
                                  config->exec_prefix ? config->exec_prefix
                                  : colon             ? colon + 1
                                                      : prefix);
        if (!_PyStatus_EXCEPTION(status))
            status = default_text(&config->prefix, prefix);
        if (!_PyStatus_EXCEPTION(status))
            status = default_text(&config->exec_prefix, colon == NULL ? prefix : colon + 1);
        PyMem_RawFree(prefix);
        return *stdlib == NULL ? _PyStatus_NO_MEMORY() : status;
    }
    *stdlib = Py_DecodeLocale(KS_STDLIB_DIR, NULL);
    wchar_t *lib = *stdlib == NULL ? NULL : path_parent(*stdlib);
    wchar_t *prefix = lib == NULL ? NULL : path_parent(lib);
    if (prefix == NULL) {
        status = _PyStatus_NO_MEMORY();
    } else {
        /* The base is where prefix and exec_prefix are, given ones before the found one. */
        status = default_text(&config->prefix, prefix);
        if (!_PyStatus_EXCEPTION(status))
            status = default_text(&config->exec_prefix, prefix);
        if (!_PyStatus_EXCEPTION(status))
            status = default_text(&config->base_prefix, config->prefix);
        if (!_PyStatus_EXCEPTION(status))
            status = default_text(&config->base_exec_prefix, config->exec_prefix);
    }
    PyMem_RawFree(prefix);
    PyMem_RawFree(lib);
    return status;
}

/* ---- sys.path ---- */

static PyStatus
append_absolute(PyWideStringList *paths, const wchar_t *part)
{
    wchar_t *absolute = NULL;
    if (_Py_abspath(part, &absolute) < 0)
        return PyWideStringList_Append(paths, part);
    if (absolute == NULL)
        return _PyStatus_NO_MEMORY();
    PyStatus status = PyWideStringList_Append(paths, _Py_normpath(absolute, -1));
    PyMem_RawFree(absolute);
    return status;
}

static PyStatus
append_parts(PyWideStringList *paths, const wchar_t *text, int absolute)
{
    for (;;) {
        const wchar_t *end = wcschr(text, DELIM);
        wchar_t *part = text_slice(text, end == NULL ? wcslen(text) : (size_t)(end - text));
        if (part == NULL)
            return _PyStatus_NO_MEMORY();
        PyStatus status = absolute ? append_absolute(paths, part) : PyWideStringList_Append(paths, part);
        PyMem_RawFree(part);
        if (_PyStatus_EXCEPTION(status) || end == NULL)
            return status;
        text = end + 1;
    }
}

static PyStatus
append_joined(PyWideStringList *paths, const wchar_t *dir, const wchar_t *name)
{
    wchar_t *path = _Py_join_relfile(dir, name);
    if (path == NULL)
        return _PyStatus_NO_MEMORY();
    PyStatus status = PyWideStringList_Append(paths, path);
    PyMem_RawFree(path);
    return status;
}

static PyStatus
compute_search_paths(PyConfig *config, const wchar_t *stdlib)
{
    PyWideStringList paths = _PyWideStringList_INIT;
    PyStatus status = _PyStatus_OK();
    wchar_t *lib = path_parent(stdlib), *exec_lib = NULL;
    if (lib == NULL)
        return _PyStatus_NO_MEMORY();
    if (config->pythonpath_env != NULL)
        status = append_parts(&paths, config->pythonpath_env, 1);
    if (!_PyStatus_EXCEPTION(status))
        status = append_joined(&paths, lib, ZIP_NAME);
    if (!_PyStatus_EXCEPTION(status))
        status = PyWideStringList_Append(&paths, stdlib);
    if (!_PyStatus_EXCEPTION(status)) {
        exec_lib = config->home != NULL ? library_under(config->exec_prefix, config->platlibdir)
                                        : _PyMem_RawWcsdup(stdlib);
        status = exec_lib == NULL ? _PyStatus_NO_MEMORY()
                                  : append_joined(&paths, exec_lib, L"lib-dynload");
    }
    PyMem_RawFree(exec_lib);
    PyMem_RawFree(lib);
    if (_PyStatus_EXCEPTION(status)) {
        _PyWideStringList_Clear(&paths);
        return status;
    }
    _PyWideStringList_Clear(&config->module_search_paths);
    config->module_search_paths = paths;
    config->module_search_paths_set = 1;
    return status;
}

PyStatus
ks_path_config_compute(PyConfig *config, int compute)
{
    PyStatus status = _PyPathConfig_ReadGlobal(config);
    if (_PyStatus_EXCEPTION(status) || !compute)
        return status;
    status = compute_executable(config);
    RETURN_IF_BAD(status);
    status = compute_base_executable(config);
    RETURN_IF_BAD(status);
    wchar_t *stdlib = NULL;
    status = compute_prefixes(config, &stdlib);
    if (!_PyStatus_EXCEPTION(status) && config->stdlib_dir == NULL)
        status = give_copy(&config->stdlib_dir, stdlib);
    if (!_PyStatus_EXCEPTION(status) && !config->module_search_paths_set)
        status = compute_search_paths(config, stdlib);
    PyMem_RawFree(stdlib);
    return status;
}

PyStatus
_PyConfig_InitPathConfig(PyConfig *config, int compute_path_config)
{
    return ks_path_config_compute(config, compute_path_config);
}

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

/* These strings outlive interpreters and their allocators. */
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
        status = append_parts(&config->module_search_paths, globals.module_search_path, 0);
        RETURN_IF_BAD(status);
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
        if (rows[i].text != NULL && *rows[i].field == NULL)
            status = give_copy(rows[i].field, rows[i].text);
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
