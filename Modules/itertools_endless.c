/* SPDX-License-Identifier: MIT */
/* itertools that need not end: count, cycle, repeat. */
#include "Python.h"

#include "ks_itertools.h"

/* ---- count ---- */

typedef struct Count {
    PyObject_HEAD
    PyObject *number; /* NULL while the C integer is enough, for steps of 1 */
    PyObject *step;
    Py_ssize_t small; /* PY_SSIZE_T_MAX when `number` is used */
} Count;

#define AS_COUNT(self) ((Count *)(self))

ITER_LIFECYCLE(count, 2)

typedef struct CountArgs {
    PyObject *start, *step;
} CountArgs;

static const KsParam count_params[] = {
    PARAM(CountArgs, start, ARG_OBJECT, 0),
    PARAM(CountArgs, step, ARG_OBJECT, 0),
    PARAM_END,
};

/* Is it an int equal to 1? */
static int
is_one(PyObject *step)
{
    int overflow;
    return PyLong_Check(step) && PyLong_AsLongAndOverflow(step, &overflow) == 1;
}

static PyObject *
count_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    CountArgs call = {NULL, NULL};
    if (!ks_args_parse_tuple("count", count_params, args, kwargs, &call))
        return NULL;
    if ((call.start != NULL && !PyNumber_Check(call.start))
        || (call.step != NULL && !PyNumber_Check(call.step))) {
        PyErr_SetString(PyExc_TypeError, "a number is required");
        return NULL;
    }
    KS_OWNED PyObject *start = call.start == NULL ? PyLong_FromLong(0) : Py_NewRef(call.start);
    KS_OWNED PyObject *step = call.step == NULL ? PyLong_FromLong(1) : Py_NewRef(call.step);
    if (start == NULL || step == NULL)
        return NULL;
    Py_ssize_t small = PY_SSIZE_T_MAX;
    if (PyLong_Check(start) && is_one(step)) {
        small = PyLong_AsSsize_t(start);
        if (small == -1 && PyErr_Occurred()) {
            PyErr_Clear();
            small = PY_SSIZE_T_MAX;
        }
    }
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    AS_COUNT(self)->small = small;
    AS_COUNT(self)->number = small == PY_SSIZE_T_MAX ? ks_give(&start) : NULL;
    AS_COUNT(self)->step = ks_give(&step);
    return self;
}

static PyObject *
count_next(PyObject *self)
{
    Count *count = AS_COUNT(self);
    if (KS_LIKELY(count->small != PY_SSIZE_T_MAX))
        return PyLong_FromSsize_t(count->small++);
    PyObject *number = count->number;
    if (number == NULL) {
        number = PyLong_FromSsize_t(PY_SSIZE_T_MAX);
        if (number == NULL)
            return NULL;
    }
    PyObject *after = PyNumber_Add(number, count->step);
    if (after == NULL) {
        if (count->number == NULL)
            Py_DECREF(number);
        return NULL;
    }
    count->number = after;
    return number;
}

static PyObject *
count_repr(PyObject *self)
{
    Count *count = AS_COUNT(self);
    const char *name = _PyType_Name(Py_TYPE(self));
    if (count->number == NULL)
        return PyUnicode_FromFormat("%s(%zd)", name, count->small);
    if (is_one(count->step))
        return PyUnicode_FromFormat("%s(%R)", name, count->number);
    return PyUnicode_FromFormat("%s(%R, %R)", name, count->number, count->step);
}

static PyObject *
count_reduce(PyObject *self, PyObject *unused)
{
    Count *count = AS_COUNT(self);
    if (count->small == PY_SSIZE_T_MAX && count->number != NULL)
        return Py_BuildValue("O(OO)", Py_TYPE(self), count->number, count->step);
    return Py_BuildValue("O(n)", Py_TYPE(self), count->small);
}

static PyMethodDef count_methods[] = {REDUCE_ROW(count), METHODS_END};

PyTypeObject ks_count_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools.count",
    .tp_repr = count_repr,
    .tp_doc = "count(start=0, step=1)\n--\n\n"
              "The numbers start, start + step, start + 2 * step, and so on.",
    .tp_methods = count_methods,
    ITER_SLOTS(count, Count),
};

/* ---- cycle ---- */

typedef struct Cycle {
    PyObject_HEAD
    PyObject *iterator; /* NULL after the first round */
    PyObject *saved;    /* list of the items of the first round */
    Py_ssize_t index;
    int saved_before; /* the items still to come from the iterator are in the list already */
} Cycle;

#define AS_CYCLE(self) ((Cycle *)(self))

ITER_LIFECYCLE(cycle, 2)

static PyObject *
cycle_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    if (!ks_itertools_no_keywords(type, &ks_cycle_type, "cycle", kwargs)
        || !ks_args_count("cycle", PyTuple_GET_SIZE(args), 1, 1))
        return NULL;
    KS_OWNED PyObject *iterator = PyObject_GetIter(PyTuple_GET_ITEM(args, 0));
    if (iterator == NULL)
        return NULL;
    KS_OWNED PyObject *saved = PyList_New(0);
    PyObject *self = saved == NULL ? NULL : type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    AS_CYCLE(self)->iterator = ks_give(&iterator);
    AS_CYCLE(self)->saved = ks_give(&saved);
    AS_CYCLE(self)->index = 0;
    AS_CYCLE(self)->saved_before = 0;
    return self;
}

static PyObject *
cycle_next(PyObject *self)
{
    Cycle *cycle = AS_CYCLE(self);
    if (cycle->iterator != NULL) {
        PyObject *item = PyIter_Next(cycle->iterator);
        if (item != NULL) {
            if (!cycle->saved_before && PyList_Append(cycle->saved, item) < 0)
                Py_CLEAR(item);
            return item;
        }
        if (PyErr_Occurred())
            return NULL;
        Py_CLEAR(cycle->iterator);
    }
    Py_ssize_t count = PyList_GET_SIZE(cycle->saved);
    if (count == 0)
        return NULL;
    PyObject *item = PyList_GET_ITEM(cycle->saved, cycle->index);
    cycle->index++;
    if (cycle->index >= count)
        cycle->index = 0;
    return Py_NewRef(item);
}

static PyObject *
cycle_reduce(PyObject *self, PyObject *unused)
{
    Cycle *cycle = AS_CYCLE(self);
    if (cycle->iterator != NULL)
        return Py_BuildValue("O(O)(OO)", Py_TYPE(self), cycle->iterator, cycle->saved,
                             cycle->saved_before ? Py_True : Py_False);
    KS_OWNED PyObject *rest = PyObject_GetIter(cycle->saved);
    if (rest == NULL)
        return NULL;
    if (cycle->index != 0) {
        KS_OWNED PyObject *none = PyObject_CallMethod(rest, "__setstate__", "n", cycle->index);
        if (none == NULL)
            return NULL;
    }
    return Py_BuildValue("O(O)(OO)", Py_TYPE(self), rest, cycle->saved, Py_True);
}

static PyObject *
cycle_setstate(PyObject *self, PyObject *state)
{
    PyObject *saved;
    int saved_before;
    if (!PyTuple_Check(state)) {
        PyErr_SetString(PyExc_TypeError, "state is not a tuple");
        return NULL;
    }
    if (!PyArg_ParseTuple(state, "O!i", &PyList_Type, &saved, &saved_before))
        return NULL;
    Py_INCREF(saved);
    Py_XSETREF(AS_CYCLE(self)->saved, saved);
    AS_CYCLE(self)->saved_before = saved_before != 0;
    AS_CYCLE(self)->index = 0;
    Py_RETURN_NONE;
}

static PyMethodDef cycle_methods[] = {REDUCE_ROW(cycle), SETSTATE_ROW(cycle), METHODS_END};

PyTypeObject ks_cycle_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools.cycle",
    .tp_doc = "cycle(iterable, /)\n--\n\n"
              "The items of the iterable, again and again.",
    .tp_methods = cycle_methods,
    ITER_SLOTS(cycle, Cycle),
};

/* ---- repeat ---- */

typedef struct Repeat {
    PyObject_HEAD
    PyObject *object;
    Py_ssize_t times; /* -1: without end */
} Repeat;

#define AS_REPEAT(self) ((Repeat *)(self))

ITER_LIFECYCLE(repeat, 1)

static const KsParam repeat_params[] = {
    PARAM(Repeat, object, ARG_OBJECT, 1),
    PARAM(Repeat, times, ARG_INDEX, 0),
    PARAM_END,
};

static PyObject *
repeat_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    Repeat call = {.times = -1};
    if (!ks_args_parse_tuple("repeat", repeat_params, args, kwargs, &call))
        return NULL;
    Py_ssize_t given = PyTuple_GET_SIZE(args) + (kwargs == NULL ? 0 : PyDict_GET_SIZE(kwargs));
    if (given == 2 && call.times < 0)
        call.times = 0;
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    AS_REPEAT(self)->object = Py_NewRef(call.object);
    AS_REPEAT(self)->times = call.times;
    return self;
}

static PyObject *
repeat_next(PyObject *self)
{
    Repeat *repeat = AS_REPEAT(self);
    if (repeat->times == 0)
        return NULL;
    if (repeat->times > 0)
        repeat->times--;
    return Py_NewRef(repeat->object);
}

static PyObject *
repeat_repr(PyObject *self)
{
    Repeat *repeat = AS_REPEAT(self);
    const char *name = _PyType_Name(Py_TYPE(self));
    if (repeat->times == -1)
        return PyUnicode_FromFormat("%s(%R)", name, repeat->object);
    return PyUnicode_FromFormat("%s(%R, %zd)", name, repeat->object, repeat->times);
}

static PyObject *
repeat_length_hint(PyObject *self, PyObject *unused)
{
    if (AS_REPEAT(self)->times == -1) {
        PyErr_SetString(PyExc_TypeError, "len() of unsized object");
        return NULL;
    }
    return PyLong_FromSsize_t(AS_REPEAT(self)->times);
}

static PyObject *
repeat_reduce(PyObject *self, PyObject *unused)
{
    Repeat *repeat = AS_REPEAT(self);
    if (repeat->times == -1)
        return Py_BuildValue("O(O)", Py_TYPE(self), repeat->object);
    return Py_BuildValue("O(On)", Py_TYPE(self), repeat->object, repeat->times);
}

static PyMethodDef repeat_methods[] = {
    METHOD_PLAIN("__length_hint__", repeat_length_hint, METH_NOARGS, "How many are left."),
    REDUCE_ROW(repeat),
    METHODS_END,
};

PyTypeObject ks_repeat_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "itertools.repeat",
    .tp_repr = repeat_repr,
    .tp_doc = "repeat(object [,times]) -> one object, times times or without end",
    .tp_methods = repeat_methods,
    ITER_SLOTS(repeat, Repeat),
};
