/* SPDX-License-Identifier: MIT */
/* OSError and the subclasses that errno chooses.
 *
 * Arguments are (errno, strerror[, filename[, winerror[, filename2]]]); winerror is accepted and
 * ignored. Fields are filled in __new__, unless a subclass defines __init__ and keeps our __new__:
 * then they are filled in __init__, because only that sees the arguments the subclass passes on. */
#include "Python.h"

#include "pycore_exceptions.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_pystate.h"
#include "structmember.h"

#include "ks_args.h"
#include "ks_exception.h"

#define OS_FIELDS(F) F(myerrno) F(strerror) F(filename) F(filename2)
KS_EXCEPTION_LIFECYCLE(os_error, PyOSErrorObject, OS_FIELDS)

static PyObject *os_error_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);
static int os_error_init(PyObject *object, PyObject *args, PyObject *kwargs);

typedef struct OSErrorArgs {
    PyObject *myerrno, *strerror, *filename, *filename2;
} OSErrorArgs;

/* Borrowed references to the arguments by role; other counts than 2 to 5 have no roles. */
static OSErrorArgs
os_error_roles(PyObject *args)
{
    OSErrorArgs roles = {NULL, NULL, NULL, NULL};
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    if (count < 2 || count > 5)
        return roles;
    roles.myerrno = PyTuple_GET_ITEM(args, 0);
    roles.strerror = PyTuple_GET_ITEM(args, 1);
    if (count >= 3)
        roles.filename = PyTuple_GET_ITEM(args, 2);
    if (count == 5)
        roles.filename2 = PyTuple_GET_ITEM(args, 4);
    return roles;
}

static int
os_error_fill(PyOSErrorObject *self, PyObject *args)
{
    OSErrorArgs roles = os_error_roles(args);
    KS_OWNED PyObject *kept_args = Py_NewRef(args);
    if (roles.filename != NULL && roles.filename != Py_None) {
        if (Py_IS_TYPE(self, &_PyExc_BlockingIOError) && PyNumber_Check(roles.filename)) {
            /* The third argument of this class is the number of characters written. */
            self->written = PyNumber_AsSsize_t(roles.filename, PyExc_ValueError);
            if (self->written == -1 && PyErr_Occurred())
                return -1;
        }
        else {
            self->filename = Py_NewRef(roles.filename);
            if (roles.filename2 != NULL && roles.filename2 != Py_None)
                self->filename2 = Py_NewRef(roles.filename2);
            /* args keeps to the pair that programs unpack; the names are attributes. */
            Py_SETREF(kept_args, PyTuple_GetSlice(args, 0, 2));
            if (kept_args == NULL)
                return -1;
        }
    }
    self->myerrno = Py_XNewRef(roles.myerrno);
    self->strerror = Py_XNewRef(roles.strerror);
    Py_XSETREF(self->args, ks_give(&kept_args));
    return 0;
}

static int
os_error_fills_in_init(PyTypeObject *type)
{
    return type->tp_init != os_error_init && type->tp_new == os_error_new;
}

static int
no_keywords(PyTypeObject *type, PyObject *kwargs)
{
    if (kwargs == NULL || PyDict_GET_SIZE(kwargs) == 0)
        return 1;
    PyErr_Format(PyExc_TypeError, "%.200s() takes no keyword arguments", type->tp_name);
    return 0;
}

static PyObject *
os_error_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    int fill_now = !os_error_fills_in_init(type);
    if (fill_now) {
        if (!no_keywords(type, kwargs))
            return NULL;
        OSErrorArgs roles = os_error_roles(args);
        PyObject *map = _PyInterpreterState_GET()->exc_state.errnomap;
        if (roles.myerrno != NULL && PyLong_Check(roles.myerrno) && map != NULL &&
            type == &_PyExc_OSError) {
            PyObject *chosen = PyDict_GetItemWithError(map, roles.myerrno);
            if (chosen != NULL)
                type = (PyTypeObject *)chosen;
            else if (PyErr_Occurred())
                return NULL;
        }
    }
    PyOSErrorObject *self = (PyOSErrorObject *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->dict = NULL;
    self->written = -1;
    int status;
    if (fill_now) {
        status = os_error_fill(self, args);
    }
    else {
        self->args = PyTuple_New(0);
        status = self->args != NULL ? 0 : -1;
    }
    if (status < 0)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static int
os_error_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    PyTypeObject *type = Py_TYPE(object);
    if (!os_error_fills_in_init(type))
        return 0;
    if (!no_keywords(type, kwargs))
        return -1;
    PyOSErrorObject *self = (PyOSErrorObject *)object;
    Py_CLEAR(self->filename);
    Py_CLEAR(self->filename2);
    Py_CLEAR(self->myerrno);
    Py_CLEAR(self->strerror);
    return os_error_fill(self, args);
}

static PyObject *
os_error_str(PyObject *object)
{
    PyOSErrorObject *self = (PyOSErrorObject *)object;
#define OR_NONE(field) ((field) != NULL ? (field) : Py_None)
    if (self->filename != NULL && self->filename2 != NULL)
        return PyUnicode_FromFormat("[Errno %S] %S: %R -> %R", OR_NONE(self->myerrno),
                                    OR_NONE(self->strerror), self->filename, self->filename2);
    if (self->filename != NULL)
        return PyUnicode_FromFormat("[Errno %S] %S: %R", OR_NONE(self->myerrno),
                                    OR_NONE(self->strerror), self->filename);
    if (self->myerrno != NULL && self->strerror != NULL)
        return PyUnicode_FromFormat("[Errno %S] %S", self->myerrno, self->strerror);
#undef OR_NONE
    return ks_exception_str(object);
}

/* The arguments that make an equal instance again. */
static PyObject *
os_error_full_args(PyOSErrorObject *self)
{
    PyObject *args = self->args;
    if (PyTuple_GET_SIZE(args) != 2 || self->filename == NULL)
        return Py_NewRef(args);
    PyObject *number = PyTuple_GET_ITEM(args, 0), *text = PyTuple_GET_ITEM(args, 1);
    if (self->filename2 == NULL)
        return PyTuple_Pack(3, number, text, self->filename);
    return PyTuple_Pack(5, number, text, self->filename, Py_None, self->filename2);
}

static PyObject *
os_error_reduce(PyObject *object, PyObject *unused)
{
    PyOSErrorObject *self = (PyOSErrorObject *)object;
    KS_OWNED PyObject *args = os_error_full_args(self);
    if (args == NULL)
        return NULL;
    if (self->dict != NULL)
        return PyTuple_Pack(3, Py_TYPE(self), args, self->dict);
    return PyTuple_Pack(2, Py_TYPE(self), args);
}

static PyMethodDef os_error_methods[] = {
    METHOD_PLAIN("__reduce__", os_error_reduce, METH_NOARGS, NULL),
    {NULL},
};

static PyObject *
os_error_get_written(PyObject *object, void *closure)
{
    PyOSErrorObject *self = (PyOSErrorObject *)object;
    if (self->written != -1)
        return PyLong_FromSsize_t(self->written);
    PyErr_SetObject(PyExc_AttributeError, KS_INTERN("characters_written"));
    return NULL;
}

static int
os_error_set_written(PyObject *object, PyObject *value, void *closure)
{
    PyOSErrorObject *self = (PyOSErrorObject *)object;
    if (value == NULL) {
        if (self->written == -1) {
            PyErr_SetObject(PyExc_AttributeError, KS_INTERN("characters_written"));
            return -1;
        }
        self->written = -1;
        return 0;
    }
    Py_ssize_t written = PyNumber_AsSsize_t(value, PyExc_ValueError);
    if (written == -1 && PyErr_Occurred())
        return -1;
    self->written = written;
    return 0;
}

static PyGetSetDef os_error_getset[] = {
    {"characters_written", os_error_get_written, os_error_set_written},
    {NULL},
};

static PyMemberDef os_error_members[] = {
    {"errno", T_OBJECT, offsetof(PyOSErrorObject, myerrno), 0, PyDoc_STR("POSIX exception code")},
    {"strerror", T_OBJECT, offsetof(PyOSErrorObject, strerror), 0,
     PyDoc_STR("exception strerror")},
    {"filename", T_OBJECT, offsetof(PyOSErrorObject, filename), 0,
     PyDoc_STR("exception filename")},
    {"filename2", T_OBJECT, offsetof(PyOSErrorObject, filename2), 0,
     PyDoc_STR("second exception filename")},
    {NULL},
};

KS_EXCEPTION_TYPE(OSError, Exception, PyOSErrorObject, os_error,
                  "Base class for I/O related errors.", .tp_str = os_error_str,
                  .tp_methods = os_error_methods, .tp_members = os_error_members,
                  .tp_getset = os_error_getset, .tp_init = os_error_init, .tp_new = os_error_new)

#define DERIVED_os(name, base, doc) \
    KS_EXCEPTION_TYPE(name, base, PyOSErrorObject, os_error, doc, .tp_init = os_error_init)
#define OWN(name, base, doc)
#define SIMPLE(name, base, doc)
#define DERIVED_import(name, base, doc)
#define DERIVED_name(name, base, doc)
#define DERIVED_syntax(name, base, doc)
#define EXCEPTION(name, base, kind, doc) kind(name, base, doc)
#include "exceptions.def"
#undef EXCEPTION
