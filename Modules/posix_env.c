/* SPDX-License-Identifier: MIT */
/* The environment: the dict that os.environ starts from, putenv, unsetenv. */
#include "ks_posix.h"

#include <string.h>
#include <unistd.h>

/* The C library's variable: extern char **environ. */

static KS_NEW PyObject *
environment(void)
{
    KS_OWNED PyObject *dict = PyDict_New();
    if (dict == NULL)
        return NULL;
    for (char **row = environ; row != NULL && *row != NULL; row++) {
        const char *equals = strchr(*row, '=');
        if (equals == NULL)
            continue;
        KS_OWNED PyObject *key = PyBytes_FromStringAndSize(*row, equals - *row);
        KS_OWNED PyObject *value = PyBytes_FromString(equals + 1);
        /* The first one wins, as in getenv(). */
        if (key == NULL || value == NULL || PyDict_SetDefault(dict, key, value) == NULL)
            return NULL;
    }
    return ks_give(&dict);
}

static PyObject *
posix_putenv(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    KS_OWNED PyObject *name = NULL;
    KS_OWNED PyObject *value = NULL;
    if (!ks_args_count("putenv", nargs, 2, 2) || !PyUnicode_FSConverter(args[0], &name) ||
        !PyUnicode_FSConverter(args[1], &value))
        return NULL;
    if (strchr(PyBytes_AS_STRING(name), '=') != NULL) {
        PyErr_SetString(PyExc_ValueError, "illegal environment variable name");
        return NULL;
    }
    if (PySys_Audit("os.putenv", "OO", name, value) < 0)
        return NULL;
    return ks_posix_done(setenv(PyBytes_AS_STRING(name), PyBytes_AS_STRING(value), 1));
}

static PyObject *
posix_unsetenv(PyObject *module, PyObject *arg)
{
    KS_OWNED PyObject *name = NULL;
    if (!PyUnicode_FSConverter(arg, &name) || PySys_Audit("os.unsetenv", "(O)", name) < 0)
        return NULL;
    return ks_posix_done(unsetenv(PyBytes_AS_STRING(name)));
}

PyMethodDef ks_env_methods[] = {
    METHOD("putenv", posix_putenv, METH_FASTCALL, "($module, name, value, /)",
           "Set an environment variable of the process."),
    METHOD("unsetenv", posix_unsetenv, METH_O, "($module, name, /)",
           "Remove an environment variable of the process."),
    {NULL, NULL, 0, NULL},
};

int
ks_env_set_up(PyObject *module, KsPosixState *state)
{
    KS_OWNED PyObject *dict = environment();
    return dict == NULL ? -1 : PyModule_AddObjectRef(module, "environ", dict);
}
