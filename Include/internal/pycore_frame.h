/* SPDX-License-Identifier: MIT */
/* Frames: the interpreter's, which lie on the thread's data stack or in a generator, and the
 * objects made for them when asked for. localsplus holds the locals, then the value stack. */
#ifndef Py_INTERNAL_FRAME_H
#define Py_INTERNAL_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FRAME_SPECIALS_SIZE ((sizeof(_PyInterpreterFrame)-1)/sizeof(PyObject *))

struct _frame {
    PyObject_HEAD
    PyFrameObject *f_back;
    struct _PyInterpreterFrame *f_frame;
    PyObject *f_trace;
    int f_lineno;
    char f_trace_lines;
    char f_trace_opcodes;
    char f_fast_as_locals;
    PyObject *_f_frame_data[1];
};

typedef enum _framestate {
    FRAME_CREATED = -2,
    FRAME_SUSPENDED = -1,
    FRAME_EXECUTING = 0,
    FRAME_COMPLETED = 1,
    FRAME_CLEARED = 4,
} PyFrameState;

enum _frameowner {
    FRAME_OWNED_BY_THREAD = 0,
    FRAME_OWNED_BY_GENERATOR = 1,
    FRAME_OWNED_BY_FRAME_OBJECT = 2,
};

typedef struct _PyInterpreterFrame {
    PyFunctionObject *f_func;
    PyObject *f_globals;
    PyObject *f_builtins;
    PyObject *f_locals;
    PyCodeObject *f_code;
    PyFrameObject *frame_obj;
    struct _PyInterpreterFrame *previous;
    _Py_CODEUNIT *prev_instr;
    int stacktop;
    bool is_entry;
    char owner;
    PyObject *localsplus[1];
} _PyInterpreterFrame;

extern PyFrameObject *_PyFrame_New_NoTrack(PyCodeObject *code);
void _PyFrame_Copy(_PyInterpreterFrame *src, _PyInterpreterFrame *dest);
PyFrameObject *_PyFrame_MakeAndSetFrameObject(_PyInterpreterFrame *frame);
void _PyFrame_Clear(_PyInterpreterFrame *frame);
int _PyFrame_Traverse(_PyInterpreterFrame *frame, visitproc visit, void *arg);
int _PyFrame_FastToLocalsWithError(_PyInterpreterFrame *frame);
void _PyFrame_LocalsToFast(_PyInterpreterFrame *frame, int clear);
extern _PyInterpreterFrame *_PyThreadState_BumpFramePointerSlow(PyThreadState *tstate, size_t size);
void _PyThreadState_PopFrame(PyThreadState *tstate, _PyInterpreterFrame *frame);
_PyInterpreterFrame *_PyFrame_Push(PyThreadState *tstate, PyFunctionObject *func);
int _PyInterpreterFrame_GetLine(_PyInterpreterFrame *frame);

#define _PyInterpreterFrame_LASTI(frame) \
    ((int)((frame)->prev_instr - _PyCode_CODE((frame)->f_code)))

static inline PyObject **
_PyFrame_GetLocalsArray(_PyInterpreterFrame *frame)
{
    return &frame->localsplus[0];
}

static inline PyObject **
_PyFrame_Stackbase(_PyInterpreterFrame *frame)
{
    return &frame->localsplus[frame->f_code->co_nlocalsplus];
}

/* Borrowed. */
static inline PyObject *
_PyFrame_StackPeek(_PyInterpreterFrame *frame)
{
    assert(frame->stacktop > frame->f_code->co_nlocalsplus);
    return frame->localsplus[frame->stacktop - 1];
}

/* Hands the reference over. */
static inline PyObject *
_PyFrame_StackPop(_PyInterpreterFrame *frame)
{
    assert(frame->stacktop > frame->f_code->co_nlocalsplus);
    return frame->localsplus[--frame->stacktop];
}

/* Takes value over. */
static inline void
_PyFrame_StackPush(_PyInterpreterFrame *frame, PyObject *value)
{
    frame->localsplus[frame->stacktop++] = value;
}

/* Everything but the locals. Takes func over; code and locals get references of their own. */
static inline void
_PyFrame_InitializeSpecials(_PyInterpreterFrame *frame, PyFunctionObject *func, PyObject *locals,
                            int nlocalsplus)
{
    PyCodeObject *code = (PyCodeObject *)func->func_code;
    Py_INCREF(code);
    Py_XINCREF(locals);
    frame->f_func = func;
    frame->f_globals = func->func_globals;
    frame->f_builtins = func->func_builtins;
    frame->f_locals = locals;
    frame->f_code = code;
    frame->frame_obj = NULL;
    frame->prev_instr = _PyCode_CODE(code) - 1;
    frame->stacktop = nlocalsplus;
    frame->is_entry = false;
    frame->owner = FRAME_OWNED_BY_THREAD;
}

static inline PyObject **
_PyFrame_GetStackPointer(_PyInterpreterFrame *frame)
{
    return &frame->localsplus[frame->stacktop];
}

static inline void
_PyFrame_SetStackPointer(_PyInterpreterFrame *frame, PyObject **top)
{
    frame->stacktop = (int)(top - frame->localsplus);
}

/* Whether the frame is still being set up by its first instructions and must not be shown. */
static inline bool
_PyFrame_IsIncomplete(_PyInterpreterFrame *frame)
{
    _Py_CODEUNIT *first = _PyCode_CODE(frame->f_code) + frame->f_code->_co_firsttraceable;
    return frame->prev_instr < first && frame->owner != FRAME_OWNED_BY_GENERATOR;
}

/* Borrowed; NULL with an exception. */
static inline PyFrameObject *
_PyFrame_GetFrameObject(_PyInterpreterFrame *frame)
{
    assert(!_PyFrame_IsIncomplete(frame));
    return frame->frame_obj != NULL ? frame->frame_obj : _PyFrame_MakeAndSetFrameObject(frame);
}

/* size in slots of a pointer. */
static inline bool
_PyThreadState_HasStackSpace(PyThreadState *thread, size_t size)
{
    PyObject **top = thread->datastack_top;
    return top != NULL && (size_t)(thread->datastack_limit - top) > size;
}

static inline _PyInterpreterFrame *
_PyThreadState_BumpFramePointer(PyThreadState *thread, size_t size)
{
    PyObject **base = thread->datastack_top;
    if (!_PyThreadState_HasStackSpace(thread, size))
        return _PyThreadState_BumpFramePointerSlow(thread, size);
    thread->datastack_top = base + size;
    return (_PyInterpreterFrame *)base;
}

static inline PyGenObject *
_PyFrame_GetGenerator(_PyInterpreterFrame *frame)
{
    assert(frame->owner == FRAME_OWNED_BY_GENERATOR);
    return (PyGenObject *)((char *)frame - offsetof(PyGenObject, gi_iframe));
}

#ifdef __cplusplus
}
#endif

#endif
