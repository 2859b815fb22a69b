/* SPDX-License-Identifier: MIT */
/* Reading directories: listdir, scandir and the DirEntry objects that scandir yields.
 *
 * An iterator closes its directory when it is exhausted, closed, or dropped. An entry answers from
 * the type that readdir told wherever that is enough, and remembers what it asked the system. */
#include "ks_posix.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <structmember.h>
#include <unistd.h>

/* Opens path, "." for None, or a duplicate of a descriptor, which is rewound first. */
static DIR *
open_directory(KsPath *path)
{
    DIR *dir;
    if (path->fd == -1) {
        Py_BEGIN_ALLOW_THREADS
        dir = opendir(path->text != NULL ? path->text : ".");
        Py_END_ALLOW_THREADS
        if (dir == NULL)
            ks_path_error(path);
        return dir;
    }
    int fd = fcntl(path->fd, F_DUPFD_CLOEXEC, 0);
    if (fd == -1) {
        ks_posix_error();
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    dir = fdopendir(fd);
    Py_END_ALLOW_THREADS
    if (dir == NULL) {
        ks_path_error(path);
        close(fd);
    }
    else
        rewinddir(dir);
    return dir;
}

/* The next entry that is not "." or "..". NULL at the end (errno 0) or after a failure. */
static struct dirent *
next_entry(DIR *dir)
{
    struct dirent *entry;
    Py_BEGIN_ALLOW_THREADS
    do {
        errno = 0;
        entry = readdir(dir);
    } while (entry != NULL && entry->d_name[0] == '.' &&
             (entry->d_name[1] == '\0' || (entry->d_name[1] == '.' && entry->d_name[2] == '\0')));
    Py_END_ALLOW_THREADS
    return entry;
}

/* A dup shares its offset with the caller's descriptor: leave that at the start. */
static void
close_directory(DIR *dir, int is_fd)
{
    Py_BEGIN_ALLOW_THREADS
    if (is_fd)
        rewinddir(dir);
    closedir(dir);
    Py_END_ALLOW_THREADS
}

/* Names come as bytes when the path was given as bytes. */
static int
wants_bytes(const KsPath *path)
{
    return path->object != NULL && path->text != NULL && !PyUnicode_Check(path->object);
}

static PyObject *
entry_name(const struct dirent *entry, int as_bytes)
{
    size_t length = strlen(entry->d_name);
    return as_bytes ? PyBytes_FromStringAndSize(entry->d_name, (Py_ssize_t)length)
                    : PyUnicode_DecodeFSDefaultAndSize(entry->d_name, (Py_ssize_t)length);
}

/* --- DirEntry -------------------------------------------------------------------------------------- */

typedef struct DirEntry {
    PyObject_HEAD
    PyObject *name;
    PyObject *path;
    PyObject *stat;  /* of what a symlink points to; NULL until asked for */
    PyObject *lstat; /* of the entry itself; NULL until asked for */
    unsigned char d_type;
    ino_t d_ino;
    int dir_fd; /* KS_NO_DIR_FD unless the directory was given as descriptor */
} DirEntry;

static void
entry_dealloc(DirEntry *entry)
{
    PyTypeObject *type = Py_TYPE(entry);
    Py_XDECREF(entry->name);
    Py_XDECREF(entry->path);
    Py_XDECREF(entry->stat);
    Py_XDECREF(entry->lstat);
    type->tp_free(entry);
    Py_DECREF(type);
}

static PyObject *
entry_repr(DirEntry *entry)
{
    return PyUnicode_FromFormat("<DirEntry %R>", entry->name);
}

static PyObject *
entry_ask(DirEntry *entry, int follow_symlinks)
{
    KS_OWNED PyObject *bytes = NULL;
    if (PyUnicode_Check(entry->path)) {
        if (!PyUnicode_FSConverter(entry->path, &bytes))
            return NULL;
    }
    else
        bytes = Py_NewRef(entry->path);
    const char *text = PyBytes_AS_STRING(bytes);
    struct stat st;
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = fstatat(entry->dir_fd, text, &st, follow_symlinks ? 0 : AT_SYMLINK_NOFOLLOW);
    Py_END_ALLOW_THREADS
    if (result != 0)
        return PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, entry->path);
    return ks_stat_result(PyType_GetModuleState(Py_TYPE(entry)), &st);
}

/* Borrowed; the answer is remembered. */
static PyObject *
entry_lstat(DirEntry *entry)
{
    if (entry->lstat == NULL)
        entry->lstat = entry_ask(entry, 0);
    return entry->lstat;
}

/* 1, 0, or -1 with an exception. */
static int
entry_is_symlink(DirEntry *entry)
{
    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_LNK;
    PyObject *status = entry_lstat(entry);
    if (status == NULL)
        return -1;
    long mode = PyLong_AsLong(PyStructSequence_GET_ITEM(status, 0));
    return mode == -1 && PyErr_Occurred() ? -1 : S_ISLNK(mode);
}

static PyObject *
entry_stat_of(DirEntry *entry, int follow_symlinks)
{
    if (!follow_symlinks)
        return Py_XNewRef(entry_lstat(entry));
    if (entry->stat == NULL) {
        int is_symlink = entry_is_symlink(entry);
        if (is_symlink < 0)
            return NULL;
        entry->stat = is_symlink ? entry_ask(entry, 1) : Py_XNewRef(entry_lstat(entry));
    }
    return Py_XNewRef(entry->stat);
}

/* Whether the entry has the type; 0 when it is gone. */
static int
entry_test(DirEntry *entry, int follow_symlinks, unsigned char d_type, mode_t format)
{
    int is_symlink = entry->d_type == DT_LNK;
    if (entry->d_type != DT_UNKNOWN && !(is_symlink && follow_symlinks))
        return !is_symlink && entry->d_type == d_type;
    KS_OWNED PyObject *status = entry_stat_of(entry, follow_symlinks);
    if (status == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_FileNotFoundError))
            return -1;
        PyErr_Clear();
        return 0;
    }
    long mode = PyLong_AsLong(PyStructSequence_GET_ITEM(status, 0));
    if (mode == -1 && PyErr_Occurred())
        return -1;
    return ((mode_t)mode & S_IFMT) == format;
}

typedef struct EntryCall {
    int follow_symlinks;
} EntryCall;

static const KsParam entry_params[] = {PARAM_KWONLY(EntryCall, follow_symlinks, ARG_BOOL, 0),
                                       PARAM_END};

static PyObject *
entry_stat(DirEntry *entry, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    EntryCall call = {1};
    if (!ks_args_parse("stat", entry_params, args, nargs, kwnames, &call))
        return NULL;
    return entry_stat_of(entry, call.follow_symlinks);
}

static PyObject *
truth(int answer)
{
    return answer < 0 ? NULL : PyBool_FromLong(answer);
}

static PyObject *
entry_is_dir(DirEntry *entry, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    EntryCall call = {1};
    if (!ks_args_parse("is_dir", entry_params, args, nargs, kwnames, &call))
        return NULL;
    return truth(entry_test(entry, call.follow_symlinks, DT_DIR, S_IFDIR));
}

static PyObject *
entry_is_file(DirEntry *entry, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    EntryCall call = {1};
    if (!ks_args_parse("is_file", entry_params, args, nargs, kwnames, &call))
        return NULL;
    return truth(entry_test(entry, call.follow_symlinks, DT_REG, S_IFREG));
}

static PyObject *
entry_is_symlink_method(DirEntry *entry, PyObject *unused)
{
    return truth(entry_is_symlink(entry));
}

static PyObject *
entry_inode(DirEntry *entry, PyObject *unused)
{
    return PyLong_FromUnsignedLongLong(entry->d_ino);
}

static PyObject *
entry_fspath(DirEntry *entry, PyObject *unused)
{
    return Py_NewRef(entry->path);
}

static PyMemberDef entry_members[] = {
    {"name", T_OBJECT_EX, offsetof(DirEntry, name), READONLY, "The name, without its directory."},
    {"path", T_OBJECT_EX, offsetof(DirEntry, path), READONLY,
     "The directory given to scandir(), joined with the name."},
    {NULL, 0, 0, 0, NULL},
};

static PyMethodDef entry_methods[] = {
    METHOD("is_dir", entry_is_dir, METH_FASTCALL | METH_KEYWORDS,
           "($self, /, *, follow_symlinks=True)", "Whether this is a directory."),
    METHOD("is_file", entry_is_file, METH_FASTCALL | METH_KEYWORDS,
           "($self, /, *, follow_symlinks=True)", "Whether this is a regular file."),
    METHOD("is_symlink", entry_is_symlink_method, METH_NOARGS, "($self, /)",
           "Whether this is a symbolic link."),
    METHOD("stat", entry_stat, METH_FASTCALL | METH_KEYWORDS,
           "($self, /, *, follow_symlinks=True)", "The status; asked for once."),
    METHOD("inode", entry_inode, METH_NOARGS, "($self, /)", "The inode number."),
    METHOD("__fspath__", entry_fspath, METH_NOARGS, "($self, /)", "The path."),
    METHOD_PLAIN("__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, "See PEP 585"),
    {NULL, NULL, 0, NULL},
};

static PyType_Slot entry_slots[] = {
    {Py_tp_dealloc, entry_dealloc},
    {Py_tp_repr, entry_repr},
    {Py_tp_methods, entry_methods},
    {Py_tp_members, entry_members},
    {0, NULL},
};

static PyType_Spec entry_spec = {
    .name = "posix.DirEntry",
    .basicsize = sizeof(DirEntry),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = entry_slots,
};

/* --- The iterator ----------------------------------------------------------------------------------- */

typedef struct Scan {
    PyObject_HEAD
    DIR *dir;       /* NULL once closed */
    PyObject *path; /* what the caller gave: str, bytes, int or None */
    PyObject *text; /* str or bytes that entries' paths start with, ends in a slash; NULL for fd */
    int fd;         /* the caller's descriptor or -1 */
    int as_bytes;
} Scan;

static void
scan_close(Scan *scan)
{
    DIR *dir = scan->dir;
    if (dir == NULL)
        return;
    scan->dir = NULL;
    close_directory(dir, scan->fd != -1);
}

static PyObject *
scan_entry(Scan *scan, const struct dirent *dirent)
{
    KsPosixState *state = PyType_GetModuleState(Py_TYPE(scan));
    DirEntry *entry = PyObject_New(DirEntry, state->dir_entry);
    if (entry == NULL)
        return NULL;
    entry->path = entry->stat = entry->lstat = NULL;
    entry->d_type = dirent->d_type;
    entry->d_ino = dirent->d_ino;
    entry->dir_fd = scan->fd != -1 ? scan->fd : KS_NO_DIR_FD;
    entry->name = entry_name(dirent, scan->as_bytes);
    if (entry->name != NULL) {
        if (scan->text == NULL)
            entry->path = Py_NewRef(entry->name);
        else if (scan->as_bytes)
            entry->path = PySequence_Concat(scan->text, entry->name);
        else
            entry->path = PyUnicode_Concat(scan->text, entry->name);
    }
    if (entry->path == NULL) {
        Py_DECREF(entry);
        return NULL;
    }
    return (PyObject *)entry;
}

static PyObject *
scan_next(Scan *scan)
{
    if (scan->dir == NULL)
        return NULL;
    struct dirent *dirent = next_entry(scan->dir);
    if (dirent != NULL) {
        PyObject *entry = scan_entry(scan, dirent);
        if (entry != NULL)
            return entry;
    }
    else if (errno != 0)
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, scan->path);
    scan_close(scan);
    return NULL;
}

static PyObject *
scan_close_method(Scan *scan, PyObject *unused)
{
    scan_close(scan);
    Py_RETURN_NONE;
}

static PyObject *
scan_enter(PyObject *scan, PyObject *unused)
{
    return Py_NewRef(scan);
}

static PyObject *
scan_exit(Scan *scan, PyObject *args)
{
    scan_close(scan);
    Py_RETURN_NONE;
}

static void
scan_finalize(Scan *scan)
{
    if (scan->dir == NULL)
        return;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (PyErr_ResourceWarning((PyObject *)scan, 1, "unclosed scandir iterator %R", scan)) {
        if (PyErr_ExceptionMatches(PyExc_Warning))
            PyErr_WriteUnraisable((PyObject *)scan);
    }
    scan_close(scan);
    PyErr_Restore(type, value, traceback);
}

static void
scan_dealloc(Scan *scan)
{
    PyTypeObject *type = Py_TYPE(scan);
    if (PyObject_CallFinalizerFromDealloc((PyObject *)scan) < 0)
        return;
    Py_XDECREF(scan->path);
    Py_XDECREF(scan->text);
    type->tp_free(scan);
    Py_DECREF(type);
}

static PyMethodDef scan_methods[] = {
    METHOD_PLAIN("__enter__", scan_enter, METH_NOARGS, NULL),
    METHOD_PLAIN("__exit__", scan_exit, METH_VARARGS, NULL),
    METHOD_PLAIN("close", scan_close_method, METH_NOARGS, NULL),
    {NULL, NULL, 0, NULL},
};

static PyType_Slot scan_slots[] = {
    {Py_tp_dealloc, scan_dealloc},
    {Py_tp_finalize, scan_finalize},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, scan_next},
    {Py_tp_methods, scan_methods},
    {0, NULL},
};

static PyType_Spec scan_spec = {
    .name = "posix.ScandirIterator",
    .basicsize = sizeof(Scan),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_FINALIZE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = scan_slots,
};

/* --- Functions -------------------------------------------------------------------------------------- */

typedef struct Call {
    PyObject *path;
} Call;

static const KsParam path_params[] = {PARAM(Call, path, ARG_OBJECT, 0), PARAM_END};

static PyObject *
posix_listdir(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Call call = {Py_None};
    KS_PATH path = PATH_OR_FD_OR_NONE("listdir", "path");
    if (!ks_args_parse("listdir", path_params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) || PySys_Audit("os.listdir", "O", path.object) < 0)
        return NULL;
    DIR *dir = open_directory(&path);
    if (dir == NULL)
        return NULL;
    int as_bytes = wants_bytes(&path);
    KS_OWNED PyObject *names = PyList_New(0);
    struct dirent *entry = NULL;
    while (names != NULL && (entry = next_entry(dir)) != NULL) {
        KS_OWNED PyObject *name = entry_name(entry, as_bytes);
        if (name == NULL || PyList_Append(names, name) < 0)
            Py_CLEAR(names);
    }
    if (names != NULL && errno != 0) {
        ks_path_error(&path);
        Py_CLEAR(names);
    }
    close_directory(dir, path.fd != -1);
    return ks_give(&names);
}

/* path with a slash behind it, as str or bytes. */
static PyObject *
scan_prefix(PyObject *path, int as_bytes)
{
    if (as_bytes) {
        KS_OWNED PyObject *bytes = PyObject_Bytes(path);
        if (bytes == NULL)
            return NULL;
        Py_ssize_t length = PyBytes_GET_SIZE(bytes);
        int ends = length == 0 || PyBytes_AS_STRING(bytes)[length - 1] == '/';
        return PyBytes_FromFormat("%s%s", PyBytes_AS_STRING(bytes), ends ? "" : "/");
    }
    Py_ssize_t length = PyUnicode_GET_LENGTH(path);
    if (length == 0 || PyUnicode_READ_CHAR(path, length - 1) == '/')
        return Py_NewRef(path);
    return PyUnicode_FromFormat("%U/", path);
}

static PyObject *
posix_scandir(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    Call call = {Py_None};
    KS_PATH path = PATH_OR_FD_OR_NONE("scandir", "path");
    if (!ks_args_parse("scandir", path_params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) || PySys_Audit("os.scandir", "O", path.object) < 0)
        return NULL;
    Scan *scan = PyObject_New(Scan, ks_posix_state(module)->scandir_iterator);
    if (scan == NULL)
        return NULL;
    scan->dir = NULL;
    scan->text = NULL;
    scan->path = Py_NewRef(path.object);
    scan->fd = path.fd;
    scan->as_bytes = wants_bytes(&path);
    if (path.fd == -1) {
        if (path.text != NULL)
            scan->text = scan_prefix(path.object, scan->as_bytes);
        else
            scan->text = PyUnicode_FromString("./");
        if (scan->text == NULL)
            goto done;
    }
    scan->dir = open_directory(&path);
done:
    if (scan->dir == NULL)
        Py_CLEAR(scan);
    return (PyObject *)scan;
}

PyMethodDef ks_dir_methods[] = {
    METHOD("listdir", posix_listdir, METH_FASTCALL | METH_KEYWORDS, "($module, /, path=None)",
           "A list of the names in a directory, in no order, without \".\" and \"..\"."),
    METHOD("scandir", posix_scandir, METH_FASTCALL | METH_KEYWORDS, "($module, /, path=None)",
           "An iterator over DirEntry objects for what is in a directory."),
    {NULL, NULL, 0, NULL},
};

int
ks_dir_set_up(PyObject *module, KsPosixState *state)
{
    state->dir_entry = (PyTypeObject *)PyType_FromModuleAndSpec(module, &entry_spec, NULL);
    state->scandir_iterator = (PyTypeObject *)PyType_FromModuleAndSpec(module, &scan_spec, NULL);
    if (state->dir_entry == NULL || state->scandir_iterator == NULL)
        return -1;
    return PyModule_AddObjectRef(module, "DirEntry", (PyObject *)state->dir_entry);
}
