/* SPDX-License-Identifier: MIT */
/* One object for equal constants, across all code objects of a compilation.
 *
 * Equal means: of the same exact type and indistinguishable. 1, 1.0 and True are different, 0.0
 * and -0.0 too, a NaN is equal to itself alone. Items of tuples and frozensets count as constants
 * of their own. */
#include "ks_compile.h"

static uint32_t
mix(uint32_t hash, uint64_t value)
{
    uint64_t product = (hash ^ value) * 0x9E3779B97F4A7C15u;
    return (uint32_t)(product >> 32) ^ (uint32_t)product;
}

static uint64_t
double_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static uint32_t
const_hash(PyObject *value)
{
    PyTypeObject *type = Py_TYPE(value);
    uint32_t hash = (uint32_t)((uintptr_t)type >> 4);
    if (type == &PyUnicode_Type || type == &PyBytes_Type || type == &PyLong_Type)
        return mix(hash, (uint64_t)PyObject_Hash(value));
    if (type == &PyFloat_Type)
        return mix(hash, double_bits(PyFloat_AS_DOUBLE(value)));
    if (type == &PyComplex_Type) {
        Py_complex z = ((PyComplexObject *)value)->cval;
        return mix(mix(hash, double_bits(z.real)), double_bits(z.imag));
    }
    if (type == &PyTuple_Type) {
        for (Py_ssize_t i = 0, n = PyTuple_GET_SIZE(value); i < n; i++)
            hash = mix(hash, const_hash(PyTuple_GET_ITEM(value, i)));
        return hash;
    }
    if (type == &PyCode_Type) {
        PyCodeObject *code = (PyCodeObject *)value;
        return mix(mix(hash, (uint64_t)code->co_firstlineno), (uint64_t)Py_SIZE(code));
    }
    if (type == &PyFrozenSet_Type)
        return mix(hash, (uint64_t)PySet_GET_SIZE(value));
    return mix(hash, (uint64_t)(uintptr_t)value);
}

/* 1 or 0, -1 with an exception. */
static int
const_equal(PyObject *a, PyObject *b)
{
    PyTypeObject *type = Py_TYPE(a);
    if (a == b)
        return 1;
    if (type != Py_TYPE(b))
        return 0;
    if (type == &PyUnicode_Type || type == &PyBytes_Type || type == &PyLong_Type
        || type == &PyCode_Type)
        return PyObject_RichCompareBool(a, b, Py_EQ);
    if (type == &PyFloat_Type) {
        double x = PyFloat_AS_DOUBLE(a), y = PyFloat_AS_DOUBLE(b);
        return x == y && double_bits(x) == double_bits(y);
    }
    if (type == &PyComplex_Type) {
        Py_complex x = ((PyComplexObject *)a)->cval, y = ((PyComplexObject *)b)->cval;
        return x.real == y.real && x.imag == y.imag && double_bits(x.real) == double_bits(y.real)
               && double_bits(x.imag) == double_bits(y.imag);
    }
    if (type == &PyTuple_Type) {
        if (PyTuple_GET_SIZE(a) != PyTuple_GET_SIZE(b))
            return 0;
        int equal = 1;
        for (Py_ssize_t i = 0, n = PyTuple_GET_SIZE(a); equal > 0 && i < n; i++)
            equal = const_equal(PyTuple_GET_ITEM(a, i), PyTuple_GET_ITEM(b, i));
        return equal;
    }
    if (type == &PyFrozenSet_Type) {
        KS_OWNED PyObject *left = _PyCode_ConstantKey(a);
        KS_OWNED PyObject *right = left == NULL ? NULL : _PyCode_ConstantKey(b);
        if (right == NULL)
            return -1;
        return PyObject_RichCompareBool(PyTuple_GET_ITEM(left, 0), PyTuple_GET_ITEM(right, 0), Py_EQ);
    }
    return 0;
}

static int
const_map_grow(KsCompiler *c, KsConstMap *map)
{
    int room = map->room == 0 ? 256 : map->room * 4;
    PyObject **values = ks_arena_alloc(c->arena, (size_t)room * sizeof(PyObject *));
    uint32_t *hashes = ks_arena_alloc(c->arena, (size_t)room * sizeof(uint32_t));
    int *table = ks_arena_alloc(c->arena, (size_t)room * 2 * sizeof(int));
    if (values == NULL || hashes == NULL || table == NULL)
        return 0;
    if (map->count > 0) {
        memcpy(values, map->values, (size_t)map->count * sizeof(PyObject *));
        memcpy(hashes, map->hashes, (size_t)map->count * sizeof(uint32_t));
    }
    memset(table, 0, (size_t)room * 2 * sizeof(int));
    *map = (KsConstMap){values, table, hashes, map->count, room, room * 2 - 1};
    for (int i = 0; i < map->count; i++) {
        uint32_t place = hashes[i];
        while (table[place & (uint32_t)map->mask] != 0)
            place++;
        table[place & (uint32_t)map->mask] = i + 1;
    }
    return 1;
}

/* Replaces the items of a tuple by their merged selves. A new tuple is made when another place
 * may hold this one. */
static int
merge_items(KsCompiler *c, PyObject **slot)
{
    PyObject *tuple = *slot;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); i++) {
        PyObject *item = PyTuple_GET_ITEM(tuple, i), *merged = ks_const_merge(c, Py_NewRef(item));
        if (merged == NULL)
            return 0;
        if (merged == item)
            continue;
        Py_INCREF(merged);
        PyTuple_SET_ITEM(tuple, i, merged);
        Py_DECREF(item);
    }
    return 1;
}

static int
merge_set_items(KsCompiler *c, PyObject **slot)
{
    KS_OWNED PyObject *items = PySequence_Tuple(*slot);
    if (items == NULL || !merge_items(c, &items))
        return 0;
    /* A set whose items are the merged ones already stays the object it is. */
    PyObject *item;
    Py_hash_t hash;
    Py_ssize_t position = 0, count = 0;
    int is_same = 1;
    while (is_same && _PySet_NextEntry(*slot, &position, &item, &hash))
        is_same = item == PyTuple_GET_ITEM(items, count++);
    if (is_same)
        return 1;
    PyObject *set = PyFrozenSet_New(items);
    if (set == NULL)
        return 0;
    Py_SETREF(*slot, set);
    return 1;
}

PyObject *
ks_const_merge(KsCompiler *c, PyObject *value)
{
    if (value == NULL || value == Py_None || value == Py_Ellipsis || PyBool_Check(value)) {
        Py_XDECREF(value); /* these never die */
        return value;
    }
    KsConstMap *map = &c->consts;
    if (map->count == map->room && !const_map_grow(c, map)) {
        Py_DECREF(value);
        return NULL;
    }
    uint32_t hash = const_hash(value), place = hash;
    for (;; place++) {
        int index = map->table[place & (uint32_t)map->mask] - 1;
        if (index < 0)
            break;
        if (map->hashes[index] != hash)
            continue;
        int equal = const_equal(map->values[index], value);
        if (equal != 0) {
            Py_DECREF(value);
            return equal < 0 ? NULL : map->values[index];
        }
    }
    int index = map->count++;
    map->table[place & (uint32_t)map->mask] = index + 1;
    map->hashes[index] = hash;
    map->values[index] = value;
    PyObject *kept = value;
    if ((PyTuple_CheckExact(value) && !merge_items(c, &kept))
        || (PyFrozenSet_CheckExact(value) && !merge_set_items(c, &kept))) {
        c->consts.values[index] = Py_None;
        Py_DECREF(kept);
        return NULL;
    }
    c->consts.values[index] = kept;
    return ks_arena_own(c->arena, kept) < 0 ? NULL : kept;
}

int
ks_const_index(KsCompiler *c, PyObject *value)
{
    PyObject *merged = ks_const_merge(c, Py_NewRef(value));
    return merged == NULL ? -1 : ks_name_add(&c->unit->consts, c->arena, merged);
}
