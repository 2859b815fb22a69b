/* SPDX-License-Identifier: MIT */
/* What BytesIO and StringIO have in common when pickle makes them anew: a position and a dict of
 * attributes. */
#include "ks_io.h"

int
ks_io_state_position(PyObject *value, const char *item, const char *word, Py_ssize_t *position)
{
    if (!PyLong_Check(value)) {
        PyErr_Format(PyExc_TypeError, "%s item of state must be an integer, %s %.200s", item, word,
                     Py_TYPE(value)->tp_name);
        return 0;
    }
    Py_ssize_t given = PyLong_AsSsize_t(value);
    if (given == -1 && PyErr_Occurred())
        return 0;
    if (given < 0) {
        PyErr_SetString(PyExc_ValueError, "position value cannot be negative");
        return 0;
    }
    *position = given;
    return 1;
}

int
ks_io_state_dict(PyObject *value, const char *item, PyObject **dict)
{
    if (value == Py_None)
        return 1;
    if (!PyDict_Check(value)) {
        PyErr_Format(PyExc_TypeError, "%s item of state should be a dict, got a %.200s", item,
                     Py_TYPE(value)->tp_name);
        return 0;
    }
    if (*dict != NULL)
        return PyDict_Update(*dict, value) == 0;
    *dict = Py_NewRef(value);
    return 1;
}
