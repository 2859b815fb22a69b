/* SPDX-License-Identifier: MIT */
/* Unpacking an iterable onto the value stack. */
#include "Python.h"

#include "pycore_pyerrors.h"

#include "ks_eval.h"

static int
unpack_fail(PyObject **top, int count)
{
    for (int i = 0; i < count; i++)
        Py_DECREF(top[i]);
    return -1;
}

/* Fills top[-1] (the first item) downwards: before single items, then with after >= 0 a list and
 * after more items. Nothing is left there on failure. */
int
ks_unpack(PyThreadState *tstate, PyObject *iterable, int before, int after, PyObject **top)
{
    KS_OWNED PyObject *iterator = PyObject_GetIter(iterable);
    if (iterator == NULL) {
        if (_PyErr_ExceptionMatches(tstate, PyExc_TypeError) && Py_TYPE(iterable)->tp_iter == NULL &&
            !PySequence_Check(iterable))
            _PyErr_Format(tstate, PyExc_TypeError, "cannot unpack non-iterable %.200s object",
                          Py_TYPE(iterable)->tp_name);
        return -1;
    }
    int filled = 0;
    for (; filled < before; filled++) {
        PyObject *item = PyIter_Next(iterator);
        if (item == NULL) {
            if (!_PyErr_Occurred(tstate)) {
                if (after == -1)
                    _PyErr_Format(tstate, PyExc_ValueError,
                                  "not enough values to unpack (expected %d, got %d)", before,
                                  filled);
                else
                    _PyErr_Format(tstate, PyExc_ValueError,
                                  "not enough values to unpack (expected at least %d, got %d)",
                                  before + after, filled);
            }
            return unpack_fail(top, filled);
        }
        *--top = item;
    }
    if (after == -1) {
        PyObject *item = PyIter_Next(iterator);
        if (item == NULL)
            return _PyErr_Occurred(tstate) ? unpack_fail(top, filled) : 0;
        Py_DECREF(item);
        _PyErr_Format(tstate, PyExc_ValueError, "too many values to unpack (expected %d)", before);
        return unpack_fail(top, filled);
    }
    PyObject *list = PySequence_List(iterator);
    if (list == NULL)
        return unpack_fail(top, filled);
    *--top = list;
    filled++;
    Py_ssize_t length = PyList_GET_SIZE(list);
    if (length < after) {
        _PyErr_Format(tstate, PyExc_ValueError,
                      "not enough values to unpack (expected at least %d, got %zd)", before + after,
                      before + length);
        return unpack_fail(top, filled);
    }
    for (int i = after; i > 0; i--)
        *--top = PyList_GET_ITEM(list, length - i);
    Py_SET_SIZE(list, length - after);
    return 0;
}
