/* SPDX-License-Identifier: MIT */
/* _PyRuntime: the one object that outlives every interpreter.
 *
 * Its layout is read from outside (compiled modules take small ints and identifiers at fixed
 * offsets, debuggers walk to the interpreters), so everything in it is initialised statically:
 * nothing here needs a call before main(). Immortal objects have a count so high that no program
 * brings it down. */
#include "Python.h"
#include "pycore_initconfig.h"
#include "pycore_object.h"
#include "pycore_pylifecycle.h"
#include "pycore_pymem.h"
#include "pycore_pystate.h"
#include "pycore_runtime.h"
#include "pycore_runtime_init.h"
#include "ks_base.h"
#include "ks_lifecycle.h"

/* ---- initialisers of single objects ---- */

#define IMMORTAL_COUNT 999999999
#define HEAD(type) {.ob_refcnt = IMMORTAL_COUNT, .ob_type = &(type)}
#define VAR_HEAD(type, size) {.ob_base = HEAD(type), .ob_size = (size)}

#define SMALL_INT(value)                                                       \
    {.ob_base = VAR_HEAD(PyLong_Type, (value) > 0 ? 1 : (value) < 0 ? -1 : 0), \
     .ob_digit = {(value) < 0 ? -(value) : (value)}}
#define ONE_BYTE(value)                                                                     \
    {.ob = {.ob_base = VAR_HEAD(PyBytes_Type, 1), .ob_shash = -1, .ob_sval = {(char)(value)}}, \
     .eos = 0}
#define TEXT_HEAD(count, is_ascii)                                        \
    {.ob_base = HEAD(PyUnicode_Type), .length = (count), .hash = -1,     \
     .state = {.kind = 1, .compact = 1, .ascii = (is_ascii), .ready = 1}}
#define ASCII_CHAR(value) {._ascii = TEXT_HEAD(1, 1), ._data = {(value), 0}}
/* Latin-1 characters have no UTF-8 form until someone asks for it. */
#define LATIN1_CHAR(value) \
    {._latin1 = {._base = TEXT_HEAD(1, 0)}, ._data = {(value), 0}}

/* ---- runs of neighbours ---- */

#define RUN4(M, n) M(n), M((n) + 1), M((n) + 2), M((n) + 3)
#define RUN16(M, n) RUN4(M, n), RUN4(M, (n) + 4), RUN4(M, (n) + 8), RUN4(M, (n) + 12)
#define RUN64(M, n) RUN16(M, n), RUN16(M, (n) + 16), RUN16(M, (n) + 32), RUN16(M, (n) + 48)
#define RUN128(M, n) RUN64(M, n), RUN64(M, (n) + 64)
#define RUN256(M, n) RUN128(M, n), RUN128(M, (n) + 128)

_PyRuntimeState _PyRuntime = {
    .gilstate = {.check_enabled = 1, .autoTSSkey = Py_tss_NEEDS_INIT},
    /* -1: no interpreter may be made before _PyInterpreterState_Enable(). */
    .interpreters = {.next_id = -1},
    .global_objects.singletons = {
        .small_ints = {SMALL_INT(-5), RUN4(SMALL_INT, -4), RUN256(SMALL_INT, 0), SMALL_INT(256)},
        .bytes_empty = {.ob_base = VAR_HEAD(PyBytes_Type, 0), .ob_shash = -1},
        .bytes_characters = {RUN256(ONE_BYTE, 0)},
        .strings = {
            .literals = {
#define KS_RUNTIME_TEXT(field, literal) \
    ._##field = {._ascii = TEXT_HEAD(sizeof(literal) - 1, 1), ._data = literal},
#define KS_RUNTIME_NAME(identifier)
#include "runtime_strings.def"
#undef KS_RUNTIME_TEXT
#undef KS_RUNTIME_NAME
            },
            .identifiers = {
#define KS_RUNTIME_TEXT(field, literal)
#define KS_RUNTIME_NAME(identifier) \
    ._##identifier = {._ascii = TEXT_HEAD(sizeof(#identifier) - 1, 1), ._data = #identifier},
#include "runtime_strings.def"
#undef KS_RUNTIME_TEXT
#undef KS_RUNTIME_NAME
            },
            .ascii = {RUN128(ASCII_CHAR, 0)},
            .latin1 = {RUN128(LATIN1_CHAR, 128)},
        },
        .tuple_empty = {.ob_base = VAR_HEAD(PyTuple_Type, 0)},
    },
    ._main_interpreter = KS_INTERPRETER_STATE_INIT(1),
};

/* ---- set-up and tear-down ---- */

static int runtime_ready;

/* Prepares the runtime once; further calls do nothing until _PyRuntime_Finalize(). */
PyStatus
_PyRuntime_Initialize(void)
{
    if (runtime_ready)
        return _PyStatus_OK();
    runtime_ready = 1;
    return _PyRuntimeState_Init(&_PyRuntime);
}

void
_PyRuntime_Finalize(void)
{
    _PyRuntimeState_Fini(&_PyRuntime);
    runtime_ready = 0;
}

static PyThread_type_lock *const runtime_locks[] = {
    &_PyRuntime.interpreters.mutex,
    &_PyRuntime.xidregistry.mutex,
    &_PyRuntime.unicode_ids.lock,
};

/* Makes the locks and puts the fields that a former life left behind back to their first values.
 * Audit hooks, the open_code hook and the counter of identifier slots survive on purpose: the
 * first two by the manual's promise, the last because slots are remembered in static variables. */
PyStatus
_PyRuntimeState_Init(_PyRuntimeState *runtime)
{
    PyMemAllocatorEx saved;
    _PyMem_SetDefaultAllocator(PYMEM_DOMAIN_RAW, &saved);
    int made = 1;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(runtime_locks); i++) {
        PyThread_type_lock *slot = runtime_locks[i];
        if (*slot == NULL)
            *slot = PyThread_allocate_lock();
        made = made && *slot != NULL;
    }
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &saved);
    if (!made)
        return _PyStatus_NO_MEMORY();

    runtime->preinitializing = 0;
    runtime->preinitialized = 0;
    runtime->core_initialized = 0;
    runtime->initialized = 0;
    runtime->nexitfuncs = 0;
    _PyRuntimeState_SetFinalizing(runtime, NULL);
    runtime->gilstate.check_enabled = 1;
    runtime->gilstate.autoInterpreterState = NULL;
    runtime->interpreters.next_id = -1;
    PyPreConfig_InitPythonConfig(&runtime->preconfig);
    runtime->preconfig._config_init = 0;
    _PyEval_InitRuntimeState(&runtime->ceval);
    runtime->main_thread = PyThread_get_thread_ident();
    runtime->_initialized = 1;
    return _PyStatus_OK();
}

void
_PyRuntimeState_Fini(_PyRuntimeState *runtime)
{
    PyMemAllocatorEx saved;
    _PyMem_SetDefaultAllocator(PYMEM_DOMAIN_RAW, &saved);
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(runtime_locks); i++) {
        if (*runtime_locks[i] != NULL)
            PyThread_free_lock(*runtime_locks[i]);
        *runtime_locks[i] = NULL;
    }
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &saved);
    runtime->_initialized = 0;
}

/* The child of a fork: locks that other threads of the parent held would never be released. */
PyStatus
_PyRuntimeState_ReInitThreads(_PyRuntimeState *runtime)
{
    runtime->main_thread = PyThread_get_thread_ident();
    PyMemAllocatorEx saved;
    _PyMem_SetDefaultAllocator(PYMEM_DOMAIN_RAW, &saved);
    int failed = 0;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(runtime_locks); i++)
        failed |= _PyThread_at_fork_reinit(runtime_locks[i]) < 0;
    PyInterpreterState *main_interp = runtime->interpreters.main;
    if (main_interp != NULL && main_interp->id_mutex != NULL)
        failed |= _PyThread_at_fork_reinit(&main_interp->id_mutex) < 0;
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &saved);
    if (failed)
        return _PyStatus_ERR("Failed to reinitialize runtime locks");
    return _PyStatus_OK();
}
