/* SPDX-License-Identifier: MIT */
/* posix_spawn and posix_spawnp: a new process out of attributes and file actions.
 *
 * The paths of "open" actions must live until the call: a list keeps them. */
#define _GNU_SOURCE
#include "ks_posix.h"

#include <errno.h>
#include <sched.h>
#include <spawn.h>
#include <unistd.h>

typedef struct Call {
    PyObject *path, *argv, *env;
    PyObject *file_actions, *setpgroup, *setsigmask, *setsigdef, *scheduler;
    int resetids, setsid;
} Call;

/* Errors of the posix_spawn family are returned, not left in errno. */
static int
spawn_check(int error)
{
    if (error == 0)
        return 1;
    errno = error;
    ks_posix_error();
    return 0;
}

/* --- Attributes ---------------------------------------------------------------------------------------- */

static int
set_scheduler(KsPosixState *state, PyObject *scheduler, posix_spawnattr_t *attr, short *flags)
{
    PyObject *policy, *param_object;
    if (!PyArg_ParseTuple(scheduler, "OO;A scheduler tuple must have two elements", &policy,
                          &param_object))
        return 0;
    struct sched_param param;
    if (!ks_sched_param(state, param_object, &param))
        return 0;
    if (policy != Py_None) {
        int number = _PyLong_AsInt(policy);
        if (number == -1 && PyErr_Occurred())
            return 0;
        if (!spawn_check(posix_spawnattr_setschedpolicy(attr, number)))
            return 0;
        *flags |= POSIX_SPAWN_SETSCHEDULER;
    }
    *flags |= POSIX_SPAWN_SETSCHEDPARAM;
    return spawn_check(posix_spawnattr_setschedparam(attr, &param));
}

static int
set_attributes(KsPosixState *state, const char *function, const Call *call,
               posix_spawnattr_t *attr)
{
    short flags = 0;
    sigset_t set;
    if (call->setpgroup != NULL) {
        pid_t group = _PyLong_AsInt(call->setpgroup);
        if ((group == -1 && PyErr_Occurred()) ||
            !spawn_check(posix_spawnattr_setpgroup(attr, group)))
            return 0;
        flags |= POSIX_SPAWN_SETPGROUP;
    }
    if (call->resetids)
        flags |= POSIX_SPAWN_RESETIDS;
    if (call->setsid)
        flags |= POSIX_SPAWN_SETSID;
    if (call->setsigmask != NULL) {
        if (!_Py_Sigset_Converter(call->setsigmask, &set) ||
            !spawn_check(posix_spawnattr_setsigmask(attr, &set)))
            return 0;
        flags |= POSIX_SPAWN_SETSIGMASK;
    }
    if (call->setsigdef != NULL) {
        if (!_Py_Sigset_Converter(call->setsigdef, &set) ||
            !spawn_check(posix_spawnattr_setsigdefault(attr, &set)))
            return 0;
        flags |= POSIX_SPAWN_SETSIGDEF;
    }
    if (call->scheduler != NULL && !set_scheduler(state, call->scheduler, attr, &flags))
        return 0;
    return spawn_check(posix_spawnattr_setflags(attr, flags));
}

/* --- File actions --------------------------------------------------------------------------------------- */

enum { ACTION_OPEN, ACTION_CLOSE, ACTION_DUP2 };

static int
add_action(PyObject *action, posix_spawn_file_actions_t *actions, PyObject *keep)
{
    if (!PyTuple_Check(action) || PyTuple_GET_SIZE(action) == 0) {
        PyErr_SetString(PyExc_TypeError, "Each file_actions element must be a non-empty tuple");
        return 0;
    }
    PyObject *tag;
    long kind = PyLong_AsLong(PyTuple_GET_ITEM(action, 0));
    if (kind == -1 && PyErr_Occurred())
        return 0;
    int fd, fd2, flags;
    unsigned long mode;
    switch (kind) {
    case ACTION_OPEN: {
        KS_OWNED PyObject *path = NULL;
        if (!PyArg_ParseTuple(action,
                              "OiO&ik;A open file_action tuple must have 5 elements", &tag, &fd,
                              PyUnicode_FSConverter, &path, &flags, &mode))
            return 0;
        if (PyList_Append(keep, path) < 0)
            return 0;
        return spawn_check(posix_spawn_file_actions_addopen(actions, fd, PyBytes_AS_STRING(path),
                                                            flags, (mode_t)mode));
    }
    case ACTION_CLOSE:
        return PyArg_ParseTuple(action, "Oi;A close file_action tuple must have 2 elements", &tag,
                                &fd) &&
               spawn_check(posix_spawn_file_actions_addclose(actions, fd));
    case ACTION_DUP2:
        return PyArg_ParseTuple(action, "Oii;A dup2 file_action tuple must have 3 elements", &tag,
                                &fd, &fd2) &&
               spawn_check(posix_spawn_file_actions_adddup2(actions, fd, fd2));
    default:
        PyErr_SetString(PyExc_TypeError, "Unknown file_actions identifier");
        return 0;
    }
}

static int
add_actions(PyObject *sequence, posix_spawn_file_actions_t *actions, PyObject *keep)
{
    KS_OWNED PyObject *fast =
        PySequence_Fast(sequence, "file_actions must be a sequence or None");
    if (fast == NULL)
        return 0;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(fast); i++) {
        KS_OWNED PyObject *action = Py_NewRef(PySequence_Fast_GET_ITEM(fast, i));
        if (!add_action(action, actions, keep))
            return 0;
    }
    return 1;
}

/* --- The call --------------------------------------------------------------------------------------------- */

static PyObject *
spawn(PyObject *module, const char *function, int search, PyObject *const *args, Py_ssize_t nargs,
      PyObject *kwnames)
{
    static const KsParam params[] = {
        PARAM_POS(Call, path, ARG_OBJECT, 1),           PARAM_POS(Call, argv, ARG_OBJECT, 1),
        PARAM_POS(Call, env, ARG_OBJECT, 1),            PARAM_KWONLY(Call, file_actions, ARG_OBJECT, 0),
        PARAM_KWONLY(Call, setpgroup, ARG_OBJECT, 0),   PARAM_KWONLY(Call, resetids, ARG_INT, 0),
        PARAM_KWONLY(Call, setsid, ARG_INT, 0),        PARAM_KWONLY(Call, setsigmask, ARG_OBJECT, 0),
        PARAM_KWONLY(Call, setsigdef, ARG_OBJECT, 0),   PARAM_KWONLY(Call, scheduler, ARG_OBJECT, 0),
        PARAM_END};
    Call call = {0};
    KS_PATH path = PATH_ARG(function, "path");
    if (!ks_args_parse(function, params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path))
        return NULL;
    if (!PyList_Check(call.argv) && !PyTuple_Check(call.argv))
        return PyErr_Format(PyExc_TypeError, "%s: argv must be a tuple or list", function);
    if (PySequence_Size(call.argv) < 1)
        return PyErr_Format(PyExc_ValueError, "%s: argv must not be empty", function);
    if (!PyMapping_Check(call.env))
        return PyErr_Format(PyExc_TypeError, "%s: environment must be a mapping object", function);

    PyObject *result = NULL;
    char **envp = NULL;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    int has_actions = 0, has_attr = 0;
    KS_OWNED PyObject *keep = NULL;
    char **argv = ks_exec_argv(call.argv);
    if (argv == NULL)
        return NULL;
    if (argv[0][0] == '\0') {
        PyErr_Format(PyExc_ValueError, "%s: argv first element cannot be empty", function);
        goto done;
    }
    envp = ks_exec_envp(call.env);
    if (envp == NULL)
        goto done;
    if (call.file_actions != NULL && call.file_actions != Py_None) {
        keep = PyList_New(0);
        if (keep == NULL || !spawn_check(posix_spawn_file_actions_init(&actions)))
            goto done;
        has_actions = 1;
        if (!add_actions(call.file_actions, &actions, keep))
            goto done;
    }
    if (!spawn_check(posix_spawnattr_init(&attr)))
        goto done;
    has_attr = 1;
    if (!set_attributes(ks_posix_state(module), function, &call, &attr) ||
        PySys_Audit("os.posix_spawn", "OOO", path.object, call.argv, call.env) < 0)
        goto done;
    pid_t pid;
    int error = (search ? posix_spawnp : posix_spawn)(&pid, path.text,
                                                      has_actions ? &actions : NULL, &attr, argv,
                                                      envp);
    if (error != 0) {
        errno = error;
        ks_path_error(&path);
    }
    else
        result = PyLong_FromLong(pid);
done:
    if (has_actions)
        posix_spawn_file_actions_destroy(&actions);
    if (has_attr)
        posix_spawnattr_destroy(&attr);
    ks_exec_free(argv);
    ks_exec_free(envp);
    return result;
}

static PyObject *
spawn_by_path(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return spawn(module, "posix_spawn", 0, args, nargs, kwnames);
}

static PyObject *
spawn_by_name(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return spawn(module, "posix_spawnp", 1, args, nargs, kwnames);
}

PyMethodDef ks_spawn_methods[] = {
    METHOD("posix_spawn", spawn_by_path, METH_FASTCALL | METH_KEYWORDS,
           "($module, path, argv, env, /, *, file_actions=(),\n"
           "            setpgroup=<unrepresentable>, resetids=False, setsid=False,\n"
           "            setsigmask=(), setsigdef=(), scheduler=<unrepresentable>)",
           "Run the program at path in a new process; returns its pid."),
    METHOD("posix_spawnp", spawn_by_name, METH_FASTCALL | METH_KEYWORDS,
           "($module, path, argv, env, /, *, file_actions=(),\n"
           "             setpgroup=<unrepresentable>, resetids=False, setsid=False,\n"
           "             setsigmask=(), setsigdef=(), scheduler=<unrepresentable>)",
           "Run a program that is found through PATH in a new process; returns its pid."),
    {NULL, NULL, 0, NULL},
};
