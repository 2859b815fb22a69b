/* SPDX-License-Identifier: MIT */
/* Frames as the interpreter sees them: making, entering, leaving. The struct itself is the ABI's
 * (pycore_frame.h). A frame on the thread's data stack is left in the order it was entered. */
#ifndef KS_FRAME_H
#define KS_FRAME_H

#include "ks_base.h"
#include "pycore_code.h"
#include "pycore_frame.h"

/* A frame for calling func, its arguments bound; not linked to a caller. Takes func and every
 * argument (positional ones and the values of kwnames), on failure as well. locals may be NULL. */
KS_NEW _PyInterpreterFrame *ks_frame_for_call(PyThreadState *tstate, KS_STEALS PyFunctionObject *func,
                                              PyObject *locals, KS_STEALS PyObject *const *args,
                                              Py_ssize_t nargs, PyObject *kwnames);
/* The same from a tuple and a dict (or NULL), which stay the caller's; func is taken. */
KS_NEW _PyInterpreterFrame *ks_frame_for_call_ex(PyThreadState *tstate,
                                                 KS_STEALS PyFunctionObject *func,
                                                 PyObject *args, PyObject *kwargs);
/* Drops what a finished frame holds and gives its place on the data stack back. */
void ks_frame_release(PyThreadState *tstate, _PyInterpreterFrame *frame);

/* Fills localsplus of a frame of func; see ks_frame_for_call. 0 or -1. */
int ks_args_bind(PyThreadState *tstate, PyFunctionObject *func, PyObject **localsplus,
                 KS_STEALS PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);

/* The f_lineno setter of frame objects (frame_lineno.c). */
int ks_frame_set_lineno(PyFrameObject *f, PyObject *value, void *closure);

/* The innermost frame a user may see, starting with frame itself; NULL if there is none. */
static inline _PyInterpreterFrame *
ks_frame_complete(_PyInterpreterFrame *frame)
{
    while (frame != NULL && _PyFrame_IsIncomplete(frame))
        frame = frame->previous;
    return frame;
}

static inline Py_ssize_t
ks_frame_words(PyCodeObject *code)
{
    return (Py_ssize_t)(code->co_nlocalsplus + code->co_stacksize) + (Py_ssize_t)FRAME_SPECIALS_SIZE;
}

#endif
