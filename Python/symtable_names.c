/* SPDX-License-Identifier: MIT */
/* Small helpers of the compiler's front half: name maps, private names, errors at a place. */
#include "ks_symtable.h"

#include "pycore_pystate.h"

#define SMALL_MAP 8

static unsigned
hash_address(const void *address)
{
    uint64_t bits = (uint64_t)(uintptr_t)address * 0x9E3779B97F4A7C15u;
    return (unsigned)(bits >> 32);
}

int
ks_name_find(const KsNameMap *map, PyObject *name)
{
    if (map->table == NULL) {
        for (int i = 0; i < map->count; i++) {
            if (map->names[i] == name)
                return i;
        }
        return -1;
    }
    for (unsigned place = hash_address(name);; place++) {
        int index = map->table[place & (unsigned)map->mask] - 1;
        if (index < 0 || map->names[index] == name)
            return index;
    }
}

static void
name_map_place(KsNameMap *map, int index)
{
    unsigned place = hash_address(map->names[index]);
    while (map->table[place & (unsigned)map->mask] != 0)
        place++;
    map->table[place & (unsigned)map->mask] = index + 1;
}

static int
name_map_grow(KsNameMap *map, KsArena *arena)
{
    int room = map->room == 0 ? SMALL_MAP : map->room * 4;
    PyObject **names = ks_arena_alloc(arena, (size_t)room * sizeof(PyObject *));
    if (names == NULL)
        return 0;
    if (map->count > 0)
        memcpy(names, map->names, (size_t)map->count * sizeof(PyObject *));
    map->names = names;
    map->room = room;
    if (room == SMALL_MAP)
        return 1;
    int *table = ks_arena_alloc(arena, (size_t)room * 2 * sizeof(int));
    if (table == NULL)
        return 0;
    memset(table, 0, (size_t)room * 2 * sizeof(int));
    map->table = table;
    map->mask = room * 2 - 1;
    for (int i = 0; i < map->count; i++)
        name_map_place(map, i);
    return 1;
}

int
ks_name_add(KsNameMap *map, KsArena *arena, PyObject *name)
{
    if (name == NULL)
        return -1;
    int index = ks_name_find(map, name);
    if (index >= 0)
        return index;
    if (map->count == map->room && !name_map_grow(map, arena))
        return -1;
    map->names[map->count] = name;
    if (map->table != NULL)
        name_map_place(map, map->count);
    return map->count++;
}

/* ---- private names ---- */

PyObject *
_Py_Mangle(PyObject *private_name, PyObject *name)
{
    if (private_name == NULL || !PyUnicode_Check(private_name)
        || PyUnicode_READ_CHAR(name, 0) != '_' || PyUnicode_READ_CHAR(name, 1) != '_')
        return Py_NewRef(name);
    Py_ssize_t length = PyUnicode_GET_LENGTH(name), class_length = PyUnicode_GET_LENGTH(private_name);
    /* Names with two underscores at the end too, and dotted names of imports, stay. */
    if ((PyUnicode_READ_CHAR(name, length - 1) == '_' && PyUnicode_READ_CHAR(name, length - 2) == '_')
        || PyUnicode_FindChar(name, '.', 0, length, 1) != -1)
        return Py_NewRef(name);
    Py_ssize_t skip = 0;
    while (skip < class_length && PyUnicode_READ_CHAR(private_name, skip) == '_')
        skip++;
    if (skip == class_length)
        return Py_NewRef(name);
    if (length + class_length - skip >= PY_SSIZE_T_MAX - 1) {
        PyErr_SetString(PyExc_OverflowError, "private identifier too large to be mangled");
        return NULL;
    }
    KS_OWNED PyObject *stem = PyUnicode_Substring(private_name, skip, class_length);
    return stem == NULL ? NULL : PyUnicode_FromFormat("_%U%U", stem, name);
}

PyObject *
ks_mangle(KsArena *arena, PyObject *private_name, PyObject *name)
{
    /* No name is a literal's that found no memory: its exception is set. */
    if (KS_LIKELY(name == NULL || private_name == NULL || PyUnicode_READ_CHAR(name, 0) != '_'))
        return name;
    PyObject *mangled = _Py_Mangle(private_name, name);
    if (mangled == NULL)
        return NULL;
    if (mangled == name) {
        Py_DECREF(mangled);
        return name;
    }
    PyUnicode_InternInPlace(&mangled);
    return ks_arena_own(arena, mangled) < 0 ? NULL : mangled;
}

/* ---- errors and limits ---- */

int
ks_syntax_error_at(PyObject *filename, KsPos pos, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PyErr_FormatV(PyExc_SyntaxError, format, arguments);
    va_end(arguments);
    PyErr_RangedSyntaxLocationObject(filename, pos.lineno, pos.col_offset + 1, pos.end_lineno,
                                     pos.end_col_offset + 1);
    return 0;
}

/* One level of source nesting costs about three levels of C calls. */
#define FRAME_SCALE 3

void
ks_recursion_start(int *depth, int *limit)
{
    PyThreadState *tstate = _PyThreadState_GET();
    int allowed = tstate->recursion_limit;
    *limit = allowed > INT_MAX / FRAME_SCALE ? INT_MAX : allowed * FRAME_SCALE;
    *depth = (allowed - tstate->recursion_remaining) * FRAME_SCALE;
}
