/* SPDX-License-Identifier: MIT */
/* The bond between special methods and C slots, in both directions: a C type's filled slots
 * become slot wrappers in its dict, and what stands under a special name in the dicts along a
 * class's MRO decides what the class's slots hold. The pairs are rows of type_slots.def.
 *
 * A slot of a Python class gets the C function itself if all its special methods are wrappers of
 * that very function; otherwise it gets the caller that looks the method up each time. */
#include "Python.h"
#include "pycore_global_strings.h"
#include "pycore_object.h"
#include "pycore_typeobject.h"
#include "ks_object.h"
#include "ks_type.h"
#include "ks_type_slots.h"

#define ROW(name, field, caller, wrapper, doc, flags) \
    {name, (int)offsetof(PyHeapTypeObject, field), (void *)(caller), (wrapperfunc)(void (*)(void))(wrapper), doc, flags, NULL},
#define SLOT_NONE(name, field) ROW(name, field, NULL, NULL, NULL, 0)
#define SLOT_CALL(name, field, caller) ROW(name, field, caller, NULL, NULL, 0)
#define SLOT_WRAP(name, field, wrapper, signature, doc) \
    ROW(name, field, NULL, wrapper, name signature "\n--\n\n" doc, 0)
#define SLOT_PLAIN(name, field, caller, wrapper, doc) ROW(name, field, caller, wrapper, doc, 0)
#define SLOT(name, field, caller, wrapper, signature, doc) \
    ROW(name, field, caller, wrapper, name signature "\n--\n\n" doc, 0)
#define SLOT_KW(name, field, caller, wrapper, signature, doc) \
    ROW(name, field, caller, wrapper, name signature "\n--\n\n" doc, PyWrapperFlag_KEYWORDS)
static struct wrapperbase rows[] = {
#include "type_slots.def"
};

#define ROW_COUNT KS_COUNT_OF(rows)

/* Rows by the address of the interned name: a hash table of row numbers plus 1, and for each row
 * the next one with the same name, plus 1. Written once, when the names are interned. */
#define TABLE_SIZE 256
static uint8_t name_table[TABLE_SIZE];
static uint8_t same_name_next[ROW_COUNT];
_Static_assert(ROW_COUNT < TABLE_SIZE / 2, "slot names fill the table too much");

static size_t
name_hash(PyObject *name)
{
    uintptr_t address = (uintptr_t)name;
    return ((address >> 4) ^ (address >> 12)) % TABLE_SIZE;
}

/* The first row with an interned name, or -1. */
static int
row_first(PyObject *name)
{
    for (size_t i = name_hash(name); name_table[i] != 0; i = (i + 1) % TABLE_SIZE) {
        if (rows[name_table[i] - 1].name_strobj == name)
            return name_table[i] - 1;
    }
    return -1;
}

static int
row_next(int row)
{
    return same_name_next[row] - 1;
}

static void
row_enter(int row)
{
    int known = row_first(rows[row].name_strobj);
    if (known >= 0) {
        while (row_next(known) >= 0)
            known = row_next(known);
        same_name_next[known] = (uint8_t)(row + 1);
        return;
    }
    size_t place = name_hash(rows[row].name_strobj);
    while (name_table[place] != 0)
        place = (place + 1) % TABLE_SIZE;
    name_table[place] = (uint8_t)(row + 1);
}

int
ks_type_intern_slot_names(void)
{
    for (int i = 0; i < ROW_COUNT; i++) {
        if (rows[i].name_strobj != NULL)
            continue;
        rows[i].name_strobj = PyUnicode_InternFromString(rows[i].name);
        if (rows[i].name_strobj == NULL)
            return -1;
        row_enter(i);
    }
    return 0;
}

PyStatus
_PyTypes_InitSlotDefs(void)
{
    return ks_type_intern_slot_names() < 0 ? PyStatus_NoMemory() : PyStatus_Ok();
}

/* 1 for names that begin and end with two underscores and have something between. */
int
ks_name_is_dunder(PyObject *name)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(name);
    if (length <= 4 || PyUnicode_KIND(name) != PyUnicode_1BYTE_KIND)
        return 0;
    const Py_UCS1 *text = PyUnicode_1BYTE_DATA(name);
    return text[0] == '_' && text[1] == '_' && text[length - 2] == '_' && text[length - 1] == '_';
}

/* Where type keeps a slot that a heap type has at `offset`; NULL if it has not that table. */
static void **
slot_address(PyTypeObject *type, int offset)
{
    char *table;
#define IN_TABLE(table_field, pointer)                              \
    if (offset >= (int)offsetof(PyHeapTypeObject, table_field)) {   \
        table = (char *)type->pointer;                              \
        offset -= (int)offsetof(PyHeapTypeObject, table_field);     \
    }
    IN_TABLE(as_sequence, tp_as_sequence)
    else IN_TABLE(as_mapping, tp_as_mapping)
    else IN_TABLE(as_number, tp_as_number)
    else IN_TABLE(as_async, tp_as_async)
    else table = (char *)type;
#undef IN_TABLE
    return table == NULL ? NULL : (void **)(table + offset);
}

/* ---- slots to methods ---- */

int
ks_type_add_wrappers(PyTypeObject *type)
{
    PyObject *dict = type->tp_dict;
    if (rows[0].name_strobj == NULL && ks_type_intern_slot_names() < 0)
        return -1;
    for (Py_ssize_t i = 0; i < ROW_COUNT; i++) {
        struct wrapperbase *row = &rows[i];
        if (row->wrapper == NULL)
            continue;
        void **slot = slot_address(type, row->offset);
        if (slot == NULL || *slot == NULL)
            continue;
        int present = PyDict_Contains(dict, row->name_strobj);
        if (present < 0)
            return -1;
        if (present)
            continue;
        if (*slot == (void *)PyObject_HashNotImplemented) {
            if (PyDict_SetItem(dict, row->name_strobj, Py_None) < 0)
                return -1;
            continue;
        }
        KS_OWNED PyObject *descr = PyDescr_NewWrapper(type, row, *slot);
        if (descr == NULL || PyDict_SetItem(dict, row->name_strobj, descr) < 0)
            return -1;
    }
    return 0;
}

/* ---- methods to slots ---- */

/* Among the slots that share a name (nb_add and sq_concat), the one that is filled, if it is the
 * only one; else NULL. */
static void **
only_filled_slot(PyTypeObject *type, PyObject *name)
{
    void **filled = NULL;
    for (int i = row_first(name); i >= 0; i = row_next(i)) {
        void **slot = slot_address(type, rows[i].offset);
        if (slot == NULL || *slot == NULL)
            continue;
        if (filled != NULL)
            return NULL;
        filled = slot;
    }
    return filled;
}

/* Decides the slot whose first row is given. */
static void
slot_decide(PyTypeObject *type, struct wrapperbase *row)
{
    struct wrapperbase *end = rows + ROW_COUNT;
    int offset = row->offset;
    void **slot = slot_address(type, offset);
    if (slot == NULL)
        return;
    void *specific = NULL, *generic = NULL;
    int use_generic = 0;
    for (; row < end && row->offset == offset; row++) {
        int failed;
        PyObject *descr = ks_type_find_in_mro(type, row->name_strobj, &failed);
        if (descr == NULL) {
            if (failed)
                PyErr_Clear();
            if (slot == (void **)&type->tp_iternext)
                specific = (void *)_PyObject_NextNotImplemented;
            continue;
        }
        if (Py_IS_TYPE(descr, &PyWrapperDescr_Type) &&
            ((PyWrapperDescrObject *)descr)->d_base->name_strobj == row->name_strobj) {
            PyWrapperDescrObject *wrapper = (PyWrapperDescrObject *)descr;
            void **filled = only_filled_slot(type, row->name_strobj);
            if (filled == NULL || filled == slot)
                generic = row->function;
            if ((specific == NULL || specific == wrapper->d_wrapped) &&
                wrapper->d_base->wrapper == row->wrapper &&
                PyType_IsSubtype(type, PyDescr_TYPE(wrapper)))
                specific = wrapper->d_wrapped;
            else
                use_generic = 1;
        }
        else if (slot == (void **)&type->tp_new && ks_is_new_wrapper(descr)) {
            /* The inherited C constructor; __new__ on the class is its face to Python. */
            specific = (void *)type->tp_new;
        }
        else if (descr == Py_None && slot == (void **)&type->tp_hash) {
            specific = (void *)PyObject_HashNotImplemented;
        }
        else {
            use_generic = 1;
            generic = row->function;
            /* The vectorcall function of a base knows nothing of a __call__ in Python. */
            if (row->function == (void *)ks_slot_call)
                type->tp_flags &= ~Py_TPFLAGS_HAVE_VECTORCALL;
        }
    }
    *slot = specific != NULL && !use_generic ? specific : generic;
}

/* 1 if type adds nothing but its own dict to what base is: base is its only one, and either
 * object or a class made by type.__new__, whose slots are as slot_decide left them. */
static int
extends_only(PyTypeObject *type, PyTypeObject *base)
{
    if (base != &PyBaseObject_Type &&
        (!(base->tp_flags & Py_TPFLAGS_HEAPTYPE) || base->tp_dealloc != ks_instance_dealloc ||
         base->tp_traverse != ks_instance_traverse || base->tp_vectorcall != ks_instance_vectorcall))
        return 0;
    return Py_TYPE(type) == &PyType_Type && PyTuple_GET_SIZE(type->tp_bases) == 1;
}

/* Marks the rows whose names are in the type's own dict. 0 if that cannot be told by addresses. */
static int
mark_own_names(PyTypeObject *type, uint8_t *marks)
{
    Py_ssize_t position = 0;
    PyObject *key;
    while (PyDict_Next(type->tp_dict, &position, &key, NULL)) {
        if (!PyUnicode_CheckExact(key) || !PyUnicode_CHECK_INTERNED(key))
            return 0;
        for (int row = row_first(key); row >= 0; row = row_next(row))
            marks[row] = 1;
    }
    return 1;
}

/* Decides all slots of a new class. Most classes have one base and define a few special methods:
 * then the other slots are what the base decided. */
void
ks_type_fill_slots(PyTypeObject *type)
{
    uint8_t marks[ROW_COUNT] = {0};
    PyTypeObject *base = type->tp_base;
    int copy = extends_only(type, base) && mark_own_names(type, marks);
    for (struct wrapperbase *row = rows; row < rows + ROW_COUNT;) {
        struct wrapperbase *end = row;
        int own = 0;
        for (; end < rows + ROW_COUNT && end->offset == row->offset; end++)
            own |= marks[end - rows];
        if (own || !copy) {
            slot_decide(type, row);
        }
        else {
            void **slot = slot_address(type, row->offset);
            void **inherited = slot_address(base, row->offset);
            *slot = inherited == NULL ? NULL : *inherited;
            if (*slot == NULL && slot == (void **)&type->tp_iternext)
                *slot = (void *)_PyObject_NextNotImplemented;
        }
        row = end;
    }
}

/* ---- changes ---- */

/* The subclasses inherit the change unless their own dict has the name. */
static int
slots_update_tree(PyTypeObject *type, PyObject *name)
{
    for (int i = row_first(name); i >= 0; i = row_next(i)) {
        struct wrapperbase *first = &rows[i];
        while (first > rows && first[-1].offset == first->offset)
            first--;
        slot_decide(type, first);
    }
    if (type->tp_subclasses == NULL)
        return 0;
    KS_OWNED PyObject *subclasses = _PyType_GetSubclasses(type);
    if (subclasses == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(subclasses); i++) {
        PyTypeObject *subclass = (PyTypeObject *)PyList_GET_ITEM(subclasses, i);
        PyObject *dict = subclass->tp_dict;
        if (dict != NULL && PyDict_Check(dict)) {
            int own = PyDict_Contains(dict, name);
            if (own < 0)
                return -1;
            if (own)
                continue;
        }
        if (slots_update_tree(subclass, name) < 0)
            return -1;
    }
    return 0;
}

int
ks_type_update_slot(PyTypeObject *type, PyObject *name)
{
    return row_first(name) < 0 ? 0 : slots_update_tree(type, name);
}

void
ks_type_update_all_slots(PyTypeObject *type)
{
    PyType_Modified(type);
    for (struct wrapperbase *row = rows; row < rows + ROW_COUNT; row++) {
        if (row == rows || row[-1].offset != row->offset)
            slot_decide(type, row);
    }
    KS_OWNED PyObject *subclasses = _PyType_GetSubclasses(type);
    if (subclasses == NULL) {
        PyErr_Clear();
        return;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(subclasses); i++)
        ks_type_update_all_slots((PyTypeObject *)PyList_GET_ITEM(subclasses, i));
}
