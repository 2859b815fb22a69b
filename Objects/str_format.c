/* SPDX-License-Identifier: MIT */
/* str.format: replacement fields in braces, and the two iterators behind string.Formatter.
 *
 * A Markup walks over a format string and yields literal text with, perhaps, a field behind it;
 * a FieldName walks over "first.attr[item]". Both only know positions in a string, which the
 * caller keeps alive. A field's format_spec may hold fields itself, one level deep. */
#include "Python.h"
#include "pycore_long.h"
#include "pycore_floatobject.h"
#include "pycore_object.h"
#include "ks_args.h"
#include "ks_base.h"
#include "ks_str.h"

typedef struct Span {
    PyObject *str; /* borrowed, ready */
    Py_ssize_t start, end;
} Span;

KS_INLINE Py_UCS4
span_char(const Span *span, Py_ssize_t index)
{
    return ks_read(KS_STR_KIND(span->str), ks_str_data(span->str), index);
}

static PyObject *
span_str(const Span *span)
{
    return ks_str_slice(span->str, span->start, span->end);
}

/* --- markup --- */

typedef struct Field {
    Span name, spec;
    Py_UCS4 conversion; /* 0: none */
    int present;
    int nested; /* the spec has fields */
} Field;

/* End of the name that starts at span->start; *stop is the character that ended it, 0 at the
 * end of the text. Brackets hide what would end it. */
static int
read_field_name(Span *span, Field *field, Py_UCS4 *stop)
{
    field->name = *span;
    field->name.end = span->end;
    *stop = 0;
    while (span->start < span->end) {
        Py_UCS4 ch = span_char(span, span->start++);
        if (ch == '{') {
            PyErr_SetString(PyExc_ValueError, "unexpected '{' in field name");
            return -1;
        }
        if (ch == '[') {
            while (span->start < span->end && span_char(span, span->start) != ']')
                span->start++;
            continue;
        }
        if (ch == '}' || ch == ':' || ch == '!') {
            field->name.end = span->start - 1;
            *stop = ch;
            break;
        }
    }
    return 0;
}

/* Reads a field whose brace was just passed. */
static int
read_field(Span *span, Field *field)
{
    Py_UCS4 ch;
    field->present = 1;
    if (read_field_name(span, field, &ch) < 0)
        return -1;
    field->spec = (Span){span->str, span->start, span->start};
    if (ch == '}')
        return 0;
    if (ch == 0) {
        PyErr_SetString(PyExc_ValueError, "expected '}' before end of string");
        return -1;
    }
    if (ch == '!') {
        if (span->start >= span->end) {
            PyErr_SetString(PyExc_ValueError,
                            "end of string while looking for conversion specifier");
            return -1;
        }
        field->conversion = span_char(span, span->start++);
        if (span->start < span->end) {
            ch = span_char(span, span->start++);
            if (ch == '}')
                return 0;
            if (ch != ':') {
                PyErr_SetString(PyExc_ValueError, "expected ':' after conversion specifier");
                return -1;
            }
        }
    }
    field->spec.start = span->start;
    for (int depth = 1; span->start < span->end;) {
        ch = span_char(span, span->start++);
        if (ch == '{') {
            field->nested = 1;
            depth++;
        }
        else if (ch == '}' && --depth == 0) {
            field->spec.end = span->start - 1;
            return 0;
        }
    }
    PyErr_SetString(PyExc_ValueError, "unmatched '{' in format spec");
    return -1;
}

/* Takes the next literal, and the field behind it if there is one, off the span. 1 found, 0 at
 * the end, -1 with ValueError. A doubled brace ends a literal that includes it once. */
static int
markup_next(Span *span, Span *literal, Field *field)
{
    *field = (Field){.present = 0};
    *literal = *span;
    if (span->start >= span->end)
        return 0;
    while (span->start < span->end) {
        Py_UCS4 ch = span_char(span, span->start);
        if (ch != '{' && ch != '}') {
            span->start++;
            continue;
        }
        literal->end = span->start++;
        int doubled = span->start < span->end && span_char(span, span->start) == ch;
        if (doubled) {
            literal->end = span->start++;
            return 1;
        }
        if (ch == '}' || span->start == span->end) {
            PyErr_Format(PyExc_ValueError, "Single '%c' encountered in format string", (int)ch);
            return -1;
        }
        return read_field(span, field) < 0 ? -1 : 1;
    }
    literal->end = span->end;
    return 1;
}

/* --- field names --- */

/* Value of a span of decimal digits, -1 if it is none, -2 with ValueError if it is too big. */
static Py_ssize_t
span_index(const Span *span)
{
    Py_ssize_t value = 0;
    if (span->start >= span->end)
        return -1;
    for (Py_ssize_t i = span->start; i < span->end; i++) {
        int digit = Py_UNICODE_TODECIMAL(span_char(span, i));
        if (digit < 0)
            return -1;
        if (value > (PY_SSIZE_T_MAX - digit) / 10) {
            PyErr_SetString(PyExc_ValueError, "Too many decimal digits in format string");
            return -2;
        }
        value = value * 10 + digit;
    }
    return value;
}

/* Splits off what stands before the first dot or bracket. */
static Span
split_first(Span *rest)
{
    Span first = *rest;
    while (rest->start < rest->end) {
        Py_UCS4 ch = span_char(rest, rest->start);
        if (ch == '.' || ch == '[')
            break;
        rest->start++;
    }
    first.end = rest->start;
    return first;
}

typedef struct Access {
    int is_attribute;
    Py_ssize_t index; /* >= 0: an item by number */
    Span name;
} Access;

/* Takes one ".name" or "[item]" off the span. 1, 0 at the end, -1 with ValueError. */
static int
next_access(Span *rest, Access *access)
{
    if (rest->start >= rest->end)
        return 0;
    Py_UCS4 ch = span_char(rest, rest->start++);
    access->index = -1;
    access->name = *rest;
    if (ch == '.') {
        access->is_attribute = 1;
        access->name = split_first(rest);
    }
    else if (ch == '[') {
        access->is_attribute = 0;
        while (rest->start < rest->end && span_char(rest, rest->start) != ']')
            rest->start++;
        access->name.end = rest->start;
        if (rest->start >= rest->end) {
            PyErr_SetString(PyExc_ValueError, "Missing ']' in format string");
            return -1;
        }
        rest->start++;
        access->index = span_index(&access->name);
        if (access->index == -2)
            return -1;
    }
    else {
        PyErr_SetString(PyExc_ValueError,
                        "Only '.' or '[' may follow ']' in format field specifier");
        return -1;
    }
    if (access->name.start == access->name.end) {
        PyErr_SetString(PyExc_ValueError, "Empty attribute in format string");
        return -1;
    }
    return 1;
}

/* --- building --- */

typedef enum Numbering { NUMBERING_OPEN, NUMBERING_AUTO, NUMBERING_MANUAL } Numbering;

typedef struct Builder {
    _PyUnicodeWriter *writer;
    PyObject *args;   /* borrowed tuple, NULL for format_map */
    PyObject *kwargs; /* borrowed mapping or NULL */
    Numbering numbering;
    Py_ssize_t next; /* of automatic numbering */
} Builder;

static int
settle_numbering(Builder *builder, Numbering wanted)
{
    if (builder->numbering == NUMBERING_OPEN)
        builder->numbering = wanted;
    if (builder->numbering == wanted)
        return 0;
    PyErr_SetString(PyExc_ValueError,
                    wanted == NUMBERING_AUTO
                        ? "cannot switch from manual field specification to automatic field "
                          "numbering"
                        : "cannot switch from automatic field numbering to manual field "
                          "specification");
    return -1;
}

static PyObject *
positional(Builder *builder, Py_ssize_t index)
{
    if (builder->args == NULL) {
        PyErr_SetString(PyExc_ValueError, "Format string contains positional fields");
        return NULL;
    }
    if (index >= PyTuple_GET_SIZE(builder->args)) {
        PyErr_Format(PyExc_IndexError,
                     "Replacement index %zd out of range for positional args tuple", index);
        return NULL;
    }
    return Py_NewRef(PyTuple_GET_ITEM(builder->args, index));
}

static PyObject *
by_name(Builder *builder, const Span *name)
{
    KS_OWNED PyObject *key = span_str(name);
    if (key == NULL)
        return NULL;
    if (builder->kwargs == NULL) {
        PyErr_SetObject(PyExc_KeyError, key);
        return NULL;
    }
    if (!PyDict_CheckExact(builder->kwargs))
        return PyObject_GetItem(builder->kwargs, key);
    PyObject *value = PyDict_GetItemWithError(builder->kwargs, key);
    if (value == NULL && !PyErr_Occurred())
        PyErr_SetObject(PyExc_KeyError, key);
    return Py_XNewRef(value);
}

static PyObject *
follow(PyObject *object, const Access *access)
{
    if (access->index >= 0 && !access->is_attribute) {
        if (PySequence_Check(object))
            return PySequence_GetItem(object, access->index);
        KS_OWNED PyObject *number = PyLong_FromSsize_t(access->index);
        return number == NULL ? NULL : PyObject_GetItem(object, number);
    }
    KS_OWNED PyObject *name = span_str(&access->name);
    if (name == NULL)
        return NULL;
    return access->is_attribute ? PyObject_GetAttr(object, name) : PyObject_GetItem(object, name);
}

/* The object a field is about. */
static PyObject *
field_object(Builder *builder, const Span *name)
{
    Span rest = *name;
    Span first = split_first(&rest);
    Py_ssize_t index = span_index(&first);
    if (index == -2)
        return NULL;
    int empty = first.start == first.end;
    /* Names are numbered only where positions exist: format_map has none. */
    if ((empty || index >= 0) &&
        settle_numbering(builder, empty ? NUMBERING_AUTO : NUMBERING_MANUAL) < 0)
        return NULL;
    if (empty)
        index = builder->next++;
    KS_OWNED PyObject *object = index >= 0 ? positional(builder, index) : by_name(builder, &first);
    while (object != NULL) {
        Access access;
        int found = next_access(&rest, &access);
        if (found < 0)
            return NULL;
        if (!found)
            break;
        PyObject *next = follow(object, &access);
        Py_SETREF(object, next);
    }
    return ks_give(&object);
}

static PyObject *
convert(PyObject *object, Py_UCS4 conversion)
{
    switch (conversion) {
    case 'r':
        return PyObject_Repr(object);
    case 's':
        return PyObject_Str(object);
    case 'a':
        return PyObject_ASCII(object);
    default:
        if (conversion > 32 && conversion < 127)
            PyErr_Format(PyExc_ValueError, "Unknown conversion specifier %c", (int)conversion);
        else
            PyErr_Format(PyExc_ValueError, "Unknown conversion specifier \\x%x",
                         (unsigned)conversion);
        return NULL;
    }
}

/* Writes the object laid out by spec; built-in types write straight into the buffer. */
static int
render(_PyUnicodeWriter *writer, PyObject *object, const Span *spec)
{
    PyTypeObject *type = Py_TYPE(object);
    int plain = spec->start == spec->end;
    if (type == &PyUnicode_Type && plain)
        return _PyUnicodeWriter_WriteStr(writer, object);
    if (type == &PyUnicode_Type)
        return _PyUnicode_FormatAdvancedWriter(writer, object, spec->str, spec->start, spec->end);
    if (type == &PyLong_Type)
        return _PyLong_FormatAdvancedWriter(writer, object, spec->str, spec->start, spec->end);
    if (type == &PyFloat_Type)
        return _PyFloat_FormatAdvancedWriter(writer, object, spec->str, spec->start, spec->end);
    KS_OWNED PyObject *spec_str = span_str(spec);
    if (spec_str == NULL)
        return -1;
    KS_OWNED PyObject *text = PyObject_Format(object, spec_str);
    return text == NULL ? -1 : _PyUnicodeWriter_WriteStr(writer, text);
}

static KS_NEW PyObject *build(Builder *outer, Span span, int depth);

static int
write_field(Builder *builder, const Field *field, int depth)
{
    KS_OWNED PyObject *object = field_object(builder, &field->name);
    if (object == NULL)
        return -1;
    if (field->conversion != 0) {
        PyObject *converted = convert(object, field->conversion);
        Py_SETREF(object, converted);
        if (object == NULL)
            return -1;
    }
    if (!field->nested)
        return render(builder->writer, object, &field->spec);
    KS_OWNED PyObject *spec = build(builder, field->spec, depth - 1);
    if (spec == NULL)
        return -1;
    Span whole = {spec, 0, KS_STR_LENGTH(spec)};
    return render(builder->writer, object, &whole);
}

/* The span's text with its fields filled in. Numbering goes on from *outer. */
static PyObject *
build(Builder *outer, Span span, int depth)
{
    if (depth <= 0) {
        PyErr_SetString(PyExc_ValueError, "Max string recursion exceeded");
        return NULL;
    }
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    writer.overallocate = 1;
    writer.min_length = span.end - span.start + 100;
    Builder builder = *outer;
    builder.writer = &writer;
    int found;
    Span literal;
    Field field;
    while ((found = markup_next(&span, &literal, &field)) > 0) {
        if (span.start == span.end && !field.present)
            writer.overallocate = 0;
        if (_PyUnicodeWriter_WriteSubstring(&writer, literal.str, literal.start, literal.end) < 0)
            break;
        if (field.present) {
            if (span.start == span.end)
                writer.overallocate = 0;
            if (write_field(&builder, &field, depth) < 0)
                break;
        }
    }
    outer->numbering = builder.numbering;
    outer->next = builder.next;
    if (found != 0) {
        _PyUnicodeWriter_Dealloc(&writer);
        return NULL;
    }
    return _PyUnicodeWriter_Finish(&writer);
}

static PyObject *
format_with(PyObject *self, PyObject *args, PyObject *kwargs)
{
    if (PyUnicode_READY(self) < 0)
        return NULL;
    Builder builder = {.args = args, .kwargs = kwargs};
    return build(&builder, (Span){self, 0, KS_STR_LENGTH(self)}, 2);
}

PyObject *
ks_str_format(PyObject *self, PyObject *args, PyObject *kwargs)
{
    return format_with(self, args, kwargs);
}

PyObject *
ks_str_format_map(PyObject *self, PyObject *mapping)
{
    return format_with(self, NULL, mapping);
}

/* --- iterators for string.Formatter --- */

typedef struct SpanIter {
    PyObject_HEAD
    PyObject *str; /* owned */
    Span rest;
} SpanIter;

static void
spaniter_dealloc(PyObject *self)
{
    Py_XDECREF(((SpanIter *)self)->str);
    PyObject_Free(self);
}

static PyObject *
spaniter_new(PyTypeObject *type, PyObject *str, Py_ssize_t start)
{
    SpanIter *it = PyObject_New(SpanIter, type);
    if (it == NULL)
        return NULL;
    it->str = Py_NewRef(str);
    it->rest = (Span){str, start, KS_STR_LENGTH(str)};
    return (PyObject *)it;
}

static PyObject *
formatteriter_next(PyObject *self)
{
    Span literal;
    Field field;
    if (markup_next(&((SpanIter *)self)->rest, &literal, &field) <= 0)
        return NULL;
    KS_OWNED PyObject *text = span_str(&literal);
    if (text == NULL)
        return NULL;
    if (!field.present)
        return PyTuple_Pack(4, text, Py_None, Py_None, Py_None);
    KS_OWNED PyObject *name = span_str(&field.name);
    KS_OWNED PyObject *spec = span_str(&field.spec);
    KS_OWNED PyObject *conversion =
        field.conversion == 0 ? Py_NewRef(Py_None) : ks_str_from_char(field.conversion);
    if (name == NULL || spec == NULL || conversion == NULL)
        return NULL;
    return PyTuple_Pack(4, text, name, spec, conversion);
}

static PyObject *
fieldnameiter_next(PyObject *self)
{
    Access access;
    if (next_access(&((SpanIter *)self)->rest, &access) <= 0)
        return NULL;
    KS_OWNED PyObject *name =
        access.index >= 0 ? PyLong_FromSsize_t(access.index) : span_str(&access.name);
    if (name == NULL)
        return NULL;
    return PyTuple_Pack(2, access.is_attribute ? Py_True : Py_False, name);
}

PyTypeObject ks_FormatterIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "formatteriterator",
    .tp_basicsize = sizeof(SpanIter),
    .tp_dealloc = spaniter_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = formatteriter_next,
};

PyTypeObject ks_FieldNameIter_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "fieldnameiterator",
    .tp_basicsize = sizeof(SpanIter),
    .tp_dealloc = spaniter_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = fieldnameiter_next,
};

PyObject *
ks_str_formatter_parser(PyObject *format)
{
    if (!PyUnicode_Check(format)) {
        PyErr_Format(PyExc_TypeError, "expected str, got %s", Py_TYPE(format)->tp_name);
        return NULL;
    }
    return PyUnicode_READY(format) < 0 ? NULL : spaniter_new(&ks_FormatterIter_Type, format, 0);
}

/* (first, iterator over the accesses that follow it) of a field name. */
PyObject *
ks_str_formatter_split(PyObject *field_name)
{
    if (!PyUnicode_Check(field_name)) {
        PyErr_Format(PyExc_TypeError, "expected str, got %s", Py_TYPE(field_name)->tp_name);
        return NULL;
    }
    if (PyUnicode_READY(field_name) < 0)
        return NULL;
    Span rest = {field_name, 0, KS_STR_LENGTH(field_name)};
    Span first = split_first(&rest);
    Py_ssize_t index = span_index(&first);
    if (index == -2)
        return NULL;
    KS_OWNED PyObject *start = index >= 0 ? PyLong_FromSsize_t(index) : span_str(&first);
    KS_OWNED PyObject *iter = spaniter_new(&ks_FieldNameIter_Type, field_name, rest.start);
    if (start == NULL || iter == NULL)
        return NULL;
    return PyTuple_Pack(2, start, iter);
}
