/* SPDX-License-Identifier: MIT */
/* Location tables: from instruction offsets to lines and columns.
 *
 * A table is a sequence of entries in code order. The first byte of an entry has bit 7 set, its
 * followers have it clear, so the table can be walked backwards. Tables come from anywhere
 * (code.replace, .pyc files): no reader here may leave [table, limit). */
#include "Python.h"
#include "pycore_code.h"

#include "ks_base.h"
#include "ks_code.h"

#define IS_ENTRY_START(byte) ((byte) & 128)

static uint32_t
read_varint(const uint8_t **cursor, const uint8_t *limit)
{
    uint32_t value = 0;
    int shift = 0;
    while (*cursor < limit) {
        uint8_t byte = *(*cursor)++;
        if (shift < 32)
            value |= (uint32_t)(byte & 63) << shift;
        shift += 6;
        if (!(byte & 64))
            break;
    }
    return value;
}

static int
read_signed(const uint8_t **cursor, const uint8_t *limit)
{
    uint32_t value = read_varint(cursor, limit);
    return (value & 1) ? -(int)(value >> 1) : (int)(value >> 1);
}

static int
read_byte(const uint8_t **cursor, const uint8_t *limit)
{
    return *cursor < limit ? *(*cursor)++ : 0;
}

int
ks_location_read(const uint8_t **cursor, const uint8_t *limit, KsLocationEntry *entry)
{
    if (*cursor >= limit)
        return 0;
    uint8_t head = *(*cursor)++;
    int form = (head >> 3) & 15;
    *entry = (KsLocationEntry){.units = (head & 7) + 1, .has_line = 1, .column = -1, .end_column = -1};
    switch (form) {
        case PY_CODE_LOCATION_INFO_NONE:
            entry->has_line = 0;
            break;
        case PY_CODE_LOCATION_INFO_LONG:
            entry->line_delta = read_signed(cursor, limit);
            entry->end_delta = (int)read_varint(cursor, limit);
            entry->column = (int)read_varint(cursor, limit) - 1;
            entry->end_column = (int)read_varint(cursor, limit) - 1;
            break;
        case PY_CODE_LOCATION_INFO_NO_COLUMNS:
            entry->line_delta = read_signed(cursor, limit);
            break;
        case PY_CODE_LOCATION_INFO_ONE_LINE0:
        case PY_CODE_LOCATION_INFO_ONE_LINE1:
        case PY_CODE_LOCATION_INFO_ONE_LINE2:
            entry->line_delta = form - PY_CODE_LOCATION_INFO_ONE_LINE0;
            entry->column = read_byte(cursor, limit);
            entry->end_column = read_byte(cursor, limit);
            break;
        default: {
            int packed = read_byte(cursor, limit);
            entry->column = (form << 3) | (packed >> 4);
            entry->end_column = entry->column + (packed & 15);
        }
    }
    while (*cursor < limit && !IS_ENTRY_START(**cursor))
        ++*cursor;
    return 1;
}

/* ---- tables without columns ---- */

static uint8_t *
write_signed(uint8_t *place, int value)
{
    uint32_t rest = value < 0 ? ((uint32_t)-value << 1) | 1 : (uint32_t)value << 1;
    for (; rest >= 64; rest >>= 6)
        *place++ = 64 | (rest & 63);
    *place++ = (uint8_t)rest;
    return place;
}

/* The same table with nothing but lines, for -X no_debug_ranges. */
PyObject *
ks_location_drop_columns(PyObject *table)
{
    enum { ENTRY_BYTES = 1 + 6 }; /* a head, and 32 bits in groups of six */
    const uint8_t *cursor = (const uint8_t *)PyBytes_AS_STRING(table);
    const uint8_t *limit = cursor + PyBytes_GET_SIZE(table);
    if (limit - cursor > PY_SSIZE_T_MAX / ENTRY_BYTES)
        return PyErr_NoMemory();
    uint8_t *start = PyMem_Malloc((size_t)(limit - cursor) * ENTRY_BYTES + 1), *place = start;
    if (start == NULL)
        return PyErr_NoMemory();
    KsLocationEntry entry;
    while (ks_location_read(&cursor, limit, &entry)) {
        int form = entry.has_line ? PY_CODE_LOCATION_INFO_NO_COLUMNS : PY_CODE_LOCATION_INFO_NONE;
        *place++ = (uint8_t)(128 | (form << 3) | (entry.units - 1));
        if (entry.has_line)
            place = write_signed(place, entry.line_delta);
    }
    PyObject *lines = PyBytes_FromStringAndSize((const char *)start, place - start);
    PyMem_Free(start);
    return lines;
}

/* ---- address ranges: a cursor over the table ---- */

void
_PyLineTable_InitAddressRange(const char *linetable, Py_ssize_t length, int firstlineno,
                              PyCodeAddressRange *range)
{
    range->opaque.lo_next = (const uint8_t *)linetable;
    range->opaque.limit = range->opaque.lo_next + length;
    range->opaque.computed_line = firstlineno;
    range->ar_start = -1;
    range->ar_end = 0;
    range->ar_line = -1;
}

int
_PyCode_InitAddressRange(PyCodeObject *co, PyCodeAddressRange *bounds)
{
    _PyLineTable_InitAddressRange(PyBytes_AS_STRING(co->co_linetable),
                                  PyBytes_GET_SIZE(co->co_linetable), co->co_firstlineno, bounds);
    return bounds->ar_line;
}

int
_PyLineTable_NextAddressRange(PyCodeAddressRange *range)
{
    KsLocationEntry entry;
    if (!ks_location_read(&range->opaque.lo_next, range->opaque.limit, &entry))
        return 0;
    range->opaque.computed_line += entry.line_delta;
    range->ar_start = range->ar_end;
    range->ar_end += entry.units * (int)sizeof(_Py_CODEUNIT);
    range->ar_line = entry.has_line ? range->opaque.computed_line : -1;
    return 1;
}

int
_PyLineTable_PreviousAddressRange(PyCodeAddressRange *range)
{
    if (range->ar_start <= 0)
        return 0;
    const uint8_t *here = range->opaque.lo_next;
    do
        here--;
    while (!IS_ENTRY_START(*here));
    const uint8_t *cursor = here;
    KsLocationEntry entry;
    ks_location_read(&cursor, range->opaque.limit, &entry);
    range->opaque.computed_line -= entry.line_delta;
    range->opaque.lo_next = here;
    const uint8_t *before = here;
    do
        before--;
    while (!IS_ENTRY_START(*before));
    cursor = before;
    ks_location_read(&cursor, range->opaque.limit, &entry);
    range->ar_end = range->ar_start;
    range->ar_start = range->ar_end - entry.units * (int)sizeof(_Py_CODEUNIT);
    range->ar_line = entry.has_line ? range->opaque.computed_line : -1;
    return 1;
}

int
_PyCode_CheckLineNumber(int lasti, PyCodeAddressRange *bounds)
{
    while (bounds->ar_end <= lasti) {
        if (!_PyLineTable_NextAddressRange(bounds))
            return -1;
    }
    while (bounds->ar_start > lasti) {
        if (!_PyLineTable_PreviousAddressRange(bounds))
            return -1;
    }
    return bounds->ar_line;
}

int
PyCode_Addr2Line(PyCodeObject *co, int addrq)
{
    if (addrq < 0)
        return co->co_firstlineno;
    if (co->_co_linearray != NULL && addrq / (int)sizeof(_Py_CODEUNIT) < Py_SIZE(co))
        return _PyCode_LineNumberFromArray(co, addrq / (int)sizeof(_Py_CODEUNIT));
    PyCodeAddressRange bounds;
    _PyCode_InitAddressRange(co, &bounds);
    return _PyCode_CheckLineNumber(addrq, &bounds);
}

int
PyCode_Addr2Location(PyCodeObject *co, int addrq, int *start_line, int *start_column, int *end_line,
                     int *end_column)
{
    *start_line = *end_line = addrq < 0 ? co->co_firstlineno : -1;
    *start_column = *end_column = addrq < 0 ? 0 : -1;
    if (addrq < 0)
        return 1;
    const uint8_t *cursor = (const uint8_t *)PyBytes_AS_STRING(co->co_linetable);
    const uint8_t *limit = cursor + PyBytes_GET_SIZE(co->co_linetable);
    int line = co->co_firstlineno, end = 0;
    KsLocationEntry entry;
    while (ks_location_read(&cursor, limit, &entry)) {
        line += entry.line_delta;
        end += entry.units * (int)sizeof(_Py_CODEUNIT);
        if (addrq >= end)
            continue;
        if (entry.has_line) {
            *start_line = line;
            *end_line = line + entry.end_delta;
            *start_column = entry.column;
            *end_column = entry.end_column;
        }
        break;
    }
    return 1;
}

/* Lines by instruction, for tracing: two bytes each if all lines fit. */
int
_PyCode_CreateLineArray(PyCodeObject *co)
{
    PyCodeAddressRange range;
    int highest = 0, units = (int)Py_SIZE(co);
    _PyCode_InitAddressRange(co, &range);
    while (_PyLineTable_NextAddressRange(&range))
        highest = range.ar_line > highest ? range.ar_line : highest;
    int width = highest < (1 << 15) ? 2 : 4;
    char *lines = PyMem_Malloc(units > 0 ? (size_t)units * width : 1);
    if (lines == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    _PyCode_InitAddressRange(co, &range);
    int more = 1;
    for (int i = 0; i < units; i++) {
        while (more && range.ar_end <= i * (int)sizeof(_Py_CODEUNIT))
            more = _PyLineTable_NextAddressRange(&range);
        int line = more ? range.ar_line : -1;
        if (width == 2)
            ((int16_t *)lines)[i] = (int16_t)line;
        else
            ((int32_t *)lines)[i] = line;
    }
    co->_co_linearray_entry_size = (short)width;
    co->_co_linearray = lines;
    return 0;
}

/* ---- co_lnotab: pairs of byte steps and line steps, as before 3.10 ---- */

typedef struct LnotabBuffer {
    PyObject *bytes;
    Py_ssize_t used;
} LnotabBuffer;

static int
lnotab_pair(LnotabBuffer *out, int address, int line)
{
    if (out->used + 2 > PyBytes_GET_SIZE(out->bytes)
        && _PyBytes_Resize(&out->bytes, PyBytes_GET_SIZE(out->bytes) * 2) < 0)
        return 0;
    unsigned char *place = (unsigned char *)PyBytes_AS_STRING(out->bytes) + out->used;
    place[0] = (unsigned char)address;
    place[1] = (unsigned char)line;
    out->used += 2;
    return 1;
}

static int
lnotab_step(LnotabBuffer *out, int address, int line)
{
    for (; address > 255; address -= 255) {
        if (!lnotab_pair(out, 255, 0))
            return 0;
    }
    for (; line > 127; line -= 127, address = 0) {
        if (!lnotab_pair(out, address, 127))
            return 0;
    }
    for (; line < -128; line += 128, address = 0) {
        if (!lnotab_pair(out, address, -128))
            return 0;
    }
    return lnotab_pair(out, address, line);
}

PyObject *
ks_code_lnotab(PyObject *self, void *unused)
{
    PyCodeObject *co = (PyCodeObject *)self;
    LnotabBuffer out = {PyBytes_FromStringAndSize(NULL, 64), 0};
    if (out.bytes == NULL)
        return NULL;
    PyCodeAddressRange range;
    _PyCode_InitAddressRange(co, &range);
    int address = 0, line = co->co_firstlineno;
    while (_PyLineTable_NextAddressRange(&range)) {
        if (range.ar_line == -1 || range.ar_line == line)
            continue;
        if (!lnotab_step(&out, range.ar_start - address, range.ar_line - line)) {
            Py_XDECREF(out.bytes);
            return NULL;
        }
        address = range.ar_start;
        line = range.ar_line;
    }
    _PyBytes_Resize(&out.bytes, out.used);
    return out.bytes;
}

/* ---- iterators of co_lines() and co_positions() ---- */

typedef struct LineIterator {
    PyObject_HEAD
    PyCodeObject *code;
    PyCodeAddressRange range;
} LineIterator;

typedef struct PositionIterator {
    PyObject_HEAD
    PyCodeObject *code;
    const uint8_t *cursor, *limit;
    int line, left; /* instructions left in the entry */
    KsLocationEntry entry;
} PositionIterator;

static void
code_iterator_dealloc(PyObject *self)
{
    Py_DECREF(((LineIterator *)self)->code);
    Py_TYPE(self)->tp_free(self);
}

static PyObject *
new_int_or_none(int value)
{
    if (value < 0)
        Py_RETURN_NONE;
    return PyLong_FromLong(value);
}

/* A tuple of count numbers, None for those below zero. */
static PyObject *
new_int_tuple(const int *values, int count)
{
    KS_OWNED PyObject *tuple = PyTuple_New(count);
    if (tuple == NULL)
        return NULL;
    for (int i = 0; i < count; i++) {
        PyObject *value = new_int_or_none(values[i]);
        if (value == NULL)
            return NULL;
        PyTuple_SET_ITEM(tuple, i, value);
    }
    return ks_give(&tuple);
}

static PyObject *
line_iterator_next(PyObject *self)
{
    PyCodeAddressRange *range = &((LineIterator *)self)->range;
    if (!_PyLineTable_NextAddressRange(range))
        return NULL;
    return new_int_tuple((int[]){range->ar_start, range->ar_end, range->ar_line}, 3);
}

static PyObject *
position_iterator_next(PyObject *self)
{
    PositionIterator *it = (PositionIterator *)self;
    if (it->left == 0) {
        if (!ks_location_read(&it->cursor, it->limit, &it->entry))
            return NULL;
        it->left = it->entry.units;
        it->line += it->entry.line_delta;
    }
    it->left--;
    KsLocationEntry *entry = &it->entry;
    if (!entry->has_line)
        return new_int_tuple((int[]){-1, -1, -1, -1}, 4);
    return new_int_tuple((int[]){it->line, it->line + entry->end_delta, entry->column,
                                 entry->end_column}, 4);
}

PyTypeObject _PyLineIterator = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "line_iterator",
    .tp_basicsize = sizeof(LineIterator),
    .tp_dealloc = code_iterator_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = line_iterator_next,
    .tp_free = PyObject_Del,
};

PyTypeObject _PyPositionsIterator = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "positions_iterator",
    .tp_basicsize = sizeof(PositionIterator),
    .tp_dealloc = code_iterator_dealloc,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = position_iterator_next,
    .tp_free = PyObject_Del,
};

PyObject *
ks_code_lines(PyObject *self, PyObject *unused)
{
    LineIterator *it = PyObject_New(LineIterator, &_PyLineIterator);
    if (it == NULL)
        return NULL;
    it->code = (PyCodeObject *)Py_NewRef(self);
    _PyCode_InitAddressRange(it->code, &it->range);
    return (PyObject *)it;
}

PyObject *
ks_code_positions(PyObject *self, PyObject *unused)
{
    PositionIterator *it = PyObject_New(PositionIterator, &_PyPositionsIterator);
    if (it == NULL)
        return NULL;
    it->code = (PyCodeObject *)Py_NewRef(self);
    it->cursor = (const uint8_t *)PyBytes_AS_STRING(it->code->co_linetable);
    it->limit = it->cursor + PyBytes_GET_SIZE(it->code->co_linetable);
    it->line = it->code->co_firstlineno;
    it->left = 0;
    return (PyObject *)it;
}
