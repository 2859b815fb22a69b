/* SPDX-License-Identifier: MIT */
/* The scheduler: policies, priorities, and the processors that a process may run on. */
#define _GNU_SOURCE
#include "ks_posix.h"

#include <errno.h>
#include <sched.h>

/* --- sched_param --------------------------------------------------------------------------------------- */

static PyStructSequence_Field param_fields[] = {
    {"sched_priority", "the scheduling priority"},
    {NULL, NULL},
};

static PyStructSequence_Desc param_desc = {
    "posix.sched_param", "sched_param(sched_priority)\n--\n\nScheduling parameters.", param_fields, 1};

typedef struct Call {
    PyObject *sched_priority;
    int policy;
} Call;

/* Called with the priority itself, not with a sequence. */
static PyObject *
sched_param_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static const KsParam params[] = {PARAM(Call, sched_priority, ARG_OBJECT, 1), PARAM_END};
    Call call = {0};
    if (!ks_args_parse_tuple("sched_param", params, args, kwargs, &call))
        return NULL;
    PyObject *result = PyStructSequence_New(type);
    if (result != NULL)
        PyStructSequence_SET_ITEM(result, 0, Py_NewRef(call.sched_priority));
    return result;
}

int
ks_sched_param(KsPosixState *state, PyObject *arg, struct sched_param *param)
{
    if (!Py_IS_TYPE(arg, state->sched_param)) {
        PyErr_SetString(PyExc_TypeError, "must have a sched_param object");
        return 0;
    }
    long priority = PyLong_AsLong(PyStructSequence_GET_ITEM(arg, 0));
    if (priority == -1 && PyErr_Occurred())
        return 0;
    if (priority > INT_MAX || priority < INT_MIN) {
        PyErr_SetString(PyExc_OverflowError, "sched_priority out of range");
        return 0;
    }
    param->sched_priority = (int)priority;
    return 1;
}

/* --- Policies --------------------------------------------------------------------------------------------- */

static const KsParam policy_params[] = {PARAM(Call, policy, ARG_INT, 1), PARAM_END};

static PyObject *
priority_limit(const char *function, int (*limit)(int), PyObject *const *args, Py_ssize_t nargs,
               PyObject *kwnames)
{
    Call call = {0};
    if (!ks_args_parse(function, policy_params, args, nargs, kwnames, &call))
        return NULL;
    int value = limit(call.policy);
    return value == -1 ? ks_posix_error() : PyLong_FromLong(value);
}

static PyObject *
posix_sched_get_priority_max(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                             PyObject *kwnames)
{
    return priority_limit("sched_get_priority_max", sched_get_priority_max, args, nargs, kwnames);
}

static PyObject *
posix_sched_get_priority_min(PyObject *module, PyObject *const *args, Py_ssize_t nargs,
                             PyObject *kwnames)
{
    return priority_limit("sched_get_priority_min", sched_get_priority_min, args, nargs, kwnames);
}

static PyObject *
posix_sched_getscheduler(PyObject *module, PyObject *arg)
{
    pid_t pid;
    if (!ks_arg_pid(arg, &pid))
        return NULL;
    int policy = sched_getscheduler(pid);
    return policy < 0 ? ks_posix_error() : PyLong_FromLong(policy);
}

static PyObject *
posix_sched_setscheduler(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    pid_t pid;
    int policy;
    struct sched_param param;
    if (!ks_args_count("sched_setscheduler", nargs, 3, 3) || !ks_arg_pid(args[0], &pid) ||
        !ks_arg_int(args[1], &policy) || !ks_sched_param(ks_posix_state(module), args[2], &param))
        return NULL;
    return ks_posix_done(sched_setscheduler(pid, policy, &param));
}

static PyObject *
posix_sched_getparam(PyObject *module, PyObject *arg)
{
    pid_t pid;
    struct sched_param param;
    if (!ks_arg_pid(arg, &pid))
        return NULL;
    if (sched_getparam(pid, &param) != 0)
        return ks_posix_error();
    PyObject *priority = PyLong_FromLong(param.sched_priority);
    if (priority == NULL)
        return NULL;
    PyObject *result = PyStructSequence_New(ks_posix_state(module)->sched_param);
    if (result == NULL)
        Py_DECREF(priority);
    else
        PyStructSequence_SET_ITEM(result, 0, priority);
    return result;
}

static PyObject *
posix_sched_setparam(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    pid_t pid;
    struct sched_param param;
    if (!ks_args_count("sched_setparam", nargs, 2, 2) || !ks_arg_pid(args[0], &pid) ||
        !ks_sched_param(ks_posix_state(module), args[1], &param))
        return NULL;
    return ks_posix_done(sched_setparam(pid, &param));
}

static PyObject *
posix_sched_rr_get_interval(PyObject *module, PyObject *arg)
{
    pid_t pid;
    struct timespec interval;
    if (!ks_arg_pid(arg, &pid))
        return NULL;
    if (sched_rr_get_interval(pid, &interval) != 0)
        return ks_posix_error();
    return PyFloat_FromDouble((double)interval.tv_sec + 1e-9 * (double)interval.tv_nsec);
}

static PyObject *
posix_sched_yield(PyObject *module, PyObject *unused)
{
    int result;
    Py_BEGIN_ALLOW_THREADS
    result = sched_yield();
    Py_END_ALLOW_THREADS
    return ks_posix_done(result);
}

/* --- Processors ------------------------------------------------------------------------------------------- */

/* Room for at least count processors, all bits off; NULL with MemoryError. */
static cpu_set_t *
cpus_new(int count, size_t *bytes)
{
    cpu_set_t *set = CPU_ALLOC((size_t)count);
    if (set == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    *bytes = CPU_ALLOC_SIZE((size_t)count);
    CPU_ZERO_S(*bytes, set);
    return set;
}

enum { FIRST_CPUS = 64 };

/* The number of an item; -1 with an exception. */
static long
cpu_number(PyObject *item)
{
    if (!PyLong_Check(item)) {
        PyErr_Format(PyExc_TypeError,
                     "expected an iterator of ints, but iterator yielded %R", Py_TYPE(item));
        return -1;
    }
    long cpu = PyLong_AsLong(item);
    if (cpu < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "negative CPU number");
        return -1;
    }
    if (cpu > INT_MAX - 1) {
        PyErr_SetString(PyExc_OverflowError, "CPU number too large");
        return -1;
    }
    return cpu;
}

static PyObject *
posix_sched_setaffinity(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    pid_t pid;
    if (!ks_args_count("sched_setaffinity", nargs, 2, 2) || !ks_arg_pid(args[0], &pid))
        return NULL;
    KS_OWNED PyObject *iterator = PyObject_GetIter(args[1]);
    if (iterator == NULL)
        return NULL;
    int room = FIRST_CPUS;
    size_t bytes;
    cpu_set_t *set = cpus_new(room, &bytes);
    if (set == NULL)
        return NULL;
    PyObject *result = NULL;
    for (;;) {
        KS_OWNED PyObject *item = PyIter_Next(iterator);
        if (item == NULL)
            break;
        long cpu = cpu_number(item);
        if (cpu < 0)
            goto done;
        if (cpu >= room) {
            int wanted = room;
            while (wanted <= cpu)
                wanted = wanted > INT_MAX / 2 ? INT_MAX : wanted * 2;
            size_t wanted_bytes;
            cpu_set_t *bigger = cpus_new(wanted, &wanted_bytes);
            if (bigger == NULL)
                goto done;
            memcpy(bigger, set, bytes);
            CPU_FREE(set);
            set = bigger;
            room = wanted;
            bytes = wanted_bytes;
        }
        CPU_SET_S((size_t)cpu, bytes, set);
    }
    if (!PyErr_Occurred())
        result = ks_posix_done(sched_setaffinity(pid, bytes, set));
done:
    CPU_FREE(set);
    return result;
}

static PyObject *
set_of_cpus(const cpu_set_t *cpus, size_t bytes)
{
    KS_OWNED PyObject *set = PySet_New(NULL);
    if (set == NULL)
        return NULL;
    int left = CPU_COUNT_S(bytes, cpus);
    for (size_t cpu = 0; left > 0; cpu++) {
        if (!CPU_ISSET_S(cpu, bytes, cpus))
            continue;
        left--;
        KS_OWNED PyObject *number = PyLong_FromSize_t(cpu);
        if (number == NULL || PySet_Add(set, number) < 0)
            return NULL;
    }
    return ks_give(&set);
}

static PyObject *
posix_sched_getaffinity(PyObject *module, PyObject *arg)
{
    pid_t pid;
    if (!ks_arg_pid(arg, &pid))
        return NULL;
    for (int room = FIRST_CPUS;; room *= 2) {
        size_t bytes;
        cpu_set_t *set = cpus_new(room, &bytes);
        if (set == NULL)
            return NULL;
        if (sched_getaffinity(pid, bytes, set) == 0) {
            PyObject *result = set_of_cpus(set, bytes);
            CPU_FREE(set);
            return result;
        }
        CPU_FREE(set);
        /* EINVAL: the kernel knows more processors than fit. */
        if (errno != EINVAL || room > INT_MAX / 2)
            return ks_posix_error();
    }
}

PyMethodDef ks_sched_methods[] = {
    METHOD("sched_get_priority_max", posix_sched_get_priority_max, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, policy)", "The highest priority of a policy."),
    METHOD("sched_get_priority_min", posix_sched_get_priority_min, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, policy)", "The lowest priority of a policy."),
    METHOD("sched_getscheduler", posix_sched_getscheduler, METH_O, "($module, pid, /)",
           "The policy of a process; 0 stands for this one."),
    METHOD("sched_setscheduler", posix_sched_setscheduler, METH_FASTCALL,
           "($module, pid, policy, param, /)", "Set the policy of a process."),
    METHOD("sched_getparam", posix_sched_getparam, METH_O, "($module, pid, /)",
           "The scheduling parameters of a process."),
    METHOD("sched_setparam", posix_sched_setparam, METH_FASTCALL, "($module, pid, param, /)",
           "Set the scheduling parameters of a process."),
    METHOD("sched_rr_get_interval", posix_sched_rr_get_interval, METH_O, "($module, pid, /)",
           "The round robin time slice of a process, in seconds."),
    METHOD("sched_yield", posix_sched_yield, METH_NOARGS, "($module, /)",
           "Let another process have the processor."),
    METHOD("sched_setaffinity", posix_sched_setaffinity, METH_FASTCALL, "($module, pid, mask, /)",
           "Set the processors that a process may run on."),
    METHOD("sched_getaffinity", posix_sched_getaffinity, METH_O, "($module, pid, /)",
           "The processors that a process may run on."),
    {NULL, NULL, 0, NULL},
};

int
ks_sched_set_up(PyObject *module, KsPosixState *state)
{
    state->sched_param = ks_posix_structseq(module, &param_desc);
    if (state->sched_param == NULL)
        return -1;
    state->sched_param->tp_new = sched_param_new;
    return 0;
}
