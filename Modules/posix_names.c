/* SPDX-License-Identifier: MIT */
/* Names in the file tree: making, renaming, linking and removing them, their modes and owners, and
 * the working directory. Each function announces itself to the audit hooks before it acts. */
#include "ks_posix.h"

#include <errno.h>
#include <limits.h>
#include <sys/sysmacros.h>
#include <unistd.h>

typedef struct Call {
    PyObject *path, *src, *dst, *dir_fd, *src_dir_fd, *dst_dir_fd, *uid, *gid, *device;
    int mode, follow_symlinks, target_is_directory, fd;
} Call;

static const KsParam path_params[] = {PARAM(Call, path, ARG_OBJECT, 1), PARAM_END};

static const KsParam path_dir_params[] = {
    PARAM(Call, path, ARG_OBJECT, 1), PARAM_KWONLY(Call, dir_fd, ARG_OBJECT, 0), PARAM_END};

static const KsParam path_mode_params[] = {
    PARAM(Call, path, ARG_OBJECT, 1), PARAM(Call, mode, ARG_INT, 0),
    PARAM_KWONLY(Call, dir_fd, ARG_OBJECT, 0), PARAM_END};

/* --- The working directory ------------------------------------------------------------------------ */

static PyObject *
posix_chdir(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Call call = {0};
    KS_PATH path = PATH_OR_FD("chdir", "path");
    if (!ks_args_parse("chdir", path_params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) || PySys_Audit("os.chdir", "(O)", path.object) < 0)
        return NULL;
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = path.fd != -1 ? fchdir(path.fd) : chdir(path.text);
    Py_END_ALLOW_THREADS
    return ks_path_done(result, &path);
}

static PyObject *
posix_fchdir(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM_NAMED(Call, path, "fd", ARG_OBJECT, 1), PARAM_END};
    Call call = {0};
    if (!ks_args_parse("fchdir", params, args, nargs, kwnames, &call))
        return NULL;
    int fd = PyObject_AsFileDescriptor(call.path);
    if (fd < 0 || PySys_Audit("os.chdir", "(i)", fd) < 0)
        return NULL;
    int result, handler_failed = 0;
    KS_SYSCALL(result, handler_failed, fchdir(fd));
    return handler_failed ? NULL : ks_posix_done(result);
}

static PyObject *
working_directory(int as_bytes)
{
    char fixed[PATH_MAX];
    char *text;
    Py_BEGIN_ALLOW_THREADS
    text = getcwd(fixed, sizeof(fixed));
    if (text == NULL && errno == ERANGE)
        text = getcwd(NULL, 0); /* longer than PATH_MAX: the C library allocates */
    Py_END_ALLOW_THREADS
    if (text == NULL)
        return ks_posix_error();
    PyObject *result = as_bytes ? PyBytes_FromString(text) : PyUnicode_DecodeFSDefault(text);
    if (text != fixed)
        free(text);
    return result;
}

static PyObject *
posix_getcwd(PyObject *module, PyObject *unused)
{
    return working_directory(0);
}

static PyObject *
posix_getcwdb(PyObject *module, PyObject *unused)
{
    return working_directory(1);
}

static PyObject *
posix_chroot(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Call call = {0};
    KS_PATH path = PATH_ARG("chroot", "path");
    if (!ks_args_parse("chroot", path_params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path))
        return NULL;
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = chroot(path.text);
    Py_END_ALLOW_THREADS
    return ks_path_done(result, &path);
}

/* --- Modes and owners ----------------------------------------------------------------------------- */

static PyObject *
posix_chmod(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {
        PARAM(Call, path, ARG_OBJECT, 1), PARAM(Call, mode, ARG_INT, 1),
        PARAM_KWONLY(Call, dir_fd, ARG_OBJECT, 0),
        PARAM_KWONLY(Call, follow_symlinks, ARG_BOOL, 0), PARAM_END};
    Call call = {.follow_symlinks = 1};
    KS_PATH path = PATH_OR_FD("chmod", "path");
    int dir_fd;
    if (!ks_args_parse("chmod", params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) || !ks_dir_fd_set(call.dir_fd, &dir_fd))
        return NULL;
    if (PySys_Audit("os.chmod", "Oii", path.object, call.mode, KS_AUDIT_DIR_FD(dir_fd)) < 0)
        return NULL;
    int result;
    Py_BEGIN_ALLOW_THREADS
    if (path.fd != -1)
        result = fchmod(path.fd, (mode_t)call.mode);
    else
        result = fchmodat(dir_fd, path.text, (mode_t)call.mode,
                          call.follow_symlinks ? 0 : AT_SYMLINK_NOFOLLOW);
    Py_END_ALLOW_THREADS
    if (result != 0 && path.fd == -1 && !call.follow_symlinks &&
        (errno == ENOTSUP || errno == EOPNOTSUPP)) {
        if (dir_fd == KS_NO_DIR_FD)
            return ks_unavailable("chmod", "follow_symlinks");
        PyErr_SetString(PyExc_ValueError,
                        "chmod: cannot use dir_fd and follow_symlinks together");
        return NULL;
    }
    return ks_path_done(result, &path);
}

static PyObject *
posix_fchmod(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, fd, ARG_INT, 1), PARAM(Call, mode, ARG_INT, 1),
                                     PARAM_END};
    Call call = {0};
    if (!ks_args_parse("fchmod", params, args, nargs, kwnames, &call) ||
        PySys_Audit("os.chmod", "iii", call.fd, call.mode, -1) < 0)
        return NULL;
    int result, handler_failed = 0;
    KS_SYSCALL(result, handler_failed, fchmod(call.fd, (mode_t)call.mode));
    return handler_failed ? NULL : ks_posix_done(result);
}

static PyObject *
posix_chown(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {
        PARAM(Call, path, ARG_OBJECT, 1), PARAM(Call, uid, ARG_OBJECT, 1),
        PARAM(Call, gid, ARG_OBJECT, 1),  PARAM_KWONLY(Call, dir_fd, ARG_OBJECT, 0),
        PARAM_KWONLY(Call, follow_symlinks, ARG_BOOL, 0), PARAM_END};
    Call call = {.follow_symlinks = 1};
    KS_PATH path = PATH_OR_FD("chown", "path");
    uid_t uid;
    gid_t gid;
    int dir_fd;
    if (!ks_args_parse("chown", params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) || !_Py_Uid_Converter(call.uid, &uid) ||
        !_Py_Gid_Converter(call.gid, &gid) || !ks_dir_fd_set(call.dir_fd, &dir_fd) ||
        !ks_dir_fd_and_fd(&path, dir_fd) || !ks_fd_and_follow(&path, call.follow_symlinks))
        return NULL;
    if (PySys_Audit("os.chown", "OIIi", path.object, uid, gid, KS_AUDIT_DIR_FD(dir_fd)) < 0)
        return NULL;
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = path.fd != -1 ? fchown(path.fd, uid, gid)
                           : fchownat(dir_fd, path.text, uid, gid,
                                      call.follow_symlinks ? 0 : AT_SYMLINK_NOFOLLOW);
    Py_END_ALLOW_THREADS
    return ks_path_done(result, &path);
}

static PyObject *
posix_lchown(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, path, ARG_OBJECT, 1),
                                     PARAM(Call, uid, ARG_OBJECT, 1),
                                     PARAM(Call, gid, ARG_OBJECT, 1), PARAM_END};
    Call call = {0};
    KS_PATH path = PATH_ARG("lchown", "path");
    uid_t uid;
    gid_t gid;
    if (!ks_args_parse("lchown", params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) || !_Py_Uid_Converter(call.uid, &uid) ||
        !_Py_Gid_Converter(call.gid, &gid) ||
        PySys_Audit("os.chown", "OIIi", path.object, uid, gid, -1) < 0)
        return NULL;
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = lchown(path.text, uid, gid);
    Py_END_ALLOW_THREADS
    return ks_path_done(result, &path);
}

static PyObject *
posix_fchown(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, fd, ARG_INT, 1), PARAM(Call, uid, ARG_OBJECT, 1),
                                     PARAM(Call, gid, ARG_OBJECT, 1), PARAM_END};
    Call call = {0};
    uid_t uid;
    gid_t gid;
    if (!ks_args_parse("fchown", params, args, nargs, kwnames, &call) ||
        !_Py_Uid_Converter(call.uid, &uid) || !_Py_Gid_Converter(call.gid, &gid) ||
        PySys_Audit("os.chown", "iIIi", call.fd, uid, gid, -1) < 0)
        return NULL;
    int result, handler_failed = 0;
    KS_SYSCALL(result, handler_failed, fchown(call.fd, uid, gid));
    return handler_failed ? NULL : ks_posix_done(result);
}

static PyObject *
posix_umask(PyObject *module, PyObject *arg)
{
    int mask;
    if (!ks_arg_int(arg, &mask))
        return NULL;
    return PyLong_FromLong((long)umask((mode_t)mask));
}

/* --- Making and removing --------------------------------------------------------------------------- */

static PyObject *
posix_mkdir(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Call call = {.mode = 0777};
    KS_PATH path = PATH_ARG("mkdir", "path");
    int dir_fd;
    if (!ks_args_parse("mkdir", path_mode_params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) || !ks_dir_fd_set(call.dir_fd, &dir_fd) ||
        PySys_Audit("os.mkdir", "Oii", path.object, call.mode, KS_AUDIT_DIR_FD(dir_fd)) < 0)
        return NULL;
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = mkdirat(dir_fd, path.text, (mode_t)call.mode);
    Py_END_ALLOW_THREADS
    return ks_path_done(result, &path);
}

static PyObject *
posix_mkfifo(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Call call = {.mode = 0666};
    KS_PATH path = PATH_ARG("mkfifo", "path");
    int dir_fd;
    if (!ks_args_parse("mkfifo", path_mode_params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) || !ks_dir_fd_set(call.dir_fd, &dir_fd))
        return NULL;
    int result, handler_failed = 0;
    KS_SYSCALL(result, handler_failed, mkfifoat(dir_fd, path.text, (mode_t)call.mode));
    return handler_failed ? NULL : ks_posix_done(result);
}

static PyObject *
posix_mknod(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {
        PARAM(Call, path, ARG_OBJECT, 1), PARAM(Call, mode, ARG_INT, 0),
        PARAM(Call, device, ARG_OBJECT, 0), PARAM_KWONLY(Call, dir_fd, ARG_OBJECT, 0), PARAM_END};
    Call call = {.mode = 0600};
    KS_PATH path = PATH_ARG("mknod", "path");
    dev_t device = 0;
    int dir_fd;
    if (!ks_args_parse("mknod", params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) ||
        (call.device != NULL && !ks_arg_dev(call.device, &device)) ||
        !ks_dir_fd_set(call.dir_fd, &dir_fd))
        return NULL;
    int result, handler_failed = 0;
    KS_SYSCALL(result, handler_failed, mknodat(dir_fd, path.text, (mode_t)call.mode, device));
    return handler_failed ? NULL : ks_posix_done(result);
}

/* unlink, remove and rmdir differ in a name, a flag and their audit event. */
static PyObject *
remove_name(const char *function, const char *event, int flags, PyObject *const *args,
            Py_ssize_t nargs, PyObject *kwnames)
{
    Call call = {0};
    KS_PATH path = PATH_ARG(function, "path");
    int dir_fd;
    if (!ks_args_parse(function, path_dir_params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) || !ks_dir_fd_set(call.dir_fd, &dir_fd) ||
        PySys_Audit(event, "Oi", path.object, KS_AUDIT_DIR_FD(dir_fd)) < 0)
        return NULL;
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = unlinkat(dir_fd, path.text, flags);
    Py_END_ALLOW_THREADS
    return ks_path_done(result, &path);
}

static PyObject *
posix_unlink(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return remove_name("unlink", "os.remove", 0, args, nargs, kwnames);
}

static PyObject *
posix_remove(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return remove_name("remove", "os.remove", 0, args, nargs, kwnames);
}

static PyObject *
posix_rmdir(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return remove_name("rmdir", "os.rmdir", AT_REMOVEDIR, args, nargs, kwnames);
}

/* --- Renaming and linking --------------------------------------------------------------------------- */

static PyObject *
rename_name(const char *function, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {
        PARAM(Call, src, ARG_OBJECT, 1), PARAM(Call, dst, ARG_OBJECT, 1),
        PARAM_KWONLY(Call, src_dir_fd, ARG_OBJECT, 0),
        PARAM_KWONLY(Call, dst_dir_fd, ARG_OBJECT, 0), PARAM_END};
    Call call = {0};
    KS_PATH src = PATH_ARG(function, "src");
    KS_PATH dst = PATH_ARG(function, "dst");
    int src_fd, dst_fd;
    if (!ks_args_parse(function, params, args, nargs, kwnames, &call) ||
        !ks_path_set(&src, call.src) || !ks_path_set(&dst, call.dst) ||
        !ks_dir_fd_set(call.src_dir_fd, &src_fd) || !ks_dir_fd_set(call.dst_dir_fd, &dst_fd) ||
        PySys_Audit("os.rename", "OOii", src.object, dst.object, KS_AUDIT_DIR_FD(src_fd),
                    KS_AUDIT_DIR_FD(dst_fd)) < 0)
        return NULL;
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = renameat(src_fd, src.text, dst_fd, dst.text);
    Py_END_ALLOW_THREADS
    if (result != 0)
        return ks_path_error2(&src, &dst);
    Py_RETURN_NONE;
}

static PyObject *
posix_rename(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return rename_name("rename", args, nargs, kwnames);
}

static PyObject *
posix_replace(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return rename_name("replace", args, nargs, kwnames);
}

static PyObject *
posix_link(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {
        PARAM(Call, src, ARG_OBJECT, 1), PARAM(Call, dst, ARG_OBJECT, 1),
        PARAM_KWONLY(Call, src_dir_fd, ARG_OBJECT, 0),
        PARAM_KWONLY(Call, dst_dir_fd, ARG_OBJECT, 0),
        PARAM_KWONLY(Call, follow_symlinks, ARG_BOOL, 0), PARAM_END};
    Call call = {.follow_symlinks = 1};
    KS_PATH src = PATH_ARG("link", "src");
    KS_PATH dst = PATH_ARG("link", "dst");
    int src_fd, dst_fd;
    if (!ks_args_parse("link", params, args, nargs, kwnames, &call) ||
        !ks_path_set(&src, call.src) || !ks_path_set(&dst, call.dst) ||
        !ks_dir_fd_set(call.src_dir_fd, &src_fd) || !ks_dir_fd_set(call.dst_dir_fd, &dst_fd) ||
        PySys_Audit("os.link", "OOii", src.object, dst.object, KS_AUDIT_DIR_FD(src_fd),
                    KS_AUDIT_DIR_FD(dst_fd)) < 0)
        return NULL;
    int use_at = src_fd != KS_NO_DIR_FD || dst_fd != KS_NO_DIR_FD || !call.follow_symlinks;
    int result;
    Py_BEGIN_ALLOW_THREADS
    /* Plain link() leaves it to the system whether a symlink is followed. */
    result = use_at ? linkat(src_fd, src.text, dst_fd, dst.text,
                             call.follow_symlinks ? AT_SYMLINK_FOLLOW : 0)
                    : link(src.text, dst.text);
    Py_END_ALLOW_THREADS
    if (result != 0)
        return ks_path_error2(&src, &dst);
    Py_RETURN_NONE;
}

static PyObject *
posix_symlink(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {
        PARAM(Call, src, ARG_OBJECT, 1), PARAM(Call, dst, ARG_OBJECT, 1),
        PARAM(Call, target_is_directory, ARG_BOOL, 0), PARAM_KWONLY(Call, dir_fd, ARG_OBJECT, 0),
        PARAM_END};
    Call call = {0};
    KS_PATH src = PATH_ARG("symlink", "src");
    KS_PATH dst = PATH_ARG("symlink", "dst");
    int dir_fd;
    if (!ks_args_parse("symlink", params, args, nargs, kwnames, &call) ||
        !ks_path_set(&src, call.src) || !ks_path_set(&dst, call.dst) ||
        !ks_dir_fd_set(call.dir_fd, &dir_fd) ||
        PySys_Audit("os.symlink", "OOi", src.object, dst.object, KS_AUDIT_DIR_FD(dir_fd)) < 0)
        return NULL;
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = symlinkat(src.text, dir_fd, dst.text);
    Py_END_ALLOW_THREADS
    if (result != 0)
        return ks_path_error2(&src, &dst);
    Py_RETURN_NONE;
}

static PyObject *
posix_readlink(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Call call = {0};
    KS_PATH path = PATH_ARG("readlink", "path");
    int dir_fd;
    if (!ks_args_parse("readlink", path_dir_params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) || !ks_dir_fd_set(call.dir_fd, &dir_fd))
        return NULL;
    char target[PATH_MAX + 1];
    ssize_t length;
    Py_BEGIN_ALLOW_THREADS
    length = readlinkat(dir_fd, path.text, target, PATH_MAX);
    Py_END_ALLOW_THREADS
    if (length < 0)
        return ks_path_error(&path);
    return PyUnicode_Check(path.object) ? PyUnicode_DecodeFSDefaultAndSize(target, length)
                                        : PyBytes_FromStringAndSize(target, length);
}

/* --- Paths as text ---------------------------------------------------------------------------------- */

static PyObject *
posix_fspath(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Call call = {0};
    if (nargs == 1 && kwnames == NULL)
        call.path = args[0];
    else if (!ks_args_parse("fspath", path_params, args, nargs, kwnames, &call))
        return NULL;
    return PyOS_FSPath(call.path);
}

/* Drops empty and "." parts and resolves ".." where a part stands in front of it. Works in place
 * from left to right; returns the new length. Two leading slashes, but not three, are kept. */
static Py_ssize_t
normalize(Py_UCS4 *text, Py_ssize_t length)
{
    if (length == 1) /* "." alone stays; nothing else of one character changes */
        return length;
    Py_ssize_t root = 0;
    while (root < length && text[root] == '/')
        root++;
    Py_ssize_t in = root;
    root = root == 0 ? 0 : root == 2 ? 2 : 1;
    Py_ssize_t out = root;
    Py_ssize_t fixed = root; /* ".." may not remove what lies before */
    while (in < length) {
        Py_ssize_t end = in;
        while (end < length && text[end] != '/')
            end++;
        Py_ssize_t part = end - in;
        if (part == 0 || (part == 1 && text[in] == '.')) {
            /* nothing */
        }
        else if (part == 2 && text[in] == '.' && text[in + 1] == '.' && (out > fixed || root > 0)) {
            while (out > fixed && text[out - 1] != '/')
                out--;
            if (out > fixed)
                out--; /* the slash */
        }
        else {
            if (out > root)
                text[out++] = '/';
            int climbs = part == 2 && text[in] == '.' && text[in + 1] == '.';
            memmove(text + out, text + in, (size_t)part * sizeof(*text));
            out += part;
            if (climbs)
                fixed = out;
        }
        in = end + 1;
    }
    return out;
}

static PyObject *
posix_path_normpath(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Call call = {0};
    if (nargs == 1 && kwnames == NULL)
        call.path = args[0];
    else if (!ks_args_parse("_path_normpath", path_params, args, nargs, kwnames, &call))
        return NULL;
    if (!PyUnicode_Check(call.path))
        return PyErr_Format(PyExc_TypeError, "expected 'str', not '%.200s'",
                            Py_TYPE(call.path)->tp_name);
    if (PyUnicode_READY(call.path) < 0)
        return NULL;
    Py_ssize_t length = PyUnicode_GET_LENGTH(call.path);
    Py_UCS4 fixed[256];
    Py_UCS4 *text = length < KS_COUNT_OF(fixed) ? fixed : PyMem_New(Py_UCS4, length + 1);
    if (text == NULL)
        return PyErr_NoMemory();
    PyObject *result = NULL;
    if (PyUnicode_AsUCS4(call.path, text, length + 1, 1) != NULL)
        result = PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, text, normalize(text, length));
    if (text != fixed)
        PyMem_Free(text);
    return result;
}

PyMethodDef ks_path_methods[] = {
    METHOD("chdir", posix_chdir, METH_FASTCALL | METH_KEYWORDS, "($module, /, path)",
           "Make a path or an open directory the working directory."),
    METHOD("fchdir", posix_fchdir, METH_FASTCALL | METH_KEYWORDS, "($module, /, fd)",
           "Make an open directory the working directory."),
    METHOD("getcwd", posix_getcwd, METH_NOARGS, "($module, /)", "The working directory."),
    METHOD("getcwdb", posix_getcwdb, METH_NOARGS, "($module, /)",
           "The working directory as bytes."),
    METHOD("chroot", posix_chroot, METH_FASTCALL | METH_KEYWORDS, "($module, /, path)",
           "Make path the root directory of the process."),
    METHOD("chmod", posix_chmod, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path, mode, *, dir_fd=None, follow_symlinks=True)",
           "Change the mode of a file."),
    METHOD("fchmod", posix_fchmod, METH_FASTCALL | METH_KEYWORDS, "($module, /, fd, mode)",
           "Change the mode of an open file."),
    METHOD("chown", posix_chown, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path, uid, gid, *, dir_fd=None, follow_symlinks=True)",
           "Change owner and group of a file; -1 leaves one as it is."),
    METHOD("lchown", posix_lchown, METH_FASTCALL | METH_KEYWORDS, "($module, /, path, uid, gid)",
           "Change owner and group of a path; a symlink is not followed."),
    METHOD("fchown", posix_fchown, METH_FASTCALL | METH_KEYWORDS, "($module, /, fd, uid, gid)",
           "Change owner and group of an open file."),
    METHOD("umask", posix_umask, METH_O, "($module, mask, /)",
           "Set the mask for new files' modes; returns the old one."),
    METHOD("mkdir", posix_mkdir, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path, mode=511, *, dir_fd=None)", "Make a directory."),
    METHOD("mkfifo", posix_mkfifo, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path, mode=438, *, dir_fd=None)", "Make a named pipe."),
    METHOD("mknod", posix_mknod, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path, mode=384, device=0, *, dir_fd=None)",
           "Make a file, a device node or a named pipe, as mode says."),
    METHOD("unlink", posix_unlink, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path, *, dir_fd=None)", "Remove a file; the same as remove()."),
    METHOD("remove", posix_remove, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path, *, dir_fd=None)", "Remove a file; the same as unlink()."),
    METHOD("rmdir", posix_rmdir, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path, *, dir_fd=None)", "Remove an empty directory."),
    METHOD("rename", posix_rename, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)",
           "Rename a file or directory."),
    METHOD("replace", posix_replace, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)",
           "Rename a file or directory in place of what dst was."),
    METHOD("link", posix_link, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None,\n"
           "     follow_symlinks=True)",
           "Make a hard link to a file."),
    METHOD("symlink", posix_symlink, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, src, dst, target_is_directory=False, *, dir_fd=None)",
           "Make dst a symlink that points to src."),
    METHOD("readlink", posix_readlink, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path, *, dir_fd=None)", "What a symlink points to."),
    METHOD("fspath", posix_fspath, METH_FASTCALL | METH_KEYWORDS, "($module, /, path)",
           "The str or bytes that stands for a path object."),
    METHOD("_path_normpath", posix_path_normpath, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path)", "The path without empty, \".\" and needless \"..\" parts."),
    {NULL, NULL, 0, NULL},
};
