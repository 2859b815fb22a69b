/* SPDX-License-Identifier: MIT */
/* StringIO: a text stream in memory.
 *
 * The contents are an array of characters of four bytes; only its first `size` count. As long as
 * everything was written at the end, the pieces are only collected: `parts` holds them, and the
 * array is made when somebody reads, seeks or asks for the value twice. */
#include "ks_io.h"

typedef struct StringIO {
    PyObject_HEAD
    Py_UCS4 *text;
    Py_ssize_t pos, size, room;
    PyObject *parts; /* list, NULL when the array is in use */
    char ok, closed, read_universal, read_translate;
    PyObject *decoder, *readnl, *writenl;
    PyObject *dict, *weakreflist;
} StringIO;

#define CAST(self) ((StringIO *)(self))

static int
is_set_up(StringIO *self)
{
    if (!self->ok)
        PyErr_SetString(PyExc_ValueError, "I/O operation on uninitialized object");
    return self->ok;
}

static int
is_open(StringIO *self)
{
    if (!is_set_up(self))
        return 0;
    if (self->closed)
        PyErr_SetString(PyExc_ValueError, "I/O operation on closed file");
    return !self->closed;
}

/* --- contents --- */

static int
ensure_room(StringIO *self, size_t size)
{
    size_t room = (size_t)self->room;
    if (size + 1 > (size_t)PY_SSIZE_T_MAX / sizeof(Py_UCS4)) {
        PyErr_SetString(PyExc_OverflowError, "new buffer size too large");
        return -1;
    }
    size++; /* never none at all */
    if (size < room / 2)
        room = size + 1;
    else if (size < room)
        return 0;
    else
        room = (double)size <= (double)room * 1.125 ? size + (size >> 3) + (size < 9 ? 3 : 6)
                                                    : size + 1;
    Py_UCS4 *text = PyMem_Realloc(self->text, room * sizeof(Py_UCS4));
    if (text == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    self->text = text;
    self->room = (Py_ssize_t)room;
    return 0;
}

static PyObject *
parts_join(StringIO *self)
{
    KS_OWNED PyObject *empty = PyUnicode_New(0, 0);
    return empty == NULL ? NULL : PyUnicode_Join(empty, self->parts);
}

/* From collected parts to the array. */
static int
realize(StringIO *self)
{
    if (self->parts == NULL)
        return 0;
    KS_OWNED PyObject *text = parts_join(self);
    if (text == NULL || ensure_room(self, (size_t)PyUnicode_GET_LENGTH(text)) < 0)
        return -1;
    self->size = PyUnicode_GET_LENGTH(text);
    if (self->size > 0 && PyUnicode_AsUCS4(text, self->text, self->size, 0) == NULL)
        return -1;
    Py_CLEAR(self->parts);
    return 0;
}

static PyObject *
write_text(StringIO *self, PyObject *arg)
{
    KS_OWNED PyObject *text = self->decoder != NULL ? ks_newline_decode(self->decoder, arg, 1)
                                                    : Py_NewRef(arg);
    if (text == NULL)
        return NULL;
    if (self->writenl != NULL) {
        PyObject *replaced = PyUnicode_Replace(text, &_Py_STR(newline), self->writenl, -1);
        if (replaced == NULL)
            return NULL;
        Py_SETREF(text, replaced);
    }
    if (PyUnicode_READY(text) < 0)
        return NULL;
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    if (length > PY_SSIZE_T_MAX - self->pos) {
        PyErr_SetString(PyExc_OverflowError, "new position too large");
        return NULL;
    }
    if (self->parts != NULL && self->pos == self->size) {
        if (PyList_Append(self->parts, text) < 0)
            return NULL;
    }
    else {
        if (realize(self) < 0)
            return NULL;
        if (self->pos + length > self->size && ensure_room(self, (size_t)(self->pos + length)) < 0)
            return NULL;
        if (self->pos > self->size)
            memset(self->text + self->size, 0,
                   (size_t)(self->pos - self->size) * sizeof(Py_UCS4));
        if (length > 0 && PyUnicode_AsUCS4(text, self->text + self->pos, length, 0) == NULL)
            return NULL;
    }
    self->pos += length;
    if (self->size < self->pos)
        self->size = self->pos;
    Py_RETURN_NONE;
}

static PyObject *
make_text(const Py_UCS4 *text, Py_ssize_t length)
{
    return PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, text, length);
}

/* --- methods --- */

static PyObject *
stringio_write(PyObject *object, PyObject *text)
{
    StringIO *self = CAST(object);
    if (!is_set_up(self))
        return NULL;
    if (!PyUnicode_Check(text)) {
        PyErr_Format(PyExc_TypeError, "string argument expected, got '%s'",
                     Py_TYPE(text)->tp_name);
        return NULL;
    }
    if (PyUnicode_READY(text) < 0 || !is_open(self))
        return NULL;
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    if (length > 0) {
        KS_OWNED PyObject *result = write_text(self, text);
        if (result == NULL)
            return NULL;
    }
    return PyLong_FromSsize_t(length);
}

static PyObject *
stringio_getvalue(PyObject *object, PyObject *unused)
{
    StringIO *self = CAST(object);
    if (!is_open(self))
        return NULL;
    if (self->parts == NULL)
        return make_text(self->text, self->size);
    PyObject *text = parts_join(self);
    /* Keep the joined text as the only part: it may be asked for again. */
    if (text != NULL && PyList_GET_SIZE(self->parts) > 1) {
        PyObject *list = PyList_New(1);
        if (list == NULL) {
            Py_DECREF(text);
            return NULL;
        }
        PyList_SET_ITEM(list, 0, Py_NewRef(text));
        Py_SETREF(self->parts, list);
    }
    return text;
}

static PyObject *
stringio_read(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    StringIO *self = CAST(object);
    Py_ssize_t size = -1;
    if (!ks_args_count("read", nargs, 0, 1) || (nargs == 1 && !ks_io_size(args[0], &size)))
        return NULL;
    if (!is_open(self))
        return NULL;
    Py_ssize_t have = self->size - self->pos;
    if (size < 0 || size > have)
        size = have > 0 ? have : 0;
    if (self->parts != NULL && self->pos == 0 && size == have) {
        PyObject *text = parts_join(self);
        if (text != NULL)
            self->pos = self->size;
        return text;
    }
    if (realize(self) < 0)
        return NULL;
    const Py_UCS4 *from = self->text + (size > 0 ? self->pos : 0);
    self->pos += size;
    return make_text(from, size);
}

static PyObject *
read_line(StringIO *self, Py_ssize_t limit)
{
    if (self->pos >= self->size)
        return PyUnicode_New(0, 0);
    const char *start = (const char *)(self->text + self->pos);
    if (limit < 0 || limit > self->size - self->pos)
        limit = self->size - self->pos;
    const char *end = start + limit * (Py_ssize_t)sizeof(Py_UCS4);
    Py_ssize_t consumed;
    Py_ssize_t length =
        ks_io_find_line_ending(self->read_translate, self->read_universal, self->readnl,
                               PyUnicode_4BYTE_KIND, start, end, &consumed);
    if (length < 0)
        length = limit;
    self->pos += length;
    return make_text((const Py_UCS4 *)start, length);
}

static PyObject *
stringio_readline(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    Py_ssize_t limit = -1;
    if (!ks_args_count("readline", nargs, 0, 1) || (nargs == 1 && !ks_io_size(args[0], &limit)))
        return NULL;
    if (!is_open(CAST(object)) || realize(CAST(object)) < 0)
        return NULL;
    return read_line(CAST(object), limit);
}

static PyObject *
stringio_iternext(PyObject *object)
{
    StringIO *self = CAST(object);
    if (!is_open(self) || realize(self) < 0)
        return NULL;
    PyObject *line;
    if (Py_IS_TYPE(self, &ks_stringio_type)) {
        line = read_line(self, -1);
    }
    else {
        line = PyObject_CallMethodNoArgs(object, &_Py_ID(readline));
        if (line != NULL && !PyUnicode_Check(line)) {
            PyErr_Format(PyExc_OSError,
                         "readline() should have returned a str object, not '%.200s'",
                         Py_TYPE(line)->tp_name);
            Py_CLEAR(line);
        }
    }
    if (line != NULL && PyUnicode_GET_LENGTH(line) == 0)
        Py_CLEAR(line);
    return line;
}

static PyObject *
stringio_tell(PyObject *self, PyObject *unused)
{
    return is_open(CAST(self)) ? PyLong_FromSsize_t(CAST(self)->pos) : NULL;
}

static PyObject *
stringio_truncate(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    StringIO *self = CAST(object);
    Py_ssize_t size = self->pos;
    if (!ks_args_count("truncate", nargs, 0, 1) || !is_open(self) ||
        (nargs == 1 && args[0] != Py_None && !ks_io_size(args[0], &size)))
        return NULL;
    if (size < 0) {
        PyErr_Format(PyExc_ValueError, "Negative size value %zd", size);
        return NULL;
    }
    if (size < self->size) {
        if (realize(self) < 0 || ensure_room(self, (size_t)size) < 0)
            return NULL;
        self->size = size;
    }
    return PyLong_FromSsize_t(size);
}

static PyObject *
stringio_seek(PyObject *object, PyObject *const *args, Py_ssize_t nargs)
{
    StringIO *self = CAST(object);
    Py_ssize_t pos;
    int whence = 0;
    if (!ks_args_count("seek", nargs, 1, 2) || !ks_arg_index(args[0], &pos) ||
        (nargs == 2 && !ks_arg_int(args[1], &whence)) || !is_open(self))
        return NULL;
    if (whence < 0 || whence > 2) {
        PyErr_Format(PyExc_ValueError, "Invalid whence (%i, should be 0, 1 or 2)", whence);
        return NULL;
    }
    if (pos < 0 && whence == 0) {
        PyErr_Format(PyExc_ValueError, "Negative seek position %zd", pos);
        return NULL;
    }
    if (whence != 0 && pos != 0) {
        PyErr_SetString(PyExc_OSError, "Can't do nonzero cur-relative seeks");
        return NULL;
    }
    self->pos = whence == 1 ? self->pos : whence == 2 ? self->size : pos;
    return PyLong_FromSsize_t(self->pos);
}

static PyObject *
stringio_close(PyObject *object, PyObject *unused)
{
    StringIO *self = CAST(object);
    self->closed = 1;
    PyMem_Free(self->text);
    self->text = NULL;
    self->room = 0;
    Py_CLEAR(self->parts);
    Py_RETURN_NONE;
}

static PyObject *
answer_true(PyObject *self, PyObject *unused)
{
    return is_open(CAST(self)) ? Py_NewRef(Py_True) : NULL;
}

/* --- lifecycle --- */

typedef struct InitArgs {
    PyObject *initial_value, *newline;
} InitArgs;

static int
set_newline(StringIO *self, PyObject *newline_arg)
{
    const char *newline = NULL;
    if (newline_arg != Py_None) {
        if (!PyUnicode_Check(newline_arg)) {
            PyErr_Format(PyExc_TypeError, "newline must be str or None, not %.200s",
                         Py_TYPE(newline_arg)->tp_name);
            return -1;
        }
        newline = PyUnicode_AsUTF8(newline_arg);
        if (newline == NULL)
            return -1;
        if (newline[0] != '\0' && strcmp(newline, "\n") != 0 && strcmp(newline, "\r") != 0 &&
            strcmp(newline, "\r\n") != 0) {
            PyErr_Format(PyExc_ValueError, "illegal newline value: %R", newline_arg);
            return -1;
        }
    }
    Py_CLEAR(self->readnl);
    Py_CLEAR(self->writenl);
    Py_CLEAR(self->decoder);
    if (newline != NULL && (self->readnl = PyUnicode_FromString(newline)) == NULL)
        return -1;
    self->read_universal = newline == NULL || newline[0] == '\0';
    self->read_translate = newline == NULL;
    if (newline != NULL && newline[0] == '\r')
        self->writenl = Py_NewRef(self->readnl);
    if (self->read_universal) {
        self->decoder = PyObject_CallFunctionObjArgs((PyObject *)&ks_newline_decoder_type, Py_None,
                                                     self->read_translate ? Py_True : Py_False,
                                                     NULL);
        if (self->decoder == NULL)
            return -1;
    }
    return 0;
}

static int
stringio_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static const KsParam params[] = {PARAM(InitArgs, initial_value, ARG_OBJECT, 0),
                                     PARAM(InitArgs, newline, ARG_OBJECT, 0), PARAM_END};
    InitArgs given = {NULL, NULL};
    StringIO *self = CAST(object);
    if (!ks_args_parse_tuple("StringIO", params, args, kwargs, &given))
        return -1;
    if (given.initial_value != NULL && given.initial_value != Py_None &&
        !PyUnicode_Check(given.initial_value)) {
        PyErr_Format(PyExc_TypeError, "initial_value must be str or None, not %.200s",
                     Py_TYPE(given.initial_value)->tp_name);
        return -1;
    }
    self->ok = 0;
    if (set_newline(self, given.newline != NULL ? given.newline : &_Py_STR(newline)) < 0)
        return -1;
    self->pos = self->size = 0;
    self->closed = 0;
    Py_XSETREF(self->parts, PyList_New(0));
    if (self->parts == NULL)
        return -1;
    self->ok = 1;
    if (given.initial_value != NULL && given.initial_value != Py_None &&
        PyUnicode_GetLength(given.initial_value) > 0) {
        KS_OWNED PyObject *result = write_text(self, given.initial_value);
        if (result == NULL)
            return -1;
        self->pos = 0;
    }
    return 0;
}

static int
stringio_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(CAST(self)->dict);
    Py_VISIT(CAST(self)->parts);
    Py_VISIT(CAST(self)->decoder);
    return 0;
}

static int
stringio_clear(PyObject *self)
{
    Py_CLEAR(CAST(self)->dict);
    return 0;
}

static void
stringio_dealloc(PyObject *object)
{
    StringIO *self = CAST(object);
    PyObject_GC_UnTrack(self);
    self->ok = 0;
    PyMem_Free(self->text);
    Py_CLEAR(self->parts);
    Py_CLEAR(self->readnl);
    Py_CLEAR(self->writenl);
    Py_CLEAR(self->decoder);
    Py_CLEAR(self->dict);
    if (self->weakreflist != NULL)
        PyObject_ClearWeakRefs(object);
    Py_TYPE(self)->tp_free(object);
}

/* --- pickling: (initial value, newline, position, dict) --- */

static PyObject *
stringio_getstate(PyObject *object, PyObject *unused)
{
    KS_OWNED PyObject *value = stringio_getvalue(object, NULL);
    if (value == NULL)
        return NULL;
    KS_OWNED PyObject *dict = CAST(object)->dict == NULL ? Py_NewRef(Py_None)
                                                         : PyDict_Copy(CAST(object)->dict);
    if (dict == NULL)
        return NULL;
    return Py_BuildValue("(OOnO)", value,
                         CAST(object)->readnl != NULL ? CAST(object)->readnl : Py_None,
                         CAST(object)->pos, dict);
}

static PyObject *
stringio_setstate(PyObject *object, PyObject *state)
{
    StringIO *self = CAST(object);
    if (!PyTuple_Check(state) || PyTuple_GET_SIZE(state) < 4) {
        PyErr_Format(PyExc_TypeError, "%.200s.__setstate__ argument should be 4-tuple, got %.200s",
                     Py_TYPE(self)->tp_name, Py_TYPE(state)->tp_name);
        return NULL;
    }
    PyObject *value = PyTuple_GET_ITEM(state, 0), *position = PyTuple_GET_ITEM(state, 2);
    PyObject *dict = PyTuple_GET_ITEM(state, 3);
    if (self->closed) {
        PyErr_SetString(PyExc_ValueError, "I/O operation on closed file");
        return NULL;
    }
    KS_OWNED PyObject *args = PyTuple_GetSlice(state, 0, 2);
    if (args == NULL || stringio_init(object, args, NULL) < 0)
        return NULL;
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "%.200s.__setstate__ argument should be 4-tuple, got %.200s",
                     Py_TYPE(self)->tp_name, Py_TYPE(state)->tp_name);
        return NULL;
    }
    /* The value as it was, whatever __init__ translated in it. */
    Py_ssize_t length = PyUnicode_GetLength(value);
    if (realize(self) < 0 || ensure_room(self, (size_t)length) < 0)
        return NULL;
    if (length > 0 && PyUnicode_AsUCS4(value, self->text, length, 0) == NULL)
        return NULL;
    self->size = length;
    if (!ks_io_state_position(position, "third", "got", &self->pos)
        || !ks_io_state_dict(dict, "fourth", &self->dict))
        return NULL;
    Py_RETURN_NONE;
}

/* --- type --- */

static PyObject *
stringio_get_closed(PyObject *self, void *closure)
{
    return is_set_up(CAST(self)) ? PyBool_FromLong(CAST(self)->closed) : NULL;
}

static PyObject *
stringio_get_line_buffering(PyObject *self, void *closure)
{
    return is_open(CAST(self)) ? Py_NewRef(Py_False) : NULL;
}

static PyObject *
stringio_get_newlines(PyObject *self, void *closure)
{
    if (!is_open(CAST(self)))
        return NULL;
    if (CAST(self)->decoder == NULL)
        Py_RETURN_NONE;
    return PyObject_GetAttr(CAST(self)->decoder, &_Py_ID(newlines));
}

static PyMethodDef stringio_methods[] = {
    METHOD("close", stringio_close, METH_NOARGS, "($self, /)", "Give the contents up."),
    METHOD("getvalue", stringio_getvalue, METH_NOARGS, "($self, /)", "Return all contents."),
    METHOD("read", stringio_read, METH_FASTCALL, "($self, size=-1, /)",
           "Read size characters, or all."),
    METHOD("readline", stringio_readline, METH_FASTCALL, "($self, size=-1, /)",
           "Read until a line end."),
    METHOD("tell", stringio_tell, METH_NOARGS, "($self, /)", "Return the position."),
    METHOD("truncate", stringio_truncate, METH_FASTCALL, "($self, pos=None, /)",
           "Cut the contents to a size."),
    METHOD("seek", stringio_seek, METH_FASTCALL, "($self, pos, whence=0, /)",
           "Move to a position and return it."),
    METHOD("write", stringio_write, METH_O, "($self, s, /)", "Write a str."),
    METHOD("seekable", answer_true, METH_NOARGS, "($self, /)", "Return True."),
    METHOD("readable", answer_true, METH_NOARGS, "($self, /)", "Return True."),
    METHOD("writable", answer_true, METH_NOARGS, "($self, /)", "Return True."),
    METHOD_PLAIN("__getstate__", stringio_getstate, METH_NOARGS, NULL),
    METHOD_PLAIN("__setstate__", stringio_setstate, METH_O, NULL),
    {NULL},
};

static PyGetSetDef stringio_getset[] = {
    {"closed", stringio_get_closed, NULL, NULL},
    {"newlines", stringio_get_newlines, NULL, NULL},
    {"line_buffering", stringio_get_line_buffering, NULL, NULL},
    {NULL},
};

PyTypeObject ks_stringio_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "_io.StringIO",
    .tp_basicsize = sizeof(StringIO),
    .tp_dealloc = stringio_dealloc,
    .tp_flags = KS_IO_TYPE_FLAGS,
    .tp_doc = PyDoc_STR("StringIO(initial_value='', newline='\\n')\n--\n\n"
                        "A text stream in memory."),
    .tp_traverse = stringio_traverse,
    .tp_clear = stringio_clear,
    .tp_weaklistoffset = offsetof(StringIO, weakreflist),
    .tp_iternext = stringio_iternext,
    .tp_methods = stringio_methods,
    .tp_getset = stringio_getset,
    .tp_base = &ks_textiobase_type,
    .tp_dictoffset = offsetof(StringIO, dict),
    .tp_init = stringio_init,
    .tp_new = PyType_GenericNew,
};
