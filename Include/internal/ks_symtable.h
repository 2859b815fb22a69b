/* SPDX-License-Identifier: MIT */
/* Symbol tables: which variables each block of a module has and where they live. */
#ifndef KS_SYMTABLE_H
#define KS_SYMTABLE_H

#include "Python.h"
#include "pycore_compile.h"
#include "pycore_symtable.h"

#include "ks_ast.h"
#include "ks_base.h"

/* Interned names in order of first use, found again by address. Starts zeroed. */
typedef struct KsNameMap {
    PyObject **names;
    int *table; /* indexes + 1 by hash of the address; NULL while the map is small */
    int count, room, mask;
} KsNameMap;

/* The index of name, or -1. */
int ks_name_find(const KsNameMap *map, PyObject *name);
/* The index of name, added if new; -1 with MemoryError. name is borrowed. */
int ks_name_add(KsNameMap *map, KsArena *arena, PyObject *name);

/* What pycore_symtable.h says about a name, without the scope bits. */
typedef struct KsSymbol {
    short flags;   /* DEF_..., USE */
    char scope;    /* LOCAL, GLOBAL_EXPLICIT, GLOBAL_IMPLICIT, FREE, CELL; 0 before the analysis */
} KsSymbol;

typedef struct KsDirective {
    struct KsDirective *next;
    PyObject *name;
    KsPos pos;
} KsDirective;

typedef struct KsScope KsScope;
struct KsScope {
    _Py_block_ty type;
    _Py_comprehension_ty comprehension;
    PyObject *name;
    void *node;           /* what opened the block */
    KsScope *parent, *next_sibling, *first_child, *last_child;
    KsNameMap names;      /* index into symbols */
    KsSymbol *symbols;
    int symbol_room;
    KsNameMap params;     /* arguments in order */
    KsDirective *directives;
    KsPos pos;
    int comp_iter_expr;   /* depth of comprehension iterables being visited */
    unsigned nested : 1, generator : 1, coroutine : 1, varargs : 1, varkeywords : 1,
        needs_class_closure : 1, comp_iter_target : 1, has_free : 1, child_free : 1,
        returns_value : 1;
};

typedef struct KsSymtable {
    KsArena *arena;
    PyObject *filename;
    PyFutureFeatures future;
    KsScope *top, *current;
    PyObject *private_name; /* of the class around, or NULL */
    KsScope **by_node;      /* open addressing by node address */
    int block_count, table_mask;
    int depth, depth_limit;
} KsSymtable;

/* 0 with an exception. The table lives in the arena. */
KsSymtable *ks_symtable_build(KsMod *mod, PyObject *filename, PyFutureFeatures *future,
                              KsArena *arena);
/* The block that node opened; NULL with KeyError. */
KsScope *ks_symtable_lookup(KsSymtable *st, void *node);
/* Symbols of a scope: NULL if absent. */
KsSymbol *ks_scope_find(const KsScope *scope, PyObject *name);
KsSymbol *ks_scope_add(KsSymtable *st, KsScope *scope, PyObject *name);
/* Decides where every name lives (symtable_analyze.c). */
int ks_symtable_analyze(KsSymtable *st);
/* SyntaxError at a position of filename; always returns 0. */
int ks_syntax_error_at(PyObject *filename, KsPos pos, const char *format, ...);
/* name as it is known inside the class; borrowed, owned by the arena when it is new. */
KS_BORROWED PyObject *ks_mangle(KsArena *arena, PyObject *private_name, PyObject *name);
/* The scope as the object that the symtable module shows (symtable_objects.c). */
KS_NEW PyObject *ks_scope_to_object(const KsScope *scope);
/* Where the compiler's own recursion starts and ends. */
void ks_recursion_start(int *depth, int *limit);

#endif
