/* SPDX-License-Identifier: MIT */
/* BaseException, the classes that add nothing to it, and the life of the whole family.
 *
 * args is always a tuple once __new__ ran. __cause__ and __context__ hold exceptions or NULL, the
 * traceback a traceback or NULL: the setters below are the only way in from Python. */
#include "Python.h"

#include "pycore_exceptions.h"
#include "pycore_initconfig.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "structmember.h"

#include "ks_exception.h"

/* --- lifecycle --- */

PyObject *
ks_exception_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyBaseExceptionObject *self = (PyBaseExceptionObject *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    if (args != NULL) {
        self->args = Py_NewRef(args);
        return (PyObject *)self;
    }
    self->args = PyTuple_New(0);
    if (self->args == NULL) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

int
ks_exception_set_args(PyObject *self, PyObject *args)
{
    Py_XSETREF(((PyBaseExceptionObject *)self)->args, Py_NewRef(args));
    return 0;
}

int
ks_exception_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) != 0) {
        PyErr_Format(PyExc_TypeError, "%.200s() takes no keyword arguments",
                     Py_TYPE(self)->tp_name);
        return -1;
    }
    return ks_exception_set_args(self, args);
}

int
ks_exception_clear(PyObject *object)
{
    PyBaseExceptionObject *self = (PyBaseExceptionObject *)object;
    Py_CLEAR(self->dict);
    Py_CLEAR(self->args);
    Py_CLEAR(self->notes);
    Py_CLEAR(self->traceback);
    Py_CLEAR(self->cause);
    Py_CLEAR(self->context);
    return 0;
}

int
ks_exception_traverse(PyObject *object, visitproc visit, void *arg)
{
    PyBaseExceptionObject *self = (PyBaseExceptionObject *)object;
    Py_VISIT(self->dict);
    Py_VISIT(self->args);
    Py_VISIT(self->notes);
    Py_VISIT(self->traceback);
    Py_VISIT(self->cause);
    Py_VISIT(self->context);
    return 0;
}

/* A chain of contexts may be as long as a program runs: the trashcan keeps the C stack flat. */
static void
exception_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, exception_dealloc)
    (void)Py_TYPE(self)->tp_clear(self);
    Py_TYPE(self)->tp_free(self);
    Py_TRASHCAN_END
}

/* --- protocols --- */

PyObject *
ks_exception_str(PyObject *object)
{
    PyObject *args = ((PyBaseExceptionObject *)object)->args;
    switch (PyTuple_GET_SIZE(args)) {
    case 0:
        return PyUnicode_FromString("");
    case 1:
        return PyObject_Str(PyTuple_GET_ITEM(args, 0));
    default:
        return PyObject_Str(args);
    }
}

static PyObject *
exception_repr(PyObject *self)
{
    PyObject *args = ((PyBaseExceptionObject *)self)->args;
    const char *name = _PyType_Name(Py_TYPE(self));
    if (PyTuple_GET_SIZE(args) == 1)
        return PyUnicode_FromFormat("%s(%R)", name, PyTuple_GET_ITEM(args, 0));
    return PyUnicode_FromFormat("%s%R", name, args);
}

/* --- methods --- */

static PyObject *
exception_reduce(PyObject *object, PyObject *unused)
{
    PyBaseExceptionObject *self = (PyBaseExceptionObject *)object;
    if (self->args != NULL && self->dict != NULL)
        return PyTuple_Pack(3, Py_TYPE(self), self->args, self->dict);
    return PyTuple_Pack(2, Py_TYPE(self), self->args);
}

static PyObject *
exception_setstate(PyObject *self, PyObject *state)
{
    if (state == Py_None)
        Py_RETURN_NONE;
    if (!PyDict_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "state is not a dictionary");
        return NULL;
    }
    PyObject *name, *value;
    Py_ssize_t position = 0;
    while (PyDict_Next(state, &position, &name, &value)) {
        KS_OWNED PyObject *held_name = Py_NewRef(name);
        KS_OWNED PyObject *held_value = Py_NewRef(value);
        if (PyObject_SetAttr(self, held_name, held_value) < 0)
            return NULL;
    }
    Py_RETURN_NONE;
}

static int exception_set_traceback(PyObject *self, PyObject *value, void *closure);

static PyObject *
exception_with_traceback(PyObject *self, PyObject *traceback)
{
    if (exception_set_traceback(self, traceback, NULL) < 0)
        return NULL;
    return Py_NewRef(self);
}

static PyObject *
exception_add_note(PyObject *self, PyObject *note)
{
    if (!PyUnicode_Check(note)) {
        PyErr_Format(PyExc_TypeError, "note must be a str, not '%s'", Py_TYPE(note)->tp_name);
        return NULL;
    }
    PyObject *found;
    if (_PyObject_LookupAttr(self, &_Py_ID(__notes__), &found) < 0)
        return NULL;
    KS_OWNED PyObject *notes = found;
    if (notes == NULL) {
        notes = PyList_New(0);
        if (notes == NULL || PyObject_SetAttr(self, &_Py_ID(__notes__), notes) < 0)
            return NULL;
    }
    else if (!PyList_Check(notes)) {
        PyErr_SetString(PyExc_TypeError, "Cannot add note: __notes__ is not a list");
        return NULL;
    }
    if (PyList_Append(notes, note) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef exception_methods[] = {
    METHOD_PLAIN("__reduce__", exception_reduce, METH_NOARGS, NULL),
    METHOD_PLAIN("__setstate__", exception_setstate, METH_O, NULL),
    METHOD_PLAIN("with_traceback", exception_with_traceback, METH_O,
                 "Exception.with_traceback(tb) --\n    set self.__traceback__ to tb and return self."),
    METHOD_PLAIN("add_note", exception_add_note, METH_O,
                 "Exception.add_note(note) --\n    add a note to the exception"),
    {NULL},
};

/* --- attributes --- */

static PyObject *
exception_get_args(PyObject *object, void *closure)
{
    PyObject *args = ((PyBaseExceptionObject *)object)->args;
    return Py_NewRef(args != NULL ? args : Py_None);
}

static int
exception_set_args(PyObject *self, PyObject *value, void *closure)
{
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "args may not be deleted");
        return -1;
    }
    PyObject *args = PySequence_Tuple(value);
    if (args == NULL)
        return -1;
    Py_XSETREF(((PyBaseExceptionObject *)self)->args, args);
    return 0;
}

static PyObject *
exception_get_traceback(PyObject *object, void *closure)
{
    PyObject *traceback = ((PyBaseExceptionObject *)object)->traceback;
    return Py_NewRef(traceback != NULL ? traceback : Py_None);
}

static int
exception_set_traceback(PyObject *self, PyObject *value, void *closure)
{
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "__traceback__ may not be deleted");
        return -1;
    }
    if (value != Py_None && !PyTraceBack_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "__traceback__ must be a traceback or None");
        return -1;
    }
    Py_XSETREF(((PyBaseExceptionObject *)self)->traceback,
               value == Py_None ? NULL : Py_NewRef(value));
    return 0;
}

static PyObject *
exception_get_context(PyObject *self, void *closure)
{
    PyObject *context = PyException_GetContext(self);
    return context != NULL ? context : Py_NewRef(Py_None);
}

static int
exception_set_context(PyObject *self, PyObject *value, void *closure)
{
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "__context__ may not be deleted");
        return -1;
    }
    if (value != Py_None && !PyExceptionInstance_Check(value)) {
        PyErr_SetString(PyExc_TypeError,
                        "exception context must be None or derive from BaseException");
        return -1;
    }
    PyException_SetContext(self, value == Py_None ? NULL : Py_NewRef(value));
    return 0;
}

static PyObject *
exception_get_cause(PyObject *self, void *closure)
{
    PyObject *cause = PyException_GetCause(self);
    return cause != NULL ? cause : Py_NewRef(Py_None);
}

static int
exception_set_cause(PyObject *self, PyObject *value, void *closure)
{
    if (value == NULL) {
        PyErr_SetString(PyExc_TypeError, "__cause__ may not be deleted");
        return -1;
    }
    if (value != Py_None && !PyExceptionInstance_Check(value)) {
        PyErr_SetString(PyExc_TypeError,
                        "exception cause must be None or derive from BaseException");
        return -1;
    }
    PyException_SetCause(self, value == Py_None ? NULL : Py_NewRef(value));
    return 0;
}

static PyGetSetDef exception_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict},
    {"args", exception_get_args, exception_set_args},
    {"__traceback__", exception_get_traceback, exception_set_traceback},
    {"__context__", exception_get_context, exception_set_context},
    {"__cause__", exception_get_cause, exception_set_cause},
    {NULL},
};

static PyMemberDef exception_members[] = {
    {"__suppress_context__", T_BOOL, offsetof(PyBaseExceptionObject, suppress_context)},
    {NULL},
};

PyTypeObject _PyExc_BaseException = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "BaseException",
    .tp_basicsize = sizeof(PyBaseExceptionObject),
    .tp_dealloc = exception_dealloc,
    .tp_repr = exception_repr,
    .tp_str = ks_exception_str,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_setattro = PyObject_GenericSetAttr,
    .tp_flags = KS_EXCEPTION_FLAGS,
    .tp_doc = PyDoc_STR("Common base class for all exceptions"),
    .tp_traverse = ks_exception_traverse,
    .tp_clear = ks_exception_clear,
    .tp_methods = exception_methods,
    .tp_members = exception_members,
    .tp_getset = exception_getset,
    .tp_dictoffset = offsetof(PyBaseExceptionObject, dict),
    .tp_init = ks_exception_init,
    .tp_new = ks_exception_new,
};

/* --- the classes that add nothing --- */

#define SIMPLE(name, base, doc)                               \
    PyTypeObject _PyExc_##name = {                            \
        PyVarObject_HEAD_INIT(NULL, 0)                        \
        .tp_name = #name,                                     \
        .tp_basicsize = sizeof(PyBaseExceptionObject),        \
        .tp_dealloc = exception_dealloc,                      \
        .tp_flags = KS_EXCEPTION_FLAGS,                       \
        .tp_doc = PyDoc_STR(doc),                             \
        .tp_traverse = ks_exception_traverse,                 \
        .tp_clear = ks_exception_clear,                       \
        .tp_base = &_PyExc_##base,                            \
        .tp_dictoffset = offsetof(PyBaseExceptionObject, dict), \
        .tp_init = ks_exception_init,                         \
        .tp_new = ks_exception_new,                           \
    };
#define OWN(name, base, doc)
#define DERIVED_os(name, base, doc)
#define DERIVED_import(name, base, doc)
#define DERIVED_name(name, base, doc)
#define DERIVED_syntax(name, base, doc)
#define EXCEPTION(name, base, kind, doc) kind(name, base, doc)
#include "exceptions.def"
#undef EXCEPTION

/* The pointers extensions import. */
#define EXCEPTION(name, base, kind, doc) PyObject *PyExc_##name = (PyObject *)&_PyExc_##name;
#include "exceptions.def"
#undef EXCEPTION
PyObject *PyExc_EnvironmentError = (PyObject *)&_PyExc_OSError;
PyObject *PyExc_IOError = (PyObject *)&_PyExc_OSError;

/* --- C-API --- */

PyObject *
PyException_GetTraceback(PyObject *self)
{
    return Py_XNewRef(((PyBaseExceptionObject *)self)->traceback);
}

int
PyException_SetTraceback(PyObject *self, PyObject *traceback)
{
    return exception_set_traceback(self, traceback, NULL);
}

PyObject *
PyException_GetCause(PyObject *self)
{
    return Py_XNewRef(((PyBaseExceptionObject *)self)->cause);
}

void
PyException_SetCause(PyObject *self, KS_STEALS PyObject *cause)
{
    ((PyBaseExceptionObject *)self)->suppress_context = 1;
    Py_XSETREF(((PyBaseExceptionObject *)self)->cause, cause);
}

PyObject *
PyException_GetContext(PyObject *self)
{
    return Py_XNewRef(((PyBaseExceptionObject *)self)->context);
}

void
PyException_SetContext(PyObject *self, KS_STEALS PyObject *context)
{
    Py_XSETREF(((PyBaseExceptionObject *)self)->context, context);
}

const char *
PyExceptionClass_Name(PyObject *exception_class)
{
    return ((PyTypeObject *)exception_class)->tp_name;
}

/* --- set-up --- */

static PyTypeObject *const exception_types[] = {
#define EXCEPTION(name, base, kind, doc) &_PyExc_##name,
#include "exceptions.def"
#undef EXCEPTION
};

int
_PyExc_InitTypes(PyInterpreterState *interp)
{
    if (!_Py_IsMainInterpreter(interp))
        return 0;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(exception_types); i++) {
        if (PyType_Ready(exception_types[i]) < 0)
            return -1;
    }
    return 0;
}

/* errno to class: one row each. */
static const struct {
    PyTypeObject *type;
    int number;
} errno_classes[] = {
    {&_PyExc_BlockingIOError, EAGAIN},          {&_PyExc_BlockingIOError, EALREADY},
    {&_PyExc_BlockingIOError, EINPROGRESS},     {&_PyExc_BlockingIOError, EWOULDBLOCK},
    {&_PyExc_BrokenPipeError, EPIPE},           {&_PyExc_BrokenPipeError, ESHUTDOWN},
    {&_PyExc_ChildProcessError, ECHILD},        {&_PyExc_ConnectionAbortedError, ECONNABORTED},
    {&_PyExc_ConnectionRefusedError, ECONNREFUSED}, {&_PyExc_ConnectionResetError, ECONNRESET},
    {&_PyExc_FileExistsError, EEXIST},          {&_PyExc_FileNotFoundError, ENOENT},
    {&_PyExc_IsADirectoryError, EISDIR},        {&_PyExc_NotADirectoryError, ENOTDIR},
    {&_PyExc_InterruptedError, EINTR},          {&_PyExc_PermissionError, EACCES},
    {&_PyExc_PermissionError, EPERM},           {&_PyExc_ProcessLookupError, ESRCH},
    {&_PyExc_TimeoutError, ETIMEDOUT},
};

PyStatus
_PyExc_InitState(PyInterpreterState *interp)
{
    PyObject *map = PyDict_New();
    if (map == NULL)
        return _PyStatus_NO_MEMORY();
    interp->exc_state.errnomap = map;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(errno_classes); i++) {
        KS_OWNED PyObject *number = PyLong_FromLong(errno_classes[i].number);
        if (number == NULL || PyDict_SetItem(map, number, (PyObject *)errno_classes[i].type) < 0)
            return _PyStatus_ERR("cannot fill the errno map");
    }
    return _PyStatus_OK();
}

static PyObject *
exception_group_type(PyInterpreterState *interp)
{
    PyObject **type = &interp->exc_state.PyExc_ExceptionGroup;
    if (*type == NULL) {
        KS_OWNED PyObject *bases = PyTuple_Pack(2, PyExc_BaseExceptionGroup, PyExc_Exception);
        if (bases != NULL)
            *type = PyErr_NewException("builtins.ExceptionGroup", bases, NULL);
    }
    return *type;
}

void
_PyExc_ClearExceptionGroupType(PyInterpreterState *interp)
{
    Py_CLEAR(interp->exc_state.PyExc_ExceptionGroup);
}

/* Puts every class under its name into the builtins. */
int
_PyBuiltins_AddExceptions(PyObject *builtins)
{
    PyObject *dict = PyModule_GetDict(builtins);
    if (dict == NULL)
        return -1;
    PyObject *group = exception_group_type(_PyInterpreterState_GET());
    if (group == NULL || PyDict_SetItemString(dict, "ExceptionGroup", group) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < KS_COUNT_OF(exception_types); i++) {
        PyTypeObject *type = exception_types[i];
        if (PyDict_SetItemString(dict, type->tp_name, (PyObject *)type) < 0)
            return -1;
    }
    if (PyDict_SetItemString(dict, "EnvironmentError", PyExc_OSError) < 0 ||
        PyDict_SetItemString(dict, "IOError", PyExc_OSError) < 0)
        return -1;
    return 0;
}
