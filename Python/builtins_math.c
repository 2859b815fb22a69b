/* SPDX-License-Identifier: MIT */
/* Builtins over numbers and collections: abs, all, any, divmod, max, min, pow, round, sorted, sum. */
#include "Python.h"
#include "pycore_abstract.h"
#include "pycore_call.h"
#include "pycore_long.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "ks_args.h"
#include "ks_base.h"
#include "ks_builtins.h"
#include "ks_int.h"

static PyObject *
builtin_abs(PyObject *self, PyObject *x)
{
    return PyNumber_Absolute(x);
}

static PyObject *
builtin_divmod(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!ks_args_count("divmod", nargs, 2, 2))
        return NULL;
    return PyNumber_Divmod(args[0], args[1]);
}

/* ---- all, any ---- */

/* What is left when an iterator gave no item: 0 at its end, -1 with another exception. */
static int
clear_end(void)
{
    if (KS_LIKELY(!PyErr_Occurred()))
        return 0;
    if (!PyErr_ExceptionMatches(PyExc_StopIteration))
        return -1;
    PyErr_Clear();
    return 0;
}

/* The truth of what is most often asked about without a call: 1, 0, -1 with an exception. */
KS_INLINE int
item_truth(PyObject *item)
{
    if (PyBool_Check(item))
        return item == Py_True;
    if (PyLong_CheckExact(item))
        return Py_SIZE(item) != 0;
    return PyObject_IsTrue(item);
}

/* Stops at the first item whose truth is wanted: 1 found, 0 not, -1 with an exception. */
static int
find_truth(PyObject *iterable, int wanted)
{
    KS_OWNED PyObject *it = PyObject_GetIter(iterable);
    if (it == NULL)
        return -1;
    iternextfunc next = Py_TYPE(it)->tp_iternext;
    for (PyObject *item; (item = next(it)) != NULL;) {
        int truth = item_truth(item);
        Py_DECREF(item);
        if (truth < 0)
            return -1;
        if (truth == wanted)
            return 1;
    }
    return clear_end();
}

static PyObject *
builtin_all(PyObject *self, PyObject *iterable)
{
    int found = find_truth(iterable, 0);
    return found < 0 ? NULL : PyBool_FromLong(!found);
}

static PyObject *
builtin_any(PyObject *self, PyObject *iterable)
{
    int found = find_truth(iterable, 1);
    return found < 0 ? NULL : PyBool_FromLong(found);
}

/* ---- min, max ---- */

/* Two running values, the best item and what it is compared by (unused without a key); both are
 * owned. */
typedef struct Best {
    PyObject *item, *value;
} Best;

/* Takes item over. */
static int
best_consider(Best *best, KS_STEALS PyObject *item, PyObject *key, int op)
{
    if (key == NULL) {
        int better = best->item == NULL ? 1 : PyObject_RichCompareBool(item, best->item, op);
        if (better > 0)
            Py_XSETREF(best->item, item);
        else
            Py_DECREF(item);
        return better < 0 ? -1 : 0;
    }
    PyObject *value = PyObject_CallOneArg(key, item);
    if (value == NULL) {
        Py_DECREF(item);
        return -1;
    }
    int better = best->value == NULL ? 1 : PyObject_RichCompareBool(value, best->value, op);
    if (better > 0) {
        Py_XSETREF(best->item, item);
        Py_XSETREF(best->value, value);
        return 0;
    }
    Py_DECREF(item);
    Py_DECREF(value);
    return better;
}

/* Is the item better than the best one? For ints of one digit without a call. */
KS_INLINE int
is_better(PyObject *item, PyObject *best, int op)
{
    if (PyLong_CheckExact(item) && PyLong_CheckExact(best)) {
        const PyLongObject *one = (const PyLongObject *)item, *other = (const PyLongObject *)best;
        if (ks_int_is_digit(one) && ks_int_is_digit(other))
            return op == Py_LT ? ks_int_digit_value(one) < ks_int_digit_value(other)
                               : ks_int_digit_value(one) > ks_int_digit_value(other);
    }
    return PyObject_RichCompareBool(item, best, op);
}

static int
best_of_iterable(Best *best, PyObject *iterable, PyObject *key, int op)
{
    KS_OWNED PyObject *it = PyObject_GetIter(iterable);
    if (it == NULL)
        return -1;
    iternextfunc next = Py_TYPE(it)->tp_iternext;
    PyObject *item;
    if (key == NULL) {
        best->item = next(it);
        while (best->item != NULL && (item = next(it)) != NULL) {
            int better = is_better(item, best->item, op);
            PyObject *worse = item;
            if (better > 0) {
                worse = best->item;
                best->item = item;
            }
            Py_DECREF(worse);
            if (better < 0)
                return -1;
        }
    }
    else {
        while ((item = next(it)) != NULL)
            if (best_consider(best, item, key, op) < 0)
                return -1;
    }
    return clear_end();
}

/* key and default among the keyword arguments. */
static int
extreme_keywords(const char *name, PyObject *const *values, PyObject *kwnames, PyObject **key,
                 PyObject **fallback)
{
    if (PyTuple_GET_SIZE(kwnames) > 2) {
        PyErr_Format(PyExc_TypeError, "%s() takes at most 2 keyword arguments (%zd given)", name,
                     PyTuple_GET_SIZE(kwnames));
        return -1;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(kwnames); i++) {
        PyObject *keyword = PyTuple_GET_ITEM(kwnames, i);
        if (_PyUnicode_EqualToASCIIString(keyword, "key")) {
            *key = values[i] == Py_None ? NULL : values[i];
        } else if (_PyUnicode_EqualToASCIIString(keyword, "default")) {
            *fallback = values[i];
        } else {
            PyErr_Format(PyExc_TypeError, "'%U' is an invalid keyword argument for %s()", keyword, name);
            return -1;
        }
    }
    return 0;
}

/* Without a key an item is its own value. The best item, borrowed; NULL with an exception. */
static PyObject *
best_of_arguments(PyObject *const *args, Py_ssize_t nargs, int op)
{
    PyObject *best = args[0];
    for (Py_ssize_t i = 1; i < nargs; i++) {
        int better = PyObject_RichCompareBool(args[i], best, op);
        if (better < 0)
            return NULL;
        if (better)
            best = args[i];
    }
    return best;
}

static PyObject *
extreme(const char *name, int op, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *key = NULL, *fallback = NULL;
    if (nargs > 1 && kwnames == NULL)
        return Py_XNewRef(best_of_arguments(args, nargs, op));
    if (nargs == 0) {
        PyErr_Format(PyExc_TypeError, "%s expected at least 1 argument, got 0", name);
        return NULL;
    }
    if (kwnames != NULL && extreme_keywords(name, args + nargs, kwnames, &key, &fallback) < 0)
        return NULL;
    if (nargs > 1 && fallback != NULL) {
        PyErr_Format(PyExc_TypeError,
                     "Cannot specify a default for %s() with multiple positional arguments", name);
        return NULL;
    }
    Best best = {NULL, NULL};
    int status = 0;
    if (nargs == 1) {
        status = best_of_iterable(&best, args[0], key, op);
    } else {
        for (Py_ssize_t i = 0; i < nargs && status == 0; i++)
            status = best_consider(&best, Py_NewRef(args[i]), key, op);
    }
    Py_XDECREF(best.value);
    if (status < 0) {
        Py_XDECREF(best.item);
        return NULL;
    }
    if (best.item == NULL) {
        if (fallback != NULL)
            return Py_NewRef(fallback);
        PyErr_Format(PyExc_ValueError, "%s() arg is an empty sequence", name);
    }
    return best.item;
}

static PyObject *
builtin_min(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return extreme("min", Py_LT, args, nargs, kwnames);
}

static PyObject *
builtin_max(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    return extreme("max", Py_GT, args, nargs, kwnames);
}

/* ---- pow, round, sorted ---- */

typedef struct PowArgs {
    PyObject *base, *exp, *mod;
} PowArgs;

static const KsParam pow_params[] = {
    PARAM(PowArgs, base, ARG_OBJECT, 1),
    PARAM(PowArgs, exp, ARG_OBJECT, 1),
    PARAM(PowArgs, mod, ARG_OBJECT, 0),
    PARAM_END,
};

static PyObject *
builtin_pow(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (kwnames == NULL && nargs == 2)
        return PyNumber_Power(args[0], args[1], Py_None);
    PowArgs in = {NULL, NULL, Py_None};
    if (!ks_args_parse("pow", pow_params, args, nargs, kwnames, &in))
        return NULL;
    return PyNumber_Power(in.base, in.exp, in.mod);
}

typedef struct RoundArgs {
    PyObject *number, *ndigits;
} RoundArgs;

static const KsParam round_params[] = {
    PARAM(RoundArgs, number, ARG_OBJECT, 1),
    PARAM(RoundArgs, ndigits, ARG_OBJECT, 0),
    PARAM_END,
};

static PyObject *
builtin_round(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    RoundArgs in = {NULL, Py_None};
    if (!ks_args_parse("round", round_params, args, nargs, kwnames, &in)
        || (Py_TYPE(in.number)->tp_dict == NULL && PyType_Ready(Py_TYPE(in.number)) < 0))
        return NULL;
    KS_OWNED PyObject *method = _PyObject_LookupSpecial(in.number, &_Py_ID(__round__));
    if (method == NULL) {
        if (!PyErr_Occurred())
            PyErr_Format(PyExc_TypeError, "type %.100s doesn't define __round__ method",
                         Py_TYPE(in.number)->tp_name);
        return NULL;
    }
    return in.ndigits == Py_None ? PyObject_CallNoArgs(method) : PyObject_CallOneArg(method, in.ndigits);
}

static PyObject *
builtin_sorted(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (!ks_args_count("sorted", nargs, 1, 1))
        return NULL;
    KS_OWNED PyObject *list = PySequence_List(args[0]);
    if (list == NULL)
        return NULL;
    if (kwnames == NULL)
        return PyList_Sort(list) < 0 ? NULL : ks_give(&list);
    /* The keywords are list.sort()'s: let it judge them. */
    KS_OWNED PyObject *sort = PyObject_GetAttr(list, &_Py_ID(sort));
    KS_OWNED PyObject *result = sort == NULL ? NULL : PyObject_Vectorcall(sort, args + 1, 0, kwnames);
    return result == NULL ? NULL : ks_give(&list);
}

/* ---- sum ---- */

/* An iterator ended: by an exception other than StopIteration, which is taken away? */
static int
iteration_failed(void)
{
    if (KS_LIKELY(!PyErr_Occurred()))
        return 0;
    if (!PyErr_ExceptionMatches(PyExc_StopIteration))
        return 1;
    PyErr_Clear();
    return 0;
}

/* Adds ints as long as they and their sum fit a C long. *item is the first that did not, owned, or
 * NULL at the end; *total an object then or, with *item set, what has been summed so far. */
static int
sum_ints(PyObject *it, PyObject **total, PyObject **item)
{
    int overflow;
    long sum = PyLong_AsLongAndOverflow(*total, &overflow);
    iternextfunc next_item = Py_TYPE(it)->tp_iternext;
    *item = NULL;
    if (overflow)
        return 0;
    Py_CLEAR(*total);
    while (1) {
        *item = next_item(it);
        if (*item == NULL) {
            *total = iteration_failed() ? NULL : PyLong_FromLong(sum);
            return *total == NULL ? -1 : 1;
        }
        if (PyLong_CheckExact(*item) || PyBool_Check(*item)) {
            long value, next;
            PyLongObject *number = (PyLongObject *)*item;
            Py_ssize_t digits = Py_SIZE(number);
            overflow = 0;
            if (KS_LIKELY(digits >= -1 && digits <= 1))
                value = (long)digits * (long)number->ob_digit[0];
            else
                value = PyLong_AsLongAndOverflow(*item, &overflow);
            if (!overflow && !__builtin_add_overflow(sum, value, &next)) {
                sum = next;
                Py_CLEAR(*item);
                continue;
            }
        }
        *total = PyLong_FromLong(sum);
        if (*total == NULL) {
            Py_CLEAR(*item);
            return -1;
        }
        return 0;
    }
}

/* The same for floats; ints that come between are converted. */
static int
sum_floats(PyObject *it, PyObject **total, PyObject **item)
{
    double sum = PyFloat_AS_DOUBLE(*total);
    iternextfunc next_item = Py_TYPE(it)->tp_iternext;
    *item = NULL;
    Py_CLEAR(*total);
    while (1) {
        *item = next_item(it);
        if (*item == NULL) {
            *total = iteration_failed() ? NULL : PyFloat_FromDouble(sum);
            return *total == NULL ? -1 : 1;
        }
        if (PyFloat_CheckExact(*item)) {
            sum += PyFloat_AS_DOUBLE(*item);
            Py_CLEAR(*item);
            continue;
        }
        if (PyLong_Check(*item)) {
            int overflow;
            long value = PyLong_AsLongAndOverflow(*item, &overflow);
            if (!overflow) {
                sum += (double)value;
                Py_CLEAR(*item);
                continue;
            }
        }
        *total = PyFloat_FromDouble(sum);
        if (*total == NULL) {
            Py_CLEAR(*item);
            return -1;
        }
        return 0;
    }
}

/* total + item, both consumed. */
static PyObject *
sum_add(KS_STEALS PyObject *total, KS_STEALS PyObject *item)
{
    PyObject *sum = PyNumber_Add(total, item);
    Py_DECREF(total);
    Py_DECREF(item);
    return sum;
}

static PyObject *
sum_all(PyObject *it, KS_STEALS PyObject *start)
{
    PyObject *total = start, *item = NULL;
    if (PyLong_CheckExact(total)) {
        int done = sum_ints(it, &total, &item);
        if (done != 0)
            return total;
        if (item != NULL && (total = sum_add(total, item)) == NULL)
            return NULL;
    }
    if (PyFloat_CheckExact(total)) {
        int done = sum_floats(it, &total, &item);
        if (done != 0)
            return total;
        if (item != NULL && (total = sum_add(total, item)) == NULL)
            return NULL;
    }
    while ((item = PyIter_Next(it)) != NULL) {
        if ((total = sum_add(total, item)) == NULL)
            return NULL;
    }
    if (PyErr_Occurred())
        Py_CLEAR(total);
    return total;
}

typedef struct SumArgs {
    PyObject *iterable, *start;
} SumArgs;

static const KsParam sum_params[] = {
    PARAM_POS(SumArgs, iterable, ARG_OBJECT, 1),
    PARAM(SumArgs, start, ARG_OBJECT, 0),
    PARAM_END,
};

static PyObject *
builtin_sum(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    SumArgs in = {NULL, NULL};
    if (kwnames == NULL && nargs == 1)
        in.iterable = args[0];
    else if (!ks_args_parse("sum", sum_params, args, nargs, kwnames, &in))
        return NULL;
    KS_OWNED PyObject *it = PyObject_GetIter(in.iterable);
    if (it == NULL)
        return NULL;
    if (in.start == NULL)
        in.start = _PyLong_GetZero();
    const char *refused = PyUnicode_Check(in.start) ? "strings [use ''.join(seq) instead]"
                          : PyBytes_Check(in.start) ? "bytes [use b''.join(seq) instead]"
                          : PyByteArray_Check(in.start) ? "bytearray [use b''.join(seq) instead]"
                                                        : NULL;
    if (refused != NULL) {
        PyErr_Format(PyExc_TypeError, "sum() can't sum %s", refused);
        return NULL;
    }
    return sum_all(it, Py_NewRef(in.start));
}

PyMethodDef ks_builtins_math_methods[] = {
    METHOD("abs", builtin_abs, METH_O, "($module, x, /)", "The absolute value."),
    METHOD("all", builtin_all, METH_O, "($module, iterable, /)", "Is every item true?"),
    METHOD("any", builtin_any, METH_O, "($module, iterable, /)", "Is some item true?"),
    METHOD("divmod", builtin_divmod, METH_FASTCALL, "($module, x, y, /)", "(x//y, x%y)"),
    METHOD_PLAIN("max", builtin_max, METH_FASTCALL | METH_KEYWORDS,
                 "max(iterable, *[, default=obj, key=func]) -> value\n"
                 "max(arg1, arg2, *args, *[, key=func]) -> value\n\nThe largest item or argument."),
    METHOD_PLAIN("min", builtin_min, METH_FASTCALL | METH_KEYWORDS,
                 "min(iterable, *[, default=obj, key=func]) -> value\n"
                 "min(arg1, arg2, *args, *[, key=func]) -> value\n\nThe smallest item or argument."),
    METHOD("pow", builtin_pow, METH_FASTCALL | METH_KEYWORDS, "($module, /, base, exp, mod=None)",
           "base**exp, or base**exp % mod."),
    METHOD("round", builtin_round, METH_FASTCALL | METH_KEYWORDS, "($module, /, number, ndigits=None)",
           "The number rounded to ndigits decimal places, to an int without them."),
    METHOD("sorted", builtin_sorted, METH_FASTCALL | METH_KEYWORDS,
           "($module, iterable, /, *, key=None, reverse=False)", "A new sorted list of the items."),
    METHOD("sum", builtin_sum, METH_FASTCALL | METH_KEYWORDS, "($module, iterable, /, start=0)",
           "start plus all items."),
    {NULL, NULL, 0, NULL},
};
