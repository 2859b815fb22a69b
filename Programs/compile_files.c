/* SPDX-License-Identifier: MIT */
/* kingsnake-compile: compiles Python files without running any of them.
 *
 *   kingsnake-compile [-O | -OO] FILE...         writes __pycache__/NAME.cpython-311[.opt-N].pyc
 *   kingsnake-compile [-O | -OO] code LIST FOLDER
 *
 * The second form serves tests: LIST has lines 'NUMBER PATH'; FOLDER/NUMBER.out gets the bare
 * marshalled code object, or FOLDER/NUMBER.failed the exception. Files appear whole or not. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "Python.h"
#include "marshal.h"

#include "ks_compile.h"
#include "ks_parser.h"

#define PATH_BYTES 4096

/* The whole file with a terminating zero, NULL with an exception. */
static char *
read_file(const char *path, struct stat *status)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fstat(fileno(file), status) < 0) {
        PyErr_SetFromErrnoWithFilename(PyExc_OSError, path);
        if (file != NULL)
            fclose(file);
        return NULL;
    }
    size_t size = (size_t)status->st_size;
    char *text = PyMem_Malloc(size + 1);
    if (text == NULL)
        PyErr_NoMemory();
    else {
        size_t got = fread(text, 1, size, file);
        text[got] = '\0';
        if (memchr(text, '\0', got) != NULL) {
            PyErr_SetString(PyExc_ValueError, "source code string cannot contain null bytes");
            PyMem_Free(text);
            text = NULL;
        }
    }
    fclose(file);
    return text;
}

/* The marshalled code object of a source text. */
static PyObject *
compile_source(const char *source, const char *filename, int optimize)
{
    PyObject *result = NULL;
    KS_OWNED PyObject *name = PyUnicode_DecodeFSDefault(filename);
    KsArena *arena = name == NULL ? NULL : ks_arena_new();
    if (arena == NULL)
        return NULL;
    PyCompilerFlags flags = _PyCompilerFlags_INIT;
    KsMod *mod = ks_parse_string(source, name, Py_file_input, &flags, arena);
    KS_OWNED PyObject *code =
        mod == NULL ? NULL : (PyObject *)ks_compile_ast(mod, name, &flags, optimize, arena);
    ks_arena_free(arena);
    if (code != NULL)
        result = PyMarshal_WriteObjectToString(code, Py_MARSHAL_VERSION);
    return result;
}

static int
write_file(const char *path, const void *head, size_t head_bytes, const char *bytes, size_t count)
{
    char part[PATH_BYTES + 8];
    snprintf(part, sizeof(part), "%s.part", path);
    FILE *file = fopen(part, "wb");
    int ok = file != NULL && fwrite(head, 1, head_bytes, file) == head_bytes
             && fwrite(bytes, 1, count, file) == count;
    if (file != NULL && fclose(file) != 0)
        ok = 0;
    if (!ok || rename(part, path) != 0) {
        fprintf(stderr, "kingsnake-compile: %s: %s\n", path, strerror(errno));
        return 0;
    }
    return 1;
}

/* The current exception as "Type: message"; clears it. */
static PyObject *
describe_error(void)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    PyObject *text = PyUnicode_FromFormat("%s: %S", ((PyTypeObject *)type)->tp_name, value);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    PyObject *bytes = text == NULL ? NULL : PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace");
    Py_XDECREF(text);
    return bytes;
}

static PyObject *
compile_path(const char *path, const char *filename, int optimize, struct stat *status)
{
    char *source = read_file(path, status);
    if (source == NULL)
        return NULL;
    PyObject *data = compile_source(source, filename, optimize);
    PyMem_Free(source);
    return data;
}

/* ---- the form for tests ---- */

static int
compile_list(const char *list, const char *folder, int optimize)
{
    char line[PATH_BYTES], target[PATH_BYTES + 64];
    FILE *file = fopen(list, "r");
    if (file == NULL) {
        fprintf(stderr, "kingsnake-compile: %s: %s\n", list, strerror(errno));
        return 2;
    }
    int status = 0;
    while (fgets(line, sizeof(line), file) != NULL) {
        struct stat info;
        line[strcspn(line, "\n")] = '\0';
        char *path = strchr(line, ' ');
        if (path == NULL)
            continue;
        *path++ = '\0';
        PyObject *data = compile_path(path, "<identity>", optimize, &info);
        const char *suffix = data != NULL ? "out" : "failed";
        if (data == NULL && (data = describe_error()) == NULL) {
            status = 2;
            break;
        }
        snprintf(target, sizeof(target), "%s/%s.%s", folder, line, suffix);
        if (!write_file(target, "", 0, PyBytes_AS_STRING(data), (size_t)PyBytes_GET_SIZE(data)))
            status = 2;
        Py_DECREF(data);
    }
    fclose(file);
    return status;
}

/* ---- .pyc files ---- */

static void
put_u32(unsigned char *out, unsigned long value)
{
    for (int i = 0; i < 4; i++)
        out[i] = (unsigned char)(value >> (8 * i));
}

/* Writes the .pyc beside path; 0 after a message. */
static int
compile_to_cache(const char *path, int optimize)
{
    struct stat info;
    PyObject *data = compile_path(path, path, optimize, &info);
    if (data == NULL) {
        fprintf(stderr, "kingsnake-compile: %s: ", path);
        PyErr_Print();
        return 0;
    }
    const char *slash = strrchr(path, '/');
    const char *name = slash == NULL ? path : slash + 1;
    size_t length = strlen(name);
    if (length > 3 && strcmp(name + length - 3, ".py") == 0)
        length -= 3;
    char folder[PATH_BYTES], target[PATH_BYTES], level[16] = "";
    if (optimize > 0)
        snprintf(level, sizeof(level), ".opt-%d", optimize);
    snprintf(folder, sizeof(folder), "%.*s__pycache__", (int)(name - path), path);
    int ok = 0;
    if (snprintf(target, sizeof(target), "%s/%.*s.cpython-311%s.pyc", folder, (int)length, name, level)
        < (int)sizeof(target)) {
        unsigned char head[16] = {0};
        put_u32(head, (unsigned long)PyImport_GetMagicNumber());
        put_u32(head + 8, (unsigned long)info.st_mtime);
        put_u32(head + 12, (unsigned long)info.st_size);
        (void)mkdir(folder, 0777);
        ok = write_file(target, head, sizeof(head), PyBytes_AS_STRING(data),
                        (size_t)PyBytes_GET_SIZE(data));
    }
    Py_DECREF(data);
    return ok;
}

static int
usage(void)
{
    fputs("usage: kingsnake-compile [-O | -OO] FILE...\n"
          "       kingsnake-compile [-O | -OO] code LIST FOLDER\n", stderr);
    return 2;
}

int
main(int argc, char **argv)
{
    int first = 1, optimize = 0, status = 0;
    for (; first < argc && argv[first][0] == '-'; first++) {
        if (strcmp(argv[first], "-O") == 0)
            optimize++;
        else if (strcmp(argv[first], "-OO") == 0)
            optimize = 2;
        else
            return usage();
    }
    if (first == argc)
        return usage();

    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    PyStatus started = PyConfig_SetString(&config, &config.program_name, L"kingsnake");
    if (!PyStatus_Exception(started))
        started = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (PyStatus_Exception(started))
        Py_ExitStatusException(started);
    if (PyRun_SimpleString("import warnings\nwarnings.simplefilter('ignore')\n") != 0)
        PyErr_Clear();

    if (argc - first == 3 && strcmp(argv[first], "code") == 0)
        status = compile_list(argv[first + 1], argv[first + 2], optimize);
    else {
        for (; first < argc; first++)
            status |= !compile_to_cache(argv[first], optimize);
    }
    return Py_FinalizeEx() < 0 ? 2 : status;
}
