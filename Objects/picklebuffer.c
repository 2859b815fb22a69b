/* SPDX-License-Identifier: MIT */
/* PickleBuffer: a view of an object's bytes that pickle may pass out of band. The view is held
 * until release(); a released one has no obj. */
#include "Python.h"
#include "ks_args.h"

typedef struct PickleBufferObject {
    PyObject_HEAD
    Py_buffer view;
    PyObject *weakrefs;
} PickleBufferObject;

#define BUFFER(op) ((PickleBufferObject *)(op))

static KS_NEW PyObject *
picklebuffer_make(PyTypeObject *type, PyObject *base)
{
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    if (PyObject_GetBuffer(base, &BUFFER(self)->view, PyBUF_FULL_RO) < 0) {
        BUFFER(self)->view.obj = NULL;
        Py_DECREF(self);
        return NULL;
    }
    return self;
}

static PyObject *
picklebuffer_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0) {
        PyErr_SetString(PyExc_TypeError, "PickleBuffer() takes no keyword arguments");
        return NULL;
    }
    if (PyTuple_GET_SIZE(args) != 1) {
        PyErr_Format(PyExc_TypeError, "PickleBuffer() takes exactly 1 positional argument (%zd given)",
                     PyTuple_GET_SIZE(args));
        return NULL;
    }
    return picklebuffer_make(type, PyTuple_GET_ITEM(args, 0));
}

static int
picklebuffer_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(BUFFER(self)->view.obj);
    return 0;
}

static int
picklebuffer_clear(PyObject *self)
{
    PyBuffer_Release(&BUFFER(self)->view);
    return 0;
}

static void
picklebuffer_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    if (BUFFER(self)->weakrefs != NULL)
        PyObject_ClearWeakRefs(self);
    PyBuffer_Release(&BUFFER(self)->view);
    Py_TYPE(self)->tp_free(self);
}

static int
picklebuffer_is_open(PyObject *self)
{
    if (BUFFER(self)->view.obj != NULL)
        return 1;
    PyErr_SetString(PyExc_ValueError, "operation forbidden on released PickleBuffer object");
    return 0;
}

static int
picklebuffer_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    if (!picklebuffer_is_open(self))
        return -1;
    return PyObject_GetBuffer(BUFFER(self)->view.obj, view, flags);
}

static void
picklebuffer_releasebuffer(PyObject *self, Py_buffer *view)
{
    /* The view names the base object, so this is never reached; the slot says that the buffer is
     * one that has to be released. */
}

/* A flat memoryview of unsigned bytes over contiguous memory of any shape. */
static PyObject *
picklebuffer_raw(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    if (!picklebuffer_is_open(self))
        return NULL;
    const Py_buffer *view = &BUFFER(self)->view;
    if (view->suboffsets != NULL || !PyBuffer_IsContiguous(view, 'A')) {
        PyErr_SetString(PyExc_BufferError, "cannot extract raw buffer from non-contiguous buffer");
        return NULL;
    }
    PyObject *memory = PyMemoryView_FromObject(self);
    if (memory == NULL)
        return NULL;
    Py_buffer *flat = PyMemoryView_GET_BUFFER(memory);
    flat->format = (char *)"B";
    flat->ndim = 1;
    flat->itemsize = 1;
    /* A view of no dimensions brings no arrays, so the one dimension is told by the view itself. */
    flat->shape = &flat->len;
    flat->strides = &flat->itemsize;
    flat->suboffsets = NULL;
    ((PyMemoryViewObject *)memory)->flags = _Py_MEMORYVIEW_C | _Py_MEMORYVIEW_FORTRAN;
    return memory;
}

static PyObject *
picklebuffer_release(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyBuffer_Release(&BUFFER(self)->view);
    Py_RETURN_NONE;
}

static PyMethodDef picklebuffer_methods[] = {
    METHOD("raw", picklebuffer_raw, METH_NOARGS, "($self, /)",
           "A flat memoryview of the bytes, whatever their shape and format."),
    METHOD("release", picklebuffer_release, METH_NOARGS, "($self, /)", "Let go of the underlying buffer."),
    {NULL},
};

static PyBufferProcs picklebuffer_as_buffer = {picklebuffer_getbuffer, picklebuffer_releasebuffer};

PyTypeObject PyPickleBuffer_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "pickle.PickleBuffer",
    .tp_basicsize = sizeof(PickleBufferObject),
    .tp_dealloc = picklebuffer_dealloc,
    .tp_as_buffer = &picklebuffer_as_buffer,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_doc = PyDoc_STR("A wrapper for buffers that may be pickled out of band."),
    .tp_traverse = picklebuffer_traverse,
    .tp_clear = picklebuffer_clear,
    .tp_weaklistoffset = offsetof(PickleBufferObject, weakrefs),
    .tp_methods = picklebuffer_methods,
    .tp_new = picklebuffer_new,
};

PyObject *
PyPickleBuffer_FromObject(PyObject *base)
{
    return picklebuffer_make(&PyPickleBuffer_Type, base);
}

static int
picklebuffer_check(PyObject *self)
{
    if (PyPickleBuffer_Check(self))
        return 1;
    PyErr_Format(PyExc_TypeError, "expected PickleBuffer, %.200s found", Py_TYPE(self)->tp_name);
    return 0;
}

const Py_buffer *
PyPickleBuffer_GetBuffer(PyObject *self)
{
    return picklebuffer_check(self) && picklebuffer_is_open(self) ? &BUFFER(self)->view : NULL;
}

int
PyPickleBuffer_Release(PyObject *self)
{
    if (!picklebuffer_check(self))
        return -1;
    PyBuffer_Release(&BUFFER(self)->view);
    return 0;
}
