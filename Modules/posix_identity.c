/* SPDX-License-Identifier: MIT */
/* Who a process is: user and group ids, sessions, process groups, priorities. */
#define _GNU_SOURCE
#include "ks_posix.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <sys/resource.h>
#include <unistd.h>

/* --- Single ids ------------------------------------------------------------------------------------- */

#define GETTER(name, from)                          \
    static PyObject *                               \
    posix_##name(PyObject *module, PyObject *unused) \
    {                                               \
        return from(name());                        \
    }
GETTER(getuid, _PyLong_FromUid)
GETTER(geteuid, _PyLong_FromUid)
GETTER(getgid, _PyLong_FromGid)
GETTER(getegid, _PyLong_FromGid)
GETTER(getpid, PyLong_FromLong)
GETTER(getppid, PyLong_FromLong)
GETTER(getpgrp, PyLong_FromLong)

#define SETTER(name, type, converter)             \
    static PyObject *                             \
    posix_##name(PyObject *module, PyObject *arg) \
    {                                             \
        type id;                                  \
        if (!converter(arg, &id))                 \
            return NULL;                          \
        return ks_posix_done(name(id));           \
    }
SETTER(setuid, uid_t, _Py_Uid_Converter)
SETTER(seteuid, uid_t, _Py_Uid_Converter)
SETTER(setgid, gid_t, _Py_Gid_Converter)
SETTER(setegid, gid_t, _Py_Gid_Converter)

#define PAIR_SETTER(name, type, converter)                                            \
    static PyObject *                                                                 \
    posix_##name(PyObject *module, PyObject *const *args, Py_ssize_t nargs)           \
    {                                                                                 \
        type real, effective;                                                         \
        if (!ks_args_count(#name, nargs, 2, 2) || !converter(args[0], &real) ||       \
            !converter(args[1], &effective))                                          \
            return NULL;                                                              \
        return ks_posix_done(name(real, effective));                                  \
    }
PAIR_SETTER(setreuid, uid_t, _Py_Uid_Converter)
PAIR_SETTER(setregid, gid_t, _Py_Gid_Converter)

#define TRIPLE(kind, type, converter, from)                                              \
    static PyObject *                                                                    \
    posix_setres##kind(PyObject *module, PyObject *const *args, Py_ssize_t nargs)        \
    {                                                                                    \
        type real, effective, saved;                                                     \
        if (!ks_args_count("setres" #kind, nargs, 3, 3) || !converter(args[0], &real) || \
            !converter(args[1], &effective) || !converter(args[2], &saved))              \
            return NULL;                                                                 \
        return ks_posix_done(setres##kind(real, effective, saved));                      \
    }                                                                                    \
    static PyObject *                                                                    \
    posix_getres##kind(PyObject *module, PyObject *unused)                               \
    {                                                                                    \
        type real, effective, saved;                                                     \
        if (getres##kind(&real, &effective, &saved) < 0)                                 \
            return ks_posix_error();                                                     \
        return Py_BuildValue("(NNN)", from(real), from(effective), from(saved));         \
    }
TRIPLE(uid, uid_t, _Py_Uid_Converter, _PyLong_FromUid)
TRIPLE(gid, gid_t, _Py_Gid_Converter, _PyLong_FromGid)

/* --- Sessions and process groups --------------------------------------------------------------------- */

static PyObject *
posix_setsid(PyObject *module, PyObject *unused)
{
    return ks_posix_done(setsid());
}

static PyObject *
posix_setpgrp(PyObject *module, PyObject *unused)
{
    return ks_posix_done(setpgrp());
}

static PyObject *
posix_getsid(PyObject *module, PyObject *arg)
{
    pid_t pid;
    if (!ks_arg_pid(arg, &pid))
        return NULL;
    pid_t session = getsid(pid);
    return session < 0 ? ks_posix_error() : PyLong_FromLong(session);
}

typedef struct Call {
    int pid, which, who, priority;
} Call;

static PyObject *
posix_getpgid(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, pid, ARG_INT, 1), PARAM_END};
    Call call = {0};
    if (!ks_args_parse("getpgid", params, args, nargs, kwnames, &call))
        return NULL;
    pid_t group = getpgid(call.pid);
    return group < 0 ? ks_posix_error() : PyLong_FromLong(group);
}

static PyObject *
posix_setpgid(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    pid_t pid, group;
    if (!ks_args_count("setpgid", nargs, 2, 2) || !ks_arg_pid(args[0], &pid) ||
        !ks_arg_pid(args[1], &group))
        return NULL;
    return ks_posix_done(setpgid(pid, group));
}

/* --- Group lists -------------------------------------------------------------------------------------- */

static PyObject *
list_of_groups(const gid_t *groups, int count)
{
    KS_OWNED PyObject *list = PyList_New(count);
    if (list == NULL)
        return NULL;
    for (int i = 0; i < count; i++) {
        PyObject *group = _PyLong_FromGid(groups[i]);
        if (group == NULL)
            return NULL;
        PyList_SET_ITEM(list, i, group);
    }
    return ks_give(&list);
}

static PyObject *
posix_getgroups(PyObject *module, PyObject *unused)
{
    int count = getgroups(0, NULL);
    if (count < 0)
        return ks_posix_error();
    gid_t *groups = PyMem_New(gid_t, count + 1);
    if (groups == NULL)
        return PyErr_NoMemory();
    count = getgroups(count, groups);
    PyObject *list = count < 0 ? ks_posix_error() : list_of_groups(groups, count);
    PyMem_Free(groups);
    return list;
}

static PyObject *
posix_getgrouplist(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    gid_t base;
    if (!ks_args_count("getgrouplist", nargs, 2, 2))
        return NULL;
    if (!PyUnicode_Check(args[0])) {
        PyErr_Format(PyExc_TypeError, "getgrouplist() argument 1 must be str, not %.50s",
                     args[0] == Py_None ? "None" : Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    KS_OWNED PyObject *user = NULL;
    if (!PyUnicode_FSConverter(args[0], &user) || !_Py_Gid_Converter(args[1], &base))
        return NULL;
    int room = 64;
    for (;;) {
        gid_t *groups = PyMem_New(gid_t, room);
        if (groups == NULL)
            return PyErr_NoMemory();
        int count = room;
        if (getgrouplist(PyBytes_AS_STRING(user), base, groups, &count) != -1) {
            PyObject *list = list_of_groups(groups, count);
            PyMem_Free(groups);
            return list;
        }
        PyMem_Free(groups);
        if (room > INT_MAX / 2)
            return PyErr_NoMemory();
        room = count > room ? count : room * 2;
    }
}

static PyObject *
posix_setgroups(PyObject *module, PyObject *sequence)
{
    if (!PySequence_Check(sequence)) {
        PyErr_SetString(PyExc_TypeError, "setgroups argument must be a sequence");
        return NULL;
    }
    Py_ssize_t count = PySequence_Size(sequence);
    if (count < 0)
        return NULL;
    if (count > NGROUPS_MAX) {
        PyErr_SetString(PyExc_ValueError, "too many groups");
        return NULL;
    }
    gid_t *groups = PyMem_New(gid_t, count + 1);
    if (groups == NULL)
        return PyErr_NoMemory();
    PyObject *result = NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        KS_OWNED PyObject *item = PySequence_GetItem(sequence, i);
        if (item == NULL)
            goto done;
        if (!PyLong_Check(item)) {
            PyErr_SetString(PyExc_TypeError, "groups must be integers");
            goto done;
        }
        if (!_Py_Gid_Converter(item, &groups[i]))
            goto done;
    }
    result = ks_posix_done(setgroups((size_t)count, groups));
done:
    PyMem_Free(groups);
    return result;
}

static PyObject *
posix_initgroups(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    gid_t base;
    KS_OWNED PyObject *user = NULL;
    if (!ks_args_count("initgroups", nargs, 2, 2) || !PyUnicode_FSConverter(args[0], &user) ||
        !_Py_Gid_Converter(args[1], &base))
        return NULL;
    return ks_posix_done(initgroups(PyBytes_AS_STRING(user), base));
}

/* --- Login name and priorities ------------------------------------------------------------------------ */

static PyObject *
posix_getlogin(PyObject *module, PyObject *unused)
{
    errno = 0;
    const char *name = getlogin();
    if (name == NULL) {
        if (errno != 0)
            return ks_posix_error();
        PyErr_SetString(PyExc_OSError, "unable to determine login name");
        return NULL;
    }
    return PyUnicode_DecodeFSDefault(name);
}

static PyObject *
posix_getpriority(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, which, ARG_INT, 1), PARAM(Call, who, ARG_INT, 1),
                                     PARAM_END};
    Call call = {0};
    if (!ks_args_parse("getpriority", params, args, nargs, kwnames, &call))
        return NULL;
    errno = 0;
    int priority = getpriority((__priority_which_t)call.which, (id_t)call.who);
    return errno != 0 ? ks_posix_error() : PyLong_FromLong(priority);
}

static PyObject *
posix_setpriority(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {PARAM(Call, which, ARG_INT, 1), PARAM(Call, who, ARG_INT, 1),
                                     PARAM(Call, priority, ARG_INT, 1), PARAM_END};
    Call call = {0};
    if (!ks_args_parse("setpriority", params, args, nargs, kwnames, &call))
        return NULL;
    return ks_posix_done(setpriority((__priority_which_t)call.which, (id_t)call.who, call.priority));
}

static PyObject *
posix_nice(PyObject *module, PyObject *arg)
{
    int increment;
    if (!ks_arg_int(arg, &increment))
        return NULL;
    errno = 0; /* -1 is a good answer as well */
    int value = nice(increment);
    return value == -1 && errno != 0 ? ks_posix_error() : PyLong_FromLong(value);
}

PyMethodDef ks_identity_methods[] = {
    METHOD("getuid", posix_getuid, METH_NOARGS, "($module, /)", "The real user id."),
    METHOD("geteuid", posix_geteuid, METH_NOARGS, "($module, /)", "The effective user id."),
    METHOD("getgid", posix_getgid, METH_NOARGS, "($module, /)", "The real group id."),
    METHOD("getegid", posix_getegid, METH_NOARGS, "($module, /)", "The effective group id."),
    METHOD("getpid", posix_getpid, METH_NOARGS, "($module, /)", "The process id."),
    METHOD("getppid", posix_getppid, METH_NOARGS, "($module, /)", "The parent's process id."),
    METHOD("getpgrp", posix_getpgrp, METH_NOARGS, "($module, /)", "The process group."),
    METHOD("setuid", posix_setuid, METH_O, "($module, uid, /)", "Set the user id."),
    METHOD("seteuid", posix_seteuid, METH_O, "($module, euid, /)", "Set the effective user id."),
    METHOD("setgid", posix_setgid, METH_O, "($module, gid, /)", "Set the group id."),
    METHOD("setegid", posix_setegid, METH_O, "($module, egid, /)", "Set the effective group id."),
    METHOD("setreuid", posix_setreuid, METH_FASTCALL, "($module, ruid, euid, /)",
           "Set the real and the effective user id."),
    METHOD("setregid", posix_setregid, METH_FASTCALL, "($module, rgid, egid, /)",
           "Set the real and the effective group id."),
    METHOD("setresuid", posix_setresuid, METH_FASTCALL, "($module, ruid, euid, suid, /)",
           "Set the real, effective and saved user id."),
    METHOD("setresgid", posix_setresgid, METH_FASTCALL, "($module, rgid, egid, sgid, /)",
           "Set the real, effective and saved group id."),
    METHOD("getresuid", posix_getresuid, METH_NOARGS, "($module, /)",
           "The real, effective and saved user id."),
    METHOD("getresgid", posix_getresgid, METH_NOARGS, "($module, /)",
           "The real, effective and saved group id."),
    METHOD("setsid", posix_setsid, METH_NOARGS, "($module, /)", "Start a new session."),
    METHOD("getsid", posix_getsid, METH_O, "($module, pid, /)", "The session of a process."),
    METHOD("getpgid", posix_getpgid, METH_FASTCALL | METH_KEYWORDS, "($module, /, pid)",
           "The process group of a process."),
    METHOD("setpgid", posix_setpgid, METH_FASTCALL, "($module, pid, pgrp, /)",
           "Put a process into a process group."),
    METHOD("setpgrp", posix_setpgrp, METH_NOARGS, "($module, /)",
           "Make the process the leader of its process group."),
    METHOD("getgroups", posix_getgroups, METH_NOARGS, "($module, /)",
           "A list of the supplementary groups."),
    METHOD("getgrouplist", posix_getgrouplist, METH_FASTCALL, "($module, user, group, /)",
           "A list of the groups that a user belongs to, with group among them."),
    METHOD("setgroups", posix_setgroups, METH_O, "($module, groups, /)",
           "Set the supplementary groups."),
    METHOD("initgroups", posix_initgroups, METH_FASTCALL, "($module, username, gid, /)",
           "Set the supplementary groups to those of a user and gid."),
    METHOD("getlogin", posix_getlogin, METH_NOARGS, "($module, /)",
           "The name that was used to log in."),
    METHOD("getpriority", posix_getpriority, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, which, who)", "The scheduling priority of processes."),
    METHOD("setpriority", posix_setpriority, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, which, who, priority)", "Set the scheduling priority of processes."),
    METHOD("nice", posix_nice, METH_O, "($module, increment, /)",
           "Add to the niceness; returns the new one."),
    {NULL, NULL, 0, NULL},
};
