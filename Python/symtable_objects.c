/* SPDX-License-Identifier: MIT */
/* Symbol table entries as Python objects, made from a finished table for the symtable module. */
#include "ks_symtable.h"

#include "structmember.h"

static PyObject *
entry_repr(PyObject *self)
{
    PySTEntryObject *entry = (PySTEntryObject *)self;
    return PyUnicode_FromFormat("<symtable entry %U(%R), line %d>", entry->ste_name, entry->ste_id,
                                entry->ste_lineno);
}

static void
entry_dealloc(PyObject *self)
{
    PySTEntryObject *entry = (PySTEntryObject *)self;
    Py_XDECREF(entry->ste_id);
    Py_XDECREF(entry->ste_name);
    Py_XDECREF(entry->ste_symbols);
    Py_XDECREF(entry->ste_varnames);
    Py_XDECREF(entry->ste_children);
    Py_XDECREF(entry->ste_directives);
    PyObject_Free(self);
}

#define ENTRY_MEMBER(name, field, kind) \
    {name, kind, offsetof(PySTEntryObject, field), READONLY, NULL}
static PyMemberDef entry_members[] = {
    ENTRY_MEMBER("id", ste_id, T_OBJECT),
    ENTRY_MEMBER("name", ste_name, T_OBJECT),
    ENTRY_MEMBER("symbols", ste_symbols, T_OBJECT),
    ENTRY_MEMBER("varnames", ste_varnames, T_OBJECT),
    ENTRY_MEMBER("children", ste_children, T_OBJECT),
    ENTRY_MEMBER("nested", ste_nested, T_INT),
    ENTRY_MEMBER("type", ste_type, T_INT),
    ENTRY_MEMBER("lineno", ste_lineno, T_INT),
    {NULL, 0, 0, 0, NULL},
};

PyTypeObject PySTEntry_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "symtable entry",
    .tp_basicsize = sizeof(PySTEntryObject),
    .tp_dealloc = entry_dealloc,
    .tp_repr = entry_repr,
    .tp_getattro = PyObject_GenericGetAttr,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_members = entry_members,
};

static KS_NEW PyObject *
new_symbols(const KsScope *scope)
{
    KS_OWNED PyObject *symbols = PyDict_New();
    if (symbols == NULL)
        return NULL;
    for (int i = 0; i < scope->names.count; i++) {
        const KsSymbol *symbol = &scope->symbols[i];
        KS_OWNED PyObject *flags = PyLong_FromLong(symbol->flags | symbol->scope << SCOPE_OFFSET);
        if (flags == NULL || PyDict_SetItem(symbols, scope->names.names[i], flags) < 0)
            return NULL;
    }
    return ks_give(&symbols);
}

static KS_NEW PyObject *
new_name_list(const KsNameMap *names)
{
    PyObject *list = PyList_New(names->count);
    for (int i = 0; list != NULL && i < names->count; i++)
        PyList_SET_ITEM(list, i, Py_NewRef(names->names[i]));
    return list;
}

/* The entry of a scope with the entries of all scopes in it. */
PyObject *
ks_scope_to_object(const KsScope *scope)
{
    PySTEntryObject *entry = PyObject_New(PySTEntryObject, &PySTEntry_Type);
    if (entry == NULL)
        return NULL;
    memset((char *)entry + sizeof(PyObject), 0, sizeof(*entry) - sizeof(PyObject));
    KS_OWNED PyObject *owned = (PyObject *)entry;
    entry->ste_id = PyLong_FromVoidPtr(scope->node);
    entry->ste_name = Py_NewRef(scope->name);
    entry->ste_symbols = new_symbols(scope);
    entry->ste_varnames = new_name_list(&scope->params);
    entry->ste_children = PyList_New(0);
    entry->ste_type = scope->type;
    entry->ste_nested = scope->nested;
    entry->ste_free = scope->has_free;
    entry->ste_child_free = scope->child_free;
    entry->ste_generator = scope->generator;
    entry->ste_coroutine = scope->coroutine;
    entry->ste_comprehension = scope->comprehension;
    entry->ste_varargs = scope->varargs;
    entry->ste_varkeywords = scope->varkeywords;
    entry->ste_returns_value = scope->returns_value;
    entry->ste_needs_class_closure = scope->needs_class_closure;
    entry->ste_lineno = scope->pos.lineno;
    entry->ste_col_offset = scope->pos.col_offset;
    entry->ste_end_lineno = scope->pos.end_lineno;
    entry->ste_end_col_offset = scope->pos.end_col_offset;
    if (entry->ste_id == NULL || entry->ste_symbols == NULL || entry->ste_varnames == NULL
        || entry->ste_children == NULL)
        return NULL;
    for (KsScope *child = scope->first_child; child != NULL; child = child->next_sibling) {
        KS_OWNED PyObject *object = ks_scope_to_object(child);
        if (object == NULL || PyList_Append(entry->ste_children, object) < 0)
            return NULL;
    }
    return ks_give(&owned);
}

PySTEntryObject *
PySymtable_Lookup(struct symtable *st, void *key)
{
    KS_OWNED PyObject *id = PyLong_FromVoidPtr(key);
    if (id == NULL)
        return NULL;
    PyObject *entry = PyDict_GetItemWithError(st->st_blocks, id);
    if (entry == NULL && !PyErr_Occurred())
        PyErr_SetString(PyExc_KeyError, "unknown symbol table entry");
    return (PySTEntryObject *)Py_XNewRef(entry);
}

static long
entry_flags(PySTEntryObject *entry, PyObject *name)
{
    PyObject *flags = PyDict_GetItemWithError(entry->ste_symbols, name);
    return flags == NULL ? 0 : PyLong_AsLong(flags);
}

long
_PyST_GetSymbol(PySTEntryObject *entry, PyObject *name)
{
    return entry_flags(entry, name);
}

int
_PyST_GetScope(PySTEntryObject *entry, PyObject *name)
{
    return (int)(entry_flags(entry, name) >> SCOPE_OFFSET) & SCOPE_MASK;
}
