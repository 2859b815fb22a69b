/* SPDX-License-Identifier: MIT */
/* The _bisect module: binary search in sorted sequences. */
#include "Python.h"

#include "ks_args.h"

typedef struct BisectArgs {
    PyObject *a, *x;
    Py_ssize_t lo;
    PyObject *hi, *key;
} BisectArgs;

static const KsParam bisect_params[] = {
    PARAM(BisectArgs, a, ARG_OBJECT, 1),    PARAM(BisectArgs, x, ARG_OBJECT, 1),
    PARAM(BisectArgs, lo, ARG_INDEX, 0),    PARAM(BisectArgs, hi, ARG_OBJECT, 0),
    PARAM_KWONLY(BisectArgs, key, ARG_OBJECT, 0), PARAM_END,
};

static int
bisect_parse(const char *name, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames,
             BisectArgs *call, Py_ssize_t *hi)
{
    *call = (BisectArgs){.hi = Py_None, .key = Py_None};
    *hi = -1;
    if (kwnames == NULL && nargs == 2) {
        call->a = args[0];
        call->x = args[1];
        return 1;
    }
    if (!ks_args_parse(name, bisect_params, args, nargs, kwnames, call))
        return 0;
    return call->hi == Py_None || ks_arg_index(call->hi, hi);
}

/* The place for x: behind (after = 1) or in front of items that are equal; -1 with an exception.
 * The items' keys are compared if there is a key function, x is one already. */
static Py_ssize_t
search(BisectArgs *call, PyObject *x, Py_ssize_t high, int after)
{
    Py_ssize_t low = call->lo;
    if (low < 0) {
        PyErr_SetString(PyExc_ValueError, "lo must be non-negative");
        return -1;
    }
    if (high == -1) {
        high = PySequence_Size(call->a);
        if (high < 0)
            return -1;
    }
    while (low < high) {
        Py_ssize_t middle = (Py_ssize_t)(((size_t)low + (size_t)high) / 2);
        KS_OWNED PyObject *item = PySequence_GetItem(call->a, middle);
        if (item == NULL)
            return -1;
        if (call->key != Py_None) {
            PyObject *key = PyObject_CallOneArg(call->key, item);
            Py_SETREF(item, key);
            if (item == NULL)
                return -1;
        }
        int less = after ? PyObject_RichCompareBool(x, item, Py_LT)
                         : PyObject_RichCompareBool(item, x, Py_LT);
        if (less < 0)
            return -1;
        if (less != after)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static PyObject *
find(const char *name, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, int after)
{
    BisectArgs call;
    Py_ssize_t hi;
    if (!bisect_parse(name, args, nargs, kwnames, &call, &hi))
        return NULL;
    Py_ssize_t place = search(&call, call.x, hi, after);
    return place < 0 ? NULL : PyLong_FromSsize_t(place);
}

static PyObject *
insert(const char *name, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, int after)
{
    BisectArgs call;
    Py_ssize_t hi;
    if (!bisect_parse(name, args, nargs, kwnames, &call, &hi))
        return NULL;
    KS_OWNED PyObject *x = call.key == Py_None ? Py_NewRef(call.x)
                                               : PyObject_CallOneArg(call.key, call.x);
    if (x == NULL)
        return NULL;
    Py_ssize_t place = search(&call, x, hi, after);
    if (place < 0)
        return NULL;
    if (PyList_CheckExact(call.a)) {
        if (PyList_Insert(call.a, place, call.x) < 0)
            return NULL;
    }
    else {
        KS_OWNED PyObject *result = PyObject_CallMethod(call.a, "insert", "nO", place, call.x);
        if (result == NULL)
            return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
bisect_right(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return find("bisect_right", args, nargs, kwnames, 1);
}

static PyObject *
bisect_left(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return find("bisect_left", args, nargs, kwnames, 0);
}

static PyObject *
insort_right(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return insert("insort_right", args, nargs, kwnames, 1);
}

static PyObject *
insort_left(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return insert("insort_left", args, nargs, kwnames, 0);
}

#define ROW(name, doc)                            \
    METHOD(#name, name, METH_FASTCALL | METH_KEYWORDS, \
           "($module, /, a, x, lo=0, hi=None, *, key=None)", doc)

static PyMethodDef bisect_methods[] = {
    ROW(bisect_right, "Where x has to be inserted to keep a sorted, behind items equal to x."),
    ROW(insort_right, "Insert x so that a stays sorted, behind items equal to x."),
    ROW(bisect_left, "Where x has to be inserted to keep a sorted, in front of items equal to x."),
    ROW(insort_left, "Insert x so that a stays sorted, in front of items equal to x."),
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef bisect_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_bisect",
    .m_doc = "Binary search in sorted sequences; used by bisect.",
    .m_methods = bisect_methods,
};

PyMODINIT_FUNC
PyInit__bisect(void)
{
    return PyModuleDef_Init(&bisect_module);
}
