/* SPDX-License-Identifier: MIT */
/* Async generators.
 *
 * A value that the generator yields reaches the loop wrapped (ASYNC_GEN_WRAP), to tell it from what
 * an inner await yields; asend() and athrow() objects unwrap it into a StopIteration. They are
 * awaited once: INIT, then ITER while the generator runs, then CLOSED. ag_running_async is set from
 * the first step to the last, and keeps a second one from starting. */
#include "Python.h"
#include "structmember.h"

#include "pycore_ceval.h"
#include "pycore_frame.h"
#include "pycore_genobject.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_pystate.h"

#include "ks_args.h"
#include "ks_eval.h"
#include "ks_gen.h"

typedef enum {
    AWAIT_INIT,
    AWAIT_ITER,
    AWAIT_CLOSED,
} AwaitState;

typedef struct PyAsyncGenASend {
    PyObject_HEAD
    PyAsyncGenObject *ags_gen;
    PyObject *ags_sendval; /* NULL for __anext__ */
    AwaitState ags_state;
} PyAsyncGenASend;

typedef struct PyAsyncGenAThrow {
    PyObject_HEAD
    PyAsyncGenObject *agt_gen;
    PyObject *agt_args; /* NULL for aclose */
    AwaitState agt_state;
} PyAsyncGenAThrow;

typedef struct _PyAsyncGenWrappedValue {
    PyObject_HEAD
    PyObject *agw_val;
} _PyAsyncGenWrappedValue;

#define WRAPPED_CHECK(object) Py_IS_TYPE(object, &_PyAsyncGenWrappedValue_Type)

/* ---- wrapped values ---- */

PyObject *
_PyAsyncGenValueWrapperNew(PyObject *value)
{
    struct _Py_async_gen_state *state = &_PyInterpreterState_GET()->async_gen;
    _PyAsyncGenWrappedValue *wrapper;
    if (state->value_numfree > 0) {
        wrapper = state->value_freelist[--state->value_numfree];
        _Py_NewReference((PyObject *)wrapper);
    }
    else {
        wrapper = PyObject_GC_New(_PyAsyncGenWrappedValue, &_PyAsyncGenWrappedValue_Type);
        if (wrapper == NULL)
            return NULL;
    }
    wrapper->agw_val = Py_NewRef(value);
    _PyObject_GC_TRACK(wrapper);
    return (PyObject *)wrapper;
}

static void
wrapped_dealloc(_PyAsyncGenWrappedValue *wrapper)
{
    _PyObject_GC_UNTRACK(wrapper);
    Py_CLEAR(wrapper->agw_val);
    struct _Py_async_gen_state *state = &_PyInterpreterState_GET()->async_gen;
    if (state->value_numfree < _PyAsyncGen_MAXFREELIST)
        state->value_freelist[state->value_numfree++] = wrapper;
    else
        PyObject_GC_Del(wrapper);
}

static int
wrapped_traverse(_PyAsyncGenWrappedValue *wrapper, visitproc visit, void *arg)
{
    Py_VISIT(wrapper->agw_val);
    return 0;
}

PyTypeObject _PyAsyncGenWrappedValue_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "async_generator_wrapped_value",
    .tp_basicsize = sizeof(_PyAsyncGenWrappedValue),
    .tp_dealloc = (destructor)wrapped_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = (traverseproc)wrapped_traverse,
};

/* Turns what the generator gave (taken, NULL for an exception) into what the awaiter sees: a
 * yielded value ends the await with StopIteration, an inner await's passes through. */
static KS_NEW PyObject *
unwrap_value(PyAsyncGenObject *gen, PyObject *result)
{
    if (result == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetNone(PyExc_StopAsyncIteration);
        if (PyErr_ExceptionMatches(PyExc_StopAsyncIteration) ||
            PyErr_ExceptionMatches(PyExc_GeneratorExit))
            gen->ag_closed = 1;
        gen->ag_running_async = 0;
        return NULL;
    }
    if (!WRAPPED_CHECK(result))
        return result;
    _PyGen_SetStopIterationValue(((_PyAsyncGenWrappedValue *)result)->agw_val);
    Py_DECREF(result);
    gen->ag_running_async = 0;
    return NULL;
}

/* ---- asend ---- */

static PyObject *
asend_new(PyAsyncGenObject *gen, PyObject *value)
{
    struct _Py_async_gen_state *state = &_PyInterpreterState_GET()->async_gen;
    PyAsyncGenASend *o;
    if (state->asend_numfree > 0) {
        o = state->asend_freelist[--state->asend_numfree];
        _Py_NewReference((PyObject *)o);
    }
    else {
        o = PyObject_GC_New(PyAsyncGenASend, &_PyAsyncGenASend_Type);
        if (o == NULL)
            return NULL;
    }
    o->ags_gen = (PyAsyncGenObject *)Py_NewRef(gen);
    o->ags_sendval = Py_XNewRef(value);
    o->ags_state = AWAIT_INIT;
    _PyObject_GC_TRACK(o);
    return (PyObject *)o;
}

static void
asend_dealloc(PyAsyncGenASend *o)
{
    _PyObject_GC_UNTRACK(o);
    Py_CLEAR(o->ags_gen);
    Py_CLEAR(o->ags_sendval);
    struct _Py_async_gen_state *state = &_PyInterpreterState_GET()->async_gen;
    if (state->asend_numfree < _PyAsyncGen_MAXFREELIST)
        state->asend_freelist[state->asend_numfree++] = o;
    else
        PyObject_GC_Del(o);
}

static int
asend_traverse(PyAsyncGenASend *o, visitproc visit, void *arg)
{
    Py_VISIT(o->ags_gen);
    Py_VISIT(o->ags_sendval);
    return 0;
}

static PyObject *
asend_reused(void)
{
    PyErr_SetString(PyExc_RuntimeError, "cannot reuse already awaited __anext__()/asend()");
    return NULL;
}

static PyObject *
asend_send(PyAsyncGenASend *o, PyObject *value)
{
    if (o->ags_state == AWAIT_CLOSED)
        return asend_reused();
    if (o->ags_state == AWAIT_INIT) {
        if (o->ags_gen->ag_running_async) {
            PyErr_SetString(PyExc_RuntimeError,
                            "anext(): asynchronous generator is already running");
            return NULL;
        }
        if (value == NULL || value == Py_None)
            value = o->ags_sendval;
        o->ags_state = AWAIT_ITER;
    }
    o->ags_gen->ag_running_async = 1;
    PyObject *result =
        ks_gen_send_method((PyObject *)o->ags_gen, value == NULL ? Py_None : value);
    result = unwrap_value(o->ags_gen, result);
    if (result == NULL)
        o->ags_state = AWAIT_CLOSED;
    return result;
}

static PyObject *
asend_iternext(PyAsyncGenASend *o)
{
    return asend_send(o, NULL);
}

static PyObject *
asend_throw(PyAsyncGenASend *o, PyObject *const *args, Py_ssize_t nargs)
{
    if (o->ags_state == AWAIT_CLOSED)
        return asend_reused();
    PyObject *result = ks_gen_throw_method((PyObject *)o->ags_gen, args, nargs);
    result = unwrap_value(o->ags_gen, result);
    if (result == NULL)
        o->ags_state = AWAIT_CLOSED;
    return result;
}

static PyObject *
asend_close(PyAsyncGenASend *o, PyObject *Py_UNUSED(ignored))
{
    o->ags_state = AWAIT_CLOSED;
    Py_RETURN_NONE;
}

#define SEND_DOC "send(arg) -> resume with arg."
#define THROW_DOC \
    "throw(value)\nthrow(type[,value[,tb]])\n\nRaise an exception inside the generator."
#define CLOSE_DOC "close() -> do not go on."

static PyMethodDef asend_methods[] = {
    METHOD_PLAIN("send", asend_send, METH_O, SEND_DOC),
    METHOD_PLAIN("throw", asend_throw, METH_FASTCALL, THROW_DOC),
    METHOD_PLAIN("close", asend_close, METH_NOARGS, CLOSE_DOC),
    {NULL, NULL, 0, NULL},
};

static PyAsyncMethods asend_async = {
    .am_await = PyObject_SelfIter,
};

PyTypeObject _PyAsyncGenASend_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "async_generator_asend",
    .tp_basicsize = sizeof(PyAsyncGenASend),
    .tp_dealloc = (destructor)asend_dealloc,
    .tp_as_async = &asend_async,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = (traverseproc)asend_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = (iternextfunc)asend_iternext,
    .tp_methods = asend_methods,
};

/* ---- athrow and aclose ---- */

static PyObject *
athrow_new(PyAsyncGenObject *gen, PyObject *args)
{
    PyAsyncGenAThrow *o = PyObject_GC_New(PyAsyncGenAThrow, &_PyAsyncGenAThrow_Type);
    if (o == NULL)
        return NULL;
    o->agt_gen = (PyAsyncGenObject *)Py_NewRef(gen);
    o->agt_args = Py_XNewRef(args);
    o->agt_state = AWAIT_INIT;
    _PyObject_GC_TRACK(o);
    return (PyObject *)o;
}

static void
athrow_dealloc(PyAsyncGenAThrow *o)
{
    _PyObject_GC_UNTRACK(o);
    Py_CLEAR(o->agt_gen);
    Py_CLEAR(o->agt_args);
    PyObject_GC_Del(o);
}

static int
athrow_traverse(PyAsyncGenAThrow *o, visitproc visit, void *arg)
{
    Py_VISIT(o->agt_gen);
    Py_VISIT(o->agt_args);
    return 0;
}

static PyObject *
athrow_reused(void)
{
    PyErr_SetString(PyExc_RuntimeError, "cannot reuse already awaited aclose()/athrow()");
    return NULL;
}

/* aclose: the generator yielded instead of finishing; result is taken. */
static PyObject *
athrow_ignored(PyAsyncGenAThrow *o, PyObject *result)
{
    Py_DECREF(result);
    o->agt_gen->ag_running_async = 0;
    o->agt_state = AWAIT_CLOSED;
    PyErr_SetString(PyExc_RuntimeError, "async generator ignored GeneratorExit");
    return NULL;
}

/* The generator raised. For aclose, its end is success. */
static PyObject *
athrow_raised(PyAsyncGenAThrow *o)
{
    o->agt_gen->ag_running_async = 0;
    o->agt_state = AWAIT_CLOSED;
    if (o->agt_args == NULL && (PyErr_ExceptionMatches(PyExc_StopAsyncIteration) ||
                                PyErr_ExceptionMatches(PyExc_GeneratorExit))) {
        PyErr_Clear();
        PyErr_SetNone(PyExc_StopIteration);
    }
    return NULL;
}

static PyObject *
athrow_start(PyAsyncGenAThrow *o, PyObject *value)
{
    PyAsyncGenObject *gen = o->agt_gen;
    if (gen->ag_running_async) {
        o->agt_state = AWAIT_CLOSED;
        PyErr_SetString(PyExc_RuntimeError,
                        o->agt_args == NULL
                            ? "aclose(): asynchronous generator is already running"
                            : "athrow(): asynchronous generator is already running");
        return NULL;
    }
    if (gen->ag_closed) {
        o->agt_state = AWAIT_CLOSED;
        PyErr_SetNone(PyExc_StopAsyncIteration);
        return NULL;
    }
    if (value != Py_None) {
        PyErr_SetString(PyExc_RuntimeError,
                        "can't send non-None value to a just-started coroutine");
        return NULL;
    }
    o->agt_state = AWAIT_ITER;
    gen->ag_running_async = 1;
    if (o->agt_args == NULL) {
        gen->ag_closed = 1;
        PyObject *result =
            ks_gen_throw((PyGenObject *)gen, 0, PyExc_GeneratorExit, NULL, NULL);
        if (result != NULL && WRAPPED_CHECK(result))
            return athrow_ignored(o, result);
        return result == NULL ? athrow_raised(o) : result;
    }
    PyObject *type, *error = NULL, *traceback = NULL;
    if (!PyArg_UnpackTuple(o->agt_args, "athrow", 1, 3, &type, &error, &traceback))
        return NULL;
    PyObject *result = ks_gen_throw((PyGenObject *)gen, 0, type, error, traceback);
    result = unwrap_value(gen, result);
    return result == NULL ? athrow_raised(o) : result;
}

static PyObject *
athrow_send(PyAsyncGenAThrow *o, PyObject *value)
{
    PyGenObject *gen = (PyGenObject *)o->agt_gen;
    if (o->agt_state == AWAIT_CLOSED)
        return athrow_reused();
    if (gen->gi_frame_state >= FRAME_COMPLETED) {
        o->agt_state = AWAIT_CLOSED;
        PyErr_SetNone(PyExc_StopIteration);
        return NULL;
    }
    if (o->agt_state == AWAIT_INIT)
        return athrow_start(o, value);
    PyObject *result = ks_gen_send_method((PyObject *)gen, value);
    if (o->agt_args != NULL)
        return unwrap_value(o->agt_gen, result);
    if (result == NULL)
        return athrow_raised(o);
    return WRAPPED_CHECK(result) ? athrow_ignored(o, result) : result;
}

static PyObject *
athrow_iternext(PyAsyncGenAThrow *o)
{
    return athrow_send(o, Py_None);
}

static PyObject *
athrow_throw(PyAsyncGenAThrow *o, PyObject *const *args, Py_ssize_t nargs)
{
    if (o->agt_state == AWAIT_CLOSED)
        return athrow_reused();
    PyObject *result = ks_gen_throw_method((PyObject *)o->agt_gen, args, nargs);
    if (o->agt_args != NULL)
        return unwrap_value(o->agt_gen, result);
    if (result != NULL && WRAPPED_CHECK(result))
        return athrow_ignored(o, result);
    if (result == NULL && (PyErr_ExceptionMatches(PyExc_StopAsyncIteration) ||
                           PyErr_ExceptionMatches(PyExc_GeneratorExit))) {
        PyErr_Clear();
        PyErr_SetNone(PyExc_StopIteration);
    }
    return result;
}

static PyObject *
athrow_close(PyAsyncGenAThrow *o, PyObject *Py_UNUSED(ignored))
{
    o->agt_state = AWAIT_CLOSED;
    Py_RETURN_NONE;
}

static PyMethodDef athrow_methods[] = {
    METHOD_PLAIN("send", athrow_send, METH_O, SEND_DOC),
    METHOD_PLAIN("throw", athrow_throw, METH_FASTCALL, THROW_DOC),
    METHOD_PLAIN("close", athrow_close, METH_NOARGS, CLOSE_DOC),
    {NULL, NULL, 0, NULL},
};

static PyAsyncMethods athrow_async = {
    .am_await = PyObject_SelfIter,
};

PyTypeObject _PyAsyncGenAThrow_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "async_generator_athrow",
    .tp_basicsize = sizeof(PyAsyncGenAThrow),
    .tp_dealloc = (destructor)athrow_dealloc,
    .tp_as_async = &athrow_async,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = (traverseproc)athrow_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = (iternextfunc)athrow_iternext,
    .tp_methods = athrow_methods,
};

/* ---- the async generator type ---- */

/* Before the first step: remembers the loop's finaliser and tells the loop. 0 or -1. */
static int
init_hooks(PyAsyncGenObject *gen)
{
    if (gen->ag_hooks_inited)
        return 0;
    gen->ag_hooks_inited = 1;
    PyThreadState *tstate = _PyThreadState_GET();
    if (tstate->async_gen_finalizer != NULL)
        gen->ag_origin_or_finalizer = Py_NewRef(tstate->async_gen_finalizer);
    PyObject *first = tstate->async_gen_firstiter;
    if (first != NULL) {
        Py_INCREF(first);
        PyObject *result = PyObject_CallOneArg(first, (PyObject *)gen);
        Py_DECREF(first);
        if (result == NULL)
            return -1;
        Py_DECREF(result);
    }
    return 0;
}

static PyObject *
agen_anext(PyAsyncGenObject *gen)
{
    return init_hooks(gen) < 0 ? NULL : asend_new(gen, NULL);
}

static PyObject *
agen_asend(PyAsyncGenObject *gen, PyObject *value)
{
    return init_hooks(gen) < 0 ? NULL : asend_new(gen, value);
}

static PyObject *
agen_aclose(PyAsyncGenObject *gen, PyObject *Py_UNUSED(ignored))
{
    return init_hooks(gen) < 0 ? NULL : athrow_new(gen, NULL);
}

static PyObject *
agen_athrow(PyAsyncGenObject *gen, PyObject *args)
{
    return init_hooks(gen) < 0 ? NULL : athrow_new(gen, args);
}

static PyObject *
agen_repr(PyAsyncGenObject *gen)
{
    return PyUnicode_FromFormat("<async_generator object %S at %p>", gen->ag_qualname, gen);
}

static PyMethodDef agen_methods[] = {
    METHOD_PLAIN("asend", agen_asend, METH_O, "asend(v) -> resume with v, awaited."),
    METHOD_PLAIN("athrow", agen_athrow, METH_VARARGS,
                 "athrow(typ[,val[,tb]]) -> raise an exception inside, awaited."),
    METHOD_PLAIN("aclose", agen_aclose, METH_NOARGS,
                 "aclose() -> raise GeneratorExit inside, awaited."),
    METHOD_PLAIN("__sizeof__", ks_gen_sizeof, METH_NOARGS, "gen.__sizeof__() -> size in bytes."),
    METHOD_PLAIN("__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS,
                 "A generic alias: async_generator[...]."),
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef agen_getters[] = {
    {"__name__", (getter)ks_gen_get_name, (setter)ks_gen_set_name, "the async generator's name"},
    {"__qualname__", (getter)ks_gen_get_qualname, (setter)ks_gen_set_qualname,
     "the async generator's qualified name"},
    {"ag_await", (getter)ks_gen_get_delegate, NULL, "what it awaits just now, or None"},
    {"ag_frame", (getter)ks_gen_get_frame, NULL, NULL, "ag_frame"},
    {NULL},
};

static PyMemberDef agen_members[] = {
    {"ag_running", T_BOOL, offsetof(PyAsyncGenObject, ag_running_async), READONLY},
    {"ag_code", T_OBJECT, offsetof(PyAsyncGenObject, ag_code), READONLY | PY_AUDIT_READ},
    {NULL},
};

static PyAsyncMethods agen_async = {
    .am_aiter = PyObject_SelfIter,
    .am_anext = (unaryfunc)agen_anext,
    .am_send = (sendfunc)ks_gen_am_send,
};

PyTypeObject PyAsyncGen_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "async_generator",
    .tp_basicsize = offsetof(PyAsyncGenObject, ag_iframe) + offsetof(_PyInterpreterFrame, localsplus),
    .tp_itemsize = sizeof(PyObject *),
    .tp_dealloc = (destructor)ks_gen_dealloc,
    .tp_as_async = &agen_async,
    .tp_repr = (reprfunc)agen_repr,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = (traverseproc)ks_gen_traverse,
    .tp_weaklistoffset = offsetof(PyAsyncGenObject, ag_weakreflist),
    .tp_methods = agen_methods,
    .tp_members = agen_members,
    .tp_getset = agen_getters,
    .tp_finalize = _PyGen_Finalize,
};

PyObject *
PyAsyncGen_New(PyFrameObject *f, PyObject *name, PyObject *qualname)
{
    return ks_gen_from_frame(&PyAsyncGen_Type, f, name, qualname);
}

/* ---- freelists ---- */

void
_PyAsyncGen_ClearFreeLists(PyInterpreterState *interp)
{
    struct _Py_async_gen_state *state = &interp->async_gen;
    while (state->value_numfree > 0)
        PyObject_GC_Del(state->value_freelist[--state->value_numfree]);
    while (state->asend_numfree > 0)
        PyObject_GC_Del(state->asend_freelist[--state->asend_numfree]);
}

void
_PyAsyncGen_Fini(PyInterpreterState *interp)
{
    _PyAsyncGen_ClearFreeLists(interp);
}
