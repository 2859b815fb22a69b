/* SPDX-License-Identifier: MIT */
/* Tracing of memory blocks: where each living block was allocated.
 *
 * While tracing, a hook stands before the allocator of each domain. A trace is a size and a
 * traceback; tracebacks and the file names in them are kept once and live until the traces are
 * cleared. `tables_lock` guards the traces and the byte counts, for blocks are freed without the
 * GIL; tracebacks, file names and the frame buffer belong to the GIL. The tables live in malloc()
 * memory, which has no hook. A thread inside a hook has `is_inside` set and its nested allocations,
 * such as small-block allocators asking the raw domain, are not counted again. */
#include "Python.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "pycore_code.h"
#include "pycore_frame.h"
#include "pycore_hashtable.h"
#include "pycore_object.h"
#include "pycore_pylifecycle.h"
#include "pycore_pymem.h"
#include "pycore_pystate.h"
#include "ks_breaker.h"
#include "ks_tracemalloc.h"

#define BLOCK_DOMAIN 0 /* of the three allocators; other domains come from PyTraceMalloc_Track */

typedef struct TraceFrame {
    PyObject *filename; /* borrowed from the table of file names */
    unsigned int lineno;
} TraceFrame;

typedef struct TraceStack {
    Py_uhash_t hash;
    unsigned short nframe;       /* stored */
    unsigned short total_nframe; /* there were, at most 65535 */
    TraceFrame frames[];
} TraceStack;

typedef struct Trace {
    size_t size;
    TraceStack *stack;
} Trace;

struct _PyTraceMalloc_Config _Py_tracemalloc_config = _PyTraceMalloc_Config_INIT;

static pthread_mutex_t tables_lock = PTHREAD_MUTEX_INITIALIZER;
static __thread int is_inside;

static _Py_hashtable_t *filenames; /* str -> itself, owned */
static _Py_hashtable_t *stacks;    /* TraceStack -> itself, owned */
static _Py_hashtable_t *blocks;    /* address -> Trace, of BLOCK_DOMAIN */
static _Py_hashtable_t *tracked;   /* domain -> table as above */
static size_t traced_bytes, peak_bytes;

static PyMemAllocatorEx below[3];  /* the allocators under the hooks */
static TraceStack *scratch;        /* room for max_nframe frames */
static PyObject *unknown_name;     /* "<unknown>" */
static union {                     /* for threads that run no Python code */
    TraceStack stack;
    char room[sizeof(TraceStack) + sizeof(TraceFrame)];
} nowhere;

/* --- Tables -------------------------------------------------------------------------------------- */

static _Py_hashtable_allocator_t own_memory = {malloc, free};

static Py_uhash_t
name_hash(const void *key)
{
    return (Py_uhash_t)PyObject_Hash((PyObject *)key);
}

static int
name_equal(const void *key1, const void *key2)
{
    return key1 == key2 || PyUnicode_Compare((PyObject *)key1, (PyObject *)key2) == 0;
}

static void
name_drop(void *key)
{
    Py_DECREF((PyObject *)key);
}

static Py_uhash_t
stack_hash(const void *key)
{
    return ((const TraceStack *)key)->hash;
}

static int
stack_equal(const void *key1, const void *key2)
{
    const TraceStack *a = key1, *b = key2;
    if (a->nframe != b->nframe || a->total_nframe != b->total_nframe)
        return 0;
    for (int i = 0; i < a->nframe; i++) {
        if (a->frames[i].lineno != b->frames[i].lineno ||
            a->frames[i].filename != b->frames[i].filename)
            return 0;
    }
    return 1;
}

static Py_uhash_t
domain_hash(const void *key)
{
    return (Py_uhash_t)(uintptr_t)key;
}

static void
table_drop(void *table)
{
    _Py_hashtable_destroy(table);
}

static _Py_hashtable_t *
traces_new(void)
{
    return _Py_hashtable_new_full(_Py_hashtable_hash_ptr, _Py_hashtable_compare_direct, NULL, free,
                                  &own_memory);
}

static void
fork_lock(void)
{
    pthread_mutex_lock(&tables_lock);
}

static void
fork_unlock(void)
{
    pthread_mutex_unlock(&tables_lock);
}

int
ks_tracemalloc_set_up(void)
{
    if (_Py_tracemalloc_config.initialized == TRACEMALLOC_FINALIZED) {
        PyErr_SetString(PyExc_RuntimeError, "the tracemalloc module has been unloaded");
        return -1;
    }
    if (_Py_tracemalloc_config.initialized == TRACEMALLOC_INITIALIZED)
        return 0;
    if (filenames == NULL)
        filenames = _Py_hashtable_new_full(name_hash, name_equal, name_drop, NULL, &own_memory);
    if (stacks == NULL)
        stacks = _Py_hashtable_new_full(stack_hash, stack_equal, NULL, free, &own_memory);
    if (blocks == NULL)
        blocks = traces_new();
    if (tracked == NULL)
        tracked = _Py_hashtable_new_full(domain_hash, _Py_hashtable_compare_direct, NULL,
                                         table_drop, &own_memory);
    if (filenames == NULL || stacks == NULL || blocks == NULL || tracked == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    unknown_name = PyUnicode_InternFromString("<unknown>");
    if (unknown_name == NULL)
        return -1;
    nowhere.stack.nframe = nowhere.stack.total_nframe = 1;
    nowhere.stack.frames[0].filename = unknown_name;
    /* A thread may hold the lock without the GIL; the child must not inherit it so. */
    pthread_atfork(fork_lock, fork_unlock, fork_unlock);
    _Py_tracemalloc_config.initialized = TRACEMALLOC_INITIALIZED;
    return 0;
}

/* --- Tracebacks ---------------------------------------------------------------------------------- */

/* The one object that stands for all file names of this text. */
static PyObject *
filename_unique(PyObject *name)
{
    if (name == NULL || !PyUnicode_Check(name))
        return unknown_name;
    _Py_hashtable_entry_t *entry = _Py_hashtable_get_entry(filenames, name);
    if (entry != NULL)
        return entry->key;
    if (_Py_hashtable_set(filenames, name, NULL) < 0)
        return unknown_name;
    return Py_NewRef(name);
}

static void
stack_collect(PyThreadState *tstate)
{
    int limit = _Py_tracemalloc_config.max_nframe, total = 0;
    scratch->nframe = 0;
    _PyInterpreterFrame *frame = tstate->cframe != NULL ? tstate->cframe->current_frame : NULL;
    for (; frame != NULL; frame = frame->previous) {
        if (_PyFrame_IsIncomplete(frame))
            continue;
        if (scratch->nframe < limit) {
            int lineno = PyCode_Addr2Line(
                frame->f_code, _PyInterpreterFrame_LASTI(frame) * (int)sizeof(_Py_CODEUNIT));
            scratch->frames[scratch->nframe++] = (TraceFrame){
                filename_unique(frame->f_code->co_filename), lineno < 0 ? 0 : (unsigned)lineno};
        }
        if (total < KS_TRACE_FRAMES_MAX)
            total++;
    }
    scratch->total_nframe = (unsigned short)total;
}

/* The kept copy of the calling thread's traceback; NULL without memory, with no exception. The GIL
 * is held unless tstate is NULL. */
static TraceStack *
stack_current(PyThreadState *tstate)
{
    if (tstate == NULL)
        return &nowhere.stack;
    stack_collect(tstate);
    if (scratch->nframe == 0)
        return &nowhere.stack;
    Py_uhash_t hash = scratch->nframe;
    for (int i = 0; i < scratch->nframe; i++) {
        hash = (hash ^ (uintptr_t)scratch->frames[i].filename >> 4) * 0x9e3779b97f4a7c15u;
        hash = (hash ^ hash >> 29 ^ scratch->frames[i].lineno) * 0xbf58476d1ce4e5b9u;
    }
    scratch->hash = hash ^ hash >> 32;
    _Py_hashtable_entry_t *entry = _Py_hashtable_get_entry(stacks, scratch);
    if (entry != NULL)
        return entry->value;
    size_t bytes = sizeof *scratch + scratch->nframe * sizeof scratch->frames[0];
    TraceStack *kept = malloc(bytes);
    if (kept == NULL)
        return NULL;
    memcpy(kept, scratch, bytes);
    if (_Py_hashtable_set(stacks, kept, kept) < 0) {
        free(kept);
        return NULL;
    }
    return kept;
}

/* --- Traces; the lock is held -------------------------------------------------------------------- */

static _Py_hashtable_t *
domain_traces(unsigned int domain)
{
    return domain == BLOCK_DOMAIN
               ? blocks
               : _Py_hashtable_get(tracked, (const void *)(uintptr_t)domain);
}

static void
trace_remove(unsigned int domain, uintptr_t address)
{
    _Py_hashtable_t *traces = domain_traces(domain);
    if (traces == NULL)
        return;
    Trace *trace = _Py_hashtable_steal(traces, (const void *)address);
    if (trace == NULL)
        return;
    traced_bytes -= trace->size;
    free(trace);
}

/* Adds or replaces a trace. 0, or -1 without memory. */
static int
trace_set(unsigned int domain, uintptr_t address, size_t size, TraceStack *stack)
{
    _Py_hashtable_t *traces = domain_traces(domain);
    if (traces == NULL) {
        traces = traces_new();
        if (traces == NULL)
            return -1;
        if (_Py_hashtable_set(tracked, (const void *)(uintptr_t)domain, traces) < 0) {
            _Py_hashtable_destroy(traces);
            return -1;
        }
    }
    Trace *trace = _Py_hashtable_get(traces, (const void *)address);
    if (trace != NULL) {
        traced_bytes -= trace->size;
        *trace = (Trace){size, stack};
    }
    else {
        trace = malloc(sizeof *trace);
        if (trace == NULL)
            return -1;
        *trace = (Trace){size, stack};
        if (_Py_hashtable_set(traces, (const void *)address, trace) < 0) {
            free(trace);
            return -1;
        }
    }
    traced_bytes += size;
    if (traced_bytes > peak_bytes)
        peak_bytes = traced_bytes;
    return 0;
}

/* Traces a block of the calling thread; old is the address it moved from, or 0. */
static int
block_trace(PyThreadState *tstate, uintptr_t old, void *block, size_t size)
{
    TraceStack *stack = stack_current(tstate);
    pthread_mutex_lock(&tables_lock);
    if (old != 0 && (old != (uintptr_t)block || stack == NULL))
        trace_remove(BLOCK_DOMAIN, old);
    int result = stack == NULL ? -1 : trace_set(BLOCK_DOMAIN, (uintptr_t)block, size, stack);
    pthread_mutex_unlock(&tables_lock);
    return result;
}

/* --- Hooks --------------------------------------------------------------------------------------- */

/* Callers of the raw domain may run without the GIL. A thread that Python does not know has no
 * frames, and needs none to be traced. */
typedef struct Entry {
    PyThreadState *tstate;
    PyGILState_STATE gil;
    int took_gil;
} Entry;

static void
hook_enter(Entry *entry, int is_raw)
{
    is_inside = 1;
    entry->took_gil = 0;
    entry->tstate = _PyThreadState_GET();
    if (is_raw && !ks_gil_is_mine()) {
        /* PyGILState would not find the state of a thread in another interpreter. */
        entry->tstate = PyGILState_GetThisThreadState();
        if (entry->tstate != NULL) {
            entry->gil = PyGILState_Ensure();
            entry->tstate = _PyThreadState_GET();
            entry->took_gil = 1;
        }
    }
}

static void
hook_leave(Entry *entry)
{
    if (entry->took_gil)
        PyGILState_Release(entry->gil);
    is_inside = 0;
}

static void *
hook_allocate(PyMemAllocatorEx *under, size_t count, size_t size, int is_clear)
{
    int is_nested = is_inside;
    Entry entry;
    if (!is_nested)
        hook_enter(&entry, under == &below[PYMEM_DOMAIN_RAW]);
    void *block = is_clear ? under->calloc(under->ctx, count, size)
                           : under->malloc(under->ctx, size);
    if (is_nested)
        return block;
    /* Tracing may have been stopped while this thread waited for the GIL. */
    if (block != NULL && _Py_tracemalloc_config.tracing &&
        block_trace(entry.tstate, 0, block, count * size) < 0) {
        under->free(under->ctx, block);
        block = NULL;
    }
    hook_leave(&entry);
    return block;
}

static void *
hook_malloc(void *ctx, size_t size)
{
    return hook_allocate(ctx, 1, size, 0);
}

static void *
hook_calloc(void *ctx, size_t count, size_t size)
{
    return hook_allocate(ctx, count, size, 1);
}

static void
hook_free(void *ctx, void *block)
{
    PyMemAllocatorEx *under = ctx;
    if (block == NULL)
        return;
    /* Before the block goes: its address may belong to another thread right afterwards. */
    if (_Py_tracemalloc_config.tracing) {
        pthread_mutex_lock(&tables_lock);
        trace_remove(BLOCK_DOMAIN, (uintptr_t)block);
        pthread_mutex_unlock(&tables_lock);
    }
    under->free(under->ctx, block);
}

static void *
hook_realloc(void *ctx, void *block, size_t size)
{
    PyMemAllocatorEx *under = ctx;
    uintptr_t old = (uintptr_t)block;
    int is_nested = is_inside;
    Entry entry;
    if (!is_nested)
        hook_enter(&entry, under == &below[PYMEM_DOMAIN_RAW]);
    void *moved = under->realloc(under->ctx, block, size);
    if (is_nested) {
        /* The block may have been traced outside of the hooks. */
        if (moved != NULL && old != 0 && _Py_tracemalloc_config.tracing) {
            pthread_mutex_lock(&tables_lock);
            trace_remove(BLOCK_DOMAIN, old);
            pthread_mutex_unlock(&tables_lock);
        }
        return moved;
    }
    /* A resized block cannot be given back on failure: it stays, without a trace. */
    if (moved != NULL && _Py_tracemalloc_config.tracing &&
        block_trace(entry.tstate, old, moved, size) < 0 && old == 0) {
        under->free(under->ctx, moved);
        moved = NULL;
    }
    hook_leave(&entry);
    return moved;
}

/* --- Switching ----------------------------------------------------------------------------------- */

int
ks_tracemalloc_start(int max_nframe)
{
    if (max_nframe < 1 || max_nframe > KS_TRACE_FRAMES_MAX) {
        PyErr_Format(PyExc_ValueError, "the number of frames must be in range [1; %d]",
                     KS_TRACE_FRAMES_MAX);
        return -1;
    }
    if (ks_tracemalloc_set_up() < 0)
        return -1;
    if (_Py_tracemalloc_config.tracing)
        return 0;
    scratch = malloc(sizeof *scratch + (size_t)max_nframe * sizeof scratch->frames[0]);
    if (scratch == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    _Py_tracemalloc_config.max_nframe = max_nframe;
    _Py_tracemalloc_config.tracing = 1;
    for (int domain = 0; domain < 3; domain++) {
        PyMem_GetAllocator(domain, &below[domain]);
        PyMemAllocatorEx hook = {&below[domain], hook_malloc, hook_calloc, hook_realloc, hook_free};
        PyMem_SetAllocator(domain, &hook);
    }
    return 0;
}

void
ks_tracemalloc_clear(void)
{
    if (!_Py_tracemalloc_config.tracing)
        return;
    pthread_mutex_lock(&tables_lock);
    _Py_hashtable_clear(blocks);
    _Py_hashtable_clear(tracked);
    traced_bytes = peak_bytes = 0;
    pthread_mutex_unlock(&tables_lock);
    _Py_hashtable_clear(stacks);
    _Py_hashtable_clear(filenames); /* frees strings: not under the lock */
}

void
ks_tracemalloc_stop(void)
{
    if (!_Py_tracemalloc_config.tracing)
        return;
    for (int domain = 0; domain < 3; domain++)
        PyMem_SetAllocator(domain, &below[domain]);
    ks_tracemalloc_clear();
    _Py_tracemalloc_config.tracing = 0;
    free(scratch);
    scratch = NULL;
}

int
_PyTraceMalloc_Init(int nframe)
{
    return nframe == 0 ? 0 : ks_tracemalloc_start(nframe);
}

void
_PyTraceMalloc_Fini(void)
{
    if (_Py_tracemalloc_config.initialized == TRACEMALLOC_INITIALIZED) {
        ks_tracemalloc_stop();
        _Py_hashtable_destroy(blocks);
        _Py_hashtable_destroy(tracked);
        _Py_hashtable_destroy(stacks);
        _Py_hashtable_destroy(filenames);
        blocks = tracked = stacks = filenames = NULL;
        Py_CLEAR(unknown_name);
    }
    _Py_tracemalloc_config.initialized = TRACEMALLOC_FINALIZED;
}

/* --- Questions ----------------------------------------------------------------------------------- */

void
ks_tracemalloc_reset_peak(void)
{
    pthread_mutex_lock(&tables_lock);
    peak_bytes = traced_bytes;
    pthread_mutex_unlock(&tables_lock);
}

void
ks_tracemalloc_traced(size_t *now, size_t *peak)
{
    pthread_mutex_lock(&tables_lock);
    *now = traced_bytes;
    *peak = peak_bytes;
    pthread_mutex_unlock(&tables_lock);
}

static int
stack_add_bytes(_Py_hashtable_t *table, const void *key, const void *value, void *total)
{
    const TraceStack *stack = value;
    *(size_t *)total += sizeof *stack + stack->nframe * sizeof stack->frames[0];
    return 0;
}

static int
traces_add_bytes(_Py_hashtable_t *table, const void *key, const void *value, void *total)
{
    *(size_t *)total += _Py_hashtable_size(value) + ((_Py_hashtable_t *)value)->nentries * sizeof(Trace);
    return 0;
}

size_t
ks_tracemalloc_own_bytes(void)
{
    if (_Py_tracemalloc_config.initialized != TRACEMALLOC_INITIALIZED)
        return 0;
    size_t total = _Py_hashtable_size(stacks) + _Py_hashtable_size(filenames);
    _Py_hashtable_foreach(stacks, stack_add_bytes, &total);
    pthread_mutex_lock(&tables_lock);
    traces_add_bytes(tracked, NULL, blocks, &total);
    total += tracked->nentries > 0 ? _Py_hashtable_size(tracked) : 0;
    _Py_hashtable_foreach(tracked, traces_add_bytes, &total);
    pthread_mutex_unlock(&tables_lock);
    return total;
}

/* A tuple of (file name, line) pairs, the innermost frame first. */
static KS_NEW PyObject *
stack_tuple(TraceStack *stack)
{
    KS_OWNED PyObject *tuple = PyTuple_New(stack->nframe);
    if (tuple == NULL)
        return NULL;
    for (int i = 0; i < stack->nframe; i++) {
        PyObject *lineno = PyLong_FromUnsignedLong(stack->frames[i].lineno);
        PyObject *pair = lineno != NULL ? PyTuple_New(2) : NULL;
        if (pair == NULL) {
            Py_XDECREF(lineno);
            return NULL;
        }
        PyTuple_SET_ITEM(pair, 0, Py_NewRef(stack->frames[i].filename));
        PyTuple_SET_ITEM(pair, 1, lineno);
        PyTuple_SET_ITEM(tuple, i, pair);
    }
    return ks_give(&tuple);
}

PyObject *
_PyTraceMalloc_GetTraceback(unsigned int domain, uintptr_t ptr)
{
    if (!_Py_tracemalloc_config.tracing)
        Py_RETURN_NONE;
    pthread_mutex_lock(&tables_lock);
    _Py_hashtable_t *traces = domain_traces(domain);
    Trace *trace = traces != NULL ? _Py_hashtable_get(traces, (const void *)ptr) : NULL;
    TraceStack *stack = trace != NULL ? trace->stack : NULL;
    pthread_mutex_unlock(&tables_lock);
    if (stack == NULL)
        Py_RETURN_NONE;
    int was_collecting = PyGC_Disable(); /* a finalizer could clear the traces under us */
    PyObject *tuple = stack_tuple(stack);
    if (was_collecting)
        PyGC_Enable();
    return tuple;
}

/* All traces, copied under the lock, so that making objects of them may allocate. */
typedef struct TraceCopy {
    unsigned int domain;
    Trace trace;
} TraceCopy;

typedef struct Copying {
    TraceCopy *next;
    unsigned int domain;
} Copying;

static int
trace_copy(_Py_hashtable_t *table, const void *key, const void *value, void *arg)
{
    Copying *copying = arg;
    *copying->next++ = (TraceCopy){copying->domain, *(const Trace *)value};
    return 0;
}

static int
domain_copy(_Py_hashtable_t *table, const void *key, const void *value, void *arg)
{
    ((Copying *)arg)->domain = (unsigned int)(uintptr_t)key;
    return _Py_hashtable_foreach((_Py_hashtable_t *)value, trace_copy, arg);
}

static int
domain_count(_Py_hashtable_t *table, const void *key, const void *value, void *count)
{
    *(size_t *)count += ((const _Py_hashtable_t *)value)->nentries;
    return 0;
}

/* The copies in malloc() memory; NULL without memory, with no exception. */
static TraceCopy *
traces_copy(size_t *count)
{
    pthread_mutex_lock(&tables_lock);
    *count = blocks->nentries;
    _Py_hashtable_foreach(tracked, domain_count, count);
    TraceCopy *copies = malloc((*count + 1) * sizeof *copies);
    if (copies != NULL) {
        Copying copying = {copies, BLOCK_DOMAIN};
        _Py_hashtable_foreach(blocks, trace_copy, &copying);
        _Py_hashtable_foreach(tracked, domain_copy, &copying);
    }
    pthread_mutex_unlock(&tables_lock);
    return copies;
}

/* The tuple of a traceback, made once a snapshot. Borrowed from `tuples`. */
static KS_BORROWED PyObject *
tuple_of(_Py_hashtable_t *tuples, TraceStack *stack)
{
    PyObject *tuple = _Py_hashtable_get(tuples, stack);
    if (tuple != NULL)
        return tuple;
    tuple = stack_tuple(stack);
    if (tuple != NULL && _Py_hashtable_set(tuples, stack, tuple) < 0) {
        Py_CLEAR(tuple);
        PyErr_NoMemory();
    }
    return tuple;
}

static int
traces_append(PyObject *list, _Py_hashtable_t *tuples, const TraceCopy *copy)
{
    PyObject *stack = tuple_of(tuples, copy->trace.stack);
    if (stack == NULL)
        return -1;
    KS_OWNED PyObject *row = Py_BuildValue("(INOH)", copy->domain,
                                           PyLong_FromSize_t(copy->trace.size), stack,
                                           copy->trace.stack->total_nframe);
    return row == NULL ? -1 : PyList_Append(list, row);
}

PyObject *
ks_tracemalloc_traces(void)
{
    KS_OWNED PyObject *list = PyList_New(0);
    if (list == NULL || !_Py_tracemalloc_config.tracing)
        return ks_give(&list);
    PyObject *result = NULL;
    int was_collecting = PyGC_Disable(); /* a finalizer could clear the traces under us */
    _Py_hashtable_t *tuples = _Py_hashtable_new_full(
        _Py_hashtable_hash_ptr, _Py_hashtable_compare_direct, NULL, name_drop, &own_memory);
    size_t count = 0;
    TraceCopy *copies = tuples != NULL ? traces_copy(&count) : NULL;
    if (copies == NULL) {
        PyErr_NoMemory();
        goto done;
    }
    for (size_t i = 0; i < count; i++) {
        if (traces_append(list, tuples, &copies[i]) < 0)
            goto done;
    }
    result = ks_give(&list);
done:
    free(copies);
    if (tuples != NULL)
        _Py_hashtable_destroy(tuples);
    if (was_collecting)
        PyGC_Enable();
    return result;
}

/* --- C-API --------------------------------------------------------------------------------------- */

int
PyTraceMalloc_Track(unsigned int domain, uintptr_t ptr, size_t size)
{
    if (!_Py_tracemalloc_config.tracing)
        return -2;
    PyGILState_STATE gil = PyGILState_Ensure();
    int result = -2, was_inside = is_inside;
    is_inside = 1;
    if (_Py_tracemalloc_config.tracing) {
        TraceStack *stack = stack_current(_PyThreadState_GET());
        pthread_mutex_lock(&tables_lock);
        result = stack == NULL ? -1 : trace_set(domain, ptr, size, stack);
        pthread_mutex_unlock(&tables_lock);
    }
    is_inside = was_inside;
    PyGILState_Release(gil);
    return result;
}

int
PyTraceMalloc_Untrack(unsigned int domain, uintptr_t ptr)
{
    if (!_Py_tracemalloc_config.tracing)
        return -2;
    pthread_mutex_lock(&tables_lock);
    trace_remove(domain, ptr);
    pthread_mutex_unlock(&tables_lock);
    return 0;
}

/* An object came out of a free list: its block now belongs to the running line. 0, or -1 when the
 * block is not traced. */
int
_PyTraceMalloc_NewReference(PyObject *object)
{
    uintptr_t block = (uintptr_t)object - _PyType_PreHeaderSize(Py_TYPE(object));
    pthread_mutex_lock(&tables_lock);
    int is_traced = _Py_hashtable_get(blocks, (const void *)block) != NULL;
    pthread_mutex_unlock(&tables_lock);
    if (!is_traced)
        return -1;
    TraceStack *stack = stack_current(_PyThreadState_GET());
    if (stack == NULL)
        return -1;
    pthread_mutex_lock(&tables_lock);
    Trace *trace = _Py_hashtable_get(blocks, (const void *)block);
    if (trace != NULL)
        trace->stack = stack;
    pthread_mutex_unlock(&tables_lock);
    return trace != NULL ? 0 : -1;
}
