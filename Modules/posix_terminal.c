/* SPDX-License-Identifier: MIT */
/* Terminals: their size and name, process groups in front, pseudo terminals. */
#include "ks_posix.h"

#include <errno.h>
#include <pty.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

static PyStructSequence_Field size_fields[] = {
    {"columns", "width of the terminal window in characters"},
    {"lines", "height of the terminal window in characters"},
    {NULL, NULL},
};

static PyStructSequence_Desc size_desc = {
    "os.terminal_size", "Columns and lines of a terminal.", size_fields, 2};

static PyObject *
posix_get_terminal_size(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int fd = fileno(stdout);
    if (!ks_args_count("get_terminal_size", nargs, 0, 1) ||
        (nargs > 0 && !ks_arg_int(args[0], &fd)))
        return NULL;
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0)
        return ks_posix_error();
    PyObject *result = PyStructSequence_New(ks_posix_state(module)->terminal_size);
    if (result == NULL)
        return NULL;
    PyStructSequence_SET_ITEM(result, 0, PyLong_FromLong(size.ws_col));
    PyStructSequence_SET_ITEM(result, 1, PyLong_FromLong(size.ws_row));
    if (PyErr_Occurred())
        Py_CLEAR(result);
    return result;
}

static PyObject *
posix_ttyname(PyObject *module, PyObject *arg)
{
    int fd;
    if (!ks_arg_int(arg, &fd))
        return NULL;
    long room = sysconf(_SC_TTY_NAME_MAX);
    if (room == -1)
        return ks_posix_error();
    char *name = PyMem_RawMalloc((size_t)room);
    if (name == NULL)
        return PyErr_NoMemory();
    int error = ttyname_r(fd, name, (size_t)room);
    PyObject *result = NULL;
    if (error != 0) {
        errno = error;
        ks_posix_error();
    }
    else
        result = PyUnicode_DecodeFSDefault(name);
    PyMem_RawFree(name);
    return result;
}

static PyObject *
posix_ctermid(PyObject *module, PyObject *unused)
{
    char name[L_ctermid];
    return PyUnicode_DecodeFSDefault(ctermid(name));
}

static PyObject *
posix_tcgetpgrp(PyObject *module, PyObject *arg)
{
    int fd;
    if (!ks_arg_int(arg, &fd))
        return NULL;
    pid_t group = tcgetpgrp(fd);
    return group < 0 ? ks_posix_error() : PyLong_FromLong(group);
}

static PyObject *
posix_tcsetpgrp(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int fd;
    pid_t group;
    if (!ks_args_count("tcsetpgrp", nargs, 2, 2) || !ks_arg_int(args[0], &fd) ||
        !ks_arg_pid(args[1], &group))
        return NULL;
    return ks_posix_done(tcsetpgrp(fd, group));
}

static PyObject *
posix_openpty(PyObject *module, PyObject *unused)
{
    int master, slave;
    if (openpty(&master, &slave, NULL, NULL, NULL) != 0)
        return ks_posix_error();
    if (fcntl(master, F_SETFD, FD_CLOEXEC) < 0 || fcntl(slave, F_SETFD, FD_CLOEXEC) < 0) {
        ks_posix_error();
        close(master);
        close(slave);
        return NULL;
    }
    return Py_BuildValue("(ii)", master, slave);
}

static PyObject *
posix_login_tty(PyObject *module, PyObject *arg)
{
    int fd = PyObject_AsFileDescriptor(arg);
    if (fd < 0)
        return NULL;
    return ks_posix_done(login_tty(fd));
}

PyMethodDef ks_terminal_methods[] = {
    METHOD("get_terminal_size", posix_get_terminal_size, METH_FASTCALL,
           "($module, fd=<unrepresentable>, /)",
           "Columns and lines of a terminal; without an argument standard output's."),
    METHOD("ttyname", posix_ttyname, METH_O, "($module, fd, /)", "The path of a terminal device."),
    METHOD("ctermid", posix_ctermid, METH_NOARGS, "($module, /)",
           "The path of the controlling terminal."),
    METHOD("tcgetpgrp", posix_tcgetpgrp, METH_O, "($module, fd, /)",
           "The process group that a terminal has in front."),
    METHOD("tcsetpgrp", posix_tcsetpgrp, METH_FASTCALL, "($module, fd, pgid, /)",
           "Put a process group in front of a terminal."),
    METHOD("openpty", posix_openpty, METH_NOARGS, "($module, /)",
           "Open a pseudo terminal; returns master and slave descriptors."),
    METHOD("login_tty", posix_login_tty, METH_O, "($module, fd, /)",
           "Start a session with a terminal as its controlling terminal and standard streams."),
    {NULL, NULL, 0, NULL},
};

int
ks_terminal_set_up(PyObject *module, KsPosixState *state)
{
    state->terminal_size = ks_posix_structseq(module, &size_desc);
    return state->terminal_size == NULL ? -1 : 0;
}
