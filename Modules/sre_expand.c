/* SPDX-License-Identifier: MIT */
/* Replacement templates of sub(): what re._subx() made of them, expanded here.
 *
 * re._subx() parses a template and answers with a function that expands it. Its one default
 * argument is the parsed template: a list of (place, group) pairs and a list of literals, in which
 * None marks the places. If what came back is that function, there is no need to call it. */
#include "sre.h"

/* 1 and borrowed lists if filter is the function that re._subx() makes, 0 otherwise. */
int
ks_sre_template_check(PyObject *filter, PyObject **groups, PyObject **literals)
{
    if (!PyFunction_Check(filter))
        return 0;
    PyObject *defaults = PyFunction_GET_DEFAULTS(filter);
    PyFunctionObject *function = (PyFunctionObject *)filter;
    if (defaults == NULL || PyTuple_GET_SIZE(defaults) != 1
        || PyUnicode_CompareWithASCIIString(function->func_qualname, "_subx.<locals>.filter") != 0
        || function->func_module == NULL || !PyUnicode_Check(function->func_module)
        || PyUnicode_CompareWithASCIIString(function->func_module, "re") != 0)
        return 0;
    PyObject *template = PyTuple_GET_ITEM(defaults, 0);
    if (!PyTuple_CheckExact(template) || PyTuple_GET_SIZE(template) != 2)
        return 0;
    *groups = PyTuple_GET_ITEM(template, 0);
    *literals = PyTuple_GET_ITEM(template, 1);
    return PyList_CheckExact(*groups) && PyList_CheckExact(*literals);
}

PyObject *
ks_sre_template_expand(SreState *state, PyObject *groups, PyObject *literals)
{
    KS_OWNED PyObject *parts = PyList_GetSlice(literals, 0, PY_SSIZE_T_MAX);
    if (parts == NULL)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(groups); i++) {
        Py_ssize_t place, group;
        if (!PyArg_ParseTuple(PyList_GET_ITEM(groups, i), "nn", &place, &group))
            return NULL;
        if (group < 0 || group > state->mark_count / 2) {
            PyErr_SetString(PyExc_IndexError, "no such group");
            return NULL;
        }
        PyObject *text = ks_sre_state_group(state, group, 1);
        if (text == NULL || PyList_SetItem(parts, place, text) < 0)
            return NULL;
    }
    KS_OWNED PyObject *empty = ks_sre_state_slice(state, state->beginning, state->beginning);
    if (empty == NULL)
        return NULL;
    return state->isbytes ? _PyBytes_Join(empty, parts) : PyUnicode_Join(empty, parts);
}
