/* SPDX-License-Identifier: MIT */
/* _signal: Python functions as signal handlers, and the runtime's own signal handling.
 *
 * The C handler only notes the number, wakes the evaluator and writes to the wake-up descriptor; it
 * touches nothing else, because it may interrupt anything. Python handlers run later, in the main
 * thread of the main interpreter, from PyErr_CheckSignals(). handlers[] below is read by the C
 * handler: `tripped` is atomic, the rest belongs to the GIL. */
#include "Python.h"
#include "pycore_atomic.h"
#include "pycore_call.h"
#include "pycore_ceval.h"
#include "pycore_fileutils.h"
#include "pycore_frame.h"
#include "pycore_initconfig.h"
#include "pycore_moduleobject.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pystate.h"
#include "pycore_signal.h"
#include "ks_args.h"
#include "ks_base.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

static struct {
    _Py_atomic_int tripped;
    PyObject *func; /* SIG_DFL and SIG_IGN as ints, None for a handler not ours, or a callable */
} handlers[Py_NSIG];

static _Py_atomic_int any_tripped;
static PyObject *default_action, *ignore_action, *int_handler;
static volatile struct {
    int fd;
    int warn_on_full_buffer;
} wakeup = {-1, 1};

typedef struct SignalModuleState {
    PyObject *itimer_error;
    PyTypeObject *siginfo_type;
} SignalModuleState;

static SignalModuleState *
module_state(PyObject *module)
{
    return _PyModule_GetState(module);
}

/* ---- arrival ---- */

static int
report_wakeup_error(void *data)
{
    int saved = errno;
    errno = (int)(intptr_t)data;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_SetFromErrno(PyExc_OSError);
    _PyErr_WriteUnraisableMsg("when trying to write to the signal wakeup fd", NULL);
    PyErr_Restore(type, value, traceback);
    errno = saved;
    return 0;
}

static void
trip(int signum)
{
    _Py_atomic_store_relaxed(&handlers[signum].tripped, 1);
    /* Set after the single flag: who sees this one finds that one. */
    _Py_atomic_store(&any_tripped, 1);
    PyInterpreterState *interp = _PyInterpreterState_Main();
    _PyEval_SignalReceived(interp);
    int fd = wakeup.fd;
    if (fd == -1)
        return;
    unsigned char byte = (unsigned char)signum;
    if (_Py_write_noraise(fd, &byte, 1) < 0) {
        int full = errno == EAGAIN || errno == EWOULDBLOCK;
        if (wakeup.warn_on_full_buffer || !full)
            _PyEval_AddPendingCall(interp, report_wakeup_error, (void *)(intptr_t)errno);
    }
}

static void
c_handler(int signum)
{
    int saved = errno;
    trip(signum);
    errno = saved;
}

/* ---- delivery ---- */

static int
is_tripped(void)
{
    return _Py_atomic_load(&any_tripped) != 0;
}

/* Calls the handlers of all signals that arrived. 0, or -1 as soon as one raises: the others stay
 * noted and are called next time. */
int
_PyErr_CheckSignalsTstate(PyThreadState *tstate)
{
    if (!is_tripped())
        return 0;
    _Py_atomic_store(&any_tripped, 0);
    _PyInterpreterFrame *frame = tstate->cframe->current_frame;
    while (frame != NULL && _PyFrame_IsIncomplete(frame))
        frame = frame->previous;
    for (int signum = 1; signum < Py_NSIG; signum++) {
        if (!_Py_atomic_load_relaxed(&handlers[signum].tripped))
            continue;
        _Py_atomic_store_relaxed(&handlers[signum].tripped, 0);
        PyObject *func = handlers[signum].func;
        if (func == NULL || func == Py_None || func == ignore_action || func == default_action) {
            /* The handler was taken away between arrival and now. */
            if (func != NULL && func != Py_None)
                PyErr_Format(PyExc_OSError, "Signal %i ignored due to race condition", signum);
            if (PyErr_Occurred())
                PyErr_WriteUnraisable(Py_None);
            continue;
        }
        KS_OWNED PyObject *kept = Py_NewRef(func);
        KS_OWNED PyObject *frame_object =
            frame == NULL ? Py_NewRef(Py_None) : Py_XNewRef((PyObject *)_PyFrame_GetFrameObject(frame));
        KS_OWNED PyObject *number = PyLong_FromLong(signum);
        PyObject *args[] = {number, frame_object};
        PyObject *result = number == NULL || frame_object == NULL ? NULL
                                                                  : PyObject_Vectorcall(kept, args, 2, NULL);
        if (result == NULL) {
            _Py_atomic_store(&any_tripped, 1);
            return -1;
        }
        Py_DECREF(result);
    }
    return 0;
}

int
_PyErr_CheckSignals(void)
{
    return _PyErr_CheckSignalsTstate(_PyThreadState_GET());
}

int
PyErr_CheckSignals(void)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (!_Py_ThreadCanHandleSignals(tstate->interp))
        return 0;
    return _PyErr_CheckSignalsTstate(tstate);
}

/* As if the signal had arrived; callable without the GIL. 0, or -1 for a bad number. */
int
PyErr_SetInterruptEx(int signum)
{
    if (signum < 1 || signum >= Py_NSIG)
        return -1;
    PyObject *func = handlers[signum].func;
    if (func != ignore_action && func != default_action)
        trip(signum);
    return 0;
}

void
PyErr_SetInterrupt(void)
{
    (void)PyErr_SetInterruptEx(SIGINT);
}

int
_PyOS_InterruptOccurred(PyThreadState *tstate)
{
    if (!_Py_ThreadCanHandleSignals(tstate->interp) || !_Py_atomic_load_relaxed(&handlers[SIGINT].tripped))
        return 0;
    _Py_atomic_store_relaxed(&handlers[SIGINT].tripped, 0);
    return 1;
}

int
PyOS_InterruptOccurred(void)
{
    PyThreadState *tstate = _PyThreadState_GET();
    _Py_EnsureTstateNotNULL(tstate);
    return _PyOS_InterruptOccurred(tstate);
}

int
_PyOS_IsMainThread(void)
{
    return _Py_ThreadCanHandleSignals(_PyInterpreterState_GET());
}

/* Signals that the parent received are not the child's. */
void
_PySignal_AfterFork(void)
{
    if (!_Py_atomic_load(&any_tripped))
        return;
    _Py_atomic_store(&any_tripped, 0);
    for (int signum = 1; signum < Py_NSIG; signum++)
        _Py_atomic_store_relaxed(&handlers[signum].tripped, 0);
}

int
PySignal_SetWakeupFd(int fd)
{
    int old = wakeup.fd;
    wakeup.fd = fd < 0 ? -1 : fd;
    return old;
}

/* ---- setting handlers ---- */

static int
signal_number(PyObject *arg, int *signum)
{
    if (!ks_arg_int(arg, signum))
        return 0;
    if (*signum < 1 || *signum >= Py_NSIG) {
        PyErr_SetString(PyExc_ValueError, "signal number out of range");
        return 0;
    }
    return 1;
}

static PyObject *
signal_default_int_handler(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("default_int_handler", nargs, 2, 2))
        return NULL;
    PyErr_SetNone(PyExc_KeyboardInterrupt);
    return NULL;
}

/* Actions compare by value: signal.SIG_DFL may come as an enum member. */
static int
is_action(PyObject *handler, PyObject *action)
{
    return PyObject_RichCompareBool(handler, action, Py_EQ);
}

static PyObject *
signal_signal(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int signum;
    if (!ks_args_count("signal", nargs, 2, 2) || !ks_arg_int(args[0], &signum))
        return NULL;
    PyThreadState *tstate = _PyThreadState_GET();
    if (!_Py_ThreadCanHandleSignals(tstate->interp)) {
        _PyErr_SetString(tstate, PyExc_ValueError,
                         "signal only works in main thread of the main interpreter");
        return NULL;
    }
    if (signum < 1 || signum >= Py_NSIG) {
        _PyErr_SetString(tstate, PyExc_ValueError, "signal number out of range");
        return NULL;
    }
    PyObject *handler = args[1];
    void (*function)(int) = c_handler;
    if (!PyCallable_Check(handler)) {
        int is_ignore = is_action(handler, ignore_action);
        int is_default = is_ignore == 0 ? is_action(handler, default_action) : 0;
        if (is_ignore < 0 || is_default < 0)
            return NULL;
        if (!is_ignore && !is_default) {
            _PyErr_SetString(tstate, PyExc_TypeError,
                             "signal handler must be signal.SIG_IGN, signal.SIG_DFL, "
                             "or a callable object");
            return NULL;
        }
        function = is_ignore ? SIG_IGN : SIG_DFL;
        handler = is_ignore ? ignore_action : default_action;
    }
    /* What arrived under the old handler is its. */
    if (_PyErr_CheckSignalsTstate(tstate))
        return NULL;
    if (PyOS_setsig(signum, function) == SIG_ERR) {
        PyErr_SetFromErrno(PyExc_OSError);
        return NULL;
    }
    PyObject *old = handlers[signum].func;
    handlers[signum].func = Py_NewRef(handler);
    return old != NULL ? old : Py_NewRef(Py_None);
}

static PyObject *
signal_getsignal(PyObject *module, PyObject *arg)
{
    int signum;
    if (!signal_number(arg, &signum))
        return NULL;
    PyObject *func = handlers[signum].func;
    return Py_NewRef(func != NULL ? func : Py_None);
}

static PyObject *
signal_siginterrupt(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int signum, flag;
    if (!ks_args_count("siginterrupt", nargs, 2, 2) || !signal_number(args[0], &signum)
        || !ks_arg_int(args[1], &flag))
        return NULL;
    struct sigaction action;
    int failed = sigaction(signum, NULL, &action);
    if (flag)
        action.sa_flags &= ~SA_RESTART;
    else
        action.sa_flags |= SA_RESTART;
    if (failed || sigaction(signum, &action, NULL) < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

typedef struct WakeupArgs {
    int fd, warn_on_full_buffer;
} WakeupArgs;

static const KsParam wakeup_params[] = {
    PARAM_POS(WakeupArgs, fd, ARG_INT, 1),
    PARAM_KWONLY(WakeupArgs, warn_on_full_buffer, ARG_BOOL, 0),
    PARAM_END,
};

static PyObject *
signal_set_wakeup_fd(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    WakeupArgs in = {-1, 1};
    if (!ks_args_parse("set_wakeup_fd", wakeup_params, args, nargs, kwnames, &in))
        return NULL;
    PyThreadState *tstate = _PyThreadState_GET();
    if (!_Py_ThreadCanHandleSignals(tstate->interp)) {
        _PyErr_SetString(tstate, PyExc_ValueError,
                         "set_wakeup_fd only works in main thread of the main interpreter");
        return NULL;
    }
    if (in.fd != -1) {
        struct _Py_stat_struct status;
        if (_Py_fstat(in.fd, &status) != 0)
            return NULL;
        int blocking = _Py_get_blocking(in.fd);
        if (blocking < 0)
            return NULL;
        if (blocking) {
            _PyErr_Format(tstate, PyExc_ValueError, "the fd %i must be in non-blocking mode", in.fd);
            return NULL;
        }
    }
    int old = wakeup.fd;
    wakeup.fd = in.fd;
    wakeup.warn_on_full_buffer = in.warn_on_full_buffer;
    return PyLong_FromLong(old);
}

/* ---- sending and waiting ---- */

static PyObject *
signal_alarm(PyObject *module, PyObject *arg)
{
    int seconds;
    if (!ks_arg_int(arg, &seconds))
        return NULL;
    return PyLong_FromLong((long)alarm((unsigned)seconds));
}

static PyObject *
signal_pause(PyObject *module, PyObject *unused)
{
    Py_BEGIN_ALLOW_THREADS
    (void)pause();
    Py_END_ALLOW_THREADS
    if (PyErr_CheckSignals())
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
signal_raise_signal(PyObject *module, PyObject *arg)
{
    int signum, failed;
    if (!ks_arg_int(arg, &signum))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    failed = raise(signum);
    Py_END_ALLOW_THREADS
    if (failed)
        return PyErr_SetFromErrno(PyExc_OSError);
    /* The signal may have been for this very thread: deliver it before going on. */
    if (PyErr_CheckSignals())
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
signal_strsignal(PyObject *module, PyObject *arg)
{
    int signum;
    if (!signal_number(arg, &signum))
        return NULL;
    errno = 0;
    const char *text = strsignal(signum);
    if (errno != 0 || text == NULL || strstr(text, "Unknown signal") != NULL)
        Py_RETURN_NONE;
    return PyUnicode_FromString(text);
}

static PyObject *
signal_pthread_kill(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int signum;
    if (!ks_args_count("pthread_kill", nargs, 2, 2))
        return NULL;
    if (!PyLong_Check(args[0])) {
        PyErr_Format(PyExc_TypeError, "an integer is required (got type %.200s)", Py_TYPE(args[0])->tp_name);
        return NULL;
    }
    unsigned long thread = PyLong_AsUnsignedLongMask(args[0]);
    if ((thread == (unsigned long)-1 && PyErr_Occurred()) || !ks_arg_int(args[1], &signum)
        || PySys_Audit("signal.pthread_kill", "ki", thread, signum) < 0)
        return NULL;
    int error = pthread_kill((pthread_t)thread, signum);
    if (error != 0) {
        errno = error;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    if (PyErr_CheckSignals())
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
signal_pidfd_send_signal(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int pidfd, signum, flags = 0;
    if (!ks_args_count("pidfd_send_signal", nargs, 2, 4) || !ks_arg_int(args[0], &pidfd)
        || !ks_arg_int(args[1], &signum) || (nargs > 3 && !ks_arg_int(args[3], &flags)))
        return NULL;
    if (nargs > 2 && args[2] != Py_None) {
        PyErr_SetString(PyExc_TypeError, "siginfo must be None");
        return NULL;
    }
    if (syscall(SYS_pidfd_send_signal, pidfd, signum, NULL, flags) < 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

/* ---- sets of signals ---- */

static int
sigset_from(PyObject *iterable, sigset_t *set)
{
    sigemptyset(set);
    KS_OWNED PyObject *it = PyObject_GetIter(iterable);
    if (it == NULL)
        return 0;
    for (PyObject *item; (item = PyIter_Next(it)) != NULL;) {
        int overflow;
        long signum = PyLong_AsLongAndOverflow(item, &overflow);
        Py_DECREF(item);
        if (signum <= 0 || signum >= Py_NSIG) {
            if (overflow || !PyErr_Occurred())
                PyErr_Format(PyExc_ValueError, "signal number %ld out of range [1; %i]", signum, Py_NSIG - 1);
            return 0;
        }
        /* The numbers that the C library keeps for itself are not in any set; nothing is lost. */
        (void)sigaddset(set, (int)signum);
    }
    return !PyErr_Occurred();
}

/* For "O&" of other modules; 1 or 0 with an exception. */
PyAPI_FUNC(int) _Py_Sigset_Converter(PyObject *, void *);

int
_Py_Sigset_Converter(PyObject *iterable, void *set)
{
    return sigset_from(iterable, set);
}

static PyObject *
sigset_to(const sigset_t *set)
{
    KS_OWNED PyObject *result = PySet_New(NULL);
    for (int signum = 1; result != NULL && signum < Py_NSIG; signum++) {
        if (sigismember(set, signum) != 1)
            continue;
        KS_OWNED PyObject *number = PyLong_FromLong(signum);
        if (number == NULL || PySet_Add(result, number) < 0)
            return NULL;
    }
    return ks_give(&result);
}

static PyObject *
signal_pthread_sigmask(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int how;
    sigset_t mask, previous;
    if (!ks_args_count("pthread_sigmask", nargs, 2, 2) || !ks_arg_int(args[0], &how)
        || !sigset_from(args[1], &mask))
        return NULL;
    int error = pthread_sigmask(how, &mask, &previous);
    if (error != 0) {
        errno = error;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    /* Unblocking lets pending ones through. */
    if (PyErr_CheckSignals())
        return NULL;
    return sigset_to(&previous);
}

static PyObject *
signal_sigpending(PyObject *module, PyObject *unused)
{
    sigset_t set;
    if (sigpending(&set) != 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    return sigset_to(&set);
}

static PyObject *
signal_valid_signals(PyObject *module, PyObject *unused)
{
    sigset_t set;
    if (sigfillset(&set) != 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    return sigset_to(&set);
}

static PyObject *
signal_sigwait(PyObject *module, PyObject *sigset)
{
    sigset_t set;
    int signum, error;
    if (!sigset_from(sigset, &set))
        return NULL;
    Py_BEGIN_ALLOW_THREADS
    error = sigwait(&set, &signum);
    Py_END_ALLOW_THREADS
    if (error != 0) {
        errno = error;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    return PyLong_FromLong(signum);
}

static PyObject *
siginfo_object(SignalModuleState *state, const siginfo_t *info)
{
    KS_OWNED PyObject *result = PyStructSequence_New(state->siginfo_type);
    if (result == NULL)
        return NULL;
    PyObject *values[] = {
        PyLong_FromLong(info->si_signo), PyLong_FromLong(info->si_code), PyLong_FromLong(info->si_errno),
        PyLong_FromPid(info->si_pid),    PyLong_FromUnsignedLong(info->si_uid),  PyLong_FromLong(info->si_status),
        PyLong_FromLong(info->si_band),
    };
    int complete = 1;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(values); i++) {
        PyStructSequence_SET_ITEM(result, i, values[i]);
        complete = complete && values[i] != NULL;
    }
    return complete ? ks_give(&result) : NULL;
}

static PyObject *
signal_sigwaitinfo(PyObject *module, PyObject *sigset)
{
    sigset_t set;
    siginfo_t info;
    int error, raised = 0;
    if (!sigset_from(sigset, &set))
        return NULL;
    do {
        Py_BEGIN_ALLOW_THREADS
        error = sigwaitinfo(&set, &info);
        Py_END_ALLOW_THREADS
    } while (error == -1 && errno == EINTR && !(raised = PyErr_CheckSignals()));
    if (error == -1)
        return raised ? NULL : PyErr_SetFromErrno(PyExc_OSError);
    return siginfo_object(module_state(module), &info);
}

static PyObject *
signal_sigtimedwait(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    sigset_t set;
    siginfo_t info;
    _PyTime_t timeout;
    if (!ks_args_count("sigtimedwait", nargs, 2, 2) || !sigset_from(args[0], &set)
        || _PyTime_FromSecondsObject(&timeout, args[1], _PyTime_ROUND_CEILING) < 0)
        return NULL;
    if (timeout < 0) {
        PyErr_SetString(PyExc_ValueError, "timeout must be non-negative");
        return NULL;
    }
    _PyTime_t deadline = _PyDeadline_Init(timeout);
    for (;;) {
        struct timespec wait;
        int result;
        _PyTime_AsTimespec_clamp(timeout, &wait);
        Py_BEGIN_ALLOW_THREADS
        result = sigtimedwait(&set, &info, &wait);
        Py_END_ALLOW_THREADS
        if (result != -1)
            return siginfo_object(module_state(module), &info);
        if (errno == EAGAIN)
            Py_RETURN_NONE;
        if (errno != EINTR)
            return PyErr_SetFromErrno(PyExc_OSError);
        if (PyErr_CheckSignals())
            return NULL;
        timeout = _PyDeadline_Get(deadline);
        if (timeout < 0)
            Py_RETURN_NONE;
    }
}

/* ---- timers ---- */

static int
to_timeval(PyObject *number, struct timeval *tv)
{
    if (number == NULL) {
        *tv = (struct timeval){0};
        return 1;
    }
    _PyTime_t t;
    return _PyTime_FromSecondsObject(&t, number, _PyTime_ROUND_CEILING) == 0
           && _PyTime_AsTimeval(t, tv, _PyTime_ROUND_CEILING) == 0;
}

static PyObject *
timer_pair(const struct itimerval *timer)
{
    return Py_BuildValue("dd", (double)timer->it_value.tv_sec + (double)timer->it_value.tv_usec / 1e6,
                         (double)timer->it_interval.tv_sec + (double)timer->it_interval.tv_usec / 1e6);
}

static PyObject *
signal_setitimer(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    int which;
    struct itimerval timer, old;
    if (!ks_args_count("setitimer", nargs, 2, 3) || !ks_arg_int(args[0], &which)
        || !to_timeval(args[1], &timer.it_value)
        || !to_timeval(nargs > 2 ? args[2] : NULL, &timer.it_interval))
        return NULL;
    if (setitimer((__itimer_which_t)which, &timer, &old) != 0)
        return PyErr_SetFromErrno(module_state(module)->itimer_error);
    return timer_pair(&old);
}

static PyObject *
signal_getitimer(PyObject *module, PyObject *arg)
{
    int which;
    struct itimerval timer;
    if (!ks_arg_int(arg, &which))
        return NULL;
    if (getitimer((__itimer_which_t)which, &timer) != 0)
        return PyErr_SetFromErrno(module_state(module)->itimer_error);
    return timer_pair(&timer);
}

/* ---- the module ---- */

static PyMethodDef signal_methods[] = {
    METHOD("default_int_handler", signal_default_int_handler, METH_FASTCALL, "($module, signalnum, frame, /)",
           "Raise KeyboardInterrupt: what SIGINT does by default."),
    METHOD("alarm", signal_alarm, METH_O, "($module, seconds, /)",
           "Have SIGALRM sent after some seconds; what was left of the last alarm."),
    METHOD("setitimer", signal_setitimer, METH_FASTCALL, "($module, which, seconds, interval=0.0, /)",
           "Set a timer; what it was set to."),
    METHOD("getitimer", signal_getitimer, METH_O, "($module, which, /)", "What a timer is set to."),
    METHOD("signal", signal_signal, METH_FASTCALL, "($module, signalnum, handler, /)",
           "Set what happens at a signal: SIG_DFL, SIG_IGN or a function of (signalnum, frame).\n\n"
           "Answers what was set before. Works in the main thread only."),
    METHOD("raise_signal", signal_raise_signal, METH_O, "($module, signalnum, /)",
           "Send a signal to this process."),
    METHOD("strsignal", signal_strsignal, METH_O, "($module, signalnum, /)",
           "The system's description of a signal, None without one."),
    METHOD("getsignal", signal_getsignal, METH_O, "($module, signalnum, /)",
           "What happens at a signal; None for a handler that Python did not set."),
    METHOD_PLAIN("set_wakeup_fd", signal_set_wakeup_fd, METH_FASTCALL | METH_KEYWORDS,
                 "set_wakeup_fd(fd, *, warn_on_full_buffer=True) -> fd\n\n"
                 "Have the signal's number written to a descriptor when one arrives; -1 for none."),
    METHOD("siginterrupt", signal_siginterrupt, METH_FASTCALL, "($module, signalnum, flag, /)",
           "Set whether a signal interrupts system calls."),
    METHOD("pause", signal_pause, METH_NOARGS, "($module, /)", "Wait for a signal."),
    METHOD("pidfd_send_signal", signal_pidfd_send_signal, METH_FASTCALL,
           "($module, pidfd, signalnum, siginfo=None, flags=0, /)",
           "Send a signal to the process that a descriptor stands for."),
    METHOD("pthread_kill", signal_pthread_kill, METH_FASTCALL, "($module, thread_id, signalnum, /)",
           "Send a signal to a thread."),
    METHOD("pthread_sigmask", signal_pthread_sigmask, METH_FASTCALL, "($module, how, mask, /)",
           "Change which signals are blocked in this thread; which were."),
    METHOD("sigpending", signal_sigpending, METH_NOARGS, "($module, /)",
           "The signals that wait to be unblocked."),
    METHOD("sigwait", signal_sigwait, METH_O, "($module, sigset, /)",
           "Wait for one of the signals and take it."),
    METHOD("sigwaitinfo", signal_sigwaitinfo, METH_O, "($module, sigset, /)",
           "Wait for one of the signals; a struct_siginfo about it."),
    METHOD("sigtimedwait", signal_sigtimedwait, METH_FASTCALL, "($module, sigset, timeout, /)",
           "Like sigwaitinfo(), None after the timeout."),
    METHOD("valid_signals", signal_valid_signals, METH_NOARGS, "($module, /)",
           "The signals of this platform."),
    {NULL, NULL, 0, NULL},
};

static PyStructSequence_Field siginfo_fields[] = {
    {"si_signo", "signal number"}, {"si_code", "signal code"},  {"si_errno", "error number"},
    {"si_pid", "sending process"}, {"si_uid", "its real user"}, {"si_status", "exit value or signal"},
    {"si_band", "band event"},     {NULL, NULL},
};

static PyStructSequence_Desc siginfo_desc = {
    .name = "signal.struct_siginfo",
    .doc = "struct_siginfo: what sigwaitinfo() and sigtimedwait() tell about a signal.",
    .fields = siginfo_fields,
    .n_in_sequence = 7,
};

static const struct {
    const char *name;
    int value;
} signal_numbers[] = {
#define SIGNAL(name) {#name, name},
    SIGNAL(SIG_BLOCK) SIGNAL(SIG_UNBLOCK) SIGNAL(SIG_SETMASK) SIGNAL(SIGHUP) SIGNAL(SIGINT)
    SIGNAL(SIGQUIT) SIGNAL(SIGILL) SIGNAL(SIGTRAP) SIGNAL(SIGIOT) SIGNAL(SIGABRT) SIGNAL(SIGFPE)
    SIGNAL(SIGKILL) SIGNAL(SIGBUS) SIGNAL(SIGSEGV) SIGNAL(SIGSYS) SIGNAL(SIGPIPE) SIGNAL(SIGALRM)
    SIGNAL(SIGTERM) SIGNAL(SIGUSR1) SIGNAL(SIGUSR2) SIGNAL(SIGCHLD) SIGNAL(SIGPWR) SIGNAL(SIGIO)
    SIGNAL(SIGURG) SIGNAL(SIGWINCH) SIGNAL(SIGPOLL) SIGNAL(SIGSTOP) SIGNAL(SIGTSTP) SIGNAL(SIGCONT)
    SIGNAL(SIGTTIN) SIGNAL(SIGTTOU) SIGNAL(SIGVTALRM) SIGNAL(SIGPROF) SIGNAL(SIGXCPU) SIGNAL(SIGXFSZ)
    SIGNAL(SIGSTKFLT) SIGNAL(ITIMER_REAL) SIGNAL(ITIMER_VIRTUAL) SIGNAL(ITIMER_PROF)
#undef SIGNAL
    {"SIGCLD", SIGCHLD},
    {"NSIG", Py_NSIG},
};

/* SIG_DFL and SIG_IGN are function pointers; as Python values they are their numbers. */
static int
actions_init(void)
{
    if (default_action != NULL)
        return 0;
    default_action = PyLong_FromVoidPtr((void *)SIG_DFL);
    ignore_action = PyLong_FromVoidPtr((void *)SIG_IGN);
    return default_action == NULL || ignore_action == NULL ? -1 : 0;
}

static int
signal_exec(PyObject *module)
{
    SignalModuleState *state = module_state(module);
    if (actions_init() < 0 || PyModule_AddObjectRef(module, "SIG_DFL", default_action) < 0
        || PyModule_AddObjectRef(module, "SIG_IGN", ignore_action) < 0
        || PyModule_AddIntConstant(module, "SIGRTMIN", SIGRTMIN) < 0
        || PyModule_AddIntConstant(module, "SIGRTMAX", SIGRTMAX) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(signal_numbers); i++) {
        if (PyModule_AddIntConstant(module, signal_numbers[i].name, signal_numbers[i].value) < 0)
            return -1;
    }
    state->itimer_error = PyErr_NewException("signal.itimer_error", PyExc_OSError, NULL);
    state->siginfo_type = PyStructSequence_NewType(&siginfo_desc);
    if (state->itimer_error == NULL || state->siginfo_type == NULL
        || PyModule_AddObjectRef(module, "ItimerError", state->itimer_error) < 0
        || PyModule_AddObjectRef(module, "struct_siginfo", (PyObject *)state->siginfo_type) < 0)
        return -1;
    if (!_Py_IsMainInterpreter(_PyInterpreterState_GET()))
        return 0;
    Py_XSETREF(int_handler, PyObject_GetAttrString(module, "default_int_handler"));
    if (int_handler == NULL)
        return -1;
    /* What the process inherited. */
    for (int signum = 1; signum < Py_NSIG; signum++) {
        if (handlers[signum].func != NULL)
            continue;
        PyOS_sighandler_t action = PyOS_getsig(signum);
        handlers[signum].func = Py_NewRef(action == SIG_DFL   ? default_action
                                          : action == SIG_IGN ? ignore_action
                                                              : Py_None);
    }
    return 0;
}

static int
signal_traverse(PyObject *module, visitproc visit, void *arg)
{
    SignalModuleState *state = module_state(module);
    Py_VISIT(state->itimer_error);
    Py_VISIT(state->siginfo_type);
    return 0;
}

static int
signal_clear(PyObject *module)
{
    SignalModuleState *state = module_state(module);
    Py_CLEAR(state->itimer_error);
    Py_CLEAR(state->siginfo_type);
    return 0;
}

static void
signal_free(void *module)
{
    signal_clear((PyObject *)module);
}

static PyModuleDef_Slot signal_slots[] = {
    {Py_mod_exec, signal_exec},
    {0, NULL},
};

static struct PyModuleDef signal_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_signal",
    .m_doc = "Signals: handlers in Python, sending, blocking and waiting.",
    .m_size = sizeof(SignalModuleState),
    .m_methods = signal_methods,
    .m_slots = signal_slots,
    .m_traverse = signal_traverse,
    .m_clear = signal_clear,
    .m_free = signal_free,
};

PyMODINIT_FUNC
PyInit__signal(void)
{
    return PyModuleDef_Init(&signal_module);
}

/* ---- start and end ---- */

/* Python's own settings: broken pipes and oversized files are errors, SIGINT is KeyboardInterrupt. */
static int
install_handlers(void)
{
    PyOS_setsig(SIGPIPE, SIG_IGN);
    PyOS_setsig(SIGXFSZ, SIG_IGN);
    PyObject *module = PyImport_ImportModule("_signal");
    if (module == NULL)
        return -1;
    Py_DECREF(module);
    if (handlers[SIGINT].func == default_action) {
        PyOS_setsig(SIGINT, c_handler);
        Py_SETREF(handlers[SIGINT].func, Py_NewRef(int_handler));
    }
    return 0;
}

int
_PySignal_Init(int install_signal_handlers)
{
    if (actions_init() < 0)
        return -1;
    for (int signum = 1; signum < Py_NSIG; signum++)
        _Py_atomic_store_relaxed(&handlers[signum].tripped, 0);
    return install_signal_handlers ? install_handlers() : 0;
}

void
_PySignal_Fini(void)
{
    for (int signum = 1; signum < Py_NSIG; signum++) {
        PyObject *func = handlers[signum].func;
        _Py_atomic_store_relaxed(&handlers[signum].tripped, 0);
        handlers[signum].func = NULL;
        if (func != NULL && func != Py_None && func != default_action && func != ignore_action)
            PyOS_setsig(signum, SIG_DFL);
        Py_XDECREF(func);
    }
    Py_CLEAR(int_handler);
    Py_CLEAR(default_action);
    Py_CLEAR(ignore_action);
}
