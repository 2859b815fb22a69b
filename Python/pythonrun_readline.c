/* SPDX-License-Identifier: MIT */
/* PyOS_Readline(): a line from the user. The readline module puts its own function in
 * PyOS_ReadlineFunctionPointer; without it the plain reader below is used.
 *
 * One thread reads at a time, without the GIL. A line is memory from PyMem_Malloc, "" at the end of
 * input; NULL means interrupted (or out of memory, with an exception). */
#include "Python.h"
#include "pycore_pystate.h"
#include "ks_base.h"

#include <errno.h>
#include <unistd.h>

char *(*PyOS_ReadlineFunctionPointer)(FILE *, FILE *, const char *) = NULL;
PyThreadState *_PyOS_ReadlineTState = NULL;
static PyThread_type_lock readline_lock;

typedef enum GetResult { GOT_LINE, GOT_INTERRUPT, GOT_EOF } GetResult;

/* fgets() that runs signal handlers in between; a handler's exception ends it. */
static GetResult
get_piece(PyThreadState *tstate, char *buffer, int size, FILE *file)
{
    for (;;) {
        if (PyOS_InputHook != NULL && file == stdin)
            (void)PyOS_InputHook();
        errno = 0;
        clearerr(file);
        if (fgets(buffer, size, file) != NULL)
            return GOT_LINE;
        int error = errno;
        if (feof(file)) {
            clearerr(file);
            return GOT_EOF;
        }
        if (error != EINTR)
            return GOT_EOF;
        PyEval_RestoreThread(tstate);
        int raised = PyErr_CheckSignals();
        PyEval_SaveThread();
        if (raised < 0)
            return GOT_INTERRUPT;
    }
}

/* Raw memory, like all of PyOS_ReadlineFunctionPointer's. */
static char *
plain_readline(FILE *in, FILE *out, const char *prompt)
{
    PyThreadState *tstate = _PyOS_ReadlineTState;
    size_t room = 128, length = 0;
    char *line = PyMem_RawMalloc(room);
    if (line == NULL)
        goto no_memory;
    fflush(out);
    if (prompt != NULL)
        fputs(prompt, stderr);
    fflush(stderr);
    for (;;) {
        GetResult result = get_piece(tstate, line + length, (int)(room - length), in);
        if (result == GOT_INTERRUPT) {
            PyMem_RawFree(line);
            return NULL;
        }
        if (result == GOT_EOF) {
            line[length] = '\0';
            return line;
        }
        length += strlen(line + length);
        if (length > 0 && line[length - 1] == '\n')
            return line;
        if (room > INT_MAX / 2)
            break;
        char *grown = PyMem_RawRealloc(line, room *= 2);
        if (grown == NULL)
            break;
        line = grown;
    }
    PyMem_RawFree(line);
no_memory:
    PyEval_RestoreThread(tstate);
    PyErr_NoMemory();
    PyEval_SaveThread();
    return NULL;
}

char *
PyOS_Readline(FILE *in, FILE *out, const char *prompt)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (_PyOS_ReadlineTState == tstate) {
        PyErr_SetString(PyExc_RuntimeError, "can't re-enter readline");
        return NULL;
    }
    if (readline_lock == NULL && (readline_lock = PyThread_allocate_lock()) == NULL) {
        PyErr_SetString(PyExc_MemoryError, "can't allocate lock");
        return NULL;
    }
    if (PyOS_ReadlineFunctionPointer == NULL)
        PyOS_ReadlineFunctionPointer = plain_readline;
    char *line;
    Py_BEGIN_ALLOW_THREADS
    PyThread_acquire_lock(readline_lock, WAIT_LOCK);
    _PyOS_ReadlineTState = tstate;
    if (isatty(fileno(in)) && isatty(fileno(out)) && _Py_IsMainInterpreter(tstate->interp))
        line = PyOS_ReadlineFunctionPointer(in, out, prompt);
    else
        line = plain_readline(in, out, prompt);
    _PyOS_ReadlineTState = NULL;
    PyThread_release_lock(readline_lock);
    Py_END_ALLOW_THREADS
    if (line == NULL)
        return NULL;
    /* The caller frees with PyMem_Free(). */
    size_t bytes = strlen(line) + 1;
    char *copy = PyMem_Malloc(bytes);
    if (copy != NULL)
        memcpy(copy, line, bytes);
    else
        PyErr_NoMemory();
    PyMem_RawFree(line);
    return copy;
}
