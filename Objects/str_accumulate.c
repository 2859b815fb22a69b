/* SPDX-License-Identifier: MIT */
/* _PyAccu: collects many small strs for one join at the end, as _json's encoder wants it.
 *
 * `small` takes the pieces; when it has grown long they are joined into one piece of `large`, so that
 * the memory of short strs is given back early. */
#include "Python.h"

#include "pycore_accu.h"

#include "ks_base.h"

#define SMALL_MAX 100000

static PyObject *
pieces_join(PyObject *pieces)
{
    KS_OWNED PyObject *empty = PyUnicode_New(0, 0);
    return empty == NULL ? NULL : PyUnicode_Join(empty, pieces);
}

int
_PyAccu_Init(_PyAccu *accu)
{
    accu->large = NULL; /* made when needed */
    accu->small = PyList_New(0);
    return accu->small == NULL ? -1 : 0;
}

/* Moves what `small` holds to `large`. */
static int
flush_small(_PyAccu *accu)
{
    if (accu->large == NULL && (accu->large = PyList_New(0)) == NULL)
        return -1;
    if (PyList_GET_SIZE(accu->small) == 0)
        return 0;
    KS_OWNED PyObject *joined = pieces_join(accu->small);
    if (joined == NULL || PyList_Append(accu->large, joined) < 0)
        return -1;
    return PyList_SetSlice(accu->small, 0, PyList_GET_SIZE(accu->small), NULL);
}

int
_PyAccu_Accumulate(_PyAccu *accu, PyObject *text)
{
    if (PyList_Append(accu->small, text) < 0)
        return -1;
    return PyList_GET_SIZE(accu->small) < SMALL_MAX ? 0 : flush_small(accu);
}

void
_PyAccu_Destroy(_PyAccu *accu)
{
    Py_CLEAR(accu->small);
    Py_CLEAR(accu->large);
}

/* The list of joined pieces; the accumulator is empty afterwards. */
PyObject *
_PyAccu_FinishAsList(_PyAccu *accu)
{
    PyObject *list = NULL;
    if (flush_small(accu) == 0) {
        list = accu->large;
        accu->large = NULL;
    }
    _PyAccu_Destroy(accu);
    return list;
}

PyObject *
_PyAccu_Finish(_PyAccu *accu)
{
    KS_OWNED PyObject *list = _PyAccu_FinishAsList(accu);
    return list == NULL ? NULL : pieces_join(list);
}
