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

int
ks_type_intern_slot_names(void)
{
    for (Py_ssize_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].name_strobj == NULL)
            rows[i].name_strobj = PyUnicode_InternFromString(rows[i].name);
        if (rows[i].name_strobj == NULL)
            return -1;
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
    for (Py_ssize_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].name_strobj != name)
            continue;
        void **slot = slot_address(type, rows[i].offset);
        if (slot == NULL || *slot == NULL)
            continue;
        if (filled != NULL)
            return NULL;
        filled = slot;
    }
    return filled;
}

/* Decides the slot whose first row is given. Returns the first row of the next slot. */
static struct wrapperbase *
slot_decide(PyTypeObject *type, struct wrapperbase *row)
{
    struct wrapperbase *end = rows + ROW_COUNT;
    int offset = row->offset;
    void **slot = slot_address(type, offset);
    if (slot == NULL) {
        while (row < end && row->offset == offset)
            row++;
        return row;
    }
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
    return row;
}

void
ks_type_fill_slots(PyTypeObject *type)
{
    for (struct wrapperbase *row = rows; row < rows + ROW_COUNT;)
        row = slot_decide(type, row);
}

/* ---- changes ---- */

/* The subclasses inherit the change unless their own dict has the name. */
static int
slots_update_tree(PyTypeObject *type, PyObject *name)
{
    for (struct wrapperbase *row = rows; row < rows + ROW_COUNT;) {
        struct wrapperbase *first = row;
        int concerned = 0;
        for (; row < rows + ROW_COUNT && row->offset == first->offset; row++)
            concerned |= row->name_strobj == name;
        if (concerned)
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
    for (Py_ssize_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].name_strobj == name)
            return slots_update_tree(type, name);
    }
    return 0;
}

void
ks_type_update_all_slots(PyTypeObject *type)
{
    PyType_Modified(type);
    ks_type_fill_slots(type);
    KS_OWNED PyObject *subclasses = _PyType_GetSubclasses(type);
    if (subclasses == NULL) {
        PyErr_Clear();
        return;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(subclasses); i++)
        ks_type_update_all_slots((PyTypeObject *)PyList_GET_ITEM(subclasses, i));
}
