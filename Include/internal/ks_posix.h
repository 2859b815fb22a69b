/* SPDX-License-Identifier: MIT */
/* What the files of the posix module share: path arguments, descriptors, errors, the module state.
 *
 * Each file owns the functions of one concept and offers them as one method table; posix.c puts
 * the tables together. */
#ifndef KS_POSIX_H
#define KS_POSIX_H

#include "Python.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>
#include "ks_args.h"
#include "ks_base.h"

/* --- Module state ------------------------------------------------------------------------------ */

typedef struct KsPosixState {
    PyTypeObject *stat_result;
    PyTypeObject *statvfs_result;
    PyTypeObject *sched_param;
    PyTypeObject *terminal_size;
    PyTypeObject *times_result;
    PyTypeObject *uname_result;
    PyTypeObject *waitid_result;
    PyTypeObject *dir_entry;
    PyTypeObject *scandir_iterator;
} KsPosixState;

extern struct PyModuleDef ks_posix_module;

static inline KsPosixState *
ks_posix_state(PyObject *module)
{
    return (KsPosixState *)PyModule_GetState(module);
}

/* --- Paths ------------------------------------------------------------------------------------- */

/* A path argument. The caller fills the upper half (PATH_ARG), ks_path_set the lower. */
typedef struct KsPath {
    const char *function;
    const char *argument;
    unsigned char allow_none;
    unsigned char allow_fd;

    const char *text;  /* encoded, ends in nul; NULL for None and for descriptors */
    int fd;            /* -1 unless a descriptor was given */
    Py_ssize_t length; /* of text, in bytes */
    PyObject *object;  /* borrowed: what errors and audit events show */
    PyObject *owned;   /* keeps text alive */
    PyObject *named;   /* keeps object alive when __fspath__ made it */
} KsPath;

#define PATH_ARG(function, argument) {function, argument, 0, 0, NULL, -1, 0, NULL, NULL, NULL}
#define PATH_OR_FD(function, argument) {function, argument, 0, 1, NULL, -1, 0, NULL, NULL, NULL}
#define PATH_OR_FD_OR_NONE(function, argument) {function, argument, 1, 1, NULL, -1, 0, NULL, NULL, NULL}
/* A KsPath variable that frees what it holds when its scope ends. */
#define KS_PATH __attribute__((cleanup(ks_path_drop))) KsPath

int ks_path_set(KsPath *path, PyObject *arg);
void ks_path_drop(KsPath *path);

/* OSError from errno, with no, one or two file names; always NULL. */
PyObject *ks_posix_error(void);
PyObject *ks_path_error(const KsPath *path);
PyObject *ks_path_error2(const KsPath *path, const KsPath *path2);
/* None when result is 0 or more, else the error of the path. */
PyObject *ks_path_done(int result, const KsPath *path);
PyObject *ks_posix_done(int result);

/* dir_fd: None or an index. */
#define KS_NO_DIR_FD AT_FDCWD
int ks_dir_fd_set(PyObject *arg, int *dir_fd);
#define KS_AUDIT_DIR_FD(dir_fd) ((dir_fd) == KS_NO_DIR_FD ? -1 : (dir_fd))
/* An index as descriptor. */
int ks_fd_index(PyObject *arg, int *fd);
/* ValueErrors and NotImplementedErrors of arguments that exclude each other; 1 when all is well. */
int ks_path_and_dir_fd(const KsPath *path, int dir_fd);
int ks_fd_and_follow(const KsPath *path, int follow_symlinks);
int ks_dir_fd_and_fd(const KsPath *path, int dir_fd);
PyObject *ks_unavailable(const char *function, const char *argument);

/* --- Other arguments --------------------------------------------------------------------------- */

int ks_arg_off(PyObject *arg, off_t *value);
int ks_arg_pid(PyObject *arg, pid_t *value);
int ks_arg_dev(PyObject *arg, dev_t *value);

PyAPI_FUNC(PyObject *) _PyLong_FromUid(uid_t uid);
PyAPI_FUNC(PyObject *) _PyLong_FromGid(gid_t gid);
PyAPI_FUNC(int) _Py_Uid_Converter(PyObject *arg, uid_t *uid);
PyAPI_FUNC(int) _Py_Gid_Converter(PyObject *arg, gid_t *gid);
int _Py_Sigset_Converter(PyObject *arg, void *set);

/* After a failed call: 1 when it was interrupted and no signal handler raised (try again). */
static inline int
ks_interrupted(int *handler_failed)
{
    if (errno != EINTR)
        return 0;
    *handler_failed = PyErr_CheckSignals();
    return *handler_failed == 0;
}

/* Runs a call without the GIL, again after each EINTR. Sets result; sets handler_failed when a
 * signal handler raised. errno is kept. */
#define KS_SYSCALL(result, handler_failed, call) \
    do {                                         \
        Py_BEGIN_ALLOW_THREADS                   \
        (result) = (call);                       \
        Py_END_ALLOW_THREADS                     \
    } while ((result) == -1 && ks_interrupted(&(handler_failed)))

/* --- Parts of the module ----------------------------------------------------------------------- */

int ks_stat_set_up(PyObject *module, KsPosixState *state);
int ks_dir_set_up(PyObject *module, KsPosixState *state);
int ks_process_set_up(PyObject *module, KsPosixState *state);
int ks_wait_set_up(PyObject *module, KsPosixState *state);
int ks_sched_set_up(PyObject *module, KsPosixState *state);
int ks_time_set_up(PyObject *module, KsPosixState *state);
int ks_terminal_set_up(PyObject *module, KsPosixState *state);
int ks_conf_set_up(PyObject *module, KsPosixState *state);
int ks_env_set_up(PyObject *module, KsPosixState *state);
/* stat_result of a struct stat. */
KS_NEW PyObject *ks_stat_result(KsPosixState *state, const struct stat *st);

/* Argument and environment vectors for exec and spawn. */
KS_NEW char **ks_exec_argv(PyObject *sequence);
KS_NEW char **ks_exec_envp(PyObject *mapping);
void ks_exec_free(char **vector);

/* The sched_priority of a sched_param object. */
struct sched_param;
int ks_sched_param(KsPosixState *state, PyObject *arg, struct sched_param *param);

/* Makes a struct sequence type and adds it to the module under its last name. */
PyTypeObject *ks_posix_structseq(PyObject *module, PyStructSequence_Desc *desc);

extern PyMethodDef ks_stat_methods[];
extern PyMethodDef ks_path_methods[];
extern PyMethodDef ks_dir_methods[];
extern PyMethodDef ks_file_methods[];
extern PyMethodDef ks_descriptor_methods[];
extern PyMethodDef ks_transfer_methods[];
extern PyMethodDef ks_process_methods[];
extern PyMethodDef ks_exec_methods[];
extern PyMethodDef ks_spawn_methods[];
extern PyMethodDef ks_wait_methods[];
extern PyMethodDef ks_sched_methods[];
extern PyMethodDef ks_identity_methods[];
extern PyMethodDef ks_time_methods[];
extern PyMethodDef ks_conf_methods[];
extern PyMethodDef ks_env_methods[];
extern PyMethodDef ks_xattr_methods[];
extern PyMethodDef ks_terminal_methods[];

#endif
