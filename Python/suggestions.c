/* SPDX-License-Identifier: MIT */
/* "Did you mean": the known name nearest to one that was not found.
 *
 * Nearness is an edit distance in which a change of case costs less than another change. Common
 * prefixes and suffixes cost nothing and are cut first; the rest is the usual table of Wagner and
 * Fischer (1974), one row at a time, given up as soon as every cell exceeds the bound. */
#include "Python.h"

#include "frameobject.h"
#include "pycore_frame.h"
#include "pycore_object.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"

#include "ks_traceback.h"

#define COST_MOVE 2
#define COST_CASE 1
#define NAMES_MAX 750
#define LENGTH_MAX 40

static int
substitution_cost(char a, char b)
{
    if (a == b)
        return 0;
    if (Py_TOLOWER(Py_CHARMASK(a)) == Py_TOLOWER(Py_CHARMASK(b)))
        return COST_CASE;
    return COST_MOVE;
}

/* The distance, or anything above max if it exceeds max. */
static Py_ssize_t
edit_distance(const char *a, size_t a_size, const char *b, size_t b_size, size_t max)
{
    while (a_size && b_size && *a == *b) {
        a++, a_size--;
        b++, b_size--;
    }
    while (a_size && b_size && a[a_size - 1] == b[b_size - 1]) {
        a_size--;
        b_size--;
    }
    if (a_size == 0 || b_size == 0)
        return (Py_ssize_t)((a_size + b_size) * COST_MOVE);
    if (a_size > LENGTH_MAX || b_size > LENGTH_MAX)
        return (Py_ssize_t)max + 1;
    if (b_size < a_size) {
        const char *swap = a;
        a = b;
        b = swap;
        size_t size = a_size;
        a_size = b_size;
        b_size = size;
    }
    if ((b_size - a_size) * COST_MOVE > max)
        return (Py_ssize_t)max + 1;
    size_t row[LENGTH_MAX];
    for (size_t i = 0; i < a_size; i++)
        row[i] = (i + 1) * COST_MOVE;
    size_t result = 0;
    for (size_t j = 0; j < b_size; j++) {
        size_t diagonal = j * COST_MOVE, best = SIZE_MAX;
        result = diagonal;
        result += COST_MOVE;
        size_t left = result;
        for (size_t i = 0; i < a_size; i++) {
            size_t replaced = diagonal + (size_t)substitution_cost(b[j], a[i]);
            diagonal = row[i];
            size_t moved = (left < row[i] ? left : row[i]) + COST_MOVE;
            left = replaced < moved ? replaced : moved;
            row[i] = left;
            if (left < best)
                best = left;
        }
        result = left;
        if (best > max)
            return (Py_ssize_t)max + 1;
    }
    return (Py_ssize_t)result;
}

Py_ssize_t
_Py_UTF8_Edit_Cost(PyObject *a, PyObject *b, Py_ssize_t max)
{
    Py_ssize_t a_size, b_size;
    const char *a_text = PyUnicode_AsUTF8AndSize(a, &a_size);
    const char *b_text = a_text == NULL ? NULL : PyUnicode_AsUTF8AndSize(b, &b_size);
    if (b_text == NULL)
        return -1;
    if (max == -1)
        max = COST_MOVE * (a_size > b_size ? a_size : b_size);
    return edit_distance(a_text, (size_t)a_size, b_text, (size_t)b_size, (size_t)max);
}

/* The nearest of a list of names; new reference, NULL without an exception for none. */
static PyObject *
nearest_name(PyObject *names, PyObject *wanted)
{
    Py_ssize_t count = PyList_GET_SIZE(names);
    if (count >= NAMES_MAX || !PyUnicode_Check(wanted))
        return NULL;
    Py_ssize_t wanted_size;
    const char *wanted_text = PyUnicode_AsUTF8AndSize(wanted, &wanted_size);
    if (wanted_text == NULL)
        return NULL;
    PyObject *nearest = NULL;
    Py_ssize_t bound = PY_SSIZE_T_MAX;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *name = PyList_GET_ITEM(names, i);
        Py_ssize_t size;
        const char *text = PyUnicode_Check(name) ? PyUnicode_AsUTF8AndSize(name, &size) : NULL;
        if (text == NULL)
            return NULL;
        if (PyUnicode_Compare(wanted, name) == 0)
            continue;
        /* No more than a third of the letters may differ, and fewer than in the best so far. */
        Py_ssize_t max = (wanted_size + size + 3) * COST_MOVE / 6;
        if (bound - 1 < max)
            max = bound - 1;
        Py_ssize_t distance = edit_distance(wanted_text, (size_t)wanted_size, text, (size_t)size,
                                            (size_t)max);
        if (distance > max)
            continue;
        if (distance < bound) {
            bound = distance;
            nearest = name;
        }
    }
    return Py_XNewRef(nearest);
}

static PyObject *
nearest_in_dict(PyObject *dict, PyObject *wanted)
{
    KS_OWNED PyObject *names = PySequence_List(dict);
    return names == NULL ? NULL : nearest_name(names, wanted);
}

static PyObject *
attribute_suggestion(PyAttributeErrorObject *error)
{
    if (error->name == NULL || error->obj == NULL || !PyUnicode_CheckExact(error->name))
        return NULL;
    KS_OWNED PyObject *names = PyObject_Dir(error->obj);
    return names == NULL ? NULL : nearest_name(names, error->name);
}

/* Looks among the names visible where the error was raised: locals, globals, builtins. */
static PyObject *
name_suggestion(PyNameErrorObject *error)
{
    PyTracebackObject *traceback = (PyTracebackObject *)error->traceback;
    if (error->name == NULL || traceback == NULL || !PyUnicode_CheckExact(error->name))
        return NULL;
    while (traceback->tb_next != NULL)
        traceback = traceback->tb_next;
    PyFrameObject *frame = traceback->tb_frame;
    KS_OWNED PyObject *code = (PyObject *)PyFrame_GetCode(frame);
    KS_OWNED PyObject *locals = PySequence_List(((PyCodeObject *)code)->co_localsplusnames);
    PyObject *found = locals == NULL ? NULL : nearest_name(locals, error->name);
    if (found != NULL || PyErr_Occurred())
        return found;
    found = nearest_in_dict(frame->f_frame->f_globals, error->name);
    if (found != NULL || PyErr_Occurred())
        return found;
    return nearest_in_dict(frame->f_frame->f_builtins, error->name);
}

/* The bare name; new reference, NULL without an exception when there is none. */
PyObject *
_Py_Offer_Suggestions(PyObject *exception)
{
    PyObject *name = NULL;
    if (Py_IS_TYPE(exception, (PyTypeObject *)PyExc_AttributeError))
        name = attribute_suggestion((PyAttributeErrorObject *)exception);
    else if (Py_IS_TYPE(exception, (PyTypeObject *)PyExc_NameError))
        name = name_suggestion((PyNameErrorObject *)exception);
    return name;
}

PyObject *
ks_suggestion_for(PyObject *exception)
{
    KS_OWNED PyObject *name = _Py_Offer_Suggestions(exception);
    if (name == NULL) {
        PyErr_Clear();
        return NULL;
    }
    return PyUnicode_FromFormat(". Did you mean: %R?", name);
}
