/* SPDX-License-Identifier: MIT */
/* InterpreterID: a handle of an interpreter that counts as one while it lives. */
#include "Python.h"
#include "pycore_abstract.h"
#include "pycore_interp.h"
#include "pycore_interpreteridobject.h"
#include "pycore_pystate.h"
#include "ks_args.h"
#include "ks_base.h"

typedef struct InterpreterId {
    PyObject_HEAD
    int64_t id;
} InterpreterId;

/* force: no interpreter with that number need exist. */
static PyObject *
id_make(PyTypeObject *type, int64_t id, int force)
{
    PyInterpreterState *interp = _PyInterpreterState_LookUpID(id);
    if (interp == NULL) {
        if (!force)
            return NULL;
        PyErr_Clear();
    }
    if (interp != NULL && _PyInterpreterState_IDIncref(interp) < 0)
        return NULL;
    InterpreterId *self = PyObject_New(InterpreterId, type);
    if (self == NULL) {
        if (interp != NULL)
            _PyInterpreterState_IDDecref(interp);
        return NULL;
    }
    self->id = id;
    return (PyObject *)self;
}

/* An id from any object with __index__. */
static int
id_convert(PyObject *arg, int64_t *id)
{
    if (PyObject_TypeCheck(arg, &_PyInterpreterID_Type)) {
        *id = ((InterpreterId *)arg)->id;
        return 1;
    }
    if (!_PyIndex_Check(arg)) {
        PyErr_Format(PyExc_TypeError, "interpreter ID must be an int, got %.100s", Py_TYPE(arg)->tp_name);
        return 0;
    }
    *id = PyLong_AsLongLong(arg);
    if (*id == -1 && PyErr_Occurred())
        return 0;
    if (*id < 0) {
        PyErr_Format(PyExc_ValueError, "interpreter ID must be a non-negative int, got %R", arg);
        return 0;
    }
    return 1;
}

typedef struct IdArgs {
    PyObject *id;
    int force;
} IdArgs;

static const KsParam id_params[] = {
    PARAM(IdArgs, id, ARG_OBJECT, 1),
    PARAM_KWONLY(IdArgs, force, ARG_BOOL, 0),
    PARAM_END,
};

static PyObject *
id_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    IdArgs in = {NULL, 0};
    int64_t id;
    if (!ks_args_parse_tuple("InterpreterID", id_params, args, kwargs, &in) || !id_convert(in.id, &id))
        return NULL;
    return id_make(type, id, in.force);
}

static void
id_dealloc(InterpreterId *self)
{
    PyInterpreterState *interp = _PyInterpreterState_LookUpID(self->id);
    if (interp != NULL)
        _PyInterpreterState_IDDecref(interp);
    else
        PyErr_Clear();
    Py_TYPE(self)->tp_free(self);
}

static PyObject *
id_repr(InterpreterId *self)
{
    return PyUnicode_FromFormat("InterpreterID(%lld)", (long long)self->id);
}

static PyObject *
id_str(InterpreterId *self)
{
    return PyUnicode_FromFormat("%lld", (long long)self->id);
}

static PyObject *
id_int(InterpreterId *self)
{
    return PyLong_FromLongLong(self->id);
}

static Py_hash_t
id_hash(InterpreterId *self)
{
    KS_OWNED PyObject *number = id_int(self);
    return number == NULL ? -1 : PyObject_Hash(number);
}

static PyObject *
id_richcompare(PyObject *self, PyObject *other, int op)
{
    if ((op != Py_EQ && op != Py_NE) || !PyObject_TypeCheck(self, &_PyInterpreterID_Type))
        Py_RETURN_NOTIMPLEMENTED;
    int64_t id = ((InterpreterId *)self)->id;
    int equal;
    if (PyObject_TypeCheck(other, &_PyInterpreterID_Type)) {
        equal = ((InterpreterId *)other)->id == id;
    } else if (PyNumber_Check(other)) {
        KS_OWNED PyObject *number = PyLong_FromLongLong(id);
        return number == NULL ? NULL : PyObject_RichCompare(number, other, op);
    } else {
        Py_RETURN_NOTIMPLEMENTED;
    }
    return PyBool_FromLong(equal == (op == Py_EQ));
}

static PyNumberMethods id_number = {
    .nb_int = (unaryfunc)id_int,
    .nb_index = (unaryfunc)id_int,
};

PyTypeObject _PyInterpreterID_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "InterpreterID",
    .tp_basicsize = sizeof(InterpreterId),
    .tp_dealloc = (destructor)id_dealloc,
    .tp_repr = (reprfunc)id_repr,
    .tp_as_number = &id_number,
    .tp_hash = (hashfunc)id_hash,
    .tp_str = (reprfunc)id_str,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "A number that stands for an interpreter and keeps it.",
    .tp_richcompare = id_richcompare,
    .tp_new = id_new,
};

PyObject *
_PyInterpreterID_New(int64_t id)
{
    return id_make(&_PyInterpreterID_Type, id, 0);
}

PyObject *
_PyInterpreterState_GetIDObject(PyInterpreterState *interp)
{
    if (_PyInterpreterState_IDInitref(interp) != 0)
        return NULL;
    int64_t id = PyInterpreterState_GetID(interp);
    return id < 0 ? NULL : id_make(&_PyInterpreterID_Type, id, 0);
}

PyInterpreterState *
_PyInterpreterID_LookUp(PyObject *requested_id)
{
    int64_t id;
    return id_convert(requested_id, &id) ? _PyInterpreterState_LookUpID(id) : NULL;
}
