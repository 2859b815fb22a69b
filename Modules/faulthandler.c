/* SPDX-License-Identifier: MIT */
/* The faulthandler module: tracebacks on fatal signals, on user signals and after a timeout.
 *
 * Handlers run in the middle of anything. They use only: write(), sigaction(), the dump functions of
 * traceback_dump.c, and the structs below, which are filled before a handler is installed. They do
 * not need the GIL and do not take it. */
#define _GNU_SOURCE
#include "Python.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "pycore_fileutils.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "pycore_signal.h"
#include "pycore_sysmodule.h"
#include "pycore_traceback.h"
#include "ks_base.h"

/* Where a dump goes, and of what. */
typedef struct Target {
    PyObject *file; /* keeps fd open; NULL when a descriptor was given */
    int fd;
    int all_threads;
    PyInterpreterState *interp;
} Target;

/* --- Writing ------------------------------------------------------------------------------------------ */

static void
put_text(int fd, const char *text)
{
    (void)_Py_write_noraise(fd, text, strlen(text));
}

/* Traceback of the thread that got the signal or of all. The GIL's holder may be another thread, so
 * the thread is asked for by its own record. */
static void
dump(const Target *target)
{
    static volatile int is_running;
    if (is_running)
        return;
    is_running = 1;
    PyThreadState *tstate = PyGILState_GetThisThreadState();
    if (target->all_threads)
        (void)_Py_DumpTracebackThreads(target->fd, NULL, tstate);
    else if (tstate != NULL)
        _Py_DumpTraceback(target->fd, tstate);
    is_running = 0;
}

/* --- Fatal signals ---------------------------------------------------------------------------------------- */

typedef struct Fatal {
    int number;
    int is_installed;
    const char *name;
    struct sigaction previous;
} Fatal;

/* SIGSEGV last: with a broken alternate stack the others still work. */
static Fatal fatals[] = {
    {SIGBUS, 0, "Bus error", {}},
    {SIGILL, 0, "Illegal instruction", {}},
    {SIGFPE, 0, "Floating point exception", {}},
    {SIGABRT, 0, "Aborted", {}},
    {SIGSEGV, 0, "Segmentation fault", {}},
};

static struct {
    int is_enabled;
    Target target;
} fatal;

static stack_t alternate_stack, previous_stack;

static void
fatal_restore(Fatal *row)
{
    if (!row->is_installed)
        return;
    row->is_installed = 0;
    (void)sigaction(row->number, &row->previous, NULL);
}

static void
fatal_handler(int number)
{
    if (!fatal.is_enabled)
        return;
    int saved = errno;
    Fatal *row = NULL;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(fatals); i++) {
        if (fatals[i].number == number)
            row = &fatals[i];
    }
    /* From here on a second fault kills the process. */
    int fd = fatal.target.fd;
    if (row != NULL) {
        fatal_restore(row);
        put_text(fd, "Fatal Python error: ");
        put_text(fd, row->name);
        put_text(fd, "\n\n");
    }
    dump(&fatal.target);
    _Py_DumpExtensionModules(fd, fatal.target.interp);
    errno = saved;
    /* The previous handler gets the signal when this one returns. */
    raise(number);
}

static int
fatal_enable(void)
{
    if (fatal.is_enabled)
        return 0;
    fatal.is_enabled = 1;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(fatals); i++) {
        struct sigaction action = {.sa_handler = fatal_handler};
        sigemptyset(&action.sa_mask);
        /* Delivered again while it is being handled: what raise() is for. */
        action.sa_flags = SA_NODEFER;
        if (alternate_stack.ss_sp != NULL)
            action.sa_flags |= SA_ONSTACK;
        if (sigaction(fatals[i].number, &action, &fatals[i].previous) != 0) {
            PyErr_SetFromErrno(PyExc_RuntimeError);
            return -1;
        }
        fatals[i].is_installed = 1;
    }
    return 0;
}

static void
fatal_disable(void)
{
    if (fatal.is_enabled) {
        fatal.is_enabled = 0;
        for (Py_ssize_t i = 0; i < KS_COUNT_OF(fatals); i++)
            fatal_restore(&fatals[i]);
    }
    Py_CLEAR(fatal.target.file);
}

/* --- Arguments ---------------------------------------------------------------------------------------------- */

/* The descriptor of a file argument, *file borrowed; sys.stderr when it is absent. -1 with an
 * exception. An int stands for itself and *file becomes NULL. */
static int
file_descriptor(PyObject **file)
{
    if (*file == NULL || *file == Py_None) {
        *file = _PySys_GetAttr(_PyThreadState_GET(), &_Py_ID(stderr));
        if (*file == NULL) {
            PyErr_SetString(PyExc_RuntimeError, "unable to get sys.stderr");
            return -1;
        }
        if (*file == Py_None) {
            PyErr_SetString(PyExc_RuntimeError, "sys.stderr is None");
            return -1;
        }
    }
    else if (PyLong_Check(*file)) {
        int fd = _PyLong_AsInt(*file);
        *file = NULL;
        if (fd == -1 && PyErr_Occurred())
            return -1;
        if (fd < 0) {
            PyErr_SetString(PyExc_ValueError, "file is not a valid file descripter");
            return -1;
        }
        return fd;
    }
    KS_OWNED PyObject *number = PyObject_CallMethod(*file, "fileno", NULL);
    if (number == NULL)
        return -1;
    long fd = PyLong_Check(number) ? PyLong_AsLong(number) : -1;
    if (fd < 0 || fd > INT_MAX) {
        PyErr_SetString(PyExc_RuntimeError, "file.fileno() is not a valid file descriptor");
        return -1;
    }
    KS_OWNED PyObject *flushed = PyObject_CallMethod(*file, "flush", NULL);
    if (flushed == NULL)
        PyErr_Clear();
    return (int)fd;
}

static PyThreadState *
current_thread(void)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (tstate == NULL)
        PyErr_SetString(PyExc_RuntimeError, "unable to get the current thread state");
    return tstate;
}

/* A target out of the usual two arguments, with a reference to its file. */
static int
target_set(Target *target, PyObject *file, int all_threads)
{
    int fd = file_descriptor(&file);
    PyThreadState *tstate = fd >= 0 ? current_thread() : NULL;
    if (tstate == NULL)
        return 0;
    Py_XINCREF(file);
    Py_XSETREF(target->file, file);
    target->fd = fd;
    target->all_threads = all_threads;
    target->interp = PyThreadState_GetInterpreter(tstate);
    return 1;
}

static PyObject *
fault_enable(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"file", "all_threads", NULL};
    PyObject *file = NULL;
    int all_threads = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|Op:enable", names, &file, &all_threads) ||
        !target_set(&fatal.target, file, all_threads) || fatal_enable() < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
fault_disable(PyObject *module, PyObject *unused)
{
    if (!fatal.is_enabled)
        Py_RETURN_FALSE;
    fatal_disable();
    Py_RETURN_TRUE;
}

static PyObject *
fault_is_enabled(PyObject *module, PyObject *unused)
{
    return PyBool_FromLong(fatal.is_enabled);
}

static PyObject *
fault_dump_traceback(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"file", "all_threads", NULL};
    PyObject *file = NULL;
    int all_threads = 1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|Op:dump_traceback", names, &file,
                                     &all_threads))
        return NULL;
    int fd = file_descriptor(&file);
    PyThreadState *tstate = fd >= 0 ? current_thread() : NULL;
    if (tstate == NULL)
        return NULL;
    if (!all_threads)
        _Py_DumpTraceback(fd, tstate);
    else {
        const char *message = _Py_DumpTracebackThreads(fd, NULL, tstate);
        if (message != NULL) {
            PyErr_SetString(PyExc_RuntimeError, message);
            return NULL;
        }
    }
    if (PyErr_CheckSignals() != 0)
        return NULL;
    Py_RETURN_NONE;
}

/* --- After a timeout ------------------------------------------------------------------------------------------ */

/* The watching thread waits for `cancel`, which the callers hold while it runs, and releases
 * `running` when it ends. */
static struct {
    Target target;
    PY_TIMEOUT_T timeout_us;
    int repeats;
    int exits;
    char *header;
    size_t header_bytes;
    PyThread_type_lock cancel;
    PyThread_type_lock running;
} watch;

static void
watch_thread(void *unused)
{
    /* Signals are for the other threads. */
    sigset_t set;
    sigfillset(&set);
    pthread_sigmask(SIG_SETMASK, &set, NULL);
    do {
        if (PyThread_acquire_lock_timed(watch.cancel, watch.timeout_us, 0) == PY_LOCK_ACQUIRED) {
            PyThread_release_lock(watch.cancel);
            break;
        }
        (void)_Py_write_noraise(watch.target.fd, watch.header, watch.header_bytes);
        const char *message =
            _Py_DumpTracebackThreads(watch.target.fd, watch.target.interp, NULL);
        if (watch.exits)
            _exit(1);
        if (message != NULL)
            break;
    } while (watch.repeats);
    PyThread_release_lock(watch.running);
}

static void
watch_cancel(void)
{
    if (watch.cancel == NULL)
        return;
    PyThread_release_lock(watch.cancel);
    PyThread_acquire_lock(watch.running, 1);
    PyThread_release_lock(watch.running);
    PyThread_acquire_lock(watch.cancel, 1);
    Py_CLEAR(watch.target.file);
    PyMem_Free(watch.header);
    watch.header = NULL;
}

/* "Timeout (h:mm:ss)!", with microseconds if there are any. */
static char *
watch_header(long long us)
{
    char text[100];
    long long seconds = us / 1000000;
    int rest = (int)(us % 1000000), minutes = (int)(seconds / 60 % 60);
    int second = (int)(seconds % 60);
    if (rest != 0)
        PyOS_snprintf(text, sizeof(text), "Timeout (%lld:%02d:%02d.%06d)!\n", seconds / 3600,
                      minutes, second, rest);
    else
        PyOS_snprintf(text, sizeof(text), "Timeout (%lld:%02d:%02d)!\n", seconds / 3600, minutes,
                      second);
    size_t bytes = strlen(text) + 1;
    char *copy = PyMem_Malloc(bytes);
    if (copy != NULL)
        memcpy(copy, text, bytes);
    return copy;
}

static int
watch_locks(void)
{
    if (watch.running == NULL && (watch.running = PyThread_allocate_lock()) == NULL)
        return 0;
    if (watch.cancel == NULL) {
        watch.cancel = PyThread_allocate_lock();
        if (watch.cancel == NULL)
            return 0;
        PyThread_acquire_lock(watch.cancel, 1);
    }
    return 1;
}

static PyObject *
fault_dump_traceback_later(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"timeout", "repeat", "file", "exit", NULL};
    PyObject *timeout_object, *file = NULL;
    int repeats = 0, exits = 0;
    _PyTime_t timeout;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|iOi:dump_traceback_later", names,
                                     &timeout_object, &repeats, &file, &exits) ||
        _PyTime_FromSecondsObject(&timeout, timeout_object, _PyTime_ROUND_TIMEOUT) < 0)
        return NULL;
    _PyTime_t timeout_us = _PyTime_AsMicroseconds(timeout, _PyTime_ROUND_TIMEOUT);
    if (timeout_us <= 0) {
        PyErr_SetString(PyExc_ValueError, "timeout must be greater than 0");
        return NULL;
    }
    if (timeout_us > PY_TIMEOUT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "timeout value is too large");
        return NULL;
    }
    Target target = {NULL, -1, 1, NULL};
    if (!target_set(&target, file, 1))
        return NULL;
    char *header = watch_header(timeout_us);
    if (header == NULL || !watch_locks()) {
        PyMem_Free(header);
        Py_XDECREF(target.file);
        return PyErr_NoMemory();
    }
    watch_cancel();
    watch.target = target;
    watch.timeout_us = timeout_us;
    watch.repeats = repeats;
    watch.exits = exits;
    watch.header = header;
    watch.header_bytes = strlen(header);
    PyThread_acquire_lock(watch.running, 1);
    if (PyThread_start_new_thread(watch_thread, NULL) == PYTHREAD_INVALID_THREAD_ID) {
        PyThread_release_lock(watch.running);
        Py_CLEAR(watch.target.file);
        PyMem_Free(watch.header);
        watch.header = NULL;
        PyErr_SetString(PyExc_RuntimeError, "unable to start watchdog thread");
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
fault_cancel_dump_traceback_later(PyObject *module, PyObject *unused)
{
    watch_cancel();
    Py_RETURN_NONE;
}

/* --- User signals ------------------------------------------------------------------------------------------------ */

typedef struct User {
    int is_enabled;
    int chains;
    Target target;
    struct sigaction previous;
} User;

static User *users; /* one row a signal number, made on first use */

static void user_handler(int number);

static int
user_install(int number, int chains, struct sigaction *previous)
{
    struct sigaction action = {.sa_handler = user_handler};
    sigemptyset(&action.sa_mask);
    /* A chained handler is reached by raising the signal while this one runs. */
    action.sa_flags = SA_RESTART | (chains ? SA_NODEFER : 0);
    if (alternate_stack.ss_sp != NULL)
        action.sa_flags |= SA_ONSTACK;
    return sigaction(number, &action, previous);
}

static void
user_handler(int number)
{
    User *user = &users[number];
    if (!user->is_enabled)
        return;
    int saved = errno;
    dump(&user->target);
    if (user->chains) {
        (void)sigaction(number, &user->previous, NULL);
        errno = saved;
        raise(number);
        saved = errno;
        (void)user_install(number, user->chains, NULL);
    }
    errno = saved;
}

static int
user_number_check(int number)
{
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(fatals); i++) {
        if (fatals[i].number == number) {
            PyErr_Format(PyExc_RuntimeError, "signal %i cannot be registered, use enable() instead",
                         number);
            return 0;
        }
    }
    if (number >= 1 && number < Py_NSIG)
        return 1;
    PyErr_SetString(PyExc_ValueError, "signal number out of range");
    return 0;
}

static PyObject *
fault_register(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"signum", "file", "all_threads", "chain", NULL};
    int number, all_threads = 1, chains = 0;
    PyObject *file = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "i|Opp:register", names, &number, &file,
                                     &all_threads, &chains) ||
        !user_number_check(number))
        return NULL;
    Target target = {NULL, -1, 1, NULL};
    if (!target_set(&target, file, all_threads))
        return NULL;
    if (users == NULL) {
        users = PyMem_Calloc(Py_NSIG, sizeof(User));
        if (users == NULL) {
            Py_XDECREF(target.file);
            return PyErr_NoMemory();
        }
    }
    User *user = &users[number];
    if (!user->is_enabled) {
        struct sigaction previous;
        if (user_install(number, chains, &previous) != 0) {
            PyErr_SetFromErrno(PyExc_OSError);
            Py_XDECREF(target.file);
            return NULL;
        }
        user->previous = previous;
    }
    PyObject *old = user->target.file;
    user->target = target;
    user->chains = chains;
    user->is_enabled = 1;
    Py_XDECREF(old);
    Py_RETURN_NONE;
}

static int
user_drop(int number)
{
    User *user = &users[number];
    if (!user->is_enabled)
        return 0;
    user->is_enabled = 0;
    (void)sigaction(number, &user->previous, NULL);
    Py_CLEAR(user->target.file);
    return 1;
}

static PyObject *
fault_unregister(PyObject *module, PyObject *args)
{
    int number;
    if (!PyArg_ParseTuple(args, "i:unregister", &number) || !user_number_check(number))
        return NULL;
    return PyBool_FromLong(users != NULL && user_drop(number));
}

/* --- Faults on purpose, for tests ---------------------------------------------------------------------------------- */

static void
no_core_file(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) == 0) {
        limit.rlim_cur = 0;
        setrlimit(RLIMIT_CORE, &limit);
    }
}

static PyObject *
fault_read_null(PyObject *module, PyObject *args)
{
    volatile int *nowhere = NULL;
    no_core_file();
    return PyLong_FromLong(*nowhere);
}

static PyObject *
fault_sigsegv(PyObject *module, PyObject *args)
{
    int release_gil = 0;
    if (!PyArg_ParseTuple(args, "|i:_sigsegv", &release_gil))
        return NULL;
    no_core_file();
    if (release_gil) {
        Py_BEGIN_ALLOW_THREADS
        raise(SIGSEGV);
        Py_END_ALLOW_THREADS
    }
    else
        raise(SIGSEGV);
    Py_RETURN_NONE;
}

static PyObject *
fault_sigfpe(PyObject *module, PyObject *unused)
{
    no_core_file();
    raise(SIGFPE);
    Py_RETURN_NONE;
}

static PyObject *
fault_sigabrt(PyObject *module, PyObject *unused)
{
    no_core_file();
    abort();
}

static void
faulthandler_fatal_error_thread(void *lock)
{
    Py_FatalError("in new thread");
}

static PyObject *
fault_fatal_error_c_thread(PyObject *module, PyObject *unused)
{
    no_core_file();
    PyThread_type_lock lock = PyThread_allocate_lock();
    if (lock == NULL)
        return PyErr_NoMemory();
    PyThread_acquire_lock(lock, WAIT_LOCK);
    if (PyThread_start_new_thread(faulthandler_fatal_error_thread, lock) == PYTHREAD_INVALID_THREAD_ID) {
        PyThread_free_lock(lock);
        PyErr_SetString(PyExc_RuntimeError, "unable to start the thread");
        return NULL;
    }
    /* Nobody releases it: the process ends. */
    PyThread_acquire_lock(lock, WAIT_LOCK);
    PyThread_free_lock(lock);
    Py_RETURN_NONE;
}

/* Uses stack until it ends or limit bytes are gone; the volatile buffer keeps the frames. */
static KS_NOINLINE uintptr_t
use_stack(uintptr_t low, uintptr_t high, size_t *depth)
{
    volatile unsigned char buffer[4096];
    uintptr_t here = (uintptr_t)&buffer[0];
    buffer[0] = buffer[4095] = 1;
    ++*depth;
    if (here < low || here > high)
        return here;
    uintptr_t deeper = use_stack(low, high, depth);
    return buffer[0] ? deeper : here;
}

static PyObject *
fault_stack_overflow(PyObject *module, PyObject *unused)
{
    enum { MOST_BYTES = 100 * 1024 * 1024 };
    size_t depth = 0;
    uintptr_t here = (uintptr_t)&depth;
    no_core_file();
    uintptr_t stop = use_stack(here > MOST_BYTES ? here - MOST_BYTES : 0, here + MOST_BYTES, &depth);
    size_t used = stop < here ? here - stop : stop - here;
    return PyErr_Format(PyExc_RuntimeError,
                        "unable to raise a stack overflow (allocated %zu bytes on the stack, "
                        "%zu recursive calls)",
                        used, depth);
}

/* --- The module ------------------------------------------------------------------------------------------------------ */

static PyMethodDef fault_methods[] = {
    METHOD_PLAIN("enable", fault_enable, METH_VARARGS | METH_KEYWORDS,
                 "Dump tracebacks when a fatal signal comes."),
    METHOD_PLAIN("disable", fault_disable, METH_NOARGS, "Leave fatal signals alone."),
    METHOD_PLAIN("is_enabled", fault_is_enabled, METH_NOARGS, "Whether fatal signals are handled."),
    METHOD_PLAIN("dump_traceback", fault_dump_traceback, METH_VARARGS | METH_KEYWORDS,
                 "Dump tracebacks now."),
    METHOD_PLAIN("dump_traceback_later", fault_dump_traceback_later, METH_VARARGS | METH_KEYWORDS,
                 "Dump tracebacks after a timeout, once or again and again."),
    METHOD_PLAIN("cancel_dump_traceback_later", fault_cancel_dump_traceback_later, METH_NOARGS,
                 "Forget about dump_traceback_later()."),
    METHOD_PLAIN("register", fault_register, METH_VARARGS | METH_KEYWORDS,
                 "Dump tracebacks whenever a signal comes."),
    METHOD_PLAIN("unregister", fault_unregister, METH_VARARGS, "Forget about register()."),
    METHOD_PLAIN("_read_null", fault_read_null, METH_NOARGS, "Read from address 0."),
    METHOD_PLAIN("_sigsegv", fault_sigsegv, METH_VARARGS, "Raise SIGSEGV."),
    METHOD_PLAIN("_sigabrt", fault_sigabrt, METH_NOARGS, "Raise SIGABRT."),
    METHOD_PLAIN("_sigfpe", fault_sigfpe, METH_NOARGS, "Raise SIGFPE."),
    METHOD_PLAIN("_fatal_error_c_thread", fault_fatal_error_c_thread, METH_NOARGS,
                 "Call Py_FatalError() in a thread without Python."),
    METHOD_PLAIN("_stack_overflow", fault_stack_overflow, METH_NOARGS, "Use up the stack."),
    {NULL, NULL, 0, NULL},
};

static int
fault_traverse(PyObject *module, visitproc visit, void *arg)
{
    Py_VISIT(watch.target.file);
    Py_VISIT(fatal.target.file);
    for (int number = 0; users != NULL && number < Py_NSIG; number++)
        Py_VISIT(users[number].target.file);
    return 0;
}

static struct PyModuleDef fault_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "faulthandler",
    .m_doc = "Tracebacks for crashes and hangs.",
    .m_methods = fault_methods,
    .m_traverse = fault_traverse,
};

PyMODINIT_FUNC
PyInit_faulthandler(void)
{
    return PyModuleDef_Init(&fault_module);
}

/* Called once at start: makes the stack that handlers run on, and enables them if asked to. */
PyStatus
_PyFaulthandler_Init(int enable)
{
    size_t bytes = (size_t)SIGSTKSZ * 2;
    alternate_stack.ss_sp = PyMem_RawMalloc(bytes);
    if (alternate_stack.ss_sp != NULL) {
        alternate_stack.ss_size = bytes;
        alternate_stack.ss_flags = 0;
        if (sigaltstack(&alternate_stack, &previous_stack) != 0) {
            PyMem_RawFree(alternate_stack.ss_sp);
            alternate_stack.ss_sp = NULL;
        }
    }
    if (!enable)
        return _PyStatus_OK();
    KS_OWNED PyObject *module = PyImport_ImportModule("faulthandler");
    if (module == NULL)
        return _PyStatus_ERR("failed to enable faulthandler");
    KS_OWNED PyObject *result = PyObject_CallMethod(module, "enable", NULL);
    return result == NULL ? _PyStatus_ERR("failed to enable faulthandler") : _PyStatus_OK();
}

void
_PyFaulthandler_Fini(void)
{
    if (watch.cancel != NULL) {
        watch_cancel();
        PyThread_release_lock(watch.cancel);
        PyThread_free_lock(watch.cancel);
        watch.cancel = NULL;
    }
    if (watch.running != NULL) {
        PyThread_free_lock(watch.running);
        watch.running = NULL;
    }
    if (users != NULL) {
        for (int number = 1; number < Py_NSIG; number++)
            user_drop(number);
        PyMem_Free(users);
        users = NULL;
    }
    fatal_disable();
    if (alternate_stack.ss_sp != NULL) {
        sigaltstack(&previous_stack, NULL);
        PyMem_RawFree(alternate_stack.ss_sp);
        alternate_stack.ss_sp = NULL;
    }
}
