/* SPDX-License-Identifier: MIT */
/* _TextIOBase: what every text stream inherits. */
#include "ks_io.h"

static PyObject *
base_detach(PyObject *self, PyObject *args)
{
    return ks_io_unsupport("detach");
}

static PyObject *
base_read(PyObject *self, PyObject *args)
{
    return ks_io_unsupport("read");
}

static PyObject *
base_readline(PyObject *self, PyObject *args)
{
    return ks_io_unsupport("readline");
}

static PyObject *
base_write(PyObject *self, PyObject *args)
{
    return ks_io_unsupport("write");
}

static PyObject *
base_get_none(PyObject *self, void *closure)
{
    Py_RETURN_NONE;
}

static PyMethodDef base_methods[] = {
    METHOD_PLAIN("detach", base_detach, METH_NOARGS, "Separate the buffer and return it."),
    METHOD_PLAIN("read", base_read, METH_VARARGS, "Read at most n characters."),
    METHOD_PLAIN("readline", base_readline, METH_VARARGS, "Read until a line end."),
    METHOD_PLAIN("write", base_write, METH_VARARGS, "Write a str."),
    {NULL},
};

static PyGetSetDef base_getset[] = {
    {"encoding", base_get_none, NULL, "Encoding of the text stream."},
    {"newlines", base_get_none, NULL, "Line ends met so far."},
    {"errors", base_get_none, NULL, "Error setting of the decoder or encoder."},
    {NULL},
};

PyTypeObject ks_textiobase_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_io._TextIOBase",
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = PyDoc_STR("Base class for text streams."),
    .tp_methods = base_methods,
    .tp_getset = base_getset,
    .tp_base = &ks_iobase_type,
};
