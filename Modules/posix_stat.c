/* SPDX-License-Identifier: MIT */
/* File status: stat, lstat, fstat, statvfs, access, and the types of their results.
 *
 * stat_result holds each time three times: whole seconds by index, float and nanoseconds by name. */
#include "ks_posix.h"

#include <errno.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* --- stat_result --------------------------------------------------------------------------------- */

static PyStructSequence_Field stat_fields[] = {
    {"st_mode", "protection bits"},
    {"st_ino", "inode"},
    {"st_dev", "device"},
    {"st_nlink", "number of hard links"},
    {"st_uid", "user ID of owner"},
    {"st_gid", "group ID of owner"},
    {"st_size", "total size, in bytes"},
    {NULL, "integer time of last access"}, /* unnamed: set in ks_stat_set_up */
    {NULL, "integer time of last modification"},
    {NULL, "integer time of last change"},
    {"st_atime", "time of last access"},
    {"st_mtime", "time of last modification"},
    {"st_ctime", "time of last change"},
    {"st_atime_ns", "time of last access in nanoseconds"},
    {"st_mtime_ns", "time of last modification in nanoseconds"},
    {"st_ctime_ns", "time of last change in nanoseconds"},
    {"st_blksize", "blocksize for filesystem I/O"},
    {"st_blocks", "number of blocks allocated"},
    {"st_rdev", "device type (if inode device)"},
    {NULL, NULL},
};

static PyStructSequence_Desc stat_desc = {
    "os.stat_result", "Status of a file, as stat() tells it.", stat_fields, 10};

enum { STAT_SECONDS = 7, STAT_FLOAT = 10, STAT_NS = 13, STAT_BLKSIZE = 16 };

/* Nanoseconds since the epoch; more than 64 bits for times far away. */
static PyObject *
nanoseconds(time_t seconds, long ns)
{
    long long total;
    if (!__builtin_mul_overflow((long long)seconds, 1000000000LL, &total) &&
        !__builtin_add_overflow(total, (long long)ns, &total))
        return PyLong_FromLongLong(total);
    KS_OWNED PyObject *whole = PyLong_FromLongLong(seconds);
    KS_OWNED PyObject *billion = PyLong_FromLong(1000000000);
    KS_OWNED PyObject *rest = PyLong_FromLong(ns);
    if (whole == NULL || billion == NULL || rest == NULL)
        return NULL;
    KS_OWNED PyObject *product = PyNumber_Multiply(whole, billion);
    return product == NULL ? NULL : PyNumber_Add(product, rest);
}

static void
set_time(PyObject *result, int which, const struct timespec *time)
{
    PyStructSequence_SET_ITEM(result, STAT_SECONDS + which, PyLong_FromLongLong(time->tv_sec));
    PyStructSequence_SET_ITEM(result, STAT_FLOAT + which,
                              PyFloat_FromDouble((double)time->tv_sec + 1e-9 * time->tv_nsec));
    PyStructSequence_SET_ITEM(result, STAT_NS + which, nanoseconds(time->tv_sec, time->tv_nsec));
}

PyObject *
ks_stat_result(KsPosixState *state, const struct stat *st)
{
    PyObject *result = PyStructSequence_New(state->stat_result);
    if (result == NULL)
        return NULL;
    PyStructSequence_SET_ITEM(result, 0, PyLong_FromLong((long)st->st_mode));
    PyStructSequence_SET_ITEM(result, 1, PyLong_FromUnsignedLongLong(st->st_ino));
    PyStructSequence_SET_ITEM(result, 2, PyLong_FromLongLong((long long)st->st_dev));
    PyStructSequence_SET_ITEM(result, 3, PyLong_FromLong((long)st->st_nlink));
    PyStructSequence_SET_ITEM(result, 4, _PyLong_FromUid(st->st_uid));
    PyStructSequence_SET_ITEM(result, 5, _PyLong_FromGid(st->st_gid));
    PyStructSequence_SET_ITEM(result, 6, PyLong_FromLongLong(st->st_size));
    set_time(result, 0, &st->st_atim);
    set_time(result, 1, &st->st_mtim);
    set_time(result, 2, &st->st_ctim);
    PyStructSequence_SET_ITEM(result, STAT_BLKSIZE, PyLong_FromLong((long)st->st_blksize));
    PyStructSequence_SET_ITEM(result, STAT_BLKSIZE + 1, PyLong_FromLong((long)st->st_blocks));
    PyStructSequence_SET_ITEM(result, STAT_BLKSIZE + 2, PyLong_FromLong((long)st->st_rdev));
    if (PyErr_Occurred()) {
        Py_DECREF(result);
        return NULL;
    }
    return result;
}

/* What the type had before ours took its place; the same function in every interpreter. */
static newfunc stat_sequence_new;

/* Ten items are enough to make one; the named times are then the whole seconds. */
static PyObject *
stat_result_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *result = stat_sequence_new(type, args, kwargs);
    if (result == NULL)
        return NULL;
    for (int i = STAT_SECONDS; i < STAT_FLOAT; i++) {
        PyObject *old = PyStructSequence_GET_ITEM(result, i + 3);
        if (old == Py_None) {
            PyObject *seconds = PyStructSequence_GET_ITEM(result, i);
            PyStructSequence_SET_ITEM(result, i + 3, Py_NewRef(seconds));
            Py_DECREF(old);
        }
    }
    return result;
}

/* --- statvfs_result ------------------------------------------------------------------------------ */

static PyStructSequence_Field statvfs_fields[] = {
    {"f_bsize", NULL},  {"f_frsize", NULL}, {"f_blocks", NULL}, {"f_bfree", NULL},
    {"f_bavail", NULL}, {"f_files", NULL},  {"f_ffree", NULL},  {"f_favail", NULL},
    {"f_flag", NULL},   {"f_namemax", NULL}, {"f_fsid", NULL},  {NULL, NULL},
};

static PyStructSequence_Desc statvfs_desc = {
    "os.statvfs_result", "Status of a file system, as statvfs() tells it.", statvfs_fields, 10};

static PyObject *
statvfs_result(PyObject *module, const struct statvfs *st)
{
    PyObject *result = PyStructSequence_New(ks_posix_state(module)->statvfs_result);
    if (result == NULL)
        return NULL;
    const unsigned long values[] = {
        st->f_bsize, st->f_frsize, st->f_blocks, st->f_bfree,   st->f_bavail, st->f_files,
        st->f_ffree, st->f_favail, st->f_flag,   st->f_namemax, st->f_fsid,
    };
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(values); i++) {
        PyObject *value = i == 10 ? PyLong_FromUnsignedLong(values[i])
                                  : PyLong_FromLong((long)values[i]);
        if (value == NULL) {
            Py_DECREF(result);
            return NULL;
        }
        PyStructSequence_SET_ITEM(result, i, value);
    }
    return result;
}

/* --- Functions ----------------------------------------------------------------------------------- */

typedef struct Call {
    PyObject *path, *dir_fd;
    int mode, effective_ids, follow_symlinks, fd;
} Call;

static PyObject *
stat_of(PyObject *module, KsPath *path, PyObject *dir_fd_arg, int follow_symlinks)
{
    int dir_fd;
    if (!ks_dir_fd_set(dir_fd_arg, &dir_fd) || !ks_path_and_dir_fd(path, dir_fd) ||
        !ks_dir_fd_and_fd(path, dir_fd) || !ks_fd_and_follow(path, follow_symlinks))
        return NULL;
    struct stat st;
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = path->fd != -1
                 ? fstat(path->fd, &st)
                 : fstatat(dir_fd, path->text, &st, follow_symlinks ? 0 : AT_SYMLINK_NOFOLLOW);
    Py_END_ALLOW_THREADS
    return result != 0 ? ks_path_error(path) : ks_stat_result(ks_posix_state(module), &st);
}

static const KsParam stat_params[] = {
    PARAM(Call, path, ARG_OBJECT, 1),
    PARAM_KWONLY(Call, dir_fd, ARG_OBJECT, 0),
    PARAM_KWONLY(Call, follow_symlinks, ARG_BOOL, 0),
    PARAM_END,
};

static PyObject *
posix_stat(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Call call = {.follow_symlinks = 1};
    KS_PATH path = PATH_OR_FD("stat", "path");
    if (nargs == 1 && kwnames == NULL)
        call.path = args[0];
    else if (!ks_args_parse("stat", stat_params, args, nargs, kwnames, &call))
        return NULL;
    if (!ks_path_set(&path, call.path))
        return NULL;
    return stat_of(module, &path, call.dir_fd, call.follow_symlinks);
}

static const KsParam lstat_params[] = {
    PARAM(Call, path, ARG_OBJECT, 1),
    PARAM_KWONLY(Call, dir_fd, ARG_OBJECT, 0),
    PARAM_END,
};

static PyObject *
posix_lstat(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Call call = {0};
    KS_PATH path = PATH_ARG("lstat", "path");
    if (nargs == 1 && kwnames == NULL)
        call.path = args[0];
    else if (!ks_args_parse("lstat", lstat_params, args, nargs, kwnames, &call))
        return NULL;
    if (!ks_path_set(&path, call.path))
        return NULL;
    return stat_of(module, &path, call.dir_fd, 0);
}

static const KsParam fstat_params[] = {PARAM(Call, fd, ARG_INT, 1), PARAM_END};

static PyObject *
posix_fstat(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Call call = {0};
    if (!ks_args_parse("fstat", fstat_params, args, nargs, kwnames, &call))
        return NULL;
    struct stat st;
    int result, handler_failed = 0;
    KS_SYSCALL(result, handler_failed, fstat(call.fd, &st));
    if (result != 0)
        return handler_failed ? NULL : ks_posix_error();
    return ks_stat_result(ks_posix_state(module), &st);
}

static const KsParam path_params[] = {PARAM(Call, path, ARG_OBJECT, 1), PARAM_END};

static PyObject *
posix_statvfs(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Call call = {0};
    KS_PATH path = PATH_OR_FD("statvfs", "path");
    if (!ks_args_parse("statvfs", path_params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path))
        return NULL;
    struct statvfs st;
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = path.fd != -1 ? fstatvfs(path.fd, &st) : statvfs(path.text, &st);
    Py_END_ALLOW_THREADS
    return result != 0 ? ks_path_error(&path) : statvfs_result(module, &st);
}

static PyObject *
posix_fstatvfs(PyObject *module, PyObject *arg)
{
    int fd;
    if (!ks_arg_int(arg, &fd))
        return NULL;
    struct statvfs st;
    int result, handler_failed = 0;
    KS_SYSCALL(result, handler_failed, fstatvfs(fd, &st));
    if (result != 0)
        return handler_failed ? NULL : ks_posix_error();
    return statvfs_result(module, &st);
}

static const KsParam access_params[] = {
    PARAM(Call, path, ARG_OBJECT, 1),
    PARAM(Call, mode, ARG_INT, 1),
    PARAM_KWONLY(Call, dir_fd, ARG_OBJECT, 0),
    PARAM_KWONLY(Call, effective_ids, ARG_BOOL, 0),
    PARAM_KWONLY(Call, follow_symlinks, ARG_BOOL, 0),
    PARAM_END,
};

static PyObject *
posix_access(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Call call = {.follow_symlinks = 1};
    KS_PATH path = PATH_ARG("access", "path");
    int dir_fd;
    if (!ks_args_parse("access", access_params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) || !ks_dir_fd_set(call.dir_fd, &dir_fd))
        return NULL;
    int flags = (call.follow_symlinks ? 0 : AT_SYMLINK_NOFOLLOW) |
                (call.effective_ids ? AT_EACCESS : 0);
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = dir_fd != KS_NO_DIR_FD || flags ? faccessat(dir_fd, path.text, call.mode, flags)
                                             : access(path.text, call.mode);
    Py_END_ALLOW_THREADS
    return PyBool_FromLong(result == 0);
}

PyMethodDef ks_stat_methods[] = {
    METHOD("stat", posix_stat, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path, *, dir_fd=None, follow_symlinks=True)",
           "Status of a path or of an open descriptor."),
    METHOD("lstat", posix_lstat, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path, *, dir_fd=None)", "Status of a path; a symlink is not followed."),
    METHOD("fstat", posix_fstat, METH_FASTCALL | METH_KEYWORDS, "($module, /, fd)",
           "Status of an open descriptor."),
    METHOD("statvfs", posix_statvfs, METH_FASTCALL | METH_KEYWORDS, "($module, /, path)",
           "Status of the file system that holds a path."),
    METHOD("fstatvfs", posix_fstatvfs, METH_O, "($module, fd, /)",
           "Status of the file system that holds an open file."),
    METHOD("access", posix_access, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path, mode, *, dir_fd=None, effective_ids=False,\n"
           "       follow_symlinks=True)",
           "Whether the real user may access a path in the way mode says."),
    {NULL, NULL, 0, NULL},
};

int
ks_stat_set_up(PyObject *module, KsPosixState *state)
{
    for (int i = STAT_SECONDS; i < STAT_FLOAT; i++)
        stat_fields[i].name = PyStructSequence_UnnamedField;
    state->stat_result = ks_posix_structseq(module, &stat_desc);
    if (state->stat_result == NULL)
        return -1;
    stat_sequence_new = state->stat_result->tp_new;
    state->stat_result->tp_new = stat_result_new;
    state->statvfs_result = ks_posix_structseq(module, &statvfs_desc);
    return state->statvfs_result == NULL ? -1 : 0;
}
