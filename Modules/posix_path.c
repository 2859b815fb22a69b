/* SPDX-License-Identifier: MIT */
/* Arguments of the posix module: paths, descriptors, user ids, and the errors made from errno.
 *
 * A path is a str, bytes, an object with __fspath__, a buffer (deprecated), and where the function
 * says so a descriptor or None. ASCII strings are used where they lie, without a copy: every
 * file system encoding leaves ASCII alone. */
#include "ks_posix.h"

#include <errno.h>
#include <string.h>

/* --- Errors ------------------------------------------------------------------------------------- */

PyObject *
ks_posix_error(void)
{
    return PyErr_SetFromErrno(PyExc_OSError);
}

PyObject *
ks_path_error(const KsPath *path)
{
    return PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path->object);
}

PyObject *
ks_path_error2(const KsPath *path, const KsPath *path2)
{
    return PyErr_SetFromErrnoWithFilenameObjects(PyExc_OSError, path->object, path2->object);
}

PyObject *
ks_path_done(int result, const KsPath *path)
{
    if (result < 0)
        return ks_path_error(path);
    Py_RETURN_NONE;
}

PyObject *
ks_posix_done(int result)
{
    if (result < 0)
        return ks_posix_error();
    Py_RETURN_NONE;
}

PyObject *
ks_unavailable(const char *function, const char *argument)
{
    return PyErr_Format(PyExc_NotImplementedError, "%s%s%s unavailable on this platform",
                        function ? function : "", function ? ": " : "", argument);
}

int
ks_path_and_dir_fd(const KsPath *path, int dir_fd)
{
    if (path->text != NULL || dir_fd == KS_NO_DIR_FD)
        return 1;
    PyErr_Format(PyExc_ValueError, "%s: can't specify dir_fd without matching path", path->function);
    return 0;
}

int
ks_dir_fd_and_fd(const KsPath *path, int dir_fd)
{
    if (dir_fd == KS_NO_DIR_FD || path->fd == -1)
        return 1;
    PyErr_Format(PyExc_ValueError, "%s: can't specify both dir_fd and fd", path->function);
    return 0;
}

int
ks_fd_and_follow(const KsPath *path, int follow_symlinks)
{
    if (path->fd < 0 || follow_symlinks)
        return 1;
    PyErr_Format(PyExc_ValueError, "%s: cannot use fd and follow_symlinks together",
                 path->function);
    return 0;
}

/* --- Descriptors and numbers --------------------------------------------------------------------- */

int
ks_fd_index(PyObject *arg, int *fd)
{
    KS_OWNED PyObject *index = PyNumber_Index(arg);
    if (index == NULL)
        return 0;
    int overflow;
    long value = PyLong_AsLongAndOverflow(index, &overflow);
    if (overflow > 0 || value > INT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "fd is greater than maximum");
        return 0;
    }
    if (overflow < 0 || value < INT_MIN) {
        PyErr_SetString(PyExc_OverflowError, "fd is less than minimum");
        return 0;
    }
    *fd = (int)value;
    return 1;
}

int
ks_dir_fd_set(PyObject *arg, int *dir_fd)
{
    if (arg == NULL || arg == Py_None) {
        *dir_fd = KS_NO_DIR_FD;
        return 1;
    }
    if (PyIndex_Check(arg))
        return ks_fd_index(arg, dir_fd);
    PyErr_Format(PyExc_TypeError, "argument should be integer or None, not %.200s",
                 Py_TYPE(arg)->tp_name);
    return 0;
}

int
ks_arg_off(PyObject *arg, off_t *value)
{
    *value = PyLong_AsLong(arg);
    return *value != -1 || !PyErr_Occurred();
}

int
ks_arg_pid(PyObject *arg, pid_t *value)
{
    return ks_arg_int(arg, value);
}

int
ks_arg_dev(PyObject *arg, dev_t *value)
{
    *value = PyLong_AsUnsignedLongLong(arg);
    return *value != (dev_t)-1 || !PyErr_Occurred();
}

/* --- Users and groups ---------------------------------------------------------------------------- */

PyObject *
_PyLong_FromUid(uid_t uid)
{
    return uid == (uid_t)-1 ? PyLong_FromLong(-1) : PyLong_FromUnsignedLong(uid);
}

PyObject *
_PyLong_FromGid(gid_t gid)
{
    return gid == (gid_t)-1 ? PyLong_FromLong(-1) : PyLong_FromUnsignedLong(gid);
}

/* An id of 32 bits without sign, where -1 stands for "leave it". */
static int
id_set(PyObject *arg, const char *what, unsigned int *id)
{
    KS_OWNED PyObject *index = PyNumber_Index(arg);
    if (index == NULL) {
        PyErr_Format(PyExc_TypeError, "%s should be integer, not %.200s", what,
                     Py_TYPE(arg)->tp_name);
        return 0;
    }
    int overflow;
    long value = PyLong_AsLongAndOverflow(index, &overflow);
    if (overflow > 0) {
        PyErr_Format(PyExc_OverflowError, "%s is greater than maximum", what);
        return 0;
    }
    /* What does not fit into 32 bits counts as too small, on either side. */
    if (overflow < 0 || (value != -1 && value != (long)(unsigned int)value)) {
        PyErr_Format(PyExc_OverflowError, "%s is less than minimum", what);
        return 0;
    }
    *id = (unsigned int)value;
    return 1;
}

int
_Py_Uid_Converter(PyObject *arg, uid_t *uid)
{
    return id_set(arg, "uid", uid);
}

int
_Py_Gid_Converter(PyObject *arg, gid_t *gid)
{
    return id_set(arg, "gid", gid);
}

/* --- Paths ---------------------------------------------------------------------------------------- */

static const char *
path_accepted(const KsPath *path)
{
    if (path->allow_fd)
        return path->allow_none ? "string, bytes, os.PathLike, integer or None"
                                : "string, bytes, os.PathLike or integer";
    return path->allow_none ? "string, bytes, os.PathLike or None" : "string, bytes or os.PathLike";
}

static KS_COLD int
path_refuse(const KsPath *path, PyObject *arg)
{
    PyErr_Format(PyExc_TypeError, "%s%s%s should be %s, not %.200s",
                 path->function ? path->function : "", path->function ? ": " : "",
                 path->argument ? path->argument : "path", path_accepted(path),
                 Py_TYPE(arg)->tp_name);
    return 0;
}

/* Takes a new reference to bytes, or NULL after a failure. */
static int
path_use_bytes(KsPath *path, PyObject *bytes)
{
    if (bytes == NULL)
        return 0;
    path->owned = bytes;
    path->text = PyBytes_AS_STRING(bytes);
    path->length = PyBytes_GET_SIZE(bytes);
    if (strlen(path->text) == (size_t)path->length)
        return 1;
    PyErr_Format(PyExc_ValueError, "%s%sembedded null character in %s",
                 path->function ? path->function : "", path->function ? ": " : "",
                 path->argument ? path->argument : "path");
    return 0;
}

static int
path_use_str(KsPath *path, PyObject *str)
{
    if (PyUnicode_READY(str) < 0)
        return 0;
    if (PyUnicode_IS_COMPACT_ASCII(str)) {
        const char *text = (const char *)PyUnicode_1BYTE_DATA(str);
        path->length = PyUnicode_GET_LENGTH(str);
        if (memchr(text, '\0', (size_t)path->length) != NULL) {
            PyErr_SetString(PyExc_ValueError, "embedded null byte");
            return 0;
        }
        path->owned = Py_NewRef(str);
        path->text = text;
        return 1;
    }
    PyObject *bytes;
    if (!PyUnicode_FSConverter(str, &bytes))
        return 0;
    return path_use_bytes(path, bytes);
}

/* A buffer that is not bytes is still read, with a warning. */
static int
path_use_buffer(KsPath *path, PyObject *arg)
{
    if (PyErr_WarnFormat(PyExc_DeprecationWarning, 1, "%s%s%s should be %s, not %.200s",
                         path->function ? path->function : "", path->function ? ": " : "",
                         path->argument ? path->argument : "path", path_accepted(path),
                         Py_TYPE(arg)->tp_name))
        return 0;
    return path_use_bytes(path, PyBytes_FromObject(arg));
}

/* Calls __fspath__ of the type; 0 when it has none (no exception), -1 on errors. */
static int
path_ask(KsPath *path, PyObject *arg)
{
    PyObject *name = KS_INTERN("__fspath__");
    if (name == NULL)
        return -1;
    KS_OWNED PyObject *method = NULL;
    PyObject *found = _PyType_Lookup(Py_TYPE(arg), name);
    if (found == NULL)
        return 0;
    descrgetfunc get = Py_TYPE(found)->tp_descr_get;
    method = get != NULL ? get(found, arg, (PyObject *)Py_TYPE(arg)) : Py_NewRef(found);
    if (method == NULL)
        return -1;
    path->named = PyObject_CallNoArgs(method);
    return path->named == NULL ? -1 : 1;
}

/* Reads the argument; 1 for success, 0 with an exception. */
int
ks_path_set(KsPath *path, PyObject *arg)
{
    path->object = arg;
    if (KS_LIKELY(PyUnicode_Check(arg)))
        return path_use_str(path, arg);
    if (PyBytes_Check(arg))
        return path_use_bytes(path, Py_NewRef(arg));
    if (path->allow_none && arg == Py_None) {
        path->length = 0;
        return 1;
    }
    int is_fd = path->allow_fd && PyIndex_Check(arg);
    int is_buffer = PyObject_CheckBuffer(arg);
    if (!is_fd && !is_buffer) {
        int asked = path_ask(path, arg);
        if (asked < 0)
            return 0;
        if (asked == 0)
            return path_refuse(path, arg);
        PyObject *answer = path->named;
        if (PyUnicode_Check(answer) || PyBytes_Check(answer)) {
            path->object = answer;
            return PyUnicode_Check(answer) ? path_use_str(path, answer)
                                           : path_use_bytes(path, Py_NewRef(answer));
        }
        PyErr_Format(PyExc_TypeError,
                     "expected %.200s.__fspath__() to return str or bytes, not %.200s",
                     Py_TYPE(arg)->tp_name, Py_TYPE(answer)->tp_name);
        return 0;
    }
    if (is_buffer && !is_fd)
        return path_use_buffer(path, arg);
    return ks_fd_index(arg, &path->fd);
}

void
ks_path_drop(KsPath *path)
{
    Py_CLEAR(path->owned);
    Py_CLEAR(path->named);
}
