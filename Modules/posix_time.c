/* SPDX-License-Identifier: MIT */
/* Times of files and of the process: utime and times. */
#include "ks_posix.h"

#include <errno.h>
#include <sys/times.h>
#include <unistd.h>

typedef struct Call {
    PyObject *path, *times, *ns, *dir_fd;
    int follow_symlinks;
} Call;

/* An int of nanoseconds into seconds and the rest. */
static int
split_ns(PyObject *value, struct timespec *time)
{
    KS_OWNED PyObject *billion = PyLong_FromLong(1000000000);
    if (billion == NULL)
        return 0;
    KS_OWNED PyObject *pair = PyNumber_Divmod(value, billion);
    if (pair == NULL)
        return 0;
    if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2) {
        PyErr_Format(PyExc_TypeError, "%.200s.__divmod__() must return a 2-tuple, not %.200s",
                     Py_TYPE(value)->tp_name, Py_TYPE(pair)->tp_name);
        return 0;
    }
    time->tv_sec = _PyLong_AsTime_t(PyTuple_GET_ITEM(pair, 0));
    if (time->tv_sec == -1 && PyErr_Occurred())
        return 0;
    time->tv_nsec = PyLong_AsLong(PyTuple_GET_ITEM(pair, 1));
    return time->tv_nsec != -1 || !PyErr_Occurred();
}

/* Access and modification time out of times or ns; *place is NULL for "now". */
static int
take_times(const Call *call, struct timespec both[2], struct timespec **place)
{
    *place = both;
    if (call->times != Py_None && call->ns != NULL) {
        PyErr_SetString(PyExc_ValueError,
                        "utime: you may specify either 'times' or 'ns' but not both");
        return 0;
    }
    if (call->times != Py_None) {
        if (!PyTuple_CheckExact(call->times) || PyTuple_GET_SIZE(call->times) != 2) {
            PyErr_SetString(PyExc_TypeError,
                            "utime: 'times' must be either a tuple of two ints or None");
            return 0;
        }
        for (int i = 0; i < 2; i++) {
            time_t seconds;
            long ns;
            if (_PyTime_ObjectToTimespec(PyTuple_GET_ITEM(call->times, i), &seconds, &ns,
                                         _PyTime_ROUND_FLOOR) < 0)
                return 0;
            both[i] = (struct timespec){seconds, ns};
        }
        return 1;
    }
    if (call->ns != NULL) {
        if (!PyTuple_CheckExact(call->ns) || PyTuple_GET_SIZE(call->ns) != 2) {
            PyErr_SetString(PyExc_TypeError, "utime: 'ns' must be a tuple of two ints");
            return 0;
        }
        return split_ns(PyTuple_GET_ITEM(call->ns, 0), &both[0]) &&
               split_ns(PyTuple_GET_ITEM(call->ns, 1), &both[1]);
    }
    *place = NULL;
    return 1;
}

static PyObject *
posix_utime(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static const KsParam params[] = {
        PARAM(Call, path, ARG_OBJECT, 1), PARAM(Call, times, ARG_OBJECT, 0),
        PARAM_KWONLY(Call, ns, ARG_OBJECT, 0), PARAM_KWONLY(Call, dir_fd, ARG_OBJECT, 0),
        PARAM_KWONLY(Call, follow_symlinks, ARG_BOOL, 0), PARAM_END};
    Call call = {.times = Py_None, .follow_symlinks = 1};
    KS_PATH path = PATH_OR_FD("utime", "path");
    struct timespec both[2], *place;
    int dir_fd;
    if (!ks_args_parse("utime", params, args, nargs, kwnames, &call) ||
        !ks_path_set(&path, call.path) || !ks_dir_fd_set(call.dir_fd, &dir_fd) ||
        !take_times(&call, both, &place) || !ks_path_and_dir_fd(&path, dir_fd) ||
        !ks_dir_fd_and_fd(&path, dir_fd) || !ks_fd_and_follow(&path, call.follow_symlinks))
        return NULL;
    if (PySys_Audit("os.utime", "OOOi", path.object, call.times,
                    call.ns != NULL ? call.ns : Py_None, KS_AUDIT_DIR_FD(dir_fd)) < 0)
        return NULL;
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = path.fd != -1 ? futimens(path.fd, place)
                           : utimensat(dir_fd, path.text, place,
                                       call.follow_symlinks ? 0 : AT_SYMLINK_NOFOLLOW);
    Py_END_ALLOW_THREADS
    return ks_posix_done(result);
}

static PyStructSequence_Field times_fields[] = {
    {"user", "user time"},
    {"system", "system time"},
    {"children_user", "user time of children"},
    {"children_system", "system time of children"},
    {"elapsed", "elapsed time since an arbitrary point in the past"},
    {NULL, NULL},
};

static PyStructSequence_Desc times_desc = {
    "posix.times_result", "Times of the process, in seconds, as os.times() tells them.",
    times_fields, 5};

static PyObject *
posix_times(PyObject *module, PyObject *unused)
{
    struct tms used;
    errno = 0;
    clock_t elapsed = times(&used);
    if (elapsed == (clock_t)-1)
        return ks_posix_error();
    PyObject *result = PyStructSequence_New(ks_posix_state(module)->times_result);
    if (result == NULL)
        return NULL;
    const double ticks = (double)sysconf(_SC_CLK_TCK);
    const clock_t values[] = {used.tms_utime, used.tms_stime, used.tms_cutime, used.tms_cstime,
                              elapsed};
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(values); i++) {
        PyObject *value = PyFloat_FromDouble((double)values[i] / ticks);
        if (value == NULL) {
            Py_DECREF(result);
            return NULL;
        }
        PyStructSequence_SET_ITEM(result, i, value);
    }
    return result;
}

PyMethodDef ks_time_methods[] = {
    METHOD("utime", posix_utime, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, path, times=None, *, ns=<unrepresentable>,\n"
           "      dir_fd=None, follow_symlinks=True)",
           "Set the times of access and modification; now, when none are given."),
    METHOD("times", posix_times, METH_NOARGS, "($module, /)",
           "Processor times of the process and its children, and elapsed time."),
    {NULL, NULL, 0, NULL},
};

int
ks_time_set_up(PyObject *module, KsPosixState *state)
{
    state->times_result = ks_posix_structseq(module, &times_desc);
    return state->times_result == NULL ? -1 : 0;
}
