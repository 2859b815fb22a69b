/* SPDX-License-Identifier: MIT */
/* str: the type. Construction, indexing, repr, the methods that belong nowhere else, the tables.
 *
 * Instances of subclasses always have their characters in a second block (they are not compact),
 * so that the fixed part keeps the size subclasses build on. */
#include "Python.h"
#include "pycore_abstract.h"
#include "pycore_object.h"
#include "ks_int.h"
#include "ks_args.h"
#include "ks_base.h"
#include "ks_str.h"

#include <string.h>

void ks_str_dealloc(PyObject *str);
PyObject *ks_str_repeat(PyObject *str, Py_ssize_t count);

/* --- construction --- */

static PyObject *
subtype_new(PyTypeObject *type, PyObject *str)
{
    int kind = KS_STR_KIND(str);
    Py_ssize_t length = KS_STR_LENGTH(str);
    PyObject *self = type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    PyASCIIObject *ascii = KS_ASCII(self);
    PyCompactUnicodeObject *compact = KS_COMPACT(self);
    ascii->length = length;
    ascii->hash = KS_ASCII(str)->hash;
    ascii->state.interned = 0;
    ascii->state.kind = (unsigned)kind & 7;
    ascii->state.compact = 0;
    ascii->state.ascii = KS_STR_IS_ASCII(str);
    ascii->state.ready = 1;
    ascii->wstr = NULL;
    compact->utf8 = NULL;
    compact->utf8_length = 0;
    compact->wstr_length = 0;
    KS_UNICODE(self)->data.any = NULL;
    if (length > PY_SSIZE_T_MAX / kind - 1) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    void *data = PyObject_Malloc((size_t)((length + 1) * kind));
    if (data == NULL) {
        Py_DECREF(self);
        return PyErr_NoMemory();
    }
    memcpy(data, ks_str_data(str), (size_t)((length + 1) * kind));
    KS_UNICODE(self)->data.any = data;
    if (KS_STR_IS_ASCII(str)) {
        compact->utf8 = data;
        compact->utf8_length = length;
    }
    else if (kind == 4) {
        ascii->wstr = data;
        compact->wstr_length = length;
    }
    return self;
}

typedef struct NewArgs {
    PyObject *object;
    const char *encoding, *errors;
} NewArgs;

static const KsParam new_params[] = {
    PARAM(NewArgs, object, ARG_OBJECT, 0),
    PARAM(NewArgs, encoding, ARG_TEXT, 0),
    PARAM(NewArgs, errors, ARG_TEXT, 0),
    PARAM_END,
};

static PyObject *
make(const NewArgs *args)
{
    if (args->object == NULL)
        return Py_NewRef(KS_STR_EMPTY);
    if (args->encoding == NULL && args->errors == NULL)
        return PyObject_Str(args->object);
    return PyUnicode_FromEncodedObject(args->object, args->encoding, args->errors);
}

static PyObject *
str_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    NewArgs parsed = {NULL, NULL, NULL};
    if (!ks_args_parse_tuple("str", new_params, args, kwargs, &parsed))
        return NULL;
    PyObject *str = make(&parsed);
    if (type == &PyUnicode_Type || str == NULL)
        return str;
    KS_OWNED PyObject *base = str;
    if (PyUnicode_READY(base) < 0)
        return NULL;
    return subtype_new(type, base);
}

/* str(...) without an argument tuple. */
static PyObject *
str_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    Py_ssize_t nargs = PyVectorcall_NARGS(nargsf);
    if (KS_LIKELY(nargs == 1 && kwnames == NULL))
        return PyObject_Str(args[0]);
    NewArgs parsed = {NULL, NULL, NULL};
    if (!ks_args_parse("str", new_params, args, nargs, kwnames, &parsed))
        return NULL;
    return make(&parsed);
}

static PyObject *
str_str(PyObject *self)
{
    return ks_str_unchanged(self);
}

/* --- repr --- */

/* Escaped form of a character in a repr: its length without writing it, 1 for itself. */
KS_INLINE int
repr_width(Py_UCS4 ch, Py_UCS4 quote)
{
    if (ch == quote || ch == '\\' || ch == '\t' || ch == '\n' || ch == '\r')
        return 2;
    if (ch < ' ' || ch == 0x7f)
        return 4;
    if (ch < 0x7f || _PyUnicode_IsPrintable(ch))
        return 1;
    return ch < 0x100 ? 4 : ch < 0x10000 ? 6 : 10;
}

static Py_ssize_t
repr_put(int kind, void *data, Py_ssize_t at, Py_UCS4 ch, int width)
{
    if (width == 1) {
        ks_write(kind, data, at, ch);
        return at + 1;
    }
    ks_write(kind, data, at++, '\\');
    if (width == 2) {
        Py_UCS4 letter = ch == '\t' ? 't' : ch == '\n' ? 'n' : ch == '\r' ? 'r' : ch;
        ks_write(kind, data, at, letter);
        return at + 1;
    }
    ks_write(kind, data, at++, width == 4 ? 'x' : width == 6 ? 'u' : 'U');
    for (int shift = (width - 3) * 4; shift >= 0; shift -= 4)
        ks_write(kind, data, at++, (Py_UCS4)Py_hexdigits[ch >> shift & 15]);
    return at;
}

PyObject *
ks_str_repr(PyObject *str)
{
    if (PyUnicode_READY(str) < 0)
        return NULL;
    int kind = KS_STR_KIND(str);
    const void *data = ks_str_data(str);
    Py_ssize_t length = KS_STR_LENGTH(str);
    Py_UCS4 quote = '\'';
    if (ks_find_char(kind, data, length, '\'', 1) >= 0 &&
        ks_find_char(kind, data, length, '"', 1) < 0)
        quote = '"';
    Py_ssize_t size = 2;
    Py_UCS4 maxchar = 127;
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 ch = ks_read(kind, data, i);
        int width = repr_width(ch, quote);
        if (width == 1 && ch > maxchar)
            maxchar = ch;
        if (size > PY_SSIZE_T_MAX - width) {
            PyErr_SetString(PyExc_OverflowError, "string is too long to generate repr");
            return NULL;
        }
        size += width;
    }
    PyObject *repr = PyUnicode_New(size, maxchar);
    if (repr == NULL)
        return NULL;
    int out_kind = KS_STR_KIND(repr);
    void *out = ks_str_data(repr);
    ks_write(out_kind, out, 0, quote);
    if (size == length + 2)
        ks_copy_chars(out_kind, ks_at(out_kind, out, 1), kind, data, length);
    else
        for (Py_ssize_t i = 0, at = 1; i < length;) {
            Py_ssize_t start = i;
            int width = 1;
            while (i < length && (width = repr_width(ks_read(kind, data, i), quote)) == 1)
                i++;
            ks_copy_chars(out_kind, ks_at(out_kind, out, at), kind, ks_at(kind, data, start),
                          i - start);
            at += i - start;
            if (i < length)
                at = repr_put(out_kind, out, at, ks_read(kind, data, i++), width);
        }
    ks_write(out_kind, out, size - 1, quote);
    return repr;
}

/* --- sequence and mapping --- */

static Py_ssize_t
str_length(PyObject *self)
{
    return PyUnicode_READY(self) < 0 ? -1 : KS_STR_LENGTH(self);
}

static PyObject *
str_item(PyObject *self, Py_ssize_t index)
{
    if (PyUnicode_READY(self) < 0)
        return NULL;
    if (index < 0 || index >= KS_STR_LENGTH(self)) {
        PyErr_SetString(PyExc_IndexError, "string index out of range");
        return NULL;
    }
    return ks_str_from_char(ks_read(KS_STR_KIND(self), ks_str_data(self), index));
}

static PyObject *
every_nth(PyObject *self, Py_ssize_t start, Py_ssize_t step, Py_ssize_t count)
{
    int kind = KS_STR_KIND(self);
    const void *data = ks_str_data(self);
    Py_UCS4 bits = 0;
    for (Py_ssize_t i = 0, at = start; i < count; i++, at += step)
        bits |= ks_read(kind, data, at);
    Py_UCS4 maxchar = bits < 0x80 ? 0x7f : bits < 0x100 ? 0xff : bits < 0x10000 ? 0xffff : 0x10ffff;
    PyObject *result = PyUnicode_New(count, maxchar);
    if (result == NULL)
        return NULL;
    int out_kind = KS_STR_KIND(result);
    void *out = ks_str_data(result);
    for (Py_ssize_t i = 0, at = start; i < count; i++, at += step)
        ks_write(out_kind, out, i, ks_read(kind, data, at));
    return result;
}

static PyObject *
str_subscript(PyObject *self, PyObject *key)
{
    if (PyUnicode_READY(self) < 0)
        return NULL;
    if (PyLong_CheckExact(key) && ks_int_is_short((PyLongObject *)key)) {
        Py_ssize_t index = ks_int_short_value((PyLongObject *)key);
        return str_item(self, index < 0 ? index + KS_STR_LENGTH(self) : index);
    }
    if (_PyIndex_Check(key)) {
        Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
        if (index == -1 && PyErr_Occurred())
            return NULL;
        return str_item(self, index < 0 ? index + KS_STR_LENGTH(self) : index);
    }
    if (!PySlice_Check(key)) {
        PyErr_Format(PyExc_TypeError, "string indices must be integers, not '%.200s'",
                     Py_TYPE(key)->tp_name);
        return NULL;
    }
    Py_ssize_t start, stop, step;
    if (PySlice_Unpack(key, &start, &stop, &step) < 0)
        return NULL;
    Py_ssize_t count = PySlice_AdjustIndices(KS_STR_LENGTH(self), &start, &stop, step);
    if (count <= 0)
        return Py_NewRef(KS_STR_EMPTY);
    if (step == 1)
        return ks_str_slice(self, start, start + count);
    if (count == 1)
        return str_item(self, start);
    return every_nth(self, start, step, count);
}

static PyObject *
str_mod(PyObject *left, PyObject *right)
{
    if (!PyUnicode_Check(left))
        Py_RETURN_NOTIMPLEMENTED;
    return PyUnicode_Format(left, right);
}

/* --- methods --- */

typedef struct EncodeArgs {
    const char *encoding, *errors;
} EncodeArgs;

static const KsParam encode_params[] = {
    PARAM(EncodeArgs, encoding, ARG_TEXT, 0),
    PARAM(EncodeArgs, errors, ARG_TEXT, 0),
    PARAM_END,
};

KS_STR_METHODK(encode)
{
    EncodeArgs parsed = {NULL, NULL};
    if ((nargs > 0 || kwnames != NULL) &&
        !ks_args_parse("encode", encode_params, args, nargs, kwnames, &parsed))
        return NULL;
    return PyUnicode_AsEncodedString(self, parsed.encoding, parsed.errors);
}

typedef struct TabArgs {
    int tabsize;
} TabArgs;

static const KsParam tab_params[] = {
    PARAM(TabArgs, tabsize, ARG_INT, 0),
    PARAM_END,
};

/* Column after a character at `column`, and how many characters it becomes. */
KS_INLINE Py_ssize_t
tab_width(Py_UCS4 ch, Py_ssize_t *column, int tabsize)
{
    if (ch == '\t') {
        Py_ssize_t width = tabsize > 0 ? tabsize - *column % tabsize : 0;
        *column += width;
        return width;
    }
    *column = ch == '\n' || ch == '\r' ? 0 : *column + 1;
    return 1;
}

KS_STR_METHODK(expandtabs)
{
    TabArgs parsed = {8};
    if ((nargs > 0 || kwnames != NULL) &&
        !ks_args_parse("expandtabs", tab_params, args, nargs, kwnames, &parsed))
        return NULL;
    if (PyUnicode_READY(self) < 0)
        return NULL;
    int kind = KS_STR_KIND(self);
    const void *data = ks_str_data(self);
    Py_ssize_t length = KS_STR_LENGTH(self), size = 0, column = 0;
    if (ks_find_char(kind, data, length, '\t', 1) < 0)
        return ks_str_unchanged(self);
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_ssize_t width = tab_width(ks_read(kind, data, i), &column, parsed.tabsize);
        if (size > PY_SSIZE_T_MAX - width || column < 0) {
            PyErr_SetString(PyExc_OverflowError, "new string is too long");
            return NULL;
        }
        size += width;
    }
    PyObject *result = PyUnicode_New(size, PyUnicode_MAX_CHAR_VALUE(self));
    if (result == NULL || size == 0)
        return result;
    void *out = ks_str_data(result);
    column = 0;
    for (Py_ssize_t i = 0, at = 0; i < length; i++) {
        Py_UCS4 ch = ks_read(kind, data, i);
        Py_ssize_t width = tab_width(ch, &column, parsed.tabsize);
        if (ch == '\t')
            ks_fill(kind, out, ' ', at, width);
        else
            ks_write(kind, out, at, ch);
        at += width;
    }
    return result;
}

static PyObject *
str_format_dunder(PyObject *self, PyObject *spec)
{
    if (!ks_arg_str("__format__", 0, spec, &spec) || PyUnicode_READY(self) < 0)
        return NULL;
    if (KS_STR_LENGTH(spec) == 0)
        return PyUnicode_CheckExact(self) ? Py_NewRef(self) : PyObject_Str(self);
    _PyUnicodeWriter writer;
    _PyUnicodeWriter_Init(&writer);
    if (_PyUnicode_FormatAdvancedWriter(&writer, self, spec, 0, KS_STR_LENGTH(spec)) < 0) {
        _PyUnicodeWriter_Dealloc(&writer);
        return NULL;
    }
    return _PyUnicodeWriter_Finish(&writer);
}

static PyObject *
str_sizeof(PyObject *self, PyObject *unused)
{
    const PyASCIIObject *ascii = KS_ASCII(self);
    Py_ssize_t size;
    if (ascii->state.compact && ascii->state.ascii)
        size = (Py_ssize_t)sizeof(PyASCIIObject) + ascii->length + 1;
    else if (ascii->state.compact)
        size = (Py_ssize_t)sizeof(PyCompactUnicodeObject) + (ascii->length + 1) * ascii->state.kind;
    else {
        size = sizeof(PyUnicodeObject);
        if (KS_UNICODE(self)->data.any != NULL)
            size += (ascii->length + 1) * ascii->state.kind;
    }
    if (ascii->wstr != NULL && (!ascii->state.ready || (void *)ascii->wstr != ks_str_data(self)))
        size += (PyUnicode_IS_COMPACT_ASCII(self) ? ascii->length
                                                  : KS_COMPACT(self)->wstr_length + 1) *
                (Py_ssize_t)sizeof(wchar_t);
    if (!PyUnicode_IS_COMPACT_ASCII(self) && KS_COMPACT(self)->utf8 != NULL &&
        (ascii->state.compact || KS_COMPACT(self)->utf8 != KS_UNICODE(self)->data.any))
        size += KS_COMPACT(self)->utf8_length + 1;
    return PyLong_FromSsize_t(size);
}

static PyObject *
str_getnewargs(PyObject *self, PyObject *unused)
{
    PyObject *copy = _PyUnicode_Copy(self);
    return copy == NULL ? NULL : Py_BuildValue("(N)", copy);
}

#define FAST METH_FASTCALL
#define KEYWORDS (METH_FASTCALL | METH_KEYWORDS)

static PyMethodDef str_methods[] = {
    METHOD("encode", ks_str_encode, KEYWORDS, "($self, /, encoding='utf-8', errors='strict')",
           "The string as bytes in the given encoding."),
    METHOD("replace", ks_str_replace_, FAST, "($self, old, new, count=-1, /)",
           "A copy in which old gave way to new, at most count times if count is not negative."),
    METHOD("split", ks_str_split, KEYWORDS, "($self, /, sep=None, maxsplit=-1)",
           "A list of the parts between separators, cut from the left at most maxsplit times.\n\n"
           "Without a separator, runs of whitespace separate and no part is empty."),
    METHOD("rsplit", ks_str_rsplit, KEYWORDS, "($self, /, sep=None, maxsplit=-1)",
           "A list of the parts between separators, cut from the right at most maxsplit times.\n\n"
           "Without a separator, runs of whitespace separate and no part is empty."),
    METHOD("join", ks_str_join, METH_O, "($self, iterable, /)",
           "The strings of the iterable put together, with this string between them."),
    METHOD("capitalize", ks_str_capitalize, METH_NOARGS, "($self, /)",
           "A copy whose first character has title case and whose others have lower case."),
    METHOD("casefold", ks_str_casefold, METH_NOARGS, "($self, /)",
           "A copy suited for comparing without regard to case."),
    METHOD("title", ks_str_title, METH_NOARGS, "($self, /)",
           "A copy in which every word starts with title case and goes on in lower case."),
    METHOD("center", ks_str_center, FAST, "($self, width, fillchar=' ', /)",
           "The string in the middle of a field of the given width."),
    METHOD_PLAIN("count", ks_str_count_, FAST,
                 "S.count(sub[, start[, end]]) -> int\n\nOccurrences of sub in S[start:end] that "
                 "do not overlap."),
    METHOD("expandtabs", ks_str_expandtabs, KEYWORDS, "($self, /, tabsize=8)",
           "A copy with each tab replaced by blanks up to the next multiple of tabsize."),
    METHOD_PLAIN("find", ks_str_find_, FAST,
                 "S.find(sub[, start[, end]]) -> int\n\nLowest index of sub in S[start:end], -1 "
                 "if it is not there."),
    METHOD("partition", ks_str_partition, METH_O, "($self, sep, /)",
           "What stands before the first separator, the separator, and what stands after it.\n\n"
           "Without a separator in it: the string and two empty ones."),
    METHOD_PLAIN("index", ks_str_index_, FAST,
                 "S.index(sub[, start[, end]]) -> int\n\nLike find(), but ValueError if sub is "
                 "not there."),
    METHOD("ljust", ks_str_ljust, FAST, "($self, width, fillchar=' ', /)",
           "The string at the left of a field of the given width."),
    METHOD("lower", ks_str_lower, METH_NOARGS, "($self, /)", "A copy in lower case."),
    METHOD("lstrip", ks_str_lstrip, FAST, "($self, chars=None, /)",
           "A copy without leading whitespace, or without leading characters of chars."),
    METHOD_PLAIN("rfind", ks_str_rfind_, FAST,
                 "S.rfind(sub[, start[, end]]) -> int\n\nHighest index of sub in S[start:end], -1 "
                 "if it is not there."),
    METHOD_PLAIN("rindex", ks_str_rindex_, FAST,
                 "S.rindex(sub[, start[, end]]) -> int\n\nLike rfind(), but ValueError if sub is "
                 "not there."),
    METHOD("rjust", ks_str_rjust, FAST, "($self, width, fillchar=' ', /)",
           "The string at the right of a field of the given width."),
    METHOD("rstrip", ks_str_rstrip, FAST, "($self, chars=None, /)",
           "A copy without trailing whitespace, or without trailing characters of chars."),
    METHOD("rpartition", ks_str_rpartition, METH_O, "($self, sep, /)",
           "What stands before the last separator, the separator, and what stands after it.\n\n"
           "Without a separator in it: two empty strings and the string."),
    METHOD("splitlines", ks_str_splitlines, KEYWORDS, "($self, /, keepends=False)",
           "A list of the lines, with their ends if keepends is true."),
    METHOD("strip", ks_str_strip, FAST, "($self, chars=None, /)",
           "A copy without whitespace at both ends, or without characters of chars there."),
    METHOD("swapcase", ks_str_swapcase, METH_NOARGS, "($self, /)",
           "A copy with upper case turned to lower case and the other way round."),
    METHOD("translate", ks_str_translate, METH_O, "($self, table, /)",
           "A copy with each character replaced by what table has for its ordinal.\n\n"
           "table[ordinal] is an ordinal, a string or None (which deletes); LookupError keeps "
           "the character."),
    METHOD("upper", ks_str_upper, METH_NOARGS, "($self, /)", "A copy in upper case."),
    METHOD_PLAIN("startswith", ks_str_startswith, FAST,
                 "S.startswith(prefix[, start[, end]]) -> bool\n\nDoes S[start:end] start with "
                 "prefix, or with one of a tuple of them?"),
    METHOD_PLAIN("endswith", ks_str_endswith, FAST,
                 "S.endswith(suffix[, start[, end]]) -> bool\n\nDoes S[start:end] end with "
                 "suffix, or with one of a tuple of them?"),
    METHOD("removeprefix", ks_str_removeprefix, METH_O, "($self, prefix, /)",
           "The string without the prefix, if it starts with it."),
    METHOD("removesuffix", ks_str_removesuffix, METH_O, "($self, suffix, /)",
           "The string without the suffix, if it ends with it."),
    METHOD("isascii", ks_str_isascii, METH_NOARGS, "($self, /)",
           "Are all characters ASCII? True for the empty string."),
    METHOD("islower", ks_str_islower, METH_NOARGS, "($self, /)",
           "Are all cased characters lower case, and is there one?"),
    METHOD("isupper", ks_str_isupper, METH_NOARGS, "($self, /)",
           "Are all cased characters upper case, and is there one?"),
    METHOD("istitle", ks_str_istitle, METH_NOARGS, "($self, /)",
           "Does every word start with upper or title case and go on in lower case?"),
    METHOD("isspace", ks_str_isspace, METH_NOARGS, "($self, /)",
           "Are all characters whitespace, and is there one?"),
    METHOD("isdecimal", ks_str_isdecimal, METH_NOARGS, "($self, /)",
           "Are all characters decimal digits, and is there one?"),
    METHOD("isdigit", ks_str_isdigit, METH_NOARGS, "($self, /)",
           "Are all characters digits, and is there one?"),
    METHOD("isnumeric", ks_str_isnumeric, METH_NOARGS, "($self, /)",
           "Are all characters numeric, and is there one?"),
    METHOD("isalpha", ks_str_isalpha, METH_NOARGS, "($self, /)",
           "Are all characters letters, and is there one?"),
    METHOD("isalnum", ks_str_isalnum, METH_NOARGS, "($self, /)",
           "Are all characters letters or numeric, and is there one?"),
    METHOD("isidentifier", ks_str_isidentifier, METH_NOARGS, "($self, /)",
           "Is the string an identifier by Python's grammar? Keywords are, too."),
    METHOD("isprintable", ks_str_isprintable, METH_NOARGS, "($self, /)",
           "Would repr() show all characters as they are? True for the empty string."),
    METHOD("zfill", ks_str_zfill, METH_O, "($self, width, /)",
           "The string behind zeros in a field of the given width; a sign stays in front."),
    METHOD_PLAIN("format", ks_str_format, METH_VARARGS | METH_KEYWORDS,
                 "S.format(*args, **kwargs) -> str\n\nThe string with its fields in braces "
                 "replaced by formatted arguments."),
    METHOD_PLAIN("format_map", ks_str_format_map, METH_O,
                 "S.format_map(mapping) -> str\n\nThe string with its fields in braces replaced "
                 "by formatted values of the mapping."),
    METHOD("__format__", str_format_dunder, METH_O, "($self, format_spec, /)",
           "The string laid out as format_spec says."),
    METHOD("maketrans", ks_str_maketrans, METH_FASTCALL | METH_STATIC,
           "(x, y=<unrepresentable>, z=<unrepresentable>, /)",
           "A table for translate(): from a dict, or from two strings of equal length and "
           "one of characters to delete."),
    METHOD("__sizeof__", str_sizeof, METH_NOARGS, "($self, /)", "Bytes of memory it takes."),
    METHOD_PLAIN("__getnewargs__", str_getnewargs, METH_NOARGS, NULL),
    {NULL, NULL, 0, NULL},
};

static PyNumberMethods str_as_number = {
    .nb_remainder = str_mod,
};

static PySequenceMethods str_as_sequence = {
    .sq_length = str_length,
    .sq_concat = PyUnicode_Concat,
    .sq_repeat = ks_str_repeat,
    .sq_item = str_item,
    .sq_contains = ks_str_contains,
};

static PyMappingMethods str_as_mapping = {
    .mp_length = str_length,
    .mp_subscript = str_subscript,
};

PyTypeObject PyUnicode_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "str",
    .tp_basicsize = sizeof(PyUnicodeObject),
    .tp_dealloc = ks_str_dealloc,
    .tp_repr = ks_str_repr,
    .tp_as_number = &str_as_number,
    .tp_as_sequence = &str_as_sequence,
    .tp_as_mapping = &str_as_mapping,
    .tp_hash = ks_str_hash,
    .tp_str = str_str,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_UNICODE_SUBCLASS |
                _Py_TPFLAGS_MATCH_SELF,
    .tp_doc = "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\n"
              "Text. One argument is shown as its __str__ or else its __repr__ says; with an\n"
              "encoding or errors given, a bytes-like object is decoded.",
    .tp_richcompare = ks_str_richcompare,
    .tp_iter = ks_str_iter,
    .tp_methods = str_methods,
    .tp_new = str_new,
    .tp_free = PyObject_Del,
    .tp_vectorcall = str_vectorcall,
};
