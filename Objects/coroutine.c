/* SPDX-License-Identifier: MIT */
/* Coroutines: the type, the iterator that __await__ gives, and what await accepts. */
#include "Python.h"
#include "frameobject.h"
#include "structmember.h"

#include "pycore_ceval.h"
#include "pycore_frame.h"
#include "pycore_genobject.h"
#include "pycore_object.h"

#include "ks_eval.h"
#include "ks_frame.h"
#include "ks_gen.h"

/* ---- what await accepts ---- */

/* A generator that types.coroutine marked. */
static int
gen_is_coroutine(PyObject *object)
{
    return PyGen_CheckExact(object) &&
           ((PyGenObject *)object)->gi_code->co_flags & CO_ITERABLE_COROUTINE;
}

/* The iterator to drive for an awaitable; TypeError if it is none. */
PyObject *
_PyCoro_GetAwaitableIter(PyObject *object)
{
    if (PyCoro_CheckExact(object) || gen_is_coroutine(object))
        return Py_NewRef(object);
    PyTypeObject *type = Py_TYPE(object);
    unaryfunc getter = type->tp_as_async == NULL ? NULL : type->tp_as_async->am_await;
    if (getter == NULL) {
        PyErr_Format(PyExc_TypeError, "object %.100s can't be used in 'await' expression",
                     type->tp_name);
        return NULL;
    }
    PyObject *iterator = getter(object);
    if (iterator == NULL)
        return NULL;
    if (PyCoro_CheckExact(iterator) || gen_is_coroutine(iterator)) {
        PyErr_SetString(PyExc_TypeError, "__await__() returned a coroutine");
        Py_CLEAR(iterator);
    }
    else if (!PyIter_Check(iterator)) {
        PyErr_Format(PyExc_TypeError, "__await__() returned non-iterator of type '%.100s'",
                     Py_TYPE(iterator)->tp_name);
        Py_CLEAR(iterator);
    }
    return iterator;
}

/* ---- the iterator ---- */

typedef struct {
    PyObject_HEAD
    PyCoroObject *cw_coroutine;
} PyCoroWrapper;

static void
wrapper_dealloc(PyCoroWrapper *wrapper)
{
    _PyObject_GC_UNTRACK(wrapper);
    Py_CLEAR(wrapper->cw_coroutine);
    PyObject_GC_Del(wrapper);
}

static int
wrapper_traverse(PyCoroWrapper *wrapper, visitproc visit, void *arg)
{
    Py_VISIT(wrapper->cw_coroutine);
    return 0;
}

static PyObject *
wrapper_iternext(PyCoroWrapper *wrapper)
{
    return ks_gen_iternext((PyGenObject *)wrapper->cw_coroutine);
}

static PyObject *
wrapper_send(PyCoroWrapper *wrapper, PyObject *value)
{
    return ks_gen_send_method((PyObject *)wrapper->cw_coroutine, value);
}

static PyObject *
wrapper_throw(PyCoroWrapper *wrapper, PyObject *const *args, Py_ssize_t nargs)
{
    return ks_gen_throw_method((PyObject *)wrapper->cw_coroutine, args, nargs);
}

static PyObject *
wrapper_close(PyCoroWrapper *wrapper, PyObject *ignored)
{
    return ks_gen_close((PyObject *)wrapper->cw_coroutine, ignored);
}

#define SEND_DOC \
    "send(arg) -> pass arg into coroutine and resume it;\n" \
    "return the next iterated value or raise StopIteration."
#define THROW_DOC \
    "throw(value)\nthrow(type[,value[,traceback]])\n\n" \
    "Raise an exception in coroutine; return the next iterated value or raise StopIteration."
#define CLOSE_DOC "close() -> raise GeneratorExit inside coroutine."

static PyMethodDef wrapper_methods[] = {
    METHOD_PLAIN("send", wrapper_send, METH_O, SEND_DOC),
    METHOD_PLAIN("throw", wrapper_throw, METH_FASTCALL, THROW_DOC),
    METHOD_PLAIN("close", wrapper_close, METH_NOARGS, CLOSE_DOC),
    {NULL, NULL, 0, NULL},
};

PyTypeObject _PyCoroWrapper_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "coroutine_wrapper",
    .tp_doc = "What __await__ of a coroutine returns.",
    .tp_basicsize = sizeof(PyCoroWrapper),
    .tp_dealloc = (destructor)wrapper_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = (traverseproc)wrapper_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = (iternextfunc)wrapper_iternext,
    .tp_methods = wrapper_methods,
};

static PyObject *
coro_await(PyCoroObject *coro)
{
    PyCoroWrapper *wrapper = PyObject_GC_New(PyCoroWrapper, &_PyCoroWrapper_Type);
    if (wrapper == NULL)
        return NULL;
    wrapper->cw_coroutine = (PyCoroObject *)Py_NewRef(coro);
    _PyObject_GC_TRACK(wrapper);
    return (PyObject *)wrapper;
}

/* ---- the coroutine type ---- */

static PyObject *
coro_repr(PyCoroObject *coro)
{
    return PyUnicode_FromFormat("<coroutine object %S at %p>", coro->cr_qualname, coro);
}

static PyMethodDef coro_methods[] = {
    METHOD_PLAIN("send", ks_gen_send_method, METH_O, SEND_DOC),
    METHOD_PLAIN("throw", ks_gen_throw_method, METH_FASTCALL, THROW_DOC),
    METHOD_PLAIN("close", ks_gen_close, METH_NOARGS, CLOSE_DOC),
    METHOD_PLAIN("__sizeof__", ks_gen_sizeof, METH_NOARGS, "coro.__sizeof__() -> size in bytes."),
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef coro_getters[] = {
    {"__name__", (getter)ks_gen_get_name, (setter)ks_gen_set_name, "name of the coroutine"},
    {"__qualname__", (getter)ks_gen_get_qualname, (setter)ks_gen_set_qualname,
     "qualified name of the coroutine"},
    {"cr_await", (getter)ks_gen_get_delegate, NULL, "what it awaits just now, or None"},
    {"cr_running", (getter)ks_gen_get_running, NULL, NULL},
    {"cr_frame", (getter)ks_gen_get_frame, NULL, NULL, "cr_frame"},
    {"cr_suspended", (getter)ks_gen_get_suspended, NULL, NULL},
    {NULL},
};

static PyMemberDef coro_members[] = {
    {"cr_code", T_OBJECT, offsetof(PyCoroObject, cr_code), READONLY | PY_AUDIT_READ},
    {"cr_origin", T_OBJECT, offsetof(PyCoroObject, cr_origin_or_finalizer), READONLY},
    {NULL},
};

static PyAsyncMethods coro_async = {
    .am_await = (unaryfunc)coro_await,
    .am_send = (sendfunc)ks_gen_am_send,
};

PyTypeObject PyCoro_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "coroutine",
    .tp_basicsize = offsetof(PyCoroObject, cr_iframe) + offsetof(_PyInterpreterFrame, localsplus),
    .tp_itemsize = sizeof(PyObject *),
    .tp_dealloc = (destructor)ks_gen_dealloc,
    .tp_as_async = &coro_async,
    .tp_repr = (reprfunc)coro_repr,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = (traverseproc)ks_gen_traverse,
    .tp_weaklistoffset = offsetof(PyCoroObject, cr_weakreflist),
    .tp_methods = coro_methods,
    .tp_members = coro_members,
    .tp_getset = coro_getters,
    .tp_finalize = _PyGen_Finalize,
};

PyObject *
PyCoro_New(PyFrameObject *f, PyObject *name, PyObject *qualname)
{
    PyObject *coro = ks_gen_from_frame(&PyCoro_Type, f, name, qualname);
    if (coro == NULL)
        return NULL;
    PyThreadState *tstate = _PyThreadState_GET();
    if (tstate->coroutine_origin_tracking_depth > 0) {
        PyObject *origin =
            ks_coro_origin(tstate->coroutine_origin_tracking_depth, _PyEval_GetFrame());
        if (origin == NULL) {
            Py_DECREF(coro);
            return NULL;
        }
        ((PyCoroObject *)coro)->cr_origin_or_finalizer = origin;
    }
    return coro;
}

/* Where a coroutine is made: (file, line, function) of frame and its callers, at most depth. */
PyObject *
ks_coro_origin(int depth, _PyInterpreterFrame *frame)
{
    int count = 0;
    for (_PyInterpreterFrame *f = ks_frame_complete(frame); f != NULL && count < depth;
         f = ks_frame_complete(f->previous))
        count++;
    KS_OWNED PyObject *origin = PyTuple_New(count);
    if (origin == NULL)
        return NULL;
    frame = ks_frame_complete(frame);
    for (int i = 0; i < count; i++) {
        PyCodeObject *code = frame->f_code;
        PyObject *entry = Py_BuildValue("OiO", code->co_filename,
                                        _PyInterpreterFrame_GetLine(frame), code->co_name);
        if (entry == NULL)
            return NULL;
        PyTuple_SET_ITEM(origin, i, entry);
        frame = ks_frame_complete(frame->previous);
    }
    return ks_give(&origin);
}
