/* SPDX-License-Identifier: MIT */
/* Lines from a terminal or a file: PyOS_Readline and the hooks around it.
 *
 * A line is a PyMem_Malloc'd string with its newline, "" at the end of the file, NULL when reading
 * was interrupted or failed (with the exception set, if there is one). The GIL is released while
 * waiting; a lock keeps two threads from reading at once. */
#include "ks_base.h"

#include "pycore_fileutils.h"
#include "pycore_pystate.h"
#include "pythread.h"

#include <errno.h>
#include <unistd.h>

int (*PyOS_InputHook)(void) = NULL;
char *(*PyOS_ReadlineFunctionPointer)(FILE *, FILE *, const char *) = NULL;
/* The thread that reads, for the readline module and for input hooks. */
PyThreadState *_PyOS_ReadlineTState = NULL;

static PyThread_type_lock readline_lock;

enum { GOT_LINE, GOT_EOF, GOT_INTERRUPT, GOT_ERROR };

/* One piece of a line, at most room - 1 bytes, into buffer. A signal without consequences does not
 * interrupt the wait. */
static int
read_piece(char *buffer, int room, FILE *in)
{
    for (;;) {
        if (PyOS_InputHook != NULL)
            (void)PyOS_InputHook();
        errno = 0;
        clearerr(in);
        if (fgets(buffer, room, in) != NULL)
            return GOT_LINE;
        int problem = errno;
        if (feof(in)) {
            clearerr(in);
            return GOT_EOF;
        }
        if (problem != EINTR)
            return GOT_ERROR;
        PyEval_RestoreThread(_PyOS_ReadlineTState);
        int handled = PyErr_CheckSignals();
        PyEval_SaveThread();
        if (handled < 0)
            return GOT_INTERRUPT;
    }
}

/* What is used unless a module sets PyOS_ReadlineFunctionPointer. Called without the GIL; the
 * result is PyMem_RawMalloc'd. */
char *
PyOS_StdioReadline(FILE *in, FILE *out, const char *prompt)
{
    size_t room = 128, used = 0;
    char *line = PyMem_RawMalloc(room);
    if (line == NULL) {
        PyEval_RestoreThread(_PyOS_ReadlineTState);
        PyErr_NoMemory();
        PyEval_SaveThread();
        return NULL;
    }
    fflush(out);
    if (prompt != NULL)
        fprintf(stderr, "%s", prompt);
    fflush(stderr);
    for (;;) {
        int got = read_piece(line + used, (int)(room - used), in);
        if (got == GOT_INTERRUPT) {
            PyMem_RawFree(line);
            return NULL;
        }
        if (got != GOT_LINE) {
            line[used] = '\0';
            break;
        }
        used += strlen(line + used);
        if (used > 0 && line[used - 1] == '\n')
            break;
        if (room > INT_MAX / 2) {
            PyMem_RawFree(line);
            PyEval_RestoreThread(_PyOS_ReadlineTState);
            PyErr_SetString(PyExc_OverflowError, "input line too long");
            PyEval_SaveThread();
            return NULL;
        }
        char *more = PyMem_RawRealloc(line, room *= 2);
        if (more == NULL) {
            PyMem_RawFree(line);
            PyEval_RestoreThread(_PyOS_ReadlineTState);
            PyErr_NoMemory();
            PyEval_SaveThread();
            return NULL;
        }
        line = more;
    }
    char *fitted = PyMem_RawRealloc(line, used + 1);
    return fitted != NULL ? fitted : line;
}

/* A line from in, with prompt shown if it is a terminal. */
char *
PyOS_Readline(FILE *in, FILE *out, const char *prompt)
{
    PyThreadState *tstate = _PyThreadState_GET();
    if (_PyOS_ReadlineTState == tstate) {
        PyErr_SetString(PyExc_RuntimeError, "can't re-enter readline");
        return NULL;
    }
    if (PyOS_ReadlineFunctionPointer == NULL)
        PyOS_ReadlineFunctionPointer = PyOS_StdioReadline;
    if (readline_lock == NULL && (readline_lock = PyThread_allocate_lock()) == NULL) {
        PyErr_SetString(PyExc_MemoryError, "can't allocate lock");
        return NULL;
    }
    PyThreadState *saved = PyEval_SaveThread();
    PyThread_acquire_lock(readline_lock, 1);
    _PyOS_ReadlineTState = tstate;
    /* A readline module would edit what is no terminal, and only one interpreter may own it. */
    char *line = !isatty(fileno(in)) || !isatty(fileno(out)) ||
                         !_Py_IsMainInterpreter(tstate->interp)
                     ? PyOS_StdioReadline(in, out, prompt)
                     : PyOS_ReadlineFunctionPointer(in, out, prompt);
    _PyOS_ReadlineTState = NULL;
    PyThread_release_lock(readline_lock);
    PyEval_RestoreThread(saved);
    if (line == NULL)
        return NULL;
    size_t bytes = strlen(line) + 1;
    char *result = PyMem_Malloc(bytes);
    if (result != NULL)
        memcpy(result, line, bytes);
    else
        PyErr_NoMemory();
    PyMem_RawFree(line);
    return result;
}
