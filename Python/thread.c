/* SPDX-License-Identifier: MIT */
/* Native threads and locks (pythread.h) over POSIX threads.
 *
 * A lock is a semaphore with the values 0 and 1: unlike a mutex it may be released by another
 * thread than the one that took it, which Python's locks promise. Thread starts are detached. */
#include "Python.h"
#include "pycore_pystate.h"
#include "pycore_structseq.h"
#include "pycore_pylifecycle.h"
#include "ks_base.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Below this the system refuses a stack, and so do we. */
#define STACK_MIN_BYTES 0x8000

void
PyThread_init_thread(void)
{
}

/* ---- threads ---- */

typedef struct StartRecord {
    void (*function)(void *);
    void *arg;
} StartRecord;

static void *
thread_run(void *arg)
{
    StartRecord start = *(StartRecord *)arg;
    PyMem_RawFree(arg);
    start.function(start.arg);
    return NULL;
}

/* The identity of the new thread, PYTHREAD_INVALID_THREAD_ID if it could not be started. */
unsigned long
PyThread_start_new_thread(void (*function)(void *), void *arg)
{
    unsigned long id = PYTHREAD_INVALID_THREAD_ID;
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return id;
    PyThreadState *tstate = _PyThreadState_GET();
    size_t stack_bytes = tstate != NULL ? tstate->interp->threads.stacksize : 0;
    StartRecord *start = NULL;
    pthread_t thread;
    if (stack_bytes != 0 && pthread_attr_setstacksize(&attributes, stack_bytes) != 0)
        goto done;
    pthread_attr_setscope(&attributes, PTHREAD_SCOPE_SYSTEM);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    start = PyMem_RawMalloc(sizeof(*start));
    if (start == NULL)
        goto done;
    *start = (StartRecord){function, arg};
    if (pthread_create(&thread, &attributes, thread_run, start) == 0)
        id = (unsigned long)thread;
    else
        PyMem_RawFree(start);
done:
    pthread_attr_destroy(&attributes);
    return id;
}

unsigned long
PyThread_get_thread_ident(void)
{
    return (unsigned long)pthread_self();
}

unsigned long
PyThread_get_thread_native_id(void)
{
    return (unsigned long)syscall(SYS_gettid);
}

void _Py_NO_RETURN
PyThread_exit_thread(void)
{
    pthread_exit(NULL);
}

size_t
PyThread_get_stacksize(void)
{
    return _PyInterpreterState_GET()->threads.stacksize;
}

/* 0, or -1 for a size the system does not take. */
int
PyThread_set_stacksize(size_t bytes)
{
    if (bytes != 0) {
        pthread_attr_t attributes;
        if (bytes < STACK_MIN_BYTES || pthread_attr_init(&attributes) != 0)
            return -1;
        int failed = pthread_attr_setstacksize(&attributes, bytes);
        pthread_attr_destroy(&attributes);
        if (failed)
            return -1;
    }
    _PyInterpreterState_GET()->threads.stacksize = bytes;
    return 0;
}

/* ---- locks ---- */

PyThread_type_lock
PyThread_allocate_lock(void)
{
    sem_t *lock = PyMem_RawMalloc(sizeof(*lock));
    if (lock != NULL && sem_init(lock, 0, 1) != 0) {
        PyMem_RawFree(lock);
        lock = NULL;
    }
    return (PyThread_type_lock)lock;
}

void
PyThread_free_lock(PyThread_type_lock lock)
{
    if (lock == NULL)
        return;
    sem_destroy((sem_t *)lock);
    PyMem_RawFree(lock);
}

static void
deadline_after(struct timespec *deadline, PY_TIMEOUT_T microseconds)
{
    _PyTime_t ns = microseconds > LLONG_MAX / 1000 ? _PyTime_MAX : microseconds * 1000;
    _PyTime_AsTimespec_clamp(_PyTime_Add(_PyTime_GetMonotonicClock(), ns), deadline);
}

/* Waits up to that long: 0 only tries, negative waits for ever. With intr_flag a signal ends the
 * wait with PY_LOCK_INTR. The monotonic clock counts, so that setting the time changes nothing. */
PyLockStatus
PyThread_acquire_lock_timed(PyThread_type_lock lock, PY_TIMEOUT_T microseconds, int intr_flag)
{
    sem_t *sem = lock;
    int status;
    if (microseconds == 0 || sem_trywait(sem) == 0) {
        if (microseconds != 0)
            return PY_LOCK_ACQUIRED;
        do {
            status = sem_trywait(sem);
        } while (status != 0 && errno == EINTR && !intr_flag);
    } else {
        struct timespec deadline;
        if (microseconds > 0)
            deadline_after(&deadline, microseconds);
        do {
            status = microseconds > 0 ? sem_clockwait(sem, CLOCK_MONOTONIC, &deadline)
                                      : sem_wait(sem);
        } while (status != 0 && errno == EINTR && !intr_flag);
    }
    if (status == 0)
        return PY_LOCK_ACQUIRED;
    return intr_flag && errno == EINTR ? PY_LOCK_INTR : PY_LOCK_FAILURE;
}

int
PyThread_acquire_lock(PyThread_type_lock lock, int waitflag)
{
    return PyThread_acquire_lock_timed(lock, waitflag ? -1 : 0, 0) == PY_LOCK_ACQUIRED;
}

void
PyThread_release_lock(PyThread_type_lock lock)
{
    sem_post((sem_t *)lock);
}

/* In the child of a fork: a new, free lock. The old one is left alone, its waiters' bookkeeping
 * belongs to threads that do not exist here. */
int
_PyThread_at_fork_reinit(PyThread_type_lock *lock)
{
    PyThread_type_lock fresh = PyThread_allocate_lock();
    if (fresh == NULL)
        return -1;
    *lock = fresh;
    return 0;
}

/* ---- thread-specific storage ---- */

Py_tss_t *
PyThread_tss_alloc(void)
{
    Py_tss_t *key = PyMem_RawMalloc(sizeof(*key));
    if (key != NULL)
        *key = (Py_tss_t)Py_tss_NEEDS_INIT;
    return key;
}

void
PyThread_tss_free(Py_tss_t *key)
{
    if (key != NULL) {
        PyThread_tss_delete(key);
        PyMem_RawFree(key);
    }
}

int
PyThread_tss_is_created(Py_tss_t *key)
{
    return key->_is_initialized;
}

int
PyThread_tss_create(Py_tss_t *key)
{
    if (key->_is_initialized)
        return 0;
    if (pthread_key_create(&key->_key, NULL) != 0)
        return -1;
    key->_is_initialized = 1;
    return 0;
}

void
PyThread_tss_delete(Py_tss_t *key)
{
    if (!key->_is_initialized)
        return;
    pthread_key_delete(key->_key);
    key->_is_initialized = 0;
}

int
PyThread_tss_set(Py_tss_t *key, void *value)
{
    return pthread_setspecific(key->_key, value) != 0 ? -1 : 0;
}

void *
PyThread_tss_get(Py_tss_t *key)
{
    return pthread_getspecific(key->_key);
}

/* The older interface, in which a key is an int. */

int
PyThread_create_key(void)
{
    pthread_key_t key;
    if (pthread_key_create(&key, NULL) != 0)
        return -1;
    if (key > INT_MAX) {
        pthread_key_delete(key);
        return -1;
    }
    return (int)key;
}

void
PyThread_delete_key(int key)
{
    pthread_key_delete((pthread_key_t)key);
}

void
PyThread_delete_key_value(int key)
{
    pthread_setspecific((pthread_key_t)key, NULL);
}

int
PyThread_set_key_value(int key, void *value)
{
    return pthread_setspecific((pthread_key_t)key, value) != 0 ? -1 : 0;
}

void *
PyThread_get_key_value(int key)
{
    return pthread_getspecific((pthread_key_t)key);
}

void
PyThread_ReInitTLS(void)
{
}

/* ---- sys.thread_info ---- */

static PyTypeObject ThreadInfo_Type;

static PyStructSequence_Field info_fields[] = {
    {"name", "name of the thread implementation"},
    {"lock", "name of the lock implementation"},
    {"version", "name and version of the thread library"},
    {NULL, NULL},
};

static PyStructSequence_Desc info_desc = {
    .name = "sys.thread_info",
    .doc = "Information about the thread implementation.",
    .fields = info_fields,
    .n_in_sequence = 3,
};

PyObject *
PyThread_GetInfo(void)
{
    if (ThreadInfo_Type.tp_name == NULL && _PyStructSequence_InitType(&ThreadInfo_Type, &info_desc, 0) < 0)
        return NULL;
    KS_OWNED PyObject *info = PyStructSequence_New(&ThreadInfo_Type);
    if (info == NULL)
        return NULL;
    char version[128];
    size_t length = confstr(_CS_GNU_LIBPTHREAD_VERSION, version, sizeof(version));
    PyObject *values[3] = {
        PyUnicode_FromString("pthread"),
        PyUnicode_FromString("semaphore"),
        length > 1 && length <= sizeof(version) ? PyUnicode_DecodeFSDefault(version)
                                                : Py_NewRef(Py_None),
    };
    int complete = 1;
    for (int i = 0; i < 3; i++) {
        PyStructSequence_SET_ITEM(info, i, values[i]);
        complete = complete && values[i] != NULL;
    }
    return complete ? ks_give(&info) : NULL;
}

void
_PyThread_FiniType(PyInterpreterState *interp)
{
    if (_Py_IsMainInterpreter(interp))
        _PyStructSequence_FiniType(&ThreadInfo_Type);
}
