/* SPDX-License-Identifier: MIT */
/* Fast locals and the dictionary a user sees: copying either way.
 *
 * The dictionary is made once per frame and updated at each request; what a user stores there goes
 * back only when a trace function has run or somebody asks for it. */
#include "Python.h"
#include "frameobject.h"

#include "pycore_code.h"
#include "pycore_frame.h"
#include "pycore_opcode.h"

#include "ks_frame.h"

/* Whether MAKE_CELL of variable index has been executed: before it an argument that looks like a
 * cell is simply a value. */
static int
cell_was_made(_PyInterpreterFrame *frame, int index)
{
    int oparg = 0;
    for (_Py_CODEUNIT *at = _PyCode_CODE(frame->f_code); at < frame->prev_instr; at++) {
        int opcode = _PyOpcode_Deopt[_Py_OPCODE(*at)];
        oparg = oparg << 8 | _Py_OPARG(*at);
        if (opcode == EXTENDED_ARG)
            continue;
        if (opcode == MAKE_CELL && oparg == index)
            return 1;
        if (opcode == RESUME)
            return 0;
        oparg = 0;
        at += _PyOpcode_Caches[opcode];
    }
    return 0;
}

/* The cell variable index lives in, NULL if its slot holds the value itself. */
static PyObject *
variable_cell(_PyInterpreterFrame *frame, int index, _PyLocals_Kind kind)
{
    PyObject *slot = frame->localsplus[index];
    if (kind & CO_FAST_FREE)
        return slot;
    if ((kind & CO_FAST_CELL) && slot != NULL && PyCell_Check(slot) && cell_was_made(frame, index))
        return slot;
    return NULL;
}

/* A class body's free variables are not part of the class's namespace. */
static int
variable_is_hidden(PyCodeObject *code, _PyLocals_Kind kind)
{
    return (kind & CO_FAST_FREE) && !(code->co_flags & CO_OPTIMIZED);
}

int
_PyFrame_FastToLocalsWithError(_PyInterpreterFrame *frame)
{
    if (frame->f_locals == NULL) {
        frame->f_locals = PyDict_New();
        if (frame->f_locals == NULL)
            return -1;
    }
    PyObject *locals = frame->f_locals;
    PyCodeObject *code = frame->f_code;
    _Py_CODEUNIT *first = _PyCode_CODE(code);
    if (frame->prev_instr < first && _PyOpcode_Deopt[_Py_OPCODE(first[0])] == COPY_FREE_VARS) {
        /* Not started: do the first instruction's work now and step over it. */
        PyObject *closure = frame->f_func->func_closure;
        int offset = code->co_nlocals + code->co_nplaincellvars;
        for (int i = 0; i < code->co_nfreevars; i++)
            frame->localsplus[offset + i] = Py_NewRef(PyTuple_GET_ITEM(closure, i));
        frame->prev_instr = first;
    }
    for (int i = 0; i < code->co_nlocalsplus; i++) {
        _PyLocals_Kind kind = _PyLocals_GetKind(code->co_localspluskinds, i);
        if (variable_is_hidden(code, kind))
            continue;
        PyObject *name = PyTuple_GET_ITEM(code->co_localsplusnames, i);
        PyObject *value = NULL;
        if (frame->stacktop != 0) {
            PyObject *cell = variable_cell(frame, i, kind);
            value = cell != NULL ? PyCell_GET(cell) : frame->localsplus[i];
        }
        if (value == NULL) {
            if (PyObject_DelItem(locals, name) < 0) {
                if (!PyErr_ExceptionMatches(PyExc_KeyError))
                    return -1;
                PyErr_Clear();
            }
        }
        else {
            Py_INCREF(value);
            int status = PyObject_SetItem(locals, name, value);
            Py_DECREF(value);
            if (status < 0)
                return -1;
        }
    }
    return 0;
}

/* With clear, variables that the dictionary lacks are unset. An exception that is set survives. */
void
_PyFrame_LocalsToFast(_PyInterpreterFrame *frame, int clear)
{
    PyObject *locals = frame->f_locals;
    if (locals == NULL)
        return;
    PyCodeObject *code = frame->f_code;
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    for (int i = 0; i < code->co_nlocalsplus; i++) {
        _PyLocals_Kind kind = _PyLocals_GetKind(code->co_localspluskinds, i);
        if (variable_is_hidden(code, kind))
            continue;
        PyObject *value =
            PyObject_GetItem(locals, PyTuple_GET_ITEM(code->co_localsplusnames, i));
        if (value == NULL) {
            PyErr_Clear();
            if (!clear)
                continue;
        }
        PyObject *cell = variable_cell(frame, i, kind);
        PyObject **slot = cell != NULL ? &((PyCellObject *)cell)->ob_ref : &frame->localsplus[i];
        PyObject *old = *slot;
        *slot = value;
        Py_XDECREF(old);
    }
    PyErr_Restore(type, error, traceback);
}

int
PyFrame_FastToLocalsWithError(PyFrameObject *f)
{
    if (f == NULL) {
        PyErr_BadInternalCall();
        return -1;
    }
    int status = _PyFrame_FastToLocalsWithError(f->f_frame);
    if (status == 0)
        f->f_fast_as_locals = 1;
    return status;
}

void
PyFrame_FastToLocals(PyFrameObject *f)
{
    if (PyFrame_FastToLocalsWithError(f) < 0)
        PyErr_Clear();
}

void
PyFrame_LocalsToFast(PyFrameObject *f, int clear)
{
    if (f != NULL && f->f_fast_as_locals && f->f_frame->stacktop != 0) {
        _PyFrame_LocalsToFast(f->f_frame, clear);
        f->f_fast_as_locals = 0;
    }
}
