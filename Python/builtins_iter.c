/* SPDX-License-Identifier: MIT */
/* filter, map and zip: iterators over iterators.
 *
 * zip reuses its result tuple while nobody else holds it, which makes "for a, b in zip(...)" free
 * of allocations. */
#include "Python.h"
#include "pycore_object.h"
#include "pycore_pystate.h"
#include "pycore_tuple.h"
#include "ks_args.h"
#include "ks_base.h"

/* Vectorcall arrays up to this length live on the C stack. */
#define SMALL_STACK 5

static int
no_keywords(const char *name, PyTypeObject *type, PyTypeObject *builtin, PyObject *kwargs)
{
    return (type != builtin && type->tp_init != builtin->tp_init) || _PyArg_NoKeywords(name, kwargs);
}

/* ---- filter ---- */

typedef struct FilterObject {
    PyObject_HEAD
    PyObject *func;
    PyObject *it;
} FilterObject;

static PyObject *
filter_make(PyTypeObject *type, PyObject *func, PyObject *iterable)
{
    PyObject *it = PyObject_GetIter(iterable);
    if (it == NULL)
        return NULL;
    FilterObject *self = (FilterObject *)type->tp_alloc(type, 0);
    if (self == NULL) {
        Py_DECREF(it);
        return NULL;
    }
    self->func = Py_NewRef(func);
    self->it = it;
    return (PyObject *)self;
}

static PyObject *
filter_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *func, *iterable;
    if (!no_keywords("filter", type, &PyFilter_Type, kwargs)
        || !PyArg_UnpackTuple(args, "filter", 2, 2, &func, &iterable))
        return NULL;
    return filter_make(type, func, iterable);
}

static PyObject *
filter_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    if (!ks_args_no_kwnames("filter", kwnames)
        || !ks_args_count("filter", PyVectorcall_NARGS(nargsf), 2, 2))
        return NULL;
    return filter_make((PyTypeObject *)type, args[0], args[1]);
}

static void
filter_dealloc(FilterObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, filter_dealloc)
    Py_XDECREF(self->func);
    Py_XDECREF(self->it);
    Py_TYPE(self)->tp_free(self);
    Py_TRASHCAN_END
}

static int
filter_traverse(FilterObject *self, visitproc visit, void *arg)
{
    Py_VISIT(self->it);
    Py_VISIT(self->func);
    return 0;
}

static PyObject *
filter_next(FilterObject *self)
{
    PyObject *it = self->it;
    iternextfunc next = Py_TYPE(it)->tp_iternext;
    int truth_only = self->func == Py_None || self->func == (PyObject *)&PyBool_Type;
    for (PyObject *item; (item = next(it)) != NULL;) {
        int keep;
        if (truth_only) {
            keep = PyObject_IsTrue(item);
        } else {
            PyObject *good = PyObject_CallOneArg(self->func, item);
            keep = good == NULL ? -1 : PyObject_IsTrue(good);
            Py_XDECREF(good);
        }
        if (keep > 0)
            return item;
        Py_DECREF(item);
        if (keep < 0)
            return NULL;
    }
    return NULL;
}

static PyObject *
filter_reduce(FilterObject *self, PyObject *unused)
{
    return Py_BuildValue("O(OO)", Py_TYPE(self), self->func, self->it);
}

static PyMethodDef filter_methods[] = {
    METHOD_PLAIN("__reduce__", filter_reduce, METH_NOARGS, "State for pickling."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyFilter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "filter",
    .tp_basicsize = sizeof(FilterObject),
    .tp_dealloc = (destructor)filter_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "filter(function or None, iterable) --> filter object\n\n"
              "The items for which function(item) is true; None asks the items themselves.",
    .tp_traverse = (traverseproc)filter_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = (iternextfunc)filter_next,
    .tp_methods = filter_methods,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = filter_new,
    .tp_free = PyObject_GC_Del,
    .tp_vectorcall = filter_vectorcall,
};

/* ---- map ---- */

typedef struct MapObject {
    PyObject_HEAD
    PyObject *iters; /* tuple */
    PyObject *func;
} MapObject;

/* A tuple of iterators over count iterables; NULL with an exception. */
static PyObject *
iterators_of(PyObject *const *iterables, Py_ssize_t count)
{
    PyObject *iters = PyTuple_New(count);
    for (Py_ssize_t i = 0; iters != NULL && i < count; i++) {
        PyObject *it = PyObject_GetIter(iterables[i]);
        if (it == NULL)
            Py_CLEAR(iters);
        else
            PyTuple_SET_ITEM(iters, i, it);
    }
    return iters;
}

static PyObject *
map_make(PyTypeObject *type, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs < 2) {
        PyErr_SetString(PyExc_TypeError, "map() must have at least two arguments.");
        return NULL;
    }
    PyObject *iters = iterators_of(args + 1, nargs - 1);
    if (iters == NULL)
        return NULL;
    MapObject *self = (MapObject *)type->tp_alloc(type, 0);
    if (self == NULL) {
        Py_DECREF(iters);
        return NULL;
    }
    self->iters = iters;
    self->func = Py_NewRef(args[0]);
    return (PyObject *)self;
}

static PyObject *
map_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (!no_keywords("map", type, &PyMap_Type, kwargs))
        return NULL;
    return map_make(type, _PyTuple_ITEMS(args), PyTuple_GET_SIZE(args));
}

static PyObject *
map_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    if (!ks_args_no_kwnames("map", kwnames))
        return NULL;
    return map_make((PyTypeObject *)type, args, PyVectorcall_NARGS(nargsf));
}

static void
map_dealloc(MapObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(self->iters);
    Py_XDECREF(self->func);
    Py_TYPE(self)->tp_free(self);
}

static int
map_traverse(MapObject *self, visitproc visit, void *arg)
{
    Py_VISIT(self->iters);
    Py_VISIT(self->func);
    return 0;
}

static PyObject *
map_next(MapObject *self)
{
    PyObject *small[SMALL_STACK + 1], **stack = small;
    Py_ssize_t count = PyTuple_GET_SIZE(self->iters), got = 0;
    if (count > SMALL_STACK) {
        stack = PyMem_New(PyObject *, (size_t)count + 1);
        if (stack == NULL)
            return PyErr_NoMemory();
    }
    PyObject **values = stack + 1; /* the slot before is the callee's to use */
    PyObject *result = NULL;
    for (; got < count; got++) {
        PyObject *it = PyTuple_GET_ITEM(self->iters, got);
        values[got] = Py_TYPE(it)->tp_iternext(it);
        if (values[got] == NULL)
            goto done;
    }
    result = PyObject_Vectorcall(self->func, values, (size_t)count | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
done:
    for (Py_ssize_t i = 0; i < got; i++)
        Py_DECREF(values[i]);
    if (stack != small)
        PyMem_Free(stack);
    return result;
}

static PyObject *
map_reduce(MapObject *self, PyObject *unused)
{
    Py_ssize_t count = PyTuple_GET_SIZE(self->iters);
    PyObject *args = PyTuple_New(count + 1);
    if (args == NULL)
        return NULL;
    PyTuple_SET_ITEM(args, 0, Py_NewRef(self->func));
    for (Py_ssize_t i = 0; i < count; i++)
        PyTuple_SET_ITEM(args, i + 1, Py_NewRef(PyTuple_GET_ITEM(self->iters, i)));
    return Py_BuildValue("ON", Py_TYPE(self), args);
}

static PyMethodDef map_methods[] = {
    METHOD_PLAIN("__reduce__", map_reduce, METH_NOARGS, "State for pickling."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyMap_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "map",
    .tp_basicsize = sizeof(MapObject),
    .tp_dealloc = (destructor)map_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "map(func, *iterables) --> map object\n\n"
              "func called with an item of each iterable, until the shortest ends.",
    .tp_traverse = (traverseproc)map_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = (iternextfunc)map_next,
    .tp_methods = map_methods,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = map_new,
    .tp_free = PyObject_GC_Del,
    .tp_vectorcall = map_vectorcall,
};

/* ---- zip ---- */

typedef struct ZipObject {
    PyObject_HEAD
    Py_ssize_t tuplesize;
    PyObject *ittuple;
    PyObject *result;
    int strict;
} ZipObject;

static PyObject *
zip_make(PyTypeObject *type, PyObject *const *args, Py_ssize_t nargs, int strict)
{
    KS_OWNED PyObject *iters = iterators_of(args, nargs);
    KS_OWNED PyObject *result = iters == NULL ? NULL : PyTuple_New(nargs);
    if (result == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < nargs; i++)
        PyTuple_SET_ITEM(result, i, Py_NewRef(Py_None));
    ZipObject *self = (ZipObject *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->ittuple = ks_give(&iters);
    self->tuplesize = nargs;
    self->result = ks_give(&result);
    self->strict = strict;
    return (PyObject *)self;
}

static int
zip_strict(PyObject *value, int *strict)
{
    *strict = PyObject_IsTrue(value);
    return *strict >= 0;
}

static PyObject *
zip_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    int strict = 0;
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) > 0) {
        KS_OWNED PyObject *none = PyTuple_New(0);
        static char *names[] = {"strict", NULL};
        if (none == NULL
            || !PyArg_ParseTupleAndKeywords(none, kwargs, "|$p:zip", names, &strict))
            return NULL;
    }
    return zip_make(type, _PyTuple_ITEMS(args), PyTuple_GET_SIZE(args), strict);
}

static PyObject *
zip_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    int strict = 0;
    for (Py_ssize_t i = 0; kwnames != NULL && i < PyTuple_GET_SIZE(kwnames); i++) {
        PyObject *name = PyTuple_GET_ITEM(kwnames, i);
        if (PyTuple_GET_SIZE(kwnames) > 1 || !_PyUnicode_EqualToASCIIString(name, "strict")) {
            /* The slow way words the complaint. */
            KS_OWNED PyObject *tuple = _PyTuple_FromArray(args, nargs);
            KS_OWNED PyObject *dict = tuple == NULL ? NULL : _PyStack_AsDict(args + nargs, kwnames);
            return dict == NULL ? NULL : zip_new((PyTypeObject *)type, tuple, dict);
        }
        if (!zip_strict(args[nargs + i], &strict))
            return NULL;
    }
    return zip_make((PyTypeObject *)type, args, nargs, strict);
}

static void
zip_dealloc(ZipObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_XDECREF(self->ittuple);
    Py_XDECREF(self->result);
    Py_TYPE(self)->tp_free(self);
}

static int
zip_traverse(ZipObject *self, visitproc visit, void *arg)
{
    Py_VISIT(self->ittuple);
    Py_VISIT(self->result);
    return 0;
}

/* An iterator ended: with strict all must end together. index is the one that did. */
static PyObject *
zip_ended(ZipObject *self, Py_ssize_t index)
{
    if (!self->strict)
        return NULL;
    if (PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_StopIteration))
            return NULL;
        PyErr_Clear();
    }
    if (index > 0)
        return PyErr_Format(PyExc_ValueError, "zip() argument %zd is shorter than argument%s%zd",
                            index + 1, index == 1 ? " " : "s 1-", index);
    for (Py_ssize_t i = 1; i < self->tuplesize; i++) {
        PyObject *it = PyTuple_GET_ITEM(self->ittuple, i);
        PyObject *item = Py_TYPE(it)->tp_iternext(it);
        if (item != NULL) {
            Py_DECREF(item);
            return PyErr_Format(PyExc_ValueError, "zip() argument %zd is longer than argument%s%zd",
                                i + 1, i == 1 ? " " : "s 1-", i);
        }
        if (PyErr_Occurred()) {
            if (!PyErr_ExceptionMatches(PyExc_StopIteration))
                return NULL;
            PyErr_Clear();
        }
    }
    return NULL;
}

static PyObject *
zip_next(ZipObject *self)
{
    Py_ssize_t count = self->tuplesize;
    PyObject *result = self->result;
    if (count == 0)
        return NULL;
    int reuse = Py_REFCNT(result) == 1;
    if (reuse)
        Py_INCREF(result);
    else if ((result = PyTuple_New(count)) == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *it = PyTuple_GET_ITEM(self->ittuple, i);
        PyObject *item = Py_TYPE(it)->tp_iternext(it);
        if (item == NULL) {
            Py_DECREF(result);
            return zip_ended(self, i);
        }
        PyObject *old = PyTuple_GET_ITEM(result, i);
        PyTuple_SET_ITEM(result, i, item);
        Py_XDECREF(old);
    }
    /* The collector may have stopped watching the tuple while it held no containers. */
    if (reuse && !_PyObject_GC_IS_TRACKED(result))
        _PyObject_GC_TRACK(result);
    return result;
}

static PyObject *
zip_reduce(ZipObject *self, PyObject *unused)
{
    if (self->strict)
        return PyTuple_Pack(3, Py_TYPE(self), self->ittuple, Py_True);
    return PyTuple_Pack(2, Py_TYPE(self), self->ittuple);
}

static PyObject *
zip_setstate(ZipObject *self, PyObject *state)
{
    int strict;
    if (!zip_strict(state, &strict))
        return NULL;
    self->strict = strict;
    Py_RETURN_NONE;
}

static PyMethodDef zip_methods[] = {
    METHOD_PLAIN("__reduce__", zip_reduce, METH_NOARGS, "State for pickling."),
    METHOD_PLAIN("__setstate__", zip_setstate, METH_O, "Take state from a pickle."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject PyZip_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "zip",
    .tp_basicsize = sizeof(ZipObject),
    .tp_dealloc = (destructor)zip_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .tp_doc = "zip(*iterables, strict=False) --> tuples of an item from each iterable\n\n"
              "Ends with the shortest iterable; with strict, ValueError if their lengths differ.",
    .tp_traverse = (traverseproc)zip_traverse,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = (iternextfunc)zip_next,
    .tp_methods = zip_methods,
    .tp_alloc = PyType_GenericAlloc,
    .tp_new = zip_new,
    .tp_free = PyObject_GC_Del,
    .tp_vectorcall = zip_vectorcall,
};
