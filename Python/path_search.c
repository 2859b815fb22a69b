/* SPDX-License-Identifier: MIT */
/* Where things are: the program, the prefixes and the standard library.
 *
 * The program is what the first argument, PATH or PYTHONEXECUTABLE say. Beside it may lie a
 * program._pth, which replaces sys.path and isolates, and, there or one level up, a pyvenv.cfg,
 * whose home is where another interpreter lives. From there (else from the folder that the
 * program's links lead to) upward, the nearest folder with one of a library's landmarks is the
 * prefix; without any it is configure's. PYTHONHOME or PyConfig.home end the search
 * before it begins. What an embedder has set stays. All strings are raw memory. */
#include "Python.h"
#include "osdefs.h"
#include "pycore_fileutils.h"
#include "pycore_initconfig.h"
#include "pycore_pathconfig.h"
#include "pycore_pymem.h"
#include "ks_base.h"
#include "ks_config.h"

#include <limits.h>
#include <sys/stat.h>
#include <wchar.h>

#ifndef KS_STDLIB_DIR
#define KS_STDLIB_DIR "/usr/lib/python3.11"
#endif
#define ZIP_NAME L"python311.zip"
#define LIBRARY_NAME L"python3.11"
#define DEFAULT_LIBDIR L"lib"
#define MAX_LINKS 40

typedef struct Search {
    PyConfig *config;
    wchar_t *program; /* the executable behind its links, "" if it is not known */
    wchar_t *start;   /* folder in which the search begins; NULL for none */
    wchar_t *known_prefix, *known_library; /* configure's */
    wchar_t *library, *dynload;            /* results: the library, its compiled modules */
} Search;

#define RETURN_IF_BAD(status)            \
    do {                                 \
        if (_PyStatus_EXCEPTION(status)) \
            return status;               \
    } while (0)

/* ---- text ---- */

/* *field becomes text, NULL being what a failed allocation left. */
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
give_default(wchar_t **field, const wchar_t *text)
{
    return *field != NULL ? _PyStatus_OK() : give_text(field, _PyMem_RawWcsdup(text));
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

/* How much of path comes before its last slash: 1 for a file in the root, 0 without a slash. */
static size_t
parent_length(const wchar_t *path)
{
    const wchar_t *slash = wcsrchr(path, SEP);
    return slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
}

static wchar_t *
path_parent(const wchar_t *path)
{
    return text_slice(path, parent_length(path));
}

/* dir/name, normalised; name alone if it is absolute. */
static wchar_t *
path_join(const wchar_t *dir, const wchar_t *name)
{
    wchar_t *path = _Py_join_relfile(dir, name);
    return path == NULL ? NULL : _Py_normpath(path, -1);
}

/* dir/platlibdir/name */
static wchar_t *
library_path(const wchar_t *dir, const PyConfig *config, const wchar_t *name)
{
    wchar_t *lib = _Py_join_relfile(dir, config->platlibdir);
    wchar_t *path = lib == NULL ? NULL : path_join(lib, name);
    PyMem_RawFree(lib);
    return path;
}

/* ---- files ---- */

/* Whether dir/name is of the given kind (S_IFREG, S_IFDIR); a path that is too long is none. */
static int
is_there(const wchar_t *dir, const wchar_t *name, mode_t kind)
{
    wchar_t path[PATH_MAX + 1];
    struct stat status;
    if (wcslen(dir) > PATH_MAX)
        return 0;
    wcscpy(path, dir);
    return _Py_add_relfile(path, name, PATH_MAX) == 0 && _Py_wstat(path, &status) == 0
           && (status.st_mode & S_IFMT) == kind;
}

static int
is_program(const wchar_t *path)
{
    struct stat status;
    return _Py_wstat(path, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 0111);
}

static FILE *
open_file(const wchar_t *dir, const wchar_t *name)
{
    if (!is_there(dir, name, S_IFREG))
        return NULL;
    wchar_t *path = _Py_join_relfile(dir, name);
    FILE *file = path == NULL ? NULL : _Py_wfopen(path, L"rb");
    PyMem_RawFree(path);
    return file;
}

/* Moves both ends inwards over blanks. */
static void
trim(char **start, char **end)
{
    while (*start < *end && Py_ISSPACE(**start))
        ++*start;
    while (*end > *start && Py_ISSPACE((*end)[-1]))
        --*end;
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

/* The absolute path of the program that was started as name; "" if PATH does not have it. */
static PyStatus
find_program(const wchar_t *name, wchar_t **program)
{
    wchar_t *found = NULL;
    if (name != NULL && wcschr(name, SEP) != NULL) {
        found = _PyMem_RawWcsdup(name);
        if (found == NULL)
            return _PyStatus_NO_MEMORY();
    } else if (name != NULL && name[0] != L'\0') {
        PyStatus status = find_in_path(name, &found);
        RETURN_IF_BAD(status);
    }
    wchar_t *absolute = NULL;
    if (found != NULL && _Py_abspath(found, &absolute) == 0) {
        PyMem_RawFree(found);
        if (absolute == NULL)
            return _PyStatus_NO_MEMORY();
        found = _Py_normpath(absolute, -1);
    }
    return give_text(program, found != NULL ? found : _PyMem_RawWcsdup(L""));
}

/* executable, and base_executable where the environment lets another one stand for it. */
static PyStatus
compute_executable(PyConfig *config)
{
    static const char *const variables[] = {"PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__"};
    if (config->executable != NULL)
        return _PyStatus_OK();
    PyStatus status = find_program(config->program_name, &config->executable);
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(variables) && !_PyStatus_EXCEPTION(status); i++) {
        const char *forced = _Py_GetEnv(config->use_environment, variables[i]);
        if (forced == NULL)
            continue;
        status = give_default(&config->base_executable, config->executable);
        RETURN_IF_BAD(status);
        return ks_config_set_bytes(config, &config->executable, forced,
                                   "cannot decode PYTHONEXECUTABLE");
    }
    return status;
}

/* search->program: the executable, or what it is a link to. The folders on the way stay as they
 * are spelt. */
static PyStatus
follow_links(Search *search)
{
    PyStatus status = give_default(&search->program, search->config->executable);
    wchar_t target[PATH_MAX + 1];
    for (int links = 0; links < MAX_LINKS && !_PyStatus_EXCEPTION(status); links++) {
        if (search->program[0] == L'\0' || _Py_wreadlink(search->program, target, PATH_MAX) < 0)
            break;
        wchar_t *dir = path_parent(search->program);
        status = give_text(&search->program, dir == NULL ? NULL : path_join(dir, target));
        PyMem_RawFree(dir);
    }
    return status;
}

/* Without a better place the search begins beside the program, or where we are. */
static PyStatus
start_at_program(Search *search)
{
    if (search->program[0] != L'\0')
        return give_text(&search->start, path_parent(search->program));
    wchar_t *here = NULL;
    if (_Py_abspath(L".", &here) == 0)
        return give_text(&search->start, here);
    return _PyStatus_OK();
}

/* ---- pyvenv.cfg ---- */

/* The value of the first "home = ..." in *home (NULL if there is none). */
static PyStatus
read_home(FILE *file, wchar_t **home)
{
    PyStatus status = _PyStatus_OK();
    char *line = NULL;
    size_t room = 0;
    while (*home == NULL && !_PyStatus_EXCEPTION(status) && getline(&line, &room, file) >= 0) {
        char *equal = strchr(line, '=');
        if (equal == NULL)
            continue;
        char *key = line, *key_end = equal, *value = equal + 1, *value_end = value + strlen(value);
        trim(&key, &key_end);
        if (key_end - key != 4 || PyOS_strnicmp(key, "home", 4) != 0)
            continue;
        trim(&value, &value_end);
        status = give_text(home, _Py_DecodeUTF8_surrogateescape(value, value_end - value, NULL));
    }
    free(line);
    return status;
}

/* The interpreter a virtual environment was made from: what the environment's program links to, or
 * for a copy the program in home that has its name or a usual one. */
static PyStatus
find_base_executable(Search *search, const wchar_t *home)
{
    PyConfig *config = search->config;
    if (config->base_executable != NULL)
        return _PyStatus_OK();
    if (wcscmp(search->program, config->executable) != 0)
        return give_default(&config->base_executable, search->program);
    const wchar_t *const names[] = {config->executable + _Py_find_basename(config->executable),
                                    L"python3", LIBRARY_NAME};
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(names); i++) {
        if (is_there(home, names[i], S_IFREG))
            return give_text(&config->base_executable, path_join(home, names[i]));
    }
    return give_text(&config->base_executable, path_join(home, names[0]));
}

static PyStatus
use_venv(Search *search, const wchar_t *home)
{
    PyStatus status = find_base_executable(search, home);
    if (_PyStatus_EXCEPTION(status) || home[0] == L'\0')
        return status;
    return give_text(&search->start, _PyMem_RawWcsdup(home));
}

static PyStatus
read_venv(Search *search)
{
    const wchar_t *executable = search->config->executable;
    if (executable[0] == L'\0')
        return _PyStatus_OK();
    PyStatus status = _PyStatus_OK();
    wchar_t *home = NULL, *dir = path_parent(executable), *above = dir == NULL ? NULL : path_parent(dir);
    if (above == NULL) {
        status = _PyStatus_NO_MEMORY();
        goto done;
    }
    FILE *file = open_file(above, L"pyvenv.cfg");
    if (file == NULL)
        file = open_file(dir, L"pyvenv.cfg");
    if (file != NULL) {
        status = read_home(file, &home);
        fclose(file);
    }
    if (home != NULL)
        status = use_venv(search, home);
done:
    PyMem_RawFree(home);
    PyMem_RawFree(above);
    PyMem_RawFree(dir);
    return status;
}

/* ---- program._pth ---- */

static PyStatus
append_joined(PyWideStringList *paths, const wchar_t *dir, const wchar_t *name)
{
    wchar_t *path = path_join(dir, name);
    if (path == NULL)
        return _PyStatus_NO_MEMORY();
    PyStatus status = PyWideStringList_Append(paths, path);
    PyMem_RawFree(path);
    return status;
}

/* One line, already without comment and blanks: a folder, or "import site". */
static PyStatus
read_pth_line(const char *line, Py_ssize_t length, const wchar_t *dir, PyWideStringList *paths,
              int *with_site)
{
    if (length == 11 && memcmp(line, "import site", 11) == 0) {
        *with_site = 1;
        return _PyStatus_OK();
    }
    if (length >= 7 && memcmp(line, "import ", 7) == 0) {
        fputs("unsupported 'import' line in ._pth file\n", stderr);
        return _PyStatus_OK();
    }
    wchar_t *name = _Py_DecodeUTF8_surrogateescape(line, length, NULL);
    if (name == NULL)
        return _PyStatus_NO_MEMORY();
    PyStatus status = append_joined(paths, dir, name);
    PyMem_RawFree(name);
    return status;
}

static PyStatus
read_pth_lines(FILE *file, const wchar_t *dir, PyWideStringList *paths, int *with_site)
{
    PyStatus status = _PyStatus_OK();
    char *line = NULL;
    size_t room = 0;
    while (!_PyStatus_EXCEPTION(status) && getline(&line, &room, file) >= 0) {
        char *start = line, *end = line + strcspn(line, "#");
        trim(&start, &end);
        if (start < end)
            status = read_pth_line(start, end - start, dir, paths, with_site);
    }
    free(line);
    return status;
}

/* The file's folder takes the place of PYTHONHOME; if the file names any folders, they are the
 * search path, and neither the environment nor, unless it asks for it, site has a say. */
static PyStatus
use_pth(PyConfig *config, FILE *file, const wchar_t *dir)
{
    PyWideStringList paths = _PyWideStringList_INIT;
    int with_site = 0;
    PyStatus status = read_pth_lines(file, dir, &paths, &with_site);
    if (!_PyStatus_EXCEPTION(status))
        status = give_text(&config->home, _PyMem_RawWcsdup(dir));
    if (_PyStatus_EXCEPTION(status) || paths.length == 0) {
        _PyWideStringList_Clear(&paths);
        return status;
    }
    _PyWideStringList_Clear(&config->module_search_paths);
    config->module_search_paths = paths;
    config->module_search_paths_set = 1;
    config->isolated = config->safe_path = 1;
    config->use_environment = 0;
    config->site_import = with_site;
    return status;
}

/* Looks for the file beside program; *found tells whether there was one. */
static PyStatus
read_pth_beside(PyConfig *config, const wchar_t *program, int *found)
{
    wchar_t name[PATH_MAX + 1];
    if (program[0] == L'\0'
        || swprintf(name, PATH_MAX, L"%ls._pth", program + _Py_find_basename(program)) < 0)
        return _PyStatus_OK();
    wchar_t *dir = path_parent(program);
    if (dir == NULL)
        return _PyStatus_NO_MEMORY();
    PyStatus status = _PyStatus_OK();
    FILE *file = open_file(dir, name);
    if (file != NULL) {
        status = use_pth(config, file, dir);
        fclose(file);
        *found = 1;
    }
    PyMem_RawFree(dir);
    return status;
}

static PyStatus
read_pth(Search *search)
{
    int found = 0;
    PyStatus status = read_pth_beside(search->config, search->config->executable, &found);
    if (!found && !_PyStatus_EXCEPTION(status))
        status = read_pth_beside(search->config, search->program, &found);
    return status;
}

/* ---- prefixes and library ---- */

/* Configure's library and its prefix, which is what is left of it without the last two parts. */
static PyStatus
read_known(Search *search)
{
    search->known_library = Py_DecodeLocale(KS_STDLIB_DIR, NULL);
    wchar_t *lib = search->known_library == NULL ? NULL : path_parent(search->known_library);
    PyStatus status = give_text(&search->known_prefix, lib == NULL ? NULL : path_parent(lib));
    PyMem_RawFree(lib);
    return status;
}

/* The library below a prefix that was not searched for. */
static wchar_t *
known_library_path(const Search *search)
{
    if (wcscmp(search->config->platlibdir, DEFAULT_LIBDIR) == 0)
        return _PyMem_RawWcsdup(search->known_library);
    return library_path(search->known_prefix, search->config, LIBRARY_NAME);
}

/* The nearest folder from start upward that has name (or alternative, which may be NULL) below
 * platlibdir, of the given kind, in *prefix if that is still unknown. The root is looked at only
 * as a start: what lies there is mostly a link to what configure knows better. */
static PyStatus
search_up(const Search *search, const wchar_t *name, const wchar_t *alternative, mode_t kind,
          wchar_t **prefix)
{
    if (*prefix != NULL || search->start == NULL)
        return _PyStatus_OK();
    const PyConfig *config = search->config;
    wchar_t *first = _Py_join_relfile(config->platlibdir, name);
    wchar_t *second = _Py_join_relfile(config->platlibdir, alternative != NULL ? alternative : name);
    wchar_t *dir = _PyMem_RawWcsdup(search->start);
    PyStatus status = _PyStatus_OK();
    if (first == NULL || second == NULL || dir == NULL) {
        status = _PyStatus_NO_MEMORY();
        goto done;
    }
    do {
        if (is_there(dir, first, kind) || (alternative != NULL && is_there(dir, second, kind))) {
            *prefix = dir;
            dir = NULL;
            break;
        }
        dir[parent_length(dir)] = L'\0';
    } while (dir[0] != L'\0' && dir[1] != L'\0');
done:
    PyMem_RawFree(dir);
    PyMem_RawFree(second);
    PyMem_RawFree(first);
    return status;
}

/* An archive far above counts for more than a folder close by. */
static PyStatus
find_prefix(Search *search, wchar_t **prefix)
{
    PyStatus status = search_up(search, ZIP_NAME, NULL, S_IFREG, prefix);
    RETURN_IF_BAD(status);
    status = search_up(search, LIBRARY_NAME L"/os.py", LIBRARY_NAME L"/os.pyc", S_IFREG, prefix);
    RETURN_IF_BAD(status);
    if (*prefix != NULL)
        return give_text(&search->library, library_path(*prefix, search->config, LIBRARY_NAME));
    status = give_text(prefix, _PyMem_RawWcsdup(search->known_prefix));
    if (!_PyStatus_EXCEPTION(status))
        status = give_text(&search->library, known_library_path(search));
    RETURN_IF_BAD(status);
    if (search->config->pathconfig_warnings && !is_there(search->library, L"os.py", S_IFREG)
        && !is_there(search->library, L"os.pyc", S_IFREG))
        fputs("Could not find platform independent libraries <prefix>\n", stderr);
    return status;
}

static PyStatus
find_exec_prefix(Search *search, wchar_t **exec_prefix)
{
    static const wchar_t landmark[] = LIBRARY_NAME L"/lib-dynload";
    PyStatus status = search_up(search, landmark, NULL, S_IFDIR, exec_prefix);
    RETURN_IF_BAD(status);
    if (*exec_prefix != NULL)
        return give_text(&search->dynload, library_path(*exec_prefix, search->config, landmark));
    status = give_text(exec_prefix, _PyMem_RawWcsdup(search->known_prefix));
    wchar_t *library = _PyStatus_EXCEPTION(status) ? NULL : known_library_path(search);
    status = give_text(&search->dynload, library == NULL ? NULL : path_join(library, L"lib-dynload"));
    PyMem_RawFree(library);
    RETURN_IF_BAD(status);
    if (search->config->pathconfig_warnings && !is_there(search->dynload, L"", S_IFDIR))
        fputs("Could not find platform dependent libraries <exec_prefix>\n", stderr);
    return status;
}

/* The two halves of home, "prefix[:exec_prefix]"; an empty half is left to the search. */
static PyStatus
split_home(Search *search, wchar_t **prefix, wchar_t **exec_prefix)
{
    const PyConfig *config = search->config;
    if (config->home == NULL)
        return _PyStatus_OK();
    const wchar_t *colon = wcschr(config->home, DELIM), *second = colon == NULL ? config->home : colon + 1;
    size_t length = colon == NULL ? wcslen(config->home) : (size_t)(colon - config->home);
    PyStatus status = _PyStatus_OK();
    if (length > 0) {
        status = give_text(prefix, text_slice(config->home, length));
        if (!_PyStatus_EXCEPTION(status))
            status = give_text(&search->library, library_path(*prefix, config, LIBRARY_NAME));
    }
    if (second[0] != L'\0' && !_PyStatus_EXCEPTION(status)) {
        status = give_text(exec_prefix, _PyMem_RawWcsdup(second));
        if (!_PyStatus_EXCEPTION(status))
            status = give_text(&search->dynload, library_path(second, config, LIBRARY_NAME L"/lib-dynload"));
    }
    return status;
}

static PyStatus
compute_prefixes(Search *search)
{
    PyConfig *config = search->config;
    wchar_t *prefix = NULL, *exec_prefix = NULL;
    PyStatus status = read_known(search);
    if (!_PyStatus_EXCEPTION(status))
        status = split_home(search, &prefix, &exec_prefix);
    if (!_PyStatus_EXCEPTION(status) && prefix == NULL)
        status = find_prefix(search, &prefix);
    if (!_PyStatus_EXCEPTION(status) && exec_prefix == NULL)
        status = find_exec_prefix(search, &exec_prefix);
    /* The base is where prefix and exec_prefix are, given ones before the found ones. */
    if (!_PyStatus_EXCEPTION(status))
        status = give_default(&config->prefix, prefix);
    if (!_PyStatus_EXCEPTION(status))
        status = give_default(&config->exec_prefix, exec_prefix);
    if (!_PyStatus_EXCEPTION(status))
        status = give_default(&config->base_prefix, config->prefix);
    if (!_PyStatus_EXCEPTION(status))
        status = give_default(&config->base_exec_prefix, config->exec_prefix);
    if (!_PyStatus_EXCEPTION(status))
        status = give_default(&config->stdlib_dir, search->library);
    PyMem_RawFree(prefix);
    PyMem_RawFree(exec_prefix);
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

/* Appends what stands between the colons of text, made absolute if wanted. */
PyStatus
ks_path_append_parts(PyWideStringList *paths, const wchar_t *text, int absolute)
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

/* PYTHONPATH, the archive beside the library, the library, its compiled modules. */
static PyStatus
compute_search_paths(Search *search)
{
    PyConfig *config = search->config;
    PyWideStringList paths = _PyWideStringList_INIT;
    PyStatus status = _PyStatus_OK();
    wchar_t *lib = path_parent(search->library);
    if (lib == NULL)
        return _PyStatus_NO_MEMORY();
    if (config->pythonpath_env != NULL)
        status = ks_path_append_parts(&paths, config->pythonpath_env, 1);
    if (!_PyStatus_EXCEPTION(status))
        status = append_joined(&paths, lib, ZIP_NAME);
    if (!_PyStatus_EXCEPTION(status))
        status = PyWideStringList_Append(&paths, search->library);
    if (!_PyStatus_EXCEPTION(status))
        status = PyWideStringList_Append(&paths, search->dynload);
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

/* ---- all of it ---- */

/* What lies beside the program: none of it counts where an embedder or PYTHONHOME has decided,
 * except that a ._pth file is above PYTHONHOME. */
static PyStatus
read_neighbours(Search *search)
{
    PyConfig *config = search->config;
    int embedded = config->home != NULL || config->module_search_paths_set;
    PyStatus status = _PyStatus_OK();
    const char *home = config->home != NULL ? NULL : _Py_GetEnv(config->use_environment, "PYTHONHOME");
    if (home != NULL)
        status = ks_config_set_bytes(config, &config->home, home, "cannot decode PYTHONHOME");
    if (!_PyStatus_EXCEPTION(status) && config->home == NULL)
        status = read_venv(search);
    if (!_PyStatus_EXCEPTION(status) && !embedded)
        status = read_pth(search);
    return status;
}

/* Fills the path fields that are still empty. Without compute only what embedders set by hand is
 * taken over, and no file is looked at. */
PyStatus
ks_path_config_compute(PyConfig *config, int compute)
{
    PyStatus status = _PyPathConfig_ReadGlobal(config);
    if (_PyStatus_EXCEPTION(status) || !compute)
        return status;
    Search search = {.config = config};
    status = compute_executable(config);
    if (!_PyStatus_EXCEPTION(status))
        status = give_default(&config->platlibdir, DEFAULT_LIBDIR);
    if (!_PyStatus_EXCEPTION(status))
        status = follow_links(&search);
    if (!_PyStatus_EXCEPTION(status))
        status = start_at_program(&search);
    if (!_PyStatus_EXCEPTION(status))
        status = read_neighbours(&search);
    if (!_PyStatus_EXCEPTION(status))
        status = give_default(&config->base_executable, config->executable);
    if (!_PyStatus_EXCEPTION(status))
        status = compute_prefixes(&search);
    if (!_PyStatus_EXCEPTION(status) && !config->module_search_paths_set)
        status = compute_search_paths(&search);
    PyMem_RawFree(search.program);
    PyMem_RawFree(search.start);
    PyMem_RawFree(search.known_prefix);
    PyMem_RawFree(search.known_library);
    PyMem_RawFree(search.library);
    PyMem_RawFree(search.dynload);
    return status;
}

PyStatus
_PyConfig_InitPathConfig(PyConfig *config, int compute_path_config)
{
    return ks_path_config_compute(config, compute_path_config);
}
