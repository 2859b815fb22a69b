/* SPDX-License-Identifier: MIT */
/* charmap: codecs that are a table from bytes to characters and one back.
 *
 * Decoding tables are strings of up to 256 characters (U+FFFE: undefined) or mappings. Encoding
 * tables are mappings or an EncodingMap: for characters below 0x10000, a page for each high byte
 * that occurs, in which 0 stands for undefined except for character 0 itself. */
#include "Python.h"
#include "ks_base.h"
#include "ks_codec.h"

#include <string.h>

/* --- EncodingMap --- */

typedef struct EncodingMap {
    PyObject_HEAD
    unsigned char page_of[256]; /* 0: no page, else 1 + its number */
    int page_count;
    unsigned char pages[][256];
} EncodingMap;

static PyObject *
encodingmap_size(PyObject *self, PyObject *unused)
{
    const EncodingMap *map = (EncodingMap *)self;
    return PyLong_FromSize_t(sizeof(EncodingMap) + 256 * (size_t)map->page_count);
}

static PyMethodDef encodingmap_methods[] = {
    METHOD_PLAIN("size", encodingmap_size, METH_NOARGS, "Bytes of memory it takes."),
    {NULL, NULL, 0, NULL},
};

static void
encodingmap_dealloc(PyObject *self)
{
    PyObject_Free(self);
}

PyTypeObject ks_EncodingMap_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "EncodingMap",
    .tp_basicsize = sizeof(EncodingMap),
    .tp_dealloc = encodingmap_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_methods = encodingmap_methods,
};

static int
encodingmap_look_up(const EncodingMap *map, Py_UCS4 ch)
{
    if (ch > 0xffff || map->page_of[ch >> 8] == 0)
        return -1;
    int byte = map->pages[map->page_of[ch >> 8] - 1][ch & 0xff];
    return byte == 0 && ch != 0 ? -1 : byte;
}

static PyObject *
build_dict(PyObject *string, Py_ssize_t length)
{
    KS_OWNED PyObject *dict = PyDict_New();
    for (Py_ssize_t i = 0; dict != NULL && i < length; i++) {
        KS_OWNED PyObject *key = PyLong_FromLong((long)PyUnicode_READ_CHAR(string, i));
        KS_OWNED PyObject *value = PyLong_FromSsize_t(i);
        if (key == NULL || value == NULL || PyDict_SetItem(dict, key, value) < 0)
            return NULL;
    }
    return ks_give(&dict);
}

/* The encoding table that belongs to a decoding string: an EncodingMap, or a dict where the
 * string has characters the map has no way to say. */
PyObject *
PyUnicode_BuildEncodingMap(PyObject *string)
{
    if (!PyUnicode_Check(string) || PyUnicode_GET_LENGTH(string) == 0) {
        PyErr_BadArgument();
        return NULL;
    }
    if (PyUnicode_READY(string) < 0)
        return NULL;
    Py_ssize_t length = Py_MIN(KS_STR_LENGTH(string), 256);
    unsigned char page_of[256] = {0};
    int page_count = 0;
    int needs_dict = PyUnicode_READ_CHAR(string, 0) != 0;
    for (Py_ssize_t i = 1; i < length; i++) {
        Py_UCS4 ch = PyUnicode_READ_CHAR(string, i);
        if (ch == 0 || ch > 0xffff)
            needs_dict = 1;
        else if (ch != 0xfffe && page_of[ch >> 8] == 0 && page_count < 255)
            page_of[ch >> 8] = (unsigned char)++page_count;
    }
    if (needs_dict || page_count == 255)
        return build_dict(string, length);
    if (page_of[0] == 0)
        page_of[0] = (unsigned char)++page_count;
    EncodingMap *map = PyObject_Malloc(sizeof(EncodingMap) + 256 * (size_t)page_count);
    if (map == NULL)
        return PyErr_NoMemory();
    PyObject_Init((PyObject *)map, &ks_EncodingMap_Type);
    memcpy(map->page_of, page_of, sizeof(page_of));
    map->page_count = page_count;
    memset(map->pages, 0, 256 * (size_t)page_count);
    for (Py_ssize_t i = 1; i < length; i++) {
        Py_UCS4 ch = PyUnicode_READ_CHAR(string, i);
        if (ch != 0xfffe)
            map->pages[page_of[ch >> 8] - 1][ch & 0xff] = (unsigned char)i;
    }
    return (PyObject *)map;
}

/* --- decoding --- */

static const char undefined[] = "character maps to <undefined>";

/* Writes what a mapping has for a byte. 1 written, 0 undefined, -1 with an exception. */
static int
write_mapped(_PyUnicodeWriter *writer, PyObject *mapping, unsigned char byte)
{
    KS_OWNED PyObject *key = PyLong_FromLong(byte);
    if (key == NULL)
        return -1;
    KS_OWNED PyObject *value = PyObject_GetItem(mapping, key);
    if (value == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_LookupError))
            return -1;
        PyErr_Clear();
        return 0;
    }
    if (value == Py_None)
        return 0;
    if (PyLong_Check(value)) {
        int overflow;
        long ordinal = PyLong_AsLongAndOverflow(value, &overflow);
        if (ordinal == 0xfffe)
            return 0;
        if (overflow || ordinal < 0 || ordinal > 0x10ffff) {
            PyErr_SetString(PyExc_TypeError, "character mapping must be in range(0x110000)");
            return -1;
        }
        return _PyUnicodeWriter_WriteChar(writer, (Py_UCS4)ordinal) < 0 ? -1 : 1;
    }
    if (PyUnicode_Check(value)) {
        if (PyUnicode_READY(value) < 0)
            return -1;
        if (KS_STR_LENGTH(value) == 1 && PyUnicode_READ_CHAR(value, 0) == 0xfffe)
            return 0;
        return _PyUnicodeWriter_WriteStr(writer, value) < 0 ? -1 : 1;
    }
    PyErr_SetString(PyExc_TypeError, "character mapping must return integer, None or str");
    return -1;
}

/* Bytes from `at` on by a string table, up to the first undefined one, whose place is returned. */
static Py_ssize_t
write_by_string(KsDecode *decode, PyObject *table, Py_ssize_t at)
{
    int kind = KS_STR_KIND(table);
    const void *data = ks_str_data(table);
    Py_ssize_t table_length = KS_STR_LENGTH(table);
    _PyUnicodeWriter *writer = &decode->writer;
    /* One allocation for all of the rest, at the table's width. */
    if (_PyUnicodeWriter_Prepare(writer, decode->size - at, PyUnicode_MAX_CHAR_VALUE(table)) < 0)
        return -1;
    const unsigned char *s = (const unsigned char *)decode->input;
    for (; at < decode->size; at++) {
        Py_UCS4 ch = s[at] < table_length ? ks_read(kind, data, s[at]) : 0xfffe;
        if (ch == 0xfffe)
            break;
        ks_write((int)writer->kind, writer->data, writer->pos++, ch);
    }
    return at;
}

PyObject *
PyUnicode_DecodeCharmap(const char *string, Py_ssize_t length, PyObject *mapping,
                        const char *errors)
{
    if (mapping == NULL)
        return PyUnicode_DecodeLatin1(string, length, errors);
    if (length == 0)
        return Py_NewRef(KS_STR_EMPTY);
    int by_string = PyUnicode_CheckExact(mapping);
    if (by_string && PyUnicode_READY(mapping) < 0)
        return NULL;
    KsDecode decode;
    ks_decode_start(&decode, "charmap", errors, string, length);
    decode.writer.min_length = length;
    Py_ssize_t at = 0;
    int failed = 1;
    while (at < decode.size) {
        if (by_string) {
            at = write_by_string(&decode, mapping, at);
            if (at < 0)
                goto done;
            if (at == decode.size)
                break;
        }
        else {
            int written =
                write_mapped(&decode.writer, mapping, (unsigned char)decode.input[at]);
            if (written < 0)
                goto done;
            if (written) {
                at++;
                continue;
            }
        }
        at = ks_decode_error(&decode, at, at + 1, undefined);
        if (at < 0)
            goto done;
    }
    failed = 0;
done:;
    PyObject *result = ks_decode_end(&decode, failed);
    /* The table may be wider than what was used of it. */
    if (result != NULL && by_string && ks_str_narrow(&result) < 0)
        Py_CLEAR(result);
    return result;
}

/* --- encoding --- */

/* Writes a character by the table. 1 written, 0 undefined, -1 with an exception. */
static int
put_mapped(KsEncode *encode, PyObject *mapping, Py_UCS4 ch)
{
    if (Py_IS_TYPE(mapping, &ks_EncodingMap_Type)) {
        int byte = encodingmap_look_up((EncodingMap *)mapping, ch);
        if (byte < 0)
            return 0;
        unsigned char one = (unsigned char)byte;
        return ks_encode_put(encode, &one, 1) < 0 ? -1 : 1;
    }
    KS_OWNED PyObject *key = PyLong_FromLong((long)ch);
    if (key == NULL)
        return -1;
    KS_OWNED PyObject *value = PyObject_GetItem(mapping, key);
    if (value == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_LookupError))
            return -1;
        PyErr_Clear();
        return 0;
    }
    if (value == Py_None)
        return 0;
    if (PyLong_Check(value)) {
        int overflow;
        long byte = PyLong_AsLongAndOverflow(value, &overflow);
        if (overflow || byte < 0 || byte > 255) {
            PyErr_SetString(PyExc_TypeError, "character mapping must be in range(256)");
            return -1;
        }
        unsigned char one = (unsigned char)byte;
        return ks_encode_put(encode, &one, 1) < 0 ? -1 : 1;
    }
    if (PyBytes_Check(value))
        return ks_encode_put(encode, PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value)) < 0 ? -1
                                                                                             : 1;
    PyErr_Format(PyExc_TypeError,
                 "character mapping must return integer, bytes or None, not %.400s",
                 Py_TYPE(value)->tp_name);
    return -1;
}

/* Can the table say the character? 1, 0, -1 with an exception. */
static int
is_mapped(PyObject *mapping, Py_UCS4 ch)
{
    if (Py_IS_TYPE(mapping, &ks_EncodingMap_Type))
        return encodingmap_look_up((EncodingMap *)mapping, ch) >= 0;
    KS_OWNED PyObject *key = PyLong_FromLong((long)ch);
    if (key == NULL)
        return -1;
    KS_OWNED PyObject *value = PyObject_GetItem(mapping, key);
    if (value != NULL)
        return value != Py_None;
    if (!PyErr_ExceptionMatches(PyExc_LookupError))
        return -1;
    PyErr_Clear();
    return 0;
}

/* Replacement text has to pass through the table as well. */
static int
put_text(KsEncode *encode, PyObject *mapping, PyObject *text, Py_ssize_t start, Py_ssize_t end)
{
    for (Py_ssize_t i = 0; i < KS_STR_LENGTH(text); i++) {
        int written = put_mapped(encode, mapping, PyUnicode_READ_CHAR(text, i));
        if (written == 0)
            ks_codec_raise_encode(&encode->run, encode->str, start, end, undefined);
        if (written <= 0)
            return -1;
    }
    return 0;
}

/* The character at `start` has no byte. Returns where to go on, -1 on failure. */
static Py_ssize_t
answer_unmapped(KsEncode *encode, PyObject *mapping, Py_ssize_t start)
{
    PyObject *str = encode->str;
    Py_ssize_t end = start + 1;
    for (; end < KS_STR_LENGTH(str); end++) {
        int mapped = is_mapped(mapping, PyUnicode_READ_CHAR(str, end));
        if (mapped < 0)
            return -1;
        if (mapped)
            break;
    }
    if (encode->handler == _Py_ERROR_STRICT) {
        ks_codec_raise_encode(&encode->run, str, start, end, undefined);
        return -1;
    }
    if (encode->handler == _Py_ERROR_IGNORE)
        return end;
    if (encode->handler == _Py_ERROR_REPLACE) {
        PyObject *mark = ks_str_latin1_char('?');
        for (Py_ssize_t i = start; i < end; i++)
            if (put_text(encode, mapping, mark, start, end) < 0)
                return -1;
        return end;
    }
    Py_ssize_t next;
    KS_OWNED PyObject *answer =
        ks_codec_encode_error(&encode->run, str, start, end, undefined, &next);
    if (answer == NULL)
        return -1;
    if (PyBytes_Check(answer))
        return ks_encode_put(encode, PyBytes_AS_STRING(answer), PyBytes_GET_SIZE(answer)) < 0
                   ? -1
                   : next;
    return put_text(encode, mapping, answer, start, end) < 0 ? -1 : next;
}

PyObject *
_PyUnicode_EncodeCharmap(PyObject *unicode, PyObject *mapping, const char *errors)
{
    if (PyUnicode_READY(unicode) < 0)
        return NULL;
    if (mapping == NULL)
        return _PyUnicode_AsLatin1String(unicode, errors);
    int kind = KS_STR_KIND(unicode), failed = 1;
    const void *data = ks_str_data(unicode);
    Py_ssize_t length = KS_STR_LENGTH(unicode), at = 0;
    KsEncode encode;
    if (ks_encode_start(&encode, "charmap", errors, unicode, length) < 0)
        return NULL;
    while (at < length) {
        int written = put_mapped(&encode, mapping, ks_read(kind, data, at));
        if (written < 0)
            goto done;
        if (written) {
            at++;
            continue;
        }
        at = answer_unmapped(&encode, mapping, at);
        if (at < 0)
            goto done;
    }
    failed = 0;
done:
    return ks_encode_end(&encode, failed);
}

PyObject *
PyUnicode_AsCharmapString(PyObject *unicode, PyObject *mapping)
{
    if (!PyUnicode_Check(unicode) || mapping == NULL) {
        PyErr_BadArgument();
        return NULL;
    }
    return _PyUnicode_EncodeCharmap(unicode, mapping, NULL);
}
