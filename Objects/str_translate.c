/* SPDX-License-Identifier: MIT */
/* str.translate and str.maketrans.
 *
 * A table answers for an ordinal with an ordinal, a string or None. Answers for ASCII characters
 * are remembered during one call, as texts ask for the same ones over and over. */
#include "Python.h"
#include "ks_args.h"
#include "ks_base.h"
#include "ks_codec.h"
#include "ks_str.h"

#include <string.h>

/* The table's answer for ch: *answer is a new reference, NULL if the character stays. */
static int
look_up(PyObject *table, Py_UCS4 ch, PyObject **answer)
{
    *answer = NULL;
    KS_OWNED PyObject *key = PyLong_FromLong((long)ch);
    if (key == NULL)
        return -1;
    KS_OWNED PyObject *value = PyObject_GetItem(table, key);
    if (value == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_LookupError))
            return -1;
        PyErr_Clear();
        return 0;
    }
    if (PyLong_Check(value)) {
        int overflow;
        long ordinal = PyLong_AsLongAndOverflow(value, &overflow);
        if (overflow || ordinal < 0 || ordinal > 0x10ffff) {
            PyErr_SetString(PyExc_ValueError, "character mapping must be in range(0x110000)");
            return -1;
        }
        *answer = ks_str_from_char((Py_UCS4)ordinal);
        return *answer == NULL ? -1 : 0;
    }
    if (value != Py_None && !PyUnicode_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "character mapping must return integer, None or str");
        return -1;
    }
    if (value != Py_None && PyUnicode_READY(value) < 0)
        return -1;
    *answer = ks_give(&value);
    return 0;
}

typedef struct Translation {
    PyObject *str; /* borrowed */
    PyObject *table;
    const char *errors;
    _PyUnicodeWriter writer;
    PyObject *handler; /* owned */
    /* For ASCII: 0xff not asked, 0xfe takes the long way, else the character it becomes; 0x80
     * is deletion. */
    unsigned char known[128];
} Translation;

enum { NOT_ASKED = 0xff, LONG_WAY = 0xfe, DELETED = 0x80 };

static int
write_answer(Translation *t, Py_UCS4 ch, PyObject *answer)
{
    if (answer == NULL)
        return _PyUnicodeWriter_WriteChar(&t->writer, ch);
    return _PyUnicodeWriter_WriteStr(&t->writer, answer);
}

/* The table has None for [start, end): asks the error handler. Where to go on, -1 on failure. */
static Py_ssize_t
answer_undefined(Translation *t, Py_ssize_t start, Py_ssize_t end)
{
    static const char complaint[] = "translating error handler must return (str, int) tuple";
    if (t->errors != NULL && strcmp(t->errors, "ignore") == 0)
        return end;
    KS_OWNED PyObject *exc =
        PyObject_CallFunction(PyExc_UnicodeTranslateError, "Onns", t->str, start, end,
                              "character maps to <undefined>");
    if (exc == NULL)
        return -1;
    if (t->handler == NULL) {
        t->handler = PyCodec_LookupError(t->errors);
        if (t->handler == NULL)
            return -1;
    }
    KS_OWNED PyObject *pair = PyObject_CallOneArg(t->handler, exc);
    if (pair == NULL)
        return -1;
    PyObject *text;
    Py_ssize_t next;
    if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2 ||
        !PyUnicode_Check(text = PyTuple_GET_ITEM(pair, 0)) ||
        !PyIndex_Check(PyTuple_GET_ITEM(pair, 1))) {
        PyErr_SetString(PyExc_TypeError, complaint);
        return -1;
    }
    next = PyNumber_AsSsize_t(PyTuple_GET_ITEM(pair, 1), PyExc_OverflowError);
    if (next == -1 && PyErr_Occurred())
        return -1;
    if (next < 0)
        next += KS_STR_LENGTH(t->str);
    if (next < 0 || next > KS_STR_LENGTH(t->str)) {
        PyErr_Format(PyExc_IndexError, "position %zd from error handler out of bounds", next);
        return -1;
    }
    return _PyUnicodeWriter_WriteStr(&t->writer, text) < 0 ? -1 : next;
}

/* Translates the character at `at`; where to go on, -1 on failure. */
static Py_ssize_t
translate_at(Translation *t, Py_ssize_t at)
{
    int kind = KS_STR_KIND(t->str);
    const void *data = ks_str_data(t->str);
    Py_UCS4 ch = ks_read(kind, data, at);
    KS_OWNED PyObject *answer = NULL;
    if (look_up(t->table, ch, &answer) < 0)
        return -1;
    if (answer != Py_None) {
        if (ch < 128) {
            t->known[ch] = LONG_WAY;
            if (answer == NULL)
                t->known[ch] = (unsigned char)ch;
            else if (KS_STR_IS_ASCII(answer) && KS_STR_LENGTH(answer) == 1)
                t->known[ch] = (unsigned char)PyUnicode_READ_CHAR(answer, 0);
        }
        return write_answer(t, ch, answer) < 0 ? -1 : at + 1;
    }
    if (t->errors != NULL && strcmp(t->errors, "ignore") == 0) {
        if (ch < 128)
            t->known[ch] = DELETED;
        return at + 1;
    }
    /* One report for the whole run of undefined characters. */
    Py_ssize_t end = at + 1;
    for (; end < KS_STR_LENGTH(t->str); end++) {
        KS_OWNED PyObject *other = NULL;
        if (look_up(t->table, ks_read(kind, data, end), &other) < 0)
            return -1;
        if (other != Py_None)
            break;
    }
    return answer_undefined(t, at, end);
}

static int
translate_all(Translation *t)
{
    Py_ssize_t length = KS_STR_LENGTH(t->str);
    int kind = KS_STR_KIND(t->str);
    const void *data = ks_str_data(t->str);
    for (Py_ssize_t at = 0; at < length;) {
        if (_PyUnicodeWriter_Prepare(&t->writer, length - at, 127) < 0)
            return -1;
        int out_kind = (int)t->writer.kind;
        Py_ssize_t pos = t->writer.pos;
        for (; at < length; at++) {
            Py_UCS4 ch = ks_read(kind, data, at);
            unsigned char known = ch < 128 ? t->known[ch] : NOT_ASKED;
            if (known > DELETED)
                break;
            if (known != DELETED)
                ks_write(out_kind, t->writer.data, pos++, known);
        }
        t->writer.pos = pos;
        if (at == length)
            break;
        at = translate_at(t, at);
        if (at < 0)
            return -1;
    }
    return 0;
}

static PyObject *
translate(PyObject *str, PyObject *table, const char *errors)
{
    if (KS_STR_LENGTH(str) == 0)
        return Py_NewRef(str);
    Translation t = {.str = str, .table = table, .errors = errors};
    memset(t.known, NOT_ASKED, sizeof(t.known));
    _PyUnicodeWriter_Init(&t.writer);
    t.writer.min_length = KS_STR_LENGTH(str);
    t.writer.overallocate = 1;
    int failed = translate_all(&t) < 0;
    Py_XDECREF(t.handler);
    if (failed) {
        _PyUnicodeWriter_Dealloc(&t.writer);
        return NULL;
    }
    return _PyUnicodeWriter_Finish(&t.writer);
}

PyObject *
PyUnicode_Translate(PyObject *str, PyObject *table, const char *errors)
{
    return ks_str_check(str) ? translate(str, table, errors) : NULL;
}

PyObject *
ks_str_translate(PyObject *self, PyObject *table)
{
    return PyUnicode_READY(self) < 0 ? NULL : translate(self, table, "ignore");
}

/* --- maketrans --- */

static int
put_ordinal(PyObject *table, Py_UCS4 key, KS_STEALS PyObject *value)
{
    KS_OWNED PyObject *held = value;
    KS_OWNED PyObject *ordinal = PyLong_FromLong((long)key);
    if (held == NULL || ordinal == NULL)
        return -1;
    return PyDict_SetItem(table, ordinal, held);
}

static int
from_strings(PyObject *table, PyObject *x, PyObject *y, PyObject *z)
{
    if (!PyUnicode_Check(x)) {
        PyErr_SetString(PyExc_TypeError,
                        "first maketrans argument must be a string if there is a second argument");
        return -1;
    }
    if (PyUnicode_READY(x) < 0)
        return -1;
    if (KS_STR_LENGTH(x) != KS_STR_LENGTH(y)) {
        PyErr_SetString(PyExc_ValueError,
                        "the first two maketrans arguments must have equal length");
        return -1;
    }
    for (Py_ssize_t i = 0; i < KS_STR_LENGTH(x); i++)
        if (put_ordinal(table, PyUnicode_READ_CHAR(x, i),
                        PyLong_FromLong((long)PyUnicode_READ_CHAR(y, i))) < 0)
            return -1;
    for (Py_ssize_t i = 0; z != NULL && i < KS_STR_LENGTH(z); i++)
        if (put_ordinal(table, PyUnicode_READ_CHAR(z, i), Py_NewRef(Py_None)) < 0)
            return -1;
    return 0;
}

static int
from_dict(PyObject *table, PyObject *dict)
{
    if (!PyDict_CheckExact(dict)) {
        PyErr_SetString(PyExc_TypeError,
                        "if you give only one argument to maketrans it must be a dict");
        return -1;
    }
    PyObject *key, *value;
    Py_ssize_t pos = 0;
    while (PyDict_Next(dict, &pos, &key, &value)) {
        if (PyUnicode_Check(key)) {
            if (PyUnicode_READY(key) < 0)
                return -1;
            if (KS_STR_LENGTH(key) != 1) {
                PyErr_SetString(PyExc_ValueError,
                                "string keys in translate table must be of length 1");
                return -1;
            }
            if (put_ordinal(table, PyUnicode_READ_CHAR(key, 0), Py_NewRef(value)) < 0)
                return -1;
        }
        else if (PyLong_Check(key)) {
            if (PyDict_SetItem(table, key, value) < 0)
                return -1;
        }
        else {
            PyErr_SetString(PyExc_TypeError,
                            "keys in translate table must be strings or integers");
            return -1;
        }
    }
    return 0;
}

KS_STR_METHODN(maketrans)
{
    PyObject *y = NULL, *z = NULL;
    if (!ks_args_count("maketrans", nargs, 1, 3) ||
        (nargs > 1 && !ks_arg_str("maketrans", 2, args[1], &y)) ||
        (nargs > 2 && !ks_arg_str("maketrans", 3, args[2], &z)))
        return NULL;
    KS_OWNED PyObject *table = PyDict_New();
    if (table == NULL)
        return NULL;
    int failed = y != NULL ? from_strings(table, args[0], y, z) : from_dict(table, args[0]);
    return failed < 0 ? NULL : ks_give(&table);
}
