/* SPDX-License-Identifier: MIT */
/* enumerate: pairs of a running number and what an iterator yields.
 *
 * The number is a C integer until it would overflow, or from the start if the first one is too
 * big; then `big` holds it. A pair that nobody kept is filled again. */
#include "Python.h"

#include "ks_args.h"
#include "pycore_call.h"
#include "pycore_long.h"
#include "pycore_object.h"
#include "pycore_tuple.h"

typedef struct Enumerate {
    PyObject_HEAD
    Py_ssize_t index; /* PY_SSIZE_T_MAX once `big` is used */
    PyObject *iterator;
    PyObject *pair;
    PyObject *big;
    PyObject *one; /* keeps the layout's size */
} Enumerate;

#define AS_ENUM(self) ((Enumerate *)(self))

/* start may be NULL. */
static PyObject *
enum_make(PyTypeObject *type, PyObject *iterable, PyObject *start)
{
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    Enumerate *counter = AS_ENUM(self);
    if (start != NULL) {
        PyObject *number = PyNumber_Index(start);
        if (number == NULL)
            goto failed;
        counter->index = PyLong_AsSsize_t(number);
        if (counter->index == -1 && PyErr_Occurred()) {
            PyErr_Clear();
            counter->index = PY_SSIZE_T_MAX;
            counter->big = number;
        }
        else
            Py_DECREF(number);
    }
    counter->iterator = PyObject_GetIter(iterable);
    if (counter->iterator == NULL)
        goto failed;
    counter->pair = PyTuple_Pack(2, Py_None, Py_None);
    if (counter->pair == NULL)
        goto failed;
    return self;
failed:
    Py_DECREF(self);
    return NULL;
}

typedef struct EnumArgs {
    PyObject *iterable;
    PyObject *start;
} EnumArgs;

static const KsParam enum_params[] = {
    PARAM(EnumArgs, iterable, ARG_OBJECT, 1),
    PARAM(EnumArgs, start, ARG_OBJECT, 0),
    PARAM_END,
};

static PyObject *
enum_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    EnumArgs call = {NULL, NULL};
    if (!ks_args_parse_tuple("enumerate", enum_params, args, kwargs, &call))
        return NULL;
    return enum_make(type, call.iterable, call.start);
}

static int
is_name(PyObject *keyword, const char *name)
{
    return PyUnicode_CompareWithASCIIString(keyword, name) == 0;
}

static PyObject *
bad_keyword(PyObject *name)
{
    PyErr_Format(PyExc_TypeError, "'%.200U' is an invalid keyword argument for enumerate()", name);
    return NULL;
}

/* The messages of the direct call differ from those of a subclass's. */
static PyObject *
enum_vectorcall(PyObject *self, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    PyTypeObject *type = (PyTypeObject *)self;
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    Py_ssize_t keyword_count = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    if (nargs == 1 && keyword_count == 1) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, 0);
        return is_name(name, "start") ? enum_make(type, args[0], args[1]) : bad_keyword(name);
    }
    if (nargs == 0 && keyword_count == 2) {
        PyObject *first = PyTuple_GET_ITEM(kwnames, 0), *second = PyTuple_GET_ITEM(kwnames, 1);
        int turned = is_name(first, "start");
        PyObject *iterable_name = turned ? second : first, *start_name = turned ? first : second;
        if (!is_name(iterable_name, "iterable"))
            return bad_keyword(iterable_name);
        if (!is_name(start_name, "start"))
            return bad_keyword(start_name);
        return enum_make(type, args[turned], args[!turned]);
    }
    if (nargs == 0 && keyword_count == 1) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, 0);
        return is_name(name, "iterable") ? enum_make(type, args[0], NULL) : bad_keyword(name);
    }
    if ((nargs == 1 || nargs == 2) && keyword_count == 0)
        return enum_make(type, args[0], nargs == 2 ? args[1] : NULL);
    if (nargs + keyword_count == 0)
        PyErr_SetString(PyExc_TypeError, "enumerate() missing required argument 'iterable'");
    else
        PyErr_Format(PyExc_TypeError, "enumerate() takes at most %d arguments (%zd given)", 2,
                     nargs + keyword_count);
    return NULL;
}

static void
enum_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(AS_ENUM(self)->iterator);
    Py_XDECREF(AS_ENUM(self)->pair);
    Py_XDECREF(AS_ENUM(self)->big);
    Py_TYPE(self)->tp_free(self);
}

static int
enum_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(AS_ENUM(self)->iterator);
    Py_VISIT(AS_ENUM(self)->pair);
    Py_VISIT(AS_ENUM(self)->big);
    return 0;
}

/* The next number as a new reference. */
KS_INLINE PyObject *
enum_count(Enumerate *counter)
{
    if (KS_LIKELY(counter->index != PY_SSIZE_T_MAX))
        return PyLong_FromSsize_t(counter->index++);
    if (counter->big == NULL) {
        counter->big = PyLong_FromSsize_t(PY_SSIZE_T_MAX);
        if (counter->big == NULL)
            return NULL;
    }
    PyObject *after = PyNumber_Add(counter->big, _PyLong_GetOne());
    if (after == NULL)
        return NULL;
    PyObject *number = counter->big;
    counter->big = after;
    return number;
}

static PyObject *
enum_next(PyObject *self)
{
    Enumerate *counter = AS_ENUM(self);
    PyObject *item = Py_TYPE(counter->iterator)->tp_iternext(counter->iterator);
    if (item == NULL)
        return NULL;
    PyObject *number = enum_count(counter);
    if (number == NULL) {
        Py_DECREF(item);
        return NULL;
    }
    PyObject *pair = counter->pair;
    if (Py_REFCNT(pair) != 1) {
        PyObject *items[2] = {number, item};
        return _PyTuple_FromArraySteal(items, 2);
    }
    Py_INCREF(pair);
    PyObject *old_number = PyTuple_GET_ITEM(pair, 0), *old_item = PyTuple_GET_ITEM(pair, 1);
    PyTuple_SET_ITEM(pair, 0, number);
    PyTuple_SET_ITEM(pair, 1, item);
    Py_DECREF(old_number);
    Py_DECREF(old_item);
    /* The collector may have untracked it while it held nothing of interest. */
    if (!_PyObject_GC_IS_TRACKED(pair))
        _PyObject_GC_TRACK(pair);
    return pair;
}

static PyObject *
enum_reduce(PyObject *self, PyObject *unused)
{
    Enumerate *counter = AS_ENUM(self);
    if (counter->big != NULL)
        return Py_BuildValue("O(OO)", Py_TYPE(self), counter->iterator, counter->big);
    return Py_BuildValue("O(On)", Py_TYPE(self), counter->iterator, counter->index);
}

static PyMethodDef enum_methods[] = {
    METHOD_PLAIN("__reduce__", enum_reduce, METH_NOARGS, "What pickle needs to know."),
    METHOD_PLAIN("__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS,
                 "enumerate[...] for type annotations."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyEnum_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "enumerate",
    .tp_basicsize = sizeof(Enumerate),
    .tp_dealloc = enum_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "enumerate(iterable, start=0)\n--\n\n"
              "Pairs of a count and what the iterable yields.",
    .tp_traverse = enum_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = enum_next,
    .tp_methods = enum_methods,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = enum_new,
    .tp_free = PyObject_GC_Del,
    .tp_vectorcall = enum_vectorcall,
};
