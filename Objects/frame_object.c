/* SPDX-License-Identifier: MIT */
/* The frame type: what Python code sees of a frame.
 *
 * f_frame is never NULL once the object can be seen. It points to the running frame, to a
 * generator's, or, when that is over, to the copy in _f_frame_data, which the object then owns;
 * only in that case is the object tracked by the collector and are references its own to clear. */
#include "Python.h"
#include "frameobject.h"
#include "structmember.h"

#include "pycore_ceval.h"
#include "pycore_code.h"
#include "pycore_frame.h"
#include "pycore_function.h"
#include "pycore_object.h"

#include "ks_frame.h"

/* ---- lifecycle ---- */

PyFrameObject *
_PyFrame_New_NoTrack(PyCodeObject *code)
{
    PyFrameObject *f =
        PyObject_GC_NewVar(PyFrameObject, &PyFrame_Type, code->co_nlocalsplus + code->co_stacksize);
    if (f == NULL)
        return NULL;
    f->f_frame = NULL;
    f->f_back = NULL;
    f->f_trace = NULL;
    f->f_trace_lines = 1;
    f->f_trace_opcodes = 0;
    f->f_fast_as_locals = 0;
    f->f_lineno = 0;
    return f;
}

/* A frame that never runs: for tracebacks of code that is not Python. */
PyFrameObject *
PyFrame_New(PyThreadState *tstate, PyCodeObject *code, PyObject *globals, PyObject *locals)
{
    PyObject *builtins = _PyEval_BuiltinsFromGlobals(tstate, globals);
    if (builtins == NULL)
        return NULL;
    PyFrameConstructor parts = {
        .fc_globals = globals,
        .fc_builtins = builtins,
        .fc_name = code->co_name,
        .fc_qualname = code->co_name,
        .fc_code = (PyObject *)code,
    };
    PyFunctionObject *func = _PyFunction_FromConstructor(&parts);
    if (func == NULL)
        return NULL;
    PyFrameObject *f = _PyFrame_New_NoTrack(code);
    if (f == NULL) {
        Py_DECREF(func);
        return NULL;
    }
    _PyInterpreterFrame *frame = (_PyInterpreterFrame *)f->_f_frame_data;
    _PyFrame_InitializeSpecials(frame, func, locals, code->co_nlocalsplus);
    for (int i = 0; i < code->co_nlocalsplus; i++)
        frame->localsplus[i] = NULL;
    frame->previous = NULL;
    frame->owner = FRAME_OWNED_BY_FRAME_OBJECT;
    frame->prev_instr = _PyCode_CODE(code) + code->_co_firsttraceable;
    f->f_frame = frame;
    _PyObject_GC_TRACK(f);
    return f;
}

static int
frame_owns(PyFrameObject *f)
{
    return f->f_frame != NULL && f->f_frame->owner == FRAME_OWNED_BY_FRAME_OBJECT;
}

static int
frame_traverse(PyFrameObject *f, visitproc visit, void *arg)
{
    Py_VISIT(f->f_back);
    Py_VISIT(f->f_trace);
    return frame_owns(f) ? _PyFrame_Traverse(f->f_frame, visit, arg) : 0;
}

static int
frame_tp_clear(PyFrameObject *f)
{
    Py_CLEAR(f->f_trace);
    _PyInterpreterFrame *frame = f->f_frame;
    PyObject **locals = frame->localsplus;
    for (int i = 0; i < frame->stacktop; i++)
        Py_CLEAR(locals[i]);
    frame->stacktop = 0;
    Py_CLEAR(frame->f_locals);
    return 0;
}

static void
frame_dealloc(PyFrameObject *f)
{
    if (_PyObject_GC_IS_TRACKED((PyObject *)f))
        _PyObject_GC_UNTRACK(f);
    Py_TRASHCAN_BEGIN(f, frame_dealloc);
    PyObject *code = NULL;
    if (frame_owns(f)) {
        _PyInterpreterFrame *frame = f->f_frame;
        /* The size of this object depends on the code: it goes last. */
        code = (PyObject *)frame->f_code;
        frame->f_code = NULL;
        Py_CLEAR(frame->f_func);
        Py_CLEAR(frame->f_locals);
        for (int i = 0; i < frame->stacktop; i++)
            Py_CLEAR(frame->localsplus[i]);
    }
    Py_CLEAR(f->f_back);
    Py_CLEAR(f->f_trace);
    PyObject_GC_Del(f);
    Py_XDECREF(code);
    Py_TRASHCAN_END;
}

static PyObject *
frame_repr(PyFrameObject *f)
{
    int line = PyFrame_GetLineNumber(f);
    PyCodeObject *code = f->f_frame->f_code;
    return PyUnicode_FromFormat("<frame at %p, file %R, line %d, code %S>", f, code->co_filename,
                                line, code->co_name);
}

/* ---- methods ---- */

static PyObject *
frame_clear_method(PyFrameObject *f, PyObject *Py_UNUSED(ignored))
{
    _PyInterpreterFrame *frame = f->f_frame;
    if (frame->owner == FRAME_OWNED_BY_GENERATOR) {
        PyGenObject *gen = _PyFrame_GetGenerator(frame);
        if (gen->gi_frame_state != FRAME_EXECUTING) {
            _PyGen_Finalize((PyObject *)gen);
            Py_RETURN_NONE;
        }
    }
    else if (frame->owner == FRAME_OWNED_BY_FRAME_OBJECT) {
        frame_tp_clear(f);
        Py_RETURN_NONE;
    }
    PyErr_SetString(PyExc_RuntimeError, "cannot clear an executing frame");
    return NULL;
}

static PyObject *
frame_sizeof(PyFrameObject *f, PyObject *Py_UNUSED(ignored))
{
    PyCodeObject *code = f->f_frame->f_code;
    Py_ssize_t bytes = offsetof(PyFrameObject, _f_frame_data) +
                       offsetof(_PyInterpreterFrame, localsplus);
    bytes += (code->co_nlocalsplus + code->co_stacksize) * (Py_ssize_t)sizeof(PyObject *);
    return PyLong_FromSsize_t(bytes);
}

static PyMethodDef frame_methods[] = {
    METHOD_PLAIN("clear", frame_clear_method, METH_NOARGS,
                 "F.clear(): drop the references the frame holds."),
    METHOD_PLAIN("__sizeof__", frame_sizeof, METH_NOARGS, "F.__sizeof__() -> size of F in bytes."),
    {NULL, NULL, 0, NULL},
};

/* ---- getters and members ---- */

static PyObject *
frame_get_locals(PyFrameObject *f, void *closure)
{
    return PyFrame_GetLocals(f);
}

static PyObject *
frame_get_lineno(PyFrameObject *f, void *closure)
{
    int line = PyFrame_GetLineNumber(f);
    if (line < 0)
        Py_RETURN_NONE;
    return PyLong_FromLong(line);
}

static PyObject *
frame_get_lasti(PyFrameObject *f, void *closure)
{
    int lasti = PyFrame_GetLasti(f);
    return PyLong_FromLong(lasti);
}

static PyObject *
frame_get_globals(PyFrameObject *f, void *closure)
{
    return PyFrame_GetGlobals(f);
}

static PyObject *
frame_get_builtins(PyFrameObject *f, void *closure)
{
    return PyFrame_GetBuiltins(f);
}

static PyObject *
frame_get_code(PyFrameObject *f, void *closure)
{
    if (PySys_Audit("object.__getattr__", "Os", f, "f_code") < 0)
        return NULL;
    return (PyObject *)PyFrame_GetCode(f);
}

static PyObject *
frame_get_back(PyFrameObject *f, void *closure)
{
    PyObject *back = (PyObject *)PyFrame_GetBack(f);
    if (back == NULL)
        Py_RETURN_NONE;
    return back;
}

static PyObject *
frame_get_trace(PyFrameObject *f, void *closure)
{
    return Py_NewRef(f->f_trace == NULL ? Py_None : f->f_trace);
}

static int
frame_set_trace(PyFrameObject *f, PyObject *value, void *closure)
{
    PyObject *old = f->f_trace;
    f->f_trace = value == Py_None ? NULL : Py_XNewRef(value);
    Py_XDECREF(old);
    return 0;
}

static PyMemberDef frame_members[] = {
    {"f_trace_lines", T_BOOL, offsetof(PyFrameObject, f_trace_lines), 0},
    {"f_trace_opcodes", T_BOOL, offsetof(PyFrameObject, f_trace_opcodes), 0},
    {NULL},
};

static PyGetSetDef frame_getters[] = {
    {"f_back", (getter)frame_get_back, NULL, NULL, NULL},
    {"f_locals", (getter)frame_get_locals, NULL, NULL, NULL},
    {"f_lineno", (getter)frame_get_lineno, (setter)ks_frame_set_lineno, NULL, NULL},
    {"f_trace", (getter)frame_get_trace, (setter)frame_set_trace, NULL, NULL},
    {"f_lasti", (getter)frame_get_lasti, NULL, NULL, NULL},
    {"f_globals", (getter)frame_get_globals, NULL, NULL, NULL},
    {"f_builtins", (getter)frame_get_builtins, NULL, NULL, NULL},
    {"f_code", (getter)frame_get_code, NULL, NULL, NULL},
    {NULL},
};

PyTypeObject PyFrame_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "frame",
    .tp_basicsize = offsetof(PyFrameObject, _f_frame_data) + offsetof(_PyInterpreterFrame, localsplus),
    .tp_itemsize = sizeof(PyObject *),
    .tp_dealloc = (destructor)frame_dealloc,
    .tp_repr = (reprfunc)frame_repr,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_setattro = PyObject_GenericSetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = (traverseproc)frame_traverse,
    .tp_clear = (inquiry)frame_tp_clear,
    .tp_methods = frame_methods,
    .tp_members = frame_members,
    .tp_getset = frame_getters,
};

/* ---- C-API: all results are new references ---- */

int
PyFrame_GetLineNumber(PyFrameObject *f)
{
    return f->f_lineno != 0 ? f->f_lineno : _PyInterpreterFrame_GetLine(f->f_frame);
}

PyFrameObject *
PyFrame_GetBack(PyFrameObject *f)
{
    PyFrameObject *back = f->f_back;
    if (back == NULL) {
        _PyInterpreterFrame *caller = ks_frame_complete(f->f_frame->previous);
        if (caller != NULL)
            back = _PyFrame_GetFrameObject(caller);
    }
    return (PyFrameObject *)Py_XNewRef(back);
}

PyCodeObject *
PyFrame_GetCode(PyFrameObject *f)
{
    return (PyCodeObject *)Py_NewRef(f->f_frame->f_code);
}

PyObject *
PyFrame_GetLocals(PyFrameObject *f)
{
    if (PyFrame_FastToLocalsWithError(f) < 0)
        return NULL;
    return Py_NewRef(f->f_frame->f_locals);
}

PyObject *
PyFrame_GetGlobals(PyFrameObject *f)
{
    return Py_NewRef(f->f_frame->f_globals == NULL ? Py_None : f->f_frame->f_globals);
}

PyObject *
PyFrame_GetBuiltins(PyFrameObject *f)
{
    return Py_NewRef(f->f_frame->f_builtins == NULL ? Py_None : f->f_frame->f_builtins);
}

/* The generator, coroutine or async generator whose frame this is, or NULL without exception. */
PyObject *
PyFrame_GetGenerator(PyFrameObject *f)
{
    if (f->f_frame->owner != FRAME_OWNED_BY_GENERATOR)
        return NULL;
    return Py_NewRef(_PyFrame_GetGenerator(f->f_frame));
}

/* In bytes, -1 before the first instruction. */
int
PyFrame_GetLasti(PyFrameObject *f)
{
    int lasti = _PyInterpreterFrame_LASTI(f->f_frame);
    return lasti < 0 ? -1 : lasti * (int)sizeof(_Py_CODEUNIT);
}

int
_PyFrame_IsEntryFrame(PyFrameObject *f)
{
    return f->f_frame->is_entry;
}
