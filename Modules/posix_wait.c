/* SPDX-License-Identifier: MIT */
/* Waiting for children and reading what their wait status says. */
#define _GNU_SOURCE
#include "ks_posix.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/wait.h>

typedef struct Call {
    PyObject *status_object;
    int status, pid, options;
} Call;

/* --- The wait status -------------------------------------------------------------------------------- */

static const KsParam status_params[] = {PARAM(Call, status, ARG_INT, 1), PARAM_END};

#define STATUS_TEST(name)                                                                     \
    static PyObject *                                                                         \
    posix_##name(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) \
    {                                                                                         \
        Call call = {0};                                                                      \
        if (!ks_args_parse(#name, status_params, args, nargs, kwnames, &call))                \
            return NULL;                                                                      \
        return PyBool_FromLong(name(call.status));                                            \
    }
#define STATUS_PART(name)                                                                     \
    static PyObject *                                                                         \
    posix_##name(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames) \
    {                                                                                         \
        Call call = {0};                                                                      \
        if (!ks_args_parse(#name, status_params, args, nargs, kwnames, &call))                \
            return NULL;                                                                      \
        return PyLong_FromLong(name(call.status));                                            \
    }
STATUS_TEST(WIFCONTINUED)
STATUS_TEST(WIFEXITED)
STATUS_TEST(WIFSIGNALED)
STATUS_TEST(WIFSTOPPED)
STATUS_PART(WEXITSTATUS)
STATUS_PART(WSTOPSIG)
STATUS_PART(WTERMSIG)

static PyObject *
posix_WCOREDUMP(PyObject *module, PyObject *arg)
{
    int status;
    if (!ks_arg_int(arg, &status))
        return NULL;
    return PyBool_FromLong(WCOREDUMP(status));
}

static PyObject *
posix_waitstatus_to_exitcode(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                             PyObject *kwnames)
{
    static const KsParam params[] = {PARAM_NAMED(Call, status_object, "status", ARG_OBJECT, 1),
                                     PARAM_END};
    Call call = {0};
    if (!ks_args_parse("waitstatus_to_exitcode", params, args, nargs, kwnames, &call))
        return NULL;
    call.status = _PyLong_AsInt(call.status_object);
    if (call.status == -1 && PyErr_Occurred())
        return NULL;
    int code;
    if (WIFEXITED(call.status))
        code = WEXITSTATUS(call.status);
    else if (WIFSIGNALED(call.status))
        code = -WTERMSIG(call.status);
    else if (WIFSTOPPED(call.status))
        return PyErr_Format(PyExc_ValueError, "process stopped by delivery of signal %i",
                            WSTOPSIG(call.status));
    else
        return PyErr_Format(PyExc_ValueError, "invalid wait status: %i", call.status);
    return PyLong_FromLong(code);
}

/* --- Waiting ------------------------------------------------------------------------------------------ */

static PyObject *
posix_wait(PyObject *module, PyObject *unused)
{
    pid_t pid;
    int status = 0, handler_failed = 0;
    KS_SYSCALL(pid, handler_failed, wait(&status));
    if (pid < 0)
        return handler_failed ? NULL : ks_posix_error();
    return Py_BuildValue("(ii)", pid, status);
}

static PyObject *
posix_waitpid(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    pid_t pid, result;
    int options, status = 0, handler_failed = 0;
    if (!ks_args_count("waitpid", nargs, 2, 2) || !ks_arg_pid(args[0], &pid) ||
        !ks_arg_int(args[1], &options))
        return NULL;
    KS_SYSCALL(result, handler_failed, waitpid(pid, &status, options));
    if (result < 0)
        return handler_failed ? NULL : ks_posix_error();
    return Py_BuildValue("(ii)", result, status);
}

/* resource.struct_rusage out of what the kernel counted. */
static PyObject *
usage_object(const struct rusage *usage)
{
    KS_OWNED PyObject *resource = PyImport_ImportModule("resource");
    if (resource == NULL)
        return NULL;
    KS_OWNED PyObject *type = PyObject_GetAttrString(resource, "struct_rusage");
    if (type == NULL)
        return NULL;
    KS_OWNED PyObject *result = PyStructSequence_New((PyTypeObject *)type);
    if (result == NULL)
        return NULL;
    const struct timeval *const times[] = {&usage->ru_utime, &usage->ru_stime};
    const long counts[] = {
        usage->ru_maxrss,  usage->ru_ixrss,  usage->ru_idrss,    usage->ru_isrss,  usage->ru_minflt,
        usage->ru_majflt,  usage->ru_nswap,  usage->ru_inblock,  usage->ru_oublock, usage->ru_msgsnd,
        usage->ru_msgrcv,  usage->ru_nsignals, usage->ru_nvcsw,  usage->ru_nivcsw,
    };
    for (Py_ssize_t i = 0; i < 2; i++)
        PyStructSequence_SET_ITEM(
            result, i, PyFloat_FromDouble((double)times[i]->tv_sec + times[i]->tv_usec * 1e-6));
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(counts); i++)
        PyStructSequence_SET_ITEM(result, 2 + i, PyLong_FromLong(counts[i]));
    return PyErr_Occurred() ? NULL : ks_give(&result);
}

static PyObject *
wait_with_usage(pid_t pid, int options)
{
    struct rusage usage = {{0}};
    pid_t result;
    int status = 0, handler_failed = 0;
    KS_SYSCALL(result, handler_failed, wait4(pid, &status, options, &usage));
    if (result < 0)
        return handler_failed ? NULL : ks_posix_error();
    PyObject *object = usage_object(&usage);
    return object == NULL ? NULL : Py_BuildValue("(iiN)", result, status, object);
}

static PyObject *
posix_wait3(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, options, ARG_INT, 1), PARAM_END};
    Call call = {0};
    if (!ks_args_parse("wait3", params, args, nargs, kwnames, &call))
        return NULL;
    return wait_with_usage(-1, call.options);
}

static PyObject *
posix_wait4(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, pid, ARG_INT, 1), PARAM(Call, options, ARG_INT, 1),
                                     PARAM_END};
    Call call = {0};
    if (!ks_args_parse("wait4", params, args, nargs, kwnames, &call))
        return NULL;
    return wait_with_usage(call.pid, call.options);
}

static PyStructSequence_Field waitid_fields[] = {
    {"si_pid", NULL}, {"si_uid", NULL}, {"si_signo", NULL},
    {"si_status", NULL}, {"si_code", NULL}, {NULL, NULL},
};

static PyStructSequence_Desc waitid_desc = {
    "posix.waitid_result", "What happened to a child, as os.waitid() tells it.", waitid_fields, 5};

static PyObject *
posix_waitid(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int kind, options;
    pid_t id;
    if (!ks_args_count("waitid", nargs, 3, 3) || !ks_arg_int(args[0], &kind) ||
        !ks_arg_pid(args[1], &id) || !ks_arg_int(args[2], &options))
        return NULL;
    siginfo_t info;
    info.si_pid = 0;
    int result, handler_failed = 0;
    KS_SYSCALL(result, handler_failed, waitid((idtype_t)kind, (id_t)id, &info, options));
    if (result < 0)
        return handler_failed ? NULL : ks_posix_error();
    if (info.si_pid == 0)
        Py_RETURN_NONE;
    PyObject *object = PyStructSequence_New(ks_posix_state(module)->waitid_result);
    if (object == NULL)
        return NULL;
    PyStructSequence_SET_ITEM(object, 0, PyLong_FromLong(info.si_pid));
    PyStructSequence_SET_ITEM(object, 1, _PyLong_FromUid(info.si_uid));
    PyStructSequence_SET_ITEM(object, 2, PyLong_FromLong(info.si_signo));
    PyStructSequence_SET_ITEM(object, 3, PyLong_FromLong(info.si_status));
    PyStructSequence_SET_ITEM(object, 4, PyLong_FromLong(info.si_code));
    if (PyErr_Occurred())
        Py_CLEAR(object);
    return object;
}

#define STATUS_ROW(name, doc) \
    METHOD(#name, posix_##name, METH_FASTCALL | METH_KEYWORDS, "($module, /, status)", doc)

PyMethodDef ks_wait_methods[] = {
    STATUS_ROW(WIFCONTINUED, "Whether the process went on after a stop."),
    STATUS_ROW(WIFEXITED, "Whether the process ended by exit."),
    STATUS_ROW(WIFSIGNALED, "Whether a signal ended the process."),
    STATUS_ROW(WIFSTOPPED, "Whether the process was stopped."),
    STATUS_ROW(WEXITSTATUS, "The exit code."),
    STATUS_ROW(WSTOPSIG, "The signal that stopped the process."),
    STATUS_ROW(WTERMSIG, "The signal that ended the process."),
    METHOD("WCOREDUMP", posix_WCOREDUMP, METH_O, "($module, status, /)",
           "Whether the process left a core file."),
    STATUS_ROW(waitstatus_to_exitcode,
               "The exit code, or the negative number of the signal that ended the process."),
    METHOD("wait", posix_wait, METH_NOARGS, "($module, /)",
           "Wait for any child; returns its pid and status."),
    METHOD("waitpid", posix_waitpid, METH_FASTCALL, "($module, pid, options, /)",
           "Wait for a child; returns its pid and status."),
    METHOD("wait3", posix_wait3, METH_FASTCALL | METH_KEYWORDS, "($module, /, options)",
           "Wait for any child; returns its pid, status and resource usage."),
    METHOD("wait4", posix_wait4, METH_FASTCALL | METH_KEYWORDS, "($module, /, pid, options)",
           "Wait for a child; returns its pid, status and resource usage."),
    METHOD("waitid", posix_waitid, METH_FASTCALL, "($module, idtype, id, options, /)",
           "Wait until something happens to children; returns a waitid_result or None."),
    {NULL, NULL, 0, NULL},
};

int
ks_wait_set_up(PyObject *module, KsPosixState *state)
{
    state->waitid_result = ks_posix_structseq(module, &waitid_desc);
    return state->waitid_result == NULL ? -1 : 0;
}
