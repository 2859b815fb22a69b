/* SPDX-License-Identifier: MIT */
/* _thread.lock and _thread.RLock.
 *
 * A lock can be released by any thread; an RLock only by the one that holds it, as often as that one
 * took it. Waiting is interrupted by signals, whose handlers run, and then goes on. */
#include "Python.h"
#include "pycore_pystate.h"
#include "structmember.h"
#include "ks_args.h"
#include "ks_base.h"
#include "ks_thread.h"

typedef struct LockObject {
    PyObject_HEAD
    PyThread_type_lock lock;
    PyObject *weakrefs;
    char locked; /* for a release without a matching acquire */
} LockObject;

typedef struct RLockObject {
    PyObject_HEAD
    PyThread_type_lock lock;
    unsigned long owner;
    unsigned long count;
    PyObject *weakrefs;
} RLockObject;

/* ---- waiting ---- */

/* Tries without giving up the GIL first. timeout < 0 waits for ever. PY_LOCK_INTR means that a
 * signal handler raised. */
static PyLockStatus
acquire_timed(PyThread_type_lock lock, _PyTime_t timeout)
{
    PyLockStatus status = PyThread_acquire_lock_timed(lock, 0, 0);
    if (status == PY_LOCK_ACQUIRED || timeout == 0)
        return status;
    _PyTime_t deadline = timeout > 0 ? _PyDeadline_Init(timeout) : 0;
    for (;;) {
        _PyTime_t microseconds = timeout < 0 ? -1 : _PyTime_AsMicroseconds(timeout, _PyTime_ROUND_CEILING);
        Py_BEGIN_ALLOW_THREADS
        status = PyThread_acquire_lock_timed(lock, microseconds, 1);
        Py_END_ALLOW_THREADS
        if (status != PY_LOCK_INTR)
            return status;
        if (Py_MakePendingCalls() < 0)
            return PY_LOCK_INTR;
        if (timeout > 0) {
            timeout = _PyDeadline_Get(deadline);
            if (timeout < 0)
                return PY_LOCK_FAILURE;
        }
    }
}

typedef struct AcquireArgs {
    int blocking;
    PyObject *timeout;
} AcquireArgs;

static const KsParam acquire_params[] = {
    PARAM(AcquireArgs, blocking, ARG_BOOL, 0),
    PARAM(AcquireArgs, timeout, ARG_OBJECT, 0),
    PARAM_END,
};

/* blocking and timeout as one number for acquire_timed(). */
static int
acquire_arguments(PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, _PyTime_t *timeout)
{
    const _PyTime_t unset = _PyTime_FromSeconds(-1);
    AcquireArgs in = {1, NULL};
    *timeout = unset;
    if (KS_LIKELY(nargs == 0 && kwnames == NULL)) {
        *timeout = -1;
        return 1;
    }
    if (!ks_args_parse("acquire", acquire_params, args, nargs, kwnames, &in)
        || (in.timeout != NULL
            && _PyTime_FromSecondsObject(timeout, in.timeout, _PyTime_ROUND_TIMEOUT) < 0))
        return 0;
    if (!in.blocking && *timeout != unset) {
        PyErr_SetString(PyExc_ValueError, "can't specify a timeout for a non-blocking call");
        return 0;
    }
    if (*timeout < 0 && *timeout != unset) {
        PyErr_SetString(PyExc_ValueError, "timeout value must be positive");
        return 0;
    }
    if (!in.blocking)
        *timeout = 0;
    else if (*timeout != unset
             && _PyTime_AsMicroseconds(*timeout, _PyTime_ROUND_TIMEOUT) > PY_TIMEOUT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "timeout value is too large");
        return 0;
    }
    return 1;
}

/* ---- lock ---- */

PyObject *
ks_lock_new(PyObject *module)
{
    PyTypeObject *type = ks_thread_state(module)->lock_type;
    LockObject *self = (LockObject *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->lock = PyThread_allocate_lock();
    self->locked = 0;
    self->weakrefs = NULL;
    if (self->lock == NULL) {
        Py_DECREF(self);
        PyErr_SetString(PyExc_RuntimeError, "can't allocate lock");
        return NULL;
    }
    return (PyObject *)self;
}

void
ks_lock_release_if_locked(PyObject *lock)
{
    LockObject *self = (LockObject *)lock;
    if (self->locked) {
        self->locked = 0;
        PyThread_release_lock(self->lock);
    }
}

static int
lock_traverse(LockObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static void
lock_dealloc(LockObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (self->weakrefs != NULL)
        PyObject_ClearWeakRefs((PyObject *)self);
    if (self->lock != NULL) {
        if (self->locked)
            PyThread_release_lock(self->lock);
        PyThread_free_lock(self->lock);
    }
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
lock_acquire(LockObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    _PyTime_t timeout;
    if (!acquire_arguments(args, nargs, kwnames, &timeout))
        return NULL;
    PyLockStatus status = acquire_timed(self->lock, timeout);
    if (status == PY_LOCK_INTR)
        return NULL;
    if (status == PY_LOCK_ACQUIRED)
        self->locked = 1;
    return PyBool_FromLong(status == PY_LOCK_ACQUIRED);
}

static PyObject *
lock_release(LockObject *self, PyObject *unused)
{
    if (!self->locked) {
        PyErr_SetString(PyExc_RuntimeError, "release unlocked lock");
        return NULL;
    }
    self->locked = 0;
    PyThread_release_lock(self->lock);
    Py_RETURN_NONE;
}

static PyObject *
lock_exit(LockObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return lock_release(self, NULL);
}

static PyObject *
lock_locked(LockObject *self, PyObject *unused)
{
    return PyBool_FromLong(self->locked);
}

static PyObject *
lock_repr(LockObject *self)
{
    return PyUnicode_FromFormat("<%s %s object at %p>", self->locked ? "locked" : "unlocked",
                                Py_TYPE(self)->tp_name, self);
}

static PyObject *
lock_at_fork_reinit(LockObject *self, PyObject *unused)
{
    if (_PyThread_at_fork_reinit(&self->lock) < 0) {
        PyErr_SetString(PyExc_RuntimeError, "failed to reinitialize lock at fork");
        return NULL;
    }
    self->locked = 0;
    Py_RETURN_NONE;
}

#define ACQUIRE_DOC(name)                                                                  \
    name "(blocking=True, timeout=-1) -> bool\n\nTake the lock, waiting for it at most timeout " \
         "seconds; was it taken?"
#define RELEASE_DOC(name) name "()\n\nGive the lock back."

static PyMethodDef lock_methods[] = {
    METHOD_PLAIN("acquire_lock", lock_acquire, METH_FASTCALL | METH_KEYWORDS, ACQUIRE_DOC("acquire_lock")),
    METHOD_PLAIN("acquire", lock_acquire, METH_FASTCALL | METH_KEYWORDS, ACQUIRE_DOC("acquire")),
    METHOD_PLAIN("release_lock", lock_release, METH_NOARGS, RELEASE_DOC("release_lock")),
    METHOD_PLAIN("release", lock_release, METH_NOARGS, RELEASE_DOC("release")),
    METHOD_PLAIN("locked_lock", lock_locked, METH_NOARGS, "locked_lock() -> bool\n\nIs it taken?"),
    METHOD_PLAIN("locked", lock_locked, METH_NOARGS, "locked() -> bool\n\nIs it taken?"),
    METHOD_PLAIN("__enter__", lock_acquire, METH_FASTCALL | METH_KEYWORDS, ACQUIRE_DOC("__enter__")),
    METHOD_PLAIN("__exit__", lock_exit, METH_FASTCALL, RELEASE_DOC("__exit__")),
    METHOD_PLAIN("_at_fork_reinit", lock_at_fork_reinit, METH_NOARGS, "A free lock for a child process."),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef lock_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(LockObject, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot lock_slots[] = {
    {Py_tp_dealloc, lock_dealloc},   {Py_tp_repr, lock_repr},
    {Py_tp_doc, "A lock: taken by one, released by anyone.\n\nMade by _thread.allocate_lock()."},
    {Py_tp_methods, lock_methods},   {Py_tp_members, lock_members},
    {Py_tp_traverse, lock_traverse}, {0, NULL},
};

PyType_Spec ks_lock_spec = {
    .name = "_thread.lock",
    .basicsize = sizeof(LockObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION
             | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = lock_slots,
};

/* ---- RLock ---- */

static PyObject *
rlock_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    RLockObject *self = (RLockObject *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->lock = PyThread_allocate_lock();
    if (self->lock == NULL) {
        Py_DECREF(self);
        PyErr_SetString(PyExc_RuntimeError, "can't allocate lock");
        return NULL;
    }
    return (PyObject *)self;
}

static int
rlock_traverse(RLockObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static void
rlock_dealloc(RLockObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (self->weakrefs != NULL)
        PyObject_ClearWeakRefs((PyObject *)self);
    if (self->lock != NULL) {
        if (self->count > 0)
            PyThread_release_lock(self->lock);
        PyThread_free_lock(self->lock);
    }
    type->tp_free(self);
    Py_DECREF(type);
}

static int
rlock_is_mine(RLockObject *self)
{
    return self->count > 0 && self->owner == PyThread_get_thread_ident();
}

static PyObject *
rlock_acquire(RLockObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    _PyTime_t timeout;
    if (!acquire_arguments(args, nargs, kwnames, &timeout))
        return NULL;
    if (rlock_is_mine(self)) {
        if (self->count == ULONG_MAX) {
            PyErr_SetString(PyExc_OverflowError, "Internal lock count overflowed");
            return NULL;
        }
        self->count++;
        Py_RETURN_TRUE;
    }
    PyLockStatus status = acquire_timed(self->lock, timeout);
    if (status == PY_LOCK_INTR)
        return NULL;
    if (status == PY_LOCK_ACQUIRED) {
        self->owner = PyThread_get_thread_ident();
        self->count = 1;
    }
    return PyBool_FromLong(status == PY_LOCK_ACQUIRED);
}

static PyObject *
rlock_release(RLockObject *self, PyObject *unused)
{
    if (!rlock_is_mine(self)) {
        PyErr_SetString(PyExc_RuntimeError, "cannot release un-acquired lock");
        return NULL;
    }
    if (--self->count == 0) {
        self->owner = 0;
        PyThread_release_lock(self->lock);
    }
    Py_RETURN_NONE;
}

static PyObject *
rlock_exit(RLockObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    return rlock_release(self, NULL);
}

static PyObject *
rlock_is_owned(RLockObject *self, PyObject *unused)
{
    return PyBool_FromLong(rlock_is_mine(self));
}

/* For Condition.wait(): give all levels back, and take as many again. */
static PyObject *
rlock_release_save(RLockObject *self, PyObject *unused)
{
    if (self->count == 0) {
        PyErr_SetString(PyExc_RuntimeError, "cannot release un-acquired lock");
        return NULL;
    }
    unsigned long owner = self->owner, count = self->count;
    self->count = 0;
    self->owner = 0;
    PyThread_release_lock(self->lock);
    return Py_BuildValue("kk", count, owner);
}

static PyObject *
rlock_acquire_restore(RLockObject *self, PyObject *saved)
{
    unsigned long owner, count;
    if (!PyTuple_Check(saved)) {
        PyErr_Format(PyExc_TypeError, "_acquire_restore() argument must be tuple, not %.50s",
                     Py_TYPE(saved)->tp_name);
        return NULL;
    }
    if (!PyArg_ParseTuple(saved, "kk:_acquire_restore", &count, &owner))
        return NULL;
    int taken = 1;
    if (!PyThread_acquire_lock(self->lock, NOWAIT_LOCK)) {
        Py_BEGIN_ALLOW_THREADS
        taken = PyThread_acquire_lock(self->lock, WAIT_LOCK);
        Py_END_ALLOW_THREADS
    }
    if (!taken) {
        PyErr_SetString(PyExc_RuntimeError, "couldn't acquire lock");
        return NULL;
    }
    self->owner = owner;
    self->count = count;
    Py_RETURN_NONE;
}

static PyObject *
rlock_repr(RLockObject *self)
{
    return PyUnicode_FromFormat("<%s %s object owner=%ld count=%lu at %p>",
                                self->count ? "locked" : "unlocked", Py_TYPE(self)->tp_name,
                                self->owner, self->count, self);
}

static PyObject *
rlock_at_fork_reinit(RLockObject *self, PyObject *unused)
{
    if (_PyThread_at_fork_reinit(&self->lock) < 0) {
        PyErr_SetString(PyExc_RuntimeError, "failed to reinitialize lock at fork");
        return NULL;
    }
    self->owner = 0;
    self->count = 0;
    Py_RETURN_NONE;
}

static PyMethodDef rlock_methods[] = {
    METHOD_PLAIN("acquire", rlock_acquire, METH_FASTCALL | METH_KEYWORDS, ACQUIRE_DOC("acquire")),
    METHOD_PLAIN("release", rlock_release, METH_NOARGS, RELEASE_DOC("release")),
    METHOD_PLAIN("_is_owned", rlock_is_owned, METH_NOARGS, "Does this thread hold it?"),
    METHOD_PLAIN("_acquire_restore", rlock_acquire_restore, METH_O, "For Condition."),
    METHOD_PLAIN("_release_save", rlock_release_save, METH_NOARGS, "For Condition."),
    METHOD_PLAIN("__enter__", rlock_acquire, METH_FASTCALL | METH_KEYWORDS, ACQUIRE_DOC("__enter__")),
    METHOD_PLAIN("__exit__", rlock_exit, METH_FASTCALL, RELEASE_DOC("__exit__")),
    METHOD_PLAIN("_at_fork_reinit", rlock_at_fork_reinit, METH_NOARGS, "A free lock for a child process."),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef rlock_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(RLockObject, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot rlock_slots[] = {
    {Py_tp_dealloc, rlock_dealloc}, {Py_tp_repr, rlock_repr},         {Py_tp_methods, rlock_methods},
    {Py_tp_alloc, PyType_GenericAlloc}, {Py_tp_new, rlock_new},       {Py_tp_members, rlock_members},
    {Py_tp_traverse, rlock_traverse},   {0, NULL},
};

PyType_Spec ks_rlock_spec = {
    .name = "_thread.RLock",
    .basicsize = sizeof(RLockObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = rlock_slots,
};
