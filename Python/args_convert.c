/* SPDX-License-Identifier: MIT */
/* Format units of PyArg_Parse*: one argument to the caller's variables.
 *
 * A unit's function answers NULL for success or a phrase for the message: with an exception set
 * the phrase is ignored; a phrase in parentheses is the extension's mistake (SystemError). */
#include "Python.h"
#include "pycore_pyerrors.h"
#include "ks_getargs.h"

/* --- The parse ----------------------------------------------------------------------------------- */

void
ks_arg_parse_open(KsArgParse *parse, KsVarArgs *out, int has_size_t)
{
    parse->out = out;
    parse->texts = parse->function = parse->message = NULL;
    parse->has_size_t = has_size_t;
    parse->undo = parse->undo_inside;
    parse->undo_count = 0;
    parse->undo_room = (int)KS_COUNT_OF(parse->undo_inside);
    parse->levels[0] = 0;
}

int
ks_arg_parse_close(KsArgParse *parse, int good)
{
    while (!good && parse->undo_count > 0) {
        KsUndo *last = &parse->undo[--parse->undo_count];
        last->converter(NULL, last->address);
    }
    if (parse->undo != parse->undo_inside)
        PyMem_Free(parse->undo);
    return good;
}

/* Notes an undo step; performs it at once and returns -1 if there is no memory for it. */
static int
undo_add(KsArgParse *parse, void *address, int (*converter)(PyObject *, void *))
{
    if (parse->undo_count == parse->undo_room) {
        size_t room = (size_t)parse->undo_room * 2;
        KsUndo *larger = PyMem_Malloc(room * sizeof(KsUndo));
        if (larger == NULL) {
            converter(NULL, address);
            PyErr_NoMemory();
            return -1;
        }
        memcpy(larger, parse->undo, (size_t)parse->undo_count * sizeof(KsUndo));
        if (parse->undo != parse->undo_inside)
            PyMem_Free(parse->undo);
        parse->undo = larger;
        parse->undo_room = (int)room;
    }
    parse->undo[parse->undo_count++] = (KsUndo){address, converter};
    return 0;
}

static int
undo_buffer(PyObject *Py_UNUSED(null), void *address)
{
    PyBuffer_Release(address);
    return 0;
}

static int
undo_memory(PyObject *Py_UNUSED(null), void *address)
{
    PyMem_Free(*(void **)address);
    *(void **)address = NULL;
    return 0;
}

const char *
ks_arg_find_texts(KsArgParse *parse)
{
    const char *format = parse->texts;
    if (format != NULL) {
        const char *name = strchr(format, ':'), *message = strchr(format, ';');
        if (name != NULL)
            parse->function = name + 1;
        else if (message != NULL)
            parse->message = message + 1;
        parse->texts = NULL;
    }
    return parse->function;
}

const char *
ks_arg_name(const char *function)
{
    return function == NULL ? "function" : function;
}

const char *
ks_arg_parens(const char *function)
{
    return function == NULL ? "" : "()";
}

/* Sets TypeError from a phrase, with function, position and nested items before it. */
static KS_COLD void
report(KsArgParse *parse, int number, const char *phrase)
{
    char text[512];
    size_t at = 0;
    if (PyErr_Occurred())
        return;
    ks_arg_find_texts(parse);
    if (parse->message != NULL) {
        PyErr_SetString(phrase[0] == '(' ? PyExc_SystemError : PyExc_TypeError, parse->message);
        return;
    }
    text[0] = '\0';
    if (parse->function != NULL)
        at += (size_t)PyOS_snprintf(text, sizeof(text), "%.200s() ", parse->function);
    if (number == 0) {
        PyOS_snprintf(text + at, sizeof(text) - at, "argument");
        at += strlen(text + at);
    }
    else {
        at += (size_t)PyOS_snprintf(text + at, sizeof(text) - at, "argument %d", number);
        for (int i = 0; i < 32 && parse->levels[i] > 0 && at < 220; i++)
            at += (size_t)PyOS_snprintf(text + at, sizeof(text) - at, ", item %d",
                                        parse->levels[i] - 1);
    }
    PyOS_snprintf(text + at, sizeof(text) - at, " %.256s", phrase);
    PyErr_SetString(phrase[0] == '(' ? PyExc_SystemError : PyExc_TypeError, text);
}

static const char *
must_be(KsArgParse *parse, const char *expected, PyObject *arg)
{
    if (expected[0] == '(')
        PyOS_snprintf(parse->error, sizeof(parse->error), "%.100s", expected);
    else
        PyOS_snprintf(parse->error, sizeof(parse->error), "must be %.50s, not %.50s", expected,
                      arg == Py_None ? "None" : Py_TYPE(arg)->tp_name);
    return parse->error;
}

/* --- Numbers ------------------------------------------------------------------------------------- */

#define OUT(type) va_arg(parse->out->list, type *)

/* A C integer with range check; sets the exception. */
static int
ranged(PyObject *arg, long low, long high, const char *what, long *value)
{
    *value = PyLong_AsLong(arg);
    if (*value == -1 && PyErr_Occurred())
        return 0;
    if (*value >= low && *value <= high)
        return 1;
    PyErr_Format(PyExc_OverflowError, "%s is %s", what,
                 *value < low ? "less than minimum" : "greater than maximum");
    return 0;
}

/* A unit's function; format is behind the unit's letter and moves behind what belongs to it. */
typedef const char *UnitConverter(KsArgParse *parse, PyObject *arg, const char **format);

#define CONVERT_RANGED(name, type, low, high, what)                        \
    static const char *                                                    \
    convert_##name(KsArgParse *parse, PyObject *arg, const char **format)  \
    {                                                                      \
        type *out = OUT(type);                                             \
        long value;                                                        \
        if (!ranged(arg, low, high, what, &value))                         \
            return "";                                                     \
        *out = (type)value;                                                \
        return NULL;                                                       \
    }

CONVERT_RANGED(unsigned_char, unsigned char, 0, UCHAR_MAX, "unsigned byte integer")
CONVERT_RANGED(short, short, SHRT_MIN, SHRT_MAX, "signed short integer")
CONVERT_RANGED(int, int, INT_MIN, INT_MAX, "signed integer")

/* Units that wrap around instead of checking. */
static const char *
convert_masked(KsArgParse *parse, PyObject *arg, const char **format)
{
    char unit = (*format)[-1];
    void *out = va_arg(parse->out->list, void *);
    if ((unit == 'k' || unit == 'K') && !PyLong_Check(arg))
        return must_be(parse, "int", arg);
    unsigned long long value = PyLong_AsUnsignedLongLongMask(arg);
    if (value == (unsigned long long)-1 && PyErr_Occurred())
        return "";
    switch (unit) {
    case 'B':
        *(unsigned char *)out = (unsigned char)value;
        break;
    case 'H':
        *(unsigned short *)out = (unsigned short)value;
        break;
    case 'I':
        *(unsigned int *)out = (unsigned int)value;
        break;
    default:
        *(unsigned long long *)out = value; /* as long as unsigned long */
        break;
    }
    return NULL;
}

static Py_ssize_t
index_of(PyObject *arg)
{
    KS_OWNED PyObject *number = PyNumber_Index(arg);
    return number == NULL ? -1 : PyLong_AsSsize_t(number);
}

/* `failure` is what `convert` answers with an exception, and may be a value as well. */
#define CONVERT_NUMBER(name, type, between, convert, failure)              \
    static const char *                                                    \
    convert_##name(KsArgParse *parse, PyObject *arg, const char **format)  \
    {                                                                      \
        type *out = OUT(type);                                             \
        between value = convert(arg);                                      \
        if (KS_UNLIKELY(value == (failure)) && PyErr_Occurred())           \
            return "";                                                     \
        *out = (type)value;                                                \
        return NULL;                                                       \
    }

CONVERT_NUMBER(index, Py_ssize_t, Py_ssize_t, index_of, -1)
CONVERT_NUMBER(long, long, long, PyLong_AsLong, -1)
CONVERT_NUMBER(long_long, long long, long long, PyLong_AsLongLong, -1)
CONVERT_NUMBER(float, float, double, PyFloat_AsDouble, -1.0)
CONVERT_NUMBER(double, double, double, PyFloat_AsDouble, -1.0)
CONVERT_NUMBER(truth, int, int, PyObject_IsTrue, -1)

static const char *
convert_complex(KsArgParse *parse, PyObject *arg, const char **format)
{
    Py_complex *out = OUT(Py_complex), value = PyComplex_AsCComplex(arg);
    if (value.real == -1.0 && PyErr_Occurred())
        return "";
    *out = value;
    return NULL;
}

static const char *
convert_byte(KsArgParse *parse, PyObject *arg, const char **format)
{
    char *out = OUT(char);
    if (PyBytes_Check(arg) && PyBytes_GET_SIZE(arg) == 1)
        *out = PyBytes_AS_STRING(arg)[0];
    else if (PyByteArray_Check(arg) && PyByteArray_GET_SIZE(arg) == 1)
        *out = PyByteArray_AS_STRING(arg)[0];
    else
        return must_be(parse, "a byte string of length 1", arg);
    return NULL;
}

static const char *
convert_character(KsArgParse *parse, PyObject *arg, const char **format)
{
    int *out = OUT(int);
    if (!PyUnicode_Check(arg))
        return must_be(parse, "a unicode character", arg);
    if (PyUnicode_READY(arg) < 0)
        return "";
    if (PyUnicode_GET_LENGTH(arg) != 1)
        return must_be(parse, "a unicode character", arg);
    *out = (int)PyUnicode_READ_CHAR(arg, 0);
    return NULL;
}

/* --- Text and buffers ------------------------------------------------------------------------------ */

static int
need_size_t(KsArgParse *parse)
{
    if (!parse->has_size_t)
        PyErr_SetString(PyExc_SystemError,
                        "PY_SSIZE_T_CLEAN macro must be defined for '#' formats");
    return parse->has_size_t;
}

/* A held buffer into *view, contiguous; noted for undoing. */
static const char *
take_buffer(KsArgParse *parse, PyObject *arg, Py_buffer *view)
{
    if (PyObject_GetBuffer(arg, view, PyBUF_SIMPLE) < 0)
        return "";
    if (!PyBuffer_IsContiguous(view, 'C')) {
        PyBuffer_Release(view);
        return must_be(parse, "contiguous buffer", arg);
    }
    return undo_add(parse, view, undo_buffer) < 0 ? "" : NULL;
}

/* Memory of an object that needs no release: its address and length. */
static KS_NOINLINE const char *
peek_buffer(KsArgParse *parse, PyObject *arg, const void **data, Py_ssize_t *length)
{
    Py_buffer view;
    PyBufferProcs *methods = Py_TYPE(arg)->tp_as_buffer;
    *data = NULL;
    *length = 0;
    if (methods != NULL && methods->bf_releasebuffer != NULL)
        return must_be(parse, "read-only bytes-like object", arg);
    if (PyObject_GetBuffer(arg, &view, PyBUF_SIMPLE) < 0)
        return "";
    *data = view.buf;
    *length = view.len;
    PyBuffer_Release(&view);
    return NULL;
}

static const char *
utf8_of(PyObject *arg, const char **text, Py_ssize_t *length)
{
    *text = PyUnicode_AsUTF8AndSize(arg, length);
    return *text == NULL ? "" : NULL;
}

/* y*, s* and z*, the last two with str allowed. */
static const char *
convert_view(KsArgParse *parse, PyObject *arg, const char **format)
{
    char unit = (*format)[-1];
    const char *text;
    Py_ssize_t length;
    Py_buffer *view = OUT(Py_buffer);
    ++*format;
    if (unit == 'z' && arg == Py_None) {
        PyBuffer_FillInfo(view, NULL, NULL, 0, 1, 0);
        return undo_add(parse, view, undo_buffer) < 0 ? "" : NULL;
    }
    if (unit == 'y' || !PyUnicode_Check(arg))
        return take_buffer(parse, arg, view);
    const char *problem = utf8_of(arg, &text, &length);
    if (problem != NULL)
        return problem;
    PyBuffer_FillInfo(view, arg, (void *)(uintptr_t)text, length, 1, 0);
    return undo_add(parse, view, undo_buffer) < 0 ? "" : NULL;
}

/* y, s and z, the last two with str allowed; each plain or with '#'. */
static const char *
convert_text(KsArgParse *parse, PyObject *arg, const char **format)
{
    if (**format == '*')
        return convert_view(parse, arg, format);
    char unit = (*format)[-1];
    int takes_str = unit != 'y', takes_none = unit == 'z';
    const char *text = NULL, *problem = NULL;
    Py_ssize_t length = 0;
    const char **out = OUT(const char *);
    int with_length = **format == '#';
    Py_ssize_t *out_length = NULL;
    if (with_length) {
        ++*format;
        if (!need_size_t(parse))
            return "";
        out_length = OUT(Py_ssize_t);
    }
    int is_none = takes_none && arg == Py_None;
    if (takes_str && PyUnicode_Check(arg))
        problem = utf8_of(arg, &text, &length);
    else if (!is_none && (with_length || !takes_str))
        problem = peek_buffer(parse, arg, (const void **)&text, &length);
    else if (!is_none)
        problem = must_be(parse, takes_none ? "str or None" : "str", arg);
    if (problem != NULL)
        return problem;
    if (!with_length && text != NULL && strlen(text) != (size_t)length) {
        PyErr_SetString(PyExc_ValueError, takes_str ? "embedded null character"
                                                    : "embedded null byte");
        return "";
    }
    *out = text;
    if (with_length)
        *out_length = length;
    return NULL;
}

static const char *
convert_writable(KsArgParse *parse, PyObject *arg, const char **format)
{
    if (**format != '*')
        return "(invalid use of 'w' format character)";
    ++*format;
    Py_buffer *view = OUT(Py_buffer);
    if (PyObject_GetBuffer(arg, view, PyBUF_WRITABLE) < 0) {
        PyErr_Clear();
        return must_be(parse, "read-write bytes-like object", arg);
    }
    if (!PyBuffer_IsContiguous(view, 'C')) {
        PyBuffer_Release(view);
        return must_be(parse, "contiguous buffer", arg);
    }
    return undo_add(parse, view, undo_buffer) < 0 ? "" : NULL;
}

/* es, et, es#, et#: text in a given encoding, in memory the caller frees, or in its own buffer. */
static const char *
convert_encoded(KsArgParse *parse, PyObject *arg, const char **format)
{
    const char *encoding = va_arg(parse->out->list, const char *);
    char kind = **format;
    if (kind != 's' && kind != 't')
        return "(unknown parser marker combination)";
    ++*format;
    char **out = OUT(char *);
    Py_ssize_t *out_length = NULL;
    if (**format == '#') {
        ++*format;
        if (!need_size_t(parse))
            return "";
        out_length = OUT(Py_ssize_t);
    }
    if (out == NULL)
        return "(buffer is NULL)";
    KS_OWNED PyObject *bytes = NULL;
    const char *data;
    Py_ssize_t length;
    if (kind == 't' && PyBytes_Check(arg)) {
        data = PyBytes_AS_STRING(arg);
        length = PyBytes_GET_SIZE(arg);
    }
    else if (kind == 't' && PyByteArray_Check(arg)) {
        data = PyByteArray_AS_STRING(arg);
        length = PyByteArray_GET_SIZE(arg);
    }
    else if (PyUnicode_Check(arg)) {
        bytes = PyUnicode_AsEncodedString(arg, encoding ? encoding : "utf-8", NULL);
        if (bytes == NULL)
            return "(encoding failed)";
        data = PyBytes_AS_STRING(bytes);
        length = PyBytes_GET_SIZE(bytes);
    }
    else {
        return must_be(parse, kind == 's' ? "str" : "str, bytes or bytearray", arg);
    }
    if (out_length == NULL && strlen(data) != (size_t)length)
        return must_be(parse, "encoded string without null bytes", arg);
    if (out_length != NULL && *out != NULL) {
        if (length + 1 > *out_length) {
            PyErr_Format(PyExc_ValueError, "encoded string too long (%zd, maximum length %zd)",
                         length, *out_length - 1);
            return "";
        }
        memcpy(*out, data, (size_t)length + 1);
        *out_length = length;
        return NULL;
    }
    *out = PyMem_Malloc((size_t)length + 1);
    if (*out == NULL) {
        PyErr_NoMemory();
        return "";
    }
    memcpy(*out, data, (size_t)length + 1);
    if (out_length != NULL)
        *out_length = length;
    return undo_add(parse, out, undo_memory) < 0 ? "" : NULL;
}

_Py_COMP_DIAG_PUSH
_Py_COMP_DIAG_IGNORE_DEPR_DECLS
/* u and Z: the old wide character form. */
static const char *
convert_wide(KsArgParse *parse, PyObject *arg, const char **format)
{
    char unit = (*format)[-1];
    Py_UNICODE **out = OUT(Py_UNICODE *);
    Py_ssize_t *out_length = NULL, length = 0;
    if (PyErr_WarnFormat(PyExc_DeprecationWarning, 1,
                         "getargs: The '%c' format is deprecated. Use 'U' instead.", unit) < 0)
        return "";
    if (**format == '#') {
        ++*format;
        if (!need_size_t(parse))
            return "";
        out_length = OUT(Py_ssize_t);
    }
    *out = NULL;
    if (PyUnicode_Check(arg)) {
        *out = PyUnicode_AsUnicodeAndSize(arg, &length);
        if (*out == NULL)
            return "";
        if (out_length == NULL && wcslen(*out) != (size_t)length) {
            PyErr_SetString(PyExc_ValueError, "embedded null character");
            return "";
        }
    }
    else if (unit != 'Z' || arg != Py_None) {
        return must_be(parse, unit == 'Z' ? "str or None" : "str", arg);
    }
    if (out_length != NULL)
        *out_length = length;
    return NULL;
}
_Py_COMP_DIAG_POP

/* --- Objects ---------------------------------------------------------------------------------------- */

static const char *
convert_object(KsArgParse *parse, PyObject *arg, const char **format)
{
    if (**format == '!') {
        ++*format;
        PyTypeObject *type = va_arg(parse->out->list, PyTypeObject *);
        PyObject **out = OUT(PyObject *);
        if (!PyType_IsSubtype(Py_TYPE(arg), type))
            return must_be(parse, type->tp_name, arg);
        *out = arg;
        return NULL;
    }
    if (**format == '&') {
        ++*format;
        int (*converter)(PyObject *, void *) =
            va_arg(parse->out->list, int (*)(PyObject *, void *));
        void *address = va_arg(parse->out->list, void *);
        int status = converter(arg, address);
        if (status == 0)
            return must_be(parse, "(unspecified)", arg);
        if (status == Py_CLEANUP_SUPPORTED && undo_add(parse, address, converter) < 0)
            return "";
        return NULL;
    }
    *OUT(PyObject *) = arg;
    return NULL;
}

static const char *
convert_typed(KsArgParse *parse, PyObject *arg, const char **format)
{
    char unit = (*format)[-1];
    PyObject **out = OUT(PyObject *);
    int fits = unit == 'S' ? PyBytes_Check(arg) : unit == 'Y' ? PyByteArray_Check(arg)
                                                              : PyUnicode_Check(arg);
    if (!fits)
        return must_be(parse, unit == 'S' ? "bytes" : unit == 'Y' ? "bytearray" : "str", arg);
    if (unit == 'U' && PyUnicode_READY(arg) < 0)
        return "";
    *out = arg;
    return NULL;
}

/* --- Units in general --------------------------------------------------------------------------------- */

static UnitConverter *const unit_converters[128] = {
    ['b'] = convert_unsigned_char,
    ['h'] = convert_short,
    ['i'] = convert_int,
    ['B'] = convert_masked,
    ['H'] = convert_masked,
    ['I'] = convert_masked,
    ['k'] = convert_masked,
    ['K'] = convert_masked,
    ['n'] = convert_index,
    ['l'] = convert_long,
    ['L'] = convert_long_long,
    ['f'] = convert_float,
    ['d'] = convert_double,
    ['D'] = convert_complex,
    ['p'] = convert_truth,
    ['c'] = convert_byte,
    ['C'] = convert_character,
    ['y'] = convert_text,
    ['s'] = convert_text,
    ['z'] = convert_text,
    ['e'] = convert_encoded,
    ['u'] = convert_wide,
    ['Z'] = convert_wide,
    ['w'] = convert_writable,
    ['S'] = convert_typed,
    ['Y'] = convert_typed,
    ['U'] = convert_typed,
    ['O'] = convert_object,
};

KS_INLINE const char *
convert_simple(KsArgParse *parse, PyObject *arg, const char **format)
{
    unsigned char unit = (unsigned char)*(*format)++;
    UnitConverter *convert = unit < KS_COUNT_OF(unit_converters) ? unit_converters[unit] : NULL;
    return convert == NULL ? "(impossible<bad format char>)" : convert(parse, arg, format);
}

static const char *convert_item(KsArgParse *parse, PyObject *arg, const char **format, int level);

/* How many units a parenthesised group has at its top level; format is behind the "(". */
static Py_ssize_t
group_count(const char *format)
{
    Py_ssize_t count = 0;
    for (int depth = 0;; format++) {
        if (*format == '(') {
            count += depth++ == 0;
        }
        else if (*format == ')') {
            if (depth-- == 0)
                return count;
        }
        else if (*format == ':' || *format == ';' || *format == '\0') {
            return count;
        }
        else if (depth == 0 && Py_ISALPHA(*format)) {
            count += *format != 'e'; /* the letter after it is counted */
        }
    }
}

static const char *
convert_group(KsArgParse *parse, PyObject *arg, const char **format, int level)
{
    Py_ssize_t wanted = group_count(*format);
    if (!PySequence_Check(arg) || PyBytes_Check(arg)) {
        parse->levels[level] = 0;
        PyOS_snprintf(parse->error, sizeof(parse->error), "must be %d-item sequence, not %.50s",
                      (int)wanted, arg == Py_None ? "None" : Py_TYPE(arg)->tp_name);
        return parse->error;
    }
    Py_ssize_t length = PySequence_Size(arg);
    if (length != wanted) {
        parse->levels[level] = 0;
        PyErr_Clear();
        PyOS_snprintf(parse->error, sizeof(parse->error), "must be sequence of length %d, not %zd",
                      (int)wanted, length);
        return parse->error;
    }
    for (Py_ssize_t i = 0; i < wanted; i++) {
        PyObject *item = PySequence_GetItem(arg, i);
        if (item == NULL) {
            PyErr_Clear();
            parse->levels[level] = (int)i + 1;
            parse->levels[level + 1] = 0;
            return "is not retrievable";
        }
        const char *problem = convert_item(parse, item, format, level + 1);
        Py_DECREF(item); /* the sequence still holds it: outputs are borrowed */
        if (problem != NULL) {
            parse->levels[level] = (int)i + 1;
            return problem;
        }
    }
    return NULL;
}

static const char *
convert_item(KsArgParse *parse, PyObject *arg, const char **format, int level)
{
    const char *problem;
    if (**format == '(' && level < 30) {
        ++*format;
        problem = convert_group(parse, arg, format, level);
        if (problem == NULL && **format == ')')
            ++*format;
        return problem;
    }
    problem = convert_simple(parse, arg, format);
    if (problem != NULL)
        parse->levels[level] = 0;
    return problem;
}

int
ks_arg_convert(KsArgParse *parse, PyObject *arg, const char **format, int number)
{
    const char *unit = *format;
    if (unit[0] == 'O' && unit[1] != '!' && unit[1] != '&') {
        *format = unit + 1;
        *OUT(PyObject *) = arg;
        return 1;
    }
    const char *problem = unit[0] == '(' ? convert_item(parse, arg, format, 0)
                                         : convert_simple(parse, arg, format);
    if (problem != NULL)
        report(parse, number, problem);
    return problem == NULL;
}

int
ks_arg_skip(KsArgParse *parse, const char **format)
{
    const char *problem = NULL;
    char unit = *(*format)++;
    switch (unit) {
    case 'e':
        if (**format != 's' && **format != 't') {
            problem = "(unknown parser marker combination)";
            break;
        }
        ++*format;
        (void)va_arg(parse->out->list, void *);
        /* fall through */
    case 'y':
    case 's':
    case 'z':
    case 'w':
    case 'u':
    case 'Z':
        (void)va_arg(parse->out->list, void *);
        if (**format == '#')
            (void)va_arg(parse->out->list, void *);
        if (**format == '#' || **format == '*')
            ++*format;
        break;
    case 'O':
        (void)va_arg(parse->out->list, void *);
        if (**format == '!' || **format == '&') {
            ++*format;
            (void)va_arg(parse->out->list, void *);
        }
        break;
    case '(':
        while (problem == NULL && **format != ')') {
            if (**format == '\0')
                problem = "(unmatched left paren in getargs format string)";
            else if (!ks_arg_skip(parse, format))
                return 0;
        }
        ++*format;
        break;
    default:
        if (unit == '\0' || strchr("bBhHiIlLkKnfdDcCpSYU", unit) == NULL)
            problem = "(impossible<bad format char>)";
        else
            (void)va_arg(parse->out->list, void *);
        break;
    }
    if (problem != NULL && !PyErr_Occurred())
        PyErr_Format(PyExc_SystemError, "%s: '%s'", problem, *format);
    return problem == NULL;
}
