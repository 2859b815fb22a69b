/* SPDX-License-Identifier: MIT */
/* Frames below the object: room on the thread's data stack, copying, clearing, ownership.
 *
 * The data stack is a list of chunks; a frame never crosses from one to another. datastack_top
 * and datastack_limit describe the newest chunk only. The oldest chunk keeps its first word free:
 * a frame at data[0] is therefore the one whose leaving frees its chunk, and the oldest is never
 * freed before its thread. A frame that a frame object outlives moves into that object. */
#include "Python.h"

#include "pycore_ceval.h"
#include "pycore_code.h"
#include "pycore_frame.h"
#include "pycore_object.h"
#include "pycore_pymem.h"
#include "pycore_pystate.h"

#include "ks_frame.h"

#define CHUNK_BYTES (16 * 1024)

_PyInterpreterFrame *
_PyThreadState_BumpFramePointerSlow(PyThreadState *tstate, size_t size)
{
    if (_PyThreadState_HasStackSpace(tstate, size)) {
        _PyInterpreterFrame *frame = (_PyInterpreterFrame *)tstate->datastack_top;
        tstate->datastack_top += size;
        return frame;
    }
    if (size > INT_MAX / 2)
        return NULL;
    size_t bytes = CHUNK_BYTES, needed = sizeof(PyObject *) * (size + 64) + sizeof(_PyStackChunk);
    while (bytes < needed)
        bytes *= 2;
    _PyStackChunk *chunk = _PyObject_VirtualAlloc(bytes);
    if (chunk == NULL)
        return NULL;
    chunk->previous = tstate->datastack_chunk;
    chunk->size = bytes;
    chunk->top = 0;
    if (chunk->previous != NULL)
        chunk->previous->top = tstate->datastack_top - chunk->previous->data;
    tstate->datastack_chunk = chunk;
    tstate->datastack_limit = (PyObject **)((char *)chunk + bytes);
    PyObject **start = &chunk->data[chunk->previous == NULL];
    tstate->datastack_top = start + size;
    return (_PyInterpreterFrame *)start;
}

void
_PyThreadState_PopFrame(PyThreadState *tstate, _PyInterpreterFrame *frame)
{
    PyObject **base = (PyObject **)frame;
    _PyStackChunk *chunk = tstate->datastack_chunk;
    if (base != &chunk->data[0]) {
        tstate->datastack_top = base;
        return;
    }
    _PyStackChunk *previous = chunk->previous;
    tstate->datastack_top = &previous->data[previous->top];
    tstate->datastack_chunk = previous;
    tstate->datastack_limit = (PyObject **)((char *)previous + previous->size);
    _PyObject_VirtualFree(chunk, chunk->size);
}

/* A frame for func (taken) with all locals unset; NULL with MemoryError. */
_PyInterpreterFrame *
_PyFrame_Push(PyThreadState *tstate, PyFunctionObject *func)
{
    PyCodeObject *code = (PyCodeObject *)func->func_code;
    _PyInterpreterFrame *frame =
        _PyThreadState_BumpFramePointer(tstate, (size_t)ks_frame_words(code));
    if (frame == NULL) {
        Py_DECREF(func);
        PyErr_NoMemory();
        return NULL;
    }
    _PyFrame_InitializeSpecials(frame, func, NULL, code->co_nlocalsplus);
    for (int i = 0; i < code->co_nlocalsplus; i++)
        frame->localsplus[i] = NULL;
    return frame;
}

int
_PyFrame_Traverse(_PyInterpreterFrame *frame, visitproc visit, void *arg)
{
    Py_VISIT(frame->frame_obj);
    Py_VISIT(frame->f_locals);
    Py_VISIT(frame->f_func);
    Py_VISIT(frame->f_code);
    for (int i = 0; i < frame->stacktop; i++)
        Py_VISIT(frame->localsplus[i]);
    return 0;
}

/* Moves everything up to the top of the stack; both are of the same code. */
void
_PyFrame_Copy(_PyInterpreterFrame *src, _PyInterpreterFrame *dest)
{
    size_t bytes = (size_t)((char *)&src->localsplus[src->stacktop] - (char *)src);
    memcpy(dest, src, bytes);
}

/* The frame object for a frame that has none, borrowed. An exception that is set stays; only if
 * there is no memory is it replaced. Without a collection, whose finalisers could ask for this very
 * frame, or let another thread go on whose frame it is, and leave it. */
PyFrameObject *
_PyFrame_MakeAndSetFrameObject(_PyInterpreterFrame *frame)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    int collects = PyGC_Disable();
    PyFrameObject *object = _PyFrame_New_NoTrack(frame->f_code);
    if (collects)
        PyGC_Enable();
    if (object == NULL) {
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
        return NULL;
    }
    PyErr_Restore(type, value, traceback);
    object->f_frame = frame;
    frame->frame_obj = object;
    return object;
}

/* The frame is over but its object lives: the contents move into the object. */
static void
frame_object_take(PyFrameObject *object, _PyInterpreterFrame *frame)
{
    _PyInterpreterFrame *own = (_PyInterpreterFrame *)object->_f_frame_data;
    Py_ssize_t bytes = (char *)&frame->localsplus[frame->stacktop] - (char *)frame;
    memcpy(own, frame, (size_t)bytes);
    frame = own;
    object->f_frame = frame;
    frame->owner = FRAME_OWNED_BY_FRAME_OBJECT;
    if (_PyFrame_IsIncomplete(frame))
        /* It never started; let it look as if it had, so that it may be inspected. */
        frame->prev_instr = _PyCode_CODE(frame->f_code) + frame->f_code->_co_firsttraceable;
    _PyInterpreterFrame *caller = ks_frame_complete(frame->previous);
    if (caller != NULL) {
        /* Without memory the object ends the chain; the exception that leaves the frame stays. */
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        object->f_back = (PyFrameObject *)Py_XNewRef((PyObject *)_PyFrame_GetFrameObject(caller));
        PyErr_Restore(type, value, traceback);
    }
    frame->previous = NULL;
    if (!_PyObject_GC_IS_TRACKED((PyObject *)object))
        _PyObject_GC_TRACK((PyObject *)object);
}

void
_PyFrame_Clear(_PyInterpreterFrame *frame)
{
    if (frame->frame_obj != NULL) {
        PyFrameObject *object = frame->frame_obj;
        frame->frame_obj = NULL;
        if (Py_REFCNT(object) > 1) {
            frame_object_take(object, frame);
            Py_DECREF(object);
            return;
        }
        Py_DECREF(object);
    }
    for (int i = 0; i < frame->stacktop; i++)
        Py_XDECREF(frame->localsplus[i]);
    Py_XDECREF(frame->frame_obj);
    Py_XDECREF(frame->f_locals);
    Py_DECREF(frame->f_func);
    Py_DECREF(frame->f_code);
}

void
ks_frame_release(PyThreadState *tstate, _PyInterpreterFrame *frame)
{
    /* What is dropped may recurse; count it as if the frame were still there. */
    tstate->recursion_remaining--;
    _PyFrame_Clear(frame);
    tstate->recursion_remaining++;
    _PyThreadState_PopFrame(tstate, frame);
}

int
_PyInterpreterFrame_GetLine(_PyInterpreterFrame *frame)
{
    int offset = _PyInterpreterFrame_LASTI(frame) * (int)sizeof(_Py_CODEUNIT);
    return PyCode_Addr2Line(frame->f_code, offset);
}
