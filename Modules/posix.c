/* SPDX-License-Identifier: MIT */
/* The posix module: what os.py builds on. This file only puts the parts together; each concept
 * has its file (posix_stat.c, posix_dir.c, ...) and its method table. */
#define _GNU_SOURCE
#include "ks_posix.h"

#include <dlfcn.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <sysexits.h>
#include <unistd.h>
#include <limits.h>
#include <linux/limits.h>
#include <linux/memfd.h>

/* Kinds of posix_spawn's file actions. */
enum { POSIX_SPAWN_OPEN, POSIX_SPAWN_CLOSE, POSIX_SPAWN_DUP2 };

typedef struct Constant {
    const char *name;
    long long value;
} Constant;

#define CONSTANT(name) {#name, (long long)(name)},
static const Constant constants[] = {
#include "posix_constants.def"
};
#undef CONSTANT

/* What os.py looks at to learn which functions take descriptors, dir_fd and follow_symlinks. */
static const char *const have_functions[] = {
    "HAVE_EVENTFD",   "HAVE_FACCESSAT", "HAVE_FCHDIR",    "HAVE_FCHMOD",       "HAVE_FCHMODAT",
    "HAVE_FCHOWN",    "HAVE_FCHOWNAT",  "HAVE_FEXECVE",   "HAVE_FDOPENDIR",    "HAVE_FPATHCONF",
    "HAVE_FSTATAT",   "HAVE_FSTATVFS",  "HAVE_FTRUNCATE", "HAVE_FUTIMENS",     "HAVE_FUTIMES",
    "HAVE_FUTIMESAT", "HAVE_LINKAT",    "HAVE_LCHOWN",    "HAVE_LSTAT",        "HAVE_LUTIMES",
    "HAVE_MEMFD_CREATE", "HAVE_MKDIRAT", "HAVE_MKFIFOAT", "HAVE_MKNODAT",      "HAVE_OPENAT",
    "HAVE_READLINKAT", "HAVE_RENAMEAT", "HAVE_SYMLINKAT", "HAVE_UNLINKAT",     "HAVE_UTIMENSAT",
};

PyTypeObject *
ks_posix_structseq(PyObject *module, PyStructSequence_Desc *desc)
{
    PyTypeObject *type = PyStructSequence_NewType(desc);
    if (type == NULL)
        return NULL;
    const char *dot = strrchr(desc->name, '.');
    if (PyModule_AddObjectRef(module, dot != NULL ? dot + 1 : desc->name, (PyObject *)type) < 0)
        Py_CLEAR(type);
    return type;
}

static int
add_constants(PyObject *module)
{
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(constants); i++) {
        KS_OWNED PyObject *value = PyLong_FromLongLong(constants[i].value);
        if (value == NULL || PyModule_AddObjectRef(module, constants[i].name, value) < 0)
            return -1;
    }
    KS_OWNED PyObject *have = PyList_New(0);
    if (have == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(have_functions); i++) {
        KS_OWNED PyObject *name = PyUnicode_FromString(have_functions[i]);
        if (name == NULL || PyList_Append(have, name) < 0)
            return -1;
    }
    if (PyModule_AddObjectRef(module, "_have_functions", have) < 0)
        return -1;
    return PyModule_AddObjectRef(module, "error", PyExc_OSError);
}

static int
add_functions(PyObject *module)
{
    PyMethodDef *const tables[] = {
        ks_path_methods,    ks_stat_methods,  ks_dir_methods,      ks_file_methods,
        ks_descriptor_methods, ks_env_methods, ks_conf_methods,    ks_exec_methods,
        ks_spawn_methods,   ks_wait_methods,  ks_process_methods,  ks_sched_methods,
        ks_identity_methods, ks_time_methods, ks_xattr_methods,    ks_terminal_methods,
    };
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(tables); i++) {
        if (PyModule_AddFunctions(module, tables[i]) < 0)
            return -1;
    }
    return 0;
}

static int
posix_exec(PyObject *module)
{
    KsPosixState *state = ks_posix_state(module);
    if (add_functions(module) < 0 || add_constants(module) < 0 ||
        ks_env_set_up(module, state) < 0 || ks_conf_set_up(module, state) < 0 ||
        ks_stat_set_up(module, state) < 0 || ks_dir_set_up(module, state) < 0 ||
        ks_process_set_up(module, state) < 0 ||
        ks_wait_set_up(module, state) < 0 || ks_sched_set_up(module, state) < 0 ||
        ks_time_set_up(module, state) < 0 ||
        ks_terminal_set_up(module, state) < 0)
        return -1;
    return 0;
}

static int
posix_traverse(PyObject *module, visitproc visit, void *arg)
{
    KsPosixState *state = ks_posix_state(module);
    Py_VISIT(state->stat_result);
    Py_VISIT(state->statvfs_result);
    Py_VISIT(state->sched_param);
    Py_VISIT(state->terminal_size);
    Py_VISIT(state->times_result);
    Py_VISIT(state->uname_result);
    Py_VISIT(state->waitid_result);
    Py_VISIT(state->dir_entry);
    Py_VISIT(state->scandir_iterator);
    return 0;
}

static int
posix_clear(PyObject *module)
{
    KsPosixState *state = ks_posix_state(module);
    Py_CLEAR(state->stat_result);
    Py_CLEAR(state->statvfs_result);
    Py_CLEAR(state->sched_param);
    Py_CLEAR(state->terminal_size);
    Py_CLEAR(state->times_result);
    Py_CLEAR(state->uname_result);
    Py_CLEAR(state->waitid_result);
    Py_CLEAR(state->dir_entry);
    Py_CLEAR(state->scandir_iterator);
    return 0;
}

static void
posix_free(void *module)
{
    posix_clear((PyObject *)module);
}

static PyModuleDef_Slot posix_slots[] = {
    {Py_mod_exec, posix_exec},
    {0, NULL},
};

struct PyModuleDef ks_posix_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "posix",
    .m_doc = "System calls of POSIX and Linux; programs use them through the os module.",
    .m_size = sizeof(KsPosixState),
    .m_slots = posix_slots,
    .m_traverse = posix_traverse,
    .m_clear = posix_clear,
    .m_free = posix_free,
};

PyMODINIT_FUNC
PyInit_posix(void)
{
    return PyModuleDef_Init(&ks_posix_module);
}
