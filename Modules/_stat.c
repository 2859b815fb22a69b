/* SPDX-License-Identifier: MIT */
/* The _stat module: what the bits of st_mode mean. The numbers are the same on every system. */
#include "Python.h"

#include <sys/stat.h>
#include "ks_base.h"

/* Formats that Linux does not have: nothing is of them. */
#define NO_FORMAT(mode) ((void)(mode), 0)
#define S_ISDOOR(mode) NO_FORMAT(mode)
#define S_ISPORT(mode) NO_FORMAT(mode)
#define S_ISWHT(mode) NO_FORMAT(mode)

/* 1 and the mode, or 0 with an exception. */
static int
mode_argument(PyObject *arg, mode_t *mode)
{
    unsigned long value = PyLong_AsUnsignedLong(arg);
    if (value == (unsigned long)-1 && PyErr_Occurred())
        return 0;
    *mode = (mode_t)value;
    if (*mode == value)
        return 1;
    PyErr_SetString(PyExc_OverflowError, "mode out of range");
    return 0;
}

#define TEST(name)                               \
    static PyObject *                            \
    stat_##name(PyObject *module, PyObject *arg) \
    {                                            \
        mode_t mode;                             \
        if (!mode_argument(arg, &mode))          \
            return NULL;                         \
        return PyBool_FromLong(name(mode));      \
    }
TEST(S_ISDIR)
TEST(S_ISCHR)
TEST(S_ISBLK)
TEST(S_ISREG)
TEST(S_ISFIFO)
TEST(S_ISLNK)
TEST(S_ISSOCK)
TEST(S_ISDOOR)
TEST(S_ISPORT)
TEST(S_ISWHT)

static PyObject *
stat_S_IMODE(PyObject *module, PyObject *arg)
{
    mode_t mode;
    return mode_argument(arg, &mode) ? PyLong_FromUnsignedLong(mode & 07777) : NULL;
}

static PyObject *
stat_S_IFMT(PyObject *module, PyObject *arg)
{
    mode_t mode;
    return mode_argument(arg, &mode) ? PyLong_FromUnsignedLong(mode & S_IFMT) : NULL;
}

/* One of "r", "w" and "x": the letter, or what a set-id or sticky bit makes of it. */
static char
execute_letter(mode_t mode, mode_t execute, mode_t special, char lower, char upper)
{
    if (mode & special)
        return mode & execute ? lower : upper;
    return mode & execute ? 'x' : '-';
}

static char
format_letter(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG: return '-';
    case S_IFDIR: return 'd';
    case S_IFLNK: return 'l';
    case S_IFBLK: return 'b';
    case S_IFCHR: return 'c';
    case S_IFIFO: return 'p';
    case S_IFSOCK: return 's';
    default: return '?';
    }
}

static PyObject *
stat_filemode(PyObject *module, PyObject *arg)
{
    mode_t mode;
    if (!mode_argument(arg, &mode))
        return NULL;
    const char text[] = {
        format_letter(mode),
        mode & S_IRUSR ? 'r' : '-',
        mode & S_IWUSR ? 'w' : '-',
        execute_letter(mode, S_IXUSR, S_ISUID, 's', 'S'),
        mode & S_IRGRP ? 'r' : '-',
        mode & S_IWGRP ? 'w' : '-',
        execute_letter(mode, S_IXGRP, S_ISGID, 's', 'S'),
        mode & S_IROTH ? 'r' : '-',
        mode & S_IWOTH ? 'w' : '-',
        execute_letter(mode, S_IXOTH, S_ISVTX, 't', 'T'),
    };
    return PyUnicode_FromStringAndSize(text, sizeof(text));
}

#define ROW(name, doc) METHOD_PLAIN(#name, stat_##name, METH_O, #name "(mode)\n\n" doc)

static PyMethodDef stat_methods[] = {
    ROW(S_ISDIR, "Whether mode is a directory's."),
    ROW(S_ISCHR, "Whether mode is a character device's."),
    ROW(S_ISBLK, "Whether mode is a block device's."),
    ROW(S_ISREG, "Whether mode is a regular file's."),
    ROW(S_ISFIFO, "Whether mode is a named pipe's."),
    ROW(S_ISLNK, "Whether mode is a symbolic link's."),
    ROW(S_ISSOCK, "Whether mode is a socket's."),
    ROW(S_ISDOOR, "Whether mode is a door's."),
    ROW(S_ISPORT, "Whether mode is a event port's."),
    ROW(S_ISWHT, "Whether mode is a whiteout's."),
    ROW(S_IMODE, "The permission bits of mode."),
    ROW(S_IFMT, "The format bits of mode."),
    ROW(filemode, "Mode as text, like -rwxr-xr-x."),
    {NULL, NULL, 0, NULL},
};

static const struct {
    const char *name;
    long value;
} stat_constants[] = {
    {"SF_APPEND", 262144},
    {"SF_ARCHIVED", 65536},
    {"SF_IMMUTABLE", 131072},
    {"SF_NOUNLINK", 1048576},
    {"SF_SNAPSHOT", 2097152},
    {"ST_ATIME", 7},
    {"ST_CTIME", 9},
    {"ST_DEV", 2},
    {"ST_GID", 5},
    {"ST_INO", 1},
    {"ST_MODE", 0},
    {"ST_MTIME", 8},
    {"ST_NLINK", 3},
    {"ST_SIZE", 6},
    {"ST_UID", 4},
    {"S_ENFMT", 02000},
    {"S_IEXEC", 0100},
    {"S_IFBLK", 060000},
    {"S_IFCHR", 020000},
    {"S_IFDIR", 040000},
    {"S_IFDOOR", 00},
    {"S_IFIFO", 010000},
    {"S_IFLNK", 0120000},
    {"S_IFPORT", 00},
    {"S_IFREG", 0100000},
    {"S_IFSOCK", 0140000},
    {"S_IFWHT", 00},
    {"S_IREAD", 0400},
    {"S_IRGRP", 040},
    {"S_IROTH", 04},
    {"S_IRUSR", 0400},
    {"S_IRWXG", 070},
    {"S_IRWXO", 07},
    {"S_IRWXU", 0700},
    {"S_ISGID", 02000},
    {"S_ISUID", 04000},
    {"S_ISVTX", 01000},
    {"S_IWGRP", 020},
    {"S_IWOTH", 02},
    {"S_IWRITE", 0200},
    {"S_IWUSR", 0200},
    {"S_IXGRP", 010},
    {"S_IXOTH", 01},
    {"S_IXUSR", 0100},
    {"UF_APPEND", 4},
    {"UF_COMPRESSED", 32},
    {"UF_HIDDEN", 32768},
    {"UF_IMMUTABLE", 2},
    {"UF_NODUMP", 1},
    {"UF_NOUNLINK", 16},
    {"UF_OPAQUE", 8},
};

static int
stat_exec(PyObject *module)
{
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(stat_constants); i++) {
        if (PyModule_AddIntConstant(module, stat_constants[i].name, stat_constants[i].value) < 0)
            return -1;
    }
    return 0;
}

static PyModuleDef_Slot stat_slots[] = {
    {Py_mod_exec, stat_exec},
    {0, NULL},
};

static struct PyModuleDef stat_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_stat",
    .m_doc = "Constants and functions for st_mode; used by stat.",
    .m_methods = stat_methods,
    .m_slots = stat_slots,
};

PyMODINIT_FUNC
PyInit__stat(void)
{
    return PyModuleDef_Init(&stat_module);
}
