/* SPDX-License-Identifier: MIT */
/* _BufferedIOBase, and BufferedRWPair, which joins two streams into one. */
#include "ks_io.h"

/* --- _BufferedIOBase --- */

static PyObject *
readinto_by(PyObject *self, PyObject *target, PyObject *method, const char *name)
{
    Py_buffer view;
    if (PyObject_GetBuffer(target, &view, PyBUF_WRITABLE) < 0) {
        PyErr_Clear();
        PyErr_Format(PyExc_TypeError,
                     "%s() argument must be read-write bytes-like object, not %.50s", name,
                     Py_TYPE(target)->tp_name);
        return NULL;
    }
    PyObject *result = NULL;
    KS_OWNED PyObject *size = PyLong_FromSsize_t(view.len);
    KS_OWNED PyObject *data = size == NULL ? NULL : PyObject_CallMethodOneArg(self, method, size);
    if (data != NULL && !PyBytes_Check(data)) {
        PyErr_SetString(PyExc_TypeError, "read() should return bytes");
    }
    else if (data != NULL && PyBytes_GET_SIZE(data) > view.len) {
        PyErr_Format(PyExc_ValueError,
                     "read() returned too much data: %zd bytes requested, %zd returned", view.len,
                     PyBytes_GET_SIZE(data));
    }
    else if (data != NULL) {
        memcpy(view.buf, PyBytes_AS_STRING(data), (size_t)PyBytes_GET_SIZE(data));
        result = PyLong_FromSsize_t(PyBytes_GET_SIZE(data));
    }
    PyBuffer_Release(&view);
    return result;
}

static PyObject *
base_readinto(PyObject *self, PyObject *target)
{
    return readinto_by(self, target, &_Py_ID(read), "readinto");
}

static PyObject *
base_readinto1(PyObject *self, PyObject *target)
{
    return readinto_by(self, target, &_Py_ID(read1), "readinto1");
}

static PyObject *
base_detach(PyObject *self, PyObject *unused)
{
    return ks_io_unsupport("detach");
}

static PyObject *
base_read(PyObject *self, PyObject *args)
{
    return ks_io_unsupport("read");
}

static PyObject *
base_read1(PyObject *self, PyObject *args)
{
    return ks_io_unsupport("read1");
}

static PyObject *
base_write(PyObject *self, PyObject *args)
{
    return ks_io_unsupport("write");
}

static PyMethodDef base_methods[] = {
    METHOD("detach", base_detach, METH_NOARGS, "($self, /)",
           "Separate the raw stream and return it."),
    METHOD_PLAIN("read", base_read, METH_VARARGS, "Read and return bytes."),
    METHOD_PLAIN("read1", base_read1, METH_VARARGS, "Read with at most one raw read."),
    METHOD("readinto", base_readinto, METH_O, "($self, buffer, /)", "Read into a buffer."),
    METHOD("readinto1", base_readinto1, METH_O, "($self, buffer, /)",
           "Read into a buffer with at most one raw read."),
    METHOD_PLAIN("write", base_write, METH_VARARGS, "Write bytes."),
    {NULL},
};

PyTypeObject ks_bufferediobase_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_io._BufferedIOBase",
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = PyDoc_STR("Base class for buffered streams."),
    .tp_methods = base_methods,
    .tp_base = &ks_iobase_type,
};

/* --- BufferedRWPair --- */

typedef struct Pair {
    PyObject_HEAD
    PyObject *reader, *writer;
    PyObject *dict, *weakreflist;
} Pair;

#define PAIR(self) ((Pair *)(self))

static int
pair_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    PyObject *reader, *writer;
    Py_ssize_t buffer_size = KS_IO_BUFFER_BYTES;
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0) {
        PyErr_SetString(PyExc_TypeError, "BufferedRWPair() takes no keyword arguments");
        return -1;
    }
    if (!PyArg_ParseTuple(args, "OO|n:BufferedRWPair", &reader, &writer, &buffer_size))
        return -1;
    KS_OWNED PyObject *readable = ks_io_check_readable(reader, NULL);
    KS_OWNED PyObject *writable = readable == NULL ? NULL : ks_io_check_writable(writer, NULL);
    if (writable == NULL)
        return -1;
    PyObject *in = PyObject_CallFunction((PyObject *)&ks_bufferedreader_type, "On", reader,
                                         buffer_size);
    if (in == NULL)
        return -1;
    Py_XSETREF(PAIR(object)->reader, in);
    PyObject *out = PyObject_CallFunction((PyObject *)&ks_bufferedwriter_type, "On", writer,
                                          buffer_size);
    if (out == NULL) {
        Py_CLEAR(PAIR(object)->reader);
        return -1;
    }
    Py_XSETREF(PAIR(object)->writer, out);
    return 0;
}

static int
pair_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(PAIR(self)->dict);
    Py_VISIT(PAIR(self)->reader);
    Py_VISIT(PAIR(self)->writer);
    return 0;
}

static int
pair_clear(PyObject *self)
{
    Py_CLEAR(PAIR(self)->reader);
    Py_CLEAR(PAIR(self)->writer);
    Py_CLEAR(PAIR(self)->dict);
    return 0;
}

static void
pair_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    if (PAIR(self)->weakreflist != NULL)
        PyObject_ClearWeakRefs(self);
    pair_clear(self);
    Py_TYPE(self)->tp_free(self);
}

static PyObject *
pair_call(PyObject *part, const char *name, PyObject *args)
{
    if (part == NULL) {
        PyErr_SetString(PyExc_ValueError, "I/O operation on uninitialized object");
        return NULL;
    }
    KS_OWNED PyObject *method = PyObject_GetAttrString(part, name);
    return method == NULL ? NULL : PyObject_Call(method, args, NULL);
}

#define PAIR_METHOD(name, part)                                     \
    static PyObject *pair_##name(PyObject *self, PyObject *args)    \
    {                                                               \
        return pair_call(PAIR(self)->part, #name, args);            \
    }
PAIR_METHOD(read, reader)
PAIR_METHOD(peek, reader)
PAIR_METHOD(read1, reader)
PAIR_METHOD(readinto, reader)
PAIR_METHOD(readinto1, reader)
PAIR_METHOD(write, writer)
PAIR_METHOD(flush, writer)
PAIR_METHOD(readable, reader)
PAIR_METHOD(writable, writer)

static PyObject *
pair_close(PyObject *self, PyObject *args)
{
    PyObject *type = NULL, *value = NULL, *traceback = NULL;
    KS_OWNED PyObject *wrote = pair_call(PAIR(self)->writer, "close", args);
    if (wrote == NULL)
        PyErr_Fetch(&type, &value, &traceback);
    PyObject *result = pair_call(PAIR(self)->reader, "close", args);
    if (type != NULL) {
        _PyErr_ChainExceptions(type, value, traceback);
        Py_CLEAR(result);
    }
    return result;
}

static PyObject *
pair_isatty(PyObject *self, PyObject *args)
{
    PyObject *answer = pair_call(PAIR(self)->writer, "isatty", args);
    if (answer != Py_False)
        return answer;
    Py_DECREF(answer);
    return pair_call(PAIR(self)->reader, "isatty", args);
}

static PyObject *
pair_get_closed(PyObject *self, void *closure)
{
    if (PAIR(self)->writer == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the BufferedRWPair object is being garbage-collected");
        return NULL;
    }
    return PyObject_GetAttr(PAIR(self)->writer, &_Py_ID(closed));
}

#define ROW(name) METHOD_PLAIN(#name, pair_##name, METH_VARARGS, NULL)
static PyMethodDef pair_methods[] = {
    ROW(read), ROW(peek), ROW(read1), ROW(readinto), ROW(readinto1), ROW(write), ROW(flush),
    ROW(readable), ROW(writable), ROW(close), ROW(isatty), {NULL},
};

static PyGetSetDef pair_getset[] = {
    {"closed", pair_get_closed, NULL, NULL},
    {NULL},
};

PyTypeObject ks_bufferedrwpair_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_io.BufferedRWPair",
    .tp_basicsize = sizeof(Pair),
    .tp_dealloc = pair_dealloc,
    .tp_flags = KS_IO_TYPE_FLAGS,
    .tp_doc = PyDoc_STR("BufferedRWPair(reader, writer, buffer_size=8192, /)\n--\n\n"
                        "A buffered reader and a buffered writer together."),
    .tp_traverse = pair_traverse,
    .tp_clear = pair_clear,
    .tp_weaklistoffset = offsetof(Pair, weakreflist),
    .tp_methods = pair_methods,
    .tp_getset = pair_getset,
    .tp_base = &ks_bufferediobase_type,
    .tp_dictoffset = offsetof(Pair, dict),
    .tp_init = pair_init,
    .tp_new = PyType_GenericNew,
};
