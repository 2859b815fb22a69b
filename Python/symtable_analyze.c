/* SPDX-License-Identifier: MIT */
/* Where each name lives: local, cell, free, global.
 *
 * Definitions are known for all blocks when this runs, so a name is resolved by walking outwards
 * through its function blocks. A free name is entered in all blocks between its use and the
 * block that binds it, whose own symbol becomes a cell. Class blocks bind nothing for the
 * functions in them except __class__. */
#include "ks_symtable.h"

#define CLASS_CELL (KS_INTERN("__class__"))

/* The block that binds name for code inside inner, or NULL if it is global. *is_explicit is set if
 * a block on the way declares it global. */
static KsScope *
find_binder(KsScope *inner, PyObject *name, int *is_explicit)
{
    *is_explicit = 0;
    for (KsScope *scope = inner->parent; scope != NULL; scope = scope->parent) {
        if (scope->type == ClassBlock) {
            if (name == CLASS_CELL)
                return scope;
            continue;
        }
        KsSymbol *symbol = ks_scope_find(scope, name);
        if (symbol == NULL)
            continue;
        if (symbol->flags & DEF_GLOBAL) {
            *is_explicit = 1;
            return NULL;
        }
        if (scope->type == FunctionBlock && (symbol->flags & DEF_BOUND)
            && !(symbol->flags & DEF_NONLOCAL))
            return scope;
    }
    return NULL;
}

static int
mark_free(KsSymtable *st, KsScope *scope, PyObject *name, KsScope *binder)
{
    scope->has_free = 1;
    for (KsScope *between = scope->parent; between != binder; between = between->parent) {
        KsSymbol *symbol = ks_scope_find(between, name);
        between->child_free = 1;
        if (symbol != NULL) {
            if (between->type == ClassBlock && (symbol->flags & (DEF_BOUND | DEF_GLOBAL)))
                symbol->flags |= DEF_FREE_CLASS;
            continue;
        }
        if ((symbol = ks_scope_add(st, between, name)) == NULL)
            return 0;
        symbol->scope = FREE;
    }
    binder->child_free = 1;
    if (binder->type == ClassBlock)
        binder->needs_class_closure = 1;
    else
        ks_scope_find(binder, name)->scope = CELL;
    return 1;
}

static int
directive_error(KsSymtable *st, KsScope *scope, PyObject *name, const char *format)
{
    for (KsDirective *directive = scope->directives; directive != NULL; directive = directive->next) {
        if (directive->name == name)
            return ks_syntax_error_at(st->filename, directive->pos, format, name);
    }
    PyErr_SetString(PyExc_RuntimeError, "global or nonlocal name without its statement");
    return 0;
}

static int
resolve_name(KsSymtable *st, KsScope *scope, PyObject *name, int index)
{
    KsSymbol *symbol = &scope->symbols[index];
    int is_explicit, flags = symbol->flags;
    if (flags & DEF_GLOBAL) {
        if (flags & DEF_NONLOCAL)
            return directive_error(st, scope, name, "name '%U' is nonlocal and global");
        symbol->scope = GLOBAL_EXPLICIT;
        return 1;
    }
    if (flags & DEF_NONLOCAL) {
        if (scope->parent == NULL)
            return directive_error(st, scope, name, "nonlocal declaration not allowed at module level");
        KsScope *binder = find_binder(scope, name, &is_explicit);
        if (binder == NULL)
            return directive_error(st, scope, name, "no binding for nonlocal '%U' found");
        symbol->scope = FREE;
        return mark_free(st, scope, name, binder);
    }
    if (flags & DEF_BOUND) {
        if (symbol->scope != CELL)
            symbol->scope = LOCAL;
        return 1;
    }
    if (symbol->scope == FREE && flags == 0)
        return 1; /* entered for a block inside */
    KsScope *binder = find_binder(scope, name, &is_explicit);
    if (binder != NULL) {
        symbol->scope = FREE;
        return mark_free(st, scope, name, binder);
    }
    if (!is_explicit && scope->nested)
        scope->has_free = 1;
    symbol->scope = GLOBAL_IMPLICIT;
    return 1;
}

static int
analyze_scope(KsSymtable *st, KsScope *scope)
{
    for (int i = 0; i < scope->names.count; i++) {
        if (!resolve_name(st, scope, scope->names.names[i], i))
            return 0;
    }
    for (KsScope *child = scope->first_child; child != NULL; child = child->next_sibling) {
        if (!analyze_scope(st, child))
            return 0;
        if (child->has_free || child->child_free)
            scope->child_free = 1;
    }
    return 1;
}

int
ks_symtable_analyze(KsSymtable *st)
{
    return analyze_scope(st, st->top);
}
