/* SPDX-License-Identifier: MIT */
/* fork_exec: the child side of subprocess.Popen.
 *
 * Everything the child needs is made before the fork. Between fork and exec only functions run that
 * are safe in a signal handler: no allocation, no lock, no Python, unless a preexec_fn is given. A
 * failure in the child goes through errpipe_write as "Class:hex errno:where". With vfork the child
 * shares the parent's memory and stack: child_run must change nothing but locals. */
#define _GNU_SOURCE
#include "Python.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "pycore_fileutils.h"
#include "pycore_interp.h"
#include "pycore_pystate.h"
#include "ks_args.h"
#include "ks_posix.h"

typedef struct Child {
    char *const *argv;
    char *const *envp; /* NULL: the parent's environment */
    char *const *programs; /* tried one after the other */
    const char *cwd;
    int p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write;
    int close_fds, restore_signals, call_setsid, umask;
    pid_t pgid_to_set;
    int sets_gid, sets_uid, sets_groups;
    gid_t gid;
    uid_t uid;
    size_t groups_count;
    const gid_t *groups;
    const sigset_t *old_mask; /* of a vfork, to be put back; else NULL */
    const int *keep; /* sorted descriptors that stay open */
    Py_ssize_t keep_count;
    PyObject *preexec_fn, *preexec_args;
} Child;

/* --- In the child ------------------------------------------------------------------------------------ */

/* Drops all signal handlers that Python ignores, as a fresh program expects them. */
static void
restore_default_signals(void)
{
    static const int ignored[] = {SIGPIPE, SIGXFSZ};
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(ignored); i++)
        PyOS_setsig(ignored[i], SIG_DFL);
}

/* A handler of ours must not run in the child of a vfork: it would change the parent's memory. */
static void
reset_handlers(const sigset_t *old_mask)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (int number = 1; number < _NSIG; number++) {
        if (number == SIGKILL || number == SIGSTOP)
            continue;
        struct sigaction now;
        if (sigaction(number, NULL, &now) == -1 || now.sa_handler == SIG_IGN ||
            now.sa_handler == SIG_DFL)
            continue;
        (void)sigaction(number, &action, NULL);
    }
    (void)pthread_sigmask(SIG_SETMASK, old_mask, NULL);
}

static int
is_kept(const Child *child, int fd)
{
    Py_ssize_t low = 0, high = child->keep_count;
    while (low < high) {
        Py_ssize_t middle = (low + high) / 2;
        if (child->keep[middle] == fd)
            return 1;
        if (child->keep[middle] < fd)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

/* Closes what lies between kept descriptors, by ranges when the kernel can. */
static int
close_ranges(const Child *child, int from)
{
    for (Py_ssize_t i = 0; i < child->keep_count; i++) {
        int kept = child->keep[i];
        if (kept < from)
            continue;
        if (kept > from && syscall(SYS_close_range, (unsigned)from, (unsigned)kept - 1, 0) != 0)
            return 0;
        from = kept + 1;
    }
    return syscall(SYS_close_range, (unsigned)from, ~0U, 0) == 0;
}

/* The layout in which the kernel's getdents64 fills a buffer. */
struct linux_entry {
    uint64_t ino;
    int64_t offset;
    unsigned short bytes;
    unsigned char type;
    char name[256];
};

static int
number_of(const char *name)
{
    int value = 0;
    if (*name == '\0')
        return -1;
    for (; *name != '\0'; name++) {
        if (*name < '0' || *name > '9' || value > (INT_MAX - 9) / 10)
            return -1;
        value = value * 10 + (*name - '0');
    }
    return value;
}

static void
close_open_descriptors(const Child *child, int from)
{
    if (close_ranges(child, from))
        return;
    int dir = open("/proc/self/fd", O_RDONLY | O_CLOEXEC);
    if (dir == -1) {
        long most = sysconf(_SC_OPEN_MAX);
        for (int fd = from; fd < (most > 0 ? most : 256); fd++) {
            if (!is_kept(child, fd))
                close(fd);
        }
        return;
    }
    /* readdir() allocates; the system call does not. */
    char buffer[sizeof(struct linux_entry)] __attribute__((aligned(8)));
    long bytes;
    while ((bytes = syscall(SYS_getdents64, dir, buffer, sizeof(buffer))) > 0) {
        for (long offset = 0; offset < bytes;) {
            const struct linux_entry *entry = (const struct linux_entry *)(buffer + offset);
            offset += entry->bytes;
            int fd = number_of(entry->name);
            if (fd >= from && fd != dir && !is_kept(child, fd))
                close(fd);
        }
    }
    close(dir);
}

/* Makes fd the descriptor target of the program; one that has the number already needs its
 * close-on-exec flag removed. */
static int
place_descriptor(int fd, int target)
{
    if (fd == target)
        return _Py_set_inheritable_async_safe(fd, 1, NULL);
    return fd == -1 || dup2(fd, target) != -1 ? 0 : -1;
}

/* Moves pipes out of the way of descriptors 0 to 2 and puts them there. */
static int
place_streams(const Child *child)
{
    int c2pwrite = child->c2pwrite, errwrite = child->errwrite;
    if (child->p2cwrite != -1 && close(child->p2cwrite) == -1)
        return -1;
    if (child->c2pread != -1 && close(child->c2pread) == -1)
        return -1;
    if (child->errread != -1 && close(child->errread) == -1)
        return -1;
    if (close(child->errpipe_read) == -1)
        return -1;
    if (c2pwrite == 0 && (c2pwrite = dup(c2pwrite)) == -1)
        return -1;
    while (errwrite == 0 || errwrite == 1) {
        if ((errwrite = dup(errwrite)) == -1)
            return -1;
    }
    if (place_descriptor(child->p2cread, 0) == -1 || place_descriptor(c2pwrite, 1) == -1 ||
        place_descriptor(errwrite, 2) == -1)
        return -1;
    return 0;
}

/* Session, group and user: groups first, the user last, since that gives up the right to. */
static int
set_identity(const Child *child)
{
    if (child->call_setsid && setsid() == -1)
        return -1;
    if (child->pgid_to_set >= 0 && setpgid(0, child->pgid_to_set) == -1)
        return -1;
    /* Not through the C library: it would signal threads that vfork's child does not have. */
    if (child->sets_groups && syscall(SYS_setgroups, child->groups_count, child->groups) == -1)
        return -1;
    if (child->sets_gid && syscall(SYS_setregid, child->gid, child->gid) == -1)
        return -1;
    if (child->sets_uid && syscall(SYS_setreuid, child->uid, child->uid) == -1)
        return -1;
    return 0;
}

static void
write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);
        if (written == -1 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        text += written;
        length -= (size_t)written;
    }
}

/* Tells the parent why there will be no program. */
static void
report_failure(int errpipe, int error, const char *where)
{
    if (error == 0) {
        static const char text[] = "SubprocessError:0:";
        write_all(errpipe, text, sizeof(text) - 1);
    }
    else {
        static const char digits[] = "0123456789ABCDEF", text[] = "OSError:";
        char hex[sizeof(int) * 2 + 1], *place = hex + sizeof(hex);
        *--place = ':';
        for (unsigned int rest = (unsigned int)error; rest != 0; rest >>= 4)
            *--place = digits[rest & 15];
        write_all(errpipe, text, sizeof(text) - 1);
        write_all(errpipe, place, (size_t)(hex + sizeof(hex) - place));
    }
    write_all(errpipe, where, strlen(where));
}

/* Never returns. */
static __attribute__((noreturn)) void
child_run(const Child *child)
{
    int error = 0;
    for (Py_ssize_t i = 0; i < child->keep_count; i++) {
        int fd = child->keep[i];
        if (fd != child->errpipe_write && _Py_set_inheritable_async_safe(fd, 1, NULL) == -1)
            goto failed;
    }
    if (place_streams(child) == -1)
        goto failed;
    if (child->cwd != NULL && chdir(child->cwd) == -1)
        goto failed;
    if (child->umask >= 0)
        umask((mode_t)child->umask);
    if (child->restore_signals)
        restore_default_signals();
    if (child->old_mask != NULL)
        reset_handlers(child->old_mask);
    if (set_identity(child) == -1)
        goto failed;
    if (child->preexec_fn != Py_None && child->preexec_args != NULL) {
        /* Python in a forked child: what locks were held elsewhere is the caller's risk. */
        PyObject *result = PyObject_Call(child->preexec_fn, child->preexec_args, NULL);
        if (result == NULL) {
            errno = 0;
            report_failure(child->errpipe_write, 0, "Exception occurred in preexec_fn.");
            _exit(255);
        }
    }
    if (child->close_fds)
        close_open_descriptors(child, 3);
    for (char *const *program = child->programs; *program != NULL; program++) {
        if (child->envp != NULL)
            execve(*program, child->argv, child->envp);
        else
            execv(*program, child->argv);
        if (errno != ENOENT && errno != ENOTDIR && error == 0)
            error = errno;
    }
    if (error != 0)
        errno = error;
    report_failure(child->errpipe_write, errno, "");
    _exit(255);
failed:
    /* subprocess names cwd, not the program, in its exception. */
    report_failure(child->errpipe_write, errno, "noexec");
    _exit(255);
}

/* --- In the parent ----------------------------------------------------------------------------------- */

/* A vector of C strings out of a sequence; freed with free_vector. */
static char **
vector_of(PyObject *sequence)
{
    KS_OWNED PyObject *fast = PySequence_Fast(sequence, "argv must be a tuple");
    return fast == NULL ? NULL : ks_exec_argv(fast);
}

/* Bytes objects, as the caller made them; others are refused. */
static char **
vector_of_bytes(PyObject *sequence)
{
    Py_ssize_t count = PySequence_Size(sequence);
    if (count < 0)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        KS_OWNED PyObject *item = PySequence_GetItem(sequence, i);
        char *unused;
        if (item == NULL || PyBytes_AsStringAndSize(item, &unused, NULL) < 0)
            return NULL;
    }
    return vector_of(sequence);
}

/* Ascending, not negative ints; freed by PyMem_Free. NULL with an exception. */
static int *
keep_list(PyObject *tuple, Py_ssize_t *count)
{
    *count = PyTuple_GET_SIZE(tuple);
    int *list = PyMem_New(int, *count + 1);
    if (list == NULL) {
        PyErr_NoMemory();
        return NULL;
    }
    long last = -1;
    for (Py_ssize_t i = 0; i < *count; i++) {
        PyObject *item = PyTuple_GET_ITEM(tuple, i);
        long fd = PyLong_Check(item) ? PyLong_AsLong(item) : -1;
        if (fd <= last || fd > INT_MAX) {
            PyErr_Clear();
            PyErr_SetString(PyExc_ValueError, "bad value(s) in fds_to_keep");
            PyMem_Free(list);
            return NULL;
        }
        list[i] = (int)fd;
        last = fd;
    }
    return list;
}

/* Group ids of a list, into *groups. */
static int
take_groups(PyObject *list, gid_t **groups, size_t *count)
{
    if (!PyList_Check(list)) {
        PyErr_SetString(PyExc_TypeError, "setgroups argument must be a list");
        return 0;
    }
    Py_ssize_t length = PyList_GET_SIZE(list);
    if (length > NGROUPS_MAX) {
        PyErr_SetString(PyExc_ValueError, "too many extra_groups");
        return 0;
    }
    *groups = PyMem_New(gid_t, length + 1);
    if (*groups == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    for (Py_ssize_t i = 0; i < length; i++) {
        KS_OWNED PyObject *item = PySequence_GetItem(list, i);
        if (item == NULL)
            return 0;
        if (!PyLong_Check(item)) {
            PyErr_SetString(PyExc_TypeError, "extra_groups must be integers");
            return 0;
        }
        if (!_Py_Gid_Converter(item, &(*groups)[i])) {
            PyErr_SetString(PyExc_ValueError, "invalid group id");
            return 0;
        }
    }
    *count = (size_t)length;
    return 1;
}

/* vfork waits until the child has its own memory. A signal handler must not run meanwhile in the
 * child, so all signals are blocked around it. noinline: the child uses this frame. */
static KS_NOINLINE pid_t
fork_child(Child *child, int use_vfork)
{
    sigset_t all, old;
    if (use_vfork && child->preexec_fn == Py_None && !child->sets_uid && !child->sets_gid &&
        !child->sets_groups) {
        sigfillset(&all);
        if (pthread_sigmask(SIG_BLOCK, &all, &old) == 0) {
            child->old_mask = &old;
            pid_t pid = vfork();
            if (pid == 0)
                child_run(child);
            int saved = errno;
            child->old_mask = NULL;
            pthread_sigmask(SIG_SETMASK, &old, NULL);
            errno = saved;
            if (pid != -1)
                return pid;
        }
    }
    pid_t pid = fork();
    if (pid == 0) {
        if (child->preexec_fn != Py_None)
            PyOS_AfterFork_Child();
        child_run(child);
    }
    return pid;
}

/* Switches the collector off for a preexec_fn; 1 when it was on. */
static int
pause_gc(PyObject *preexec_fn)
{
    return preexec_fn != Py_None ? PyGC_Disable() : 0;
}

static PyObject *
fork_exec(PyObject *module, PyObject *args)
{
    PyObject *argv_object, *programs_object, *keep_object, *cwd_object, *env_object;
    PyObject *gid_object, *groups_object, *uid_object, *preexec_fn;
    int use_vfork;
    Child child = {.sets_gid = 0};
    if (!PyArg_ParseTuple(args, "OOpO!OOiiiiiiiippiOOOiOp:fork_exec", &argv_object,
                          &programs_object, &child.close_fds, &PyTuple_Type, &keep_object,
                          &cwd_object, &env_object, &child.p2cread, &child.p2cwrite,
                          &child.c2pread, &child.c2pwrite, &child.errread, &child.errwrite,
                          &child.errpipe_read, &child.errpipe_write, &child.restore_signals,
                          &child.call_setsid, &child.pgid_to_set, &gid_object, &groups_object,
                          &uid_object, &child.umask, &preexec_fn, &use_vfork))
        return NULL;
    PyInterpreterState *interp = PyInterpreterState_Get();
    if (preexec_fn != Py_None && interp != PyInterpreterState_Main()) {
        PyErr_SetString(PyExc_RuntimeError,
                        "preexec_fn not supported within subinterpreters");
        return NULL;
    }
    if (child.close_fds && child.errpipe_write < 3) {
        PyErr_SetString(PyExc_ValueError, "errpipe_write must be >= 3");
        return NULL;
    }

    PyObject *result = NULL;
    char **programs = NULL, **argv = NULL, **envp = NULL;
    gid_t *groups = NULL;
    int was_collecting = 0, needs_after_fork = 0;
    KS_OWNED PyObject *cwd = NULL;
    KS_OWNED PyObject *preexec_args = NULL;
    int *keep = keep_list(keep_object, &child.keep_count);
    if (keep == NULL)
        return NULL;
    child.keep = keep;
    child.preexec_fn = preexec_fn;
    was_collecting = pause_gc(preexec_fn);

    programs = vector_of_bytes(programs_object);
    if (programs == NULL)
        goto done;
    if (argv_object != Py_None) {
        KS_OWNED PyObject *fast = PySequence_Fast(argv_object, "argv must be a tuple");
        argv = fast == NULL ? NULL : ks_exec_argv(fast);
        if (argv == NULL)
            goto done;
    }
    if (env_object != Py_None) {
        envp = vector_of_bytes(env_object);
        if (envp == NULL)
            goto done;
    }
    if (cwd_object != Py_None) {
        if (!PyUnicode_FSConverter(cwd_object, &cwd))
            goto done;
        child.cwd = PyBytes_AS_STRING(cwd);
    }
    if (groups_object != Py_None) {
        if (!take_groups(groups_object, &groups, &child.groups_count))
            goto done;
        child.sets_groups = 1;
        child.groups = groups;
    }
    if (gid_object != Py_None) {
        if (!_Py_Gid_Converter(gid_object, &child.gid))
            goto done;
        child.sets_gid = 1;
    }
    if (uid_object != Py_None) {
        if (!_Py_Uid_Converter(uid_object, &child.uid))
            goto done;
        child.sets_uid = 1;
    }
    if (preexec_fn != Py_None) {
        preexec_args = PyTuple_New(0);
        if (preexec_args == NULL)
            goto done;
        child.preexec_args = preexec_args;
        PyOS_BeforeFork();
        needs_after_fork = 1;
    }
    child.argv = argv;
    child.envp = envp;
    child.programs = programs;
    pid_t pid = fork_child(&child, use_vfork);
    int saved = errno;
    if (needs_after_fork)
        PyOS_AfterFork_Parent();
    if (pid == -1) {
        errno = saved;
        PyErr_SetFromErrno(PyExc_OSError);
    }
    else
        result = PyLong_FromLong(pid);
done:
    ks_exec_free(programs);
    ks_exec_free(argv);
    ks_exec_free(envp);
    PyMem_Free(groups);
    PyMem_Free(keep);
    if (was_collecting)
        PyGC_Enable();
    return result;
}

static PyMethodDef subprocess_methods[] = {
    METHOD_PLAIN("fork_exec", fork_exec, METH_VARARGS,
                 "Fork and run a program in the child; returns the child's pid."),
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef subprocess_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_posixsubprocess",
    .m_doc = "What subprocess needs between fork and exec.",
    .m_methods = subprocess_methods,
};

PyMODINIT_FUNC
PyInit__posixsubprocess(void)
{
    return PyModuleDef_Init(&subprocess_module);
}
