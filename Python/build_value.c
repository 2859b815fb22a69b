/* SPDX-License-Identifier: MIT */
/* Py_BuildValue and relatives: objects from C values by a format string.
 *
 * After a failure the rest of the format is still read, so that references given by "N" are
 * dropped; the values built from it are thrown away. */
#include "Python.h"
#include "pycore_tuple.h"
#include "ks_base.h"

#undef Py_BuildValue
#undef Py_VaBuildValue
#undef _Py_VaBuildStack
PyObject *_Py_VaBuildValue_SizeT(const char *, va_list);
PyObject **_Py_VaBuildStack_SizeT(PyObject **, Py_ssize_t, const char *, va_list, Py_ssize_t *);

typedef struct Builder {
    const char *at;
    va_list list;
    int has_size_t;
} Builder;

static PyObject *build_value(Builder *build);

static KS_COLD PyObject *
refuse(const char *message)
{
    PyErr_SetString(PyExc_SystemError, message);
    return NULL;
}

/* Units up to `end`, not counting those inside brackets. -1 with SystemError. */
static Py_ssize_t
count_units(const char *at, char end)
{
    Py_ssize_t count = 0;
    int depth = 0;
    for (; depth > 0 || *at != end; at++) {
        switch (*at) {
        case '\0':
            refuse("unmatched paren in format");
            return -1;
        case '(':
        case '[':
        case '{':
            count += depth++ == 0;
            break;
        case ')':
        case ']':
        case '}':
            depth--;
            break;
        case '#':
        case '&':
        case ',':
        case ':':
        case ' ':
        case '\t':
            break;
        default:
            count += depth == 0;
            break;
        }
    }
    return count;
}

static void
skip_separators(Builder *build)
{
    while (*build->at == ',' || *build->at == ':' || *build->at == ' ' || *build->at == '\t')
        build->at++;
}

/* Reads and drops `count` values; the exception that led here stays. */
static void
discard(Builder *build, Py_ssize_t count)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    for (; count > 0; count--) {
        PyObject *item = build_value(build);
        if (item == NULL)
            PyErr_Clear();
        Py_XDECREF(item);
    }
    PyErr_Restore(type, value, traceback);
}

/* Fills slots with new references; 0, or -1 with all of them dropped. */
static int
build_items(Builder *build, PyObject **slots, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        slots[i] = build_value(build);
        if (slots[i] == NULL) {
            discard(build, count - i - 1);
            while (--i >= 0)
                Py_CLEAR(slots[i]);
            return -1;
        }
    }
    return 0;
}

/* After the last item: the bracket that closes it, or the end of the format. */
static int
close_bracket(Builder *build, char end)
{
    skip_separators(build);
    if (*build->at != end) {
        refuse("Unmatched paren in format");
        return -1;
    }
    build->at += end != '\0';
    return 0;
}

static PyObject *
build_tuple(Builder *build, char end, Py_ssize_t count)
{
    if (count < 0)
        return NULL;
    PyObject *tuple = PyTuple_New(count);
    if (tuple == NULL) {
        discard(build, count);
        return NULL;
    }
    if (build_items(build, _PyTuple_ITEMS(tuple), count) < 0 || close_bracket(build, end) < 0)
        Py_CLEAR(tuple);
    return tuple;
}

static PyObject *
build_list(Builder *build)
{
    Py_ssize_t count = count_units(build->at, ']');
    if (count < 0)
        return NULL;
    PyObject *list = PyList_New(count);
    if (list == NULL) {
        discard(build, count);
        return NULL;
    }
    if (build_items(build, ((PyListObject *)list)->ob_item, count) < 0 ||
        close_bracket(build, ']') < 0)
        Py_CLEAR(list);
    return list;
}

static PyObject *
build_dict(Builder *build)
{
    Py_ssize_t count = count_units(build->at, '}');
    if (count < 0)
        return NULL;
    if (count % 2) {
        discard(build, count);
        return refuse("Bad dict format");
    }
    PyObject *dict = PyDict_New();
    if (dict == NULL) {
        discard(build, count);
        return NULL;
    }
    for (Py_ssize_t i = 0; i < count; i += 2) {
        PyObject *pair[2];
        int failed = build_items(build, pair, 2);
        if (!failed) {
            failed = PyDict_SetItem(dict, pair[0], pair[1]);
            Py_DECREF(pair[0]);
            Py_DECREF(pair[1]);
        }
        if (failed) {
            discard(build, count - i - 2);
            Py_DECREF(dict);
            return NULL;
        }
    }
    if (close_bracket(build, '}') < 0)
        Py_CLEAR(dict);
    return dict;
}

/* --- Single values ------------------------------------------------------------------------------------ */

/* The length behind '#': 1 and it, 0 without '#', -1 with SystemError. */
static int
take_length(Builder *build, Py_ssize_t *length)
{
    if (*build->at != '#')
        return 0;
    build->at++;
    if (!build->has_size_t) {
        (void)va_arg(build->list, int); /* so that the values behind it are read as what they are */
        refuse("PY_SSIZE_T_CLEAN macro must be defined for '#' formats");
        return -1;
    }
    *length = va_arg(build->list, Py_ssize_t);
    return 1;
}

static PyObject *
build_text(Builder *build, char unit)
{
    const char *text = va_arg(build->list, const char *);
    Py_ssize_t length;
    int has_length = take_length(build, &length);
    if (has_length < 0)
        return NULL;
    if (text == NULL)
        Py_RETURN_NONE;
    if (!has_length || length < 0) {
        size_t measured = strlen(text);
        if (measured > PY_SSIZE_T_MAX) {
            PyErr_SetString(PyExc_OverflowError, unit == 'y' ? "string too long for Python bytes"
                                                             : "string too long for Python string");
            return NULL;
        }
        length = (Py_ssize_t)measured;
    }
    return unit == 'y' ? PyBytes_FromStringAndSize(text, length)
                       : PyUnicode_FromStringAndSize(text, length);
}

static PyObject *
build_wide_text(Builder *build)
{
    const wchar_t *text = va_arg(build->list, const wchar_t *);
    Py_ssize_t length;
    int has_length = take_length(build, &length);
    if (has_length < 0)
        return NULL;
    if (text == NULL)
        Py_RETURN_NONE;
    return PyUnicode_FromWideChar(text, has_length ? length : -1);
}

/* O, S, N and O&. */
static PyObject *
build_object(Builder *build, char unit)
{
    if (*build->at == '&') {
        typedef PyObject *(*Converter)(void *);
        Converter converter = va_arg(build->list, Converter);
        void *argument = va_arg(build->list, void *);
        build->at++;
        return converter(argument);
    }
    PyObject *object = va_arg(build->list, PyObject *);
    if (object == NULL) {
        /* A NULL may be the failed call of an argument: its exception is the better one. */
        if (!PyErr_Occurred())
            refuse("NULL object passed to Py_BuildValue");
        return NULL;
    }
    return unit == 'N' ? object : Py_NewRef(object);
}

static PyObject *
build_value(Builder *build)
{
    skip_separators(build);
    char unit = *build->at++;
    switch (unit) {
    case '(':
        return build_tuple(build, ')', count_units(build->at, ')'));
    case '[':
        return build_list(build);
    case '{':
        return build_dict(build);
    case 'b':
    case 'B':
    case 'h':
    case 'i':
        return PyLong_FromLong(va_arg(build->list, int));
    case 'H':
        return PyLong_FromLong(va_arg(build->list, unsigned int));
    case 'I':
        return PyLong_FromUnsignedLong(va_arg(build->list, unsigned int));
    case 'n':
    case 'l':
    case 'L':
        return PyLong_FromLongLong(va_arg(build->list, long long));
    case 'k':
    case 'K':
        return PyLong_FromUnsignedLongLong(va_arg(build->list, unsigned long long));
    case 'f':
    case 'd':
        return PyFloat_FromDouble(va_arg(build->list, double));
    case 'D':
        return PyComplex_FromCComplex(*va_arg(build->list, Py_complex *));
    case 'c': {
        char character = (char)va_arg(build->list, int);
        return PyBytes_FromStringAndSize(&character, 1);
    }
    case 'C':
        return PyUnicode_FromOrdinal(va_arg(build->list, int));
    case 's':
    case 'z':
    case 'U':
    case 'y':
        return build_text(build, unit);
    case 'u':
        return build_wide_text(build);
    case 'N':
    case 'S':
    case 'O':
        return build_object(build, unit);
    default:
        build->at--; /* the end of the format stays the end */
        return refuse("bad format char passed to Py_BuildValue");
    }
}

/* None for an empty format, the value for one unit, else a tuple. */
static PyObject *
build(const char *format, va_list list, int has_size_t)
{
    Py_ssize_t count = count_units(format, '\0');
    if (count < 0)
        return NULL;
    if (count == 0)
        Py_RETURN_NONE;
    Builder builder = {.at = format, .has_size_t = has_size_t};
    va_copy(builder.list, list);
    PyObject *value = count == 1 ? build_value(&builder) : build_tuple(&builder, '\0', count);
    va_end(builder.list);
    return value;
}

/* --- Entry points ------------------------------------------------------------------------------------- */

PyObject *
Py_BuildValue(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    PyObject *value = build(format, list, 0);
    va_end(list);
    return value;
}

PyObject *
_Py_BuildValue_SizeT(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    PyObject *value = build(format, list, 1);
    va_end(list);
    return value;
}

PyObject *
Py_VaBuildValue(const char *format, va_list list)
{
    return build(format, list, 0);
}

PyObject *
_Py_VaBuildValue_SizeT(const char *format, va_list list)
{
    return build(format, list, 1);
}

static PyObject **
build_stack(PyObject **small, Py_ssize_t small_room, const char *format, va_list list,
            int has_size_t, Py_ssize_t *made)
{
    Py_ssize_t count = count_units(format, '\0');
    *made = 0;
    if (count < 0)
        return NULL;
    if (count == 0)
        return small;
    PyObject **stack = small;
    if (count > small_room) {
        stack = PyMem_New(PyObject *, count);
        if (stack == NULL) {
            PyErr_NoMemory();
            return NULL;
        }
    }
    Builder builder = {.at = format, .has_size_t = has_size_t};
    va_copy(builder.list, list);
    int failed = build_items(&builder, stack, count);
    va_end(builder.list);
    if (failed) {
        if (stack != small)
            PyMem_Free(stack);
        return NULL;
    }
    *made = count;
    return stack;
}

/* New references in an array: `small` if they fit, else memory for PyMem_Free(). */
PyObject **
_Py_VaBuildStack(PyObject **small, Py_ssize_t small_room, const char *format, va_list list,
                 Py_ssize_t *made)
{
    return build_stack(small, small_room, format, list, 0, made);
}

PyObject **
_Py_VaBuildStack_SizeT(PyObject **small, Py_ssize_t small_room, const char *format, va_list list,
                       Py_ssize_t *made)
{
    return build_stack(small, small_room, format, list, 1, made);
}
