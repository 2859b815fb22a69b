/* SPDX-License-Identifier: MIT */
/* The scanner: a search that goes on where the last match ended. finditer() is built on it. */
#include "sre.h"
#include "structmember.h"

PyObject *
ks_sre_new_scanner(SreModule *module, SrePattern *pattern, PyObject *string, Py_ssize_t pos,
                   Py_ssize_t endpos)
{
    SreScanner *scanner = PyObject_GC_New(SreScanner, module->scanner_type);
    if (scanner == NULL)
        return NULL;
    scanner->pattern = NULL;
    scanner->executing = 0;
    scanner->state.string = NULL;
    if (ks_sre_begin(&scanner->state, pattern, string, pos, endpos) < 0) {
        scanner->state.string = NULL;
        Py_DECREF(scanner);
        return NULL;
    }
    scanner->pattern = (SrePattern *)Py_NewRef(pattern);
    PyObject_GC_Track(scanner);
    return (PyObject *)scanner;
}

static int
scanner_traverse(SreScanner *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->pattern);
    Py_VISIT(self->state.string);
    return 0;
}

static void
scanner_dealloc(SreScanner *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (PyObject_GC_IsTracked((PyObject *)self))
        PyObject_GC_UnTrack(self);
    if (self->state.string != NULL)
        ks_sre_end(&self->state);
    Py_XDECREF(self->pattern);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

static PyObject *
scanner_step(SreScanner *self, int (*find)(SreState *, const SrePattern *))
{
    SreState *state = &self->state;
    /* A signal handler could come back here in the middle of a search. */
    if (self->executing) {
        PyErr_SetString(PyExc_ValueError, "regular expression scanner already executing");
        return NULL;
    }
    if (state->start == NULL)
        Py_RETURN_NONE;
    self->executing = 1;
    int found = find(state, self->pattern);
    self->executing = 0;
    if (found < 0)
        return NULL;
    if (found == 0) {
        state->start = NULL;
        Py_RETURN_NONE;
    }
    PyObject *match = ks_sre_new_match(PyType_GetModuleState(Py_TYPE(self)), self->pattern, state);
    ks_sre_advance(state);
    return match;
}

static PyObject *
scanner_match(SreScanner *self, PyObject *ignored)
{
    return scanner_step(self, ks_sre_match);
}

static PyObject *
scanner_search(SreScanner *self, PyObject *ignored)
{
    return scanner_step(self, ks_sre_search);
}

static PyMethodDef scanner_methods[] = {
    METHOD_PLAIN("match", scanner_match, METH_NOARGS, "match($self, /)\n--\n\n"),
    METHOD_PLAIN("search", scanner_search, METH_NOARGS, "search($self, /)\n--\n\n"),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef scanner_members[] = {
    {"pattern", T_OBJECT, offsetof(SreScanner, pattern), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot scanner_slots[] = {
    {Py_tp_dealloc, scanner_dealloc},
    {Py_tp_methods, scanner_methods},
    {Py_tp_members, scanner_members},
    {Py_tp_traverse, scanner_traverse},
    {0, NULL},
};

PyType_Spec ks_sre_scanner_spec = {
    .name = "_sre.SRE_Scanner",
    .basicsize = sizeof(SreScanner),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE
             | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = scanner_slots,
};
