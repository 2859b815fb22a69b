/* SPDX-License-Identifier: MIT */
/* _csv.Dialect: the checked settings of a reader or writer. */
#include "csv_parts.h"
#include "structmember.h"

static const char *const dialect_names[] = {
    "dialect",  "delimiter", "doublequote",      "escapechar", "lineterminator",
    "quotechar", "quoting",  "skipinitialspace", "strict",     NULL,
};
enum { ARG_DIALECT, ARG_DELIMITER, ARG_DOUBLEQUOTE, ARG_ESCAPECHAR, ARG_LINETERMINATOR,
       ARG_QUOTECHAR, ARG_QUOTING, ARG_SKIPSPACE, ARG_STRICT, ARG_COUNT };

PyObject *
ks_csv_registered(CsvState *state, PyObject *name)
{
    PyObject *dialect = PyDict_GetItemWithError(state->dialects, name);
    if (dialect == NULL && !PyErr_Occurred())
        PyErr_SetString(state->error, "unknown dialect");
    return Py_XNewRef(dialect);
}

PyObject *
ks_csv_dialect(CsvState *state, PyObject *dialect, PyObject *keywords)
{
    KS_OWNED PyObject *args = dialect == NULL ? PyTuple_New(0) : PyTuple_Pack(1, dialect);
    return args == NULL ? NULL : PyObject_Call((PyObject *)state->dialect_type, args, keywords);
}

/* ---- settings ---- */

static int
set_char(const char *name, Py_UCS4 *target, PyObject *value, Py_UCS4 preset, int optional)
{
    *target = preset;
    if (value == NULL)
        return 0;
    *target = CSV_NOT_SET;
    if (optional && value == Py_None)
        return 0;
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "\"%s\" must be string%s, not %.200s", name,
                     optional ? " or None" : "", Py_TYPE(value)->tp_name);
        return -1;
    }
    if (PyUnicode_GetLength(value) != 1) {
        PyErr_Format(PyExc_TypeError, "\"%s\" must be a 1-character string", name);
        return -1;
    }
    *target = PyUnicode_ReadChar(value, 0);
    return 0;
}

static int
set_flag(char *target, PyObject *value, int preset)
{
    int truth = value == NULL ? preset : PyObject_IsTrue(value);
    *target = truth > 0;
    return truth < 0 ? -1 : 0;
}

static int
set_quoting(int *target, PyObject *value)
{
    *target = QUOTE_MINIMAL;
    if (value == NULL)
        return 0;
    if (!PyLong_CheckExact(value)) {
        PyErr_SetString(PyExc_TypeError, "\"quoting\" must be an integer");
        return -1;
    }
    *target = _PyLong_AsInt(value);
    if (*target == -1 && PyErr_Occurred())
        return -1;
    if (*target < QUOTE_MINIMAL || *target > QUOTE_NONE) {
        PyErr_SetString(PyExc_TypeError, "bad \"quoting\" value");
        return -1;
    }
    return 0;
}

static int
set_terminator(PyObject **target, PyObject *value)
{
    if (value == NULL)
        *target = PyUnicode_FromString("\r\n");
    else if (value == Py_None)
        PyErr_SetString(PyExc_TypeError, "lineterminator must be set");
    else if (!PyUnicode_Check(value))
        PyErr_SetString(PyExc_TypeError, "\"lineterminator\" must be a string");
    else
        *target = Py_NewRef(value);
    return *target == NULL ? -1 : 0;
}

static int
dialect_fill(CsvDialect *self, PyObject **given)
{
    if (set_char("delimiter", &self->delimiter, given[ARG_DELIMITER], ',', 0) < 0
        || set_flag(&self->doublequote, given[ARG_DOUBLEQUOTE], 1) < 0
        || set_char("escapechar", &self->escapechar, given[ARG_ESCAPECHAR], CSV_NOT_SET, 1) < 0)
        return -1;
    PyObject *terminator = given[ARG_LINETERMINATOR];
    if (terminator != Py_None && set_terminator(&self->lineterminator, terminator) < 0)
        return -1;
    if (set_char("quotechar", &self->quotechar, given[ARG_QUOTECHAR], '"', 1) < 0
        || set_quoting(&self->quoting, given[ARG_QUOTING]) < 0
        || set_flag(&self->skipinitialspace, given[ARG_SKIPSPACE], 0) < 0
        || set_flag(&self->strict, given[ARG_STRICT], 0) < 0)
        return -1;
    if (given[ARG_QUOTECHAR] == Py_None && given[ARG_QUOTING] == NULL)
        self->quoting = QUOTE_NONE;
    if (self->quoting != QUOTE_NONE && self->quotechar == CSV_NOT_SET) {
        PyErr_SetString(PyExc_TypeError, "quotechar must be set if quoting enabled");
        return -1;
    }
    return terminator == Py_None ? set_terminator(&self->lineterminator, terminator) : 0;
}

/* What is not given is taken from the attributes of the dialect, if it has them. */
static void
dialect_inherit(PyObject *dialect, PyObject **given, PyObject **owned)
{
    for (int i = 1; i < ARG_COUNT; i++) {
        if (given[i] != NULL)
            continue;
        given[i] = owned[i] = PyObject_GetAttrString(dialect, dialect_names[i]);
        if (given[i] == NULL)
            PyErr_Clear();
    }
}

static PyObject *
dialect_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    /* A subclass has no module of its own. */
    PyObject *module = PyType_GetModuleByDef(type, &ks_csv_module);
    CsvState *state = module == NULL ? NULL : PyModule_GetState(module);
    PyObject *given[ARG_COUNT] = {NULL}, *owned[ARG_COUNT] = {NULL};
    if (state == NULL
        || !PyArg_ParseTupleAndKeywords(args, kwargs, "|OOOOOOOOO", (char **)dialect_names,
                                        &given[0], &given[1], &given[2], &given[3], &given[4],
                                        &given[5], &given[6], &given[7], &given[8]))
        return NULL;
    KS_OWNED PyObject *dialect = Py_XNewRef(given[ARG_DIALECT]);
    if (dialect != NULL) {
        if (PyUnicode_Check(dialect)) {
            Py_SETREF(dialect, ks_csv_registered(state, dialect));
            if (dialect == NULL)
                return NULL;
        }
        int any = 0;
        for (int i = 1; i < ARG_COUNT; i++)
            any |= given[i] != NULL;
        if (!any && Py_IS_TYPE(dialect, state->dialect_type))
            return ks_give(&dialect);
        dialect_inherit(dialect, given, owned);
    }
    PyObject *self = type->tp_alloc(type, 0);
    if (self != NULL && dialect_fill((CsvDialect *)self, given) < 0)
        Py_CLEAR(self);
    for (int i = 1; i < ARG_COUNT; i++)
        Py_XDECREF(owned[i]);
    return self;
}

static int
dialect_traverse(CsvDialect *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->lineterminator);
    return 0;
}

static void
dialect_dealloc(CsvDialect *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_CLEAR(self->lineterminator);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *
dialect_char(Py_UCS4 ch)
{
    return ch == CSV_NOT_SET ? Py_NewRef(Py_None) : PyUnicode_FromOrdinal((int)ch);
}

static PyObject *
dialect_delimiter(CsvDialect *self, void *closure)
{
    return dialect_char(self->delimiter);
}

static PyObject *
dialect_escapechar(CsvDialect *self, void *closure)
{
    return dialect_char(self->escapechar);
}

static PyObject *
dialect_quotechar(CsvDialect *self, void *closure)
{
    return dialect_char(self->quotechar);
}

static PyObject *
dialect_lineterminator(CsvDialect *self, void *closure)
{
    return Py_NewRef(self->lineterminator);
}

static PyObject *
dialect_quoting(CsvDialect *self, void *closure)
{
    return PyLong_FromLong(self->quoting);
}

static PyObject *
dialect_reduce(PyObject *self, PyObject *args)
{
    PyErr_Format(PyExc_TypeError, "cannot pickle '%.100s' instances", _PyType_Name(Py_TYPE(self)));
    return NULL;
}

static PyMethodDef dialect_methods[] = {
    METHOD_PLAIN("__reduce__", dialect_reduce, METH_VARARGS, "Dialects cannot be pickled."),
    METHOD_PLAIN("__reduce_ex__", dialect_reduce, METH_VARARGS, "Dialects cannot be pickled."),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef dialect_members[] = {
    {"skipinitialspace", T_BOOL, offsetof(CsvDialect, skipinitialspace), READONLY, NULL},
    {"doublequote", T_BOOL, offsetof(CsvDialect, doublequote), READONLY, NULL},
    {"strict", T_BOOL, offsetof(CsvDialect, strict), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef dialect_getters[] = {
    {"delimiter", (getter)dialect_delimiter, NULL, NULL, NULL},
    {"escapechar", (getter)dialect_escapechar, NULL, NULL, NULL},
    {"lineterminator", (getter)dialect_lineterminator, NULL, NULL, NULL},
    {"quotechar", (getter)dialect_quotechar, NULL, NULL, NULL},
    {"quoting", (getter)dialect_quoting, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot dialect_slots[] = {
    {Py_tp_doc, "Settings of a reader or writer, checked when it is made."},
    {Py_tp_new, dialect_new},
    {Py_tp_dealloc, dialect_dealloc},
    {Py_tp_traverse, dialect_traverse},
    {Py_tp_methods, dialect_methods},
    {Py_tp_members, dialect_members},
    {Py_tp_getset, dialect_getters},
    {0, NULL},
};

PyType_Spec ks_csv_dialect_spec = {
    .name = "_csv.Dialect",
    .basicsize = sizeof(CsvDialect),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC
             | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = dialect_slots,
};
