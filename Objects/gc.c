/* SPDX-License-Identifier: MIT */
/* The cycle collector: containers' heads, generations, and one collection.
 *
 * Every tracked container is on exactly one generation's ring. During a collection, and only then,
 * the `previous` word of the candidates holds a reference count shifted past the flag bits, and
 * the lowest bit of `next` marks members of the unreachable ring.
 *
 * A collection subtracts from each candidate's count the references that come from other
 * candidates: what is left over is held from outside, and everything reachable from there lives.
 * The rest is trash: weak references to it are cleared and their callbacks run, finalizers run
 * once, what they brought back to life is found by repeating the analysis, and tp_clear breaks the
 * cycles of what remains. */
#include "Python.h"

#include <time.h>

#include "pycore_gc.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pylifecycle.h"
#include "pycore_pymem.h"
#include "pycore_pystate.h"

#include "ks_gc.h"

typedef struct _gc_runtime_state GcState;

#define UNREACHABLE ((uintptr_t)1) /* in `next` */
#define COLLECTING _PyGC_PREV_MASK_COLLECTING
#define FROM_GC(head) ((PyObject *)((PyGC_Head *)(head) + 1))
#define OLDEST (NUM_GENERATIONS - 1)

/* --- rings --- */

static void
ring_init(PyGC_Head *ring)
{
    ring->_gc_next = ring->_gc_prev = (uintptr_t)ring;
}

static int
ring_is_empty(const PyGC_Head *ring)
{
    return ring->_gc_next == (uintptr_t)ring;
}

static void
ring_append(PyGC_Head *node, PyGC_Head *ring)
{
    PyGC_Head *last = (PyGC_Head *)ring->_gc_prev;
    _PyGCHead_SET_PREV(node, last);
    last->_gc_next = (uintptr_t)node;
    node->_gc_next = (uintptr_t)ring;
    ring->_gc_prev = (uintptr_t)node;
}

static void
ring_move(PyGC_Head *node, PyGC_Head *ring)
{
    PyGC_Head *previous = _PyGCHead_PREV(node), *next = _PyGCHead_NEXT(node);
    _PyGCHead_SET_NEXT(previous, next);
    _PyGCHead_SET_PREV(next, previous);
    ring_append(node, ring);
}

/* Appends all of `from` to `to`. */
static void
ring_merge(PyGC_Head *from, PyGC_Head *to)
{
    if (!ring_is_empty(from)) {
        PyGC_Head *last = (PyGC_Head *)to->_gc_prev;
        PyGC_Head *first = _PyGCHead_NEXT(from), *end = (PyGC_Head *)from->_gc_prev;
        last->_gc_next = (uintptr_t)first;
        _PyGCHead_SET_PREV(first, last);
        end->_gc_next = (uintptr_t)to;
        to->_gc_prev = (uintptr_t)end;
    }
    ring_init(from);
}

static Py_ssize_t
ring_count(const PyGC_Head *ring)
{
    Py_ssize_t count = 0;
    for (PyGC_Head *node = _PyGCHead_NEXT(ring); node != ring; node = _PyGCHead_NEXT(node))
        count++;
    return count;
}

/* --- who is reachable --- */

static inline int
is_collecting(const PyGC_Head *node)
{
    return (node->_gc_prev & COLLECTING) != 0;
}

static inline Py_ssize_t
count_get(const PyGC_Head *node)
{
    return (Py_ssize_t)(node->_gc_prev >> _PyGC_PREV_SHIFT);
}

static inline void
count_set(PyGC_Head *node, Py_ssize_t count)
{
    node->_gc_prev = (node->_gc_prev & ~_PyGC_PREV_MASK) |
                     ((uintptr_t)count << _PyGC_PREV_SHIFT);
}

static void
counts_copy(PyGC_Head *ring)
{
    for (PyGC_Head *node = _PyGCHead_NEXT(ring); node != ring; node = _PyGCHead_NEXT(node)) {
        node->_gc_prev = (node->_gc_prev & _PyGC_PREV_MASK_FINALIZED) | COLLECTING |
                         ((uintptr_t)Py_REFCNT(FROM_GC(node)) << _PyGC_PREV_SHIFT);
    }
}

static int
visit_subtract(PyObject *referent, void *unused)
{
    if (_PyObject_IS_GC(referent)) {
        PyGC_Head *node = _Py_AS_GC(referent);
        if (is_collecting(node))
            node->_gc_prev -= (uintptr_t)1 << _PyGC_PREV_SHIFT;
    }
    return 0;
}

static void
counts_subtract_inner(PyGC_Head *ring)
{
    for (PyGC_Head *node = _PyGCHead_NEXT(ring); node != ring; node = _PyGCHead_NEXT(node)) {
        PyObject *object = FROM_GC(node);
        __builtin_prefetch(_PyGCHead_NEXT(node));
        Py_TYPE(object)->tp_traverse(object, visit_subtract, object);
    }
}

/* What a living object refers to lives: bring it back if it was set aside, and see to it that the
 * walk does not set it aside later. */
static int
visit_revive(PyObject *referent, void *ring)
{
    if (!_PyObject_IS_GC(referent))
        return 0;
    PyGC_Head *node = _Py_AS_GC(referent);
    if (!is_collecting(node))
        return 0;
    if (node->_gc_next & UNREACHABLE) {
        PyGC_Head *previous = _PyGCHead_PREV(node);
        PyGC_Head *next = (PyGC_Head *)(node->_gc_next & ~UNREACHABLE);
        previous->_gc_next = node->_gc_next; /* the neighbours' links carry the mark, too */
        _PyGCHead_SET_PREV(next, previous);
        ring_append(node, (PyGC_Head *)ring);
        count_set(node, 1);
    }
    else if (count_get(node) == 0) {
        count_set(node, 1);
    }
    return 0;
}

/* Moves what is only reachable from trash to `unreachable`. Afterwards the survivors' `previous`
 * words are links again; the trash keeps COLLECTING and its marked `next` words. */
static void
split_unreachable(PyGC_Head *young, PyGC_Head *unreachable)
{
    PyGC_Head *previous = young, *node = _PyGCHead_NEXT(young);
    while (node != young) {
        if (count_get(node) != 0) {
            PyObject *object = FROM_GC(node);
            Py_TYPE(object)->tp_traverse(object, visit_revive, young);
            _PyGCHead_SET_PREV(node, previous);
            node->_gc_prev &= ~(uintptr_t)COLLECTING;
            previous = node;
        }
        else {
            /* Set aside for now. Its own count field is free to serve as a link. */
            previous->_gc_next = node->_gc_next;
            PyGC_Head *last = _PyGCHead_PREV(unreachable);
            last->_gc_next = UNREACHABLE | (uintptr_t)node;
            _PyGCHead_SET_PREV(node, last);
            node->_gc_next = UNREACHABLE | (uintptr_t)unreachable;
            unreachable->_gc_prev = (uintptr_t)node;
        }
        node = (PyGC_Head *)previous->_gc_next;
    }
    young->_gc_prev = (uintptr_t)previous;
    unreachable->_gc_next &= ~UNREACHABLE;
}

static void
find_unreachable(PyGC_Head *base, PyGC_Head *unreachable)
{
    counts_copy(base);
    counts_subtract_inner(base);
    ring_init(unreachable);
    split_unreachable(base, unreachable);
}

static void
clear_marks(PyGC_Head *unreachable)
{
    PyGC_Head *node = _PyGCHead_NEXT(unreachable);
    while (node != unreachable) {
        PyGC_Head *next = (PyGC_Head *)(node->_gc_next & ~UNREACHABLE);
        node->_gc_next = (uintptr_t)next;
        node = next;
    }
}

/* --- untracking --- */

/* Stops watching the tuples, and with `dicts` the dicts, that can be part of no cycle. Returns how
 * many containers are left: to walk a ring costs more than what is done at each step. */
static Py_ssize_t
untrack_plain(PyGC_Head *ring, int dicts)
{
    Py_ssize_t left = 0;
    for (PyGC_Head *node = _PyGCHead_NEXT(ring), *next; node != ring; node = next) {
        next = _PyGCHead_NEXT(node);
        PyObject *object = FROM_GC(node);
        if (PyTuple_CheckExact(object))
            _PyTuple_MaybeUntrack(object);
        else if (dicts && PyDict_CheckExact(object))
            _PyDict_MaybeUntrack(object);
        left += node->_gc_next != 0;
    }
    return left;
}

/* --- objects with tp_del: no safe order, so they are kept --- */

static int
has_legacy_finalizer(PyObject *object)
{
    return Py_TYPE(object)->tp_del != NULL;
}

/* Clears the marks of the trash on the way. */
static void
split_legacy(PyGC_Head *unreachable, PyGC_Head *legacy)
{
    for (PyGC_Head *node = _PyGCHead_NEXT(unreachable), *next; node != unreachable; node = next) {
        node->_gc_next &= ~UNREACHABLE;
        next = (PyGC_Head *)node->_gc_next;
        if (has_legacy_finalizer(FROM_GC(node))) {
            node->_gc_prev &= ~(uintptr_t)COLLECTING;
            ring_move(node, legacy);
        }
    }
}

static int
visit_move(PyObject *referent, void *ring)
{
    if (_PyObject_IS_GC(referent)) {
        PyGC_Head *node = _Py_AS_GC(referent);
        if (is_collecting(node)) {
            ring_move(node, (PyGC_Head *)ring);
            node->_gc_prev &= ~(uintptr_t)COLLECTING;
        }
    }
    return 0;
}

static void
move_reachable_from(PyGC_Head *ring)
{
    for (PyGC_Head *node = _PyGCHead_NEXT(ring); node != ring; node = _PyGCHead_NEXT(node)) {
        PyObject *object = FROM_GC(node);
        Py_TYPE(object)->tp_traverse(object, visit_move, ring);
    }
}

/* --- weak references --- */

/* Clears the weak references to one piece of trash; those with a callback to run are appended to
 * `pending`, each holding a reference. */
static void
clear_weakrefs_of(PyObject *object, PyGC_Head *pending)
{
    if (PyWeakref_Check(object)) {
        /* A trash weak reference must not call back into trash. */
        _PyWeakref_ClearRef((PyWeakReference *)object);
    }
    if (!_PyType_SUPPORTS_WEAKREFS(Py_TYPE(object)))
        return;
    PyWeakReference **list = (PyWeakReference **)PyObject_GET_WEAKREFS_LISTPTR(object);
    for (PyWeakReference *reference = *list; reference != NULL; reference = *list) {
        _PyWeakref_ClearRef(reference);
        if (reference->wr_callback == NULL)
            continue;
        PyGC_Head *node = _Py_AS_GC(reference);
        if (is_collecting(node))
            continue; /* the reference is trash itself: its callback is not owed to anyone */
        Py_INCREF(reference);
        ring_move(node, pending);
    }
}

static void
handle_weakrefs(PyGC_Head *unreachable, PyGC_Head *old)
{
    PyGC_Head pending;
    ring_init(&pending);
    for (PyGC_Head *node = _PyGCHead_NEXT(unreachable), *next; node != unreachable; node = next) {
        next = _PyGCHead_NEXT(node);
        clear_weakrefs_of(FROM_GC(node), &pending);
    }
    while (!ring_is_empty(&pending)) {
        PyGC_Head *node = _PyGCHead_NEXT(&pending);
        PyObject *reference = FROM_GC(node);
        PyObject *callback = ((PyWeakReference *)reference)->wr_callback;
        PyObject *result = PyObject_CallOneArg(callback, reference);
        if (result == NULL)
            PyErr_WriteUnraisable(callback);
        else
            Py_DECREF(result);
        Py_DECREF(reference);
        /* Still at the head if it lives on; otherwise it left the ring by itself. */
        if (_PyGCHead_NEXT(&pending) == node)
            ring_move(node, old);
    }
}

/* --- finalizers, resurrection, clearing --- */

/* Returns whether there was any. */
static int
run_finalizers(PyThreadState *tstate, PyGC_Head *unreachable)
{
    PyGC_Head seen;
    int any = 0;
    ring_init(&seen);
    while (!ring_is_empty(unreachable)) {
        PyGC_Head *node = _PyGCHead_NEXT(unreachable);
        PyObject *object = FROM_GC(node);
        ring_move(node, &seen);
        destructor finalize = Py_TYPE(object)->tp_finalize;
        if (!_PyGCHead_FINALIZED(node) && finalize != NULL) {
            _PyGCHead_SET_FINALIZED(node);
            any = 1;
            Py_INCREF(object);
            finalize(object);
            Py_DECREF(object);
        }
    }
    ring_merge(&seen, unreachable);
    return any;
}

/* Separates what finalizers brought back; it moves to `old`. No other code could reach the trash:
 * its weak references are cleared. */
static void
handle_resurrected(PyGC_Head *unreachable, int finalized, PyGC_Head *still_unreachable,
                   PyGC_Head *old)
{
    if (!finalized) {
        ring_init(still_unreachable);
        ring_merge(unreachable, still_unreachable);
        return;
    }
    find_unreachable(unreachable, still_unreachable);
    clear_marks(still_unreachable);
    ring_merge(unreachable, old);
}

static void
clear_trash(PyThreadState *tstate, GcState *gc, PyGC_Head *trash, PyGC_Head *old)
{
    while (!ring_is_empty(trash)) {
        PyGC_Head *node = _PyGCHead_NEXT(trash);
        PyObject *object = FROM_GC(node);
        if (gc->debug & KS_GC_DEBUG_SAVEALL) {
            if (PyList_Append(gc->garbage, object) < 0)
                _PyErr_Clear(tstate);
        }
        else {
            inquiry clear = Py_TYPE(object)->tp_clear;
            if (clear != NULL) {
                Py_INCREF(object);
                (void)clear(object);
                if (_PyErr_Occurred(tstate))
                    _PyErr_WriteUnraisableMsg("in tp_clear of", (PyObject *)Py_TYPE(object));
                Py_DECREF(object);
            }
        }
        if (_PyGCHead_NEXT(trash) == node) {
            /* Not dead yet: it may only have lost its part of the cycle. */
            node->_gc_prev &= ~(uintptr_t)COLLECTING;
            ring_move(node, old);
        }
    }
}

static Py_ssize_t
keep_legacy(PyThreadState *tstate, GcState *gc, PyGC_Head *legacy, PyGC_Head *old)
{
    Py_ssize_t count = 0;
    if (gc->garbage == NULL) {
        gc->garbage = PyList_New(0);
        if (gc->garbage == NULL)
            Py_FatalError("gc couldn't create gc.garbage list");
    }
    for (PyGC_Head *node = _PyGCHead_NEXT(legacy); node != legacy; node = _PyGCHead_NEXT(node)) {
        PyObject *object = FROM_GC(node);
        count++;
        if (gc->debug & KS_GC_DEBUG_UNCOLLECTABLE)
            PySys_FormatStderr("gc: %s <%s %p>\n", "uncollectable", Py_TYPE(object)->tp_name,
                               object);
        if (((gc->debug & KS_GC_DEBUG_SAVEALL) || has_legacy_finalizer(object)) &&
            PyList_Append(gc->garbage, object) < 0)
            _PyErr_Clear(tstate);
    }
    ring_merge(legacy, old);
    return count;
}

/* --- one collection --- */

static double
seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void
report_start(GcState *gc, int generation)
{
    PySys_WriteStderr("gc: collecting generation %d...\n", generation);
    PySys_WriteStderr("gc: objects in each generation: %zd %zd %zd\n",
                      ring_count(&gc->generations[0].head), ring_count(&gc->generations[1].head),
                      ring_count(&gc->generations[2].head));
    PySys_WriteStderr("gc: objects in permanent generation: %zd\n",
                      ring_count(&gc->permanent_generation.head));
}

static void
clear_freelists(PyInterpreterState *interp)
{
    _PyTuple_ClearFreeList(interp);
    _PyFloat_ClearFreeList(interp);
    _PyList_ClearFreeList(interp);
    _PyDict_ClearFreeList(interp);
    _PyAsyncGen_ClearFreeLists(interp);
    _PyContext_ClearFreeList(interp);
}

static Py_ssize_t
collect(PyThreadState *tstate, int generation, Py_ssize_t *uncollectable)
{
    GcState *gc = &tstate->interp->gc;
    double started = 0;
    if (gc->debug & KS_GC_DEBUG_STATS) {
        report_start(gc, generation);
        started = seconds_now();
    }
    if (generation + 1 < NUM_GENERATIONS)
        gc->generations[generation + 1].count++;
    for (int i = 0; i <= generation; i++)
        gc->generations[i].count = 0;
    PyGC_Head *young = &gc->generations[generation].head;
    for (int i = 0; i < generation; i++)
        ring_merge(&gc->generations[i].head, young);
    PyGC_Head *old = generation < OLDEST ? &gc->generations[generation + 1].head : young;

    PyGC_Head unreachable, legacy, trash;
    find_unreachable(young, &unreachable);
    Py_ssize_t survivors = untrack_plain(young, generation == OLDEST);
    if (generation < OLDEST) {
        if (generation == OLDEST - 1)
            gc->long_lived_pending += survivors;
        ring_merge(young, old);
    }
    else {
        gc->long_lived_pending = 0;
        gc->long_lived_total = survivors;
    }
    ring_init(&legacy);
    split_legacy(&unreachable, &legacy);
    move_reachable_from(&legacy);
    if (gc->debug & KS_GC_DEBUG_COLLECTABLE) {
        for (PyGC_Head *node = _PyGCHead_NEXT(&unreachable); node != &unreachable;
             node = _PyGCHead_NEXT(node))
            PySys_FormatStderr("gc: %s <%s %p>\n", "collectable",
                               Py_TYPE(FROM_GC(node))->tp_name, FROM_GC(node));
    }
    handle_weakrefs(&unreachable, old);
    int finalized = run_finalizers(tstate, &unreachable);
    handle_resurrected(&unreachable, finalized, &trash, old);
    Py_ssize_t collected = ring_count(&trash);
    clear_trash(tstate, gc, &trash, old);
    *uncollectable = keep_legacy(tstate, gc, &legacy, old);
    if (gc->debug & KS_GC_DEBUG_STATS)
        PySys_WriteStderr("gc: done, %zd unreachable, %zd uncollectable, %.4fs elapsed\n",
                          collected + *uncollectable, *uncollectable, seconds_now() - started);
    if (generation == OLDEST)
        clear_freelists(tstate->interp);
    struct gc_generation_stats *stats = &gc->generation_stats[generation];
    stats->collections++;
    stats->collected += collected;
    stats->uncollectable += *uncollectable;
    return collected;
}

/* Errors that were set before the collection stay set after it; a collection sets none. */
static Py_ssize_t
collect_quietly(PyThreadState *tstate, int generation, Py_ssize_t *uncollectable)
{
    PyObject *type, *value, *traceback;
    _PyErr_Fetch(tstate, &type, &value, &traceback);
    Py_ssize_t collected = collect(tstate, generation, uncollectable);
    if (_PyErr_Occurred(tstate))
        _PyErr_WriteUnraisableMsg("in garbage collection", NULL);
    _PyErr_Restore(tstate, type, value, traceback);
    return collected;
}

Py_ssize_t
ks_gc_collect(PyThreadState *tstate, int generation)
{
    Py_ssize_t uncollectable = 0;
    Py_ssize_t collected = collect_quietly(tstate, generation, &uncollectable);
    return collected + uncollectable;
}

/* Calls gc.callbacks with (phase, info). */
static void
announce(PyThreadState *tstate, const char *phase, int generation, Py_ssize_t collected,
         Py_ssize_t uncollectable)
{
    PyObject *callbacks = tstate->interp->gc.callbacks;
    if (callbacks == NULL || PyList_GET_SIZE(callbacks) == 0)
        return;
    KS_OWNED PyObject *info = Py_BuildValue("{sisnsn}", "generation", generation, "collected",
                                            collected, "uncollectable", uncollectable);
    KS_OWNED PyObject *name = PyUnicode_FromString(phase);
    if (info == NULL || name == NULL) {
        PyErr_WriteUnraisable(NULL);
        return;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(callbacks); i++) {
        KS_OWNED PyObject *callback = Py_NewRef(PyList_GET_ITEM(callbacks, i));
        PyObject *args[] = {name, info};
        KS_OWNED PyObject *result = PyObject_Vectorcall(callback, args, 2, NULL);
        if (result == NULL)
            PyErr_WriteUnraisable(callback);
    }
}

Py_ssize_t
ks_gc_collect_announced(PyThreadState *tstate, int generation)
{
    Py_ssize_t uncollectable = 0;
    PyObject *type, *value, *traceback;
    _PyErr_Fetch(tstate, &type, &value, &traceback);
    announce(tstate, "start", generation, 0, 0);
    Py_ssize_t collected = collect_quietly(tstate, generation, &uncollectable);
    announce(tstate, "stop", generation, collected, uncollectable);
    _PyErr_Restore(tstate, type, value, traceback);
    return collected + uncollectable;
}

/* The oldest generation over its threshold. The full one waits until a quarter of the long-lived
 * objects is new, which keeps the total work linear in the number of objects. */
static void
collect_due(PyThreadState *tstate)
{
    GcState *gc = &tstate->interp->gc;
    for (int i = OLDEST; i >= 0; i--) {
        if (gc->generations[i].count <= gc->generations[i].threshold)
            continue;
        if (i == OLDEST && gc->long_lived_pending < gc->long_lived_total / 4)
            continue;
        ks_gc_collect_announced(tstate, i);
        return;
    }
}

/* --- containers --- */

/* Prepares the head of a new container and collects when it is time. */
void
_PyObject_GC_Link(PyObject *object)
{
    PyGC_Head *node = _Py_AS_GC(object);
    PyThreadState *tstate = _PyThreadState_GET();
    GcState *gc = &tstate->interp->gc;
    node->_gc_next = 0;
    node->_gc_prev = 0;
    gc->generations[0].count++;
    if (KS_UNLIKELY(gc->generations[0].count > gc->generations[0].threshold) && gc->enabled &&
        gc->generations[0].threshold && !gc->collecting && !_PyErr_Occurred(tstate)) {
        gc->collecting = 1;
        collect_due(tstate);
        gc->collecting = 0;
    }
}

/* Memory for a container with its head, linked; bytes without the head. NULL: MemoryError. */
static inline PyObject *
container_alloc(PyTypeObject *type, size_t bytes)
{
    size_t before = _PyType_PreHeaderSize(type);
    if (bytes > (size_t)PY_SSIZE_T_MAX - before)
        return PyErr_NoMemory();
    char *memory = PyObject_Malloc(bytes + before);
    if (memory == NULL)
        return PyErr_NoMemory();
    ((PyObject **)memory)[0] = NULL;
    ((PyObject **)memory)[1] = NULL;
    PyObject *object = (PyObject *)(memory + before);
    _PyObject_GC_Link(object);
    return object;
}

PyObject *
_PyObject_GC_New(PyTypeObject *type)
{
    PyObject *object = container_alloc(type, _PyObject_SIZE(type));
    if (object == NULL)
        return NULL;
    _PyObject_Init(object, type);
    return object;
}

PyVarObject *
_PyObject_GC_NewVar(PyTypeObject *type, Py_ssize_t count)
{
    if (count < 0) {
        PyErr_BadInternalCall();
        return NULL;
    }
    PyVarObject *object = (PyVarObject *)container_alloc(type, _PyObject_VAR_SIZE(type, count));
    if (object == NULL)
        return NULL;
    _PyObject_InitVar(object, type, count);
    return object;
}

PyVarObject *
_PyObject_GC_Resize(PyVarObject *object, Py_ssize_t count)
{
    size_t bytes = _PyObject_VAR_SIZE(Py_TYPE(object), count);
    size_t before = _PyType_PreHeaderSize(Py_TYPE(object));
    if (bytes > (size_t)PY_SSIZE_T_MAX - before)
        return (PyVarObject *)PyErr_NoMemory();
    char *memory = PyObject_Realloc((char *)object - before, bytes + before);
    if (memory == NULL)
        return (PyVarObject *)PyErr_NoMemory();
    object = (PyVarObject *)(memory + before);
    Py_SET_SIZE(object, count);
    return object;
}

void
PyObject_GC_Del(void *pointer)
{
    PyObject *object = pointer;
    size_t before = _PyType_PreHeaderSize(Py_TYPE(object));
    if (_PyObject_GC_IS_TRACKED(object))
        _PyObject_GC_UNTRACK(object);
    GcState *gc = &_PyInterpreterState_GET()->gc;
    if (gc->generations[0].count > 0)
        gc->generations[0].count--;
    PyObject_Free((char *)object - before);
}

void
PyObject_GC_Track(void *pointer)
{
    PyObject *object = pointer;
    if (_PyObject_GC_IS_TRACKED(object))
        _PyObject_ASSERT_FAILED_MSG(object,
                                    "object already tracked by the garbage collector");
    _PyObject_GC_TRACK(object);
}

void
PyObject_GC_UnTrack(void *pointer)
{
    PyObject *object = pointer;
    if (_PyObject_GC_IS_TRACKED(object))
        _PyObject_GC_UNTRACK(object);
}

int
PyObject_IS_GC(PyObject *object)
{
    return _PyObject_IS_GC(object);
}

int
PyObject_GC_IsTracked(PyObject *object)
{
    return _PyObject_IS_GC(object) && _PyObject_GC_IS_TRACKED(object);
}

int
PyObject_GC_IsFinalized(PyObject *object)
{
    return _PyObject_IS_GC(object) && _PyGC_FINALIZED(object);
}

/* --- C-API of the collector --- */

Py_ssize_t
PyGC_Collect(void)
{
    PyThreadState *tstate = _PyThreadState_GET();
    GcState *gc = &tstate->interp->gc;
    if (!gc->enabled || gc->collecting)
        return 0;
    gc->collecting = 1;
    Py_ssize_t found = ks_gc_collect_announced(tstate, OLDEST);
    gc->collecting = 0;
    return found;
}

/* For the end of the interpreter: a full collection without callbacks. */
Py_ssize_t
_PyGC_CollectNoFail(PyThreadState *tstate)
{
    GcState *gc = &tstate->interp->gc;
    if (gc->collecting)
        return 0;
    gc->collecting = 1;
    Py_ssize_t found = ks_gc_collect(tstate, OLDEST);
    gc->collecting = 0;
    return found;
}

int
PyGC_Enable(void)
{
    GcState *gc = &_PyInterpreterState_GET()->gc;
    int before = gc->enabled;
    gc->enabled = 1;
    return before;
}

int
PyGC_Disable(void)
{
    GcState *gc = &_PyInterpreterState_GET()->gc;
    int before = gc->enabled;
    gc->enabled = 0;
    return before;
}

int
PyGC_IsEnabled(void)
{
    return _PyInterpreterState_GET()->gc.enabled;
}

/* --- set-up and end --- */

void
_PyGC_InitState(GcState *gc)
{
    static const int thresholds[NUM_GENERATIONS] = {700, 10, 10};
    gc->enabled = 1;
    for (int i = 0; i < NUM_GENERATIONS; i++) {
        ring_init(&gc->generations[i].head);
        gc->generations[i].threshold = thresholds[i];
        gc->generations[i].count = 0;
    }
    gc->generation0 = &gc->generations[0].head;
    ring_init(&gc->permanent_generation.head);
}

PyStatus
_PyGC_Init(PyInterpreterState *interp)
{
    GcState *gc = &interp->gc;
    gc->garbage = PyList_New(0);
    gc->callbacks = PyList_New(0);
    if (gc->garbage == NULL || gc->callbacks == NULL)
        return _PyStatus_NO_MEMORY();
    return _PyStatus_OK();
}

/* Warns of garbage that nobody looked at. */
void
_PyGC_DumpShutdownStats(PyInterpreterState *interp)
{
    GcState *gc = &interp->gc;
    if ((gc->debug & KS_GC_DEBUG_SAVEALL) || gc->garbage == NULL ||
        PyList_GET_SIZE(gc->garbage) == 0)
        return;
    const char *message = gc->debug & KS_GC_DEBUG_UNCOLLECTABLE
        ? "gc: %zd uncollectable objects at shutdown"
        : "gc: %zd uncollectable objects at shutdown; "
          "use gc.set_debug(gc.DEBUG_UNCOLLECTABLE) to list them";
    if (PyErr_WarnFormat(PyExc_ResourceWarning, 0, message, PyList_GET_SIZE(gc->garbage)) < 0)
        PyErr_WriteUnraisable(NULL);
    if (!(gc->debug & KS_GC_DEBUG_UNCOLLECTABLE))
        return;
    KS_OWNED PyObject *listing = PyObject_Repr(gc->garbage);
    const char *text = listing != NULL ? PyUnicode_AsUTF8(listing) : NULL;
    if (text == NULL)
        PyErr_WriteUnraisable(gc->garbage);
    else
        PySys_WriteStderr("      %s\n", text);
}

/* Empties a ring: containers that outlive the interpreter must not link to dead heads. Each becomes
 * a ring of its own, for whoever drops it takes it for tracked. */
static void
ring_scatter(PyGC_Head *ring)
{
    while (!ring_is_empty(ring)) {
        PyGC_Head *node = _PyGCHead_NEXT(ring);
        ks_gc_unlink(FROM_GC(node));
        _PyGCHead_SET_NEXT(node, node);
        _PyGCHead_SET_PREV(node, node);
    }
}

void
_PyGC_Fini(PyInterpreterState *interp)
{
    GcState *gc = &interp->gc;
    Py_CLEAR(gc->garbage);
    Py_CLEAR(gc->callbacks);
    for (int i = 0; i < NUM_GENERATIONS; i++)
        ring_scatter(&gc->generations[i].head);
    ring_scatter(&gc->permanent_generation.head);
}
