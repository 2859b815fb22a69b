/* SPDX-License-Identifier: MIT */
/* Generators, and what coroutines and async generators share with them: making, resuming, throwing,
 * closing, finalising.
 *
 * The frame is part of the object (gi_iframe) and valid while gi_frame_state < FRAME_CLEARED.
 * While it runs, gi_exc_state is linked into the thread's exc_info stack, and frame->previous is
 * who resumed it. The evaluation loop may also resume a generator by itself (FOR_ITER, SEND); both
 * ways keep the same invariants. */
#include "Python.h"
#include "structmember.h"

#include "opcode.h"
#include "pycore_call.h"
#include "pycore_ceval.h"
#include "pycore_frame.h"
#include "pycore_genobject.h"
#include "pycore_object.h"
#include "pycore_opcode.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"

#include "ks_args.h"
#include "ks_eval.h"
#include "ks_gen.h"

#define GEN_FRAME(gen) ((_PyInterpreterFrame *)(gen)->gi_iframe)

/* One of three messages, by the kind of object. */
static const char *
by_kind(PyGenObject *gen, const char *generator, const char *coroutine, const char *async_gen)
{
    return PyCoro_CheckExact(gen)       ? coroutine
           : PyAsyncGen_CheckExact(gen) ? async_gen
                                        : generator;
}

/* ---- resuming ---- */

static KS_COLD PySendResult
gen_cannot_resume(PyGenObject *gen, PyObject *value, int throwing, int closing, PyObject **result)
{
    if (gen->gi_frame_state == FRAME_EXECUTING)
        PyErr_SetString(PyExc_ValueError,
                        by_kind(gen, "generator already executing", "coroutine already executing",
                                "async generator already executing"));
    else if (PyCoro_CheckExact(gen) && !closing)
        /* A generator may be asked again and again for nothing; awaiting twice is a mistake. */
        PyErr_SetString(PyExc_RuntimeError, "cannot reuse already awaited coroutine");
    else if (value != NULL && !throwing) {
        *result = Py_NewRef(Py_None);
        return PYGEN_RETURN;
    }
    return PYGEN_ERROR;
}

/* An exception left the frame: those that would end a loop silently are replaced. */
static KS_COLD void
gen_check_raised(PyThreadState *tstate, PyGenObject *gen)
{
    if (_PyErr_ExceptionMatches(tstate, PyExc_StopIteration))
        _PyErr_FormatFromCauseTstate(tstate, PyExc_RuntimeError, "%s",
                                     by_kind(gen, "generator raised StopIteration",
                                             "coroutine raised StopIteration",
                                             "async generator raised StopIteration"));
    else if (PyAsyncGen_CheckExact(gen) &&
             _PyErr_ExceptionMatches(tstate, PyExc_StopAsyncIteration))
        _PyErr_FormatFromCauseTstate(tstate, PyExc_RuntimeError, "%s",
                                     "async generator raised StopAsyncIteration");
}

/* Runs gen until it yields, returns or raises. value (borrowed) is what is sent, NULL for plain
 * iteration; with throwing the current exception is raised inside. *result is a new reference
 * unless PYGEN_ERROR; that without an exception means exhausted, when value is NULL. */
PySendResult
ks_gen_resume(PyGenObject *gen, PyObject *value, int throwing, int closing, PyObject **result)
{
    PyThreadState *tstate = _PyThreadState_GET();
    _PyInterpreterFrame *frame = GEN_FRAME(gen);
    *result = NULL;
    if (gen->gi_frame_state == FRAME_CREATED && value != NULL && value != Py_None) {
        PyErr_SetString(PyExc_TypeError,
                        by_kind(gen, "can't send non-None value to a just-started generator",
                                "can't send non-None value to a just-started coroutine",
                                "can't send non-None value to a just-started async generator"));
        return PYGEN_ERROR;
    }
    if (gen->gi_frame_state >= FRAME_EXECUTING)
        return gen_cannot_resume(gen, value, throwing, closing, result);

    _PyFrame_StackPush(frame, Py_NewRef(value == NULL ? Py_None : value));
    gen->gi_exc_state.previous_item = tstate->exc_info;
    tstate->exc_info = &gen->gi_exc_state;
    if (throwing)
        _PyErr_ChainStackItem(NULL);
    gen->gi_frame_state = FRAME_EXECUTING;
    PyObject *outcome = _PyEval_EvalFrame(tstate, frame, throwing);
    frame->previous = NULL;
    tstate->exc_info = gen->gi_exc_state.previous_item;
    gen->gi_exc_state.previous_item = NULL;
    if (gen->gi_frame_state == FRAME_SUSPENDED) {
        *result = outcome;
        return PYGEN_NEXT;
    }
    gen->gi_frame_state = FRAME_COMPLETED;
    if (outcome == NULL)
        gen_check_raised(tstate, gen);
    _PyErr_ClearExcState(&gen->gi_exc_state);
    gen->gi_frame_state = FRAME_CLEARED;
    _PyFrame_Clear(frame);
    *result = outcome;
    return outcome == NULL ? PYGEN_ERROR : PYGEN_RETURN;
}

PySendResult
ks_gen_am_send(PyGenObject *gen, PyObject *value, PyObject **result)
{
    return ks_gen_resume(gen, value, 0, 0, result);
}

/* The same as a method: a return becomes StopIteration. */
static KS_NEW PyObject *
gen_resume_raising(PyGenObject *gen, PyObject *value, int throwing, int closing)
{
    PyObject *result;
    if (ks_gen_resume(gen, value, throwing, closing, &result) != PYGEN_RETURN)
        return result;
    if (PyAsyncGen_CheckExact(gen))
        PyErr_SetNone(PyExc_StopAsyncIteration);
    else if (result == Py_None)
        PyErr_SetNone(PyExc_StopIteration);
    else
        _PyGen_SetStopIterationValue(result);
    Py_DECREF(result);
    return NULL;
}

PyObject *
ks_gen_send_method(PyObject *gen, PyObject *value)
{
    return gen_resume_raising((PyGenObject *)gen, value, 0, 0);
}

PyObject *
ks_gen_iternext(PyGenObject *gen)
{
    PyObject *result;
    if (ks_gen_resume(gen, NULL, 0, 0, &result) != PYGEN_RETURN)
        return result;
    if (result != Py_None)
        _PyGen_SetStopIterationValue(result);
    Py_DECREF(result);
    return NULL;
}

/* ---- delegation ---- */

/* What gen waits for in yield from or await: new reference, NULL without exception if nothing. */
PyObject *
_PyGen_yf(PyGenObject *gen)
{
    if (gen->gi_frame_state >= FRAME_CLEARED || gen->gi_frame_state == FRAME_CREATED)
        return NULL;
    _PyInterpreterFrame *frame = GEN_FRAME(gen);
    _Py_CODEUNIT next = frame->prev_instr[1];
    if (_PyOpcode_Deopt[_Py_OPCODE(next)] != RESUME || _Py_OPARG(next) < 2)
        return NULL;
    return Py_NewRef(_PyFrame_StackPeek(frame));
}

/* Closes whatever kind of iterator a generator delegates to; 0 or -1. */
int
ks_gen_close_iter(PyObject *iterator)
{
    PyObject *result;
    if (PyGen_CheckExact(iterator) || PyCoro_CheckExact(iterator))
        result = ks_gen_close(iterator, NULL);
    else {
        PyObject *method;
        if (_PyObject_LookupAttr(iterator, &_Py_ID(close), &method) < 0)
            PyErr_WriteUnraisable(iterator);
        if (method == NULL)
            return 0;
        result = _PyObject_CallNoArgs(method);
        Py_DECREF(method);
    }
    if (result == NULL)
        return -1;
    Py_DECREF(result);
    return 0;
}

/* Closes the delegate while gen counts as running. */
static int
gen_close_delegate(PyGenObject *gen, PyObject *delegate)
{
    int8_t state = gen->gi_frame_state;
    gen->gi_frame_state = FRAME_EXECUTING;
    int status = ks_gen_close_iter(delegate);
    gen->gi_frame_state = state;
    return status;
}

/* The delegate is finished: gen goes on after its SEND with the delegate's value, or with the
 * exception that is set. */
static KS_NEW PyObject *
gen_resume_after_delegate(PyGenObject *gen)
{
    _PyInterpreterFrame *frame = GEN_FRAME(gen);
    PyObject *delegate = _PyFrame_StackPop(frame);
    Py_DECREF(delegate);
    /* Stopped at YIELD_VALUE, which SEND precedes. */
    frame->prev_instr--;
    int jump = _Py_OPARG(*frame->prev_instr);
    for (int i = 1; _PyOpcode_Deopt[_Py_OPCODE(frame->prev_instr[-i])] == EXTENDED_ARG; i++)
        jump |= _Py_OPARG(frame->prev_instr[-i]) << 8 * i;
    frame->prev_instr += jump;
    PyObject *value;
    if (_PyGen_FetchStopIterationValue(&value) < 0)
        return gen_resume_raising(gen, Py_None, 1, 0);
    PyObject *result = gen_resume_raising(gen, value, 0, 0);
    Py_DECREF(value);
    return result;
}

/* Hands an exception to the delegate; its result, NULL if it ended. */
static KS_NEW PyObject *
gen_throw_delegate(PyGenObject *gen, PyObject *delegate, int close_on_exit, PyObject *type,
                   PyObject *value, PyObject *traceback, int *none)
{
    int8_t state = gen->gi_frame_state;
    PyObject *result;
    *none = 0;
    if (PyGen_CheckExact(delegate) || PyCoro_CheckExact(delegate)) {
        /* gen does not run, but tracebacks and origins should show it: link its frame. */
        PyThreadState *tstate = _PyThreadState_GET();
        _PyInterpreterFrame *frame = GEN_FRAME(gen), *caller = tstate->cframe->current_frame;
        frame->previous = caller;
        tstate->cframe->current_frame = frame;
        gen->gi_frame_state = FRAME_EXECUTING;
        result = ks_gen_throw((PyGenObject *)delegate, close_on_exit, type, value, traceback);
        gen->gi_frame_state = state;
        tstate->cframe->current_frame = caller;
        frame->previous = NULL;
        return result;
    }
    PyObject *method;
    if (_PyObject_LookupAttr(delegate, &_Py_ID(throw), &method) < 0)
        return NULL;
    if (method == NULL) {
        *none = 1;
        return NULL;
    }
    gen->gi_frame_state = FRAME_EXECUTING;
    result = PyObject_CallFunctionObjArgs(method, type, value, traceback, NULL);
    gen->gi_frame_state = state;
    Py_DECREF(method);
    return result;
}

/* Raises an exception, as the three arguments of throw() give it, where gen is suspended. */
static KS_NEW PyObject *
gen_throw_here(PyGenObject *gen, PyObject *type, PyObject *value, PyObject *traceback)
{
    if (traceback == Py_None)
        traceback = NULL;
    else if (traceback != NULL && !PyTraceBack_Check(traceback)) {
        PyErr_SetString(PyExc_TypeError, "throw() third argument must be a traceback object");
        return NULL;
    }
    Py_INCREF(type);
    Py_XINCREF(value);
    Py_XINCREF(traceback);
    if (PyExceptionClass_Check(type))
        PyErr_NormalizeException(&type, &value, &traceback);
    else if (PyExceptionInstance_Check(type)) {
        if (value != NULL && value != Py_None) {
            PyErr_SetString(PyExc_TypeError, "instance exception may not have a separate value");
            goto refused;
        }
        Py_XDECREF(value);
        value = type;
        type = Py_NewRef(Py_TYPE(value));
        if (traceback == NULL)
            traceback = PyException_GetTraceback(value);
    }
    else {
        PyErr_Format(PyExc_TypeError,
                     "exceptions must be classes or instances deriving from BaseException, not %s",
                     Py_TYPE(type)->tp_name);
        goto refused;
    }
    PyErr_Restore(type, value, traceback);
    return gen_resume_raising(gen, Py_None, 1, 0);
refused:
    Py_DECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return NULL;
}

/* With close_on_exit, GeneratorExit closes a delegate instead of being thrown into it. */
PyObject *
ks_gen_throw(PyGenObject *gen, int close_on_exit, PyObject *type, PyObject *value,
             PyObject *traceback)
{
    PyObject *delegate = _PyGen_yf(gen);
    if (delegate == NULL)
        return gen_throw_here(gen, type, value, traceback);
    if (close_on_exit && PyErr_GivenExceptionMatches(type, PyExc_GeneratorExit)) {
        int status = gen_close_delegate(gen, delegate);
        Py_DECREF(delegate);
        if (status < 0)
            return gen_resume_raising(gen, Py_None, 1, 0);
        return gen_throw_here(gen, type, value, traceback);
    }
    int none;
    PyObject *result =
        gen_throw_delegate(gen, delegate, close_on_exit, type, value, traceback, &none);
    Py_DECREF(delegate);
    if (none)
        return gen_throw_here(gen, type, value, traceback);
    return result != NULL ? result : gen_resume_after_delegate(gen);
}

PyObject *
ks_gen_throw_method(PyObject *gen, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("throw", nargs, 1, 3))
        return NULL;
    return ks_gen_throw((PyGenObject *)gen, 1, args[0], nargs > 1 ? args[1] : NULL,
                        nargs > 2 ? args[2] : NULL);
}

PyObject *
ks_gen_close(PyObject *self, PyObject *ignored)
{
    PyGenObject *gen = (PyGenObject *)self;
    PyObject *delegate = _PyGen_yf(gen);
    int status = 0;
    if (delegate != NULL) {
        status = gen_close_delegate(gen, delegate);
        Py_DECREF(delegate);
    }
    if (status == 0)
        PyErr_SetNone(PyExc_GeneratorExit);
    PyObject *result = gen_resume_raising(gen, Py_None, 1, 1);
    if (result != NULL) {
        Py_DECREF(result);
        PyErr_SetString(PyExc_RuntimeError,
                        by_kind(gen, "generator ignored GeneratorExit",
                                "coroutine ignored GeneratorExit",
                                "async generator ignored GeneratorExit"));
        return NULL;
    }
    if (PyErr_ExceptionMatches(PyExc_StopIteration) ||
        PyErr_ExceptionMatches(PyExc_GeneratorExit)) {
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    return NULL;
}

/* ---- lifecycle ---- */

/* An object with room for the frame of func; the caller moves the frame in. */
PyObject *
ks_gen_alloc(PyTypeObject *type, PyFunctionObject *func)
{
    PyCodeObject *code = (PyCodeObject *)func->func_code;
    PyGenObject *gen =
        PyObject_GC_NewVar(PyGenObject, type, code->co_nlocalsplus + code->co_stacksize);
    if (gen == NULL)
        return NULL;
    gen->gi_frame_state = FRAME_CLEARED;
    gen->gi_code = (PyCodeObject *)Py_NewRef(code);
    gen->gi_weakreflist = NULL;
    gen->gi_exc_state.exc_value = NULL;
    gen->gi_exc_state.previous_item = NULL;
    gen->gi_name = Py_NewRef(func->func_name);
    gen->gi_qualname = Py_NewRef(func->func_qualname);
    gen->gi_origin_or_finalizer = NULL;
    gen->gi_hooks_inited = 0;
    gen->gi_closed = 0;
    gen->gi_running_async = 0;
    _PyObject_GC_TRACK(gen);
    return (PyObject *)gen;
}

/* A generator, coroutine or async generator for the running frame of func. */
PyObject *
_Py_MakeCoro(PyFunctionObject *func)
{
    int flags = ((PyCodeObject *)func->func_code)->co_flags;
    if (flags & CO_ASYNC_GENERATOR)
        return ks_gen_alloc(&PyAsyncGen_Type, func);
    if (!(flags & CO_COROUTINE))
        return ks_gen_alloc(&PyGen_Type, func);
    PyObject *coro = ks_gen_alloc(&PyCoro_Type, func);
    if (coro == NULL)
        return NULL;
    PyThreadState *tstate = _PyThreadState_GET();
    if (tstate->coroutine_origin_tracking_depth > 0) {
        PyObject *origin = ks_coro_origin(tstate->coroutine_origin_tracking_depth,
                                          tstate->cframe->current_frame->previous);
        if (origin == NULL) {
            Py_DECREF(coro);
            return NULL;
        }
        ((PyCoroObject *)coro)->cr_origin_or_finalizer = origin;
    }
    return coro;
}

/* Moves a frame that PyFrame_New made into a new object; takes f. */
PyObject *
ks_gen_from_frame(PyTypeObject *type, PyFrameObject *f, PyObject *name, PyObject *qualname)
{
    PyCodeObject *code = f->f_frame->f_code;
    PyGenObject *gen =
        PyObject_GC_NewVar(PyGenObject, type, code->co_nlocalsplus + code->co_stacksize);
    if (gen == NULL) {
        Py_DECREF(f);
        return NULL;
    }
    _PyInterpreterFrame *frame = GEN_FRAME(gen);
    _PyFrame_Copy((_PyInterpreterFrame *)f->_f_frame_data, frame);
    gen->gi_frame_state = FRAME_CREATED;
    f->f_frame = frame;
    frame->frame_obj = f; /* the reference that was taken */
    frame->owner = FRAME_OWNED_BY_GENERATOR;
    frame->previous = NULL;
    PyObject_GC_UnTrack(f);
    gen->gi_code = (PyCodeObject *)Py_NewRef(code);
    gen->gi_weakreflist = NULL;
    gen->gi_exc_state.exc_value = NULL;
    gen->gi_exc_state.previous_item = NULL;
    gen->gi_name = Py_NewRef(name != NULL ? name : code->co_name);
    gen->gi_qualname = Py_NewRef(qualname != NULL ? qualname : code->co_qualname);
    gen->gi_origin_or_finalizer = NULL;
    gen->gi_hooks_inited = 0;
    gen->gi_closed = 0;
    gen->gi_running_async = 0;
    _PyObject_GC_TRACK(gen);
    return (PyObject *)gen;
}

PyObject *
PyGen_NewWithQualName(PyFrameObject *f, PyObject *name, PyObject *qualname)
{
    return ks_gen_from_frame(&PyGen_Type, f, name, qualname);
}

PyObject *
PyGen_New(PyFrameObject *f)
{
    return ks_gen_from_frame(&PyGen_Type, f, NULL, NULL);
}

int
ks_gen_traverse(PyGenObject *gen, visitproc visit, void *arg)
{
    Py_VISIT(gen->gi_code);
    Py_VISIT(gen->gi_name);
    Py_VISIT(gen->gi_qualname);
    Py_VISIT(gen->gi_origin_or_finalizer);
    if (gen->gi_frame_state < FRAME_CLEARED) {
        int status = _PyFrame_Traverse(GEN_FRAME(gen), visit, arg);
        if (status != 0)
            return status;
    }
    /* No cycle through this is broken by clearing: the finaliser closes the generator. */
    Py_VISIT(gen->gi_exc_state.exc_value);
    return 0;
}

/* Closes what is suspended; a coroutine that never started is reported instead. */
void
_PyGen_Finalize(PyObject *self)
{
    PyGenObject *gen = (PyGenObject *)self;
    if (gen->gi_frame_state >= FRAME_COMPLETED)
        return;
    PyObject *type, *value, *traceback;
    if (PyAsyncGen_CheckExact(self)) {
        PyAsyncGenObject *agen = (PyAsyncGenObject *)self;
        PyObject *hook = agen->ag_origin_or_finalizer;
        if (hook != NULL && !agen->ag_closed) {
            PyErr_Fetch(&type, &value, &traceback);
            PyObject *result = PyObject_CallOneArg(hook, self);
            if (result == NULL)
                PyErr_WriteUnraisable(self);
            else
                Py_DECREF(result);
            PyErr_Restore(type, value, traceback);
            return;
        }
    }
    PyErr_Fetch(&type, &value, &traceback);
    if (gen->gi_code != NULL && (gen->gi_code->co_flags & CO_COROUTINE) &&
        gen->gi_frame_state == FRAME_CREATED)
        _PyErr_WarnUnawaitedCoroutine(self);
    else {
        PyObject *result = ks_gen_close(self, NULL);
        if (result != NULL)
            Py_DECREF(result);
        else if (PyErr_Occurred())
            PyErr_WriteUnraisable(self);
    }
    PyErr_Restore(type, value, traceback);
}

void
ks_gen_dealloc(PyGenObject *gen)
{
    PyObject *self = (PyObject *)gen;
    _PyObject_GC_UNTRACK(gen);
    if (gen->gi_weakreflist != NULL)
        PyObject_ClearWeakRefs(self);
    _PyObject_GC_TRACK(self);
    if (PyObject_CallFinalizerFromDealloc(self))
        return;
    _PyObject_GC_UNTRACK(self);
    if (gen->gi_frame_state < FRAME_CLEARED) {
        gen->gi_frame_state = FRAME_CLEARED;
        GEN_FRAME(gen)->previous = NULL;
        _PyFrame_Clear(GEN_FRAME(gen));
    }
    Py_CLEAR(gen->gi_origin_or_finalizer);
    Py_CLEAR(gen->gi_code);
    Py_CLEAR(gen->gi_name);
    Py_CLEAR(gen->gi_qualname);
    _PyErr_ClearExcState(&gen->gi_exc_state);
    PyObject_GC_Del(gen);
}

/* ---- getters that all three kinds have ---- */

PyObject *
ks_gen_get_name(PyGenObject *gen, void *closure)
{
    return Py_NewRef(gen->gi_name);
}

int
ks_gen_set_name(PyGenObject *gen, PyObject *value, void *closure)
{
    if (value == NULL || !PyUnicode_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "__name__ must be set to a string object");
        return -1;
    }
    Py_XSETREF(gen->gi_name, Py_NewRef(value));
    return 0;
}

PyObject *
ks_gen_get_qualname(PyGenObject *gen, void *closure)
{
    return Py_NewRef(gen->gi_qualname);
}

int
ks_gen_set_qualname(PyGenObject *gen, PyObject *value, void *closure)
{
    if (value == NULL || !PyUnicode_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "__qualname__ must be set to a string object");
        return -1;
    }
    Py_XSETREF(gen->gi_qualname, Py_NewRef(value));
    return 0;
}

PyObject *
ks_gen_get_delegate(PyGenObject *gen, void *closure)
{
    PyObject *delegate = _PyGen_yf(gen);
    return delegate == NULL ? Py_NewRef(Py_None) : delegate;
}

PyObject *
ks_gen_get_running(PyGenObject *gen, void *closure)
{
    return PyBool_FromLong(gen->gi_frame_state == FRAME_EXECUTING);
}

PyObject *
ks_gen_get_suspended(PyGenObject *gen, void *closure)
{
    return PyBool_FromLong(gen->gi_frame_state == FRAME_SUSPENDED);
}

/* closure is the attribute's name, for auditing. */
PyObject *
ks_gen_get_frame(PyGenObject *gen, void *closure)
{
    if (PySys_Audit("object.__getattr__", "Os", gen, (const char *)closure) < 0)
        return NULL;
    if (gen->gi_frame_state == FRAME_CLEARED)
        Py_RETURN_NONE;
    return Py_XNewRef((PyObject *)_PyFrame_GetFrameObject(GEN_FRAME(gen)));
}

PyObject *
ks_gen_sizeof(PyGenObject *gen, PyObject *Py_UNUSED(ignored))
{
    PyCodeObject *code = gen->gi_code;
    Py_ssize_t bytes =
        offsetof(PyGenObject, gi_iframe) + offsetof(_PyInterpreterFrame, localsplus);
    bytes += (code->co_nlocalsplus + code->co_stacksize) * (Py_ssize_t)sizeof(PyObject *);
    return PyLong_FromSsize_t(bytes);
}

/* ---- the generator type ---- */

static PyObject *
gen_repr(PyGenObject *gen)
{
    return PyUnicode_FromFormat("<generator object %S at %p>", gen->gi_qualname, gen);
}

static PyMethodDef gen_methods[] = {
    METHOD_PLAIN("send", ks_gen_send_method, METH_O,
                 "send(arg) -> resume with arg as the value of yield;\n"
                 "return the next yielded value or raise StopIteration."),
    METHOD_PLAIN("throw", ks_gen_throw_method, METH_FASTCALL,
                 "throw(value)\nthrow(type[,value[,tb]])\n\n"
                 "Raise an exception where the generator is suspended; return the next yielded\n"
                 "value or raise StopIteration."),
    METHOD_PLAIN("close", ks_gen_close, METH_NOARGS,
                 "close() -> raise GeneratorExit inside the generator."),
    METHOD_PLAIN("__sizeof__", ks_gen_sizeof, METH_NOARGS, "gen.__sizeof__() -> size in bytes."),
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef gen_getters[] = {
    {"__name__", (getter)ks_gen_get_name, (setter)ks_gen_set_name, "the generator's name"},
    {"__qualname__", (getter)ks_gen_get_qualname, (setter)ks_gen_set_qualname,
     "the generator's qualified name"},
    {"gi_yieldfrom", (getter)ks_gen_get_delegate, NULL,
     "what yield from iterates over just now, or None"},
    {"gi_running", (getter)ks_gen_get_running, NULL, NULL},
    {"gi_frame", (getter)ks_gen_get_frame, NULL, NULL, "gi_frame"},
    {"gi_suspended", (getter)ks_gen_get_suspended, NULL, NULL},
    {NULL},
};

static PyMemberDef gen_members[] = {
    {"gi_code", T_OBJECT, offsetof(PyGenObject, gi_code), READONLY | PY_AUDIT_READ},
    {NULL},
};

static PyAsyncMethods gen_async = {
    .am_send = (sendfunc)ks_gen_am_send,
};

PyTypeObject PyGen_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "generator",
    .tp_basicsize = offsetof(PyGenObject, gi_iframe) + offsetof(_PyInterpreterFrame, localsplus),
    .tp_itemsize = sizeof(PyObject *),
    .tp_dealloc = (destructor)ks_gen_dealloc,
    .tp_as_async = &gen_async,
    .tp_repr = (reprfunc)gen_repr,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = (traverseproc)ks_gen_traverse,
    .tp_weaklistoffset = offsetof(PyGenObject, gi_weakreflist),
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = (iternextfunc)ks_gen_iternext,
    .tp_methods = gen_methods,
    .tp_members = gen_members,
    .tp_getset = gen_getters,
    .tp_finalize = _PyGen_Finalize,
};

/* ---- StopIteration and its value ---- */

/* Raises StopIteration(value); never mistakes value for the exception's arguments. 0 or -1. */
int
_PyGen_SetStopIterationValue(PyObject *value)
{
    if (value == NULL || (!PyTuple_Check(value) && !PyExceptionInstance_Check(value))) {
        PyErr_SetObject(PyExc_StopIteration, value);
        return 0;
    }
    PyObject *exception = PyObject_CallOneArg(PyExc_StopIteration, value);
    if (exception == NULL)
        return -1;
    PyErr_SetObject(PyExc_StopIteration, exception);
    Py_DECREF(exception);
    return 0;
}

/* Takes the value out of a StopIteration that is set, None if there is no exception at all: 0 and
 * a new reference; -1 if another exception is set. */
int
_PyGen_FetchStopIterationValue(PyObject **result)
{
    PyObject *type, *error, *traceback, *value = NULL;
    if (!PyErr_Occurred()) {
        *result = Py_NewRef(Py_None);
        return 0;
    }
    if (!PyErr_ExceptionMatches(PyExc_StopIteration))
        return -1;
    PyErr_Fetch(&type, &error, &traceback);
    if (error != NULL && !PyObject_TypeCheck(error, (PyTypeObject *)type) &&
        (type != PyExc_StopIteration || PyTuple_Check(error))) {
        PyErr_NormalizeException(&type, &error, &traceback);
        if (!PyObject_TypeCheck(error, (PyTypeObject *)PyExc_StopIteration)) {
            PyErr_Restore(type, error, traceback);
            return -1;
        }
    }
    if (error != NULL) {
        if (PyObject_TypeCheck(error, (PyTypeObject *)type))
            value = Py_XNewRef(((PyStopIterationObject *)error)->value);
        else
            value = Py_NewRef(error); /* not yet made into an exception */
    }
    Py_XDECREF(type);
    Py_XDECREF(error);
    Py_XDECREF(traceback);
    *result = value != NULL ? value : Py_NewRef(Py_None);
    return 0;
}
