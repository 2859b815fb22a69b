/* SPDX-License-Identifier: MIT */
/* Exception classes that carry a field or two: StopIteration, SystemExit, ImportError, NameError,
 * AttributeError, and KeyError with its own str(). */
#include "Python.h"

#include "pycore_object.h"
#include "structmember.h"

#include "ks_args.h"
#include "ks_exception.h"

#define FIELD_MEMBER(Struct, field, doc) {#field, T_OBJECT, offsetof(Struct, field), 0, PyDoc_STR(doc)}

/* --- StopIteration --- */

#define STOP_FIELDS(F) F(value)
KS_EXCEPTION_LIFECYCLE(stop_iteration, PyStopIterationObject, STOP_FIELDS)

static int
stop_iteration_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (ks_exception_init(self, args, kwargs) < 0)
        return -1;
    PyObject *value = PyTuple_GET_SIZE(args) > 0 ? PyTuple_GET_ITEM(args, 0) : Py_None;
    Py_XSETREF(((PyStopIterationObject *)self)->value, Py_NewRef(value));
    return 0;
}

static PyMemberDef stop_iteration_members[] = {
    FIELD_MEMBER(PyStopIterationObject, value, "generator return value"),
    {NULL},
};

KS_EXCEPTION_TYPE(StopIteration, Exception, PyStopIterationObject, stop_iteration,
                  "Signal the end from iterator.__next__().", .tp_members = stop_iteration_members,
                  .tp_init = stop_iteration_init)

/* --- SystemExit --- */

#define EXIT_FIELDS(F) F(code)
KS_EXCEPTION_LIFECYCLE(system_exit, PySystemExitObject, EXIT_FIELDS)

static int
system_exit_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (ks_exception_init(self, args, kwargs) < 0)
        return -1;
    Py_ssize_t count = PyTuple_GET_SIZE(args);
    if (count == 0)
        return 0;
    PyObject *code = count == 1 ? PyTuple_GET_ITEM(args, 0) : args;
    Py_XSETREF(((PySystemExitObject *)self)->code, Py_NewRef(code));
    return 0;
}

static PyMemberDef system_exit_members[] = {
    FIELD_MEMBER(PySystemExitObject, code, "exception code"),
    {NULL},
};

KS_EXCEPTION_TYPE(SystemExit, BaseException, PySystemExitObject, system_exit,
                  "Request to exit from the interpreter.", .tp_members = system_exit_members,
                  .tp_init = system_exit_init)

/* --- keyword-only fields --- */

/* Takes up to two keyword arguments into fields; others are refused as CPython refuses them. */
static int
init_keywords(PyObject *self, PyObject *args, PyObject *kwargs, const char *class_name,
              const char *const names[], PyObject **const fields[])
{
    if (ks_exception_init(self, args, NULL) < 0)
        return -1;
    PyObject *found[2] = {NULL, NULL};
    PyObject *key, *value;
    Py_ssize_t position = 0, known = 0;
    if (kwargs != NULL) {
        for (known = 0; names[known] != NULL; known++)
            ;
        if (PyDict_GET_SIZE(kwargs) > known) {
            PyErr_Format(PyExc_TypeError, "%s() takes at most %zd keyword argument%s (%zd given)",
                         class_name, known, known == 1 ? "" : "s", PyDict_GET_SIZE(kwargs));
            return -1;
        }
    }
    while (kwargs != NULL && PyDict_Next(kwargs, &position, &key, &value)) {
        int index = 0;
        if (!PyUnicode_Check(key)) {
            PyErr_SetString(PyExc_TypeError, "keywords must be strings");
            return -1;
        }
        while (names[index] != NULL && PyUnicode_CompareWithASCIIString(key, names[index]) != 0)
            index++;
        if (names[index] == NULL) {
            PyErr_Format(PyExc_TypeError, "'%U' is an invalid keyword argument for %s()", key,
                         class_name);
            return -1;
        }
        found[index] = value;
    }
    for (int i = 0; names[i] != NULL; i++)
        Py_XSETREF(*fields[i], Py_XNewRef(found[i]));
    return 0;
}

/* --- ImportError --- */

#define IMPORT_FIELDS(F) F(msg) F(name) F(path)
KS_EXCEPTION_LIFECYCLE(import_error, PyImportErrorObject, IMPORT_FIELDS)

static int
import_error_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    PyImportErrorObject *self = (PyImportErrorObject *)object;
    static const char *const names[] = {"name", "path", NULL};
    PyObject **const fields[] = {&self->name, &self->path};
    if (init_keywords(object, args, kwargs, "ImportError", names, fields) < 0)
        return -1;
    PyObject *message = PyTuple_GET_SIZE(args) == 1 ? PyTuple_GET_ITEM(args, 0) : NULL;
    Py_XSETREF(self->msg, Py_XNewRef(message));
    return 0;
}

static PyObject *
import_error_str(PyObject *object)
{
    PyImportErrorObject *self = (PyImportErrorObject *)object;
    if (self->msg != NULL && PyUnicode_CheckExact(self->msg))
        return Py_NewRef(self->msg);
    return ks_exception_str(object);
}

/* The instance dict with name and path added; NULL without an exception if there is nothing. */
static PyObject *
import_error_state(PyImportErrorObject *self)
{
    if (self->name == NULL && self->path == NULL)
        return Py_XNewRef(self->dict);
    KS_OWNED PyObject *state = self->dict != NULL ? PyDict_Copy(self->dict) : PyDict_New();
    if (state == NULL)
        return NULL;
    if (self->name != NULL && PyDict_SetItem(state, &_Py_ID(name), self->name) < 0)
        return NULL;
    if (self->path != NULL && PyDict_SetItem(state, &_Py_ID(path), self->path) < 0)
        return NULL;
    return ks_give(&state);
}

static PyObject *
import_error_reduce(PyObject *object, PyObject *unused)
{
    PyImportErrorObject *self = (PyImportErrorObject *)object;
    KS_OWNED PyObject *state = import_error_state(self);
    if (state != NULL)
        return PyTuple_Pack(3, Py_TYPE(self), self->args, state);
    if (PyErr_Occurred())
        return NULL;
    return PyTuple_Pack(2, Py_TYPE(self), self->args);
}

static PyMethodDef import_error_methods[] = {
    METHOD_PLAIN("__reduce__", import_error_reduce, METH_NOARGS, NULL),
    {NULL},
};

static PyMemberDef import_error_members[] = {
    FIELD_MEMBER(PyImportErrorObject, msg, "exception message"),
    FIELD_MEMBER(PyImportErrorObject, name, "module name"),
    FIELD_MEMBER(PyImportErrorObject, path, "module path"),
    {NULL},
};

KS_EXCEPTION_TYPE(ImportError, Exception, PyImportErrorObject, import_error,
                  "Import can't find module, or can't find name in module.",
                  .tp_str = import_error_str, .tp_methods = import_error_methods,
                  .tp_members = import_error_members, .tp_init = import_error_init)
KS_EXCEPTION_TYPE(ModuleNotFoundError, ImportError, PyImportErrorObject, import_error,
                  "Module not found.", .tp_init = import_error_init)

/* --- NameError --- */

#define NAME_FIELDS(F) F(name)
KS_EXCEPTION_LIFECYCLE(name_error, PyNameErrorObject, NAME_FIELDS)

static int
name_error_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"name", NULL};
    PyObject **const fields[] = {&((PyNameErrorObject *)self)->name};
    return init_keywords(self, args, kwargs, "NameError", names, fields);
}

static PyMemberDef name_error_members[] = {
    FIELD_MEMBER(PyNameErrorObject, name, "name"),
    {NULL},
};

KS_EXCEPTION_TYPE(NameError, Exception, PyNameErrorObject, name_error, "Name not found globally.",
                  .tp_members = name_error_members, .tp_init = name_error_init,
                  .tp_str = ks_exception_str)
KS_EXCEPTION_TYPE(UnboundLocalError, NameError, PyNameErrorObject, name_error,
                  "Local name referenced but not bound to a value.", .tp_init = name_error_init)

/* --- AttributeError --- */

#define ATTRIBUTE_FIELDS(F) F(obj) F(name)
KS_EXCEPTION_LIFECYCLE(attribute_error, PyAttributeErrorObject, ATTRIBUTE_FIELDS)

static int
attribute_error_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyAttributeErrorObject *error = (PyAttributeErrorObject *)self;
    static const char *const names[] = {"name", "obj", NULL};
    PyObject **const fields[] = {&error->name, &error->obj};
    return init_keywords(self, args, kwargs, "AttributeError", names, fields);
}

static PyMemberDef attribute_error_members[] = {
    FIELD_MEMBER(PyAttributeErrorObject, name, "attribute name"),
    FIELD_MEMBER(PyAttributeErrorObject, obj, "object"),
    {NULL},
};

KS_EXCEPTION_TYPE(AttributeError, Exception, PyAttributeErrorObject, attribute_error,
                  "Attribute not found.", .tp_members = attribute_error_members,
                  .tp_init = attribute_error_init, .tp_str = ks_exception_str)

/* --- KeyError --- */

#define NO_FIELDS(F) (void)self;
KS_EXCEPTION_LIFECYCLE(key_error, PyBaseExceptionObject, NO_FIELDS)

/* repr() of a single key: '' and ' ' would be hard to see otherwise. */
static PyObject *
key_error_str(PyObject *self)
{
    PyObject *args = ((PyBaseExceptionObject *)self)->args;
    if (PyTuple_GET_SIZE(args) == 1)
        return PyObject_Repr(PyTuple_GET_ITEM(args, 0));
    return ks_exception_str(self);
}

KS_EXCEPTION_TYPE(KeyError, LookupError, PyBaseExceptionObject, key_error,
                  "Mapping key not found.", .tp_str = key_error_str, .tp_init = ks_exception_init)
