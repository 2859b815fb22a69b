/* SPDX-License-Identifier: MIT */
/* _csv.writer: joins fields to lines and gives them to a file's write(). */
#include "csv_parts.h"
#include "structmember.h"

typedef struct CsvWriter {
    PyObject_HEAD
    PyObject *write;
    CsvDialect *dialect;
} CsvWriter;

static CsvState *
writer_state(CsvWriter *self)
{
    return PyType_GetModuleState(Py_TYPE(self));
}

/* What a character in a field calls for: 1 for an escape in front, 2 for a second quote. Sets
 * *quoted if the field must be quoted because of it. */
static int
char_needs(const CsvDialect *dialect, Py_UCS4 ch, int *quoted)
{
    if (ch != dialect->delimiter && ch != dialect->escapechar && ch != dialect->quotechar) {
        Py_ssize_t length = PyUnicode_GET_LENGTH(dialect->lineterminator);
        if (PyUnicode_FindChar(dialect->lineterminator, ch, 0, length, 1) < 0)
            return 0;
    }
    if (dialect->quoting == QUOTE_NONE)
        return 1;
    if (ch == dialect->quotechar) {
        if (!dialect->doublequote)
            return 1;
        *quoted = 1;
        return 2;
    }
    if (ch == dialect->escapechar)
        return 1;
    *quoted = 1;
    return 0;
}

/* Adds a field, NULL for an empty one. */
static int
writer_add(CsvWriter *self, _PyUnicodeWriter *out, Py_ssize_t number, PyObject *field, int quoted)
{
    const CsvDialect *dialect = self->dialect;
    Py_ssize_t length = field == NULL ? 0 : PyUnicode_GET_LENGTH(field);
    int kind = field == NULL ? 0 : PyUnicode_KIND(field), ignored = 0;
    const void *data = field == NULL ? NULL : PyUnicode_DATA(field);
    if (number > 0 && _PyUnicodeWriter_WriteChar(out, dialect->delimiter) < 0)
        return -1;
    int special = 0;
    for (Py_ssize_t i = 0; i < length; i++)
        special |= char_needs(dialect, PyUnicode_READ(kind, data, i), &quoted) != 0;
    if (quoted && _PyUnicodeWriter_WriteChar(out, dialect->quotechar) < 0)
        return -1;
    if (!special) {
        if (length > 0 && _PyUnicodeWriter_WriteStr(out, field) < 0)
            return -1;
    }
    else
        for (Py_ssize_t i = 0; i < length; i++) {
            Py_UCS4 ch = PyUnicode_READ(kind, data, i);
            int need = char_needs(dialect, ch, &ignored);
            if (need == 1 && dialect->escapechar == CSV_NOT_SET) {
                PyErr_SetString(writer_state(self)->error,
                                "need to escape, but no escapechar set");
                return -1;
            }
            if ((need == 1 && _PyUnicodeWriter_WriteChar(out, dialect->escapechar) < 0)
                || (need == 2 && _PyUnicodeWriter_WriteChar(out, dialect->quotechar) < 0)
                || _PyUnicodeWriter_WriteChar(out, ch) < 0)
                return -1;
        }
    return quoted ? _PyUnicodeWriter_WriteChar(out, dialect->quotechar) : 0;
}

static int
writer_add_object(CsvWriter *self, _PyUnicodeWriter *out, Py_ssize_t number, PyObject *field)
{
    int quoting = self->dialect->quoting;
    int quoted = quoting == QUOTE_ALL || (quoting == QUOTE_NONNUMERIC && !PyNumber_Check(field));
    if (field == Py_None)
        return writer_add(self, out, number, NULL, quoted);
    KS_OWNED PyObject *text = PyUnicode_Check(field) ? Py_NewRef(field) : PyObject_Str(field);
    if (text == NULL || PyUnicode_READY(text) < 0)
        return -1;
    return writer_add(self, out, number, text, quoted);
}

static int
writer_join(CsvWriter *self, _PyUnicodeWriter *out, PyObject *iterator)
{
    Py_ssize_t count = 0;
    for (;; count++) {
        KS_OWNED PyObject *field = PyIter_Next(iterator);
        if (field == NULL)
            break;
        if (writer_add_object(self, out, count, field) < 0)
            return -1;
    }
    if (PyErr_Occurred())
        return -1;
    /* A lone empty field must not look like an empty line. */
    if (count > 0 && out->pos == 0) {
        if (self->dialect->quoting == QUOTE_NONE) {
            PyErr_SetString(writer_state(self)->error,
                            "single empty field record must be quoted");
            return -1;
        }
        if (writer_add(self, out, 0, NULL, 1) < 0)
            return -1;
    }
    return _PyUnicodeWriter_WriteStr(out, self->dialect->lineterminator);
}

static PyObject *
writer_writerow(CsvWriter *self, PyObject *row)
{
    KS_OWNED PyObject *iterator = PyObject_GetIter(row);
    if (iterator == NULL) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(writer_state(self)->error, "iterable expected, not %.200s",
                         Py_TYPE(row)->tp_name);
        return NULL;
    }
    _PyUnicodeWriter out;
    _PyUnicodeWriter_Init(&out);
    out.overallocate = 1;
    if (writer_join(self, &out, iterator) < 0) {
        _PyUnicodeWriter_Dealloc(&out);
        return NULL;
    }
    KS_OWNED PyObject *line = _PyUnicodeWriter_Finish(&out);
    return line == NULL ? NULL : PyObject_CallOneArg(self->write, line);
}

static PyObject *
writer_writerows(CsvWriter *self, PyObject *rows)
{
    KS_OWNED PyObject *iterator = PyObject_GetIter(rows);
    if (iterator == NULL)
        return NULL;
    for (;;) {
        KS_OWNED PyObject *row = PyIter_Next(iterator);
        if (row == NULL)
            break;
        KS_OWNED PyObject *result = writer_writerow(self, row);
        if (result == NULL)
            return NULL;
    }
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

PyObject *
ks_csv_writer(CsvState *state, PyObject *file, KS_STEALS PyObject *dialect)
{
    KS_OWNED PyObject *settings = dialect;
    PyObject *found;
    PyObject *name = KS_INTERN("write");
    if (settings == NULL || name == NULL || _PyObject_LookupAttr(file, name, &found) < 0)
        return NULL;
    KS_OWNED PyObject *write = found;
    if (write == NULL || !PyCallable_Check(write)) {
        PyErr_SetString(PyExc_TypeError, "argument 1 must have a \"write\" method");
        return NULL;
    }
    CsvWriter *self = PyObject_GC_New(CsvWriter, state->writer_type);
    if (self == NULL)
        return NULL;
    self->write = ks_give(&write);
    self->dialect = (CsvDialect *)ks_give(&settings);
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

static int
writer_traverse(CsvWriter *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->dialect);
    Py_VISIT(self->write);
    return 0;
}

static int
writer_clear(CsvWriter *self)
{
    Py_CLEAR(self->write);
    return 0;
}

static void
writer_dealloc(CsvWriter *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(self->dialect);
    Py_XDECREF(self->write);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

static PyMethodDef writer_methods[] = {
    METHOD_PLAIN("writerow", writer_writerow, METH_O, "Write one record; what write() returns."),
    METHOD_PLAIN("writerows", writer_writerows, METH_O, "Write the records of an iterable."),
    {NULL, NULL, 0, NULL},
};

static PyMemberDef writer_members[] = {
    {"dialect", T_OBJECT, offsetof(CsvWriter, dialect), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot writer_slots[] = {
    {Py_tp_doc, "Writes records as lines of text."},
    {Py_tp_dealloc, writer_dealloc},
    {Py_tp_traverse, writer_traverse},
    {Py_tp_clear, writer_clear},
    {Py_tp_methods, writer_methods},
    {Py_tp_members, writer_members},
    {0, NULL},
};

PyType_Spec ks_csv_writer_spec = {
    .name = "_csv.writer",
    .basicsize = sizeof(CsvWriter),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE
             | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = writer_slots,
};
