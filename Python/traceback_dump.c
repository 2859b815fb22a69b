/* SPDX-License-Identifier: MIT */
/* Tracebacks for the worst moment: after a fatal error or inside a signal handler.
 *
 * Only write() is called: no allocation, no lock, no reference count, no other exported function.
 * Memory may be damaged, so pointers that look freed end the walk. */
#include "Python.h"

#include <unistd.h>

#include "pycore_code.h"
#include "pycore_fileutils.h"
#include "pycore_frame.h"
#include "pycore_interp.h"
#include "pycore_pymem.h"
#include "pycore_pystate.h"
#include "pycore_runtime.h"
#include "pycore_traceback.h"

#include "ks_base.h"

#define TEXT_MAX 500
#define FRAMES_MAX 100
#define THREADS_MAX 100

static void
put(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);
        if (written < 0) {
            if (errno == EINTR)
                continue;
            return;
        }
        text += written;
        length -= (size_t)written;
    }
}

#define PUTS(fd, text) put(fd, text, sizeof(text) - 1)

void
_Py_DumpDecimal(int fd, size_t value)
{
    char buffer[24], *p = buffer + sizeof buffer;
    do {
        *--p = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    put(fd, p, (size_t)(buffer + sizeof buffer - p));
}

void
_Py_DumpHexadecimal(int fd, uintptr_t value, Py_ssize_t width)
{
    char buffer[2 * sizeof(uintptr_t)], *end = buffer + sizeof buffer, *p = end;
    do {
        *--p = "0123456789abcdef"[value & 15];
        value >>= 4;
    } while ((value != 0 || end - p < width) && p > buffer);
    put(fd, p, (size_t)(end - p));
}

/* A str as ASCII; other characters as escapes, long texts cut. */
void
_Py_DumpASCII(int fd, PyObject *text)
{
    if (!PyUnicode_Check(text))
        return;
    PyASCIIObject *ascii = (PyASCIIObject *)text;
    if (!ascii->state.ready)
        return;
    Py_ssize_t length = ascii->length;
    int kind = ascii->state.kind;
    const void *data = ascii->state.compact
        ? (ascii->state.ascii ? (void *)(ascii + 1) : (void *)((PyCompactUnicodeObject *)text + 1))
        : ((PyUnicodeObject *)text)->data.any;
    if (data == NULL)
        return;
    int is_cut = length > TEXT_MAX;
    for (Py_ssize_t i = 0; i < (is_cut ? TEXT_MAX : length); i++) {
        Py_UCS4 ch = PyUnicode_READ(kind, data, i);
        if (ch >= ' ' && ch < 127) {
            char byte = (char)ch;
            put(fd, &byte, 1);
        }
        else if (ch <= 0xff) {
            PUTS(fd, "\\x");
            _Py_DumpHexadecimal(fd, ch, 2);
        }
        else if (ch <= 0xffff) {
            PUTS(fd, "\\u");
            _Py_DumpHexadecimal(fd, ch, 4);
        }
        else {
            PUTS(fd, "\\U");
            _Py_DumpHexadecimal(fd, ch, 8);
        }
    }
    if (is_cut)
        PUTS(fd, "...");
}

static void
dump_name(int fd, PyObject *name, const char *before, const char *after)
{
    put(fd, before, strlen(before));
    if (name != NULL && !_PyMem_IsPtrFreed(name) && PyUnicode_Check(name))
        _Py_DumpASCII(fd, name);
    else
        PUTS(fd, "???");
    put(fd, after, strlen(after));
}

static void
dump_frame(int fd, _PyInterpreterFrame *frame)
{
    PyCodeObject *code = frame->f_code;
    dump_name(fd, code->co_filename, "  File \"", "\"");
    int lasti = _PyInterpreterFrame_LASTI(frame) * (int)sizeof(_Py_CODEUNIT);
    int line = PyCode_Addr2Line(code, lasti);
    PUTS(fd, ", line ");
    if (line >= 0)
        _Py_DumpDecimal(fd, (size_t)line);
    else
        PUTS(fd, "???");
    dump_name(fd, code->co_name, " in ", "\n");
}

static void
dump_thread(int fd, PyThreadState *tstate, int with_header)
{
    if (with_header)
        PUTS(fd, "Stack (most recent call first):\n");
    if (tstate == NULL || _PyMem_IsPtrFreed(tstate) || tstate->cframe == NULL) {
        PUTS(fd, "  <no Python frame>\n");
        return;
    }
    _PyInterpreterFrame *frame = tstate->cframe->current_frame;
    if (frame == NULL) {
        PUTS(fd, "  <no Python frame>\n");
        return;
    }
    for (unsigned depth = 0; frame != NULL; frame = frame->previous, depth++) {
        if (depth >= FRAMES_MAX) {
            PUTS(fd, "  ...\n");
            return;
        }
        if (_PyMem_IsPtrFreed(frame) || _PyMem_IsPtrFreed(frame->f_code))
            return;
        dump_frame(fd, frame);
    }
}

void
_Py_DumpTraceback(int fd, PyThreadState *tstate)
{
    dump_thread(fd, tstate, 1);
}

const char *
_Py_DumpTracebackThreads(int fd, PyInterpreterState *interp, PyThreadState *current)
{
    if (current == NULL)
        current = PyGILState_GetThisThreadState();
    if (interp == NULL)
        interp = current != NULL ? current->interp : _PyGILState_GetInterpreterStateUnsafe();
    if (interp == NULL)
        return "unable to get the interpreter state";
    PyThreadState *tstate = PyInterpreterState_ThreadHead(interp);
    if (tstate == NULL)
        return "unable to get the thread head state";
    for (unsigned count = 0; tstate != NULL; tstate = PyThreadState_Next(tstate), count++) {
        if (count != 0)
            PUTS(fd, "\n");
        if (count >= THREADS_MAX) {
            PUTS(fd, "...\n");
            break;
        }
        if (tstate == current)
            PUTS(fd, "Current thread 0x");
        else
            PUTS(fd, "Thread 0x");
        _Py_DumpHexadecimal(fd, tstate->thread_id, sizeof(unsigned long) * 2);
        PUTS(fd, " (most recent call first):\n");
        if (tstate == current && tstate->interp->gc.collecting)
            PUTS(fd, "  Garbage-collecting\n");
        dump_thread(fd, tstate, 0);
    }
    return NULL;
}
