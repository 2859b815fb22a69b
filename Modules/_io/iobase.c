/* SPDX-License-Identifier: MIT */
/* _IOBase and _RawIOBase: what every stream can do by the few methods it must have. */
#include "ks_io.h"

/* --- closing --- */

int
ks_iobase_is_closed(PyObject *self)
{
    PyObject *found;
    if (_PyObject_LookupAttr(self, KS_INTERN("__IOBase_closed"), &found) < 0)
        return -1;
    Py_XDECREF(found);
    return found != NULL;
}

static int
closed_attribute(PyObject *self)
{
    PyObject *found;
    if (_PyObject_LookupAttr(self, &_Py_ID(closed), &found) < 0)
        return -1;
    KS_OWNED PyObject *closed = found;
    return closed == NULL ? 0 : PyObject_IsTrue(closed);
}

PyObject *
ks_io_check_closed(PyObject *self)
{
    int closed = closed_attribute(self);
    if (closed > 0)
        PyErr_SetString(PyExc_ValueError, "I/O operation on closed file.");
    return closed == 0 ? Py_True : NULL;
}

static PyObject *
iobase_check_closed(PyObject *self, PyObject *unused)
{
    PyObject *ok = ks_io_check_closed(self);
    return ok == NULL ? NULL : Py_NewRef(Py_None);
}

static PyObject *
iobase_flush(PyObject *self, PyObject *unused)
{
    int closed = ks_iobase_is_closed(self);
    if (closed < 0)
        return NULL;
    if (closed) {
        PyErr_SetString(PyExc_ValueError, "I/O operation on closed file.");
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
iobase_close(PyObject *self, PyObject *unused)
{
    int closed = ks_iobase_is_closed(self);
    if (closed < 0)
        return NULL;
    if (closed)
        Py_RETURN_NONE;
    /* Closed from now on, whatever flush() says; its error is still reported. */
    KS_OWNED PyObject *flushed = PyObject_CallMethodNoArgs(self, &_Py_ID(flush));
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    int status = PyObject_SetAttr(self, KS_INTERN("__IOBase_closed"), Py_True);
    _PyErr_ChainExceptions(type, value, traceback);
    return status < 0 || flushed == NULL ? NULL : Py_NewRef(Py_None);
}

/* Closes a stream nobody closed. Errors are dropped here, except where development mode wants to
 * see them: there is no caller to tell. */
static void
iobase_finalize(PyObject *self)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    int closed = closed_attribute(self);
    if (closed < 0) {
        PyErr_Clear();
        closed = 1; /* the object cannot even answer that: it was never made whole */
    }
    if (!closed) {
        /* Lets close() know that it is called from here and may warn. */
        if (PyObject_SetAttr(self, &_Py_ID(_finalizing), Py_True) < 0)
            PyErr_Clear();
        KS_OWNED PyObject *result = PyObject_CallMethodNoArgs(self, &_Py_ID(close));
        if (result == NULL) {
            if (_Py_GetConfig()->dev_mode)
                PyErr_WriteUnraisable(self);
            else
                PyErr_Clear();
        }
    }
    PyErr_Restore(type, value, traceback);
}

int
ks_iobase_finalize(PyObject *self)
{
    /* Python subclasses have tp_finalize run by their own deallocation already. */
    int is_resurrected = PyObject_CallFinalizerFromDealloc(self) < 0;
    if (is_resurrected && _PyType_HasFeature(Py_TYPE(self), Py_TPFLAGS_HEAPTYPE))
        Py_INCREF(Py_TYPE(self)); /* its deallocation goes on and drops one */
    return is_resurrected ? -1 : 0;
}

static void
iobase_dealloc(PyObject *self)
{
    if (ks_iobase_finalize(self) < 0)
        return;
    PyObject_GC_UnTrack(self);
    if (((KsIOBase *)self)->weakreflist != NULL)
        PyObject_ClearWeakRefs(self);
    Py_CLEAR(((KsIOBase *)self)->dict);
    Py_TYPE(self)->tp_free(self);
}

static int
iobase_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((KsIOBase *)self)->dict);
    return 0;
}

static int
iobase_clear(PyObject *self)
{
    Py_CLEAR(((KsIOBase *)self)->dict);
    return 0;
}

static PyObject *
iobase_get_closed(PyObject *self, void *closure)
{
    int closed = ks_iobase_is_closed(self);
    return closed < 0 ? NULL : PyBool_FromLong(closed);
}

static PyObject *
iobase_enter(PyObject *self, PyObject *unused)
{
    return ks_io_check_closed(self) == NULL ? NULL : Py_NewRef(self);
}

static PyObject *
iobase_exit(PyObject *self, PyObject *args)
{
    return PyObject_CallMethodNoArgs(self, &_Py_ID(close));
}

/* --- abilities --- */

PyObject *
ks_io_unsupport(const char *message)
{
    PyErr_SetString(ks_io_unsupported(), message);
    return NULL;
}

static PyObject *
ability(PyObject *self, PyObject *method, const char *message)
{
    PyObject *answer = PyObject_CallMethodNoArgs(self, method);
    if (answer == NULL || answer == Py_True)
        return answer;
    Py_DECREF(answer);
    return ks_io_unsupport(message);
}

PyObject *
ks_io_check_seekable(PyObject *self, PyObject *args)
{
    return ability(self, &_Py_ID(seekable), "File or stream is not seekable.");
}

PyObject *
ks_io_check_readable(PyObject *self, PyObject *args)
{
    return ability(self, &_Py_ID(readable), "File or stream is not readable.");
}

PyObject *
ks_io_check_writable(PyObject *self, PyObject *args)
{
    return ability(self, &_Py_ID(writable), "File or stream is not writable.");
}

static PyObject *
answer_false(PyObject *self, PyObject *unused)
{
    Py_RETURN_FALSE;
}

static PyObject *
iobase_isatty(PyObject *self, PyObject *unused)
{
    return ks_io_check_closed(self) == NULL ? NULL : Py_NewRef(Py_False);
}

static PyObject *
iobase_seek(PyObject *self, PyObject *args)
{
    return ks_io_unsupport("seek");
}

static PyObject *
iobase_truncate(PyObject *self, PyObject *args)
{
    return ks_io_unsupport("truncate");
}

static PyObject *
iobase_fileno(PyObject *self, PyObject *unused)
{
    return ks_io_unsupport("fileno");
}

static PyObject *
iobase_tell(PyObject *self, PyObject *unused)
{
    return PyObject_CallMethod(self, "seek", "ii", 0, 1);
}

/* --- arguments and errors --- */

int
ks_io_size(PyObject *arg, Py_ssize_t *size)
{
    if (arg == Py_None)
        return 1;
    if (!PyIndex_Check(arg)) {
        PyErr_Format(PyExc_TypeError, "argument should be integer or None, not '%.200s'",
                     Py_TYPE(arg)->tp_name);
        return 0;
    }
    *size = PyNumber_AsSsize_t(arg, PyExc_OverflowError);
    return *size != -1 || !PyErr_Occurred();
}

int
ks_io_is_eintr(void)
{
    if (!PyErr_ExceptionMatches(PyExc_OSError))
        return 0;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    PyObject *number = ((PyOSErrorObject *)value)->myerrno;
    int is_eintr = number != NULL && PyLong_Check(number) && PyLong_AsLong(number) == EINTR;
    if (PyErr_Occurred())
        PyErr_Clear();
    if (!is_eintr) {
        PyErr_Restore(type, value, traceback);
        return 0;
    }
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return PyErr_CheckSignals() == 0;
}

/* --- lines --- */

/* How many bytes to read so as not to read past the line's end: what peek() shows of it, else 1.
 * -1 with an exception. */
static Py_ssize_t
line_chunk(PyObject *peek, Py_ssize_t limit)
{
    if (peek == NULL)
        return 1;
    KS_OWNED PyObject *ahead = NULL;
    do {
        PyObject *one = PyLong_FromLong(1);
        if (one == NULL)
            return -1;
        ahead = PyObject_CallOneArg(peek, one);
        Py_DECREF(one);
    } while (ahead == NULL && ks_io_is_eintr());
    if (ahead == NULL)
        return -1;
    if (!PyBytes_Check(ahead)) {
        PyErr_Format(PyExc_OSError, "peek() should have returned a bytes object, not '%.200s'",
                     Py_TYPE(ahead)->tp_name);
        return -1;
    }
    Py_ssize_t length = PyBytes_GET_SIZE(ahead);
    if (length == 0)
        return 1;
    if (limit >= 0 && length > limit)
        length = limit;
    const char *newline = memchr(PyBytes_AS_STRING(ahead), '\n', (size_t)length);
    return newline != NULL ? newline - PyBytes_AS_STRING(ahead) + 1 : length;
}

static PyObject *
iobase_readline(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t limit = -1;
    if (!ks_args_count("readline", nargs, 0, 1) || (nargs == 1 && !ks_io_size(args[0], &limit)))
        return NULL;
    PyObject *found;
    if (_PyObject_LookupAttr(self, &_Py_ID(peek), &found) < 0)
        return NULL;
    KS_OWNED PyObject *peek = found;
    KS_OWNED PyObject *line = PyByteArray_FromStringAndSize(NULL, 0);
    if (line == NULL)
        return NULL;
    while (limit < 0 || PyByteArray_GET_SIZE(line) < limit) {
        Py_ssize_t rest = limit < 0 ? -1 : limit - PyByteArray_GET_SIZE(line);
        Py_ssize_t wanted = line_chunk(peek, rest);
        if (wanted < 0)
            return NULL;
        KS_OWNED PyObject *chunk = PyObject_CallMethod(self, "read", "n", wanted);
        if (chunk == NULL) {
            if (ks_io_is_eintr())
                continue;
            return NULL;
        }
        if (!PyBytes_Check(chunk)) {
            PyErr_Format(PyExc_OSError,
                         "read() should have returned a bytes object, not '%.200s'",
                         Py_TYPE(chunk)->tp_name);
            return NULL;
        }
        Py_ssize_t got = PyBytes_GET_SIZE(chunk), before = PyByteArray_GET_SIZE(line);
        if (got == 0)
            break;
        if (PyByteArray_Resize(line, before + got) < 0)
            return NULL;
        memcpy(PyByteArray_AS_STRING(line) + before, PyBytes_AS_STRING(chunk), (size_t)got);
        if (PyByteArray_AS_STRING(line)[before + got - 1] == '\n')
            break;
    }
    return PyBytes_FromStringAndSize(PyByteArray_AS_STRING(line), PyByteArray_GET_SIZE(line));
}

static PyObject *
iobase_iter(PyObject *self)
{
    return ks_io_check_closed(self) == NULL ? NULL : Py_NewRef(self);
}

static PyObject *
iobase_iternext(PyObject *self)
{
    PyObject *line = PyObject_CallMethodNoArgs(self, &_Py_ID(readline));
    if (line == NULL)
        return NULL;
    if (PyObject_Size(line) <= 0) {
        /* Empty: the end; or an error, which is set. */
        Py_DECREF(line);
        return NULL;
    }
    return line;
}

static PyObject *
iobase_readlines(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t hint = -1, length = 0;
    if (!ks_args_count("readlines", nargs, 0, 1) || (nargs == 1 && !ks_io_size(args[0], &hint)))
        return NULL;
    KS_OWNED PyObject *lines = PyList_New(0);
    if (lines == NULL)
        return NULL;
    if (hint <= 0) {
        KS_OWNED PyObject *result = PyObject_CallMethodOneArg(lines, &_Py_ID(extend), self);
        return result == NULL ? NULL : ks_give(&lines);
    }
    KS_OWNED PyObject *iterator = PyObject_GetIter(self);
    if (iterator == NULL)
        return NULL;
    while (length <= hint) {
        KS_OWNED PyObject *line = PyIter_Next(iterator);
        if (line == NULL) {
            if (PyErr_Occurred())
                return NULL;
            break;
        }
        Py_ssize_t size = PyObject_Size(line);
        if (size < 0 || PyList_Append(lines, line) < 0)
            return NULL;
        if (size > hint - length)
            break;
        length += size;
    }
    return ks_give(&lines);
}

static PyObject *
iobase_writelines(PyObject *self, PyObject *lines)
{
    if (ks_io_check_closed(self) == NULL)
        return NULL;
    KS_OWNED PyObject *iterator = PyObject_GetIter(lines);
    if (iterator == NULL)
        return NULL;
    for (;;) {
        KS_OWNED PyObject *line = PyIter_Next(iterator);
        if (line == NULL)
            return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
        PyObject *result;
        do {
            result = PyObject_CallMethodOneArg(self, &_Py_ID(write), line);
        } while (result == NULL && ks_io_is_eintr());
        if (result == NULL)
            return NULL;
        Py_DECREF(result);
    }
}

static PyMethodDef iobase_methods[] = {
    METHOD_PLAIN("seek", iobase_seek, METH_VARARGS,
                 "Change the stream position to an offset, relative to whence."),
    METHOD("tell", iobase_tell, METH_NOARGS, "($self, /)", "Return the stream position."),
    METHOD_PLAIN("truncate", iobase_truncate, METH_VARARGS,
                 "Truncate the file to a size, the current position by default."),
    METHOD("flush", iobase_flush, METH_NOARGS, "($self, /)", "Flush write buffers."),
    METHOD("close", iobase_close, METH_NOARGS, "($self, /)", "Flush and close the stream."),
    METHOD("seekable", answer_false, METH_NOARGS, "($self, /)", "Can the stream seek?"),
    METHOD("readable", answer_false, METH_NOARGS, "($self, /)", "Can the stream be read?"),
    METHOD("writable", answer_false, METH_NOARGS, "($self, /)", "Can the stream be written?"),
    METHOD_PLAIN("_checkClosed", iobase_check_closed, METH_NOARGS, NULL),
    METHOD_PLAIN("_checkSeekable", ks_io_check_seekable, METH_NOARGS, NULL),
    METHOD_PLAIN("_checkReadable", ks_io_check_readable, METH_NOARGS, NULL),
    METHOD_PLAIN("_checkWritable", ks_io_check_writable, METH_NOARGS, NULL),
    METHOD("fileno", iobase_fileno, METH_NOARGS, "($self, /)",
           "Return the file descriptor; OSError if there is none."),
    METHOD("isatty", iobase_isatty, METH_NOARGS, "($self, /)", "Is the stream a terminal?"),
    METHOD_PLAIN("__enter__", iobase_enter, METH_NOARGS, NULL),
    METHOD_PLAIN("__exit__", iobase_exit, METH_VARARGS, NULL),
    METHOD("readline", iobase_readline, METH_FASTCALL, "($self, size=-1, /)",
           "Read and return a line, of at most size bytes."),
    METHOD("readlines", iobase_readlines, METH_FASTCALL, "($self, hint=-1, /)",
           "Return a list of lines, of about hint bytes in all."),
    METHOD("writelines", iobase_writelines, METH_O, "($self, lines, /)",
           "Write a list of lines; no line ends are added."),
    {NULL},
};

static PyGetSetDef iobase_getset[] = {
    {"__dict__", PyObject_GenericGetDict, NULL, NULL},
    {"closed", iobase_get_closed, NULL, NULL},
    {NULL},
};

PyTypeObject ks_iobase_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_io._IOBase",
    .tp_basicsize = sizeof(KsIOBase),
    .tp_dealloc = iobase_dealloc,
    .tp_flags = KS_IO_TYPE_FLAGS,
    .tp_doc = PyDoc_STR("The abstract base class of all streams."),
    .tp_traverse = iobase_traverse,
    .tp_clear = iobase_clear,
    .tp_weaklistoffset = offsetof(KsIOBase, weakreflist),
    .tp_iter = iobase_iter,
    .tp_iternext = iobase_iternext,
    .tp_methods = iobase_methods,
    .tp_getset = iobase_getset,
    .tp_dictoffset = offsetof(KsIOBase, dict),
    .tp_new = PyType_GenericNew,
    .tp_finalize = iobase_finalize,
};

/* --- _RawIOBase: read() by readinto() --- */

static PyObject *
raw_read(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t size = -1;
    if (!ks_args_count("read", nargs, 0, 1) || (nargs == 1 && !ks_arg_index(args[0], &size)))
        return NULL;
    if (size < 0)
        return PyObject_CallMethodNoArgs(self, &_Py_ID(readall));
    KS_OWNED PyObject *buffer = PyByteArray_FromStringAndSize(NULL, size);
    if (buffer == NULL)
        return NULL;
    KS_OWNED PyObject *count = PyObject_CallMethodOneArg(self, &_Py_ID(readinto), buffer);
    if (count == NULL || count == Py_None)
        return ks_give(&count);
    Py_ssize_t got = PyNumber_AsSsize_t(count, PyExc_ValueError);
    if (got == -1 && PyErr_Occurred())
        return NULL;
    if (got < 0 || got > PyByteArray_GET_SIZE(buffer)) {
        PyErr_Format(PyExc_ValueError, "readinto returned %zd outside buffer size %zd", got, size);
        return NULL;
    }
    return PyBytes_FromStringAndSize(PyByteArray_AS_STRING(buffer), got);
}

static PyObject *
raw_readall(PyObject *self, PyObject *unused)
{
    KS_OWNED PyObject *chunks = PyList_New(0);
    if (chunks == NULL)
        return NULL;
    for (;;) {
        KS_OWNED PyObject *data = PyObject_CallMethod(self, "read", "i", KS_IO_BUFFER_BYTES);
        if (data == NULL) {
            if (ks_io_is_eintr())
                continue;
            return NULL;
        }
        if (data == Py_None) {
            if (PyList_GET_SIZE(chunks) == 0)
                return ks_give(&data);
            break;
        }
        if (!PyBytes_Check(data)) {
            PyErr_SetString(PyExc_TypeError, "read() should return bytes");
            return NULL;
        }
        if (PyBytes_GET_SIZE(data) == 0)
            break;
        if (PyList_Append(chunks, data) < 0)
            return NULL;
    }
    KS_OWNED PyObject *empty = PyBytes_FromStringAndSize(NULL, 0);
    return empty == NULL ? NULL : _PyBytes_Join(empty, chunks);
}

static PyObject *
raw_unimplemented(PyObject *self, PyObject *args)
{
    PyErr_SetNone(PyExc_NotImplementedError);
    return NULL;
}

static PyMethodDef raw_methods[] = {
    METHOD("read", raw_read, METH_FASTCALL, "($self, size=-1, /)", "Read up to size bytes."),
    METHOD("readall", raw_readall, METH_NOARGS, "($self, /)", "Read until the end, in chunks."),
    METHOD_PLAIN("readinto", raw_unimplemented, METH_VARARGS, ""),
    METHOD_PLAIN("write", raw_unimplemented, METH_VARARGS, ""),
    {NULL},
};

PyTypeObject ks_rawiobase_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_io._RawIOBase",
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = PyDoc_STR("Base class for raw binary streams."),
    .tp_methods = raw_methods,
    .tp_base = &ks_iobase_type,
};
