/* SPDX-License-Identifier: MIT */
/* A table from UTF-8 to the one str for it. Documents repeat their names and their indentation:
 * each is decoded once for a parser. A row is found by the hash of its bytes, which is salted; the
 * bytes themselves are the str's own UTF-8, behind the "{" that a universal name has in front. */
#include "etree_parts.h"

#define ROOM_FIRST 64
#define BLANKS_MOST 256    /* texts that ks_etree_blank() keeps */
#define BLANK_BYTES_MOST 64

struct EtreeName {
    Py_hash_t hash;
    PyObject *name; /* owned; NULL: the row is free */
    const char *text;
    Py_ssize_t length;
};

typedef struct EtreeName Row;

static Row *
row_find(EtreeNames *names, Py_hash_t hash, const char *text, Py_ssize_t length)
{
    size_t mask = names->room - 1;
    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        Row *row = &names->rows[i];
        if (row->name == NULL
            || (row->hash == hash && row->length == length && memcmp(row->text, text, (size_t)length) == 0))
            return row;
    }
}

/* Keeps a third of the rows free. -1 with MemoryError. */
static int
names_grow(EtreeNames *names)
{
    if (names->used * 3 < names->room * 2)
        return 0;
    EtreeNames grown = {.used = names->used, .room = names->room == 0 ? ROOM_FIRST : names->room * 2};
    grown.rows = PyMem_Calloc(grown.room, sizeof(Row));
    if (grown.rows == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < names->room; i++) {
        Row *row = &names->rows[i];
        if (row->name != NULL)
            *row_find(&grown, row->hash, row->text, row->length) = *row;
    }
    PyMem_Free(names->rows);
    *names = grown;
    return 0;
}

/* Keeps a str whose UTF-8 is the row's text after `skip` bytes; steals it. Borrowed result. */
static PyObject *
row_fill(EtreeNames *names, Row *row, Py_hash_t hash, KS_STEALS PyObject *name, int skip)
{
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(name, &length);
    if (text == NULL) {
        Py_DECREF(name);
        return NULL;
    }
    *row = (Row){hash, name, text + skip, length - skip};
    names->used++;
    return name;
}

static PyObject *
name_decode(const char *text, Py_ssize_t length, int universal)
{
    if (!universal)
        return PyUnicode_DecodeUTF8(text, length, "strict");
    KS_OWNED PyObject *plain = PyUnicode_DecodeUTF8(text, length, "strict");
    return plain == NULL ? NULL : PyUnicode_FromFormat("{%U", plain);
}

PyObject *
ks_etree_name(EtreeNames *names, const char *text)
{
    Py_ssize_t length = (Py_ssize_t)strlen(text);
    Py_hash_t hash = _Py_HashBytes(text, length);
    if (names_grow(names) < 0)
        return NULL;
    Row *row = row_find(names, hash, text, length);
    if (KS_LIKELY(row->name != NULL))
        return row->name;
    int universal = memchr(text, '}', (size_t)length) != NULL;
    PyObject *name = name_decode(text, length, universal);
    if (name == NULL)
        return NULL;
    PyUnicode_InternInPlace(&name);
    return row_fill(names, row, hash, name, universal);
}

PyObject *
ks_etree_blank(EtreeNames *names, const char *text, Py_ssize_t length)
{
    if (length > BLANK_BYTES_MOST)
        return PyUnicode_DecodeUTF8(text, length, "strict");
    Py_hash_t hash = _Py_HashBytes(text, length);
    if (names_grow(names) < 0)
        return NULL;
    Row *row = row_find(names, hash, text, length);
    if (row->name != NULL)
        return Py_NewRef(row->name);
    PyObject *blank = PyUnicode_DecodeUTF8(text, length, "strict");
    if (blank == NULL || names->used >= BLANKS_MOST)
        return blank;
    return Py_XNewRef(row_fill(names, row, hash, blank, 0));
}

void
ks_etree_names_drop(EtreeNames *names)
{
    for (size_t i = 0; i < names->room; i++)
        Py_XDECREF(names->rows[i].name);
    PyMem_Free(names->rows);
    *names = (EtreeNames){NULL, 0, 0};
}
