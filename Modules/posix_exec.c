/* SPDX-License-Identifier: MIT */
/* Replacing the program: execv, execve, and the argument vectors that posix_spawn uses too.
 *
 * A vector is one block of pointers, each to a block of its own, ended by NULL. */
#define _GNU_SOURCE
#include "ks_posix.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void
ks_exec_free(char **vector)
{
    if (vector == NULL)
        return;
    for (char **place = vector; *place != NULL; place++)
        PyMem_Free(*place);
    PyMem_Free(vector);
}

/* A str, bytes or path as a fresh C string. */
static char *
copy_text(PyObject *arg)
{
    KS_OWNED PyObject *bytes = NULL;
    if (!PyUnicode_FSConverter(arg, &bytes))
        return NULL;
    size_t room = (size_t)PyBytes_GET_SIZE(bytes) + 1;
    char *text = PyMem_Malloc(room);
    if (text == NULL)
        PyErr_NoMemory();
    else
        memcpy(text, PyBytes_AS_STRING(bytes), room);
    return text;
}

/* Texts of a list or tuple; NULL with an exception. */
char **
ks_exec_argv(PyObject *sequence)
{
    Py_ssize_t count = PySequence_Fast_GET_SIZE(sequence);
    char **vector = PyMem_Calloc((size_t)count + 1, sizeof(char *));
    if (vector == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        /* __fspath__ of an item may shorten the list. */
        KS_OWNED PyObject *item = PySequence_GetItem(sequence, i);
        vector[i] = item != NULL ? copy_text(item) : NULL;
        if (vector[i] == NULL) {
            ks_exec_free(vector);
            return NULL;
        }
    }
    return vector;
}

/* One "name=value". */
static char *
environment_row(PyObject *key, PyObject *value)
{
    KS_OWNED PyObject *name = NULL;
    KS_OWNED PyObject *content = NULL;
    if (!PyUnicode_FSConverter(key, &name) || !PyUnicode_FSConverter(value, &content))
        return NULL;
    Py_ssize_t name_bytes = PyBytes_GET_SIZE(name), value_bytes = PyBytes_GET_SIZE(content);
    /* A first character "=" is let through. */
    if (name_bytes == 0 || strchr(PyBytes_AS_STRING(name) + 1, '=') != NULL) {
        PyErr_SetString(PyExc_ValueError, "illegal environment variable name");
        return NULL;
    }
    char *row = PyMem_Malloc((size_t)name_bytes + (size_t)value_bytes + 2);
    if (row == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    memcpy(row, PyBytes_AS_STRING(name), (size_t)name_bytes);
    row[name_bytes] = '=';
    memcpy(row + name_bytes + 1, PyBytes_AS_STRING(content), (size_t)value_bytes + 1);
    return row;
}

/* Rows of a mapping; NULL with an exception. */
char **
ks_exec_envp(PyObject *mapping)
{
    Py_ssize_t count = PyMapping_Size(mapping);
    if (count < 0)
        return NULL;
    KS_OWNED PyObject *keys = PyMapping_Keys(mapping);
    if (keys == NULL)
        return NULL;
    KS_OWNED PyObject *values = PyMapping_Values(mapping);
    if (values == NULL)
        return NULL;
    if (!PyList_Check(keys) || !PyList_Check(values)) {
        PyErr_Format(PyExc_TypeError, "env.keys() or env.values() is not a list");
        return NULL;
    }
    count = Py_MIN(PyList_GET_SIZE(keys), PyList_GET_SIZE(values));
    char **vector = PyMem_Calloc((size_t)count + 1, sizeof(char *));
    if (vector == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        vector[i] = environment_row(PyList_GET_ITEM(keys, i), PyList_GET_ITEM(values, i));
        if (vector[i] == NULL) {
            ks_exec_free(vector);
            return NULL;
        }
    }
    return vector;
}

static int
argv_check(PyObject *argv, const char *type_message, const char *empty_message)
{
    if (!PyList_Check(argv) && !PyTuple_Check(argv)) {
        PyErr_SetString(PyExc_TypeError, type_message);
        return 0;
    }
    if (PySequence_Size(argv) < 1) {
        PyErr_SetString(PyExc_ValueError, empty_message);
        return 0;
    }
    return 1;
}

static PyObject *
posix_execv(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    KS_PATH path = PATH_ARG("execv", "path");
    if (!ks_args_count("execv", nargs, 2, 2) || !ks_path_set(&path, args[0]) ||
        !argv_check(args[1], "execv() arg 2 must be a tuple or list",
                    "execv() arg 2 must not be empty"))
        return NULL;
    char **argv = ks_exec_argv(args[1]);
    if (argv == NULL)
        return NULL;
    PyObject *result = NULL;
    if (argv[0][0] == '\0') {
        PyErr_SetString(PyExc_ValueError, "execv() arg 2 first element cannot be empty");
        goto done;
    }
    if (PySys_Audit("os.exec", "OOO", path.object, args[1], Py_None) < 0)
        goto done;
    execv(path.text, argv);
    result = ks_posix_error(); /* only reached when it failed */
done:
    ks_exec_free(argv);
    return result;
}

typedef struct Call {
    PyObject *path, *argv, *env;
} Call;

static PyObject *
posix_execve(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, path, ARG_OBJECT, 1),
                                     PARAM(Call, argv, ARG_OBJECT, 1),
                                     PARAM(Call, env, ARG_OBJECT, 1), PARAM_END};
    Call call = {0};
    KS_PATH path = PATH_OR_FD("execve", "path");
    if (!ks_args_parse("execve", params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) ||
        !argv_check(call.argv, "execve: argv must be a tuple or list",
                    "execve: argv must not be empty"))
        return NULL;
    if (!PyMapping_Check(call.env)) {
        PyErr_SetString(PyExc_TypeError, "execve: environment must be a mapping object");
        return NULL;
    }
    PyObject *result = NULL;
    char **argv = ks_exec_argv(call.argv), **envp = NULL;
    if (argv == NULL)
        return NULL;
    if (argv[0][0] == '\0') {
        PyErr_SetString(PyExc_ValueError, "execve: argv first element cannot be empty");
        goto done;
    }
    envp = ks_exec_envp(call.env);
    if (envp == NULL || PySys_Audit("os.exec", "OOO", path.object, call.argv, call.env) < 0)
        goto done;
    if (path.fd > -1)
        fexecve(path.fd, argv, envp);
    else
        execve(path.text, argv, envp);
    result = ks_path_error(&path); /* only reached when it failed */
done:
    ks_exec_free(argv);
    ks_exec_free(envp);
    return result;
}

PyMethodDef ks_exec_methods[] = {
    METHOD("execv", posix_execv, METH_FASTCALL, "($module, path, argv, /)",
           "Replace this program by another one."),
    METHOD("execve", posix_execve, METH_FASTCALL | METH_KEYWORDS, "($module, /, path, argv, env)",
           "Replace this program by another one, with env as its environment."),
    {NULL, NULL, 0, NULL},
};
