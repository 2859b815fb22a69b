/* SPDX-License-Identifier: MIT */
/* Forking, signals to processes, and facts about the machine: uname, load, processors, randomness.
 *
 * A fork runs the hooks of PyOS_BeforeFork and PyOS_AfterFork_*; the interpreter keeps the lists
 * that register_at_fork fills. */
#define _GNU_SOURCE
#include "ks_posix.h"

#include <errno.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "pycore_interp.h"
#include "pycore_pystate.h"

typedef struct Call {
    PyObject *before, *after_in_child, *after_in_parent, *command;
    Py_ssize_t size;
    int flags, status;
} Call;

/* --- Fork -------------------------------------------------------------------------------------------- */

static int
hook_check(const char *name, PyObject *hook)
{
    if (hook == NULL || PyCallable_Check(hook))
        return 1;
    PyErr_Format(PyExc_TypeError, "'%s' must be callable, not %.200s", name,
                 Py_TYPE(hook)->tp_name);
    return 0;
}

static int
hook_add(PyObject **list, PyObject *hook)
{
    if (hook == NULL)
        return 1;
    if (*list == NULL) {
        *list = PyList_New(0);
        if (*list == NULL)
            return 0;
    }
    return PyList_Append(*list, hook) == 0;
}

static PyObject *
posix_register_at_fork(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                       PyObject *kwnames)
{
    static const KsParam params[] = {PARAM_KWONLY(Call, before, ARG_OBJECT, 0),
                                     PARAM_KWONLY(Call, after_in_child, ARG_OBJECT, 0),
                                     PARAM_KWONLY(Call, after_in_parent, ARG_OBJECT, 0), PARAM_END};
    Call call = {0};
    if (!ks_args_parse("register_at_fork", params, args, nargs, kwnames, &call))
        return NULL;
    if (call.before == NULL && call.after_in_child == NULL && call.after_in_parent == NULL) {
        PyErr_SetString(PyExc_TypeError, "At least one argument is required.");
        return NULL;
    }
    if (!hook_check("before", call.before) ||
        !hook_check("after_in_child", call.after_in_child) ||
        !hook_check("after_in_parent", call.after_in_parent))
        return NULL;
    PyInterpreterState *interp = PyInterpreterState_Get();
    if (!hook_add(&interp->before_forkers, call.before) ||
        !hook_add(&interp->after_forkers_child, call.after_in_child) ||
        !hook_add(&interp->after_forkers_parent, call.after_in_parent))
        return NULL;
    Py_RETURN_NONE;
}

/* Forks, into *master a pseudo terminal if one is wanted. The pid, or -1 with an exception. */
static pid_t
fork_process(const char *event, int *master)
{
    if (_PyInterpreterState_GET() != PyInterpreterState_Main()) {
        PyErr_SetString(PyExc_RuntimeError, "fork not supported for subinterpreters");
        return -1;
    }
    if (PySys_Audit(event, NULL) < 0)
        return -1;
    PyOS_BeforeFork();
    pid_t pid = master != NULL ? forkpty(master, NULL, NULL, NULL) : fork();
    int saved = errno;
    if (pid == 0)
        PyOS_AfterFork_Child();
    else
        PyOS_AfterFork_Parent();
    if (pid == -1) {
        errno = saved;
        ks_posix_error();
    }
    return pid;
}

static PyObject *
posix_fork(PyObject *module, PyObject *unused)
{
    pid_t pid = fork_process("os.fork", NULL);
    return pid == -1 ? NULL : PyLong_FromLong(pid);
}

static PyObject *
posix_forkpty(PyObject *module, PyObject *unused)
{
    int master = -1;
    pid_t pid = fork_process("os.forkpty", &master);
    return pid == -1 ? NULL : Py_BuildValue("(Ni)", PyLong_FromLong(pid), master);
}

/* --- Ending and signalling --------------------------------------------------------------------------- */

static PyObject *
posix_exit(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, status, ARG_INT, 1), PARAM_END};
    Call call = {0};
    if (!ks_args_parse("_exit", params, args, nargs, kwnames, &call))
        return NULL;
    _exit(call.status);
}

static PyObject *
posix_abort(PyObject *module, PyObject *unused)
{
    abort();
}

static PyObject *
send_signal(const char *name, const char *event, int (*send)(pid_t, int), PyObject *const *args,
            Py_ssize_t nargs)
{
    pid_t pid;
    int number;
    if (!ks_args_count(name, nargs, 2, 2) || !ks_arg_pid(args[0], &pid) ||
        !ks_arg_int(args[1], &number) || PySys_Audit(event, "ii", pid, number) < 0)
        return NULL;
    if (send(pid, number) == -1)
        return ks_posix_error();
    /* A signal to ourselves is handled before the next line. */
    if (PyErr_CheckSignals() != 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
posix_kill(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    return send_signal("kill", "os.kill", kill, args, nargs);
}

static PyObject *
posix_killpg(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    return send_signal("killpg", "os.killpg", killpg, args, nargs);
}

static PyObject *
posix_system(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, command, ARG_OBJECT, 1), PARAM_END};
    Call call = {0};
    KS_OWNED PyObject *command = NULL;
    if (!ks_args_parse("system", params, args, nargs, kwnames, &call) ||
        !PyUnicode_FSConverter(call.command, &command) ||
        PySys_Audit("os.system", "(O)", command) < 0)
        return NULL;
    long status;
    Py_BEGIN_ALLOW_THREADS
    status = system(PyBytes_AS_STRING(command));
    Py_END_ALLOW_THREADS
    return PyLong_FromLong(status);
}

/* --- The machine --------------------------------------------------------------------------------------- */

static PyStructSequence_Field uname_fields[] = {
    {"sysname", "operating system name"},
    {"nodename", "name of machine on network (implementation-defined)"},
    {"release", "operating system release"},
    {"version", "operating system version"},
    {"machine", "hardware identifier"},
    {NULL, NULL},
};

static PyStructSequence_Desc uname_desc = {
    "posix.uname_result", "Names of the system, as os.uname() tells them.", uname_fields, 5};

static PyObject *
posix_uname(PyObject *module, PyObject *unused)
{
    struct utsname name;
    if (uname(&name) < 0)
        return ks_posix_error();
    const char *const texts[] = {name.sysname, name.nodename, name.release, name.version,
                                 name.machine};
    PyObject *result = PyStructSequence_New(ks_posix_state(module)->uname_result);
    for (Py_ssize_t i = 0; result != NULL && i < KS_COUNT_OF(texts); i++) {
        PyObject *text = PyUnicode_DecodeFSDefault(texts[i]);
        if (text == NULL)
            Py_CLEAR(result);
        else
            PyStructSequence_SET_ITEM(result, i, text);
    }
    return result;
}

static PyObject *
posix_getloadavg(PyObject *module, PyObject *unused)
{
    double load[3];
    if (getloadavg(load, 3) != 3) {
        PyErr_SetString(PyExc_OSError, "Load averages are unobtainable");
        return NULL;
    }
    return Py_BuildValue("ddd", load[0], load[1], load[2]);
}

static PyObject *
posix_cpu_count(PyObject *module, PyObject *unused)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    if (count < 1)
        Py_RETURN_NONE;
    return PyLong_FromLong(count);
}

static PyObject *
posix_strerror(PyObject *module, PyObject *arg)
{
    int code;
    if (!ks_arg_int(arg, &code))
        return NULL;
    const char *text = strerror(code);
    if (text == NULL) {
        PyErr_SetString(PyExc_ValueError, "strerror() argument out of range");
        return NULL;
    }
    return PyUnicode_DecodeLocale(text, "surrogateescape");
}

static PyObject *
posix_urandom(PyObject *module, PyObject *arg)
{
    Py_ssize_t size;
    if (!ks_arg_index(arg, &size))
        return NULL;
    if (size < 0)
        return PyErr_Format(PyExc_ValueError, "negative argument not allowed");
    KS_OWNED PyObject *bytes = PyBytes_FromStringAndSize(NULL, size);
    if (bytes == NULL || _PyOS_URandom(PyBytes_AS_STRING(bytes), size) < 0)
        return NULL;
    return ks_give(&bytes);
}

static PyObject *
posix_getrandom(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, size, ARG_INDEX, 1),
                                     PARAM(Call, flags, ARG_INT, 0), PARAM_END};
    Call call = {0};
    if (!ks_args_parse("getrandom", params, args, nargs, kwnames, &call))
        return NULL;
    if (call.size < 0) {
        errno = EINVAL;
        return ks_posix_error();
    }
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, call.size);
    if (bytes == NULL)
        return NULL;
    ssize_t got;
    int handler_failed = 0;
    KS_SYSCALL(got, handler_failed,
               getrandom(PyBytes_AS_STRING(bytes), (size_t)call.size, (unsigned int)call.flags));
    if (got < 0) {
        Py_DECREF(bytes);
        return handler_failed ? NULL : ks_posix_error();
    }
    if (got != call.size)
        _PyBytes_Resize(&bytes, got);
    return bytes;
}

/* --- Device numbers --------------------------------------------------------------------------------------- */

static PyObject *
posix_major(PyObject *module, PyObject *arg)
{
    dev_t device;
    return ks_arg_dev(arg, &device) ? PyLong_FromLong((long)major(device)) : NULL;
}

static PyObject *
posix_minor(PyObject *module, PyObject *arg)
{
    dev_t device;
    return ks_arg_dev(arg, &device) ? PyLong_FromLong((long)minor(device)) : NULL;
}

static PyObject *
posix_makedev(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int high, low;
    if (!ks_args_count("makedev", nargs, 2, 2) || !ks_arg_int(args[0], &high) ||
        !ks_arg_int(args[1], &low))
        return NULL;
    return PyLong_FromLongLong((long long)makedev((unsigned int)high, (unsigned int)low));
}

PyMethodDef ks_process_methods[] = {
    METHOD("register_at_fork", posix_register_at_fork, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, *, before=<unrepresentable>,\n"
           "                 after_in_child=<unrepresentable>,\n"
           "                 after_in_parent=<unrepresentable>)",
           "Have functions called whenever the process forks."),
    METHOD("fork", posix_fork, METH_NOARGS, "($module, /)",
           "Fork; returns 0 to the child and the child's pid to the parent."),
    METHOD("forkpty", posix_forkpty, METH_NOARGS, "($module, /)",
           "Fork with a pseudo terminal for the child; returns pid and master descriptor."),
    METHOD("_exit", posix_exit, METH_FASTCALL | METH_KEYWORDS, "($module, /, status)",
           "End the process at once, without clean-up."),
    METHOD("abort", posix_abort, METH_NOARGS, "($module, /)",
           "End the process by SIGABRT, without clean-up."),
    METHOD("kill", posix_kill, METH_FASTCALL, "($module, pid, signal, /)",
           "Send a signal to a process."),
    METHOD("killpg", posix_killpg, METH_FASTCALL, "($module, pgid, signal, /)",
           "Send a signal to a process group."),
    METHOD("system", posix_system, METH_FASTCALL | METH_KEYWORDS, "($module, /, command)",
           "Run a command in a shell; returns its wait status."),
    METHOD("uname", posix_uname, METH_NOARGS, "($module, /)", "Names of system and machine."),
    METHOD("getloadavg", posix_getloadavg, METH_NOARGS, "($module, /)",
           "Average length of the run queue over 1, 5 and 15 minutes."),
    METHOD("cpu_count", posix_cpu_count, METH_NOARGS, "($module, /)",
           "How many processors are on line, None if unknown."),
    METHOD("strerror", posix_strerror, METH_O, "($module, code, /)", "The text of an error number."),
    METHOD("urandom", posix_urandom, METH_O, "($module, size, /)",
           "Random bytes that are good enough for cryptography."),
    METHOD("getrandom", posix_getrandom, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, size, flags=0)", "Up to size random bytes from the kernel."),
    METHOD("major", posix_major, METH_O, "($module, device, /)",
           "The major part of a device number."),
    METHOD("minor", posix_minor, METH_O, "($module, device, /)",
           "The minor part of a device number."),
    METHOD("makedev", posix_makedev, METH_FASTCALL, "($module, major, minor, /)",
           "A device number out of its parts."),
    {NULL, NULL, 0, NULL},
};

int
ks_process_set_up(PyObject *module, KsPosixState *state)
{
    state->uname_result = ks_posix_structseq(module, &uname_desc);
    return state->uname_result == NULL ? -1 : 0;
}
