/* SPDX-License-Identifier: MIT */
/* _csv.reader: an iterator that splits lines into fields.
 *
 * One character after the other drives a small state machine; the end of a line counts as one
 * more character. A record may span lines: inside quotes, or behind an escaped line end. */
#include "csv_parts.h"
#include "structmember.h"

#define CSV_EOL ((Py_UCS4)-2)

typedef enum CsvWhere {
    START_RECORD, START_FIELD, ESCAPED_CHAR, IN_FIELD, IN_QUOTED_FIELD, ESCAPE_IN_QUOTED_FIELD,
    QUOTE_IN_QUOTED_FIELD, EAT_CRNL, AFTER_ESCAPED_CRNL,
} CsvWhere;

typedef struct CsvReader {
    PyObject_HEAD
    PyObject *lines;
    CsvDialect *dialect;
    PyObject *fields;
    CsvWhere where;
    int numeric; /* the field is to become a float */
    Py_UCS4 *field;
    Py_ssize_t length, room;
    unsigned long line_num;
} CsvReader;

static CsvState *
reader_state(CsvReader *self)
{
    return PyType_GetModuleState(Py_TYPE(self));
}

static int
save_field(CsvReader *self)
{
    KS_OWNED PyObject *field =
        PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, self->field, self->length);
    if (field == NULL)
        return -1;
    self->length = 0;
    if (self->numeric) {
        self->numeric = 0;
        Py_SETREF(field, PyNumber_Float(field));
        if (field == NULL)
            return -1;
    }
    return PyList_Append(self->fields, field);
}

static int
add_char(CsvReader *self, CsvState *state, Py_UCS4 ch)
{
    if (self->length >= state->field_limit) {
        PyErr_Format(state->error, "field larger than field limit (%ld)", state->field_limit);
        return -1;
    }
    if (self->length == self->room) {
        Py_ssize_t room = self->room == 0 ? 256 : self->room * 2;
        Py_UCS4 *field = (size_t)room > PY_SSIZE_T_MAX / sizeof(Py_UCS4)
                             ? NULL
                             : PyMem_Realloc(self->field, (size_t)room * sizeof(Py_UCS4));
        if (field == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        self->field = field;
        self->room = room;
    }
    self->field[self->length++] = ch;
    return 0;
}

static inline int
is_line_end(Py_UCS4 ch)
{
    return ch == '\n' || ch == '\r' || ch == CSV_EOL;
}

/* The field ends with the line. */
static int
end_line(CsvReader *self, Py_UCS4 ch)
{
    self->where = ch == CSV_EOL ? START_RECORD : EAT_CRNL;
    return save_field(self);
}

static int
start_field(CsvReader *self, CsvState *state, Py_UCS4 ch)
{
    CsvDialect *dialect = self->dialect;
    self->where = START_FIELD;
    if (is_line_end(ch))
        return end_line(self, ch);
    if (ch == dialect->quotechar && dialect->quoting != QUOTE_NONE)
        self->where = IN_QUOTED_FIELD;
    else if (ch == dialect->escapechar)
        self->where = ESCAPED_CHAR;
    else if (ch == ' ' && dialect->skipinitialspace)
        ;
    else if (ch == dialect->delimiter)
        return save_field(self);
    else {
        self->numeric = dialect->quoting == QUOTE_NONNUMERIC;
        self->where = IN_FIELD;
        return add_char(self, state, ch);
    }
    return 0;
}

static int
in_field(CsvReader *self, CsvState *state, Py_UCS4 ch)
{
    if (is_line_end(ch))
        return end_line(self, ch);
    if (ch == self->dialect->escapechar)
        self->where = ESCAPED_CHAR;
    else if (ch == self->dialect->delimiter) {
        self->where = START_FIELD;
        return save_field(self);
    }
    else
        return add_char(self, state, ch);
    return 0;
}

/* Behind a quote inside quotes: it was the end, or half of a doubled one. */
static int
behind_quote(CsvReader *self, CsvState *state, Py_UCS4 ch)
{
    CsvDialect *dialect = self->dialect;
    if (dialect->quoting != QUOTE_NONE && ch == dialect->quotechar) {
        self->where = IN_QUOTED_FIELD;
        return add_char(self, state, ch);
    }
    if (ch == dialect->delimiter) {
        self->where = START_FIELD;
        return save_field(self);
    }
    if (is_line_end(ch))
        return end_line(self, ch);
    if (!dialect->strict) {
        self->where = IN_FIELD;
        return add_char(self, state, ch);
    }
    PyErr_Format(state->error, "'%c' expected after '%c'", dialect->delimiter,
                 dialect->quotechar);
    return -1;
}

static int
process_char(CsvReader *self, CsvState *state, Py_UCS4 ch)
{
    CsvDialect *dialect = self->dialect;
    switch (self->where) {
    case START_RECORD:
        if (ch == CSV_EOL)
            return 0;
        if (ch == '\n' || ch == '\r') {
            self->where = EAT_CRNL;
            return 0;
        }
        return start_field(self, state, ch);
    case START_FIELD:
        return start_field(self, state, ch);
    case ESCAPED_CHAR:
        self->where = ch == '\n' || ch == '\r' ? AFTER_ESCAPED_CRNL : IN_FIELD;
        return add_char(self, state, ch == CSV_EOL ? '\n' : ch);
    case AFTER_ESCAPED_CRNL:
        return ch == CSV_EOL ? 0 : in_field(self, state, ch);
    case IN_FIELD:
        return in_field(self, state, ch);
    case IN_QUOTED_FIELD:
        if (ch == CSV_EOL)
            return 0;
        if (ch == dialect->escapechar)
            self->where = ESCAPE_IN_QUOTED_FIELD;
        else if (ch == dialect->quotechar && dialect->quoting != QUOTE_NONE)
            self->where = dialect->doublequote ? QUOTE_IN_QUOTED_FIELD : IN_FIELD;
        else
            return add_char(self, state, ch);
        return 0;
    case ESCAPE_IN_QUOTED_FIELD:
        self->where = IN_QUOTED_FIELD;
        return add_char(self, state, ch == CSV_EOL ? '\n' : ch);
    case QUOTE_IN_QUOTED_FIELD:
        return behind_quote(self, state, ch);
    default: /* EAT_CRNL */
        if (ch == '\n' || ch == '\r')
            return 0;
        if (ch == CSV_EOL) {
            self->where = START_RECORD;
            return 0;
        }
        PyErr_SetString(state->error, "new-line character seen in unquoted field - do you need to "
                                      "open the file in universal-newline mode?");
        return -1;
    }
}

static int
process_line(CsvReader *self, CsvState *state, PyObject *line)
{
    if (!PyUnicode_Check(line)) {
        PyErr_Format(state->error,
                     "iterator should return strings, not %.200s (the file should be opened in "
                     "text mode)",
                     Py_TYPE(line)->tp_name);
        return -1;
    }
    if (PyUnicode_READY(line) < 0)
        return -1;
    self->line_num++;
    int kind = PyUnicode_KIND(line);
    const void *data = PyUnicode_DATA(line);
    Py_ssize_t length = PyUnicode_GET_LENGTH(line);
    for (Py_ssize_t i = 0; i < length; i++)
        if (process_char(self, state, PyUnicode_READ(kind, data, i)) < 0)
            return -1;
    return process_char(self, state, CSV_EOL);
}

static PyObject *
reader_next(CsvReader *self)
{
    CsvState *state = reader_state(self);
    PyObject *fields = PyList_New(0);
    if (fields == NULL)
        return NULL;
    Py_XSETREF(self->fields, fields);
    self->length = 0;
    self->where = START_RECORD;
    self->numeric = 0;
    do {
        KS_OWNED PyObject *line = PyIter_Next(self->lines);
        /* The iterator may have asked this reader for a record itself. */
        if (self->fields == NULL) {
            PyErr_SetString(state->error, "iterator has already advanced the reader");
            return NULL;
        }
        if (line == NULL) {
            if (PyErr_Occurred() || (self->length == 0 && self->where != IN_QUOTED_FIELD))
                return NULL;
            if (self->dialect->strict) {
                PyErr_SetString(state->error, "unexpected end of data");
                return NULL;
            }
            if (save_field(self) < 0)
                return NULL;
            break;
        }
        if (process_line(self, state, line) < 0)
            return NULL;
    } while (self->where != START_RECORD);
    fields = self->fields;
    self->fields = NULL;
    return fields;
}

PyObject *
ks_csv_reader(CsvState *state, PyObject *iterable, KS_STEALS PyObject *dialect)
{
    KS_OWNED PyObject *settings = dialect;
    KS_OWNED PyObject *lines = PyObject_GetIter(iterable);
    if (lines == NULL || settings == NULL)
        return NULL;
    CsvReader *self = PyObject_GC_New(CsvReader, state->reader_type);
    if (self == NULL)
        return NULL;
    memset((char *)self + sizeof(PyObject), 0, sizeof(CsvReader) - sizeof(PyObject));
    self->lines = ks_give(&lines);
    self->dialect = (CsvDialect *)ks_give(&settings);
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

static int
reader_traverse(CsvReader *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->dialect);
    Py_VISIT(self->lines);
    Py_VISIT(self->fields);
    return 0;
}

static void
reader_dealloc(CsvReader *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    Py_XDECREF(self->dialect);
    Py_XDECREF(self->lines);
    Py_XDECREF(self->fields);
    PyMem_Free(self->field);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

static PyMemberDef reader_members[] = {
    {"dialect", T_OBJECT, offsetof(CsvReader, dialect), READONLY, NULL},
    {"line_num", T_ULONG, offsetof(CsvReader, line_num), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot reader_slots[] = {
    {Py_tp_doc, "An iterator over the records in lines of text."},
    {Py_tp_dealloc, reader_dealloc},
    {Py_tp_traverse, reader_traverse},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, reader_next},
    {Py_tp_members, reader_members},
    {0, NULL},
};

PyType_Spec ks_csv_reader_spec = {
    .name = "_csv.reader",
    .basicsize = sizeof(CsvReader),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_IMMUTABLETYPE
             | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = reader_slots,
};
