/* SPDX-License-Identifier: MIT */
/* Limits and options of the system by name or number: sysconf, pathconf, fpathconf, confstr, and
 * the dicts that list the names. */
#include "ks_posix.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

typedef struct ConfName {
    const char *name;
    int number;
} ConfName;

#define NAME(name) {#name, _##name},
static const ConfName sysconf_names[] = {
#include "posix_sysconf.def"
};
static const ConfName pathconf_names[] = {
#include "posix_pathconf.def"
};
static const ConfName confstr_names[] = {
#include "posix_confstr.def"
};
#undef NAME

/* A name out of a table that is sorted by strcmp, or any number. */
static int
conf_number(PyObject *arg, const ConfName *names, Py_ssize_t count, int *number)
{
    if (PyLong_Check(arg)) {
        *number = _PyLong_AsInt(arg);
        return *number != -1 || !PyErr_Occurred();
    }
    if (!PyUnicode_Check(arg)) {
        PyErr_SetString(PyExc_TypeError, "configuration names must be strings or integers");
        return 0;
    }
    const char *name = PyUnicode_AsUTF8(arg);
    if (name == NULL)
        return 0;
    Py_ssize_t low = 0, high = count;
    while (low < high) {
        Py_ssize_t middle = (low + high) / 2;
        int order = strcmp(name, names[middle].name);
        if (order == 0) {
            *number = names[middle].number;
            return 1;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    PyErr_SetString(PyExc_ValueError, "unrecognized configuration name");
    return 0;
}

#define CONF_NUMBER(arg, table, number) conf_number(arg, table, KS_COUNT_OF(table), number)

static PyObject *
posix_sysconf(PyObject *module, PyObject *arg)
{
    int number;
    if (!CONF_NUMBER(arg, sysconf_names, &number))
        return NULL;
    errno = 0;
    long value = sysconf(number);
    if (value == -1 && errno != 0)
        return ks_posix_error();
    return PyLong_FromLong(value);
}

static PyObject *
posix_fpathconf(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int number;
    if (!ks_args_count("fpathconf", nargs, 2, 2))
        return NULL;
    int fd = PyObject_AsFileDescriptor(args[0]);
    if (fd < 0 || !CONF_NUMBER(args[1], pathconf_names, &number))
        return NULL;
    errno = 0;
    long value = fpathconf(fd, number);
    if (value == -1 && errno != 0)
        return ks_posix_error();
    return PyLong_FromLong(value);
}

typedef struct Call {
    PyObject *path, *name;
} Call;

static PyObject *
posix_pathconf(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, path, ARG_OBJECT, 1),
                                     PARAM(Call, name, ARG_OBJECT, 1), PARAM_END};
    Call call = {0};
    KS_PATH path = PATH_OR_FD("pathconf", "path");
    int number;
    if (!ks_args_parse("pathconf", params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) || !CONF_NUMBER(call.name, pathconf_names, &number))
        return NULL;
    errno = 0;
    long value = path.fd != -1 ? fpathconf(path.fd, number) : pathconf(path.text, number);
    if (value == -1 && errno != 0)
        /* EINVAL is about the name, not about the path. */
        return errno == EINVAL ? ks_posix_error() : ks_path_error(&path);
    return PyLong_FromLong(value);
}

static PyObject *
posix_confstr(PyObject *module, PyObject *arg)
{
    int number;
    if (!CONF_NUMBER(arg, confstr_names, &number))
        return NULL;
    char fixed[256];
    errno = 0;
    size_t length = confstr(number, fixed, sizeof(fixed));
    if (length == 0) {
        if (errno != 0)
            return ks_posix_error();
        Py_RETURN_NONE;
    }
    if (length <= sizeof(fixed))
        return PyUnicode_DecodeFSDefaultAndSize(fixed, (Py_ssize_t)length - 1);
    char *text = PyMem_Malloc(length);
    if (text == NULL)
        return PyErr_NoMemory();
    size_t again = confstr(number, text, length);
    PyObject *result = PyUnicode_DecodeFSDefaultAndSize(text, (Py_ssize_t)Py_MIN(again, length) - 1);
    PyMem_Free(text);
    return result;
}

PyMethodDef ks_conf_methods[] = {
    METHOD("sysconf", posix_sysconf, METH_O, "($module, name, /)",
           "A number that describes the system."),
    METHOD("fpathconf", posix_fpathconf, METH_FASTCALL, "($module, fd, name, /)",
           "A limit of an open file; -1 when there is none."),
    METHOD("pathconf", posix_pathconf, METH_FASTCALL | METH_KEYWORDS, "($module, /, path, name)",
           "A limit of a path; -1 when there is none."),
    METHOD("confstr", posix_confstr, METH_O, "($module, name, /)",
           "A text that describes the system, None when it has none."),
    {NULL, NULL, 0, NULL},
};

static int
add_names(PyObject *module, const char *attribute, const ConfName *names, Py_ssize_t count)
{
    KS_OWNED PyObject *dict = PyDict_New();
    for (Py_ssize_t i = 0; dict != NULL && i < count; i++) {
        KS_OWNED PyObject *number = PyLong_FromLong(names[i].number);
        if (number == NULL || PyDict_SetItemString(dict, names[i].name, number) < 0)
            return -1;
    }
    return dict == NULL ? -1 : PyModule_AddObjectRef(module, attribute, dict);
}

int
ks_conf_set_up(PyObject *module, KsPosixState *state)
{
    if (add_names(module, "sysconf_names", sysconf_names, KS_COUNT_OF(sysconf_names)) < 0 ||
        add_names(module, "pathconf_names", pathconf_names, KS_COUNT_OF(pathconf_names)) < 0)
        return -1;
    return add_names(module, "confstr_names", confstr_names, KS_COUNT_OF(confstr_names));
}
